"""Numbers as people read them: in pairs, on one line."""

import pytest

from accounts.identity.factors import masked
from accounts.people.contacts import NBSP, mobile_fr
from accounts.people.enums import ContactKind
from accounts.people.models import ContactChannel
from tests.accounts.insured import confirmed, make_account, signed_in
from tests.accounts.test_identity_security import CONTACT_CODE, MOBILE

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("kept", "shown"),
    [("+33639980123", "06 39 98 01 23"), ("+590690000123", "+590690000123")],
    ids=["france", "overseas"],
)
def test_a_number_is_shown_in_pairs(kept: str, shown: str) -> None:
    assert mobile_fr(kept) == shown.replace(" ", NBSP)


def test_the_new_number_is_repeated_as_it_was_typed() -> None:
    make_account()
    browser = confirmed(signed_in())
    browser.post(MOBILE, {"address": "06 39 98 01 23"})
    page = browser.get(CONTACT_CODE).content.decode()
    assert "06 39 98 01 23".replace(" ", NBSP) in page
    assert "+33639980123" not in page


def test_a_masked_number_is_not_broken() -> None:
    account = make_account()
    mobile = ContactChannel.objects.get(insured=account.insured, kind=ContactKind.MOBILE)
    assert masked(mobile) == "** ** ** 23 45".replace(" ", NBSP)
