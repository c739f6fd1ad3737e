from django.apps import AppConfig


class SamplesConfig(AppConfig):
    name = "samples"

    def ready(self) -> None:
        """The overview shows how far the build is."""
        from core.cards import Slot, register

        register(Slot.OVERVIEW_TOP, "samples.cards.progress_card", order=10)
