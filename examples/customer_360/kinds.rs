//! Kinds of customers, found in what they do: how many kinds there are, how sure that is,
//! and what sets them apart.

use std::fmt;

use custometry::{
    data::{Features, MissingValues},
    segmentation::{
        ClusterStability, ColumnParams, KMeansParams, Missing, NamingRules, PanelParams,
        PreparationParams, ProfileInputs, ProfileParams, SegmentationParams, StabilityParams,
        StabilityVerdict, Transform,
    },
};
use ndarray::ArrayView1;
use serde::Serialize;

use crate::{
    Analysis,
    common::{
        Result, progress,
        tables::{count, or_none, percent, table},
    },
};

/// What kinds are made of.
const FEATURES: [&str; 3] = ["recency", "frequency", "monetary"];

/// The most kinds that are looked at.
const MOST: usize = 6;

/// How often customers are drawn anew to see whether the kinds are found again.
const RESAMPLES: usize = 50;

/// How often for each number of kinds that is looked at, how often they are split in halves, and
/// how many data sets without kinds are held against them.
const PANEL: usize = 10;

/// How many customers are enough to tell how many kinds there are.
const ENOUGH: usize = 20_000;

#[derive(Serialize)]
pub(crate) struct Kinds {
    /// Name and version.
    scheme: String,
    features: [&'static str; 3],
    k: usize,
    /// Why so many.
    reasons: Vec<String>,
    /// What speaks against it.
    against: Vec<String>,
    groups: Vec<Kind>,
}

#[derive(Serialize)]
struct Kind {
    id: u32,
    name: String,
    customers: usize,
    share_of_customers: f64,
    share_of_revenue: Option<f64>,
    median_recency_days: Option<f64>,
    median_frequency: Option<f64>,
    median_revenue: Option<f64>,
    /// How alike the kind is when customers are drawn anew, 1 if it is always the same.
    jaccard: Option<f64>,
    #[serde(skip)]
    verdict: Option<StabilityVerdict>,
}

impl Kinds {
    pub(crate) fn new(analysis: &Analysis<'_>) -> Result<Self> {
        let summary = &analysis.summary;
        let all = summary.features()?;
        let features = of_rows(&all, &(0..all.len()).collect::<Vec<_>>())?;
        // Days, counts and money have long tails, and money can be below 0.
        let column = ColumnParams::default()
            .transform(Transform::YeoJohnson)
            .missing(Missing::OwnSegment);
        let preparation = PreparationParams::default().all(column);

        // Who has no purchase is set apart, and has no say in how many kinds there are.
        let bought = |row: &usize| features.view().row(*row).iter().all(|x| x.is_finite());
        let step = features.len().div_ceil(ENOUGH).max(1);
        let known = (0..features.len()).step_by(step).filter(bought);
        let known = of_rows(&features, &known.collect::<Vec<_>>())?;
        let prepared = preparation.fit(&known)?.apply(&known)?;
        let panel = PanelParams::new(2..=MOST)
            .resamples(PANEL)
            .splits(PANEL)
            .references(PANEL)
            .evaluate_observed(prepared.features(), &mut progress::follow())?;
        let model = KMeansParams::new(panel.recommendation.k);
        let params = SegmentationParams::new("kinds", model.clone()).preparation(preparation);
        let as_of = summary.as_of();
        let mut segmentation = params.fit_observed(&features, as_of, &mut progress::follow())?;
        let assignments = segmentation.assign(&features, as_of)?.into_assignments();
        let stability = StabilityParams::default().resamples(RESAMPLES);
        let stability = stability.evaluate_segmentation_observed(
            &segmentation,
            &features,
            model,
            &mut progress::follow(),
        )?;

        let revenue = all
            .column("monetary")
            .map(|column| column.mapv(|x| if x.is_nan() { 0.0 } else { x }));
        let revenue = revenue.map(|column| column.to_vec()).unwrap_or_default();
        let inputs = ProfileInputs::default().revenue(&revenue);
        let profiles = ProfileParams::default().profile_with(&features, &assignments, inputs)?;
        segmentation.rename_all(&NamingRules::standard().propose(&profiles)?)?;
        let kinds =
            profiles
                .segments
                .iter()
                .zip(segmentation.segments())
                .map(|(profile, segment)| {
                    let median = |name: &str| profile.numeric(name)?.summary.median;
                    let found = stability
                        .clusters
                        .iter()
                        .find(|found| found.label == segment.id.0);
                    Kind {
                        id: segment.id.0,
                        name: segment.name.clone(),
                        customers: profile.customers,
                        share_of_customers: profile.share,
                        share_of_revenue: profile.revenue_share,
                        median_recency_days: median("recency"),
                        median_frequency: median("frequency"),
                        median_revenue: median("monetary"),
                        jaccard: found.map(|found| found.mean_jaccard),
                        verdict: found.map(ClusterStability::verdict),
                    }
                });
        Ok(Self {
            scheme: segmentation.scheme(),
            features: FEATURES,
            k: panel.recommendation.k,
            reasons: panel
                .recommendation
                .reasons
                .iter()
                .map(ToString::to_string)
                .collect(),
            against: panel
                .recommendation
                .against
                .iter()
                .map(ToString::to_string)
                .collect(),
            groups: kinds.filter(|kind| kind.customers > 0).collect(),
        })
    }
}

/// The features that kinds are made of, of some customers.
fn of_rows(all: &Features, rows: &[usize]) -> Result<Features> {
    let column = |name: &&str| -> Vec<f64> {
        let values = |column: ArrayView1<'_, f64>| rows.iter().map(|&row| column[row]).collect();
        all.column(name).map(values).unwrap_or_default()
    };
    let columns: Vec<Vec<f64>> = FEATURES.iter().map(column).collect();
    let columns: Vec<(&str, &[f64])> = (FEATURES.iter().zip(&columns))
        .map(|(name, values)| (*name, &values[..]))
        .collect();
    Ok(Features::from_columns(&columns, MissingValues::Keep)?)
}

impl fmt::Display for Kinds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let headers = [
            "Kind",
            "Customers",
            "Share",
            "Share of revenue",
            "Median days since last purchase",
            "Purchase days",
            "Revenue",
            "Found again",
        ];
        let two = |value: Option<f64>| or_none(value.map(|value| format!("{value:.2}")));
        let rows = self.groups.iter().map(|kind| {
            [
                kind.name.clone(),
                count(kind.customers),
                percent(Some(kind.share_of_customers)),
                percent(kind.share_of_revenue),
                or_none(kind.median_recency_days),
                or_none(kind.median_frequency),
                two(kind.median_revenue),
                two(kind.jaccard),
            ]
        });
        writeln!(f, "{}", table(headers, 1, rows))?;
        writeln!(f, "Why {} kinds:", self.k)?;
        for reason in &self.reasons {
            writeln!(f, "  for it: {reason}.")?;
        }
        for reason in &self.against {
            writeln!(f, "  against it: {reason}.")?;
        }
        let doubtful = |verdict: StabilityVerdict| {
            !matches!(
                verdict,
                StabilityVerdict::Stable | StabilityVerdict::HighlyStable
            )
        };
        for kind in &self.groups {
            if let Some(verdict) = kind.verdict.filter(|verdict| doubtful(*verdict)) {
                writeln!(f, "{}: {}.", kind.name, verdict.statement())?;
            }
        }
        Ok(())
    }
}
