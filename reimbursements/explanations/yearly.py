"""« Ce que vos soins ont vraiment coûté et qui a payé » : a year of care, as shares and as a table.

Pure: the sums come from ``loading.read_year``. Daily allowances are income, not care: told apart, never added.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from decimal import Decimal
from typing import Final

from reimbursements.explanations.book import ReferenceBook
from reimbursements.explanations.copays import THIRD_PARTY_NATURES
from reimbursements.explanations.facts import ALLOWANCE_FAMILY, CONFIDENTIAL_LABEL, REDUCTION_FAMILY
from reimbursements.explanations.lines import STATUTORY, ZERO
from reimbursements.explanations.summary import OVERPAID_LABEL
from reimbursements.explanations.svg import Bar, Svg, bar_chart
from reimbursements.explanations.typography import NBSP, euros, typeset
from reimbursements.explanations.wording import Sentence, sentence

_LABELS: Final = {
    "consultation": "Consultations et visites",
    "surgery": "Chirurgie et actes techniques",
    "imaging": "Imagerie et examens",
    "biology": "Analyses de laboratoire",
    "dental": "Soins dentaires",
    "medicine": "Médicaments",
    "nursing": "Soins infirmiers",
    "physiotherapy": "Kinésithérapie",
    "paramedical": "Autres soins paramédicaux",
    "transport": "Transports",
    "device": "Matériel, lunettes, aides auditives",
    "hospital": "Hôpital et clinique",
    "maternity": "Maternité et sages-femmes",
    "prevention": "Prévention",
}
_OTHER_CARE: Final = "Autres soins"
_UNKNOWN: Final = "Non connue"
_YOUR_CARE: Final = "vos soins"
_EVERYBODYS_CARE: Final = "vos soins et ceux des personnes rattachées à votre dossier"
_YOU: Final = "Vous"
_YOU_BEFORE: Final = "Vous, avant votre complémentaire"


@dataclass(frozen=True, slots=True, kw_only=True)
class YearGroup:
    """Sums over the lines of a nature, a type of part and a mark of secrecy. Euros, signed.

    ``is_of_others``: some of it is care of people under the rights of whoever reads. ``overpaid``: of the acts one by
    one, because what one act got too much pays nothing of another.
    """

    nature_code: int
    rem_type: int
    is_confidential: bool
    is_due: bool
    charged: Decimal
    paid: Decimal
    complementary: Decimal
    is_complementary_awaited: bool
    is_of_others: bool
    overpaid: Decimal = ZERO


@dataclass(frozen=True, slots=True, kw_only=True)
class YearAmounts:
    """The identity of ``amounts`` over a year: ``charged + overpaid`` is the sum of the four parts.

    ``you`` is therefore the sum of what the details of the payments of the year say.
    """

    charged: Decimal = ZERO
    statutory: Decimal = ZERO
    others: Decimal = ZERO
    complementary: Decimal = ZERO
    copay: Decimal = ZERO
    overpaid: Decimal = ZERO
    is_awaited: bool = False
    """The complementary insurer may have paid more than we know."""

    def __add__(self, other: "YearAmounts") -> "YearAmounts":
        names = [field.name for field in fields(YearAmounts) if field.name != "is_awaited"]
        sums = {name: getattr(self, name) + getattr(other, name) for name in names}
        return YearAmounts(**sums, is_awaited=self.is_awaited or other.is_awaited)

    @property
    def _left(self) -> Decimal:
        return self.charged + self.overpaid - self.statutory - self.others - self.complementary

    @property
    def statutory_net(self) -> Decimal:
        return self.statutory - self.copay

    @property
    def you(self) -> Decimal:
        return self._left + self.copay

    @property
    def complementary_text(self) -> str:
        """Nobody is told that nothing was paid where nobody knows, nor that a known part is all."""
        if not self.is_awaited or self._left <= ZERO:
            return euros(self.complementary)
        return f"au moins {euros(self.complementary)}" if self.complementary else _UNKNOWN


@dataclass(frozen=True, slots=True, kw_only=True)
class YearShare:
    key: str
    label: str
    amount: Decimal
    share_pct: int

    @property
    def text(self) -> str:
        share = f"{self.share_pct}{NBSP}%" if self.share_pct or self.amount <= ZERO else f"moins de 1{NBSP}%"
        return f"{euros(self.amount)} ({share})"


@dataclass(frozen=True, slots=True, kw_only=True)
class TableRow:
    """A row header and as many cells as the table has amount columns."""

    header: str
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class YearTable:
    """Ready for ``<caption>``, ``<th scope=col>``, ``<th scope=row>`` and ``<td>``; ``total`` is the foot."""

    caption: str
    columns: tuple[str, ...]
    rows: tuple[TableRow, ...]
    total: TableRow


@dataclass(frozen=True, slots=True, kw_only=True)
class YearPicture:
    """``whose``: « vos soins », and of whom else when others' care is counted."""

    year: int
    whose: str
    amounts: YearAmounts
    shares: tuple[YearShare, ...]
    table: YearTable
    sentences: tuple[Sentence, ...]
    allowances: Decimal


def year_picture(groups: Iterable[YearGroup], book: ReferenceBook, *, year: int) -> YearPicture:
    """Who paid the care of a year. A year without care gives an empty table and says so."""
    known = list(groups)
    by_label: dict[str, YearAmounts] = defaultdict(YearAmounts)
    allowances = ZERO
    on = dt.date(year, 12, 31)
    for group in known:
        nature = book.nature(group.nature_code, on=on)
        family = nature.family if nature else ""
        if family == ALLOWANCE_FAMILY:
            allowances += group.paid
            continue
        is_secret = group.is_confidential or (nature is not None and nature.is_confidential)
        is_copay = nature is not None and (nature.is_flat_contribution or nature.is_deductible)
        label = _label(family, is_secret=is_secret)
        by_label[label] += _copay(group) if is_copay or family == REDUCTION_FAMILY else _care(group)
    amounts = sum(by_label.values(), YearAmounts())
    whose = _EVERYBODYS_CARE if any(group.is_of_others for group in known) else _YOUR_CARE
    return YearPicture(
        year=year,
        whose=whose,
        amounts=amounts,
        shares=_shares(amounts),
        table=_table(by_label, amounts, year=year, whose=whose),
        sentences=_sentences(amounts, year=year, whose=whose),
        allowances=allowances,
    )


def _care(group: YearGroup) -> YearAmounts:
    if group.rem_type != STATUTORY:
        return YearAmounts(others=group.paid, overpaid=group.overpaid)
    return YearAmounts(
        charged=group.charged,
        statutory=group.paid,
        complementary=group.complementary,
        overpaid=group.overpaid,
        is_awaited=group.is_complementary_awaited,
    )


def _copay(group: YearGroup) -> YearAmounts:
    """What is recovered for earlier third-party payments was already counted when it became due."""
    if group.nature_code in THIRD_PARTY_NATURES and not group.is_due:
        return YearAmounts()
    return YearAmounts(copay=-group.paid)


def _label(family: str, *, is_secret: bool) -> str:
    if is_secret:
        return CONFIDENTIAL_LABEL
    if family == REDUCTION_FAMILY:
        return "Participations et franchises"
    return _LABELS.get(family, _OTHER_CARE)


def _shares(amounts: YearAmounts) -> tuple[YearShare, ...]:
    complementary = "Complémentaire santé, part connue" if amounts.is_awaited else "Complémentaire santé"
    parts = [
        ("statutory", "Assurance Maladie", amounts.statutory_net),
        ("complementary", complementary, amounts.complementary),
        ("others", "Autres organismes", amounts.others),
        ("you", _you(amounts), amounts.you),
    ]
    if amounts.overpaid:
        parts.append(("overpaid", OVERPAID_LABEL, -amounts.overpaid))
    percentages = _whole_percentages([amount for _, _, amount in parts])
    return tuple(
        YearShare(key=key, label=label, amount=amount, share_pct=pct)
        for (key, label, amount), pct in zip(parts, percentages, strict=True)
    )


def _you(amounts: YearAmounts) -> str:
    return _YOU_BEFORE if amounts.is_awaited else _YOU


def _whole_percentages(amounts: Sequence[Decimal]) -> list[int]:
    """Whole numbers that add up to 100 (largest remainders get the points left over); zeros without care."""
    positive = [max(amount, ZERO) for amount in amounts]
    whole = sum(positive, ZERO)
    if not whole:
        return [0] * len(positive)
    exact = [amount * 100 / whole for amount in positive]
    rounded = [int(share) for share in exact]
    by_remainder = sorted(range(len(exact)), key=lambda index: rounded[index] - exact[index])
    for index in by_remainder[: 100 - sum(rounded)]:
        rounded[index] += 1
    return rounded


def _table(by_label: dict[str, YearAmounts], amounts: YearAmounts, *, year: int, whose: str) -> YearTable:
    ordered = sorted(by_label.items(), key=lambda item: (-item[1].charged, item[0]))
    columns = ("Type de soins", "Coût", "Assurance Maladie", "Complémentaire", "Autres organismes", _you(amounts))
    is_overpaid = amounts.overpaid != ZERO
    return YearTable(
        caption=f"Coût de {whose}, payés en {year}, et part de chaque payeur",
        columns=(*columns, OVERPAID_LABEL) if is_overpaid else columns,
        rows=tuple(TableRow(header=label, cells=_cells(row, is_overpaid=is_overpaid)) for label, row in ordered),
        total=TableRow(header="Total", cells=_cells(amounts, is_overpaid=is_overpaid)),
    )


def _cells(amounts: YearAmounts, *, is_overpaid: bool) -> tuple[str, ...]:
    """``is_overpaid``: the table has a column for what was paid above the cost, which takes it off again."""
    cells = (
        euros(amounts.charged),
        euros(amounts.statutory_net),
        amounts.complementary_text,
        euros(amounts.others),
        euros(amounts.you),
    )
    return (*cells, euros(-amounts.overpaid)) if is_overpaid else cells


def _sentences(amounts: YearAmounts, *, year: int, whose: str) -> tuple[Sentence, ...]:
    if amounts.charged <= ZERO:
        return (sentence("Aucun soin payé n’est enregistré pour l’année {year}.", year=str(year)),)
    told = [
        sentence(
            "{whose}, payés en {year}, ont [[coûté {charged}|cout-reel-des-soins]].",
            whose=f"{whose[0].upper()}{whose[1:]}",
            year=str(year),
            charged=euros(amounts.charged),
        ),
        sentence(
            "La part de l’Assurance Maladie est de {paid} : elle est financée par les"
            " [[cotisations et contributions de tous|solidarite-et-cotisations]].",
            paid=euros(amounts.statutory_net),
        ),
    ]
    if amounts.is_awaited:
        told.append(
            sentence(
                "Votre [[complémentaire|part-complementaire]] ne nous a pas communiqué tout ce qu’elle a payé :"
                " votre part réelle peut être plus basse."
            )
        )
    return tuple(told)


def year_chart(picture: YearPicture, *, element_id: str) -> Svg:
    """The shares as bars; the table says the same in words."""
    bars = [
        Bar(key=share.key, label=share.label, text=share.text, amount=share.amount)
        for share in picture.shares
        if share.amount
    ]
    told = " ; ".join(f"{bar.label} : {bar.text}" for bar in bars)
    return bar_chart(
        bars,
        title=typeset(f"Qui a payé {picture.whose} en {picture.year}"),
        description=typeset(f"{told}." if told else "Aucun soin payé cette année-là."),
        element_id=element_id,
    )
