"""What a copy of the data must lose: members who left since, as bundles of deletions (« deleted » of Bulk Data).

Who came back in between is in the files as everybody else. Who left payments but keeps another consent stays a Patient.
"""

import json
from typing import Any, Final

from accounts.partners.walls import MEMBER
from ameli_notify.core.sql import fetch_all
from reimbursements.partner_api.fhir.resources import BENEFIT, PATIENT
from reimbursements.partner_api.models import ChangeKind
from reimbursements.partner_api.schema import CHANGE, ENROLMENT

BUNDLE: Final = "Bundle"

_LEFT: Final = f"""
SELECT DISTINCT e.member_id::text, EXISTS (SELECT FROM {MEMBER} m WHERE m.public_id = e.member_id)
FROM {ENROLMENT} e
WHERE e.partner_id = %(partner)s AND e.left_at IS NOT NULL
  AND EXISTS (SELECT FROM {CHANGE} x
              WHERE x.enrolment_id = e.consent_id AND x.partner_id = e.partner_id AND x.kind = '{ChangeKind.LEFT}'
                AND x.position > %(after)s AND x.position <= %(until)s)
  AND NOT EXISTS (SELECT FROM {ENROLMENT} back WHERE back.member_id = e.member_id AND back.left_at IS NULL)
ORDER BY 1
"""


def removals(partner_id: int, *, after: int, until: int, has_members: bool, has_lines: bool) -> list[str]:
    """A bundle for each member who left between two places of the feed, as JSON. Within ``as_partner``."""
    found = []
    for member_id, is_still_known in fetch_all(_LEFT, {"partner": partner_id, "after": after, "until": until}):
        name = f"{PATIENT}/{member_id}"
        urls = [f"{BENEFIT}?patient={name}"] if has_lines else []
        urls += [name] if has_members and not is_still_known else []
        if urls:
            found.append(_bundle(urls))
    return found


def _bundle(urls: list[str]) -> str:
    entries: list[dict[str, Any]] = [{"request": {"method": "DELETE", "url": url}} for url in urls]
    return json.dumps({"resourceType": BUNDLE, "type": "transaction", "entry": entries}, separators=(",", ":"))
