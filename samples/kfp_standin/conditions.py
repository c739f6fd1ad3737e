"""Decides the condition of a branch (`triggerPolicy.condition` of the compiled pipeline). Pure.

The SDK's local runner in the versions we use evaluates none of the conditions that its own compiler
writes, and so skips every branch; the stand-in decides them itself.
"""

import ast
import operator
import re
from collections.abc import Callable, Mapping
from typing import Any

INPUT_OR_TEXT = re.compile(r"inputs\.parameter_values\['(?P<input>[^']+)'\]|'(?P<text>[^']*)'")
WORDS = (
    (r"&&", " and "),
    (r"\|\|", " or "),
    (r"!(?!=)", " not "),
    (r"\btrue\b", "True"),
    (r"\bfalse\b", "False"),
)
COMPARE: Mapping[type[ast.cmpop], Callable[[Any, Any], bool]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}
CONVERT: Mapping[str, Callable[[Any], Any]] = {"int": int, "double": float, "string": str}


class ConditionError(ValueError):
    """A condition beyond what is understood here, or whose value is not there."""


def decide(condition: str, value_of: Callable[[str], object]) -> bool:
    """True when the branch is taken; `value_of` gives the value of a named input.

    Understands comparisons of inputs and literals, int/double/string(), and, or, not.
    """
    values: dict[str, object] = {}

    def named(found: re.Match[str]) -> str:
        name = f"value_{len(values)}"
        values[name] = found["text"] if found["input"] is None else value_of(found["input"])
        return name

    bare = INPUT_OR_TEXT.sub(named, condition)
    for pattern, word in WORDS:
        bare = re.sub(pattern, word, bare)
    try:
        tree = ast.parse(bare.strip(), mode="eval")
    except SyntaxError:
        raise ConditionError(f"The condition {condition!r} is not understood.") from None
    return bool(_value(tree.body, values))


def _value(node: ast.expr, values: Mapping[str, object]) -> Any:
    match node:
        case ast.Constant(value=value):
            return value
        case ast.Name(id=name) if name in values:
            return values[name]
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return not _value(operand, values)
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -_value(operand, values)
        case ast.BoolOp(op=ast.And(), values=parts):
            return all(_value(part, values) for part in parts)
        case ast.BoolOp(op=ast.Or(), values=parts):
            return any(_value(part, values) for part in parts)
        case ast.Compare(left=left, ops=[op], comparators=[right]) if type(op) in COMPARE:
            return COMPARE[type(op)](_value(left, values), _value(right, values))
        case ast.Call(func=ast.Name(id=name), args=[argument]) if name in CONVERT:
            return CONVERT[name](_value(argument, values))
    raise ConditionError(f"The expression {ast.unparse(node)!r} is not understood.")
