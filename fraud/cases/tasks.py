"""What django-q2 wakes up for cases."""

from fraud.cases.asking import notice_answers
from fraud.cases.assigning import apply_rules
from fraud.cases.opening import take_in_reports
from fraud.cases.reminding import remind


def triage() -> tuple[int, int, int]:
    """Cases for what was reported, answers that came, and the rules; returns how many of each."""
    return take_in_reports(), notice_answers(), apply_rules()


def remind_staff() -> int:
    """The reminders of the day; returns how many cases were spoken of."""
    return remind()
