from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from fraud.cases.schema import CREATE, DROP
from fraud.cases.starting_rules import add_starting_rules


def add(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    add_starting_rules(apps.get_model("fraud", "CaseParameter").objects, apps.get_model("fraud", "LegalBasis").objects)


class Migration(migrations.Migration):
    dependencies = [("fraud", "0003_cases")]
    operations = [
        migrations.RunSQL(CREATE, DROP),
        migrations.RunPython(add, migrations.RunPython.noop),
    ]
