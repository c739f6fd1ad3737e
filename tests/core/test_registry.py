"""Extensions are found by a scan that fails loudly."""

import importlib
import sys
from pathlib import Path
from types import ModuleType

import pytest

from core.registry import RegistryError, only_subclass, scan


class Base:
    """What the extensions of this test subclass."""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    home = tmp_path / "extensions_here"
    home.mkdir()
    (home / "__init__.py").write_text("")
    monkeypatch.syspath_prepend(str(tmp_path))
    for name in [name for name in sys.modules if name.startswith("extensions_here")]:
        del sys.modules[name]
    return home


def found(folder: Path) -> list[str]:
    importlib.invalidate_caches()
    package: ModuleType = importlib.import_module(folder.name)
    return list(scan(package, only_subclass(Base), skip=frozenset({"base"})))


def test_scan_finds_one_extension_a_file(folder: Path) -> None:
    for name in ("beta", "alpha", "_private", "base"):
        (folder / f"{name}.py").write_text(
            "from tests.core.test_registry import Base\nclass One(Base): pass\n"
        )
    assert found(folder) == ["alpha", "beta"]


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("x = 1\n", RegistryError),
        (
            "from tests.core.test_registry import Base\nclass A(Base): pass\nclass B(Base): pass\n",
            RegistryError,
        ),
        ("import nothing_of_this_name\n", ModuleNotFoundError),
    ],
)
def test_scan_stops_at_a_broken_file(folder: Path, text: str, error: type[Exception]) -> None:
    (folder / "broken.py").write_text(text)
    with pytest.raises(error):
        found(folder)
