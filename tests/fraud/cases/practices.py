"""Health professionals who practise: what the profile and the links of a case are made of."""

import datetime as dt
from typing import Any, Final

from tests.reimbursements.activity.rows import act_line, load, make_batch, make_professional

MONDAY: Final = dt.date(2026, 10, 12)
SATURDAY: Final = dt.date(2026, 10, 10)


def practise(
    rpps: int, *, patients: int, department: str = "75", care: dt.date = MONDAY, code: str = "G", **line: Any
) -> None:
    """A general practitioner who saw each of some patients once, a year ago at most."""
    make_professional(rpps, department=department)
    batch = make_batch(first=care, last=care + dt.timedelta(days=7))
    load([
        act_line(batch, rpps=rpps, beneficiary_id=rpps % 1000 * 1000 + number, care=care, act_code=code, **line)
        for number in range(patients)
    ])  # fmt: skip


def peers(
    number: int, *, department: str = "75", care: dt.date = MONDAY, code: str = "G", first: int = 10000000100
) -> None:
    """Others of the same specialty: with 20 patients, 21, and so on."""
    for rank in range(number):
        practise(first + rank, patients=20 + rank, department=department, care=care, code=code)
