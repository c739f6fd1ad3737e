"""The words for kinds, edges and gaps."""

from datetime import datetime

from django.utils.translation import gettext, gettext_lazy

from evidence.records import EdgeKind, NodeKind
from lineage.gaps import Gap, GapKind
from lineage.subgraph import GraphNode, Group

KINDS = {
    NodeKind.REPOSITORY: gettext_lazy("repository"),
    NodeKind.COMMIT: gettext_lazy("commit"),
    NodeKind.BRANCH: gettext_lazy("branch"),
    NodeKind.PULL_REQUEST: gettext_lazy("merged change"),
    NodeKind.WORKFLOW_RUN: gettext_lazy("CI run"),
    NodeKind.DATASET: gettext_lazy("dataset"),
    NodeKind.DATASET_VERSION: gettext_lazy("dataset version"),
    NodeKind.FEATURE_VIEW: gettext_lazy("feature view"),
    NodeKind.FEATURE_SERVICE: gettext_lazy("feature service"),
    NodeKind.PIPELINE: gettext_lazy("pipeline"),
    NodeKind.PIPELINE_VERSION: gettext_lazy("pipeline version"),
    NodeKind.PIPELINE_RUN: gettext_lazy("pipeline run"),
    NodeKind.SCHEDULE: gettext_lazy("schedule"),
    NodeKind.EXPERIMENT: gettext_lazy("experiment"),
    NodeKind.RUN: gettext_lazy("run"),
    NodeKind.MODEL: gettext_lazy("model"),
    NodeKind.LOGGED_MODEL: gettext_lazy("logged model"),
    NodeKind.MODEL_VERSION: gettext_lazy("model version"),
    NodeKind.IMAGE: gettext_lazy("image"),
    NodeKind.ENDPOINT: gettext_lazy("endpoint"),
    NodeKind.DEPLOYMENT: gettext_lazy("deployment"),
}

VERBS = {
    EdgeKind.CODE_OF: gettext_lazy("is the code of"),
    EdgeKind.MERGED_AS: gettext_lazy("was merged as"),
    EdgeKind.READ_BY: gettext_lazy("was read by"),
    EdgeKind.WROTE: gettext_lazy("wrote"),
    EdgeKind.REGISTERED_AS: gettext_lazy("was registered as"),
    EdgeKind.PROMOTED_TO: gettext_lazy("was promoted to"),
    EdgeKind.PACKAGED_IN: gettext_lazy("was packaged in"),
    EdgeKind.DEPLOYED_AS: gettext_lazy("was deployed as"),
    EdgeKind.COMPILED_TO: gettext_lazy("was executed as"),
    EdgeKind.TRIGGERED: gettext_lazy("triggered"),
    EdgeKind.CONTAINS: gettext_lazy("contains"),
    EdgeKind.VERSION_OF: gettext_lazy("has the version"),
    EdgeKind.CHILD_OF: gettext_lazy("holds"),
    EdgeKind.EVALUATED_BY: gettext_lazy("was evaluated by"),
    EdgeKind.SERVED_BY: gettext_lazy("is served by"),
}
"""What the cause does to the effect, in the direction of the drawing."""

STRENGTHS = {
    "verified": gettext_lazy("verified"),
    "observed": gettext_lazy("observed"),
    "declared": gettext_lazy("declared"),
    "heuristic": gettext_lazy("guessed"),
}
"""How an edge is known, in a word."""

GAPS = {
    GapKind.RUN_CODE: (
        gettext_lazy("no commit named"),
        gettext_lazy("The run does not say which commit it ran."),
        gettext_lazy(
            "Start it from a clean Git checkout, or set the tag mlflow.source.git.commit to the full SHA"
            " when the run starts."
        ),
    ),
    GapKind.RUN_DATA: (
        gettext_lazy("no data named"),
        gettext_lazy("The run does not say which data it read."),
        gettext_lazy('Log the training data with mlflow.log_input(dataset, context="training").'),
    ),
    GapKind.LOGGED_MODEL_RUN: (
        gettext_lazy("no run named"),
        gettext_lazy("No run is known that wrote this model."),
        gettext_lazy("Log the model inside an MLflow run, or connect the server where the run is."),
    ),
    GapKind.VERSION_RUN: (
        gettext_lazy("no run named"),
        gettext_lazy("No run is known that made this version."),
        gettext_lazy("Register the version from its run (runs:/<run id>/<path>), not from a bare file path."),
    ),
    GapKind.VERSION_DEPLOYMENT: (
        gettext_lazy("no deployment known"),
        gettext_lazy("Nothing reports that this version serves."),
        gettext_lazy(
            "If it does, report it with POST /api/v1/deployments/ when it is rolled out,"
            " or map its alias to an environment."
        ),
    ),
    GapKind.DEPLOYMENT_VERSION: (
        gettext_lazy("no model version named"),
        gettext_lazy("The deployment does not say which model version it serves."),
        gettext_lazy("Report it with the model's name and version."),
    ),
    GapKind.PIPELINE_RUN_VERSION: (
        gettext_lazy("no pipeline version known"),
        gettext_lazy("The pipeline run names no stored version of its pipeline."),
        gettext_lazy("Upload the compiled pipeline as a version and run that one."),
    ),
    GapKind.PIPELINE_CODE: (
        gettext_lazy("no commit named"),
        gettext_lazy("The pipeline version does not say which commit it was compiled from."),
        gettext_lazy("Give the version a code source address that ends in the full SHA when uploading it."),
    ),
}
"""Title, sentence and remedy of each gap."""


def kind_word(kind: str) -> str:
    """A node kind in words; kinds that are not known here are shown as stored."""
    return str(KINDS.get(NodeKind(kind), kind)) if kind in set(NodeKind) else kind.replace("_", " ")


def verb(kind: str) -> str:
    """An edge kind in words."""
    return str(VERBS[EdgeKind(kind)]) if kind in set(EdgeKind) else kind.replace("_", " ")


def strength_word(confidence: str) -> str:
    return str(STRENGTHS.get(confidence, confidence))


def group_title(group: Group) -> str:
    """How many are not drawn: "12 more", "1,000+ more"."""
    count = f"{group.more:,}{'+' if group.more_is_min else ''}"
    return gettext("%(count)s more") % {"count": count}


def gap_extent(gap: Gap) -> str:
    """How many nodes miss it; nothing for one."""
    count = len(gap.nodes)
    return "" if count == 1 else gettext("at %(count)d nodes") % {"count": count}


def title_and_detail(node: GraphNode) -> tuple[str, str]:
    """The two lines of a card: what it is called, and which one it is."""
    match node.kind:
        case NodeKind.MODEL_VERSION if node.attrs.get("name"):
            return str(node.attrs["name"]), f"v{node.attrs.get('version', '?')}"
        case NodeKind.COMMIT:
            sha = str(node.attrs.get("sha") or node.uid.rpartition(":")[2])[:7]
            return str(node.attrs.get("subject") or gettext("commit %(sha)s") % {"sha": sha}), sha
        case NodeKind.DATASET_VERSION:
            return str(node.attrs.get("name") or node.label), str(node.attrs.get("digest") or "")[:16]
        case NodeKind.DEPLOYMENT:
            return node.label, _traffic(node)
        case NodeKind.RUN | NodeKind.PIPELINE_RUN:
            return node.label, _when(node)
    return node.label, ""


def _traffic(node: GraphNode) -> str:
    traffic = node.attrs.get("traffic_percent")
    return f"{traffic:g} %" if isinstance(traffic, int | float) else ""


def _when(node: GraphNode) -> str:
    if node.started_at is None:
        return ""
    return node.started_at.strftime("%Y-%m-%d") + _took(node.started_at, node.ended_at)


def _took(start: datetime, end: datetime | None) -> str:
    """ ", 4 min": how long something ran, in its largest unit."""
    seconds = int((end - start).total_seconds()) if end else -1
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min"), (1, "s")):
        if seconds >= size:
            return f", {seconds // size} {unit}"
    return ""
