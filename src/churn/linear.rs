//! What a model says that is linear in the columns of its design, and which feature says it.

use ndarray::Array2;
use serde::{Deserialize, Serialize};

use super::design::{Bound, Design, MissingRows};
use crate::{
    Error, Result,
    data::Features,
    numeric::{fill_rows, first_where, map_chunks},
};

/// Customers that are worked on together.
const ROWS: usize = 4_096;

/// A linear predictor: a base, that of a customer with the means of the fit, and what each feature of
/// a customer adds to it.
///
/// The sum is always taken in this order, base, features, offset, so that contributions add up to the
/// predictor to the last bit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Linear {
    design: Design,
    /// The columns that have a coefficient, ascending.
    kept: Vec<usize>,
    /// One for each of those.
    coefficients: Vec<f64>,
    /// Their means in the fit.
    means: Vec<f64>,
    base: f64,
}

impl Linear {
    /// Of columns of the design, ascending, with a coefficient and a mean each.
    pub(crate) fn new(
        design: Design,
        kept: Vec<usize>,
        coefficients: Vec<f64>,
        means: Vec<f64>,
        base: f64,
    ) -> Self {
        Self {
            design,
            kept,
            coefficients,
            means,
            base,
        }
    }

    /// Whether what was read could have been made by a fit.
    pub(crate) fn check(&self) -> Result<()> {
        self.design.check()?;
        let count = self.kept.len();
        let ascending = self.kept.windows(2).all(|pair| pair[0] < pair[1]);
        let known = self.kept.last().is_none_or(|&at| at < self.design.width());
        let numbers = self.coefficients.iter().chain(&self.means);
        let mut numbers = numbers.chain(std::iter::once(&self.base));
        let found = if !ascending || !known {
            "columns out of order or unknown"
        } else if self.coefficients.len() != count || self.means.len() != count {
            "other numbers of coefficients or means than of columns"
        } else if !numbers.all(|number| number.is_finite()) {
            "a number that is not finite"
        } else {
            return Ok(());
        };
        Err(Error::ModelFormat {
            expected: "columns, coefficients and means that fit together".into(),
            found: found.into(),
        })
    }

    pub(crate) fn design(&self) -> &Design {
        &self.design
    }

    pub(crate) fn kept(&self) -> &[usize] {
        &self.kept
    }

    pub(crate) fn coefficients(&self) -> &[f64] {
        &self.coefficients
    }

    pub(crate) fn means(&self) -> &[f64] {
        &self.means
    }

    /// The linear predictor of a customer with the means of the fit.
    pub(crate) fn base(&self) -> f64 {
        self.base
    }

    /// The linear predictor of a customer with 0 in every column.
    pub(crate) fn intercept(&self) -> f64 {
        let terms = self.coefficients.iter().zip(&self.means);
        self.base - terms.map(|(b, mean)| b * mean).sum::<f64>()
    }

    /// The names of the columns with a coefficient.
    pub(crate) fn names(&self) -> Vec<String> {
        let names = self.design.names();
        self.kept.iter().map(|&at| names[at].clone()).collect()
    }

    /// The names of the columns without a coefficient, and of categories without a column.
    pub(crate) fn aliased(&self) -> Vec<String> {
        let is_aliased = |at: &usize| self.kept.binary_search(at).is_err();
        let names = self.design.names().into_iter().enumerate();
        let aliased = names.filter(|(at, _)| is_aliased(at)).map(|(_, name)| name);
        aliased.chain(self.design.without_columns()).collect()
    }

    /// The names of the features, in the order of their contributions: numbers, then categories.
    pub(crate) fn features(&self) -> impl ExactSizeIterator<Item = &str> {
        self.design.source_names()
    }

    /// Features that can be predicted from: no value is missing, and each level is known.
    fn bind<'a>(&'a self, features: &'a Features) -> Result<Bound<'a>> {
        let bound = self.design.bind(features)?;
        bound.usable_rows(MissingRows::Refuse)?;
        Ok(bound)
    }

    /// Hands `f` the cells of each row, and the numbers of a chunk of rows.
    fn fill(
        &self,
        features: &Features,
        width: usize,
        f: impl Fn(&[f64], &mut [f64]) + Sync,
    ) -> Result<Array2<f64>> {
        let bound = self.bind(features)?;
        let mut table = Array2::zeros((features.len(), width));
        fill_rows(&mut table, ROWS, |rows, cells| {
            let mut x = vec![0.0; self.design.width()];
            for (row, out) in rows.zip(cells.chunks_exact_mut(width)) {
                bound.write(row, &mut x);
                f(&x, out);
            }
        });
        check_finite(&table)?;
        Ok(table)
    }

    /// What each column with a coefficient adds relative to a reference, one number for each of them.
    pub(crate) fn terms(&self, features: &Features, reference: &[f64]) -> Result<Array2<f64>> {
        self.fill(features, self.kept.len(), |x, out| {
            for (place, term) in out.iter_mut().enumerate() {
                *term = self.coefficients[place] * (x[self.kept[place]] - reference[place]);
            }
        })
    }

    /// What each feature of each row adds to the base: a row for each row, a column for each of
    /// [`features`](Self::features). Levels of a category are taken together; what is aliased adds
    /// nothing.
    pub(crate) fn contributions(&self, features: &Features) -> Result<Array2<f64>> {
        let sources = self.sources();
        self.fill(features, self.features().len(), |x, out| {
            self.contribute(&sources, x, out);
        })
    }

    /// The feature of each column with a coefficient.
    fn sources(&self) -> Vec<usize> {
        let of_columns = self.design.sources();
        self.kept.iter().map(|&at| of_columns[at]).collect()
    }

    fn contribute(&self, sources: &[usize], x: &[f64], out: &mut [f64]) {
        out.fill(0.0);
        for (place, &source) in sources.iter().enumerate() {
            out[source] += self.coefficients[place] * (x[self.kept[place]] - self.means[place]);
        }
    }

    /// The linear predictor of each row: the base, then the contributions of its features in their
    /// order, then its offset.
    pub(crate) fn predictor(
        &self,
        features: &Features,
        offset: Option<&[f64]>,
    ) -> Result<Vec<f64>> {
        if let Some(offset) = offset {
            check_offset(features.len(), offset)?;
        }
        let bound = self.bind(features)?;
        let sources = self.sources();
        let parts = map_chunks(features.len(), ROWS, |rows| {
            let mut x = vec![0.0; self.design.width()];
            let mut of_features = vec![0.0; self.features().len()];
            let of_row = |row: usize| {
                bound.write(row, &mut x);
                self.contribute(&sources, &x, &mut of_features);
                let sum = of_features.iter().fold(self.base, |sum, term| sum + term);
                sum + offset.map_or(0.0, |offset| offset[row])
            };
            rows.map(of_row).collect::<Vec<f64>>()
        });
        let all = parts.concat();
        match first_where(&all, |sum| !sum.is_finite()) {
            None => Ok(all),
            Some(row) => Err(out_of_range(row)),
        }
    }
}

/// Offsets are as many as rows, and finite.
pub(crate) fn check_offset(rows: usize, offset: &[f64]) -> Result<()> {
    Error::check_length("offset", rows, offset.len())?;
    match first_where(offset, |offset| !offset.is_finite()) {
        None => Ok(()),
        Some(row) => {
            let reason = format!("{} is not an offset; give a finite number", offset[row]);
            Err(Error::value("offset", row, reason))
        }
    }
}

fn check_finite(table: &Array2<f64>) -> Result<()> {
    let cells = table.as_slice().unwrap_or_default();
    match first_where(cells, |cell| !cell.is_finite()) {
        None => Ok(()),
        Some(at) => Err(out_of_range(at / table.ncols())),
    }
}

fn out_of_range(row: usize) -> Error {
    let reason = "is out of the range of numbers; give columns in the unit of the fit";
    Error::value("features", row, reason)
}
