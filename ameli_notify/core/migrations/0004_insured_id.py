from django.db import migrations

from ameli_notify.core.roles import CREATE_INSURED_ID


class Migration(migrations.Migration):
    """The function that every wall of an insured person asks whose rows may be shown."""

    dependencies = [("core", "0003_rate_limit_counter")]
    operations = [migrations.RunSQL(CREATE_INSURED_ID, "DROP FUNCTION core_insured_id();")]
