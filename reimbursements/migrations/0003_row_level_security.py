from django.db import migrations

from reimbursements.lines.walls import CREATE, DROP


class Migration(migrations.Migration):
    dependencies = [("reimbursements", "0002_line_table"), ("accounts", "0004_row_level_security")]
    operations = [migrations.RunSQL(CREATE, DROP)]
