"""What an adviser writes: to the person, or beside a report for the investigators."""

from typing import Any, ClassVar

from django import forms

from accounts.staff.models import User
from fraud.conversations.models import Conversation
from fraud.conversations.talking import ConversationError, answer, hand_to_investigators
from fraud.intake.following import MessageTextError
from fraud.intake.sealed import LONGEST_STORY


class WriteForm(forms.Form):
    """A text, and what becomes of it."""

    title: ClassVar[str]
    button: ClassVar[str]
    note: ClassVar[str]
    """A sentence above the field."""
    done: ClassVar[str]

    required_css_class = "required"
    text = forms.CharField(
        label="Texte",
        strip=False,
        widget=forms.Textarea(attrs={"rows": 8, "cols": 80, "maxlength": LONGEST_STORY, "spellcheck": "true"}),
        error_messages={"required": "Écrivez le texte avant de l’envoyer."},
    )

    def send(self, conversation: Conversation, *, by: User) -> Any:  # noqa: ANN401 (what is made differs)
        raise NotImplementedError

    def try_to_send(self, conversation: Conversation, *, by: User) -> str:
        """What is said when it is sent, or nothing: the form then says why not."""
        if not self.is_valid():
            return ""
        try:
            self.send(conversation, by=by)
        except (MessageTextError, ConversationError) as error:
            self.add_error(None, str(error))
            return ""
        return self.done


class AnswerForm(WriteForm):
    title, button, done = "Répondre", "Envoyer à la personne", "Votre réponse est envoyée."
    note = "La personne lit ce texte dans son espace. En dehors, elle apprend seulement qu’un message l’attend."

    def send(self, conversation: Conversation, *, by: User) -> Any:  # noqa: ANN401
        return answer(conversation.pk, text=self.cleaned_data["text"], by=by)


class HandOverForm(WriteForm):
    title, button, done = "Transmettre aux enquêteurs", "Transmettre", "Les enquêteurs le liront avec le signalement."
    note = "Ce texte se range à côté du signalement : les enquêteurs le lisent, et la personne aussi."

    def send(self, conversation: Conversation, *, by: User) -> Any:  # noqa: ANN401
        return hand_to_investigators(conversation.pk, text=self.cleaned_data["text"], by=by)
