"""The job that writes exports: killed, cancelled, given up, in turns."""

import datetime as dt

import pytest
from django.utils import timezone
from psycopg.errors import QueryCanceled
from pytest_django import Settings

from accounts.partners.enums import PartnerState
from accounts.partners.models import PartnerInsurer
from accounts.people.models import InsuredPerson
from reimbursements.partner_api import tasks
from reimbursements.partner_api.exports import making, ordering
from reimbursements.partner_api.exports.models import PartnerExport, PartnerExportFile, PartnerExportPerson
from reimbursements.partner_api.exports.writing import path_of
from reimbursements.partner_api.publishing import publish
from tests.partners.exports import EXPORTS, claimed, lines_of, made, ordered
from tests.partners.exports import machine as machine
from tests.partners.exports import member as member
from tests.partners.exports import var as var
from tests.partners.lines import load, make_line
from tests.partners.machine import Machine, machine_of
from tests.partners.rows import make_partner
from tests.partners.test_resources import make_member


@pytest.mark.django_db(transaction=True)
class TestSideBySide:
    """Files that several connections write at the same time."""

    @pytest.fixture(autouse=True)
    def lines(self, member: InsuredPerson, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
        settings.EXPORT_FILES_AT_ONCE = 3
        monkeypatch.setattr(making, "FILE_LINES", 2)
        load(*(make_line(member) for _ in range(9)))
        publish()

    @pytest.mark.parametrize("body", [{}, {"payment_date_from": "2026-10-01", "payment_date_to": "2026-10-31"}])
    def test_hold_each_line_once(self, machine: Machine, body: dict[str, str]) -> None:
        ordered(machine, **body)
        making.make_next_files(claimed())
        assert list(PartnerExportFile.objects.values_list("number", "rows")) == [(1, 2), (2, 2), (3, 2)]
        tasks.advance_exports()
        (told,) = machine.json(EXPORTS)["data"]
        assert [(file["number"], file["rows"]) for file in told["files"]] == [(1, 2), (2, 2), (3, 2), (4, 2), (5, 1)]
        assert len({line["id"] for line in lines_of(machine, told)}) == 9

    def test_are_there_all_or_none(self, machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
        ordered(machine)
        export = claimed()
        with monkeypatch.context() as hurried:
            hurried.setattr(making, "FILE_SECONDS", 0.001)
            with pytest.raises(QueryCanceled, match="statement timeout"):
                making.make_next_files(export)
        assert list(path_of("").iterdir()) == []
        assert (PartnerExport.objects.get().place_number, PartnerExportPerson.objects.count()) == (0, 0)
        ordering.cancel(export.pk)
        with pytest.raises(making.LostClaimError):
            making.make_next_files(export)
        assert list(path_of("").iterdir()) == []


class TestJob:
    def test_that_was_killed_is_taken_up_where_it_was(
        self, machine: Machine, member: InsuredPerson, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(making, "FILE_LINES", 2)
        load(*(make_line(member) for _ in range(5)))
        publish()
        ordered(machine)
        making.make_next_files(claimed())
        dead = claimed()
        assert making.claim() is None, "somebody holds it"
        PartnerExport.objects.update(lease_ends_at=timezone.now() - dt.timedelta(seconds=1))
        tasks.advance_exports()
        (told,) = machine.json(EXPORTS)["data"]
        assert [file["rows"] for file in told["files"]] == [2, 2, 1]
        assert len({line["id"] for line in lines_of(machine, told)}) == 5
        with pytest.raises(making.LostClaimError):
            making.make_next_files(dead)
        assert len(list(path_of("").iterdir())) == 3, "what the dead one wrote is gone"

    def test_cannot_end_what_was_cancelled(self, machine: Machine, member: InsuredPerson) -> None:
        load(make_line(member))
        publish()
        ordered(machine)
        export = claimed()
        ordering.cancel(export.pk)
        with pytest.raises(making.LostClaimError):
            making.make_next_files(export)
        assert PartnerExport.objects.get().state == "cancelled"
        assert list(path_of("").iterdir()) == []

    def test_gives_up_in_the_end_and_says_so(self, machine: Machine) -> None:
        told = ordered(machine)
        for _ in range(making.MOST_ATTEMPTS):
            assert making.claim() is not None
            PartnerExport.objects.update(lease_ends_at=timezone.now() - dt.timedelta(seconds=1))
        assert making.claim() is None
        assert machine.json(f"{EXPORTS}/{told['id']}")["state"] == "failed"

    def test_leaves_a_paused_partner_alone(self, machine: Machine) -> None:
        ordered(machine)
        PartnerInsurer.objects.update(state=PartnerState.PAUSED)
        assert tasks.advance_exports() == 0
        PartnerInsurer.objects.update(state=PartnerState.ACTIVE)
        assert tasks.advance_exports() == 1

    def test_takes_partners_in_turns(self, machine: Machine, member: InsuredPerson) -> None:
        other = machine_of(make_partner("99000002"))
        load(make_line(member))
        publish()
        ordered(machine)
        ordered(other)
        assert claimed().partner_id == machine.client.partner_id
        assert claimed().partner_id == other.client.partner_id

    def test_notes_nobody_who_is_not_in_the_file(
        self, machine: Machine, member: InsuredPerson, partner: PartnerInsurer
    ) -> None:
        make_member(partner, member_no="B-2")
        load(make_line(member))
        publish()
        made(machine)
        (person,) = PartnerExportPerson.objects.values_list("consent_id", flat=True)
        assert member.consents.get().pk == person
