"""« Qui a consulté mes données »: the access log in plain French, page by page.

What a person looks up themselves is not in the log. Members of the staff are told by their service, never by name:
the wall of the database does not even show which account it was. A policyholder also reads when a partner looked at
a minor for whom they answer. Read within ``as_insured``.
"""

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from django.db.models import Q, QuerySet

from accounts.access.models import AccessAction, AccessLog
from accounts.partners.minors import minors_under
from accounts.staff.roles import ROLE_NAMES_FR
from ameli_notify.core.sealed_tokens import open_token, seal_token

PAGE_SIZE: Final = 20
PARTNER: Final = "partner"
_SHOWN: Final = ("id", "at", "actor_role", "action", "object_kind", "insured_id", "reason")
_ACTIONS: Final = {
    AccessAction.SEARCH: "Recherche",
    AccessAction.VIEW: "Consultation",
    AccessAction.EXPORT: "Extraction",
    AccessAction.CHANGE: "Modification",
}
# By the model's own name, whichever room it is in.
_OBJECTS: Final = {
    "insuredperson": "votre fiche, sans votre nom ni votre adresse",
    "notification": "les envois qui vous sont destinés",
    "inboxmessage": "les messages qui vous sont destinés",
    "reimbursementline": "vos remboursements",
    "partnermember": "votre adhésion et vos accords",
    "fraudreport": "votre signalement",
    "identitylift": "votre identité",
    "fraudcase": "un dossier qui vous concerne",
    "partneralert": "les alertes de fraude qui vous concernent",
    "conversation": "votre échange avec un conseiller",
}
_ANYTHING: Final = "des données qui vous concernent"
_OF_MINORS: Final = {
    "reimbursementline": "les remboursements",
    "partnermember": "l’adhésion et vos accords",
    "partneralert": "les alertes de fraude",
}
"""What partners read of a minor; the name follows."""
NO_REASON: Final = "Aucun motif n’a été saisi."


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessRow:
    at: dt.datetime
    who_fr: str
    what_fr: str
    reason_fr: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessPage:
    """``older`` is the token of the next page, empty at the end."""

    rows: tuple[AccessRow, ...]
    older: str
    is_first: bool


def accesses_page(insured_id: int, *, cursor: str = "") -> AccessPage:
    """Twenty accesses, the latest first. Two queries, by indexes. Raises TokenError for a foreign cursor."""
    names = {minor.person_id: minor.first_name for minor in minors_under(insured_id)}
    rows = _accesses_shown(insured_id, names)
    if cursor:
        at, pk = _opened(cursor, insured_id)
        rows = rows.filter(Q(at__lt=at) | Q(at=at, pk__lt=pk), at__lte=at)
    found = list(rows[: PAGE_SIZE + 1])
    has_more = len(found) > PAGE_SIZE
    return AccessPage(
        rows=tuple(access_row(entry, names=names) for entry in found[:PAGE_SIZE]),
        older=_sealed(found[PAGE_SIZE - 1], insured_id) if has_more else "",
        is_first=not cursor,
    )


def own_accesses(insured_id: int) -> QuerySet[AccessLog]:
    """Every access to a person's data that is kept, the latest first, with the columns that the wall shows."""
    return AccessLog.objects.filter(insured_id=insured_id).only(*_SHOWN).order_by("-at", "-pk")


def all_accesses(insured_id: int) -> Iterator[AccessRow]:
    """For the file of all data."""
    for entry in own_accesses(insured_id).iterator(chunk_size=500):
        yield access_row(entry)


def access_row(entry: AccessLog, *, names: Mapping[int, str] = MappingProxyType({})) -> AccessRow:
    """One access in words. ``names``: first names of the minors for whom the reader answers."""
    action = _ACTIONS[AccessAction(entry.action)]
    kind = entry.object_kind.rsplit(".", 1)[-1].lower()
    what = _OBJECTS.get(kind, _ANYTHING)
    if entry.insured_id is not None and entry.insured_id in names:
        what = f"{_OF_MINORS.get(kind, 'des données')}, pour {names[entry.insured_id]}"
    return AccessRow(
        at=entry.at,
        who_fr=service_fr(entry.actor_role),
        what_fr=f"{action} : {what}",
        reason_fr=entry.reason or NO_REASON,
    )


def _accesses_shown(insured_id: int, minors_named: Mapping[int, str]) -> QuerySet[AccessLog]:
    if not minors_named:
        return own_accesses(insured_id)
    of_minors = Q(insured_id__in=minors_named, actor_role=PARTNER)
    return AccessLog.objects.filter(Q(insured_id=insured_id) | of_minors).only(*_SHOWN).order_by("-at", "-pk")


def service_fr(role: str) -> str:
    """Who looked, by the role noted at that time."""
    if role == PARTNER:
        return "Votre organisme complémentaire"
    known = {str(one): name for one, name in ROLE_NAMES_FR.items()}
    return f"L’Assurance Maladie, service «\u00a0{known[role]}\u00a0»" if role in known else "L’Assurance Maladie"


def _sealed(entry: AccessLog, insured_id: int) -> str:
    return seal_token(f"{entry.at.isoformat()}|{entry.pk}", context=_context(insured_id))


def _opened(token: str, insured_id: int) -> tuple[dt.datetime, int]:
    at, _, pk = open_token(token, context=_context(insured_id)).partition("|")
    return dt.datetime.fromisoformat(at), int(pk)


def _context(insured_id: int) -> str:
    return f"accesses.cursor|{insured_id}"
