//! A k-d tree (Bentley 1975, doi:10.1145/361002.361007): points in boxes, boxes in larger boxes.
//!
//! Bounds are made by the same subtractions, squares and additions in the same order as distances,
//! and each of these steps is monotone also when it is rounded. A bound is therefore never on the
//! wrong side of a distance, and what is passed over by it could not have mattered.

/// Points in a box that is not divided further.
const LEAF: usize = 12;

/// Points, ordered so that each box holds a stretch of them.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Tree {
    pub(super) columns: usize,
    /// For each place the number that the point had.
    pub(super) order: Vec<usize>,
    /// The points, place by place.
    pub(super) values: Vec<f64>,
    /// A box, all boxes within its first half, all within its second.
    pub(super) nodes: Vec<Node>,
    /// For each node the least value of each column, then the largest.
    bounds: Vec<f64>,
}

/// A box of the tree.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Node {
    pub(super) start: usize,
    pub(super) end: usize,
    /// The node of the second half; 0 if the box is not divided. That of the first half follows.
    second: usize,
    /// Whether all its points are in one place, which is then as far away as the box is.
    pub(super) is_place: bool,
}

/// What a search looks for.
pub(super) trait Visit {
    /// Whether to look into a box whose points are at least so far away (squared).
    fn enters(&mut self, node: usize, least: f64) -> bool;
    /// A point in a box that was entered, and its squared distance.
    fn sees(&mut self, place: usize, distance: f64);
}

impl Node {
    pub(super) fn places(&self) -> std::ops::Range<usize> {
        self.start..self.end
    }
}

impl Tree {
    /// Of points one after the other. There is at least one column.
    pub(super) fn new(columns: usize, values: &[f64]) -> Self {
        let count = values.len() / columns;
        let mut tree = Self {
            columns,
            order: (0..count).collect(),
            values: Vec::with_capacity(values.len()),
            nodes: Vec::new(),
            bounds: Vec::new(),
        };
        if count > 0 {
            tree.divide(values, 0, count);
        }
        for &number in &tree.order {
            let point = &values[number * columns..(number + 1) * columns];
            tree.values.extend_from_slice(point);
        }
        tree
    }

    /// Adds the box of a stretch of points and those within it.
    fn divide(&mut self, values: &[f64], start: usize, end: usize) {
        let columns = self.columns;
        let value = |number: usize, column: usize| values[number * columns + column];
        let at = self.nodes.len();
        self.nodes.push(Node {
            start,
            end,
            second: 0,
            is_place: false,
        });
        let numbers = &mut self.order[start..end];
        let mut widest = (0, 0.0);
        let (mut least, mut largest) = (Vec::with_capacity(columns), Vec::with_capacity(columns));
        for column in 0..columns {
            let of_column = || numbers.iter().map(|&number| value(number, column));
            least.push(of_column().fold(f64::INFINITY, f64::min));
            largest.push(of_column().fold(f64::NEG_INFINITY, f64::max));
            let width = largest[column] - least[column];
            if width > widest.1 {
                widest = (column, width);
            }
        }
        self.bounds.append(&mut least);
        self.bounds.append(&mut largest);
        self.nodes[at].is_place = widest.1 <= 0.0;
        if end - start <= LEAF || self.nodes[at].is_place {
            numbers.sort_unstable();
            return;
        }
        let middle = (end - start) / 2;
        numbers.select_nth_unstable_by(middle, |&a, &b| {
            let by_value = value(a, widest.0).total_cmp(&value(b, widest.0));
            by_value.then(a.cmp(&b))
        });
        self.divide(values, start, start + middle);
        self.nodes[at].second = self.nodes.len();
        self.divide(values, start + middle, end);
    }

    pub(super) fn point(&self, place: usize) -> &[f64] {
        &self.values[place * self.columns..(place + 1) * self.columns]
    }

    /// The boxes within a box.
    pub(super) fn halves(&self, node: usize) -> Option<(usize, usize)> {
        match self.nodes[node].second {
            0 => None,
            second => Some((node + 1, second)),
        }
    }

    fn bounds(&self, node: usize) -> (&[f64], &[f64]) {
        let start = 2 * node * self.columns;
        self.bounds[start..start + 2 * self.columns].split_at(self.columns)
    }

    /// At most the squared distance of a point to any in a box.
    fn least(&self, node: usize, point: &[f64]) -> f64 {
        let (least, largest) = self.bounds(node);
        let mut sum = 0.0;
        for (x, (low, high)) in point.iter().zip(least.iter().zip(largest)) {
            let gap = if x < low {
                low - x
            } else if x > high {
                x - high
            } else {
                0.0
            };
            sum += gap * gap;
        }
        sum
    }

    /// At least the squared distance of a point to any in a box.
    pub(super) fn most(&self, node: usize, point: &[f64]) -> f64 {
        let (least, largest) = self.bounds(node);
        let mut sum = 0.0;
        for (x, (low, high)) in point.iter().zip(least.iter().zip(largest)) {
            let gap = (x - low).abs().max((x - high).abs());
            sum += gap * gap;
        }
        sum
    }

    /// At least the squared distance of any two points in a box.
    pub(super) fn across(&self, node: usize) -> f64 {
        let (least, largest) = self.bounds(node);
        square(least, largest)
    }

    /// Goes through the boxes that `visit` enters, the nearer half first.
    pub(super) fn search(&self, point: &[f64], visit: &mut impl Visit) {
        if !self.nodes.is_empty() {
            self.descend(0, self.least(0, point), point, visit);
        }
    }

    fn descend(&self, node: usize, least: f64, point: &[f64], visit: &mut impl Visit) {
        if !visit.enters(node, least) {
            return;
        }
        let Some((first, second)) = self.halves(node) else {
            for place in self.nodes[node].places() {
                visit.sees(place, square(point, self.point(place)));
            }
            return;
        };
        let of_first = self.least(first, point);
        let of_second = self.least(second, point);
        if of_second < of_first {
            self.descend(second, of_second, point, visit);
            self.descend(first, of_first, point, visit);
        } else {
            self.descend(first, of_first, point, visit);
            self.descend(second, of_second, point, visit);
        }
    }
}

fn square(a: &[f64], b: &[f64]) -> f64 {
    let mut sum = 0.0;
    for (a, b) in a.iter().zip(b) {
        let gap = a - b;
        sum += gap * gap;
    }
    sum
}
