//! How well clusters, links and blocking agree with a known truth.

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::super::{Blocking, PairKind, RecordIx, Records};
use crate::{Error, Result, numeric::map_chunks};

/// How well what was found agrees with what is true.
///
/// The counts are of pairs of records, whichever way the shares are worked out.
///
/// # Example
///
/// ```
/// use custometry::identity::pairwise;
/// // Three records are taken for one person; the third is of another, who has a fourth.
/// let agreement = pairwise(&[7, 7, 7, 8], &[1, 1, 2, 2])?;
/// assert_eq!((agreement.both, agreement.found, agreement.truth), (1, 3, 2));
/// assert!((agreement.precision - 1.0 / 3.0).abs() < 1e-15);
/// assert!((agreement.recall - 1.0 / 2.0).abs() < 1e-15);
/// assert!((agreement.f1 - 2.0 / 5.0).abs() < 1e-15);
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Agreement {
    /// The share of what was found that is true; 1 where nothing was found.
    pub precision: f64,
    /// The share of what is true that was found; 1 where there is nothing to find.
    pub recall: f64,
    /// The harmonic mean of both.
    pub f1: f64,
    /// Pairs that were found and are true.
    pub both: u64,
    /// Pairs that were found.
    pub found: u64,
    /// Pairs that are true.
    pub truth: u64,
}

impl Agreement {
    fn of_pairs(both: u64, found: u64, truth: u64) -> Self {
        Self {
            precision: share(both, found),
            recall: share(both, truth),
            f1: share(2 * both, found + truth),
            both,
            found,
            truth,
        }
    }
}

/// Of nothing, all is right.
fn share(part: u64, whole: u64) -> f64 {
    if whole == 0 {
        1.0
    } else {
        part as f64 / whole as f64
    }
}

/// How well clusters agree with the truth, pair by pair.
///
/// Each record has the label of its cluster and that of its person; labels are any
/// numbers, and only whether two are equal counts.
///
/// ```text
/// precision = both / found    recall = both / truth    f1 = 2·both / (found + truth)
/// ```
///
/// where `found` is the number of pairs of records in one cluster, `truth` that of pairs
/// of one person, and `both` that of pairs that are both. Where a number that is divided
/// by is 0, the share is 1. A person with k records has k(k - 1)/2 pairs, so that large
/// clusters weigh most; [`b_cubed`] weighs records alike.
///
/// # Errors
///
/// [`Error::LengthMismatch`]; [`Error::Overflow`] at 2^32 records.
///
/// # Complexity
///
/// O(n log n) for n records. The counts are exact.
///
/// # Example
///
/// See [`Agreement`].
pub fn pairwise(found: &[u32], truth: &[u32]) -> Result<Agreement> {
    Ok(Overlap::new(found, truth)?.pairwise())
}

/// How well clusters agree with the truth, record by record.
///
/// ```text
/// precision = 1/n Σ_i |C_i ∩ P_i| / |C_i|    recall = 1/n Σ_i |C_i ∩ P_i| / |P_i|
/// ```
///
/// where `C_i` is the cluster of record i and `P_i` the records of its person. `f1` is their
/// harmonic mean. Each record weighs the same. Without records all three are 1. The
/// result depends neither on the order of records nor on the labels.
///
/// # Errors
///
/// As [`pairwise`].
///
/// # Complexity
///
/// As [`pairwise`].
///
/// # Example
///
/// ```
/// use custometry::identity::b_cubed;
/// // Of the cluster of three, two records share 2/3 with their person and one 1/3.
/// let agreement = b_cubed(&[7, 7, 7, 8], &[1, 1, 2, 2])?;
/// assert!((agreement.precision - (2.0 / 3.0 + 2.0 / 3.0 + 1.0 / 3.0 + 1.0) / 4.0).abs() < 1e-15);
/// assert!((agreement.recall - (1.0 + 1.0 + 0.5 + 0.5) / 4.0).abs() < 1e-15);
/// # Ok::<(), custometry::Error>(())
/// ```
///
/// # References
///
/// Bagga, A. and Baldwin, B. (1998). Entity-based cross-document coreferencing using the
/// vector space model. *COLING-ACL '98*, 79-85. doi:10.3115/980845.980859
pub fn b_cubed(found: &[u32], truth: &[u32]) -> Result<Agreement> {
    let overlap = Overlap::new(found, truth)?;
    let precision = overlap.found.mean_share(found.len());
    let recall = overlap.truth.mean_share(found.len());
    Ok(Agreement {
        precision,
        recall,
        // Neither is 0: each record shares at least itself.
        f1: 2.0 * precision * recall / (precision + recall),
        ..overlap.pairwise()
    })
}

/// How well links agree with the truth: links of a kind against all true pairs of it.
///
/// `truth` has the label of the person of each record. A link counts once, however often
/// and in whichever order it is given; links of another kind are left out. Links are
/// taken as they are: that a is linked to b and b to c does not link a to c.
///
/// # Errors
///
/// [`Error::LengthMismatch`]; [`Error::InvalidValue`] for a link with a record that does
/// not exist, or of a record to itself.
///
/// # Complexity
///
/// O(n log n) for n records and links. The counts are exact.
///
/// # Example
///
/// ```
/// use custometry::identity::{PairKind, RecordIx, Records, pairwise_of_links};
/// let records = Records::builder()
///     .int_keys(&[1, 2, 1, 2])
///     .sources(&["shop", "shop", "web", "web"])
///     .build()?;
/// let links = [(RecordIx(0), RecordIx(2)), (RecordIx(0), RecordIx(3))];
/// // Two persons, each once in each source.
/// let agreement = pairwise_of_links(&links, &[5, 6, 5, 6], PairKind::AcrossSources, &records)?;
/// assert_eq!((agreement.both, agreement.found, agreement.truth), (1, 2, 2));
/// # Ok::<(), custometry::Error>(())
/// ```
pub fn pairwise_of_links(
    links: &[(RecordIx, RecordIx)],
    truth: &[u32],
    kind: PairKind,
    records: &Records,
) -> Result<Agreement> {
    Error::check_length("truth", records.len(), truth.len())?;
    let source = records.source();
    let mut pairs = Vec::with_capacity(links.len());
    for (row, &(a, b)) in links.iter().enumerate() {
        let (first, last) = (a.min(b), a.max(b));
        if last.at() >= records.len() {
            let reason = format!("record {} of {} (counted from 0)", last.0, records.len());
            return Err(Error::value("link", row, reason));
        }
        if first == last {
            let reason = format!("record {} is linked to itself", first.0);
            return Err(Error::value("link", row, reason));
        }
        if kind.fits(source[first.at()] == source[last.at()]) {
            pairs.push((first, last));
        }
    }
    pairs.par_sort_unstable();
    pairs.dedup();
    let is_true = |(a, b): &&(RecordIx, RecordIx)| truth[a.at()] == truth[b.at()];
    let both = pairs.iter().filter(is_true).count() as u64;

    let sources: Vec<u32> = source.iter().map(|&source| source.into()).collect();
    let overlap = Overlap::new(truth, &sources)?;
    let (all, within) = (overlap.found.pairs, overlap.both);
    let of_kind = match kind {
        PairKind::All => all,
        PairKind::AcrossSources => all - within,
        PairKind::WithinSources => within,
    };
    Ok(Agreement::of_pairs(both, pairs.len() as u64, of_kind))
}

/// The share of true pairs that some rule makes: no score finds more of them.
///
/// Pairs are those of the kind of the blocking. `truth` has the label of the person of
/// each record. Without a true pair the share is 1.
///
/// # Errors
///
/// [`Error::LengthMismatch`].
///
/// # Complexity
///
/// Each true pair is looked up in each rule: quadratic in the records of one person only.
///
/// # Example
///
/// ```
/// use custometry::identity::{BlockingParams, BlockingRule, Records, blocking_recall};
/// let records = Records::builder()
///     .int_keys(&[1, 2, 3, 4])
///     .city(&["Bonn", "Bonn", "Ulm", "Ulm"])
///     .build()?;
/// let blocking = BlockingParams::new(vec![BlockingRule::on(["city"])]).block(&records)?;
/// // Of the three pairs of person 1, one is in one city.
/// let recall = blocking_recall(&blocking, &[1, 1, 1, 2])?;
/// assert!((recall - 1.0 / 3.0).abs() < 1e-15);
/// # Ok::<(), custometry::Error>(())
/// ```
pub fn blocking_recall(blocking: &Blocking<'_>, truth: &[u32]) -> Result<f64> {
    let records = blocking.records();
    Error::check_length("truth", records.len(), truth.len())?;
    let source = records.source();
    let mut by_person: Vec<(u32, RecordIx)> = (0u32..)
        .zip(truth)
        .map(|(record, &person)| (person, RecordIx(record)))
        .collect();
    by_person.par_sort_unstable();
    let counts = map_chunks(by_person.len(), RECORDS, |range| {
        let (mut made, mut all) = (0u64, 0u64);
        for at in range {
            let (person, a) = by_person[at];
            let others = by_person[at + 1..].iter();
            for &(_, b) in others.take_while(|other| other.0 == person) {
                if blocking.kind().fits(source[a.at()] == source[b.at()]) {
                    all += 1;
                    made += u64::from(blocking.first_rule(a, b).is_some());
                }
            }
        }
        (made, all)
    });
    let sum = |(made, all): (u64, u64), more: (u64, u64)| (made + more.0, all + more.1);
    let (made, all) = counts.into_iter().fold((0, 0), sum);
    Ok(share(made, all))
}

/// Records whose true pairs are looked up together; a constant.
const RECORDS: usize = 1 << 12;

/// What two ways to divide the same records have in common.
struct Overlap {
    /// Pairs that are together in both.
    both: u64,
    found: Side,
    truth: Side,
}

/// One of two ways to divide records.
struct Side {
    /// Pairs that are together.
    pairs: u64,
    /// For each group its size, and the sum of the squares of what it shares with each
    /// group of the other side.
    groups: Vec<(u64, u64)>,
}

impl Overlap {
    fn new(found: &[u32], truth: &[u32]) -> Result<Self> {
        Error::check_length("truth", found.len(), truth.len())?;
        // Below, the square of the number of records fits 64 bits.
        if found.len() > u32::MAX as usize {
            return Err(Error::Overflow {
                what: "more than 4294967295 records; compare a sample of them".into(),
            });
        }
        let mut labels: Vec<(u32, u32)> =
            found.iter().copied().zip(truth.iter().copied()).collect();
        labels.par_sort_unstable();
        let runs = labels.chunk_by(|a, b| a == b);
        let shared: Vec<(u32, u32, u64)> = runs
            .map(|run| (run[0].0, run[0].1, run.len() as u64))
            .collect();
        let mut by_truth: Vec<(u32, u64)> = shared.iter().map(|run| (run.1, run.2)).collect();
        by_truth.par_sort_unstable();
        let by_found: Vec<(u32, u64)> = shared.iter().map(|run| (run.0, run.2)).collect();
        Ok(Self {
            both: shared.iter().map(|run| pairs_of(run.2)).sum(),
            found: Side::new(&by_found),
            truth: Side::new(&by_truth),
        })
    }

    fn pairwise(&self) -> Agreement {
        Agreement::of_pairs(self.both, self.found.pairs, self.truth.pairs)
    }
}

impl Side {
    /// From what each group shares with those of the other side, by group.
    fn new(shared: &[(u32, u64)]) -> Self {
        let mut groups: Vec<(u64, u64)> = shared
            .chunk_by(|a, b| a.0 == b.0)
            .map(|group| {
                let sizes = group.iter().map(|&(_, size)| size);
                (sizes.clone().sum(), sizes.map(|size| size * size).sum())
            })
            .collect();
        groups.par_sort_unstable();
        Self {
            pairs: groups.iter().map(|&(size, _)| pairs_of(size)).sum(),
            groups,
        }
    }

    /// The mean over records of the share of their group that is theirs in the other side
    /// too. Each of s records that two groups share has the share s of the size, so that
    /// a group adds s·s. Groups of one size are added up exactly, and floats from the
    /// smallest size on: neither labels nor order change a bit.
    fn mean_share(&self, records: usize) -> f64 {
        if records == 0 {
            return 1.0;
        }
        let of_size = self.groups.chunk_by(|a, b| a.0 == b.0).map(|groups| {
            let squares: u64 = groups.iter().map(|&(_, squares)| squares).sum();
            squares as f64 / groups[0].0 as f64
        });
        of_size.sum::<f64>() / records as f64
    }
}

/// Pairs within a group.
fn pairs_of(size: u64) -> u64 {
    size * size.saturating_sub(1) / 2
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{
        ErrorKind,
        identity::{BlockingParams, BlockingRule},
    };

    fn close(a: f64, b: f64) {
        assert!((a - b).abs() < 1e-12, "{a} is not {b}");
    }

    /// Chains of 5, 2 and 5 mentions, of which two are joined, after Bagga and Baldwin (1998).
    #[test]
    fn the_example_of_the_paper() {
        let truth = [1, 1, 1, 1, 1, 2, 2, 3, 3, 3, 3, 3];
        // The chains of 2 and 5 are joined. Mention by mention: 5 with 5/5, 2 with 2/7,
        // 5 with 5/7, that is (5 + 4/7 + 25/7)/12 = 16/21.
        let joined = b_cubed(&[1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2], &truth).unwrap();
        close(joined.precision, 16.0 / 21.0);
        close(joined.recall, 1.0);
        close(joined.f1, 32.0 / 37.0);
        // Pairs: 10 + 21 found, 10 + 1 + 10 true, all of them found.
        assert_eq!((joined.both, joined.found, joined.truth), (21, 31, 21));
        // The chains of 5 and 5 are joined, which is worse: 10 with 5/10 and 2 with 2/2,
        // that is 7/12.
        let worse = b_cubed(&[1, 1, 1, 1, 1, 2, 2, 1, 1, 1, 1, 1], &truth).unwrap();
        close(worse.precision, 7.0 / 12.0);
        close(worse.recall, 1.0);
        assert_eq!((worse.both, worse.found, worse.truth), (21, 46, 21));
    }

    #[test]
    fn ends_of_the_scale() {
        let (alone, together) = ([1, 2, 3, 4], [9; 4]);
        // Nothing found: nothing is wrong, and all is missed.
        let none = pairwise(&alone, &together).unwrap();
        assert_eq!((none.both, none.found, none.truth), (0, 0, 6));
        close(none.precision, 1.0);
        close(none.recall, 0.0);
        close(none.f1, 0.0);
        // Nothing to find.
        let all = pairwise(&together, &alone).unwrap();
        close(all.precision, 0.0);
        close(all.recall, 1.0);
        close(all.f1, 0.0);
        // Each record is at least with itself.
        close(b_cubed(&alone, &together).unwrap().recall, 0.25);
        close(b_cubed(&together, &alone).unwrap().precision, 0.25);
        for labels in [&alone[..], &together, &[]] {
            for agreement in [pairwise(labels, labels), b_cubed(labels, labels)] {
                let agreement = agreement.unwrap();
                close(agreement.precision, 1.0);
                close(agreement.recall, 1.0);
                close(agreement.f1, 1.0);
            }
        }
    }

    fn records(sources: &[usize]) -> Records {
        let keys: Vec<i64> = (0..).take(sources.len()).collect();
        let names: Vec<&str> = sources
            .iter()
            .map(|&at| ["crm", "shop", "web"][at])
            .collect();
        let city: Vec<&str> = (0..sources.len())
            .map(|at| ["Bonn", "Ulm"][at % 2])
            .collect();
        let columns = Records::builder().int_keys(&keys).sources(&names);
        columns.city(&city).build().unwrap()
    }

    #[test]
    fn columns_must_fit_and_links_must_exist() {
        let records = records(&[0, 1]);
        let links = |links: &[(u32, u32)], truth: &[u32]| {
            let links: Vec<_> = links
                .iter()
                .map(|&(a, b)| (RecordIx(a), RecordIx(b)))
                .collect();
            pairwise_of_links(&links, truth, PairKind::All, &records).unwrap_err()
        };
        let blocking = BlockingParams::new(vec![BlockingRule::on(["city"])]);
        let blocking = blocking.block(&records).unwrap();
        for error in [
            pairwise(&[1], &[]).unwrap_err(),
            b_cubed(&[1], &[1, 2]).unwrap_err(),
            links(&[], &[1]),
            blocking_recall(&blocking, &[1]).unwrap_err(),
        ] {
            assert_eq!(error.kind(), ErrorKind::LengthMismatch);
            assert!(error.to_string().contains("truth"), "{error}");
        }
        let unknown = links(&[(0, 1), (2, 0)], &[1, 1]).to_string();
        assert!(unknown.starts_with("column link, row 1"), "{unknown}");
        let itself = links(&[(1, 1)], &[1, 1]).to_string();
        assert!(itself.contains("record 1 is linked to itself"), "{itself}");
    }

    /// All pairs of records, each looked at.
    fn all_pairs(count: usize) -> impl Iterator<Item = (usize, usize)> {
        (0..count).flat_map(move |a| (a + 1..count).map(move |b| (a, b)))
    }

    fn naive_share(labels: &[u32], others: &[u32]) -> f64 {
        let all = 0..labels.len();
        let of_record = |i: usize| {
            let mine: Vec<usize> = all.clone().filter(|&j| labels[j] == labels[i]).collect();
            let shared = mine.iter().filter(|&&j| others[j] == others[i]).count();
            shared as f64 / mine.len() as f64
        };
        all.clone().map(of_record).sum::<f64>() / labels.len() as f64
    }

    proptest! {
        #[test]
        fn clusters_agree_with_all_pairs(
            rows in prop::collection::vec((0u32..6, 0u32..6), 1..40),
            turn in 0usize..40,
        ) {
            let (found, truth): (Vec<u32>, Vec<u32>) = rows.into_iter().unzip();
            let count = |test: &dyn Fn(usize, usize) -> bool| {
                all_pairs(found.len()).filter(|&(a, b)| test(a, b)).count() as u64
            };
            let by_pairs = pairwise(&found, &truth).unwrap();
            prop_assert_eq!(by_pairs.found, count(&|a, b| found[a] == found[b]));
            prop_assert_eq!(by_pairs.truth, count(&|a, b| truth[a] == truth[b]));
            let both = count(&|a, b| found[a] == found[b] && truth[a] == truth[b]);
            prop_assert_eq!(by_pairs.both, both);

            let by_records = b_cubed(&found, &truth).unwrap();
            close(by_records.precision, naive_share(&found, &truth));
            close(by_records.recall, naive_share(&truth, &found));

            // Other labels and another order give the same bits.
            let turn = turn % found.len();
            let other = |labels: &[u32]| -> Vec<u32> {
                let turned = labels[turn..].iter().chain(&labels[..turn]);
                turned.map(|label| label.wrapping_mul(0x9e37_79b1)).collect()
            };
            prop_assert_eq!(b_cubed(&other(&found), &other(&truth)).unwrap(), by_records);
        }

        #[test]
        fn links_and_rules_agree_with_all_pairs(
            rows in prop::collection::vec((0u32..5, 0usize..3), 2..25),
            links in prop::collection::vec((0usize..25, 0usize..25), 0..60),
        ) {
            let (truth, sources): (Vec<u32>, Vec<usize>) = rows.into_iter().unzip();
            let count = truth.len();
            let records = records(&sources);
            let links: Vec<(usize, usize)> = links
                .into_iter()
                .map(|(a, b)| (a % count, b % count))
                .filter(|(a, b)| a != b)
                .collect();
            #[expect(clippy::cast_possible_truncation, reason = "a few records")]
            let given: Vec<(RecordIx, RecordIx)> = links
                .iter()
                .map(|&(a, b)| (RecordIx(a as u32), RecordIx(b as u32)))
                .collect();
            for kind in [PairKind::All, PairKind::AcrossSources, PairKind::WithinSources] {
                let of_kind = |&(a, b): &(usize, usize)| match kind {
                    PairKind::All => true,
                    PairKind::AcrossSources => sources[a] != sources[b],
                    PairKind::WithinSources => sources[a] == sources[b],
                };
                let pairs: Vec<_> = all_pairs(count).filter(of_kind).collect();
                let is_true = |&&(a, b): &&(usize, usize)| truth[a] == truth[b];
                let is_found = |&&(a, b): &&(usize, usize)| {
                    links.contains(&(a, b)) || links.contains(&(b, a))
                };
                let agreement = pairwise_of_links(&given, &truth, kind, &records).unwrap();
                let true_pairs = pairs.iter().filter(is_true).count();
                prop_assert_eq!(agreement.truth, true_pairs as u64);
                prop_assert_eq!(agreement.found, pairs.iter().filter(is_found).count() as u64);
                let both = pairs.iter().filter(is_true).filter(is_found).count();
                prop_assert_eq!(agreement.both, both as u64);

                // The rule pairs records of one city: those an even number apart.
                let params = BlockingParams::new(vec![BlockingRule::on(["city"])]).pairs(kind);
                let recall = blocking_recall(&params.block(&records).unwrap(), &truth).unwrap();
                let made = pairs.iter().filter(is_true).filter(|(a, b)| (b - a) % 2 == 0);
                close(recall, share(made.count() as u64, true_pairs as u64));
            }
        }
    }
}
