"""« Comprendre mes remboursements »: public pages, with the amounts of the day."""

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.identity.pages import is_signed_in
from reimbursements.explanations.articles import UnknownArticleError, article, article_slugs
from reimbursements.explanations.loading import book_for_articles


@login_not_required
@require_safe
def articles(request: HttpRequest) -> HttpResponse:
    """Every article with its summary, by title."""
    today = timezone.localdate()
    book = book_for_articles(today=today)
    found = sorted((article(slug, book, on=today) for slug in article_slugs()), key=lambda one: one.title.text)
    return render(request, "reimbursements/comprendre/articles.html", {"articles": found, "layout": _layout(request)})


@login_not_required
@require_safe
def one_article(request: HttpRequest, slug: str) -> HttpResponse:
    today = timezone.localdate()
    book = book_for_articles(today=today)
    try:
        told = article(slug, book, on=today)
    except UnknownArticleError as error:
        raise Http404 from error
    related = [article(other, book, on=today) for other in told.related]
    context = {"article": told, "related": related, "layout": _layout(request)}
    return render(request, "reimbursements/comprendre/article.html", context)


def _layout(request: HttpRequest) -> str:
    """Who came from their space keeps its menu."""
    return "layout/space.html" if is_signed_in(request) else "layout/base.html"
