"""Conversations made the way people make them."""

from accounts.people.models import InsuredPerson
from fraud.conversations.asking import ask_adviser
from fraud.conversations.enums import Origin
from fraud.conversations.models import Conversation

QUESTION = "Pourquoi ce paiement ?"


def ask(person: InsuredPerson, *, report_id: int | None = None) -> Conversation:
    """The person waits for an adviser."""
    turns = [{"by": "insured", "text": "Que veut dire franchise ?"}, {"by": "assistant", "text": "C’est une somme."}]
    return ask_adviser(
        person.pk, origin=Origin.ASSISTANT, context={"question": QUESTION, "turns": turns}, report_id=report_id
    )
