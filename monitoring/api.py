"""The API of monitoring."""

routes: list[tuple[str, type, str]] = []
