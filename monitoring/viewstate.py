"""The state of a monitor's page, all of it in its address."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from datetime import UTC, datetime
from urllib.parse import urlencode

from django.urls import reverse

from monitoring.heatmap import SCORE, USUAL
from monitoring.statistics import all_statistics


@dataclass(frozen=True, slots=True)
class ViewState:
    """`column` and `window`: the cell in focus (0: the most alarming one of the newest window); `before`:
    the page of windows ends here; `rows` "all": calm inputs too."""

    slug: str
    statistic: str = USUAL
    column: str = ""
    window: int = 0
    before: str = ""
    rows: str = ""

    def url(self, **changes: object) -> str:
        """The address of this state with some parts changed; what is as by default is left out."""
        changed = replace(self, **changes)  # type: ignore[arg-type]
        usual = {field.name: field.default for field in fields(self)}
        query = {name: value for name, value in asdict(changed).items() if value != usual[name]}
        address = reverse("monitoring:monitor", args=[query.pop("slug")])
        return f"{address}?{urlencode(query)}" if query else address

    @property
    def moment(self) -> datetime | None:
        """`before` as a moment; None where it is none."""
        try:
            return datetime.fromisoformat(self.before).replace(tzinfo=UTC) if self.before else None
        except ValueError:
            return None


def read_state(slug: str, query: Mapping[str, str]) -> ViewState:
    """The state that an address asks for; nonsense is the default."""
    statistic = query.get("statistic", USUAL)
    return ViewState(
        slug,
        statistic=statistic if statistic == SCORE or statistic in all_statistics() else USUAL,
        column=query.get("column", "")[:300],
        window=_number(query.get("window", "")),
        before=query.get("before", "")[:40],
        rows="all" if query.get("rows") == "all" else "",
    )


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0
