//! A radius to start with.

use serde::Serialize;

use crate::{Error, Result};

/// Parts of the curve that is handed out.
const PARTS: usize = 100;

/// A radius to start with, and the curve that it is the knee of.
///
/// # Example
///
/// See [`DbscanParams::propose_radius`](super::DbscanParams::propose_radius).
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct RadiusProposal {
    /// The proposal, in the units of the features.
    pub radius: f64,
    /// The share of the weight of rows that are core points at this radius.
    pub core_share: f64,
    /// The curve at each percent: at place p, the least radius at which p percent of the weight of
    /// rows are core points. 101 numbers, ascending; the last makes every row a core point.
    pub curve: Vec<f64>,
}

/// From the least radius at which each row is a core point, and its weight.
pub(super) fn propose(mut radii: Vec<(f64, f64)>) -> Result<RadiusProposal> {
    radii.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
    let repeated = radii.partition_point(|&(radius, _)| radius <= 0.0);
    let radius = knee(&radii[repeated..]).ok_or_else(|| Error::Degenerate {
        what: "every row has min_points rows in its very place, so that any radius does; take \
               more min_points or another model"
            .into(),
    })?;
    let reached = radii.partition_point(|&(of_row, _)| of_row <= radius);
    let weight = |rows: &[(f64, f64)]| rows.iter().map(|(_, weight)| weight).sum::<f64>();
    Ok(RadiusProposal {
        radius,
        core_share: weight(&radii[..reached]) / weight(&radii),
        curve: percents(&radii),
    })
}

/// Where the curve lies farthest below its diagonal; `None` without a curve.
fn knee(ascending: &[(f64, f64)]) -> Option<f64> {
    let (&(least, _), &(largest, _)) = (ascending.first()?, ascending.last()?);
    let total: f64 = ascending.iter().map(|(_, weight)| weight).sum();
    let (mut before, mut best) = (0.0, (f64::NEG_INFINITY, largest));
    for &(radius, weight) in ascending {
        before += weight;
        let height = if largest > least {
            (radius - least) / (largest - least)
        } else {
            0.0
        };
        let below = before / total - height;
        if below > best.0 {
            best = (below, radius);
        }
    }
    Some(best.1)
}

/// The least radius for each percent of the weight.
fn percents(ascending: &[(f64, f64)]) -> Vec<f64> {
    let total: f64 = ascending.iter().map(|(_, weight)| weight).sum();
    let mut curve = Vec::with_capacity(PARTS + 1);
    let mut before = 0.0;
    for &(radius, weight) in ascending {
        before += weight;
        while curve.len() <= PARTS && before * PARTS as f64 >= curve.len() as f64 * total {
            curve.push(radius);
        }
    }
    // Sums that rounding leaves short of the whole.
    if let Some(&(largest, _)) = ascending.last() {
        curve.resize(PARTS + 1, largest);
    }
    curve
}
