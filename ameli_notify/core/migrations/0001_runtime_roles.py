from django.db import migrations

from ameli_notify.core.partitions import CREATE_FUNCTIONS
from ameli_notify.core.roles import CREATE_ROLES


class Migration(migrations.Migration):
    """Before any table of ours: the roles, and the privileges that every later table starts with."""

    initial = True
    dependencies = []
    run_before = [
        ("contenttypes", "0001_initial"),
        ("sessions", "0001_initial"),
        ("django_q", "0001_initial"),
    ]
    operations = [
        migrations.RunSQL(CREATE_ROLES, migrations.RunSQL.noop),
        migrations.RunSQL(
            CREATE_FUNCTIONS,
            "DROP FUNCTION core_ensure_partition(text, date, date); DROP FUNCTION core_drop_partitions(text, date);",
        ),
    ]
