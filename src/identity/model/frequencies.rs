//! How common values are, from elsewhere.

use std::{collections::BTreeMap, fmt};

use serde::{Deserialize, Serialize};

use crate::{Error, Result};

/// Shares of records with each value of a column, known from elsewhere.
///
/// A value that a table does not have is neither rare nor common: its weight is not
/// adjusted.
///
/// # Example
///
/// ```
/// use custometry::identity::{Comparison, ComparisonModel, FellegiSunter, RecordIx, Records, TermFrequencies};
/// let records = Records::builder().int_keys(&[1, 2, 3, 4]).surname(&["Lee", "Lee", "Ma", "Ma"]).build()?;
/// let surname = ComparisonModel::new(Comparison::exact("surname"), vec![0.9, 0.1], vec![0.01, 0.99]);
/// let model = FellegiSunter::new(0.1, vec![surname])?;
/// let census = TermFrequencies::default().table("surname", [("lee", 0.02), ("ma", 0.0025)])?;
/// let scorer = model.scorer_with(&records, &census)?;
/// let lee = scorer.score_one(RecordIx(0), RecordIx(1))?;
/// let ma = scorer.score_one(RecordIx(2), RecordIx(3))?;
/// // An eighth as common: three bits more.
/// assert_eq!(ma.bits() - lee.bits(), 3.0);
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Fields")]
pub struct TermFrequencies {
    tables: BTreeMap<String, BTreeMap<String, f64>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Fields {
    tables: BTreeMap<String, BTreeMap<String, f64>>,
}

impl TryFrom<Fields> for TermFrequencies {
    type Error = Error;
    fn try_from(fields: Fields) -> Result<Self> {
        let mut tables = fields.tables.into_iter();
        tables.try_fold(Self::default(), |all, (column, table)| {
            all.table(&column, table)
        })
    }
}

impl fmt::Debug for TermFrequencies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sizes = self
            .tables
            .iter()
            .map(|(column, table)| (column, table.len()));
        f.debug_map().entries(sizes).finish()
    }
}

impl TermFrequencies {
    /// With the table of a column: values as [`Records`](crate::identity::Records) hold
    /// them, and the share of records with each.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidValue`] for a share that is not above 0 and at most 1.
    ///
    /// # Example
    ///
    /// See [`TermFrequencies`].
    pub fn table<S: Into<String>>(
        mut self,
        column: &str,
        values: impl IntoIterator<Item = (S, f64)>,
    ) -> Result<Self> {
        let mut table = BTreeMap::new();
        for (row, (value, share)) in values.into_iter().enumerate() {
            // Written so that NaN fails as well.
            if !(share > 0.0 && share <= 1.0) {
                let reason = format!("{share} is not a share above 0 and at most 1");
                return Err(Error::value(column, row, reason));
            }
            table.insert(value.into(), share);
        }
        self.tables.insert(column.to_owned(), table);
        Ok(self)
    }

    pub(super) fn of(&self, column: &str) -> Option<&BTreeMap<String, f64>> {
        self.tables.get(column)
    }
}
