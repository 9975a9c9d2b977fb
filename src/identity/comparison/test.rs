//! What can be asked of two values.

use serde::{Deserialize, Serialize};

use crate::{Error, Result, identity::ColumnPart};

/// How alike two texts are, from 0 to 1.
///
/// # Example
///
/// ```
/// use custometry::identity::{Similarity, jaro_winkler};
/// assert_eq!(Similarity::JaroWinkler.of("martha", "marhta"), jaro_winkler("martha", "marhta"));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Similarity {
    /// [`jaro`](crate::identity::jaro).
    Jaro,
    /// [`jaro_winkler`](crate::identity::jaro_winkler).
    JaroWinkler,
    /// [`jaccard_chars`](crate::identity::jaccard_chars), of the letters.
    JaccardLetters,
    /// [`jaccard_tokens`](crate::identity::jaccard_tokens), of the words.
    JaccardWords,
    /// [`cosine_tokens`](crate::identity::cosine_tokens), of the words.
    CosineWords,
    /// [`jaccard_qgrams`](crate::identity::jaccard_qgrams), of runs of so many letters.
    Qgrams(u32),
}

impl Similarity {
    /// The similarity of two texts.
    ///
    /// # Example
    ///
    /// See [`Similarity`].
    pub fn of(self, a: &str, b: &str) -> f64 {
        use crate::identity::similarity::{
            cosine_tokens, jaccard_chars, jaccard_qgrams, jaccard_tokens, jaro, jaro_winkler,
        };
        match self {
            Self::Jaro => jaro(a, b),
            Self::JaroWinkler => jaro_winkler(a, b),
            Self::JaccardLetters => jaccard_chars(a, b),
            Self::JaccardWords => jaccard_tokens(a, b),
            Self::CosineWords => cosine_tokens(a, b),
            Self::Qgrams(q) => jaccard_qgrams(a, b, q as usize),
        }
    }
}

/// How many changes make one text of another.
///
/// # Example
///
/// ```
/// use custometry::identity::{EditDistance, osa};
/// assert_eq!(EditDistance::Osa.of("ca", "ac"), osa("ca", "ac"));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum EditDistance {
    /// [`levenshtein`](crate::identity::levenshtein).
    Levenshtein,
    /// [`osa`](crate::identity::osa).
    Osa,
    /// [`damerau_levenshtein`](crate::identity::damerau_levenshtein).
    DamerauLevenshtein,
}

impl EditDistance {
    /// The distance of two texts.
    ///
    /// # Example
    ///
    /// See [`EditDistance`].
    pub fn of(self, a: &str, b: &str) -> usize {
        use crate::identity::similarity::{damerau_levenshtein, levenshtein, osa};
        match self {
            Self::Levenshtein => levenshtein(a, b),
            Self::Osa => osa(a, b),
            Self::DamerauLevenshtein => damerau_levenshtein(a, b),
        }
    }
}

/// A question about two records, which is answered by yes, no, or by nothing where a
/// value is missing. A level is taken on yes only.
///
/// # Example
///
/// ```
/// use custometry::identity::{Similarity, Test};
/// let alike = Test::similar("surname", Similarity::JaroWinkler, 0.92);
/// let both = Test::All(vec![Test::exact("postcode"), alike.clone()]);
/// assert_ne!(both, alike);
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[non_exhaustive]
pub enum Test {
    /// One of the two has no value.
    Missing(ColumnPart),
    /// The two values are the same.
    Exact(ColumnPart),
    /// The value of the one in a column is that of the other in another, and the other
    /// way round: given name and surname swapped.
    Swapped(ColumnPart, ColumnPart),
    /// The similarity is at least so large.
    Similar {
        /// What is compared.
        of: ColumnPart,
        /// How.
        by: Similarity,
        /// From 0 to 1.
        at_least: f64,
    },
    /// The edit distance is at most so large.
    Within {
        /// What is compared.
        of: ColumnPart,
        /// How.
        by: EditDistance,
        /// In changes.
        at_most: u32,
    },
    /// Two days lie at most so many days apart.
    DaysApart {
        /// A column of days.
        of: ColumnPart,
        /// In days.
        at_most: f64,
    },
    /// Two days are one if day and month of one of them change places.
    DayAndMonthSwapped(ColumnPart),
    /// Two numbers differ by at most so much.
    NumbersApart {
        /// A column of numbers.
        of: ColumnPart,
        /// In the unit of the column.
        at_most: f64,
    },
    /// Two numbers differ by at most so large a share of the larger one.
    SharesApart {
        /// A column of numbers.
        of: ColumnPart,
        /// A share from 0.
        at_most: f64,
    },
    /// Two places lie at most so far apart.
    KmApart {
        /// A column of places.
        of: ColumnPart,
        /// In kilometres.
        at_most: f64,
    },
    /// Two sets have at least so many elements in common.
    Common {
        /// A column of sets.
        of: ColumnPart,
        /// At least 1.
        at_least: u32,
    },
    /// One of two texts is how the other begins: an initial, a short form.
    Begins(ColumnPart),
    /// One is a short form of the other, or both are short forms of one name.
    Nicknames(ColumnPart),
    /// Yes to all of them.
    All(Vec<Test>),
    /// Yes to one of them.
    Any(Vec<Test>),
    /// The other way round.
    Not(Box<Test>),
    /// Always yes.
    Otherwise,
}

impl Test {
    /// One of the two has no value.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::identity::Test;
    /// assert_eq!(Test::missing("city"), Test::Missing("city".into()));
    /// ```
    pub fn missing(of: impl Into<ColumnPart>) -> Self {
        Self::Missing(of.into())
    }

    /// The two values are the same.
    ///
    /// # Example
    ///
    /// See [`Test`].
    pub fn exact(of: impl Into<ColumnPart>) -> Self {
        Self::Exact(of.into())
    }

    /// The similarity is at least so large.
    ///
    /// # Example
    ///
    /// See [`Test`].
    pub fn similar(of: impl Into<ColumnPart>, by: Similarity, at_least: f64) -> Self {
        let of = of.into();
        Self::Similar { of, by, at_least }
    }

    /// The edit distance is at most so large.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::identity::{EditDistance, Test};
    /// let typo = Test::within("phone", EditDistance::Osa, 1);
    /// assert!(matches!(typo, Test::Within { at_most: 1, .. }));
    /// ```
    pub fn within(of: impl Into<ColumnPart>, by: EditDistance, at_most: u32) -> Self {
        let of = of.into();
        Self::Within { of, by, at_most }
    }

    /// The columns that it asks about, each once.
    pub(in crate::identity) fn columns(&self) -> Vec<&str> {
        let mut parts = Vec::new();
        self.collect(&mut parts);
        let mut columns: Vec<&str> = parts.iter().map(|part| part.column.as_str()).collect();
        columns.sort_unstable();
        columns.dedup();
        columns
    }

    fn collect<'t>(&'t self, parts: &mut Vec<&'t ColumnPart>) {
        match self {
            Self::Missing(of)
            | Self::Exact(of)
            | Self::Similar { of, .. }
            | Self::Within { of, .. }
            | Self::DaysApart { of, .. }
            | Self::DayAndMonthSwapped(of)
            | Self::NumbersApart { of, .. }
            | Self::SharesApart { of, .. }
            | Self::KmApart { of, .. }
            | Self::Common { of, .. }
            | Self::Begins(of)
            | Self::Nicknames(of) => parts.push(of),
            Self::Swapped(one, other) => parts.extend([one, other]),
            Self::All(tests) | Self::Any(tests) => {
                for test in tests {
                    test.collect(parts);
                }
            }
            Self::Not(test) => test.collect(parts),
            Self::Otherwise => {}
        }
    }

    /// Whether thresholds are numbers that can be reached.
    pub(in crate::identity) fn check(&self) -> Result<()> {
        let at_least_0 = |name: &'static str, value: f64| {
            if value >= 0.0 && value.is_finite() {
                return Ok(());
            }
            Err(Error::parameter(name, value, "a number from 0"))
        };
        match self {
            Self::Similar { at_least, .. } if !(0.0..=1.0).contains(at_least) => Err(
                Error::parameter("similarity", at_least, "a number from 0 to 1"),
            ),
            Self::DaysApart { at_most, .. } => at_least_0("days apart", *at_most),
            Self::NumbersApart { at_most, .. } => at_least_0("numbers apart", *at_most),
            Self::SharesApart { at_most, .. } => at_least_0("share apart", *at_most),
            Self::KmApart { at_most, .. } => at_least_0("kilometres apart", *at_most),
            Self::Common { at_least: 0, .. } => {
                Err(Error::parameter("elements in common", 0, "at least 1"))
            }
            Self::All(tests) | Self::Any(tests) => tests.iter().try_for_each(Self::check),
            Self::Not(test) => test.check(),
            _ => Ok(()),
        }
    }
}
