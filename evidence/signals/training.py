"""Which commands, names and code train a model."""

import re
from collections.abc import Iterator

from evidence.signals.commands import Command, is_python_module
from evidence.signals.integration import python_calls
from evidence.signals.python_code import Module
from evidence.signals.repository import Repository
from evidence.signals.vocabulary import vocabulary

TRAINING = frozenset(
    ["train", "training", "retrain", "retraining", "trainer", "finetune", "finetuning", "fit", "refit"]
)
NO_TRAINING = vocabulary(
    "split data dataset datasets set sets df x y features csv parquet path dir file test timetable delay",
    "delays station stations railway ticket tickets schedule_board materials course employee staff user",
    "users loader",
)
"""Words beside which `train` names data (train_test_split, training_data) or railways."""
REHEARSAL = re.compile(
    r"--?(dry[-_]run|smoke([-_]test)?|fast[-_]dev[-_]run|help|version|check|list|sanity)\b|"
    r"--(max[-_]?steps|epochs|n[-_]epochs|num[-_]epochs)[= ]1\b|"
    r"--(sample|limit|subset)\b"
)
"""A training that only proves that the code runs."""
COMMANDS = re.compile(
    r"^(dvc (repro|exp run)|mlflow run|az ml (job|pipeline|online-endpoint invoke) create|"
    r"aws sagemaker (create-training-job|start-pipeline-execution|create-auto-ml-job)|"
    r"gcloud (beta )?ai (custom-jobs|hp-tuning-jobs|pipeline-jobs) create|"
    r"gcloud ai-platform jobs submit training|kfp (run (create|submit)|recurring-run create|job )|"
    r"argo submit|prefect deployment run|airflow dags trigger|"
    r"metaflow .*run|zenml pipeline run|dagster job (execute|launch)|databricks (jobs run-now|bundle run)|"
    r"kedro run|ploomber build|"
    r"sky (launch|jobs launch)|modal run|cml (runner )?launch|flyte(ctl|kit)? .*(create|run)|pyflyte run|"
    r"accelerate launch|torchrun|deepspeed)"
)
FIT = re.compile(
    r".*(\(\)|\?\w*(model|clf|classifier|regressor|estimator|pipe|pipeline|trainer|learner|lgbm|"
    r"xgb)\w*)(\.\w+)?\.(fit|train|train_model|fit_transform_model)"
)
TRAIN_CALL = re.compile(
    r"(xgboost|lightgbm)(\.\w+)*\.train|.*\.create_run_from_pipeline_\w+|.*\.run_pipeline|"
    r"google\.cloud\.aiplatform(\.\w+)*\.PipelineJob(\.\w+)?\(\)\.(submit|run)"
)
NO_MODEL = re.compile(
    r"(Scaler|Encoder|Imputer|Vectorizer|Tokenizer|PCA|Transformer|Binarizer|Discretizer|Selector|KBins|"
    r"Normalizer|LabelEncoder)\(\)"
)


def says_training(text: str) -> bool:
    """True if a name (function, task, file, pipeline, image) speaks of training a model."""
    for name in re.split(r"[\s/.:,;=\"'()\[\]{}@]+", text):
        words = re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", name).lower()
        parts = set(re.split(r"[_\-]+", words)) | (
            {"finetune"} if "fine_tune" in words or "fine-tune" in words else set()
        )
        if "retrain" in words or "trainmodel" in words or (parts & TRAINING and not parts & NO_TRAINING):
            return True
    return False


def trains(repo: Repository, command: Command) -> bool:
    """True if a command trains a model, or starts a pipeline that does."""
    if REHEARSAL.search(command.text):
        return False
    text = " ".join((command.name, *command.argv[1:]))
    if COMMANDS.match(text):
        return True
    if command.name in {"papermill", "jupyter"} and re.search(r"papermill|execute|run", text):
        return any(says_training(word) for word in command.argv[1:] if word.endswith(".ipynb"))
    if (
        command.name in {"python", "python3"}
        or command.argv[0].endswith(".py")
        or command.name in repo.entry_points
    ):
        return _python_trains(repo, command)
    if command.name in {"docker", "podman"} and command.argv[1:2] == ("run",):
        return any(says_training(word) for word in command.argv[2:] if not word.startswith("-"))
    if command.name in {"kubectl", "oc"}:
        return bool(re.search(r" (create job|create|apply|replace) ", f"{text} ")) and says_training(text)
    if command.name in {"curl", "http", "wget", "gh"}:
        return bool(
            re.search(r"apis/v\w+/runs|/api/v\d/dags/[^/]*train[^/]*/dagRuns|workflow run \S*train", text)
        )
    return command.name not in {
        "echo",
        "git",
        "docker",
        "aws",
        "gsutil",
        "cp",
        "mv",
        "rm",
        "cat",
        "ls",
        "pip",
    } and (says_training(command.name) or (command.name.endswith(".sh") and says_training(command.name)))


def _python_trains(repo: Repository, command: Command) -> bool:
    if is_python_module(
        command.argv, "pytest", "unittest", "pip", "build", "black", "ruff", "mypy", "flake8", "venv"
    ):
        return False
    named = [
        word
        for word in command.argv
        if word.endswith(".py") or (word in command.argv[2:3] and command.argv[1:2] == ("-m",))
    ]
    if any(says_training(word) for word in named) or (
        command.name in repo.entry_points and says_training(command.name)
    ):
        return True
    if set(command.argv[2:]) & TRAINING:
        return True  # `python -m churn.cli train --epochs 10`
    return any(is_fit(name) for _, call in python_calls(repo, command) for name in call.names)


def is_fit(name: str) -> bool:
    """A call that fits a model, not a scaler or an encoder."""
    return bool(TRAIN_CALL.fullmatch(name) or (FIT.fullmatch(name) and not NO_MODEL.search(name)))


def training_lines(module: Module) -> Iterator[int]:
    """Lines of a file whose functions, calls or texts speak of training."""
    for found in module.functions:
        if says_training(found.node.name):
            yield found.line
    if any(says_training(name) for name in module.imports):
        yield 1
    for call in module.calls:
        names = {name.rsplit(".", 1)[-1] for name in call.names}
        texts = [t for k in call.node.keywords if k.arg in TELLING for t in module.texts_of(k.value)]
        texts += [t for a in call.node.args[:1] for t in module.texts_of(a)]
        if (
            any(says_training(name) for name in names)
            or any(is_fit(n) for n in call.names)
            or any(map(says_training, texts))
        ):
            yield call.line


TELLING = vocabulary(
    "task_id dag_id name job_name display_name pipeline_name bash_command command cmd python_callable",
    "trigger_dag_id template_path pipeline_root job_id image arguments cmds entrypoint script entry_point",
    "target flow_name deployment_name experiment_name",
)
