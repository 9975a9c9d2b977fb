//! The whale curve.

use std::{cmp::Reverse, fmt};

use rayon::prelude::*;

use crate::{
    Error, Result,
    data::{CustomerIx, MinorUnits},
};

/// The profit of the best customer, the best two, and so on; it ends at the total.
///
/// # Example
///
/// ```
/// use custometry::{data::{Currency, CustomerIx, MinorUnits, Transactions},
///                  value::{ProfitParams, ProfitState}};
/// let log = Transactions::builder(Currency::EUR)
///     .text_keys(&["ann", "bob", "cid"])
///     .days(vec![0; 3])
///     .amounts(vec![900, 500, 700])
///     .costs(vec![400, 700, 600])
///     .build()?;
/// let whale = ProfitParams::default().evaluate(&ProfitState::new(&log)?)?.whale_curve()?;
/// assert_eq!(whale.order(), [CustomerIx(0), CustomerIx(2), CustomerIx(1)]);
/// assert_eq!(whale.cumulative(), [500, 600, 400]);
/// assert_eq!((whale.total(), whale.peak()), (MinorUnits(400), MinorUnits(600)));
/// // A third of all profit made is lost again.
/// assert_eq!(whale.peak_percent()?, 150.0);
/// assert_eq!(whale.loss_drag()?, 50.0);
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Clone, PartialEq)]
pub struct WhaleCurve {
    order: Vec<CustomerIx>,
    cumulative: Vec<i64>,
    /// Customers with a profit above 0, and with one of 0 or more.
    profitable: usize,
    not_losing: usize,
}

impl fmt::Debug for WhaleCurve {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WhaleCurve")
            .field("customers", &self.order.len())
            .field("profitable", &self.profitable)
            .field("total", &self.total())
            .finish_non_exhaustive()
    }
}

impl WhaleCurve {
    /// The curve of some customers with a profit for each customer of all.
    pub(super) fn new(active: impl Iterator<Item = CustomerIx>, profit: &[i64]) -> Result<Self> {
        let of = |customer: CustomerIx| (Reverse(profit[customer.at()]), customer);
        let mut ranked: Vec<(Reverse<i64>, CustomerIx)> = active.map(of).collect();
        if ranked.is_empty() {
            return Err(Error::NotEnoughData {
                what: "customers with sales or costs".into(),
                needed: 1,
                found: 0,
            });
        }
        ranked.par_sort_unstable();
        let mut sum = 0i64;
        let add = |(Reverse(profit), _): &(Reverse<i64>, CustomerIx)| {
            sum = sum.checked_add(*profit)?;
            Some(sum)
        };
        let cumulative = ranked.iter().map(add).collect::<Option<Vec<i64>>>();
        let cumulative = cumulative.ok_or_else(|| MinorUnits::too_much("all customers"))?;
        let peak = cumulative.iter().copied().fold(0, i64::max);
        // So that what is lost again always exists.
        if sum.checked_sub(peak).is_none() {
            return Err(MinorUnits::too_much("all customers"));
        }
        let count = |above: i64| ranked.partition_point(|(Reverse(profit), _)| *profit >= above);
        Ok(Self {
            profitable: count(1),
            not_losing: count(0),
            order: ranked.into_iter().map(|(_, customer)| customer).collect(),
            cumulative,
        })
    }

    /// The active customers by falling profit, equal ones in the order of the customers.
    ///
    /// # Example
    ///
    /// See [`WhaleCurve`].
    pub fn order(&self) -> &[CustomerIx] {
        &self.order
    }

    /// The profit of the best customers together, from one to all, in minor units.
    ///
    /// # Example
    ///
    /// See [`WhaleCurve`].
    pub fn cumulative(&self) -> &[i64] {
        &self.cumulative
    }

    /// The profit of all customers.
    ///
    /// # Example
    ///
    /// See [`WhaleCurve`].
    pub fn total(&self) -> MinorUnits {
        MinorUnits(self.cumulative[self.cumulative.len() - 1])
    }

    /// The highest point: the profit of all who make one; 0 if nobody does.
    ///
    /// # Example
    ///
    /// See [`WhaleCurve`].
    pub fn peak(&self) -> MinorUnits {
        let at = self.profitable.checked_sub(1);
        MinorUnits(at.map_or(0, |at| self.cumulative[at]))
    }

    /// What the others lose: the total less the peak, at most 0.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::{data::{Currency, Transactions}, value::{ProfitParams, ProfitState}};
    /// let log = Transactions::builder(Currency::EUR)
    ///     .text_keys(&["ann", "bob", "cid", "dan"])
    ///     .days(vec![0; 4])
    ///     .amounts(vec![900, -500, 0, 300])
    ///     .build()?;
    /// let whale = ProfitParams::default().evaluate(&ProfitState::new(&log)?)?.whale_curve()?;
    /// assert_eq!((whale.losses().0, whale.unprofitable()), (-500, 1));
    /// assert_eq!(whale.profitable(), 2);
    /// // Ann alone brings what all together leave.
    /// assert_eq!(whale.break_even()?, 1);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn losses(&self) -> MinorUnits {
        MinorUnits(self.total().0 - self.peak().0)
    }

    /// How many customers make a profit.
    ///
    /// # Example
    ///
    /// See [`losses`](Self::losses).
    pub fn profitable(&self) -> usize {
        self.profitable
    }

    /// How many customers make a loss.
    ///
    /// # Example
    ///
    /// See [`losses`](Self::losses).
    pub fn unprofitable(&self) -> usize {
        self.order.len() - self.not_losing
    }

    fn positive_total(&self) -> Result<f64> {
        let total = self.total().0;
        if total > 0 {
            return Ok(total as f64);
        }
        Err(Error::Degenerate {
            what: format!(
                "the profit of all is {total} minor units: percentages of what is not positive \
                 mean nothing; look at the amounts"
            )
            .into(),
        })
    }

    /// The peak in percent of the total.
    ///
    /// # Errors
    ///
    /// [`Error::Degenerate`] unless the total is above 0.
    ///
    /// # Example
    ///
    /// See [`WhaleCurve`].
    pub fn peak_percent(&self) -> Result<f64> {
        Ok(100.0 * self.peak().0 as f64 / self.positive_total()?)
    }

    /// What is lost again, in percent of the total: the peak less 100.
    ///
    /// # Errors
    ///
    /// As [`peak_percent`](Self::peak_percent).
    ///
    /// # Example
    ///
    /// See [`WhaleCurve`].
    pub fn loss_drag(&self) -> Result<f64> {
        let total = self.positive_total()?;
        // The peak is at least the total; never -0.
        Ok(100.0 * (self.peak().0 - self.total().0) as f64 / total)
    }

    /// The fewest customers whose profit is that of all: the others together leave
    /// nothing.
    ///
    /// # Errors
    ///
    /// As [`peak_percent`](Self::peak_percent).
    ///
    /// # Example
    ///
    /// See [`losses`](Self::losses).
    pub fn break_even(&self) -> Result<usize> {
        self.positive_total()?;
        let total = self.total().0;
        // Up to the peak the curve only rises.
        let rising = &self.cumulative[..self.profitable];
        Ok(rising.partition_point(|&profit| profit < total) + 1)
    }
}
