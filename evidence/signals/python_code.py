"""Python read by `ast`: what is imported, what it is called here, and what is done with it.

Nothing is executed. Names are followed through imports, aliases and simple assignments, so that
`from kfp import dsl as d; @d.component` and `client = MlflowClient(); client.create_model_version()`
are recognised, while text in strings and comments never is.
"""

import ast
import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from types import NoneType
from typing import NamedTuple

MOST_MEANINGS = 4
"""Different things one variable may hold; more are not followed."""
MOST_CHAIN = 40
"""Longest chain of attributes and calls that is followed."""

HERE = "~"
"""Marks a name that the file itself defines, so that no library is taken for it."""

UNKNOWN = "?"
"""Marks a name that nothing in the file binds."""

Function = ast.FunctionDef | ast.AsyncFunctionDef
Meanings = frozenset[str]
NOTHING: Meanings = frozenset()


class CodeError(ValueError):
    """The text is no Python that `ast` can read."""


@dataclass(slots=True)
class Scope:
    """The names of one function (or of the module), each with the dotted things it may mean."""

    parent: "Scope | None" = None
    names: dict[str, set[str]] = field(default_factory=dict)

    def bind(self, name: str, meanings: Meanings | set[str]) -> None:
        known = self.names.setdefault(name, set())
        known.update(sorted(meanings)[: max(0, MOST_MEANINGS - len(known))])

    def lookup(self, name: str) -> Meanings | None:
        scope: Scope | None = self
        while scope is not None:
            if name in scope.names:
                return frozenset(scope.names[name])
            scope = scope.parent
        return None


class Site(NamedTuple):
    """A node of the tree and where it stands: in which outermost function or class (`owner`, empty
    for module level), and whether only `python file.py` reaches it (`guarded`)."""

    node: ast.AST
    scope: Scope
    owner: str
    guarded: bool


@dataclass(frozen=True, slots=True)
class Call:
    """A call, with every dotted name its target may have."""

    names: Meanings
    node: ast.Call
    owner: str
    guarded: bool

    @property
    def line(self) -> int:
        return self.node.lineno

    def argument(self, name: str, position: int = -1) -> ast.expr | None:
        """The argument given as `name=…`, or at `position` when that is not negative."""
        for keyword in self.node.keywords:
            if keyword.arg == name:
                return keyword.value
        return self.node.args[position] if 0 <= position < len(self.node.args) else None

    def keywords(self) -> set[str]:
        return {keyword.arg for keyword in self.node.keywords if keyword.arg}


@dataclass(frozen=True, slots=True)
class Definition:
    """A function or class with what its decorators (or bases) may mean."""

    node: Function | ast.ClassDef
    marks: tuple[tuple[Meanings, ast.expr], ...]
    owner: str

    @property
    def line(self) -> int:
        return self.node.lineno

    def marked(self, pattern: re.Pattern[str]) -> ast.expr | None:
        """The first decorator or base whose meaning matches wholly."""
        for meanings, node in self.marks:
            if any(pattern.fullmatch(name) for name in meanings):
                return node
        return None


class Module:
    """One Python file or notebook, read once."""

    def __init__(self, path: str, source: str) -> None:
        self.path = path
        self.source = source
        self.tree = parse(source)
        self.scope = Scope()
        self.stars: list[str] = []
        self.imports: set[str] = set()
        self.sites = tuple(_sites(self.tree, self.scope))
        self._bind_imports()
        self._bind_values()
        self.functions = tuple(self._definitions(ast.FunctionDef, ast.AsyncFunctionDef))
        self.classes = tuple(self._definitions(ast.ClassDef))

    @cached_property
    def calls(self) -> tuple[Call, ...]:
        """Every call, in source order."""
        return tuple(
            Call(self.resolve(site.node.func, site.scope), site.node, site.owner, site.guarded)
            for site in self.sites
            if isinstance(site.node, ast.Call)
        )

    def calls_to(self, pattern: re.Pattern[str]) -> Iterator[Call]:
        """Calls of which one possible name matches wholly."""
        found = {
            id(call): call
            for name, calls in self._calls_by_name.items()
            if pattern.fullmatch(name)
            for call in calls
        }
        return iter(sorted(found.values(), key=lambda call: (call.line, call.node.col_offset)))

    @cached_property
    def _calls_by_name(self) -> dict[str, list[Call]]:
        index: dict[str, list[Call]] = {}
        for call in self.calls:
            for name in call.names:
                index.setdefault(name, []).append(call)
        return index

    def number_of(self, node: ast.AST | None) -> float | None:
        """The number that a literal is, or that a variable was given."""
        if isinstance(node, ast.Name):
            values = [
                value
                for site in self.sites
                for target, value in _assigned(site.node)
                if _target_name(target) == node.id
            ]
            node = values[0] if len(values) == 1 else None
        value = node.value if isinstance(node, ast.Constant) else None
        return value if isinstance(value, int | float) and not isinstance(value, bool) else None

    def imports_any(self, *packages: str) -> bool:
        return any(name == p or name.startswith(p + ".") for name in self.imports for p in packages)

    def resolve(self, node: ast.AST, scope: Scope | None = None, depth: int = 0) -> Meanings:
        """The dotted names `node` may stand for; a call is marked by `()`."""
        scope = scope or self.scope
        if depth > MOST_CHAIN:
            return NOTHING
        if isinstance(node, ast.Name):
            known = scope.lookup(node.id)
            return known or frozenset([f"{UNKNOWN}{node.id}", *(f"{star}.{node.id}" for star in self.stars)])
        if isinstance(node, ast.Attribute):
            own = self.scope.lookup(f"self.{node.attr}") if _is_self(node.value) else None
            return own or _each(self.resolve(node.value, scope, depth + 1), f".{node.attr}")
        if isinstance(node, ast.Call):
            return _each(self.resolve(node.func, scope, depth + 1), "()")
        if isinstance(node, ast.Await | ast.Starred | ast.Subscript):
            return self.resolve(node.value, scope, depth + 1)
        return NOTHING

    def texts_of(self, node: ast.AST | None) -> set[str]:
        """Texts that `node` may hold: literals, f-strings with `{}`, and what its variables were given."""
        if node is None:
            return set()
        found = {text_of(node), *strings_in(node)}
        for child in ast.walk(node):
            if isinstance(child, ast.Name):
                found |= self._assigned_texts.get(child.id, set())
        return found - {""}

    @cached_property
    def _assigned_texts(self) -> dict[str, set[str]]:
        texts: dict[str, set[str]] = {}
        for site in self.sites:
            for target, value in _assigned(site.node):
                if _target_name(target):
                    found = {text_of(value), *strings_in(value)} - {""}
                    texts.setdefault(_target_name(target), set()).update(found)
        return texts

    def _bind_imports(self) -> None:
        package = self.path.rsplit("/", 1)[0].replace("/", ".") if "/" in self.path else ""
        for site in self.sites:
            if isinstance(site.node, ast.Import):
                for alias in site.node.names:
                    self.imports.add(alias.name)
                    local = alias.asname or alias.name.split(".")[0]
                    site.scope.bind(local, {alias.name if alias.asname else local})
            elif isinstance(site.node, ast.ImportFrom):
                base = _absolute(site.node, package)
                for alias in site.node.names:
                    self._bind_from(base, alias, site.scope)
            elif isinstance(site.node, Function | ast.ClassDef):
                site.scope.bind(site.node.name, {f"{HERE}{site.node.name}"})

    def _bind_from(self, base: str, alias: ast.alias, scope: Scope) -> None:
        if alias.name == "*":
            self.imports.add(base)
            self.stars.append(base)
            return
        self.imports.add(f"{base}.{alias.name}")
        scope.bind(alias.asname or alias.name, {f"{base}.{alias.name}"})

    def _bind_values(self) -> None:
        for site in self.sites:
            for target, value in _assigned(site.node):
                meanings = self.resolve(value, site.scope)
                if isinstance(value, ast.expr) and isinstance(target, ast.arg):
                    meanings = _each(meanings, "()")  # a parameter annotated with a class is an instance
                name = _target_name(target)
                if name and meanings and name not in meanings:
                    (self.scope if name.startswith("self.") else site.scope).bind(name, meanings)

    def _definitions(self, *kinds: type[ast.AST]) -> Iterator[Definition]:
        for site in self.sites:
            if isinstance(site.node, kinds) and isinstance(site.node, Function | ast.ClassDef):
                node = site.node
                nodes = [*node.decorator_list, *(node.bases if isinstance(node, ast.ClassDef) else [])]
                marks = tuple(
                    (self.resolve(n.func if isinstance(n, ast.Call) else n, site.scope), n) for n in nodes
                )
                yield Definition(node=node, marks=marks, owner=site.owner)


def parse(source: str) -> ast.Module:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # `"\d"` in a stranger's code is not our warning
            return ast.parse(source)
    except SyntaxError as error:
        raise CodeError(f"no valid Python: {error.msg} in line {error.lineno}") from None
    except (ValueError, RecursionError, MemoryError) as error:
        raise CodeError(f"no readable Python: {type(error).__name__}") from None


def text_of(node: ast.AST | None) -> str:
    """The text of a string literal; of an f-string its fixed parts, `{}` for the rest."""
    if isinstance(node, ast.Constant):
        return str(node.value) if isinstance(node.value, str) else ""
    if isinstance(node, ast.JoinedStr):
        return "".join(text_of(part) or "{}" for part in node.values)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return (text_of(node.left) or "{}") + (text_of(node.right) or "{}")
    return ""


def strings_in(node: ast.AST) -> Iterator[str]:
    """Every string literal below `node`."""
    return (
        child.value
        for child in ast.walk(node)
        if isinstance(child, ast.Constant) and isinstance(child.value, str)
    )


def is_false(node: ast.AST | None) -> bool:
    return isinstance(node, ast.Constant) and not node.value


def is_none(node: ast.AST | None) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


KEPT = frozenset(
    [ast.Import, ast.ImportFrom, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Assign,
     ast.AnnAssign, ast.NamedExpr, ast.withitem, ast.arg, ast.Call, ast.Attribute, ast.Dict]
)  # fmt: skip
"""Kinds of nodes that anything here asks for; the others are only passed through."""
NAMED = frozenset([ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef])
LEAVES: frozenset[type] = frozenset(
    [
        *(ast.Name, ast.Constant, ast.alias, str, int, bool, NoneType),
        *(
            kind
            for family in (ast.expr_context, ast.operator, ast.cmpop, ast.unaryop, ast.boolop)
            for kind in family.__subclasses__()
        ),
    ]
)
"""Kinds of values under which no node of interest lies."""
Waiting = tuple[ast.AST, Scope, str, bool]


def _sites(tree: ast.Module, scope: Scope) -> Iterator[Site]:
    """The nodes of interest that can be reached, in source order; `if False:` is skipped."""
    stack: list[Waiting] = [(child, scope, "", False) for child in reversed(tree.body)]
    while stack:
        node, inner, owner, guarded = stack.pop()
        kind = node.__class__
        if kind in KEPT:
            yield Site(node, inner, owner, guarded)
        if isinstance(node, Function | ast.Lambda):
            inner = Scope(parent=inner)
        if not owner and kind in NAMED:
            owner = _own_name(node)
        if isinstance(node, ast.If):
            stack.extend(_branches(node, inner, owner, guarded))
        else:
            stack.extend([(child, inner, owner, guarded) for child in reversed(_children(node))])


def _children(node: ast.AST) -> list[ast.AST]:
    """What `ast.iter_child_nodes` gives, without leaves: it is asked for each node of each file."""
    found = []
    for name in node._fields:
        value = getattr(node, name, None)
        if value.__class__ is list:
            found += [child for child in value if child.__class__ not in LEAVES]
        elif value.__class__ not in LEAVES:
            found.append(value)
    return found


def _own_name(node: ast.AST) -> str:
    return node.name if isinstance(node, Function | ast.ClassDef) else ""


def _branches(node: ast.If, scope: Scope, owner: str, guarded: bool) -> list[Waiting]:
    """Test and branches of an `if`, last first, without a branch that can never run."""
    body = [] if is_false(node.test) else node.body
    main = guarded or _is_main_guard(node.test)
    found: list[Waiting] = [(child, scope, owner, guarded) for child in reversed(node.orelse)]
    found += [(child, scope, owner, main) for child in reversed(body)]
    return [*found, (node.test, scope, owner, guarded)]


def _is_main_guard(test: ast.expr) -> bool:
    names = {child.id for child in ast.walk(test) if isinstance(child, ast.Name)}
    return "__name__" in names and "__main__" in set(strings_in(test))


def _assigned(node: ast.AST) -> Iterator[tuple[ast.AST, ast.AST]]:
    """Pairs of target and value that a statement or parameter binds."""
    if isinstance(node, ast.Assign):
        for target in node.targets:
            yield target, node.value
    elif isinstance(node, ast.AnnAssign | ast.NamedExpr) and node.value is not None:
        yield node.target, node.value
    elif isinstance(node, ast.withitem) and node.optional_vars is not None:
        yield node.optional_vars, node.context_expr
    elif isinstance(node, ast.arg) and isinstance(node.annotation, ast.Name | ast.Attribute):
        yield node, node.annotation


def _target_name(target: ast.AST) -> str:
    if isinstance(target, ast.Name):
        return target.id
    if isinstance(target, ast.arg):
        return target.arg
    if isinstance(target, ast.Attribute) and _is_self(target.value):
        return f"self.{target.attr}"
    return ""


def _is_self(node: ast.AST) -> bool:
    return isinstance(node, ast.Name) and node.id in {"self", "cls"}


def _each(meanings: Meanings, suffix: str) -> Meanings:
    return frozenset(meaning + suffix for meaning in meanings)


def _absolute(node: ast.ImportFrom, package: str) -> str:
    """The module of a `from … import`, relative dots resolved against the file's folder."""
    if not node.level:
        return node.module or ""
    parts = package.split(".") if package else []
    parts = parts[: len(parts) - (node.level - 1)] if node.level > 1 else parts
    return ".".join([*parts, node.module] if node.module else parts)
