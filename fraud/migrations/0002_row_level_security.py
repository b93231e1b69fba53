from django.db import migrations

from fraud.intake.walls import CREATE, DROP


class Migration(migrations.Migration):
    dependencies = [("fraud", "0001_initial"), ("core", "0004_insured_id")]
    operations = [migrations.RunSQL(CREATE, DROP)]
