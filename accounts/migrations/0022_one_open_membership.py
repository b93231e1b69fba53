from django.db import migrations

ONE_OPEN = """
UPDATE accounts_partnermembership AS membership
SET ends_on = greatest(membership.starts_on, later.starts_on - 1)
FROM (
    SELECT id, lead(starts_on) OVER (PARTITION BY insured_id ORDER BY starts_on, id) AS starts_on
    FROM accounts_partnermembership WHERE ends_on IS NULL
) AS later
WHERE later.id = membership.id AND later.starts_on IS NOT NULL;
SET CONSTRAINTS ALL IMMEDIATE;
CREATE UNIQUE INDEX IF NOT EXISTS membership_one_open_per_person
    ON accounts_partnermembership (insured_id) WHERE ends_on IS NULL;
"""


class Migration(migrations.Migration):
    """Gives back what went unseen: when 0014 took the index of the key away, Django took this one for it.

    Whoever has two open periods by now keeps the later one; the earlier ends the day before.
    """

    dependencies = [("accounts", "0021_members_page_by_page")]
    operations = [migrations.RunSQL(ONE_OPEN, migrations.RunSQL.noop)]
