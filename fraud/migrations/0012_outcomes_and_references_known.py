from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("fraud", "0011_retention")]
    operations = [
        migrations.AddConstraint(
            model_name="fraudcase",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("outcome__in", ["", "fraud", "fault", "abuse", "error", "compliant", "no-follow-up"])
                ),
                name="case_outcome_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="identitylift",
            constraint=models.CheckConstraint(
                condition=models.Q(("reference__regex", "^[0-9A-Za-z][0-9A-Za-z/. -]{1,39}\\Z")),
                name="lift_reference_shape",
            ),
        ),
    ]
