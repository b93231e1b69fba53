"""The demo's own judgement: it must be able to say no."""

import dataclasses
import socket
from decimal import Decimal
from pathlib import Path

import pytest

from ameli_notify.demo.checks import checks
from ameli_notify.demo.database import MARK, ForeignDatabaseError, start_empty
from ameli_notify.demo.figures import Figures, Handed, Imported, Received
from ameli_notify.demo.home import MARK_FILE, HomeError, start_clean
from ameli_notify.demo.serving import PortError, open_listener, read_port
from ameli_notify.demo.steps import read_sink
from ameli_notify.demo.summary import summary
from ameli_notify.demo.words import CODES
from outreach.digest.status import DigestStatus
from reimbursements.feed import checks as feed_checks
from reimbursements.feed import layout


def imported(good: int, rejects: dict[str, int] | None = None) -> Imported:
    refused = rejects or {}
    return Imported(
        files=2, rows=good + sum(refused.values()), lines_good=good, duplicates=0, rejects=refused, warnings={},
        paid_total=Decimal("1234.50"), seconds=2.0,
    )  # fmt: skip


@pytest.fixture
def figures() -> Figures:
    """A small demo in which everything agrees."""
    status = DigestStatus(due=0)
    status.runs = [{"planned_on": f"2026-11-{day:02d}", "status": "finished"} for day in range(13, 23)]
    status.notifications = {"sending": 4, "cancelled": 1}
    status.channels = {"email": {"sending": 3}, "sms": {"sending": 1}, "none": {"cancelled": 1}}
    status.cancelled = {"deceased": 1}
    status.invariants = {"I1_once_only": 0, "I5_all_settled": 0}
    return Figures(
        truth={
            "persons": 10, "lines_good": 20, "duplicates": 0, "rejects": {"E001_PARSE": 2}, "warnings": {},
            "paid_total": "1234.50", "due_persons": 5, "due_by_state": {"deceased": 1, "prefers_email": 4},
        },
        persons=imported(10), professionals=imported(3), lines=imported(20, {"E001_PARSE": 2}),
        planned_people=5, plan_seconds=0.5,
        handed={"email": Handed(3, 1.0), "sms": Handed(1, 1.0)},
        received=Received(3, 3, "l’Assurance Maladie", "Information de paiement", "Bonjour,\n"),
        status=status,
    )  # fmt: skip


class TestVerdict:
    def test_all_agree(self, figures: Figures) -> None:
        found = checks(figures)
        assert [check.name for check in found if not check.holds] == []
        text = summary(figures, found)
        assert "✘" not in text
        assert "1\u202f234,50\u00a0€" in text
        assert "personne décédée" in text

    @pytest.mark.parametrize(
        ("name", "lie"),
        [
            ("lignes chargées", {"lines": imported(19, {"E001_PARSE": 2})}),
            ("rejets, code par code", {"lines": imported(20, {"E101_NIR_KEY": 2})}),
            ("personnes à informer", {"planned_people": 6}),
            ("e-mails reçus une seule fois", {"received": Received(3, 2)}),
            ("e-mails reçus par le serveur", {"received": Received(2, 2)}),
        ],
    )
    def test_a_figure_that_differs_is_named(self, figures: Figures, name: str, lie: dict[str, object]) -> None:
        wrong = dataclasses.replace(figures, **lie)  # type: ignore[arg-type] # the fields of the case
        found = checks(wrong)
        assert name in [check.name for check in found if not check.holds]
        assert f"✘ {name}" in summary(wrong, found)

    def test_a_broken_invariant_is_named(self, figures: Figures) -> None:
        figures.status.invariants["I1_once_only"] = 3
        text = summary(figures, checks(figures))
        assert "✘ invariants rompus : attendu [], trouvé ['I1_once_only']" in text
        assert "1 invariants sur 2" in text

    def test_every_code_has_its_words(self) -> None:
        codes = {
            value
            for module in (feed_checks, layout)
            for name, value in vars(module).items()
            if name.startswith(("E", "W")) and isinstance(value, str) and value[1:4].isdigit()
        }
        assert len(codes) > 10
        assert codes <= set(CODES)


class TestSink:
    def test_a_repeated_message_id_is_seen(self, tmp_path: Path) -> None:
        (tmp_path / "mails").mkdir()
        (tmp_path / "ledger.tsv").write_text("1.0\ta@x\ts\th\n2.0\tb@x\ts\th\n3.0\ta@x\ts\th\n")
        received = read_sink(tmp_path)
        assert (received.messages, received.distinct, received.subject) == (3, 2, "")


class TestFolder:
    def test_of_somebody_else_is_left_alone(self, tmp_path: Path) -> None:
        (tmp_path / "thesis.txt").touch()
        with pytest.raises(HomeError, match="rien n’a été effacé"):
            start_clean(tmp_path)
        assert (tmp_path / "thesis.txt").exists()

    def test_an_interrupted_cleaning_goes_on(self, tmp_path: Path) -> None:
        (tmp_path / MARK_FILE).touch()
        (tmp_path / "postgres").mkdir()
        (tmp_path / "postgres" / "PG_VERSION").touch()
        start_clean(tmp_path)
        assert not (tmp_path / "postgres").exists()


@pytest.mark.django_db(transaction=True)
def test_a_database_that_no_demo_made_is_left_alone() -> None:
    with pytest.raises(ForeignDatabaseError, match="rien n’y a été changé"):
        start_empty()


class TestPort:
    @pytest.mark.parametrize("text", ["0", "8000", "65535"])
    def test_is_a_number(self, text: str) -> None:
        assert read_port(text) == int(text)

    @pytest.mark.parametrize("text", ["", "http", "-1", "65536", "８０８０", "80 80"])
    def test_anything_else_is_refused(self, text: str) -> None:
        with pytest.raises(PortError, match="PORT doit être un nombre"):
            read_port(text)

    def test_a_taken_one_gives_the_next(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            with open_listener(port) as listener:
                assert listener.getsockname()[1] > port


def test_the_mark_can_stand_in_sql() -> None:
    assert "'" not in MARK
