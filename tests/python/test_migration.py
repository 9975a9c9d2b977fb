"""The room `migration`: published numbers, and the road from rows to moves, worth and alarms."""

from __future__ import annotations

import datetime
import math
import pickle
from decimal import Decimal
from typing import Any

import pytest

import custometry
from custometry import CustometryError, data, migration
from custometry.migration import (
    ChainTest,
    DriftReference,
    Forecast,
    TransitionCounts,
    TransitionMatrix,
    TripleCounts,
)

OZ = ["rain", "nice", "snow"]


@pytest.fixture(scope="module")
def oz() -> TransitionMatrix:
    rows = [[0.5, 0.25, 0.25], [0.5, 0.0, 0.5], [0.25, 0.25, 0.5]]
    return TransitionMatrix.given(rows, states=OZ)


@pytest.fixture(scope="module")
def craig() -> TransitionCounts:
    # Craig and Sendi 2002, table 2.
    rows = [[682, 33, 25], [154, 64, 47], [19, 19, 43]]
    return TransitionCounts.new(rows, states=["a", "b", "c"])


@pytest.fixture(scope="module")
def pfeifer() -> TransitionMatrix:
    # Pfeifer and Carraway 2000: recency 1 to 4, and former customers.
    rows = [
        [0.3, 0.7, 0.0, 0.0, 0.0],
        [0.2, 0.0, 0.8, 0.0, 0.0],
        [0.15, 0.0, 0.0, 0.85, 0.0],
        [0.05, 0.0, 0.0, 0.0, 0.95],
        [0.0, 0.0, 0.0, 0.0, 1.0],
    ]
    return TransitionMatrix.given(rows, states=["r1", "r2", "r3", "r4", "former"])


ROWS = {
    "customer": ["ann", "bob", "cid", "ann", "bob", "eve"],
    "period": [2023, 2023, 2023, 2024, 2024, 2024],
    "segment": ["gold", "gold", "silver", "gold", "silver", "gold"],
    "value": [9.0, 8.0, 2.0, 9.5, 3.0, 7.0],
}


@pytest.fixture(scope="module")
def panel() -> migration.SegmentPanel:
    return migration.SegmentPanel.read(
        ROWS, currency="EUR", value="value", order=["silver", "gold"]
    )


# Chains


def test_the_land_of_oz(oz: TransitionMatrix) -> None:
    # Kemeny and Snell's weather: eigenvalues 1, 1/4 and -1/4.
    steady = oz.steady_state()
    assert steady.shares.to_list() == pytest.approx([0.4, 0.2, 0.4], abs=1e-15)
    assert steady.period == 1
    assert steady.to_table()["state"].to_list() == OZ
    assert oz.first_passage("nice").to_list()[::2] == pytest.approx([4.0, 4.0])
    assert oz.return_times().to_list() == pytest.approx([2.5, 5.0, 2.5])
    mobility = oz.mobility()
    assert mobility["svd"] == pytest.approx(0.683012701892, abs=5.1e-13)
    assert mobility["second_eigenvalue"] == pytest.approx(0.25)
    assert mobility["half_life"] == pytest.approx(0.5)
    assert oz.classes()["recurrent"].to_list() == [True] * 3
    long = oz.long_run()
    assert long.converges and long.periods.to_list() == [1]
    assert long.from_start([10, 0, 0]).to_list() == pytest.approx([4, 2, 4])
    assert oz.row("nice") is not None
    assert oz.sojourn("rain")["expected"] == pytest.approx(2.0)


def test_absorption_of_the_fair_gambler() -> None:
    rows = [
        [1.0, 0.0, 0.0, 0.0, 0.0],
        [0.5, 0.0, 0.5, 0.0, 0.0],
        [0.0, 0.5, 0.0, 0.5, 0.0],
        [0.0, 0.0, 0.5, 0.0, 0.5],
        [0.0, 0.0, 0.0, 0.0, 1.0],
    ]
    walk = TransitionMatrix.given(rows, states=list("01234"))
    gone = walk.absorption()
    assert gone.states["state"].to_list() == ["1", "2", "3"]
    assert gone.states["steps"].to_list() == pytest.approx([3, 4, 3])
    assert gone.arrival["probability"].to_list()[::2] == pytest.approx([0.75, 0.5, 0.25])
    assert gone.classes["state"].to_list() == ["0", "4"]
    with pytest.raises(CustometryError, match="2 classes"):
        walk.steady_state()


def test_monthly_probabilities_of_craig_and_sendi(craig: TransitionCounts) -> None:
    matrix = TransitionMatrix.of_counts(craig)
    month = matrix.power(1 / 6)
    diagonal = [month.probability(state, state) for state in "abc"]
    assert diagonal == pytest.approx([0.9819015926, 0.7517043897, 0.8830110654], abs=5.1e-11)
    shares = matrix.steady_state().shares.to_list()
    assert shares == pytest.approx([0.8343668262, 0.0765921432, 0.0890410306], abs=5.1e-11)
    assert matrix.embeddability()["verdict"] in {"embeddable", "not_embeddable", "undecided"}
    fit = matrix.generator("diagonal")
    back = fit.generator.transition(1.0)
    near = pytest.approx(matrix.probability("a", "b"), abs=fit.distance + 1e-12)
    assert back.probability("a", "b") == near


def test_rates_of_durations() -> None:
    moves = TransitionCounts.new([[0, 4], [1, 0]], states=["a", "b"])
    rates = migration.Generator.of_durations(moves, [8.0, 0.5])
    assert rates.rate("a", "b") == 0.5 and rates.rate("b", "b") == -2.0
    assert rates.standard_error("a", "b") == pytest.approx(0.25)
    assert rates.to_table().columns == ["from", "to", "rate", "standard_error"]


def test_wilson_intervals_of_published_shares() -> None:
    rows = [[208, 22, 0, 2], [0] * 4, [0] * 4, [0] * 4]
    matrix = TransitionMatrix.of_counts(TransitionCounts.new(rows, states=list("abcd")))
    found = matrix.interval("a", "a")
    assert found is not None
    assert (found["lower"], found["upper"]) == pytest.approx((0.85069195, 0.92949318), abs=5.1e-9)
    assert matrix.interval("b", "a") is None
    assert matrix.exposure("a") == 232 and matrix.exposure("b") is None
    assert matrix.to_table()["probability"].null_count == 12


def test_the_worth_of_pfeifer_and_carraway(pfeifer: TransitionMatrix) -> None:
    rewards = [36.0, -4.0, -4.0, -4.0, 0.0]
    four = migration.markov_value(pfeifer, rewards, discount=0.2, horizon=4)
    expected = [50.11496914, 4.21990741, 0.59211034, -1.98013117, 0.0]
    assert four.to_list() == pytest.approx(expected, abs=5.1e-9)
    ever = migration.markov_value(pfeifer, rewards, discount=0.2)
    assert ever[0] == pytest.approx(52.31960944, abs=5.1e-9)
    stopped = migration.markov_value(pfeifer, rewards, discount=0.2, stop_in=["r4"])
    assert stopped.to_list()[:2] == pytest.approx([53.149425, 6.620690], abs=5.1e-7)
    best = migration.OptimalStopping.optimal_stopping(pfeifer, rewards, discount=0.2)
    assert best.stop_in == ["r4"] and best.policies >= 1
    assert best.values.to_list() == pytest.approx(stopped.to_list(), abs=1e-12)
    with pytest.raises(CustometryError, match="former") as caught:
        migration.markov_value(pfeifer, rewards, stop_in=["r9"])
    assert caught.value.kind == "invalid_parameter"


def test_forecasts(pfeifer: TransitionMatrix) -> None:
    start = [100, 0, 0, 0, 0]
    values = [1.0, 1.0, 1.0, 1.0, 0.0]
    forecast = Forecast.customers(pfeifer, start, steps=4, values=values, replicates=50)
    former = forecast.at(4, "former")
    assert former is not None and former["value"] == pytest.approx(45.22, abs=0.01)
    assert former["lower"] <= former["value"] <= former["upper"]
    worth = forecast.worth(4)
    assert worth is not None and worth["value"] == pytest.approx(100 - former["value"])
    assert len(forecast.to_table()) == 25 and forecast.steps == 4
    assert len(forecast.table("worth")) == 5
    assert forecast.step(5) is None
    again = Forecast.customers(pfeifer, start, steps=4, values=values, replicates=50)
    assert again.to_table() == forecast.to_table()
    shares = Forecast.shares(pfeifer, [1, 0, 0, 0, 0], steps=1)
    assert shares.at(1, "r2")["value"] == pytest.approx(0.7)  # type: ignore[index]


def test_of_chains(oz: TransitionMatrix) -> None:
    # Kullback, Kupperman and Ku 1962.
    counts = TransitionCounts.new([[51, 11, 8], [12, 31, 9], [6, 11, 10]], states=list("abc"))
    rows = [[0.625, 0.25, 0.125], [0.25, 0.5, 0.25], [0.25, 0.375, 0.375]]
    known = TransitionMatrix.given(rows, states=list("abc"))
    test = ChainTest.against(counts, known, replicates=200)
    assert test["g"] == pytest.approx(6.518384096198, abs=5.1e-13)
    assert test["p_pearson"] == pytest.approx(0.411011679, abs=5.1e-10)
    assert test["df"] == 6 and test["simulated"]["replicates"] == 200
    # The sequence of the package markovchain.
    path = list("abaaaabababaabbba")
    letters = TransitionCounts.of_paths([path], states=["a", "b"])
    assert letters.cells == [[4, 5], [5, 2]]
    triples = TripleCounts.of_paths([path], states=["a", "b"])
    test = ChainTest.first_order(triples)
    assert test["g"] == pytest.approx(0.599161283, abs=5.1e-10)
    assert test["simulated"] is None and test["verdict"] == "few_expected"
    test = ChainTest.table([[127, 59], [11, 7], [36, 20], [9, 4]])
    assert test["pearson"] == pytest.approx(0.636110621, abs=5.1e-10)
    # What cannot happen.
    sure = TransitionMatrix.given([[1.0, 0.0], [0.5, 0.5]], states=["a", "b"])
    seen = TransitionCounts.new([[9, 1], [0, 5]], states=["a", "b"])
    refuted = ChainTest.against(seen, sure)
    assert math.isinf(refuted["g"]) and refuted["verdict"] == "refuted"
    alike = ChainTest.homogeneity([seen, seen])
    assert alike == ChainTest.stationarity([seen, seen])
    assert alike["g"] == pytest.approx(0.0, abs=1e-9)
    assert ChainTest.independence(counts)["df"] == 4


# Counts


def test_counts_from_rows_frames_and_paths(craig: TransitionCounts) -> None:
    crossed = {"a": [682, 154, 19], "b": [33, 64, 19], "c": [25, 47, 43]}
    assert TransitionCounts.new(crossed) == craig
    long = TransitionCounts.read(craig.to_table(), states=list("abc"), customers="customers")
    assert long == craig
    moves = {"was": ["a", "a", "b"], "is": ["a", "b", "b"]}
    counts = TransitionCounts.read(moves, states=["a", "b"], from_="was", to="is")
    assert counts.cells == [[1, 1], [0, 1]]
    assert (counts.row_totals.to_list(), counts.column_totals.to_list()) == ([2, 1], [1, 2])
    assert TransitionCounts.merge([counts, counts]).total == 6
    assert counts.count("a", "b") == 1
    marked = counts.impossible("b", "a")
    assert marked.is_impossible("b", "a") and marked.impossible_cells == [["b", "a"]]
    assert counts.directions(["b", "a"])["down"] == 1
    assert counts.directions(["b", "a"])["down_share"] == pytest.approx(1 / 3)
    with pytest.raises(CustometryError) as caught:
        counts.impossible("a", "b")
    assert caught.value.kind == "invalid_parameter"
    three = TransitionCounts.new([[1, 0, 0], [0, 2, 0], [0, 0, 0]], states=list("xyz"))
    assert three.visited().states == ["x", "y"]


def test_states_keep_their_numbers() -> None:
    segments = [{"id": 7, "name": "a"}, {"id": 3, "name": "b"}]
    counts = TransitionCounts.new([[1, 2], [3, 4]], states=segments)
    assert counts.segments == segments and counts.states == ["a", "b"]
    other = TransitionCounts.new([[1, 2], [3, 4]], states=["a", "b"])
    with pytest.raises(CustometryError) as caught:
        TransitionCounts.merge([counts, other])
    assert caught.value.kind == "version_mismatch"


def test_names_that_tell_nothing_are_refused() -> None:
    counts = TransitionCounts.new([[1, 2], [3, 4]], states=["a", "a"])
    with pytest.raises(CustometryError, match="one state alone"):
        counts.count("a", "a")
    with pytest.raises(CustometryError, match="one of the states: a, b"):
        TransitionCounts.new([[1, 2], [3, 4]], states=["a", "b"]).count("a", "c")


def test_rows_that_are_refused_are_named() -> None:
    with pytest.raises(CustometryError) as caught:
        TransitionCounts.read({"from": ["a", "x"], "to": ["a", "a"]}, states=["a"])
    error = caught.value
    assert (error.kind, error.column, error.row) == ("invalid_value", "from", 1)
    with pytest.raises(CustometryError) as caught:
        TransitionCounts.new([[1, 2]], states=["a", "b"])
    assert caught.value.kind == "length_mismatch"


def test_triples() -> None:
    triples = TripleCounts.new([("a", "b", "a", 4), ("a", "a", "b", 1)], states=["a", "b"])
    assert triples.count("a", "b", "a") == 4 and triples.total == 5
    read = TripleCounts.read(triples.to_table(), states=["a", "b"], customers="customers")
    assert read == triples == pickle.loads(pickle.dumps(triples))
    assert TripleCounts.merge([triples, read]).total == 10


@pytest.mark.parametrize("name", ["craig", "oz"])
def test_saved_objects_come_back(name: str, request: pytest.FixtureRequest) -> None:
    it = request.getfixturevalue(name)
    assert type(it).from_json(it.to_json()) == it == pickle.loads(pickle.dumps(it))
    assert custometry.load(it.to_json()).to_table() == it.to_table()
    with pytest.raises(CustometryError) as caught:
        migration.FlowState.from_json(it.to_json())
    assert caught.value.kind == "model_format"


# Panels and flows


def test_a_panel(panel: migration.SegmentPanel) -> None:
    assert len(panel) == 4 and panel.periods == ["2023", "2024"]
    assert panel.states == ["silver", "gold"] and panel.period_days is None
    assert panel.customers is not None and panel.customers.keys() == ["ann", "bob", "cid", "eve"]
    assert panel.presence("2023", "eve") == "not yet"
    assert panel.presence(1, "cid") == "churned"
    assert panel.presence(5, "cid") is None
    assert panel.value(1, "ann") == Decimal("9.50")
    table = panel.to_table()
    assert table.columns == ["customer", "period", "place", "value"]
    assert list(table.row(3).values()) == ["eve", "2023", "not yet", Decimal(0)]
    with pytest.raises(CustometryError, match="customer"):
        panel.presence(0, "zoe")
    with pytest.raises(CustometryError, match="2023, 2024"):
        panel.presence("2025", "ann")


def test_rows_of_a_panel_that_are_refused() -> None:
    double = {"customer": [7, 8, 7], "period": ["1", "1", "1"], "segment": ["a", "b", "b"]}
    with pytest.raises(CustometryError, match="row 0 and again in row 2") as caught:
        migration.SegmentPanel.read(double)
    assert caught.value.kind == "duplicate_key"
    blank = {"customer": [7, 8], "period": ["1", "1"], "segment": ["a", None]}
    with pytest.raises(CustometryError) as caught:
        migration.SegmentPanel.read(blank)
    assert caught.value.row == 1
    with pytest.raises(CustometryError, match="currency"):
        migration.SegmentPanel.read(ROWS, value="value")


def test_periods_may_be_days() -> None:
    days = [datetime.date(2024, 2, 1), datetime.date(2024, 1, 1)]
    rows = {"customer": [1, 1], "period": days, "segment": ["a", "a"]}
    panel = migration.SegmentPanel.read(rows)
    assert panel.periods == ["2024-01-01", "2024-02-01"]
    assert panel.period_days == sorted(days)


def test_customers_share_a_numbering(panel: migration.SegmentPanel) -> None:
    one = {"customer": ["eve"], "period": ["1"], "segment": ["a"]}
    assert len(migration.SegmentPanel.read(one, customers=panel.customers)) == 4
    with pytest.raises(CustometryError) as caught:
        migration.SegmentPanel.read({**one, "customer": ["zoe"]}, customers=panel.customers)
    assert caught.value.row == 0


def test_the_published_stocks_and_flows() -> None:
    # A: 3+1+1-1-0=4; B: 3+0+2-2-0=3; C: 4+2+1-1-1=5.
    before = list("AAABBBCCCC")
    after = {1: "A", 2: "A", 3: "B", 4: "B", 5: "A", 6: "C", 7: "C", 8: "C", 9: "B"}
    after |= {11: "A", 12: "C", 13: "C"}
    rows = {
        "customer": [*range(1, 11), *after],
        "period": ["before"] * 10 + ["now"] * 12,
        "segment": [*before, *after.values()],
    }
    flows = migration.SegmentPanel.read(rows).flows()
    balance = flows.balance()
    names = ["opening", "born", "arrived", "left", "churned", "closing"]
    found = [[balance[name][at] for name in names] for at in range(3)]
    assert found == [[3, 1, 1, 1, 0, 4], [3, 0, 2, 2, 0, 3], [4, 2, 1, 1, 1, 5]]
    assert "money_opening" not in balance
    assert flows.pooled().cells == [[2, 1, 0], [1, 1, 1], [0, 1, 2]]
    outside = flows.by_step_with_outside()[0]
    assert outside.states[-1] == "(outside)" and outside.row_totals.to_list() == [3, 3, 4, 0]
    assert flows.growth()["change"].to_list() == [1, 0, 1]
    assert (flows.fastest_growing, flows.fastest_shrinking) == ("A", None)


def test_flows_have_the_money_of_the_books(panel: migration.SegmentPanel) -> None:
    flows = panel.flows()
    gold = flows.balance().row(1)
    assert (gold["state"], gold["opening"], gold["born"], gold["left"]) == ("gold", 2, 1, 1)
    money = [gold[f"money_{name}"] for name in ("opening", "change", "left", "closing")]
    assert money == [Decimal(17), Decimal("0.50"), Decimal(8), Decimal("16.50")]
    assert flows.total_balance()["state"].to_list() == [None]
    assert flows.moves().to_dict()["to"] == ["churned", "silver", "gold", "gold"]
    assert flows.moves(0) == flows.moves()
    assert flows.stock("2024")["money"].to_list() == [Decimal(3), Decimal("16.50")]
    assert len(flows.stocks) == 4 and flows.steps == 1
    assert flows.of_step(0) == flows.by_step()[0] == flows.pooled()
    risk = flows.at_risk(["silver", "gold"])
    assert (risk["from"][0], risk["to"][0]) == ("gold", "silver")
    assert risk["probability"][0] == 0.5
    assert risk["money_at_risk"][0] == pytest.approx(8.25)  # half of 16.50
    ladder = flows.ladder(["silver", "gold"])
    ways = dict(zip(ladder.pooled["way"].to_list(), ladder.pooled["customers"].to_list()))
    assert ways == {"up": 0, "stayed": 1, "down": 1, "off_scale": 0, "entered": 1, "exited": 1}
    assert ladder.steps["before"].to_list()[2] == Decimal(8)
    mix = flows.mix(0, "2024")
    assert mix.opening == pytest.approx(19 / 3) and mix.closing == pytest.approx(6.5)
    assert mix.mix + mix.within == pytest.approx(mix.closing - mix.opening)
    assert sum(mix.states["within"].to_list()) == pytest.approx(mix.within)
    sankey = flows.sankey()
    assert sankey.links["customers"].to_list() == [1, 1, 1, 1]
    assert "outside" in sankey.nodes
    assert flows.growth_between("2023", "2024") == flows.growth()
    with pytest.raises(CustometryError) as caught:
        flows.of_step(1)
    assert caught.value.kind == "invalid_parameter"


def test_flows_are_merged_and_saved(panel: migration.SegmentPanel) -> None:
    state = migration.FlowState.new(panel)
    cohorts = migration.FlowState.by_cohort(panel)
    assert len(cohorts) == 2
    merged = migration.FlowState.merge(cohorts)
    assert merged.flows().moves() == state.flows().moves()
    assert pickle.loads(pickle.dumps(state)) == state == panel.flows().state


def test_sequences(panel: migration.SegmentPanel) -> None:
    # Restless: a b a b has complexity 1.
    rows = {
        "customer": [1, 1, 1, 1, 2, 2, 2],
        "period": ["1", "2", "3", "4", "1", "2", "3"],
        "segment": ["a", "b", "a", "b", "a", "a", "a"],
    }
    sequences = migration.SegmentPanel.read(rows).sequences()
    restless = sequences.of(1)
    assert restless is not None and (restless["moves"], restless["complexity"]) == (3, 1.0)
    assert sequences.to_table()["customer"].to_list() == [1, 2]
    a = sequences.stays.row(0)
    assert (a["state"], a["completed"], a["censored"]) == ("a", 1, 2)
    assert sequences.path_count == 2 and len(sequences.paths(1)) == 1
    assert sequences.means is not None and sequences.means["customers"] == 2
    assert panel.triples().total == 0


# Two segmentations


def assigned(scheme: str, day: str, names: list[str], rows: list[Any]) -> data.Assignments:
    segments = [{"id": at + 1, "name": name} for at, name in enumerate(names)]
    frame = custometry.Table({"segment": rows})
    return data.Assignments.read(frame, scheme=scheme, as_of=day, segments=segments)


OLD = assigned("v1", "2024-01-01", ["a", "b"], ["a", "a", "a", "b", "b", None])
BETWEEN = assigned("v1", "2024-02-01", ["a", "b"], ["a", "a", "b", "b", "b", "a"])
NEW = assigned("v2", "2024-02-01", ["x", "y"], ["y", "x", "x", "x", "x", "y"])


def test_alignment_and_events() -> None:
    overlap = migration.OverlapCounts.of_assignments(BETWEEN, NEW)
    assert overlap.both == [[1, 2], [3, 0]] and overlap.nowhere == 0
    assert overlap == pickle.loads(pickle.dumps(overlap))
    assert migration.OverlapCounts.merge([overlap, overlap]).both == [[2, 4], [6, 0]]
    alignment = migration.Alignment.align(overlap, measure="jaccard")
    pairs = alignment.pairs
    assert list(zip(pairs["old"].to_list(), pairs["new"].to_list())) == [("a", "y"), ("b", "x")]
    assert alignment.becomes("x") == "b"
    assert alignment.apply(NEW).scheme == "v1"
    assert alignment == migration.Alignment.from_json(alignment.to_json())
    events = migration.ClusterEvents.events(overlap)
    assert events.old["segment"].to_list() == ["a", "b"]
    assert set(events.fates["relation"].to_list()) <= {"to", "into", "with"}
    assert sum(events.old_parts["customers"].to_list()) == 6


def test_changes_of_behaviour_and_of_definitions() -> None:
    overlap = migration.OverlapCounts.of_assignments(BETWEEN, NEW)
    alignment = migration.Alignment.align(overlap)
    rematched = [False] * 5 + [True]
    split = migration.ChangeSplit.split(OLD, BETWEEN, NEW, alignment=alignment, rematched=rematched)
    causes = split.causes["cause"].to_list()
    assert causes[:3] == ["unchanged", "definition", "behaviour"]
    assert causes[3:] == ["unchanged", "unchanged", "rematching"]
    assert split.counts["definition"] == 1
    assert split.total.net("b") == 2 and split.total.customers == 6
    assert sum(split.total.to_table()["customers"].to_list()) == 6
    row = split.segments.row(1)
    assert row["before"] + row["behaviour"] + row["definition"] + row["rematching"] == row["after"]
    with pytest.raises(CustometryError) as caught:
        migration.ChangeSplit.split(OLD, BETWEEN, NEW)
    assert caught.value.kind == "version_mismatch"


def test_rematched_customers() -> None:
    before = data.Crosswalk.read(
        {"source": ["web"] * 3, "key": [1, 2, 3], "customer": [10, 10, 11]}
    )
    after = data.Crosswalk.read({"source": ["web"] * 3, "key": [1, 2, 3], "customer": [10, 14, 11]})
    customers = data.Customers.new([10, 11, 14, 99])
    found = migration.rematched_customers(before, after, customers).to_list()
    assert found == [True, False, True, False]


def test_panels_of_snapshots() -> None:
    panel = migration.SegmentPanel.of_assignments([OLD, BETWEEN])
    assert panel.customers is None and panel.to_table().columns[0] == "row"
    assert panel.presence(0, 5) == "not yet"
    keys = [[1, 2, 3, 4, 5, 6], data.Customers.new([7, 2, 3, 4, 5, 6])]
    joined = migration.SegmentPanel.of_snapshots([OLD, BETWEEN], keys)
    assert len(joined) == 7 and joined.presence(1, 1) == "churned"
    state = migration.FlowState.of_snapshots([OLD, BETWEEN], keys)
    assert state.flows().moves() == joined.flows().moves()
    values = {"first": [1.0] * 5 + [0.0], "second": [2.5] * 6}
    valued = panel.with_values(values, currency="EUR")
    assert valued.value(1, 0) == Decimal("2.50")
    with pytest.raises(CustometryError) as caught:
        migration.SegmentPanel.of_assignments([BETWEEN, OLD])
    assert caught.value.kind == "invalid_parameter"


# Drift, drivers and watches


def test_drift_of_the_tests_of_evidently() -> None:
    reference = DriftReference.of_totals("x", dict(zip("abcdef", [16, 18, 16, 14, 12, 12])))
    drift = reference.compare(reference.totals(dict(zip("abcdef", [16, 16, 16, 16, 16, 8]))))
    assert drift.psi == pytest.approx(0.0372183816, abs=5.1e-11)
    record = drift.record
    assert record["hellinger"] == pytest.approx(0.06812774, abs=5.1e-9)
    assert record["chi_square_of_fit"]["p"] == pytest.approx(0.67309, abs=5.1e-6)
    assert record["chi_square"]["df"] == 5
    assert sum(drift.bins["psi"].to_list()) == pytest.approx(drift.psi)
    infinite = DriftReference.of_totals("x", {"a": 5, "b": 5}, zero_shares="infinite")
    assert math.isinf(infinite.compare(infinite.totals({"a": 9})).psi)


def test_references_are_frozen_saved_and_merged() -> None:
    reference = DriftReference.of_numbers("spend", [4.0, 9.0, 2.0, None], bins=2)
    assert reference.labels == ["<= 4", "> 4", "(missing)"]
    reference = pickle.loads(pickle.dumps(reference))
    parts = [reference.numbers(part) for part in ([1.0, 9.5], [3.0, 4.0])]
    sample = type(parts[0]).merge(parts)
    assert (sample.rows, sample.totals.to_list()) == (4, [3.0, 1.0, 0.0])
    assert reference.compare(sample).p > 0.05
    edges = DriftReference.of_given_edges("age", [30.0, 50.0], [19.0, 30.0, 44.0, None])
    assert edges.counts.totals.to_list() == [2, 1, 0, 1]
    labels = DriftReference.of_categories("channel", ["web", "shop", "web", None])
    assert labels.categories(["app", "web"]).totals.to_list() == [1, 0, 1, 0]
    segments = DriftReference.of_segments(OLD)
    assert segments.compare(segments.segments(BETWEEN)).record["index"] == "population"
    with pytest.raises(CustometryError, match="bins"):
        DriftReference.of_numbers("spend", [1.0, 2.0], bins=1)


def test_kolmogorov_and_smirnov() -> None:
    test = migration.KolmogorovSmirnov.two_sample([1.0, 2.0, 3.0], [1.0, 2.0, 3.0])
    assert (test["statistic"], test["p"], test["exact"]) == (0.0, 1.0, True)


def test_drift_of_features() -> None:
    before = data.Features.read({"spend": [3.0, 8.0, 5.0, 1.0]})
    after = data.Features.read({"spend": [2.0, 9.0, 5.0]})
    drifts = migration.Drifts.features(before, after)
    assert drifts.to_table()["feature"].to_list() == ["spend"]
    assert drifts.drifts[0].record["ks"]["p"] > 0.9
    assert drifts.drifts[0].verdict == "within_chance" or drifts.drifts[0].psi < 0.1


def test_drivers() -> None:
    before = data.Features.read({"spend": [5.0, 6.0, 2.0, 1.0, 1.0]})
    after = data.Features.read({"spend": [5.5, 6.0, 0.0, 0.5, 1.0]})
    names = ["a", "b"]
    first = assigned("v1", "2024-01-01", names, ["b", "b", "b", "b", "a"])
    second = assigned("v1", "2024-02-01", names, ["b", "b", "a", "a", "a"])
    drivers = migration.Drivers.drivers(
        before, after, first, second, min_customers=2, scale=["a", "b"]
    )
    assert drivers.moves.row(0) == {"from": "b", "to": "a", "movers": 2, "stayers": 2}
    feature = drivers.features.row(0)
    # Of movers the level was 1.5 in the mean, of stayers 5.5: none of them as low.
    assert (feature["level_mover_mean"], feature["level_stayer_mean"]) == (1.5, 5.5)
    assert feature["auc"] == 0.0
    assert drivers.downgrades["to"].to_list() == [None]
    assert (drivers.left, drivers.entered) == (0, 0)


def test_a_watch_rings() -> None:
    def month(moved: int) -> TransitionCounts:
        return TransitionCounts.new([[100 - moved, moved], [0, 50]], states=["a", "b"])

    watch = migration.MoveWatch.fit([month(10), month(12), month(11)])
    watch = pickle.loads(pickle.dumps(watch))
    assert watch.states == ["a", "b"]
    found = watch.check(month(40), values=[9.0, 1.0]).row(0)
    assert (found["from"], found["to"], found["rings"]) == ("a", "b", True)
    assert found["usual_share"] == pytest.approx(0.11)
    assert found["money_at_stake"] == 320.0
    assert watch.check(month(11))["rings"].to_list() == [False]
    with pytest.raises(CustometryError) as caught:
        migration.MoveWatch.fit([month(10)])
    assert caught.value.kind == "not_enough_data"
