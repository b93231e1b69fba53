"""What an insured person's database role is shown: tables and their columns."""

from accounts.access.walls import (
    CONTACT,
    CONTACT_COLUMNS_ADDED,
    EVENT,
    EVENT_COLUMNS,
    MESSAGE,
    PARTNER,
    PERSON,
    PERSON_COLUMNS,
)
from accounts.access.walls import MESSAGE_COLUMNS as SECURITY_MESSAGE_COLUMNS
from accounts.access.walls import OWN_COLUMNS as ACCOUNT_COLUMNS
from accounts.partners.walls import CONSENT, CONSENT_COLUMNS, GUARDIAN_COLUMNS, PARTNER_STATE
from fraud.conversations.walls import CONVERSATION
from fraud.conversations.walls import MESSAGE as CONVERSATION_MESSAGE
from fraud.intake.walls import OWN_COLUMNS as REPORT_COLUMNS
from outreach.campaigns.appointments.walls import CAMPAIGN_COLUMNS, PROMISE_COLUMNS
from outreach.campaigns.appointments.walls import OWN_COLUMNS as APPOINTMENT_COLUMNS
from outreach.campaigns.campaign.schema import CAMPAIGN
from outreach.campaigns.prevention.schema import OWN_COLUMNS as PREVENTION_COLUMNS
from outreach.campaigns.walls import TASK
from outreach.digest.walls import OWN_COLUMNS as MESSAGE_COLUMNS
from outreach.digest.walls import TEMPLATE, TEMPLATE_COLUMNS
from reimbursements.lines.schema import TABLE as LINE
from reimbursements.lines.walls import LINE_COLUMNS, PROFESSIONAL, PROFESSIONAL_COLUMNS

OWN = {
    **ACCOUNT_COLUMNS,
    **MESSAGE_COLUMNS,
    **REPORT_COLUMNS,
    **APPOINTMENT_COLUMNS,
    **PREVENTION_COLUMNS,
    TASK: PROMISE_COLUMNS,
    "fraud_conversation": CONVERSATION,
    "fraud_conversationmessage": CONVERSATION_MESSAGE,
    CONTACT: (*ACCOUNT_COLUMNS[CONTACT], *CONTACT_COLUMNS_ADDED),
    EVENT: EVENT_COLUMNS,
    CONSENT: (*CONSENT_COLUMNS, *GUARDIAN_COLUMNS),
}
"""Tables of which a person sees the rows with their own ``insured_id``."""
ALSO_OF_MINORS = ("accounts_memberconsent", "accounts_partnermembership")
"""And of these, the rows of minors under their number."""
WALLED = {PERSON: PERSON_COLUMNS, LINE: LINE_COLUMNS, MESSAGE: SECURITY_MESSAGE_COLUMNS, **OWN}
PUBLIC = {
    PARTNER: ("id", "code", "name", PARTNER_STATE),
    PROFESSIONAL: PROFESSIONAL_COLUMNS,
    TEMPLATE: TEMPLATE_COLUMNS,
    CAMPAIGN: CAMPAIGN_COLUMNS,
}
"""Tables without a wall, of which some columns are shown; the reference tables are shown whole."""
