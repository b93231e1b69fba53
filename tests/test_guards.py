"""The guards of the suite catch what they are for: an empty report counts only if they can find something."""

import datetime as dt
import logging
import os
import socket
import subprocess
import sys
import uuid
import warnings
from pathlib import Path

import pytest
import pytest_socket
from django.conf import settings
from django.core.management import call_command
from django.db import connection, connections
from django.template import Context, Engine, Template
from django.template.base import Origin
from django_q.signing import SignedPackage
from hypothesis import given
from hypothesis import strategies as st

from ameli_notify.core import roles
from ameli_notify.core.jobs import RUNNER
from ameli_notify.core.masking import mask_personal_data
from fraud.cases.decision_models import CaseParameter
from outreach.campaigns.retention.models import CallTerm
from tests.guards.databases import drop_abandoned_databases, own_database_name
from tests.guards.personal_data import CANARIES, CANARY_EMAIL, CANARY_NIR, PersonalDataGuard
from tests.guards.role import refuse_privileged_role


def rendered(source: str, *, ours: bool) -> str:
    folder = settings.BASE_DIR / "templates" if ours else Path("/elsewhere")
    template = Template(source, origin=Origin(str(folder / "page.html")), engine=Engine.get_default())
    text: str = template.render(Context({"known": "here"}))
    return text


class TestTemplateVariables:
    def test_an_undefined_variable_in_our_templates_fails(self) -> None:
        with pytest.raises(pytest.fail.Exception, match=r"undefined in .*page\.html: \{\{ unknown \}\}"):
            rendered("{{ known }} {% if known %}{{ unknown }}{% endif %}", ours=True)

    def test_a_declared_default_is_fine(self) -> None:
        assert rendered("{{ unknown|default:'–' }}", ours=True) == "–"

    def test_other_peoples_templates_behave_as_in_production(self) -> None:
        assert rendered("[{{ unknown }}] [{{ unknown|default:'x' }}]", ours=False) == "[] [x]"


class TestPersonalData:
    @pytest.mark.shows_personal_data
    @pytest.mark.parametrize("value", [*CANARIES, "06 12 34 56 78", "FR76 3000 4000 0312 3456 7890 143"])
    def test_a_log_that_names_somebody_is_found(self, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
        guard = PersonalDataGuard()
        guard.install(monkeypatch)
        logging.getLogger("tests.guards").warning("refused: %s", value)
        logging.getLogger("tests.guards").warning("refused", extra={"value": value})
        assert len(guard.findings) == 2

    @pytest.mark.shows_personal_data
    def test_a_job_that_carries_somebody_is_found(
        self, transactional_db: None, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        guard = PersonalDataGuard()
        guard.install(monkeypatch)
        SignedPackage.dumps({"func": RUNNER, "args": ("some.task", CANARY_EMAIL), "kwargs": {}})
        SignedPackage.dumps({"func": RUNNER, "args": ("some.task",), "kwargs": {"person": CANARY_NIR}})
        assert len(guard.findings) == 2

    def test_a_finding_fails_the_test_that_made_it(self, tmp_path: Path) -> None:
        outcome = run_apart(
            tmp_path, "import logging\ndef test_it():\n    logging.getLogger('x').info('%s', 'a@example.org')\n"
        )
        assert "personal data left the house" in outcome
        assert "1 error" in outcome

    @given(st.uuids(), st.binary(min_size=16, max_size=64))
    def test_ids_and_digests_are_no_false_alarm(self, number: uuid.UUID, digest: bytes) -> None:
        text = f"batch {number} of {digest.hex()} ({number})"
        assert mask_personal_data(text) == text


class TestRole:
    def test_the_suite_runs_as_the_runtime_role(self, db: None) -> None:
        refuse_privileged_role(connection)
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_user")
            assert cursor.fetchone() == (roles.APP,)

    def test_the_owner_would_be_refused(self, db: None) -> None:
        owner = connections.create_connection("default")
        options = {key: value for key, value in connection.settings_dict["OPTIONS"].items() if key != "assume_role"}
        owner.settings_dict = connection.settings_dict | {"OPTIONS": options}
        try:
            with pytest.raises(pytest.exit.Exception, match="plain runtime role"):
                refuse_privileged_role(owner)
        finally:
            owner.close()


class TestDatabases:
    def test_what_a_killed_run_left_is_dropped_and_the_living_stay(self, transactional_db: None) -> None:
        if not connection.settings_dict.get("EMBEDDED_IN"):
            pytest.skip("only the embedded server is ours to clean")
        ended = subprocess.Popen([sys.executable, "-c", ""])
        ended.wait()
        abandoned = f"test_ameli_{ended.pid}_gw0"
        owner = connections.create_connection("default")
        options = {key: value for key, value in connection.settings_dict["OPTIONS"].items() if key != "assume_role"}
        owner.settings_dict = connection.settings_dict | {"OPTIONS": options}
        with owner.cursor() as cursor:
            cursor.execute(f"CREATE DATABASE {abandoned}")
        owner.close()
        assert abandoned in drop_abandoned_databases(connection)
        assert connection.settings_dict["NAME"] == own_database_name(os.environ.get("PYTEST_XDIST_WORKER", ""))


class TestOutside:
    def test_nothing_beyond_this_machine_can_be_reached(self) -> None:
        with pytest.raises((pytest_socket.SocketConnectBlockedError, UserWarning), match="192.0.2.1"):
            socket.create_connection(("192.0.2.1", 80), timeout=1)

    def test_warnings_are_errors(self) -> None:
        with pytest.raises(UserWarning, match="look here"):
            warnings.warn("look here", stacklevel=1)


def run_apart(folder: Path, source: str) -> str:
    """Outcome of a test module run by a pytest of its own, under this suite's conftest and configuration.

    In a folder of its own too: each pytest closes the shared one to all other accounts, among them that of a database
    server which another test has just started below it.
    """
    module = folder / "test_apart.py"
    module.write_text(source)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "tests.conftest",
         "--basetemp", str(folder / "base"),
         "-c", str(settings.BASE_DIR / "pyproject.toml"), str(module)],
        cwd=settings.BASE_DIR, capture_output=True, text=True, check=False,
    )  # fmt: skip
    return done.stdout


@pytest.mark.django_db(transaction=True)
def test_what_migrations_wrote_is_there_behind_each_flush() -> None:
    written = [set(model.objects.values_list("pk", flat=True)) for model in (CaseParameter, CallTerm)]
    assert all(written)
    CaseParameter.objects.update(value=0)
    call_command("flush", verbosity=0, interactive=False)
    assert [set(model.objects.values_list("pk", flat=True)) for model in (CaseParameter, CallTerm)] == written
    assert CaseParameter.objects.exclude(value=0).exists()
    added = CaseParameter.objects.create(code="share-days", value=1, valid_from=dt.date(2031, 1, 1), source="essai")
    assert added.pk not in written[0]
