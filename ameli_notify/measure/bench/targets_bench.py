"""Freezing the list of a campaign: 500,000 people with a long-term condition out of ten million with their lines."""

from collections.abc import Iterator
from typing import Final

from django.utils import timezone

from accounts.staff.models import User
from ameli_notify.core.partitions import Span, ensure_partitions
from ameli_notify.core.sql import run
from ameli_notify.measure.bench.history import add_children, fill_history
from ameli_notify.measure.bench.report import Line, Measure, at_most
from ameli_notify.measure.bench.run import Run, settle_server
from ameli_notify.measure.population import fill_people
from outreach.campaigns.campaign.enums import CampaignStatus
from outreach.campaigns.campaign.models import CallCampaign, DisplayedNumber
from outreach.campaigns.campaign.services import approve, create_campaign, move_campaign
from outreach.campaigns.claiming.enums import Decision
from outreach.campaigns.scripts.publishing import publish_scripts
from outreach.campaigns.targeting.lists import advance_lists, start_count, total
from reimbursements.lines.schema import TABLE as LINE
from reimbursements.payments.periods import Period

PEOPLE: Final = 10_000_000
CONDITION_EVERY: Final = 20
"""Two people in so many have a long-term condition, one of them under a policyholder."""
LINES_EACH: Final = 6
"""Of the year before."""
MINUTES: Final = 10
_ALL_DAY: Final = [[day, "00:00", "23:59"] for day in range(1, 8)]

_CONDITIONS: Final = """
INSERT INTO accounts_longtermcondition (insured_id, code)
SELECT id, 8 FROM accounts_insuredperson WHERE id %% %(every)s IN (0, 3) AND id BETWEEN %(first)s AND %(last)s
"""
_PHONES: Final = """
INSERT INTO accounts_contactchannel (insured_id, kind, address_sealed, address_lookup, started_at, end_reason)
SELECT id, 'mobile', '\\x00', gen_random_uuid(), now(), ''
FROM accounts_insuredperson WHERE id %% %(every)s IN (0, 3) AND id BETWEEN %(first)s AND %(last)s
"""


def bench_targets(run_: Run) -> Iterator[Line]:
    """Yields how long counting and freezing take, and how many people the list holds."""
    number = run_.size(PEOPLE, least=2_000)
    people = fill_needy_people(run_, number)
    by = User.objects.get_or_create(username="bench")[0]
    campaign = make_campaign(by)
    with run_.step("compter"):
        start_count(campaign.pk, by=by)
        counted = run_.clock.time(_advance)
    approve_by_two(campaign)
    with run_.step("figer la liste"):
        frozen = run_.clock.time(_advance)
    campaign.refresh_from_db()
    targets = total(campaign.frozen_counts, Decision.TARGET)
    if targets != campaign.tasks.count() or targets != total(campaign.counts, Decision.TARGET):
        raise RuntimeError("the list is not what was counted")
    yield Measure(
        name="targets-count", value=counted.wall, unit="s", spent=counted, goals=[at_most(MINUTES * 60)],
        details={"people": len(people), "targets": targets, "people_a_second": len(people) / counted.wall},
    )  # fmt: skip
    yield Measure(
        name="targets-freeze", value=frozen.wall, unit="s", spent=frozen, goals=[at_most(MINUTES * 60)],
        details={"people": len(people), "targets": targets, "targets_a_second": targets / frozen.wall},
    )  # fmt: skip


def fill_needy_people(run_: Run, number: int) -> range:
    """People with a year of lines, one in ten with a long-term condition and a telephone."""
    with run_.step(f"{number} personnes"):
        people = fill_people(number)
        add_children(people)
    span = {"every": CONDITION_EVERY, "first": people.start, "last": people.stop - 1}
    today = timezone.localdate()
    year = Period(today.replace(year=today.year - 1), today)
    with run_.step(f"leurs paiements ({number * LINES_EACH} lignes environ)"):
        ensure_partitions(LINE, first=year.first, last=year.last, span=Span.MONTH)
        fill_history(people, lines=number * LINES_EACH, say=run_.say, period=year)
    with run_.step("leurs affections et leurs téléphones"):
        run(_CONDITIONS, span)
        run(_PHONES, span)
        settle_server(LINE, "accounts_insuredperson", "accounts_longtermcondition", "accounts_contactchannel")
    return people


def make_campaign(by: User) -> CallCampaign:
    """For people with a long-term condition and fewer than two visits in the year, at any hour."""
    today = timezone.localdate()
    campaign = create_campaign(
        {
            "name": "Banc d’essai",
            "purpose": "follow-up",
            "legal_basis": "banc d’essai",
            "starts_on": today,
            "ends_on": today,
            "script": publish_scripts()[0],
            "displayed_number": DisplayedNumber.objects.get(number="3646"),
            "criteria": {"any_ald": True, "fewer_visits_than": 2},
        },
        by=by,
    )
    campaign.windows = _ALL_DAY  # the bench runs on any day; the staff may not ask for any hour
    campaign.save(update_fields=["windows"])
    return campaign


def approve_by_two(campaign: CallCampaign) -> None:
    for name in ("bench-1", "bench-2"):
        approve(campaign.pk, by=User.objects.get_or_create(username=name)[0])


def open_campaign(campaign: CallCampaign, *, by: User) -> CallCampaign:
    """Counted, approved, frozen, running."""
    start_count(campaign.pk, by=by)
    _advance()
    approve_by_two(campaign)
    _advance()
    return move_campaign(campaign.pk, to=CampaignStatus.RUNNING, by=by)


def _advance() -> None:
    while advance_lists():
        pass
