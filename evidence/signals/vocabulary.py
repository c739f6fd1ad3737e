"""Sets of words written as lines of text."""


def vocabulary(*lines: str) -> frozenset[str]:
    """The words of all lines."""
    return frozenset(" ".join(lines).split())
