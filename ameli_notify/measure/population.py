"""Filling a database with people who are due, as fast as COPY goes: for the bench and the crash run.

The rows are what the imports would have made (sealed addresses, blind indexes, cohorts), without their files.
"""

import datetime as dt
import io
import uuid
from typing import Final

from django.db import connection, transaction
from django.utils import timezone

from accounts.people.models import COHORTS, contact_context, nir_context
from ameli_notify.core.crypto import key_ring
from ameli_notify.core.sql import fetch_one, run
from outreach.digest.schema import DUE

_PERSON_COLUMNS: Final = (
    "id, public_id, nir_sealed, nir_lookup, cohort, fund_code, birth_date_text, birth_rank, sex, birth_name, "
    "usage_name, first_names, postcode, territory, is_contact_protected, preferred_channel, has_email, has_mobile, "
    "created_at, updated_at"
)
_CHANNEL_COLUMNS: Final = "insured_id, kind, address_sealed, address_lookup, started_at, end_reason"
_FLUSH_ROWS: Final = 20_000


def fill_people(number: int, *, sms_every: int = 0, same_cohort: int | None = None) -> range:
    """Make people, each with an e-mail address at example.org; returns their ids.

    ``sms_every`` n gives every n-th person a mobile number and the wish for SMS instead; 0 gives none.
    """
    ring, now = key_ring(), timezone.now().isoformat()
    people, channels = io.StringIO(), io.StringIO()
    sealed_nir = ring.seal("0", context=nir_context(uuid.UUID(int=0))).hex()
    ids = _take_ids(number)
    with transaction.atomic():
        for count, person in enumerate(ids, start=1):
            by_sms = bool(sms_every) and person % sms_every == 0
            cohort = person % COHORTS if same_cohort is None else same_cohort
            lookup = uuid.UUID(int=(7 << 120) + person)
            people.write(
                f"{person}\t{uuid.UUID(int=(9 << 120) + person)}\t\\\\x{sealed_nir}\t{lookup}\t{cohort}\t01C751000\t"
                f"19700101\t1\t1\tESSAI\t\tClaude\t75011\t\tf\t{'sms' if by_sms else 'email'}\t"
                f"{'f' if by_sms else 't'}\t{'t' if by_sms else 'f'}\t{now}\t{now}\n"
            )
            kind = "mobile" if by_sms else "email"
            address = f"+336000{person % 100_000:05d}" if by_sms else f"p{person}@example.org"
            sealed = ring.seal(address, context=contact_context(person, kind)).hex()
            channels.write(f"{person}\t{kind}\t\\\\x{sealed}\t{uuid.UUID(int=(5 << 120) + person)}\t{now}\t\n")
            if count % _FLUSH_ROWS == 0 or count == number:
                _copy("accounts_insuredperson", people, columns=_PERSON_COLUMNS)
                _copy("accounts_contactchannel", channels, columns=_CHANNEL_COLUMNS)
    return ids


def _take_ids(number: int) -> range:
    first, last = fetch_one(
        """SELECT min(id), max(id)
           FROM (SELECT nextval('accounts_insuredperson_id_seq') AS id FROM generate_series(1, %s)) taken""",
        [number],
    ) or (0, -1)
    if last - first + 1 != number:
        raise RuntimeError("somebody else adds people to this database: measure on one of its own")
    return range(first, last + 1)


def make_due(ids: range, *, day: dt.date, lines: int = 3) -> None:
    """Make these people due, as collecting a batch would."""
    run(
        f"""INSERT INTO {DUE} (insured_id, cohort, line_count, first_payment_on, last_payment_on)
            SELECT id, cohort, %s, %s, %s FROM accounts_insuredperson
            WHERE id BETWEEN %s AND %s ORDER BY cohort, id""",
        [lines, day, day, ids.start, ids.stop - 1],
    )


def _copy(table: str, rows: io.StringIO, *, columns: str) -> None:
    """COPY into a stage, then insert: PostgreSQL refuses COPY FROM into a table with row-level security."""
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TEMP TABLE filling AS SELECT {columns} FROM {table} WITH NO DATA")
        with cursor.copy(f"COPY filling ({columns}) FROM STDIN") as copy:
            copy.write(rows.getvalue())
        cursor.execute(f"INSERT INTO {table} ({columns}) SELECT {columns} FROM filling")
        cursor.execute("DROP TABLE filling")
    rows.seek(0)
    rows.truncate()
