"""How an open page of a conversation asks whether the other side wrote (« conversation.js »)."""

from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from django.http import HttpRequest

from fraud.conversations.models import Conversation

EVERY_SECONDS: Final = 5
MARK: Final = "etat"
SHOWN: Final = "lus"
"""How many messages the page shows already: it stands last in the address, the page adds the number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Live:
    """``address`` tells what is new; a page of another ``state`` is loaded again; ``place`` is said where one waits."""

    address: str
    state: str
    mark: str
    seconds: int
    place: str

    def is_news(self, request: HttpRequest, *, number: int) -> bool:
        """Whether the page that asks shows something else than what is there now."""
        return (request.GET.get(MARK), request.GET.get(SHOWN)) != (self.mark, str(number))


def live(conversation: Conversation, *, at: str, place: int = 0, **query: object) -> Live:
    """What a page is given; ``at`` is the path that answers it."""
    state = f"{conversation.status}-{conversation.pk}"
    mark = f"{state}-{place}"
    address = f"{at}?{urlencode({**query, MARK: mark, SHOWN: ''})}"
    said = place_fr(place) if place else ""
    return Live(address=address, state=state, mark=mark, seconds=EVERY_SECONDS, place=said)


def place_fr(place: int) -> str:
    if place == 1:
        return "Vous êtes la prochaine personne à qui un conseiller répondra."
    return f"Vous êtes à la place {place} de la file d’attente."
