"""Pipelines under test, and pipelines that continuous integration compiles or deploys."""

import ast
import re
from collections.abc import Iterator

from evidence.signals.builds import join
from evidence.signals.commands import Command, commands_in, dvc_recipes, python_target
from evidence.signals.detectors.components import COMPONENT
from evidence.signals.detectors.data import STORE_CALLS, STORE_MARKS
from evidence.signals.detectors.orchestration import ARGO_KINDS, code_proofs, pipeline_ir
from evidence.signals.detectors.tests import test_functions, test_modules
from evidence.signals.documents import at, items, mapping, word, words
from evidence.signals.exclusions import Role
from evidence.signals.integration import job_commands, python_calls
from evidence.signals.python_code import Function, Module
from evidence.signals.repository import Repository
from evidence.signals.results import Proof, SignalName
from evidence.signals.shell import Argv

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


def pipeline_tests(repo: Repository) -> Iterator[Proof]:
    """A test function uses a module that defines components, a pipeline, a DAG, a stage or features.

    Refused: tests of helpers only, an import that no test uses, an empty test, a pipeline of
    scikit-learn, which is a model.
    """
    definitions = _definitions(repo)
    fixtures = _conftest_fixtures(repo, definitions)
    for module in test_modules(repo):
        names = _names_of(repo, module, definitions)
        for function in test_functions(module):
            found = _use(module, function, names, definitions, fixtures)
            if found:
                yield Proof(path=module.path, line=function.lineno, why=f"{function.name} exercises {found}")


def _definitions(repo: Repository) -> frozenset[str]:
    """Files that define a part of a pipeline."""
    found = {module.path for module in repo.modules if _defines(repo, module)} | set(pipeline_ir(repo))
    for path in repo.paths(r"(^|/)dvc\.yaml$"):
        for file, line, text in dvc_recipes(repo, folder=path.rpartition("/")[0]):
            found |= _targets(
                repo, commands_in(repo, text, path=file, line=line, folder=path.rpartition("/")[0])
            )
    for path in repo.paths(r"(^|/)MLproject$"):
        for document in repo.yaml(path)[:1]:
            for entry in mapping(at(document, "entry_points")).values():
                found |= _targets(repo, commands_in(repo, word(at(entry, "command")), path=path))
    for manifest in repo.manifests:
        if manifest.is_of("argoproj.io", *ARGO_KINDS):
            for template in items(at(manifest.body, "spec", "templates")):
                container = at(template, "container")
                argv: Argv = (*words(at(container, "command")), *words(at(container, "args")))
                target = python_target(repo, argv, folder="") if argv else None
                found |= {target} if target else set()
    return frozenset(found)


def _targets(repo: Repository, commands: Iterator[Command]) -> set[str]:
    return {t for c in commands if (t := python_target(repo, c.argv, folder=c.folder))}


FEATURES = re.compile(r"(^|/|_)(features?|feature_engineering)(_\w+)?\.py$")


def _defines(repo: Repository, module: Module) -> bool:
    if any(True for _ in code_proofs(repo, module)) or any(True for _ in module.calls_to(STORE_CALLS)):
        return True
    if any(found.marked(COMPONENT) or found.marked(STORE_MARKS) for found in module.functions):
        return True
    return bool(FEATURES.search(module.path)) and bool(module.functions)


def _names_of(repo: Repository, module: Module, definitions: frozenset[str]) -> dict[str, str]:
    """Local names in a test file that stand for something of a defining file, and that file."""
    found: dict[str, str] = {}
    for site in module.sites:
        if isinstance(site.node, ast.Import | ast.ImportFrom):
            for alias in site.node.names:
                local = alias.asname or alias.name.split(".")[0]
                for meaning in (
                    [alias.name] if isinstance(site.node, ast.Import) else site.scope.lookup(local) or ()
                ):
                    path = _defining(repo, meaning, definitions)
                    if path:
                        found[local] = path
    return found


def _defining(repo: Repository, dotted: str, definitions: frozenset[str]) -> str | None:
    """The defining file that a dotted name leads to, also through a package that passes it on."""
    for _ in range(3):
        target = repo.find_module(dotted)
        if target is None:
            return None
        if target[0] in definitions:
            return target[0]
        package = repo.module(target[0]) if target[1] else None
        passed = package.scope.lookup(target[1].split(".")[0]) if package else None
        following = next(iter(sorted(passed)), None) if passed else None
        if following is None or following == dotted:
            return None
        dotted = following
    return None


LOADERS = re.compile(r"(airflow(\.\w+)*\.)DagBag")
COMPILERS = re.compile(r"kfp(\.\w+)*\.Compiler(\(\)\.|\.)compile")


def _use(
    module: Module,
    function: Function,
    names: dict[str, str],
    definitions: frozenset[str],
    fixtures: frozenset[str],
) -> str:
    """What of a pipeline a test function uses, directly or through a fixture or helper of its file."""
    for node in _with_helpers(module, function):
        for child in ast.walk(node):
            if isinstance(child, ast.Name) and child.id in names:
                return names[child.id]
            if isinstance(child, ast.arg) and child.arg in fixtures:
                return f"the fixture {child.arg}"
            if (
                isinstance(child, ast.Constant)
                and isinstance(child.value, str)
                and child.value in definitions
            ):
                return child.value
            if (
                isinstance(child, ast.Constant)
                and isinstance(child.value, str)
                and _dotted_in(child.value, definitions)
            ):
                return child.value
        lines = range(node.lineno, (node.end_lineno or node.lineno) + 1)
        for call in module.calls:
            if call.line in lines and any(LOADERS.fullmatch(n) or COMPILERS.fullmatch(n) for n in call.names):
                return "the pipelines"
    return ""


def _dotted_in(text: str, definitions: frozenset[str]) -> bool:
    """`importlib.import_module("pipelines.churn")`"""
    if not re.fullmatch(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)+", text):
        return False
    path = text.replace(".", "/") + ".py"
    return any(each == path or each.endswith(f"/{path}") for each in definitions)


def _with_helpers(module: Module, function: Function) -> list[Function]:
    """The function, and functions of its file that it names: fixtures as parameters, helpers by call."""
    by_name = {f.node.name: f.node for f in module.functions if isinstance(f.node, Function)}
    found, pending = [function], [function]
    while pending and len(found) < 20:
        for child in ast.walk(pending.pop()):
            name = child.arg if isinstance(child, ast.arg) else getattr(child, "id", "")
            other = by_name.get(name)
            if isinstance(child, ast.arg | ast.Name) and other is not None and other not in found:
                found.append(other)
                pending.append(other)
        if function.name.startswith("test") and "setUp" in by_name and by_name["setUp"] not in found:
            found.append(by_name["setUp"])
    return found


def _conftest_fixtures(repo: Repository, definitions: frozenset[str]) -> frozenset[str]:
    """Fixtures of conftest files that use a pipeline."""
    found: set[str] = set()
    for path in repo.paths(r"(^|/)conftest\.py$", role=Role.TEST):
        module = repo.module(path)
        if module is None:
            continue
        names = _names_of(repo, module, definitions)
        for each in module.functions:
            if isinstance(each.node, Function) and _use(module, each.node, names, definitions, frozenset()):
                found.add(each.node.name)
    return frozenset(found)


DETECTORS = {
    SignalName.CI_COMPILES_OR_DEPLOYS_PIPELINE: ci_compiles_or_deploys_pipeline,
    SignalName.PIPELINE_TESTS: pipeline_tests,
}
