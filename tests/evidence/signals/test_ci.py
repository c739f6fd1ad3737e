# ruff: noqa: E501  the tables hold whole files, one a line
"""Continuous integration: jobs of every system, and what their commands do."""

import pytest

from evidence.signals.results import SignalName
from tests.evidence.signals.trees import Tree, scanned, value, workflow

PYTEST_SCRIPT = "#!/usr/bin/env bash\nset -euo pipefail\npytest -q\n"


@pytest.mark.parametrize(
    "tree",
    [
        workflow("pytest -q"),
        workflow("python -m pytest tests"),
        workflow("poetry run pytest --cov"),
        workflow("uv run --frozen pytest"),
        workflow("uv run --with pytest python -m pytest"),
        workflow("pipenv run python -m unittest discover"),
        workflow("hatch run pytest"),
        workflow("hatch test"),
        workflow("coverage run -m pytest"),
        workflow("python manage.py test"),
        workflow("pip install -e . && pytest || exit 1"),
        workflow("docker run --rm -v $PWD:/src image:1 pytest -q"),
        workflow("docker compose run --rm app pytest -q"),
        workflow("tox"),
        workflow("go test ./..."),
        workflow("./mvnw -B verify"),
        workflow("|\n          pip install -r requirements.txt\n          # run them\n          pytest"),
        workflow("|\n          if [ -d tests ]; then\n            pytest tests\n          fi"),
        workflow("bash -c 'cd src && pytest'"),
        workflow("./scripts/test.sh") | {"scripts/test.sh": PYTEST_SCRIPT},
        workflow("bash scripts/test.sh") | {"scripts/test.sh": PYTEST_SCRIPT},
        workflow("make ci")
        | {"Makefile": ".PHONY: ci test\nci: lint test\nlint:\n\truff check .\ntest:\n\t@python -m pytest\n"},
        workflow("make -C ml test") | {"ml/Makefile": "PY ?= python\ntest:\n\t$(PY) -m pytest\n"},
        workflow("make") | {"Makefile": "all: test\ntest:\n\tpytest\n"},
        workflow("just test") | {"justfile": "test:\n    pytest -q\n"},
        workflow("task test") | {"Taskfile.yml": "version: 3\ntasks:\n  test:\n    cmds:\n      - pytest\n"},
        workflow("tox -e py311")
        | {"tox.ini": "[testenv]\ndeps = pytest\ncommands =\n    pytest {posargs}\n"},
        workflow("nox -s tests")
        | {"noxfile.py": "import nox\n@nox.session\ndef tests(session):\n    session.run('pytest')\n"},
        workflow("pdm run test") | {"pyproject.toml": "[tool.pdm.scripts]\ntest = 'pytest -q'\n"},
        workflow("poe test") | {"pyproject.toml": "[tool.poe.tasks]\ntest = 'pytest -q'\n"},
        workflow("hatch run cov")
        | {"pyproject.toml": "[tool.hatch.envs.default.scripts]\ncov = 'pytest --cov'\n"},
        workflow("npm test") | {"package.json": '{"scripts": {"test": "jest"}}'},
        workflow("python run_tests.py")
        | {"run_tests.py": "import pytest\nraise SystemExit(pytest.main(['-q']))\n"},
        workflow("docker build --target test .")
        | {"Dockerfile": "FROM a AS base\nCOPY . .\nFROM base AS test\nRUN pytest -q\n"},
        workflow("pytest", on="{schedule: [{cron: '0 3 * * *'}]}"),
        {
            ".github/workflows/a.yml": "on: push\njobs:\n  t:\n    uses: ./.github/workflows/t.yml\n",
            ".github/workflows/t.yml": "on: workflow_call\njobs:\n  t:\n    steps:\n      - run: pytest\n",
        },
        {
            ".github/workflows/a.yml": "on: push\njobs:\n  t:\n    steps:\n      - uses: ./.github/actions/t\n",
            ".github/actions/t/action.yml": "runs:\n  using: composite\n  steps:\n    - run: pytest\n      shell: bash\n",
        },
        {".gitlab-ci.yml": "test:\n  script:\n    - pip install .\n    - pytest\n"},
        {".gitlab-ci.yml": ".base:\n  script:\n    - pytest\ntest:\n  extends: .base\n"},
        {".gitlab-ci.yml": ".s:\n  script:\n    - pytest\ntest:\n  script:\n    - !reference [.s, script]\n"},
        {".gitlab-ci.yml": "include:\n  - local: /ci/test.yml\n", "ci/test.yml": "test:\n  script: pytest\n"},
        {"azure-pipelines.yml": "trigger: [main]\nsteps:\n  - script: pytest\n    displayName: Test\n"},
        {
            "azure-pipelines.yml": "stages:\n- stage: a\n  jobs:\n  - job: b\n    steps:\n    - template: ci/t.yml\n",
            "ci/t.yml": "steps:\n- bash: pytest\n",
        },
        {
            ".circleci/config.yml": "version: 2.1\njobs:\n  t:\n    docker: [{image: x}]\n    steps:\n      - checkout\n      - run: pytest\nworkflows:\n  w:\n    jobs: [t]\n"
        },
        {
            "Jenkinsfile": "pipeline {\n agent any\n stages {\n  stage('Test') {\n   steps {\n    sh 'pytest -q'\n   }\n  }\n }\n}\n"
        },
        {
            "cloudbuild.yaml": "steps:\n- name: python:3.11\n  entrypoint: bash\n  args: ['-c', 'pip install . && pytest']\n"
        },
        {
            "bitbucket-pipelines.yml": "pipelines:\n  default:\n    - step:\n        script:\n          - pytest\n"
        },
        {"buildspec.yml": "version: 0.2\nphases:\n  build:\n    commands:\n      - pytest\n"},
        {".travis.yml": "language: python\nscript: pytest\n"},
        {
            ".drone.yml": "kind: pipeline\nname: d\nsteps:\n- name: t\n  image: python\n  commands:\n  - pytest\n"
        },
    ],
)
def test_ci_runs_tests_is_seen(tree: Tree) -> None:
    assert value("ci_runs_tests", tree) is True


@pytest.mark.parametrize(
    "tree",
    [
        {"README.md": "run pytest"},
        workflow("echo pytest"),
        workflow("pip install pytest"),
        workflow("uv pip install pytest tox"),
        workflow("pytest --collect-only"),
        workflow("pytest --version"),
        workflow("|\n          # pytest\n          ruff check ."),
        workflow("|\n          cat <<EOF > x\n          pytest\n          EOF"),
        workflow("|\n          if false; then\n            pytest\n          fi"),
        workflow("|\n          exit 0\n          pytest"),
        workflow("which pytest"),
        workflow("test -f setup.py"),
        workflow("make test"),
        workflow("make lint") | {"Makefile": "lint:\n\truff check .\ntest:\n\tpytest\n"},
        workflow("make test") | {"Makefile": "test:\n\t@echo no tests yet, use pytest\n"},
        workflow("make test") | {"Makefile": "test:\n#\tpytest\n\ttrue\n"},
        workflow("./scripts/test.sh") | {"scripts/test.sh": "# pytest\necho done\n"},
        workflow("tox -e lint")
        | {"tox.ini": "[testenv]\ncommands = pytest\n[testenv:lint]\ncommands = ruff check\n"},
        workflow("nox -s lint")
        | {
            "noxfile.py": "import nox\n@nox.session\ndef tests(s):\n    s.run('pytest')\n@nox.session\ndef lint(s):\n    s.run('ruff')\n"
        },
        workflow("npm test")
        | {"package.json": '{"scripts": {"test": "echo \\"no test specified\\" && exit 1"}}'},
        workflow("pytest", job="if: false"),
        workflow("pytest", job="if: ${{ false }}"),
        workflow("pytest", on="workflow_dispatch"),
        workflow("pytest", on="workflow_call"),
        {
            ".github/workflows/a.yml": "on: push\njobs:\n  t:\n    steps:\n      - run: pytest\n        if: false\n"
        },
        {".github/workflows/a.yml": "# on: push\n# jobs:\n#   t:\n#     steps:\n#       - run: pytest\n"},
        {".github/workflows/a.yml.disabled": "on: push\njobs:\n  t:\n    steps:\n      - run: pytest\n"},
        {"examples/.github/workflows/a.yml": "on: push\njobs:\n  t:\n    steps:\n      - run: pytest\n"},
        {
            ".github/workflows/a.yml": "on: push\njobs:\n  pytest:\n    name: pytest\n    steps:\n      - name: Run pytest\n        run: ruff check\n"
        },
        {".gitlab-ci.yml": ".test:\n  script:\n    - pytest\nlint:\n  script: ruff check\n"},
        {".gitlab-ci.yml": "test:\n  script: pytest\n  when: manual\n"},
        {".gitlab-ci.yml": "test:\n  script: pytest\n  rules:\n    - when: never\n"},
        {"azure-pipelines.yml": "steps:\n  - script: pytest\n    enabled: false\n"},
        {"azure-pipelines.yml": "steps:\n  - script: pytest\n    condition: false\n"},
        {
            ".circleci/config.yml": "jobs:\n  t:\n    steps:\n      - run: pytest\n  l:\n    steps:\n      - run: ruff\nworkflows:\n  w:\n    jobs: [l]\n"
        },
        {
            "Jenkinsfile": "pipeline {\n stages {\n  stage('Test') {\n   steps {\n    // sh 'pytest'\n    echo 'pytest'\n   }\n  }\n }\n}\n"
        },
        {
            "Jenkinsfile": "pipeline {\n stages {\n  stage('Test') {\n   when { expression { false } }\n   steps { sh 'pytest' }\n  }\n }\n}\n"
        },
    ],
)
def test_ci_runs_tests_is_not_seen(tree: Tree) -> None:
    assert value("ci_runs_tests", tree) is False


@pytest.mark.parametrize(
    ("expected", "tree"),
    [
        (True, workflow("ruff check .")),
        (True, {".gitlab-ci.yml": "build:\n  script: make\n"}),
        (True, {"Jenkinsfile": "node {\n sh 'make'\n}\n"}),
        (False, {".github/workflows/a.yml": ""}),
        (False, {".github/workflows/a.yml": "on: push\njobs: {}\n"}),
        (False, {".github/workflows/a.yml": "name: x\non: push\njobs:\n  a: {\n"}),
        (
            False,
            {
                ".github/workflows/a.yml": "on: {schedule: [{cron: '0 0 * * *'}]}\njobs:\n  s:\n    steps:\n      - uses: actions/stale@v9\n"
            },
        ),
        (
            False,
            {".github/workflows/a.yml": "on: issues\njobs:\n  s:\n    steps:\n      - run: echo hello\n"},
        ),
        (False, {".github/workflows/README.md": "pytest"}),
        (False, {".github/dependabot.yml": "version: 2\nupdates: []\n"}),
        (False, {"docs/.github/workflows/a.yml": "on: push\njobs:\n  t:\n    steps:\n      - run: pytest\n"}),
        (False, {"vendor/x/.travis.yml": "script: pytest\n"}),
    ],
)
def test_ci_workflow(expected: bool, tree: Tree) -> None:
    assert value("ci_workflow", tree) is expected


@pytest.mark.parametrize(
    ("expected", "tree"),
    [
        (True, workflow("docker build -t churn:${{ github.sha }} .")),
        (True, workflow("docker buildx build --push -t a .")),
        (True, workflow("make image") | {"Makefile": "image:\n\tdocker build -t x .\n"}),
        (True, workflow("docker compose build")),
        (True, workflow("docker compose -f deploy/compose.yml build")),
        (True, workflow("gcloud builds submit --tag gcr.io/p/x")),
        (True, workflow("az acr build -r x -t y .")),
        (True, workflow("bentoml containerize churn:latest")),
        (
            True,
            {
                ".github/workflows/a.yml": "on: push\njobs:\n  t:\n    steps:\n      - uses: docker/build-push-action@v5\n        with: {push: true}\n"
            },
        ),
        (
            True,
            {
                ".gitlab-ci.yml": "b:\n  image:\n    name: gcr.io/kaniko-project/executor:debug\n    entrypoint: ['']\n  script:\n    - /kaniko/executor --context $CI_PROJECT_DIR --destination x\n"
            },
        ),
        (
            True,
            {"cloudbuild.yaml": "steps:\n- name: gcr.io/cloud-builders/docker\n  args: [build, -t, x, .]\n"},
        ),
        (
            True,
            {
                "cloudbuild.yaml": "steps:\n- name: gcr.io/kaniko-project/executor:latest\n  args: ['--destination=x']\n"
            },
        ),
        (True, {"azure-pipelines.yml": "steps:\n- task: Docker@2\n  inputs:\n    command: buildAndPush\n"}),
        (True, {"Jenkinsfile": "node {\n def i = docker.build('x')\n}\n"}),
        (
            True,
            {
                ".drone.yml": "kind: pipeline\nsteps:\n- name: p\n  image: plugins/docker\n  settings: {repo: x}\n"
            },
        ),
        (
            True,
            {
                ".circleci/config.yml": "orbs: {aws-ecr: x}\nworkflows:\n  w:\n    jobs:\n      - aws-ecr/build-and-push-image:\n          repo: x\n"
            },
        ),
        (False, workflow("docker pull python:3.11")),
        (False, workflow("docker run x pytest")),
        (False, workflow("docker compose up -d")),
        (False, workflow("docker login -u x")),
        (False, workflow("# docker build .")),
        (False, workflow("echo docker build .")),
        (False, workflow("python -m build")),
        (
            False,
            workflow("make build") | {"Makefile": "build:\n\tpython -m build\nimage:\n\tdocker build .\n"},
        ),
        (
            False,
            {
                ".github/workflows/a.yml": "on: push\njobs:\n  t:\n    steps:\n      - uses: docker/setup-buildx-action@v3\n      - uses: docker/login-action@v3\n"
            },
        ),
        (False, {"azure-pipelines.yml": "steps:\n- task: Docker@2\n  inputs:\n    command: login\n"}),
        (False, {".gitlab-ci.yml": "t:\n  image: docker:24\n  script:\n    - docker version\n"}),
        (False, {"scripts/build.sh": "docker build .\n"}),
    ],
)
def test_ci_builds_images(expected: bool, tree: Tree) -> None:
    assert value("ci_builds_images", tree) is expected


COMPILES = """
from kfp import compiler, dsl

@dsl.component
def train(rows: int) -> float:
    return 1.0

@dsl.pipeline(name="churn")
def churn(rows: int = 10):
    train(rows=rows)

def main():
    compiler.Compiler().compile(churn, "churn.yaml")

if __name__ == "__main__":
    main()
"""
NEVER_CALLED = COMPILES.replace("    main()\n", '    print("use --compile")\n')
UPLOADS = """
import argparse
from kfp.client import Client

def upload(path: str) -> None:
    client = Client(host="https://kfp.example.org")
    client.upload_pipeline_version(path, pipeline_version_name="v1", pipeline_name="churn")

if __name__ == "__main__":
    upload("churn.yaml")
"""


@pytest.mark.parametrize(
    ("expected", "tree"),
    [
        (True, workflow("python pipelines/churn.py") | {"pipelines/churn.py": COMPILES}),
        (True, workflow("python -m pipelines.churn") | {"pipelines/churn.py": COMPILES}),
        (
            True,
            workflow("make pipeline")
            | {"Makefile": "pipeline:\n\tpython pipelines/churn.py\n", "pipelines/churn.py": COMPILES},
        ),
        (True, workflow("python ci/upload.py") | {"ci/upload.py": UPLOADS}),
        (True, workflow("kfp dsl compile --py pipelines/churn.py --output churn.yaml")),
        (True, workflow("kfp pipeline upload -p churn churn.yaml")),
        (True, workflow("kfp pipeline create-version churn.yaml")),
        (True, workflow("gsutil -m rsync -r dags gs://bucket/dags")),
        (True, workflow("aws s3 sync ./dags s3://airflow/dags --delete")),
        (True, workflow("az ml job create -f pipeline.yml")),
        (True, workflow("argo template create wf.yaml")),
        (True, workflow("prefect deploy --all")),
        (True, workflow("curl -F uploadfile=@churn.yaml https://kfp/apis/v2beta1/pipelines/upload")),
        (
            True,
            workflow("python flow.py argo-workflows create")
            | {"flow.py": "from metaflow import FlowSpec\nclass F(FlowSpec):\n    pass\n"},
        ),
        (
            True,
            workflow("kubectl apply -f workflows/")
            | {
                "workflows/t.yaml": "apiVersion: argoproj.io/v1alpha1\nkind: WorkflowTemplate\nmetadata: {name: t}\nspec:\n  templates: [{name: a}]\n"
            },
        ),
        (
            True,
            workflow("python deploy.py")
            | {
                "deploy.py": "from churn.build import build\nbuild()\n",
                "src/churn/build.py": "from kfp import compiler\ndef build():\n    compiler.Compiler().compile(None, 'x')\n",
            },
        ),
        (
            True,
            workflow("python submit.py")
            | {
                "submit.py": "from google.cloud import aiplatform\njob = aiplatform.PipelineJob(display_name='x', template_path='x')\njob.submit()\n"
            },
        ),
        (
            True,
            workflow(
                "|\n          python - <<'PY'\n          from kfp import compiler\n          compiler.Compiler().compile(p, 'x.yaml')\n          PY"
            ),
        ),
        (False, workflow("python pipelines/churn.py") | {"pipelines/churn.py": NEVER_CALLED}),
        (False, workflow("pytest") | {"pipelines/churn.py": COMPILES}),
        (False, workflow("ruff check pipelines/churn.py") | {"pipelines/churn.py": COMPILES}),
        (False, workflow("echo kfp dsl compile")),
        (False, workflow("python -m compileall src")),
        (
            False,
            workflow("kubectl apply -f deploy/")
            | {"deploy/d.yaml": "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: x}\n"},
        ),
        (False, workflow("aws s3 sync ./site s3://bucket/site")),
        (False, workflow("python train.py") | {"train.py": "print(1)\n"}),
        (False, {"scripts/compile.sh": "kfp dsl compile --py x.py\n"}),
        (
            False,
            workflow("python use.py")
            | {"use.py": "from pipelines.churn import churn\nprint(churn)\n", "pipelines/churn.py": COMPILES},
        ),
    ],
)
def test_ci_compiles_or_deploys_pipeline(expected: bool, tree: Tree) -> None:
    assert value("ci_compiles_or_deploys_pipeline", tree) is expected


def test_ci_proof_names_the_workflow_line_and_the_script_line() -> None:
    tree = workflow("make check") | {"Makefile": "check:\n\truff check .\n\tpytest\n"}
    signal = scanned(tree)[SignalName.CI_RUNS_TESTS]
    assert signal.paths == (".github/workflows/main.yml", "Makefile")
    assert [(proof.path, proof.line) for proof in signal.proofs] == [
        (".github/workflows/main.yml", 7),
        ("Makefile", 3),
    ]
