"""What is done with a case, one form an act: who may, when it is offered, what it asks, what it does."""

from abc import abstractmethod
from enum import Enum
from typing import Any, ClassVar

from django import forms
from django.http import QueryDict

from accounts.staff.models import User
from ameli_notify.core.abstract_forms import AbstractForm
from fraud.cases.events import CaseError
from fraud.cases.look import CaseLook
from fraud.cases.paging import CHOICES, Part, part_of
from fraud.intake.following import MessageTextError


class ActGroup(Enum):
    """Under which heading of the page an act stands; the headings in their order."""

    INVESTIGATE = "Instruire"
    DECIDE = "Décider"
    DISCLOSE = "Partager et informer"
    ORGANISE = "Organiser"


class ActForm(forms.Form, metaclass=AbstractForm):
    """One act. ``perform`` is called on a valid form and returns what is said when it is done."""

    group: ClassVar[ActGroup]
    title: ClassVar[str]
    button: ClassVar[str]
    note: ClassVar[str] = ""
    """A sentence above the fields."""
    permission: ClassVar[str] = "work"
    """Of ``fraud.…_fraudcase``."""
    by_holder: ClassVar[bool] = False
    """Only whoever holds the case does it."""
    states: ClassVar[tuple[str, ...]] = ()
    """In which states it is offered; empty: in all."""

    required_css_class = "required"

    def __init__(
        self,
        data: Any = None,  # noqa: ANN401 (as in Django)
        *,
        look: CaseLook,
        query: QueryDict | None = None,
    ) -> None:
        super().__init__(data)
        self.look = look
        self.case = look.case
        self.user = look.user
        self.query = query if query is not None else QueryDict()
        self.part: Part | None = None
        self.prepare()

    def prepare(self) -> None:
        """Fill in the choices that depend on the case."""

    @classmethod
    def may(cls, user: User) -> bool:
        return user.has_perm(f"fraud.{cls.permission}_fraudcase")

    @classmethod
    def is_offered(cls, look: CaseLook) -> bool:
        """Whether it makes sense now; the services check what must hold."""
        if look.case.merged_into_id is not None or (cls.states and look.case.status not in cls.states):
            return False
        return not cls.by_holder or look.is_holder

    @abstractmethod
    def perform(self) -> str:
        """Do it, on a valid form; returns what is said then. Raises CaseError, MessageTextError."""

    def try_to_perform(self) -> str | None:
        """What is said when it is done, or None: the form then says why not."""
        if not self.is_valid():
            return None
        try:
            return self.perform()
        except (CaseError, MessageTextError) as error:
            self.add_error(None, str(error))
            return None

    def refuse(self) -> None:
        """The case changed since the form was opened: it says what the case is now, and what was typed stays."""
        held = self.look.holding
        holder = f", attribué à {held.investigator.username}" if held else ""
        kept = " Ce que vous avez saisi est resté ci-dessous." if self.fields else ""
        self.errors.clear()  # of the fields, nothing is to be corrected
        self.add_error(
            None,
            f"Ce dossier a changé depuis que vous avez ouvert cette page : il est maintenant "
            f"« {self.case.get_status_display()} »{holder}.{kept}",
        )

    def choose_of_many(self, name: str, choices: list[tuple[Any, str]]) -> None:
        """As ``choose``, where there may be very many: a page of them is shown, each of them is accepted."""
        self.choose(name, choices)
        self.part = part_of(choices, name="page", size=CHOICES, query=self.query)
        widget: Any = self.fields[name].widget
        widget.choices = self.part.rows

    def choose(self, name: str, choices: list[tuple[Any, str]]) -> None:
        """The choices of a field."""
        field: Any = self.fields[name]
        field.choices = choices
