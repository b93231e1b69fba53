from django.db import migrations

from reimbursements.partner_api.schema import LOOK_UP, LOOK_UP_AS_BEFORE


class Migration(migrations.Migration):
    """What a partner sees stays; how PostgreSQL finds it no longer depends on how many members there are."""

    dependencies = [("accounts", "0021_members_page_by_page"), ("reimbursements", "0009_partner_export_names")]
    operations = [migrations.RunSQL(LOOK_UP, LOOK_UP_AS_BEFORE)]
