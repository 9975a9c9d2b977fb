"""Names for what arguments may be."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

#: A table: an object with ``__arrow_c_stream__`` (pandas, polars, pyarrow, duckdb, a
#: :class:`~custometry.Table`), or a mapping of column names to values.
Frame: TypeAlias = Any
#: A column of numbers: a list, an array of numpy, a series, a :class:`~custometry.Column`.
Numbers: TypeAlias = Any
#: A civil day: a date, a datetime (its day), or text such as ``"2024-05-31"``.
Day: TypeAlias = "datetime.date | str"
#: A currency: its ISO 4217 code, or ``{"code": ..., "scale": decimals}``.
Currency: TypeAlias = "str | Mapping[str, Any]"
#: The key of a customer.
Key: TypeAlias = "str | int"
#: One choice of several, by name; those that carry numbers are written ``{"name": numbers}``.
Choice: TypeAlias = "str | Mapping[str, Any]"
#: An interval: value, se, lower, upper, level.
Estimate: TypeAlias = "dict[str, float]"
#: Whole numbers, one a place.
Places: TypeAlias = "Sequence[int]"
