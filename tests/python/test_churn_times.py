"""Times to leaving: figures of R's `survival`, of published tests, and of hand-made data.

Golden figures are those of the Rust tests of the room, which say where each comes from: R 4.2.2
with survival 3.5.3 unless another source is named here.
"""

from __future__ import annotations

import csv
import datetime
import math
import pickle
from decimal import Decimal
from typing import Any

import pytest
from conftest import ROOT

import custometry
from custometry import CustometryError, churn, data, value

NAMES = ["fin", "age", "race", "wexp", "mar", "paro", "prio"]


def _file(name: str) -> dict[str, list[str]]:
    """A file of lifelines 0.30.3 (MIT), whose cells are parted by commas or blanks."""
    text = (ROOT / "tests" / "golden" / "churn" / f"{name}.csv").read_text()
    by = "," if "," in text else " "
    rows = list(csv.reader((line for line in text.splitlines() if line.strip()), delimiter=by))
    return {name: [row[at].strip() for row in rows[1:]] for at, name in enumerate(rows[0])}


def _numbers(file: dict[str, list[str]], name: str) -> list[float]:
    return [float(cell) for cell in file[name]]


def _durations(file: dict[str, list[str]], time: str, event: str) -> churn.Durations:
    return churn.Durations.new(
        _numbers(file, time), [number > 0.5 for number in _numbers(file, event)]
    )


def _features(columns: dict[str, list[Any]]) -> Any:
    return custometry.call("data.Features.read", table=custometry.Table(columns))


@pytest.fixture(scope="module")
def rossi() -> tuple[churn.Durations, Any]:
    """Rossi, Berk and Lenihan (1980): 432 people released from prison, watched for a year."""
    file = _file("rossi")
    features = _features({name: _numbers(file, name) for name in NAMES})
    return _durations(file, "week", "arrest"), features


# ---- durations and curves ----


def test_durations_are_counted_and_told() -> None:
    durations = churn.Durations.new([30.0, 12.0, 30.0], [0, 1, 2], entry=[0.0, 3.0, 24.0])
    assert (len(durations), durations.causes, durations.events) == (3, 2, 2)
    assert durations.times.to_list() == [0.0, 3.0, 12.0, 24.0, 30.0]
    assert durations.to_table().to_dict() == {
        "exit": [30.0, 12.0, 30.0],
        "cause": [0, 1, 2],
        "entry": [0.0, 3.0, 24.0],
        "weight": [1.0, 1.0, 1.0],
    }
    frame = {"months": [30, 12, 30], "why": [0, 1, 2], "since": [0, 3, 24]}
    read = churn.Durations.read(frame, exit="months", cause="why", entry="since")
    assert read.to_table() == durations.to_table()
    assert durations.of_cause(2).to_table()["cause"].to_list() == [0, 0, 1]


def test_a_time_that_cannot_be_is_named_by_column_and_row() -> None:
    with pytest.raises(CustometryError) as caught:
        churn.Durations.new([4.0, -1.0], [1, 0])
    assert caught.value.kind == "invalid_value"
    assert (caught.value.column, caught.value.row) == ("exit", 1)
    with pytest.raises(CustometryError) as caught:
        churn.Durations.new([5.0, 9.0], [1, 0]).with_entries([0.0, 9.0])
    assert (caught.value.column, caught.value.row) == ("entry", 1)


def test_the_curve_of_waltons_is_that_of_r() -> None:
    waltons = _durations(_file("waltons"), "T", "E")
    assert (len(waltons), waltons.events) == (163, 156)
    curve = churn.KaplanMeier.new(churn.RiskTable.new(waltons))
    times = [6.0, 20.0, 40.0, 50.0, 60.0]
    assert curve.survival_at(times).to_list() == pytest.approx(
        [0.9938650307, 0.9136503067, 0.7778374233, 0.6168168456, 0.3115236594], abs=1e-10
    )
    log_log = curve.estimate(40.0)
    assert [log_log["lower"], log_log["upper"]] == pytest.approx(
        [0.7056735522, 0.8343794819], abs=1e-10
    )
    log = curve.estimate(40.0, band="log")
    assert [log["lower"], log["upper"]] == pytest.approx([0.7163930355, 0.8445518412], abs=1e-10)
    assert curve.median == {"value": 56.0, "lower": 53.0, "upper": 58.0}
    mean = curve.restricted_mean(60.0)
    assert [mean["value"], mean["se"]] == pytest.approx([48.277494817, 1.193727657], abs=1e-9)
    assert curve.curve.columns == ["time", "at_risk", "events", "survival", "se"]
    assert len(curve.intervals(band="log")) == len(curve.curve)


def test_bands_of_rossi_are_those_of_r(rossi: tuple[churn.Durations, Any]) -> None:
    curve = churn.KaplanMeier.new(rossi[0])
    for band, lower, upper in [
        ("plain", 0.8438135996, 0.9061864004),
        ("log", 0.8443628218, 0.9067488291),
        ("log_log", 0.8399754058, 0.9028037957),
        ("logit", 0.8403423248, 0.9030027484),
        ("arc_sine", 0.842193734, 0.9044741366),
    ]:
        found = curve.estimate(26.0, band=band)
        assert found["value"] == pytest.approx(0.875, abs=1e-10)
        assert [found["lower"], found["upper"]] == pytest.approx([lower, upper], abs=1e-9)
    with pytest.raises(CustometryError, match="band"):
        curve.estimate(26.0, band="wide")


def test_a_quantile_that_is_not_reached_is_none() -> None:
    curve = churn.KaplanMeier.new(churn.Durations.new([3.0, 9.0, 9.0], [1, 0, 0]))
    assert curve.median["value"] is None
    assert curve.quantile(0.25)["value"] == 3.0


def test_the_hazard_of_waltons_is_that_of_r() -> None:
    table = churn.RiskTable.new(_durations(_file("waltons"), "T", "E"))
    for ties, hazard in [
        ("together", [0.0895995991104115, 0.2483487643104667, 1.093932886118863]),
        ("in_turn", [0.0900165211898291, 0.2503584569299272, 1.159439383515037]),
    ]:
        found = churn.NelsonAalen.new(table, ties=ties).hazard_at([20.0, 40.0, 60.0])
        assert found.to_list() == pytest.approx(hazard, rel=1e-10)


def test_competing_causes_are_those_of_r() -> None:
    exit = [1.0, 2.0, 2.0, 3.0, 4.0, 5.0, 5.0, 6.0, 7.0, 8.0]
    durations = churn.Durations.new(exit, [1, 2, 0, 1, 0, 2, 1, 1, 0, 2])
    curve = churn.AalenJohansen.new(durations)
    place = curve.place(5.0)
    assert place is not None and curve.place(0.5) is None
    row = curve.to_table().row(place)
    assert row["survival"] == pytest.approx(0.411428571428571, rel=1e-12)
    assert row["cause_1"] == pytest.approx(0.351428571428571, rel=1e-12)
    assert row["cause_1_se"] == pytest.approx(0.1666234735089815, rel=1e-12)
    second = curve.of_cause(2)
    assert second is not None and curve.of_cause(3) is None
    assert second["share"][place] == pytest.approx(0.237142857142857, rel=1e-12)


def test_delayed_entries_are_those_of_r() -> None:
    file = _file("heart")
    heart = _durations(file, "stop", "event").with_entries(_numbers(file, "start"))
    curve = churn.KaplanMeier.new(heart)
    assert curve.survival_at([30.0, 100.0, 365.0, 1000.0]).to_list() == pytest.approx(
        [0.775608159703284, 0.494008259839502, 0.321224014934242, 0.205081358437773], rel=1e-10
    )


def test_risk_tables_merge_and_are_saved() -> None:
    parts = [([2.0, 5.0], [1, 0]), ([5.0, 8.0, 11.0], [1, 0, 2])]
    tables = [churn.RiskTable.new(churn.Durations.new(*part)) for part in parts]
    whole = churn.RiskTable.new(churn.Durations.new([2.0, 5.0, 5.0, 8.0, 11.0], [1, 0, 1, 0, 2]))
    merged = churn.RiskTable.merge(tables)
    assert merged == whole and merged.causes == 2
    assert whole.to_table().to_dict() == {
        "time": [2.0, 5.0, 8.0, 11.0],
        "at_risk": [5.0, 4.0, 2.0, 1.0],
        "events": [1.0, 1.0, 0.0, 1.0],
        "censored": [0.0, 1.0, 1.0, 0.0],
        "cause_1": [1.0, 1.0, 0.0, 0.0],
        "cause_2": [0.0, 0.0, 0.0, 1.0],
    }
    assert churn.RiskTable.from_json(whole.to_json()) == whole
    assert pickle.loads(pickle.dumps(whole)) == whole


def test_log_rank_tests_are_those_of_r() -> None:
    file = _file("rossi")
    durations = _durations(file, "week", "arrest")
    tables = churn.RiskTables.new(durations, file["race"])
    test = churn.LogRank.test(tables)
    assert (tables.names, test.degrees) == (["0", "1"], 1)
    assert test.statistic == pytest.approx(0.576101713683918, rel=1e-10)
    assert test.groups["observed"].to_list() == [12.0, 102.0]
    assert test.groups["expected"].to_list() == pytest.approx([14.709347908949, 99.290652091051])
    assert test.covariance["0"].to_list() == pytest.approx([12.7417883289863, -12.7417883289863])
    fin = churn.RiskTables.new(durations, file["fin"])
    mean = churn.KaplanMeier.new(fin.group("1")).restricted_mean(52.0)
    assert [mean["value"], mean["se"]] == pytest.approx([46.875, 0.7933248959], abs=1e-9)
    with pytest.raises(CustometryError, match="one of: 0, 1"):
        fin.group("2")


def test_weighted_tests_of_leukemia_are_those_published() -> None:
    # Log-rank and rho = 1 by R; the others by logrank_test of lifelines 0.30.3.
    file = _file("anderson")
    tables = churn.RiskTables.new(_durations(file, "t", "status"), file["Rx"])
    for weight, statistic in [
        (None, 16.7929409892165),
        ({"fleming_harrington": {"rho": 1.0, "gamma": 0.0}}, 14.4571508187171),
        ("wilcoxon", 13.457852049631065),
        ("tarone_ware", 15.123575301872705),
        ("peto", 14.08413986685654),
    ]:
        found = churn.LogRank.test(tables, weight=weight).statistic
        assert found == pytest.approx(statistic, rel=1e-10)


def test_a_stratified_test_is_that_of_r() -> None:
    # survdiff(Surv(time, status) ~ sex + strata(inst), lung), which leaves out a row without inst.
    file = _file("lung")
    kept = [row for row, inst in enumerate(file["inst"]) if inst]
    file = {name: [cells[row] for row in kept] for name, cells in file.items()}
    durations = _durations(file, "time", "status")
    tables = churn.RiskTables.new(durations, file["sex"], strata=file["inst"])
    assert churn.LogRank.test(tables).statistic == pytest.approx(8.52446736332317, rel=1e-10)


# ---- regressions ----


def test_cox_of_rossi_is_that_of_r(rossi: tuple[churn.Durations, Any]) -> None:
    cox = churn.Cox.fit(*rossi)
    coefficients = [
        -0.379422166871210,
        -0.057437743013761,
        0.313899785949295,
        -0.149795697222788,
        -0.433703876690251,
        -0.084871082990837,
        0.091497079351121,
    ]
    assert cox.names == NAMES and cox.verdict == "converged"
    assert cox.coefficients.to_list() == pytest.approx(coefficients, rel=1e-9)
    assert cox.standard_errors[0] == pytest.approx(0.191379480712809, rel=1e-9)
    assert cox.log_likelihood == pytest.approx(
        {"null": -675.38063234687, "fitted": -658.74765944609}, rel=1e-12
    )
    assert [cox.likelihood_ratio_test, cox.score_test] == pytest.approx(
        [33.2659458, 33.5286889], rel=1e-8
    )
    assert (cox.rows, cox.rows_left_out, cox.events) == (432, 0, 114)
    table = cox.to_table()
    assert table["hazard_ratio"][0] == pytest.approx(math.exp(coefficients[0]), rel=1e-9)
    assert cox.hazard_ratios()["value"].to_list() == table["hazard_ratio"].to_list()
    assert cox.covariance["fin"][0] == pytest.approx(0.191379480712809**2, rel=1e-8)

    breslow = churn.Cox.fit(*rossi, ties="breslow")
    assert breslow.coefficients[0] == pytest.approx(-0.379021887795027, rel=1e-9)

    assert churn.Cox.from_json(cox.to_json()) == cox
    assert pickle.loads(pickle.dumps(cox)).names == NAMES
    with pytest.raises(CustometryError) as caught:
        churn.Cox.fit(*rossi, ties="exact")
    assert caught.value.kind == "invalid_parameter"


def test_cox_within_strata_is_that_of_r(rossi: tuple[churn.Durations, Any]) -> None:
    # coxph(Surv(week, arrest) ~ fin + age + wexp + mar + paro + prio + strata(race))
    file = _file("rossi")
    names = [name for name in NAMES if name != "race"]
    features = _features({name: _numbers(file, name) for name in names})
    cox = churn.Cox.fit(rossi[0], features, strata=file["race"])
    assert cox.coefficients[0] == pytest.approx(-0.3787673746405, rel=1e-9)
    assert sorted(cox.strata) == ["0", "1"]
    alive = cox.survival(features, [10, 52], strata=file["race"])
    assert alive.columns == ["10", "52"] and len(alive) == 432
    with pytest.raises(CustometryError, match="strata"):
        cox.survival(features, [10])


def test_predictions_of_cox_fit_together(rossi: tuple[churn.Durations, Any]) -> None:
    durations, features = rossi
    cox = churn.Cox.fit(durations, features)
    predictor = cox.linear_predictor(features).to_list()
    terms = cox.terms(features).to_dict()
    sums = [sum(terms[name][row] for name in NAMES) for row in range(432)]
    assert predictor == pytest.approx(sums)
    # The predictors of the fit are about its mean.
    assert sum(predictor) == pytest.approx(0.0, abs=1e-9)
    baseline = cox.baseline()
    alive = cox.survival(features, [baseline["time"][-1]])
    hazard = baseline["hazard"][-1] * math.exp(predictor[3])
    assert alive[alive.columns[0]][3] == pytest.approx(math.exp(-hazard))
    estimates = cox.survival_estimates(features, [26.0, 52.0], band="log")
    assert estimates.columns == ["row", "time", "survival", "se", "lower", "upper"]
    assert len(estimates) == 864
    later = cox.survival(features, [26.0], alive_for=[26.0] * 432)
    both = cox.survival(features, [26.0, 52.0])
    ratio = both["52"][7] / both["26"][7]
    assert later["26"][7] == pytest.approx(ratio)
    zero = cox.linear_predictor(features, reference="zero").to_list()
    row = cox.linear_predictor(features, reference=[0.0] * 7).to_list()
    assert zero == row


def test_residuals_and_proportionality_are_those_of_r(rossi: tuple[churn.Durations, Any]) -> None:
    cox = churn.Cox.fit(*rossi)
    residuals = cox.residuals(*rossi)
    assert sum(residuals.martingale) == pytest.approx(0.0, abs=1e-9)
    assert residuals.names == NAMES and len(residuals.robust_errors) == 7
    assert residuals.residuals.columns == ["row", "martingale", "deviance"]
    assert residuals.schoenfeld.columns == ["row", *NAMES]
    assert len(residuals.schoenfeld) == 114 and len(residuals.dfbeta) == 432
    # cox.zph(fit, "km")$table
    test = cox.proportionality(*rossi)
    assert test.transform == "kaplan_meier"
    assert test.terms["term"].to_list() == [*NAMES, "GLOBAL"]
    assert test.terms["statistic"].to_list() == pytest.approx(
        [
            0.06242975008938,
            5.97398166115190,
            2.06826538335464,
            4.22459563869861,
            1.01102156455446,
            0.01838329913584,
            0.52058426700615,
            17.69441529602792,
        ],
        rel=1e-8,
    )
    assert test.overall["statistic"] == test.terms["statistic"][7]


def test_aft_of_rossi_is_that_of_r(rossi: tuple[churn.Durations, Any]) -> None:
    # survreg(Surv(week, arrest) ~ ., dist = "weibull")
    aft = churn.Aft.fit(*rossi, family="weibull")
    assert aft.names == ["(Intercept)", *NAMES]
    assert aft.coefficients.to_list() == pytest.approx(
        [
            3.990134797204686,
            0.2721633597459617,
            0.0407137983242671,
            -0.2248024431731797,
            0.1065565869057347,
            0.31127326495467,
            0.0588272526161929,
            -0.0658169048219990,
        ],
        rel=1e-6,
    )
    assert aft.scale == pytest.approx(0.712405333857334, rel=1e-6)
    assert [aft.null_log_likelihood, aft.log_likelihood] == pytest.approx(
        [-696.624396947785, -679.916563937091], rel=1e-9
    )
    table = aft.to_table()
    assert table["name"][8] == "Log(scale)"
    assert table["standard_error"][8] == pytest.approx(0.0890266906993255, rel=1e-5)
    assert aft.rows == {"rows": 432, "left_out": 0, "events": 114}
    assert aft.covariance.columns[-1] == "Log(scale)"
    features = rossi[1]
    median = aft.quantile(features)
    alive = aft.survival(features, [median[0]])
    assert alive[alive.columns[0]][0] == pytest.approx(0.5)
    ahead = aft.conditional_survival(features, [0.0] * 432, [median[0]])
    column = alive.columns[0]
    assert ahead[column].to_list() == pytest.approx(alive[column].to_list())
    assert churn.Aft.from_json(aft.to_json()) == aft
    with pytest.raises(CustometryError, match="family"):
        custometry.call("churn.Aft.fit", durations=rossi[0], features=features)


# ---- how well predictions came true ----


def test_areas_and_their_mean_are_those_of_published_tests() -> None:
    # From the tests of scikit-survival 0.28, cumulative and dynamic AUC.
    exit = [10.88, 19.78, 40.92, 98.7, 70.19, 10.15, 28.95, 29.57, 17.9, 63.78, 36.22, 83.14]
    exit += [13.69, 99.51, 3.19]
    risk = [-1.019, -0.016, 0.132, 0.269, -0.777, -1.077, 0.894, -1.227, -0.417, 0.072, -1.275]
    risk += [-0.91, -0.825, -0.292, -0.045]
    durations = churn.Durations.new(exit, [1, 0, 1, 0, 1, 1, 1, 1, 1, 0, 0, 1, 0, 0, 1])
    weights = churn.CensoringWeights.new(durations)
    found = weights.auc(durations, [15.0, 66.0], risk)
    assert found.auc["auc"].to_list() == pytest.approx([0.3030303, 0.45], abs=5e-8)
    assert found.mean(durations) == pytest.approx(0.3943949, abs=5e-8)


def test_brier_scores_are_those_of_their_definition() -> None:
    durations = churn.Durations.new([1.0, 2.0, 3.0, 4.0], [1, 1, 1, 1])
    weights = churn.CensoringWeights.new(durations)
    chances = [[0.1, 0.0], [0.6, 0.1], [0.9, 0.8], [1.0, 0.9]]
    scores = weights.brier(durations, [1.0, 3.0], chances)
    # At 1 one has left, at 3 three; nobody was censored.
    first = (0.1**2 + 0.4**2 + 0.1**2 + 0.0**2) / 4
    second = (0.0**2 + 0.1**2 + 0.8**2 + 0.1**2) / 4
    assert scores.scores["score"].to_list() == pytest.approx([first, second])
    assert scores.integrated is not None
    assert scores.integrated["value"] == pytest.approx((first + second) / 2)
    frame = {"1": [row[0] for row in chances], "3": [row[1] for row in chances]}
    assert weights.brier(durations, [1.0, 3.0], frame).scores == scores.scores
    assert weights.brier(durations, [1.0], [row[:1] for row in chances]).integrated is None
    assert len(weights.auc_of_survival(durations, [1.0, 3.0], chances).auc) == 2


def test_concordance_counts_pairs() -> None:
    durations = churn.Durations.new([1.0, 2.0, 3.0], [1, 0, 1])
    found = churn.Concordance.count(durations, [0.5, 0.7, 0.1])
    assert (found.concordant, found.discordant, found.estimate) == (1.0, 1.0, None)
    fitted = churn.Concordance.fit(durations, [0.5, 0.7, 0.1])
    assert fitted.estimate is not None and fitted.estimate["value"] == fitted.value == 0.5
    # Of the Rust tests: pairs within strata only, and Uno's weights.
    four = churn.Durations.new([1.0, 2.0, 3.0, 4.0], [1, 1, 1, 1])
    within = churn.Concordance.fit(four, [2.0, 1.0, 9.0, 8.0], strata=["a", "a", "b", "b"])
    assert (within.concordant, within.value) == (2.0, 1.0)
    censored = churn.Durations.new([1.0, 2.0, 3.0, 4.0], [1, 0, 1, 1])
    uno = churn.Concordance.fit(censored, [4.0, 3.0, 1.0, 2.0], weight="uno")
    assert uno.discordant == pytest.approx(2.25)
    with pytest.raises(CustometryError) as caught:
        churn.Concordance.fit(durations, [0.5, math.nan, 0.1])
    assert (caught.value.kind, caught.value.row) == ("invalid_value", 1)


# ---- when customers were customers ----


@pytest.fixture(scope="module")
def book() -> churn.Subscriptions:
    """Ann stays; Bob leaves and comes back; Cid leaves for the price; Dan comes later."""
    return churn.Subscriptions.read(
        {
            "customer": ["ann", "bob", "bob", "cid", "dan"],
            "start": ["1970-01-01", "1970-01-01", "1970-02-20", "1970-01-01", "1970-01-11"],
            "end": [None, "1970-01-21", None, "1970-01-21", None],
            "monthly_money": [10.0, 20.0, 25.0, 10.0, 50.0],
            "end_cause": [None, None, None, "price", None],
        },
        currency="EUR",
        known_until="1970-04-11",
        end_cause="end_cause",
    )


def test_contracts_become_spells(book: churn.Subscriptions) -> None:
    assert (len(book), book.known_until) == (5, datetime.date(1970, 4, 11))
    assert book.money_on("1970-01-15").to_dict() == {
        "customer": ["ann", "bob", "cid", "dan"],
        "monthly_money": [Decimal("10.00"), Decimal("20.00"), Decimal("10.00"), Decimal("50.00")],
    }
    spells = book.spells()
    assert spells.definition == {"contractual": {"allowed_gap_days": 0}}
    assert (len(spells), spells.causes) == (5, ["price"])
    assert spells.of("cid").to_dict() == {
        "customer": ["cid"],
        "start": [datetime.date(1970, 1, 1)],
        "end": [datetime.date(1970, 1, 21)],
        "cause": ["price"],
    }
    assert spells.active_on("1970-02-01")["active"].to_list() == [True, False, False, True]
    returns = spells.returns(40)
    assert (returns["returned"], returns["confirmed"], returns["rate"]) == (1, 1, 0.5)
    assert len(book.spells(30)) == 4 and len(book.spells_with_grace(30)) == 4
    again = churn.Spells.read(
        spells.to_table(),
        definition=spells.definition,
        known_until=spells.known_until,
        customers=spells.customers,
        cause="cause",
    )
    assert again == spells
    assert churn.Spells.from_json(spells.to_json()) == spells
    with pytest.raises(CustometryError, match="customer"):
        spells.of("eve")


def test_rates_of_a_period_and_of_a_year(book: churn.Subscriptions) -> None:
    rates = churn.PeriodRates.of_subscriptions(book, "1970-01-01", "1970-01-31")
    assert (rates.from_, rates.to, rates.days) == (
        datetime.date(1970, 1, 1),
        datetime.date(1970, 1, 31),
        30,
    )
    assert (rates.at_start, rates.at_end, rates.lost, rates.won) == (3, 2, 2, 1)
    assert rates.logo_churn()["value"] == pytest.approx(2 / 3)
    assert rates.net_revenue_retention == 0.25 and rates.gross_churn == 0.75
    assert rates.flows is not None
    assert (rates.flows["churned"], rates.flows["end"]) == (Decimal("30.00"), Decimal("60.00"))
    assert rates.to_table()["new"][0] == Decimal("50.00")
    days = ["1970-01-01", "1970-01-31", "1970-03-02"]
    series = churn.PeriodRates.series(book, days)
    assert series[0] == rates and series[1].returned == 1
    assert churn.PeriodRates.table_of(series)["at_start"].to_list() == [3, 2]
    compound = churn.PeriodRates.compound(series)
    assert (compound["days"], compound["to"]) == (60, datetime.date(1970, 3, 2))
    assert compound["logo_churn"] == pytest.approx(2 / 3)
    without = churn.PeriodRates.of_spells(book.spells(), "1970-01-01", "1970-01-31")
    assert (without.flows, without.currency, without.lost) == (None, None, 2)
    assert churn.PeriodRates.from_json(rates.to_json()) == rates
    twice = churn.PeriodRates.merge([rates, rates])
    assert twice.at_start == 6
    annual = churn.RateScale.of("annual", 0.1, 30)
    assert annual == pytest.approx(1 - 0.9 ** (365 / 30))
    with pytest.raises(CustometryError):
        churn.PeriodRates.compound([series[1], series[0]])


def test_cohorts_are_followed() -> None:
    # The example of CohortCurveParams.
    day = datetime.date(1970, 1, 1)
    starts, ends = [0, 10, 60, 40, 70], [None, 20, None, 65, None]
    book = churn.Subscriptions.read(
        {
            "customer": ["ann", "bob", "bob", "cid", "dan"],
            "start": [day + datetime.timedelta(start) for start in starts],
            "end": [None if end is None else day + datetime.timedelta(end) for end in ends],
            "monthly_money": [9] * 5,
        },
        currency="EUR",
        known_until=day + datetime.timedelta(80),
    )
    curves = churn.CohortCurves.evaluate(book.spells(), period="month", days=[0, 30, 60])
    assert curves.cohorts["customers"].to_list() == [2, 1, 1]
    active = curves.active
    assert active["on_day"].to_list() == [2, 1, 2, 1, 0, None, None, None, None]
    assert active["in_bracket"][1] == 2 and active["on_or_after"][1] == 2
    shares = curves.shares("on_day")
    assert shares["share"][1] == 0.5 and shares["share_lower"][1] < 0.1
    assert len(curves.survival_at(30)) == 3
    assert isinstance(curves.curve(0), churn.KaplanMeier)
    assert curves.days.to_list() == [0, 30, 60] and curves.outside == 0
    # The default marks are those of the library.
    assert len(churn.CohortCurves.evaluate(book.spells(), period="year").days) == 6
    edges = churn.CohortCurves.evaluate(book.spells(), edges=["1970-01-05", "1970-02-01"])
    assert (len(edges.cohorts), edges.outside) == (1, 3)
    assert churn.CohortReading.is_final("on_day") and not churn.CohortReading.is_final(
        "on_or_after"
    )


def _state() -> tuple[data.Transactions, value.SummaryState]:
    day = datetime.date(1970, 1, 1)
    log = data.Transactions.read(
        {
            "customer": ["ann", "bob", "ann"],
            "day": [day, day, day + datetime.timedelta(20)],
            "amount": [9.0, 3.0, 5.0],
        },
        currency="EUR",
    )
    return log, value.SummaryState.new(log)


def test_silence_becomes_churn() -> None:
    _, state = _state()
    gaps = churn.PurchaseGaps.new(state, "1970-03-31")
    assert (gaps.completed, gaps.open) == (1, 2)
    assert gaps.completed_threshold(0.9) == 20
    assert gaps.curve.columns == ["days", "at_risk", "completed", "open", "silent"]
    assert gaps.cheapest(1.0, 1.0) is not None and len(gaps.faults) > 0
    spells = churn.Spells.of_purchases(state, "1970-03-31", {"inactivity": {"days": 30}})
    assert spells.to_table()["end"].to_list() == [
        datetime.date(1970, 2, 20),
        datetime.date(1970, 1, 31),
    ]
    churn.ChurnDefinition.check({"inactivity": {"days": 30}})
    with pytest.raises(CustometryError, match="days"):
        churn.ChurnDefinition.check({"inactivity": {"days": 0}})


def test_a_purchase_model_ends_spells(
    cdnow: data.Transactions, histories: value.PurchaseHistories
) -> None:
    model = value.BgNbd.fit(histories)
    state = value.SummaryState.new(cdnow)
    spells = churn.Spells.of_purchase_model(state, "1997-09-30", model, 0.25)
    assert spells.definition == {"probability_alive": {"below": 0.25}}
    assert len(spells) >= len(histories)


# ---- snapshots ----


def _snapshots(**options: Any) -> churn.Snapshots:
    """The example of Snapshots: Ann on days 30, 60 and 90, Bob on day 30."""
    log, _ = _state()
    spells = _spells(log)
    plan = churn.SnapshotPlan.every(30, "1970-01-31", 3, horizon=30)
    return plan.build(spells, transactions=log, **options)


def _spells(log: data.Transactions) -> churn.Spells:
    return churn.Spells.read(
        {
            "customer": ["ann", "bob"],
            "start": ["1970-01-01", "1970-01-01"],
            "end": [None, "1970-02-15"],
            "cause": [None, "price"],
        },
        definition={"inactivity": {"days": 60}},
        known_until="1970-04-01",
        customers=log.customers,
        cause="cause",
    )


def test_snapshots_are_what_was_known_and_what_came() -> None:
    snapshots = _snapshots()
    table = snapshots.to_table()
    assert table["customer"].to_list() == ["ann", "ann", "ann", "bob"]
    assert table["outcome"].to_list() == ["retained", "retained", "unknown", "churned"]
    assert (table["left"][3], table["outcome_cause"][3]) == (datetime.date(1970, 2, 15), 0)
    assert (table["exit_days"][3], table["cause"][3]) == (16, 1)
    assert snapshots._table("features")["recency"].to_list() == [10.0, 40.0, 70.0, 30.0]
    assert snapshots.counts["churned"].to_list() == [1, 0, 0]
    assert snapshots.clusters.to_list() == [0, 0, 0, 1]
    assert snapshots.definition == {"inactivity": {"days": 60}}
    day = datetime.date(1970, 1, 1)
    assert snapshots.plan.days == [day + datetime.timedelta(age) for age in (30, 60, 90)]


def test_features_of_the_host_are_functions() -> None:
    def least(known: churn.History) -> float:
        assert known.tenure_days >= 1 and known.event_days.to_list() == []
        assert all(day < known.day for day in known.purchase_days)
        return min(known.amounts, default=math.nan)

    snapshots = _snapshots(features={"least": least})
    assert snapshots._table("features")["least"].to_list() == [500.0, 500.0, 500.0, 300.0]

    def broken(known: churn.History) -> float:
        raise ValueError("no such figure")

    with pytest.raises(CustometryError, match="no such figure"):
        _snapshots(features={"broken": broken})


def test_an_audit_finds_what_saw_the_future() -> None:
    log, _ = _state()
    plan = churn.SnapshotPlan.every(30, "1970-01-31", 3)
    audit = plan.audit(_spells(log), transactions=log)
    assert audit["compared"] > 0 and audit["leak"] is None
    builds = iter(range(1_000_000))
    leak = plan.audit(_spells(log), transactions=log, features={"count": lambda _: next(builds)})
    assert leak["leak"]["feature"] == "count"


def test_plans_are_made_saved_and_checked() -> None:
    plan = churn.SnapshotPlan.monthly("1970-01-01", 3, lookback=365, gap=14, horizon=60)
    assert plan.days == [datetime.date(1970, month, 1) for month in (1, 2, 3)]
    assert churn.SnapshotPlan.from_json(plan.to_json()) == plan
    assert plan.plan["gap"] == 14
    renewals = churn.SnapshotPlan.renewals({"months": 1}, 7, ("1970-01-01", "1970-12-31"))
    assert renewals.days == []
    features = churn.FeatureSet.new(["tenure", {"purchases": {"days": 30}}])
    assert features.names == ["tenure", churn.Feature.name({"purchases": {"days": 30}})]
    assert features.with_feature("recency").names[-1] == "recency"
    assert "recency" in churn.FeatureSet.purchases().names
    chosen = churn.SnapshotPlan.on(["1970-01-31"], features=features)
    assert [*chosen.plan["features"]["features"]] == features.features
    with pytest.raises(CustometryError):
        churn.FeatureSet.new(["tenure", "tenure"])
    with pytest.raises(CustometryError, match="horizn"):
        churn.SnapshotPlan.on(["1970-01-31"], horizn=3)  # type: ignore[call-arg]


def test_forward_splits_train_on_what_was_known() -> None:
    splits = _snapshots().forward_splits()
    for split in splits:
        assert set(split) == {"day", "train", "test"}
        assert split["day"] > datetime.date(1970, 1, 31)
