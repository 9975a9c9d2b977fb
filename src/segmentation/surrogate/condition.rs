//! What a leaf asks of a customer.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Whether a missing value meets a condition.
///
/// # Example
///
/// See [`SurrogateCondition`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum MissingValue {
    /// It does.
    Meets,
    /// It does not.
    Fails,
    /// There was none at the fit, so that nothing is said of it.
    NeverSeen,
}

/// A condition on one feature. The conditions of a leaf have one for each feature it asks about.
///
/// # Example
///
/// ```
/// use custometry::segmentation::{SurrogateCondition, MissingValue};
///
/// let spend = SurrogateCondition::Range {
///     feature: "spend".into(),
///     from: Some(12.5),
///     below: None,
///     missing: MissingValue::NeverSeen,
/// };
/// assert_eq!(spend.to_string(), "spend at least 12.5");
/// let channel = SurrogateCondition::NoneOf { feature: "channel".into(), labels: vec![Some("web".into()), None] };
/// assert_eq!(channel.to_string(), "channel neither web nor blank");
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum SurrogateCondition {
    /// A number from `from` to below `below`. Without either limit, any number.
    Range {
        /// The column.
        feature: String,
        /// The least value that meets it.
        from: Option<f64>,
        /// The least value above it that no longer does.
        below: Option<f64>,
        /// What of a missing value.
        missing: MissingValue,
    },
    /// No value.
    Missing {
        /// The column.
        feature: String,
    },
    /// This label; `None` for no label.
    Is {
        /// The column.
        feature: String,
        /// The label.
        label: Option<String>,
    },
    /// None of these labels; `None` among them for no label.
    NoneOf {
        /// The column.
        feature: String,
        /// The labels.
        labels: Vec<Option<String>>,
    },
}

impl SurrogateCondition {
    /// The column.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::segmentation::SurrogateCondition;
    /// assert_eq!(SurrogateCondition::Missing { feature: "age".into() }.feature(), "age");
    /// ```
    pub fn feature(&self) -> &str {
        match self {
            Self::Range { feature, .. }
            | Self::Missing { feature }
            | Self::Is { feature, .. }
            | Self::NoneOf { feature, .. } => feature,
        }
    }

    /// Both conditions in one, for the same feature, `later` having been asked behind `self`.
    fn and(self, later: Self) -> Self {
        match (self, later) {
            (
                Self::Range {
                    feature,
                    from,
                    below,
                    missing,
                },
                Self::Range {
                    from: later_from,
                    below: later_below,
                    missing: later_missing,
                    ..
                },
            ) => Self::Range {
                feature,
                // Thresholds on a path only narrow.
                from: later_from.or(from),
                below: later_below.or(below),
                missing: if missing == MissingValue::Fails {
                    missing
                } else {
                    later_missing
                },
            },
            (
                Self::NoneOf {
                    feature,
                    mut labels,
                },
                Self::NoneOf { labels: more, .. },
            ) => {
                labels.extend(more);
                Self::NoneOf { feature, labels }
            }
            (_, later) => later,
        }
    }

    /// Adds a condition to those of a path.
    pub(super) fn join(path: &mut Vec<Self>, later: Self) {
        let known = path
            .iter()
            .position(|condition| condition.feature() == later.feature());
        match known {
            Some(at) => {
                let joined = path[at].clone().and(later);
                path[at] = joined;
            }
            None => path.push(later),
        }
    }
}

impl fmt::Display for SurrogateCondition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = |label: &Option<String>| label.clone().unwrap_or_else(|| "blank".into());
        match self {
            Self::Range {
                feature,
                from,
                below,
                missing,
            } => {
                match (from, below) {
                    (Some(from), Some(below)) => {
                        write!(f, "{feature} from {from} to below {below}")
                    }
                    (Some(from), None) => write!(f, "{feature} at least {from}"),
                    (None, Some(below)) => write!(f, "{feature} below {below}"),
                    (None, None) => write!(f, "{feature} known"),
                }?;
                match missing {
                    MissingValue::Meets => f.write_str(" or missing"),
                    MissingValue::Fails | MissingValue::NeverSeen => Ok(()),
                }
            }
            Self::Missing { feature } => write!(f, "{feature} missing"),
            Self::Is { feature, label } => write!(f, "{feature} {}", word(label)),
            Self::NoneOf { feature, labels } => match labels.as_slice() {
                [one] => write!(f, "{feature} not {}", word(one)),
                [first @ .., last] => {
                    let first: Vec<String> = first.iter().map(word).collect();
                    write!(
                        f,
                        "{feature} neither {} nor {}",
                        first.join(", "),
                        word(last)
                    )
                }
                [] => write!(f, "{feature} anything"),
            },
        }
    }
}
