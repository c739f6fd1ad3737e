"""What was known of a system on a day, kept so that the day can be judged again.

One row for a system and day (UTC): today's follows the facts, older ones are never touched. A thousand
runs, each with its own parameters, metrics and pipeline run, take about 270 kB.
"""

import hashlib
import zlib
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from django.db.models import Exists, OuterRef
from django.db.models.functions import TruncMonth

from core.models import System
from maturity import facts_json
from maturity.facts import SystemFacts
from maturity.models import Assessment, FactsSnapshot

FORMAT = 1
"""Rises when older rows can no longer be read as they stand: a field is gone, or means something else."""

KEPT_DAYS = 400
"""So long every day is kept; of older ones the last of each month, and those with a new assessment."""

COMPRESSION = 1
"""zlib's fastest: a tenth larger than its best, in a third of the time."""

NO_MOMENT = datetime(1970, 1, 1, tzinfo=UTC)


class SnapshotError(Exception):
    """Kept facts cannot be read; the message says why and what to do."""


def remember(system: System, facts: SystemFacts) -> None:
    """Keep these facts as those of their day, unless newer ones are there; equal ones stay as written."""
    newest = FactsSnapshot.objects.filter(system=system).defer("body").first()
    if newest and newest.taken_at > facts.now:
        return
    body = facts_json.written(_timeless(facts))
    digest = hashlib.sha256(body).hexdigest()
    day = facts.now.astimezone(UTC).date()
    moments = [source.seen_at.isoformat() if source.seen_at else None for source in facts.sources]
    known = {"taken_at": facts.now, "seen_at": moments}
    if newest and (newest.day, newest.format, newest.digest) == (day, FORMAT, digest):
        FactsSnapshot.objects.filter(pk=newest.pk).update(**known)
        return
    FactsSnapshot.objects.update_or_create(
        system=system,
        day=day,
        defaults={**known, "format": FORMAT, "digest": digest, "body": zlib.compress(body, COMPRESSION)},
    )


def recall(system: System, day: date) -> SystemFacts | None:
    """The last facts of that day (UTC), exactly; None when the system was not judged then."""
    row = FactsSnapshot.objects.filter(system=system, day=day).first()
    return _facts(row) if row else None


def kept_days(system: System) -> tuple[date, ...]:
    """The days that can be judged again, newest first."""
    return tuple(FactsSnapshot.objects.filter(system=system).values_list("day", flat=True))


def prune(*, now: datetime) -> int:
    """Thin out what is older than KEPT_DAYS; returns how many days were dropped. Twice drops nothing more."""
    months = FactsSnapshot.objects.annotate(month=TruncMonth("day"))
    later = months.filter(system=OuterRef("system"), month=OuterRef("month"), day__gt=OuterRef("day"))
    judged = Assessment.objects.filter(system=OuterRef("system"), assessed_at__date=OuterRef("day"))
    old = months.filter(day__lt=(now - timedelta(days=KEPT_DAYS)).date())
    spare = old.filter(Exists(later)).exclude(Exists(judged)).values("pk")
    return FactsSnapshot.objects.filter(pk__in=list(spare.values_list("pk", flat=True))).delete()[0]


def _timeless(facts: SystemFacts) -> SystemFacts:
    """The facts without the moments of looking, so that looking again makes no new facts."""
    sources = tuple(replace(source, seen_at=None) for source in facts.sources)
    return replace(facts, now=NO_MOMENT, sources=sources)


def _facts(row: FactsSnapshot) -> SystemFacts:
    if row.format != FORMAT:
        raise SnapshotError(
            f"The facts of {row.day} are kept in format {row.format}; this version of Rashinban reads format "
            f"{FORMAT}. Use the version that wrote them, or choose a later day."
        )
    try:
        found = facts_json.read(zlib.decompress(row.body))
    except (zlib.error, facts_json.FactsError) as error:
        raise SnapshotError(f"The facts of {row.day} cannot be read: {error} Choose another day.") from error
    moments = [datetime.fromisoformat(seen) if seen else None for seen in row.seen_at]
    sources = tuple(replace(s, seen_at=seen) for s, seen in zip(found.sources, moments, strict=True))
    return replace(found, now=row.taken_at, sources=sources)
