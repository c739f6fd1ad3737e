"""The environment, read once and checked: a bad value stops the start with its name and a mend."""

import os
import secrets
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

YES, NO = {"1", "true", "yes", "on"}, {"0", "false", "no", "off", ""}


def text(name: str, default: str = "") -> str:
    """A value, or the content of the file that `<name>_FILE` points to (container secrets)."""
    path = os.environ.get(f"{name}_FILE")
    if path:
        try:
            return Path(path).read_text().strip()
        except OSError as error:
            raise ImproperlyConfigured(
                f"{name}_FILE points to {path}, which cannot be read: {error}."
            ) from None
    return os.environ.get(name, default)


def flag(name: str, *, default: bool) -> bool:
    value = text(name, "yes" if default else "no").lower()
    if value in YES:
        return True
    if value in NO:
        return False
    raise ImproperlyConfigured(f"{name} is {value!r}; write yes or no.")


def number(name: str, default: int) -> int:
    value = text(name, str(default))
    try:
        return int(value)
    except ValueError:
        raise ImproperlyConfigured(f"{name} is {value!r}; write a whole number.") from None


def words(name: str, default: str = "") -> list[str]:
    """A comma-separated list."""
    return [word.strip() for word in text(name, default).split(",") if word.strip()]


def existing_file(name: str) -> str:
    """A file that is there, or none. Libraries read the variable too, and take an empty one for a name."""
    path = os.environ.get(name, "")
    if not path:
        os.environ.pop(name, None)
    elif not Path(path).is_file():
        raise ImproperlyConfigured(f"{name} names {path}, and there is no such file.")
    return path


def cache_database(url: str) -> str:
    """The same Redis server, database 1: clearing the cache must never empty the broker's queues."""
    address, _mark, query = url.partition("?")
    if address.startswith("unix:"):
        return f"{address}?{'&'.join(filter(None, [query, 'db=1']))}"
    scheme, _slashes, rest = address.partition("://")
    return f"{scheme}://{rest.partition('/')[0]}/1{_mark}{query}"


def generated_key(path: Path) -> str:
    """The content of `path`; made once, readable by its owner only."""
    try:
        return path.read_text().strip()
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True)
        key = secrets.token_urlsafe(48)
        try:
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:  # another process was quicker
            return path.read_text().strip()
        with os.fdopen(handle, "w") as file:
            file.write(key)
        return key
