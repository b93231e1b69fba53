"""The list of a campaign, who holds which call now, what calls came to, and notes not yet saved."""

import uuid
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from accounts.people.models import InsuredPerson
from outreach.campaigns.campaign.dispositions import Disposition
from outreach.campaigns.campaign.models import CallCampaign
from outreach.campaigns.claiming.enums import DATED, ENDED, IDLE, ClaimEnding, Decision, PauseReason, TaskStatus


def _person() -> "models.ForeignKey[Any, Any]":
    return models.ForeignKey(
        InsuredPerson, models.PROTECT, related_name="+", db_constraint=False, verbose_name="personne assurée"
    )


def _adviser(*, null: bool = False, name: str = "conseiller") -> "models.ForeignKey[Any, Any]":
    return models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=null, related_name="+", verbose_name=name)


class CallTask(models.Model):
    """One person of a campaign's frozen list. ``components`` explain ``priority`` (see ``targeting.scoring``).

    ``checked_on``: when it was last looked at whether the person may still be called.
    """

    campaign = models.ForeignKey(
        CallCampaign, models.PROTECT, related_name="tasks", db_index=False, verbose_name="campagne"
    )
    insured = _person()
    fund_code = models.CharField("caisse", max_length=9)
    territory = models.CharField("territoire", max_length=3, blank=True)
    phone_lookup = models.UUIDField("index aveugle du téléphone")
    priority = models.PositiveSmallIntegerField("priorité")
    components = models.JSONField("raisons de la priorité", default=dict)
    status = models.CharField("état", max_length=9, choices=TaskStatus, default=TaskStatus.READY)
    reason = models.CharField(
        "motif de retrait", max_length=15, choices=Decision, blank=True, default="", db_default=""
    )
    attempts = models.PositiveSmallIntegerField("appels faits", default=0, db_default=0)
    due_at = models.DateTimeField("pas avant", null=True)
    callback_for = _adviser(null=True, name="rappel par")
    checked_on = models.DateField("vérifiée le")
    ended_at = models.DateTimeField("terminée le", null=True)

    class Meta:
        verbose_name = "personne à appeler"
        verbose_name_plural = "personnes à appeler"
        constraints = [
            models.UniqueConstraint(fields=["campaign", "insured"], name="call_task_once_per_campaign"),
            models.CheckConstraint(
                condition=Q(status__in=DATED, due_at__isnull=False) | ~Q(status__in=DATED) & Q(due_at=None),
                name="call_task_due_while_waiting",
            ),
            models.CheckConstraint(
                condition=Q(status__in=ENDED, ended_at__isnull=False) | ~Q(status__in=ENDED) & Q(ended_at=None),
                name="call_task_ended_at_an_instant",
            ),
            models.CheckConstraint(
                condition=Q(status=TaskStatus.EXCLUDED) & ~Q(reason="") | ~Q(status=TaskStatus.EXCLUDED) & Q(reason=""),
                name="call_task_excluded_for_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(callback_for=None) | Q(status=TaskStatus.CALLBACK), name="call_task_callback_of_an_adviser"
            ),
        ]
        indexes = [
            models.Index(
                fields=["campaign", "territory", "-priority", "id"],
                condition=Q(status=TaskStatus.READY),
                name="call_task_next",
            ),
            models.Index(fields=["due_at"], condition=Q(status__in=DATED), name="call_task_due"),
            models.Index(fields=["checked_on"], condition=Q(status__in=IDLE), name="call_task_to_check"),
            models.Index(
                fields=["callback_for", "due_at"],
                condition=Q(callback_for__isnull=False),
                name="call_task_own_callbacks",
            ),
        ]

    def __str__(self) -> str:
        return f"appel {self.pk}"


class CallClaim(models.Model):
    """An adviser's hold on one call; open while ``ended_at`` is empty. Its token is the fence of whoever saves.

    The database allows one open claim for each task, person, number and adviser, over all campaigns.
    ``dialled_at``: when the adviser was shown the number; from then on a lost claim may have been a call.
    """

    token = models.UUIDField("jeton", primary_key=True, default=uuid.uuid4, editable=False)
    task = models.ForeignKey(CallTask, models.PROTECT, related_name="claims", verbose_name="appel")
    insured = _person()
    phone_lookup = models.UUIDField("index aveugle du téléphone")
    adviser = _adviser()
    claimed_at = models.DateTimeField("pris le", db_default=Now())
    leased_until = models.DateTimeField("réservé jusqu’à")
    dialled_at = models.DateTimeField("appelé le", null=True)
    ended_at = models.DateTimeField("terminé le", null=True)
    ending = models.CharField("fin", max_length=10, choices=ClaimEnding, blank=True, default="", db_default="")

    class Meta:
        verbose_name = "prise d’appel"
        verbose_name_plural = "prises d’appel"
        constraints = [
            *(
                models.UniqueConstraint(fields=[field], condition=Q(ended_at=None), name=f"call_claim_one_open_{name}")
                for field, name in (
                    ("task", "call"),
                    ("insured", "person"),
                    ("phone_lookup", "number"),
                    ("adviser", "adviser"),
                )
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None, ending="") | Q(ended_at__isnull=False) & ~Q(ending=""),
                name="call_claim_ended_somehow",
            ),
        ]
        indexes = [
            models.Index(fields=["leased_until"], condition=Q(ended_at=None), name="call_claim_lease"),
            models.Index(fields=["adviser", "-claimed_at"], name="call_claim_by_adviser"),
        ]  # fmt: skip

    def __str__(self) -> str:
        return "prise d’appel"


class CallAttempt(models.Model):
    """What one call came to, as its adviser said it; never changed. At most one for each claim.

    ``note_sealed`` holds what was left after redaction, ``redactions`` which kinds were taken out. No audio, ever.
    """

    claim = models.OneToOneField(CallClaim, models.PROTECT, related_name="attempt", verbose_name="prise d’appel")
    task = models.ForeignKey(CallTask, models.PROTECT, related_name="calls", verbose_name="appel")
    insured = models.ForeignKey(
        InsuredPerson, models.PROTECT, related_name="+", db_constraint=False, db_index=False,
        verbose_name="personne assurée",
    )  # fmt: skip
    adviser = _adviser()
    phone_lookup = models.UUIDField("index aveugle du téléphone")
    number = models.PositiveSmallIntegerField("appel numéro")
    started_at = models.DateTimeField("commencé le")
    ended_at = models.DateTimeField("enregistré le", db_default=Now())
    disposition = models.CharField("résultat", max_length=19, choices=Disposition)
    answers = models.JSONField("réponses du script", default=list)
    note_sealed = models.BinaryField("note chiffrée", null=True)
    redactions = models.JSONField("masqué", default=list)

    class Meta:
        verbose_name = "appel passé"
        verbose_name_plural = "appels passés"
        constraints = [models.UniqueConstraint(fields=["task", "number"], name="call_attempt_once_per_number")]
        indexes = [
            models.Index(fields=["insured", "-ended_at"], name="call_attempt_by_person"),
            models.Index(fields=["ended_at"], name="call_attempt_by_end"),
            models.Index(fields=["ended_at"], condition=Q(note_sealed__isnull=False), name="call_attempt_with_note"),
        ]

    def __str__(self) -> str:
        return f"appel passé {self.pk}"

    @property
    def note_context(self) -> str:
        return f"callattempt.note|{self.claim_id}"


class CallDraft(models.Model):
    """Notes of a call that has no result yet; or, ``is_late``, that came after somebody else had the call again.

    Redacted before they are sealed, like those of a result. A result takes its draft's place.
    """

    claim = models.OneToOneField(CallClaim, models.PROTECT, related_name="draft", verbose_name="prise d’appel")
    insured = _person()
    adviser = _adviser()
    answers = models.JSONField("réponses du script", default=list)
    disposition = models.CharField("résultat choisi", max_length=19, choices=Disposition, blank=True)
    note_sealed = models.BinaryField("note chiffrée")
    redactions = models.JSONField("masqué", default=list)
    is_late = models.BooleanField("arrivée trop tard", default=False)
    written_at = models.DateTimeField("écrite le", db_default=Now())

    class Meta:
        verbose_name = "note en attente"
        verbose_name_plural = "notes en attente"
        indexes = [models.Index(fields=["adviser"], condition=Q(is_late=True), name="call_draft_late")]

    def __str__(self) -> str:
        return f"note en attente {self.pk}"

    @property
    def note_context(self) -> str:
        return f"callattempt.note|{self.claim_id}"


class AdviserPause(models.Model):
    """A while in which an adviser takes no call; open while ``ended_at`` is empty."""

    adviser = _adviser()
    reason = models.CharField("motif", max_length=14, choices=PauseReason)
    started_at = models.DateTimeField("commencée le", db_default=Now())
    ended_at = models.DateTimeField("terminée le", null=True)

    class Meta:
        verbose_name = "pause"
        verbose_name_plural = "pauses"
        constraints = [
            models.UniqueConstraint(fields=["adviser"], condition=Q(ended_at=None), name="adviser_one_open_pause")
        ]

    def __str__(self) -> str:
        return f"pause {self.pk}"
