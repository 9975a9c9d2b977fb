"""custometry: the measurement of customers.

Who your customers are, what they are worth, which group they belong to, who is leaving and why,
how the groups move, and what to do about it. A Rust library; this package is its Python face.

    >>> import custometry
    >>> from custometry import data, value
    >>> log = data.Transactions.read(
    ...     {"customer": ["ann", "bob", "ann"], "day": ["2024-01-02", "2024-01-05", "2024-03-01"],
    ...      "amount": [25.0, 9.0, 31.0]},
    ...     currency="EUR",
    ... )
    >>> summary = value.SummaryState.new(log).summary("2024-06-30")
    >>> len(summary)
    2

- Any frame goes in: pandas, polars, pyarrow, duckdb, or a dict of columns. Tables that come out
  speak Arrow to all of them.
- Objects are immutable; those that can be saved pickle, and their JSON is read by every host.
- Calls run on all cores without the interpreter lock, end on Ctrl-C, and are safe after a fork.
- The same input, seed and version give the same bits, on any number of threads.
"""

from __future__ import annotations

from . import (
    _native,
    churn,
    data,
    identity,
    migration,
    overview,
    segmentation,
    simulate,
    value,
)
from ._base import Held, Saved, call, load, progress
from ._errors import CustometryError, NotConvergedError
from ._values import Column, Table

__version__: str = _native.__version__
#: The kinds of errors: what ``CustometryError.kind`` can be.
ERROR_KINDS: tuple[str, ...] = tuple(_native.KINDS)

__all__ = [
    "ERROR_KINDS",
    "Column",
    "CustometryError",
    "Held",
    "NotConvergedError",
    "Saved",
    "Table",
    "call",
    "churn",
    "data",
    "identity",
    "load",
    "migration",
    "operations",
    "overview",
    "progress",
    "segmentation",
    "set_threads",
    "simulate",
    "threads",
    "value",
]


def operations() -> dict[str, list[str]]:
    """The names of all operations, with those of their arguments."""
    return dict(_native.operations())


def set_threads(threads: int) -> None:
    """Sets how many threads calls run on; 0 for as many as there are cores.

    Inside workers of Spark, Ray or a process pool one thread each is right.
    """
    _native.set_threads(threads)


def threads() -> int:
    """How many threads calls run on."""
    return _native.threads()
