"""Reference rows for tests."""

import datetime as dt

from factory.declarations import Sequence
from factory.django import DjangoModelFactory

from reimbursements.professionals.models import HealthProfessional
from reimbursements.reference.models import ActReference, HealthFund, NatureReference

SINCE = dt.date(2020, 1, 1)


class HealthFundFactory(DjangoModelFactory[HealthFund]):
    class Meta:
        model = HealthFund

    code = "01C751000"
    name = "CPAM d’essai"
    department = "75"
    valid_from = SINCE
    source = "essai"


class NatureFactory(DjangoModelFactory[NatureReference]):
    class Meta:
        model = NatureReference

    code = 1110
    key_letter = "G"
    label = "Consultation"
    family = "consultation"
    plain_label = "Consultation"
    valid_from = SINCE
    source = "essai"


class ActFactory(DjangoModelFactory[ActReference]):
    class Meta:
        model = ActReference

    system = "NGAP"
    code = "G"
    label = "Consultation"
    valid_from = SINCE
    source = "essai"


class HealthProfessionalFactory(DjangoModelFactory[HealthProfessional]):
    class Meta:
        model = HealthProfessional

    rpps = 10000000009
    last_name = Sequence(lambda number: f"NOM{number}")  # type: ignore[no-untyped-call]
    first_name = "Prénom"
