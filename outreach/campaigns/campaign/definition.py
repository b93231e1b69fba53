"""The parts of a campaign that are kept as JSON, read into objects: hours of calling, retries, quotas."""

import datetime as dt
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from outreach.campaigns.campaign.dispositions import RETRIED, Disposition

_TIME: Final = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
_FUND: Final = re.compile(r"\d{2}C\d{6}")
SUNDAY: Final = 7
LONGEST_WAIT: Final = dt.timedelta(days=30)


class DefinitionError(ValueError):
    """A campaign cannot be defined so. The text is French, for whoever writes it."""


@dataclass(frozen=True, slots=True, order=True)
class Window:
    """Hours of one weekday (1 is Monday) in which people may be called, by their own clock; ``closes`` excluded."""

    weekday: int
    opens: dt.time
    closes: dt.time

    def as_json(self) -> list[Any]:
        return [self.weekday, f"{self.opens:%H:%M}", f"{self.closes:%H:%M}"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryRule:
    """After a call that reached nobody: not before ``wait``, ``most`` such calls in all, at another time of day."""

    wait: dt.timedelta
    most: int
    other_slot: bool

    def as_json(self) -> dict[str, Any]:
        return {
            "wait_minutes": int(self.wait.total_seconds() // 60), "most": self.most, "other_slot": self.other_slot,
        }  # fmt: skip


MORNING: Final = (dt.time(10), dt.time(13))
AFTERNOON: Final = (dt.time(14), dt.time(20))
DEFAULT_WINDOWS: Final = tuple(Window(day, *hours) for day in range(1, 6) for hours in (MORNING, AFTERNOON))
"""Weekdays 10-13 and 14-20: the hours of décret 2022-1313 for commercial calls, kept here as good conduct."""
DEFAULT_RETRIES: Final[Mapping[Disposition, RetryRule]] = {
    Disposition.NO_ANSWER: RetryRule(wait=dt.timedelta(hours=3), most=3, other_slot=True),
    Disposition.BUSY: RetryRule(wait=dt.timedelta(minutes=20), most=3, other_slot=False),
    Disposition.VOICEMAIL: RetryRule(wait=dt.timedelta(days=1), most=2, other_slot=True),
    Disposition.THIRD_PARTY: RetryRule(wait=dt.timedelta(days=1), most=2, other_slot=True),
}


EARLIEST: Final = dt.time(8)
LATEST: Final = dt.time(20)
"""Nobody is called before or after, nor on a Sunday or a holiday, whatever a campaign is for. No text says so of calls
that sell nothing; décret 2022-1313 says more of those that do."""


def default_windows() -> list[Any]:
    return [window.as_json() for window in DEFAULT_WINDOWS]


def default_retries() -> dict[str, Any]:
    return {str(code): rule.as_json() for code, rule in DEFAULT_RETRIES.items()}


def parse_windows(content: object) -> tuple[Window, ...]:
    """Read ``[[1, "10:00", "13:00"], …]``. Raises DefinitionError: also for none, and for two that overlap."""
    if not isinstance(content, list) or not content:
        raise DefinitionError("Donnez au moins une plage d’appel.")
    windows = tuple(sorted(_window(item) for item in content))
    for one, following in zip(windows, windows[1:], strict=False):
        if one.weekday == following.weekday and following.opens < one.closes:
            raise DefinitionError("Deux plages d’appel se chevauchent.")
    return windows


def check_hours(windows: Iterable[Window]) -> None:
    """Raises DefinitionError for a window at an hour at which nobody is to be called. See ``hours`` for holidays."""
    for window in windows:
        if window.weekday == SUNDAY:
            raise DefinitionError("On n’appelle personne le dimanche.")
        if window.opens < EARLIEST or window.closes > LATEST:
            raise DefinitionError("On n’appelle personne avant 8 heures ni après 20 heures, à l’heure de la personne.")


def _window(item: object) -> Window:
    match item:
        case [int(weekday), str(opens), str(closes)] if (
            1 <= weekday <= 7 and _TIME.fullmatch(opens) and _TIME.fullmatch(closes) and opens < closes
        ):
            return Window(weekday, dt.time.fromisoformat(opens), dt.time.fromisoformat(closes))
    raise DefinitionError("Une plage d’appel se donne par un jour de 1 à 7 et deux heures, la première avant l’autre.")


def parse_retries(content: object) -> Mapping[Disposition, RetryRule]:
    """Read the rules by disposition. Raises DefinitionError; only calls that reached nobody are tried again."""
    if not isinstance(content, dict):
        raise DefinitionError("Les règles de nouvel essai se donnent par résultat d’appel.")
    return {_retried(code): _retry(body) for code, body in content.items()}


def _retried(code: object) -> Disposition:
    if code not in RETRIED:
        raise DefinitionError("Une règle de nouvel essai ne vaut que pour un appel resté sans la personne.")
    return Disposition(str(code))


def _retry(body: object) -> RetryRule:
    match body:
        case {"wait_minutes": int(minutes), "most": int(most), "other_slot": bool(other), **rest} if not rest:
            wait = dt.timedelta(minutes=minutes)
            if dt.timedelta(minutes=1) <= wait <= LONGEST_WAIT and 0 <= most <= 10:
                return RetryRule(wait=wait, most=most, other_slot=other)
    raise DefinitionError("Un nouvel essai attend de une minute à trente jours, dix fois au plus.")


def parse_quotas(content: object) -> Mapping[str, int]:
    """Read the most people of each fund, by its code; a fund that is not named has no limit. Raises DefinitionError."""
    if not isinstance(content, dict):
        raise DefinitionError("Les quotas se donnent par caisse.")
    for fund, most in content.items():
        if not isinstance(fund, str) or not _FUND.fullmatch(fund):
            raise DefinitionError("Un quota nomme une caisse par son code, comme 01C751000.")
        if not isinstance(most, int) or isinstance(most, bool) or most < 0:
            raise DefinitionError("Un quota est un nombre entier de personnes.")
    return content
