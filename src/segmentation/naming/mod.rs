//! Names for segments, proposed from what sets them apart.

use serde::{Deserialize, Serialize};

use super::profiles::{Distinction, Profiles, SegmentProfile};
use crate::{Error, Result, data::SegmentId};

/// Where the mean of a segment stands beside the population.
///
/// # Example
///
/// See [`NamingRules`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum NamingLevel {
    /// The standardised difference is at or below the lower cut.
    Low,
    /// Between the cuts.
    Mid,
    /// At or above the upper cut.
    High,
}

impl NamingLevel {
    /// The word for it: `low`, `average` or `high`.
    ///
    /// # Example
    ///
    /// ```
    /// assert_eq!(custometry::segmentation::NamingLevel::Mid.word(), "average");
    /// ```
    pub fn word(&self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Mid => "average",
            Self::High => "high",
        }
    }
}

/// A table that turns profiles into names, first match first.
///
/// Each numeric feature of a segment is low, average or high by its standardised difference from
/// the population. A rule names the levels that it needs and a name; the first rule whose levels
/// are all met gives the name. `{spend}` in a name stands for the words `high spend`, `average
/// spend` or `low spend`. A segment that no rule meets is named by its strongest features in
/// words: "Low recency, high spend", "Channel often web"; one without any is "Typical", one that
/// nobody is in "Empty".
///
/// Names are proposals: they are unique, and nobody is renamed by them.
///
/// # Example
///
/// ```
/// use custometry::data::{Assignments, Features, MissingValues, Segment, SegmentId, date_of_day};
/// use custometry::segmentation::{NamingLevel, NamingRules, ProfileParams};
///
/// let columns: &[(&str, &[f64])] = &[
///     ("recency", &[5.0, 9.0, 300.0, 310.0]),
///     ("spend", &[900.0, 800.0, 20.0, 30.0]),
/// ];
/// let features = Features::from_columns(columns, MissingValues::Refuse)?;
/// let segments = [1, 2].map(|id| Segment { id: SegmentId(id), name: format!("cluster {id}") });
/// let rows = [1, 1, 2, 2].map(|id| Some(SegmentId(id))).to_vec();
/// let assignments = Assignments::new("v1", date_of_day(0).unwrap(), segments.to_vec(), rows)?;
/// let profiles = ProfileParams::default().profile(&features, &assignments)?;
///
/// let names = NamingRules::standard().propose(&profiles)?;
/// assert_eq!(names[0].name, "Low recency, high spend");
///
/// let rules = NamingRules::standard()
///     .rule(&[("spend", NamingLevel::High), ("recency", NamingLevel::Low)], "Regulars")
///     .rule(&[("recency", NamingLevel::High)], "Sleepers with {spend}");
/// let names = rules.propose(&profiles)?;
/// assert_eq!(names[0].name, "Regulars");
/// assert_eq!(names[1].name, "Sleepers with low spend");
/// assert_eq!(names[1].rule, Some(1));
/// assert!(names[1].reasons[0].standardised_difference > 0.5);
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NamingRules {
    low: f64,
    high: f64,
    words: usize,
    rules: Vec<Rule>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Rule {
    when: Vec<(String, NamingLevel)>,
    name: String,
}

impl Default for NamingRules {
    fn default() -> Self {
        Self::standard()
    }
}

/// A name for a segment, and why.
///
/// # Example
///
/// See [`NamingRules`].
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ProposedName {
    /// The segment.
    pub id: SegmentId,
    /// The name, different from those of all other segments.
    pub name: String,
    /// The rule that gave it, counted from 0; `None` if it was put together from features.
    pub rule: Option<usize>,
    /// What speaks for it, in the order of the rule or of the words.
    pub reasons: Vec<NamingReason>,
}

/// A feature that speaks for a name.
///
/// # Example
///
/// See [`NamingRules`].
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct NamingReason {
    /// The column.
    pub feature: String,
    /// Where the segment stands.
    pub level: NamingLevel,
    /// The label that is common or rare, for a category feature.
    pub label: Option<String>,
    /// From the population, in its standard deviations.
    pub standardised_difference: f64,
}

impl NamingReason {
    fn words(&self) -> String {
        let Self { feature, level, .. } = self;
        let Some(label) = &self.label else {
            return format!("{} {feature}", level.word());
        };
        match level {
            NamingLevel::Low => format!("{feature} seldom {label}"),
            NamingLevel::Mid => format!("{feature} partly {label}"),
            NamingLevel::High => format!("{feature} often {label}"),
        }
    }
}

impl NamingRules {
    /// No rule, so that features of any name do: up to two of them in words, low from -0.5 and
    /// high from 0.5 standard deviations on.
    ///
    /// # Example
    ///
    /// See [`NamingRules`].
    pub fn standard() -> Self {
        Self {
            low: -0.5,
            high: 0.5,
            words: 2,
            rules: Vec::new(),
        }
    }

    /// Up to which standardised difference a feature is low, and from which on it is high.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::segmentation::NamingRules;
    /// assert_eq!(NamingRules::standard().cuts(-0.5, 0.5), NamingRules::default());
    /// ```
    pub fn cuts(mut self, low: f64, high: f64) -> Self {
        (self.low, self.high) = (low, high);
        self
    }

    /// How many features go into a name that no rule gives.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::segmentation::NamingRules;
    /// assert_eq!(NamingRules::standard().words(2), NamingRules::default());
    /// ```
    pub fn words(mut self, most: usize) -> Self {
        self.words = most;
        self
    }

    /// One more rule, behind those there are. Without levels it is met by every segment that
    /// somebody is in.
    ///
    /// # Example
    ///
    /// See [`NamingRules`].
    pub fn rule(mut self, when: &[(&str, NamingLevel)], name: &str) -> Self {
        let when = when
            .iter()
            .map(|(feature, level)| ((*feature).to_owned(), *level));
        self.rules.push(Rule {
            when: when.collect(),
            name: name.to_owned(),
        });
        self
    }

    /// A name for each segment, in their order. Of two segments with the same name the later one
    /// gets a number behind it.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`] if the lower cut is not below 0 or the upper one not above, if a
    /// rule names a numeric feature that the profiles do not have, and if a name is blank or has
    /// a brace without its partner.
    ///
    /// # Example
    ///
    /// See [`NamingRules`].
    pub fn propose(&self, profiles: &Profiles) -> Result<Vec<ProposedName>> {
        self.check(profiles)?;
        let mut names: Vec<ProposedName> = Vec::with_capacity(profiles.segments.len());
        for segment in &profiles.segments {
            let mut proposed = self.propose_one(segment);
            let taken = |name: &str| names.iter().any(|known| known.name == name);
            let (plain, mut number) = (proposed.name.clone(), 2u32);
            while taken(&proposed.name) {
                proposed.name = format!("{plain} ({number})");
                number += 1;
            }
            names.push(proposed);
        }
        Ok(names)
    }

    fn check(&self, profiles: &Profiles) -> Result<()> {
        if !(self.low < 0.0 && self.low.is_finite()) {
            return Err(Error::parameter("low cut", self.low, "a number below 0"));
        }
        if !(self.high > 0.0 && self.high.is_finite()) {
            return Err(Error::parameter("high cut", self.high, "a number above 0"));
        }
        let known = |feature: &str| {
            let mut all = profiles.population.numeric.iter();
            if all.any(|summary| summary.feature == feature) {
                return Ok(());
            }
            let expected = "the name of a numeric feature of the profiles";
            Err(Error::parameter("naming rule", feature, expected))
        };
        for rule in &self.rules {
            rule.when
                .iter()
                .try_for_each(|(feature, _)| known(feature))?;
            if rule.name.trim().is_empty() {
                return Err(Error::parameter(
                    "name",
                    format!("{:?}", rule.name),
                    "not blank",
                ));
            }
            for piece in pieces(&rule.name)? {
                if let Piece::Feature(feature) = piece {
                    known(feature)?;
                }
            }
        }
        Ok(())
    }

    fn level(&self, difference: f64) -> NamingLevel {
        if difference <= self.low {
            NamingLevel::Low
        } else if difference >= self.high {
            NamingLevel::High
        } else {
            NamingLevel::Mid
        }
    }

    /// A numeric feature of a segment; `None` if it says nothing there.
    fn reason(&self, segment: &SegmentProfile, feature: &str) -> Option<NamingReason> {
        let difference = segment.numeric(feature)?.standardised_difference?;
        Some(NamingReason {
            feature: feature.to_owned(),
            level: self.level(difference),
            label: None,
            standardised_difference: difference,
        })
    }

    fn propose_one(&self, segment: &SegmentProfile) -> ProposedName {
        let named = |name: String, rule, reasons| ProposedName {
            id: segment.id,
            name,
            rule,
            reasons,
        };
        if segment.customers == 0 {
            return named("Empty".into(), None, Vec::new());
        }
        for (at, rule) in self.rules.iter().enumerate() {
            let met = |(feature, level): &(String, NamingLevel)| {
                self.reason(segment, feature)
                    .filter(|reason| reason.level == *level)
            };
            let reasons: Option<Vec<NamingReason>> = rule.when.iter().map(met).collect();
            if let Some(reasons) = reasons {
                return named(self.fill(segment, &rule.name), Some(at), reasons);
            }
        }
        let reasons: Vec<NamingReason> = segment
            .distinctions()
            .iter()
            .map(|distinction| self.reason_of(distinction))
            .filter(|reason| reason.level != NamingLevel::Mid)
            .take(self.words)
            .collect();
        let words: Vec<String> = reasons.iter().map(NamingReason::words).collect();
        let name = if words.is_empty() {
            "Typical".into()
        } else {
            capitalised(&words.join(", "))
        };
        named(name, None, reasons)
    }

    fn reason_of(&self, distinction: &Distinction) -> NamingReason {
        let label = match distinction {
            Distinction::Numeric { .. } => None,
            Distinction::Level { level, .. } => Some(level.clone()),
        };
        let difference = distinction.standardised_difference();
        NamingReason {
            feature: distinction.feature().to_owned(),
            level: self.level(difference),
            label,
            standardised_difference: difference,
        }
    }

    /// The name of a rule with the words of the segment in it. Rules were checked.
    fn fill(&self, segment: &SegmentProfile, template: &str) -> String {
        let words = |feature: &str| match self.reason(segment, feature) {
            Some(reason) => reason.words(),
            None => format!("no {feature}"),
        };
        let text = |piece: &Piece<'_>| match piece {
            Piece::Text(text) => (*text).to_owned(),
            Piece::Feature(feature) => words(feature),
        };
        let pieces = pieces(template).unwrap_or_default();
        pieces.iter().map(text).collect()
    }
}

/// A part of a name.
enum Piece<'a> {
    Text(&'a str),
    Feature(&'a str),
}

/// Cuts a name at its braces.
fn pieces(template: &str) -> Result<Vec<Piece<'_>>> {
    let refused = || Error::parameter("name", template, "each { with a feature and a } behind it");
    let mut pieces = Vec::new();
    let mut rest = template;
    while let Some((text, behind)) = rest.split_once('{') {
        let (feature, after) = behind.split_once('}').ok_or_else(refused)?;
        if text.contains('}') || feature.contains('{') {
            return Err(refused());
        }
        pieces.extend([Piece::Text(text), Piece::Feature(feature)]);
        rest = after;
    }
    if rest.contains('}') {
        return Err(refused());
    }
    pieces.push(Piece::Text(rest));
    Ok(pieces)
}

fn capitalised(words: &str) -> String {
    let mut letters = words.chars();
    let first = letters.next().into_iter().flat_map(char::to_uppercase);
    first.collect::<String>() + letters.as_str()
}

#[cfg(test)]
mod tests;
