from django.db import migrations

from fraud.partner_api.schema import CREATE_ALERTS, CREATE_SIGNALS, DROP_ALERTS, DROP_SIGNALS


class Migration(migrations.Migration):
    """What a partner insurer may read of alerts and signals, and nothing else of fraud."""

    dependencies = [("fraud", "0014_partner_alerts")]
    operations = [
        migrations.RunSQL(CREATE_ALERTS, DROP_ALERTS),
        migrations.RunSQL(CREATE_SIGNALS, DROP_SIGNALS),
    ]
