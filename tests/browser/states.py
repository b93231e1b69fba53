"""Every page of the public and the secure surface in every state that it can be in, as a table.

A page of the URLconf that is not here fails ``test_every_page``: whoever adds one says here in which states it can be
seen. An address is made from the URL's name, or named here; a state behind a form fills and presses it.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Final

from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone
from playwright.sync_api import Page

from accounts.identity.franceconnect.refusals import Reason
from ameli_notify.public.pages import PUBLIC_PAGES
from reimbursements.explanations.articles import article_slugs
from tests.accounts.insured import NOBODY as NOBODYS_NIR
from tests.browser.partner_states import NOT_PARTNER_PAGES, partner_entry_states, partner_states
from tests.browser.people import (
    AGENT,
    AGENT_PASSWORD,
    APP_PASSWORD,
    CREATING,
    FORGETTING,
    INSURED,
    NEWCOMER,
    NOBODY,
    PARTNERLESS,
    PASSWORD,
    PROVEN_AGAIN,
    PROVEN_NEW,
    REVOKED,
    TIRED_NIR,
    UNCONFIRMED,
)
from tests.browser.reply_states import NOT_REPLY_PAGES, reply_states
from tests.browser.report_states import NOT_REPORT_PAGES, report_states, talk_states
from tests.browser.state import ERROR_TITLE as ERROR_TITLE
from tests.browser.state import State as State

WITH_FRANCECONNECT: Final = {
    "FRANCECONNECT_URL": "http://127.0.0.1:9",
    "FRANCECONNECT_CLIENT_ID": "essai",
    "FRANCECONNECT_CLIENT_SECRET": "essai",
}

NOT_PAGES: Final[Mapping[str, str]] = {
    **NOT_REPORT_PAGES,
    **NOT_REPLY_PAGES,
    **NOT_PARTNER_PAGES,
    "healthz": "for machines",
    "robots": "for search engines",
    "api-server-metadata": "for machines",
    "api-token": "for machines",
    "payments-csv": "a file",
    "payments-pdf": "a file",
    "my-appointment-ics": "a file",
    "my-callback-ics": "a file",
    "my-data": "a file",
    "sign-in-passkey": "a button",
    "sign-in-passkey-challenge": "JSON for a passkey",
    "confirm-identity-passkey": "a button",
    "confirm-identity-passkey-challenge": "JSON for a passkey",
    "add-passkey-challenge": "JSON for a passkey",
    "franceconnect-sign-in": "leads away",
    "franceconnect-callback": "leads on",
    "franceconnect-sign-out": "leads away by itself",
    "franceconnect-signed-out": "leads on",
    "franceconnect-keys": "for FranceConnect",
    "franceconnect-link": "a button",
    "franceconnect-unlink": "a button",
    "staff-sign-in-passkey": "a button",
    "staff-sign-in-passkey-challenge": "JSON for a passkey",
    "session-time": "JSON for the warning",
    "session-extend": "a button",
    "sign-in-factor": "a button",
    "sign-out": "a button",
    "staff-sign-out": "a button",
    "confirm-identity-factor": "a button",
    "add-channel": "a button",
    "remove-factor": "a button",
    "end-session": "a button",
    "end-other-sessions": "a button",
}
"""Names of the URLconf that show no page of their own, with the reason."""


def _without_cookies(page: Page) -> None:
    page.context.clear_cookies(name="csrftoken")


def public_states() -> Iterator[State]:
    headings = {"home": "Vos paiements de santé", "accessibility": "Déclaration d’accessibilité"}
    for page in PUBLIC_PAGES:
        yield State(page.name, headings.get(page.name, page.title))
    yield State("articles", "Comprendre mes remboursements")
    yield State("articles", "Comprendre mes remboursements", INSURED, "signed-in")
    for slug in article_slugs():
        yield State("article", "", label=slug, address=reverse("article", args=[slug]))


def sign_in_states() -> Iterator[State]:
    title = "Connexion à Mon espace"
    wrong = {"Numéro de sécurité sociale": NOBODYS_NIR, "Mot de passe": "pas le bon du tout"}
    tired = wrong | {"Numéro de sécurité sociale": TIRED_NIR}
    code = {"Code à 6 chiffres": "000000"}
    yield State("sign-in", title)
    yield State("sign-in", title, label="empty", press="Continuer", has_error=True)
    yield State("sign-in", title, label="wrong", fill=wrong, press="Continuer", has_error=True)
    yield State("sign-in", title, label="limit", fill=tired, press="Continuer", has_error=True, status=429)
    yield State("sign-in", title, REVOKED, "ended", address=reverse("my-space"))
    for who, label in ((PASSWORD, "sent"), (APP_PASSWORD, "app")):
        yield State("sign-in-code", "Saisissez votre code", who, label)
    yield State("sign-in-code", "Saisissez votre code", PASSWORD, "empty", press="Se connecter", has_error=True)
    yield State(
        "sign-in-code", "Saisissez votre code", PASSWORD, "wrong", fill=code, press="Se connecter", has_error=True
    )
    yield State("staff-sign-in", "Connexion à la console")
    yield State("staff-sign-in", "Connexion à la console", label="empty", press="Continuer", has_error=True)
    yield State("staff-sign-in-code", "Saisissez votre code", AGENT_PASSWORD)
    yield State(
        "staff-sign-in-code", "Saisissez votre code", AGENT_PASSWORD, "empty", press="Se connecter", has_error=True
    )


def franceconnect_states() -> Iterator[State]:
    for page, heading, who in (
        ("sign-in", "Connexion à Mon espace", NOBODY),
        ("security", "Sécurité de mon compte", INSURED),
    ):
        yield State(page, heading, who, "franceconnect", settings=WITH_FRANCECONNECT)
    for reason in Reason:
        yield State(
            "franceconnect-stopped",
            reason.value.title,
            label=reason.slug,
            address=reverse("franceconnect-stopped", args=[reason.slug]),
            status=reason.value.status,
            settings=WITH_FRANCECONNECT,
        )


def account_states() -> Iterator[State]:
    for start, title, asked, proven in (
        ("account-create", "Créer mon compte", CREATING, PROVEN_NEW),
        ("password-forgotten", "Mot de passe oublié", FORGETTING, PROVEN_AGAIN),
    ):
        yield State(start, title)
        yield State(start, title, label="empty", press="Recevoir un code", has_error=True)
        typed = {"Numéro de sécurité sociale": "12", "Date de naissance": "31 février", "Code postal": "Paris"}
        yield State(start, title, label="wrong", fill=typed, press="Recevoir un code", has_error=True)
        code, password = "Saisissez le code reçu", "Choisissez votre mot de passe"
        yield State(f"{start}-code", code, asked)
        yield State(f"{start}-code", code, asked, "empty", press="Continuer", has_error=True)
        yield State(f"{start}-password", password, proven)
        short = {"Nouveau mot de passe": "court", "Le même mot de passe": "autre"}
        yield State(f"{start}-password", password, proven, "wrong", fill=short, press="Enregistrer", has_error=True)


def space_states(addresses: Mapping[str, str]) -> Iterator[State]:
    payments, year = reverse("payments"), timezone.localdate().year
    yield State("my-space", "Mon espace", INSURED)
    yield State("my-space", "Mon espace", NEWCOMER, "new")
    yield State("payments", "Mes paiements", INSURED)
    yield State("payments", "Mes paiements", NEWCOMER, "new")
    yield State("payments", "Mes paiements", INSURED, "second", address=addresses["second page"])
    yield State("payments", "Mes paiements", INSURED, "none", address=f"{payments}?dates={year - 2}")
    yield State("payments", "Mes paiements", INSURED, "filtered", address=f"{payments}?paye_a=soignants")
    yield State(
        "payments", "Mes paiements", INSURED, "wrong", address=f"{payments}?dates=hier", has_error=True, status=400
    )
    for label, address in addresses.items():
        if label.startswith("payment "):
            yield State("payment", "Détail du paiement du", INSURED, label.split()[1], address=address)
    for of in (year, year - 1):
        yield State("care-year", "Ce que vos soins", INSURED, str(of), address=reverse("care-year", args=[of]))


def _ask_for_a_code(page: Page) -> None:
    page.get_by_role("button", name=re.compile("^Recevoir un (nouveau )?code par e-mail$")).click()


def appointment_states(addresses: Mapping[str, str]) -> Iterator[State]:
    mine, ahead, call = "Mes rappels et rendez-vous", "Rendez-vous du", addresses.get("promise", "/")
    yield State("my-appointments", mine, INSURED)
    yield State("my-appointments", mine, NEWCOMER, "new")
    for label in ("ahead", "over", "cancelled"):
        yield State("my-appointment", ahead, INSURED, label, address=addresses.get(label, "/"))
    late = {"Jour": "2020-01-06"}
    move = "Enregistrer la nouvelle date"
    there = addresses.get("ahead", "/")
    yield State("my-appointment", ahead, INSURED, "past", address=there, fill=late, press=move, has_error=True)
    yield State("my-callback", "Rappel du", INSURED, address=call)
    ask = "Demander cette heure"
    yield State("my-callback", "Rappel du", INSURED, "past", address=call, fill=late, press=ask, has_error=True)
    yield State("stop-my-calls", "Ne plus m’appeler", INSURED)


def security_states(addresses: Mapping[str, str]) -> Iterator[State]:
    confirm, app, code = "Confirmez que c’est bien vous", "Ajouter une application", "Saisissez le code reçu"
    yield State("my-messages", "Mes messages", INSURED)
    yield State("my-messages", "Mes messages", NEWCOMER, "new")
    yield State("my-prevention", "Prévention", INSURED)
    yield from appointment_states(addresses)
    yield State("my-information", "Mes informations", INSURED)
    yield State("my-preferences", "Mes préférences", INSURED)
    consents = "Ce que voit mon organisme complémentaire"
    yield State("my-consents", consents, INSURED)
    yield State("my-consents", consents, PARTNERLESS, "nothing-to-choose")
    yield State("my-accesses", "Qui a consulté mes données", INSURED)
    yield State("my-rights", "Mes droits", INSURED)
    yield State("security", "Sécurité de mon compte", INSURED)
    yield State("security", "Sécurité de mon compte", NEWCOMER, "new")
    yield State("confirm-identity", confirm, UNCONFIRMED)
    yield State("confirm-identity", confirm, NEWCOMER, "unsent")
    yield State("confirm-identity", confirm, NEWCOMER, "sent", before=_ask_for_a_code)
    yield State("confirm-identity", confirm, UNCONFIRMED, "empty", press="Confirmer", has_error=True)
    yield State("add-passkey", "Ajouter une clé d’accès", INSURED)
    yield State("change-password", "Changer mon mot de passe", INSURED)
    yield State("change-password", "Changer mon mot de passe", INSURED, "empty", press="Enregistrer", has_error=True)
    yield State("add-app", app, INSURED)
    yield State("add-app", app, INSURED, "empty", press="Continuer", has_error=True)
    key, named = "Enregistrez la clé", {"Nom de l’appareil": "ma tablette"}
    yield State("confirm-app", key, INSURED, address=reverse("add-app"), fill=named, press="Continuer")
    yield State("confirm-app", key, INSURED, "empty", press="Enregistrer l’application", has_error=True)
    yield State(
        "make-recovery-codes",
        "Vos codes de secours",
        INSURED,
        address=reverse("security"),
        press="Obtenir dix codes de secours",
    )
    for channel, title in (("mobile", "Changer mon numéro"), ("adresse-e-mail", "Changer mon adresse")):
        address = reverse("change-contact", args=[channel])
        yield State("change-contact", title, INSURED, channel, address=address)
        yield State(
            "change-contact",
            title,
            INSURED,
            f"{channel}-empty",
            address=address,
            press="Recevoir un code",
            has_error=True,
        )
    new = {"Nouvelle adresse e-mail": "nouvelle@example.org"}
    address = reverse("change-contact", args=["adresse-e-mail"])
    yield State("confirm-contact", code, INSURED, address=address, fill=new, press="Recevoir un code")
    yield State("confirm-contact", code, INSURED, "empty", press="Enregistrer", has_error=True)


def error_states() -> Iterator[State]:
    """Pages without a name: what is shown when something goes wrong."""
    yield State("error", "Page introuvable", label="404", address="/inconnu/", status=404)
    unknown = reverse("payment", args=["inconnu"])
    yield State("error", "Page introuvable", INSURED, "404-space", address=unknown, status=404)
    yield State("error", "Accès refusé", AGENT, "403", address=reverse("my-space"), status=403)
    yield State(
        "error",
        "Page expirée",
        label="csrf",
        address=reverse("sign-in"),
        before=_without_cookies,
        press="Continuer",
        status=403,
    )
    many = reverse("sign-in") + "?" + "a&" * 1001
    yield State("error", "Demande incomprise", label="400", address=many, status=400)
    yield State("error", "Erreur de notre côté", label="500", address=reverse("help"), status=500)


def every_state(addresses: Mapping[str, str]) -> list[State]:
    """First those that need a code, or a password, given a moment ago."""
    return [
        *security_states(addresses),
        *partner_entry_states(),
        *sign_in_states(),
        *franceconnect_states(),
        *account_states(),
        *space_states(addresses),
        *report_states(addresses),
        *talk_states(),
        *reply_states(),
        *partner_states(addresses),
        *error_states(),
        *public_states(),
    ]


def page_names() -> set[str]:
    """Names of the URLconf outside the admin's own pages."""
    patterns: list[URLPattern | URLResolver] = get_resolver().url_patterns
    return {pattern.name for pattern in patterns if isinstance(pattern, URLPattern) and pattern.name}
