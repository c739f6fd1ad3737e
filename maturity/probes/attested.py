"""What mostly a person must say, where evidence can say it instead: auto-upgrades of attestations.

A failed finding here means only that nothing was seen; the person's word remains to be asked for.
"""

import re
from datetime import timedelta

from maturity.facts import Run, SystemFacts
from maturity.finding import Finding
from maturity.probe import probe
from maturity.probes._subjects import decided, failed, is_true, passed, system
from maturity.probes.features import SERVICE_TAG, service_of
from maturity.probes.monitoring import checks_of

SLICED = re.compile(r"(?:^|[/_.-])(?:slice|segment|subgroup|cohort)s?(?:[/_.=:-]|$)", re.IGNORECASE)
BASELINE_TAG = "baseline"
TRIALS = 10
"""So many nested runs are a search for hyperparameters."""


@probe()
def sliced_evaluation(facts: SystemFacts, window: timedelta) -> tuple[Finding, ...]:
    """Did an evaluation of each production version log metrics of slices?"""
    found = []
    for version in facts.production:
        runs = (*version.evaluations, *((version.run,) if version.run else ()))
        sliced = [(run, name) for run in runs for name in sorted(run.metrics) if SLICED.search(name)]
        if sliced:
            run, name = sliced[0]
            found.append(passed(version.ref, f"{run.ref.label} measured {name}", see=(run.ref,)))
        else:
            found.append(failed(version.ref, "no evaluation of it logged metrics of slices"))
    return tuple(found)


@probe()
def baseline_run(facts: SystemFacts, window: timedelta) -> tuple[Finding, ...]:
    """Is a simple baseline on record, as a finished run with the tag `baseline`?"""
    runs = [r for r in facts.runs if _is_baseline(r) and r.state == "FINISHED" and r.metrics]
    if runs:
        return (passed(system(facts), f"{runs[0].ref.label} is its baseline", see=(runs[0].ref,)),)
    return (failed(system(facts), f"no finished run has the tag {BASELINE_TAG}"),)


def _is_baseline(run: Run) -> bool:
    return is_true(run.tags.get(BASELINE_TAG)) or str(run.tags.get("role", "")).lower() == BASELINE_TAG


@probe()
def same_features(facts: SystemFacts, window: timedelta) -> tuple[Finding, ...]:
    """Does a later prediction run read the feature service that each production version was trained on?"""
    found = []
    for version in facts.production:
        service = service_of(version)
        trained = version.run.ref.uid if version.run else ""
        later = [
            run
            for run in facts.runs
            if service
            and run.tags.get(SERVICE_TAG) == service
            and run.ref.uid != trained
            and run.started_at
            and version.created_at
            and run.started_at > version.created_at
        ]
        yes = f"trained and asked through the feature service {service}"
        no = "no prediction run names the feature service that it was trained on"
        found.append(decided(version.ref, bool(later), yes=yes, no=no, see=tuple(r.ref for r in later[:1])))
    return tuple(found)


@probe()
def searched(facts: SystemFacts, window: timedelta) -> tuple[Finding, ...]:
    """Was each production version the result of a search over several nested runs?"""
    counts = [(version, version.run.nested if version.run else 0) for version in facts.production]
    return tuple(
        decided(
            version.ref,
            count >= TRIALS,
            yes=f"chosen among {count} nested runs",
            no=f"{count} nested runs are on record, fewer than {TRIALS}",
        )
        for version, count in counts
    )


@probe()
def numbers_watched(facts: SystemFacts, window: timedelta) -> tuple[Finding, ...]:
    """Does a monitor count values that are missing or no number, for each production version?"""
    found = []
    for version in facts.production:
        checks = checks_of(version, facts, window=window)
        watched = [c for c in checks if isinstance(c.attrs.get("columns"), int) and c.attrs["columns"]]
        yes = f"its monitor counts missing values in {watched[0].attrs['columns']} columns" if watched else ""
        no = "no monitor counts its missing values"
        found.append(decided(version.ref, bool(watched), yes=yes, no=no))
    return tuple(found)
