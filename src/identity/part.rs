//! Parts of values: what two records may share without sharing all of a value.

use std::{borrow::Cow, fmt, sync::Arc};

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::{
    PreparedTexts, Records, Values,
    records::MISSING,
    similarity::{cologne, double_metaphone, nysiis, soundex},
};
use crate::{Error, Result, data::Texts};

/// Part of a text, as a key or to be compared.
///
/// # Example
///
/// ```
/// use custometry::identity::Part;
/// assert_eq!(Part::Prefix(3).of("müller"), Some("mül".into()));
/// assert_eq!(Part::Soundex.of("robert"), Part::Soundex.of("rupert"));
/// assert_eq!(Part::EmailUser.of("ann@example.org"), Some("ann".into()));
/// assert_eq!(Part::Year.of("1970-05-17"), Some("1970".into()));
/// assert_eq!(Part::EmailUser.of("no address"), None);
/// assert_eq!(Part::CompactDay.of("19700517"), Some("1970-05-17".into()));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Part {
    /// All of it, in lower case.
    Lower,
    /// The first letters, or all if there are fewer.
    Prefix(u32),
    /// The last letters, or all if there are fewer.
    Suffix(u32),
    /// The first word.
    FirstWord,
    /// The last word.
    LastWord,
    /// The American Soundex code.
    Soundex,
    /// The first double metaphone code.
    DoubleMetaphone,
    /// The NYSIIS code.
    Nysiis,
    /// The Cologne code.
    Cologne,
    /// The year of a day.
    Year,
    /// What stands before the @.
    EmailUser,
    /// What stands after the @.
    EmailDomain,
    /// The digits, without anything between them.
    Digits,
    /// A day written as 1970-05-17.
    Day,
    /// A day written as 19700517, in the form of [`Day`](Self::Day).
    CompactDay,
    /// A British postcode: all of it.
    BritishPostcode,
    /// The letters at the start of a British postcode: the area.
    BritishArea,
    /// What stands before the blank of a British postcode: the district.
    BritishDistrict,
    /// The district, the blank and the digit after it: the sector.
    BritishSector,
}

impl Part {
    /// The part of a text; `None` where it has no such part.
    ///
    /// # Example
    ///
    /// See [`Part`].
    pub fn of(self, text: &str) -> Option<Cow<'_, str>> {
        let part: Cow<'_, str> = match self {
            Self::Lower => text.to_lowercase().into(),
            Self::Prefix(letters) => {
                let end = text.char_indices().nth(letters as usize);
                end.map_or(text, |(end, _)| &text[..end]).into()
            }
            Self::Suffix(letters) => {
                let from_end = (letters as usize).checked_sub(1);
                let start = from_end.and_then(|last| text.char_indices().nth_back(last));
                match (letters, start) {
                    (0, _) => return None,
                    (_, Some((start, _))) => text[start..].into(),
                    (_, None) => text.into(),
                }
            }
            Self::FirstWord => text.split_whitespace().next()?.into(),
            Self::LastWord => text.split_whitespace().next_back()?.into(),
            Self::Soundex => soundex(text).into(),
            Self::DoubleMetaphone => double_metaphone(text).0.into(),
            Self::Nysiis => nysiis(text).into(),
            Self::Cologne => cologne(text).into(),
            Self::Year => text.split_once('-')?.0.into(),
            Self::EmailUser => text.split_once('@')?.0.into(),
            Self::EmailDomain => text.split_once('@')?.1.into(),
            Self::Digits => text
                .chars()
                .filter(char::is_ascii_digit)
                .collect::<String>()
                .into(),
            Self::Day => day(text, "%Y-%m-%d")?.into(),
            Self::CompactDay => day(text, "%Y%m%d")?.into(),
            Self::BritishPostcode
            | Self::BritishArea
            | Self::BritishDistrict
            | Self::BritishSector => text[..self.british(text)?].into(),
        };
        (!part.is_empty()).then_some(part)
    }
}

impl Part {
    /// Where a part of a British postcode ends: one or two letters, a digit, perhaps a
    /// letter or digit more, a blank, a digit, two letters.
    fn british(self, text: &str) -> Option<usize> {
        let bytes = text.as_bytes();
        let letter = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_alphabetic);
        let digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
        let area = usize::from(letter(0)) + usize::from(letter(0) && letter(1));
        if area == 0 {
            return None;
        }
        if self == Self::BritishArea {
            return Some(area);
        }
        // A second letter may belong to the area only if a digit follows.
        if !digit(area) {
            return None;
        }
        let district = area + 1 + usize::from(letter(area + 1) || digit(area + 1));
        if self == Self::BritishDistrict {
            return Some(district);
        }
        let blank = bytes.get(district) == Some(&b' ');
        if !blank || !digit(district + 1) {
            return None;
        }
        let sector = district + 2;
        let whole = letter(sector) && letter(sector + 1) && bytes.len() == sector + 2;
        match self {
            Self::BritishSector => Some(sector),
            _ => whole.then_some(bytes.len()),
        }
    }
}

/// A day in the form of ISO 8601.
fn day(text: &str, format: &str) -> Option<String> {
    let date = NaiveDate::parse_from_str(text, format).ok()?;
    Some(date.format("%Y-%m-%d").to_string())
}

/// A part of a column, by name: part of part of ... of its values.
///
/// # Example
///
/// ```
/// use custometry::identity::{ColumnPart, Part};
/// let sound = ColumnPart::new("full_name", Part::LastWord).then(Part::Soundex);
/// assert_eq!(sound.to_string(), "Soundex of LastWord of full_name");
/// assert_eq!(sound.of("ann lee"), Some("L000".into()));
/// assert_eq!(ColumnPart::from("email").of("a@b.c"), Some("a@b.c".into()));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct ColumnPart {
    /// The name of the column.
    pub column: String,
    /// Which part of its values, and which part of that; none for the whole.
    pub parts: Vec<Part>,
}

impl ColumnPart {
    /// A part of a column.
    ///
    /// # Example
    ///
    /// See [`ColumnPart`].
    pub fn new(column: &str, part: Part) -> Self {
        Self::from(column).then(part)
    }

    /// A part of the part.
    ///
    /// # Example
    ///
    /// See [`ColumnPart`].
    pub fn then(mut self, part: Part) -> Self {
        self.parts.push(part);
        self
    }

    /// The part of one value of the column; `None` where it has no such part.
    ///
    /// # Example
    ///
    /// See [`ColumnPart`].
    pub fn of<'t>(&self, value: &'t str) -> Option<Cow<'t, str>> {
        let mut text = Cow::Borrowed(value);
        for part in &self.parts {
            text = match text {
                Cow::Borrowed(text) => part.of(text)?,
                Cow::Owned(text) => Cow::Owned(part.of(&text)?.into_owned()),
            };
        }
        Some(text)
    }
}

impl From<&str> for ColumnPart {
    fn from(column: &str) -> Self {
        Self {
            column: column.to_owned(),
            parts: Vec::new(),
        }
    }
}

impl fmt::Display for ColumnPart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for part in self.parts.iter().rev() {
            write!(f, "{part:?} of ")?;
        }
        f.write_str(&self.column)
    }
}

/// A part of a column, ready to be compared and to be a key.
#[derive(Clone)]
pub(super) struct Operand<'r> {
    pub(super) column: usize,
    values: &'r Values,
    /// Of each value, the number of its part; `None` where that is the value itself.
    of_value: Option<Arc<Vec<u32>>>,
    /// The texts that numbers stand for; `None` for a column of something else.
    texts: Option<Arc<PreparedTexts>>,
}

impl<'r> Operand<'r> {
    pub(super) fn new(records: &'r Records, of: &ColumnPart) -> Result<Self> {
        let column = records.column(&of.column)?;
        let field = &records.columns()[column];
        let (of_value, texts) = match &field.values {
            Values::Texts(texts) if of.parts.is_empty() => (None, Some(Arc::clone(texts))),
            Values::Texts(texts) => {
                let (of_value, texts) = parts_of(texts, of)?;
                (Some(Arc::new(of_value)), Some(Arc::new(texts)))
            }
            _ if of.parts.is_empty() => (None, None),
            _ => {
                let expected = "the whole of a column that is not of texts";
                return Err(Error::parameter("part", of, expected));
            }
        };
        Ok(Self {
            column,
            values: &field.values,
            of_value,
            texts,
        })
    }

    /// The number of the part of a value, or [`MISSING`].
    #[inline]
    pub(super) fn id(&self, value: u32) -> u32 {
        match &self.of_value {
            None => value,
            Some(_) if value == MISSING => MISSING,
            Some(of_value) => of_value[value as usize],
        }
    }

    /// Of each value, the number of its part; `None` where that is the value itself.
    pub(super) fn of_value(&self) -> Option<&Arc<Vec<u32>>> {
        self.of_value.as_ref()
    }

    /// Whether the parts are the values themselves.
    pub(super) fn is_whole(&self) -> bool {
        self.of_value.is_none()
    }

    /// The texts that ids stand for; `None` for a column of something else.
    pub(super) fn texts(&self) -> Option<&Arc<PreparedTexts>> {
        self.texts.as_ref()
    }

    pub(super) fn values(&self) -> &'r Values {
        self.values
    }

    /// What an id stands for, as a person would read it.
    pub(super) fn show(&self, id: u32) -> String {
        match self.texts() {
            Some(texts) => texts.text(id).to_owned(),
            None => self.values.show(id),
        }
    }
}

/// The parts of texts in order, and that of each text.
fn parts_of(texts: &PreparedTexts, part: &ColumnPart) -> Result<(Vec<u32>, PreparedTexts)> {
    #[expect(clippy::cast_possible_truncation, reason = "texts are below 2^32")]
    let all: Vec<Cow<'_, str>> = (0..texts.len() as u32)
        .map(|at| part.of(texts.text(at)).unwrap_or_default())
        .collect();
    let (different, codes) = Texts::number(&all)?;
    let mut order: Vec<usize> = (0..different.len())
        .filter(|&at| !different.at(at).is_empty())
        .collect();
    order.sort_unstable_by_key(|&at| different.at(at));
    let mut place = vec![MISSING; different.len()];
    for (to, &from) in (0u32..).zip(&order) {
        place[from] = to;
    }
    let codes = codes.into_iter().map(|code| place[code as usize]).collect();
    let texts = PreparedTexts::new(order.iter().map(|&at| different.at(at)))?;
    Ok((codes, texts))
}
