from django.db import migrations

from outreach.campaigns.proposals.schema import CREATE, DROP


class Migration(migrations.Migration):
    """Two people accept a proposal; a mutual reads its own, and the state of the calls that came of them."""

    dependencies = [("outreach", "0014_campaign_proposals")]
    operations = [migrations.RunSQL(CREATE, DROP)]
