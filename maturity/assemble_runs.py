"""Runs, pipeline runs and pipeline versions from rows, with their joins. Pure."""

from collections.abc import Iterable

from evidence.records import EdgeKind, NodeKind
from maturity import attrs as read
from maturity.facts import (
    Commit,
    Component,
    Dataset,
    PipelineRun,
    PipelineTask,
    PipelineVersion,
    Run,
    Rung,
    Signal,
    Signals,
    Task,
)
from maturity.graph_rows import NodeRow, Rows

MAX_CLIMB = 5
AUTOMATIC_TAG = "mlflow.source.git.commit"
COMMITTED_AT = "committed_at"


def newest(nodes: Iterable[NodeRow]) -> list[NodeRow]:
    """Newest first; those without a start come last."""
    found = sorted(nodes, key=lambda n: n.uid)
    return sorted(found, key=lambda n: n.started_at.timestamp() if n.started_at else 0.0, reverse=True)


class Runs:
    """Makes each run's record once, however many versions lead to it."""

    def __init__(self, rows: Rows) -> None:
        self.rows = rows
        self._runs: dict[int, Run] = {}
        self._triggered = {
            read.text(e.attrs, "run_id") for e in rows.events if e.kind == "retraining_started"
        } - {""}

    def run(self, node: NodeRow) -> Run:
        if node.id not in self._runs:
            self._runs[node.id] = self._run(node)
        return self._runs[node.id]

    def _run(self, node: NodeRow) -> Run:
        attrs, line = node.attrs, self._climb(node)
        joined = next((p for each in line for p in self._pipeline_runs(each)), None)
        named = next(filter(None, (read.text(each.attrs, "kfp_run_id") for each in line)), "")
        return Run(
            ref=node.ref,
            state=node.state,
            lifecycle="deleted" if node.gone_at else read.text(attrs, "lifecycle_stage") or "active",
            started_at=node.started_at,
            ended_at=node.ended_at,
            user=read.text(attrs, "user"),
            source_name=read.text(attrs, "source_name"),
            source_type=read.text(attrs, "source_type"),
            artifact_uri=read.text(attrs, "artifact_uri"),
            params=read.mapping(attrs, "params"),
            metrics=read.mapping(attrs, "metrics"),
            tags=read.mapping(attrs, "tags"),
            datasets=self._datasets(node),
            commit=next(filter(None, map(self.commit_of, line)), None),
            dirty=read.flag(attrs, "git_dirty"),
            orchestrator_run_id=named or (joined.uid if joined else ""),
            pipeline_run=self.pipeline_run(joined) if joined and not joined.promised else None,
            nested=self._nested(line[:2]),
        )

    def _nested(self, line: list[NodeRow]) -> int:
        """The children of a run, or those of its parent where it has none."""
        counts = (len(self.rows.causes(each, EdgeKind.CHILD_OF, of=NodeKind.RUN)) for each in line)
        return next(filter(None, counts), 0)

    def _climb(self, node: NodeRow) -> list[NodeRow]:
        """The run and its parents up to the root."""
        line = [node]
        while len(line) < MAX_CLIMB:
            parents = self.rows.effects(line[-1], EdgeKind.CHILD_OF, of=NodeKind.RUN)
            if not parents or parents[0] in line:
                break
            line.append(parents[0])
        return line

    def _pipeline_runs(self, node: NodeRow) -> list[NodeRow]:
        return list(self.rows.effects(node, EdgeKind.CHILD_OF, of=NodeKind.PIPELINE_RUN))

    def _datasets(self, node: NodeRow) -> tuple[Dataset, ...]:
        read_by = self.rows.causes(node, EdgeKind.READ_BY, of=NodeKind.DATASET_VERSION)
        nodes = {each.uid: each for each, _ in read_by}
        return tuple(
            Dataset(
                name=read.text(entry, "name"),
                digest=read.text(entry, "digest"),
                source=read.text(entry, "source"),
                source_type=read.text(entry, "source_type"),
                context=read.text(entry, "context"),
                version=read.text(found.attrs, "version") if found else "",
                ref=found.ref if found else None,
            )
            for entry in read.entries(node.attrs, "datasets")
            for found in (nodes.get(read.text(entry, "uid")),)
        )

    def commit_of(self, node: NodeRow) -> Commit | None:
        """The commit that an edge leads from; the automatic tag goes before those that people set."""
        found = self.rows.causes(node, EdgeKind.CODE_OF, of=NodeKind.COMMIT)
        if not found:
            return None
        commit, edge = min(found, key=lambda pair: (AUTOMATIC_TAG not in pair[1].method, pair[0].uid))
        return Commit(
            ref=commit.ref,
            sha=read.text(commit.attrs, "sha") or commit.label,
            rung=_rung(node.kind, edge.method),
            known=COMMITTED_AT in commit.attrs,
            committed_at=read.moment(commit.attrs, COMMITTED_AT),
            on_default_branch=read.flag(commit.attrs, "on_default_branch"),
            signals=self.signals(commit),
        )

    def signals(self, node: NodeRow) -> Signals | None:
        """What the files of a repository or commit show; None where they were not read."""
        found = node.attrs.get("signals")
        if not isinstance(found, dict) or not found:
            return None
        return {
            name: Signal(value=entry.get("value"), paths=read.texts(entry, "paths"))
            for name, entry in found.items()
            if isinstance(entry, dict)
        }

    def pipeline_run(self, node: NodeRow) -> PipelineRun:
        compiled = self.rows.causes(node, EdgeKind.COMPILED_TO, of=NodeKind.PIPELINE_VERSION)
        return PipelineRun(
            ref=node.ref,
            state=node.state,
            started_at=node.started_at,
            ended_at=node.ended_at,
            version_uid=compiled[0][0].uid if compiled else "",
            schedule_id=read.text(node.attrs, "recurring_run_id"),
            inline_spec=read.flag(node.attrs, "inline_spec") is True,
            runtime_config=read.flag(node.attrs, "runtime_config"),
            tasks=tuple(
                Task(read.text(task, "name"), read.text(task, "state"))
                for task in read.entries(node.attrs, "tasks")
            ),
            triggered_by_us=read.text(node.attrs, "run_id") in self._triggered,
            experiment=read.text(node.attrs, "experiment"),
            namespace=read.text(node.attrs, "namespace"),
            spec=read.text(node.attrs, "spec_sha256"),
        )

    def pipeline_version(self, node: NodeRow) -> PipelineVersion:
        ir = read.mapping(node.attrs, "ir")
        return PipelineVersion(
            ref=node.ref,
            created_at=node.started_at,
            commit=self.commit_of(node),
            components=tuple(
                Component(
                    name=read.text(each, "name"),
                    image=read.text(each, "image"),
                    image_pinned=read.flag(each, "image_pinned") is True,
                    pip_installs=read.texts(each, "pip_installs"),
                    typed_share=read.number(each, "typed_share"),
                    ports=len(read.mapping(each, "inputs")) + len(read.mapping(each, "outputs")),
                )
                for each in read.entries(ir, "components")
            )
            if ir
            else None,
            tasks=tuple(
                PipelineTask(read.text(each, "name"), read.texts(each, "depends_on"))
                for each in read.entries(ir, "tasks")
            ),
            validation_tasks=read.texts(ir, "validation_tasks"),
            gates=tuple(read.text(each, "task") for each in read.entries(ir, "evaluation_gates")),
            spec=read.text(node.attrs, "spec_sha256"),
            compiled_file=read.text(node.attrs, "path"),
        )


def _rung(kind: str, method: str) -> Rung:
    if kind == NodeKind.IMAGE:
        return Rung.IMAGE
    if kind == NodeKind.PIPELINE_VERSION:
        return Rung.CODE_SOURCE_URL if "code_source_url" in method else Rung.PIPELINE_TAG
    return Rung.RUN_TAG if AUTOMATIC_TAG in method else Rung.CUSTOM_TAG
