import unittest

import pandas as pd
import pandera.errors

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


class ContractTest(unittest.TestCase):
    def test_a_good_snapshot_keeps_it(self):
        self.assertEqual(len(SNAPSHOT.validate(pd.DataFrame([PAYMENT]))), 1)

    def test_a_changed_snapshot_breaks_it(self):
        for change in ({"amount": -1.0}, {"channel": "fax"}, {"new_column": 1}):
            with self.subTest(**change), self.assertRaises(pandera.errors.SchemaError):
                SNAPSHOT.validate(pd.DataFrame([PAYMENT | change]))
