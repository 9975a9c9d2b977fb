//! Bins that never move once they are set.

use std::{
    collections::HashMap,
    ops::{Range, RangeInclusive},
};

use foldhash::fast::FixedState;
use serde::{Deserialize, Serialize};

use crate::{
    Error, Result,
    data::{Assignments, Categories, Segment},
    migration::states,
    numeric::map_chunks,
};

/// Rows counted together; a constant.
const CHUNK: usize = 1 << 14;

/// The bins of one column. The last of them is for rows without a value.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum Bins {
    /// `(-inf, e1], (e1, e2], ..., (ek, inf)`, edges rising.
    Numbers { edges: Vec<f64> },
    /// A bin a label, then one for all other labels.
    Categories { labels: Vec<String> },
    /// A bin a segment of a scheme.
    Segments {
        scheme: String,
        segments: Vec<Segment>,
    },
}

/// What is in each bin, and how unequal the weights are.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Tally {
    pub(super) totals: Vec<f64>,
    pub(super) squares: f64,
    pub(super) rows: u64,
}

impl Tally {
    pub(super) fn plus(mut self, other: &Self) -> Self {
        for (total, more) in self.totals.iter_mut().zip(&other.totals) {
            *total += more;
        }
        self.squares += other.squares;
        self.rows += other.rows;
        self
    }
}

impl Bins {
    /// `Ok` if edges are finite and rise, or labels and segments differ.
    pub(super) fn check(&self) -> Result<()> {
        match self {
            Self::Numbers { edges } => {
                let rises = |at: usize| at == 0 || edges[at - 1] < edges[at];
                match (0..edges.len()).find(|&at| !(edges[at].is_finite() && rises(at))) {
                    None => Ok(()),
                    Some(at) => {
                        let reason =
                            format!("{} is not finite and above the edge before", edges[at]);
                        Err(Error::value("edges", at, reason))
                    }
                }
            }
            Self::Categories { labels } => {
                let mut places = HashMap::with_hasher(FixedState::default());
                for (row, label) in labels.iter().enumerate() {
                    if let Some(first_row) = places.insert(label, row) {
                        let key = label.as_str().into();
                        return Err(Error::DuplicateKey {
                            key,
                            first_row,
                            row,
                        });
                    }
                }
                Ok(())
            }
            Self::Segments { segments, .. } => states::check(segments),
        }
    }

    pub(super) fn len(&self) -> usize {
        match self {
            Self::Numbers { edges } => edges.len() + 2,
            Self::Categories { labels } => labels.len() + 2,
            Self::Segments { segments, .. } => segments.len() + 1,
        }
    }

    /// What each bin holds, for people.
    pub(super) fn labels(&self) -> Vec<String> {
        let mut shown: Vec<String> = match self {
            Self::Numbers { edges } => {
                let mut shown = Vec::with_capacity(edges.len() + 2);
                for (at, edge) in edges.iter().enumerate() {
                    shown.push(match at.checked_sub(1) {
                        None => format!("<= {edge}"),
                        Some(before) => format!("({}, {edge}]", edges[before]),
                    });
                }
                shown.push(match edges.last() {
                    Some(last) => format!("> {last}"),
                    None => "all values".into(),
                });
                shown
            }
            Self::Categories { labels } => {
                let other = "(other)".to_owned();
                labels.iter().cloned().chain([other]).collect()
            }
            Self::Segments { segments, .. } => segments
                .iter()
                .map(|segment| segment.name.clone())
                .collect(),
        };
        shown.push(
            match self {
                Self::Segments { .. } => "(no segment)",
                _ => "(missing)",
            }
            .to_owned(),
        );
        shown
    }

    /// What kind of column the bins are for.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Numbers { .. } => "numbers",
            Self::Categories { .. } => "categories",
            Self::Segments { .. } => "segments",
        }
    }

    /// Counts rows whose bins are known.
    fn tally(
        &self,
        rows: usize,
        weights: Option<&[f64]>,
        bin: impl Fn(usize) -> usize + Sync,
    ) -> Tally {
        let bins = self.len();
        let chunk = |range: Range<usize>| {
            let mut tally = Tally {
                totals: vec![0.0; bins],
                ..Tally::default()
            };
            for row in range {
                let weight = weights.map_or(1.0, |weights| weights[row]);
                if weight > 0.0 {
                    tally.totals[bin(row)] += weight;
                    tally.squares += weight * weight;
                    tally.rows += 1;
                }
            }
            tally
        };
        let empty = Tally {
            totals: vec![0.0; bins],
            ..Tally::default()
        };
        (map_chunks(rows, CHUNK, chunk).iter()).fold(empty, Tally::plus)
    }

    pub(super) fn numbers(&self, values: &[f64], weights: Option<&[f64]>) -> Result<Tally> {
        check_numbers(values)?;
        check_weights(values.len(), weights)?;
        let Self::Numbers { edges } = self else {
            return Err(self.other_kind("numbers"));
        };
        let bin = |row: usize| match values[row] {
            value if value.is_nan() => edges.len() + 1,
            value => edges.partition_point(|&edge| edge < value),
        };
        Ok(self.tally(values.len(), weights, bin))
    }

    pub(super) fn categories(&self, column: &Categories, weights: Option<&[f64]>) -> Result<Tally> {
        check_weights(column.len(), weights)?;
        let Self::Categories { labels } = self else {
            return Err(self.other_kind("categories"));
        };
        let places = places(labels);
        let bins: Vec<usize> = (column.labels())
            .map(|label| places.get(label).map_or(labels.len(), |&place| place))
            .collect();
        let bin = |row| (column.code(row)).map_or(labels.len() + 1, |code| bins[code as usize]);
        Ok(self.tally(column.len(), weights, bin))
    }

    pub(super) fn segments(&self, rows: &Assignments, weights: Option<&[f64]>) -> Result<Tally> {
        check_weights(rows.len(), weights)?;
        let Self::Segments { scheme, segments } = self else {
            return Err(self.other_kind("segments"));
        };
        if scheme != rows.scheme() {
            return Err(Error::VersionMismatch {
                what: "the scheme of the segments (align the later one first)",
                expected: scheme.as_str().into(),
                found: rows.scheme().into(),
            });
        }
        states::same(segments, rows.segments())?;
        let bin = |row| rows.place(row).unwrap_or(segments.len());
        Ok(self.tally(rows.len(), weights, bin))
    }

    pub(super) fn totals(&self, totals: &[(&str, u64)]) -> Result<Tally> {
        let Self::Categories { labels } = self else {
            return Err(self.other_kind("totals by label"));
        };
        let mut tally = Tally {
            totals: vec![0.0; self.len()],
            ..Tally::default()
        };
        let places = places(labels);
        for &(label, count) in totals {
            let place = places.get(label).map_or(labels.len(), |&place| place);
            tally.totals[place] += count as f64;
            tally.squares += count as f64;
            tally.rows = tally.rows.checked_add(count).ok_or_else(too_many)?;
        }
        Ok(tally)
    }

    fn other_kind(&self, found: &str) -> Error {
        Error::VersionMismatch {
            what: "the kind of column",
            expected: self.kind().into(),
            found: found.into(),
        }
    }
}

/// The place of each label, by a hash that is the same everywhere; only ever asked, never listed.
fn places(labels: &[String]) -> HashMap<&str, usize, FixedState> {
    let places = labels.iter().enumerate();
    places.map(|(at, label)| (label.as_str(), at)).collect()
}

pub(super) fn too_many() -> Error {
    Error::Overflow {
        what: "more than 18446744073709551615 rows; count fewer".into(),
    }
}

/// `Ok` if no value is infinite; NaN is a missing one.
pub(super) fn check_numbers(values: &[f64]) -> Result<()> {
    match values.iter().position(|value| value.is_infinite()) {
        None => Ok(()),
        Some(row) => {
            let reason = format!("{} is not a finite number; mend what made it", values[row]);
            Err(Error::value("values", row, reason))
        }
    }
}

/// The least and the largest weight above 0; constants. Sums of up to 2^64 of them and of their squares
/// neither overflow nor vanish.
pub(super) const WEIGHTS: RangeInclusive<f64> = 1e-100..=1e100;

/// `Ok` if there is a weight for each row, 0 or within [`WEIGHTS`].
pub(in crate::migration) fn check_weights(rows: usize, weights: Option<&[f64]>) -> Result<()> {
    let Some(weights) = weights else {
        return Ok(());
    };
    Error::check_length("weights", rows, weights.len())?;
    match (weights.iter()).position(|weight| *weight != 0.0 && !WEIGHTS.contains(weight)) {
        None => Ok(()),
        Some(row) => {
            let weight = weights[row];
            let remedy = if weight.is_finite() && weight > 0.0 {
                "scale the weights, so that each is 0 or from 1e-100 to 1e100"
            } else {
                "give a finite number of 0 or more"
            };
            Err(Error::value(
                "weights",
                row,
                format!("{weight:e} is not a weight; {remedy}"),
            ))
        }
    }
}
