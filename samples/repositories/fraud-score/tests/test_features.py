import pandas as pd

from fraud_score.features import payments_last_hour


def test_payments_last_hour_counts_the_same_card_only():
    moments = pd.to_datetime(["2026-01-01 10:00", "2026-01-01 10:30", "2026-01-01 10:40", "2026-01-01 12:00"])
    payments = pd.DataFrame({"card": ["a", "a", "b", "a"], "ts": moments, "amount": [1.0, 2.0, 3.0, 4.0]})
    assert payments_last_hour(payments).tolist() == [0, 1, 0, 0]
