"""Times to leaving: how long customers stay, why they leave, and what drives it."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, TypedDict, Unpack

from ._base import Held, Saved, call, figure, given, table, wrap
from ._types import Choice, Currency, Day, Estimate, Frame, Key, Numbers
from ._values import Column, Table, matrix
from .data import Customers, Transactions

if TYPE_CHECKING:
    from .data import Events, Features
    from .value import PurchaseModel, SummaryState

__all__ = [
    "AalenJohansen",
    "Aft",
    "AucAt",
    "BrierScores",
    "CensoringWeights",
    "ChurnDefinition",
    "CohortCurves",
    "CohortReading",
    "Concordance",
    "Cox",
    "CoxResiduals",
    "Durations",
    "Feature",
    "FeatureSet",
    "History",
    "KaplanMeier",
    "LogRank",
    "NelsonAalen",
    "PeriodRates",
    "PlanOptions",
    "ProportionalityTest",
    "PurchaseGaps",
    "RateScale",
    "RiskTable",
    "RiskTables",
    "SnapshotPlan",
    "Snapshots",
    "Spells",
    "Subscriptions",
]


# ---- durations, and the curves that are read from them ----


class Durations(Held, kind="churn.Durations"):
    """How long each customer was watched and what ended it: the data of survival analysis.

    Customers who are still there are *censored*: known to have stayed at least this long. Leaving
    them out, or counting them as gone, are the two usual ways to a wrong churn rate. Times that
    differ by rounding only are one time.
    """

    __slots__ = ()

    times = figure[Column](
        "The different times at which rows end, and where given begin, ascending."
    )
    causes = figure[int]("The highest cause; 0 if everyone is still there.")
    events = figure[int]("The number of rows that ended by leaving, weights aside.")

    @classmethod
    def new(
        cls,
        exit: Numbers,
        cause: Numbers,
        *,
        entry: Numbers | None = None,
        weights: Numbers | None = None,
    ) -> Durations:
        """Durations from columns.

        Args:
            exit: When watching of each row ended, counted from the start of the customer, in any
                unit.
            cause: What ended it: 0 for still there, 1 and up for a reason; or True for left.
            entry: When watching began, if later than the start (delayed entry).
            weights: How much each row counts, 1 unless given.

        Raises:
            CustometryError: For the first time or weight that cannot be.
        """
        return cls._call("new", exit=exit, cause=cause, entry=entry, weights=weights)

    @classmethod
    def read(
        cls,
        table: Frame,
        *,
        exit: str = "exit",
        cause: str = "cause",
        entry: str | None = None,
        weight: str | None = None,
    ) -> Durations:
        """Reads durations from a frame; arguments name its columns. See :meth:`new`."""
        columns = {"exit": exit, "cause": cause, "entry": entry, "weight": weight}
        return cls._call("read", table=Table.of(table), columns=columns)

    def __len__(self) -> int:
        return self._ask("len")

    def with_entries(self, entry: Numbers) -> Durations:
        """The same rows, watched only from an entry on."""
        return self._ask("with_entries", entry=entry)

    def with_weights(self, weights: Numbers) -> Durations:
        """The same rows with a weight each, above 0: how many customers a row stands for."""
        return self._ask("with_weights", weights=weights)

    def of_cause(self, cause: int) -> Durations:
        """The same rows with every cause but one as censored; that one becomes 1."""
        return self._ask("of_cause", cause=cause)

    def to_table(self) -> Table:
        """A row each: ``exit``, ``cause``, ``entry`` (null: watched from the start), ``weight``."""
        return self._table()


class RiskTable(Saved, kind="churn.RiskTable"):
    """By time, who was there, who left for each cause, and who was censored; parts merge."""

    __slots__ = ()

    causes = figure[int]("The number of causes of leaving.")

    @classmethod
    def new(cls, durations: Durations) -> RiskTable:
        """The table of these durations."""
        return cls._call("new", durations=durations)

    @classmethod
    def merge(cls, states: Sequence[RiskTable]) -> RiskTable:
        """The table of several parts of the customers together."""
        return cls._call("merge", states=list(states))

    def to_table(self) -> Table:
        """A row a time: ``time``, ``at_risk``, ``events``, ``censored``, ``cause_1`` and so on."""
        return self._table()


class RiskTables(Held, kind="churn.RiskTables"):
    """Risk tables of groups of customers, such as segments or plans."""

    __slots__ = ()

    names = figure[list[str]]("The groups, by name.")

    @classmethod
    def new(cls, durations: Durations, groups: Any, *, strata: Any = None) -> RiskTables:
        """The tables of the groups.

        Args:
            durations: The durations.
            groups: The label of the group of each row.
            strata: Labels within which groups are compared: customers of one plan with customers of
                the same plan.

        Raises:
            CustometryError: For a row without a group or a stratum.
        """
        return cls._call("new", durations=durations, groups=groups, strata=strata)

    def group(self, name: str) -> RiskTable:
        """The table of a group, over all strata."""
        return self._ask("group", name=name)

    def to_table(self) -> Table:
        """A row a group and time: ``group``, and the columns of each :class:`RiskTable`."""
        return self._table()


class KaplanMeier(Held, kind="churn.KaplanMeier"):
    """The share of customers who are still there, by time.

    Kaplan and Meier (1958), doi:10.1080/01621459.1958.10501452; errors by Greenwood. A band is the
    scale on which an interval is symmetric: ``"log_log"`` (default), ``"log"`` (that of R),
    ``"plain"``, ``"logit"``, ``"arc_sine"``.
    """

    __slots__ = ()

    curve = table(
        "A row a time: ``time``, ``at_risk`` just before it, ``events``, ``survival`` from it on, "
        "and its standard error ``se``."
    )
    median = figure["dict[str, float | None]"](
        "When half of the customers have left: ``value``, ``lower``, ``upper``; None where the "
        "curve does not come down that far. The interval is on the log scale, at 95 %, as in R."
    )

    @classmethod
    def new(cls, source: RiskTable | Durations) -> KaplanMeier:
        """The curve of a risk table, for leaving of any cause."""
        return cls._call("new", table=_risk_table(source))

    def survival_at(self, times: Numbers) -> Column:
        """The share still there at each time; 1 before the first."""
        return self._ask("survival_at", times=times)

    def estimate(
        self, time: float, *, band: Choice | None = None, level: float | None = None
    ) -> Estimate:
        """The share still there at a time with its interval, at 95 % unless told."""
        return self._ask("estimate", time=time, band=band, level=level)

    def intervals(self, *, band: Choice | None = None, level: float | None = None) -> Table:
        """The ends of the interval at each time: ``time``, ``lower``, ``upper``."""
        return self._ask("intervals", band=band, level=level)

    def quantile(
        self, share: float, *, band: Choice | None = None, level: float | None = None
    ) -> dict[str, float | None]:
        """When a share of the customers has left, as :attr:`median`."""
        return self._ask("quantile", share=share, band=band, level=level)

    def restricted_mean(self, horizon: float, *, level: float | None = None) -> Estimate:
        """How long customers stay on average, of the time up to a horizon."""
        return self._ask("restricted_mean", horizon=horizon, level=level)

    def to_table(self) -> Table:
        """The :attr:`curve`."""
        return self._table()


class NelsonAalen(Held, kind="churn.NelsonAalen"):
    """The cumulative hazard, by time."""

    __slots__ = ()

    curve = table("A row a time: ``time``, cumulative ``hazard`` from it on, ``se``.")

    @classmethod
    def new(cls, source: RiskTable | Durations, *, ties: Choice | None = None) -> NelsonAalen:
        """The cumulative hazard of a risk table.

        Args:
            source: The table, or durations.
            ties: Customers who leave at one time: ``"together"`` (default) or ``"in_turn"``.
        """
        return cls._call("new", table=_risk_table(source), ties=ties)

    def hazard_at(self, times: Numbers) -> Column:
        """The cumulative hazard at each time; 0 before the first."""
        return self._ask("hazard_at", times=times)

    def to_table(self) -> Table:
        """The :attr:`curve`."""
        return self._table()


class AalenJohansen(Held, kind="churn.AalenJohansen"):
    """For which reason customers have left, by time, where one reason ends all others.

    Aalen and Johansen (1978). One minus the Kaplan-Meier curve of one cause, with the others as
    censored, is *not* this: it is too high.
    """

    __slots__ = ()

    curve = table(
        "A row a time: ``time``, ``survival``, ``survival_se``; the share that has left for each "
        "cause, ``cause_1`` and so on, with ``cause_1_se``."
    )

    @classmethod
    def new(cls, source: RiskTable | Durations) -> AalenJohansen:
        """The curves of a risk table."""
        return cls._call("new", table=_risk_table(source))

    def of_cause(self, cause: int) -> Table | None:
        """The curve of a cause: ``time``, ``share``, ``se``; None for one that nobody has."""
        return self._ask("of_cause", cause=cause)

    def place(self, time: float) -> int | None:
        """The row of the last time at or before another; None before the first."""
        return self._ask("place", time=time)

    def to_table(self) -> Table:
        """The :attr:`curve`."""
        return self._table()


def _risk_table(source: RiskTable | Durations) -> RiskTable:
    return RiskTable.new(source) if isinstance(source, Durations) else source


class LogRank(Held, kind="churn.LogRank"):
    """Whether groups of customers stay equally long."""

    __slots__ = ()

    statistic = figure[float]("The chi-square statistic.")
    degrees = figure[int]("Its degrees of freedom.")
    p = figure[float]("The chance of such a statistic or a larger one if the groups do not differ.")
    groups = table("A row a group: who left (``observed``), and who would have (``expected``).")
    covariance = table("The covariance of the differences, a row and a column a group.")

    @classmethod
    def test(cls, tables: RiskTables, *, weight: Choice | None = None) -> LogRank:
        """Tests whether the groups differ.

        Args:
            tables: The groups.
            weight: How much the difference at a time counts: ``"log_rank"`` (default),
                ``{"fleming_harrington": {"rho": 1.0, "gamma": 0.0}}``, ``"wilcoxon"``,
                ``"tarone_ware"``, ``"peto"``.

        Raises:
            CustometryError: For fewer than two groups, and if nobody left.
        """
        return cls._call("test", tables=tables, params=given(weight=weight))

    def to_table(self) -> Table:
        """The :attr:`groups`."""
        return self._table()


# ---- regressions ----


class Cox(Saved, kind="churn.Cox"):
    """What drives when customers leave: hazard ratios, and how long those there today will stay.

    Cox (1972). A reference is whom figures are relative to: ``"mean"`` (default), ``"zero"``, or a
    number for each coefficient.
    """

    __slots__ = ()

    names = figure[list[str]]("The columns that have a coefficient; levels as ``column=level``.")
    aliased = figure[list[str]]("The columns left out: constants, and sums of others.")
    coefficients = figure[Column]("The log hazard ratio of one unit more of each column.")
    standard_errors = figure[Column]("The standard errors of the coefficients.")
    covariance = figure[Table]("The covariance of the coefficients, a row and a column each.")
    log_likelihood = figure[dict[str, float]](
        "The log partial likelihood without any column (``null``) and as ``fitted``."
    )
    likelihood_ratio_test = figure[float]("The likelihood ratio test of all columns, chi-squared.")
    score_test = figure[float]("The score test of all columns, chi-squared.")
    wald_test = figure[float]("Wald's test of all columns, chi-squared.")
    rows = figure[int]("The number of rows of the fit.")
    rows_left_out = figure[int]("The number of rows left out because they lack a value.")
    events = figure[int]("The number of rows that left, weights aside.")
    iterations = figure[int]("The number of iterations of Newton's method.")
    verdict = figure[Any]('``"converged"``, or ``{"infinite_coefficients": {"names": [...]}}``.')
    strata = figure[list[str]]("The strata in which somebody left; none without strata.")

    @classmethod
    def fit(
        cls,
        durations: Durations,
        features: Features,
        *,
        strata: Any = None,
        offset: Numbers | None = None,
        clusters: Any = None,
        ties: str | None = None,
        missing: str | None = None,
        ridge: float | None = None,
        max_iterations: int | None = None,
    ) -> Cox:
        """Fits the regression.

        Args:
            durations: How long each customer was watched, and how that ended.
            features: What may explain it, row by row.
            strata: Labels; each stratum has a baseline hazard of its own.
            offset: A known part of each linear predictor.
            clusters: The customer of each row, where one has several; for robust errors.
            ties: Who leaves at the same time: ``"efron"`` (default) or ``"breslow"``.
            missing: Rows that lack a value: ``"refuse"`` (default), ``"leave_out"``,
                ``"indicate"``.
            ridge: Draws coefficients towards 0; 0 by default.
            max_iterations: After how many iterations to give up.

        Raises:
            NotConvergedError: If the fit does not converge.
            CustometryError: For rows that are refused.
        """
        params = given(ties=ties, missing=missing, ridge=ridge, max_iterations=max_iterations)
        return cls._call(
            "fit",
            durations=durations,
            features=features,
            strata=strata,
            offset=offset,
            clusters=clusters,
            params=params,
        )

    def estimates(self, level: float | None = None) -> Table:
        """The coefficients with intervals: ``name``, ``value``, ``se``, ``lower``, ``upper``."""
        return self._ask("estimates", level=level)

    def hazard_ratios(self, level: float | None = None) -> Table:
        """The hazard ratios with intervals: ``name``, ``value``, ``se``, ``lower``, ``upper``."""
        return self._ask("hazard_ratios", level=level)

    def terms(self, features: Features, *, reference: Any = None) -> Table:
        """What each column adds to each linear predictor, a row each."""
        return self._ask("terms", features=features, reference=reference)

    def linear_predictor(
        self, features: Features, *, offset: Numbers | None = None, reference: Any = None
    ) -> Column:
        """The log of each customer's hazard relative to the reference."""
        return self._ask("linear_predictor", features=features, offset=offset, reference=reference)

    def baseline(self, stratum: int = 0, *, reference: Any = None) -> Table:
        """The cumulative hazard of the reference: ``time`` of each event, ``hazard``."""
        return self._ask("baseline", stratum=stratum, reference=reference)

    def survival(
        self,
        features: Features,
        times: Numbers,
        *,
        strata: Any = None,
        offset: Numbers | None = None,
        alive_for: Numbers | None = None,
    ) -> Table:
        """The chance of each customer (row) to be still there at each time (column).

        Args:
            features: The customers.
            times: The times; from now on for customers whose age is given.
            strata: The stratum of each customer; needed if the fit had strata.
            offset: The known part of each linear predictor.
            alive_for: How long each customer has been there already.
        """
        return self._ask(
            "survival",
            features=features,
            times=times,
            strata=strata,
            offset=offset,
            alive_for=alive_for,
        )

    def survival_estimates(
        self,
        features: Features,
        times: Numbers,
        *,
        strata: Any = None,
        offset: Numbers | None = None,
        alive_for: Numbers | None = None,
        band: Choice | None = None,
        level: float | None = None,
    ) -> Table:
        """With intervals: ``row``, ``time``, ``survival``, ``se``, ``lower``, ``upper``."""
        return self._ask(
            "survival_estimates",
            features=features,
            times=times,
            strata=strata,
            offset=offset,
            alive_for=alive_for,
            band=band,
            level=level,
        )

    def residuals(
        self,
        durations: Durations,
        features: Features,
        *,
        strata: Any = None,
        offset: Numbers | None = None,
        clusters: Any = None,
    ) -> CoxResiduals:
        """The residuals of the data of the fit."""
        return self._ask(
            "residuals",
            durations=durations,
            features=features,
            strata=strata,
            offset=offset,
            clusters=clusters,
        )

    def proportionality(
        self,
        durations: Durations,
        features: Features,
        *,
        transform: str | None = None,
        strata: Any = None,
        offset: Numbers | None = None,
        clusters: Any = None,
    ) -> ProportionalityTest:
        """Tests whether each hazard ratio is the same at all times, on the data of the fit.

        Args:
            durations: Those of the fit.
            features: Those of the fit.
            transform: The clock by which a ratio may change: ``"kaplan_meier"`` (default),
                ``"identity"``, ``"log"``, ``"rank"``.
            strata: Those of the fit.
            offset: That of the fit.
            clusters: Those of the fit.
        """
        return self._ask(
            "proportionality",
            durations=durations,
            features=features,
            transform=transform,
            strata=strata,
            offset=offset,
            clusters=clusters,
        )

    def to_table(self) -> Table:
        """A row a coefficient: ``name``, ``coefficient``, ``standard_error``, ``hazard_ratio``."""
        return self._table()


class CoxResiduals(Held, kind="churn.CoxResiduals"):
    """The residuals of a Cox regression, by row of the data."""

    __slots__ = ()

    names = figure[list[str]]("The columns of the fit.")
    rows = figure[Column]("The rows of the data that residuals are of.")
    martingale = figure[Column]("Above 0 for who left sooner than the model thought.")
    deviance = figure[Column]("The same made symmetric; beyond 3 or so a row is odd.")
    event_rows = figure[Column]("The row of the data of each event, by stratum and time.")
    robust_errors = figure[Column]("The robust standard errors of the coefficients.")
    residuals = table("A row each: ``row``, ``martingale``, ``deviance``.")
    score = table("Score residuals: ``row``, and a column a coefficient.")
    dfbeta = table("About how much each coefficient would fall without each row.")
    schoenfeld = table("Of each event: ``row``, and a column a coefficient.")
    scaled_schoenfeld = table("The same, scaled to vary about the coefficient at their time.")
    robust_covariance = table("The covariance of the coefficients by Lin and Wei (1989).")

    def to_table(self) -> Table:
        """The :attr:`residuals`."""
        return self._table()


class ProportionalityTest(Held, kind="churn.ProportionalityTest"):
    """Whether the hazard ratios of a fit are the same at all times."""

    __slots__ = ()

    transform = figure[str]("The clock.")
    overall = figure[dict[str, Any]]("The test of all features at once.")
    terms = table("A row a feature, and ``GLOBAL``: ``term``, ``statistic``, ``degrees``, ``p``.")

    def to_table(self) -> Table:
        """The :attr:`terms`."""
        return self._table()


class Aft(Saved, kind="churn.Aft"):
    """By how much features stretch or shorten the time that customers stay."""

    __slots__ = ()

    names = figure[list[str]]("The coefficients: ``(Intercept)``, then columns.")
    aliased = figure[list[str]]("Columns without a coefficient.")
    coefficients = figure[Column]("The coefficients, on the log of time, the intercept first.")
    standard_errors = figure[Column](
        "The standard errors of the coefficients, then of the log of the scale if it was fitted."
    )
    scale = figure[float]("The scale; 1 for an exponential model.")
    covariance = table("The covariance of the coefficients and of ``Log(scale)``.")
    log_likelihood = figure[float]("The log-likelihood.")
    null_log_likelihood = figure[float]("That of the model with the intercept alone.")
    rows = figure[dict[str, int]]("``rows`` used, ``left_out`` for missing values, and ``events``.")
    verdict = figure[Any]('``"converged"``, or ``{"infinite_coefficients": {"names": [...]}}``.')

    @classmethod
    def fit(
        cls,
        durations: Durations,
        features: Features,
        *,
        family: str,
        missing: str | None = None,
    ) -> Aft:
        """Fits the model.

        Args:
            durations: How long each customer was watched, and how that ended.
            features: What may explain it, row by row.
            family: The distribution of time: ``"weibull"``, ``"exponential"``, ``"log_normal"``,
                ``"log_logistic"``.
            missing: Rows that lack a value: ``"refuse"`` (default), ``"leave_out"``,
                ``"indicate"``.

        Raises:
            NotConvergedError: If the fit does not converge.
            CustometryError: For rows that are refused.
        """
        params = given(family=family, missing=missing)
        return cls._call("fit", durations=durations, features=features, params=params)

    def coefficient(self, name: str) -> float | None:
        """The coefficient of a name; None if there is none."""
        return self._ask("coefficient", name=name)

    def linear_predictor(self, features: Features) -> Column:
        """The expected logarithm of time, less the mean of the noise."""
        return self._ask("linear_predictor", features=features)

    def survival(self, features: Features, times: Numbers) -> Table:
        """The chance of each row to be still there, a column for each time."""
        return self._ask("survival", features=features, times=times)

    def conditional_survival(self, features: Features, already: Numbers, ahead: Numbers) -> Table:
        """The chance of customers who are there to stay, a column for each time ahead.

        Args:
            features: The customers.
            already: How long each has been there.
            ahead: The times to come.
        """
        return self._ask("conditional_survival", features=features, already=already, ahead=ahead)

    def quantile(self, features: Features, share: float = 0.5) -> Column:
        """The time by which a share of customers like each row have left."""
        return self._ask("quantile", features=features, share=share)

    def mean(self, features: Features) -> Column:
        """The mean time to leave of customers like each row."""
        return self._ask("mean", features=features)

    def to_table(self) -> Table:
        """A row a coefficient: ``name``, ``coefficient``, ``standard_error``."""
        return self._table()


# ---- how well predictions came true ----


@dataclass(frozen=True)
class Concordance:
    """Whether those predicted to leave first do leave first: pairs by how they came out."""

    concordant: float
    """Pairs in the right order, by weight."""
    discordant: float
    """Pairs in the wrong order."""
    tied_risk: float
    """Pairs of equal risk."""
    tied_time: float
    """Pairs who left at the same time."""
    tied_both: float
    """Pairs of equal risk who left at the same time."""
    value: float
    """The share in the right order, ties of risk counting half."""
    estimate: Estimate | None
    """The value with its standard error and interval; None from :meth:`count`."""

    @classmethod
    def fit(
        cls,
        durations: Durations,
        risk: Numbers,
        *,
        strata: Any = None,
        weight: str | None = None,
        tie_tolerance: float | None = None,
        horizon: float | None = None,
        level: float | None = None,
    ) -> Concordance:
        """Counts the pairs and finds the standard error.

        Args:
            durations: What came true.
            risk: The predicted risk of each row, higher for those likelier to leave.
            strata: Labels; only pairs within a stratum count.
            weight: What a pair counts: ``"harrell"`` (default) or ``"uno"``.
            tie_tolerance: Risks that differ by no more than this are equal.
            horizon: Only pairs whose first end is at or before this time count.
            level: The level of the interval.

        Raises:
            CustometryError: If of no pair it is known who left first.
        """
        params = given(weight=weight, tie_tolerance=tie_tolerance, horizon=horizon, level=level)
        found: dict[str, Any] = call(
            "churn.Concordance.fit", durations=durations, risk=risk, strata=strata, params=params
        )
        return cls(**found)

    @classmethod
    def count(
        cls,
        durations: Durations,
        risk: Numbers,
        *,
        weight: str | None = None,
        tie_tolerance: float | None = None,
        horizon: float | None = None,
    ) -> Concordance:
        """As :meth:`fit`, without the standard error: in half the time."""
        params = given(weight=weight, tie_tolerance=tie_tolerance, horizon=horizon)
        found: dict[str, Any] = call(
            "churn.Concordance.count", durations=durations, risk=risk, params=params
        )
        return cls(**found)


class CensoringWeights(Held, kind="churn.CensoringWeights"):
    """Weights that make up for customers of whom it is not known whether they had left."""

    __slots__ = ()

    @classmethod
    def new(cls, training: Durations) -> CensoringWeights:
        """The weights by the censoring of the training data."""
        return cls._call("new", training=training)

    def brier(
        self, test: Durations, times: Numbers, survival: Any, *, level: float | None = None
    ) -> BrierScores:
        """The Brier score of predicted chances to be still there.

        Args:
            test: The test data.
            times: The times, ascending.
            survival: The chances: a row for each row of the test data, a column for each time; a
                frame, an array of two dimensions, or a list of rows.
            level: The level of intervals.
        """
        return self._ask("brier", test=test, times=times, survival=matrix(survival), level=level)

    def auc(
        self, test: Durations, times: Numbers, risk: Numbers, *, level: float | None = None
    ) -> AucAt:
        """The area under the ROC curve at each time, by one risk for all times."""
        return self._ask("auc", test=test, times=times, risk=risk, level=level)

    def auc_of_survival(
        self, test: Durations, times: Numbers, survival: Any, *, level: float | None = None
    ) -> AucAt:
        """The same, by predicted chances to be still there, as for :meth:`brier`."""
        return self._ask(
            "auc_of_survival", test=test, times=times, survival=matrix(survival), level=level
        )


class BrierScores(Held, kind="churn.BrierScores"):
    """Mean squared errors of the chance to be still there."""

    __slots__ = ()

    integrated = figure["Estimate | None"]("The mean over the times; None for a single time.")
    scores = table(
        "A row a time: ``time``, ``score``, ``score_se``, ``score_lower``, ``score_upper``."
    )

    def to_table(self) -> Table:
        """The :attr:`scores`."""
        return self._table()


class AucAt(Held, kind="churn.AucAt"):
    """How well those who have left by each time are told from those who have not."""

    __slots__ = ()

    auc = table(
        "A row a time: ``time``, ``cases``, ``controls``, ``auc``, ``auc_se``, ``auc_lower``, "
        "``auc_upper``."
    )

    def mean(self, test: Durations) -> float:
        """The mean over times, each weighted by who leaves up to it from the time before."""
        return self._ask("mean", test=test)

    def to_table(self) -> Table:
        """The :attr:`auc`."""
        return self._table()


# ---- when customers were customers ----


class ChurnDefinition:
    """What counts as churn: a number of days, a share or a chance, by name.

    ``{"contractual": {"allowed_gap_days": 0}}``, ``{"lapsed": {"grace_days": 7}}``,
    ``{"inactivity": {"days": 90}}``, ``{"own_rhythm": {"quantile": 0.9, "prior_gaps": 3.0}}``,
    ``{"overdue": {"ratio": 2.0, "prior_gaps": 3.0}}`` or
    ``{"probability_alive": {"below": 0.25}}``.
    """

    @staticmethod
    def check(definition: Choice) -> None:
        """Nothing for a definition whose numbers make sense.

        Raises:
            CustometryError: For numbers out of range.
        """
        call("churn.ChurnDefinition.check", definition=definition)


class Spells(Saved, kind="churn.Spells"):
    """When each customer was a customer, under one definition of churn."""

    __slots__ = ()

    definition = figure[dict[str, Any]]("What counted as churn.")
    customers = figure[Customers]("The customers, with and without a spell.")
    known_until = figure[datetime.date]("The first day that the data do not cover.")
    causes = figure[list[str]]("The names of the causes of ends.")

    @classmethod
    def read(
        cls,
        table: Frame,
        *,
        definition: Choice,
        known_until: Day,
        customers: Customers | None = None,
        customer: str = "customer",
        start: str = "start",
        end: str = "end",
        cause: str | None = None,
        day_boundary: str = "UTC",
    ) -> Spells:
        """Reads spells from a frame, a row each, in any order.

        Args:
            table: The frame.
            definition: What counts as churn; see :class:`ChurnDefinition`.
            known_until: The first day that the data do not cover.
            customers: All customers, with and without a spell; by default those of the frame.
            customer: The column of keys.
            start: The column of first days.
            end: The column of the first days on which the customer was none; null if it goes on.
            cause: The column of why spells ended, if any.
            day_boundary: Where timestamps are cut into days.

        Raises:
            CustometryError: For the first row that is refused.
        """
        columns = {
            "customer": customer,
            "start": start,
            "end": end,
            "cause": cause,
            "day_boundary": day_boundary,
        }
        return cls._call(
            "read",
            table=Table.of(table),
            definition=definition,
            known_until=known_until,
            customers=customers,
            columns=columns,
        )

    @classmethod
    def of_purchases(cls, state: SummaryState, as_of: Day, definition: Choice) -> Spells:
        """Spells of purchases: each ends after the silence that the definition allows."""
        return cls._call("of_purchases", state=state, as_of=as_of, definition=definition)

    @classmethod
    def of_purchase_model(
        cls, state: SummaryState, as_of: Day, model: PurchaseModel, below: float
    ) -> Spells:
        """Spells of purchases that end once the chance to be alive is below this."""
        return cls._call("of_purchase_model", state=state, as_of=as_of, model=model, below=below)

    def __len__(self) -> int:
        return self._ask("len")

    def of(self, customer: Key) -> Table:
        """The spells of a customer, as :meth:`to_table`."""
        return self._ask("of", customer=customer)

    def active_on(self, day: Day) -> Table:
        """Who was a customer on a day: ``customer``, ``active``."""
        return self._ask("active_on", day=day)

    def returns(self, within_days: int) -> dict[str, Any]:
        """What became of those who left, within so many days of the end.

        Returns:
            Ends ``returned``, ``confirmed``, ``provisional``, ``returned_early``, and the ``rate``
            that returned, None if no end was watched for all the days.
        """
        return self._ask("returns", within_days=within_days)

    def to_table(self) -> Table:
        """A row each: ``customer``, ``start``, ``end`` (null if it goes on), ``cause``."""
        return self._table()


class Subscriptions(Held, kind="churn.Subscriptions"):
    """Periods of contracts with what was paid for them."""

    __slots__ = ()

    customers = figure[Customers]("The customers.")
    currency = figure[dict[str, object]]("The currency of the amounts.")
    known_until = figure[datetime.date]("The first day that the data do not cover.")

    @classmethod
    def read(
        cls,
        table: Frame,
        *,
        currency: Currency,
        known_until: Day,
        customers: Customers | None = None,
        customer: str = "customer",
        start: str = "start",
        end: str = "end",
        monthly_money: str = "monthly_money",
        monthly_money_minor: str | None = None,
        end_cause: str | None = None,
        day_boundary: str = "UTC",
    ) -> Subscriptions:
        """Reads periods from a frame, a row each, in any order.

        Args:
            table: The frame.
            currency: The currency of the amounts.
            known_until: The first day that the data do not cover.
            customers: All customers, with and without a period; by default those of the frame.
            customer: The column of keys.
            start: The column of first days.
            end: The column of the first days after periods; null while one goes on.
            monthly_money: The column of what is paid a month, in units of currency.
            monthly_money_minor: Instead of that, a column of whole minor units (cents).
            end_cause: The column of why periods ended, if any.
            day_boundary: Where timestamps are cut into days.

        Raises:
            CustometryError: For the first row that is refused.
        """
        columns = {
            "customer": customer,
            "start": start,
            "end": end,
            "monthly_money": monthly_money,
            "monthly_money_minor": monthly_money_minor,
            "end_cause": end_cause,
            "day_boundary": day_boundary,
        }
        return cls._call(
            "read",
            table=Table.of(table),
            currency=currency,
            known_until=known_until,
            customers=customers,
            columns=columns,
        )

    def __len__(self) -> int:
        return self._ask("len")

    def money_on(self, day: Day) -> Table:
        """What each customer pays a month by the periods that hold a day."""
        return self._ask("money_on", day=day)

    def spells(self, allowed_gap_days: int = 0) -> Spells:
        """When each customer was one: periods at most so many days apart are one spell."""
        return self._ask("spells", allowed_gap_days=allowed_gap_days)

    def spells_with_grace(self, grace_days: int) -> Spells:
        """When each customer was one, as one could say on each day: ends are later by the grace."""
        return self._ask("spells_with_grace", grace_days=grace_days)


class PurchaseGaps(Held, kind="churn.PurchaseGaps"):
    """The gaps between purchases of all customers: how long a silence must be to be churn."""

    __slots__ = ()

    completed = figure[int]("The number of gaps that ended with a purchase.")
    open = figure[int]("The number of gaps that are still open.")
    curve = table(
        "A row a length of gaps: ``days``, ``at_risk``, ``completed``, ``open``, and the share "
        "still ``silent``."
    )
    faults = table("A row a threshold: ``days``, shares of ``false_alarms`` and ``missed``.")

    @classmethod
    def new(cls, state: SummaryState, as_of: Day) -> PurchaseGaps:
        """The gaps up to and including a day."""
        return cls._call("new", state=state, as_of=as_of)

    def threshold(self, followed: float) -> int | None:
        """The shortest length within which this share of purchases is followed by another."""
        return self._ask("threshold", followed=followed)

    def completed_threshold(self, followed: float) -> int | None:
        """The same from completed gaps alone, to see how far it is too low."""
        return self._ask("completed_threshold", followed=followed)

    def cheapest(self, false_alarm_weight: float, missed_weight: float) -> dict[str, Any] | None:
        """The threshold with the least cost: ``days``, ``false_alarms``, ``missed``."""
        return self._ask(
            "cheapest", false_alarm_weight=false_alarm_weight, missed_weight=missed_weight
        )

    def to_table(self) -> Table:
        """The :attr:`curve`."""
        return self._table()


class PeriodRates(Saved, kind="churn.PeriodRates"):
    """Who was lost, kept and won from one day to another, and their money."""

    __slots__ = ()

    definition = figure[dict[str, Any]]("What counted as churn.")
    to = figure[datetime.date]("The second of the two days.")
    days = figure[int]("Days from the one to the other.")
    at_start = figure[int]("Customers on the first day.")
    at_end = figure[int]("Customers on the last day.")
    lost = figure[int]("Of those on the first day, how many were none on the last.")
    won = figure[int]("Customers on the last day who had been none until the first.")
    returned = figure[int]("Customers on the last day who had been customers before the first.")
    came_and_went = figure[int]("Those who came, or came back, and left between the two days.")
    flows = figure["dict[str, Decimal] | None"](
        "Monthly money: ``start``, ``churned``, ``contraction``, ``expansion``, ``new``, "
        "``reactivation``, ``end``; None for rates made of spells."
    )
    currency = figure["dict[str, object] | None"]("The currency of the money.")
    gross_churn = figure["float | None"]("The share of the money that was lost.")
    net_revenue_retention = figure["float | None"](
        "NRR: what the customers of the first day pay on the last, over what they paid then."
    )
    gross_revenue_retention = figure["float | None"]("GRR: the same without what is paid more.")
    quick_ratio = figure["float | None"]("Money won over money lost.")

    @property
    def from_(self) -> datetime.date:
        """The first of the two days."""
        return self._ask("from")

    @classmethod
    def of_subscriptions(
        cls, subscriptions: Subscriptions, from_: Day, to: Day, *, allowed_gap_days: int = 0
    ) -> PeriodRates:
        """What became of customers and their money from one day to another."""
        return cls._call(
            "of_subscriptions",
            subscriptions=subscriptions,
            allowed_gap_days=allowed_gap_days,
            **{"from": from_},
            to=to,
        )

    @classmethod
    def series(
        cls, subscriptions: Subscriptions, days: Sequence[Day], *, allowed_gap_days: int = 0
    ) -> list[PeriodRates]:
        """Rates of periods in a row: each from one of these days to the next."""
        return cls._call(
            "series",
            subscriptions=subscriptions,
            allowed_gap_days=allowed_gap_days,
            days=list(days),
        )

    @classmethod
    def of_spells(cls, spells: Spells, from_: Day, to: Day) -> PeriodRates:
        """What became of customers from one day to another, without money."""
        return cls._call("of_spells", spells=spells, **{"from": from_}, to=to)

    @classmethod
    def merge(cls, states: Sequence[PeriodRates]) -> PeriodRates:
        """The rates of disjoint customers together."""
        return cls._call("merge", states=list(states))

    @classmethod
    def compound(cls, periods: Sequence[PeriodRates]) -> dict[str, Any]:
        """Rates of periods that follow one another, as if they were one.

        Returns:
            ``from``, ``to``, ``days``, ``logo_churn``, ``net_revenue_retention``,
            ``gross_revenue_retention``.
        """
        return cls._call("compound", periods=list(periods))

    @classmethod
    def table_of(cls, periods: Sequence[PeriodRates]) -> Table:
        """Several rates as one table, a row each, as :meth:`to_table`."""
        return cls._call("table_of", periods=list(periods))

    def logo_churn(self, level: float | None = None) -> Estimate:
        """The share of customers lost, with the interval of Wilson."""
        return self._ask("logo_churn", level=level)

    def to_table(self) -> Table:
        """One row: days, counts, shares, and exact money where there is any."""
        return self._table()


class RateScale:
    """The length of time that a rate is of: ``"monthly"`` or ``"annual"``."""

    @staticmethod
    def of(scale: str, churn: float, days: int) -> float:
        """The churn rate of so many days, stated for another length of time.

        Args:
            scale: The length of time to state it for.
            churn: The rate.
            days: The days that it is of.
        """
        return call("churn.RateScale.of", scale=scale, churn=churn, days=days)


class CohortCurves(Held, kind="churn.CohortCurves"):
    """What became of the customers who came in each period.

    A reading says which customers count at a mark: ``"on_day"`` (default), ``"in_bracket"`` or
    ``"on_or_after"``.
    """

    __slots__ = ()

    definition = figure[dict[str, Any]]("What counted as churn.")
    known_until = figure[datetime.date]("The first day that the data do not cover.")
    days = figure[Column]("The marks: ages in days.")
    outside = figure[int]("Customers who came before the first cohort or after the last.")
    cohorts = table("A row a cohort: ``start``, ``end``, ``customers``.")
    active = table(
        "A row a cohort and mark: ``start``, ``days``, and who was active by each reading, null "
        "where not known in full."
    )
    curves = table(
        "A row a cohort and age: ``start``, ``days``, ``at_risk``, ``events``, ``survival``, "
        "``se``."
    )

    @classmethod
    def evaluate(
        cls,
        spells: Spells,
        *,
        period: str | None = None,
        edges: Sequence[Day] | None = None,
        days: Sequence[int] | None = None,
    ) -> CohortCurves:
        """The cohorts and what became of them.

        Args:
            spells: When customers were customers.
            period: ``"month"``, ``"quarter"`` or ``"year"``; or else
            edges: the days on which cohorts begin, and the one on which the last ends.
            days: The marks: ages in days, ascending; 1, 7, 30, 90, 180 and 365 by default.

        Raises:
            CustometryError: For edges or marks out of order.
        """
        cohorts = given(period=period, edges=None if edges is None else list(edges))
        params = given(cohorts=cohorts, days=None if days is None else list(days))
        return cls._call("evaluate", spells=spells, params=params)

    def shares(self, reading: str | None = None, *, level: float | None = None) -> Table:
        """Shares active at each mark, by cohort, with the interval of Wilson.

        Returns:
            ``start``, ``days``, ``share``, ``share_lower``, ``share_upper``; null as in
            :attr:`active`.
        """
        return self._ask("shares", reading=reading, level=level)

    def survival_at(self, age_days: int, *, level: float | None = None) -> Table:
        """The share of each cohort that has not left by an age, with its interval."""
        return self._ask("survival_at", age_days=age_days, level=level)

    def curve(self, cohort: int) -> KaplanMeier | None:
        """The curve of first spells of a cohort, by its place; None where nobody came."""
        return self._ask("curve", cohort=cohort)

    def to_table(self) -> Table:
        """The :attr:`cohorts`."""
        return self._table()


class CohortReading:
    """Which customers count at a mark: ``"on_day"``, ``"in_bracket"`` or ``"on_or_after"``."""

    @staticmethod
    def is_final(reading: str) -> bool:
        """Whether newer data leave a cell of the reading as it is."""
        return call("churn.CohortReading.is_final", reading=reading)


# ---- customers on the days of a plan ----


class Feature:
    """What is known of a customer on a day, by name; see :meth:`FeatureSet.new`."""

    @staticmethod
    def name(feature: Choice) -> str:
        """The name of its column."""
        return call("churn.Feature.name", feature=feature)


class FeatureSet(Held, kind="churn.FeatureSet"):
    """Features in the order of their columns."""

    __slots__ = ()

    features = figure["list[Choice]"]("The features, in the order of their columns.")
    names = figure[list[str]]("The names of the columns.")

    @classmethod
    def new(cls, features: Sequence[Choice]) -> FeatureSet:
        """A set of features.

        Args:
            features: Each ``"tenure"``, ``"recency"``, or a dict of a name and its numbers, where
                ``days`` are the last days before the snapshot, and None is all that is known:
                ``{"purchases": {"days": 30}}``; in the same way ``purchase_days``,
                ``purchase_rate``, ``money``, ``money_mean``, ``money_sd``, ``max_gap``,
                ``overdue``, ``purchase_change``, ``money_change``, ``channel_entropy``,
                ``kind_entropy``; ``{"purchase_share": {"short": 30, "long": 180}}`` and
                ``money_share``; ``{"money_slope": {"months": 6}}``;
                ``{"channel_share": {"channel": "web", "days": 90}}``;
                ``{"events": {"kind": "login", "days": 30}}``;
                ``{"event_recency": {"kind": "login"}}``.

        Raises:
            CustometryError: For a feature that cannot be, or that is there twice.
        """
        return cls._call("new", features=list(features))

    @classmethod
    def purchases(cls) -> FeatureSet:
        """How long, how recent, how often, how much, and how that changed."""
        return cls._call("purchases")

    def with_feature(self, feature: Choice) -> FeatureSet:
        """The set with one more feature, the last."""
        return self._ask("with", feature=feature)


@dataclass(frozen=True)
class History:
    """What was known of a customer before the day of a snapshot, for features of one's own."""

    day: datetime.date
    """The day of the snapshot."""
    tenure_days: int
    """Days since the customer became one, at least 1."""
    purchase_days: Column
    """The day of each row of the log of purchases, ascending, refunds too."""
    amounts: Column
    """The amounts of these rows, in minor units (cents)."""
    channels: Column
    """The channels of these rows; None where there is none."""
    event_days: Column
    """The days of events, ascending."""
    event_kinds: Column
    """The kinds of these events."""


#: Features of one's own by name.
HostFeatures = Mapping[str, Callable[[History], float]]


class PlanOptions(TypedDict, total=False):
    """What a plan of snapshots may say beside its days."""

    lookback: int
    """How many days before the snapshot features see; all if not given."""
    gap: int
    """Days between the snapshot and the outcome window: the time it takes to act."""
    horizon: int
    """The length of the outcome window in days; 30 by default."""
    min_tenure: int
    """How many days one must have been a customer to have a row."""
    features: FeatureSet | Sequence[Choice]
    """The features; :meth:`FeatureSet.purchases` by default."""
    day_boundary: str
    """Where the days of events end: ``"UTC"`` (default) or an offset such as ``"+09:00"``."""


def _host_features(features: HostFeatures | None) -> dict[str, Any]:
    if not features:
        return {}

    def told(of: Callable[[History], float]) -> Callable[[dict[str, Any]], float]:
        return lambda known: float(of(History(**wrap(known))))

    return {"names": list(features), "functions": [told(of) for of in features.values()]}


class SnapshotPlan(Saved, kind="churn.SnapshotPlan"):
    """On which days to look at the customers, how far back and how far ahead.

    Without more said all history is looked at, the outcome window begins on the day of the snapshot
    and is 30 days long, every customer counts from the first day, and the features are
    :meth:`FeatureSet.purchases`.
    """

    __slots__ = ()

    plan = figure[dict[str, Any]]("All of the plan.")

    @classmethod
    def on(cls, dates: Sequence[Day], **options: Unpack[PlanOptions]) -> SnapshotPlan:
        """A snapshot on each of these dates, which must ascend.

        Args:
            dates: The dates.
            **options: See :class:`PlanOptions`.
        """
        return cls._call("on", dates=list(dates), params=_plan(options))

    @classmethod
    def every(
        cls, days: int, first: Day, count: int, **options: Unpack[PlanOptions]
    ) -> SnapshotPlan:
        """A snapshot every so many days; options as for :meth:`on`."""
        return cls._call("every", days=days, first=first, count=count, params=_plan(options))

    @classmethod
    def monthly(cls, first: Day, count: int, **options: Unpack[PlanOptions]) -> SnapshotPlan:
        """A snapshot on the same day of each month; options as for :meth:`on`."""
        return cls._call("monthly", first=first, count=count, params=_plan(options))

    @classmethod
    def renewals(
        cls,
        cycle: Mapping[str, int],
        lead_time: int,
        within: tuple[Day, Day],
        **options: Unpack[PlanOptions],
    ) -> SnapshotPlan:
        """Snapshots a lead time before each renewal of each customer.

        Args:
            cycle: ``{"months": 1}`` or ``{"days": 30}``.
            lead_time: Days to act before a renewal.
            within: The first and the last day on which there may be a snapshot.
            **options: As for :meth:`on`.
        """
        return cls._call(
            "renewals",
            cycle=dict(cycle),
            lead_time=lead_time,
            within=list(within),
            params=_plan(options),
        )

    @property
    def days(self) -> list[datetime.date]:
        """The days of the snapshots; none where each customer has days of their own."""
        return self._table("days")["day"].to_list()

    def build(
        self,
        spells: Spells,
        *,
        transactions: Transactions | None = None,
        events: Events | None = None,
        features: HostFeatures | None = None,
    ) -> Snapshots:
        """What was known of each customer before each date, and what became of the customer.

        Args:
            spells: When customers were customers.
            transactions: Purchases of the same customers.
            events: Events of the same customers.
            features: Features of one's own by name: functions of a :class:`History`, NaN where
                missing.

        Raises:
            CustometryError: If the plan cannot be, or needs what is not given.
        """
        return self._ask(
            "build",
            spells=spells,
            transactions=transactions,
            events=events,
            **_host_features(features),
        )

    def audit(
        self,
        spells: Spells,
        *,
        transactions: Transactions | None = None,
        events: Events | None = None,
        features: HostFeatures | None = None,
    ) -> dict[str, Any]:
        """Whether a feature saw the future: builds again with another future, and compares.

        Returns:
            ``compared``: how many values; ``leak``: the first that differs, by ``feature``, ``row``
            and ``day``, or None.
        """
        return self._ask(
            "audit",
            spells=spells,
            transactions=transactions,
            events=events,
            **_host_features(features),
        )


def _plan(options: PlanOptions) -> dict[str, Any]:
    said = given(**options)
    features = said.get("features")
    if features is not None:
        is_set = isinstance(features, FeatureSet)
        said["features"] = features.features if is_set else list(features)
    return said


class Snapshots(Held, kind="churn.Snapshots"):
    """Customers on the days of a plan: features of before, outcomes of after."""

    __slots__ = ()

    plan = figure[SnapshotPlan]("The plan they were made by.")
    definition = figure[dict[str, Any]]("What churn means here.")
    customers = figure[Customers]("The customers of the spells, with and without a row.")
    clusters = figure[Column]("The number of the customer of each row, for robust errors.")
    features = figure["Features"]("The features, one row each; missing ones are NaN.")
    counts = table("A row a day: ``day``, ``retained``, ``churned``, ``lost_in_gap``, ``unknown``.")

    def __len__(self) -> int:
        return self._ask("len")

    def forward_splits(self, embargo: int = 0) -> list[dict[str, Any]]:
        """Rows to train on and later rows to test on, for each date that can be tested.

        Returns:
            For each: ``day``, and the numbers of the rows of ``train`` and ``test``.
        """
        return self._ask("forward_splits", embargo=embargo)

    def to_table(self) -> Table:
        """A row a customer and day.

        Columns: ``customer``; ``day``; ``outcome``: ``"retained"``, ``"churned"``,
        ``"lost_in_gap"`` or ``"unknown"``; ``left``: the first day not a customer, and
        ``outcome_cause``, null unless the customer left; ``exit_days`` to the end of watching, and
        ``cause`` of it (0 for censored).
        """
        return self._table()
