"""Who and what the staged codes mean: people by the blind index of their NIR, professionals, establishments.

Each distinct value is judged once. The key of the blind index stays in this process: the database receives the
index of each NIR, never the key.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

from accounts.people.models import InsuredPerson
from accounts.people.nir import is_nir
from ameli_notify.core.copying import copy_rows, copying
from ameli_notify.core.crypto import lookup_id, lookup_key
from ameli_notify.core.findings import E101_NIR_KEY, E110_UNKNOWN_PERSON
from ameli_notify.core.sql import fetch_all, run
from reimbursements.feed.twins import find_candidates
from reimbursements.professionals.models import HealthProfessional, PracticePlace
from reimbursements.professionals.numbers import RPPS_DIGITS, is_finess, is_rpps

_PAGE: Final = 10_000

# One pass over the stage for every kind of distinct value.
_DISTINCT: Final = """
INSERT INTO feed_distinct (insured_nir, beneficiary_nir, exec_rpps, prescriber_rpps, exec_finess, kind)
SELECT insured_nir, beneficiary_nir, exec_rpps, prescriber_rpps, exec_finess,
       CASE GROUPING(insured_nir, exec_rpps, prescriber_rpps, exec_finess)
            WHEN 7 THEN 'pair' WHEN 11 THEN 'rpps' WHEN 13 THEN 'prescriber' ELSE 'finess' END
FROM feed_stage WHERE op IS NOT NULL
GROUP BY GROUPING SETS ((insured_nir, beneficiary_nir), (exec_rpps), (prescriber_rpps), (exec_finess))
"""

_PERSONS: Final = f"""
INSERT INTO feed_person
SELECT n.nir, p.id AS person_id
FROM feed_nir n LEFT JOIN {InsuredPerson._meta.db_table} p ON p.nir_lookup = n.lookup
"""

_PAIRS: Final = """
INSERT INTO feed_pair
SELECT d.insured_nir, d.beneficiary_nir, i.person_id AS insured_id, b.person_id AS beneficiary_id
FROM feed_distinct d
JOIN feed_person i ON i.nir = d.insured_nir AND i.person_id IS NOT NULL
JOIN feed_person b ON b.nir = d.beneficiary_nir AND b.person_id IS NOT NULL
WHERE d.kind = 'pair'
"""

_NIRS: Final = """
SELECT insured_nir FROM feed_distinct WHERE kind = 'pair' AND insured_nir IS NOT NULL
UNION SELECT beneficiary_nir FROM feed_distinct WHERE kind = 'pair' AND beneficiary_nir IS NOT NULL
"""

_UNKNOWN_RPPS: Final = f"""
SELECT exec_rpps FROM feed_distinct WHERE kind = 'rpps' AND exec_rpps IS NOT NULL
UNION SELECT prescriber_rpps FROM feed_distinct WHERE kind = 'prescriber' AND prescriber_rpps IS NOT NULL
EXCEPT SELECT rpps FROM {HealthProfessional._meta.db_table}
"""

_UNKNOWN_FINESS: Final = f"""
SELECT exec_finess FROM feed_distinct WHERE kind = 'finess' AND exec_finess IS NOT NULL
EXCEPT SELECT finess FROM {PracticePlace._meta.db_table}
"""


def resolve() -> None:
    """Find the people of the stage and the values that are nobody's: fills feed_pair and the feed_bad_ tables."""
    run(_DISTINCT)
    run("ANALYZE feed_distinct")
    nirs = _values(_NIRS)
    with ThreadPoolExecutor(max_workers=1) as pool:
        # This process hashes while the database looks for repeated keys and unknown numbers.
        indexed = pool.submit(_indexed, nirs, lookup_key())
        find_candidates()
        _judge_numbers()
        rows = indexed.result()
    with copying("COPY feed_nir (nir, lookup) FROM STDIN") as copy:
        for page in rows:
            copy.write(page)
    run("ANALYZE feed_nir")
    run(_PERSONS)
    run("ANALYZE feed_person")
    run(_PAIRS)
    run("ANALYZE feed_pair")
    _judge_strangers()


def _indexed(nirs: Sequence[str], key: bytes) -> list[str]:
    """Pages of COPY rows: each NIR with its blind index."""
    return [
        "".join(f"{nir}\t{lookup_id('nir', nir, key=key).hex}\n" for nir in nirs[start : start + _PAGE])
        for start in range(0, len(nirs), _PAGE)
    ]


def _judge_strangers() -> None:
    strangers = _values("SELECT nir FROM feed_person WHERE person_id IS NULL")
    judged = ((nir, E110_UNKNOWN_PERSON if is_nir(nir) else E101_NIR_KEY) for nir in strangers)
    copy_rows("feed_bad_nir", ("nir", "code"), judged)
    run("ANALYZE feed_bad_nir")


def _judge_numbers() -> None:
    rpps = _values(_UNKNOWN_RPPS)
    # Numbers lost their leading zeros on the way.
    copy_rows("feed_bad_rpps", ("rpps",), ((number,) for number in rpps if not is_rpps(f"{number:0{RPPS_DIGITS}}")))
    finess = _values(_UNKNOWN_FINESS)
    copy_rows("feed_bad_finess", ("finess",), ((number,) for number in finess if not is_finess(number)))
    run("ANALYZE feed_bad_rpps")
    run("ANALYZE feed_bad_finess")


def _values(query: str) -> list[Any]:
    return [value for (value,) in fetch_all(query)]
