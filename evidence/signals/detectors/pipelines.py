"""Pipelines that continuous integration compiles or deploys."""

import ast
import re
from collections.abc import Iterator

from evidence.signals.builds import join
from evidence.signals.commands import Command, python_target
from evidence.signals.detectors.orchestration import ARGO_KINDS
from evidence.signals.integration import job_commands, python_calls
from evidence.signals.python_code import Module
from evidence.signals.repository import Repository
from evidence.signals.results import Proof, SignalName

COMMAND = re.compile(
    r"^(kfp\b.* (dsl compile|pipelines? (create|upload|create-version|upload-version)|run (create|submit)|"
    r"recurring-run create)|dsl-compile(-v2)?\b|"
    r"tfx (pipeline (create|update|compile)|run create)|az ml (job|pipeline|pipeline-component|component|"
    r"schedule|batch-endpoint|batch-deployment) (create|update)|"
    r"aws sagemaker (create-pipeline|update-pipeline|start-pipeline-execution)|run-pipeline\b|"
    r"argo (submit|cron (create|update)|template (create|update)|cluster-template (create|update)|lint)|"
    r"prefect (deploy|deployment (build|apply|create))|dagster-cloud|dagster project .*deploy|"
    r"zenml pipeline (build|run|create|deploy)|"
    r"kedro (kubeflow|vertexai|airflow|azureml|sagemaker) \w+|astro (deploy|dev parse)|pachctl (create|"
    r"update) pipeline|databricks bundle deploy|dbx deploy|"
    r"vertex-deployer (deploy|compile)|elyra-pipeline (submit|run)|pyflyte (register|package|serialize)|"
    r"gcloud composer environments storage dags import)"
)
DAG_COPY = re.compile(
    r"^(gsutil( -\S+)* (rsync|cp)|gcloud storage (cp|rsync)|aws s3 (sync|cp)|azcopy|"
    r"az storage blob (upload|sync)\S*|rsync|scp|kubectl cp)\b.*\bdags?\b"
)
DEPLOY_ACTION = re.compile(
    r"actions-prefect-deploy|dagster-cloud(-action)?|astronomer/deploy-action|kubeflow.*(compile|deploy|"
    r"submit|pipeline|action)|kfp.*(compile|upload|deploy)|aml-(run|compute)|aml-registermodel|"
    r"upload-cloud-storage.*dag",
    re.I,
)
CALL = re.compile(
    r"kfp(\.\w+)*\.Compiler(\(\)\.|\.)(compile|create_workflow)|kfp(\.\w+)*\.Client\(\)\.(upload_\w+|"
    r"create_run_\w+|run_pipeline|create_recurring_run)|"
    r".*\.(upload_pipeline(_version)?(_from_pipeline_func)?|create_run_from_pipeline_(func|package)|"
    r"create_recurring_run)|"
    r"google\.cloud\.aiplatform(\.\w+)*\.PipelineJob(\.\w+)?\(\)\.(submit|run|create_schedule)|"
    r"sagemaker(\.\w+)*\.workflow(\.\w+)*\.Pipeline\(\)\.(upsert|create|update|start)|"
    r"boto3(\.\w+)*\.client\(\)\.(create_pipeline|update_pipeline|start_pipeline_execution)|"
    r"azure\.ai\.ml(\.\w+)*\.MLClient(\.\w+)?\(\)\.(jobs|schedules|components)\.(create_or_update|"
    r"begin_create_or_update)|"
    r"azureml(\.\w+)*\.(Pipeline\(\)\.(publish|submit)|Experiment\(\)\.submit|PipelineEndpoint\.publish)|"
    r"prefect(\.\w+)*\.(Deployment\.build_from_flow(\(\)\.apply)?|Deployment\(\)\.apply|deploy|"
    r"flow\.from_source\(\)\.deploy)|"
    r"tfx(\.\w+)*\.Kubeflow\w*DagRunner\(\)\.run|hera(\.\w+)*\.\w*Workflow\w*\(\)\.(create|submit|update)"
)


def ci_compiles_or_deploys_pipeline(repo: Repository) -> Iterator[Proof]:
    """A job compiles the pipeline, uploads it, or brings it to its orchestrator.

    Followed: a Python script of the repository, into the functions that it calls. Refused: a script
    that nothing in CI runs, a function in it that nobody calls, deployment of services.
    """
    for job, commands in job_commands(repo):
        for command in commands:
            if (
                COMMAND.match(" ".join((command.name, *command.argv[1:])))
                or DAG_COPY.match(command.text)
                or re.match(r"curl .*/apis/v\w+/pipelines", command.text)
                or _applies_workflow(repo, command)
            ):
                yield from command.proofs(f"`{command.text[:60]}` brings out the pipeline")
            else:
                yield from _script(repo, command)
        for step in job.steps:
            if DEPLOY_ACTION.search(step.uses):
                yield Proof(path=step.path, line=step.line, why=f"{step.uses} brings out the pipeline")


def _applies_workflow(repo: Repository, command: Command) -> bool:
    """`kubectl apply -f` of a file or folder that declares a workflow."""
    argv = command.argv
    if command.name not in {"kubectl", "oc"} or not {"apply", "create", "replace"} & set(argv):
        return False
    targets = [
        join(command.folder, argv[i + 1]) for i, w in enumerate(argv[:-1]) if w in {"-f", "-k", "--filename"}
    ]
    return any(
        manifest.path == target or manifest.path.startswith(f"{target}/")
        for manifest in repo.manifests
        if manifest.is_of("argoproj.io", *ARGO_KINDS) or manifest.is_of("kubeflow.org", "ScheduledWorkflow")
        for target in targets
    )


def _script(repo: Repository, command: Command) -> Iterator[Proof]:
    for module, call in python_calls(repo, command):
        if any(CALL.fullmatch(name) for name in call.names) or _deploys_flow(module, call.node):
            yield from command.proofs(f"`{command.text[:60]}` brings out the pipeline")
            yield Proof(path=module.path, line=call.line, why=f"calls {ast.unparse(call.node.func)[:60]}")
            return
    target = python_target(repo, command.argv, folder=command.folder)
    flow = repo.module(target) if target else None
    if (
        flow
        and flow.imports_any("metaflow")
        and {"argo-workflows", "step-functions", "airflow"} & set(command.argv)
    ):
        yield from command.proofs(f"`{command.text[:60]}` brings out the flow")


def _deploys_flow(module: Module, node: ast.Call) -> bool:
    """`train_flow.deploy(…)` of Prefect, `pipeline.upsert(role_arn=…)` of SageMaker."""
    method = getattr(node.func, "attr", "")
    if method == "upsert":
        return any(keyword.arg == "role_arn" for keyword in node.keywords)
    return module.imports_any("prefect") and method == "deploy"


DETECTORS = {SignalName.CI_COMPILES_OR_DEPLOYS_PIPELINE: ci_compiles_or_deploys_pipeline}
