from django.apps import AppConfig


class SamplesConfig(AppConfig):
    name = "samples"

    def ready(self) -> None:
        """The overview shows how far the build is."""
        from core.cards import Slot, register
        from samples.cards import progress_card

        register(Slot.OVERVIEW_TOP, progress_card, order=10)
