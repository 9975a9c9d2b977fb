//! The strongest reasons, as values for the host to word.

use serde::{Deserialize, Serialize};

use super::Contributions;
use crate::{Error, Result, data::Features};

/// Whether a reason makes leaving likelier.
///
/// # Example
///
/// See [`Contributions`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Direction {
    /// It makes leaving likelier than for a customer at the mean.
    Raises,
    /// It makes leaving less likely.
    Lowers,
}

/// The value of a feature of a customer.
///
/// # Example
///
/// See [`Contributions`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ReasonValue {
    /// A number.
    Number(f64),
    /// A level of a category.
    Level(String),
    /// It is not known; see [`MissingRows::Indicate`](crate::churn::MissingRows::Indicate).
    Missing,
}

/// One feature of a reason.
///
/// # Example
///
/// See [`Contributions`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ReasonPart {
    /// The feature.
    pub feature: String,
    /// What it is of this customer.
    pub value: ReasonValue,
    /// What it adds to the score.
    pub contribution: f64,
}

/// A feature, or a family of features, that speaks for or against leaving.
///
/// # Example
///
/// See [`Contributions`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Reason {
    /// The feature, or the family.
    pub name: String,
    /// The features of it, in their order; one unless it is a family.
    pub parts: Vec<ReasonPart>,
    /// What it adds to the score.
    pub contribution: f64,
    /// By how much the probability to leave would change if all of it were at the mean of the fit:
    /// below 0 for what makes leaving likelier. Unlike contributions these do not add up.
    pub probability_change: f64,
    /// Whether it makes leaving likelier.
    pub direction: Direction,
    /// Whether something can be done about it, as declared.
    pub actionable: bool,
}

/// How contributions become reasons: which features belong together, about which nothing can be done,
/// and whether only reasons of one direction are asked for.
///
/// # Example
///
/// ```
/// use custometry::{
///     churn::{ChurnModelParams, Direction, LogisticData, ReasonParams},
///     data::{Features, MissingValues},
/// };
/// let column = |of: fn(u32) -> u32| (0..60).map(|row| f64::from(of(row))).collect::<Vec<f64>>();
/// let (fee, extra, age) = (column(|row| row % 4), column(|row| row * 3 % 7), column(|row| row % 9));
/// let left: Vec<bool> = (0..60).map(|row| row * 7 % 11 < 1 + 3 * (row % 4)).collect();
/// let columns: &[(&str, &[f64])] = &[("fee", &fee), ("extra", &extra), ("age", &age)];
/// let features = Features::from_columns(columns, MissingValues::Refuse)?;
/// let model = ChurnModelParams::default().folds(5).fit(&LogisticData::new(&features, &left))?;
/// let contributions = model.contributions(&features, None)?;
///
/// let params = ReasonParams::new().family("price", &["fee", "extra"]).not_actionable(&["age"]);
/// let reasons = contributions.reasons(&params)?;
/// let of_first = reasons.strongest(0, 9);
/// let price = of_first.iter().find(|reason| reason.name == "price").unwrap();
/// assert_eq!(price.parts.len(), 2);
/// assert_eq!(price.contribution, price.parts[0].contribution + price.parts[1].contribution);
/// assert!(price.actionable);
/// assert!(of_first.iter().any(|reason| reason.name == "age" && !reason.actionable));
///
/// let raising = contributions.reasons(&params.only(Direction::Raises))?;
/// assert!(raising.strongest(0, 9).iter().all(|reason| reason.contribution > 0.0));
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ReasonParams {
    families: Vec<(String, Vec<String>)>,
    not_actionable: Vec<String>,
    only: Option<Direction>,
}

impl ReasonParams {
    /// Each feature for itself, something to be done about each.
    ///
    /// # Example
    ///
    /// See [`ReasonParams`].
    pub fn new() -> Self {
        Self::default()
    }

    /// Features that are one reason together. It stands where the first of them stands.
    ///
    /// # Example
    ///
    /// See [`ReasonParams`].
    pub fn family(mut self, name: &str, features: &[&str]) -> Self {
        let features = features.iter().map(|&feature| feature.to_owned());
        self.families.push((name.to_owned(), features.collect()));
        self
    }

    /// Features or families about which nothing can be done. A family of which all features are named
    /// is one, too.
    ///
    /// # Example
    ///
    /// See [`ReasonParams`].
    pub fn not_actionable(mut self, names: &[&str]) -> Self {
        let names = names.iter().map(|&name| name.to_owned());
        self.not_actionable.extend(names);
        self
    }

    /// Only reasons of one direction; both unless told.
    ///
    /// # Example
    ///
    /// See [`ReasonParams`].
    pub fn only(mut self, direction: Direction) -> Self {
        self.only = Some(direction);
        self
    }
}

/// Features that are one reason.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Group {
    name: String,
    members: Vec<usize>,
    actionable: bool,
}

/// Contributions by declared families, of which the strongest can be asked.
///
/// # Example
///
/// See [`ReasonParams`].
#[derive(Debug, Clone, PartialEq)]
pub struct Reasons<'a> {
    contributions: &'a Contributions<'a>,
    groups: Vec<Group>,
    only: Option<Direction>,
}

impl<'a> Reasons<'a> {
    /// Each feature for itself.
    pub(super) fn of_each(contributions: &'a Contributions<'_>) -> Self {
        let group = |(at, name): (usize, &String)| Group {
            name: name.clone(),
            members: vec![at],
            actionable: true,
        };
        Self {
            contributions,
            groups: contributions
                .features
                .iter()
                .enumerate()
                .map(group)
                .collect(),
            only: None,
        }
    }

    pub(super) fn new(contributions: &'a Contributions<'_>, params: &ReasonParams) -> Result<Self> {
        let features = &contributions.features;
        let place = |name: &String| {
            features
                .iter()
                .position(|feature| feature == name)
                .ok_or_else(|| absent("feature", name, features))
        };
        let mut family_of: Vec<Option<usize>> = vec![None; features.len()];
        for (family, (name, members)) in params.families.iter().enumerate() {
            let mut earlier = params.families[..family].iter();
            if earlier.any(|(known, _)| known == name) {
                let expected = "families declared once each";
                return Err(Error::parameter("family", format!("{name:?}"), expected));
            }
            if name.trim().is_empty() || (features.contains(name) && !members.contains(name)) {
                let expected = "a name of its own";
                return Err(Error::parameter("family", format!("{name:?}"), expected));
            }
            for member in members {
                let slot = &mut family_of[place(member)?];
                if slot.replace(family).is_some() {
                    let expected = "features in one family each";
                    return Err(Error::parameter("feature", format!("{member:?}"), expected));
                }
            }
        }
        let is_family = |name: &String| params.families.iter().any(|(known, _)| known == name);
        for name in &params.not_actionable {
            if !is_family(name) {
                place(name)?;
            }
        }
        let mut groups: Vec<(Option<usize>, Group)> = Vec::new();
        for (at, feature) in features.iter().enumerate() {
            let family = family_of[at];
            let known = groups
                .iter_mut()
                .find(|(known, _)| known.is_some() && *known == family);
            if let Some((_, group)) = known {
                group.members.push(at);
                continue;
            }
            let name = family.map_or(feature, |family| &params.families[family].0);
            groups.push((
                family,
                Group {
                    name: name.clone(),
                    members: vec![at],
                    actionable: true,
                },
            ));
        }
        let is_fixed = |name: &String| params.not_actionable.contains(name);
        let groups = groups.into_iter().map(|(_, group)| Group {
            actionable: !is_fixed(&group.name)
                && !group.members.iter().all(|&at| is_fixed(&features[at])),
            ..group
        });
        Ok(Self {
            contributions,
            groups: groups.collect(),
            only: params.only,
        })
    }

    /// The strongest reasons of one customer, by falling size of what they add to the score, then in
    /// the order of the features; those that add nothing are none. Empty if there is no such row.
    ///
    /// # Example
    ///
    /// See [`ReasonParams`].
    pub fn strongest(&self, row: usize, count: usize) -> Vec<Reason> {
        let Some(values) = self.contributions.row(row) else {
            return Vec::new();
        };
        let of_group = |group: &Group| group.members.iter().map(|&at| values[at]).sum::<f64>();
        let asked = |sum: &f64| match self.only {
            None => sum.abs() > 0.0,
            Some(Direction::Raises) => *sum > 0.0,
            Some(Direction::Lowers) => *sum < 0.0,
        };
        let mut found: Vec<(&Group, f64)> = self
            .groups
            .iter()
            .map(|group| (group, of_group(group)))
            .filter(|(_, sum)| asked(sum))
            .collect();
        // Stable: ties stay in order.
        found.sort_by(|(_, a), (_, b)| b.abs().total_cmp(&a.abs()));
        found.truncate(count);
        let reasons = found.into_iter().filter_map(|(group, sum)| {
            let now = self.contributions.probability(row)?;
            let without = self.contributions.probability_without(row, sum)?;
            Some(Reason {
                name: group.name.clone(),
                parts: group
                    .members
                    .iter()
                    .map(|&at| self.part(row, at, values[at]))
                    .collect(),
                contribution: sum,
                probability_change: without - now,
                direction: if sum > 0.0 {
                    Direction::Raises
                } else {
                    Direction::Lowers
                },
                actionable: group.actionable,
            })
        });
        reasons.collect()
    }

    fn part(&self, row: usize, feature: usize, contribution: f64) -> ReasonPart {
        let name = &self.contributions.features[feature];
        ReasonPart {
            feature: name.clone(),
            value: value_of(self.contributions.customers, name, row),
            contribution,
        }
    }
}

/// The value of a feature, which is known to be there.
fn value_of(customers: &Features, name: &str, row: usize) -> ReasonValue {
    let number = customers.column(name).map(|column| column[row]);
    let level = || {
        let column = customers.categories(name)?;
        column.label(row).map(str::to_owned)
    };
    match number {
        Some(number) if number.is_nan() => ReasonValue::Missing,
        Some(number) => ReasonValue::Number(number),
        None => level().map_or(ReasonValue::Missing, ReasonValue::Level),
    }
}

fn absent(what: &'static str, name: &str, known: &[String]) -> Error {
    Error::parameter(what, format!("{name:?}"), format!("one of {known:?}"))
}
