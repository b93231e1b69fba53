from django.db import migrations

from outreach.digest.schema import INDEX_SINGLES, UNINDEX_SINGLES
from outreach.digest.walls import HIDE_TEXTS, SHOW_TEXTS


class Migration(migrations.Migration):
    dependencies = [("outreach", "0003_row_level_security")]
    operations = [
        migrations.RunSQL(SHOW_TEXTS, HIDE_TEXTS),
        migrations.RunSQL(INDEX_SINGLES, UNINDEX_SINGLES),
    ]
