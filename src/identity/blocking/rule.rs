//! Which records are worth comparing: those that share a key.

use serde::{Deserialize, Serialize};

use crate::{Error, Result, identity::ColumnPart};

/// One component of a key. A record may have several values of it, and is then in the
/// block of each.
///
/// # Example
///
/// ```
/// use custometry::identity::{ColumnPart, Key, Part};
/// let key = Key::from(ColumnPart::new("surname", Part::Soundex));
/// assert_eq!(key.to_string(), "Soundex of surname");
/// assert_eq!(Key::deletions("surname").to_string(), "surname with a letter left out");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[non_exhaustive]
pub enum Key {
    /// A part of a column.
    Part(ColumnPart),
    /// The text, and what is left when one letter of it is dropped. Texts that are one
    /// change apart, or two letters swapped, always share one of these.
    Deletions(ColumnPart),
    /// Each word of a text.
    Words(ColumnPart),
    /// Each element of a set.
    Elements(String),
    /// The name, and the names that it is short for.
    Nicknames(ColumnPart),
    /// Bands of `MinHash` signatures (Broder 1997) of runs of letters: with r rows in each of b
    /// bands, two texts whose sets of runs have the Jaccard similarity s share a band
    /// with the chance `1 - (1 - s^r)^b`. For long texts: companies, addresses.
    Bands {
        /// Of which texts.
        of: ColumnPart,
        /// Letters in a run.
        q: u32,
        /// Bands; at most 64.
        bands: u32,
        /// Rows in a band; at most 16.
        rows: u32,
    },
}

impl Key {
    /// See [`Key::Deletions`].
    ///
    /// # Example
    ///
    /// See [`Key`].
    pub fn deletions(of: impl Into<ColumnPart>) -> Self {
        Self::Deletions(of.into())
    }

    pub(super) fn check(&self) -> Result<()> {
        let Self::Bands { q, bands, rows, .. } = self else {
            return Ok(());
        };
        let within = |name, value: u32, most: u32| {
            if (1..=most).contains(&value) {
                return Ok(());
            }
            Err(Error::parameter(name, value, format!("1 to {most}")))
        };
        within("letters in a run", *q, 16)?;
        within("bands", *bands, 64)?;
        within("rows in a band", *rows, 16)
    }

    /// The column that it is taken from.
    pub(in crate::identity) fn column(&self) -> &str {
        match self {
            Self::Part(of)
            | Self::Deletions(of)
            | Self::Words(of)
            | Self::Nicknames(of)
            | Self::Bands { of, .. } => &of.column,
            Self::Elements(column) => column,
        }
    }
}

impl From<ColumnPart> for Key {
    fn from(part: ColumnPart) -> Self {
        Self::Part(part)
    }
}

impl From<&str> for Key {
    fn from(column: &str) -> Self {
        Self::Part(column.into())
    }
}

impl std::fmt::Display for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Part(of) => of.fmt(f),
            Self::Deletions(of) => write!(f, "{of} with a letter left out"),
            Self::Words(of) => write!(f, "a word of {of}"),
            Self::Elements(column) => write!(f, "an element of {column}"),
            Self::Nicknames(of) => write!(f, "{of} or its long form"),
            Self::Bands { of, .. } => write!(f, "a band of {of}"),
        }
    }
}

/// What is done with a block of more records than a rule allows.
///
/// # Example
///
/// See [`BlockingRule::hot_blocks`].
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum HotBlocks {
    /// Its pairs are left out and accounted for; other rules may still make them.
    #[default]
    Skip,
    /// It is cut into smaller blocks by more components of the key. Those that are
    /// still too large are skipped.
    SubBlock(Vec<ColumnPart>),
    /// Its records are put in the order of all their values, and each is paired with
    /// those less than so many places away.
    Window(u32),
    /// It is an error.
    Fail,
}

/// Records that agree on all components of a key are paired.
///
/// A record without one of them is in no block of the rule.
///
/// # Example
///
/// ```
/// use custometry::identity::{BlockingRule, ColumnPart, Part};
/// let rule = BlockingRule::on(["surname"]).and(ColumnPart::new("birth_date", Part::Year));
/// assert_eq!(rule.to_string(), "surname, Year of birth_date");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BlockingRule {
    keys: Vec<Key>,
    /// Sorted neighbourhood: by the order of the keys, not by their equality.
    window: Option<u32>,
    most: u32,
    hot: HotBlocks,
}

/// Records in a block, unless a rule says otherwise.
const MOST: u32 = 5_000;

impl BlockingRule {
    /// Records that have the same values in all of some columns.
    ///
    /// # Example
    ///
    /// See [`BlockingRule`].
    pub fn on<K: Into<Key>>(keys: impl IntoIterator<Item = K>) -> Self {
        Self {
            keys: keys.into_iter().map(Into::into).collect(),
            window: None,
            most: MOST,
            hot: HotBlocks::default(),
        }
    }

    /// Sorted neighbourhood (Hernández and Stolfo 1995): all records in the order of
    /// some columns, each paired with those less than so many places away.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::identity::BlockingRule;
    /// let rule = BlockingRule::neighbourhood(["surname", "given_name"], 10);
    /// assert_eq!(rule.to_string(), "less than 10 places apart by surname, given_name");
    /// ```
    pub fn neighbourhood<K: Into<ColumnPart>>(
        keys: impl IntoIterator<Item = K>,
        window: u32,
    ) -> Self {
        let parts = keys.into_iter().map(|key| Key::Part(key.into()));
        Self {
            window: Some(window),
            ..Self::on(parts)
        }
    }

    /// One more component of the key.
    ///
    /// # Example
    ///
    /// See [`BlockingRule`].
    pub fn and(mut self, key: impl Into<Key>) -> Self {
        self.keys.push(key.into());
        self
    }

    /// What to do with blocks of more than so many records; unless it is set, those of
    /// more than 5,000 are skipped.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::identity::{BlockingParams, BlockingRule, HotBlocks, Records};
    /// let records = Records::builder().int_keys(&[1, 2, 3, 4]).city(&["Bonn"; 4]).build()?;
    /// let rule = BlockingRule::on(["city"]).hot_blocks(3, HotBlocks::Skip);
    /// let blocking = BlockingParams::new(vec![rule]).block(&records)?;
    /// let report = &blocking.rules()[0];
    /// assert_eq!((report.pairs, report.skipped_pairs), (0, 6));
    /// assert_eq!(report.hot_blocks[0].key, "bonn");
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn hot_blocks(mut self, above: u32, policy: HotBlocks) -> Self {
        self.most = above;
        self.hot = policy;
        self
    }

    /// The components of the key.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::identity::{BlockingRule, Key};
    /// assert_eq!(BlockingRule::on(["city"]).keys(), [Key::from("city")]);
    /// ```
    pub fn keys(&self) -> &[Key] {
        &self.keys
    }

    /// The columns whose values a pair of the rule is known to share at least in part.
    pub(in crate::identity) fn columns(&self) -> impl Iterator<Item = &str> {
        self.keys.iter().map(Key::column)
    }

    pub(super) fn window(&self) -> Option<u32> {
        self.window
    }

    pub(super) fn most(&self) -> usize {
        self.most as usize
    }

    pub(super) fn hot(&self) -> &HotBlocks {
        &self.hot
    }

    pub(super) fn check(&self) -> Result<()> {
        if self.keys.is_empty() {
            return Err(Error::parameter("components of a key", 0, "at least 1"));
        }
        self.keys.iter().try_for_each(Key::check)?;
        let of_hot = match &self.hot {
            HotBlocks::Window(window) => Some(*window),
            HotBlocks::SubBlock(parts) if parts.is_empty() => {
                let expected = "at least 1: hot blocks are cut by them";
                return Err(Error::parameter("components of a sub-block", 0, expected));
            }
            _ => None,
        };
        let too_small = |window: &u32| *window < 2;
        if let Some(window) = self.window.into_iter().chain(of_hot).find(too_small) {
            let expected = "at least 2: a record and the next one";
            return Err(Error::parameter("window", window, expected));
        }
        let no_part = |key: &&Key| !matches!(key, Key::Part(_));
        match self
            .keys
            .iter()
            .find(no_part)
            .filter(|_| self.window.is_some())
        {
            Some(key) => {
                let expected = "a part of a column: a neighbourhood is by the order of values";
                Err(Error::parameter(
                    "component of a neighbourhood",
                    key,
                    expected,
                ))
            }
            None => Ok(()),
        }
    }
}

impl std::fmt::Display for BlockingRule {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if let Some(window) = self.window {
            write!(f, "less than {window} places apart by ")?;
        }
        for (place, key) in self.keys.iter().enumerate() {
            let comma = if place == 0 { "" } else { ", " };
            write!(f, "{comma}{key}")?;
        }
        Ok(())
    }
}
