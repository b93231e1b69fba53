import django.db.models.deletion
from django.db import migrations, models
from django.db.models import F, Q

_OPEN = ["partner", "insured", "purpose"]


class Migration(migrations.Migration):
    """A policyholder answers for the minors under their number, until a day."""

    dependencies = [("accounts", "0018_certificate_words")]
    operations = [
        migrations.AddField(
            model_name="memberconsent",
            name="guardian",
            field=models.ForeignKey(
                blank=True,
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                to="accounts.insuredperson",
                verbose_name="donné pour un mineur par",
            ),
        ),
        migrations.AddField(
            model_name="memberconsent",
            name="ends_on",
            field=models.DateField(blank=True, null=True, verbose_name="prend fin le"),
        ),
        # The new one before the old one goes: there is no moment without it.
        migrations.AddConstraint(
            model_name="memberconsent",
            constraint=models.UniqueConstraint(
                condition=Q(withdrawn_at=None), fields=_OPEN, include=["ends_on"], name="consent_open_once"
            ),
        ),
        migrations.RemoveConstraint(model_name="memberconsent", name="consent_one_open"),
        migrations.AddConstraint(
            model_name="memberconsent",
            constraint=models.CheckConstraint(
                condition=Q(guardian=None, ends_on=None)
                | Q(guardian__isnull=False, ends_on__isnull=False)
                & ~Q(guardian=F("insured"))
                & ~Q(purpose="campaigns"),
                name="consent_for_a_minor_ends",
            ),
        ),
        migrations.AddIndex(
            model_name="memberconsent",
            index=models.Index(
                condition=Q(withdrawn_at=None, ends_on__isnull=False), fields=["ends_on"], name="consent_by_end"
            ),
        ),
    ]
