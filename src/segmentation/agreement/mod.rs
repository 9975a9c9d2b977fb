//! Agreement: whether two ways to group the same customers say the same.
//!
//! # Question
//!
//! We ran the clustering again, or on other features, or have groups that sales made by hand: is
//! it the same grouping under other numbers?
//!
//! # Model
//!
//! Two rows are a pair; a grouping puts a pair together or apart. Counting pairs on which two
//! groupings agree gives the Rand index. Measured as information, it is how much the cluster of a
//! row in one tells about its cluster in the other.
//!
//! ```text
//! Rand      (pairs together in both + pairs apart in both) / pairs
//! ARI       (T - E) / ((A + B) / 2 - E),  E = A B / pairs
//! FM        T / sqrt(A B)
//! MI        sum n(i, j)/n ln(n n(i, j) / (a(i) b(j)))
//! AMI       (MI - EMI) / ((H(a) + H(b)) / 2 - EMI)
//! h, c      MI / H(a), MI / H(b),  V = 2 h c / (h + c)
//! VI        H(a) + H(b) - 2 MI
//! ```
//!
//! where n(i, j) is the number of rows in cluster i of the first grouping and j of the second, a(i)
//! and b(j) are the sizes of the clusters and n is their sum; T, A and B are the pairs together in
//! both, in the first and in the second; H is the entropy of the sizes; EMI is the MI that two
//! groupings of these sizes have by chance. Information is in nats.
//!
//! # How to read it
//!
//! Read the adjusted ones: ARI and AMI are 1 for the same grouping and 0 on average for two that
//! have nothing to do with each other, whatever the number of clusters. The Rand index and the
//! normalised information are high by chance alone if clusters are many. ARI weighs large
//! clusters, AMI small ones as well. VI is a distance: 0 for the same grouping.
//!
//! # Limits
//!
//! None of them says which clusters differ: look at the [`Contingency`].
//!
//! # Complexity
//!
//! A sort of the pairs of labels, then work by cells. The expected information looks at pairs of
//! different sizes, each within about ten standard deviations of what chance gives.
//!
//! # References
//!
//! - Hubert, L. and Arabie, P. (1985). Comparing partitions. *Journal of Classification* 2,
//!   193-218. doi:10.1007/BF01908075
//! - Vinh, N. X., Epps, J. and Bailey, J. (2010). Information theoretic measures for clusterings
//!   comparison. *Journal of Machine Learning Research* 11, 2837-2854.
//! - Rosenberg, A. and Hirschberg, J. (2007). V-measure: a conditional entropy-based external
//!   cluster evaluation measure. *EMNLP-CoNLL 2007*, 410-420.
//! - Fowlkes, E. B. and Mallows, C. L. (1983). A method for comparing two hierarchical
//!   clusterings. *Journal of the American Statistical Association* 78, 553-569.
//!   doi:10.1080/01621459.1983.10478008
//! - Meilă, M. (2007). Comparing clusterings: an information based distance. *Journal of
//!   Multivariate Analysis* 98, 873-895. doi:10.1016/j.jmva.2006.11.013

mod contingency;
mod expected;

use serde::Serialize;

pub use self::contingency::Contingency;
use self::expected::expected_information;
use crate::{Error, Result, data::Assignments};

/// How far two groupings of the same rows agree. Names and order of the clusters do not matter.
///
/// # Example
///
/// ```
/// use custometry::segmentation::Agreement;
///
/// // The same groups under other numbers.
/// let same = Agreement::of_labels(&[0, 0, 1, 1], &[7, 7, 3, 3])?;
/// assert_eq!((same.rand, same.adjusted_rand, same.variation_of_information), (1.0, 1.0, 0.0));
/// // Chance would do better.
/// let crossed = Agreement::of_labels(&[0, 0, 1, 1], &[0, 1, 0, 1])?;
/// assert_eq!(crossed.adjusted_rand, -0.5);
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Agreement {
    /// The rows compared.
    pub rows: u64,
    /// The rows without a cluster in one grouping or both, left out.
    pub left_out: u64,
    /// The Rand index: the share of pairs on which both agree, from 0 to 1.
    pub rand: f64,
    /// The adjusted Rand index: 0 by chance, 1 at best.
    pub adjusted_rand: f64,
    /// The index of Fowlkes and Mallows, from 0 to 1; 0 if no pair is together in both.
    pub fowlkes_mallows: f64,
    /// Mutual information in nats.
    pub mutual_information: f64,
    /// Mutual information by chance, in nats.
    pub expected_mutual_information: f64,
    /// The adjusted mutual information: 0 by chance, 1 at best. Normalised by the arithmetic mean
    /// of the entropies.
    pub adjusted_mutual_information: f64,
    /// Mutual information by the arithmetic mean of the entropies, from 0 to 1; the V-measure is
    /// the same number.
    pub normalised_mutual_information: f64,
    /// The share of what there is to know of the first grouping that the second tells, from 0
    /// to 1. It is 1 if each cluster of the second lies within one of the first.
    pub homogeneity: f64,
    /// The share of what there is to know of the second grouping that the first tells.
    pub completeness: f64,
    /// The variation of information in nats: 0 if both are the same.
    pub variation_of_information: f64,
}

impl Agreement {
    /// The agreement of two groupings by labels, a row each; a row with a label of `u32::MAX` in
    /// either has no cluster and is left out.
    ///
    /// If both put all rows in one cluster, or each row in its own, they are the same. If one
    /// alone puts all rows in one cluster it tells nothing: the adjusted ones are 0.
    ///
    /// # Errors
    ///
    /// [`Error::LengthMismatch`]; [`Error::NotEnoughData`] if no row is left;
    /// [`Error::Overflow`] for more than 4,294,967,295 rows.
    ///
    /// # Example
    ///
    /// See [`Agreement`].
    pub fn of_labels(first: &[u32], second: &[u32]) -> Result<Self> {
        Contingency::of_labels(first, second)?.agreement()
    }

    /// The agreement of two assignments of the same customers, in the same order. Schemes and
    /// days may differ. A customer without a segment in either is left out.
    ///
    /// # Errors
    ///
    /// As [`of_labels`](Self::of_labels).
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::{data::{Assignments, Segment, SegmentId, date_of_day}, segmentation::Agreement};
    ///
    /// let segments: Vec<Segment> = [(1, "small"), (2, "large")]
    ///     .map(|(id, name)| Segment { id: SegmentId(id), name: name.into() })
    ///     .to_vec();
    /// let on = |day, ids: [u32; 4]| {
    ///     let rows = ids.map(|id| (id > 0).then_some(SegmentId(id))).to_vec();
    ///     Assignments::new("size v1", date_of_day(day).unwrap(), segments.clone(), rows)
    /// };
    /// let agreement = Agreement::of_assignments(&on(0, [1, 1, 2, 0])?, &on(30, [1, 1, 2, 2])?)?;
    /// assert_eq!((agreement.rows, agreement.left_out, agreement.adjusted_rand), (3, 1, 1.0));
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn of_assignments(first: &Assignments, second: &Assignments) -> Result<Self> {
        Contingency::of_assignments(first, second)?.agreement()
    }

    /// The V-measure: the harmonic mean of homogeneity and completeness.
    ///
    /// # Example
    ///
    /// ```
    /// let agreement = custometry::segmentation::Agreement::of_labels(&[0, 0, 1, 1], &[0, 0, 1, 2])?;
    /// let (h, c) = (agreement.homogeneity, agreement.completeness);
    /// assert!((agreement.v_measure() - 2.0 * h * c / (h + c)).abs() < 1e-12);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn v_measure(&self) -> f64 {
        self.normalised_mutual_information
    }

    fn of_table(table: &Contingency) -> Result<Self> {
        let rows = table.rows();
        if rows == 0 {
            return Err(Error::NotEnoughData {
                what: "rows with a cluster in both groupings".into(),
                needed: 1,
                found: 0,
            });
        }
        let sizes = |totals: Vec<(u32, u64)>| totals.into_iter().map(|(_, n)| n).collect();
        let firsts: Vec<u64> = sizes(table.first_totals());
        let seconds: Vec<u64> = sizes(table.second_totals());
        let pairs = PairCounts {
            all: pairs_of(rows),
            both: table.cells().map(|(_, _, count)| pairs_of(count)).sum(),
            first: firsts.iter().copied().map(pairs_of).sum(),
            second: seconds.iter().copied().map(pairs_of).sum(),
        };
        let information = Information::new(table, rows, &firsts, &seconds);
        let expected = expected_information(&firsts, &seconds, rows);
        let mean = f64::midpoint(information.first, information.second);
        let singles = (firsts.len() == 1, seconds.len() == 1);
        Ok(Self {
            rows,
            left_out: table.left_out(),
            rand: pairs.rand(),
            adjusted_rand: pairs.adjusted_rand(),
            fowlkes_mallows: pairs.fowlkes_mallows(),
            mutual_information: information.mutual,
            expected_mutual_information: expected,
            adjusted_mutual_information: match singles {
                (true, true) => 1.0,
                (true, false) | (false, true) => 0.0,
                _ => off_zero(information.mutual - expected) / off_zero(mean - expected),
            },
            normalised_mutual_information: share(information.mutual, mean),
            homogeneity: share(information.mutual, information.first),
            completeness: share(information.mutual, information.second),
            variation_of_information: information.variation,
        })
    }
}

impl Contingency {
    /// All measures of agreement.
    ///
    /// # Errors
    ///
    /// [`Error::NotEnoughData`] if no row has a cluster in both groupings.
    ///
    /// # Example
    ///
    /// See [`Contingency`].
    pub fn agreement(&self) -> Result<Agreement> {
        Agreement::of_table(self)
    }
}

/// The adjusted Rand index of a table of rows, line by line, of so many columns.
pub(super) fn adjusted_rand(table: &[u64], columns: usize) -> f64 {
    let mut totals = vec![0; columns];
    let mut pairs = PairCounts {
        all: pairs_of(table.iter().sum()),
        both: table.iter().copied().map(pairs_of).sum(),
        first: 0,
        second: 0,
    };
    for line in table.chunks_exact(columns) {
        pairs.first += pairs_of(line.iter().sum());
        for (total, count) in totals.iter_mut().zip(line) {
            *total += count;
        }
    }
    pairs.second = totals.into_iter().map(pairs_of).sum();
    pairs.adjusted_rand()
}

/// The number of pairs among so many rows. Rows are less than 2^32 here, so pairs are less than
/// 2^63 and products of two fit.
fn pairs_of(rows: u64) -> i128 {
    let rows = i128::from(rows);
    rows * (rows - 1) / 2
}

/// Pairs of rows in all, and those together in both groupings, in the first and in the second.
struct PairCounts {
    all: i128,
    both: i128,
    first: i128,
    second: i128,
}

impl PairCounts {
    fn rand(&self) -> f64 {
        let agreed = self.all + 2 * self.both - self.first - self.second;
        ratio(agreed, self.all)
    }

    fn adjusted_rand(&self) -> f64 {
        let by_chance = self.first * self.second;
        ratio(
            2 * (self.all * self.both - by_chance),
            self.all * (self.first + self.second) - 2 * by_chance,
        )
    }

    fn fowlkes_mallows(&self) -> f64 {
        if self.both == 0 {
            return 0.0;
        }
        ratio(self.both, self.first).sqrt() * ratio(self.both, self.second).sqrt()
    }
}

/// A quotient; 1 where both are 0, since the groupings are then the same.
fn ratio(part: i128, whole: i128) -> f64 {
    if whole == 0 {
        return 1.0;
    }
    part as f64 / whole as f64
}

/// Entropies and what they have in common, in nats.
struct Information {
    first: f64,
    second: f64,
    mutual: f64,
    variation: f64,
}

impl Information {
    fn new(table: &Contingency, rows: u64, firsts: &[u64], seconds: &[u64]) -> Self {
        let n = rows as f64;
        let entropy = |sizes: &[u64]| -> f64 {
            let term = |&size: &u64| size as f64 / n * libm::log(n / size as f64);
            sizes.iter().map(term).sum()
        };
        let (mut mutual, mut variation) = (0.0, 0.0);
        for ((first, second), count) in table.places() {
            let (a, b) = (u128::from(firsts[first]), u128::from(seconds[second]));
            let share = count as f64 / n;
            let lift = (u128::from(rows) * u128::from(count)) as f64 / (a * b) as f64;
            mutual += share * libm::log(lift);
            // Each term is at least 0 and is 0 where a cluster of both is the same.
            let apart = (a * b) as f64 / (u128::from(count) * u128::from(count)) as f64;
            variation += share * libm::log(apart);
        }
        Self {
            first: entropy(firsts),
            second: entropy(seconds),
            mutual: f64::max(mutual, 0.0),
            variation,
        }
    }
}

/// A share of an entropy; of none, all.
fn share(mutual: f64, entropy: f64) -> f64 {
    if entropy > 0.0 {
        (mutual / entropy).min(1.0)
    } else {
        1.0
    }
}

/// At least the spacing of floats at 1 away from zero: where chance leaves nothing to adjust, as
/// for rows each in a cluster of their own, the quotient of two such differences is 1.
fn off_zero(difference: f64) -> f64 {
    if difference < 0.0 {
        difference.min(-f64::EPSILON)
    } else {
        difference.max(f64::EPSILON)
    }
}

#[cfg(test)]
mod tests;
