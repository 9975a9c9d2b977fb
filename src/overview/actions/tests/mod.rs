//! A table of customers, and what is asked of it.

mod arms;
mod random;
mod reasons;
mod rules;
mod select;

use chrono::NaiveDate;

use super::*;
use crate::{
    Result,
    data::{ContactStatus, CustomerIx, CustomerKey, Customers},
};

fn day(year: i32, month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).unwrap()
}

/// One customer: active, allowed, with a worth of 200 and a chance of a half to be there.
#[derive(Debug, Clone)]
struct One {
    key: i64,
    contact: ContactStatus,
    days: Option<u32>,
    frequency: u32,
    p_alive: f64,
    clv: f64,
    purchases: f64,
    spend: f64,
    date: Option<NaiveDate>,
    risk: f64,
    profit: i64,
}

fn one(key: i64) -> One {
    One {
        key,
        contact: ContactStatus::Allowed,
        days: Some(10),
        frequency: 3,
        p_alive: 0.5,
        clv: 100.0,
        purchases: 1.0,
        spend: 50.0,
        date: None,
        risk: f64::NAN,
        profit: 0,
    }
}

impl One {
    /// Lost after 95 days, and worth 200 if there with a chance of a fifth.
    fn lost(self) -> Self {
        Self {
            days: Some(95),
            p_alive: 0.2,
            clv: 40.0,
            ..self
        }
    }

    fn newcomer(self) -> Self {
        Self {
            frequency: 0,
            ..self
        }
    }

    /// At stake is this much, at a risk of a half.
    fn at_stake(self, value: f64) -> Self {
        Self { clv: value, ..self }
    }
}

/// Customers, and what is known of all.
#[derive(Debug, Clone)]
struct Table {
    rows: Vec<One>,
    quiet_after: Option<u32>,
    contact: bool,
    risk: bool,
    profit: bool,
}

fn table(rows: Vec<One>) -> Table {
    Table {
        rows,
        quiet_after: Some(83),
        contact: true,
        risk: true,
        profit: true,
    }
}

/// Half of what purchases bring is margin.
const MARGIN: f64 = 0.5;
const WITHIN: u32 = 90;

impl Table {
    fn choose(&self, params: &ActionParams) -> Result<Actions> {
        let keys: Vec<i64> = self.rows.iter().map(|one| one.key).collect();
        let (customers, _) = Customers::from_ints(&keys).unwrap();
        self.choose_of(&customers, params)
    }

    /// With the customers under other keys.
    fn choose_of(&self, customers: &Customers, params: &ActionParams) -> Result<Actions> {
        fn column<T>(rows: &[One], of: impl Fn(&One) -> T) -> Vec<T> {
            rows.iter().map(of).collect()
        }
        let rows = &self.rows;
        let contact = column(rows, |one| one.contact);
        let risk = column(rows, |one| one.risk);
        let profit = column(rows, |one| one.profit);
        let drivers = |customer: CustomerIx| {
            let driver = |number: i64| ActionReason::Driver {
                feature: format!("{} of {}", number, rows[customer.at()].key),
                value: 1.5,
                contribution: 0.25,
            };
            [1, 2, 3].map(driver).to_vec()
        };
        let inputs = ActionInputs {
            customers,
            as_of: day(2024, 6, 30),
            currency: Currency::EUR,
            contact: self.contact.then_some(&contact),
            days_since_last: column(rows, |one| one.days),
            frequency: &column(rows, |one| one.frequency),
            p_alive: &column(rows, |one| one.p_alive),
            clv: &column(rows, |one| one.clv),
            expected_purchases: &column(rows, |one| one.purchases),
            mean_spend: &column(rows, |one| one.spend),
            margin: MARGIN,
            silence_dates: &column(rows, |one| one.date),
            quiet_after: self.quiet_after,
            risk: self.risk.then_some(RiskInput {
                probability: &risk,
                within_days: WITHIN,
                drivers: &drivers,
            }),
            profit: self.profit.then_some(&profit),
        };
        Actions::choose(params, &inputs)
    }

    /// What there is by default.
    fn default(&self) -> Actions {
        self.choose(&ActionParams::default()).unwrap()
    }

    /// The keys of a list, in its order.
    fn keys(&self, actions: &Actions) -> Vec<i64> {
        let key = |row: &ActionRow| self.rows[row.customer.at()].key;
        actions.rows().iter().map(key).collect()
    }
}

/// The row of the customer with a number.
fn row(actions: &Actions, number: u32) -> Option<&ActionRow> {
    let mut rows = actions.rows().iter();
    rows.find(|row| row.customer == CustomerIx(number))
}

/// The figures of a row: value at stake, break-even, spend and gain, as they are worked out by hand.
fn check(actions: &Actions, number: u32, action: Action, figures: [f64; 4]) {
    let row = row(actions, number).unwrap_or_else(|| panic!("customer {number} is not listed"));
    assert_eq!(row.action, action, "customer {number}");
    let got = [row.value_at_stake, row.break_even, row.spend, row.gain];
    for (got, expected) in got.into_iter().zip(figures) {
        let off = (got - expected).abs();
        assert!(off < 1e-12, "customer {number}: {got}, by hand {expected}");
    }
}
