from django.apps import AppConfig


class CoreConfig(AppConfig):
    name = "core"

    def ready(self) -> None:
        from core.api import schema  # noqa: F401 (tells the API's description of our tokens)
