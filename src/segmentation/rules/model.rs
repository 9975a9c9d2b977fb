//! Frozen rules, and the segments they lead to.

use serde::{Deserialize, Serialize};

use super::{
    Condition, Rule,
    evaluate::Bound,
    frozen::{Column, Freezer, Frozen, Kind},
};
use crate::{
    Error, Result,
    data::{Features, Segment},
    persist,
    segmentation::placed::{NOWHERE, Placed},
};

/// Rules with their thresholds frozen: the same customer gets the same segment next month,
/// whatever the others did.
///
/// # Example
///
/// ```
/// use custometry::{data::{Features, MissingValues, SegmentId}, persist,
///                  segmentation::{Condition, Rule, Rules, RulesParams}};
///
/// let spend: Vec<f64> = (1..=101).map(f64::from).collect();
/// let features = Features::from_columns(&[("spend", &spend)], MissingValues::Refuse)?;
/// let best = Rule::new(SegmentId(1), "Best fifth", Condition::quantile_at_least("spend", 0.8));
/// let rules = RulesParams::new(vec![best]).fit(&features)?;
/// assert_eq!(rules.frozen()[0].to_string(), "spend at least 81");
///
/// // Next month everybody spends double; the threshold stays.
/// let doubled: Vec<f64> = spend.iter().map(|spend| 2.0 * spend).collect();
/// let later = Features::from_columns(&[("spend", &doubled)], MissingValues::Refuse)?;
/// let loaded: Rules = persist::from_json(&persist::to_json(&rules)?)?;
/// let best = loaded.assign(&later)?.iter().filter(|&&segment| segment == 0).count();
/// assert_eq!(best, 61);
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Fields", into = "Fields")]
pub struct Rules {
    written: Vec<Rule>,
    otherwise: Segment,
    /// The thresholds of quantile conditions, in the order in which they are written.
    quantiles: Vec<f64>,
    compiled: Compiled,
}

/// What follows from the rules and the numbers of their quantiles.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Compiled {
    pub(super) columns: Vec<Column>,
    pub(super) frozen: Vec<Frozen>,
    /// The segments in order of first rule, then that of the default.
    segments: Vec<Segment>,
    /// For each rule a place in `segments`; last that of the default.
    places: Vec<u32>,
}

impl Compiled {
    pub(super) fn finish(self, rules: Vec<Rule>, otherwise: Segment, quantiles: Vec<f64>) -> Rules {
        Rules {
            written: rules,
            otherwise,
            quantiles,
            compiled: self,
        }
    }
}

impl Rules {
    pub(super) fn compile<K, Q>(
        rules: &[Rule],
        otherwise: &Segment,
        mut freezer: Freezer<K, Q>,
    ) -> Result<Compiled>
    where
        K: FnMut(&str) -> Result<Kind>,
        Q: FnMut(&str, f64) -> Result<f64>,
    {
        if rules.is_empty() {
            return Err(Error::parameter("rules", "empty", "at least one rule"));
        }
        if u32::try_from(rules.len()).is_err() {
            return Err(Error::Overflow {
                what: "more than 4294967295 rules".into(),
            });
        }
        let mut segments: Vec<Segment> = Vec::new();
        let mut places = Vec::with_capacity(rules.len() + 1);
        for segment in rules.iter().map(|rule| &rule.segment).chain([otherwise]) {
            places.push(place(&mut segments, segment)?);
        }
        let mut frozen = Vec::with_capacity(rules.len());
        for (at, rule) in rules.iter().enumerate() {
            let named = |error| match error {
                Error::InvalidParameter {
                    name,
                    value,
                    expected,
                } => {
                    let segment = &rule.segment.name;
                    let value = format!("{value} in rule {at} (counted from 0; {segment})");
                    Error::parameter(name, value, expected)
                }
                other => other,
            };
            frozen.push(freezer.freeze(&rule.when).map_err(named)?);
        }
        Ok(Compiled {
            columns: freezer.columns,
            frozen,
            segments,
            places,
        })
    }

    /// The rules as they were written, in order.
    ///
    /// # Example
    ///
    /// See [`Rules::frozen`].
    pub fn rules(&self) -> &[Rule] {
        &self.written
    }

    /// The condition of each rule, with the numbers that quantiles had at the fit.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::{data::{Features, MissingValues, SegmentId},
    ///                  segmentation::{Condition, Rule, RulesParams}};
    ///
    /// let features = Features::from_columns(&[("spend", &[10.0, 20.0])], MissingValues::Refuse)?;
    /// let low = Rule::new(SegmentId(1), "Low half", Condition::quantile_below("spend", 0.5));
    /// let rules = RulesParams::new(vec![low]).fit(&features)?;
    /// assert_eq!(rules.rules()[0].when, Condition::quantile_below("spend", 0.5));
    /// assert_eq!(rules.frozen(), [Condition::below("spend", 15.0)]);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn frozen(&self) -> Vec<Condition> {
        let condition = |frozen: &Frozen| frozen.condition(&self.compiled.columns);
        self.compiled.frozen.iter().map(condition).collect()
    }

    /// The segments, each once, in the order of their first rules; that of the default comes last
    /// unless a rule leads to it too.
    ///
    /// # Example
    ///
    /// See [`RulesParams`](super::RulesParams).
    pub fn segments(&self) -> &[Segment] {
        &self.compiled.segments
    }

    /// The columns that the rules look at, in order of first use. Others may be there or not.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::{data::{Features, MissingValues, SegmentId},
    /// #                  segmentation::{Condition, Rule, RulesParams}};
    /// let features = Features::from_columns(&[("a", &[1.0]), ("b", &[2.0])], MissingValues::Refuse)?;
    /// let rule = Rule::new(SegmentId(1), "B", Condition::above("b", 0.0));
    /// let rules = RulesParams::new(vec![rule]).fit(&features)?;
    /// assert_eq!(rules.columns().collect::<Vec<_>>(), ["b"]);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn columns(&self) -> impl ExactSizeIterator<Item = &str> {
        self.compiled.columns.iter().map(|column| &*column.name)
    }

    /// For each row the place of its segment among [`segments`](Self::segments).
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`] for a column that the rules look at and the features lack, or
    /// that holds numbers where it held categories, or the other way round.
    ///
    /// # Complexity
    ///
    /// One pass over the columns that the rules look at, in parallel.
    ///
    /// # Example
    ///
    /// See [`RulesParams`](super::RulesParams).
    pub fn assign(&self, features: &Features) -> Result<Vec<u32>> {
        let mut rows = self.matches(features)?;
        for row in &mut rows {
            *row = self.place_of(*row);
        }
        Ok(rows)
    }

    /// For each row the number of the rule that took it, counted from 0; `None` for the default.
    ///
    /// # Errors
    ///
    /// As [`assign`](Self::assign).
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::{data::{Features, MissingValues, SegmentId},
    /// #                  segmentation::{Condition, Rule, RulesParams}};
    /// let features = Features::from_columns(&[("a", &[1.0, 5.0, 9.0])], MissingValues::Refuse)?;
    /// let outer = |condition| Rule::new(SegmentId(1), "Outer", condition);
    /// let rules = RulesParams::new(vec![
    ///     outer(Condition::below("a", 2.0)),
    ///     outer(Condition::above("a", 8.0)),
    /// ])
    /// .fit(&features)?;
    /// assert_eq!(rules.rule_of(&features)?, [Some(0), None, Some(1)]);
    /// assert_eq!(rules.assign(&features)?, [0, 1, 0]);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn rule_of(&self, features: &Features) -> Result<Vec<Option<u32>>> {
        let rows = self.matches(features)?;
        let rule = |row: u32| Some(row).filter(|_| (row as usize) < self.written.len());
        Ok(rows.into_iter().map(rule).collect())
    }

    /// For each row the first rule that matches, or the number of rules.
    pub(super) fn matches(&self, features: &Features) -> Result<Vec<u32>> {
        Ok(Bound::new(&self.compiled, features)?.first_matches())
    }

    /// The segment of a rule, or of the default for the number of rules.
    pub(super) fn place_of(&self, rule: u32) -> u32 {
        self.compiled.places[rule as usize]
    }

    pub(super) fn otherwise(&self) -> &Segment {
        &self.otherwise
    }

    pub(super) fn compiled(&self) -> &Compiled {
        &self.compiled
    }

    /// Where the rows go, in the shape of all models: rules are certain, so nothing costs
    /// anything and there is no next best.
    pub(in crate::segmentation) fn place(&self, features: &Features) -> Result<Placed> {
        self.assign(features).map(Placed::decided)
    }
}

/// The place of a segment among those met so far.
fn place(segments: &mut Vec<Segment>, segment: &Segment) -> Result<u32> {
    let refused =
        |value: String, expected: &'static str| Err(Error::parameter("segment", value, expected));
    if segment.name.trim().is_empty() {
        return refused(format!("{} without a name", segment.id.0), "a name for it");
    }
    let same = |known: &Segment| known.id == segment.id;
    let known = segments.iter().position(same);
    let at = known.unwrap_or(segments.len());
    if known.is_none() {
        segments.push(segment.clone());
    }
    if segments[at].name != segment.name {
        let (id, first, then) = (segment.id.0, &segments[at].name, &segment.name);
        return refused(
            format!("{id} named {first} and then {then}"),
            "one name for each number, also for the default (0, Other, unless it is set)",
        );
    }
    // No more segments than rules and one, and their number was checked.
    Ok(u32::try_from(at).unwrap_or(NOWHERE))
}

impl persist::sealed::Sealed for Rules {}
impl persist::Persist for Rules {
    const FORMAT: &'static str = "custometry/rules";
    const VERSION: u32 = 1;
}

/// How rules are saved.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Fields {
    rules: Vec<Rule>,
    otherwise: Segment,
    columns: Vec<Column>,
    quantiles: Vec<f64>,
}

impl From<Rules> for Fields {
    fn from(rules: Rules) -> Self {
        Self {
            rules: rules.written,
            otherwise: rules.otherwise,
            columns: rules.compiled.columns,
            quantiles: rules.quantiles,
        }
    }
}

impl TryFrom<Fields> for Rules {
    type Error = Error;
    fn try_from(fields: Fields) -> Result<Self> {
        let mut quantiles = fields.quantiles.iter();
        let freezer = Freezer {
            kind_of: |name: &str| {
                let named = |column: &&Column| column.name == name;
                let column = fields.columns.iter().find(named);
                column.map(|column| column.kind).ok_or_else(|| {
                    Error::parameter("feature", name, "a column that the file lists")
                })
            },
            quantile: |feature: &str, _| {
                quantiles.next().copied().ok_or_else(|| {
                    let found = format!("without a number for {feature}");
                    Error::parameter("quantiles", found, "a number for each quantile condition")
                })
            },
            columns: Vec::new(),
        };
        let compiled = Self::compile(&fields.rules, &fields.otherwise, freezer)?;
        if quantiles.next().is_some() || compiled.columns != fields.columns {
            return Err(Error::parameter(
                "rules",
                "saved with quantiles or columns that they do not use",
                "those that they use, in order",
            ));
        }
        Ok(compiled.finish(fields.rules, fields.otherwise, fields.quantiles))
    }
}
