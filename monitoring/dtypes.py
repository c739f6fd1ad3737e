"""Which received types an expected type can take, and what is lost on the way."""

from dataclasses import dataclass
from enum import StrEnum

FLOAT32_MAX = 3.4028234663852886e38
WHOLE_BITS = {"float16": 11, "float32": 24, "float64": 53}  # integers up to 2**bits are exact
WIDTH_BITS = {
    "int8": 7,
    "int16": 15,
    "int32": 31,
    "int64": 63,
    "uint8": 8,
    "uint16": 16,
    "uint32": 32,
    "uint64": 64,
}
JSON_WRITES = {"datetime": "string", "binary": "string", "map": "object"}


class Risk(StrEnum):
    """How bad a difference is."""

    BENIGN = "benign"  # nothing changes for the model
    RISKY = "risky"  # the model still answers, perhaps from changed values
    BREAKING = "breaking"  # the model cannot answer, or answers from wrong values

    @property
    def rank(self) -> int:
        """Greater is worse."""
        return list(Risk).index(self)


@dataclass(frozen=True, slots=True)
class DtypeGap:
    """What separates a received type from the expected one. `lossy`: the conversion can change a value."""

    risk: Risk
    lossy: bool
    reason: str


@dataclass(frozen=True, slots=True)
class Span:
    """The numbers seen in an untyped column. `whole`: all of them are integers."""

    low: float
    high: float
    whole: bool

    @property
    def largest(self) -> float:
        """The greatest absolute value."""
        return max(abs(self.low), abs(self.high))


def family(dtype: str) -> str:
    """number, bool, or the name of a type that only fits itself."""
    return "number" if dtype in WHOLE_BITS or dtype in WIDTH_BITS else dtype


def typed_gap(expected: str, *, received: str) -> DtypeGap | None:
    """The gap on a transport that carries types; None when the types are equal or nothing is expected."""
    if expected in (received, "any") or received == "null":
        return None
    if family(expected) != "number" or family(received) != "number":
        return DtypeGap(Risk.BREAKING, True, f"{received} cannot be read as {expected}")
    if received in WIDTH_BITS:
        return _from_integer(expected, received)
    return _from_float(expected, received)


def json_gap(expected: str, *, received: str, values: Span | None) -> DtypeGap | None:
    """The gap on a transport whose numbers have no width: can the expected type hold these values?"""
    if expected == "any" or received == "null":
        return None
    wanted = JSON_WRITES.get(expected, family(expected))
    if received != wanted:
        return DtypeGap(Risk.BREAKING, True, f"{received} cannot be read as {expected}")
    return None if values is None or wanted != "number" else _unholdable(expected, values)


def _from_integer(expected: str, received: str) -> DtypeGap | None:
    bits = WIDTH_BITS[received]
    if expected in WHOLE_BITS:
        exact = WHOLE_BITS[expected]
        if bits <= exact:
            return DtypeGap(Risk.BENIGN, False, "every value fits")
        return DtypeGap(Risk.RISKY, True, f"integers beyond 2^{exact} are rounded")
    if bits <= WIDTH_BITS[expected] and (received.startswith("u") or not expected.startswith("u")):
        return DtypeGap(Risk.BENIGN, False, "every value fits")
    return DtypeGap(Risk.BREAKING, True, f"values beyond {expected} overflow")


def _from_float(expected: str, received: str) -> DtypeGap:
    if expected in WIDTH_BITS:
        return DtypeGap(
            Risk.RISKY, True, "fractions would be cut; integers with missing values arrive so too"
        )
    if WHOLE_BITS[received] <= WHOLE_BITS[expected]:
        return DtypeGap(Risk.BENIGN, False, "every value fits")
    return DtypeGap(Risk.RISKY, True, f"values are rounded to {WHOLE_BITS[expected]} significant bits")


def _unholdable(expected: str, values: Span) -> DtypeGap | None:
    if expected in WIDTH_BITS:
        bits = WIDTH_BITS[expected]
        lowest = 0 if expected.startswith("u") else -(2**bits)
        if not values.whole:
            return DtypeGap(Risk.BREAKING, True, "a value has a fraction")
        if values.low < lowest or values.high >= 2**bits:
            return DtypeGap(Risk.BREAKING, True, f"a value lies outside {expected}")
        return None
    if expected == "float32" and values.largest > FLOAT32_MAX:
        return DtypeGap(Risk.BREAKING, True, "a value lies outside float32")
    if values.whole and values.largest > 2 ** WHOLE_BITS[expected]:
        return DtypeGap(Risk.RISKY, True, f"an integer beyond 2^{WHOLE_BITS[expected]} is rounded")
    return None
