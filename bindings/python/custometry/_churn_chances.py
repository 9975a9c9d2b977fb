"""Chances to leave: who leaves within a period, what goes with it, and how right that is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from ._base import Held, Saved, call, figure, table
from ._types import Choice, Day, Estimate, Frame, Numbers, Places
from ._values import Column, Table

if TYPE_CHECKING:
    from ._churn_times import Aft, Cox, Durations, SnapshotPlan, Snapshots
    from .data import Features
    from .value import PurchaseHistories, PurchaseModel

__all__ = [
    "Calibration",
    "ChurnModel",
    "Contributions",
    "CrossValidation",
    "DiscreteHazard",
    "Folds",
    "Judgement",
    "Logistic",
    "LogisticPath",
    "LogisticPathValidation",
    "PairedScores",
    "ProbabilityEvaluation",
    "RankEvaluation",
    "Reasons",
    "RetentionEconomics",
    "churn_probability",
    "contributions",
]


# ---- regressions of who leaves ----


class Logistic(Saved, kind="churn.Logistic"):
    """Logistic regression: how likely customers are to leave, and by how much features change it.

    The odds ratio of a column is the factor by which one unit more of it changes the odds of
    leaving, other columns equal. A category has a column for each level but the first by name,
    named ``column=level``.
    """

    __slots__ = ()

    link = figure[str]('``"logit"`` or ``"complementary_log_log"``.')
    names = figure[list[str]]("The coefficients: ``(Intercept)``, then columns.")
    aliased = figure[list[str]]("The columns left out: constants, and sums of others.")
    coefficients = figure[Column]("The log odds of one unit more of each column; intercept first.")
    standard_errors = figure[Column]("The standard errors of the coefficients.")
    covariance = figure[Table]("The covariance of the coefficients, a row and a column each.")
    log_likelihood = figure[float]("The log-likelihood, without the penalty.")
    null_log_likelihood = figure[float]("That of the model with the intercept alone.")
    deviance = figure[float]("Twice the negative log-likelihood.")
    null_deviance = figure[float]("That of the model with the intercept alone.")
    rows = figure[int]("The number of rows of the fit.")
    rows_left_out = figure[int]("The number of rows left out because they lack a value.")
    left = figure[int]("How many of the rows of the fit left.")
    iterations = figure[int]("The number of iterations of Newton's method.")
    verdict = figure[Any](
        '``"converged"``, or ``{"separated": {"columns": [...]}}`` for columns that tell those who '
        "left from the others without error: their best coefficient is infinite."
    )
    feature_names = figure[list[str]]("The features, in the order of their contributions.")
    base = figure[float]("The linear predictor of a customer with the means of the fit.")

    @classmethod
    def fit(
        cls,
        features: Features,
        left: Numbers,
        *,
        offset: Numbers | None = None,
        clusters: Any = None,
        link: str = "logit",
        missing: str = "refuse",
        ridge: float = 0.0,
        max_iterations: int = 100,
    ) -> Logistic:
        """Fits the regression.

        Args:
            features: What may go with leaving, row by row.
            left: Who left: true and false, or 1 and 0.
            offset: A known part of each linear predictor.
            clusters: Keys of rows that belong together; they matter to :meth:`robust_errors` alone.
            link: How a linear predictor becomes a chance: ``"logit"``, or
                ``"complementary_log_log"``, whose coefficients are logs of hazard ratios.
            missing: Rows that lack a value: ``"refuse"``, ``"leave_out"``, or ``"indicate"`` by a
                column of their own.
            ridge: Draws coefficients towards 0.
            max_iterations: After how many iterations to give up.

        Raises:
            NotConvergedError: If the fit does not converge.
            CustometryError: For rows that are refused, or if all left, or none.
        """
        params = {
            "link": link,
            "missing": missing,
            "ridge": ridge,
            "max_iterations": max_iterations,
        }
        return cls._call(
            "fit", features=features, left=left, offset=offset, clusters=clusters, params=params
        )

    def coefficient(self, name: str) -> float | None:
        """The coefficient of a name; None if there is none."""
        return self._ask("coefficient", name=name)

    def estimates(self, level: float = 0.95) -> Table:
        """The coefficients with intervals: ``name``, ``value``, ``se``, ``lower``, ``upper``."""
        return self._ask("estimates", level=level)

    def odds_ratios(self, level: float = 0.95) -> Table:
        """The odds ratios with intervals: ``name``, ``value``, ``se``, ``lower``, ``upper``.

        With the other link they are hazard ratios.
        """
        return self._ask("odds_ratios", level=level)

    def robust_covariance(
        self,
        features: Features,
        left: Numbers,
        *,
        offset: Numbers | None = None,
        clusters: Any = None,
    ) -> Table:
        """The covariance that holds where the model does not, on the data of the fit.

        Args:
            features: Those of the fit.
            left: That of the fit.
            offset: That of the fit.
            clusters: Keys of rows that are not independent, such as those of a customer.

        Raises:
            CustometryError: For other data than those of the fit.
        """
        return self._ask(
            "robust_covariance", features=features, left=left, offset=offset, clusters=clusters
        )

    def robust_errors(
        self,
        features: Features,
        left: Numbers,
        *,
        offset: Numbers | None = None,
        clusters: Any = None,
    ) -> Column:
        """The standard errors that hold where the model does not; see :meth:`robust_covariance`."""
        return self._ask(
            "robust_errors", features=features, left=left, offset=offset, clusters=clusters
        )

    def linear_predictor(self, features: Features, *, offset: Numbers | None = None) -> Column:
        """The linear predictor of each row: with the logit, its log odds to leave."""
        return self._ask("linear_predictor", features=features, offset=offset)

    def predict(self, features: Features, *, offset: Numbers | None = None) -> Column:
        """The chance of each row to leave. Columns are found by name."""
        return self._ask("predict", features=features, offset=offset)

    def terms(self, features: Features, *, reference: Any = "mean") -> Table:
        """What each column of the regression adds to each linear predictor, a row each.

        Args:
            features: The rows.
            reference: Whom terms are relative to: ``"mean"``, ``"zero"``, or a number for each
                column.
        """
        return self._ask("terms", features=features, reference=reference)

    def contributions(self, features: Features) -> Table:
        """What each feature adds to each linear predictor, levels together, relative to the mean.

        :attr:`base` and the contributions of a row, added in order, are its linear predictor.
        """
        return self._ask("contributions", features=features)

    def to_table(self) -> Table:
        """A row a coefficient: ``name``, ``coefficient``, ``standard_error``."""
        return self._table()

    def __repr__(self) -> str:
        return _fitted(self, self.rows, self.left)


class LogisticPath(Saved, kind="churn.LogisticPath"):
    """Logistic regression for each of many penalties, which choose among many columns.

    Penalties are told by their place (``at``), 0 for the highest. Friedman, Hastie and Tibshirani
    (2010), doi:10.18637/jss.v033.i01.
    """

    __slots__ = ()

    names = figure[list[str]]("The coefficients: ``(Intercept)``, then columns.")
    aliased = figure[list[str]]("The columns left out because they are constant.")
    l1_share = figure[float]("The share of the lasso in the penalty.")
    penalties = figure[Column]("The penalties, from the highest.")
    rows = figure[int]("The number of rows of the fit.")
    rows_left_out = figure[int]("The number of rows left out because they lack a value.")
    left = figure[int]("How many of the rows of the fit left.")
    feature_names = figure[list[str]]("The features, in the order of their contributions.")
    all_coefficients = table("A row a penalty, a column for each coefficient.", "coefficients")

    @classmethod
    def fit(
        cls,
        features: Features,
        left: Numbers,
        *,
        offset: Numbers | None = None,
        l1_share: float = 1.0,
        penalties: Sequence[float] | None = None,
        count: int = 100,
        smallest_share: float | None = None,
        missing: str = "refuse",
    ) -> LogisticPath:
        """Fits the coefficients for each penalty.

        Args:
            features: What may go with leaving, row by row.
            left: Who left: true and false, or 1 and 0.
            offset: A known part of each linear predictor.
            l1_share: The share of the lasso in the penalty: 1 the lasso, 0 the ridge.
            penalties: The penalties; by default ``count`` of them, from the least that leaves no
                column in.
            count: How many penalties, unless they are given.
            smallest_share: The last penalty as a share of the first, unless they are given.
            missing: Rows that lack a value: ``"refuse"``, ``"leave_out"``, ``"indicate"``.

        Raises:
            NotConvergedError: If the fit does not converge.
            CustometryError: For rows that are refused, or if all left, or none.
        """
        params = _path(l1_share, penalties, count, smallest_share, missing)
        return cls._call("fit", features=features, left=left, offset=offset, params=params)

    def coefficients(self, at: int) -> Column:
        """The coefficients at a penalty, the intercept first."""
        return self._ask("coefficients", at=at)

    def nonzero(self, at: int) -> list[str]:
        """The columns whose coefficient at a penalty is not 0."""
        return self._ask("nonzero", at=at)

    def deviance_explained(self, at: int) -> float:
        """The share of the deviance that the coefficients at a penalty explain."""
        return self._ask("deviance_explained", at=at)

    def linear_predictor(
        self, at: int, features: Features, *, offset: Numbers | None = None
    ) -> Column:
        """The log odds of each row to leave, by the coefficients at a penalty."""
        return self._ask("linear_predictor", at=at, features=features, offset=offset)

    def predict(self, at: int, features: Features, *, offset: Numbers | None = None) -> Column:
        """The chance of each row to leave, by the coefficients at a penalty."""
        return self._ask("predict", at=at, features=features, offset=offset)

    def contributions(self, at: int, features: Features) -> Table:
        """What each feature adds to each linear predictor, relative to the means of the fit."""
        return self._ask("contributions", at=at, features=features)

    def base(self, at: int) -> float:
        """The linear predictor of a customer with the means of the fit, at a penalty."""
        return self._ask("base", at=at)

    def to_table(self) -> Table:
        """A row a penalty: ``penalty``, ``nonzero`` (how many columns), ``deviance_explained``."""
        return self._table()

    def __repr__(self) -> str:
        return _fitted(self, self.rows, self.left)


def _path(
    l1_share: float,
    penalties: Sequence[float] | None,
    count: int,
    smallest_share: float | None,
    missing: str,
) -> dict[str, Any]:
    return {
        "l1_share": l1_share,
        "penalties": penalties,
        "count": count,
        "smallest_share": smallest_share,
        "missing": missing,
    }


class LogisticPathValidation(Held, kind="churn.LogisticPathValidation"):
    """How well each penalty predicts customers that the fit did not see."""

    __slots__ = ()

    path = figure[LogisticPath]("The coefficients of all rows.")
    deviances = figure[Column]("The mean deviance of a row that was not seen, by penalty.")
    standard_errors = figure[Column]("Its standard error over the folds, by penalty.")
    folds = figure[int]("The number of folds.")
    best = figure[int]("The place of the penalty that predicts best.")
    one_se = figure[int](
        "The place of the highest penalty that is within one standard error of the best."
    )

    @classmethod
    def cross_validate(
        cls,
        features: Features,
        left: Numbers,
        folds: Folds,
        *,
        offset: Numbers | None = None,
        l1_share: float = 1.0,
        penalties: Sequence[float] | None = None,
        count: int = 100,
        smallest_share: float | None = None,
        missing: str = "refuse",
    ) -> LogisticPathValidation:
        """Fits to the training rows of each fold, and judges by its test rows.

        Args:
            features: As for :meth:`LogisticPath.fit`, and so are all others.
            left: Who left.
            folds: Which rows train and which test.
            offset: A known part of each linear predictor.
            l1_share: The share of the lasso in the penalty.
            penalties: The penalties.
            count: How many penalties, unless they are given.
            smallest_share: The last penalty as a share of the first, unless they are given.
            missing: Rows that lack a value.
        """
        params = _path(l1_share, penalties, count, smallest_share, missing)
        return cls._call(
            "cross_validate",
            features=features,
            left=left,
            folds=folds,
            offset=offset,
            params=params,
        )

    def to_table(self) -> Table:
        """A row a penalty: ``penalty``, ``deviance``, ``standard_error``."""
        return self._table()


class DiscreteHazard(Saved, kind="churn.DiscreteHazard"):
    """The chance to leave in each period of a life, and who will be there after so many."""

    __slots__ = ()

    names = figure[list[str]]("The coefficients: those of the baseline, then columns.")
    aliased = figure[list[str]]("The columns left out: constants, and sums of others.")
    coefficients = figure[Column]("The coefficients, those of the baseline first.")
    standard_errors = figure[Column]("The standard errors of the coefficients.")
    covariance = figure[Table]("The covariance of the coefficients, a row and a column each.")
    log_likelihood = figure[float]("The log-likelihood.")
    null_log_likelihood = figure[float]("That of the model with the baseline alone.")
    rows = figure[int]("The number of rows of the fit.")
    rows_left_out = figure[int]("The number of rows left out because they lack a value.")
    events = figure[int]("How many of the rows of the fit left.")
    person_periods = figure[int]("Periods in which a row was watched, in all.")
    iterations = figure[int]("The number of iterations of Newton's method.")
    verdict = figure[Any]('``"converged"``, or ``{"infinite_coefficients": {"names": [...]}}``.')
    link = figure[str]('``"logit"`` or ``"complementary_log_log"``.')
    baseline = figure[Choice]("How the hazard changes over the periods.")
    feature_names = figure[list[str]]("The features, in the order of their contributions.")

    @classmethod
    def fit(
        cls,
        durations: Durations,
        features: Features,
        *,
        baseline: Choice = "each_period",
        link: str = "logit",
        missing: str = "refuse",
        max_iterations: int = 100,
    ) -> DiscreteHazard:
        """Fits the model. Rows count by the weights of the durations.

        Args:
            durations: How many whole periods each row was watched, and how that ended.
            features: What may explain it, row by row.
            baseline: How the hazard changes over the periods: ``"each_period"`` (a coefficient
                each), ``"linear"``, or ``{"polynomial": degree}``.
            link: How a linear predictor becomes a hazard: ``"logit"`` or
                ``"complementary_log_log"``.
            missing: Rows that lack a value: ``"refuse"``, ``"leave_out"``, ``"indicate"``.
            max_iterations: After how many iterations to give up.

        Raises:
            NotConvergedError: If the fit does not converge.
            CustometryError: For rows that are refused, such as times that are no whole periods.
        """
        params = {
            "baseline": baseline,
            "link": link,
            "missing": missing,
            "max_iterations": max_iterations,
        }
        return cls._call("fit", durations=durations, features=features, params=params)

    def coefficient(self, name: str) -> float | None:
        """The coefficient of a name; None if there is none."""
        return self._ask("coefficient", name=name)

    def estimates(self, level: float = 0.95) -> Table:
        """The coefficients with intervals: ``name``, ``value``, ``se``, ``lower``, ``upper``."""
        return self._ask("estimates", level=level)

    def ratios(self, level: float = 0.95) -> Table:
        """The ratios of columns with intervals: ``name``, ``value``, ``se``, ``lower``, ``upper``.

        They are ratios of odds with the logit, of hazards with the other link.
        """
        return self._ask("ratios", level=level)

    def contributions(self, features: Features) -> Table:
        """What each feature adds to each linear predictor, relative to the means of the fit."""
        return self._ask("contributions", features=features)

    def linear_predictor(self, features: Features) -> Column:
        """By how much the linear predictor of each row is above that of the means of the fit."""
        return self._ask("linear_predictor", features=features)

    def hazard(self, features: Features, periods: Places) -> Table:
        """The chance of each row to leave in each period, if it is there at its beginning.

        Args:
            features: The rows.
            periods: The periods, 1 for the first; each is a column, named by its number.
        """
        return self._ask("hazard", features=features, periods=periods)

    def survival(self, features: Features, periods: Places) -> Table:
        """The chance of each row to be still there after so many periods, a column each."""
        return self._ask("survival", features=features, periods=periods)

    def conditional_survival(self, features: Features, already: Places, ahead: Places) -> Table:
        """The chance of customers who are there to be there so many periods more, a column each.

        Args:
            features: The customers.
            already: How many periods each has been there.
            ahead: The periods to come.
        """
        return self._ask("conditional_survival", features=features, already=already, ahead=ahead)

    def to_table(self) -> Table:
        """A row a coefficient: ``name``, ``coefficient``, ``standard_error``."""
        return self._table()

    def __repr__(self) -> str:
        return _fitted(self, self.rows, self.events)


def _fitted(model: Held, rows: int, left: int) -> str:
    return f"<custometry.{model._object.kind}: {rows} rows, {left} left>"


# ---- churn models, their calibration, and the folds they are tested by ----


class Folds(Held, kind="churn.Folds"):
    """Which rows train and which test, fold by fold; places of rows count from 0."""

    __slots__ = ()

    rows = figure[int]("The number of rows of the data.")
    splits = figure[list[dict[str, Column]]]("The rows of each fold, ``train`` and ``test``.")

    @classmethod
    def stratified(cls, left: Numbers, folds: int, *, seed: int = 0) -> Folds:
        """Rows dealt to folds so that each has its share of those who left."""
        return cls._call("stratified", left=left, folds=folds, seed=seed)

    @classmethod
    def grouped(cls, clusters: Any, folds: int, *, seed: int = 0) -> Folds:
        """Rows dealt to folds so that those of a cluster, such as a customer, stay together.

        Args:
            clusters: The key of each row.
            folds: How many folds.
            seed: By what clusters are dealt.
        """
        return cls._call("grouped", clusters=clusters, folds=folds, seed=seed)

    @classmethod
    def by_customer(cls, snapshots: Snapshots, folds: int, *, seed: int = 0) -> Folds:
        """Rows of snapshots dealt to folds, those of a customer together."""
        return cls._call("by_customer", snapshots=snapshots, folds=folds, seed=seed)

    @classmethod
    def forward(cls, snapshots: Snapshots, *, embargo: int = 0) -> Folds:
        """A fold for each date but the first ones: trained on what was known before it.

        Args:
            snapshots: The snapshots.
            embargo: So many days more between what trains and what is tested.
        """
        return cls._call("forward", snapshots=snapshots, embargo=embargo)

    @classmethod
    def from_splits(cls, rows: int, splits: Iterable[tuple[Iterable[int], Iterable[int]]]) -> Folds:
        """Folds of one's own, as pairs of rows to train on and rows to test.

        Args:
            rows: The number of rows of the data.
            splits: The pairs, such as those of a splitter of scikit-learn.

        Raises:
            CustometryError: For a row that is not there, twice in a fold, or tested twice.
        """
        pairs = [[_places(train), _places(test)] for train, test in splits]
        return cls._call("from_splits", rows=rows, splits=pairs)

    @classmethod
    def read(
        cls,
        table: Frame,
        *,
        rows: int,
        fold: str = "fold",
        row: str = "row",
        test: str = "test",
    ) -> Folds:
        """Folds from a frame such as :meth:`to_table` gives: a row for each row in each fold.

        Args:
            table: The frame.
            rows: The number of rows of the data.
            fold: The column of numbers of folds, 0 for the first.
            row: The column of rows of the data.
            test: The column that says whether the row is tested or trains.
        """
        columns = {"fold": fold, "row": row, "test": test}
        return cls._call("read", table=Table.of(table), rows=rows, columns=columns)

    def __len__(self) -> int:
        return self._ask("len")

    def to_table(self) -> Table:
        """A row for each row in each fold: ``fold``, ``row``, ``test``."""
        return self._table()


def _places(rows: Iterable[int]) -> list[int]:
    return [int(row) for row in rows]


class Calibration(Saved, kind="churn.Calibration"):
    """A curve from scores to probabilities that come true."""

    __slots__ = ()

    method = figure[str]('``"none"``, ``"platt"``, ``"isotonic"`` or ``"beta"``.')
    parameters = figure[dict[str, float]]("The parameters of the curve by name; none of blocks.")
    rows = figure[int]("The number of rows of the fit, those of weight 0 aside.")
    left = figure[int]("How many of these left.")
    verdict = figure[str](
        '``"sound"``; ``"few_rows"`` for a curve of too few; ``"flat"`` if scores tell nothing.'
    )
    blocks = table(
        "Of an isotonic curve: scores ``from`` and ``to``, their probability ``value``, ``rows``."
    )

    @classmethod
    def fit(
        cls,
        scores: Numbers,
        left: Numbers,
        *,
        method: str = "platt",
        weights: Numbers | None = None,
    ) -> Calibration:
        """Fits the curve to scores of rows that the model did not see.

        Args:
            scores: Scores, rising with the chance to leave: log odds for ``"platt"``, probabilities
                for ``"beta"``, any for ``"isotonic"``.
            left: Who left.
            method: ``"platt"``, ``"isotonic"``, ``"beta"``, or ``"none"``, which changes nothing.
            weights: How much each row counts.

        Raises:
            CustometryError: For scores that are refused, or if all left, or none.
        """
        return cls._call("fit", method=method, scores=scores, left=left, weights=weights)

    @classmethod
    def read(
        cls,
        table: Frame,
        *,
        method: str = "platt",
        score: str = "score",
        left: str = "left",
        weight: str | None = None,
    ) -> Calibration:
        """Fits the curve to columns of a frame; see :meth:`fit`."""
        columns = {"score": score, "left": left, "weight": weight}
        return cls._call("read", method=method, table=Table.of(table), columns=columns)

    def calibrate(self, scores: Numbers) -> Column:
        """The probability for each score."""
        return self._ask("calibrate", scores=scores)


class ChurnModel(Saved, kind="churn.ChurnModel"):
    """The probability to leave within a horizon: a logistic regression and its calibration."""

    __slots__ = ()

    logistic = figure[Logistic]("The regression of all rows; its chances are not calibrated.")
    calibration = figure[Calibration]("The curve from its scores to probabilities.")
    horizon = figure["float | None"]("Within how many days customers leave, if that was said.")
    plan = figure["SnapshotPlan | None"]("The plan of the snapshots it was fitted to, if any.")
    definition = figure["dict[str, Any] | None"]("What churn means, of a model of snapshots.")
    rows_lost_in_gap = figure[int]("Rows left out because the customer left within the gap.")
    rows_unknown = figure[int]("Rows left out because their outcome is not known.")

    @classmethod
    def fit(
        cls,
        features: Features,
        left: Numbers,
        *,
        offset: Numbers | None = None,
        clusters: Any = None,
        logistic: Mapping[str, Any] | None = None,
        calibration: str = "platt",
        folds: int = 10,
        seed: int = 0,
        horizon: float | None = None,
    ) -> ChurnModel:
        """Fits a regression to all rows, and its calibration to scores of rows not seen.

        Args:
            features: What may go with leaving, row by row.
            left: Who left within the horizon.
            offset: A known part of each linear predictor.
            clusters: Keys of rows that belong together; they are in the same fold.
            logistic: Options of the regression, by the names that :meth:`Logistic.fit` has.
            calibration: ``"platt"``, ``"isotonic"``, ``"beta"`` or ``"none"``.
            folds: By how many folds the calibration is cross-fitted.
            seed: By what rows are dealt to these folds.
            horizon: Within how many days those who left had left.

        Raises:
            NotConvergedError: If the fit does not converge.
            CustometryError: For rows that are refused; if all left, or none, in a fold.
        """
        params = _model(logistic, calibration, folds, seed, horizon)
        return cls._call(
            "fit", features=features, left=left, offset=offset, clusters=clusters, params=params
        )

    @classmethod
    def fit_snapshots(
        cls,
        snapshots: Snapshots,
        *,
        logistic: Mapping[str, Any] | None = None,
        calibration: str = "platt",
        folds: int = 10,
        seed: int = 0,
    ) -> ChurnModel:
        """Fits to the rows of snapshots whose outcome is known; see :meth:`fit`.

        The rows of a customer are a cluster, and the horizon is that of the plan.
        """
        params = _model(logistic, calibration, folds, seed, None)
        return cls._call("fit_snapshots", snapshots=snapshots, params=params)

    @classmethod
    def uncalibrated(cls, logistic: Logistic, horizon: float) -> ChurnModel:
        """A regression as it is, with the horizon in days that only the host knows."""
        return cls._call("uncalibrated", logistic=logistic, horizon=horizon)

    def predict(self, features: Features, *, offset: Numbers | None = None) -> Column:
        """The calibrated probability of each row to leave within the horizon."""
        return self._ask("predict", features=features, offset=offset)

    def contributions(self, features: Features, *, offset: Numbers | None = None) -> Contributions:
        """What each feature of each customer adds to the score."""
        return self._ask("contributions", features=features, offset=offset)

    def plan_on(self, dates: Sequence[Day]) -> SnapshotPlan | None:
        """The plan with other dates, such as today, for those who are to be scored."""
        return self._ask("plan_on", dates=list(dates))

    def __repr__(self) -> str:
        horizon = "no horizon" if self.horizon is None else f"horizon {self.horizon:g} days"
        return f"<custometry.{self._object.kind}: {self.calibration.method}, {horizon}>"


def _model(
    logistic: Mapping[str, Any] | None,
    calibration: str,
    folds: int,
    seed: int,
    horizon: float | None,
) -> dict[str, Any]:
    return {
        "logistic": dict(logistic or {}),
        "calibration": calibration,
        "folds": folds,
        "seed": seed,
        "horizon": horizon,
    }


class CrossValidation(Held, kind="churn.CrossValidation"):
    """Probabilities of rows by models that did not see them."""

    __slots__ = ()

    probabilities = figure[Column]("The calibrated probability of each row; NaN if not tested.")
    uncalibrated = figure[Column]("The same before calibration.")
    rows_not_tested = figure[int]("The number of rows that no fold tested.")
    folds = table(
        "A row a fold: ``fold``, rows of the fit (``train``), how many of them ``left``, rows "
        "predicted (``test``), the ``verdict`` on coefficients, and that on the ``calibration``."
    )
    aliased = table("Columns without a coefficient in a fold: ``fold``, ``column``.")
    separated = table(
        "Columns that tell those who left without error in a fold: ``fold``, ``column``."
    )

    @classmethod
    def cross_validate(
        cls,
        features: Features,
        left: Numbers,
        folds: Folds,
        *,
        offset: Numbers | None = None,
        clusters: Any = None,
        logistic: Mapping[str, Any] | None = None,
        calibration: str = "platt",
        calibration_folds: int = 10,
        seed: int = 0,
    ) -> CrossValidation:
        """Fits a churn model to the training rows of each fold, and predicts its test rows.

        Args:
            features: As for :meth:`ChurnModel.fit`, and so are all others.
            left: Who left within the horizon.
            folds: Which rows train and which test.
            offset: A known part of each linear predictor.
            clusters: Keys of rows that belong together.
            logistic: Options of the regression.
            calibration: The curve from scores to probabilities.
            calibration_folds: By how many folds it is cross-fitted within each of ``folds``.
            seed: By what rows are dealt to these.

        Raises:
            CustometryError: For folds of other data; if all left, or none, in a fold.
        """
        params = _model(logistic, calibration, calibration_folds, seed, None)
        return cls._call(
            "cross_validate",
            features=features,
            left=left,
            folds=folds,
            offset=offset,
            clusters=clusters,
            params=params,
        )

    @classmethod
    def cross_validate_snapshots(
        cls,
        snapshots: Snapshots,
        folds: Folds,
        *,
        logistic: Mapping[str, Any] | None = None,
        calibration: str = "platt",
        calibration_folds: int = 10,
        seed: int = 0,
    ) -> CrossValidation:
        """The same for snapshots, by folds such as :meth:`Folds.forward`."""
        params = _model(logistic, calibration, calibration_folds, seed, None)
        return cls._call(
            "cross_validate_snapshots", snapshots=snapshots, folds=folds, params=params
        )

    def to_table(self) -> Table:
        """A row for each row: ``probability``, ``uncalibrated``, ``fold``; null if not tested."""
        return self._table()


# ---- how good scores are ----


@dataclass(frozen=True)
class Judgement:
    """The figures that a report of chances to leave shows."""

    auc: float
    """The chance that of one who left and one who stayed the first has the higher score."""
    auc_se: float | None
    """Its standard error; None with one customer who left, or stayed."""
    average_precision: float
    """The mean precision over the ranks of those who left."""
    log_loss: float
    """The mean negative log-likelihood."""
    brier: float
    """The mean squared error."""
    lift_at_10: float
    """How many times more leave among the tenth with the highest scores."""
    captured_at_10: float
    """The share of those who left that is in that tenth."""
    calibration_slope: float | None
    """1 is right; None where chances of 0 or 1 leave it open."""
    calibration_intercept: float | None
    """0 is right: all chances together are neither too high nor too low."""

    @classmethod
    def new(
        cls, chances: Numbers, left: Numbers, *, customers: Any = None, level: float = 0.95
    ) -> Judgement:
        """Judges chances to leave by who left.

        Args:
            chances: The chance of each row.
            left: Who left.
            customers: The key of the customer of each row, where one has several.
            level: The level of the intervals that are looked at.

        Raises:
            CustometryError: For a chance that is none; if all left, or none.
        """
        return cls(
            **call(
                "churn.Judgement.new", chances=chances, left=left, customers=customers, level=level
            )
        )

    @classmethod
    def read(
        cls,
        table: Frame,
        *,
        score: str = "score",
        left: str = "left",
        cluster: str | None = None,
        level: float = 0.95,
    ) -> Judgement:
        """Judges columns of a frame; see :meth:`new`."""
        columns = {"score": score, "left": left, "cluster": cluster}
        return cls(
            **call("churn.Judgement.read", table=Table.of(table), columns=columns, level=level)
        )


@dataclass(frozen=True)
class RetentionEconomics:
    """What keeping customers costs and earns; by default the figures of Verbraken et al. (2013)."""

    lifetime_value: float = 200.0
    """What a customer who stays is worth."""
    incentive: float = 10.0
    """What the offer costs if it is taken."""
    contact: float = 1.0
    """What it costs to contact a customer."""
    acceptance: tuple[float, float] = (6.0, 14.0)
    """The share of those about to leave who take the offer: alpha and beta of its distribution."""


#: Economics, or its fields by name.
Economics = RetentionEconomics | Mapping[str, Any]


def _economics(given: Economics | None) -> dict[str, Any] | None:
    if given is None:
        return None
    return asdict(given) if isinstance(given, RetentionEconomics) else dict(given)


def _measure(measure: Choice | Mapping[str, Any]) -> Choice:
    if isinstance(measure, str):
        return measure
    return {
        name: _economics(value) if isinstance(value, RetentionEconomics) else value
        for name, value in measure.items()
    }


class RankEvaluation(Held, kind="churn.RankEvaluation"):
    """Whether scores of any model put those who leave in front."""

    __slots__ = ()

    rate = figure[float]("The share of all customers that left.")
    average_precision = figure[float]("The mean precision over the ranks of those who left.")
    kolmogorov_smirnov = figure[float](
        "The widest gap between the shares found of those who left and of those who stayed."
    )
    roc = figure[Table](
        "A row a point: ``threshold``, ``false_positive_rate``, ``true_positive_rate``."
    )
    precision_recall = figure[Table]("A row a threshold: ``threshold``, ``precision``, ``recall``.")

    @classmethod
    def new(
        cls, scores: Numbers, left: Numbers, *, weights: Numbers | None = None
    ) -> RankEvaluation:
        """Sorts customers by score.

        Args:
            scores: Higher for those likelier to leave.
            left: Who left: true and false, or 1 and 0.
            weights: How much each customer counts.

        Raises:
            CustometryError: For a score that is not finite; if all left, or none.
        """
        return cls._call("new", scores=scores, left=left, weights=weights)

    @classmethod
    def read(
        cls,
        table: Frame,
        *,
        score: str = "score",
        left: str = "left",
        weight: str | None = None,
    ) -> RankEvaluation:
        """Sorts the customers of a frame by its columns; see :meth:`new`."""
        columns = {"score": score, "left": left, "weight": weight}
        return cls._call("read", table=Table.of(table), columns=columns)

    def auc(self, level: float = 0.95) -> Estimate:
        """The chance that of one who left and one who stayed the first has the higher score."""
        return self._ask("auc", level=level)

    def gini(self, level: float = 0.95) -> Estimate:
        """2 AUC - 1."""
        return self._ask("gini", level=level)

    def measure(self, measure: Choice) -> float:
        """A measure by name.

        Args:
            measure: ``"auc"``, ``"average_precision"``, ``"kolmogorov_smirnov"``,
                ``{"lift_at": share}``, ``{"captured_at": share}``,
                ``{"expected_maximum_profit": economics}``, ``{"maximum_profit": economics}``.
        """
        return self._ask("measure", measure=_measure(measure))

    def gains(self, parts: int = 10) -> Table:
        """Customers in parts, from the highest scores.

        Columns: ``part``, ``customers``, ``left``, ``rate``, ``lift``, ``cumulative_rate``,
        ``cumulative_lift``, ``captured``, ``highest_score``, ``lowest_score``.
        """
        return self._ask("gains", parts=parts)

    def lift_at(self, share: float) -> float:
        """How many times more leave among the share with the highest scores than among all."""
        return self._ask("lift_at", share=share)

    def captured_at(self, share: float) -> float:
        """The share of those who left that is among the share with the highest scores."""
        return self._ask("captured_at", share=share)

    def expected_maximum_profit(self, economics: Economics | None = None) -> dict[str, float]:
        """The profit of the best campaigns over what is not known of the acceptance.

        Returns:
            The profit ``per_customer`` of all, and the ``share`` that is contacted.
        """
        return self._ask("expected_maximum_profit", economics=_economics(economics))

    def maximum_profit(self, economics: Economics | None = None) -> dict[str, float]:
        """The same with the mean acceptance for certain."""
        return self._ask("maximum_profit", economics=_economics(economics))

    def profit_curve(self, economics: Economics | None = None, *, parts: int = 100) -> Table:
        """The profit by the share that is contacted: ``share``, ``per_customer``."""
        return self._ask("profit_curve", economics=_economics(economics), parts=parts)


class ProbabilityEvaluation(Held, kind="churn.ProbabilityEvaluation"):
    """Whether probabilities to leave come true."""

    __slots__ = ()

    rate = figure[float]("The share of all customers that left.")
    mean_probability = figure[float]("The mean of what they were told.")
    brier = figure[dict[str, Any]](
        "The Brier score: ``value``, its parts, and its ``skill`` over telling all the rate."
    )
    log_loss = figure[dict[str, Any]](
        "The log-loss: ``value``, its parts, ``skill``, and a row that was ``certain_and_wrong``."
    )

    @classmethod
    def new(
        cls, probabilities: Numbers, left: Numbers, *, weights: Numbers | None = None
    ) -> ProbabilityEvaluation:
        """Holds probabilities against who left.

        Args:
            probabilities: The probability of each customer to leave.
            left: Who left: true and false, or 1 and 0.
            weights: How much each customer counts.

        Raises:
            CustometryError: For a number that is no probability.
        """
        return cls._call("new", probabilities=probabilities, left=left, weights=weights)

    @classmethod
    def read(
        cls,
        table: Frame,
        *,
        score: str = "score",
        left: str = "left",
        weight: str | None = None,
    ) -> ProbabilityEvaluation:
        """Holds a column of a frame against another; see :meth:`new`."""
        columns = {"score": score, "left": left, "weight": weight}
        return cls._call("read", table=Table.of(table), columns=columns)

    def binned_brier(self, bins: int = 10) -> dict[str, Any]:
        """The Brier score with parts by bins, and what varies within them."""
        return self._ask("binned_brier", bins=bins)

    def calibration_slope(self, level: float = 0.95) -> dict[str, Estimate]:
        """How the logit of the chance to leave depends on that of what was told.

        Returns:
            ``slope`` (1 is right), ``intercept``, and ``in_the_large`` (0 is right).
        """
        return self._ask("calibration_slope", level=level)

    def calibration_curve(self, bins: int = 10, *, level: float = 0.95) -> Table:
        """What was told beside what came true, in bins of as many customers.

        Columns: ``customers``, ``lowest``, ``highest``, ``mean_probability``, ``rate``,
        ``rate_lower``, ``rate_upper``.
        """
        return self._ask("calibration_curve", bins=bins, level=level)

    def expected_calibration_error(self, bins: int = 10) -> float:
        """The mean gap between what was told and what came true, by bins."""
        return self._ask("expected_calibration_error", bins=bins)


class PairedScores(Held, kind="churn.PairedScores"):
    """Scores of two models for the same customers: whether one is better than the other.

    Differences are told as ``first``, ``second``, ``difference`` (an estimate of first less
    second), ``z`` and ``p_value`` (None if the standard error is 0).
    """

    __slots__ = ()

    @classmethod
    def new(
        cls,
        first: Numbers,
        second: Numbers,
        left: Numbers,
        *,
        weights: Numbers | None = None,
        clusters: Any = None,
        level: float = 0.95,
    ) -> PairedScores:
        """Two scores for each customer. Columns are checked when something is asked.

        Args:
            first: The scores of the first model, higher for those likelier to leave.
            second: Those of the second.
            left: Who left.
            weights: How much each customer counts.
            clusters: Keys of rows that belong together, such as those of one customer.
            level: The level of intervals.
        """
        return cls._call(
            "new",
            first=first,
            second=second,
            left=left,
            weights=weights,
            clusters=clusters,
            level=level,
        )

    def auc(self) -> dict[str, Any]:
        """The difference of the AUC, by DeLong's method."""
        return self._ask("auc")

    def brier(self) -> dict[str, Any]:
        """The difference of the Brier score, of probabilities."""
        return self._ask("brier")

    def log_loss(self) -> dict[str, Any]:
        """The difference of the log-loss, of probabilities."""
        return self._ask("log_loss")

    def bootstrap(self, measure: Choice, *, draws: int = 1000, seed: int = 0) -> dict[str, Any]:
        """The difference in any measure, with an interval by drawing customers again.

        Args:
            measure: As for :meth:`RankEvaluation.measure`.
            draws: How often to draw.
            seed: By what to draw.
        """
        return self._ask("bootstrap", measure=_measure(measure), draws=draws, seed=seed)


# ---- one question to all models, and what speaks for their answers ----


def churn_probability(
    model: ChurnModel | Cox | Aft | DiscreteHazard | PurchaseModel,
    horizon: float,
    *,
    features: Features | None = None,
    ages: Numbers | None = None,
    strata: Any = None,
    offset: Numbers | None = None,
    histories: PurchaseHistories | None = None,
    days_per_unit: float = 1.0,
) -> Column:
    """The probability of each customer to leave within so many days, by any model.

    Args:
        model: A churn model, which has a horizon of its own; a regression of times, asked of
            customers who are there today; or a purchase model, of which it is the probability not
            to be active at the end of the horizon.
        horizon: Days from today.
        features: The features of the customers; all but purchase models need them.
        ages: How many days each has been a customer; regressions of times need it.
        strata: The stratum of each, for a Cox regression with strata.
        offset: The known part of each linear predictor, as in the fit.
        histories: The purchase histories, for a purchase model.
        days_per_unit: How many days the unit of the durations of a regression of times has.

    Raises:
        CustometryError: For a horizon that the model does not know, and for what it needs and is
            not given.
    """
    return call(
        "churn.churn_probability",
        model=model,
        horizon=horizon,
        features=features,
        ages=ages,
        strata=strata,
        offset=offset,
        histories=histories,
        days_per_unit=days_per_unit,
    )


def contributions(
    model: ChurnModel | Cox,
    horizon: float,
    *,
    features: Features,
    ages: Numbers | None = None,
    strata: Any = None,
    offset: Numbers | None = None,
    days_per_unit: float = 1.0,
) -> Contributions:
    """What each feature adds to the score of each customer.

    The arguments are those of :func:`churn_probability`.

    Raises:
        CustometryError: For a model that has no contributions.
    """
    return call(
        "churn.contributions",
        model=model,
        horizon=horizon,
        features=features,
        ages=ages,
        strata=strata,
        offset=offset,
        days_per_unit=days_per_unit,
    )


class Contributions(Held, kind="churn.Contributions"):
    """What each feature adds to the score of each customer, relative to the means of the fit.

    The score is the log odds to leave before calibration, or the log of a Cox regression's hazard;
    either way a positive contribution makes leaving likelier.
    """

    __slots__ = ()

    rows = figure[int]("The number of customers.")
    features = figure[list[str]]("The features in the order of their contributions.")
    base = figure[float]("The score of a customer with the means of the fit.")
    values = figure[Table]("The contributions: a row a customer, a column for each feature.")
    scores = table("A row a customer: ``score``, and ``probability`` to leave.")

    def __len__(self) -> int:
        return self.rows

    def strongest(self, row: int, count: int = 3) -> list[dict[str, Any]]:
        """The features that add or take off most of one customer.

        Returns:
            A dict each: ``name``; ``parts`` (``feature``, ``value``, ``contribution``);
            ``contribution``; ``probability_change`` if it were at the mean; ``direction``
            (``"raises"`` or ``"lowers"``); ``actionable``. Empty if there is no such row.
        """
        return self._ask("strongest", row=row, count=count)

    def reasons(
        self,
        *,
        families: Mapping[str, Sequence[str]] | None = None,
        not_actionable: Sequence[str] = (),
        only: str | None = None,
    ) -> Reasons:
        """Reasons by declared families of features.

        Args:
            families: Features that are one reason together, by the name of the family.
            not_actionable: Features or families about which nothing can be done.
            only: ``"raises"`` or ``"lowers"``; both by default.

        Raises:
            CustometryError: For a feature that is not there or in two families.
        """
        params = {
            "families": [[name, list(members)] for name, members in (families or {}).items()],
            "not_actionable": list(not_actionable),
            "only": only,
        }
        return self._ask("reasons", params=params)

    def to_table(self) -> Table:
        """The contributions: a row a customer, a column for each feature."""
        return self._table()


class Reasons(Held, kind="churn.Reasons"):
    """Contributions by declared families, of which the strongest can be asked."""

    __slots__ = ()

    def strongest(self, row: int, count: int = 3) -> list[dict[str, Any]]:
        """The strongest reasons of one customer; see :meth:`Contributions.strongest`."""
        return self._ask("strongest", row=row, count=count)

    def to_table(self, count: int = 3) -> Table:
        """The strongest reasons of every customer, a row each.

        Columns: ``customer`` (its row, from 0), ``rank`` (from 1), ``name``, ``contribution``,
        ``probability_change``, ``direction``, ``actionable``.
        """
        return self._ask("strongest_of_all", count=count)

    def parts(self, count: int = 3) -> Table:
        """The features of these reasons, a row each.

        Columns: ``customer``, ``rank``, ``feature``, its value as ``number`` or as ``level``, and
        its ``contribution``.
        """
        return self._ask("strongest_of_all", count=count, table="parts")
