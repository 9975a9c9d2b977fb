"""The room `overview`: figures of CDNOW, what is not there and why, receipts, states, actions."""

from __future__ import annotations

import datetime
import json
import math
import pickle
from decimal import Decimal
from typing import Any

import pytest

import custometry
from conftest import ROOT
from custometry import data, identity, overview, simulate, value

AS_OF = "1997-09-30"


@pytest.fixture(scope="module")
def contact(cdnow: data.Transactions) -> data.ContactStatuses:
    """Everybody agreed, but every fifth refused, and of every seventh nothing is known."""
    keys = cdnow.customers.keys()
    said = [(key, "refused" if at % 5 == 0 else "allowed") for at, key in enumerate(keys) if at % 7]
    frame = {"customer": [key for key, _ in said], "status": [status for _, status in said]}
    return data.ContactStatuses.read(frame, customers=cdnow.customers)


@pytest.fixture(scope="module")
def cdnow_overview(cdnow: data.Transactions, contact: data.ContactStatuses) -> overview.Overview:
    return overview.Overview.fit(AS_OF, transactions=cdnow, contact=contact)


@pytest.fixture(scope="module")
def small() -> data.Transactions:
    return data.Transactions.read(
        {"customer": ["ann", "bob", "ann"], "day": [0, 3, 40], "amount": [25.0, 9.0, 31.0]},
        currency="EUR",
    )


def test_the_base_is_that_of_fader_hardie_and_lee(cdnow_overview: overview.Overview) -> None:
    # Fader, Hardie and Lee (2005) print these counts of CDNOW.
    base = cdnow_overview.base
    assert base is not None
    assert (base["customers"], base["one_time"], base["repeat_days"]) == (2357, 1411, 2457)
    assert cdnow_overview.as_of == datetime.date(1997, 9, 30)
    assert len(cdnow_overview) == len(cdnow_overview.customers) == 2357


def test_the_page_holds_what_the_chapters_hold(cdnow_overview: overview.Overview) -> None:
    page = cdnow_overview.summary
    # To the cent, as the closing period of the bridge of the example customer_360.
    assert page["bridge"]["closing"] == Decimal("41945.78")
    base, bridge, worth = cdnow_overview.base, cdnow_overview.bridge, cdnow_overview.worth
    churn, risk = cdnow_overview.churn, cdnow_overview.risk
    assert base and bridge and worth and churn and risk
    assert page["revenue"] == base["revenue"]
    assert page["bridge"] == bridge.total
    assert page["worth"] == worth.total
    assert page["worth_interval"] == worth.total_interval
    assert page["active"] + page["lost"] == page["customers"] == 2357
    assert page["active"] == churn.active
    assert page["expected_quiet"] == risk.expected_quiet
    assert page["churn_month"] == [datetime.date(1997, 8, 31), datetime.date(1997, 9, 30)]
    assert page["monthly_churn"] == churn.months[-1].logo_churn(0.95)
    assert list(page["absent"]) == ["identity"]
    assert page["absent"]["identity"]["kind"] == "no_input"
    gates = cdnow_overview.gates
    assert gates["question"].to_list() == [gate["question"] for gate in page["gates"]]
    assert set(gates["verdict"].to_list()) <= {"passed", "failed"}


def test_every_figure_is_that_of_its_room(
    cdnow: data.Transactions, cdnow_overview: overview.Overview
) -> None:
    summary = value.SummaryState.new(cdnow).summary(AS_OF)
    purchases = cdnow_overview.purchases
    assert purchases is not None and purchases.to_table() == summary.to_table()
    segments = cdnow_overview.segments
    assert segments is not None
    assert segments.rfm == value.Rfm.fit(summary)
    assert sum(segments.figures["customers"].to_list()) == 2357
    assert segments.figures.types["revenue"] == "Decimal128(19, 2)"
    assert len(segments.scores) == len(segments.assignments) == 2357

    worth = cdnow_overview.worth
    assert worth is not None
    assert worth.model_key == "mbg_nbd"
    histories = value.PurchaseHistories.new(summary)
    assert worth.model == value.MbgNbd.fit(histories)
    assert worth.p_alive == worth.model.p_alive(histories)
    assert len(worth.models) == 4
    assert sum(worth.clv.to_list()) == pytest.approx(worth.total, rel=1e-12)
    assert worth.to_table()["clv"].to_list() == worth.clv.to_list()
    by_segment = worth.by_segment
    assert sum(by_segment["value"].to_list()) == pytest.approx(worth.total, rel=1e-9)

    moves = cdnow_overview.migration
    assert moves is not None
    assert moves.origin == "transactions"
    assert moves.days == [
        datetime.date(1997, 3, 31),
        datetime.date(1997, 6, 30),
        datetime.date(1997, 9, 30),
    ]
    assert len(moves.growth) > 0 and len(moves.before) == 2357
    kinds = cdnow_overview.kinds
    assert kinds is not None and len(kinds.assignments) == 2357


def test_the_wide_table_has_its_types(cdnow_overview: overview.Overview) -> None:
    types = cdnow_overview.customers.types
    assert types["customer"] == "Int64"
    assert types["first_purchase"] == "Date32"
    assert types["purchase_days"] == "Int64"
    assert types["revenue"] == types["change"] == "Decimal128(19, 2)"
    assert types["clv"] == types["risk"] == "Float64"
    assert types["active"] == "Boolean"
    assert "profit" not in types
    assert list(types)[:3] == ["customer", "contact", "first_purchase"]


def test_all_tables_have_rows(cdnow_overview: overview.Overview) -> None:
    names = [
        "customers", "gates", "absent", "contact", "inputs", "segments", "worth", "worth_models",
        "worth_by_segment", "growth", "ways", "limits", "months", "stays", "stay_shares",
        "snapshots", "drivers", "first_purchase", "risk",
    ]  # fmt: skip
    for name in names:
        assert len(cdnow_overview.to_table(name)) > 0, name
    with pytest.raises(custometry.CustometryError) as refused:
        cdnow_overview.to_table("people")
    assert "records of people" in str(refused.value)
    with pytest.raises(custometry.CustometryError, match="one of: customers"):
        cdnow_overview.to_table("nothing")
    churn = cdnow_overview.churn
    assert churn is not None
    assert churn.stays == cdnow_overview.to_table("stays")
    assert [taken for taken in churn.limits["taken"] if taken] == [True]
    assert churn.drivers is not None
    assert churn.drivers_table["feature"].to_list() == [
        it["name"] for it in churn.drivers["features"]
    ]


def test_a_card_holds_what_the_table_holds(cdnow_overview: overview.Overview) -> None:
    card = cdnow_overview.card(1516)
    assert card is not None
    assert card == cdnow_overview.card("1516")
    at = cdnow_overview.find(1516)
    assert at is not None and card["number"] == at
    row = cdnow_overview.customers.row(at)
    assert row["customer"] == 1516 and card["keys"] == ["1516"]
    assert card["worth"]["clv"] == row["clv"]
    assert card["segment"]["name"] == row["segment"]
    assert card["segment"]["rfm_code"] == row["rfm_code"]
    assert card["churn"]["risk"] == row["risk"]
    assert card["churn"]["active"] == row["active"]
    assert card["purchases"]["revenue"] == row["revenue"]
    assert card["purchases"]["first"] == row["first_purchase"]
    assert card["change"]["change"] == row["change"]
    parts = {part["of"] for part in card["provenance"]}
    assert {"purchases", "segment", "worth", "churn", "risk", "change"} <= parts
    risk = cdnow_overview.risk
    assert risk is not None
    names = risk.reasons([1516], count=3)["name"].to_list()
    assert names == [reason["name"] for reason in card["churn"]["reasons"]]
    assert cdnow_overview.card("nobody") is None
    assert cdnow_overview.find("nobody") is None


def test_risk_is_told_of_those_who_are_not_quiet(cdnow_overview: overview.Overview) -> None:
    risk = cdnow_overview.risk
    assert risk is not None and risk.tested is not None
    known = [chance for chance in risk.probability if not math.isnan(chance)]
    assert len(known) == risk.customers
    assert sum(known) == pytest.approx(risk.expected_quiet, rel=1e-12)
    assert risk.tested["auc"] > 0.7 and risk.tested_absence is None
    told = [chance for chance in risk.to_table()["risk"] if chance is not None]
    assert told == known


def test_only_those_who_agreed_are_acted_on(cdnow_overview: overview.Overview) -> None:
    actions = cdnow_overview.actions(count=200, hold_out=0.25, seed=9)
    rows = actions.to_table()
    assert len(rows) == len(actions) == 200
    assert actions.held_out == 50 == rows["arm"].to_list().count("hold_out")
    statuses = dict(zip(cdnow_overview.customers["customer"], cdnow_overview.customers["contact"]))
    assert {statuses[key] for key in rows["customer"]} == {"allowed"}
    assert set(rows["propensity"].to_list()) == {0.75}
    assert rows["customer"].to_list() == [cdnow_overview.keys.keys()[at] for at in rows["number"]]
    treated = [gain for gain, arm in zip(rows["gain"], rows["arm"]) if arm == "treat"]
    assert actions.expected_gain == pytest.approx(sum(treated))
    assert sum(actions.by_action["rows"].to_list()) == 200
    assert actions.counts["unknown"] == 337
    assert actions.count_of("let_go") == actions.counts["let_go"]
    reasons = actions.reasons
    assert set(reasons["rank"].to_list()) == set(range(1, 201))
    first = [text for text, rank in zip(reasons["statement"], reasons["rank"]) if rank == 1]
    assert "; ".join(first) == rows["reasons"][0]
    again = cdnow_overview.actions(count=200, hold_out=0.25, seed=9)
    assert again.receipt == actions.receipt and again.to_table() == rows
    assert cdnow_overview.actions(count=200, hold_out=0.25, seed=10).to_table() != rows
    spent = cdnow_overview.actions(budget=50.0, arms="by_key")
    assert 45.0 < spent.planned_spend <= 50.0
    offered = cdnow_overview.actions(offers={"retain": {"save_rate": 0.2, "incentive": 1.0}})
    assert offered.parameters["offers"]["retain"] == {"save_rate": 0.2, "incentive": 1.0}
    assert offered.parameters["offers"]["win_back"]["save_rate"] == 0.05
    with pytest.raises(custometry.CustometryError) as refused:
        cdnow_overview.actions(hold_out=1.0)
    assert refused.value.kind == "invalid_parameter"


def test_the_receipt_is_the_same_again(
    cdnow: data.Transactions, contact: data.ContactStatuses, cdnow_overview: overview.Overview
) -> None:
    receipt = cdnow_overview.receipt
    # The defaults of the library and those of this package are the same parameters.
    bare = overview.Overview._call("fit", as_of=AS_OF, transactions=cdnow, contact=contact)
    assert bare.receipt.text == receipt.text
    fields = json.loads(receipt.text)
    assert list(fields) == ["version", "as_of", "seed", "inputs", "parameters"]
    assert fields["version"] == custometry.__version__
    assert [of["input"] for of in fields["inputs"]] == ["transactions", "contact"]
    assert receipt.id == _fnv1a(_signed(fields))
    assert overview.Receipt.read(receipt.text) == receipt == pickle.loads(pickle.dumps(receipt))
    assert receipt.to_table()["rows"].to_list() == [len(cdnow), 2357]
    other = overview.Overview.fit(AS_OF, transactions=cdnow, contact=contact, seed=1)
    assert other.receipt.inputs == receipt.inputs
    assert other.receipt.parameters != receipt.parameters


def test_the_receipt_is_that_of_rust_and_c(cdnow: data.Transactions) -> None:
    golden = (ROOT / "tests" / "golden" / "overview" / "receipt.txt").read_text().strip()
    assert overview.Overview.fit(AS_OF, transactions=cdnow).receipt.text == golden


def _signed(fields: dict[str, Any]) -> str:
    lines = [fields["version"], fields["as_of"], str(fields["seed"]), fields["parameters"]]
    for of in fields["inputs"]:
        lines += [of["input"], of["fingerprint"]]
    return "".join(f"{line}\n" for line in lines)


def _fnv1a(text: str) -> str:
    """FNV-1a of 64 bits, as in http://www.isthe.com/chongo/tech/comp/fnv."""
    print_ = 0xCBF29CE484222325
    for byte in text.encode():
        print_ = (print_ ^ byte) * 0x100000001B3 % 2**64
    return f"{print_:016x}"


def test_a_missing_input_takes_its_chapter_along(small: data.Transactions) -> None:
    nothing = overview.Overview.fit("1998-06-30")
    assert nothing.worth is None and nothing.state is None
    assert nothing.absence("worth") == {"kind": "no_input", "reason": "needs transactions"}
    assert len(nothing) == 0 and len(nothing.absent) == 11
    assert nothing.summary["revenue"] is None
    with pytest.raises(custometry.CustometryError, match="needs transactions"):
        nothing.require("worth")
    some = overview.Overview.fit("1970-03-31", transactions=small, left_out=["profit"])
    assert some.absence("profit") == {"kind": "left_out", "reason": "left out, as asked for"}
    absence = some.absence("risk")
    assert absence is not None and absence["kind"] == "no_answer"
    assert some.absence("base") is None
    assert some.require("base") == some.base
    with pytest.raises(custometry.CustometryError) as refused:
        some.require("everything")
    assert refused.value.kind == "invalid_parameter"
    with pytest.raises(custometry.CustometryError, match="give the records too"):
        overview.Overview.fit("1970-03-31", transactions=small, source="shop")
    with pytest.raises(custometry.CustometryError, match="margin"):
        overview.Overview.fit("1970-03-31", transactions=small, margin=0.0)


def test_keys_of_one_person_are_one_customer() -> None:
    log = data.Transactions.read(
        {"customer": ["a1", "b7", "a2"], "day": [0, 3, 40], "amount": [25.0, 9.0, 31.0]},
        currency="EUR",
    )
    people = {
        "key": ["a1", "a2", "b7"],
        "full_name": ["Ann Abel", "Ann Abel", "Bob Bell"],
        "email": ["ann@abel.example", "ann@abel.example", "bob@bell.example"],
    }
    records = identity.Records.read(people)
    chapter = overview.Overview.fit("1970-03-02", transactions=log, records=records).identity
    assert chapter is not None and chapter.fragmented and chapter.matched
    assert chapter.records == 3 and len(chapter.cluster) == 3
    assert chapter.fragmented["customers"] == 3
    assert chapter.matched["known_customers"] == 3
    assert chapter.to_table()["record"].to_list() == [0, 1, 2]
    assert len(chapter.records_of("b7")) == 1 and len(chapter.records_of("nobody")) == 0


def test_earlier_segments_and_edges_are_kept() -> None:
    log = simulate.PurchaseLog.generate(customers=200).transactions
    then = overview.Overview.fit("1998-03-14", transactions=log).segments
    assert then is not None
    now = overview.Overview.fit(
        "1998-06-29",
        transactions=log,
        edges=then.rfm,
        earlier=[(log.customers, then.assignments)],
    )
    moves = now.migration
    assert moves is not None
    assert (moves.origin, len(moves.days)) == ("given", 2)
    assert [of["input"] for of in now.receipt.inputs] == [
        "transactions",
        "edges",
        "earlier segments",
    ]


def test_states_of_shards_make_the_overview_of_all() -> None:
    def shard(key: str, days: list[int]) -> overview.OverviewState:
        frame = {"customer": [key] * len(days), "day": days, "amount": [9.0] * len(days)}
        return overview.OverviewState.new(
            data.Transactions.read(frame, currency="EUR"), "1970-04-01"
        )

    ann, bob = shard("ann", [0, 40]), shard("bob", [3])
    merged = overview.OverviewState.merge([ann, bob])
    other = overview.OverviewState.merge([bob, ann])
    assert merged != other and merged.in_key_order() == other.in_key_order()
    assert merged.as_of == datetime.date(1970, 4, 1)
    assert pickle.loads(pickle.dumps(merged)) == merged
    assert custometry.load(merged.to_json()) == merged
    parts = overview.OverviewState.from_parts(merged.summary, merged.profit)
    assert parts == merged and merged.contact is None
    seen = overview.Overview.fit_state(merged)
    assert seen.base is not None and seen.base["customers"] == 2
    assert seen.state == merged
    assert [of["input"] for of in seen.receipt.inputs] == ["state", "profit"]
    assert overview.OverviewState.window("1970-04-01")[1] == "1970-04-01"
    statuses = data.ContactStatuses.read({"customer": ["ann"], "status": ["refused"]})
    told = overview.Overview.fit_state(merged.with_contact(statuses))
    assert told.summary["contact"]["refused"] == 1


def test_names_are_in_plain_words() -> None:
    names = [overview.Action.name(action) for action in overview.Action.ALL]
    assert names == ["win back", "retain", "grow", "welcome", "let go"]
    assert overview.Arm.name("hold_out") == "hold out"
    assert tuple(custometry.call("overview.Action.all")) == overview.Action.ALL
    assert overview.Overview.params()["sample"] == 20_000
    assert overview.Actions.params()["hold_out"] == 0.1


def test_the_whole_is_written_as_json(small: data.Transactions) -> None:
    seen = overview.Overview.fit("1970-03-31", transactions=small)
    written = json.loads(seen.json())
    assert list(written)[:3] == ["receipt", "summary", "customers"]
    assert written["summary"]["revenue"] == 6500
    assert "2 customers as of 1970-03-31" in repr(seen)
