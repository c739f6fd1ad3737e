"""Tests that are there, whatever runs them."""

import ast
import re
from collections.abc import Iterator, Sequence

from evidence.signals.exclusions import Role
from evidence.signals.python_code import Function, Module
from evidence.signals.repository import Repository
from evidence.signals.results import Proof, SignalName

COLLECTED = r"(^|/)(test[^/]*\.py|[^/]*_test\.py)$"
SKIP = re.compile(r"(pytest\.mark\.skip|unittest\.skip)")
TEST_CASE = re.compile(r".*\bTestCase|.*TestCase")
OTHER_LANGUAGES = (
    (r"_test\.go$", re.compile(r"(?m)^func Test\w*\(\w+ \*testing\.")),
    (
        r"\.(test|spec)\.[cm]?[jt]sx?$|(^|/)__tests__/.*\.[jt]sx?$",
        re.compile(r"(?m)^\s*(it|test)(\.each)?\s*\(\s*[`'\"]"),
    ),
    (r"(^|/)src/test/.*\.(java|kt|scala)$", re.compile(r"(?m)^\s*@(Parameterized)?Test\b|^\s*(test|it)\(\"")),
    (r"(^|/)tests?/testthat/.*\.[rR]$", re.compile(r"(?m)^\s*test_that\(")),
    (r"\.rs$", re.compile(r"(?m)^\s*#\[(tokio::)?test\]")),
    (r"\.bats$", re.compile(r"(?m)^@test ")),
    (r"(^|/)test/.*\.jl$", re.compile(r"(?m)^\s*@test(set)?\b")),
)


def tests_present(repo: Repository) -> Iterator[Proof]:
    """A test function with a body that does something, in a file that a test runner collects.

    Refused: an empty tests folder, helpers, `pass`, `assert True`, and tests that are all skipped.
    """
    for module in test_modules(repo, mentioning=()):
        found = next(iter(test_functions(module)), None)
        if found:
            yield Proof(path=module.path, line=found.lineno, why=f"{found.name} tests")
    for pattern, test in OTHER_LANGUAGES:
        for role in (Role.TEST, Role.OWN):
            for path in repo.paths(pattern, role=role):
                match = test.search(_code(repo.text(path)))
                if match:
                    line = repo.text(path).count("\n", 0, match.end()) + 1
                    yield Proof(path=path, line=line, why="holds tests")


def _code(text: str) -> str:
    """Text without its `//` and `/* */` comments, line numbers kept."""
    text = re.sub(r"/\*.*?\*/", lambda m: "\n" * m[0].count("\n"), text, flags=re.DOTALL)
    return re.sub(r"(?m)^\s*//.*$", "", text)


def test_modules(repo: Repository, *, mentioning: Sequence[str]) -> Iterator[Module]:
    """Python files that pytest or unittest collects; only those with one of the words, if any are given.

    They may be most of a repository: none is kept in memory.
    """
    for path in repo.paths(COLLECTED, role=Role.TEST):
        if mentioning and not any(word in repo.text(path) for word in mentioning):
            continue
        module = repo.module(path, keep=False)
        if module and not ("skip" in module.source and _is_skipped_whole(module)):
            yield module


def _is_skipped_whole(module: Module) -> bool:
    """`pytest.skip(…, allow_module_level=True)` or `pytestmark = pytest.mark.skip` at module level."""
    skips = (c for c in module.calls_to(re.compile(r"pytest\.(skip|importorskip)")) if not c.owner)
    marks = (
        n for n in module.tree.body if isinstance(n, ast.Assign) and "pytestmark" in ast.dump(n.targets[0])
    )
    return any(
        "allow_module_level" in c.keywords() and not _is_inside_if(module, c.node) for c in skips
    ) or any(
        any(SKIP.fullmatch(name) for name in module.resolve(getattr(n.value, "func", n.value))) for n in marks
    )


def _is_inside_if(module: Module, call: ast.Call) -> bool:
    """A skip under a condition skips only where the condition holds."""
    return not any(isinstance(node, ast.Expr) and node.value is call for node in module.tree.body)


def test_functions(module: Module) -> Iterator[Function]:
    """Functions that a runner would run and that do something."""
    for found in module.functions:
        node = found.node
        if isinstance(node, Function) and node.name.startswith("test") and not found.marked(SKIP):
            collected = not found.owner or _collects(module, found.owner, node)
            if collected and not is_empty(node):
                yield node


def _collects(module: Module, name: str, node: Function) -> bool:
    """Classes named Test… and subclasses of TestCase are collected, other classes' methods are not."""
    for each in module.classes:
        if each.node.name == name and isinstance(each.node, ast.ClassDef) and not each.marked(SKIP):
            return node in each.node.body and (name.startswith("Test") or bool(each.marked(TEST_CASE)))
    return False


def is_empty(node: Function) -> bool:
    """True if nothing in the body can pass or fail: pass, a text, `assert True`, a skip."""
    return all(_says_nothing(statement) for statement in node.body)


def _says_nothing(statement: ast.stmt) -> bool:
    if isinstance(statement, ast.Pass):
        return True
    if isinstance(statement, ast.Expr):
        value = statement.value
        return isinstance(value, ast.Constant) or "skip" in ast.unparse(getattr(value, "func", value)).split(
            "."
        )
    if isinstance(statement, ast.Assert):
        return isinstance(statement.test, ast.Constant) or _is_constant_comparison(statement.test)
    if isinstance(statement, ast.Return):
        return statement.value is None or isinstance(statement.value, ast.Constant)
    return isinstance(statement, ast.Raise) and "NotImplementedError" in ast.dump(statement)


def _is_constant_comparison(test: ast.expr) -> bool:
    """`assert 1 == 1`, `assert 1 + 1 == 2`"""
    return not any(isinstance(n, ast.Name | ast.Call | ast.Attribute | ast.Subscript) for n in ast.walk(test))


DETECTORS = {SignalName.TESTS_PRESENT: tests_present}
