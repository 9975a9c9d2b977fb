"""The room `data`: what goes in, and in which order it comes out."""

from __future__ import annotations

import datetime
import pickle
from decimal import Decimal

import pyarrow as pa
import pytest

import custometry
from custometry import data

DAY = datetime.date(2024, 5, 31)


def fault(raised: pytest.ExceptionInfo[custometry.CustometryError]) -> tuple[str, int | None]:
    return raised.value.kind, raised.value.row


def test_customers_are_numbered_by_first_appearance() -> None:
    customers = data.Customers.new(["cid", "ann", "cid", "bob"])
    assert customers.keys() == ["cid", "ann", "bob"]
    assert (customers.find("bob"), customers.find("dan"), customers.find(1)) == (2, None, None)
    assert (customers.key(1), customers.key(3)) == ("ann", None)
    ordered, before = customers.in_key_order()
    assert ordered.keys() == ["ann", "bob", "cid"] and before.to_list() == [1, 2, 0]
    both, numbers = customers.union(data.Customers.new(["bob", "dan"]))
    assert both.keys() == ["cid", "ann", "bob", "dan"] and numbers.to_list() == [2, 3]
    assert data.Customers.new([12, 11]).keys() == [12, 11]
    with pytest.raises(custometry.CustometryError) as raised:
        data.Customers.new(["ann", " "])
    assert fault(raised) == ("invalid_value", 1)
    with pytest.raises(custometry.CustometryError) as raised:
        customers.union(data.Customers.new([1]))
    assert raised.value.kind == "version_mismatch"


def test_a_log_is_brought_over_to_resolved_customers() -> None:
    rows = {"customer": ["a-1", "a-2", "a-9"], "day": [0, 5, 7], "amount": [10.0, 5.0, 3.0]}
    log = data.Transactions.read(rows, currency="EUR")
    entries = {"source": ["shop"] * 2, "key": ["a-1", "a-2"], "customer": [0, 0]}
    crosswalk = data.Crosswalk.read(entries)
    kept, report = log.rekey("shop", crosswalk)
    assert kept.customers.keys() == ["0", "shop:a-9"]
    assert report == {
        "known_customers": 2,
        "unknown_customers": 1,
        "known_rows": 2,
        "unknown_rows": 1,
        "known_money": Decimal("15.00"),
        "unknown_money": Decimal("3.00"),
        "customers_before": 3,
        "customers_after": 2,
    }
    dropped, _ = log.rekey("shop", crosswalk, unknown="drop")
    assert dropped.to_table().to_dict()["customer"] == [0, 0]
    with pytest.raises(custometry.CustometryError, match="a-9") as raised:
        log.rekey("shop", crosswalk, unknown="refuse")
    assert fault(raised) == ("invalid_value", 2)
    with pytest.raises(custometry.CustometryError, match='"web"'):
        log.rekey("web", crosswalk)


def test_a_crosswalk_comes_back_as_it_was() -> None:
    entries = {
        "source": ["web", "crm", "web"],
        "key": ["a@x.org", "C-7", "b@x.org"],
        "customer": [3, 3, 1],
    }
    crosswalk = data.Crosswalk.read(entries)
    assert (len(crosswalk), crosswalk.sources) == (3, ["crm", "web"])
    assert crosswalk.customers.keys() == [1, 3]
    assert (crosswalk.find("crm", "C-7"), crosswalk.find("crm", "C-8")) == (3, None)
    assert data.Crosswalk.read(crosswalk.to_table()) == crosswalk
    assert pickle.loads(pickle.dumps(crosswalk)) == crosswalk
    one = data.Crosswalk.read({"key": [7, 8], "customer": [1, 1]}, source_name="till")
    assert one.to_table().to_dict() == {
        "source": ["till", "till"],
        "key": [7, 8],
        "customer": [1, 1],
    }
    with pytest.raises(custometry.CustometryError) as raised:
        data.Crosswalk.read({"key": [7, 7], "customer": [1, 1]}, source_name="till")
    assert fault(raised) == ("duplicate_key", 1)


FEATURES = {
    "customer": ["bob", "ann", "cid"],
    "visits": [3, 4, 5],
    "spend": [1.5, 2.5, None],
    "region": ["north", None, "south"],
    "people": [1.0, 2.0, 3.0],
}


def test_features_are_what_is_nothing_else() -> None:
    features = data.Features.read(FEATURES, weight="people", missing="keep")
    assert (features.names, features.category_names) == (["visits", "spend"], ["region"])
    assert features.weights is not None and features.weights.to_list() == [1.0, 2.0, 3.0]
    spend, region = features.column("spend"), features.categories("region")
    assert spend is not None and spend.to_list()[:2] == [1.5, 2.5]
    assert region is not None and region.labels == ["north", "south"]
    assert region.to_table()["label"].to_list() == ["north", None, "south"]
    assert features.column("region") is None and features.categories("visits") is None
    table = features.to_table().to_dict()
    assert table["spend"] == [1.5, 2.5, None] and table["weight"] == [1.0, 2.0, 3.0]
    with pytest.raises(custometry.CustometryError, match="is null") as raised:
        data.Features.read(FEATURES)
    assert (raised.value.column, raised.value.row) == ("spend", 2)


def test_features_come_in_the_order_of_customers() -> None:
    customers = data.Customers.new(["ann", "bob"])
    picked = data.Features.read(
        FEATURES, numbers=["visits"], categories=["region"], customers=customers
    )
    assert picked.to_table().to_dict() == {"visits": [4.0, 3.0], "region": [None, "north"]}
    three = data.Customers.new(["ann", "dan", "bob"])
    with pytest.raises(custometry.CustometryError, match="customer is dan"):
        data.Features.read(FEATURES, numbers=["visits"], customers=three)
    kept = data.Features.read(FEATURES, numbers=["visits"], customers=three, missing="keep")
    assert kept.to_table()["visits"].to_list() == [4.0, None, 3.0]
    twice = {"customer": ["ann", "bob", "ann"], "visits": [1, 2, 3]}
    with pytest.raises(custometry.CustometryError) as raised:
        data.Features.read(twice, customers=customers)
    assert fault(raised) == ("duplicate_key", 2)
    with pytest.raises(custometry.CustometryError, match="kind of customer key"):
        data.Features.read(FEATURES, numbers=["visits"], customers=data.Customers.new([1, 2]))


def test_features_grow() -> None:
    features = data.Features.read({"visits": [3, 4]})
    more = features.with_categories("region", ["north", None]).with_weights([1.0, 0.5])
    assert more.to_table().to_dict() == {
        "visits": [3.0, 4.0],
        "region": ["north", None],
        "weight": [1.0, 0.5],
    }
    with pytest.raises(custometry.CustometryError) as raised:
        features.with_weights([1.0, -1.0])
    assert fault(raised) == ("invalid_value", 1)


def test_segments_are_read_by_name_and_by_number() -> None:
    rows = {"customer": ["ann", "bob", "cid"], "segment": ["gold", None, "basic"]}
    tiers = data.Assignments.read(rows, scheme="tiers v1", as_of=DAY)
    assert (tiers.scheme, tiers.as_of, len(tiers)) == ("tiers v1", DAY, 3)
    assert tiers.segments == [{"id": 0, "name": "gold"}, {"id": 1, "name": "basic"}]
    assert tiers.to_table().to_dict() == {"id": [0, None, 1], "segment": ["gold", None, "basic"]}
    assert tiers.segments_table()["count"].to_list() == [1, 1]
    assert pickle.loads(pickle.dumps(tiers)) == tiers

    customers = data.Customers.new(["cid", "dan"])
    found = data.Assignments.read(rows, scheme="tiers v1", as_of=DAY, customers=customers)
    assert found.to_table(customers).to_dict() == {
        "customer": ["cid", "dan"],
        "id": [1, None],
        "segment": ["basic", None],
    }
    numbered = data.Assignments.read({"segment": [7, 3, 7]}, scheme="v1", as_of=DAY)
    assert [segment["id"] for segment in numbered.segments] == [3, 7]
    said = [{"id": 1, "name": "gold"}, {"id": 2, "name": "basic"}]
    known = data.Assignments.read(rows, scheme="v1", as_of=DAY, segments=said)
    assert known.to_table()["id"].to_list() == [1, None, 2]
    with pytest.raises(custometry.CustometryError, match="not one of the segments gold") as raised:
        data.Assignments.read(rows, scheme="v1", as_of=DAY, segments=said[:1])
    assert fault(raised) == ("invalid_value", 2)


def test_a_refusal_in_any_record_holds() -> None:
    rows = {"customer": ["ann", "bob", "ann"], "status": ["allowed", "Allowed", "refused"]}
    contact = data.ContactStatuses.read(rows)
    assert contact.to_table().to_dict() == {
        "customer": ["ann", "bob"],
        "status": ["refused", "allowed"],
    }
    flags = {"customer": ["ann", "bob"], "agreed": [True, None]}
    other = data.ContactStatuses.read(flags, status="agreed")
    assert other.to_table()["status"].to_list() == ["allowed", "unknown"]
    merged = data.ContactStatuses.merge([other, contact])
    assert merged.to_table()["status"].to_list() == ["refused", "allowed"]
    customers = data.Customers.new(["cid", "bob"])
    found = data.ContactStatuses.read(rows, customers=customers)
    assert found.to_table()["status"].to_list() == ["unknown", "allowed"]
    assert found.in_key_order().customers.keys() == ["bob", "cid"]
    with pytest.raises(custometry.CustometryError, match='"perhaps"') as raised:
        data.ContactStatuses.read({"customer": [1, 2], "status": ["allowed", "perhaps"]})
    assert fault(raised) == ("invalid_value", 1)


def test_events_keep_their_instants() -> None:
    at = [datetime.datetime(2024, 1, 2, 12, tzinfo=datetime.timezone.utc)] * 2
    rows = pa.table(
        {
            "customer": ["ann", "bob"],
            "at": pa.array(at),
            "kind": ["visit", "complaint"],
            "fee": [0.29, 0.0],
        }
    )
    events = data.Events.read(rows, amount="fee", currency="EUR")
    assert (len(events), events.currency) == (2, {"code": "EUR", "scale": 2})
    assert events.to_table().to_dict() == {
        "customer": ["ann", "bob"],
        "at": at,
        "kind": ["visit", "complaint"],
        "amount": [Decimal("0.29"), Decimal("0.00")],
    }
    with pytest.raises(custometry.CustometryError, match="currency"):
        data.Events.read(rows, amount="fee")
    blank = rows.set_column(2, "kind", [["visit", None]])
    with pytest.raises(custometry.CustometryError, match="kind is blank") as raised:
        data.Events.read(blank)
    assert fault(raised) == ("invalid_value", 1)


def test_money_is_exact() -> None:
    assert data.Currency.iso("JPY") == {"code": "JPY", "scale": 0}
    assert data.Currency.new("XTS", 3) == {"code": "XTS", "scale": 3}
    assert data.Currency.parse("EUR", "1234.50") == Decimal("1234.50")
    assert data.Currency.parse_rounded("EUR", "0.125") == (Decimal("0.12"), False)
    assert data.Currency.parse_product("EUR", "3", "0.35") == (Decimal("1.05"), True)
    assert data.Currency.from_float("USD", 11.77) == Decimal("11.77")
    assert data.Currency.to_float("USD", Decimal("11.77")) == 11.77
    assert data.Currency.format("USD", 3) == "3.00"
    assert data.Currency.minor_units("USD", Decimal("90071992547409.93")) == 9_007_199_254_740_993
    with pytest.raises(custometry.CustometryError, match="at most 2 decimals"):
        data.Currency.parse("EUR", "0.125")
    with pytest.raises(custometry.CustometryError):
        data.Currency.iso("abc")


def test_time_is_counted_in_days() -> None:
    assert data.day_of_date("1970-01-11") == 10 and data.date_of_day(10) == datetime.date(
        1970, 1, 11
    )
    late = datetime.datetime(2024, 1, 1, 23, 30)
    assert data.DayBoundary.date(late) == late.date()
    assert data.DayBoundary.date(late, "+09:00") == datetime.date(2024, 1, 2)
    assert (data.Days.from_weeks(2), data.TimeUnit.count("weeks", 14)) == (14.0, 2.0)
    rate = data.DiscountRate.annual(0.15)
    assert data.DiscountRate.factor(rate, 365) == pytest.approx(1 / 1.15, rel=1e-14)
    assert data.DiscountRate.effective(0.15, 365) == rate == data.DiscountRate.continuous(rate)
    with pytest.raises(custometry.CustometryError, match="0 or more"):
        data.DiscountRate.annual(-0.1)
    year = data.Window.new("2023-01-01", datetime.date(2023, 12, 31))
    assert year == ["2023-01-01", "2023-12-31"] and data.Window.days(year) == 365
    assert data.Window.contains(year, "2023-06-01") and not data.Window.contains(year, DAY)
    with pytest.raises(custometry.CustometryError, match="not before the first"):
        data.Window.new("2023-02-01", "2023-01-01")


def test_estimates_have_intervals() -> None:
    # 1.959964 is the normal quantile at 0.975.
    made = data.Estimate.normal(2.0, 1.0)
    assert made["lower"] == pytest.approx(2 - 1.959963984540054, rel=1e-12)
    assert data.Estimate.with_interval(**made) == made
    ratio = data.Estimate.exp(data.Estimate.normal(0.0, 0.1))
    assert ratio["value"] == 1.0 and ratio["lower"] * ratio["upper"] == pytest.approx(1.0)
    with pytest.raises(custometry.CustometryError):
        data.Estimate.normal(1.0, -1.0)
