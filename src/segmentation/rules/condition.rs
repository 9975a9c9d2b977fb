//! Conditions on features, as people write them.

use std::fmt;
use std::ops;

use serde::{Deserialize, Serialize};

/// What must be true of a customer's features.
///
/// Comparisons look at a column of numbers, [`OneOf`](Self::OneOf) at a column of categories,
/// [`Missing`](Self::Missing) at either. **A comparison with a missing value is false**, and its
/// negation is therefore true: `!Condition::at_least("spend", 100.0)` holds for a customer whose
/// spend is missing, where `Condition::below("spend", 100.0)` does not. There are two truth values,
/// not three. The same goes for `one_of` and blank labels.
///
/// # Example
///
/// ```
/// use custometry::segmentation::Condition;
///
/// let lapsed = Condition::at_least("spend", 100.0).and(Condition::above("recency", 90.0));
/// assert_eq!(lapsed.to_string(), "spend at least 100 and recency above 90");
///
/// // The same from a file written by hand.
/// let json = r#"{"all": [{"at_least": {"feature": "spend", "value": 100}},
///                        {"above": {"feature": "recency", "value": 90}}]}"#;
/// assert_eq!(serde_json::from_str::<Condition>(json).unwrap(), lapsed);
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[non_exhaustive]
pub enum Condition {
    /// The number is the value or more.
    AtLeast {
        /// The column.
        feature: String,
        /// The threshold, in the units of the column.
        value: f64,
    },
    /// The number is more than the value.
    Above {
        /// The column.
        feature: String,
        /// The threshold, in the units of the column.
        value: f64,
    },
    /// The number is the value or less.
    AtMost {
        /// The column.
        feature: String,
        /// The threshold, in the units of the column.
        value: f64,
    },
    /// The number is less than the value.
    Below {
        /// The column.
        feature: String,
        /// The threshold, in the units of the column.
        value: f64,
    },
    /// The number lies between two, both included.
    Between {
        /// The column.
        feature: String,
        /// The least number, in the units of the column.
        low: f64,
        /// The greatest number, in the units of the column.
        high: f64,
    },
    /// There is no number, or the label is blank.
    Missing {
        /// The column, of numbers or of categories.
        feature: String,
    },
    /// The number is that quantile of the column or more: at least the quantile 0.8 is the best
    /// fifth and whoever equals its last member.
    QuantileAtLeast {
        /// The column.
        feature: String,
        /// From 0, the least value, to 1, the greatest.
        share: f64,
    },
    /// The number is less than that quantile of the column.
    QuantileBelow {
        /// The column.
        feature: String,
        /// From 0, the least value, to 1, the greatest.
        share: f64,
    },
    /// The label is one of these.
    OneOf {
        /// The column, of categories.
        feature: String,
        /// The labels, to the letter.
        labels: Vec<String>,
    },
    /// All of these hold; true if there are none.
    All(Vec<Condition>),
    /// At least one of these holds; false if there are none.
    Any(Vec<Condition>),
    /// This does not hold.
    Not(Box<Condition>),
}

impl Condition {
    /// See [`Condition::AtLeast`].
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::segmentation::Condition;
    /// assert_eq!(Condition::at_least("spend", 100.0).to_string(), "spend at least 100");
    /// ```
    pub fn at_least(feature: &str, value: f64) -> Self {
        let feature = feature.to_owned();
        Self::AtLeast { feature, value }
    }

    /// See [`Condition::Above`].
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::segmentation::Condition;
    /// assert_eq!(Condition::above("spend", 99.5).to_string(), "spend above 99.5");
    /// ```
    pub fn above(feature: &str, value: f64) -> Self {
        let feature = feature.to_owned();
        Self::Above { feature, value }
    }

    /// See [`Condition::AtMost`].
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::segmentation::Condition;
    /// assert_eq!(Condition::at_most("spend", 100.0).to_string(), "spend at most 100");
    /// ```
    pub fn at_most(feature: &str, value: f64) -> Self {
        let feature = feature.to_owned();
        Self::AtMost { feature, value }
    }

    /// See [`Condition::Below`].
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::segmentation::Condition;
    /// assert_eq!(Condition::below("spend", 100.0).to_string(), "spend below 100");
    /// ```
    pub fn below(feature: &str, value: f64) -> Self {
        let feature = feature.to_owned();
        Self::Below { feature, value }
    }

    /// See [`Condition::Between`].
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::segmentation::Condition;
    /// assert_eq!(Condition::between("visits", 2.0, 4.0).to_string(), "visits from 2 to 4");
    /// assert_eq!(Condition::between("visits", 2.0, 2.0).to_string(), "visits equal to 2");
    /// ```
    pub fn between(feature: &str, low: f64, high: f64) -> Self {
        let feature = feature.to_owned();
        Self::Between { feature, low, high }
    }

    /// See [`Condition::Missing`].
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::segmentation::Condition;
    /// assert_eq!(Condition::missing("spend").to_string(), "spend missing");
    /// ```
    pub fn missing(feature: &str) -> Self {
        let feature = feature.to_owned();
        Self::Missing { feature }
    }

    /// See [`Condition::QuantileAtLeast`].
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::segmentation::Condition;
    /// let best_fifth = Condition::quantile_at_least("spend", 0.8);
    /// assert_eq!(best_fifth.to_string(), "spend at least its quantile 0.8");
    /// ```
    pub fn quantile_at_least(feature: &str, share: f64) -> Self {
        let feature = feature.to_owned();
        Self::QuantileAtLeast { feature, share }
    }

    /// See [`Condition::QuantileBelow`].
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::segmentation::Condition;
    /// let low_half = Condition::quantile_below("spend", 0.5);
    /// assert_eq!(low_half.to_string(), "spend below its quantile 0.5");
    /// ```
    pub fn quantile_below(feature: &str, share: f64) -> Self {
        let feature = feature.to_owned();
        Self::QuantileBelow { feature, share }
    }

    /// See [`Condition::OneOf`].
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::segmentation::Condition;
    /// let online = Condition::one_of("channel", &["web", "app"]);
    /// assert_eq!(online.to_string(), "channel one of web, app");
    /// ```
    pub fn one_of(feature: &str, labels: &[&str]) -> Self {
        Self::OneOf {
            feature: feature.to_owned(),
            labels: labels.iter().map(|&label| label.to_owned()).collect(),
        }
    }

    /// See [`Condition::All`].
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::segmentation::Condition;
    /// assert_eq!(Condition::all(Vec::new()).to_string(), "always");
    /// ```
    pub fn all(conditions: Vec<Condition>) -> Self {
        Self::All(conditions)
    }

    /// See [`Condition::Any`].
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::segmentation::Condition;
    /// let either = Condition::any(vec![Condition::missing("a"), Condition::below("b", 1.0)]);
    /// assert_eq!(either.to_string(), "a missing or b below 1");
    /// ```
    pub fn any(conditions: Vec<Condition>) -> Self {
        Self::Any(conditions)
    }

    /// Both this and the other.
    ///
    /// # Example
    ///
    /// See [`Condition`].
    pub fn and(self, other: Condition) -> Self {
        match self {
            Self::All(mut conditions) => {
                conditions.push(other);
                Self::All(conditions)
            }
            first => Self::All(vec![first, other]),
        }
    }

    /// This or the other, or both.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::segmentation::Condition;
    /// let quiet = Condition::missing("recency").or(Condition::above("recency", 365.0));
    /// assert_eq!(quiet.to_string(), "recency missing or recency above 365");
    /// ```
    pub fn or(self, other: Condition) -> Self {
        match self {
            Self::Any(mut conditions) => {
                conditions.push(other);
                Self::Any(conditions)
            }
            first => Self::Any(vec![first, other]),
        }
    }
}

/// See [`Condition::Not`].
///
/// # Example
///
/// ```
/// use custometry::segmentation::Condition;
/// assert_eq!((!Condition::missing("spend")).to_string(), "spend not missing");
/// ```
impl ops::Not for Condition {
    type Output = Self;
    fn not(self) -> Self {
        Self::Not(Box::new(self))
    }
}

/// The condition in words.
impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AtLeast { feature, value } => write!(f, "{feature} at least {}", Plain(*value)),
            Self::Above { feature, value } => write!(f, "{feature} above {}", Plain(*value)),
            Self::AtMost { feature, value } => write!(f, "{feature} at most {}", Plain(*value)),
            Self::Below { feature, value } => write!(f, "{feature} below {}", Plain(*value)),
            Self::Between { feature, low, high } if low.total_cmp(high).is_eq() => {
                write!(f, "{feature} equal to {}", Plain(*low))
            }
            Self::Between { feature, low, high } => {
                write!(f, "{feature} from {} to {}", Plain(*low), Plain(*high))
            }
            Self::Missing { feature } => write!(f, "{feature} missing"),
            Self::QuantileAtLeast { feature, share } => {
                write!(f, "{feature} at least its quantile {share}")
            }
            Self::QuantileBelow { feature, share } => {
                write!(f, "{feature} below its quantile {share}")
            }
            Self::OneOf { feature, labels } => write!(f, "{feature} one of {}", labels.join(", ")),
            Self::All(conditions) => join(f, conditions, " and ", "always"),
            Self::Any(conditions) => join(f, conditions, " or ", "never"),
            Self::Not(inner) => match &**inner {
                Self::Missing { feature } => write!(f, "{feature} not missing"),
                Self::OneOf { feature, labels } => {
                    write!(f, "{feature} not one of {}", labels.join(", "))
                }
                other => write!(f, "not ({other})"),
            },
        }
    }
}

fn join(
    f: &mut fmt::Formatter<'_>,
    conditions: &[Condition],
    between: &str,
    none: &str,
) -> fmt::Result {
    if conditions.is_empty() {
        return f.write_str(none);
    }
    for (at, condition) in conditions.iter().enumerate() {
        if at > 0 {
            f.write_str(between)?;
        }
        match condition {
            Condition::All(parts) | Condition::Any(parts) if parts.len() > 1 => {
                write!(f, "({condition})")?;
            }
            _ => write!(f, "{condition}")?,
        }
    }
    Ok(())
}

/// A number for people: not three hundred digits of it.
pub(super) struct Plain(pub(super) f64);

impl fmt::Display for Plain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let size = self.0.abs();
        if size == 0.0 || (1e-4..1e15).contains(&size) {
            write!(f, "{}", self.0)
        } else {
            write!(f, "{:e}", self.0)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_keep_what_belongs_together_together() {
        let either = Condition::missing("a").or(Condition::above("a", 1e300));
        let both = either.clone().and(!Condition::one_of("c", &["x", "y"]));
        assert_eq!(
            both.to_string(),
            "(a missing or a above 1e300) and c not one of x, y"
        );
        assert_eq!(
            (!both.and(Condition::between("b", -0.5, 2.0))).to_string(),
            "not ((a missing or a above 1e300) and c not one of x, y and b from -0.5 to 2)"
        );
        assert_eq!(Condition::any(vec![]).to_string(), "never");
    }

    #[test]
    fn json_by_hand_is_read_and_slips_are_refused() {
        let text = r#"{"any": [
            {"between": {"feature": "visits", "low": 2, "high": 4}},
            {"not": {"missing": {"feature": "visits"}}},
            {"quantile_at_least": {"feature": "spend", "share": 0.8}},
            {"quantile_below": {"feature": "spend", "share": 0.2}},
            {"at_most": {"feature": "recency", "value": 30}},
            {"below": {"feature": "recency", "value": 30}},
            {"one_of": {"feature": "channel", "labels": ["web"]}}]}"#;
        let read: Condition = serde_json::from_str(text).unwrap();
        let expected = Condition::between("visits", 2.0, 4.0)
            .or(!Condition::missing("visits"))
            .or(Condition::quantile_at_least("spend", 0.8))
            .or(Condition::quantile_below("spend", 0.2))
            .or(Condition::at_most("recency", 30.0))
            .or(Condition::below("recency", 30.0))
            .or(Condition::one_of("channel", &["web"]));
        assert_eq!(read, expected);
        let written = serde_json::to_string(&read).unwrap();
        assert_eq!(
            serde_json::from_str::<Condition>(&written).unwrap(),
            expected
        );
        for slip in [
            r#"{"at_least": {"feature": "a", "value": 1, "unit": "USD"}}"#,
            r#"{"atleast": {"feature": "a", "value": 1}}"#,
            r#"{"at_least": {"feature": "a", "value": null}}"#,
            r#"{"at_least": {"feature": "a"}}"#,
        ] {
            assert!(serde_json::from_str::<Condition>(slip).is_err(), "{slip}");
        }
    }
}
