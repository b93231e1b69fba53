from django.db import migrations

from accounts.partners.walls import CREATE, DROP


class Migration(migrations.Migration):
    """What a partner's request, and the person themselves, may read of members and consents."""

    dependencies = [("accounts", "0010_partner_consents_and_clients"), ("core", "0005_partner_id")]
    operations = [migrations.RunSQL(CREATE, DROP)]
