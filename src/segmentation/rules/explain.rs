//! Why a row is where it is.

use std::fmt;

use serde::Serialize;

use super::{
    Condition, FeatureValue, RuleValue, Rules,
    evaluate::row_values,
    frozen::{Column, Frozen},
};
use crate::{
    Result,
    data::{Features, Segment},
};

/// Which rule took a row and why, and why no earlier one did.
///
/// # Example
///
/// ```
/// use custometry::{data::{Features, MissingValues, SegmentId},
///                  segmentation::{Condition, Rule, RulesParams}};
///
/// let columns: &[(&str, &[f64])] = &[("spend", &[120.0, 8.5]), ("recency", &[30.0, 400.0])];
/// let features = Features::from_columns(columns, MissingValues::Refuse)?;
/// let recent = Condition::at_most("recency", 90.0);
/// let rules = RulesParams::new(vec![
///     Rule::new(SegmentId(1), "Best", Condition::at_least("spend", 100.0).and(recent.clone())),
///     Rule::new(SegmentId(2), "Lapsed", !recent),
/// ])
/// .fit(&features)?;
///
/// let why = rules.explain(&features, 1)?;
/// assert_eq!((why.rule, why.segment.name.as_str()), (Some(1), "Lapsed"));
/// assert_eq!(why.passed_over[0].reasons.len(), 2, "too little spend, and too long ago");
/// assert_eq!(why.values[0].to_string(), "spend 8.5");
/// assert_eq!(
///     why.to_string(),
///     "Lapsed (segment 2), by rule 1
///   recency at most 90 fails: recency is 400
/// not Best (segment 1), by rule 0
///   spend at least 100 fails: spend is 8.5
///   recency at most 90 fails: recency is 400
/// "
/// );
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct RuleExplanation {
    /// The segment of the row.
    pub segment: Segment,
    /// The rule that took it, counted from 0; `None` for the default.
    pub rule: Option<u32>,
    /// What made that rule match; nothing for the default.
    pub reasons: Vec<RuleFinding>,
    /// The rules before it, in order; for the default, all of them.
    pub passed_over: Vec<PassedOver>,
    /// What the row has in the columns that rules look at.
    pub values: Vec<FeatureValue>,
}

/// A rule that did not match a row.
///
/// # Example
///
/// See [`RuleExplanation`].
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct PassedOver {
    /// The rule, counted from 0.
    pub rule: u32,
    /// Where it would have led.
    pub segment: Segment,
    /// What made it not match.
    pub reasons: Vec<RuleFinding>,
}

/// One comparison, and how it came out.
///
/// # Example
///
/// See [`RuleExplanation`].
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct RuleFinding {
    /// The comparison, with its number.
    pub condition: Condition,
    /// The column it looks at.
    pub feature: String,
    /// What is there.
    pub value: RuleValue,
    /// Whether the comparison holds. Within a negation, one that holds is what made the rule fail.
    pub holds: bool,
}

impl fmt::Display for RuleFinding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verdict = if self.holds { "holds" } else { "fails" };
        let (condition, feature, value) = (&self.condition, &self.feature, &self.value);
        write!(f, "{condition} {verdict}: {feature} is {value}")
    }
}

impl fmt::Display for RuleExplanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let title = |segment: &Segment| format!("{} (segment {})", segment.name, segment.id.0);
        match self.rule {
            Some(rule) => writeln!(f, "{}, by rule {rule}", title(&self.segment))?,
            None => writeln!(f, "{}, as no rule matches", title(&self.segment))?,
        }
        for reason in &self.reasons {
            writeln!(f, "  {reason}")?;
        }
        for passed in &self.passed_over {
            writeln!(f, "not {}, by rule {}", title(&passed.segment), passed.rule)?;
            for reason in &passed.reasons {
                writeln!(f, "  {reason}")?;
            }
        }
        Ok(())
    }
}

impl Rules {
    /// Why a row is in its segment.
    ///
    /// # Errors
    ///
    /// As [`assign`](Self::assign), and [`Error::InvalidParameter`](crate::Error::InvalidParameter)
    /// for a row that is not there.
    ///
    /// # Example
    ///
    /// See [`RuleExplanation`].
    pub fn explain(&self, features: &Features, row: usize) -> Result<RuleExplanation> {
        let compiled = self.compiled();
        let values = row_values(&compiled.columns, features, row)?;
        let mut explanation = RuleExplanation {
            segment: self.otherwise().clone(),
            rule: None,
            reasons: Vec::new(),
            passed_over: Vec::new(),
            values: named(&compiled.columns, &values),
        };
        for ((number, rule), frozen) in (0..).zip(self.rules()).zip(&compiled.frozen) {
            let mut reasons = Vec::new();
            give_reasons(frozen, &compiled.columns, &values, &mut reasons);
            if frozen.holds(&values) {
                explanation.segment = rule.segment.clone();
                explanation.rule = Some(number);
                explanation.reasons = reasons;
                break;
            }
            explanation.passed_over.push(PassedOver {
                rule: number,
                segment: rule.segment.clone(),
                reasons,
            });
        }
        Ok(explanation)
    }
}

/// Values with the names of their columns.
pub(super) fn named(columns: &[Column], values: &[RuleValue]) -> Vec<FeatureValue> {
    let named = |(column, value): (&Column, &RuleValue)| FeatureValue {
        feature: column.name.clone(),
        value: value.clone(),
    };
    columns.iter().zip(values).map(named).collect()
}

/// The comparisons that made a condition come out as it did: of alternatives that fail all of
/// them, of those that hold the ones that do; and so on.
fn give_reasons(
    frozen: &Frozen,
    columns: &[Column],
    values: &[RuleValue],
    reasons: &mut Vec<RuleFinding>,
) {
    let outcome = frozen.holds(values);
    match frozen {
        Frozen::Leaf { column, .. } => reasons.push(RuleFinding {
            condition: frozen.condition(columns),
            feature: columns[*column].name.clone(),
            value: values[*column].clone(),
            holds: outcome,
        }),
        Frozen::Not(inner) => give_reasons(inner, columns, values, reasons),
        Frozen::All(parts) | Frozen::Any(parts) => {
            // Whatever came out the other way had no say: one part that fails is why a
            // conjunction fails, and one that holds is why a disjunction holds.
            for part in parts.iter().filter(|part| part.holds(values) == outcome) {
                give_reasons(part, columns, values, reasons);
            }
        }
    }
}
