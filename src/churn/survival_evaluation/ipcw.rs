//! Scores at given times, weighted by the inverse of the chance of not being censored.

use ndarray::ArrayView2;

use super::{censoring::Censoring, concordance::check_scored, pairs::ranks};
use crate::{
    Error, Result,
    churn::{Durations, KaplanMeier, RiskTable},
    data::Estimate,
};

/// Weights that make up for customers of whom it is not known whether they had left by a time.
///
/// ```text
/// weight at t of who left at T <= t           1 / G(T-)
///                of who was there beyond t    1 / G(t-)
///                of who was censored before   0
/// ```
///
/// where G is the chance of not having been censored, from the training data. Who leaves at a time
/// left before anyone is censored at it; hence someone censored at t is known to have been there
/// beyond t. So the last day works as well, on which all who are left are censored.
///
/// # Example
///
/// ```
/// use custometry::churn::{CensoringWeights, Durations};
/// use ndarray::array;
///
/// let durations = Durations::new(&[1.0, 2.0, 3.0], &[1, 1, 0])?;
/// let weights = CensoringWeights::new(&durations)?;
/// let survival = array![[0.2], [0.4], [0.9]];
/// let brier = weights.brier(&durations, &[2.0], survival.view(), 0.95)?;
/// assert!((brier.scores[0].value - (0.04 + 0.16 + 0.01) / 3.0).abs() < 1e-15);
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct CensoringWeights {
    censoring: Censoring,
}

/// Mean squared errors of the chance to be still there.
///
/// # Example
///
/// See [`CensoringWeights`].
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct BrierScores {
    /// The times that were asked for.
    pub times: Vec<f64>,
    /// By time the score: 0 is perfect, 0.25 what a chance of one half for everyone gets. The
    /// standard error takes G for known.
    pub scores: Vec<Estimate>,
    /// The mean over the span of the times, by the trapezoidal rule; `None` for a single time.
    pub integrated: Option<Estimate>,
}

/// How well those who have left by a time are told from those who have not.
///
/// # Example
///
/// See [`CensoringWeights::auc`].
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct AucAt {
    /// The time.
    pub time: f64,
    /// Rows that left at or before the time.
    pub cases: usize,
    /// Rows that were there beyond the time.
    pub controls: usize,
    /// The chance that a case has a higher risk than a control, with ties counted as halves. The
    /// standard error is that of `DeLong` and others (1988), doi:10.2307/2531595, divided by n rather
    /// than n - 1, and takes G for known.
    pub auc: Estimate,
}

impl AucAt {
    /// The mean over times, each weighted by who leaves up to it from the time before:
    ///
    /// ```text
    /// mean = sum of AUC(t_k) (S(t_(k-1)) - S(t_k)) / (1 - S(t_K)),     S(t_0) = 1
    /// ```
    ///
    /// where S is the Kaplan-Meier curve of the test data: the area under the ROC curve for a case
    /// that is drawn from those who leave by the last time (Lambert and Chevret 2016,
    /// doi:10.1177/0962280213515571). The finer the times, the less depends on their choice.
    ///
    /// # Errors
    ///
    /// [`Error::NotEnoughData`] without a time; [`Error::InvalidParameter`] for times that do not
    /// ascend, or several causes; [`Error::Degenerate`] if nobody has left by the last time.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::churn::{AucAt, CensoringWeights, Durations};
    /// let durations = Durations::new(&[1.0, 2.0, 3.0, 4.0], &[1, 1, 0, 0])?;
    /// let weights = CensoringWeights::new(&durations)?;
    /// let found = weights.auc(&durations, &[1.0, 2.0], &[0.9, 0.5, 0.6, 0.1], 0.95)?;
    /// // A quarter leaves by each of the two times.
    /// assert_eq!((found[0].auc.value, found[1].auc.value), (1.0, 0.75));
    /// assert_eq!(AucAt::mean(&found, &durations)?, 0.875);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn mean(found: &[Self], test: &Durations) -> Result<f64> {
        let times: Vec<f64> = found.iter().map(|at| at.time).collect();
        check_test(test, &times, 0.5)?;
        let curve = KaplanMeier::new(&RiskTable::new(test))?;
        let (mut last, mut sum) = (1.0, 0.0);
        for at in found {
            let there = curve.survival_at(at.time);
            sum += at.auc.value * (last - there);
            last = there;
        }
        if last >= 1.0 {
            return Err(Error::Degenerate {
                what: "nobody in the test data has left by the last time; give later ones".into(),
            });
        }
        Ok(sum / (1.0 - last))
    }
}

/// What is known of a row at a time.
#[derive(Clone, Copy, PartialEq)]
enum Known {
    Left,
    There,
    Unknown,
}

impl CensoringWeights {
    /// The weights by the censoring of the training data.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`] for more than one cause.
    ///
    /// # Example
    ///
    /// See [`CensoringWeights`].
    pub fn new(training: &Durations) -> Result<Self> {
        check_causes(training)?;
        Ok(Self {
            censoring: Censoring::new(training),
        })
    }

    /// The Brier score of predicted chances to be still there: a row for each row of the test data,
    /// a column for each time.
    ///
    /// # Errors
    ///
    /// [`Error::LengthMismatch`] for another shape; [`Error::InvalidParameter`] for times that do
    /// not ascend, entries or several causes in the test data, a level out of range, or a time that
    /// nobody in the training data was watched up to; [`Error::InvalidValue`] for a chance outside
    /// 0 to 1.
    ///
    /// # Example
    ///
    /// See [`CensoringWeights`].
    pub fn brier(
        &self,
        test: &Durations,
        times: &[f64],
        survival: ArrayView2<'_, f64>,
        level: f64,
    ) -> Result<BrierScores> {
        check_test(test, times, level)?;
        check_survival(test, times, survival)?;
        let n = test.len();
        let mut over_time = vec![0.0; n];
        let mut scores = Vec::with_capacity(times.len());
        for (at, &time) in times.iter().enumerate() {
            let weights = self.at(test, time)?;
            let mut terms = Vec::with_capacity(n);
            for (row, &(known, weight)) in weights.iter().enumerate() {
                let chance = survival[[row, at]];
                terms.push(match known {
                    Known::Left => weight * chance * chance,
                    Known::There => weight * (1.0 - chance) * (1.0 - chance),
                    Known::Unknown => 0.0,
                });
            }
            scores.push(weighted_mean(test, &terms, level)?);
            let before = time - times[at.saturating_sub(1)];
            let after = times.get(at + 1).map_or(0.0, |next| next - time);
            for (sum, term) in over_time.iter_mut().zip(&terms) {
                *sum += f64::midpoint(before, after) * term;
            }
        }
        let integrated = match times {
            [first, .., last] => {
                for sum in &mut over_time {
                    *sum /= last - first;
                }
                Some(weighted_mean(test, &over_time, level)?)
            }
            _ => None,
        };
        Ok(BrierScores {
            times: times.to_vec(),
            scores,
            integrated,
        })
    }

    /// The area under the ROC curve at each time: cases have left by then, controls have not
    /// (cumulative cases, dynamic controls), by one risk for all times.
    ///
    /// # Errors
    ///
    /// As [`brier`](Self::brier), with [`Error::InvalidValue`] for a risk that is not finite and
    /// [`Error::Degenerate`] for a time without a case or without a control.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::churn::{CensoringWeights, Durations};
    /// let durations = Durations::new(&[1.0, 2.0, 3.0, 4.0], &[1, 1, 0, 0])?;
    /// let weights = CensoringWeights::new(&durations)?;
    /// let found = weights.auc(&durations, &[2.0], &[0.9, 0.5, 0.6, 0.1], 0.95)?;
    /// assert_eq!((found[0].cases, found[0].controls, found[0].auc.value), (2, 2, 0.75));
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn auc(
        &self,
        test: &Durations,
        times: &[f64],
        risk: &[f64],
        level: f64,
    ) -> Result<Vec<AucAt>> {
        check_test(test, times, level)?;
        check_scored(test, risk)?;
        let ranked = ranks(risk, 0.0);
        let one = |&time: &f64| self.auc_at(test, time, &ranked, level);
        times.iter().map(one).collect()
    }

    /// As [`auc`](Self::auc), by the predicted chances to be still there at each time: a row for
    /// each row of the test data, a column for each time.
    ///
    /// # Errors
    ///
    /// As `auc`, and as [`brier`](Self::brier) for the chances.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::churn::{CensoringWeights, Durations};
    /// use ndarray::array;
    /// let durations = Durations::new(&[1.0, 2.0], &[1, 0])?;
    /// let weights = CensoringWeights::new(&durations)?;
    /// let survival = array![[0.2], [0.6]];
    /// let found = weights.auc_of_survival(&durations, &[1.0], survival.view(), 0.95)?;
    /// assert_eq!(found[0].auc.value, 1.0);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn auc_of_survival(
        &self,
        test: &Durations,
        times: &[f64],
        survival: ArrayView2<'_, f64>,
        level: f64,
    ) -> Result<Vec<AucAt>> {
        check_test(test, times, level)?;
        check_survival(test, times, survival)?;
        let one = |(at, &time): (usize, &f64)| {
            let risk: Vec<f64> = survival.column(at).iter().map(|chance| -chance).collect();
            self.auc_at(test, time, &ranks(&risk, 0.0), level)
        };
        times.iter().enumerate().map(one).collect()
    }

    fn auc_at(
        &self,
        test: &Durations,
        time: f64,
        (rank, ranks): &(Vec<u32>, usize),
        level: f64,
    ) -> Result<AucAt> {
        let known = self.at(test, time)?;
        // By rank the weights of cases and of controls.
        let mut by_rank = vec![[0.0f64; 2]; *ranks];
        let mut count = [0usize; 2];
        let mut total = [0.0f64; 2];
        let side = |known: Known| match known {
            Known::Left => Some(0),
            Known::There => Some(1),
            Known::Unknown => None,
        };
        for (row, &(what, weight)) in known.iter().enumerate() {
            if let Some(side) = side(what) {
                let weight = weight * test.weight_of(row);
                by_rank[rank[row] as usize][side] += weight;
                total[side] += weight;
                count[side] += 1;
            }
        }
        if count.contains(&0) {
            let who = if count[0] == 0 {
                "has left by"
            } else {
                "is there beyond"
            };
            return Err(Error::Degenerate {
                what: format!("nobody in the test data {who} time {time}; leave the time out")
                    .into(),
            });
        }
        // By rank the share of cases and of controls below it, ties as halves.
        let mut below = [0.0f64; 2];
        let mut share = Vec::with_capacity(*ranks);
        for here in &by_rank {
            share.push([0, 1].map(|side| (below[side] + here[side] / 2.0) / total[side]));
            below = [below[0] + here[0], below[1] + here[1]];
        }
        let pairs = by_rank
            .iter()
            .zip(&share)
            .map(|(here, share)| here[0] * share[1]);
        let auc = (pairs.sum::<f64>() / total[0]).min(1.0);
        let mut variance = 0.0;
        for (row, &(what, weight)) in known.iter().enumerate() {
            let share = share[rank[row] as usize];
            let weight = weight * test.weight_of(row);
            variance += match what {
                Known::Left => (weight / total[0] * (share[1] - auc)).powi(2),
                Known::There => (weight / total[1] * (1.0 - share[0] - auc)).powi(2),
                Known::Unknown => 0.0,
            };
        }
        Ok(AucAt {
            time,
            cases: count[0],
            controls: count[1],
            auc: Estimate::normal(auc, variance.sqrt(), level)?,
        })
    }

    /// What is known of each row at a time, and its weight.
    fn at(&self, test: &Durations, time: f64) -> Result<Vec<(Known, f64)>> {
        let inverse = |at: f64| {
            let free = self.censoring.before_time(at);
            if free > 0.0 {
                return Ok(1.0 / free);
            }
            let expected = "a time up to which someone in the training data was watched";
            Err(Error::parameter("time", at, expected))
        };
        let at_time = inverse(time)?;
        let (before, upto) = (test.places_before(time), test.places_upto(time));
        let exits = test.times()[..upto].iter().map(|&exit| inverse(exit));
        let exits = exits.collect::<Result<Vec<f64>>>()?;
        let one = |(&place, &cause): (&u32, &u16)| {
            let place = place as usize;
            if place >= upto || (place >= before && cause == 0) {
                (Known::There, at_time)
            } else if cause == 0 {
                (Known::Unknown, 0.0)
            } else {
                (Known::Left, exits[place])
            }
        };
        Ok(test
            .exit_places()
            .iter()
            .zip(test.cause())
            .map(one)
            .collect())
    }
}

fn check_causes(durations: &Durations) -> Result<()> {
    if durations.causes() > 1 {
        let expected = "1; choose one by Durations::of_cause";
        return Err(Error::parameter("causes", durations.causes(), expected));
    }
    Ok(())
}

fn check_test(test: &Durations, times: &[f64], level: f64) -> Result<()> {
    check_causes(test)?;
    Estimate::normal(0.0, 0.0, level)?;
    if test.entry_places().is_some() {
        let expected = "none in the test data; judge customers watched from their start";
        return Err(Error::parameter("entries", "given", expected));
    }
    if times.is_empty() {
        return Err(Error::NotEnoughData {
            what: "times".into(),
            needed: 1,
            found: 0,
        });
    }
    let mut last = -1.0f64;
    for &time in times {
        let ascends = time.is_finite() && time >= 0.0 && time > last;
        if !ascends {
            let expected = "a finite time of 0 or more, after the one before it";
            return Err(Error::parameter("time", time, expected));
        }
        last = time;
    }
    Ok(())
}

fn check_survival(test: &Durations, times: &[f64], survival: ArrayView2<'_, f64>) -> Result<()> {
    Error::check_length("survival", test.len(), survival.nrows())?;
    Error::check_length("times of survival", times.len(), survival.ncols())?;
    for ((row, _), chance) in survival.indexed_iter() {
        if !(0.0..=1.0).contains(chance) {
            let reason = format!("{chance} is not a chance; give a number from 0 to 1");
            return Err(Error::value("survival", row, reason));
        }
    }
    Ok(())
}

/// The mean of some terms by the weights of the rows.
fn weighted_mean(test: &Durations, terms: &[f64], level: f64) -> Result<Estimate> {
    let total: f64 = (0..terms.len()).map(|row| test.weight_of(row)).sum();
    let sum = |of: &dyn Fn(usize) -> f64| (0..terms.len()).map(of).sum::<f64>();
    let mean = sum(&|row| test.weight_of(row) / total * terms[row]);
    let square = sum(&|row| (test.weight_of(row) / total * (terms[row] - mean)).powi(2));
    Estimate::normal(mean, square.sqrt(), level)
}
