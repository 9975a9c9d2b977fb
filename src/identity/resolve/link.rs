//! Two sources without duplicates: each record has at most one partner.

use crate::identity::Edge;

/// Links of records that have no better partner, the strongest first, as long as a link is
/// more probable than none.
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
pub(super) fn one_to_one(edges: &[Edge], records: usize, share: f64) -> Vec<Edge> {
    let mut falling: Vec<Edge> = edges.to_vec();
    // The sort is stable: of equals the first by rule and block.
    falling.sort_by_key(|edge| std::cmp::Reverse(edge.weight));
    let odds = |edge: &Edge| edge.weight.bits().min(500.0).exp2();
    let mut around = vec![0.0f64; records];
    for edge in &falling {
        around[edge.a.at()] += odds(edge);
        around[edge.b.at()] += odds(edge);
    }
    let mut taken = vec![false; records];
    let mut links = Vec::new();
    for edge in falling {
        let (a, b) = (edge.a.at(), edge.b.at());
        let own = odds(&edge);
        if taken[a] || taken[b] {
            // A candidate that is another's partner is no longer in the way.
            around[a] -= own;
            around[b] -= own;
            continue;
        }
        let rivals = (around[a].max(around[b]) - own).max(0.0);
        if own >= 1.0 - share + rivals {
            (taken[a], taken[b]) = (true, true);
            links.push(edge);
        }
    }
    links
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
        let links = one_to_one(&edges, 20, 0.5);
        let pairs: Vec<_> = links.iter().map(|link| (link.a.0, link.b.0)).collect();
        assert_eq!(pairs, [(0, 11), (1, 10)]);
    }

    #[test]
    fn what_is_weak_alone_is_enough_where_nearly_all_have_a_partner() {
        let edges = [edge(0, 10, -3.0)];
        assert_eq!(one_to_one(&edges, 20, 0.99).len(), 1);
        assert_eq!(one_to_one(&edges, 20, 0.3).len(), 0);
        // Two candidates that are as good as each other are no link.
        let edges = [edge(0, 10, -3.0), edge(0, 11, -3.0)];
        assert_eq!(one_to_one(&edges, 20, 0.99).len(), 0);
    }
}
