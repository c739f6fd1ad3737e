"""The state of a lineage page, all of it in its address."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields, replace
from urllib.parse import urlencode

from django.urls import reverse

from lineage.graph import MOST_FAN, MOST_HOPS, Bounds

USUAL = Bounds()
MOST_EXPANDED = 20
TABS = ("summary", "why", "numbers")
_GROUP = re.compile(r"\d{1,18}-(up|down)-[a-z_]{1,40}")
_RANGES = {"up": (0, MOST_HOPS), "down": (0, MOST_HOPS), "fan": (1, MOST_FAN)}


@dataclass(frozen=True, slots=True)
class ViewState:
    """Focus, bounds and what is selected: a node (`12`), an edge (`12-wrote-15`), a group or a gap.

    `expand` holds the ids of groups that are drawn as far as possible, with commas between; `tab` is what
    the panel of a node shows, one of `TABS`.
    """

    focus: int
    up: int = USUAL.up
    down: int = USUAL.down
    fan: int = USUAL.fan
    select: str = ""
    before: int = 0
    expand: str = ""
    tab: str = TABS[0]

    @property
    def bounds(self) -> Bounds:
        return Bounds(up=self.up, down=self.down, fan=self.fan, expanded=self.expanded)

    @property
    def expanded(self) -> frozenset[str]:
        return frozenset(self.expand.split(",")) - {""}

    def toggled(self, groups: Iterable[str]) -> str:
        """The address with these groups expanded, or, if all of them are, drawn as usual again."""
        asked = frozenset(groups)
        kept = self.expanded - asked if asked <= self.expanded else self.expanded | asked
        return self.url(expand=",".join(sorted(kept)), before=0)

    def url(self, **changes: object) -> str:
        """The address of this state with some parts changed; what is as by default is left out."""
        changed = replace(self, **changes)  # type: ignore[arg-type]
        usual = {field.name: field.default for field in fields(self)}
        query = {name: value for name, value in asdict(changed).items() if value != usual[name]}
        focus = query.pop("focus")
        address = reverse("lineage:node", args=[focus])
        return f"{address}?{urlencode(query, safe=',')}" if query else address


def read_state(focus: int, query: Mapping[str, str]) -> ViewState:
    """The state an address asks for; numbers out of range are moved into it, nonsense is the default."""
    numbers = {
        name: _number(query.get(name, ""), low=low, high=high) for name, (low, high) in _RANGES.items()
    }
    chosen = {name: value for name, value in numbers.items() if value is not None}
    before = _number(query.get("before", ""), low=0, high=2**63 - 1)
    tab = query.get("tab", "")
    return ViewState(
        focus,
        select=query.get("select", "")[:100],
        before=before or 0,
        expand=",".join(group_ids(query.get("expand", ""))),
        tab=tab if tab in TABS else TABS[0],
        **chosen,
    )


def group_ids(text: str) -> list[str]:
    """The ids of groups in a list with commas between; what is none is left out, and what is too many."""
    return sorted({each for each in text.split(",") if _GROUP.fullmatch(each)})[:MOST_EXPANDED]


def _number(text: str, *, low: int, high: int) -> int | None:
    return min(max(int(text), low), high) if text.isascii() and text.isdigit() and len(text) < 20 else None
