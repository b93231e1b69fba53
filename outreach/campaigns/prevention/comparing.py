"""SQL of « is compared »: people of a prevention campaign whose two arms must differ by its invitation only.

Until sixty days after the launch nobody of them is taken into another prevention campaign, and nobody of the control
group is called about a check-up by any campaign. Calls for other reasons go on: no care is held back for a figure.
"""

from typing import Final

from outreach.campaigns.prevention.enums import Arm, PreventionStatus
from outreach.campaigns.prevention.schema import CAMPAIGN, PERSON

WITHIN_DAYS: Final = 60
"""From the launch on, in which a visit counts."""


def is_compared(person: str, *, besides: str = "NULL::bigint") -> str:
    """SQL: whether a person is in a comparison that is not over, of another campaign than ``besides``; expressions."""
    return _exists(person, f"x.campaign_id IS DISTINCT FROM {besides}")


def is_control(person: str) -> str:
    """SQL: whether a person is in the control group of a comparison that is not over."""
    return _exists(person, f"x.arm = '{Arm.CONTROL}'")


def _exists(person: str, condition: str) -> str:
    return f"""EXISTS (
        SELECT FROM {PERSON} x JOIN {CAMPAIGN} y ON y.id = x.campaign_id
        WHERE x.insured_id = {person} AND {condition}
          AND (y.launched_on > (now() AT TIME ZONE 'Europe/Paris')::date - {WITHIN_DAYS} OR y.launched_on IS NULL
               AND y.status NOT IN ('{PreventionStatus.DRAFT}', '{PreventionStatus.CLOSED}')))"""
