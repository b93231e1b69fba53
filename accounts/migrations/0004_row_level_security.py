from django.db import migrations

from accounts.access.walls import CREATE, DROP


class Migration(migrations.Migration):
    dependencies = [("accounts", "0003_insured_sign_in"), ("core", "0004_insured_id")]
    operations = [migrations.RunSQL(CREATE, DROP)]
