"""Which orchestrator runs the system's pipelines."""

import ast
import re
from collections.abc import Iterator, Mapping

from evidence.signals.documents import at, items, mapping, mappings, word
from evidence.signals.python_code import Module
from evidence.signals.repository import Repository
from evidence.signals.results import Proof, SignalName

CALLS: Mapping[str, re.Pattern[str]] = {
    "kfp": re.compile(
        r"kfp(\.\w+)*\.(Compiler(\(\)\.|\.)compile|ContainerOp|Client\(\)\.(create_\w+|upload_\w+|"
        r"run_pipeline)|"
        r"create_component_from_func|func_to_container_op|load_component_from_\w+|"
        r"RegistryClient\(\)\.upload_pipeline|PipelineTask)"
    ),
    "airflow": re.compile(r"airflow(\.\w+)*\.DAG"),
    "tfx": re.compile(
        r"tfx(\.\w+)*\.(Pipeline|CsvExampleGen|ExampleValidator|SchemaGen|StatisticsGen|Trainer|Transform|"
        r"Pusher|Evaluator|"
        r"\w*ExampleGen|\w*DagRunner)(\(\)\.run)?"
    ),
    "vertex": re.compile(
        r"google\.cloud\.aiplatform(\.\w+)*\.PipelineJob(\.from_pipeline_func)?|"
        r"vertexai\.(\w+\.)*PipelineJob|"
        r"google_cloud_pipeline_components(\.\w+)*\.\w+(Op|Component)|"
        r"airflow\.providers\.google\.cloud\.operators\.vertex_ai\.pipeline_job\.\w+|"
        r"kfp\.v2\.google\.client\.AIPlatformClient"
    ),
    "dagster": re.compile(
        r"dagster(_\w+)?(\.\w+)*\.(Definitions|ScheduleDefinition|define_asset_job|"
        r"load_assets_from_modules|GraphDefinition)"
    ),
    "prefect": re.compile(r"prefect(\.\w+)*\.(Flow|flow)"),
    "zenml": re.compile(r"zenml(\.\w+)*\.(Pipeline|pipeline)"),
    "azureml": re.compile(
        r"azureml\.pipeline(\.\w+)*\.(Pipeline|PythonScriptStep|ParallelRunStep|CommandStep|"
        r"PublishedPipeline\.get)"
    ),
    "sagemaker": re.compile(
        r"sagemaker(\.\w+)*\.workflow(\.\w+)*\.(Pipeline|TrainingStep|ProcessingStep|ModelStep|TuningStep)|"
        r"sagemaker\.mlops\.workflow(\.\w+)*\.\w+|(boto3\.)(\w+\.)?client\(\)\.(create_pipeline|"
        r"start_pipeline_execution|update_pipeline)"
    ),
    "argo-workflows": re.compile(r"hera(\.\w+)*\.(Workflow|CronWorkflow|WorkflowTemplate|WorkflowService)"),
}
"""Calls that build or start a pipeline; importing alone proves nothing."""
DECORATORS: Mapping[str, re.Pattern[str]] = {
    "kfp": re.compile(
        r"kfp(\.\w+)*\.(component|pipeline|container_component|notebook_component|python_component|"
        r"graph_component)"
    ),
    "airflow": re.compile(r"airflow(\.\w+)*\.dag"),
    "tfx": re.compile(r"tfx\.(\w+\.)+component"),
    "dagster": re.compile(
        r"dagster(_\w+)?(\.\w+)*\.(asset|multi_asset|op|job|graph|graph_asset|schedule|sensor|repository|"
        r"pipeline|solid)"
    ),
    "prefect": re.compile(r"prefect(\.\w+)*\.flow"),
    "zenml": re.compile(r"zenml(\.\w+)*\.(pipeline|step)"),
    "azureml": re.compile(r"azure\.ai\.ml\.dsl(\.\w+)*\.pipeline|mldesigner\.\w+"),
    "sagemaker": re.compile(r"sagemaker\.workflow\.function_step\.step"),
}
BASES: Mapping[str, re.Pattern[str]] = {"metaflow": re.compile(r"metaflow(\.\w+)*\.FlowSpec")}


def orchestrator(repo: Repository) -> Iterator[Proof]:
    """Pipelines declared or started with an orchestrator's own constructs.

    Refused: an import that nothing uses, a pipeline of scikit-learn, the installation of a server,
    and text in comments.
    """
    for module in repo.modules:
        yield from code_proofs(repo, module)
    yield from _argo(repo)
    yield from _files(repo)


def code_proofs(repo: Repository, module: Module) -> Iterator[Proof]:
    """What one Python file shows; also says whether a file defines a pipeline."""
    for term, pattern in CALLS.items():
        for call in module.calls_to(pattern):
            if not repo.shadows(term):
                yield Proof(
                    path=module.path, line=call.line, why=f"calls {_spoken(call.node.func)}", term=term
                )
    for term, pattern in (*DECORATORS.items(), *BASES.items()):
        for found in (*module.functions, *module.classes):
            if found.marked(pattern) and not repo.shadows(term):
                yield Proof(path=module.path, line=found.line, why=f"defines {found.node.name}", term=term)


def _spoken(node: ast.expr) -> str:
    return ast.unparse(node).splitlines()[0][:60]


ARGO_KINDS = ("Workflow", "CronWorkflow", "WorkflowTemplate", "ClusterWorkflowTemplate")


def _argo(repo: Repository) -> Iterator[Proof]:
    """Argo Workflows; what the first KFP compiler wrote is such a manifest too, and is KFP's."""
    for manifest in repo.manifests:
        if manifest.is_of("argoproj.io", *ARGO_KINDS):
            spec = at(manifest.body, "spec")
            if at(spec, "templates") or at(spec, "workflowTemplateRef") or at(spec, "workflowSpec"):
                term = "kfp" if is_compiled_by_kfp(manifest.body) else "argo-workflows"
                yield Proof(
                    path=manifest.path, line=manifest.line, why=f"declares a {manifest.kind}", term=term
                )
        if manifest.is_of("kubeflow.org", "ScheduledWorkflow"):
            yield Proof(
                path=manifest.path, line=manifest.line, why="declares a ScheduledWorkflow", term="kfp"
            )


def is_compiled_by_kfp(body: object) -> bool:
    annotations = {**mapping(at(body, "metadata", "annotations")), **mapping(at(body, "metadata", "labels"))}
    return any(word(key).startswith("pipelines.kubeflow.org/") for key in annotations)


def pipeline_ir(repo: Repository) -> Iterator[str]:
    """Compiled KFP pipelines: files with the root and the components of the intermediate representation."""
    for path in repo.paths(r"\.(ya?ml|json)$"):
        text = repo.text(path)
        if "pipelineInfo" in text and "deploymentSpec" in text:
            documents = repo.documents(path)
            specs = [at(document, "pipelineSpec") or document for document in documents]
            if any(at(spec, "pipelineInfo", "name") and at(spec, "root", "dag") for spec in specs):
                yield path


def _files(repo: Repository) -> Iterator[Proof]:
    for path in pipeline_ir(repo):
        yield Proof(
            path=path, line=repo.line_of(path, r"pipelineInfo"), why="a compiled pipeline", term="kfp"
        )
    for path in repo.paths(r"(^|/)dvc\.yaml$"):
        stages = [s for document in repo.yaml(path) for s in mapping(at(document, "stages")).values()]
        if any(at(stage, "cmd") or at(stage, "do", "cmd") for stage in stages):
            line = repo.line_of(path, r"^stages:")
            yield Proof(path=path, line=line, why=f"{len(stages)} stages", term="dvc-pipeline")
    for path in repo.paths(r"\.ya?ml$"):
        yield from _azureml(repo, path)
        yield from _prefect(repo, path)


def _azureml(repo: Repository, path: str) -> Iterator[Proof]:
    text = repo.text(path)
    if "azuremlschemas" not in text and "azureml" not in text:
        return
    for body in (each for document in repo.yaml(path) for each in mappings(document)):
        schema = word(body.get("$schema"))
        if (word(body.get("type")) == "pipeline" or "pipelineJob" in schema) and mapping(body.get("jobs")):
            yield Proof(
                path=path, line=repo.line_of(path, r"^\s*jobs:"), why="a pipeline job", term="azureml"
            )


def _prefect(repo: Repository, path: str) -> Iterator[Proof]:
    if path.rpartition("/")[2] in {"prefect.yaml", "prefect.yml"}:
        for document in repo.yaml(path)[:1]:
            if any(at(each, "entrypoint") for each in items(at(document, "deployments"))):
                line = repo.line_of(path, r"entrypoint:")
                yield Proof(path=path, line=line, why="deploys a flow", term="prefect")


DETECTORS = {SignalName.ORCHESTRATOR: orchestrator}
