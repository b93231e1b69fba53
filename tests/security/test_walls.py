"""An insured person's database role sees that person's rows, straight in SQL, and nothing without a person."""

import datetime as dt
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest
from django.apps import apps
from django.db import InternalError, ProgrammingError, connection, models, transaction
from django.utils import timezone
from django_otp import device_classes

from accounts.access.models import AccessLog
from accounts.access.walls import (
    DEVICES,
    IDENTITY,
    MESSAGE,
    PERSON,
)
from accounts.identity.models import InsuredAccount
from accounts.partners.portal.walls import DEVICE as PARTNER_DEVICE
from accounts.people.models import ContactChannel, InsuredPerson
from ameli_notify.core import roles
from ameli_notify.core.partitions import Span, ensure_partitions
from ameli_notify.core.walls import WallError, as_insured
from reimbursements.lines.models import ReimbursementLine
from reimbursements.lines.schema import TABLE as LINE
from reimbursements.lines.walls import REFERENCE
from tests.core.test_roles import as_role, refused, run
from tests.security.household import DAY, Households, make_households, make_line, make_person
from tests.security.shown_columns import ALSO_OF_MINORS, OWN, PUBLIC, WALLED

NAMES_A_PERSON = ("insured_id", "beneficiary_id", "policyholder_id")
LEADS_TO_A_PERSON = (InsuredPerson, InsuredAccount, ContactChannel)
# Tables that name a person and have no wall, each with its reason. None so far.
WITHOUT_WALL: dict[str, str] = {}


@pytest.fixture
def homes(db: None) -> Households:
    return make_households()


@contextmanager
def as_sql(person: object) -> Iterator[None]:
    """The bare means, without the code under test: the role, and the setting unless it is None."""
    with as_role(roles.INSURED):
        if person is not None:
            run(f"SELECT set_config('app.insured_id', '{person}', true)")
        yield
        run("SELECT set_config('app.insured_id', '', true)")


def seen_lines() -> set[tuple[object, ...]]:
    return set(run(f"SELECT beneficiary_id, is_confidential FROM {LINE}"))


def walled_tables() -> set[str]:
    return {str(name) for (name,) in run("SELECT relname FROM pg_class WHERE relrowsecurity AND NOT relispartition")}


def tables_that_name_a_person() -> set[str]:
    """By their columns in the database, and by the references of their models (which need no constraint there)."""
    found = {
        str(name)
        for (name,) in run(
            "SELECT DISTINCT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid"
            " WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition"
            f" AND a.attname IN {NAMES_A_PERSON}"
        )
    }
    for model in apps.get_models():
        for field in model._meta.get_fields():
            if isinstance(field, models.ForeignKey) and field.related_model in LEADS_TO_A_PERSON:
                found.add(model._meta.db_table)
    return found


class TestEveryTable:
    def test_that_names_a_person_has_a_wall_or_a_reason(self, db: None) -> None:
        named = tables_that_name_a_person()
        assert {PERSON, LINE, "accounts_opensession", "outreach_digestdue"} <= named, "the walk sees them"
        assert named - walled_tables() == set(WITHOUT_WALL), "decide who may read it: see ameli_notify.core.roles"
        assert all(WITHOUT_WALL.values())

    def test_with_a_wall_lets_the_application_through(self, db: None) -> None:
        policies = run(
            "SELECT tablename, roles::text[], cmd, qual, with_check FROM pg_policies WHERE policyname = 'all_for_app'"
        )
        assert {table for table, *_ in policies} == walled_tables()
        assert {tuple(map(str, rest)) for _, *rest in policies} == {("['ameli_app']", "ALL", "true", "true")}

    def test_shows_an_insured_person_these_columns_and_no_other(self, db: None) -> None:
        granted: dict[str, set[str]] = {}
        for table, column in run(
            "SELECT c.relname, a.attname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid"
            " WHERE c.relnamespace = 'public'::regnamespace AND a.attnum > 0 AND NOT a.attisdropped"
            " AND c.relkind IN ('r', 'p', 'v', 'm')"
            f" AND has_column_privilege('{roles.INSURED}', c.oid, a.attnum, 'SELECT')"
        ):
            granted.setdefault(str(table), set()).add(str(column))
        declared = {table: set(columns) for table, columns in {**WALLED, **PUBLIC}.items()}
        assert {table: columns for table, columns in granted.items() if table not in REFERENCE} == declared
        assert set(REFERENCE) <= set(granted)
        hidden = {"nir_sealed", "nir_lookup", "postcode", "is_contact_protected", "address_lookup", "payee_account"}
        assert not hidden & set().union(*granted.values())

    def test_can_only_be_read(self, db: None) -> None:
        writable = run(
            "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'S')"
            f" AND (relkind <> 'S' AND (has_any_column_privilege('{roles.INSURED}', oid, 'INSERT, UPDATE, REFERENCES')"
            f" OR has_table_privilege('{roles.INSURED}', oid, 'DELETE, TRUNCATE, TRIGGER'))"
            f" OR relkind = 'S' AND has_sequence_privilege('{roles.INSURED}', oid, 'USAGE, UPDATE'))"
        )
        assert writable == []


class TestWithoutAPerson:
    @pytest.mark.parametrize("setting", [None, ""])
    @pytest.mark.parametrize("table", sorted(WALLED))
    def test_no_row_shows(self, table: str, setting: str | None, homes: Households) -> None:
        assert run(f"SELECT count(*) FROM {table}") >= [(4,)]
        with as_sql(setting):
            assert run(f"SELECT count(*) FROM {table}") == [(0,)]

    def test_what_is_no_number_is_an_error(self, homes: Households) -> None:
        with pytest.raises(Exception, match="invalid input syntax"), as_sql("1 OR true"):
            run(f"SELECT count(*) FROM {LINE}")


class TestRows:
    @pytest.mark.parametrize("table", sorted(OWN.keys() - ALSO_OF_MINORS))
    def test_only_my_own(self, table: str, homes: Households) -> None:
        for person in homes.people:
            with as_sql(person.pk):
                assert run(f"SELECT insured_id FROM {table}") == [(person.pk,)]

    @pytest.mark.parametrize("table", ALSO_OF_MINORS)
    def test_my_own_and_those_of_minors_under_my_number(self, table: str, homes: Households) -> None:
        expected = {person.pk: {person.pk} for person in homes.people}
        expected[homes.holder.pk].add(homes.child.pk)
        for person_id, seen in expected.items():
            with as_sql(person_id):
                assert {found for (found,) in run(f"SELECT insured_id FROM {table}")} == seen

    def test_of_minors_what_partners_read_and_no_other_access(self, homes: Households) -> None:
        for person in homes.people:
            AccessLog.objects.create(
                actor_id=1, actor_role="partner", action="view", object_kind="x", insured_id=person.pk
            )
        with as_sql(homes.holder.pk):
            seen = run("SELECT insured_id, actor_role FROM accounts_accesslog")
        mine, minors = homes.holder.pk, homes.child.pk
        assert sorted(seen) == sorted([(mine, "adviser"), (mine, "partner"), (minors, "partner")])

    def test_only_messages_to_my_own_addresses(self, homes: Households) -> None:
        for person in homes.people:
            mine = set(ContactChannel.objects.filter(insured=person).values_list("pk"))
            with as_sql(person.pk):
                assert set(run(f"SELECT contact_id FROM {MESSAGE}")) == mine

    def test_a_policyholder_sees_their_dependants_and_nobody_above(self, homes: Households) -> None:
        seen = {}
        for person in homes.people:
            with as_sql(person.pk):
                seen[person] = {pk for (pk,) in run(f"SELECT id FROM {PERSON}")}
        holder, child, grown, stranger = homes.people
        assert seen == {
            holder: {holder.pk, child.pk, grown.pk},
            child: {child.pk},
            grown: {grown.pk},
            stranger: {stranger.pk},
        }

    def test_lines(self, homes: Households) -> None:
        holder, child, grown, stranger = homes.people
        expected = {
            holder: {(holder.pk, False), (holder.pk, True), (child.pk, False), (grown.pk, False)},
            child: {(child.pk, False)},
            grown: {(grown.pk, False), (grown.pk, True)},
            stranger: {(stranger.pk, False), (stranger.pk, True)},
        }
        for person, lines in expected.items():
            with as_sql(person.pk):
                assert seen_lines() == lines

    def test_lines_are_found_by_the_index_of_each_arm(self, homes: Households) -> None:
        with as_sql(homes.holder.pk):
            run("SET LOCAL enable_seqscan = off")
            plan = "\n".join(str(line) for (line,) in run(f"EXPLAIN SELECT id FROM {LINE}"))
            run("SET LOCAL enable_seqscan = on")
        assert "Seq Scan" not in plan
        assert re.search(r"Bitmap Index Scan on \w+_pkey", plan)
        assert re.search(r"Bitmap Index Scan on \w+_beneficiary_id_payment_date_idx", plan)

    def test_of_somebody_who_does_not_exist_are_none(self, homes: Households) -> None:
        with as_sql(homes.stranger.pk + 1):
            for table in WALLED:
                assert run(f"SELECT count(*) FROM {table}") == [(0,)]


class TestComingOfAge:
    """A confidential line shows to its beneficiary from their eighteenth birthday on."""

    def test_on_the_very_day(self, db: None) -> None:
        today = timezone.localdate()
        day, month = (28, 2) if (today.month, today.day) == (2, 29) else (today.day, today.month)
        birthday = dt.date(today.year - 18, month, day)
        assert self._sees(1, born_on=birthday)
        assert not self._sees(2, born_on=birthday + dt.timedelta(days=1))

    @pytest.mark.parametrize(
        ("declared", "sees"),
        [("19500000", True), ("19503100", True), ("00000000", False), ("", False), ("20991399", False)],
    )
    def test_of_whom_the_declared_date_is_in_no_calendar(self, declared: str, sees: bool, db: None) -> None:
        assert self._sees(1, born_on=None, birth_date_text=declared) is sees

    def test_by_its_last_day_when_only_the_year_is_known(self, db: None) -> None:
        year = timezone.localdate().year
        assert self._sees(1, born_on=None, birth_date_text=f"{year - 19}0000")
        assert not self._sees(2, born_on=None, birth_date_text=f"{year - 18}0000")

    def test_a_young_policyholder_waits_too(self, db: None) -> None:
        assert not self._sees(1, born_on=timezone.localdate() - dt.timedelta(days=17 * 365), policyholder=None)

    def _sees(self, number: int, **values: object) -> bool:
        ensure_partitions(LINE, first=DAY, last=DAY, span=Span.MONTH)
        holder = make_person(100 + number, born_on=dt.date(1970, 1, 1))
        person = make_person(number, **{"policyholder": holder, **values})
        make_line(person, is_confidential=False)
        make_line(person, is_confidential=True)
        with as_sql(person.pk):
            lines = seen_lines()
        assert (person.pk, False) in lines
        return (person.pk, True) in lines


class TestWaysAround:
    def test_a_partition_is_refused_whatever_its_parent_shows(self, homes: Households) -> None:
        partitions = [name for (name,) in run("SELECT relname FROM pg_class WHERE relispartition AND relkind = 'r'")]
        assert len(partitions) >= 3
        with as_sql(homes.holder.pk):
            for partition in partitions:
                refused(f"SELECT 1 FROM {partition}")

    def test_hidden_columns_are_refused(self, homes: Households) -> None:
        with as_sql(homes.holder.pk):
            for table, column in (
                (PERSON, "nir_sealed"), (PERSON, "nir_lookup"), (PERSON, "postcode"), (PERSON, "*"),
                ("accounts_contactchannel", "address_lookup"), ("accounts_accesslog", "actor_id"),
                (LINE, "payee_account"), ("outreach_notification", "claim_token"), (MESSAGE, "code_sealed"),
                (MESSAGE, "address_sealed"), ("fraud_fraudreport", "severity"), ("fraud_fraudreport", "joins_id"),
                ("fraud_reportedline", "performer_rpps"), ("fraud_reportedline", "snapshot"),
                ("fraud_reportmessage", "written_by_id"), ("fraud_reportevent", "actor_id"),
            ):  # fmt: skip
                refused(f"SELECT {column} FROM {table}")

    def test_what_other_rooms_keep_is_refused(self, homes: Households) -> None:
        with as_sql(homes.holder.pk):
            for table in ("accounts_user", "django_session", "accounts_insuredaccount", "accounts_opensession",
                          "accounts_identityproof", "accounts_contactchange", "outreach_digestdue",
                          "outreach_inboxmessage", "reimbursements_importreject", "django_q_task"):  # fmt: skip
                refused(f"SELECT 1 FROM {table}")

    def test_nothing_can_be_written(self, homes: Households) -> None:
        person = homes.holder.pk
        with as_sql(person):
            for table in WALLED:
                column = "id" if table in (PERSON, MESSAGE) else "insured_id"
                refused(f"UPDATE {table} SET {column} = {person}")
                refused(f"DELETE FROM {table}")
                refused(f"INSERT INTO {table} DEFAULT VALUES")
                refused(f"TRUNCATE {table}")
            refused("SELECT 1 FROM accounts_insuredperson FOR UPDATE")

    def test_a_condition_of_the_reader_is_not_asked_about_others_rows(self, homes: Households) -> None:
        """A condition that fails on a stranger's row would tell that the row is there."""
        with as_sql(homes.holder.pk):
            stranger = homes.stranger.pk
            found = run(f"SELECT id FROM {PERSON} WHERE 1 / (id - {stranger}) IS NOT NULL")
        assert len(found) == 3

    def test_the_walls_cannot_be_taken_down(self, homes: Households) -> None:
        with as_sql(homes.holder.pk):
            refused(f"ALTER TABLE {PERSON} DISABLE ROW LEVEL SECURITY")
            refused(f"DROP POLICY own_for_insured ON {PERSON}")
            refused(f"CREATE POLICY mine ON {PERSON} USING (true)")
            with transaction.atomic():
                run("SET LOCAL row_security = off")
                refused(f"SELECT id FROM {PERSON}", match="row-level security")
                run("SET LOCAL row_security = on")


def state() -> tuple[object, ...]:
    return run("SELECT current_user, current_setting('role'), coalesce(current_setting('app.insured_id', true), '')")[0]


OUTSIDE = (roles.APP, roles.APP, "")


class TestAsInsured:
    def test_reads_as_that_person_through_django_too(self, homes: Households) -> None:
        with as_insured(homes.grown.pk):
            assert state() == (roles.INSURED, roles.INSURED, str(homes.grown.pk))
            lines = ReimbursementLine.objects.defer("payee_account")
            assert {line.beneficiary_id for line in lines} == {homes.grown.pk}
            assert InsuredPerson.objects.only("first_names").get().pk == homes.grown.pk
        assert state() == OUTSIDE
        assert InsuredPerson.objects.count() == 4

    def test_writing_is_an_error_and_the_state_is_restored(self, homes: Households) -> None:
        with pytest.raises(ProgrammingError, match="permission denied"), as_insured(homes.holder.pk):
            InsuredPerson.objects.filter(pk=homes.holder.pk).update(usage_name="AUTRE")
        assert state() == OUTSIDE
        assert not InsuredPerson.objects.filter(usage_name="AUTRE").exists()

    def test_is_restored_after_an_exception_inside_an_outer_transaction(self, homes: Households) -> None:
        with transaction.atomic():
            homes.holder.usage_name = "GARDÉ"
            homes.holder.save()
            with pytest.raises(ZeroDivisionError), as_insured(homes.holder.pk):
                raise ZeroDivisionError
            assert state() == OUTSIDE
            homes.holder.refresh_from_db()
            assert homes.holder.usage_name == "GARDÉ"

    def test_a_swallowed_database_error_does_not_leave_it_on(self, homes: Households) -> None:
        with (
            pytest.raises(InternalError, match="transaction is aborted"),
            as_insured(homes.holder.pk),
            suppress(ProgrammingError),
        ):
            run("SELECT nir_sealed FROM accounts_insuredperson")
        assert state() == OUTSIDE

    def test_a_block_that_asks_for_its_roll_back_is_restored(self, homes: Households) -> None:
        with as_insured(homes.holder.pk):
            transaction.set_rollback(True)
        assert state() == OUTSIDE

    def test_again_inside_is_the_same_person_or_refused(self, homes: Households) -> None:
        with as_insured(homes.holder.pk):
            with as_insured(homes.holder.pk):
                assert state()[2] == str(homes.holder.pk)
            assert state()[2] == str(homes.holder.pk)
            with pytest.raises(WallError), as_insured(homes.stranger.pk):
                pytest.fail("two people at once")
            assert state() == (roles.INSURED, roles.INSURED, str(homes.holder.pk))
        assert state() == OUTSIDE

    @pytest.mark.parametrize("number", [0, -1])
    def test_needs_a_person(self, number: int, db: None) -> None:
        with pytest.raises(ValueError, match="positive"), as_insured(number):
            pytest.fail("nobody")

    @pytest.mark.django_db(transaction=True)
    def test_leaves_nothing_on_a_connection_that_lives_on(self) -> None:
        person = make_person(1)
        backend = run("SELECT pg_backend_pid()")
        for ending in (lambda: None, lambda: 1 / 0, lambda: run("DELETE FROM accounts_insuredperson")):
            with suppress(ZeroDivisionError, ProgrammingError), as_insured(person.pk):
                assert state()[0] == roles.INSURED
                ending()
            assert not connection.in_atomic_block
            assert run("SELECT pg_backend_pid()") == backend, "the same connection goes on"
            assert state() == OUTSIDE
            assert InsuredPerson.objects.update(usage_name="ESSAI") == 1


class TestSecondFactors:
    def test_every_table_of_devices_has_a_wall_and_shows_an_insured_person_nothing(self, homes: Households) -> None:
        found = {model._meta.db_table for model in device_classes()}
        assert {"accounts_codedevice", "django_otp_webauthn_webauthncredential"} <= found, "the walk sees them"
        walled = {*DEVICES, IDENTITY, PARTNER_DEVICE}
        assert found <= walled
        assert walled <= walled_tables()
        with as_sql(homes.holder.pk):
            for table in walled:
                refused(f"SELECT count(*) FROM {table}")
