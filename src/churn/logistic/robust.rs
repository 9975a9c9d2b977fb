//! Errors that hold where the model does not.

use super::{
    Logistic, LogisticData,
    link::{Information, Link, Slopes},
    model::in_units,
    pass::Pass,
    rows::Rows,
};
use crate::{
    Error, Result,
    churn::design::{Bound, MissingRows},
    numeric::{cholesky::Cholesky, map_chunks},
};

/// Clusters that are summed up together.
const CLUSTERS: usize = 4_096;
/// The same log-likelihood, by its size; and by that of one customer, where it ends near 0.
const SAME: f64 = 1e-9;
const ROUNDING: f64 = 1e-11;

impl Logistic {
    /// The covariance of the coefficients by the sandwich of White (1982), row by row: the inverse of the
    /// information on both sides of products of scores, which are summed within the clusters of the data
    /// first (Liang and Zeger 1986, doi:10.1093/biomet/73.1.13). It holds where the chances are not
    /// quite those of the model, and where rows of a cluster (months of one customer) are alike.
    ///
    /// There is no factor for small samples: HC0 in the package sandwich of R, and `vcovCL` with
    /// `cadjust = FALSE`. The score of a row is taken times its weight, so that a row of weight 2 is
    /// one customer who counts twice, not two customers.
    ///
    /// # Errors
    ///
    /// As [`LogisticParams::fit`](super::LogisticParams::fit); [`Error::InvalidParameter`] for other
    /// data than those of the fit.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::{
    ///     churn::{LogisticData, LogisticParams},
    ///     data::{Features, MissingValues},
    /// };
    /// let annual = [0.0, 0.0, 0.0, 0.0, 1.0, 1.0, 1.0, 1.0];
    /// let features = Features::from_columns(&[("annual", &annual)], MissingValues::Refuse)?;
    /// let left = [true, true, true, false, true, false, false, false];
    /// let data = LogisticData::new(&features, &left);
    /// let model = LogisticParams::default().fit(&data)?;
    /// // A model with a coefficient for each group holds: the errors are the same.
    /// let robust = model.robust_covariance(&data)?;
    /// for (robust, plain) in robust.iter().zip(model.covariance()) {
    ///     assert!((robust - plain).abs() < 1e-12);
    /// }
    /// // If each row stands for two that are one customer, nothing is known better by that.
    /// let two: Vec<f64> = annual.iter().chain(&annual).copied().collect();
    /// let twice = Features::from_columns(&[("annual", &two)], MissingValues::Refuse)?;
    /// let (left, customer) = ([left, left].concat(), [0, 1, 2, 3, 4, 5, 6, 7].repeat(2));
    /// let data = LogisticData::new(&twice, &left);
    /// let model = LogisticParams::default().fit(&data)?;
    /// assert!(model.standard_errors()[1] < robust[3].sqrt() / 1.4);
    /// let errors = model.robust_errors(&data.clusters(&customer))?;
    /// assert!((errors[1] - robust[3].sqrt()).abs() < 1e-12);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn robust_covariance(&self, data: &LogisticData<'_>) -> Result<Vec<f64>> {
        data.check()?;
        let bound = self.linear.design().bind(data.features)?;
        let rows = Rows::new(data, &bound, MissingRows::LeaveOut)?;
        let kept = self.linear.kept();
        let mut means = kept.iter().zip(self.linear.means());
        let others = || {
            let expected = "those of the fit, with the same weights and offsets";
            Error::parameter("data", "others", expected)
        };
        if rows.sign.len() != self.rows
            || rows.left != self.left
            || !means.all(|(&at, mean)| rows.mean[at].to_bits() == mean.to_bits())
        {
            return Err(others());
        }
        let slopes = kept.iter().zip(self.linear.coefficients());
        let slopes = slopes.map(|(&at, b)| b * rows.scale[at]);
        let beta: Vec<f64> = std::iter::once(self.linear.base()).chain(slopes).collect();
        let order = beta.len();
        let x = rows.x_of(kept);
        let pass = Pass::new(&rows, &x, &beta, self.link, Information::Expected);
        // Another likelihood is one of others who left, other weights or other offsets.
        let (own, most) = (self.log_likelihood, SAME * self.log_likelihood.abs());
        let is_same =
            |pass: &Pass| (pass.log_likelihood - own).abs() <= most + ROUNDING * rows.unit();
        if pass.as_ref().is_some_and(|pass| !is_same(pass)) {
            return Err(others());
        }
        let inverse = pass.and_then(|mut pass| {
            for (at, &column) in kept.iter().enumerate() {
                let place = (at + 1) * order + at + 1;
                pass.information[place] += self.ridge / rows.scale[column] / rows.scale[column];
            }
            Cholesky::new(order, &pass.information)
        });
        let inverse = inverse.ok_or_else(|| Error::Degenerate {
            what: "the information is singular; leave a column out".into(),
        })?;
        let scores = Scores {
            rows: &rows,
            bound: &bound,
            kept,
            beta: &beta,
            link: self.link,
        };
        let products = scores.products(data.clusters);
        Ok(in_units(
            &rows,
            kept,
            &between(&inverse.inverse(), &products),
        ))
    }

    /// The robust standard errors of the coefficients.
    ///
    /// # Errors
    ///
    /// As [`robust_covariance`](Self::robust_covariance).
    ///
    /// # Example
    ///
    /// See [`robust_covariance`](Self::robust_covariance).
    pub fn robust_errors(&self, data: &LogisticData<'_>) -> Result<Vec<f64>> {
        let covariance = self.robust_covariance(data)?;
        let count = self.coefficients.len();
        let variances = (0..count).map(|at| covariance[at * count + at]);
        Ok(variances.map(|variance| variance.max(0.0).sqrt()).collect())
    }
}

/// The derivative of the likelihood of each row by a constant and columns, in the units of [`Rows`].
struct Scores<'a> {
    rows: &'a Rows,
    bound: &'a Bound<'a>,
    kept: &'a [usize],
    beta: &'a [f64],
    link: Link,
}

impl Scores<'_> {
    /// The sum over clusters of the products of their scores, row by row.
    fn products(&self, clusters: Option<&[u32]>) -> Vec<f64> {
        let order = self.beta.len();
        let cluster = |place: usize| clusters.map(|clusters| clusters[self.rows.row(place)]);
        let mut places: Vec<usize> = (0..self.rows.sign.len()).collect();
        places.sort_by_key(|&place| cluster(place));
        let of_one = |&a: &usize, &b: &usize| clusters.is_some() && cluster(a) == cluster(b);
        let groups: Vec<&[usize]> = places.chunk_by(of_one).collect();
        let parts = map_chunks(groups.len(), CLUSTERS, |range| {
            let mut products = vec![0.0; order * order];
            let mut sum = vec![0.0; order];
            let mut x = vec![0.0; self.rows.mean.len()];
            for group in &groups[range] {
                sum.fill(0.0);
                for &place in *group {
                    self.add(place, &mut x, &mut sum);
                }
                for (row, a) in sum.iter().enumerate() {
                    for (cell, b) in products[row * order..].iter_mut().zip(&sum) {
                        *cell += a * b;
                    }
                }
            }
            products
        });
        let mut all = vec![0.0; order * order];
        for part in parts {
            for (sum, part) in all.iter_mut().zip(part) {
                *sum += part;
            }
        }
        all
    }

    /// Adds the score of a row, times its weight.
    fn add(&self, place: usize, x: &mut [f64], sum: &mut [f64]) {
        self.bound.write(self.rows.row(place), x);
        let centred = |&at: &usize| (x[at] - self.rows.mean[at]) / self.rows.scale[at];
        let columns = || std::iter::once(1.0).chain(self.kept.iter().map(centred));
        let offset = self
            .rows
            .offset
            .as_ref()
            .map_or(0.0, |offset| offset[place]);
        let eta = columns()
            .zip(self.beta)
            .fold(offset, |sum, (x, b)| sum + b * x);
        let [mut value, mut score, mut bend] = [[0.0]; 3];
        let slopes = Slopes {
            value: &mut value,
            score: &mut score,
            bend: &mut bend,
        };
        let sign = &self.rows.sign[place..=place];
        self.link
            .slopes(Information::Expected, &[eta], sign, slopes);
        let score = score[0] * self.rows.weights(place..place + 1)[0];
        for (sum, x) in sum.iter_mut().zip(columns()) {
            *sum += score * x;
        }
    }
}

/// One symmetric matrix on both sides of another.
fn between(side: &[f64], inner: &[f64]) -> Vec<f64> {
    let order = side.len().isqrt();
    let times = |a: &[f64], b: &[f64]| -> Vec<f64> {
        let cell = |at: usize| {
            let (row, column) = (at / order, at % order);
            (0..order)
                .map(|k| a[row * order + k] * b[k * order + column])
                .sum()
        };
        (0..order * order).map(cell).collect()
    };
    let mut out = times(&times(side, inner), side);
    for row in 0..order {
        for column in 0..row {
            let mean = f64::midpoint(out[row * order + column], out[column * order + row]);
            out[row * order + column] = mean;
            out[column * order + row] = mean;
        }
    }
    out
}
