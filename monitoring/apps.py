from django.apps import AppConfig


class MonitoringConfig(AppConfig):
    name = "monitoring"

    def ready(self) -> None:
        from core.cards import Slot, register

        register(Slot.OVERVIEW_SIDE, "monitoring.cards.overview_alerts", order=10)
        register(Slot.SYSTEM_SIDE, "monitoring.cards.system_monitors", order=50)
        register(Slot.NODE_PANEL, "monitoring.cards.node_drift", order=10)
