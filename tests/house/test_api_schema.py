"""The API's description is kept in the repository, so that a change of the API is seen in review.

Refresh it with: .venv/bin/python manage.py spectacular --file docs/openapi.yaml
"""

from pathlib import Path

import pytest
from django.core.management import call_command
from django.test import Client

SNAPSHOT = Path(__file__).parent.parent.parent / "docs" / "openapi.yaml"


def test_schema_is_the_snapshot(tmp_path: Path) -> None:
    made = tmp_path / "openapi.yaml"
    call_command("spectacular", "--file", str(made), "--validate", "--fail-on-warn")
    assert made.read_text() == SNAPSHOT.read_text()


@pytest.mark.django_db
def test_schema_is_served() -> None:
    answer = Client().get("/api/v1/schema/")
    assert answer.status_code == 200
    assert b"/api/v1/systems/" in answer.content
