"""The query language of consents."""

from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Q
from django.utils import timezone

if TYPE_CHECKING:
    from accounts.partners.models import MemberConsent  # noqa: F401 (named in the string below)


class MemberConsentQuerySet(models.QuerySet["MemberConsent"]):
    def open(self) -> Self:
        """Those that hold today: not withdrawn, and not of somebody who has come of age since."""
        return self.filter(_holds())

    def over(self) -> Self:
        """All others."""
        return self.exclude(_holds())


def _holds() -> Q:
    return Q(withdrawn_at=None) & (Q(ends_on=None) | Q(ends_on__gt=timezone.localdate()))
