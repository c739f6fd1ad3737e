"""The components of the pages: what is drawn the same way everywhere."""

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from django import template
from django.forms.boundfield import BoundField
from django.template import Context
from django.templatetags.static import static
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, gettext_lazy, ngettext, pgettext

from core import cards, levelbar, quantities

register = template.Library()

ICON_OF_KIND = {
    "mlflow": "experiment",
    "git": "repository",
    "github": "repository",
    "branch": "commit",
    "pull_request": "commit",
    "workflow_run": "run",
    "kfp": "pipeline",
    "dataset_version": "dataset",
    "feature_view": "column",
    "feature_service": "column",
    "pipeline_version": "pipeline",
    "pipeline_run": "run",
    "logged_model": "model",
    "model_version": "model",
}
"""Icons of node and source kinds that have no drawing of their own; the others are named like their icon."""

VERDICTS = {
    "MET": ("met", "met", gettext_lazy("met")),
    "NOT_MET": ("fail", "fail", gettext_lazy("not met")),
    "UNKNOWN": ("unknown", "unknown", gettext_lazy("unknown")),
    "NOT_APPLICABLE": ("unknown", "minus", gettext_lazy("not applicable")),
    "WAIVED": ("waived", "waived", gettext_lazy("waived")),
    "ATTESTED": ("waived", "waived", gettext_lazy("attested")),
}
"""Verdict: tone, icon, word."""

EFFORTS = {
    "S": gettext_lazy("small effort"),
    "M": gettext_lazy("medium effort"),
    "L": gettext_lazy("large effort"),
}


@register.simple_tag
def icon(name: str, label: str = "") -> SafeString:
    """A drawing of the icon file, by its name or by a node kind; `label` only where no text stands beside."""
    url = f"{static('img/icons.svg')}#i-{ICON_OF_KIND.get(name, name)}"
    if label:
        return format_html('<svg class="icon" role="img" aria-label="{}"><use href="{}"/></svg>', label, url)
    return format_html('<svg class="icon" aria-hidden="true"><use href="{}"/></svg>', url)


def level_sentence(
    confirmed: int | None,
    *,
    potential: int | None = None,
    target: int | None = None,
    waived: Collection[int] = (),
) -> str:
    """What a level bar says, in words: its accessible name."""
    if confirmed is None:
        parts = [gettext("not assessed")]
    elif confirmed == levelbar.BELOW:
        parts = [gettext("level 0 not confirmed")]
    else:
        parts = [gettext("level %(level)d confirmed") % {"level": confirmed}]
    if confirmed is not None:
        if potential is not None and potential > confirmed:
            parts.append(gettext("level %(level)d possible") % {"level": potential})
        counted = sorted(level for level in waived if level <= confirmed)
        parts += [gettext("level %(level)d by waiver") % {"level": level} for level in counted]
    if target is not None:
        parts.append(gettext("target level %(level)d") % {"level": target})
    return pgettext("between the parts of a list", ", ").join(parts)


@register.inclusion_tag("_components/levelbar.html", name="levelbar")
def level_bar(
    confirmed: int | None,
    potential: int | None = None,
    target: int | None = None,
    waived: Collection[int] = (),
    size: str = "sm",
    label: str = "",
    decorative: bool = False,
    top: int = levelbar.USUAL_TOP,
    score: float | None = None,
    score_potential: float | None = None,
    most: int = 0,
) -> dict[str, object]:
    """The level bar; `label` names what is levelled, `decorative` hides a bar whose words stand beside it.

    `top` is the highest level of the ladder. Where a `score` out of `most` points is given, its
    points are drawn instead of levels.
    """
    if score is not None:
        possible = score if score_potential is None else score_potential
        said = points_sentence(score, potential=possible, most=most)
        drawn = levelbar.points_bar(score, possible, most=most)
    else:
        said = level_sentence(confirmed, potential=potential, target=target, waived=waived)
        highest = max(top, confirmed or 0, potential or 0)
        drawn = levelbar.bar(confirmed, potential=potential, target=target, waived=waived, top=highest)
    return {"bar": drawn, "size": size, "name": _bar_name(said, label=label, decorative=decorative)}


@register.simple_tag
def points_sentence(score: float, potential: float, most: int) -> str:
    """ "3.5 of 7, at most 5": what was earned, of how many, and what it may become."""
    values = {"score": f"{score:g}", "most": most, "potential": f"{potential:g}"}
    if potential > score:
        return gettext("%(score)s of %(most)s, at most %(potential)s") % values
    return gettext("%(score)s of %(most)s") % values


def _bar_name(said: str, *, label: str, decorative: bool) -> str:
    """What a reader of the screen hears; nothing where the words stand beside the bar."""
    if decorative:
        return ""
    return f"{label}: {said}" if label else said


@register.inclusion_tag("_components/verdict.html")
def verdict(value: str, outlined: bool = False) -> dict[str, object]:
    """A verdict (MET, NOT_MET, UNKNOWN, NOT_APPLICABLE) as shape, colour and word."""
    tone, drawing, word = VERDICTS[value]
    return {"tone": tone, "icon": drawing, "word": word, "outlined": outlined or value == "UNKNOWN"}


@register.inclusion_tag("_components/effort.html")
def effort(size: str) -> dict[str, object]:
    """The effort of a remedy: S, M or L."""
    return {"size": size, "name": EFFORTS[size]}


@register.simple_tag
def reltime(moment: datetime | None, absent: str = "") -> SafeString | str:
    """A moment as "14 min ago" with the absolute moment in the title; `absent` stands for None."""
    if moment is None:
        return absent or gettext("never")
    in_utc = moment.astimezone(UTC)
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        in_utc.isoformat(timespec="seconds"),
        f"{in_utc:%Y-%m-%d %H:%M} UTC",
        relative(moment, now=timezone.now()),
    )


def relative(moment: datetime, *, now: datetime) -> str:
    """The distance of a moment from `now` in one unit: "just now", "14 min ago", "in 3 days"."""
    distance = _distance(abs(now - moment))
    if not distance:
        return gettext("just now")
    if moment > now:
        return gettext("in %(distance)s") % {"distance": distance}
    return gettext("%(distance)s ago") % {"distance": distance}


def _distance(span: timedelta) -> str:
    minutes = round(span.total_seconds() / 60)
    if minutes < 1:
        return ""
    if minutes < 60:
        return gettext("%(count)d min") % {"count": minutes}
    if minutes < 48 * 60:
        return gettext("%(count)d h") % {"count": minutes // 60}
    days = minutes // (24 * 60)
    if days < 60:
        return ngettext("%(count)d day", "%(count)d days", days) % {"count": days}
    months = days // 30
    if days < 730:
        return ngettext("%(count)d month", "%(count)d months", months) % {"count": months}
    return ngettext("%(count)d year", "%(count)d years", days // 365) % {"count": days // 365}


@register.filter
def number(value: float | Decimal | None, unit: str = "") -> str:
    """Three significant digits and the unit: {{ latency|number:"ms" }}."""
    return quantities.written(value, unit=unit)


@register.filter
def percent(share: float | None) -> str:
    """A share of 0 to 1 in percent: {{ coverage|percent }}."""
    return quantities.percentage(share)


@register.inclusion_tag("_components/chart.html")
def chart(
    name: str,
    *,
    title: str,
    figure: Mapping[str, Any],
    headers: Sequence[str],
    rows: Sequence[Sequence[object]],
    reading: str = "",
    tall: bool = False,
) -> dict[str, object]:
    """A Plotly figure ({"data", "layout"}) with its title, its one-sentence reading and its data as a table.

    `name` is unique on the page. The page loads "_components/chart_scripts.html" in its block `scripts`.
    """
    return {
        "name": name,
        "title": title,
        "figure": figure,
        "headers": headers,
        "rows": rows,
        "reading": reading,
        "tall": tall,
        "data_id": f"{name}-figure",
    }


@register.inclusion_tag("_components/field.html")
def field(bound: BoundField) -> dict[str, object]:
    """A form field: label, control, help and error, tied together for assistive technology."""
    return {"field": bound, "is_check": bound.widget_type == "checkbox"}


@register.simple_tag(takes_context=True)
def card_slot(context: Context, slot: str, subject: object = None) -> SafeString:
    """All cards that other apps show in a slot: {% card_slot "system.side" system %}."""
    return cards.render(context["request"], cards.Slot(slot), subject)


@register.simple_tag(takes_context=True)
def current_if(context: Context, *namespaces: str) -> SafeString:
    """`aria-current` for a rail link whose page or section is open."""
    match = getattr(context.get("request"), "resolver_match", None)
    view = match.view_name if match else ""
    return SafeString('aria-current="page"' if view.startswith(namespaces) else "")
