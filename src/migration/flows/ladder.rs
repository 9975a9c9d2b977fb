//! Upgrades and downgrades on a scale.

use serde::Serialize;

use super::{Flows, count::Sums};
use crate::{
    Result,
    data::{MinorUnits, SegmentId},
    migration::states,
};

/// Upgrades and downgrades, step by step and of all steps together.
///
/// # Example
///
/// See [`Flows::ladder`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Ladder {
    /// Each step.
    pub steps: Vec<LadderStep>,
    /// All steps together.
    pub pooled: LadderStep,
}

/// Who went up, stayed and went down. Whoever is in a state before or after the step is in one of the
/// numbers.
///
/// # Example
///
/// See [`Flows::ladder`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[non_exhaustive]
pub struct LadderStep {
    /// To a higher state.
    pub up: Rungs,
    /// To the same state of the scale.
    pub stayed: Rungs,
    /// To a lower state.
    pub down: Rungs,
    /// From or to a state that is not on the scale, those who stay there included, as in
    /// [`Directions`](crate::migration::Directions).
    pub off_scale: Rungs,
    /// From outside.
    pub entered: Rungs,
    /// To the outside.
    pub exited: Rungs,
}

/// Customers who went one way, and their money.
///
/// # Example
///
/// See [`Flows::ladder`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[non_exhaustive]
pub struct Rungs {
    /// How many they are.
    pub customers: u64,
    /// The money they had before; `None` without values.
    pub before: Option<MinorUnits>,
    /// The money they have now; `None` without values.
    pub after: Option<MinorUnits>,
}

/// What a ladder counts, in the order of its fields.
const WAYS: usize = 6;

impl Flows {
    /// Who went up, stayed and went down on a scale, its lowest state first.
    ///
    /// The customers who are in a state before and after are counted as by
    /// [`TransitionCounts::directions`](crate::migration::TransitionCounts::directions).
    ///
    /// # Errors
    ///
    /// [`InvalidParameter`](crate::Error::InvalidParameter) for a state that is not among the states;
    /// [`DuplicateKey`](crate::Error::DuplicateKey) for one that stands on the scale twice.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::{data::{Currency, SegmentId}, migration::SegmentPanel};
    ///
    /// let panel = SegmentPanel::builder()
    ///     .int_keys(&[1, 2, 3, 1, 2, 4])
    ///     .periods(&["1", "1", "1", "2", "2", "2"])
    ///     .segments(&["low", "high", "high", "high", "high", "low"])
    ///     .values(Currency::EUR, vec![10, 50, 60, 55, 45, 12])
    ///     .order(&["low", "high"])
    ///     .build()?;
    /// let ladder = panel.flows()?.ladder(&[SegmentId(0), SegmentId(1)])?;
    /// let step = ladder.pooled;
    /// assert_eq!((step.up.customers, step.stayed.customers, step.down.customers), (1, 1, 0));
    /// assert_eq!((step.entered.customers, step.exited.customers), (1, 1));
    /// assert_eq!((step.up.before.unwrap().0, step.up.after.unwrap().0), (10, 55));
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn ladder(&self, scale: &[SegmentId]) -> Result<Ladder> {
        let ranks = states::ranks(self.states(), scale)?;
        let mut pooled = [Sums::default(); WAYS];
        let mut steps = Vec::with_capacity(self.steps());
        for step in &self.state.steps {
            let mut ways = [Sums::default(); WAYS];
            for cell in step {
                let way = match (ranks.get(cell.from), ranks.get(cell.to)) {
                    (Some(Some(from)), Some(Some(to))) if from < to => 0,
                    (Some(Some(from)), Some(Some(to))) if from == to => 1,
                    (Some(Some(_)), Some(Some(_))) => 2,
                    (Some(_), Some(_)) => 3,
                    (None, Some(_)) => 4,
                    (Some(_), None) => 5,
                    (None, None) => continue,
                };
                ways[way].add(cell.sums);
                pooled[way].add(cell.sums);
            }
            steps.push(self.ladder_step(&ways));
        }
        let pooled = self.ladder_step(&pooled);
        Ok(Ladder { steps, pooled })
    }

    fn ladder_step(&self, ways: &[Sums; WAYS]) -> LadderStep {
        let [up, stayed, down, off_scale, entered, exited] = ways.map(|sums| Rungs {
            customers: sums.customers,
            before: self.money(sums.before),
            after: self.money(sums.after),
        });
        LadderStep {
            up,
            stayed,
            down,
            off_scale,
            entered,
            exited,
        }
    }
}
