//! How two records are compared: questions, from the best answer to the worst.

mod compiled;
mod defaults;
mod test;

use serde::{Deserialize, Serialize};

pub(super) use self::compiled::{Compiled, Levels, NO_LEVEL};
pub use self::test::{EditDistance, Similarity, Test};
use crate::{Error, Result};

/// One answer of a comparison, taken if its test says yes and none before it did.
///
/// # Example
///
/// ```
/// use custometry::identity::{Level, Test};
/// let level = Level::new("same", Test::exact("city")).term_frequency("city");
/// assert_eq!(level.name, "same");
/// assert!(level.term_frequency.is_some());
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Level {
    /// What the answer is called.
    pub name: String,
    /// When it is taken.
    pub test: Test,
    /// How it allows for rare and common values.
    pub term_frequency: Option<TermFrequency>,
}

/// To share a rare value says more than to share a common one:
///
/// ```text
/// w (log2 u - log2 max(f(a), f(b), minimum))
/// ```
///
/// is added to the weight of a level, where u is the chance that two records share a
/// value of the column and f the share of records with a value.
///
/// # Example
///
/// ```
/// use custometry::identity::TermFrequency;
/// let half = TermFrequency::new("surname").weight(0.5).minimum(1e-6);
/// assert_eq!((half.weight, half.minimum), (0.5, 1e-6));
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct TermFrequency {
    /// Whose values are counted.
    pub column: String,
    /// w, from 0 to 1.
    pub weight: f64,
    /// No value is taken to be rarer.
    pub minimum: f64,
}

impl TermFrequency {
    /// In full, without a minimum.
    ///
    /// # Example
    ///
    /// See [`TermFrequency`].
    pub fn new(column: &str) -> Self {
        Self {
            column: column.to_owned(),
            weight: 1.0,
            minimum: 0.0,
        }
    }

    /// To how large a part.
    ///
    /// # Example
    ///
    /// See [`TermFrequency`].
    pub fn weight(mut self, weight: f64) -> Self {
        self.weight = weight;
        self
    }

    /// The smallest share of records that a value is taken to have.
    ///
    /// # Example
    ///
    /// See [`TermFrequency`].
    pub fn minimum(mut self, minimum: f64) -> Self {
        self.minimum = minimum;
        self
    }
}

impl Level {
    /// A level without regard to how common a value is.
    ///
    /// # Example
    ///
    /// See [`Level`].
    pub fn new(name: &str, test: Test) -> Self {
        Self {
            name: name.to_owned(),
            test,
            term_frequency: None,
        }
    }

    /// With regard to how common the value of a column is, in full.
    ///
    /// # Example
    ///
    /// See [`Level`].
    pub fn term_frequency(self, column: &str) -> Self {
        self.adjusted(TermFrequency::new(column))
    }

    /// With regard to how common a value is.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::identity::{Level, TermFrequency, Test};
    /// let level = Level::new("same", Test::exact("city"));
    /// let half = level.clone().adjusted(TermFrequency::new("city").weight(0.5));
    /// assert_ne!(half, level);
    /// ```
    pub fn adjusted(mut self, by: TermFrequency) -> Self {
        self.term_frequency = Some(by);
        self
    }
}

/// A comparison of two records: levels from the best to the worst, and when there is
/// nothing to compare.
///
/// # Example
///
/// ```
/// use custometry::identity::{Comparison, EditDistance, Level, Test};
/// let plate = Comparison::new(
///     "number plate",
///     Test::missing("plate"),
///     vec![
///         Level::new("same", Test::exact("plate")),
///         Level::new("one change", Test::within("plate", EditDistance::Osa, 1)),
///     ],
/// );
/// // Whatever is left is a level of its own.
/// assert_eq!(plate.levels().len(), 3);
/// assert_eq!(plate.levels()[2].test, Test::Otherwise);
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Fields", into = "Fields")]
pub struct Comparison {
    name: String,
    missing: Test,
    levels: Vec<Level>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Fields {
    name: String,
    missing: Test,
    levels: Vec<Level>,
}

impl From<Comparison> for Fields {
    fn from(comparison: Comparison) -> Self {
        let Comparison {
            name,
            missing,
            levels,
        } = comparison;
        Self {
            name,
            missing,
            levels,
        }
    }
}

impl TryFrom<Fields> for Comparison {
    type Error = Error;
    fn try_from(fields: Fields) -> Result<Self> {
        let comparison = Self::new(&fields.name, fields.missing, fields.levels);
        comparison.check()?;
        Ok(comparison)
    }
}

/// The most levels of a comparison.
const MOST_LEVELS: usize = 32;

impl Comparison {
    /// A comparison by its levels. Where the last of them is not
    /// [`Otherwise`](Test::Otherwise), that level is added.
    ///
    /// # Example
    ///
    /// See [`Comparison`].
    pub fn new(name: &str, missing: Test, mut levels: Vec<Level>) -> Self {
        if levels
            .last()
            .is_none_or(|last| last.test != Test::Otherwise)
        {
            levels.push(Level::new("else", Test::Otherwise));
        }
        Self {
            name: name.to_owned(),
            missing,
            levels,
        }
    }

    /// The name.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::identity::{Comparison, Test};
    /// let city = Comparison::exact("city");
    /// assert_eq!((city.name(), city.missing()), ("city", &Test::missing("city")));
    /// ```
    pub fn name(&self) -> &str {
        &self.name
    }

    /// When there is nothing to compare: such pairs get no weight from it.
    ///
    /// # Example
    ///
    /// See [`name`](Self::name).
    pub fn missing(&self) -> &Test {
        &self.missing
    }

    /// The levels, the best first.
    ///
    /// # Example
    ///
    /// See [`Comparison`].
    pub fn levels(&self) -> &[Level] {
        &self.levels
    }

    /// The columns that it looks at, each once.
    pub(super) fn columns(&self) -> Vec<&str> {
        let tests = self.levels.iter().map(|level| &level.test);
        let mut columns: Vec<&str> = tests.flat_map(Test::columns).collect();
        columns.extend(self.missing.columns());
        columns.sort_unstable();
        columns.dedup();
        columns
    }

    pub(super) fn check(&self) -> Result<()> {
        let count = self.levels.len();
        if !(2..=MOST_LEVELS).contains(&count) {
            let expected = format!("2 to {MOST_LEVELS}, the last of them for all that is left");
            return Err(Error::parameter("number of levels", count, expected));
        }
        self.missing.check()?;
        for level in &self.levels {
            level.test.check()?;
            if let Some(TermFrequency {
                weight, minimum, ..
            }) = level.term_frequency
            {
                let share = |name, value: f64| {
                    if (0.0..=1.0).contains(&value) {
                        return Ok(());
                    }
                    Err(Error::parameter(name, value, "a number from 0 to 1"))
                };
                share("term frequency weight", weight)?;
                share("term frequency minimum", minimum)?;
            }
        }
        Ok(())
    }
}
