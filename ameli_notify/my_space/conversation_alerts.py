"""What waits in the person's conversation with an adviser."""

from django.urls import reverse

from ameli_notify.my_space.alerts import Alert
from fraud.conversations.thread import has_unread_answer


def conversation_alerts(insured_id: int) -> tuple[Alert, ...]:
    """One when an answer was not read yet, however many wait."""
    if not has_unread_answer(insured_id):
        return ()
    text = "Un conseiller vous a répondu."
    return (Alert(text=text, link=reverse("adviser"), link_text="Lire", is_urgent=True),)
