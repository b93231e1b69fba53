"""The state of the digest in figures."""

import json
from dataclasses import asdict, dataclass, field
from typing import Any

from ameli_notify.core.sql import fetch_all, fetch_value
from outreach.digest.invariants import check_invariants
from outreach.digest.schema import DUE, NOTIFICATION


@dataclass(slots=True)
class DigestStatus:
    """What ``digest_status`` says; ``invariants`` holds violations, 0 for each that holds."""

    due: int
    runs: list[dict[str, Any]] = field(default_factory=list)
    notifications: dict[str, int] = field(default_factory=dict)
    channels: dict[str, dict[str, int]] = field(default_factory=dict)
    cancelled: dict[str, int] = field(default_factory=dict)
    failed: dict[str, int] = field(default_factory=dict)
    waiting_for_retry: int = 0
    invariants: dict[str, int] = field(default_factory=dict)

    @property
    def is_sound(self) -> bool:
        return not any(self.invariants.values())

    def as_json(self) -> dict[str, Any]:
        return asdict(self) | {"ok": self.is_sound}


def digest_status() -> DigestStatus:
    """Count everything afresh: full scans, for operators, the demo and the crash tests."""
    status = DigestStatus(due=int(fetch_value(f"SELECT count(*) FROM {DUE}")))
    status.runs = [
        {
            "planned_on": day.isoformat(),
            "cohort": cohort,
            "status": state,
            "people": people,
            "counts": json.loads(counts),
        }
        for day, cohort, state, people, counts in fetch_all(
            "SELECT planned_on, cohort, status, people, counts::text FROM outreach_digestrun ORDER BY planned_on"
        )
    ]
    groups = fetch_all(
        f"""SELECT channel, status, status_reason, next_attempt_at IS NOT NULL, count(*) FROM {NOTIFICATION}
            GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4"""
    )
    for channel, state, reason, is_waiting, count in groups:
        _add(status.notifications, state, count)
        _add(status.channels.setdefault(channel, {}), state, count)
        if state == "cancelled":
            _add(status.cancelled, reason, count)
        elif state.endswith("-failure"):
            _add(status.failed, f"{state}: {reason}", count)
        if is_waiting:
            status.waiting_for_retry += count
    status.invariants = check_invariants()
    return status


def _add(counts: dict[str, int], name: str, number: int) -> None:
    counts[name] = counts.get(name, 0) + number
