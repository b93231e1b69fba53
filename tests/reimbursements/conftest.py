"""What the imports under test find in the database."""

import pytest

from tests.accounts.factories import InsuredPersonFactory
from tests.reimbursements.factories import (
    ActFactory,
    HealthFundFactory,
    HealthProfessionalFactory,
    NatureFactory,
)
from tests.reimbursements.feed_files import CHILD, EMITTER, OTHER_EMITTER, PERSON

SECRET_NATURE = 2422


def fill_directories() -> None:
    """Two funds, a handful of natures and acts, a professional, a person and her child."""
    for code in (EMITTER, OTHER_EMITTER):
        HealthFundFactory.create(code=code)
    NatureFactory.create(code=1110)
    NatureFactory.create(code=1952, is_flat_contribution=True)
    NatureFactory.create(code=1972, is_deductible=True)
    NatureFactory.create(code=SECRET_NATURE, is_confidential=True)
    ActFactory.create()
    HealthProfessionalFactory.create()
    holder = InsuredPersonFactory.create(nir=PERSON)
    InsuredPersonFactory.create(nir=CHILD, policyholder=holder, sex=2)


@pytest.fixture
def directories(db: None) -> None:
    """Reference data and people that the lines of feed_files refer to."""
    fill_directories()


@pytest.fixture
def committed_directories(transactional_db: None) -> None:
    """The same, seen by other connections."""
    fill_directories()
