from django.db import migrations

from accounts.partners.walls import LOOK_UP, LOOK_UP_AS_BEFORE


class Migration(migrations.Migration):
    """What a partner sees stays; how PostgreSQL finds it no longer depends on how many members there are."""

    dependencies = [("accounts", "0020_guardianship")]
    operations = [migrations.RunSQL(LOOK_UP, LOOK_UP_AS_BEFORE)]
