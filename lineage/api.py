"""The API of lineage."""

routes: list[tuple[str, type, str]] = []
