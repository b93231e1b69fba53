from django.db import migrations

from outreach.campaigns.walls import CREATE, DROP


class Migration(migrations.Migration):
    dependencies = [("outreach", "0008_call_lists"), ("core", "0004_insured_id")]
    operations = [migrations.RunSQL(CREATE, DROP)]
