# ruff: noqa: E501  the tables hold whole files, one a line
"""Container images, dependency locks and tests that are there."""

import pytest

from evidence.signals.results import SignalName
from tests.evidence.signals.trees import Tree, scanned, value

DOCKERFILE = (
    'FROM python:3.11-slim\nWORKDIR /app\nCOPY . .\nRUN pip install .\nCMD ["python", "-m", "churn"]\n'
)


@pytest.mark.parametrize(
    ("expected", "tree"),
    [
        (True, {"Dockerfile": DOCKERFILE}),
        (True, {"services/churn/Dockerfile": DOCKERFILE}),
        (True, {"docker/Dockerfile.train": DOCKERFILE}),
        (True, {"docker/train.Dockerfile": DOCKERFILE}),
        (True, {"Containerfile": DOCKERFILE}),
        (True, {"build/package/Dockerfile": DOCKERFILE}),
        (
            True,
            {"Dockerfile": "# syntax=docker/dockerfile:1\nARG V=3.11\nFROM python:${V} as base\ncopy . .\n"},
        ),
        (True, {"src/main/java/com/example/Dockerfile": DOCKERFILE}),
        (True, {"cog.yaml": "build:\n  python_version: '3.11'\npredict: predict.py:Predictor\n"}),
        (False, {"Dockerfile": ""}),
        (False, {"Dockerfile": "FROM python:3.11\n"}),
        (False, {"Dockerfile": "# FROM python\n# COPY . .\n"}),
        (False, {"Dockerfile": "TODO\n"}),
        (False, {"examples/Dockerfile": DOCKERFILE}),
        (False, {"docs/Dockerfile": DOCKERFILE}),
        (False, {"third_party/redis/Dockerfile": DOCKERFILE}),
        (False, {"vendor/x/Dockerfile": DOCKERFILE}),
        (False, {"tests/integration/Dockerfile": DOCKERFILE}),
        (False, {"tests/fixtures/app/Dockerfile": DOCKERFILE}),
        (False, {"templates/project/Dockerfile": DOCKERFILE}),
        (False, {"{{cookiecutter.project_slug}}/Dockerfile": DOCKERFILE}),
        (False, {"archive/2019/Dockerfile": DOCKERFILE}),
        (False, {"deprecated/Dockerfile": DOCKERFILE}),
        (False, {".devcontainer/Dockerfile": DOCKERFILE}),
        (False, {"Dockerfile.example": DOCKERFILE}),
        (False, {"Dockerfile.bak": DOCKERFILE}),
        (False, {".dockerignore": "*.pyc\n"}),
        (False, {"docker-compose.yml": "services:\n  db:\n    image: postgres:16\n"}),
        (False, {"README.md": "```\nFROM python\nCOPY . .\n```\n"}),
        (False, {"dockerfile_parser.py": "FROM = 1\n"}),
        (False, {"node_modules/x/Dockerfile": DOCKERFILE}),
    ],
)
def test_container_image(expected: bool, tree: Tree) -> None:
    assert value("container_image", tree) is expected


POETRY = '[[package]]\nname = "numpy"\nversion = "2.0.0"\n'
CODE = {"src/train.py": "print(1)\n"}


@pytest.mark.parametrize(
    ("expected", "tree"),
    [
        (True, {"poetry.lock": POETRY}),
        (True, {"pdm.lock": POETRY}),
        (
            True,
            {
                "uv.lock": 'version = 1\n[[package]]\nname = "a"\nversion = "1"\nsource = { registry = "https://pypi.org/simple" }\n'
            },
        ),
        (
            True,
            {
                "services/churn/uv.lock": 'version = 1\n[[package]]\nname = "a"\nversion = "1"\nsource = { registry = "https://x" }\n'
            },
        ),
        (True, {"Pipfile.lock": '{"default": {"numpy": {"version": "==2.0.0"}}, "develop": {}}'}),
        (True, {"conda-lock.yml": "version: 1\npackage:\n- name: numpy\n  version: 1.0\n"}),
        (True, {"pixi.lock": "version: 6\npackages:\n- conda: https://conda.anaconda.org/x.conda\n"}),
        (True, {"pylock.toml": 'lock-version = "1.0"\n[[packages]]\nname = "a"\nversion = "1"\n'}),
        (
            True,
            {
                "requirements.txt": "numpy==2.0.0\npandas==2.2.1  # pinned\n\n# comment\nscikit-learn[alldeps]==1.5.0 ; python_version >= '3.9'\n"
            },
        ),
        (
            True,
            {
                "requirements.txt": "--index-url https://pypi.org/simple\nnumpy==2.0.0 \\\n    --hash=sha256:abc \\\n    --hash=sha256:def\n"
            },
        ),
        (True, {"requirements.txt": "-r base.txt\nnumpy==1.0\n", "base.txt": "pandas==2.0\n"}),
        (True, {"requirements.txt": "-e .\nnumpy==1.0\n"}),
        (True, {"requirements.txt": "numpy\npandas>=2\n", "requirements.lock": "numpy==1.0\npandas==2.0\n"}),
        (
            True,
            {"requirements.in": "numpy\n", "requirements.txt": "numpy==1.0\n    # via -r requirements.in\n"},
        ),
        (True, {"requirements/prod.txt": "numpy==1.0\n"}),
        (True, {"requirements-prod.txt": "numpy==1.0\n"}),
        (True, {"requirements.txt": "-c constraints.txt\nnumpy\n", "constraints.txt": "numpy==1.0\n"}),
        (
            True,
            {
                "requirements.txt": "churn @ git+https://github.com/a/b@0123456789abcdef0123456789abcdef01234567\nnumpy==1.0\n"
            },
        ),
        (
            True,
            {
                "environment.yml": "dependencies:\n  - python=3.11.4=h1_0\n  - numpy=1.26.4=py311_0\n  - pip:\n    - mlflow==2.9.0\n"
            },
        ),
        (True, {"renv.lock": '{"Packages": {"dplyr": {"Version": "1.1.0"}}}', "model.R": "library(dplyr)"}),
        (False, {"requirements.txt": ""}),
        (False, {"requirements.txt": "# nothing\n"}),
        (False, {"requirements.txt": "numpy>=2\npandas\n"}),
        (False, {"requirements.txt": "numpy==2.0.0\npandas>=2\n"}),
        (False, {"requirements.txt": "numpy~=2.0\n"}),
        (False, {"requirements.txt": "numpy==2.*\n"}),
        (False, {"requirements.txt": "numpy==1.0,<2\npandas>1\n"}),
        (False, {"requirements.txt": "-r base.txt\n", "base.txt": "pandas\n"}),
        (False, {"requirements.txt": "git+https://github.com/a/b.git@main\n"}),
        (False, {"requirements.txt": "-e .\n"}),
        (False, {"requirements.txt": "numpy\n", "requirements-dev.txt": "pytest==8.0\n"}),
        (False, {"requirements.txt": "numpy\n", "docs/requirements.txt": "sphinx==7.0\n"}),
        (False, {"requirements.txt": "numpy\n", "requirements/test.txt": "pytest==8.0\n"}),
        (False, {"poetry.lock": ""}),
        (False, {"poetry.lock": "# generated\npackage = []\n"}),
        (False, {"Pipfile.lock": '{"_meta": {}, "default": {}, "develop": {}}'}),
        (False, {"examples/poetry.lock": POETRY}),
        (False, {"tests/fixtures/poetry.lock": POETRY}),
        (False, {"vendor/lib/poetry.lock": POETRY}),
        (False, {"pyproject.toml": '[project]\ndependencies = ["numpy>=2"]\n'}),
        (False, {"environment.yml": "dependencies:\n  - python=3.11\n  - numpy\n"}),
        (
            False,
            {
                "web/package-lock.json": '{"packages": {"a": {"resolved": "https://x", "integrity": "sha512-x"}}}'
            },
        ),
        (False, {".terraform.lock.hcl": 'provider "x" {}\n'}),
    ],
)
def test_dependency_lock(expected: bool, tree: Tree) -> None:
    assert value("dependency_lock", tree | ({} if "model.R" in tree else CODE)) is expected


@pytest.mark.parametrize(
    ("expected", "tree"),
    [
        (True, {"tests/test_a.py": "from churn import f\ndef test_a():\n    assert f(1) == 2\n"}),
        (True, {"src/churn/test_features.py": "def test_a():\n    x = g()\n    assert x\n"}),
        (True, {"tests/a_test.py": "def test_a():\n    assert f() is None\n"}),
        (
            True,
            {
                "tests/test_a.py": "import unittest\nclass A(unittest.TestCase):\n    def test_x(self):\n        self.assertEqual(f(), 1)\n"
            },
        ),
        (True, {"tests/test_a.py": "class TestA:\n    async def test_x(self):\n        assert await f()\n"}),
        (
            True,
            {
                "app/tests.py": "from django.test import TestCase\nclass A(TestCase):\n    def test_x(self):\n        self.client.get('/')\n"
            },
        ),
        (
            True,
            {
                "tests/test_a.py": "import pytest\n@pytest.mark.parametrize('a', [1])\ndef test_x(a):\n    assert f(a)\n"
            },
        ),
        (
            True,
            {
                "tests/test_a.py": "import pytest\n@pytest.mark.skipif(True, reason='x')\ndef test_x():\n    assert f(a)\n"
            },
        ),
        (True, {"pkg/a_test.go": "package a\nfunc TestA(t *testing.T) {\n}\n"}),
        (True, {"web/a.test.ts": "test('adds', () => { expect(1).toBe(1) })\n"}),
        (False, {"tests/__init__.py": "", "tests/conftest.py": "import pytest\n"}),
        (False, {"tests/helpers.py": "def test_helper():\n    assert f()\n"}),
        (False, {"tests/test_a.py": ""}),
        (False, {"tests/test_a.py": "# def test_a(): assert f()\n"}),
        (False, {"tests/test_a.py": '"""\ndef test_a():\n    assert f()\n"""\n'}),
        (False, {"tests/test_a.py": "def test_a():\n    pass\n"}),
        (False, {"tests/test_a.py": "def test_a():\n    '''to do'''\n    assert True\n"}),
        (False, {"tests/test_a.py": "def test_a():\n    assert 1 == 1\n"}),
        (False, {"tests/test_a.py": "import pytest\n@pytest.mark.skip\ndef test_a():\n    assert f()\n"}),
        (False, {"tests/test_a.py": "import pytest\ndef test_a():\n    pytest.skip('later')\n"}),
        (
            False,
            {
                "tests/test_a.py": "import pytest\npytestmark = pytest.mark.skip('old')\ndef test_a():\n    assert f()\n"
            },
        ),
        (False, {"tests/test_a.py": "def helper():\n    assert f()\n"}),
        (False, {"tests/test_a.py": "def outer():\n    def test_a():\n        assert f()\n"}),
        (False, {"tests/test_a.py": "class Helper:\n    def test_a(self):\n        assert f()\n"}),
        (False, {"src/utils.py": "def test_connection():\n    assert ping()\n"}),
        (False, {"examples/tests/test_a.py": "def test_a():\n    assert f()\n"}),
        (False, {"vendor/x/tests/test_a.py": "def test_a():\n    assert f()\n"}),
        (False, {"node_modules/x/a.test.js": "test('a', () => {})\n"}),
        (False, {"tests/test_a.py": "def test_a(:\n"}),
        (False, {"tests/README.md": "def test_a(): assert f()"}),
    ],
)
def test_tests_present(expected: bool, tree: Tree) -> None:
    assert value("tests_present", tree) is expected


def test_broken_files_are_noted_and_do_not_stop_the_scan() -> None:
    signals = scanned(
        {"Dockerfile": DOCKERFILE, "tests/test_a.py": "def (:\n", "k8s/x.yaml": "apiVersion: v1\nkind: {\n"}
    )
    assert signals[SignalName.CONTAINER_IMAGE].value is True
    assert {note.path for note in signals.notes} == {"tests/test_a.py", "k8s/x.yaml"}
