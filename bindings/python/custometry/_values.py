"""Tables and columns that come out of the library."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping
from decimal import Decimal
from html import escape
from typing import Any

from . import _native
from ._errors import CustometryError

_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
#: Rows that a table shows of itself.
_SHOWN = 10


def _instant(micros: int) -> datetime.datetime:
    return _EPOCH + datetime.timedelta(microseconds=micros)


def _micros(instants: list[datetime.datetime | None]) -> list[int | None]:
    """Microseconds since 1970-01-01; an instant without a zone is taken as UTC."""
    utc, micro = datetime.timezone.utc, datetime.timedelta(microseconds=1)
    made: list[int | None] = []
    for it in instants:
        if it is None:
            made.append(None)
        else:
            aware = it if it.tzinfo else it.replace(tzinfo=utc)
            made.append((aware - _EPOCH) // micro)
    return made


def _days(dates: list[datetime.date | None]) -> list[int | None]:
    """Days since 1970-01-01."""
    return [None if it is None else it.toordinal() - _EPOCH.toordinal() for it in dates]


def _decimals(column: str, amounts: list[Any]) -> tuple[list[int | None], int]:
    """Whole units of the smallest decimal place there is, and which place it is."""

    def refused(row: int, reason: str) -> CustometryError:
        message = f"column {column}, row {row} (counted from 0): {reason}"
        return CustometryError(message, "invalid_value", column, row)

    exact: list[tuple[int, int] | None] = []
    for row, amount in enumerate(amounts):
        if amount is None or amount != amount:
            exact.append(None)
        elif isinstance(amount, bool) or not isinstance(amount, (Decimal, int)):
            raise refused(row, f"is a {type(amount).__name__} among decimals; give one kind only")
        elif not Decimal(amount).is_finite():
            raise refused(row, "is not finite; give a number, or None where there is none")
        else:
            # By its digits: arithmetic rounds to those of the context.
            sign, digits, exponent = Decimal(amount).as_tuple()
            units = int("".join(map(str, digits)))
            exact.append((-units if sign else units, int(exponent)))
    scale = max([0, *(-it[1] for it in exact if it is not None)])
    shifted = [None if it is None else it[0] * 10 ** (it[1] + scale) for it in exact]
    for row, unit in enumerate(shifted):
        if unit is not None and (abs(unit) >= 10**38 or scale > 38):
            raise refused(row, f"has more than 38 digits, {scale} of them decimals; round it")
    return shifted, scale


def matrix(cells: Any) -> Any:
    """Cells as the library takes them: a frame as it is, an array of two dimensions as rows."""
    if getattr(cells, "ndim", 0) == 2 and not hasattr(cells, "columns"):
        return cells.tolist()
    return Table.of(cells) if isinstance(cells, Mapping) else cells


class Column:
    """A column of values: what a batch prediction gives, in the order of the customers.

    It speaks Arrow (``__arrow_c_array__``), so that ``pa.array(column)`` and ``pl.Series(column)``
    take it without a copy; ``numpy.asarray(column)`` does too if no value is null.
    """

    __slots__ = ("_array",)

    def __init__(self, array: _native.Array) -> None:
        self._array = array

    def __len__(self) -> int:
        return len(self._array)

    def __getitem__(self, at: int) -> Any:
        return self._array.get(at)

    def __iter__(self) -> Iterator[Any]:
        return iter(self._array.to_list())

    def to_list(self) -> list[Any]:
        """The values as Python objects; ``None`` where there is none."""
        return self._array.to_list()

    def to_numpy(self) -> Any:
        """The values as a numpy array that shares their memory. Needs numpy."""
        import numpy

        return numpy.asarray(self)

    @property
    def type(self) -> str:
        """The Arrow type."""
        return self._array.type_name

    @property
    def null_count(self) -> int:
        """How many values there are not."""
        return self._array.null_count

    @property
    def __array_interface__(self) -> dict[str, Any]:
        return self._array.__array_interface__

    def __arrow_c_array__(self, requested_schema: object = None) -> tuple[object, object]:
        return self._array.__arrow_c_array__(requested_schema)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Column) and self.to_list() == other.to_list()

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        shown = ", ".join(repr(self[at]) for at in range(min(len(self), 6)))
        more = ", ..." if len(self) > 6 else ""
        return f"<Column of {len(self)} {self.type}: [{shown}{more}]>"


class Table:
    """A table: named columns of one length.

    It speaks Arrow (``__arrow_c_stream__``): ``pl.DataFrame(table)``, ``pa.table(table)``,
    ``pandas.DataFrame.from_arrow(table)``, ``duckdb.sql("from it")`` of a variable ``it``. Without
    any of these, :meth:`to_dict` and indexing give plain Python values. Amounts of money are exact
    decimals.

    Args:
        data: Any object that speaks Arrow, or a dict of column names and values.

    Example:
        >>> import custometry
        >>> table = custometry.Table({"who": ["ann", "bob"], "paid": [12.5, 3.0]})
        >>> len(table), table.columns
        (2, ['who', 'paid'])
        >>> table["paid"].to_list()
        [12.5, 3.0]
    """

    __slots__ = ("_batch",)

    def __init__(self, data: Any) -> None:
        self._batch = data if isinstance(data, _native.Batch) else _native.table(data)

    @classmethod
    def of(cls, data: Any) -> Table:
        """The data as a table; a table as it is."""
        return data if isinstance(data, Table) else cls(data)

    def __len__(self) -> int:
        return self._batch.num_rows

    @property
    def columns(self) -> list[str]:
        """The names of the columns."""
        return self._batch.column_names

    @property
    def types(self) -> dict[str, str]:
        """The Arrow type of each column."""
        return dict(zip(self.columns, self._batch.column_types))

    def __getitem__(self, name: str) -> Column:
        return Column(self._batch.column(name))

    def __contains__(self, name: object) -> bool:
        return name in self.columns

    def head(self, rows: int = 10) -> Table:
        """The first rows."""
        return Table(self._batch.slice(0, max(rows, 0)))

    def row(self, at: int) -> dict[str, Any]:
        """One row, by its place."""
        return {name: self[name][at] for name in self.columns}

    def to_dict(self) -> dict[str, list[Any]]:
        """All columns as lists of Python values."""
        return {name: self[name].to_list() for name in self.columns}

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return self._batch.__arrow_c_stream__(requested_schema)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Table) and self.to_dict() == other.to_dict()

    __hash__ = None  # type: ignore[assignment]

    def __reduce__(self) -> tuple[type, tuple[dict[str, list[Any]]]]:
        return Table, (self.to_dict(),)

    def _shown(self) -> tuple[list[str], list[list[str]]]:
        head = self.head(_SHOWN)
        rows = zip(*(head._cells(name) for name in self.columns))
        return self.columns, [[_text(value) for value in row] for row in rows]

    def _cells(self, name: str) -> list[Any]:
        """The values of a column; its type for each where Arrow alone reads it."""
        column = self[name]
        try:
            return column.to_list()
        except TypeError:
            return [f"<{column.type}>"] * len(column)

    def __repr__(self) -> str:
        names, rows = self._shown()
        widths = [
            max(len(cell) for cell in [name, *(row[at] for row in rows)])
            for at, name in enumerate(names)
        ]
        lines = ["  ".join(name.rjust(width) for name, width in zip(names, widths))]
        lines += ["  ".join(cell.rjust(width) for cell, width in zip(row, widths)) for row in rows]
        lines.append(f"[{len(self)} rows x {len(names)} columns]")
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        names, rows = self._shown()
        head = "".join(f"<th>{escape(name)}</th>" for name in names)
        body = "".join(
            "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows
        )
        return (
            f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
            f"<p>{len(self)} rows × {len(names)} columns</p>"
        )


def _text(value: object) -> str:
    if value is None:
        return "-"
    return f"{value:.6g}" if isinstance(value, float) else str(value)
