"""The professional of a case beside peers: the figures in words, the drawing, and how far both can be trusted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from django.utils import timezone

from ameli_notify.core.import_report import french_euros, french_number
from fraud.cases.models import FraudCase
from fraud.cases.peer_chart import PeerRow, peer_chart
from reimbursements.activity.peers import (
    FEWEST_BILLING,
    FEWEST_PEERS,
    LEAST_PATIENTS,
    MOST_PEERS,
    ActShare,
    Comparison,
    Figure,
    Spread,
    compare,
    peer_count,
    year_of,
)
from reimbursements.reference.models import ActReference, NatureReference, Specialty

COUNT, EUROS, DECIMAL, PERCENT = "count", "euros", "decimal", "percent"
WORDS: Final[Mapping[str, tuple[str, str]]] = {
    "acts": ("Actes", COUNT),
    "patients": ("Patients", COUNT),
    "amount_per_patient": ("Remboursé par patient", EUROS),
    "acts_per_day": ("Actes par jour d’activité", DECIMAL),
    "busiest_day": ("Actes du jour le plus chargé", COUNT),
    "weekend_pct": ("Part des actes du week-end", PERCENT),
    "new_patients_pct": ("Part de nouveaux patients", PERCENT),
}
"""Label and unit of each of ``peers.FIGURES``."""
SCOPES: Final = {"departement": "Son département", "france": "France entière"}
NONE: Final = "sans objet"


@dataclass(frozen=True, slots=True, kw_only=True)
class FigureRow:
    """One row of the table; texts of the peers are empty where they are not shown."""

    label: str
    value: str
    median: str
    quartiles: str
    rank: str


def profile_context(case: FraudCase, *, query: Mapping[str, str]) -> dict[str, Any]:
    """What the page shows. ``comparison`` is None when there is nothing to compare: ``missing`` says why."""
    if case.performer_rpps is None:
        return {"comparison": None, "missing": "Ce dossier ne concerne pas un seul professionnel connu par son RPPS."}
    scope = _scope(case.performer_rpps, query.get("pairs", ""))
    found = compare(case.performer_rpps, nationwide=scope == "france")
    if found is None:
        return {"comparison": None, "missing": "Ce professionnel n’a aucun acte remboursé depuis un an."}
    rows = [_figure_row(figure) for figure in found.figures]
    has_peers = found.peer_count >= FEWEST_PEERS
    return {
        "comparison": found,
        "scope": scope,
        "peers_fr": peers_fr(found),
        "has_peers": has_peers,
        "fewest": FEWEST_PEERS,
        "fewest_billing": FEWEST_BILLING,
        "least_patients": LEAST_PATIENTS,
        "is_sample": found.peer_count == MOST_PEERS,
        "figures": rows,
        "acts": _act_rows(found),
        "chart": _chart(found.figures) if has_peers else "",
    }


def peers_fr(found: Comparison) -> str:
    """Who the peers are: « Spécialité : médecine générale, département 75 »."""
    today = timezone.localdate()
    label = Specialty.objects.on(today).filter(code=found.year.specialty).values_list("label", flat=True).first()
    where = f"département {found.department}" if found.department else "France entière"
    return f"{label or found.year.specialty or 'spécialité inconnue'}, {where}"


def shown(value: float | None, kind: str) -> str:
    """A figure in its unit: « 1 234 », « 12,5 », « 41,30 € », « 7,2 % »."""
    if value is None:
        return NONE
    if kind == EUROS:
        return french_euros(Decimal(str(round(value, 2))))
    if kind == COUNT:
        return french_number(round(value))
    text = f"{value:.1f}".replace(".", ",")
    return f"{text}\u00a0%" if kind == PERCENT else text


def rank_fr(peers: Spread) -> str:
    """The percentile as a sentence that holds at both ends."""
    if peers.percentile in (0, 100):
        return "tous les pairs ont moins" if peers.percentile else "aucun pair n’a moins"
    share = f"{int(peers.percentile)}\u00a0%" if peers.percentile >= 1 else "moins de 1\u00a0%"
    return f"{share} des pairs ont moins"


def _scope(rpps: int, asked: str) -> str:
    """What was asked for; else the department, where it has enough peers."""
    if asked in SCOPES:
        return asked
    year = year_of(rpps)
    return "departement" if year is not None and peer_count(year) >= FEWEST_PEERS else "france"


def _figure_row(figure: Figure) -> FigureRow:
    label, kind = WORDS[figure.name]
    return FigureRow(label=label, value=shown(figure.value, kind), **_peer_words(figure.peers, kind))


def _peer_words(peers: Spread | None, kind: str) -> dict[str, str]:
    if peers is None:
        return {"median": "", "quartiles": "", "rank": ""}
    return {
        "median": shown(peers.median, kind),
        "quartiles": f"{shown(peers.first_quartile, kind)} à {shown(peers.third_quartile, kind)}",
        "rank": rank_fr(peers),
    }


def _act_rows(found: Comparison) -> list[FigureRow]:
    labels = _labels([act.code for act in found.acts])

    def row(act: ActShare) -> FigureRow:
        label = f"{act.code}, {labels[act.code]}" if act.code in labels else act.code
        value = f"{french_number(act.acts)} ({shown(act.share_pct, PERCENT)})"
        return FigureRow(label=label, value=value, **_peer_words(act.peers, PERCENT))

    return [row(act) for act in found.acts]


def _labels(codes: list[str]) -> dict[str, str]:
    """What the codes of acts and the key letters mean today."""
    today = timezone.localdate()
    natures = NatureReference.objects.on(today).filter(key_letter__in=codes).order_by("-code")
    acts = ActReference.objects.on(today).filter(code__in=codes, system__in=("NGAP", "CCAM"))
    return dict(natures.values_list("key_letter", "label")) | {
        code: plain or label for code, plain, label in acts.values_list("code", "plain_label", "label")
    }


def _chart(figures: Sequence[Figure]) -> str:
    rows = [
        PeerRow(label=WORDS[one.name][0], text=shown(one.value, WORDS[one.name][1]), value=one.value, peers=one.peers)
        for one in figures
        if one.value is not None and one.peers is not None
    ]
    return peer_chart(
        rows,
        title="Le professionnel parmi ses pairs",
        description="Pour chaque chiffre, un point : le professionnel ; une boîte : la moitié centrale des pairs ; "
        "un trait dans la boîte : leur médiane ; une ligne : 90 % d’entre eux. Le tableau donne les mêmes chiffres.",
    )
