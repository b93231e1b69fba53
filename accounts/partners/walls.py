"""What of this app's tables a partner's request may read: its members with an open consent, and how it knows them.

No name, no NIR, no birth date, no address: the table of people is not granted at all. Withdrawn consents are the
person's own business.
"""

from typing import Final

from ameli_notify.core.roles import INSURED, hide_from_partner, show_own, show_to_partner, tear_down, wall_in

CONSENT: Final = "accounts_memberconsent"
MEMBER: Final = "accounts_partnermember"
MEMBERSHIP: Final = "accounts_partnermembership"
PARTNER: Final = "accounts_partnerinsurer"

CONSENT_COLUMNS: Final = ("id", "insured_id", "partner_id", "purpose", "given_at", "withdrawn_at")
"""For the person and for the partner alike."""
MEMBER_COLUMNS: Final = ("id", "insured_id", "partner_id", "public_id")
MEMBERSHIP_COLUMNS: Final = ("id", "insured_id", "partner_id", "member_no", "starts_on", "ends_on")
PARTNER_COLUMNS: Final = ("id", "code", "name")
PARTNER_STATE: Final = "state"
"""So that a person is asked about a partner that is connected only."""

# Itself behind the wall: the partner's own, and open.
_HAS_CONSENT: Final = "EXISTS (SELECT FROM {consent} c WHERE c.insured_id = {table}.insured_id)"


def _with_consent(table: str) -> str:
    return f"partner_id = core_partner_id() AND {_HAS_CONSENT.format(consent=CONSENT, table=table)}"


CREATE: Final = (
    wall_in(CONSENT, MEMBER)
    + show_own(CONSENT, CONSENT_COLUMNS, rows="insured_id = core_insured_id()")
    + f"GRANT SELECT ({PARTNER_STATE}) ON {PARTNER} TO {INSURED};"
    + show_to_partner(CONSENT, CONSENT_COLUMNS, rows="partner_id = core_partner_id() AND withdrawn_at IS NULL")
    + show_to_partner(MEMBER, MEMBER_COLUMNS, rows=_with_consent(MEMBER))
    + show_to_partner(MEMBERSHIP, MEMBERSHIP_COLUMNS, rows=_with_consent(MEMBERSHIP))
)
DROP: Final = (
    hide_from_partner(MEMBERSHIP, MEMBER, CONSENT)
    + f"REVOKE SELECT ({PARTNER_STATE}) ON {PARTNER} FROM {INSURED};"
    + tear_down(CONSENT, MEMBER)
)
