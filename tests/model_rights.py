"""The tables of ``test_url_access``: every console page of a model, with who may open it."""

from dataclasses import dataclass
from typing import Final

from tests.url_tables import ADVISER, AUDITOR, DATA_PROTECTION, INVESTIGATOR, LEGAL, STAFF, SUPERVISOR


@dataclass(frozen=True)
class Rights:
    """Roles that may see a model's pages, and roles that may add and change."""

    view: tuple[str, ...]
    add: tuple[str, ...] = ()
    change: tuple[str, ...] = ()


OPERATIONS: Final = (INVESTIGATOR, SUPERVISOR, AUDITOR)
PEOPLE: Final = (INVESTIGATOR, ADVISER, SUPERVISOR)
CONTROL: Final = (SUPERVISOR, AUDITOR)
TRACES: Final = (SUPERVISOR, AUDITOR, DATA_PROTECTION)
CASES: Final = (INVESTIGATOR, SUPERVISOR, AUDITOR, LEGAL)
REGISTER: Final = Rights(view=(AUDITOR, LEGAL, DATA_PROTECTION))
PARTNERS: Final = Rights(view=TRACES, add=(SUPERVISOR,), change=(SUPERVISOR,))
STAFFING: Final = Rights(view=(SUPERVISOR,), add=(SUPERVISOR,), change=(SUPERVISOR,))
REFERENCE: Final = Rights(view=STAFF, add=(SUPERVISOR,), change=(SUPERVISOR,))
MODELS: Final[dict[str, Rights]] = {
    "accounts_accesslog": Rights(view=TRACES),
    "accounts_directorybatch": Rights(view=OPERATIONS),
    "accounts_insuredperson": Rights(view=PEOPLE),
    "accounts_partnerclient": PARTNERS,
    "accounts_partnerinsurer": PARTNERS,
    "accounts_partnerkey": PARTNERS,
    "accounts_partneruser": PARTNERS,
    "accounts_user": Rights(view=TRACES),
    "accounts_webhookdelivery": Rights(view=TRACES),
    "accounts_webhookendpoint": Rights(view=TRACES, change=(SUPERVISOR,)),
    "admin_logentry": Rights(view=TRACES),
    "django_q_failure": Rights(view=CONTROL),
    "django_q_ormq": Rights(view=CONTROL),
    "django_q_schedule": Rights(view=CONTROL),
    "fraud_absence": STAFFING,
    "fraud_assignmentrule": STAFFING,
    "fraud_caseopening": Rights(view=TRACES),
    "fraud_caseparameter": Rights(view=CASES, add=(SUPERVISOR,), change=(SUPERVISOR,)),
    "fraud_conversation": Rights(view=(ADVISER, SUPERVISOR)),
    "fraud_fraudcase": Rights(view=CASES),
    "fraud_legalbasis": Rights(view=CASES, add=(SUPERVISOR, LEGAL), change=(SUPERVISOR, LEGAL)),
    "fraud_liftbasis": Rights(view=CASES, add=(SUPERVISOR, LEGAL), change=(SUPERVISOR, LEGAL)),
    "fraud_identitylift": REGISTER,
    "fraud_rightofreply": Rights(view=CASES),
    "fraud_sharedsignal": REGISTER,
    "fraud_workload": STAFFING,
    "outreach_callcampaign": Rights(view=(ADVISER, SUPERVISOR, AUDITOR, LEGAL, DATA_PROTECTION), add=(SUPERVISOR,)),
    "outreach_campaignproposal": Rights(view=(SUPERVISOR, LEGAL)),
    "outreach_digestrun": Rights(view=OPERATIONS),
    "outreach_inboxmessage": Rights(view=PEOPLE),
    "outreach_messagetemplate": Rights(view=STAFF, add=(SUPERVISOR,)),
    "outreach_notification": Rights(view=PEOPLE),
    "outreach_postlistentry": Rights(view=OPERATIONS),
    "outreach_preventioncampaign": Rights(view=(SUPERVISOR, AUDITOR, LEGAL, DATA_PROTECTION), add=(SUPERVISOR,)),
    "reimbursements_actreference": REFERENCE,
    "reimbursements_carepath": REFERENCE,
    "reimbursements_conditionreference": REFERENCE,
    "reimbursements_copayrule": REFERENCE,
    "reimbursements_exemptionreason": REFERENCE,
    "reimbursements_healthfund": REFERENCE,
    "reimbursements_importbatch": Rights(view=OPERATIONS),
    "reimbursements_insurancenature": REFERENCE,
    "reimbursements_naturereference": REFERENCE,
    "reimbursements_payeereference": REFERENCE,
    "reimbursements_specialty": REFERENCE,
}
ACTIONS: Final = ("changelist", "add", "change", "delete", "history")
