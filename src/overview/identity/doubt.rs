//! How sure the figures are, as far as it is in doubt who is who.

use chrono::NaiveDate;
use serde::Serialize;

use crate::{
    Observer, Result,
    data::Estimate,
    identity::Alternatives,
    numeric::{Stage, map_chunks_observed},
    value::Summary,
};

/// The figures of resolved customers with intervals over what else could be: see
/// [`AlternativesParams`](crate::identity::AlternativesParams).
///
/// # Example
///
/// See [`Overview::identity`](crate::overview::Overview::identity).
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[non_exhaustive]
pub struct FiguresInDoubt {
    /// Customers with a purchase.
    pub customers: Estimate,
    /// The share of them with one purchase day.
    pub one_time_share: Estimate,
    /// The share of them with two purchase days or more.
    pub repeat_rate: Estimate,
}

/// When the keys of a log bought. A customer with several keys bought on one day only if
/// the first day of all of them is the last: that is all that the figures need.
struct Bought {
    /// A record with the key, and the first and the last purchase day of the key.
    of_record: Vec<(u32, NaiveDate, NaiveDate)>,
    records: usize,
    /// Customers that no record has, and those of them with one purchase day.
    others: (usize, usize),
}

impl Bought {
    /// From the record of each key, if it has one, and the summary of the keys.
    fn new(record_of: &[Option<u32>], records: usize, by_key: &Summary) -> Self {
        let mut bought = Self {
            of_record: Vec::new(),
            records,
            others: (0, 0),
        };
        for (key, record) in by_key.customers().numbers().zip(record_of) {
            let days = by_key.first_purchase(key).zip(by_key.last_purchase(key));
            let Some((first, last)) = days else {
                continue;
            };
            if let Some(record) = record {
                bought.of_record.push((*record, first, last));
            } else {
                bought.others.0 += 1;
                bought.others.1 += usize::from(first == last);
            }
        }
        bought
    }

    /// Customers, the share of them with one purchase day, and that with more, given the
    /// person of each record. Somebody bought.
    fn figures(&self, cluster: &[u32]) -> [f64; 3] {
        let mut days: Vec<Option<(NaiveDate, NaiveDate)>> = vec![None; self.records];
        for &(record, first, last) in &self.of_record {
            let of_person = &mut days[cluster[record as usize] as usize];
            let (from, to) = of_person.get_or_insert((first, last));
            *from = first.min(*from);
            *to = last.max(*to);
        }
        let (mut customers, mut once) = self.others;
        for (first, last) in days.into_iter().flatten() {
            customers += 1;
            once += usize::from(first == last);
        }
        let share = once as f64 / customers as f64;
        [customers as f64, share, 1.0 - share]
    }
}

impl FiguresInDoubt {
    /// From the people, what else could be, the record of each key of the log, and the
    /// summary of these keys. `None` if nobody bought.
    pub(super) fn new(
        cluster: &[u32],
        alternatives: &Alternatives,
        record_of: &[Option<u32>],
        by_key: &Summary,
        level: f64,
        observer: &mut dyn Observer,
    ) -> Result<Option<Self>> {
        if by_key.buyers() == 0 {
            return Ok(None);
        }
        let bought = Bought::new(record_of, cluster.len(), by_key);
        let stage = Stage {
            name: "drawing alternatives",
            total: alternatives.draws(),
        };
        let drawn = map_chunks_observed(0..stage.total, 1, stage, observer, |range| {
            let cluster = alternatives.cluster(range.start).unwrap_or_default();
            Ok(bought.figures(&cluster))
        })?;
        let own = bought.figures(cluster);
        let estimate = |at: usize| {
            let mut drawn: Vec<f64> = drawn.iter().map(|figures| figures[at]).collect();
            let mut estimate = Estimate::of_draws(own[at], &mut drawn, level)?;
            // What was resolved is one of the alternatives.
            estimate.lo = estimate.lo.min(own[at]);
            estimate.hi = estimate.hi.max(own[at]);
            Ok(estimate)
        };
        Ok(Some(Self {
            customers: estimate(0)?,
            one_time_share: estimate(1)?,
            repeat_rate: estimate(2)?,
        }))
    }
}
