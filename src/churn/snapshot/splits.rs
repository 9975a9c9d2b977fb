//! Training and test rows that time keeps apart.

use super::{Outcome, Snapshots, last_until};
use crate::{Error, Result, churn::ChurnDefinition};

/// Rows to train on and rows to test on, which are later.
///
/// # Example
///
/// See [`Snapshots::forward_splits`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Split {
    /// The day of the snapshot of the test rows, or the first day of their cycle.
    pub day: i32,
    /// Rows to train on; their outcomes were known on that day.
    pub train: Vec<usize>,
    /// Rows to test on.
    pub test: Vec<usize>,
}

/// The most rows of all splits together: 64 GiB.
const MOST_ROWS: usize = 1 << 33;

impl Snapshots {
    /// One split for each date that can be tested, in order: the model of that day, tested by what
    /// came after.
    ///
    /// Trained is on rows whose outcome window ended `embargo` days or more before the test
    /// snapshot, and the break that a contractual definition allows before that, so that no outcome
    /// is used that was not known on that day. (Rhythms that are learned from all purchases are known
    /// in hindsight only.) Only rows of a known outcome take part, retained or churned. Dates without
    /// test rows or without training rows have no split. Where each customer has days of their own,
    /// those of one cycle are tested together, and trained is on what was known on its first day.
    ///
    /// # Errors
    ///
    /// [`Error::NotEnoughData`] if there is no split; [`Error::Overflow`] if the splits would not fit
    /// into memory.
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
        self.forward_splits_within(embargo, MOST_ROWS)
    }

    /// Splits of so many rows together, at most.
    pub(super) fn forward_splits_within(&self, embargo: u32, most: usize) -> Result<Vec<Split>> {
        // An end of a contract is one for good once the break that is allowed has passed.
        let settle = match self.definition {
            ChurnDefinition::Contractual { allowed_gap_days } => allowed_gap_days,
            _ => 0,
        };
        let periods = self.plan.dates.periods();
        // The period that a row of a known outcome tests, and the first of those that it trains.
        let places = |row: usize| match self.outcomes[row] {
            Outcome::Retained | Outcome::Churned { .. } => {
                let day = self.days[row];
                let over = self.plan.window_end(day) + i64::from(settle) + i64::from(embargo);
                let trained = periods.partition_point(|&start| i64::from(start) < over);
                Some((last_until(&periods, day), trained))
            }
            Outcome::LostInGap { .. } | Outcome::Unknown => None,
        };
        // Counted first, so that no more room is taken than is filled.
        let mut counts = vec![(0, 0); periods.len()];
        for (tested, trained) in (0..self.len()).filter_map(places) {
            counts[tested].0 += 1;
            if let Some(count) = counts.get_mut(trained) {
                count.1 += 1;
            }
        }
        let (mut in_train, mut rows) = (0, 0_usize);
        for &(tested, trained) in &counts {
            in_train += trained;
            if tested > 0 && in_train > 0 {
                rows = rows.saturating_add(in_train).saturating_add(tested);
            }
        }
        if rows > most {
            return Err(Error::Overflow {
                what: format!(
                    "{rows} rows in all splits together, more than {most}; take fewer dates, or parts \
                     of the customers"
                )
                .into(),
            });
        }
        let mut splits = Vec::new();
        let mut number_of = vec![None; periods.len()];
        let mut in_train = 0;
        for (period, &(tested, trained)) in counts.iter().enumerate() {
            in_train += trained;
            if tested > 0 && in_train > 0 {
                number_of[period] = Some(splits.len());
                splits.push(Split {
                    day: periods[period],
                    train: Vec::with_capacity(in_train),
                    test: Vec::with_capacity(tested),
                });
            }
        }
        // For each period the first split that is not before it.
        let mut next = splits.len();
        let mut first_from = vec![next; periods.len() + 1];
        for period in (0..periods.len()).rev() {
            next = number_of[period].unwrap_or(next);
            first_from[period] = next;
        }
        for row in 0..self.len() {
            let Some((tested, trained)) = places(row) else {
                continue;
            };
            if let Some(number) = number_of[tested] {
                splits[number].test.push(row);
            }
            for split in &mut splits[first_from[trained]..] {
                split.train.push(row);
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
}
