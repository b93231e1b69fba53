"""Whom a campaign is for, declared: no SQL, no formula, only what the directory and the lines know."""

import re
from dataclasses import dataclass, fields
from typing import Any, Final

from outreach.campaigns.campaign.definition import DefinitionError
from outreach.campaigns.campaign.hours import TERRITORIES

MOST_ALD_CODE: Final = 32
LONGEST_REST: Final = 730
_MOST_ID: Final = 2**53
_FUND: Final = re.compile(r"\d{2}C\d{6}")


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetCriteria:
    """All that are given must hold. Ages in whole years on the day of the list.

    ``ald``: has a long-term condition, any (``any_ald``) or one of ``ald_codes``. ``fewer_visits_than``: visits to a
    general practitioner, telehealth included, in the twelve months before. ``rest_days``: nobody whom an adviser of any
    campaign talked with in so many days. ``prevention``: invited by this campaign of prevention.
    ``consented_to``: covered by this partner insurer, with an open consent to joint campaigns with it.
    """

    any_ald: bool = False
    ald_codes: tuple[int, ...] = ()
    min_age: int | None = None
    max_age: int | None = None
    funds: tuple[str, ...] = ()
    territories: tuple[str, ...] = ()
    fewer_visits_than: int | None = None
    without_doctor: bool = False
    rest_days: int = 60
    prevention: int | None = None
    consented_to: int | None = None

    def as_json(self) -> dict[str, Any]:
        given = {each.name: getattr(self, each.name) for each in fields(self)}
        return {name: list(value) if isinstance(value, tuple) else value for name, value in given.items()}


def parse_criteria(content: object) -> TargetCriteria:
    """Read what a campaign keeps. Raises DefinitionError, also for criteria that name nobody in particular."""
    known = {each.name for each in fields(TargetCriteria)}
    if not isinstance(content, dict) or content.keys() - known:
        raise DefinitionError("Les critères contiennent une condition inconnue.")
    criteria = TargetCriteria(
        any_ald=_flag(content.get("any_ald", False)),
        ald_codes=tuple(_whole(code, 1, MOST_ALD_CODE, "Un code ALD") for code in _list(content.get("ald_codes", []))),
        min_age=_age(content.get("min_age")),
        max_age=_age(content.get("max_age")),
        funds=tuple(_fund(code) for code in _list(content.get("funds", []))),
        territories=tuple(_territory(code) for code in _list(content.get("territories", []))),
        fewer_visits_than=_optional(content.get("fewer_visits_than"), 1, 12, "Le nombre de consultations"),
        without_doctor=_flag(content.get("without_doctor", False)),
        prevention=_optional(content.get("prevention"), 1, _MOST_ID, "La campagne de prévention"),
        consented_to=_optional(content.get("consented_to"), 1, _MOST_ID, "L’organisme complémentaire"),
        rest_days=_whole(content.get("rest_days", 60), 0, LONGEST_REST, "Le délai depuis le dernier appel"),
    )
    _check_together(criteria)
    return criteria


def _check_together(criteria: TargetCriteria) -> None:
    if criteria.min_age is not None and criteria.max_age is not None and criteria.min_age > criteria.max_age:
        raise DefinitionError("L’âge minimal dépasse l’âge maximal.")
    need = (criteria.any_ald, criteria.ald_codes, criteria.fewer_visits_than, criteria.without_doctor)
    chosen = (criteria.prevention, criteria.consented_to, criteria.min_age, criteria.max_age)
    if not any(need) and all(one is None for one in chosen):
        raise DefinitionError("Donnez au moins un critère de besoin : ALD, âge, consultations ou médecin traitant.")


def _list(value: object) -> list[object]:
    if not isinstance(value, list | tuple):
        raise DefinitionError("Un critère à plusieurs valeurs se donne en liste.")
    return list(value)


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise DefinitionError("Un critère par oui ou non a une autre valeur.")
    return value


def _whole(value: object, least: int, most: int, what: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise DefinitionError(f"{what} est un nombre de {least} à {most}.")
    return value


def _optional(value: object, least: int, most: int, what: str) -> int | None:
    return None if value is None else _whole(value, least, most, what)


def _age(value: object) -> int | None:
    """Nobody under age is called, whatever the criteria say: from 18 on."""
    return _optional(value, 18, 120, "Un âge")


def _fund(value: object) -> str:
    if not isinstance(value, str) or not _FUND.fullmatch(value):
        raise DefinitionError("Une caisse se donne par son code, comme 01C751000.")
    return value


def _territory(value: object) -> str:
    if value not in TERRITORIES:
        raise DefinitionError("Un territoire se donne par son code : 57, 67, 68, 971 à 974 ou 976 ; vide, l’hexagone.")
    return str(value)
