from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    """Whose care was reported: what a member's mutual is told is found by it."""

    atomic = False
    dependencies = [("fraud", "0016_tell_on")]
    operations = [
        AddIndexConcurrently(
            model_name="reportedline",
            index=models.Index(fields=["beneficiary_id"], name="reported_line_by_patient"),
        ),
    ]
