"""A made lineage graph with the shape that hurts: few hubs that very many runs hang on.

Nodes come in the order of time, so that ids grow with it as in a synced store. Of them 4 % are commits,
2 % datasets, 4 % dataset versions, 70 % runs, 14 % model versions, 3 % deployments, the rest preparing
runs. One commit has a tenth of all runs, one dataset version 15 % of them; all else follows a power law.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

TEAMS = 10
SYSTEMS = 40
HUB_COMMIT_SHARE, HUB_DATA_SHARE = 0.10, 0.15
SHARES = (
    ("run", 0.70), ("model_version", 0.14), ("commit", 0.04), ("dataset_version", 0.04),
    ("preparation", 0.03), ("deployment", 0.03), ("dataset", 0.02),
)  # fmt: skip
START = datetime(2025, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class MadeNode:
    """A row of the node table, as far as it differs from others."""

    id: int
    kind: str
    uid: str
    label: str
    system: int
    state: str
    at: datetime
    attrs: dict[str, object]


@dataclass(frozen=True, slots=True)
class MadeEdge:
    """A row of the edge table."""

    src: int
    kind: str
    dst: int


@dataclass(slots=True)
class HubGraph:
    """Makes `size` nodes and their edges; the same seed makes the same graph."""

    size: int
    seed: int = 1
    ids: dict[str, list[int]] = field(default_factory=dict)
    edges: dict[MadeEdge, None] = field(default_factory=dict)
    _random: random.Random = field(init=False)

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)

    @property
    def hubs(self) -> tuple[int, int]:
        """The commit and the dataset version that very many runs hang on."""
        return self.ids["commit"][0], self.ids["dataset_version"][0]

    def nodes(self) -> Iterator[MadeNode]:
        """All nodes in the order of time; fills `ids` and `edges` on the way."""
        kinds = ["dataset", "dataset_version", "commit", "run", "model_version", "deployment"]
        names, weights = zip(*SHARES, strict=True)
        kinds += self._random.choices(names, weights, k=self.size - len(kinds))
        for number, kind in enumerate(kinds, start=1):
            self._link(number, kind)
            self.ids.setdefault(kind, []).append(number)
            yield self._node(number, kind)

    def _link(self, number: int, kind: str) -> None:
        match kind:
            case "run" | "preparation":
                self._edge(self._cause("commit", HUB_COMMIT_SHARE), "code_of", number)
                for _ in range(self._random.choice((1, 1, 2))):
                    self._edge(self._cause("dataset_version", HUB_DATA_SHARE), "read_by", number)
            case "dataset_version":
                self._edge(number, "version_of", self._cause("dataset", 0))
                if "preparation" in self.ids:
                    self._edge(self._cause("preparation", 0), "wrote", number)
            case "model_version":
                self._edge(self._cause("run", 0), "wrote", number)
            case "deployment":
                self._edge(self._cause("model_version", 0), "deployed_as", number)

    def _cause(self, kind: str, hub_share: float) -> int:
        """The hub at the given share; else one of the newest, as a power law has it."""
        known = self.ids[kind]
        if self._random.random() < hub_share:
            return known[0]
        return known[-min(int(self._random.paretovariate(0.7)), len(known))]

    def _edge(self, src: int, kind: str, dst: int) -> None:
        self.edges[MadeEdge(src, kind, dst)] = None

    def _node(self, number: int, kind: str) -> MadeNode:
        own = f"{self._random.getrandbits(160):040x}"
        stored = "run" if kind == "preparation" else kind
        labels = {"commit": own[:7], "model_version": f"model-{number % 500} v{number // 500}"}
        attrs: dict[str, object] = {
            "name": f"{kind}-{number % 500}",
            "sha": own,
            "subject": f"Change {number}",
        }
        if stored == "run":
            attrs = {"params": {f"p{n}": n for n in range(12)}, "metrics": {f"m{n}": n / 7 for n in range(8)}}
        return MadeNode(
            id=number,
            kind=stored,
            uid=f"urn:rashinban:{stored}:{own}" if kind == "commit" else f"urn:rashinban:{stored}:made:{own}",
            label=labels.get(kind, f"{kind}-{number}"),
            system=1 if number in (1, 2, 3) else number % SYSTEMS + 1,
            state="live" if kind == "deployment" else "FINISHED",
            at=START + timedelta(minutes=number),
            attrs=attrs,
        )
