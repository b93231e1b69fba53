"""``seal_audit --follow`` as a real process: an access is sealed within seconds, and what is touched after is found."""

import signal
import time

import pytest
from django.core.management import call_command
from django.db import transaction

from accounts.access.models import AccessSeal
from tests.core.test_roles import run
from tests.outreach.outbox import start_manage, wait_until
from tests.security.test_sealing import look

WITHIN_SECONDS = 12.0
"""Every five seconds, with room for a busy machine."""


def sealed(row: int) -> bool:
    return AccessSeal.objects.filter(from_id__lte=row, to_id__gte=row).exists()


@pytest.mark.django_db(transaction=True)
def test_an_access_is_sealed_within_seconds_and_an_edit_is_found(
    process_environment: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    (first,) = look()
    process = start_manage("seal_audit", "--follow", env=process_environment)
    try:
        wait_until(lambda: sealed(first), seconds=40)  # with its start
        (second,) = look()
        began = time.monotonic()
        wait_until(lambda: sealed(second), seconds=WITHIN_SECONDS)
        assert time.monotonic() - began < WITHIN_SECONDS
        (last,) = look()
        process.send_signal(signal.SIGTERM)
        out, error = process.communicate(timeout=20)
    finally:
        process.kill()
        process.wait()
    assert process.returncode == 0, error
    assert out == ""
    assert "access log sealed" in error
    assert sealed(last), "what was logged before the end is sealed on the way out"
    call_command("verify_audit")
    with transaction.atomic():
        run("RESET ROLE")
        run(f"UPDATE accounts_accesslog SET insured_id = 2 WHERE id = {second}")
        run("SET ROLE ameli_app")
    capsys.readouterr()
    with pytest.raises(SystemExit) as ended:
        call_command("verify_audit")
    assert ended.value.code == 1
    assert f"lignes {second} à {second} : une ligne ou le sceau a été modifié" in capsys.readouterr().out
