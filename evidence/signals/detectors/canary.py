"""Canary: does a new version get a part of the traffic first."""

import ast
import re
from collections.abc import Iterator

from evidence.signals import terraform
from evidence.signals.documents import at, items, mapping, mappings, number, word
from evidence.signals.python_code import Call, Module, strings_in, text_of
from evidence.signals.repository import Manifest, Repository
from evidence.signals.results import Proof, SignalName
from evidence.signals.scripts import all_commands


def canary(repo: Repository) -> Iterator[Proof]:
    """Traffic is split between two versions, or a rollout raises it step by step.

    Refused: 0 or 100 percent, one version alone, blue-green that switches at once.
    """
    for manifest in repo.manifests:
        why = _split_of(manifest)
        if why:
            yield Proof(path=manifest.path, line=manifest.line, why=why)
    yield from _other_yaml(repo)
    for module in repo.modules:
        for call in module.calls:
            if _is_split_call(module, call):
                yield Proof(path=module.path, line=call.line, why="splits traffic between versions")
        yield from _assigned(module)
    for command in all_commands(repo):
        if _is_split_command(command.text):
            yield from command.proofs(f"`{command.text[:60]}` splits traffic")
    yield from _stacks(repo)


def is_part(value: object) -> bool:
    """More than nothing and less than everything, in percent."""
    found = number(word(value).rstrip("%"))
    return found is not None and 0 < found < 100


def _shares(weights: list[object]) -> bool:
    """At least two versions with a share each."""
    return sum(1 for weight in weights if (number(word(weight).rstrip("%m")) or 0) > 0) > 1


def _split_of(manifest: Manifest) -> str:
    """Why the object is a canary, or an empty text."""
    group = manifest.api.split("/")[0]
    spec = at(manifest.body, "spec")
    if group in {"serving.kserve.io", "serving.kubeflow.org"}:
        return _kserve(spec)
    if manifest.is_of("argoproj.io", "Rollout"):
        steps = [at(step, "setWeight") for step in items(at(spec, "strategy", "canary", "steps"))]
        return "sets canary weights step by step" if any(is_part(weight) for weight in steps) else ""
    if manifest.is_of("flagger.app", "Canary"):
        return _flagger(spec)
    if group in {"machinelearning.seldon.io", "mlops.seldon.io"}:
        return _seldon(manifest.kind, spec)
    return _mesh(manifest, group, spec)


def _kserve(spec: object) -> str:
    found = [each for body in mappings(spec) if (each := body.get("canaryTrafficPercent")) is not None]
    newer = [at(entry, "trafficPercent") for entry in items(at(spec, "canary"))]
    routes = [
        at(e, "weight")
        for b in mappings(at(spec, "nodes"))
        if b.get("routerType") == "Splitter"
        for e in items(b.get("steps"))
    ]
    if any(is_part(value) for value in [*found, *newer]):
        return "sends a part of the traffic to the canary"
    return "splits traffic between steps" if _shares(routes) else ""


def _flagger(spec: object) -> str:
    analysis = at(spec, "analysis") or at(spec, "canaryAnalysis")
    steps = [*items(at(analysis, "stepWeights")), at(analysis, "stepWeight")]
    rising = any(is_part(step) for step in steps)
    compared = bool(items(at(analysis, "match"))) and bool(at(analysis, "iterations"))
    return "raises the canary's traffic under analysis" if rising or compared else ""


def _seldon(kind: str, spec: object) -> str:
    if kind == "Experiment":
        weights = [at(each, "weight") for each in items(at(spec, "candidates"))]
    else:
        weights = [at(each, "traffic") for each in items(at(spec, "predictors"))]
    return "splits traffic between predictors" if _shares(weights) else ""


MESH = {
    "networking.istio.io": ("http", "tcp", "tls"),
    "gateway.networking.k8s.io": ("rules",),
    "traefik.containo.us": ("weighted",),
    "traefik.io": ("weighted",),
    "split.smi-spec.io": ("backends",),
    "serving.knative.dev": ("traffic",),
    "contour.io": ("routes",),
}


def _mesh(manifest: Manifest, group: str, spec: object) -> str:
    """Weights between the destinations of one route."""
    if group == "networking.k8s.io" and manifest.kind == "Ingress":
        notes = mapping(at(manifest.body, "metadata", "annotations"))
        weight = notes.get("nginx.ingress.kubernetes.io/canary-weight")
        on = word(notes.get("nginx.ingress.kubernetes.io/canary")) == "true"
        return "sends a part of the traffic to the canary" if on and is_part(weight) else ""
    for key in MESH.get(group, ()):
        section = at(spec, key)
        routes: list[list[object]] = [items(section)]
        routes += [
            items(value) for body in mappings(section) for value in body.values() if isinstance(value, list)
        ]
        for route in routes:
            if _shares(
                [
                    at(each, "weight") if at(each, "weight") is not None else at(each, "percent")
                    for each in route
                ]
            ):
                return "splits traffic by weight"
    return ""


def _other_yaml(repo: Repository) -> Iterator[Proof]:
    """Patches, Azure ML endpoints and SAM deployments: YAML that is no object of a cluster."""
    for path in repo.paths(r"\.(ya?ml|json)$"):
        text = repo.text(path)
        inline = re.search(r"(?m)^\s*path: \S*canaryTrafficPercent\s*\n\s*value: \"?(\d+)", text)
        if inline and is_part(inline[1]):
            line = repo.line_of(path, "canaryTrafficPercent")
            yield Proof(path=path, line=line, why="patches the canary's traffic")
        elif "canaryTrafficPercent" in text and "op" in text and not path.endswith(".json"):
            for body in (each for document in repo.yaml(path) for each in mappings(document)):
                if word(body.get("path")).endswith("canaryTrafficPercent") and is_part(body.get("value")):
                    line = repo.line_of(path, "canaryTrafficPercent")
                    yield Proof(path=path, line=line, why="patches the canary's traffic")
        if "nlineEndpoint" in text or re.search(r"(?m)^traffic:", text):
            for document in repo.yaml(path) if not path.endswith(".json") else ():
                split = mapping(at(document, "traffic"))
                if _shares(list(split.values())) and (
                    "auth_mode" in mapping(document) or "nlineEndpoint" in text
                ):
                    yield Proof(
                        path=path,
                        line=repo.line_of(path, "^traffic:"),
                        why="splits traffic between deployments",
                    )


SPLIT_KEYWORDS = frozenset({"traffic_split", "trafficSplit"})
PART_KEYWORDS = frozenset({"traffic_percentage", "canary_traffic_percent", "canaryTrafficPercent"})

VARIANT_KEYWORDS = frozenset({"ProductionVariants", "production_variants", "DesiredWeightsAndCapacities"})


def _is_split_call(module: Module, call: Call) -> bool:
    return any(_is_split_keyword(module, keyword) for keyword in call.node.keywords)


def _is_split_keyword(module: Module, keyword: ast.keyword) -> bool:
    value = keyword.value
    if keyword.arg in SPLIT_KEYWORDS:
        return isinstance(value, ast.Dict) and _shares(_constants(value.values))
    if keyword.arg in PART_KEYWORDS:
        return is_part(module.number_of(value))
    if keyword.arg in VARIANT_KEYWORDS:
        return _is_weighted(value)
    return keyword.arg == "DeploymentConfig" and bool({"CANARY", "LINEAR"} & set(strings_in(value)))


def _constants(nodes: list[ast.expr]) -> list[object]:
    """Numbers as they are; a share that is computed counts as one percent."""
    return [node.value if isinstance(node, ast.Constant) else 1 for node in nodes]


def _is_weighted(value: ast.expr) -> bool:
    entries = value.elts if isinstance(value, ast.List) else []
    weights = [pair[1] for entry in entries for pair in _pairs(entry) if "eight" in pair[0]]
    return len(entries) > 1 and (not weights or _shares(_constants(weights)))


def _pairs(entry: ast.expr) -> Iterator[tuple[str, ast.expr]]:
    """Names and values of a dictionary or of the keywords of a call."""
    if isinstance(entry, ast.Dict):
        yield from ((text_of(key), value) for key, value in zip(entry.keys, entry.values, strict=True))
    if isinstance(entry, ast.Call):
        yield from ((keyword.arg or "", keyword.value) for keyword in entry.keywords)


def _assigned(module: Module) -> Iterator[Proof]:
    """`endpoint.traffic = {"blue": 90, "green": 10}` and manifests written as dictionaries."""
    for site in module.sites:
        node = site.node
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Dict):
            target = node.targets[0]
            name = target.attr if isinstance(target, ast.Attribute) else getattr(target, "id", "")
            if name in {"traffic", "traffic_split"} and _shares(_constants(node.value.values)):
                yield Proof(path=module.path, line=node.lineno, why="splits traffic between deployments")
        if isinstance(node, ast.Dict):
            for key, value in zip(node.keys, node.values, strict=True):
                named = isinstance(key, ast.Constant) and key.value in PART_KEYWORDS
                if named and isinstance(value, ast.Constant) and is_part(value.value):
                    yield Proof(
                        path=module.path, line=node.lineno, why="sends a part of the traffic to the canary"
                    )


def _is_split_command(text: str) -> bool:
    """`--traffic-split=0=90,1=10`, `--to-revisions=a=10`, `--traffic "blue=90 green=10"`, a KServe patch."""
    found = re.search(r"--(traffic-split|to-revisions|to-tags|traffic)[= ]\s*([^-]\S*(?: \w+=\d+)*)", text)
    if found and re.match(r"(gcloud|az) ", text):
        return any(is_part(share) for share in re.findall(r"=(\d+)", found[2]))
    patched = re.search(r"canaryTrafficPercent\W{1,4}(\d+)", text)
    return bool(patched and is_part(patched[1]) and re.match(r"(kubectl|oc|curl) ", text)) or bool(
        re.match(r"kubectl[ -]argo[ -]rollouts set weight", text)
    )


def _stacks(repo: Repository) -> Iterator[Proof]:
    """SageMaker variants and gradual deployments in Terraform and CloudFormation."""
    for path in repo.paths(r"\.tf$"):
        for line, kind, body in terraform.blocks(repo.text(path), "resource"):
            variants = len(re.findall(r"\bproduction_variants\s*\{", body))
            gradual = re.search(r'type\s*=\s*"(CANARY|LINEAR)"', body)
            if kind.startswith("aws_sagemaker_endpoint") and (variants > 1 or gradual):
                yield Proof(path=path, line=line, why="splits traffic between variants")
            shares: list[object] = list(re.findall(r"\"?\d+\"?\s*[=:]\s*(\d+)", _traffic(body)))
            if kind == "google_vertex_ai_endpoint" and _shares(shares):
                yield Proof(path=path, line=line, why="splits traffic between models")
    for path in repo.paths(r"\.(ya?ml|json|template)$"):
        if "AWS::" in repo.text(path):
            for each in (each for document in repo.documents(path) for each in mappings(document)):
                if _is_gradual(each):
                    line = repo.line_of(path, r"Canary\d|Linear\d|CANARY|LINEAR|InitialVariantWeight")
                    yield Proof(path=path, line=line, why="shifts traffic gradually")


def _traffic(body: str) -> str:
    found = re.search(r"traffic_split\s*=\s*(.*)", body, re.DOTALL)
    return found[1][:300] if found else ""


def _is_gradual(body: dict[object, object]) -> bool:
    preference = word(at(body, "DeploymentPreference", "Type"))
    routing = word(at(body, "TrafficRoutingConfiguration", "Type")) or word(
        at(body, "TrafficRoutingConfig", "Type")
    )
    variants = items(body.get("ProductionVariants"))
    weighted = _shares([at(each, "InitialVariantWeight") for each in variants])
    return bool(re.match(r"(Canary|Linear)\d", preference)) or routing in {"CANARY", "LINEAR"} or weighted


DETECTORS = {SignalName.CANARY: canary}
