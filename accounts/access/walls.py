"""What of the tables of this app an insured person may read, row by row and column by column.

Withheld though the row is shown: sealed and look-up values that no page needs; whatever would tell a policyholder
where a dependant lives, who treats them and whether they are protected; which member of the staff looked.
"""

from typing import Final

from ameli_notify.core.roles import INSURED, hide_all, show_all, show_own, tear_down, wall_in

PERSON: Final = "accounts_insuredperson"
PARTNER: Final = "accounts_partnerinsurer"
IS_ADULT: Final = "accounts_insured_is_adult()"

OWN: Final = "insured_id = core_insured_id()"
OWN_COLUMNS: Final = {
    "accounts_contactchannel": (
        "id", "insured_id", "kind", "address_sealed", "started_at", "ended_at", "end_reason",
    ),
    "accounts_preferencechange": (
        "id", "insured_id", "purpose", "old_channel", "new_channel", "changed_at", "changed_by",
    ),
    "accounts_longtermcondition": ("id", "insured_id", "code"),
    "accounts_partnermembership": ("id", "insured_id", "partner_id", "member_no", "starts_on", "ends_on"),
    "accounts_accesslog": ("id", "at", "actor_role", "action", "object_kind", "insured_id", "reason"),
}  # fmt: skip
PERSON_COLUMNS: Final = (
    "id", "public_id", "policyholder_id", "cohort", "fund_code", "birth_date_text", "born_on", "birth_rank", "sex",
    "birth_name", "usage_name", "first_names", "died_on", "preferred_channel", "has_email", "has_mobile",
    "created_at", "updated_at",
)  # fmt: skip
UNSEEN: Final = (
    "accounts_insuredaccount", "accounts_identityproof", "accounts_opensession", "accounts_contactchange",
    "accounts_securitymessage",
)  # fmt: skip
"""Personal, but read by the sign-in alone, which works as the application; of messages, see below."""

# Since migration 0006, which comes after the tables above were walled in.
EVENT: Final = "accounts_accountevent"
EVENT_COLUMNS: Final = ("id", "insured_id", "at", "kind", "browser", "system")
CONTACT: Final = "accounts_contactchannel"
CONTACT_COLUMNS_ADDED: Final = ("source", "verified_at")
MESSAGE: Final = "accounts_securitymessage"
MESSAGE_COLUMNS: Final = ("id", "kind", "channel", "contact_id", "created_at", "state", "settled_at")
_MESSAGE_ROWS: Final = f"contact_id IN (SELECT c.id FROM {CONTACT} c WHERE c.{OWN})"
"""A message is its addressee's: it names an address, and the address names the person."""

# Of age at the insurer's calendar day. A declared date that is in no calendar counts from the end of its year; one
# without a year proves nothing.
_CREATE_IS_ADULT: Final = f"""
CREATE FUNCTION {IS_ADULT} RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE
    RETURN EXISTS (
        SELECT FROM {PERSON} p,
            LATERAL (SELECT ((now() AT TIME ZONE 'Europe/Paris')::date - interval '18 years')::date AS day) limits
        WHERE p.id = core_insured_id()
          AND (p.born_on <= limits.day
               OR (p.born_on IS NULL AND p.birth_date_text ~ '^(18|19|20)[0-9][0-9]'
                   AND left(p.birth_date_text, 4) < to_char(limits.day, 'YYYY')))
    );
REVOKE ALL ON FUNCTION {IS_ADULT} FROM PUBLIC;
GRANT EXECUTE ON FUNCTION {IS_ADULT} TO {INSURED};
"""

_WALLED: Final = (PERSON, *OWN_COLUMNS, *UNSEEN)

CREATE: Final = (
    wall_in(*_WALLED)
    + show_own(PERSON, PERSON_COLUMNS, rows="id = core_insured_id() OR policyholder_id = core_insured_id()")
    + "".join(show_own(table, columns, rows=OWN) for table, columns in OWN_COLUMNS.items())
    + show_all(PARTNER, ("id", "code", "name"))
    + _CREATE_IS_ADULT
)
CREATE_ACTIVITY: Final = (
    wall_in(EVENT)
    + show_own(EVENT, EVENT_COLUMNS, rows=OWN)
    + show_all(CONTACT, CONTACT_COLUMNS_ADDED)
    + show_own(MESSAGE, MESSAGE_COLUMNS, rows=_MESSAGE_ROWS)
)
DROP_ACTIVITY: Final = (
    tear_down(EVENT)
    + f"DROP POLICY own_for_insured ON {MESSAGE}; REVOKE ALL ON {MESSAGE} FROM {INSURED};"
    + f"REVOKE SELECT ({', '.join(CONTACT_COLUMNS_ADDED)}) ON {CONTACT} FROM {INSURED};"
)
DROP: Final = f"DROP FUNCTION {IS_ADULT};" + hide_all(PARTNER) + tear_down(*_WALLED)

# Since migration 0007. What a factor is verified with is for the sign-in alone.
DEVICES: Final = (
    "accounts_insuredtotpdevice", "accounts_codedevice", "accounts_recoverycodedevice", "accounts_recoverycode",
    "accounts_stafftotpdevice", "django_otp_webauthn_webauthncredential", "django_otp_webauthn_webauthnattestation",
    "django_otp_webauthn_webauthnuserhandle",
)  # fmt: skip
CREATE_DEVICES: Final = wall_in(*DEVICES)
DROP_DEVICES: Final = tear_down(*DEVICES)

# Since migration 0008.
IDENTITY: Final = "accounts_franceconnectdevice"
CREATE_IDENTITY: Final = wall_in(IDENTITY)
DROP_IDENTITY: Final = tear_down(IDENTITY)
