#!/usr/bin/env python3
"""The receipt of an overview, computed without this library.

    python3 tests/golden/overview/make_receipt.py > tests/golden/overview/receipt.txt

What is computed is what the documentation of `Receipt` says: fingerprints are FNV-1a of 64 bits
(http://www.isthe.com/chongo/tech/comp/fnv) over little-endian columns and over the JSON of the
parameters; keys of customers go through the finaliser of SplitMix64 (doi:10.1145/2660193.2660195).

Inputs: `examples/data/cdnow_purchases.csv` as a log in USD with whole numbers as keys, as of
1997-09-30, with the default parameters and no other input. Run it again when the version or a
default changes.
"""

import csv
import datetime
import json
import re
from decimal import Decimal
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
WORD = 2**64

#: The default parameters, fields in the order in which Rust declares them.
PARAMETERS = {
    "seed": 0,
    "level": 0.95,
    "left_out": [],
    "identity": {
        "blocking": None,
        "most_pairs": None,
        "training": {
            "comparisons": [],
            "lambda": "estimated",
            "families": "modelled",
            "random_pairs": 1_000_000,
            "training_pairs": 1_000_000,
            "seed": 0,
        },
        "resolve": {
            "threshold": "best_f1",
            "clustering": "correlation",
            "must_link": [],
            "cannot_link": [],
            "exclusive": [],
        },
        "alternatives": {"draws": 200, "seed": 1},
    },
    "rfm": {
        "recency": {"quantile": {"bins": 5}},
        "frequency": {"quantile": {"bins": 5}},
        "monetary": {"quantile": {"bins": 5}},
        "ties": "midrank",
        "nesting": "independent",
        "money": "total",
        "weights": [1.0, 1.0, 1.0],
    },
    "unit": "weeks",
    "margin": 0.3,
    "discount": None,
    "horizon": 365.0,
    "silence": 0.5,
    "bridge": None,
    "cohorts": "month",
    "most_kinds": 6,
    "quarters": 8,
    "quiet_after": None,
    "risk": {
        "logistic": {
            "link": "logit",
            "missing": "indicate",
            "ridge": 0.0,
            "max_iterations": 100,
        },
        "calibration": "platt",
        "folds": 10,
        "seed": 0,
        "horizon": None,
    },
    "sample": 20_000,
}


def fnv1a(data: bytes) -> int:
    found = 0xCBF29CE484222325
    for byte in data:
        found = (found ^ byte) * 0x100000001B3 % WORD
    return found


def mix(number: int) -> int:
    number = (number + 0x9E3779B97F4A7C15) % WORD
    number = (number ^ number >> 30) * 0xBF58476D1CE4E5B9 % WORD
    number = (number ^ number >> 27) * 0x94D049BB133111EB % WORD
    return number ^ number >> 31


def column(numbers: list[int], width: int) -> int:
    return fnv1a(b"".join(number.to_bytes(width, "little", signed=number < 0) for number in numbers))


def log() -> tuple[int, int]:
    """The rows of the log and its fingerprint."""
    epoch = datetime.date(1970, 1, 1).toordinal()
    numbers: dict[int, int] = {}
    customers, days, cents = [], [], []
    with (ROOT / "examples/data/cdnow_purchases.csv").open(newline="") as file:
        for row in csv.DictReader(file):
            customers.append(numbers.setdefault(int(row["customer"]), len(numbers)))
            days.append(datetime.date.fromisoformat(row["date"]).toordinal() - epoch)
            cents.append(int(Decimal(row["amount"]) * 100))
    keys = column([mix(key) for key in numbers], 8)
    no_costs, no_recorded_days, decimals = 0, 0, 2
    parts = [fnv1a(b"USD"), decimals, keys, column(customers, 4), column(days, 4), column(cents, 8)]
    return len(days), column([*parts, no_costs, no_recorded_days], 8)


def main() -> None:
    rows, fingerprint = log()
    version = re.search(r'^version = "(.*)"', (ROOT / "Cargo.toml").read_text(), re.M)
    receipt = {
        "version": version and version[1],
        "as_of": "1997-09-30",
        "seed": PARAMETERS["seed"],
        "inputs": [
            {"input": "transactions", "rows": rows, "fingerprint": f"{fingerprint:016x}"}
        ],
        "parameters": f"{fnv1a(as_json(PARAMETERS)):016x}",
    }
    print(as_json(receipt).decode())


def as_json(it: object) -> bytes:
    return json.dumps(it, separators=(",", ":")).encode()


main()
