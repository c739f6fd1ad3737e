"""Generates the sample data: training snapshots, and what was asked of the deployed models later.

Every table comes from a seed, so a second build writes the same bytes. The numbers are invented; the
relations between them are real enough that a model learns something from them.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

Columns = dict[str, NDArray[np.generic]]
CHANNELS = np.array(["chip", "phone", "web"])
DAYS_OF_LOG = 14
DRIFTED_DAYS = 4
"""The newest days of the fraud score's log on which payments look different."""


@dataclass(frozen=True, slots=True)
class Snapshots:
    """Where the training data lies, by what it is."""

    customers_early: Path
    customers: Path
    offers: Path
    transactions_early: Path
    transactions: Path
    settled: Path
    sales: Path


def snapshots(folder: Path) -> Snapshots:
    """The places of the snapshots under `folder`."""
    return Snapshots(
        customers_early=folder / "churn" / "customers-early.parquet",
        customers=folder / "churn" / "customers.parquet",
        offers=folder / "churn" / "offers.parquet",
        transactions_early=folder / "fraud-score" / "transactions-early.parquet",
        transactions=folder / "fraud-score" / "transactions.parquet",
        settled=folder / "fraud-score" / "settled.parquet",
        sales=folder / "demand-forecast" / "sales_weekly.parquet",
    )


def write_snapshots(places: Snapshots) -> None:
    """Write every snapshot."""
    write(customers(3000, seed=1), places.customers_early)
    write(customers(4000, seed=2), places.customers)
    write(offers(4000, seed=3), places.offers)
    write(payments(9000, seed=4), places.transactions_early)
    write(payments(16000, seed=5), places.transactions)
    write(payments(4000, seed=7), places.settled)
    write(sales(weeks=130, articles=12, seed=6), places.sales)


def checksums(places: Snapshots) -> Mapping[str, str]:
    """The MD5 checksums that a repository keeps beside its code, by the name its files have for them."""
    return {
        "transactions_early": _md5(places.transactions_early),
        "transactions_late": _md5(places.transactions),
    }


def write(columns: Columns, path: Path) -> None:
    """Write a Parquet file; it appears whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".unfinished")
    pq.write_table(pa.table(dict(columns)), unfinished, compression="zstd")
    unfinished.rename(path)


def customers(rows: int, *, seed: int) -> Columns:
    """Customers with the label `churned`; about three in ten leave."""
    random = np.random.default_rng(seed)
    tenure = random.integers(1, 72, rows)
    charge = random.gamma(9, 8, rows).round(2)
    calls = random.poisson(1.2, rows)
    late = random.poisson(0.5, rows)
    contract = random.choice([1, 12, 24], rows, p=[0.5, 0.3, 0.2])
    strength = -1.2 - 0.03 * tenure + 0.012 * charge + 0.5 * calls + 0.6 * late - 0.04 * contract
    return {
        "customer_id": np.arange(rows) + 100_000 * seed,
        "tenure_months": tenure,
        "monthly_charge": charge,
        "support_calls": calls,
        "late_payments": late,
        "contract_months": contract,
        "churned": _drawn(strength, random),
    }


def offers(rows: int, *, seed: int) -> Columns:
    """Two nameless single-precision features of a bought-in table, and whether an offer kept the customer."""
    random = np.random.default_rng(seed)
    a = random.normal(0.0, 1.0, rows).astype(np.float32)
    b = random.gamma(2.0, 1.0, rows).astype(np.float32)
    return {"feature_a": a, "feature_b": b, "kept": _drawn(0.9 * a - 0.7 * b + 0.8, random)}


def payments(rows: int, *, seed: int, shift: float = 0.0) -> Columns:
    """Card payments with the label `fraud`; about three in a hundred are.

    `shift` 0 is how payments were when the model was trained; 1 is a change of habits: larger
    amounts, further away, and over the web.
    """
    random = np.random.default_rng(seed)
    amount = random.lognormal(3.4 + 0.7 * shift, 0.9, rows).round(2)
    hour = random.choice(24, rows, p=_day())
    age = random.integers(1, 3000, rows)
    last_hour = random.poisson(0.4, rows)
    distance = random.gamma(1.3, 9 * (1 + 1.1 * shift), rows).round(1)
    foreign = (random.random(rows) < 0.06 + 0.03 * shift).astype(np.int64)
    channel = random.choice(3, rows, p=np.array([0.62, 0.08, 0.30]) + shift * np.array([-0.22, 0.0, 0.22]))
    strength = -8.2 + 0.016 * amount + 0.06 * distance + 2.6 * foreign + 1.9 * last_hour
    strength += 1.3 * (channel == 2) + 1.1 * (hour < 6) - 0.0003 * age
    return {
        "amount": amount,
        "hour": hour,
        "card_age_days": age,
        "payments_last_hour": last_hour,
        "distance_km": distance,
        "foreign": foreign,
        "channel": CHANNELS[channel],
        "fraud": _drawn(strength, random),
    }


def sales(*, weeks: int, articles: int, seed: int) -> Columns:
    """Units sold of every article in every week."""
    random = np.random.default_rng(seed)
    week = np.tile(np.arange(weeks), articles)
    article = np.repeat(np.arange(articles), weeks)
    promotion = (random.random(weeks * articles) < 0.1).astype(np.int64)
    level = random.uniform(40, 300, articles)[article]
    season = 1 + 0.25 * np.sin(2 * np.pi * week / 52 + article)
    units = level * season * (1 + 0.5 * promotion) * random.normal(1, 0.08, weeks * articles)
    start = np.datetime64("2024-05-06")
    return {
        "week": (start + week.astype("timedelta64[D]") * 7).astype("datetime64[ms]"),
        "article": np.array([f"A{number:03d}" for number in article]),
        "promotion": promotion,
        "units": units.round(),
    }


def requests(model: str, *, day: int, rows: int) -> Columns:
    """What a deployed model was asked on day number `day` of the log (the last one is the newest)."""
    seed = 1000 + day
    if model == "churn":
        return _without(customers(rows, seed=seed), "churned", "customer_id")
    if model == "fraud-score":
        drifted = day - (DAYS_OF_LOG - DRIFTED_DAYS)
        shift = 0.0 if drifted < 0 else (0.5, 0.8, 1.0, 1.0)[drifted]
        return _without(payments(rows, seed=seed, shift=shift), "fraud")
    if model == "churn-uplift":
        return _changed_offers(rows, seed=seed)
    raise ValueError(f"no requests are known for the model {model}")


def _changed_offers(rows: int, *, seed: int) -> Columns:
    """The bought-in table after its supplier added a column and widened all of them."""
    random = np.random.default_rng(seed)
    known = _without(offers(rows, seed=seed), "kept")
    return {
        **{name: values.astype(np.float64) for name, values in known.items()},
        "feature_c": random.normal(size=rows),
    }


def moments(*, day: int, rows: int, now: datetime) -> NDArray[np.datetime64]:
    """`rows` moments of log day number `day` in UTC, ascending; the newest day ends at `now`."""
    end = (now - timedelta(days=DAYS_OF_LOG - 1 - day)).replace(tzinfo=None)
    start = end.replace(hour=0, minute=0, second=0, microsecond=0)
    if day < DAYS_OF_LOG - 1:
        end = start + timedelta(days=1)
    seconds = np.sort(np.random.default_rng(day).uniform(0, (end - start).total_seconds(), rows))
    return np.datetime64(start, "us") + (seconds * 1e6).astype("timedelta64[us]")


def _md5(path: Path) -> str:
    """What DVC names content by; nothing is secured with it."""
    return hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest()


def _drawn(strength: NDArray[np.floating], random: np.random.Generator) -> NDArray[np.int64]:
    happened = random.random(len(strength)) < 1 / (1 + np.exp(-strength))
    return np.asarray(happened, dtype=np.int64)


def _day() -> NDArray[np.float64]:
    """How payments spread over the hours of a day."""
    hours = 1.2 + np.sin((np.arange(24) - 8) / 24 * 2 * np.pi)
    return np.asarray(hours / hours.sum())


def _without(columns: Columns, *names: str) -> Columns:
    return {name: values for name, values in columns.items() if name not in names}
