"""Requests that arrive when they arrive: at random moments, whether or not the ones before were answered.

A client that waits for each answer would slow down with the server and never see a queue. Here the moments are drawn
first, and the time of each request counts from its moment.
"""

import http.client
import math
import random
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from statistics import quantiles
from typing import Final

_AT_ONCE: Final = 100
"""Far more than are ever under way at a rate that the server can bear."""
_SECONDS: Final = 30
_SEED: Final = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """Of one page by somebody whose session ``cookie`` names."""

    path: str
    cookie: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """``late``: seconds by which the client itself was behind; ``took``: from the moment due to the last byte."""

    status: int
    late: float
    took: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Percentiles:
    """Of durations, in milliseconds."""

    p50: float
    p95: float
    p99: float
    longest: float


def percentiles(seconds: Sequence[float]) -> Percentiles:
    """Raises ValueError for fewer than two durations."""
    if len(seconds) < 2:
        raise ValueError("percentiles need at least two durations")
    cuts = quantiles(seconds, n=100, method="inclusive")
    return Percentiles(p50=cuts[49] * 1e3, p95=cuts[94] * 1e3, p99=cuts[98] * 1e3, longest=max(seconds) * 1e3)


def arrive(port: int, visits: Sequence[Visit], *, rate: float) -> list[Answer]:
    """One GET for each visit, in their order, ``rate`` a second on average; each has a connection of its own."""
    moments = _moments(len(visits), rate=rate)
    began = time.monotonic() + 0.1
    with ThreadPoolExecutor(_AT_ONCE) as clients:
        waiting = []
        for moment, visit in zip(moments, visits, strict=True):
            time.sleep(max(0.0, began + moment - time.monotonic()))
            headers = {"Cookie": visit.cookie}
            waiting.append(clients.submit(_get, port, visit.path, headers=headers, due=began + moment))
        return [each.result() for each in waiting]


def _moments(number: int, *, rate: float) -> list[float]:
    """Seconds from the start: a Poisson process, the same at each run."""
    draw = random.Random(_SEED)  # noqa: S311 (no secret)
    now, moments = 0.0, []
    for _ in range(number):
        now -= math.log(1.0 - draw.random()) / rate
        moments.append(now)
    return moments


def _get(port: int, path: str, *, headers: Mapping[str, str], due: float) -> Answer:
    late = time.monotonic() - due
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_SECONDS)
    try:
        connection.request("GET", path, headers=dict(headers))
        answer = connection.getresponse()
        answer.read()
    finally:
        connection.close()
    return Answer(status=answer.status, late=late, took=time.monotonic() - due)
