//! What is known of customers when actions are chosen.

use chrono::NaiveDate;

use super::ActionReason;
use crate::{
    Error, Result,
    data::{ContactStatus, Currency, CustomerIx, Customers, MinorUnits},
    numeric::first_where,
};

/// Columns about customers, all in their order.
pub(crate) struct ActionInputs<'a> {
    pub(crate) customers: &'a Customers,
    pub(crate) as_of: NaiveDate,
    pub(crate) currency: Currency,
    /// `None`: everybody is unknown.
    pub(crate) contact: Option<&'a [ContactStatus]>,
    /// `None`: no purchase yet.
    pub(crate) days_since_last: Vec<Option<u32>>,
    /// Repeat purchase days.
    pub(crate) frequency: &'a [u32],
    /// NaN without a purchase.
    pub(crate) p_alive: &'a [f64],
    /// Discounted margin expected within the horizon, in units of currency; NaN without a purchase.
    pub(crate) clv: &'a [f64],
    /// Discounted purchases expected within the horizon.
    pub(crate) expected_purchases: &'a [f64],
    /// The expected spend of a purchase, in units of currency.
    pub(crate) mean_spend: &'a [f64],
    pub(crate) margin: f64,
    /// The day on which a silent customer is taken for lost.
    pub(crate) silence_dates: &'a [Option<NaiveDate>],
    /// The days of silence after which a customer counts as lost; `None` if there is no such rule.
    pub(crate) quiet_after: Option<u32>,
    pub(crate) risk: Option<RiskInput<'a>>,
    /// Contribution so far in minor units, where costs are known.
    pub(crate) profit: Option<&'a [i64]>,
}

/// The chances of active customers to go quiet.
pub(crate) struct RiskInput<'a> {
    /// NaN for those who have none.
    pub(crate) probability: &'a [f64],
    pub(crate) within_days: u32,
    /// The features that raise the risk of a customer most, the strongest first.
    pub(crate) drivers: &'a (dyn Fn(CustomerIx) -> Vec<ActionReason> + Sync),
}

/// What a customer is to us.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    /// No purchase, or a worth that is not known.
    NoPurchase,
    Lost,
    /// Active, with one purchase day.
    New,
    /// Active, with more.
    Active,
}

impl ActionInputs<'_> {
    pub(super) fn len(&self) -> usize {
        self.customers.len()
    }

    pub(super) fn check(&self) -> Result<()> {
        let risk = self.risk.as_ref().map(|risk| risk.probability);
        let lengths = [
            ("contact status", self.contact.map(<[_]>::len)),
            (
                "days since the last purchase",
                Some(self.days_since_last.len()),
            ),
            ("frequency", Some(self.frequency.len())),
            ("P(alive)", Some(self.p_alive.len())),
            ("CLV", Some(self.clv.len())),
            ("expected purchases", Some(self.expected_purchases.len())),
            ("mean spend", Some(self.mean_spend.len())),
            ("silence date", Some(self.silence_dates.len())),
            ("chance to go quiet", risk.map(<[_]>::len)),
            ("profit", self.profit.map(<[_]>::len)),
        ];
        for (column, length) in lengths {
            let expected = self.len();
            Error::check_length(column, expected, length.unwrap_or(expected))?;
        }
        let bad = |p: &f64| !p.is_nan() && !(0.0..=1.0).contains(p);
        let chances = [
            ("P(alive)", self.p_alive),
            ("chance to go quiet", risk.unwrap_or_default()),
        ];
        for (column, values) in chances {
            if let Some(row) = first_where(values, bad) {
                let reason = format!("{} is not a chance, from 0 to 1", values[row]);
                return Err(Error::value(column, row, reason));
            }
        }
        Ok(())
    }

    pub(super) fn contact(&self, at: usize) -> ContactStatus {
        self.contact
            .map_or(ContactStatus::Unknown, |contact| contact[at])
    }

    pub(super) fn state(&self, at: usize) -> State {
        let Some(days) = self.days_since_last[at] else {
            return State::NoPurchase;
        };
        if !self.clv[at].is_finite() || self.p_alive[at].is_nan() {
            return State::NoPurchase;
        }
        let lost = match self.quiet_after {
            Some(limit) => days >= limit,
            None => self.silence_dates[at].is_some_and(|date| self.as_of >= date),
        };
        match self.frequency[at] {
            _ if lost => State::Lost,
            0 => State::New,
            _ => State::Active,
        }
    }

    /// What a customer is worth who is there: CLV is P(alive) times this. 0 if that is not a number,
    /// as nothing can be said of those who are surely gone.
    pub(super) fn worth(&self, at: usize) -> f64 {
        let worth = self.clv[at] / self.p_alive[at];
        if worth.is_finite() { worth } else { 0.0 }
    }

    /// The chance of a customer to go quiet, if that is known.
    pub(super) fn risk(&self, at: usize) -> Option<f64> {
        let risk = self.risk.as_ref()?.probability[at];
        (!risk.is_nan()).then_some(risk)
    }

    /// The chance that a customer is lost, or will be.
    pub(super) fn leaves(&self, at: usize, state: State) -> f64 {
        let gone = 1.0 - self.p_alive[at];
        match state {
            State::New | State::Active => self.risk(at).unwrap_or(gone),
            State::Lost | State::NoPurchase => gone,
        }
    }

    /// What a customer cost more than brought, in units of currency.
    pub(super) fn loss(&self, at: usize) -> Option<f64> {
        let profit = self.profit?[at];
        (profit < 0).then(|| -self.currency.to_f64(MinorUnits(profit)))
    }

    /// What the next purchases of a customer would add if each were `more` larger.
    pub(super) fn upside(&self, at: usize, more: f64) -> f64 {
        let upside = self.margin * self.expected_purchases[at] * more;
        if upside.is_finite() { upside } else { 0.0 }
    }
}
