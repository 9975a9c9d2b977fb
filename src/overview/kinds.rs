//! Kinds of customers, found in what they do.

use ndarray::ArrayView1;
use serde::Serialize;

use crate::{
    Observer, Result,
    data::{Assignments, CustomerIx, Features, MissingValues},
    segmentation::{
        ColumnParams, KMeansParams, Missing, NamingRules, Panel, PanelParams, PreparationParams,
        ProfileInputs, ProfileParams, Profiles, Segmentation, SegmentationParams, Stability,
        StabilityParams, Transform,
    },
    value::Summary,
};

/// Kinds of customers: how many there are, how sure that is, and what sets them apart.
///
/// # Example
///
/// See [`Overview::kinds`](super::Overview::kinds).
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Kinds {
    /// How many kinds there are, and why.
    pub panel: Panel,
    /// The kinds, frozen and named. Customers without a purchase have a segment of their own.
    pub segmentation: Segmentation,
    /// The kind of each customer.
    pub assignments: Assignments,
    /// Whether they are found again when customers are drawn anew.
    pub stability: Stability,
    /// What sets them apart.
    pub profiles: Profiles,
    /// How many customers the number of kinds and their stability are told of.
    pub looked_at: usize,
}

/// What kinds are made of.
pub(super) const FEATURES: [&str; 3] = ["recency", "frequency", "monetary"];

/// How often customers are drawn anew to see whether the kinds are found again.
const RESAMPLES: usize = 50;

/// How often for each number of kinds that is looked at, how often they are split in halves, and
/// how many data sets without kinds are held against them.
const PANEL: usize = 10;

impl Kinds {
    pub(super) fn new(
        summary: &Summary,
        drawn: &[CustomerIx],
        (most, seed): (usize, u64),
        observer: &mut dyn Observer,
    ) -> Result<Self> {
        let as_of = summary.as_of();
        let all = summary.features()?;
        let every: Vec<usize> = (0..all.len()).collect();
        let features = of_rows(&all, &every)?;
        // Days, counts and money have long tails, and money can be below 0.
        let column = ColumnParams::default()
            .transform(Transform::YeoJohnson)
            .missing(Missing::OwnSegment);
        let preparation = PreparationParams::default().all(column);

        // Who has no purchase is set apart, and has no say in how many kinds there are.
        let known: Vec<usize> = drawn.iter().map(|customer| customer.at()).collect();
        let known = of_rows(&features, &known)?;
        let prepared = preparation.fit(&known)?.apply(&known)?;
        let panel = PanelParams::new(2..=most)
            .resamples(PANEL)
            .splits(PANEL)
            .references(PANEL)
            .seed(seed)
            .evaluate_observed(prepared.features(), observer)?;
        let model = KMeansParams::new(panel.recommendation.k).seed(seed);
        let params = SegmentationParams::new("kinds", model.clone()).preparation(preparation);
        // In the order of the keys, so that the order of the rows has no say.
        let by_key = summary.customers().key_order();
        let by_key: Vec<usize> = by_key.iter().map(|customer| customer.at()).collect();
        let ordered = of_rows(&features, &by_key)?;
        let mut segmentation = params.fit_observed(&ordered, as_of, observer)?;
        let assignments = segmentation.assign(&features, as_of)?.into_assignments();
        let stability = StabilityParams::default()
            .resamples(RESAMPLES)
            .seed(seed)
            .evaluate_segmentation_observed(&segmentation, &known, model, observer)?;

        let revenue = all.column("monetary");
        let revenue = revenue.map(|column| column.mapv(|x| if x.is_nan() { 0.0 } else { x }));
        let revenue = revenue.map(|column| column.to_vec()).unwrap_or_default();
        let inputs = ProfileInputs::default().revenue(&revenue);
        let profiles = ProfileParams::default().profile_with(&features, &assignments, inputs)?;
        let names = NamingRules::standard().propose(&profiles)?;
        // Those set apart do nothing that a name could be made of.
        let bought = |id| {
            let found = profiles.segments.iter().find(|of| of.id == id);
            let frequency = found.and_then(|of| of.numeric("frequency")?.summary.median);
            frequency.is_some()
        };
        let names: Vec<_> = names.into_iter().filter(|name| bought(name.id)).collect();
        segmentation.rename_all(&names)?;
        Ok(Self {
            looked_at: known.len(),
            panel,
            assignments: renamed(&assignments, &segmentation)?,
            segmentation,
            stability,
            profiles,
        })
    }
}

/// The same assignments with the names that segments were given.
fn renamed(assignments: &Assignments, segmentation: &Segmentation) -> Result<Assignments> {
    Assignments::new(
        assignments.scheme(),
        assignments.as_of(),
        segmentation.segments().to_vec(),
        assignments.iter().collect(),
    )
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
    Features::from_columns(&columns, MissingValues::Keep)
}
