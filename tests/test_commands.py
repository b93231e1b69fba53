"""What the commands say of themselves: they speak French to whoever runs them."""

import re
from argparse import SUPPRESS

import pytest
from django.core.management import get_commands, load_command_class
from django.core.management.base import BaseCommand

APPS = {"ameli_notify", "accounts", "reimbursements", "outreach", "fraud"}
ENGLISH = re.compile(r"\b(the|of|and|with|for|from|this|after|until|without|by|or|it|them)\b", re.IGNORECASE)
OPTION = re.compile(r"--[\w-]+")
DJANGO_S = {"flush", "makemigrations", "migrate"}  # their words are Django's
OURS = sorted(
    (str(app), name) for name, app in get_commands().items()
    if str(app).split(".")[0] in APPS and "peers" not in str(app) and name not in DJANGO_S
)  # fmt: skip


@pytest.mark.parametrize(("app", "name"), OURS)
def test_a_command_explains_itself_in_french(app: str, name: str) -> None:
    command = load_command_class(app, name)
    shared = {action.dest for action in BaseCommand().create_parser("manage.py", name)._actions}
    actions = command.create_parser("manage.py", name)._actions
    texts = [command.help, *(action.help or "" for action in actions if action.dest not in shared)]
    said = [text for text in texts if text != SUPPRESS]
    assert command.help.strip()
    assert [text for text in said if ENGLISH.search(OPTION.sub("", text))] == []
