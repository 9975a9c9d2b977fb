//! The work behind a panel.

use std::collections::HashSet;

use super::{
    Panel, PanelParams, PanelRow, PanelWarning,
    gap::gaps,
    params::Kind,
    recommend::{SMALL, STABLE, preferences, recommend, very_unequal},
    report::PanelIndex,
    strength::strength,
};
use crate::{
    Error, Observer, Result,
    data::Features,
    observer::report,
    segmentation::{
        Covariance, Dispersion, GaussianMixture, GaussianMixtureParams, KMeans, KMeansVerdict,
        MixtureVerdict, SegmentModel, Stability, StabilityParams,
        points::Points,
        preparation::{SKEWED, skew},
        stability::Refits,
    },
};

/// What an observer is told.
const COMPARING: &str = "comparing numbers of clusters";

/// How near to rest the mixture beside k-means is brought, per unit of weight.
const BESIDE: f64 = 1e-7;

impl PanelParams {
    /// The panel of features as they are, prepared where they need be.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`] for a range that is empty or starts at 0, and for a single
    /// resample, split or reference; [`Error::NotEnoughData`] for fewer different rows than the
    /// most clusters; whatever the model and the silhouette refuse.
    ///
    /// # Example
    ///
    /// See [`PanelParams`].
    pub fn evaluate(&self, features: &Features) -> Result<Panel> {
        self.evaluate_observed(features, &mut ())
    }

    /// As [`evaluate`](Self::evaluate), watched: a step is a number of clusters, and between them
    /// come the steps of fits, resamples, splits and references.
    ///
    /// # Errors
    ///
    /// As `evaluate`, and [`Error::Cancelled`].
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::{Progress, data::{Features, MissingValues}, segmentation::PanelParams};
    /// # let features = Features::from_columns(&[("a", &[0.0, 1.0, 9.0])], MissingValues::Refuse)?;
    /// let mut stop = |_: Progress| std::ops::ControlFlow::Break(());
    /// assert!(PanelParams::new(1..=2).evaluate_observed(&features, &mut stop).is_err());
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn evaluate_observed(
        &self,
        features: &Features,
        observer: &mut dyn Observer,
    ) -> Result<Panel> {
        self.check()?;
        let points = Points::of(features)?;
        check_different(points, self.last)?;
        let mut rows = Vec::with_capacity(self.last - self.first + 1);
        for k in self.first..=self.last {
            rows.push(self.row(features, points, k, observer)?);
            report(observer, COMPARING, rows.len(), self.last - self.first + 1)?;
        }
        if self.references > 0 && self.kind == Kind::KMeans {
            let ks: Vec<usize> = rows.iter().map(|row| row.k).collect();
            let within: Vec<f64> = rows.iter().map(|row| row.within).collect();
            let asked = (self.references, self.seed);
            let gaps = gaps(points, &ks, &within, asked, observer)?;
            for (row, gap) in rows.iter_mut().zip(gaps) {
                row.gap = Some(gap);
            }
        }
        let mut warnings = skewed(features.names(), points);
        let (preferences, gap_rises) = preferences(&rows);
        warnings.extend(gap_rises.then_some(PanelWarning::GapRises));
        let best = (preferences.iter()).find(|found| found.index == PanelIndex::Silhouette);
        for row in rows
            .iter_mut()
            .filter(|row| Some(row.k) == best.map(|found| found.k))
        {
            let (k, share) = (row.k, row.sizes[0]);
            let warning = PanelWarning::SilhouetteOfUnequal { k, share };
            row.warnings.extend(very_unequal(row).then_some(warning));
        }
        Ok(Panel {
            recommendation: recommend(&rows, &preferences),
            rows,
            preferences,
            warnings,
        })
    }

    /// What there is to say of one number of clusters, but for the gap.
    fn row(
        &self,
        features: &Features,
        points: Points,
        k: usize,
        observer: &mut dyn Observer,
    ) -> Result<PanelRow> {
        let params = self.model(k);
        let fitted = params.fit_observed(features, observer)?;
        let labels = fitted.place(features)?.cluster;
        let dispersion = Dispersion::of_labels(features, &labels)?;
        let silhouette = match dispersion.by_cluster.len() {
            1 => None,
            _ => Some(self.silhouette.evaluate(features, &labels)?.mean),
        };
        let strength = (self.splits > 0)
            .then(|| {
                // Both halves are to find groups by themselves, without centres of all rows.
                let refits = Refits::new(features, &params, None, self.seed)?;
                let weights: Vec<f64> = (0..points.rows).map(|row| points.weight(row)).collect();
                strength(&refits, &weights, (self.splits, self.seed), observer)
            })
            .transpose()?;
        let stability = (self.resamples > 0)
            .then(|| {
                let resampled = StabilityParams::default();
                let resampled = resampled.resamples(self.resamples).seed(self.seed);
                resampled.of_labels(features, &params, &fitted, &labels, observer)
            })
            .transpose()?;
        let mut sizes: Vec<f64> = dispersion.by_cluster.iter().map(|of| of.weight).collect();
        let total: f64 = sizes.iter().sum();
        for size in &mut sizes {
            *size /= total;
        }
        sizes.sort_by(f64::total_cmp);
        let mut row = PanelRow {
            k,
            within: dispersion.within,
            explained: dispersion.explained(),
            silhouette,
            calinski_harabasz: dispersion.calinski_harabasz().ok(),
            davies_bouldin: dispersion.davies_bouldin().ok(),
            gap: None,
            bic: None,
            aic: None,
            icl: None,
            strength,
            warnings: warnings(k, &sizes, stability.as_ref()),
            stability,
            sizes,
            converged: true,
        };
        match &fitted {
            SegmentModel::KMeans(model) => {
                row.converged = model.verdict() == KMeansVerdict::Converged;
                row.bic = bic_beside(features, model, observer)?;
            }
            SegmentModel::GaussianMixture(model) => {
                row.converged = model.verdict() != MixtureVerdict::IterationLimit;
                let sound = is_sound(model);
                row.bic = sound.then(|| model.bic());
                row.aic = sound.then(|| model.aic());
                row.icl = sound.then(|| model.icl());
                let warning = PanelWarning::Unsound { k };
                row.warnings.extend((!sound).then_some(warning));
            }
            _ => {}
        }
        let unfinished = PanelWarning::NotConverged { k };
        row.warnings.extend((!row.converged).then_some(unfinished));
        Ok(row)
    }
}

fn warnings(k: usize, sizes: &[f64], stability: Option<&Stability>) -> Vec<PanelWarning> {
    let small = (sizes.iter().take(1))
        .filter(|&&share| share < SMALL)
        .map(|&share| PanelWarning::SmallCluster { k, share });
    let clusters = stability.map_or(&[][..], |stability| &stability.clusters);
    let unstable = (clusters.iter())
        .filter(|cluster| cluster.mean_jaccard < STABLE)
        .map(|cluster| PanelWarning::Unstable {
            k,
            label: cluster.label,
            mean_jaccard: cluster.mean_jaccard,
        });
    small.chain(unstable).collect()
}

/// BIC of a diagonal mixture that starts from the centres of k-means; none if it is not sound.
fn bic_beside(
    features: &Features,
    model: &KMeans,
    observer: &mut dyn Observer,
) -> Result<Option<f64>> {
    let centres: Vec<Vec<f64>> = model
        .centres()
        .rows()
        .into_iter()
        .map(|row| row.to_vec())
        .collect();
    let params = GaussianMixtureParams::new(centres.len())
        .covariance(Covariance::Diagonal)
        .tolerance(BESIDE)
        .start(&centres);
    match params.fit_observed(features, observer) {
        Ok(mixture) => Ok(is_sound(&mixture).then(|| mixture.bic())),
        Err(error @ Error::Cancelled { .. }) => Err(error),
        // Values that k-means takes can be too large for a likelihood.
        Err(_) => Ok(None),
    }
}

fn is_sound(mixture: &GaussianMixture) -> bool {
    mixture.verdict() != MixtureVerdict::Unsound
}

/// `Ok` if so many rows that count are different.
fn check_different(points: Points, needed: usize) -> Result<()> {
    let mut seen = HashSet::new();
    for row in (0..points.rows).filter(|&row| points.weight(row) > 0.0) {
        // -0 is 0.
        let bits: Vec<u64> = points
            .row(row)
            .iter()
            .map(|value| (value + 0.0).to_bits())
            .collect();
        seen.insert(bits);
        if seen.len() >= needed {
            return Ok(());
        }
    }
    Err(Error::NotEnoughData {
        what: "different rows of a weight above 0, one for each cluster of the end of the range"
            .into(),
        needed,
        found: seen.len(),
    })
}

/// Columns with a skew beyond that of an exponential law.
fn skewed(names: &[String], points: Points) -> Vec<PanelWarning> {
    let of_column = |(column, name): (usize, &String)| {
        let row = |row: usize| (points.row(row)[column], points.weight(row));
        let skew = skew((0..points.rows).map(row).collect());
        (skew.abs() > SKEWED).then(|| PanelWarning::Skewed {
            column: name.clone(),
            skew,
        })
    };
    names.iter().enumerate().filter_map(of_column).collect()
}
