"""Reading the model registry: whole each time, because its aliases and tags move without a trace."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from core.http import Fault, HttpError
from evidence.connectors._mlflow.api import Api
from evidence.connectors._mlflow.contents import ContentsReader
from evidence.connectors._mlflow.moves import Before, gone_model_record, gone_version_records, move_records
from evidence.connectors._mlflow.pages import once, page_of
from evidence.connectors._mlflow.registry import (
    Model,
    assembled,
    model_record,
    shared_sources,
    version_records,
)
from evidence.connectors._mlflow.server import Server
from evidence.connectors.base import Context
from evidence.records import Json, Page, Record

MODELS_A_PAGE = 25
LOOKED_UP_AT_MOST = 200


@dataclass
class RegistryReading:
    """`artifact_uris` are those of the logged models read before."""

    api: Api
    server: Server
    context: Context
    cursor: Mapping[str, Json]
    artifact_uris: Mapping[str, str]
    models: list[Model] = field(default_factory=list)

    def pages(self) -> Iterator[Page]:
        models = [model for page in self.api.registered_models() for model in page]
        versions = [version for page in self.api.model_versions() for version in page]
        self.models = assembled(models, versions, environments=self.context.production_aliases)
        before = Before.of(self.context, since=self.cursor.get("registry"))
        yield from self._model_pages(before)
        records = once([*self._gone_models(before), *self._gone_versions(before)])
        if records:
            yield Page(records, progress="deleted models and versions looked up")

    def production_run_ids(self) -> list[str]:
        """The runs that production models were registered from."""
        versions = (version for model in self.models for version in model.versions)
        return sorted({version.run_id for version in versions if version.in_production and version.run_id})

    def _model_pages(self, before: Before) -> Iterator[Page]:
        reader, shared = ContentsReader(self.api, self.artifact_uris), shared_sources(self.models)

        def records(model: Model) -> Iterator[Record]:
            yield model_record(model, server=self.server)
            for version in model.versions:
                contents = reader.read(version, before=before.version(*version.key))
                yield from version_records(version, contents, server=self.server, shared=shared)
            # With the model's own record, in one transaction: the next pull compares with that.
            environments = self.context.production_aliases
            yield from move_records(model, before=before, server=self.server, environments=environments)

        for start in range(0, len(self.models), MODELS_A_PAGE):
            some = self.models[start : start + MODELS_A_PAGE]
            page = page_of(some, records, what="model", name=lambda model: model.name)
            progress = f"{start + len(some):,} of {len(self.models):,} models read"
            yield Page(page.records, (*page.blind, *reader.reported()), progress)

    def _gone_models(self, before: Before) -> Iterator[Record]:
        """Models that the store knows and the registry no longer lists."""
        missing = before.aliases.keys() - {model.name for model in self.models}
        for name in sorted(missing)[:LOOKED_UP_AT_MOST]:
            if _is_gone(self.api.model, name):
                yield gone_model_record(name, server=self.server)

    def _gone_versions(self, before: Before) -> Iterator[Record]:
        listed = {version.key for model in self.models for version in model.versions}
        known = {(name, number) for name, versions in before.versions.items() for number in versions}
        for name, number in sorted(known - listed)[:LOOKED_UP_AT_MOST]:
            if _is_gone(self.api.model_version, name, number):
                environments = self.context.production_aliases
                yield from gone_version_records(
                    name, number, before=before, server=self.server, environments=environments
                )


def _is_gone(look_up: Callable[..., None], *key: str) -> bool:
    """True where the server says that there is no such thing; hidden by permissions is not gone."""
    try:
        look_up(*key)
    except HttpError as error:
        if error.fault in {Fault.NOT_FOUND, Fault.FORBIDDEN}:
            return error.fault is Fault.NOT_FOUND
        raise
    return False
