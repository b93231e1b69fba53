"""What the demo says once it serves: where to look, and how to get in."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from django.urls import reverse

from ameli_notify.demo.residents import Resident
from ameli_notify.demo.staff import Colleagues

INBOX: Final = "/demo/messages/"
"""Not to be reversed here: only the servers of the demo have it."""
_URL: Final = 46


@dataclass(frozen=True, slots=True, kw_only=True)
class WaysIn:
    """The address of the site, the people with whom to enter it, and the accounts of the console.

    ``code_command`` shows the code of the account whose name follows it; ``sandbox_command`` opens the partner to try.
    """

    site: str
    residents: Sequence[Resident]
    colleagues: Colleagues
    code_command: str
    sandbox_command: str


def guide(ways: WaysIn) -> str:
    """Aligned, in French, ending in how to stop."""
    return "\n".join(
        [
            "",
            *_places(ways),
            *_insured(ways),
            *_newcomers(ways),
            *_console(ways),
            *_partners(ways),
            "Ctrl-C arrête tout.",
        ]
    )


def _title(text: str) -> Iterator[str]:
    yield text
    yield "─" * len(text)


def _places(ways: WaysIn) -> Iterator[str]:
    yield from _title("À regarder")
    for path, what in {
        "/": "le site, et « Mon espace » pour les assurés",
        INBOX: "la boîte de réception : codes, SMS, e-mails",
        "/console/": "la console : dossiers, conversations, vagues, fichiers",
    }.items():
        yield f"  {ways.site + path:<{_URL}}{what}"
    yield ""


def _insured(ways: WaysIn) -> Iterator[str]:
    known = [resident for resident in ways.residents if resident.password]
    if not known:
        return
    yield from _title("Entrer dans « Mon espace », comme une personne assurée")
    yield f"  {ways.site}{reverse('sign-in')}"
    for resident in known:
        yield f"  Numéro         {resident.nir}   {resident.name}, {resident.who}"
    yield f"  Mot de passe   {known[0].password}, le même pour toutes ces personnes"
    yield f"  Code           sur {ways.site}{INBOX}"
    yield ""


def _newcomers(ways: WaysIn) -> Iterator[str]:
    for resident in ways.residents:
        if not resident.password:
            yield from _title("Créer un compte")
            yield f"  {ways.site}{reverse('account-create')}"
            yield f"  Numéro         {resident.nir}   {resident.name}, {resident.who}"
            yield f"  Née ou né le   {resident.birth_date}"
            yield f"  Code postal    {resident.postcode}"
            yield f"  Code           sur {ways.site}{INBOX}, SMS au {resident.codes_to}"
            yield ""


def _console(ways: WaysIn) -> Iterator[str]:
    yield from _title("Entrer dans la console")
    yield f"  Enquêtrice     {ways.colleagues.investigator}, les dossiers"
    yield f"  Conseillère    {ways.colleagues.adviser}, les conversations"
    yield f"  Mot de passe   {ways.colleagues.password}, le même pour les deux"
    yield f"  Code           {ways.code_command} {ways.colleagues.investigator}"
    yield ""


def _partners(ways: WaysIn) -> Iterator[str]:
    yield from _title("Essayer l’API et l’espace des organismes complémentaires")
    yield f"  Bac à sable    {ways.sandbox_command} --base-url {ways.site}"
    yield "                 dit l’identifiant client, la clé, et le compte de l’espace partenaires"
    yield f"  Espace         {ways.site}{reverse('portal')}"
    yield f"  Code           {ways.code_command} suivi de l’identifiant"
    yield ""
