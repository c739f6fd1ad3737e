"""The API of maturity, one file a subject; each brings its routes."""

from maturity.api import assessments

routes: list[tuple[str, type, str]] = [*assessments.routes]
