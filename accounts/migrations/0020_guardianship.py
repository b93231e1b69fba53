from django.db import migrations

from accounts.partners.walls import CREATE_GUARDIANSHIP, DROP_GUARDIANSHIP


class Migration(migrations.Migration):
    """Consents end when the minor comes of age; the policyholder sees what they answered, and who read by it."""

    dependencies = [("accounts", "0019_consents_for_minors")]
    operations = [migrations.RunSQL(CREATE_GUARDIANSHIP, DROP_GUARDIANSHIP)]
