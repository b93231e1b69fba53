from django.db import migrations

from accounts.partners.portal.walls import CREATE, DROP


class Migration(migrations.Migration):
    """What a partner's pages may read: its own programs, keys, usage and users. Changes of state are only added."""

    dependencies = [("accounts", "0012_partner_usage_and_users")]
    operations = [migrations.RunSQL(CREATE, DROP)]
