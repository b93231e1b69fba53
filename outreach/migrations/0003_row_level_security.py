from django.db import migrations

from outreach.digest.walls import CREATE, DROP


class Migration(migrations.Migration):
    dependencies = [("outreach", "0002_partitioned_tables"), ("core", "0004_insured_id")]
    operations = [migrations.RunSQL(CREATE, DROP)]
