//! Costs of activities, shared out over customers by what they use.

use serde::{Deserialize, Serialize};

use crate::{Error, Result, data::MinorUnits};

/// What an activity cost in a period: a call centre, visits, credit.
///
/// # Example
///
/// ```
/// use custometry::{data::MinorUnits, value::Activity};
/// // 100.00 of service over three customers with 1, 1 and 1 calls: to the last cent.
/// let shared = Activity::new(MinorUnits(10_000)).allocate(&[1, 1, 1])?;
/// assert_eq!(shared.costs(), [3_334, 3_333, 3_333]);
/// // A call centre that could have taken ten calls: the rest was not theirs.
/// let used = Activity::new(MinorUnits(10_000)).capacity(10).allocate(&[1, 1, 1])?;
/// assert_eq!(used.costs(), [1_000, 1_000, 1_000]);
/// assert_eq!(used.unallocated(), MinorUnits(7_000));
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Activity {
    cost: MinorUnits,
    capacity: Option<u64>,
}

/// A cost shared out: what each customer bears, and what nobody does. Together they
/// are the cost, exactly.
///
/// # Example
///
/// See [`Activity`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Allocation {
    costs: Vec<i64>,
    unallocated: MinorUnits,
}

impl Activity {
    /// An activity by its cost. All of it is shared out, if anybody used it.
    ///
    /// # Example
    ///
    /// See [`Activity`].
    pub fn new(cost: MinorUnits) -> Self {
        Self {
            cost,
            capacity: None,
        }
    }

    /// How much could have been used for that cost. What was not stays unallocated:
    /// customers do not grow costlier because there are fewer of them.
    ///
    /// # Example
    ///
    /// See [`Activity`].
    pub fn capacity(mut self, units: u64) -> Self {
        self.capacity = Some(units);
        self
    }

    /// Shares the cost out over customers by the units that each used: in proportion,
    /// and the minor units that remain to the largest remainders, the first customers
    /// first among equals.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`] if more was used than the capacity,
    /// [`Error::Overflow`] past 2^64 units.
    ///
    /// # Example
    ///
    /// See [`Activity`].
    pub fn allocate(&self, units: &[u64]) -> Result<Allocation> {
        let used: u128 = units.iter().map(|&units| u128::from(units)).sum();
        let used = u64::try_from(used).map_err(|_| Error::Overflow {
            what: "more than 1.8e19 units of an activity; use larger units".into(),
        })?;
        let capacity = self.capacity.unwrap_or(used);
        if used > capacity {
            let expected = format!("at least {used}, the units that customers used");
            return Err(Error::parameter("capacity", capacity, expected));
        }
        if used == 0 {
            return Ok(Allocation {
                costs: vec![0; units.len()],
                unallocated: self.cost,
            });
        }
        let cost = u128::from(self.cost.0.unsigned_abs());
        // What is left over is a claimant like the customers, after them.
        let claims = units.iter().copied().chain([capacity - used]);
        let whole = u128::from(capacity);
        let mut shares: Vec<(u128, u128)> = claims
            .map(|units| {
                let share = cost * u128::from(units);
                (share / whole, share % whole)
            })
            .collect();
        let given: u128 = shares.iter().map(|(share, _)| share).sum();
        let remaining = usize::try_from(cost - given).unwrap_or(usize::MAX);
        let mut order: Vec<usize> = (0..shares.len()).collect();
        order.sort_by_key(|&at| std::cmp::Reverse(shares[at].1));
        for at in order.into_iter().take(remaining) {
            shares[at].0 += 1;
        }
        // No share is larger than the cost, so that it fits.
        let sign = self.cost.0.signum();
        let signed = |share: u128| i64::try_from(share).map_or(self.cost.0, |share| sign * share);
        let mut costs: Vec<i64> = shares.into_iter().map(|(share, _)| signed(share)).collect();
        let unallocated = MinorUnits(costs.pop().unwrap_or(0));
        Ok(Allocation { costs, unallocated })
    }
}

impl Allocation {
    /// Costs that are known to be of these customers.
    pub(super) fn known(costs: Vec<i64>) -> Self {
        Self {
            costs,
            unallocated: MinorUnits(0),
        }
    }

    /// What each customer bears, in minor units.
    ///
    /// # Example
    ///
    /// See [`Activity`].
    pub fn costs(&self) -> &[i64] {
        &self.costs
    }

    /// What nobody bears.
    ///
    /// # Example
    ///
    /// See [`Activity`].
    pub fn unallocated(&self) -> MinorUnits {
        self.unallocated
    }
}
