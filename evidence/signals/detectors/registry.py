"""Model registry: are models registered, promoted or taken by their registered name."""

import ast
import re
from collections.abc import Iterator

from evidence.signals.containers import DOCKERFILE
from evidence.signals.python_code import Call, Module, is_none
from evidence.signals.repository import Repository
from evidence.signals.results import Proof, SignalName
from evidence.signals.scripts import all_commands

CALLS = re.compile(
    r"mlflow(\.\w+)*\.register_model|"
    r"mlflow(\.\w+)*\.(MlflowClient|tracking\.client\.MlflowClient)\(\)\.(create_registered_model|"
    r"create_model_version|copy_model_version|"
    r"set_registered_model_alias|delete_registered_model_alias|transition_model_version_stage|"
    r"set_model_version_tag|get_model_version\w*|"
    r"get_latest_versions|update_model_version|update_registered_model|search_model_versions|"
    r"get_registered_model|search_registered_models|set_registered_model_tag)|"
    r"google\.cloud\.aiplatform(\.\w+)*\.Model\.upload\w*|"
    r"google\.cloud\.aiplatform(\.\w+)*\.ModelRegistry(\(\)\.\w+)?|"
    r"google_cloud_pipeline_components(\.\w+)*\.ModelUploadOp|"
    r"sagemaker(\.\w+)*\.(RegisterModel|ModelPackage|ModelPackageGroup\.create)|"
    r"boto3(\.\w+)*\.client\(\)\.(create_model_package\w*|update_model_package)|"
    r"azureml\.core(\.\w+)*\.Model\.register|azureml\.core(\.\w+)*\.Run\.get_context\(\)\.register_model|"
    r"azure\.ai\.ml(\.\w+)*\.MLClient(\.from_config)?\(\)\.models\.create_or_update|"
    r"wandb(\.\w+)*\.(link_model|link_artifact|register_model)|wandb(\.\w+)*\.init\(\)\.(link_model|"
    r"link_artifact)|"
    r"comet_ml(\.\w+)*\(\)\.register_model|comet_ml(\.\w+)*\.API\(\)\..*register\w*|"
    r"neptune(\.\w+)*\.init_model(_version)?|"
    r"clearml(\.\w+)*\.(OutputModel|InputModel)|model_registry\.ModelRegistry\(\)\.register_\w+|"
    r"hsml(\.\w+)*|hopsworks\.login\(\)\.get_model_registry\(\)(\.\w+)*\.create_model|"
    r"tfx(\.\w+)*\.Pusher|gto\.api\.(register|assign)"
)
ANY_REGISTER = re.compile(r"(azureml|sagemaker)(\.\w+)*(\(\))?(\.\w+)*\.register(_model)?")
REGISTERED_NAME = re.compile(r"mlflow(\.\w+)*\.(log_model|autolog|save_model)|mlflow\.(\w+\.)+log_model")
BY_NAME = re.compile(r"mlflow(\.\w+)*\.(load_model|get_model_info|download_artifacts|spark_udf|load_context)")
URI = re.compile(r"^models:/(?!m-)[^/@]+[/@].+")
URI_IN_TEXT = re.compile(r"models:/(?!m-)[\w.${}-]+[/@][\w.${}-]+")
COMMAND = re.compile(
    r"^(az ml model (create|register)|aws sagemaker (create-model-package|update-model-package)|"
    r"gcloud (beta )?ai models upload|"
    r"gto (register|assign)|wandb artifact put.*-t model|mlflow models? .*--?m(odel-uri)? models:/)"
)


def model_registry_use(repo: Repository) -> Iterator[Proof]:
    """Code, a command or a manifest writes to a registry or names a model by its registry address.

    Refused: logging a model without a registered name, loading by run or by path, an import alone.
    """
    for module in repo.modules:
        for call in module.calls:
            if _uses_registry(module, call):
                why = f"calls {ast.unparse(call.node.func).splitlines()[0][:60]}"
                yield Proof(path=module.path, line=call.line, why=why)
    for command in all_commands(repo):
        if COMMAND.search(command.text):
            yield from command.proofs(f"`{command.text[:60]}` registers a model")
    for path in repo.paths(r"\.(ya?ml|toml|env|properties|ini|cfg)$|(^|/)\.env$|" + DOCKERFILE):
        for number, line in enumerate(repo.text(path).splitlines(), start=1):
            if "models:/" in line and URI_IN_TEXT.search(line.split("#")[0]):
                yield Proof(path=path, line=number, why="names a model by its registry address")


def _uses_registry(module: Module, call: Call) -> bool:
    if any(CALLS.fullmatch(name) or ANY_REGISTER.fullmatch(name) for name in call.names):
        return True
    if any(REGISTERED_NAME.fullmatch(name) for name in call.names):
        name = call.argument("registered_model_name")
        return name is not None and not is_none(name)
    if any(BY_NAME.fullmatch(name) for name in call.names):
        every = [*call.node.args, *(keyword.value for keyword in call.node.keywords)]
        return any(URI.match(text) for value in every for text in module.texts_of(value))
    return False


DETECTORS = {SignalName.MODEL_REGISTRY_USE: model_registry_use}
