"""Which group each customer belongs to, and whether the groups are real."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from typing import Any

from ._base import Held, Saved, call, figure, given, table
from ._types import Choice, Day, Estimate, Frame, Numbers
from ._values import Column, Table
from .data import Assignments, Customers, Features
from .value import Rfm, SegmentMap

__all__ = [
    "Agreement",
    "Condition",
    "Contingency",
    "Dbscan",
    "Dispersion",
    "GaussianMixture",
    "KMeans",
    "KMeansStream",
    "KPrototypes",
    "LimitedAssignment",
    "MixtureVerdict",
    "NamingLevel",
    "NamingRules",
    "Panel",
    "PanelIndex",
    "Placements",
    "Preparation",
    "Prepared",
    "Profiles",
    "RadiusProposal",
    "RfmGrid",
    "RuleExplanation",
    "RuleReport",
    "Rules",
    "SegmentExplanation",
    "SegmentProduct",
    "Segmentation",
    "Silhouette",
    "Stability",
    "StabilityVerdict",
    "Surrogate",
    "SurrogateExplanation",
]

Model = Choice
"""The parameters of a model: ``{"k_means": {...}}``, ``{"gaussian_mixture": {...}}``,
``{"k_prototypes": {...}}``, ``{"dbscan": {...}}`` or ``{"rules": {...}}``, with the options that
the ``fit`` of the class has, under the same names."""


# Preparation


class Preparation(Saved, kind="segmentation.Preparation"):
    """How columns of different kinds are brought onto one scale, frozen by the fit."""

    __slots__ = ()

    names = figure[list[str]]("The prepared columns of numbers, in order.")
    own_segment_columns = figure[list[str]](
        "The columns whose missing values have a segment of their own, in order."
    )
    report = figure[dict[str, Any]]("What the fit saw: rows, columns, categories and warnings.")
    warnings = figure[list[dict[str, Any]]](
        "What one should look at before trusting distances: each a ``case`` and a ``statement``."
    )
    columns = table(
        "A row a numeric column: ``column``, ``rows``, ``missing``; ``min``, ``max``, ``mean`` and "
        "``skew`` as they came, and with ``_after`` when transformed; ``lambda``; ``centre`` and "
        "``scale``; ``lower`` and ``upper`` bounds of winsorising; shares ``winsorised`` and "
        "``clamped``; ``constant``."
    )
    categories = table("A row a column of categories: ``column``, ``levels``, ``missing``.")
    prepared = table("A row a prepared column: ``prepared``, and the ``column`` it comes from.")

    @classmethod
    def fit(
        cls,
        features: Features,
        *,
        all: Mapping[str, Any] | None = None,
        columns: Mapping[str, Mapping[str, Any]] | None = None,
        all_categories: Mapping[str, Any] | None = None,
        categories: Mapping[str, Mapping[str, Any]] | None = None,
    ) -> Preparation:
        """Learns the scales of columns.

        Args:
            features: The features, which may miss values.
            all: How numeric columns are prepared: ``transform``: ``"none"``, ``"ln"``, ``"log1p"``,
                ``"box_cox"``, ``"yeo_johnson"``, ``"quantile_rank"``; ``scale``: ``"z_score"``
                (default), ``"robust"``, ``"min_max"``, ``"none"``; ``winsorise``: two shares, or
                None; ``missing``: ``"refuse"`` (default), ``"median"``, ``{"constant": 0.0}``,
                ``"indicator_and_median"``, ``"own_segment"``; ``outside``: ``"refuse"`` (default)
                or ``"clamp"``; ``weight``: of the column in distances, 1 by default.
            columns: The same for single columns, by name; in place of ``all``.
            all_categories: How columns of categories are prepared: ``encoding``: ``"one_hot"``
                (default) or ``"native"``; ``missing``: ``"refuse"`` (default) or ``"own_level"``;
                ``unknown``: ``"refuse"`` (default) or ``"all_zero"``; ``weight``.
            categories: The same for single columns, by name.

        Raises:
            CustometryError: For options that are none, and values that are refused.
        """
        params = given(
            all=all, columns=columns, all_categories=all_categories, categories=categories
        )
        return cls._call("fit", features=features, params=params)

    def apply(self, features: Features) -> Prepared:
        """Prepares the features of any rows as those of the fit were.

        Raises:
            CustometryError: For a column that is missing, and the first row that is refused.
        """
        return self._ask("apply", features=features)

    def restore(self, point: Sequence[float]) -> list[float]:
        """A prepared place, such as a centre, in the units of the columns."""
        column: Column = self._ask("restore", point=list(point))
        return column.to_list()

    def restore_all(self, points: Frame) -> Table:
        """Prepared places, such as ``KMeans.centres``, in the units of the columns.

        Args:
            points: A frame of the prepared columns, a row a place.
        """
        return self._ask("restore", points=Table.of(points))

    def source_of(self, at: int) -> str | None:
        """The column that a prepared column comes from, by the place of the latter."""
        return self._ask("source_of", at=at)


class Prepared(Held, kind="segmentation.Prepared"):
    """Features on one scale."""

    __slots__ = ()

    features = figure[Features]("The prepared features.")
    set_apart = figure["Column | None"](
        "For each row the place, among ``own_segment_columns``, of the column it misses; null "
        "where it goes to the model. None if no column has a segment of its own."
    )
    set_apart_count = figure[int]("How many rows are set apart.")


# Models that look for groups


class KMeans(Saved, kind="segmentation.KMeans"):
    """k-means: groups of customers around their means."""

    __slots__ = ()

    clusters = figure[int]("The number of clusters.")
    columns = figure[list[str]]("The columns of the features.")
    sizes = figure[Column]("The weight of the rows of each cluster.")
    within = figure[Column]("The sum of squares of each cluster about its centre.")
    inertia = figure[float]("The sum of squares of all clusters.")
    iterations = figure[int]("The iterations of the best start; of a stream, its batches.")
    verdict = figure[str]("``converged``, ``iteration_limit`` or ``streamed``.")
    limits = figure["dict[str, Any] | None"](
        "What the limits of sizes cost: ``limits``, ``rows``, ``cost``, ``nearest_cost``, "
        "``unlimited_inertia``, ``cost_increase``. None without limits."
    )
    centres = table("A row a cluster, a column a feature, in prepared units.")

    @classmethod
    def fit(
        cls,
        features: Features,
        *,
        clusters: int,
        start: Choice = "plus_plus",
        algorithm: str = "hartigan",
        restarts: int | None = None,
        seed: int = 0,
        max_iterations: int = 300,
        tolerance: float = 0.0,
        size_limits: Mapping[str, float] | None = None,
    ) -> KMeans:
        """Finds the clusters.

        Args:
            features: Prepared features, none missing.
            clusters: How many.
            start: ``"plus_plus"``, or ``{"centres": [[...], ...]}`` to start from.
            algorithm: ``"hartigan"`` (Lloyd's iterations and moves of single rows) or ``"lloyd"``.
            restarts: How many starts; as many as are cheap by default, 10 to 100.
            seed: What the random numbers come from.
            max_iterations: At most so many iterations a start.
            tolerance: Stops when centres move by less than this share of the mean variance.
            size_limits: ``at_least`` and ``at_most`` rows a cluster, or ``at_least_share`` and
                ``at_most_share`` of them.

        Raises:
            CustometryError: For values that are missing or too large, for fewer different rows than
                clusters, and for limits that cannot be kept.
        """
        params = given(
            clusters=clusters,
            start=start,
            algorithm=algorithm,
            restarts=restarts,
            seed=seed,
            max_iterations=max_iterations,
            tolerance=tolerance,
            size_limits=size_limits,
        )
        return cls._call("fit", features=features, params=params)

    def assign(self, features: Features) -> Column:
        """The cluster of each row, from 0: that of the nearest centre."""
        return self._ask("assign", features=features)

    def assign_within(
        self,
        features: Features,
        *,
        at_least: int | None = None,
        at_most: int | None = None,
        at_least_share: float | None = None,
        at_most_share: float | None = None,
    ) -> LimitedAssignment:
        """The cluster of each row at the least cost within limits of sizes."""
        limits = given(
            at_least=at_least,
            at_most=at_most,
            at_least_share=at_least_share,
            at_most_share=at_most_share,
        )
        return self._ask("assign_within", features=features, limits=limits)

    def to_table(self) -> Table:
        """A row a cluster: ``cluster``, ``size``, ``within``, ``rows`` (null without limits)."""
        return self._table("clusters")


class LimitedAssignment(Held, kind="segmentation.LimitedAssignment"):
    """Rows in clusters of limited sizes."""

    __slots__ = ()

    cluster = figure[Column]("The cluster of each row.")
    cost = figure[float]("The sum of squares about the centres.")
    unlimited_cost = figure[float]("What it would be without limits.")
    moved = figure[int]("How many rows are not in the nearest cluster.")
    sizes = figure[list[int]]("The rows that count in each cluster.")


class KMeansStream(Saved, kind="segmentation.KMeansStream"):
    """k-means of rows that keep coming, batch by batch.

    Objects do not change: :meth:`update` gives the stream with the rows.
    """

    __slots__ = ()

    columns = figure[list[str]]("The columns of the features.")
    rows = figure[int]("How many rows of a weight above 0 have come.")
    recent_inertia = figure["float | None"](
        "The mean squared distance of recent rows to their centres; None while rows are gathered."
    )

    @classmethod
    def open(
        cls,
        columns: Sequence[str],
        *,
        clusters: int,
        start: Choice = "plus_plus",
        buffer: int | None = None,
        seed: int = 0,
        half_life: float | None = None,
        reassignment_ratio: float = 0.01,
    ) -> KMeansStream:
        """A stream without rows.

        Args:
            columns: The columns of the features to come.
            clusters: How many.
            start: ``"plus_plus"``, or ``{"centres": [[...], ...]}``.
            buffer: The rows to gather before looking for centres; 2000 or 100 a cluster by default.
            seed: What the random numbers come from.
            half_life: The weight of rows after which older ones count half; never by default.
            reassignment_ratio: Centres with less than this share of the largest are moved.
        """
        params = given(
            clusters=clusters,
            start=start,
            buffer=buffer,
            seed=seed,
            half_life=half_life,
            reassignment_ratio=reassignment_ratio,
        )
        return cls._call("open", columns=list(columns), params=params)

    def update(self, features: Features) -> KMeansStream:
        """The stream after these rows."""
        return self._ask("update", features=features)

    def model(self) -> KMeans:
        """The centres as they are, frozen.

        Raises:
            CustometryError: Of kind ``not_enough_data``, if too few different rows have come.
        """
        return self._ask("model")


class GaussianMixture(Saved, kind="segmentation.GaussianMixture"):
    """Gaussian mixture: segments that overlap, and how sure each membership is."""

    __slots__ = ()

    clusters = figure[int]("The number of clusters.")
    names = figure[list[str]]("The columns of the features.")
    weights = figure[Column]("The share of each cluster.")
    log_likelihood = figure[float]("The logarithm of the likelihood of the rows of the fit.")
    parameters = figure[int]("The number of free parameters.")
    bic = figure[float]("BIC; small is good.")
    aic = figure[float]("AIC; small is good.")
    icl = figure[float]("ICL: BIC that also asks clusters to be apart.")
    iterations = figure[int]("The iterations of the best start.")
    verdict = figure[str]("``converged``, ``iteration_limit`` or ``unsound``.")
    statement = figure[str]("The verdict in words.")
    soundness = figure[list[str]]("Of each cluster: ``sound``, ``singular`` or ``empty``.")
    means = table("A row a cluster, a column a feature, in prepared units.")
    covariances = table(
        "A row a cluster and pair: ``cluster``, ``feature``, ``other``, ``covariance``."
    )

    @classmethod
    def fit(
        cls,
        features: Features,
        *,
        clusters: int,
        covariance: str = "full",
        restarts: int = 10,
        seed: int = 0,
        max_iterations: int = 1000,
        tolerance: float = 1e-9,
        regularisation: float = 1e-6,
        start: Sequence[Sequence[float]] | None = None,
    ) -> GaussianMixture:
        """Fits the mixture by expectation and maximisation.

        Args:
            features: Prepared features, none missing.
            clusters: How many.
            covariance: ``"full"`` or ``"diagonal"``.
            restarts: How many starts.
            seed: What the random numbers come from.
            max_iterations: At most so many iterations a start.
            tolerance: How close to rest the fit has to come.
            regularisation: Added to each variance.
            start: Means to start from, in place of random starts.
        """
        params = given(
            clusters=clusters,
            covariance=covariance,
            restarts=restarts,
            seed=seed,
            max_iterations=max_iterations,
            tolerance=tolerance,
            regularisation=regularisation,
            start=start,
        )
        return cls._call("fit", features=features, params=params)

    def assign(self, features: Features) -> Column:
        """The most probable cluster of each row, from 0."""
        return self._ask("assign", features=features)

    def membership(self, features: Features) -> Table:
        """The probability of each cluster for each row: a column a cluster, under its number."""
        return self._ask("membership", features=features)

    def log_density(self, features: Features) -> Column:
        """The logarithm of the density at each row: low for those far from all clusters."""
        return self._ask("log_density", features=features)

    def covariance(self, cluster: int) -> Table:
        """The covariance of a cluster: a row and a column a feature."""
        return self._ask("covariance", cluster=cluster)

    def to_table(self) -> Table:
        """A row a cluster: ``cluster``, ``weight``, ``soundness``."""
        return self._table("clusters")


class MixtureVerdict:
    """Whether a mixture is to be believed: ``converged``, ``iteration_limit`` or ``unsound``."""

    @staticmethod
    def statement(verdict: str) -> str:
        """The verdict in words."""
        return call("segmentation.MixtureVerdict.statement", verdict=verdict)


class KPrototypes(Saved, kind="segmentation.KPrototypes"):
    """k-prototypes: groups by numbers and categories at once."""

    __slots__ = ()

    clusters = figure[int]("The number of clusters.")
    columns = figure[list[str]]("The columns: those of numbers, then those of categories.")
    sizes = figure[Column]("The weight of the rows of each cluster.")
    gamma = figure[float]("What a category that differs costs.")
    cost = figure[float]("The sum of the dissimilarities of the rows of the fit.")
    iterations = figure[int]("The iterations of the best start.")
    converged = figure[bool]("Whether it came to rest.")
    prototypes = table(
        "A row a cluster: a column a feature, numbers in prepared units, then labels, null where "
        "the most frequent is none."
    )

    @classmethod
    def fit(
        cls,
        features: Features,
        *,
        clusters: int,
        gamma: Choice = "half_mean_deviation",
        start: str = "spread",
        restarts: int = 10,
        max_iterations: int = 100,
        seed: int = 0,
    ) -> KPrototypes:
        """Finds the clusters.

        Args:
            features: Prepared features, categories as they are.
            clusters: How many.
            gamma: What a category that differs costs: ``"half_mean_deviation"`` of the numeric
                columns, or ``{"value": 0.5}``.
            start: ``"spread"``, ``"cao"``, ``"huang"`` or ``"random"``.
            restarts: How many starts.
            max_iterations: At most so many iterations a start.
            seed: What the random numbers come from.
        """
        params = given(
            clusters=clusters,
            gamma=gamma,
            start=start,
            restarts=restarts,
            max_iterations=max_iterations,
            seed=seed,
        )
        return cls._call("fit", features=features, params=params)

    def assign(self, features: Features) -> Column:
        """The cluster of each row, from 0: that of the nearest prototype."""
        return self._ask("assign", features=features)

    def contributions(self, features: Features, row: int, cluster: int) -> Column:
        """What each column adds to the dissimilarity of a row and a cluster, in their order."""
        return self._ask("contributions", features=features, row=row, cluster=cluster)

    def to_table(self) -> Table:
        """A row a cluster: ``cluster``, ``size``."""
        return self._table("clusters")


class Dbscan(Saved, kind="segmentation.Dbscan"):
    """DBSCAN: crowded places, and customers that are in none of them."""

    __slots__ = ()

    clusters = figure[int]("The number of clusters.")
    columns = figure[list[str]]("The columns of the features.")
    parameters = figure[dict[str, Any]]("``radius`` and ``min_points``.")
    sizes = figure[Column]("The weight of the rows of each cluster.")
    noise = figure[float]("The weight of the rows in no cluster.")
    core_points = table("A row a core point, a column a feature, in prepared units.")
    core_clusters = figure[Column]("The cluster of each core point.")

    @classmethod
    def fit(cls, features: Features, *, radius: float, min_points: int) -> Dbscan:
        """Finds the clusters.

        Args:
            features: Prepared features, none missing.
            radius: How near neighbours are, in prepared units; see :meth:`propose_radius`.
            min_points: The weight, of the row itself too, within the radius of a core point.

        Raises:
            CustometryError: Of kind ``not_enough_data``, if no row is a core point.
        """
        params = {"radius": radius, "min_points": min_points}
        return cls._call("fit", features=features, params=params)

    @classmethod
    def propose_radius(cls, features: Features, *, min_points: int) -> RadiusProposal:
        """A radius to start with: the knee of the distances to the nearest rows."""
        return cls._call("propose_radius", features=features, min_points=min_points)

    def assign(self, features: Features) -> Column:
        """The cluster of each row, from 0; null for noise."""
        return self._ask("assign", features=features)

    def to_table(self) -> Table:
        """A row a cluster: ``cluster``, ``size``."""
        return self._table("clusters")


class RadiusProposal(Held, kind="segmentation.RadiusProposal"):
    """A radius for DBSCAN, and what speaks for it."""

    __slots__ = ()

    radius = figure[float]("The radius.")
    core_share = figure[float]("The share of the rows that are core points with it.")
    curve = figure[Column]("The radius at which 0, 1, ... 100 percent of the rows are core points.")

    def to_table(self) -> Table:
        """The curve: ``share``, ``radius``."""
        return self._table()


# Groups that somebody has defined


class Condition:
    """A condition on one feature, or several of them together with ``&``, ``|`` and ``~``.

    Example:
        >>> from custometry.segmentation import Condition
        >>> print(Condition.at_least("spend", 100) & ~Condition.missing("recency"))
        spend at least 100 and recency not missing
    """

    __slots__ = ("_written",)

    def __init__(self, written: Mapping[str, Any]) -> None:
        self._written = dict(written)

    @classmethod
    def at_least(cls, feature: str, value: float) -> Condition:
        """The number is this or more."""
        return cls({"at_least": {"feature": feature, "value": value}})

    @classmethod
    def above(cls, feature: str, value: float) -> Condition:
        """The number is more than this."""
        return cls({"above": {"feature": feature, "value": value}})

    @classmethod
    def at_most(cls, feature: str, value: float) -> Condition:
        """The number is this or less."""
        return cls({"at_most": {"feature": feature, "value": value}})

    @classmethod
    def below(cls, feature: str, value: float) -> Condition:
        """The number is less than this."""
        return cls({"below": {"feature": feature, "value": value}})

    @classmethod
    def between(cls, feature: str, low: float, high: float) -> Condition:
        """The number is from the one to the other, both included."""
        return cls({"between": {"feature": feature, "low": low, "high": high}})

    @classmethod
    def missing(cls, feature: str) -> Condition:
        """There is no number, or no label."""
        return cls({"missing": {"feature": feature}})

    @classmethod
    def quantile_at_least(cls, feature: str, share: float) -> Condition:
        """The number is at least the quantile of the fit."""
        return cls({"quantile_at_least": {"feature": feature, "share": share}})

    @classmethod
    def quantile_below(cls, feature: str, share: float) -> Condition:
        """The number is below the quantile of the fit."""
        return cls({"quantile_below": {"feature": feature, "share": share}})

    @classmethod
    def one_of(cls, feature: str, labels: Sequence[str]) -> Condition:
        """The label is one of these."""
        return cls({"one_of": {"feature": feature, "labels": list(labels)}})

    @classmethod
    def all(cls, conditions: Sequence[Condition]) -> Condition:
        """Every one holds; of none, always."""
        return cls({"all": [condition._written for condition in conditions]})

    @classmethod
    def any(cls, conditions: Sequence[Condition]) -> Condition:
        """One of them holds; of none, never."""
        return cls({"any": [condition._written for condition in conditions]})

    def __and__(self, other: Condition) -> Condition:
        first = self._written.get("all", [self._written])
        return Condition({"all": [*first, other._written]})

    def __or__(self, other: Condition) -> Condition:
        first = self._written.get("any", [self._written])
        return Condition({"any": [*first, other._written]})

    def __invert__(self) -> Condition:
        return Condition({"not": self._written})

    def to_dict(self) -> dict[str, Any]:
        """The condition as plain values, as in saved rules."""
        return dict(self._written)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Condition) and self._written == other._written

    __hash__ = None  # type: ignore[assignment]

    def __str__(self) -> str:
        return call("segmentation.Condition.statement", condition=self._written)

    def __repr__(self) -> str:
        return f"<Condition: {self}>"


class Rules(Saved, kind="segmentation.Rules"):
    """Segments by rules in order, with quantiles that are frozen by the fit."""

    __slots__ = ()

    segments = figure[list[dict[str, Any]]]("The segments: ``id`` and ``name``.")
    columns = figure[list[str]]("The columns that the rules ask for.")

    @classmethod
    def fit(
        cls,
        features: Features,
        rules: Sequence[tuple[int, str, Condition]],
        *,
        otherwise: tuple[int, str] = (0, "Other"),
    ) -> Rules:
        """Freezes the quantiles of rules.

        Args:
            features: The features that quantiles are taken of.
            rules: The number and the name of a segment, and its condition; the first rule that
                matches decides. Several rules may lead to one segment.
            otherwise: The number and the name of the segment of those whom no rule takes.

        Raises:
            CustometryError: For a column that is not there, with the nearest names.
        """
        written = [
            {"segment": {"id": id, "name": name}, "when": when.to_dict()}
            for id, name, when in rules
        ]
        default = {"id": otherwise[0], "name": otherwise[1]}
        params = {"rules": written, "otherwise": default}
        return cls._call("fit", features=features, params=params)

    @property
    def rules(self) -> list[tuple[int, str, Condition]]:
        """The rules as written: number, name, condition."""
        return [
            (rule["segment"]["id"], rule["segment"]["name"], Condition(rule["when"]))
            for rule in self._ask("rules")
        ]

    @property
    def frozen(self) -> list[Condition]:
        """The conditions with numbers in place of quantiles."""
        return [Condition(written) for written in self._ask("frozen")]

    def assign(self, features: Features) -> Column:
        """The place, among ``segments``, of the segment of each row."""
        return self._ask("assign", features=features)

    def rule_of(self, features: Features) -> Column:
        """The rule that takes each row, from 0; null where none does."""
        return self._ask("rule_of", features=features)

    def explain(self, features: Features, row: int) -> RuleExplanation:
        """Why a row is in its segment, and why it is not in those before."""
        return self._ask("explain", features=features, row=row)

    def validate(self, features: Features | None = None) -> RuleReport:
        """What can and cannot happen under the rules: proved, not tried.

        Args:
            features: Rows to count, if any.
        """
        return self._ask("validate", features=features)

    def to_table(self) -> Table:
        """A row a rule: ``rule``, ``id``, ``segment``, ``condition``, ``frozen``."""
        return self._table("rules")


class RuleReport(Held, kind="segmentation.RuleReport"):
    """What can and cannot happen under some rules."""

    __slots__ = ()

    report = figure[dict[str, Any]]("Everything, with examples of values.")
    statement = figure[str]("Everything in words.")
    overlaps = table(
        "A row a pair of rules that can both match: ``first``, ``second``, ``region``."
    )
    gaps = table("A row a region that no rule takes: ``region``.")
    empty_segments = table("A row a segment that nobody is in: ``id``, ``segment``.")
    unseen_labels = table("A row a label that rules name and no row has: ``feature``, ``label``.")

    def to_table(self) -> Table:
        """A row a rule and one for the default: ``rule``, ``id``, ``segment``, ``reach``,
        ``covered_by``, ``rows``, ``weight``."""
        return self._table("rules")

    def __str__(self) -> str:
        return self.statement


class RuleExplanation(Held, kind="segmentation.RuleExplanation"):
    """Why rules put a row where they do."""

    __slots__ = ()

    report = figure[dict[str, Any]]("Everything: segment, rule, reasons, passed over, values.")
    statement = figure[str]("Everything in words.")
    values = table("A row a feature that rules ask for: ``feature``, ``value``, ``value_label``.")

    def to_table(self) -> Table:
        """A row a condition that had a say: ``rule``, ``id``, ``segment``, ``matched``,
        ``condition``, ``feature``, ``value``, ``value_label``, ``holds``."""
        return self._table("findings")

    def __str__(self) -> str:
        return self.statement


class RfmGrid(Saved, kind="segmentation.RfmGrid"):
    """Recency, frequency and money scored by frozen bins, and codes with names."""

    __slots__ = ()

    segments = figure[list[dict[str, Any]]]("The segments: ``id`` and ``name``.")

    @classmethod
    def new(
        cls,
        rfm: Rfm,
        map: SegmentMap,
        *,
        columns: Sequence[str] = ("recency", "frequency", "monetary"),
    ) -> RfmGrid:
        """A grid.

        Args:
            rfm: The frozen scores.
            map: The map of codes to segments.
            columns: The columns of the features that hold recency, frequency and money.

        Raises:
            CustometryError: Of kind ``version_mismatch``, if map and scores have other bins.
        """
        return cls._call("new", rfm=rfm, map=map, columns=list(columns))

    def assign(self, features: Features) -> Column:
        """The place, among ``segments``, of the segment of each row."""
        return self._ask("assign", features=features)


class SegmentProduct(Held, kind="segmentation.SegmentProduct"):
    """Two segmentations at once: a segment for each pair."""

    __slots__ = ()

    first = figure["Segmentation"]("The first.")
    second = figure["Segmentation"]("The second.")

    @classmethod
    def new(cls, first: Segmentation, second: Segmentation) -> SegmentProduct:
        """The product, to be fitted as a ``model`` of :meth:`Segmentation.fit`."""
        return cls._call("new", first=first, second=second)


# Segmentations


class Segmentation(Saved, kind="segmentation.Segmentation"):
    """Groups with names and stable numbers, and how customers come to be in them."""

    __slots__ = ()

    name = figure[str]("What the segments are about.")
    version = figure[int]("A fingerprint of everything that decides who is where.")
    scheme = figure[str]("Name and version: what assignments are told to be of.")
    fitted_at = figure[datetime.date]("The day of the fit.")
    fitted_on = figure[dict[str, Any]]("Fingerprint and columns of the features of the fit.")
    preparation = figure["Preparation | None"]("The preparation, if any.")
    model = figure[Any]("The model: an object such as :class:`KMeans`.")
    segments = figure[list[dict[str, Any]]]("The segments: ``id`` and ``name``.")
    sizes = figure[list[dict[str, Any]]]("``rows`` and ``weight`` of each segment at the fit.")
    places_of_clusters = figure[Column]("The place, among ``segments``, of each cluster.")

    @classmethod
    def fit(
        cls,
        features: Features,
        fitted_at: Day,
        *,
        name: str,
        model: Model | Held,
        preparation: Mapping[str, Any] | Preparation | str = "suited",
        novelty: float = 0.99,
    ) -> Segmentation:
        """Prepares the features, looks for groups and numbers them, the largest first.

        Args:
            features: The features as they are.
            fitted_at: The day of the fit.
            name: What the segments are about.
            model: ``{"k_means": {"clusters": 4}}`` or the like, see :data:`Model`; or a model that
                was fitted before, :class:`Rules`, an :class:`RfmGrid` or a :class:`SegmentProduct`.
            preparation: ``"suited"`` to the model; the options of :meth:`Preparation.fit` in a
                dict; a preparation that was fitted before; or ``"none"``.
            novelty: The share of the customers of a segment beyond which others are novel.

        Raises:
            CustometryError: As the preparation and the model say.
        """
        params: dict[str, Any] = {"name": name, "novelty": novelty}
        fitted, prepared = None, None
        if isinstance(model, Held):
            fitted = model
        else:
            params["model"] = model
        if isinstance(preparation, Preparation):
            prepared = preparation
        elif isinstance(preparation, str):
            params["preparation"] = preparation
        else:
            params["preparation"] = {"this": preparation}
        return cls._call(
            "fit",
            features=features,
            fitted_at=fitted_at,
            params=params,
            model=fitted,
            preparation=prepared,
        )

    def assign(self, features: Features, as_of: Day) -> Placements:
        """The segment of each row on a day."""
        return self._ask("assign", features=features, as_of=as_of)

    def assign_within(
        self,
        features: Features,
        as_of: Day,
        *,
        at_least: int | None = None,
        at_most: int | None = None,
        at_least_share: float | None = None,
        at_most_share: float | None = None,
    ) -> Assignments:
        """The segment of each row at the least cost within limits of sizes; of k-means only."""
        limits = given(
            at_least=at_least,
            at_most=at_most,
            at_least_share=at_least_share,
            at_most_share=at_most_share,
        )
        return self._ask("assign_within", features=features, as_of=as_of, limits=limits)

    def membership(self, features: Features) -> Table | None:
        """The probability of each segment for each row: a column a segment, under its number.

        None if the model is no mixture.
        """
        return self._ask("membership", features=features)

    def explain(
        self, features: Features, row: int, against: int | None = None
    ) -> SegmentExplanation:
        """Why a row is in its segment, and what would change that.

        Args:
            features: The features.
            row: The row, from 0.
            against: The number of the segment to compare with; the next best by default.
        """
        return (
            self._ask("explain", features=features, row=row)
            if against is None
            else self._ask("explain_against", features=features, row=row, other=against)
        )

    def rename(self, id: int, name: str) -> Segmentation:
        """The same with another name for a segment; numbers and version stay."""
        return self._ask("rename", id=id, name=name)

    def rename_all(self, names: Sequence[Mapping[str, Any]]) -> Segmentation:
        """The same with other names, an ``id`` and a ``name`` each: :meth:`NamingRules.propose`."""
        return self._ask("rename_all", names=list(names))

    def to_table(self) -> Table:
        """A row a segment: ``id``, ``segment``, ``rows``, ``weight``, ``cluster``."""
        return self._table()

    def __repr__(self) -> str:
        return f"<custometry.{self._object.kind}: {self.scheme}>"


class Placements(Held, kind="segmentation.Placements"):
    """Where a segmentation puts rows, and how sure that is."""

    __slots__ = ()

    assignments = figure[Assignments]("The segment of each row.")
    costs = figure[Column]("What the model makes small; NaN for a row in no segment of the model.")
    margins = figure[Column]("What the next best segment costs more; infinite where there is none.")
    novel = figure[Column]("Whether each row is farther out than the share of novelty allows.")

    def __len__(self) -> int:
        return self._ask("len")

    def to_table(self, customers: Customers | None = None) -> Table:
        """A row a row: ``id``, ``segment``, ``cost``, ``distance``, ``margin``, ``runner_up_id``,
        ``runner_up``, ``novel``; null where there is none.

        Args:
            customers: The customers of the rows, in their order, if their keys are to stand in a
                column ``customer``.
        """
        if customers is None:
            return self._table()
        return self._ask("table_of", customers=customers)


class SegmentExplanation(Held, kind="segmentation.SegmentExplanation"):
    """Why a row is in its segment."""

    __slots__ = ()

    report = figure[dict[str, Any]]("Everything: ``segment`` and ``reasons``.")
    flips = table(
        "A row a feature that alone could change the segment: ``feature``, ``from``, ``to``, "
        "``effort``, ``becomes_id``, ``becomes``."
    )
    shortest = table("The shortest change of all together: ``feature``, ``from``, ``to``.")

    def to_table(self) -> Table:
        """A row a prepared feature, the strongest first: ``feature``, ``prepared``, ``value``,
        ``value_label``, ``own``, ``own_label``, ``other``, ``other_label``, ``contribution``."""
        return self._table("contributions")


# Whether groups are apart, agree, and would be found again


class Silhouette(Held, kind="segmentation.Silhouette"):
    """How well rows sit in their clusters, from -1 to 1."""

    __slots__ = ()

    mean = figure[Estimate]("The mean over rows; its error is 0 unless rows were sampled.")
    rows = figure[int]("The rows that count.")
    compared = figure[int]("The rows whose silhouette was computed.")
    values = figure["Column | None"]("The silhouette of each row; None if rows were sampled.")

    @classmethod
    def evaluate(
        cls,
        features: Features,
        labels: Numbers,
        *,
        method: Choice = "by_size",
        seed: int = 0,
        level: float = 0.95,
    ) -> Silhouette:
        """The silhouette of rows under labels.

        Args:
            features: Prepared features.
            labels: The number of the cluster of each row; None where it has none.
            method: ``"by_size"`` (exact up to 20,000 rows, a sample beyond), ``"exact"``,
                ``{"sample": rows}`` or ``"simplified"``.
            seed: The seed of the sample.
            level: The level of the intervals.
        """
        params = {"method": method, "seed": seed, "level": level}
        return cls._call("evaluate", features=features, labels=labels, params=params)

    @classmethod
    def evaluate_distances(
        cls,
        distances: Frame,
        labels: Numbers,
        *,
        method: Choice = "by_size",
        seed: int = 0,
        level: float = 0.95,
    ) -> Silhouette:
        """The same under a square table of distances: column j has those to row j."""
        params = {"method": method, "seed": seed, "level": level}
        return cls._call(
            "evaluate_distances", distances=Table.of(distances), labels=labels, params=params
        )

    def to_table(self) -> Table:
        """A row a cluster: ``cluster``, ``rows``, ``mean``, ``se``, ``lower``, ``upper``."""
        return self._table("clusters")


class Dispersion(Held, kind="segmentation.Dispersion"):
    """Sums of squares within and between clusters, and the indices made of them."""

    __slots__ = ()

    within = figure[float]("The sum of squares about the centres of clusters.")
    between = figure[float]("The sum of squares of centres about that of all.")
    total = figure[float]("Both together.")
    rows = figure[int]("The rows that count.")
    explained = figure[float]("The share of the spread that lies between clusters.")
    calinski_harabasz = figure[float]("The index of Calinski and Harabasz; large is good.")
    davies_bouldin = figure[float]("The index of Davies and Bouldin; small is good.")

    @classmethod
    def of_labels(cls, features: Features, labels: Numbers) -> Dispersion:
        """The dispersion of rows under labels; None where a row has no cluster."""
        return cls._call("of_labels", features=features, labels=labels)

    def to_table(self) -> Table:
        """A row a cluster: ``cluster``, ``rows``, ``weight``, ``within``, ``radius``."""
        return self._table()


class Contingency(Held, kind="segmentation.Contingency"):
    """Two groupings of the same rows, counted by pairs of clusters."""

    __slots__ = ()

    rows = figure[int]("The rows in all cells.")
    left_out = figure[int]("The rows without a cluster in one grouping or both.")
    cells = table("A row a pair that shares rows: ``first``, ``second``, ``rows``.")
    first_totals = table("A row a cluster of the first grouping: ``cluster``, ``rows``.")
    second_totals = table("A row a cluster of the second grouping: ``cluster``, ``rows``.")

    @classmethod
    def of(cls, first: Numbers | Assignments, second: Numbers | Assignments) -> Contingency:
        """The table of two groupings: numbers of clusters (None for none), or assignments."""
        verb = "of_assignments" if isinstance(first, Assignments) else "of_labels"
        return cls._call(verb, first=first, second=second)

    @classmethod
    def merge(cls, states: Sequence[Contingency]) -> Contingency:
        """The tables of parts of the rows together."""
        return cls._call("merge", states=list(states))

    def count(self, first: int, second: int) -> int:
        """The rows in both clusters."""
        return self._ask("count", first=first, second=second)

    def agreement(self) -> dict[str, Any]:
        """All measures of agreement; see :meth:`Agreement.of`."""
        return self._ask("agreement")


class Agreement:
    """How far two groupings of the same rows agree; names and order of clusters do not matter."""

    @staticmethod
    def of(first: Numbers | Assignments, second: Numbers | Assignments) -> dict[str, Any]:
        """All measures of agreement.

        Args:
            first: The number of the cluster of each row, None where it has none; or assignments.
            second: The same of the other grouping.

        Returns:
            ``rows``, ``left_out``, ``rand``, ``adjusted_rand``, ``fowlkes_mallows``,
            ``mutual_information``, ``expected_mutual_information``,
            ``adjusted_mutual_information``, ``normalised_mutual_information``, ``homogeneity``,
            ``completeness``, ``v_measure`` and ``variation_of_information``; information in nats.

        Example:
            >>> from custometry.segmentation import Agreement
            >>> Agreement.of([0, 0, 1, 1], [1, 1, 0, 0])["adjusted_rand"]
            1.0
        """
        verb = "of_assignments" if isinstance(first, Assignments) else "of_labels"
        return call(f"segmentation.Agreement.{verb}", first=first, second=second)


class Stability(Held, kind="segmentation.Stability"):
    """Whether clusters would be found again in other customers."""

    __slots__ = ()

    resamples = figure[int]("How many times rows were drawn.")
    failed = figure[int]("The resamples to which the model could not be fitted.")
    adjusted_rand = figure[float]("The mean adjusted Rand index of the refits and the fit.")
    least_jaccard = figure[float]("The least mean similarity of a cluster, from 0 to 1.")

    @classmethod
    def evaluate(
        cls,
        features: Features,
        model: Model,
        *,
        resamples: int = 100,
        seed: int = 0,
        copies: bool = False,
    ) -> Stability:
        """Fits a model to resamples of the rows.

        Args:
            features: Features as the model takes them, prepared where they need be.
            model: The parameters of a model that looks for groups; see :data:`Model`.
            resamples: How many times rows are drawn.
            seed: What the random numbers come from.
            copies: Whether a row drawn several times counts so many times.
        """
        params = {"resamples": resamples, "seed": seed, "copies": copies}
        return cls._call("evaluate", features=features, model=model, params=params)

    @classmethod
    def evaluate_segmentation(
        cls,
        segmentation: Segmentation,
        features: Features,
        model: Model,
        *,
        resamples: int = 100,
        seed: int = 0,
        copies: bool = False,
    ) -> Stability:
        """How stable the segments of a segmentation are, by their numbers."""
        params = {"resamples": resamples, "seed": seed, "copies": copies}
        return cls._call(
            "evaluate_segmentation",
            segmentation=segmentation,
            features=features,
            model=model,
            params=params,
        )

    def to_table(self) -> Table:
        """A row a cluster: ``cluster``, ``rows``, ``mean_jaccard``, ``standard_error``,
        ``dissolved``, ``recovered``, ``verdict``."""
        return self._table()


class StabilityVerdict:
    """What a mean Jaccard similarity says of a cluster, by the bands of Hennig."""

    @staticmethod
    def of(mean_jaccard: float) -> str:
        """``dissolved``, ``doubtful``, ``pattern``, ``stable`` or ``highly_stable``."""
        return call("segmentation.StabilityVerdict.of", mean_jaccard=mean_jaccard)

    @staticmethod
    def statement(verdict: str) -> str:
        """The verdict in words."""
        return call("segmentation.StabilityVerdict.statement", verdict=verdict)


class Panel(Held, kind="segmentation.Panel"):
    """Numbers of clusters side by side, and which of them can be defended."""

    __slots__ = ()

    recommendation = figure[dict[str, Any]](
        "``k``; ``reasons`` for it and ``against`` it, each a ``case`` and a ``statement``."
    )
    warnings = figure[list[dict[str, Any]]]("What is odd about the data or the range.")
    preferences = table("A row an index: ``index``, ``name``, and the ``k`` it prefers.")
    reasons = table("A row each: ``speaks`` (for or against), ``reason``, ``statement``.")
    all_warnings = table("A row each: ``k``, ``warning``, ``statement``.", "warnings")
    stability = table("A row a cluster of each number: ``k``, and as :class:`Stability`.")
    sizes = table("A row a cluster of each number, rising: ``k``, ``share`` of the weight.")

    @classmethod
    def evaluate(
        cls,
        features: Features,
        first: int,
        last: int,
        *,
        kind: Choice = "k_means",
        restarts: int | None = None,
        seed: int = 0,
        silhouette: Mapping[str, Any] | None = None,
        resamples: int = 50,
        splits: int = 20,
        references: int = 50,
    ) -> Panel:
        """Compares all numbers of clusters of a range.

        Args:
            features: Prepared features.
            first: The least number; with 1 the panel can say that there are no groups.
            last: The greatest.
            kind: ``"k_means"``, or ``{"gaussian_mixture": "full"}`` (or ``"diagonal"``).
            restarts: How many starts each fit has; as the model has it by default.
            seed: What all random numbers come from.
            silhouette: ``method``, ``seed`` and ``level`` of :meth:`Silhouette.evaluate`.
            resamples: For the stability of clusters; 0 for none.
            splits: For the prediction strength; 0 for none.
            references: For the gap; 0 for none.
        """
        params = given(
            first=first,
            last=last,
            kind=kind,
            restarts=restarts,
            seed=seed,
            silhouette=silhouette,
            resamples=resamples,
            splits=splits,
            references=references,
        )
        return cls._call("evaluate", features=features, params=params)

    def row(self, k: int) -> dict[str, Any] | None:
        """All there is to say of one number of clusters; None if it is not in the range."""
        return self._ask("row", k=k)

    def preferred(self, index: str) -> int | None:
        """The number that an index prefers: ``knee``, ``silhouette``, ``calinski_harabasz``,
        ``davies_bouldin``, ``gap``, ``gap_first_maximum``, ``bic``, ``prediction_strength`` or
        ``stability``."""
        return self._ask("preferred", index=index)

    def to_table(self) -> Table:
        """A row a number of clusters, null where something was not computed.

        ``k``, ``within``, ``explained``, ``silhouette``, ``silhouette_lower``,
        ``silhouette_upper``, ``calinski_harabasz``, ``davies_bouldin``, ``gap``, ``gap_error``,
        ``log_within``, ``bic``, ``aic``, ``icl``, ``prediction_strength``,
        ``prediction_strength_error``, ``least_jaccard``, ``adjusted_rand``, ``smallest_share``,
        ``converged``.
        """
        return self._table("panel")


class PanelIndex:
    """What has a preference for a number of clusters."""

    @staticmethod
    def name(index: str) -> str:
        """The name of an index in words."""
        return call("segmentation.PanelIndex.name", index=index)


# What segments are like


class Profiles(Held, kind="segmentation.Profiles"):
    """What segments are like beside the population, in the units of the features.

    In all tables ``id`` is the number of a segment; null is the population.
    """

    __slots__ = ()

    population = figure[dict[str, Any]]("The population.")
    unassigned = figure[int]("Customers without a segment.")
    report = figure[dict[str, Any]]("Everything.")
    numeric = table(
        "A row a segment and numeric feature: ``id``, ``feature``, ``count``, ``missing``, "
        "``weight``, ``mean``, ``sd``, ``median``, ``min``, ``max``, ``index``, "
        "``standardised_difference``."
    )
    quantiles = table("A row each: ``id``, ``feature``, ``share``, ``value``.")
    categories = table(
        "A row a segment and feature: ``id``, ``feature``, ``count``, ``missing``, ``weight``."
    )
    levels = table(
        "A row a segment, feature and label: ``id``, ``feature``, ``level``, ``weight``, "
        "``share``, ``lift``, ``standardised_difference``."
    )
    distinguishing = table(
        "What sets segments apart, the greatest first: ``id``, ``feature``, ``level``, "
        "``standardised_difference``, ``index``, ``share``, ``lift``."
    )
    exemplars = table("Rows in the middle: ``id``, ``row``, ``distance``, ``missing``.")
    variance = table(
        "A row a numeric feature: ``feature``, ``f``, ``between_degrees``, ``within_degrees``, "
        "``p_value``, ``eta_squared``."
    )
    associations = table(
        "A row a feature of categories: ``feature``, ``chi_square``, ``degrees_of_freedom``, "
        "``p_value``, ``cramers_v``, ``smallest_expected``."
    )

    @classmethod
    def profile(
        cls,
        features: Features,
        assignments: Assignments,
        *,
        quantiles: Sequence[float] = (0.05, 0.25, 0.5, 0.75, 0.95),
        distinguishing: int = 3,
        exemplars: int = 3,
        money: str | None = None,
        revenue: Numbers = None,
        exemplars_in: Features | None = None,
    ) -> Profiles:
        """Describes each segment.

        Args:
            features: The features in their own units.
            assignments: The segment of each row.
            quantiles: Which quantiles are told.
            distinguishing: How many features that set a segment apart are told, at most.
            exemplars: How many customers in the middle are told, at most.
            money: The column of the features that is revenue, if any.
            revenue: Instead, the revenue of each row.
            exemplars_in: The prepared features in which the middle is looked for.
        """
        params = given(
            quantiles=list(quantiles),
            distinguishing=distinguishing,
            exemplars=exemplars,
            money=money,
        )
        return cls._call(
            "profile",
            features=features,
            assignments=assignments,
            params=params,
            revenue=revenue,
            exemplars_in=exemplars_in,
        )

    def segment(self, id: int) -> dict[str, Any] | None:
        """The profile of a segment; None if the scheme does not have it."""
        return self._ask("segment", id=id)

    def to_table(self) -> Table:
        """A row a segment after one for the population: ``id``, ``segment``, ``customers``,
        ``weight``, ``share``, ``revenue``, ``revenue_share``."""
        return self._table("segments")


class NamingRules:
    """Names for segments, made of what sets them apart."""

    @staticmethod
    def propose(
        profiles: Profiles,
        *,
        low: float = -0.5,
        high: float = 0.5,
        words: int = 2,
        rules: Sequence[tuple[Mapping[str, str], str]] = (),
    ) -> list[dict[str, Any]]:
        """Proposes a name for each segment, with reasons.

        Args:
            profiles: The profiles.
            low: The standardised difference up to which a feature is low.
            high: The one from which on it is high.
            words: How many features are named, at most.
            rules: Levels by feature (``"low"``, ``"mid"`` or ``"high"``), and the name of a segment
                that has them all; ``{feature}`` in it becomes words such as "high spend".

        Returns:
            For each segment ``id``, ``name``, ``rule`` and ``reasons``, as
            :meth:`Segmentation.rename_all` takes them.
        """
        written = [{"when": list(when.items()), "name": name} for when, name in rules]
        params = {"low": low, "high": high, "words": words, "rules": written}
        return call("segmentation.NamingRules.propose", profiles=profiles, params=params)


class NamingLevel:
    """How much of a feature a segment has: ``low``, ``mid`` or ``high``."""

    @staticmethod
    def word(level: str) -> str:
        """The word for a level in proposed names."""
        return call("segmentation.NamingLevel.word", level=level)


class Surrogate(Saved, kind="segmentation.Surrogate"):
    """A simple tree that tells segments apart, and how faithful it is."""

    __slots__ = ()

    fidelity = figure[float]("The share of the customers whom the tree puts into their segment.")
    by_segment = figure[list[dict[str, Any]]](
        "Of each segment ``id``, ``weight``, ``precision`` and ``recall``."
    )
    leaves = figure[list[dict[str, Any]]]("The leaves with their conditions.")
    conditions = table(
        "A row a condition of a leaf: ``leaf``, ``feature``, ``kind``, ``from``, ``below``, "
        "``missing``, ``condition``."
    )

    @classmethod
    def fit(
        cls,
        features: Features,
        assignments: Assignments,
        *,
        max_leaves: int | None = None,
        min_leaf: float = 0.01,
    ) -> Surrogate:
        """Grows the tree.

        Args:
            features: The features in their own units.
            assignments: The segment of each row.
            max_leaves: At most so many leaves; two a segment by default.
            min_leaf: The least share of the weight in a leaf.
        """
        params = given(max_leaves=max_leaves, min_leaf=min_leaf)
        return cls._call("fit", features=features, assignments=assignments, params=params)

    def assign(self, features: Features) -> Column:
        """The number of the segment that the tree puts each row into."""
        return self._ask("assign", features=features)

    def explain_one(self, features: Features, row: int) -> SurrogateExplanation:
        """The leaf of a row, with the conditions that it meets."""
        return self._ask("explain_one", features=features, row=row)

    def to_table(self) -> Table:
        """A row a leaf: ``leaf``, ``id``, ``segment``, ``customers``, ``weight``, ``share``,
        ``purity``, ``rule``."""
        return self._table("leaves")


class SurrogateExplanation(Held, kind="segmentation.SurrogateExplanation"):
    """Why a tree puts a row where it does."""

    __slots__ = ()

    number = figure[int]("The number of the leaf.")
    report = figure[dict[str, Any]]("Everything: ``number`` and ``leaf``.")
    statement = figure[str]("The leaf in words.")

    def to_table(self) -> Table:
        """A row a condition: ``feature``, ``condition``."""
        return self._table()

    def __str__(self) -> str:
        return self.statement
