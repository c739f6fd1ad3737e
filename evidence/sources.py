"""From a stored source to its connector, and what a pull may know."""

from datetime import datetime
from pathlib import Path

from django.conf import settings

from core.http import AddressPolicy
from evidence.bindings import Rule, Rules
from evidence.connectors import Connector, ConnectorError, Context
from evidence.connectors.found import connectors
from evidence.models import Source
from evidence.secrets import SecretsUnreadableError, unseal
from evidence.selectors import known_to_source, production_commits, wanted_commits


def connector_class(kind: str) -> type[Connector]:
    """The connector of a kind; ConnectorError where this installation has none."""
    found = connectors().get(kind)
    if found is None:
        raise ConnectorError(
            f"Sources of kind {kind!r} cannot be read.",
            why="This installation has no such connector.",
            remedy=f"Known kinds: {', '.join(connectors())}.",
            permanent=True,
        )
    return found


def connector_for(source: Source) -> Connector:
    """The connector of a source with its settings and secrets."""
    try:
        secrets = unseal(source.sealed_secrets)
    except SecretsUnreadableError as error:
        raise ConnectorError(
            "The secrets of this source cannot be read.",
            why=str(error),
            remedy="Enter the secrets again on the source's page.",
            permanent=True,
        ) from None
    return connector_class(source.kind)({"url": source.url, **source.settings, **secrets})


def policy() -> AddressPolicy:
    """The administrator's address policy."""
    return AddressPolicy(settings.ALLOWED_PRIVATE_HOSTS)


def context_for(source: Source, *, now: datetime, full: bool, told_to_administrator: bool = False) -> Context:
    """What a pull from this source may know."""
    return Context(
        now=now,
        cache_dir=str(settings.DATA_DIR / "cache" / source.slug),
        wanted_commits=wanted_commits(source),
        production_commits=production_commits(source),
        known=known_to_source(source, full=full),
        local_paths_allowed=is_local_path_allowed(source.url),
        local_folders=_folders(),
        told_to_administrator=told_to_administrator,
        policy=policy(),
        full=full,
    )


def context_for_check(url: str, *, now: datetime, told_to_administrator: bool = False) -> Context:
    """What the test of a connection that is not saved yet may know."""
    return Context(
        now=now,
        cache_dir=str(settings.DATA_DIR / "cache" / "check"),
        local_paths_allowed=is_local_path_allowed(url),
        local_folders=_folders(),
        told_to_administrator=told_to_administrator,
        policy=policy(),
    )


def _folders() -> tuple[str, ...]:
    return tuple(map(str, settings.ALLOWED_LOCAL_PATHS))


def is_local_path_allowed(url: str) -> bool:
    """True where an administrator listed the folder, or one above it, in ALLOWED_LOCAL_PATHS."""
    if "://" in url and not url.startswith("file://"):
        return False
    path = Path(url.removeprefix("file://")).resolve()
    return any(path.is_relative_to(allowed) for allowed in settings.ALLOWED_LOCAL_PATHS)


def rules_of(source: Source) -> Rules:
    """The source's bindings as rules."""
    rows = source.bindings.values_list("kind", "pattern", "system_id")
    return Rules(Rule(kind, pattern, system) for kind, pattern, system in rows)
