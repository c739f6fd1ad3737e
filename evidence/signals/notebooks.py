"""Notebooks read as Python: the code cells, without magics and shell lines."""

import json
import re

from evidence.signals.python_code import CodeError, parse


def notebook_source(text: str) -> str:
    """The code cells of a notebook as one text; magics and shell lines are blanked.

    Raises ValueError when the text is no notebook.
    """
    document = json.loads(text)
    cells = document.get("cells") if isinstance(document, dict) else None
    if not isinstance(cells, list):
        raise ValueError("no notebook: it has no list of cells")
    return "\n".join(_cell_code(cell) for cell in cells if isinstance(cell, dict))


def _cell_code(cell: dict[str, object]) -> str:
    source = cell.get("source", "")
    text = "".join(str(part) for part in source) if isinstance(source, list) else str(source)
    if cell.get("cell_type") != "code" or re.match(r"\s*%%(?!time|capture|prun)", text):
        return ""
    code = re.sub(r"(?m)^(\s*)[%!?].*$", r"\1pass", text)
    try:
        parse(code)
    except CodeError:
        return ""  # one broken cell must not hide the others
    return code
