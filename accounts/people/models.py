"""Insured people, their addresses with history, their preferences."""

import uuid
from typing import Final

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q

from accounts.people.enums import (
    ContactKind,
    ContactSource,
    DirectoryKind,
    EndReason,
    PreferenceAnswer,
    PreferredChannel,
    Purpose,
    Sex,
)
from accounts.people.querysets import InsuredPersonQuerySet

COHORTS: Final = 10


class InsuredPerson(models.Model):
    """Somebody with health-insurance rights, or a dependant under somebody else's.

    ``nir_sealed`` opens with the context ``nir_context(nir_lookup)``. ``has_email`` and ``has_mobile`` repeat
    what the current rows of ContactChannel say, so that planning a wave reads one row a person; they change
    in the same transaction (see accounts.people.contacts).
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    nir_sealed = models.BinaryField("NIR chiffré")
    nir_lookup = models.UUIDField("index aveugle du NIR", unique=True)
    policyholder = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="dependants",
        verbose_name="ouvreur de droits",
    )
    cohort = models.PositiveSmallIntegerField("cohorte", help_text="0 à 9 : le jour de sa vague")
    fund_code = models.CharField("caisse", max_length=9, validators=[RegexValidator(r"^\d{2}C\d{6}$")])
    birth_date_text = models.CharField(
        "date de naissance déclarée", max_length=8, help_text="AAAAMMJJ, parfois lunaire"
    )
    born_on = models.DateField("née ou né le", null=True, blank=True)
    birth_rank = models.PositiveSmallIntegerField("rang gémellaire", default=1)
    sex = models.PositiveSmallIntegerField("sexe", choices=Sex)
    birth_name = models.CharField("nom de naissance", max_length=80)
    usage_name = models.CharField("nom d’usage", max_length=80, blank=True)
    first_names = models.CharField("prénoms", max_length=120)
    postcode = models.CharField("code postal", max_length=5, blank=True)
    territory = models.CharField("territoire", max_length=3, blank=True)
    treating_rpps = models.BigIntegerField("RPPS du médecin traitant", null=True, blank=True)
    died_on = models.DateField("décès", null=True, blank=True)
    is_contact_protected = models.BooleanField("coordonnées protégées", default=False)
    preferred_channel = models.CharField(
        "canal préféré", max_length=5, choices=PreferredChannel, default=PreferredChannel.EMAIL
    )
    accepts_calls = models.BooleanField("accepte les appels d’accompagnement", default=True, db_default=True)
    accepts_information = models.BooleanField("accepte l’information de prévention", default=True, db_default=True)
    has_email = models.BooleanField("joignable par e-mail", default=False)
    has_mobile = models.BooleanField("joignable par SMS", default=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = InsuredPersonQuerySet.as_manager()

    class Meta:
        verbose_name = "personne assurée"
        verbose_name_plural = "personnes assurées"
        constraints = [
            models.CheckConstraint(condition=Q(cohort__gte=0, cohort__lt=COHORTS), name="insured_cohort_0_to_9"),
            models.CheckConstraint(condition=~Q(policyholder=models.F("id")), name="insured_not_own_policyholder"),
        ]

    def __str__(self) -> str:
        return f"personne {self.pk}"


def nir_context(nir_lookup: uuid.UUID) -> str:
    """What a sealed NIR is bound to."""
    return f"insuredperson.nir|{nir_lookup}"


class ContactChannel(models.Model):
    """One address of a person, current while ``ended_at`` is empty.

    ``address_sealed`` opens with the context ``contact_context(insured_id, kind)``. ``verified_at``: since when the
    person has shown, by a code received there, that the address answers. One delivered for a channel that the person
    changed online is kept as ended (``not-used``) and never written to.
    """

    insured = models.ForeignKey(InsuredPerson, models.CASCADE, related_name="contact_channels", db_constraint=False)
    kind = models.CharField(max_length=8, choices=ContactKind)
    address_sealed = models.BinaryField("adresse chiffrée")
    address_lookup = models.UUIDField("index aveugle de l’adresse")
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    end_reason = models.CharField(max_length=9, choices=EndReason, blank=True)
    source = models.CharField(
        "origine", max_length=6, choices=ContactSource, default=ContactSource.FEED, db_default=ContactSource.FEED
    )
    verified_at = models.DateTimeField("vérifiée le", null=True, blank=True)

    class Meta:
        verbose_name = "coordonnée"
        constraints = [
            models.UniqueConstraint(
                fields=["insured", "kind"], condition=Q(ended_at=None), name="contact_one_current_of_a_kind"
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None, end_reason="") | (Q(ended_at__isnull=False) & ~Q(end_reason="")),
                name="contact_ended_with_reason",
            ),
            models.CheckConstraint(
                condition=~Q(source=ContactSource.PERSON) | Q(verified_at__isnull=False),
                name="contact_from_person_verified",
            ),
        ]
        indexes = [models.Index(fields=["address_lookup"], name="contact_by_address")]

    def __str__(self) -> str:
        return f"coordonnée {self.pk}"


def contact_context(insured_id: int, kind: str) -> str:
    """What a sealed address is bound to."""
    return f"contactchannel.{kind}|{insured_id}"


class PreferenceChange(models.Model):
    """History of what a person prefers, by purpose; rows are only ever added.

    One by the person themselves for the digest outlives the files of the fund (``accounts.people.importing``).
    """

    insured = models.ForeignKey(InsuredPerson, models.CASCADE, related_name="preference_changes", db_constraint=False)
    purpose = models.CharField(max_length=11, choices=Purpose)
    old_channel = models.CharField(max_length=5, choices=PreferenceAnswer)
    new_channel = models.CharField(max_length=5, choices=PreferenceAnswer)
    changed_at = models.DateTimeField()
    changed_by = models.CharField(max_length=40, help_text="« import » ou l’identifiant du compte")

    class Meta:
        verbose_name = "changement de préférence"
        verbose_name_plural = "changements de préférence"
        indexes = [models.Index(fields=["insured", "changed_at"], name="preference_by_person")]

    def __str__(self) -> str:
        return f"changement de préférence {self.pk}"


class LongTermCondition(models.Model):
    """An ALD of a person. Sensitive: never in a message, never to a partner without consent."""

    insured = models.ForeignKey(InsuredPerson, models.CASCADE, related_name="long_term_conditions", db_constraint=False)
    code = models.PositiveSmallIntegerField("code ALD")

    class Meta:
        verbose_name = "affection de longue durée"
        verbose_name_plural = "affections de longue durée"
        constraints = [models.UniqueConstraint(fields=["insured", "code"], name="condition_once_per_person")]

    def __str__(self) -> str:
        return f"affection {self.pk}"


class DirectoryBatch(models.Model):
    """One loaded file of insured people or of health professionals."""

    kind = models.CharField(max_length=13, choices=DirectoryKind)
    file_name = models.CharField(max_length=120)
    sha256 = models.BinaryField(max_length=32)
    rows_good = models.PositiveIntegerField()
    rows_new = models.PositiveIntegerField()
    rows_changed = models.PositiveIntegerField()
    reject_counts = models.JSONField(default=dict)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField()

    class Meta:
        verbose_name = "fichier d’annuaire"
        verbose_name_plural = "fichiers d’annuaire"

    def __str__(self) -> str:
        return f"fichier d’annuaire {self.pk}"
