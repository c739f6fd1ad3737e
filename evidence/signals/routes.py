"""FastAPI and Flask applications that serve a model, as against those that serve records."""

import ast
import re
from collections.abc import Iterator, Mapping

from evidence.signals.python_code import HERE, Call, Definition, Function, Module, strings_in
from evidence.signals.repository import Repository
from evidence.signals.results import Proof

APPLICATIONS: Mapping[str, re.Pattern[str]] = {
    "fastapi": re.compile(r"fastapi(\.\w+)*\.(FastAPI|APIRouter)"),
    "flask": re.compile(
        r"(flask|flask_restful|flask_restx|flask_smorest|apiflask)(\.\w+)*\.(Flask|Blueprint|Api|Namespace|"
        r"APIFlask)"
    ),
}
PREDICT_PATH = re.compile(
    r"(^|[/_-])(predict|infer|inference|invocations|classify|predict_proba|batch_predict|"
    r"score_model)([/_<{:-]|$)",
    re.I,
)
ROUTE_METHODS = frozenset({"get", "post", "put", "route", "api_route", "websocket"})
ADD_METHODS = frozenset({"add_api_route", "add_url_rule", "add_resource"})
RESOURCE = re.compile(r"flask\w*(\.\w+)*\.(Resource|MethodView)")
PREDICTING = frozenset(
    {"predict", "predict_proba", "predict_one", "predict_batch", "predict_many", "decision_function"}
)
PERHAPS = frozenset(
    {"infer", "inference", "generate", "forecast", "recommend", "transform", "encode", "score"}
)
"""Methods that predict only where the application loads a model."""
LOADERS = re.compile(
    r"(joblib|pickle|cloudpickle|dill)(\.\w+)*\.(load|loads)|mlflow(\.\w+)*\.load_model|"
    r"torch(\.\w+)*\.(load|jit\.load)|"
    r"(tensorflow|keras|tf_keras)(\.\w+)*\.(load_model|load|saved_model\.load)|"
    r"onnxruntime(\.\w+)*\.InferenceSession|"
    r"transformers(\.\w+)*\.(pipeline|\w+\.from_pretrained)|"
    r"sentence_transformers(\.\w+)*\.SentenceTransformer|spacy\.load|"
    r"(xgboost|lightgbm|catboost)(\.\w+)*\.(Booster|\w+\(\)\.load_model)|ultralytics\.YOLO|"
    r"fasttext\.load_model|bentoml(\.\w+)*\.(get|load_model)|"
    r"skops(\.\w+)*\.load|h2o(\.\w+)*\.load_model|faiss\.read_index|bentoml\.models\.get"
)


def web_service(repo: Repository) -> Iterator[Proof]:
    """An application whose route answers with a prediction.

    Accepted: a handler that calls `predict` and the like, itself or through a function of the
    repository; a route named predict; a handler in an application that loads a model and uses it.
    Refused: records, health checks, an application that merely mentions predictions.
    """
    for module in repo.modules:
        for term, applications in APPLICATIONS.items():
            if not _has_application(repo, module, applications, term=term):
                continue
            for found in module.functions:
                route = _route(module, found)
                if (
                    route is not None
                    and isinstance(found.node, Function)
                    and _predicts(repo, module, found.node, route)
                ):
                    why = f"{found.node.name} answers {route or 'a route'} with a prediction"
                    yield Proof(path=module.path, line=found.line, why=why, term=term)


def _has_application(repo: Repository, module: Module, pattern: re.Pattern[str], *, term: str) -> bool:
    """The file makes the application, or takes it from another file of the repository."""
    if any(True for _ in module.calls_to(pattern)):
        return True
    for name in module.imports:
        target = repo.find_module(name)
        named = target and target[1] and term in f"{target[0]}\n{repo.text(target[0])}".lower()
        other = repo.module(target[0]) if target and named else None
        if other and target and any(_is_made(other, target[1], call) for call in other.calls_to(pattern)):
            return True
    return False


def _is_made(module: Module, name: str, call: Call) -> bool:
    """True if `name` of the module is what the call makes."""
    return bool(module.resolve(ast.Name(id=name)) & {f"{n}()" for n in call.names})


def _route(module: Module, found: Definition) -> str | None:
    """The path of a handler (empty if it cannot be read), None for a function that is no handler."""
    for _, mark in found.marks:
        method = getattr(getattr(mark, "func", None), "attr", "")
        if isinstance(mark, ast.Call) and method in ROUTE_METHODS:
            return next(strings_in(mark), "")
    for call in module.calls:
        if getattr(call.node.func, "attr", "") in ADD_METHODS and _names(call, found.node.name):
            return next((text for value in _values(call) for text in strings_in(value)), "")
    owner = next((each for each in module.classes if each.node.name == found.owner), None)
    return "" if owner and found.node.name in {"get", "post"} and owner.marked(RESOURCE) else None


def _names(call: Call, name: str) -> bool:
    nodes = (node for value in _values(call) for node in ast.walk(value))
    return any(isinstance(node, ast.Name) and node.id == name for node in nodes)


def _values(call: Call) -> list[ast.expr]:
    return [*call.node.args, *(keyword.value for keyword in call.node.keywords)]


def _predicts(repo: Repository, module: Module, handler: Function, route: str) -> bool:
    if PREDICT_PATH.search(route) and not _is_constant(handler):
        return True
    loads = any(True for _ in module.calls_to(LOADERS))
    if _mentions(handler, PREDICTING | PERHAPS if loads else PREDICTING):
        return True
    calls = [call for call in module.calls if _is_inside(call.node, handler)]
    if loads and any(_uses_loaded(call) for call in calls):
        return True
    return any(_leads_to_prediction(repo, module, call) for call in calls)


def _mentions(function: Function, methods: frozenset[str]) -> bool:
    """A method of these names is called, or handed on to be called in a thread."""
    return any(isinstance(node, ast.Attribute) and node.attr in methods for node in ast.walk(function))


def _is_inside(node: ast.AST, function: Function) -> bool:
    line: int = getattr(node, "lineno", 0)
    return function.lineno <= line <= (function.end_lineno or function.lineno)


def _is_constant(handler: Function) -> bool:
    """A handler that only returns a fixed answer is a stub."""
    return not any(isinstance(node, ast.Call) for statement in handler.body for node in ast.walk(statement))


def _uses_loaded(call: Call) -> bool:
    """The loaded object itself is called: `model(x)`, `pipe(text)`, `session.run(…)`."""
    names = {name.removesuffix("()") for name in call.names}
    return any(
        LOADERS.fullmatch(re.sub(r"\(\).*$", "", name)) and "()" in full
        for name in names
        for full in call.names
    )


def _leads_to_prediction(repo: Repository, module: Module, call: Call) -> bool:
    """A function of the repository that predicts, one step away."""
    for name in call.names:
        local = next((f for f in module.functions if f.node.name == name.lstrip(HERE)), None)
        if local and isinstance(local.node, Function):
            return _mentions(local.node, PREDICTING)
        target = repo.find_module(name)
        other = repo.module(target[0]) if target and target[1] else None
        if other and target:
            for found in other.functions:
                if found.node.name == target[1].split(".")[0] and isinstance(found.node, Function):
                    return _mentions(found.node, PREDICTING)
    return False
