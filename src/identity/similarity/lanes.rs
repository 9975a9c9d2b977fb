//! Short values in a form of fixed size, for the comparisons that run for every
//! pair: up to 15 characters of a small alphabet.
//!
//! A value is its characters as codes, 16 bytes with its length, and for each
//! code of the alphabet the places where it stands, as 16 bits. Comparing two
//! values then takes one load a character: no table is built for a pair, and
//! branches that a processor cannot foresee are few.

use super::edits::{Edits, damerau_bits, levenshtein_bits, osa_bits, units_within};
use super::jaro::{boosted, window};

/// Most characters of a short value.
pub(super) const SHORT: usize = 15;

/// Where the length of a value is in its codes.
const LENGTH: usize = SHORT;
/// The length of a value that is not short.
const NOT_SHORT: u8 = u8::MAX;

/// The places up to a window from each place.
const REACH: [[u16; SHORT]; 8] = {
    let mut reach = [[0; SHORT]; 8];
    let mut window = 0;
    while window < 8 {
        let mut at = 0;
        while at < SHORT {
            let mut place = 0;
            while place < SHORT {
                if place + window >= at && place <= at + window {
                    reach[window][at] |= 1 << place;
                }
                place += 1;
            }
            at += 1;
        }
        window += 1;
    }
    reach
};

/// `SHARE[n][k]` is k/n, with the bits of the division.
const SHARE: [[f64; SHORT + 1]; SHORT + 1] = {
    let mut share = [[0.0; SHORT + 1]; SHORT + 1];
    let mut n = 1;
    while n <= SHORT {
        let mut k = 0;
        while k <= SHORT {
            share[n][k] = k as f64 / n as f64;
            k += 1;
        }
        n += 1;
    }
    share
};

/// All bits of each byte but the highest.
const LOW_BITS: u128 = u128::from_le_bytes([0x7f; SHORT + 1]);

/// The codes of a value, last place first, and its length. Read as a number
/// with the last byte on top, values are in order of length and then of their
/// characters.
type Codes = [u8; SHORT + 1];

/// A column of values, of which those that are short have a lane. Codes are
/// below `N`, a power of 2; 0 is no character.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Lanes<const N: usize> {
    codes: Vec<Codes>,
    places: Vec<[u16; N]>,
}

/// Two short values.
#[derive(Clone, Copy)]
pub(super) struct ShortPair<'a, const N: usize> {
    longer: &'a Codes,
    shorter: &'a Codes,
    /// Where each code stands in the longer value.
    places: &'a [u16; N],
}

impl<const N: usize> Lanes<N> {
    pub(super) fn with_capacity(values: usize) -> Self {
        Self {
            codes: Vec::with_capacity(values),
            places: Vec::with_capacity(values),
        }
    }

    /// Adds the lane of the next value: short, or `None`.
    pub(super) fn push(&mut self, value: Option<&[u8]>) {
        let mut codes = [0; SHORT + 1];
        let mut places = [0; N];
        codes[LENGTH] = NOT_SHORT;
        if let Some(value) = value.filter(|value| value.len() <= SHORT) {
            for (at, &code) in value.iter().enumerate() {
                codes[SHORT - 1 - at] = code;
                places[usize::from(code) % N] |= 1 << at;
            }
            #[expect(clippy::cast_possible_truncation, reason = "at most 15")]
            let length = value.len() as u8;
            codes[LENGTH] = length;
        }
        self.codes.push(codes);
        self.places.push(places);
    }

    /// Two values, if both are in the column and short.
    #[inline]
    pub(super) fn pair(&self, a: usize, b: usize) -> Option<ShortPair<'_, N>> {
        let (first, second) = (self.codes.get(a)?, self.codes.get(b)?);
        if first[LENGTH].max(second[LENGTH]) == NOT_SHORT {
            return None;
        }
        // Without a branch: it would go either way half of the time.
        let swap = u128::from_le_bytes(*first) < u128::from_le_bytes(*second);
        let at = if swap { b } else { a };
        Some(ShortPair {
            longer: if swap { second } else { first },
            shorter: if swap { first } else { second },
            places: self.places.get(at)?,
        })
    }
}

impl<'a, const N: usize> ShortPair<'a, N> {
    fn lengths(self) -> (usize, usize) {
        let of = |codes: &Codes| usize::from(codes[LENGTH]) % (SHORT + 1);
        (of(self.longer), of(self.shorter))
    }

    /// The places of a character of the shorter value in the longer one.
    #[inline]
    fn places_of(self, at: usize) -> u16 {
        self.places[usize::from(self.shorter[SHORT - 1 - at]) % N]
    }

    /// Length of the common prefix, as far as it counts.
    #[inline]
    fn prefix(self) -> usize {
        let start =
            |codes: &Codes| u32::from_le_bytes([codes[11], codes[12], codes[13], codes[14]]);
        let differ = start(self.longer) ^ start(self.shorter);
        // Beyond the end of both values there is agreement, too.
        (differ.leading_zeros() as usize / 8).min(self.lengths().1)
    }

    /// The same bits as [`jaro_winkler`](super::jaro_winkler).
    #[inline]
    pub(super) fn jaro_winkler(self) -> f64 {
        self.unless(|_| false).unwrap_or(0.0)
    }

    /// The same, unless it is clear that it is below `cut`: if at most `most`
    /// characters match, or when it is known how many do.
    #[inline]
    pub(super) fn jaro_winkler_at_least(self, cut: f64, most: usize) -> Option<f64> {
        // Rounding could take a similarity past its ceiling, but not so far.
        let cut = cut - 1e-12;
        if self.winkler(most, 0) < cut {
            return None;
        }
        self.unless(|matched| self.winkler(matched, 0) < cut)
    }

    /// The formula of Jaro and Winkler.
    #[inline]
    fn winkler(self, matched: usize, displaced: usize) -> f64 {
        let (longer, shorter) = self.lengths();
        if matched == 0 {
            return if longer == 0 { 1.0 } else { 0.0 };
        }
        let sum = quotient(shorter, matched)
            + quotient(longer, matched)
            + quotient(matched, matched - displaced / 2);
        boosted(sum / 3.0, || self.prefix())
    }

    /// The similarity, unless it is refused for the number of matches. See
    /// `jaro.rs` for what is counted.
    #[inline]
    fn unless(self, refused: impl FnOnce(usize) -> bool) -> Option<f64> {
        let (longer, shorter) = self.lengths();
        let reach = &REACH[window(longer) % REACH.len()];
        let mut free = u16::MAX;
        // Where the matched characters of the shorter value stand in the longer.
        let mut met = [0; SHORT + 1];
        let mut matched = 0;
        // Beyond the end, the code is 0 and never matches. The loops are of
        // fixed length, the cuts where few pairs of names are uncertain.
        let mut scan = |from: usize, to: usize| {
            for (at, reach) in (from..to).zip(&reach[from..to]) {
                let all = self.places_of(at);
                let near = all & reach & free;
                free ^= near & near.wrapping_neg();
                met[matched % (SHORT + 1)] = all;
                matched += usize::from(near != 0);
            }
        };
        scan(0, 6);
        if shorter > 6 {
            scan(6, 10);
            if shorter > 10 {
                scan(10, SHORT);
            }
        }
        let matched = matched % (SHORT + 1);
        if refused(matched) {
            return None;
        }

        let mut rest = !free;
        let mut displaced = 0;
        let mut count = |met: &[u16]| {
            for all in met {
                let first = rest & rest.wrapping_neg();
                rest ^= first;
                displaced += usize::from(all & first == 0);
            }
        };
        // Six at once, of which those that are too many count as displaced.
        count(&met[..6]);
        if matched > 6 {
            count(&met[6..matched]);
        } else {
            displaced -= 6 - matched;
        }
        Some(self.winkler(matched, displaced))
    }

    /// The characters in reverse; edit distances are the same that way round.
    fn reversed(self) -> (&'a [u8], &'a [u8]) {
        let (longer, shorter) = self.lengths();
        (
            &self.longer[SHORT - longer..SHORT],
            &self.shorter[SHORT - shorter..SHORT],
        )
    }

    /// The edit distance of two values of one length if it is at most 1: one character
    /// replaced, or two neighbours exchanged. An insertion would need a deletion.
    #[inline]
    fn slip(self, edits: Edits) -> Option<usize> {
        let longer = u128::from_le_bytes(*self.longer);
        let shorter = u128::from_le_bytes(*self.shorter);
        // The highest bit of each byte in which they differ: codes are below 128.
        let differ = longer ^ shorter;
        let marks = (differ + LOW_BITS) & !LOW_BITS;
        match marks.count_ones() {
            0 => Some(0),
            1 => Some(1),
            2 if !matches!(edits, Edits::Levenshtein) => {
                let at = marks.trailing_zeros() - 7;
                let neighbours = marks >> (at + 7) == 0x101;
                let (x, y) = ((longer >> at) & 0xffff, (shorter >> at) & 0xffff);
                let exchanged = x == (y >> 8 | (y & 0xff) << 8);
                (neighbours && exchanged).then_some(1)
            }
            _ => None,
        }
    }

    /// The edit distance if it is at most `max`.
    #[inline]
    pub(super) fn within(self, edits: Edits, max: usize) -> Option<usize> {
        let (longer, shorter) = self.lengths();
        if longer - shorter > max {
            return None;
        }
        if shorter == 0 {
            return Some(longer);
        }
        if max == 1 && longer == shorter {
            return self.slip(edits);
        }
        let scan = (0..shorter).map(|at| u64::from(self.places_of(at)));
        match edits {
            Edits::Levenshtein => levenshtein_bits(longer, scan, max),
            Edits::Osa => osa_bits(longer, scan, max),
            Edits::Damerau => damerau_bits(longer, scan, max, || {
                let (longer, shorter) = self.reversed();
                units_within(edits, longer, shorter, max)
            }),
        }
    }
}

/// `SHARE`, with indices that are known to be in it.
#[inline]
fn quotient(n: usize, k: usize) -> f64 {
    SHARE[n % SHARE.len()][k % SHARE.len()]
}
