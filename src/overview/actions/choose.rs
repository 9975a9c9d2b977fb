//! Which action for whom, and what it is worth.

use std::{fmt, ops::Range};

use serde::{Deserialize, Serialize};

use super::{
    ActionCounts, ActionParams,
    inputs::{ActionInputs, State},
    peers::Peers,
};
use crate::{
    Result,
    data::{ContactStatus, CustomerIx, MinorUnits},
    numeric::map_chunks,
};

/// What to do with a customer.
///
/// # Example
///
/// ```
/// use custometry::overview::Action;
/// assert_eq!(Action::ALL[0].name(), "win back");
/// assert_eq!(Action::LetGo.to_string(), "let go");
/// assert_eq!(serde_json::to_string(&Action::WinBack).unwrap(), r#""win_back""#);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Action {
    /// A lost customer: to have them buy again.
    WinBack,
    /// An active customer: to have them not leave.
    Retain,
    /// An active customer: to have them spend as much a purchase as their peers do.
    Grow,
    /// An active customer after the first purchase day: to have them come again.
    Welcome,
    /// A customer on whom nothing more should be spent.
    LetGo,
}

impl Action {
    /// All actions, in their order.
    ///
    /// # Example
    ///
    /// See [`Action`].
    pub const ALL: [Self; 5] = [
        Self::WinBack,
        Self::Retain,
        Self::Grow,
        Self::Welcome,
        Self::LetGo,
    ];

    /// The name of the action in plain words.
    ///
    /// # Example
    ///
    /// See [`Action`].
    pub fn name(&self) -> &'static str {
        match self {
            Self::WinBack => "win back",
            Self::Retain => "retain",
            Self::Grow => "grow",
            Self::Welcome => "welcome",
            Self::LetGo => "let go",
        }
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// Customers looked at in one piece; a constant.
const CHUNK: usize = 1 << 14;

/// An action for a customer, and what it is worth.
#[derive(Clone, Copy)]
pub(super) struct Choice {
    pub(super) customer: CustomerIx,
    pub(super) action: Action,
    pub(super) value_at_stake: f64,
    pub(super) break_even: f64,
    pub(super) spend: f64,
    pub(super) gain: f64,
}

/// All actions that are worth it, in the order of the customers by chunk, and who is left out.
pub(super) fn choose(
    params: &ActionParams,
    inputs: &ActionInputs<'_>,
    peers: &Peers,
) -> Result<(Vec<Choice>, ActionCounts)> {
    let parts = map_chunks(inputs.len(), CHUNK, |range| {
        let mut part = Part::new(params, inputs);
        part.fill(range, peers)?;
        Ok((part.offered, part.counts))
    });
    let mut offered = Vec::with_capacity(inputs.len());
    let mut counts = ActionCounts::default();
    for part in parts {
        let (of_part, left_out) = part?;
        offered.extend(of_part);
        counts.refused += left_out.refused;
        counts.unknown += left_out.unknown;
        counts.no_purchase += left_out.no_purchase;
        counts.nothing_to_gain += left_out.nothing_to_gain;
    }
    for choice in &offered {
        *counts.of_mut(choice.action) += 1;
    }
    Ok((offered, counts))
}

/// Some customers, the values of whom they are priced by, and the chances that they leave.
#[derive(Default)]
struct Stakes {
    at: Vec<usize>,
    values: Vec<f64>,
    leaves: Vec<f64>,
}

impl Stakes {
    fn push(&mut self, at: usize, value: f64, leaves: f64) {
        self.at.push(at);
        self.values.push(value);
        self.leaves.push(leaves);
    }
}

/// The actions of one piece of the customers.
struct Part<'a> {
    params: &'a ActionParams,
    inputs: &'a ActionInputs<'a>,
    offered: Vec<Choice>,
    counts: ActionCounts,
}

impl<'a> Part<'a> {
    fn new(params: &'a ActionParams, inputs: &'a ActionInputs<'a>) -> Self {
        Self {
            params,
            inputs,
            offered: Vec::new(),
            counts: ActionCounts::default(),
        }
    }

    fn fill(&mut self, range: Range<usize>, peers: &Peers) -> Result<()> {
        let inputs = self.inputs;
        let (mut lost, mut new, mut active) =
            (Stakes::default(), Stakes::default(), Stakes::default());
        for at in range {
            match inputs.contact(at) {
                ContactStatus::Allowed => {}
                ContactStatus::Refused => {
                    self.counts.refused += 1;
                    continue;
                }
                ContactStatus::Unknown => {
                    self.counts.unknown += 1;
                    continue;
                }
            }
            let state = inputs.state(at);
            let of_state = match state {
                State::NoPurchase => {
                    self.counts.no_purchase += 1;
                    continue;
                }
                State::Lost => &mut lost,
                State::New => &mut new,
                State::Active => &mut active,
            };
            match inputs.loss(at) {
                Some(loss) => self.let_go(at, loss),
                None => of_state.push(at, inputs.worth(at), inputs.leaves(at, state)),
            }
        }
        for (choice, &at) in self
            .saved(Action::WinBack, &lost)?
            .into_iter()
            .zip(&lost.at)
        {
            if self.gains(&choice) {
                self.offered.push(choice);
            } else {
                self.let_go(at, choice.value_at_stake);
            }
        }
        for choice in self.saved(Action::Welcome, &new)? {
            self.offer(choice);
        }
        let grown = self.grown(&active, peers)?;
        for (retain, grow) in self.saved(Action::Retain, &active)?.into_iter().zip(grown) {
            self.offer(if grow.gain > retain.gain {
                grow
            } else {
                retain
            });
        }
        Ok(())
    }

    /// Whether there is a gain that can be paid out: of the least amount of the currency.
    fn gains(&self, choice: &Choice) -> bool {
        choice.gain >= self.inputs.currency.to_f64(MinorUnits(1))
    }

    fn offer(&mut self, choice: Choice) {
        if self.gains(&choice) {
            self.offered.push(choice);
        } else {
            self.counts.nothing_to_gain += 1;
        }
    }

    fn let_go(&mut self, at: usize, value_at_stake: f64) {
        self.offered.push(Choice {
            customer: customer(at),
            action: Action::LetGo,
            value_at_stake,
            break_even: 0.0,
            spend: 0.0,
            gain: 0.0,
        });
    }

    fn choice(&self, action: Action, at: usize, value_at_stake: f64, break_even: f64) -> Choice {
        let spend = self.params.cost_of(action).unwrap_or(break_even / 2.0);
        Choice {
            customer: customer(at),
            action,
            value_at_stake,
            break_even,
            spend,
            gain: break_even - spend,
        }
    }

    /// An action that keeps some of those who would be lost.
    fn saved(&self, action: Action, stakes: &Stakes) -> Result<Vec<Choice>> {
        let offer = self.params.offer_of(action);
        let break_even = offer.break_even(&stakes.values, &stakes.leaves)?;
        let of_one = |(row, break_even): (usize, f64)| {
            let at_stake = stakes.leaves[row] * stakes.values[row];
            self.choice(action, stakes.at[row], at_stake, break_even)
        };
        Ok(break_even.into_iter().enumerate().map(of_one).collect())
    }

    /// To have customers spend as their peers do. Everybody takes the incentive.
    fn grown(&self, stakes: &Stakes, peers: &Peers) -> Result<Vec<Choice>> {
        let inputs = self.inputs;
        let upside = |&at: &usize| {
            let typical = peers.of(inputs.frequency[at]);
            let more = typical.map_or(0.0, |typical| typical.spend - inputs.mean_spend[at]);
            if more > 0.0 {
                inputs.upside(at, more)
            } else {
                0.0
            }
        };
        let upsides: Vec<f64> = stakes.at.iter().map(upside).collect();
        let offer = self.params.offer_of(Action::Grow);
        let break_even = offer.break_even_of_growth(&upsides)?;
        let priced = stakes.at.iter().zip(upsides).zip(break_even);
        let of_one = |((&at, upside), spend)| self.choice(Action::Grow, at, upside, spend);
        Ok(priced.map(of_one).collect())
    }
}

#[expect(clippy::cast_possible_truncation, reason = "customers are below 2^32")]
fn customer(at: usize) -> CustomerIx {
    CustomerIx(at as u32)
}
