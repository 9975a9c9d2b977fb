//! The definitions, as plainly as they can be written; oracles of the tests.

use std::collections::BTreeMap;

/// Jaro's similarity, scanning `scanned`.
fn jaro_scanning(scanned: &[char], other: &[char]) -> f64 {
    let longer = scanned.len().max(other.len());
    if longer == 0 {
        return 1.0;
    }
    let window = (longer / 2).saturating_sub(1);
    let mut used = vec![false; other.len()];
    let mut matched = Vec::new();
    for (i, char) in scanned.iter().enumerate() {
        for (j, used) in used.iter_mut().enumerate() {
            if !*used && other[j] == *char && i.abs_diff(j) <= window {
                *used = true;
                matched.push(*char);
                break;
            }
        }
    }
    if matched.is_empty() {
        return 0.0;
    }
    let others = other.iter().zip(used).filter(|&(_, used)| used);
    let displaced = others.zip(&matched).filter(|((a, _), b)| a != b).count();
    let m = matched.len() as f64;
    let t = (displaced / 2) as f64;
    (m / scanned.len() as f64 + m / other.len() as f64 + (m - t) / m) / 3.0
}

fn chars(text: &str) -> Vec<char> {
    text.chars().collect()
}

pub(super) fn jaro(a: &str, b: &str) -> f64 {
    let (a, b) = (chars(a), chars(b));
    if (a.len(), &a) < (b.len(), &b) {
        jaro_scanning(&a, &b)
    } else {
        jaro_scanning(&b, &a)
    }
}

pub(super) fn jaro_winkler(a: &str, b: &str) -> f64 {
    let jaro = jaro(a, b);
    let prefix = a.chars().zip(b.chars()).take(4);
    let prefix = prefix.take_while(|(a, b)| a == b).count() as f64;
    if jaro > 0.7 {
        jaro + prefix * 0.1 * (1.0 - jaro)
    } else {
        jaro
    }
}

/// The whole table of Wagner and Fischer; with exchanges of neighbours if asked.
pub(super) fn alignment(a: &str, b: &str, exchanges: bool) -> usize {
    let (a, b) = (chars(a), chars(b));
    let mut table = vec![vec![0; b.len() + 1]; a.len() + 1];
    for i in 0..=a.len() {
        for j in 0..=b.len() {
            table[i][j] = if i == 0 || j == 0 {
                i + j
            } else {
                let replace = table[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
                let mut best = replace.min(table[i - 1][j] + 1).min(table[i][j - 1] + 1);
                if exchanges && i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                    best = best.min(table[i - 2][j - 2] + 1);
                }
                best
            };
        }
    }
    table[a.len()][b.len()]
}

/// The whole table of Lowrance and Wagner (1975), doi:10.1145/321879.321880.
pub(super) fn damerau(a: &str, b: &str) -> usize {
    let (a, b) = (chars(a), chars(b));
    let far = a.len() + b.len();
    let mut last_row = BTreeMap::new();
    // One row and column more than usual, at index 0, that are never reached.
    let mut table = vec![vec![far; b.len() + 2]; a.len() + 2];
    for i in 0..=a.len() {
        table[i + 1][1] = i;
    }
    for j in 0..=b.len() {
        table[1][j + 1] = j;
    }
    for i in 1..=a.len() {
        let mut last_column = 0;
        for j in 1..=b.len() {
            let k = last_row.get(&b[j - 1]).copied().unwrap_or(0);
            let l = last_column;
            let same = a[i - 1] == b[j - 1];
            if same {
                last_column = j;
            }
            table[i + 1][j + 1] = (table[i][j] + usize::from(!same))
                .min(table[i + 1][j] + 1)
                .min(table[i][j + 1] + 1)
                .min(table[k][l] + (i - k - 1) + 1 + (j - l - 1));
        }
        last_row.insert(a[i - 1], i);
    }
    table[a.len() + 1][b.len() + 1]
}
