//! The cumulative hazard, by time.

use serde::{Deserialize, Serialize};

use super::risk_table::RiskTable;
use crate::{
    Result,
    churn::durations::{count_upto, near_tie},
    numeric::special::{digamma, trigamma},
};

/// What customers who leave at one time are to the cumulative hazard.
///
/// # Example
///
/// ```
/// use custometry::churn::TiedEvents;
/// assert_eq!(TiedEvents::default(), TiedEvents::Together);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum TiedEvents {
    /// They left at once: d / n, Nelson and Aalen.
    #[default]
    Together,
    /// They left one after the other, unseen: 1/n + 1/(n-1) + ..., Fleming and Harrington. Better
    /// where time is measured in months.
    InTurn,
}

/// The cumulative hazard by Nelson and Aalen: how often a customer who came back each time would
/// have left by then.
///
/// # Model
///
/// ```text
/// H(t) = sum over times s <= t of d(s) / n(s)       variance  sum of d(s) / n(s)^2
/// H(t) = sum of 1/n + 1/(n-1) + ... + 1/(n-d+1)     variance  sum of 1/n^2 + ...    (in turn)
/// ```
///
/// where d left of n at risk. Weights count as numbers of customers.
///
/// # How to read it
///
/// Its slope is the hazard: a straight line is a constant risk, one that flattens a risk that falls
/// with tenure. exp(-H) is close to the Kaplan-Meier curve.
///
/// # Example
///
/// ```
/// use custometry::churn::{Durations, NelsonAalen, RiskTable, TiedEvents};
///
/// let table = RiskTable::new(&Durations::new(&[1.0, 1.0, 2.0, 3.0], &[1, 1, 0, 1])?);
/// let together = NelsonAalen::new(&table, TiedEvents::Together)?;
/// assert_eq!(together.hazard(), [0.5, 0.5, 1.5]);
/// let in_turn = NelsonAalen::new(&table, TiedEvents::InTurn)?;
/// assert!((in_turn.hazard_at(1.0) - (0.25 + 1.0 / 3.0)).abs() < 1e-15);
/// # Ok::<(), custometry::Error>(())
/// ```
///
/// # References
///
/// Nelson 1972, doi:10.1080/00401706.1972.10488991; Aalen 1978, doi:10.1214/aos/1176344247;
/// Fleming and Harrington 1984, doi:10.1080/03610928408828837.
#[derive(Debug, Clone, PartialEq)]
pub struct NelsonAalen {
    times: Vec<f64>,
    near: f64,
    hazard: Vec<f64>,
    se: Vec<f64>,
}

/// Terms that are added one by one; longer sums are by polygamma functions.
const ONE_BY_ONE: f64 = 1e6;

impl NelsonAalen {
    /// The cumulative hazard of a risk table, for leaving of any cause.
    ///
    /// # Errors
    ///
    /// [`Error::NotEnoughData`](crate::Error::NotEnoughData) for a table without customers.
    ///
    /// # Example
    ///
    /// See [`NelsonAalen`].
    pub fn new(table: &RiskTable, ties: TiedEvents) -> Result<Self> {
        let mut curve = Self {
            times: Vec::new(),
            near: 0.0,
            hazard: Vec::new(),
            se: Vec::new(),
        };
        let (mut hazard, mut variance) = (0.0, 0.0);
        for at in table.steps()? {
            let (n, d) = (at.at_risk, at.events);
            if d > 0.0 && n > 0.0 {
                let (more, uncertain) = match ties {
                    TiedEvents::Together => (d / n, d / (n * n)),
                    TiedEvents::InTurn => in_turn(n, d),
                };
                hazard += more;
                variance += uncertain;
            }
            curve.times.push(at.time);
            curve.hazard.push(hazard);
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
    /// # use custometry::churn::{Durations, NelsonAalen, RiskTable, TiedEvents};
    /// let table = RiskTable::new(&Durations::new(&[4.0, 1.0], &[1, 0])?);
    /// assert_eq!(NelsonAalen::new(&table, TiedEvents::Together)?.times(), [1.0, 4.0]);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn times(&self) -> &[f64] {
        &self.times
    }

    /// The cumulative hazard from each time on.
    ///
    /// # Example
    ///
    /// See [`NelsonAalen`].
    pub fn hazard(&self) -> &[f64] {
        &self.hazard
    }

    /// The standard error of each.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::churn::{Durations, NelsonAalen, RiskTable, TiedEvents};
    /// let table = RiskTable::new(&Durations::new(&[1.0, 4.0], &[1, 0])?);
    /// assert_eq!(NelsonAalen::new(&table, TiedEvents::Together)?.se(), [0.5, 0.5]);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn se(&self) -> &[f64] {
        &self.se
    }

    /// The cumulative hazard at a time; 0 before the first. NaN gives NaN.
    ///
    /// # Example
    ///
    /// See [`NelsonAalen`].
    pub fn hazard_at(&self, time: f64) -> f64 {
        if time.is_nan() {
            return f64::NAN;
        }
        let steps = count_upto(&self.times, self.near, time);
        steps.checked_sub(1).map_or(0.0, |place| self.hazard[place])
    }
}

/// The sums of 1/m and 1/m^2 over m from n - d + 1 to n. For numbers that are not whole it is the
/// same function of n and d between them.
fn in_turn(n: f64, d: f64) -> (f64, f64) {
    // Rounding in sums of weights may leave fewer at risk than left.
    let d = d.min(n);
    if d.fract() == 0.0 && d <= ONE_BY_ONE {
        let (mut more, mut uncertain) = (0.0, 0.0);
        let mut left = n;
        while left > n - d {
            more += left.recip();
            uncertain += left.recip() * left.recip();
            left -= 1.0;
        }
        return (more, uncertain);
    }
    let rest = n - d + 1.0;
    (
        digamma(n + 1.0) - digamma(rest),
        trigamma(rest) - trigamma(n + 1.0),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_and_broken_numbers_meet() {
        for (n, d) in [(10.0, 3.0), (5.0, 5.0), (1e6, 17.0)] {
            let (whole, square) = in_turn(n, d);
            let (near, near_square) = in_turn(n, d - 1e-9);
            assert!((whole - near).abs() < 1e-8 && (square - near_square).abs() < 1e-8);
        }
    }
}
