//! Customers who leave at known hazards, for known reasons: proportional hazards over Weibull
//! baselines, with delayed entry and the end of watching.
//!
//! # Model
//!
//! Bender, Augustin and Blettner 2005, doi:10.1002/sim.2059, for competing causes:
//!
//! ```text
//! x ~ Normal(0, 1), independent                                    features of a customer
//! h_j(t | x) = shape_j / scale_j (t / scale_j)^(shape_j - 1) exp(x'beta_j)      hazard of cause j
//! T_j = scale_j (E_j exp(-x'beta_j))^(1 / shape_j),  E_j ~ Exponential(1)
//! ```
//!
//! A customer leaves at the first of the `T_j`, for that cause.

use serde::{Deserialize, Serialize};

use crate::{
    Error, Result,
    data::{Features, MissingValues},
    numeric::{map_chunks, rng::Stream},
};

/// Customers simulated together; a constant, for any number of threads.
const CHUNK: usize = 1 << 12;

/// What the random streams of one seed are for.
const CUSTOMER: u32 = 0x4368_7572;

/// Why and how fast customers leave: one cause.
///
/// # Example
///
/// ```
/// use custometry::simulate::CauseHazard;
/// // Constant, one in 500 days on average, and e times that for each unit of the first feature.
/// let hazard = CauseHazard::new(1.0, 500.0, &[1.0]);
/// assert!((hazard.cumulative(&[0.0], 250.0) - 0.5).abs() < 1e-15);
/// assert!((hazard.cumulative(&[1.0], 500.0) - 1f64.exp()).abs() < 1e-15);
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CauseHazard {
    shape: f64,
    scale: f64,
    coefficients: Vec<f64>,
}

impl CauseHazard {
    /// A hazard that falls with tenure (shape below 1), is constant (1) or grows (above 1). The
    /// scale is in days; a coefficient a feature, as logarithm of the ratio of hazards.
    ///
    /// # Example
    ///
    /// See [`CauseHazard`].
    pub fn new(shape: f64, scale: f64, coefficients: &[f64]) -> Self {
        Self {
            shape,
            scale,
            coefficients: coefficients.to_vec(),
        }
    }

    /// The coefficients, one a feature.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::simulate::CauseHazard;
    /// assert_eq!(CauseHazard::new(1.0, 9.0, &[0.5]).coefficients(), [0.5]);
    /// ```
    pub fn coefficients(&self) -> &[f64] {
        &self.coefficients
    }

    /// The cumulative hazard of a customer with these features at a time in days; features beyond
    /// the coefficients count nothing.
    ///
    /// # Example
    ///
    /// See [`CauseHazard`].
    pub fn cumulative(&self, features: &[f64], days: f64) -> f64 {
        (days / self.scale).powf(self.shape) * self.predictor(features).exp()
    }

    fn predictor(&self, features: &[f64]) -> f64 {
        let pairs = self.coefficients.iter().zip(features);
        pairs.map(|(beta, x)| beta * x).sum()
    }

    fn draw(&self, features: &[f64], draw: &mut Stream) -> f64 {
        let share = draw.exponential() * (-self.predictor(features)).exp();
        self.scale * share.powf(self.shape.recip())
    }
}

/// How finely the time of leaving is known.
///
/// # Example
///
/// ```
/// use custometry::simulate::TimeGrain;
/// assert_eq!(TimeGrain::default(), TimeGrain::Days);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum TimeGrain {
    /// By day, rounded up: customers leave on the same day.
    #[default]
    Days,
    /// To the last bit.
    Exact,
}

/// What to simulate. By default 1,000 customers with two features, who come over 1,000 days from
/// the begin of the records on and are watched until day 1,000; two causes, of which the first
/// falls with tenure.
///
/// # Example
///
/// ```
/// use custometry::{churn::{Durations, KaplanMeier, RiskTable}, simulate::ChurnParams};
///
/// let made = ChurnParams::default().customers(20_000).seed(3).generate()?;
/// let durations = Durations::new(&made.exit, &made.cause)?;
/// let curve = KaplanMeier::new(&RiskTable::new(&durations))?;
/// let truth: f64 = (0..made.exit.len()).map(|row| made.survival(row, 300.0)).sum();
/// assert!((curve.survival_at(300.0) - truth / made.exit.len() as f64).abs() < 0.015);
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ChurnParams {
    customers: u32,
    seed: u64,
    hazards: Vec<CauseHazard>,
    came_before: f64,
    watched: f64,
    grain: TimeGrain,
}

impl Default for ChurnParams {
    fn default() -> Self {
        Self {
            customers: 1_000,
            seed: 1,
            hazards: vec![
                CauseHazard::new(0.7, 900.0, &[0.8, -0.3]),
                CauseHazard::new(1.0, 1_500.0, &[0.0, 0.5]),
            ],
            came_before: 0.0,
            watched: 1_000.0,
            grain: TimeGrain::Days,
        }
    }
}

/// Simulated customers and what is true of them; columns of one length.
///
/// # Example
///
/// ```
/// use custometry::simulate::ChurnParams;
/// let made = ChurnParams::default().customers(50).generate()?;
/// assert_eq!(made.features.names(), ["x1", "x2"]);
/// for row in 0..50 {
///     assert!(made.exit[row] <= made.leaves[row].ceil());
///     assert_eq!(made.cause[row] > 0, made.exit[row] >= made.leaves[row]);
/// }
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct ChurnHistory {
    /// Days from the start of the customer to the begin of the records, 0 for who came later.
    pub entry: Vec<f64>,
    /// Days from the start of the customer to leaving or to the end of watching.
    pub exit: Vec<f64>,
    /// Why the customer left, 1 and up; 0 for still there.
    pub cause: Vec<u16>,
    /// The features: x1, x2, ...
    pub features: Features,
    /// When the customer leaves, watched or not, in days from the start.
    pub leaves: Vec<f64>,
    hazards: Vec<CauseHazard>,
}

impl ChurnHistory {
    /// The chance of a customer to be there still after so many days; NaN past the last customer.
    ///
    /// # Example
    ///
    /// See [`ChurnParams`].
    pub fn survival(&self, row: usize, days: f64) -> f64 {
        if row >= self.exit.len() {
            return f64::NAN;
        }
        let features = self.features.view().row(row).to_vec();
        let hazards = self.hazards.iter();
        let all: f64 = hazards
            .map(|hazard| hazard.cumulative(&features, days))
            .sum();
        (-all).exp()
    }
}

impl ChurnParams {
    /// How many customers come; those who left before the records began are not in the data.
    ///
    /// # Example
    ///
    /// See [`ChurnParams`].
    pub fn customers(mut self, customers: u32) -> Self {
        self.customers = customers;
        self
    }

    /// The seed; 1 by default.
    ///
    /// # Example
    ///
    /// See [`ChurnParams`].
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// The causes of leaving, at most 100. There are as many features as the longest of them has
    /// coefficients.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::simulate::{CauseHazard, ChurnParams};
    /// let one = ChurnParams::default().hazards(&[CauseHazard::new(1.0, 100.0, &[1.0])]).generate()?;
    /// assert!(one.cause.iter().all(|&cause| cause <= 1));
    /// assert!(ChurnParams::default().hazards(&[]).generate().is_err());
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn hazards(mut self, hazards: &[CauseHazard]) -> Self {
        self.hazards = hazards.to_vec();
        self
    }

    /// How many days before the begin of the records the first customers came; 0 by default. They
    /// are watched with a delayed entry.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::simulate::ChurnParams;
    /// let made = ChurnParams::default().came_before(500.0).generate()?;
    /// assert!(made.entry.iter().any(|&entry| entry > 0.0) && made.exit.len() < 1_000);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn came_before(mut self, days: f64) -> Self {
        self.came_before = days;
        self
    }

    /// For how many days the records run; 1,000 by default.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::simulate::ChurnParams;
    /// let made = ChurnParams::default().watched(30.0).generate()?;
    /// assert!(made.exit.iter().all(|&exit| exit <= 30.0));
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn watched(mut self, days: f64) -> Self {
        self.watched = days;
        self
    }

    /// How finely times are known; by day by default.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::simulate::{ChurnParams, TimeGrain};
    /// let made = ChurnParams::default().grain(TimeGrain::Exact).generate()?;
    /// assert!(made.exit.iter().any(|exit| exit.fract() > 0.0));
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn grain(mut self, grain: TimeGrain) -> Self {
        self.grain = grain;
        self
    }

    /// Makes the customers and their truth.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`] for no causes or more than 100, a shape or a scale that is not
    /// positive and finite, a coefficient that is not finite, days that are not finite, negative
    /// or, watched, 0.
    ///
    /// # Example
    ///
    /// See [`ChurnParams`].
    pub fn generate(&self) -> Result<ChurnHistory> {
        self.check()?;
        let lengths = self.hazards.iter().map(|hazard| hazard.coefficients.len());
        let width = lengths.max().unwrap_or(0);
        let chunks = map_chunks(self.customers as usize, CHUNK, |range| {
            range
                .filter_map(|customer| self.customer(customer as u64, width))
                .collect::<Vec<_>>()
        });
        let customers: Vec<Customer> = chunks.into_iter().flatten().collect();
        let names: Vec<String> = (1..=width).map(|at| format!("x{at}")).collect();
        let columns: Vec<Vec<f64>> = (0..width)
            .map(|at| customers.iter().map(|one| one.features[at]).collect())
            .collect();
        let named: Vec<(&str, &[f64])> = names
            .iter()
            .map(String::as_str)
            .zip(columns.iter().map(Vec::as_slice))
            .collect();
        let column = |of: fn(&Customer) -> f64| customers.iter().map(of).collect();
        Ok(ChurnHistory {
            entry: column(|one| one.entry),
            exit: column(|one| one.exit),
            cause: customers.iter().map(|one| one.cause).collect(),
            features: Features::from_columns(&named, MissingValues::Refuse)?,
            leaves: column(|one| one.leaves),
            hazards: self.hazards.clone(),
        })
    }

    fn check(&self) -> Result<()> {
        if self.hazards.is_empty() || self.hazards.len() > 100 {
            return Err(Error::parameter("causes", self.hazards.len(), "1 to 100"));
        }
        for hazard in &self.hazards {
            for (name, value) in [("shape", hazard.shape), ("scale", hazard.scale)] {
                if !(value.is_finite() && value > 0.0) {
                    return Err(Error::parameter(name, value, "a finite number above 0"));
                }
            }
            if let Some(beta) = hazard.coefficients.iter().find(|beta| !beta.is_finite()) {
                return Err(Error::parameter("coefficient", beta, "a finite number"));
            }
        }
        if !(self.came_before.is_finite() && self.came_before >= 0.0) {
            let expected = "a finite number of days, 0 or more";
            return Err(Error::parameter("came_before", self.came_before, expected));
        }
        if !(self.watched.is_finite() && self.watched > 0.0) {
            let expected = "a finite number of days above 0";
            return Err(Error::parameter("watched", self.watched, expected));
        }
        Ok(())
    }

    /// A customer; none who left before the records began.
    fn customer(&self, number: u64, width: usize) -> Option<Customer> {
        let mut draw = Stream::new(self.seed, CUSTOMER, number);
        let features: Vec<f64> = (0..width).map(|_| draw.normal()).collect();
        let start = (self.came_before + self.watched) * draw.uniform() - self.came_before;
        let (mut leaves, mut cause) = (f64::INFINITY, 0);
        for (hazard, number) in self.hazards.iter().zip(1..) {
            let time = hazard.draw(&features, &mut draw);
            if time < leaves {
                (leaves, cause) = (time, number);
            }
        }
        let start = match self.grain {
            TimeGrain::Days => start.floor(),
            TimeGrain::Exact => start,
        };
        let gone = match self.grain {
            TimeGrain::Days => leaves.ceil().max(1.0),
            TimeGrain::Exact => leaves,
        };
        let (entry, end) = ((-start).max(0.0), self.watched - start);
        let seen = gone > entry && end > entry;
        seen.then(|| Customer {
            features,
            entry,
            exit: gone.min(end),
            cause: if gone <= end { cause } else { 0 },
            leaves,
        })
    }
}

struct Customer {
    features: Vec<f64>,
    entry: f64,
    exit: f64,
    cause: u16,
    leaves: f64,
}
