//! Who is treated, and who is held out.

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::{Action, ActionParams, choose::Choice};
use crate::{
    data::{CustomerKey, Customers},
    numeric::rng::Stream,
};

/// What is to be done with a row of the list.
///
/// # Example
///
/// ```
/// use custometry::overview::Arm;
/// assert_eq!(Arm::HoldOut.name(), "hold out");
/// assert_eq!(serde_json::to_string(&Arm::Treat).unwrap(), r#""treat""#);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Arm {
    /// The action is to be carried out.
    Treat,
    /// It is not, so that it can be told what it does to the others. With a customer to be let go all
    /// is to stay as it was.
    HoldOut,
}

impl Arm {
    /// The name of the arm in plain words.
    ///
    /// # Example
    ///
    /// See [`Arm`].
    pub fn name(&self) -> &'static str {
        match self {
            Self::Treat => "treat",
            Self::HoldOut => "hold out",
        }
    }
}

/// How is drawn who is held out. Either way the draw is by seed and by the key of the customer, so
/// that it is the same again whatever the order of the customers.
///
/// # Example
///
/// ```
/// use custometry::overview::{ActionParams, Arms};
/// let params = ActionParams::default();
/// assert_eq!(params.clone().arms(Arms::Balanced), params);
/// assert_ne!(params.clone().arms(Arms::ByKey), params);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Arms {
    /// As many as the share asks for, spread evenly over actions and ranks: with the rows in the order
    /// of their actions, and of each action by rank, the share of the first so many rows is held out,
    /// rounded down or up, however many that are. Best for one list alone.
    #[default]
    Balanced,
    /// A coin for each customer: who is held out of one list is held out of all later ones with the
    /// same seed and share, and those held out at a share are so at any larger one. The share holds
    /// on average. Best for measuring what many actions do over a long time.
    ByKey,
}

/// The purposes of the random numbers.
const BALANCED: u32 = 0x4142;
const BY_KEY: u32 = 0x414B;

/// Shares are told apart in so many steps, so that they add up to whole numbers without rounding.
const STEPS: u64 = 1_000_000_000_000;

/// The arm of each row of the list.
pub(super) fn arms(params: &ActionParams, customers: &Customers, rows: &[Choice]) -> Vec<Arm> {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a share of the steps"
    )]
    let share = ((params.hold_out * STEPS as f64).round() as u64).min(STEPS - 1);
    let purpose = match params.arms {
        Arms::Balanced => BALANCED,
        Arms::ByKey => BY_KEY,
    };
    let draw = |row: &Choice| {
        let key = customers.key(row.customer).map(CustomerKey::stable_hash);
        Draw(Stream::new(params.seed, purpose, key.unwrap_or_default()).next_u64())
    };
    let draws: Vec<Draw> = rows.par_iter().map(draw).collect();
    match params.arms {
        Arms::ByKey => draws
            .iter()
            .map(|draw| arm(draw.below(STEPS) < share))
            .collect(),
        Arms::Balanced => {
            let of = |action| (0..rows.len()).filter(move |&row| rows[row].action == action);
            let order: Vec<usize> = Action::ALL.into_iter().flat_map(of).collect();
            balanced(share, &order, &draws)
        }
    }
}

fn arm(held_out: bool) -> Arm {
    if held_out { Arm::HoldOut } else { Arm::Treat }
}

/// The random number of one row; it is used once.
struct Draw(u64);

impl Draw {
    /// A whole number below `count`, off from uniform by less than `count` / 2^64.
    fn below(&self, count: u64) -> u64 {
        let product = u128::from(self.0) * u128::from(count);
        (product >> 64) as u64
    }
}

/// Ordered pivotal sampling (Deville and Tillé 1998): one row is open, and the next one duels with
/// it. Their chances a and b are shared out anew, so that one of the two is decided and neither has
/// more or less on average:
///
/// ```text
/// a + b < 1     one is out, the other goes on with a + b:        the next with b / (a + b)
/// a + b >= 1    one is in, the other goes on with a + b - 1:     the next with (1 - a) / (2 - a - b) in
/// ```
///
/// Each duel takes the random number of the newcomer; what is left at the end takes that of the first
/// row, which never was one.
fn balanced(share: u64, order: &[usize], draws: &[Draw]) -> Vec<Arm> {
    let mut arms = vec![Arm::Treat; order.len()];
    let Some((&first, later)) = order.split_first() else {
        return arms;
    };
    let (mut open, mut chance) = (first, share);
    for &next in later {
        let both = chance + share;
        let draw = &draws[next];
        if both < STEPS {
            if draw.below(both) < share {
                open = next;
            }
            chance = both;
        } else {
            if draw.below(2 * STEPS - both) < STEPS - chance {
                arms[next] = Arm::HoldOut;
            } else {
                arms[open] = Arm::HoldOut;
                open = next;
            }
            chance = both - STEPS;
        }
    }
    arms[open] = arm(draws[first].below(STEPS) < chance);
    arms
}
