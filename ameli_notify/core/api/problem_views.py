"""What each problem means, in both languages, and the answer where no resource is."""

from typing import Any, Final

from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from ameli_notify.core.api.documentation import public_answers
from ameli_notify.core.api.problems import KINDS, NOT_FOUND, ProblemError
from ameli_notify.core.api.views import ApiView


class ProblemKindSerializer(serializers.Serializer[Any]):
    code = serializers.CharField()
    status = serializers.IntegerField()
    title_fr = serializers.CharField()
    title_en = serializers.CharField()


class ProblemView(ApiView):
    """Needs no token: whoever lacks one may ask what that means."""

    authentication_classes = []
    permission_classes = []
    http_method_names = ["get", "head"]

    @extend_schema(
        operation_id="getProblem",
        summary="Comprendre une erreur",
        tags=["Erreurs"],
        auth=[],
        responses=public_answers(ProblemKindSerializer, is_one=True),
    )
    def get(self, request: Request, code: str) -> Response:
        kind = KINDS.get(code)
        if kind is None:
            raise Http404
        told = {"code": kind.code, "status": kind.status, "title_fr": kind.title_fr, "title_en": kind.title_en}
        return Response(told)


class NoSuchResourceView(ApiView):
    """Everything below the API's root that is nothing."""

    authentication_classes = []
    permission_classes = []

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        raise ProblemError(NOT_FOUND)


NO_SUCH_RESOURCE: Final = NoSuchResourceView.as_view()
