//! Spells of those who buy without a contract.

use std::ops::Range;

use chrono::NaiveDate;

use super::{Spell, Spells, check_count, check_day};
use crate::{
    Error, Result,
    churn::{ChurnDefinition, PurchaseGaps},
    data::{CustomerIx, day_of_date},
    numeric::{map_chunks, quantile::quantile_sorted},
    value::SummaryState,
};

/// Customers whose spells are made together; a constant.
const CHUNK: usize = 1 << 12;

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
    /// [`Error::InvalidParameter`] for a definition that purchases alone do not settle (contracts;
    /// probabilities, for which there is [`of_purchase_model`](Self::of_purchase_model)), or whose
    /// numbers make no sense, or for the last day of the calendar; [`Error::NotEnoughData`] or
    /// [`Error::Degenerate`] if a rhythm is asked for where no purchase is followed by another, or
    /// fewer than the quantile says; [`Error::Overflow`] for more than 4 294 967 295 spells.
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
        let rhythm = Rhythm::new(state, as_of, definition)?;
        Self::of_silences(state, as_of, definition, CHUNK, |bought| {
            let allowed = bought.by_customer().flat_map(|days| {
                let allowed = rhythm.allowed_days(days);
                days.iter().map(move |_| allowed)
            });
            Ok(allowed.collect())
        })
    }

    /// Spells by how many days each customer may be silent after each purchase, which `allowed` tells
    /// of the purchases of some customers.
    pub(super) fn of_silences(
        state: &SummaryState,
        as_of: NaiveDate,
        definition: ChurnDefinition,
        chunk: usize,
        allowed: impl Fn(&Purchases) -> Result<Vec<u32>> + Sync,
    ) -> Result<Self> {
        let known_until = day_of_date(as_of).saturating_add(1);
        check_day("as_of", known_until)?;
        let pieces = map_chunks(state.customers().len(), chunk, |range| {
            let bought = Purchases::of_range(state, range, as_of);
            let allowed = allowed(&bought)?;
            Ok(bought.spells(&allowed, known_until))
        });
        let pieces = pieces.into_iter().collect::<Result<Vec<_>>>()?;
        check_count(pieces.iter().map(Vec::len).sum())?;
        Ok(Self::of_sorted(
            definition,
            state.customers().clone(),
            known_until,
            Vec::new(),
            pieces.into_iter().flatten(),
        ))
    }
}

/// The purchase days of some customers.
pub(super) struct Purchases {
    customers: Vec<CustomerIx>,
    /// Where the days of each customer end.
    ends: Vec<usize>,
    days: Vec<i32>,
}

impl Purchases {
    fn of_range(state: &SummaryState, range: Range<usize>, as_of: NaiveDate) -> Self {
        let mut bought = Self {
            customers: Vec::with_capacity(range.len()),
            ends: Vec::with_capacity(range.len()),
            days: Vec::new(),
        };
        for customer in state.customers().numbers_in(range) {
            bought.days.extend(purchase_days(state, customer, as_of));
            bought.customers.push(customer);
            bought.ends.push(bought.days.len());
        }
        bought
    }

    /// The days of each customer, in order; none for one without a purchase.
    pub(super) fn by_customer(&self) -> impl Iterator<Item = &[i32]> {
        let mut start = 0;
        self.ends.iter().map(move |&end| {
            let days = &self.days[start..end];
            start = end;
            days
        })
    }

    /// The spells, if each purchase allows so many days until the next.
    fn spells(&self, allowed: &[u32], known_until: i32) -> Vec<(CustomerIx, Spell)> {
        let mut spells = Vec::with_capacity(self.customers.len());
        let mut allowed = allowed.iter().map(|&days| i64::from(days));
        for (&customer, days) in self.customers.iter().zip(self.by_customer()) {
            let mut open: Option<(i32, i64)> = None;
            let mut close = |(start, end): (i32, i64)| {
                let end = i32::try_from(end).ok().filter(|&end| end < known_until);
                let cause = None;
                spells.push((customer, Spell { start, end, cause }));
            };
            for (&day, allowed) in days.iter().zip(&mut allowed) {
                let end = i64::from(day) + allowed;
                open = match open {
                    Some((start, before)) if i64::from(day) <= before => Some((start, end)),
                    before => {
                        before.into_iter().for_each(&mut close);
                        Some((day, end))
                    }
                };
            }
            open.into_iter().for_each(close);
        }
        spells
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
            ChurnDefinition::ProbabilityAlive { .. } => Err(Error::parameter(
                "definition",
                format!("{definition:?}"),
                "one that purchase days settle; for this one call Spells::of_purchase_model",
            )),
            ChurnDefinition::Contractual { .. } | ChurnDefinition::Lapsed { .. } => {
                Err(Error::parameter(
                    "definition",
                    format!("{definition:?}"),
                    "one that purchase days settle, such as an inactivity; contracts have their own \
                 Subscriptions::spells",
                ))
            }
        }
    }

    /// Whole days, at least 1, by the purchase days of a customer.
    fn allowed_days(&self, days: &[i32]) -> u32 {
        let gaps = || {
            let pairs = days.windows(2);
            pairs.map(|pair| f64::from(pair[1].abs_diff(pair[0])))
        };
        let n = days.len().saturating_sub(1) as f64;
        let drawn = |own: f64, prior: f64, of_all: f64| {
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
                let mut gaps: Vec<f64> = gaps().collect();
                gaps.sort_unstable_by(f64::total_cmp);
                let own = quantile_sorted(&gaps, quantile).unwrap_or(of_all);
                whole_days(drawn(own, prior, of_all))
            }
            Self::Mean {
                of_all,
                ratio,
                prior,
            } => {
                let own = if n > 0.0 {
                    gaps().sum::<f64>() / n
                } else {
                    of_all
                };
                whole_days(ratio * drawn(own, prior, of_all))
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
