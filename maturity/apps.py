from django.apps import AppConfig


class MaturityConfig(AppConfig):
    name = "maturity"

    def ready(self) -> None:
        """What a sync touched is assessed again, and its drills may be proven."""
        from core import cards
        from evidence.readers import tell_after_sync
        from maturity import checks  # noqa: F401 (registers them)

        cards.register(cards.Slot.REPORTS, "maturity.cards.reports", order=10)
        tell_after_sync("maturity.inputs.drills.look_for_proofs")
        tell_after_sync("maturity.services.request_assessments")
