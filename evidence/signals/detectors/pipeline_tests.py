"""Pipelines under test."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import PurePosixPath

from evidence.signals.commands import Command, commands_in, dvc_recipes, python_target
from evidence.signals.detectors.components import COMPONENT
from evidence.signals.detectors.data import STORE_CALLS, STORE_MARKS
from evidence.signals.detectors.orchestration import ARGO_KINDS, code_proofs, pipeline_ir
from evidence.signals.detectors.tests import test_functions, test_modules
from evidence.signals.documents import at, items, mapping, word, words
from evidence.signals.exclusions import Role
from evidence.signals.python_code import Function, Module
from evidence.signals.repository import Repository
from evidence.signals.results import Proof, SignalName
from evidence.signals.shell import Argv
from evidence.signals.telling import FEATURES, WORD


def pipeline_tests(repo: Repository) -> Iterator[Proof]:
    """A test function uses a module that defines components, a pipeline, a DAG, a stage or features.

    Refused: tests of helpers only, an import that no test uses, an empty test, a pipeline of
    scikit-learn, which is a model.
    """
    definitions = _definitions(repo)
    fixtures = _conftest_fixtures(repo, definitions)
    for module in test_modules(repo, mentioning=() if definitions or fixtures else LOADING):
        uses = _Uses(module, _names_of(repo, module, definitions), definitions, fixtures)
        for function in test_functions(module) if uses.are_possible() else ():
            found = uses.of(function)
            if found:
                yield Proof(path=module.path, line=function.lineno, why=f"{function.name} exercises {found}")


def _definitions(repo: Repository) -> frozenset[str]:
    """Files that define a part of a pipeline."""
    found = {module.path for module in repo.modules if _defines(repo, module)} | set(pipeline_ir(repo))
    for path in repo.paths(r"(^|/)dvc\.yaml$"):
        for file, line, text in dvc_recipes(repo, folder=path.rpartition("/")[0]):
            found |= _targets(
                repo, commands_in(repo, text, path=file, line=line, folder=path.rpartition("/")[0])
            )
    for path in repo.paths(r"(^|/)MLproject$"):
        for document in repo.yaml(path)[:1]:
            for entry in mapping(at(document, "entry_points")).values():
                found |= _targets(repo, commands_in(repo, word(at(entry, "command")), path=path))
    for manifest in repo.manifests:
        if manifest.is_of("argoproj.io", *ARGO_KINDS):
            for template in items(at(manifest.body, "spec", "templates")):
                container = at(template, "container")
                argv: Argv = (*words(at(container, "command")), *words(at(container, "args")))
                target = python_target(repo, argv, folder="") if argv else None
                found |= {target} if target else set()
    return frozenset(found)


def _targets(repo: Repository, commands: Iterator[Command]) -> set[str]:
    return {t for c in commands if (t := python_target(repo, c.argv, folder=c.folder))}


def _defines(repo: Repository, module: Module) -> bool:
    if any(True for _ in code_proofs(repo, module)) or any(True for _ in module.calls_to(STORE_CALLS)):
        return True
    if any(found.marked(COMPONENT) or found.marked(STORE_MARKS) for found in module.functions):
        return True
    return bool(FEATURES.search(module.path)) and bool(module.functions)


def _names_of(repo: Repository, module: Module, definitions: frozenset[str]) -> dict[str, str]:
    """Local names in a test file that stand for something of a defining file, and that file."""
    found: dict[str, str] = {}
    for site in module.sites:
        if isinstance(site.node, ast.Import | ast.ImportFrom):
            for alias in site.node.names:
                local = alias.asname or alias.name.split(".")[0]
                for meaning in (
                    [alias.name] if isinstance(site.node, ast.Import) else site.scope.lookup(local) or ()
                ):
                    path = _defining(repo, meaning, definitions)
                    if path:
                        found[local] = path
    return found


def _defining(repo: Repository, dotted: str, definitions: frozenset[str]) -> str | None:
    """The defining file that a dotted name leads to, also through a package that passes it on."""
    for _ in range(3):
        target = repo.find_module(dotted)
        if target is None:
            return None
        if target[0] in definitions:
            return target[0]
        package = repo.module(target[0]) if target[1] else None
        passed = package.scope.lookup(target[1].split(".")[0]) if package else None
        following = next(iter(sorted(passed)), None) if passed else None
        if following is None or following == dotted:
            return None
        dotted = following
    return None


LOADERS = re.compile(r"(airflow(\.\w+)*\.)DagBag")
COMPILERS = re.compile(r"kfp(\.\w+)*\.Compiler(\(\)\.|\.)compile")
LOADING = ("DagBag", "Compiler")
"""Without a pipeline in the repository's code, a test can only load or compile one from elsewhere."""


@dataclass
class _Uses:
    """What of a pipeline the functions of one test file use.

    `names` are local names that stand for something of a defining file, with that file; `definitions`
    are all defining files; `fixtures` are those of conftest files that use a pipeline.
    """

    module: Module
    names: dict[str, str]
    definitions: frozenset[str]
    fixtures: frozenset[str]

    def are_possible(self) -> bool:
        """False where the file's words already rule out every use."""
        stems = {word for path in self.definitions for word in WORD.findall(PurePosixPath(path).stem)[-1:]}
        said = set(WORD.findall(self.module.source))
        return bool(self.names) or not said.isdisjoint(stems | self.fixtures | set(LOADING))

    def of(self, function: Function) -> str:
        """The use of a test function, directly or through a fixture or helper of its file."""
        for node in self._with_helpers(function):
            found = next((use for child in ast.walk(node) if (use := self._of_node(child))), "")
            if found:
                return found
            if any(node.lineno <= line <= (node.end_lineno or node.lineno) for line in self._loading):
                return "the pipelines"
        return ""

    def _of_node(self, node: ast.AST) -> str:
        if isinstance(node, ast.Name):
            return self.names.get(node.id, "")
        if isinstance(node, ast.arg):
            return f"the fixture {node.arg}" if node.arg in self.fixtures else ""
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            text = node.value
            return text if text in self.definitions or _dotted_in(text, self.definitions) else ""
        return ""

    @cached_property
    def _loading(self) -> list[int]:
        """Lines where pipelines are loaded or compiled."""
        patterns = (LOADERS, COMPILERS)
        return [call.line for pattern in patterns for call in self.module.calls_to(pattern)]

    @cached_property
    def _functions(self) -> dict[str, Function]:
        return {f.node.name: f.node for f in self.module.functions if isinstance(f.node, Function)}

    def _with_helpers(self, function: Function) -> list[Function]:
        """The function, and functions of its file that it names: fixtures as parameters, helpers by call."""
        by_name = self._functions
        found, pending = [function], [function]
        while pending and len(found) < 20:
            for child in ast.walk(pending.pop()):
                name = child.arg if isinstance(child, ast.arg) else getattr(child, "id", "")
                other = by_name.get(name)
                if isinstance(child, ast.arg | ast.Name) and other is not None and other not in found:
                    found.append(other)
                    pending.append(other)
            if function.name.startswith("test") and "setUp" in by_name and by_name["setUp"] not in found:
                found.append(by_name["setUp"])
        return found


def _dotted_in(text: str, definitions: frozenset[str]) -> bool:
    """`importlib.import_module("pipelines.churn")`"""
    if not re.fullmatch(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)+", text):
        return False
    path = text.replace(".", "/") + ".py"
    return any(each == path or each.endswith(f"/{path}") for each in definitions)


def _conftest_fixtures(repo: Repository, definitions: frozenset[str]) -> frozenset[str]:
    """Fixtures of conftest files that use a pipeline."""
    found: set[str] = set()
    for path in repo.paths(r"(^|/)conftest\.py$", role=Role.TEST):
        told = definitions or any(word in repo.text(path) for word in LOADING)
        module = repo.module(path, keep=False) if told else None
        if module is None:
            continue
        uses = _Uses(module, _names_of(repo, module, definitions), definitions, frozenset())
        for each in module.functions if uses.are_possible() else ():
            if isinstance(each.node, Function) and uses.of(each.node):
                found.add(each.node.name)
    return frozenset(found)


DETECTORS = {SignalName.PIPELINE_TESTS: pipeline_tests}
