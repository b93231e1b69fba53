"""The query language of insured people."""

import uuid
from typing import TYPE_CHECKING, Self

from django.db import models

from ameli_notify.core.crypto import lookup_id, lookup_key

if TYPE_CHECKING:
    from accounts.people.models import InsuredPerson  # noqa: F401 (named in the string below)


def nir_lookup_of(nir: str) -> uuid.UUID:
    """Blind index of a NIR of 15 characters."""
    return lookup_id("nir", nir, key=lookup_key())


class InsuredPersonQuerySet(models.QuerySet["InsuredPerson"]):
    def with_nir(self, nir: str) -> Self:
        """The person of a NIR of 15 characters, found by its blind index."""
        return self.filter(nir_lookup=nir_lookup_of(nir))

    def reachable(self) -> Self:
        """Whoever may be written to: alive, not protected."""
        return self.filter(died_on=None, is_contact_protected=False)
