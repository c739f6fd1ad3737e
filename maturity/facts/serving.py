"""What serving platforms, feature stores and monitors report beside the models themselves."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from maturity.facts.sources import Ref


@dataclass(frozen=True, slots=True)
class FeatureView:
    """A feature view of a feature store. `ref.label` is its name.

    `online`: it is served online, not only read in batches. `max_age`: the declared age that its
    values may have, `ttl`: the age after which the store drops them; None where nothing is said.
    `materialised_until`: up to when values were written to the online store.
    """

    ref: Ref
    online: bool = True
    enabled: bool = True
    ttl: timedelta | None = None
    max_age: timedelta | None = None
    materialised_until: datetime | None = None

    @property
    def allowed_age(self) -> timedelta | None:
        """The smaller of the two ages."""
        return min((age for age in (self.ttl, self.max_age) if age), default=None)


@dataclass(frozen=True, slots=True)
class FeatureService:
    """A named set of feature views that a model is trained on and served with. `views` are names."""

    ref: Ref
    views: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Readiness:
    """A prober or a metrics source watched what `ref` names from `start` to `end`."""

    ref: Ref
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Objective:
    """A service level objective of an endpoint, evaluated at `at`.

    `kind` is latency, errors, throughput…; `kept` is None where the evaluation had no data.
    """

    ref: Ref
    kind: str
    at: datetime
    kept: bool | None


@dataclass(frozen=True, slots=True)
class Analysis:
    """A metric analysis that decided a roll-out; `decision` is promoted or aborted."""

    ref: Ref
    at: datetime
    decision: str
    by: str = ""


@dataclass(frozen=True, slots=True)
class Delivery:
    """An alert, or the test of a channel, was handed to a receiver."""

    ref: Ref
    at: datetime
    receiver: str
    succeeded: bool
    is_test: bool = False


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """A GitOps controller's word about one application at one moment."""

    ref: Ref
    at: datetime
    synced: bool
    automated: bool
    revision: str = ""
