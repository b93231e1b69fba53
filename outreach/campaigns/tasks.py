"""What django-q2 wakes up for campaigns. Each may run twice, late, or after a kill."""

from outreach.campaigns.appointments import reminding, services
from outreach.campaigns.claiming import eligibility, keeping_time
from outreach.campaigns.prevention import effect, inviting
from outreach.campaigns.prevention import listing as prevention_listing
from outreach.campaigns.quality import drawing
from outreach.campaigns.retention import forgetting
from outreach.campaigns.supervision import rollup
from outreach.campaigns.targeting import lists


def advance_lists() -> int:
    """Count and freeze whatever is wanted, for less than a minute."""
    return lists.advance_lists()


def refresh_lists() -> int:
    """Take whoever is not to be called any more off the open lists, once a day each."""
    return eligibility.refresh_lists()


def keep_time() -> int:
    """End leases that ran out, put calls that are due back on the list."""
    return keeping_time.end_expired() + keeping_time.wake_due()


def close_ended() -> int:
    """Close campaigns after their last day."""
    return keeping_time.close_ended()


def keep_figures() -> int:
    """Count lists and hours for the board."""
    return rollup.keep_figures()


def draw_reviews() -> int:
    """Draw the calls of the last whole weeks that somebody reads again."""
    return drawing.draw_reviews()


def remind_of_appointments() -> int:
    """Say that a reminder waits, a week and a day before an appointment."""
    return reminding.remind()


def forget_appointments() -> int:
    """Delete appointments a year after their date."""
    return services.forget_old()


def list_prevention() -> int:
    """Go on with the lists of prevention campaigns that are being made."""
    return prevention_listing.advance_lists()


def invite() -> int:
    """Post the invitations of the prevention campaigns that run."""
    return inviting.invite()


def count_effects() -> int:
    """Count the effects that are due."""
    return effect.count_effects()


def forget_calls() -> int:
    """Delete what is past its term."""
    return sum(forgetting.forget_calls().values())
