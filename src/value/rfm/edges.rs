//! Bins: how values become scores, and the edges that are kept.

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::MAX_BINS;
use crate::{Error, Result};

/// How the values of one measure are cut into bins.
///
/// # Example
///
/// ```
/// use custometry::value::{Binning, RfmParams};
/// let by_rule = Binning::Fixed { edges: vec![10.0, 50.0, 250.0] };
/// assert_eq!(by_rule.bins(), 4);
/// let params = RfmParams::default().monetary(by_rule);
/// # let _ = params;
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[non_exhaustive]
pub enum Binning {
    /// Bins of about equal size, 1 to 9 of them.
    Quantile {
        /// How many.
        bins: u8,
    },
    /// Bins by rule: one more than the edges, which rise. A value on an edge
    /// belongs to the bin below it. Recency edges are days since the last
    /// purchase, money edges units of currency.
    Fixed {
        /// The edges between the bins.
        edges: Vec<f64>,
    },
}

impl Binning {
    /// How many bins it makes.
    ///
    /// # Example
    ///
    /// ```
    /// assert_eq!(custometry::value::Binning::Quantile { bins: 5 }.bins(), 5);
    /// ```
    pub fn bins(&self) -> usize {
        match self {
            Self::Quantile { bins } => usize::from(*bins),
            Self::Fixed { edges } => edges.len() + 1,
        }
    }

    pub(super) fn check(&self, name: &'static str) -> Result<()> {
        if !(1..=usize::from(MAX_BINS)).contains(&self.bins()) {
            let found = format!("cut into {} bins", self.bins());
            return Err(Error::parameter(name, found, "1 to 9 bins"));
        }
        let Self::Fixed { edges } = self else {
            return Ok(());
        };
        if let Some(broken) = edges.iter().find(|edge| !edge.is_finite()) {
            let found = format!("cut at {broken}");
            return Err(Error::parameter(name, found, "finite edges"));
        }
        match edges.windows(2).find(|pair| pair[0] >= pair[1]) {
            None => Ok(()),
            Some(pair) => Err(Error::parameter(
                name,
                format!("cut at {} and then at {}", pair[0], pair[1]),
                "edges that rise, each once; leave out repeated ones",
            )),
        }
    }
}

/// Which score equal values get where they span several quantile bins. Equal
/// values always get equal scores: two customers with the same history are
/// never told apart by the order of their rows.
///
/// With n values, of which those equal to v hold the ranks lo to hi, and k bins:
///
/// ```text
/// Midrank    ceil(k (lo + hi) / 2n)
/// Lowest     ceil(k lo / n)
/// Highest    ceil(k hi / n)
/// ```
///
/// # Example
///
/// ```
/// use custometry::value::{RfmParams, Ties};
/// let params = RfmParams::default().ties(Ties::Lowest);
/// assert_ne!(params, RfmParams::default());
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Ties {
    /// The bin of the middle of their ranks; the default.
    #[default]
    Midrank,
    /// The lowest bin they reach into.
    Lowest,
    /// The highest bin they reach into.
    Highest,
}

/// Whether large values earn high scores, or small ones do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Better {
    Higher,
    Lower,
}

impl Better {
    /// Turned so that larger is better.
    fn turn(self, value: f64) -> f64 {
        match self {
            Self::Higher => value,
            Self::Lower => -value,
        }
    }
}

/// The edges between bins, from the worst to the best: `edges[j]` is the best
/// value that still scores j + 1 or less. `None` where no value did: every
/// value is better than that.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Edges(Vec<Option<f64>>);

impl Edges {
    /// The edges of a binning over some values.
    pub(super) fn fit(binning: &Binning, ties: Ties, values: &[f64], better: Better) -> Self {
        match binning {
            Binning::Quantile { bins } => Self::quantile(*bins, ties, values, better),
            Binning::Fixed { edges } => Self::fixed(edges, better),
        }
    }

    fn fixed(edges: &[f64], better: Better) -> Self {
        let mut edges: Vec<Option<f64>> = edges.iter().copied().map(Some).collect();
        if better == Better::Lower {
            edges.reverse();
        }
        Self(edges)
    }

    fn quantile(bins: u8, ties: Ties, values: &[f64], better: Better) -> Self {
        let mut turned: Vec<f64> = values.iter().map(|&value| better.turn(value)).collect();
        turned.par_sort_unstable_by(f64::total_cmp);
        let n = turned.len() as u128;
        let k = u128::from(bins);
        let mut edges = vec![None; usize::from(bins) - 1];
        let mut below = 0;
        for run in turned.chunk_by(|a, b| a.total_cmp(b).is_eq()) {
            let (lo, hi) = (below + 1, below + run.len() as u128);
            below = hi;
            // In whole numbers: a share of ranks that falls on a boundary must
            // not be moved across it by rounding.
            let score = match ties {
                Ties::Midrank => (k * (lo + hi)).div_ceil(2 * n),
                Ties::Lowest => (k * lo).div_ceil(n),
                Ties::Highest => (k * hi).div_ceil(n),
            };
            // Every bin from this score on reaches at least to here.
            for edge in edges
                .iter_mut()
                .skip(usize::try_from(score).unwrap_or(0) - 1)
            {
                *edge = Some(better.turn(run[0]));
            }
        }
        Self(edges)
    }

    /// The score of a value: 1, and 1 more for each edge that it is better than.
    pub(super) fn score(&self, value: f64, better: Better) -> u8 {
        let beaten =
            |edge: &&Option<f64>| edge.is_none_or(|edge| better.turn(value) > better.turn(edge));
        // At most MAX_BINS - 1 edges.
        1 + u8::try_from(self.0.iter().filter(beaten).count()).unwrap_or(MAX_BINS - 1)
    }

    pub(super) fn bins(&self) -> usize {
        self.0.len() + 1
    }

    pub(super) fn as_slice(&self) -> &[Option<f64>] {
        &self.0
    }

    /// Whether a fit could have given these edges.
    pub(super) fn check(&self, better: Better) -> Result<()> {
        let turned = |edge: &Option<f64>| edge.map_or(f64::NEG_INFINITY, |e| better.turn(e));
        let rising = self
            .0
            .windows(2)
            .all(|pair| turned(&pair[0]) <= turned(&pair[1]));
        let finite = self.0.iter().flatten().all(|edge| edge.is_finite());
        if rising && finite && self.bins() <= usize::from(MAX_BINS) {
            return Ok(());
        }
        Err(Error::parameter(
            "edges",
            format!("{:?}", self.0),
            "at most 8 finite edges from the worst to the best",
        ))
    }
}

/// What became of the bins of one measure in the data of the fit.
///
/// Ties can leave bins empty: with six in ten customers buying once, those fill
/// three of five frequency bins and get one score.
///
/// # Example
///
/// ```
/// use custometry::{data::date_of_day, simulate::PurchaseLogParams, value::{RfmParams, SummaryState}};
///
/// let log = PurchaseLogParams::default().generate()?.transactions;
/// let summary = SummaryState::new(&log)?.summary(date_of_day(10_407).unwrap())?;
/// let bins = RfmParams::default().fit(&summary)?.frequency_bins();
/// assert_eq!(bins.sizes.iter().sum::<u64>(), 1_000);
/// assert!(bins.empty() > 0, "many buy once");
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct RfmBins {
    /// Between bin j and j + 1, worst first: the best value of bin j in the data
    /// of the fit, in days, purchase days or units of currency. `None` where bin
    /// j and all below it are empty. Where bins are nested, the edges over all
    /// customers together.
    pub edges: Vec<Option<f64>>,
    /// How many customers of the fit are in each bin, worst first.
    pub sizes: Vec<u64>,
}

impl RfmBins {
    /// How many bins nobody is in.
    ///
    /// # Example
    ///
    /// See [`RfmBins`].
    pub fn empty(&self) -> usize {
        self.sizes.iter().filter(|&&size| size == 0).count()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn scores(values: &[f64], bins: u8, ties: Ties, better: Better) -> Vec<u8> {
        let edges = Edges::fit(&Binning::Quantile { bins }, ties, values, better);
        values
            .iter()
            .map(|&value| edges.score(value, better))
            .collect()
    }

    /// The definition, value by value.
    fn naive(values: &[f64], bins: u8, ties: Ties, better: Better) -> Vec<u8> {
        let n = values.len();
        let k = usize::from(bins);
        let rank = |value: f64| {
            let v = better.turn(value);
            let lo = 1 + values.iter().filter(|&&w| better.turn(w) < v).count();
            let hi = values.iter().filter(|&&w| better.turn(w) <= v).count();
            (lo, hi)
        };
        values
            .iter()
            .map(|&value| {
                let (lo, hi) = rank(value);
                let score = match ties {
                    Ties::Midrank => (k * (lo + hi)).div_ceil(2 * n),
                    Ties::Lowest => (k * lo).div_ceil(n),
                    Ties::Highest => (k * hi).div_ceil(n),
                };
                u8::try_from(score).unwrap()
            })
            .collect()
    }

    #[test]
    fn ties_that_fill_two_bins_get_one_score() {
        // 1, 1, 2, 4, 8, 255: a quantile cut would repeat the edge 1.
        let values = [1.0, 1.0, 2.0, 4.0, 8.0, 255.0];
        for (ties, expected) in [
            (Ties::Midrank, [2, 2, 3, 4, 5, 5]),
            (Ties::Lowest, [1, 1, 3, 4, 5, 5]),
            (Ties::Highest, [2, 2, 3, 4, 5, 5]),
        ] {
            assert_eq!(
                scores(&values, 5, ties, Better::Higher),
                expected,
                "{ties:?}"
            );
        }
    }

    #[test]
    fn equal_values_land_in_the_middle_and_one_value_at_the_top() {
        assert_eq!(
            scores(&[7.0; 10], 5, Ties::Midrank, Better::Higher),
            [3; 10]
        );
        assert_eq!(scores(&[7.0; 10], 5, Ties::Lowest, Better::Lower), [1; 10]);
        assert_eq!(scores(&[7.0; 10], 5, Ties::Highest, Better::Lower), [5; 10]);
        assert_eq!(scores(&[7.0], 5, Ties::Midrank, Better::Higher), [5]);
        assert_eq!(
            scores(&[1.0, 9.0], 1, Ties::Midrank, Better::Higher),
            [1, 1]
        );
    }

    #[test]
    fn a_value_never_met_is_scored_by_the_edges() {
        let binning = Binning::Quantile { bins: 5 };
        let values: Vec<f64> = (1..=10).map(f64::from).collect();
        let edges = Edges::fit(&binning, Ties::Midrank, &values, Better::Higher);
        let expected = [Some(2.0), Some(4.0), Some(6.0), Some(8.0)];
        assert_eq!(edges.as_slice(), expected);
        for (value, score) in [(-5.0, 1), (2.0, 1), (2.5, 2), (8.0, 4), (8.1, 5), (1e9, 5)] {
            assert_eq!(edges.score(value, Better::Higher), score, "{value}");
        }
        // All equal at 7: what is lower shares the lowest bin in use.
        let edges = Edges::fit(&binning, Ties::Midrank, &[7.0; 4], Better::Higher);
        assert_eq!(edges.as_slice(), [None, None, None, Some(7.0)]);
        assert_eq!(edges.score(1.0, Better::Higher), 4);
        assert_eq!(edges.score(7.5, Better::Higher), 5);
    }

    #[test]
    fn edges_by_rule_belong_to_the_bin_below() {
        let rule = Binning::Fixed {
            edges: vec![30.0, 90.0],
        };
        let money = Edges::fit(&rule, Ties::Midrank, &[], Better::Higher);
        let days = Edges::fit(&rule, Ties::Midrank, &[], Better::Lower);
        for (value, by_money, by_days) in [
            (0.0, 1, 3),
            (30.0, 1, 2),
            (30.5, 2, 2),
            (90.0, 2, 1),
            (91.0, 3, 1),
        ] {
            assert_eq!(money.score(value, Better::Higher), by_money, "{value}");
            assert_eq!(days.score(value, Better::Lower), by_days, "{value}");
        }
    }

    #[test]
    fn rules_that_make_no_bins_are_refused() {
        let fixed = |edges: &[f64]| Binning::Fixed {
            edges: edges.to_vec(),
        };
        for (binning, message) in [
            (
                fixed(&[1.0, 1.0, 2.0]),
                "money is cut at 1 and then at 1, expected edges that rise",
            ),
            (fixed(&[2.0, 1.0]), "money is cut at 2 and then at 1"),
            (fixed(&[1.0, f64::NAN]), "money is cut at NaN"),
            (
                fixed(&[1.0; 9]),
                "money is cut into 10 bins, expected 1 to 9 bins",
            ),
            (Binning::Quantile { bins: 0 }, "money is cut into 0 bins"),
            (Binning::Quantile { bins: 10 }, "money is cut into 10 bins"),
        ] {
            let error = binning.check("money").unwrap_err().to_string();
            assert!(error.starts_with(message), "{error}");
        }
        assert!(fixed(&[]).check("money").is_ok(), "one bin, no edge");
    }

    proptest! {
        #[test]
        fn edges_score_the_data_of_the_fit_by_the_definition(
            values in prop::collection::vec(prop::sample::select(vec![0.0, 1.0, 1.5, 2.0, 9.0, 40.0]), 1..40),
            bins in 1u8..=9,
        ) {
            for ties in [Ties::Midrank, Ties::Lowest, Ties::Highest] {
                for better in [Better::Higher, Better::Lower] {
                    prop_assert_eq!(
                        scores(&values, bins, ties, better),
                        naive(&values, bins, ties, better)
                    );
                }
            }
        }
    }
}
