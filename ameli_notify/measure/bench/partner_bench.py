"""A partner among ten million lines: pages of its feed and its export beside a bare COPY of the same rows, and how fast
lines become FHIR resources."""

from collections.abc import Iterator
from itertools import pairwise
from statistics import mean, median
from typing import Final

from django.test import Client
from joserfc.jwk import ECKey

from accounts.partners.assertions import Proven
from accounts.partners.client_models import PartnerClient, PartnerKey
from accounts.partners.enums import PartnerState, Scope
from accounts.partners.keys import read_public_key
from accounts.partners.models import PartnerInsurer
from accounts.partners.tokens import issue
from accounts.partners.walls import CONSENT, MEMBER, MEMBERSHIP
from ameli_notify.core.copying import copying
from ameli_notify.core.sql import fetch_value
from ameli_notify.core.walls import as_partner
from ameli_notify.measure.bench.arrivals import percentiles
from ameli_notify.measure.bench.clock import Spent
from ameli_notify.measure.bench.history import fill_history
from ameli_notify.measure.bench.report import (
    Line,
    Measure,
    at_least,
    at_most,
    cpu_ratio,
    median_round,
    paired_ratio,
    rate,
)
from ameli_notify.measure.bench.run import ROUNDS, Run, settle_server
from ameli_notify.measure.bench.twins import owner_cursor
from ameli_notify.measure.population import fill_people
from reimbursements.lines.schema import TABLE as LINE
from reimbursements.partner_api.exports.making import FILE_LINES, claim, make_next_files
from reimbursements.partner_api.exports.models import ExportShape
from reimbursements.partner_api.exports.ordering import Wanted, cancel, order
from reimbursements.partner_api.exports.selecting import next_cuts
from reimbursements.partner_api.exports.writing import FHIR_TYPES
from reimbursements.partner_api.feed_places import feed_book
from reimbursements.partner_api.fhir.resources import explanation_of_benefit
from reimbursements.partner_api.identifiers import line_identifiers
from reimbursements.partner_api.publishing import publish
from reimbursements.partner_api.schema import CHANGE, ENROLMENT, LINE_COLUMNS, PUBLISHED
from reimbursements.reference.services import load_reference_data

LINES: Final = 10_000_000
PEOPLE: Final = 500_000
MEMBER_EVERY: Final = 12
"""One person in so many is a member who consented: the largest mutual insurers cover five of 65 million."""
PAGES: Final = 200
PAGE_LINES: Final = 1_000
PAGE_MILLISECONDS: Final = 80
COPY_SHARE: Final = 0.3
BENEFITS: Final = 100_000
BENEFITS_A_SECOND: Final = 10_000
CODE: Final = "99999998"
_ENDLESS: Final = 2_000_000_000

_MEMBERSHIPS: Final = f"""
INSERT INTO {MEMBERSHIP} (insured_id, partner_id, member_no, starts_on)
SELECT id, %(partner)s, 'A-' || id, DATE '2020-01-01' FROM accounts_insuredperson
WHERE id %% %(every)s = 1 AND id BETWEEN %(first)s AND %(last)s
"""
_MEMBERS: Final = f"""
INSERT INTO {MEMBER} (insured_id, partner_id, public_id, created_at)
SELECT insured_id, partner_id, gen_random_uuid(), now() FROM {MEMBERSHIP} WHERE partner_id = %(partner)s
"""
_CONSENTS: Final = f"""
INSERT INTO {CONSENT} (insured_id, partner_id, purpose, given_at, given_by, withdrawn_by)
SELECT insured_id, partner_id, 'payments', now(), 'bench', '' FROM {MEMBERSHIP} WHERE partner_id = %(partner)s
"""
# Their lines came with a batch that is there no longer.
_PUBLISHED: Final = f"INSERT INTO {PUBLISHED} (batch_id, published_at) VALUES (0, now()) ON CONFLICT DO NOTHING"

_OF_FEED: Final = """
WHERE x.partner_id = %(partner)s AND x.line_id IS NOT NULL
  AND x.position > %(after)s AND x.position <= %(until)s"""
_COLUMNS: Final = ", ".join(LINE_COLUMNS)
_SAME_ROWS: Final = f"""
COPY (SELECT {", ".join(f"l.{name}" for name in LINE_COLUMNS)}
      FROM {CHANGE} x
      JOIN {LINE} l ON l.insured_id = x.insured_id AND l.payment_date = x.payment_date AND l.id = x.line_id
      {_OF_FEED}) TO STDOUT
"""
# For some of the rows the planner would read the whole table, too, and be slower by far.
_SAME_ROWS_BY_KEY: Final = f"""
COPY (SELECT l.* FROM {CHANGE} x
      CROSS JOIN LATERAL (
          SELECT {_COLUMNS} FROM {LINE} own
          WHERE own.insured_id = x.insured_id AND own.payment_date = x.payment_date AND own.id = x.line_id OFFSET 0) l
      {_OF_FEED}) TO STDOUT
"""


def bench_changes(run: Run) -> Iterator[Line]:
    """Yields the 95th percentile of a page of the feed, and its share of the speed of COPY."""
    partner_id, client = partner_with_feed(run)
    feed = positions(partner_id)
    token = issue(Proven(client=client, key=client.keys.get()), [Scope.REIMBURSEMENTS_READ])
    visitor = Client(headers={"host": "127.0.0.1", "authorization": f"Bearer {token}"})
    book = feed_book(partner_id)
    number = run.size(PAGES, least=5)
    places = [feed.start + (len(feed) - PAGE_LINES) * turn // number for turn in range(number)]
    pages: list[Spent] = []
    copies: list[Spent] = []

    def page(place: int) -> None:
        answer = visitor.get("/api/v1/changes", {"limit": str(PAGE_LINES), "after": book.make((place,))})
        if answer.status_code != 200 or b"reimbursement" not in answer.content:
            raise RuntimeError(f"the page was answered {answer.status_code}")

    page(places[0])
    with run.step(f"{number} pages du flux"):
        for place in places:
            pages.append(run.clock.time(lambda place=place: page(place)))  # type: ignore[misc] # bound at once
            copies.append(run.clock.time(lambda place=place: copy_page(partner_id, place)))  # type: ignore[misc]
    times = percentiles([spent.wall for spent in pages])
    page_time, copy_time = median(spent.wall for spent in pages), median(spent.wall for spent in copies)
    yield Measure(
        name="changes-page", value=times.p95, unit="ms", ratio=copy_time / page_time,
        against=f"COPY of the same rows: {copy_time * 1e3:.1f} ms", goals=[at_most(PAGE_MILLISECONDS)],
        details={
            "lines": run.size(LINES, least=5_000), "feed": len(feed), "pages": number, "p50": times.p50,
            "longest": times.longest, "cpu": mean(spent.cpu for spent in pages) * 1e3,
        },
    )  # fmt: skip


def bench_export(run: Run) -> Iterator[Line]:
    """Yields how fast an export of the whole feed is written, beside one bare COPY of the same rows, found in
    whatever way the planner likes; and beside one for each of its files, which finds them by their keys."""
    partner_id, client = partner_with_feed(run)
    feed = positions(partner_id)
    ours: list[Spent] = []
    by_file: list[Spent] = []
    at_once: list[Spent] = []
    written = 0
    for number in range(1, ROUNDS + 1):
        with run.step(f"export {number}/{ROUNDS}"):
            by_file.append(run.clock.time(lambda: copy_by_files(partner_id, feed)))
            at_once.append(run.clock.time(lambda: copy_rows(partner_id, feed.start - 1, feed.stop)))
            export = order(Wanted(), partner_id=partner_id, client_pk=client.pk)
            ours.append(run.clock.time(_make))
            written = sum(export.files.values_list("rows", flat=True))
            size = sum(export.files.values_list("size", flat=True))
            cancel(export.pk)
    rows = fetch_value(f"SELECT count(*) FROM {CHANGE} WHERE partner_id = %s AND line_id IS NOT NULL", [partner_id])
    if not 0 < written <= rows:
        raise RuntimeError("the export is not what is in the feed")
    yield Measure(
        name="export", value=rate(written, ours), unit="lines/s",
        ratio=paired_ratio(ours, at_once, share=rows / written),
        cpu_ratio=cpu_ratio(ours, at_once, share=rows / written), spent=median_round(ours),
        against=f"COPY of the same rows: {rate(rows, at_once):.0f} lines/s", goals=[at_least(COPY_SHARE)],
        details={
            "lines": written, "bytes_a_line": size / written,
            "against_copies_by_file": paired_ratio(ours, by_file, share=rows / written),
        },
    )  # fmt: skip


def bench_eob(run: Run) -> Iterator[Line]:
    """Yields how many ExplanationOfBenefit one core writes down a second, their ids included."""
    partner_id, client = partner_with_feed(run)
    wanted = Wanted(shape=ExportShape.FHIR)
    export = order(wanted, partner_id=partner_id, client_pk=client.pk)
    (cut,) = next_cuts(export, files=1, lines=run.size(BENEFITS, least=1_000))
    with as_partner(partner_id), copying(cut.fhir_rows, cut.values) as copy:
        copy.set_types(FHIR_TYPES)
        rows = list(copy.rows())
    cancel(export.pk)
    rounds: list[Spent] = []

    def render() -> None:
        names = line_identifiers((row[0] for row in rows), partner_id=partner_id)
        "\n".join(explanation_of_benefit(name, row[2:]) for name, row in zip(names, rows, strict=True)).encode()

    with run.step(f"{len(rows)} ExplanationOfBenefit"):
        rounds += [run.clock.time(render) for _ in range(ROUNDS)]
    yield Measure(
        name="eob", value=rate(len(rows), rounds), unit="EOB/s", spent=median_round(rounds),
        goals=[at_least(BENEFITS_A_SECOND, of="value")], details={"resources": len(rows)},
    )  # fmt: skip


def partner_with_feed(run: Run) -> tuple[int, PartnerClient]:
    """The partner with its members' lines in its feed; made by the first part that needs it."""
    known = PartnerClient.objects.filter(partner__code=CODE).first()
    if known is not None:
        return known.partner_id, known
    load_reference_data()
    with run.step(f"{run.size(PEOPLE, least=500)} personnes"):
        people = fill_people(run.size(PEOPLE, least=500))
    with run.step(f"leurs paiements ({run.size(LINES, least=5_000)} lignes environ)"):
        fill_history(people, lines=run.size(LINES, least=5_000), say=run.say)
    partner = PartnerInsurer.objects.create(
        code=CODE, name="Banc d’essai", state=PartnerState.ACTIVE, rows_floor=_ENDLESS, requests_per_day=_ENDLESS
    )
    span = {"partner": partner.pk, "every": MEMBER_EVERY, "first": people.start, "last": people.stop - 1}
    with owner_cursor() as cursor, run.step("leurs adhésions et leurs accords"):
        for statement in (_MEMBERSHIPS, _MEMBERS, _CONSENTS, _PUBLISHED):
            cursor.execute(statement, span)
    settle_server(LINE, MEMBERSHIP, MEMBER, CONSENT)
    with run.step("publier"):
        publish()
    settle_server(CHANGE, ENROLMENT)
    return partner.pk, _client(partner)


def positions(partner_id: int) -> range:
    """The partner's part of the feed."""
    first = fetch_value(f"SELECT min(position) FROM {CHANGE} WHERE partner_id = %s", [partner_id])
    last = fetch_value(f"SELECT max(position) FROM {CHANGE} WHERE partner_id = %s", [partner_id])
    return range(first, last + 1)


def copy_rows(partner_id: int, after: int, until: int, *, statement: str = _SAME_ROWS) -> int:
    """The rows as COPY gives them, dropped; how many they were."""
    with copying(statement, {"partner": partner_id, "after": after, "until": until}) as copy:
        return sum(1 for _ in copy)


def copy_page(partner_id: int, after: int) -> int:
    """The same of one page of the feed, found by their keys."""
    return copy_rows(partner_id, after, after + PAGE_LINES, statement=_SAME_ROWS_BY_KEY)


def copy_by_files(partner_id: int, feed: range) -> int:
    """The same, as many positions at a time as a file of an export takes lines."""
    bounds = [*range(feed.start - 1, feed.stop - 1, FILE_LINES), feed.stop - 1]
    return sum(copy_rows(partner_id, after, until, statement=_SAME_ROWS_BY_KEY) for after, until in pairwise(bounds))


def _client(partner: PartnerInsurer) -> PartnerClient:
    client = PartnerClient.objects.create(
        partner=partner, name="bench", scopes=list(Scope.values), requests_per_minute=100_000, created_by="bench"
    )
    jwk = read_public_key(ECKey.generate_key("P-384").as_pem(private=False).decode())
    PartnerKey.objects.create(client=client, kid=jwk["kid"], jwk=jwk, added_by="bench")
    return client


def _make() -> None:
    """Write an export to its end, as the job does."""
    while (export := claim()) is not None:
        make_next_files(export)
