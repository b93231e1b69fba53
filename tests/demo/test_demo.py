"""The demo from outside: what it says is true, it starts clean, and it leaves nothing behind."""

import json
import shutil
import socket
import tempfile
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from accounts.people.importing.reading import COLUMNS
from ameli_notify.core.embedded_postgres import EmbeddedPostgres
from ameli_notify.core.import_report import french_number
from ameli_notify.demo.home import LOCK_FILE, MARK_FILE, HomeError, only_one, start_clean
from tests.demo.running import Running, marked, run

SMALL = ("--persons", "300", "--days", "3")
NIR, EMAIL, MOBILE = (COLUMNS.index(name) for name in ("nir", "email", "mobile"))

# One embedded server and one set of processes at a time.
pytestmark = [pytest.mark.xdist_group("demo")]


@dataclass
class Demo:
    """A finished demo, with its folder."""

    var_dir: Path
    output: str
    truth: dict[str, Any]
    summary: dict[str, Any]
    personal: set[str]

    @property
    def home(self) -> Path:
        return self.var_dir / "demo"


def read(var_dir: Path, output: str) -> Demo:
    """Read at once: the next demo of the folder replaces its files."""
    folder = var_dir / "demo"
    rows = [row.split(";") for path in folder.glob("input/ASS_*.csv") for row in path.read_text().splitlines()[1:]]
    truth = json.loads((folder / "input/truth.json").read_text())
    summary = json.loads((folder / "summary.json").read_text())
    personal = {value for row in rows for value in (row[NIR], row[EMAIL], row[MOBILE]) if value}
    return Demo(var_dir, output, truth, summary, personal)


@pytest.fixture(scope="module")
def var_dir() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="ameli-demo-"))
    (folder / "kept.txt").write_text("not the demo's")
    yield folder
    EmbeddedPostgres(folder / "demo").stop(mode="immediate")
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def demo(var_dir: Path) -> Demo:
    done = run(var_dir, "demo", "--no-serve", *SMALL, "--seed", "7")
    assert done.returncode == 0, done.stdout + done.stderr
    return read(var_dir, done.stdout)


def test_what_it_makes_is_for_its_owner_alone(demo: Demo) -> None:
    """Mails, input files and keys stand there; the server's own account may pass through the folder itself."""
    made = [demo.home, *(path for path in demo.home.rglob("*") if not path.is_relative_to(demo.home / "postgres"))]
    assert demo.home.stat().st_mode & 0o044 == 0
    assert len(made) > 10
    ours = {"serve.out"}  # what another test of this file keeps of the server's output
    assert [path.name for path in made[1:] if path.stat().st_mode & 0o077 and path.name not in ours] == []


class TestSummary:
    def test_agrees_with_what_the_simulator_knows(self, demo: Demo) -> None:
        lines = demo.summary["lines"]
        assert demo.summary["ok"] is True
        assert demo.truth["persons"] == demo.summary["persons"]["lines_good"] == 300
        assert lines["lines_good"] == demo.truth["lines_good"] > 0
        assert lines["rejects"] == demo.truth["rejects"]
        assert lines["paid_total"] == demo.truth["paid_total"]
        assert demo.summary["planned_people"] == demo.truth["due_persons"] > 0

    def test_counts_each_person_once(self, demo: Demo) -> None:
        status = demo.summary["status"]
        assert sum(status["notifications"].values()) == demo.truth["due_persons"]
        assert set(status["notifications"]) <= {"sending", "cancelled"}
        assert [run["status"] for run in status["runs"]] == ["finished"] * 10
        assert sorted(run["cohort"] for run in status["runs"]) == list(range(10))
        assert set(status["invariants"].values()) == {0}

    def test_mail_really_left(self, demo: Demo) -> None:
        received = demo.summary["received"]
        assert received["messages"] == received["distinct"] == demo.summary["handed"]["email"]["messages"] > 0
        assert received["subject"] == "Information de paiement"
        assert "Mes paiements" in received["text"]

    def test_is_what_a_person_reads(self, demo: Demo) -> None:
        assert "Ce qui est arrivé" in demo.output
        assert french_number(demo.truth["lines_good"]) in demo.output
        assert "invariants sur 12 tiennent" in demo.output
        assert "✘" not in demo.output
        assert max(map(len, demo.output.splitlines())) <= 100

    def test_shows_nobody(self, demo: Demo) -> None:
        shown = demo.output + json.dumps(demo.summary)
        assert len(demo.personal) > 300
        assert [value for value in demo.personal if value in shown] == []

    def test_leaves_no_process(self, demo: Demo) -> None:
        assert marked(demo.home) == []
        assert not EmbeddedPostgres(demo.home).is_running()


class TestStartingClean:
    def test_follows_no_link_out_of_its_folder(self, tmp_path: Path) -> None:
        outside, home = tmp_path / "outside", tmp_path / "demo"
        outside.mkdir()
        (outside / "kept.txt").touch()
        home.mkdir()
        (home / MARK_FILE).touch()
        (home / "link").symlink_to(outside, target_is_directory=True)
        start_clean(home)
        assert (outside / "kept.txt").exists()
        assert {path.name for path in home.iterdir()} <= {MARK_FILE, LOCK_FILE, "postgres.lock"}

    @pytest.mark.django_db(transaction=True)
    def test_leaves_a_database_of_somebody_else_alone(
        self, tmp_path: Path, process_environment: dict[str, str]
    ) -> None:
        url = process_environment["DATABASE_URL"]
        done = run(tmp_path, "demo", "--no-serve", *SMALL, DATABASE_URL=url)
        assert done.returncode == 2
        assert "rien n’y a été changé" in done.stderr
        assert marked(tmp_path / "demo") == []


@pytest.mark.parametrize("nonsense", [("--persons", "0"), ("--days", "0"), ("--days", "367"), ("--seed", "-1")])
def test_a_size_that_makes_no_sense_is_refused_before_anything_is_touched(
    nonsense: tuple[str, str], tmp_path: Path
) -> None:
    home = tmp_path / "demo"
    home.mkdir()
    (home / MARK_FILE).touch()
    (home / "of-the-last-demo.txt").touch()
    done = run(tmp_path, "demo", "--no-serve", *nonsense)
    assert done.returncode == 2
    assert " doit être " in done.stderr
    assert {path.name for path in home.iterdir()} == {MARK_FILE, "of-the-last-demo.txt"}


class TestServing:
    def test_the_next_demo_starts_clean_answers_and_ends_without_a_trace(self, demo: Demo) -> None:
        (demo.home / "stray.txt").write_text("from before")
        running = Running(demo.var_dir, demo.home, "demo", *SMALL, "--seed", "8")
        try:
            site = running.wait_until_served()
            again = read(demo.var_dir, running.said)
            for path, shown in {"/?nir=185070099912345": "/", "/console/": "/console/connexion/"}.items():
                with urllib.request.urlopen(site + path, timeout=20) as answer:
                    assert answer.status == 200
                    assert answer.url.removeprefix(site).startswith(shown)
            code = run(demo.home, "staff_code", "enquetrice")
            assert code.returncode == 0, code.stderr
            assert code.stdout.split()[0].isdigit()
            assert running.interrupt() == 0
        finally:
            running.clean_up()
        assert marked(demo.home) == []
        assert not EmbeddedPostgres(demo.home).is_running()

        assert again.truth["seed"] == 8
        assert again.summary["planned_people"] == again.truth["due_persons"]
        assert not (demo.home / "stray.txt").exists()
        assert (demo.var_dir / "kept.txt").read_text() == "not the demo's"

        log = (demo.home / "logs/web.log").read_text()
        assert '"path": "/console/"' in log
        assert "nir" not in log


class TestServe:
    def test_serves_what_is_there_at_the_next_free_port(self, demo: Demo) -> None:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            running = Running(demo.home, demo.home, "serve", PORT=str(port))
            try:
                site = running.wait_until_served()
                assert f"Le port {port} est pris" in running.said
                for staying in ("run_jobs", "send_codes --follow", "seal_audit --follow"):
                    assert any(staying in command for command in marked(demo.home)), staying
                with urllib.request.urlopen(site + "/", timeout=20) as answer:
                    assert answer.status == 200
                with pytest.raises(HomeError, match="tourne déjà"), only_one(demo.home):
                    pass
                assert running.interrupt() == 0
            finally:
                running.clean_up()
        assert marked(demo.home) == []

    def test_a_killed_one_is_cleared_away_by_the_next(self, demo: Demo) -> None:
        running = Running(demo.home, demo.home, "serve")
        try:
            running.wait_until_served()
            running.process.kill()
            running.process.wait()
            assert marked(demo.home) != []
            with only_one(demo.home):
                assert marked(demo.home) == []
        finally:
            running.clean_up()


@pytest.mark.parametrize("command", ["demo", "serve"])
def test_a_port_that_is_none_is_refused_before_anything_starts(command: str, tmp_path: Path) -> None:
    done = run(tmp_path, command, PORT="http")
    assert done.returncode == 2
    assert "PORT doit être un nombre de 0 à 65535" in done.stderr
    assert not (tmp_path / "demo").exists()


def test_other_settings_are_refused(tmp_path: Path) -> None:
    done = run(tmp_path, "demo", "--no-serve", DJANGO_SETTINGS_MODULE="ameli_notify.settings.test")
    assert done.returncode == 2
    assert "ameli_notify.settings.dev" in done.stderr
