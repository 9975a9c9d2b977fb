//! The merge law: what can be computed in parts can be put together.

use crate::Result;

/// A state that is computed in parts and merged: per shard, per day, per node.
///
/// For every state of this crate, and tested for each:
///
/// ```text
/// identity       merge(a, a.neutral()) = a = merge(a.neutral(), a)
/// associativity  merge(merge(a, b), c) = merge(a, merge(b, c))
/// commutativity  merge(a, b) = merge(b, a)           once in key order
/// splitting      fold(rows ++ more) = merge(fold rows, fold more)
/// ```
///
/// States of whole numbers (counts, days, money) obey them exactly, for any
/// split and order. An existing engine can therefore run the work over a
/// cluster: partial states on the nodes, merged as they arrive, finished once.
///
/// # Example
///
/// ```
/// use custometry::{data::{Currency, Merge, Transactions}, value::SummaryState};
///
/// let shard = |key: &str, day| -> custometry::Result<SummaryState> {
///     let log = Transactions::builder(Currency::USD)
///         .text_keys(&[key])
///         .days(vec![day])
///         .amounts(vec![100])
///         .build()?;
///     SummaryState::new(&log)
/// };
/// let whole = shard("ann", 1)?.merge(shard("ann", 9)?)?;
/// assert_eq!(whole.customers().len(), 1);
/// assert_eq!(whole.days_of(custometry::data::CustomerIx(0)).count(), 2);
/// # Ok::<(), custometry::Error>(())
/// ```
pub trait Merge: Sized + sealed::Sealed {
    /// The state of no data at all, of the same definition (currency and the
    /// like) as this one.
    #[must_use]
    fn neutral(&self) -> Self;

    /// The state of all data of both.
    ///
    /// # Errors
    ///
    /// [`VersionMismatch`](crate::Error::VersionMismatch) if the two were made
    /// under different definitions; [`Overflow`](crate::Error::Overflow) if a
    /// sum outgrows its type.
    fn merge(self, other: Self) -> Result<Self>;
}

pub(crate) mod sealed {
    /// Closes [`Merge`](super::Merge): generic code relies on its laws.
    pub trait Sealed {}
}

/// Merges any number of states, neighbours first, so that no row is handled
/// more than about log2(states) times. `None` if there are none.
///
/// # Errors
///
/// As [`Merge::merge`].
///
/// # Example
///
/// ```
/// use custometry::{data::{Currency, Transactions, merge_all}, value::SummaryState};
///
/// let mut shards = Vec::new();
/// for day in 0..5 {
///     let log = Transactions::builder(Currency::USD)
///         .int_keys(&[7])
///         .days(vec![day])
///         .amounts(vec![100])
///         .build()?;
///     shards.push(SummaryState::new(&log)?);
/// }
/// let whole = merge_all(shards)?.unwrap();
/// assert_eq!(whole.days_of(custometry::data::CustomerIx(0)).count(), 5);
/// # Ok::<(), custometry::Error>(())
/// ```
pub fn merge_all<S: Merge>(states: impl IntoIterator<Item = S>) -> Result<Option<S>> {
    let mut states: Vec<S> = states.into_iter().collect();
    while states.len() > 1 {
        let mut merged = Vec::with_capacity(states.len().div_ceil(2));
        let mut rest = states.into_iter();
        while let Some(left) = rest.next() {
            merged.push(match rest.next() {
                Some(right) => left.merge(right)?,
                None => left,
            });
        }
        states = merged;
    }
    Ok(states.pop())
}
