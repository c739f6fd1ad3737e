import unittest

import pandas as pd

from fraud_score.features import payments_last_hour


class PaymentsLastHourTest(unittest.TestCase):
    def test_counts_the_same_card_only(self):
        moments = pd.to_datetime(
            ["2026-01-01 10:00", "2026-01-01 10:30", "2026-01-01 10:40", "2026-01-01 12:00"]
        )
        payments = pd.DataFrame(
            {"card": ["a", "a", "b", "a"], "ts": moments, "amount": [1.0, 2.0, 3.0, 4.0]}
        )
        self.assertEqual(payments_last_hour(payments).tolist(), [0, 1, 0, 0])
