"""Invented numbers in valid form: nobody real bears them.

People have department 00, which is never assigned; RPPS start with 100000 as no issued number does; FINESS take
the series 9 of their department.
"""

import random

from stdnum import luhn

from accounts.people.nir import nir_key


def stream(seed: int, name: str) -> random.Random:
    """An independent, reproducible source of chance for one part of the generator."""
    return random.Random(f"{seed}:{name}")  # noqa: S311 - invented data, nothing to keep secret


def nir(*, sex: int, year_month: str, order: int) -> str:
    """15 characters; ``order`` tells apart up to a million people of one sex, year and month."""
    first_13 = f"{sex}{year_month}00{order:06d}"
    return first_13 + nir_key(first_13)


def rpps(index: int) -> str:
    """11 digits, Luhn."""
    first_10 = f"{1_000_000_000 + index}"
    return first_10 + luhn.calc_check_digit(first_10)


def finess(*, department: str, index: int) -> str:
    """9 characters, Luhn; only departments written with digits."""
    first_8 = f"{department[:2]}9{index % 100_000:05d}"
    return first_8 + luhn.calc_check_digit(first_8)


def am_number(*, department: str, category: int, index: int) -> str:
    """Number of a practice place: department, category of profession, order, key."""
    return f"{department[:2]}{category}{index % 100_000:05d}0"


def other_check_digit(number: str) -> str:
    """The same number with a wrong last digit."""
    return number[:-1] + str((int(number[-1]) + 1) % 10)


def other_nir_key(number: str) -> str:
    """The same NIR with a wrong key in its allowed range 01 to 97."""
    return number[:13] + f"{int(number[13:]) % 97 + 1:02d}"
