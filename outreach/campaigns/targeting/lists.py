"""Counting and freezing as work in chunks: each is one transaction, so a killed worker leaves nothing half done.

Whatever was begun is found again by its open chunks: ``advance_lists`` runs every minute and needs no memory.
"""

import datetime as dt
import json
import time
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Final

from django.db import transaction
from django.db.models.functions import Now

from accounts.staff.models import User
from ameli_notify.core.jobs import enqueue
from ameli_notify.core.sql import fetch_all, fetch_value, run
from outreach.campaigns.campaign.criteria import parse_criteria
from outreach.campaigns.campaign.definition import parse_quotas
from outreach.campaigns.campaign.enums import CampaignEventKind, CampaignPurpose, CampaignStatus
from outreach.campaigns.campaign.models import CallCampaign
from outreach.campaigns.campaign.services import CampaignError, locked, record, step
from outreach.campaigns.claiming.enums import Decision
from outreach.campaigns.targeting.models import ChunkKind, TargetChunk
from outreach.campaigns.targeting.selection import count_statement, freeze_statement, values
from outreach.campaigns.walls import TASK

Counts = dict[str, dict[str, int]]
"""Decision → fund → people."""

CHUNK_PEOPLE: Final = 50_000
WORK_SECONDS: Final = 45
"""Of the sixty that a job has."""
ADVANCE: Final = "outreach.campaigns.tasks.advance_lists"
_OPEN: Final = {ChunkKind.COUNT: CampaignStatus.DRAFT, ChunkKind.FREEZE: CampaignStatus.READY}
"""The state of a campaign in which the work is wanted."""

_MAKE_CHUNKS: Final = """
INSERT INTO outreach_targetchunk (campaign_id, kind, first_id, last_id, counts)
SELECT %(campaign)s, %(kind)s, first, first + %(people)s - 1, '{}'
FROM (SELECT coalesce(min(id), 1) AS low, coalesce(max(id), 1) AS high FROM accounts_insuredperson) known,
    generate_series(low, high, %(people)s) AS first
ON CONFLICT (campaign_id, kind, first_id) DO NOTHING
"""

# The most needed stay; of two who need it alike, whoever comes first in the list.
_CUT: Final = f"""
WITH quota AS (
    SELECT key AS fund_code, value::int AS most FROM jsonb_each_text(%(quotas)s::jsonb)
), ranked AS (
    SELECT t.id, t.fund_code, q.most,
        row_number() OVER (PARTITION BY t.fund_code ORDER BY t.priority DESC, t.id) AS place
    FROM {TASK} t JOIN quota q ON q.fund_code = t.fund_code WHERE t.campaign_id = %(campaign)s
), cut AS (
    DELETE FROM {TASK} t USING ranked r WHERE t.id = r.id AND r.place > r.most RETURNING t.fund_code
)
SELECT fund_code, count(*) FROM cut GROUP BY 1
"""


@transaction.atomic
def start_count(campaign_id: int, *, by: User) -> None:
    """Count anew whom a draft would reach; the campaign is counted when all chunks are. Raises CampaignError."""
    campaign = locked(campaign_id)
    if campaign.status != CampaignStatus.DRAFT:
        raise CampaignError("On compte une campagne en préparation.")
    campaign.chunks.filter(kind=ChunkKind.COUNT).delete()
    _make_chunks(campaign.pk, ChunkKind.COUNT)
    record(campaign, CampaignEventKind.ASKED, by=by)
    enqueue(ADVANCE)


def advance_lists(*, seconds: float = WORK_SECONDS) -> int:
    """Go on with whatever list is wanted and not done, for so long at most; returns how many chunks were done."""
    until = time.monotonic() + seconds
    for campaign_id in _ready_without_chunks():
        _make_chunks(campaign_id, ChunkKind.FREEZE)
    done = 0
    while time.monotonic() < until and do_chunk():
        done += 1
    finish_lists()
    return done


@transaction.atomic
def do_chunk() -> bool:
    """Do one chunk that nobody else is doing; False when there is none."""
    wanted = TargetChunk.objects.filter(done_at=None, campaign__status__in=set(_OPEN.values()))
    chunk = wanted.select_for_update(of=("self",), skip_locked=True).select_related("campaign").order_by("pk").first()
    if chunk is None:
        return False
    kind, campaign = ChunkKind(chunk.kind), chunk.campaign
    criteria = parse_criteria(campaign.criteria)
    judge = count_statement if kind is ChunkKind.COUNT else freeze_statement
    statement = judge(criteria, purpose=CampaignPurpose(campaign.purpose))
    run(f"SET LOCAL statement_timeout = '{WORK_SECONDS}s'")
    first, last, day = chunk.first_id, chunk.last_id, today()
    groups = fetch_all(statement, values(criteria, campaign_id=campaign.pk, first=first, last=last, day=day))
    chunk.counts = _nested(groups)
    chunk.done_at = Now()
    chunk.save(update_fields=["counts", "done_at"])
    return True


def finish_lists() -> int:
    """Close counts and freezes whose chunks are all done; returns how many."""
    return sum(_finish(campaign_id, kind) for kind in ChunkKind for campaign_id in _all_done(kind))


@transaction.atomic
def _finish(campaign_id: int, kind: ChunkKind) -> bool:
    campaign = locked(campaign_id)
    chunks = TargetChunk.objects.filter(campaign=campaign, kind=kind)
    is_open = campaign.status == _OPEN[kind] and (kind is ChunkKind.COUNT or campaign.frozen_at is None)
    if not is_open or not chunks.exists() or chunks.filter(done_at=None).exists():
        return False
    counts = _summed(chunks.values_list("counts", flat=True))
    if kind is ChunkKind.COUNT:
        _move_over_quota(counts, _expected_cut(counts, parse_quotas(campaign.quotas)))
        step(campaign, to=CampaignStatus.COUNTED, by=None, also={"counted_at": Now(), "counts": counts})
        return True
    run("SET LOCAL statement_timeout = 0")
    cut = fetch_all(_CUT, {"campaign": campaign.pk, "quotas": _as_json(campaign.quotas)})
    _move_over_quota(counts, dict(cut))
    CallCampaign.objects.filter(pk=campaign.pk).update(frozen_at=Now(), frozen_counts=counts)
    record(campaign, CampaignEventKind.FROZEN, by=None, details={"people": total(counts, Decision.TARGET)})
    return True


def total(counts: Mapping[str, Mapping[str, int]], decision: str) -> int:
    """People of a decision, over all funds."""
    return sum(counts.get(decision, {}).values())


def progress(campaign: CallCampaign, kind: ChunkKind) -> tuple[int, int]:
    """Chunks done, and chunks in all."""
    chunks = campaign.chunks.filter(kind=kind)
    return chunks.exclude(done_at=None).count(), chunks.count()


def today() -> dt.date:
    """The insurer's calendar day by the database's clock."""
    day: dt.date = fetch_value("SELECT (now() AT TIME ZONE 'Europe/Paris')::date")
    return day


def _make_chunks(campaign_id: int, kind: ChunkKind) -> None:
    run(_MAKE_CHUNKS, {"campaign": campaign_id, "kind": kind, "people": CHUNK_PEOPLE})


def _ready_without_chunks() -> list[int]:
    ready = CallCampaign.objects.filter(status=CampaignStatus.READY, frozen_at=None)
    return list(ready.exclude(chunks__kind=ChunkKind.FREEZE).order_by("pk").values_list("pk", flat=True))


def _all_done(kind: ChunkKind) -> list[int]:
    wanted = CallCampaign.objects.filter(status=_OPEN[kind], frozen_at=None)
    begun = wanted.filter(chunks__kind=kind).exclude(
        pk__in=TargetChunk.objects.filter(kind=kind, done_at=None).values("campaign")
    )
    return list(begun.distinct().order_by("pk").values_list("pk", flat=True))


def _nested(groups: Iterable[tuple[str, str, int]]) -> Counts:
    counts: Counts = {}
    for decision, fund, number in groups:
        counts.setdefault(decision, {})[fund] = number
    return counts


def _summed(parts: Iterable[Counts]) -> Counts:
    sums: dict[str, Counter[str]] = {}
    for part in parts:
        for decision, by_fund in part.items():
            sums.setdefault(decision, Counter()).update(by_fund)
    return {decision: dict(by_fund) for decision, by_fund in sums.items()}


def _expected_cut(counts: Counts, quotas: Mapping[str, int]) -> dict[str, int]:
    targets = counts.get(Decision.TARGET, {})
    over = {fund: targets.get(fund, 0) - most for fund, most in quotas.items()}
    return {fund: number for fund, number in over.items() if number > 0}


def _move_over_quota(counts: Counts, cut: Mapping[str, int]) -> None:
    if cut:
        targets = counts[Decision.TARGET]
        counts[Decision.TARGET] = {fund: number - cut.get(fund, 0) for fund, number in targets.items()}
        counts[Decision.OVER_QUOTA] = dict(cut)


def _as_json(quotas: Mapping[str, int]) -> str:
    return json.dumps(quotas)
