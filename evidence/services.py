"""Writes of people and programs: sources, bindings, deployments."""

from collections.abc import Mapping

from django.db import transaction
from django.utils import timezone

from core import audit
from core.models import System, Team
from core.permissions import Principal, sees_everything
from evidence.connectors import Check, Connector
from evidence.identity import server_key
from evidence.models import Binding, Source, Sync
from evidence.secrets import seal, unseal
from evidence.sources import connector_class, connector_for, context_for, context_for_check
from evidence.sync import request_sync


@transaction.atomic
def create_source(
    *,
    slug: str,
    name: str,
    kind: str,
    values: Mapping[str, str],
    team: Team | None,
    by: Principal | str,
    interval_minutes: int = 15,
    note: str = "",
) -> Source:
    """Connect a source. `values` are the connector's settings by name, secrets in clear text.

    ConnectorError where the settings are not complete. Nothing is read yet.
    """
    plain, secret = _split(connector_class(kind), values)
    source = Source.objects.create(
        slug=slug,
        name=name,
        kind=kind,
        team=team,
        url=plain.pop("url", ""),
        settings=plain,
        sealed_secrets=seal(secret),
        interval_minutes=interval_minutes,
        note=note,
    )
    audit.record(by, "source.created", slug, team=team, detail={"kind": kind, "url": source.url})
    return source


@transaction.atomic
def change_source(
    source: Source, *, values: Mapping[str, str], interval_minutes: int, by: Principal
) -> Source:
    """Change settings. A secret left empty stays as it is; the next sync reads everything again.

    A new address needs its secrets entered again: the old ones were given for another server.
    """
    moved = server_key(values.get("url", "")) != server_key(source.url)
    before = {} if moved else unseal(source.sealed_secrets)
    plain, secret = _split(connector_class(source.kind), values)
    source.url = plain.pop("url", source.url)
    source.settings = plain
    source.sealed_secrets = seal({**before, **secret})
    source.cursor = {}
    source.interval_minutes = interval_minutes
    source.save(update_fields=["url", "settings", "sealed_secrets", "cursor", "interval_minutes"])
    audit.record(by, "source.changed", source.slug, team=source.team, detail={"url": source.url})
    return source


def _split(connector: type[Connector], values: Mapping[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """Plain and secret settings; building the connector refuses what is unknown or missing."""
    given = {name: value for name, value in values.items() if value}
    secret_names = {setting.name for setting in connector.settings if setting.secret}
    connector(given)
    plain = {name: value for name, value in given.items() if name not in secret_names}
    return plain, {name: value for name, value in given.items() if name in secret_names}


def check_source(source: Source, *, by: Principal) -> Check:
    """Try the connection of a source; ConnectorError where nothing works."""
    now, told = timezone.now(), sees_everything(by)
    return connector_for(source).check(context_for(source, now=now, full=False, told_to_administrator=told))


def check_settings(*, kind: str, values: Mapping[str, str], by: Principal) -> Check:
    """Try a connection before it is saved; ConnectorError where nothing works. Stores nothing."""
    given = {name: value for name, value in values.items() if value}
    context = context_for_check(
        given.get("url", ""), now=timezone.now(), told_to_administrator=sees_everything(by)
    )
    return connector_class(kind)(given).check(context)


@transaction.atomic
def add_binding(source: Source, *, system: System, kind: str, pattern: str, by: Principal | str) -> Binding:
    """Give things of a source to a system; a full sync then carries it out."""
    binding, created = Binding.objects.get_or_create(source=source, system=system, kind=kind, pattern=pattern)
    if created:
        detail = {"kind": kind, "pattern": pattern, "system": system.slug}
        audit.record(by, "binding.added", source.slug, team=system.team, detail=detail)
        Source.objects.filter(pk=source.pk).update(cursor={})
    return binding


@transaction.atomic
def remove_binding(binding: Binding, *, by: Principal) -> None:
    """Take a binding back; what was assigned by it stays until it is seen under another one."""
    detail = {"kind": binding.kind, "pattern": binding.pattern, "system": binding.system.slug}
    audit.record(by, "binding.removed", binding.source.slug, team=binding.system.team, detail=detail)
    Source.objects.filter(pk=binding.source_id).update(cursor={})
    binding.delete()


def sync_now(source: Source, *, by: Principal) -> Sync:
    """Start a sync at somebody's wish."""
    return request_sync(source, by=by)
