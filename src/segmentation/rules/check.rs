//! What can and cannot happen under some rules, whatever the data.

use std::{collections::BTreeSet, ops::ControlFlow};

use super::{
    RuleCoverage, RuleOverlap, RuleReach, RuleRegion, RuleValue,
    explain::named,
    frozen::{Column, Frozen},
    region::{Budget, Cell, Space, TooComplex},
};

/// Steps that the question of one rule may take, and that of what is left over.
const STEPS: u64 = 1 << 21;
/// Steps that all pairs together may take.
const PAIR_STEPS: u64 = 1 << 24;
/// Pairs that are listed.
const MAX_OVERLAPS: usize = 1_000;
/// Pieces of what no rule takes that are looked at.
const MAX_PIECES: usize = 256;

/// The boxes of each rule.
pub(super) struct Geometry<'a> {
    columns: &'a [Column],
    frozen: &'a [Frozen],
    space: Space<'a>,
    cells: Vec<Result<Vec<Cell>, TooComplex>>,
}

/// The pairs of rules that can both match.
pub(super) struct Pairs {
    pub(super) listed: Vec<RuleOverlap>,
    pub(super) left_off: u64,
    pub(super) undecided: u64,
}

impl<'a> Geometry<'a> {
    pub(super) fn new(columns: &'a [Column], frozen: &'a [Frozen]) -> Self {
        let space = Space::new(columns, frozen);
        let cells = frozen
            .iter()
            .map(|rule| space.cells(rule, &mut Budget::new(STEPS)))
            .collect();
        Self {
            columns,
            frozen,
            space,
            cells,
        }
    }

    /// Whether a rule can ever take anybody.
    pub(super) fn reach(&self, rule: usize) -> RuleReach {
        let Ok(own) = &self.cells[rule] else {
            return RuleReach::TooComplex;
        };
        if own.is_empty() {
            return RuleReach::Contradiction;
        }
        let mut budget = Budget::new(STEPS);
        let earlier: Vec<usize> = (0..rule).collect();
        match self.beyond(own, &earlier, &mut budget) {
            Err(TooComplex) => RuleReach::TooComplex,
            Ok(Some(point)) => {
                // Rules without boxes are asked at the point itself.
                let free = |&&at: &&usize| self.cells[at].is_err() && self.frozen[at].holds(&point);
                if earlier.iter().any(|at| free(&at)) {
                    return RuleReach::TooComplex;
                }
                RuleReach::Reachable {
                    example: named(self.columns, &point),
                }
            }
            Ok(None) => RuleReach::Covered {
                by: self.covering(own, earlier, &mut budget),
            },
        }
    }

    /// A point of some boxes that is in none of the boxes of some rules.
    fn beyond(
        &self,
        own: &[Cell],
        rules: &[usize],
        budget: &mut Budget,
    ) -> Result<Option<Vec<RuleValue>>, TooComplex> {
        let taken = self.all_cells(rules);
        let mut left = None;
        self.space.difference(own, &taken, budget, |cell| {
            left = Some(self.space.point(&cell));
            ControlFlow::Break(())
        })?;
        Ok(left)
    }

    fn all_cells(&self, rules: &[usize]) -> Vec<&Cell> {
        let cells = rules.iter().filter_map(|&at| self.cells[at].as_ref().ok());
        cells.flatten().collect()
    }

    /// Of rules that cover some boxes together a few that do, none of which can be spared unless
    /// the budget ended first. Earlier ones are preferred.
    fn covering(&self, own: &[Cell], mut rules: Vec<usize>, budget: &mut Budget) -> Vec<u32> {
        for at in (0..rules.len()).rev() {
            let spared = rules.remove(at);
            if self.beyond(own, &rules, budget) != Ok(None) {
                rules.insert(at, spared);
            }
        }
        rules.into_iter().map(number).collect()
    }

    /// The pairs of rules that can both match, with an example region.
    pub(super) fn pairs(&self) -> Pairs {
        let mut budget = Budget::new(PAIR_STEPS);
        let mut pairs = Pairs {
            listed: Vec::new(),
            left_off: 0,
            undecided: 0,
        };
        for second in 1..self.cells.len() {
            for first in 0..second {
                let common = match (&self.cells[first], &self.cells[second]) {
                    (Ok(these), Ok(those)) => self.space.first_common(these, those, &mut budget),
                    _ => Err(TooComplex),
                };
                match common {
                    Err(TooComplex) => pairs.undecided += 1,
                    Ok(None) => {}
                    Ok(Some(_)) if pairs.listed.len() == MAX_OVERLAPS => pairs.left_off += 1,
                    Ok(Some(cell)) => pairs.listed.push(RuleOverlap {
                        first: number(first),
                        second: number(second),
                        region: self.region(&cell),
                    }),
                }
            }
        }
        pairs
    }

    /// What no rule takes.
    pub(super) fn coverage(&self) -> RuleCoverage {
        if self.cells.iter().any(Result::is_err) {
            return RuleCoverage::TooComplex;
        }
        let everything = [self.space.everything()];
        let taken = self.all_cells(&(0..self.cells.len()).collect::<Vec<_>>());
        let mut pieces = Vec::new();
        let mut more = false;
        let mut budget = Budget::new(STEPS);
        let found = |cell| {
            if pieces.len() == MAX_PIECES {
                more = true;
                return ControlFlow::Break(());
            }
            pieces.push(cell);
            ControlFlow::Continue(())
        };
        let ended = self
            .space
            .difference(&everything, &taken, &mut budget, found);
        if ended.is_err() {
            // The pieces found so far are gaps all the same.
            more = true;
            if pieces.is_empty() {
                return RuleCoverage::TooComplex;
            }
        }
        if pieces.is_empty() {
            return RuleCoverage::Everything;
        }
        let merged = self.space.merged(pieces);
        RuleCoverage::Gaps {
            regions: merged.iter().map(|cell| self.region(cell)).collect(),
            more,
        }
    }

    fn region(&self, cell: &Cell) -> RuleRegion {
        RuleRegion {
            condition: self.space.condition(cell),
            example: named(self.columns, &self.space.point(cell)),
        }
    }
}

/// Rules are fewer than 2^32.
fn number(rule: usize) -> u32 {
    u32::try_from(rule).unwrap_or(u32::MAX)
}

/// The labels that rules name, with their columns; each once, in order.
pub(super) fn named_labels(frozen: &[Frozen]) -> BTreeSet<(usize, &str)> {
    let mut labels = BTreeSet::new();
    for rule in frozen {
        rule.each_leaf(&mut |column, test| {
            if let super::frozen::Test::OneOf(named) = test {
                labels.extend(named.iter().map(|label| (column, label.as_str())));
            }
        });
    }
    labels
}
