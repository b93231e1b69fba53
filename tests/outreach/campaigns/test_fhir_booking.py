"""Booking over FHIR R4 against a local server with versions; every resource is judged by another library."""

import json
import threading
import uuid
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core.management import CommandError, call_command
from fhir.resources.R4B import get_fhir_model_class
from pytest_django import Settings

from outreach.campaigns.booking.resources import FhirAnswerError, read_slots, slot_of
from outreach.campaigns.booking.server import BookingOffError, FhirRefusalError, SlotTakenError, book, cancel

RPPS = "10101010105"
TOKEN = "jeton-d-essai"
REFERENCE = uuid.UUID("7a3b0c52-5a3e-4b7e-9a55-0d0a51a1b3f1")


class Fhir(ThreadingHTTPServer):
    """Slots and appointments by kind and id; ``refuse`` and ``lose`` say what becomes of the next new appointment."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.kept: dict[str, dict[str, dict[str, Any]]] = {"Slot": {}, "Appointment": {}}
        self.asked: list[str] = []
        self.refuse, self.lose = 0, False
        for day, status in ((2, "free"), (1, "free"), (3, "busy")):
            self.keep("Slot", f"s{day}", {
                "resourceType": "Slot", "schedule": {"reference": "Schedule/a"}, "status": status,
                "start": f"2030-01-0{day}T09:00:00+01:00", "end": f"2030-01-0{day}T09:20:00+01:00",
            })  # fmt: skip

    def keep(self, kind: str, id_: str, content: dict[str, Any]) -> dict[str, Any]:
        judged = get_fhir_model_class(kind).model_validate(content)
        assert judged.get_resource_type() == kind
        before = self.kept[kind].get(id_)
        version = int(before["meta"]["versionId"]) + 1 if before else 1
        self.kept[kind][id_] = {**content, "id": id_, "meta": {"versionId": str(version)}}
        return self.kept[kind][id_]


class Handler(BaseHTTPRequestHandler):
    server: Fhir

    def log_message(self, *args: object) -> None:
        """Say nothing."""

    def answer(self, status: int, content: dict[str, Any] | None = None) -> None:
        body = b"" if content is None else json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/fhir+json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        self.server.asked.append(parts.query)
        if self.headers["Authorization"] != f"Bearer {TOKEN}":
            return self.answer(401)
        kind, _, id_ = parts.path.removeprefix("/fhir/").partition("/")
        kept, wanted = self.server.kept[kind], parse_qs(parts.query)
        if id_:
            return self.answer(200, kept[id_]) if id_ in kept else self.answer(404)
        found = [each for each in kept.values() if self.fits(each, wanted)]
        return self.answer(200, {
            "resourceType": "Bundle", "type": "searchset", "entry": [{"resource": each} for each in found],
        })  # fmt: skip

    def fits(self, each: dict[str, Any], wanted: dict[str, list[str]]) -> bool:
        identifiers = [f"{one['system']}|{one['value']}" for one in each.get("identifier", [])]
        return wanted.get("identifier", identifiers[:1]) == identifiers[:1] and each["status"] in wanted.get(
            "status", [each["status"]]
        )

    def do_PUT(self) -> None:
        kind, _, id_ = self.path.removeprefix("/fhir/").partition("/")
        if self.headers["If-Match"] != f'W/"{self.server.kept[kind][id_]["meta"]["versionId"]}"':
            return self.answer(412)
        return self.answer(200, self.server.keep(kind, id_, self.content()))

    def do_POST(self) -> None:
        content = self.content()
        if self.server.refuse:
            return self.answer(self.server.refuse)
        condition = parse_qs(self.headers["If-None-Exist"])
        for known in self.server.kept["Appointment"].values():
            if self.fits(known, condition):
                return self.answer(200, known)
        made = self.server.keep("Appointment", f"a{len(self.server.kept['Appointment']) + 1}", content)
        if self.server.lose:
            self.server.lose = False
            self.connection.close()
            return None
        return self.answer(201, made)

    def content(self) -> dict[str, Any]:
        read: dict[str, Any] = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        return read


@pytest.fixture
def fhir(settings: Settings) -> Iterator[Fhir]:
    server = Fhir()
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    settings.OUTGOING_LOCAL_ALLOWED = True
    settings.FHIR_BOOKING_URL = f"http://127.0.0.1:{server.server_port}/fhir"
    settings.FHIR_BOOKING_TOKEN = TOKEN
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def statuses(fhir: Fhir, kind: str) -> dict[str, str]:
    return {id_: each["status"] for id_, each in sorted(fhir.kept[kind].items())}


def test_free_slots_of_a_professional_the_earliest_first(fhir: Fhir, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("fhir_booking", "libres", RPPS)
    assert capsys.readouterr().out.splitlines() == ["s1 01/01/2030 09:00", "s2 02/01/2030 09:00"]
    (asked,) = [parse_qs(each) for each in fhir.asked]
    assert asked["schedule.actor:Practitioner.identifier"] == [f"https://rpps.esante.gouv.fr|{RPPS}"]
    assert [each[:2] for each in asked["start"]] == ["ge", "le"]


def test_a_slot_is_booked_once_and_names_nobody(fhir: Fhir) -> None:
    made = book("s1", reference=REFERENCE, rpps=RPPS)
    assert book("s1", reference=REFERENCE, rpps=RPPS) == made
    assert statuses(fhir, "Slot")["s1"] == "busy"
    (kept,) = fhir.kept["Appointment"].values()
    assert (kept["status"], kept["slot"]) == ("booked", [{"reference": "Slot/s1"}])
    patient = kept["participant"][0]["actor"]
    assert patient == {"type": "Patient", "identifier": {"system": "urn:ietf:rfc:3986", "value": REFERENCE.urn}}
    with pytest.raises(SlotTakenError):
        book("s1", reference=uuid.uuid4(), rpps=RPPS)


def test_of_two_at_once_one_gets_it(fhir: Fhir, monkeypatch: pytest.MonkeyPatch) -> None:
    read = slot_of(fhir.kept["Slot"]["s1"])
    book("s1", reference=REFERENCE, rpps=RPPS)
    monkeypatch.setattr("outreach.campaigns.booking.server._slot", lambda slot_id: read)
    with pytest.raises(SlotTakenError):
        book("s1", reference=uuid.uuid4(), rpps=RPPS)


def test_a_lost_answer_books_nothing_twice(fhir: Fhir) -> None:
    fhir.lose = True
    with pytest.raises(Exception, match="unreachable|bad-answer"):
        book("s1", reference=REFERENCE, rpps=RPPS)
    assert book("s1", reference=REFERENCE, rpps=RPPS) == "a1"
    assert len(fhir.kept["Appointment"]) == 1


def test_a_slot_that_was_taken_before_a_crash_is_still_ours(fhir: Fhir) -> None:
    fhir.lose = True
    with pytest.raises(Exception, match="unreachable|bad-answer"):
        book("s1", reference=REFERENCE, rpps=RPPS)
    fhir.kept["Appointment"].clear()  # as if we had died before it was made
    assert book("s1", reference=REFERENCE, rpps=RPPS) == "a1"


def test_a_refusal_gives_the_slot_back(fhir: Fhir) -> None:
    fhir.refuse = 422
    with pytest.raises(FhirRefusalError, match="422"):
        book("s1", reference=REFERENCE, rpps=RPPS)
    assert statuses(fhir, "Slot")["s1"] == "free"
    assert "identifier" not in fhir.kept["Slot"]["s1"]


def test_a_booking_is_cancelled_once(fhir: Fhir) -> None:
    made = book("s2", reference=REFERENCE, rpps=RPPS)
    for _ in range(2):
        cancel(made)
    assert statuses(fhir, "Appointment") == {made: "cancelled"}
    assert statuses(fhir, "Slot")["s2"] == "free"
    assert fhir.kept["Appointment"][made]["meta"]["versionId"] == "2"


def test_off_by_default(settings: Settings) -> None:
    settings.FHIR_BOOKING_URL = ""
    with pytest.raises(BookingOffError):
        book("s1", reference=REFERENCE, rpps=RPPS)
    with pytest.raises(CommandError, match="éteinte"):
        call_command("fhir_booking", "libres", RPPS)


def test_what_is_wrong_is_said(fhir: Fhir, settings: Settings) -> None:
    with pytest.raises(CommandError, match="RPPS"):
        call_command("fhir_booking", "libres", "10101010106")
    with pytest.raises(CommandError, match="n’est plus libre"):
        call_command("fhir_booking", "reserver", RPPS, "s3")
    with pytest.raises(CommandError, match="status 404"):
        call_command("fhir_booking", "reserver", RPPS, "s9")
    with pytest.raises(CommandError, match="id"):
        call_command("fhir_booking", "annuler", "../Slot/s1")
    settings.FHIR_BOOKING_TOKEN = "autre"
    with pytest.raises(CommandError, match="status 401"):
        call_command("fhir_booking", "libres", RPPS)


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{}", b'{"resourceType": "Bundle", "entry": [{}]}'], ids=["empty", "list", "nothing", "bare"]
)
def test_an_answer_that_is_no_bundle(body: bytes) -> None:
    with pytest.raises(FhirAnswerError):
        read_slots(body)
