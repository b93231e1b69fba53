"""The rights of reply of a case, for its page."""

from typing import Any

from django import template
from django.db.models import Count, Q

from fraud.cases.enums import CaseStatus, StepKind
from fraud.cases.look import CaseLook
from fraud.replies.enums import ReplyAuthor
from fraud.replies.rights import is_alive, notices_to_answer, rights_of

register = template.Library()

_UNREAD = Q(messages__author=ReplyAuthor.PROFESSIONAL, messages__read_at=None)
_NOT_READ_THERE = Q(messages__author=ReplyAuthor.STAFF, messages__read_at=None)


@register.inclusion_tag("admin/fraud/rightofreply/of_case.html", takes_context=True)
def rights_of_reply(context: dict[str, Any]) -> dict[str, Any]:
    """What is open, until when, what is new; and the way to open one, for whoever may."""
    look: CaseLook = context["look"]
    case = look.case
    if not look.merged and not any(step.kind == StepKind.NOTICE for step in look.steps):
        return {"rights": [], "may_open": False}  # a right is opened by a notification of grievances
    rights = rights_of(case).annotate(
        unread=Count("messages", filter=_UNREAD), not_read_there=Count("messages", filter=_NOT_READ_THERE)
    )
    return {
        "case": case,
        "rights": [{"row": right, "is_alive": is_alive(right)} for right in rights.select_related("step")],
        "may_open": case.status == CaseStatus.CONTRADICTORY and look.is_holder and notices_to_answer(case).exists(),
    }
