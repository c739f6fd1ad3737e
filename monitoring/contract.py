"""The schema contract: what a model version expects, what it received, and how bad the difference is.

Expected inputs come from the model's MLflow signature. The width of a number (float32 or float64) is
visible only on a typed transport (Parquet, Arrow, binary tensors); a JSON number has none, so there only
its value is tested against what the expected type can hold.
"""

from dataclasses import dataclass
from enum import StrEnum

from monitoring.dtypes import DtypeGap, Risk, json_gap, typed_gap
from monitoring.schema import Field, Schema, Transport


class FindingKind(StrEnum):
    """In what the received schema differs."""

    MISSING = "missing"
    EXTRA = "extra"
    DTYPE = "dtype"
    ORDER = "order"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One difference. `lossy`: converting to the expected type can change a value."""

    kind: FindingKind
    column: str
    risk: Risk
    reason: str
    expected: str | None = None
    received: str | None = None
    lossy: bool = False


@dataclass(frozen=True, slots=True)
class ContractResult:
    """All differences of two schemas; none means that the contract holds."""

    expected: Schema
    received: Schema
    findings: tuple[Finding, ...]

    @property
    def risk(self) -> Risk | None:
        """The greatest risk among the findings, None when there is none."""
        return max((finding.risk for finding in self.findings), key=lambda risk: risk.rank, default=None)

    @property
    def is_broken(self) -> bool:
        """Whether a difference is more than benign."""
        return self.risk in (Risk.BREAKING, Risk.RISKY)

    @property
    def message(self) -> str:
        """One line for a person; empty when the contract holds."""
        if not self.findings:
            return ""
        return (
            f"Model version mismatch. Expected inputs: {self.expected.described()}. "
            f"Received inputs: {self.received.described()}"
        )

    def to_json(self) -> dict[str, object]:
        """The findings for a machine."""
        return {
            "missing": self._names(FindingKind.MISSING),
            "extra": self._names(FindingKind.EXTRA),
            "dtype": [
                {
                    "column": finding.column,
                    "expected": finding.expected,
                    "received": finding.received,
                    "lossy": finding.lossy,
                    "risk": str(finding.risk),
                }
                for finding in self.findings
                if finding.kind is FindingKind.DTYPE
            ],
        }

    def _names(self, kind: FindingKind) -> list[str]:
        return [finding.column for finding in self.findings if finding.kind is kind]


def compare(expected: Schema, received: Schema) -> ContractResult:
    """Compare schemas by name, or by place where the transport carries no names."""
    if received.transport is Transport.POSITIONAL or expected.is_unnamed:
        findings = _by_place(expected, received)
    else:
        findings = [
            *_missing(expected, received),
            *_extra(expected, received),
            *_dtypes(expected, received),
            *_order(expected, received),
        ]
    return ContractResult(expected=expected, received=received, findings=tuple(findings))


def _missing(expected: Schema, received: Schema) -> list[Finding]:
    findings = []
    for field in expected.fields:
        got = received.field(field.name)
        if not field.required or (got is not None and got.required):
            continue
        reason = "is expected and was not received" if got is None else "is expected and some rows lack it"
        findings.append(
            Finding(
                kind=FindingKind.MISSING,
                column=field.name,
                risk=Risk.BREAKING,
                reason=f"{field.name} {reason}.",
                expected=field.dtype,
            )
        )
    return findings


def _extra(expected: Schema, received: Schema) -> list[Finding]:
    return [
        Finding(
            kind=FindingKind.EXTRA,
            column=field.name,
            risk=Risk.RISKY,
            reason=f"{field.name} was received and is not expected.",
            received=field.dtype,
        )
        for field in received.fields
        if expected.field(field.name) is None
    ]


def _dtypes(expected: Schema, received: Schema) -> list[Finding]:
    findings = []
    for field in expected.fields:
        got = received.field(field.name)
        gap = None if got is None else _gap(field, got, transport=received.transport)
        if got is not None and gap is not None:
            findings.append(_dtype_finding(field, got, gap))
    return findings


def _gap(field: Field, got: Field, *, transport: Transport) -> DtypeGap | None:
    if transport is Transport.JSON:
        return json_gap(field.dtype, received=got.dtype, values=got.values)
    return typed_gap(field.dtype, received=got.dtype)


def _dtype_finding(field: Field, got: Field, gap: DtypeGap) -> Finding:
    return Finding(
        kind=FindingKind.DTYPE,
        column=field.name,
        risk=gap.risk,
        reason=f"{field.name} is expected as {field.dtype} and was received as {got.dtype}: {gap.reason}.",
        expected=field.dtype,
        received=got.dtype,
        lossy=gap.lossy,
    )


def _order(expected: Schema, received: Schema) -> list[Finding]:
    shared = [field.name for field in expected.fields if received.field(field.name)]
    arrived = [field.name for field in received.fields if expected.field(field.name)]
    if shared == arrived:
        return []
    first = next(name for name, other in zip(shared, arrived, strict=True) if name != other)
    return [
        Finding(
            kind=FindingKind.ORDER,
            column=first,
            risk=Risk.BENIGN,
            reason=f"From {first} on the columns come in another order; they are matched by name.",
        )
    ]


def _by_place(expected: Schema, received: Schema) -> list[Finding]:
    wanted = expected.fields * len(received.fields) if expected.is_open else expected.fields
    findings = []
    for field, got in zip(wanted, received.fields, strict=False):
        gap = _gap(field, got, transport=received.transport)
        if gap is not None:
            findings.append(_dtype_finding(field, got, gap))
    if not expected.is_open and len(wanted) != len(received.fields):
        findings.append(_width_finding(len(wanted), received))
    return findings


def _width_finding(width: int, received: Schema) -> Finding:
    count = len(received.fields)
    return Finding(
        kind=FindingKind.MISSING if count < width else FindingKind.EXTRA,
        column=f"column {min(count, width) + 1}",
        risk=Risk.BREAKING,
        reason=f"{width} columns are expected by place and {count} were received.",
    )
