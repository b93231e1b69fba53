"""Who is asking, and who may do what."""

from django.contrib.auth.models import Permission
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.staff.models import User


def signed_in(request: HttpRequest) -> User:
    """The account behind a request. Raises PermissionDenied for nobody."""
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user


def staff_with(permission: str) -> QuerySet[User]:
    """Active members of the staff whose role holds « app.codename ». Raises DoesNotExist for no permission."""
    app, _, codename = permission.partition(".")
    held = Permission.objects.get(content_type__app_label=app, codename=codename)
    return User.objects.filter(groups__permissions=held, is_active=True, is_staff=True).distinct()
