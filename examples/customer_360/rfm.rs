//! The RFM segments: how many customers are in each, and what they bring in.

use std::fmt;

use custometry::{data::Currency, overview, value::RfmBins};
use serde::Serialize;

use crate::common::{
    money::Money,
    tables::{count, or_none, percent, table},
};

#[derive(Serialize)]
pub(crate) struct RfmSegments {
    /// The map and the edges by which the segments were given.
    scheme: String,
    segments: Vec<Segment>,
    recency_bins: RfmBins,
    frequency_bins: RfmBins,
    monetary_bins: RfmBins,
    #[serde(skip)]
    currency: String,
}

#[derive(Serialize)]
struct Segment {
    id: u32,
    name: String,
    customers: usize,
    share_of_customers: Option<f64>,
    revenue: Money,
    share_of_revenue: Option<f64>,
    median_recency_days: Option<f64>,
}

impl RfmSegments {
    pub(crate) fn new(segments: &overview::RfmSegments, currency: Currency) -> Self {
        let all: i128 = segments
            .figures
            .iter()
            .map(|of| i128::from(of.revenue.0))
            .sum();
        let segment = |of: &overview::SegmentFigures| Segment {
            id: of.segment.id.0,
            name: of.segment.name.clone(),
            customers: of.customers,
            share_of_customers: of.share_of_customers,
            revenue: Money::new(of.revenue, currency),
            share_of_revenue: of.share_of_revenue.filter(|_| all > 0),
            median_recency_days: of.median_recency_days,
        };
        Self {
            scheme: segments.assignments.scheme().to_owned(),
            segments: segments.figures.iter().map(segment).collect(),
            recency_bins: segments.rfm.recency_bins(),
            frequency_bins: segments.rfm.frequency_bins(),
            monetary_bins: segments.rfm.monetary_bins(),
            currency: currency.code().to_owned(),
        }
    }
}

impl fmt::Display for RfmSegments {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let revenue = format!("Revenue, {}", self.currency);
        let headers = [
            "Segment",
            "Customers",
            "Share",
            &revenue,
            "Share",
            "Median days since last purchase",
        ];
        let rows = self.segments.iter().map(|segment| {
            [
                segment.name.clone(),
                count(segment.customers),
                percent(segment.share_of_customers),
                segment.revenue.to_string(),
                percent(segment.share_of_revenue),
                or_none(segment.median_recency_days),
            ]
        });
        writeln!(f, "{}", table(headers, 1, rows))?;
        let measures = [
            ("recency", &self.recency_bins),
            ("frequency", &self.frequency_bins),
            ("money", &self.monetary_bins),
        ];
        for (measure, bins) in measures {
            let (empty, all) = (bins.empty(), bins.sizes.len());
            if empty > 0 {
                writeln!(
                    f,
                    "{empty} of the {all} {measure} scores went to nobody, because equal \
                     customers get equal scores."
                )?;
            }
        }
        Ok(())
    }
}
