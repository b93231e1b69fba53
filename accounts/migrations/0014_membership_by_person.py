import django.db.models.deletion
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    """The index first: that of the person alone, which it makes superfluous, goes afterwards."""

    atomic = False
    dependencies = [("accounts", "0013_partner_portal_walls")]
    operations = [
        AddIndexConcurrently(
            model_name="partnermembership",
            index=models.Index(fields=["insured", "partner", "starts_on"], name="membership_by_person"),
        ),
        migrations.AlterField(
            model_name="partnermembership",
            name="insured",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="memberships",
                to="accounts.insuredperson",
            ),
        ),
    ]
