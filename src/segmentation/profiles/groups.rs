//! Who is in which group: the segments in order, then those without a segment.

use crate::{
    Error, Result,
    data::{Assignments, Features},
};

/// Marks a row that counts for nothing.
pub(super) const NOBODY: u32 = u32::MAX;

/// The largest value and the largest sum of weights that is taken: beyond it, differences and
/// sums would leave the numbers there are.
const LARGEST: f64 = 1e300;

/// The group of each row. Rows of weight 0 have none.
pub(super) struct Groups<'a> {
    of_row: Vec<u32>,
    weights: Option<&'a [f64]>,
    /// The segments, and one more for customers without a segment.
    pub(super) count: usize,
}

impl<'a> Groups<'a> {
    pub(super) fn new(features: &'a Features, assignments: &Assignments) -> Result<Self> {
        Error::check_length("assignments", features.len(), assignments.len())?;
        let count = assignments.segments().len() + 1;
        let weights = features.weights();
        let too_many = |what: &'static str| Error::Overflow { what: what.into() };
        if weights.is_some_and(|all| all.iter().sum::<f64>() > LARGEST) {
            return Err(too_many(
                "weights that add up to more than 1e300; make them smaller",
            ));
        }
        let group = |row: usize| {
            if weights.is_some_and(|all| all[row] <= 0.0) {
                return Ok(NOBODY);
            }
            let place = assignments.place(row).unwrap_or(count - 1);
            u32::try_from(place).map_err(|_| too_many("more than 2^32 - 1 segments"))
        };
        let of_row: Vec<u32> = (0..features.len()).map(group).collect::<Result<_>>()?;
        if of_row.iter().all(|&group| group == NOBODY) {
            return Err(Error::NotEnoughData {
                what: "customers".into(),
                needed: 1,
                found: 0,
            });
        }
        Ok(Self {
            of_row,
            weights,
            count,
        })
    }

    /// The number of rows, counted or not.
    pub(super) fn len(&self) -> usize {
        self.of_row.len()
    }

    /// The group of a row; `None` if it counts for nothing.
    pub(super) fn of(&self, row: usize) -> Option<usize> {
        let group = self.of_row[row];
        (group != NOBODY).then_some(group as usize)
    }

    pub(super) fn weight(&self, row: usize) -> f64 {
        self.weights.map_or(1.0, |all| all[row])
    }

    pub(super) fn are_weighted(&self) -> bool {
        self.weights.is_some()
    }
}

/// No value is so large that a difference of two would not be a number.
pub(super) fn check_size(features: &Features) -> Result<()> {
    for (row, line) in features.view().outer_iter().enumerate() {
        if let Some(at) = line.iter().position(|value| value.abs() > LARGEST) {
            let reason = format!("{:e} is beyond 1e300; use a larger unit", line[at]);
            return Err(Error::value(&features.names()[at], row, reason));
        }
    }
    Ok(())
}
