//! The question: do the moves of two groups, or of two years, differ by more than chance, and does the
//! path of a customer matter?
//!
//! # Model
//!
//! Counts of transitions are rows of multinomial draws. Each test compares them with what they would be
//! expected to be if a simpler model held:
//!
//! | test | the simpler model |
//! |---|---|
//! | [`against`](ChainTestParams::against) | this matrix |
//! | [`homogeneity`](ChainTestParams::homogeneity) | all groups move alike |
//! | [`stationarity`](ChainTestParams::stationarity) | all periods move alike |
//! | [`independence`](ChainTestParams::independence) | where customers go does not depend on where they are |
//! | [`first_order`](ChainTestParams::first_order) | where they go does not depend on where they were before |
//! | [`table`](ChainTestParams::table) | rows and columns of a table are independent |
//!
//! # Formula
//!
//! ```text
//! G = 2 sum of O ln(O / E),   X² = sum of (O - E)² / E
//! E = n_i p_ij                       against a matrix
//! E = (row total) (column total) / n for the others, table by table
//! ```
//!
//! Both follow a chi-square law if expected counts are not small. Its degrees of freedom leave out rows
//! and columns without counts and cells that are impossible. Where impossible cells are scattered over
//! a table, E has no such formula and is fitted to the totals in turns (Bishop, Fienberg and Holland
//! 1975, doi:10.1007/978-0-387-72806-3).
//!
//! # How to read the numbers
//!
//! A small p says that the simpler model does not hold; with many customers it will be small for
//! differences that do not matter, so look at the probabilities too. Where expected counts are small
//! (Cochran's rule, 1954, doi:10.2307/3001616) the verdict says so: ask for simulated p-values, which
//! hold for any counts.
//!
//! # Limits
//!
//! Customers are taken to be alike within a state. A mixture of customers who differ looks as if the
//! path mattered. Simulated p-values take the fitted probabilities for the true ones.
//!
//! # Complexity
//!
//! One pass over the cells, and as many more as there are replicates, on all threads. Where impossible
//! cells are scattered each of these is a fit in turns: tens of passes as a rule, 20,000 at most.
//!
//! # References
//!
//! - Anderson, T. W. and Goodman, L. A. (1957), "Statistical inference about Markov chains",
//!   doi:10.1214/aoms/1177707039.
//! - Kullback, S., Kupperman, M. and Ku, H. H. (1962), "Tests for contingency tables and Markov
//!   chains", doi:10.2307/1266283.

mod tables;

use serde::{Deserialize, Serialize};

use self::tables::{Statistics, Table};
use super::{counts::TransitionCounts, matrix::TransitionMatrix, states, triples::TripleCounts};
use crate::{
    Error, Result,
    numeric::{binomial::MOST_TRIALS, map_chunks, rng::Stream, special::chi_square_upper_tail},
};

/// What the random streams of one seed are for.
const REPLICATE: u32 = 0x5465_7374;

/// Replicates that are drawn together; a constant.
const CHUNK: usize = 16;

/// More replicates than this are refused: the last digit of a p-value is not worth the time.
const MOST_REPLICATES: usize = 10_000_000;

/// How tests are run.
///
/// All tests fail with [`Error::InvalidParameter`] for more than 10,000,000 replicates, and with
/// [`Error::Overflow`] if replicates are asked for of a row of more than 10^12 counts.
///
/// # Example
///
/// ```
/// use custometry::{data::{Segment, SegmentId}, migration::*};
///
/// // Kullback, Kupperman and Ku 1962.
/// let states: Vec<_> = (0..3).map(|id| Segment { id: SegmentId(id), name: id.to_string() }).collect();
/// let counts = TransitionCounts::new(states.clone(), &[[51, 11, 8], [12, 31, 9], [6, 11, 10]])?;
/// let rows = [[0.625, 0.25, 0.125], [0.25, 0.5, 0.25], [0.25, 0.375, 0.375]];
/// let test = ChainTestParams::default().against(&counts, &TransitionMatrix::given(states, &rows)?)?;
/// assert!((test.g - 6.518384096198).abs() < 1e-12);
/// assert_eq!(test.df, 6);
/// assert_eq!(test.verdict, ChainTestVerdict::Sound);
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ChainTestParams {
    replicates: usize,
    seed: u64,
}

/// What a test has found.
///
/// # Example
///
/// See [`ChainTestParams`].
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ChainTest {
    /// The likelihood ratio statistic; infinite if something happened that cannot.
    pub g: f64,
    /// Pearson's chi-square; infinite likewise.
    pub pearson: f64,
    /// Degrees of freedom of both; 0 only if a matrix is refuted that leaves no choice of where to go.
    pub df: u64,
    /// The probability of a G at least as large, if the simpler model holds, by the chi-square law; 0
    /// if something happened that cannot.
    pub p_g: f64,
    /// The same of Pearson's chi-square.
    pub p_pearson: f64,
    /// The probabilities by simulation, if replicates were asked for.
    pub simulated: Option<SimulatedP>,
    /// The cells that were compared.
    pub cells: u64,
    /// The cells whose expected count is below 5.
    pub cells_below_five: u64,
    /// The least expected count.
    pub smallest_expected: f64,
    /// Whether the chi-square law can be relied on.
    pub verdict: ChainTestVerdict,
}

/// Probabilities by simulation: (1 + replicates at least as extreme) / (1 + replicates).
///
/// # Example
///
/// See [`ChainTestParams::replicates`].
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[non_exhaustive]
pub struct SimulatedP {
    /// Of G.
    pub g: f64,
    /// Of Pearson's chi-square.
    pub pearson: f64,
    /// The replicates that were drawn.
    pub replicates: usize,
}

/// Whether the chi-square law can be relied on.
///
/// # Example
///
/// See [`ChainTestParams`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ChainTestVerdict {
    /// No expected count is below 1, and at most a fifth of them are below 5.
    Sound,
    /// Expected counts are small: p-values are rough, and simulated ones are better.
    FewExpected,
    /// Something was counted that the matrix says cannot happen: it is refuted.
    Refuted,
}

impl ChainTestParams {
    /// How many replicates to draw for simulated p-values, at most 10,000,000; none at first. Each draws
    /// the rows again with the probabilities of the simpler model and the same totals.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::migration::{ChainTestParams, ChainTestVerdict};
    ///
    /// let few = [[3, 0], [1, 4]];
    /// let test = ChainTestParams::default().replicates(999).table(&few)?;
    /// assert_eq!(test.verdict, ChainTestVerdict::FewExpected);
    /// let simulated = test.simulated.unwrap();
    /// assert!(simulated.pearson > 0.03 && simulated.pearson < 0.2);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn replicates(mut self, replicates: usize) -> Self {
        self.replicates = replicates;
        self
    }

    /// The seed of the replicates.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::migration::ChainTestParams;
    /// assert_ne!(ChainTestParams::default().seed(7), ChainTestParams::default());
    /// ```
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Tests whether counts come from a given matrix.
    ///
    /// # Errors
    ///
    /// [`Error::VersionMismatch`] unless both are of the same states; [`Error::Degenerate`] if the row
    /// of a state with counts is not known, or if there is nothing to compare.
    ///
    /// # Example
    ///
    /// See [`ChainTestParams`].
    pub fn against(
        &self,
        counts: &TransitionCounts,
        matrix: &TransitionMatrix,
    ) -> Result<ChainTest> {
        states::same(counts.states(), matrix.states())?;
        let mut tables = Vec::new();
        for (from, total) in counts.row_totals().into_iter().enumerate() {
            if total > 0 {
                let row = counts.row(from).to_vec();
                tables.push(Table::given(row, &matrix.known(from)?.probabilities));
            }
        }
        self.test(&tables)
    }

    /// Tests whether groups of customers move alike.
    ///
    /// # Errors
    ///
    /// [`Error::NotEnoughData`] for fewer than two groups; [`Error::VersionMismatch`] unless all are of
    /// the same states and impossible transitions; [`Error::Degenerate`] if no state was left to two
    /// states by two groups.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::{data::{Segment, SegmentId}, migration::*};
    ///
    /// let state = |id, name: &str| Segment { id: SegmentId(id), name: name.into() };
    /// let states = vec![state(1, "active"), state(2, "asleep")];
    /// let shop = TransitionCounts::new(states.clone(), &[[90, 10], [20, 30]])?;
    /// let web = TransitionCounts::new(states, &[[60, 40], [20, 30]])?;
    /// let test = ChainTestParams::default().homogeneity(&[shop, web])?;
    /// assert!((test.pearson - 24.0).abs() < 1e-12); // all of it from the active ones
    /// assert_eq!(test.df, 2);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn homogeneity(&self, groups: &[TransitionCounts]) -> Result<ChainTest> {
        let [first, _, ..] = groups else {
            return Err(Error::NotEnoughData {
                what: "groups or periods to compare".into(),
                needed: 2,
                found: groups.len(),
            });
        };
        groups
            .iter()
            .try_for_each(|group| first.check_same(group))?;
        let of_state = |from: usize| {
            let rows = groups.iter().map(|group| group.row(from).to_vec());
            // A cell that is impossible has no counts in any group: its column falls away.
            Table::independent(rows.collect(), None)
        };
        let tables: Vec<Table> = (0..first.order()).map(of_state).collect();
        self.test(&tables)
    }

    /// Tests whether the probabilities stay the same over periods: as
    /// [`homogeneity`](Self::homogeneity), with periods for groups.
    ///
    /// # Errors
    ///
    /// As [`homogeneity`](Self::homogeneity).
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::{data::{Segment, SegmentId}, migration::*};
    ///
    /// let state = |id, name: &str| Segment { id: SegmentId(id), name: name.into() };
    /// let states = vec![state(1, "active"), state(2, "asleep")];
    /// let year = TransitionCounts::new(states, &[[90, 10], [20, 30]])?;
    /// let test = ChainTestParams::default().stationarity(&[year.clone(), year])?;
    /// assert!(test.g.abs() < 1e-12 && test.p_g > 0.999);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn stationarity(&self, periods: &[TransitionCounts]) -> Result<ChainTest> {
        self.homogeneity(periods)
    }

    /// Tests whether it matters where customers are for where they go: order 0 against order 1.
    ///
    /// # Errors
    ///
    /// [`Error::Degenerate`] if there is nothing to compare; [`Error::NotConverged`] if impossible and
    /// empty cells leave no expected counts to be fitted.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::{data::{Segment, SegmentId}, migration::*};
    ///
    /// let state = |id, name: &str| Segment { id: SegmentId(id), name: name.into() };
    /// let states = vec![state(1, "a"), state(2, "b")];
    /// let random = TransitionCounts::new(states, &[[20, 40], [30, 60]])?;
    /// let test = ChainTestParams::default().independence(&random)?;
    /// assert!(test.g.abs() < 1e-12 && test.df == 1);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn independence(&self, counts: &TransitionCounts) -> Result<ChainTest> {
        let rows = (0..counts.order()).map(|from| counts.row(from).to_vec());
        let possible = (0..counts.order()).map(|from| counts.possible(from).collect());
        let table = Table::independent(rows.collect(), Some(possible.collect()));
        self.test(&[table])
    }

    /// Tests whether it matters where customers were before for where they go next: order 1 against
    /// order 2.
    ///
    /// # Errors
    ///
    /// [`Error::Degenerate`] if there is nothing to compare.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::{data::{Segment, SegmentId}, migration::*};
    ///
    /// let states: Vec<_> = ["a", "b"].iter().zip(1..)
    ///     .map(|(name, id)| Segment { id: SegmentId(id), name: (*name).into() }).collect();
    /// let path: Vec<_> = "abaaaababab".chars()
    ///     .map(|letter| Some(SegmentId(if letter == 'a' { 1 } else { 2 }))).collect();
    /// let triples = TripleCounts::of_paths(states, &[path])?;
    /// assert_eq!(ChainTestParams::default().first_order(&triples)?.df, 1);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn first_order(&self, triples: &TripleCounts) -> Result<ChainTest> {
        let of_middle = |cells: &[super::triples::Cell]| {
            // Only the states that occur, so that many states need little room.
            let mut columns: Vec<u32> = cells.iter().map(|cell| cell.to).collect();
            columns.sort_unstable();
            columns.dedup();
            let mut rows: Vec<Vec<u64>> = Vec::new();
            for of_from in cells.chunk_by(|one, other| one.from == other.from) {
                // Both run through the states in their order.
                let mut cells = of_from.iter().peekable();
                let count = |to: &u32| {
                    cells
                        .next_if(|cell| cell.to == *to)
                        .map_or(0, |cell| cell.count)
                };
                rows.push(columns.iter().map(count).collect());
            }
            Table::independent(rows, None)
        };
        let tables: Vec<Table> = triples.by_middle().map(of_middle).collect();
        self.test(&tables)
    }

    /// Tests whether rows and columns of a table of counts are independent.
    ///
    /// # Errors
    ///
    /// [`Error::LengthMismatch`] unless all rows are of one length; [`Error::Overflow`] if the sum of
    /// all counts is beyond 2^64; [`Error::Degenerate`] if there is nothing to compare.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::migration::ChainTestParams;
    ///
    /// let table = [[127, 59], [11, 7], [36, 20], [9, 4]];
    /// let test = ChainTestParams::default().table(&table)?;
    /// assert!((test.pearson - 0.636110621).abs() < 1e-9);
    /// assert_eq!(test.df, 3);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn table(&self, rows: &[impl AsRef<[u64]>]) -> Result<ChainTest> {
        let rows: Vec<Vec<u64>> = rows.iter().map(|row| row.as_ref().to_vec()).collect();
        let columns = rows.first().map_or(0, Vec::len);
        for (at, row) in rows.iter().enumerate() {
            Error::check_length(&format!("row {at} of the table"), columns, row.len())?;
        }
        let mut cells = rows.iter().flatten();
        if cells.try_fold(0u64, |sum, &n| sum.checked_add(n)).is_none() {
            return Err(Error::Overflow {
                what: "more than 18446744073709551615 counts in the table".into(),
            });
        }
        self.test(&[Table::independent(rows, None)])
    }

    fn test(&self, tables: &[Table]) -> Result<ChainTest> {
        if self.replicates > MOST_REPLICATES {
            return Err(Error::parameter(
                "replicates",
                self.replicates,
                format!("at most {MOST_REPLICATES}"),
            ));
        }
        if self.replicates > 0 && tables.iter().any(|table| table.largest_row() > MOST_TRIALS) {
            return Err(Error::Overflow {
                what: format!(
                    "more than {MOST_TRIALS} customers left a state, which cannot be drawn again; ask \
                     for no replicates"
                )
                .into(),
            });
        }
        let mut fits = Vec::with_capacity(tables.len());
        for table in tables {
            fits.push(table.fit()?);
        }
        let df: u64 = fits.iter().map(|fit| fit.df).sum();
        let observed: Statistics = fits
            .iter()
            .fold(Statistics::default(), |sum, fit| sum.plus(fit.statistics));
        let refuted = observed.g.is_infinite();
        if df == 0 && !refuted {
            return Err(Error::Degenerate {
                what: "no two rows with counts share two columns with counts: there is nothing to \
                       compare; give more periods, groups or states"
                    .into(),
            });
        }
        // Tables that leave no freedom say nothing about the law. They are all there is where a matrix
        // that leaves none is refuted.
        let told = fits.iter().filter(|fit| fit.df > 0 || df == 0);
        let expected: Vec<f64> = told.flat_map(tables::Fit::expected_cells).collect();
        let below = |bound: f64| expected.iter().filter(|&&cell| cell < bound).count();
        let verdict = if refuted {
            ChainTestVerdict::Refuted
        } else if below(1.0) == 0 && below(5.0) * 5 <= expected.len() {
            ChainTestVerdict::Sound
        } else {
            ChainTestVerdict::FewExpected
        };
        let tail = |statistic: f64| {
            if refuted {
                0.0
            } else {
                chi_square_upper_tail(statistic.max(0.0), df as f64)
            }
        };
        Ok(ChainTest {
            g: observed.g,
            pearson: observed.pearson,
            df,
            p_g: tail(observed.g),
            p_pearson: tail(observed.pearson),
            simulated: (self.replicates > 0).then(|| self.simulate(tables, &fits, observed)),
            cells: expected.len() as u64,
            cells_below_five: below(5.0) as u64,
            smallest_expected: expected.iter().copied().fold(f64::INFINITY, f64::min),
            verdict,
        })
    }

    fn simulate(&self, tables: &[Table], fits: &[tables::Fit], seen: Statistics) -> SimulatedP {
        // What ties must not differ by rounding.
        let reached = |drawn: f64, seen: f64| drawn >= seen - 1e-9 * (1.0 + seen.abs());
        let chunks = map_chunks(self.replicates, CHUNK, |range| {
            let (mut g, mut pearson) = (0usize, 0usize);
            for number in range {
                let mut draw = Stream::new(self.seed, REPLICATE, number as u64);
                let mut drawn = Statistics::default();
                for (table, fit) in tables.iter().zip(fits) {
                    drawn = drawn.plus(table.redrawn(fit, &mut draw));
                }
                g += usize::from(reached(drawn.g, seen.g));
                pearson += usize::from(reached(drawn.pearson, seen.pearson));
            }
            (g, pearson)
        });
        let (g, pearson) = chunks
            .iter()
            .fold((0, 0), |sum, of| (sum.0 + of.0, sum.1 + of.1));
        let share = |count: usize| (count as f64 + 1.0) / (self.replicates as f64 + 1.0);
        SimulatedP {
            g: share(g),
            pearson: share(pearson),
            replicates: self.replicates,
        }
    }
}

#[cfg(test)]
mod tests;
