//! Customers who can buy once at each of a row of opportunities: BG/BB.
//!
//! # Model
//!
//! Fader, Hardie and Shang 2010, doi:10.1287/mksc.1100.0580:
//!
//! ```text
//! p ~ Beta(α, β)      chance to buy at an opportunity while active
//! θ ~ Beta(γ, δ)      chance to leave before an opportunity
//! ```

use serde::{Deserialize, Serialize};

use crate::{
    Error, Result,
    numeric::{map_chunks, rng::Stream},
};

/// Customers simulated together; a constant, for any number of threads.
const CHUNK: usize = 1 << 12;

/// What the random streams of one seed are for.
const CUSTOMER: u32 = 0x4f70_706f;

/// What to simulate. The defaults are the published estimates for the donors of a
/// public radio station: 1,000 of them, over six years.
///
/// # Example
///
/// ```
/// use custometry::simulate::OpportunityParams;
/// let made = OpportunityParams::default().customers(5_000).seed(7).generate()?;
/// assert_eq!(made.frequency.len(), 5_000);
/// let gifts: u32 = made.frequency.iter().sum();
/// assert!((f64::from(gifts) / 5_000.0 - 2.15).abs() < 0.15);
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OpportunityParams {
    customers: u32,
    seed: u64,
    opportunities: u32,
    laws: [f64; 4],
}

impl Default for OpportunityParams {
    fn default() -> Self {
        Self {
            customers: 1_000,
            seed: 1,
            opportunities: 6,
            laws: [1.204, 0.750, 0.657, 2.783],
        }
    }
}

/// Simulated histories and what is true of the customers; columns of one length.
///
/// # Example
///
/// ```
/// use custometry::simulate::OpportunityParams;
/// let made = OpportunityParams::default().customers(10).opportunities(4).generate()?;
/// assert_eq!(made.opportunities, [4; 10]);
/// assert!(made.last.iter().zip(&made.frequency).all(|(last, x)| last >= x));
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Default)]
#[non_exhaustive]
pub struct OpportunityHistory {
    /// Opportunities used.
    pub frequency: Vec<u32>,
    /// The number of the last one used; 0 if none was.
    pub last: Vec<u32>,
    /// How many there were.
    pub opportunities: Vec<u32>,
    /// p, the chance to buy at an opportunity while active.
    pub buys: Vec<f64>,
    /// θ, the chance to leave before an opportunity.
    pub leaves: Vec<f64>,
    /// Whether the customer is still active at the last opportunity.
    pub active: Vec<bool>,
}

impl OpportunityParams {
    /// How many customers.
    ///
    /// # Example
    ///
    /// See [`OpportunityParams`].
    pub fn customers(mut self, customers: u32) -> Self {
        self.customers = customers;
        self
    }

    /// The seed; 1 by default.
    ///
    /// # Example
    ///
    /// See [`OpportunityParams`].
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// How many opportunities there are after the first purchase; 6 by default.
    ///
    /// # Example
    ///
    /// See [`OpportunityHistory`].
    pub fn opportunities(mut self, opportunities: u32) -> Self {
        self.opportunities = opportunities;
        self
    }

    /// The BG/BB parameters α, β, γ and δ.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::simulate::OpportunityParams;
    /// let broken = OpportunityParams::default().laws(1.0, 0.0, 1.0, 2.0).generate();
    /// assert!(broken.unwrap_err().to_string().starts_with("beta is 0"));
    /// ```
    pub fn laws(mut self, alpha: f64, beta: f64, gamma: f64, delta: f64) -> Self {
        self.laws = [alpha, beta, gamma, delta];
        self
    }

    /// Makes the histories and their truth.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`] for a model parameter that is not positive and
    /// finite.
    ///
    /// # Example
    ///
    /// See [`OpportunityParams`].
    pub fn generate(&self) -> Result<OpportunityHistory> {
        let names = ["alpha", "beta", "gamma", "delta"];
        for (name, value) in names.into_iter().zip(self.laws) {
            // Written so that NaN fails as well.
            if !(value > 0.0 && value.is_finite()) {
                return Err(Error::parameter(name, value, "a finite number above 0"));
            }
        }
        let chunks = map_chunks(self.customers as usize, CHUNK, |range| {
            let mut made = OpportunityHistory::default();
            for customer in range {
                self.simulate(customer as u64, &mut made);
            }
            made
        });
        let mut all = OpportunityHistory::default();
        for mut chunk in chunks {
            all.frequency.append(&mut chunk.frequency);
            all.last.append(&mut chunk.last);
            all.opportunities.append(&mut chunk.opportunities);
            all.buys.append(&mut chunk.buys);
            all.leaves.append(&mut chunk.leaves);
            all.active.append(&mut chunk.active);
        }
        Ok(all)
    }

    fn simulate(&self, customer: u64, made: &mut OpportunityHistory) {
        let [alpha, beta, gamma, delta] = self.laws;
        let mut draw = Stream::new(self.seed, CUSTOMER, customer);
        let (buys, leaves) = (draw.beta(alpha, beta), draw.beta(gamma, delta));
        let (mut frequency, mut last, mut active) = (0, 0, true);
        for number in 1..=self.opportunities {
            active = active && draw.uniform() >= leaves;
            if active && draw.uniform() < buys {
                frequency += 1;
                last = number;
            }
        }
        made.frequency.push(frequency);
        made.last.push(last);
        made.opportunities.push(self.opportunities);
        made.buys.push(buys);
        made.leaves.push(leaves);
        made.active.push(active);
    }
}
