"""The fields of a campaign's form that say when a call which reached nobody is tried again: three for each result."""

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Any, Final

from django import forms

from outreach.campaigns.campaign.definition import DEFAULT_RETRIES, RetryRule, parse_retries
from outreach.campaigns.campaign.dispositions import RETRIED, Disposition
from outreach.campaigns.desk.definition_fr import wait_fr

_WAITS: Final = (10, 20, 30, 60, 120, 180, 240, 1_440, 2_880, 4_320, 10_080, 20_160)
"""Minutes that are offered; what a campaign has beside them stays possible."""


def retry_fields(rules: Mapping[Disposition, RetryRule]) -> Iterator[tuple[str, forms.Field]]:
    """Names and fields, filled with these rules; 0 tries for a result without one."""
    for disposition in RETRIED:
        rule = rules.get(disposition)
        shown = rule or DEFAULT_RETRIES[disposition]
        minutes = int(shown.wait.total_seconds() // 60)
        yield (
            _name(disposition, "most"),
            forms.IntegerField(
                label=f"{disposition.label} : nouveaux essais au plus", min_value=0, max_value=10,
                initial=rule.most if rule else 0,
            ),
        )  # fmt: skip
        yield (
            _name(disposition, "wait"),
            forms.TypedChoiceField(
                label=f"{disposition.label} : attendre au moins", coerce=int, initial=minutes,
                choices=[(each, wait_fr(dt.timedelta(minutes=each))) for each in sorted({*_WAITS, minutes})],
            ),
        )  # fmt: skip
        yield (
            _name(disposition, "other"),
            forms.BooleanField(
                label=f"{disposition.label} : à un autre moment de la journée", required=False,
                initial=shown.other_slot, label_suffix="",
            ),
        )  # fmt: skip


def rules_of(content: object) -> Mapping[Disposition, RetryRule]:
    """The rules of a campaign; the usual ones for a new one."""
    return DEFAULT_RETRIES if content is None else parse_retries(content)


def retries_from(data: Mapping[str, Any]) -> dict[str, Any]:
    """The rules as they are kept, from the cleaned data of a valid form. A result with 0 tries has none."""
    rules = {
        disposition: RetryRule(
            wait=dt.timedelta(minutes=data[_name(disposition, "wait")]),
            most=data[_name(disposition, "most")],
            other_slot=data[_name(disposition, "other")],
        )
        for disposition in RETRIED
        if data[_name(disposition, "most")]
    }
    return {str(disposition): rule.as_json() for disposition, rule in rules.items()}


def _name(disposition: Disposition, part: str) -> str:
    return f"retry-{disposition}-{part}"
