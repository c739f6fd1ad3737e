"""Infrastructure: declared as code, reconciled from Git, described for Kubernetes."""

import re
from collections.abc import Iterator

from evidence.signals import terraform
from evidence.signals.documents import at, items, mapping, word
from evidence.signals.repository import Manifest, Repository
from evidence.signals.results import Proof, SignalName


def iac(repo: Repository) -> Iterator[Proof]:
    """Resources declared as code.

    Refused: a provider or a backend without resources, files with everything commented out.
    """
    yield from _terraform(repo)
    yield from _projects(repo)
    yield from _stacks(repo)
    for path in repo.paths(r"\.bicep$"):
        text = terraform.uncommented(repo.text(path).replace("'", '"'))
        if re.search(r'(?m)^\s*(resource|module)\s+\w+\s+"[^"]+"', text):
            line = repo.line_of(path, r"^\s*(resource|module)\s")
            yield Proof(path=path, line=line, why="declares resources", term="bicep")


def _terraform(repo: Repository) -> Iterator[Proof]:
    for path in repo.paths(r"\.tf$"):
        for line, kind, _ in [
            *terraform.blocks(repo.text(path), "resource"),
            *terraform.blocks(repo.text(path), "module"),
        ][:1]:
            yield Proof(path=path, line=line, why=f"declares {kind}", term="terraform")
    for path in repo.paths(r"\.tf\.json$"):
        if at(repo.json(path), "resource") or at(repo.json(path), "module"):
            line = repo.line_of(path, '"(resource|module)"')
            yield Proof(path=path, line=line, why="declares resources", term="terraform")
    for path in repo.paths(r"(^|/)terragrunt\.hcl$"):
        if re.search(r"(?ms)^\s*terraform\s*\{[^}]*\bsource\s*=", terraform.uncommented(repo.text(path))):
            line = repo.line_of(path, r"\bsource\s*=")
            yield Proof(path=path, line=line, why="applies a Terraform module", term="terraform")


def _projects(repo: Repository) -> Iterator[Proof]:
    """Pulumi and CDK: the project file names the program that declares the resources."""
    for path in repo.paths(r"(^|/)Pulumi\.ya?ml$"):
        for document in repo.yaml(path)[:1]:
            runtime = word(at(document, "runtime")) or word(at(document, "runtime", "name"))
            declares = runtime != "yaml" or at(document, "resources")
            if word(at(document, "name")) and runtime and declares:
                line = repo.line_of(path, "^runtime")
                yield Proof(path=path, line=line, why=f"a Pulumi project in {runtime}", term="pulumi")
    for path in repo.paths(r"(^|/)cdk\.json$"):
        if word(at(repo.json(path), "app")):
            yield Proof(path=path, line=repo.line_of(path, '"app"'), why="a CDK application", term="cdk")
    for path in repo.paths(r"(^|/)cdktf\.json$"):
        if word(at(repo.json(path), "app")):
            yield Proof(
                path=path, line=repo.line_of(path, '"app"'), why="CDK for Terraform", term="terraform"
            )


def _stacks(repo: Repository) -> Iterator[Proof]:
    """CloudFormation (also SAM) and ARM templates."""
    for path in repo.paths(r"\.(ya?ml|json|template)$"):
        text = repo.text(path)
        if "AWS::" in text and "Type" in text:
            resources = [each for d in repo.documents(path) for each in mapping(at(d, "Resources")).values()]
            if any(re.match(r"AWS::\w+::\w+", word(at(each, "Type"))) for each in resources):
                line = repo.line_of(path, r"Type\"?:\s*\"?AWS::")
                yield Proof(path=path, line=line, why="declares resources", term="cloudformation")
        template = path.endswith(".json") and "eploymentTemplate.json" in text
        if template and items(at(repo.json(path), "resources")):
            line = repo.line_of(path, r'"resources"')
            yield Proof(path=path, line=line, why="declares resources", term="arm")


def gitops(repo: Repository) -> Iterator[Proof]:
    """A controller is told to reconcile a cluster from Git.

    Refused: a Kustomize file of the same kind, an `Application` of another API, a project without
    any application.
    """
    for manifest in repo.manifests:
        spec = at(manifest.body, "spec")
        if manifest.is_of("argoproj.io", "Application"):
            told = at(spec, "source") or at(spec, "sources")
        elif manifest.is_of("argoproj.io", "ApplicationSet"):
            told = at(spec, "template") and at(spec, "generators")
        elif manifest.is_of("kustomize.toolkit.fluxcd.io", "Kustomization"):
            told = at(spec, "path") or at(spec, "sourceRef")
        elif manifest.is_of("helm.toolkit.fluxcd.io", "HelmRelease"):
            told = at(spec, "chart") or at(spec, "chartRef")
        elif manifest.is_of("configsync.gke.io", "RootSync", "RepoSync"):
            told = at(spec, "git") or at(spec, "oci")
        else:
            continue
        if told or word(at(manifest.body, "metadata", "name")) == "rendered":
            yield Proof(path=manifest.path, line=manifest.line, why=f"declares a {manifest.kind}")


NO_CLUSTER_OBJECT = re.compile(
    r"^(skaffold|kind\.x-k8s\.io|eksctl\.io|backstage\.io|kubeadm\.k8s\.io|audit\.k8s\.io|"
    r"kubelet\.config\.k8s\.io|"
    r"client\.authentication\.k8s\.io|ctlptl\.dev|k3d\.io|minikube|tilt\.dev|config\.kio\.kyverno\.io|"
    r"kuttl\.dev|devspace|"
    r"kustomize\.config\.k8s\.io|apiserver\.config\.k8s\.io)(/|$)"
)
API = re.compile(r"^([a-z][a-z0-9.-]*/)?v\d+((alpha|beta)\d+)?$")


def k8s_manifests(repo: Repository) -> Iterator[Proof]:
    """Objects for a cluster: an API, a kind and a name, plainly, in a chart or through Kustomize.

    Refused: files of other tools that look alike (a kubeconfig, Skaffold, Backstage, kind), what a
    pipeline compiler wrote, a chart without templates.
    """
    for manifest in repo.manifests:
        if is_cluster_object(manifest):
            yield Proof(path=manifest.path, line=manifest.line, why=f"declares a {manifest.kind}")
    for path in repo.paths(r"(^|/)kustomization\.ya?ml$|(^|/)Kustomization$"):
        for document in repo.yaml(path)[:1]:
            keys = ("resources", "bases", "components", "helmCharts", "patches", "patchesStrategicMerge")
            if any(items(at(document, key)) for key in keys):
                yield Proof(path=path, line=repo.line_of(path, "|".join(keys)), why="composes manifests")


def is_cluster_object(manifest: Manifest) -> bool:
    body = manifest.body
    named = at(body, "metadata", "name") or at(body, "metadata", "generateName")
    if not API.match(manifest.api) or NO_CLUSTER_OBJECT.match(manifest.api) or not named:
        return False
    annotations = mapping(at(body, "metadata", "annotations"))
    return not any(word(key).startswith("pipelines.kubeflow.org/") for key in annotations)


DETECTORS = {SignalName.IAC: iac, SignalName.GITOPS: gitops, SignalName.K8S_MANIFESTS: k8s_manifests}
