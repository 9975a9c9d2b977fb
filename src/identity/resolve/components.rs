//! Records that hang together by links.

use crate::identity::Edge;

/// Union-find over records, the root of each set being its first record by rank.
pub(super) struct Components<'r> {
    parent: Vec<u32>,
    rank: &'r [u32],
}

impl<'r> Components<'r> {
    /// Every record by itself.
    pub(super) fn new(rank: &'r [u32]) -> Self {
        #[expect(clippy::cast_possible_truncation, reason = "records are below 2^32")]
        let parent = (0..rank.len() as u32).collect();
        Self { parent, rank }
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
        let first = self.rank[a as usize] < self.rank[b as usize];
        let (root, child) = if first { (a, b) } else { (b, a) };
        self.parent[child as usize] = root;
    }
}

/// A set of records that hang together, and the links among them, by place in the set.
pub(super) struct Component {
    /// By rank.
    pub(super) members: Vec<u32>,
    /// Two places, the smaller first, and the weight of the link.
    pub(super) links: Vec<(u32, u32, i32)>,
}

/// Marks a record without a set.
const ALONE: u32 = u32::MAX;

/// The sets of two records or more, by their first records, with the links among their
/// members that are given.
pub(super) fn components(
    rank: &[u32],
    joined: impl Iterator<Item = (u32, u32)>,
    links: &[Edge],
) -> Vec<Component> {
    let mut sets = Components::new(rank);
    for (a, b) in joined {
        sets.join(a, b);
    }
    // Roots come before their members.
    let mut set_of_root = vec![ALONE; rank.len()];
    let mut place = vec![0u32; rank.len()];
    let mut all: Vec<Component> = Vec::new();
    for record in by_rank(rank) {
        let root = sets.root(record);
        if root == record {
            continue;
        }
        let mut set = set_of_root[root as usize];
        if set == ALONE {
            #[expect(clippy::cast_possible_truncation, reason = "fewer than the records")]
            let next = all.len() as u32;
            set = next;
            set_of_root[root as usize] = set;
            all.push(Component {
                members: vec![root],
                links: Vec::new(),
            });
        }
        let members = &mut all[set as usize].members;
        #[expect(clippy::cast_possible_truncation, reason = "fewer than the records")]
        let at = members.len() as u32;
        place[record as usize] = at;
        members.push(record);
    }
    for link in links {
        let (a, b) = (link.a.0, link.b.0);
        let root = sets.root(a);
        let set = set_of_root[root as usize];
        if set == ALONE || root != sets.root(b) {
            continue;
        }
        let (a, b) = (place[a as usize], place[b as usize]);
        let ordered = (a.min(b), a.max(b), link.weight.0);
        all[set as usize].links.push(ordered);
    }
    all
}

/// The records in the order of sources and keys.
fn by_rank(rank: &[u32]) -> Vec<u32> {
    let mut by_rank = vec![0u32; rank.len()];
    for (record, &rank) in (0u32..).zip(rank) {
        by_rank[rank as usize] = record;
    }
    by_rank
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
            #[expect(clippy::cast_possible_truncation, reason = "fewer than the records")]
            let next = sizes.len() as u32;
            cluster[record as usize] = next;
            sizes.push(0);
        } else {
            cluster[record as usize] = cluster[root as usize];
        }
        sizes[cluster[record as usize] as usize] += 1;
    }
    (cluster, sizes)
}
