//! What flows are made of, in a form that can be merged and saved.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{
    Flows,
    count::{Columns, Sums, tally},
};
use crate::{
    Error, Result,
    data::{Assignments, Currency, Merge, MinorUnits, Segment, SegmentId, merge_all, merge_sealed},
    migration::{
        chunks::CHUNK,
        panel::{OUTSIDE, Presence, SegmentPanel, SnapshotKeys},
        states,
    },
    numeric::map_chunks,
    persist,
};

/// How many customers took which step in which period, with their money: what all
/// [`Flows`] are computed from.
///
/// States of parts of the customers can be merged. The parts need the same periods and states: give
/// both to the builder of each panel
/// ([`period_order`](crate::migration::SegmentPanelBuilder::period_order),
/// [`order`](crate::migration::SegmentPanelBuilder::order)). Each customer belongs to one part, with
/// all rows.
///
/// # Example
///
/// ```
/// use custometry::{data::Merge, migration::{FlowState, SegmentPanel}};
///
/// let part = |key, periods: [&str; 2], segments: [&str; 2]| {
///     let panel = SegmentPanel::builder().int_keys(&[key, key]).periods(&periods).segments(&segments);
///     FlowState::new(&panel.order(&["a", "b"]).period_order(&["1", "2", "3"]).build()?)
/// };
/// let both = part(7, ["1", "2"], ["a", "b"])?.merge(part(8, ["1", "2"], ["a", "a"])?)?;
/// let flows = both.flows()?;
/// assert_eq!(flows.pooled()?.total(), 2);
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Fields", into = "Fields")]
pub struct FlowState {
    pub(super) states: Vec<Segment>,
    pub(super) periods: Vec<String>,
    pub(super) currency: Option<Currency>,
    /// The customers in each place of the first period, ascending by code; money stands in `before`.
    pub(super) first: Vec<(usize, Sums)>,
    /// For each step the cells that somebody is in, ascending.
    pub(super) steps: Vec<Vec<Cell>>,
}

/// Customers who took one step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Cell {
    pub(super) from: usize,
    pub(super) to: usize,
    pub(super) sums: Sums,
}

/// How flows are saved.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Fields {
    states: Vec<Segment>,
    periods: Vec<String>,
    currency: Option<Currency>,
    /// Place, customers and money.
    first: Vec<(Presence, u64, i128)>,
    steps: Vec<Vec<SavedCell>>,
}

/// From, to, customers, money before and after.
type SavedCell = (Presence, Presence, u64, i128, i128);

impl From<FlowState> for Fields {
    fn from(state: FlowState) -> Self {
        let place = |code: usize| Presence::of_code(&state.states, code);
        let cell = |cell: &Cell| {
            let Sums {
                customers,
                before,
                after,
            } = cell.sums;
            (place(cell.from), place(cell.to), customers, before, after)
        };
        let first = state.first.iter();
        Self {
            first: (first.map(|&(code, sums)| (place(code), sums.customers, sums.before)))
                .collect(),
            steps: (state.steps.iter())
                .map(|step| step.iter().map(cell).collect())
                .collect(),
            states: state.states,
            periods: state.periods,
            currency: state.currency,
        }
    }
}

impl TryFrom<Fields> for FlowState {
    type Error = Error;
    fn try_from(fields: Fields) -> Result<Self> {
        states::check(&fields.states)?;
        let steps = fields.periods.len().saturating_sub(1);
        Error::check_length("steps", steps, fields.steps.len())?;
        let code = |presence: Presence| match presence {
            Presence::In(id) => states::place(&fields.states, id),
            Presence::NotYet => Ok(fields.states.len()),
            Presence::Inactive => Ok(fields.states.len() + 1),
            Presence::Churned => Ok(fields.states.len() + 2),
        };
        let first = (fields.first.iter()).map(|&(place, customers, before)| {
            let sums = Sums {
                customers,
                before,
                after: 0,
            };
            Ok((code(place)?, sums))
        });
        let first = first.collect::<Result<_>>()?;
        let steps = fields.steps.iter().map(|step| {
            let cells = step.iter().map(|&(from, to, customers, before, after)| {
                let sums = Sums {
                    customers,
                    before,
                    after,
                };
                let (from, to) = (code(from)?, code(to)?);
                Ok(Cell { from, to, sums })
            });
            cells.collect::<Result<_>>()
        });
        let steps = steps.collect::<Result<_>>()?;
        let state = Self {
            states: fields.states,
            periods: fields.periods,
            currency: fields.currency,
            first,
            steps,
        };
        state.checked()
    }
}

impl persist::sealed::Sealed for FlowState {}
impl persist::Persist for FlowState {
    const FORMAT: &'static str = "custometry/flows";
    const VERSION: u32 = 1;
}

impl fmt::Debug for FlowState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FlowState")
            .field("states", &self.states.len())
            .field("periods", &self.periods.len())
            .finish_non_exhaustive()
    }
}

impl FlowState {
    /// The flows of all customers of a panel.
    ///
    /// # Errors
    ///
    /// [`Error::NotEnoughData`] without a state.
    ///
    /// # Complexity
    ///
    /// O(customers · periods), in parallel.
    ///
    /// # Example
    ///
    /// See [`FlowState`].
    pub fn new(panel: &SegmentPanel) -> Result<Self> {
        let mut all = Self::of_groups(panel, None, 1)?;
        all.pop().ok_or_else(|| Error::NotEnoughData {
            what: "groups".into(),
            needed: 1,
            found: 0,
        })
    }

    /// The flows of snapshots whose customers are joined by their keys: the same as those of
    /// [`SegmentPanel::of_snapshots`], and with integer keys several times faster, because no panel is
    /// kept.
    ///
    /// # Errors
    ///
    /// As [`SegmentPanel::of_snapshots`]; with integer keys without its limit of cells.
    ///
    /// # Complexity
    ///
    /// O(rows), in parallel.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::{data::*, migration::{FlowState, SnapshotKeys::Ints}};
    ///
    /// let segments = vec![Segment { id: SegmentId(4), name: "all".into() }];
    /// let of_day = |day, rows: usize| {
    ///     let rows = vec![Some(SegmentId(4)); rows];
    ///     Assignments::new("v1", date_of_day(day).unwrap(), segments.clone(), rows)
    /// };
    /// let (spring, summer) = (of_day(90, 3)?, of_day(181, 2)?);
    /// let state = FlowState::of_snapshots(&[(Ints(&[7, 8, 9]), &spring), (Ints(&[5, 8]), &summer)])?;
    /// let all = state.flows()?.balance()[0].customers;
    /// assert_eq!((all.opening, all.stayed, all.churned, all.born), (3, 1, 2, 1));
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn of_snapshots(snapshots: &[(SnapshotKeys<'_>, &Assignments)]) -> Result<Self> {
        let parts = SegmentPanel::map_parts(snapshots, Self::new)?;
        let merged = merge_all(parts.into_iter().collect::<Result<Vec<Self>>>()?)?;
        merged.ok_or_else(|| Error::NotEnoughData {
            what: "assignments".into(),
            needed: 1,
            found: 0,
        })
    }

    /// The flows of each cohort, one for each period: of the customers whose first period it is.
    /// Customers who are never in a state belong to none. Merged, cohorts give all others.
    ///
    /// # Errors
    ///
    /// [`Error::NotEnoughData`] without a state; [`Error::Overflow`] at 2^32 periods.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::migration::{FlowState, SegmentPanel};
    /// let panel = SegmentPanel::builder()
    ///     .int_keys(&[7, 7, 8, 8])
    ///     .periods(&["1", "2", "2", "3"])
    ///     .segments(&["a", "b", "a", "a"])
    ///     .build()?;
    /// let cohorts = FlowState::by_cohort(&panel)?;
    /// assert_eq!(cohorts.len(), 3);
    /// assert_eq!(cohorts[1].flows()?.pooled()?.total(), 1); // customer 8
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn by_cohort(panel: &SegmentPanel) -> Result<Vec<Self>> {
        let periods = panel.periods().len();
        let none = u32::try_from(periods).map_err(|_| Error::Overflow {
            what: format!("{periods} periods, more than 4294967295").into(),
        })?;
        let order = panel.states().len();
        let firsts = map_chunks(panel.len(), CHUNK, |range| {
            let mut first = vec![none; range.len()];
            for (period, codes) in (0..none).zip(panel.codes()) {
                for (first, &code) in first.iter_mut().zip(&codes[range.clone()]) {
                    if *first == none && usize::from(code) < order {
                        *first = period;
                    }
                }
            }
            first
        });
        let mut cohorts = Self::of_groups(panel, Some(&firsts.concat()), periods + 1)?;
        cohorts.pop(); // Those who are never in a state.
        Ok(cohorts)
    }

    fn of_groups(panel: &SegmentPanel, groups: Option<&[u32]>, many: usize) -> Result<Vec<Self>> {
        states::check(panel.states())?;
        let width = panel.states().len() + OUTSIDE;
        let neutral = Self {
            states: panel.states().to_vec(),
            periods: panel.periods().to_vec(),
            currency: panel.currency(),
            first: Vec::new(),
            steps: vec![Vec::new(); panel.periods().len().saturating_sub(1)],
        };
        let mut all = vec![neutral; many];
        let codes = panel.codes();
        let cells = |from: usize, to: usize| {
            let money = panel
                .values()
                .map(|values| [&values[from][..], &values[to]]);
            let columns = Columns {
                from: &codes[from],
                to: &codes[to],
                money,
                groups,
            };
            tally(columns, width, many).into_iter().map(|(key, sums)| {
                let (group, from, to) = (key / width / width, key / width % width, key % width);
                (group, Cell { from, to, sums })
            })
        };
        for step in 1..codes.len() {
            for (group, cell) in cells(step - 1, step) {
                all[group].steps[step - 1].push(cell);
            }
        }
        if codes.len() == 1 {
            for (group, cell) in cells(0, 0) {
                let sums = Sums {
                    after: 0,
                    ..cell.sums
                };
                all[group].first.push((cell.from, sums));
            }
        }
        for state in &mut all {
            if let Some(step) = state.steps.first() {
                state.first = openings(step, width);
            }
        }
        Ok(all)
    }

    /// What can be read from the flows.
    ///
    /// # Errors
    ///
    /// [`Error::Overflow`] if there are 2^63 steps, or if the money of all steps together exceeds
    /// 9.2e18 minor units.
    ///
    /// # Example
    ///
    /// See [`FlowState`].
    pub fn flows(&self) -> Result<Flows> {
        let cells = || self.steps.iter().flatten().map(|cell| cell.sums);
        let first = || self.first.iter().map(|&(_, sums)| sums);
        let mut customers = 0u64;
        let mut money = 0u128;
        for sums in cells().chain(first()) {
            customers = (customers.checked_add(sums.customers))
                .filter(|&customers| i64::try_from(customers).is_ok())
                .ok_or_else(too_many)?;
            for side in [sums.before, sums.after] {
                money = (money.checked_add(side.unsigned_abs()))
                    .filter(|&money| i64::try_from(money).is_ok())
                    .ok_or_else(|| MinorUnits::too_much("all steps together"))?;
            }
        }
        Ok(Flows::of_state(self.clone()))
    }

    /// Fails unless cells are those of customers who went on where they were.
    fn checked(self) -> Result<Self> {
        let fault = |step: usize, reason: &str| Err(Error::value("step", step, reason));
        let inside = self.states.len();
        let width = inside + OUTSIDE;
        let sound = |sums: Sums, from: usize, to: usize| {
            let paid =
                |code: usize, money: i128| money == 0 || (code < inside && self.currency.is_some());
            sums.customers > 0 && paid(from, sums.before) && paid(to, sums.after)
        };
        let ascend = self.first.windows(2).all(|pair| pair[0].0 < pair[1].0);
        let all_sound = (self.first.iter()).all(|&(code, sums)| sound(sums, code, width));
        if !(ascend && all_sound) {
            return fault(0, "the customers of the first period are not sound");
        }
        let mut periods: Vec<&String> = self.periods.iter().collect();
        periods.sort_unstable();
        if let Some(pair) = periods.windows(2).find(|pair| pair[0] == pair[1]) {
            let place = |from: usize| {
                let rest = self.periods[from..].iter();
                from + rest.take_while(|period| *period != pair[0]).count()
            };
            let first_row = place(0);
            return Err(Error::DuplicateKey {
                key: format!("period {}", pair[0]).into(),
                first_row,
                row: place(first_row + 1),
            });
        }
        if self.periods.is_empty() && !self.first.is_empty() {
            return fault(0, "there are customers in the first period, but no period");
        }
        if self.first.iter().any(|&(code, _)| code > inside) {
            return fault(0, "who is outside in the first period is not there yet");
        }
        let mut there = self.first.clone();
        for (at, step) in self.steps.iter().enumerate() {
            let key = |cell: &Cell| (cell.from, cell.to);
            let ascend = step.windows(2).all(|pair| key(&pair[0]) < key(&pair[1]));
            if !(ascend && (step.iter()).all(|cell| sound(cell.sums, cell.from, cell.to))) {
                return fault(at, "cells do not ascend, or hold nobody, or money outside");
            }
            let last = at + 1 == self.steps.len();
            if !(step.iter()).all(|cell| possible(cell.from, cell.to, inside, last)) {
                return fault(at, "customers took a step that cannot be");
            }
            let total = step.iter().try_fold(Sums::default(), |sum, cell| {
                let amount = |money: i128| i128::try_from(money.unsigned_abs()).ok();
                let size = Sums {
                    before: amount(cell.sums.before)?,
                    after: amount(cell.sums.after)?,
                    ..cell.sums
                };
                sum.checked_add(size)
            });
            if total.is_none() {
                return Err(too_many());
            }
            if openings(step, width) != there {
                return fault(at, "the customers are not those of the period before");
            }
            there = closings(step, width);
        }
        Ok(self)
    }
}

/// Whether there can be a step from one place to another, by code, with so many states: what is known
/// in hindsight forbids some. Nobody comes to be "not yet", comes back from "churned" or is "inactive"
/// in the `last` period, and whoever is "inactive" comes back.
fn possible(from: usize, to: usize, inside: usize, last: bool) -> bool {
    let (not_yet, inactive, churned) = (inside, inside + 1, inside + 2);
    let comes = to < inside;
    let goes = (to == inactive && !last) || to == churned;
    match from {
        from if from < inside => comes || goes,
        from if from == not_yet => comes || to == not_yet,
        from if from == inactive => comes || (to == inactive && !last),
        _ => to == churned,
    }
}

fn too_many() -> Error {
    Error::Overflow {
        what: "more than 9223372036854775807 steps; take fewer periods".into(),
    }
}

/// The customers of each place before a step, by code.
pub(super) fn openings(step: &[Cell], width: usize) -> Vec<(usize, Sums)> {
    stocks(step, width, |cell| {
        let after = 0;
        (cell.from, Sums { after, ..cell.sums })
    })
}

/// The customers of each place after a step, by code; money stands in `before`.
pub(super) fn closings(step: &[Cell], width: usize) -> Vec<(usize, Sums)> {
    stocks(step, width, |cell| {
        let (before, after) = (cell.sums.after, 0);
        let customers = cell.sums.customers;
        (
            cell.to,
            Sums {
                customers,
                before,
                after,
            },
        )
    })
}

fn stocks(step: &[Cell], width: usize, of: impl Fn(&Cell) -> (usize, Sums)) -> Vec<(usize, Sums)> {
    let mut sums = vec![Sums::default(); width];
    for cell in step {
        let (code, more) = of(cell);
        sums[code].add(more);
    }
    let stocks = sums.into_iter().enumerate();
    stocks.filter(|(_, sums)| sums.customers > 0).collect()
}

impl merge_sealed::Sealed for FlowState {}
impl Merge for FlowState {
    fn neutral(&self) -> Self {
        Self {
            first: Vec::new(),
            steps: vec![Vec::new(); self.steps.len()],
            ..self.clone()
        }
    }

    fn merge(mut self, other: Self) -> Result<Self> {
        states::same(&self.states, &other.states)?;
        if self.periods != other.periods {
            return Err(Error::VersionMismatch {
                what: "the list of periods",
                expected: self.periods.join(", ").into(),
                found: other.periods.join(", ").into(),
            });
        }
        if self.currency != other.currency {
            let show = |currency: Option<Currency>| match currency {
                Some(currency) => currency.to_string().into(),
                None => "no currency, as there are no values".into(),
            };
            return Err(Error::VersionMismatch {
                what: "currency",
                expected: show(self.currency),
                found: show(other.currency),
            });
        }
        self.first = merged(self.first, other.first)?;
        for (step, more) in self.steps.iter_mut().zip(other.steps) {
            let keyed = |cells: Vec<Cell>| {
                let keyed = cells.into_iter();
                keyed
                    .map(|cell| ((cell.from, cell.to), cell.sums))
                    .collect()
            };
            let cells = merged(keyed(std::mem::take(step)), keyed(more))?;
            let cells = cells.into_iter();
            *step = cells
                .map(|((from, to), sums)| Cell { from, to, sums })
                .collect();
        }
        Ok(self)
    }
}

/// Sums by key, of both.
fn merged<K: Ord + Copy>(mut one: Vec<(K, Sums)>, other: Vec<(K, Sums)>) -> Result<Vec<(K, Sums)>> {
    one.extend(other);
    one.sort_by_key(|&(key, _)| key);
    let mut all: Vec<(K, Sums)> = Vec::with_capacity(one.len());
    for (key, sums) in one {
        match all.last_mut() {
            Some(last) if last.0 == key => {
                last.1 = last.1.checked_add(sums).ok_or_else(too_many)?;
            }
            _ => all.push((key, sums)),
        }
    }
    Ok(all)
}

/// The number of a state for a code inside.
pub(super) fn id_of(states: &[Segment], code: usize) -> Option<SegmentId> {
    states.get(code).map(|state| state.id)
}
