"""System checks: a broken rubric or probe stops the start."""

from typing import Any

from django.core.checks import CheckMessage, register


@register()
def rubric_can_be_loaded(app_configs: Any, **_: Any) -> list[CheckMessage]:
    """Raises what is wrong with the rubric."""
    from maturity.rubric import rubric

    rubric()
    return []
