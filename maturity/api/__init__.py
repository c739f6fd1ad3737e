"""The API of maturity, one file a subject; each brings its routes."""

from maturity.api import announcements, assessments, bottlenecks, history, people, plans, rollups, rubrics

routes: list[tuple[str, type, str]] = [
    *assessments.routes,
    *history.routes,
    *announcements.routes,
    *people.routes,
    *plans.routes,
    *bottlenecks.routes,
    *rollups.routes,
    *rubrics.routes,
]
