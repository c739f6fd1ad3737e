"""Which words a verdict invites: what its criterion allows, and what makes sense of its verdict."""

from dataclasses import dataclass
from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from maturity.criterion import Criterion
from maturity.finding import Verdict
from maturity.people import WAIVABLE, may_attest, may_waive
from maturity.probe import catalogue
from maturity.result import Result


class Act(StrEnum):
    """What a person may say of a verdict; also a part of the address."""

    WAIVE = "waive"
    ATTEST = "attest"
    DISPUTE = "dispute"
    MAP = "map"


@dataclass(frozen=True, slots=True)
class Wording:
    """How an act is called: as a link, as a heading with what it does, and its button."""

    link: str | Promise
    title: str | Promise
    effect: str | Promise
    button: str | Promise


WORDS = {
    Act.WAIVE: Wording(
        link=_("Waive…"),
        title=_("Ask for a waiver"),
        effect=_(
            "The level is then reached in spite of this criterion, marked as waived, until a day you choose."
            " Another person, a manager, has to approve it."
        ),
        button=_("Ask for the waiver"),
    ),
    Act.ATTEST: Wording(
        link=_("Attest…"),
        title=_("Attest it"),
        effect=_(
            "Your name stands beside the verdict for 180 days. It counts half where points are counted,"
            " and never makes a level by itself."
        ),
        button=_("Attest"),
    ),
    Act.DISPUTE: Wording(
        link=_("This finding is wrong…"),
        title=_("Dispute the finding"),
        effect=_(
            "The team that owns the system answers. The verdict stays until the evidence changes;"
            " the dispute is shown beside it and kept."
        ),
        button=_("Raise the dispute"),
    ),
    Act.MAP: Wording(
        link=_("Satisfied by other means…"),
        title=_("Map it to what does it here"),
        effect=_(
            "Say what does this under another name. It still has to be seen running,"
            " and another person, a manager, has to approve it."
        ),
        button=_("Propose the mapping"),
    ),
}

DRILL_OF = {
    "reproducibility.replay_proven": "replay",
    "deployment.rollback_ready": "rollback",
    "training.closed_loop": "drift",
}
"""The kind of drill that proves what a probe looks for."""


def means_of(probe: str) -> tuple[str, ...]:
    """The kinds of things that a team may map to the probe by name."""
    known = catalogue().probes.get(probe)
    return known.means if known else ()


def acts_on(result: Result, criterion: Criterion | None) -> tuple[Act, ...]:
    """What may be said of this verdict, the most frequent first."""
    if criterion is None or result.verdict is Verdict.NOT_APPLICABLE:
        return ()
    open_ = result.verdict in WAIVABLE
    fits = {
        Act.WAIVE: open_ and may_waive(criterion),
        Act.ATTEST: result.verdict is Verdict.UNKNOWN and may_attest(criterion),
        Act.MAP: open_ and bool(means_of(result.probe)),
        Act.DISPUTE: True,
    }
    return tuple(act for act, fit in fits.items() if fit)
