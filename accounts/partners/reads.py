"""Each read by a partner is written to the access log, for the people whose data it was, before it is answered."""

from collections.abc import Iterable
from typing import Final

from accounts.access.models import AccessAction, AccessLog
from accounts.my_information.accesses import PARTNER

REASON_FR: Final = "Avec votre accord, donné dans « Mes informations »."


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
