"""Simulated populations through Python."""

import pytest

from custometry import CustometryError, simulate


def test_purchases_have_the_published_rate():
    # The published estimates for CDNOW expect 1.445 repeat purchases in 52 weeks, as in the tests
    # of the library.
    log = simulate.PurchaseLog.generate(
        customers=100_000, first_day="1970-01-01", acquisition_days=1, until="1970-12-31"
    )
    repeats = (len(log.transactions) - 100_000) / 100_000
    assert repeats == pytest.approx(1.445, abs=0.04)
    truth = log.truth
    assert len(truth) == 100_000
    assert sum(truth["rate_per_week"]) / len(truth) == pytest.approx(0.243 / 4.414, rel=0.05)


def test_shards_are_the_same_customers():
    whole = simulate.PurchaseLog.generate(customers=2_000, seed=7, currency="EUR")
    shard = simulate.PurchaseLog.generate(customers=10, first_customer=5, seed=7)
    assert shard.truth["rate_per_week"].to_list() == whole.truth["rate_per_week"].to_list()[5:15]
    assert whole.transactions.currency["code"] == "EUR"


def test_people_have_their_truth():
    table = simulate.SimulatedPeople.generate(records=10_000, seed=7).to_table()
    assert max(table["person"]) == 7_999
    assert table["record"].to_list() == list(range(10_000))
    assert table["email"].null_count > 0


def test_opportunities_renewals_and_churn():
    made = simulate.OpportunityHistory.generate(customers=500, opportunities=4).to_table()
    assert set(made["opportunities"]) == {4}
    assert all(last >= times for last, times in zip(made["last"], made["frequency"]))
    renewals = simulate.RenewalHistory.generate(customers=10, cohorts=3).to_table()
    assert max(renewals["renewals"]) <= 3

    hazard = simulate.CauseHazard.new(0.7, 900.0, [0.8, -0.3])
    churn = simulate.ChurnHistory.generate(customers=400, hazards=[hazard])
    table = churn.to_table()
    assert table.columns == ["entry", "exit", "cause", "x1", "x2", "leaves"]
    assert set(table["cause"]) == {0, 1}
    row = table.row(0)
    total = simulate.CauseHazard.cumulative(hazard, [row["x1"], row["x2"]], 100.0)
    survival = churn.survival(100.0)
    assert len(survival) == len(table)
    assert survival[0] == pytest.approx(2.718281828459045**-total)


def test_impossible_populations_are_refused_by_name():
    with pytest.raises(CustometryError, match="^spend|^q|gamma|p is") as caught:
        simulate.PurchaseLog.generate(spend=(6.0, -1.0, 15.0))
    assert caught.value.kind == "invalid_parameter"
    with pytest.raises(CustometryError, match="copies"):
        simulate.SimulatedPeople.generate(copies=1.5)
    with pytest.raises(CustometryError, match="cohorts"):
        simulate.RenewalHistory.generate(cohorts=0)
