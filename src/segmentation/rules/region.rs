//! The geometry of conditions: sets of boxes, exactly.
//!
//! The thresholds of all rules cut each column into atoms within which no rule can tell values
//! apart: each threshold, each gap between two, each label that is named, all other labels
//! together, and missing. An atom that no number can fall into, such as the gap between two
//! neighbouring floats, is left out. A box is a set of atoms for each column, one bit an atom.

use std::ops::ControlFlow;

use super::{
    Condition, RuleValue,
    axis::Axis,
    frozen::{Column, Frozen, Kind, Test},
};

/// All that rules can tell apart.
pub(super) struct Space<'a> {
    columns: &'a [Column],
    axes: Vec<Axis>,
    words: usize,
}

/// A box: for each column the atoms that are in it, at least one.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Cell(pub(super) Vec<u64>);

/// How many operations on boxes a question may take. Counting them, and not the time, gives the
/// same answer everywhere.
pub(super) struct Budget(u64);

/// The budget ran out before the answer was known.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct TooComplex;

impl Budget {
    pub(super) fn new(steps: u64) -> Self {
        Self(steps)
    }

    fn spend(&mut self, steps: usize) -> Result<(), TooComplex> {
        self.0 = self.0.checked_sub(steps as u64).ok_or(TooComplex)?;
        Ok(())
    }
}

/// Boxes that the condition of one rule may come to.
const MAX_CELLS: usize = 1 << 12;

impl<'a> Space<'a> {
    pub(super) fn new(columns: &'a [Column], rules: &[Frozen]) -> Self {
        let mut thresholds: Vec<Vec<f64>> = vec![Vec::new(); columns.len()];
        let mut labels: Vec<Vec<&String>> = vec![Vec::new(); columns.len()];
        for rule in rules {
            rule.each_leaf(&mut |column, test| match test {
                Test::AtLeast(t) | Test::Above(t) | Test::AtMost(t) | Test::Below(t) => {
                    thresholds[column].push(*t);
                }
                Test::Between(low, high) => thresholds[column].extend([low, high]),
                Test::OneOf(named) => labels[column].extend(named),
                Test::Missing => {}
            });
        }
        let mut words = 0;
        let mut axes = Vec::with_capacity(columns.len());
        for ((column, thresholds), labels) in columns.iter().zip(thresholds).zip(labels) {
            let axis = match column.kind {
                Kind::Numbers => Axis::of_numbers(thresholds, words),
                Kind::Categories => Axis::of_labels(labels, words),
            };
            words += axis.words;
            axes.push(axis);
        }
        Self {
            columns,
            axes,
            words,
        }
    }

    /// The box of everything.
    pub(super) fn everything(&self) -> Cell {
        let mut cell = Cell(vec![0; self.words]);
        for axis in &self.axes {
            axis.set(&mut cell, |_| true);
        }
        cell
    }

    /// The boxes, perhaps overlapping, in which a condition holds.
    pub(super) fn cells(
        &self,
        rule: &Frozen,
        budget: &mut Budget,
    ) -> Result<Vec<Cell>, TooComplex> {
        self.cells_where(rule, true, budget)
    }

    /// The boxes in which a condition comes out as wanted.
    fn cells_where(
        &self,
        rule: &Frozen,
        wanted: bool,
        budget: &mut Budget,
    ) -> Result<Vec<Cell>, TooComplex> {
        match rule {
            Frozen::Leaf { column, test } => {
                let axis = &self.axes[*column];
                let mut cell = self.everything();
                axis.set(&mut cell, |value| test.holds(value) == wanted);
                budget.spend(1)?;
                Ok(if axis.is_empty_in(&cell) {
                    Vec::new()
                } else {
                    vec![cell]
                })
            }
            Frozen::Not(inner) => self.cells_where(inner, !wanted, budget),
            // By De Morgan, all are met or any is missed.
            Frozen::All(parts) if wanted => self.intersection(parts, wanted, budget),
            Frozen::Any(parts) if !wanted => self.intersection(parts, wanted, budget),
            Frozen::All(parts) | Frozen::Any(parts) => {
                let mut union = Vec::new();
                for part in parts {
                    for cell in self.cells_where(part, wanted, budget)? {
                        add(&mut union, cell, budget)?;
                    }
                }
                Ok(union)
            }
        }
    }

    fn intersection(
        &self,
        parts: &[Frozen],
        wanted: bool,
        budget: &mut Budget,
    ) -> Result<Vec<Cell>, TooComplex> {
        let mut all = vec![self.everything()];
        for part in parts {
            let cells = self.cells_where(part, wanted, budget)?;
            let mut both = Vec::new();
            for one in &all {
                for other in &cells {
                    budget.spend(1)?;
                    if self.meet(one, other) {
                        add(&mut both, common(one, other), budget)?;
                    }
                }
            }
            all = both;
        }
        Ok(all)
    }

    /// Whether two boxes have anything in common.
    fn meet(&self, one: &Cell, other: &Cell) -> bool {
        self.axes.iter().all(|axis| {
            let mut words = axis.of(one).iter().zip(axis.of(other));
            words.any(|(one, other)| one & other != 0)
        })
    }

    /// The first box in common of two sets of boxes.
    pub(super) fn first_common(
        &self,
        these: &[Cell],
        those: &[Cell],
        budget: &mut Budget,
    ) -> Result<Option<Cell>, TooComplex> {
        for this in these {
            for that in those {
                budget.spend(1)?;
                if self.meet(this, that) {
                    return Ok(Some(common(this, that)));
                }
            }
        }
        Ok(None)
    }

    /// Hands out disjoint boxes of what is left of some boxes without others, until told to stop.
    /// Boxes of `from` that overlap may have pieces in common.
    pub(super) fn difference(
        &self,
        from: &[Cell],
        without: &[&Cell],
        budget: &mut Budget,
        mut found: impl FnMut(Cell) -> ControlFlow<()>,
    ) -> Result<(), TooComplex> {
        let mut open: Vec<(Cell, usize)> = from.iter().rev().map(|c| (c.clone(), 0)).collect();
        while let Some((mut cell, start)) = open.pop() {
            let mut whole = true;
            for (at, taken) in without.iter().enumerate().skip(start) {
                budget.spend(1)?;
                if !self.meet(&cell, taken) {
                    continue;
                }
                // What sticks out of the taken box, axis by axis; each piece keeps within it on
                // the axes before, so that pieces are disjoint.
                whole = false;
                for axis in &self.axes {
                    let mut piece = cell.clone();
                    let bits = axis.first_word..axis.first_word + axis.words;
                    for word in bits {
                        piece.0[word] &= !taken.0[word];
                        cell.0[word] &= taken.0[word];
                    }
                    if !axis.is_empty_in(&piece) {
                        open.push((piece, at + 1));
                    }
                }
                break;
            }
            if whole && found(cell).is_break() {
                break;
            }
        }
        Ok(())
    }

    /// Fewer boxes for the same set, where two differ on one axis only.
    pub(super) fn merged(&self, mut cells: Vec<Cell>) -> Vec<Cell> {
        let mut one = 0;
        while one < cells.len() {
            let joins = |other: &Cell| self.differ_on_one(&cells[one], other);
            match cells[one + 1..].iter().position(joins) {
                None => one += 1,
                Some(after) => {
                    let other = cells.remove(one + 1 + after);
                    for (bits, more) in cells[one].0.iter_mut().zip(&other.0) {
                        *bits |= more;
                    }
                    // The larger box may join one that was passed over.
                    one = 0;
                }
            }
        }
        cells
    }

    fn differ_on_one(&self, one: &Cell, other: &Cell) -> bool {
        let differs = |axis: &&Axis| axis.of(one) != axis.of(other);
        self.axes.iter().filter(differs).count() <= 1
    }

    /// One point of a box.
    pub(super) fn point(&self, cell: &Cell) -> Vec<RuleValue> {
        let first = |axis: &Axis| axis.first_value(cell);
        self.axes.iter().map(first).collect()
    }

    /// The condition that holds in a box and nowhere else.
    pub(super) fn condition(&self, cell: &Cell) -> Condition {
        let mut all = Vec::new();
        for (axis, column) in self.axes.iter().zip(self.columns) {
            match axis.condition(&column.name, cell) {
                Condition::All(parts) => all.extend(parts),
                other => all.push(other),
            }
        }
        if all.len() == 1 {
            all.remove(0)
        } else {
            Condition::All(all)
        }
    }
}

/// What is in both of two boxes that meet.
fn common(one: &Cell, other: &Cell) -> Cell {
    Cell(
        one.0
            .iter()
            .zip(&other.0)
            .map(|(one, other)| one & other)
            .collect(),
    )
}

/// Adds a box to a union, unless it is in one of it already; those within the new one go.
fn add(union: &mut Vec<Cell>, cell: Cell, budget: &mut Budget) -> Result<(), TooComplex> {
    budget.spend(union.len())?;
    if union.iter().any(|known| cell.is_within(known)) {
        return Ok(());
    }
    union.retain(|known| !known.is_within(&cell));
    if union.len() == MAX_CELLS {
        return Err(TooComplex);
    }
    union.push(cell);
    Ok(())
}

impl Cell {
    pub(super) fn is_within(&self, other: &Self) -> bool {
        self.0
            .iter()
            .zip(&other.0)
            .all(|(one, other)| one & !other == 0)
    }
}
