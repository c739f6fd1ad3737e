from django.apps import AppConfig


class EvidenceConfig(AppConfig):
    name = "evidence"

    def ready(self) -> None:
        from core.cards import Slot, register
        from evidence import checks  # noqa: F401 (registers them)
        from evidence.readers import tell_after_sync

        register(Slot.TOPBAR, "evidence.cards.topbar_health")
        tell_after_sync("evidence.deployments.link_after_sync")
