from django.db import migrations, models

from ameli_notify.core.roles import append_only


class Migration(migrations.Migration):
    dependencies = [("accounts", "0004_row_level_security")]
    operations = [
        migrations.CreateModel(
            name="AccessSeal",
            fields=[
                ("number", models.BigIntegerField(primary_key=True, serialize=False, verbose_name="numéro")),
                ("from_id", models.BigIntegerField(unique=True, verbose_name="du numéro")),
                ("to_id", models.BigIntegerField(unique=True, verbose_name="au numéro")),
                ("count", models.PositiveIntegerField(verbose_name="accès scellés")),
                ("previous_hash", models.BinaryField(max_length=32, unique=True, verbose_name="sceau précédent")),
                ("hash", models.BinaryField(max_length=32, unique=True, verbose_name="sceau")),
                ("sealed_at", models.DateTimeField(verbose_name="scellés le")),
            ],
            options={
                "verbose_name": "sceau du journal des accès",
                "verbose_name_plural": "sceaux du journal des accès",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("count__gte", 1), ("from_id__lte", models.F("to_id"))),
                        name="seal_covers_rows",
                    )
                ],
            },
        ),
        migrations.RunSQL(append_only("accounts_accessseal"), migrations.RunSQL.noop),
    ]
