from django.db import migrations

from accounts.partners.portal.walls import CREATE_WEBHOOKS, DROP_WEBHOOKS


class Migration(migrations.Migration):
    """A partner's pages read its own webhooks and what became of each notice, without their secrets."""

    dependencies = [("accounts", "0015_webhooks")]
    operations = [migrations.RunSQL(CREATE_WEBHOOKS, DROP_WEBHOOKS)]
