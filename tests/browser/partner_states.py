"""A partner's pages in every state in which its users see them."""

from collections.abc import Iterator, Mapping
from typing import Final

from tests.browser.partner_people import GIVEN, INVITED, MANAGER, WORKER
from tests.browser.state import State

NOT_PARTNER_PAGES: Final[Mapping[str, str]] = {
    "portal-sign-out": "a button",
    "portal-webhook-test": "a button",
    "portal-webhook-replay": "a button",
}


def partner_entry_states() -> Iterator[State]:
    """Of people halfway in, whose password counts for some minutes only."""
    for page, heading, who, button in (
        ("portal-sign-in-code", "Saisissez votre code", GIVEN, "Se connecter"),
        ("portal-join-app", "Enregistrez la clé", INVITED, "Ouvrir mon compte"),
    ):
        yield State(page, heading, who)
        yield State(page, heading, who, "empty", press=button, has_error=True)


def partner_states(addresses: Mapping[str, str]) -> Iterator[State]:
    for page, heading, who, button in (
        ("portal-sign-in", "Connexion à l’espace partenaires", "nobody", "Continuer"),
        ("portal-join", "Ouvrir mon compte partenaire", "nobody", "Continuer"),
        ("portal-keys", "Programmes et clés", MANAGER, "Déposer la clé"),
        ("portal-users", "Utilisateurs", MANAGER, "Inviter"),
        ("portal-key-withdraw", "Retirer cette clé", MANAGER, "Retirer la clé"),
        ("portal-networks", "Réseaux autorisés", MANAGER, "Changer les réseaux"),
        ("portal-user-remove", "Retirer ", MANAGER, "Retirer ce compte"),
        ("portal-webhook-secret", "Changer le secret", MANAGER, "Changer le secret"),
    ):
        address = addresses.get(page, "")
        yield State(page, heading, who, address=address)
        yield State(page, heading, who, "empty", address=address, press=button, has_error=True)
    yield State("portal", "Vue d’ensemble", MANAGER)
    yield State("portal", "Vue d’ensemble", WORKER, "paused")
    yield State("portal-keys", "Programmes et clés", WORKER, "none")
    yield State("portal-users", "Utilisateurs", WORKER, "read-only")
    yield State("portal-exports", "Exports", MANAGER)
    yield State("portal-exports", "Exports", WORKER, "none")
    yield State("portal-webhooks", "Avis", MANAGER)
    yield State("portal-webhooks", "Avis", WORKER, "none")
    yield State("portal-webhook", "Une adresse d’avis", MANAGER, address=addresses.get("portal-webhook", ""))
