from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from outreach.campaigns.campaign.schema import CREATE, DROP
from outreach.campaigns.campaign.starting_numbers import add_starting_numbers


def add(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    add_starting_numbers(apps.get_model("outreach", "DisplayedNumber").objects)


class Migration(migrations.Migration):
    dependencies = [("outreach", "0006_call_campaigns")]
    operations = [
        migrations.RunSQL(CREATE, DROP),
        migrations.RunPython(add, migrations.RunPython.noop),
    ]
