import unittest

import pandas as pd

from churn.features import FEATURES, LABEL, split, table


def customers(rows: int = 8) -> pd.DataFrame:
    frame = pd.DataFrame({name: range(rows) for name in FEATURES})
    return frame.assign(**{LABEL: [0, 1] * (rows // 2), "name": "somebody"})


class TableTest(unittest.TestCase):
    def test_keeps_features_and_label_only(self):
        self.assertEqual(list(table(customers())), [*FEATURES, LABEL])

    def test_drops_customers_without_label(self):
        frame = customers()
        frame.loc[0, LABEL] = None
        self.assertEqual(len(table(frame)), 7)

    def test_names_missing_columns(self):
        with self.assertRaisesRegex(ValueError, "late_payments"):
            table(customers().drop(columns="late_payments"))


class SplitTest(unittest.TestCase):
    def test_is_the_same_every_time(self):
        frame = table(customers(100))
        first, second = split(frame), split(frame)
        self.assertTrue(first[1].index.equals(second[1].index))
        self.assertEqual(len(first[1]), 25)
        self.assertFalse(set(first[0].index) & set(first[1].index))
