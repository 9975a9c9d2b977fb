//! What the purchase models are fitted to: (x, `t_x`, T) of each customer, equal
//! ones held once.

use std::fmt;

use rayon::prelude::*;

use super::Summary;
use crate::{
    Error, Result,
    data::{CustomerIx, Days},
    numeric::first_where,
};

/// Marks a customer without a purchase.
const NONE: u32 = u32::MAX;

/// The purchase history of one customer.
///
/// # Example
///
/// ```
/// use custometry::{data::Days, value::PurchaseHistory};
/// // Two repeat purchases, the last 30.43 weeks after the first; known for 38.86.
/// let known = PurchaseHistory::new(2, Days::from_weeks(30.43), Days::from_weeks(38.86))?;
/// assert_eq!(known.frequency(), 2);
/// // The last purchase cannot come after the end.
/// assert!(PurchaseHistory::new(2, Days(300.0), Days(200.0)).is_err());
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PurchaseHistory {
    frequency: u32,
    recency: f64,
    age: f64,
}

impl PurchaseHistory {
    /// A history by frequency x, recency `t_x` and age T.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`] if a time is negative or not finite, recency
    /// exceeds age, or recency is 0 with repeat purchases or above 0 without.
    ///
    /// # Example
    ///
    /// See [`PurchaseHistory`].
    pub fn new(frequency: u32, recency: Days, age: Days) -> Result<Self> {
        // Adding 0 turns -0 into 0, which sorts with it.
        let history = Self {
            frequency,
            recency: recency.0 + 0.0,
            age: age.0 + 0.0,
        };
        match history.fault() {
            None => Ok(history),
            Some(expected) => Err(Error::parameter(
                "purchase history",
                format!(
                    "x = {frequency}, t_x = {} days, T = {} days",
                    recency.0, age.0
                ),
                expected,
            )),
        }
    }

    fn fault(&self) -> Option<&'static str> {
        // Written so that NaN fails as well.
        if !(self.recency >= 0.0 && self.age >= 0.0 && self.age.is_finite()) {
            Some("times that are finite and not negative")
        } else if self.recency > self.age {
            Some("a recency of at most the age: the last purchase is not after the end")
        } else if (self.frequency == 0) != (self.recency <= 0.0) {
            Some("a recency above 0 with repeat purchases, and of 0 without")
        } else {
            None
        }
    }

    /// x: purchase days after the first one.
    ///
    /// # Example
    ///
    /// See [`PurchaseHistory`].
    pub fn frequency(&self) -> u32 {
        self.frequency
    }

    /// `t_x`: from the first purchase to the last.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::{data::Days, value::PurchaseHistory};
    /// assert_eq!(PurchaseHistory::new(1, Days(7.0), Days(9.0))?.recency(), Days(7.0));
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn recency(&self) -> Days {
        Days(self.recency)
    }

    /// T: from the first purchase to the end of observation.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::{data::Days, value::PurchaseHistory};
    /// assert_eq!(PurchaseHistory::new(1, Days(7.0), Days(9.0))?.age(), Days(9.0));
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn age(&self) -> Days {
        Days(self.age)
    }
}

/// The histories of many customers. Equal ones are held once with a weight:
/// models are fitted to these cells, which are fewer than the customers.
///
/// # Example
///
/// ```
/// use custometry::{data::date_of_day, simulate::PurchaseLogParams, value::{PurchaseHistories, SummaryState}};
///
/// let log = PurchaseLogParams::default().customers(5_000).generate()?.transactions;
/// let summary = SummaryState::new(&log)?.summary(date_of_day(10_407).unwrap())?;
/// let histories = PurchaseHistories::new(&summary)?;
/// assert_eq!(histories.len(), 5_000);
/// assert!(histories.cells() < 4_000);
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Clone, PartialEq)]
pub struct PurchaseHistories {
    /// Ascending by frequency, recency, age.
    cells: Vec<PurchaseHistory>,
    weights: Vec<f64>,
    /// The cell of each customer, or `NONE`.
    cell_of: Vec<u32>,
}

impl fmt::Debug for PurchaseHistories {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PurchaseHistories")
            .field("customers", &self.len())
            .field("cells", &self.cells())
            .finish_non_exhaustive()
    }
}

impl PurchaseHistories {
    /// The histories of a summary, each customer with weight 1. Customers
    /// without a purchase stay in the order but in no cell.
    ///
    /// # Errors
    ///
    /// None in practice: a summary holds sound histories.
    ///
    /// # Example
    ///
    /// See [`PurchaseHistories`].
    pub fn new(summary: &Summary) -> Result<Self> {
        let history = |customer: CustomerIx| {
            let at = customer.at();
            summary.first_purchase(customer)?;
            Some(PurchaseHistory {
                frequency: summary.frequency()[at],
                recency: f64::from(summary.recency()[at]),
                age: f64::from(summary.age()[at]),
            })
        };
        let rows: Vec<_> = summary.customers().numbers().map(history).collect();
        Self::compress(&rows, None)
    }

    /// Histories from columns, with sample weights if there are any: a weight of
    /// 2 counts as two customers.
    ///
    /// # Errors
    ///
    /// [`Error::LengthMismatch`]; [`Error::InvalidValue`] for a history as in
    /// [`PurchaseHistory::new`], or a weight that is negative or not finite.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::value::PurchaseHistories;
    /// let made = PurchaseHistories::from_columns(&[0, 2, 0], &[0., 9., 0.], &[10., 12., 10.], None)?;
    /// assert_eq!((made.len(), made.cells()), (3, 2));
    /// let late = PurchaseHistories::from_columns(&[0, 2], &[0., 99.], &[10., 12.], None);
    /// assert!(late.unwrap_err().to_string().contains("row 1"));
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn from_columns(
        frequency: &[u32],
        recency_days: &[f64],
        age_days: &[f64],
        weights: Option<&[f64]>,
    ) -> Result<Self> {
        Error::check_length("recency", frequency.len(), recency_days.len())?;
        Error::check_length("age", frequency.len(), age_days.len())?;
        let times = recency_days.iter().zip(age_days);
        let row = |(&frequency, (&recency, &age)): (&u32, (&f64, &f64))| PurchaseHistory {
            frequency,
            recency: recency + 0.0,
            age: age + 0.0,
        };
        let rows: Vec<PurchaseHistory> = frequency.iter().zip(times).map(row).collect();
        if let Some(row) = first_where(&rows, |row| row.fault().is_some()) {
            let PurchaseHistory {
                frequency,
                recency,
                age,
            } = rows[row];
            let expected = rows[row].fault().unwrap_or_default();
            let found = format!("x = {frequency}, t_x = {recency}, T = {age}; expected {expected}");
            return Err(Error::value("purchase history", row, found));
        }
        if let Some(weights) = weights {
            Error::check_length("weight", frequency.len(), weights.len())?;
            check_weights(weights)?;
        }
        let rows: Vec<_> = rows.into_iter().map(Some).collect();
        Self::compress(&rows, weights)
    }

    /// Sorts the histories and joins equal ones; weights are added in the order
    /// of the customers.
    pub(super) fn compress(
        rows: &[Option<PurchaseHistory>],
        weights: Option<&[f64]>,
    ) -> Result<Self> {
        let mut sorted: Vec<(PurchaseHistory, u32)> = Vec::with_capacity(rows.len());
        for (number, row) in (0u32..).zip(rows) {
            sorted.extend(row.map(|history| (history, number)));
        }
        if u32::try_from(rows.len()).is_err() {
            return Err(Error::Overflow {
                what: "more than 4294967295 histories; fit to a sample".into(),
            });
        }
        // Times are not negative, so their bits sort as they do.
        let key = |history: &PurchaseHistory| {
            let (recency, age) = (history.recency.to_bits(), history.age.to_bits());
            (history.frequency, recency, age)
        };
        sorted.par_sort_unstable_by_key(|(history, number)| (key(history), *number));
        let mut made = Self {
            cells: Vec::new(),
            weights: Vec::new(),
            cell_of: vec![NONE; rows.len()],
        };
        for cell in sorted.chunk_by(|a, b| key(&a.0) == key(&b.0)) {
            let number = u32::try_from(made.cells.len()).unwrap_or(NONE);
            let mut weight = 0.0;
            for &(_, customer) in cell {
                made.cell_of[customer as usize] = number;
                weight += weights.map_or(1.0, |weights| weights[customer as usize]);
            }
            made.cells.push(cell[0].0);
            made.weights.push(weight);
        }
        Ok(made)
    }

    /// The number of customers, with or without a purchase.
    ///
    /// # Example
    ///
    /// See [`PurchaseHistories`].
    pub fn len(&self) -> usize {
        self.cell_of.len()
    }

    /// Whether there are no customers.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::value::PurchaseHistories;
    /// assert!(PurchaseHistories::from_columns(&[], &[], &[], None)?.is_empty());
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn is_empty(&self) -> bool {
        self.cell_of.is_empty()
    }

    /// The number of different histories.
    ///
    /// # Example
    ///
    /// See [`PurchaseHistories`].
    pub fn cells(&self) -> usize {
        self.cells.len()
    }

    /// The different histories and their weights, ascending.
    pub(super) fn weighted(&self) -> (&[PurchaseHistory], &[f64]) {
        (&self.cells, &self.weights)
    }

    /// A column by customer out of one by cell; `none` for a customer without a
    /// purchase, of whom the models know nothing.
    pub(super) fn by_customer<T: Copy + Send + Sync>(&self, by_cell: &[T], none: T) -> Vec<T> {
        let value = |&cell: &u32| by_cell.get(cell as usize).copied().unwrap_or(none);
        self.cell_of.par_iter().map(value).collect()
    }
}

/// Sample weights are finite and not negative.
pub(super) fn check_weights(weights: &[f64]) -> Result<()> {
    // Written so that NaN fails as well.
    let broken = |weight: &f64| !(*weight >= 0.0 && weight.is_finite());
    match first_where(weights, broken) {
        None => Ok(()),
        Some(row) => {
            let reason = format!("{} is not a weight; use 0 or more", weights[row]);
            Err(Error::value("weight", row, reason))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unsound_histories_and_weights_are_named_by_row() {
        let build = |x: u32, t_x: f64, age: f64, weight: f64| {
            let weights = [1.0, weight];
            PurchaseHistories::from_columns(&[0, x], &[0.0, t_x], &[1.0, age], Some(&weights))
                .map_err(|error| error.to_string())
        };
        assert!(build(1, 2.0, 3.0, 0.5).is_ok());
        for (x, t_x, age, weight, reason) in [
            (1, 4.0, 3.0, 1.0, "at most the age"),
            (1, 0.0, 3.0, 1.0, "above 0 with repeat purchases"),
            (0, 2.0, 3.0, 1.0, "of 0 without"),
            (0, 0.0, -1.0, 1.0, "finite and not negative"),
            (1, f64::NAN, 3.0, 1.0, "finite and not negative"),
            (1, 2.0, f64::INFINITY, 1.0, "finite and not negative"),
            (1, 2.0, 3.0, -1.0, "is not a weight"),
            (1, 2.0, 3.0, f64::NAN, "is not a weight"),
        ] {
            let error = build(x, t_x, age, weight).unwrap_err();
            assert!(error.contains("row 1") && error.contains(reason), "{error}");
        }
    }

    #[test]
    fn equal_histories_share_a_cell_and_columns_come_back_by_customer() {
        let made = PurchaseHistories::from_columns(
            &[2, 0, 2, 0],
            &[5.0, 0.0, 5.0, 0.0],
            &[9.0, 9.0, 9.0, 8.0],
            Some(&[0.5, 1.0, 0.25, 1.0]),
        )
        .unwrap();
        let (cells, weights) = made.weighted();
        let ages: Vec<f64> = cells.iter().map(|cell| cell.age).collect();
        assert_eq!(ages, [8.0, 9.0, 9.0]);
        assert_eq!(weights, [1.0, 1.0, 0.75]);
        assert_eq!(
            made.by_customer(&[10.0, 20.0, 30.0], f64::NAN),
            [30.0, 20.0, 30.0, 10.0]
        );
    }
}
