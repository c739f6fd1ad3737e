"""Reading the files that a check finds: training data once, and every log file that is new.

All reading is done here, outside of any transaction; `findings` writes what came of it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import pyarrow as pa
from django.conf import settings
from django.db.models import Q
from django.utils.translation import gettext as _

from monitoring import findings
from monitoring.contract import compare
from monitoring.locations import Found, LocationError, allowed_path
from monitoring.log_reading import LogFormat, Reading, Span, read_file
from monitoring.models import Baseline, FileState, LogFile, Monitor
from monitoring.parquet import ParquetError, open_table
from monitoring.profile import Profile, ProfileError
from monitoring.profile_json import from_json
from monitoring.profiler import profile_reference
from monitoring.watch import Expectation, Watched, dataset_node, expectation_of

RETRY_ERRORS = timedelta(hours=1)
MOST_FILES = 500  # of one check; the next one goes on


class BaselineError(Exception):
    """There is no baseline; the message says why and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What the files of a log are held against. Without a baseline only their schema is read."""

    watched: Watched
    baseline: Baseline | None
    reference: Profile | None
    expectation: Expectation
    form: LogFormat

    @classmethod
    def of(cls, monitor: Monitor, *, watched: Watched, baseline: Baseline | None) -> "Held":
        return cls(
            watched=watched,
            baseline=baseline,
            reference=from_json(baseline.profile) if baseline else None,
            expectation=expectation_of(watched.version),
            form=LogFormat(
                span=Span(monitor.window),
                time_column=monitor.time_column,
                other_columns=monitor.other_columns,
            ),
        )


def baseline_for(monitor: Monitor, *, watched: Watched) -> Baseline:
    """The baseline of the watched version, made at the first need; BaselineError where it cannot be.

    It is bound to the version: that its file changes later does not change what the version learned.
    """
    node, location = watched.version, monitor.baseline_location
    known = Baseline.objects.filter(version=node, location=location).first()
    if known:
        return known
    try:
        path = allowed_path(location, allowed=settings.ALLOWED_LOCAL_PATHS)
        with open_table(path) as table:
            state = path.stat()
            profile = profile_reference(table)
    except (LocationError, ParquetError, pa.ArrowException, OSError) as error:
        raise BaselineError(_("There is no baseline. %(why)s") % {"why": error}) from error
    return findings.keep_baseline(
        profile,
        version=node,
        dataset=dataset_node(node, location),
        location=location,
        etag=f"{state.st_mtime_ns}-{state.st_size}",
    )


def read_new_files(monitor: Monitor, found: Mapping[str, Found], *, held: Held, now: datetime) -> bool:
    """Read what is new, by name; True when some is left for the next check."""
    rows = _unread(monitor, found, held=held, now=now)
    for row in rows[:MOST_FILES]:
        row.monitor = monitor
        _read(row, found[row.name], held=held, now=now)
    return len(rows) > MOST_FILES


def _unread(monitor: Monitor, found: Mapping[str, Found], *, held: Held, now: datetime) -> list[LogFile]:
    """New and changed files, errors that may have been mended, and what was read before a baseline was."""
    wanted = Q(state=FileState.PENDING) | Q(state=FileState.ERROR, read_at__lt=now - RETRY_ERRORS)
    if held.baseline:
        wanted |= Q(state=FileState.READ, baseline=None)
    rows = monitor.files.filter(wanted).order_by("name")
    return [row for row in rows if row.name in found][: MOST_FILES + 1]


def _read(row: LogFile, file: Found, *, held: Held, now: datetime) -> None:
    """Read one file. One that cannot be read gets its sentence in the ledger, and the others go on."""
    try:
        reading = _reading(file, held=held, now=now)
    except (ParquetError, ProfileError) as error:
        findings.refuse_file(row, str(error), now=now)
        return
    expected = held.expectation.schema
    findings.take_in(
        row,
        reading,
        watched=held.watched,
        baseline=held.baseline,
        contract=compare(expected, reading.schema) if expected else None,
        now=now,
    )


def _reading(file: Found, *, held: Held, now: datetime) -> Reading:
    try:
        return read_file(
            file, form=held.form, reference=held.reference, expected=held.expectation.schema, now=now
        )
    except (pa.ArrowException, OSError) as error:
        raise ParquetError(
            f"{file.path} breaks off while it is read ({error}). Write the file again."
        ) from error
