"""Calls made the way advisers make them."""

import datetime as dt
from typing import Any

from django.utils import timezone

from accounts.staff.models import User
from outreach.campaigns.campaign.dispositions import Disposition
from outreach.campaigns.campaign.models import CallCampaign
from outreach.campaigns.claiming.dialling import show_number
from outreach.campaigns.claiming.keeping_time import end_expired
from outreach.campaigns.claiming.models import CallClaim
from outreach.campaigns.claiming.next_call import claim_next
from outreach.campaigns.claiming.saving import Result
from tests.outreach.campaigns.rows import ALWAYS, make_campaign, make_list


def running(**changes: Any) -> CallCampaign:
    return make_list(make_campaign(windows=ALWAYS, **changes))


def call(campaign: CallCampaign, by: User) -> CallClaim:
    """The next call, with its number shown."""
    return show_number(claim_next(campaign.pk, by=by).token, by=by)


def said(disposition: Disposition, note: str = "", **others: Any) -> Result:
    return Result(disposition=disposition, note=note, **others)


def expire(claim: CallClaim) -> None:
    """The lease runs out, and the job finds it."""
    CallClaim.objects.filter(pk=claim.pk).update(leased_until=timezone.now() - dt.timedelta(hours=1))
    assert end_expired() == 1


def tomorrow_noon() -> dt.datetime:
    local = timezone.localtime() + dt.timedelta(days=1)
    return local.replace(hour=12, minute=0, second=0, microsecond=0)
