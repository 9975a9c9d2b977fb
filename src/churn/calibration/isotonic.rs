//! The rising step function nearest to the outcomes.

use serde::{Deserialize, Serialize};

use super::Scored;

/// A step of an isotonic curve.
///
/// # Example
///
/// See [`Calibration::blocks`](super::Calibration::blocks).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct CalibrationBlock {
    /// The least score.
    pub from: f64,
    /// The greatest score.
    pub to: f64,
    /// The probability: the weighted share of those who left.
    pub value: f64,
    /// The rows that it rests on.
    pub rows: usize,
}

/// Neighbours in the order of scores.
#[derive(Debug, Clone, Copy)]
struct Pool {
    from: f64,
    to: f64,
    gone: f64,
    weight: f64,
    rows: usize,
}

impl Pool {
    fn value(&self) -> f64 {
        self.gone / self.weight
    }

    fn join(&mut self, later: &Self) {
        self.to = later.to;
        self.gone += later.gone;
        self.weight += later.weight;
        self.rows += later.rows;
    }
}

/// Pools adjacent violators: equal scores first, then what would not rise.
pub(super) fn fit(mut rows: Vec<Scored>) -> Vec<CalibrationBlock> {
    // Of equal scores any order would do, but for the order in which weights are added.
    rows.sort_by(|a, b| a.score.total_cmp(&b.score));
    let mut pools: Vec<Pool> = Vec::new();
    for equal in rows.chunk_by(|a, b| a.score.total_cmp(&b.score).is_eq()) {
        let mut next = Pool {
            from: equal[0].score,
            to: equal[0].score,
            gone: 0.0,
            weight: 0.0,
            rows: equal.len(),
        };
        for row in equal {
            next.weight += row.weight;
            next.gone += if row.left { row.weight } else { 0.0 };
        }
        while let Some(before) = pools.pop_if(|before| before.value() >= next.value()) {
            let later = std::mem::replace(&mut next, before);
            next.join(&later);
        }
        pools.push(next);
    }
    let block = |pool: &Pool| CalibrationBlock {
        from: pool.from,
        to: pool.to,
        value: pool.value(),
        rows: pool.rows,
    };
    pools.iter().map(block).collect()
}

/// The value at a score: that of its block, linear between two, constant outside of all.
pub(super) fn at(blocks: &[CalibrationBlock], score: f64) -> f64 {
    let begun = blocks.partition_point(|block| block.from <= score);
    let Some(next) = blocks.get(begun) else {
        return blocks.last().map_or(f64::NAN, |block| block.value);
    };
    let Some(before) = begun.checked_sub(1).map(|at| &blocks[at]) else {
        return next.value;
    };
    if score <= before.to {
        return before.value;
    }
    // Halves, so that the distance is a number.
    let share = (score / 2.0 - before.to / 2.0) / (next.from / 2.0 - before.to / 2.0);
    let value = before.value + share * (next.value - before.value);
    value.clamp(before.value, next.value)
}
