# ruff: noqa: E501  the tables hold whole files, one a line
"""Secrets in clear text: found, and never repeated. The secrets here are made up at run time."""

import json

import pytest

from evidence.signals.results import SignalName
from tests.evidence.signals.trees import Tree, scanned, value

KEY_ID = "AKIA" + "Q3EGTYWN5VX7LKJ4"
SECRET = "wJa7rXUt" + "nFEMIK7MDENGbPxRfiCYzQ8dLpT2vKs9"
GITHUB = "ghp_" + "aB3dE5fG7hJ9kL2mN4pQ6rS8tU1vW3xY5zA7"
SLACK = "xoxb-" + "284756102938-5839201746582-Zk3JqP9xVb2LmN8sTw4R"
PRIVATE = (
    "-----BEGIN RSA PRIVATE "
    + "KEY-----\n"
    + "MIIEpAIBAAKCAQEA7x9Kf3Lq2Vw8ZbN5tYc4RmPj6HsD1gXaUeOiTzQyWvSkBnLo\n" * 3
    + "-----END RSA PRIVATE "
    + "KEY-----\n"
)
PASSWORD = "tr0ub4dor" + "Zx9"


@pytest.mark.parametrize(
    "tree",
    [
        {".env": f"AWS_ACCESS_KEY_ID={KEY_ID}\nAWS_SECRET_ACCESS_KEY={SECRET}\n"},
        {"src/config.py": f"aws_secret_access_key = '{SECRET}'\n"},
        {"deploy/id_rsa": PRIVATE},
        {"certs/server.pem": PRIVATE},
        {"ci.sh": f"export GITHUB_TOKEN={GITHUB}\n"},
        {"notify.py": f"client = WebClient(token='{SLACK}')\n"},
        {"config/prod.yaml": f"db:\n  password: {PASSWORD}\n"},
        {"settings.py": f"DATABASE_URL = 'postgresql://churn:{PASSWORD}@db.acme.io:5432/churn'\n"},
        {"docker-compose.yml": f"services:\n  db:\n    environment:\n      POSTGRES_PASSWORD: {PASSWORD}\n"},
        {
            "k8s/secret.yaml": f"apiVersion: v1\nkind: Secret\nmetadata: {{name: x}}\nstringData:\n  api_key: {SECRET}\n"
        },
        {"terraform.tfvars": f'db_password = "{PASSWORD}"\n'},
        {"key.json": json.dumps({"type": "service_account", "private_key": PRIVATE})},
        {"nb.ipynb": json.dumps({"cells": [{"cell_type": "code", "source": [f"token = '{GITHUB}'\n"]}]})},
    ],
)
def test_secrets_in_repo_are_seen_and_never_repeated(tree: Tree) -> None:
    signals = scanned(tree)
    found = signals[SignalName.SECRETS_IN_REPO]
    assert found.value is True
    assert found.proofs[0].line >= 1
    text = json.dumps(signals.as_json())
    assert not any(secret in text for secret in (KEY_ID, SECRET, GITHUB, SLACK, PASSWORD, "MIIEpAIB"))


@pytest.mark.parametrize(
    "tree",
    [
        {".env.example": f"AWS_SECRET_ACCESS_KEY={SECRET}\n"},
        {".env": "AWS_ACCESS_KEY_ID=AKIA" + "IOSFODNN7EXAMPLE\nDB_PASSWORD=changeme\n"},
        {".env": "API_KEY=\nTOKEN=xxxxxxxxxxxxxxxx\nPASSWORD=<your password>\n"},
        {"config.yaml": "password: ${DB_PASSWORD}\ntoken: {{ .Values.token }}\nsecret: $(SECRET)\n"},
        {
            "settings.py": "PASSWORD = os.environ['DB_PASSWORD']\nAPI_KEY = os.getenv('API_KEY')\nSECRET_KEY = config.get('secret')\n"
        },
        {
            "settings.py": "def login(password: str, api_key: str = None): ...\npassword = get_password()\ntoken = response.json()['token']\n"
        },
        {"a.py": "DATABASE_URL = 'postgresql://user:password@localhost/db'\n"},
        {"a.py": "url = f'postgresql://{user}:{password}@{host}/db'\n"},
        {
            "docker-compose.yml": "services:\n  db:\n    environment:\n      POSTGRES_PASSWORD: postgres\n      X: ${POSTGRES_PASSWORD:-postgres}\n"
        },
        {
            "k8s/x.yaml": "env:\n- name: PASSWORD\n  valueFrom:\n    secretKeyRef: {name: churn-db-credentials, key: password}\n"
        },
        {
            "k8s/sealed.yaml": f"apiVersion: bitnami.com/v1alpha1\nkind: SealedSecret\nmetadata: {{name: x}}\nspec:\n  encryptedData:\n    password: {SECRET * 3}\n"
        },
        {"secrets.enc.yaml": f"password: ENC[AES256_GCM,data:{SECRET}]\nsops:\n  version: 3\n"},
        {"tests/fixtures/key.pem": PRIVATE},
        {"tests/test_auth.py": f"TOKEN = '{GITHUB}'\n"},
        {"docs/setup.py": f"password = '{PASSWORD}'\n"},
        {"examples/.env": f"AWS_SECRET_ACCESS_KEY={SECRET}\n"},
        {
            "cert.pem": "-----BEGIN CERTIFICATE-----\nMIIDdzCCAl+gAwIBAgIEAgAAuTANBgkqhkiG9w0BAQUFADBaMQswCQYDVQQGEwJJ\n-----END CERTIFICATE-----\n"
        },
        {"a.py": "KEY_HEADER = '-----BEGIN RSA PRIVATE " + "KEY-----'\n"},
        {"a.yaml": "checksum: 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08\n"},
        {
            "poetry.lock": 'files = [{hash = "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"}]\n'
        },
        {
            ".github/workflows/a.yml": "on: push\njobs:\n  a:\n    steps:\n      - run: x\n        env:\n          TOKEN: ${{ secrets.GITHUB_TOKEN }}\n          password: ${{ secrets.DB }}\n"
        },
        {
            "main.tf": "password = var.db_password\nsecret = data.aws_secretsmanager_secret.x.arn\npassword = random_password.db.result\n"
        },
        {
            "a.py": "API_KEY_HEADER = 'X-Api-Key'\npassword_field = 'user_password'\nsecret_name = 'prod/churn/db9'\ntokenizer = 'bert-base-uncased-v2'\nmax_tokens = '4096abc'\n"
        },
    ],
)
def test_secrets_in_repo_are_not_seen(tree: Tree) -> None:
    assert value("secrets_in_repo", tree) is False
