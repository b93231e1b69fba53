"""Writing outcomes beside the sending: one thread with a connection of its own.

The sender goes on while the database works. Nothing is risked: an outcome not yet written is in the journal, and
``flush`` comes before a chunk is called finished or given back.
"""

from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Final

from django.db import connection

from ameli_notify.core.sql import run
from outreach.notifications.dispatch.ledger import LostLease
from outreach.notifications.dispatch.outcomes import OutcomeGroup

MOST_WAITING: Final = 8
"""Groups that may wait for the database before the sender waits too."""


class OutcomeWriter:
    """Writes groups in the order given. Errors of the thread come out of ``put`` or ``flush``."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="outcomes")
        self._waiting: deque[Future[None]] = deque()
        self._is_prepared = False

    def put(self, group: OutcomeGroup, keep: Callable[[OutcomeGroup], int]) -> None:
        """Have a group written. Raises LostLease when the fence refused an earlier one, or a database error."""
        self._waiting.append(self._pool.submit(self._write, group, keep))
        while len(self._waiting) > MOST_WAITING or self._waiting[0].done():
            self._waiting.popleft().result()
            if not self._waiting:
                return

    def flush(self) -> None:
        """Wait until everything is written. Raises like ``put``."""
        while self._waiting:
            self._waiting.popleft().result()

    def drop(self) -> None:
        """Forget what is waiting and the connection, after an error."""
        self._waiting.clear()
        self._pool.submit(self._disconnect).result()

    def close(self) -> None:
        """End the thread and its connection."""
        self._pool.submit(self._disconnect).result()
        self._pool.shutdown()

    def _write(self, group: OutcomeGroup, keep: Callable[[OutcomeGroup], int]) -> None:
        if not self._is_prepared:
            run("SET synchronous_commit = off")
            self._is_prepared = True
        if keep(group) != len(group):
            raise LostLease

    def _disconnect(self) -> None:
        connection.close()
        self._is_prepared = False
