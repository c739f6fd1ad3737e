"""The API of maturity."""

routes: list[tuple[str, type, str]] = []
