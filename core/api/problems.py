"""Errors as `application/problem+json` (RFC 9457): what, why, what to do."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import exception_handler


def problem_response(error: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's exception handler: every error of the API in one shape."""
    response = exception_handler(error, context)
    if response is None:
        return None
    if isinstance(error, Http404):
        error = exceptions.NotFound()
    elif isinstance(error, PermissionDenied):
        error = exceptions.PermissionDenied()
    problem: dict[str, Any] = {
        "type": "about:blank",
        "title": _title(error),
        "status": response.status_code,
        "detail": _detail(error),
    }
    if isinstance(error, exceptions.ValidationError):
        problem["errors"] = error.get_full_details()
    response.data = problem
    response.content_type = "application/problem+json"
    return response


def _title(error: Exception) -> str:
    return str(getattr(error, "default_detail", type(error).__name__))


def _detail(error: Exception) -> str:
    if isinstance(error, exceptions.ValidationError):
        return "Some fields cannot be taken; `errors` names each field and its fault."
    return str(getattr(error, "detail", error))
