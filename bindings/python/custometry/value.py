"""What customers are worth.

Who the best customers are, who is still one, how much each will buy and is worth, where the money
comes from, and what may be spent to keep it.

    >>> from custometry import data, value
    >>> log = data.Transactions.read(
    ...     {"customer": ["ann", "bob", "ann"], "day": ["2024-01-02", "2024-01-05", "2024-03-01"],
    ...      "amount": [25.0, 9.0, 31.0]},
    ...     currency="EUR",
    ... )
    >>> summary = value.SummaryState.new(log).summary("2024-06-30")
    >>> summary.to_table()["frequency"].to_list()
    [1, 0]
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, TypeVar

from ._base import Held, Saved, call, figure, table
from ._types import Choice, Currency, Day, Estimate, Frame, Key, Numbers
from ._values import Column, Table
from .data import Assignments, Categories, Customers, Features, Transactions

__all__ = [
    "Acquisition",
    "Allocation",
    "Bdw",
    "BgBb",
    "BgNbd",
    "Bootstrap",
    "Bridge",
    "Clv",
    "CohortPeriod",
    "Cohorts",
    "Concentration",
    "ContractHistories",
    "ContractModel",
    "FrequencyFit",
    "GammaGamma",
    "Holdout",
    "HoldoutReport",
    "LabelledState",
    "LikelihoodRatio",
    "MbgNbd",
    "Nbd",
    "OpportunityHistories",
    "ParetoNbd",
    "ProfitState",
    "Profitability",
    "PurchaseHistories",
    "PurchaseModel",
    "RetentionOffer",
    "Rfm",
    "RfmScores",
    "Sbg",
    "SegmentMap",
    "SilenceDates",
    "SpendHistories",
    "Summary",
    "SummaryState",
    "WhaleCurve",
]

P = TypeVar("P", bound="PurchaseModel")
C = TypeVar("C", bound="ContractModel")


# Summaries


class SummaryState(Saved, kind="value.SummaryState"):
    """The purchase days of every customer: what can be computed in parts and merged."""

    __slots__ = ()

    measure = figure[str]('What the money is: ``"revenue"`` or ``"contribution"``.')
    currency = figure[dict[str, object]]("The currency: its code and number of decimals.")
    customers = figure[Customers]("The customers.")

    @classmethod
    def new(cls, log: Transactions) -> SummaryState:
        """The state of a log.

        Raises:
            CustometryError: Of kind ``overflow``, if the money of a day does not fit.
        """
        return cls._call("new", log=log)

    @classmethod
    def contribution(cls, log: Transactions) -> SummaryState:
        """The state of a log whose money is contribution: the amount of each row less its cost.

        What is made from it, such as lifetime value, is of contribution as well.

        Raises:
            CustometryError: For a log without costs.
        """
        return cls._call("contribution", log=log)

    @classmethod
    def merge(cls, states: Sequence[SummaryState]) -> SummaryState:
        """The state of several shards together, in the order given."""
        return cls._call("merge", states=list(states))

    def summary(self, as_of: Day) -> Summary:
        """The summary of every customer on a day, which counts as well."""
        return self._ask("summary", as_of=as_of)

    def of_customers(self, keys: Sequence[Key] | Customers | Frame) -> SummaryState:
        """The state of some customers, in the order given, and of nobody else.

        Raises:
            CustometryError: For a key that no customer has, and one given twice.
        """
        return self._ask("of_customers", keys=keys)

    def in_key_order(self) -> SummaryState:
        """The same state with customers in the order of their keys."""
        return self._ask("in_key_order")

    def daily_log(self) -> Transactions:
        """What is known as a log: a row a customer and day, with the money of the day."""
        return self._ask("daily_log")

    def to_table(self) -> Table:
        """A row a customer and day: ``customer``, ``day``, ``money``, ``purchase``."""
        return self._table()


class Summary(Held, kind="value.Summary"):
    """Frequency, recency, age and money of every customer on a day."""

    __slots__ = ()

    as_of = figure[datetime.date]("The day of the summary.")
    buyers = figure[int]("How many customers have a purchase.")
    days_after_as_of = figure[int]("Days of customers that come later and are left out.")
    currency = figure[dict[str, object]]("The currency: its code and number of decimals.")
    customers = figure[Customers]("The customers.")

    def __len__(self) -> int:
        return self._ask("len")

    def features(self) -> Features:
        """The customers as rows of numbers for models of segments and of leaving.

        ``recency`` (days since the last purchase), ``frequency`` (purchase days), ``monetary``,
        ``tenure`` (days since the first purchase) and ``mean_spend``; missing without a purchase.
        """
        return self._ask("features")

    def to_table(self) -> Table:
        """A row a customer.

        Columns: ``customer``; ``first_purchase``, ``last_purchase`` (days); ``frequency`` (purchase
        days after the first); ``recency`` (days from the first purchase to the last); ``age`` (days
        from the first to the day of the summary); ``days_since_last``, all null without a purchase;
        ``first_money``, ``repeat_money``, ``refund_money``, ``total_money`` (exact decimals).
        """
        return self._table()


class LabelledState(Saved, kind="value.LabelledState"):
    """The state of questions by channel, item, source or any other label of rows."""

    __slots__ = ()

    labels = figure[list[str]]("The labels, in order of first appearance.")
    measure = figure[str]('What the money is: ``"revenue"`` or ``"contribution"``.')
    currency = figure[dict[str, object]]("The currency: its code and number of decimals.")
    customers = figure[Customers]("The customers.")

    @classmethod
    def new(
        cls, log: Transactions, labels: str | Sequence[str | None] | Categories
    ) -> LabelledState:
        """The state of a log by a label.

        Args:
            log: The log.
            labels: ``"order"``, ``"item"``, ``"channel"`` or ``"source"`` of the log, or a label
                for each of its rows.
        """
        return cls._call("new", log=log, labels=labels)

    @classmethod
    def contribution(
        cls, log: Transactions, labels: str | Sequence[str | None] | Categories
    ) -> LabelledState:
        """The state of a log whose money is contribution; see :meth:`SummaryState.contribution`."""
        return cls._call("contribution", log=log, labels=labels)

    @classmethod
    def merge(cls, states: Sequence[LabelledState]) -> LabelledState:
        """The state of several shards together, in the order given."""
        return cls._call("merge", states=list(states))

    def first_labels(self, scheme: str, as_of: Day) -> Assignments:
        """The label of each customer's first purchase day, as segments: what brought them."""
        return self._ask("first_labels", scheme=scheme, as_of=as_of)

    def in_key_order(self) -> LabelledState:
        """The same state with customers and labels in the order of their keys."""
        return self._ask("in_key_order")


# Recency, frequency, money


class Rfm(Saved, kind="value.Rfm"):
    """Scores of recency, frequency and money, with edges that are frozen by the fit."""

    __slots__ = ()

    bins = figure[list[int]]("The numbers of scores of recency, frequency and money.")
    empty_bins = figure[dict[str, int]]("How many scores nobody of the fit has, by measure.")

    @classmethod
    def fit(
        cls,
        summary: Summary,
        *,
        recency: Choice = {"quantile": {"bins": 5}},
        frequency: Choice = {"quantile": {"bins": 5}},
        monetary: Choice = {"quantile": {"bins": 5}},
        ties: Choice = "midrank",
        nesting: Choice = "independent",
        money: Choice = "total",
        weights: Sequence[float] = (1.0, 1.0, 1.0),
    ) -> Rfm:
        """Fits the edges of the scores.

        Args:
            summary: What to fit to.
            recency: How days since the last purchase are cut into scores: ``{"quantile": {"bins":
                n}}``, 1 to 9 of about equal size, or ``{"fixed": {"edges": [30, 90]}}``.
            frequency: The same of purchase days.
            monetary: The same of money, in units of currency.
            ties: Which score equal values get: ``"midrank"``, ``"lowest"`` or ``"highest"``.
            nesting: ``"independent"``, or ``"nested"``: frequency within recency, money in both.
            money: ``"total"`` or ``"mean_per_purchase_day"``.
            weights: What each score counts in the combined one.

        Raises:
            CustometryError: Without a customer who bought, and for a binning that cannot be made.
        """
        params = {
            "recency": recency,
            "frequency": frequency,
            "monetary": monetary,
            "ties": ties,
            "nesting": nesting,
            "money": money,
            "weights": weights,
        }
        return cls._call("fit", summary=summary, params=params)

    def score(self, summary: Summary) -> RfmScores:
        """The scores of every customer of a summary, by the edges of the fit."""
        return self._ask("score", summary=summary)

    def to_table(self) -> Table:
        """A row for each score of each measure, the worst first.

        Columns: ``measure``; ``score``; ``size`` in customers of the fit; ``edge`` to the next
        score (days, purchase days, units of currency), null for the last and where no value fell.
        """
        return self._table()


class RfmScores(Held, kind="value.RfmScores"):
    """Scores of every customer."""

    __slots__ = ()

    customers = figure[Customers]("The customers.")

    def __len__(self) -> int:
        return self._ask("len")

    def assign(self, map: SegmentMap) -> Assignments:
        """Names the segment of each customer.

        Raises:
            CustometryError: For a map of other numbers of scores.
        """
        return self._ask("assign", map=map)

    def to_table(self) -> Table:
        """A row a customer.

        Columns: ``customer``; ``recency``, ``frequency`` and ``monetary`` from 1, the worst;
        ``combined``, their weighted sum; ``code``, 100 R + 10 F + M. All are null without a
        purchase.
        """
        return self._table()


class SegmentMap(Saved, kind="value.SegmentMap"):
    """A map from every three scores to exactly one named segment."""

    __slots__ = ()

    scheme = figure[str]("The name of the map, with its version.")
    bins = figure[list[int]]("The numbers of scores of recency, frequency and money.")
    segments = figure[list[dict[str, Any]]](
        "The segments, ``id`` and ``name``; the last is that of customers without a purchase."
    )
    codes = table("A row for each three scores: the scores, ``id`` and ``segment``.")

    @classmethod
    def new(
        cls,
        scheme: str,
        bins: Sequence[int],
        rules: Sequence[Mapping[str, Any]],
        no_purchase: Mapping[str, Any],
    ) -> SegmentMap:
        """A map by rules.

        Args:
            scheme: The name of the map, with its version.
            bins: The numbers of scores of recency, frequency and money.
            rules: ``{"id": ..., "name": ..., "recency": [first, last], "frequency": [first, last],
                "monetary": [first, last]}``; each three scores must belong to exactly one.
            no_purchase: ``{"id": ..., "name": ...}`` of customers without a purchase.

        Raises:
            CustometryError: For scores that no rule covers or that two do, and for ids used twice.
        """
        return cls._call("new", scheme=scheme, bins=bins, rules=rules, no_purchase=no_purchase)

    @classmethod
    def standard(cls, bins: Sequence[int] = (5, 5, 5)) -> SegmentMap:
        """The segments in common use, by recency and frequency: Champions to Lost."""
        return cls._call("standard", bins=bins)

    def segment(self, scores: Sequence[int]) -> int:
        """The id of the segment of three scores."""
        return self._ask("segment", scores=scores)

    def name(self, scores: Sequence[int]) -> str:
        """The name of the segment of three scores."""
        return self._ask("name", scores=scores)


# Purchase models


class PurchaseHistories(Held, kind="value.PurchaseHistories"):
    """Purchase histories, equal ones held once: what purchase models are fitted to."""

    __slots__ = ()

    cells = figure[int]("How many different histories there are.")
    customers = figure[Customers | None]("The customers they belong to, where they are known.")

    @classmethod
    def new(cls, summary: Summary) -> PurchaseHistories:
        """The histories of a summary, each customer with weight 1."""
        return cls._call("new", summary=summary)

    @classmethod
    def read(
        cls,
        table: Frame,
        *,
        frequency: str = "frequency",
        recency: str = "recency",
        age: str = "age",
        weight: str | None = None,
        customer: str | None = None,
        unit: str = "days",
    ) -> PurchaseHistories:
        """Histories from a frame: a row a customer.

        Args:
            table: The frame.
            frequency: The column of repeat purchases.
            recency: The column of times from the first purchase to the last.
            age: The column of times from the first purchase to the end of observation.
            weight: The column of weights, if any: 2 counts as two customers.
            customer: The column of keys, if any.
            unit: The unit of the times: ``"days"`` or ``"weeks"``.

        Raises:
            CustometryError: For the first row that is null or no history.
        """
        columns = {
            "frequency": frequency,
            "recency": recency,
            "age": age,
            "weight": weight,
            "customer": customer,
            "unit": unit,
        }
        return cls._call("read", table=Table.of(table), columns=columns)

    def __len__(self) -> int:
        return self._ask("len")


class _Model(Saved):
    """What every model with parameters by name can be asked."""

    __slots__ = ()

    parameters = figure[dict[str, float]]("The parameters by name.")
    fit_report = figure[dict[str, Any] | None](
        "What the fit told besides: ``verdict``, its ``statement``, ``log_likelihood``, "
        "``customers``, ``parameters``, ``iterations``, ``covariance``, ``standard_errors``, "
        "``aic``, ``bic``; ``None`` for a model by its parameters."
    )

    def estimates(self, level: float = 0.95) -> dict[str, Estimate]:
        """The parameters by name with standard errors and intervals.

        Raises:
            CustometryError: For a model by its parameters, and one on the boundary.
        """
        return self._ask("estimates", level=level)

    def __repr__(self) -> str:
        parameters = ", ".join(f"{name}={number:.6g}" for name, number in self.parameters.items())
        return f"<custometry.{self._object.kind}: {parameters}>"


class PurchaseModel(_Model):
    """What every purchase model can be asked.

    Predictions are said with what is known at the end of observation: ``"p_alive"``;
    ``{"p_alive_in": days}``; ``{"expected": days}``; ``{"exactly": [count, days]}``;
    ``{"discounted": [days, rate a day]}``; ``{"residual": rate a day}``; ``{"silence_age":
    threshold}``. For rates see :class:`custometry.data.DiscountRate`.
    """

    __slots__ = ()

    name = figure[str]("What the model is called.")
    unit = figure[str]("The unit of time of the parameters.")

    @classmethod
    def _fit(cls: type[P], histories: PurchaseHistories, **params: Any) -> P:
        return cls._call("fit", histories=histories, params=params)

    def predict(self, histories: PurchaseHistories, prediction: Choice) -> Column:
        """One number a customer, in the order of the customers; NaN without a purchase.

        Args:
            histories: The customers' histories.
            prediction: What to predict; see :class:`PurchaseModel`.
        """
        return self._ask("predict", histories=histories, prediction=prediction)

    def predict_with_intervals(
        self, histories: PurchaseHistories, prediction: Choice, level: float = 0.95
    ) -> Table:
        """A row a customer: ``customer`` (where known), ``value``, ``se``, ``lower``, ``upper``.

        The intervals say how sure the expectation is, by the delta method.

        Raises:
            CustometryError: For a model without standard errors.
        """
        return self._ask(
            "predict_with_intervals", histories=histories, prediction=prediction, level=level
        )

    def predict_new(self, prediction: Choice) -> float:
        """A prediction for a new customer, from the moment of the first purchase."""
        return self._ask("predict_new", prediction=prediction)

    def p_alive(self, histories: PurchaseHistories) -> Column:
        """The chance of each customer not to have left by the end of observation."""
        return self.predict(histories, "p_alive")

    def expected_purchases(self, histories: PurchaseHistories, days: float) -> Column:
        """The purchases expected of each customer over the days to come."""
        return self.predict(histories, {"expected": days})

    def log_likelihood_one(self, frequency: int, recency: float, age: float) -> float:
        """The log-likelihood of one history, times in days."""
        return self._ask("log_likelihood_one", frequency=frequency, recency=recency, age=age)


class BgNbd(PurchaseModel, kind="value.BgNbd"):
    """BG/NBD: who buys at a rate of their own and may leave after any purchase.

    Fader, Hardie, Lee (2005), doi:10.1287/mksc.1040.0098.
    """

    __slots__ = ()

    @classmethod
    def fit(cls, histories: PurchaseHistories, *, unit: str = "weeks") -> BgNbd:
        """Fits the model.

        Args:
            histories: What to fit to.
            unit: The unit of time of the parameters; no result depends on it.

        Raises:
            CustometryError: Without enough customers, or if the fit does not converge.
        """
        return cls._fit(histories, unit=unit)

    @classmethod
    def new(cls, r: float, alpha: float, a: float, b: float, *, unit: str = "weeks") -> BgNbd:
        """A model by its parameters.

        Raises:
            CustometryError: For a parameter that is not above 0.
        """
        return cls._call("new", unit=unit, r=r, alpha=alpha, a=a, b=b)


class MbgNbd(PurchaseModel, kind="value.MbgNbd"):
    """MBG/NBD: as BG/NBD, but a customer may leave after the first purchase as well."""

    __slots__ = ()

    @classmethod
    def fit(cls, histories: PurchaseHistories, *, unit: str = "weeks") -> MbgNbd:
        """Fits the model; see :meth:`BgNbd.fit`."""
        return cls._fit(histories, unit=unit)

    @classmethod
    def new(cls, r: float, alpha: float, a: float, b: float, *, unit: str = "weeks") -> MbgNbd:
        """A model by its parameters; see :meth:`BgNbd.new`."""
        return cls._call("new", unit=unit, r=r, alpha=alpha, a=a, b=b)


class ParetoNbd(PurchaseModel, kind="value.ParetoNbd"):
    """Pareto/NBD: who buys at a rate of their own and may leave at any time.

    Schmittlein, Morrison, Colombo (1987), doi:10.1287/mnsc.33.1.1.
    """

    __slots__ = ()

    @classmethod
    def fit(cls, histories: PurchaseHistories, *, unit: str = "weeks") -> ParetoNbd:
        """Fits the model; see :meth:`BgNbd.fit`."""
        return cls._fit(histories, unit=unit)

    @classmethod
    def new(
        cls, r: float, alpha: float, s: float, beta: float, *, unit: str = "weeks"
    ) -> ParetoNbd:
        """A model by its parameters; see :meth:`BgNbd.new`."""
        return cls._call("new", unit=unit, r=r, alpha=alpha, s=s, beta=beta)


class Nbd(PurchaseModel, kind="value.Nbd"):
    """NBD: who buys at a rate of their own and never leaves."""

    __slots__ = ()

    @classmethod
    def fit(cls, histories: PurchaseHistories, *, unit: str = "weeks") -> Nbd:
        """Fits the model; see :meth:`BgNbd.fit`."""
        return cls._fit(histories, unit=unit)

    @classmethod
    def new(cls, r: float, alpha: float, *, unit: str = "weeks") -> Nbd:
        """A model by its parameters; see :meth:`BgNbd.new`."""
        return cls._call("new", unit=unit, r=r, alpha=alpha)


class Bootstrap(Held, kind="value.Bootstrap"):
    """A purchase model fitted again and again to reweighted customers."""

    __slots__ = ()

    failed = figure[int]("Replicates that found no maximum and are left out.")
    models = figure[list[PurchaseModel]]("The replicates.")

    @classmethod
    def fit(
        cls,
        model: PurchaseModel,
        histories: PurchaseHistories,
        *,
        replicates: int = 200,
        seed: int = 1,
    ) -> Bootstrap:
        """Fits the replicates to the histories that the model was fitted to.

        Args:
            model: The model.
            histories: What it was fitted to.
            replicates: How many, at least 2.
            seed: The seed of the weights.
        """
        params = {"replicates": replicates, "seed": seed}
        return cls._call("fit", model=model, histories=histories, params=params)

    def estimates(self, level: float = 0.95) -> dict[str, Estimate]:
        """The parameters by name, with standard deviations and percentiles of the replicates."""
        return self._ask("estimates", level=level)

    def predict(
        self, histories: PurchaseHistories, prediction: Choice, level: float = 0.95
    ) -> Table:
        """A row a customer: ``customer`` (where known), ``value``, ``se``, ``lower``, ``upper``.

        Args:
            histories: The customers' histories.
            prediction: What to predict; see :class:`PurchaseModel`.
            level: The level of the intervals.
        """
        return self._ask("predict", histories=histories, prediction=prediction, level=level)

    def to_table(self) -> Table:
        """A row a replicate: the parameters by name."""
        return self._table()


class Holdout(Held, kind="value.Holdout"):
    """Purchases before and after a day: what to fit a model on, and what to judge it by."""

    __slots__ = ()

    summary = figure[Summary]("The customers as of the last day of the calibration.")
    histories = figure[PurchaseHistories]("Their histories: what to fit a model to.")
    actual = figure[Column]("The purchase days of each in the holdout; 0 for who came after.")
    horizon = figure[float]("How many days the holdout has.")

    @classmethod
    def new(cls, state: SummaryState, *, calibrate_until: Day, until: Day) -> Holdout:
        """Parts the purchases at a day, which belongs to the calibration."""
        return cls._call("new", state=state, calibrate_until=calibrate_until, until=until)

    def evaluate(self, model: PurchaseModel) -> HoldoutReport:
        """Judges a model that was fitted to :attr:`histories`."""
        return self._ask("evaluate", model=model)

    def track(self, model: PurchaseModel, *, days: int = 7) -> Table:
        """Repeat purchases by period, as they were made and as they were expected.

        Columns: ``end``, the last day of the period; ``actual``, ``expected``;
        ``cumulative_actual``, ``cumulative_expected``.
        """
        return self._ask("track", model=model, days=days)

    def to_table(self) -> Table:
        """A row a customer: ``customer``, ``frequency``, ``recency``, ``age``, ``actual``."""
        return self._table()


class HoldoutReport(Held, kind="value.HoldoutReport"):
    """How a model did in the holdout."""

    __slots__ = ()

    measures = figure[dict[str, float]](
        "``customers``; purchases ``actual`` and ``expected``; the errors of a customer ``mae``, "
        "``rmse``, ``bias`` (expected less actual)."
    )
    by_frequency = table(
        "A row for each number of purchases before: ``frequency``, ``or_more``, ``customers``, and "
        "purchases of one, ``expected`` and ``actual``."
    )
    deciles = table(
        "A row for each tenth by falling P(alive): ``decile``, ``customers``, ``p_alive``, and the "
        "shares that buy, ``expected_share`` and ``actual_share``."
    )


class FrequencyFit(Held, kind="value.FrequencyFit"):
    """Customers by frequency, as they are and as a model has them."""

    __slots__ = ()

    measures = figure[dict[str, float]]("``chi_square``, ``degrees_of_freedom``, ``p_value``.")

    @classmethod
    def new(
        cls, model: PurchaseModel, histories: PurchaseHistories, *, most: int = 7
    ) -> FrequencyFit:
        """Compares a model with the histories that it was fitted to.

        Args:
            model: The model.
            histories: The histories.
            most: From how many repeat purchases on they are counted together.
        """
        return cls._call("new", model=model, histories=histories, most=most)

    def to_table(self) -> Table:
        """A row for each number of repeat purchases: ``frequency``, ``actual``, ``expected``."""
        return self._table()


class SilenceDates(Held, kind="value.SilenceDates"):
    """The day on which P(alive) of each customer falls below a threshold if they stay silent."""

    __slots__ = ()

    by_value = table("Customers with a date by falling value: ``customer``, ``date``, ``value``.")

    @classmethod
    def new(
        cls,
        model: PurchaseModel,
        summary: Summary,
        histories: PurchaseHistories,
        *,
        threshold: float,
        value_at_stake: Numbers,
    ) -> SilenceDates:
        """The dates of the customers of a summary.

        Args:
            model: A model.
            summary: The customers.
            histories: Their histories.
            threshold: The P(alive) below which to worry, such as 0.5.
            value_at_stake: What is at stake with each customer, such as the lifetime value.
        """
        return cls._call(
            "new",
            model=model,
            summary=summary,
            histories=histories,
            threshold=threshold,
            value_at_stake=value_at_stake,
        )

    def to_table(self) -> Table:
        """A row a customer: ``customer``, ``date``, null if P(alive) never falls so far."""
        return self._table()


class LikelihoodRatio:
    """Whether the larger of two nested models tells more than chance would."""

    @staticmethod
    def new(
        smaller: _Model | Mapping[str, Any], larger: _Model | Mapping[str, Any]
    ) -> dict[str, float]:
        """Tests the smaller model against the larger.

        Args:
            smaller: A fitted model that is a special case of the larger, or its ``fit_report``.
            larger: The larger model, fitted to the same customers.

        Returns:
            ``statistic``, ``degrees_of_freedom``, ``p_value``.
        """
        return call("value.LikelihoodRatio.new", smaller=smaller, larger=larger)

    @staticmethod
    def of_parts(
        all: _Model | Mapping[str, Any], parts: Sequence[_Model] | Sequence[Mapping[str, Any]]
    ) -> dict[str, float]:
        """Tests one model of all customers against models of its parts, such as cohorts."""
        return call("value.LikelihoodRatio.of_parts", all=all, parts=list(parts))


# What a purchase is worth, and what a customer is


class SpendHistories(Held, kind="value.SpendHistories"):
    """How often and how much each customer spent: what the spend model is fitted to."""

    __slots__ = ()

    usable = figure[int]("Customers whose spend can be learnt from.")
    not_positive = figure[int]("Customers with repeat purchases whose mean is not above 0.")
    customers = figure[Customers | None]("The customers they belong to, where they are known.")

    @classmethod
    def new(cls, summary: Summary) -> SpendHistories:
        """The spend of a summary: money of the repeat purchase days over their number."""
        return cls._call("new", summary=summary)

    @classmethod
    def read(
        cls,
        table: Frame,
        *,
        frequency: str = "frequency",
        mean: str = "mean",
        weight: str | None = None,
        customer: str | None = None,
    ) -> SpendHistories:
        """Spend from a frame: a row a customer.

        Args:
            table: The frame.
            frequency: The column of repeat purchases.
            mean: The column of the mean amount of one, in units of currency.
            weight: The column of weights, if any: 2 counts as two customers.
            customer: The column of keys, if any.
        """
        columns = {"frequency": frequency, "mean": mean, "weight": weight, "customer": customer}
        return cls._call("read", table=Table.of(table), columns=columns)

    def __len__(self) -> int:
        return self._ask("len")


class GammaGamma(_Model, kind="value.GammaGamma"):
    """Gamma-Gamma: what a purchase of each customer is worth.

    Fader, Hardie, Lee (2005), doi:10.1509/jmkr.2005.42.4.415.
    """

    __slots__ = ()

    eligibility = figure[dict[str, Any] | None](
        "Whether the data suit the model: ``verdict``, its ``statement``, ``customers``, "
        "``not_positive``, ``correlation`` of frequency and amount, ``has_mean``."
    )
    expected_of_new_customer = figure[float]("The mean over customers, in units of currency.")

    @classmethod
    def fit(cls, spends: SpendHistories) -> GammaGamma:
        """Fits the model to the customers with repeat purchases.

        Raises:
            CustometryError: Without enough customers, or if the fit does not converge.
        """
        return cls._call("fit", spends=spends)

    @classmethod
    def new(cls, p: float, q: float, gamma: float) -> GammaGamma:
        """A model by its parameters; gamma in units of currency."""
        return cls._call("new", p=p, q=q, gamma=gamma)

    def expected_spend(self, spends: SpendHistories) -> Column:
        """The expected amount of a purchase of each customer, in units of currency."""
        return self._ask("expected_spend", spends=spends)

    def expected_spend_with_intervals(self, spends: SpendHistories, level: float = 0.95) -> Table:
        """A row a customer: ``customer`` (where known), ``value``, ``se``, ``lower``, ``upper``."""
        return self._ask("expected_spend_with_intervals", spends=spends, level=level)


class Clv(Held, kind="value.Clv"):
    """Customer lifetime value: what the purchases to come are worth today."""

    __slots__ = ()

    values = figure[Column]("The value of each customer, in units of currency; NaN without one.")
    transactions = figure[Column]("The discounted purchases expected of each.")
    mean_spend = figure[Column]("The expected amount of a purchase of each.")

    @classmethod
    def predict(
        cls,
        purchases: PurchaseModel,
        spend: GammaGamma,
        histories: PurchaseHistories,
        spends: SpendHistories,
        *,
        margin: float,
        discount: float,
        horizon: float | None = 365.0,
    ) -> Clv:
        """Values each customer.

        Args:
            purchases: The model of purchases.
            spend: The model of spend.
            histories: The histories of the customers.
            spends: The spend of the same customers, in the same order.
            margin: The share of revenue that is left, above 0 and at most 1.
            discount: The rate a day, compounded continuously: ``data.DiscountRate.annual(0.15)``.
            horizon: How many days to look ahead; ``None`` for all purchases to come.

        Raises:
            CustometryError: For parameters out of range, histories of different lengths, and a
                spend model that has no mean where it is needed.
        """
        params = {"margin": margin, "discount": discount, "horizon": horizon}
        return cls._call(
            "predict",
            purchases=purchases,
            spend=spend,
            histories=histories,
            spends=spends,
            params=params,
        )

    def by_customer(self, level: float = 0.95) -> Table:
        """A row a customer: ``customer`` (where known), ``value``, ``se``, ``lower``, ``upper``."""
        return self._ask("by_customer", level=level)

    def total(self, level: float = 0.95) -> Estimate:
        """The value of all customers with its interval."""
        return self._ask("total", level=level)

    def by_segment(self, segments: Assignments, level: float = 0.95) -> Table:
        """A row a segment: ``id``, ``customers``, ``value``, ``se``, ``lower``, ``upper``."""
        return self._ask("by_segment", segments=segments, level=level)

    def by_cohort(self, summary: Summary, *, period: str = "month", level: float = 0.95) -> Table:
        """A row for each period in which customers came: ``start`` and the columns of segments.

        Args:
            summary: The summary of the same customers.
            period: ``"month"``, ``"quarter"`` or ``"year"``.
            level: The level of the intervals.
        """
        return self._ask("by_cohort", summary=summary, period=period, level=level)

    def to_table(self) -> Table:
        """A row a customer: ``customer`` (where known), ``value``, ``transactions``,
        ``mean_spend``."""
        return self._table()


# Purchases at given opportunities, and renewals under contract


class OpportunityHistories(Held, kind="value.OpportunityHistories"):
    """How often each customer used the opportunities there were."""

    __slots__ = ()

    customers = figure[Customers | None]("The customers they belong to, where they are known.")

    @classmethod
    def read(
        cls,
        table: Frame,
        *,
        frequency: str = "frequency",
        last: str = "last",
        opportunities: str = "opportunities",
        weight: str | None = None,
        customer: str | None = None,
    ) -> OpportunityHistories:
        """Histories from a frame: a row a customer, or a row a pattern with its weight.

        Args:
            table: The frame.
            frequency: The column of opportunities used after the first purchase.
            last: The column of the last one used, counted from 1; 0 for none.
            opportunities: The column of how many there were.
            weight: The column of weights, if any: 2 counts as two customers.
            customer: The column of keys, if any.
        """
        columns = {
            "frequency": frequency,
            "last": last,
            "opportunities": opportunities,
            "weight": weight,
            "customer": customer,
        }
        return cls._call("read", table=Table.of(table), columns=columns)

    @classmethod
    def from_state(cls, state: SummaryState, boundaries: Sequence[Day]) -> OpportunityHistories:
        """Histories of a log, in periods that begin on the given days; the last day ends them."""
        return cls._call("from_state", state=state, boundaries=list(boundaries))

    def __len__(self) -> int:
        return self._ask("len")


class BgBb(_Model, kind="value.BgBb"):
    """BG/BB: purchases at given opportunities, such as conferences or donation drives.

    Fader, Hardie, Shang (2010), doi:10.1287/mksc.1100.0580. Predictions count in opportunities:
    ``"p_alive"``; ``{"p_alive_in": n}``; ``{"expected": n}``; ``{"exactly": [count, n]}``;
    ``{"discounted": [n, rate an opportunity]}``; ``{"residual": rate an opportunity}``;
    ``{"silent_after": threshold}``.
    """

    __slots__ = ()

    @classmethod
    def fit(cls, histories: OpportunityHistories) -> BgBb:
        """Fits the model.

        Raises:
            CustometryError: Without enough customers, or if the fit does not converge.
        """
        return cls._call("fit", histories=histories)

    @classmethod
    def new(cls, alpha: float, beta: float, gamma: float, delta: float) -> BgBb:
        """A model by its parameters."""
        return cls._call("new", alpha=alpha, beta=beta, gamma=gamma, delta=delta)

    def predict(self, histories: OpportunityHistories, prediction: Choice) -> Column:
        """One number a customer; for predictions see :class:`BgBb`."""
        return self._ask("predict", histories=histories, prediction=prediction)

    def predict_with_intervals(
        self, histories: OpportunityHistories, prediction: Choice, level: float = 0.95
    ) -> Table:
        """A row a customer: ``customer`` (where known), ``value``, ``se``, ``lower``, ``upper``."""
        return self._ask(
            "predict_with_intervals", histories=histories, prediction=prediction, level=level
        )

    def predict_new(self, prediction: Choice) -> float:
        """A prediction for a new customer, after the first purchase, which is not counted."""
        return self._ask("predict_new", prediction=prediction)


class ContractHistories(Saved, kind="value.ContractHistories"):
    """How many customers came to each renewal, and how many of them renewed."""

    __slots__ = ()

    customers = figure[int]("The number of customers.")
    retention = figure[Column]("The share that made each renewal of those who came to it.")
    survival = figure[Column]("The share still there after 0, 1, 2 ... renewals.")

    @classmethod
    def read(
        cls,
        table: Frame,
        *,
        renewals: str = "renewals",
        lost: str = "lost",
        entered: str | None = None,
    ) -> ContractHistories:
        """Histories from a frame: a row a customer.

        Args:
            table: The frame.
            renewals: The column of renewals made.
            lost: The column of whether the next one was missed: yes or no.
            entered: The column of renewals made before observation began, if any. A base that is
                known from some day on needs it.
        """
        columns = {"renewals": renewals, "lost": lost, "entered": entered}
        return cls._call("read", table=Table.of(table), columns=columns)

    @classmethod
    def from_survivors(cls, cohorts: Sequence[Sequence[int]]) -> ContractHistories:
        """Histories from survivor counts: of each cohort the customers it began with, and those
        still there after each renewal."""
        return cls._call("from_survivors", cohorts=[list(cohort) for cohort in cohorts])

    @classmethod
    def merge(cls, states: Sequence[ContractHistories]) -> ContractHistories:
        """The histories of several groups of customers together."""
        return cls._call("merge", states=list(states))

    def to_table(self) -> Table:
        """A row a renewal: ``renewal``, ``renewed``, ``lost``, ``retention``, ``survival``."""
        return self._table()


class ContractModel(_Model):
    """What every model of renewals can be asked.

    Predictions for who has made some renewals, 0 for a new customer: ``{"survival": n}``, the
    chance to make the next n; ``{"renewals": n}`` expected of the next n; ``"lifetime"`` in
    periods; ``{"discounted": rate a period}``; ``{"residual": rate a period}``; ``{"elasticity":
    rate a period}``.
    """

    __slots__ = ()

    name = figure[str]("What the model is called.")

    @classmethod
    def fit(cls: type[C], histories: ContractHistories) -> C:
        """Fits the model.

        Raises:
            CustometryError: Without renewals and losses, or if the fit does not converge.
        """
        return cls._call("fit", histories=histories)

    def predict(self, renewals: Numbers, prediction: Choice) -> Column:
        """One number for each number of renewals made; for predictions see the class."""
        return self._ask("predict", renewals=renewals, prediction=prediction)

    def predict_with_intervals(
        self, renewals: Numbers, prediction: Choice, level: float = 0.95
    ) -> Table:
        """A row for each number of renewals made: ``value``, ``se``, ``lower``, ``upper``."""
        return self._ask(
            "predict_with_intervals", renewals=renewals, prediction=prediction, level=level
        )

    def predict_new(self, prediction: Choice) -> float:
        """A prediction for a new customer, who has just paid for the first period."""
        return self._ask("predict_new", prediction=prediction)

    def retention_curve(self, renewals: int) -> Column:
        """The retention rate at each renewal from the first on."""
        return self._ask("retention_curve", renewals=renewals)

    def survival_curve(self, renewals: int) -> Column:
        """The share of new customers still there after 0, 1, 2 ... renewals."""
        return self._ask("survival_curve", renewals=renewals)

    def log_likelihood(self, histories: ContractHistories) -> float:
        """The log-likelihood of histories, be they those of the fit or others."""
        return self._ask("log_likelihood", histories=histories)


class Sbg(ContractModel, kind="value.Sbg"):
    """sBG: each customer leaves at a renewal with a chance of their own.

    Fader, Hardie (2007), doi:10.1002/dir.20074.
    """

    __slots__ = ()

    @classmethod
    def new(cls, alpha: float, beta: float) -> Sbg:
        """A model by its parameters."""
        return cls._call("new", alpha=alpha, beta=beta)


class Bdw(ContractModel, kind="value.Bdw"):
    """BdW: as sBG, but the chance to leave changes with the renewals made.

    Fader, Hardie, Liu, Davin, Steenburgh (2018), doi:10.1016/j.intmar.2018.01.002.
    """

    __slots__ = ()

    @classmethod
    def new(cls, gamma: float, delta: float, c: float) -> Bdw:
        """A model by its parameters."""
        return cls._call("new", gamma=gamma, delta=delta, c=c)


# Where money comes from


class Cohorts(Held, kind="value.Cohorts"):
    """What became of the customers who came in each period."""

    __slots__ = ()

    period = figure[str]('The periods: ``"month"``, ``"quarter"`` or ``"year"``.')
    as_of = figure[datetime.date]("The last day.")
    currency = figure[dict[str, object]]("The currency: its code and number of decimals.")
    measure = figure[str]('What the money is: ``"revenue"`` or ``"contribution"``.')
    outside = figure[Decimal]("Money that belongs to no cohort: refunds before a first purchase.")
    statement = figure[str]("What the rates are shares of, and what they leave out.")
    by_age = table(
        "A row an age: ``age``, ``cohorts``, ``customers``, ``retention``, ``repeat_rate``, "
        "``money``."
    )

    @classmethod
    def evaluate(cls, state: SummaryState, *, as_of: Day, period: str = "month") -> Cohorts:
        """The cohorts of all customers, as of the end of a day."""
        return cls._call("evaluate", state=state, params={"period": period, "as_of": as_of})

    @classmethod
    def evaluate_segments(
        cls, state: SummaryState, segments: Assignments, *, as_of: Day, period: str = "month"
    ) -> list[dict[str, Any]]:
        """The cohorts of each segment: ``id``, ``segment`` (its name) and ``cohorts``.

        At the end, without id and name, come those without a segment.
        """
        params = {"period": period, "as_of": as_of}
        return cls._call("evaluate_segments", state=state, segments=segments, params=params)

    def to_table(self) -> Table:
        """A row for each cohort and age in periods.

        Columns: ``start``, ``customers``, ``age``, ``active``, ``repeated``, ``purchases``,
        ``money``, ``complete``, ``retention``, ``repeat_rate``, ``money_per_customer``.
        """
        return self._table()


class Bridge(Held, kind="value.Bridge"):
    """What each customer did between two periods, and what it comes to."""

    __slots__ = ()

    currency = figure[dict[str, object]]("The currency: its code and number of decimals.")
    measure = figure[str]('What the money is: ``"revenue"`` or ``"contribution"``.')
    customers = figure[Customers]("The customers.")
    total = figure[dict[str, Any]](
        "All customers together: the money of each step from ``opening`` to ``closing``, "
        "``change``, ``net_retention``, ``gross_retention``, and ``customers`` by step."
    )
    steps = table(
        "A row a step from opening to closing: ``step``, ``money``, ``customers``.", "bridge"
    )

    @classmethod
    def evaluate(
        cls,
        state: SummaryState,
        *,
        opening: Sequence[Day],
        closing: Sequence[Day],
        parts: int = 3,
    ) -> Bridge:
        """The bridge of each customer.

        Args:
            state: The purchase days.
            opening: The first and last day of the opening period.
            closing: Those of the closing period, after it.
            parts: Into how many parts each is cut to tell whether a change lasts.

        Raises:
            CustometryError: For periods that overlap or in which nothing happened.
        """
        params = {"opening": list(opening), "closing": list(closing), "parts": parts}
        return cls._call("evaluate", state=state, params=params)

    @classmethod
    def evaluate_labels(
        cls,
        state: LabelledState,
        *,
        opening: Sequence[Day],
        closing: Sequence[Day],
        parts: int = 3,
    ) -> Table:
        """The bridge of each label, such as channels or items: ``label`` and the columns of
        :meth:`by_segment`; rows without a label come last."""
        params = {"opening": list(opening), "closing": list(closing), "parts": parts}
        return cls._call("evaluate_labels", state=state, params=params)

    def by_segment(self, segments: Assignments) -> Table:
        """A row a segment, at the end those without one.

        Columns: ``id``, ``segment``; the money of each step, ``opening`` to ``closing``,
        ``change``; ``net_retention``, ``gross_retention``; ``persistence``; customers by step,
        ``opening_customers`` to ``closing_customers``.
        """
        return self._ask("by_segment", segments=segments)

    def gaining(self, count: int = 10) -> Table:
        """The customers whose money rose most; columns as of :meth:`to_table`."""
        return self._ask("gaining", count=count)

    def declining(self, count: int = 10) -> Table:
        """The customers whose money fell most; columns as of :meth:`to_table`."""
        return self._ask("declining", count=count)

    def to_table(self) -> Table:
        """A row a customer, null for those who did nothing.

        Columns: ``customer``, ``movement``, ``opening``, ``closing``, ``change``, ``persistence``
        (the chance that the change lasts).
        """
        return self._table()


class CohortPeriod:
    """The periods of cohorts: ``"month"``, ``"quarter"`` or ``"year"`` of the calendar."""

    @staticmethod
    def start(period: str, day: Day) -> datetime.date:
        """The first day of the period that holds a day."""
        return call("value.CohortPeriod.start", period=period, day=day)

    @staticmethod
    def next(period: str, day: Day) -> datetime.date:
        """The first day of the period after the one that holds a day."""
        return call("value.CohortPeriod.next", period=period, day=day)


# Profit


class ProfitState(Saved, kind="value.ProfitState"):
    """What each customer bought, gave back and cost: what can be computed in parts and merged."""

    __slots__ = ()

    currency = figure[dict[str, object]]("The currency: its code and number of decimals.")
    window = figure[list[str] | None]("The period whose rows count; ``None`` for all.")
    customers = figure[Customers]("The customers.")

    @classmethod
    def new(cls, log: Transactions, *, window: Sequence[Day] | None = None) -> ProfitState:
        """The state of a log.

        Args:
            log: The log, with costs if they are known.
            window: The first and last day whose rows count; all by default.
        """
        return cls._call("new", log=log, window=None if window is None else list(window))

    @classmethod
    def merge(cls, states: Sequence[ProfitState]) -> ProfitState:
        """The state of several shards together, in the order given."""
        return cls._call("merge", states=list(states))

    def in_key_order(self) -> ProfitState:
        """The same state with customers in the order of their keys."""
        return self._ask("in_key_order")


class Allocation(Held, kind="value.Allocation"):
    """The cost of an activity, shared out over customers by what each used of it."""

    __slots__ = ()

    unallocated = figure[Decimal]("What nobody bears: the cost of capacity that was not used.")

    @classmethod
    def new(
        cls,
        cost: Decimal | float | str,
        units: Numbers,
        *,
        currency: Currency,
        capacity: int | None = None,
    ) -> Allocation:
        """Shares a cost out, in proportion and exact to the minor unit.

        Args:
            cost: What the activity cost, in units of currency.
            units: How much each customer used, whole numbers in the order of the customers.
            currency: The currency.
            capacity: How much could have been used for that cost. By default all of it is shared
                out.
        """
        return cls._call("new", cost=cost, units=units, currency=currency, capacity=capacity)

    def to_table(self) -> Table:
        """A row a customer: ``cost``."""
        return self._table()


class Profitability(Held, kind="value.Profitability"):
    """The profit of each customer, after costs of rows and costs to serve."""

    __slots__ = ()

    customers = figure[Customers]("The customers.")
    currency = figure[dict[str, object]]("The currency: its code and number of decimals.")
    window = figure[list[str] | None]("The period; ``None`` for all days.")
    basis = figure[dict[str, str]]("What the profit is made of: ``basis`` and its ``statement``.")
    ladder = table("A row a step from gross sales to profit: ``step``, ``money``.")
    deciles = table(
        "A row for each tenth of the active customers by falling profit: ``decile``, "
        "``customers``, ``net_sales``, ``profit``, ``cumulative_profit``, ``lowest_profit``."
    )

    @classmethod
    def evaluate(
        cls,
        state: ProfitState,
        *,
        costs_to_serve: Frame | None = None,
        activities: Mapping[str, Allocation] | None = None,
    ) -> Profitability:
        """The profit of each customer.

        Args:
            state: What each bought, gave back and cost.
            costs_to_serve: A frame of costs by customer, in units of currency and in the order of
                the
                customers: a column for each kind of cost, under its name.
            activities: Costs of activities that were shared out, by name.
        """
        costs = None if costs_to_serve is None else Table.of(costs_to_serve)
        named = activities or {}
        return cls._call(
            "evaluate",
            state=state,
            costs_to_serve=costs,
            activity_names=list(named),
            activities=list(named.values()),
        )

    def whale_curve(self) -> WhaleCurve:
        """The profit of the best customer, the best two, and so on."""
        return self._ask("whale_curve")

    def concentration(self) -> Concentration:
        """How unevenly net sales are spread over the active customers."""
        return self._ask("concentration")

    def unprofitable(self, count: int = 10) -> Table:
        """The customers with the largest loss: ``customer``, ``net_sales``, ``costs``,
        ``to_serve``, ``profit``."""
        return self._ask("unprofitable", count=count)

    def most_profitable(self, count: int = 10) -> Table:
        """The customers with the largest profit; columns as of :meth:`unprofitable`."""
        return self._ask("most_profitable", count=count)

    def by_segment(self, segments: Assignments) -> Table:
        """A row a segment, at the end the active customers without one.

        Columns: ``id``, ``segment``, ``customers``, ``unprofitable``, ``net_sales``, ``costs``,
        ``to_serve``, ``profit``, ``margin``.
        """
        return self._ask("by_segment", segments=segments)

    def assign_abc(self, as_of: Day, *, a: float = 0.8, b: float = 0.95) -> Assignments:
        """The class of each customer, A, B or C, by falling net sales.

        Args:
            as_of: The day on which they hold.
            a: The share of all sales at which A ends.
            b: The share at which B ends.
        """
        return self._ask("assign_abc", as_of=as_of, params={"a": a, "b": b})

    def to_table(self) -> Table:
        """A row a customer: ``customer``, ``active``, ``net_sales``, ``costs``, ``to_serve``,
        ``profit``."""
        return self._table()


class WhaleCurve(Held, kind="value.WhaleCurve"):
    """The profit of the best customer, the best two, and so on; it ends at the total."""

    __slots__ = ()

    total = figure[Decimal]("The profit of all customers.")
    peak = figure[Decimal]("The highest point: the profit of all who make one.")
    losses = figure[Decimal]("What the others lose, at most 0.")
    profitable = figure[int]("How many customers make a profit.")
    unprofitable = figure[int]("How many customers make a loss.")
    peak_percent = figure[float]("The peak in percent of the total.")
    loss_drag = figure[float]("What is lost again, in percent of the total.")
    break_even = figure[int]("The fewest customers whose profit is that of all.")

    def to_table(self) -> Table:
        """A row an active customer by falling profit: ``rank``, ``customer``,
        ``cumulative_profit``."""
        return self._table()


class Concentration(Held, kind="value.Concentration"):
    """How unevenly an amount is spread over customers."""

    __slots__ = ()

    customers = figure[int]("The number of customers.")
    negative = figure[int]("How many customers are below 0.")
    total = figure[Decimal]("The sum of the amounts.")
    gini = figure[float]("The Gini coefficient.")

    @classmethod
    def new(cls, amounts: Numbers, *, currency: Currency) -> Concentration:
        """The concentration of amounts in units of currency, one a customer, in any order."""
        return cls._call("new", amounts=amounts, currency=currency)

    def share_of_top(self, share: float) -> float:
        """The share of the total that the best customers hold, so large a share of all."""
        return self._ask("share_of_top", share=share)

    def customers_for(self, share: float) -> int:
        """The fewest customers who hold a share of the total."""
        return self._ask("customers_for", share=share)


class Acquisition(Held, kind="value.Acquisition"):
    """What customers cost to win and have brought, by source and together."""

    __slots__ = ()

    measure = figure[str]('What the money is: ``"revenue"`` or ``"contribution"``.')
    currency = figure[dict[str, object]]("The currency: its code and number of decimals.")
    blended = table("All customers and all spend, in one row; columns as of ``to_table``.")

    @classmethod
    def evaluate(
        cls,
        state: SummaryState,
        sources: Assignments,
        *,
        as_of: Day,
        spend: Mapping[str, Decimal | float | str] | None = None,
        horizon: int = 365,
        discount: float | None = None,
    ) -> Acquisition:
        """What the customers of each source cost to win and have brought.

        Args:
            state: The purchase days.
            sources: The source that brought each customer: :meth:`LabelledState.first_labels`.
            as_of: The last day that counts.
            spend: What was spent on each source, by its name, in units of currency.
            horizon: Over how many days from the first purchase lifetime value is counted.
            discount: The rate a day, if money is worth less the later it comes.
        """
        params = {"as_of": as_of, "horizon": horizon, "discount": discount}
        return cls._call("evaluate", state=state, sources=sources, spend=spend or {}, params=params)

    def to_table(self) -> Table:
        """A row a source.

        Columns: ``source``; ``customers``; ``spend``; ``cac``, spend a customer; ``money`` they
        have brought; ``ltv`` a customer over the horizon; customers ``observed`` so long;
        ``ltv_to_cac``; ``payback`` (``after``, ``not_within``, ``nothing_spent``, ``nobody_won``),
        ``payback_days``, ``payback_observed``.
        """
        return self._table()


class RetentionOffer:
    """An offer that keeps some of the customers who would leave."""

    @staticmethod
    def break_even(
        values: Numbers, leaves: Numbers, *, save_rate: float, incentive: float = 0.0
    ) -> Column:
        """The spend at which the offer breaks even, for each customer.

        Args:
            values: What each is worth, such as lifetime values.
            leaves: The chance of each to leave.
            save_rate: The share kept of those who would leave.
            incentive: What each who gets the offer and stays takes, in units of currency.
        """
        params = {"save_rate": save_rate, "incentive": incentive}
        return call("value.RetentionOffer.break_even", values=values, leaves=leaves, params=params)
