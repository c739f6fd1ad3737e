"""System checks: a broken connector stops the start instead of disappearing."""

from typing import Any

from django.core.checks import CheckMessage, register


@register()
def connectors_can_be_loaded(app_configs: Any, **_: Any) -> list[CheckMessage]:
    """Raises what the broken file raises."""
    from evidence.connectors.found import connectors

    connectors()
    return []
