"""Drives the stand-in with the official, unmodified KFP client; run as a process of its own.

`python kfp_client_script.py HOST FOLDER` prints one JSON object with what it saw. kfp is imported here only.
"""

import json
import sys
import time
import urllib.request
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


def main(host: str, folder: Path) -> None:
    client = kfp.Client(host=host)
    client._existing_host = host
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
    ids = {"pipeline_id": pipeline, "version_id": version}

    good = client.run_pipeline(experiment, "good", params={"rows": 5}, **ids)
    poor = client.run_pipeline(experiment, "poor", params={"rows": 2}, **ids)
    bad = client.run_pipeline(experiment, "bad", params={"rows": 0}, **ids)
    inline = client.run_pipeline(experiment, "inline", pipeline_package_path=package, params={"rows": 6})
    schedule = client.create_recurring_run(
        experiment, "nightly", cron_expression="0 0 3 * * *", params={"rows": 7}, **ids
    ).recurring_run_id
    request = urllib.request.Request(f"{host}/standin/recurringruns/{schedule}:fire", method="POST")
    with urllib.request.urlopen(request) as response:
        fired = json.load(response)["run_id"]
    canceled = client.run_pipeline(experiment, "canceled", **ids)
    client.terminate_run(canceled.run_id)
    for run in (good, poor, bad, inline):
        client.wait_for_run_completion(run.run_id, timeout=120, sleep_duration=1)
    client.wait_for_run_completion(fired, timeout=120, sleep_duration=1)
    while client.get_run(canceled.run_id).state != "CANCELED":
        time.sleep(0.5)

    first = client.list_runs(page_size=2, sort_by="created_at asc")
    pages, token = [[run.run_id for run in first.runs]], first.next_page_token
    while token:
        page = client.list_runs(page_size=2, sort_by="created_at asc", page_token=token)
        pages.append([run.run_id for run in page.runs])
        token = page.next_page_token
    failed = json.dumps({"predicates": [{"operation": 1, "key": "state", "stringValue": "FAILED"}]})
    try:
        client.get_run("nope")
        missing = ""
    except kfp_server_api.ApiException as error:
        missing = f"{error.status} {json.loads(error.body)['code']}"
    client.archive_run(bad.run_id)
    names = {good.run_id: "good", poor.run_id: "poor", bad.run_id: "bad", inline.run_id: "inline"}
    names |= {fired: "fired", canceled.run_id: "canceled"}
    print(
        json.dumps(
            {
                "same_experiment": experiment == again,
                "ids": {
                    "experiment": experiment,
                    "pipeline": pipeline,
                    "version": version,
                    "schedule": schedule,
                },
                "runs": {
                    name: answered(client, f"runs/{run_id}", "V2beta1Run") for run_id, name in names.items()
                },
                "pages": [[names[run] for run in page] for page in pages],
                "total": first.total_size,
                "failed": [run.display_name for run in client.list_runs(filter=failed).runs],
                "missing": missing,
                "default_version": client.get_pipeline_id("tiny") == pipeline,
                "versions": [
                    v.display_name for v in client.list_pipeline_versions(pipeline).pipeline_versions
                ],
                "archived": client.get_run(bad.run_id).storage_state,
                "models": [
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
                ],
            }
        )
    )


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
