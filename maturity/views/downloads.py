"""Answers that a browser keeps as a file."""

from collections.abc import Mapping

from django.http import HttpResponse, JsonResponse

from evidence.records import Json


def json_file(document: Mapping[str, Json], name: str) -> HttpResponse:
    """The document as indented JSON."""
    return _kept(JsonResponse(document, json_dumps_params={"indent": 2}), name)


def csv_file(text: str, name: str) -> HttpResponse:
    """The table as it is."""
    return _kept(HttpResponse(text, content_type="text/csv; charset=utf-8"), name)


def _kept(response: HttpResponse, name: str) -> HttpResponse:
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
