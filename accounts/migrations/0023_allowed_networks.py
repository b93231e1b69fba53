import django.db.models.lookups
from django.db import migrations, models

from accounts.partners.portal.walls import HIDE_NETWORKS, SHOW_NETWORKS


class Migration(migrations.Migration):
    dependencies = [("accounts", "0022_one_open_membership")]

    operations = [
        migrations.AddField(
            model_name="partnerclient",
            name="allowed_networks",
            field=models.JSONField(db_default=[], default=list, verbose_name="réseaux autorisés"),
        ),
        migrations.AddField(
            model_name="partnerclient",
            name="networks_set_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="réseaux choisis le"),
        ),
        migrations.AddField(
            model_name="partnerclient",
            name="networks_set_by",
            field=models.CharField(
                blank=True, db_default="", default="", max_length=150, verbose_name="réseaux choisis par"
            ),
        ),
        migrations.AddConstraint(
            model_name="partnerclient",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("networks_set_at", None),
                    ("networks_set_by", ""),
                )
                | models.Q(
                    ("networks_set_at__isnull", False),
                    models.Q(("networks_set_by", ""), _negated=True),
                ),
                name="client_networks_set_by_somebody",
            ),
        ),
        migrations.AddConstraint(
            model_name="partnerclient",
            constraint=models.CheckConstraint(
                condition=django.db.models.lookups.LessThanOrEqual(
                    models.Func(
                        models.F("allowed_networks"),
                        function="jsonb_array_length",
                        output_field=models.IntegerField(),
                    ),
                    50,
                ),
                name="client_networks_few_enough",
            ),
        ),
        migrations.RunSQL(SHOW_NETWORKS, HIDE_NETWORKS),
    ]
