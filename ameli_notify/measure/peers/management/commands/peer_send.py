"""``peer_send PEER --messages N``: fill one peer's queue, then time its own way of emptying it.

Reads subject, text and html as JSON on stdin; writes seconds, processor seconds and what is left as JSON.
"""

import json
import sys
from argparse import ArgumentParser
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict
from typing import Any, Final

from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.utils import timezone
from django.utils.module_loading import import_string

from ameli_notify.measure.bench.clock import Clock
from ameli_notify.measure.peers.models import PlainMessage

_BATCH: Final = 1000
_SENT: Final = 0
"""post_office's status of a message that was sent."""
Content = Mapping[str, str]


class Command(BaseCommand):
    help = "Measures one peer in the peers' own project."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("peer", choices=list(PEERS))
        parser.add_argument("--messages", type=int, required=True)
        parser.add_argument("--processes", type=int, default=1)
        parser.add_argument("--server-pid", type=int, required=True)

    def handle(self, *args: Any, **options: Any) -> None:
        content: Content = json.load(sys.stdin)
        queue, empty, left = PEERS[options["peer"]]
        queue(content, options["messages"])
        clock = Clock(server_pid=options["server_pid"])
        spent = clock.time(lambda: empty(content, options["processes"]))
        self.stdout.write(json.dumps(asdict(spent) | {"left": left()}))


def _batches(messages: int) -> Iterator[list[str]]:
    for first in range(0, messages, _BATCH):
        yield [f"p{number}@example.org" for number in range(first, min(first + _BATCH, messages))]


def _message(content: Content, recipient: str) -> EmailMultiAlternatives:
    message = EmailMultiAlternatives(content["subject"], content["text"], to=[recipient])
    message.attach_alternative(content["html"], "text/html")
    return message


def _queue_post_office(content: Content, messages: int) -> None:
    send_many = import_string("post_office.mail.send_many")
    parts = {"subject": content["subject"], "message": content["text"], "html_message": content["html"]}
    for recipients in _batches(messages):
        send_many([{"recipients": recipient, **parts} for recipient in recipients])


def _empty_post_office(content: Content, processes: int) -> None:
    call_command("send_queued_mail", processes=processes, log_level=0)


def _left_in_post_office() -> int:
    return int(import_string("post_office.models.Email").objects.exclude(status=_SENT).count())


def _queue_mailer(content: Content, messages: int) -> None:
    backend = get_connection("mailer.backend.DbBackend")
    for recipients in _batches(messages):
        backend.send_messages([_message(content, recipient) for recipient in recipients])


def _empty_mailer(content: Content, processes: int) -> None:
    call_command("send_mail")


def _left_in_mailer() -> int:
    return int(import_string("mailer.models.Message").objects.count())


def _queue_plain(content: Content, messages: int) -> None:
    for recipients in _batches(messages):
        PlainMessage._default_manager.bulk_create(PlainMessage(recipient=recipient) for recipient in recipients)


def _empty_plain(content: Content, processes: int) -> None:
    for row in PlainMessage._default_manager.filter(status="created"):
        _message(content, row.recipient).send()
        row.status = "sent"
        row.sent_at = timezone.now()
        row.save()


def _left_in_plain() -> int:
    return PlainMessage._default_manager.exclude(status="sent").count()


PEERS: Final[Mapping[str, tuple[Callable[[Content, int], None], Callable[[Content, int], None], Callable[[], int]]]] = {
    "post_office": (_queue_post_office, _empty_post_office, _left_in_post_office),
    "mailer": (_queue_mailer, _empty_mailer, _left_in_mailer),
    "plain": (_queue_plain, _empty_plain, _left_in_plain),
}
