"""What an adviser writes: to the person, or beside a report for the investigators; and to whom a supervisor gives a
conversation."""

from abc import abstractmethod
from typing import Any, ClassVar

from django import forms

from accounts.staff.models import User
from ameli_notify.core.abstract_forms import AbstractForm
from fraud.conversations.models import Conversation
from fraud.conversations.talking import ConversationError, answer, hand_to_investigators
from fraud.conversations.transferring import advisers, transfer
from fraud.intake.following import MessageTextError
from fraud.intake.sealed import LONGEST_STORY
from fraud.staffing.choosing import CandidateField


class ConversationForm(forms.Form, metaclass=AbstractForm):
    """Something that is done with a conversation."""

    title: ClassVar[str]
    button: ClassVar[str]
    note: ClassVar[str]
    """A sentence above the field."""
    done: ClassVar[str]

    required_css_class = "required"

    @abstractmethod
    def send(self, conversation: Conversation, *, by: User) -> object:
        """Do it, on a valid form. Raises MessageTextError, ConversationError."""

    def try_to_send(self, conversation: Conversation, *, by: User) -> str:
        """What is said when it is done, or nothing: the form then says why not."""
        if not self.is_valid():
            return ""
        try:
            self.send(conversation, by=by)
        except (MessageTextError, ConversationError) as error:
            self.add_error(None, str(error))
            return ""
        return self.done


class WriteForm(ConversationForm):
    """A text, and what becomes of it."""

    text = forms.CharField(
        label="Texte",
        strip=False,
        widget=forms.Textarea(attrs={"rows": 8, "cols": 80, "maxlength": LONGEST_STORY, "spellcheck": "true"}),
        error_messages={"required": "Écrivez le texte avant de l’envoyer."},
    )


class AnswerForm(WriteForm):
    title, button, done = "Répondre", "Envoyer à la personne", "Votre réponse est envoyée."
    note = "La personne lit ce texte dans son espace. En dehors, elle apprend seulement qu’un message l’attend."

    def send(self, conversation: Conversation, *, by: User) -> object:
        return answer(conversation.pk, text=self.cleaned_data["text"], by=by)


class HandOverForm(WriteForm):
    title, button, done = "Transmettre aux enquêteurs", "Transmettre", "Les enquêteurs le liront avec le signalement."
    note = "Ce texte se range à côté du signalement : les enquêteurs le lisent, et la personne aussi."

    def send(self, conversation: Conversation, *, by: User) -> object:
        return hand_to_investigators(conversation.pk, text=self.cleaned_data["text"], by=by)


class TransferForm(ConversationForm):
    title, button, done = "Confier à un autre conseiller", "Confier la conversation", "La conversation est confiée."
    note = "Le nouveau conseiller lira tout ce qui s’est dit. La personne n’a rien à répéter."
    adviser = CandidateField(label="Confier à")

    def __init__(self, *args: Any, conversation: Conversation, **options: Any) -> None:
        super().__init__(*args, **options)
        field: Any = self.fields["adviser"]
        field.offer(advisers(conversation))

    def send(self, conversation: Conversation, *, by: User) -> object:
        return transfer(conversation.pk, to=User.objects.get(pk=self.cleaned_data["adviser"]), by=by)
