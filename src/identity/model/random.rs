//! u: how two records taken at random compare.
//!
//! A comparison sees the values of a few columns. What two records with the same values
//! come to is counted exactly, without a sample:
//!
//! ```text
//! P(same values) = Σ_v n_v (n_v - 1) / (N (N - 1))
//! ```
//!
//! Pairs of different values are weighed by how many pairs of records have them, all of
//! them where there are few enough, and otherwise a sample.

use rayon::prelude::*;

use crate::{
    identity::{
        PairKind, RecordIx, Records,
        comparison::{Compiled, NO_LEVEL},
    },
    numeric::{
        hash::{fnv1a, mix},
        map_chunks,
        rng::Stream,
    },
};

/// How the levels of a comparison are spread over pairs taken at random.
pub(super) struct Spread {
    /// The share of each level among pairs that can be compared.
    pub(super) share: Vec<f64>,
    /// The standard error of each share; 0 where it was counted.
    pub(super) error: Vec<f64>,
}

/// The random numbers that draw pairs.
const DRAWS: u32 = 0x1D_0001;

/// Pairs of different values looked at together; constants.
const ROWS: usize = 64;
const DRAWN: usize = 1 << 14;

/// Different combinations of values of some columns, and who has which.
struct Combinations {
    /// A row of values for each, end to end.
    rows: Vec<u32>,
    width: usize,
    /// Records with each, by source.
    counts: Vec<u32>,
    sources: usize,
    /// The combination of records, by rank.
    of_record: Vec<u32>,
}

impl Combinations {
    fn new(compiled: &Compiled<'_>, slots: &[usize], rows: &[u32], kind: PairKind) -> Self {
        let records = compiled.records();
        let width = compiled.width();
        let (codes, firsts) = match slots {
            // The values of one column are numbered already.
            [slot] => {
                let field = &records.columns()[compiled.column(*slot)];
                let codes: Vec<u32> = field
                    .codes
                    .iter()
                    .map(|&code| code.wrapping_add(1))
                    .collect();
                let mut firsts = vec![u32::MAX; field.values.len() + 1];
                for (record, &code) in (0u32..).zip(&codes) {
                    firsts[code as usize] = record;
                }
                (codes, firsts)
            }
            slots => number_rows(slots, rows, width),
        };
        // A value that no record has any more keeps no place.
        let mut place = vec![u32::MAX; firsts.len()];
        let mut of_rows = Vec::new();
        let mut next = 0;
        for (code, &record) in firsts.iter().enumerate() {
            if record != u32::MAX {
                place[code] = next;
                next += 1;
                let start = record as usize * width;
                of_rows.extend_from_slice(&rows[start..start + width]);
            }
        }
        // Counts by source matter only where pairs of one source do not count alike.
        let sources = match kind {
            PairKind::All => 1,
            _ => records.sources().len(),
        };
        let mut counts = vec![0; next as usize * sources];
        let mut of_record = vec![0; records.len()];
        for (record, &code) in codes.iter().enumerate() {
            let at = place[code as usize];
            let source = if sources == 1 {
                0
            } else {
                usize::from(records.source()[record])
            };
            counts[at as usize * sources + source] += 1;
            of_record[records.rank()[record] as usize] = at;
        }
        Self {
            rows: of_rows,
            width,
            counts,
            sources,
            of_record,
        }
    }

    fn len(&self) -> usize {
        self.counts.len() / self.sources
    }

    fn row(&self, at: usize) -> &[u32] {
        &self.rows[at * self.width..(at + 1) * self.width]
    }

    fn counts(&self, at: usize) -> &[u32] {
        &self.counts[at * self.sources..(at + 1) * self.sources]
    }

    /// The pairs of records with two different combinations.
    fn pairs(&self, a: usize, b: usize, kind: PairKind) -> f64 {
        let sum = |counts: &[u32]| counts.iter().map(|&n| f64::from(n)).sum::<f64>();
        let (a, b) = (self.counts(a), self.counts(b));
        let within = || {
            a.iter()
                .zip(b)
                .map(|(&a, &b)| f64::from(a) * f64::from(b))
                .sum::<f64>()
        };
        match kind {
            PairKind::All => sum(a) * sum(b),
            PairKind::AcrossSources => sum(a) * sum(b) - within(),
            PairKind::WithinSources => within(),
        }
    }

    /// The pairs of records with one combination.
    fn equal_pairs(&self, at: usize, kind: PairKind) -> f64 {
        let counts = self.counts(at);
        let all = |n: f64| n * (n - 1.0) / 2.0;
        let total: f64 = counts.iter().map(|&n| f64::from(n)).sum();
        let within: f64 = counts.iter().map(|&n| all(f64::from(n))).sum();
        match kind {
            PairKind::All => all(total),
            PairKind::AcrossSources => all(total) - within,
            PairKind::WithinSources => within,
        }
    }
}

/// Numbers the different combinations of values at some places of rows, in the order of
/// the values, and gives one row of each.
fn number_rows(slots: &[usize], rows: &[u32], width: usize) -> (Vec<u32>, Vec<u32>) {
    let values = |record: u32| {
        let start = record as usize * width;
        slots.iter().map(move |slot| rows[start + slot])
    };
    #[expect(clippy::cast_possible_truncation, reason = "records are below 2^32")]
    let mut order: Vec<u32> = (0..(rows.len() / width) as u32).collect();
    order.par_sort_unstable_by(|&a, &b| values(a).cmp(values(b)));
    let mut codes = vec![0; order.len()];
    let mut firsts: Vec<u32> = Vec::new();
    for same in order.chunk_by(|&a, &b| values(a).eq(values(b))) {
        for &record in same {
            // Below the number of records.
            #[expect(clippy::cast_possible_truncation)]
            let code = firsts.len() as u32;
            codes[record as usize] = code;
        }
        firsts.push(same[0]);
    }
    (codes, firsts)
}

/// The spread of the levels of a comparison over pairs of a kind, taken at random.
pub(super) fn spread(
    compiled: &Compiled<'_>,
    comparison: usize,
    levels: usize,
    rows: &[u32],
    kind: PairKind,
    (budget, seed): (u64, u64),
) -> Spread {
    let slots = compiled.slots(comparison);
    let all = Combinations::new(compiled, slots, rows, kind);
    let different = all.len();
    let level = |a: usize, b: usize| compiled.level(comparison, all.row(a), all.row(b));
    let mut sums = vec![0.0; levels];
    // The same values.
    for at in 0..different {
        let level = level(at, at);
        if level != NO_LEVEL {
            sums[usize::from(level)] += all.equal_pairs(at, kind);
        }
    }
    let pairs = (different as u64) * (different as u64).saturating_sub(1) / 2;
    let mut variance = vec![0.0; levels];
    if pairs <= budget {
        let parts = map_chunks(different, ROWS, |range| {
            let mut sums = vec![0.0; levels];
            for a in range {
                for b in a + 1..different {
                    let level = level(a, b);
                    if level != NO_LEVEL {
                        sums[usize::from(level)] += all.pairs(a, b, kind);
                    }
                }
            }
            sums
        });
        for part in parts {
            add(&mut sums, &part);
        }
    } else {
        sample(
            &all,
            kind,
            (budget, seed),
            level,
            (&mut sums, &mut variance),
            compiled,
        );
    }
    let total: f64 = sums.iter().sum();
    let part = |sum: f64| if total > 0.0 { sum / total } else { 0.0 };
    Spread {
        share: sums.iter().map(|&sum| part(sum)).collect(),
        error: variance
            .iter()
            .map(|&variance| part(f64::sqrt(variance)))
            .collect(),
    }
}

fn add(sums: &mut [f64], more: &[f64]) {
    for (sum, more) in sums.iter_mut().zip(more) {
        *sum += more;
    }
}

/// Adds what pairs of different combinations come to, by a sample of pairs of records.
fn sample(
    all: &Combinations,
    kind: PairKind,
    (budget, seed): (u64, u64),
    level: impl Fn(usize, usize) -> u8 + Sync,
    (sums, variance): (&mut [f64], &mut [f64]),
    compiled: &Compiled<'_>,
) {
    let records = compiled.records();
    // By rank, so that no order of the rows matters.
    let mut source = vec![0; records.len()];
    for (record, &rank) in records.rank().iter().enumerate() {
        source[rank as usize] = records.source()[record];
    }
    let n = all.of_record.len() as u64;
    let draws = usize::try_from(budget).unwrap_or(usize::MAX);
    let parts = map_chunks(draws, DRAWN, |range| {
        let mut found = vec![0u64; sums.len()];
        let mut of_kind = 0u64;
        for draw in range {
            let mut stream = Stream::new(seed, DRAWS, draw as u64);
            // The high half of a product: uniform to 2^-32.
            #[expect(
                clippy::cast_possible_truncation,
                reason = "below the number of records"
            )]
            let mut one = || ((u128::from(stream.next_u64()) * u128::from(n)) >> 64) as usize;
            let (a, b) = (one(), one());
            let fits = a != b
                && match kind {
                    PairKind::All => true,
                    PairKind::AcrossSources => source[a] != source[b],
                    PairKind::WithinSources => source[a] == source[b],
                };
            let (x, y) = (all.of_record[a] as usize, all.of_record[b] as usize);
            if !fits {
                continue;
            }
            of_kind += 1;
            if x == y {
                continue;
            }
            let level = level(x.min(y), x.max(y));
            if level != NO_LEVEL {
                found[usize::from(level)] += 1;
            }
        }
        (found, of_kind)
    });
    let mut found = vec![0u64; sums.len()];
    let mut of_kind = 0u64;
    for (part, fit) in parts {
        of_kind += fit;
        for (sum, more) in found.iter_mut().zip(part) {
            *sum += more;
        }
    }
    if of_kind == 0 {
        return;
    }
    // Each pair drawn stands for so many.
    let scale = kind.total(records) as f64 / of_kind as f64;
    for (at, &count) in found.iter().enumerate() {
        let share = count as f64 / of_kind as f64;
        sums[at] += count as f64 * scale;
        variance[at] += scale * scale * count as f64 * (1.0 - share);
    }
}

/// The hash of each record's source and key, for samples of pairs that do not depend on
/// the order of the rows, nor on other records.
pub(super) fn record_hashes(records: &Records) -> Vec<u64> {
    #[expect(clippy::cast_possible_truncation, reason = "records are below 2^32")]
    let hash = |record: usize| {
        let key = records.key(RecordIx(record as u32));
        let text = key.map_or_else(String::new, |(source, key)| format!("{source}\n{key}"));
        mix(fnv1a(text.bytes()))
    };
    (0..records.len()).into_par_iter().map(hash).collect()
}
