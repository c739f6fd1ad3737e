"""Loads the Celery application with Django, so that tasks are sent to the configured broker."""

from django.apps import AppConfig


class ConfigConfig(AppConfig):
    name = "config"

    def ready(self) -> None:
        from config import celery  # noqa: F401 (makes it the current application)
