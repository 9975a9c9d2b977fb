"""How customers move between states, and what that will do.

States are named: wherever one is asked for, give its name; wherever one is told, it is a name.
Results are objects with tables; ``table(name)`` gives those that have no attribute of their own.

    >>> from custometry import migration
    >>> panel = migration.SegmentPanel.read({
    ...     "customer": ["ann", "bob", "cid", "ann", "bob", "eve"],
    ...     "period": [2023, 2023, 2023, 2024, 2024, 2024],
    ...     "segment": ["gold", "gold", "silver", "gold", "silver", "gold"],
    ... })
    >>> flows = panel.flows()
    >>> flows.balance()["closing"].to_list()
    [2, 1]
    >>> matrix = migration.TransitionMatrix.of_counts(flows.pooled())
    >>> matrix.probability("gold", "silver")
    0.5
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, TypeAlias

from ._base import Held, Saved, call, figure, table
from ._types import Choice, Currency, Estimate, Frame, Key, Numbers
from ._values import Column, Table, matrix
from .data import Assignments, Categories, Crosswalk, Customers, Features

__all__ = [
    "Absorption",
    "Alignment",
    "ChainTest",
    "ChangeMatrix",
    "ChangeSplit",
    "ClusterEvents",
    "Drift",
    "DriftCounts",
    "DriftReference",
    "Drifts",
    "Drivers",
    "FlowState",
    "Flows",
    "Forecast",
    "Generator",
    "GeneratorFit",
    "KolmogorovSmirnov",
    "Ladder",
    "LongRun",
    "Mix",
    "MoveWatch",
    "OptimalStopping",
    "OverlapCounts",
    "Sankey",
    "SegmentPanel",
    "Sequences",
    "SteadyState",
    "TransitionCounts",
    "TransitionMatrix",
    "TripleCounts",
    "markov_value",
    "rematched_customers",
]

#: States: their names, whose numbers are then their places; or each ``{"id": ..., "name": ...}``,
#: as ``segments`` of every object with states gives them.
States: TypeAlias = "Sequence[str] | Sequence[Mapping[str, Any]]"
#: A period: its place, counted from 0, or its label.
Period: TypeAlias = "int | str"
#: A row of numbers for each state: a list of lists, an array of two dimensions, or a frame with a
#: column a state.
Rows: TypeAlias = Any


def _keys(keys: Any) -> Any:
    if isinstance(keys, (Customers, Table)):
        return keys
    if isinstance(keys, Sequence) or not hasattr(keys, "columns"):
        return Table({"key": keys})
    return Table.of(keys)


def _pairs(totals: Mapping[str, int] | Sequence[tuple[str, int]]) -> list[tuple[str, int]]:
    return list(totals.items()) if isinstance(totals, Mapping) else list(totals)


class _WithStates(Held):
    """What has states."""

    __slots__ = ()

    states = figure[list[str]]("The names of the states, in order.")
    segments = figure[list[dict[str, Any]]]("The states with their numbers: ``id`` and ``name``.")


class _Tables(Held):
    """What is told in several tables."""

    __slots__ = ()

    def table(self, name: str | None = None) -> Table:
        """A table by name; without one the main table."""
        return self._table(name)


class SegmentPanel(_WithStates, kind="migration.SegmentPanel"):
    """Where each customer was in each period: in a state, or outside.

    Outside is "not yet", "inactive" or "churned": before the first period in a state, between two
    of them, or after the last.
    """

    __slots__ = ()

    customers = figure[Customers | None]("The customers; None for a panel without keys.")
    periods = figure[list[str]]("The labels of the periods, in order.")
    period_days = figure[list[datetime.date] | None]("The periods as days, if all of them are.")
    currency = figure[dict[str, object] | None]("The currency of the values, if there are any.")

    @classmethod
    def read(
        cls,
        table: Frame,
        *,
        currency: Currency | None = None,
        customer: str = "customer",
        period: str = "period",
        day_boundary: str = "UTC",
        segment: str = "segment",
        value: str | None = None,
        value_minor: str | None = None,
        period_order: Sequence[str] | None = None,
        order: Sequence[str] | None = None,
        customers: Customers | None = None,
    ) -> SegmentPanel:
        """Reads a panel from a frame: a row a customer and period.

        A customer who is outside in a period has no row.

        Args:
            table: The frame.
            currency: The currency of the values.
            customer: The column of keys: text or whole numbers.
            period: The column of periods: text, whole numbers, or days. They stand in the order of
                their numbers, days or texts.
            day_boundary: Where timestamps of periods are cut into days: ``"UTC"`` or an offset.
            segment: The column of segments.
            value: The column of what the customer was worth in the period, in units of currency.
            value_minor: Instead of ``value``, a column of whole minor units.
            period_order: All periods in their order, also such as nobody has a row in.
            order: All segments in their order, for a scale the lowest first.
            customers: Customers who are numbered already, so that several frames share one
                numbering.

        Raises:
            CustometryError: For a column that cannot be read, the first row that is null or blank,
                two rows of a customer and period, and labels that are not in an order given.
        """
        columns = {
            "customer": customer,
            "period": period,
            "day_boundary": day_boundary,
            "segment": segment,
            "value": value,
            "value_minor": value_minor,
            "period_order": period_order,
            "order": order,
        }
        return cls._call(
            "read",
            table=Table.of(table),
            currency=currency,
            columns=columns,
            customers=customers,
        )

    @classmethod
    def of_assignments(cls, snapshots: Sequence[Assignments]) -> SegmentPanel:
        """A panel of assignments of the same customers, in one order, as of ascending days."""
        return cls._call("of_assignments", snapshots=list(snapshots))

    @classmethod
    def of_snapshots(cls, snapshots: Sequence[Assignments], keys: Sequence[Any]) -> SegmentPanel:
        """A panel of snapshots whose customers differ: they are joined by their keys.

        Args:
            snapshots: Assignments as of ascending days, of one scheme.
            keys: For each of them the keys of its customers, in the order of its rows: a column, or
                :class:`~custometry.data.Customers`.
        """
        return cls._call("of_snapshots", snapshots=list(snapshots), keys=[_keys(of) for of in keys])

    def with_values(
        self, values: Frame, *, currency: Currency, minor: bool = False
    ) -> SegmentPanel:
        """The same panel with money.

        Args:
            values: A frame with a column a period, in their order; a row a customer.
            currency: The currency.
            minor: Whether the values are whole minor units.
        """
        return self._ask("with_values", values=Table.of(values), currency=currency, minor=minor)

    def __len__(self) -> int:
        return self._ask("len")

    def presence(self, period: Period, customer: Key) -> str | None:
        """Where a customer is in a period: a state, "not yet", "inactive" or "churned".

        None for a period that does not exist. In a panel without keys ``customer`` is a row.
        """
        return self._ask("presence", period=period, customer=customer)

    def value(self, period: Period, customer: Key) -> Decimal | None:
        """The money of a customer in a period; None without values."""
        return self._ask("value", period=period, customer=customer)

    def flows(self) -> Flows:
        """Who went where, step by step."""
        return self._ask("flows")

    def triples(self) -> TripleCounts:
        """How many customers took which two steps in a row."""
        return self._ask("triples")

    def sequences(self) -> Sequences:
        """Stays, restlessness and paths of the customers."""
        return self._ask("sequences")

    def to_table(self) -> Table:
        """A row a period and customer.

        Columns: ``customer`` (``row`` without keys), ``period``, ``place``, and ``value`` if there
        are values.
        """
        return self._table()


class Sequences(_Tables, kind="migration.Sequences"):
    """How long customers stay, how restless they are, and which paths they take.

    Tables: ``sequences``, a row a customer: ``periods`` in a state, ``gaps`` away in between,
    ``moves``, ``entropy`` in nats, ``complexity`` from 0 to 1; ``stays``; ``stay_lengths``.
    """

    __slots__ = ()

    stays = table(
        "A row a state: stays ``completed`` and ``censored``, their means ``mean_completed`` and "
        "``mean_censored``, and the length ``expected``, in periods."
    )
    stay_lengths = table("A row a state and length: how many stays are completed and censored.")
    path_count = figure[int]("How many different paths there are.")
    means = figure[dict[str, float] | None]("Means over the customers who are in a state at all.")

    def of(self, customer: Key) -> dict[str, float] | None:
        """The sequence of a customer; None for one who is never in a state."""
        return self._ask("of", customer=customer)

    def paths(self, most: int = 10) -> list[dict[str, Any]]:
        """The most common paths: ``path`` (names of places), ``customers`` and their ``share``."""
        return self._ask("paths", most=most)

    def to_table(self) -> Table:
        """The sequence of each customer, null for who is never in a state."""
        return self._table()


class FlowState(Saved, kind="migration.FlowState"):
    """The sums of who went where: what can be computed in parts and merged."""

    __slots__ = ()

    @classmethod
    def new(cls, panel: SegmentPanel) -> FlowState:
        """The flows of all customers of a panel."""
        return cls._call("new", panel=panel)

    @classmethod
    def of_snapshots(cls, snapshots: Sequence[Assignments], keys: Sequence[Any]) -> FlowState:
        """The flows of snapshots, without a panel; see :meth:`SegmentPanel.of_snapshots`."""
        return cls._call("of_snapshots", snapshots=list(snapshots), keys=[_keys(of) for of in keys])

    @classmethod
    def by_cohort(cls, panel: SegmentPanel) -> list[FlowState]:
        """The flows of each cohort, by the first period of its customers."""
        return cls._call("by_cohort", panel=panel)

    @classmethod
    def merge(cls, states: Sequence[FlowState]) -> FlowState:
        """The flows of several parts of the customers together."""
        return cls._call("merge", states=list(states))

    def flows(self) -> Flows:
        """The flows, to read."""
        return self._ask("flows")


class Flows(_WithStates, _Tables, kind="migration.Flows"):
    """Who went where, step by step.

    Tables: ``balance``, ``total_balance``, ``growth``, ``moves``, ``stocks``, ``states``. Those
    with money have it if the panel has values, as exact decimals.
    """

    __slots__ = ()

    state = figure[FlowState]("What the flows were read from.")
    periods = figure[list[str]]("The labels of the periods, in order.")
    currency = figure[dict[str, object] | None]("The currency of the money, if there is any.")
    steps = figure[int]("The number of steps: one less than periods.")
    stocks = table("A row a period and state: ``customers`` and their ``money``.")
    fastest_growing = figure[str | None]("The state that grew the most as a share, if one did.")
    fastest_shrinking = figure[str | None]("The state that shrank the most, if one did.")

    def of_step(self, step: int) -> TransitionCounts:
        """The transitions of a step, counted from 0, of who was in a state before and after."""
        return self._ask("of_step", step=step)

    def by_step(self) -> list[TransitionCounts]:
        """The transitions of each step."""
        return self._ask("by_step")

    def by_step_with_outside(self) -> list[TransitionCounts]:
        """The same with one more state, "(outside)": what a :class:`MoveWatch` is held against."""
        return self._ask("by_step_with_outside")

    def pooled(self) -> TransitionCounts:
        """The transitions of all steps together."""
        return self._ask("pooled")

    def moves(self, step: int | None = None) -> Table:
        """All moves and stays, outside included, of one step or of all.

        Columns: ``step``, ``from``, ``to``, ``customers``, and with values their money ``before``
        and ``after``.
        """
        if step is None:
            return self._table("moves")
        return self._ask("moves", step=step)

    def stock(self, period: Period) -> Table:
        """The customers of each state in a period, and their money."""
        return self._ask("stock", period=period)

    def balance(self) -> Table:
        """A row a step and state: opening, born, returned, arrived, left, paused, churned, closing,
        stayed; and with values the same of money."""
        return self._ask("balance")

    def total_balance(self) -> Table:
        """The balance of all states together, a row a step."""
        return self._ask("total_balance")

    def growth(self) -> Table:
        """How each state grew from the first period to the last.

        Columns: ``state``, ``opening``, ``closing``, ``change``, ``rate``, the parts of the change
        ``born``, ``returned``, ``arrived``, ``left``, ``paused``, ``churned``; its standard error
        ``se`` and ``p``; and with values the same of money.
        """
        return self._ask("growth")

    def growth_between(self, first: Period, last: Period) -> Table:
        """How each state grew between two periods."""
        return self._ask("growth_between", first=first, last=last)

    def at_risk(self, scale: Sequence[str] | None = None, *, level: float = 0.95) -> Table:
        """The ways out of each state, ranked by the money that stands before them now.

        Args:
            scale: States with the lowest first: only ways down and outside. Without one all ways.
            level: The level of the intervals of ``probability``.
        """
        return self._ask("at_risk", scale=scale, level=level)

    def ladder(self, scale: Sequence[str]) -> Ladder:
        """Upgrades and downgrades on a scale, its lowest state first."""
        return self._ask("ladder", scale=scale)

    def mix(self, first: Period, last: Period) -> Mix:
        """What the change of money per customer between two periods is made of. Needs values."""
        return self._ask("mix", first=first, last=last)

    def sankey(self) -> Sankey:
        """The flows as a graph to draw."""
        return self._ask("sankey")


class Ladder(Held, kind="migration.Ladder"):
    """Upgrades and downgrades on a scale.

    ``way`` is "up", "stayed", "down", "off_scale", "entered" or "exited".
    """

    __slots__ = ()

    steps = table("A row a step and way: ``customers``, and with values their money.")
    pooled = table("A row a way: all steps together.")


class Mix(Held, kind="migration.Mix"):
    """What the change of money per customer is made of, in units of the currency."""

    __slots__ = ()

    opening = figure[float]("Money per customer in the first period.")
    closing = figure[float]("Money per customer in the last period.")
    mix = figure[float]("The part that comes from customers in other states.")
    within = figure[float]("The part that comes from other money in the same states.")
    volume = figure[float]("The change of all money that comes from more or fewer customers.")
    states = table("A row a state: its parts ``mix`` and ``within``.")


class Sankey(Held, kind="migration.Sankey"):
    """A graph of flows: nodes are places in periods, links who went from one to another."""

    __slots__ = ()

    nodes = table(
        "A row a node: ``node``, ``period``, its ``label``, the ``name`` of the place, whether it "
        "is ``outside``, ``customers``, and with values ``money``."
    )
    links = table("A row a link: the nodes ``source`` and ``target``, ``customers``, their money.")


class TransitionCounts(_WithStates, _Tables, Saved, kind="migration.TransitionCounts"):
    """How many customers went from which state to which."""

    __slots__ = ()

    cells = figure[list[list[int]]]("The counts, row by row: from by to.")
    row_totals = figure[Column]("The customers of each state before.")
    column_totals = figure[Column]("The customers of each state afterwards.")
    total = figure[int]("All transitions.")
    impossible_cells = figure[list[list[str]]]("The transitions that cannot happen: from and to.")

    @classmethod
    def new(cls, rows: Rows, *, states: States | None = None) -> TransitionCounts:
        """Counts from rows: from by to.

        Args:
            rows: A list of lists, an array, or a frame with a column a state and no other.
            states: The states, in order; needed unless the columns of a frame have their names.
        """
        return cls._call("new", states=states, rows=matrix(rows))

    @classmethod
    def of_paths(cls, paths: Sequence[Sequence[str | None]], *, states: States) -> TransitionCounts:
        """Counts of the steps of paths, of names; None where a customer is outside."""
        return cls._call("of_paths", states=states, paths=paths)

    @classmethod
    def read(
        cls,
        table: Frame,
        *,
        states: States,
        from_: str = "from",
        to: str = "to",
        customers: str | None = None,
    ) -> TransitionCounts:
        """Counts from a frame: a row a transition, or a row a pair of states with a count.

        Args:
            table: The frame.
            states: The states, in order.
            from_: The column of states before.
            to: The column of states afterwards.
            customers: The column of counts; without one each row counts once.
        """
        columns = {"from": from_, "to": to, "customers": customers}
        return cls._call("read", table=Table.of(table), states=states, columns=columns)

    @classmethod
    def merge(cls, states: Sequence[TransitionCounts]) -> TransitionCounts:
        """The counts of several parts together."""
        return cls._call("merge", states=list(states))

    def impossible(self, from_: str, to: str) -> TransitionCounts:
        """The same counts with a transition marked that cannot happen."""
        return self._ask("impossible", **{"from": from_, "to": to})

    def is_impossible(self, from_: str, to: str) -> bool:
        """Whether a transition is marked as impossible."""
        return self._ask("is_impossible", **{"from": from_, "to": to})

    def count(self, from_: str, to: str) -> int:
        """How many customers went from a state to another."""
        return self._ask("count", **{"from": from_, "to": to})

    def visited(self) -> TransitionCounts:
        """The same counts without the states that nobody was in."""
        return self._ask("visited")

    def directions(self, scale: Sequence[str]) -> dict[str, Any]:
        """Moves up and down a scale, its lowest state first.

        Returns:
            ``up``, ``stayed``, ``down``, ``off_scale``, ``up_share``, ``down_share``.
        """
        return self._ask("directions", scale=scale)

    def to_table(self) -> Table:
        """A row a pair of states: ``from``, ``to``, ``customers``, ``impossible``."""
        return self._table()


class TripleCounts(_WithStates, Saved, kind="migration.TripleCounts"):
    """How many customers took which two steps in a row."""

    __slots__ = ()

    total = figure[int]("All triples.")

    @classmethod
    def new(cls, triples: Sequence[tuple[str, str, str, int]], *, states: States) -> TripleCounts:
        """Counts from triples: from, via, to, and their customers."""
        return cls._call("new", states=states, triples=triples)

    @classmethod
    def of_paths(cls, paths: Sequence[Sequence[str | None]], *, states: States) -> TripleCounts:
        """Counts of the triples of paths, of names; None where a customer is outside."""
        return cls._call("of_paths", states=states, paths=paths)

    @classmethod
    def read(
        cls,
        table: Frame,
        *,
        states: States,
        from_: str = "from",
        via: str = "via",
        to: str = "to",
        customers: str | None = None,
    ) -> TripleCounts:
        """Counts from a frame; see :meth:`TransitionCounts.read`."""
        columns = {"from": from_, "via": via, "to": to, "customers": customers}
        return cls._call("read", table=Table.of(table), states=states, columns=columns)

    @classmethod
    def merge(cls, states: Sequence[TripleCounts]) -> TripleCounts:
        """The counts of several parts together."""
        return cls._call("merge", states=list(states))

    def count(self, from_: str, via: str, to: str) -> int:
        """How many customers went from a state by another to a third."""
        return self._ask("count", **{"from": from_, "via": via, "to": to})

    def to_table(self) -> Table:
        """A row a triple that was taken: ``from``, ``via``, ``to``, ``customers``."""
        return self._table()


class TransitionMatrix(_WithStates, _Tables, Saved, kind="migration.TransitionMatrix"):
    """The probabilities of going from one state to another within a period."""

    __slots__ = ()

    @classmethod
    def of_counts(cls, counts: TransitionCounts) -> TransitionMatrix:
        """The shares of the counts; the row of a state without customers is not known."""
        return cls._call("of_counts", counts=counts)

    @classmethod
    def smoothed(cls, counts: TransitionCounts, added: float) -> TransitionMatrix:
        """The shares with so many customers added to each cell that is possible."""
        return cls._call("smoothed", counts=counts, added=added)

    @classmethod
    def given(cls, rows: Rows, *, states: States | None = None) -> TransitionMatrix:
        """A matrix of known probabilities; rows and states as in :meth:`TransitionCounts.new`."""
        return cls._call("given", states=states, rows=matrix(rows))

    def with_row(self, from_: str, probabilities: Numbers) -> TransitionMatrix:
        """The same matrix with a row that is known from elsewhere."""
        return self._ask("with_row", **{"from": from_, "probabilities": probabilities})

    def absorbing(self, state: str) -> TransitionMatrix:
        """The same matrix with a state that is never left."""
        return self._ask("absorbing", state=state)

    def probability(self, from_: str, to: str) -> float | None:
        """The probability of a transition; None if the row is not known."""
        return self._ask("probability", **{"from": from_, "to": to})

    def row(self, from_: str) -> Column | None:
        """The probabilities from a state, in the order of the states."""
        return self._ask("row", **{"from": from_})

    def exposure(self, from_: str) -> float | None:
        """How many customers a row rests on; None if it is not known or was given."""
        return self._ask("exposure", **{"from": from_})

    def interval(self, from_: str, to: str, *, level: float = 0.95) -> Estimate | None:
        """A probability with Wilson's interval; None if the row is not known or was given."""
        return self._ask("interval", **{"from": from_, "to": to, "level": level})

    def power(self, periods: float) -> TransitionMatrix:
        """The matrix of more periods, or of part of one."""
        return self._ask("power", periods=periods)

    def steady_state(self) -> SteadyState:
        """The shares of the long run, where they do not depend on the start."""
        return self._ask("steady_state")

    def long_run(self) -> LongRun:
        """Where customers end up, by where they start."""
        return self._ask("long_run")

    def absorption(self) -> Absorption:
        """How customers leave the states that they leave for good."""
        return self._ask("absorption")

    def classes(self) -> Table:
        """Classes of states that can be reached from one another.

        Columns: ``class``, ``state``, ``recurrent``, ``period``.
        """
        return self._ask("classes")

    def mobility(self) -> dict[str, float | None]:
        """``svd``, ``prais_shorrocks``, ``second_eigenvalue`` and ``half_life``."""
        return self._ask("mobility")

    def sojourn(self, state: str) -> dict[str, float | None]:
        """The time in a state: ``expected`` and ``half_life``, in periods; None if never left."""
        return self._ask("sojourn", state=state)

    def first_passage(self, to: str) -> Column:
        """From each state the expected periods until a state is first entered; null if it need not
        be."""
        return self._ask("first_passage", to=to)

    def first_passages(self) -> Table:
        """The expected periods of first passage for all pairs: ``from``, ``to``, ``steps``."""
        return self._ask("first_passages")

    def return_times(self) -> Column:
        """For each state the expected periods until it is entered again."""
        return self._ask("return_times")

    def embeddability(self) -> dict[str, Any]:
        """Whether rates are behind the matrix.

        Returns:
            ``verdict`` ("embeddable", "not_embeddable", "undecided"), the ``reason`` of a refusal
            with its states ``from`` and ``to``, ``determinant``, ``diagonal_product``,
            ``least_rate``.
        """
        return self._ask("embeddability")

    def generator(self, adjustment: str) -> GeneratorFit:
        """The rates behind the matrix.

        Args:
            adjustment: What becomes of rates below 0: ``"refuse"``, ``"diagonal"`` or
                ``"weighted"``.
        """
        return self._ask("generator", adjustment=adjustment)

    def to_table(self) -> Table:
        """A row a pair of states: ``from``, ``to``, ``probability``."""
        return self._table()


class Generator(_WithStates, Saved, kind="migration.Generator"):
    """Rates of going from one state to another, in continuous time."""

    __slots__ = ()

    @classmethod
    def of_durations(cls, moves: TransitionCounts, exposures: Numbers) -> Generator:
        """Rates from moves and the time that was spent in each state."""
        return cls._call("of_durations", moves=moves, exposures=exposures)

    def rate(self, from_: str, to: str) -> float | None:
        """The rate of a move, a unit of time."""
        return self._ask("rate", **{"from": from_, "to": to})

    def standard_error(self, from_: str, to: str) -> float | None:
        """The standard error of a rate; None unless rates are from durations."""
        return self._ask("standard_error", **{"from": from_, "to": to})

    def transition(self, time: float) -> TransitionMatrix:
        """The probabilities over some time."""
        return self._ask("transition", time=time)

    def to_table(self) -> Table:
        """A row a pair of states: ``from``, ``to``, ``rate``, ``standard_error``."""
        return self._table()


class GeneratorFit(Held, kind="migration.GeneratorFit"):
    """The rates behind a matrix, and how well they tell it."""

    __slots__ = ()

    generator = figure[Generator]("The rates.")
    adjusted = figure[bool]("Whether a rate was adjusted.")
    distance = figure[float]("The largest difference between a probability and that of the rates.")
    embeddability = figure[dict[str, Any]]("As :meth:`TransitionMatrix.embeddability`.")


class SteadyState(Held, kind="migration.SteadyState"):
    """The shares of the long run."""

    __slots__ = ()

    shares = figure[Column]("The share of each state, in their order.")
    period = figure[int]("1 if any start comes to the shares; else they go round in this period.")

    def to_table(self) -> Table:
        """A row a state: ``state``, ``share``."""
        return self._table()


class LongRun(_Tables, kind="migration.LongRun"):
    """Where customers end up: classes of states that are never left."""

    __slots__ = ()

    classes = table("A row a class and state: ``class``, ``period``, ``state``, ``share`` in it.")
    arrival = table("A row a state and class: ``state``, ``class``, ``probability`` to end there.")
    periods = figure[Column]("The period of each class; 1 if its shares come to rest.")
    converges = figure[bool]("Whether shares come to rest, from any start.")

    def from_start(self, start: Numbers) -> Column:
        """The shares or customers of the long run, for those who start in each state."""
        return self._ask("from_start", start=start)


class Absorption(_Tables, kind="migration.Absorption"):
    """How customers leave the states that they leave for good."""

    __slots__ = ()

    states = table("A row a transient state: ``state``, and the expected ``steps`` to the end.")
    arrival = table("A row a state and class: ``state``, ``class``, ``probability`` to end there.")
    classes = table("A row a state of a class that is never left: ``class``, ``state``.")
    visits = table("A row a pair of transient states: ``from``, ``to``, expected periods there.")


class Forecast(_WithStates, _Tables, kind="migration.Forecast"):
    """How many customers will be where, with intervals.

    Tables: ``forecast``, a row a step and state: ``step``, ``state``, ``expected``,
    ``expected_lower``, ``expected_upper``, ``expected_se``; ``worth``, a row a step, likewise.
    """

    __slots__ = ()

    steps = figure[int]("How many steps are forecast.")

    @classmethod
    def customers(
        cls,
        matrix: TransitionMatrix,
        start: Numbers,
        *,
        steps: int,
        values: Sequence[float] | None = None,
        replicates: int = 1000,
        level: float = 0.95,
        seed: int = 0,
    ) -> Forecast:
        """A forecast of customers, with the chance of each of them and of the matrix.

        Args:
            matrix: The probabilities.
            start: The customers of each state now, in the order of the states.
            steps: How many periods to look ahead.
            values: What a customer of each state is worth a period.
            replicates: The draws for intervals.
            level: The level of intervals.
            seed: The seed of the draws.
        """
        params = _forecast(steps, values, replicates, level, seed)
        return cls._call("customers", matrix=matrix, start=start, params=params)

    @classmethod
    def shares(
        cls,
        matrix: TransitionMatrix,
        start: Numbers,
        *,
        steps: int,
        values: Sequence[float] | None = None,
        replicates: int = 1000,
        level: float = 0.95,
        seed: int = 0,
    ) -> Forecast:
        """A forecast of shares, with the chance of the matrix alone; see :meth:`customers`."""
        params = _forecast(steps, values, replicates, level, seed)
        return cls._call("shares", matrix=matrix, start=start, params=params)

    def step(self, step: int) -> list[Estimate] | None:
        """The numbers of all states after so many steps; None after the last."""
        return self._ask("step", step=step)

    def at(self, step: int, state: str) -> Estimate | None:
        """The number of a state after so many steps."""
        return self._ask("at", step=step, state=state)

    def worth(self, step: int) -> Estimate | None:
        """What all customers are worth then; None without values."""
        return self._ask("worth", step=step)

    def to_table(self) -> Table:
        """A row a step and state."""
        return self._table()


def _forecast(
    steps: int, values: Sequence[float] | None, replicates: int, level: float, seed: int
) -> dict[str, Any]:
    return {
        "steps": steps,
        "values": values,
        "replicates": replicates,
        "level": level,
        "seed": seed,
    }


def markov_value(
    matrix: TransitionMatrix,
    rewards: Sequence[float],
    *,
    discount: float = 0.0,
    horizon: int | None = None,
    stop_in: Sequence[str] = (),
) -> Column:
    """What a customer of each state is worth, in the order of the states.

    Pfeifer and Carraway (2000), doi:10.1002/(SICI)1520-6653(200021)14:2<43::AID-DIR4>3.0.CO;2-H.

    Args:
        matrix: The probabilities.
        rewards: What a customer of each state brings a period.
        discount: The discount rate of a period.
        horizon: The number of periods after this one; without one there is no end.
        stop_in: The states in which customers are given up.
    """
    params = _worth(rewards, discount, horizon, stop_in)
    return call("migration.markov_value", matrix=matrix, params=params)


def _worth(
    rewards: Sequence[float], discount: float, horizon: int | None, stop_in: Sequence[str]
) -> dict[str, Any]:
    return {
        "rewards": list(rewards),
        "discount": discount,
        "horizon": horizon,
        "stop_in": list(stop_in),
    }


class OptimalStopping(_Tables, kind="migration.OptimalStopping"):
    """The states in which to stop spending on customers."""

    __slots__ = ()

    stop_in = figure[list[str]]("The states in which going on is worth less than nothing.")
    values = figure[Column]("What a customer of each state is worth, if one stops there.")
    policies = figure[int]("How many policies were tried.")

    @classmethod
    def optimal_stopping(
        cls,
        matrix: TransitionMatrix,
        rewards: Sequence[float],
        *,
        discount: float = 0.0,
        stop_in: Sequence[str] = (),
    ) -> OptimalStopping:
        """Finds the best states to stop in; ``stop_in`` are stopped in anyway."""
        params = _worth(rewards, discount, None, stop_in)
        return cls._call("optimal_stopping", matrix=matrix, params=params)

    def to_table(self) -> Table:
        """A row a state: ``state``, ``value``."""
        return self._table()


class ChainTest:
    """Tests of chains. Each gives a dict.

    ``g`` and ``pearson`` are the statistics, ``df`` their freedom, ``p_g`` and ``p_pearson`` their
    chances; ``simulated`` is None or the same by simulation, if ``replicates`` are asked for;
    ``cells``, ``cells_below_five``, ``smallest_expected`` and ``verdict`` ("sound",
    "few_expected", "refuted") tell whether the chi-square law can be relied on.
    """

    __slots__ = ()

    @staticmethod
    def _run(verb: str, replicates: int, seed: int, **arguments: Any) -> dict[str, Any]:
        params = {"replicates": replicates, "seed": seed}
        return call(f"migration.ChainTest.{verb}", params=params, **arguments)

    @classmethod
    def against(
        cls,
        counts: TransitionCounts,
        matrix: TransitionMatrix,
        *,
        replicates: int = 0,
        seed: int = 0,
    ) -> dict[str, Any]:
        """Whether counts come from a matrix that is known."""
        return cls._run("against", replicates, seed, counts=counts, matrix=matrix)

    @classmethod
    def homogeneity(
        cls, groups: Sequence[TransitionCounts], *, replicates: int = 0, seed: int = 0
    ) -> dict[str, Any]:
        """Whether groups move alike."""
        return cls._run("homogeneity", replicates, seed, groups=list(groups))

    @classmethod
    def stationarity(
        cls, periods: Sequence[TransitionCounts], *, replicates: int = 0, seed: int = 0
    ) -> dict[str, Any]:
        """Whether the moves of all periods are alike."""
        return cls._run("stationarity", replicates, seed, periods=list(periods))

    @classmethod
    def independence(
        cls, counts: TransitionCounts, *, replicates: int = 0, seed: int = 0
    ) -> dict[str, Any]:
        """Whether the state afterwards does not depend on the one before."""
        return cls._run("independence", replicates, seed, counts=counts)

    @classmethod
    def first_order(
        cls, triples: TripleCounts, *, replicates: int = 0, seed: int = 0
    ) -> dict[str, Any]:
        """Whether only the present state matters, and not the one before it."""
        return cls._run("first_order", replicates, seed, triples=triples)

    @classmethod
    def table(cls, rows: Rows, *, replicates: int = 0, seed: int = 0) -> dict[str, Any]:
        """Whether the rows of a table of counts are alike."""
        return cls._run("table", replicates, seed, rows=matrix(rows))


class OverlapCounts(_Tables, Saved, kind="migration.OverlapCounts"):
    """How many customers are in which old and which new segment.

    Tables: ``overlap``, a row a pair: ``old``, ``new``, ``customers``; ``old``, with ``went``;
    ``new``, with ``came``.
    """

    __slots__ = ()

    old_scheme = figure[str]("The scheme of the old segments.")
    new_scheme = figure[str]("The scheme of the new segments.")
    old_segments = figure[list[str]]("The names of the old segments, in order.")
    new_segments = figure[list[str]]("The names of the new segments, in order.")
    both = figure[list[list[int]]]("The customers in both, old by new.")
    went = figure[Column]("The customers of each old segment without a new one.")
    came = figure[Column]("The customers of each new segment without an old one.")
    nowhere = figure[int]("The customers without either.")

    @classmethod
    def of_assignments(cls, old: Assignments, new: Assignments) -> OverlapCounts:
        """Counts of two assignments of the same customers, in one order."""
        return cls._call("of_assignments", old=old, new=new)

    @classmethod
    def merge(cls, states: Sequence[OverlapCounts]) -> OverlapCounts:
        """The counts of several parts of the customers together."""
        return cls._call("merge", states=list(states))

    def to_table(self) -> Table:
        """A row an old and a new segment."""
        return self._table()


class Alignment(_Tables, Saved, kind="migration.Alignment"):
    """Which new segment is which old one."""

    __slots__ = ()

    pairs = table(
        "A row a pair: ``old``, ``new``, ``customers``, ``old_customers``, ``new_customers``, "
        "``jaccard`` and its ``margin`` over the best rival."
    )
    old_scheme = figure[str]("The scheme of the old segments.")
    new_scheme = figure[str]("The scheme of the new segments.")
    old_segments = figure[list[str]]("The names of the old segments, in order.")
    new_segments = figure[list[str]]("The names of the new segments, in order.")
    unmatched_old = figure[list[str]]("The old segments without a pair.")
    unmatched_new = table("The new segments without a pair, and the fresh ones they become.")
    segments = figure[list[dict[str, Any]]]("All segments of the common scheme, that of the old.")

    @classmethod
    def align(
        cls, overlap: OverlapCounts, *, measure: str = "customers", threshold: float = 0.5
    ) -> Alignment:
        """Aligns the segments.

        Args:
            overlap: The counts of both.
            measure: What is made as large as possible: ``"customers"`` or ``"jaccard"``.
            threshold: The Jaccard index below which segments are no pair, from 0 to 1.
        """
        params = {"measure": measure, "threshold": threshold}
        return cls._call("align", overlap=overlap, params=params)

    def becomes(self, new: str) -> str | None:
        """The segment of the common scheme that a new segment becomes."""
        return self._ask("becomes", new=new)

    def apply(self, assignments: Assignments) -> Assignments:
        """Brings assignments of either scheme under the old one."""
        return self._ask("apply", assignments=assignments)


class ClusterEvents(_Tables, kind="migration.ClusterEvents"):
    """What became of old segments, and where new ones come from."""

    __slots__ = ()

    old = table("A row an old segment: ``segment``, ``fate``, ``stayed``, ``went``.")
    new = table("A row a new segment: ``segment``, ``origin``, ``stayed``, ``came``.")
    fates = table("A row a segment that a fate names: ``segment``, ``relation``, ``other``.")
    origins = table("A row a segment that an origin names: ``segment``, ``relation``, ``other``.")
    old_parts = table("Where who stayed is now: ``segment``, ``part``, ``customers``, ``share``.")
    new_parts = table("Where who stayed was: ``segment``, ``part``, ``customers``, ``share``.")

    @classmethod
    def events(
        cls, overlap: OverlapCounts, *, survival: float = 0.5, split: float = 0.25
    ) -> ClusterEvents:
        """Tells what became of segments.

        Args:
            overlap: The counts of both segmentations.
            survival: The share of a segment that is most of it.
            split: The share of a segment that is a part of it.
        """
        params = {"survival": survival, "split": split}
        return cls._call("events", overlap=overlap, params=params)


class ChangeMatrix(Held, kind="migration.ChangeMatrix"):
    """Moves between segments, those from and to none included."""

    __slots__ = ()

    counts = figure[TransitionCounts]("The moves between segments.")
    left = figure[Column]("The customers of each segment who have none afterwards.")
    entered = figure[Column]("The customers of each segment who had none before.")
    outside = figure[int]("The customers without one before and afterwards.")
    customers = figure[int]("All customers.")
    moved = figure[int]("The customers who moved.")

    def net(self, segment: str) -> int:
        """The net change of a segment."""
        return self._ask("net", segment=segment)

    def to_table(self) -> Table:
        """A row a move: ``from`` and ``to``, null for none, and ``customers``."""
        return self._table()


class ChangeSplit(_Tables, kind="migration.ChangeSplit"):
    """What customers did, parted from what definitions did."""

    __slots__ = ()

    total = figure[ChangeMatrix]("All customers, from the old definition to the new one.")
    behaviour = figure[ChangeMatrix]("What behaviour did, by the old definition.")
    definition = figure[ChangeMatrix]("What the definition did, on the second day.")
    rematching = figure[ChangeMatrix]("The total of re-matched customers alone.")
    counts = figure[dict[str, int]]("How many customers there are of each cause.")
    segments = table(
        "A row a segment: ``before``, ``behaviour``, ``definition``, ``rematching``, ``after``."
    )
    causes = table("The ``cause`` of each customer, in order.")

    @classmethod
    def split(
        cls,
        before: Assignments,
        between: Assignments,
        after: Assignments,
        *,
        alignment: Alignment | None = None,
        rematched: Any = None,
    ) -> ChangeSplit:
        """Parts the changes of the same customers, in one order.

        Args:
            before: The old definition on the first day.
            between: The old definition on the second day.
            after: The new definition on the second day.
            alignment: The alignment of the two definitions, if their schemes differ.
            rematched: Which customers are re-matched; see :func:`rematched_customers`.
        """
        return cls._call(
            "split",
            before=before,
            between=between,
            after=after,
            alignment=alignment,
            rematched=rematched,
        )


def rematched_customers(before: Crosswalk, after: Crosswalk, customers: Customers) -> Column:
    """Whose records were put together otherwise afterwards: yes or no for each customer."""
    return call("migration.rematched_customers", before=before, after=after, customers=customers)


class DriftReference(_Tables, Saved, kind="migration.DriftReference"):
    """A reference sample in frozen bins, which later samples are counted into and held against.

    ``bins`` is how many quantile bins numbers are cut into; ``zero_shares`` what a share of 0
    counts as: ``"half_customer"``, ``{"as": share}`` or ``"infinite"``; ``level`` the significance
    of verdicts.
    """

    __slots__ = ()

    counts = figure["DriftCounts"]("The reference sample.")
    labels = figure[list[str]]("What the bins hold.")

    @classmethod
    def of_numbers(
        cls,
        feature: str,
        values: Numbers,
        *,
        weights: Numbers = None,
        bins: int = 10,
        zero_shares: Choice = "half_customer",
        level: float = 0.05,
    ) -> DriftReference:
        """Quantile bins of a column of numbers; null is missing, a bin of its own."""
        return cls._frozen(
            "of_numbers", bins, zero_shares, level, feature=feature, values=values, weights=weights
        )

    @classmethod
    def of_given_edges(
        cls,
        feature: str,
        edges: Numbers,
        values: Numbers,
        *,
        weights: Numbers = None,
        zero_shares: Choice = "half_customer",
        level: float = 0.05,
    ) -> DriftReference:
        """Bins of numbers with given edges, each the highest value of its bin."""
        return cls._frozen(
            "of_given_edges",
            10,
            zero_shares,
            level,
            feature=feature,
            edges=edges,
            values=values,
            weights=weights,
        )

    @classmethod
    def of_categories(
        cls,
        feature: str,
        column: Categories | Any,
        *,
        weights: Numbers = None,
        zero_shares: Choice = "half_customer",
        level: float = 0.05,
    ) -> DriftReference:
        """A bin for each label of a column; null and blank are missing."""
        return cls._frozen(
            "of_categories", 10, zero_shares, level, feature=feature, column=column, weights=weights
        )

    @classmethod
    def of_segments(
        cls,
        rows: Assignments,
        *,
        weights: Numbers = None,
        zero_shares: Choice = "half_customer",
        level: float = 0.05,
    ) -> DriftReference:
        """A bin for each segment, and one for customers without."""
        return cls._frozen("of_segments", 10, zero_shares, level, rows=rows, weights=weights)

    @classmethod
    def of_totals(
        cls,
        feature: str,
        totals: Mapping[str, int] | Sequence[tuple[str, int]],
        *,
        zero_shares: Choice = "half_customer",
        level: float = 0.05,
    ) -> DriftReference:
        """A bin for each label of a table of counts."""
        return cls._frozen(
            "of_totals", 10, zero_shares, level, feature=feature, totals=_pairs(totals)
        )

    @classmethod
    def _frozen(
        cls, verb: str, bins: int, zero_shares: Choice, level: float, **arguments: Any
    ) -> DriftReference:
        params = {"bins": bins, "zero_shares": zero_shares, "level": level}
        return cls._call(verb, params=params, **arguments)

    def numbers(self, values: Numbers, *, weights: Numbers = None) -> DriftCounts:
        """Counts a later sample of numbers into the bins."""
        return self._ask("numbers", values=values, weights=weights)

    def categories(self, column: Categories | Any, *, weights: Numbers = None) -> DriftCounts:
        """Counts a later sample of labels."""
        return self._ask("categories", column=column, weights=weights)

    def segments(self, rows: Assignments, *, weights: Numbers = None) -> DriftCounts:
        """Counts later customers by segment."""
        return self._ask("segments", rows=rows, weights=weights)

    def totals(self, totals: Mapping[str, int] | Sequence[tuple[str, int]]) -> DriftCounts:
        """Takes the counts of a later table."""
        return self._ask("totals", totals=_pairs(totals))

    def compare(self, sample: DriftCounts) -> Drift:
        """Holds a later sample against the reference."""
        return self._ask("compare", sample=sample)

    def to_table(self) -> Table:
        """A row a bin: ``label``, and the ``total`` of the reference."""
        return self._table()


class DriftCounts(Saved, kind="migration.DriftCounts"):
    """A sample, counted into the bins of a reference: what can be merged."""

    __slots__ = ()

    feature = figure[str]("The column.")
    totals = figure[Column]("What is in each bin: rows, or their weights.")
    rows = figure[int]("The rows that count.")
    size = figure[float]("The effective size.")

    @classmethod
    def merge(cls, states: Sequence[DriftCounts]) -> DriftCounts:
        """The counts of several parts of a sample together."""
        return cls._call("merge", states=list(states))


class Drift(_Tables, kind="migration.Drift"):
    """How a sample differs from a reference.

    Tables: ``drift``, one row; ``bins``, a row a bin.
    """

    __slots__ = ()

    record = figure[dict[str, Any]]("All that the drift says, but for the bins.")
    bins = table("A row a bin: ``label``, ``reference_share``, ``share``, its part ``psi``.")

    @property
    def psi(self) -> float:
        """The stability index: PSI of segments, CSI of a feature."""
        return self.record["psi"]

    @property
    def p(self) -> float:
        """The chance of an index at least as large if nothing changed."""
        return self.record["p"]

    @property
    def verdict(self) -> str:
        """``"stable"``, ``"slight"``, ``"within_chance"``, ``"moderate"`` or ``"large"``."""
        return self.record["verdict"]


class Drifts(_Tables, kind="migration.Drifts"):
    """The drift of all columns of a table of features."""

    __slots__ = ()

    drifts = figure[list[Drift]]("The drift of each column.")
    bins = table("A row a column and bin.")

    @classmethod
    def features(
        cls,
        before: Features,
        after: Features,
        *,
        bins: int = 10,
        zero_shares: Choice = "half_customer",
        level: float = 0.05,
    ) -> Drifts:
        """Compares all columns of two tables of features."""
        params = {"bins": bins, "zero_shares": zero_shares, "level": level}
        return cls._call("features", before=before, after=after, params=params)

    def to_table(self) -> Table:
        """A row a column, with its index, tests and verdict."""
        return self._table()


class KolmogorovSmirnov:
    """The test of Kolmogorov and Smirnov."""

    __slots__ = ()

    @staticmethod
    def two_sample(
        reference: Numbers,
        sample: Numbers,
        *,
        reference_weights: Numbers = None,
        weights: Numbers = None,
    ) -> dict[str, Any]:
        """Whether two samples come from one distribution.

        Returns:
            ``statistic`` (the gap), ``at`` (where it is), ``p``, ``exact``, ``reference_size``,
            ``size``.
        """
        return call(
            "migration.KolmogorovSmirnov.two_sample",
            reference=reference,
            reference_weights=reference_weights,
            sample=sample,
            weights=weights,
        )


class Drivers(_Tables, kind="migration.Drivers"):
    """The features behind moves: movers held against who stayed.

    Associations, not causes.
    """

    __slots__ = ()

    moves = table("A row a move: ``from``, ``to``, ``movers``, ``stayers``.")
    features = table(
        "A row a move and feature, the strongest change first: how it changed (``change_...``), "
        "how it stood before (``level_...``), ``auc``, ``missing_before``, ``missing_after``."
    )
    downgrades = table("A row a segment that customers left for a lower one.")
    downgrade_features = table("Leading indicators of downgrades, the best first.")
    skipped = table("A row a move with too few customers: ``from``, ``to``, ``customers``.")
    left = figure[int]("The customers who have no segment afterwards.")
    entered = figure[int]("The customers who had no segment before.")
    tests = figure[int]("The tests that are controlled together.")

    @classmethod
    def drivers(
        cls,
        before: Features,
        after: Features,
        from_: Assignments,
        to: Assignments,
        *,
        min_customers: int = 10,
        scale: Sequence[str] = (),
    ) -> Drivers:
        """Finds the features behind the moves of the same customers, in one order.

        Args:
            before: Features on the first day.
            after: The same features on the second day.
            from_: Segments on the first day.
            to: Segments of the same scheme on the second day.
            min_customers: Moves with fewer movers or stayers are skipped.
            scale: Segments with the lowest first, for downgrades.
        """
        params = {"min_customers": min_customers, "scale": list(scale)}
        return cls._call(
            "drivers",
            **{"before": before, "after": after, "from": from_, "to": to, "params": params},
        )


class MoveWatch(_WithStates, Saved, kind="migration.MoveWatch"):
    """A watch over moves, which rings where more customers move than usual."""

    __slots__ = ()

    @classmethod
    def fit(
        cls, history: Sequence[TransitionCounts], *, z: float = 2.0, min_customers: int = 1
    ) -> MoveWatch:
        """Learns what is usual.

        Args:
            history: The transitions of two or more periods, such as
                :meth:`Flows.by_step_with_outside`.
            z: How many spreads above the usual share a move rings.
            min_customers: Moves of fewer customers never ring.
        """
        params = {"z": z, "min_customers": min_customers}
        return cls._call("fit", history=list(history), params=params)

    def check(self, latest: TransitionCounts, *, values: Numbers = None) -> Table:
        """Holds the latest moves against the usual, the most critical first.

        Args:
            latest: The transitions of the latest period.
            values: What a customer of each state is worth.

        Returns:
            ``from``, ``to``, ``customers``, ``share``, ``usual_share``, ``threshold``, ``excess``,
            ``money_at_stake``, ``rings``.
        """
        return self._ask("check", latest=latest, values=values)
