//! What blocking did, and what it left out.

use std::fmt;

use serde::Serialize;

/// What one rule makes, and what it leaves out.
///
/// # Example
///
/// ```
/// use custometry::identity::{BlockingParams, BlockingRule, Records};
/// let records = Records::builder()
///     .int_keys(&[1, 2, 3, 4])
///     .surname(&["Lee", "Lee", "Lee", ""])
///     .build()?;
/// let blocking = BlockingParams::new(vec![BlockingRule::on(["surname"])]).block(&records)?;
/// let report = &blocking.rules()[0];
/// assert_eq!((report.rule.as_str(), report.records, report.blocks), ("surname", 3, 1));
/// assert_eq!((report.largest, report.pairs, report.hot), (3, 3, 0));
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Clone, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct RuleReport {
    /// The rule in words.
    pub rule: String,
    /// Records with a key.
    pub records: u64,
    /// Blocks of two records or more.
    pub blocks: u64,
    /// The records of the largest, hot ones included.
    pub largest: u64,
    /// Pairs within the blocks, counted before any is made. A rule with several keys a
    /// record may count a pair once for each that its records share.
    pub pairs: u64,
    /// Blocks of more records than the rule allows.
    pub hot: u64,
    /// The largest of them, at most twenty.
    pub hot_blocks: Vec<HotBlock>,
    /// Pairs within hot blocks that the rule does not make.
    pub skipped_pairs: u64,
}

impl fmt::Debug for RuleReport {
    /// Hot blocks by their number: their keys are values of people.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RuleReport")
            .field("rule", &self.rule)
            .field("records", &self.records)
            .field("blocks", &self.blocks)
            .field("largest", &self.largest)
            .field("pairs", &self.pairs)
            .field("hot", &self.hot)
            .field("skipped_pairs", &self.skipped_pairs)
            .finish_non_exhaustive()
    }
}

/// A block of more records than its rule allows.
///
/// # Example
///
/// See [`BlockingRule::hot_blocks`](super::BlockingRule::hot_blocks).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct HotBlock {
    /// The values that its records share; where a key has several values a record,
    /// those of the first of them.
    pub key: String,
    /// Its records.
    pub records: u64,
    /// Its pairs that the rule does not make.
    pub skipped_pairs: u64,
}

/// How many pairs each rule adds to those before it.
///
/// # Example
///
/// See [`Blocking::count`](super::Blocking::count).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct PairCounts {
    /// Pairs of each rule that no rule before it makes.
    pub new: Vec<u64>,
    /// Their sum: different pairs.
    pub total: u64,
}
