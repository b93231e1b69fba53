"""The OpenAPI document as it was reviewed and committed: a test sees to it that the code answers what it says."""

from functools import lru_cache
from pathlib import Path

from django.http import HttpResponse
from rest_framework.request import Request

from ameli_notify.core.api.views import ApiView, answer_bytes


class DocumentView(ApiView):
    """Needs no token: it is for whoever wants to know how to ask."""

    authentication_classes = []
    permission_classes = []
    http_method_names = ["get", "head"]
    path = Path()
    schema = None

    def get(self, request: Request) -> HttpResponse:
        return answer_bytes(request, _content(self.path))


@lru_cache(maxsize=4)
def _content(path: Path) -> bytes:
    return path.read_bytes()
