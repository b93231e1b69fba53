"""A partner's database role sees what that partner's members consented to, straight in SQL, and nothing else."""

import datetime as dt
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import transaction

from accounts.partners.enums import ConsentPurpose
from accounts.partners.models import PartnerInsurer, PartnerMember
from accounts.partners.portal.walls import CLIENT, NETWORKS_COLUMNS, WEBHOOK_COLUMNS
from accounts.partners.portal.walls import COLUMNS as PORTAL_COLUMNS
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
from fraud.partner_api.publishing import publish_alerts
from fraud.partner_api.schema import (
    ALERT,
    ALERT_COLUMNS,
    AMOUNT,
    AMOUNT_COLUMNS,
    FEEDBACK,
    FEEDBACK_COLUMNS,
    SIGNAL,
    SIGNAL_COLUMNS,
)
from outreach.campaigns.campaign.schema import CAMPAIGN
from outreach.campaigns.proposals.schema import CAMPAIGN_COLUMNS, PROPOSAL, PROPOSAL_COLUMNS
from reimbursements.lines.schema import TABLE as LINE
from reimbursements.partner_api.exports.walls import EXPORT, EXPORT_COLUMNS, FILE, FILE_COLUMNS
from reimbursements.partner_api.publishing import publish
from reimbursements.partner_api.schema import (
    CHANGE,
    CHANGE_COLUMNS,
    ENROLMENT,
    ENROLMENT_COLUMNS,
    FEED_LINE,
    FEED_LINE_COLUMNS,
    LINE_COLUMNS,
    PUBLIC_COLUMNS,
)
from reimbursements.reference.models import NatureReference
from tests.core.test_roles import as_role, refused, run
from tests.partners.alerts import make_public_report
from tests.partners.lines import CONSULTATION, PAID, have_months, load, make_line
from tests.partners.rows import START, consent, join, make_partner
from tests.reimbursements.payments.rows import make_child, make_person

WALLED = {
    CONSENT: CONSENT_COLUMNS,
    MEMBER: MEMBER_COLUMNS,
    MEMBERSHIP: MEMBERSHIP_COLUMNS,
    LINE: LINE_COLUMNS,
    CHANGE: CHANGE_COLUMNS,
    ENROLMENT: ENROLMENT_COLUMNS,
    FEED_LINE: FEED_LINE_COLUMNS,
    EXPORT: EXPORT_COLUMNS,
    FILE: FILE_COLUMNS,
    ALERT: ALERT_COLUMNS,
    AMOUNT: AMOUNT_COLUMNS,
    FEEDBACK: FEEDBACK_COLUMNS,
    SIGNAL: SIGNAL_COLUMNS,
    PROPOSAL: PROPOSAL_COLUMNS,
    CAMPAIGN: CAMPAIGN_COLUMNS,
    **PORTAL_COLUMNS,
    CLIENT: (*PORTAL_COLUMNS[CLIENT], *NETWORKS_COLUMNS),
    **WEBHOOK_COLUMNS,
}
OF_A_SIGNAL = {"performer_rpps", "performer_finess"}
"""Who billed: of an established case, told by two people. Of no line and of no alert."""
FORBIDDEN = {
    "nir_sealed", "nir_lookup", "birth_name", "first_names", "born_on", "postcode", "act_code", "act_system",
    "performer_rpps", "performer_am_no", "prescriber_rpps", "exemption_reason", "payee_account", "given_by",
}  # fmt: skip
POINTERS = {
    is_crossed: f"""
INSERT INTO {CHANGE} (partner_id, enrolment_id, published_at, insured_id, line_id, payment_date, kind)
SELECT p.id, c.id, now(), l.insured_id, l.id, l.payment_date, 'R'
FROM {CONSENT} c JOIN accounts_partnerinsurer p ON (p.id <> c.partner_id) = {is_crossed} CROSS JOIN {LINE} l
ON CONFLICT DO NOTHING"""
    for is_crossed in (False, True)
}
"""From every consent, of whatever purpose, to every line: in the feed of its own partner, or of the others."""


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
    have_months()
    load(make_line(person))
    publish()
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
        assert granted == {table: set(columns) for table, columns in {**WALLED, **PUBLIC_COLUMNS}.items()}
        of_signals = granted.pop(SIGNAL)
        assert not FORBIDDEN & set().union(*granted.values())
        assert FORBIDDEN & of_signals <= OF_A_SIGNAL

    @pytest.mark.parametrize("role", [roles.APP, roles.IMPORT, roles.INSURED])
    def test_of_the_lines_in_bulk_are_nobody_elses(self, role: str, db: None) -> None:
        assert run(f"SELECT has_any_column_privilege('{role}', '{FEED_LINE}', 'SELECT')") == [(False,)]

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


class TestLines:
    def told(self, partner: PartnerInsurer) -> set[object]:
        """What is seen one by one; in bulk the same is seen, once, even of feeds that point everybody at everything."""
        with as_sql(partner.pk):
            lines = seen(LINE, "id")
        for pointers in POINTERS.values():
            savepoint = transaction.savepoint()
            run(pointers)
            with as_sql(partner.pk):
                in_bulk = Counter(line for (line,) in run(f"SELECT id FROM {FEED_LINE}"))
                assert in_bulk == Counter(lines & seen(CHANGE, "line_id"))
            transaction.savepoint_rollback(savepoint)
        return lines

    def test_of_other_partners_members_are_not_there(
        self, member: InsuredPerson, partner: PartnerInsurer, other: PartnerInsurer
    ) -> None:
        theirs = make_person("Ailleurs")
        join(theirs, other)
        consent(theirs, other)
        (line,) = load(make_line(theirs))
        assert len(self.told(partner)) == 1
        assert self.told(other) == {line}

    def test_are_told_under_the_consent_of_whom_they_are_about(
        self, member: InsuredPerson, partner: PartnerInsurer
    ) -> None:
        second = make_person("Deuxième")
        join(second, partner)
        consent(second, partner)
        (line,) = load(make_line(second))
        publish()
        assert line in self.told(partner)
        with as_sql(partner.pk):
            whose = run(f"SELECT c.insured_id FROM {FEED_LINE} f JOIN {CONSENT} c ON c.id = f.enrolment_id ORDER BY 1")
        assert whose == [(member.pk,), (second.pk,)]

    def test_of_whoever_has_to_do_with_two_partners_go_by_each_ones_own(
        self, member: InsuredPerson, partner: PartnerInsurer, other: PartnerInsurer
    ) -> None:
        before = self.told(partner)
        agreed_elsewhere, covered_elsewhere = make_person("Ailleurs"), make_person("Autrefois")
        join(agreed_elsewhere, partner, ends_on=PAID)
        join(agreed_elsewhere, other)
        consent(agreed_elsewhere, other)
        join(covered_elsewhere, other, ends_on=PAID)
        join(covered_elsewhere, partner, starts_on=PAID)
        consent(covered_elsewhere, partner)
        (line,) = load(make_line(agreed_elsewhere))
        load(make_line(covered_elsewhere))
        publish()
        assert self.told(partner) == before
        assert self.told(other) == {line}

    def test_under_secrecy_are_not_there(self, member: InsuredPerson, partner: PartnerInsurer) -> None:
        before = self.told(partner)

        def is_secret(code: int) -> None:
            NatureReference.objects.create(
                code=code, label="x", family="x", plain_label="x", is_confidential=True, valid_from=START,
                source="essai",
            )  # fmt: skip

        is_secret(9990)
        load(make_line(member, is_confidential=True), make_line(member, nature_code=9990))
        assert self.told(partner) == before != set()
        is_secret(CONSULTATION)
        assert self.told(partner) == set(), "secret since it was told"

    def test_of_care_outside_the_membership_are_not_there(self, member: InsuredPerson, partner: PartnerInsurer) -> None:
        before = self.told(partner)
        load(make_line(member, care_start=START - dt.timedelta(days=1)))
        assert self.told(partner) == before
        member.memberships.update(ends_on=START)
        assert self.told(partner) == set()

    def test_of_dependants_are_not_the_policyholders_to_show(
        self, member: InsuredPerson, partner: PartnerInsurer
    ) -> None:
        before = self.told(partner)
        child = make_child(member)
        join(child, partner)
        load(make_line(child, under=member))
        assert self.told(partner) == before

    def test_end_with_the_consent_to_payments(self, member: InsuredPerson, partner: PartnerInsurer) -> None:
        consent(member, partner, [ConsentPurpose.ALERTS])
        assert self.told(partner) == set()
        with as_sql(partner.pk):
            assert seen(CHANGE, "kind") == set(), "before the publisher has taken the rows away"
        publish()
        with as_sql(partner.pk):
            assert seen(CHANGE, "kind") == {"L"}
            refused(f"SELECT act_code FROM {LINE}")

    def test_are_not_read_partition_by_partition(self, member: InsuredPerson, partner: PartnerInsurer) -> None:
        (child,) = run(f"SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = '{LINE}'::regclass LIMIT 1")
        with as_sql(partner.pk):
            refused(f"SELECT id FROM {child[0]}")


class TestAlerts:
    @pytest.fixture
    def alerted(self, member: InsuredPerson) -> InsuredPerson:
        make_public_report(member)
        publish_alerts()
        return member

    def test_are_the_partners_own_and_name_no_report(
        self, alerted: InsuredPerson, partner: PartnerInsurer, other: PartnerInsurer
    ) -> None:
        with as_sql(partner.pk):
            assert seen(ALERT) == seen(AMOUNT) == {alerted.pk}
            refused(f"SELECT report_id FROM {ALERT}")
            refused("SELECT id FROM fraud_fraudreport")
            refused("SELECT id FROM fraud_reportedline")
            refused("SELECT id FROM fraud_fraudcase")
            refused(f"UPDATE {ALERT} SET status = 'confirmed'")
        with as_sql(other.pk):
            assert seen(ALERT) == seen(AMOUNT) == set()

    def test_end_with_the_consent_to_alerts_and_amounts_with_the_one_to_payments(
        self, alerted: InsuredPerson, partner: PartnerInsurer
    ) -> None:
        consent(alerted, partner, [ConsentPurpose.ALERTS])
        with as_sql(partner.pk):
            assert (seen(ALERT), seen(AMOUNT)) == ({alerted.pk}, set())
        consent(alerted, partner, [ConsentPurpose.PAYMENTS])
        with as_sql(partner.pk):
            assert (seen(ALERT), seen(AMOUNT)) == (set(), set())
        publish_alerts()
        with as_sql(partner.pk):
            assert run(f"SELECT status, care::text, severity FROM {ALERT}") == [("removed", "[]", None)]


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
