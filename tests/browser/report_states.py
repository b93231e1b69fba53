"""The pages of reports, of the assistant and of the adviser, in their states."""

from collections.abc import Iterator, Mapping
from typing import Final

from django.urls import reverse

from tests.browser.people import ANSWERED, INSURED, LEFT, NEWCOMER, QUEUED
from tests.browser.state import State

NOT_REPORT_PAGES: Final[Mapping[str, str]] = {
    "report-paper-form": "a file",
    "report-figures-csv": "a file",
    "report-receipt": "a file",
    "report-attachment": "a file",
    "report-draft": "leads on",
    "report-understood": "a button",
    "report-file-remove": "a button",
    "report-message": "a button",
    "report-read": "a button",
    "report-add-file": "a button",
    "assistant-restart": "a button",
    "adviser-message": "a button",
    "adviser-said": "a part of a page",
    "adviser-read": "a button",
    "adviser-end": "a button",
    "adviser-satisfaction": "a button",
}
"""Names that show no page of their own, with the reason."""


def report_states(addresses: Mapping[str, str]) -> Iterator[State]:
    def at(name: str) -> str:
        return addresses.get(name, "/")

    yield State("report-without-account", "Signaler un remboursement suspect sans compte")
    yield State("report-figures", "Les signalements en chiffres")
    yield State(
        "report-figures-of-year", "Les signalements en chiffres", address=reverse("report-figures-of-year", args=[2024])
    )
    yield State("reports", "Mes signalements", INSURED)
    yield State("reports", "Mes signalements", NEWCOMER, "new")
    yield State("report-start", "Signaler un remboursement suspect", INSURED)
    fresh, doubt = at("report-start fresh"), "Quels paiements vous font douter"
    yield State("report-start", doubt, INSURED, "lines", address=fresh)
    yield State("report-start", doubt, INSURED, "empty", address=fresh, press="Continuer", has_error=True, status=400)
    yield State("report-lines", doubt, INSURED, address=at("report-lines"))
    question = "Qu’est-ce qui vous fait douter"
    yield State("report-step", question, INSURED, address=at("report-step"))
    yield State(
        "report-step", question, INSURED, "empty", address=at("report-step"), press="Continuer", has_error=True,
        status=400,
    )  # fmt: skip
    story = at("report-step story")
    yield State("report-step", "En quoi le soin est-il différent", INSURED, "story", address=story)
    yield State(
        "report-step", "En quoi le soin est-il différent", INSURED, "story-empty", address=story, press="Continuer",
        has_error=True, status=400,
    )  # fmt: skip
    yield State("report-explanation", "Vos analyses ont pu être confiées", INSURED, address=at("report-explanation"))
    yield State("report-files", "Avez-vous des documents", INSURED, address=at("report-files"))
    yield State("report-check", "Vérifiez vos réponses", INSURED, address=at("report-check"))
    yield State("report-discard", "Supprimer ce brouillon", INSURED, address=at("report-discard"))
    said = "Un prix plus élevé"
    yield State("report", said, INSURED, address=at("report"))
    yield State(
        "report", said, INSURED, "empty", address=at("report"), press="Envoyer ce message", has_error=True, status=400
    )
    yield State("report-withdraw", "Retirer ce signalement", INSURED, address=at("report-withdraw"))


def talk_states() -> Iterator[State]:
    assistant, adviser = "Assistant", "Parler à un conseiller"
    yield State("assistant", assistant, NEWCOMER)
    yield State("assistant", assistant, NEWCOMER, "empty", press="Envoyer", has_error=True, status=400)
    for label, question in (
        ("withheld", "pourquoi 2 € de moins ?"),
        ("choosing", "je n’ai jamais vu ce dentiste"),
        ("reports", "où en est mon signalement"),
        ("unsure", "xyzzy"),
    ):
        yield State("assistant", assistant, INSURED, label, fill={"Votre question": question}, press="Envoyer")
    yield State("adviser", adviser, INSURED)
    yield State("adviser", adviser, INSURED, "empty", press="Demander un conseiller", has_error=True, status=400)
    yield State("adviser", adviser, QUEUED, "queued")
    yield State("adviser", adviser, ANSWERED, "answered")
    yield State("adviser", adviser, ANSWERED, "answered-empty", press="Envoyer ce message", has_error=True, status=400)
    yield State("adviser", adviser, LEFT, "left")
