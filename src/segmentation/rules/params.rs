//! Rules as they are written, before any data.

use serde::{Deserialize, Serialize};

use super::{
    Condition, Rules,
    frozen::{Freezer, Kind},
    quantile::Ascending,
};
use crate::{
    Error, Result,
    data::{Features, Segment, SegmentId},
    identity::osa,
};

/// A segment and when a customer belongs to it.
///
/// # Example
///
/// ```
/// use custometry::{data::SegmentId, segmentation::{Condition, Rule}};
///
/// let rule = Rule::new(SegmentId(1), "Big", Condition::at_least("spend", 100.0));
/// let json = r#"{"segment": {"id": 1, "name": "Big"},
///                "when": {"at_least": {"feature": "spend", "value": 100}}}"#;
/// assert_eq!(serde_json::from_str::<Rule>(json).unwrap(), rule);
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Rule {
    /// Where the rule leads.
    pub segment: Segment,
    /// When it matches.
    pub when: Condition,
}

impl Rule {
    /// A rule that leads to a segment.
    ///
    /// # Example
    ///
    /// See [`Rule`].
    pub fn new(id: SegmentId, name: &str, when: Condition) -> Self {
        Self {
            segment: segment(id, name),
            when,
        }
    }
}

fn segment(id: SegmentId, name: &str) -> Segment {
    Segment {
        id,
        name: name.to_owned(),
    }
}

/// Rules in order: the first that matches decides, and a default takes whom none does.
///
/// Quantile conditions get their numbers at the fit (definition 7 of Hyndman and Fan 1996,
/// doi:10.2307/2684934, over the values that are not missing; a row of weight w counts as w of
/// them) and keep them. [`Rules::validate`] tells whether the rules are sound.
///
/// # Example
///
/// ```
/// use custometry::{data::{Features, MissingValues, SegmentId},
///                  segmentation::{Condition, Rule, RulesParams}};
///
/// let features = Features::from_columns(
///     &[("spend", &[120.0, 8.5, 60.0, f64::NAN])],
///     MissingValues::Keep,
/// )?;
/// let rules = RulesParams::new(vec![
///     Rule::new(SegmentId(1), "Big", Condition::at_least("spend", 100.0)),
///     Rule::new(SegmentId(2), "Small", Condition::below("spend", 100.0)),
/// ])
/// .otherwise(SegmentId(9), "No spend known")
/// .fit(&features)?;
/// assert_eq!(rules.assign(&features)?, [0, 1, 1, 2]);
/// assert_eq!(rules.segments()[2].name, "No spend known");
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RulesParams {
    rules: Vec<Rule>,
    #[serde(default = "other")]
    otherwise: Segment,
}

/// Where customers go that no rule takes, unless the caller says otherwise.
fn other() -> Segment {
    segment(SegmentId(0), "Other")
}

impl RulesParams {
    /// Rules in the order in which they are asked.
    ///
    /// # Example
    ///
    /// See [`RulesParams`].
    pub fn new(rules: Vec<Rule>) -> Self {
        Self {
            rules,
            otherwise: other(),
        }
    }

    /// The segment of customers whom no rule takes; "Other", number 0, by default.
    ///
    /// # Example
    ///
    /// See [`RulesParams`].
    pub fn otherwise(mut self, id: SegmentId, name: &str) -> Self {
        self.otherwise = segment(id, name);
        self
    }

    /// Checks the rules against the columns of the features and freezes quantiles to the numbers
    /// they have there. Missing values have no part in quantiles; weights have.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`] that names the rule for a feature that is not there (with the
    /// most similar ones that are), a comparison on categories or the other way round, a threshold
    /// that is not finite, a range upside down, a share outside 0 to 1, conditions nested more
    /// than 32 deep; also for no rules, a segment without a name or with two, and weights that
    /// sum to less than 2 where quantiles are asked for; [`Error::NotEnoughData`] for quantiles of
    /// a column without a value.
    ///
    /// # Complexity
    ///
    /// One sort for each column that has a quantile condition; nothing else looks at the rows.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::{data::{Features, MissingValues, SegmentId},
    /// #                  segmentation::{Condition, Rule, RulesParams}};
    /// # let features = Features::from_columns(&[("spend", &[1.0])], MissingValues::Refuse)?;
    /// let slip = Rule::new(SegmentId(1), "Big", Condition::at_least("spned", 100.0));
    /// let error = RulesParams::new(vec![slip]).fit(&features).unwrap_err();
    /// assert!(error.to_string().contains("did you mean spend?"));
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn fit(&self, features: &Features) -> Result<Rules> {
        let mut quantiles = Vec::new();
        let mut sorted: Vec<(String, Ascending)> = Vec::new();
        let freezer = Freezer {
            kind_of: |name: &str| kind_of(features, name),
            quantile: |name: &str, share| {
                let known = sorted.iter().position(|(column, _)| column == name);
                let at = known.unwrap_or(sorted.len());
                if known.is_none() {
                    sorted.push((name.to_owned(), Ascending::of(features, name)?));
                }
                let value = sorted[at].1.quantile(share).unwrap_or(f64::NAN);
                quantiles.push(value);
                Ok(value)
            },
            columns: Vec::new(),
        };
        let compiled = Rules::compile(&self.rules, &self.otherwise, freezer)?;
        Ok(compiled.finish(self.rules.clone(), self.otherwise.clone(), quantiles))
    }
}

/// What a column of the features holds.
pub(super) fn kind_of(features: &Features, name: &str) -> Result<Kind> {
    if features.names().iter().any(|known| known == name) {
        return Ok(Kind::Numbers);
    }
    if features.categories(name).is_some() {
        return Ok(Kind::Categories);
    }
    let names = features.names().iter().map(String::as_str);
    let known: Vec<&str> = names.chain(features.category_names()).collect();
    Err(Error::parameter("feature", name, advice(name, &known)))
}

/// Names like the one that is not there.
fn advice(name: &str, known: &[&str]) -> String {
    const SHOWN: usize = 8;
    let folded = name.to_lowercase();
    let far = (name.chars().count() / 3).max(1);
    let mut near: Vec<(usize, &str)> = known
        .iter()
        .map(|&known| (osa(&folded, &known.to_lowercase()), known))
        .filter(|(distance, _)| *distance <= far)
        .collect();
    near.sort_by_key(|(distance, _)| *distance);
    let near: Vec<&str> = near.into_iter().map(|(_, known)| known).take(3).collect();
    if !near.is_empty() {
        let near = near.join(" or ");
        return format!("a column of the features; did you mean {near}?");
    }
    let mut shown = known[..known.len().min(SHOWN)].join(", ");
    if known.len() > SHOWN {
        shown.push_str(", ...");
    }
    format!("a column of the features: {shown}")
}
