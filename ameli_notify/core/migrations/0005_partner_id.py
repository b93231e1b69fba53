from django.db import migrations

from ameli_notify.core.roles import CREATE_PARTNER_ID


class Migration(migrations.Migration):
    """The function that every wall of a partner insurer asks whose rows may be shown."""

    dependencies = [("core", "0004_insured_id")]
    operations = [migrations.RunSQL(CREATE_PARTNER_ID, "DROP FUNCTION core_partner_id();")]
