"""The site's public pages and its map. URLs, « Plan du site » and the tests read these lists, so none misses a page."""

import datetime as dt
from dataclasses import dataclass
from typing import Final

from django.urls import reverse

from reimbursements.explanations.articles import article, article_slugs
from reimbursements.explanations.loading import book_for_articles


@dataclass(frozen=True, slots=True)
class PublicPage:
    """A page that says the same to everybody. ``name``: of its URL."""

    name: str
    path: str
    title: str
    template: str


@dataclass(frozen=True, slots=True)
class Link:
    title: str
    address: str


@dataclass(frozen=True, slots=True)
class Section:
    title: str
    links: tuple[Link, ...]


PUBLIC_PAGES: Final = (
    PublicPage("home", "", "Accueil", "public/home.html"),
    PublicPage(
        "recognise", "reconnaitre-un-message-officiel/", "Reconnaître un message officiel", "public/recognise.html"
    ),
    PublicPage("help", "aide/", "Aide", "public/help.html"),
    PublicPage("contact", "contact/", "Contact", "public/contact.html"),
    PublicPage("accessibility", "accessibilite/", "Déclaration d’accessibilité", "public/accessibility.html"),
    PublicPage("legal-notice", "mentions-legales/", "Mentions légales", "public/legal_notice.html"),
    PublicPage(
        "personal-data", "donnees-personnelles/", "Données personnelles et cookies", "public/personal_data.html"
    ),
    PublicPage("site-map", "plan-du-site/", "Plan du site", "public/site_map.html"),
)

OPEN_PAGES: Final = (
    ("report-without-account", "Signaler un remboursement suspect sans compte"),
    ("report-figures", "Les signalements en chiffres"),
    ("reply", "Répondre à l’Assurance Maladie, pour les professionnels de santé"),
)
"""Pages of other apps that need no account."""

ACCOUNT_PAGES: Final = (
    ("sign-in", "Se connecter"),
    ("account-create", "Créer mon compte"),
    ("password-forgotten", "J’ai oublié mon mot de passe"),
)

SPACE_PAGES: Final = (
    ("my-space", "Accueil de Mon espace"),
    ("payments", "Mes paiements"),
    ("reports", "Mes signalements"),
    ("assistant", "Assistant"),
    ("adviser", "Parler à un conseiller"),
    ("my-messages", "Mes messages"),
    ("my-prevention", "Prévention"),
    ("my-appointments", "Mes rappels et rendez-vous"),
    ("stop-my-calls", "Ne plus m’appeler"),
    ("my-information", "Mes informations"),
    ("my-preferences", "Mes préférences"),
    ("my-accesses", "Qui a consulté mes données"),
    ("my-consents", "Ce que voit mon organisme complémentaire"),
    ("my-rights", "Mes droits"),
    ("security", "Sécurité de mon compte"),
)
"""Pages of Mon espace that can be opened by their address alone; steps of a procedure start from one of them."""


def site_map(*, today: dt.date) -> tuple[Section, ...]:
    """Every page that somebody can go to directly, by part of the site."""
    book = book_for_articles(today=today)
    articles = sorted(
        (Link(article(slug, book, on=today).title.text, reverse("article", args=[slug])) for slug in article_slugs()),
        key=lambda link: link.title,
    )
    return (
        Section(
            "Le site",
            (*(Link(page.title, reverse(page.name)) for page in PUBLIC_PAGES), *_links(OPEN_PAGES)),
        ),
        Section("Mon compte", _links(ACCOUNT_PAGES)),
        Section(
            "Mon espace, après connexion",
            (
                *_links(SPACE_PAGES),
                Link("Ce que vos soins ont coûté, et qui a payé", reverse("care-year", args=[today.year])),
            ),
        ),
        Section(
            "Comprendre mes remboursements",
            (Link("Tous les articles", reverse("articles")), *articles),
        ),
    )


def _links(pages: tuple[tuple[str, str], ...]) -> tuple[Link, ...]:
    return tuple(Link(title, reverse(name)) for name, title in pages)
