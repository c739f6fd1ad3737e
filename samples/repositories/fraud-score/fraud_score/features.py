"""What the model sees of a payment."""

import pandas as pd

NUMBERS = ["amount", "hour", "card_age_days", "payments_last_hour", "distance_km", "foreign"]
CHANNELS = ["chip", "phone", "web"]
FEATURES = [*NUMBERS, "channel"]
LABEL = "fraud"


def payments_last_hour(payments: pd.DataFrame) -> pd.Series:
    """How many payments the same card made in the hour before each one (columns card, ts)."""
    ordered = payments.sort_values("ts")
    windows = ordered.set_index("ts").groupby("card")["amount"].rolling("1h").count() - 1
    counts = windows.reset_index().drop_duplicates(["card", "ts"], keep="last")
    return payments.merge(counts, on=["card", "ts"], suffixes=("", "_count"))["amount_count"].astype(int)
