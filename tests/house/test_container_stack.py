"""The container stack against the compose specification, and its settings against `.env.example`."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

HOME = Path(__file__).parent.parent.parent
COMPOSE = HOME / "docker-compose.yml"


def test_compose_file_follows_the_specification() -> None:
    command = [
        sys.executable,
        "-m",
        "check_jsonschema",
        "--builtin-schema",
        "vendor.compose-spec",
        str(COMPOSE),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_long_running_service_has_a_health_check() -> None:
    services = yaml.safe_load(COMPOSE.read_text())["services"]
    assert {name for name, service in services.items() if "healthcheck" not in service} == {"migrate"}
    assert {"postgres", "redis", "migrate", "web", "worker", "beat"} == set(services)


@pytest.mark.parametrize(
    "name", ["SECRET_KEY", "EVIDENCE_KEY", "POSTGRES_PASSWORD", "REDIS_PASSWORD", "ALLOWED_HOSTS"]
)
def test_secrets_must_be_set(name: str) -> None:
    assert f"${{{name}:?" in COMPOSE.read_text()


def test_env_example_lists_every_setting() -> None:
    """Every variable that the settings read, that compose passes on, and no other."""
    listed = set(re.findall(r"^([A-Z_]+)=", (HOME / ".env.example").read_text(), re.M))
    read = set(
        re.findall(
            r'env\.(?:text|flag|number|words)\(\s*"([A-Z_]+)"', (HOME / "config/settings.py").read_text()
        )
    )
    passed = set(re.findall(r"\$\{([A-Z_]+)[:}]", COMPOSE.read_text()))
    assert listed == read | passed | {"NO_BOOTSTRAP"}


def test_locks_name_no_index() -> None:
    for lock in ("requirements.lock", "requirements-test.lock"):
        text = (HOME / lock).read_text()
        assert "://" not in text
        assert "--hash=sha256:" in text


def test_queues_of_the_routes_are_worked() -> None:
    from django.conf import settings

    from config.programs import QUEUES

    routed = {route["queue"] for route in settings.CELERY_TASK_ROUTES.values()}
    assert routed <= set(QUEUES.split(","))
    assert QUEUES in COMPOSE.read_text()


def test_timetable_names_real_tasks() -> None:
    from config.celery import app

    app.loader.import_default_modules()
    for entry in app.conf.beat_schedule.values():
        assert entry["task"] in app.tasks
        assert entry["options"]["expires"]
