//! The segments by recency, frequency and money.

use serde::Serialize;

use crate::{
    Result,
    data::{Assignments, CustomerIx, MinorUnits, Segment},
    value::{Rfm, RfmParams, RfmScores, SegmentMap, Summary},
};

/// Which segment each customer belongs to, by recency, frequency and money.
///
/// # Example
///
/// See [`Overview::segments`](super::Overview::segments).
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct RfmSegments {
    /// The edges of the scores.
    pub rfm: Rfm,
    /// The scores of each customer.
    pub scores: RfmScores,
    /// The segment of each customer.
    pub assignments: Assignments,
    /// What each segment brings in, in the order of the map.
    pub figures: Vec<SegmentFigures>,
}

/// A segment in numbers.
///
/// # Example
///
/// See [`Overview::segments`](super::Overview::segments).
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct SegmentFigures {
    /// The segment.
    pub segment: Segment,
    /// Its customers.
    pub customers: usize,
    /// Of all customers; none if there are none.
    pub share_of_customers: Option<f64>,
    /// Their revenue, net of refunds.
    pub revenue: MinorUnits,
    /// Of all revenue; none where that is 0.
    pub share_of_revenue: Option<f64>,
    /// The median of days since the last purchase; none where nobody bought.
    pub median_recency_days: Option<f64>,
}

impl RfmSegments {
    /// By edges that are given, or those of the customers themselves.
    pub(super) fn new(summary: &Summary, params: &RfmParams, given: Option<&Rfm>) -> Result<Self> {
        let rfm = match given {
            Some(rfm) => rfm.clone(),
            None => params.fit(summary)?,
        };
        let (scores, assignments) = score(&rfm, summary)?;
        Ok(Self {
            figures: figures(summary, &assignments)?,
            rfm,
            scores,
            assignments,
        })
    }

    /// The segments of another day by the edges of today.
    pub(super) fn of_summary(&self, summary: &Summary) -> Result<Assignments> {
        score(&self.rfm, summary).map(|(_, assignments)| assignments)
    }
}

fn score(rfm: &Rfm, summary: &Summary) -> Result<(RfmScores, Assignments)> {
    let scores = rfm.score(summary)?;
    let assignments = scores.assign(&SegmentMap::standard(rfm.bins())?)?;
    Ok((scores, assignments))
}

fn figures(summary: &Summary, assignments: &Assignments) -> Result<Vec<SegmentFigures>> {
    let count = assignments.segments().len();
    let mut members = vec![0; count];
    let mut revenue = vec![0_i128; count];
    let mut days: Vec<Vec<u32>> = vec![Vec::new(); count];
    for customer in summary.customers().numbers() {
        let Some(place) = assignments.place(customer.at()) else {
            continue;
        };
        members[place] += 1;
        let money = summary.total_money(customer);
        revenue[place] += money.map_or(0, |money| i128::from(money.0));
        days[place].extend(summary.days_since_last(customer));
    }
    let all: i128 = revenue.iter().sum();
    let of = |(place, segment): (usize, &Segment)| {
        Ok(SegmentFigures {
            segment: segment.clone(),
            customers: members[place],
            share_of_customers: (!summary.is_empty())
                .then(|| members[place] as f64 / summary.len() as f64),
            revenue: MinorUnits::from_sum(revenue[place], "the revenue of a segment")?,
            share_of_revenue: (all != 0).then(|| revenue[place] as f64 / all as f64),
            median_recency_days: median(std::mem::take(&mut days[place])),
        })
    };
    assignments.segments().iter().enumerate().map(of).collect()
}

/// The middle value, or the mean of the two in the middle.
fn median(mut values: Vec<u32>) -> Option<f64> {
    values.sort_unstable();
    let upper = *values.get(values.len() / 2)?;
    let lower = *values.get((values.len() - 1) / 2)?;
    Some(f64::midpoint(lower.into(), upper.into()))
}

/// The same segments with those who have not bought yet outside.
pub(super) fn of_buyers(summary: &Summary, segments: &Assignments) -> Result<Assignments> {
    let row = |customer: CustomerIx| {
        summary.days_since_last(customer)?;
        let place = segments.place(customer.at())?;
        Some(segments.segments()[place].id)
    };
    let rows = summary.customers().numbers().map(row).collect();
    let all = segments.segments().to_vec();
    Assignments::new(segments.scheme(), segments.as_of(), all, rows)
}
