"""Groups: against the programs that the Rust tests are held to, through Python."""

from __future__ import annotations

import csv
import math
import pickle
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

import custometry
from custometry import CustometryError
from custometry.data import Assignments, Features, Transactions
from custometry.segmentation import (
    Agreement,
    Condition,
    Contingency,
    Dbscan,
    Dispersion,
    GaussianMixture,
    KMeans,
    KMeansStream,
    KPrototypes,
    MixtureVerdict,
    NamingLevel,
    NamingRules,
    Panel,
    PanelIndex,
    Preparation,
    Profiles,
    RfmGrid,
    Rules,
    SegmentProduct,
    Segmentation,
    Silhouette,
    Stability,
    StabilityVerdict,
    Surrogate,
)
from custometry.value import Rfm, SegmentMap, SummaryState

GOLDEN = Path(__file__).parents[1] / "golden" / "segmentation"
MEASURES = ["sepal_length", "sepal_width", "petal_length", "petal_width"]
DAY = "2024-12-31"


def _iris() -> dict[str, list[Any]]:
    with (GOLDEN / "iris.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    columns: dict[str, list[Any]] = {name: [float(row[name]) for row in rows] for name in MEASURES}
    columns["species"] = [row["species"] for row in rows]
    return columns


@pytest.fixture(scope="module")
def flowers() -> dict[str, list[Any]]:
    return _iris()


@pytest.fixture(scope="module")
def iris(flowers: dict[str, list[Any]]) -> Features:
    return Features.read({name: flowers[name] for name in MEASURES})


@pytest.fixture(scope="module")
def three(iris: Features) -> KMeans:
    return KMeans.fit(iris, clusters=3)


@pytest.fixture(scope="module")
def species(flowers: dict[str, list[Any]]) -> Assignments:
    return Assignments.read({"segment": flowers["species"]}, scheme="species", as_of=DAY)


@pytest.fixture(scope="module")
def kinds(iris: Features) -> Segmentation:
    return Segmentation.fit(iris, DAY, name="kinds", model={"k_means": {"clusters": 3}})


# Models


@pytest.mark.parametrize(
    ("clusters", "inertia"),
    # scikit-learn 1.9.1 and R 4.2.2, the best of 200 restarts.
    [(2, 152.3479517604), (3, 78.8514414261), (4, 57.2284732143), (5, 46.4461820513)],
)
def test_k_means_of_iris(iris: Features, clusters: int, inertia: float) -> None:
    found = KMeans.fit(iris, clusters=clusters)
    assert found.inertia == pytest.approx(inertia, rel=2e-12, abs=1e-10)
    assert found.verdict == "converged"


def test_centres_of_iris(iris: Features, three: KMeans) -> None:
    # scikit-learn 1.9.1 and R 4.2.2.
    expected = {
        50: [5.006, 3.428, 1.462, 0.246],
        62: [5.9016129032, 2.7483870968, 4.3935483871, 1.4338709677],
        38: [6.85, 3.0736842105, 5.7421052632, 2.0710526316],
    }
    assert three.columns == MEASURES
    assert three.centres.columns == MEASURES
    for at, size in enumerate(three.sizes):
        assert list(three.centres.row(at).values()) == pytest.approx(expected[size], rel=1e-10)
    clusters = three.assign(iris).to_list()
    counts = Counter(clusters)
    assert [counts[at] for at in range(3)] == three.sizes.to_list()
    told = three.to_table()
    assert told.columns == ["cluster", "size", "within", "rows"]
    assert told["rows"].to_list() == [None] * 3
    assert sum(told["within"]) == three.inertia
    assert three.limits is None


def test_given_starts_and_iterations(iris: Features, flowers: dict[str, list[Any]]) -> None:
    # The sum of squares of scikit-learn after each iteration from three flowers.
    start = [[flowers[name][row] for name in MEASURES] for row in (0, 50, 100)]
    for at, inertia in enumerate([82.591317678837, 78.942697792869, 78.851441426146]):
        found = KMeans.fit(
            iris,
            clusters=3,
            start={"centres": start},
            algorithm="lloyd",
            max_iterations=at + 1,
        )
        assert found.inertia == pytest.approx(inertia, rel=1e-13)
        assert found.verdict == "iteration_limit"


def test_limits_of_sizes(iris: Features) -> None:
    # k-means-constrained 0.9.1, the best of 40 seeds.
    found = KMeans.fit(iris, clusters=3, size_limits={"at_least": 45, "at_most": 55})
    assert found.inertia <= 79.9958484848485 * (1 + 1e-12)
    limits = found.limits
    assert limits is not None
    assert limits["limits"] == {"at_least": 45, "at_most": 55}
    assert sum(limits["rows"]) == 150
    assert limits["cost_increase"] > 0
    within = KMeans.fit(iris, clusters=3).assign_within(iris, at_least=50, at_most=50)
    assert within.sizes == [50, 50, 50]
    assert within.moved == 12
    assert within.cost > within.unlimited_cost
    assert Counter(within.cluster) == {0: 50, 1: 50, 2: 50}


def test_a_stream_comes_to_the_same_groups(iris: Features, three: KMeans) -> None:
    start = [list(three.centres.row(at).values()) for at in range(3)]
    empty = KMeansStream.open(MEASURES, clusters=3, start={"centres": start}, buffer=1)
    stream = empty.update(iris).update(iris)
    assert (empty.rows, stream.rows) == (0, 300)
    assert stream.recent_inertia == pytest.approx(three.inertia / 150, rel=0.1)
    model = stream.model()
    assert model.verdict == "streamed"
    told = Agreement.of(model.assign(iris), three.assign(iris))
    assert told["adjusted_rand"] > 0.9
    again = pickle.loads(pickle.dumps(stream))
    assert again.update(iris).model() == stream.update(iris).model()


@pytest.mark.parametrize(
    ("covariance", "clusters", "bic", "aic"),
    # scikit-learn 1.9.1, GaussianMixture(k, tol=0, max_iter=2000).
    [
        ("full", 1, 829.978154509, 787.829260392),
        ("full", 2, 574.017832721, 486.709409192),
        ("full", 3, 580.838908110, 448.370955170),
        ("diagonal", 2, 857.551494117, 806.370694118),
        ("diagonal", 3, 743.997438941, 665.720921294),
    ],
)
def test_mixtures_of_iris(
    iris: Features, covariance: str, clusters: int, bic: float, aic: float
) -> None:
    mixture = GaussianMixture.fit(iris, clusters=clusters, covariance=covariance)
    assert mixture.verdict == "converged"
    assert mixture.soundness == ["sound"] * clusters
    assert mixture.bic == pytest.approx(bic, abs=1e-6)
    assert mixture.aic == pytest.approx(aic, abs=1e-6)


def test_members_of_a_mixture(iris: Features) -> None:
    mixture = GaussianMixture.fit(iris, clusters=2)
    shares = mixture.membership(iris)
    assert shares.columns == ["0", "1"]
    best = [max(range(2), key=list(shares.row(row).values()).__getitem__) for row in range(150)]
    assert best == mixture.assign(iris).to_list()
    density = mixture.log_density(iris).to_list()
    assert sum(density) == pytest.approx(mixture.log_likelihood, rel=1e-12)
    covariance = mixture.covariance(0)
    assert covariance.columns == MEASURES
    long = mixture.covariances.to_dict()
    assert len(long["covariance"]) == 2 * 16
    assert long["covariance"][1] == covariance["sepal_width"][0]
    assert mixture.statement == MixtureVerdict.statement(mixture.verdict)
    with pytest.raises(CustometryError) as caught:
        mixture.covariance(2)
    assert caught.value.kind == "invalid_parameter"


def test_stocks_by_numbers_and_categories() -> None:
    # STOCKS of the tests of the package kmodes (MIT), and its KPrototypes(4, init='Cao').
    stocks = {
        "price": [
            738.5,
            369.5,
            368.2,
            346.7,
            343.5,
            282.4,
            282.1,
            279.7,
            257.2,
            205.2,
            192.1,
            195.7,
        ],
        "sector": "tech nrg tech tech fin fin tel cons cons tel tech nrg".split(),
        "country": "USA USA USA USA USA USA CN USA USA USA USA NL".split(),
    }
    features = Features.read(stocks)
    model = KPrototypes.fit(features, clusters=4)
    assert model.cost == pytest.approx(1664.4708549505, abs=1e-9)
    assert model.gamma == pytest.approx(69.9033360355, abs=1e-9)
    clusters = model.assign(features).to_list()
    order = list(dict.fromkeys(clusters))
    assert [order.index(cluster) for cluster in clusters] == [0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3]
    assert model.prototypes.columns == ["price", "sector", "country"]
    assert model.prototypes["price"][clusters[1]] == pytest.approx(356.975)
    terms = model.contributions(features, 0, clusters[0]).to_list()
    assert terms == pytest.approx([0.0, 0.0, 0.0], abs=1e-9)


def test_soybean_by_categories_alone() -> None:
    # kmodes 0.12.2, KModes(4, init='Cao'): cost 199, and the clusters are the diseases.
    with (GOLDEN / "soybean.csv").open(newline="") as file:
        rows = list(csv.reader(file))
    names = [f"c{at}" for at in range(35)]
    features = Features.read(
        {name: [row[at] for row in rows] for at, name in enumerate(names)},
        categories=names,
    )
    model = KPrototypes.fit(features, clusters=4)
    assert model.cost == pytest.approx(199, abs=1e-12)
    assert sorted(model.sizes) == [10, 10, 10, 17]
    diseases = [int(row[35][1:]) for row in rows]
    assert Agreement.of(model.assign(features), diseases)["adjusted_rand"] == 1.0


@pytest.mark.parametrize(
    ("radius", "min_points", "cores", "sizes", "noise"),
    # scikit-learn 1.9.1; radii between the distances that occur.
    [(0.45, 5, 109, [48, 78], 24), (0.55, 5, 127, [49, 90], 11), (0.65, 10, 121, [50, 90], 10)],
)
def test_dbscan_of_iris(
    iris: Features, radius: float, min_points: int, cores: int, sizes: list[int], noise: int
) -> None:
    model = Dbscan.fit(iris, radius=radius, min_points=min_points)
    assert len(model.core_points) == len(model.core_clusters) == cores
    assert model.sizes.to_list() == sizes
    assert model.noise == noise
    assert model.assign(iris).null_count == noise
    assert model.parameters == {"radius": radius, "min_points": min_points}


def test_a_radius_is_proposed(iris: Features) -> None:
    proposal = Dbscan.propose_radius(iris, min_points=5)
    assert len(proposal.curve) == 101
    assert proposal.to_table()["share"][50] == 0.5
    model = Dbscan.fit(iris, radius=proposal.radius, min_points=5)
    assert len(model.core_points) == pytest.approx(150 * proposal.core_share)


# Agreement and validity


def test_agreement_of_iris_with_its_clusters() -> None:
    cells = [(0, 0, 50), (1, 1, 48), (1, 2, 2), (2, 1, 14), (2, 2, 36)]
    first = [a for a, _, n in cells for _ in range(n)]
    second = [b for _, b, n in cells for _ in range(n)]
    # scikit-learn 1.9.1; the variation of information by R's fpc 2.2-10.
    expected = {
        "rand": 0.879731543624,
        "adjusted_rand": 0.730238272283,
        "fowlkes_mallows": 0.820808072911,
        "mutual_information": 0.825591097610,
        "expected_mutual_information": 0.01359147293472328,
        "adjusted_mutual_information": 0.755119167580,
        "normalised_mutual_information": 0.758175680006,
        "v_measure": 0.758175680006,
        "homogeneity": 0.751485402199,
        "completeness": 0.764986151449,
        "variation_of_information": 0.526653679452,
    }
    told = Agreement.of(first, second)
    for name, value in expected.items():
        assert told[name] == pytest.approx(value, abs=1e-12), name
    table = Contingency.of(first, second)
    assert list(zip(*table.cells.to_dict().values())) == cells
    assert table.count(2, 1) == 14
    assert table.agreement() == told
    halves = [Contingency.of(first[:60], second[:60]), Contingency.of(first[60:], second[60:])]
    assert Contingency.merge(halves).cells == table.cells
    assert table.first_totals["rows"].to_list() == [50, 50, 50]


def test_rows_without_a_cluster_are_left_out() -> None:
    told = Agreement.of([0, 0, 1, None, 1], [5, 5, 7, 7, None])
    assert (told["rows"], told["left_out"], told["adjusted_rand"]) == (3, 2, 1.0)


def test_indices_of_iris(iris: Features, three: KMeans) -> None:
    # scikit-learn 1.9.1 and R 4.2.2.
    labels = three.assign(iris)
    silhouette = Silhouette.evaluate(iris, labels)
    assert silhouette.mean["value"] == pytest.approx(0.5528190124, abs=1e-10)
    assert silhouette.mean["se"] == 0
    assert silhouette.compared == silhouette.rows == 150
    values = silhouette.values
    assert values is not None
    assert sum(values) / 150 == pytest.approx(silhouette.mean["value"])
    simple = Silhouette.evaluate(iris, labels, method="simplified")
    assert simple.mean["value"] == pytest.approx(0.6663855565, abs=1e-10)
    sampled = Silhouette.evaluate(iris, labels, method={"sample": 60})
    assert sampled.values is None
    assert sampled.compared == 60
    dispersion = Dispersion.of_labels(iris, labels)
    assert dispersion.calinski_harabasz == pytest.approx(561.6277566296, abs=1e-9)
    assert dispersion.davies_bouldin == pytest.approx(0.6619715465, abs=1e-10)
    assert dispersion.explained == pytest.approx(0.8842752513, abs=1e-10)
    assert dispersion.within == pytest.approx(three.inertia)
    assert dispersion.to_table()["rows"].to_list() == three.sizes.to_list()


def test_a_table_of_distances() -> None:
    # Distances of 0, 1, 5 and 7 on a line.
    places = [0.0, 1.0, 5.0, 7.0]
    distances = {f"r{at}": [abs(a - b) for b in places] for at, a in enumerate(places)}
    found = Silhouette.evaluate_distances(distances, [0, 0, 1, 1])
    values = found.values
    assert values is not None
    assert values[0] == pytest.approx((6 - 1) / 6)
    line = Features.read({"x": places})
    direct = Silhouette.evaluate(line, [0, 0, 1, 1])
    assert direct.mean["value"] == pytest.approx(found.mean["value"], rel=1e-14)


def test_stability_of_iris(iris: Features) -> None:
    # R 4.2.2, fpc 2.2-10, clusterboot with B = 500: 53 rows at 0.995 and 97 at 0.998.
    found = Stability.evaluate(iris, {"k_means": {"clusters": 2}}, resamples=100)
    told = sorted(zip(found.to_table()["rows"], found.to_table()["mean_jaccard"]))
    assert [rows for rows, _ in told] == [53, 97]
    assert [mean for _, mean in told] == pytest.approx([0.995, 0.998], abs=0.03)
    assert found.to_table()["verdict"].to_list() == ["highly_stable"] * 2
    assert found.failed == 0
    assert found.least_jaccard == min(mean for _, mean in told)
    assert StabilityVerdict.of(0.7) == "pattern"
    assert "stable" in StabilityVerdict.statement("stable")


def test_the_panel_of_iris(iris: Features) -> None:
    panel = Panel.evaluate(iris, 1, 4, resamples=10, splits=5, references=5)
    told = panel.to_table()
    assert told["k"].to_list() == [1, 2, 3, 4]
    # scikit-learn 1.9.1 and R 4.2.2, the best of 200 restarts.
    golden = [
        (152.3479517604, 0.6810461692, 513.9245459803, 0.4042928372),
        (78.8514414261, 0.5528190124, 561.6277566296, 0.6619715465),
        (57.2284732143, 0.4980505050, 530.7658081873, 0.7803069839),
    ]
    names = ["within", "silhouette", "calinski_harabasz", "davies_bouldin"]
    for at, expected in enumerate(golden):
        row = told.row(at + 1)
        assert [row[name] for name in names] == pytest.approx(expected, abs=1e-9)
    assert told["silhouette"][0] is None
    assert (panel.preferred("silhouette"), panel.preferred("calinski_harabasz")) == (2, 3)
    recommendation = panel.recommendation
    assert recommendation["k"] in (2, 3)
    assert all(reason["statement"] for reason in recommendation["reasons"])
    of_three = panel.row(3)
    assert of_three is not None
    assert of_three["k"] == 3
    assert panel.row(9) is None
    assert len(panel.stability) == 1 + 2 + 3 + 4
    assert sum(panel.sizes["share"]) == pytest.approx(4)
    assert PanelIndex.name("bic") == "BIC"


# Preparation


def test_a_preparation_is_frozen(flowers: dict[str, list[Any]], iris: Features) -> None:
    preparation = Preparation.fit(iris)
    assert preparation.names == MEASURES
    length = flowers["petal_length"]
    mean = sum(length) / 150
    told = preparation.columns.to_dict()
    at = told["column"].index("petal_length")
    assert told["mean"][at] == pytest.approx(mean)
    assert told["centre"][at] == pytest.approx(mean)
    prepared = preparation.apply(iris)
    column = prepared.features.column("petal_length")
    assert column is not None
    assert sum(column) == pytest.approx(0, abs=1e-10)
    assert prepared.set_apart is None
    # And back.
    groups = KMeans.fit(prepared.features, clusters=3)
    restored = preparation.restore_all(groups.centres)
    first = preparation.restore(list(groups.centres.row(0).values()))
    assert first == list(restored.row(0).values())
    clusters = groups.assign(prepared.features).to_list()
    own = [value for value, cluster in zip(length, clusters) if cluster == 0]
    assert restored["petal_length"][0] == pytest.approx(sum(own) / len(own))


def test_missing_values_and_categories() -> None:
    features = Features.read(
        {"spend": [1.0, 2.0, None, 4.0], "channel": ["web", "shop", "web", None]}, missing="keep"
    )
    with pytest.raises(CustometryError) as caught:
        Preparation.fit(features)
    assert (caught.value.column, caught.value.row) == ("spend", 2)
    preparation = Preparation.fit(
        features,
        columns={"spend": {"missing": "own_segment", "scale": "none"}},
        all_categories={"missing": "own_level"},
    )
    assert preparation.own_segment_columns == ["spend"]
    prepared = preparation.apply(features)
    assert prepared.set_apart is not None
    assert prepared.set_apart.to_list() == [None, None, 0, None]
    assert prepared.set_apart_count == 1
    assert preparation.source_of(1) == "channel"
    assert "spend" in preparation.prepared["column"].to_list()
    assert preparation.warnings == [] or preparation.warnings[0]["statement"]


# Rules


def _shoppers() -> Features:
    return Features.read(
        {
            "spend": [120.0, 8.5, 60.0, None],
            "recency": [30.0, 400.0, 20.0, 10.0],
            "channel": ["web", "shop", "web", "web"],
        },
        missing="keep",
    )


def test_rules_in_order() -> None:
    shoppers = _shoppers()
    rules = Rules.fit(
        shoppers,
        [
            (1, "Big", Condition.at_least("spend", 100)),
            (2, "New", Condition.below("recency", 90) & Condition.one_of("channel", ["web"])),
        ],
        otherwise=(9, "Rest"),
    )
    assert [segment["name"] for segment in rules.segments] == ["Big", "New", "Rest"]
    assert rules.assign(shoppers).to_list() == [0, 2, 1, 1]
    assert rules.rule_of(shoppers).to_list() == [0, None, 1, 1]
    assert rules.to_table()["condition"].to_list() == [
        "spend at least 100",
        "recency below 90 and channel one of web",
    ]
    explanation = rules.explain(shoppers, 2)
    assert "New (segment 2), by rule 1" in str(explanation)
    findings = explanation.to_table()
    assert findings["matched"].to_list() == [False, True, True]
    assert findings["holds"].to_list() == [False, True, True]
    assert rules.rules[1][2] == rules.frozen[1]
    report = rules.validate(shoppers)
    assert report.to_table()["rows"].to_list() == [1, 2, 1]
    assert report.to_table()["reach"].to_list() == ["reachable", "reachable", None]
    assert len(report.overlaps) == 1
    assert len(report.gaps) >= 1
    assert str(report)
    assert rules.validate().to_table()["rows"].to_list() == [None] * 3


def test_conditions_in_words() -> None:
    some = Condition.any([Condition.above("a", 1), Condition.at_most("b", 2)])
    assert str(some | ~Condition.missing("c")) == "a above 1 or b at most 2 or c not missing"
    assert str(Condition.all([])) == "always"
    assert str(Condition.between("a", 1, 2)) == "a from 1 to 2"
    assert str(Condition.quantile_at_least("a", 0.9)) == "a at least its quantile 0.9"
    assert str(Condition.quantile_below("a", 0.1)) == "a below its quantile 0.1"


def test_a_column_that_is_not_there() -> None:
    with pytest.raises(CustometryError, match="did you mean spend") as caught:
        Rules.fit(_shoppers(), [(1, "Big", Condition.above("spent", 1))])
    assert caught.value.kind == "invalid_parameter"


def test_a_grid_says_what_scores_say(cdnow: Transactions) -> None:
    summary = SummaryState.new(cdnow).summary("1997-09-30")
    rfm = Rfm.fit(summary)
    names = SegmentMap.standard()
    grid = RfmGrid.new(rfm, names)
    places = grid.assign(summary.features())
    found = [grid.segments[place]["name"] for place in places]
    assert found == rfm.score(summary).assign(names).to_table()["segment"].to_list()
    with pytest.raises(CustometryError) as caught:
        RfmGrid.new(rfm, SegmentMap.standard([2, 2, 2]))
    assert caught.value.kind == "version_mismatch"
    kinds = Segmentation.fit(summary.features(), "1997-09-30", name="rfm", model=grid)
    assert kinds.model == grid
    assert kinds.segments == grid.segments


# Segmentations


def test_a_segmentation_of_iris(iris: Features, kinds: Segmentation) -> None:
    assert kinds.name == "kinds"
    assert kinds.fitted_at.isoformat() == DAY
    assert kinds.fitted_on["columns"] == MEASURES
    told = kinds.to_table().to_dict()
    assert told["id"] == [1, 2, 3]
    assert told["weight"] == sorted(told["weight"], reverse=True)
    assert sum(told["rows"]) == 150
    placements = kinds.assign(iris, "2025-01-31")
    assert len(placements) == 150
    rows = placements.to_table()
    counts = Counter(rows["id"])
    assert [counts[number] for number in told["id"]] == told["rows"]
    assert rows["distance"][0] == pytest.approx(math.sqrt(rows["cost"][0]))
    assert placements.margins[0] == rows["margin"][0]
    assert placements.novel.to_list() == rows["novel"].to_list()
    assert 0 < sum(rows["novel"].to_list()) < 10
    assert placements.assignments.scheme == kinds.scheme
    assert isinstance(kinds.model, KMeans)
    assert kinds.preparation is not None
    assert kinds.membership(iris) is None
    clusters = kinds.model.assign(kinds.preparation.apply(iris).features)
    places = kinds.places_of_clusters.to_list()
    assert [places[at] + 1 for at in clusters] == rows["id"].to_list()


def test_why_a_flower_is_where_it_is(iris: Features, kinds: Segmentation) -> None:
    placements = kinds.assign(iris, DAY).to_table()
    explanation = kinds.explain(iris, 60)
    told = explanation.to_table().to_dict()
    assert sorted(told["feature"]) == sorted(MEASURES)
    assert sum(told["contribution"]) == pytest.approx(placements["margin"][60])
    features = explanation.report["reasons"]["features"]
    assert features["against"]["id"] == placements["runner_up_id"][60]
    assert all(effort > 0 for effort in explanation.flips["effort"])
    assert len(explanation.shortest) == 4
    other = ({1, 2, 3} - {placements["id"][60], placements["runner_up_id"][60]}).pop()
    against = kinds.explain(iris, 60, against=other)
    assert against.report["reasons"]["features"]["against"]["id"] == other
    with pytest.raises(CustometryError, match="a row below 150"):
        kinds.explain(iris, 150)


def test_models_that_are_there_already(iris: Features, three: KMeans) -> None:
    raw = Segmentation.fit(iris, DAY, name="raw", model=three, preparation="none")
    assert raw.preparation is None
    assert raw.model == three
    preparation = Preparation.fit(iris)
    mixed = Segmentation.fit(
        iris,
        DAY,
        name="mixed",
        model={"gaussian_mixture": {"clusters": 2}},
        preparation=preparation,
    )
    assert mixed.preparation == preparation
    shares = mixed.membership(iris)
    assert shares is not None
    assert shares.columns == ["1", "2"]
    both = Segmentation.fit(iris, DAY, name="both", model=SegmentProduct.new(raw, mixed))
    assert len(both.segments) == 6
    assert sum(size["rows"] for size in both.sizes) == 150
    assert isinstance(both.model, SegmentProduct)
    assert both.model.first == raw
    with pytest.raises(CustometryError, match="model"):
        Segmentation.fit(iris, DAY, name="none", model=preparation)


def test_sizes_of_segments_can_be_limited(iris: Features, kinds: Segmentation) -> None:
    found = kinds.assign_within(iris, DAY, at_least=50)
    counts = Counter(found.to_table()["id"])
    assert sorted(counts.values()) == [50, 50, 50]


def test_new_names_keep_numbers_and_version(kinds: Segmentation) -> None:
    renamed = kinds.rename(1, "Largest")
    assert renamed.segments[0] == {"id": 1, "name": "Largest"}
    assert kinds.segments[0]["name"] == "Segment 1"
    assert renamed.version == kinds.version
    names = [{"id": 2, "name": "Second"}, {"id": 3, "name": "Third"}]
    assert [s["name"] for s in renamed.rename_all(names).segments] == ["Largest", "Second", "Third"]
    with pytest.raises(CustometryError, match="one of 1, 2, 3"):
        kinds.rename(4, "Nobody")


def test_the_stability_of_segments(iris: Features, kinds: Segmentation) -> None:
    found = Stability.evaluate_segmentation(kinds, iris, {"k_means": {"clusters": 3}}, resamples=10)
    assert found.to_table()["cluster"].to_list() == [1, 2, 3]


# Profiles


def test_variance_between_species(iris: Features, species: Assignments) -> None:
    # scipy 1.17.1, f_oneway by species.
    expected = [
        (119.264502185, 1.6696691907693648e-31),
        (49.1600400896, 4.492017133309084e-17),
        (1180.16118225, 2.856776610962404e-91),
        (960.007146802, 4.169445839443833e-85),
    ]
    profiles = Profiles.profile(iris, species)
    told = profiles.variance
    for at, (f, p) in enumerate(expected):
        assert told["f"][at] == pytest.approx(f, rel=1e-11)
        assert told["p_value"][at] == pytest.approx(p, rel=1e-9)
    segments = profiles.to_table()
    assert segments["customers"].to_list() == [150, 50, 50, 50]
    assert segments["id"][0] is None
    assert profiles.unassigned == 0
    assert len(profiles.numeric) == 4 * 4
    assert len(profiles.quantiles) == 4 * 4 * 5
    assert len(profiles.exemplars) == 9
    setosa = profiles.segment(segments["id"][1])
    assert setosa is not None
    assert setosa["name"] == "setosa"
    assert profiles.segment(99) is None


def test_revenue_categories_and_names() -> None:
    features = Features.read(
        {
            "spend": [10.0, 12.0, 90.0, 95.0, 11.0, 99.0],
            "channel": ["web", "web", "shop", "shop", "web", "shop"],
        }
    )
    groups = Assignments.read({"segment": ["a", "a", "b", "b", "a", "b"]}, scheme="g", as_of=DAY)
    profiles = Profiles.profile(features, groups, revenue=[1.0, 1.0, 2.0, 2.0, 1.0, 3.0])
    assert profiles.to_table()["revenue"].to_list() == [10.0, 3.0, 7.0]
    assert Profiles.profile(features, groups, money="spend").to_table()["revenue"][1] == 33.0
    levels = profiles.levels.to_dict()
    assert set(levels["level"]) == {"web", "shop"}
    assert profiles.associations["cramers_v"][0] == pytest.approx(1.0)
    names = NamingRules.propose(profiles, rules=[({"spend": "high"}, "Spenders with {spend}")])
    assert names[1]["name"] == "Spenders with high spend"
    assert names[1]["rule"] == 0
    assert names[0]["reasons"]
    assert NamingLevel.word("mid") == "average"


def test_a_tree_that_knows_the_species(iris: Features, species: Assignments) -> None:
    tree = Surrogate.fit(iris, species, max_leaves=3)
    # The first three leaves of any tree by Gini: 50, 54 and 46 flowers, six of them wrong.
    assert tree.fidelity == pytest.approx(144 / 150)
    told = tree.to_table().to_dict()
    assert sorted(told["customers"]) == [46, 50, 54]
    assert len(tree.leaves) == 3
    assert len(tree.conditions) >= 3
    found = tree.assign(iris).to_list()
    assert sum(a == b for a, b in zip(found, species.to_table()["id"])) == 144
    explanation = tree.explain_one(iris, 0)
    assert str(explanation).startswith("setosa: ")
    assert told["rule"][explanation.number] == explanation.statement
    assert len(explanation.to_table()) >= 1
    assert [segment["recall"] for segment in tree.by_segment][0] == 1.0


# Saving


def test_everything_that_is_fitted_can_be_saved(
    iris: Features, three: KMeans, kinds: Segmentation, species: Assignments
) -> None:
    shoppers = _shoppers()
    models = [
        three,
        kinds,
        GaussianMixture.fit(iris, clusters=2),
        Dbscan.fit(iris, radius=0.5, min_points=5),
        KPrototypes.fit(iris, clusters=2, restarts=2),
        KMeansStream.open(MEASURES, clusters=2).update(iris),
        Preparation.fit(iris),
        Rules.fit(shoppers, [(1, "Big", Condition.quantile_at_least("spend", 0.5))]),
        Surrogate.fit(iris, species),
    ]
    for model in models:
        again = custometry.load(model.to_json())
        assert type(again) is type(model)
        assert again == model
        assert pickle.loads(pickle.dumps(model)) == model
        assert type(model).from_json(model.to_json()) == model
    with pytest.raises(CustometryError) as caught:
        KMeans.from_json(kinds.to_json())
    assert caught.value.kind == "model_format"


def test_the_same_seed_gives_the_same_bits(iris: Features) -> None:
    again = [KMeans.fit(iris, clusters=4, seed=7).to_json() for _ in range(2)]
    assert again[0] == again[1]


# Errors


def test_what_cannot_be_is_refused(iris: Features) -> None:
    with pytest.raises(CustometryError) as caught:
        KMeans.fit(iris, clusters=0)
    assert caught.value.kind == "invalid_parameter"
    with pytest.raises(CustometryError) as caught:
        KMeans.fit(iris, clusters=151)
    assert caught.value.kind == "not_enough_data"
    gaps = Features.read({"x": [1.0, None, 3.0]}, missing="keep")
    with pytest.raises(CustometryError) as caught:
        KMeans.fit(gaps, clusters=2)
    assert (caught.value.kind, caught.value.column, caught.value.row) == ("invalid_value", "x", 1)
    with pytest.raises(CustometryError) as caught:
        Silhouette.evaluate(iris, [0, 1])
    assert caught.value.kind == "length_mismatch"
    with pytest.raises(CustometryError):
        KMeans.fit(iris, clusters=3, start="somewhere")


def test_what_is_left_out_is_as_by_default() -> None:
    assert custometry.call("segmentation.Stability.params") == {
        "resamples": 100,
        "seed": 0,
        "copies": False,
    }
    preparation = custometry.call("segmentation.Preparation.params")
    assert preparation["all"]["scale"] == "z_score"
    assert preparation["all_categories"]["encoding"] == "one_hot"
    assert custometry.call("segmentation.NamingRules.params")["words"] == 2
