//! What a purchase model can be asked, the answers, and how sure they are.

use serde::{Deserialize, Serialize};

use super::{
    PurchaseHistories, PurchaseHistory,
    fit::{FitReport, Parametric},
    process::{Known, Process},
};
use crate::{
    Error, Result,
    data::{Days, DiscountRate, Estimate, TimeUnit},
    numeric::{map_chunks, special::normal_quantile},
};

/// What to predict of each customer. Everything is said with what is known at the
/// end of observation, the chance of having left by then included.
///
/// # Example
///
/// ```
/// use custometry::{data::{Days, TimeUnit}, value::{BgNbd, Prediction, PurchaseHistories, PurchaseModel}};
///
/// let model = BgNbd::new(TimeUnit::Weeks, 0.243, 4.414, 0.793, 2.426)?;
/// let histories = PurchaseHistories::from_columns(&[2], &[213.0], &[272.0], None)?;
/// let year = Days(365.0);
/// let expected = model.predict(&histories, Prediction::Expected(year))?;
/// assert_eq!(expected, model.expected_purchases(&histories, year)?);
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Prediction {
    /// P(alive): the chance of not having dropped out by the end of observation.
    PAlive,
    /// The chance to be active so long after the end of observation.
    PAliveIn(Days),
    /// Purchases expected over a horizon after the end of observation.
    Expected(Days),
    /// The chance of exactly so many purchases over a horizon.
    Exactly(u32, Days),
    /// Purchases expected over a horizon, each worth less the later it comes.
    Discounted(Days, DiscountRate),
    /// Discounted expected residual transactions (DERT): all purchases to come,
    /// each worth less the later it comes.
    Residual(DiscountRate),
    /// The age, in days after the first purchase, at which P(alive) falls to a
    /// threshold if no further purchase comes; not before the last purchase.
    /// Infinite if it never falls so far, or not within a billion units of time.
    SilenceAge(f64),
}

/// Ages above this many units are as good as never.
const FOR_EVER: f64 = 1e9;

impl Prediction {
    pub(super) fn check(self) -> Result<()> {
        match self {
            Self::PAlive => Ok(()),
            Self::PAliveIn(horizon)
            | Self::Expected(horizon)
            | Self::Exactly(_, horizon)
            | Self::Discounted(horizon, _) => check_horizon(horizon),
            Self::Residual(rate) if rate.per_day() > 0.0 => Ok(()),
            Self::Residual(rate) => Err(Error::parameter(
                "discount rate",
                rate.per_day(),
                "a rate above 0: purchases for ever have no finite sum without one",
            )),
            Self::SilenceAge(threshold) if threshold > 0.0 && threshold < 1.0 => Ok(()),
            Self::SilenceAge(threshold) => Err(Error::parameter(
                "threshold",
                threshold,
                "a share between 0 and 1, such as 0.5",
            )),
        }
    }

    fn is_probability(self) -> bool {
        matches!(self, Self::PAlive | Self::PAliveIn(_) | Self::Exactly(..))
    }

    /// The prediction for one history.
    pub(super) fn of<P: Process>(self, core: &P, known: &Known) -> f64 {
        let unit = core.unit();
        let days_of_unit = || 1.0 / unit.count(Days(1.0));
        let alive = || core.p_alive(known);
        match self {
            Self::PAlive => alive(),
            Self::PAliveIn(horizon) => alive() * core.p_stays(known, unit.count(horizon)),
            Self::Expected(horizon) => {
                alive() * core.expected_if_active(known, unit.count(horizon))
            }
            Self::Exactly(n, horizon) => {
                let alive = alive();
                let active = core.exactly_if_active(known, n, unit.count(horizon));
                let gone = if n == 0 { 1.0 - alive } else { 0.0 };
                (alive * active + gone).clamp(0.0, 1.0)
            }
            Self::Discounted(horizon, rate) => {
                let rate = rate.per_day() * days_of_unit();
                alive() * core.discounted_if_active(known, unit.count(horizon), rate)
            }
            Self::Residual(rate) => {
                let same = std::slice::from_ref(known);
                let residuals = core.residuals_if_active(same, rate.per_day() * days_of_unit());
                alive() * residuals[0]
            }
            Self::SilenceAge(threshold) => {
                let age = core.silence(known.x, known.recency, threshold);
                match age.filter(|age| *age < FOR_EVER) {
                    Some(age) => age.max(known.recency) * days_of_unit(),
                    None => f64::INFINITY,
                }
            }
        }
    }

    /// The predictions for many histories, ascending by frequency.
    fn of_each<P: Process>(self, core: &P, all: &[Known]) -> Vec<f64> {
        let Self::Residual(rate) = self else {
            return all.iter().map(|known| self.of(core, known)).collect();
        };
        let rate = rate.per_day() / core.unit().count(Days(1.0));
        let mut made = Vec::with_capacity(all.len());
        for same in all.chunk_by(|a, b| a.x.total_cmp(&b.x).is_eq()) {
            let residuals = core.residuals_if_active(same, rate);
            let both = same.iter().zip(residuals);
            made.extend(both.map(|(known, residual)| core.p_alive(known) * residual));
        }
        made
    }
}

fn check_horizon(horizon: Days) -> Result<()> {
    // Written so that NaN fails as well.
    if horizon.0 >= 0.0 && horizon.0.is_finite() {
        return Ok(());
    }
    Err(Error::parameter(
        "horizon",
        horizon.0,
        "a finite number of days, not negative",
    ))
}

/// Histories predicted together; a constant.
const CHUNK: usize = 1 << 10;

/// What `of_each` makes of the cells, in parallel.
fn by_cell<T: Send>(
    cells: &[PurchaseHistory],
    unit: TimeUnit,
    of_each: impl Fn(&[Known]) -> Vec<T> + Sync,
) -> Vec<T> {
    let chunks = map_chunks(cells.len(), CHUNK, |range| {
        let known = cells[range].iter().map(|cell| Known::new(cell, unit));
        of_each(&known.collect::<Vec<Known>>())
    });
    let mut all = Vec::with_capacity(cells.len());
    for mut chunk in chunks {
        all.append(&mut chunk);
    }
    all
}

/// One prediction a cell, handed to every customer in it.
pub(super) fn predict<P: Process>(
    core: &P,
    histories: &PurchaseHistories,
    prediction: Prediction,
) -> Result<Vec<f64>> {
    prediction.check()?;
    let (cells, _) = histories.weighted();
    let values = by_cell(cells, core.unit(), |all| prediction.of_each(core, all));
    Ok(histories.by_customer(&values, f64::NAN))
}

/// A model with the parameters moved a little, one at a time, either way.
pub(super) struct Moved<P> {
    core: P,
    both_ways: Vec<[P; 2]>,
}

/// How far parameters are moved, in logarithms: the error of a central difference
/// is then about 1e-8 from its own order and 1e-7 or less from rounding, both far
/// below what a standard error is good to.
const STEP: f64 = 1e-4;

impl<P: Parametric> Moved<P> {
    pub(super) fn new(core: &P) -> Self {
        let parameters = core.parameters();
        let moved = |at: usize, step: f64| {
            let mut moved = parameters.clone();
            moved[at] *= step.exp();
            core.with_parameters(&moved)
        };
        Self {
            core: core.clone(),
            both_ways: (0..parameters.len())
                .map(|at| [moved(at, -STEP), moved(at, STEP)])
                .collect(),
        }
    }

    /// Predictions and their slopes by the logarithms of the parameters.
    pub(super) fn predict(&self, of_each: impl Fn(&P) -> Vec<f64>) -> Vec<(f64, Vec<f64>)> {
        let values = of_each(&self.core);
        let none = || Vec::with_capacity(self.both_ways.len());
        let mut made: Vec<_> = values.into_iter().map(|value| (value, none())).collect();
        for [less, more] in &self.both_ways {
            let (less, more) = (of_each(less), of_each(more));
            for ((_, slopes), (less, more)) in made.iter_mut().zip(less.into_iter().zip(more)) {
                slopes.push((more - less) / (2.0 * STEP));
            }
        }
        made
    }
}

/// Predictions by cell with their slopes, by the logarithms of the parameters.
pub(super) fn slopes_by_cell<P: Process>(
    core: &P,
    histories: &PurchaseHistories,
    prediction: Prediction,
) -> Vec<(f64, Vec<f64>)> {
    let moved = Moved::new(core);
    let (cells, _) = histories.weighted();
    by_cell(cells, core.unit(), |all| {
        moved.predict(|core| prediction.of_each(core, all))
    })
}

/// The covariance of the logarithms of the parameters, row by row.
///
/// # Errors
///
/// [`Error::Degenerate`] that says why there is none.
pub(super) fn log_covariance(parameters: &[f64], report: Option<&FitReport>) -> Result<Vec<f64>> {
    let n = parameters.len();
    let covariance = FitReport::covariance_of(report)?;
    let scaled = |at: usize| covariance[at] / (parameters[at / n] * parameters[at % n]);
    Ok((0..n * n).map(scaled).collect())
}

/// The variance of something with these slopes.
pub(super) fn variance(slopes: &[f64], covariance: &[f64]) -> f64 {
    let n = slopes.len();
    let mut sum = 0.0;
    for row in 0..n {
        for column in 0..n {
            sum += slopes[row] * slopes[column] * covariance[row * n + column];
        }
    }
    // Rounding may take a variance of 0 below it.
    sum.max(0.0)
}

/// Intervals of one level. They are normal in the logarithm of what is positive
/// and in the logit of what is a probability, so that they stay in the range.
pub(super) struct Intervals {
    level: f64,
    quantile: f64,
}

impl Intervals {
    pub(super) fn new(level: f64) -> Result<Self> {
        // Checks the level.
        Estimate::normal(0.0, 0.0, level)?;
        let quantile = normal_quantile(f64::midpoint(1.0, level));
        Ok(Self { level, quantile })
    }

    /// A number that is not negative. `None` if it is not finite.
    pub(super) fn of_positive(&self, value: f64, se: f64) -> Option<Estimate> {
        let reach = if value > 0.0 {
            self.quantile * se / value
        } else {
            0.0
        };
        let (lo, hi) = (value * (-reach).exp(), value * reach.exp());
        Estimate::with_interval(value, se, lo, hi.min(f64::MAX), self.level).ok()
    }

    /// Parameters, by the covariance of their logarithms.
    pub(super) fn of_parameters(&self, values: &[f64], covariance: &[f64]) -> Vec<Estimate> {
        let n = values.len();
        let estimate = |(at, value): (usize, &f64)| {
            self.of_positive(*value, value * covariance[at * n + at].sqrt())
        };
        values.iter().enumerate().filter_map(estimate).collect()
    }

    /// A share of 1.
    pub(super) fn of_share(&self, value: f64, se: f64) -> Option<Estimate> {
        let both = value * (1.0 - value);
        let reach = if both > 0.0 {
            self.quantile * se / both
        } else {
            0.0
        };
        // logistic(logit(value) + reach), in odds.
        let moved = |reach: f64| {
            let odds = reach.exp();
            if odds.is_infinite() {
                return 1.0;
            }
            value * odds / (1.0 - value + value * odds)
        };
        Estimate::with_interval(value, se, moved(-reach), moved(reach), self.level).ok()
    }

    fn of(&self, prediction: Prediction, value: f64, se: f64) -> Option<Estimate> {
        if prediction.is_probability() {
            self.of_share(value, se)
        } else {
            self.of_positive(value, se)
        }
    }
}

/// Predictions with intervals by the delta method, one a cell, handed to every
/// customer in it.
pub(super) fn predict_with_intervals<P: Process>(
    core: &P,
    report: Option<&FitReport>,
    histories: &PurchaseHistories,
    prediction: Prediction,
    level: f64,
) -> Result<Vec<Option<Estimate>>> {
    prediction.check()?;
    let intervals = Intervals::new(level)?;
    let covariance = log_covariance(&core.parameters(), report)?;
    let made = slopes_by_cell(core, histories, prediction);
    let estimates: Vec<Option<Estimate>> = made
        .iter()
        .map(|(value, slopes)| {
            intervals.of(prediction, *value, variance(slopes, &covariance).sqrt())
        })
        .collect();
    Ok(histories.by_customer(&estimates, None))
}
