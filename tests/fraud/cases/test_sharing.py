"""Telling a mutual: by two, for a time, as little as it needs; the database refuses anything else."""

import datetime as dt

import pytest
import time_machine
from django.db import IntegrityError, ProgrammingError, transaction
from django.urls import reverse
from django.utils import timezone

from accounts.access.models import AccessLog
from accounts.partners.models import PartnerInsurer, PartnerMembership
from accounts.staff.models import User
from accounts.staff.roles import Role
from fraud.cases.approving import ask_approval, to_act_on
from fraud.cases.deciding import accuse_lines, decide, reopen
from fraud.cases.decision_models import CaseApproval, CaseParameter
from fraud.cases.disclosure_models import SharedSignal
from fraud.cases.enums import ApprovalSubject, AuthorCategory, CaseOutcome
from fraud.cases.events import CaseError
from fraud.cases.merging import merge
from fraud.cases.models import CaseEvent, FraudCase
from fraud.cases.noting import change_case
from fraud.cases.parameters import Figures
from fraud.cases.sharing import note_reading, revoke, share, signals_for
from fraud.intake.enums import Severity
from fraud.intake.models import ReportedLine
from tests.fraud.cases.agreed import agree
from tests.fraud.cases.disclosed import open_sharing
from tests.fraud.cases.rows import CARE_DAY, RPPS, CaseMaker, hold
from tests.staff import client_of, make_staff

SHARE = ApprovalSubject.SHARE


def cover(partner: PartnerInsurer, *, of_line: ReportedLine, **period: dt.date | None) -> None:
    dates = {"starts_on": dt.date(2020, 1, 1), "ends_on": None} | period
    PartnerMembership.objects.create(insured_id=of_line.beneficiary_id, partner=partner, **dates)


@pytest.fixture
def partner(db: None) -> PartnerInsurer:
    return PartnerInsurer.objects.create(code="0000000011")


@pytest.fixture
def fault(held_case: FraudCase, investigator: User, partner: PartnerInsurer) -> FraudCase:
    """A case in which a professional's fault is established, about a line that the mutual covered."""
    line = ReportedLine.objects.get()
    cover(partner, of_line=line)
    accuse_lines(held_case.pk, line_ids=[line.pk], by=investigator)
    change_case(held_case.pk, severity=Severity.HIGH, author_category=AuthorCategory.PROFESSIONAL, by=investigator)
    return decide(held_case.pk, outcome=CaseOutcome.FAULT, by=investigator)


@pytest.fixture
def agreed(fault: FraudCase, partner: PartnerInsurer, investigator: User, supervisor: User) -> CaseApproval:
    open_sharing()
    return agree(fault, SHARE, asked_by=investigator, granted_by=supervisor, partner_id=partner.pk)


def test_a_mutual_reads_what_it_needs_and_nobody_insured(
    fault: FraudCase, agreed: CaseApproval, partner: PartnerInsurer, investigator: User
) -> None:
    signal = share(fault.pk, approval_id=agreed.pk, by=investigator)
    read = signals_for(partner.pk, now=timezone.now()).get()
    assert read == signal
    assert (read.performer_rpps, read.nature_codes, read.care_from, read.care_to) == (RPPS, [1110], CARE_DAY, CARE_DAY)
    assert {field.name for field in SharedSignal._meta.get_fields()} & {"insured", "beneficiary", "amount"} == set()
    other = PartnerInsurer.objects.create(code="0000000012")
    assert not signals_for(other.pk, now=timezone.now()).exists()


def test_both_ways_are_logged(fault: FraudCase, agreed: CaseApproval, investigator: User) -> None:
    signal = share(fault.pk, approval_id=agreed.pk, by=investigator)
    note_reading(signal)
    revoke(signal.pk, by=investigator)
    told = CaseEvent.objects.filter(case=fault, after__signal=signal.pk).order_by("pk").values_list("kind", "actor_id")
    assert list(told) == [("shared", investigator.pk), ("read", None), ("revoked", investigator.pk)]
    logged = AccessLog.objects.get(object_kind="fraud.sharedsignal")
    assert (logged.action, logged.object_id, logged.insured_id) == ("export", str(signal.pk), None)
    assert logged.reason == f"dossier {fault.number} : partage avec 0000000011"


def test_lines_held_in_a_merged_case_count(
    new_case: CaseMaker, partner: PartnerInsurer, investigator: User, supervisor: User
) -> None:
    """The mutual covered only somebody whose line is held in the case that was merged into the other."""
    open_sharing()
    source, target = hold(new_case(), by=investigator), hold(new_case(), by=investigator)
    own, theirs = (ReportedLine.objects.get(report__case_links__case=one) for one in (target, source))
    cover(partner, of_line=theirs)
    accuse_lines(source.pk, line_ids=[theirs.pk], by=investigator)
    accuse_lines(target.pk, line_ids=[own.pk], by=investigator)
    with pytest.raises(CaseError, match="ne couvrait personne"):
        ask_approval(target.pk, subject=SHARE, partner_id=partner.pk, by=investigator)
    merge(source.pk, into=target.pk, by=supervisor)
    assert not accuse_lines(target.pk, line_ids=[theirs.pk], by=investigator), "it is held already"
    change_case(target.pk, severity=Severity.HIGH, author_category=AuthorCategory.PROFESSIONAL, by=investigator)
    decide(target.pk, outcome=CaseOutcome.FAULT, by=investigator)
    agreed = agree(target, SHARE, asked_by=investigator, granted_by=supervisor, partner_id=partner.pk)
    signal = share(target.pk, approval_id=agreed.pk, by=investigator)
    assert (signal.nature_codes, signal.care_from) == ([theirs.nature_code], theirs.care_start)


def test_a_signal_ends(fault: FraudCase, agreed: CaseApproval, partner: PartnerInsurer, investigator: User) -> None:
    signal = share(fault.pk, approval_id=agreed.pk, by=investigator)
    last = signal.expires_at - dt.timedelta(seconds=1)
    assert signals_for(partner.pk, now=last).exists()
    assert not signals_for(partner.pk, now=signal.expires_at).exists()
    revoke(signal.pk, by=investigator)
    assert not signals_for(partner.pk, now=last).exists()
    with pytest.raises(CaseError, match="déjà retiré"):
        revoke(signal.pk, by=investigator)


def test_a_case_that_is_taken_up_again_tells_nothing_more(
    fault: FraudCase, agreed: CaseApproval, partner: PartnerInsurer, investigator: User, supervisor: User
) -> None:
    share(fault.pk, approval_id=agreed.pk, by=investigator)
    reopen(fault.pk, by=supervisor)
    assert not signals_for(partner.pk, now=timezone.now()).exists()


def test_without_a_figure_in_force_sharing_is_not_open(
    fault: FraudCase, partner: PartnerInsurer, investigator: User, supervisor: User
) -> None:
    agreed = agree(fault, SHARE, asked_by=investigator, granted_by=supervisor, partner_id=partner.pk)
    with pytest.raises(CaseError, match="n’est pas ouvert"):
        share(fault.pk, approval_id=agreed.pk, by=investigator)


def test_only_a_mutual_that_covered_somebody_is_asked_about(
    fault: FraudCase, partner: PartnerInsurer, investigator: User
) -> None:
    stranger = PartnerInsurer.objects.create(code="0000000013")
    late = PartnerInsurer.objects.create(code="0000000014")
    PartnerMembership.objects.filter(partner=partner).update(ends_on=CARE_DAY)
    cover(late, of_line=ReportedLine.objects.get(), starts_on=CARE_DAY + dt.timedelta(days=1))
    for one in (stranger, late):
        with pytest.raises(CaseError, match="ne couvrait personne"):
            ask_approval(fault.pk, subject=SHARE, partner_id=one.pk, by=investigator)
    with pytest.raises(CaseError, match="quelle mutuelle"):
        ask_approval(fault.pk, subject=SHARE, by=investigator)
    with pytest.raises(CaseError, match="quelle mutuelle"):
        ask_approval(fault.pk, subject=ApprovalSubject.FRAUD, partner_id=partner.pk, by=investigator)
    ask_approval(fault.pk, subject=SHARE, partner_id=partner.pk, by=investigator)
    with pytest.raises(CaseError, match="déjà demandé"):
        ask_approval(fault.pk, subject=SHARE, partner_id=partner.pk, by=investigator)


def test_only_what_is_established_about_a_professional_is_shared(
    held_case: FraudCase, partner: PartnerInsurer, investigator: User, supervisor: User
) -> None:
    open_sharing()
    line = ReportedLine.objects.get()
    cover(partner, of_line=line)
    accuse_lines(held_case.pk, line_ids=[line.pk], by=investigator)
    agreed = agree(held_case, SHARE, asked_by=investigator, granted_by=supervisor, partner_id=partner.pk)
    with pytest.raises(CaseError, match="établi"):
        share(held_case.pk, approval_id=agreed.pk, by=investigator)
    change_case(held_case.pk, severity=Severity.HIGH, author_category=AuthorCategory.INSURED, by=investigator)
    decide(held_case.pk, outcome=CaseOutcome.ABUSE, by=investigator)
    with pytest.raises(CaseError, match="jamais un assuré"):
        share(held_case.pk, approval_id=agreed.pk, by=investigator)


def test_one_agreement_opens_one_signal(
    fault: FraudCase, agreed: CaseApproval, partner: PartnerInsurer, investigator: User, supervisor: User
) -> None:
    signal = share(fault.pk, approval_id=agreed.pk, by=investigator)
    again = agree(fault, SHARE, asked_by=investigator, granted_by=supervisor, partner_id=partner.pk)
    with pytest.raises(CaseError, match="déjà ouvert"):
        share(fault.pk, approval_id=again.pk, by=investigator)
    revoke(signal.pk, by=investigator)
    with pytest.raises(CaseError, match="déjà servi"):
        share(fault.pk, approval_id=agreed.pk, by=investigator)
    assert list(to_act_on(fault, SHARE, by=investigator, figures=Figures(timezone.localdate()))) == [again]
    share(fault.pk, approval_id=again.pk, by=investigator)


def test_an_agreement_grows_old(
    fault: FraudCase, agreed: CaseApproval, partner: PartnerInsurer, investigator: User, supervisor: User
) -> None:
    CaseParameter.objects.filter(code="agreed-days").update(value=1)
    with time_machine.travel(timezone.now() - dt.timedelta(days=2), tick=False):
        old = agree(fault, SHARE, asked_by=investigator, granted_by=supervisor, partner_id=partner.pk)
    with pytest.raises(CaseError, match="encore valable"):
        share(fault.pk, approval_id=old.pk, by=investigator)
    assert list(to_act_on(fault, SHARE, by=investigator, figures=Figures(timezone.localdate()))) == [agreed]


def signal_row(fault: FraudCase, agreed: CaseApproval, *, by: User, **changed: object) -> dict[str, object]:
    """A signal as the application's role could try to write it, past the services."""
    return {
        "case": fault,
        "partner_id": agreed.partner_id,
        "approval": agreed,
        "performer_rpps": RPPS,
        "performer_finess": "",
        "nature_codes": [1110],
        "care_from": CARE_DAY,
        "care_to": CARE_DAY,
        "outcome": "fault",
        "shared_by": by,
        "expires_at": timezone.now() + dt.timedelta(days=80),
    } | changed


def refused(rule: str, row: dict[str, object]) -> None:
    with pytest.raises(IntegrityError) as error, transaction.atomic():
        SharedSignal.objects.create(**row)
    diagnostics = getattr(error.value.__cause__, "diag", None)
    assert diagnostics is not None
    assert diagnostics.constraint_name == rule


def test_the_database_refuses_one_person_s_sharing(
    fault: FraudCase, agreed: CaseApproval, partner: PartnerInsurer, investigator: User, supervisor: User
) -> None:
    other = PartnerInsurer.objects.create(code="0000000015")
    pending = ask_approval(fault.pk, subject=SHARE, partner_id=partner.pk, by=investigator)
    with pytest.raises(IntegrityError, match="case_approved_by_another"), transaction.atomic():
        CaseApproval.objects.filter(pk=pending.pk).update(approved_at=timezone.now(), approved_by=investigator)
    refused("case_shared_by_two", signal_row(fault, pending, by=investigator))
    refused("case_shared_by_two", signal_row(fault, agreed, by=supervisor))
    refused("case_shared_by_two", signal_row(fault, agreed, by=investigator, partner_id=other.pk))
    fraud = agree(fault, ApprovalSubject.FRAUD, asked_by=investigator, granted_by=supervisor)
    refused("case_shared_by_two", signal_row(fault, fraud, by=investigator, partner_id=partner.pk))


def test_the_database_refuses_what_the_agreement_does_not_cover(
    fault: FraudCase, agreed: CaseApproval, partner: PartnerInsurer, investigator: User
) -> None:
    row = signal_row(fault, agreed, by=investigator)
    refused("case_shared_for_a_time", row | {"expires_at": timezone.now() + dt.timedelta(days=91)})
    refused("case_shared_with_reason", row | {"performer_rpps": RPPS + 8})
    refused("case_shared_with_reason", row | {"outcome": "fraud"})
    refused("signal_for_a_time", row | {"expires_at": timezone.now() - dt.timedelta(days=1)})
    PartnerMembership.objects.filter(partner=partner).update(starts_on=CARE_DAY + dt.timedelta(days=1))
    refused("case_shared_with_reason", row)


def test_a_signal_is_never_rewritten(fault: FraudCase, agreed: CaseApproval, investigator: User) -> None:
    signal = share(fault.pk, approval_id=agreed.pk, by=investigator)
    row = SharedSignal.objects.filter(pk=signal.pk)
    changes: tuple[dict[str, object], ...] = (
        {"expires_at": timezone.now() + dt.timedelta(days=900)},
        {"nature_codes": []},
    )
    for change in changes:
        with pytest.raises(ProgrammingError), transaction.atomic():
            row.update(**change)
    with pytest.raises(ProgrammingError), transaction.atomic():
        row.delete()
    revoke(signal.pk, by=investigator)
    with pytest.raises(IntegrityError, match="stays revoked"), transaction.atomic():
        row.update(revoked_at=None, revoked_by=None)


def test_an_answer_is_final_in_the_database_too(
    fault: FraudCase, agreed: CaseApproval, investigator: User, supervisor: User
) -> None:
    third = make_staff("tiers", role=Role.SUPERVISOR)
    row = CaseApproval.objects.filter(pk=agreed.pk)
    changes: tuple[dict[str, User | None], ...] = ({"approved_by": third}, {"approved_at": None, "approved_by": None})
    for change in changes:
        with pytest.raises(IntegrityError, match="answered already"), transaction.atomic():
            row.update(**change)


def test_the_console_shares_and_takes_back(
    fault: FraudCase, partner: PartnerInsurer, investigator: User, supervisor: User
) -> None:
    open_sharing()
    client, other = client_of(investigator), client_of(supervisor)

    def act(name: str) -> str:
        return reverse("admin:fraud_fraudcase_act", args=[fault.pk, name])

    client.post(act("demander-accord"), {"wanted": f"share/{partner.pk}"})
    asked = CaseApproval.objects.get(subject="share")
    assert "partage avec une mutuelle : n° AMC 0000000011" in other.get(act("repondre-accord")).content.decode()
    assert client.get(act("partager")).status_code == 302  # nobody has agreed yet
    other.post(act("repondre-accord"), {"approval": asked.pk, "answer": "oui"})
    assert other.get(act("partager")).status_code == 302  # who agreed does not act alone either
    page = client.post(act("partager"), {"approval": asked.pk}, follow=True).content.decode()
    assert "Le signal est ouvert jusqu’au" in page
    assert "Signal à une mutuelle, n° AMC 0000000011" in page
    signal = SharedSignal.objects.get()
    page = client.post(act("arreter-partage"), {"signal": signal.pk}, follow=True).content.decode()
    assert "Le signal est retiré" in page
    assert "retiré le" in page
