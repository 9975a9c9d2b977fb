//! How many customers are counted together: constants, so that results do not depend on threads.

/// Customers that are worked on together.
pub(super) const CHUNK: usize = 1 << 16;

/// Up to this many cells are counted in a table, more of them by sorting.
pub(super) const MOST_IN_TABLE: usize = 1 << 14;

/// For each cell of a table at least this many customers are counted in it, so that all tables
/// together take no more room than customers do.
const CUSTOMERS_A_CELL: usize = 4;

/// Customers that are counted together into tables of so many cells, one set for each chunk.
pub(super) fn chunk_for(cells: usize) -> usize {
    CHUNK.max(CUSTOMERS_A_CELL * cells)
}
