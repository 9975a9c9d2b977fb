//! The saved form of a calibration, and what is checked when it is read.

use serde::Deserialize;

use super::{Calibration, CalibrationBlock, curve::Curve};
use crate::{Error, Result, persist};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Fields {
    curve: Curve,
    rows: usize,
    left: usize,
}

/// Whether blocks could have been made by a fit of so many rows.
fn are_steps(blocks: &[CalibrationBlock], rows: usize) -> bool {
    let is_one = |block: &CalibrationBlock| {
        block.from.is_finite()
            && block.to.is_finite()
            && block.from <= block.to
            && (0.0..=1.0).contains(&block.value)
            && block.rows > 0
    };
    let rises =
        |pair: &[CalibrationBlock]| pair[0].to < pair[1].from && pair[0].value < pair[1].value;
    let counted = blocks
        .iter()
        .try_fold(0usize, |sum, block| sum.checked_add(block.rows));
    !blocks.is_empty()
        && blocks.iter().all(is_one)
        && blocks.windows(2).all(rises)
        && counted == Some(rows)
}

impl TryFrom<Fields> for Calibration {
    type Error = Error;

    fn try_from(fields: Fields) -> Result<Self> {
        let wrong = |found: &str| {
            Err(Error::ModelFormat {
                expected: "a rising curve, and rows of which some left".into(),
                found: found.into(),
            })
        };
        let is_curve = match &fields.curve {
            Curve::Same => true,
            Curve::Platt {
                centre,
                slope,
                level,
            } => centre.is_finite() && level.is_finite() && slope.is_finite() && *slope >= 0.0,
            Curve::Beta { a, b, c } => {
                c.is_finite() && [a, b].iter().all(|k| k.is_finite() && **k >= 0.0)
            }
            Curve::Isotonic { blocks } => are_steps(blocks, fields.rows),
        };
        if !is_curve {
            return wrong("a curve that falls, or is none");
        }
        if fields.left == 0 || fields.left >= fields.rows {
            return wrong("rows of one kind");
        }
        Ok(Self {
            curve: fields.curve,
            rows: fields.rows,
            left: fields.left,
        })
    }
}

impl persist::sealed::Sealed for Calibration {}
impl persist::Persist for Calibration {
    const FORMAT: &'static str = "custometry/calibration";
    const VERSION: u32 = 1;
}
