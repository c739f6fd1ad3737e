"""Plotly figures of monitoring. Colours are tokens, so that both themes work."""

from typing import Any

from django.utils.translation import gettext as _

from monitoring.histogram import Histogram

Figure = dict[str, Any]


def distribution(drawn: Histogram, *, sizes: tuple[int, int], column: str) -> Figure:
    """Baseline as bars, window as a line over them; names side by side. Shares in percent."""
    names = [
        _("baseline, n = %(n)s") % {"n": f"{sizes[0]:,}"},
        _("window, n = %(n)s") % {"n": f"{sizes[1]:,}"},
    ]
    traces = _steps(drawn, names) if drawn.edges else _bars(drawn, names)
    scale = {"type": "log"} if drawn.is_logarithmic else {}
    title = _("%(column)s, logarithmic") % {"column": column} if drawn.is_logarithmic else column
    layout = {
        "barmode": "overlay" if drawn.edges else "group",
        "bargap": 0.04 if drawn.edges else 0.25,
        "xaxis": {"title": {"text": title}, **scale, **({} if drawn.edges else {"type": "category"})},
        "yaxis": {"ticksuffix": " %", "rangemode": "tozero"},
        "showlegend": True,
    }
    return {"data": traces, "layout": layout}


def _steps(drawn: Histogram, names: list[str]) -> list[Figure]:
    """Both as stairs over the bins' bounds: the baseline filled, the window outlined."""
    points = [drawn.edges[0], *(edge for edge in drawn.edges[1:-1] for _twice in "ab"), drawn.edges[-1]]
    return [
        {
            "type": "scatter",
            "mode": "lines",
            "name": name,
            "x": points,
            "y": [100 * share for share in shares for _twice in "ab"],
            "fill": "tozeroy" if is_baseline else "none",
            "fillcolor": "token:line-strong",
            "line": {"color": "token:line-strong" if is_baseline else "token:accent", "width": 2},
            "hovertemplate": "%{y:.1f} %<extra></extra>",
        }
        for name, shares, is_baseline in (
            (names[0], drawn.baseline, True),
            (names[1], drawn.window, False),
        )
    ]


def _bars(drawn: Histogram, names: list[str]) -> list[Figure]:
    return [
        {
            "type": "bar",
            "name": name,
            "x": list(drawn.labels),
            "y": [100 * share for share in shares],
            "marker": {"color": colour},
            "hovertemplate": "%{x}: %{y:.1f} %<extra></extra>",
        }
        for name, shares, colour in (
            (names[0], drawn.baseline, "token:line-strong"),
            (names[1], drawn.window, "token:accent"),
        )
    ]
