"""Insured people for tests. Their NIR bear department 00, their addresses stand at example.org."""

import datetime as dt
from typing import Any

from factory.declarations import LazyAttribute, Sequence
from factory.django import DjangoModelFactory

from accounts.people.models import InsuredPerson, nir_context
from accounts.people.nir import nir_key
from accounts.people.querysets import nir_lookup_of
from ameli_notify.core.crypto import key_ring


def make_nir(number: int, *, sex: int = 1) -> str:
    """The NIR of an invented person; ``number`` tells them apart (0 to 999,999)."""
    first = f"{sex}580300{number:06d}"
    return first + nir_key(first)


def _sealed(person: Any) -> bytes:  # noqa: ANN401 (factory_boy's own stand-in for the row)
    return key_ring().seal(person.nir, context=nir_context(person.nir_lookup))


class InsuredPersonFactory(DjangoModelFactory[InsuredPerson]):
    """A policyholder whose ``nir`` can be given or follows from the sequence."""

    class Meta:
        model = InsuredPerson

    class Params:
        nir = Sequence(lambda number: make_nir(1000 + number))  # type: ignore[no-untyped-call]

    nir_lookup = LazyAttribute(lambda person: nir_lookup_of(person.nir))  # type: ignore[no-untyped-call]
    nir_sealed = LazyAttribute(_sealed)  # type: ignore[no-untyped-call]
    cohort = LazyAttribute(lambda person: person.nir_lookup.int % 10)  # type: ignore[no-untyped-call]
    fund_code = "01C751000"
    birth_date_text = "19580323"
    born_on = dt.date(1958, 3, 23)
    sex = 1
    birth_name = "ZZCANARI"
    first_names = "Yzélie-Canari"
    postcode = "75011"

    @classmethod
    def named(cls, nir: str, **fields: Any) -> InsuredPerson:
        """The person of one NIR."""
        return cls.create(nir=nir, **fields)
