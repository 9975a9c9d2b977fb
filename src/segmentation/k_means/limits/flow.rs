//! The cheapest assignment of rows to clusters of limited size.
//!
//! It is a flow of least cost (Bradley, Bennett and Demiriz 2000): each row sends one unit to a
//! cluster at the cost of its distance, and each cluster hands what came to it, within its limits,
//! over to one sink at no cost. With rows taken out, what is left to decide is a network of k
//! clusters and the sink:
//!
//! ```text
//! a to b      moves the row of a for which that costs least    d_b - d_a of that row
//! a to sink   a hands over one row more, up to its most        0
//! sink to a   a hands over one row less, down to its least     0
//! ```
//!
//! Each node has a potential h, and the reduced cost of an arc from a to b is its cost + `h_a` -
//! `h_b`. A flow within the limits has the least cost if and only if there are potentials under
//! which no arc that is left has a reduced cost below 0 (Ahuja, Magnanti and Orlin 1993, "Network
//! flows", theorem 9.3). The start holds that for any potentials, at the price of not being
//! balanced: rows go where d - h is least, and a cluster whose potential is above that of the sink
//! hands over its least, one below it its most, and one that is level what it has, within limits.
//! What is out of balance is then sent, a row at a time, along shortest paths by reduced cost.
//! Adding the length of the way to each potential keeps all reduced costs at 0 or more, makes those
//! along the path 0, and so the reversed arcs too (lemma 9.12 there). When nothing is out of
//! balance the flow is within both limits, and by the theorem the cheapest.
//!
//! With potentials of 0 the start is the nearest assignment. With those of an assignment to
//! centres close by, or of a part of the rows, there is little left to move.

use std::{cmp::Ordering, collections::BinaryHeap};

use super::{
    Bounds,
    distances::{Distances, first_least},
};
use crate::segmentation::{placed::NOWHERE, points::Points};

/// So many rows are assigned without a look at a part of them, and a part is one of so many.
const FEW: usize = 1 << 11;
const FEWER: usize = 8;

/// Of a cluster with more rows than this, so many are looked at to tell which moves are cheap.
const SAMPLE: usize = 256;
/// The cheap moves are those below the sampled ones of this rank, at first.
const RANK: usize = 4;

#[expect(
    clippy::cast_possible_truncation,
    reason = "numbers of centres are 32 bits"
)]
fn label(cluster: usize) -> u32 {
    cluster as u32
}

/// The cluster of each row under the limits. `potentials`, one for each cluster, are where to start
/// from, and are left as they are in the end. Rows of no weight go to the nearest centre.
///
/// The bounds must leave room for all rows of a weight above 0.
pub(super) fn assign(
    points: Points,
    distances: &Distances,
    bounds: Bounds,
    potentials: &mut [f64],
) -> Vec<u32> {
    Network::settled(points, distances, bounds, 1, potentials).labels
}

/// Potentials from which few rows are left to move: those of every so many rows, and of fewer
/// before, under limits that are so much less.
pub(super) fn potentials(points: Points, distances: &Distances, bounds: Bounds) -> Vec<f64> {
    let mut potentials = vec![0.0; distances.clusters];
    let mut step = 1;
    while points.rows / step > FEW {
        step *= FEWER;
    }
    while step > 1 {
        let part = Bounds {
            least: bounds.least / step,
            most: bounds.most.div_ceil(step),
        };
        Network::settled(points, distances, part, step, &mut potentials);
        step /= FEWER;
    }
    potentials
}

/// A row that can leave a cluster, and what the move adds to the cost.
#[derive(Debug, Clone, Copy)]
struct Move {
    cost: f64,
    row: u32,
}

impl Ord for Move {
    /// The greatest is the cheapest, of equal ones that of the first row.
    fn cmp(&self, other: &Self) -> Ordering {
        let by_cost = other.cost.total_cmp(&self.cost);
        by_cost.then(other.row.cmp(&self.row))
    }
}
impl PartialOrd for Move {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl PartialEq for Move {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}
impl Eq for Move {}

/// The cheap moves from one cluster to another: of all rows there for which it costs no more than
/// a limit. Those of rows that are elsewhere by now are thrown away when they come up.
#[derive(Debug, Clone)]
struct Moves {
    cheap: BinaryHeap<Move>,
    limit: f64,
    /// The rank of the limit.
    rank: usize,
}

/// How the search came to a node.
#[derive(Debug, Clone, Copy)]
struct Way {
    length: f64,
    from: usize,
    /// The row that moves, if `from` and the node are clusters.
    row: u32,
    settled: bool,
}

const UNREACHED: Way = Way {
    length: f64::INFINITY,
    from: usize::MAX,
    row: u32::MAX,
    settled: false,
};

/// Clusters, then the sink.
struct Network<'a> {
    points: Points<'a>,
    distances: &'a Distances,
    bounds: Bounds,
    /// Every so many rows take part.
    step: usize,
    labels: Vec<u32>,
    /// How many rows are in each cluster.
    sizes: Vec<usize>,
    /// How many rows each cluster hands over to the sink, within the bounds.
    handed: Vec<usize>,
    /// How many rows were handed over, and how many there are.
    arrived: usize,
    rows: usize,
    potentials: Vec<f64>,
    /// For each cluster that was left by the search, the moves to each cluster.
    moves: Vec<Vec<Moves>>,
    ways: Vec<Way>,
}

impl<'a> Network<'a> {
    /// After all that is out of balance has been sent.
    fn settled(
        points: Points<'a>,
        distances: &'a Distances,
        bounds: Bounds,
        step: usize,
        potentials: &mut [f64],
    ) -> Self {
        let mut network = Self::new(points, distances, bounds, step, potentials);
        while let Some(target) = network.shortest() {
            network.send(target);
        }
        let sink = network.potentials[distances.clusters];
        for (cluster, potential) in potentials.iter_mut().enumerate() {
            let size = network.sizes[cluster];
            // Both arcs to the sink are open, so that only rounding can tell them apart.
            let level = bounds.least < size && size < bounds.most;
            *potential = if level {
                0.0
            } else {
                network.potentials[cluster] - sink
            };
        }
        network
    }

    fn new(
        points: Points<'a>,
        distances: &'a Distances,
        mut bounds: Bounds,
        step: usize,
        potentials: &[f64],
    ) -> Self {
        let clusters = distances.clusters;
        let (mut labels, mut sizes) = (vec![NOWHERE; points.rows], vec![0; clusters]);
        for row in (0..points.rows).step_by(step) {
            let weight = points.weight(row);
            let all = distances.row(row).iter().zip(potentials);
            let cluster = if weight > 0.0 {
                let cluster = first_least(all.map(|(distance, h)| weight * distance - h));
                sizes[cluster] += 1;
                cluster
            } else {
                distances.nearest(row)
            };
            labels[row] = label(cluster);
        }
        let rows: usize = sizes.iter().sum();
        if step > 1 {
            // A part of the rows need not have a like part of those that count.
            bounds.least = bounds.least.min(rows / clusters);
            bounds.most = bounds.most.max(rows.div_ceil(clusters));
        }
        let hands_over = |(&size, &potential): (&usize, &f64)| {
            if potential > 0.0 {
                bounds.least
            } else if potential < 0.0 {
                bounds.most
            } else {
                size.clamp(bounds.least, bounds.most)
            }
        };
        let handed: Vec<usize> = sizes.iter().zip(potentials).map(hands_over).collect();
        Self {
            points,
            distances,
            bounds,
            step,
            labels,
            rows,
            sizes,
            arrived: handed.iter().sum(),
            handed,
            potentials: potentials.iter().copied().chain([0.0]).collect(),
            moves: vec![Vec::new(); clusters],
            ways: vec![UNREACHED; clusters + 1],
        }
    }

    /// What is at a node, and what it passes on.
    fn balance(&self, node: usize) -> (usize, usize) {
        if node < self.sizes.len() {
            (self.sizes[node], self.handed[node])
        } else {
            (self.arrived, self.rows)
        }
    }

    /// Looks for the shortest way from a node with too much to one with too little (Dijkstra 1959),
    /// and moves the potentials along. `None` if nothing is out of balance.
    fn shortest(&mut self) -> Option<usize> {
        let nodes = self.ways.len();
        for node in 0..nodes {
            let (there, passed) = self.balance(node);
            let length = if there > passed { 0.0 } else { f64::INFINITY };
            self.ways[node] = Way {
                length,
                ..UNREACHED
            };
        }
        loop {
            let open = (0..nodes).filter(|&node| !self.ways[node].settled);
            let next = open.min_by(|&a, &b| self.ways[a].length.total_cmp(&self.ways[b].length))?;
            let length = self.ways[next].length;
            if length.is_infinite() {
                return None;
            }
            let (there, passed) = self.balance(next);
            if there < passed {
                // The lengths of the ways, where they are known; elsewhere the length of this.
                for (potential, way) in self.potentials.iter_mut().zip(&self.ways) {
                    if way.length < length {
                        *potential -= length - way.length;
                    }
                }
                return Some(next);
            }
            self.ways[next].settled = true;
            self.leave(next);
        }
    }

    /// Shortens the ways over a node.
    fn leave(&mut self, from: usize) {
        let sink = self.sizes.len();
        if from == sink {
            for to in 0..sink {
                if self.handed[to] > self.bounds.least {
                    self.offer(from, to, 0.0, u32::MAX);
                }
            }
            return;
        }
        if self.handed[from] < self.bounds.most {
            self.offer(from, sink, 0.0, u32::MAX);
        }
        self.prepare(from);
        for to in 0..sink {
            if to == from || self.ways[to].settled {
                continue;
            }
            if let Some(Move { cost, row }) = self.cheapest(from, to) {
                self.offer(from, to, cost, row);
            }
        }
    }

    fn offer(&mut self, from: usize, to: usize, cost: f64, row: u32) {
        // Below 0 it is by rounding.
        let reduced = (cost + self.potentials[from] - self.potentials[to]).max(0.0);
        let length = self.ways[from].length + reduced;
        let way = &mut self.ways[to];
        if !way.settled && length < way.length {
            *way = Way {
                length,
                from,
                row,
                settled: false,
            };
        }
    }

    /// The cheapest move from one cluster to another; `None` if no row is there.
    fn cheapest(&mut self, from: usize, to: usize) -> Option<Move> {
        loop {
            let moves = &mut self.moves[from][to];
            while let Some(&next) = moves.cheap.peek() {
                if self.labels[next.row as usize] == label(from) {
                    return Some(next);
                }
                moves.cheap.pop();
            }
            if moves.limit.is_infinite() {
                return None;
            }
            let rank = moves.rank * FEWER;
            let rows = self.rows_in(from);
            self.moves[from][to] = self.cheap(&rows, from, to, rank);
        }
    }

    /// The moves out of a cluster, when they are first asked for.
    fn prepare(&mut self, from: usize) {
        if self.moves[from].is_empty() {
            let rows = self.rows_in(from);
            let to = |to: usize| {
                let rows = if to == from { &[][..] } else { &rows };
                self.cheap(rows, from, to, RANK)
            };
            self.moves[from] = (0..self.sizes.len()).map(to).collect();
        }
    }

    /// The rows that count and are in a cluster.
    fn rows_in(&self, cluster: usize) -> Vec<u32> {
        let mut rows = Vec::with_capacity(self.sizes[cluster]);
        for (row, &of_row) in (0u32..).zip(&self.labels).step_by(self.step) {
            if of_row == label(cluster) && self.points.weight(row as usize) > 0.0 {
                rows.push(row);
            }
        }
        rows
    }

    /// The moves of some rows that are below the sampled ones of a rank.
    fn cheap(&self, rows: &[u32], from: usize, to: usize, rank: usize) -> Moves {
        let every = rows.len().div_ceil(SAMPLE).max(1);
        let sample = rows.iter().step_by(every);
        let mut costs: Vec<f64> = sample.map(|&row| self.priced(row, from, to).cost).collect();
        let limit = if every > 1 && rank < costs.len() {
            *costs.select_nth_unstable_by(rank, f64::total_cmp).1
        } else {
            f64::INFINITY
        };
        let moves = rows.iter().map(|&row| self.priced(row, from, to));
        let cheap: Vec<Move> = moves.filter(|next| next.cost <= limit).collect();
        Moves {
            cheap: cheap.into(),
            limit,
            rank,
        }
    }

    fn priced(&self, row: u32, from: usize, to: usize) -> Move {
        let at = row as usize;
        let distances = self.distances.row(at);
        let cost = self.points.weight(at) * (distances[to] - distances[from]);
        Move { cost, row }
    }

    /// Sends one row along the way to a node.
    fn send(&mut self, target: usize) {
        let sink = self.sizes.len();
        let mut to = target;
        while self.ways[to].from != UNREACHED.from {
            let Way { from, row, .. } = self.ways[to];
            if from == sink {
                self.handed[to] -= 1;
                self.arrived -= 1;
            } else if to == sink {
                self.handed[from] += 1;
                self.arrived += 1;
            } else {
                self.relabel(row, from, to);
            }
            to = from;
        }
    }

    fn relabel(&mut self, row: u32, from: usize, to: usize) {
        self.sizes[from] -= 1;
        self.sizes[to] += 1;
        self.labels[row as usize] = label(to);
        for next in (0..self.moves[to].len()).filter(|&next| next != to) {
            let priced = self.priced(row, to, next);
            let moves = &mut self.moves[to][next];
            if priced.cost <= moves.limit {
                moves.cheap.push(priced);
            }
        }
    }
}
