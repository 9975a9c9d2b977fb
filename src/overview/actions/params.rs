//! How actions are chosen.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize};

use super::{Action, Arms};
use crate::{Error, Result, value::RetentionOffer};

/// What each action is assumed to do and to cost, how much of it there may be, and who is held out.
///
/// The save rates at first are round numbers, not findings: win back .05, retain .10, grow .05,
/// welcome .10, without an incentive. They stand until those who were held out have shown what the
/// rates are; see [how to measure](super::Actions#how-to-measure).
///
/// # Example
///
/// ```
/// use custometry::{overview::{Action, ActionParams, Arms}, value::RetentionOffer};
///
/// // A letter to 2 for each customer, a voucher of 10 for who stays, 500 for all of it.
/// let params = ActionParams::default()
///     .offer(Action::Retain, RetentionOffer::new(0.08).incentive(10.0))
///     .cost(Action::Retain, 2.0)
///     .budget(500.0)
///     .hold_out(0.2)
///     .arms(Arms::ByKey)
///     .seed(7);
/// let text = serde_json::to_string(&params).unwrap();
/// assert_eq!(serde_json::from_str::<ActionParams>(&text).unwrap(), params);
///
/// // What is left out is as at first; what is misspelt is told.
/// let read = |text| serde_json::from_str::<ActionParams>(text);
/// assert_eq!(read(r#"{"count": 10}"#).unwrap(), ActionParams::default().count(10));
/// let retain = RetentionOffer::new(0.2);
/// let text = r#"{"offers": {"retain": {"save_rate": 0.2, "incentive": 0.0}}}"#;
/// assert_eq!(read(text).unwrap(), ActionParams::default().offer(Action::Retain, retain));
/// assert!(read(r#"{"holdout": 0.1}"#).is_err());
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ActionParams {
    #[serde(deserialize_with = "over_the_assumed")]
    offers: BTreeMap<Action, RetentionOffer>,
    costs: BTreeMap<Action, f64>,
    pub(super) count: Option<usize>,
    pub(super) budget: Option<f64>,
    pub(super) hold_out: f64,
    pub(super) seed: u64,
    pub(super) arms: Arms,
}

impl Default for ActionParams {
    fn default() -> Self {
        let offered = Action::ALL
            .into_iter()
            .filter(|&action| action != Action::LetGo);
        Self {
            offers: offered.map(|action| (action, assumed(action))).collect(),
            costs: BTreeMap::new(),
            count: None,
            budget: None,
            hold_out: 0.1,
            seed: 0,
            arms: Arms::default(),
        }
    }
}

/// What is assumed of an action of which nothing is known.
fn assumed(action: Action) -> RetentionOffer {
    RetentionOffer::new(match action {
        Action::WinBack | Action::Grow => 0.05,
        Action::Retain | Action::Welcome => 0.10,
        Action::LetGo => 0.0,
    })
}

/// Offers that are read take the place of those assumed; the others stay.
fn over_the_assumed<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> std::result::Result<BTreeMap<Action, RetentionOffer>, D::Error> {
    let mut offers = ActionParams::default().offers;
    let read: BTreeMap<Action, RetentionOffer> = BTreeMap::deserialize(deserializer)?;
    offers.extend(read);
    Ok(offers)
}

impl ActionParams {
    /// What an action does. To win back, retain and welcome, the save rate is the share kept of those
    /// who would be lost, and whoever is there takes the incentive; to [grow](Action::Grow), the share
    /// that comes to spend what their peers do, and everybody takes the incentive. There is no offer
    /// to [let go](Action::LetGo).
    ///
    /// # Example
    ///
    /// See [`ActionParams`].
    pub fn offer(mut self, action: Action, offer: RetentionOffer) -> Self {
        self.offers.insert(action, offer);
        self
    }

    /// What an action costs for each customer, in units of currency, incentives apart. Without it the
    /// spend is half of the break-even: the save rate may be half of what was assumed before money is
    /// lost. To [let go](Action::LetGo) costs nothing.
    ///
    /// # Example
    ///
    /// See [`ActionParams`].
    pub fn cost(mut self, action: Action, cost: f64) -> Self {
        self.costs.insert(action, cost);
        self
    }

    /// How many rows the list may have; as many as there are at first.
    ///
    /// # Example
    ///
    /// See [`ActionParams`].
    pub fn count(mut self, count: usize) -> Self {
        self.count = Some(count);
        self
    }

    /// What the list may cost, in units of currency; no limit at first. It holds for all rows of the
    /// list, those held out as well, so that it holds whoever is held out.
    ///
    /// # Example
    ///
    /// See [`ActionParams`].
    pub fn budget(mut self, budget: f64) -> Self {
        self.budget = Some(budget);
        self
    }

    /// The share of the list that is held out to measure by, from 0 up to less than 1; .1 at first. It
    /// is told apart in steps of 10^-12.
    ///
    /// # Example
    ///
    /// See [`ActionParams`].
    pub fn hold_out(mut self, share: f64) -> Self {
        self.hold_out = share;
        self
    }

    /// The seed by which is drawn who is held out; 0 at first.
    ///
    /// # Example
    ///
    /// See [`ActionParams`].
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// How is drawn who is held out; [`Arms::Balanced`] at first.
    ///
    /// # Example
    ///
    /// See [`Arms`].
    pub fn arms(mut self, arms: Arms) -> Self {
        self.arms = arms;
        self
    }

    pub(super) fn check(&self) -> Result<()> {
        const EXPECTED: &str = "an action that is offered; to let go is none";
        for (&action, offer) in &self.offers {
            if action == Action::LetGo {
                return Err(Error::parameter("action of an offer", action, EXPECTED));
            }
            // It checks the save rate and the incentive before the values, of which there are none.
            offer.break_even(&[], &[])?;
        }
        let amount = |name, amount: f64| {
            if amount >= 0.0 && amount.is_finite() {
                return Ok(());
            }
            let expected = "a finite amount, not negative";
            Err(Error::parameter(name, amount, expected))
        };
        for (&action, &cost) in &self.costs {
            if action == Action::LetGo {
                return Err(Error::parameter("action of a cost", action, EXPECTED));
            }
            amount("cost", cost)?;
        }
        self.budget
            .map_or(Ok(()), |budget| amount("budget", budget))?;
        if !(0.0..1.0).contains(&self.hold_out) {
            let expected = "a share of the list, from 0 up to less than 1";
            return Err(Error::parameter("hold-out", self.hold_out, expected));
        }
        Ok(())
    }

    pub(super) fn offer_of(&self, action: Action) -> RetentionOffer {
        self.offers.get(&action).copied().unwrap_or(assumed(action))
    }

    pub(super) fn cost_of(&self, action: Action) -> Option<f64> {
        self.costs.get(&action).copied()
    }
}
