//! Who was there and who left, at each time: all that curves are read from.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::risk_tables::tables;
use crate::{
    Error, Result,
    churn::Durations,
    data::{Merge, merge_sealed},
    persist,
};

/// By time, how much weight came to be watched, left for each cause, and was still there when
/// watching ended (censored).
///
/// Tables of parts of the customers merge into the table of all: counts are sums. Unweighted
/// counts are whole and merge exactly, for any split and order; weighted ones to rounding. Times
/// meet if they are equal; times that differ by rounding should be rounded before the parts are
/// made, as near-ties are merged within a part only.
///
/// # Complexity
///
/// O(rows + times) where times are few, else O(rows log rows); 8 bytes a time and cause.
///
/// # Example
///
/// ```
/// use custometry::{churn::{Durations, RiskTable}, data::Merge};
///
/// let shop = RiskTable::new(&Durations::new(&[3.0, 5.0], &[1, 0])?);
/// let web = RiskTable::new(&Durations::new(&[3.0, 9.0], &[2, 1])?);
/// let both = shop.merge(web)?;
/// assert_eq!(both.times(), [3.0, 5.0, 9.0]);
/// assert_eq!(both.at_risk(), [4.0, 2.0, 1.0]);
/// assert_eq!(both.left(1), Some([1.0, 0.0, 1.0].as_slice()));
/// assert_eq!(both.left(2), Some([1.0, 0.0, 0.0].as_slice()));
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Fields")]
pub struct RiskTable {
    times: Vec<f64>,
    /// Watched from after this time on; all others from the start.
    entered: Vec<f64>,
    /// By cause, 0 for censored: who left at each time.
    left: Vec<Vec<f64>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Fields {
    times: Vec<f64>,
    entered: Vec<f64>,
    left: Vec<Vec<f64>>,
}

impl persist::sealed::Sealed for RiskTable {}
impl persist::Persist for RiskTable {
    const FORMAT: &'static str = "custometry/risk-table";
    const VERSION: u32 = 1;
}

impl TryFrom<Fields> for RiskTable {
    type Error = Error;

    fn try_from(fields: Fields) -> Result<Self> {
        let refused = |found: String| Error::ModelFormat {
            expected: "a risk table: ascending times, columns of their length, amounts of 0 or \
                       more, nobody who came and did not leave"
                .into(),
            found: found.into(),
        };
        let Fields {
            times,
            entered,
            left,
        } = fields;
        let amount = |amount: &f64| amount.is_finite() && *amount >= 0.0;
        let ascending = times.windows(2).all(|pair| pair[0] < pair[1]);
        if !(ascending && times.iter().all(amount)) {
            return Err(refused("times in another order".into()));
        }
        if left.is_empty() || left.len() > usize::from(u16::MAX) + 1 {
            return Err(refused(format!("{} columns of causes", left.len())));
        }
        for column in left.iter().chain([&entered]) {
            if column.len() != times.len() || !column.iter().all(amount) {
                return Err(refused("a column of another length or sign".into()));
            }
        }
        let gone: f64 = left.iter().flatten().sum();
        let came: f64 = entered.iter().sum();
        if came > gone * (1.0 + 1e-9) {
            return Err(refused(format!("{came} who came late and {gone} who left")));
        }
        Ok(Self {
            times,
            entered,
            left,
        })
    }
}

impl fmt::Debug for RiskTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RiskTable")
            .field("times", &self.times.len())
            .field("causes", &self.causes())
            .finish_non_exhaustive()
    }
}

impl RiskTable {
    /// The table of these durations.
    ///
    /// # Example
    ///
    /// See [`RiskTable`].
    pub fn new(durations: &Durations) -> Self {
        let one = tables(durations, |_| 0, 1).pop();
        one.unwrap_or_else(|| Self::empty(durations.causes()))
    }

    pub(super) fn empty(causes: usize) -> Self {
        Self::from_columns(Vec::new(), Vec::new(), vec![Vec::new(); causes + 1])
    }

    pub(super) fn from_columns(times: Vec<f64>, entered: Vec<f64>, left: Vec<Vec<f64>>) -> Self {
        Self {
            times,
            entered,
            left,
        }
    }

    /// The times at which somebody left, was censored, or came to be watched, ascending.
    ///
    /// # Example
    ///
    /// See [`RiskTable`].
    pub fn times(&self) -> &[f64] {
        &self.times
    }

    /// The number of causes of leaving.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::churn::{Durations, RiskTable};
    /// assert_eq!(RiskTable::new(&Durations::new(&[3.0], &[2])?).causes(), 2);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn causes(&self) -> usize {
        self.left.len() - 1
    }

    /// How much weight left for a cause at each time; cause 0 is those still there when watching
    /// ended. `None` for a cause that the table does not have.
    ///
    /// # Example
    ///
    /// See [`RiskTable`].
    pub fn left(&self, cause: usize) -> Option<&[f64]> {
        self.left.get(cause).map(Vec::as_slice)
    }

    /// How much weight left at each time for whatever cause.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::churn::{Durations, RiskTable};
    /// let table = RiskTable::new(&Durations::new(&[3.0, 3.0, 4.0], &[2, 1, 0])?);
    /// assert_eq!(table.events(), [2.0, 0.0]);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn events(&self) -> Vec<f64> {
        let at = |place: usize| self.left[1..].iter().map(|column| column[place]).sum();
        (0..self.times.len()).map(at).collect()
    }

    /// How much weight was watched and still there just before each time.
    ///
    /// # Example
    ///
    /// See [`RiskTable`].
    pub fn at_risk(&self) -> Vec<f64> {
        // From the end, so that whole sums of weights are not taken from one another.
        let mut at_risk = vec![0.0; self.times.len()];
        let mut later = 0.0;
        for place in (0..self.times.len()).rev() {
            later -= self.entered[place];
            later += self.left.iter().map(|column| column[place]).sum::<f64>();
            at_risk[place] = later;
        }
        at_risk
    }

    /// The times at which somebody left or was censored, in turn: what a curve is read from.
    ///
    /// # Errors
    ///
    /// [`Error::NotEnoughData`] for a table without customers.
    pub(super) fn steps(&self) -> Result<Vec<Step>> {
        let (at_risk, events) = (self.at_risk(), self.events());
        // At the other times customers only came.
        let left = |place: &usize| self.left.iter().any(|column| column[*place] > 0.0);
        let steps: Vec<Step> = (0..self.times.len())
            .filter(left)
            .map(|place| Step {
                place,
                time: self.times[place],
                at_risk: at_risk[place],
                events: events[place],
            })
            .collect();
        if steps.is_empty() {
            return Err(Error::NotEnoughData {
                what: "customers in the risk table".into(),
                needed: 1,
                found: 0,
            });
        }
        Ok(steps)
    }
}

/// A time at which somebody left or was censored.
pub(super) struct Step {
    /// Among the times of the table.
    pub(super) place: usize,
    pub(super) time: f64,
    pub(super) at_risk: f64,
    pub(super) events: f64,
}

impl merge_sealed::Sealed for RiskTable {}
impl Merge for RiskTable {
    fn neutral(&self) -> Self {
        Self::empty(0)
    }

    fn merge(self, other: Self) -> Result<Self> {
        let causes = self.causes().max(other.causes());
        let mut both = Self::empty(causes);
        let (mut i, mut j) = (0, 0);
        while i < self.times.len() || j < other.times.len() {
            let first = self.times.get(i).copied().unwrap_or(f64::INFINITY);
            let second = other.times.get(j).copied().unwrap_or(f64::INFINITY);
            let mine = first <= second;
            let theirs = second <= first;
            let take = |table: &Self, place: usize, cause: usize| match table.left.get(cause) {
                Some(column) => column[place],
                None => 0.0,
            };
            let mut entered = 0.0;
            let mut left = vec![0.0; causes + 1];
            for (table, place, here) in [(&self, i, mine), (&other, j, theirs)] {
                if here {
                    entered += table.entered[place];
                    for (cause, amount) in left.iter_mut().enumerate() {
                        *amount += take(table, place, cause);
                    }
                }
            }
            both.times.push(first.min(second));
            both.entered.push(entered);
            for (column, amount) in both.left.iter_mut().zip(left) {
                column.push(amount);
            }
            i += usize::from(mine);
            j += usize::from(theirs);
        }
        Ok(both)
    }
}
