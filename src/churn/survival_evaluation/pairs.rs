//! Counting pairs by risk, in O(n log n).

use rayon::prelude::*;

use crate::churn::Durations;

/// Sums of pairs: of weights multiplied, or plain counts. Counts are exact below 2^53.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Sums {
    pub(super) concordant: f64,
    pub(super) discordant: f64,
    pub(super) tied_risk: f64,
    pub(super) tied_time: f64,
    pub(super) tied_both: f64,
}

impl Sums {
    pub(super) fn add(&mut self, other: &Self) {
        self.concordant += other.concordant;
        self.discordant += other.discordant;
        self.tied_risk += other.tied_risk;
        self.tied_time += other.tied_time;
        self.tied_both += other.tied_both;
    }

    /// The pairs of which it is known who left first.
    pub(super) fn comparable(&self) -> f64 {
        self.concordant + self.discordant + self.tied_risk
    }
}

/// Weights of rows by rank of risk: sums below a rank in O(log n).
struct Tree {
    nodes: Vec<f64>,
    at: Vec<f64>,
    total: f64,
}

impl Tree {
    fn new(ranks: usize) -> Self {
        Self {
            nodes: vec![0.0; ranks + 1],
            at: vec![0.0; ranks],
            total: 0.0,
        }
    }

    fn add(&mut self, rank: u32, weight: f64) {
        self.at[rank as usize] += weight;
        self.total += weight;
        let mut node = rank as usize + 1;
        while node < self.nodes.len() {
            self.nodes[node] += weight;
            node += node & node.wrapping_neg();
        }
    }

    /// The sums below, at and above a rank.
    fn around(&self, rank: u32) -> [f64; 3] {
        let mut node = rank as usize;
        let mut below = 0.0;
        while node > 0 {
            below += self.nodes[node];
            node &= node - 1;
        }
        let at = self.at[rank as usize];
        [below, at, self.total - below - at]
    }
}

/// The rank of each risk from 0, and how many there are. Sorted neighbours that differ by no more
/// than the tolerance share a rank.
pub(super) fn ranks(risk: &[f64], tolerance: f64) -> (Vec<u32>, usize) {
    // + 0.0 makes -0 a 0.
    let mut order: Vec<(f64, u32)> = (0u32..).zip(risk).map(|(row, &r)| (r + 0.0, row)).collect();
    order.par_sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    let mut ranks = vec![0u32; risk.len()];
    let mut rank = 0u32;
    let mut last = order.first().map_or(0.0, |first| first.0);
    for &(value, row) in &order {
        if value - last > tolerance {
            rank += 1;
        }
        last = value;
        ranks[row as usize] = rank;
    }
    (ranks, rank as usize + 1)
}

/// Rows in the order of a place, as bounds and rows.
struct ByPlace {
    starts: Vec<usize>,
    rows: Vec<u32>,
}

impl ByPlace {
    fn new(places: &[u32], count: usize) -> Self {
        let mut starts = vec![0usize; count + 1];
        for &place in places {
            starts[place as usize + 1] += 1;
        }
        for place in 0..count {
            starts[place + 1] += starts[place];
        }
        let mut next = starts.clone();
        let mut rows = vec![0u32; places.len()];
        for (row, &place) in (0u32..).zip(places) {
            let at = &mut next[place as usize];
            rows[*at] = row;
            *at += 1;
        }
        Self { starts, rows }
    }

    fn at(&self, place: usize) -> &[u32] {
        &self.rows[self.starts[place]..self.starts[place + 1]]
    }
}

/// The pairs of some durations, and where they are found.
pub(super) struct Pairs<'a> {
    durations: &'a Durations,
    rank: Vec<u32>,
    ranks: usize,
    exits: ByPlace,
    entries: Option<ByPlace>,
    /// By place: what a pair counts whose first end is there; `None` for 1.
    time_weight: Option<Vec<f64>>,
    /// Places of ends that count: those before this.
    upto: usize,
}

impl<'a> Pairs<'a> {
    pub(super) fn new(
        durations: &'a Durations,
        (rank, ranks): (Vec<u32>, usize),
        time_weight: Option<Vec<f64>>,
        upto: usize,
    ) -> Self {
        let places = durations.times().len();
        Self {
            durations,
            rank,
            ranks,
            exits: ByPlace::new(durations.exit_places(), places),
            entries: durations
                .entry_places()
                .map(|entries| ByPlace::new(entries, places)),
            time_weight,
            upto,
        }
    }

    fn left(&self, row: u32) -> bool {
        self.durations.cause()[row as usize] > 0
    }

    fn weight(&self, row: u32) -> f64 {
        self.durations.weight_of(row as usize)
    }

    fn factor(&self, place: usize) -> f64 {
        self.time_weight
            .as_ref()
            .map_or(1.0, |factor| factor[place])
    }

    /// The sums over all pairs. Each row that leaves is told what it adds, for a weight of 1.
    pub(super) fn sums(&self, mut each: impl FnMut(u32, Sums)) -> Sums {
        let mut all = Sums::default();
        let mut watched = Tree::new(self.ranks);
        let mut leaving = Tree::new(self.ranks);
        for place in (0..self.durations.times().len()).rev() {
            // Who begins here is not yet at risk here.
            for &row in self.entries.as_ref().map_or(&[][..], |by| by.at(place)) {
                watched.add(self.rank[row as usize], -self.weight(row));
            }
            let rows = self.exits.at(place);
            for &row in rows.iter().filter(|&&row| !self.left(row)) {
                watched.add(self.rank[row as usize], self.weight(row));
            }
            let gone = || rows.iter().copied().filter(|&row| self.left(row));
            if place < self.upto {
                for row in gone() {
                    leaving.add(self.rank[row as usize], self.weight(row));
                }
                let factor = self.factor(place);
                for row in gone() {
                    let rank = self.rank[row as usize];
                    let weight = self.weight(row);
                    let [below, at, above] = watched.around(rank);
                    let [early, alike, late] = leaving.around(rank);
                    let one = Sums {
                        concordant: factor * below,
                        discordant: factor * above,
                        tied_risk: factor * at,
                        tied_time: factor * (early + late) / 2.0,
                        tied_both: factor * (alike - weight) / 2.0,
                    };
                    all.concordant += weight * one.concordant;
                    all.discordant += weight * one.discordant;
                    all.tied_risk += weight * one.tied_risk;
                    all.tied_time += weight * one.tied_time;
                    all.tied_both += weight * one.tied_both;
                    each(row, one);
                }
                for row in gone() {
                    leaving.add(self.rank[row as usize], -self.weight(row));
                }
            }
            for row in gone() {
                watched.add(self.rank[row as usize], self.weight(row));
            }
        }
        all
    }

    /// What each row adds as the one that stayed longer, for a weight of 1.
    pub(super) fn as_the_later(&self, mut each: impl FnMut(u32, Sums)) {
        let mut gone = Tree::new(self.ranks);
        let tell = |gone: &Tree, row: u32, sign: f64, each: &mut dyn FnMut(u32, Sums)| {
            let [below, at, above] = gone.around(self.rank[row as usize]);
            let sums = Sums {
                concordant: sign * above,
                discordant: sign * below,
                tied_risk: sign * at,
                ..Sums::default()
            };
            each(row, sums);
        };
        for place in 0..self.durations.times().len() {
            let rows = self.exits.at(place);
            for &row in rows.iter().filter(|&&row| self.left(row)) {
                tell(&gone, row, 1.0, &mut each);
            }
            if place < self.upto {
                let factor = self.factor(place);
                for &row in rows.iter().filter(|&&row| self.left(row)) {
                    gone.add(self.rank[row as usize], factor * self.weight(row));
                }
            }
            for &row in rows.iter().filter(|&&row| !self.left(row)) {
                tell(&gone, row, 1.0, &mut each);
            }
            // Who begins here was not there when the others left, up to now.
            for &row in self.entries.as_ref().map_or(&[][..], |by| by.at(place)) {
                tell(&gone, row, -1.0, &mut each);
            }
        }
    }
}
