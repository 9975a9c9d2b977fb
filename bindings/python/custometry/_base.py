"""What every object of the library has in common in Python."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, ClassVar, Generic, TypeVar, overload

from . import _native
from ._values import Column, Table

T = TypeVar("T")
Self = TypeVar("Self", bound="Held")
Progress = Callable[[str, int, int], object]

#: The class of each kind of native object.
_CLASSES: dict[str, type[Held]] = {}
#: What is called while a long call runs; None for nothing.
_progress: Progress | None = None


def call(operation: str, **arguments: Any) -> Any:
    """Runs an operation by name; what the classes of this package are made of.

    Args:
        operation: The name, such as ``"value.Rfm.fit"``; ``custometry.operations()`` lists them.
        **arguments: Objects of this package, frames, and plain values. ``None`` is not given.

    Returns:
        A plain value, a dict, a :class:`Column`, a :class:`Table`, or an object.

    Raises:
        CustometryError: As the operation says.
        KeyboardInterrupt: On Ctrl-C; the call is given up.
    """
    return wrap(_native.call(operation, arguments, _progress))


def given(**options: Any) -> dict[str, Any]:
    """The options that are given; the library has the defaults of the others."""
    return {name: value for name, value in options.items() if value is not None}


def wrap(answer: Any) -> Any:
    """Native values in their classes."""
    if isinstance(answer, _native.Object):
        return _CLASSES.get(answer.kind, Held)._of(answer)
    if isinstance(answer, _native.Batch):
        return Table(answer)
    if isinstance(answer, _native.Array):
        return Column(answer)
    if isinstance(answer, list):
        return [wrap(item) for item in answer]
    if isinstance(answer, dict):
        return {name: wrap(item) for name, item in answer.items()}
    return answer


class Held:
    """An object of the library: immutable, and safe to use from any thread."""

    __slots__ = ("_object",)
    _kind: ClassVar[str] = ""
    _object: _native.Object

    def __init_subclass__(cls, kind: str = "", **rest: Any) -> None:
        super().__init_subclass__(**rest)
        if kind:
            cls._kind = kind
            _CLASSES[kind] = cls

    def __init__(self) -> None:
        raise TypeError(f"{type(self).__name__} is made by its class methods, such as fit or read")

    @classmethod
    def _of(cls: type[Self], native: _native.Object) -> Self:
        made = cls.__new__(cls)
        made._object = native
        return made

    @classmethod
    def _call(cls, verb: str, **arguments: Any) -> Any:
        """An operation of the kind that needs no object."""
        return call(f"{cls._kind}.{verb}", **arguments)

    def _ask(self, verb: str, **arguments: Any) -> Any:
        """An operation of this object."""
        return call(f"{self._object.kind}.{verb}", self=self, **arguments)

    def _table(self, name: str | None = None) -> Table:
        return self._ask("table", name=name)

    def __repr__(self) -> str:
        return f"<custometry.{self._object.kind}>"


class Saved(Held):
    """An object that can be saved, loaded and pickled."""

    __slots__ = ()

    def to_json(self) -> str:
        """The object as one line of JSON, in which every number keeps its bits.

        Any host of the library reads it: :meth:`from_json`, ``custometry.load``, C and Rust.
        """
        return self._ask("to_json")

    @classmethod
    def from_json(cls: type[Self], text: str) -> Self:
        """Reads what :meth:`to_json` wrote, now or in an earlier version.

        Raises:
            CustometryError: Of kind ``model_format``, naming what was found.
        """
        native = _native.load(text)
        if native.kind != cls._kind:
            from ._errors import CustometryError

            message = f"model format: expected {cls._kind}, found {native.kind}"
            raise CustometryError(message, "model_format")
        return cls._of(native)

    def __reduce__(self) -> tuple[Any, tuple[str]]:
        return load, (self.to_json(),)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Saved) and self.to_json() == other.to_json()

    def __hash__(self) -> int:
        return hash(self.to_json())


def load(text: str) -> Any:
    """Reads a saved object of any kind; its text says which."""
    return wrap(_native.load(text))


class figure(Generic[T]):
    """What an object says of itself: an operation without arguments, read as an attribute."""

    def __init__(self, doc: str) -> None:
        self.__doc__ = doc

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    @overload
    def __get__(self, held: None, owner: type) -> figure[T]: ...
    @overload
    def __get__(self, held: Held, owner: type) -> T: ...
    def __get__(self, held: Held | None, owner: type) -> figure[T] | T:
        if held is None:
            return self
        result: T = held._ask(self._name)
        return result


class table:
    """A table of an object, read as an attribute; by default the one of its name."""

    def __init__(self, doc: str, name: str | None = None) -> None:
        self.__doc__ = doc
        self._name = name

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = self._name or name

    @overload
    def __get__(self, held: None, owner: type) -> table: ...
    @overload
    def __get__(self, held: Held, owner: type) -> Table: ...
    def __get__(self, held: Held | None, owner: type) -> table | Table:
        return self if held is None else held._table(self._name)


@contextmanager
def progress(show: Progress | None = None) -> Iterator[None]:
    """Shows how far long calls have come, within a ``with`` block.

    Args:
        show: Called with what is going on, steps done and steps in all (0 where they cannot be
            known), about twenty times a second. By default a line on the standard error.

    Example:
        >>> import custometry
        >>> with custometry.progress(lambda stage, done, total: None):
        ...     pass
    """
    global _progress
    before = _progress
    line = _Line()
    _progress = show or line.show
    try:
        yield
    finally:
        _progress = before
        line.end()


class _Line:
    """Progress as one line on the standard error, rewritten in place."""

    def __init__(self) -> None:
        self._width = 0
        self._started = time.monotonic()

    def show(self, stage: str, done: int, total: int) -> None:
        share = f" {100 * done // total:3d} %" if total else ""
        text = f"{stage}{share}  {time.monotonic() - self._started:.0f} s"
        sys.stderr.write("\r" + text.ljust(self._width))
        sys.stderr.flush()
        self._width = max(self._width, len(text))

    def end(self) -> None:
        if self._width:
            sys.stderr.write("\r" + " " * self._width + "\r")
            sys.stderr.flush()
