//! What text is compared by: bytes where both sides are ASCII, Unicode scalar
//! values elsewhere.

use std::marker::PhantomData;

/// Longest text whose positions fit in the bits of a word.
pub(super) const WORD: usize = 64;

/// One character of a text.
pub(super) trait Unit: Copy + Ord {
    /// Whether every code is below the size of the table in [`Positions`].
    const SMALL: bool;

    fn code(self) -> u32;
}

/// A byte of an ASCII text.
impl Unit for u8 {
    const SMALL: bool = true;

    fn code(self) -> u32 {
        u32::from(self & 0x7f)
    }
}

impl Unit for char {
    const SMALL: bool = false;

    fn code(self) -> u32 {
        u32::from(self)
    }
}

/// The characters of a text; on the stack if there are few.
pub(super) struct Chars {
    few: [char; WORD],
    length: usize,
    many: Vec<char>,
}

impl Chars {
    pub(super) fn of(text: &str) -> Self {
        let mut chars = Self {
            few: ['\0'; WORD],
            length: 0,
            many: Vec::new(),
        };
        for (at, char) in text.chars().enumerate() {
            if at == WORD {
                chars.many = text.chars().collect();
                break;
            }
            chars.few[at] = char;
            chars.length += 1;
        }
        chars
    }

    pub(super) fn as_slice(&self) -> &[char] {
        if self.many.is_empty() {
            &self.few[..self.length]
        } else {
            &self.many
        }
    }
}

/// Runs `$body` on the units of two texts, once compiled for bytes and once for
/// characters.
macro_rules! by_units {
    ($a:expr, $b:expr, |$x:ident, $y:ident| $body:expr) => {
        if $a.is_ascii() && $b.is_ascii() {
            let ($x, $y) = ($a.as_bytes(), $b.as_bytes());
            $body
        } else {
            let (a, b) = (
                $crate::identity::similarity::units::Chars::of($a),
                $crate::identity::similarity::units::Chars::of($b),
            );
            let ($x, $y) = (a.as_slice(), b.as_slice());
            $body
        }
    };
}
pub(super) use by_units;

/// Slots of [`Positions`]: twice the characters that can be in it, so that a search
/// always meets an empty slot.
const SLOTS: usize = 2 * WORD;

/// Where each character stands in a text of at most [`WORD`] of them, as bits.
pub(super) struct Positions<T> {
    /// 0 in an empty slot.
    places: [u64; SLOTS],
    codes: [u32; SLOTS],
    unit: PhantomData<T>,
}

impl<T: Unit> Positions<T> {
    /// Positions from [`WORD`] on are left out.
    pub(super) fn of(text: &[T]) -> Self {
        let mut masks = Self {
            places: [0; SLOTS],
            codes: [0; SLOTS],
            unit: PhantomData,
        };
        for (at, &unit) in text.iter().take(WORD).enumerate() {
            let slot = masks.slot(unit);
            masks.codes[slot] = unit.code();
            masks.places[slot] |= 1 << at;
        }
        masks
    }

    pub(super) fn get(&self, unit: T) -> u64 {
        self.places[self.slot(unit)]
    }

    /// ASCII characters have a slot each; others move on to the next free one.
    fn slot(&self, unit: T) -> usize {
        let code = unit.code();
        let mut slot = code as usize % SLOTS;
        if !T::SMALL {
            while self.places[slot] != 0 && self.codes[slot] != code {
                slot = (slot + 1) % SLOTS;
            }
        }
        slot
    }
}
