"""Passwords that are guessed first in France: common words, runs of a keyboard, repetitions, one's own facts.

Django's list of common passwords is an English one. Everything is compared folded: lower case, without accents. What
nobody could guess from a list or from a letter of the insurer passes, whatever characters it is made of.
"""

import re
import unicodedata
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from django.contrib.auth.models import AbstractBaseUser
from django.contrib.auth.password_validation import CommonPasswordValidator
from django.core.exceptions import ValidationError

from accounts.people.models import InsuredPerson, nir_context
from ameli_notify.core.crypto import key_ring

FEWEST_DISTINCT: Final = 5
LONGEST_PIECE: Final = 8
"""A password that is a piece of up to so many characters again and again is that piece."""
SHORTEST_RUN: Final = 4
SHORTEST_NAME: Final = 3
FEWEST_OF_ONES_OWN: Final = 8
"""Letters and digits that must be left once a person's names and birth are taken out."""

COMMON: Final = "Ce mot de passe est trop courant : choisissez plutôt quelques mots sans rapport entre eux."
REPEATED: Final = "Ce mot de passe répète toujours les mêmes caractères : choisissez-en un plus varié."
RUN: Final = "Ce mot de passe suit l’ordre du clavier ou de l’alphabet : choisissez-en un plus difficile à deviner."
PERSONAL: Final = (
    "Choisissez un mot de passe qui ne soit pas fait de votre nom, de vos prénoms ou de votre date de naissance."
)
OWN_NIR: Final = "Choisissez un mot de passe sans votre numéro de sécurité sociale."

_STEMS: Final = frozenset(Path(__file__).with_name("common_words.csv").read_text(encoding="ascii").split())
"""Words of our own choosing, folded: first names, towns, clubs, months, what people call this site and each other."""
_STEM: Final = "(?:" + "|".join(sorted(_STEMS, key=len, reverse=True)) + ")"
_ONE_OR_TWO_STEMS: Final = re.compile(f"{_STEM}{_STEM}?")
_TRACKS: Final = (
    "azertyuiopqsdfghjklmwxcvbn",
    "qwertyuiopasdfghjklzxcvbnm",
    "qwertzuiop",
    "abcdefghijklmnopqrstuvwxyz",
    "01234567890123456789",
    "&e\"'(-e_ca)=",  # the first row of a French keyboard, folded
    "aqwzsxedcrfvtgbyhnujikolpm",
    "qazwsxedcrfvtgbyhnujmikolp",
    "1q2w3e4r5t6y7u8i9o0p",
    "1a2z3e4r5t6y7u8i9o0p",
)
_WAYS: Final = tuple(way for track in _TRACKS for way in (track, track[::-1]))
_MONTHS: Final = (
    "janvier fevrier mars avril mai juin juillet aout septembre octobre novembre decembre".split()  # noqa: SIM905
)


class EasyPasswordValidator(CommonPasswordValidator):
    """Django's list of common passwords, and what it does not know: French words, repetitions, runs of a keyboard."""

    def validate(self, password: str, user: AbstractBaseUser | None = None) -> None:
        """Raise ValidationError with one sentence, about the first thing found."""
        folded = fold(password)
        if is_repetition(folded):
            raise ValidationError(REPEATED, code="password_repeats")
        if is_run(folded):
            raise ValidationError(RUN, code="password_run")
        if password.lower().strip() in self.passwords or is_common(folded):
            raise ValidationError(COMMON, code="password_too_common")

    def get_help_text(self) -> str:
        return "Évitez les mots de passe courants, les répétitions et les suites de touches du clavier."


def fold(text: str) -> str:
    """Lower case, without accents."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(char for char in decomposed if not unicodedata.combining(char))


def is_common(folded: str) -> bool:
    """One or two words of the list, with any digits and signs around them and a few between."""
    core = re.sub(r"^[^a-z]+|[^a-z]+$", "", folded)
    return _ONE_OR_TWO_STEMS.fullmatch(re.sub(r"(?<=[a-z])[^a-z]{1,3}(?=[a-z])", "", core)) is not None


def is_repetition(folded: str) -> bool:
    """Hardly any different characters, or one short piece again and again; its last turn may be cut short."""
    if len(set(folded)) < FEWEST_DISTINCT:
        return True
    pieces = range(1, min(LONGEST_PIECE, len(folded) // 2) + 1)
    return any(folded[size:] == folded[:-size] for size in pieces)


def is_run(folded: str) -> bool:
    """More than half of it are neighbours on a keyboard, in the alphabet or in counting, forwards or backwards."""
    typed = re.sub(r"\s", "", folded)
    at = covered = 0
    while at < len(typed):
        length = _run_at(typed, at)
        covered += length if length >= SHORTEST_RUN else 0
        at += length if length >= SHORTEST_RUN else 1
    return covered * 2 > len(typed)


def _run_at(typed: str, at: int) -> int:
    """How many characters from ``at`` on follow one another in one of the known orders."""
    length = 1
    while at + length < len(typed) and any(typed[at : at + length + 1] in way for way in _WAYS):
        length += 1
    return length


def refuse_own_facts(password: str, *, person: InsuredPerson) -> None:
    """Raise ValidationError for a password made of what the insurer's letters show: NIR, names, birth."""
    nir = key_ring().open(person.nir_sealed, context=nir_context(person.nir_lookup))
    if nir[:13] in "".join(char for char in password.upper() if char.isalnum()):
        raise ValidationError(OWN_NIR, code="nir")
    compact = _alphanumeric(fold(password))
    births = _birth_forms(person.birth_date_text)
    if any(birth in compact for birth in births):
        raise ValidationError(PERSONAL, code="password_personal")
    own = _names_of(person) | {birth[:4] for birth in births}
    around = {*_MONTHS, person.birth_date_text[2:4]}
    if any(fact in compact for fact in own) and len(_without(compact, own | around)) < FEWEST_OF_ONES_OWN:
        raise ValidationError(PERSONAL, code="password_personal")


def _names_of(person: InsuredPerson) -> set[str]:
    written = fold(" ".join((person.birth_name, person.usage_name, person.first_names)))
    return {name for name in re.findall(r"[a-z0-9]+", written) if len(name) >= SHORTEST_NAME}


def _birth_forms(text: str) -> set[str]:
    """31071985 and 19850731, 310785 and 850731; none for a date that is not there in full."""
    if not re.fullmatch(r"\d{8}", text, re.ASCII):
        return set()
    year, month, day = text[:4], text[4:6], text[6:]
    return {day + month + year, year + month + day, day + month + year[2:], year[2:] + month + day}


def _without(text: str, pieces: Iterable[str]) -> str:
    """``text`` less every piece, the longest ones first."""
    for piece in sorted(filter(None, pieces), key=len, reverse=True):
        text = text.replace(piece, "")
    return text


def _alphanumeric(folded: str) -> str:
    return "".join(char for char in folded if char.isalnum())
