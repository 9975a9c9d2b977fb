//! Bins frozen on a reference sample.

use serde::{Deserialize, Serialize};

use super::{bins, compare::Drift, counts::DriftCounts, params::DriftParams};
use crate::{
    Error, Result,
    data::{Assignments, Categories},
    persist,
};

/// A reference sample in frozen bins, which later samples are counted into and compared with.
///
/// # Example
///
/// ```
/// use custometry::{data::merge_all, migration::{DriftParams, DriftReference}, persist};
///
/// let reference = DriftParams::default().numbers("spend", &[4.0, 9.0, 2.0, f64::NAN], None)?;
/// let saved = persist::to_json(&reference)?;
/// let reference: DriftReference = persist::from_json(&saved)?;
/// // Next month, in two parts.
/// let parts = [[1.0, 9.5], [3.0, 4.0]].map(|part| reference.numbers(&part, None));
/// let counts = merge_all(parts.into_iter().collect::<custometry::Result<Vec<_>>>()?)?.unwrap();
/// assert!(reference.compare(&counts)?.p > 0.05);
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Fields", into = "Fields")]
pub struct DriftReference {
    counts: DriftCounts,
    params: DriftParams,
}

/// How a reference is saved.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Fields {
    counts: DriftCounts,
    params: DriftParams,
}

impl TryFrom<Fields> for DriftReference {
    type Error = Error;
    fn try_from(fields: Fields) -> Result<Self> {
        fields.params.check()?;
        Self::new(fields.counts, fields.params)
    }
}

impl From<DriftReference> for Fields {
    fn from(reference: DriftReference) -> Self {
        Self {
            counts: reference.counts,
            params: reference.params,
        }
    }
}

impl persist::sealed::Sealed for DriftReference {}
impl persist::Persist for DriftReference {
    const FORMAT: &'static str = "custometry/drift-reference";
    const VERSION: u32 = 1;
}

impl DriftReference {
    /// Fails without a row to compare with.
    pub(super) fn new(counts: DriftCounts, params: DriftParams) -> Result<Self> {
        counts.shares()?;
        Ok(Self { counts, params })
    }

    /// The counts of the reference sample.
    ///
    /// # Example
    ///
    /// See [`DriftParams::given_edges`].
    pub fn counts(&self) -> &DriftCounts {
        &self.counts
    }

    /// What each bin holds, for people, in the order of the counts.
    ///
    /// # Example
    ///
    /// See [`DriftParams::bins`].
    pub fn labels(&self) -> Vec<String> {
        self.counts.bins().labels()
    }

    /// Counts a column of numbers into the bins, NaN for a missing one.
    ///
    /// # Errors
    ///
    /// [`Error::VersionMismatch`] if the bins are of another kind; [`Error::LengthMismatch`];
    /// [`Error::InvalidValue`] for an infinite value or a bad weight.
    ///
    /// # Example
    ///
    /// See [`DriftCounts`].
    pub fn numbers(&self, values: &[f64], weights: Option<&[f64]>) -> Result<DriftCounts> {
        Ok(self.counted(self.counts.bins().numbers(values, weights)?))
    }

    /// Counts a column of categories into the bins.
    ///
    /// # Errors
    ///
    /// As [`numbers`](Self::numbers).
    ///
    /// # Example
    ///
    /// See [`DriftParams::categories`].
    pub fn categories(&self, column: &Categories, weights: Option<&[f64]>) -> Result<DriftCounts> {
        Ok(self.counted(self.counts.bins().categories(column, weights)?))
    }

    /// Counts customers by segment, of the same scheme.
    ///
    /// # Errors
    ///
    /// As [`numbers`](Self::numbers), and [`Error::VersionMismatch`] for another scheme or other
    /// segments.
    ///
    /// # Example
    ///
    /// See [`DriftParams::segments`].
    pub fn segments(&self, rows: &Assignments, weights: Option<&[f64]>) -> Result<DriftCounts> {
        Ok(self.counted(self.counts.bins().segments(rows, weights)?))
    }

    /// Takes a table of counts by label; labels that the reference lacks are counted as other ones.
    ///
    /// # Errors
    ///
    /// [`Error::VersionMismatch`] unless the bins are of categories; [`Error::Overflow`] for more than
    /// 2^64 rows.
    ///
    /// # Example
    ///
    /// See [`DriftParams::totals`].
    pub fn totals(&self, totals: &[(&str, u64)]) -> Result<DriftCounts> {
        Ok(self.counted(self.counts.bins().totals(totals)?))
    }

    fn counted(&self, tally: bins::Tally) -> DriftCounts {
        let feature = self.counts.feature().to_owned();
        DriftCounts::new(feature, self.counts.bins().clone(), tally)
    }

    /// Compares a sample with the reference.
    ///
    /// # Errors
    ///
    /// [`Error::VersionMismatch`] if it was counted into other bins; [`Error::NotEnoughData`] without
    /// a row.
    ///
    /// # Example
    ///
    /// See [`DriftParams`].
    pub fn compare(&self, sample: &DriftCounts) -> Result<Drift> {
        self.counts.check_same(sample)?;
        Drift::of(
            &self.counts,
            sample,
            self.params.zero_shares,
            self.params.level,
        )
    }
}
