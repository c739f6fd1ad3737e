"""One component of a compiled pipeline: its ports, its image, and what it installs when it runs."""

import ast
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass

from evidence.connectors._reading import mapping, text_at, texts_at
from evidence.records import Json

PINNED_IMAGE = re.compile(r"@sha256:[0-9a-f]{64}$")
PINNED_PACKAGE = re.compile(r"===?[^=*,]+$|\S@[0-9a-f]{40}\b|#sha256=[0-9a-f]{64}\b")
ENDED_PYTHON = re.compile(r"python_version\s*<\s*[\"']3\.(\d+)[\"']")
OLDEST_PYTHON = 9  # KFP 2.16 no longer runs on anything older than Python 3.9
UNTYPED_ARTIFACTS = frozenset({"", "system.Artifact"})
FILE_OPTIONS = frozenset({"-r", "--requirement"})
VALUE_OPTIONS = frozenset(
    {
        *("-c", "--constraint", "-i", "--index-url", "--extra-index-url", "-f", "--find-links"),
        *("-t", "--target", "--trusted-host", "--prefix", "--root", "--python-version", "--platform"),
    }
)


@dataclass(frozen=True, slots=True)
class Component:
    """What a component declares.

    `installs` are the requirements installed at every run, as written; `imports` the top-level
    modules its embedded source imports. `inputs` and `outputs`: type by name.
    """

    name: str
    inputs: dict[str, str]
    outputs: dict[str, str]
    image: str
    installs: tuple[str, ...]
    imports: frozenset[str]

    @property
    def ports(self) -> int:
        return len(self.inputs) + len(self.outputs)

    @property
    def typed_ports(self) -> int:
        """Ports with a type of their own; a bare `system.Artifact` says nothing."""
        types = [*self.inputs.values(), *self.outputs.values()]
        return sum(each not in UNTYPED_ARTIFACTS for each in types)

    @property
    def image_pinned(self) -> bool:
        """True when the image is named by its digest: a tag can be moved."""
        return bool(PINNED_IMAGE.search(self.image))

    def as_json(self) -> dict[str, Json]:
        """The component as an entry of the `ir` attribute."""
        return {
            "name": self.name,
            "image": self.image,
            "image_pinned": self.image_pinned,
            "pip_installs": list(self.installs),
            "pip_pinned": all(map(is_pinned, self.installs)),
            "inputs": dict(self.inputs),
            "outputs": dict(self.outputs),
            "typed_share": self.typed_ports / self.ports if self.ports else None,
        }


def component_of(name: str, *, body: Json, executor: Json) -> Component:
    """The component `name` of a spec, from its definition and its executor."""
    container = mapping(executor, "container")
    words = texts_at(container, "command") + texts_at(container, "args")
    sources = [tree for tree in map(_python, words) if tree]
    shell = [word for word in words if "pip" in word and not _python(word)]
    return Component(
        name=name.removeprefix("comp-"),
        inputs=dict(_ports(mapping(body, "inputDefinitions"))),
        outputs=dict(_ports(mapping(body, "outputDefinitions"))),
        image=text_at(container, "image"),
        installs=tuple(dict.fromkeys(_installs(words, scripts=shell))),
        imports=frozenset(module for tree in sources for module in _imports(tree)),
    )


def is_pinned(requirement: str) -> bool:
    """True for an exact version (`a==1.2`), or a URL with a commit or a hash."""
    return bool(PINNED_PACKAGE.search(requirement.split(";")[0].strip()))


def _ports(definitions: Json) -> Iterator[tuple[str, str]]:
    for name, body in mapping(definitions, "parameters").items():
        yield name, text_at(body, "parameterType") or text_at(body, "type")
    for name, body in mapping(definitions, "artifacts").items():
        kind = mapping(body, "artifactType")
        yield name, text_at(kind, "schemaTitle") or text_at(kind, "instanceSchema")


def _python(word: str) -> ast.Module | None:
    """The word as Python, if it is source with imports or functions rather than a shell command."""
    if "import" not in word and "def " not in word:
        return None
    try:
        tree = ast.parse(word)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    statements = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.ClassDef)
    return tree if any(isinstance(each, statements) for each in tree.body) else None


def _imports(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.split(".")[0]


def _installs(words: list[str], *, scripts: list[str]) -> Iterator[str]:
    """Requirements of every `pip install`, in a shell script or spread over the command's words."""
    for tokens in [_tokens(script) for script in scripts] + [words]:
        for start in _pip_installs(tokens):
            yield from _requirements(tokens[start:])


def _tokens(script: str) -> list[str]:
    lexer = shlex.shlex(script.replace("\n", " ; "), posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    try:
        return list(lexer)
    except ValueError:  # a quote that never closes
        return script.split()


def _pip_installs(tokens: list[str]) -> Iterator[int]:
    """Positions right behind each `pip [options] install`."""
    for at, token in enumerate(tokens):
        if token.rsplit("/", 1)[-1] not in {"pip", "pip3"}:
            continue
        behind = at + 1
        while behind < len(tokens) and tokens[behind].startswith("-"):
            behind += 1
        if behind < len(tokens) and tokens[behind] == "install":
            yield behind + 1


def _requirements(tokens: list[str]) -> Iterator[str]:
    rest = iter(tokens)
    for token in rest:
        if not token.strip("&|;()<>"):
            return
        if token in FILE_OPTIONS:
            yield f"-r {next(rest, '')}"
        elif token in VALUE_OPTIONS:
            next(rest, None)
        elif not token.startswith("-") and not _for_ended_python(token):
            yield token


def _for_ended_python(requirement: str) -> bool:
    """The SDK adds a requirement for Pythons that no longer exist; it is never installed."""
    found = ENDED_PYTHON.search(requirement)
    return found is not None and int(found[1]) <= OLDEST_PYTHON
