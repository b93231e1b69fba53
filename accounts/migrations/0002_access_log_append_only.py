from django.db import migrations

from ameli_notify.core.roles import append_only


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial"), ("core", "0001_runtime_roles")]
    operations = [
        migrations.RunSQL(
            append_only("accounts_accesslog") + append_only("accounts_preferencechange"), migrations.RunSQL.noop
        ),
    ]
