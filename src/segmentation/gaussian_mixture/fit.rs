//! The fit: what is checked, where the restarts begin, how each climbs, which is kept.

use super::{
    GaussianMixture, GaussianMixtureParams, LARGEST,
    components::{Components, Densities},
    em::Rows,
    model::Fit,
    start::{k_means_centres, random_rows},
};
use crate::{Error, Observer, Result, data::Features, observer::report};

/// Where one start has come to.
struct Summit {
    components: Components,
    densities: Densities,
    /// Per unit of weight.
    log_likelihood: f64,
    iterations: usize,
    converged: bool,
}

impl GaussianMixtureParams {
    /// Fits the mixture to the columns of numbers; columns of categories are not looked at.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`] unless there is at least 1 cluster and 1 restart, the tolerance
    /// is above 0, the regularisation 0 or more, and given means fit the columns;
    /// [`Error::NotEnoughData`] without columns or with fewer rows that count than clusters;
    /// [`Error::InvalidValue`] for a value that is missing or beyond 1e90;
    /// [`Error::Degenerate`] if a covariance became singular in every start.
    ///
    /// # Example
    ///
    /// See [`GaussianMixtureParams`].
    pub fn fit(&self, features: &Features) -> Result<GaussianMixture> {
        self.fit_observed(features, &mut ())
    }

    /// As [`fit`](Self::fit), with an observer that is told after each step which start is under
    /// way.
    ///
    /// # Errors
    ///
    /// As [`fit`](Self::fit), and [`Error::Cancelled`].
    ///
    /// # Example
    ///
    /// ```
    /// use std::ops::ControlFlow;
    /// use custometry::{ErrorKind, Progress, data::{Features, MissingValues}, segmentation::*};
    ///
    /// let x: Vec<f64> = (0..60).map(|at| f64::from(at * at % 31)).collect();
    /// let features = Features::from_columns(&[("x", &x)], MissingValues::Refuse)?;
    /// let mut stop = |_: Progress| ControlFlow::Break(());
    /// let error = GaussianMixtureParams::new(2).fit_observed(&features, &mut stop).unwrap_err();
    /// assert_eq!(error.kind(), ErrorKind::Cancelled);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn fit_observed(
        &self,
        features: &Features,
        observer: &mut dyn Observer,
    ) -> Result<GaussianMixture> {
        let rows = self.check(features)?;
        let whole = rows.whole(self.covariance, self.regularisation);
        let runs = self.start.as_ref().map_or(self.restarts, |_| 1);
        let mut best: Option<(bool, Summit)> = None;
        let mut failed = None;
        for run in 0..runs {
            let watch = &mut |done| report(observer, "fitting a Gaussian mixture", done, runs);
            let begin = self.begin(&rows, &whole, run);
            match self.climb(&rows, begin, features.names(), &mut || watch(run)) {
                Ok(summit) => {
                    let sound = self.is_sound(&summit);
                    let better = best.as_ref().is_none_or(|(best_sound, best)| {
                        (sound && !best_sound)
                            || (sound == *best_sound && summit.log_likelihood > best.log_likelihood)
                    });
                    if better {
                        best = Some((sound, summit));
                    }
                }
                Err(error @ Error::Degenerate { .. }) => {
                    failed.get_or_insert(error);
                }
                Err(other) => return Err(other),
            }
            watch(run + 1)?;
        }
        match (best, failed) {
            (Some((_, summit)), _) => Ok(self.finish(&rows, summit, features.names())),
            (None, Some(error)) => Err(error),
            (None, None) => Err(Error::parameter("restarts", runs, "at least 1")),
        }
    }

    fn check<'a>(&self, features: &'a Features) -> Result<Rows<'a>> {
        // Written so that NaN fails as well.
        if self.clusters < 1 {
            return Err(Error::parameter("clusters", self.clusters, "at least 1"));
        }
        if self.restarts < 1 {
            return Err(Error::parameter("restarts", self.restarts, "at least 1"));
        }
        if !(self.tolerance > 0.0 && self.tolerance.is_finite()) {
            let expected = "a finite number above 0";
            return Err(Error::parameter("tolerance", self.tolerance, expected));
        }
        if !(0.0..=LARGEST).contains(&self.regularisation) {
            let expected = "a number from 0 to 1e90";
            return Err(Error::parameter(
                "regularisation",
                self.regularisation,
                expected,
            ));
        }
        let columns = features.names().len();
        if columns == 0 {
            return Err(Error::NotEnoughData {
                what: "columns of numbers".into(),
                needed: 1,
                found: 0,
            });
        }
        for mean in self.start.iter().flatten() {
            if mean.len() != columns
                || mean
                    .iter()
                    .any(|value| value.is_nan() || value.abs() > LARGEST)
            {
                let expected = format!("{columns} numbers from -1e90 to 1e90, one a column");
                return Err(Error::parameter("start", format!("{mean:?}"), expected));
            }
        }
        if let Some(given) = self
            .start
            .as_ref()
            .filter(|start| start.len() != self.clusters)
        {
            let expected = format!("{}, one a cluster", self.clusters);
            return Err(Error::parameter(
                "means to start from",
                given.len(),
                expected,
            ));
        }
        check_values(features)?;
        let weights = features.weights();
        let counting = weights.map_or(features.len(), |weights| {
            weights.iter().filter(|&&weight| weight > 0.0).count()
        });
        if counting < self.clusters {
            return Err(Error::NotEnoughData {
                what: "rows with a weight above 0, as many as clusters".into(),
                needed: self.clusters,
                found: counting,
            });
        }
        let total = weights.map_or(features.len() as f64, |weights| weights.iter().sum());
        if total.is_nan() || total > LARGEST {
            return Err(Error::parameter(
                "sum of weights",
                total,
                "at most 1e90; scale them down",
            ));
        }
        Ok(Rows {
            values: features.view(),
            weights,
            total,
        })
    }

    /// The components that a start begins with.
    fn begin(&self, rows: &Rows, whole: &Components, run: usize) -> Components {
        let (values, weights, seed) = (rows.values, rows.weights, self.seed);
        let k = self.clusters;
        let with_means = |means: Vec<f64>| Components {
            weights: vec![1.0 / k as f64; k],
            means,
            covariances: whole.covariances.repeat(k),
            ..*whole
        };
        match &self.start {
            Some(means) => with_means(means.concat()),
            None if run.is_multiple_of(2) => {
                let centres = k_means_centres(values, weights, k, seed, run as u64);
                rows.groups(&with_means(centres), self.regularisation)
            }
            None => with_means(random_rows(values, weights, k, seed, run as u64)),
        }
    }

    /// Steps until the log-likelihood has come to rest.
    fn climb(
        &self,
        rows: &Rows,
        begin: Components,
        names: &[String],
        watch: &mut dyn FnMut() -> Result<()>,
    ) -> Result<Summit> {
        let densities = Densities::new(&begin, names)?;
        let (log_likelihood, mut next) = rows.step(&begin, &densities, self.regularisation);
        let mut here = Summit {
            components: begin,
            densities,
            log_likelihood,
            iterations: 0,
            converged: false,
        };
        let mut change_before = f64::INFINITY;
        while here.iterations < self.max_iterations && !here.converged {
            watch()?;
            let densities = Densities::new(&next, names)?;
            let (log_likelihood, after) = rows.step(&next, &densities, self.regularisation);
            let change = log_likelihood - here.log_likelihood;
            here = Summit {
                components: std::mem::replace(&mut next, after),
                densities,
                log_likelihood,
                iterations: here.iterations + 1,
                converged: self.at_rest(change_before, change, log_likelihood),
            };
            change_before = change;
        }
        Ok(here)
    }

    /// Whether what is still to come is below the tolerance, if changes go on shrinking as they
    /// did last (Aitken). A change within rounding is the end in any case.
    fn at_rest(&self, before: f64, change: f64, log_likelihood: f64) -> bool {
        let rounding = 16.0 * f64::EPSILON * (1.0 + log_likelihood.abs());
        let ratio = change / before;
        let to_come = if (0.0..1.0).contains(&ratio) {
            change * ratio / (1.0 - ratio)
        } else {
            f64::INFINITY
        };
        change.abs() <= rounding
            || (change.abs() <= self.tolerance && to_come.abs() <= self.tolerance)
    }

    fn is_sound(&self, summit: &Summit) -> bool {
        let singular = summit.densities.singular(self.regularisation);
        let empty = summit
            .components
            .weights
            .iter()
            .map(|&weight| weight <= 0.0);
        !singular
            .zip(empty)
            .any(|(singular, empty)| singular || empty)
    }

    fn finish(&self, rows: &Rows, summit: Summit, names: &[String]) -> GaussianMixture {
        let Summit {
            components,
            densities,
            ..
        } = summit;
        let fit = Fit {
            rows_weight: rows.total,
            log_likelihood: summit.log_likelihood * rows.total,
            certainty: rows.certainty(&components, &densities),
            iterations: summit.iterations,
            converged: summit.converged,
            regularisation: self.regularisation,
        };
        GaussianMixture::fitted(names.to_vec(), components, densities, fit)
    }
}

/// Values that a mixture can work with.
pub(super) fn check_values(features: &Features) -> Result<()> {
    for (row, line) in features.view().outer_iter().enumerate() {
        // Written so that NaN is found as well.
        if let Some(column) = line
            .iter()
            .position(|value| value.is_nan() || value.abs() > LARGEST)
        {
            let reason = if line[column].is_nan() {
                "a missing value has no density; impute it or drop the row".to_owned()
            } else {
                format!(
                    "{} is too large to be squared; scale the column",
                    line[column]
                )
            };
            return Err(Error::value(&features.names()[column], row, reason));
        }
    }
    Ok(())
}
