from django.db import migrations

from fraud.cases.witness import CREATE, DROP


class Migration(migrations.Migration):
    dependencies = [("fraud", "0004_case_rules"), ("accounts", "0009_access_action_change")]
    operations = [migrations.RunSQL(CREATE, DROP)]
