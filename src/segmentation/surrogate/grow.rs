//! Growth, best first.

use super::{
    entries::{part, sorted_columns},
    split::{Split, Weighing},
};
use crate::data::Features;

/// A node while the tree grows.
pub(super) struct Grown {
    /// Its rows, as a range of the entries of every column.
    range: (usize, usize),
    /// The weights of the classes.
    pub(super) classes: Vec<f64>,
    pub(super) customers: usize,
    /// What it was split by, and its children.
    pub(super) split: Option<(Split, [usize; 2])>,
}

/// Grows a tree; the first node is the root, and children come behind their parents.
pub(super) fn grow(
    features: &Features,
    classes: &[Option<u32>],
    weighing: &Weighing<'_>,
    max_leaves: usize,
) -> Vec<Grown> {
    let mut columns = sorted_columns(features, classes);
    let rows = columns.first().map_or(0, |column| column.entries.len());
    let counted = |columns: &[super::entries::Column], start: usize, end: usize| Grown {
        range: (start, end),
        classes: weighing.count(&columns[0].entries[start..end]),
        customers: end - start,
        split: None,
    };
    if columns.is_empty() {
        return Vec::new();
    }
    let mut nodes = vec![counted(&columns, 0, rows)];
    let mut left = vec![false; classes.len()];
    // The best split of each open leaf.
    let mut open: Vec<(usize, Split)> = Vec::new();
    let first = weighing.best(&columns, 0, rows);
    open.extend(first.map(|split| (0, split)));
    let mut leaves = 1;
    while leaves < max_leaves {
        let mut best: Option<usize> = None;
        for (at, (_, split)) in open.iter().enumerate() {
            if best.is_none_or(|best| split.gain > open[best].1.gain) {
                best = Some(at);
            }
        }
        let Some(best) = best else { break };
        let (node, split) = open.remove(best);
        let (start, end) = nodes[node].range;
        let mut middle = start;
        for entry in &columns[split.column].entries[start..end] {
            let goes = split.test.goes_left(entry.value);
            left[entry.row as usize] = goes;
            middle += usize::from(goes);
        }
        part(&mut columns, start, end, &left);
        let children = [nodes.len(), nodes.len() + 1];
        nodes[node].split = Some((split, children));
        leaves += 1;
        for (child, (start, end)) in children.into_iter().zip([(start, middle), (middle, end)]) {
            nodes.push(counted(&columns, start, end));
            let best = weighing.best(&columns, start, end);
            open.extend(best.map(|split| (child, split)));
        }
    }
    nodes
}
