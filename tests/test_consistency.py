"""Promises that every model and template keeps, walked so that a new one cannot forget them."""

import datetime as dt
import re
import uuid
from decimal import Decimal
from pathlib import Path
from typing import TypeAlias

import pytest
from django.apps import apps
from django.conf import settings
from django.contrib.staticfiles import finders
from django.db import connection, models
from django.db.migrations.loader import MigrationLoader

from ameli_notify.core.masking import mask_personal_data
from tests.guards.personal_data import CANARIES, CANARY_EMAIL, CANARY_NIR, CANARY_PHONE

AnyField: TypeAlias = "models.Field[object, object]"

OURS = {"core", "accounts", "reimbursements", "outreach", "fraud"}
ACRONYMS = {
    *(
        "ALD",
        "AM",
        "AMC",
        "AMO",
        "CCAM",
        "CIP",
        "CIS",
        "FINESS",
        "HTML",
        "HTTP",
        "IBAN",
        "ID",
        "IP",
        "JWKS",
        "NIR",
        "OTP",
        "RPPS",
    ),
    *("SIREN", "SIRET", "SMS", "SMTP", "TOTP", "UCD", "URL", "VERP"),
}
PROPER_NAMES = ("Assurance Maladie",)
# Their text shows a code, a label or a file name, which no person bears.
NAMED_WITHOUT_PEOPLE = {
    "accounts.PartnerInsurer",
    "core.Heartbeat",
    "reimbursements.ActReference",
    "reimbursements.CarePath",
    "reimbursements.ConditionReference",
    "reimbursements.ExemptionReason",
    "reimbursements.HealthFund",
    "reimbursements.ImportBatch",
    "reimbursements.ImportReject",
    "reimbursements.InsuranceNature",
    "reimbursements.NatureReference",
    "reimbursements.PayeeReference",
    "reimbursements.Specialty",
}
# Names that Django and django-otp chose.
FOREIGN_NAMES = {"date_joined", "last_login", "throttling_failure_timestamp"}


def our_models() -> list[type[models.Model]]:
    return [model for model in apps.get_models() if model._meta.app_label in OURS]


def own_fields(model: type[models.Model]) -> list[AnyField]:
    return [field for field in model._meta.get_fields() if isinstance(field, models.Field)]


def canary_value(field: AnyField) -> object:
    """A value of the field's type; every text is somebody's."""
    if field.choices:
        return next(iter(field.flatchoices))[0]
    samples: list[tuple[type[AnyField], object]] = [
        (models.EmailField, CANARY_EMAIL),
        (models.BooleanField, True),
        (models.DateTimeField, dt.datetime(1985, 7, 1, tzinfo=dt.UTC)),
        (models.DateField, dt.date(1985, 7, 1)),
        (models.DecimalField, Decimal("1234.56")),
        (models.UUIDField, uuid.UUID(int=5)),
        (models.BinaryField, CANARY_NIR.encode()),
        (models.JSONField, {"nir": CANARY_NIR, "phone": CANARY_PHONE}),
        (models.IntegerField, 5),
    ]
    return next((value for kind, value in samples if isinstance(field, kind)), " ".join(CANARIES))


@pytest.mark.parametrize("model", our_models(), ids=lambda model: model._meta.label)
class TestModels:
    def test_shows_nobody_in_its_text(self, model: type[models.Model]) -> None:
        values = {f.attname: canary_value(f) for f in own_fields(model) if not f.is_relation and f.concrete}
        text = str(model(**values))
        shown = [canary for canary in CANARIES if canary in text]
        if model._meta.label in NAMED_WITHOUT_PEOPLE:
            assert shown, "it shows no text at all: take it off the list"
            assert not {"insured", "insured_id", "beneficiary_id"} & {field.name for field in own_fields(model)}
        else:
            assert shown == []
            assert mask_personal_data(text) == text

    def test_whoever_did_something_did_it_at_an_instant(self, model: type[models.Model]) -> None:
        names = {field.name for field in own_fields(model)}
        alone = [name for name in names if name.endswith("_by") and f"{name.removesuffix('_by')}_at" not in names]
        assert alone == []

    def test_an_instant_ends_in_at_and_a_day_in_on(self, model: type[models.Model]) -> None:
        for field in own_fields(model):
            if isinstance(field, models.DateTimeField) and field.name not in FOREIGN_NAMES:
                assert re.fullmatch(r"at|\w+_at|\w+_since|\w+_until|not_before", field.name), field.name
            elif type(field) is models.DateField:
                assert re.fullmatch(r"\w+_on|\w+_date|\w+_from|\w+_to|care_start|care_end", field.name), field.name

    def test_a_state_is_one_of_a_closed_list(self, model: type[models.Model]) -> None:
        for field in own_fields(model):
            if field.name in {"status", "state"}:
                assert field.choices, f"{model.__name__}.{field.name} takes anything"

    def test_is_named_in_lower_case_french(self, model: type[models.Model]) -> None:
        texts = [model._meta.verbose_name, model._meta.verbose_name_plural]
        if model._meta.label_lower != settings.AUTH_USER_MODEL.lower():  # most fields of it are Django's
            texts += [field.verbose_name for field in own_fields(model) if not field.primary_key]
        for text in map(str, texts):
            for name in PROPER_NAMES:
                text = text.replace(name, "")
            for word in re.findall(r"[^\W\d_]+", text):
                assert word.islower() or word in ACRONYMS, text
            assert "'" not in text, f"typographic apostrophe: {text}"


class TestMigrations:
    def test_names_say_what_they_do(self) -> None:
        loader = MigrationLoader(None)
        for app, name in loader.disk_migrations:
            if app in OURS:
                assert re.fullmatch(r"\d{4}_[a-z][a-z0-9_]+", name), name
                assert not re.search(r"auto_\d|_merge|alter_\w+_and_more", name), name

    def test_a_partitioned_table_has_its_columns_in_its_model(self, db: None) -> None:
        for model in our_models():
            if not model._meta.managed:
                with connection.cursor() as cursor:
                    table = connection.introspection.get_table_description(cursor, model._meta.db_table)
                assert {column.name for column in table} == {field.column for field in own_fields(model)}


class TestTemplates:
    def test_each_is_used(self) -> None:
        folder = settings.BASE_DIR / "templates"
        sources = [
            path.read_text()
            for name in ("ameli_notify", *OURS - {"core"})
            for path in (settings.BASE_DIR / name).rglob("*.py")
        ]
        sources += [path.read_text() for path in folder.rglob("*.html")]
        text = "\n".join(sources)
        unused = [
            name
            for name in (str(path.relative_to(folder)) for path in sorted(folder.rglob("*.html")))
            if name not in text and not _found_by_name(name)
        ]
        assert unused == []

    def test_none_holds_script_or_style_inline(self) -> None:
        # The Content-Security-Policy refuses both; messages (email/) may style themselves.
        for path in (settings.BASE_DIR / "templates").rglob("*.html"):
            if "email" not in path.parts:
                source = path.read_text()
                assert not re.search(r"<script(?![^>]*\ssrc=)|<style\b|\sstyle=|\son[a-z]+=", source), path


def _found_by_name(name: str) -> bool:
    """Templates that Django looks up by itself: error pages, and overrides of another app's template."""
    if re.fullmatch(r"\d{3}(_csrf)?\.html", name):
        return True
    if not name.startswith("admin/"):
        return False
    model_page = re.fullmatch(
        r"admin/(\w+)/(?:(\w+)/)?(change_form|change_list|object_history|delete_confirmation)\.html", name
    )
    stock = Path(apps.get_app_config("admin").path) / "templates" / name
    return model_page is not None or stock.exists()


def test_static_files_are_found() -> None:
    used = {
        found
        for path in (settings.BASE_DIR / "templates").rglob("*.html")
        for found in re.findall(r"{% static ['\"]([^'\"]+)['\"] %}", path.read_text())
    }
    assert [name for name in used if finders.find(name) is None] == []


def test_no_statement_takes_the_day_from_the_sessions_clock() -> None:
    """It goes by UTC: from midnight in Paris on, an hour or two, that is the day before.

    A date that is put AT TIME ZONE becomes an instant of that clock first: it must be cast to a timestamp.
    """
    by_utc = r"(?i)\bcurrent_date\b|now\(\)::date|_at::date|::date(?:\s*[+-]\s*\d+)?\)? AT TIME ZONE"
    sources = [path for name in ("ameli_notify", *OURS - {"core"}) for path in (settings.BASE_DIR / name).rglob("*.py")]
    taking = {str(path.relative_to(settings.BASE_DIR)) for path in sources if re.search(by_utc, path.read_text())}
    assert {path for path in taking if "/measure/" not in path} == {"ameli_notify/core/partitions.py"}, (
        "where a month more or less is looked at"
    )
