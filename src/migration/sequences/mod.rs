//! The question: how long do customers stay, how restless are they, and which paths do they take?
//!
//! # Model
//!
//! A customer's sequence are the states of the periods from the first to the last, as a panel holds
//! them. A **stay** is a run of periods in one state; being away ends it. For the other measures periods
//! away are left out, and counted beside them ([`SequenceShape::gaps`]):
//!
//! ```text
//! moves        q = changes of state
//! entropy      h = - sum over states of s ln s
//! complexity   C = sqrt( q/(l - 1) · h/ln k )
//! ```
//!
//! where `l` is the number of periods in a state, `s` the share of a state in them, and `k` the number of
//! states. Each of the three is 0 for a customer who is always in one state.
//!
//! # How to read it
//!
//! Entropy tells how evenly time was spent, whatever the order, moves how often the state changed; the
//! complexity index needs both to be high, and is 1 only for who changes all the time through all
//! states. Of stays, those cut off by the first or the last period are counted apart: their true length
//! is not known, and the mean of completed stays alone is too short. [`Stays::expected`] takes both into
//! account.
//!
//! # Limits
//!
//! The expected stay supposes that the chance to leave is the same at any age of the stay
//! ([`Stays::lengths`] tells whether it is). Entropy of few periods is small by necessity: compare
//! customers who have been there equally long.
//!
//! # Complexity
//!
//! O(customers · periods · states), where states are the different ones of a customer, in parallel, and
//! room for each path that differs.
//!
//! # References
//!
//! - Gabadinho, A., Ritschard, G., Müller, N. S. and Studer, M. (2011), "Analyzing and visualizing
//!   state sequences in R with `TraMineR`", doi:10.18637/jss.v040.i04.

#[cfg(test)]
mod tests;

use std::{fmt, hash::BuildHasher, ops::Range};

use foldhash::fast::FixedState;
use hashbrown::{HashTable, hash_table::Entry};
use serde::Serialize;

use super::{
    chunks::CHUNK,
    panel::{Presence, SegmentPanel},
};
use crate::{
    data::{CustomerIx, Segment},
    numeric::map_chunks,
};

/// The sequences of all customers of a panel.
///
/// # Example
///
/// ```
/// use custometry::{data::CustomerIx, migration::SegmentPanel};
///
/// let panel = SegmentPanel::builder()
///     .int_keys(&[1, 1, 1, 1, 2, 2, 2])
///     .periods(&["1", "2", "3", "4", "1", "2", "3"])
///     .segments(&["a", "b", "a", "b", "a", "a", "a"])
///     .build()?;
/// let sequences = panel.sequences();
/// let restless = sequences.of(CustomerIx(0)).unwrap();
/// assert_eq!((restless.moves, restless.complexity), (3, 1.0));
/// assert_eq!(sequences.of(CustomerIx(1)).unwrap().complexity, 0.0);
///
/// let paths = sequences.paths(1);
/// assert_eq!(paths[0].customers, 1);
/// let a = &sequences.stays()[0];
/// assert_eq!((a.completed, a.censored), (1, 2)); // two began in the first period
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Clone, PartialEq)]
pub struct Sequences {
    states: Vec<Segment>,
    shapes: Vec<SequenceShape>,
    stays: Vec<Stays>,
    /// Codes of places without repeats, with their customers; the most common first.
    paths: Vec<(Box<[u16]>, u64)>,
}

impl fmt::Debug for Sequences {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sequences")
            .field("customers", &self.shapes.len())
            .field("paths", &self.paths.len())
            .finish_non_exhaustive()
    }
}

/// How one customer's sequence looks.
///
/// # Example
///
/// See [`Sequences`].
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize)]
#[non_exhaustive]
pub struct SequenceShape {
    /// Periods in a state.
    pub periods: u32,
    /// Periods away, between the first and the last in a state.
    pub gaps: u32,
    /// Changes of state.
    pub moves: u32,
    /// The entropy of the time in each state, in nats.
    pub entropy: f64,
    /// The complexity index, from 0 to 1.
    pub complexity: f64,
}

/// Means over the customers who are in a state at all.
///
/// # Example
///
/// See [`Sequences::means`].
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[non_exhaustive]
pub struct SequenceMeans {
    /// How many customers they are.
    pub customers: u64,
    /// Periods in a state.
    pub periods: f64,
    /// Periods away in between.
    pub gaps: f64,
    /// Changes of state.
    pub moves: f64,
    /// Entropy, in nats.
    pub entropy: f64,
    /// Complexity index.
    pub complexity: f64,
}

/// How long customers stay in a state, in periods.
///
/// # Example
///
/// See [`Sequences::stays`].
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Stays {
    /// The state.
    pub state: Segment,
    /// Stays that began and ended within the panel.
    pub completed: u64,
    /// Stays that began in the first period, or lasted to the last: they may have been longer.
    pub censored: u64,
    /// The mean length of completed stays; `None` without any.
    pub mean_completed: Option<f64>,
    /// The mean of what is seen of censored stays; `None` without any.
    pub mean_censored: Option<f64>,
    /// The expected length of a stay, 1 / (chance to leave within a step), over all steps out of the
    /// state; `None` if nobody left.
    pub expected: Option<f64>,
    /// How many stays have which length, ascending.
    pub lengths: Vec<StayLength>,
}

/// How many stays have one length.
///
/// # Example
///
/// See [`Sequences::stays`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct StayLength {
    /// The length in periods.
    pub periods: usize,
    /// Completed stays.
    pub completed: u64,
    /// Censored stays, by what is seen of them.
    pub censored: u64,
}

/// A path that customers took.
///
/// # Example
///
/// See [`Sequences::paths`].
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct CommonPath {
    /// The places, without repeats, from the first state on: also inactive, and churned at the end.
    pub path: Vec<Presence>,
    /// Their names.
    pub names: Vec<String>,
    /// How many customers took it.
    pub customers: u64,
    /// Their share in all who are in a state at all.
    pub share: f64,
}

impl SegmentPanel {
    /// Stays, entropy, complexity and paths of all customers.
    ///
    /// # Example
    ///
    /// See [`Sequences`].
    pub fn sequences(&self) -> Sequences {
        Sequences::of_panel(self)
    }
}

impl Sequences {
    fn of_panel(panel: &SegmentPanel) -> Self {
        let periods = panel.codes().len();
        let order = panel.states().len();
        // Logarithms of the counts that can occur.
        let logs: Vec<f64> = (0..=periods).map(|n| libm::log(n.max(1) as f64)).collect();
        let most = libm::log(order as f64);
        let parts = map_chunks(panel.len(), CHUNK, |range| {
            Part::of(panel, range, &logs, most)
        });
        let mut shapes = Vec::with_capacity(panel.len());
        let mut runs = vec![0u64; run_cells(order, periods)];
        let mut paths = Paths::default();
        for part in parts {
            shapes.extend(part.shapes);
            for (sum, more) in runs.iter_mut().zip(part.runs) {
                *sum += more;
            }
            for (path, customers) in part.paths.list {
                paths.add(&path, customers);
            }
        }
        let mut paths = paths.list;
        paths.sort_unstable_by(|one, other| other.1.cmp(&one.1).then_with(|| one.0.cmp(&other.0)));
        let stays = |(place, state): (usize, &Segment)| {
            let runs = &runs[place * RUN_KINDS * (periods + 1)..][..RUN_KINDS * (periods + 1)];
            Stays::of(state, runs)
        };
        Self {
            stays: panel.states().iter().enumerate().map(stays).collect(),
            states: panel.states().to_vec(),
            shapes,
            paths,
        }
    }

    /// The sequences of all customers, in the order of the panel; of who is never in a state all is 0.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::migration::SegmentPanel;
    /// let panel = SegmentPanel::builder()
    ///     .int_keys(&[7, 8, 8])
    ///     .periods(&["1", "1", "2"])
    ///     .segments(&["a", "a", "b"])
    ///     .build()?;
    /// let sequences = panel.sequences();
    /// let moves: Vec<u32> = sequences.shapes().iter().map(|shape| shape.moves).collect();
    /// assert_eq!(moves, [0, 1]);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn shapes(&self) -> &[SequenceShape] {
        &self.shapes
    }

    /// The sequence of a customer; `None` if the customer does not exist or is never in a state.
    ///
    /// # Example
    ///
    /// See [`Sequences`].
    pub fn of(&self, customer: CustomerIx) -> Option<&SequenceShape> {
        let shape = self.shapes.get(customer.at());
        shape.filter(|shape| shape.periods > 0)
    }

    /// The means over the customers who are in a state at all; `None` without any.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::migration::SegmentPanel;
    /// # let panel = SegmentPanel::builder()
    /// #     .int_keys(&[1, 1, 2])
    /// #     .periods(&["1", "2", "1"])
    /// #     .segments(&["a", "b", "a"])
    /// #     .build()?;
    /// let means = panel.sequences().means().unwrap();
    /// assert_eq!((means.customers, means.periods, means.complexity), (2, 1.5, 0.5));
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn means(&self) -> Option<SequenceMeans> {
        let mut sums = (0u64, 0u64, 0u64, 0u64, 0.0, 0.0);
        for shape in self.shapes.iter().filter(|shape| shape.periods > 0) {
            sums.0 += 1;
            sums.1 += u64::from(shape.periods);
            sums.2 += u64::from(shape.gaps);
            sums.3 += u64::from(shape.moves);
            sums.4 += shape.entropy;
            sums.5 += shape.complexity;
        }
        let n = sums.0 as f64;
        (sums.0 > 0).then(|| SequenceMeans {
            customers: sums.0,
            periods: sums.1 as f64 / n,
            gaps: sums.2 as f64 / n,
            moves: sums.3 as f64 / n,
            entropy: sums.4 / n,
            complexity: sums.5 / n,
        })
    }

    /// How long customers stay in each state.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::migration::SegmentPanel;
    /// let panel = SegmentPanel::builder()
    ///     .int_keys(&[1, 1, 1, 1, 2, 2])
    ///     .periods(&["1", "2", "3", "4", "1", "2"])
    ///     .segments(&["a", "b", "b", "a", "b", "b"])
    ///     .build()?;
    /// let sequences = panel.sequences();
    /// let b = &sequences.stays()[1];
    /// assert_eq!((b.mean_completed, b.mean_censored), (Some(2.0), Some(2.0)));
    /// assert_eq!(b.expected, Some(2.0)); // four steps out of b, two of them left it
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn stays(&self) -> &[Stays] {
        &self.stays
    }

    /// How many paths there are that differ.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::migration::SegmentPanel;
    /// # let panel = SegmentPanel::builder().int_keys(&[1, 2]).periods(&["1", "1"]).segments(&["a", "b"]).build()?;
    /// assert_eq!(panel.sequences().path_count(), 2);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn path_count(&self) -> usize {
        self.paths.len()
    }

    /// The most common paths, at most so many. Equally common ones stand in the order of the states.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::migration::SegmentPanel;
    /// let panel = SegmentPanel::builder()
    ///     .int_keys(&[1, 1, 1, 2, 2, 3])
    ///     .periods(&["1", "2", "3", "1", "2", "3"])
    ///     .segments(&["a", "a", "b", "a", "b", "b"])
    ///     .build()?;
    /// let paths = panel.sequences().paths(2);
    /// assert_eq!(paths[0].names, ["a", "b"]);
    /// assert_eq!(paths[1].names, ["a", "b", "churned"]);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn paths(&self, most: usize) -> Vec<CommonPath> {
        let all: u64 = self.paths.iter().map(|path| path.1).sum();
        let of = |(codes, customers): &(Box<[u16]>, u64)| {
            let place = |&code: &u16| Presence::of_code(&self.states, usize::from(code));
            let path: Vec<Presence> = codes.iter().map(place).collect();
            CommonPath {
                names: (path.iter())
                    .map(|place| place.name(&self.states).to_owned())
                    .collect(),
                path,
                customers: *customers,
                share: *customers as f64 / all as f64,
            }
        };
        self.paths.iter().take(most).map(of).collect()
    }
}

/// Kinds of stays that are counted by length: with both ends seen, cut off at the start, cut off at the
/// end (whether or not at the start as well).
const RUN_KINDS: usize = 3;

/// Cells of a table of stays: by state, kind and length.
fn run_cells(order: usize, periods: usize) -> usize {
    order * RUN_KINDS * (periods + 1)
}

/// The sequences of a chunk of customers.
struct Part {
    shapes: Vec<SequenceShape>,
    runs: Vec<u64>,
    paths: Paths,
}

impl Part {
    fn of(panel: &SegmentPanel, range: Range<usize>, logs: &[f64], most: f64) -> Self {
        let columns = panel.codes();
        let (order, periods) = (panel.states().len(), columns.len());
        let mut part = Self {
            shapes: Vec::with_capacity(range.len()),
            runs: vec![0; run_cells(order, periods)],
            paths: Paths::default(),
        };
        let mut codes = vec![0u16; periods];
        let mut path = Vec::with_capacity(periods);
        let mut times: Vec<(u16, usize)> = Vec::new();
        for customer in range {
            for (code, column) in codes.iter_mut().zip(columns) {
                *code = column[customer];
            }
            part.count_runs(&codes, order);
            path.clear();
            times.clear();
            let mut shape = SequenceShape::default();
            let mut last = None;
            for &code in &codes {
                let inside = usize::from(code) < order;
                if !inside && last.is_none() {
                    continue; // Not yet.
                }
                if path.last() != Some(&code) {
                    path.push(code);
                }
                if !inside {
                    // Inactive comes before churned in the codes.
                    shape.gaps += u32::from(usize::from(code) == order + 1);
                    continue;
                }
                shape.periods += 1;
                shape.moves += u32::from(last.is_some_and(|last| last != code));
                last = Some(code);
                match times.iter_mut().find(|time| time.0 == code) {
                    Some(time) => time.1 += 1,
                    None => times.push((code, 1)),
                }
            }
            if last.is_some() {
                part.paths.add(&path, 1);
            }
            if times.len() > 1 {
                let length = f64::from(shape.periods);
                // By state, so that the sum does not depend on the order of the states.
                times.sort_unstable();
                let sum: f64 = times.iter().map(|time| time.1 as f64 * logs[time.1]).sum();
                shape.entropy = logs[shape.periods as usize] - sum / length;
                let moves = f64::from(shape.moves) / (length - 1.0);
                shape.complexity = (moves * (shape.entropy / most).min(1.0)).sqrt();
            }
            part.shapes.push(shape);
        }
        part
    }

    fn count_runs(&mut self, codes: &[u16], order: usize) {
        let periods = codes.len();
        let mut start = 0;
        for run in codes.chunk_by(|one, other| one == other) {
            let state = usize::from(run[0]);
            let end = start + run.len();
            if state < order {
                let kind = match (start == 0, end == periods) {
                    (_, true) => 2,
                    (true, false) => 1,
                    (false, false) => 0,
                };
                self.runs[(state * RUN_KINDS + kind) * (periods + 1) + run.len()] += 1;
            }
            start = end;
        }
    }
}

impl Stays {
    /// Stays from their counts by kind and length.
    fn of(state: &Segment, runs: &[u64]) -> Self {
        let longest = runs.len() / RUN_KINDS;
        let [both, late] = [0, 1].map(|kind| &runs[kind * longest..(kind + 1) * longest]);
        let last = &runs[2 * longest..];
        let lengths = (0..longest).map(|periods| StayLength {
            periods,
            completed: both[periods],
            censored: late[periods] + last[periods],
        });
        let lengths: Vec<StayLength> = lengths
            .filter(|length| length.completed + length.censored > 0)
            .collect();
        // How many stays there are and how many periods they take.
        let sum = |of: &dyn Fn(&StayLength) -> u64| {
            lengths.iter().fold((0u64, 0u64), |sum, length| {
                let stays = of(length);
                (sum.0 + stays, sum.1 + stays * length.periods as u64)
            })
        };
        let mean = |sum: (u64, u64)| (sum.0 > 0).then(|| sum.1 as f64 / sum.0 as f64);
        let completed = sum(&|length| length.completed);
        let censored = sum(&|length| length.censored);
        // Each period but the last has a step; those of stays that last to the end have none there.
        let lasting: u64 = last.iter().sum();
        let steps = completed.1 + censored.1 - lasting;
        let ended = completed.0 + censored.0 - lasting;
        Self {
            state: state.clone(),
            completed: completed.0,
            censored: censored.0,
            mean_completed: mean(completed),
            mean_censored: mean(censored),
            expected: (ended > 0).then(|| steps as f64 / ended as f64),
            lengths,
        }
    }
}

/// Paths with their customers, in order of first appearance, and an index to find them.
#[derive(Default)]
struct Paths {
    index: HashTable<usize>,
    list: Vec<(Box<[u16]>, u64)>,
}

impl Paths {
    fn add(&mut self, path: &[u16], customers: u64) {
        let hash = |path: &[u16]| FixedState::default().hash_one(path);
        let list = &self.list;
        let entry = (self.index).entry(
            hash(path),
            |&at| &*list[at].0 == path,
            |&at| hash(&list[at].0),
        );
        match entry {
            Entry::Occupied(found) => self.list[*found.get()].1 += customers,
            Entry::Vacant(free) => {
                free.insert(self.list.len());
                self.list.push((path.into(), customers));
            }
        }
    }
}
