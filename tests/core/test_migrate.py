"""``migrate`` beside itself: two hosts that start together."""

import os
import subprocess
import sys

import pytest
from django.apps import apps
from django.conf import settings
from django.db import connection, models
from django.db.migrations.state import ModelState, ProjectState

from ameli_notify.core.management.commands.migrate import LOCK_KEY
from ameli_notify.core.postgresql.rendering import rendering_less
from ameli_notify.core.sql import fetch_all


def test_two_at_once_on_a_new_database_make_it_once(process_environment: dict[str, str]) -> None:
    name = f"twice_migrated_{os.getpid()}"
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")
        cursor.execute(f"CREATE DATABASE {name}")
    try:
        url = process_environment["DATABASE_URL"]
        environment = process_environment | {"DATABASE_URL": f"{url.rpartition('/')[0]}/{name}"}
        started = [
            subprocess.Popen(
                [sys.executable, "manage.py", "migrate", "--verbosity", "1"],
                cwd=settings.BASE_DIR, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            )
            for _ in range(2)
        ]  # fmt: skip
        said = [process.communicate(timeout=120) for process in started]
        assert [process.returncode for process in started] == [0, 0], said
        assert sorted("Applying core.0001" in out for out, _ in said) == [False, True], said
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f"DROP DATABASE {name} WITH (FORCE)")
        connection.close()  # and the role that it had taken off


def test_it_waits_for_who_holds_the_lock(process_environment: dict[str, str]) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [LOCK_KEY])
    process = subprocess.Popen(
        [sys.executable, "manage.py", "migrate", "--verbosity", "0"], cwd=settings.BASE_DIR, env=process_environment
    )
    try:
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(timeout=4)
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK_KEY])
        assert process.wait(timeout=60) == 0


def test_every_constraint_and_index_of_a_model_is_in_the_database(db: None) -> None:
    """Nothing that one of them says is lost on the way: Django drops more than it was asked to when it alters a key."""
    named = {
        one.name
        for model in apps.get_models()
        if model._meta.managed
        for one in (*model._meta.constraints, *model._meta.indexes)
    }
    found = fetch_all(
        "SELECT conname FROM pg_constraint UNION SELECT relname FROM pg_class WHERE relkind IN ('i', 'I')"
    )
    assert len(named) > 200
    assert named - {name for (name,) in found} == set()


def test_whoever_asks_for_all_classes_finds_them_made_anew() -> None:
    usual = ProjectState.add_model
    options: dict[str, list[object]] = {"constraints": [], "indexes": []}
    state = ProjectState()
    state.add_model(ModelState("shop", "Customer", [("id", models.BigAutoField(primary_key=True))], options))
    key = models.ForeignKey("shop.Customer", models.PROTECT)
    with rendering_less():
        before = state.apps.get_model("shop", "Customer")
        state.add_model(ModelState("shop", "Order", [("id", models.BigAutoField(primary_key=True)), ("by", key)]))
        state.add_field("shop", "order", "total", models.IntegerField(default=0), preserve_default=True)
        state.add_constraint("shop", "order", models.CheckConstraint(condition=models.Q(total__gte=0), name="paid"))
        assert state.is_delayed
        state.clear_delayed_apps_cache()
        order, customer = state.apps.get_model("shop", "Order"), state.apps.get_model("shop", "Customer")
    assert customer is not before
    assert [relation.related_model for relation in customer._meta.related_objects] == [order]
    assert [one.name for one in order._meta.constraints] == ["paid"]
    assert ProjectState.add_model is usual
