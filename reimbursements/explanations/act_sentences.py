"""Two or three sentences on an act, a product or a stay: what it cost, what was reimbursed and why, what is left."""

from typing import Final

from reimbursements.explanations.amounts import Amounts
from reimbursements.explanations.book import ReferenceBook
from reimbursements.explanations.copays import Copay, Settlement
from reimbursements.explanations.facts import LineFacts
from reimbursements.explanations.lines import ZERO, LineView
from reimbursements.explanations.payees import INTEGRAL_THIRD_PARTY, Payee, PayeeKind
from reimbursements.explanations.reasons import is_outside_care_path, promises_full_rate, reason_for
from reimbursements.explanations.typography import euros, percent
from reimbursements.explanations.wording import Sentence, sentence

BASE: Final = "[[base de remboursement|base-et-taux-de-remboursement]]"
_RATE: Final = "[[taux de remboursement|base-et-taux-de-remboursement]]"
_CARE_PATH: Final = "[[parcours de soins|parcours-de-soins]]"
_COMPLEMENTARY: Final = "[[votre complémentaire|part-complementaire]]"
_EXCESS: Final = "[[dépassement d’honoraires|depassement-d-honoraires]]"
_FULL: Final = "[[prise en charge à 100 %|prise-en-charge-a-100]]"
_SHARED_COPAY: Final = "[[ce qui est retenu sur l’ensemble du paiement|participation-forfaitaire-et-franchise]]"
# A rate is said to give an amount only when it does, to the two cents that rounding may cost.
_ROUNDING: Final = 2
# Natures whose rate depends on the care path; unknown natures too may.
_CARE_PATH_FAMILIES: Final = frozenset({"", "consultation", "imaging", "surgery"})

_SECRET: Final = sentence(
    "Cette ligne est couverte par le [[secret des soins|secret-des-soins]] :"
    " elle n’apparaît que dans l’espace de la personne soignée."
)
_UNKNOWN: Final = sentence(
    "Nous n’avons pas encore de nom plus clair pour ce code : votre caisse peut vous dire à quel soin il correspond."
)


def act_sentences(
    facts: LineFacts,
    book: ReferenceBook,
    *,
    amounts: Amounts,
    copay: Copay | None,
    shared_copays: frozenset[Settlement],
) -> tuple[Sentence, ...]:
    """``copay``: the participation or deductible of this very act, when the statement leaves no doubt.
    ``shared_copays``: how those are taken that are not clearly of one act."""
    if facts.is_secret:
        last = _SECRET
    elif facts.nature is None and not _has_known_act(facts, book):
        last = _UNKNOWN
    else:
        last = _what_is_left(facts, amounts, copay, shared_copays=shared_copays)
    return (_what_it_cost(facts), _what_was_reimbursed(facts, book), last)


def money_goes(payee: Payee, amount: str) -> str:
    """« vous recevez 21,00 € », « cette somme est versée au médecin, en tiers payant »."""
    if payee.kind is PayeeKind.YOU:
        return f"vous recevez {amount}"
    if payee.kind is PayeeKind.INSURED:
        return f"la personne assurée reçoit {amount}"
    if payee.kind is PayeeKind.PROFESSIONAL:
        return f"cette somme est versée {payee.to}, en [[tiers payant|tiers-payant]]"
    return f"cette somme est [[versée {payee.to}|paye-a-quelqu-un-d-autre]]"


def gives_amount(line: LineView) -> bool:
    """True when base and rate do give the amount paid."""
    gap = abs(line.base_amount * line.rate_pct - 100 * line.amount_paid)
    return line.base_amount != ZERO and line.rate_pct > ZERO and gap <= _ROUNDING


def _has_known_act(facts: LineFacts, book: ReferenceBook) -> bool:
    return book.act(facts.line.act_system, facts.line.act_code, on=facts.line.care_start) is not None


def _what_it_cost(facts: LineFacts) -> Sentence:
    label = f"[[{facts.label}|secret-des-soins]]" if facts.is_secret else facts.label
    if facts.line.amount_charged == ZERO:
        return sentence("{label}{whom}, {when} : aucun montant n’est facturé.", **_common(facts, label))
    return sentence(
        "{label}{whom}, {when} : le montant est de {charged}.",
        charged=euros(facts.line.amount_charged),
        **_common(facts, label),
    )


def _common(facts: LineFacts, label: str) -> dict[str, str]:
    return {"label": label, "whom": facts.for_whom, "when": facts.when}


def _what_was_reimbursed(facts: LineFacts, book: ReferenceBook) -> Sentence:
    line = facts.line
    if line.amount_paid == ZERO:
        return _nothing_reimbursed(facts)
    values = {
        "payer": facts.payer,
        "rate": percent(line.rate_pct),
        "base": euros(line.base_amount),
        "paid": euros(line.amount_paid),
        "term": BASE,
    }
    if not gives_amount(line):
        if line.base_amount == ZERO:
            return sentence("{payer} rembourse {paid} pour ce soin, sans {term} indiquée.", **values)
        return sentence("{payer} rembourse {paid}, pour une {term} de {base} et un taux indiqué de {rate}.", **values)
    outside = _reimbursed_outside_care_path(facts, book, values)
    if outside is not None:
        return outside
    reason = reason_for(facts, book)
    if promises_full_rate(line) and line.rate_pct < 100 and not facts.is_secret:
        return sentence(
            "{payer} rembourse {rate} de la {term} de {base}, soit {paid} :"
            " ce taux ne change pas, même avec une {full}.",
            full=_FULL,
            **values,
        )
    return sentence(
        "{payer} rembourse {rate} de la {term} de {base}, soit {paid}{reason}.",
        reason=f", {reason}" if reason else "",
        **values,
    )


def _nothing_reimbursed(facts: LineFacts) -> Sentence:
    line = facts.line
    if line.amount_charged == ZERO:
        return sentence("{payer} n’a donc rien à rembourser sur cette ligne.", payer=facts.payer)
    if line.rate_pct == ZERO:
        return sentence(
            "{payer} [[ne rembourse pas|deremboursement]] ce soin : son {term} est de {rate}.",
            payer=facts.payer,
            term=_RATE,
            rate=percent(line.rate_pct),
        )
    if line.base_amount == ZERO:
        return sentence(
            "{payer} ne rembourse rien pour ce soin : aucune {term} n’est prévue.", payer=facts.payer, term=BASE
        )
    return sentence(
        "{payer} n’a rien remboursé pour ce soin, dont la {term} est de {base} et le taux indiqué de {rate}.",
        payer=facts.payer,
        term=BASE,
        base=euros(line.base_amount),
        rate=percent(line.rate_pct),
    )


def _reimbursed_outside_care_path(facts: LineFacts, book: ReferenceBook, values: dict[str, str]) -> Sentence | None:
    """None when the care path is no matter here: not a doctor's act, or a rate that it did not lower."""
    line = facts.line
    if not is_outside_care_path(line) or facts.family not in _CARE_PATH_FAMILIES or facts.is_secret:
        return None
    act = book.act_in_force(line.act_system, line.act_code, on=line.care_start)
    usual = act.rate_pct if act else None
    if usual is not None and usual <= line.rate_pct:
        return None
    return sentence(
        "Hors du {path}, {payer} rembourse {rate}{instead} de la {term} de {base}, soit {paid}.",
        path=_CARE_PATH,
        instead="" if usual is None else f" (au lieu de {percent(usual)})",
        **{**values, "payer": "l’Assurance Maladie"},
    )


def _what_is_left(
    facts: LineFacts, amounts: Amounts, copay: Copay | None, *, shared_copays: frozenset[Settlement]
) -> Sentence:
    left = _left(facts.line, amounts, bears_more=bool(shared_copays) or (copay is not None and copay.borne > ZERO))
    if facts.line.amount_paid == ZERO:
        return sentence("{left}.", left=left)
    return sentence("{goes} ; {left}.", goes=_goes(facts, copay, shared_copays=shared_copays), left=left)


def _goes(facts: LineFacts, copay: Copay | None, *, shared_copays: frozenset[Settlement]) -> str:
    """The money of the act; what is withheld from it is taken off in the same breath."""
    goes = money_goes(facts.payee, euros(facts.line.amount_paid))
    if facts.payee.kind is not PayeeKind.YOU:
        return goes
    if shared_copays - {Settlement.DUE}:
        return f"{goes}, avant {_SHARED_COPAY}"
    if copay is None or copay.settlement is not Settlement.WITHHELD or copay.borne <= ZERO:
        return goes
    received = facts.line.amount_paid - copay.borne
    if received <= ZERO:
        return f"rien ne vous est versé : la {copay.name} de {euros(copay.borne)} absorbe tout"
    return f"vous recevez {euros(received)}, une fois retirée la {copay.name} de {euros(copay.borne)}"


def _left(line: LineView, amounts: Amounts, *, bears_more: bool) -> str:
    """``bears_more``: a participation or a deductible comes on top."""
    if amounts.overpaid:
        return f"le total versé dépasse le montant du soin de {euros(amounts.overpaid)}"
    complement = f" après le complément de {euros(amounts.other_parts)}" if amounts.other_parts else ""
    if not amounts.remainder:
        return _nothing_left(amounts, complement, bears_more=bears_more)
    # One detail a sentence: the complement has a line of its own, the excess has not.
    detail = _excess(line, amounts) or complement
    left = f"il reste {euros(amounts.remainder)}"
    if amounts.complementary:
        return f"{_COMPLEMENTARY} paie {euros(amounts.complementary)} et {left} à votre charge{detail}"
    if not amounts.is_complementary_awaited:
        return f"{left} à votre charge{detail}"
    if line.payee == INTEGRAL_THIRD_PARTY:
        return f"{left}{detail}, et {_COMPLEMENTARY} règle sa part directement"
    return f"{left}{detail}, et la demande est transmise à {_COMPLEMENTARY}"


def _nothing_left(amounts: Amounts, complement: str, *, bears_more: bool) -> str:
    if amounts.complementary:
        return f"{_COMPLEMENTARY} paie le reste, soit {euros(amounts.complementary)}"
    other = "rien d’autre" if bears_more else "rien"
    return f"il ne reste {other} à payer{complement}"


def _excess(line: LineView, amounts: Amounts) -> str:
    """« , dont 16,00 € de dépassement », only when that part is indeed left."""
    if not amounts.excess or amounts.excess > amounts.remainder:
        return ""
    kind = f"de {_EXCESS}" if line.excess_amount == amounts.excess else f"au-dessus de la {BASE}"
    return f", dont {euros(amounts.excess)} {kind}"
