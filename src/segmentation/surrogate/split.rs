//! The best split of a node.

use super::entries::{Column, Entry, Kind};
use crate::numeric::map_chunks;

/// Where customers without a value go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Left,
    Right,
}

/// What sends a row left.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Test {
    /// A value below the threshold; rows without one go where `missing` says.
    Below { threshold: f64, missing: Side },
    /// A value at all.
    Present,
    /// This label, by its code; `None` for no label.
    Label(Option<u32>),
}

impl Test {
    pub(super) fn goes_left(&self, value: f64) -> bool {
        match *self {
            Self::Below { threshold, missing } => {
                value < threshold || (value.is_nan() && missing == Side::Left)
            }
            Self::Present => !value.is_nan(),
            Self::Label(None) => value.is_nan(),
            Self::Label(Some(code)) => value.total_cmp(&f64::from(code)).is_eq(),
        }
    }
}

/// A split and what it gains, as a share of all weight.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Split {
    pub(super) column: usize,
    pub(super) test: Test,
    pub(super) gain: f64,
}

/// The weights of the classes on one side, with the sum and the sum of squares at hand.
#[derive(Clone)]
struct Classes {
    of: Vec<f64>,
    sum: f64,
    squares: f64,
}

impl Classes {
    fn new(of: Vec<f64>) -> Self {
        Self {
            sum: of.iter().sum(),
            squares: of.iter().map(|weight| weight * weight).sum(),
            of,
        }
    }

    fn add(&mut self, class: u32, weight: f64) {
        let own = &mut self.of[class as usize];
        self.squares += weight * (2.0 * *own + weight);
        *own += weight;
        self.sum += weight;
    }

    fn remove(&mut self, class: u32, weight: f64) {
        let own = &mut self.of[class as usize];
        self.squares -= weight * (2.0 * *own - weight);
        *own -= weight;
        self.sum -= weight;
    }

    /// The weight times the sum of squared shares: what purity is worth.
    fn worth(&self) -> f64 {
        if self.sum > 0.0 {
            self.squares / self.sum
        } else {
            0.0
        }
    }
}

/// What all splits of a tree have in common.
pub(super) struct Weighing<'a> {
    /// Of each row, in units in which their sum is about 1; `None` if all are alike.
    pub(super) weights: Option<&'a [f64]>,
    /// The number of classes.
    pub(super) classes: usize,
    /// The least weight of a leaf.
    pub(super) least: f64,
    /// The weight of all rows.
    pub(super) total: f64,
}

impl Weighing<'_> {
    pub(super) fn weight(&self, row: u32) -> f64 {
        self.weights.map_or(1.0, |all| all[row as usize])
    }

    /// The weights of the classes among some entries.
    pub(super) fn count(&self, entries: &[Entry]) -> Vec<f64> {
        let mut of = vec![0.0; self.classes];
        for entry in entries {
            of[entry.class as usize] += self.weight(entry.row);
        }
        of
    }

    /// The best split of the rows of a node; `None` if one class has all the weight or no split
    /// leaves enough on both sides.
    pub(super) fn best(&self, columns: &[Column], start: usize, end: usize) -> Option<Split> {
        let all = Classes::new(self.count(&columns.first()?.entries[start..end]));
        if all.of.iter().filter(|&&weight| weight > 0.0).count() < 2 {
            return None;
        }
        let found = map_chunks(columns.len(), 1, |at| {
            let column = &columns[at.start];
            let entries = &column.entries[start..end];
            match column.kind {
                Kind::Numeric => self.best_threshold(entries, &all),
                Kind::Category => self.best_label(entries, &all),
            }
        });
        let mut best: Option<Split> = None;
        for (column, found) in found.into_iter().enumerate() {
            let Some((test, worth)) = found else { continue };
            let gain = (worth - all.worth()) / self.total;
            if best.is_none_or(|best| gain > best.gain) {
                best = Some(Split { column, test, gain });
            }
        }
        best
    }

    fn worth(&self, left: &Classes, right: &Classes) -> Option<f64> {
        let enough = |side: &Classes| side.sum >= self.least && side.sum > 0.0;
        (enough(left) && enough(right)).then(|| left.worth() + right.worth())
    }

    fn best_threshold(&self, entries: &[Entry], all: &Classes) -> Option<(Test, f64)> {
        let known = entries.partition_point(|entry| !entry.value.is_nan());
        let (known, missing) = entries.split_at(known);
        let absent = Classes::new(self.count(missing));
        let mut best = Best::default();
        let mut scan = |side: Side| {
            // Rows without a value start on their side and stay there.
            let mut left = match side {
                Side::Left => absent.clone(),
                Side::Right => Classes::new(vec![0.0; self.classes]),
            };
            let mut right = match side {
                Side::Left => Classes::new(self.count(known)),
                Side::Right => all.clone(),
            };
            for pair in known.windows(2) {
                let [here, next] = pair else { continue };
                let weight = self.weight(here.row);
                left.add(here.class, weight);
                right.remove(here.class, weight);
                if here.value < next.value {
                    let test = Test::Below {
                        threshold: halfway(here.value, next.value),
                        missing: side,
                    };
                    best.offer(test, self.worth(&left, &right));
                }
            }
        };
        scan(Side::Right);
        if !missing.is_empty() {
            scan(Side::Left);
            let present = Classes::new(self.count(known));
            best.offer(Test::Present, self.worth(&present, &absent));
        } else if let Some((Test::Below { threshold, .. }, worth)) = best.found {
            // Nobody is there to learn from: the heavier side it is.
            let below = known.partition_point(|entry| entry.value < threshold);
            let left: f64 = self.count(&known[..below]).iter().sum();
            let missing = if left > all.sum - left {
                Side::Left
            } else {
                Side::Right
            };
            return Some((Test::Below { threshold, missing }, worth));
        }
        best.found
    }

    fn best_label(&self, entries: &[Entry], all: &Classes) -> Option<(Test, f64)> {
        let mut best = Best::default();
        let same = |a: &Entry, b: &Entry| a.value.total_cmp(&b.value).is_eq();
        for run in entries.chunk_by(same) {
            let left = Classes::new(self.count(run));
            let rest = all.of.iter().zip(&left.of).map(|(all, own)| all - own);
            let right = Classes::new(rest.map(|weight| weight.max(0.0)).collect());
            let code = run.first().filter(|entry| !entry.value.is_nan());
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "codes were u32"
            )]
            let label = code.map(|entry| entry.value as u32);
            best.offer(Test::Label(label), self.worth(&left, &right));
        }
        best.found
    }
}

/// The first of the best.
#[derive(Default)]
struct Best {
    found: Option<(Test, f64)>,
}

impl Best {
    fn offer(&mut self, test: Test, worth: Option<f64>) {
        let Some(worth) = worth else { return };
        if self.found.is_none_or(|(_, known)| worth > known) {
            self.found = Some((test, worth));
        }
    }
}

/// A number above `low` and at most `high`, halfway where there is one.
fn halfway(low: f64, high: f64) -> f64 {
    let middle = 0.5 * low + 0.5 * high;
    if middle > low && middle <= high {
        middle
    } else {
        high
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thresholds_lie_between_their_values() {
        for (low, high, want) in [
            (1.0, 2.0, 1.5),
            (-f64::MAX, f64::MAX, 0.0),
            (1.0, 1.0 + f64::EPSILON, 1.0 + f64::EPSILON),
            (0.0, 5e-324, 5e-324),
        ] {
            let got = halfway(low, high);
            assert!(got.total_cmp(&want).is_eq(), "{low} {high}: {got}");
        }
    }
}
