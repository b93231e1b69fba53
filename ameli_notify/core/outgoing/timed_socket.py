"""A socket with one deadline for everything that is done with it.

Python's timeouts hold for each read: who sends a byte now and then would keep us for ever.
"""

import io
import socket
import time
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Deadline:
    """An instant of the monotonic clock."""

    at: float

    def left(self) -> float:
        """Seconds, more than 0. Raises TimeoutError."""
        seconds = self.at - time.monotonic()
        if seconds <= 0:
            raise TimeoutError
        return seconds


class TimedSocket:
    """What ``http.client`` needs of a socket, on time. Raises TimeoutError."""

    def __init__(self, connected: socket.socket, deadline: Deadline) -> None:
        self._connected, self._deadline = connected, deadline

    def sendall(self, data: bytes) -> None:
        rest = memoryview(data)
        while rest:
            self._connected.settimeout(self._deadline.left())
            rest = rest[self._connected.send(rest) :]

    def makefile(self, mode: str) -> io.BufferedReader:
        """Only for reading. Closing it closes nothing: the connection does."""
        return io.BufferedReader(_TimedReader(self._connected, self._deadline))

    def close(self) -> None:
        self._connected.close()


class _TimedReader(io.RawIOBase):
    def __init__(self, connected: socket.socket, deadline: Deadline) -> None:
        self._connected, self._deadline = connected, deadline

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override] # what BufferedReader gives
        self._connected.settimeout(self._deadline.left())
        return self._connected.recv_into(buffer)
