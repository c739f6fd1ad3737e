"""The state of a lineage page, all of it in its address."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from urllib.parse import urlencode

from django.urls import reverse

from lineage.graph import MOST_FAN, MOST_HOPS, Bounds

USUAL = Bounds()
_RANGES = {"up": (0, MOST_HOPS), "down": (0, MOST_HOPS), "fan": (1, MOST_FAN)}


@dataclass(frozen=True, slots=True)
class ViewState:
    """Focus, bounds and what is selected: a node (`12`), an edge (`12-wrote-15`), a group or a gap."""

    focus: int
    up: int = USUAL.up
    down: int = USUAL.down
    fan: int = USUAL.fan
    select: str = ""
    before: int = 0

    @property
    def bounds(self) -> Bounds:
        return Bounds(up=self.up, down=self.down, fan=self.fan)

    def url(self, **changes: object) -> str:
        """The address of this state with some parts changed; what is as by default is left out."""
        changed = replace(self, **changes)  # type: ignore[arg-type]
        usual = {field.name: field.default for field in fields(self)}
        query = {name: value for name, value in asdict(changed).items() if value != usual[name]}
        focus = query.pop("focus")
        address = reverse("lineage:node", args=[focus])
        return f"{address}?{urlencode(query)}" if query else address


def read_state(focus: int, query: Mapping[str, str]) -> ViewState:
    """The state an address asks for; numbers out of range are moved into it, nonsense is the default."""
    numbers = {
        name: _number(query.get(name, ""), low=low, high=high) for name, (low, high) in _RANGES.items()
    }
    chosen = {name: value for name, value in numbers.items() if value is not None}
    before = _number(query.get("before", ""), low=0, high=2**63 - 1)
    return ViewState(focus, select=query.get("select", "")[:100], before=before or 0, **chosen)


def _number(text: str, *, low: int, high: int) -> int | None:
    return min(max(int(text), low), high) if text.isascii() and text.isdigit() and len(text) < 20 else None
