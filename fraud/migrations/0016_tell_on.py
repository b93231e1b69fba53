from django.db import migrations, models

from fraud.cases.disclosure_schema import TELL_AS_FIRST, TELL_ON

DEFERRALS = ["investigation", "proceedings"]


def _with_reason(day: str) -> models.CheckConstraint:
    return models.CheckConstraint(
        condition=models.Q(
            models.Q(("deferral", ""), (day, None)),
            models.Q(
                ("deferral__in", DEFERRALS),
                (f"{day}__isnull", False),
                models.Q(("ground", "consent"), _negated=True),
            ),
            _connector="OR",
        ),
        name="lift_deferred_with_reason",
    )


class Migration(migrations.Migration):
    """A day is named by what happens on it."""

    dependencies = [("fraud", "0015_partner_walls")]
    operations = [
        migrations.RemoveConstraint(model_name="identitylift", name="lift_deferred_with_reason"),
        migrations.RemoveConstraint(model_name="identitylift", name="lift_told_or_deferred"),
        migrations.RemoveIndex(model_name="identitylift", name="lift_to_be_told"),
        migrations.RenameField(model_name="identitylift", old_name="defer_until", new_name="tell_on"),
        migrations.AddIndex(
            model_name="identitylift",
            index=models.Index(fields=["tell_on"], condition=models.Q(("told_at", None)), name="lift_to_be_told"),
        ),
        migrations.AddConstraint(model_name="identitylift", constraint=_with_reason("tell_on")),
        migrations.AddConstraint(
            model_name="identitylift",
            constraint=models.CheckConstraint(
                condition=models.Q(("told_at__isnull", False), ("tell_on__isnull", False), _connector="OR"),
                name="lift_told_or_deferred",
            ),
        ),
        migrations.RunSQL(TELL_ON, TELL_AS_FIRST),
    ]
