"""The API of evidence."""

routes: list[tuple[str, type, str]] = []
