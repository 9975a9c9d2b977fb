//! Conditions with columns found and quantiles turned into numbers.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::condition::{Condition, Plain};
use crate::{Error, Result};

/// What a column that rules look at holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Kind {
    Numbers,
    Categories,
}

/// A column that rules look at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Column {
    pub(super) name: String,
    pub(super) kind: Kind,
}

/// A value of a feature, as rules see it.
///
/// # Example
///
/// ```
/// use custometry::segmentation::RuleValue;
/// assert_eq!(RuleValue::Number(12.5).to_string(), "12.5");
/// assert_eq!(RuleValue::Missing.to_string(), "missing");
/// ```
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum RuleValue {
    /// A number.
    Number(f64),
    /// A label.
    Label(String),
    /// A label that no rule names; in examples, where any such label will do.
    OtherLabel,
    /// No number, or a blank label.
    Missing,
}

impl fmt::Display for RuleValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(value) => write!(f, "{}", Plain(*value)),
            Self::Label(label) => f.write_str(label),
            Self::OtherLabel => f.write_str("another label"),
            Self::Missing => f.write_str("missing"),
        }
    }
}

/// A feature and its value.
///
/// # Example
///
/// See [`RuleExplanation`](super::RuleExplanation).
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct FeatureValue {
    /// The column.
    pub feature: String,
    /// What is in it.
    pub value: RuleValue,
}

/// Shown as `spend 12.5`.
impl fmt::Display for FeatureValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.feature, self.value)
    }
}

/// What is asked of one value.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Test {
    AtLeast(f64),
    Above(f64),
    AtMost(f64),
    Below(f64),
    Between(f64, f64),
    OneOf(Vec<String>),
    Missing,
}

impl Test {
    /// Which numbers pass; NaN is a missing one. Every judgement of a number is made here.
    pub(super) fn numbers(&self, values: &[f64], passes: &mut [bool]) {
        fn fill(values: &[f64], passes: &mut [bool], test: impl Fn(f64) -> bool) {
            for (pass, &value) in passes.iter_mut().zip(values) {
                *pass = test(value);
            }
        }
        match *self {
            Self::AtLeast(least) => fill(values, passes, |value| value >= least),
            Self::Above(limit) => fill(values, passes, |value| value > limit),
            Self::AtMost(most) => fill(values, passes, |value| value <= most),
            Self::Below(limit) => fill(values, passes, |value| value < limit),
            Self::Between(low, high) => fill(values, passes, |value| value >= low && value <= high),
            Self::Missing => fill(values, passes, f64::is_nan),
            Self::OneOf(_) => passes.fill(false),
        }
    }

    pub(super) fn holds(&self, value: &RuleValue) -> bool {
        let number = |value: f64| {
            let mut pass = [false];
            self.numbers(&[value], &mut pass);
            pass[0]
        };
        match (self, value) {
            (Self::Missing, value) => *value == RuleValue::Missing,
            (Self::OneOf(labels), RuleValue::Label(label)) => labels.contains(label),
            (_, RuleValue::Number(value)) => number(*value),
            (_, RuleValue::Missing | RuleValue::Label(_) | RuleValue::OtherLabel) => false,
        }
    }

    fn condition(&self, feature: &str) -> Condition {
        match self {
            Self::AtLeast(value) => Condition::at_least(feature, *value),
            Self::Above(value) => Condition::above(feature, *value),
            Self::AtMost(value) => Condition::at_most(feature, *value),
            Self::Below(value) => Condition::below(feature, *value),
            Self::Between(low, high) => Condition::between(feature, *low, *high),
            Self::Missing => Condition::missing(feature),
            Self::OneOf(labels) => Condition::OneOf {
                feature: feature.to_owned(),
                labels: labels.clone(),
            },
        }
    }
}

/// A condition whose columns are numbers and whose quantiles are thresholds.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Frozen {
    Leaf { column: usize, test: Test },
    All(Vec<Frozen>),
    Any(Vec<Frozen>),
    Not(Box<Frozen>),
}

impl Frozen {
    pub(super) fn holds(&self, values: &[RuleValue]) -> bool {
        match self {
            Self::Leaf { column, test } => test.holds(&values[*column]),
            Self::All(parts) => parts.iter().all(|part| part.holds(values)),
            Self::Any(parts) => parts.iter().any(|part| part.holds(values)),
            Self::Not(inner) => !inner.holds(values),
        }
    }

    pub(super) fn condition(&self, columns: &[Column]) -> Condition {
        let each = |parts: &[Self]| parts.iter().map(|part| part.condition(columns)).collect();
        match self {
            Self::Leaf { column, test } => test.condition(&columns[*column].name),
            Self::All(parts) => Condition::All(each(parts)),
            Self::Any(parts) => Condition::Any(each(parts)),
            Self::Not(inner) => !inner.condition(columns),
        }
    }

    /// All questions asked of single values, in order.
    pub(super) fn each_leaf<'a>(&'a self, visit: &mut impl FnMut(usize, &'a Test)) {
        match self {
            Self::Leaf { column, test } => visit(*column, test),
            Self::All(parts) | Self::Any(parts) => {
                for part in parts {
                    part.each_leaf(visit);
                }
            }
            Self::Not(inner) => inner.each_leaf(visit),
        }
    }
}

/// Conditions within conditions within a rule, at most; a file of JSON may be nested 128 deep.
const MAX_DEPTH: usize = 32;

/// Turns conditions into frozen ones and checks them on the way.
pub(super) struct Freezer<K, Q> {
    /// What a column holds; an error for one that is not there.
    pub(super) kind_of: K,
    /// The threshold of a quantile condition.
    pub(super) quantile: Q,
    /// The columns in order of first use.
    pub(super) columns: Vec<Column>,
}

impl<K, Q> Freezer<K, Q>
where
    K: FnMut(&str) -> Result<Kind>,
    Q: FnMut(&str, f64) -> Result<f64>,
{
    pub(super) fn freeze(&mut self, condition: &Condition) -> Result<Frozen> {
        self.within(condition, 1)
    }

    fn within(&mut self, condition: &Condition, depth: usize) -> Result<Frozen> {
        if depth > MAX_DEPTH {
            return Err(Error::parameter(
                "condition",
                format!("nested more than {MAX_DEPTH} deep"),
                "conditions nested less; several rules may lead to one segment",
            ));
        }
        let mut each = |parts: &[Condition]| {
            let freeze = |part| self.within(part, depth + 1);
            parts.iter().map(freeze).collect::<Result<Vec<Frozen>>>()
        };
        let (feature, test) = match condition {
            Condition::All(parts) => return Ok(Frozen::All(each(parts)?)),
            Condition::Any(parts) => return Ok(Frozen::Any(each(parts)?)),
            Condition::Not(inner) => {
                let inner = self.within(inner, depth + 1)?;
                return Ok(Frozen::Not(Box::new(inner)));
            }
            Condition::AtLeast { feature, value } => (feature, Test::AtLeast(*value)),
            Condition::Above { feature, value } => (feature, Test::Above(*value)),
            Condition::AtMost { feature, value } => (feature, Test::AtMost(*value)),
            Condition::Below { feature, value } => (feature, Test::Below(*value)),
            Condition::Between { feature, low, high } => (feature, Test::Between(*low, *high)),
            Condition::Missing { feature } => (feature, Test::Missing),
            Condition::OneOf { feature, labels } => (feature, Test::OneOf(labels.clone())),
            Condition::QuantileAtLeast { feature, share } => {
                (feature, Test::AtLeast(self.threshold(feature, *share)?))
            }
            Condition::QuantileBelow { feature, share } => {
                (feature, Test::Below(self.threshold(feature, *share)?))
            }
        };
        let column = self.column(feature)?;
        check(feature, self.columns[column].kind, &test)?;
        Ok(Frozen::Leaf { column, test })
    }

    fn threshold(&mut self, feature: &str, share: f64) -> Result<f64> {
        let column = self.column(feature)?;
        check(feature, self.columns[column].kind, &Test::AtLeast(0.0))?;
        if !(0.0..=1.0).contains(&share) {
            let found = format!("quantile {share} of {feature}");
            return Err(Error::parameter(
                "threshold",
                found,
                "a share from 0 to 1; the best fifth begins at 0.8",
            ));
        }
        (self.quantile)(feature, share)
    }

    fn column(&mut self, name: &str) -> Result<usize> {
        let known = |column: &Column| column.name == name;
        if let Some(at) = self.columns.iter().position(known) {
            return Ok(at);
        }
        let kind = (self.kind_of)(name)?;
        let name = name.to_owned();
        self.columns.push(Column { name, kind });
        Ok(self.columns.len() - 1)
    }
}

/// Whether a test can be asked of a column, and makes sense.
fn check(feature: &str, kind: Kind, test: &Test) -> Result<()> {
    let refused = |found: String, expected: &'static str| {
        Err(Error::parameter(
            "condition",
            format!("on {feature}, {found}"),
            expected,
        ))
    };
    match (kind, test) {
        (_, Test::Missing) => {}
        (Kind::Categories, Test::OneOf(labels)) => {
            if labels.is_empty() {
                return refused("one of no labels".into(), "at least one label");
            }
            if let Some(blank) = labels.iter().find(|label| label.trim().is_empty()) {
                return refused(
                    format!("one of {blank:?}"),
                    "labels that are not blank; ask for blank ones with missing",
                );
            }
        }
        (Kind::Categories, _) => {
            return refused("a column of categories".into(), "one_of or missing");
        }
        (Kind::Numbers, Test::OneOf(_)) => {
            return refused(
                "a column of numbers".into(),
                "a comparison; one_of is for categories",
            );
        }
        (
            Kind::Numbers,
            Test::AtLeast(value) | Test::Above(value) | Test::AtMost(value) | Test::Below(value),
        ) => {
            if !value.is_finite() {
                return refused(format!("{value}"), "a finite threshold");
            }
        }
        (Kind::Numbers, Test::Between(low, high)) => {
            if !(low.is_finite() && high.is_finite() && low <= high) {
                return refused(
                    format!("from {low} to {high}"),
                    "two finite numbers, the lower one first",
                );
            }
        }
    }
    Ok(())
}
