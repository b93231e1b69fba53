"""Letters that were made of a case: the very bytes, sealed, and what they were made of. Rows are only added."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models.functions import Now

from ameli_notify.core.roles import append_only
from fraud.cases.decision_models import CaseStep
from fraud.cases.enums import StepKind
from fraud.cases.models import FraudCase


class CaseLetter(models.Model):
    """One PDF. ``template_sha256`` is the fingerprint of the words and the layout of its version."""

    public_id = models.UUIDField("identifiant public", default=uuid.uuid4, unique=True, editable=False)
    case = models.ForeignKey(FraudCase, models.PROTECT, related_name="letters", verbose_name="dossier")
    step = models.ForeignKey(CaseStep, models.PROTECT, related_name="letters", verbose_name="suite")
    kind = models.CharField("suite annoncée", max_length=15, choices=StepKind)
    template_version = models.PositiveSmallIntegerField("version du modèle")
    template_sha256 = models.CharField("empreinte du modèle", max_length=64)
    content_sealed = models.BinaryField("document chiffré")
    size_bytes = models.PositiveIntegerField("taille en octets")
    sha256 = models.CharField("empreinte du document", max_length=64)
    made_at = models.DateTimeField("établie le", db_default=Now())
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="établie par")

    class Meta:
        verbose_name = "lettre d’un dossier"
        verbose_name_plural = "lettres des dossiers"
        indexes = [models.Index(fields=["case", "id"], name="case_letter_by_case")]

    def __str__(self) -> str:
        return f"lettre {self.pk}"

    @property
    def content_context(self) -> str:
        return f"caseletter.content|{self.public_id}"


ONLY_GROWS = append_only("fraud_caseletter")
