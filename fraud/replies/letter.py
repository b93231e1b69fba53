"""The letter that brings the code: on paper only, made once, kept nowhere."""

from pathlib import Path
from typing import Any, Final

from django.utils import timezone

from ameli_notify.core.typesetting import typeset
from fraud.replies.models import RightOfReply
from fraud.replies.thread import acts_of
from reimbursements.explanations.typography import french_date

TEMPLATE: Final = Path(__file__).with_name("lettre.typ")


def letter_pdf(right: RightOfReply, *, code: str, address: str) -> bytes:
    """The PDF, ``address`` being that of the page. Raises TypesettingBusyError, TypesettingError."""
    return typeset(TEMPLATE, letter_words(right, code=code, address=address), made_at=timezone.now())


def letter_words(right: RightOfReply, *, code: str, address: str) -> dict[str, Any]:
    """What the letter says, all as text. The name and the address of the professional are on the notification."""
    return {
        "number": right.case_number,
        "code": code,
        "address": address,
        "made_on": french_date(timezone.localdate()),
        "noticed_on": french_date(right.step.done_on),
        "articles": right.step.legal_basis.articles,
        "ends_on": french_date(right.ends_on),
        "acts": [[one.care_on, one.act, one.charged, one.paid] for one in acts_of(right)],
    }
