"""Counters towards the yearly ceilings, and why nothing was taken where something could have been."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from reimbursements.explanations.book import ReferenceBook
from reimbursements.explanations.copay_sentences import borne_of
from reimbursements.explanations.copays import FAMILIES, NAMES, Counter, yearly_ceiling
from reimbursements.explanations.facts import LineFacts, Movement
from reimbursements.explanations.lines import ZERO, CopayStanding, Viewer
from reimbursements.explanations.typography import euros
from reimbursements.explanations.wording import Sentence, sentence

_MATERNITY: Final = 30
_SOLIDARITY_COVER: Final = 5
_STATE_MEDICAL_AID: Final = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class CopayCounter:
    """What a beneficiary has borne in a year towards a ceiling. ``share_pct``: 0 to 100, for a meter."""

    beneficiary_id: int
    counter: Counter
    year: int
    borne: Decimal
    ceiling: Decimal
    sentence: Sentence

    @property
    def remaining(self) -> Decimal:
        return max(self.ceiling - self.borne, ZERO)

    @property
    def is_reached(self) -> bool:
        return self.borne >= self.ceiling

    @property
    def share_pct(self) -> int:
        if self.ceiling <= ZERO:
            return 100
        return int(min(max(self.borne / self.ceiling, ZERO), Decimal(1)) * 100)


def copay_counters(lines: Sequence[LineFacts], book: ReferenceBook, *, viewer: Viewer) -> tuple[CopayCounter, ...]:
    """One counter per beneficiary and kind, for those whose standing is known and who do bear something."""
    counters: list[CopayCounter] = []
    for beneficiary_id, facts in _one_line_each(lines).items():
        standing = viewer.standings.get(beneficiary_id)
        if standing is None or standing.was_minor or standing.year != facts.line.care_start.year:
            continue
        for counter in Counter:
            ceiling = yearly_ceiling(counter, book, on=facts.line.care_start)
            if ceiling is not None:
                counters.append(_counter(facts, standing, counter, ceiling))
    return tuple(counters)


def copay_notes(
    lines: Sequence[LineFacts], *, counters: Iterable[CopayCounter], viewer: Viewer
) -> tuple[Sentence, ...]:
    """For each kind that reimbursed care could have borne and did not: why, as far as it is known."""
    taken = {(facts.line.beneficiary_id, facts.copay.kind.counter) for facts in lines if facts.copay}
    reached = {(counter.beneficiary_id, counter.counter): counter for counter in counters if counter.is_reached}
    notes: dict[tuple[int, Counter], Sentence] = {}
    for facts in lines:
        kind = FAMILIES.get(facts.family)
        if kind is None or not facts.is_payment_of_act or facts.is_secret or facts.line.amount_paid == ZERO:
            continue
        key = (facts.line.beneficiary_id, kind.counter)
        if key in taken or key in notes:
            continue
        notes[key] = _why_nothing(facts, kind.counter, lines=lines, viewer=viewer, reached=reached.get(key))
    return tuple(notes.values())


def _why_nothing(
    facts: LineFacts, counter: Counter, *, lines: Sequence[LineFacts], viewer: Viewer, reached: CopayCounter | None
) -> Sentence:
    beneficiary_id = facts.line.beneficiary_id
    standing = viewer.standings.get(beneficiary_id)
    own_parts = {other.line.rem_type for other in lines if other.line.beneficiary_id == beneficiary_id}
    if standing is not None and standing.was_minor and standing.year == facts.line.care_start.year:
        why = " : la personne soignée avait moins de 18 ans au 1er janvier"
    elif facts.line.insurance_nature == _MATERNITY:
        why = " : ces soins sont pris en charge au titre de la maternité"
    elif _SOLIDARITY_COVER in own_parts:
        why = " : la [[Complémentaire santé solidaire|part-complementaire]] en dispense"
    elif _STATE_MEDICAL_AID in own_parts:
        why = " : l’[[aide médicale de l’État|part-complementaire]] en dispense"
    elif reached is not None:
        why = f" : le maximum de {euros(reached.ceiling)} est atteint pour l’année {reached.year}"
    else:
        why = " sur ces soins : ce décompte n’en donne pas la raison"
    return sentence("Aucune {name} n’est prise{why}.", name=NAMES[counter], why=why)


def _counter(facts: LineFacts, standing: CopayStanding, counter: Counter, ceiling: Decimal) -> CopayCounter:
    borne = borne_of(standing, counter)
    return CopayCounter(
        beneficiary_id=facts.line.beneficiary_id,
        counter=counter,
        year=standing.year,
        borne=borne,
        ceiling=ceiling,
        sentence=sentence(
            "{name} en {year}{whom} : {borne} sur un maximum de {ceiling}.",
            name=NAMES[counter],
            year=str(standing.year),
            whom=facts.for_whom,
            borne=euros(borne),
            ceiling=euros(ceiling),
        ),
    )


def _one_line_each(lines: Sequence[LineFacts]) -> dict[int, LineFacts]:
    """The first act of each beneficiary that could bear something; else its first line of copay."""
    chosen: dict[int, LineFacts] = {}
    for facts in lines:
        bears = facts.copay is not None or (facts.family in FAMILIES and facts.movement is Movement.PAYMENT)
        if bears:
            chosen.setdefault(facts.line.beneficiary_id, facts)
    return chosen
