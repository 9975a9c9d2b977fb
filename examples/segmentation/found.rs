//! What is found: segments, how far apart they are, and whether they would be found again.

use std::{collections::BTreeMap, time::Instant};

use chrono::NaiveDate;
use custometry::{
    data::{Assignments, Features},
    segmentation::{
        CategoryParams, CategoryProfile, ClusterStability, ColumnParams, Covariance, Dispersion,
        Encoding, GaussianMixtureParams, KMeansParams, KPrototypesParams, Missing, NamingRules,
        NumericProfile, Panel, PanelParams, PreparationParams, ProfileParams, Scale, SegmentModel,
        SegmentModelParams, SegmentProfile, Segmentation, SegmentationParams, SilhouetteParams,
        Stability, StabilityParams, StabilityVerdict, Transform,
    },
};
use serde::Serialize;

use crate::{
    Args, MissingArg, ModelArg, ScaleArg, TransformArg,
    common::{Result, progress},
    read::Customers,
};

/// Everything that is told. `--json` writes it as it stands.
#[derive(Serialize)]
pub(crate) struct Found {
    pub(crate) file: String,
    pub(crate) customers: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) weight: Option<String>,
    pub(crate) model: &'static str,
    pub(crate) seed: u64,
    /// Of the preparation.
    pub(crate) warnings: Vec<String>,
    pub(crate) k: usize,
    /// The sum of squares around the means of the segments, in the prepared columns of numbers.
    pub(crate) inertia: f64,
    /// The share of the sum of squares that the segments explain.
    pub(crate) explained: f64,
    pub(crate) silhouette: Option<f64>,
    /// Where the silhouette is of a sample.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) silhouette_se: Option<f64>,
    pub(crate) calinski_harabasz: Option<f64>,
    pub(crate) davies_bouldin: Option<f64>,
    #[serde(flatten)]
    pub(crate) of_model: OfModel,
    /// Customers who are in no segment.
    pub(crate) unassigned: usize,
    /// By falling size.
    pub(crate) segments: Vec<Segment>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) panel: Option<Vec<custometry::segmentation::PanelRow>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) recommendation: Option<Recommendation>,
    /// In all, without reading the file.
    pub(crate) seconds: f64,
    #[serde(skip)]
    pub(crate) whole: Whole,
}

/// What the page and the file of segments look at.
pub(crate) struct Whole {
    pub(crate) segmentation: Segmentation,
    pub(crate) panel: Option<Panel>,
    placements: custometry::segmentation::Placements,
    membership: Option<ndarray::Array2<f64>>,
}

/// Figures that only some models have.
#[derive(Default, Serialize)]
pub(crate) struct OfModel {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) log_likelihood: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) bic: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) aic: Option<f64>,
    /// The sum of all dissimilarities to prototypes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) cost: Option<f64>,
    /// What a category that differs costs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) gamma: Option<f64>,
}

#[derive(Serialize)]
pub(crate) struct Recommendation {
    k: usize,
    reasons: Vec<String>,
    against: Vec<String>,
}

#[derive(Serialize)]
pub(crate) struct Segment {
    pub(crate) id: u32,
    pub(crate) name: String,
    /// Customers.
    pub(crate) size: usize,
    pub(crate) weight: f64,
    /// Of the whole weight.
    pub(crate) share: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) jaccard: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) jaccard_se: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) dissolved: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) recovered: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) silhouette: Option<f64>,
    /// By feature, in the original units.
    pub(crate) profile: BTreeMap<String, Feature>,
    /// Keys of typical customers.
    pub(crate) exemplars: Vec<String>,
    #[serde(skip)]
    pub(crate) verdict: Option<StabilityVerdict>,
    #[serde(skip)]
    pub(crate) distinguishing: Vec<String>,
}

/// A feature of a segment.
#[derive(Serialize)]
#[serde(untagged)]
pub(crate) enum Feature {
    Number {
        mean: Option<f64>,
        sd: Option<f64>,
        median: Option<f64>,
        min: Option<f64>,
        max: Option<f64>,
        /// 100 is the population.
        index: Option<f64>,
        standardised_difference: Option<f64>,
        missing: usize,
    },
    Label {
        shares: BTreeMap<String, Option<f64>>,
        lifts: BTreeMap<String, Option<f64>>,
        missing: usize,
    },
}

#[expect(
    clippy::disallowed_methods,
    reason = "the program times the library, which never times itself"
)]
fn now() -> Instant {
    Instant::now()
}

/// A file says nothing of the day it is of.
const NO_DAY: NaiveDate = NaiveDate::MIN;

impl Args {
    fn preparation(&self) -> PreparationParams {
        let transform = match self.transform {
            TransformArg::Ln => Transform::Ln,
            TransformArg::Log1p => Transform::Log1p,
            TransformArg::None => Transform::None,
        };
        let scale = match self.scale {
            ScaleArg::Z => Scale::ZScore,
            ScaleArg::Robust => Scale::Robust,
            ScaleArg::None => Scale::None,
        };
        let missing = match self.missing {
            MissingArg::Refuse => Missing::Refuse,
            MissingArg::Median => Missing::Median,
            MissingArg::Mark => Missing::IndicatorAndMedian,
            MissingArg::Apart => Missing::OwnSegment,
        };
        let column = ColumnParams::default();
        let column = column.transform(transform).scale(scale).missing(missing);
        let encoding = match self.model {
            ModelArg::Kprototypes => Encoding::Native,
            ModelArg::Kmeans | ModelArg::Gmm => Encoding::OneHot,
        };
        let categories = CategoryParams::default().encoding(encoding);
        PreparationParams::default()
            .all(column)
            .all_categories(categories)
    }

    fn model(&self, k: usize) -> SegmentModelParams {
        match self.model {
            ModelArg::Kmeans => KMeansParams::new(k).seed(self.seed).into(),
            ModelArg::Gmm => GaussianMixtureParams::new(k).seed(self.seed).into(),
            ModelArg::Kprototypes => KPrototypesParams::new(k).seed(self.seed).into(),
        }
    }

    fn model_name(&self) -> &'static str {
        match self.model {
            ModelArg::Kmeans => "kmeans",
            ModelArg::Gmm => "gmm",
            ModelArg::Kprototypes => "kprototypes",
        }
    }
}

impl Found {
    pub(crate) fn new(args: &Args, customers: &Customers) -> Result<Self> {
        let start = now();
        let features = &customers.features;
        let preparation = args.preparation();
        let panel = match args.k {
            Some(_) => None,
            None => Some(Self::panel(args, features)?),
        };
        let recommended = panel.as_ref().map(|panel| panel.recommendation.k);
        let k = args.k.or(recommended).ok_or("no number of segments")?;
        let params = SegmentationParams::new("segmentation", args.model(k));
        let params = params.preparation(preparation);
        let mut segmentation = params.fit_observed(features, NO_DAY, &mut progress::follow())?;
        let prepared = segmentation
            .preparation()
            .map(|p| p.apply(features))
            .transpose()?;
        let prepared = prepared
            .as_ref()
            .map_or(features, |prepared| prepared.features());
        let placements = segmentation.assign(features, NO_DAY)?;

        // Rows that a missing value sets apart are in no group that was looked for.
        let groups = segmentation.places_of_clusters().len();
        let label = |place: Option<usize>| match place {
            Some(place) if place < groups => u32::try_from(place).unwrap_or(u32::MAX),
            _ => u32::MAX,
        };
        let assignments = placements.assignments();
        let labels: Vec<u32> = (0..assignments.len())
            .map(|row| label(assignments.place(row)))
            .collect();
        let dispersion = Dispersion::of_labels(prepared, &labels)?;
        let silhouette = SilhouetteParams::default().seed(args.seed);
        let silhouette = silhouette.evaluate(prepared, &labels).ok();
        let stability = (args.stability)
            .map(|resamples| {
                let params = StabilityParams::default()
                    .resamples(resamples)
                    .seed(args.seed);
                let observer = &mut progress::follow();
                let model = args.model(k);
                params.evaluate_segmentation_observed(&segmentation, features, model, observer)
            })
            .transpose()?;

        let profiles = ProfileParams::default().profile(features, assignments)?;
        segmentation.rename_all(&NamingRules::standard().propose(&profiles)?)?;
        let mut segments: Vec<Segment> = (profiles.segments.iter())
            .map(|profile| Segment::new(profile, &segmentation, &customers.keys))
            .collect();
        for (place, segment) in segments.iter_mut().enumerate() {
            let of_place = |label: u32| label as usize == place;
            if let Some(silhouette) = &silhouette {
                let mut all = silhouette.by_cluster.iter();
                let found = all.find(|cluster| of_place(cluster.label));
                segment.silhouette = found.map(|cluster| cluster.mean.value);
            }
            if let Some(stability) = &stability {
                segment.judge(stability);
            }
        }
        // Columns of which nothing is missing have a segment, and nobody in it.
        let mut place = 0;
        segments.retain(|segment| {
            place += 1;
            place <= groups || segment.size > 0
        });
        // The sort is stable: of equals the one with the lower number.
        segments.sort_by_key(|segment| std::cmp::Reverse(segment.size));
        let sampled = silhouette
            .as_ref()
            .filter(|found| found.compared < found.rows);
        let warnings = segmentation.preparation().map(|p| &p.report().warnings);
        Ok(Self {
            file: customers.path.display().to_string(),
            customers: features.len(),
            weight: customers.weight.clone(),
            model: args.model_name(),
            seed: args.seed,
            warnings: warnings
                .into_iter()
                .flatten()
                .map(ToString::to_string)
                .collect(),
            k,
            inertia: dispersion.within,
            explained: dispersion.explained(),
            silhouette: silhouette.as_ref().map(|found| found.mean.value),
            silhouette_se: sampled.map(|found| found.mean.se),
            calinski_harabasz: dispersion.calinski_harabasz().ok(),
            davies_bouldin: dispersion.davies_bouldin().ok(),
            of_model: OfModel::new(segmentation.model()),
            unassigned: profiles.unassigned,
            segments,
            recommendation: panel.as_ref().map(Recommendation::new),
            panel: panel.as_ref().map(|panel| panel.rows.clone()),
            seconds: (now() - start).as_secs_f64(),
            whole: Whole {
                membership: segmentation.membership(features)?,
                placements,
                segmentation,
                panel,
            },
        })
    }

    fn panel(args: &Args, features: &Features) -> Result<Panel> {
        let params = PanelParams::new(args.k_range.clone()).seed(args.seed);
        let params = match args.model {
            ModelArg::Kmeans => params,
            ModelArg::Gmm => params.mixtures(Covariance::Full),
            ModelArg::Kprototypes => {
                return Err("a range is looked at with numbers only: say --k".into());
            }
        };
        let prepared = args.preparation().fit(features)?.apply(features)?;
        let observer = &mut progress::follow();
        Ok(params.evaluate_observed(prepared.features(), observer)?)
    }

    /// One line a customer, in the order of the file.
    pub(crate) fn to_csv(&self, customers: &Customers) -> Result<Vec<u8>> {
        let Whole {
            segmentation,
            placements,
            membership,
            ..
        } = &self.whole;
        let mut writer = csv::Writer::from_writer(Vec::new());
        let id = customers.id.as_deref().unwrap_or("row");
        let mut header = [
            id,
            "segment",
            "name",
            "distance",
            "margin",
            "runner_up",
            "novel",
        ]
        .map(str::to_owned)
        .to_vec();
        if membership.is_some() {
            let ids = segmentation.segments().iter();
            header.extend(ids.map(|segment| format!("membership_{}", segment.id.0)));
        }
        writer.write_record(header)?;
        let assignments: &Assignments = placements.assignments();
        let number = |number: Option<f64>| number.map_or_else(String::new, |n| n.to_string());
        for (row, key) in customers.keys.iter().enumerate() {
            let segment = assignments.get(row);
            let named = segmentation
                .segments()
                .iter()
                .find(|known| Some(known.id) == segment);
            let runner_up = placements.runner_up(row);
            let mut line = vec![
                key.clone(),
                segment.map_or_else(String::new, |id| id.0.to_string()),
                named.map_or_else(String::new, |segment| segment.name.clone()),
                number(placements.distance(row)),
                number(placements.margin(row)),
                runner_up.map_or_else(String::new, |segment| segment.id.0.to_string()),
                placements.is_novel(row).to_string(),
            ];
            if let Some(membership) = membership {
                line.extend(membership.row(row).iter().map(ToString::to_string));
            }
            writer.write_record(line)?;
        }
        Ok(writer.into_inner().map_err(|error| error.to_string())?)
    }
}

impl OfModel {
    fn new(model: &SegmentModel) -> Self {
        match model {
            SegmentModel::GaussianMixture(mixture) => Self {
                log_likelihood: Some(mixture.log_likelihood()),
                bic: Some(mixture.bic()),
                aic: Some(mixture.aic()),
                ..Self::default()
            },
            SegmentModel::KPrototypes(prototypes) => Self {
                cost: Some(prototypes.cost()),
                gamma: Some(prototypes.gamma()),
                ..Self::default()
            },
            _ => Self::default(),
        }
    }
}

impl Recommendation {
    fn new(panel: &Panel) -> Self {
        let text = |reasons: &[custometry::segmentation::PanelReason]| {
            reasons.iter().map(ToString::to_string).collect()
        };
        let found = &panel.recommendation;
        Self {
            k: found.k,
            reasons: text(&found.reasons),
            against: text(&found.against),
        }
    }
}

impl Segment {
    fn new(profile: &SegmentProfile, segmentation: &Segmentation, keys: &[String]) -> Self {
        let mut segments = segmentation.segments().iter();
        let named = segments.find(|segment| segment.id == profile.id);
        let numbers = profile
            .numeric
            .iter()
            .map(|found| (found.summary.feature.clone(), Feature::number(found)));
        let labels = profile
            .categories
            .iter()
            .map(|found| (found.feature.clone(), Feature::label(found)));
        Self {
            id: profile.id.0,
            name: named.map_or_else(|| profile.name.clone(), |segment| segment.name.clone()),
            size: profile.customers,
            weight: profile.weight,
            share: profile.share,
            jaccard: None,
            jaccard_se: None,
            dissolved: None,
            recovered: None,
            silhouette: None,
            profile: numbers.chain(labels).collect(),
            exemplars: profile
                .exemplars
                .iter()
                .map(|found| keys[found.row].clone())
                .collect(),
            verdict: None,
            distinguishing: (profile.distinguishing.iter())
                .map(|found| {
                    let by = found.standardised_difference();
                    format!("{} {by:+.2}", found.feature())
                })
                .collect(),
        }
    }

    fn judge(&mut self, stability: &Stability) {
        let found = stability
            .clusters
            .iter()
            .find(|cluster| cluster.label == self.id);
        self.jaccard = found.map(|cluster| cluster.mean_jaccard);
        self.jaccard_se = found.map(|cluster| cluster.standard_error);
        self.dissolved = found.map(|cluster| cluster.dissolved);
        self.recovered = found.map(|cluster| cluster.recovered);
        self.verdict = found.map(ClusterStability::verdict);
    }
}

impl Feature {
    fn number(found: &NumericProfile) -> Self {
        let summary = &found.summary;
        Self::Number {
            mean: summary.mean,
            sd: summary.sd,
            median: summary.median,
            min: summary.min,
            max: summary.max,
            index: found.index,
            standardised_difference: found.standardised_difference,
            missing: summary.missing,
        }
    }

    fn label(found: &CategoryProfile) -> Self {
        let levels = || found.levels.iter();
        Self::Label {
            shares: levels()
                .map(|level| (level.level.clone(), level.share))
                .collect(),
            lifts: levels()
                .map(|level| (level.level.clone(), level.lift))
                .collect(),
            missing: found.missing,
        }
    }
}
