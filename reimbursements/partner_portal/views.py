"""The partner's pages that show what comes of reimbursements: the overview, with how fresh they are, and exports."""

from collections.abc import Mapping
from typing import Any, Final

from django.db.models import Count, Sum
from django.utils import timezone

from accounts.partners.portal.overview import members_and_consents, usage_chart
from accounts.partners.portal.pages import PortalPage
from accounts.partners.usage import used_since
from reimbursements.partner_api.exports.models import PartnerExport
from reimbursements.partner_api.exports.walls import EXPORT_COLUMNS
from reimbursements.partner_api.reading import funds

LAST_EXPORTS: Final = 50


class OverviewView(PortalPage):
    """State, use of the month, members, freshness."""

    template = "reimbursements/partner_portal/overview.html"

    def context(self) -> Mapping[str, Any]:
        partner_id = self.member.partner_id
        return {
            "month": used_since(partner_id, timezone.localdate().replace(day=1)),
            "counts": members_and_consents(partner_id),
            "chart": usage_chart(partner_id),
            "funds": funds(),
        }


class ExportsView(PortalPage):
    """The last orders and how far they are. Files are fetched through the API, by whoever has a token."""

    template = "reimbursements/partner_portal/exports.html"

    def context(self) -> Mapping[str, Any]:
        exports = PartnerExport.objects.only(*EXPORT_COLUMNS).filter(partner_id=self.member.partner_id)
        told = exports.annotate(file_count=Count("files"), row_count=Sum("files__rows"), size=Sum("files__size"))
        return {"exports": list(told.order_by("-pk")[:LAST_EXPORTS])}
