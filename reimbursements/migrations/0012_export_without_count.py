from django.db import migrations


class Migration(migrations.Migration):
    """How many places of its feed were looked at told a partner's role how many of them are hidden from it."""

    dependencies = [("reimbursements", "0011_partner_feed_line")]
    operations = [migrations.RemoveField("partnerexport", "lines_done")]
