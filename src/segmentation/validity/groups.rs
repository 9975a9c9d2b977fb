//! Rows put together by cluster, and their values on a scale where nothing overflows.

use rayon::prelude::*;

use crate::{Error, Result, data::Features, numeric::map_chunks, segmentation::placed::NOWHERE};

/// Rows handled at a time; a constant, so that results do not depend on threads.
const CHUNK: usize = 4_096;

/// Weights beyond this sum are a slip, and their squares would overflow.
const MOST_WEIGHT: f64 = 1e100;

/// The rows that count, cluster by cluster. A row counts if it has a cluster and a weight
/// above 0; a cluster is one that some such row is in.
pub(super) struct Groups {
    /// The labels of the clusters, rising.
    pub(super) labels: Vec<u32>,
    /// Cluster c has the places `bounds[c]..bounds[c + 1]` of `rows`.
    pub(super) bounds: Vec<usize>,
    /// The numbers of the rows, rising within a cluster.
    pub(super) rows: Vec<usize>,
    /// The weight of each of `rows`.
    pub(super) weights: Vec<f64>,
    /// The weight of each cluster.
    pub(super) totals: Vec<f64>,
    /// The number of rows, counted or not.
    pub(super) len: usize,
}

impl Groups {
    /// Groups `len` rows.
    pub(super) fn new(len: usize, labels: &[u32], weights: Option<&[f64]>) -> Result<Self> {
        Error::check_length("labels", len, labels.len())?;
        let weight = |row: usize| weights.map_or(1.0, |weights| weights[row]);
        let counts = |&(row, label): &(usize, &u32)| *label != NOWHERE && weight(row) > 0.0;
        let counted = || labels.iter().enumerate().filter(counts);
        let mut names: Vec<u32> = counted().map(|(_, label)| *label).collect();
        let count = names.len();
        names.sort_unstable();
        names.dedup();
        if names.is_empty() {
            return Err(Error::NotEnoughData {
                what: "rows with a cluster and a weight above 0".into(),
                needed: 1,
                found: 0,
            });
        }
        // Every counted label is among the names.
        let place = |label: &u32| names.partition_point(|name| name < label);
        let mut bounds = vec![0; names.len() + 1];
        for (_, label) in counted() {
            bounds[place(label) + 1] += 1;
        }
        for at in 1..bounds.len() {
            bounds[at] += bounds[at - 1];
        }
        let mut next = bounds.clone();
        let mut rows = vec![0; count];
        for (row, label) in counted() {
            let next = &mut next[place(label)];
            rows[*next] = row;
            *next += 1;
        }
        let weights: Vec<f64> = rows.iter().map(|&row| weight(row)).collect();
        let total = |ends: &[usize]| weights[ends[0]..ends[1]].iter().sum();
        let totals: Vec<f64> = bounds.windows(2).map(total).collect();
        let all: f64 = totals.iter().sum();
        if all > MOST_WEIGHT {
            let what = format!("the weights sum to {all}, more than {MOST_WEIGHT}; scale them");
            return Err(Error::Overflow { what: what.into() });
        }
        Ok(Self {
            labels: names,
            bounds,
            rows,
            weights,
            totals,
            len,
        })
    }

    /// The number of clusters.
    pub(super) fn len(&self) -> usize {
        self.labels.len()
    }

    /// The places of a cluster in `rows`.
    pub(super) fn places(&self, cluster: usize) -> std::ops::Range<usize> {
        self.bounds[cluster]..self.bounds[cluster + 1]
    }

    /// The cluster of a place in `rows`.
    pub(super) fn cluster_of(&self, place: usize) -> usize {
        self.bounds.partition_point(|&bound| bound <= place) - 1
    }

    /// The weight of all rows.
    pub(super) fn total(&self) -> f64 {
        self.totals.iter().sum()
    }

    /// An error unless there are two clusters or more.
    pub(super) fn need_two(&self, what: &str) -> Result<()> {
        if self.len() > 1 {
            return Ok(());
        }
        let label = self.labels[0];
        let what = format!(
            "{what} compares clusters, and every row is in cluster {label}; give two or more"
        );
        Err(Error::Degenerate { what: what.into() })
    }
}

/// The values of the rows of [`Groups`], in their order, times a power of two that brings the
/// widest column to a range between 2 and 4. Columns of one value alone are left out: they add
/// nothing to any distance.
pub(super) struct Points {
    /// Row by row.
    pub(super) values: Vec<f64>,
    /// Columns, with columns of zeros up to [`padded`].
    pub(super) width: usize,
    /// The unit of `values` in the unit of the features.
    pub(super) unit: f64,
}

/// What a chunk of rows spans: halves of the ends of each column, since their difference could
/// overflow, and the first missing value by row and column.
struct Span {
    half_ends: Vec<(f64, f64)>,
    missing: Option<(usize, usize)>,
}

impl Points {
    pub(super) fn new(features: &Features, groups: &Groups) -> Result<Self> {
        let span = span(features, groups);
        if let Some((row, column)) = span.missing {
            let reason = "NaN has no distance; impute it or drop the row";
            return Err(Error::value(&features.names()[column], row, reason));
        }
        if span.half_ends.is_empty() {
            return Err(Error::NotEnoughData {
                what: "columns of numbers".into(),
                needed: 1,
                found: 0,
            });
        }
        let half_width = |(low, high): &(f64, f64)| high - low;
        let widest = span.half_ends.iter().map(half_width).fold(0.0, f64::max);
        let varies = |column: &usize| half_width(&span.half_ends[*column]) > 0.0;
        let columns: Vec<usize> = (0..span.half_ends.len()).filter(varies).collect();
        let (scale, unit) = scale_to_one(widest);
        let table = features.view();
        let width = padded(columns.len().max(1));
        let mut values = vec![0.0; groups.rows.len() * width];
        values
            .par_chunks_mut(CHUNK * width)
            .zip(groups.rows.par_chunks(CHUNK))
            .for_each(|(values, rows)| {
                for (to, &row) in values.chunks_exact_mut(width).zip(rows) {
                    let from = table.row(row);
                    for (to, &column) in to.iter_mut().zip(&columns) {
                        *to = from[column] * scale;
                    }
                }
            });
        Ok(Self {
            values,
            width,
            unit,
        })
    }
}

fn span(features: &Features, groups: &Groups) -> Span {
    let nothing = || Span {
        half_ends: vec![(f64::INFINITY, f64::NEG_INFINITY); features.names().len()],
        missing: None,
    };
    let table = features.view();
    let of_chunk = |range: std::ops::Range<usize>| {
        let mut span = nothing();
        for &row in &groups.rows[range] {
            let line = table.row(row);
            for (column, (value, ends)) in line.iter().zip(&mut span.half_ends).enumerate() {
                let half = 0.5 * value;
                *ends = (ends.0.min(half), ends.1.max(half));
                if value.is_nan() && span.missing.is_none_or(|(first, _)| row < first) {
                    span.missing = Some((row, column));
                }
            }
        }
        span
    };
    let merge = |mut all: Span, part: Span| {
        for (all, part) in all.half_ends.iter_mut().zip(part.half_ends) {
            *all = (all.0.min(part.0), all.1.max(part.1));
        }
        all.missing = match (all.missing, part.missing) {
            (Some(one), Some(other)) => Some(one.min(other)),
            (one, other) => one.or(other),
        };
        all
    };
    let chunks = map_chunks(groups.rows.len(), CHUNK, of_chunk);
    chunks.into_iter().fold(nothing(), merge)
}

/// A power of two that brings a size close to 1, and its inverse. Scaling by it rounds nothing.
pub(super) fn scale_to_one(size: f64) -> (f64, f64) {
    if size <= 0.0 {
        return (1.0, 1.0);
    }
    let biased = (size.to_bits() >> 52) & 0x7ff;
    // Kept off the ends, so that the inverse is as exact.
    let biased = biased.clamp(23, 2_023);
    let power = |biased: u64| f64::from_bits(biased << 52);
    (power(2_046 - biased), power(biased))
}

/// The number of columns that [`super::kernel`] takes: up to 8, or a multiple of 8.
pub(super) fn padded(columns: usize) -> usize {
    if columns <= 8 {
        columns
    } else {
        columns.next_multiple_of(8)
    }
}
