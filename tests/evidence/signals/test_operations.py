# ruff: noqa: E501  the tables hold whole files, one a line
"""Infrastructure, GitOps, manifests, serving, canaries, continuous training, drift."""

import pytest

from tests.evidence.signals.trees import Tree, value, workflow

DEPLOYMENT = "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: churn\nspec:\n  replicas: 1\n"
CHART = {
    "deploy/churn/Chart.yaml": "apiVersion: v2\nname: churn\nversion: 0.1.0\n",
    "deploy/churn/values.yaml": "replicas: 2\ncanary:\n  enabled: false\n  percent: 10\n",
}


@pytest.mark.parametrize(
    ("expected", "tree"),
    [
        (("terraform",), {"infra/main.tf": 'resource "aws_s3_bucket" "b" {\n  bucket = "x"\n}\n'}),
        (("terraform",), {"infra/env/test/main.tf": 'module "vpc" {\n  source = "../vpc"\n}\n'}),
        (("pulumi",), {"Pulumi.yaml": "name: churn\nruntime: python\n"}),
        (
            ("cloudformation",),
            {
                "infra/templates/stack.yaml": "AWSTemplateFormatVersion: '2010-09-09'\nResources:\n  B:\n    Type: AWS::S3::Bucket\n    Properties:\n      Name: !Sub '${Env}-b'\n"
            },
        ),
        (
            ("cloudformation",),
            {
                "template.yaml": "Transform: AWS::Serverless-2016-10-31\nResources:\n  F:\n    Type: AWS::Serverless::Function\n"
            },
        ),
        (
            ("bicep",),
            {
                "infra/main.bicep": "param l string\nresource s 'Microsoft.Storage/storageAccounts@2023-01-01' = {\n  name: 'x'\n}\n"
            },
        ),
        (
            ("arm",),
            {
                "azuredeploy.json": '{"$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#", "resources": [{"type": "x"}]}'
            },
        ),
        (("cdk",), {"cdk.json": '{"app": "python3 app.py"}'}),
        (("cdk", "terraform"), {"cdk.json": '{"app": "x"}', "a.tf": 'resource "x" "y" {}\n'}),
        ((), {"infra/main.tf": ""}),
        ((), {"infra/main.tf": 'provider "aws" {}\nterraform {\n  backend "s3" {}\n}\n'}),
        ((), {"infra/main.tf": '# resource "a" "b" {\n# }\n/*\nresource "a" "b" {}\n*/\n'}),
        ((), {"examples/main.tf": 'resource "a" "b" {}\n'}),
        ((), {".terraform/modules/x/main.tf": 'resource "a" "b" {}\n'}),
        ((), {"cdk.json": "{}"}),
        ((), {"k8s/d.yaml": DEPLOYMENT}),
        ((), {"config.yaml": "Resources:\n  a:\n    Type: Something\n"}),
        ((), {"terraform.tfvars": 'a = "b"\n'}),
        ((), {"docs/main.bicep": "resource s 'x@1' = {\n}\n"}),
    ],
)
def test_iac(expected: tuple[str, ...], tree: Tree) -> None:
    assert value("iac", tree) == expected


@pytest.mark.parametrize(
    ("expected", "text"),
    [
        (
            True,
            "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: x}\nspec:\n  source: {repoURL: https://x, path: k8s}\n",
        ),
        (
            True,
            "apiVersion: argoproj.io/v1alpha1\nkind: ApplicationSet\nmetadata: {name: x}\nspec:\n  generators: [{list: {}}]\n  template: {spec: {}}\n",
        ),
        (
            True,
            "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {name: x}\nspec: {path: ./k8s, sourceRef: {kind: GitRepository}}\n",
        ),
        (
            True,
            "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: x}\nspec: {chart: {spec: {}}}\n",
        ),
        (False, "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources: [a.yaml]\n"),
        (
            False,
            "apiVersion: app.k8s.io/v1beta1\nkind: Application\nmetadata: {name: x}\nspec: {source: a}\n",
        ),
        (
            False,
            "apiVersion: argoproj.io/v1alpha1\nkind: Workflow\nmetadata: {name: x}\nspec: {templates: []}\n",
        ),
        (False, "# apiVersion: argoproj.io/v1alpha1\n# kind: Application\n"),
        (False, DEPLOYMENT),
    ],
)
def test_gitops(expected: bool, text: str) -> None:
    assert value("gitops", {"gitops/app.yaml": text}) is expected
    assert value("gitops", {"examples/app.yaml": text}) is False


@pytest.mark.parametrize(
    ("expected", "tree"),
    [
        (True, {"k8s/d.yaml": DEPLOYMENT}),
        (
            True,
            {
                "k8s/all.yaml": "# all\n---\n"
                + DEPLOYMENT
                + "---\napiVersion: v1\nkind: Service\nmetadata: {name: x}\n"
            },
        ),
        (True, {"overlays/test/kustomization.yaml": "resources:\n- ../base\n"}),
        (
            True,
            {
                "serving/isvc.yaml": "apiVersion: serving.kserve.io/v1beta1\nkind: InferenceService\nmetadata: {name: x}\nspec: {predictor: {}}\n"
            },
        ),
        (
            True,
            CHART
            | {
                "deploy/churn/templates/d.yaml": DEPLOYMENT.replace(
                    "replicas: 1", "replicas: {{ .Values.replicas }}"
                ).replace("name: churn", 'name: {{ include "c" . }}')
            },
        ),
        (
            True,
            CHART
            | {
                "deploy/churn/templates/d.yaml": DEPLOYMENT
                + "{{- with .Values.tolerations }}\n  tolerations:\n    {{- toYaml . | nindent 4 }}\n{{- end }}\n{{ broken"
            },
        ),
        (False, {"docker-compose.yml": "version: '3'\nservices:\n  a: {image: x}\n"}),
        (False, {".github/workflows/a.yml": "on: push\njobs: {}\n"}),
        (
            False,
            {
                "catalog-info.yaml": "apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata: {name: x}\n"
            },
        ),
        (False, {"skaffold.yaml": "apiVersion: skaffold/v2beta29\nkind: Config\nmetadata: {name: x}\n"}),
        (False, {"kubeconfig.yaml": "apiVersion: v1\nkind: Config\nclusters: []\n"}),
        (False, {"kind.yaml": "apiVersion: kind.x-k8s.io/v1alpha4\nkind: Cluster\nname: x\n"}),
        (False, {"k8s/d.yaml": "# " + DEPLOYMENT.replace("\n", "\n# ")}),
        (False, {"k8s/d.yaml": ""}),
        (False, {"examples/d.yaml": DEPLOYMENT}),
        (False, {"tests/data/d.yaml": DEPLOYMENT}),
        (False, {"docs/k8s/d.yaml": DEPLOYMENT}),
        (False, CHART),
        (False, {"config.yaml": "kind: model\napiVersion: 1\nname: x\n"}),
    ],
)
def test_k8s_manifests(expected: bool, tree: Tree) -> None:
    assert value("k8s_manifests", tree) is expected


FASTAPI = """
import joblib
from fastapi import FastAPI

app = FastAPI()
model = joblib.load("model.pkl")

@app.get("/health")
def health():
    return {"ok": True}

@app.post("/predict")
def predict(body: dict):
    return {"y": model.predict([list(body.values())]).tolist()}
"""
CRUD = """
from fastapi import FastAPI
app = FastAPI()
items = {}

@app.get("/items/{i}")
def read(i: int):
    return items[i]

@app.post("/items")
def write(item: dict):
    items[len(items)] = item
    return item

@app.get("/predictions")
def predictions():
    return db.query("select * from predictions")
"""
ROUTER = {
    "app/main.py": "from fastapi import FastAPI\nfrom app.routes import router\napp = FastAPI()\napp.include_router(router)\n",
    "app/routes.py": "from fastapi import APIRouter\nfrom app.service import answer\nrouter = APIRouter()\n@router.post('/v1/churn')\ndef churn(x: dict):\n    return answer(x)\n",
    "app/service.py": "import joblib\nmodel = joblib.load('m')\ndef answer(x):\n    return model.predict([x])\n",
}


@pytest.mark.parametrize(
    ("expected", "tree"),
    [
        (("fastapi",), {"app.py": FASTAPI}),
        (("fastapi",), ROUTER),
        (
            ("fastapi",),
            {
                "app.py": "import onnxruntime as ort\nfrom fastapi import FastAPI\napp = FastAPI()\ns = ort.InferenceSession('m.onnx')\n@app.post('/v1/score')\ndef score(x: dict):\n    return s.run(None, x)\n"
            },
        ),
        (
            ("flask",),
            {
                "app.py": "import pickle\nfrom flask import Flask, request\napp = Flask(__name__)\nmodel = pickle.load(open('m', 'rb'))\n@app.route('/predict', methods=['POST'])\ndef p():\n    return str(model.predict(request.json))\n"
            },
        ),
        (
            ("flask",),
            {
                "app/__init__.py": "from flask import Flask\napp = Flask(__name__)\nfrom app import views\n",
                "app/views.py": "from app import app\n@app.route('/invocations', methods=['POST'])\ndef p():\n    return str(run())\n",
            },
        ),
        (
            ("kserve",),
            {
                "isvc.yaml": "apiVersion: serving.kserve.io/v1beta1\nkind: InferenceService\nmetadata: {name: x}\nspec: {predictor: {sklearn: {storageUri: s3://x}}}\n"
            },
        ),
        (
            ("kserve",),
            {
                "m.py": "import kserve\nclass M(kserve.Model):\n    def predict(self, x): ...\nkserve.ModelServer().start([M('x')])\n"
            },
        ),
        (
            ("seldon",),
            {
                "s.yaml": "apiVersion: machinelearning.seldon.io/v1\nkind: SeldonDeployment\nmetadata: {name: x}\nspec: {predictors: [{name: a}]}\n"
            },
        ),
        (("bentoml",), {"bentofile.yaml": "service: 'service:svc'\ninclude: ['*.py']\n"}),
        (
            ("bentoml",),
            {
                "service.py": "import bentoml\n@bentoml.service\nclass S:\n    @bentoml.api\n    def predict(self, x): ...\n"
            },
        ),
        (("torchserve",), {"Dockerfile": "FROM pytorch/torchserve:latest\nCOPY m.mar /models\n"}),
        (
            ("torchserve",),
            {
                "handler.py": "from ts.torch_handler.base_handler import BaseHandler\nclass H(BaseHandler):\n    def handle(self, d, c): ...\n"
            },
        ),
        (
            ("torchserve",),
            {
                "serve.sh": "torch-model-archiver --model-name x --version 1\ntorchserve --start --model-store m\n"
            },
        ),
        (("tf-serving",), {"docker-compose.yml": "services:\n  tf:\n    image: tensorflow/serving:2.14\n"}),
        (("tf-serving",), {"Dockerfile": "FROM tensorflow/serving\nCOPY models /models\n"}),
        (
            ("vertex-endpoint",),
            {
                "d.py": "from google.cloud import aiplatform\ne = aiplatform.Endpoint.create(display_name='x')\nm = aiplatform.Model('x')\nm.deploy(endpoint=e)\n"
            },
        ),
        (
            ("sagemaker-endpoint",),
            {
                "d.py": "from sagemaker.sklearn import SKLearn\ne = SKLearn(entry_point='t.py')\np = e.deploy(instance_type='x', initial_instance_count=1)\n"
            },
        ),
        (
            ("sagemaker-endpoint",),
            {
                "d.py": "import boto3\nsm = boto3.client('sagemaker')\nsm.create_endpoint(EndpointName='x', EndpointConfigName='y')\n"
            },
        ),
        (("sagemaker-endpoint",), {"main.tf": 'resource "aws_sagemaker_endpoint" "e" {\n  name = "x"\n}\n'}),
        ((), {"app.py": CRUD}),
        ((), {"app.py": "from fastapi import FastAPI\n"}),
        (
            (),
            {
                "app.py": "from fastapi import FastAPI\napp = FastAPI()\n@app.get('/health')\ndef h():\n    return {}\n"
            },
        ),
        (
            (),
            {
                "app.py": "from flask import Flask\napp = Flask(__name__)\n@app.route('/')\ndef index():\n    return render_template('index.html')\n"
            },
        ),
        ((), {"tests/app.py": FASTAPI}),
        ((), {"examples/app.py": FASTAPI}),
        ((), {"client.py": "import requests\nrequests.post('http://x/predict', json={})\n"}),
        ((), {"requirements.txt": "bentoml==1\nfastapi==0.1\n"}),
        (
            (),
            {
                "examples/isvc.yaml": "apiVersion: serving.kserve.io/v1beta1\nkind: InferenceService\nmetadata: {name: x}\nspec: {predictor: {}}\n"
            },
        ),
        ((), {"app.py": "# from flask import Flask\n# @app.route('/predict')\nx = 1\n"}),
        (
            (),
            {
                "app.py": "from fastapi import FastAPI\napp = FastAPI()\n@app.post('/predict')\ndef p():\n    return {'todo': True}\n"
            },
        ),
        ((), {"bentofile.yaml": ""}),
        (
            (),
            {
                "t.py": "from sklearn.linear_model import LinearRegression\nm = LinearRegression()\nm.deploy()\n"
            },
        ),
    ],
)
def test_serving(expected: tuple[str, ...], tree: Tree) -> None:
    assert value("serving", tree) == expected


def isvc(percent: object) -> str:
    return f"apiVersion: serving.kserve.io/v1beta1\nkind: InferenceService\nmetadata: {{name: x}}\nspec:\n  predictor:\n    canaryTrafficPercent: {percent}\n    model: {{storageUri: s3://x}}\n"


def rollout(*steps: str) -> str:
    lines = "".join(f"      - {step}\n" for step in steps)
    return f"apiVersion: argoproj.io/v1alpha1\nkind: Rollout\nmetadata: {{name: x}}\nspec:\n  strategy:\n    canary:\n      steps:\n{lines}"


def mesh(first: int, second: int) -> str:
    route = f"[{{destination: {{host: a}}, weight: {first}}}, {{destination: {{host: b}}, weight: {second}}}]"
    return f"apiVersion: networking.istio.io/v1beta1\nkind: VirtualService\nmetadata: {{name: x}}\nspec:\n  http:\n  - route: {route}\n"


def seldon(first: int, second: int) -> str:
    return f"apiVersion: machinelearning.seldon.io/v1\nkind: SeldonDeployment\nmetadata: {{name: x}}\nspec:\n  predictors:\n  - {{name: a, traffic: {first}}}\n  - {{name: b, traffic: {second}}}\n"


@pytest.mark.parametrize(
    ("expected", "tree"),
    [
        (True, {"k8s/i.yaml": isvc(10)}),
        (True, {"k8s/r.yaml": rollout("setWeight: 20", "pause: {duration: 1h}", "setWeight: 100")}),
        (True, {"k8s/v.yaml": mesh(90, 10)}),
        (True, {"k8s/s.yaml": seldon(75, 25)}),
        (
            True,
            {
                "k8s/f.yaml": "apiVersion: flagger.app/v1beta1\nkind: Canary\nmetadata: {name: x}\nspec:\n  analysis: {stepWeight: 10, maxWeight: 50}\n"
            },
        ),
        (
            True,
            {
                "k8s/g.yaml": "apiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata: {name: x}\nspec:\n  rules:\n  - backendRefs:\n    - {name: a, weight: 90}\n    - {name: b, weight: 10}\n"
            },
        ),
        (
            True,
            {
                "k8s/k.yaml": "apiVersion: serving.knative.dev/v1\nkind: Service\nmetadata: {name: x}\nspec:\n  traffic:\n  - {revisionName: a, percent: 90}\n  - {revisionName: b, percent: 10}\n"
            },
        ),
        (
            True,
            {
                "k8s/n.yaml": "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata:\n  name: x\n  annotations:\n    nginx.ingress.kubernetes.io/canary: 'true'\n    nginx.ingress.kubernetes.io/canary-weight: '10'\n"
            },
        ),
        (True, {"d.py": "endpoint.deploy(model, traffic_split={'0': 10, '123': 90})\n"}),
        (True, {"d.py": "endpoint.deploy(model, traffic_percentage=10)\n"}),
        (
            True,
            {
                "d.py": "sm.create_endpoint_config(ProductionVariants=[{'VariantName': 'a', 'InitialVariantWeight': 9}, {'VariantName': 'b', 'InitialVariantWeight': 1}])\n"
            },
        ),
        (True, {"d.py": "endpoint.traffic = {'blue': 90, 'green': 10}\n"}),
        (
            True,
            {
                "e.yml": "$schema: https://azuremlschemas.azureedge.net/latest/managedOnlineEndpoint.schema.json\nname: x\nauth_mode: key\ntraffic: {blue: 90, green: 10}\n"
            },
        ),
        (True, workflow("gcloud run services update-traffic churn --to-revisions=churn-2=10")),
        (True, workflow("az ml online-endpoint update -n x --traffic 'blue=90 green=10'")),
        (
            True,
            {
                "t.yaml": "Resources:\n  F:\n    Type: AWS::Serverless::Function\n    Properties:\n      DeploymentPreference:\n        Type: Canary10Percent5Minutes\n"
            },
        ),
        (
            True,
            {
                "c/Chart.yaml": "apiVersion: v2\nname: c\n",
                "c/values.yaml": "canary: {percent: 10}\n",
                "c/templates/i.yaml": isvc("{{ .Values.canary.percent }}"),
            },
        ),
        (False, {"k8s/i.yaml": isvc(100)}),
        (False, {"k8s/i.yaml": isvc(0)}),
        (False, {"k8s/r.yaml": rollout("setWeight: 100")}),
        (
            False,
            {
                "k8s/r.yaml": "apiVersion: argoproj.io/v1alpha1\nkind: Rollout\nmetadata: {name: x}\nspec:\n  strategy:\n    blueGreen: {activeService: a}\n"
            },
        ),
        (False, {"k8s/v.yaml": mesh(100, 0)}),
        (False, {"k8s/s.yaml": seldon(100, 0)}),
        (False, {"k8s/d.yaml": DEPLOYMENT}),
        (False, {"k8s/i.yaml": isvc(10).replace("    canary", "    # canary")}),
        (False, {"examples/i.yaml": isvc(10)}),
        (False, {"tests/data/i.yaml": isvc(10)}),
        (False, {"d.py": "endpoint.deploy(model, traffic_split={'0': 100})\n"}),
        (False, {"d.py": "endpoint.deploy(model, traffic_split={'0': 100, '1': 0})\n"}),
        (False, {"d.py": "# traffic_split={'0': 10, '1': 90}\n"}),
        (False, {"d.py": "endpoint.deploy(model, traffic_percentage=100)\n"}),
        (False, {"README.md": "canaryTrafficPercent: 10"}),
        (
            False,
            CHART
            | {
                "deploy/churn/templates/r.yaml": "{{- if .Values.canary.enabled }}\n"
                + rollout("setWeight: 10")
                + "{{- end }}\n"
            },
        ),
    ],
)
def test_canary(expected: bool, tree: Tree) -> None:
    assert value("canary", tree) is expected


SCHEDULE = "{schedule: [{cron: '0 3 * * 1'}]}"
TRAIN = {
    "train.py": "from sklearn.linear_model import LogisticRegression\nm = LogisticRegression()\nm.fit(X, y)\n"
}


def dag(schedule: str, task: str = "train_model") -> str:
    return f"from airflow import DAG\nfrom airflow.operators.bash import BashOperator\nwith DAG('churn', {schedule}) as dag:\n    BashOperator(task_id='{task}', bash_command='x')\n"


@pytest.mark.parametrize(
    ("expected", "tree"),
    [
        (True, workflow("python train.py", on=SCHEDULE) | TRAIN),
        (True, workflow("python -m churn.train", on=SCHEDULE)),
        (True, workflow("dvc repro", on=SCHEDULE)),
        (True, workflow("make train", on=SCHEDULE) | TRAIN | {"Makefile": "train:\n\tpython train.py\n"}),
        (True, workflow("python train.py", on="repository_dispatch") | TRAIN),
        (True, workflow("python train.py", on="{push: {paths: ['data/**', '*.dvc']}}") | TRAIN),
        (
            True,
            workflow("python run.py", on=SCHEDULE)
            | {
                "run.py": "from churn.model import go\ngo()\n",
                "churn/model.py": "import xgboost as xgb\ndef go():\n    xgb.train({}, d)\n",
            },
        ),
        (
            True,
            {
                ".gitlab-ci.yml": 'retrain:\n  script: python train.py\n  rules:\n    - if: $CI_PIPELINE_SOURCE == "schedule"\n'
            }
            | TRAIN,
        ),
        (True, {"dags/t.py": dag("schedule='@weekly'")}),
        (True, {"dags/t.py": dag("schedule_interval='0 3 * * *'")}),
        (True, {"dags/t.py": dag("schedule=[Dataset('s3://x')]")}),
        (
            True,
            {
                "dags/t.py": "from airflow.decorators import dag, task\n@dag(schedule='@daily')\ndef churn():\n    @task\n    def train(): ...\n    train()\n"
            },
        ),
        (
            True,
            {
                "s.py": "import kfp\nc = kfp.Client()\nc.create_recurring_run(experiment_id='x', job_name='y', cron_expression='0 0 3 * * *')\n"
            },
        ),
        (
            True,
            {
                "s.py": "from google.cloud import aiplatform\nj = aiplatform.PipelineJob(display_name='x')\nj.create_schedule(cron='0 3 * * *', display_name='y')\n"
            },
        ),
        (
            True,
            {
                "f.py": "from prefect import flow\n@flow\ndef train_churn(): ...\nif __name__ == '__main__':\n    train_churn.serve(name='x', cron='0 3 * * *')\n"
            },
        ),
        (
            True,
            {
                "prefect.yaml": "deployments:\n- name: train-weekly\n  entrypoint: f.py:train\n  schedules:\n  - cron: 0 3 * * *\n"
            },
        ),
        (
            True,
            {
                "d.py": "from dagster import ScheduleDefinition, job\n@job\ndef training_job(): ...\ns = ScheduleDefinition(job=training_job, cron_schedule='0 3 * * *')\n"
            },
        ),
        (
            True,
            {
                "f.py": "from metaflow import FlowSpec, schedule, step\n@schedule(weekly=True)\nclass TrainFlow(FlowSpec):\n    @step\n    def train(self): ...\n"
            },
        ),
        (
            True,
            {
                "k8s/c.yaml": "apiVersion: batch/v1\nkind: CronJob\nmetadata: {name: churn-train}\nspec:\n  schedule: 0 3 * * *\n  jobTemplate: {}\n"
            },
        ),
        (
            True,
            {
                "k8s/c.yaml": "apiVersion: argoproj.io/v1alpha1\nkind: CronWorkflow\nmetadata: {name: retrain}\nspec:\n  schedule: 0 3 * * *\n  workflowSpec: {templates: []}\n"
            },
        ),
        (
            True,
            {
                "main.tf": 'resource "google_cloud_scheduler_job" "retrain" {\n  schedule = "0 3 * * *"\n  http_target {\n    uri = "https://x/train"\n  }\n}\n'
            },
        ),
        (True, {"crontab": "0 3 * * 1 cd /app && python train.py\n"}),
        (False, workflow("pytest", on=SCHEDULE) | TRAIN),
        (False, workflow("python train.py", on="workflow_dispatch") | TRAIN),
        (False, workflow("python train.py", on="pull_request") | TRAIN),
        (False, workflow("python train.py --dry-run", on=SCHEDULE) | TRAIN),
        (False, workflow("echo python train.py", on=SCHEDULE) | TRAIN),
        (False, workflow("python backup.py", on=SCHEDULE) | TRAIN | {"backup.py": "print(1)\n"}),
        (False, workflow("python scripts/split_train_test.py", on=SCHEDULE)),
        (False, workflow("python train.py", on=SCHEDULE, job="if: github.event_name == 'push'") | TRAIN),
        (False, workflow("pytest", on="[push]") | TRAIN),
        (False, {"dags/t.py": dag("schedule=None")}),
        (False, {"dags/t.py": dag("schedule_interval=None")}),
        (False, {"dags/t.py": dag("schedule='@once'")}),
        (False, {"dags/t.py": dag("start_date=None")}),
        (False, {"dags/t.py": dag("schedule='@daily'", task="load_data")}),
        (False, {"dags/t.py": dag("schedule='@daily'", task="prepare_training_data")}),
        (False, {"dags/t.py": dag("schedule='@daily'", task="fetch_train_timetable")}),
        (False, {"examples/t.py": dag("schedule='@daily'")}),
        (
            False,
            {
                "k8s/c.yaml": "apiVersion: batch/v1\nkind: CronJob\nmetadata: {name: churn-train}\nspec:\n  schedule: 0 3 * * *\n  suspend: true\n"
            },
        ),
        (
            False,
            {
                "k8s/c.yaml": "apiVersion: batch/v1\nkind: CronJob\nmetadata: {name: db-backup}\nspec:\n  schedule: 0 3 * * *\n"
            },
        ),
        (False, TRAIN),
        (
            False,
            {"main.tf": 'resource "google_cloud_scheduler_job" "report" {\n  schedule = "0 3 * * *"\n}\n'},
        ),
    ],
)
def test_scheduled_or_triggered_training(expected: bool, tree: Tree) -> None:
    assert value("scheduled_or_triggered_training", tree) is expected


@pytest.mark.parametrize(
    ("expected", "tree"),
    [
        (
            True,
            {
                "m.py": "from evidently.report import Report\nfrom evidently.metric_preset import DataDriftPreset\nr = Report(metrics=[DataDriftPreset()])\n"
            },
        ),
        (
            True,
            {
                "m.py": "import nannyml as nml\nc = nml.UnivariateDriftCalculator(column_names=[])\nc.fit(ref)\n"
            },
        ),
        (True, {"m.py": "from alibi_detect.cd import KSDrift\nd = KSDrift(ref)\nd.predict(x)\n"}),
        (
            True,
            {
                "m.py": "from google.cloud import aiplatform\naiplatform.ModelDeploymentMonitoringJob.create(display_name='x')\n"
            },
        ),
        (
            True,
            {
                "m.py": "from sagemaker.model_monitor import DefaultModelMonitor\nm = DefaultModelMonitor(role='x')\nm.create_monitoring_schedule()\n"
            },
        ),
        (
            True,
            {
                "m.py": "import tensorflow_data_validation as tfdv\ntfdv.validate_statistics(s, schema, serving_statistics=t)\n"
            },
        ),
        (
            True,
            {
                "m.py": "from scipy.stats import ks_2samp\ndef detect_drift(reference, current):\n    return ks_2samp(reference, current).pvalue < .05\n"
            },
        ),
        (
            True,
            {
                "m.py": "import numpy as np\ndef psi(expected, actual, bins=10):\n    e, _ = np.histogram(expected, bins)\n    a, _ = np.histogram(actual, bins)\n    return np.sum((e - a) * np.log(e / a))\n"
            },
        ),
        (
            True,
            {
                "rules.yaml": "apiVersion: monitoring.coreos.com/v1\nkind: PrometheusRule\nmetadata: {name: x}\nspec:\n  groups:\n  - name: a\n    rules:\n    - alert: FeatureDrift\n      expr: feature_psi > 0.2\n"
            },
        ),
        (
            True,
            {
                "prometheus/rules.yml": "groups:\n- name: a\n  rules:\n  - alert: DataDriftHigh\n    expr: churn_drift_score > 0.3\n"
            },
        ),
        (False, {"m.py": "import evidently\nimport nannyml\nfrom alibi_detect.cd import KSDrift\n"}),
        (False, {"m.py": "def check_drift():\n    pass\n"}),
        (
            False,
            {"m.py": "from scipy.stats import ks_2samp\ndef compare(a, b):\n    return ks_2samp(a, b)\n"},
        ),
        (False, {"m.py": "# DataDriftPreset()\ns = 'drift'\n"}),
        (False, {"tests/test_m.py": "from alibi_detect.cd import KSDrift\nd = KSDrift(ref)\n"}),
        (False, {"examples/m.py": "from alibi_detect.cd import KSDrift\nd = KSDrift(ref)\n"}),
        (False, {"rules.yaml": "groups:\n- name: a\n  rules:\n  - alert: InstanceDown\n    expr: up == 0\n"}),
        (
            False,
            {
                "rules.yaml": "groups:\n- name: a\n  rules:\n  - alert: ClockDrift\n    expr: node_ntp_offset > 1\n"
            },
        ),
        (False, {"m.py": "from prometheus_client import Counter\nc = Counter('predictions', 'x')\n"}),
        (False, workflow("terraform plan -detailed-exitcode # drift")),
    ],
)
def test_drift_monitoring(expected: bool, tree: Tree) -> None:
    assert value("drift_monitoring", tree) is expected
