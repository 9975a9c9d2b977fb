//! Edit distances: how many single-character edits turn one text into another.
//!
//! Up to 64 characters, a column of the table of distances is kept as the bits
//! of a few words. Beyond, only the diagonal band of the table is computed that
//! a distance of at most `max` can pass through.

use super::units::{Positions, Unit, WORD, by_units};

/// What counts as one edit besides inserting, deleting and replacing a character.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Edits {
    /// Nothing.
    Levenshtein,
    /// Exchanging two neighbours, neither of which is edited again.
    Osa,
    /// Exchanging two neighbours, with any edits between.
    Damerau,
}

/// The Levenshtein distance of two texts: how many characters must at least be
/// inserted, deleted or replaced to turn one into the other.
///
/// Beyond 64 characters the time is O(n d), where d is the distance.
///
/// # Example
///
/// ```
/// use custometry::identity::levenshtein;
/// assert_eq!(levenshtein("kitten", "sitting"), 3);
/// assert_eq!(levenshtein("Björk", "Bjork"), 1);
/// assert_eq!(levenshtein("CA", "AC"), 2);
/// ```
///
/// # References
///
/// Levenshtein (1966), "Binary codes capable of correcting deletions, insertions
/// and reversals"; Myers (1999), doi:10.1145/316542.316550.
pub fn levenshtein(a: &str, b: &str) -> usize {
    distance(Edits::Levenshtein, a, b)
}

/// The optimal string alignment distance of two texts: [`levenshtein`], where
/// exchanging two neighbours is one edit too, but no character is edited twice.
///
/// Not a metric: it may be longer than a detour over a third text.
///
/// # Example
///
/// ```
/// use custometry::identity::osa;
/// assert_eq!(osa("MARTHA", "MARHTA"), 1);
/// assert_eq!(osa("CA", "ABC"), 3);
/// ```
///
/// # Reference
///
/// Hyyrö (2003), "A bit-vector algorithm for computing Levenshtein and Damerau
/// edit distances", Nordic Journal of Computing 10.
pub fn osa(a: &str, b: &str) -> usize {
    distance(Edits::Osa, a, b)
}

/// The Damerau-Levenshtein distance of two texts: [`levenshtein`], where
/// exchanging two neighbours is one edit too, also if others come between.
///
/// # Example
///
/// ```
/// use custometry::identity::damerau_levenshtein;
/// assert_eq!(damerau_levenshtein("CA", "AC"), 1);
/// assert_eq!(damerau_levenshtein("CA", "ABC"), 2); // exchange, then insert
/// ```
///
/// # References
///
/// Damerau (1964), doi:10.1145/363958.363994; Zhao and Sahni (2019), "String
/// correction using the Damerau-Levenshtein distance",
/// doi:10.1186/s12859-019-2819-0.
pub fn damerau_levenshtein(a: &str, b: &str) -> usize {
    distance(Edits::Damerau, a, b)
}

fn distance(edits: Edits, a: &str, b: &str) -> usize {
    // No distance is longer than the longer text, which has at most its bytes.
    let most = a.len().max(b.len());
    within(edits, a, b, most).unwrap_or(most)
}

/// The distance of two texts if it is at most `max`.
pub(super) fn within(edits: Edits, a: &str, b: &str, max: usize) -> Option<usize> {
    by_units!(a, b, |a, b| units_within(edits, a, b, max))
}

/// The distance of two runs of characters if it is at most `max`.
pub(super) fn units_within<T: Unit>(edits: Edits, a: &[T], b: &[T], max: usize) -> Option<usize> {
    let (a, b) = without_common_ends(a, b);
    let (longer, shorter) = if a.len() < b.len() { (b, a) } else { (a, b) };
    if longer.len() - shorter.len() > max {
        return None;
    }
    if shorter.is_empty() {
        return Some(longer.len());
    }
    if longer.len() > WORD {
        return widening(edits, longer, shorter, max);
    }
    let masks = Positions::of(longer);
    let scan = shorter.iter().map(|&unit| masks.get(unit));
    match edits {
        Edits::Levenshtein => levenshtein_bits(longer.len(), scan, max),
        Edits::Osa => osa_bits(longer.len(), scan, max),
        Edits::Damerau => damerau_bits(longer.len(), scan, max, || {
            let mut cells = [0; 4 * (WORD + 2)];
            banded(edits, longer, shorter, max.min(WORD), &mut cells)
        }),
    }
}

/// The Damerau-Levenshtein distance by way of the one by alignment.
///
/// The two differ only by exchanges with edits between. Such an exchange costs
/// at least 2, so an alignment of at most 2 is the answer, and a longer one says
/// that the answer is at least 2. In an alignment, it costs at most twice as
/// much: without one of at most `2 max` there is no answer. `exact` is asked
/// for the rest.
pub(super) fn damerau_bits(
    length: usize,
    scan: impl ExactSizeIterator<Item = u64>,
    max: usize,
    exact: impl FnOnce() -> Option<usize>,
) -> Option<usize> {
    let aligned = osa_bits(length, scan, max.saturating_mul(2))?;
    if aligned <= 2 {
        (aligned <= max).then_some(aligned)
    } else if max < 2 {
        None
    } else {
        exact()
    }
}

/// Common ends never need an edit.
fn without_common_ends<'a, T: Unit>(mut a: &'a [T], mut b: &'a [T]) -> (&'a [T], &'a [T]) {
    let start = a.iter().zip(b).take_while(|(a, b)| a == b).count();
    (a, b) = (&a[start..], &b[start..]);
    let ends = a.iter().rev().zip(b.iter().rev());
    let end = ends.take_while(|(a, b)| a == b).count();
    (&a[..a.len() - end], &b[..b.len() - end])
}

/// Levenshtein's distance to a text of `length` characters, from 1 to 64, given
/// where in it each character of the other text stands.
///
/// The column of the table is kept as steps up and down from cell to cell
/// (Myers 1999, in the form of Hyyrö 2003).
pub(super) fn levenshtein_bits(
    length: usize,
    scan: impl ExactSizeIterator<Item = u64>,
    max: usize,
) -> Option<usize> {
    let last = 1u64 << (length - 1);
    let (mut up, mut down) = (u64::MAX, 0);
    let mut distance = length;
    let mut to_come = scan.len();
    for here in scan {
        let diagonal = (((here & up).wrapping_add(up)) ^ up) | here | down;
        let right_up = down | !(diagonal | up);
        let right_down = diagonal & up;
        distance += usize::from(right_up & last != 0);
        distance -= usize::from(right_down & last != 0);
        // The last cell falls by at most 1 a column.
        to_come -= 1;
        if distance > max.saturating_add(to_come) {
            return None;
        }
        let right_up = right_up << 1 | 1;
        up = right_down << 1 | !(diagonal | right_up);
        down = right_up & diagonal;
    }
    (distance <= max).then_some(distance)
}

/// The same with exchanges of neighbours (Hyyrö 2003).
pub(super) fn osa_bits(
    length: usize,
    scan: impl ExactSizeIterator<Item = u64>,
    max: usize,
) -> Option<usize> {
    let last = 1u64 << (length - 1);
    let (mut up, mut down) = (u64::MAX, 0);
    let (mut diagonal, mut before) = (0u64, 0);
    let mut distance = length;
    let mut to_come = scan.len();
    for here in scan {
        let exchanged = ((!diagonal & here) << 1) & before;
        diagonal = (((here & up).wrapping_add(up)) ^ up) | here | down | exchanged;
        let right_up = down | !(diagonal | up);
        let right_down = diagonal & up;
        distance += usize::from(right_up & last != 0);
        distance -= usize::from(right_down & last != 0);
        to_come -= 1;
        if distance > max.saturating_add(to_come) {
            return None;
        }
        let right_up = right_up << 1 | 1;
        up = right_down << 1 | !(diagonal | right_up);
        down = right_up & diagonal;
        before = here;
    }
    (distance <= max).then_some(distance)
}

/// Half the width of the first band that is tried.
const FIRST_BAND: usize = 32;

/// Tries bands of doubled width, so that the work is that of the distance found
/// and not that of `max` (Ukkonen 1985, doi:10.1016/S0019-9958(85)80046-2).
fn widening<T: Unit>(edits: Edits, longer: &[T], shorter: &[T], max: usize) -> Option<usize> {
    let max = max.min(longer.len());
    let mut cells = vec![0; 4 * (shorter.len() + 2)];
    let mut band = FIRST_BAND.min(max);
    loop {
        let found = banded(edits, longer, shorter, band, &mut cells);
        if found.is_some() || band == max {
            return found;
        }
        band = (2 * band).min(max);
    }
}

/// The distance if it is at most `max`, from the cells of the table that are at
/// most `max` off the diagonal: O(rows max) time, and four numbers a column.
/// There are at least as many rows as columns.
///
/// The rows are those of Wagner and Fischer; exchanges with edits between come
/// in as in Zhao and Sahni (2019): the edits between are all on one side, so a
/// saved number a column and one a row are enough.
fn banded<T: Unit>(
    edits: Edits,
    rows: &[T],
    columns: &[T],
    max: usize,
    cells: &mut [usize],
) -> Option<usize> {
    let width = columns.len();
    if rows.len() - width > max {
        return None;
    }
    // Longer than any distance; stands for what is outside of the band.
    let far = rows.len() + width + 1;
    // The distance up to column `j` is at `j + 1`: column -1 is never reached.
    let (mut above, cells) = cells.split_at_mut(width + 2);
    let (mut current, cells) = cells.split_at_mut(width + 2);
    // By column: the row before the last in which it matched, two columns to
    // the left; and the row of that match, 0 for none.
    let (saved, matched_rows) = cells.split_at_mut(width + 2);
    above.fill(far);
    saved.fill(far);
    matched_rows.fill(0);
    current[0] = far;
    for (distance, cell) in current[1..].iter_mut().enumerate() {
        *cell = distance;
    }
    // So many rows can an exchange jump over.
    let jump = match edits {
        Edits::Levenshtein => 0,
        Edits::Osa => 1,
        Edits::Damerau => max,
    };
    let mut lost = 0;

    for i in 1..=rows.len() {
        // `current` holds the row before `above` until it is overwritten.
        std::mem::swap(&mut above, &mut current);
        let first = i.saturating_sub(max).max(1);
        let last = width.min(i + max);
        let (mut corner, mut far_corner) = (current[first], current[first - 1]);
        current[first] = if first == 1 { i } else { far };
        let (mut matched_column, mut at_match) = (0, far);
        let mut least = current[first];
        for j in first..=last {
            let same = rows[i - 1] == columns[j - 1];
            let mut best = above[j] + usize::from(!same);
            best = best.min(current[j] + 1).min(above[j + 1] + 1);
            // `corner` is the cell two rows up and one column to the left,
            // `far_corner` two columns to the left.
            match edits {
                Edits::Levenshtein => {}
                Edits::Osa => {
                    let crossed = i > 1
                        && j > 1
                        && rows[i - 1] == columns[j - 2]
                        && rows[i - 2] == columns[j - 1];
                    if crossed {
                        best = best.min(far_corner + 1);
                    }
                }
                Edits::Damerau if same => {
                    matched_column = j;
                    at_match = corner;
                    saved[j] = above[j - 1];
                    matched_rows[j] = i;
                }
                Edits::Damerau => {
                    if matched_column > 0 && j - matched_column == 1 {
                        best = best.min(saved[j] + (i - matched_rows[j]));
                    } else if matched_rows[j] > 0 && i - matched_rows[j] == 1 {
                        best = best.min(at_match + (j - matched_column));
                    }
                }
            }
            far_corner = corner;
            corner = current[j + 1];
            current[j + 1] = best;
            least = least.min(best);
        }
        lost = if least > max { lost + 1 } else { 0 };
        if lost > jump {
            return None;
        }
    }
    let distance = current[width + 1];
    (distance <= max).then_some(distance)
}
