"""Terraform text without its comments."""

import re


def uncommented(text: str) -> str:
    """`#`, `//` and `/* */` comments blanked, line numbers kept; quoted text stays."""
    keep = re.compile(r'"(?:[^"\\\n]|\\.)*"|#[^\n]*|//[^\n]*|/\*.*?\*/', re.DOTALL)
    return keep.sub(lambda m: m[0] if m[0].startswith('"') else "\n" * m[0].count("\n"), text)


def blocks(text: str, kind: str) -> list[tuple[int, str, str]]:
    """Blocks such as `resource "type" "name" {…}`: line, type and body."""
    clean = uncommented(text)
    found = []
    for match in re.finditer(rf'(?m)^[ \t]*{kind}[ \t]+"([\w-]+)"[^{{\n]*\{{', clean):
        found.append((clean.count("\n", 0, match.start()) + 1, match[1], _body(clean, match.end())))
    return found


def _body(text: str, start: int) -> str:
    depth = 1
    for index in range(start, len(text)):
        depth += {"{": 1, "}": -1}.get(text[index], 0)
        if depth == 0:
            return text[start:index]
    return text[start:]
