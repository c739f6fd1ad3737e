"""Causes and moves of levels as sentences, in the reader's language."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from maturity.causes import Cause, CauseKind, Change, Counts
from maturity.result import BELOW

KINDS: Mapping[CauseKind, "str | Promise"] = {
    CauseKind.EVIDENCE: gettext_lazy("evidence"),
    CauseKind.RUBRIC: gettext_lazy("rubric"),
    CauseKind.COVERAGE: gettext_lazy("coverage"),
    CauseKind.EXPIRY: gettext_lazy("expiry"),
}


@dataclass(frozen=True, slots=True)
class Reached:
    """Where a capability or the whole stands: levels, and points where these are counted."""

    confirmed: int | None = None
    potential: int | None = None
    score: float | None = None
    score_potential: float | None = None


@dataclass(frozen=True, slots=True)
class Move:
    """How far one capability went between two moments; `capability` is "" for the overall level."""

    capability: str
    name: str
    was: Reached
    now: Reached

    @property
    def moved(self) -> bool:
        return self.was != self.now

    @property
    def direction(self) -> str:
        """up, down or level, by what is confirmed, then by what is possible."""
        was, now = (_order(side) for side in (self.was, self.now))
        return "level" if was == now else "up" if now > was else "down"


def moves(
    was: Mapping[str, Reached], now: Mapping[str, Reached], *, names: Mapping[str, str]
) -> tuple[Move, ...]:
    """A move for each capability of either moment, the overall level ("") first."""
    ids = dict.fromkeys(["", *now, *was])
    return tuple(
        Move(each, names.get(each, each), was.get(each, Reached()), now.get(each, Reached())) for each in ids
    )


def move_sentence(move: Move) -> str:
    """ "Reproducibility: level 1 → 0"; where only what is possible changed, that."""
    name = _(move.name) if move.name else _("Overall")
    was, now = move.was, move.now
    if now.score is not None or was.score is not None:
        values = {"name": name, "was": points(was), "now": points(now)}
        return _("%(name)s: %(was)s → %(now)s points") % values
    if was.confirmed != now.confirmed:
        values = {"name": name, "was": level(was.confirmed), "now": level(now.confirmed)}
        return _("%(name)s: level %(was)s → %(now)s") % values
    values = {"name": name, "level": level(now.potential)}
    if _value(now.potential) > _value(was.potential):
        return _("%(name)s: level %(level)s became possible") % values
    return _("%(name)s: no more than level %(level)s is possible now") % values


def level(value: int | None) -> str:
    if value is None:
        return _("not assessed")
    return _("below 0") if value == BELOW else str(value)


def points(reached: Reached) -> str:
    """ "3.5" or, where unknowns may still earn, "3.5–5"."""
    if reached.score is None:
        return _("not assessed")
    if reached.score_potential is None or reached.score_potential == reached.score:
        return f"{reached.score:g}"
    return f"{reached.score:g}–{reached.score_potential:g}"


def counts(cause: Cause) -> str:
    """ "18 of 20 pass → 17 of 21 pass"; empty where no subject was looked at, then or now."""
    was, now = cause.was_counts, cause.now_counts
    if was == now or not (was.n or now.n):
        return ""
    return _("%(was)s → %(now)s pass") % {"was": share(was), "now": share(now)}


def share(found: Counts) -> str:
    """ "18 of 20", with what could not be judged as an interval."""
    passing = f"{found.p}–{found.p + found.u}" if found.u else str(found.p)
    return _("%(passing)s of %(all)d") % {"passing": passing, "all": found.n}


def change_sentence(change: Change) -> str:
    """One subject: what is found of it now, and what it was."""
    values = {"label": change.label, "now": change.now, "was": change.was}
    if change.vanished:
        return _("%(label)s is no longer counted (it was: %(was)s)") % values
    if change.appeared:
        return _("%(label)s is new: %(now)s") % values
    if not change.was or change.was == change.now:
        return _("%(label)s: %(now)s") % values
    return _("%(label)s: %(now)s (it was: %(was)s)") % values


def more_sentence(cause: Cause) -> str:
    """How many changed subjects are not named."""
    if not cause.more:
        return ""
    return ngettext("and %(more)d more", "and %(more)d more", cause.more) % {"more": cause.more}


def denominator(cause: Cause) -> str:
    """Why other things are counted than before; empty where the same ones are."""
    came = sum(change.appeared for change in cause.changes)
    went = sum(change.vanished for change in cause.changes)
    if not (came or went) or cause.was_counts.n == cause.now_counts.n:
        return ""
    values = {"was": cause.was_counts.n, "now": cause.now_counts.n}
    return _("%(was)d were counted, now %(now)d") % values


def gist(cause: Cause) -> str:
    """The cause in one sentence: its first subject, or what no single subject tells."""
    if cause.changes:
        return change_sentence(cause.changes[0])
    if not cause.criterion:
        return _("Rubric version %(versions)s") % {"versions": cause.why}
    return cause.why


def leading(causes: Sequence[Cause]) -> CauseKind | None:
    """The kind that stands for all: of the causes that changed a verdict the commonest."""
    told = [c.kind for c in causes if c.was is not c.now] or [c.kind for c in causes]
    return min(told, key=lambda kind: (-told.count(kind), list(CauseKind).index(kind)), default=None)


def of_capability(causes: Iterable[Cause], capability: str) -> tuple[Cause, ...]:
    """The causes in one capability that changed a verdict; all of them for "" (the overall level)."""
    return tuple(c for c in causes if c.was is not c.now and capability in ("", c.capability))


def _order(reached: Reached) -> tuple[float, float, float, float]:
    return (
        _value(reached.confirmed),
        _value(reached.potential),
        _value(reached.score),
        _value(reached.score_potential),
    )


def _value(value: float | None) -> float:
    return -2.0 if value is None else float(value)
