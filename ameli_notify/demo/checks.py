"""Does the accounting hold? What was found against what the simulator and the mail sink know by themselves."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from ameli_notify.demo.figures import Figures
from ameli_notify.demo.steps import COHORTS_PLANNED


@dataclass(frozen=True, slots=True)
class Check:
    """``name`` is French and stands in the summary."""

    name: str
    expected: object
    found: object

    @property
    def holds(self) -> bool:
        return self.expected == self.found


def checks(figures: Figures) -> list[Check]:
    """Every comparison, in the order of the summary."""
    return [*_of_import(figures), *_of_digest(figures), *_of_hand_over(figures)]


def _of_import(figures: Figures) -> Iterator[Check]:
    truth, lines = figures.truth, figures.lines
    yield Check("personnes chargées", truth["persons"], figures.persons.lines_good)
    yield Check("lignes chargées", truth["lines_good"], lines.lines_good)
    yield Check("doublons", truth["duplicates"], lines.duplicates)
    yield Check("rejets, code par code", truth["rejects"], lines.rejects)
    yield Check("avertissements, code par code", truth["warnings"], lines.warnings)
    yield Check("total remboursé", Decimal(truth["paid_total"]), lines.paid_total)


def _of_digest(figures: Figures) -> Iterator[Check]:
    truth, status = figures.truth, figures.status
    yield Check("personnes à informer", truth["due_persons"], figures.planned_people)
    yield Check("personnes encore en attente", 0, status.due)
    for reason, state in {"deceased": "deceased", "protected": "protected", "opted-out": "opted_out"}.items():
        yield Check(f"écartées ({reason})", truth["due_by_state"].get(state, 0), status.cancelled.get(reason, 0))
    finished = sum(run["status"] == "finished" for run in status.runs)
    yield Check("vagues terminées", COHORTS_PLANNED, finished)
    yield Check("invariants rompus", [], [name for name, count in status.invariants.items() if count])


def _of_hand_over(figures: Figures) -> Iterator[Check]:
    status, received = figures.status, figures.received
    handed = status.channels.get("email", {}).get("sending", 0)
    yield Check("e-mails reçus par le serveur", handed, received.messages)
    yield Check("e-mails reçus une seule fois", received.messages, received.distinct)
    settled = status.notifications.get("sending", 0) + status.notifications.get("cancelled", 0)
    yield Check("une issue pour chaque personne", figures.planned_people, settled)
