"""Are pipeline components typed contracts."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

from evidence.signals.detectors.orchestration import pipeline_ir
from evidence.signals.documents import at, items, mapping, word
from evidence.signals.python_code import Call, Definition, Function, Module
from evidence.signals.repository import Repository
from evidence.signals.results import Proof, SignalName

COMPONENT = re.compile(
    r"kfp(\.\w+)*\.(component|container_component|python_component|notebook_component)|"
    r"tfx\.(\w+\.)+component|"
    r"zenml(\.\w+)*\.step|dagster(\.\w+)*\.(op|asset|multi_asset)|mldesigner\.command_component|"
    r"azure\.ai\.ml\.dsl\._?\w*\.?command_component"
)
CONTAINER = re.compile(r"kfp(\.\w+)*\.container_component")
"""Such a function returns the container, which is no output."""
MADE_FROM_FUNCTION = re.compile(r"kfp(\.\w+)*\.(create_component_from_func|func_to_container_op|component)")
UNTYPED_OPERATION = re.compile(r"kfp(\.\w+)*\.ContainerOp")
INJECTED = re.compile(r"^(_?context|self|cls)$")
"""Parameters that the framework fills in; they are no inputs."""


@dataclass(frozen=True, slots=True)
class Component:
    path: str
    line: int
    name: str
    open_ends: tuple[str, ...]  # inputs and outputs without a type


def typed_components(repo: Repository) -> Iterator[Proof]:
    """Every component of the system declares the type of every input and output.

    Counted: KFP, TFX, ZenML, Dagster and Azure ML components, whose types the framework checks.
    Refused: one component among several that leaves an end open, `Any`, tasks of Airflow and Prefect
    (no contract follows from their annotations).
    """
    found = [*_components(repo), *_declared(repo)]
    typed = [component for component in found if not component.open_ends]
    if found and len(typed) == len(found):
        for component in typed:
            yield Proof(
                path=component.path,
                line=component.line,
                why=f"{component.name} is typed ({len(found)} of {len(found)})",
            )
    elif found:
        worst = next(component for component in found if component.open_ends)
        ends = ", ".join(worst.open_ends)
        why = f"{len(typed)} of {len(found)} components are typed; {worst.name} leaves {ends} open"
        repo.note(worst.path, why)


def _components(repo: Repository) -> Iterator[Component]:
    for module in repo.modules:
        for found in module.functions:
            if found.marked(COMPONENT) and isinstance(found.node, Function):
                yield _component(module, found.node, ins=_declared_ends(found))
        for call in module.calls_to(MADE_FROM_FUNCTION):
            yield from _from_function(module, call)
        for call in module.calls_to(UNTYPED_OPERATION):
            yield Component(path=module.path, line=call.line, name="ContainerOp", open_ends=("all inputs",))


def _component(module: Module, node: Function, *, ins: frozenset[str] = frozenset()) -> Component:
    every = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
    open_ends = [
        arg.arg
        for arg in every
        if not (_is_type(arg.annotation) or INJECTED.match(arg.arg) or arg.arg in ins)
    ]
    if "return" not in ins and not _is_output_typed(node):
        open_ends.append("the output")
    return Component(path=module.path, line=node.lineno, name=node.name, open_ends=tuple(open_ends))


def _declared_ends(found: Definition) -> frozenset[str]:
    """Names that a Dagster decorator types itself: `ins={…}`, `deps=[…]` and `out=Out(int)`."""
    names: set[str] = set()
    if found.marked(CONTAINER):
        names.add("return")
    for _, mark in found.marks:
        for keyword in mark.keywords if isinstance(mark, ast.Call) else []:
            if keyword.arg == "ins" and isinstance(keyword.value, ast.Dict):
                names.update(str(key.value) for key in keyword.value.keys if isinstance(key, ast.Constant))
            elif keyword.arg in {"out", "outs", "dagster_type"}:
                names.add("return")
    return frozenset(names)


def _is_type(annotation: ast.expr | None) -> bool:
    """An annotation that says something: not missing, not Any, not object."""
    if annotation is None:
        return False
    last = annotation.attr if isinstance(annotation, ast.Attribute) else getattr(annotation, "id", "")
    return last not in {"Any", "object"}


def _is_output_typed(node: Function) -> bool:
    """A function that returns a value says of which type; one that returns nothing needs no word."""
    returns = (n for n in _own_nodes(node) if isinstance(n, ast.Return | ast.Yield) and n.value is not None)
    gives = any(not (isinstance(n.value, ast.Constant) and n.value.value is None) for n in returns)
    return _is_type(node.returns) if gives or node.returns is not None else True


def _own_nodes(node: Function) -> Iterator[ast.AST]:
    """Nodes of a function without those of functions inside it."""
    stack: list[ast.AST] = list(node.body)
    while stack:
        current = stack.pop()
        yield current
        if not isinstance(current, Function | ast.Lambda | ast.ClassDef):
            stack.extend(ast.iter_child_nodes(current))


def _from_function(module: Module, call: Call) -> Iterator[Component]:
    """`create_component_from_func(train)`: the function is the component."""
    first = call.argument("func", 0)
    if isinstance(first, ast.Name):
        for found in module.functions:
            if (
                found.node.name == first.id
                and isinstance(found.node, Function)
                and not found.marked(COMPONENT)
            ):
                yield _component(module, found.node)


def _declared(repo: Repository) -> Iterator[Component]:
    """Components written as YAML, and those of a compiled pipeline where no source is there."""
    for path in repo.paths(r"\.ya?ml$"):
        text = repo.text(path)
        if "implementation:" in text or "azuremlschemas" in text:
            for document in repo.yaml(path):
                if at(document, "implementation", "container") or "omponent.schema.json" in word(
                    at(document, "$schema")
                ):
                    yield _from_yaml(repo, path, document)
    for path in pipeline_ir(repo):
        for document in repo.documents(path):
            spec = at(document, "pipelineSpec") or document
            for name, body in mapping(at(spec, "components")).items():
                if at(body, "executorLabel"):
                    line = repo.line_of(path, rf"\b{re.escape(word(name))}\"?:")
                    yield Component(path=path, line=line, name=word(name), open_ends=_open_ends(body))


def _from_yaml(repo: Repository, path: str, document: object) -> Component:
    ends = [*_ends(at(document, "inputs")), *_ends(at(document, "outputs"))]
    untyped = tuple(name for name, kind in ends if not kind)
    name = word(at(document, "name")) or path
    return Component(path=path, line=repo.line_of(path, r"^name:"), name=name, open_ends=untyped)


def _ends(value: object) -> list[tuple[str, object]]:
    """Names and types of inputs or outputs, listed (KFP) or mapped (Azure ML)."""
    if isinstance(value, dict):
        return [(word(name), at(body, "type")) for name, body in value.items()]
    return [(word(at(entry, "name")), at(entry, "type")) for entry in items(value)]


def _open_ends(body: object) -> tuple[str, ...]:
    """Ends of a compiled component without a parameter type or with a bare artifact."""
    found: list[str] = []
    for side in ("inputDefinitions", "outputDefinitions"):
        for name, each in mapping(at(body, side, "parameters")).items():
            if not (at(each, "parameterType") or at(each, "type")):
                found.append(word(name))
        for name, each in mapping(at(body, side, "artifacts")).items():
            if not at(each, "artifactType"):
                found.append(word(name))
    return tuple(found)


DETECTORS = {SignalName.TYPED_COMPONENTS: typed_components}
