"""The investigators' console on a million reports: how long the server works for the inbox and for a case."""

import random
import secrets
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from django.conf import settings
from django.urls import reverse
from django.utils.http import urlencode

from accounts.staff.roles import Role
from accounts.staff.services import create_staff, sync_roles
from ameli_notify.measure.bench.arrivals import Visit, arrive, percentiles
from ameli_notify.measure.bench.case_history import TABLES, Caseload, fill_cases
from ameli_notify.measure.bench.report import Line, Measure, at_most
from ameli_notify.measure.bench.run import Run, settle_server
from ameli_notify.measure.bench.site import logged_seconds, served
from ameli_notify.measure.bench.visitors import sign_in_staff
from ameli_notify.measure.population import fill_people
from fraud.cases.inbox import ORDER_VAR, VIEW_VAR
from fraud.cases.inbox_enums import InboxOrder, InboxView

REPORTS: Final = 1_000_000
CASES: Final = 100_000
PEOPLE: Final = 100_000
VISITS: Final = 400
"""Of each of the two pages."""
FULL_SHARE: Final = 0.1
"""Of the cases opened are among the fullest: they are what takes long to work on."""
FULLEST: Final = 20
RATE: Final = 10.0
"""Arrivals a second: several hundred investigators who open something twice a minute."""
SERVER_MILLISECONDS: Final = 150
_SEED: Final = 20_261_122


def bench_cases(run: Run) -> Iterator[Line]:
    """Yields the time of the inbox in its views, and of the page of a case."""
    password = secrets.token_urlsafe(24)
    sync_roles()
    holder = create_staff("enquete", role=Role.INVESTIGATOR, password=password).user
    people = run.size(PEOPLE, least=100)
    with run.step(f"{people} personnes"):
        fill_people(people)
    with run.step(f"{run.size(REPORTS)} signalements"):
        load = fill_cases(
            reports=run.size(REPORTS, least=1_000), cases=run.size(CASES, least=100), people=people, holder=holder
        )
    with run.step("mettre la base au repos"):
        settle_server(*TABLES)
    cookie = f"{settings.SESSION_COOKIE_NAME}={sign_in_staff(holder, password=password)}"
    log = Path(settings.VAR_DIR) / "web.log"
    with served(log) as port:
        arrive(port, [Visit(path=_inbox(), cookie=cookie)] * 8, rate=RATE)  # every worker has its connection
        with run.step("la corbeille"):
            yield _measure("cases-inbox", _inboxes(run), load, log, port=port, cookie=cookie)
        with run.step("des dossiers"):
            yield _measure("cases-case-page", _cases(run, load), load, log, port=port, cookie=cookie)


def _inboxes(run: Run) -> list[str]:
    """The inbox as it is looked at: mostly as it opens, else in another view or order."""
    draw = random.Random(_SEED)  # noqa: S311 (no secret)
    views = [*[{}] * 4, *({VIEW_VAR: one.value} for one in InboxView), *({ORDER_VAR: one.value} for one in InboxOrder)]
    return [_inbox(**draw.choice(views)) for _ in range(run.size(VISITS, least=20))]


def _inbox(**query: str) -> str:
    return f"{reverse('admin:fraud_fraudcase_changelist')}?{urlencode(query)}"


def _cases(run: Run, load: Caseload) -> list[str]:
    draw = random.Random(_SEED)  # noqa: S311 (no secret)
    opened = [
        draw.choice(load.open_cases[:FULLEST] if draw.random() < FULL_SHARE else load.open_cases)
        for _ in range(run.size(VISITS, least=20))
    ]
    return [reverse("admin:fraud_fraudcase_change", args=[case]) for case in opened]


def _measure(name: str, paths: Sequence[str], load: Caseload, log: Path, *, port: int, cookie: str) -> Measure:
    known = {path.partition("?")[0] for path in paths}
    before = {path: len(logged_seconds(log, path)) for path in known}
    answers = arrive(port, [Visit(path=path, cookie=cookie) for path in paths], rate=RATE)
    refused = sorted({answer.status for answer in answers if answer.status != 200})
    if refused:
        raise RuntimeError(f"some of the {len(answers)} visits were answered {refused}")
    asked = [path.partition("?")[0] for path in paths]
    worked = [
        seconds
        for path in sorted(known)
        for seconds in logged_seconds(log, path, number=asked.count(path), after=before[path])
    ]
    server, client = percentiles(worked), percentiles([answer.took for answer in answers])
    return Measure(
        name=name, value=server.p95, unit="ms", against="server time of a page, 95th percentile",
        goals=[at_most(SERVER_MILLISECONDS)],
        details={
            "reports": load.reports, "cases": load.cases, "visits": len(answers), "a_second": RATE,
            "server_p50": server.p50, "server_p99": server.p99, "server_longest": server.longest,
            "client_p50": client.p50, "client_p95": client.p95,
        },
    )  # fmt: skip
