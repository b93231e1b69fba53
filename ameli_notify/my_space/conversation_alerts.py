"""What waits in the person's conversation with an adviser."""

from django.urls import reverse

from ameli_notify.my_space.alerts import Alert
from fraud.conversations.asking import own_conversation
from fraud.conversations.thread import own_thread


def conversation_alerts(insured_id: int) -> tuple[Alert, ...]:
    """One when an answer was not read yet, however many wait."""
    own = own_conversation(insured_id)
    if own is None or not any(said.is_new for said in own_thread(own)):
        return ()
    text = "Un conseiller vous a répondu."
    return (Alert(text=text, link=reverse("adviser"), link_text="Lire", is_urgent=True),)
