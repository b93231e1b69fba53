"""Which signals a mutual may read now, and which identities are lifted now."""

import datetime as dt
from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Q

from fraud.cases.enums import SHAREABLE, SHAREABLE_AUTHORS

if TYPE_CHECKING:
    from fraud.cases.disclosure_models import IdentityLift, SharedSignal  # noqa: F401 (named in the strings below)


class SignalQuerySet(models.QuerySet["SharedSignal"]):
    """A signal counts while it is neither revoked nor expired, and while its case still stands behind it."""

    def standing(self, *, now: dt.datetime) -> Self:
        """Reopened or merged, or found to be somebody else's doing, a case says nothing outside any more."""
        return self.filter(
            revoked_at=None,
            expires_at__gt=now,
            case__merged_into=None,
            case__outcome__in=SHAREABLE,
            case__author_category__in=SHAREABLE_AUTHORS,
        )

    def for_partner(self, partner_id: int) -> Self:
        return self.filter(partner_id=partner_id)


class LiftQuerySet(models.QuerySet["IdentityLift"]):
    """An identity is read by whoever lifted it and whoever agreed."""

    def standing(self, *, now: dt.datetime) -> Self:
        return self.filter(ends_at__gt=now)

    def untold(self) -> Self:
        """Of which the person knows nothing yet."""
        return self.filter(told_at=None)

    def readable_by(self, user_id: int) -> Self:
        return self.filter(Q(lifted_by_id=user_id) | Q(approval__approved_by_id=user_id))
