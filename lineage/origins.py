"""Reads what a model version was made of."""

from collections.abc import Iterable

from core.permissions import Principal
from evidence.models import Node
from evidence.records import EdgeKind, NodeKind
from lineage.graph import MOST_FAN, MOST_HOPS, Bounds, neighbourhood
from lineage.origin import Origin, Thing, makers


def origin_of(node: Node, *, principal: Principal) -> Origin | None:
    """The origin of a model version, or of the version that a deployment serves.

    None where the node leads to no version. Raises GraphTooSlowError.
    """
    bounds = Bounds(up=MOST_HOPS, down=0, fan=MOST_FAN)
    found = makers(neighbourhood(node, principal=principal, bounds=bounds))
    if found is None:
        return None
    repository = _repository(found.commit, principal=principal)
    parts = (found.version, found.run, found.commit, found.pipeline_run, found.pipeline_version)
    things = _things([*parts, repository, *found.datasets])
    return Origin(
        version=things[found.version],
        run=things.get(found.run),
        commit=things.get(found.commit),
        repository=things.get(repository),
        datasets=tuple(
            sorted((things[key] for key in found.datasets), key=lambda each: (each.label, each.id))
        ),
        pipeline_run=things.get(found.pipeline_run),
        pipeline_version=things.get(found.pipeline_version),
    )


def _repository(commit: int | None, *, principal: Principal) -> int | None:
    holding = Node.objects.visible_to(principal).filter(
        kind=NodeKind.REPOSITORY, out_edges__kind=EdgeKind.CONTAINS, out_edges__dst=commit
    )
    return holding.order_by("pk").values_list("pk", flat=True).first() if commit else None


def _things(keys: Iterable[int | None]) -> dict[int | None, Thing]:
    return {
        node.pk: Thing(node.pk, node.kind, node.label, node.url, node.state, node.started_at, node.attrs)
        for node in Node.objects.filter(pk__in={key for key in keys if key})
    }
