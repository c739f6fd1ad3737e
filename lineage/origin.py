"""What a model version was made of: its run, code, data and pipeline, read from one lineage view."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from core.permissions import Principal
from evidence.models import Node
from evidence.records import EdgeKind, NodeKind
from lineage.graph import MOST_FAN, MOST_HOPS, Bounds, neighbourhood
from lineage.subgraph import Subgraph

MADE = (EdgeKind.WROTE, EdgeKind.REGISTERED_AS, EdgeKind.PROMOTED_TO)
SERVED = (EdgeKind.DEPLOYED_AS, EdgeKind.PACKAGED_IN)
AROUND = (EdgeKind.CHILD_OF, EdgeKind.COMPILED_TO)


@dataclass(frozen=True, slots=True)
class Thing:
    """A node with everything its source said of it."""

    id: int
    kind: str
    label: str
    url: str
    state: str
    started_at: datetime | None
    attrs: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Origin:
    """What a model version was made of; what is None or empty is not known.

    `run` trained it. `pipeline_run` is the pipeline's execution around that run. `repository` is the
    first that holds the commit.
    """

    version: Thing
    run: Thing | None = None
    commit: Thing | None = None
    repository: Thing | None = None
    datasets: tuple[Thing, ...] = ()
    pipeline_run: Thing | None = None
    pipeline_version: Thing | None = None


def origin_of(node: Node, *, principal: Principal) -> Origin | None:
    """The origin of a model version, or of the version that a deployment serves.

    None where the node leads to no version. Raises GraphTooSlowError.
    """
    bounds = Bounds(up=MOST_HOPS, down=0, fan=MOST_FAN)
    found = _Found(neighbourhood(node, principal=principal, bounds=bounds))
    version = found.nearest([node.pk], NodeKind.MODEL_VERSION, SERVED)
    if version is None:
        return None
    run = found.nearest([version], NodeKind.RUN, MADE)
    makers = [version] if run is None else [run, version]
    commit = found.nearest(makers, NodeKind.COMMIT, (EdgeKind.CODE_OF, *AROUND))
    pipeline_run = found.nearest(makers, NodeKind.PIPELINE_RUN, (EdgeKind.CHILD_OF, *MADE))
    compiled = [pipeline_run] if pipeline_run else []
    pipeline_version = found.nearest(compiled, NodeKind.PIPELINE_VERSION, (EdgeKind.COMPILED_TO,))
    repository = _repository(commit, principal=principal)
    data = found.causes(run, EdgeKind.READ_BY) if run else []
    things = _things([version, run, commit, repository, *data, pipeline_run, pipeline_version])
    return Origin(
        version=things[version],
        run=things.get(run),
        commit=things.get(commit),
        repository=things.get(repository),
        datasets=tuple(sorted((things[key] for key in data), key=lambda thing: (thing.label, thing.id))),
        pipeline_run=things.get(pipeline_run),
        pipeline_version=things.get(pipeline_version),
    )


@dataclass(frozen=True, slots=True)
class _Found:
    """A view, asked backwards."""

    view: Subgraph

    def causes(self, node: int, *kinds: EdgeKind) -> list[int]:
        """Direct causes along edges of these kinds."""
        return [edge.ends[0] for edge in self.view.edges if edge.ends[1] == node and edge.kind in kinds]

    def nearest(self, starts: Iterable[int], kind: NodeKind, along: Iterable[EdgeKind]) -> int | None:
        """The first node of `kind`, breadth first backwards from `starts`; of equals the newest."""
        along, level, seen = tuple(along), list(starts), set[int]()
        while level:
            for node in level:
                if self.view.nodes[node].kind == kind:
                    return node
            seen.update(level)
            causes = {cause for node in level for cause in self.causes(node, *along)}
            level = sorted(causes - seen, reverse=True)
        return None


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
