# ruff: noqa: E501  the tables hold whole files, one a line
"""Experiment tracking, model registry, and how data is versioned, validated and stored as features."""

import pytest

from tests.evidence.signals.trees import Tree, notebook, value, workflow


@pytest.mark.parametrize(
    ("expected", "code"),
    [
        (("mlflow",), "import mlflow\nwith mlflow.start_run():\n    mlflow.log_metric('a', 1)\n"),
        (("mlflow",), "import mlflow as ml\nml.autolog()\n"),
        (("mlflow",), "from mlflow import log_metrics as lm\nlm({'a': 1})\n"),
        (("mlflow",), "import mlflow.sklearn\nmlflow.sklearn.log_model(m, 'model')\n"),
        (
            ("mlflow",),
            "from mlflow.tracking import MlflowClient\nc = MlflowClient()\nc.log_metric('r', 'a', 1)\n",
        ),
        (("mlflow",), "def f():\n    import mlflow\n    mlflow.set_experiment('x')\n"),
        (("wandb",), "import wandb\nrun = wandb.init(project='x')\nrun.log({'a': 1})\n"),
        (
            ("wandb",),
            "from lightning.pytorch.loggers import WandbLogger\nlogger = WandbLogger(project='x')\n",
        ),
        (
            ("wandb",),
            "from transformers import TrainingArguments\na = TrainingArguments('o', report_to='wandb')\n",
        ),
        (("neptune",), "import neptune\nrun = neptune.init_run(project='x')\n"),
        (("comet",), "from comet_ml import Experiment\ne = Experiment(project_name='x')\n"),
        (("tensorboard",), "from torch.utils.tensorboard import SummaryWriter\nw = SummaryWriter()\n"),
        (("tensorboard",), "import tensorflow as tf\ncb = tf.keras.callbacks.TensorBoard(log_dir='x')\n"),
        (
            ("vertex",),
            "from google.cloud import aiplatform\naiplatform.init(experiment='x')\naiplatform.start_run('r')\n",
        ),
        (("vertex",), "from google.cloud import aiplatform as vertex_ai\nvertex_ai.log_metrics({'a': 1})\n"),
        (("clearml",), "from clearml import Task\ntask = Task.init(project_name='x', task_name='y')\n"),
        (("mlflow", "wandb"), "import mlflow, wandb\nmlflow.log_param('a', 1)\nwandb.init()\n"),
        ((), "import mlflow\nimport wandb\n"),
        ((), "import mlflow\nmodel = mlflow.pyfunc.load_model('runs:/x/model')\n"),
        ((), "import mlflow\nmlflow.set_tracking_uri('x')\nruns = mlflow.search_runs()\n"),
        ((), "import wandb\nwandb.init(mode='disabled')\n"),
        ((), "import wandb\napi = wandb.Api()\n"),
        ((), "# import mlflow; mlflow.start_run()\ns = 'mlflow.log_metric(1)'\n"),
        (
            (),
            "from kfp.dsl import Metrics, Output\ndef f(metrics: Output[Metrics]):\n    metrics.log_metric('a', 1)\n",
        ),
        ((), "class mlflow:\n    @staticmethod\n    def log_metric(a, b): ...\nmlflow.log_metric('a', 1)\n"),
        ((), "import logging\nlogging.info('mlflow.start_run')\n"),
        ((), "from google.cloud import aiplatform\naiplatform.init(project='x')\n"),
    ],
)
def test_experiment_tracking(expected: tuple[str, ...], code: str) -> None:
    assert value("experiment_tracking", {"src/train.py": code}) == expected


LOGS = "import mlflow\nmlflow.log_metric('a', 1)\n"


@pytest.mark.parametrize(
    "path",
    ["tests/test_train.py", "examples/train.py", "docs/train.py", "third_party/x/train.py", "venv/lib/a.py"],
)
def test_experiment_tracking_elsewhere_is_no_evidence(path: str) -> None:
    assert value("experiment_tracking", {path: LOGS}) == ()


def test_experiment_tracking_in_a_notebook() -> None:
    tree = {
        "notebooks/train.ipynb": notebook(
            "%pip install mlflow\n%matplotlib inline", "import mlflow", "mlflow.autolog()"
        )
    }
    assert value("experiment_tracking", tree) == ("mlflow",)


def test_experiment_tracking_ignores_markdown_and_outputs_of_a_notebook() -> None:
    text = notebook("x = 1").replace('"cell_type": "code"', '"cell_type": "markdown"')
    assert (
        value("experiment_tracking", {"a.ipynb": text.replace("x = 1", "import mlflow; mlflow.autolog()")})
        == ()
    )


@pytest.mark.parametrize(
    ("expected", "code"),
    [
        (True, "import mlflow\nmlflow.register_model('runs:/x/model', 'churn')\n"),
        (True, "import mlflow\nmlflow.sklearn.log_model(m, 'model', registered_model_name='churn')\n"),
        (
            True,
            "import mlflow\nNAME = 'churn'\nmlflow.xgboost.log_model(m, name='model', registered_model_name=NAME)\n",
        ),
        (
            True,
            "from mlflow import MlflowClient\nMlflowClient().set_registered_model_alias('churn', 'champion', '3')\n",
        ),
        (
            True,
            "from mlflow.tracking import MlflowClient\nclass P:\n    def __init__(self):\n        self.client = MlflowClient()\n    def go(self):\n        self.client.transition_model_version_stage('a', 1, 'Production')\n",
        ),
        (
            True,
            "from mlflow import MlflowClient\ndef promote(client: MlflowClient, v: str):\n    client.set_registered_model_alias('a', 'champion', v)\n",
        ),
        (True, "import mlflow\nm = mlflow.pyfunc.load_model('models:/churn@champion')\n"),
        (True, "import mlflow\nuri = f'models:/{name}/Production'\nm = mlflow.sklearn.load_model(uri)\n"),
        (True, "from google.cloud import aiplatform\nm = aiplatform.Model.upload(display_name='x')\n"),
        (True, "import wandb\nrun = wandb.init()\nrun.link_model(path='x', registered_model_name='y')\n"),
        (
            True,
            "import boto3\nsm = boto3.client('sagemaker')\nsm.create_model_package(ModelPackageGroupName='x')\n",
        ),
        (
            True,
            "from sagemaker.workflow.step_collections import RegisterModel\ns = RegisterModel(name='x')\n",
        ),
        (
            True,
            "from azureml.core import Model\nModel.register(workspace=ws, model_name='x', model_path='y')\n",
        ),
        (False, "import mlflow\nmlflow.sklearn.log_model(m, 'model')\n"),
        (False, "import mlflow\nmlflow.sklearn.log_model(m, 'model', registered_model_name=None)\n"),
        (False, "import mlflow\nm = mlflow.pyfunc.load_model('runs:/abc/model')\n"),
        (False, "import mlflow\nm = mlflow.pyfunc.load_model('models:/m-0123456789abcdef')\n"),
        (
            False,
            "from mlflow.tracking import MlflowClient\nclient = MlflowClient()\nclient.log_metric('r', 'a', 1)\n",
        ),
        (False, "from django.contrib import admin\nadmin.site.register(Model)\n"),
        (False, "def register_model(x): ...\nregister_model('a')\n"),
        (False, "# mlflow.register_model('x', 'y')\n"),
        (False, "import joblib\njoblib.dump(m, 'models/churn.pkl')\n"),
    ],
)
def test_model_registry_use(expected: bool, code: str) -> None:
    assert value("model_registry_use", {"src/train.py": code}) is expected


def test_model_registry_use_by_a_manifest() -> None:
    env = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: x}\nspec: {env: [{name: MODEL_URI, value: 'models:/churn@champion'}]}\n"
    assert value("model_registry_use", {"k8s/deploy.yaml": env}) is True


POINTER = "outs:\n- md5: a304afb96060aad90176268345e10355\n  size: 10\n  path: raw.csv\n"


@pytest.mark.parametrize(
    ("expected", "tree"),
    [
        (True, {"data/raw.csv.dvc": POINTER}),
        (
            True,
            {"dvc.lock": "schema: '2.0'\nstages:\n  a:\n    deps:\n    - path: data.csv\n      md5: a304\n"},
        ),
        (True, {"a.py": "import lakefs\nb = lakefs.repository('r').branch('main')\nb.commit(message='x')\n"}),
        (True, {"a.py": "df = spark.read.format('delta').option('versionAsOf', 3).load('/x')\n"}),
        (True, {"a.py": "from deltalake import DeltaTable\nt = DeltaTable('s3://x', version=3)\n"}),
        (True, {"a.py": "df = spark.sql('SELECT * FROM t VERSION AS OF 3')\n"}),
        (True, {"q.sql": "select * from churn.features\nfor system_time as of timestamp '2026-01-01'\n"}),
        (True, {"a.py": "df = spark.read.option('snapshot-id', 1).table('x')\n"}),
        (True, {"a.py": "import pandas as pd\ndf = pd.read_parquet('lakefs://repo/main/x.parquet')\n"}),
        (True, {"a.py": "import dvc.api\nwith dvc.api.open('data.csv', rev='v1') as f: pass\n"}),
        (True, {".gitattributes": "*.parquet filter=lfs diff=lfs merge=lfs -text\n"}),
        (False, {".dvc/config": "[core]\n    remote = s3\n"}),
        (False, {"data/raw.csv.dvc": ""}),
        (False, {"dvc.yaml": "stages:\n  a:\n    cmd: python a.py\n"}),
        (False, {"examples/raw.csv.dvc": POINTER}),
        (False, {".gitattributes": "*.png filter=lfs diff=lfs merge=lfs -text\n"}),
        (False, {".gitattributes": "# *.parquet filter=lfs\n*.csv text\n"}),
        (False, {"a.py": "import dvc\nimport lakefs\n"}),
        (False, {"a.py": "from deltalake import DeltaTable\nt = DeltaTable('s3://x')\n"}),
        (False, {"a.py": "import pandas as pd\ndf = pd.read_csv('data/v2/train.csv')\n"}),
        (False, {"a.py": "# spark.read.option('versionAsOf', 3)\n"}),
    ],
)
def test_data_versioning(expected: bool, tree: Tree) -> None:
    assert value("data_versioning", tree) is expected


@pytest.mark.parametrize(
    ("expected", "tree"),
    [
        (
            True,
            {
                "a.py": "import pandera as pa\nschema = pa.DataFrameSchema({'a': pa.Column(int)})\nschema.validate(df)\n"
            },
        ),
        (True, {"a.py": "import pandera.pandas as pa\nclass S(pa.DataFrameModel):\n    a: int\n"}),
        (True, {"a.py": "from pandera import SchemaModel\nclass S(SchemaModel):\n    a: int\n"}),
        (
            True,
            {
                "a.py": "import great_expectations as gx\ncontext = gx.get_context()\ncontext.run_checkpoint('x')\n"
            },
        ),
        (
            True,
            {
                "a.py": "import great_expectations as ge\ndf = ge.from_pandas(df)\ndf.expect_column_to_exist('a')\n"
            },
        ),
        (
            True,
            {"a.py": "import tensorflow_data_validation as tfdv\na = tfdv.validate_statistics(s, schema)\n"},
        ),
        (
            True,
            {
                "a.py": "from tfx.components import ExampleValidator\nv = ExampleValidator(statistics=s, schema=t)\n"
            },
        ),
        (
            True,
            {"a.py": "from deepchecks.tabular.suites import data_integrity\nr = data_integrity().run(ds)\n"},
        ),
        (True, {"a.py": "from evidently.test_suite import TestSuite\nt = TestSuite(tests=[])\n"}),
        (True, {"a.py": "from soda.scan import Scan\nscan = Scan()\nscan.execute()\n"}),
        (True, {"checks/churn.yml": "checks for churn:\n  - row_count > 0\n"}),
        (
            True,
            {
                "gx/expectations/churn.json": '{"expectations": [{"expectation_type": "expect_column_to_exist", "kwargs": {}}]}'
            },
        ),
        (
            True,
            {
                "dbt_project.yml": "name: x\n",
                "models/schema.yml": "version: 2\nmodels:\n- name: a\n  columns:\n  - name: id\n    tests: [not_null]\n",
            },
        ),
        (True, workflow("soda scan -d w -c conf.yml checks.yml")),
        (False, {"a.py": "import pandera as pa\nimport great_expectations\n"}),
        (False, {"a.py": "from pydantic import BaseModel\nclass R(BaseModel):\n    a: int\n"}),
        (False, {"gx/great_expectations.yml": "config_version: 3\n"}),
        (False, {"gx/expectations/churn.json": '{"expectations": []}'}),
        (False, {"tests/test_a.py": "import pandera as pa\ns = pa.DataFrameSchema({})\n"}),
        (False, {"a.py": "def validate(df):\n    return df.dropna()\n"}),
        (False, {"a.py": "# import pandera as pa; pa.DataFrameSchema({})\n"}),
        (False, {"a.py": "from sklearn.model_selection import cross_validate\ncross_validate(m, X, y)\n"}),
        (False, {"requirements.txt": "great-expectations==1.0\n"}),
    ],
)
def test_data_validation(expected: bool, tree: Tree) -> None:
    assert value("data_validation", tree) is expected


@pytest.mark.parametrize(
    ("expected", "tree"),
    [
        (
            True,
            {
                "feature_repo/feature_store.yaml": "project: churn\nregistry: data/registry.db\nprovider: local\n"
            },
        ),
        (True, {"f.py": "from feast import FeatureView, Field\nv = FeatureView(name='x', entities=[])\n"}),
        (
            True,
            {
                "f.py": "from feast import FeatureStore\nstore = FeatureStore(repo_path='.')\nstore.get_historical_features(entity_df=e, features=[])\n"
            },
        ),
        (True, {"f.py": "import hopsworks\nproject = hopsworks.login()\nfs = project.get_feature_store()\n"}),
        (
            True,
            {
                "f.py": "from google.cloud import aiplatform\nfs = aiplatform.Featurestore(featurestore_name='x')\n"
            },
        ),
        (
            True,
            {
                "f.py": "from sagemaker.feature_store.feature_group import FeatureGroup\ng = FeatureGroup(name='x')\n"
            },
        ),
        (
            True,
            {
                "f.py": "from tecton import batch_feature_view\n@batch_feature_view(sources=[])\ndef v(x): ...\n"
            },
        ),
        (
            True,
            {
                "f.py": "from databricks.feature_engineering import FeatureEngineeringClient\nfe = FeatureEngineeringClient()\nfe.create_table(name='x')\n"
            },
        ),
        (False, {"feature_repo/feature_store.yaml": ""}),
        (False, {"f.py": "import feast\n"}),
        (False, {"src/features.py": "def build(df):\n    return df\n"}),
        (
            False,
            {"src/feature_store.py": "class FeatureStore:\n    def get(self): ...\nFeatureStore().get()\n"},
        ),
        (False, {"examples/feature_store.yaml": "project: churn\nregistry: x\nprovider: local\n"}),
        (False, {"tests/feature_store.yaml": "project: churn\nregistry: x\nprovider: local\n"}),
    ],
)
def test_feature_store(expected: bool, tree: Tree) -> None:
    assert value("feature_store", tree) is expected
