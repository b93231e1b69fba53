"""The embedded server: started once by many, stopped for good, at home in any folder, with no open door."""

import os
import shutil
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from django.conf import settings

from ameli_notify.core import embedded_postgres
from ameli_notify.core.embedded_postgres import (
    DATABASE,
    MAX_SOCKET_PATH_BYTES,
    SYSTEM_USER,
    EmbeddedPostgres,
    EmbeddedPostgresError,
)

# Starting a server of one's own takes seconds: these tests share one worker and, where they can, one server.
pytestmark = pytest.mark.xdist_group("embedded_postgres")


@pytest.fixture(scope="module")
def deep_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedPostgres]:
    """A server in a folder too deep for a socket, started by two processes at the same moment."""
    folder = tmp_path_factory.mktemp("deep")
    while len(os.fsencode(folder)) <= MAX_SOCKET_PATH_BYTES:
        folder /= "a-rather-long-name-of-a-checkout-with-é"
    folder.mkdir(parents=True)
    for closed in (folder, *folder.parents):
        if closed.is_relative_to(tmp_path_factory.getbasetemp()):
            closed.chmod(0o700)
    command = [sys.executable, "manage.py", "embedded_postgres", "start"]
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "ameli_notify.settings.test", "VAR_DIR": str(folder), "DATABASE_URL": "",
        "AMELI_JOBS_HOME": "whoever started it", "PGOPTIONS": "-c work_mem=1MB",
    }  # fmt: skip
    starters = [
        subprocess.Popen(
            command, cwd=settings.BASE_DIR, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        for _ in range(2)
    ]
    said = [starter.communicate(timeout=60)[0].decode() for starter in starters]
    server = EmbeddedPostgres(folder)
    try:
        assert [starter.returncode for starter in starters] == [0, 0], said
        assert all(str(server.socket_dir) in text for text in said), said
        yield server
    finally:
        server.stop(mode="immediate")
        assert not server.socket_dir.exists()


def connect(server: EmbeddedPostgres) -> psycopg.Connection[tuple[object, ...]]:
    return psycopg.connect(host=str(server.socket_dir), user="postgres", dbname=DATABASE)


def value(server: EmbeddedPostgres, query: str) -> object:
    with connect(server) as client:
        row = client.execute(query).fetchone()
    assert row is not None
    return row[0]


class TestRunning:
    def test_two_starters_made_one_server_with_its_database(self, deep_server: EmbeddedPostgres) -> None:
        assert deep_server.is_running()
        assert value(deep_server, "SELECT count(*) FROM pg_database WHERE datname = 'ameli_notify'") == 1
        assert postmasters(deep_server) == [deep_server.pid]

    def test_a_deep_folder_gets_a_short_private_socket(self, deep_server: EmbeddedPostgres) -> None:
        assert len(os.fsencode(deep_server.data_dir)) > MAX_SOCKET_PATH_BYTES
        assert len(os.fsencode(deep_server.socket_dir / ".s.PGSQL.5432")) <= MAX_SOCKET_PATH_BYTES
        assert deep_server.socket_dir.stat().st_mode & 0o077 == 0
        assert deep_server.data_dir.stat().st_mode & 0o077 == 0

    def test_it_does_not_listen_on_the_network(self, deep_server: EmbeddedPostgres) -> None:
        assert value(deep_server, "SHOW listen_addresses") == ""
        with socket.socket() as client:
            client.settimeout(1)
            inodes = {os.readlink(link) for link in Path(f"/proc/{deep_server.pid}/fd").iterdir()}
        tcp = Path("/proc/net/tcp").read_text() + Path("/proc/net/tcp6").read_text()
        listening = {f"socket:[{row.split()[9]}]" for row in tcp.splitlines() if " 0A " in row}
        assert not inodes & listening

    def test_it_never_runs_as_root(self, deep_server: EmbeddedPostgres) -> None:
        owner = Path(f"/proc/{deep_server.pid}").stat().st_uid
        assert owner != 0
        assert deep_server.data_dir.stat().st_uid == owner
        if os.geteuid() == 0:
            assert deep_server.data_dir.owner() == SYSTEM_USER

    def test_the_folders_above_it_stay_unreadable(self, deep_server: EmbeddedPostgres) -> None:
        """As root the server runs as another user: it may pass through, and nobody may look in."""
        modes = {stat.S_IMODE(folder.stat().st_mode) for folder in (deep_server.var_dir, deep_server.var_dir.parent)}
        assert modes == {0o711 if os.geteuid() == 0 else 0o700}

    def test_it_takes_nothing_from_who_started_it(self, deep_server: EmbeddedPostgres) -> None:
        environment = Path(f"/proc/{deep_server.pid}/environ").read_bytes()
        assert b"AMELI_JOBS" not in environment
        assert value(deep_server, "SHOW work_mem") == "32MB"

    def test_values_stay_out_of_its_log(self, deep_server: EmbeddedPostgres) -> None:
        with connect(deep_server) as client, pytest.raises(psycopg.errors.InvalidTextRepresentation):
            client.execute("SELECT %s::text::int", ["canari@example.org"])
        assert "canari@example.org" not in deep_server.log_file.read_text()

    def test_durability_is_on(self, deep_server: EmbeddedPostgres) -> None:
        assert [value(deep_server, f"SHOW {name}") for name in ("fsync", "synchronous_commit", "full_page_writes")] == [
            "on", "on", "on",
        ]  # fmt: skip

    def test_it_survives_a_crash_with_what_was_committed(self, deep_server: EmbeddedPostgres) -> None:
        with connect(deep_server) as client:
            client.execute("CREATE TABLE IF NOT EXISTS kept AS SELECT 7 AS seven")
        assert deep_server.stop(mode="immediate")
        assert not deep_server.is_running()
        assert not deep_server.stop(), "there is nothing left to stop"
        deep_server.ensure_running()
        assert value(deep_server, "SELECT seven FROM kept") == 7

    def test_deleting_its_folder_is_a_fresh_start(self, deep_server: EmbeddedPostgres) -> None:
        deep_server.ensure_running()
        before = deep_server.pid
        shutil.rmtree(deep_server.data_dir)
        deep_server.ensure_running()
        assert value(deep_server, "SELECT to_regclass('kept')") is None
        assert postmasters(deep_server) == [deep_server.pid]
        assert deep_server.pid != before


def test_an_owner_who_is_no_superuser_can_migrate_and_work(deep_server: EmbeddedPostgres) -> None:
    """As on a server of one's own: from PostgreSQL 16 on, even the maker of a role must be given it to use it."""
    deep_server.ensure_running()
    with connect(deep_server) as client:
        client.autocommit = True
        client.execute("DROP DATABASE IF EXISTS owned")
        client.execute("DROP ROLE IF EXISTS plain_owner")
        client.execute("CREATE ROLE plain_owner LOGIN CREATEROLE")
        client.execute("CREATE DATABASE owned OWNER plain_owner")
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "ameli_notify.settings.test",
        "DATABASE_URL": f"postgres://plain_owner@/{deep_server.socket_dir}/owned",
    }
    for arguments in (["migrate", "--verbosity", "0"], ["sync_schedules"]):
        done = subprocess.run(
            [sys.executable, "-W", "error", "manage.py", *arguments],
            cwd=settings.BASE_DIR, env=environment, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert (done.returncode, done.stderr) == (0, "")


def test_a_stale_pid_file_is_no_running_server(tmp_path: Path) -> None:
    """After a power cut the number in the file may belong to anybody."""
    server = EmbeddedPostgres(tmp_path)
    server.data_dir.mkdir()
    pid_file = server.data_dir / "postmaster.pid"
    pid_file.write_text(f"{os.getpid()}\n{server.data_dir}\n0\n5432\n{tmp_path}\n\n0 0\nready\n")
    assert not server.is_running()
    pid_file.write_text("")
    assert not server.is_running()


class TestSocketFolderInTheTemporaryDirectory:
    """Its name can be foretold: whoever makes it first could stand between us and the server."""

    @pytest.fixture
    def server(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> EmbeddedPostgres:
        monkeypatch.setattr(embedded_postgres, "SHORT_FOLDER", tmp_path)
        server = EmbeddedPostgres(tmp_path / ("deep" * 40))
        assert server.socket_dir.parent == tmp_path
        return server

    def test_a_link_is_refused(self, server: EmbeddedPostgres, tmp_path: Path) -> None:
        (tmp_path / "theirs").mkdir(mode=0o700)
        server.socket_dir.symlink_to(tmp_path / "theirs")
        self.refused(server)

    def test_a_folder_that_others_may_write_in_is_refused(self, server: EmbeddedPostgres) -> None:
        server.socket_dir.mkdir()
        server.socket_dir.chmod(0o777)
        self.refused(server)

    @pytest.mark.skipif(os.geteuid() != 0, reason="only root gives a folder away")
    def test_a_folder_of_somebody_else_is_refused(self, server: EmbeddedPostgres) -> None:
        server.socket_dir.mkdir(mode=0o700)
        os.chown(server.socket_dir, 64_321, 64_321)
        self.refused(server)

    @staticmethod
    def refused(server: EmbeddedPostgres) -> None:
        with pytest.raises(EmbeddedPostgresError, match="pas un dossier privé"):
            server.ensure_running()
        assert not server.data_dir.exists()


def postmasters(server: EmbeddedPostgres) -> list[int]:
    pids = map(int, filter(str.isdigit, os.listdir("/proc")))
    return [pid for pid in pids if os.fsencode(server.data_dir) in command_line(pid).split(b"\0")]


def command_line(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""
