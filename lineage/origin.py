"""What a model version was made of: its run, code, data and pipeline, chosen from a lineage view. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from evidence.records import EdgeKind, NodeKind
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


@dataclass(frozen=True, slots=True)
class Makers:
    """The nodes of an origin by their ids, as one view shows them."""

    version: int
    run: int | None
    commit: int | None
    datasets: tuple[int, ...]
    pipeline_run: int | None
    pipeline_version: int | None


def makers(view: Subgraph) -> Makers | None:
    """Who made the version that the view's focus is or serves; None where it leads to no version."""
    found = _Found(view)
    version = found.nearest([view.focus], NodeKind.MODEL_VERSION, SERVED)
    if version is None:
        return None
    run = found.nearest([version], NodeKind.RUN, MADE)
    started = [version] if run is None else [run, version]
    pipeline_run = found.nearest(started, NodeKind.PIPELINE_RUN, (EdgeKind.CHILD_OF, *MADE))
    compiled = [pipeline_run] if pipeline_run else []
    return Makers(
        version=version,
        run=run,
        commit=found.nearest(started, NodeKind.COMMIT, (EdgeKind.CODE_OF, *AROUND)),
        datasets=tuple(found.causes(run, EdgeKind.READ_BY)) if run else (),
        pipeline_run=pipeline_run,
        pipeline_version=found.nearest(compiled, NodeKind.PIPELINE_VERSION, (EdgeKind.COMPILED_TO,)),
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
