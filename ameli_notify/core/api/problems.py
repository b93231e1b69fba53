"""Errors of an API as RFC 9457 tells them: a stable code, a title in French or English, what exactly was wrong.

A problem repeats no value that was sent: it may be personal. It names a parameter only where the API has it.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest
from django.utils.translation.trans_real import parse_accept_lang_header
from rest_framework import exceptions
from rest_framework.request import Request
from rest_framework.response import Response

CONTENT_TYPE: Final = "application/problem+json"
TYPE_BASE: Final = "/api/v1/problems/"
"""A reference relative to the API (RFC 9457, 3.1.1); it answers with the problem in both languages."""
FRENCH: Final = "fr"
ENGLISH: Final = "en"


@dataclass(frozen=True, slots=True)
class ProblemKind:
    """One kind of error. Its code never changes its meaning."""

    code: str
    status: int
    title_fr: str
    title_en: str

    def title(self, language: str) -> str:
        return self.title_en if language == ENGLISH else self.title_fr


INVALID_PARAMETER: Final = ProblemKind(
    "invalid-parameter", 400, "Un paramètre n’a pas une valeur valable", "A parameter has no valid value"
)
UNKNOWN_PARAMETER: Final = ProblemKind(
    "unknown-parameter", 400, "Un paramètre n’existe pas ici", "A parameter does not exist here"
)
REPEATED_PARAMETER: Final = ProblemKind(
    "repeated-parameter", 400, "Un paramètre est donné deux fois", "A parameter is given twice"
)
INVALID_CURSOR: Final = ProblemKind(
    "invalid-cursor",
    400,
    "Ce curseur ne vient pas de cette liste avec ces paramètres",
    "This cursor is not from this list with these parameters",
)
INVALID_REQUEST: Final = ProblemKind(
    "invalid-request", 400, "La requête ne peut pas être lue", "The request cannot be read"
)
MISSING_TOKEN: Final = ProblemKind("missing-token", 401, "Un jeton d’accès est nécessaire", "An access token is needed")
INVALID_TOKEN: Final = ProblemKind(
    "invalid-token", 401, "Le jeton d’accès est inconnu, expiré ou révoqué", "The token is unknown, expired or revoked"
)
INSUFFICIENT_SCOPE: Final = ProblemKind(
    "insufficient-scope", 403, "Le jeton ne donne pas ce droit", "The token does not give this right"
)
PARTNER_PAUSED: Final = ProblemKind(
    "partner-paused", 403, "L’accès de votre organisme est suspendu", "The access of your organisation is paused"
)
NETWORK_NOT_ALLOWED: Final = ProblemKind(
    "network-not-allowed",
    403,
    "Ce programme ne peut pas appeler depuis ce réseau",
    "This program may not call from this network",
)
FORBIDDEN: Final = ProblemKind("forbidden", 403, "Cet accès est refusé", "This access is refused")
NOT_FOUND: Final = ProblemKind("not-found", 404, "Rien ne se trouve ici pour vous", "Nothing is here for you")
METHOD_NOT_ALLOWED: Final = ProblemKind(
    "method-not-allowed", 405, "Cette méthode n’est pas prévue ici", "This method is not offered here"
)
NOT_ACCEPTABLE: Final = ProblemKind("not-acceptable", 406, "Nous répondons en JSON seulement", "We answer in JSON only")
MISSING_IDEMPOTENCY_KEY: Final = ProblemKind(
    "missing-idempotency-key",
    400,
    "L’en-tête Idempotency-Key est nécessaire : de 1 à 64 caractères",
    "The header Idempotency-Key is needed: 1 to 64 characters",
)
IDEMPOTENCY_KEY_IN_USE: Final = ProblemKind(
    "idempotency-key-in-use",
    409,
    "Une requête avec cette clé d’idempotence est en cours",
    "A request with this idempotency key is under way",
)
IDEMPOTENCY_KEY_REUSED: Final = ProblemKind(
    "idempotency-key-reused",
    422,
    "Cette clé d’idempotence a déjà servi à une autre requête",
    "This idempotency key was used for another request",
)
TOO_LARGE: Final = ProblemKind("too-large", 413, "La requête est trop longue", "The request is too long")
UNSUPPORTED_MEDIA_TYPE: Final = ProblemKind(
    "unsupported-media-type", 415, "Ce format d’envoi n’est pas pris", "This format is not accepted"
)
TOO_MANY_REQUESTS: Final = ProblemKind(
    "too-many-requests", 429, "La limite de requêtes est atteinte", "The limit of requests is reached"
)

TOO_MANY_WEBHOOKS: Final = ProblemKind(
    "too-many-webhooks",
    409,
    "Votre organisme a autant d’adresses d’avis qu’il peut en avoir",
    "Your organisation has as many webhooks as it may have",
)
WEBHOOK_DISABLED: Final = ProblemKind(
    "webhook-disabled", 409, "Cette adresse d’avis est arrêtée", "This webhook is disabled"
)
DELIVERY_NOT_SETTLED: Final = ProblemKind(
    "delivery-not-settled",
    409,
    "Cet avis attend encore, ou un plus récent l’a remplacé",
    "This delivery still waits, or a newer one replaced it",
)
EXPORT_UNDER_WAY: Final = ProblemKind(
    "export-under-way", 409, "Un export est déjà en cours", "An export is under way already"
)
GONE: Final = ProblemKind("gone", 410, "Ce fichier n’est plus à prendre", "This file can no longer be fetched")
RANGE_NOT_SATISFIABLE: Final = ProblemKind(
    "range-not-satisfiable", 416, "Le fichier n’a pas ces octets", "The file does not have these bytes"
)
INTERNAL_ERROR: Final = ProblemKind(
    "internal-error", 500, "Une erreur s’est produite chez nous", "Something went wrong on our side"
)

KINDS: Final[Mapping[str, ProblemKind]] = {
    kind.code: kind
    for kind in (
        INVALID_PARAMETER, UNKNOWN_PARAMETER, REPEATED_PARAMETER, INVALID_CURSOR, INVALID_REQUEST, MISSING_TOKEN,
        INVALID_TOKEN, INSUFFICIENT_SCOPE, PARTNER_PAUSED, NETWORK_NOT_ALLOWED, FORBIDDEN, NOT_FOUND,
        METHOD_NOT_ALLOWED, NOT_ACCEPTABLE, UNSUPPORTED_MEDIA_TYPE, TOO_MANY_REQUESTS, MISSING_IDEMPOTENCY_KEY,
        IDEMPOTENCY_KEY_IN_USE,
        IDEMPOTENCY_KEY_REUSED, TOO_LARGE, EXPORT_UNDER_WAY, GONE, RANGE_NOT_SATISFIABLE, TOO_MANY_WEBHOOKS,
        WEBHOOK_DISABLED, DELIVERY_NOT_SETTLED, INTERNAL_ERROR,
    )
}  # fmt: skip


class ProblemError(Exception):
    """What a view raises to answer with a problem. ``errors``: one mapping a parameter, for the « errors » member."""

    def __init__(
        self,
        kind: ProblemKind,
        *,
        errors: Sequence[Mapping[str, str]] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(kind.code)
        self.kind = kind
        self.errors = tuple(errors)
        self.headers = dict(headers or {})


def handle(error: Exception, context: Mapping[str, Any]) -> Response | None:
    """DRF's exception handler. None, so that the error goes on, for what is a mistake of ours."""
    problem = error if isinstance(error, ProblemError) else _as_problem(error)
    return None if problem is None else problem_response(problem, context["request"])


def problem_response(problem: ProblemError, request: Request | HttpRequest) -> Response:
    """The answer to a problem, in the language that the request prefers."""
    language = language_of(request)
    body = problem_body(problem.kind, language)
    if problem.errors:
        body["errors"] = [dict(item) for item in problem.errors]
    headers = {**problem.headers, **problem_headers(language)}
    return Response(body, status=problem.kind.status, headers=headers, content_type=CONTENT_TYPE)


def problem_body(kind: ProblemKind, language: str) -> dict[str, object]:
    return {
        "type": f"{TYPE_BASE}{kind.code}",
        "title": kind.title(language),
        "status": kind.status,
        "code": kind.code,
    }


def problem_headers(language: str) -> dict[str, str]:
    return {"Content-Language": language, "Vary": "Accept-Language", "Cache-Control": "no-store"}


def language_of(request: Request | HttpRequest) -> str:
    """French unless English is preferred to it."""
    for tag, _ in parse_accept_lang_header(request.headers.get("accept-language", "")):
        if tag.split("-")[0] in (FRENCH, ENGLISH):
            return tag.split("-")[0]
    return FRENCH


_BY_ERROR: Final[tuple[tuple[type[Exception], ProblemKind], ...]] = (
    (Http404, NOT_FOUND),
    (exceptions.NotFound, NOT_FOUND),
    (exceptions.NotAuthenticated, MISSING_TOKEN),
    (exceptions.AuthenticationFailed, INVALID_TOKEN),
    (PermissionDenied, FORBIDDEN),
    (exceptions.PermissionDenied, FORBIDDEN),
    (exceptions.MethodNotAllowed, METHOD_NOT_ALLOWED),
    (exceptions.NotAcceptable, NOT_ACCEPTABLE),
    (exceptions.UnsupportedMediaType, UNSUPPORTED_MEDIA_TYPE),
    (exceptions.Throttled, TOO_MANY_REQUESTS),
    (exceptions.ParseError, INVALID_REQUEST),
    (exceptions.ValidationError, INVALID_REQUEST),
)


def _as_problem(error: Exception) -> ProblemError | None:
    kind = next((kind for cause, kind in _BY_ERROR if isinstance(error, cause)), None)
    if kind is None:
        return None
    wait = getattr(error, "wait", None)
    return ProblemError(kind, headers={} if wait is None else {"Retry-After": str(math.ceil(wait))})
