//! How alike two values are.
//!
//! One file a family: `jaro` and `edits` compare spellings, `sets` compares
//! bags of words and letters, `phonetic` writes down a sound, `places` and
//! `days` compare coordinates and dates. [`PreparedTexts`] holds a column of
//! values in the form that makes comparing two of them cheap.
//!
//! Text is compared by Unicode scalar value, as it stands: case, accents and
//! blanks are taken away before, not here. Every function is symmetric: the
//! same two values give the same bits in either order.

mod days;
mod edits;
mod jaro;
mod lanes;
mod phonetic;
mod places;
mod prepared;
mod sets;
mod units;

#[cfg(test)]
mod naive;
#[cfg(test)]
mod tests;

pub(super) use self::days::day_and_month_exchanged;
pub use self::edits::{damerau_levenshtein, levenshtein, osa};
pub use self::jaro::{jaro, jaro_winkler};
pub use self::phonetic::{cologne, double_metaphone, nysiis, soundex};
pub use self::places::haversine_km;
pub use self::prepared::PreparedTexts;
pub(super) use self::sets::common_numbers;
pub use self::sets::{cosine_tokens, jaccard_chars, jaccard_qgrams, jaccard_tokens};
