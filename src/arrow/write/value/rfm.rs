//! Scores of recency, frequency and money, and the segments drawn from them.

use arrow_array::RecordBatch;

use super::super::Columns;
use crate::{
    Result,
    arrow::{Tables, tables::no_table},
    value::{Rfm, RfmScores, SegmentMap},
};

/// `scores`, a row a customer, in the order of the customers of the summary: `recency`, `frequency`
/// and `monetary` from 1, the worst; their weighted sum `combined`; and `code`, 100 R + 10 F + M. All
/// are null without a purchase.
impl Tables for RfmScores {
    const TABLES: &'static [&'static str] = &["scores"];

    fn table(&self, name: &str) -> Result<RecordBatch> {
        match name {
            "scores" => scores(self),
            _ => no_table(name, Self::TABLES),
        }
    }
}

fn scores(it: &RfmScores) -> Result<RecordBatch> {
    let score = |column: &[u8]| {
        let known = |&score: &u8| (score > 0).then_some(i64::from(score));
        column.iter().map(known).collect::<Vec<_>>()
    };
    let codes = || (0..it.len()).map(|row| it.code(row));
    let combined = it.combined().iter().zip(codes());
    Columns::new()
        .ints("recency", score(it.recency()))
        .ints("frequency", score(it.frequency()))
        .ints("monetary", score(it.monetary()))
        .known("combined", combined.map(|(sum, code)| code.map(|_| *sum)))
        .ints("code", codes().map(|code| code.map(i64::from)))
        .finish()
}

/// `bins`, a row for each bin of each measure, the worst first: `measure`, `score`, the `size` in
/// customers of the fit, and the `edge` to the next bin (days since the last purchase, purchase days,
/// units of currency), null for the last one and where no value fell.
impl Tables for Rfm {
    const TABLES: &'static [&'static str] = &["bins"];

    fn table(&self, name: &str) -> Result<RecordBatch> {
        match name {
            "bins" => bins(self),
            _ => no_table(name, Self::TABLES),
        }
    }
}

fn bins(it: &Rfm) -> Result<RecordBatch> {
    let (mut measures, mut scores, mut sizes, mut edges) = (vec![], vec![], vec![], vec![]);
    for (measure, bins) in [
        ("recency", it.recency_bins()),
        ("frequency", it.frequency_bins()),
        ("monetary", it.monetary_bins()),
    ] {
        for (at, size) in bins.sizes.iter().enumerate() {
            measures.push(measure);
            scores.push(at + 1);
            sizes.push(*size);
            edges.push(bins.edges.get(at).copied().flatten());
        }
    }
    Columns::new()
        .texts("measure", measures)
        .counts("score", scores)
        .counts("size", sizes)
        .known("edge", edges)
        .finish()
}

/// `codes`, a row for each three scores: `recency`, `frequency`, `monetary`, and the `id` and the name
/// of their `segment`; `segments`, a row a segment, the last that of customers without a purchase:
/// `id`, `segment`.
impl Tables for SegmentMap {
    const TABLES: &'static [&'static str] = &["codes", "segments"];

    fn table(&self, name: &str) -> Result<RecordBatch> {
        let segments = self.segments();
        match name {
            "codes" => codes(self),
            "segments" => Columns::new()
                .counts("id", segments.iter().map(|segment| segment.id.0))
                .texts("segment", segments.iter().map(|segment| &segment.name))
                .finish(),
            _ => no_table(name, Self::TABLES),
        }
    }
}

fn codes(it: &SegmentMap) -> Result<RecordBatch> {
    // There are at most nine bins.
    let scores = |bins: usize| 1..=u8::try_from(bins).unwrap_or(u8::MAX);
    let [recency, frequency, monetary] = it.bins();
    let mut all = Vec::new();
    for r in scores(recency) {
        for f in scores(frequency) {
            all.extend(scores(monetary).map(|m| [r, f, m]));
        }
    }
    let column = |which: fn(&[u8; 3]) -> u8| all.iter().map(which).collect::<Vec<_>>();
    Columns::new()
        .counts("recency", column(|&[r, _, _]| r))
        .counts("frequency", column(|&[_, f, _]| f))
        .counts("monetary", column(|&[_, _, m]| m))
        .counts("id", all.iter().map(|&scores| it.segment(scores).0))
        .texts("segment", all.iter().map(|&scores| it.name(scores)))
        .finish()
}
