//! Prepared rows as the kernels want them: numbers without gaps, row by row.

use crate::{Error, Result, data::Features, numeric::first_where};

/// Beyond this a squared distance, or a sum of them, could overflow.
const LARGEST: f64 = 1e140;

/// Neither missing nor too large.
pub(super) fn is_usable(value: &f64) -> bool {
    value.abs() <= LARGEST
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Points<'a> {
    /// `rows` times `columns` numbers, row by row.
    pub(super) values: &'a [f64],
    pub(super) rows: usize,
    pub(super) columns: usize,
    pub(super) weights: Option<&'a [f64]>,
}

impl<'a> Points<'a> {
    /// # Errors
    ///
    /// [`Error::NotEnoughData`] without a column of numbers; [`Error::InvalidValue`] for a value
    /// that is missing or too large for squared distances.
    pub(super) fn of(features: &'a Features) -> Result<Self> {
        let columns = features.names().len();
        if columns == 0 {
            return Err(Error::NotEnoughData {
                what: "columns of numbers".into(),
                needed: 1,
                found: 0,
            });
        }
        let points = Self {
            // Features keep their matrix row by row.
            values: features.view().to_slice().unwrap_or_default(),
            rows: features.len(),
            columns,
            weights: features.weights(),
        };
        if let Some(at) = first_where(points.values, |value| !is_usable(value)) {
            let value = points.values[at];
            let reason = if value.is_nan() {
                "the value is missing; say in the preparation what a missing value means".to_owned()
            } else {
                format!("{value:e} is too large for squared distances; scale the column")
            };
            return Err(Error::value(
                &features.names()[at % columns],
                at / columns,
                reason,
            ));
        }
        Ok(points)
    }

    /// As [`of`](Self::of), of features that have the columns of a fit.
    ///
    /// # Errors
    ///
    /// As `of`, and [`Error::VersionMismatch`].
    pub(super) fn of_columns(fitted: &[String], features: &'a Features) -> Result<Self> {
        check_columns(fitted, features)?;
        Self::of(features)
    }

    pub(super) fn row(&self, row: usize) -> &'a [f64] {
        &self.values[row * self.columns..(row + 1) * self.columns]
    }

    pub(super) fn weight(&self, row: usize) -> f64 {
        self.weights.map_or(1.0, |weights| weights[row])
    }
}

/// `Ok` if the features have the columns of a fit, in the same order.
pub(super) fn check_columns(fitted: &[String], features: &Features) -> Result<()> {
    if features.names() == fitted {
        return Ok(());
    }
    Err(Error::VersionMismatch {
        what: "the columns of the features",
        expected: fitted.join(", ").into(),
        found: features.names().join(", ").into(),
    })
}
