import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

from accounts.access.walls import CREATE_ACTIVITY, DROP_ACTIVITY

ANSWERS = [("email", "e-mail"), ("sms", "SMS"), ("post", "courrier"), ("yes", "accepté"), ("none", "refusé")]

# Addresses that people changed and verified before the column was there.
GIVEN_BY_PEOPLE = """
UPDATE accounts_contactchannel c SET source = 'person', verified_at = ch.confirmed_at
FROM accounts_contactchange ch WHERE ch.new_contact_id = c.id AND ch.confirmed_at IS NOT NULL;
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0005_access_seal")]
    operations = [
        migrations.AddField(
            "insuredperson",
            "accepts_calls",
            models.BooleanField(db_default=True, default=True, verbose_name="accepte les appels d’accompagnement"),
        ),
        migrations.AddField(
            "insuredperson",
            "accepts_information",
            models.BooleanField(db_default=True, default=True, verbose_name="accepte l’information de prévention"),
        ),
        migrations.AddField(
            "contactchannel",
            "source",
            models.CharField(
                choices=[("feed", "fichier de la caisse"), ("person", "saisie dans Mon espace")],
                db_default="feed",
                default="feed",
                max_length=6,
                verbose_name="origine",
            ),
        ),
        migrations.AddField(
            "contactchannel", "verified_at", models.DateTimeField(blank=True, null=True, verbose_name="vérifiée le")
        ),
        migrations.AlterField(
            "contactchannel",
            "end_reason",
            models.CharField(
                blank=True,
                choices=[
                    ("replaced", "remplacée"),
                    ("withdrawn", "retirée"),
                    ("bounced", "n’existe plus"),
                    ("not-used", "reçue, non utilisée"),
                ],
                max_length=9,
            ),
        ),
        migrations.AlterField("preferencechange", "old_channel", models.CharField(choices=ANSWERS, max_length=5)),
        migrations.AlterField("preferencechange", "new_channel", models.CharField(choices=ANSWERS, max_length=5)),
        migrations.CreateModel(
            name="AccountEvent",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), verbose_name="quand"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("signed-in", "connexion"),
                            ("password-changed", "mot de passe choisi"),
                            ("app-added", "appareil ou application ajouté"),
                            ("channel-added", "réception de codes ajoutée"),
                            ("factor-removed", "moyen de connexion retiré"),
                            ("recovery-codes", "codes de secours demandés"),
                            ("data-downloaded", "données téléchargées"),
                        ],
                        max_length=16,
                        verbose_name="événement",
                    ),
                ),
                ("browser", models.CharField(blank=True, max_length=20, verbose_name="navigateur")),
                ("system", models.CharField(blank=True, max_length=20, verbose_name="système")),
                (
                    "insured",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="accounts.insuredperson",
                        verbose_name="personne assurée",
                    ),
                ),
            ],
            options={
                "verbose_name": "événement de compte",
                "verbose_name_plural": "événements de compte",
                "indexes": [
                    models.Index(fields=["insured", "at"], name="account_event_by_person"),
                    models.Index(fields=["at"], name="account_event_by_age"),
                ],
            },
        ),
        migrations.RunSQL(GIVEN_BY_PEOPLE, migrations.RunSQL.noop),
        migrations.AddConstraint(
            "contactchannel",
            models.CheckConstraint(
                condition=models.Q(models.Q(("source", "person"), _negated=True), ("verified_at__isnull", False), _connector="OR"),
                name="contact_from_person_verified",
            ),
        ),
        migrations.RunSQL(CREATE_ACTIVITY, DROP_ACTIVITY),
    ]
