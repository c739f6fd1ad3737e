"""A log that may be read."""

from pathlib import Path

import pytest
from pytest_django.fixtures import Settings

from evidence.models import Node
from tests.conftest import World
from tests.monitoring.logs import Log, made_deployment, made_version


@pytest.fixture
def log(tmp_path: Path, settings: Settings) -> Log:
    settings.ALLOWED_LOCAL_PATHS = (tmp_path.resolve(),)
    log = Log(tmp_path.resolve())
    log.folder.mkdir()
    log.write_training()
    return log


@pytest.fixture
def version(world: World) -> Node:
    return made_version(world.system)


@pytest.fixture
def deployment(version: Node) -> Node:
    return made_deployment(version)
