//! The question: who went where, and how did each state come from one stock to the next?
//!
//! # Model
//!
//! A step leads from one period of a panel to the next. Every customer takes every step: from a state
//! or from outside, to a state or to the outside. What a state has at the end of a step is what it had
//! before, and what went in and out:
//!
//! ```text
//! customers   closing = opening + born + returned + arrived          - left - paused - churned
//! money       closing = opening + born + returned + arrived + change - left - paused - churned
//! ```
//!
//! where
//!
//! ```text
//! born       came from "not yet"          churned    went, and is not seen again
//! returned   came from "inactive"         paused     went, and comes back later
//! arrived    came from another state      left       went to another state
//! change     what those who stayed have now, less what they had
//! ```
//!
//! A mover's money before the step leaves the old state, and the money after it arrives in the new one.
//! Customers are counted, and money is summed, in whole numbers, so that a balance holds exactly.
//!
//! # How to read it
//!
//! [`Flows::balance`] has every state and step, [`Flows::growth`] their sum from the first period to the
//! last. [`Flows::at_risk`] ranks the paths out of each state by the money that stands before them now.
//! [`Flows::pooled`] are the transitions between states that chains and tests take; customers who came
//! from outside, or went there, are not in them, but in the balance.
//!
//! # Limits
//!
//! All of it describes what happened. That a probability holds for the next step as well is a question
//! for [`ChainTestParams::stationarity`](super::ChainTestParams::stationarity).
//!
//! # Complexity
//!
//! One pass over the panel; what is read from flows costs as much as there are cells that somebody is
//! in.

mod balance;
mod count;
mod growth;
mod ladder;
mod mix;
mod risk;
mod sankey;
mod state;

#[cfg(test)]
mod tests;

use serde::Serialize;

use self::{
    count::Sums,
    state::{Cell, closings, id_of},
};
use super::{
    TransitionCounts,
    panel::{OUTSIDE, Presence, SegmentPanel},
};
use crate::{
    Error, Result,
    data::{Currency, MinorUnits, Segment, SegmentId},
};

pub use self::{
    balance::{Balance, CustomerBalance, MoneyBalance},
    growth::{CustomerParts, Growth, MoneyGrowth, MoneyParts},
    ladder::{Ladder, LadderStep, Rungs},
    mix::{Mix, MixState},
    risk::RiskPath,
    sankey::{Sankey, SankeyLink, SankeyNode},
    state::FlowState,
};

/// Who went where, step by step: read from a [`FlowState`].
///
/// # Example
///
/// ```
/// use custometry::{data::{Currency, MinorUnits}, migration::SegmentPanel};
///
/// let panel = SegmentPanel::builder()
///     .text_keys(&["ann", "bob", "cid", "ann", "bob", "eve"])
///     .periods(&["1", "1", "1", "2", "2", "2"])
///     .segments(&["gold", "gold", "silver", "gold", "silver", "gold"])
///     .values(Currency::EUR, vec![900, 800, 200, 950, 300, 700])
///     .build()?;
/// let flows = panel.flows()?;
/// let gold = &flows.balance()[0];
/// let customers = gold.customers;
/// assert_eq!((customers.opening, customers.born, customers.left, customers.closing), (2, 1, 1, 2));
/// let money = gold.money.unwrap();
/// assert_eq!((money.opening, money.change, money.left), (MinorUnits(1700), MinorUnits(50), MinorUnits(800)));
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flows {
    state: FlowState,
    /// The customers and the money of each place, outside included, by period.
    stocks: Vec<Vec<Sums>>,
}

/// How many customers are somewhere, and their money.
///
/// # Example
///
/// See [`Flows::stock`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[non_exhaustive]
pub struct Stock {
    /// How many there are.
    pub customers: u64,
    /// Their money; `None` without values.
    pub money: Option<MinorUnits>,
}

/// Customers who took one step: from a place to a place, outside included.
///
/// # Example
///
/// See [`Flows::moves`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Move {
    /// Where they were.
    pub from: Presence,
    /// Where they are now.
    pub to: Presence,
    /// How many they are.
    pub customers: u64,
    /// The money they had before; `None` without values.
    pub before: Option<MinorUnits>,
    /// The money they have now; `None` without values.
    pub after: Option<MinorUnits>,
}

impl SegmentPanel {
    /// Who went where, of all customers of the panel.
    ///
    /// # Errors
    ///
    /// As [`FlowState::new`] and [`FlowState::flows`].
    ///
    /// # Example
    ///
    /// See [`Flows`].
    pub fn flows(&self) -> Result<Flows> {
        FlowState::new(self)?.flows()
    }
}

impl Flows {
    /// Flows of a state whose sums all fit.
    fn of_state(state: FlowState) -> Self {
        let width = state.states.len() + OUTSIDE;
        let dense = |stock: &[(usize, Sums)]| {
            let mut sums = vec![Sums::default(); width];
            for &(code, stock) in stock {
                sums[code] = stock;
            }
            sums
        };
        let mut stocks = vec![dense(&state.first); state.periods.len().min(1)];
        stocks.extend((state.steps.iter()).map(|step| dense(&closings(step, width))));
        Self { state, stocks }
    }

    /// What the flows were read from.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::migration::{FlowState, SegmentPanel};
    /// # let panel = SegmentPanel::builder().int_keys(&[7]).periods(&["1"]).segments(&["a"]).build()?;
    /// assert_eq!(panel.flows()?.state(), &FlowState::new(&panel)?);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn state(&self) -> &FlowState {
        &self.state
    }

    /// The states, in order.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::migration::SegmentPanel;
    /// # let panel = SegmentPanel::builder().int_keys(&[7]).periods(&["1"]).segments(&["a"]).build()?;
    /// assert_eq!(panel.flows()?.states(), panel.states());
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn states(&self) -> &[Segment] {
        &self.state.states
    }

    /// The labels of the periods, in order.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::migration::SegmentPanel;
    /// # let panel = SegmentPanel::builder().int_keys(&[7]).periods(&["1"]).segments(&["a"]).build()?;
    /// assert_eq!(panel.flows()?.periods(), ["1"]);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn periods(&self) -> &[String] {
        &self.state.periods
    }

    /// The currency of the money; `None` if there are no values.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::migration::SegmentPanel;
    /// # let panel = SegmentPanel::builder().int_keys(&[7]).periods(&["1"]).segments(&["a"]).build()?;
    /// assert_eq!(panel.flows()?.currency(), None);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn currency(&self) -> Option<Currency> {
        self.state.currency
    }

    /// The number of steps: one less than periods.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::migration::SegmentPanel;
    /// # let panel = SegmentPanel::builder().int_keys(&[7]).periods(&["1"]).segments(&["a"]).build()?;
    /// assert_eq!(panel.flows()?.steps(), 0); // one period, no step
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn steps(&self) -> usize {
        self.state.steps.len()
    }

    /// The transitions of one step, counted from 0, of those who were in a state before and after.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`] for a step that does not exist.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::migration::SegmentPanel;
    /// let panel = SegmentPanel::builder()
    ///     .int_keys(&[7, 7, 7])
    ///     .periods(&["1", "2", "3"])
    ///     .segments(&["a", "a", "b"])
    ///     .build()?;
    /// let flows = panel.flows()?;
    /// assert_eq!(flows.of_step(1)?.row_totals(), [1, 0]);
    /// assert!(flows.of_step(2).is_err());
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn of_step(&self, step: usize) -> Result<TransitionCounts> {
        self.counts(self.cells(step)?)
    }

    /// The transitions of each step.
    ///
    /// # Errors
    ///
    /// None beyond those that [`FlowState::flows`] has ruled out.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::migration::SegmentPanel;
    /// # let panel = SegmentPanel::builder().int_keys(&[7]).periods(&["1"]).segments(&["a"]).build()?;
    /// assert!(panel.flows()?.by_step()?.is_empty()); // one period, no step
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn by_step(&self) -> Result<Vec<TransitionCounts>> {
        (self.state.steps.iter())
            .map(|step| self.counts(step))
            .collect()
    }

    /// The transitions of each step, with one more state for whoever is outside afterwards, inactive
    /// and churned alike, so that shares are of all who were in a state. To hold the moves of a
    /// period against a history ([`MoveWatch`](super::MoveWatch)) take these: without it a mass exit
    /// is no move at all. Nobody comes from there.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`] for 2,000 states; [`Error::Overflow`] if no number above those of the
    /// states is free.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::migration::SegmentPanel;
    /// let panel = SegmentPanel::builder()
    ///     .int_keys(&[7, 8, 8])
    ///     .periods(&["1", "1", "2"])
    ///     .segments(&["a", "a", "a"])
    ///     .build()?;
    /// let steps = panel.flows()?.by_step_with_outside()?;
    /// let outside = &steps[0].states()[1];
    /// assert_eq!(outside.name, "(outside)");
    /// assert_eq!(steps[0].row_totals(), [2, 0]);
    /// assert_eq!(steps[0].column_totals(), [1, 1]);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn by_step_with_outside(&self) -> Result<Vec<TransitionCounts>> {
        let order = self.order();
        let mut states = self.states().to_vec();
        let highest = states.iter().map(|state| state.id.0).max().unwrap_or(0);
        let free = highest.checked_add(1).ok_or_else(|| Error::Overflow {
            what: "no number above 4294967295 for the state outside; number the states lower"
                .into(),
        })?;
        states.push(Segment {
            id: SegmentId(free),
            name: "(outside)".to_owned(),
        });
        let counts = |step: &Vec<Cell>| {
            let width = order + 1;
            let mut counts = vec![0; width * width];
            for cell in step.iter().filter(|cell| cell.from < order) {
                counts[cell.from * width + cell.to.min(order)] += cell.sums.customers;
            }
            TransitionCounts::of_cells(states.clone(), counts)
        };
        self.state.steps.iter().map(counts).collect()
    }

    /// The transitions of all steps together.
    ///
    /// # Errors
    ///
    /// None beyond those that [`FlowState::flows`] has ruled out.
    ///
    /// # Example
    ///
    /// See [`FlowState`].
    pub fn pooled(&self) -> Result<TransitionCounts> {
        self.counts(self.state.steps.iter().flatten())
    }

    fn counts<'a>(&self, cells: impl IntoIterator<Item = &'a Cell>) -> Result<TransitionCounts> {
        let order = self.order();
        let mut counts = vec![0; order * order];
        for cell in cells {
            if cell.from < order && cell.to < order {
                counts[cell.from * order + cell.to] += cell.sums.customers;
            }
        }
        TransitionCounts::of_cells(self.state.states.clone(), counts)
    }

    /// All moves and stays of one step, counted from 0, outside included, ascending by place. Sums
    /// over it give every stock: nobody is left out.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`] for a step that does not exist.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::{data::SegmentId, migration::{Presence, SegmentPanel}};
    /// # let panel = SegmentPanel::builder().int_keys(&[7, 8]).periods(&["1", "2"]).segments(&["a", "a"]).build()?;
    /// let moves = panel.flows()?.moves(0)?;
    /// assert_eq!((moves[0].from, moves[0].to), (Presence::In(SegmentId(0)), Presence::Churned));
    /// assert_eq!((moves[1].from, moves[1].to), (Presence::NotYet, Presence::In(SegmentId(0))));
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn moves(&self, step: usize) -> Result<Vec<Move>> {
        let place = |code| Presence::of_code(self.states(), code);
        let of = |cell: &Cell| Move {
            from: place(cell.from),
            to: place(cell.to),
            customers: cell.sums.customers,
            before: self.money(cell.sums.before),
            after: self.money(cell.sums.after),
        };
        Ok(self.cells(step)?.iter().map(of).collect())
    }

    /// How many customers are in each state in a period, counted from 0, and their money.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`] for a period that does not exist.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::migration::SegmentPanel;
    /// # let panel = SegmentPanel::builder().int_keys(&[7, 8]).periods(&["1", "2"]).segments(&["a", "a"]).build()?;
    /// let flows = panel.flows()?;
    /// assert_eq!(flows.stock(1)?[0].customers, 1);
    /// assert!(flows.stock(2).is_err());
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn stock(&self, period: usize) -> Result<Vec<Stock>> {
        let places = self.places(period)?.iter().take(self.order());
        let of = |sums: &Sums| Stock {
            customers: sums.customers,
            money: self.money(sums.before),
        };
        Ok(places.map(of).collect())
    }

    /// The number of states.
    fn order(&self) -> usize {
        self.state.states.len()
    }

    fn cells(&self, step: usize) -> Result<&[Cell]> {
        let cells = self.state.steps.get(step);
        cells.map(Vec::as_slice).ok_or_else(|| {
            let expected = format!("below {}, the number of steps", self.steps());
            Error::parameter("step", step, expected)
        })
    }

    fn places(&self, period: usize) -> Result<&[Sums]> {
        let places = self.stocks.get(period);
        places.map(Vec::as_slice).ok_or_else(|| {
            let expected = format!("below {}, the number of periods", self.stocks.len());
            Error::parameter("period", period, expected)
        })
    }

    /// A sum of money, if there is money. All sums fit, as `FlowState::flows` has checked.
    fn money(&self, sum: i128) -> Option<MinorUnits> {
        self.state.currency.map(|_| minor(sum))
    }
}

/// A sum that is known to fit.
fn minor(sum: i128) -> MinorUnits {
    MinorUnits(i64::try_from(sum).unwrap_or(i64::MAX))
}
