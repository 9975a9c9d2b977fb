//! Which core points reach each other.
//!
//! Sets that are joined when a pair is within the radius (Galler and Fisher 1964,
//! doi:10.1145/364099.364331). Boxes of the tree whose points are known to be in one set are not
//! looked into once the point in question is in it too, so that crowded places cost little.

use super::tree::{Tree, Visit};

/// For each place of a tree the least place that it is connected with by steps of at most the
/// radius.
pub(super) fn components(tree: &Tree, radius: f64) -> Vec<usize> {
    let reach = radius * radius;
    let mut join = Join {
        tree,
        reach,
        place: 0,
        sets: Sets::new(tree.order.len()),
        whole: vec![false; tree.nodes.len()],
    };
    for (at, node) in tree.nodes.iter().enumerate() {
        if tree.across(at) <= reach {
            join.whole[at] = true;
            for place in node.places() {
                join.sets.join(node.start, place);
            }
        }
    }
    for place in 0..tree.order.len() {
        join.place = place;
        tree.search(tree.point(place), &mut join);
    }
    (0..tree.order.len())
        .map(|place| join.sets.root(place))
        .collect()
}

struct Join<'a> {
    tree: &'a Tree,
    reach: f64,
    /// The point that is joined with what is around it.
    place: usize,
    sets: Sets,
    /// Boxes whose points are all in one set.
    whole: Vec<bool>,
}

impl Join<'_> {
    /// Also finds out whether a box has become whole by its halves.
    fn is_whole(&mut self, node: usize) -> bool {
        if let (false, Some((first, second))) = (self.whole[node], self.tree.halves(node)) {
            let (a, b) = (self.tree.nodes[first].start, self.tree.nodes[second].start);
            self.whole[node] =
                self.whole[first] && self.whole[second] && self.sets.root(a) == self.sets.root(b);
        }
        self.whole[node]
    }
}

impl Visit for Join<'_> {
    fn enters(&mut self, node: usize, least: f64) -> bool {
        if least > self.reach {
            return false;
        }
        let first = self.tree.nodes[node].start;
        let whole = self.is_whole(node);
        if whole && self.sets.root(first) == self.sets.root(self.place) {
            return false;
        }
        if self.tree.most(node, self.tree.point(self.place)) <= self.reach {
            if whole {
                self.sets.join(first, self.place);
                return false;
            }
            // All its points are joined with this one now.
            self.whole[node] = true;
        }
        true
    }

    fn sees(&mut self, place: usize, distance: f64) {
        if distance <= self.reach {
            self.sets.join(self.place, place);
        }
    }
}

/// Disjoint sets. Each points to a lower place, the lowest to itself.
struct Sets {
    above: Vec<usize>,
}

impl Sets {
    fn new(count: usize) -> Self {
        Self {
            above: (0..count).collect(),
        }
    }

    fn root(&mut self, mut place: usize) -> usize {
        while self.above[place] != place {
            self.above[place] = self.above[self.above[place]];
            place = self.above[place];
        }
        place
    }

    fn join(&mut self, a: usize, b: usize) {
        let (a, b) = (self.root(a), self.root(b));
        self.above[a.max(b)] = a.min(b);
    }
}
