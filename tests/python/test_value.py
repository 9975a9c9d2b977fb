"""The room `value`: golden numbers and the road from a log to a value."""

from __future__ import annotations

import datetime
import pickle
from decimal import Decimal
from typing import Any

import pytest

import custometry
from conftest import ROOT, golden
from custometry import data, value

RATE = 0.15


@pytest.fixture(scope="module")
def state(cdnow: data.Transactions) -> value.SummaryState:
    return value.SummaryState.new(cdnow)


@pytest.fixture(scope="module")
def summary(state: value.SummaryState) -> value.Summary:
    return state.summary("1997-09-30")


@pytest.fixture(scope="module")
def spends(summary: value.Summary) -> value.SpendHistories:
    return value.SpendHistories.new(summary)


# Purchase models


def test_bg_nbd_has_the_published_estimates(histories: value.PurchaseHistories) -> None:
    # Fader, Hardie, Lee (2005), table 2: r .243, alpha 4.414, a .793, b 2.426.
    fitted = value.BgNbd.fit(histories).parameters
    published = {"r": 0.243, "alpha": 4.414, "a": 0.793, "b": 2.426}
    assert fitted == pytest.approx(published, abs=5e-4)


# Optima of CDNOW by full Newton in 30-digit arithmetic, as in the tests of the library. Pareto/NBD:
# Fader, Hardie, Lee (2005) print .553, 10.578, .606, 11.669.
OPTIMA: list[tuple[type[value.PurchaseModel], dict[str, float], float]] = [
    (
        value.MbgNbd,
        {"r": 0.52484315911, "alpha": 6.1830852796, "a": 0.89135939073, "b": 1.6140022402},
        -9582.135715554,
    ),
    (
        value.ParetoNbd,
        {"r": 0.55327704685, "alpha": 10.577683463, "s": 0.60623998913, "beta": 11.668735289},
        -9594.97617894,
    ),
    (value.Nbd, {"r": 0.3847661, "alpha": 12.0720217}, -9763.657615),
]


@pytest.mark.parametrize(("kind", "optimum", "log_likelihood"), OPTIMA)
def test_fits_find_the_optimum(
    kind: Any, optimum: dict[str, float], log_likelihood: float, histories: value.PurchaseHistories
) -> None:
    model = kind.fit(histories)
    assert model.parameters == pytest.approx(optimum, rel=1e-5)
    report = model.fit_report
    assert report["verdict"] == "converged" and report["statement"]
    assert report["log_likelihood"] == pytest.approx(log_likelihood, abs=1e-6)
    assert report["aic"] == pytest.approx(2 * len(optimum) - 2 * log_likelihood, abs=1e-5)
    estimates = model.estimates(0.95)
    assert list(estimates) == list(optimum)
    for name, error in zip(optimum, report["standard_errors"]):
        assert estimates[name]["se"] == pytest.approx(error)
    assert type(model).from_json(model.to_json()) == model == pickle.loads(pickle.dumps(model))
    given = kind.new(**optimum)
    assert given.fit_report is None
    with pytest.raises(custometry.CustometryError, match="given, not fitted"):
        given.estimates()


QUANTITIES = {
    "p_alive": lambda case: "p_alive",
    "p_alive_in": lambda case: {"p_alive_in": case["t"]},
    "expected": lambda case: {"expected": case["t"]},
    "exactly": lambda case: {"exactly": [case["n"], case["t"]]},
    "discounted": lambda case: {"discounted": [case["t"], case["rate"]]},
    "residual": lambda case: {"residual": case["rate"]},
    "silence": lambda case: {"silence_age": case["threshold"]},
}
MODELS = {
    "nbd": value.Nbd,
    "bg_nbd": value.BgNbd,
    "mbg_nbd": value.MbgNbd,
    "pareto_nbd": value.ParetoNbd,
}


def test_predictions_against_60_digit_arithmetic() -> None:
    cases = golden("value/predictions.json")["cases"]
    assert len(cases) > 200
    for case in cases:
        model = MODELS[case["model"]].new(**case["params"], unit="days")
        age = case["T"] if case.get("T") is not None else case["t_x"]
        if case["quantity"] == "log_likelihood":
            got = model.log_likelihood_one(case["x"], case["t_x"], age)
        else:
            row = {"frequency": [case["x"]], "recency": [case["t_x"]], "age": [age]}
            one = value.PurchaseHistories.read(row)
            got = model.predict(one, QUANTITIES[case["quantity"]](case))[0]
        assert got == pytest.approx(case["value"], rel=1e-10, abs=0), case


def test_histories_in_weeks_are_the_same(summary: value.Summary) -> None:
    rows = summary.to_table().to_dict()
    weeks = {
        "who": rows["customer"],
        "x": rows["frequency"],
        "t_x": [days / 7 for days in rows["recency"]],
        "T": [days / 7 for days in rows["age"]],
    }
    read = value.PurchaseHistories.read(
        weeks, frequency="x", recency="t_x", age="T", unit="weeks", customer="who"
    )
    assert len(read) == len(summary) == 2357
    assert read.customers is not None and read.customers.keys() == summary.customers.keys()
    model = value.BgNbd.fit(read)
    fitted = value.BgNbd.fit(value.PurchaseHistories.new(summary))
    assert model.parameters == pytest.approx(fitted.parameters, rel=1e-9)
    with pytest.raises(custometry.CustometryError) as raised:
        value.PurchaseHistories.read({"frequency": [1, 0], "recency": [1, 2], "age": [3, 3]})
    assert (raised.value.kind, raised.value.row) == ("invalid_value", 1)


def test_intervals_start_with_the_customer(
    summary: value.Summary, histories: value.PurchaseHistories
) -> None:
    model = value.BgNbd.fit(histories)
    table = model.predict_with_intervals(histories, {"expected": 365}, 0.9)
    assert table.columns == ["customer", "value", "se", "lower", "upper"]
    columns = table.to_dict()
    assert columns["customer"] == summary.customers.keys()
    assert columns["value"] == model.expected_purchases(histories, 365).to_list()
    assert all(
        low < at < up for low, at, up in zip(*(columns[n] for n in ("lower", "value", "upper")))
    )
    assert 0 < model.predict_new({"expected": 365}) < 10


def test_a_bootstrap_agrees_with_the_delta_method(histories: value.PurchaseHistories) -> None:
    model = value.BgNbd.fit(histories)
    bootstrap = value.Bootstrap.fit(model, histories, replicates=50, seed=7)
    assert (len(bootstrap.models), bootstrap.failed) == (50, 0)
    assert isinstance(bootstrap.models[0], value.BgNbd)
    drawn, delta = bootstrap.estimates(), model.estimates()
    for name in model.parameters:
        assert 0.5 < drawn[name]["se"] / delta[name]["se"] < 2.0
    assert bootstrap.to_table()["r"].to_list()[0] == bootstrap.models[0].parameters["r"]
    assert bootstrap.predict(histories, "p_alive", 0.8).columns[0] == "customer"
    with pytest.raises(custometry.CustometryError, match="a purchase model"):
        custometry.call("value.Bootstrap.fit", model=histories, histories=histories)


def test_holdout_against_btyd(state: value.SummaryState) -> None:
    # The walkthrough of BTYD 2.4.3.
    holdout = value.Holdout.new(state, calibrate_until="1997-09-30", until="1998-06-30")
    assert sum(holdout.actual) == 1882 and holdout.horizon == 273.0
    model = value.ParetoNbd.new(0.55337133, 10.57952125, 0.60590662, 11.65806718)
    report = holdout.evaluate(model)
    assert (report.measures["customers"], report.measures["actual"]) == (2357, 1882.0)
    lines = report.by_frequency.to_dict()
    assert lines["customers"] == [1411, 439, 214, 100, 62, 38, 29, 64]
    expected = [0.138, 0.600, 1.196, 1.714, 2.399, 2.907, 3.819, 6.403]
    assert lines["expected"] == pytest.approx(expected, abs=5.1e-4)
    actual = [0.237, 0.697, 1.393, 1.560, 2.532, 2.947, 3.862, 6.359]
    assert lines["actual"] == pytest.approx(actual, abs=5.1e-4)
    assert lines["or_more"] == [False] * 7 + [True]
    assert sum(report.deciles["customers"]) == 2357
    weeks = holdout.track(model, days=7).to_dict()
    assert weeks["cumulative_actual"][-1] == sum(weeks["actual"])
    assert len(holdout.histories) == len(holdout.summary) == 2357
    assert holdout.to_table()["actual"].to_list() == holdout.actual.to_list()


def test_frequencies_in_sample(histories: value.PurchaseHistories) -> None:
    fit = value.FrequencyFit.new(value.BgNbd.fit(histories), histories)
    table = fit.to_table().to_dict()
    assert table["actual"] == [1411, 439, 214, 100, 62, 38, 29, 64]
    assert sum(table["expected"]) == pytest.approx(2357)
    assert fit.measures["degrees_of_freedom"] == 3 and fit.measures["chi_square"] > 0


def test_likelihood_ratio_of_nested_models(histories: value.PurchaseHistories) -> None:
    renewals = value.ContractHistories.from_survivors([REGULAR[:8]])
    sbg, bdw = value.Sbg.fit(renewals), value.Bdw.fit(renewals)
    test = value.LikelihoodRatio.new(sbg, bdw)
    # Twice the difference of the log-likelihoods of the optima, 1680.265188 and 1679.602833.
    assert test["statistic"] == pytest.approx(1.32471, abs=1e-5)
    assert test["degrees_of_freedom"] == 1 and 0.2 < test["p_value"] < 0.3
    assert value.LikelihoodRatio.new(sbg.fit_report, bdw.fit_report) == test
    high = value.Sbg.fit(value.ContractHistories.from_survivors([HIGH_END[:8]]))
    both = value.Sbg.fit(value.ContractHistories.from_survivors([REGULAR[:8], HIGH_END[:8]]))
    assert value.LikelihoodRatio.of_parts(both, [sbg, high])["p_value"] < 1e-6
    with pytest.raises(custometry.CustometryError, match="that was fitted"):
        value.LikelihoodRatio.new(histories, bdw)


def test_dates_to_worry(summary: value.Summary, histories: value.PurchaseHistories) -> None:
    model = value.BgNbd.fit(histories)
    stake = model.expected_purchases(histories, 365)
    dates = value.SilenceDates.new(model, summary, histories, threshold=0.5, value_at_stake=stake)
    table = dates.to_table()
    assert table.columns == ["customer", "date"] and len(table) == 2357
    ranked = dates.by_value.to_dict()
    assert ranked["value"] == sorted(ranked["value"], reverse=True)
    at = table["customer"].to_list().index(ranked["customer"][0])
    assert table["date"][at] == ranked["date"][0]


# Spend and lifetime value


def test_gamma_gamma_against_published_figures(spends: value.SpendHistories) -> None:
    # Fader, Hardie, Lee (2005) print 6.25, 3.74, 15.44 and a correlation of .114.
    assert (len(spends), spends.usable, spends.not_positive) == (2357, 946, 0)
    model = value.GammaGamma.fit(spends)
    optimum = {"p": 6.2495722713, "q": 3.7442246671, "gamma": 15.443520963}
    assert model.parameters == pytest.approx(optimum, rel=1e-6)
    told = model.eligibility
    assert told is not None and told["verdict"] == "eligible" and told["has_mean"]
    assert told["correlation"]["value"] == pytest.approx(0.114, abs=5e-4)
    # Note 025 of Fader and Hardie: customers 1, 2, 3, 6 and 9.
    known = value.SpendHistories.read(
        {"frequency": [2, 1, 0, 7, 2], "mean": [22.35, 11.77, None, 73.74, 25.55]}
    )
    printed = [24.66, 18.92, 35.22, 71.47, 27.29]
    rounded = value.GammaGamma.new(6.25, 3.74, 15.44)
    assert rounded.expected_spend(known).to_list() == pytest.approx(printed, abs=5.1e-3)
    assert rounded.expected_of_new_customer == pytest.approx(35.22, abs=5.1e-3)
    assert rounded.eligibility is None
    assert value.GammaGamma.from_json(model.to_json()) == model
    intervals = model.expected_spend_with_intervals(spends)
    assert intervals["value"].to_list() == model.expected_spend(spends).to_list()
    assert set(model.estimates()) == {"p", "q", "gamma"}


def test_value_is_margin_times_spend_times_purchases(
    summary: value.Summary, histories: value.PurchaseHistories, spends: value.SpendHistories
) -> None:
    purchases, spend = value.ParetoNbd.fit(histories), value.GammaGamma.fit(spends)
    discount = data.DiscountRate.annual(RATE)
    clv = value.Clv.predict(
        purchases, spend, histories, spends, margin=0.3, discount=discount, horizon=None
    )
    dert = purchases.predict(histories, {"residual": discount}).to_list()
    amounts = spend.expected_spend(spends).to_list()
    assert clv.values.to_list() == pytest.approx([0.3 * n * m for n, m in zip(dert, amounts)])
    assert clv.transactions.to_list() == dert and clv.mean_spend.to_list() == amounts
    total = clv.total()
    assert total["lower"] < total["value"] < total["upper"]
    scores = value.Rfm.fit(summary).score(summary)
    segments = scores.assign(value.SegmentMap.standard())
    assert sum(clv.by_segment(segments)["value"]) == pytest.approx(total["value"])
    quarter = clv.by_cohort(summary, period="quarter").to_dict()
    assert quarter["start"] == [datetime.date(1997, 1, 1)]
    assert quarter["se"] == [pytest.approx(total["se"])]
    assert clv.by_customer().columns == ["customer", "value", "se", "lower", "upper"]
    assert clv.to_table().columns == ["customer", "value", "transactions", "mean_spend"]
    year = value.Clv.predict(purchases, spend, histories, spends, margin=0.3, discount=discount)
    assert year.total()["value"] < total["value"]
    with pytest.raises(custometry.CustometryError, match="margin is 1.5"):
        value.Clv.predict(purchases, spend, histories, spends, margin=1.5, discount=discount)


def test_offers_break_even() -> None:
    # 100 x 0.5 x 0.4 saved, less 10 for each who would have stayed and each who was saved.
    spend = value.RetentionOffer.break_even([100.0], [0.5], save_rate=0.4, incentive=10.0)
    assert spend.to_list() == pytest.approx([0.4 * 0.5 * (100 - 10) - (1 - 0.5) * 10])
    assert value.RetentionOffer.break_even(
        [100.0, 50.0], [0.5, 1.0], save_rate=0.4
    ).to_list() == pytest.approx([20, 20])


# Opportunities and contracts

# The donors of Fader, Hardie, Shang (2010): frequency, last year and customers; six years.
DONORS = {
    "frequency": [0, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 5, 5, 6],
    "last": [0, 1, 2, 3, 4, 5, 6, 2, 3, 4, 5, 6, 3, 4, 5, 6, 4, 5, 6, 5, 6, 6],
    "donors": [
        *(3464, 1091, 277, 129, 78, 119, 129, 613, 255, 155, 173),
        *(234, 322, 181, 225, 357, 240, 284, 512, 335, 728, 1203),
    ],
    "opportunities": [6] * 22,
}


def test_bg_bb_against_the_paper() -> None:
    donors = value.OpportunityHistories.read(DONORS, weight="donors")
    model = value.BgBb.fit(donors)
    optimum = {
        "alpha": 1.2035223516,
        "beta": 0.7497163582,
        "gamma": 0.6567182084,
        "delta": 2.7834422326,
    }
    assert model.parameters == pytest.approx(optimum, rel=1e-6)
    assert model.fit_report is not None
    assert model.fit_report["log_likelihood"] == pytest.approx(-33225.58127435, abs=1e-6)
    printed = [0.11, 0.07, 0.25, 0.48, 0.68, 0.83, 0.93]
    assert model.predict(donors, "p_alive").to_list()[:7] == pytest.approx(printed, abs=5.1e-3)
    exact = value.BgBb.new(**optimum)
    dert = exact.predict(donors, {"residual": 0.1}).to_list()
    assert (dert[21], dert[0]) == pytest.approx((5.9098942457696, 0.1147527156482), rel=1e-12)
    assert exact.predict_new({"expected": 10}) == pytest.approx(3.179805, rel=1e-4)
    intervals = model.predict_with_intervals(donors, {"expected": 5})
    assert intervals.columns == ["value", "se", "lower", "upper"]
    assert value.BgBb.from_json(model.to_json()) == model


def test_opportunities_of_a_log(state: value.SummaryState) -> None:
    months = [f"1997-{month:02}-01" for month in range(4, 11)]
    histories = value.OpportunityHistories.from_state(state, months)
    assert len(histories) == 2357 and histories.customers is not None


# Survivors of 1,000 customers of two segments: Fader, Hardie (2007), table 1.
REGULAR = [1000, 631, 468, 382, 326, 289, 262, 241, 223, 207, 194, 183, 173]
HIGH_END = [1000, 869, 743, 653, 593, 551, 517, 491, 468, 445, 427, 409, 394]


def test_models_of_renewals_against_published_figures() -> None:
    # The paper prints .704 and 1.182.
    seen = value.ContractHistories.from_survivors([REGULAR[:8]])
    assert seen.customers == 1000
    assert seen.survival.to_list() == pytest.approx([n / 1000 for n in REGULAR[:8]])
    sbg = value.Sbg.fit(seen)
    assert sbg.parameters == pytest.approx({"alpha": 0.70407729847, "beta": 1.1820430262}, rel=1e-7)
    optimum = {"gamma": 0.45561398937, "delta": 0.77932550839, "c": 1.28345128580}
    bdw = value.Bdw.fit(seen)
    assert bdw.parameters == pytest.approx(optimum, rel=1e-6)
    assert bdw.log_likelihood(seen) == pytest.approx(-1679.602833, abs=1e-6)
    curve = sbg.survival_curve(12).to_list()
    assert curve[0] == 1.0 and [
        sbg.predict_new({"survival": n}) for n in range(1, 13)
    ] == pytest.approx(curve[1:])
    assert sbg.predict([0, 3], {"survival": 1}).to_list() == pytest.approx(
        [sbg.retention_curve(4)[0], sbg.retention_curve(4)[3]]
    )
    assert len(bdw.predict_with_intervals([0, 1, 2], {"residual": 0.1})) == 3
    for model in (sbg, bdw):
        assert type(model).from_json(model.to_json()) == model
    assert value.Sbg.new(0.668, 3.806).name == sbg.name


def test_cohorts_of_contracts_pool() -> None:
    # Cohorts of 10,000 who came in five years; residual lifetimes at 10 % as published.
    cohort = [10_000, 6_334, 4_367, 3_264, 2_604]
    parts = [value.ContractHistories.from_survivors([cohort[: 5 - late]]) for late in range(4)]
    pooled = value.ContractHistories.merge(parts)
    model = value.Sbg.fit(pooled)
    assert model.parameters == pytest.approx(
        {"alpha": 1.6670883207, "beta": 2.8566118579}, rel=1e-7
    )
    residual = model.predict([0, 1, 2, 3, 4], {"residual": 0.1}).to_list()
    assert residual == pytest.approx([2.161802, 2.665747, 3.099869, 3.480329, 3.818108], abs=6e-7)
    rows = {"renewals": [2, 1, 2], "lost": [True, False, False], "entered": [0, 0, 1]}
    read = value.ContractHistories.read(rows, entered="entered").to_table().to_dict()
    assert (read["renewal"], read["renewed"], read["lost"]) == ([1, 2, 3], [2, 2, 0], [0, 0, 1])
    assert pickle.loads(pickle.dumps(pooled)) == pooled


# Recency, frequency, money


def test_rfm_scores_and_segments(summary: value.Summary) -> None:
    rfm = value.Rfm.fit(summary)
    assert rfm.bins == [5, 5, 5] and rfm.empty_bins["recency"] == 0
    edges = rfm.to_table().to_dict()
    assert edges["measure"] == ["recency"] * 5 + ["frequency"] * 5 + ["monetary"] * 5
    assert sum(edges["size"][:5]) == 2357
    scores = rfm.score(summary)
    table = scores.to_table().to_dict()
    assert table["customer"] == summary.customers.keys()
    at = table["code"].index(555)
    assert table["combined"][at] == 15.0
    segments = scores.assign(value.SegmentMap.standard())
    assert segments.to_table()["segment"][at] == "Champions"
    assert value.Rfm.from_json(rfm.to_json()) == rfm
    fixed = value.Rfm.fit(summary, frequency={"fixed": {"edges": [1, 3]}}, ties="lowest")
    assert fixed.bins == [5, 3, 5]
    with pytest.raises(custometry.CustometryError, match="each once"):
        value.Rfm.fit(summary, frequency={"fixed": {"edges": [1, 1]}})


def test_defaults_are_those_of_the_library(summary: value.Summary) -> None:
    assert value.Rfm.fit(summary) == custometry.call("value.Rfm.fit", summary=summary)
    assert custometry.call("value.Bootstrap.params") == {"replicates": 200, "seed": 1}
    assert custometry.call("value.BgNbd.params") == {"unit": "weeks"}
    assert custometry.call("value.Profitability.abc_params") == {"a": 0.8, "b": 0.95}


def test_a_map_of_ones_own() -> None:
    every = [1, 2]
    rules = [
        {"id": 1, "name": "good", "recency": [2, 2], "frequency": every, "monetary": every},
        {"id": 2, "name": "other", "recency": [1, 1], "frequency": every, "monetary": every},
    ]
    none = {"id": 9, "name": "none"}
    own = value.SegmentMap.new("own v1", [2, 2, 2], rules, none)
    assert (own.segment([2, 1, 1]), own.name([1, 2, 2]), own.scheme) == (1, "other", "own v1")
    assert own.codes["segment"].to_list() == ["other"] * 4 + ["good"] * 4
    assert [segment["id"] for segment in own.segments] == [1, 2, 9]
    assert value.SegmentMap.from_json(own.to_json()) == own
    with pytest.raises(custometry.CustometryError):
        value.SegmentMap.new("own v1", [2, 2, 2], rules[:1], none)


# States and money

LOG = {
    "customer": ["ann", "bob", "ann", "cid", "ann", "bob"],
    "day": ["2023-02-01", "2023-03-01", "2023-08-01", "2024-02-01", "2024-03-01", "2024-04-01"],
    "amount": [100.0, 50.0, -20.0, 70.0, 130.0, 40.0],
    "cost": [60.0, 60.0, 0.0, 20.0, 30.0, 10.0],
    "channel": ["web", "shop", "web", "shop", "web", None],
}
OPENING, CLOSING = ("2023-01-01", "2023-12-31"), ("2024-01-01", "2024-12-31")


@pytest.fixture(scope="module")
def small() -> data.Transactions:
    return data.Transactions.read(LOG, currency="EUR", cost="cost", channel="channel")


def test_states_merge_and_are_saved(small: data.Transactions) -> None:
    whole = value.SummaryState.new(small)
    parts = [
        {name: [column[at] for at in rows] for name, column in LOG.items()}
        for rows in ([0, 2, 4], [1, 3, 5])
    ]
    states = [
        value.SummaryState.new(data.Transactions.read(part, currency="EUR")) for part in parts
    ]
    merged = value.SummaryState.merge(states).in_key_order()
    assert merged == whole.in_key_order() == value.SummaryState.from_json(merged.to_json())
    assert value.SummaryState.new(whole.daily_log()) == whole
    assert whole.of_customers(["cid"]).to_table().to_dict() == {
        "customer": ["cid"],
        "day": [datetime.date(2024, 2, 1)],
        "money": [Decimal("70.00")],
        "purchase": [True],
    }
    with pytest.raises(custometry.CustometryError, match="dan"):
        whole.of_customers(["dan"])
    assert (whole.measure, value.SummaryState.contribution(small).measure) == (
        "revenue",
        "contribution",
    )
    table = whole.summary("2024-12-31").to_table().to_dict()
    assert table["total_money"] == [Decimal("210.00"), Decimal("90.00"), Decimal("70.00")]
    assert table["frequency"] == [1, 1, 0] and table["days_since_last"] == [305, 274, 334]
    features = whole.summary("2024-12-31").features().to_table().to_dict()
    assert features["monetary"] == [210.0, 90.0, 70.0] and features["frequency"] == [2.0, 2.0, 1.0]


def test_a_bridge_from_year_to_year(small: data.Transactions) -> None:
    bridge = value.Bridge.evaluate(
        value.SummaryState.new(small), opening=OPENING, closing=CLOSING, parts=4
    )
    table = bridge.to_table().to_dict()
    assert table["movement"] == ["expansion", "contraction", "new"]
    assert table["change"] == [Decimal("50.00"), Decimal("-10.00"), Decimal("70.00")]
    total = bridge.total
    assert (total["opening"], total["closing"]) == (Decimal("130.00"), Decimal("240.00"))
    assert total["net_retention"] == pytest.approx(170 / 130)
    assert total["customers"]["new"] == 1
    steps = bridge.steps.to_dict()
    assert (
        steps["step"][0] == "opening"
        and sum(steps["money"][1:-1], steps["money"][0]) == total["closing"]
    )
    assert bridge.gaining(1)["customer"].to_list() == ["cid"]
    assert bridge.declining(5)["customer"].to_list() == ["bob"]
    channels = value.LabelledState.new(small, "channel")
    assert channels.labels == ["web", "shop"]
    by_channel = value.Bridge.evaluate_labels(channels, opening=OPENING, closing=CLOSING).to_dict()
    assert by_channel["label"] == ["web", "shop", None]
    assert by_channel["closing"] == [Decimal("130.00"), Decimal("70.00"), Decimal("40.00")]
    first = channels.first_labels("first channel", "2024-12-31")
    assert first.to_table()["segment"].to_list() == ["web", "shop", "shop"]
    by_segment = bridge.by_segment(first).to_dict()
    assert by_segment["segment"] == ["shop", "web"]
    assert by_segment["closing"] == [Decimal("110.00"), Decimal("130.00")]
    with pytest.raises(custometry.CustometryError):
        value.Bridge.evaluate(value.SummaryState.new(small), opening=CLOSING, closing=OPENING)
    own = value.LabelledState.new(small, LOG["channel"])
    assert own == channels == value.LabelledState.from_json(own.to_json())
    with pytest.raises(custometry.CustometryError, match="order, item, channel or source"):
        value.LabelledState.new(small, "item")


def test_cohorts_by_year(small: data.Transactions) -> None:
    state = value.SummaryState.new(small)
    cohorts = value.Cohorts.evaluate(state, as_of="2024-12-31", period="year")
    table = cohorts.to_table().to_dict()
    assert table["start"] == [datetime.date(2023, 1, 1)] * 2 + [datetime.date(2024, 1, 1)]
    assert (table["customers"], table["age"], table["active"]) == ([2, 2, 1], [0, 1, 0], [2, 2, 1])
    assert table["money"] == [Decimal("130.00"), Decimal("170.00"), Decimal("70.00")]
    assert table["money_per_customer"] == [65.0, 150.0, 70.0] and table["retention"][1] == 1.0
    assert cohorts.by_age["customers"].to_list() == [3, 2]
    assert (cohorts.period, cohorts.outside, cohorts.measure) == (
        "year",
        Decimal("0.00"),
        "revenue",
    )
    assert cohorts.statement
    first = value.LabelledState.new(small, "channel").first_labels("first", "2024-12-31")
    parts = value.Cohorts.evaluate_segments(state, first, as_of="2024-12-31", period="year")
    assert [part["segment"] for part in parts] == ["shop", "web"]
    assert sum(part["cohorts"].to_table()["money"][0] for part in parts) == Decimal("130.00")
    assert value.CohortPeriod.start("quarter", "2024-05-31") == datetime.date(2024, 4, 1)
    assert value.CohortPeriod.next("month", "2024-12-31") == datetime.date(2025, 1, 1)


def test_profit_by_customer(small: data.Transactions) -> None:
    calls = value.Allocation.new(Decimal("30.00"), [1, 2, 0], currency="EUR", capacity=6)
    assert calls.unallocated == Decimal("15.00")
    assert calls.to_table()["cost"].to_list() == [
        Decimal("5.00"),
        Decimal("10.00"),
        Decimal("0.00"),
    ]
    profits = value.Profitability.evaluate(
        value.ProfitState.new(small),
        costs_to_serve={"visits": [0.0, 25.0, 0.0]},
        activities={"calls": calls},
    )
    table = profits.to_table().to_dict()
    # ann 210 - 90 - 5, bob 90 - 70 - 35, cid 70 - 20.
    assert table["profit"] == [Decimal("115.00"), Decimal("-15.00"), Decimal("50.00")]
    ladder = dict(zip(*profits.ladder.to_dict().values()))
    assert (ladder["gross_sales"], ladder["calls"]) == (Decimal("390.00"), Decimal("15.00"))
    assert ladder["profit"] == Decimal("135.00")
    assert profits.basis["basis"] == "costs" and profits.window is None
    curve = profits.whale_curve()
    assert (curve.total, curve.peak, curve.losses) == (
        Decimal("150.00"),
        Decimal("165.00"),
        Decimal("-15.00"),
    )
    assert (curve.profitable, curve.unprofitable, curve.peak_percent) == (2, 1, pytest.approx(110))
    assert curve.to_table()["customer"].to_list() == ["ann", "cid", "bob"]
    assert profits.unprofitable(3)["customer"].to_list() == ["bob"]
    assert profits.most_profitable(1)["profit"].to_list() == [Decimal("115.00")]
    abc = profits.assign_abc("2024-12-31", a=0.5, b=0.8)
    assert abc.to_table()["segment"].to_list() == ["A", "B", "C"]
    assert profits.by_segment(abc)["margin"][0] == pytest.approx(115 / 210)
    assert sum(profits.deciles["customers"]) == 3
    assert profits.concentration().share_of_top(0.5) == pytest.approx(210 / 370)
    within = value.ProfitState.new(small, window=CLOSING)
    assert within.window == list(CLOSING)
    assert value.ProfitState.merge([within]).in_key_order() == within.in_key_order()
    with pytest.raises(custometry.CustometryError) as raised:
        value.Profitability.evaluate(within, costs_to_serve={"visits": [1.0]})
    assert raised.value.kind == "length_mismatch"


def test_concentration_of_amounts() -> None:
    # Gini of 1, 2, 3, 4: sum of pairwise differences 20 over 2 x 4 x 10.
    even = value.Concentration.new([Decimal("1"), 2, 3.0, "4"], currency="EUR")
    assert (even.gini, even.total, even.customers) == (pytest.approx(0.25), Decimal("10.00"), 4)
    assert even.customers_for(0.7) == 2 and even.negative == 0


def test_acquisition_by_source(small: data.Transactions) -> None:
    state = value.SummaryState.new(small)
    sources = value.LabelledState.new(small, "channel").first_labels("first", "2024-12-31")
    won = value.Acquisition.evaluate(
        state, sources, as_of="2024-12-31", spend={"web": Decimal("80.00"), "fair": 10}, horizon=90
    )
    table = won.to_table().to_dict()
    assert table["source"] == ["shop", "web", "fair"]
    web = won.to_table().row(1)
    assert (web["customers"], web["spend"], web["cac"]) == (1, Decimal("80.00"), 80.0)
    assert (web["ltv"], web["ltv_to_cac"]) == (100.0, 1.25)
    assert (web["payback"], web["payback_days"]) == ("after", 0)
    assert table["payback"][table["source"].index("fair")] == "nobody_won"
    assert won.blended["spend"].to_list() == [Decimal("90.00")]
    assert won.measure == "revenue"


@pytest.mark.parametrize(
    "name",
    [
        *(
            "bdw",
            "bg-bb",
            "bg-nbd",
            "contract-histories",
            "gamma-gamma",
            "labelled-state",
            "mbg-nbd",
        ),
        *("nbd", "pareto-nbd", "profit-state", "rfm", "rfm-nested", "sbg", "segment-map"),
        *("summary-state", "assignments", "crosswalk"),
    ],
)
def test_what_was_saved_by_others_is_read(name: str) -> None:
    text = (ROOT / "tests" / "golden" / "models" / "v1" / f"{name}.json").read_text()
    read = custometry.load(text)
    assert type(read) is not custometry.Saved and isinstance(read, custometry.Saved)
    assert custometry.load(read.to_json()) == read
