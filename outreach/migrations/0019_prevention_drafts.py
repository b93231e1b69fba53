import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

from outreach.campaigns.prevention.schema import CREATE_DRAFT_AGAIN, CREATE_RULES, DROP_DRAFT_AGAIN


class Migration(migrations.Migration):
    """A listed prevention campaign can become a draft again: approvals are withdrawn, its list no longer holds."""

    dependencies = [
        ("outreach", "0018_hours_of_promised_calls"),
    ]

    operations = [
        migrations.RemoveConstraint(model_name="preventionapproval", name="prevention_approved_once_by_each"),
        migrations.AddField(
            model_name="preventionapproval",
            name="withdrawn_at",
            field=models.DateTimeField(null=True, verbose_name="retirée le"),
        ),
        migrations.AddConstraint(
            model_name="preventionapproval",
            constraint=models.UniqueConstraint(
                condition=models.Q(("withdrawn_at", None)),
                fields=("campaign", "approved_by"),
                name="prevention_approved_once_by_each",
            ),
        ),
        migrations.AddConstraint(
            model_name="preventioncampaign",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("status", "draft"), _negated=True),
                    models.Q(("counts", {}), ("listed_up_to", 0)),
                    _connector="OR",
                ),
                name="prevention_draft_has_no_list",
            ),
        ),
        migrations.CreateModel(
            name="PreventionEvent",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name="quand"),
                ),
                ("actor_id", models.BigIntegerField(null=True, verbose_name="compte")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("created", "campagne créée"),
                            ("changed", "définition modifiée"),
                            ("moved", "changement d’état"),
                            ("approved", "approbation"),
                        ],
                        max_length=8,
                        verbose_name="événement",
                    ),
                ),
                ("details", models.JSONField(default=dict, verbose_name="détail")),
                (
                    "campaign",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="events",
                        to="outreach.preventioncampaign",
                        verbose_name="campagne de prévention",
                    ),
                ),
            ],
            options={
                "verbose_name": "événement d’une campagne de prévention",
                "verbose_name_plural": "événements des campagnes de prévention",
            },
        ),
        migrations.RunSQL(CREATE_RULES, migrations.RunSQL.noop),
        migrations.RunSQL(CREATE_DRAFT_AGAIN, DROP_DRAFT_AGAIN),
    ]
