//! Customers under contract, who renew until they leave: sBG and BdW.
//!
//! # Model
//!
//! Fader, Hardie, Liu, Davin and Steenburgh 2018, doi:10.1016/j.intmar.2018.01.002:
//!
//! ```text
//! θ ~ Beta(γ, δ)                  of each customer
//! (1-θ)^(n^c)                     chance to make n renewals at least
//! ```

use serde::{Deserialize, Serialize};

use crate::{
    Error, Result,
    numeric::{map_chunks, rng::Stream},
};

/// Customers simulated together; a constant, for any number of threads.
const CHUNK: usize = 1 << 12;

/// What the random streams of one seed are for.
const CUSTOMER: u32 = 0x5265_6e65;

/// What to simulate. The defaults are close to the estimates published for the
/// regular customers of Fader and Hardie 2007, without duration dependence: 1,000 of
/// them, an equal number in each of eight cohorts.
///
/// # Example
///
/// ```
/// use custometry::{simulate::RenewalParams, value::ContractHistories};
/// let made = RenewalParams::default().customers(8_000).seed(7).generate()?;
/// let histories = ContractHistories::from_columns(&made.renewals, &made.lost, None)?;
/// // All came to the first renewal, one cohort to the eighth.
/// assert_eq!(histories.renewed()[0] + histories.lost()[0], 8_000);
/// assert!((histories.retention()[0] - 1.182 / 1.886).abs() < 0.02);
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RenewalParams {
    customers: u32,
    seed: u64,
    cohorts: u32,
    law: [f64; 3],
}

impl Default for RenewalParams {
    fn default() -> Self {
        Self {
            customers: 1_000,
            seed: 1,
            cohorts: 8,
            law: [0.704, 1.182, 1.0],
        }
    }
}

/// Simulated histories and what is true of the customers; columns of one length.
///
/// # Example
///
/// ```
/// use custometry::simulate::RenewalParams;
/// let made = RenewalParams::default().customers(10).cohorts(3).generate()?;
/// assert!(made.renewals.iter().all(|&renewals| renewals <= 3));
/// assert_eq!(made.leaves.len(), 10);
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Default)]
#[non_exhaustive]
pub struct RenewalHistory {
    /// Renewals made.
    pub renewals: Vec<u32>,
    /// Whether the next one was missed.
    pub lost: Vec<bool>,
    /// θ, the chance to leave at the first renewal.
    pub leaves: Vec<f64>,
}

impl RenewalParams {
    /// How many customers.
    ///
    /// # Example
    ///
    /// See [`RenewalParams`].
    pub fn customers(mut self, customers: u32) -> Self {
        self.customers = customers;
        self
    }

    /// The seed; 1 by default.
    ///
    /// # Example
    ///
    /// See [`RenewalParams`].
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// How many cohorts there are; 8 by default. The first is seen for as many
    /// renewals, the last for one.
    ///
    /// # Example
    ///
    /// See [`RenewalHistory`].
    pub fn cohorts(mut self, cohorts: u32) -> Self {
        self.cohorts = cohorts;
        self
    }

    /// The BdW parameters γ, δ and c; with c = 1 they are α and β of sBG.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::simulate::RenewalParams;
    /// let broken = RenewalParams::default().law(1.0, 0.0, 1.0).generate();
    /// assert!(broken.unwrap_err().to_string().starts_with("delta is 0"));
    /// ```
    pub fn law(mut self, gamma: f64, delta: f64, c: f64) -> Self {
        self.law = [gamma, delta, c];
        self
    }

    /// Makes the histories and their truth.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`] for a model parameter that is not positive and
    /// finite, or no cohorts.
    ///
    /// # Example
    ///
    /// See [`RenewalParams`].
    pub fn generate(&self) -> Result<RenewalHistory> {
        for (name, value) in ["gamma", "delta", "c"].into_iter().zip(self.law) {
            // Written so that NaN fails as well.
            if !(value > 0.0 && value.is_finite()) {
                return Err(Error::parameter(name, value, "a finite number above 0"));
            }
        }
        if self.cohorts == 0 {
            return Err(Error::parameter("cohorts", 0, "at least 1"));
        }
        let chunks = map_chunks(self.customers as usize, CHUNK, |range| {
            let mut made = RenewalHistory::default();
            for customer in range {
                self.simulate(customer as u64, &mut made);
            }
            made
        });
        let mut all = RenewalHistory::default();
        for mut chunk in chunks {
            all.renewals.append(&mut chunk.renewals);
            all.lost.append(&mut chunk.lost);
            all.leaves.append(&mut chunk.leaves);
        }
        Ok(all)
    }

    fn simulate(&self, customer: u64, made: &mut RenewalHistory) {
        let [gamma, delta, c] = self.law;
        let mut draw = Stream::new(self.seed, CUSTOMER, customer);
        let leaves = draw.beta(gamma, delta);
        // n renewals at least if n^c times the rate of leaving is below a draw of the
        // exponential law.
        let rate = -(-leaves).ln_1p();
        let reach = (draw.exponential() / rate).powf(1.0 / c);
        #[expect(clippy::cast_possible_truncation, reason = "below the cohorts")]
        let seen = self.cohorts - (customer % u64::from(self.cohorts)) as u32;
        let stays = reach >= f64::from(seen);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "not negative, and cut at what is seen"
        )]
        let renewals = if stays { seen } else { reach as u32 };
        made.renewals.push(renewals);
        made.lost.push(!stays);
        made.leaves.push(leaves);
    }
}
