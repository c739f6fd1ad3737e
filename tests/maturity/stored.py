"""A system in the store, written through the store as connectors do."""

import json
from datetime import datetime, timedelta

from core.models import System
from evidence import identity
from evidence.bindings import Rule, Rules
from evidence.models import Binding, Source
from evidence.records import (
    Confidence,
    EdgeKind,
    EdgeRecord,
    EventRecord,
    Json,
    NodeKind,
    NodeRecord,
    Page,
    Record,
    Scope,
)
from evidence.store import write
from tests.factories import SourceFactory, SyncFactory
from tests.maturity.made import DAY, NOW

SERVER = "http://mlflow.example.invalid"
KFP = "http://kfp.example.invalid"
COMMIT = "9f3ab21c" * 5
SIGNALS: dict[str, Json] = {
    "orchestrator": {"value": ["kfp"], "paths": ["pipeline.py"], "lines": []},
    "dependency_lock": {"value": True, "paths": ["uv.lock"], "lines": []},
    "data_versioning": {"value": False, "paths": [], "lines": []},
}
SIGNATURE: dict[str, Json] = {
    "inputs": json.dumps([{"name": "age", "type": "double", "required": True}]),
    "outputs": None,
}


def connect(system: System, *, kind: str, seen_at: datetime = NOW - timedelta(minutes=5)) -> Source:
    """A source of the kind, bound to the system, with one good sync."""
    source = SourceFactory.create(kind=kind, team=system.team, name=f"{kind} of {system.slug}")
    Binding.objects.create(source=source, system=system, kind="model", pattern="*")
    SyncFactory.create(source=source, queued_at=seen_at, started_at=seen_at, finished_at=seen_at)
    return source


def fill(system: System, *, versions: int = 3, notebook: bool = False) -> None:
    """Write a whole chain for each version; the last version is in production.

    With `notebook`, versions come from notebooks, without commit, data or pipeline.
    """
    sources = {
        kind: connect(system, kind=kind)
        for kind in ("mlflow", "git", *(() if notebook else ("kfp", "github")))
    }
    rules = Rules([Rule(kind="model", pattern="*", system_id=system.pk)])
    records = [*_models(system, versions, notebook=notebook), *_repository(system)]
    records += [] if notebook else _code_host(system)
    write(Page(records=tuple(records)), source=sources["mlflow"], now=NOW, rules=rules)


def _uid(system: System, kind: str, *parts: str) -> str:
    return identity.uid(kind, system.slug, *parts)


def _repository(system: System) -> list[Record]:
    scope = (Scope("model", system.slug),)
    return [
        NodeRecord(
            NodeKind.REPOSITORY,
            _uid(system, "repository", "main"),
            f"growth/{system.slug}",
            attrs={"commit": COMMIT, "signals": SIGNALS},
            scopes=scope,
        ),
        NodeRecord(
            NodeKind.COMMIT,
            identity.commit_uid(COMMIT),
            COMMIT[:12],
            url=f"https://git.example.invalid/{COMMIT}",
            attrs={
                "sha": COMMIT,
                "committed_at": (NOW - 12 * DAY).isoformat(),
                "on_default_branch": True,
                "signals": SIGNALS,
            },
        ),
    ]


def _code_host(system: System) -> list[Record]:
    """A protected branch, and three changes that were tested and approved before they were merged."""
    repository, scope = _uid(system, "repository", "main"), (Scope("model", system.slug),)
    protected: dict[str, Json] = {"repository": repository, "protected": True, "approvals_required": 1}
    branch = NodeRecord(
        NodeKind.BRANCH, _uid(system, "branch", "main"), "main", attrs=protected, scopes=scope
    )
    return [branch, *(_merged(system, number) for number in (1, 2, 3))]


def _merged(system: System, number: int) -> Record:
    return NodeRecord(
        NodeKind.PULL_REQUEST,
        _uid(system, "pull_request", str(number)),
        f"#{number}",
        state="merged",
        ended_at=NOW - number * DAY,
        attrs={
            "repository": _uid(system, "repository", "main"),
            "number": number,
            "author": "kenta",
            "head": f"{number:040x}",
            "merge_commit": f"{number + 100:040x}",
            "paths": ["pipeline.py"],
            "approved_by": ["mei"],
            "checks": [{"name": "unit tests", "conclusion": "success", "workflow": "test"}],
        },
        scopes=(Scope("model", system.slug),),
    )


def _models(system: System, versions: int, *, notebook: bool) -> list[Record]:
    scope = (Scope("model", system.slug),)
    model = _uid(system, "model")
    records: list[Record] = [
        NodeRecord(
            NodeKind.MODEL,
            model,
            system.slug,
            attrs={
                "name": system.slug,
                "tags": {"max_age_days": "60", **({"serving": "batch"} if notebook else {})},
            },
            scopes=scope,
        )
    ]
    if not notebook:
        records += _pipeline(system)
    for number in range(1, versions + 1):
        live = number == versions
        made = NOW - (versions - number + 2) * DAY
        records += _version(system, number, model=model, made=made, live=live, notebook=notebook)
        if not notebook:
            records += _context(system, number, made=made)
    return [*records, *([] if notebook else _served(system, versions))]


def _version(
    system: System, number: int, *, model: str, made: datetime, live: bool, notebook: bool
) -> list[Record]:
    scope = (Scope("model", system.slug),)
    uid, run = _uid(system, "model_version", str(number)), _uid(system, "run", str(number))
    data: list[Json] = [
        {
            "uid": _uid(system, "dataset_version", str(number)),
            "name": "customers",
            "digest": f"{number:08x}",
            "context": "training",
            "source": "s3://gold/customers",
        }
    ]
    return [
        NodeRecord(
            NodeKind.MODEL_VERSION,
            uid,
            f"{system.slug} v{number}",
            url=f"{SERVER}/#/models/{system.slug}/versions/{number}",
            state="READY",
            started_at=made,
            attrs={
                "name": system.slug,
                "version": str(number),
                "run_id": f"run-{number}",
                "signature_state": "read",
                "signature": SIGNATURE,
                "claims": [{"by": "alias champion", "environment": "production"}] if live else [],
                "production": live,
            },
            scopes=scope,
        ),
        NodeRecord(
            NodeKind.RUN,
            run,
            f"kite-{number}",
            url=f"{SERVER}/#/experiments/1/runs/run-{number}",
            state="FINISHED",
            started_at=made - timedelta(hours=1),
            ended_at=made,
            attrs={
                "run_id": f"run-{number}",
                "user": "mei",
                "source_name": "train.ipynb" if notebook else "train.py",
                "source_type": "NOTEBOOK" if notebook else "LOCAL",
                "params": {"depth": "4"},
                "metrics": {"auc": 0.91},
                "artifact_uri": "s3://mlflow/1",
                "lifecycle_stage": "active",
                "kfp_run_id": None if notebook else f"run-{number}",
                "datasets": [] if notebook else data,
            },
            scopes=scope,
        ),
        EdgeRecord(run, EdgeKind.WROTE, uid, method="model version run_id"),
        EdgeRecord(uid, EdgeKind.VERSION_OF, model, method="model version name"),
    ]


def _context(system: System, number: int, *, made: datetime) -> list[Record]:
    """What stands around a run: its commit, its data, its pipeline run, a later evaluation."""
    run = _uid(system, "run", str(number))
    pipeline_run, data = (
        _uid(system, "pipeline_run", str(number)),
        _uid(system, "dataset_version", str(number)),
    )
    commit = identity.commit_uid(COMMIT)
    return [
        NodeRecord(NodeKind.COMMIT, commit, COMMIT[:12], attrs={"sha": COMMIT}, stub=True),
        NodeRecord(NodeKind.DATASET_VERSION, data, "customers", attrs={"version": f"object:{number}"}),
        NodeRecord(
            NodeKind.PIPELINE_RUN,
            pipeline_run,
            f"weekly-{number}",
            url=f"{KFP}/#/runs/details/{number}",
            state="SUCCEEDED",
            started_at=made - timedelta(hours=2),
            ended_at=made,
            attrs={
                "run_id": f"run-{number}",
                "recurring_run_id": "schedule-1",
                "tasks": [
                    {"name": "validate", "state": "SUCCEEDED"},
                    {"name": "train", "state": "SUCCEEDED"},
                ],
            },
            scopes=(Scope("model", system.slug),),
        ),
        EdgeRecord(commit, EdgeKind.CODE_OF, run, method="run tag mlflow.source.git.commit"),
        EdgeRecord(data, EdgeKind.READ_BY, run, method="run dataset input"),
        EdgeRecord(run, EdgeKind.CHILD_OF, pipeline_run, method="run tag kfp.pipeline_run_id"),
        EdgeRecord(_uid(system, "pipeline_version"), EdgeKind.COMPILED_TO, pipeline_run, method="reference"),
    ]


def _pipeline(system: System) -> list[Record]:
    scope = (Scope("model", system.slug),)
    step: dict[str, Json] = {
        "image": "train:latest",
        "image_pinned": False,
        "pip_installs": [],
        "inputs": {"data": "system.Dataset"},
        "outputs": {"model": "system.Model"},
        "typed_share": 1.0,
    }
    return [
        NodeRecord(
            NodeKind.PIPELINE_VERSION,
            _uid(system, "pipeline_version"),
            f"{system.slug} 1.1",
            url=f"{KFP}/#/pipelines/details/1/version/1",
            started_at=NOW - 20 * DAY,
            attrs={
                "pipeline_version_id": "1",
                "ir": {
                    "components": [{"name": "validate", **step}, {"name": "train", **step}],
                    "tasks": [
                        {"name": "validate", "depends_on": []},
                        {"name": "train", "depends_on": ["validate"]},
                    ],
                    "validation_tasks": ["validate"],
                    "evaluation_gates": [{"task": "condition-1"}],
                },
            },
            scopes=scope,
        ),
        NodeRecord(
            NodeKind.SCHEDULE,
            _uid(system, "schedule"),
            "weekly",
            state="ENABLED",
            attrs={"recurring_run_id": "schedule-1", "status": "ENABLED"},
            scopes=scope,
        ),
    ]


def _served(system: System, versions: int) -> list[Record]:
    """A reported deployment of the newest version, approved, watched and evaluated."""
    scope = (Scope("model", system.slug),)
    version, live = _uid(system, "model_version", str(versions)), _uid(system, "deployment", "live")
    evaluation = _uid(system, "run", "evaluation")
    return [
        NodeRecord(
            NodeKind.DEPLOYMENT,
            live,
            f"{system.slug}-api 7",
            state="live",
            started_at=NOW - DAY,
            attrs={
                "environment": "production",
                "target": f"{system.slug}-api",
                "how": "reported",
                "status": "live",
            },
            scopes=scope,
        ),
        EdgeRecord(version, EdgeKind.DEPLOYED_AS, live, method="report", confidence=Confidence.OBSERVED),
        NodeRecord(
            NodeKind.RUN,
            evaluation,
            "evaluation",
            state="FINISHED",
            started_at=NOW - timedelta(hours=20),
            attrs={"run_id": "evaluation", "metrics": {"auc": 0.88}},
            scopes=scope,
        ),
        EdgeRecord(version, EdgeKind.EVALUATED_BY, evaluation, method="evaluation"),
        EventRecord(
            "approved",
            version,
            NOW - DAY - timedelta(minutes=9),
            dedupe=f"{system.slug} approved",
            actor="mei",
            attrs={"reason": "better on the holdout"},
        ),
        EventRecord("deployed", live, NOW - DAY, dedupe=f"{system.slug} deployed", actor="token ci"),
        EventRecord(
            "drift_checked",
            version,
            NOW - timedelta(hours=1),
            dedupe=f"{system.slug} checked",
            attrs={
                "status": "ok",
                "rows": 5000,
                "columns": 7,
                "baseline": "customers",
                "dataset": _uid(system, "dataset_version", str(versions)),
                "window_start": (NOW - 2 * DAY).isoformat(),
                "window_end": (NOW - timedelta(hours=1)).isoformat(),
            },
        ),
    ]
