"""Merging a case into another, and undoing it: links end and begin, nothing is rewritten.

Money, steps and notes stay where they were recorded; the pages and totals of the target show them with its own.
"""

from django.db import transaction
from django.utils import timezone

from accounts.staff.models import User
from fraud.cases.enums import CaseEventKind
from fraud.cases.events import CaseError, locked, record
from fraud.cases.models import CaseMerge, CaseReport, FraudCase
from fraud.cases.opening import link, refresh_amount, unlink
from fraud.intake.enums import ReportStatus


@transaction.atomic
def merge(source_id: int, *, into: int, by: User) -> CaseMerge:
    """Move the reports of ``source`` into ``into``. Raises CaseError."""
    if source_id == into:
        raise CaseError("Un dossier ne se fusionne pas avec lui-même.")
    source, target = _both(source_id, into)
    if source.merged_into_id is not None or target.merged_into_id is not None:
        raise CaseError("L’un de ces dossiers est déjà fusionné dans un autre.")
    if not source.is_open or not target.is_open or source.outcome or target.outcome:
        raise CaseError("On ne fusionne que des dossiers qui ne sont pas encore décidés.")
    if source.merged.exists():
        raise CaseError("Ce dossier en contient déjà un autre : annulez d’abord cette fusion.")
    if source.clock_stopped_at is not None:
        raise CaseError("Ce dossier attend la réponse de la personne : fusionnez-le ensuite.")
    made = CaseMerge.objects.create(source=source, target=target, merged_by=by)
    if target.severity_alone is None:
        target.severity_alone = target.severity
    target.severity = max(target.severity, source.severity)
    target.save(update_fields=["severity", "severity_alone"])
    for one in list(source.links.filter(unlinked_at=None).select_related("report", "case")):
        unlink(one, by=by)
        link(target, one.report, by=by, merge=made)
    source.merged_into = target
    source.save(update_fields=["merged_into"])
    _settle(source, target)
    record(source, CaseEventKind.MERGED, by=by, after={"into": target.pk})
    record(target, CaseEventKind.MERGED, by=by, after={"from": source.pk})
    return made


@transaction.atomic
def unmerge(source_id: int, *, by: User) -> CaseMerge:
    """Give a merged case back the reports that the merge took from it, as far as they are still there.

    Raises CaseError.
    """
    target_id = FraudCase.objects.values_list("merged_into_id", flat=True).get(pk=source_id)
    if target_id is None:
        raise CaseError("Ce dossier n’est fusionné dans aucun autre.")
    source, target = _both(source_id, target_id)
    if source.merged_into_id != target.pk:
        raise CaseError("Cette fusion vient d’être annulée.")
    if not target.is_open or target.outcome:
        raise CaseError("Le dossier d’accueil est décidé : la fusion ne s’annule plus.")
    made = CaseMerge.objects.select_for_update(of=("self",)).get(source=source, undone_at=None)
    theirs = list(CaseReport.objects.filter(merge=made, unlinked_at=None).select_related("report", "case"))
    if any(one.report.status == ReportStatus.WAITING for one in theirs):
        raise CaseError("La personne d’un de ces signalements n’a pas encore répondu : annulez la fusion ensuite.")
    for one in theirs:
        unlink(one, by=by)
        link(source, one.report, by=by)
    made.undone_at, made.undone_by = timezone.now(), by
    made.save(update_fields=["undone_at", "undone_by"])
    source.merged_into = None
    source.save(update_fields=["merged_into"])
    _settle_severity(target)
    _settle(source, target)
    record(source, CaseEventKind.UNMERGED, by=by, before={"into": target.pk})
    record(target, CaseEventKind.UNMERGED, by=by, before={"from": source.pk})
    return made


def _both(one_id: int, other_id: int) -> tuple[FraudCase, FraudCase]:
    """Both cases locked, always in the order of their ids: two merges at once wait, they do not deadlock."""
    first, second = sorted((one_id, other_id))
    found = {first: locked(first), second: locked(second)}
    return found[one_id], found[other_id]


def _settle(source: FraudCase, target: FraudCase) -> None:
    refresh_amount(source)
    refresh_amount(target)


def _settle_severity(target: FraudCase) -> None:
    """As grave as without the case that has just left; the others that are merged into it still count."""
    alone = target.severity_alone
    if alone is None:
        return
    others = list(target.merged.values_list("severity", flat=True))
    target.severity, target.severity_alone = max([alone, *others]), alone if others else None
    target.save(update_fields=["severity", "severity_alone"])
