"""Each read by a partner is written to the access log, for the people whose data it was, before it is answered."""

from collections.abc import Iterable, Sequence
from typing import Final

from accounts.access.models import AccessAction, AccessLog
from accounts.my_information.accesses import PARTNER
from accounts.partners.walls import CONSENT
from ameli_notify.core.sql import run

REASON_FR: Final = "Avec l’accord donné dans « Mes informations »."

_LOG_EXPORT: Final = f"""
INSERT INTO {AccessLog._meta.db_table} (
    at, actor_id, actor_role, action, object_kind, object_id, insured_id, reason)
SELECT DISTINCT ON (c.insured_id)
    statement_timestamp(), %(partner)s::bigint, %(role)s, %(action)s, %(kind)s, '', c.insured_id, %(reason)s
FROM {CONSENT} c WHERE c.id = ANY (%(consents)s) ORDER BY c.insured_id
"""


def log_partner_reads(people: Iterable[int], *, partner_id: int, object_kind: str) -> None:
    """One row a person, in the caller's transaction. ``partner_id`` stands where members of the staff have theirs."""
    AccessLog.objects.bulk_create(
        AccessLog(
            actor_id=partner_id,
            actor_role=PARTNER,
            action=AccessAction.VIEW,
            object_kind=object_kind,
            insured_id=insured_id,
            reason=REASON_FR,
        )
        for insured_id in sorted(people)
    )


def log_partner_export(consents: Sequence[int], *, partner_id: int, object_kind: str) -> None:
    """The same for a file, whose people are named by a consent of theirs. One statement."""
    values = {
        "partner": partner_id,
        "role": PARTNER,
        "action": AccessAction.EXPORT.value,
        "kind": object_kind,
        "reason": REASON_FR,
        "consents": list(consents),
    }
    run(_LOG_EXPORT, values)
