"""Numbers that are typed into notes are nowhere: in no column of any table, in no log, behind no seal."""

import datetime as dt

import pytest
from django.db import connection
from django.test import Client

from accounts.staff.roles import Role
from ameli_notify.core.crypto import key_ring
from ameli_notify.core.sql import fetch_all, fetch_value
from outreach.campaigns.claiming.enums import ClaimEnding
from outreach.campaigns.claiming.holding import end_claim, held_by, note_of
from outreach.campaigns.claiming.models import CallAttempt, CallDraft
from outreach.campaigns.quality.drawing import draw_week
from outreach.campaigns.quality.models import QualityReview
from outreach.campaigns.targeting.lists import today
from tests.outreach.campaigns.calls import running
from tests.outreach.campaigns.rows import make_target
from tests.staff import client_of, make_staff

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("any_hour")]
DESK = "/console/outreach/callcampaign/poste/"
NIR = "2850700888123"
SPACED_NIR = "2 85 07 00 888 124 55"
IBAN = "FR7630006000011234567890189"
SPACED_IBAN = "FR76 3000 6000 0112 3456 7890 190"
CARD = "4970105191234561"
PLANTED = (NIR, SPACED_NIR, SPACED_NIR.replace(" ", ""), IBAN, SPACED_IBAN, SPACED_IBAN.replace(" ", ""), CARD)
NOTE = f"Elle dit {NIR}, puis {SPACED_NIR} ; compte {IBAN} ou {SPACED_IBAN}, carte {CARD}. Rappeler le soir."


def places_of(text: str) -> list[str]:
    """Tables with a row in which the text stands, as it is or as bytes. Read as the owner: no wall hides a row."""
    tables = [
        str(name)
        for (name,) in fetch_all(
            "SELECT c.oid::regclass FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace"
            " AND c.relkind IN ('r', 'p') AND NOT c.relispartition"
        )
    ]
    forms = [f"%{text}%", f"%{text.encode().hex()}%"]
    one = "SELECT count(*) FROM {table} AS whole WHERE whole::text LIKE ANY(%s)"
    return [table for table in tables if fetch_value(one.format(table=table), [forms])]


def test_what_is_planted_in_notes_is_found_nowhere(
    client: Client, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level("DEBUG")
    for name in ("Yzelle", "Yvain"):
        make_target(name)
    campaign = running()
    caller = make_staff("agent-conseil", role=Role.ADVISER)
    desk = client_of(caller)

    def take() -> str:
        desk.post(f"{DESK}suivant/", {"campaign": campaign.pk})
        claim = held_by(caller)
        assert claim is not None
        desk.post(f"{DESK}appel/{claim.token}/", {"action": "number"})
        return f"{DESK}appel/{claim.token}/"

    page = take()
    desk.post(page, {"action": "draft", "note": NOTE})
    desk.post(page, {"action": "save", "note": NOTE})  # no result chosen: shown again
    desk.post(page, {"action": "save", "note": NOTE, "disposition": "refusal"})
    page = take()
    lost = held_by(caller)
    assert lost is not None
    end_claim(lost, ClaimEnding.EXPIRED)
    desk.post(page, {"action": "save", "note": NOTE, "disposition": "refusal"})  # too late: kept as a draft
    _review(NOTE)

    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")
    assert places_of("Yzelle"), "the search sees what is there"
    found = {text: places_of(text) for text in PLANTED}
    assert {text: places for text, places in found.items() if places} == {}
    logged = caplog.text + "".join(capfd.readouterr())
    assert [text for text in PLANTED if text in logged] == []
    with connection.cursor() as cursor:
        cursor.execute("SET ROLE ameli_app")
    notes = _unsealed()
    assert len(notes) == 3
    for note in notes:
        assert "Rappeler le soir." in note
        assert [text for text in PLANTED if text in note] == []


def _review(advice: str) -> None:
    """The call is read again, with the same numbers in the advice."""
    with connection.cursor() as cursor:
        older = "UPDATE outreach_callattempt SET ended_at = ended_at - interval '7 days'"
        cursor.execute(f"RESET ROLE; {older}; SET ROLE ameli_app")
    draw_week(today() - dt.timedelta(days=7 + today().weekday()))
    review = QualityReview.objects.get()
    reviewer = client_of(make_staff("agent-supervision", role=Role.SUPERVISOR))
    page = f"/console/outreach/callcampaign/qualite/{review.pk}/"
    answers = {item["code"]: "yes" for item in review.grid.content["items"]}
    assert reviewer.post(page, answers | {"verdict": "advice", "advice": advice}).status_code == 302


def _unsealed() -> list[str]:
    """Every note and advice, opened."""
    attempts = [one for one in CallAttempt.objects.all() if one.note_sealed is not None]
    reviews = [one for one in QualityReview.objects.all() if one.advice_sealed is not None]
    return [
        *(key_ring().open(bytes(one.note_sealed or b""), context=one.note_context) for one in attempts),
        *(key_ring().open(bytes(one.advice_sealed or b""), context=one.advice_context) for one in reviews),
        *(note_of(draft) for draft in CallDraft.objects.all()),
    ]
