"""Titles of « Comprendre » articles, for links from reports and from the assistant."""

from collections.abc import Iterable

from django.utils import timezone

from reimbursements.explanations.articles import article
from reimbursements.explanations.loading import book_for_articles


def titles_of(slugs: Iterable[str]) -> list[tuple[str, str]]:
    """Title and slug of each. Raises UnknownArticleError."""
    today = timezone.localdate()
    book = book_for_articles(today=today)
    return [(article(slug, book, on=today).title.text, slug) for slug in slugs]
