//! The fit: what is checked, where the restarts begin, how each climbs, which is kept.

use super::{
    GaussianMixture, GaussianMixtureParams, LARGEST,
    climb::{Climb, Until},
    components::Components,
    em::Rows,
    model::Fit,
    start::{k_means_centres, random_rows},
};
use crate::{Error, Observer, Result, data::Features, observer::report};

/// How near to rest all starts are brought before the best alone goes on; on the scale of
/// [`GaussianMixtureParams::tolerance`].
const ROUGH: f64 = 1e-5;

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
        let (rows, names) = (self.check(features)?, features.names());
        let whole = rows.whole(self.covariance, self.regularisation);
        let runs = self.start.as_ref().map_or(self.restarts, |_| 1);
        let mut watch = |done| report(observer, "fitting a Gaussian mixture", done, runs + 1);
        let rough = self.until(self.tolerance.max(ROUGH));
        let mut climbs = Vec::with_capacity(runs);
        let mut failed = None;
        for run in 0..runs {
            let begin = self.begin(&rows, &whole, run);
            let climb = Climb::new(&rows, begin, names, self.regularisation).and_then(|climb| {
                climb.go_on(&rows, rough, names, self.regularisation, &mut || watch(run))
            });
            climbs.extend(unless_degenerate(climb, &mut failed)?);
            watch(run + 1)?;
        }
        // Sound ones first, then likely ones first; of equals the earlier, since the sort is stable.
        let sound = |climb: &Climb| climb.is_sound(self.regularisation);
        climbs.sort_by(|a, b| {
            let by_likelihood = || b.log_likelihood.total_cmp(&a.log_likelihood);
            sound(b).cmp(&sound(a)).then_with(by_likelihood)
        });
        let fine = self.until(self.tolerance);
        let mut best: Option<Climb> = None;
        for climb in climbs {
            // The next one is wanted only if those before went to ruin on the last stretch.
            if best
                .as_ref()
                .is_some_and(|best| sound(best) || !sound(&climb))
            {
                break;
            }
            let watch = &mut || watch(runs);
            let climb = climb.go_on(&rows, fine, names, self.regularisation, watch);
            if let Some(climb) = unless_degenerate(climb, &mut failed)?
                && (best.is_none() || sound(&climb))
            {
                best = Some(climb);
            }
        }
        watch(runs + 1)?;
        match (best, failed) {
            (Some(climb), _) => Ok(self.finish(&rows, climb, names)),
            (None, Some(error)) => Err(error),
            (None, None) => Err(Error::parameter("restarts", runs, "at least 1")),
        }
    }

    fn until(&self, tolerance: f64) -> Until {
        Until {
            tolerance,
            iterations: self.max_iterations,
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
            if mean.len() != columns || !mean.iter().all(within) {
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
        if !within(&total) {
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

    fn finish(&self, rows: &Rows, climb: Climb, names: &[String]) -> GaussianMixture {
        let fit = Fit {
            rows_weight: rows.total,
            log_likelihood: climb.log_likelihood * rows.total,
            certainty: rows.certainty(&climb.components, &climb.densities),
            iterations: climb.iterations,
            converged: climb.at_rest,
            regularisation: self.regularisation,
        };
        GaussianMixture::fitted(names.to_vec(), climb.components, climb.densities, fit)
    }
}

/// A climb that met a singular covariance is no climb; the first such error is kept.
fn unless_degenerate(climb: Result<Climb>, failed: &mut Option<Error>) -> Result<Option<Climb>> {
    match climb {
        Ok(climb) => Ok(Some(climb)),
        Err(error @ Error::Degenerate { .. }) => {
            failed.get_or_insert(error);
            Ok(None)
        }
        Err(other) => Err(other),
    }
}

/// False for NaN as well.
pub(super) fn within(value: &f64) -> bool {
    value.abs() <= LARGEST
}

/// Values that a mixture can work with.
pub(super) fn check_values(features: &Features) -> Result<()> {
    for (row, line) in features.view().outer_iter().enumerate() {
        if let Some(column) = line.iter().position(|value| !within(value)) {
            let reason = if line[column].is_nan() {
                "a missing value has no density; impute it or drop the row".to_owned()
            } else {
                format!(
                    "{:e} is too large to be squared; scale the column",
                    line[column]
                )
            };
            return Err(Error::value(&features.names()[column], row, reason));
        }
    }
    Ok(())
}
