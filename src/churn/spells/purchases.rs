//! Spells of those who buy without a contract.

use chrono::NaiveDate;

use super::{Spell, Spells, check_day};
use crate::{
    Error, Result,
    churn::{ChurnDefinition, PurchaseGaps},
    data::{CustomerIx, day_of_date},
    numeric::quantile::quantile_sorted,
    value::SummaryState,
};

impl Spells {
    /// Spells of purchases up to and including a day: each begins with a purchase and ends after the
    /// silence that the definition allows. A day of refunds only is no purchase.
    ///
    /// With an inactivity of d days the end is d days after the last purchase before a gap of more than
    /// d days; a purchase d days after the last one goes on with the spell. With a rhythm of one's own
    /// d is worked out for each customer from all gaps up to the day.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`] for a definition that purchases alone do not settle (contracts,
    /// probabilities), or whose numbers make no sense; [`Error::NotEnoughData`] or
    /// [`Error::Degenerate`] if a rhythm is asked for where no purchase is followed by another, or
    /// fewer than the quantile says.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::churn::{ChurnDefinition, Spells};
    /// use custometry::data::{Currency, CustomerIx, Transactions, date_of_day};
    /// use custometry::value::SummaryState;
    ///
    /// let log = Transactions::builder(Currency::EUR)
    ///     .text_keys(&["ann", "ann", "ann"])
    ///     .days(vec![0, 20, 90])
    ///     .amounts(vec![500, 700, 600])
    ///     .build()?;
    /// let definition = ChurnDefinition::Inactivity { days: 30 };
    /// let state = SummaryState::new(&log)?;
    /// let spells = Spells::of_purchases(&state, date_of_day(100).unwrap(), definition)?;
    /// let ends: Vec<_> = spells.of(CustomerIx(0)).map(|spell| (spell.start, spell.end)).collect();
    /// assert_eq!(ends, [(0, Some(50)), (90, None)]);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn of_purchases(
        state: &SummaryState,
        as_of: NaiveDate,
        definition: ChurnDefinition,
    ) -> Result<Self> {
        definition.check()?;
        let known_until = day_of_date(as_of).saturating_add(1);
        check_day("as_of", known_until)?;
        let rhythm = Rhythm::new(state, as_of, definition)?;
        let mut spells: Vec<(CustomerIx, Spell)> = Vec::new();
        for customer in state.customers().numbers() {
            let allowed = rhythm.allowed_days(state, customer, as_of);
            let mut open: Option<(i32, i32)> = None;
            let mut close = |(start, last): (i32, i32)| {
                let end = i64::from(last) + i64::from(allowed);
                let end = i32::try_from(end).ok().filter(|&end| end < known_until);
                let cause = None;
                spells.push((customer, Spell { start, end, cause }));
            };
            for day in purchase_days(state, customer, as_of) {
                open = match open {
                    Some((start, last))
                        if i64::from(day) - i64::from(last) <= i64::from(allowed) =>
                    {
                        Some((start, day))
                    }
                    before => {
                        before.into_iter().for_each(&mut close);
                        Some((day, day))
                    }
                };
            }
            open.into_iter().for_each(close);
        }
        check_count(spells.len())?;
        let customers = state.customers().clone();
        let spells = spells.into_iter();
        Ok(Self::of_sorted(
            definition,
            customers,
            known_until,
            Vec::new(),
            spells,
        ))
    }
}

/// How long each customer may be silent.
enum Rhythm {
    /// All the same.
    Fixed(u32),
    /// The quantile of the gaps of a customer, drawn to that of all.
    Quantile {
        of_all: f64,
        quantile: f64,
        prior: f64,
    },
    /// A multiple of the mean gap of a customer, drawn to that of all.
    Mean { of_all: f64, ratio: f64, prior: f64 },
}

impl Rhythm {
    fn new(state: &SummaryState, as_of: NaiveDate, definition: ChurnDefinition) -> Result<Self> {
        match definition {
            ChurnDefinition::Inactivity { days } => Ok(Self::Fixed(days)),
            ChurnDefinition::OwnRhythm {
                quantile,
                prior_gaps: prior,
            } => {
                let of_all = PurchaseGaps::new(state, as_of)?.threshold(quantile)?;
                let of_all = of_all.map(f64::from).ok_or_else(|| Error::Degenerate {
                    what: format!(
                        "fewer than a share of {quantile} of purchases are followed by another; lower \
                         the quantile, or take an inactivity"
                    )
                    .into(),
                })?;
                Ok(Self::Quantile {
                    of_all,
                    quantile,
                    prior,
                })
            }
            ChurnDefinition::Overdue {
                ratio,
                prior_gaps: prior,
            } => {
                let of_all = PurchaseGaps::new(state, as_of)?.mean_completed();
                let of_all = of_all.ok_or_else(|| Error::NotEnoughData {
                    what: "purchases that are followed by another".into(),
                    needed: 1,
                    found: 0,
                })?;
                Ok(Self::Mean {
                    of_all,
                    ratio,
                    prior,
                })
            }
            other => Err(Error::parameter(
                "definition",
                format!("{other:?}"),
                "one that purchase days settle, such as an inactivity",
            )),
        }
    }

    /// Whole days, at least 1.
    fn allowed_days(&self, state: &SummaryState, customer: CustomerIx, as_of: NaiveDate) -> u32 {
        let gaps = || {
            let days: Vec<i32> = purchase_days(state, customer, as_of).collect();
            let gaps = days
                .windows(2)
                .map(|pair| f64::from(pair[1].abs_diff(pair[0])));
            gaps.collect::<Vec<f64>>()
        };
        let drawn = |n: f64, own: f64, prior: f64, of_all: f64| {
            let weight = n / (n + prior);
            of_all + weight * (own - of_all)
        };
        match *self {
            Self::Fixed(days) => days,
            Self::Quantile {
                of_all,
                quantile,
                prior,
            } => {
                let mut gaps = gaps();
                gaps.sort_unstable_by(f64::total_cmp);
                let own = quantile_sorted(&gaps, quantile).unwrap_or(of_all);
                whole_days(drawn(gaps.len() as f64, own, prior, of_all))
            }
            Self::Mean {
                of_all,
                ratio,
                prior,
            } => {
                let gaps = gaps();
                let n = gaps.len() as f64;
                let own = if gaps.is_empty() {
                    of_all
                } else {
                    gaps.iter().sum::<f64>() / n
                };
                whole_days(ratio * drawn(n, own, prior, of_all))
            }
        }
    }
}

/// Days rounded up, at least 1. What is a whole number but for rounding stays it.
fn whole_days(days: f64) -> u32 {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a cast of a float saturates, and more days than that never pass"
    )]
    let whole = (days - 1e-9).ceil() as u32;
    whole.max(1)
}

/// The days on which a customer bought, up to a day, in order.
pub(in crate::churn) fn purchase_days(
    state: &SummaryState,
    customer: CustomerIx,
    as_of: NaiveDate,
) -> impl Iterator<Item = i32> {
    let days = state.days_of(customer).filter(|day| day.purchase);
    days.map(|day| day.date)
        .take_while(move |&date| date <= as_of)
        .map(day_of_date)
}

fn check_count(spells: usize) -> Result<()> {
    if u32::try_from(spells).is_ok() {
        return Ok(());
    }
    Err(Error::Overflow {
        what: "more than 4294967295 spells; split the customers".into(),
    })
}
