//! The values of every column in order, and how they are parted between two nodes.

use rayon::prelude::*;

use crate::{data::Features, numeric::map_chunks};

/// A value of a column with what a scan needs to know of its row.
#[derive(Clone, Copy)]
pub(super) struct Entry {
    /// NaN for a missing value or label; of a category, the code of the label.
    pub(super) value: f64,
    pub(super) row: u32,
    pub(super) class: u32,
}

/// What a column holds.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Numeric,
    Category,
}

/// A column's entries: within the range of a node ascending, missing ones at the end.
pub(super) struct Column {
    pub(super) kind: Kind,
    pub(super) entries: Vec<Entry>,
}

/// Sorts every column, numeric ones first. Only rows with a class take part.
pub(super) fn sorted_columns(features: &Features, classes: &[Option<u32>]) -> Vec<Column> {
    let numeric = features.names().len();
    let names: Vec<&str> = features.category_names().collect();
    let entries = |value: &dyn Fn(usize) -> f64| -> Vec<Entry> {
        let rows = (0u32..).zip(classes).filter_map(|(row, class)| {
            Some(Entry {
                value: value(row as usize),
                row,
                class: (*class)?,
            })
        });
        let mut entries: Vec<Entry> = rows.collect();
        // Every NaN is made the same one, which the total order puts at the end. The sort is
        // stable: equal values stay in the order of the rows.
        entries.sort_by(|a, b| a.value.total_cmp(&b.value));
        entries
    };
    map_chunks(numeric + names.len(), 1, |at| {
        let at = at.start;
        if let Some(column) = at
            .checked_sub(numeric)
            .and_then(|at| features.categories(names[at]))
        {
            let code = |row| column.code(row).map_or(f64::NAN, f64::from);
            let kind = Kind::Category;
            return Column {
                kind,
                entries: entries(&code),
            };
        }
        let values = features.view();
        let value = |row| {
            let value: f64 = values[(row, at)];
            if value.is_nan() {
                f64::NAN
            } else {
                value + 0.0
            }
        };
        Column {
            kind: Kind::Numeric,
            entries: entries(&value),
        }
    })
}

/// Parts the rows of a node: in every column those that go left move to the front, each side in
/// its old order.
pub(super) fn part(columns: &mut [Column], start: usize, end: usize, left: &[bool]) {
    columns.par_iter_mut().for_each(|column| {
        let range = &mut column.entries[start..end];
        let mut right = Vec::with_capacity(range.len());
        let mut next = 0;
        for at in 0..range.len() {
            let entry = range[at];
            if left[entry.row as usize] {
                range[next] = entry;
                next += 1;
            } else {
                right.push(entry);
            }
        }
        range[next..].copy_from_slice(&right);
    });
}
