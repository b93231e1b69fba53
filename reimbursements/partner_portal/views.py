"""The partner's pages that show what comes of reimbursements: the overview, with how fresh they are."""

from collections.abc import Mapping
from typing import Any

from django.utils import timezone

from accounts.partners.portal.overview import members_and_consents, usage_chart
from accounts.partners.portal.pages import PortalPage
from accounts.partners.usage import used_since
from reimbursements.partner_api.reading import funds


class OverviewView(PortalPage):
    """State, use of the month, members, freshness."""

    template = "partners/overview.html"

    def context(self) -> Mapping[str, Any]:
        partner_id = self.member.partner_id
        return {
            "month": used_since(partner_id, timezone.localdate().replace(day=1)),
            "counts": members_and_consents(partner_id),
            "chart": usage_chart(partner_id),
            "funds": funds(),
        }
