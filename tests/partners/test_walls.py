"""A partner's database role sees what that partner's members consented to, straight in SQL, and nothing else."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from accounts.partners.enums import ConsentPurpose
from accounts.partners.models import PartnerInsurer, PartnerMember
from accounts.partners.walls import (
    CONSENT,
    CONSENT_COLUMNS,
    MEMBER,
    MEMBER_COLUMNS,
    MEMBERSHIP,
    MEMBERSHIP_COLUMNS,
)
from accounts.people.models import InsuredPerson
from ameli_notify.core import roles
from ameli_notify.core.walls import WallError, as_insured, as_partner
from tests.core.test_roles import as_role, refused, run
from tests.partners.rows import consent, join, make_partner
from tests.reimbursements.payments.rows import make_person

WALLED = {CONSENT: CONSENT_COLUMNS, MEMBER: MEMBER_COLUMNS, MEMBERSHIP: MEMBERSHIP_COLUMNS}
PUBLIC: dict[str, tuple[str, ...]] = {}
FORBIDDEN = {
    "nir_sealed", "nir_lookup", "birth_name", "first_names", "born_on", "postcode", "act_code", "act_system",
    "performer_rpps", "performer_am_no", "prescriber_rpps", "exemption_reason", "payee_account", "given_by",
}  # fmt: skip


@contextmanager
def as_sql(partner: object) -> Iterator[None]:
    """The bare means, without the code under test: the role, and the setting unless it is None."""
    with as_role(roles.PARTNER):
        if partner is not None:
            run(f"SELECT set_config('app.partner_id', '{partner}', true)")
        yield
        run("SELECT set_config('app.partner_id', '', true)")


def seen(table: str, column: str = "insured_id") -> set[object]:
    return {value for (value,) in run(f"SELECT {column} FROM {table}")}


@pytest.fixture
def other(db: None) -> PartnerInsurer:
    return make_partner("99000002", "Autre mutuelle")


@pytest.fixture
def member(partner: PartnerInsurer) -> InsuredPerson:
    """A member who consents to everything."""
    person = make_person("Membre")
    join(person, partner)
    consent(person, partner, ConsentPurpose)
    return person


class TestColumns:
    def test_are_these_and_no_other(self, db: None) -> None:
        granted: dict[str, set[str]] = {}
        for table, column in run(
            "SELECT c.relname, a.attname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid"
            " WHERE c.relnamespace = 'public'::regnamespace AND a.attnum > 0 AND NOT a.attisdropped"
            " AND c.relkind IN ('r', 'p', 'v', 'm')"
            f" AND has_column_privilege('{roles.PARTNER}', c.oid, a.attnum, 'SELECT')"
        ):
            granted.setdefault(str(table), set()).add(str(column))
        assert granted == {table: set(columns) for table, columns in {**WALLED, **PUBLIC}.items()}
        assert not FORBIDDEN & set().union(*granted.values())

    def test_of_people_are_refused(self, member: InsuredPerson, partner: PartnerInsurer) -> None:
        with as_sql(partner.pk):
            refused("SELECT id FROM accounts_insuredperson")
            refused(f"SELECT given_by FROM {CONSENT}")
            refused("SELECT id FROM accounts_partnertoken")
            refused("SELECT id FROM accounts_accesslog")


class TestRows:
    @pytest.mark.parametrize("table", sorted(WALLED))
    @pytest.mark.parametrize("setting", [None, ""])
    def test_without_a_partner_there_are_none(self, table: str, setting: str | None, member: InsuredPerson) -> None:
        with as_sql(setting):
            assert run(f"SELECT count(*) FROM {table}") == [(0,)]

    def test_what_is_no_number_is_an_error(self, member: InsuredPerson) -> None:
        with pytest.raises(Exception, match="invalid input syntax"), as_sql("1 OR true"):
            run(f"SELECT count(*) FROM {MEMBER}")

    @pytest.mark.parametrize("table", [CONSENT, MEMBER, MEMBERSHIP])
    def test_are_the_partners_own(self, table: str, member: InsuredPerson, other: PartnerInsurer) -> None:
        theirs = make_person("Ailleurs")
        join(theirs, other)
        consent(theirs, other)
        with as_sql(other.pk):
            assert seen(table) == {theirs.pk}
        with as_sql(PartnerMember.objects.get(insured=member).partner_id):
            assert seen(table) == {member.pk}

    @pytest.mark.parametrize("table", [CONSENT, MEMBER, MEMBERSHIP])
    def test_a_member_without_a_consent_is_not_even_known(
        self, table: str, member: InsuredPerson, partner: PartnerInsurer
    ) -> None:
        silent = make_person("Muette")
        join(silent, partner)
        with as_sql(partner.pk):
            assert seen(table) == {member.pk}
        consent(member, partner, ())
        with as_sql(partner.pk):
            assert seen(table) == set()

    def test_a_withdrawn_consent_is_the_persons_own_business(
        self, member: InsuredPerson, partner: PartnerInsurer
    ) -> None:
        consent(member, partner, [ConsentPurpose.ALERTS])
        with as_sql(partner.pk):
            assert seen(CONSENT, "purpose") == {"alerts"}
        with as_insured(member.pk):
            assert len(run(f"SELECT id FROM {CONSENT}")) == 3


class TestBlock:
    def test_ends_as_the_application(self, member: InsuredPerson, partner: PartnerInsurer) -> None:
        with as_partner(partner.pk):
            assert run("SELECT current_user::text, core_partner_id()") == [(roles.PARTNER, partner.pk)]
        assert run("SELECT current_user::text") == [(roles.APP,)]
        assert run("SELECT coalesce(current_setting('app.partner_id', true), '')") == [("",)]

    def test_holds_no_other_partner_and_no_person(self, member: InsuredPerson, partner: PartnerInsurer) -> None:
        for inner in (as_partner(partner.pk + 1), as_insured(member.pk)):
            with pytest.raises(WallError), as_partner(partner.pk), inner:
                pass
        with pytest.raises(WallError), as_insured(member.pk), as_partner(partner.pk):
            pass
        with as_partner(partner.pk), as_partner(partner.pk):
            assert seen(MEMBER) == {member.pk}

    def test_is_refused_what_is_no_id(self, db: None) -> None:
        with pytest.raises(ValueError, match="positive"), as_partner(0):
            pass
