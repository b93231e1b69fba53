"""The set-based upsert of one staged chunk: people, addresses, preferences, conditions, memberships.

Whatever is as it was stays untouched, so that loading a file twice changes nothing. ``person_changed`` collects
the people of whom anything changed.

What people chose themselves comes before what their fund knows (ADR 0017): an address that they gave and verified is
neither replaced nor withdrawn by a file, and neither is the channel that they chose for the digest. Another address
that a file brings for such a channel is kept in the history, ended from the start, and its person counts as unchanged.
"""

import datetime as dt
from collections.abc import Sequence
from typing import Final

from accounts.partners.models import PartnerInsurer, PartnerMembership
from accounts.people.enums import ContactKind, ContactSource, EndReason, Purpose
from accounts.people.importing.reading import PersonRow
from accounts.people.importing.staging import PERSONS
from accounts.people.models import (
    ContactChannel,
    LongTermCondition,
    PreferenceChange,
    contact_context,
    nir_context,
)
from ameli_notify.core.copying import copy_rows
from ameli_notify.core.crypto import key_ring
from ameli_notify.core.sql import fetch_all, run

_CONTACTS: Final = ContactChannel._meta.db_table
_CONDITIONS: Final = LongTermCondition._meta.db_table
_PREFERENCES: Final = PreferenceChange._meta.db_table
_PARTNERS: Final = PartnerInsurer._meta.db_table
_MEMBERSHIPS: Final = PartnerMembership._meta.db_table
CHANGED_BY: Final = "import"

_FIELDS: Final = (
    "fund_code", "birth_date_text", "born_on", "birth_rank", "sex", "birth_name", "usage_name", "first_names",
    "postcode", "territory", "treating_rpps", "died_on", "is_contact_protected",
)  # fmt: skip

# The policyholder may be in this very chunk, with an id that no row has yet.
_HOLDER: Final = f"""
LEFT JOIN {PERSONS} known ON known.nir_lookup = s.policyholder_lookup
LEFT JOIN (person_stage hs JOIN person_id hi ON hi.row_no = hs.row_no) ON hs.nir_lookup = s.policyholder_lookup
"""
_HOLDER_ID: Final = "COALESCE(known.id, hi.id)"

_INSERT_PERSONS: Final = f"""
INSERT INTO {PERSONS} (id, public_id, nir_sealed, nir_lookup, policyholder_id, cohort, preferred_channel,
                       has_email, has_mobile, created_at, updated_at, {", ".join(_FIELDS)})
SELECT i.id, gen_random_uuid(), n.nir_sealed, s.nir_lookup, {_HOLDER_ID}, s.cohort,
       COALESCE(s.preferred_channel, 'email'), s.email_lookup IS NOT NULL, s.mobile_lookup IS NOT NULL,
       %s, %s, {", ".join(f"s.{name}" for name in _FIELDS)}
FROM person_stage s
JOIN person_id i ON i.row_no = s.row_no AND i.is_new
JOIN person_sealed n ON n.row_no = s.row_no
{_HOLDER}
"""

# An empty preference says nothing, and leaves the known one alone.
_DROP_OVERRULED_PREFERENCES: Final = f"""
UPDATE person_stage s SET preferred_channel = NULL
FROM person_id i, {PERSONS} p
WHERE i.row_no = s.row_no AND NOT i.is_new AND p.id = i.id AND s.preferred_channel <> p.preferred_channel
  AND EXISTS (SELECT FROM {_PREFERENCES} c
              WHERE c.insured_id = p.id AND c.purpose = '{Purpose.DIGEST}' AND c.changed_by <> '{CHANGED_BY}')
"""

_KEEP_PREFERENCES: Final = f"""
INSERT INTO {_PREFERENCES} (insured_id, purpose, old_channel, new_channel, changed_at, changed_by)
SELECT p.id, '{Purpose.DIGEST}', p.preferred_channel, s.preferred_channel, %s, '{CHANGED_BY}'
FROM person_stage s
JOIN person_id i ON i.row_no = s.row_no AND NOT i.is_new
JOIN {PERSONS} p ON p.id = i.id
WHERE s.preferred_channel <> p.preferred_channel
"""

_UPDATE_PERSONS: Final = f"""
WITH wanted AS (
    SELECT i.id, {_HOLDER_ID} AS policyholder_id, s.preferred_channel, {", ".join(f"s.{name}" for name in _FIELDS)}
    FROM person_stage s JOIN person_id i ON i.row_no = s.row_no AND NOT i.is_new {_HOLDER}
), changed AS (
    UPDATE {PERSONS} p
    SET policyholder_id = w.policyholder_id, updated_at = %s,
        preferred_channel = COALESCE(w.preferred_channel, p.preferred_channel),
        {", ".join(f"{name} = w.{name}" for name in _FIELDS)}
    FROM wanted w
    WHERE p.id = w.id
      AND (p.policyholder_id, p.preferred_channel, {", ".join(f"p.{name}" for name in _FIELDS)}) IS DISTINCT FROM
          (w.policyholder_id, COALESCE(w.preferred_channel, p.preferred_channel),
           {", ".join(f"w.{name}" for name in _FIELDS)})
    RETURNING p.id
)
INSERT INTO person_changed SELECT id FROM changed
"""

_WANTED_CONTACTS: Final = """
INSERT INTO person_contact (row_no, insured_id, kind, lookup)
SELECT s.row_no, i.id, k.kind, k.lookup
FROM person_stage s JOIN person_id i ON i.row_no = s.row_no
CROSS JOIN LATERAL (VALUES ('email', s.email_lookup), ('mobile', s.mobile_lookup), ('landline', s.landline_lookup))
     AS k (kind, lookup)
WHERE NOT i.is_new OR k.lookup IS NOT NULL
"""

_END_CONTACTS: Final = f"""
WITH ended AS (
    UPDATE {_CONTACTS} c
    SET ended_at = %s,
        end_reason = CASE WHEN w.lookup IS NULL THEN '{EndReason.WITHDRAWN}' ELSE '{EndReason.REPLACED}' END
    FROM person_contact w
    WHERE c.insured_id = w.insured_id AND c.kind = w.kind AND c.ended_at IS NULL
      AND c.address_lookup IS DISTINCT FROM w.lookup AND c.source <> '{ContactSource.PERSON}'
    RETURNING c.insured_id
)
INSERT INTO person_changed SELECT insured_id FROM ended
"""

# An address that no longer exists is not taken up again because a file still names it. Beside a current one that the
# person gave (the file's own would have ended any other), one that is in the history already is nothing new.
_MISSING_CONTACTS: Final = f"""
WITH missing AS MATERIALIZED (
    SELECT w.* FROM person_contact w
    WHERE w.lookup IS NOT NULL
      AND NOT EXISTS (
          SELECT FROM {_CONTACTS} c
          WHERE c.insured_id = w.insured_id AND c.kind = w.kind AND c.address_lookup = w.lookup
            AND (c.ended_at IS NULL OR c.end_reason = '{EndReason.BOUNCED}'))
), judged AS (
    SELECT m.*, NOT i.is_new AND EXISTS (
        SELECT FROM {_CONTACTS} c WHERE c.insured_id = m.insured_id AND c.kind = m.kind AND c.ended_at IS NULL
    ) AS is_overruled
    FROM missing m JOIN person_id i ON i.row_no = m.row_no
)
SELECT j.row_no, j.insured_id, j.kind, j.is_overruled FROM judged j
WHERE NOT (j.is_overruled AND EXISTS (
    SELECT FROM {_CONTACTS} c WHERE c.insured_id = j.insured_id AND c.kind = j.kind AND c.address_lookup = j.lookup))
"""

# Not copied straight in: PostgreSQL refuses COPY FROM into a table with row-level security.
_ADD_CONTACTS: Final = f"""
INSERT INTO {_CONTACTS} (insured_id, kind, address_sealed, address_lookup, started_at, ended_at, end_reason)
SELECT insured_id, kind, address_sealed, address_lookup, %(now)s, CASE WHEN is_overruled THEN %(now)s END,
       CASE WHEN is_overruled THEN '{EndReason.NOT_USED}' ELSE '' END
FROM person_added
"""

_SET_REACH: Final = f"""
WITH reach AS (
    SELECT i.id, bool_or(c.kind = '{ContactKind.EMAIL}') AS has_email,
           bool_or(c.kind = '{ContactKind.MOBILE}') AS has_mobile
    FROM person_id i LEFT JOIN {_CONTACTS} c ON c.insured_id = i.id AND c.ended_at IS NULL
    WHERE NOT i.is_new
    GROUP BY i.id
)
UPDATE {PERSONS} p
SET has_email = COALESCE(r.has_email, false), has_mobile = COALESCE(r.has_mobile, false)
FROM reach r
WHERE p.id = r.id
  AND (p.has_email, p.has_mobile) <> (COALESCE(r.has_email, false), COALESCE(r.has_mobile, false))
"""

_END_CONDITIONS: Final = f"""
WITH ended AS (
    DELETE FROM {_CONDITIONS} c USING person_stage s, person_id i
    WHERE i.row_no = s.row_no AND NOT i.is_new AND c.insured_id = i.id AND c.code <> ALL (s.ald_codes)
    RETURNING c.insured_id
)
INSERT INTO person_changed SELECT insured_id FROM ended
"""

_ADD_CONDITIONS: Final = f"""
WITH added AS (
    INSERT INTO {_CONDITIONS} (insured_id, code)
    SELECT i.id, code FROM person_stage s JOIN person_id i ON i.row_no = s.row_no CROSS JOIN unnest(s.ald_codes) code
    ON CONFLICT (insured_id, code) DO NOTHING
    RETURNING insured_id
)
INSERT INTO person_changed SELECT insured_id FROM added
"""

_ADD_PARTNERS: Final = f"""
INSERT INTO {_PARTNERS} (code, name)
SELECT DISTINCT s.amc_code, '' FROM person_stage s
WHERE s.amc_code <> '' AND NOT EXISTS (SELECT FROM {_PARTNERS} p WHERE p.code = s.amc_code)
ON CONFLICT (code) DO NOTHING
"""

_END_MEMBERSHIPS: Final = f"""
WITH ended AS (
    UPDATE {_MEMBERSHIPS} m
    SET ends_on = GREATEST(m.starts_on, COALESCE(s.amc_from - 1, %s))
    FROM person_stage s JOIN person_id i ON i.row_no = s.row_no
    LEFT JOIN {_PARTNERS} p ON p.code = s.amc_code
    WHERE NOT i.is_new AND m.insured_id = i.id AND m.ends_on IS NULL
      AND (m.partner_id, m.starts_on) IS DISTINCT FROM (p.id, s.amc_from)
    RETURNING m.insured_id
)
INSERT INTO person_changed SELECT insured_id FROM ended
"""

_UPDATE_MEMBERSHIPS: Final = f"""
WITH updated AS (
    UPDATE {_MEMBERSHIPS} m
    SET member_no = s.amc_member_no, ends_on = s.amc_to
    FROM person_stage s JOIN person_id i ON i.row_no = s.row_no
    JOIN {_PARTNERS} p ON p.code = s.amc_code
    WHERE NOT i.is_new AND m.insured_id = i.id AND m.partner_id = p.id AND m.starts_on = s.amc_from
      AND (m.member_no, m.ends_on) IS DISTINCT FROM (s.amc_member_no, s.amc_to)
    RETURNING m.insured_id
)
INSERT INTO person_changed SELECT insured_id FROM updated
"""

_ADD_MEMBERSHIPS: Final = f"""
WITH added AS (
    INSERT INTO {_MEMBERSHIPS} (insured_id, partner_id, member_no, starts_on, ends_on)
    SELECT i.id, p.id, s.amc_member_no, s.amc_from, s.amc_to
    FROM person_stage s JOIN person_id i ON i.row_no = s.row_no
    JOIN {_PARTNERS} p ON p.code = s.amc_code
    WHERE NOT EXISTS (SELECT FROM {_MEMBERSHIPS} m
                      WHERE m.insured_id = i.id AND m.partner_id = p.id AND m.starts_on = s.amc_from)
    RETURNING insured_id
)
INSERT INTO person_changed SELECT insured_id FROM added
"""

_COUNT_CHANGED: Final = """
SELECT count(DISTINCT c.id) FROM person_changed c JOIN person_id i ON i.id = c.id WHERE NOT i.is_new
"""


def upsert_chunk(persons: Sequence[PersonRow], *, new: Sequence[int], now: dt.datetime) -> int:
    """Bring the directory to what the staged chunk says; returns how many known people changed."""
    seal = key_ring().seal
    if new:
        copy_rows(
            "person_sealed",
            ("row_no", "nir_sealed"),
            ((at, seal(persons[at].nir, context=nir_context(persons[at].nir_lookup))) for at in new),
        )
        run("ANALYZE person_sealed")
        run(_INSERT_PERSONS, [now, now])
    if len(new) < len(persons):
        run(_DROP_OVERRULED_PREFERENCES)
        run(_KEEP_PREFERENCES, [now])
        run(_UPDATE_PERSONS, [now])
    _upsert_contacts(persons, now=now)
    run(_END_CONDITIONS)
    run(_ADD_CONDITIONS)
    run(_ADD_PARTNERS)
    run(_END_MEMBERSHIPS, [now.date()])
    run(_UPDATE_MEMBERSHIPS)
    run(_ADD_MEMBERSHIPS)
    return int(fetch_all(_COUNT_CHANGED)[0][0])


def _upsert_contacts(persons: Sequence[PersonRow], *, now: dt.datetime) -> None:
    seal = key_ring().seal
    run(_WANTED_CONTACTS)
    run("ANALYZE person_contact")
    run(_END_CONTACTS, [now])
    missing = fetch_all(_MISSING_CONTACTS)
    added = [
        (insured_id, kind, is_overruled, *persons[row_no].contacts[kind])
        for row_no, insured_id, kind, is_overruled in missing
    ]
    copy_rows(
        "person_added",
        ("insured_id", "kind", "is_overruled", "address_sealed", "address_lookup"),
        (
            (insured_id, kind, is_overruled, seal(address, context=contact_context(insured_id, kind)), lookup)
            for insured_id, kind, is_overruled, address, lookup in added
        ),
    )
    run(_ADD_CONTACTS, {"now": now})
    run("INSERT INTO person_changed SELECT insured_id FROM person_added WHERE NOT is_overruled")
    run(_SET_REACH)
