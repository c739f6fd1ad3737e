# ruff: noqa: E501  the tables hold whole files, one a line
"""Orchestrators, typed components and tests of pipelines."""

from pathlib import Path

import pytest

from evidence.signals.results import SignalName
from tests.evidence.signals.trees import Tree, notebook, scanned, value

KFP = "from kfp import dsl\n@dsl.component\ndef train(rows: int) -> float:\n    return 1.0\n@dsl.pipeline(name='p')\ndef pipe(rows: int = 1):\n    train(rows=rows)\n"
ARGO = "apiVersion: argoproj.io/v1alpha1\nkind: {kind}\nmetadata: {{name: t}}\nspec:\n  entrypoint: a\n  templates:\n  - name: a\n    container: {{image: x}}\n"
KFP_V1 = """
    apiVersion: argoproj.io/v1alpha1
    kind: Workflow
    metadata:
      generateName: p-
      annotations: {pipelines.kubeflow.org/kfp_sdk_version: 1.8.22}
    spec:
      entrypoint: p
      templates: [{name: p, container: {image: x}}]
"""


@pytest.mark.parametrize(
    ("expected", "tree"),
    [
        (("kfp",), {"pipelines/p.py": KFP}),
        (("kfp",), {"p.py": "from kfp.dsl import component as c\n@c(base_image='x')\ndef f(a: int): ...\n"}),
        (("kfp",), {"p.py": "from kfp.v2.dsl import component, pipeline\n@component\ndef f(a: int): ...\n"}),
        (("kfp",), {"p.py": "import kfp\n@kfp.dsl.pipeline(name='x')\ndef f(): ...\n"}),
        (("kfp",), {"p.py": "from kfp.dsl import *\n@component\ndef f(a: int): ...\n"}),
        (
            ("kfp",),
            {
                "p.py": "import kfp\nclient = kfp.Client()\nclient.create_run_from_pipeline_package('x.yaml')\n"
            },
        ),
        (("kfp",), {"p.py": "import kfp.components as comp\nop = comp.create_component_from_func(f)\n"}),
        (
            ("kfp",),
            {
                "nb/p.ipynb": notebook(
                    "!pip install kfp\nfrom kfp import dsl", "@dsl.pipeline\ndef p():\n    pass"
                )
            },
        ),
        (("kfp",), {"compiled.yaml": KFP_V1}),
        (
            ("airflow",),
            {
                "airflow/dags/t.py": "from airflow import DAG\nwith DAG('t', schedule='@daily') as dag:\n    pass\n"
            },
        ),
        (
            ("airflow",),
            {"dags/t.py": "from airflow.decorators import dag, task\n@dag(schedule=None)\ndef t(): ...\n"},
        ),
        (("airflow",), {"dags/t.py": "from airflow.sdk import dag\n@dag\ndef t(): ...\n"}),
        (("airflow",), {"dags/t.py": "import airflow\nd = airflow.models.DAG('x')\n"}),
        (("tfx",), {"p.py": "from tfx import v1 as tfx\np = tfx.dsl.Pipeline(pipeline_name='x')\n"}),
        (
            ("kfp", "vertex"),
            {
                "p.py": "from google.cloud import aiplatform\njob = aiplatform.PipelineJob(display_name='x', template_path='p.json')\njob.submit()\n",
                "q.py": KFP,
            },
        ),
        (
            ("vertex",),
            {
                "p.py": "from google.cloud.aiplatform import pipeline_jobs, PipelineJob as PJ\nPJ(display_name='x').run()\n"
            },
        ),
        (("dagster",), {"p.py": "import dagster as dg\n@dg.asset\ndef a(): ...\n"}),
        (("dagster",), {"p.py": "from dagster import job, op\n@op\ndef a(): ...\n"}),
        (("prefect",), {"p.py": "from prefect import flow, task\n@flow(name='x')\ndef a(): ...\n"}),
        (("zenml",), {"p.py": "from zenml import pipeline, step\n@pipeline\ndef a(): ...\n"}),
        (
            ("zenml",),
            {"p.py": "from zenml.pipelines import pipeline\n@pipeline(enable_cache=False)\ndef a(): ...\n"},
        ),
        (("argo-workflows",), {"wf.yaml": ARGO.format(kind="WorkflowTemplate")}),
        (("argo-workflows",), {"wf.yaml": ARGO.format(kind="Workflow")}),
        (("azureml",), {"p.py": "from azure.ai.ml import dsl\n@dsl.pipeline(compute='x')\ndef p(): ...\n"}),
        (
            ("azureml",),
            {"p.py": "from azureml.pipeline.core import Pipeline\np = Pipeline(workspace=ws, steps=[])\n"},
        ),
        (
            ("azureml",),
            {
                "job.yml": "$schema: https://azuremlschemas.azureedge.net/latest/pipelineJob.schema.json\ntype: pipeline\njobs:\n  train: {type: command}\n"
            },
        ),
        (
            ("sagemaker",),
            {"p.py": "from sagemaker.workflow.pipeline import Pipeline\np = Pipeline(name='x', steps=[])\n"},
        ),
        (
            ("metaflow",),
            {
                "f.py": "from metaflow import FlowSpec, step\nclass T(FlowSpec):\n    @step\n    def start(self): ...\n"
            },
        ),
        (
            ("dvc-pipeline",),
            {"dvc.yaml": "stages:\n  train:\n    cmd: python train.py\n    deps: [data.csv]\n"},
        ),
        ((), {"p.py": "import kfp\nfrom airflow import DAG\nimport prefect\n"}),
        (
            (),
            {
                "p.py": "# from kfp import dsl\n# @dsl.pipeline\nx = '''\nfrom kfp import dsl\n@dsl.pipeline\ndef p(): ...\n'''\n"
            },
        ),
        ((), {"p.py": "from sklearn.pipeline import Pipeline\np = Pipeline([])\n"}),
        ((), {"p.py": "def component(f): return f\n@component\ndef x(): ...\n"}),
        (
            (),
            {
                "p.py": "from mylib import flow, dag, pipeline\n@flow\ndef a(): ...\n@dag\ndef b(): ...\n@pipeline\ndef c(): ...\n"
            },
        ),
        ((), {"examples/p.py": KFP}),
        ((), {"tests/test_p.py": KFP}),
        ((), {"docs/p.py": KFP}),
        ((), {"dvc.yaml": "stages: {}\n"}),
        ((), {"dvc.yaml": ""}),
        ((), {".github/workflows/a.yml": "on: push\njobs: {}\n"}),
        ((), {"requirements.txt": "kfp==2.0\napache-airflow==2.0\n"}),
        (
            (),
            {
                "k8s/argo.yaml": "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: x}\nspec: {source: {repoURL: x}}\n"
            },
        ),
        ((), {"p.py": "if False:\n    from kfp import dsl\n    @dsl.pipeline\n    def p(): ...\n"}),
        ((), {"p.py": "from google.cloud import aiplatform\naiplatform.init(project='x')\n"}),
        ((), {"workflow.yaml": "kind: Workflow\nname: x\n"}),
    ],
)
def test_orchestrator(expected: tuple[str, ...], tree: Tree) -> None:
    assert value("orchestrator", tree) == expected


COMPILED = Path(__file__).parents[2] / "data" / "kfp"


@pytest.mark.parametrize(
    ("expected", "code"),
    [
        (True, KFP),
        (
            True,
            "from kfp import dsl\nfrom kfp.dsl import Output, Model\n@dsl.component\ndef f(n: int, m: Output[Model]):\n    pass\n",
        ),
        (True, "from kfp import dsl\n@dsl.component\ndef f(n: int) -> None:\n    return\n"),
        (
            True,
            "from kfp import dsl\nfrom typing import NamedTuple\n@dsl.component\ndef f(n: int) -> NamedTuple('O', [('a', int)]):\n    return (1,)\n",
        ),
        (
            True,
            "from kfp.components import create_component_from_func\ndef f(a: int) -> str:\n    return 'x'\nop = create_component_from_func(f)\n",
        ),
        (True, "from zenml import step\n@step\ndef f(a: int) -> str:\n    return 'x'\n"),
        (True, "from dagster import op\n@op\ndef f(context, a: int) -> str:\n    return 'x'\n"),
        (False, "from kfp import dsl\n@dsl.component\ndef f(n):\n    pass\n"),
        (False, "from kfp import dsl\n@dsl.component\ndef f(n: int):\n    return n\n"),
        (
            False,
            "from kfp import dsl\nfrom typing import Any\n@dsl.component\ndef f(n: Any) -> int:\n    return 1\n",
        ),
        (False, KFP + "@dsl.component\ndef g(x):\n    pass\n"),
        (
            False,
            "from kfp.components import create_component_from_func\ndef f(a):\n    return 'x'\nop = create_component_from_func(f)\n",
        ),
        (
            False,
            "from kfp import dsl\ndef f(a: str):\n    return dsl.ContainerOp(name='x', image='y', arguments=[a])\n",
        ),
        (False, "def f(a: int) -> str:\n    return 'x'\n"),
        (False, "from airflow.decorators import task\n@task\ndef f(a: int) -> str:\n    return 'x'\n"),
        (False, "from prefect import task\n@task\ndef f(a: int) -> str:\n    return 'x'\n"),
    ],
)
def test_typed_components_in_code(expected: bool, code: str) -> None:
    assert value("typed_components", {"pipelines/p.py": code}) is expected


def test_typed_components_in_yaml() -> None:
    typed = "name: train\ninputs:\n- {name: rows, type: Integer}\noutputs:\n- {name: model, type: Model}\nimplementation:\n  container: {image: x}\n"
    assert value("typed_components", {"components/train.yaml": typed}) is True
    assert value("typed_components", {"components/train.yaml": typed.replace(", type: Integer", "")}) is False


def test_typed_components_says_what_share_is_typed() -> None:
    signals = scanned({"p.py": KFP + "@dsl.component\ndef g(x):\n    pass\n"})
    assert [note.why for note in signals.notes] == ["1 of 2 components are typed; g leaves x open"]


def test_compiled_pipeline_counts_as_kfp_with_typed_components() -> None:
    compiled = next(path for path in sorted(COMPILED.rglob("*.yaml")) if "pipelineInfo" in path.read_text())
    signals = scanned({"compiled/churn.yaml": compiled.read_text()})
    assert signals[SignalName.ORCHESTRATOR].value == ("kfp",)
    assert signals[SignalName.TYPED_COMPONENTS].value is True
    assert signals.pipeline_ir == ("compiled/churn.yaml",)


SOURCE = {"src/churn/pipeline.py": KFP, "src/churn/text.py": "def slug(x):\n    return x.lower()\n"}
DAG = {"dags/train.py": "from airflow import DAG\nwith DAG('t') as dag:\n    pass\n"}
STAGES = {
    "dvc.yaml": "stages:\n  train:\n    cmd: python src/train.py --n 1\n",
    "src/train.py": "def fit(x):\n    return x\n",
}


@pytest.mark.parametrize(
    ("expected", "tree"),
    [
        (
            True,
            SOURCE
            | {
                "tests/test_p.py": "from churn.pipeline import train\ndef test_train():\n    assert train.python_func(rows=1) == 1.0\n"
            },
        ),
        (
            True,
            SOURCE
            | {"tests/test_p.py": "import churn.pipeline as p\ndef test_train():\n    assert p.train\n"},
        ),
        (
            True,
            SOURCE
            | {
                "tests/test_p.py": "from churn import pipeline\ndef test_train():\n    assert pipeline.train\n"
            },
        ),
        (
            True,
            SOURCE
            | {
                "tests/test_p.py": "def test_train():\n    from churn.pipeline import pipe\n    assert pipe()\n"
            },
        ),
        (
            True,
            SOURCE
            | {
                "tests/test_p.py": "import importlib\ndef test_train():\n    assert importlib.import_module('churn.pipeline')\n"
            },
        ),
        (
            True,
            SOURCE
            | {
                "src/churn/__init__.py": "from .pipeline import pipe\n",
                "tests/test_p.py": "from churn import pipe\ndef test_p():\n    assert pipe()\n",
            },
        ),
        (
            True,
            SOURCE
            | {
                "tests/test_p.py": "import pytest\nfrom churn.pipeline import pipe\n@pytest.fixture\ndef compiled():\n    return pipe()\ndef test_p(compiled):\n    assert compiled\n"
            },
        ),
        (
            True,
            SOURCE
            | {
                "tests/conftest.py": "import pytest\nfrom churn.pipeline import pipe\n@pytest.fixture\ndef compiled():\n    return pipe()\n",
                "tests/test_p.py": "def test_p(compiled):\n    assert compiled['x']\n",
            },
        ),
        (
            True,
            SOURCE
            | {
                "tests/test_p.py": "from kfp import compiler\nfrom churn.pipeline import pipe\ndef test_compiles(tmp_path):\n    compiler.Compiler().compile(pipe, str(tmp_path / 'p.yaml'))\n"
            },
        ),
        (
            True,
            DAG
            | {
                "tests/test_dags.py": "from airflow.models import DagBag\ndef test_dags():\n    bag = DagBag('dags')\n    assert not bag.import_errors\n"
            },
        ),
        (
            True,
            STAGES
            | {"tests/test_train.py": "from src.train import fit\ndef test_fit():\n    assert fit(1) == 1\n"},
        ),
        (
            True,
            {
                "src/features.py": "def ratio(a, b):\n    return a / b\n",
                "tests/test_features.py": "from src.features import ratio\ndef test_ratio():\n    assert ratio(1, 2) == .5\n",
            },
        ),
        (
            True,
            SOURCE
            | {
                "tests/test_p.py": "import subprocess\ndef test_compiles():\n    subprocess.run(['python', 'src/churn/pipeline.py'], check=True)\n"
            },
        ),
        (
            False,
            SOURCE
            | {
                "tests/test_text.py": "from churn.text import slug\ndef test_slug():\n    assert slug('A') == 'a'\n"
            },
        ),
        (
            False,
            SOURCE
            | {
                "tests/test_p.py": "from churn.pipeline import train\ndef test_math():\n    assert abs(-1) == 1\n"
            },
        ),
        (
            False,
            SOURCE | {"tests/test_p.py": "from churn.pipeline import train\ndef test_train():\n    pass\n"},
        ),
        (
            False,
            SOURCE
            | {"tests/test_p.py": "# from churn.pipeline import train\ndef test_train():\n    assert f()\n"},
        ),
        (False, SOURCE | {"tests/test_p.py": "from churn.pipeline import train\n"}),
        (False, SOURCE),
        (
            False,
            SOURCE
            | {
                "examples/test_p.py": "from churn.pipeline import train\ndef test_train():\n    assert train()\n"
            },
        ),
        (
            False,
            {
                "src/model.py": "from sklearn.pipeline import Pipeline\np = Pipeline([])\n",
                "tests/test_model.py": "from src.model import p\ndef test_p():\n    assert p.steps == []\n",
            },
        ),
        (False, {"tests/test_p.py": KFP + "def test_x():\n    assert f()\n"}),
        (
            False,
            SOURCE
            | {
                "tests/test_p.py": "import pytest\nfrom churn.pipeline import train\n@pytest.mark.skip(reason='slow')\ndef test_train():\n    assert train()\n"
            },
        ),
    ],
)
def test_pipeline_tests(expected: bool, tree: Tree) -> None:
    assert value("pipeline_tests", tree) is expected
