//! An estimate and how sure it is.

use serde::{Deserialize, Serialize};

use crate::{
    Error, Result,
    numeric::{quantile::quantile_sorted, special::normal_quantile},
};

/// A number that was estimated, with its standard error and an interval.
///
/// # Example
///
/// ```
/// use custometry::data::Estimate;
/// let churn = Estimate::normal(0.20, 0.01, 0.95)?;
/// assert!((churn.lo - 0.1804).abs() < 1e-4 && (churn.hi - 0.2196).abs() < 1e-4);
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Estimate {
    /// The best single value.
    pub value: f64,
    /// The standard error, in the unit of the value.
    pub se: f64,
    /// The lower end of the interval.
    pub lo: f64,
    /// The upper end of the interval.
    pub hi: f64,
    /// The share of repeated studies whose interval would hold the truth.
    pub level: f64,
}

impl Estimate {
    /// An estimate whose error is close to normal: value ± z · se.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`] unless the value is finite, the standard
    /// error finite and not negative, and the level between 0 and 1.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::data::Estimate;
    /// let sure = Estimate::normal(3.0, 0.0, 0.9)?;
    /// assert_eq!((sure.lo, sure.hi), (3.0, 3.0));
    /// assert!(Estimate::normal(3.0, 1.0, 95.0).is_err());
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn normal(value: f64, se: f64, level: f64) -> Result<Self> {
        check_level(level)?;
        let half_width = normal_quantile(f64::midpoint(1.0, level)) * se;
        Self::with_interval(value, se, value - half_width, value + half_width, level)
    }

    /// An estimate with an interval found by other means: a profile, a
    /// transformation, a bootstrap.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`] unless all are finite, `se` is not negative,
    /// `lo` is not above `hi`, and the level is between 0 and 1. The value may
    /// lie outside the interval, as that of a skewed bootstrap can.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::data::Estimate;
    /// let share = Estimate::with_interval(0.02, 0.01, 0.007, 0.05, 0.95)?;
    /// assert_eq!(share.hi, 0.05);
    /// assert!(Estimate::with_interval(0.02, 0.01, 0.05, 0.007, 0.95).is_err());
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn with_interval(value: f64, se: f64, lo: f64, hi: f64, level: f64) -> Result<Self> {
        check_level(level)?;
        for (name, number) in [("value", value), ("lo", lo), ("hi", hi)] {
            if !number.is_finite() {
                return Err(Error::parameter(name, number, "a finite number"));
            }
        }
        // Written so that NaN fails as well.
        if !(se >= 0.0 && se.is_finite()) {
            return Err(Error::parameter("se", se, "a finite number of at least 0"));
        }
        if lo > hi {
            return Err(Error::parameter(
                "lo",
                lo,
                format!("at most hi, which is {hi}"),
            ));
        }
        Ok(Self {
            value,
            se,
            lo,
            hi,
            level,
        })
    }
}

impl Estimate {
    /// Of a logarithm the number itself, such as a ratio of odds or hazards: the ends of the interval
    /// are those of the logarithm, the standard error is by the delta method. What is beyond the range
    /// of numbers is the greatest number.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::data::Estimate;
    /// let log = Estimate::normal(2.0_f64.ln(), 0.1, 0.95)?;
    /// let ratio = log.exp();
    /// assert!((ratio.value - 2.0).abs() < 1e-15 && (ratio.se - 0.2).abs() < 1e-15);
    /// assert!((ratio.lo * ratio.hi - 4.0).abs() < 1e-14); // as far in both directions
    /// assert_eq!(Estimate::normal(1e4, 1.0, 0.95)?.exp().value, f64::MAX);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn exp(&self) -> Self {
        let [value, lo, hi] =
            [self.value, self.lo, self.hi].map(|log| libm::exp(log).min(f64::MAX));
        Self {
            value,
            se: (value * self.se).min(f64::MAX),
            lo,
            hi,
            level: self.level,
        }
    }

    /// A share of n with Wilson's interval (1927, doi:10.1080/01621459.1927.10502953), without
    /// correction for continuity; n is above 0.
    pub(crate) fn wilson(p: f64, n: f64, level: f64) -> Result<Self> {
        check_level(level)?;
        let z = normal_quantile(f64::midpoint(1.0, level));
        let squared = z * z / n;
        let centre = p + 0.5 * squared;
        let half = (squared * (p * (1.0 - p) + 0.25 * squared)).sqrt();
        let scale = 1.0 / (1.0 + squared);
        // At the ends both terms are equal, but for rounding.
        let lo = if p > 0.0 {
            (centre - half) * scale
        } else {
            0.0
        };
        let hi = if p < 1.0 {
            (centre + half) * scale
        } else {
            1.0
        };
        Self::with_interval(p, (p * (1.0 - p) / n).sqrt(), lo, hi, level)
    }

    /// A value with the standard deviation and the percentiles of draws, of which there
    /// are two or more.
    pub(crate) fn of_draws(value: f64, drawn: &mut [f64], level: f64) -> Result<Self> {
        let n = drawn.len() as f64;
        let mean = drawn.iter().sum::<f64>() / n;
        let squares: f64 = drawn.iter().map(|x| (x - mean).powi(2)).sum();
        drawn.sort_unstable_by(f64::total_cmp);
        let percentile = |share| quantile_sorted(drawn, share).unwrap_or(f64::NAN);
        let lo = percentile(f64::midpoint(0.0, 1.0 - level));
        let hi = percentile(f64::midpoint(1.0, level));
        Self::with_interval(value, (squares / (n - 1.0)).sqrt(), lo, hi, level)
    }
}

fn check_level(level: f64) -> Result<()> {
    if level > 0.0 && level < 1.0 {
        return Ok(());
    }
    Err(Error::parameter(
        "level",
        level,
        "a share between 0 and 1, such as 0.95",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_that_make_no_estimate_are_refused() {
        let nan = f64::NAN;
        for (value, se, level, name) in [
            (nan, 1.0, 0.95, "value"),
            (0.0, nan, 0.95, "lo"),
            (0.0, -1.0, 0.95, "se"),
            (f64::INFINITY, 1.0, 0.95, "value"),
            (0.0, 1.0, 0.0, "level"),
            (0.0, 1.0, nan, "level"),
        ] {
            let error = Estimate::normal(value, se, level).unwrap_err().to_string();
            assert!(error.starts_with(name), "{error}");
        }
    }

    #[test]
    fn the_interval_is_that_of_the_normal_table() {
        // z = 1.959963984540054 (R 4.3, qnorm(.975))
        let estimate = Estimate::normal(10.0, 2.0, 0.95).unwrap();
        assert!((estimate.hi - 13.919_927_969_080_108).abs() < 1e-12);
        assert!((estimate.lo - 6.080_072_030_919_892).abs() < 1e-12);
    }
}
