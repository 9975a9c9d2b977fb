//! What counts as churn.
//!
//! # Model
//!
//! ```text
//! contractual         the contract ended and no other began within the allowed gap: the end is that
//!                     of the contract, found in hindsight
//! lapsed              the same, but the end is so many days later, the last on which another
//!                     contract may begin that goes on with the spell
//! inactivity          no purchase on d whole days after the last one
//! own rhythm          the same, d being a quantile of the gaps of the customer
//! overdue             the same, d being a multiple of the expected gap of the customer
//! probability alive   a purchase model puts the customer below a limit
//! ```
//!
//! # How to read it
//!
//! *Contractual* is for rates: a customer who left on the 20th is lost in that month, and one who
//! renewed three days late is not. Who left is known only once the gap has passed. *Lapsed*, like the
//! definitions of silence, looks back only: it says of each day what was known on it, the last one
//! included, and is for snapshots and scores. Its ends come later by the gap.
//!
//! # Limits
//!
//! Without a contract nobody says when a customer leaves: the day that a definition gives is the day on
//! which one may say so, not that of the decision.

use serde::{Deserialize, Serialize};

use crate::{Error, Result};

/// What counts as churn. Everything that is made under a definition carries it.
///
/// # Example
///
/// ```
/// use custometry::churn::ChurnDefinition;
/// assert!(ChurnDefinition::Inactivity { days: 90 }.check().is_ok());
/// assert!(ChurnDefinition::Inactivity { days: 0 }.check().is_err());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[non_exhaustive]
pub enum ChurnDefinition {
    /// The contract ended, and no other began within so many days.
    Contractual {
        /// Days between two contracts that are no churn; 0 to allow none.
        allowed_gap_days: u32,
    },
    /// The contract ended on a day e, and no other began until day e + `grace_days` was over: a customer
    /// on the days before e + `grace_days`.
    Lapsed {
        /// Days after the end of a contract on which the customer still counts as one; 0 for none.
        grace_days: u32,
    },
    /// No purchase on so many whole days after the last.
    Inactivity {
        /// Days, at least 1.
        days: u32,
    },
    /// No purchase for longer than a quantile of the customer's own gaps, which is drawn to that of
    /// all customers where there are few: (n · own + `prior_gaps` · all) / (n + `prior_gaps`), n being
    /// the gaps of the customer, rounded up to whole days.
    OwnRhythm {
        /// The share of gaps that shall be no longer, between 0 and 1.
        quantile: f64,
        /// How many gaps of one's own weigh as much as those of all customers; above 0.
        prior_gaps: f64,
    },
    /// No purchase for longer than so many times the expected gap: the mean gap of the customer, drawn
    /// to that of all customers in the same way.
    Overdue {
        /// Silence over expected gap, above 0.
        ratio: f64,
        /// How many gaps of one's own weigh as much as those of all customers; above 0.
        prior_gaps: f64,
    },
    /// The probability of being alive, from a purchase model, is lower than this.
    ProbabilityAlive {
        /// The limit, between 0 and 1.
        below: f64,
    },
}

impl ChurnDefinition {
    /// `Ok` if the numbers of the definition make sense.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`] for an inactivity of 0 days, a quantile or probability that is not
    /// between 0 and 1, a ratio or a weight that is not above 0.
    ///
    /// # Example
    ///
    /// See [`ChurnDefinition`].
    pub fn check(&self) -> Result<()> {
        match *self {
            Self::Contractual { .. } | Self::Lapsed { .. } => Ok(()),
            Self::Inactivity { days } if days >= 1 => Ok(()),
            Self::Inactivity { days } => Err(Error::parameter("days", days, "at least 1 day")),
            Self::OwnRhythm {
                quantile,
                prior_gaps,
            } => share("quantile", quantile).and(positive("prior_gaps", prior_gaps)),
            Self::Overdue { ratio, prior_gaps } => {
                positive("ratio", ratio).and(positive("prior_gaps", prior_gaps))
            }
            Self::ProbabilityAlive { below } => share("below", below),
        }
    }
}

/// `Ok` for a number between 0 and 1, ends excluded.
pub(super) fn share(name: &'static str, value: f64) -> Result<()> {
    if value > 0.0 && value < 1.0 {
        return Ok(());
    }
    Err(Error::parameter(name, value, "a share between 0 and 1"))
}

fn positive(name: &'static str, value: f64) -> Result<()> {
    if value > 0.0 && value.is_finite() {
        return Ok(());
    }
    Err(Error::parameter(name, value, "a finite number above 0"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn definitions_that_make_no_sense_are_refused() {
        let own = |quantile, prior_gaps| ChurnDefinition::OwnRhythm {
            quantile,
            prior_gaps,
        };
        let overdue = |ratio, prior_gaps| ChurnDefinition::Overdue { ratio, prior_gaps };
        assert!(own(0.9, 3.0).check().is_ok() && overdue(2.0, 1.0).check().is_ok());
        for (bad, name) in [
            (own(1.0, 3.0), "quantile"),
            (own(f64::NAN, 3.0), "quantile"),
            (own(0.9, 0.0), "prior_gaps"),
            (overdue(-1.0, 1.0), "ratio"),
            (overdue(1.0, f64::INFINITY), "prior_gaps"),
            (ChurnDefinition::ProbabilityAlive { below: 0.0 }, "below"),
        ] {
            let error = bad.check().unwrap_err().to_string();
            assert!(error.starts_with(name), "{error}");
        }
    }

    #[test]
    fn a_definition_is_saved_by_name() {
        for (definition, text) in [
            (
                ChurnDefinition::Inactivity { days: 90 },
                r#"{"inactivity":{"days":90}}"#,
            ),
            (
                ChurnDefinition::Lapsed { grace_days: 7 },
                r#"{"lapsed":{"grace_days":7}}"#,
            ),
            (
                ChurnDefinition::ProbabilityAlive { below: 0.25 },
                r#"{"probability_alive":{"below":0.25}}"#,
            ),
        ] {
            assert!(definition.check().is_ok());
            assert_eq!(serde_json::to_string(&definition).unwrap(), text);
            let read: ChurnDefinition = serde_json::from_str(text).unwrap();
            assert_eq!(read, definition);
        }
    }
}
