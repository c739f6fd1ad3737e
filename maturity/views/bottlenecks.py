"""Where a system's time goes, as files."""

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from core.models import System
from core.permissions import principal_of
from maturity.bottlenecks import Reading, bottleneck_csv, reading_document, reading_of
from maturity.views.downloads import csv_file, json_file


@require_safe
def bottleneck_json(request: HttpRequest, slug: str) -> HttpResponse:
    return json_file(reading_document(_reading(request, slug)), f"{slug}-bottleneck.json")


@require_safe
def bottleneck_table(request: HttpRequest, slug: str) -> HttpResponse:
    return csv_file(bottleneck_csv(_reading(request, slug)), f"{slug}-bottleneck.csv")


def _reading(request: HttpRequest, slug: str) -> Reading:
    """The newest verdict on a visible system; anything else does not exist."""
    system = System.objects.visible_to(principal_of(request)).filter(slug=slug).first()
    found = reading_of(system) if system else None
    if found is None:
        raise Http404
    return found
