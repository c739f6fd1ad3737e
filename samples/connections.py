"""Teams, systems and sources of the sample workspace, and waiting for what Rashinban makes of them."""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from django.utils.text import slugify

from core.models import Membership, System, Team, User
from core.permissions import Role
from core.tokens import create_token, revoke_token
from evidence.models import OPEN_SYNC, Source, Sync, SyncStatus
from evidence.services import add_binding, create_source
from evidence.sync import request_sync
from samples.workspace import SYSTEMS, BuildError, SampleSystem, Workspace

ACTOR = "sample workspace"
PERSON = "sample"
"""Who signs in to the sample workspace; `up` makes the account and prints its password."""
LONGEST_SYNC_SECONDS = 240


def people(workspace: Workspace) -> str:
    """Teams with a member, and their systems."""
    user, created = User.objects.get_or_create(username=PERSON)
    if created:
        user.set_unusable_password()
        user.save(update_fields=["password"])
    for sample in SYSTEMS:
        team, _ = Team.objects.get_or_create(slug=slugify(sample.team), defaults={"name": sample.team})
        Membership.objects.get_or_create(user=user, team=team, defaults={"role": Role.MANAGER})
        fields = {
            "name": sample.name,
            "team": team,
            "description": sample.description,
            "target_level": sample.target_level,
        }
        System.objects.get_or_create(slug=sample.slug, defaults=fields)
    return f"{len(SYSTEMS)} teams, {len(SYSTEMS)} systems"


@contextmanager
def write_token(system: System) -> Iterator[str]:
    """A token that may write for the system's team, gone afterwards."""
    by = User.objects.get(username=PERSON)
    token, clear = create_token(team=system.team, name="Sample delivery job", scope="write", by=by)
    try:
        yield clear
    finally:
        revoke_token(token, by=by)


def connect_git(workspace: Workspace) -> str:
    """The three repositories, each its system's own."""
    for sample in SYSTEMS:
        name = f"{sample.name} repository (sample)"
        path = workspace.repository(sample.slug)
        origin = {"origin": workspace.page(sample)}
        source = _source(
            f"sample-git-{sample.slug}", name, kind="git", url=path, system=sample, settings=origin
        )
        add_binding(source, system=_system(sample), kind="repository", pattern="*", by=ACTOR)
        request_sync(source, by=ACTOR)
    return f"{len(SYSTEMS)} repositories"


def connect_servers(workspace: Workspace) -> str:
    """MLflow and the stand-in for Kubeflow Pipelines, shared by all teams, and a code host for each.

    MLflow is read once before models exist.
    """
    mlflow = _source("sample-mlflow", "MLflow (sample)", kind="mlflow", url=workspace.mlflow)
    kfp = _source("sample-kfp", "Stand-in for Kubeflow Pipelines (sample)", kind="kfp", url=workspace.kfp)
    for sample in SYSTEMS:
        system = _system(sample)
        for name in sample.experiments:
            add_binding(mlflow, system=system, kind="experiment", pattern=name, by=ACTOR)
        for name in sample.models:
            add_binding(mlflow, system=system, kind="model", pattern=name, by=ACTOR)
        if sample.pipeline:
            add_binding(kfp, system=system, kind="pipeline", pattern=sample.pipeline, by=ACTOR)
        host = _source(
            f"sample-host-{sample.slug}",
            f"Stand-in for GitHub: {sample.name} (sample)",
            kind="github",
            url=workspace.page(sample),
            system=sample,
        )
        add_binding(host, system=system, kind="repository", pattern="*", by=ACTOR)
    sync_all(workspace, "sample-mlflow")
    return "MLflow, Kubeflow Pipelines (stand-in), GitHub (stand-in)"


def sync_all(workspace: Workspace, *slugs: str) -> str:
    """Sync the sources (all samples if none is named) and wait; BuildError if one fails."""
    sources = Source.objects.filter(slug__startswith="sample-")
    if slugs:
        sources = sources.filter(slug__in=slugs)
    asked = [request_sync(source, by=ACTOR).pk for source in sources]
    end = time.monotonic() + LONGEST_SYNC_SECONDS
    while waiting := Sync.objects.filter(pk__in=asked, status__in=OPEN_SYNC).count():
        if time.monotonic() > end:
            raise BuildError(
                f"{waiting} syncs did not end in {LONGEST_SYNC_SECONDS} s; is the worker running?"
            )
        workspace.say(f"{len(asked) - waiting} of {len(asked)} sources read")
        time.sleep(0.5)
    failed = Sync.objects.filter(pk__in=asked, status=SyncStatus.FAILED).select_related("source").first()
    if failed:
        raise BuildError(
            f"{failed.source.name}: {failed.error.get('what', '')} {failed.error.get('why', '')}"
        )
    return f"{len(asked)} sources in sync"


def _system(sample: SampleSystem) -> System:
    return System.objects.select_related("team").get(slug=sample.slug)


def _source(
    slug: str,
    name: str,
    *,
    kind: str,
    url: str | Path,
    system: SampleSystem | None = None,
    settings: Mapping[str, str] | None = None,
) -> Source:
    known = Source.objects.filter(slug=slug).first()
    team = _system(system).team if system else None
    values = {"url": str(url), **(settings or {})}
    return known or create_source(slug=slug, name=name, kind=kind, values=values, team=team, by=ACTOR)
