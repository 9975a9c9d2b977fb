//! Similarity of sets: of words, characters, runs of characters and numbers.
//!
//! Two empty sets have similarity 1, an empty and another one 0.

use std::cmp::Ordering;

/// The Jaccard similarity of the words of two texts: common words by all words,
/// each word counted once. Words are what stands between blanks.
///
/// # Example
///
/// ```
/// use custometry::identity::jaccard_tokens;
/// assert_eq!(jaccard_tokens("12 main street", "main street 12"), 1.0);
/// assert_eq!(jaccard_tokens("main street", "main road"), 1.0 / 3.0);
/// ```
pub fn jaccard_tokens(a: &str, b: &str) -> f64 {
    jaccard(
        a.split_whitespace().collect(),
        b.split_whitespace().collect(),
    )
}

/// The cosine of the angle between the words of two texts, each word counted as
/// often as it stands there.
///
/// # Example
///
/// ```
/// use custometry::identity::cosine_tokens;
/// assert_eq!(cosine_tokens("new new york", "york new new"), 1.0);
/// assert_eq!(cosine_tokens("main street", "main road"), 0.5);
/// ```
pub fn cosine_tokens(a: &str, b: &str) -> f64 {
    let (a, b) = (counted(a), counted(b));
    if a.is_empty() && b.is_empty() {
        return 1.0;
    }
    let mut product = 0;
    merge(&a, &b, |a, b| a.0.cmp(b.0), |a, b| product += a.1 * b.1);
    if product == 0 {
        return 0.0;
    }
    let square = |words: &[(&str, u64)]| -> f64 {
        let sum: u64 = words.iter().map(|&(_, count)| count * count).sum();
        sum as f64
    };
    product as f64 / (square(&a) * square(&b)).sqrt()
}

/// The Jaccard similarity of the characters of two texts: common characters by
/// all characters, each counted once. `jaccard` of `DuckDB`, which counts bytes,
/// is the same on ASCII text.
///
/// # Example
///
/// ```
/// use custometry::identity::jaccard_chars;
/// assert_eq!(jaccard_chars("duck", "luck"), 0.6);
/// ```
pub fn jaccard_chars(a: &str, b: &str) -> f64 {
    jaccard(a.chars().collect(), b.chars().collect())
}

/// The Jaccard similarity of the runs of `q` characters of two texts, each run
/// counted once. A text of fewer characters is one run; a `q` of 0 is taken as 1.
///
/// # Example
///
/// ```
/// use custometry::identity::jaccard_qgrams;
/// assert_eq!(jaccard_qgrams("night", "nacht", 2), 1.0 / 7.0); // only "ht"
/// assert_eq!(jaccard_qgrams("a", "a", 2), 1.0);
/// ```
pub fn jaccard_qgrams(a: &str, b: &str, q: usize) -> f64 {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    jaccard(runs(&a, q), runs(&b, q))
}

fn runs(text: &[char], q: usize) -> Vec<&[char]> {
    if text.is_empty() {
        return Vec::new();
    }
    text.windows(q.clamp(1, text.len())).collect()
}

/// The words of a text, in order, with how often they stand there.
fn counted(text: &str) -> Vec<(&str, u64)> {
    let mut words: Vec<(&str, u64)> = text.split_whitespace().map(|word| (word, 1)).collect();
    words.sort_unstable();
    words.dedup_by(|word, kept| {
        let same = word.0 == kept.0;
        kept.1 += if same { word.1 } else { 0 };
        same
    });
    words
}

fn jaccard<T: Ord>(mut a: Vec<T>, mut b: Vec<T>) -> f64 {
    for set in [&mut a, &mut b] {
        set.sort_unstable();
        set.dedup();
    }
    if a.is_empty() && b.is_empty() {
        return 1.0;
    }
    let mut common = 0;
    merge(&a, &b, Ord::cmp, |_, _| common += 1);
    common as f64 / (a.len() + b.len() - common) as f64
}

/// How many numbers two ascending runs of distinct numbers have in common.
pub(in crate::identity) fn common_numbers(a: &[u32], b: &[u32]) -> usize {
    let mut common = 0;
    merge(a, b, Ord::cmp, |_, _| common += 1);
    common
}

/// Calls `same` for each item that is in two ordered sets.
fn merge<T>(a: &[T], b: &[T], order: impl Fn(&T, &T) -> Ordering, mut same: impl FnMut(&T, &T)) {
    let (mut i, mut j) = (0, 0);
    while i < a.len() && j < b.len() {
        let order = order(&a[i], &b[j]);
        if order == Ordering::Equal {
            same(&a[i], &b[j]);
        }
        i += usize::from(order.is_le());
        j += usize::from(order.is_ge());
    }
}
