"""Every page of call campaigns and prevention in the console, in the states in which the staff sees it, as a table.

Walked with the pages of cases (console_states.py). The order counts: what a button does is there for what follows.
"""

import uuid
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Final

from django.urls import reverse

from tests.browser.state import State

SUPERVISOR: Final = "supervisor"
IN_A_CALL: Final = "adviser"
BETWEEN_CALLS: Final = "adviser between calls"

MODELS: Final = ("callcampaign", "preventioncampaign", "campaignproposal")
NOT_PAGES: Final[Mapping[str, str]] = {
    "outreach_callcampaign_next": "a button",
    "outreach_callcampaign_pause": "a button",
    "outreach_callcampaign_take_up": "a button",
    "outreach_callcampaign_figures": "a part of a page",
    "outreach_callcampaign_results_csv": "a file",
}
ANY_IDS: Final[Mapping[str, object]] = defaultdict(
    lambda: 1, dict.fromkeys(("held", "silent", "ahead", "over"), uuid.UUID(int=1))
)
"""To make the table without rows."""
_SAVE: Final = "Enregistrer"


def call_states(ids: Mapping[str, object]) -> Iterator[State]:
    """``ids``: those of ``call_desks.call_rows``."""
    yield from _campaigns(ids)
    yield from _prevention(ids)
    yield from _proposals(ids)
    yield from _supervision(ids)
    yield from _between_calls(ids)
    yield from _in_a_call(ids)


def _campaigns(ids: Mapping[str, object]) -> Iterator[State]:
    page = "outreach_callcampaign_change"
    yield _state("outreach_callcampaign_changelist", "Campagnes d’appels")
    yield _state("outreach_callcampaign_changelist", "Campagnes d’appels", BETWEEN_CALLS, "adviser")
    for label in ("draft", "counted", "running"):
        yield _state(page, "", SUPERVISOR, label, at=[ids[label]])
    yield _state("outreach_callcampaign_add", "Nouvelle campagne")
    yield _state("outreach_callcampaign_add", "Nouvelle campagne", SUPERVISOR, "empty", press=_SAVE)
    yield _state("outreach_callcampaign_edit", "Modifier", at=[ids["draft"]])
    yield _state("outreach_callcampaign_act", "Approuver", at=[ids["counted"], "approuver"])
    yield from _stock("callcampaign", ids["running"])


def _prevention(ids: Mapping[str, object]) -> Iterator[State]:
    page = "outreach_preventioncampaign_change"
    yield _state("outreach_preventioncampaign_changelist", "Campagnes de prévention")
    for label in ("planned", "listed", "effect"):
        yield _state(page, "", SUPERVISOR, label, at=[ids[label]])
    yield _state("outreach_preventioncampaign_add", "Nouvelle campagne", SUPERVISOR, "empty", press=_SAVE)
    yield _state("outreach_preventioncampaign_edit", "Modifier", at=[ids["planned"]])
    yield _state("outreach_preventioncampaign_act", "Remettre", at=[ids["listed"], "preparer"])
    yield from _stock("preventioncampaign", ids["effect"])


def _proposals(ids: Mapping[str, object]) -> Iterator[State]:
    yield _state("outreach_campaignproposal_changelist", "Campagnes proposées")
    yield _state("outreach_campaignproposal_change", "", at=[ids["proposal"]])
    yield _state("outreach_campaignproposal_act", "", at=[ids["proposal"], "accepter"])
    yield _state("outreach_campaignproposal_add", "Accès refusé", status=403)
    yield from _stock("campaignproposal", ids["proposal"])


def _stock(model: str, pk: object) -> Iterator[State]:
    yield _state(f"outreach_{model}_history", "", at=[pk])
    yield _state(f"outreach_{model}_delete", "Accès refusé", at=[pk], status=403)


def _supervision(ids: Mapping[str, object]) -> Iterator[State]:
    yield _state("outreach_callcampaign_supervision", "Supervision")
    yield _state("outreach_callcampaign_free", "", at=[ids["silent"]])
    yield _state("outreach_callcampaign_lost", "Appels à préciser")
    yield _state("outreach_callcampaign_reviews", "Relecture")
    review = "outreach_callcampaign_review"
    yield _state(review, "Relire", at=[ids["review"]])
    yield _state(review, "Relire", SUPERVISOR, "empty", at=[ids["review"]], press="Enregistrer la relecture")
    yield _state("outreach_callcampaign_appointments", "Rendez-vous notés")
    yield _state("outreach_callcampaign_appointment", "Rendez-vous", SUPERVISOR, "over", at=[ids["over"]])


def _between_calls(ids: Mapping[str, object]) -> Iterator[State]:
    desk, one = "outreach_callcampaign_desk", "outreach_callcampaign_appointment"
    yield _state(desk, "Mon poste d’appel", BETWEEN_CALLS)
    yield _state("outreach_callcampaign_feedback", "", BETWEEN_CALLS)
    yield _state("outreach_callcampaign_late_note", "Note", BETWEEN_CALLS, at=[ids["late"]])
    yield _state("outreach_callcampaign_appointments", "Rendez-vous notés", BETWEEN_CALLS, "own")
    move = "Enregistrer la nouvelle date"
    yield _state(one, "Rendez-vous", BETWEEN_CALLS, "empty", at=[ids["ahead"]], press=move)
    yield _state(desk, "Mon poste d’appel", BETWEEN_CALLS, "pause", press="Commencer la pause")


def _in_a_call(ids: Mapping[str, object]) -> Iterator[State]:
    page, title = "outreach_callcampaign_call", "Appel en cours"
    yield _state("outreach_callcampaign_desk", "Mon poste d’appel", IN_A_CALL, "held")
    yield _state(page, title, IN_A_CALL, at=[ids["held"]])
    yield _state(page, title, IN_A_CALL, "number", at=[ids["held"]], press="Afficher le numéro et appeler")
    yield _state(page, title, IN_A_CALL, "empty", at=[ids["held"]], press="Enregistrer le résultat")


def _state(
    page: str,
    heading: str,
    who: str = SUPERVISOR,
    label: str = "",
    *,
    at: list[object] | None = None,
    press: str = "",
    status: int = 200,
) -> State:
    address = reverse(f"admin:{page}", args=at or [])
    return State(page, heading, who, label, address=address, press=press, status=status)
