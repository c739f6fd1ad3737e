"""What people and programs write: monitors, and taking notice of alerts."""

from datetime import datetime
from functools import partial

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from core import audit
from core.models import System
from core.permissions import Principal
from evidence.records import EventRecord, Json
from monitoring.locations import LocationError, allowed_path
from monitoring.models import Alert, Monitor
from monitoring.statistics import all_statistics
from monitoring.telling import tell

RESERVED_SLUGS = frozenset({"new", "alerts"})


class SlugTakenError(Exception):
    """Another monitor has this short name."""


def create_monitor(*, by: Principal, system: System, slug: str, **fields: object) -> tuple[Monitor, bool]:
    """Keep a monitor and start its first check; returns it, and whether it is new.

    The same monitor again does nothing. ValidationError by field where a place may not be read or a
    statistic is not known; SlugTakenError where the short name means another monitor.
    """
    from monitoring.tasks import check_monitor_task

    monitor = Monitor(system=system, slug=slug, **fields)
    _refuse_unusable(monitor)
    with transaction.atomic():
        made, created = Monitor.objects.get_or_create(slug=slug, defaults={"system": system, **fields})
        if not created:
            _refuse_other(made, monitor)
            return made, False
        audit.record(by, "monitor.created", slug, team=system.team, detail={"system": system.slug})
        transaction.on_commit(partial(check_monitor_task.delay, made.pk))
        return made, True


def _refuse_unusable(monitor: Monitor) -> None:
    monitor.clean_fields()
    faults: dict[str, list[str]] = {}
    if monitor.slug in RESERVED_SLUGS:
        faults["slug"] = [_("This short name is an address of ours; choose another.")]
    for name in ("log_location", "baseline_location"):
        try:
            allowed_path(getattr(monitor, name), allowed=settings.ALLOWED_LOCAL_PATHS)
        except LocationError as error:
            faults[name] = [str(error)]
    unknown = sorted(set(monitor.thresholds) - set(all_statistics()))
    if unknown:
        faults["thresholds"] = [_("There is no statistic %(name)s.") % {"name": ", ".join(unknown)}]
    if monitor.model_version and not monitor.model_name:
        faults["model_name"] = [_("A version needs the name of its model.")]
    if faults:
        raise ValidationError(faults)


ASKED = (
    "system_id", "name", "model_name", "model_version", "log_location", "baseline_location", "window",
    "time_column", "other_columns", "thresholds",
)  # fmt: skip
"""What somebody who creates a monitor says of it."""


def _refuse_other(known: Monitor, asked: Monitor) -> None:
    if any(getattr(known, name) != getattr(asked, name) for name in ASKED):
        raise SlugTakenError(_("The short name %(slug)s is taken; choose another.") % {"slug": known.slug})


@transaction.atomic
def acknowledge(alert: Alert, *, by: Principal, note: str, now: datetime) -> Alert:
    """Somebody has taken notice, and the evidence store is told of it; with a note it is a decision."""
    held = Alert.objects.select_for_update(of=("self",)).select_related("node", "monitor__system__team")
    found = held.get(pk=alert.pk)
    if found.acknowledged_at or not found.is_open:
        return found
    found.acknowledged_at, found.acknowledged_by, found.note = now, str(by)[:200], note[:500]
    found.save(update_fields=["acknowledged_at", "acknowledged_by", "note"])
    system = found.monitor.system
    audit.record(by, "alert.acknowledged", found.pk, team=system.team, detail={"note": found.note})
    if found.node:
        kind = "alert_decided" if note else "alert_acknowledged"
        decision: dict[str, Json] = {"alert": str(found.pk), "decision": found.note}
        key = f"{kind}:{found.pk}"
        tell(EventRecord(kind, found.node.uid, now, key, str(by)[:200], decision), now=now)
    return found
