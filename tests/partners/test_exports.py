"""Exports: ordered over HTTP, written by the job, fetched whole and in ranges, cancelled, gone when they must be."""

import datetime as dt
import gzip
import hashlib
import os
import stat
from decimal import Decimal
from pathlib import Path

import pytest
from django.test import Client
from django.utils import timezone

from accounts.access.models import AccessLog
from accounts.my_information.accesses import accesses_page
from accounts.partners.models import MemberConsent, PartnerInsurer
from accounts.people.models import InsuredPerson
from ameli_notify.core.walls import as_insured
from reimbursements.partner_api import publishing, tasks
from reimbursements.partner_api.exports import making, ordering
from reimbursements.partner_api.exports.models import PartnerExport, PartnerExportFile
from reimbursements.partner_api.exports.writing import path_of
from reimbursements.partner_api.publishing import publish
from reimbursements.reference.models import NatureReference
from tests.partners.exports import EXPORTS, body_of, lines_of, made, ordered
from tests.partners.exports import machine as machine
from tests.partners.exports import member as member
from tests.partners.exports import var as var
from tests.partners.lines import PAID, have_months, load, make_line
from tests.partners.machine import Machine, machine_of
from tests.partners.rows import START, consent, make_partner
from tests.partners.test_resources import CHANGES, LINES, OCTOBER, make_member


class TestOrder:
    def test_is_taken_written_and_fetched(self, machine: Machine, member: InsuredPerson) -> None:
        load(make_line(member), make_line(member))
        publish()
        answer = machine.post(EXPORTS, OCTOBER)
        told = answer.json()
        assert (answer.status_code, answer["Location"]) == (202, f"{EXPORTS}/{told['id']}")
        assert (told["state"], told["progress_percent"], told["files"]) == ("queued", 0, [])
        assert tasks.advance_exports() == 2
        ready = machine.json(answer["Location"])
        assert (ready["state"], ready["progress_percent"]) == ("ready", 100)
        assert ready["expires_at"] > ready["ended_at"] > ready["ordered_at"]
        assert len(lines_of(machine, ready)) == 2
        assert machine.json(EXPORTS) == {"data": [ready], "next_cursor": None}
        assert tasks.advance_exports() == 0

    def test_sent_twice_is_one_order(self, machine: Machine, member: InsuredPerson) -> None:
        first, again = (machine.post(EXPORTS, {}, key="k-1") for _ in range(2))
        assert first.json() == again.json()
        assert again["Location"] == first["Location"]
        assert PartnerExport.objects.count() == 1

    def test_of_a_second_one_waits_for_the_first(self, machine: Machine) -> None:
        ordered(machine)
        refused = machine.post(EXPORTS, {})
        assert (refused.status_code, refused.json()["code"]) == (409, "export-under-way")
        assert int(refused["Retry-After"]) > 0
        assert machine_of(make_partner("99000002")).post(EXPORTS, {}).status_code == 202

    def test_is_refused_past_the_number_of_a_day(self, machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(ordering, "MOST_A_DAY", 2)
        for _ in range(2):
            made(machine)
        refused = machine.post(EXPORTS, {})
        assert refused.status_code == 429
        assert 86_000 < int(refused["Retry-After"]) <= 86_400
        PartnerExport.objects.update(ordered_at=timezone.now() - dt.timedelta(hours=25))
        assert machine.post(EXPORTS, {}).status_code == 202

    @pytest.mark.parametrize(
        ("body", "code"),
        [
            ({"payment_date_from": "2026-10-01"}, "invalid-parameter"),
            ({"payment_date_from": "2026-10-02", "payment_date_to": "2026-10-01"}, "invalid-parameter"),
            ({**OCTOBER, "after": "x"}, "invalid-parameter"),
            ({"after": "x"}, "invalid-cursor"),
            ({"since": "2026-10-01"}, "unknown-parameter"),
            ([], "invalid-request"),
        ],
    )
    def test_that_cannot_be_read_is_refused(self, machine: Machine, body: object, code: str) -> None:
        answer = machine.post(EXPORTS, body)
        assert (answer.status_code, answer.json()["code"]) == (400, code)
        assert not PartnerExport.objects.exists()

    def test_of_nothing_is_ready_without_files(self, machine: Machine) -> None:
        assert made(machine)["files"] == []


class TestLines:
    @pytest.fixture
    def varied(self, member: InsuredPerson, partner: PartnerInsurer) -> None:
        other = make_member(partner, member_no="B-2")
        for code, valid_from, valid_to, family, kind in (
            (1110, dt.date(2020, 1, 1), dt.date(2025, 12, 31), "consultation", {}),
            (1110, dt.date(2025, 1, 1), None, 'vi"s\\ite', {}),
            (1951, dt.date(2020, 1, 1), None, "contribution", {"is_flat_contribution": True}),
            (1971, dt.date(2027, 1, 1), None, "contribution", {"is_deductible": True}),
        ):
            NatureReference.objects.create(
                code=code, family=family, label="x", plain_label="x", valid_from=valid_from, valid_to=valid_to,
                source="essai", **kind,
            )  # fmt: skip
        load(
            make_line(member, amc_amount=Decimal("9.00"), is_amc_transmitted=True, care_end=PAID, payee=36),
            make_line(member, care_start=dt.date(2025, 6, 1), operation="A", amount_paid=Decimal("-21.00"), payee=33),
            make_line(member, care_start=dt.date(2024, 6, 1), operation="R", rem_type=1, payee=99),
            make_line(other, nature_code=1951, amount_paid=Decimal("-2.00"), amount_charged=Decimal(0)),
            make_line(other, nature_code=1971, amount_paid=Decimal("-0.50"), line_no=7),
            make_line(other, nature_code=4321, rate_pct=Decimal(0)),
        )
        publish()

    def test_are_those_of_every_other_answer(self, machine: Machine, varied: None) -> None:
        wanted = machine.json(LINES, OCTOBER)["data"]
        assert len(wanted) == 6
        for body in (OCTOBER, {}):
            told = lines_of(machine, made(machine, **body))
            assert sorted(told, key=lambda one: str(one["id"])) == sorted(wanted, key=lambda one: str(one["id"]))
            assert list(told[0]) == list(wanted[0]), "in the same order"

    def test_come_in_as_many_files_as_it_takes(
        self, machine: Machine, varied: None, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(making, "FILE_LINES", 4)
        for body in (OCTOBER, {}):
            told = made(machine, **body)
            assert [file["rows"] for file in told["files"]] == [4, 2]
            assert len({one["id"] for one in lines_of(machine, told)}) == 6

    def test_after_a_place_are_the_rest_and_the_feed_goes_on(
        self, machine: Machine, varied: None, member: InsuredPerson
    ) -> None:
        place = machine.json(CHANGES)["next_after"]
        load(make_line(member, line_no=9))
        publish()
        told = made(machine, after=place)
        (line,) = lines_of(machine, told)
        assert line["line_no"] == 9
        assert machine.json(CHANGES, {"after": told["next_after"]})["data"] == []
        load(make_line(member, line_no=10))
        publish()
        (row,) = machine.json(CHANGES, {"after": told["next_after"]})["data"]
        assert row["reimbursement"]["line_no"] == 10

    def test_of_other_days_and_of_others_are_not_there(
        self, machine: Machine, member: InsuredPerson, partner: PartnerInsurer
    ) -> None:
        days = [dt.date(2026, 9, 30), dt.date(2026, 10, 1), dt.date(2026, 10, 31), dt.date(2026, 11, 1)]
        have_months(*days)
        load(*(make_line(member, payment_date=day, care_start=START) for day in days))
        load(make_line(make_member(make_partner("99000002"))))
        publish()
        told = lines_of(machine, made(machine, **OCTOBER))
        assert sorted(one["payment_date"] for one in told) == ["2026-10-01", "2026-10-31"]

    def test_that_the_wall_hides_are_left_out(
        self, machine: Machine, member: InsuredPerson, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(making, "FILE_LINES", 1)
        load(make_line(member, care_start=START), make_line(member))
        publish()
        member.memberships.update(starts_on=START + dt.timedelta(days=1))  # not yet followed by the publisher
        told = made(machine)
        assert [file["number"] for file in told["files"]] == [1]
        assert [one["care_start"] for one in lines_of(machine, told)] == ["2026-10-12"]


@pytest.fixture
def file(machine: Machine, member: InsuredPerson) -> str:
    load(*(make_line(member) for _ in range(30)))
    publish()
    return str(made(machine)["files"][0]["url"])


class TestFile:
    def test_is_told_with_its_digest_and_kept_by_nobody(self, machine: Machine, file: str) -> None:
        answer = machine.get(file)
        content = body_of(answer)
        assert answer["Content-Type"] == "application/gzip"
        assert answer["ETag"] == f'"{hashlib.sha256(content).hexdigest()}"'
        assert answer["Content-Length"] == str(len(content))
        assert (answer["Cache-Control"], answer["Accept-Ranges"]) == ("no-store", "bytes")
        assert answer["Repr-Digest"].startswith("sha-256=:")
        assert machine.get(file, **{"if-none-match": answer["ETag"]}).status_code == 304
        head = Client().head(file, headers={"authorization": machine.bearer()})
        assert (head.status_code, head["Content-Length"], head["ETag"]) == (200, str(len(content)), answer["ETag"])

    def test_goes_on_from_any_place(self, machine: Machine, file: str) -> None:
        whole = machine.get(file)
        content = body_of(whole)
        size = len(content)
        assert size > 64
        for asked, first, last in (
            ("bytes=0-0", 0, 0), ("bytes=15-16", 15, 16), (f"bytes=33-{size + 99}", 33, size - 1),
            ("bytes=16-", 16, size - 1), ("bytes=-7", size - 7, size - 1), (f"bytes=-{size + 1}", 0, size - 1),
        ):  # fmt: skip
            part = machine.get(file, range=asked, **{"if-range": whole["ETag"]})
            assert part.status_code == 206, asked
            assert part["Content-Range"] == f"bytes {first}-{last}/{size}"
            assert body_of(part) == content[first : last + 1]
            assert part["Content-Length"] == str(last + 1 - first)

    @pytest.mark.parametrize(
        "headers",
        [
            {"range": "bytes=5-", "if-range": '"other"'},
            {"range": "bytes=5-4"},
            {"range": "bytes=1-2,4-5"},
            {"range": "lines=1-2"},
            {"range": "bytes=-"},
        ],
        ids=str,
    )
    def test_comes_whole_where_a_part_would_not_fit(self, machine: Machine, file: str, headers: dict[str, str]) -> None:
        answer = machine.get(file, **headers)
        assert answer.status_code == 200
        assert gzip.decompress(body_of(answer)).count(b"\n") == 30

    @pytest.mark.parametrize("beyond", ["bytes=99999999-", "bytes=-0"])
    def test_has_no_bytes_beyond_its_end(self, machine: Machine, file: str, beyond: str) -> None:
        answer = machine.get(file, range=beyond)
        assert (answer.status_code, answer.json()["code"]) == (416, "range-not-satisfiable")
        assert answer["Content-Range"] == f"bytes */{PartnerExportFile.objects.get().size}"

    def test_is_nobody_elses(self, machine: Machine, file: str) -> None:
        stranger = machine_of(make_partner("99000002"))
        assert stranger.get(file).status_code == 404
        assert stranger.get(file.rpartition("/files/")[0]).status_code == 404
        assert stranger.json(EXPORTS)["data"] == []
        headers = {"authorization": stranger.bearer()}
        assert Client().delete(file.rpartition("/files/")[0], headers=headers).status_code == 404

    def test_lies_enciphered_and_closed_to_others(self, machine: Machine, file: str) -> None:
        path = path_of(PartnerExportFile.objects.get().name)
        content = body_of(machine.get(file))
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
        raw = path.read_bytes()
        assert len(raw) == len(content)
        assert content[:32] not in raw

    def test_that_was_lost_is_gone(self, machine: Machine, file: str) -> None:
        path_of(PartnerExportFile.objects.get().name).unlink()
        answer = machine.get(file)
        assert (answer.status_code, answer.json()["code"]) == (410, "gone")
        assert not AccessLog.objects.exists()

    def test_is_logged_once_and_the_person_reads_it(
        self, machine: Machine, file: str, member: InsuredPerson, partner: PartnerInsurer
    ) -> None:
        assert not AccessLog.objects.exists(), "made is not read"
        machine.get(file, **{"if-none-match": "*"})
        assert not AccessLog.objects.exists()
        for _ in range(2):
            body_of(machine.get(file))
        (row,) = AccessLog.objects.all()
        assert (row.actor_role, row.actor_id, row.insured_id, row.action) == (
            "partner", partner.pk, member.pk, "export",
        )  # fmt: skip
        with as_insured(member.pk):
            (shown,) = accesses_page(member.pk).rows
        assert shown.what_fr == "Extraction : vos remboursements"


class TestEnd:
    def test_by_the_partner_deletes_everything(self, machine: Machine, file: str) -> None:
        address = file.rpartition("/files/")[0]
        path = path_of(PartnerExportFile.objects.get().name)
        for _ in range(2):
            assert Client().delete(address, headers={"authorization": machine.bearer()}).status_code == 204
        assert machine.json(address)["state"] == "cancelled"
        assert machine.get(file).status_code == 410
        assert not path.exists()
        assert not PartnerExportFile.objects.exists()

    def test_by_the_partner_frees_the_way_for_another(self, machine: Machine, member: InsuredPerson) -> None:
        told = ordered(machine)
        assert Client().delete(
            f"{EXPORTS}/{told['id']}", headers={"authorization": machine.bearer()}
        ).status_code == 204  # fmt: skip
        assert tasks.advance_exports() == 0
        assert ordered(machine)["state"] == "queued"

    def test_comes_after_a_day(self, machine: Machine, file: str) -> None:
        PartnerExport.objects.update(expires_at=timezone.now() - dt.timedelta(seconds=1))
        assert machine.get(file).status_code == 410, "at once"
        path = path_of(PartnerExportFile.objects.get().name)
        assert tasks.forget_exports() == 1
        assert not path.exists()
        assert machine.json(file.rpartition("/files/")[0])["state"] == "expired"
        assert machine.get(file).status_code == 410

    def test_of_a_file_comes_with_a_withdrawn_consent(
        self, machine: Machine, file: str, member: InsuredPerson, partner: PartnerInsurer
    ) -> None:
        path = path_of(PartnerExportFile.objects.get().name)
        assert tasks.forget_exports() == 0
        consent(member, partner, ())
        assert machine.get(file).status_code == 410, "at once"
        assert tasks.forget_exports() == 1
        assert not path.exists()
        assert machine.json(file.rpartition("/files/")[0])["files"] == []

    def test_of_a_file_comes_with_the_day_on_which_a_minor_comes_of_age(
        self, machine: Machine, file: str, member: InsuredPerson
    ) -> None:
        MemberConsent.objects.filter(insured=member).update(guardian_id=0, ends_on=timezone.localdate())
        assert machine.get(file).status_code == 410
        assert tasks.forget_exports() == 1

    def test_of_a_file_comes_with_a_changed_membership(
        self, machine: Machine, file: str, member: InsuredPerson
    ) -> None:
        member.memberships.update(starts_on=PAID)
        publishing.follow_memberships()
        assert machine.get(file).status_code == 410

    def test_of_what_nobody_names_comes_at_night(self, machine: Machine, file: str, var: Path) -> None:
        orphan = var / "exports" / "00000000-0000-0000-0000-000000000000"
        orphan.write_bytes(b"x")
        assert tasks.purge_exports() == 0, "somebody may be writing it"
        before = (timezone.now() - dt.timedelta(hours=2)).timestamp()
        for path in (var / "exports").iterdir():
            os.utime(path, (before, before))
        assert tasks.purge_exports() == 1
        assert not orphan.exists()
        assert body_of(machine.get(file))
