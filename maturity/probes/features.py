"""Features: do models read them from a feature store, and are they fresh?"""

from datetime import timedelta

from maturity.facts import FeatureView, ModelVersion, SystemFacts
from maturity.finding import Finding
from maturity.probe import applies, probe
from maturity.probes._subjects import decided, failed, passed

SERVICE_TAG = "feast.feature_service"
REFS_TAG = "feast.feature_refs"


@applies
def reads_no_columns(facts: SystemFacts, window: timedelta) -> str:
    """Pictures, texts and the like come as tensors; a feature store holds columns."""
    known = [version for version in facts.production if version.inputs]
    tensors = [v for v in known if all(kind.startswith("tensor") for _, kind, _ in v.inputs)]
    if facts.production and len(tensors) == len(facts.production):
        return "Its production models read tensors, not columns that a feature store could hold."
    return ""


@probe()
def from_store(facts: SystemFacts, window: timedelta) -> tuple[Finding, ...]:
    """Does each production version name a feature service or features that the feature store has?"""
    services = {service.ref.label: service for service in facts.feature_services}
    views = {view.ref.label: view for view in facts.feature_views}
    return tuple(
        _from_store(version, services=set(services), views=set(views)) for version in facts.production
    )


def _from_store(version: ModelVersion, *, services: set[str], views: set[str]) -> Finding:
    service, named = service_of(version), views_of(version)
    if not service and not named:
        return failed(version.ref, "neither it nor its run names features of a feature store")
    missing = [service] if service and service not in services else sorted(named - views)
    yes = f"it reads {service or ', '.join(sorted(named)[:3])} of the feature store"
    no = f"{', '.join(missing[:3])} is not in the feature store"
    return decided(version.ref, not missing, yes=yes, no=no)


def service_of(version: ModelVersion) -> str:
    """The feature service that the version's run or the version itself names."""
    tags = version.run.tags if version.run else {}
    return str(tags.get(SERVICE_TAG) or version.tags.get(SERVICE_TAG) or "")


def views_of(version: ModelVersion) -> set[str]:
    """The feature views in references such as `customer_stats:age, customer_stats:orders`."""
    tags = version.run.tags if version.run else {}
    refs = str(tags.get(REFS_TAG) or version.tags.get(REFS_TAG) or "")
    return {part.strip(" []'\"").partition(":")[0] for part in refs.split(",")} - {""}


@applies
def batch_views_only(facts: SystemFacts, window: timedelta) -> str:
    """Views that are read in batches only are not materialised."""
    behind = views_behind(facts)
    if behind and not any(view.online for view in behind):
        return "The feature views behind its production models are read in batches only."
    return ""


@probe()
def fresh(facts: SystemFacts, window: timedelta) -> tuple[Finding, ...]:
    """Is each online feature view behind a production model on, and materialised recently enough?"""
    return tuple(_fresh(view, facts) for view in views_behind(facts) if view.online)


def views_behind(facts: SystemFacts) -> tuple[FeatureView, ...]:
    """The feature views that production versions read, by service or by reference."""
    services = {service.ref.label: set(service.views) for service in facts.feature_services}
    wanted: set[str] = set()
    for version in facts.production:
        wanted |= services.get(service_of(version), set()) | views_of(version)
    return tuple(view for view in facts.feature_views if view.ref.label in wanted)


def _fresh(view: FeatureView, facts: SystemFacts) -> Finding:
    if not view.enabled:
        return failed(view.ref, "it is disabled")
    if view.materialised_until is None:
        return failed(view.ref, "it was never materialised")
    if view.allowed_age is None:
        return failed(view.ref, "neither a ttl nor a largest age is declared for it")
    age = facts.now - view.materialised_until
    said = f"materialised up to {view.materialised_until:%Y-%m-%d %H:%M}, {_hours(view.allowed_age)} allowed"
    return passed(view.ref, said) if age <= view.allowed_age else failed(view.ref, said)


def _hours(span: timedelta) -> str:
    return f"{span / timedelta(hours=1):g} hours"
