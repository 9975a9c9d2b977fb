"""Errors, with the same kinds as in Rust and C."""

from __future__ import annotations


class CustometryError(ValueError):
    """Why a call could not give an answer.

    The message names the offending value, the row (counted from 0), the allowed range and what to
    do. Bad input loses nothing: data are untouched and objects made earlier still work.

    Attributes:
        kind: What kind of failure it is, such as ``"invalid_value"``: one of
            ``custometry.ERROR_KINDS``.
        column: The column that cannot be used, if the error is about one.
        row: The row that cannot be used, counted from 0, if the error is about one.
    """

    kind: str
    column: str | None
    row: int | None

    def __init__(
        self, message: str, kind: str = "", column: str | None = None, row: int | None = None
    ) -> None:
        super().__init__(message)
        self.kind = kind
        self.column = column
        self.row = row

    def __reduce__(self) -> tuple[type, tuple[str, str, str | None, int | None]]:
        return type(self), (str(self), self.kind, self.column, self.row)


class NotConvergedError(CustometryError, RuntimeError):
    """An iteration ended before its tolerance was met; see :class:`CustometryError`."""


def _make(*, kind: str, message: str, column: str | None, row: int | None) -> CustometryError:
    """The exception for an error of the native module."""
    made = NotConvergedError if kind == "not_converged" else CustometryError
    return made(message, kind, column, row)
