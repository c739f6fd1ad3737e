"""Reading monitoring: every page in a number of statements that does not grow with the rows."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from django.db.models import Case, Count, F, IntegerField, Q, QuerySet, When
from django.db.models import Window as Over
from django.db.models.functions import RowNumber

from core.models import System, Team
from core.permissions import Principal
from evidence.models import Node
from evidence.records import EdgeKind, NodeKind
from monitoring.heatmap import Check
from monitoring.models import (
    LOUD_ALERT,
    Alert,
    AlertQuerySet,
    AlertState,
    CheckResult,
    ContractFinding,
    ContractState,
    FileState,
    LogFile,
    Monitor,
    Severity,
    Window,
    WindowSize,
)

STRIP = 14
Row = TypeVar("Row", Window, Alert)
IN_VIEW = {WindowSize.DAY: 10, WindowSize.HOUR: 12}


@dataclass(frozen=True, slots=True)
class MonitorRow:
    """A monitor with its newest windows (oldest first), its open alerts, and its contract."""

    monitor: Monitor
    windows: tuple[Window, ...]
    alerts: tuple[Alert, ...]
    contract: ContractState

    @property
    def newest(self) -> Window | None:
        return self.windows[-1] if self.windows else None

    @property
    def high(self) -> int:
        """How many open alerts are of high severity."""
        return sum(alert.severity == Severity.HIGH for alert in self.alerts)

    @property
    def state(self) -> str:
        """What a chip says: alert before problem, before what the newest window said."""
        if self.alerts:
            return "alert"
        if self.monitor.problem:
            return "problem"
        return self.newest.state if self.newest else "new"


def monitor_rows(found: QuerySet[Monitor]) -> list[MonitorRow]:
    """The monitors with what they found last: four statements."""
    monitors = list(found.select_related("system__team"))
    keys = [monitor.pk for monitor in monitors]
    windows = _by_monitor(_newest_windows(keys))
    alerts = _by_monitor(Alert.objects.filter(monitor__in=keys).loud().order_by("since"))
    contracts = dict(_newest_contracts(keys))
    return [
        MonitorRow(
            monitor,
            tuple(reversed(windows.get(monitor.pk, []))),
            tuple(alerts.get(monitor.pk, [])),
            ContractState(contracts.get(monitor.pk, ContractState.UNKNOWN)),
        )
        for monitor in monitors
    ]


def monitors_for(principal: Principal, *, team: Team | None) -> QuerySet[Monitor]:
    """Visible monitors, of one team or of all."""
    found = Monitor.objects.visible_to(principal)
    return found.filter(system__team=team) if team else found


def alerts_for(principal: Principal, *, team: Team | None) -> AlertQuerySet:
    """Visible alerts with what a list shows: the grave ones and the new ones first."""
    found = Alert.objects.visible_to(principal).select_related("monitor__system__team", "version", "window")
    grave = Case(When(severity=Severity.HIGH, then=0), default=1, output_field=IntegerField())
    slim = found.defer("window__profile", "version__attrs").order_by(grave, "-since", "-pk")
    return slim.filter(monitor__system__team=team) if team else slim


def counts_by_tab(alerts: QuerySet[Alert]) -> dict[str, int]:
    """How many alerts are open, watched, cleared."""
    states = dict(alerts.order_by().values_list("state").annotate(n=Count("pk")))
    return {
        "open": sum(states.get(state, 0) for state in LOUD_ALERT),
        "watched": states.get(AlertState.PENDING, 0),
        "cleared": states.get(AlertState.RESOLVED, 0),
    }


def windows_in_view(monitor: Monitor, *, before: datetime | None) -> list[Window]:
    """The windows that the heat map shows, oldest first, without their profiles."""
    found = monitor.windows.exclude(judged_at=None).defer("profile").select_related("baseline__version")
    found = found.defer("profile", "baseline__profile", "baseline__version__attrs")
    if before:
        found = found.filter(start__lt=before)
    return list(reversed(found.order_by("-start", "-pk")[: IN_VIEW[WindowSize(monitor.window)]]))


def checks_of(windows: Iterable[Window]) -> list[Check]:
    """Every check of these windows, as the heat map takes them."""
    rows = CheckResult.objects.filter(window__in=[window.pk for window in windows])
    names = ("window_id", "column", "state", "reason", "score", "figures")
    return [
        Check(window=key, column=column, state=state, reason=reason, score=score, figures=figures)
        for key, column, state, reason, score, figures in rows.values_list(*names)
    ]


def check_with_profiles(monitor: Monitor, *, window: int, column: str) -> CheckResult | None:
    """One check, its window and its baseline with their profiles."""
    found = CheckResult.objects.filter(window=window, window__monitor=monitor, column=column)
    return found.select_related("window__baseline").first()


def contract_rows(monitor: Monitor, version: Node | None) -> tuple[LogFile | None, list[ContractFinding]]:
    """The newest file whose contract is known, and what of it differs now."""
    files = monitor.files.filter(state=FileState.READ, version=version).exclude(
        contract_state=ContractState.UNKNOWN
    )
    newest = files.order_by("-until", "-name").first()
    if newest is None or newest.until is None:
        return newest, []
    return newest, list(monitor.findings.filter(version=version, last_seen__gte=newest.until))


def files_of(monitor: Monitor) -> QuerySet[LogFile]:
    """The ledger: what cannot be read first, then the newest."""
    faulty = Case(When(state=FileState.ERROR, then=0), default=1, output_field=IntegerField())
    return monitor.files.order_by(faulty, "-name")


def past_episodes(alert: Alert) -> QuerySet[Alert]:
    """Earlier episodes of the same thing."""
    return Alert.objects.filter(fingerprint=alert.fingerprint).exclude(pk=alert.pk).order_by("-since")


def alerts_about(node: Node) -> QuerySet[Alert]:
    """Open alerts that are told of a node, or of the model version that it is."""
    told = Alert.objects.loud().filter(Q(node=node) | Q(version=node))
    return told.select_related("monitor").order_by("since")


def newest_window_of(node: Node) -> Window | None:
    """The newest judged window of a model version, or of the version that a deployment serves."""
    own = Q(baseline__version=node)
    if node.kind == NodeKind.DEPLOYMENT:
        own = Q(
            baseline__version__out_edges__dst=node, baseline__version__out_edges__kind=EdgeKind.DEPLOYED_AS
        )
    found = Window.objects.filter(own).exclude(judged_at=None).select_related("monitor")
    return found.defer("profile").order_by("-start").first()


def alerts_of_system(system: System) -> QuerySet[Alert]:
    return Alert.objects.loud().filter(monitor__system=system).select_related("monitor").order_by("since")


def _newest_windows(monitors: Sequence[int]) -> QuerySet[Window]:
    place = Over(RowNumber(), partition_by=F("monitor"), order_by=[F("start").desc(), F("pk").desc()])
    found = Window.objects.filter(monitor__in=monitors).exclude(judged_at=None).annotate(place=place)
    slim = found.select_related("baseline__version").defer(
        "profile", "baseline__profile", "baseline__version__attrs"
    )
    return slim.filter(place__lte=STRIP).order_by("-start", "-pk")


def _newest_contracts(monitors: Sequence[int]) -> QuerySet[LogFile, tuple[int, str]]:
    known = LogFile.objects.filter(monitor__in=monitors, state=FileState.READ)
    newest = known.order_by("monitor_id", "-until", "-name").distinct("monitor_id")
    return newest.values_list("monitor_id", "contract_state")


def _by_monitor(rows: Iterable[Row]) -> dict[int, list[Row]]:
    sorted_rows: dict[int, list[Row]] = {}
    for row in rows:
        sorted_rows.setdefault(row.monitor_id, []).append(row)
    return sorted_rows
