"""Chances to leave: figures of R, scikit-learn and empulse, and of hand-made data.

Golden figures are those of the Rust tests of the room, which say where each comes from.
"""

from __future__ import annotations

import importlib
import csv
import math
import pickle
from collections.abc import Callable, Iterable
from typing import Any

import pytest
from conftest import ROOT

import custometry
from custometry import CustometryError, churn, data, value

NAMES = ["fin", "age", "race", "wexp", "mar", "paro", "prio"]


def _near(found: Iterable[float], wanted: Iterable[float], tolerance: float = 1e-11) -> None:
    assert list(found) == pytest.approx(list(wanted), rel=tolerance, abs=1e-300)


@pytest.fixture(scope="module")
def rossi_file() -> dict[str, list[float]]:
    """Rossi, Berk and Lenihan (1980): 432 people released from prison, watched for a year.

    The file is that of lifelines 0.30.3 (MIT).
    """
    with open(ROOT / "tests" / "golden" / "churn" / "rossi.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    return {name: [float(row[name]) for row in rows] for name in ["week", "arrest", *NAMES]}


@pytest.fixture(scope="module")
def rossi(rossi_file: dict[str, list[float]]) -> tuple[data.Features, list[bool]]:
    features = data.Features.read({name: rossi_file[name] for name in NAMES})
    return features, [arrest > 0.5 for arrest in rossi_file["arrest"]]


# ---- logistic regression ----


def test_rossi_is_that_of_glm(
    rossi: tuple[data.Features, list[bool]], rossi_file: dict[str, list[float]]
) -> None:
    """R 4.2.2: glm(arrest ~ ..., binomial), sandwich(m), vcovCL(m, ~prio, type = "HC0")."""
    features, left = rossi
    model = churn.Logistic.fit(features, left)
    assert model.names == ["(Intercept)", *NAMES]
    _near(
        model.coefficients,
        [
            0.342888778639243,
            -0.437282825931712,
            -0.0674216306868653,
            0.353856100826038,
            -0.152364128624209,
            -0.490152135757382,
            -0.0881459677493566,
            0.101362559827331,
        ],
    )
    errors = [
        0.680247314564061,
        0.228533622928083,
        0.0243761422499201,
        0.364278249564138,
        0.250777751238666,
        0.422569161056889,
        0.236197347298006,
        0.0381435661842418,
    ]
    _near(model.standard_errors, errors)
    _near([model.deviance, model.null_deviance], [467.369034920243, 498.601782560774])
    assert model.covariance["fin"][2] == pytest.approx(-0.000167497417769223, rel=1e-11)
    assert (model.rows, model.left, model.rows_left_out) == (432, 114, 0)
    assert (model.verdict, model.link, model.aliased) == ("converged", "logit", [])
    robust = model.robust_errors(features, left)
    _near([robust[0], robust[1]], [0.730085286459967, 0.230182594647617])
    by_prio = model.robust_errors(features, left, clusters=[int(n) for n in rossi_file["prio"]])
    _near([by_prio[0], by_prio[1]], [0.621897587635639, 0.127190527586308])
    # Any keys that part the rows in the same way do.
    texts = [f"prio {n:g}" for n in rossi_file["prio"]]
    again = model.robust_errors(features, left, clusters=texts)
    _near(again, by_prio, 1e-12)
    robust_covariance = model.robust_covariance(features, left)
    assert math.sqrt(robust_covariance["fin"][1]) == pytest.approx(robust[1], rel=1e-12)

    table = model.to_table().to_dict()
    assert table["name"] == model.names
    assert table["coefficient"] == model.coefficients.to_list()
    ratios = model.odds_ratios().to_dict()
    assert ratios["value"][1] == pytest.approx(math.exp(-0.437282825931712), rel=1e-11)
    assert ratios["lower"][1] < ratios["value"][1] < ratios["upper"][1]
    wider = model.estimates(0.99)
    assert wider["lower"][1] < model.estimates()["lower"][1]
    assert wider["se"].to_list() == model.standard_errors.to_list()
    assert model.coefficient("age") == model.coefficients[2]
    assert model.coefficient("nothing") is None


def test_what_a_regression_says_adds_up(rossi: tuple[data.Features, list[bool]]) -> None:
    features, left = rossi
    model = churn.Logistic.fit(features, left)
    chances = model.predict(features).to_list()
    # The chances of a fit add up to the number who left.
    assert sum(chances) == pytest.approx(114, abs=1e-9)
    eta = model.linear_predictor(features).to_list()
    assert chances[7] == pytest.approx(1 / (1 + math.exp(-eta[7])), rel=1e-14)
    added = model.contributions(features)
    assert added.columns == model.feature_names == NAMES
    total = model.base
    for name in NAMES:
        total += added[name][7]
    assert total == eta[7]
    terms = model.terms(features, reference="zero")
    ages = features.to_table()["age"]
    assert terms["age"][7] == pytest.approx(model.coefficients[2] * ages[7])
    assert model.terms(features, reference=[0.0] * 7) == terms
    assert model.terms(features) == model.terms(features, reference="mean")
    shifted = model.linear_predictor(features, offset=[1.0] * 432)
    assert shifted[7] == pytest.approx(eta[7] + 1.0, rel=1e-14)


def test_a_column_that_tells_all_is_named() -> None:
    features = data.Features.read({"x": [0.0, 1.0, 2.0, 3.0], "plan": ["a", "a", "a", "a"]})
    model = churn.Logistic.fit(features, [False, False, True, True])
    assert model.verdict == {"separated": {"columns": ["x"]}}
    assert model.aliased == ["plan"]
    drawn = churn.Logistic.fit(features, [0, 0, 1, 1], ridge=1.0)
    assert drawn.verdict == "converged"


def test_rows_that_lack_a_value_are_named_or_left_out() -> None:
    columns = {"x": [0.0, 1.0, None, 3.0, 1.5, 0.5]}
    features = data.Features.read(columns, missing="keep")
    left = [False, True, True, True, False, False]
    with pytest.raises(CustometryError) as caught:
        churn.Logistic.fit(features, left)
    assert (caught.value.kind, caught.value.column, caught.value.row) == ("invalid_value", "x", 2)
    model = churn.Logistic.fit(features, left, missing="leave_out")
    assert (model.rows, model.rows_left_out) == (5, 1)
    model = churn.Logistic.fit(features, left, missing="indicate", ridge=0.1)
    assert model.names == ["(Intercept)", "x", "x is missing"]
    with pytest.raises(CustometryError, match="left"):
        churn.Logistic.fit(features, left[:3])
    with pytest.raises(CustometryError, match="neither 0 nor 1") as caught:
        churn.Logistic.fit(features, [0, 1, 2, 0, 0, 1])
    assert caught.value.row == 2
    with pytest.raises(CustometryError, match="expected") as caught:
        churn.Logistic.fit(features, left, missing="guess")
    assert caught.value.kind == "invalid_parameter"


def test_the_other_link_is_that_of_hazards() -> None:
    features = data.Features.read({"x": [0.0, 0.0, 0.0, 0.0, 1.0, 1.0, 1.0, 1.0]})
    left = [True, False, False, False, True, True, False, False]
    model = churn.Logistic.fit(features, left, link="complementary_log_log")
    assert model.coefficients[0] == pytest.approx(math.log(-math.log(0.75)), rel=1e-10)
    assert model.predict(features)[7] == pytest.approx(0.5, rel=1e-12)


def test_a_path_is_that_of_glmnet(rossi: tuple[data.Features, list[bool]]) -> None:
    """R 4.2.2 with glmnet 4.1-6."""
    features, left = rossi
    path = churn.LogisticPath.fit(features, left, penalties=[0.0005, 0.01, 0.05])
    assert path.penalties.to_list() == [0.05, 0.01, 0.0005]
    first = path.coefficients(0).to_list()
    wanted = [-0.526948757139, -0.0245343126414, 0.0323531327534]
    _near([first[0], first[2], first[7]], wanted, 1e-10)
    assert first[1] == 0.0 and path.nonzero(0) == ["age", "prio"]
    _near(
        path.coefficients(1),
        [
            0.181107316539,
            -0.313962149812,
            -0.0565666794359,
            0.150073677331,
            -0.128640209287,
            -0.33002119964,
            0.0,
            0.086873445946,
        ],
        1e-10,
    )
    half = churn.LogisticPath.fit(features, left, penalties=[0.01], l1_share=0.5)
    assert half.coefficients(0)[3] == pytest.approx(0.237534568422, rel=1e-10)
    table = path.to_table().to_dict()
    assert table["nonzero"] == [2, 6, 7]
    assert table["deviance_explained"] == [path.deviance_explained(at) for at in range(3)]
    assert path.all_coefficients.columns == path.names
    assert path.all_coefficients["age"][1] == path.coefficients(1)[2]
    eta = path.linear_predictor(1, features)[3]
    assert path.predict(1, features)[3] == pytest.approx(1 / (1 + math.exp(-eta)), rel=1e-14)
    added = path.contributions(1, features)
    assert added.columns == path.feature_names
    total = path.base(1)
    for name in NAMES:
        total += added[name][3]
    assert total == eta
    with pytest.raises(CustometryError, match="penalty is 3"):
        path.coefficients(3)


def test_folds_choose_the_penalty_of_glmnet(rossi: tuple[data.Features, list[bool]]) -> None:
    """cv.glmnet(X, y, family = "binomial", lambda = .., foldid = i %% 5 + 1)."""
    features, left = rossi
    penalties = [0.1, 0.05, 0.02, 0.01, 0.005, 0.001, 0.0001]
    rows = range(432)
    folds = churn.Folds.from_splits(
        432,
        [
            ([row for row in rows if row % 5 != fold], [row for row in rows if row % 5 == fold])
            for fold in range(5)
        ],
    )
    found = churn.LogisticPathValidation.cross_validate(features, left, folds, penalties=penalties)
    _near(
        found.deviances,
        [
            1.15598142836,
            1.13837628528,
            1.12553405048,
            1.12635505232,
            1.12860734313,
            1.13218347526,
            1.13317541919,
        ],
        1e-10,
    )
    assert found.standard_errors[0] == pytest.approx(0.0264869874498, rel=1e-10)
    assert (found.best, found.one_se, found.folds) == (2, 0, 5)
    assert found.path == churn.LogisticPath.fit(features, left, penalties=penalties)
    table = found.to_table().to_dict()
    assert table["penalty"] == penalties
    assert table["deviance"] == found.deviances.to_list()


# ---- hazards in whole periods ----


def test_a_hazard_by_week_is_that_of_glm(
    rossi: tuple[data.Features, list[bool]], rossi_file: dict[str, list[float]]
) -> None:
    """R 4.2.2: glm(y ~ t + ..., binomial, person_weeks)."""
    features, left = rossi
    durations = churn.Durations.new(rossi_file["week"], left)
    model = churn.DiscreteHazard.fit(durations, features, baseline="linear")
    assert model.names == ["(Intercept)", "t", *NAMES]
    _near(
        model.coefficients,
        [
            -4.509039360196,
            0.01821903953273,
            -0.3823488411759,
            -0.0575177066345,
            0.3144736910426,
            -0.1495676456182,
            -0.4362982620841,
            -0.08307265058406,
            0.09195298655169,
        ],
        1e-10,
    )
    assert model.standard_errors[2] == pytest.approx(0.192077022235, rel=1e-10)
    assert model.log_likelihood == pytest.approx(-681.7730220441, rel=1e-12)
    assert model.null_log_likelihood == pytest.approx(-698.4344614154, rel=1e-12)
    assert (model.person_periods, model.events, model.verdict) == (19_809, 114, "converged")
    assert (model.baseline, model.link, model.rows) == ("linear", "logit", 432)
    ratios = model.ratios()
    assert ratios["name"].to_list() == NAMES
    assert ratios["value"][0] == pytest.approx(math.exp(-0.3823488411759), rel=1e-10)
    squared = churn.DiscreteHazard.fit(
        durations, features, baseline={"polynomial": 2}, link="complementary_log_log"
    )
    assert squared.log_likelihood == pytest.approx(-681.4633488406, rel=1e-12)
    assert squared.baseline == {"polynomial": 2}

    hazard = model.hazard(features, [1, 2])
    alive = model.survival(features, [1, 2])
    assert alive.columns == ["1", "2"]
    both = (1 - hazard["1"][5]) * (1 - hazard["2"][5])
    assert alive["2"][5] == pytest.approx(both, rel=1e-12)
    later = model.conditional_survival(features, [1] * 432, [1])
    assert later["1"][5] == pytest.approx(alive["2"][5] / alive["1"][5], rel=1e-12)
    added = model.contributions(features)
    assert added.columns == model.feature_names
    total = 0.0
    for name in NAMES:
        total += added[name][5]
    assert total == pytest.approx(model.linear_predictor(features)[5], rel=1e-14)
    risk = churn.churn_probability(model, 14, features=features, ages=[70.0] * 432, days_per_unit=7)
    ahead = model.conditional_survival(features, [10] * 432, [2])
    assert risk[5] == 1 - ahead["2"][5]


# ---- churn models ----

ROWS = range(120)
CLUSTERS = [row % 5 for row in ROWS]
LEFT = [(row * row * 3 + row * 4) % 13 < 1 + 2 * (row % 4) + 2 * (row // 2 % 3) for row in ROWS]


@pytest.fixture(scope="module")
def features() -> data.Features:
    """120 customers by formulas that R has, too."""
    return data.Features.read(
        {
            "calls": [float(row % 4) for row in ROWS],
            "plan": [["basic", "plus", "pro"][row // 2 % 3] for row in ROWS],
        }
    )


def test_a_churn_model_is_that_of_r(features: data.Features) -> None:
    """R 4.2.2: glm(left ~ calls + plan) without each of five clusters, and curves by glm."""
    model = churn.ChurnModel.fit(features, LEFT, clusters=CLUSTERS, folds=5, horizon=30)
    assert list(model.calibration.parameters.values()) == pytest.approx(
        [0.873873606258827, 0.029828409707788], abs=1e-11
    )
    risks = model.predict(features).to_list()
    assert risks[:4] == pytest.approx(
        [0.17239584524604, 0.31116045810785, 0.70148020933792, 0.83595013491642], abs=1e-11
    )
    assert (model.horizon, model.calibration.method) == (30.0, "platt")
    assert model.calibration.verdict == "sound"
    beta = churn.ChurnModel.fit(features, LEFT, clusters=CLUSTERS, folds=5, calibration="beta")
    assert list(beta.calibration.parameters.values()) == pytest.approx(
        [1.06446161836522, 0.80139185065822, 0.23149726699472], abs=1e-11
    )
    assert beta.horizon is None and beta.plan is None and beta.definition is None
    assert beta.plan_on(["2024-01-01"]) is None
    assert model.logistic == churn.Logistic.fit(features, LEFT)
    ridge = churn.ChurnModel.fit(features, LEFT, folds=5, logistic={"ridge": 1.0})
    assert ridge.logistic == churn.Logistic.fit(features, LEFT, ridge=1.0)
    assert churn.churn_probability(model, 30, features=features).to_list() == risks
    with pytest.raises(CustometryError, match="horizon is 60, expected 30 days"):
        churn.churn_probability(model, 60, features=features)
    with pytest.raises(CustometryError, match="features"):
        churn.churn_probability(model, 30)


def test_cross_validation_is_that_of_r(features: data.Features) -> None:
    folds = churn.Folds.grouped(CLUSTERS, 5, seed=3)
    tested = churn.CrossValidation.cross_validate(
        features, LEFT, folds, clusters=CLUSTERS, calibration_folds=4
    )
    wanted = [
        0.20398220858866,
        0.32948785134870,
        0.68020234949878,
        0.84939163509083,
        0.48706277086795,
        0.68549540764901,
    ]
    assert tested.probabilities.to_list()[:6] == pytest.approx(wanted, abs=1e-11)
    assert tested.rows_not_tested == 0
    reports = tested.folds.to_dict()
    assert reports["train"] == [96] * 5 and reports["test"] == [24] * 5
    assert set(reports["verdict"]) == {"converged"} and set(reports["calibration"]) == {"sound"}
    rows = tested.to_table()
    assert rows["probability"].to_list() == tested.probabilities.to_list()
    assert rows["uncalibrated"].to_list() == tested.uncalibrated.to_list()
    splits = folds.splits
    for row in (0, 50, 119):
        assert row in splits[rows["fold"][row]]["test"].to_list()
    assert len(tested.aliased) == 0 and len(tested.separated) == 0


def test_a_level_that_only_one_fold_has_is_aliased_where_it_is_tested() -> None:
    features = data.Features.read({"plan": ["a", "b", "a", "b", "a", "b", "a", "b", "c"]})
    left = [True, True, False, True, False, False, True, False, False]
    folds = churn.Folds.stratified(left, 2, seed=1)
    tested = churn.CrossValidation.cross_validate(features, left, folds, calibration="none")
    fold = tested.to_table()["fold"][8]
    assert {"fold": fold, "column": "plan=c"} in [
        tested.aliased.row(at) for at in range(len(tested.aliased))
    ]


def test_a_model_of_snapshots_scores_today() -> None:
    """Customers who came on different days; some of the old ones left."""
    keys = list(range(60))
    spells = churn.Spells.read(
        {
            "customer": keys,
            "start": keys,
            "end": [100 + i if i * 7 % 5 < 2 else None for i in keys],
        },
        definition={"inactivity": {"days": 60}},
        known_until="1970-07-20",
    )
    plan = churn.SnapshotPlan.every(30, "1970-03-03", 5, gap=5, horizon=25, features=["tenure"])
    snapshots = plan.build(spells)
    model = churn.ChurnModel.fit_snapshots(snapshots, folds=5)
    assert model.horizon == 25.0
    assert model.definition == snapshots.definition
    assert model.plan == plan
    assert model.rows_unknown > 0
    today = model.plan_on(["1970-07-10"])
    assert today is not None
    now = today.build(spells)
    risks = model.predict(now.features)
    assert len(risks) == len(now)
    folds = churn.Folds.by_customer(snapshots, 3, seed=1)
    tested = churn.CrossValidation.cross_validate_snapshots(snapshots, folds, calibration_folds=5)
    assert tested.rows_not_tested == model.rows_unknown + model.rows_lost_in_gap
    forward = churn.Folds.forward(snapshots)
    assert forward.rows == len(snapshots) and len(forward) >= 1
    assert pickle.loads(pickle.dumps(model)) == model


def test_folds_of_ones_own() -> None:
    folds = churn.Folds.from_splits(5, [([3, 0], [1]), ([], [4, 2])])
    assert (folds.rows, len(folds)) == (5, 2)
    assert folds.splits[0]["train"].to_list() == [0, 3]
    assert folds.to_table().to_dict() == {
        "fold": [0, 0, 0, 1, 1],
        "row": [0, 3, 1, 2, 4],
        "test": [False, False, True, True, True],
    }
    again = churn.Folds.read(folds.to_table(), rows=5)
    assert again.to_table() == folds.to_table()
    with pytest.raises(CustometryError, match="below 5, the number of rows"):
        churn.Folds.from_splits(5, [([5], [1])])
    with pytest.raises(CustometryError, match="leaves a fold before it without rows") as caught:
        churn.Folds.read({"fold": [0, 2], "row": [0, 1], "test": [True, False]}, rows=5)
    assert (caught.value.column, caught.value.row) == ("fold", 1)
    with pytest.raises(CustometryError, match="folds is 1"):
        churn.Folds.stratified([True, False, True], 1)
    texts = churn.Folds.grouped(["a", "b", "a", "c"], 2, seed=5)
    numbers = churn.Folds.grouped([0, 1, 0, 2], 2, seed=5)
    assert texts.to_table() == numbers.to_table()


# ---- calibration ----

SCORES = [((i * 37) % 29 + 1) / 31 for i in range(30)]
MIXED = [mark == "1" for mark in "101101111000001000101101011010"]


def test_curves_are_those_of_r_and_scikit_learn() -> None:
    platt = churn.Calibration.fit(SCORES, MIXED)
    assert list(platt.parameters) == ["slope", "intercept"]
    _near(platt.parameters.values(), [2.8450889866677, -1.3331593048567], 1e-12)
    _near(
        platt.calibrate(SCORES[:3]),
        [0.22419547836474, 0.37585817969899, 0.55652009391855],
        1e-12,
    )
    weights = [1.0 + (i % 4) / 2 for i in range(30)]
    weighted = churn.Calibration.fit(SCORES, MIXED, weights=weights)
    _near(weighted.parameters.values(), [3.6462552374513, -1.7158231461622], 1e-12)
    # scikit-learn 1.9.1: IsotonicRegression(out_of_bounds="clip")
    isotonic = churn.Calibration.fit(SCORES, MIXED, method="isotonic")
    found = isotonic.calibrate([0.0, 0.1, 0.2, 0.35, 0.5, 0.7, 1.0])
    _near(found, [1 / 6, 1 / 6, 0.4, 0.4, 0.45, 0.5, 1.0], 1e-15)
    blocks = isotonic.blocks.to_dict()
    assert blocks["from"][0] == pytest.approx(0.03225806, abs=1e-8)
    assert sum(blocks["rows"]) == isotonic.rows == 30
    assert len(platt.blocks) == 0 and platt.left == sum(MIXED)
    frame = {"s": SCORES, "gone": MIXED, "w": weights}
    read = churn.Calibration.read(frame, score="s", left="gone", weight="w")
    assert read == weighted
    with pytest.raises(CustometryError) as caught:
        churn.Calibration.fit([0.5, 1.5], [True, False], method="beta")
    assert (caught.value.kind, caught.value.row) == ("invalid_value", 1)


# ---- how good scores are ----

A = [i * 37 % 23 for i in range(60)]
B = [i * 53 % 31 for i in range(60)]
P = [(1 + a) / 25 for a in A]
Q = [(1 + b) / 33 for b in B]
GONE = [5 * (i * 29 % 60) + 10 < 7 * A[i] + 5 * B[i] for i in range(60)]
WEIGHTS = [1.0 + (i % 4) / 2 for i in range(60)]
THIRDS = [i // 3 for i in range(60)]


def test_the_order_is_judged_as_by_proc_and_scikit_learn() -> None:
    """R 4.2.2 with pROC 1.18.0; scikit-learn 1.9.1; SciPy 1.17.1."""
    ranks = churn.RankEvaluation.new(P, GONE)
    auc = ranks.auc()
    assert auc["value"] == pytest.approx(0.6411111111111111, rel=1e-15)
    assert auc["se"] == pytest.approx(0.07275137715411543, rel=1e-13)
    assert auc["lower"] == pytest.approx(0.4985210320633549, rel=1e-13)
    assert auc["upper"] == pytest.approx(0.7837011901588675, rel=1e-13)
    assert ranks.gini()["value"] == pytest.approx(2 * auc["value"] - 1, rel=1e-14)
    assert ranks.average_precision == pytest.approx(0.6366791243025886, rel=1e-14)
    assert ranks.kolmogorov_smirnov == pytest.approx(0.26666666666666666, rel=1e-14)
    weighted = churn.RankEvaluation.new(P, GONE, weights=WEIGHTS)
    assert weighted.auc()["value"] == pytest.approx(0.6176016702977487, rel=1e-14)
    assert weighted.average_precision == pytest.approx(0.6403309873237901, rel=1e-14)
    frame = {"p": P, "gone": GONE, "w": WEIGHTS}
    read = churn.RankEvaluation.read(frame, score="p", left="gone", weight="w")
    assert read.auc() == weighted.auc()
    curve = ranks.precision_recall
    assert len(curve) == 23
    assert curve.row(1) == {"threshold": 0.88, "precision": 0.8, "recall": 0.13333333333333333}
    roc = ranks.roc.to_dict()
    assert len(ranks.roc) == 24
    assert (roc["threshold"][0], roc["false_positive_rate"][0]) == (None, 0.0)
    assert (roc["false_positive_rate"][-1], roc["true_positive_rate"][-1]) == (1.0, 1.0)
    gains = ranks.gains(10).to_dict()
    assert gains["part"] == list(range(1, 11)) and gains["customers"] == [6.0] * 10
    assert gains["captured"][-1] == 1.0
    assert gains["cumulative_lift"][0] == pytest.approx(ranks.lift_at(0.1), rel=1e-14)
    assert ranks.captured_at(0.1) == pytest.approx(gains["captured"][0], rel=1e-14)
    assert ranks.measure("auc") == auc["value"]
    assert ranks.measure({"lift_at": 0.1}) == ranks.lift_at(0.1)
    assert ranks.rate == sum(GONE) / 60


def test_what_cannot_be_judged_is_told() -> None:
    with pytest.raises(CustometryError, match="all customers left") as caught:
        churn.RankEvaluation.new([3.0, -1.0], [True, True])
    assert caught.value.kind == "degenerate"
    with pytest.raises(CustometryError) as caught:
        churn.RankEvaluation.new([3.0, math.nan], [True, False])
    assert (caught.value.kind, caught.value.column, caught.value.row) == (
        "invalid_value",
        "scores",
        1,
    )
    with pytest.raises(CustometryError) as caught:
        churn.ProbabilityEvaluation.new([0.5, 1.5], [True, False])
    assert (caught.value.column, caught.value.row) == ("probabilities", 1)
    with pytest.raises(CustometryError) as caught:
        churn.RankEvaluation.new([3.0, 2.0], [True])
    assert caught.value.kind == "length_mismatch"


def test_probabilities_are_judged_as_by_scikit_learn_and_r() -> None:
    judged = churn.ProbabilityEvaluation.new(P, GONE)
    brier = judged.brier
    assert brier["value"] == pytest.approx(0.25656, rel=1e-14)
    parts = brier["reliability"] - brier["resolution"] + brier["uncertainty"]
    assert parts == pytest.approx(brier["value"], rel=1e-13)
    assert brier["skill"] == pytest.approx(1 - brier["value"] / brier["uncertainty"], rel=1e-12)
    assert judged.log_loss["value"] == pytest.approx(0.7543064233642625, rel=1e-14)
    assert judged.log_loss["certain_and_wrong"] is None
    assert judged.binned_brier(5)["within_variance"] > 0
    slope = judged.calibration_slope()
    assert slope["slope"]["value"] == pytest.approx(0.3235922245297703, rel=1e-12)
    assert slope["slope"]["se"] == pytest.approx(0.1918214168796327, rel=1e-12)
    assert slope["intercept"]["value"] == pytest.approx(0.05409383520065817, rel=1e-12)
    assert slope["in_the_large"]["value"] == pytest.approx(0.1390233091107349, rel=1e-12)
    weighted = churn.ProbabilityEvaluation.new(P, GONE, weights=WEIGHTS)
    assert weighted.brier["value"] == pytest.approx(0.26764952380952384, rel=1e-14)
    frame = {"score": P, "left": GONE, "w": WEIGHTS}
    assert churn.ProbabilityEvaluation.read(frame, weight="w").brier == weighted.brier
    # scikit-learn 1.9.1: calibration_curve(left, u, n_bins=5, strategy="quantile")
    u = [(60 if i == 59 else 1 + i * 37 % 59) / 64 for i in range(60)]
    even = churn.ProbabilityEvaluation.new(u, GONE)
    bins = even.calibration_curve(5).to_dict()
    assert bins["mean_probability"] == pytest.approx(
        [0.1015625, 0.2890625, 0.4765625, 0.6640625, 0.8515625]
    )
    assert bins["rate"] == pytest.approx([0.5, 0.5, 1 / 3, 0.5, 2 / 3])
    # R 4.2.2: prop.test(6, 12, correct = FALSE)
    assert bins["rate_lower"][0] == pytest.approx(0.2537815976337061, rel=1e-11)
    assert bins["rate_upper"][0] == pytest.approx(0.7462184023662939, rel=1e-11)
    gaps = [abs(m - r) for m, r in zip(bins["mean_probability"], bins["rate"])]
    assert even.expected_calibration_error(5) == pytest.approx(sum(gaps) / 5, rel=1e-12)
    wrong = churn.ProbabilityEvaluation.new([0.0, 0.5], [True, False])
    assert wrong.log_loss["value"] == math.inf and wrong.log_loss["certain_and_wrong"] == 0


def test_a_judgement_is_made_of_the_others() -> None:
    judged = churn.Judgement.new(P, GONE)
    assert judged.auc == pytest.approx(0.6411111111111111, rel=1e-14)
    assert judged.auc_se == pytest.approx(0.07275137715411543, rel=1e-13)
    assert judged.brier == pytest.approx(0.25656, rel=1e-14)
    assert judged.calibration_slope == pytest.approx(0.3235922245297703, rel=1e-12)
    assert judged.calibration_intercept == pytest.approx(0.1390233091107349, rel=1e-12)
    by_customer = churn.Judgement.new(P, GONE, customers=THIRDS)
    assert by_customer.auc == judged.auc and by_customer.auc_se != judged.auc_se
    frame = {"score": P, "left": GONE, "who": THIRDS}
    assert churn.Judgement.read(frame, cluster="who") == by_customer


def test_differences_are_those_of_proc_and_numpy() -> None:
    pair = churn.PairedScores.new(P, Q, GONE)
    auc = pair.auc()
    assert auc["first"] == pytest.approx(0.6411111111111111, rel=1e-13)
    assert auc["second"] == pytest.approx(0.6794444444444444, rel=1e-13)
    assert auc["difference"]["value"] == pytest.approx(-0.03833333333333322, rel=1e-12)
    assert auc["difference"]["se"] == pytest.approx(0.10712574819307415, rel=1e-12)
    assert auc["z"] == pytest.approx(-0.3578349181211277, rel=1e-11)
    assert auc["p_value"] == pytest.approx(0.7204668575991846, rel=1e-11)
    clustered = churn.PairedScores.new(P, Q, GONE, clusters=THIRDS)
    assert clustered.auc()["difference"]["se"] == pytest.approx(0.12512391994857144, rel=1e-12)
    brier = pair.brier()["difference"]
    assert brier["value"] == pytest.approx(0.01650796449341902, rel=1e-11)
    assert brier["se"] == pytest.approx(0.048825300658695676, rel=1e-12)
    assert pair.log_loss()["difference"]["se"] == pytest.approx(0.12947216386247032, rel=1e-12)
    drawn = pair.bootstrap({"lift_at": 0.1}, draws=50, seed=1)
    assert drawn == pair.bootstrap({"lift_at": 0.1}, draws=50, seed=1)
    same = churn.PairedScores.new(P, P, GONE).auc()
    assert (same["difference"]["value"], same["z"], same["p_value"]) == (0.0, None, None)


def test_profits_are_those_of_empulse() -> None:
    """The R package EMP, as stored in the tests of empulse 0.13 (MIT); 0.13.1 itself."""
    left = [row % 2 == 1 for row in range(20)]
    right = churn.RankEvaluation.new([float(gone) for gone in left], left)
    best = right.expected_maximum_profit()
    assert best["per_customer"] == pytest.approx(28.0000000000391, rel=1e-14)
    assert best["share"] == pytest.approx(0.499999999728095, rel=1e-12)
    assert right.maximum_profit()["per_customer"] == pytest.approx(28.0, rel=1e-14)
    ranks = churn.RankEvaluation.new(P, GONE)
    assert ranks.expected_maximum_profit()["per_customer"] == pytest.approx(
        22.509547179281235, rel=1e-12
    )
    few = churn.RetentionEconomics(acceptance=(2.0, 14.0))
    profit = ranks.expected_maximum_profit(few)["per_customer"]
    assert profit == pytest.approx(6.791348548071483, rel=1e-11)
    assert ranks.expected_maximum_profit({"acceptance": [2, 14]})["per_customer"] == profit
    assert ranks.measure({"expected_maximum_profit": few}) == profit
    curve = ranks.profit_curve(few, parts=20)
    assert curve.columns == ["share", "per_customer"]
    with pytest.raises(CustometryError, match="incentive"):
        ranks.maximum_profit(churn.RetentionEconomics(incentive=300.0))
    defaults = custometry.call("churn.RetentionEconomics.params")
    ours = churn.RetentionEconomics()
    assert defaults == {
        "lifetime_value": ours.lifetime_value,
        "incentive": ours.incentive,
        "contact": ours.contact,
        "acceptance": list(ours.acceptance),
    }


# ---- what speaks for a score ----


def test_contributions_add_up_to_the_score(features: data.Features) -> None:
    model = churn.ChurnModel.fit(features, LEFT, folds=5, horizon=30)
    added = model.contributions(features)
    assert added.features == ["calls", "plan"] == added.values.columns
    assert (added.rows, len(added)) == (120, 120)
    scores = added.scores.to_dict()
    row = added.values.row(3)
    assert added.base + row["calls"] + row["plan"] == scores["score"][3]
    assert scores["score"] == model.logistic.linear_predictor(features).to_list()
    assert scores["probability"] == model.predict(features).to_list()
    first = added.strongest(3, 1)[0]
    assert (first["name"], first["direction"], first["actionable"]) == ("calls", "raises", True)
    assert first["parts"][0]["value"] == {"number": 3.0}
    assert first["probability_change"] < 0
    assert added.strongest(120, 3) == []

    reasons = added.reasons(families={"all": ["calls", "plan"]}, not_actionable=["all"])
    assert reasons.strongest(3)[0]["name"] == "all"
    assert not reasons.strongest(3)[0]["actionable"]
    parts = reasons.parts().to_dict()
    assert parts["feature"][:2] == ["calls", "plan"]
    assert parts["level"][:2] == [None, "basic"] and parts["number"][:2] == [0.0, None]
    raising = added.reasons(only="raises").to_table(2).to_dict()
    assert set(raising["direction"]) == {"raises"}
    assert all(number > 0 for number in raising["contribution"])
    every = added.reasons().to_table(2)
    for at in range(len(every)):
        told = every.row(at)
        reason = added.strongest(told["customer"], 2)[told["rank"] - 1]
        assert reason["name"] == told["name"]
        assert reason["contribution"] == told["contribution"]
    with pytest.raises(CustometryError, match="feature is"):
        added.reasons(families={"x": ["nothing"]})


def test_all_models_are_asked_the_same() -> None:
    days = [20.0, 35.0, 50.0, 70.0, 80.0, 95.0, 120.0, 120.0]
    durations = churn.Durations.new(days, [1, 1, 1, 0, 1, 1, 0, 0])
    features = data.Features.read({"calls": [3.0, 1.0, 2.0, 1.0, 0.0, 2.0, 0.0, 1.0]})
    cox = churn.Cox.fit(durations, features)
    aft = churn.Aft.fit(durations, features, family="weibull")
    histories = value.PurchaseHistories.read(
        {"frequency": [2] * 8, "recency": [20.0] * 8, "age": [30.0] * 8}
    )
    # Fader, Hardie, Lee (2005): CDNOW.
    bg_nbd = value.BgNbd.new(r=0.243, alpha=4.414, a=0.793, b=2.426)
    for model in (cox, aft, bg_nbd):
        asked: dict[str, Any] = {"features": features, "ages": [30.0] * 8, "histories": histories}
        month = churn.churn_probability(model, 30, **asked).to_list()
        two = churn.churn_probability(model, 60, **asked).to_list()
        assert all(0 < one <= both < 1 for one, both in zip(month, two))
    added = churn.contributions(cox, 30, features=features, ages=[30.0] * 8)
    assert added.base == 0.0
    risks = churn.churn_probability(cox, 30, features=features, ages=[30.0] * 8)
    assert added.scores["probability"].to_list() == pytest.approx(risks.to_list(), rel=1e-12)
    with pytest.raises(CustometryError, match="contributions"):
        churn.contributions(aft, 30, features=features, ages=[30.0] * 8)  # type: ignore[arg-type]
    with pytest.raises(CustometryError, match="ages"):
        churn.churn_probability(cox, 30, features=features)
    with pytest.raises(CustometryError, match="a model that tells"):
        churn.churn_probability(durations, 30, features=features)  # type: ignore[arg-type]


# ---- saved ----


def test_models_are_saved_and_pickled(
    features: data.Features, rossi: tuple[data.Features, list[bool]]
) -> None:
    durations = churn.Durations.new([1.0 + row % 3 for row in ROWS], LEFT)
    for model in (
        churn.Logistic.fit(features, LEFT),
        churn.LogisticPath.fit(features, LEFT, count=5),
        churn.DiscreteHazard.fit(durations, features),
        churn.ChurnModel.fit(features, LEFT, folds=5),
        churn.Calibration.fit(SCORES, MIXED, method="isotonic"),
    ):
        again = pickle.loads(pickle.dumps(model))
        assert type(again) is type(model) and again == model
        assert custometry.load(model.to_json()) == model
        assert type(model).from_json(model.to_json()) == model
    with pytest.raises(CustometryError) as caught:
        churn.Logistic.from_json(churn.Calibration.fit(SCORES, MIXED).to_json())
    assert caught.value.kind == "model_format"


def test_models_tell_themselves(features: data.Features) -> None:
    assert repr(churn.Logistic.fit(features, LEFT)) == (
        f"<custometry.churn.Logistic: 120 rows, {sum(LEFT)} left>"
    )
    model = churn.ChurnModel.fit(features, LEFT, folds=5, horizon=30)
    assert repr(model) == "<custometry.churn.ChurnModel: platt, horizon 30 days>"


@pytest.mark.parametrize("kind", ["numpy", "pandas", "polars", "pyarrow"])
def test_columns_come_from_any_frame(kind: str, features: data.Features) -> None:
    module = importlib.import_module(kind)
    make: dict[str, Callable[[], tuple[Any, Any]]] = {
        "numpy": lambda: (module.asarray(P), module.asarray(GONE)),
        "pandas": lambda: (module.Series(P), module.Series(GONE)),
        "polars": lambda: (module.Series(P), module.Series(GONE)),
        "pyarrow": lambda: (module.array(P), module.array(GONE)),
    }
    scores, left = make[kind]()
    assert churn.RankEvaluation.new(scores, left).auc() == churn.RankEvaluation.new(P, GONE).auc()
