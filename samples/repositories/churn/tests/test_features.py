import pandas as pd
import pytest

from churn.features import FEATURES, LABEL, split, table


def customers(rows: int = 8) -> pd.DataFrame:
    frame = pd.DataFrame({name: range(rows) for name in FEATURES})
    return frame.assign(**{LABEL: [0, 1] * (rows // 2), "name": "somebody"})


def test_table_keeps_features_and_label_only():
    assert list(table(customers())) == [*FEATURES, LABEL]


def test_table_drops_customers_without_label():
    frame = customers()
    frame.loc[0, LABEL] = None
    assert len(table(frame)) == 7


def test_table_names_missing_columns():
    with pytest.raises(ValueError, match="late_payments"):
        table(customers().drop(columns="late_payments"))


def test_split_is_the_same_every_time():
    frame = table(customers(100))
    first, second = split(frame), split(frame)
    assert first[1].index.equals(second[1].index)
    assert len(first[1]) == 25
    assert not set(first[0].index) & set(first[1].index)
