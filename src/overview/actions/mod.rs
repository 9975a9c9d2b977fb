//! Actions: what to do with whom, what it is worth, and who is held out so that it can be measured.
//!
//! # Question
//!
//! Whom do we write to on Monday, with what, how much may it cost; and how shall we know afterwards
//! whether it did any good?
//!
//! # Model
//!
//! Each customer with a purchase and a known worth gets one action:
//!
//! ```text
//! lost                 win back    leaves 1 - P(alive), V at stake: winning back adds (1 - P) V
//!   no gain in it      let go
//! active, new          welcome     leaves with the risk p: p V at stake
//! active otherwise     retain      leaves with the risk p: p V at stake
//!   if it gains more   grow        H at stake: purchases as large as those of peers
//! cost more than they  let go      before all others, where costs are known
//!   brought so far
//! ```
//!
//! ```text
//! V = CLV / P(alive)               what a customer is worth who is there
//! H = margin × purchases × max(0, typical spend - own spend)
//! break-even                       p s (V - d) - (1 - p) d; to grow s H - d
//! spend                            the cost of the action, or half of the break-even
//! gain                             break-even - spend
//! ```
//!
//! where p is the chance that the customer leaves, s the save rate of the offer and d its incentive
//! ([`RetentionOffer`](crate::value::RetentionOffer)), and purchases are those expected within the
//! horizon, discounted. The rules, and why:
//!
//! - *Lost* is who has been silent as long as the churn definition allows, or longer; without one, who
//!   has come to the [silence date](crate::value::SilenceDates). Lost customers are won back, not
//!   retained, as they have left already if they have: with 1 - P(alive), of which CLV keeps P(alive).
//! - *New* is who bought on one day only. Little is known of them but that most never come again.
//! - The *risk* is the chance to go quiet by the churn model; 1 - P(alive) where there is none.
//! - The *typical spend* is the median of the expected spends of a purchase among active customers
//!   with as many purchase days, in groups of 0, 1, 2, 3-4, 5-8 and so on repeat days: as large a
//!   purchase as in the middle of those who buy as often. A group of fewer than 20 joins the next
//!   lower one; if that is not enough either, nobody in it is to grow.
//! - A tie of gains between retain and grow goes to retain.
//! - *Half of the break-even* is spent where no cost is given, as the save rate may be off by a factor
//!   of two before money is lost. It makes the gain half of the break-even too.
//! - *Let go* costs nothing and gains nothing here. At stake is the loss so far, or what winning back
//!   would add if that is too little. It says on whom not to spend, not whom to send away.
//! - An action whose gain is not the least amount of the currency is not offered; such customers are counted.
//!
//! Only who [allowed](crate::data::ContactStatus::Allowed) it is on the list. Who refused, or of whom
//! it is not known, is counted, whatever they are worth.
//!
//! # Count and budget
//!
//! A count takes the rows with the largest gain. A budget takes rows by gain for what is spent, then
//! by gain, and passes over those that no longer fit: what is missed against the best choice of all is
//! less than the gain of one row (Dantzig 1957). With both, the count is taken of what the budget
//! left. The budget is for all rows, those held out as well: who is on the list does not hang on the
//! draw, and the budget holds whatever it says. The list is in the order of gain, those to let go last,
//! ties in the order of the keys.
//!
//! # Arms
//!
//! A share of the list is held out ([`Arms`]): with these customers nothing is done. Each row has the
//! same chance of it, and its propensity to be treated is one less the share. [`Arms::Balanced`] holds
//! out by ordered pivotal sampling (Deville and Tillé 1998) in the order of action and rank, so that
//! each action and each level of worth has its share; [`Arms::ByKey`] by a coin that stays with the
//! customer. Neither depends on the order of the customers nor on the number of threads.
//!
//! # How to measure
//!
//! The mean outcome of those treated less that of those held out; see [`Actions`].
//!
//! # Limits
//!
//! **Risk is not responsiveness**, and save rates are assumptions until the hold-outs have spoken; see
//! [`Actions`].
//!
//! Where no risk is known, the welcome hangs on P(alive), and BG/NBD holds that who bought once cannot
//! have left: then there is nothing to gain from a welcome. Customers with a P(alive) of 0 have no V:
//! when lost they are let go, otherwise there is nothing to gain. H takes it that purchases stay as
//! many when they become larger. Lost customers may still have a high P(alive) if the churn definition
//! is short for them: then there is little to win back, and they are let go only if it is nothing.
//!
//! # Complexity
//!
//! O(n) over the customers and a sort of those offered something, in parallel; reasons are made for
//! the rows of the list only.
//!
//! # References
//!
//! - Ascarza, E. (2018). Retention futility: targeting high-risk customers might be ineffective.
//!   *Journal of Marketing Research* 55(1), 80-98. doi:10.1509/jmr.16.0163
//! - Dantzig, G. B. (1957). Discrete-variable extremum problems. *Operations Research* 5(2), 266-288.
//!   doi:10.1287/opre.5.2.266
//! - Deville, J.-C. and Tillé, Y. (1998). Unequal probability sampling without replacement through a
//!   splitting method. *Biometrika* 85(1), 89-101. doi:10.1093/biomet/85.1.89
//! - Horvitz, D. G. and Thompson, D. J. (1952). A generalization of sampling without replacement from
//!   a finite universe. *Journal of the American Statistical Association* 47(260), 663-685.
//!   doi:10.1080/01621459.1952.10483446
//! - Neslin, S. A., Gupta, S., Kamakura, W., Lu, J. and Mason, C. H. (2006). Defection detection.
//!   *Journal of Marketing Research* 43(2), 204-211. doi:10.1509/jmkr.43.2.204

mod arms;
mod choose;
mod inputs;
mod params;
mod peers;
mod reasons;
mod rows;
mod select;
#[cfg(test)]
mod tests;

use std::fmt;

use chrono::NaiveDate;
use rayon::prelude::*;
use serde::Serialize;

pub(crate) use self::inputs::{ActionInputs, RiskInput};
pub use self::{
    arms::{Arm, Arms},
    choose::Action,
    params::ActionParams,
    reasons::ActionReason,
    rows::{ActionCounts, ActionRow, ActionTotals},
};
use self::{choose::Choice, peers::Peers, select::Total};
use crate::{Result, data::Currency, persist::fingerprint_of};

/// A ranked list of actions: what to do with whom, what it is worth, and who is held out.
///
/// # How to measure
///
/// When the time is over, take an outcome y of each row, such as the margin since, or whether the
/// customer is lost. What an action does is the mean of those treated less the mean of those held out,
/// over all rows of the action, whether they opened the letter or not:
///
/// ```text
/// effect = Σ y/π over treated / Σ 1/π over treated
///        - Σ y/(1-π) over held out / Σ 1/(1-π) over held out
/// ```
///
/// where π is the propensity. Within one list it drops out; pooled over lists with different shares it
/// does not (weights of Horvitz and Thompson 1952, doi:10.1080/01621459.1952.10483446). With y whether
/// the customer is lost, the save rate that the action has is
///
/// ```text
/// save rate = 1 - share lost of the treated / share lost of the held out
/// ```
///
/// and takes the place of the one assumed ([`ActionParams::offer`]).
///
/// # Limits
///
/// Risk is not responsiveness: those likeliest to leave are not those whom an offer keeps best, and it
/// may even remind them to leave (Ascarza 2018, doi:10.1509/jmr.16.0163). Save rates are assumptions
/// until the hold-outs have spoken, and the same for all customers of an action: a gain is no better
/// than they are. A short list measures little, as of ten rows one is held out at first: pool many, or
/// hold out more.
///
/// # Example
///
/// See [`Overview::actions`](crate::overview::Overview::actions).
#[derive(Clone, PartialEq, Serialize)]
pub struct Actions {
    as_of: NaiveDate,
    currency: Currency,
    params: ActionParams,
    /// Of the overview that the list is made from, and the parameters.
    receipt: String,
    counts: ActionCounts,
    rows: Vec<ActionRow>,
}

impl fmt::Debug for Actions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Actions")
            .field("as_of", &self.as_of)
            .field("rows", &self.rows.len())
            .field("held_out", &self.held_out())
            .field("counts", &self.counts)
            .finish_non_exhaustive()
    }
}

impl Actions {
    /// The list from columns about customers.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`](crate::Error::InvalidParameter) for parameters out of range;
    /// [`Error::LengthMismatch`](crate::Error::LengthMismatch);
    /// [`Error::InvalidValue`](crate::Error::InvalidValue) for a chance that is not from 0 to 1.
    pub(crate) fn choose(params: &ActionParams, inputs: &ActionInputs<'_>) -> Result<Self> {
        params.check()?;
        inputs.check()?;
        let peers = Peers::new(inputs);
        let (offered, mut counts) = choose::choose(params, inputs, &peers)?;
        let customers = inputs.customers;
        let all = offered.len();
        let selected = select::select(params, customers, offered);
        counts.not_selected = (all - selected.len()) as u64;
        let arms = arms::arms(params, customers, &selected);
        let row = |(choice, arm): (&Choice, Arm)| ActionRow {
            customer: choice.customer,
            action: choice.action,
            reasons: reasons::reasons(choice, inputs, &peers),
            value_at_stake: choice.value_at_stake,
            break_even: choice.break_even,
            spend: choice.spend,
            gain: choice.gain,
            silence_date: inputs.silence_dates[choice.customer.at()],
            arm,
            propensity: 1.0 - params.hold_out,
        };
        Ok(Self {
            as_of: inputs.as_of,
            currency: inputs.currency,
            params: params.clone(),
            receipt: String::new(),
            counts,
            rows: selected.par_iter().zip(arms).map(row).collect(),
        })
    }

    /// The list as one of an overview with a receipt.
    pub(crate) fn of_overview(mut self, receipt: &str) -> Result<Self> {
        let print = fingerprint_of(&(receipt, &self.params))?;
        self.receipt = format!("{print:016x}");
        Ok(self)
    }

    /// One fingerprint of the overview that the list is made from and of the parameters: the same one
    /// stands for the same list, with the same arms.
    ///
    /// # Example
    ///
    /// See [`Overview::actions`](crate::overview::Overview::actions).
    pub fn receipt(&self) -> &str {
        &self.receipt
    }

    /// The rows: by falling gain, those to let go last and by falling value at stake.
    ///
    /// # Example
    ///
    /// See [`Overview::actions`](crate::overview::Overview::actions).
    pub fn rows(&self) -> &[ActionRow] {
        &self.rows
    }

    /// How many customers there are for each action, and how many for none.
    ///
    /// # Example
    ///
    /// See [`Overview::actions`](crate::overview::Overview::actions).
    pub fn counts(&self) -> &ActionCounts {
        &self.counts
    }

    /// The last day that is known.
    ///
    /// # Example
    ///
    /// See [`Overview::actions`](crate::overview::Overview::actions).
    pub fn as_of(&self) -> NaiveDate {
        self.as_of
    }

    /// The currency of all amounts, which are in its units.
    ///
    /// # Example
    ///
    /// See [`Overview::actions`](crate::overview::Overview::actions).
    pub fn currency(&self) -> Currency {
        self.currency
    }

    /// How the actions were chosen.
    ///
    /// # Example
    ///
    /// See [`Overview::actions`](crate::overview::Overview::actions).
    pub fn params(&self) -> &ActionParams {
        &self.params
    }

    fn in_arm(&self, arm: Arm) -> impl Iterator<Item = &ActionRow> {
        self.rows.iter().filter(move |row| row.arm == arm)
    }

    /// The number of rows that are held out.
    ///
    /// # Example
    ///
    /// See [`Overview::actions`](crate::overview::Overview::actions).
    pub fn held_out(&self) -> u64 {
        self.in_arm(Arm::HoldOut).count() as u64
    }

    /// The spend of all rows, those held out as well, in units of currency: what a budget limits.
    ///
    /// # Example
    ///
    /// See [`Overview::actions`](crate::overview::Overview::actions).
    pub fn planned_spend(&self) -> f64 {
        let planned = Total::of(self.rows.iter().map(|row| row.spend));
        // The list is within the budget but for the rounding of the last digit.
        self.params
            .budget
            .map_or(planned, |budget| planned.min(budget))
    }

    /// The spend of the rows that are treated, in units of currency.
    ///
    /// # Example
    ///
    /// See [`Overview::actions`](crate::overview::Overview::actions).
    pub fn treated_spend(&self) -> f64 {
        Total::of(self.in_arm(Arm::Treat).map(|row| row.spend))
    }

    /// The gain of the rows that are treated, in units of currency, by the assumed save rates.
    ///
    /// # Example
    ///
    /// See [`Overview::actions`](crate::overview::Overview::actions).
    pub fn expected_gain(&self) -> f64 {
        Total::of(self.in_arm(Arm::Treat).map(|row| row.gain))
    }

    /// The rows of each action on the list, in the order of [`Action::ALL`]; each once, whether it has
    /// rows or not.
    ///
    /// # Example
    ///
    /// See [`Overview::actions`](crate::overview::Overview::actions).
    pub fn by_action(&self) -> [ActionTotals; 5] {
        Action::ALL.map(|action| {
            let rows = || self.rows.iter().filter(|row| row.action == action);
            let treated = || rows().filter(|row| row.arm == Arm::Treat);
            let count = rows().count() as u64;
            ActionTotals {
                action,
                rows: count,
                held_out: count - treated().count() as u64,
                spend: Total::of(rows().map(|row| row.spend)),
                gain: Total::of(treated().map(|row| row.gain)),
            }
        })
    }
}
