//! Records that hang together by links.

use crate::identity::{Edge, records::by_rank};

/// Union-find over records, the root of each set being its first record by rank.
pub(super) struct Components<'r> {
    parent: Vec<u32>,
    /// The records are in order where there is none.
    rank: Option<&'r [u32]>,
}

impl<'r> Components<'r> {
    /// Every record by itself.
    pub(super) fn new(rank: &'r [u32]) -> Self {
        Self {
            rank: Some(rank),
            ..Self::in_order(rank.len())
        }
    }

    /// So many records, or whatever else there is, in order and each by itself.
    pub(super) fn in_order(records: usize) -> Self {
        Self {
            parent: (0..count(records)).collect(),
            rank: None,
        }
    }

    pub(super) fn root(&mut self, record: u32) -> u32 {
        let mut at = record as usize;
        // Each record on the way is hung on its grandparent.
        while self.parent[at] as usize != at {
            self.parent[at] = self.parent[self.parent[at] as usize];
            at = self.parent[at] as usize;
        }
        self.parent[at]
    }

    pub(super) fn join(&mut self, a: u32, b: u32) {
        let (a, b) = (self.root(a), self.root(b));
        if a == b {
            return;
        }
        let first = match self.rank {
            Some(rank) => rank[a as usize] < rank[b as usize],
            None => a < b,
        };
        let (root, child) = if first { (a, b) } else { (b, a) };
        self.parent[child as usize] = root;
    }
}

/// A set of records that hang together, and the links among them.
#[derive(Clone, Copy)]
pub(super) struct Component<'s> {
    /// By rank.
    pub(super) members: &'s [u32],
    /// Two places in the set, the smaller first, and the weight of the link.
    pub(super) links: &'s [Link],
}

pub(super) type Link = (u32, u32, i32);

/// Many sets, end to end.
#[derive(Default)]
pub(super) struct Sets {
    members: Vec<u32>,
    links: Vec<Link>,
    /// Where the members and the links of each set end.
    ends: Vec<(usize, usize)>,
}

impl Sets {
    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    pub(super) fn first(&self) -> Option<Component<'_>> {
        (self.len() > 0).then(|| self.get(0))
    }

    pub(super) fn get(&self, at: usize) -> Component<'_> {
        let (members, links) = at.checked_sub(1).map_or((0, 0), |before| self.ends[before]);
        let end = self.ends[at];
        Component {
            members: &self.members[members..end.0],
            links: &self.links[links..end.1],
        }
    }
}

/// Marks a record without a set.
const ALONE: u32 = u32::MAX;

/// The sets of two records or more, by their first records, with the links among their
/// members that are given.
pub(super) fn components(
    rank: &[u32],
    joined: impl Iterator<Item = (u32, u32)>,
    links: &[Edge],
) -> Sets {
    let mut forest = Components::new(rank);
    for (a, b) in joined {
        forest.join(a, b);
    }
    // Sets by their roots, which come before their members, and the sizes of both parts.
    let mut set_of = vec![ALONE; rank.len()];
    let mut sizes: Vec<(usize, usize)> = Vec::new();
    let order = by_rank(rank);
    for &record in &order {
        let root = forest.root(record) as usize;
        if root == record as usize {
            continue;
        }
        if set_of[root] == ALONE {
            set_of[root] = count(sizes.len());
            sizes.push((1, 0));
        }
        set_of[record as usize] = set_of[root];
        sizes[set_of[root] as usize].0 += 1;
    }
    let inside = |link: &&Edge| {
        let set = set_of[link.a.at()];
        set != ALONE && set == set_of[link.b.at()]
    };
    for link in links.iter().filter(inside) {
        sizes[set_of[link.a.at()] as usize].1 += 1;
    }
    // Each set starts where the one before it ends.
    let mut ends = sizes;
    let mut all = (0, 0);
    for end in &mut ends {
        let start = all;
        all = (start.0 + end.0, start.1 + end.1);
        *end = start;
    }
    let mut sets = Sets {
        members: vec![0; all.0],
        links: vec![(0, 0, 0); all.1],
        ends,
    };
    let starts: Vec<u32> = sets.ends.iter().map(|start| count(start.0)).collect();
    let mut place = vec![0u32; rank.len()];
    for record in order {
        let set = set_of[record as usize];
        if set == ALONE {
            continue;
        }
        let next = &mut sets.ends[set as usize].0;
        place[record as usize] = count(*next) - starts[set as usize];
        sets.members[*next] = record;
        *next += 1;
    }
    for link in links.iter().filter(inside) {
        let (a, b) = (place[link.a.at()], place[link.b.at()]);
        let next = &mut sets.ends[set_of[link.a.at()] as usize].1;
        sets.links[*next] = (a.min(b), a.max(b), link.weight.0);
        *next += 1;
    }
    sets
}

/// A number of records, which are below 2^32.
#[expect(clippy::cast_possible_truncation, reason = "records are below 2^32")]
pub(super) fn count(records: usize) -> u32 {
    records as u32
}

/// The cluster of each record and the size of each cluster, of records that were put
/// together. Clusters are numbered by their first records.
pub(super) fn numbered(
    rank: &[u32],
    joined: impl IntoIterator<Item = (u32, u32)>,
) -> (Vec<u32>, Vec<u64>) {
    let mut sets = Components::new(rank);
    for (a, b) in joined {
        sets.join(a, b);
    }
    let mut cluster = vec![0u32; rank.len()];
    let mut sizes: Vec<u64> = Vec::new();
    // Roots come before their members.
    for record in by_rank(rank) {
        let root = sets.root(record);
        if root == record {
            cluster[record as usize] = count(sizes.len());
            sizes.push(0);
        } else {
            cluster[record as usize] = cluster[root as usize];
        }
        sizes[cluster[record as usize] as usize] += 1;
    }
    (cluster, sizes)
}
