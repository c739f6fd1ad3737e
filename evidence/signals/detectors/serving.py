"""How the system serves its model."""

import ast
import re
from collections.abc import Iterator, Mapping

from evidence.signals import terraform
from evidence.signals.commands import Command
from evidence.signals.containers import dockerfiles
from evidence.signals.documents import at, mapping, mappings, word
from evidence.signals.python_code import Module
from evidence.signals.repository import Repository
from evidence.signals.results import Proof, SignalName
from evidence.signals.routes import web_service
from evidence.signals.scripts import all_commands

CALLS: Mapping[str, re.Pattern[str]] = {
    "kserve": re.compile(
        r"(kserve|kfserving)(\.\w+)*\.(ModelServer\(\)\.start|KServeClient\(\)\.(create|patch|replace)|"
        r"V1beta1InferenceService)"
    ),
    "bentoml": re.compile(r"bentoml(\.\w+)*\.Service"),
    "vertex-endpoint": re.compile(
        r"google\.cloud\.aiplatform(\.\w+)*\.(Endpoint(\.\w+)?\(\)\.deploy|Endpoint\.create|"
        r"PrivateEndpoint\.create|"
        r"Model(\.\w+)?\(\)\.deploy)|google_cloud_pipeline_components(\.\w+)*\.(ModelDeployOp|"
        r"EndpointCreateOp)|"
        r"google\.cloud\.aiplatform_v1(\.\w+)*\.EndpointServiceClient\(\)\.(create_endpoint|deploy_model)"
    ),
    "sagemaker-endpoint": re.compile(
        r"sagemaker(\.\w+)*\(\)\.deploy|sagemaker(\.\w+)*\(\)(\.\w+\(\))+\.deploy|(boto3|aiobotocore|"
        r"botocore)(\.\w+)*(\(\))?(\.client\(\))?"
        r"\.(create_endpoint|create_endpoint_config|update_endpoint)|"
        r"sagemaker(\.\w+)*\.Session\(\)\.(create_endpoint|endpoint_from_\w+)"
    ),
}
MARKS: Mapping[str, re.Pattern[str]] = {
    "kserve": re.compile(r"(kserve|kfserving)(\.\w+)*\.(Model|KFModel)"),
    "bentoml": re.compile(r"bentoml(\.\w+)*\.(service|BentoService)"),
    "torchserve": re.compile(
        r"ts\.torch_handler(\.\w+)*\.(BaseHandler|VisionHandler|ImageClassifier|TextClassifier|\w+Handler)"
    ),
}
COMMANDS: Mapping[str, re.Pattern[str]] = {
    "torchserve": re.compile(r"^(torchserve\b.*--start|torch-model-archiver\b)"),
    "tf-serving": re.compile(r"^(tensorflow_model_server|tf_serving_entrypoint\.sh)\b"),
    "seldon": re.compile(r"^seldon-core-microservice\b"),
    "bentoml": re.compile(r"^bentoml (serve|build|containerize|deploy)\b"),
    "vertex-endpoint": re.compile(r"^gcloud (beta )?ai endpoints (create|deploy-model)"),
    "sagemaker-endpoint": re.compile(r"^aws sagemaker (create-endpoint|update-endpoint)"),
}
IMAGES: Mapping[str, re.Pattern[str]] = {
    "torchserve": re.compile(r"(^|/)pytorch/torchserve"),
    "tf-serving": re.compile(r"(^|/)tensorflow/serving"),
    "seldon": re.compile(r"(^|/)seldonio/(?!seldon-core-operator|alibi-detect)\w"),
}
TERRAFORM: Mapping[str, re.Pattern[str]] = {
    "vertex-endpoint": re.compile(r"google_vertex_ai_endpoint"),
    "sagemaker-endpoint": re.compile(r"aws_sagemaker_endpoint(_configuration)?"),
}


def serving(repo: Repository) -> Iterator[Proof]:
    """A model is put behind an interface by the system's own code, manifest or command.

    Refused: a web service without a model, a client that calls an endpoint of others, installing a
    serving platform.
    """
    yield from _code(repo)
    yield from _manifests(repo)
    yield from _commands(repo)
    yield from _images(repo)
    yield from _files(repo)
    yield from web_service(repo)


def _code(repo: Repository) -> Iterator[Proof]:
    for module in repo.modules:
        for term, pattern in CALLS.items():
            for call in module.calls_to(pattern):
                why = f"calls {ast.unparse(call.node.func).splitlines()[0][:60]}"
                yield Proof(path=module.path, line=call.line, why=why, term=term)
        yield from _by_keywords(module)
        for term, pattern in MARKS.items():
            for found in (*module.classes, *module.functions):
                if found.marked(pattern):
                    yield Proof(
                        path=module.path, line=found.line, why=f"{found.node.name} serves a model", term=term
                    )


DEPLOY_KEYWORDS: Mapping[str, tuple[str, frozenset[str]]] = {
    "vertex-endpoint": (
        "google.cloud.aiplatform",
        frozenset({"deployed_model_display_name", "traffic_split", "traffic_percentage", "machine_type"}),
    ),
    "sagemaker-endpoint": ("sagemaker", frozenset({"initial_instance_count", "serverless_inference_config"})),
}


def _by_keywords(module: Module) -> Iterator[Proof]:
    """`model.deploy(…)` where the model comes from elsewhere: told by the keywords of the library in use."""
    for term, (package, keywords) in DEPLOY_KEYWORDS.items():
        for call in module.calls if module.imports_any(package) else ():
            if getattr(call.node.func, "attr", "") == "deploy" and call.keywords() & keywords:
                yield Proof(path=module.path, line=call.line, why="deploys to an endpoint", term=term)


def _manifests(repo: Repository) -> Iterator[Proof]:
    kinds = {
        ("serving.kserve.io", "InferenceService"): "kserve",
        ("serving.kubeflow.org", "InferenceService"): "kserve",
        ("serving.kserve.io", "LLMInferenceService"): "kserve",
        ("serving.kserve.io", "InferenceGraph"): "kserve",
        ("serving.kserve.io", "TrainedModel"): "kserve",
        ("machinelearning.seldon.io", "SeldonDeployment"): "seldon",
        ("mlops.seldon.io", "Model"): "seldon",
        ("mlops.seldon.io", "Pipeline"): "seldon",
        ("mlops.seldon.io", "Experiment"): "seldon",
        ("serving.yatai.ai", "BentoDeployment"): "bentoml",
    }
    for manifest in repo.manifests:
        term = kinds.get((manifest.api.split("/")[0], manifest.kind))
        if term and (mapping(at(manifest.body, "spec")) or "templates/" in manifest.path):
            yield Proof(path=manifest.path, line=manifest.line, why=f"declares a {manifest.kind}", term=term)


def _commands(repo: Repository) -> Iterator[Proof]:
    for command in all_commands(repo):
        for term, pattern in COMMANDS.items():
            if pattern.search(" ".join((command.name, *command.argv[1:]))):
                yield from _termed(command, term)


def _termed(command: Command, term: str) -> Iterator[Proof]:
    for proof in command.proofs(f"`{command.text[:60]}` serves a model"):
        yield Proof(path=proof.path, line=proof.line, why=proof.why, term=term)


def _images(repo: Repository) -> Iterator[Proof]:
    """A serving image as base of the own image, in a compose file or in a manifest."""
    for path, found in dockerfiles(repo):
        for each in found:
            if each.name == "FROM":
                yield from _image(each.value.split()[0], path, each.line)
    for path in repo.paths(r"(^|/)(docker-)?compose([._-][\w.-]+)?\.ya?ml$"):
        for body in (each for document in repo.yaml(path) for each in mappings(document)):
            yield from _image(
                word(body.get("image")), path, repo.line_of(path, re.escape(word(body.get("image"))) or "$^")
            )
    for manifest in repo.manifests:
        for body in mappings(manifest.body):
            image = word(body.get("image"))
            yield from _image(
                image, manifest.path, repo.line_of(manifest.path, re.escape(image)) if image else 1
            )


def _image(image: str, path: str, line: int) -> Iterator[Proof]:
    for term, pattern in IMAGES.items():
        if pattern.search(image):
            yield Proof(path=path, line=line, why=f"serves with {image}", term=term)


def _files(repo: Repository) -> Iterator[Proof]:
    for path in repo.paths(r"(^|/)bentofile\.ya?ml$"):
        for document in repo.yaml(path)[:1]:
            if word(at(document, "service")):
                yield Proof(
                    path=path, line=repo.line_of(path, "^service"), why="builds a Bento", term="bentoml"
                )
    for path in repo.paths(r"(^|/)pyproject\.toml$"):
        if word(at(repo.toml(path), "tool", "bentoml", "build", "service")):
            yield Proof(path=path, line=repo.line_of(path, "bentoml"), why="builds a Bento", term="bentoml")
    for path in repo.paths(r"(^|/)config\.properties$"):
        if re.search(r"(?m)^(inference_address|load_models|model_store|model_snapshot)\s*=", repo.text(path)):
            line = repo.line_of(path, "^(inference_address|load_models|model_store)")
            yield Proof(path=path, line=line, why="configures TorchServe", term="torchserve")
    for path in repo.paths(r"\.(config|conf|txt|pbtxt)$"):
        if re.search(r"(?m)^\s*model_config_list\s*:?\s*\{", repo.text(path)):
            line = repo.line_of(path, "model_config_list")
            yield Proof(path=path, line=line, why="configures TensorFlow Serving", term="tf-serving")
    yield from _stacks(repo)


def _stacks(repo: Repository) -> Iterator[Proof]:
    for path in repo.paths(r"\.tf$"):
        for line, kind, _ in terraform.blocks(repo.text(path), "resource"):
            for term, pattern in TERRAFORM.items():
                if pattern.fullmatch(kind):
                    yield Proof(path=path, line=line, why=f"declares {kind}", term=term)
    for path in repo.paths(r"\.(ya?ml|json|template)$"):
        if "AWS::SageMaker::Endpoint" in repo.text(path):
            for each in (r for d in repo.documents(path) for r in mapping(at(d, "Resources")).values()):
                if word(at(each, "Type")).startswith("AWS::SageMaker::Endpoint"):
                    line = repo.line_of(path, "AWS::SageMaker::Endpoint")
                    yield Proof(path=path, line=line, why="declares an endpoint", term="sagemaker-endpoint")


DETECTORS = {SignalName.SERVING: serving}
