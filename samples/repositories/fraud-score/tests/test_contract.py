import pandas as pd
import pandera.errors
import pytest

from fraud_score.contract import SNAPSHOT

PAYMENT = {
    "amount": 10.0,
    "hour": 9,
    "card_age_days": 100,
    "payments_last_hour": 0,
    "distance_km": 2.0,
    "foreign": 0,
    "channel": "chip",
    "fraud": 0,
}


def test_a_good_snapshot_keeps_the_contract():
    assert len(SNAPSHOT.validate(pd.DataFrame([PAYMENT]))) == 1


@pytest.mark.parametrize("change", [{"amount": -1.0}, {"channel": "fax"}, {"new_column": 1}])
def test_a_changed_snapshot_breaks_it(change):
    with pytest.raises(pandera.errors.SchemaError):
        SNAPSHOT.validate(pd.DataFrame([PAYMENT | change]))
