"""The complementary insurer on « Mes informations »."""

from django.test import Client

from accounts.partners.models import PartnerInsurer, PartnerMembership
from accounts.people.models import InsuredPerson
from tests.my_space.messages import text_of
from tests.my_space.test_information import INFORMATION


def test_an_insurer_without_a_name_is_told_by_its_number(me: InsuredPerson, mine: Client) -> None:
    partner = PartnerInsurer.objects.create(code="99777001", name="")
    PartnerMembership.objects.create(insured=me, partner=partner, starts_on="2025-01-01")
    page = text_of(mine, INFORMATION)
    assert "nom non communiqué (n° 99777001)" in page
    assert "organisme 99777001" not in page
    PartnerInsurer.objects.update(name="Mutuelle d’essai")
    assert "Mutuelle d’essai" in text_of(mine, INFORMATION)
