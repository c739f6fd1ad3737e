"""Data and features: each criterion with facts that meet it, fail it, hide it and exempt it."""

from dataclasses import replace

import pytest

from evidence.records import BlindReason
from maturity.facts import Happening, PipelineTask, SystemFacts, Task
from maturity.finding import Verdict
from tests.maturity import made
from tests.maturity.judging import EXEMPT, MET, NOT_MET, UNKNOWN, Table, mapped, pipeline, says, without
from tests.maturity.made import DAY, NOW, facts, with_run, with_version
from tests.maturity.made_serving import view

NOT_CONNECTED = BlindReason.SOURCE_NOT_CONNECTED
COMPONENT = (made.pipeline_version().components or ())[0]
UNREAD = {"components": None}
UNVALIDATED = pipeline(
    validation_tasks=(), tasks=(PipelineTask("load"), PipelineTask("train", depends_on=("load",)))
)
WHOLE = (("age", "integer", True), ("note", "string", False))
FIRST = made.version("1", created_at=NOW - 60 * DAY, claims=(), inputs=(("zip", "string", True),))
MOVED = Happening(
    "alias_moved", NOW - DAY, made.ref("model", "churn"), attrs={"alias": "champion", "from": "1", "to": "3"}
)
TAKEN_OVER = replace(
    facts(versions=(made.version(), made.older(), FIRST)),
    events=(MOVED,),
)
"""The alias moved from version 1, not from the one that was made just before."""

TABLE: Table = [
    ("data-snapshot-bound", with_run(datasets=()), NOT_MET, "no training data"),
    ("data-snapshot-bound", with_run(datasets=(made.dataset(source=""),)), NOT_MET, "no source"),
    ("data-snapshot-bound", with_run(datasets=(made.dataset(context=""),)), MET, "customers@"),
    ("data-snapshot-bound", with_run(datasets=(made.dataset(context="eval"),)), NOT_MET, "no training data"),
    ("data-validation-step", pipeline(tasks=()), NOT_MET, "no step waits"),
    ("data-validation-step", pipeline(**UNREAD), UNKNOWN, "specification"),
    ("data-typed-components", pipeline(**UNREAD), UNKNOWN, "specification"),
    (
        "data-snapshot-immutable",
        with_version(run=made.run(datasets=(made.dataset(version=""),)), commit=None),
        NOT_MET,
        "digest",
    ),
    ("data-snapshot-immutable", with_run(datasets=(made.dataset(version=""),)), MET, "at its commit"),
    ("data-schema-compat", with_version(signature="absent"), NOT_MET, "no signature"),
    ("data-schema-compat", with_version(signature="unreadable"), UNKNOWN, "could not be read"),
    (
        "data-schema-compat",
        with_version(inputs=(("age", "float", True),)),
        NOT_MET,
        "age was double, is float",
    ),
    ("data-schema-compat", with_version(inputs=()), NOT_MET, "input age is gone"),
    ("data-schema-compat", with_version(inputs=(), tags={"breaking_change": "true"}), MET, "signature"),
    ("data-snapshot-bound", with_version(run=None, run_blind=NOT_CONNECTED), UNKNOWN, "could not be seen"),
    ("data-validation-step", UNVALIDATED, NOT_MET, "no data validation"),
    ("data-validation-step", pipeline(validation_tasks=()), UNKNOWN, "may check the data"),
    (
        "data-validation-step",
        mapped(UNVALIDATED, "data.validation_step", kind="task", name="lo*d"),
        NOT_MET,
        "load did not end",
    ),
    (
        "data-validation-step",
        mapped(
            replace(UNVALIDATED, pipeline_runs=(made.pipeline_run(tasks=(Task("load", "SUCCEEDED"),)),)),
            "data.validation_step",
            kind="task",
            name="lo*d",
        ),
        MET,
        "load checked its data",
    ),
    (
        "data-validation-step",
        facts(pipeline_runs=(made.pipeline_run(tasks=(Task("validate", "PENDING"),)),)),
        NOT_MET,
        "did not end in it",
    ),
    (
        "data-validation-step",
        facts(pipeline_runs=(made.pipeline_run(state="FAILED", tasks=(Task("validate", "FAILED"),)),)),
        MET,
        "validate checked",
    ),
    ("data-typed-components", pipeline(components=(replace(COMPONENT, typed_share=0.5),)), NOT_MET, "2 of 4"),
    (
        "data-typed-components",
        pipeline(components=(replace(COMPONENT, ports=0),)),
        NOT_MET,
        "declare no inputs",
    ),
    ("data-snapshot-immutable", with_version(commit=None), UNKNOWN, "only declared"),
    (
        "data-snapshot-immutable",
        with_version(run=None, run_blind=NOT_CONNECTED),
        UNKNOWN,
        "could not be seen",
    ),
    (
        "data-schema-compat",
        with_version(inputs=(("age", "double", True), ("x", "long", True))),
        NOT_MET,
        "x is newly",
    ),
    (
        "data-schema-compat",
        with_version(inputs=(("age", "double", True), ("x", "long", False))),
        MET,
        "compatible",
    ),
    (
        "data-schema-compat",
        facts(versions=(made.version(), made.older(signature="unreadable"))),
        UNKNOWN,
        "replaced",
    ),
    ("data-schema-compat", facts(versions=(made.version(), made.older(inputs=WHOLE))), MET, "compatible"),
    ("data-schema-compat", TAKEN_OVER, NOT_MET, "against version 1"),
    ("data-feature-store", without("feast"), UNKNOWN, "No feature store"),
    ("data-feature-store", with_run(tags={}), NOT_MET, "names features"),
    ("data-feature-store", facts(feature_services=()), NOT_MET, "churn_features is not in"),
    (
        "data-feature-store",
        with_run(tags={"feast.feature_refs": "customer_stats:age, gone:x"}),
        NOT_MET,
        "gone is",
    ),
    (
        "data-feature-store",
        with_run(tags={"feast.feature_refs": "['customer_stats:age']"}),
        MET,
        "customer_stats",
    ),
    ("data-feature-store", with_version(inputs=(("", "tensor float32 [-1, 28]", True),)), EXEMPT, "tensors"),
    ("data-feature-fresh", without("feast"), UNKNOWN, "No feature store"),
    ("data-feature-fresh", facts(feature_views=(view(enabled=False),)), NOT_MET, "disabled"),
    ("data-feature-fresh", facts(feature_views=(view(materialised_until=None),)), NOT_MET, "never"),
    (
        "data-feature-fresh",
        facts(feature_views=(view(materialised_until=NOW - DAY * 1.5),)),
        NOT_MET,
        "24 hours",
    ),
    ("data-feature-fresh", facts(feature_views=(view(ttl=None, max_age=None),)), NOT_MET, "declared for it"),
    ("data-feature-fresh", facts(feature_views=(view(online=False),)), EXEMPT, "in batches only"),
    ("data-feature-fresh", facts(feature_views=()), UNKNOWN, "no feature view"),
]


@pytest.mark.parametrize(("criterion", "given", "verdict", "words"), TABLE)
def test_probe_says(criterion: str, given: SystemFacts, verdict: Verdict, words: str) -> None:
    says(criterion, given, verdict, words)
