from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    """An instant ends in « at », a day in « on »."""

    dependencies = [("reimbursements", "0008_partner_exports")]
    operations = [
        migrations.RemoveConstraint(model_name="partnerexport", name="export_claimed_with_lease"),
        migrations.RenameField(model_name="partnerexport", old_name="leased_until", new_name="lease_ends_at"),
        migrations.RenameField(model_name="partnerexport", old_name="place_day", new_name="place_on"),
        migrations.AddConstraint(
            model_name="partnerexport",
            constraint=models.CheckConstraint(
                condition=Q(claim=None, lease_ends_at=None) | Q(claim__isnull=False, lease_ends_at__isnull=False),
                name="export_claimed_with_lease",
            ),
        ),
    ]
