"""Drives the stand-in with the official, unmodified KFP client; run as a process of its own.

`python kfp_client_script.py HOST FOLDER` prints one JSON object with what it saw. kfp is imported here only.
"""

import json
import sys
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import kfp
import kfp_server_api
from kfp import compiler, dsl
from kfp.dsl import Dataset, Input, Metrics, Output

IMAGE = "registry.example.invalid/team/python@sha256:" + "ab" * 32
COMMIT = "0123456789abcdef0123456789abcdef01234567"


@dsl.component(base_image=IMAGE, install_kfp_package=False)
def validate_data(rows: int, data: Output[Dataset]) -> int:
    if rows < 1:
        raise ValueError("no rows")
    with open(data.path, "w") as file:
        file.write("\n".join(str(2 * x) for x in range(rows)))
    return rows


@dsl.component(base_image=IMAGE, install_kfp_package=False)
def evaluate(data: Input[Dataset], run_id: str, metrics: Output[Metrics]) -> float:
    with open(data.path) as file:
        values = [float(line) for line in file]
    metrics.log_metric("mean", sum(values) / len(values))
    metrics.metadata["run_id"] = run_id
    return sum(values) / len(values)


@dsl.component(base_image=IMAGE, install_kfp_package=False)
def register(mean: float) -> str:
    return f"registered with {mean}"


@dsl.pipeline(name="tiny-training", description="validate, evaluate, register if good")
def tiny(rows: int = 5, least: float = 3.0) -> None:
    checked = validate_data(rows=rows)
    scored = evaluate(data=checked.outputs["data"], run_id=dsl.PIPELINE_JOB_ID_PLACEHOLDER)
    with dsl.If(scored.outputs["Output"] >= least, name="good-enough"):
        register(mean=scored.outputs["Output"])


def answered(client: kfp.Client, path: str, model: str) -> Any:
    """The raw answer, and proof that the official models read it."""
    with urllib.request.urlopen(client._existing_host + "/apis/v2beta1/" + path) as response:
        text = response.read().decode()
    api_client = client._run_api.api_client
    api_client.deserialize(SimpleNamespace(data=text), model)
    return json.loads(text)


@dataclass(frozen=True)
class Made:
    """What stands on the server before anything runs."""

    package: str
    experiment: str
    is_same_experiment: bool
    pipeline: str
    version: str


def make(client: kfp.Client, folder: Path) -> Made:
    """An experiment asked for twice, and a pipeline with two versions."""
    package = str(folder / "pipeline.yaml")
    compiler.Compiler().compile(tiny, package)
    experiment = client.create_experiment("tiny").experiment_id
    again = client.create_experiment("tiny").experiment_id
    pipeline = client.upload_pipeline(package, "tiny").pipeline_id
    version = client._upload_api.upload_pipeline_version(
        package,
        name="second",
        pipelineid=pipeline,
        tags=json.dumps({"git_commit": COMMIT}),
    ).pipeline_version_id
    return Made(package, experiment, experiment == again, pipeline, version)


def run_all(client: kfp.Client, made: Made) -> tuple[dict[str, str], str]:
    """Runs by name (two good ones, a poor, a failing, a scheduled, a canceled one) and the schedule."""
    ids = {"pipeline_id": made.pipeline, "version_id": made.version}
    runs = {
        name: client.run_pipeline(made.experiment, name, params={"rows": rows}, **ids).run_id
        for name, rows in (("good", 5), ("poor", 2), ("bad", 0))
    }
    runs["inline"] = client.run_pipeline(
        made.experiment, "inline", pipeline_package_path=made.package, params={"rows": 6}
    ).run_id
    schedule = client.create_recurring_run(
        made.experiment, "nightly", cron_expression="0 0 3 * * *", params={"rows": 7}, **ids
    ).recurring_run_id
    runs["fired"] = fire(client, schedule)
    runs["canceled"] = client.run_pipeline(made.experiment, "canceled", **ids).run_id
    client.terminate_run(runs["canceled"])
    wait(client, runs)
    return runs, schedule


def fire(client: kfp.Client, schedule: str) -> str:
    """Let the stand-in's clock strike; the run that this starts."""
    url = f"{client._existing_host}/standin/recurringruns/{schedule}:fire"
    with urllib.request.urlopen(urllib.request.Request(url, method="POST")) as response:
        return str(json.load(response)["run_id"])


def wait(client: kfp.Client, runs: dict[str, str]) -> None:
    for name, run in runs.items():
        if name != "canceled":
            client.wait_for_run_completion(run, timeout=120, sleep_duration=1)
    while client.get_run(runs["canceled"]).state != "CANCELED":
        time.sleep(0.5)


def paged(client: kfp.Client) -> tuple[list[list[str]], int]:
    """Ids of all runs in pages of two, and how many there are in all."""
    pages: list[list[str]] = []
    token, total = "", 0
    while not pages or token:
        page = client.list_runs(page_size=2, sort_by="created_at asc", page_token=token)
        pages.append([run.run_id for run in page.runs])
        token, total = page.next_page_token, total or page.total_size
    return pages, total


def missing_run(client: kfp.Client) -> str:
    """How the server answers for a run that is not there."""
    try:
        client.get_run("nope")
    except kfp_server_api.ApiException as error:
        return f"{error.status} {json.loads(error.body)['code']}"
    return ""


def readable(client: kfp.Client, pipeline: str) -> list[bool]:
    """Whether the official models read each of these answers."""
    return [
        bool(answered(client, path, model))
        for path, model in (
            ("experiments", "V2beta1ListExperimentsResponse"),
            ("pipelines", "V2beta1ListPipelinesResponse"),
            (f"pipelines/{pipeline}/versions", "V2beta1ListPipelineVersionsResponse"),
            ("runs", "V2beta1ListRunsResponse"),
            ("recurringruns", "V2beta1ListRecurringRunsResponse"),
            ("healthz", "V2beta1GetHealthzResponse"),
            ("pipelines/names/tiny", "V2beta1Pipeline"),
        )
    ]


def main(host: str, folder: Path) -> None:
    client = kfp.Client(host=host)
    client._existing_host = host
    made = make(client, folder)
    runs, schedule = run_all(client, made)
    pages, total = paged(client)
    failed = json.dumps({"predicates": [{"operation": 1, "key": "state", "stringValue": "FAILED"}]})
    missing = missing_run(client)
    client.archive_run(runs["bad"])
    names = {run_id: name for name, run_id in runs.items()}
    versions = client.list_pipeline_versions(made.pipeline).pipeline_versions
    seen = {
        "same_experiment": made.is_same_experiment,
        "ids": {
            "experiment": made.experiment,
            "pipeline": made.pipeline,
            "version": made.version,
            "schedule": schedule,
        },
        "runs": {name: answered(client, f"runs/{run_id}", "V2beta1Run") for name, run_id in runs.items()},
        "pages": [[names[run] for run in page] for page in pages],
        "total": total,
        "failed": [run.display_name for run in client.list_runs(filter=failed).runs],
        "missing": missing,
        "default_version": client.get_pipeline_id("tiny") == made.pipeline,
        "versions": [version.display_name for version in versions],
        "archived": client.get_run(runs["bad"]).storage_state,
        "models": readable(client, made.pipeline),
    }
    print(json.dumps(seen))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
