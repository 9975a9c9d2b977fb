//! A column of texts in the form that makes comparing two of them cheap.

use std::collections::BTreeMap;
use std::fmt;

use super::edits::{Edits, within};
use super::jaro::{PREFIX, boosted, ceiling, jaro_winkler, prefix};
use super::lanes::{Lanes, SHORT};
use crate::{Error, Result};

/// A column of distinct texts, prepared once for many comparisons.
///
/// Texts are named by their position in the column. Comparisons have the bits
/// of the functions of the same name and allocate nothing for texts of up to 64
/// characters; texts of up to 15 characters of the usual alphabet of the column
/// are the fastest. Bounds from the lengths and the characters refuse most
/// pairs that are far from alike without looking closer.
///
/// An id that is not in the column is like nothing: its similarity is 0 and it
/// has no distance.
///
/// A column takes the bytes of its texts and 20 bytes for each; if half of the
/// texts are short, 80 more for each, or 144 where the column has more than 31
/// different characters.
///
/// # Example
///
/// ```
/// use custometry::identity::PreparedTexts;
///
/// let names = PreparedTexts::new(["martha", "marhta", "smith"])?;
/// assert_eq!(names.get(1), Some("marhta"));
/// assert_eq!(format!("{:.4}", names.jaro_winkler(0, 1)), "0.9611");
/// assert_eq!(names.jaro_winkler_at_least(0, 2, 0.88), None);
/// assert_eq!(names.levenshtein_within(0, 1, 2), Some(2));
/// assert_eq!(names.osa_within(0, 1, 2), Some(1));
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Clone, Default, PartialEq, Eq)]
pub struct PreparedTexts {
    text: String,
    /// Where each text ends.
    ends: Vec<usize>,
    /// What refuses most pairs, side by side so that it is fetched at once.
    gists: Vec<Gist>,
    lanes: AnyLanes,
}

/// What a text is made of, in short.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Gist {
    /// Which of 64 groups of characters occur in it.
    groups: u64,
    /// Its characters; as many as it has bytes if it is ASCII.
    length: u32,
}

/// Lanes, if enough texts are short.
#[derive(Clone, Default, PartialEq, Eq)]
enum AnyLanes {
    #[default]
    None,
    Narrow(Lanes<NARROW>),
    Wide(Lanes<WIDE>),
}

/// Characters of an alphabet, with one code for no character.
const NARROW: usize = 32;
const WIDE: usize = 64;

/// Runs `$body` on two short texts; `None` if one of them is not short.
macro_rules! on_short_pair {
    ($column:expr, $a:expr, $b:expr, |$pair:ident| $body:expr) => {
        match &$column.lanes {
            AnyLanes::None => None,
            AnyLanes::Narrow(lanes) => match lanes.pair($a as usize, $b as usize) {
                Some($pair) => Some($body),
                None => None,
            },
            AnyLanes::Wide(lanes) => match lanes.pair($a as usize, $b as usize) {
                Some($pair) => Some($body),
                None => None,
            },
        }
    };
}

impl PreparedTexts {
    /// Prepares a column of texts. They should be distinct: equal texts are
    /// told apart by their ids and cost memory.
    ///
    /// # Errors
    ///
    /// [`Error::Overflow`] if there are more texts than a `u32` can number, or
    /// one has more characters.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::identity::PreparedTexts;
    /// let names = PreparedTexts::new(vec!["anna".to_string()])?;
    /// assert_eq!(names.len(), 1);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn new<S: AsRef<str>>(texts: impl IntoIterator<Item = S>) -> Result<Self> {
        let mut column = Self::default();
        let too_many = || Error::Overflow {
            what: "more than 4294967295 texts or characters of a text; split the column".into(),
        };
        for text in texts {
            let text = text.as_ref();
            u32::try_from(text.len()).map_err(|_| too_many())?;
            column.text.push_str(text);
            column.ends.push(column.text.len());
        }
        if u32::try_from(column.ends.len()).is_err() {
            return Err(too_many());
        }
        let alphabet = Alphabet::of(&column.text);
        let gist = |at| alphabet.gist(column.text_at(at));
        column.gists = (0..column.len()).map(gist).collect();
        column.lanes = column.lanes_of(&alphabet);
        Ok(column)
    }

    fn lanes_of(&self, alphabet: &Alphabet) -> AnyLanes {
        let short = |gist: &&Gist| gist.length as usize <= SHORT;
        let short = self.gists.iter().filter(short).count();
        if 2 * short < self.len() {
            AnyLanes::None
        } else if alphabet.size < NARROW {
            AnyLanes::Narrow(self.fill_lanes(alphabet))
        } else {
            AnyLanes::Wide(self.fill_lanes(alphabet))
        }
    }

    fn fill_lanes<const N: usize>(&self, alphabet: &Alphabet) -> Lanes<N> {
        let mut lanes = Lanes::with_capacity(self.len());
        let mut codes = Vec::with_capacity(SHORT);
        for (at, &Gist { length, .. }) in self.gists.iter().enumerate() {
            codes.clear();
            if length as usize <= SHORT {
                codes.extend(
                    self.text_at(at)
                        .chars()
                        .map_while(|char| alphabet.code(char)),
                );
            }
            let short = codes.len() == length as usize;
            lanes.push(short.then_some(&codes));
        }
        lanes
    }

    /// How many texts there are.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::identity::PreparedTexts;
    /// assert_eq!(PreparedTexts::new(["a", "b"])?.len(), 2);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there are none.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::identity::PreparedTexts;
    /// assert!(PreparedTexts::default().is_empty());
    /// ```
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// A text; `None` if there is no such id.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::identity::PreparedTexts;
    /// let names = PreparedTexts::new(["anna", "bob"])?;
    /// assert_eq!(names.get(1), Some("bob"));
    /// assert_eq!(names.get(2), None);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn get(&self, id: u32) -> Option<&str> {
        let at = id as usize;
        (at < self.len()).then(|| self.text_at(at))
    }

    /// A text that is known to be there.
    #[inline]
    pub(in crate::identity) fn text(&self, id: u32) -> &str {
        self.text_at(id as usize)
    }

    /// A text, by a position that is in the column.
    fn text_at(&self, at: usize) -> &str {
        let start = if at == 0 { 0 } else { self.ends[at - 1] };
        &self.text[start..self.ends[at]]
    }

    /// The similarity of two texts, with the bits of
    /// [`jaro_winkler`](fn@jaro_winkler).
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::identity::{PreparedTexts, jaro_winkler};
    /// let names = PreparedTexts::new(["dixon", "dicksonx"])?;
    /// assert_eq!(names.jaro_winkler(0, 1), jaro_winkler("dixon", "dicksonx"));
    /// assert_eq!(names.jaro_winkler(0, 7), 0.0); // there is no text 7
    /// # Ok::<(), custometry::Error>(())
    /// ```
    #[inline]
    pub fn jaro_winkler(&self, a: u32, b: u32) -> f64 {
        let short = on_short_pair!(self, a, b, |pair| pair.jaro_winkler());
        short.unwrap_or_else(|| self.jaro_winkler_long(a, b))
    }

    fn jaro_winkler_long(&self, a: u32, b: u32) -> f64 {
        match (self.get(a), self.get(b)) {
            (Some(a), Some(b)) => jaro_winkler(a, b),
            _ => 0.0,
        }
    }

    /// The similarity of two texts if it is at least `cut`; faster than
    /// [`jaro_winkler`](Self::jaro_winkler) where most pairs are below.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::identity::PreparedTexts;
    /// let names = PreparedTexts::new(["jonathan", "jonathon", "miller"])?;
    /// assert!(names.jaro_winkler_at_least(0, 1, 0.92).is_some());
    /// assert_eq!(names.jaro_winkler_at_least(0, 2, 0.92), None);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    #[inline]
    pub fn jaro_winkler_at_least(&self, a: u32, b: u32, cut: f64) -> Option<f64> {
        let matched = self.most_matched(a, b)?;
        let short = on_short_pair!(self, a, b, |pair| pair.jaro_winkler_at_least(cut, matched));
        let similarity = match short {
            Some(similarity) => similarity,
            None => self.jaro_winkler_long_at_least(a, b, cut, matched),
        }?;
        (similarity >= cut).then_some(similarity)
    }

    /// The similarity, unless it is clear that it is below `cut`.
    fn jaro_winkler_long_at_least(&self, a: u32, b: u32, cut: f64, matched: usize) -> Option<f64> {
        // Rounding could take a similarity past its ceiling, but not so far.
        let cut = cut - 1e-12;
        let length = |id: u32| self.gists[id as usize].length as usize;
        let ceiling = ceiling(length(a), length(b), matched);
        // The texts are fetched only for pairs that a common start could save.
        if boosted(ceiling, || PREFIX) < cut {
            return None;
        }
        let (text_a, text_b) = (self.get(a)?, self.get(b)?);
        let most = boosted(ceiling, || prefix(text_a.chars(), text_b.chars()));
        (most >= cut).then(|| jaro_winkler(text_a, text_b))
    }

    /// The Levenshtein distance of two texts if it is at most `max`.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::identity::PreparedTexts;
    /// let names = PreparedTexts::new(["kitten", "sitting"])?;
    /// assert_eq!(names.levenshtein_within(0, 1, 3), Some(3));
    /// assert_eq!(names.levenshtein_within(0, 1, 2), None);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    #[inline]
    pub fn levenshtein_within(&self, a: u32, b: u32, max: u32) -> Option<u32> {
        self.within(Edits::Levenshtein, a, b, max)
    }

    /// The optimal string alignment distance of two texts, see
    /// [`osa`](super::osa), if it is at most `max`.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::identity::PreparedTexts;
    /// let names = PreparedTexts::new(["martha", "marhta"])?;
    /// assert_eq!(names.osa_within(0, 1, 2), Some(1));
    /// # Ok::<(), custometry::Error>(())
    /// ```
    #[inline]
    pub fn osa_within(&self, a: u32, b: u32, max: u32) -> Option<u32> {
        self.within(Edits::Osa, a, b, max)
    }

    /// The Damerau-Levenshtein distance of two texts, see
    /// [`damerau_levenshtein`](super::damerau_levenshtein), if it is at most `max`.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::identity::PreparedTexts;
    /// let names = PreparedTexts::new(["ca", "abc"])?;
    /// assert_eq!(names.damerau_within(0, 1, 2), Some(2));
    /// assert_eq!(names.osa_within(0, 1, 2), None);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    #[inline]
    pub fn damerau_within(&self, a: u32, b: u32, max: u32) -> Option<u32> {
        self.within(Edits::Damerau, a, b, max)
    }

    #[inline]
    fn within(&self, edits: Edits, a: u32, b: u32, max: u32) -> Option<u32> {
        let (only_a, only_b) = self.unshared(a, b)?;
        // An edit takes away at most one character of each text.
        if only_a.max(only_b) > max {
            return None;
        }
        let most = max as usize;
        let distance = match on_short_pair!(self, a, b, |pair| pair.within(edits, most)) {
            Some(distance) => distance,
            None => self.within_long(edits, a, b, most),
        };
        // No distance is longer than the longer text.
        distance.and_then(|distance| u32::try_from(distance).ok())
    }

    fn within_long(&self, edits: Edits, a: u32, b: u32, max: usize) -> Option<usize> {
        let length = |id: u32| self.gists[id as usize].length;
        if length(a).abs_diff(length(b)) as usize > max {
            return None;
        }
        within(edits, self.get(a)?, self.get(b)?, max)
    }

    /// How many groups of characters only the one and only the other text has:
    /// each of them at least one character without a partner.
    #[inline]
    fn unshared(&self, a: u32, b: u32) -> Option<(u32, u32)> {
        let a = self.gists.get(a as usize)?.groups;
        let b = self.gists.get(b as usize)?.groups;
        Some(((a & !b).count_ones(), (b & !a).count_ones()))
    }

    /// At most so many characters of two texts can be matched with one another.
    #[inline]
    fn most_matched(&self, a: u32, b: u32) -> Option<usize> {
        let (only_a, only_b) = self.unshared(a, b)?;
        let length = |id: u32| self.gists[id as usize].length;
        Some((length(a) - only_a).min(length(b) - only_b) as usize)
    }
}

impl fmt::Debug for PreparedTexts {
    /// The number of texts: there may be millions.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PreparedTexts")
            .field("texts", &self.len())
            .finish_non_exhaustive()
    }
}

/// The most frequent characters of a column, numbered from 1 in their order.
struct Alphabet {
    /// 0 is no character of the alphabet.
    ascii: [u8; 128],
    others: BTreeMap<char, u8>,
    size: usize,
}

impl Alphabet {
    fn of(text: &str) -> Self {
        let mut ascii = [0u64; 128];
        let mut others = BTreeMap::<char, u64>::new();
        for byte in text.bytes() {
            if let Some(count) = ascii.get_mut(usize::from(byte)) {
                *count += 1;
            }
        }
        if !text.is_ascii() {
            for char in text.chars().filter(|char| !char.is_ascii()) {
                *others.entry(char).or_default() += 1;
            }
        }
        let ascii = ('\0'..).zip(ascii).filter(|&(_, count)| count > 0);
        let mut chars: Vec<(char, u64)> = ascii.chain(others).collect();
        // Of equal counts, the first characters: the sort is stable.
        chars.sort_by_key(|&(_, count)| std::cmp::Reverse(count));
        chars.truncate(WIDE - 1);
        chars.sort_unstable();

        let mut alphabet = Self {
            ascii: [0; 128],
            others: BTreeMap::new(),
            size: chars.len(),
        };
        for ((char, _), code) in chars.into_iter().zip(1..) {
            match alphabet.ascii.get_mut(char as usize) {
                Some(place) => *place = code,
                None => {
                    alphabet.others.insert(char, code);
                }
            }
        }
        alphabet
    }

    /// Characters that have no code are of the first group.
    fn gist(&self, text: &str) -> Gist {
        let mut groups = 0;
        let mut length = 0;
        if text.is_ascii() {
            for byte in text.bytes() {
                groups |= 1 << self.ascii[usize::from(byte)];
            }
            length = text.len();
        } else {
            for char in text.chars() {
                groups |= 1 << self.code(char).unwrap_or(0);
                length += 1;
            }
        }
        // A text has no more characters than bytes, and those were counted.
        #[expect(clippy::cast_possible_truncation)]
        let length = length as u32;
        Gist { groups, length }
    }

    fn code(&self, char: char) -> Option<u8> {
        let code = match self.ascii.get(char as usize) {
            Some(&code) => code,
            None => *self.others.get(&char)?,
        };
        (code > 0).then_some(code)
    }
}
