from django.db import migrations

from accounts.access.walls import CREATE_DEVICES, DROP_DEVICES


class Migration(migrations.Migration):
    """Second factors, those of the package for passkeys too: no role but the application reads them."""

    dependencies = [
        ("accounts", "0006_preferences_and_activity"),
        ("django_otp_webauthn", "0004_webauthnuserhandle"),
    ]
    operations = [migrations.RunSQL(CREATE_DEVICES, DROP_DEVICES)]
