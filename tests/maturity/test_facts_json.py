"""Facts go through JSON and come back as they were."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from evidence.records import Json
from maturity.facts import Attested, Exercise, Means, Run, SystemFacts, Waived
from maturity.facts_json import FactsError, read, written
from tests.maturity.made import DAY, NOW, commit, facts, ref, run, with_run

EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
anything: st.SearchStrategy[Json] = st.deferred(
    lambda: (
        st.none()
        | st.booleans()
        | st.integers()
        | st.floats(allow_nan=False)
        | st.text()
        | st.lists(anything, max_size=3)
        | st.dictionaries(st.text(), anything, max_size=3)
    )
)
moments = st.none() | st.timedeltas(timedelta(0), timedelta(days=36_500)).map(lambda span: EPOCH + span)


def with_words() -> SystemFacts:
    """A healthy system of which people said something."""
    end = NOW + DAY
    return facts(
        waivers=(Waived("gov-owner", end, "why", "https://x.example", "kenta", "mei", NOW),),
        attestations=(Attested("att-privacy", "mei", NOW, end, "we did", "https://x.example"),),
        means=(Means("data.validated", "task", "check*"),),
        drills=(Exercise("replay", True, NOW - DAY, NOW, "mei", proofs=(ref("run", "twin"),)),),
    )


@pytest.mark.parametrize("given_facts", [facts(), with_words(), SystemFacts("a", "A", "T", NOW)])
def test_facts_come_back_equal(given_facts: SystemFacts) -> None:
    assert read(written(given_facts)) == given_facts


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(
    name=st.text(),
    params=st.dictionaries(st.text(), anything, max_size=4),
    started=moments,
    dirty=st.none() | st.booleans(),
    period=st.none() | st.timedeltas(timedelta(0), timedelta(days=9999)),
)
def test_any_values_come_back_equal(
    name: str, params: dict[str, object], started: datetime, dirty: bool, period: timedelta
) -> None:
    made = with_run(user=name, params=params, started_at=started, dirty=dirty)
    schedules = tuple(replace(each, period=period) for each in made.schedules)
    made = replace(made, name=name, schedules=schedules)
    again = read(written(made))
    assert again == made
    assert json.dumps(dict(again.production[0].run.params)) == json.dumps(params)  # type: ignore[union-attr]


def test_a_shared_object_is_written_once_and_shared_again() -> None:
    one = run(commit=commit())
    made = facts(runs=(one, one, replace(one, user="mei")))
    again = read(written(made))
    assert again.runs[0] is again.runs[1]
    assert again.runs[0].commit is again.runs[2].commit
    assert len(written(made)) < len(
        written(replace(made, runs=(one, replace(one), replace(one, user="mei"))))
    )


def test_a_field_that_was_added_since_has_its_default() -> None:
    document = json.loads(written(facts()))
    place = document["fields"]["SystemFacts"].index("drills")
    document["fields"]["SystemFacts"].pop(place)
    document["facts"].pop(place)
    assert read(json.dumps(document).encode()) == facts()


def test_a_field_that_is_gone_is_an_error_that_names_it() -> None:
    document = json.loads(written(facts()))
    document["fields"]["Run"][0] = "reference"
    with pytest.raises(FactsError, match=r"Run has other fields: ref"):
        read(json.dumps(document).encode())


@pytest.mark.parametrize("text", [b"", b"[]", b"{}", b'{"fields":{},"shared":[],"facts":[]}', b"\xff"])
def test_other_texts_are_refused(text: bytes) -> None:
    with pytest.raises(FactsError):
        read(text)


def test_equal_facts_give_equal_bytes() -> None:
    assert written(facts()) == written(read(written(facts())))
    assert Run.__name__ in json.loads(written(facts()))["fields"]
