//! Jaro and Jaro-Winkler similarity.
//!
//! ```text
//! jaro    = (m/|a| + m/|b| + (m - t)/m) / 3
//! winkler = jaro + p 0.1 (1 - jaro)     where jaro > 0.7
//! ```
//!
//! where m is the number of matched characters: equal, at most
//! max(|a|, |b|)/2 - 1 places apart, each used once; t is half the number of
//! matched characters that stand in another order; p is the length of the
//! common prefix, at most 4.
//!
//! Characters are matched greedily, from left to right. That finds the same m
//! from either side, but may use other ones of several equal characters, and so
//! give another t. One side is therefore always scanned: the shorter, and of
//! two equally long the one that comes first in the order of characters.

use super::units::{Positions, Unit, WORD, by_units};

/// Similarity above which a common prefix counts.
const BOOST_ABOVE: f64 = 0.7;
/// What each character of the common prefix closes of the gap to 1.
const PREFIX_WEIGHT: f64 = 0.1;
/// Longest prefix that counts.
pub(super) const PREFIX: usize = 4;

/// The Jaro similarity of two texts, from 0 to 1.
///
/// Two empty texts have similarity 1, an empty and another one 0. The time is
/// O(n log n) in the length of the texts; up to 64 characters nothing is
/// allocated.
///
/// Other libraries scan the side that is given first, so that theirs may differ
/// between `(a, b)` and `(b, a)`; this one equals one of the two.
///
/// # Example
///
/// ```
/// use custometry::identity::jaro;
/// assert_eq!(format!("{:.4}", jaro("MARTHA", "MARHTA")), "0.9444");
/// assert_eq!(jaro("anna", ""), 0.0);
/// assert_eq!(jaro("", ""), 1.0);
/// ```
///
/// # Reference
///
/// Jaro (1989), "Advances in record-linkage methodology",
/// doi:10.1080/01621459.1989.10478785.
pub fn jaro(a: &str, b: &str) -> f64 {
    by_units!(a, b, |a, b| jaro_of_units(a, b))
}

/// The Jaro-Winkler similarity of two texts, from 0 to 1: [`jaro`], raised for
/// a common prefix.
///
/// The prefix weighs 0.1 a character, for at most 4 of them, and counts only
/// where Jaro's similarity is above 0.7: as in rapidfuzz and `DuckDB`.
///
/// # Example
///
/// ```
/// use custometry::identity::jaro_winkler;
/// assert_eq!(format!("{:.4}", jaro_winkler("MARTHA", "MARHTA")), "0.9611");
/// assert_eq!(format!("{:.4}", jaro_winkler("DWAYNE", "DUANE")), "0.8400");
/// assert_eq!(jaro_winkler("Müller", "Müller"), 1.0);
/// ```
///
/// # Reference
///
/// Winkler (1990), "String comparator metrics and enhanced decision rules in the
/// Fellegi-Sunter model of record linkage".
pub fn jaro_winkler(a: &str, b: &str) -> f64 {
    by_units!(a, b, |a, b| boosted(jaro_of_units(a, b), || prefix(
        a.iter(),
        b.iter()
    )))
}

/// Jaro's similarity with the prefix counted in.
#[inline]
pub(super) fn boosted(jaro: f64, prefix: impl FnOnce() -> usize) -> f64 {
    if jaro > BOOST_ABOVE {
        jaro + prefix() as f64 * PREFIX_WEIGHT * (1.0 - jaro)
    } else {
        jaro
    }
}

/// Length of the common prefix, as far as it counts.
pub(super) fn prefix<T: Eq>(a: impl Iterator<Item = T>, b: impl Iterator<Item = T>) -> usize {
    let pairs = a.zip(b).take(PREFIX);
    pairs.take_while(|(a, b)| a == b).count()
}

/// How far apart two equal characters may stand.
pub(super) const fn window(longer: usize) -> usize {
    (longer / 2).saturating_sub(1)
}

/// What Jaro's formula is made of.
#[derive(Clone, Copy)]
struct Matches {
    matched: usize,
    /// Matched characters that stand in another order.
    displaced: usize,
}

/// Jaro's formula.
fn formula(longer: usize, shorter: usize, matches: Matches) -> f64 {
    if longer == 0 {
        return 1.0;
    }
    if matches.matched == 0 {
        return 0.0;
    }
    let m = matches.matched as f64;
    let t = (matches.displaced / 2) as f64;
    (m / shorter as f64 + m / longer as f64 + (m - t) / m) / 3.0
}

/// The highest similarity that texts of these lengths can have with so many
/// matched characters.
pub(super) fn ceiling(a: usize, b: usize, matched: usize) -> f64 {
    let matches = Matches {
        matched,
        displaced: 0,
    };
    formula(a.max(b), a.min(b), matches)
}

fn jaro_of_units<T: Unit>(a: &[T], b: &[T]) -> f64 {
    let (longer, shorter) = if (a.len(), a) < (b.len(), b) {
        (b, a)
    } else {
        (a, b)
    };
    let matches = if longer.len() <= WORD {
        match_bits(longer, shorter)
    } else {
        match_queues(longer, shorter)
    };
    formula(longer.len(), shorter.len(), matches)
}

/// The bits from `at - window` to `at + window`.
fn reach(at: usize, window: usize) -> u64 {
    let up = u64::MAX >> (WORD - 1).saturating_sub(at + window);
    up & u64::MAX << at.saturating_sub(window)
}

/// Matches texts of at most [`WORD`] characters.
fn match_bits<T: Unit>(longer: &[T], shorter: &[T]) -> Matches {
    let masks = Positions::of(longer);
    let window = window(longer.len());
    let mut free = u64::MAX;
    // Where the matched characters of the shorter text stand in the longer one.
    let mut met = [0; WORD];
    let mut matched = 0;
    for (at, &unit) in shorter.iter().enumerate() {
        let all = masks.get(unit);
        let near = all & reach(at, window) & free;
        free ^= near & near.wrapping_neg();
        met[matched % WORD] = all;
        matched += usize::from(near != 0);
    }
    let mut rest = !free;
    let mut displaced = 0;
    for all in &met[..matched] {
        let first = rest & rest.wrapping_neg();
        rest ^= first;
        displaced += usize::from(all & first == 0);
    }
    Matches { matched, displaced }
}

/// The places of one character, in order, less those passed.
struct Queue<T> {
    unit: T,
    next: usize,
    end: usize,
}

/// Matches texts of any length in O(n log n).
///
/// The window only moves to the right and the first free place in it is taken,
/// so the places of a character are a queue: what is passed or taken never
/// comes back.
fn match_queues<T: Unit>(longer: &[T], shorter: &[T]) -> Matches {
    let mut places: Vec<(T, usize)> = longer.iter().copied().zip(0..).collect();
    places.sort_unstable();
    let mut queues: Vec<Queue<T>> = Vec::new();
    for (at, &(unit, _)) in places.iter().enumerate() {
        match queues.last_mut() {
            Some(queue) if queue.unit == unit => queue.end = at + 1,
            _ => queues.push(Queue {
                unit,
                next: at,
                end: at + 1,
            }),
        }
    }

    let window = window(longer.len());
    let mut taken = vec![false; longer.len()];
    let mut met = Vec::new();
    for (at, &unit) in shorter.iter().enumerate() {
        let Ok(found) = queues.binary_search_by_key(&unit, |queue| queue.unit) else {
            continue;
        };
        let queue = &mut queues[found];
        let mut ahead = places[queue.next..queue.end].iter();
        let passed = ahead.position(|&(_, place)| place + window >= at);
        let Some(passed) = passed else {
            queue.next = queue.end;
            continue;
        };
        queue.next += passed;
        let place = places[queue.next].1;
        if place <= at + window {
            queue.next += 1;
            taken[place] = true;
            met.push(unit);
        }
    }
    let in_order = longer.iter().zip(&taken).filter(|&(_, &taken)| taken);
    let displaced = in_order.zip(&met).filter(|&((a, _), b)| a != b).count();
    Matches {
        matched: met.len(),
        displaced,
    }
}
