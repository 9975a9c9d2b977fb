//! The curves, and what is made of a score.

use serde::{Deserialize, Serialize};

use super::{CalibrationBlock, CalibrationMethod, Scored, isotonic, rising, rising::Row};
use crate::{Error, Result};

/// A curve that rises, or is flat.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum Curve {
    Same,
    /// `slope (score - centre) + level` on the logit scale.
    Platt {
        centre: f64,
        slope: f64,
        level: f64,
    },
    Beta {
        a: f64,
        b: f64,
        c: f64,
    },
    Isotonic {
        blocks: Vec<CalibrationBlock>,
    },
}

impl Curve {
    pub(super) fn fit(method: CalibrationMethod, rows: Vec<Scored>) -> Result<Self> {
        match method {
            CalibrationMethod::None => Ok(Self::Same),
            CalibrationMethod::Platt => Self::platt(&rows),
            CalibrationMethod::Isotonic => Ok(Self::Isotonic {
                blocks: isotonic::fit(rows),
            }),
            CalibrationMethod::Beta => Self::beta(&rows),
        }
    }

    fn platt(rows: &[Scored]) -> Result<Self> {
        let weight_of = |left: bool| -> f64 {
            let rows = rows.iter().filter(|row| row.left == left);
            rows.map(|row| row.weight).sum()
        };
        let (gone, stayed) = (weight_of(true), weight_of(false));
        let targets = [1.0 / (stayed + 2.0), (gone + 1.0) / (gone + 2.0)];
        let (least, most) = ends(rows.iter());
        // Halves, so that neither is beyond the range of numbers.
        let (centre, reach) = (least / 2.0 + most / 2.0, most / 2.0 - least / 2.0);
        let unit = if reach > 0.0 { reach } else { 1.0 };
        let scaled: Vec<Row<2>> = rows
            .iter()
            .map(|row| Row {
                x: [1.0, (row.score - centre) / unit],
                target: targets[usize::from(row.left)],
                weight: row.weight,
            })
            .collect();
        let [level, slope] = rising::fit(&scaled)?;
        let slope = slope / unit;
        // Of scores that are small or alike beyond measure.
        if !slope.is_finite() {
            return Err(Error::Degenerate {
                what: "the scores differ by too little; give them on another scale".into(),
            });
        }
        Ok(Self::Platt {
            centre,
            slope,
            level,
        })
    }

    fn beta(rows: &[Scored]) -> Result<Self> {
        let of = |left: bool| ends(rows.iter().filter(move |row| row.left == left));
        let ((least_gone, most_gone), (least_stayed, most_stayed)) = (of(true), of(false));
        if least_gone >= most_stayed && least_stayed < most_gone {
            return Err(Error::Degenerate {
                what: "the scores tell those who left from the others without error, and no beta \
                       curve is steep enough; calibrate by Platt"
                    .into(),
            });
        }
        let logs: Vec<Row<3>> = rows
            .iter()
            .map(|row| {
                let [less, more] = beta_columns(row.score);
                Row {
                    x: [1.0, less, more],
                    target: f64::from(u8::from(row.left)),
                    weight: row.weight,
                }
            })
            .collect();
        let [c, a, b] = rising::fit(&logs)?;
        Ok(Self::Beta { a, b, c })
    }

    pub(super) fn method(&self) -> CalibrationMethod {
        match self {
            Self::Same => CalibrationMethod::None,
            Self::Platt { .. } => CalibrationMethod::Platt,
            Self::Beta { .. } => CalibrationMethod::Beta,
            Self::Isotonic { .. } => CalibrationMethod::Isotonic,
        }
    }

    pub(super) fn parameters(&self) -> Vec<(&'static str, f64)> {
        match *self {
            Self::Same | Self::Isotonic { .. } => Vec::new(),
            Self::Platt {
                centre,
                slope,
                level,
            } => vec![("slope", slope), ("intercept", level - slope * centre)],
            Self::Beta { a, b, c } => vec![("a", a), ("b", b), ("c", c)],
        }
    }

    pub(super) fn is_flat(&self) -> bool {
        match self {
            Self::Same => false,
            Self::Platt { slope, .. } => *slope <= 0.0,
            Self::Beta { a, b, .. } => *a <= 0.0 && *b <= 0.0,
            Self::Isotonic { blocks } => blocks.len() == 1,
        }
    }

    /// The probability for a sound score.
    pub(super) fn at(&self, score: f64) -> f64 {
        match self {
            Self::Same => score,
            Self::Platt {
                centre,
                slope,
                level,
            } => {
                // Of a flat curve nothing is asked of the score, which may be out of all range.
                let rise = if *slope > 0.0 {
                    slope * (score - centre)
                } else {
                    0.0
                };
                rising::logistic(level + rise)
            }
            Self::Beta { a, b, c } => {
                let [less, more] = beta_columns(score);
                rising::logistic(c + a * less + b * more)
            }
            Self::Isotonic { blocks } => isotonic::at(blocks, score),
        }
    }
}

/// The least and the greatest score.
fn ends<'a>(rows: impl Iterator<Item = &'a Scored>) -> (f64, f64) {
    rows.fold((f64::INFINITY, f64::NEG_INFINITY), |(least, most), row| {
        (least.min(row.score), most.max(row.score))
    })
}

/// ln p and -ln(1 - p).
fn beta_columns(p: f64) -> [f64; 2] {
    let p = p.clamp(f64::EPSILON, 1.0 - f64::EPSILON);
    [libm::log(p), -libm::log1p(-p)]
}
