"""Every recurring task of the house; each app declares its own in its ``schedules`` module."""

from typing import Final

from ameli_notify.core.jobs import Recurring
from ameli_notify.core.schedules import SCHEDULES as CORE

SCHEDULES: Final[tuple[Recurring, ...]] = (*CORE,)
