"""What the churn model sees of a customer."""

import pandas as pd

FEATURES = ["tenure_months", "monthly_charge", "support_calls", "late_payments", "contract_months"]
LABEL = "churned"


def table(customers: pd.DataFrame) -> pd.DataFrame:
    """Features and label of every customer whose label is known; unknown columns are dropped."""
    missing = [name for name in [*FEATURES, LABEL] if name not in customers]
    if missing:
        raise ValueError(f"columns missing: {', '.join(missing)}")
    return customers.dropna(subset=[LABEL])[[*FEATURES, LABEL]].fillna(0)


def split(frame: pd.DataFrame, holdout: float = 0.25) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Training rows and held-out rows, the same ones every time."""
    shuffled = frame.sample(frac=1.0, random_state=7)
    size = int(len(shuffled) * holdout)
    return shuffled.iloc[size:], shuffled.iloc[:size]
