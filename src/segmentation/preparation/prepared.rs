//! Features as a model takes them.

use super::model::TOGETHER;
use crate::data::Features;

/// Prepared features, rows in the order of the customers.
///
/// # Example
///
/// See [`Preparation`](super::Preparation).
#[derive(Debug, Clone, PartialEq)]
pub struct Prepared {
    features: Features,
    apart: Option<Vec<u32>>,
}

impl Prepared {
    pub(super) fn new(features: Features, apart: Option<Vec<u32>>) -> Self {
        Self { features, apart }
    }

    /// The prepared columns, with the weights of the rows and the native columns of categories.
    ///
    /// # Example
    ///
    /// See [`PreparationParams`](super::PreparationParams).
    pub fn features(&self) -> &Features {
        &self.features
    }

    /// The same, given away.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::{data::{Features, MissingValues}, segmentation::PreparationParams};
    /// let features = Features::from_columns(&[("age", &[31.0, 64.0])], MissingValues::Refuse)?;
    /// let prepared = PreparationParams::default().fit(&features)?.apply(&features)?;
    /// assert_eq!(prepared.into_features().names(), ["age"]);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn into_features(self) -> Features {
        self.features
    }

    /// For each row the place of the column that sets it apart among
    /// [`own_segment_columns`](super::Preparation::own_segment_columns), `u32::MAX` for none; `None`
    /// if there is no such column. All prepared values of a row that is set apart are 0 and mean
    /// nothing; its weight stays.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::{data::{Features, MissingValues}, segmentation::*};
    /// let features = Features::from_columns(
    ///     &[("spend", &[10.0, f64::NAN, 40.0]), ("age", &[31.0, 64.0, 40.0])],
    ///     MissingValues::Keep,
    /// )?;
    /// let apart = ColumnParams::default().missing(Missing::OwnSegment);
    /// let preparation = PreparationParams::default().column("spend", apart).fit(&features)?;
    /// assert_eq!(preparation.own_segment_columns(), ["spend"]);
    /// let prepared = preparation.apply(&features)?;
    /// assert_eq!(prepared.set_apart(), Some(&[u32::MAX, 0, u32::MAX][..]));
    /// assert_eq!(prepared.features().view().row(1).to_vec(), [0.0, 0.0]);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn set_apart(&self) -> Option<&[u32]> {
        self.apart.as_deref()
    }

    /// How many rows are set apart.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::{data::{Features, MissingValues}, segmentation::PreparationParams};
    /// let features = Features::from_columns(&[("age", &[31.0, 64.0])], MissingValues::Refuse)?;
    /// let prepared = PreparationParams::default().fit(&features)?.apply(&features)?;
    /// assert_eq!(prepared.set_apart_count(), 0);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn set_apart_count(&self) -> usize {
        let apart = self.apart.iter().flatten();
        apart.filter(|&&column| column != TOGETHER).count()
    }
}
