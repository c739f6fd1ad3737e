"""Static files that live inside Python packages, named one by one in PACKAGE_STATIC."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import BaseFinder
from django.core.files.storage import FileSystemStorage


class _OneFile(FileSystemStorage):
    """A storage that holds one file, whatever name it is asked for."""

    prefix = None

    def __init__(self, file: Path) -> None:
        super().__init__(location=str(file.parent))
        self._file = file

    def path(self, name: str) -> str:
        return str(self._file)


class PackageFileFinder(BaseFinder):
    """Finds the files of `settings.PACKAGE_STATIC`: static name → path."""

    def check(self, **_: Any) -> list[Any]:
        return []

    def find(self, path: str, find_all: bool = False, **_: Any) -> Any:
        found = settings.PACKAGE_STATIC.get(path)
        if find_all:
            return [str(found)] if found else []
        return str(found) if found else []

    def list(self, ignore_patterns: Iterable[str] | None) -> Iterator[Any]:
        for name, file in settings.PACKAGE_STATIC.items():
            yield name, _OneFile(file)
