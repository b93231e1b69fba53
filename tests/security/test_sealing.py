"""The chain over the access log: whatever is touched afterwards is found, and nobody's access is passed over."""

import datetime as dt
import random
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Final

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from pytest_django import Settings

from accounts.access import sealing
from accounts.access.models import AccessLog, AccessSeal
from accounts.access.sealing import seal, settled_up_to
from accounts.access.tasks import seal_log
from accounts.access.verification import OVERDUE, FlawKind, Head, verify
from tests.core.test_roles import refused, run

SHORT: Final = dt.timedelta(seconds=0.2)


def look(times: int = 1, *, insured_id: int = 1) -> list[int]:
    """So many accesses; returns their ids."""
    return [
        AccessLog.objects.create(
            actor_id=7, actor_role="adviser", action="view", object_kind="accounts.insuredperson", insured_id=insured_id
        ).pk
        for _ in range(times)
    ]


def found() -> list[tuple[FlawKind, int]]:
    return [(flaw.kind, flaw.seal) for flaw in verify()]


@contextmanager
def in_thread(work: Callable[[], None], *, end: threading.Event | None = None) -> Iterator[threading.Thread]:
    """The work on a connection of its own; ``end`` is what it waits for, set at the latest when the block ends."""

    def worked() -> None:
        try:
            work()
        finally:
            connection.close()

    thread = threading.Thread(target=worked)
    thread.start()
    try:
        yield thread
    finally:
        if end is not None:
            end.set()
        thread.join(timeout=30)
    assert not thread.is_alive()


class TestSealing:
    def test_each_seal_goes_on_where_the_last_one_ended(self, db: None) -> None:
        first = look(3)
        assert [(s.number, s.count, s.to_id) for s in seal()] == [(1, 3, first[-1])]
        assert seal() == []
        second = look(2)
        assert [(s.number, s.from_id, s.to_id) for s in seal()] == [(2, first[-1] + 1, second[-1])]
        one, two = AccessSeal.objects.order_by("number")
        assert bytes(two.previous_hash) == bytes(one.hash)
        assert bytes(one.previous_hash) == bytes(32)
        assert found() == []

    def test_a_long_log_takes_several_seals(self, db: None, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(sealing, "ROWS_PER_SEAL", 4)
        look(10)
        assert [s.count for s in seal()] == [4, 4, 2]
        assert found() == []

    def test_ids_that_no_row_ever_got_are_no_flaw(self, db: None) -> None:
        look(2)
        with transaction.atomic():
            look(3)
            transaction.set_rollback(True)
        look(2)
        assert [s.count for s in seal()] == [4]
        assert found() == []

    def test_every_column_is_sealed(self) -> None:
        assert set(sealing.COLUMNS) == {field.column for field in AccessLog._meta.concrete_fields}

    def test_each_seal_goes_to_the_log_as_well(self, db: None, caplog: pytest.LogCaptureFixture) -> None:
        look(2)
        with caplog.at_level("INFO", logger=sealing.__name__):
            (made,) = seal()
        (record,) = caplog.records
        assert vars(record)["head"] == made.head == f"1:{made.hash.hex()}"

    def test_the_task_seals(self, db: None) -> None:
        look(3)
        assert seal_log() == 3
        assert seal_log() == 0

    def test_the_application_cannot_touch_a_seal(self, db: None) -> None:
        look()
        seal()
        for statement in (
            "UPDATE accounts_accessseal SET count = 2",
            "DELETE FROM accounts_accessseal",
            "TRUNCATE accounts_accessseal",
        ):
            refused(statement)


TAMPERINGS: Final = {
    "edit": ("UPDATE accounts_accesslog SET insured_id = 2 WHERE id = {sealed}", (FlawKind.CHANGED, 2)),
    "edit of an instant": (
        "UPDATE accounts_accesslog SET at = at + interval '1 microsecond' WHERE id = {sealed}",
        (FlawKind.CHANGED, 2),
    ),
    "edit to nothing": ("UPDATE accounts_accesslog SET insured_id = NULL WHERE id = {sealed}", (FlawKind.CHANGED, 2)),
    "text moved to the next column": (
        "UPDATE accounts_accesslog SET object_id = actor_role, actor_role = object_id WHERE id = {sealed}",
        (FlawKind.CHANGED, 2),
    ),
    "delete": ("DELETE FROM accounts_accesslog WHERE id = {sealed}", (FlawKind.MISSING, 2)),
    "insert": (
        (
            "INSERT INTO accounts_accesslog (id, at, actor_id, actor_role, action, object_kind, object_id, reason)"
            " VALUES ({gap}, now(), 1, 'adviser', 'view', 'x', '', '')"
        ),
        (FlawKind.ADDED, 2),
    ),
    "insert before all": (
        (
            "INSERT INTO accounts_accesslog (id, at, actor_id, actor_role, action, object_kind, object_id, reason)"
            " VALUES (-1, now(), 1, 'adviser', 'view', 'x', '', '')"
        ),
        (FlawKind.ADDED, 0),
    ),
    "delete and insert another": (
        "UPDATE accounts_accesslog SET id = {gap} WHERE id = {sealed}",
        (FlawKind.CHANGED, 2),
    ),
    "reorder": (
        (
            "UPDATE accounts_accesslog a SET actor_id = b.actor_id, insured_id = b.insured_id, at = b.at"
            " FROM accounts_accesslog b WHERE (a.id, b.id) IN (({sealed}, {other}), ({other}, {sealed}))"
        ),
        (FlawKind.CHANGED, 2),
    ),
    "delete of a seal": ("DELETE FROM accounts_accessseal WHERE number = 2", (FlawKind.SEAL_MISSING, 3)),
    "delete of the first seal": ("DELETE FROM accounts_accessseal WHERE number = 1", (FlawKind.SEAL_MISSING, 2)),
    "edit of a seal": ("UPDATE accounts_accessseal SET sealed_at = now() WHERE number = 2", (FlawKind.CHANGED, 2)),
    "edit of a hash": (
        "UPDATE accounts_accessseal SET hash = sha256('x') WHERE number = 2",
        (FlawKind.CHANGED, 2),
    ),
    "seals in another order": (
        (
            "UPDATE accounts_accessseal SET number = CASE number WHEN 2 THEN -3 ELSE -2 END WHERE number IN (2, 3);"
            "UPDATE accounts_accessseal SET number = -number WHERE number < 0"
        ),
        (FlawKind.SEAL_MISSING, 2),
    ),
}


class TestTampering:
    """As the owner of the tables, whom no privilege stops."""

    @pytest.fixture
    def ids(self, db: None) -> dict[str, int]:
        """Three seals; the second covers rows of two people, and an id that was drawn and given up."""
        look(2)
        seal()
        sealed, other = look(insured_id=1) + look(insured_id=3)
        with transaction.atomic():
            (gap,) = look()
            transaction.set_rollback(True)
        look(2)
        seal()
        look(2)
        seal()
        assert found() == []
        return {"sealed": sealed, "other": other, "gap": gap}

    @pytest.mark.parametrize("name", TAMPERINGS)
    def test_is_found_with_its_seal(self, name: str, ids: dict[str, int]) -> None:
        statement, expected = TAMPERINGS[name]
        self._as_owner(statement.format(**ids))
        assert expected in found()

    def test_the_rest_of_the_chain_is_not_blamed(self, ids: dict[str, int]) -> None:
        self._as_owner(TAMPERINGS["edit"][0].format(**ids))
        assert found() == [(FlawKind.CHANGED, 2)]

    def test_without_the_key_a_chain_cannot_be_made_anew(self, ids: dict[str, int], settings: Settings) -> None:
        self._as_owner(TAMPERINGS["edit"][0].format(**ids))
        self._as_owner("DELETE FROM accounts_accessseal")
        key = settings.LOOKUP_KEY
        settings.LOOKUP_KEY = "b2" * 32
        seal()
        assert found() == []
        settings.LOOKUP_KEY = key
        assert found() == [(FlawKind.CHANGED, 1)]

    def test_an_end_cut_off_is_found_by_a_head_noted_elsewhere(self, ids: dict[str, int]) -> None:
        last = AccessSeal.objects.get(number=3)
        head = Head(last.number, bytes(last.hash))
        assert list(verify(head)) == []
        self._as_owner(f"DELETE FROM accounts_accessseal WHERE number = 3; "
                       f"DELETE FROM accounts_accesslog WHERE id >= {last.from_id}")  # fmt: skip
        assert found() == []
        assert [flaw.kind for flaw in verify(head)] == [FlawKind.HEAD]
        look(2)
        seal()
        assert [flaw.kind for flaw in verify(head)] == [FlawKind.HEAD], "another seal took its number"

    def test_rows_that_nobody_seals_are_reported(self, ids: dict[str, int]) -> None:
        (late,) = look()
        assert found() == []
        self._as_owner(
            f"UPDATE accounts_accesslog SET at = now() - interval '{OVERDUE.seconds + 1} s' WHERE id = {late}"
        )
        assert [(flaw.kind, flaw.from_id, flaw.to_id) for flaw in verify()] == [(FlawKind.UNSEALED, late, late)]

    def _as_owner(self, statement: str) -> None:
        with transaction.atomic():
            run("RESET ROLE")
            run(statement)
            run("SET ROLE ameli_app")


@pytest.mark.django_db(transaction=True)
class TestManyAtOnce:
    def test_a_late_commit_with_a_lower_id_is_waited_for(self) -> None:
        drawn, may_commit = threading.Event(), threading.Event()
        waited: list[AccessSeal] = []

        def slow_reader() -> None:
            with transaction.atomic():
                look()
                drawn.set()
                assert may_commit.wait(30)

        with in_thread(slow_reader, end=may_commit) as slow:
            assert drawn.wait(30)
            (higher,) = look()
            assert seal(patience=SHORT) == [], "the lower id may still appear"
            with in_thread(lambda: waited.extend(seal())) as sealer:
                time.sleep(0.3)
                assert sealer.is_alive()
                look()  # a writer that comes later does not hold the sealing up
                may_commit.set()
                slow.join(30)
        assert [(made.count, made.to_id) for made in waited] == [(2, higher)]
        assert seal_log() == 1
        assert found() == []

    def test_a_writer_that_never_ends_is_told_in_the_log(self, caplog: pytest.LogCaptureFixture) -> None:
        drawn, may_end = threading.Event(), threading.Event()

        def idle() -> None:
            with transaction.atomic():
                look()
                drawn.set()
                assert may_end.wait(30)

        look()
        with in_thread(idle, end=may_end):
            assert drawn.wait(30)
            assert settled_up_to(patience=SHORT) == 0
        assert "does not end" in caplog.text
        assert seal_log() == 2

    def test_two_sealers_make_one_chain(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(sealing, "ROWS_PER_SEAL", 3)
        look(40)
        with ThreadPoolExecutor(4) as pool:
            sealed = list(pool.map(lambda _: self._sealed_alone(), range(4)))
        assert sum(sealed) == 40
        assert AccessSeal.objects.count() >= 14
        assert found() == []

    def test_fifty_writers_and_nothing_is_skipped(self) -> None:
        done = threading.Event()

        def write(number: int) -> int:
            chance = random.Random(number)
            kept = 0
            try:
                for _ in range(6):
                    keep = chance.random() < 0.7
                    with transaction.atomic():
                        rows = len(look(chance.randint(1, 3), insured_id=number + 1))
                        time.sleep(chance.random() * 0.05)
                        transaction.set_rollback(not keep)
                    kept += rows if keep else 0
            finally:
                connection.close()
            return kept

        def keep_sealing() -> None:
            while not done.is_set():
                seal()

        with in_thread(keep_sealing, end=done), ThreadPoolExecutor(50) as pool:
            written = sum(pool.map(write, range(50)))
        seal()
        assert AccessLog.objects.count() == written > 300
        assert sum(AccessSeal.objects.values_list("count", flat=True)) == written
        assert AccessSeal.objects.count() > 1
        assert found() == []

    def _sealed_alone(self) -> int:
        try:
            return seal_log()
        finally:
            connection.close()


class TestCommands:
    def test_tell_the_head_and_take_it_back(self, db: None, capsys: pytest.CaptureFixture[str]) -> None:
        call_command("verify_audit")
        assert "Aucun sceau" in capsys.readouterr().out
        call_command("seal_audit")
        assert "Rien à sceller" in capsys.readouterr().out
        look(2)
        call_command("seal_audit")
        told = capsys.readouterr().out
        head = told.split()[-1]
        assert told.startswith("Sceau 1 : 2 accès")
        call_command("verify_audit", "--head", head)
        assert head in capsys.readouterr().out

    def test_end_with_status_1_and_say_where(self, db: None, capsys: pytest.CaptureFixture[str]) -> None:
        first, last = look(2)
        seal()
        with transaction.atomic():
            run("RESET ROLE")
            run(f"DELETE FROM accounts_accesslog WHERE id = {last}")
            run("SET ROLE ameli_app")
        with pytest.raises(SystemExit, match="1"):
            call_command("verify_audit")
        assert capsys.readouterr().out == f"Sceau 1, lignes 1 à {last} : des lignes manquent.\n"

    @pytest.mark.parametrize("head", ["", "1", "1:xyz", "0:" + "a" * 64, "1:" + "A" * 64])
    def test_refuse_what_is_no_head(self, head: str) -> None:
        with pytest.raises(CommandError, match="head"):
            call_command("verify_audit", "--head", head)
