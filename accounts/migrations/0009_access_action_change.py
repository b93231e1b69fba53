from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0008_franceconnect")]
    operations = [
        migrations.AlterField(
            model_name="accesslog",
            name="action",
            field=models.CharField(
                choices=[
                    ("search", "recherche"),
                    ("view", "consultation"),
                    ("export", "export"),
                    ("change", "modification"),
                ],
                max_length=6,
                verbose_name="action",
            ),
        ),
    ]
