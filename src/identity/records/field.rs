//! One column of records: what kind it is, its different values, who has which.

use std::{borrow::Cow, fmt, sync::Arc};

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::{MISSING, RawColumn, normal::Normaliser};
use crate::{Error, Result, data::head, identity::PreparedTexts, numeric::map_chunks};

/// What a column of records holds, and so how it is brought into one form, compared and
/// blocked on.
///
/// # Example
///
/// ```
/// use custometry::identity::{FieldKind, Records};
/// let records = Records::builder()
///     .text_keys(&["a", "b"])
///     .surname(&["O'Brien", "OBRIEN"])
///     .build()?;
/// assert_eq!(records.fields().next(), Some(("surname", FieldKind::Surname)));
/// assert_eq!(records.value(0, "surname"), records.value(1, "surname"));
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum FieldKind {
    /// Given names.
    GivenName,
    /// Family names, with their particles.
    Surname,
    /// All names in one text.
    FullName,
    /// Days of birth.
    BirthDate,
    /// E-mail addresses.
    Email,
    /// Phone numbers.
    Phone,
    /// Street and house number.
    Address,
    /// Towns.
    City,
    /// Postcodes.
    Postcode,
    /// Numbers given by somebody to one person: of a passport, a loyalty card.
    Identifier,
    /// Any other text, without regard to case, accents and punctuation.
    Text,
    /// Any other text, letter by letter; only blanks around it are dropped.
    Verbatim,
    /// Several values without an order, such as all phone numbers ever given.
    Set,
    /// Numbers.
    Number,
    /// Places on earth.
    Place,
}

impl FieldKind {
    /// Whether one value belongs to few people: many records with the same value speak
    /// of a head office or a placeholder then, not of one person.
    pub(super) fn is_personal(self) -> bool {
        matches!(self, Self::Email | Self::Phone | Self::Identifier)
    }
}

/// How many records have a value in a column, and what became of the others.
///
/// # Example
///
/// ```
/// use custometry::identity::Records;
/// let records = Records::builder()
///     .int_keys(&[1, 2, 3, 4])
///     .birth_dates(&["1970-05-17", "1900-01-01", "31 Feb 1980", ""])
///     .build()?;
/// let report = records.report("birth_date").unwrap();
/// assert_eq!((report.known, report.distinct, report.blank), (1, 1, 1));
/// assert_eq!((report.generic, report.unreadable, report.first_unreadable), (1, 1, Some(2)));
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Clone, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct FieldReport {
    /// Records with a value that can be a key and evidence.
    pub known: u64,
    /// Different values among them.
    pub distinct: u64,
    /// Records without anything.
    pub blank: u64,
    /// Records with a placeholder, such as "unknown" or 000-000-0000, or with a value
    /// that far too many records share. They count as missing.
    pub generic: u64,
    /// Different generic values, those of most records first, at most ten.
    pub generic_values: Vec<(String, u64)>,
    /// Records whose value cannot be read as what the column holds. They count as
    /// missing.
    pub unreadable: u64,
    /// The first of them, counted from 0.
    pub first_unreadable: Option<usize>,
}

impl fmt::Debug for FieldReport {
    /// Generic values by their number: not all of them are placeholders.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FieldReport")
            .field("known", &self.known)
            .field("distinct", &self.distinct)
            .field("blank", &self.blank)
            .field("generic", &self.generic)
            .field("generic_values", &self.generic_values.len())
            .field("unreadable", &self.unreadable)
            .field("first_unreadable", &self.first_unreadable)
            .finish()
    }
}

/// The different values of a column, in their own order.
#[derive(Clone)]
pub(in crate::identity) enum Values {
    Texts(Arc<PreparedTexts>),
    Sets(Sets),
    Numbers(Vec<f64>),
    /// Latitude and longitude in degrees.
    Places(Vec<(f64, f64)>),
}

/// Different sets, each as the ascending numbers of its elements.
#[derive(Clone)]
pub(in crate::identity) struct Sets {
    pub(in crate::identity) elements: PreparedTexts,
    ends: Vec<u32>,
    members: Vec<u32>,
}

impl Sets {
    pub(in crate::identity) fn len(&self) -> usize {
        self.ends.len()
    }

    pub(in crate::identity) fn members(&self, set: u32) -> &[u32] {
        let at = set as usize;
        let start = if at == 0 { 0 } else { self.ends[at - 1] };
        &self.members[start as usize..self.ends[at] as usize]
    }
}

impl Values {
    pub(in crate::identity) fn len(&self) -> usize {
        match self {
            Self::Texts(texts) => texts.len(),
            Self::Sets(sets) => sets.len(),
            Self::Numbers(numbers) => numbers.len(),
            Self::Places(places) => places.len(),
        }
    }

    /// A value as a person would read it.
    pub(in crate::identity) fn show(&self, value: u32) -> String {
        match self {
            Self::Texts(texts) => texts.text(value).to_owned(),
            Self::Sets(sets) => {
                let elements = sets.members(value).iter();
                let texts = elements.map(|&element| sets.elements.text(element));
                texts.collect::<Vec<_>>().join(", ")
            }
            Self::Numbers(numbers) => numbers[value as usize].to_string(),
            Self::Places(places) => {
                let (latitude, longitude) = places[value as usize];
                format!("{latitude}, {longitude}")
            }
        }
    }
}

/// A column of records.
#[derive(Clone)]
pub(in crate::identity) struct Field {
    pub(in crate::identity) name: String,
    pub(in crate::identity) kind: FieldKind,
    pub(in crate::identity) values: Values,
    /// The value of each record, or [`MISSING`].
    pub(in crate::identity) codes: Vec<u32>,
    /// How many records have each value.
    pub(in crate::identity) counts: Vec<u32>,
    pub(super) report: FieldReport,
}

/// What became of one raw text.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fate {
    Known(u32),
    Blank,
    Generic,
    Unreadable,
}

/// What a normaliser makes of one raw text.
pub(super) enum Normal<'t> {
    Known(Cow<'t, str>),
    Blank,
    Generic,
    Unreadable,
}

/// Texts normalised together; a constant.
const CHUNK: usize = 1 << 13;

impl Field {
    /// A column of texts, each different one normalised once.
    pub(super) fn texts(
        name: &str,
        kind: FieldKind,
        raw: &RawColumn,
        normaliser: &Normaliser,
        generic_above: u32,
    ) -> Result<Self> {
        let different = raw.texts.len();
        let made = map_chunks(different, CHUNK, |range| {
            let one = |at| normaliser.normal(kind, raw.texts.at(at));
            range.map(one).collect::<Vec<_>>()
        });
        let mut known = Vec::new();
        let mut fates = Vec::with_capacity(different);
        for normal in made.into_iter().flatten() {
            fates.push(match normal {
                Normal::Known(text) => {
                    known.push(text);
                    #[expect(clippy::cast_possible_truncation, reason = "fewer than the raw texts")]
                    Fate::Known(known.len() as u32 - 1)
                }
                Normal::Blank => Fate::Blank,
                Normal::Generic => Fate::Generic,
                Normal::Unreadable => Fate::Unreadable,
            });
        }
        let (texts, number) = in_order(&known);
        let mut counts = vec![0u32; texts.len()];
        for &code in &raw.codes {
            if let Fate::Known(at) = fates[code as usize] {
                counts[number[at as usize] as usize] += 1;
            }
        }
        let too_many = |value: u32| kind.is_personal() && counts[value as usize] > generic_above;
        let keep: Vec<u32> = (0u32..)
            .take(texts.len())
            .filter(|&value| !too_many(value))
            .collect();
        let mut report = FieldReport::default();
        let mut shared: Vec<(u64, &str)> = (0u32..)
            .take(texts.len())
            .filter(|&value| too_many(value))
            .map(|value| (u64::from(counts[value as usize]), texts[value as usize]))
            .collect();
        shared.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(b.1)));
        let top = shared.iter().take(10);
        report.generic_values = top
            .map(|(count, text)| ((*text).to_owned(), *count))
            .collect();

        let mut place = vec![MISSING; texts.len()];
        for (to, &from) in (0u32..).zip(&keep) {
            place[from as usize] = to;
        }
        let fate_of = |fate: Fate| match fate {
            Fate::Known(at) => match place[number[at as usize] as usize] {
                MISSING => Fate::Generic,
                value => Fate::Known(value),
            },
            other => other,
        };
        let fates: Vec<Fate> = fates.into_iter().map(fate_of).collect();
        let mut codes = Vec::with_capacity(raw.codes.len());
        for (row, &code) in raw.codes.iter().enumerate() {
            codes.push(match fates[code as usize] {
                Fate::Known(value) => {
                    report.known += 1;
                    value
                }
                Fate::Blank => {
                    report.blank += 1;
                    MISSING
                }
                Fate::Generic => {
                    report.generic += 1;
                    MISSING
                }
                Fate::Unreadable => {
                    report.unreadable += 1;
                    report.first_unreadable.get_or_insert(row);
                    MISSING
                }
            });
        }
        report.distinct = keep.len() as u64;
        let kept = keep.iter().map(|&value| texts[value as usize]);
        Ok(Self {
            name: name.to_owned(),
            kind,
            counts: keep.iter().map(|&value| counts[value as usize]).collect(),
            values: Values::Texts(Arc::new(PreparedTexts::new(kept)?)),
            codes,
            report,
        })
    }

    /// A column of sets; blank elements are dropped, and equal ones count once.
    pub(super) fn sets<'a>(
        name: &str,
        rows: impl Iterator<Item = &'a [String]>,
        normaliser: &Normaliser,
    ) -> Result<Self> {
        let mut flat = Vec::new();
        let mut ends = Vec::new();
        for row in rows {
            let normal = row
                .iter()
                .map(|text| normaliser.normal(FieldKind::Text, text));
            flat.extend(normal.filter_map(|normal| match normal {
                Normal::Known(text) => Some(text),
                _ => None,
            }));
            ends.push(flat.len());
        }
        let (elements, number) = in_order(&flat);
        let mut start = 0;
        let mut of_row: Vec<Vec<u32>> = Vec::with_capacity(ends.len());
        for end in ends {
            let mut set = number[start..end].to_vec();
            set.sort_unstable();
            set.dedup();
            of_row.push(set);
            start = end;
        }
        let mut different: Vec<&Vec<u32>> = of_row.iter().filter(|set| !set.is_empty()).collect();
        different.sort_unstable();
        different.dedup();
        let codes = codes_in(&of_row, &different, Vec::is_empty);
        let mut sets = Sets {
            elements: PreparedTexts::new(&elements)?,
            ends: Vec::with_capacity(different.len()),
            members: Vec::new(),
        };
        for set in &different {
            sets.members.extend_from_slice(set);
            let end = u32::try_from(sets.members.len()).map_err(|_| Error::Overflow {
                what: format!("more than {} elements in {name}; split the data", u32::MAX).into(),
            })?;
            sets.ends.push(end);
        }
        Ok(Self::plain(name, FieldKind::Set, Values::Sets(sets), codes))
    }

    /// A column of numbers; NaN is missing.
    pub(super) fn numbers(name: &str, rows: &[f64]) -> Self {
        // Of the two zeros one is enough.
        let rows: Vec<f64> = rows.iter().map(|number| number + 0.0).collect();
        let mut different: Vec<f64> = rows.iter().copied().filter(|x| !x.is_nan()).collect();
        different.par_sort_unstable_by(f64::total_cmp);
        different.dedup();
        let find = |row: &f64| different.binary_search_by(|x| x.total_cmp(row));
        #[expect(clippy::cast_possible_truncation, reason = "fewer than the records")]
        let code = |row: &f64| find(row).map_or(MISSING, |at| at as u32);
        let codes = rows.par_iter().map(code).collect();
        Self::plain(name, FieldKind::Number, Values::Numbers(different), codes)
    }

    /// A column of places; NaN is missing.
    pub(super) fn places(name: &str, rows: &[(f64, f64)]) -> Self {
        // Of the two zeros one is enough.
        let one_zero = |(latitude, longitude): &(f64, f64)| (latitude + 0.0, longitude + 0.0);
        let rows: Vec<(f64, f64)> = rows.iter().map(one_zero).collect();
        let known = |(latitude, longitude): &(f64, f64)| !latitude.is_nan() && !longitude.is_nan();
        let order =
            |a: &(f64, f64), b: &(f64, f64)| a.0.total_cmp(&b.0).then_with(|| a.1.total_cmp(&b.1));
        let mut different: Vec<(f64, f64)> = rows.iter().copied().filter(known).collect();
        different.par_sort_unstable_by(order);
        different.dedup_by(|a, b| order(a, b).is_eq());
        let find = |row: &(f64, f64)| different.binary_search_by(|place| order(place, row));
        #[expect(clippy::cast_possible_truncation, reason = "fewer than the records")]
        let code = |row: &(f64, f64)| find(row).map_or(MISSING, |at| at as u32);
        let codes = rows.par_iter().map(code).collect();
        Self::plain(name, FieldKind::Place, Values::Places(different), codes)
    }

    fn plain(name: &str, kind: FieldKind, values: Values, codes: Vec<u32>) -> Self {
        let mut counts = vec![0u32; values.len()];
        for &code in codes.iter().filter(|code| **code != MISSING) {
            counts[code as usize] += 1;
        }
        let known = counts.iter().map(|&count| u64::from(count)).sum();
        let report = FieldReport {
            known,
            distinct: values.len() as u64,
            blank: codes.len() as u64 - known,
            ..FieldReport::default()
        };
        Self {
            name: name.to_owned(),
            kind,
            values,
            codes,
            counts,
            report,
        }
    }
}

/// The place of each row among different values in order.
fn codes_in<T: Ord>(rows: &[T], different: &[&T], missing: impl Fn(&T) -> bool) -> Vec<u32> {
    #[expect(clippy::cast_possible_truncation, reason = "fewer than the records")]
    let code = |row: &T| match different.binary_search(&row) {
        Ok(at) if !missing(row) => at as u32,
        _ => MISSING,
    };
    rows.iter().map(code).collect()
}

/// The different texts in order, and the place of each text among them. The order is
/// that of the bytes, so that it does not depend on the order of the rows.
fn in_order<'t>(texts: &'t [Cow<'_, str>]) -> (Vec<&'t str>, Vec<u32>) {
    // The first bytes decide nearly always.
    let text = |at: u32| texts[at as usize].as_ref();
    let mut order: Vec<(u128, u32)> = (0u32..)
        .zip(texts)
        .map(|(at, text)| (head(text), at))
        .collect();
    order.par_sort_unstable_by(|a, b| a.0.cmp(&b.0).then_with(|| text(a.1).cmp(text(b.1))));
    let mut different: Vec<&str> = Vec::new();
    let mut place = vec![0; texts.len()];
    let mut last_head = None;
    for (head, from) in order {
        if last_head != Some(head) || different.last() != Some(&text(from)) {
            different.push(text(from));
            last_head = Some(head);
        }
        // Texts are below 2^32.
        #[expect(clippy::cast_possible_truncation)]
        let last = different.len() as u32 - 1;
        place[from as usize] = last;
    }
    (different, place)
}
