"""Results of a campaign for a spreadsheet: by fund and result, nobody's name, nothing about a few."""

import csv
import io
from collections.abc import Mapping
from typing import Final

from django.db.models import Count

from outreach.campaigns.campaign.dispositions import Disposition
from outreach.campaigns.campaign.models import CallCampaign
from outreach.campaigns.claiming.enums import TaskStatus
from outreach.campaigns.claiming.models import CallAttempt
from outreach.campaigns.supervision.models import CampaignProgress
from outreach.campaigns.supervision.small_cells import Key, hidden_cells
from reimbursements.payments.exports import BYTE_ORDER_MARK, plain_text

COLUMNS: Final = ("Tableau", "Caisse", "Ligne", "Nombre")
HIDDEN: Final = "masqué"
PEOPLE: Final = "Personnes par état"
CALLS: Final = "Appels par résultat"
Table = Mapping[Key, int]
"""(fund, state or result) → number."""


def results_csv(campaign: CallCampaign) -> str:
    """UTF-8 with a byte order mark and semicolons; no cell that a spreadsheet takes for a formula.

    A figure about a few is hidden, with others from which it could be computed.
    """
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";", quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for caption, table, labels in (
        (PEOPLE, people_by_state(campaign), dict(TaskStatus.choices)),
        (CALLS, calls_by_result(campaign), dict(Disposition.choices)),
    ):
        hidden = hidden_cells(table)
        for (fund, code), number in sorted(table.items()):
            shown = HIDDEN if (fund, code) in hidden else str(number)
            writer.writerow((caption, plain_text(fund), plain_text(str(labels[code])), shown))
    return BYTE_ORDER_MARK + text.getvalue()


def people_by_state(campaign: CallCampaign) -> Table:
    rows = CampaignProgress.objects.filter(campaign=campaign)
    return {(row.fund_code, row.status): row.people for row in rows}


def calls_by_result(campaign: CallCampaign) -> Table:
    """Counted from the calls: this reads them all, once for a file."""
    rows = CallAttempt.objects.filter(task__campaign=campaign).order_by().values("task__fund_code", "disposition")
    return {(row["task__fund_code"], row["disposition"]): row["number"] for row in rows.annotate(number=Count("pk"))}
