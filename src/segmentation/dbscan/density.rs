//! How many rows lie around a row.

use super::tree::{Tree, Visit};
use crate::{numeric::map_chunks, segmentation::points::Points};

/// Rows that are looked at together.
pub(super) const CHUNK: usize = 1 << 10;

/// Weights that fall short of `min_points` by less than this share of it do so by rounding: ten
/// rows of weight 0.1 are one row.
const ROUNDING: f64 = 1e-12;

/// Rows of a weight above 0 and how they lie to each other.
pub(super) struct Neighbourhood {
    pub(super) tree: Tree,
    /// By place in the tree.
    pub(super) weights: Vec<f64>,
    /// For each place the row.
    pub(super) rows: Vec<usize>,
    /// The weight within each box.
    of_node: Vec<f64>,
}

impl Neighbourhood {
    pub(super) fn new(points: Points) -> Self {
        let kept: Vec<usize> = (0..points.rows)
            .filter(|&row| points.weight(row) > 0.0)
            .collect();
        let tree = if kept.len() == points.rows {
            Tree::new(points.columns, points.values)
        } else {
            let rows = kept.iter().flat_map(|&row| points.row(row));
            Tree::new(points.columns, &rows.copied().collect::<Vec<_>>())
        };
        let rows: Vec<usize> = tree.order.iter().map(|&number| kept[number]).collect();
        let weights: Vec<f64> = rows.iter().map(|&row| points.weight(row)).collect();
        let inside = |node: &super::tree::Node| weights[node.places()].iter().sum();
        let of_node = tree.nodes.iter().map(inside).collect();
        Self {
            tree,
            weights,
            rows,
            of_node,
        }
    }

    pub(super) fn total(&self) -> f64 {
        self.of_node.first().copied().unwrap_or(0.0)
    }

    /// The rows with a weight of `min_points` within the radius, their own included; ascending.
    pub(super) fn core_rows(&self, radius: f64, min_points: usize) -> Vec<usize> {
        let parts = map_chunks(self.rows.len(), CHUNK, |range| {
            let is_core = |&place: &usize| self.is_core(place, radius * radius, wanted(min_points));
            let core = range.filter(is_core).map(|place| self.rows[place]);
            core.collect::<Vec<_>>()
        });
        let mut rows = parts.concat();
        rows.sort_unstable();
        rows
    }

    fn is_core(&self, place: usize, reach: f64, wanted: f64) -> bool {
        let mut count = Count {
            of: self,
            point: self.tree.point(place),
            reach,
            wanted,
            weight: 0.0,
        };
        self.tree.search(count.point, &mut count);
        count.weight >= wanted
    }

    /// For each place the least radius at which its row is a core point; infinite if there is none.
    pub(super) fn least_radii(&self, min_points: usize) -> Vec<f64> {
        let parts = map_chunks(self.rows.len(), CHUNK, |range| {
            let radius = |place| {
                let mut gather = Gather {
                    of: self,
                    wanted: wanted(min_points),
                    nearest: Vec::new(),
                    weight: 0.0,
                };
                self.tree.search(self.tree.point(place), &mut gather);
                reaching(gather.bound())
            };
            range.map(radius).collect::<Vec<f64>>()
        });
        parts.concat()
    }
}

/// The least radius whose square reaches: that of a root which was rounded down does not.
fn reaching(square: f64) -> f64 {
    let root = square.sqrt();
    if root * root < square {
        root.next_up()
    } else {
        root
    }
}

/// The weight that makes a core point.
pub(super) fn wanted(min_points: usize) -> f64 {
    min_points as f64 * (1.0 - ROUNDING)
}

/// Adds up weights within a radius until there are enough.
struct Count<'a> {
    of: &'a Neighbourhood,
    point: &'a [f64],
    /// The squared radius.
    reach: f64,
    wanted: f64,
    weight: f64,
}

impl Visit for Count<'_> {
    fn enters(&mut self, node: usize, least: f64) -> bool {
        if self.weight >= self.wanted || least > self.reach {
            return false;
        }
        if self.of.tree.most(node, self.point) <= self.reach {
            self.weight += self.of.of_node[node];
            return false;
        }
        true
    }

    fn sees(&mut self, place: usize, distance: f64) {
        if distance <= self.reach {
            self.weight += self.of.weights[place];
        }
    }
}

/// Keeps the nearest points that make up a weight.
struct Gather<'a> {
    of: &'a Neighbourhood,
    wanted: f64,
    /// Squared distance and weight, the nearest first.
    nearest: Vec<(f64, f64)>,
    weight: f64,
}

impl Gather<'_> {
    /// Points that are not nearer than this change nothing.
    fn bound(&self) -> f64 {
        match self.nearest.last() {
            Some(&(farthest, _)) if self.weight >= self.wanted => farthest,
            _ => f64::INFINITY,
        }
    }

    fn add(&mut self, distance: f64, weight: f64) {
        if distance >= self.bound() {
            return;
        }
        let at = self
            .nearest
            .partition_point(|&(other, _)| other <= distance);
        self.nearest.insert(at, (distance, weight));
        self.weight += weight;
        while let Some(&(_, weight)) = self.nearest.last() {
            if self.weight - weight < self.wanted {
                break;
            }
            self.weight -= weight;
            self.nearest.pop();
        }
    }
}

impl Visit for Gather<'_> {
    fn enters(&mut self, node: usize, least: f64) -> bool {
        let is_place = self.of.tree.nodes[node].is_place;
        if is_place {
            self.add(least, self.of.of_node[node]);
        }
        !is_place && least < self.bound()
    }

    fn sees(&mut self, place: usize, distance: f64) {
        self.add(distance, self.of.weights[place]);
    }
}
