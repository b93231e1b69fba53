"""What of this app's tables a partner's request may read: its members with an open consent, and how it knows them.

No name, no NIR, no birth date, no address: the table of people is not granted at all. Withdrawn consents are the
person's own business.
"""

from typing import Final

from accounts.access.walls import IS_ADULT, OWN, PERSON
from ameli_notify.core.roles import (
    APP,
    INSURED,
    hide_from_partner,
    looked_up,
    reshow_to_partner,
    show_own,
    show_to_partner,
    tear_down,
    wall_in,
)

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

# Since migration 0020: what a policyholder answers for the minors under their number.
ACCESS: Final = "accounts_accesslog"
READ_BY_PARTNER: Final = "actor_role = 'partner'"
GUARDED_UNTIL: Final = "accounts_guarded_until"
TODAY: Final = "(now() AT TIME ZONE 'Europe/Paris')::date"
MINORS: Final = f"""
SELECT p.id FROM {PERSON} p
WHERE p.policyholder_id = core_insured_id() AND {GUARDED_UNTIL}(p.born_on, p.birth_date_text) > {TODAY}
  AND (SELECT {IS_ADULT})
"""
"""Whoever reads has the say for these, within ``as_insured``."""
GUARDIAN_COLUMNS: Final = ("guardian_id", "ends_on", "withdrawn_by")
"""Of consents, for the person beside the columns above. No partner learns on which day somebody comes of age."""


# Floors above look at consents and memberships through views of their own, once for many rows (ADR 0032): whoever
# changes a policy of either makes those views again in the same change.
def is_open(consent: str) -> str:
    """SQL: a consent holds today. ``consent``: the alias of its row."""
    return f"({consent}.withdrawn_at IS NULL AND ({consent}.ends_on IS NULL OR {consent}.ends_on > {TODAY}))"


# A declared date that is in no calendar counts from the beginning of its year: nobody answers for an adult. One without
# a year proves nothing, and nobody answers for that person at all.
_CREATE_GUARDED_UNTIL: Final = f"""
CREATE FUNCTION {GUARDED_UNTIL}(born_on date, declared text) RETURNS date LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN born_on IS NOT NULL THEN (born_on + interval '18 years')::date
                WHEN declared ~ '^(18|19|20)[0-9][0-9]' THEN make_date(left(declared, 4)::int + 18, 1, 1) END;
COMMENT ON FUNCTION {GUARDED_UNTIL}(date, text) IS 'The day from which nobody answers for the person; NULL: never did';
REVOKE ALL ON FUNCTION {GUARDED_UNTIL}(date, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION {GUARDED_UNTIL}(date, text) TO {APP}, {INSURED};
"""


def _show_rows(table: str, policy: str, rows: str) -> str:
    return f"ALTER POLICY {policy} ON {table} USING ({rows});\n"


_OF_PARTNER: Final = "partner_id = core_partner_id() AND withdrawn_at IS NULL"
_OF_MINORS: Final = f"insured_id IN ({MINORS})"
CREATE_GUARDIANSHIP: Final = (
    _CREATE_GUARDED_UNTIL
    + _show_rows(CONSENT, "own_for_partner", f"partner_id = core_partner_id() AND {is_open(CONSENT)}")
    + _show_rows(CONSENT, "own_for_insured", f"{OWN} OR {_OF_MINORS}")
    + _show_rows(MEMBERSHIP, "own_for_insured", f"{OWN} OR {_OF_MINORS}")
    + _show_rows(ACCESS, "own_for_insured", f"{OWN} OR ({READ_BY_PARTNER} AND {_OF_MINORS})")
    + f"GRANT SELECT ({', '.join(GUARDIAN_COLUMNS)}) ON {CONSENT} TO {INSURED};"
)
DROP_GUARDIANSHIP: Final = (
    f"REVOKE SELECT ({', '.join(GUARDIAN_COLUMNS)}) ON {CONSENT} FROM {INSURED};"
    + _show_rows(CONSENT, "own_for_partner", _OF_PARTNER)
    + "".join(_show_rows(table, "own_for_insured", OWN) for table in (CONSENT, MEMBERSHIP, ACCESS))
    + f"DROP FUNCTION {GUARDED_UNTIL}(date, text);"
)

# Since migration 0021: a page of members costs the same for a partner of many.
_LOOKED_UP: Final = {
    table: "partner_id = core_partner_id() AND EXISTS "
    f"(SELECT FROM {CONSENT} c WHERE {looked_up('c.insured_id', f'{table}.insured_id')})"
    for table in (MEMBER, MEMBERSHIP)
}
LOOK_UP: Final = "".join(reshow_to_partner(table, rows=rows) for table, rows in _LOOKED_UP.items())
LOOK_UP_AS_BEFORE: Final = "".join(reshow_to_partner(table, rows=_with_consent(table)) for table in _LOOKED_UP)
