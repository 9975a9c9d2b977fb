"""The whole road in one call: who the customers are, what they are worth, and what to do on Monday.

    overview = Overview.fit("1997-09-30", transactions=log, contact=contact)
    overview.summary["revenue"]          # the base in a page
    overview.customers                   # one wide table
    overview.card("1516")                # everything about one customer
    overview.actions(count=50).to_table()

A chapter that cannot be told is ``None``; :meth:`Overview.absence` says why, and
:meth:`Overview.require` raises it.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ._base import Held, Saved, call, figure, given, table
from ._types import Choice, Day, Estimate, Frame, Key
from ._values import Column, Table

if TYPE_CHECKING:
    from . import churn as _churn
    from . import data, value
    from . import identity as _identity
    from . import migration as _migration
    from . import segmentation as _segmentation

__all__ = [
    "Action",
    "Actions",
    "Arm",
    "Churn",
    "IdentityChapter",
    "Kinds",
    "Moves",
    "Overview",
    "OverviewState",
    "Receipt",
    "RevenueBridge",
    "RfmSegments",
    "Risk",
    "Worth",
]


class OverviewState(Saved, kind="overview.OverviewState"):
    """All of an overview that can be computed in parts of a log and merged.

    Records of people, which are needed as a whole, events and earlier segments are no part of it.
    """

    __slots__ = ()

    as_of = figure[datetime.date]("The last day that counts.")
    summary = figure["value.SummaryState"]("What summaries are made of.")
    profit = figure["value.ProfitState"]("What profits are made of, up to the day.")
    contact = figure["data.ContactStatuses | None"]("Who may be contacted, if that is known.")

    @classmethod
    def new(cls, log: data.Transactions, as_of: Day) -> OverviewState:
        """The state of a log, or of a shard of one, for overviews as of the end of a day.

        Raises:
            CustometryError: Of kind ``overflow``, for money that does not fit.
        """
        return cls._call("new", log=log, as_of=as_of)

    @classmethod
    def from_parts(cls, summary: value.SummaryState, profit: value.ProfitState) -> OverviewState:
        """The state of states that were built, merged and kept one by one.

        Args:
            summary: What summaries are made of.
            profit: What profits are made of, within the :meth:`window` of the day.

        Raises:
            CustometryError: Unless both are of the same customers in one order and of one currency,
                and for profits of another window.
        """
        return cls._call("from_parts", summary=summary, profit=profit)

    @classmethod
    def merge(cls, states: Sequence[OverviewState]) -> OverviewState:
        """The state of several shards together, in the order given."""
        return cls._call("merge", states=list(states))

    @staticmethod
    def window(as_of: Day) -> list[str]:
        """All days up to one, which belongs to it: the window of the profits."""
        return call("overview.OverviewState.window", as_of=as_of)

    def with_contact(self, statuses: data.ContactStatuses) -> OverviewState:
        """The same with what is known of who may be contacted, by the keys of the log."""
        return self._ask("with_contact", statuses=statuses)

    def in_key_order(self) -> OverviewState:
        """The same with customers in the order of their keys, whatever the order of merging."""
        return self._ask("in_key_order")


class Receipt(Held, kind="overview.Receipt"):
    """What an overview was made of. The same receipt gives the same bytes, on any host."""

    __slots__ = ()

    id = figure[str]("One fingerprint of all.")
    text = figure[str]("The receipt as one line of JSON, the same to the letter on every host.")
    version = figure[str]("The version of the library.")
    as_of = figure[datetime.date]("The last day that counts.")
    seed = figure[int]("The seed of all that is drawn.")
    inputs = figure["list[dict[str, Any]]"](
        "Each input that was given: ``input``, ``rows``, ``fingerprint``."
    )
    parameters = figure[str]("The fingerprint of the parameters.")

    @classmethod
    def read(cls, text: str) -> Receipt:
        """Reads what :attr:`text` said.

        Raises:
            CustometryError: Of kind ``model_format``.
        """
        return cls._call("read", text=text)

    def to_table(self) -> Table:
        """The inputs, a row each: ``input``, ``rows``, ``fingerprint``."""
        return self._table()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Receipt) and self.text == other.text

    def __hash__(self) -> int:
        return hash(self.text)

    def __reduce__(self) -> tuple[Any, tuple[str]]:
        return Receipt.read, (self.text,)

    def __repr__(self) -> str:
        return f"<custometry.overview.Receipt: {self.id}>"


class Overview(Held, kind="overview.Overview"):
    """The whole of what is known of the customers on a day.

    Verhoef and Lemon (2013), doi:10.1016/j.emj.2012.08.001.
    """

    __slots__ = ()

    as_of = figure[datetime.date]("The last day that counts.")
    receipt = figure[Receipt]("What it was made of.")
    state = figure["OverviewState | None"](
        "The state it was made of, which merges with those of other shards; none without "
        "transactions."
    )
    purchases = figure["value.Summary | None"](
        "The purchases of each customer up to the day; none without transactions."
    )
    keys = figure["data.Customers"]("The customers, in the order of every column and table.")
    summary = figure["dict[str, Any]"](
        """The base in a page; what rests on a chapter that is not there is ``None``.

        ``as_of``, ``currency``, ``known`` (keys), ``customers`` (with a purchase), ``active``,
        ``lost``, ``new``, ``gone``, ``revenue`` (exact decimal), ``repeat_rate``, ``periods`` and
        ``bridge`` (from the money of one period to that of the next), ``gini``,
        ``top_decile_share``, ``monthly_churn`` of ``churn_month``, ``expected_quiet``, ``worth``
        and ``worth_interval``, ``fastest_growing``, ``fastest_shrinking``, ``contact``, ``gates``,
        and ``absent``: why chapters are not there, by their names.
        """
    )

    customers = table(
        """All that is known of the customers, a row each; a missing chapter has no columns.

        Columns: ``customer``; ``contact``; ``first_purchase``, ``last_purchase``;
        ``days_since_last``, ``purchase_days``; ``revenue``, ``profit`` (exact decimals);
        ``segment``, ``rfm_code``; ``kind``; ``p_alive``, ``expected_purchases``, ``clv``,
        ``clv_lo``, ``clv_hi``, ``silence_date``; ``movement``, ``change`` (exact decimal);
        ``segment_before``; ``active``, ``risk``.
        """
    )
    gates = table(
        """What speaks against the figures, a row for each question that could be asked.

        Columns: ``question``; ``verdict``, ``passed`` or ``failed``; ``value`` and ``limit``;
        ``statement``.
        """
    )
    absent = table("Chapters that are not there: ``chapter``, ``kind``, ``reason``.")
    contact = table("How many customers have which ``status``: ``customers``.")

    base = figure["dict[str, Any] | None"](
        """Customers, purchases and revenue in numbers.

        ``customers``, ``one_time``, ``repeat_days``, ``repeat_rate``, ``revenue`` (exact decimal),
        ``revenue_per_customer``.
        """
    )
    identity = figure["IdentityChapter | None"]("Who is who, and what that does to the figures.")
    segments = figure["RfmSegments | None"]("The segments by recency, frequency and money.")
    kinds = figure["Kinds | None"]("Kinds of customers, found in what they do.")
    worth = figure["Worth | None"]("What customers are worth over the time ahead.")
    bridge = figure["RevenueBridge | None"]("What changed in money between two periods.")
    profit = figure["value.Profitability | None"]("Who makes money, of all rows up to the day.")
    cohorts = figure["value.Cohorts | None"]("What became of those who came in each period.")
    migration = figure["Moves | None"]("How customers move between segments.")
    churn = figure["Churn | None"]("Who leaves, and when.")
    risk = figure["Risk | None"]("How likely each customer is to go quiet, and why.")

    @classmethod
    def fit(
        cls,
        as_of: Day,
        *,
        transactions: data.Transactions | None = None,
        records: _identity.Records | None = None,
        source: str | None = None,
        events: data.Events | None = None,
        contact: data.ContactStatuses | None = None,
        earlier: Iterable[tuple[data.Customers, data.Assignments]] = (),
        edges: value.Rfm | None = None,
        seed: int = 0,
        level: float = 0.95,
        left_out: Sequence[str] = (),
        identity: Mapping[str, Any] | None = None,
        rfm: Mapping[str, Any] | None = None,
        unit: str = "weeks",
        margin: float = 0.3,
        discount: float | None = None,
        horizon: float = 365.0,
        silence: float = 0.5,
        bridge: Sequence[Sequence[Day]] | None = None,
        cohorts: Choice = "month",
        most_kinds: int = 6,
        quarters: int = 8,
        quiet_after: int | None = None,
        risk: Mapping[str, Any] | None = None,
        sample: int = 20_000,
    ) -> Overview:
        """The overview as of the end of a day. Every input is optional.

        Args:
            as_of: The last day that counts.
            transactions: Purchases and refunds.
            records: Records of people: keys that are one person's become one customer.
            source: The source of the records whose keys the other inputs have; by default a key is
                looked up in all sources.
            events: What customers did besides.
            contact: Who may be contacted; without it, that is unknown, and there is no action.
            earlier: Segments of earlier days, each with the customers whose rows they are; by
                default they are worked out from the transactions.
            edges: The edges of an earlier overview (``overview.segments.rfm``), in place of those
                of today.
            seed: The seed of all that is drawn.
            level: How sure intervals are.
            left_out: Chapters to leave out: ``"identity"``, ``"worth"``, ``"bridge"``,
                ``"profit"``, ``"cohorts"``, ``"kinds"``, ``"migration"``, ``"churn"``, ``"risk"``.
            identity: How people are resolved: ``blocking``, ``most_pairs``, ``training``,
                ``resolve``, ``alternatives``, each as the room ``identity`` has it.
            rfm: How recency, frequency and money are scored, as in ``value.Rfm.fit``.
            unit: The unit of time of the purchase models.
            margin: The margin, as a share of revenue.
            discount: What money loses by coming later, a day, as ``data.annual_rate`` gives it; by
                default 15 % a year.
            horizon: How many days ahead worth is told.
            silence: P(alive) below which a silent customer counts as lost.
            bridge: The two periods that the bridge leads between, each its first and last day; by
                default the year up to the day and the one before, or halves of less.
            cohorts: The periods by which customers are told apart by their first purchase.
            most_kinds: The most kinds of customers that are looked for.
            quarters: The most quarters that moves are told of.
            quiet_after: After how many days of silence a customer counts as lost; by default the
                limit with the fewest faults is found.
            risk: How it is learned who goes quiet, as in ``churn.ChurnModel.fit``; what is not said
                is as there. By default customers with a missing feature are kept.
            sample: Of how many customers what is learned is learned, where there are more.

        Raises:
            CustometryError: For a parameter out of its range, and for inputs that do not go
                together. What the data do not admit is no error: :meth:`absence` says why.
        """
        before = list(earlier)
        params = given(
            seed=seed,
            level=level,
            left_out=left_out,
            identity=identity,
            rfm=rfm,
            unit=unit,
            margin=margin,
            discount=discount,
            horizon=horizon,
            silence=silence,
            bridge=bridge,
            cohorts=cohorts,
            most_kinds=most_kinds,
            quarters=quarters,
            quiet_after=quiet_after,
            risk=risk,
            sample=sample,
        )
        return cls._call(
            "fit",
            as_of=as_of,
            params=params,
            transactions=transactions,
            records=records,
            source=source,
            events=events,
            contact=contact,
            earlier_customers=[customers for customers, _ in before],
            earlier=[segments for _, segments in before],
            rfm=edges,
        )

    @classmethod
    def fit_state(
        cls,
        state: OverviewState,
        *,
        seed: int = 0,
        level: float = 0.95,
        left_out: Sequence[str] = (),
        rfm: Mapping[str, Any] | None = None,
        unit: str = "weeks",
        margin: float = 0.3,
        discount: float | None = None,
        horizon: float = 365.0,
        silence: float = 0.5,
        bridge: Sequence[Sequence[Day]] | None = None,
        cohorts: Choice = "month",
        most_kinds: int = 6,
        quarters: int = 8,
        quiet_after: int | None = None,
        risk: Mapping[str, Any] | None = None,
        sample: int = 20_000,
    ) -> Overview:
        """The overview of a state, such as one that was merged: every chapter but identity.

        Args: see :meth:`fit`.
        """
        params = given(
            seed=seed,
            level=level,
            left_out=left_out,
            rfm=rfm,
            unit=unit,
            margin=margin,
            discount=discount,
            horizon=horizon,
            silence=silence,
            bridge=bridge,
            cohorts=cohorts,
            most_kinds=most_kinds,
            quarters=quarters,
            quiet_after=quiet_after,
            risk=risk,
            sample=sample,
        )
        return cls._call("fit_state", state=state, params=params)

    @classmethod
    def params(cls) -> dict[str, Any]:
        """The parameters that :meth:`fit` has by default."""
        return cls._call("params")

    def __len__(self) -> int:
        return len(self.keys)

    def to_table(self, name: str = "customers") -> Table:
        """A table by name: those of the overview and of all its chapters.

        ``customers``, ``gates``, ``absent``, ``contact``, ``inputs``, ``people``, ``segments``,
        ``worth``, ``worth_models``, ``worth_by_segment``, ``growth``, ``ways``, ``limits``,
        ``months``, ``stays``, ``stay_shares``, ``snapshots``, ``drivers``, ``first_purchase``,
        ``risk``.

        Raises:
            CustometryError: Where the chapter is not there, with the reason.
        """
        return self._table(name)

    def absence(self, chapter: str) -> dict[str, str] | None:
        """Why a chapter is not there: ``kind`` (``left_out``, ``no_input``, ``no_answer``) and
        ``reason``."""
        return self._ask("absence", chapter=chapter)

    def require(self, chapter: str) -> Any:
        """A chapter by name.

        Raises:
            CustometryError: Where it is not there; the error that the chapter met.
        """
        return self._ask("require", chapter=chapter)

    def find(self, key: Key) -> int | None:
        """The number of a customer by key: of transactions, of a record, or the customer's own."""
        return self._ask("find", key=key)

    def card(self, key: Key) -> dict[str, Any] | None:
        """All about one customer, and where each thing is from; ``None`` if nobody has the key.

        ``number``, ``key``, ``keys``, ``records``, ``contact``, ``purchases``, ``segment``,
        ``kind``, ``worth``, ``profit``, ``change``, ``segment_before``, ``churn`` with its
        ``reasons``, ``events``, ``provenance``. Money of the books are exact decimals; parts that
        the customer does not have are ``None``.
        """
        return self._ask("card", key=key)

    def actions(
        self,
        *,
        offers: Mapping[str, Mapping[str, float]] | None = None,
        costs: Mapping[str, float] | None = None,
        count: int | None = None,
        budget: float | None = None,
        hold_out: float = 0.1,
        seed: int = 0,
        arms: str = "balanced",
    ) -> Actions:
        """What to do with whom: ranked, only for those who may be contacted, with a part held out.

        Args:
            offers: What actions do, by :attr:`Action.ALL`: ``{"retain": {"save_rate": 0.2,
                "incentive": 5.0}}``. Save rates are assumptions until those held out have shown
                what they are.
            costs: What actions cost for each customer, in units of currency, incentives apart; by
                default half of the break-even is spent.
            count: How many rows the list may have.
            budget: What the list may cost, in units of currency.
            hold_out: The share of the list that is held out to measure by.
            seed: The seed by which is drawn who is held out.
            arms: How that is drawn: ``"balanced"`` over actions and ranks, or ``"by_key"``, by a
                coin that stays with the customer.

        Raises:
            CustometryError: For parameters out of their range, and without the worth of customers.
        """
        params = {
            "offers": offers or {},
            "costs": costs or {},
            "count": count,
            "budget": budget,
            "hold_out": hold_out,
            "seed": seed,
            "arms": arms,
        }
        return self._ask("actions", params=params)

    def json(self) -> str:
        """The receipt, the page, the table and the chapters as one line of JSON."""
        return self._ask("json")

    def __repr__(self) -> str:
        absent = self.absent["chapter"].to_list()
        without = f", without {', '.join(absent)}" if absent else ""
        return f"<custometry.overview.Overview: {len(self)} customers as of {self.as_of}{without}>"


class IdentityChapter(Held, kind="overview.IdentityChapter"):
    """Who the customers are, and what follows for the figures of the base."""

    __slots__ = ()

    records = figure[int]("Records of people.")
    people = figure[int]("The people that they are found to be of.")
    pairs_compared = figure[int]("Pairs of records that were compared.")
    threshold = figure["float | None"](
        "The weight in bits from which on a pair speaks for one person."
    )
    expected = figure["dict[str, float] | None"](
        "How right the pairs are, by the model: ``precision``, ``recall``, ``f1``."
    )
    weakly_linked = figure[int]("People whose records one pair below even odds holds together.")
    with_conflicts = figure[int]("People with pairs of records that speak against.")
    doubtful_merges = figure[int]("Merges that are neither certain nor out of the question.")
    warnings = figure["list[Any]"]("What the training says against its model.")
    statement = figure["str | None"]("What to do, where nothing was compared or matched.")
    matched = figure["dict[str, Any] | None"]("How much of the log is of people with a record.")
    fragmented = figure["dict[str, Any] | None"](
        "The figures if every key is taken for one customer."
    )
    resolved = figure["dict[str, Any] | None"]("The figures of the people.")
    people_interval = figure["Estimate | None"]("How many people there are, with an interval.")
    doubts = figure["dict[str, Estimate] | None"](
        "``customers``, ``one_time_share``, ``repeat_rate`` with intervals over what else could be."
    )
    cluster = figure[Column]("The person of each record, in the order of the records.")

    def records_of(self, key: Key) -> Column:
        """The places of the records of a customer, by key."""
        return self._ask("records_of", key=key)

    def to_table(self) -> Table:
        """A row a record: ``record``, its place, and the number of the ``person``."""
        return self._table()


class RfmSegments(Held, kind="overview.RfmSegments"):
    """Which segment each customer belongs to, by recency, frequency and money."""

    __slots__ = ()

    rfm = figure["value.Rfm"]("The edges of the scores; ``edges`` of a later overview.")
    scores = figure["value.RfmScores"]("The scores of each customer.")
    assignments = figure["data.Assignments"]("The segment of each customer.")
    figures = table(
        """What each segment brings in, in the order of the map.

        Columns: ``id``, ``segment``, ``customers``, ``share_of_customers``, ``revenue`` (exact
        decimal), ``share_of_revenue``, ``median_recency_days``.
        """,
        "segments",
    )


class Kinds(Held, kind="overview.Kinds"):
    """Kinds of customers: how many there are, how sure that is, and what sets them apart."""

    __slots__ = ()

    panel = figure["_segmentation.Panel"]("How many kinds there are, and why.")
    segmentation = figure["_segmentation.Segmentation"]("The kinds, frozen and named.")
    assignments = figure["data.Assignments"]("The kind of each customer.")
    stability = figure["_segmentation.Stability"]("Whether they are found again.")
    profiles = figure["_segmentation.Profiles"]("What sets them apart.")
    looked_at = figure[int]("How many customers their number and stability are told of.")


class Worth(Held, kind="overview.Worth"):
    """What customers are worth over the time ahead; columns are in the order of the customers."""

    __slots__ = ()

    model = figure["value.PurchaseModel"]("The purchase model with the lowest criterion.")
    model_key = figure[str]("Its name: ``nbd``, ``bg_nbd``, ``mbg_nbd`` or ``pareto_nbd``.")
    tried_on = figure[int]("How many customers the models were tried on.")
    spend = figure["value.GammaGamma"]("The model of spend.")
    margin = figure[float]("The margin, as a share of revenue.")
    horizon = figure[float]("How many days ahead.")
    discount = figure[float]("What money loses by coming later, a day.")
    p_alive = figure[Column]("The probability that each customer is still one.")
    expected_purchases = figure[Column]("Purchases expected within the horizon.")
    discounted_purchases = figure[Column]("The same, discounted.")
    mean_spend = figure[Column]("The spend of a purchase to be expected, in units of currency.")
    clv = figure[Column]("Margin expected within the horizon, discounted, in units of currency.")
    clv_lo = figure[Column]("How sure that is: the lower end; NaN where the models have no errors.")
    clv_hi = figure[Column]("The upper end.")
    silence_threshold = figure[float]("P(alive) on the silence dates.")
    total = figure[float]("The worth of all.")
    total_interval = figure["Estimate | None"]("How sure that is.")
    models = table("The models that were tried: ``model``, ``bic``, ``error``.", "worth_models")
    by_segment = table(
        "By segment: ``id``, ``segment``, ``customers``, ``value``, ``se``, ``lower``, ``upper``.",
        "worth_by_segment",
    )

    def to_table(self) -> Table:
        """A row a customer, null without a purchase.

        Columns: ``customer``, ``p_alive``, ``expected_purchases``, ``discounted_purchases``,
        ``mean_spend``, ``clv``, ``clv_lo``, ``clv_hi``, ``silence_date``.
        """
        return self._table()


class RevenueBridge(Held, kind="overview.RevenueBridge"):
    """What changed in money between two periods."""

    __slots__ = ()

    opening = figure["list[str]"]("The first and the last day of the earlier period.")
    closing = figure["list[str]"]("Those of the later one.")
    bridge = figure["value.Bridge"]("What each customer changed.")
    total = figure["dict[str, Any]"]("All customers together; money as exact decimals.")
    segments = figure["data.Assignments | None"]("The segments at the end of the earlier period.")
    by_segment = figure["Table | None"]("The bridge of each of these segments.")


class Moves(Held, kind="overview.Moves"):
    """How customers move between segments from day to day."""

    __slots__ = ()

    scheme = figure[str]("The definition of the segments.")
    origin = figure[str]("Where the earlier segments come from: ``transactions`` or ``given``.")
    days = figure["list[datetime.date]"]("The days, ascending.")
    flows = figure["_migration.Flows"]("Who went where.")
    fastest_growing = figure["dict[str, Any] | None"](
        "The segment that grew most: ``segment``, ``opening``, ``closing``, ``rate``, ``p``."
    )
    fastest_shrinking = figure["dict[str, Any] | None"]("The segment that shrank most.")
    stationarity = figure["dict[str, Any] | None"](
        "Whether the probabilities of moves are the same in all steps."
    )
    before = figure["data.Assignments"]("The segment of each customer on the day before the last.")
    growth = table("How each segment grew from the first day to the last.")
    ways = table("Ways out of each segment, by the money that goes along.")


class Churn(Held, kind="overview.Churn"):
    """Who leaves, and when."""

    __slots__ = ()

    definition = figure["dict[str, Any]"]("Who counts as lost.")
    threshold = figure["dict[str, float]"](
        "After how many ``days`` a customer is called lost; ``false_alarms`` and ``missed``, as "
        "shares."
    )
    of_ended_gaps = figure["int | None"](
        "What gaps that ended would say, without those that go on."
    )
    months = figure["list[_churn.PeriodRates]"]("The last full months, the earliest first.")
    returns = figure["dict[str, Any]"]("What became of those called lost.")
    cohorts_p = figure["float | None"](
        "The probability of chance differences between cohorts as large."
    )
    first_purchase = figure["dict[str, Any] | None"](
        "What the first purchase says of leaving: ``rows``, ``lost``, ``features``, ``aliased``."
    )
    first_purchase_absence = figure["dict[str, str] | None"]("Why that is not there.")
    drivers = figure["dict[str, Any] | None"]("What goes with leaving sooner or later; as above.")
    drivers_absence = figure["dict[str, str] | None"]("Why that is not there.")
    learned_from = figure[int]("How many customers what goes with leaving is learned from.")
    active = figure[int]("The customers who are not lost on the day.")
    is_active = figure[Column]("Which customers they are.")
    limits = table("Limits of silence: ``days``, ``false_alarms``, ``missed``, ``taken``.")
    months_table = table("The months in rows.", "months")
    stays = table("How long cohorts stay: ``cohort``, ``customers``, ``lost``, ``median_days``.")
    stay_shares = table(
        "Who is still there: ``cohort``, ``days``, ``value``, ``se``, ``lower``, ``upper``."
    )
    snapshots = table("What became of the customers of some days.")
    drivers_table = table("The features of :attr:`drivers` in rows.", "drivers")
    first_purchase_table = table("Those of :attr:`first_purchase`.", "first_purchase")


class Risk(Held, kind="overview.Risk"):
    """How likely each customer of today is to go quiet."""

    __slots__ = ()

    within_days = figure[int]("Days without a purchase that are called quiet, and the horizon.")
    model = figure["_churn.ChurnModel"]("What the chances are told by.")
    tested = figure["dict[str, Any] | None"](
        "How right models of earlier dates were: ``dates``, ``rows``, ``auc`` and others."
    )
    tested_absence = figure["dict[str, str] | None"]("Why that is not there.")
    probability = figure[Column]("The chance of each customer; NaN for those who are quiet.")
    customers = figure[int]("How many customers are not quiet.")
    expected_quiet = figure[float]("How many of them are to be expected to go quiet.")

    def reasons(self, keys: Sequence[Key] | Frame, count: int = 3, table: str = "reasons") -> Table:
        """What speaks for leaving of some customers, the strongest first; no row for the quiet.

        Args:
            keys: The customers.
            count: The most reasons of each.
            table: ``"reasons"``, or ``"parts"`` for the features and their values. ``customer`` is
                the place among the keys, from 0.
        """
        return self._ask("reasons", keys=keys, count=count, table=table)

    def to_table(self) -> Table:
        """A row a customer: ``customer`` and ``risk``, null for those who are quiet."""
        return self._table()


class Actions(Held, kind="overview.Actions"):
    """A ranked list of actions, a part of it held out so that it can be measured.

    What an action does is the mean outcome of those treated less that of those held out, weighted
    by the propensity; risk is not responsiveness (Ascarza 2018, doi:10.1509/jmr.16.0163).
    """

    __slots__ = ()

    receipt = figure[str](
        "A fingerprint: the same one stands for the same list with the same arms."
    )
    as_of = figure[datetime.date]("The last day that is known.")
    currency = figure["dict[str, Any]"]("The currency of all amounts, which are in its units.")
    parameters = figure["dict[str, Any]"]("How the actions were chosen.")
    counts = figure["dict[str, int]"]("How many customers there are for each action, and for none.")
    held_out = figure[int]("The rows that are held out.")
    planned_spend = figure[float]("The spend of all rows.")
    treated_spend = figure[float]("The spend of the rows that are treated.")
    expected_gain = figure[float]("The gain of the rows that are treated.")
    by_action = table(
        "The rows of each action: ``action``, ``rows``, ``held_out``, ``spend``, ``gain``."
    )
    reasons = table(
        """Why each row is on the list, a row a reason.

        Columns: ``customer``; ``rank``, ``number`` as in :meth:`to_table`; ``place``; ``reason``;
        ``statement``; and the figures of the reason under their names.
        """
    )

    @classmethod
    def params(cls) -> dict[str, Any]:
        """The parameters that :meth:`Overview.actions` has by default."""
        return cls._call("params")

    def count_of(self, action: str) -> int:
        """The customers for one action, before count and budget."""
        return self._ask("count_of", action=action)

    def __len__(self) -> int:
        return self._ask("len")

    def to_table(self) -> Table:
        """The rows: by falling gain, those to let go last.

        Columns: ``customer``; ``rank`` from 1; ``number``, the place of the customer in the
        overview; ``action``; ``value_at_stake``, ``break_even``, ``spend``, ``gain`` (units of
        currency); ``silence_date``; ``arm``, ``treat`` or ``hold_out``; ``propensity``; ``reasons``
        in words.
        """
        return self._table()


class Action:
    """What to do with a customer."""

    #: All actions, in the order of the library.
    ALL = ("win_back", "retain", "grow", "welcome", "let_go")

    @staticmethod
    def name(action: str) -> str:
        """An action in plain words: ``"win_back"`` is ``"win back"``."""
        return call("overview.Action.name", action=action)


class Arm:
    """What is to be done with a row of a list: ``"treat"``, or nothing: ``"hold_out"``."""

    @staticmethod
    def name(arm: str) -> str:
        """An arm in plain words: ``"hold_out"`` is ``"hold out"``."""
        return call("overview.Arm.name", arm=arm)
