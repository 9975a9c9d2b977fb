//! Customers by where they were and where they are, outside included.

use serde::Serialize;

use crate::{
    Error, Result,
    data::{Segment, SegmentId},
    migration::{counts::TransitionCounts, states},
};

/// Customers by their segment before and after one step; those who have none on one side are counted
/// apart.
///
/// # Example
///
/// See [`ChangeSplit`](super::ChangeSplit).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ChangeMatrix {
    counts: TransitionCounts,
    left: Vec<u64>,
    entered: Vec<u64>,
    outside: u64,
}

/// A matrix that is being counted, with one more row and column for outside.
pub(super) struct Cells {
    order: usize,
    cells: Vec<u64>,
}

impl Cells {
    pub(super) fn new(order: usize) -> Self {
        let cells = vec![0; (order + 1) * (order + 1)];
        Self { order, cells }
    }

    /// A place of `order` is outside.
    pub(super) fn add(&mut self, from: usize, to: usize) {
        self.cells[from * (self.order + 1) + to] += 1;
    }

    pub(super) fn plus(&mut self, other: &Self) {
        for (cell, more) in self.cells.iter_mut().zip(&other.cells) {
            *cell += more;
        }
    }

    pub(super) fn finish(self, segments: &[Segment]) -> Result<ChangeMatrix> {
        let order = self.order;
        let mut inside = Vec::with_capacity(order * order);
        let mut left = Vec::with_capacity(order);
        for row in self.cells.chunks_exact(order + 1).take(order) {
            inside.extend_from_slice(&row[..order]);
            left.push(row[order]);
        }
        let last = &self.cells[order * (order + 1)..];
        Ok(ChangeMatrix {
            counts: TransitionCounts::of_cells(segments.to_vec(), inside)?,
            left,
            entered: last[..order].to_vec(),
            outside: last[order],
        })
    }
}

impl ChangeMatrix {
    /// Customers with a segment on both sides, from by to.
    ///
    /// # Example
    ///
    /// See [`ChangeSplit`](super::ChangeSplit).
    pub fn counts(&self) -> &TransitionCounts {
        &self.counts
    }

    /// Customers of each segment who had none afterwards.
    ///
    /// # Example
    ///
    /// See [`ChangeSplit`](super::ChangeSplit).
    pub fn left(&self) -> &[u64] {
        &self.left
    }

    /// Customers of each segment who had none before.
    ///
    /// # Example
    ///
    /// See [`ChangeSplit`](super::ChangeSplit).
    pub fn entered(&self) -> &[u64] {
        &self.entered
    }

    /// Customers without a segment on either side.
    ///
    /// # Example
    ///
    /// See [`ChangeSplit`](super::ChangeSplit).
    pub fn outside(&self) -> u64 {
        self.outside
    }

    /// All customers of the step.
    ///
    /// # Example
    ///
    /// See [`ChangeSplit`](super::ChangeSplit).
    pub fn customers(&self) -> u64 {
        let apart: u64 = self.left.iter().chain(&self.entered).sum();
        self.counts.total() + apart + self.outside
    }

    /// The customers who moved, into a segment or out of all of them included.
    ///
    /// # Example
    ///
    /// See [`ChangeSplit`](super::ChangeSplit).
    pub fn moved(&self) -> u64 {
        let stayed: u64 = self.counts.cells().diag().iter().sum();
        self.customers() - stayed - self.outside
    }

    /// Customers who came into a segment less those who went out of it.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`] for a segment that is not there; [`Error::Overflow`] beyond 2^63.
    ///
    /// # Example
    ///
    /// See [`ChangeSplit`](super::ChangeSplit).
    pub fn net(&self, segment: SegmentId) -> Result<i64> {
        let at = states::place(self.counts.states(), segment)?;
        let cells = self.counts.cells();
        let after = i128::from(cells.column(at).sum() + self.entered[at]);
        let before = i128::from(cells.row(at).sum() + self.left[at]);
        i64::try_from(after - before).map_err(|_| Error::Overflow {
            what: "a change of more than 9223372036854775807 customers".into(),
        })
    }
}
