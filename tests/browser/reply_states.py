"""The pages of a professional's right of reply, in their states."""

from collections.abc import Iterator, Mapping
from typing import Final

from tests.browser.people import DOCTOR, DOCTOR_TALKED
from tests.browser.state import State

NOT_REPLY_PAGES: Final[Mapping[str, str]] = {
    "reply-document": "a file",
    "reply-send": "a button",
    "reply-read": "a button",
    "reply-quit": "a button",
}
"""Names that show no page of their own, with the reason."""


def reply_states() -> Iterator[State]:
    title, case = "Répondre à l’Assurance Maladie", "Votre réponse, dossier"
    wrong = {"Numéro du dossier": "2026-999999", "Code de réponse": "AAAA-BBBB-CCCC-DDDD"}
    yield State("reply", title)
    yield State("reply", title, label="empty", press="Continuer", has_error=True, status=400)
    yield State("reply", title, label="wrong", fill=wrong, press="Continuer", has_error=True, status=400)
    yield State("reply-case", case, DOCTOR)
    yield State("reply-case", case, DOCTOR, "empty", press="Envoyer", has_error=True, status=400)
    yield State("reply-case", case, DOCTOR_TALKED, "talked")
