"""What came for a member of the staff since they last looked: told in the head of every page of the console."""

from dataclasses import dataclass
from typing import Any, Final

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.text import capfirst

from accounts.staff.models import User
from fraud.cases.answers import new_answers_for
from fraud.cases.inbox import VIEW_VAR
from fraud.cases.inbox_enums import InboxView
from fraud.conversations.inbox import NEW_WORDS
from fraud.conversations.thread import new_words_for

MOST: Final = 99
"""Beyond, it says « more than »."""


@dataclass(frozen=True, slots=True)
class News:
    """A sentence, and the list that it leads to."""

    label: str
    address: str


def news_for(user: User) -> list[News]:
    """What the authors of reports and the people who talk with them wrote, unread; nothing when nothing came."""
    found = []
    if user.has_perm("fraud.work_fraudcase"):
        number = _up_to_most(new_answers_for(user.pk))
        found.append(_news(number, "dans vos dossiers", page="fraudcase", view=InboxView.ANSWERED))
    if user.has_perm("fraud.answer_conversation"):
        number = _up_to_most(new_words_for(user.pk))
        found.append(_news(number, "dans vos conversations", page="conversation", view=NEW_WORDS))
    return [one for one in found if one is not None]


def _up_to_most(rows: QuerySet[Any]) -> int:
    """How many, without counting further than is told."""
    return len(rows.values_list("pk", flat=True)[: MOST + 1])


def _news(number: int, where: str, *, page: str, view: str) -> News | None:
    if not number:
        return None
    told = f"plus de {MOST}" if number > MOST else str(number)
    label = f"{told} réponse nouvelle" if number == 1 else f"{told} réponses nouvelles"
    return News(
        capfirst(f"{label} {where}"), f"{reverse(f'admin:fraud_{page}_changelist')}?{urlencode({VIEW_VAR: view})}"
    )
