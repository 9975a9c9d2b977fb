//! For which reason customers leave, by time.

use super::{kaplan_meier::step, risk_table::RiskTable};
use crate::{
    Result,
    churn::durations::{count_upto, near_tie},
};

/// The share of customers who have left for one cause, by time.
///
/// # Example
///
/// See [`AalenJohansen`].
#[derive(Debug, Clone, PartialEq)]
pub struct CumulativeIncidence {
    share: Vec<f64>,
    se: Vec<f64>,
}

impl CumulativeIncidence {
    /// The share who have left for the cause, from each time of the curve on.
    ///
    /// # Example
    ///
    /// See [`AalenJohansen`].
    pub fn share(&self) -> &[f64] {
        &self.share
    }

    /// The standard error of each share.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::churn::{AalenJohansen, Durations, RiskTable};
    /// let curve = AalenJohansen::new(&RiskTable::new(&Durations::new(&[1.0, 2.0], &[1, 0])?))?;
    /// // That of a share of one half of two.
    /// assert!((curve.of_cause(1).unwrap().se()[0] - 0.125f64.sqrt()).abs() < 1e-15);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn se(&self) -> &[f64] {
        &self.se
    }
}

/// For which reason customers have left, by time, where leaving for one reason ends all others:
/// which competitor, which complaint, a payment that failed.
///
/// # Model
///
/// ```text
/// F_j(t) = sum over times s <= t of S(s-) d_j(s) / n(s)        S(t) + sum over j of F_j(t) = 1
/// ```
///
/// where `d_j` left for cause j of n at risk, and S is the Kaplan-Meier curve of leaving for any
/// cause. Standard errors are by the delta method from the multinomial of each time; the squares
/// of the infinitesimal jackknife are the same.
///
/// # How to read it
///
/// `F_j(365)` = 0.12: within a year 12 of 100 customers leave for that reason, in a world where the
/// other reasons are there too. One minus the Kaplan-Meier curve of one cause, with the others as
/// censored, is *not* this: it is too high, as whoever left for another reason cannot leave again.
///
/// # Complexity
///
/// O(times x causes).
///
/// # Example
///
/// ```
/// use custometry::churn::{AalenJohansen, Durations, RiskTable};
///
/// let durations = Durations::new(&[1.0, 2.0, 3.0, 4.0], &[1, 2, 0, 1])?;
/// let curve = AalenJohansen::new(&RiskTable::new(&durations))?;
/// assert_eq!(curve.of_cause(1).unwrap().share(), [0.25, 0.25, 0.25, 0.75]);
/// assert_eq!(curve.of_cause(2).unwrap().share(), [0.0, 0.25, 0.25, 0.25]);
/// assert_eq!(curve.survival()[3], 0.0);
/// # Ok::<(), custometry::Error>(())
/// ```
///
/// # References
///
/// Aalen and Johansen 1978, Scandinavian Journal of Statistics 5, 141-150; Marubini and Valsecchi
/// 1995, "Analysing Survival Data from Clinical Trials and Observational Studies", chapter 10.
#[derive(Debug, Clone, PartialEq)]
pub struct AalenJohansen {
    times: Vec<f64>,
    near: f64,
    survival: Vec<f64>,
    se: Vec<f64>,
    causes: Vec<CumulativeIncidence>,
}

impl AalenJohansen {
    /// The curves of a risk table.
    ///
    /// # Errors
    ///
    /// [`Error::NotEnoughData`](crate::Error::NotEnoughData) for a table without customers.
    ///
    /// # Example
    ///
    /// See [`AalenJohansen`].
    pub fn new(table: &RiskTable) -> Result<Self> {
        let none = CumulativeIncidence {
            share: Vec::new(),
            se: Vec::new(),
        };
        let mut curve = Self {
            times: Vec::new(),
            near: 0.0,
            survival: Vec::new(),
            se: Vec::new(),
            causes: vec![none; table.causes()],
        };
        let (mut survival, mut variance) = (1.0, 0.0);
        let mut shares = vec![Share::default(); table.causes()];
        for at in table.steps()? {
            let (n, d) = (at.at_risk, at.events);
            for (cause, share) in shares.iter_mut().enumerate() {
                let of_cause = table.left(cause + 1).map_or(0.0, |left| left[at.place]);
                share.step(survival, variance, [n, d, of_cause]);
                curve.causes[cause].share.push(share.value);
                curve.causes[cause].se.push(share.variance.max(0.0).sqrt());
            }
            (survival, variance) = step(survival, variance, n, d);
            curve.times.push(at.time);
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
    /// ```
    /// # use custometry::churn::{AalenJohansen, Durations, RiskTable};
    /// let curve = AalenJohansen::new(&RiskTable::new(&Durations::new(&[4.0, 1.0], &[2, 0])?))?;
    /// assert_eq!(curve.times(), [1.0, 4.0]);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn times(&self) -> &[f64] {
        &self.times
    }

    /// The share still there, from each time on.
    ///
    /// # Example
    ///
    /// See [`AalenJohansen`].
    pub fn survival(&self) -> &[f64] {
        &self.survival
    }

    /// The standard error of the share still there.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::churn::{AalenJohansen, Durations, RiskTable};
    /// let curve = AalenJohansen::new(&RiskTable::new(&Durations::new(&[4.0], &[0])?))?;
    /// assert_eq!(curve.survival_se(), [0.0]);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn survival_se(&self) -> &[f64] {
        &self.se
    }

    /// The curve of a cause, 1 and up; `None` for a cause that the table does not have.
    ///
    /// # Example
    ///
    /// See [`AalenJohansen`].
    pub fn of_cause(&self, cause: u16) -> Option<&CumulativeIncidence> {
        self.causes.get(usize::from(cause).checked_sub(1)?)
    }

    /// The place of the last time at or before another, times that differ by rounding being one;
    /// `None` before the first.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::churn::{AalenJohansen, Durations, RiskTable};
    /// let durations = Durations::new(&[4.0, 9.0], &[1, 1])?;
    /// let curve = AalenJohansen::new(&RiskTable::new(&durations))?;
    /// assert_eq!((curve.place(1.0), curve.place(8.0)), (None, Some(0)));
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn place(&self, time: f64) -> Option<usize> {
        count_upto(&self.times, self.near, time).checked_sub(1)
    }
}

/// The share of one cause, its variance and its covariance with survival.
#[derive(Clone, Copy, Default)]
struct Share {
    value: f64,
    variance: f64,
    with_survival: f64,
}

impl Share {
    /// One step, of n at risk, d of whom left, and of them some for this cause; survival and its
    /// variance are those before it.
    ///
    /// ```text
    /// S' = S (1 - h)     F' = F + S h_j     cov(h, h_j) = h_j (1 - h) / n     var(h_j) = h_j (1 - h_j) / n
    /// ```
    fn step(&mut self, survival: f64, variance: f64, [n, d, of_cause]: [f64; 3]) {
        if d <= 0.0 || n <= 0.0 {
            return;
        }
        let stay = ((n - d) / n).max(0.0);
        let hazard = of_cause / n;
        let square = survival * survival / n;
        self.value += survival * hazard;
        self.variance += hazard * (2.0 * self.with_survival + hazard * variance)
            + square * hazard * (1.0 - hazard);
        self.with_survival =
            stay * (self.with_survival + hazard * variance) - square * hazard * stay;
    }
}
