"""What the tests of the Python package share: golden files and small data."""

from __future__ import annotations

import csv
import datetime
import json
from pathlib import Path
from typing import Any

import pytest

from custometry import data, value

ROOT = Path(__file__).resolve().parents[2]


def golden(name: str) -> Any:
    """A golden file of the Rust tests."""
    return json.loads((ROOT / "tests" / "golden" / name).read_text())


@pytest.fixture(scope="session")
def cdnow_rows() -> dict[str, list[Any]]:
    """The purchases of CDNOW (Fader and Hardie), as columns."""
    with open(ROOT / "examples" / "data" / "cdnow_purchases.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    names = list(rows[0])
    return {name: [row[name] for row in rows] for name in names}


@pytest.fixture(scope="session")
def cdnow(cdnow_rows: dict[str, list[Any]]) -> data.Transactions:
    """The log of CDNOW."""
    return data.Transactions.read(cdnow_frame(cdnow_rows), currency="USD")


def cdnow_frame(rows: dict[str, list[Any]]) -> dict[str, list[Any]]:
    return {
        "customer": [int(key) for key in rows["customer"]],
        "day": [datetime.date.fromisoformat(day) for day in rows["date"]],
        "amount": [float(amount) for amount in rows["amount"]],
    }


@pytest.fixture(scope="session")
def histories(cdnow: data.Transactions) -> value.PurchaseHistories:
    """Purchase histories of CDNOW to the end of September 1997."""
    summary = value.SummaryState.new(cdnow).summary("1997-09-30")
    return value.PurchaseHistories.new(summary)
