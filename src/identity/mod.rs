//! Who is who: how likely it is that two records are the same person.

mod normalise;
mod similarity;

pub use self::similarity::{
    PreparedTexts, cologne, cosine_tokens, damerau_levenshtein, double_metaphone, haversine_km,
    jaccard_chars, jaccard_qgrams, jaccard_tokens, jaro, jaro_winkler, levenshtein, nysiis, osa,
    soundex,
};
