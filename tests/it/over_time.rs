//! The chapters on money over time of both example programs, beside plain sums over the
//! rows of the CDNOW file.

use std::collections::BTreeMap;

use chrono::{Datelike, NaiveDate};
use serde_json::Value;

use crate::bg_nbd::close;

/// What the file says: customer, day and cents.
struct Row {
    customer: u32,
    day: NaiveDate,
    cents: i64,
}

const MOVES: [&str; 5] = ["new", "reactivated", "expansion", "contraction", "lost"];

fn rows(as_of: NaiveDate) -> Vec<Row> {
    let text = include_str!("../../examples/data/cdnow_purchases.csv");
    let row = |line: &str| {
        let fields: Vec<&str> = line.split(',').collect();
        let (units, hundredths) = fields[3].split_once('.').unwrap();
        assert_eq!(hundredths.len(), 2, "{line}");
        Row {
            customer: fields[0].parse().unwrap(),
            day: fields[1].parse().unwrap(),
            cents: 100 * units.parse::<i64>().unwrap() + hundredths.parse::<i64>().unwrap(),
        }
    };
    let rows = text.lines().skip(1).map(row);
    rows.filter(|row| row.day <= as_of).collect()
}

/// Money in JSON in whole cents.
pub(crate) fn cents(value: &Value) -> i64 {
    let units = value.as_f64().unwrap();
    let cents = (100.0 * units).round();
    assert!((100.0 * units - cents).abs() < 1e-6, "{value}");
    #[expect(clippy::cast_possible_truncation, reason = "small")]
    let whole = cents as i64;
    whole
}

pub(crate) fn number(value: &Value) -> f64 {
    value
        .as_f64()
        .unwrap_or_else(|| panic!("{value} is no number"))
}

/// Opening and gains and losses are the closing money, to the cent.
pub(crate) fn adds_up(line: &Value) {
    let moves: i64 = MOVES.iter().map(|name| cents(&line[name])).sum();
    assert_eq!(
        cents(&line["opening"]) + moves,
        cents(&line["closing"]),
        "{line}"
    );
}

/// All three chapters of a run on the CDNOW file, against the rows up to `as_of`.
pub(crate) fn agrees(json: &Value, as_of: &str) {
    let as_of: NaiveDate = as_of.parse().unwrap();
    let rows = rows(as_of);
    bridge_agrees(&json["bridge"], &rows, as_of);
    profit_agrees(&json["profit"], &rows);
    cohorts_agree(&json["cohorts"], &rows, as_of);
}

fn bridge_agrees(bridge: &Value, rows: &[Row], as_of: NaiveDate) {
    let day = |period: &str, end: &str| -> NaiveDate {
        bridge[period][end].as_str().unwrap().parse().unwrap()
    };
    let (opening, closing) = ("opening_period", "closing_period");
    let length = |period| (day(period, "last") - day(period, "first")).num_days() + 1;
    let first = rows.iter().map(|row| row.day).min().unwrap();
    assert_eq!(day(closing, "last"), as_of);
    assert_eq!(day(opening, "last").succ_opt(), Some(day(closing, "first")));
    assert_eq!(length(opening), length(closing));
    assert_eq!(length(opening), ((as_of - first).num_days() + 1) / 2);
    assert_eq!(bridge["measure"], "revenue");

    // By customer: whether there are purchases before, in the opening period and in the
    // closing one, and the money there.
    let mut seen: BTreeMap<u32, ([bool; 3], [i64; 3])> = BTreeMap::new();
    for row in rows {
        let at = usize::from(row.day >= day(opening, "first"))
            + usize::from(row.day >= day(closing, "first"));
        let (bought, money) = seen.entry(row.customer).or_default();
        bought[at] = true;
        money[at] += row.cents;
    }
    let mut sums: BTreeMap<&str, (i64, u64)> = BTreeMap::new();
    let mut add = |name, cents, customers| {
        let (money, count) = sums.entry(name).or_default();
        *money += cents;
        *count += u64::from(customers);
    };
    for (bought, [_, before, after]) in seen.values() {
        let change = after - before;
        add("opening", *before, bought[1]);
        add("closing", *after, bought[2]);
        let movement = match bought {
            [_, false, false] => continue,
            [false, false, true] => "new",
            [true, false, true] => "reactivated",
            [_, true, false] => "lost",
            _ if change > 0 => "expansion",
            _ if change < 0 => "contraction",
            _ => "unchanged",
        };
        add(movement, change, true);
    }
    for name in ["opening", "closing", "unchanged"].iter().chain(&MOVES) {
        let (money, customers) = sums.get(name).copied().unwrap_or_default();
        if *name != "unchanged" {
            assert_eq!(cents(&bridge[name]), money, "{name}");
        }
        assert_eq!(bridge["customers"][name], customers, "{name}");
    }
    adds_up(bridge);
    let money = |name: &str| sums.get(name).map_or(0.0, |(money, _)| *money as f64);
    let gross = money("opening") + money("contraction") + money("lost");
    let net = gross + money("expansion");
    close(
        number(&bridge["gross_retention"]),
        gross / money("opening"),
        1e-12,
    );
    close(
        number(&bridge["net_retention"]),
        net / money("opening"),
        1e-12,
    );

    let change = |customer: &Value| {
        let key: u32 = customer["key"].as_str().unwrap().parse().unwrap();
        let [_, before, after] = seen[&key].1;
        assert_eq!(cents(&customer["opening"]), before);
        assert_eq!(cents(&customer["closing"]), after);
        assert_eq!(cents(&customer["change"]), after - before);
        assert!((0.0..=1.0).contains(&number(&customer["persistence"])));
        after - before
    };
    let mut changes: Vec<i64> = seen
        .values()
        .map(|(_, [_, before, after])| after - before)
        .collect();
    changes.sort_unstable();
    let list = |side: &str| -> Vec<i64> {
        let side = bridge[side].as_array().unwrap().iter();
        side.map(change).collect()
    };
    assert_eq!(list("declining"), changes[..10]);
    changes.reverse();
    assert_eq!(list("gaining"), changes[..10]);
}

fn profit_agrees(profit: &Value, rows: &[Row]) {
    let mut by_customer: BTreeMap<u32, i64> = BTreeMap::new();
    for row in rows {
        *by_customer.entry(row.customer).or_default() += row.cents;
    }
    let mut amounts: Vec<i64> = by_customer.into_values().collect();
    amounts.sort_unstable_by(|a, b| b.cmp(a));
    let total: i64 = amounts.iter().sum();
    assert_eq!(profit["basis"], "revenue");
    assert_eq!(profit["customers"], amounts.len());
    for name in ["gross_sales", "net_sales", "contribution", "profit"] {
        assert_eq!(cents(&profit[name]), total, "{name}");
    }
    assert_eq!(cents(&profit["refunds"]), 0);
    assert_eq!(cents(&profit["costs"]), 0);

    let whale = &profit["whale"];
    assert_eq!(
        (cents(&whale["peak"]), cents(&whale["total"])),
        (total, total)
    );
    assert_eq!(whale["peak_percent"], 100.0);
    let drag = number(&whale["loss_drag"]);
    assert!(drag.abs() < 1e-12 && drag.is_sign_positive(), "{drag}");
    let above = amounts.iter().filter(|amount| **amount > 0).count();
    assert_eq!(whale["profitable"], above);
    assert_eq!((&whale["unprofitable"], above), (&0.into(), above));
    assert_eq!(whale["break_even"], above);

    let mut differences = 0i128;
    for a in &amounts {
        for b in &amounts {
            differences += i128::from(a.abs_diff(*b));
        }
    }
    let gini = differences as f64 / (2.0 * amounts.len() as f64 * total as f64);
    close(number(&profit["gini"]), gini, 1e-12);
    let top: i64 = amounts[..amounts.len() / 10].iter().sum();
    close(
        number(&profit["top_decile_share"]),
        top as f64 / total as f64,
        1e-12,
    );

    let mut so_far = 0;
    for (at, tenth) in profit["deciles"].as_array().unwrap().iter().enumerate() {
        let (start, end) = (at * amounts.len() / 10, (at + 1) * amounts.len() / 10);
        let sum: i64 = amounts[start..end].iter().sum();
        so_far += sum;
        assert_eq!(tenth["decile"], at + 1);
        assert_eq!(tenth["customers"], end - start);
        assert_eq!(
            (cents(&tenth["profit"]), cents(&tenth["net_sales"])),
            (sum, sum)
        );
        assert_eq!(cents(&tenth["cumulative_profit"]), so_far);
        assert_eq!(cents(&tenth["lowest_profit"]), amounts[end - 1]);
    }
    assert_eq!(so_far, total);

    let classes = profit["abc"].as_array().unwrap();
    let names: Vec<&Value> = classes.iter().map(|class| &class["class"]).collect();
    assert_eq!(names, ["A", "B", "C"]);
    let sum: i64 = classes.iter().map(|class| cents(&class["net_sales"])).sum();
    assert_eq!(sum, total);
    let best = profit["most_profitable"].as_array().unwrap();
    let best: Vec<i64> = best
        .iter()
        .map(|customer| cents(&customer["profit"]))
        .collect();
    assert_eq!(best, amounts[..10]);
    assert_eq!(
        profit["unprofitable_customers"].as_array().unwrap().len(),
        0
    );
}

fn cohorts_agree(cohorts: &Value, rows: &[Row], as_of: NaiveDate) {
    let months = match cohorts["period"].as_str().unwrap() {
        "month" => 1,
        "quarter" => 3,
        _ => 12,
    };
    // Periods since the start of the calendar.
    let period = |day: NaiveDate| (12 * day.year() + day.month0().cast_signed()) / months;
    let mut days: BTreeMap<u32, Vec<NaiveDate>> = BTreeMap::new();
    let mut money: BTreeMap<(u32, i32), i64> = BTreeMap::new();
    for row in rows {
        days.entry(row.customer).or_default().push(row.day);
        *money.entry((row.customer, period(row.day))).or_default() += row.cents;
    }
    for days in days.values_mut() {
        days.sort_unstable();
        days.dedup();
    }
    let first = days.values().map(|days| period(days[0])).min().unwrap();
    let last = period(as_of);
    let over = period(as_of.succ_opt().unwrap()) > last;
    let found = cohorts["rows"].as_array().unwrap();
    assert_eq!(found.len(), usize::try_from(last - first).unwrap() + 1);
    for (came, row) in (first..).zip(found) {
        let members: Vec<_> = days
            .iter()
            .filter(|(_, days)| period(days[0]) == came)
            .collect();
        assert_eq!(row["customers"], members.len());
        let start: NaiveDate = row["start"].as_str().unwrap().parse().unwrap();
        assert_eq!((period(start), start.day()), (came, 1));
        let cells = row["cells"].as_array().unwrap();
        assert_eq!(cells.len(), usize::try_from(last - came).unwrap() + 1);
        for (at, cell) in (came..).zip(cells) {
            let count = |counted: &dyn Fn(&[NaiveDate]) -> usize| -> usize {
                members.iter().map(|(_, days)| counted(days)).sum()
            };
            let within = |days: &[NaiveDate]| days.iter().filter(|day| period(**day) == at).count();
            let active = count(&|days| usize::from(within(days) > 0));
            let repeated =
                count(&|days| usize::from(days.get(1).is_some_and(|day| period(*day) <= at)));
            assert_eq!(cell["age"], at - came);
            assert_eq!(cell["active"], active);
            assert_eq!(cell["repeated"], repeated);
            assert_eq!(cell["purchases"], count(&within));
            let sum: i64 = members
                .iter()
                .filter_map(|(customer, _)| money.get(&(**customer, at)))
                .sum();
            assert_eq!(cents(&cell["money"]), sum);
            assert_eq!(cell["complete"], at < last || over);
            if members.is_empty() {
                assert!(cell["retention"].is_null() && cell["repeat_rate"].is_null());
            } else {
                let of = |part: usize| part as f64 / members.len() as f64;
                close(number(&cell["retention"]), of(active), 1e-12);
                close(number(&cell["repeat_rate"]), of(repeated), 1e-12);
            }
        }
    }
    // Averages are of finished periods.
    for average in cohorts["by_age"].as_array().unwrap() {
        let age = usize::try_from(average["age"].as_u64().unwrap()).unwrap();
        let there: Vec<(&Value, &Value)> = found
            .iter()
            .filter(|row| row["customers"] != 0)
            .filter_map(|row| Some((row, row["cells"].get(age)?)))
            .filter(|(_, cell)| cell["complete"] == true)
            .collect();
        let customers: f64 = there.iter().map(|(row, _)| number(&row["customers"])).sum();
        let active: f64 = there.iter().map(|(_, cell)| number(&cell["active"])).sum();
        assert_eq!(average["cohorts"], there.len());
        close(number(&average["customers"]), customers, 1e-12);
        close(number(&average["retention"]), active / customers, 1e-12);
    }
    assert_eq!(cents(&cohorts["outside"]), 0);
    assert!(cohorts["statement"].as_str().unwrap().contains("shares"));
}
