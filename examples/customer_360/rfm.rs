//! The RFM segments: how many customers are in each, and what they bring in.

use std::fmt;

use custometry::value::RfmBins;
use serde::Serialize;

use crate::{
    Analysis,
    common::{
        Result,
        money::Money,
        tables::{count, or_none, percent, table},
    },
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
    pub(crate) fn new(analysis: &Analysis<'_>) -> Result<Self> {
        let Analysis {
            summary, segments, ..
        } = analysis;
        let currency = summary.currency();
        let total = |customer| summary.total_money(customer);
        let all_revenue = Money::sum(summary.customers().numbers().filter_map(total), currency)?;
        let segment = |(place, segment): (usize, &custometry::data::Segment)| {
            let belongs = |at: usize| segments.place(at) == Some(place);
            let numbers = summary.customers().numbers();
            let members: Vec<_> = numbers.filter(|customer| belongs(customer.at())).collect();
            let revenue = Money::sum(members.iter().copied().filter_map(total), currency)?;
            let days = members.iter().copied();
            let days = days.filter_map(|customer| summary.days_since_last(customer));
            Ok(Segment {
                id: segment.id.0,
                name: segment.name.clone(),
                customers: members.len(),
                share_of_customers: share(members.len(), summary.len()),
                revenue,
                share_of_revenue: revenue.share_of(all_revenue),
                median_recency_days: median(days.collect()),
            })
        };
        Ok(Self {
            scheme: segments.scheme().to_owned(),
            segments: (segments.segments().iter().enumerate().map(segment))
                .collect::<Result<_>>()?,
            recency_bins: analysis.rfm.recency_bins(),
            frequency_bins: analysis.rfm.frequency_bins(),
            monetary_bins: analysis.rfm.monetary_bins(),
            currency: currency.code().to_owned(),
        })
    }
}

fn share(part: usize, whole: usize) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

/// The middle value, or the mean of the two in the middle.
fn median(mut values: Vec<u32>) -> Option<f64> {
    values.sort_unstable();
    let upper = *values.get(values.len() / 2)?;
    let lower = *values.get((values.len() - 1) / 2)?;
    Some(f64::midpoint(lower.into(), upper.into()))
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
        writeln!(f, "2. Segments, by recency, frequency and money")?;
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
