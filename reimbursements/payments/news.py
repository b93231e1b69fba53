"""How many payments came in since somebody was here last."""

import datetime as dt

from django.db.models import Min
from django.http import HttpRequest

from reimbursements.explanations.loading import secret_natures
from reimbursements.feed.models import BatchStatus, ImportBatch
from reimbursements.payments.access import reader, reader_of
from reimbursements.payments.periods import whole_period
from reimbursements.payments.querysets import count_statements, visible_lines


def payments_since(request: HttpRequest, instant: dt.datetime) -> int:
    """Statements of which the reader sees lines, loaded after the instant, whatever the day of payment.

    Three queries. Batches are numbered as they begin: of the few that began before the first one that ended after
    the instant none is new, of those that began after it the few that ended before are left out by name.
    """
    loaded = ImportBatch.objects.filter(status=BatchStatus.LOADED)
    first = loaded.filter(finished_at__gt=instant).aggregate(first=Min("pk"))["first"]
    if first is None:
        return 0
    seen_before = list(loaded.filter(pk__gt=first, finished_at__lte=instant).values_list("pk", flat=True))
    who = reader_of(request)
    secret = secret_natures(today=who.today)
    with reader(request):
        lines = visible_lines(who, period=whole_period(who.today), secret_natures=secret)
        return count_statements(lines.filter(batch_id__gte=first).exclude(batch_id__in=seen_before))
