"""Saying what a drawn call was like; and what its adviser is told of it."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from accounts.staff.models import User
from ameli_notify.core.crypto import key_ring
from outreach.campaigns.claiming.redaction import redact
from outreach.campaigns.quality.enums import Mark, Verdict
from outreach.campaigns.quality.grid import Item, parse_grid
from outreach.campaigns.quality.models import QualityReview

LONGEST_ADVICE: Final = 600
_RECENT: Final = 500


class ReviewError(ValueError):
    """A review that cannot be. The text is French, for its reviewer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Feedback:
    """What an adviser is told: what went well first."""

    review: QualityReview
    well: list[str]
    better: list[str]
    advice: str


def to_review(reviewer: User) -> QuerySet[QualityReview]:
    """Drawn calls that wait for a reviewer, none of the reviewer's own, oldest week first."""
    waiting = QualityReview.objects.filter(reviewed_at=None, attempt__isnull=False).exclude(adviser=reviewer)
    return waiting.select_related("adviser", "campaign").order_by("week_on", "pk")


def items_of(review: QualityReview) -> tuple[Item, ...]:
    return parse_grid(review.grid.content)


@transaction.atomic
def save_review(review_id: int, *, marks: Mapping[str, Mark], verdict: Verdict, advice: str, by: User) -> QualityReview:
    """Say it once; it then stands. Raises ReviewError."""
    review = QualityReview.objects.select_for_update(of=("self",)).select_related("grid").get(pk=review_id)
    if review.adviser_id == by.pk:
        raise ReviewError("Personne ne relit ses propres appels.")
    if review.reviewed_at is not None:
        raise ReviewError("Cet appel a déjà été relu.")
    if set(marks) != {item.code for item in items_of(review)}:
        raise ReviewError("Répondez à chaque point de la grille.")
    text = redact(advice.strip()).text
    if len(text) > LONGEST_ADVICE:
        raise ReviewError(f"Un conseil a {LONGEST_ADVICE} caractères au plus.")
    if verdict is not Verdict.GOOD and not text:
        raise ReviewError("Dites en une phrase ce qui aiderait ce conseiller.")
    review.marks = {code: str(mark) for code, mark in marks.items()}
    review.verdict, review.reviewed_by, review.reviewed_at = verdict, by, timezone.now()
    review.advice_sealed = key_ring().seal(text, context=review.advice_context) if text else None
    review.save(update_fields=["marks", "verdict", "reviewed_by", "reviewed_at", "advice_sealed"])
    return review


def feedback_of(adviser: User) -> list[Feedback]:
    """Reviews of an adviser's calls, the latest first."""
    done = QualityReview.objects.filter(adviser=adviser, reviewed_at__isnull=False).select_related("grid", "campaign")
    return [_feedback(review) for review in done.order_by("-reviewed_at")[:20]]


def unread(adviser: User) -> int:
    """How many reviews the adviser has not read yet."""
    return QualityReview.objects.filter(adviser=adviser, reviewed_at__isnull=False, read_at=None).count()


def mark_read(adviser: User) -> int:
    """The adviser has read all that is there."""
    waiting = QualityReview.objects.filter(adviser=adviser, reviewed_at__isnull=False, read_at=None)
    return waiting.update(read_at=timezone.now())


def marks_by_item(items: tuple[Item, ...]) -> list[tuple[Item, Counter[str]]]:
    """How often each point of the grid was answered how, over the latest reviews of all advisers together."""
    latest = QualityReview.objects.filter(reviewed_at__isnull=False).order_by("-reviewed_at")[:_RECENT]
    marks = list(latest.values_list("marks", flat=True))
    return [(item, Counter(one[item.code] for one in marks if item.code in one)) for item in items]


def _feedback(review: QualityReview) -> Feedback:
    items = items_of(review)
    sealed = review.advice_sealed
    return Feedback(
        review=review,
        well=[item.well for item in items if review.marks.get(item.code) == Mark.YES],
        better=[item.better for item in items if review.marks.get(item.code) == Mark.NO],
        advice="" if sealed is None else key_ring().open(sealed, context=review.advice_context),
    )
