from django.db import migrations

from outreach.campaigns.appointments.walls import CREATE_CAMPAIGN, DROP_CAMPAIGN


class Migration(migrations.Migration):
    """A person reads the hours of the campaign in which they were promised a call, behind the campaign's wall."""

    dependencies = [
        ("outreach", "0017_obstacle_retention"),
    ]

    operations = [migrations.RunSQL(CREATE_CAMPAIGN, DROP_CAMPAIGN)]
