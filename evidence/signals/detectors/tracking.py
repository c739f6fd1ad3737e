"""Experiment tracking: are runs recorded in a place made for it."""

import ast
import re
from collections.abc import Iterator, Mapping

from evidence.signals.python_code import Call, is_false, is_none, strings_in, text_of
from evidence.signals.repository import Repository
from evidence.signals.results import Proof, SignalName

LOGGERS = r"(pytorch_lightning|lightning|lightning_fabric)(\.\w+)*"
CALLS: Mapping[str, re.Pattern[str]] = {
    "mlflow": re.compile(
        r"mlflow(\.\w+)*\.(start_run|log_\w+|autolog|set_experiment|create_experiment|evaluate|save_run|run)|"
        r"mlflow(\.\w+)*\.MlflowClient\(\)\.(log_\w+|create_run|create_experiment)|"
        r"mlflow(\.\w+)*\.M[Ll][Ff]lowCallback|ray(\.\w+)*\.(MLflowLoggerCallback|setup_mlflow)|"
        rf"{LOGGERS}\.MLFlowLogger|transformers(\.\w+)*\.MLflowCallback|optuna(\.\w+)*\.MLflowCallback|"
        r"zenml\.integrations\.mlflow(\.\w+)+"
    ),
    "wandb": re.compile(
        rf"wandb(\.\w+)*\.(init|log|log_artifact|WandbCallback|WandbMetricsLogger|sweep|agent)|"
        rf"{LOGGERS}\.WandbLogger|"
        r"(optuna|transformers|xgboost|ray)(\.\w+)*\.(WeightsAndBiasesCallback|WandbCallback|"
        r"WandbLoggerCallback|setup_wandb)"
    ),
    "neptune": re.compile(
        rf"neptune(\.\w+)*\.(init|init_run|create_experiment|Run|NeptuneCallback|log_metric)|"
        rf"neptune_scale\.Run|{LOGGERS}\.NeptuneLogger"
    ),
    "comet": re.compile(
        rf"comet_ml(\.\w+)*\.(Experiment|ExistingExperiment|OfflineExperiment|start|init|Optimizer)|"
        rf"{LOGGERS}\.CometLogger"
    ),
    "tensorboard": re.compile(
        rf"(torch\.utils\.tensorboard|tensorboardX)(\.\w+)*\.SummaryWriter|(tensorflow|"
        rf"keras)(\.\w+)*\.TensorBoard|"
        rf"tensorflow\.summary\.(create_file_writer|scalar|FileWriter)|"
        rf"tensorflow\.compat\.v1\.summary\.FileWriter|{LOGGERS}\.TensorBoardLogger|"
        r"flax\.metrics\.tensorboard\.SummaryWriter"
    ),
    "vertex": re.compile(
        r"google\.cloud\.aiplatform(\.\w+)*\.(start_run|start_execution|log_params|log_metrics|"
        r"log_time_series_metrics|log_model|"
        r"log_classification_metrics|autolog|ExperimentRun(\.create)?|Experiment\.(create|get_or_create))"
    ),
    "clearml": re.compile(r"clearml(\.\w+)*\.(Task\.(init|create)|PipelineController)|trains\.Task\.init"),
}
REPORT_TO: Mapping[str, str] = {
    "wandb": "wandb",
    "mlflow": "mlflow",
    "neptune": "neptune",
    "comet_ml": "comet",
    "tensorboard": "tensorboard",
    "clearml": "clearml",
}
TRAINING_ARGUMENTS = re.compile(r"(transformers|trl)(\.\w+)*\.\w*(TrainingArguments|Config)")
VERTEX_INIT = re.compile(r"google\.cloud\.aiplatform\.init|vertexai\.init")


def experiment_tracking(repo: Repository) -> Iterator[Proof]:
    """The system's code starts runs or logs to a tracker.

    Refused: an import that nothing uses, a tracker that is only read or switched off, loading a
    model, and tests and examples.
    """
    for module in repo.modules:
        for term, pattern in CALLS.items():
            for call in module.calls_to(pattern):
                if not _is_off(call) and not repo.shadows(term):
                    why = f"calls {ast.unparse(call.node.func).splitlines()[0][:60]}"
                    yield Proof(path=module.path, line=call.line, why=why, term=term)
        for call in module.calls_to(TRAINING_ARGUMENTS):
            for term in _reported(call):
                yield Proof(path=module.path, line=call.line, why=f"reports to {term}", term=term)
        for call in module.calls_to(VERTEX_INIT):
            if call.argument("experiment") is not None and not is_none(call.argument("experiment")):
                yield Proof(path=module.path, line=call.line, why="starts an experiment", term="vertex")


def _is_off(call: Call) -> bool:
    """`wandb.init(mode="disabled")`, `autolog(disable=True)`"""
    disabled = call.argument("disable") or call.argument("disabled")
    if disabled is not None and not is_false(disabled) and isinstance(disabled, ast.Constant):
        return True
    return text_of(call.argument("mode")) == "disabled"


def _reported(call: Call) -> set[str]:
    value = call.argument("report_to")
    return {REPORT_TO[name] for name in (strings_in(value) if value else ()) if name in REPORT_TO}


DETECTORS = {SignalName.EXPERIMENT_TRACKING: experiment_tracking}
