//! What a list is made of.

use std::fmt;

use chrono::NaiveDate;
use serde::Serialize;

use super::{Action, ActionReason, Arm};
use crate::data::CustomerIx;

/// One customer on the list.
///
/// # Example
///
/// See [`Overview::actions`](crate::overview::Overview::actions).
#[derive(Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ActionRow {
    /// The customer.
    pub customer: CustomerIx,
    /// What to do.
    pub action: Action,
    /// Why, what decided first.
    pub reasons: Vec<ActionReason>,
    /// The margin that hangs on it, in units of currency: what is lost if the customer leaves or stays
    /// lost, what would be more if they grow; of those to let go the loss so far, or what winning back
    /// would add.
    pub value_at_stake: f64,
    /// The spend at which the action breaks even, by the assumed save rate.
    pub break_even: f64,
    /// What is to be spent.
    pub spend: f64,
    /// Break-even less spend.
    pub gain: f64,
    /// The day on which the customer is taken for lost if silent until then.
    pub silence_date: Option<NaiveDate>,
    /// Whether it is to be done.
    pub arm: Arm,
    /// The probability with which it was to be done.
    pub propensity: f64,
}

impl fmt::Debug for ActionRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ActionRow")
            .field("reasons", &self.reasons.len())
            .finish_non_exhaustive()
    }
}

/// How many customers there are for each action, and how many for none.
///
/// Each customer counts once in `refused` to `let_go`.
///
/// # Example
///
/// See [`Overview::actions`](crate::overview::Overview::actions).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[non_exhaustive]
pub struct ActionCounts {
    /// They refused to be contacted.
    pub refused: u64,
    /// It is not known whether they may be contacted.
    pub unknown: u64,
    /// Of the others: no purchase yet, or a worth that is not known.
    pub no_purchase: u64,
    /// No action has a gain.
    pub nothing_to_gain: u64,
    /// To win back, whether there is room on the list or not; likewise below.
    pub win_back: u64,
    /// To retain.
    pub retain: u64,
    /// To grow.
    pub grow: u64,
    /// To welcome.
    pub welcome: u64,
    /// To let go.
    pub let_go: u64,
    /// Of the customers for any action: no room on the list, by count or budget.
    pub not_selected: u64,
}

impl ActionCounts {
    pub(super) fn of_mut(&mut self, action: Action) -> &mut u64 {
        match action {
            Action::WinBack => &mut self.win_back,
            Action::Retain => &mut self.retain,
            Action::Grow => &mut self.grow,
            Action::Welcome => &mut self.welcome,
            Action::LetGo => &mut self.let_go,
        }
    }

    /// The customers for one action, before count and budget.
    ///
    /// # Example
    ///
    /// See [`Overview::actions`](crate::overview::Overview::actions).
    pub fn of(mut self, action: Action) -> u64 {
        *self.of_mut(action)
    }
}

/// The rows of one action on the list.
///
/// # Example
///
/// See [`Overview::actions`](crate::overview::Overview::actions).
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ActionTotals {
    /// The action.
    pub action: Action,
    /// The rows.
    pub rows: u64,
    /// The rows that are held out.
    pub held_out: u64,
    /// The spend of all rows, those held out as well.
    pub spend: f64,
    /// The gain of the rows that are treated.
    pub gain: f64,
}
