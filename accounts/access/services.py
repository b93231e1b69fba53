"""Writing the access log."""

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser

from accounts.access.models import AccessAction, AccessLog


def log_access(
    *,
    by: AbstractBaseUser | AnonymousUser,
    action: AccessAction,
    object_kind: str,
    object_id: object = "",
    insured_id: int | None = None,
    reason: str = "",
) -> None:
    """Record one read, in the caller's transaction. ``by`` must be a signed-in account."""
    if by.pk is None:
        raise ValueError("an anonymous reader cannot be logged, and may not read")
    AccessLog.objects.create(
        actor_id=by.pk,
        actor_role=getattr(by, "role_name", ""),
        action=action,
        object_kind=object_kind,
        object_id=str(object_id),
        insured_id=insured_id,
        reason=reason,
    )
