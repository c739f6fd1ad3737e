"""The contract of a snapshot: python -m fraud_score.contract data/transactions.parquet"""

import sys

import pandas as pd
import pandera.pandas as pa

from fraud_score.features import CHANNELS, LABEL

SNAPSHOT = pa.DataFrameSchema(
    {
        "amount": pa.Column(float, pa.Check.in_range(0, 50_000)),
        "hour": pa.Column(int, pa.Check.in_range(0, 23)),
        "card_age_days": pa.Column(int, pa.Check.ge(0)),
        "payments_last_hour": pa.Column(int, pa.Check.ge(0)),
        "distance_km": pa.Column(float, pa.Check.ge(0)),
        "foreign": pa.Column(int, pa.Check.isin([0, 1])),
        "channel": pa.Column(str, pa.Check.isin(CHANNELS)),
        LABEL: pa.Column(int, pa.Check.isin([0, 1])),
    },
    strict=True,
)

if __name__ == "__main__":
    print(f"{len(SNAPSHOT.validate(pd.read_parquet(sys.argv[1]), lazy=True))} payments keep the contract")
