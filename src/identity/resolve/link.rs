//! Two sources without duplicates: each record has at most one partner.

use crate::{
    identity::{Edge, Records},
    numeric::rng::Stream,
};

/// The share of the records of the smaller source that are expected to have a partner.
pub(super) fn partner_share(records: &Records, expected: f64) -> f64 {
    let mut sizes = vec![0u64; records.sources().len()];
    for &source in records.source() {
        sizes[usize::from(source)] += 1;
    }
    let smaller = sizes.into_iter().min().unwrap_or(0).max(1);
    (expected / smaller as f64).min(0.999)
}

/// The candidates of each record for a partner.
///
/// That a record of the smaller source has a partner at all has a chance of its own, and
/// its other candidates speak against a link:
///
/// ```text
/// P(a is b) = o_ab / (1 - π + Σ_c o_ac)
/// ```
///
/// with the odds o of the model and π the share of records that are expected to have a
/// partner; the same is asked from the side of b, and the smaller chance counts.
#[derive(Clone, PartialEq)]
pub(super) struct Candidates {
    /// Two records and their odds, the strongest first.
    pairs: Vec<(u32, u32, u128)>,
    /// The odds of each record together.
    around: Vec<u128>,
    /// 1 - π
    none: u128,
}

/// What is left of a record's candidates once one is turned down.
#[derive(Clone, Copy, PartialEq, Eq)]
enum TurnedDown {
    /// It stays in the way of the others.
    Stays,
    Leaves,
}

/// Odds of 1. Whole numbers add up and are taken off again exactly, however far apart
/// they are.
const ONE: f64 = 1_048_576.0;
/// Larger odds, in bits, are no surer.
const MOST_BITS: f64 = 96.0;

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "from 0 to 2^116"
)]
fn fixed(odds: f64) -> u128 {
    (odds * ONE) as u128
}

impl Candidates {
    pub(super) fn new(edges: &[Edge], records: usize, share: f64) -> Self {
        let mut falling: Vec<Edge> = edges.to_vec();
        // The sort is stable: of equals the first by rule and block.
        falling.sort_by_key(|edge| std::cmp::Reverse(edge.weight));
        let mut around = vec![0; records];
        let mut pairs = Vec::with_capacity(falling.len());
        for edge in falling {
            let odds = fixed(edge.weight.bits().min(MOST_BITS).exp2());
            around[edge.a.at()] += odds;
            around[edge.b.at()] += odds;
            pairs.push((edge.a.0, edge.b.0, odds));
        }
        Self {
            pairs,
            around,
            none: fixed(1.0 - share),
        }
    }

    /// Links of records that have no better partner, the strongest first, as long as a
    /// link is more probable than none.
    pub(super) fn best(&self) -> Vec<(u32, u32)> {
        self.links(TurnedDown::Stays, |own, against| own >= against)
    }

    /// Links drawn by their probabilities.
    pub(super) fn draw(&self, random: &mut Stream) -> Vec<(u32, u32)> {
        self.links(TurnedDown::Leaves, |own, against| {
            random.uniform() < own as f64 / (own as f64 + against as f64)
        })
    }

    /// The probability of each pair.
    pub(super) fn probabilities(&self) -> impl Iterator<Item = (u32, u32, f64)> {
        self.pairs.iter().map(|&(a, b, odds)| {
            let all = self.none + self.around[a as usize].max(self.around[b as usize]);
            (a, b, odds as f64 / all as f64)
        })
    }

    /// Takes pairs of records that are both free, told the odds of each and of all that
    /// is against it.
    fn links(
        &self,
        turned_down: TurnedDown,
        mut takes: impl FnMut(u128, u128) -> bool,
    ) -> Vec<(u32, u32)> {
        let mut around = self.around.clone();
        let mut taken = vec![false; around.len()];
        let mut links = Vec::new();
        for &(a, b, own) in &self.pairs {
            let (one, other) = (a as usize, b as usize);
            let free = !taken[one] && !taken[other];
            let rivals = around[one].max(around[other]) - own;
            if free && takes(own, self.none + rivals) {
                (taken[one], taken[other]) = (true, true);
                links.push((a, b));
            } else if !free || turned_down == TurnedDown::Leaves {
                // A candidate that is another's partner is no longer in the way.
                around[one] -= own;
                around[other] -= own;
            }
        }
        links
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::{MatchWeight, RecordIx};

    fn edge(a: u32, b: u32, bits: f64) -> Edge {
        Edge {
            a: RecordIx(a),
            b: RecordIx(b),
            weight: MatchWeight::from_bits(bits).unwrap(),
        }
    }

    #[test]
    fn each_record_has_one_partner_at_most() {
        let edges = [
            edge(0, 10, 9.0),
            edge(0, 11, 12.0),
            edge(1, 11, 8.0),
            edge(1, 10, 3.0),
        ];
        let candidates = Candidates::new(&edges, 20, 0.5);
        assert_eq!(candidates.best(), [(0, 11), (1, 10)]);
        for draw in 0..50 {
            let links = candidates.draw(&mut Stream::new(1, 2, draw));
            let mut records: Vec<u32> = links.iter().flat_map(|&(a, b)| [a, b]).collect();
            records.sort_unstable();
            assert!(
                records.windows(2).all(|pair| pair[0] < pair[1]),
                "{links:?}"
            );
        }
    }

    #[test]
    fn draws_follow_the_probabilities() {
        let edges = [edge(0, 10, 1.0), edge(0, 11, 0.0), edge(1, 12, -1.0)];
        let candidates = Candidates::new(&edges, 20, 0.5);
        // o / (1 - π + Σ o): 2 / 3.5, 1 / 3.5, 0.5 / 1.
        let expected = [(0, 10, 2.0 / 3.5), (0, 11, 1.0 / 3.5), (1, 12, 0.5)];
        let draws = 20_000u32;
        let mut found = [0u32; 3];
        for draw in 0..draws {
            for link in candidates.draw(&mut Stream::new(1, 2, draw.into())) {
                let at = expected
                    .iter()
                    .position(|&(a, b, _)| (a, b) == link)
                    .unwrap();
                found[at] += 1;
            }
        }
        for ((found, of_pair), (_, _, share)) in
            found.iter().zip(candidates.probabilities()).zip(expected)
        {
            assert!((of_pair.2 - share).abs() < 1e-6);
            // Four standard errors.
            let within = 4.0 * (share * (1.0 - share) / f64::from(draws)).sqrt();
            assert!((f64::from(*found) / f64::from(draws) - share).abs() < within);
        }
    }

    #[test]
    fn a_rival_that_found_another_partner_is_forgotten_however_strong_it_was() {
        let edges = [edge(0, 10, 90.0), edge(1, 10, 80.0), edge(1, 11, 3.0)];
        assert_eq!(Candidates::new(&edges, 20, 0.5).best(), [(0, 10), (1, 11)]);
    }

    #[test]
    fn what_is_weak_alone_is_enough_where_nearly_all_have_a_partner() {
        let edges = [edge(0, 10, -3.0)];
        assert_eq!(Candidates::new(&edges, 20, 0.99).best().len(), 1);
        assert_eq!(Candidates::new(&edges, 20, 0.3).best().len(), 0);
        // Two candidates that are as good as each other are no link.
        let edges = [edge(0, 10, -3.0), edge(0, 11, -3.0)];
        assert_eq!(Candidates::new(&edges, 20, 0.99).best().len(), 0);
    }
}
