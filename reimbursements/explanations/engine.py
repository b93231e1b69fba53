"""The explanation of a statement: sentences, figures, who was paid and who paid. Pure: no query, no clock."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from reimbursements.explanations.act_sentences import act_sentences
from reimbursements.explanations.amounts import Amounts, act_amounts, total
from reimbursements.explanations.attribution import attributed_copays, fewest_bearers
from reimbursements.explanations.book import ReferenceBook
from reimbursements.explanations.change_sentences import change_sentences
from reimbursements.explanations.copay_sentences import copay_sentences
from reimbursements.explanations.copays import Copay, Settlement
from reimbursements.explanations.counters import CopayCounter, copay_counters, copay_notes
from reimbursements.explanations.facts import LineFacts, Movement, Subject, facts_of
from reimbursements.explanations.figures import Figure, act_figures, copay_label, line_figures
from reimbursements.explanations.lines import ZERO, LineView, Viewer
from reimbursements.explanations.other_sentences import allowance_sentences, part_sentences, reduction_sentences
from reimbursements.explanations.summary import Payment, Share, payments_of, shares_of, summary_of, who_paid_of
from reimbursements.explanations.wording import Sentence, Term


@dataclass(frozen=True, slots=True, kw_only=True)
class LineExplanation:
    """``amounts``: of the whole act, on its statutory line; None on the lines that move something else."""

    line: LineView
    subject: Subject
    movement: Movement
    title: str
    sentences: tuple[Sentence, ...]
    figures: tuple[Figure, ...]
    amounts: Amounts | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """``totals``: of the acts of the statement with all its participations; ``payments``: where the money went.

    ``copay_notes`` say why nothing was taken; ``who_paid`` says in words who bore what ``shares`` gives.
    """

    summary: tuple[Sentence, ...]
    lines: tuple[LineExplanation, ...]
    totals: Amounts
    payments: tuple[Payment, ...]
    shares: tuple[Share, ...]
    who_paid: tuple[Sentence, ...]
    counters: tuple[CopayCounter, ...]
    copay_notes: tuple[Sentence, ...]

    @property
    def sentences(self) -> tuple[Sentence, ...]:
        """Every sentence of the page, in its order."""
        own = tuple(sentence for line in self.lines for sentence in line.sentences)
        counted = tuple(counter.sentence for counter in self.counters)
        return (*self.summary, *own, *counted, *self.copay_notes, *self.who_paid)

    @property
    def terms(self) -> tuple[Term, ...]:
        """One term for each article that the page leads to, in order of appearance."""
        by_slug: dict[str, Term] = {}
        for sentence in self.sentences:
            for term in sentence.terms:
                by_slug.setdefault(term.slug, term)
        return tuple(by_slug.values())


def explain(statement: Sequence[LineView], book: ReferenceBook, *, viewer: Viewer) -> Explanation:
    """Explain the lines of one statement (same emitter, number and payment date), in their order.

    Raises ValueError for a statement without lines. Whether the viewer may see a line is decided before.
    """
    if not statement:
        raise ValueError("a statement has at least one line")
    facts = [facts_of(line, book, viewer=viewer) for line in statement]
    copays = attributed_copays(facts)
    known = _Statement(facts=facts, copays=copays, amounts=_amounts_by_act(facts, copays), book=book, viewer=viewer)
    totals = _totals(known)
    counters = copay_counters(facts, book, viewer=viewer)
    payments = payments_of(facts)
    return Explanation(
        summary=summary_of(facts, payments),
        lines=tuple(_explain_line(own, known) for own in facts),
        totals=totals,
        payments=payments,
        shares=shares_of(facts, totals),
        who_paid=who_paid_of(facts, totals),
        counters=counters,
        copay_notes=copay_notes(facts, counters=counters, viewer=viewer),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Statement:
    """What every line of the statement is explained with. ``copays`` and ``amounts``: by number of the act's line."""

    facts: Sequence[LineFacts]
    copays: Mapping[int, Copay]
    amounts: Mapping[int, Amounts]
    book: ReferenceBook
    viewer: Viewer

    def shared_copays(self, own: LineFacts) -> frozenset[Settlement]:
        """How what no single act bears is taken from this beneficiary."""
        attributed = {id(copay) for copay in self.copays.values()}
        return frozenset(
            other.copay.settlement
            for other in self.facts
            if other.copay is not None
            and other.copay.borne > ZERO
            and other.line.beneficiary_id == own.line.beneficiary_id
            and id(other.copay) not in attributed
        )

    def received(self, own: LineFacts) -> Decimal | None:
        """What is paid for the one act that bears this participation, once it is withheld."""
        if own.copay is None or own.copay.settlement is not Settlement.WITHHELD:
            return None
        for number, copay in self.copays.items():
            if copay is own.copay:
                return self.amounts[number].statutory - copay.borne
        return None


def _amounts_by_act(facts: Sequence[LineFacts], copays: Mapping[int, Copay]) -> dict[int, Amounts]:
    """By number of the line: the parts of other payers keep the number of their act."""
    parts: dict[int, list[LineView]] = defaultdict(list)
    for own in facts:
        if own.is_care:
            parts[own.line.line_no].append(own.line)
    return {
        number: act_amounts(lines, copay=copays[number].borne if number in copays else ZERO)
        for number, lines in parts.items()
    }


def _totals(known: _Statement) -> Amounts:
    """The acts, and what no single act bears: together they carry each participation once.

    What is recovered here was already counted with its own care."""
    own = [facts.copay for facts in known.facts if facts.copay]
    borne = sum((copay.borne for copay in own if copay.settlement is not Settlement.RECOVERED), ZERO)
    reduced = -sum((facts.line.amount_paid for facts in known.facts if facts.subject is Subject.REDUCTION), ZERO)
    acts = total(known.amounts.values())
    return acts + Amounts(copay=borne - acts.copay + reduced)


def _explain_line(own: LineFacts, known: _Statement) -> LineExplanation:
    number = own.line.line_no
    act = known.amounts[number] if own.is_payment_of_act else None
    copay = known.copays.get(number) if own.is_payment_of_act else None
    return LineExplanation(
        line=own.line,
        subject=own.subject,
        movement=own.movement,
        title=copay_label(own.copay) if own.copay else own.label,
        sentences=_sentences(own, known, act=act, copay=copay),
        figures=line_figures(own) if act is None else act_figures(own, act, copay),
        amounts=act,
    )


def _sentences(own: LineFacts, known: _Statement, *, act: Amounts | None, copay: Copay | None) -> tuple[Sentence, ...]:
    if own.copay is not None:
        standing = known.viewer.standings.get(own.line.beneficiary_id)
        return copay_sentences(
            own,
            own.copay,
            known.book,
            standing=standing,
            received=known.received(own),
            acts=fewest_bearers(own, known.facts),
        )
    if own.movement is not Movement.PAYMENT:
        return change_sentences(own)
    if act is not None:
        shared = known.shared_copays(own)
        return act_sentences(own, known.book, amounts=act, copay=copay, shared_copays=shared)
    if own.subject is Subject.ALLOWANCE:
        return allowance_sentences(own, known.book)
    if own.subject is Subject.REDUCTION:
        return reduction_sentences(own)
    return part_sentences(own)
