from django.db import migrations

from ameli_notify.core.roles import reserve_for_import
from reimbursements.lines.schema import CREATE, DROP


class Migration(migrations.Migration):
    dependencies = [("reimbursements", "0001_initial"), ("core", "0001_runtime_roles")]
    operations = [
        migrations.RunSQL(CREATE, DROP),
        migrations.RunSQL(
            reserve_for_import("reimbursements_rejectedline"), migrations.RunSQL.noop
        ),
    ]
