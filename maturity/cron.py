"""How often a cron expression fires, roughly enough to tell whether it did. Pure."""

from datetime import timedelta

PERIODS = {
    "minute": timedelta(hours=1),
    "hour": timedelta(days=1),
    "day of month": timedelta(days=31),
    "month": timedelta(days=366),
    "day of week": timedelta(days=7),
}
"""The five fields in their order, and how long a field's value takes to come again."""

ANY = frozenset({"*", "?"})


def period_of(expression: str) -> timedelta | None:
    """The longest time between two firings; None for an expression that is not understood.

    Six fields (seconds first, as in Kubeflow Pipelines) or five. A field with several values counts
    as if it had one: the answer is never shorter than the truth.
    """
    fields = expression.split()
    if len(fields) not in (5, 6):
        return None
    named = zip(fields[-5:], PERIODS.values(), strict=True)
    return max((period for field, period in named if field not in ANY), default=timedelta(minutes=1))
