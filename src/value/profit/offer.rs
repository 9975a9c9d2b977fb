//! What may be spent on keeping a customer.

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::{Error, Result};

/// An offer that keeps some of the customers who would leave.
///
/// Of customers who get it, each would leave with a chance p; of those who would, a
/// share s, the save rate, stays and brings V; whoever stays takes the incentive d.
/// The offer breaks even at a spend for each of
///
/// ```text
/// p s (V - d) - (1 - p) d
/// ```
///
/// (Neslin and others 2006, doi:10.1509/jmkr.43.2.204, for one customer). V is what a
/// saved customer leaves from now on: contribution, not revenue, and of one who stays,
/// not averaged with those who do not. Negative where the incentive is given away to
/// too many who would have stayed.
///
/// # Example
///
/// ```
/// use custometry::value::RetentionOffer;
/// // One in ten is saved; 400 are at stake with a customer who leaves with 30 %.
/// let offer = RetentionOffer::new(0.1);
/// assert!((offer.break_even_one(400.0, 0.3)? - 12.0).abs() < 1e-12);
/// // With a voucher of 20 for all who stay there is nothing to gain.
/// assert!(offer.incentive(20.0).break_even_one(400.0, 0.3)? < 0.0);
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RetentionOffer {
    save_rate: f64,
    #[serde(default)]
    incentive: f64,
}

impl RetentionOffer {
    /// An offer by its save rate: the share kept of those who would leave.
    ///
    /// # Example
    ///
    /// See [`RetentionOffer`].
    pub fn new(save_rate: f64) -> Self {
        Self {
            save_rate,
            incentive: 0.0,
        }
    }

    /// What each customer who gets the offer and stays takes, in units of currency;
    /// 0 by default.
    ///
    /// # Example
    ///
    /// See [`RetentionOffer`].
    pub fn incentive(mut self, incentive: f64) -> Self {
        self.incentive = incentive;
        self
    }

    fn check(&self) -> Result<()> {
        let Self {
            save_rate,
            incentive,
        } = *self;
        // Written so that NaN fails as well.
        if !(0.0..=1.0).contains(&save_rate) {
            let expected = "a share of those who would leave, from 0 to 1";
            return Err(Error::parameter("save rate", save_rate, expected));
        }
        if !(incentive >= 0.0 && incentive.is_finite()) {
            let expected = "a finite amount, not negative";
            return Err(Error::parameter("incentive", incentive, expected));
        }
        Ok(())
    }

    fn spend(&self, value: f64, leaves: f64) -> f64 {
        let saved = leaves * self.save_rate * (value - self.incentive);
        saved - (1.0 - leaves) * self.incentive
    }

    /// The spend at which the offer breaks even for each customer, in the unit of the
    /// values; NaN where either column has it.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`] unless the save rate is from 0 to 1 and the incentive
    /// finite and not negative; [`Error::LengthMismatch`]; [`Error::InvalidValue`] that
    /// names the row, for a chance that is not from 0 to 1 or a value that is infinite.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::value::RetentionOffer;
    /// let spend = RetentionOffer::new(0.2).break_even(&[100.0, 500.0], &[0.5, 0.1])?;
    /// assert!((spend[0] - 10.0).abs() < 1e-12 && (spend[1] - 10.0).abs() < 1e-12);
    /// assert!(RetentionOffer::new(0.2).break_even(&[100.0], &[1.5]).is_err());
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn break_even(&self, values: &[f64], leaves: &[f64]) -> Result<Vec<f64>> {
        self.check()?;
        Error::check_length("chance to leave", values.len(), leaves.len())?;
        let infinite = |value: &f64| value.is_infinite();
        if let Some(row) = values.iter().position(infinite) {
            return Err(Error::value("value", row, "an infinite value; discount it"));
        }
        let bad = |p: &f64| !p.is_nan() && !(0.0..=1.0).contains(p);
        if let Some(row) = leaves.iter().position(bad) {
            let reason = format!("{} is not a chance, from 0 to 1", leaves[row]);
            return Err(Error::value("chance to leave", row, reason));
        }
        let both = values.par_iter().zip(leaves);
        Ok(both
            .map(|(&value, &leaves)| self.spend(value, leaves))
            .collect())
    }

    /// The spend at which an offer breaks even that brings a value from a share of all who get it, the
    /// save rate, and whose incentive all of them take: s V - d.
    pub(crate) fn break_even_of_growth(&self, values: &[f64]) -> Result<Vec<f64>> {
        self.check()?;
        let spend = |value: &f64| self.save_rate * value - self.incentive;
        Ok(values.iter().map(spend).collect())
    }

    /// The spend at which the offer breaks even for one customer.
    ///
    /// # Errors
    ///
    /// As [`break_even`](Self::break_even).
    ///
    /// # Example
    ///
    /// See [`RetentionOffer`].
    pub fn break_even_one(&self, value: f64, leaves: f64) -> Result<f64> {
        self.break_even(&[value], &[leaves]).map(|spend| spend[0])
    }
}
