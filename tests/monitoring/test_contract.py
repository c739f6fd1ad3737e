"""The schema contract: what differs, how bad it is, and how it reads."""

import json

import pytest

from monitoring.contract import FindingKind, compare
from monitoring.dtypes import Risk
from monitoring.parquet import Column, ColumnKind
from monitoring.schema import (
    Field,
    Schema,
    SignatureError,
    Transport,
    schema_of_columns,
    schema_of_rows,
    schema_of_signature,
)

SIGNATURE = json.dumps(
    [
        {"type": "float", "name": "feature_a", "required": True},
        {"type": "float", "name": "feature_b", "required": True},
    ]
)


def typed(**dtypes: str) -> Schema:
    return Schema(fields=tuple(Field(name=name, dtype=dtype) for name, dtype in dtypes.items()))


def test_compare_reads_as_the_seed() -> None:
    columns = [Column(f"feature_{letter}", ColumnKind.NUMERIC, "float64") for letter in "abc"]
    result = compare(schema_of_signature(SIGNATURE), schema_of_columns(columns))

    assert result.message == (
        "Model version mismatch. Expected inputs: [feature_a, feature_b] (float32). "
        "Received inputs: [feature_a, feature_b, feature_c] (float64)"
    )
    assert result.risk is Risk.RISKY
    assert result.is_broken
    difference = {"expected": "float32", "received": "float64", "lossy": True, "risk": "risky"}
    assert result.to_json() == {
        "missing": [],
        "extra": ["feature_c"],
        "dtype": [{"column": name, **difference} for name in ("feature_a", "feature_b")],
    }


def test_compare_says_nothing_of_equal_schemas() -> None:
    result = compare(typed(a="float32", b="string"), typed(a="float32", b="string"))

    assert (result.message, result.risk, result.is_broken) == ("", None, False)


def test_described_names_each_dtype_when_they_differ() -> None:
    assert typed(a="int64", b="string").described() == "[a (int64), b (string)]"
    assert typed().described() == "[]"


@pytest.mark.parametrize(
    ("expected", "received", "risk", "lossy"),
    [
        ("float32", "float64", Risk.RISKY, True),
        ("float64", "float32", Risk.BENIGN, False),
        ("int64", "int32", Risk.BENIGN, False),
        ("int32", "int64", Risk.BREAKING, True),
        ("uint8", "int8", Risk.BREAKING, True),
        ("int64", "uint32", Risk.BENIGN, False),
        ("int64", "float64", Risk.RISKY, True),
        ("float64", "int32", Risk.BENIGN, False),
        ("float64", "int64", Risk.RISKY, True),
        ("float64", "string", Risk.BREAKING, True),
        ("string", "int64", Risk.BREAKING, True),
        ("bool", "int64", Risk.BREAKING, True),
        ("datetime", "string", Risk.BREAKING, True),
    ],
)
def test_compare_classes_typed_dtypes(expected: str, received: str, risk: Risk, lossy: bool) -> None:
    (finding,) = compare(typed(x=expected), typed(x=received)).findings

    assert (finding.kind, finding.risk, finding.lossy) == (FindingKind.DTYPE, risk, lossy)


@pytest.mark.parametrize(("expected", "received"), [("any", "int64"), ("float64", "null")])
def test_compare_accepts_what_needs_no_type(expected: str, received: str) -> None:
    assert not compare(typed(x=expected), typed(x=received)).findings


def test_compare_finds_a_missing_column_breaking() -> None:
    (finding,) = compare(typed(a="int64", b="int64"), typed(a="int64")).findings

    assert (finding.kind, finding.column, finding.risk) == (FindingKind.MISSING, "b", Risk.BREAKING)


def test_compare_lets_an_optional_column_be_absent() -> None:
    signature = json.dumps([{"type": "long", "name": "a"}, {"type": "long", "name": "b", "required": False}])
    assert not compare(schema_of_signature(signature), typed(a="int64")).findings


def test_compare_finds_another_order_benign_by_name_only() -> None:
    expected, received = typed(a="int64", b="int64"), typed(b="int64", a="int64")
    (finding,) = compare(expected, received).findings

    assert (finding.kind, finding.risk) == (FindingKind.ORDER, Risk.BENIGN)


def test_compare_by_place_counts_and_types_columns() -> None:
    received = Schema(fields=typed(x="int64", y="string", z="int64").fields, transport=Transport.POSITIONAL)
    findings = compare(typed(a="int64", b="int64"), received).findings

    assert [(finding.kind, finding.column) for finding in findings] == [
        (FindingKind.DTYPE, "b"),
        (FindingKind.EXTRA, "column 3"),
    ]


@pytest.mark.parametrize(
    ("mlflow_type", "value", "risk"),
    [
        ("float", 0.1, None),  # a JSON number has no width
        ("float", 1e39, Risk.BREAKING),
        ("float", 2**24 + 1, Risk.RISKY),
        ("double", 2**53 + 1, Risk.RISKY),
        ("double", 10**400, Risk.RISKY),
        ("long", 3.5, Risk.BREAKING),
        ("long", 3.0, None),
        ("integer", 2**31, Risk.BREAKING),
        ("long", "3", Risk.BREAKING),
        ("boolean", True, None),
        ("boolean", 1, Risk.BREAKING),
        ("datetime", "2026-11-22T00:00:00Z", None),
        ("string", None, None),
        ("array", [1.0], None),
        ("map", {"a": 1}, None),
        ("object", [1], Risk.BREAKING),
        ("double", float("nan"), None),
    ],
)
def test_compare_tests_json_values_not_widths(mlflow_type: str, value: object, risk: Risk | None) -> None:
    expected = schema_of_signature(json.dumps([{"type": mlflow_type, "name": "x"}]))
    assert compare(expected, schema_of_rows([{"x": value}])).risk is risk


def test_compare_finds_a_column_that_some_rows_lack() -> None:
    expected = schema_of_signature(json.dumps([{"type": "long", "name": "x"}]))
    (finding,) = compare(expected, schema_of_rows([{"x": 1}, {}])).findings

    assert (finding.kind, finding.risk) == (FindingKind.MISSING, Risk.BREAKING)


def test_compare_finds_mixed_json_values_breaking() -> None:
    expected = schema_of_signature(json.dumps([{"type": "double", "name": "x"}]))
    assert compare(expected, schema_of_rows([{"x": 1}, {"x": "one"}])).risk is Risk.BREAKING


def test_schema_of_signature_reads_an_unnamed_tensor_by_place() -> None:
    tensor = {"type": "tensor", "tensor-spec": {"dtype": "float32", "shape": [-1, 2]}}
    expected = schema_of_signature(json.dumps([tensor]))

    assert not compare(expected, typed(a="float32", b="float32")).findings
    (finding,) = compare(expected, typed(a="float32")).findings
    assert finding.reason == "2 columns are expected by place and 1 were received."


def test_schema_of_signature_reads_an_open_tensor() -> None:
    tensor = {"type": "tensor", "tensor-spec": {"dtype": "float64", "shape": [-1]}}
    expected = schema_of_signature(json.dumps([tensor]))

    assert not compare(expected, typed(a="float64", b="float64")).findings
    assert compare(expected, typed(a="float64", b="string")).risk is Risk.BREAKING


def test_schema_of_signature_reads_named_tensors() -> None:
    tensor = {"type": "tensor", "name": "x", "tensor-spec": {"dtype": "int64", "shape": [-1, 3]}}
    assert schema_of_signature(json.dumps([tensor])).described() == "[x] (int64)"


@pytest.mark.parametrize(
    "inputs", ["", "{}", "[]", "[1]", "nonsense", '[{"name": "x"}]', "[" * 100_000, '"x"']
)
def test_schema_of_signature_refuses_what_is_no_signature(inputs: str) -> None:
    with pytest.raises(SignatureError, match="signature"):
        schema_of_signature(inputs)
