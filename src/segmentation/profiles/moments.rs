//! Counts, means and spreads of every numeric feature in every group, in three passes.

use super::groups::Groups;
use crate::{data::Features, numeric::map_chunks};

/// Rows that one piece of work goes through.
pub(super) const CHUNK: usize = 1 << 15;

/// One feature in one group. Deviations are in units of the column's scale.
#[derive(Clone, Copy)]
pub(super) struct Cell {
    pub(super) count: usize,
    pub(super) missing: usize,
    pub(super) weight: f64,
    pub(super) min: f64,
    pub(super) max: f64,
    /// The mean less the column's centre. First the sum, then the mean, while passes go on.
    pub(super) delta: f64,
    /// The weighted sum of squares about the mean.
    pub(super) squares: f64,
    /// What the rough mean of the first pass is off by, times the weight.
    slip: f64,
}

impl Cell {
    const EMPTY: Self = Self {
        count: 0,
        missing: 0,
        weight: 0.0,
        min: f64::INFINITY,
        max: f64::NEG_INFINITY,
        delta: 0.0,
        squares: 0.0,
        slip: 0.0,
    };

    /// Two groups as one.
    pub(super) fn with(self, other: &Self) -> Self {
        let weight = self.weight + other.weight;
        let mut both = Self {
            count: self.count + other.count,
            missing: self.missing + other.missing,
            weight,
            min: self.min.min(other.min),
            max: self.max.max(other.max),
            ..self
        };
        if self.weight <= 0.0 {
            (both.delta, both.squares) = (other.delta, other.squares);
        } else if other.weight > 0.0 {
            let (gap, share) = (other.delta - self.delta, other.weight / weight);
            both.delta = self.delta + gap * share;
            both.squares = self.squares + other.squares + gap * gap * (self.weight * share);
        }
        both
    }
}

/// A numeric feature: its cells by group, and the units they are in.
pub(super) struct Column {
    /// A power of two, so that going over to units of it is exact.
    scale: f64,
    /// Near the mean of all, in units of the scale.
    centre: f64,
    pub(super) cells: Vec<Cell>,
}

impl Column {
    /// Some groups as one.
    pub(super) fn pooled(&self, groups: std::ops::Range<usize>) -> Cell {
        let cells = &self.cells[groups];
        cells.iter().fold(Cell::EMPTY, Cell::with)
    }

    /// In the units of the feature; `None` for nobody.
    pub(super) fn mean(&self, cell: &Cell) -> Option<f64> {
        let mean = (self.centre + cell.delta) * self.scale;
        (cell.count > 0).then(|| mean.clamp(cell.min, cell.max))
    }

    /// In units of the scale; `None` if the weights do not count more than one customer.
    pub(super) fn scaled_sd(cell: &Cell) -> Option<f64> {
        (cell.weight > 1.0).then(|| (cell.squares.max(0.0) / (cell.weight - 1.0)).sqrt())
    }

    /// In the units of the feature.
    pub(super) fn sd(&self, cell: &Cell) -> Option<f64> {
        Self::scaled_sd(cell).map(|sd| sd * self.scale)
    }
}

/// The largest power of two that is not above the largest value.
fn scale_of(cells: &[Cell]) -> f64 {
    let largest = |most: f64, cell: &Cell| most.max(cell.max.abs()).max(cell.min.abs());
    let known = cells.iter().filter(|cell| cell.count > 0);
    let exponent = f64::from_bits(known.fold(0.0, largest).to_bits() & (0x7ff << 52));
    // Zero for the numbers below the normal ones, which stay as they are.
    if exponent > 0.0 { exponent } else { 1.0 }
}

/// Adds the rows up cell by cell, cells of a group side by side.
fn pass(
    features: &Features,
    groups: &Groups<'_>,
    start: &[Cell],
    add: impl Fn(&mut Cell, f64, f64, usize) + Sync,
    join: impl Fn(&mut Cell, &Cell),
) -> Vec<Cell> {
    let columns = features.names().len();
    let view = features.view();
    let parts = map_chunks(features.len(), CHUNK, |rows| {
        let mut cells = start.to_vec();
        for row in rows {
            let Some(group) = groups.of(row) else {
                continue;
            };
            let weight = groups.weight(row);
            let own = &mut cells[group * columns..][..columns];
            for (at, (cell, &value)) in own.iter_mut().zip(view.row(row)).enumerate() {
                add(cell, value, weight, at);
            }
        }
        cells
    });
    let mut all = start.to_vec();
    for part in &parts {
        all.iter_mut()
            .zip(part)
            .for_each(|(cell, own)| join(cell, own));
    }
    all
}

/// Every numeric feature in every group.
///
/// The first pass finds the sizes, the second the means, the third the squares about these
/// means; what a mean is off by rounding is taken out at the end.
pub(super) fn moments(features: &Features, groups: &Groups<'_>) -> Vec<Column> {
    let columns = features.names().len();
    let empty = vec![Cell::EMPTY; groups.count * columns];
    let counted = pass(
        features,
        groups,
        &empty,
        |cell, value, weight, _| {
            if value.is_nan() {
                cell.missing += 1;
            } else {
                cell.count += 1;
                cell.weight += weight;
                cell.min = cell.min.min(value);
                cell.max = cell.max.max(value);
            }
        },
        |all, own| *all = all.with(own),
    );
    let of_column = |cells: &[Cell], at: usize| -> Vec<Cell> {
        cells.iter().skip(at).step_by(columns).copied().collect()
    };
    let scales: Vec<f64> = (0..columns)
        .map(|at| scale_of(&of_column(&counted, at)))
        .collect();
    let inverse: Vec<f64> = scales.iter().map(|scale| scale.recip()).collect();

    let sums = pass(
        features,
        groups,
        &empty,
        |cell, value, weight, at| {
            if !value.is_nan() {
                cell.delta += weight * (value * inverse[at]);
            }
        },
        |all, own| all.delta += own.delta,
    );
    let mut means = counted;
    for (cell, sum) in means.iter_mut().zip(&sums) {
        if cell.count > 0 {
            cell.delta = sum.delta / cell.weight;
        }
    }

    // A pass starts from the means, and joins only what it adds.
    let squares = pass(
        features,
        groups,
        &means,
        |cell, value, weight, at| {
            if !value.is_nan() {
                let gap = value * inverse[at] - cell.delta;
                cell.slip += weight * gap;
                cell.squares += weight * (gap * gap);
            }
        },
        |all, own| {
            all.slip += own.slip;
            all.squares += own.squares;
        },
    );
    (0..columns)
        .map(|at| finish(scales[at], of_column(&squares, at)))
        .collect()
}

fn finish(scale: f64, mut cells: Vec<Cell>) -> Column {
    let (sum, weight) = cells.iter().fold((0.0, 0.0), |(sum, weight), cell| {
        (sum + cell.delta * cell.weight, weight + cell.weight)
    });
    let centre = if weight > 0.0 { sum / weight } else { 0.0 };
    for cell in cells.iter_mut().filter(|cell| cell.count > 0) {
        if cell.max > cell.min {
            let slip = cell.slip / cell.weight;
            cell.delta = (cell.delta - centre) + slip;
            cell.squares = (cell.squares - slip * cell.slip).max(0.0);
        } else {
            // All alike: nothing but rounding stands in the sums.
            cell.delta = cell.min / scale - centre;
            cell.squares = 0.0;
        }
    }
    Column {
        scale,
        centre,
        cells,
    }
}
