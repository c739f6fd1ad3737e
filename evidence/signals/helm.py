"""Helm templates made readable: `.Values` filled in, blocks switched off by their defaults left out.

Not Helm: enough of it that `replicas: {{ .Values.replicas }}` parses as YAML and that an object
behind `{{- if .Values.canary.enabled }}` counts only when the chart's own values switch it on.
"""

import re

from evidence.signals.documents import at

ACTION = re.compile(r"\{\{-?\s*(.*?)\s*-?\}\}", re.DOTALL)
VALUE = re.compile(r"^\(?\s*\.Values\.([\w.]+)\s*\)?(\s*\|.*)?$", re.DOTALL)
OPENING = re.compile(r"^(if|range|with|define|block)\b\s*(.*)$", re.DOTALL)
FILLER = "rendered"


def render(text: str, values: object) -> str:
    """The template with actions replaced line by line; line numbers stay what they were."""
    text = re.sub(r"\{\{-?\s*/\*.*?\*/\s*-?\}\}", lambda m: "\n" * m[0].count("\n"), text, flags=re.DOTALL)
    lines: list[str] = []
    switches: list[bool] = []
    for line in text.split("\n"):
        stripped = line.strip()
        actions: list[str] = ACTION.findall(line)
        if actions and ACTION.sub("", stripped).strip() == "" and _is_control(actions[0]):
            for action in actions:
                _switch(action, switches, values)
            lines.append("")
        elif not all(switches):
            lines.append("")
        else:
            lines.append(_fill(line, values))
    return "\n".join(lines)


def _is_control(action: str) -> bool:
    return bool(
        OPENING.match(action) or re.match(r"^(end|else)\b", action) or ":=" in action or " = " in action
    )


def _switch(action: str, switches: list[bool], values: object) -> None:
    opening = OPENING.match(action)
    if opening:
        switches.append(_is_on(opening[1], opening[2], values))
    elif action.startswith("end") and switches:
        switches.pop()
    elif action.startswith("else") and switches:
        switches[-1] = not switches[-1]


def _is_on(kind: str, condition: str, values: object) -> bool:
    """Whether a block is written; a condition that cannot be decided counts as on."""
    if kind == "define":
        return False
    if kind in {"if", "with"}:
        negated = condition.startswith("not ")
        value = VALUE.match(condition.removeprefix("not ").strip())
        if value:
            return bool(at(values, *value[1].split("."))) is not negated
    return True


def _fill(line: str, values: object) -> str:
    """One line with its actions replaced by values or by a filler word."""
    if ACTION.sub("", line).strip() in {"", "-"} and ACTION.search(line):
        action = ACTION.search(line)
        # `{{- toYaml .Values.x | nindent 4 }}` alone on a line stands for a whole block.
        return line[: line.index("{{")].rstrip() + (" {}" if action and line.strip().startswith("-") else "")
    return ACTION.sub(lambda found: _value(found[1], values), line)


def _value(action: str, values: object) -> str:
    found = VALUE.match(action)
    value = at(values, *found[1].split(".")) if found else None
    if isinstance(value, bool):
        return str(value).lower()
    if value is None and "default" in action:
        default = re.search(r"default\s+(\"[^\"]*\"|[\w.%-]+)", action)
        return default[1].strip('"') if default else FILLER
    if not isinstance(value, str | int | float):
        return FILLER
    return str(value)
