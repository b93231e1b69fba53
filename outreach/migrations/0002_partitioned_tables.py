from django.db import migrations

from outreach.digest.schema import CREATE, DROP


class Migration(migrations.Migration):
    dependencies = [("outreach", "0001_initial"), ("core", "0001_runtime_roles")]
    operations = [migrations.RunSQL(CREATE, DROP)]
