//! Kinds of customers, found in what they do: how many kinds there are, how sure that is,
//! and what sets them apart.

use std::fmt;

use custometry::{
    overview,
    segmentation::{ClusterStability, StabilityVerdict},
};
use serde::Serialize;

use crate::common::tables::{count, or_none, percent, table};

/// What kinds are made of.
const FEATURES: [&str; 3] = ["recency", "frequency", "monetary"];

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
    pub(crate) fn new(kinds: &overview::Kinds) -> Self {
        let segmentation = &kinds.segmentation;
        let profiles = kinds.profiles.segments.iter();
        let groups = profiles
            .zip(segmentation.segments())
            .map(|(profile, segment)| {
                let median = |name: &str| profile.numeric(name)?.summary.median;
                let mut clusters = kinds.stability.clusters.iter();
                let found = clusters.find(|found| found.label == segment.id.0);
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
        let why = &kinds.panel.recommendation;
        Self {
            scheme: segmentation.scheme(),
            features: FEATURES,
            k: why.k,
            reasons: why.reasons.iter().map(ToString::to_string).collect(),
            against: why.against.iter().map(ToString::to_string).collect(),
            groups: groups.filter(|kind| kind.customers > 0).collect(),
        }
    }
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
