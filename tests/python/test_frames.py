"""Any frame goes in and gives the same; tables and columns come out to any frame."""

from __future__ import annotations

import datetime
import decimal
import json
import math
import pickle
from collections.abc import Callable
from decimal import Decimal
from types import MappingProxyType
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import custometry
from conftest import cdnow_frame, golden
from custometry import data, value

DAYS = [datetime.date(2024, 1, 2), datetime.date(2024, 1, 5), datetime.date(2024, 3, 1)]
SMALL: dict[str, list[Any]] = {
    "customer": ["ann", "bob", "ann"],
    "day": DAYS,
    "amount": [25.0, 9.0, 31.5],
    "channel": ["web", "shop", "web"],
}


def instants(unit: str, zone: str | None) -> pa.Array:
    return pa.array([datetime.datetime(d.year, d.month, d.day, 12) for d in DAYS]).cast(
        pa.timestamp(unit, zone)
    )


def small(**columns: Any) -> pa.Table:
    return pa.table({**SMALL, **columns})


FRAMES: dict[str, Any] = {
    "dict": SMALL,
    "pyarrow table": small(),
    "record batch": small().to_batches()[0],
    "reader": small().to_reader(),
    "two batches": pa.concat_tables([small().slice(0, 1), small().slice(1)]),
    "slice": pa.concat_tables([small(), small()]).slice(3),
    "large text": small(customer=pa.array(SMALL["customer"], pa.large_string())),
    "text view": small(customer=pa.array(SMALL["customer"], pa.string_view())),
    "dictionary": small(
        customer=pa.array(SMALL["customer"]).dictionary_encode(),
        channel=pa.array(SMALL["channel"], pa.large_string()).dictionary_encode(),
    ),
    "decimal": small(amount=pa.array([Decimal("25.00"), Decimal("9.00"), Decimal("31.50")])),
    "float32": small(amount=pa.array(SMALL["amount"], pa.float32())),
    **{
        f"timestamp {unit} {zone}": small(day=instants(unit, zone))
        for unit in ("s", "ms", "us", "ns")
        for zone in (None, "UTC", "Europe/Berlin")
    },
    "date64": small(day=pa.array(DAYS, pa.date64())),
    "text days": small(day=[day.isoformat() for day in DAYS]),
    "day numbers": small(day=pa.array(DAYS, pa.date32()).cast(pa.int32())),
    "polars": pl.DataFrame(SMALL),
    "polars categories": pl.DataFrame(SMALL).with_columns(
        pl.col("customer").cast(pl.Categorical), pl.col("channel").cast(pl.Enum(["shop", "web"]))
    ),
    "polars decimals": pl.DataFrame(SMALL).with_columns(pl.col("amount").cast(pl.Decimal(10, 2))),
    "polars instants": pl.DataFrame(SMALL).with_columns(pl.col("day").cast(pl.Datetime("ms"))),
    "pandas": pd.DataFrame(SMALL),
    "pandas categories": pd.DataFrame(SMALL).astype({"customer": "category"}),
    "pandas instants": pd.DataFrame(SMALL).assign(day=pd.to_datetime(pd.Series(DAYS))),
    "our table": custometry.Table(SMALL),
}


def read(frame: Any, **columns: str) -> custometry.Table:
    log = data.Transactions.read(frame, currency="EUR", channel="channel", **columns)
    return log.to_table()


@pytest.mark.parametrize("frame", FRAMES.values(), ids=FRAMES.keys())
def test_every_frame_gives_the_same_log(frame: Any) -> None:
    table = read(frame)
    assert table.to_dict() == {
        "customer": ["ann", "bob", "ann"],
        "day": DAYS,
        "amount": [Decimal("25.00"), Decimal("9.00"), Decimal("31.50")],
        "channel": ["web", "shop", "web"],
    }


def test_a_relation_of_duckdb_is_a_frame() -> None:
    frame = small()
    relation = duckdb.sql("select * from frame")
    assert read(relation) == read(SMALL)
    assert read(
        duckdb.sql(
            "select customer, day::timestamptz as day, amount::decimal(10,2) as amount, "
            "channel::enum('shop', 'web') as channel from frame"
        )
    ).to_dict()["amount"] == [Decimal("25.00"), Decimal("9.00"), Decimal("31.50")]


def test_minor_units_and_boundaries() -> None:
    frame = {**SMALL, "cents": [2500, 900, 3150]}
    assert read(frame, amount_minor="cents") == read(SMALL)
    late = pa.array([datetime.datetime(2024, 1, 1, 23, 30)] * 3)
    tokyo = read(small(day=late), day_boundary="+09:00")
    assert tokyo["day"][0] == datetime.date(2024, 1, 2)
    assert read(small(day=late))["day"][0] == datetime.date(2024, 1, 1)


def test_errors_name_the_column_the_row_and_the_remedy() -> None:
    def fault(frame: Any, **columns: str) -> custometry.CustometryError:
        with pytest.raises(custometry.CustometryError) as raised:
            read(frame, **columns)
        return raised.value

    missing = fault(SMALL, customer="who")
    assert missing.kind == "invalid_parameter" and "customer, day, amount, channel" in str(missing)
    null = fault(pa.concat_tables([small(), small(day=pa.array([DAYS[0], None, DAYS[1]]))]))
    assert (null.kind, null.column, null.row) == ("invalid_value", "day", 4)
    nan = fault(small(amount=[1.0, float("nan"), 2.0]))
    assert (nan.kind, nan.row) == ("invalid_value", 1)
    fine = fault(small(amount=pa.array([Decimal("1.005")] * 3)))
    assert "2 decimals" in str(fine)
    odd = fault(small(customer=pa.array([[1], [2], [3]])))
    assert odd.kind == "invalid_parameter" and "customer" in str(odd)
    assert pickle.loads(pickle.dumps(null)).row == 4
    with pytest.raises(TypeError, match="collect"):
        read(pl.DataFrame(SMALL).lazy())
    with pytest.raises(TypeError, match="no table"):
        read(3)
    with pytest.raises(custometry.CustometryError):
        data.Transactions.read(SMALL, currency="eur")


def test_a_failing_producer_is_heard() -> None:
    def batches() -> Any:
        yield small().to_batches()[0]
        raise RuntimeError("the cable is cut")

    reader = pa.RecordBatchReader.from_batches(small().schema, batches())
    with pytest.raises(custometry.CustometryError, match="the cable is cut") as raised:
        read(reader)
    assert raised.value.kind == "stream"


def test_tables_go_out_to_every_frame(cdnow: data.Transactions) -> None:
    table = value.SummaryState.new(cdnow).summary("1998-06-30").to_table()
    summary = table  # duckdb finds frames by the names of variables
    arrow = pa.table(table)
    assert arrow.num_rows == len(table) == 2357
    assert pl.DataFrame(table).height == 2357
    assert len(pd.DataFrame.from_arrow(table)) == 2357
    assert duckdb.sql("select count(*) from summary").fetchall() == [(2357,)]
    assert arrow.column("first_money").type == pa.decimal128(19, 2)
    assert table.head(2).to_dict()["customer"] == [1, 2]
    assert table.row(0)["frequency"] == table["frequency"][0]
    assert "2357 rows x 11 columns" in repr(table)
    assert "<th>customer</th>" in table._repr_html_()
    assert pickle.loads(pickle.dumps(table.head(3))) == table.head(3)
    assert "customer" in table and "nothing" not in table
    with pytest.raises(KeyError):
        table["nothing"]


def test_columns_share_their_memory(histories: value.PurchaseHistories) -> None:
    model = value.BgNbd.fit(histories)
    alive = model.p_alive(histories)
    array = alive.to_numpy()
    assert array.dtype == np.float64 and not array.flags.writeable
    assert array.__array_interface__["data"][0] == pa.array(alive).buffers()[1].address
    assert alive[0] == array[0] and alive[-1] == array[-1]
    assert list(alive)[:3] == alive.to_list()[:3] == array[:3].tolist()
    with pytest.raises(IndexError):
        alive[len(alive)]


def test_no_fixed_width_column_is_copied() -> None:
    rows = 100_000
    before = pa.total_allocated_bytes()
    numbers = pa.array(range(rows), pa.int64())
    days = numbers.cast(pa.int32()).cast(pa.date32())
    frame = pa.table({"customer": numbers.cast(pa.int64()), "day": days, "cents": numbers})
    log = data.Transactions.read(frame, currency="EUR", amount_minor="cents")
    del frame, days, numbers
    # The log lives on the very buffers of days and cents, and on nothing else of the frame.
    held = pa.total_allocated_bytes() - before
    assert 12 * rows <= held < 12 * rows + 10_000
    assert log.to_table()["day"][999] == datetime.date(1970, 1, 1) + datetime.timedelta(days=999)
    del log
    assert pa.total_allocated_bytes() == before


def duckdb_of(columns: dict[str, list[Any]]) -> Any:
    rows = pa.table(columns)
    return duckdb.sql("select * from rows").arrow()


#: A frame of every kind from columns.
KINDS: dict[str, Callable[[dict[str, list[Any]]], Any]] = {
    "dict": lambda columns: columns,
    "pandas": pd.DataFrame,
    "polars": pl.DataFrame,
    "pyarrow": pa.table,
    "duckdb": duckdb_of,
    "custometry": custometry.Table,
}


@pytest.mark.parametrize("kind", KINDS)
def test_every_frame_of_cdnow_gives_the_published_counts(
    kind: str, cdnow: data.Transactions, cdnow_rows: dict[str, list[Any]]
) -> None:
    log = data.Transactions.read(KINDS[kind](cdnow_frame(cdnow_rows)), currency="USD")
    assert log.to_table() == cdnow.to_table()
    state = value.SummaryState.new(log)
    assert state == value.SummaryState.new(cdnow)
    # Fader, Hardie and Lee (2005): 2,357 customers, 1,411 without a repeat, 2,457 repeats.
    repeats = state.summary("1997-09-30").to_table()["frequency"].to_list()
    assert (len(repeats), repeats.count(0), sum(repeats)) == (2357, 1411, 2457)


@pytest.mark.parametrize("kind", KINDS)
def test_every_frame_gives_the_golden_predictions(kind: str) -> None:
    models: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for case in golden("value/predictions.json")["cases"]:
        if case["quantity"] == "p_alive":
            models.setdefault((case["model"], json.dumps(case["params"])), []).append(case)
    assert sum(map(len, models.values())) >= 30
    kinds = {
        "nbd": value.Nbd,
        "bg_nbd": value.BgNbd,
        "mbg_nbd": value.MbgNbd,
        "pareto_nbd": value.ParetoNbd,
    }
    for (model, params), cases in models.items():
        columns = {"frequency": "x", "recency": "t_x", "age": "T"}
        frame = {to: [case[name] for case in cases] for to, name in columns.items()}
        histories = value.PurchaseHistories.read(KINDS[kind](frame))
        alive = kinds[model].new(**json.loads(params), unit="days").p_alive(histories)
        expected = [case["value"] for case in cases]
        assert alive.to_list() == pytest.approx(expected, rel=1e-11)


# ---- values in ----


def refusal(**columns: Any) -> custometry.CustometryError:
    with pytest.raises(custometry.CustometryError) as raised:
        read({**SMALL, **columns})
    return raised.value


def test_amounts_as_decimals_and_texts_are_exact() -> None:
    # 17 digits, which no float holds; and a context of 5 digits, which must not matter.
    exact = [Decimal("123456789012345.67"), Decimal("-0.01"), Decimal("3.1")]
    with decimal.localcontext(prec=5):
        for amounts in (exact, [str(amount) for amount in exact], pa.array(exact)):
            assert read({**SMALL, "amount": amounts})["amount"].to_list() == exact
    mixed = [Decimal("0.29"), 3, Decimal("1E+2")]
    assert read({**SMALL, "amount": mixed})["amount"].to_list() == [Decimal("0.29"), 3, 100]
    comma = refusal(amount=["1.00", "1,50", "2.00"])
    assert (comma.kind, comma.column, comma.row) == ("invalid_value", "amount", 1)
    assert "decimal" in str(refusal(amount=["1.00", "1.505", "2.00"]))
    for wrong in (Decimal("inf"), 0.5, Decimal(10) ** 38, True):
        fault = refusal(amount=[Decimal("1.0"), wrong, Decimal(2)])
        assert (fault.kind, fault.column, fault.row) == ("invalid_value", "amount", 1), wrong
    for missing in (Decimal("nan"), None):
        assert "null" in str(refusal(amount=[Decimal(1), missing, Decimal(2)]))


def test_decimals_as_arguments_are_exact() -> None:
    # 123456789012345.67 is no float: 123456789012345.671875 is the nearest.
    minor = data.Currency.minor_units("EUR", Decimal("123456789012345.67"))
    assert minor == 12_345_678_901_234_567
    assert data.Currency.minor_units("EUR", Decimal("12.50")) == 1_250
    assert data.Currency.minor_units("EUR", Decimal("1E+3")) == 100_000
    with pytest.raises(custometry.CustometryError, match="2 decimals"):
        data.Currency.minor_units("EUR", Decimal("0.001"))
    amounts = [Decimal("123456789012345.67"), "0.01", 1, 0.5]
    spread = value.Concentration.new(amounts, currency="EUR")
    assert spread.total == Decimal("123456789012347.18")
    with pytest.raises(custometry.CustometryError, match="row 1"):
        value.Concentration.new([1, None], currency="EUR")
    # Where no money is meant a decimal is a number.
    assert data.Days.from_weeks(Decimal("1.50")) == 10.5
    assert data.Days.from_weeks(Decimal(1) / 3) == pytest.approx(7 / 3)


def test_infinities_are_refused_with_their_row() -> None:
    fault = refusal(amount=[1.0, 2.0, math.inf])
    assert (fault.kind, fault.column, fault.row) == ("invalid_value", "amount", 2)
    for values in ([1.0, math.inf], np.array([1.0, math.inf])):
        with pytest.raises(custometry.CustometryError, match="row 1"):
            value.Concentration.new(values, currency="EUR")
    with pytest.raises(custometry.CustometryError, match="finite") as raised:
        data.Days.from_weeks(-math.inf)
    assert raised.value.kind == "invalid_parameter"


def test_mappings_and_arrays_are_taken_as_dicts_and_lists() -> None:
    frame = MappingProxyType({**SMALL, "channel": np.array(SMALL["channel"])})
    assert read(frame) == read(SMALL)
    currency = MappingProxyType({"code": "KWD", "scale": 3})
    assert data.Currency.minor_units(currency, "1.5") == 1_500
    keys = data.Customers.new(pd.Series([3, 1, 3])).keys()
    assert keys == data.Customers.new(np.array([3, 1, 3])).keys() == [3, 1]


@pytest.mark.parametrize("unit", ["D", "s", "us", "ns"])
def test_days_of_numpy_are_days(unit: str) -> None:
    days = np.array(DAYS, dtype=f"datetime64[{unit}]")
    assert read({**SMALL, "day": days}) == read(SMALL)
    assert data.day_of_date(days[0]) == data.day_of_date(DAYS[0])


@pytest.mark.parametrize("days", [pa.array(DAYS), instants("us", None), instants("ns", "UTC")])
def test_days_are_not_taken_as_numbers(days: pa.Array) -> None:
    frame = small(number=days)
    ways: list[Callable[[], object]] = [
        lambda: read(frame, amount="number"),
        lambda: read(frame, amount_minor="number"),
        lambda: read(frame, customer="number"),
        lambda: data.Features.read(frame, customer="customer", numbers=["number"]),
        lambda: value.PurchaseHistories.read(frame, frequency="number"),
    ]
    for way in ways:
        with pytest.raises(custometry.CustometryError, match="in column number") as raised:
            way()
        assert raised.value.kind == "invalid_parameter"


def test_tables_of_any_frame_are_shown() -> None:
    frame = custometry.Table(pa.concat_tables([small(), small().slice(1)]))
    assert frame == custometry.Table(pl.concat([pl.DataFrame(SMALL), pl.DataFrame(SMALL)[1:]]))
    assert len(frame) == 5 and frame["customer"].to_list() == ["ann", "bob", "ann", "bob", "ann"]
    assert frame["amount"][4] == frame["amount"][-1] == 31.5 and frame["day"][3] == DAYS[1]
    assert frame.row(3) == frame.head(4).row(-1)
    assert "[5 rows x 4 columns]" in repr(frame) and "<td>31.5</td>" in frame._repr_html_()
    with pytest.raises(ValueError, match="several pieces"):
        pa.array(frame["amount"])
    with pytest.raises(IndexError):
        frame["amount"][-6]
    odd = small(
        tags=pa.array([["a"], None, []]),
        tiny=pa.array([1, None, 3], pa.int8()),
        half=pa.array([0.5, None, 1], pa.float32()),
        at=instants("ns", "UTC"),
        huge=pa.array([Decimal(10) ** 30, None, Decimal("0.5")], pa.decimal128(38, 1)),
        label=pa.array(["x", None, "y"]).dictionary_encode(),
    )
    table = custometry.Table(odd)
    assert "<List(" in repr(table)
    assert table["tiny"].to_list() == [1, None, 3] and table["half"].to_list() == [0.5, None, 1]
    assert table["at"][2] == datetime.datetime(2024, 3, 1, 12, tzinfo=datetime.timezone.utc)
    assert table["huge"].to_list() == [Decimal(10) ** 30, None, Decimal("0.5")]
    assert table["label"].to_list() == ["x", None, "y"]
    nothing = custometry.Table(small().slice(0, 0).to_reader())
    assert len(nothing) == 0 and nothing["day"].to_list() == [] and "0 rows" in repr(nothing)
