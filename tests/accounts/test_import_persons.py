"""Files of insured people, through the command: upsert, history, findings."""

import gzip
import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from accounts.partners.models import PartnerInsurer, PartnerMembership
from accounts.people.contacts import contact_lookup
from accounts.people.importing import services
from accounts.people.importing.reading import COLUMNS
from accounts.people.models import (
    ContactChannel,
    DirectoryBatch,
    InsuredPerson,
    LongTermCondition,
    PreferenceChange,
    contact_context,
    nir_context,
)
from ameli_notify.core.crypto import key_ring
from tests.accounts.factories import make_nir

pytestmark = pytest.mark.django_db

HOLDER = make_nir(11)
CHILD = make_nir(12, sex=2)
NOBODY = make_nir(13)

_SOUND = {
    "format_version": "1", "fund_code": "01C751000", "nir": HOLDER, "policyholder_nir": "", "birth_date": "19580323",
    "birth_rank": "1", "sex": "1", "birth_name": "ZZCANARI", "usage_name": "", "first_names": "Yzélie-Canari",
    "postcode": "75011", "territory": "", "email": "holder@example.org", "mobile": "+33600000011", "landline": "",
    "preferred_channel": "email", "ald_codes": "", "treating_rpps": "10000000009", "death_date": "",
    "contact_protected": "0", "amc_code": "75012345", "amc_member_no": "M1", "amc_from": "20250101", "amc_to": "",
}  # fmt: skip


def person(nir: str = HOLDER, **changes: str) -> str:
    cells = _SOUND | {"nir": nir} | changes
    return ";".join(cells[name] for name in COLUMNS)


def child(**changes: str) -> str:
    return person(CHILD, policyholder_nir=HOLDER, sex="2", email="", mobile="", **changes)


def load(folder: Path, *rows: str, options: tuple[str, ...] = (), content: bytes | None = None) -> dict[str, Any]:
    path = folder / "ASS_01C751000_20261028_0001.csv"
    path.write_bytes(content or "".join(f"{line}\n" for line in (";".join(COLUMNS), *rows)).encode())
    return run(path, *options)


def run(path: Path, *options: str) -> dict[str, Any]:
    stdout, stderr = StringIO(), StringIO()
    code = 0
    try:
        call_command(
            "import_persons", str(path), "--json", "--rejects-dir", str(path.parent), *options,
            stdout=stdout, stderr=stderr,
        )  # fmt: skip
    except SystemExit as stop:
        code = int(str(stop.code))
    result: dict[str, Any] = json.loads(stdout.getvalue())
    return result | {"exit": code, "stderr": stderr.getvalue()}


def rejects(folder: Path) -> list[str]:
    return (folder / "ASS_01C751000_20261028_0001.csv.rejets.csv").read_text().splitlines()[1:]


def holder() -> InsuredPerson:
    return InsuredPerson.objects.with_nir(HOLDER).get()


def current(kind: str) -> ContactChannel:
    return ContactChannel.objects.get(insured=holder(), kind=kind, ended_at=None)


def test_a_person_is_stored_sealed_and_found_by_the_blind_index(tmp_path: Path) -> None:
    result = load(tmp_path, person(ald_codes="8 5", usage_name='"D\'ALMEIDA; dit"'))
    assert (result["lines_good"], result["rows_new"], result["exit"]) == (1, 1, 0)
    found = holder()
    ring = key_ring()
    assert ring.open(found.nir_sealed, context=nir_context(found.nir_lookup)) == HOLDER
    assert found.cohort == found.nir_lookup.int % 10
    assert (found.birth_name, found.usage_name, found.treating_rpps) == ("ZZCANARI", "D'ALMEIDA; dit", 10000000009)
    assert (str(found.born_on), found.has_email, found.has_mobile) == ("1958-03-23", True, True)
    email = current("email")
    assert ring.open(email.address_sealed, context=contact_context(found.pk, "email")) == "holder@example.org"
    assert email.address_lookup == contact_lookup("email", "Holder@Example.org")
    assert set(found.long_term_conditions.values_list("code", flat=True)) == {5, 8}
    membership = PartnerMembership.objects.get()
    assert (membership.partner.code, membership.member_no, membership.ends_on) == ("75012345", "M1", None)
    batch = DirectoryBatch.objects.get()
    assert (batch.kind, batch.rows_good, batch.rows_new, batch.rows_changed) == ("persons", 1, 1, 0)


def test_the_same_file_again_changes_nothing(tmp_path: Path) -> None:
    load(tmp_path, person(ald_codes="8"), child())
    before = _everything()
    result = load(tmp_path, person(ald_codes="8"), child())
    assert (result["rows_new"], result["rows_changed"], result["rows_unchanged"]) == (0, 0, 2)
    assert _everything() == before


def test_people_absent_from_a_file_are_left_alone(tmp_path: Path) -> None:
    load(tmp_path, person(), child())
    load(tmp_path, person(postcode="69001"))
    assert InsuredPerson.objects.count() == 2
    assert holder().postcode == "69001"


class TestHistory:
    def test_a_replaced_address_ends_and_the_new_one_starts(self, tmp_path: Path) -> None:
        load(tmp_path, person())
        result = load(tmp_path, person(email="new@example.org"))
        assert result["rows_changed"] == 1
        old = ContactChannel.objects.get(kind="email", ended_at__isnull=False)
        assert (old.end_reason, old.address_lookup) == ("replaced", contact_lookup("email", "holder@example.org"))
        assert current("email").address_lookup == contact_lookup("email", "new@example.org")
        assert ContactChannel.objects.filter(kind="mobile").count() == 1

    def test_a_withdrawn_address_ends_and_reach_follows(self, tmp_path: Path) -> None:
        load(tmp_path, person())
        load(tmp_path, person(mobile=""))
        assert ContactChannel.objects.get(kind="mobile").end_reason == "withdrawn"
        assert (holder().has_email, holder().has_mobile) == (True, False)
        load(tmp_path, person())
        assert holder().has_mobile is True
        assert ContactChannel.objects.filter(kind="mobile").count() == 2

    def test_another_spelling_is_the_same_address(self, tmp_path: Path) -> None:
        load(tmp_path, person())
        assert load(tmp_path, person(email="HOLDER@example.org"))["rows_changed"] == 0

    def test_an_address_that_no_longer_exists_is_not_taken_up_again(self, tmp_path: Path) -> None:
        load(tmp_path, person())
        ContactChannel.objects.filter(kind="email").update(ended_at=timezone.now(), end_reason="bounced")
        InsuredPerson.objects.update(has_email=False)
        assert load(tmp_path, person())["rows_changed"] == 0
        assert holder().has_email is False
        load(tmp_path, person(email="other@example.org"))
        assert holder().has_email is True

    def test_a_changed_preference_is_kept(self, tmp_path: Path) -> None:
        load(tmp_path, person())
        load(tmp_path, person(preferred_channel="sms"))
        change = PreferenceChange.objects.get()
        assert (change.old_channel, change.new_channel, change.changed_by) == ("email", "sms", "import")
        load(tmp_path, person(preferred_channel=""))
        assert holder().preferred_channel == "sms", "nothing said is nothing changed"

    def test_conditions_follow_the_file(self, tmp_path: Path) -> None:
        load(tmp_path, person(ald_codes="5 8"))
        assert load(tmp_path, person(ald_codes="8 12"))["rows_changed"] == 1
        assert set(LongTermCondition.objects.values_list("code", flat=True)) == {8, 12}

    def test_a_new_insurer_closes_the_membership_before(self, tmp_path: Path) -> None:
        load(tmp_path, person())
        load(tmp_path, person(amc_code="75099999", amc_member_no="X9", amc_from="20260601"))
        old, new = PartnerMembership.objects.order_by("starts_on")
        assert (str(old.ends_on), new.partner.code, new.ends_on) == ("2026-05-31", "75099999", None)
        load(tmp_path, person(amc_code="", amc_member_no="M1", amc_from="20250101"))
        assert not PartnerMembership.objects.filter(ends_on=None).exists()
        assert PartnerInsurer.objects.count() == 2


class TestPolicyholder:
    def test_may_come_after_the_dependant(self, tmp_path: Path) -> None:
        result = load(tmp_path, child(), person())
        assert result["lines_good"] == 2
        assert InsuredPerson.objects.with_nir(CHILD).get().policyholder == holder()

    def test_may_come_in_a_later_chunk(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(services, "CHUNK", 2)
        rows = [child(), *(person(make_nir(100 + n)) for n in range(5)), person()]
        assert load(tmp_path, *rows)["lines_good"] == 7
        assert InsuredPerson.objects.with_nir(CHILD).get().policyholder == holder()

    def test_may_be_known_already(self, tmp_path: Path) -> None:
        load(tmp_path, person())
        assert load(tmp_path, child())["lines_good"] == 1

    def test_found_nowhere_is_a_finding(self, tmp_path: Path) -> None:
        orphan = person(CHILD, policyholder_nir=NOBODY)
        result = load(tmp_path, person(), orphan, options=("--max-reject-rate", "1"))
        assert (result["rejects"], result["lines_good"]) == ({"E110_UNKNOWN_PERSON": 1}, 1)
        assert rejects(tmp_path) == [f"3;E;E110_UNKNOWN_PERSON;policyholder_nir;{NOBODY[:7]}******{NOBODY[-2:]}"]
        assert InsuredPerson.objects.count() == 1

    def test_rejected_takes_the_dependant_along(self, tmp_path: Path) -> None:
        result = load(tmp_path, person(sex="3"), child(), options=("--max-reject-rate", "1"))
        assert result["rejects"] == {"E001_PARSE": 1, "E110_UNKNOWN_PERSON": 1}

    def test_oneself_is_a_policyholder(self, tmp_path: Path) -> None:
        load(tmp_path, person(policyholder_nir=HOLDER))
        assert holder().policyholder is None

    def test_changes(self, tmp_path: Path) -> None:
        other = make_nir(20)
        load(tmp_path, person(), person(other), child())
        load(tmp_path, person(CHILD, policyholder_nir=other, email="", mobile=""))
        assert InsuredPerson.objects.with_nir(CHILD).get().policyholder == InsuredPerson.objects.with_nir(other).get()


@pytest.mark.parametrize(
    ("changes", "code", "field", "shown"),
    [
        ({"fund_code": "Paris"}, "E001_PARSE", "fund_code", "Paris"),
        ({"birth_date": "1958032"}, "E001_PARSE", "birth_date", "1958032"),
        ({"birth_name": ""}, "E001_PARSE", "birth_name", ""),
        ({"territory": "75"}, "E001_PARSE", "territory", "75"),
        ({"preferred_channel": "fax"}, "E001_PARSE", "preferred_channel", "fax"),
        ({"ald_codes": "8,5"}, "E001_PARSE", "ald_codes", "8,5"),
        ({"death_date": "20260230"}, "E001_PARSE", "death_date", "20260230"),
        ({"amc_from": ""}, "E001_PARSE", "amc_from", ""),
        ({"amc_to": "20241231"}, "E001_PARSE", "amc_to", "20241231"),
        ({"nir": HOLDER[:-2] + "00"}, "E101_NIR_KEY", "nir", f"{HOLDER[:7]}******00"),
        ({"policyholder_nir": "123"}, "E101_NIR_KEY", "policyholder_nir", "***"),
        ({"first_names": "a\tb"}, "E001_PARSE", "line", ""),
        ({"postcode": "75011;75011"}, "E001_PARSE", "line", "25"),
    ],
)  # fmt: skip
def test_a_wrong_row_is_rejected(tmp_path: Path, changes: dict[str, str], code: str, field: str, shown: str) -> None:
    result = load(tmp_path, person(**changes), person(NOBODY), options=("--max-reject-rate", "0.5"))
    assert (result["rejects"], result["lines_good"], result["exit"]) == ({code: 1}, 1, 0)
    assert rejects(tmp_path) == [f"2;E;{code};{field};{shown}"]
    assert InsuredPerson.objects.count() == 1


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"email": "nobody"}, "email"),
        ({"email": "a b@example.org"}, "email"),
        ({"email": "é@example.org"}, "email"),
        ({"email": "<a@example.org>"}, "email"),
        ({"email": "a@example"}, "email"),
        ({"email": "a" * 65 + "@example.org"}, "email"),
        ({"mobile": "0600000011"}, "mobile"),
        ({"mobile": "+336 00000011"}, "mobile"),
        ({"landline": "+0123456789"}, "landline"),
    ],
)
def test_a_bad_address_is_left_out_and_told_without_showing_it(
    tmp_path: Path, changes: dict[str, str], field: str
) -> None:
    result = load(tmp_path, person(**changes))
    assert (result["warnings"], result["lines_good"]) == ({"W120_CONTACT": 1}, 1)
    assert rejects(tmp_path) == [f"2;W;W120_CONTACT;{field};({len(changes[field])} caractères)"]
    assert not ContactChannel.objects.filter(kind=field).exists()


def test_a_wrong_treating_doctor_is_left_out(tmp_path: Path) -> None:
    result = load(tmp_path, person(treating_rpps="10000000001"))
    assert result["warnings"] == {"W121_TREATING_RPPS": 1}
    assert holder().treating_rpps is None


def test_lunar_and_unknown_dates_of_birth_are_kept_as_declared(tmp_path: Path) -> None:
    load(tmp_path, person(birth_date="19581300"))
    assert (holder().birth_date_text, holder().born_on) == ("19581300", None)


def test_an_insurer_number_alone_makes_no_membership(tmp_path: Path) -> None:
    load(tmp_path, person(amc_code=""))
    assert not PartnerMembership.objects.exists()


def test_of_two_rows_of_one_person_the_later_holds(tmp_path: Path) -> None:
    result = load(tmp_path, person(postcode="75001"), person(postcode="75002"))
    assert (result["lines_good"], result["rows_new"]) == (2, 1)
    assert holder().postcode == "75002"


def test_protected_and_deceased_are_kept(tmp_path: Path) -> None:
    load(tmp_path, person(contact_protected="1", death_date="20261001"))
    assert (holder().is_contact_protected, str(holder().died_on)) == (True, "2026-10-01")


def test_too_many_rejects_load_nothing(tmp_path: Path) -> None:
    result = load(tmp_path, person(), person(NOBODY, sex="9"))
    assert (result["exit"], result["batches"][0]["code"], result["lines_good"]) == (2, "F09", 0)
    assert not InsuredPerson.objects.exists()
    assert len(rejects(tmp_path)) == 1
    assert "F09, 1 ligne rejetée sur 2" in result["stderr"]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"nir;name\n", "F04"),
        (";".join(COLUMNS).encode() + b"\n2;x\n", "F04"),
        (";".join(COLUMNS).encode() + b"\n\xff\n", "F07"),
        (gzip.compress(person().encode(), mtime=0)[:40], "F07"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path, content: bytes, code: str) -> None:
    result = load(tmp_path, content=content)
    assert (result["exit"], result["batches"][0]["code"]) == (2, code)
    assert not DirectoryBatch.objects.exists()


def test_gzip_and_a_folder_in_order(tmp_path: Path) -> None:
    for sequence, postcode in ((1, "75001"), (2, "75002")):
        text = "\n".join([";".join(COLUMNS), person(postcode=postcode), ""])
        (tmp_path / f"ASS_01C751000_20261028_000{sequence}.csv.gz").write_bytes(gzip.compress(text.encode()))
    result = run(tmp_path)
    assert (result["lines_good"], len(result["batches"])) == (2, 2)
    assert holder().postcode == "75002"


def test_a_path_that_is_nothing(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="n’existe pas"):
        call_command("import_persons", str(tmp_path / "nothing"))
    with pytest.raises(CommandError, match="aucun fichier"):
        call_command("import_persons", str(tmp_path))


def _everything() -> list[Any]:
    return [
        list(model.objects.order_by("pk").values_list())
        for model in (InsuredPerson, ContactChannel, PreferenceChange, LongTermCondition, PartnerMembership)
    ]
