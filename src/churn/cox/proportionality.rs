//! Whether hazard ratios are the same at all times.

use serde::{Deserialize, Serialize};

use super::{Cox, CoxData, CoxVerdict, pass::Slopes, risk::Risk, rows::Rows};
use crate::{
    Error, Result,
    churn::Durations,
    numeric::{cholesky::Cholesky, special::chi_square_upper_tail},
};

/// What is left of a slope's information beside those before it, below which it tells nothing: as of a
/// column of the fit.
const TOLD: f64 = 1e-11;
/// A climb of this share of the weight of one who left would go on: the data are not those of the fit.
const CLIMB: f64 = 1e-4;

/// The clock by which a hazard ratio may change.
///
/// # Example
///
/// ```
/// use custometry::churn::TimeTransform;
/// assert_eq!(TimeTransform::default(), TimeTransform::KaplanMeier);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum TimeTransform {
    /// The share that has left before the time, by the Kaplan-Meier curve of all: no few late
    /// customers decide.
    #[default]
    KaplanMeier,
    /// The time itself.
    Identity,
    /// Its logarithm, which looks at early times.
    Log,
    /// The rank of the time among the ends of all rows, whether they left or not, as in R. Where many
    /// are still there at the last time, it lies far from the others.
    Rank,
}

/// The test of one term, or of all.
///
/// # Example
///
/// See [`Cox::proportionality`].
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct TermTest {
    /// The feature; a category is one term with all its levels. `GLOBAL` for all of them.
    pub term: String,
    /// Chi-squared if ratios are the same at all times.
    pub statistic: f64,
    /// Its degrees of freedom: the columns that tell something; 0 if there are none.
    pub degrees: usize,
    /// The probability of a statistic of this size or more.
    pub p: f64,
}

/// Whether the hazard ratios of a fit are the same at all times.
///
/// # Example
///
/// See [`Cox::proportionality`].
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ProportionalityTest {
    /// The clock.
    pub transform: TimeTransform,
    /// The features that have a coefficient, in order.
    pub terms: Vec<TermTest>,
    /// All of them at once.
    pub global: TermTest,
}

impl Cox {
    /// Tests whether each hazard ratio is the same at all times: the score test that nothing is added
    /// by the features times a clock g (Grambsch and Therneau 1994; exact for ties as in R's
    /// `cox.zph` of version 3).
    ///
    /// ```text
    /// beta_j(t) = beta_j + theta_j g(t),   theta = 0?
    /// U = sum of g(t) (x of who left - mean at risk)
    /// S = sum of g² V - (sum of g V) (sum of V)^-1 (sum of g V),   V the covariance at risk
    /// statistic = U' S^-1 U
    /// ```
    ///
    /// A small p says that the ratio changes with the age of customers: make strata of the
    /// feature, cut time in two, or say that the ratio given is a mean over time. With very many
    /// customers p is small for changes that do not matter: look at
    /// [`scaled_schoenfeld`](super::CoxResiduals::scaled_schoenfeld) against time.
    ///
    /// # Errors
    ///
    /// As [`residuals`](Self::residuals); [`Error::InvalidParameter`] for a fit with a ridge, for data
    /// that the fit was not made of, and for a logarithm where somebody left at time 0; [`Error::Degenerate`] if a
    /// coefficient without limit leaves nothing to compare with.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::{
    ///     churn::{CoxData, CoxParams, Durations, TimeTransform},
    ///     data::{Features, MissingValues},
    /// };
    /// let months = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0];
    /// let durations = Durations::new(&months, &[1; 8])?;
    /// // Who came by the offer leaves early or not at all.
    /// let offer = [1.0, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0];
    /// let features = Features::from_columns(&[("offer", &offer)], MissingValues::Refuse)?;
    /// let data = CoxData::new(&durations, &features);
    /// let cox = CoxParams::default().fit(&data)?;
    /// let test = cox.proportionality(&data, TimeTransform::default())?;
    /// assert_eq!((test.terms[0].term.as_str(), test.global.degrees), ("offer", 1));
    /// assert!(test.global.p < 0.1);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn proportionality(
        &self,
        data: &CoxData<'_>,
        transform: TimeTransform,
    ) -> Result<ProportionalityTest> {
        if self.ridge > 0.0 {
            let expected = "none: drawn coefficients are not at the top of the likelihood";
            return Err(Error::parameter("ridge of the fit", self.ridge, expected));
        }
        let (usable, rows) = self.rows_of(data)?;
        let clock = clock(data.durations, &usable, &rows, transform)?;
        let parts = Parts::new(self, &rows, &clock)?;
        let sources = self.design.sources();
        let mut terms = Vec::new();
        let places: Vec<usize> = (0..self.kept.len()).collect();
        let source = |place: &usize| sources[self.kept[*place]];
        for of_term in places.chunk_by(|a, b| source(a) == source(b)) {
            let name = self.design.source_name(source(&of_term[0]));
            terms.push(parts.test(name, of_term));
        }
        Ok(ProportionalityTest {
            transform,
            terms,
            global: parts.test("GLOBAL", &places),
        })
    }
}

/// The score of the features times the clock, and its variance.
struct Parts {
    score: Vec<f64>,
    variance: Vec<f64>,
    /// The diagonal before means, and what the features themselves tell, are taken off.
    raw: Vec<f64>,
}

impl Parts {
    fn new(cox: &Cox, rows: &Rows, clock: &[f64]) -> Result<Self> {
        let risk = Risk::new(rows, &cox.scaled(rows), cox.ties);
        let steps = risk.steps(rows, cox.ties);
        let kept = |matrix: &[f64]| {
            let row = |&row: &usize| {
                let row = &matrix[row * rows.columns..(row + 1) * rows.columns];
                cox.kept.iter().map(|&column| row[column])
            };
            cox.kept.iter().flat_map(row).collect::<Vec<f64>>()
        };
        let plain = Slopes::new(rows, &risk, &steps, None);
        let factor = Cholesky::new(cox.kept.len(), &kept(&plain.information));
        let without_limit = || Error::Degenerate {
            what: "a coefficient grows without limit; leave out the columns that the verdict names"
                .into(),
        };
        let factor = factor.ok_or_else(without_limit)?;
        let gradient: Vec<f64> = cox.kept.iter().map(|&at| plain.gradient[at]).collect();
        let climb = factor.solve(&gradient);
        let climb: f64 = gradient.iter().zip(&climb).map(|(a, b)| a * b).sum();
        if climb > CLIMB * rows.mean_weight_of_leaving() {
            if matches!(cox.verdict, CoxVerdict::InfiniteCoefficients { .. }) {
                return Err(without_limit());
            }
            let expected = "those of the fit";
            return Err(Error::parameter("data", "other data", expected));
        }
        let slopes = Slopes::new(rows, &risk, &steps, Some(clock));
        let squares: Vec<f64> = clock.iter().map(|g| g * g).collect();
        let of_squares = Slopes::new(rows, &risk, &steps, Some(&squares));
        let cross = kept(&slopes.information);
        let mut variance = kept(&of_squares.information);
        let count = cox.kept.len();
        for row in 0..count {
            let explained = factor.solve(&cross[row * count..(row + 1) * count]);
            for column in 0..count {
                let of_column = &cross[column * count..(column + 1) * count];
                let known: f64 = explained.iter().zip(of_column).map(|(a, b)| a * b).sum();
                variance[row * count + column] -= known;
            }
        }
        Ok(Self {
            score: cox.kept.iter().map(|&at| slopes.gradient[at]).collect(),
            variance,
            raw: cox.kept.iter().map(|&at| of_squares.raw[at]).collect(),
        })
    }

    /// The test of some of the columns. Those that tell nothing beside the others do not count.
    fn test(&self, term: &str, places: &[usize]) -> TermTest {
        let count = self.score.len();
        let mut lower: Vec<(usize, Vec<f64>, f64)> = Vec::new();
        let mut statistic = 0.0;
        for &place in places {
            let mut row: Vec<f64> = Vec::with_capacity(lower.len() + 1);
            let mut rest = self.variance[place * count + place];
            let mut score = self.score[place];
            for (earlier, of_earlier, z) in &lower {
                let mut cell = self.variance[place * count + earlier];
                for (a, b) in row.iter().zip(of_earlier) {
                    cell -= a * b;
                }
                let cell = cell / of_earlier[row.len()];
                rest -= cell * cell;
                score -= cell * z;
                row.push(cell);
            }
            if rest > TOLD * self.raw[place] && rest > 0.0 {
                let root = rest.sqrt();
                let z = score / root;
                row.push(root);
                lower.push((place, row, z));
                statistic += z * z;
            }
        }
        let degrees = lower.len();
        TermTest {
            term: term.to_owned(),
            statistic,
            degrees,
            p: if degrees == 0 {
                1.0
            } else {
                chi_square_upper_tail(statistic, degrees as f64)
            },
        }
    }
}

/// The clock at each event time, from -1 to 1 about its mean over events: neither its unit nor its
/// origin matters to the test.
fn clock(
    durations: &Durations,
    usable: &[u32],
    rows: &Rows,
    transform: TimeTransform,
) -> Result<Vec<f64>> {
    let times = durations.times();
    let of_place: Vec<f64> = match transform {
        TimeTransform::Identity => times.to_vec(),
        TimeTransform::Log => {
            let at_zero = |row: &&u32| {
                let row = **row as usize;
                let place = durations.exit_places()[row] as usize;
                durations.cause()[row] > 0 && times[place] <= 0.0
            };
            if let Some(row) = usable.iter().find(at_zero) {
                let value = format!("the logarithm of time 0 in row {row}");
                return Err(Error::parameter(
                    "transform",
                    value,
                    "another, or times above 0",
                ));
            }
            times.iter().map(|&time| libm::log(time)).collect()
        }
        TimeTransform::Rank => {
            let mut ends = vec![0.0; times.len()];
            for &row in usable {
                ends[durations.exit_places()[row as usize] as usize] += 1.0;
            }
            let mut before = 0.0;
            let rank = |&ends: &f64| {
                let rank = before + 0.5 * (ends + 1.0);
                before += ends;
                rank
            };
            ends.iter().map(rank).collect()
        }
        TimeTransform::KaplanMeier => left_before(durations, usable),
    };
    let events: f64 = rows.groups.iter().map(|time| f64::from(time.deaths)).sum();
    let of_group = |time: &super::rows::EventTime| of_place[time.place as usize];
    let mean = rows
        .groups
        .iter()
        .map(|time| of_group(time) * (f64::from(time.deaths) / events))
        .sum::<f64>();
    let mut clock: Vec<f64> = rows
        .groups
        .iter()
        .map(|time| of_group(time) - mean)
        .collect();
    let largest = clock.iter().fold(0.0_f64, |most, g| most.max(g.abs()));
    if largest > 0.0 {
        for g in &mut clock {
            *g /= largest;
        }
    }
    Ok(clock)
}

/// The share that left before each time, all strata together.
fn left_before(durations: &Durations, usable: &[u32]) -> Vec<f64> {
    let mut at_risk = vec![0.0; durations.times().len()];
    let mut deaths = at_risk.clone();
    for &row in usable {
        let exit = durations.exit_places()[row as usize] as usize;
        at_risk[exit] += 1.0;
        if durations.cause()[row as usize] > 0 {
            deaths[exit] += 1.0;
        }
        if let Some(entries) = durations.entry_places() {
            at_risk[entries[row as usize] as usize] -= 1.0;
        }
    }
    for place in (1..at_risk.len()).rev() {
        at_risk[place - 1] += at_risk[place];
    }
    let mut alive = 1.0;
    let pairs = deaths.into_iter().zip(at_risk);
    pairs
        .map(|(deaths, at_risk)| {
            let before = 1.0 - alive;
            if deaths > 0.0 {
                alive *= 1.0 - deaths / at_risk;
            }
            before
        })
        .collect()
}
