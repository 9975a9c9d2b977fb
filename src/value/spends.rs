//! What the spend model is fitted to: how often and how much each customer spent.

use std::fmt;

use rayon::prelude::*;

use super::Summary;
use crate::{Error, Result, numeric::first_where};

/// The repeat purchase days of each customer and the mean amount of one, in units
/// of currency.
///
/// # Example
///
/// ```
/// use custometry::{data::date_of_day, simulate::PurchaseLogParams, value::{SpendHistories, SummaryState}};
///
/// let log = PurchaseLogParams::default().customers(500).generate()?.transactions;
/// let summary = SummaryState::new(&log)?.summary(date_of_day(10_407).unwrap())?;
/// let spends = SpendHistories::new(&summary);
/// assert_eq!(spends.len(), 500);
/// // Most bought once, so that there is no repeat purchase to learn from.
/// assert!(spends.usable() < 300);
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Clone, PartialEq)]
pub struct SpendHistories {
    frequency: Vec<u32>,
    mean: Vec<f64>,
    weights: Option<Vec<f64>>,
}

impl fmt::Debug for SpendHistories {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SpendHistories")
            .field("customers", &self.len())
            .field("usable", &self.usable())
            .finish_non_exhaustive()
    }
}

/// A customer whose spend can be learnt from.
#[derive(Debug, Clone, Copy)]
pub(super) struct Spend {
    /// Repeat purchase days.
    pub(super) x: f64,
    /// All that was spent on them.
    pub(super) total: f64,
    /// The sample weight.
    pub(super) weight: f64,
}

impl SpendHistories {
    /// The spend of a summary: money of the repeat purchase days over their number.
    /// The first purchase is apart, as it is in the purchase models.
    ///
    /// # Example
    ///
    /// See [`SpendHistories`].
    pub fn new(summary: &Summary) -> Self {
        let currency = summary.currency();
        let rows = (summary.frequency().par_iter()).zip(summary.repeat_money());
        let mean = |(&frequency, &money): (&u32, &i64)| match frequency {
            0 => 0.0,
            _ => currency.to_f64(crate::data::MinorUnits(money)) / f64::from(frequency),
        };
        Self {
            frequency: summary.frequency().to_vec(),
            mean: rows.map(mean).collect(),
            weights: None,
        }
    }

    /// Spend from columns, with sample weights if there are any: a weight of 2
    /// counts as two customers. The mean of a customer without a repeat purchase
    /// is not looked at.
    ///
    /// # Errors
    ///
    /// [`Error::LengthMismatch`]; [`Error::InvalidValue`] for a mean that is not
    /// finite, or a weight that is negative or not finite.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::value::SpendHistories;
    /// let spends = SpendHistories::from_columns(&[0, 2, 1], &[0.0, 22.35, -3.0], None)?;
    /// // A mean that is not above 0 cannot be learnt from; it is counted, not dropped.
    /// assert_eq!((spends.len(), spends.usable(), spends.not_positive()), (3, 1, 1));
    /// assert!(SpendHistories::from_columns(&[1], &[f64::NAN], None).is_err());
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn from_columns(frequency: &[u32], mean: &[f64], weights: Option<&[f64]>) -> Result<Self> {
        Error::check_length("mean", frequency.len(), mean.len())?;
        let rows: Vec<(u32, f64)> = frequency
            .iter()
            .copied()
            .zip(mean.iter().copied())
            .collect();
        if let Some(row) = first_where(&rows, |(x, mean)| *x > 0 && !mean.is_finite()) {
            let reason = format!(
                "{} is not an amount of money; use a finite number",
                mean[row]
            );
            return Err(Error::value("mean", row, reason));
        }
        if let Some(weights) = weights {
            Error::check_length("weight", frequency.len(), weights.len())?;
            super::histories::check_weights(weights)?;
        }
        Ok(Self {
            frequency: frequency.to_vec(),
            mean: mean.to_vec(),
            weights: weights.map(<[f64]>::to_vec),
        })
    }

    /// The number of customers.
    ///
    /// # Example
    ///
    /// See [`SpendHistories`].
    pub fn len(&self) -> usize {
        self.frequency.len()
    }

    /// Whether there are no customers.
    ///
    /// # Example
    ///
    /// ```
    /// assert!(custometry::value::SpendHistories::from_columns(&[], &[], None)?.is_empty());
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn is_empty(&self) -> bool {
        self.frequency.is_empty()
    }

    /// The customers whose spend can be learnt from: with a repeat purchase, and a
    /// mean above 0.
    ///
    /// # Example
    ///
    /// See [`SpendHistories`].
    pub fn usable(&self) -> usize {
        let rows = self.frequency.iter().zip(&self.mean);
        rows.filter(|(x, mean)| **x > 0 && **mean > 0.0).count()
    }

    /// The customers with a repeat purchase whose mean is not above 0: refunded,
    /// given away, or worse. The model cannot learn from them.
    ///
    /// # Example
    ///
    /// See [`SpendHistories::from_columns`].
    pub fn not_positive(&self) -> usize {
        let rows = self.frequency.iter().zip(&self.mean);
        rows.filter(|(x, mean)| **x > 0 && **mean <= 0.0).count()
    }

    /// The usable customers, ascending by frequency.
    pub(super) fn sorted(&self) -> Vec<Spend> {
        let mut order: Vec<usize> = (0..self.len())
            .filter(|&at| self.frequency[at] > 0 && self.mean[at] > 0.0)
            .collect();
        order.par_sort_by_key(|&at| self.frequency[at]);
        let spend = |at: usize| {
            let x = f64::from(self.frequency[at]);
            let weight = self.weights.as_ref().map_or(1.0, |weights| weights[at]);
            Spend {
                x,
                total: x * self.mean[at],
                weight,
            }
        };
        order.into_iter().map(spend).collect()
    }

    /// x and the total of each customer. A total below 0 counts as 0.
    pub(super) fn known(&self) -> impl IndexedParallelIterator<Item = (f64, f64)> {
        let rows = self.frequency.par_iter().zip(&self.mean);
        rows.map(|(&x, &mean)| match x {
            0 => (0.0, 0.0),
            _ => (f64::from(x), f64::from(x) * mean.max(0.0)),
        })
    }
}
