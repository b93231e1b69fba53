"""What django-q2 wakes up for cases."""

from django.utils import timezone

from fraud.cases.asking import notice_answers
from fraud.cases.assigning import apply_rules
from fraud.cases.lift_telling import tell_due
from fraud.cases.opening import take_in_reports
from fraud.cases.reminding import remind
from fraud.cases.results.publishing import publish_due


def triage() -> tuple[int, int, int]:
    """Cases for what was reported, answers that came, and the rules; returns how many of each."""
    return take_in_reports(), notice_answers(), apply_rules()


def remind_staff() -> int:
    """The reminders of the day; returns how many cases were spoken of."""
    return remind()


def tell_of_lifts() -> int:
    """Those whose identity was made known and who may know it from today on; returns how many."""
    return tell_due(today=timezone.localdate())


def publish_results() -> bool:
    """Last year's figures, once their day has come; says whether they were published now."""
    return publish_due(today=timezone.localdate())
