//! Which states grow, which shrink, and what that is made of.

use std::cmp::Ordering;

use serde::Serialize;

use super::{Flows, balance::Terms, minor};
use crate::{
    Error, Result,
    data::{MinorUnits, Segment},
    numeric::special::f_upper_tail,
};

/// How a state grew from one period to another, with the parts of it.
///
/// Whether it grew at all is asked of those who went in and out. If it neither grows nor shrinks, each
/// of them is as likely to be one who goes in as one who goes out (the test of Przyborowski and
/// Wilenski 1940, doi:10.1093/biomet/31.3-4.313, for two Poisson numbers; for two periods of the same
/// customers that of `McNemar` 1947, doi:10.1007/BF02295996).
///
/// # Example
///
/// See [`Flows::growth`].
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Growth {
    /// The state.
    pub state: Segment,
    /// Customers in the first period.
    pub opening: u64,
    /// Customers in the last period.
    pub closing: u64,
    /// Closing less opening.
    pub change: i64,
    /// The change as a share of the opening; `None` from nothing.
    pub rate: Option<f64>,
    /// What went in and out over all steps; the parts sum to the change.
    pub parts: CustomerParts,
    /// The standard error of the change, of Poisson numbers: the root of all who went in or out.
    pub se: f64,
    /// How likely a change as large, either way, would be if the state neither grew nor shrank:
    /// exact, from the binomial law.
    pub p: f64,
    /// In money; `None` without values.
    pub money: Option<MoneyGrowth>,
}

/// Parts of a change in customers; what went out is below 0.
///
/// # Example
///
/// See [`Flows::growth`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[non_exhaustive]
pub struct CustomerParts {
    /// New customers.
    pub born: i64,
    /// Customers who had been inactive.
    pub returned: i64,
    /// From other states.
    pub arrived: i64,
    /// To other states.
    pub left: i64,
    /// To be seen again later.
    pub paused: i64,
    /// Not seen again.
    pub churned: i64,
}

impl CustomerParts {
    /// The sum of the parts: the change.
    ///
    /// # Example
    ///
    /// See [`Flows::growth`].
    pub fn sum(&self) -> i64 {
        self.born + self.returned + self.arrived + self.left + self.paused + self.churned
    }
}

/// How the money of a state grew.
///
/// # Example
///
/// See [`Flows::growth`].
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[non_exhaustive]
pub struct MoneyGrowth {
    /// Money in the first period.
    pub opening: MinorUnits,
    /// Money in the last period.
    pub closing: MinorUnits,
    /// Closing less opening.
    pub change: MinorUnits,
    /// The change as a share of the opening; `None` unless the opening is above 0.
    pub rate: Option<f64>,
    /// What went in and out over all steps; the parts sum to the change.
    pub parts: MoneyParts,
}

/// Parts of a change in money; what went out has its sign turned.
///
/// # Example
///
/// See [`Flows::growth`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[non_exhaustive]
pub struct MoneyParts {
    /// Of new customers.
    pub born: MinorUnits,
    /// Of customers who had been inactive.
    pub returned: MinorUnits,
    /// Of customers from other states.
    pub arrived: MinorUnits,
    /// Of those who stayed, more than they had before.
    pub stayers: MinorUnits,
    /// Of customers who went to other states.
    pub left: MinorUnits,
    /// Of customers to be seen again later.
    pub paused: MinorUnits,
    /// Of customers not seen again.
    pub churned: MinorUnits,
}

impl MoneyParts {
    /// The sum of the parts: the change.
    ///
    /// # Example
    ///
    /// See [`Flows::growth`].
    pub fn sum(&self) -> MinorUnits {
        let came = self.born.0 + self.returned.0 + self.arrived.0;
        let went = self.left.0 + self.paused.0 + self.churned.0;
        MinorUnits(came + self.stayers.0 + went)
    }
}

impl Flows {
    /// How each state grew from the first period to the last.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::{data::Currency, migration::SegmentPanel};
    ///
    /// let panel = SegmentPanel::builder()
    ///     .int_keys(&[1, 2, 3, 2, 3, 4, 1])
    ///     .periods(&["1", "1", "1", "2", "2", "2", "3"])
    ///     .segments(&["a", "a", "b", "b", "b", "b", "a"])
    ///     .values(Currency::EUR, vec![5, 5, 5, 9, 9, 9, 7])
    ///     .build()?;
    /// let growth = panel.flows()?.growth();
    /// let a = &growth[0];
    /// assert_eq!((a.opening, a.closing, a.change), (2, 1, -1));
    /// assert_eq!((a.parts.left, a.parts.paused, a.parts.returned), (-1, -1, 1));
    /// assert_eq!(a.rate, Some(-0.5));
    /// let money = a.money.unwrap();
    /// assert_eq!((money.opening.0, money.closing.0), (10, 7));
    /// assert_eq!(money.parts.sum(), money.change);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn growth(&self) -> Vec<Growth> {
        let last = self.periods().len().saturating_sub(1);
        self.growth_of(0, last)
    }

    /// How each state grew from one period to another, counted from 0: the steps in between.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`] for a period that does not exist, or that is not after the first.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::migration::SegmentPanel;
    /// # let panel = SegmentPanel::builder()
    /// #     .int_keys(&[1, 2, 3, 2, 3, 4, 1])
    /// #     .periods(&["1", "1", "1", "2", "2", "2", "3"])
    /// #     .segments(&["a", "a", "b", "b", "b", "b", "a"])
    /// #     .build()?;
    /// assert_eq!(panel.flows()?.growth_between(1, 2)?[1].parts.churned, -3);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn growth_between(&self, first: usize, last: usize) -> Result<Vec<Growth>> {
        self.check_periods(first, last)?;
        Ok(self.growth_of(first, last))
    }

    /// `Ok` if a period is after another.
    pub(super) fn check_periods(&self, first: usize, last: usize) -> Result<()> {
        self.places(last)?;
        if first < last {
            return Ok(());
        }
        let expected = format!("below {last}, the period to compare with");
        Err(Error::parameter("period", first, expected))
    }

    /// The state that grew fastest from the first period to the last, by its rate; `None` if none
    /// with customers at the start grew. Of equal rates the larger change comes first.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::migration::SegmentPanel;
    /// # let panel = SegmentPanel::builder()
    /// #     .int_keys(&[1, 2, 3, 2, 3, 4])
    /// #     .periods(&["1", "1", "1", "2", "2", "2"])
    /// #     .segments(&["a", "a", "b", "b", "b", "b"])
    /// #     .build()?;
    /// let flows = panel.flows()?;
    /// assert_eq!(flows.fastest_growing().unwrap().state.name, "b");
    /// assert_eq!(flows.fastest_shrinking().unwrap().state.name, "a");
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn fastest_growing(&self) -> Option<Growth> {
        self.fastest(|growth| growth.change > 0)
    }

    /// The state that shrank fastest from the first period to the last, by its rate; `None` if none
    /// shrank. Of equal rates the larger change comes first.
    ///
    /// # Example
    ///
    /// See [`fastest_growing`](Self::fastest_growing).
    pub fn fastest_shrinking(&self) -> Option<Growth> {
        self.fastest(|growth| growth.change < 0)
    }

    fn fastest(&self, is: impl Fn(&Growth) -> bool) -> Option<Growth> {
        let some = (self.growth().into_iter()).filter(|growth| growth.opening > 0 && is(growth));
        // Ahead of the first means strictly faster, so that the first of equal ones is kept.
        some.reduce(|best, next| match faster(&next, &best) {
            Ordering::Greater => next,
            _ => best,
        })
    }

    /// As [`growth_between`](Self::growth_between), for periods in order.
    fn growth_of(&self, first: usize, last: usize) -> Vec<Growth> {
        let steps = &self.state.steps[first.min(self.steps())..last.min(self.steps())];
        let terms = Terms::of(steps.iter().flatten(), self.order());
        let stock = |period: usize, place: usize| {
            let stocks = self.stocks.get(period);
            stocks.map(|stocks| stocks[place]).unwrap_or_default()
        };
        let of = |(place, terms): (usize, Terms)| {
            let (opening, closing) = (stock(first, place), stock(last, place));
            let came = [terms.born, terms.returned, terms.arrived];
            let went = [terms.left, terms.paused, terms.churned];
            let [born, returned, arrived] = came.map(|sums| whole(sums.customers));
            let [left, paused, churned] = went.map(|sums| -whole(sums.customers));
            let parts = CustomerParts {
                born,
                returned,
                arrived,
                left,
                paused,
                churned,
            };
            let total = |sums: [super::Sums; 3]| sums.iter().map(|it| it.customers).sum();
            let change = parts.sum();
            let money = self.currency().map(|_| {
                let change = closing.before - opening.before;
                MoneyGrowth {
                    opening: minor(opening.before),
                    closing: minor(closing.before),
                    change: minor(change),
                    rate: (opening.before > 0).then(|| change as f64 / opening.before as f64),
                    parts: MoneyParts {
                        born: minor(terms.born.after),
                        returned: minor(terms.returned.after),
                        arrived: minor(terms.arrived.after),
                        stayers: minor(terms.stayed.after - terms.stayed.before),
                        left: minor(-terms.left.before),
                        paused: minor(-terms.paused.before),
                        churned: minor(-terms.churned.before),
                    },
                }
            });
            Growth {
                state: self.states()[place].clone(),
                opening: opening.customers,
                closing: closing.customers,
                change,
                rate: (opening.customers > 0).then(|| change as f64 / opening.customers as f64),
                parts,
                se: ((total(came) + total(went)) as f64).sqrt(),
                p: same_chance(total(came), total(went)),
                money,
            }
        };
        terms.into_iter().enumerate().map(of).collect()
    }
}

/// A count that is known to fit.
fn whole(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// The order of two changes with the same sign by the size of their rates, exactly, then by their
/// own size.
fn faster(one: &Growth, other: &Growth) -> Ordering {
    let cross = |a: &Growth, b: &Growth| i128::from(a.change).abs() * i128::from(b.opening);
    let rates = cross(one, other).cmp(&cross(other, one));
    rates.then(one.change.abs().cmp(&other.change.abs()))
}

/// How likely a split of customers at least as uneven as this one is, if each falls on either side
/// with the same chance.
pub(super) fn same_chance(one: u64, other: u64) -> f64 {
    let (more, less) = (one.max(other), one.min(other));
    if more == less {
        return 1.0;
    }
    // P(X >= more) = I(more, less + 1) at one half, a tail of F.
    let (a, b) = (more as f64, less as f64 + 1.0);
    (2.0 * f_upper_tail(a / b, 2.0 * b, 2.0 * a)).min(1.0)
}
