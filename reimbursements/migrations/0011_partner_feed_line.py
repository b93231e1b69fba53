from django.db import migrations

from reimbursements.partner_api.schema import CREATE_FEED_LINE, DROP_FEED_LINE


class Migration(migrations.Migration):
    """Lines of a partner's feed in bulk, seen by the same rule as one by one."""

    dependencies = [
        ("accounts", "0023_allowed_networks"),
        ("reimbursements", "0010_feed_page_by_page"),
    ]
    operations = [migrations.RunSQL(CREATE_FEED_LINE, DROP_FEED_LINE)]
