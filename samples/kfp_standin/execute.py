"""Executes one run with the KFP SDK's local runner: `python -m samples.kfp_standin.execute FOLDER`.

A process of its own, so that importing kfp (seconds, 100 MB) stays out of the server. FOLDER holds
`request.json` {"run_id", "display_name", "spec", "parameters"}. What happens is told on standard
output, a JSON object a line; what the components print goes to standard error.
"""

import contextlib
import json
import os
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TextIO

from samples.kfp_standin.conditions import ConditionError, decide

RUN_ID, RUN_NAME = "{{$.pipeline_job_uuid}}", "{{$.pipeline_job_name}}"
COLOURS = re.compile(r"\x1b\[\d+m")
Spec = dict[str, Any]
Source = Callable[[Any], object]


class Reporter:
    """Tells the server what a task does, while it does it."""

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self.failed: list[str] = []

    def __call__(self, task: str, state: str, *, error: str = "") -> None:
        if task and state == "FAILED":
            self.failed.append(task)
        event = {"task": task, "state": state, "at": datetime.now(UTC).isoformat(), "error": error}
        self._out.write(json.dumps(event) + "\n")
        self._out.flush()


def main(folder: Path) -> int:
    """Exit code 0 when the run succeeded."""
    request = json.loads((folder / "request.json").read_text())
    report = Reporter(os.fdopen(os.dup(1), "w"))
    os.dup2(2, 1)
    try:
        run(request, outputs=folder / "outputs", report=report)
    except Exception as error:
        report("", "FAILED", error=_sentence(error, failed=report.failed))
        return 1
    return 0


def _sentence(error: Exception, *, failed: Sequence[str] = ()) -> str:
    if failed:
        return f"The task {failed[0]} failed; log.txt in the run's folder has what it printed."
    return COLOURS.sub("", " ".join(str(error).split()))[:500]


def run(request: Spec, *, outputs: Path, report: Reporter) -> None:
    """Run the pipeline to its end; raises what the local runner raises when a task failed."""
    from kfp import components, local

    text = json.dumps(request["spec"])
    text = text.replace(RUN_ID, request["run_id"])
    text = text.replace(RUN_NAME, json.dumps(request["display_name"])[1:-1])
    outputs.mkdir(parents=True, exist_ok=True)
    local.init(local.SubprocessRunner(use_venv=False), pipeline_root=str(outputs), raise_on_error=True)
    _watch_tasks(report)
    _decide_conditions(json.loads(text), report)
    pipeline = components.load_component_from_text(text)
    pipeline(**request["parameters"])


def _watch_tasks(report: Reporter) -> None:
    """Report every task the local runner starts and ends."""
    from kfp.local import status
    from kfp.local.orchestrator.orchestrator_utils import OrchestratorUtils

    original = OrchestratorUtils.execute_single_task

    def watched(task_name: str, *args: Any, **kwargs: Any) -> Any:
        report(task_name, "RUNNING")
        try:
            outputs, ended = original(task_name, *args, **kwargs)
        except Exception as error:
            report(task_name, "FAILED", error=_sentence(error))
            raise
        report(task_name, "SUCCEEDED" if ended == status.Status.SUCCESS else "FAILED")
        return outputs, ended

    OrchestratorUtils.execute_single_task = staticmethod(watched)


def _decide_conditions(spec: Spec, report: Reporter) -> None:
    """Let branches be taken by our own reading of their conditions."""
    from kfp.local.orchestrator.enhanced_dag_orchestrator import ConditionEvaluator

    sources = _sources(spec)
    branches = _branches(spec)

    def evaluate(condition: str, io_store: Any) -> bool:
        def value_of(name: str) -> object:
            for source in sources.get(name, []):
                with contextlib.suppress(ValueError):  # bound so in another group, not in this one
                    return source(io_store)
            raise ConditionError(f"The input {name} of the condition {condition!r} has no value.")

        taken = decide(condition, value_of)
        same = branches[condition]
        report(same.pop(0) if len(same) > 1 else same[0], "RUNNING" if taken else "SKIPPED")
        return taken

    ConditionEvaluator.evaluate_condition = staticmethod(evaluate)


def _all_tasks(spec: Spec) -> Iterator[tuple[str, Spec]]:
    groups = [spec["root"], *spec.get("components", {}).values()]
    for group in groups:
        yield from group.get("dag", {}).get("tasks", {}).items()


def _sources(spec: Spec) -> dict[str, list[Source]]:
    """Where the value of an input comes from: another task, the group's own input, or a constant."""
    found: dict[str, list[Source]] = {}
    for _, task in _all_tasks(spec):
        for name, value in task.get("inputs", {}).get("parameters", {}).items():
            found.setdefault(name, []).append(_source(value))
    return found


def _source(value: Spec) -> Source:
    if output := value.get("taskOutputParameter"):
        return lambda store: store.get_task_output(output["producerTask"], output["outputParameterKey"])
    if parent := value.get("componentInputParameter"):
        return lambda store: store.get_parent_input(parent)
    constant = value.get("runtimeValue", {}).get("constant")
    return lambda _store: constant


def _branches(spec: Spec) -> dict[str, list[str]]:
    """The branches under each condition, in the order they are reached."""
    found: dict[str, list[str]] = {}
    for name, task in _all_tasks(spec):
        if condition := task.get("triggerPolicy", {}).get("condition"):
            found.setdefault(condition, []).append(name)
    return found


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
