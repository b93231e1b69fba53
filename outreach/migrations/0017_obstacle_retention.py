from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from outreach.campaigns.retention.schema import CREATE_OBSTACLES, DROP_OBSTACLES
from outreach.campaigns.retention.starting_terms import STARTING_OBSTACLES, add_starting_terms


def add(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    add_starting_terms(apps.get_model("outreach", "CallTerm").objects, starting=STARTING_OBSTACLES)


def take_away(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    """A shorter column cannot hold the code."""
    apps.get_model("outreach", "CallTerm").objects.filter(code__in=STARTING_OBSTACLES).delete()


class Migration(migrations.Migration):
    dependencies = [
        ("outreach", "0016_call_retention"),
    ]

    operations = [
        migrations.AlterField(
            model_name="callterm",
            name="code",
            field=models.CharField(
                choices=[
                    ("keep-note", "notes des appels"),
                    ("keep-attempt", "appels passés"),
                    ("keep-person", "personnes d’une liste close"),
                    ("keep-obstacle", "obstacles dits dans un appel"),
                ],
                max_length=16,
                verbose_name="donnée",
            ),
        ),
        migrations.RunSQL(CREATE_OBSTACLES, DROP_OBSTACLES),
        migrations.RunPython(add, take_away),
    ]
