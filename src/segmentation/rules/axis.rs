//! One column cut into the pieces that rules can tell apart.

use super::{Condition, RuleValue, region::Cell};

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
pub(super) struct Axis {
    atoms: Vec<Atom>,
    /// A value of each atom.
    values: Vec<RuleValue>,
    pub(super) first_word: usize,
    pub(super) words: usize,
}

impl Axis {
    pub(super) fn of_numbers(thresholds: Vec<f64>, first_word: usize) -> Self {
        Self::new(number_atoms(thresholds), first_word)
    }

    pub(super) fn of_labels(labels: Vec<&String>, first_word: usize) -> Self {
        Self::new(label_atoms(labels), first_word)
    }

    fn new(atoms: Vec<Atom>, first_word: usize) -> Self {
        Self {
            values: atoms.iter().map(Atom::value).collect(),
            first_word,
            words: atoms.len().div_ceil(64),
            atoms,
        }
    }

    /// The bits of this column.
    pub(super) fn of<'c>(&self, cell: &'c Cell) -> &'c [u64] {
        &cell.0[self.first_word..self.first_word + self.words]
    }

    pub(super) fn is_empty_in(&self, cell: &Cell) -> bool {
        self.of(cell).iter().all(|&word| word == 0)
    }

    fn has(&self, cell: &Cell, at: usize) -> bool {
        self.of(cell)[at / 64] >> (at % 64) & 1 == 1
    }

    fn members(&self, cell: &Cell) -> impl Iterator<Item = usize> {
        (0..self.atoms.len()).filter(|&at| self.has(cell, at))
    }

    /// A value of the first atom in a box.
    pub(super) fn first_value(&self, cell: &Cell) -> RuleValue {
        let first = self.members(cell).next();
        first.map_or(RuleValue::Missing, |at| self.values[at].clone())
    }

    pub(super) fn set(&self, cell: &mut Cell, belongs: impl Fn(&RuleValue) -> bool) {
        for (at, value) in self.values.iter().enumerate() {
            let word = &mut cell.0[self.first_word + at / 64];
            let bit = 1u64 << (at % 64);
            if belongs(value) {
                *word |= bit;
            } else {
                *word &= !bit;
            }
        }
    }

    /// The condition on this column alone; always, if it is all of it.
    pub(super) fn condition(&self, feature: &str, cell: &Cell) -> Condition {
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
