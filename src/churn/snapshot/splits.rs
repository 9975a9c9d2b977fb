//! Training and test rows that time keeps apart.

use super::{Outcome, Snapshots};
use crate::{Error, Result, churn::ChurnDefinition, numeric::hash::mix};

/// Rows to train on and rows to test on, which are later.
///
/// # Example
///
/// See [`Snapshots::forward_splits`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Split {
    /// The day of the snapshot of the test rows.
    pub day: i32,
    /// Rows to train on; their outcomes were known on that day.
    pub train: Vec<usize>,
    /// Rows to test on.
    pub test: Vec<usize>,
}

impl Snapshots {
    /// One split for each date that can be tested, in order: the model of that day, tested by what
    /// came after.
    ///
    /// Trained is on rows whose outcome window ended `embargo` days or more before the test
    /// snapshot, and the break that a contractual definition allows before that, so that no outcome
    /// is used that was not known on that day. (Rhythms that are learned from all purchases are known
    /// in hindsight only.) Only rows of a known outcome take part, retained or churned. Dates without
    /// test rows or without training rows have no split.
    ///
    /// # Errors
    ///
    /// [`Error::NotEnoughData`] if there is no split.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::{churn::{ChurnDefinition, Spell, FeatureSet, SnapshotData, SnapshotPlan, Spells}, data::{Customers, date_of_day}};
    /// let (customers, rows) = Customers::from_ints(&[7])?;
    /// let definition = ChurnDefinition::Inactivity { days: 60 };
    /// let spells = Spells::new(definition, customers, 200, &["price"], &[(rows[0], Spell { start: 0, end: None, cause: None })])?;
    /// let plan = SnapshotPlan::every(30, date_of_day(30).unwrap(), 5).horizon(60).features(FeatureSet::new(vec![])?);
    /// let splits = plan.build(&SnapshotData::new(&spells))?.forward_splits(0)?;
    /// // Days 30, 60, 90, 120 (the window of 150 is not over): that of 30 is over on day 90.
    /// assert_eq!((splits[0].day, &splits[0].train, &splits[0].test), (90, &vec![0], &vec![2]));
    /// assert_eq!((splits[1].day, &splits[1].train, &splits[1].test), (120, &vec![0, 1], &vec![3]));
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn forward_splits(&self, embargo: u32) -> Result<Vec<Split>> {
        let known: Vec<usize> = (0..self.len())
            .filter(|&row| {
                matches!(
                    self.outcomes[row],
                    Outcome::Retained | Outcome::Churned { .. }
                )
            })
            .collect();
        // An end of a contract is one for good once the break that is allowed has passed.
        let settle = match self.definition {
            ChurnDefinition::Contractual { allowed_gap_days } => allowed_gap_days,
            _ => 0,
        };
        let mut splits = Vec::new();
        for &day in &self.plan.days {
            let over = |row: &usize| {
                let end =
                    self.plan.window_end(self.days[*row]) + i64::from(settle) + i64::from(embargo);
                end <= i64::from(day)
            };
            let train: Vec<usize> = known.iter().copied().filter(over).collect();
            let tested = |row: &usize| self.days[*row] == day;
            let test: Vec<usize> = known.iter().copied().filter(tested).collect();
            if !train.is_empty() && !test.is_empty() {
                splits.push(Split { day, train, test });
            }
        }
        if splits.is_empty() {
            return Err(Error::NotEnoughData {
                what: "dates with rows whose outcome window ended before a later date".into(),
                needed: 1,
                found: 0,
            });
        }
        Ok(splits)
    }

    /// The fold of each row, from 0; all rows of a customer are in the same.
    ///
    /// The fold comes from a hash of the number of the customer and the seed.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`] below two folds.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::{churn::{ChurnDefinition, Spell, FeatureSet, SnapshotData, SnapshotPlan, Spells}, data::{Customers, date_of_day}};
    /// let (customers, rows) = Customers::from_ints(&[7])?;
    /// let definition = ChurnDefinition::Inactivity { days: 60 };
    /// let spells = Spells::new(definition, customers, 200, &["price"], &[(rows[0], Spell { start: 0, end: None, cause: None })])?;
    /// let plan = SnapshotPlan::every(30, date_of_day(30).unwrap(), 2).features(FeatureSet::new(vec![])?);
    /// let folds = plan.build(&SnapshotData::new(&spells))?.customer_folds(5, 42)?;
    /// assert_eq!(folds[0], folds[1]);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn customer_folds(&self, folds: u32, seed: u64) -> Result<Vec<u32>> {
        if folds < 2 {
            return Err(Error::parameter("folds", folds, "2 or more"));
        }
        // The upper half of a product of two 32-bit numbers is below the second.
        let fold = |number: u32| {
            let hash = mix(mix(seed) ^ u64::from(number)) >> 32;
            u32::try_from((hash * u64::from(folds)) >> 32).unwrap_or(0)
        };
        Ok(self.customers.iter().map(|who| fold(who.0)).collect())
    }
}
