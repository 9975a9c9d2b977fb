//! The share of customers who are still there, by time.

use serde::{Deserialize, Serialize};

use super::risk_table::RiskTable;
use crate::{
    Error, Result,
    churn::durations::{count_upto, near_tie},
    data::Estimate,
    numeric::special::normal_quantile,
};

/// The Kaplan-Meier curve: the share of customers who are still there, by time, with those who
/// are censored counted for as long as they were watched.
///
/// # Model
///
/// ```text
/// S(t) = prod over times s <= t of (1 - d(s) / n(s))
/// ```
///
/// where d(s) is who left at s and n(s) who was watched and still there just before. Customers who
/// are censored at the time at which others leave are taken to have been there then. The one
/// assumption is that censoring says nothing of leaving: customers whose watching ended early are
/// like the others. The standard error is Greenwood's.
///
/// # How to read it
///
/// S(365) = 0.7: of 100 new customers 70 are still there after a year. The curve is a step
/// function that holds from one time to the next; beyond the last time watched it is unknown
/// unless it is 0. With delayed entries, few customers at risk early on make it jump; if at some
/// time all at risk left, it is 0 from then on, whoever enters later.
///
/// # Complexity
///
/// O(times).
///
/// # Example
///
/// ```
/// use custometry::churn::{Band, Durations, KaplanMeier, RiskTable};
///
/// let durations = Durations::new(&[2.0, 5.0, 5.0, 8.0, 11.0, 12.0], &[1, 0, 1, 1, 1, 0])?;
/// let curve = KaplanMeier::new(&RiskTable::new(&durations))?;
/// assert_eq!(curve.times(), [2.0, 5.0, 8.0, 11.0, 12.0]);
/// assert_eq!(curve.median().value, Some(8.0));
/// let after_six = curve.estimate(6.0, Band::LogLog, 0.95)?;
/// assert!((after_six.value - 2.0 / 3.0).abs() < 1e-15 && after_six.lo < 0.3);
/// # Ok::<(), custometry::Error>(())
/// ```
///
/// # References
///
/// Kaplan and Meier 1958, doi:10.1080/01621459.1958.10501452; Greenwood 1926.
#[derive(Debug, Clone, PartialEq)]
pub struct KaplanMeier {
    times: Vec<f64>,
    near: f64,
    at_risk: Vec<f64>,
    events: Vec<f64>,
    survival: Vec<f64>,
    se: Vec<f64>,
}

/// The scale on which an interval around a curve is symmetric.
///
/// # Example
///
/// ```
/// use custometry::churn::Band;
/// assert_eq!(Band::default(), Band::LogLog);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Band {
    /// The share itself; cut at 0 and 1. Poor in the tails.
    Plain,
    /// Its logarithm: the default of R.
    Log,
    /// The logarithm of the cumulative hazard: stays within 0 and 1, and does well with few
    /// customers.
    #[default]
    LogLog,
    /// Its logit.
    Logit,
    /// The arc sine of its root.
    ArcSine,
}

/// A quantile of the time of leaving, each part `None` where the curve does not come down that
/// far: not yet reached is not the last time watched.
///
/// # Example
///
/// ```
/// use custometry::churn::{Durations, KaplanMeier, RiskTable};
/// let durations = Durations::new(&[3.0, 9.0, 9.0], &[1, 0, 0])?;
/// let curve = KaplanMeier::new(&RiskTable::new(&durations))?;
/// assert_eq!(curve.median().value, None);
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Quantile {
    /// When that share of the customers has left.
    pub value: Option<f64>,
    /// The lower end of the interval.
    pub lo: Option<f64>,
    /// The upper end of the interval.
    pub hi: Option<f64>,
}

/// Shares that differ by less are one level of the curve.
const SAME_LEVEL: f64 = 1e-8;

impl KaplanMeier {
    /// The curve of a risk table, for leaving of any cause.
    ///
    /// # Errors
    ///
    /// [`Error::NotEnoughData`] for a table without customers.
    ///
    /// # Example
    ///
    /// See [`KaplanMeier`].
    pub fn new(table: &RiskTable) -> Result<Self> {
        let mut curve = Self {
            times: Vec::new(),
            near: 0.0,
            at_risk: Vec::new(),
            events: Vec::new(),
            survival: Vec::new(),
            se: Vec::new(),
        };
        let (mut survival, mut variance) = (1.0, 0.0);
        for at in table.steps()? {
            (survival, variance) = step(survival, variance, at.at_risk, at.events);
            curve.times.push(at.time);
            curve.at_risk.push(at.at_risk);
            curve.events.push(at.events);
            curve.survival.push(survival);
            curve.se.push(variance.sqrt());
        }
        curve.near = near_tie(&curve.times);
        Ok(curve)
    }

    /// The times at which somebody left or was censored, ascending.
    ///
    /// # Example
    ///
    /// See [`KaplanMeier`].
    pub fn times(&self) -> &[f64] {
        &self.times
    }

    /// The share still there at each time, from that time on.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::churn::{Durations, KaplanMeier, RiskTable};
    /// let curve = KaplanMeier::new(&RiskTable::new(&Durations::new(&[1.0, 2.0], &[1, 0])?))?;
    /// assert_eq!(curve.survival(), [0.5, 0.5]);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn survival(&self) -> &[f64] {
        &self.survival
    }

    /// Greenwood's standard error of each share; 0 where the share is 0, as its limit is.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::churn::{Durations, KaplanMeier, RiskTable};
    /// let curve = KaplanMeier::new(&RiskTable::new(&Durations::new(&[1.0, 2.0], &[1, 0])?))?;
    /// // Without censoring before it, that of a share: the root of .5 * .5 / 2.
    /// assert!((curve.se()[0] - 0.125f64.sqrt()).abs() < 1e-15);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn se(&self) -> &[f64] {
        &self.se
    }

    /// Who was watched and still there just before each time.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::churn::{Durations, KaplanMeier, RiskTable};
    /// let curve = KaplanMeier::new(&RiskTable::new(&Durations::new(&[1.0, 2.0], &[1, 0])?))?;
    /// assert_eq!((curve.at_risk(), curve.events()), ([2.0, 1.0].as_slice(), [1.0, 0.0].as_slice()));
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn at_risk(&self) -> &[f64] {
        &self.at_risk
    }

    /// Who left at each time.
    ///
    /// # Example
    ///
    /// See [`at_risk`](Self::at_risk).
    pub fn events(&self) -> &[f64] {
        &self.events
    }

    /// The share still there at a time: that of the last step up to it, 1 before the first; a time
    /// that differs from that of a step by rounding is that of the step. NaN gives NaN.
    ///
    /// # Example
    ///
    /// See the [page of the room](crate::churn).
    pub fn survival_at(&self, time: f64) -> f64 {
        match self.place(time) {
            _ if time.is_nan() => f64::NAN,
            None => 1.0,
            Some(place) => self.survival[place],
        }
    }

    /// The share still there at a time with its interval.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`] for a time that is negative or not finite, or a level that is
    /// not between 0 and 1.
    ///
    /// # Example
    ///
    /// See [`KaplanMeier`].
    pub fn estimate(&self, time: f64, band: Band, level: f64) -> Result<Estimate> {
        check_time("time", time)?;
        let z = deviate(level)?;
        let (value, se, lo, hi) = match self.place(time) {
            None => (1.0, 0.0, 1.0, 1.0),
            Some(place) => {
                let (lo, hi) = self.ends(place, band, z);
                (self.survival[place], self.se[place], lo, hi)
            }
        };
        Estimate::with_interval(value, se, lo, hi, level)
    }

    /// The ends of the interval at each time.
    ///
    /// Where the share is 0 no scale but the plain one has an interval; it then is from 0 to the
    /// upper end of the time before.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`] for a level that is not between 0 and 1.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::churn::{Band, Durations, KaplanMeier, RiskTable};
    /// let curve = KaplanMeier::new(&RiskTable::new(&Durations::new(&[1.0, 2.0], &[1, 1])?))?;
    /// let (lo, hi) = curve.intervals(Band::Logit, 0.95)?;
    /// assert!(lo[0] > 0.0 && hi[0] < 1.0);
    /// assert_eq!((lo[1], hi[1]), (0.0, hi[0]));
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn intervals(&self, band: Band, level: f64) -> Result<(Vec<f64>, Vec<f64>)> {
        let z = deviate(level)?;
        Ok((0..self.times.len())
            .map(|place| self.ends(place, band, z))
            .unzip())
    }

    /// When half of the customers have left, with R's default interval: a
    /// [`quantile`](Self::quantile) of one half, on the log scale, at 95 %.
    ///
    /// # Example
    ///
    /// See [`KaplanMeier`] and [`Quantile`].
    pub fn median(&self) -> Quantile {
        self.crossing(0.5, Band::Log, normal_quantile(0.975))
    }

    /// When a share of the customers has left: the first time at which no more than 1 - share are
    /// still there. Where the curve is level at just that share, it is the middle of that time and
    /// the next at which it falls, or the last time watched, as in R. The interval is where the band of the curve crosses.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`] for a share or a level that is not between 0 and 1.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::churn::{Band, Durations, KaplanMeier, RiskTable};
    /// let durations = Durations::new(&[1.0, 2.0, 3.0, 4.0, 9.0], &[1, 1, 1, 1, 0])?;
    /// let curve = KaplanMeier::new(&RiskTable::new(&durations))?;
    /// assert_eq!(curve.quantile(0.3, Band::LogLog, 0.95)?.value, Some(2.0));
    /// assert_eq!(curve.quantile(0.4, Band::LogLog, 0.95)?.value, Some(2.5));
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn quantile(&self, share: f64, band: Band, level: f64) -> Result<Quantile> {
        if share.is_nan() || share <= 0.0 || share >= 1.0 {
            return Err(Error::parameter("share", share, "a number between 0 and 1"));
        }
        Ok(self.crossing(1.0 - share, band, deviate(level)?))
    }

    fn crossing(&self, level: f64, band: Band, z: f64) -> Quantile {
        let (lo, hi): (Vec<f64>, Vec<f64>) = (0..self.times.len())
            .map(|place| self.ends(place, band, z))
            .unzip();
        Quantile {
            value: self.comes_down(&self.survival, level),
            lo: self.comes_down(&lo, level),
            hi: self.comes_down(&hi, level),
        }
    }

    /// When a falling column comes down to a level.
    fn comes_down(&self, column: &[f64], level: f64) -> Option<f64> {
        let at = column
            .iter()
            .position(|&share| share <= level + SAME_LEVEL)?;
        let below = |&share: &f64| share < level - SAME_LEVEL;
        let falls = column[at..].iter().position(below);
        let until = falls.map_or(self.times.len() - 1, |more| at + more);
        Some(f64::midpoint(self.times[at], self.times[until]))
            .filter(|_| column[at] >= level - SAME_LEVEL)
            .or(Some(self.times[at]))
    }

    /// The restricted mean: how long customers stay on average, of the time up to a horizon. The
    /// area under the curve.
    ///
    /// ```text
    /// RMST(h) = integral from 0 to h of S(t) dt
    /// variance = sum over times s <= h of (area from s to h)^2 d / (n (n - d))
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`] for a horizon that is negative, not finite, or beyond the last
    /// time watched while customers are still there; a level that is not between 0 and 1.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::churn::{Durations, KaplanMeier, RiskTable};
    /// let curve = KaplanMeier::new(&RiskTable::new(&Durations::new(&[1.0, 3.0], &[1, 0])?))?;
    /// assert_eq!(curve.restricted_mean(3.0, 0.95)?.value, 2.0);
    /// assert!(curve.restricted_mean(4.0, 0.95).is_err());
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn restricted_mean(&self, horizon: f64, level: f64) -> Result<Estimate> {
        check_time("horizon", horizon)?;
        let last = self.times.len() - 1;
        if horizon > self.times[last] + self.near && self.survival[last] > 0.0 {
            return Err(Error::parameter(
                "horizon",
                horizon,
                format!("at most {}, the last time watched", self.times[last]),
            ));
        }
        let within = self.times.partition_point(|&time| time <= horizon);
        let (mut area, mut variance) = (0.0, 0.0);
        let mut until = horizon;
        for place in (0..within).rev() {
            area += self.survival[place] * (until - self.times[place]);
            until = self.times[place];
            let (n, d) = (self.at_risk[place], self.events[place]);
            if d > 0.0 && n > d {
                variance += area * area * d / (n * (n - d));
            }
        }
        Estimate::normal(area + until, variance.sqrt(), level)
    }

    /// The last place at or before a time.
    fn place(&self, time: f64) -> Option<usize> {
        count_upto(&self.times, self.near, time).checked_sub(1)
    }

    fn ends(&self, place: usize, band: Band, z: f64) -> (f64, f64) {
        let (s, se) = (self.survival[place], self.se[place]);
        if s >= 1.0 {
            return (1.0, 1.0);
        }
        if s <= 0.0 {
            let before = place.checked_sub(1);
            let hi = before.map_or(1.0, |before| self.ends(before, band, z).1);
            return (0.0, if band == Band::Plain { 0.0 } else { hi });
        }
        band.ends(s, z * se)
    }
}

impl Band {
    /// The ends of the interval about a share between 0 and 1, of which `half` is a number of
    /// standard errors.
    pub(in crate::churn) fn ends(self, s: f64, half: f64) -> (f64, f64) {
        let (lo, hi) = match self {
            Self::Plain => (s - half, s + half),
            Self::Log => {
                let factor = (half / s).exp();
                (s / factor, s * factor)
            }
            Self::LogLog => {
                let hazard = -s.ln();
                let factor = (half / (s * hazard)).exp();
                ((-hazard * factor).exp(), (-hazard / factor).exp())
            }
            Self::Logit => {
                let odds = s / (1.0 - s);
                let factor = (half / (s * (1.0 - s))).exp();
                let share = |odds: f64| odds / (1.0 + odds);
                // Infinite odds are a share of 1.
                let hi = odds * factor;
                (
                    share(odds / factor),
                    if hi.is_finite() { share(hi) } else { 1.0 },
                )
            }
            Self::ArcSine => {
                let angle = s.sqrt().asin();
                let half = 0.5 * half / (s * (1.0 - s)).sqrt();
                let share = |angle: f64| angle.sin().powi(2);
                (
                    share((angle - half).max(0.0)),
                    share((angle + half).min(std::f64::consts::FRAC_PI_2)),
                )
            }
        };
        (lo.max(0.0), hi.min(1.0))
    }
}

/// One step of survival and its variance. The recursion is Greenwood's sum; where all at risk left
/// it comes to 0 instead of 0 times infinity.
pub(super) fn step(survival: f64, variance: f64, n: f64, d: f64) -> (f64, f64) {
    if d <= 0.0 || n <= 0.0 {
        return (survival, variance);
    }
    let stay = ((n - d) / n).max(0.0);
    let added = survival * survival * stay * (d / n) / n;
    (survival * stay, stay * stay * variance + added)
}

/// The normal deviate of a two-sided level.
pub(in crate::churn) fn deviate(level: f64) -> Result<f64> {
    if level.is_nan() || level <= 0.0 || level >= 1.0 {
        return Err(Error::parameter("level", level, "a number between 0 and 1"));
    }
    Ok(normal_quantile(f64::midpoint(1.0, level)))
}

pub(super) fn check_time(name: &'static str, time: f64) -> Result<()> {
    if time.is_finite() && time >= 0.0 {
        return Ok(());
    }
    Err(Error::parameter(name, time, "a finite number of 0 or more"))
}
