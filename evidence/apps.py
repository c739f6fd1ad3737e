from django.apps import AppConfig


class EvidenceConfig(AppConfig):
    name = "evidence"

    def ready(self) -> None:
        from core.cards import Slot, register
        from evidence import cards
        from evidence.connectors.found import connectors
        from evidence.sync import after_sync

        connectors()  # a broken connector stops the start
        register(Slot.TOPBAR, cards.topbar_health)
        after_sync(_link_deployments)


def _link_deployments(systems: frozenset[int]) -> None:
    """A model version that a sync just brought may be what a reported deployment waits for."""
    from django.utils import timezone

    from evidence.deployments import link_deployments

    link_deployments(sorted(systems), now=timezone.now())
