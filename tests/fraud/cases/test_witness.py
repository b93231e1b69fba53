"""An event of a case that somebody touches in the database is found."""

from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection

from accounts.access.models import AccessLog
from fraud.cases.models import CaseEvent, FraudCase


def verified(command: str = "verify_cases") -> str:
    """What a command says; raises SystemExit when something was touched."""
    out = StringIO()
    call_command(command, stdout=out)
    return out.getvalue()


def tamper(statement: str, event_id: int) -> None:
    """As whoever owns the tables: the application may not."""
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")
        try:
            cursor.execute(statement, [event_id])
        finally:
            cursor.execute("SET ROLE ameli_app")


def test_every_event_has_its_fingerprint_in_the_log(held_case: FraudCase) -> None:
    assert "intacts" in verified()
    witnessed = AccessLog.objects.filter(object_kind="fraud.caseevent", action="change")
    assert witnessed.count() == CaseEvent.objects.count() > 3


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE fraud_caseevent SET after = '{}' WHERE id = %s",
        "UPDATE fraud_caseevent SET actor_id = 999 WHERE id = %s",
        "UPDATE fraud_caseevent SET at = at - interval '1 microsecond' WHERE id = %s",
        "DELETE FROM fraud_caseevent WHERE id = %s",
    ],
)
def test_one_touched_row_is_found(held_case: FraudCase, statement: str) -> None:
    event = CaseEvent.objects.filter(kind="assigned").get()
    tamper(statement, event.pk)
    for command in ("verify_cases", "verify_audit"):
        with pytest.raises(SystemExit):
            verified(command)


def test_the_check_of_the_log_says_which_event(held_case: FraudCase, capsys: pytest.CaptureFixture[str]) -> None:
    assert "sceau" in verified("verify_audit").lower()
    event = CaseEvent.objects.filter(kind="assigned").get()
    tamper("DELETE FROM fraud_caseevent WHERE id = %s", event.pk)
    with pytest.raises(SystemExit):
        call_command("verify_audit")
    assert f"L’événement de dossier {event.pk} a été supprimé." in capsys.readouterr().out


def test_an_event_without_a_witness_is_found(held_case: FraudCase) -> None:
    event = CaseEvent.objects.filter(kind="assigned").get()
    tamper("DELETE FROM accounts_accesslog WHERE reason = %s::text AND object_kind = 'fraud.caseevent'", event.pk)
    with pytest.raises(SystemExit):
        verified()
