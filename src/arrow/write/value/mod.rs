//! The results of `value`.

mod models;
mod money;
mod rfm;

use arrow_array::RecordBatch;

use super::Columns;
use crate::{
    Result,
    arrow::{Tables, tables::no_table},
    data::MinorUnits,
    value::{Summary, SummaryState},
};

fn minor(column: &[i64]) -> impl Iterator<Item = MinorUnits> {
    column.iter().map(|&minor| MinorUnits(minor))
}

/// `days`, a row a customer and day: `customer`, `day`, the `money` of the day, and whether it is a
/// `purchase` day or has refunds only.
impl Tables for SummaryState {
    const TABLES: &'static [&'static str] = &["days"];

    fn table(&self, name: &str) -> Result<RecordBatch> {
        match name {
            "days" => days(self),
            _ => no_table(name, Self::TABLES),
        }
    }
}

fn days(it: &SummaryState) -> Result<RecordBatch> {
    let customers = it.customers();
    let rows = || {
        customers.numbers().flat_map(|customer| {
            let key = customers.key(customer);
            it.days_of(customer)
                .filter_map(move |day| Some((key?, day)))
        })
    };
    Columns::new()
        .some_keys("customer", rows().map(|(key, _)| key))
        .dates("day", rows().map(|(_, day)| day.date))
        .money("money", it.currency(), rows().map(|(_, day)| day.money))
        .flags("purchase", rows().map(|(_, day)| day.purchase))
        .finish()
}

/// `summary`, a row a customer: `first_purchase` and `last_purchase`, `frequency` (purchase days after
/// the first), `recency` (days from the first purchase to the last), `age` (from the first to the day
/// of the summary) and `days_since_last`, null without a purchase; money of the first purchase day, of
/// those after it, of days with refunds only, and in total.
impl Tables for Summary {
    const TABLES: &'static [&'static str] = &["summary"];

    fn table(&self, name: &str) -> Result<RecordBatch> {
        match name {
            "summary" => summary(self),
            _ => no_table(name, Self::TABLES),
        }
    }
}

fn summary(it: &Summary) -> Result<RecordBatch> {
    let bought: Vec<bool> = it.has_purchase().collect();
    let count = |column: &[u32]| {
        let rows = column.iter().zip(&bought);
        rows.map(|(&count, &bought)| bought.then_some(i64::from(count)))
            .collect::<Vec<_>>()
    };
    let customers = it.customers();
    let numbers = || customers.numbers();
    let currency = it.currency();
    Columns::of(customers)
        .dates(
            "first_purchase",
            numbers().map(|who| it.first_purchase(who)),
        )
        .dates("last_purchase", numbers().map(|who| it.last_purchase(who)))
        .ints("frequency", count(it.frequency()))
        .ints("recency", count(it.recency()))
        .ints("age", count(it.age()))
        .ints(
            "days_since_last",
            numbers().map(|who| it.days_since_last(who).map(i64::from)),
        )
        .money("first_money", currency, minor(it.first_money()))
        .money("repeat_money", currency, minor(it.repeat_money()))
        .money("refund_money", currency, minor(it.refund_money()))
        .money(
            "total_money",
            currency,
            numbers().map(|who| it.total_money(who)),
        )
        .finish()
}
