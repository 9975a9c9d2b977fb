//! What is usual among those who buy as often.

use rayon::prelude::*;

use super::inputs::{ActionInputs, State};
use crate::numeric::{map_chunks, quantile::quantile_sorted};

/// Fewer peers than this do not say what is usual.
const ENOUGH: usize = 20;

/// Groups of frequencies: 0, 1, 2, 3-4, 5-8, up to 2^31 + 1 and more.
const GROUPS: usize = 34;

/// Customers looked at in one piece; a constant.
const CHUNK: usize = 1 << 14;

/// The usual spend of a purchase among active customers who buy as often.
pub(super) struct Peers {
    typical: [Option<Typical>; GROUPS],
}

#[derive(Clone, Copy)]
pub(super) struct Typical {
    pub(super) spend: f64,
    pub(super) peers: u64,
}

/// The group of a number of repeat purchase days.
fn group(frequency: u32) -> usize {
    match frequency.checked_sub(1) {
        None => 0,
        // The bits of what is one below: 0 for 1, 1 for 2, 2 for 3 and 4.
        Some(below) => 1 + (u32::BITS - below.leading_zeros()) as usize,
    }
}

impl Peers {
    /// Of all active customers, whether they may be contacted or not. Groups that are too small join
    /// the next lower one, the highest first.
    pub(super) fn new(inputs: &ActionInputs<'_>) -> Self {
        let parts = map_chunks(inputs.len(), CHUNK, |range| {
            let mut spends = vec![Vec::new(); GROUPS];
            for at in range {
                let active = matches!(inputs.state(at), State::New | State::Active);
                let spend = inputs.mean_spend[at];
                if active && spend.is_finite() {
                    spends[group(inputs.frequency[at])].push(spend);
                }
            }
            spends
        });
        let mut typical = [None; GROUPS];
        let (mut joined, mut highest) = (Vec::new(), GROUPS);
        for group in (0..GROUPS).rev() {
            let of_group = parts.iter().flat_map(|spends| &spends[group]);
            joined.extend(of_group.copied());
            if joined.len() >= ENOUGH {
                joined.par_sort_unstable_by(f64::total_cmp);
                let peers = joined.len() as u64;
                let median = quantile_sorted(&joined, 0.5);
                typical[group..highest].fill(median.map(|spend| Typical { spend, peers }));
                joined.clear();
                highest = group;
            }
        }
        Self { typical }
    }

    pub(super) fn of(&self, frequency: u32) -> Option<Typical> {
        self.typical[group(frequency)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_are_powers_of_two() {
        let firsts = [0, 1, 2, 3, 5, 9, 17];
        for (number, &first) in firsts.iter().enumerate() {
            assert_eq!(group(first), number);
            assert_eq!(group(first.max(1) - 1), number.saturating_sub(1));
        }
        assert_eq!(group(u32::MAX), GROUPS - 1);
    }
}
