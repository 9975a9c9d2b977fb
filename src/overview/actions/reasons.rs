//! Why an action was chosen.

use std::fmt;

use chrono::NaiveDate;
use serde::Serialize;

use super::{Action, choose::Choice, inputs::ActionInputs, peers::Peers};

/// A fact that an action was chosen for. `Display` says it in plain words; `Debug` only which it is,
/// as the rest is about a customer.
///
/// # Example
///
/// ```
/// use custometry::overview::ActionReason;
/// let reason = ActionReason::Silent { days: 95, limit: Some(83) };
/// assert_eq!(reason.to_string(), "silent for 95 days, 83 are the limit");
/// assert_eq!(format!("{reason:?}"), "Silent");
/// assert_eq!(serde_json::to_string(&reason).unwrap(), r#"{"silent":{"days":95,"limit":83}}"#);
/// ```
#[derive(Clone, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ActionReason {
    /// How long the last purchase is ago.
    Silent {
        /// In days.
        days: u32,
        /// The days after which a customer counts as lost, if there is such a rule.
        limit: Option<u32>,
    },
    /// The day on which a silent customer is taken for lost has come.
    PastSilenceDate {
        /// That day.
        date: NaiveDate,
    },
    /// The probability that the customer is still one.
    Alive {
        /// From 0 to 1.
        probability: f64,
    },
    /// The probability that the customer goes quiet.
    GoesQuiet {
        /// From 0 to 1.
        probability: f64,
        /// Within so many days.
        within_days: u32,
    },
    /// A feature that makes going quiet likelier.
    Driver {
        /// Its name.
        feature: String,
        /// What it is of this customer.
        value: f64,
        /// What it adds to the score.
        contribution: f64,
    },
    /// There is one purchase day so far.
    FirstPurchase {
        /// So many days ago.
        days_ago: u32,
    },
    /// A purchase is smaller than is usual among active customers who buy as often.
    SpendsLess {
        /// The expected spend of a purchase, in units of currency.
        own: f64,
        /// The median of those who buy as often.
        typical: f64,
        /// How many they are.
        peers: u64,
    },
    /// The customer cost more than brought.
    Unprofitable {
        /// So much more, in units of currency.
        loss: f64,
    },
    /// What could be won back is not worth the offer.
    LittleToWin {
        /// What winning back would add, in units of currency.
        value_at_stake: f64,
    },
}

impl ActionReason {
    fn name(&self) -> &'static str {
        match self {
            Self::Silent { .. } => "Silent",
            Self::PastSilenceDate { .. } => "PastSilenceDate",
            Self::Alive { .. } => "Alive",
            Self::GoesQuiet { .. } => "GoesQuiet",
            Self::Driver { .. } => "Driver",
            Self::FirstPurchase { .. } => "FirstPurchase",
            Self::SpendsLess { .. } => "SpendsLess",
            Self::Unprofitable { .. } => "Unprofitable",
            Self::LittleToWin { .. } => "LittleToWin",
        }
    }
}

impl fmt::Debug for ActionReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A number of days in words.
struct InDays(u32);

impl fmt::Display for InDays {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.0, if self.0 == 1 { "day" } else { "days" })
    }
}

impl fmt::Display for ActionReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Silent { days, limit: None } => write!(f, "silent for {}", InDays(*days)),
            Self::Silent {
                days,
                limit: Some(limit),
            } => {
                let are = if *limit == 1 { "is" } else { "are" };
                write!(f, "silent for {}, {limit} {are} the limit", InDays(*days))
            }
            Self::PastSilenceDate { date } => write!(f, "taken for lost from {date} on"),
            Self::Alive { probability } => {
                write!(
                    f,
                    "still a customer with a probability of {:.1} %",
                    100.0 * probability
                )
            }
            Self::GoesQuiet {
                probability,
                within_days,
            } => {
                let percent = 100.0 * probability;
                let within = InDays(*within_days);
                write!(
                    f,
                    "goes quiet within {within} with a probability of {percent:.1} %"
                )
            }
            Self::Driver {
                feature,
                value,
                contribution,
            } => {
                write!(
                    f,
                    "{feature} is {value}, which adds {contribution:.2} to the score"
                )
            }
            Self::FirstPurchase { days_ago } => {
                write!(f, "bought on one day so far, {} ago", InDays(*days_ago))
            }
            Self::SpendsLess {
                own,
                typical,
                peers,
            } => {
                let usual = format_args!("{typical:.2} is usual among {peers} who buy as often");
                write!(f, "spends {own:.2} a purchase, {usual}")
            }
            Self::Unprofitable { loss } => write!(f, "cost {loss:.2} more than brought"),
            Self::LittleToWin { value_at_stake } => {
                write!(f, "not worth an offer, {value_at_stake:.2} to win")
            }
        }
    }
}

/// At most so many features a row.
const DRIVERS: usize = 2;

/// The reasons of a row, those that decided first.
pub(super) fn reasons(
    choice: &Choice,
    inputs: &ActionInputs<'_>,
    peers: &Peers,
) -> Vec<ActionReason> {
    let at = choice.customer.at();
    let days = inputs.days_since_last[at].unwrap_or(0);
    let silent = ActionReason::Silent {
        days,
        limit: inputs.quiet_after,
    };
    let alive = ActionReason::Alive {
        probability: inputs.p_alive[at],
    };
    match choice.action {
        Action::WinBack => {
            let mut reasons = lost(at, inputs, silent);
            reasons.push(alive);
            reasons
        }
        Action::LetGo => {
            if let Some(loss) = inputs.loss(at) {
                return vec![ActionReason::Unprofitable { loss }];
            }
            let mut reasons = lost(at, inputs, silent);
            let value_at_stake = choice.value_at_stake;
            reasons.push(ActionReason::LittleToWin { value_at_stake });
            reasons
        }
        Action::Retain => goes_quiet(choice, inputs).unwrap_or_else(|| vec![alive, silent]),
        Action::Welcome => {
            let mut reasons = vec![ActionReason::FirstPurchase { days_ago: days }];
            reasons.extend(goes_quiet(choice, inputs).unwrap_or_else(|| vec![alive]));
            reasons
        }
        Action::Grow => {
            let less = peers
                .of(inputs.frequency[at])
                .map(|typical| ActionReason::SpendsLess {
                    own: inputs.mean_spend[at],
                    typical: typical.spend,
                    peers: typical.peers,
                });
            less.into_iter().collect()
        }
    }
}

/// Why a customer counts as lost: the days of silence, or the silence date before them.
fn lost(at: usize, inputs: &ActionInputs<'_>, silent: ActionReason) -> Vec<ActionReason> {
    let past = |date| ActionReason::PastSilenceDate { date };
    match (inputs.quiet_after, inputs.silence_dates[at]) {
        (None, Some(date)) => vec![past(date), silent],
        _ => vec![silent],
    }
}

/// The risk and what drives it, if the chance to leave is that of a model.
fn goes_quiet(choice: &Choice, inputs: &ActionInputs<'_>) -> Option<Vec<ActionReason>> {
    let probability = inputs.risk(choice.customer.at())?;
    let risk = inputs.risk.as_ref()?;
    let within_days = risk.within_days;
    let mut reasons = Vec::with_capacity(1 + DRIVERS);
    reasons.push(ActionReason::GoesQuiet {
        probability,
        within_days,
    });
    reasons.extend((risk.drivers)(choice.customer).into_iter().take(DRIVERS));
    Some(reasons)
}
