from django.apps import AppConfig


class MaturityConfig(AppConfig):
    name = "maturity"

    def ready(self) -> None:
        """A broken rubric or probe stops the start; a synced system is assessed again."""
        from evidence.sync import after_sync
        from maturity.rubric import rubric
        from maturity.tasks import assess_system_task

        rubric()
        after_sync(lambda systems: [assess_system_task.delay(system_id) for system_id in systems])
