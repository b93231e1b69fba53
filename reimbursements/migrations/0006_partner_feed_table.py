from django.db import migrations

from reimbursements.partner_api.schema import CREATE_CHANGE, CREATE_WALLS, DROP_CHANGE, DROP_WALLS


class Migration(migrations.Migration):
    """The feed's own table, and what a partner's request may read of this floor."""

    dependencies = [
        ("reimbursements", "0005_partner_feed"),
        ("accounts", "0011_partner_walls"),
        ("core", "0005_partner_id"),
    ]
    operations = [
        migrations.RunSQL(CREATE_CHANGE, DROP_CHANGE),
        migrations.RunSQL(CREATE_WALLS, DROP_WALLS),
    ]
