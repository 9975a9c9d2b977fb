//! What a sample has in each bin.

use serde::{Deserialize, Serialize};

use super::bins::{Bins, Tally, WEIGHTS, too_many};
use crate::{
    Error, Result,
    data::{Merge, merge_sealed},
    persist,
};

/// A sample counted into frozen bins: made by a [`DriftReference`](super::DriftReference) for each
/// part of the customers, and merged.
///
/// Without weights all sums are whole numbers, and merging is exact in any order; with weights it is
/// so to rounding.
///
/// # Example
///
/// ```
/// use custometry::{data::Merge, migration::DriftParams};
///
/// let reference = DriftParams::default().given_edges("age", &[30.0, 50.0], &[25.0, 41.0, 60.0], None)?;
/// let north = reference.numbers(&[30.0, 70.0], None)?;
/// let south = reference.numbers(&[f64::NAN], None)?;
/// let all = north.merge(south)?;
/// assert_eq!(all.totals(), [1.0, 0.0, 1.0, 1.0]); // the last is of missing values
/// assert_eq!((all.rows(), all.size()), (3, 3.0));
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Fields", into = "Fields")]
pub struct DriftCounts {
    feature: String,
    bins: Bins,
    tally: Tally,
}

/// How counts are saved.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Fields {
    feature: String,
    bins: Bins,
    totals: Vec<f64>,
    squares: f64,
    rows: u64,
}

impl TryFrom<Fields> for DriftCounts {
    type Error = Error;
    fn try_from(fields: Fields) -> Result<Self> {
        fields.bins.check()?;
        Error::check_length("totals", fields.bins.len(), fields.totals.len())?;
        let sound = |value: f64| value.is_finite() && value >= 0.0;
        if let Some(row) = fields.totals.iter().position(|&total| !sound(total)) {
            let reason = format!("{} is not a sum of weights", fields.totals[row]);
            return Err(Error::value("totals", row, reason));
        }
        let sum: f64 = fields.totals.iter().sum();
        let rows = fields.rows;
        if !can_be(sum, fields.squares, rows) {
            return Err(Error::parameter(
                "squares",
                fields.squares,
                format!(
                    "a sum of squares of {rows} weights from 1e-100 to 1e100 whose sum is {sum}; \
                     count the sample anew"
                ),
            ));
        }
        let tally = Tally {
            totals: fields.totals,
            squares: fields.squares,
            rows,
        };
        Ok(Self::new(fields.feature, fields.bins, tally))
    }
}

/// Whether so many weights can have such a sum and such a sum of squares, with room for rounding.
fn can_be(sum: f64, squares: f64, rows: u64) -> bool {
    /// To either side, as a share.
    const ROOM: f64 = 1e-9;
    if rows == 0 {
        return sum == 0.0 && squares == 0.0;
    }
    let mean = sum / rows as f64;
    let known = mean >= WEIGHTS.start() * (1.0 - ROOM) && mean <= WEIGHTS.end() * (1.0 + ROOM);
    // Weights are above 0, and by Cauchy and Schwarz the squares are least where all are equal.
    let (least, most) = (sum * mean * (1.0 - ROOM), sum * sum * (1.0 + ROOM));
    known && (least..=most).contains(&squares)
}

impl From<DriftCounts> for Fields {
    fn from(counts: DriftCounts) -> Self {
        Self {
            feature: counts.feature,
            bins: counts.bins,
            totals: counts.tally.totals,
            squares: counts.tally.squares,
            rows: counts.tally.rows,
        }
    }
}

impl persist::sealed::Sealed for DriftCounts {}
impl persist::Persist for DriftCounts {
    const FORMAT: &'static str = "custometry/drift-counts";
    const VERSION: u32 = 1;
}

impl DriftCounts {
    pub(super) fn new(feature: String, bins: Bins, tally: Tally) -> Self {
        Self {
            feature,
            bins,
            tally,
        }
    }

    /// The name of the column.
    ///
    /// # Example
    ///
    /// ```
    /// let params = custometry::migration::DriftParams::default();
    /// let reference = params.given_edges("age", &[30.0], &[25.0, 41.0], None)?;
    /// assert_eq!(reference.numbers(&[30.0], None)?.feature(), "age");
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn feature(&self) -> &str {
        &self.feature
    }

    /// The sum of weights in each bin, in order: of numbers by rising edge, then the missing ones; of
    /// categories by label, then those of no known label, then the missing ones; of segments in the
    /// order of the scheme, then the customers without one.
    ///
    /// # Example
    ///
    /// See [`DriftCounts`].
    pub fn totals(&self) -> &[f64] {
        &self.tally.totals
    }

    /// The rows that count: those with a weight above 0.
    ///
    /// # Example
    ///
    /// See [`DriftCounts`].
    pub fn rows(&self) -> u64 {
        self.tally.rows
    }

    /// The effective size, `(sum w)^2 / sum w^2`: as many equal rows tell as much (Kish 1965). Without
    /// weights it is the number of rows.
    ///
    /// # Example
    ///
    /// ```
    /// let params = custometry::migration::DriftParams::default();
    /// let reference = params.given_edges("age", &[30.0], &[25.0, 41.0], None)?;
    /// let counts = reference.numbers(&[20.0, 40.0], Some(&[1.0, 3.0]))?;
    /// assert_eq!((counts.rows(), counts.size()), (2, 1.6));
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn size(&self) -> f64 {
        if self.tally.rows == 0 {
            return 0.0;
        }
        let sum: f64 = self.tally.totals.iter().sum();
        sum * (sum / self.tally.squares)
    }

    pub(super) fn bins(&self) -> &Bins {
        &self.bins
    }

    /// The share of each bin; fails without a row.
    pub(super) fn shares(&self) -> Result<Vec<f64>> {
        let sum: f64 = self.tally.totals.iter().sum();
        if self.tally.rows == 0 {
            return Err(Error::NotEnoughData {
                what: format!("rows of {} with a weight above 0", self.feature).into(),
                needed: 1,
                found: 0,
            });
        }
        Ok(self.tally.totals.iter().map(|total| total / sum).collect())
    }

    /// `Ok` if both are of the same column and bins.
    pub(super) fn check_same(&self, other: &Self) -> Result<()> {
        if self.feature == other.feature && self.bins == other.bins {
            return Ok(());
        }
        let show = |of: &Self| {
            format!(
                "{} in {} bins of {}",
                of.feature,
                of.bins.len(),
                of.bins.kind()
            )
        };
        Err(Error::VersionMismatch {
            what: "the column and its bins",
            expected: show(self).into(),
            found: match show(other) {
                same if same == show(self) => format!("{same} with other bounds").into(),
                found => found.into(),
            },
        })
    }
}

impl merge_sealed::Sealed for DriftCounts {}
impl Merge for DriftCounts {
    fn neutral(&self) -> Self {
        let tally = Tally {
            totals: vec![0.0; self.bins.len()],
            ..Tally::default()
        };
        Self::new(self.feature.clone(), self.bins.clone(), tally)
    }

    fn merge(mut self, other: Self) -> Result<Self> {
        self.check_same(&other)?;
        if self.tally.rows.checked_add(other.tally.rows).is_none() {
            return Err(too_many());
        }
        self.tally = self.tally.plus(&other.tally);
        Ok(self)
    }
}
