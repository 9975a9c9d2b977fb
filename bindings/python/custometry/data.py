"""What goes in, and what the rooms hand to one another."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from ._base import Held, Saved, call, figure
from ._types import Currency as AnyCurrency
from ._types import Day, Frame, Key, Numbers
from ._types import Estimate as AnyEstimate
from ._values import Column, Table

__all__ = [
    "Assignments",
    "Categories",
    "ContactStatuses",
    "Crosswalk",
    "Currency",
    "Customers",
    "DayBoundary",
    "Days",
    "DiscountRate",
    "Estimate",
    "Events",
    "Features",
    "TimeUnit",
    "Transactions",
    "Window",
    "date_of_day",
    "day_of_date",
]


class Customers(Held, kind="data.Customers"):
    """Customers by key, in the order of every column and table that belongs to them."""

    __slots__ = ()

    @classmethod
    def new(cls, keys: Sequence[Key] | Frame) -> Customers:
        """Customers from their keys, numbered by first appearance; a key may come again.

        Args:
            keys: Texts or whole numbers: a list, a series, a :class:`~custometry.Column`.

        Raises:
            CustometryError: For the first key that is blank or null.
        """
        return cls._call("new", keys=keys)

    def __len__(self) -> int:
        return self._ask("len")

    def keys(self) -> list[str | int]:
        """The keys, in order."""
        return self._table()["customer"].to_list()

    def key(self, number: int) -> str | int | None:
        """The key of a customer by number, counted from 0; ``None`` for one there is not."""
        return self._ask("key", number=number)

    def find(self, key: Key) -> int | None:
        """The number of a customer by key; ``None`` for a key that nobody has."""
        return self._ask("find", key=key)

    def union(self, other: Customers) -> tuple[Customers, Column]:
        """These customers and after them the others who are not among them.

        Returns:
            All of them, and the number that each of the others has now.
        """
        answer = self._ask("union", other=other)
        return answer["customers"], answer["numbers"]

    def in_key_order(self) -> tuple[Customers, Column]:
        """The same customers in the order of their keys.

        Returns:
            They, and the number that each had before.
        """
        answer = self._ask("in_key_order")
        return answer["customers"], answer["before"]

    def to_table(self) -> Table:
        """The keys as a table of one column, ``customer``."""
        return self._table()


class Transactions(Held, kind="data.Transactions"):
    """A log of purchases and refunds, validated once, then immutable."""

    __slots__ = ()

    currency = figure[dict[str, object]]("The currency: its code and number of decimals.")
    customers = figure[Customers]("The customers, numbered by first appearance.")

    @classmethod
    def read(
        cls,
        table: Frame,
        *,
        currency: AnyCurrency,
        customer: str = "customer",
        day: str = "day",
        day_boundary: str = "UTC",
        amount: str = "amount",
        amount_minor: str | None = None,
        order: str | None = None,
        item: str | None = None,
        quantity: str | None = None,
        channel: str | None = None,
        cost: str | None = None,
        cost_minor: str | None = None,
        source: str | None = None,
        recorded: str | None = None,
    ) -> Transactions:
        """Reads a log from a frame: a row each purchase or refund, in any order.

        Args:
            table: The frame. Dates, whole days and minor units that come in one piece are shared
                with it, not copied.
            currency: The currency of amounts and costs.
            customer: The column of keys: text or whole numbers.
            day: The column of days: dates, timestamps, text such as ``"2024-05-31"``, or days since
                1970-01-01.
            day_boundary: Where timestamps are cut into days: ``"UTC"`` or an offset such as
                ``"+09:00"``.
            amount: The column of amounts in units of currency; negative for refunds. Floats are
                rounded half to even, decimals must fit the currency.
            amount_minor: Instead of ``amount``, a column of whole minor units (cents).
            order: The column of orders, if any.
            item: The column of items, if any.
            quantity: The column of quantities, if any.
            channel: The column of channels, if any.
            cost: The column of what a row cost the seller, if any, in units of currency.
            cost_minor: Instead of ``cost``, a column of whole minor units.
            source: The column of what brought the customer, if any.
            recorded: The column of days on which rows became known, if any.

        Raises:
            CustometryError: For a column that is not there or cannot be read, and for the first row
                that is null or refused.
        """
        columns = {
            "customer": customer,
            "day": day,
            "day_boundary": day_boundary,
            "amount": amount,
            "amount_minor": amount_minor,
            "order": order,
            "item": item,
            "quantity": quantity,
            "channel": channel,
            "cost": cost,
            "cost_minor": cost_minor,
            "source": source,
            "recorded": recorded,
        }
        return cls._call("read", table=Table.of(table), currency=currency, columns=columns)

    def __len__(self) -> int:
        return self._ask("len")

    def rekey(
        self, source: str, crosswalk: Crosswalk, *, unknown: str = "keep"
    ) -> tuple[Transactions, dict[str, Any]]:
        """The log with resolved customers in place of the keys of a source.

        Args:
            source: Which source of the crosswalk the log is of.
            crosswalk: Which keys are of which customer.
            unknown: What becomes of keys that it does not have: ``"keep"`` (they become
                ``source:key``), ``"drop"`` or ``"refuse"``.

        Returns:
            The log, and a report: ``known_customers``, ``unknown_customers``, ``known_rows``,
            ``unknown_rows``, ``known_money``, ``unknown_money``, ``customers_before``,
            ``customers_after``.

        Raises:
            CustometryError: For a source that is not there, keys of another type, and the first row
                of an unknown customer that is refused.
        """
        answer = self._ask("rekey", source=source, crosswalk=crosswalk, unknown=unknown)
        return answer["log"], answer["report"]

    def to_table(self) -> Table:
        """The rows: ``customer``, ``day``, ``amount`` and the optional columns there are."""
        return self._table()


class Events(Held, kind="data.Events"):
    """What happened to customers besides purchases: visits, calls, complaints, messages."""

    __slots__ = ()

    customers = figure[Customers]("The customers, numbered by first appearance.")
    currency = figure[dict[str, object] | None]("The currency of the amounts, if there are any.")

    @classmethod
    def read(
        cls,
        table: Frame,
        *,
        customer: str = "customer",
        at: str = "at",
        kind: str = "kind",
        recorded_at: str | None = None,
        channel: str | None = None,
        amount: str | None = None,
        amount_minor: str | None = None,
        currency: AnyCurrency | None = None,
    ) -> Events:
        """Reads a log of events from a frame: a row each, in any order.

        Args:
            table: The frame.
            customer: The column of keys: text or whole numbers.
            at: The column of when it happened: timestamps (without a zone taken as UTC) or dates.
            kind: The column of what happened.
            recorded_at: The column of when the source got to know of it, if any.
            channel: The column of where it happened, if any.
            amount: The column of the money of an event, if any, in units of currency.
            amount_minor: Instead of ``amount``, a column of whole minor units.
            currency: The currency of the amounts.

        Raises:
            CustometryError: For a column that is not there or cannot be read, and for the first row
                that is null or has no kind.
        """
        columns = {
            "customer": customer,
            "at": at,
            "kind": kind,
            "recorded_at": recorded_at,
            "channel": channel,
            "amount": amount,
            "amount_minor": amount_minor,
            "currency": _full(currency),
        }
        return cls._call("read", table=Table.of(table), columns=columns)

    def __len__(self) -> int:
        return self._ask("len")

    def to_table(self) -> Table:
        """The rows: ``customer``, ``at`` (UTC), ``kind`` and the optional columns there are."""
        return self._table()


class Features(Held, kind="data.Features"):
    """A matrix of features: named columns of numbers and of categories, a row a customer."""

    __slots__ = ()

    names = figure[list[str]]("The names of the columns of numbers.")
    category_names = figure[list[str]]("The names of the columns of categories.")
    weights = figure[Column | None]("How much each row counts, if that was said.")

    @classmethod
    def read(
        cls,
        table: Frame,
        *,
        numbers: Sequence[str] | None = None,
        categories: Sequence[str] | None = None,
        weight: str | None = None,
        missing: str = "refuse",
        customers: Customers | None = None,
        customer: str = "customer",
    ) -> Features:
        """Reads features from a frame.

        Without ``numbers`` and ``categories`` every column but those of the keys and of the weight
        is a feature: of categories if it holds text or booleans, of numbers otherwise.

        Args:
            table: The frame.
            numbers: The columns of numbers.
            categories: The columns of categories; null or blank is unknown.
            weight: The column of weights, if any.
            missing: What becomes of null and NaN: ``"refuse"``, or ``"keep"`` them as missing.
            customers: Customers in whose order the rows are brought, found by ``customer``; rows of
                others are left out. By default rows stay as they come.
            customer: The column of keys.

        Raises:
            CustometryError: For a column that is not there or cannot be read, the first row that is
                refused, and a customer with two rows or, unless missing values are kept, none.
        """
        columns = {
            "customer": customer,
            "numbers": numbers,
            "categories": categories,
            "weight": weight,
            "missing": missing,
        }
        return cls._call("read", table=Table.of(table), columns=columns, customers=customers)

    def __len__(self) -> int:
        return self._ask("len")

    def column(self, name: str) -> Column | None:
        """A column of numbers; ``None`` for one there is not."""
        return self._ask("column", name=name)

    def categories(self, name: str) -> Categories | None:
        """A column of categories; ``None`` for one there is not."""
        return self._ask("categories", name=name)

    def with_categories(self, name: str, column: Sequence[str | None] | Frame) -> Features:
        """The same features with one more column of categories."""
        return self._ask("with_categories", name=name, column=column)

    def with_weights(self, weights: Numbers) -> Features:
        """The same features with weights: how much each row counts, 0 or more."""
        return self._ask("with_weights", weights=weights)

    def to_table(self) -> Table:
        """The columns, missing numbers as null, and ``weight`` where rows have weights."""
        return self._table()


class Categories(Held, kind="data.Categories"):
    """A column of labels, each different label held once."""

    __slots__ = ()

    labels = figure[list[str]]("The different labels, in order of first appearance.")

    @classmethod
    def new(cls, labels: Sequence[str | None] | Frame) -> Categories:
        """Labels from texts; null or blank is unknown."""
        return cls._call("new", labels=labels)

    def __len__(self) -> int:
        return self._ask("len")

    def to_table(self) -> Table:
        """The rows as a table of one column, ``label``."""
        return self._table()


class Assignments(Saved, kind="data.Assignments"):
    """Which segment each customer belongs to, on a day."""

    __slots__ = ()

    scheme = figure[str]("The definition of the segments, with its version.")
    as_of = figure[datetime.date]("The day.")
    segments = figure[list[dict[str, Any]]]("The segments there are: ``id`` and ``name``.")

    @classmethod
    def read(
        cls,
        table: Frame,
        *,
        scheme: str,
        as_of: Day,
        segment: str = "segment",
        customer: str = "customer",
        customers: Customers | None = None,
        segments: Sequence[Mapping[str, Any]] | None = None,
    ) -> Assignments:
        """Reads segments from a frame: a row a customer.

        Args:
            table: The frame.
            scheme: A name for the definition of the segments, with its version.
            as_of: The day on which they hold.
            segment: The column of segments: names or numbers; null or blank for none.
            customer: The column of keys, used with ``customers``.
            customers: Customers in whose order the rows are brought; who has no row has no segment.
                By default rows stay as they come.
            segments: The segments there are, in their order, each ``{"id": ..., "name": ...}``. By
                default those of the column, numbered by first appearance or by their numbers.

        Raises:
            CustometryError: For a column that is not there or cannot be read, a customer with two
                rows, and the first row with a segment that is not among those said.
        """
        columns = {"customer": customer, "segment": segment, "segments": segments}
        return cls._call(
            "read",
            table=Table.of(table),
            scheme=scheme,
            as_of=as_of,
            columns=columns,
            customers=customers,
        )

    def __len__(self) -> int:
        return self._ask("len")

    def to_table(self, customers: Customers | None = None) -> Table:
        """A row each: ``id`` and ``segment``, null without one.

        Args:
            customers: Customers in the order of the rows, whose keys come first as ``customer``.
        """
        if customers is None:
            return self._table()
        return self._ask("table_of", customers=customers)

    def segments_table(self) -> Table:
        """A row a segment: ``id``, ``segment``, ``count`` of rows."""
        return self._table("segments")


class ContactStatuses(Held, kind="data.ContactStatuses"):
    """Who may be contacted: allowed, refused or unknown."""

    __slots__ = ()

    customers = figure[Customers]("The customers.")

    @classmethod
    def read(
        cls,
        table: Frame,
        *,
        customer: str = "customer",
        status: str = "status",
        customers: Customers | None = None,
    ) -> ContactStatuses:
        """Reads statuses from a frame; of several rows of a customer a refusal holds.

        Args:
            table: The frame.
            customer: The column of keys.
            status: The column of statuses: ``"allowed"``, ``"refused"``, ``"unknown"``, or yes and
                no; null is unknown.
            customers: Customers in whose order they are brought; of who has no row nothing is
                known. By default those of the frame.

        Raises:
            CustometryError: For a column that is not there or cannot be read, and the first row
                without a key or with a word that is no status.
        """
        columns = {"customer": customer, "status": status}
        return cls._call("read", table=Table.of(table), columns=columns, customers=customers)

    @classmethod
    def merge(cls, states: Sequence[ContactStatuses]) -> ContactStatuses:
        """The statuses of several sources together; a refusal in any of them holds."""
        return cls._call("merge", states=list(states))

    def in_key_order(self) -> ContactStatuses:
        """The same statuses with customers in the order of their keys."""
        return self._ask("in_key_order")

    def __len__(self) -> int:
        return len(self.customers)

    def to_table(self) -> Table:
        """A row a customer: ``customer``, ``status``."""
        return self._table()


class Crosswalk(Saved, kind="data.Crosswalk"):
    """From the keys of many sources to resolved customers."""

    __slots__ = ()

    customers = figure[Customers]("The resolved customers.")
    sources = figure[list[str]]("The names of the sources, ascending.")

    @classmethod
    def read(
        cls,
        table: Frame,
        *,
        source: str = "source",
        source_name: str | None = None,
        key: str = "key",
        customer: str = "customer",
    ) -> Crosswalk:
        """Reads a crosswalk from a frame: a row for each key of each source.

        Args:
            table: The frame.
            source: The column of the names of sources.
            source_name: Instead of ``source``, the one source of all keys.
            key: The column of the keys there: text or whole numbers.
            customer: The column of the keys of resolved customers: text or whole numbers.

        Raises:
            CustometryError: For a column that is not there or cannot be read, the first row without
                a key, and a key that occurs twice in its source.
        """
        columns = {"source": source, "source_name": source_name, "key": key, "customer": customer}
        return cls._call("read", table=Table.of(table), columns=columns)

    def find(self, source: str, key: Key) -> str | int | None:
        """The key of the resolved customer with a key in a source; ``None`` if unknown."""
        return self._ask("find", source=source, key=key)

    def __len__(self) -> int:
        return self._ask("len")

    def to_table(self) -> Table:
        """A row for each key of each source: ``source``, ``key``, ``customer``."""
        return self._table()


# Money


class Currency:
    """Currencies, and money that is exact: ``{"code": "EUR", "scale": 2}``, or the code alone."""

    @staticmethod
    def new(code: str, scale: int) -> dict[str, Any]:
        """A currency of one's own.

        Args:
            code: Three letters A to Z.
            scale: The decimals of an amount.

        Raises:
            CustometryError: For a code or a scale that is none.
        """
        return call("data.Currency.new", code=code, scale=scale)

    @staticmethod
    def iso(code: str) -> dict[str, Any]:
        """A currency with the decimals of ISO 4217; two where the standard does not know it.

        Raises:
            CustometryError: Unless the code is three capital letters.
        """
        return call("data.Currency.iso", code=code)

    @staticmethod
    def parse(currency: AnyCurrency, text: str) -> Decimal:
        """An amount of money from its text, such as ``"1234.50"``.

        Raises:
            CustometryError: For what is no amount, or has more decimals than the currency.
        """
        return call("data.Currency.parse", currency=currency, text=text)

    @staticmethod
    def parse_rounded(currency: AnyCurrency, text: str) -> tuple[Decimal, bool]:
        """An amount from its text, rounded half to even, and whether it was exact."""
        answer = call("data.Currency.parse_rounded", currency=currency, text=text)
        return answer["amount"], answer["exact"]

    @staticmethod
    def parse_product(
        currency: AnyCurrency, quantity: str, unit_price: str
    ) -> tuple[Decimal, bool]:
        """A quantity times a unit price, both as text, rounded once, and whether it was exact."""
        answer = call(
            "data.Currency.parse_product",
            currency=currency,
            quantity=quantity,
            unit_price=unit_price,
        )
        return answer["amount"], answer["exact"]

    @staticmethod
    def from_float(currency: AnyCurrency, amount: float) -> Decimal:
        """The amount of money nearest to a float, ties to even."""
        return call("data.Currency.from_float", currency=currency, amount=amount)

    @staticmethod
    def to_float(currency: AnyCurrency, amount: Decimal | float | str) -> float:
        """The float nearest to an amount."""
        return call("data.Currency.to_float", currency=currency, amount=amount)

    @staticmethod
    def format(currency: AnyCurrency, amount: Decimal | float | str) -> str:
        """An amount as text with all decimals of the currency."""
        return call("data.Currency.format", currency=currency, amount=amount)

    @staticmethod
    def minor_units(currency: AnyCurrency, amount: Decimal | float | str) -> int:
        """An amount in minor units: 12.50 euros are 1250."""
        return call("data.Currency.minor_units", currency=currency, amount=amount)


def _full(given: AnyCurrency | None) -> Mapping[str, Any] | None:
    """Code and decimals of a currency."""
    return Currency.iso(given) if isinstance(given, str) else given


# Time


def day_of_date(date: Day) -> int:
    """A civil day as days since 1970-01-01."""
    return call("data.day_of_date", date=date)


def date_of_day(day: int) -> datetime.date | None:
    """The date that many days after 1970-01-01; ``None`` outside the calendar."""
    return call("data.date_of_day", day=day)


class DayBoundary:
    """Where days end: ``"UTC"``, or an offset such as ``"+09:00"``."""

    @staticmethod
    def date(instant: datetime.datetime, boundary: str = "UTC") -> datetime.date:
        """The civil day on which an instant falls.

        Args:
            instant: The instant; without a zone it is taken as UTC.
            boundary: Where days end.
        """
        if instant.tzinfo is None:
            instant = instant.replace(tzinfo=datetime.timezone.utc)
        return call("data.DayBoundary.date", boundary=boundary, instant=instant.isoformat())


class Days:
    """Times in days: a number."""

    @staticmethod
    def from_weeks(weeks: float) -> float:
        """Weeks in days."""
        return call("data.Days.from_weeks", weeks=weeks)


class TimeUnit:
    """Units of time: ``"days"`` or ``"weeks"``."""

    @staticmethod
    def count(unit: str, days: float) -> float:
        """How many of a unit so many days are."""
        return call("data.TimeUnit.count", unit=unit, days=days)


class DiscountRate:
    """Discount rates: a number, the rate a day, compounded continuously.

    Discounted predictions and lifetime values take it: ``DiscountRate.annual(0.15)``.
    """

    @staticmethod
    def annual(rate: float) -> float:
        """The rate a day of an effective rate a year of 365 days.

        Raises:
            CustometryError: For a rate below 0.
        """
        return call("data.DiscountRate.annual", rate=rate)

    @staticmethod
    def effective(rate: float, period: float) -> float:
        """The rate a day of an effective rate a period of so many days."""
        return call("data.DiscountRate.effective", rate=rate, period=period)

    @staticmethod
    def continuous(per_day: float) -> float:
        """A rate a day, if it is one: finite and 0 or more."""
        return call("data.DiscountRate.continuous", per_day=per_day)

    @staticmethod
    def factor(per_day: float, after: float) -> float:
        """What 1 so many days from now is worth now, at a rate a day."""
        return call("data.DiscountRate.factor", per_day=per_day, after=after)


class Window:
    """Periods of days: a first and a last day, both included."""

    @staticmethod
    def new(first: Day, last: Day) -> list[str]:
        """A period as arguments take it.

        Raises:
            CustometryError: If it ends before it begins.
        """
        return call("data.Window.new", first=first, last=last)

    @staticmethod
    def days(window: Sequence[Day]) -> int:
        """How many days a period has."""
        return call("data.Window.days", window=list(window))

    @staticmethod
    def contains(window: Sequence[Day], date: Day) -> bool:
        """Whether a day is in a period."""
        return call("data.Window.contains", window=list(window), date=date)


class Estimate:
    """Estimates: ``value``, its standard error ``se``, and ``lower``, ``upper`` at a ``level``."""

    @staticmethod
    def normal(value: float, se: float, level: float = 0.95) -> AnyEstimate:
        """An estimate with the interval of a normal law around it."""
        return call("data.Estimate.normal", value=value, se=se, level=level)

    @staticmethod
    def with_interval(
        value: float, se: float, lower: float, upper: float, level: float
    ) -> AnyEstimate:
        """An estimate with its interval.

        Raises:
            CustometryError: Unless the value lies within the interval.
        """
        return call(
            "data.Estimate.with_interval", value=value, se=se, lower=lower, upper=upper, level=level
        )

    @staticmethod
    def exp(estimate: AnyEstimate) -> AnyEstimate:
        """The exponential of an estimate, such as of a logarithm of odds."""
        return call("data.Estimate.exp", **estimate)
