from django.apps import AppConfig


class MaturityConfig(AppConfig):
    name = "maturity"

    def ready(self) -> None:
        """A broken rubric or probe stops the start; what a sync touched is assessed again."""
        from evidence.sync import after_sync
        from maturity.rubric import rubric
        from maturity.services import request_assessments

        rubric()
        after_sync(request_assessments)
