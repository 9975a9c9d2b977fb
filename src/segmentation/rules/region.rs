//! The geometry of conditions: sets of boxes, exactly.
//!
//! The thresholds of all rules cut each column into atoms within which no rule can tell values
//! apart: each threshold, each gap between two, each label that is named, all other labels
//! together, and missing. An atom that no number can fall into, such as the gap between two
//! neighbouring floats, is left out. A box is a set of atoms for each column, one bit an atom.

use std::ops::ControlFlow;

use super::{
    Condition, RuleValue,
    frozen::{Column, Frozen, Kind, Test},
};

/// One atom of a column.
#[derive(Debug, Clone, PartialEq)]
enum Atom {
    Point(f64),
    /// Between two thresholds, neither included; `None` beyond the first and the last.
    Gap(Option<f64>, Option<f64>),
    Label(String),
    OtherLabel,
    Missing,
}

/// The atoms of a column, missing last, and where its bits are.
struct Axis {
    atoms: Vec<Atom>,
    /// A value of each atom.
    values: Vec<RuleValue>,
    first_word: usize,
    words: usize,
}

/// All that rules can tell apart.
pub(super) struct Space<'a> {
    columns: &'a [Column],
    axes: Vec<Axis>,
    words: usize,
}

/// A box: for each column the atoms that are in it, at least one.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Cell(Vec<u64>);

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
            let atoms = match column.kind {
                Kind::Numbers => number_atoms(thresholds),
                Kind::Categories => label_atoms(labels),
            };
            let axis = Axis {
                values: atoms.iter().map(Atom::value).collect(),
                first_word: words,
                words: atoms.len().div_ceil(64),
                atoms,
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
        let first = |axis: &Axis| {
            let mut members = axis.members(cell);
            members
                .next()
                .map_or(RuleValue::Missing, |at| axis.values[at].clone())
        };
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

impl Axis {
    fn of<'c>(&self, cell: &'c Cell) -> &'c [u64] {
        &cell.0[self.first_word..self.first_word + self.words]
    }

    fn is_empty_in(&self, cell: &Cell) -> bool {
        self.of(cell).iter().all(|&word| word == 0)
    }

    fn has(&self, cell: &Cell, at: usize) -> bool {
        self.of(cell)[at / 64] >> (at % 64) & 1 == 1
    }

    fn members(&self, cell: &Cell) -> impl Iterator<Item = usize> {
        (0..self.atoms.len()).filter(|&at| self.has(cell, at))
    }

    fn set(&self, cell: &mut Cell, belongs: impl Fn(&RuleValue) -> bool) {
        for (at, value) in self.values.iter().enumerate() {
            let word = &mut cell.0[self.first_word + at / 64];
            let bit = 1 << (at % 64);
            if belongs(value) {
                *word |= bit;
            } else {
                *word &= !bit;
            }
        }
    }

    /// The condition on this column alone; always, if it is all of it.
    fn condition(&self, feature: &str, cell: &Cell) -> Condition {
        let members: Vec<usize> = self.members(cell).collect();
        if members.len() == self.atoms.len() {
            return Condition::All(Vec::new());
        }
        let present = self.atoms.len() - 1;
        let missing = self.has(cell, present);
        if !missing && members.len() == present {
            return !Condition::missing(feature);
        }
        let mut any = Vec::new();
        if self.atoms.contains(&Atom::OtherLabel) {
            let other = self.has(cell, present - 1);
            let named = |(at, atom): (usize, &Atom)| match atom {
                Atom::Label(label) if self.has(cell, at) != other => Some(label.clone()),
                _ => None,
            };
            let labels: Vec<String> = self.atoms.iter().enumerate().filter_map(named).collect();
            let feature = feature.to_owned();
            let one_of = Condition::OneOf { feature, labels };
            match &one_of {
                // All labels but these: a blank one is not one of them either.
                _ if other && missing => return !one_of,
                Condition::OneOf { feature, .. } if other => {
                    let present = !Condition::missing(feature);
                    return present.and(!one_of);
                }
                Condition::OneOf { labels, .. } if !labels.is_empty() => any.push(one_of),
                _ => {}
            }
        } else {
            let numbers = &members[..members.len() - usize::from(missing)];
            let runs = numbers.chunk_by(|one, next| one + 1 == *next);
            any.extend(runs.filter_map(|run| self.run(feature, run)));
        }
        if missing {
            any.push(Condition::missing(feature));
        }
        if any.len() == 1 {
            any.remove(0)
        } else {
            Condition::Any(any)
        }
    }

    /// The condition of neighbouring atoms of numbers.
    fn run(&self, feature: &str, run: &[usize]) -> Option<Condition> {
        let (first, last) = (&self.atoms[*run.first()?], &self.atoms[*run.last()?]);
        let low = match first {
            Atom::Point(least) => Some(Condition::at_least(feature, *least)),
            Atom::Gap(Some(limit), _) => Some(Condition::above(feature, *limit)),
            _ => None,
        };
        let high = match last {
            Atom::Point(most) => Some(Condition::at_most(feature, *most)),
            Atom::Gap(_, Some(limit)) => Some(Condition::below(feature, *limit)),
            _ => None,
        };
        match (first, last, low, high) {
            (Atom::Point(low), Atom::Point(high), ..) => {
                Some(Condition::between(feature, *low, *high))
            }
            (_, _, Some(low), Some(high)) => Some(low.and(high)),
            // Open at one end at least: a run open at both is all numbers, and no run.
            (_, _, low, high) => low.or(high),
        }
    }
}

impl Atom {
    fn value(&self) -> RuleValue {
        match self {
            Self::Point(value) => RuleValue::Number(*value),
            Self::Gap(low, high) => RuleValue::Number(number_between(*low, *high)),
            Self::Label(label) => RuleValue::Label(label.clone()),
            Self::OtherLabel => RuleValue::OtherLabel,
            Self::Missing => RuleValue::Missing,
        }
    }
}

/// A number in a gap that has one; a round one if the thresholds are.
fn number_between(low: Option<f64>, high: Option<f64>) -> f64 {
    let (guess, next) = match (low, high) {
        (None, None) => (0.0, 0.0),
        (Some(low), None) => (low + 1.0, low.next_up()),
        (None, Some(high)) => (high - 1.0, high.next_down()),
        (Some(low), Some(high)) => (low.midpoint(high), low.next_up()),
    };
    let inside = low.is_none_or(|low| low < guess) && high.is_none_or(|high| guess < high);
    // No threshold is infinite, and next to the greatest number there is no gap.
    if inside && guess.is_finite() {
        guess
    } else {
        next
    }
}

fn number_atoms(mut thresholds: Vec<f64>) -> Vec<Atom> {
    // Zero and minus zero are one number.
    for threshold in &mut thresholds {
        *threshold += 0.0;
    }
    thresholds.sort_unstable_by(f64::total_cmp);
    thresholds.dedup_by(|one, other| one.total_cmp(other).is_eq());
    let mut atoms = Vec::with_capacity(2 * thresholds.len() + 2);
    let mut low = None;
    for high in thresholds {
        let room = low.unwrap_or(f64::NEG_INFINITY).next_up() < high;
        if room {
            atoms.push(Atom::Gap(low, Some(high)));
        }
        atoms.push(Atom::Point(high));
        low = Some(high);
    }
    if low.is_none_or(|low| low < f64::MAX) {
        atoms.push(Atom::Gap(low, None));
    }
    atoms.push(Atom::Missing);
    atoms
}

fn label_atoms(mut labels: Vec<&String>) -> Vec<Atom> {
    labels.sort_unstable();
    labels.dedup();
    let named = labels.into_iter().map(|label| Atom::Label(label.clone()));
    named.chain([Atom::OtherLabel, Atom::Missing]).collect()
}
