//! Purchase logs: the timing of any of the purchase models and gamma-gamma spend.
//!
//! # Model
//!
//! A customer buys at random with a rate of their own, leaves as
//! [`PurchaseTiming`] says, and spends around a mean of their own (Fader, Hardie and
//! Lee 2005, doi:10.1287/mksc.1040.0098; Fader and Hardie 2013, "The Gamma-Gamma
//! model of monetary value"):
//!
//! ```text
//! λ  ~ Gamma(r, rate α)             purchases a week while active
//! p  ~ Beta(a, b)                   chance to drop out after a purchase, or
//! μ  ~ Gamma(s, rate β)             rate of leaving a week
//! ν  ~ Gamma(q, rate γ)             scale of spend
//! first purchase                    uniform over the acquisition days
//! gaps                              Exponential(λ)
//! amount of a purchase              Gamma(p_spend, rate ν), mean p_spend / ν
//! ```
//!
//! Times are floored to civil days and amounts rounded to minor units, at least
//! one. Two purchases can fall on one day, as in real logs.

use chrono::NaiveDate;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::{
    Error, Observer, Result,
    data::{Currency, CustomerIx, Customers, Transactions, date_of_day, day_of_date},
    numeric::{Stage, map_chunks_observed, rng::Stream},
};

/// Customers simulated together; a constant, for any number of threads.
const CHUNK: usize = 1 << 12;
const DAYS_PER_WEEK: f64 = 7.0;

/// What the random streams of one seed are for.
const CUSTOMER: u32 = 0;
const ROW_ORDER: u32 = 1;

/// The order of the rows of a simulated log.
///
/// # Example
///
/// ```
/// use custometry::simulate::{PurchaseLogParams, RowOrder};
/// let params = PurchaseLogParams::default().customers(50);
/// let shuffled = params.clone().row_order(RowOrder::Shuffled).generate()?;
/// assert_eq!(shuffled.transactions.len(), params.generate()?.transactions.len());
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum RowOrder {
    /// One customer after the other, each in time order.
    #[default]
    ByCustomer,
    /// Shuffled by the seed, as raw logs often are.
    Shuffled,
}

/// When customers buy and leave. The parameters are those of the model of the same
/// name in [`value`](crate::value); the unit of time is the week.
///
/// # Example
///
/// ```
/// use custometry::simulate::{PurchaseLogParams, PurchaseTiming};
/// let timing = PurchaseTiming::ParetoNbd { r: 0.553, alpha: 10.578, s: 0.606, beta: 11.669 };
/// let log = PurchaseLogParams::default().timing(timing).generate()?;
/// assert!(log.truth.active.contains(&true) && log.truth.active.contains(&false));
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
#[expect(missing_docs, reason = "the symbols of the papers, mapped in METHODS")]
pub enum PurchaseTiming {
    /// Nobody leaves.
    Nbd { r: f64, alpha: f64 },
    /// A customer may leave after any repeat purchase.
    BgNbd { r: f64, alpha: f64, a: f64, b: f64 },
    /// A customer may leave after any purchase.
    MbgNbd { r: f64, alpha: f64, a: f64, b: f64 },
    /// A customer may leave at any time.
    ParetoNbd {
        r: f64,
        alpha: f64,
        s: f64,
        beta: f64,
    },
}

impl PurchaseTiming {
    fn parameters(&self) -> Vec<(&'static str, f64)> {
        match *self {
            Self::Nbd { r, alpha } => vec![("r", r), ("alpha", alpha)],
            Self::BgNbd { r, alpha, a, b } | Self::MbgNbd { r, alpha, a, b } => {
                vec![("r", r), ("alpha", alpha), ("a", a), ("b", b)]
            }
            Self::ParetoNbd { r, alpha, s, beta } => {
                vec![("r", r), ("alpha", alpha), ("s", s), ("beta", beta)]
            }
        }
    }

    /// The law of the purchase rates.
    fn rates(&self) -> (f64, f64) {
        match *self {
            Self::Nbd { r, alpha }
            | Self::BgNbd { r, alpha, .. }
            | Self::MbgNbd { r, alpha, .. }
            | Self::ParetoNbd { r, alpha, .. } => (r, alpha),
        }
    }

    /// How easily one customer leaves: a chance after a purchase, or a rate a week.
    fn draw_dropout(&self, draw: &mut Stream) -> f64 {
        match *self {
            Self::Nbd { .. } => 0.0,
            Self::BgNbd { a, b, .. } | Self::MbgNbd { a, b, .. } => draw.beta(a, b),
            Self::ParetoNbd { s, beta, .. } => draw.gamma(s) / beta,
        }
    }
}

/// What to simulate. The defaults are the published estimates for the CDNOW
/// customers: 1,000 of them, won over twelve weeks from 1997-01-01 and observed
/// until 1998-06-30.
///
/// # Example
///
/// ```
/// use custometry::simulate::PurchaseLogParams;
///
/// let log = PurchaseLogParams::default().customers(2_000).seed(7).generate()?;
/// assert_eq!(log.transactions.customers().len(), 2_000);
/// // The same seed gives the same log, and a shard of it the same customers.
/// let shard = PurchaseLogParams::default().customers(10).first_customer(5).seed(7).generate()?;
/// assert_eq!(shard.truth.rate_per_week, &log.truth.rate_per_week[5..15]);
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PurchaseLogParams {
    customers: u32,
    first_customer: u64,
    seed: u64,
    first_day: NaiveDate,
    acquisition_days: u32,
    until: NaiveDate,
    timing: PurchaseTiming,
    spend: [f64; 3],
    currency: Currency,
    row_order: RowOrder,
}

impl Default for PurchaseLogParams {
    fn default() -> Self {
        let date = |day| date_of_day(day).unwrap_or_default();
        Self {
            customers: 1_000,
            first_customer: 0,
            seed: 1,
            first_day: date(9_862), // 1997-01-01
            acquisition_days: 84,
            until: date(10_407), // 1998-06-30
            timing: PurchaseTiming::BgNbd {
                r: 0.243,
                alpha: 4.414,
                a: 0.793,
                b: 2.426,
            },
            spend: [6.25, 3.74, 15.44],
            currency: Currency::USD,
            row_order: RowOrder::ByCustomer,
        }
    }
}

/// A simulated log and what is true of its customers.
///
/// # Example
///
/// ```
/// use custometry::simulate::PurchaseLogParams;
/// let log = PurchaseLogParams::default().customers(10).generate()?;
/// assert_eq!(log.truth.active.len(), 10);
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct PurchaseLog {
    /// The log. Customer keys are whole numbers from `first_customer` on.
    pub transactions: Transactions,
    /// The truth behind it.
    pub truth: PurchaseTruth,
}

/// What is true of each simulated customer; columns in the order of the
/// customers.
///
/// # Example
///
/// ```
/// use custometry::simulate::PurchaseLogParams;
/// let truth = PurchaseLogParams::default().customers(100).generate()?.truth;
/// assert!(truth.dropout.iter().all(|p| (0.0..=1.0).contains(p)));
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Default)]
#[non_exhaustive]
pub struct PurchaseTruth {
    /// λ, purchases a week while active.
    pub rate_per_week: Vec<f64>,
    /// p, the chance to drop out after a purchase that can be the last; for Pareto/NBD
    /// μ, the rate of leaving a week; for NBD 0.
    pub dropout: Vec<f64>,
    /// The mean amount of a purchase, in units of currency.
    pub mean_spend: Vec<f64>,
    /// Whether the customer is still active at the end of the last day.
    pub active: Vec<bool>,
}

impl PurchaseLogParams {
    /// How many customers.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::simulate::PurchaseLogParams;
    /// let none = PurchaseLogParams::default().customers(0).generate()?;
    /// assert!(none.transactions.is_empty());
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn customers(mut self, customers: u32) -> Self {
        self.customers = customers;
        self
    }

    /// The number of the first customer: a shard of a larger population.
    ///
    /// # Example
    ///
    /// See [`PurchaseLogParams`].
    pub fn first_customer(mut self, number: u64) -> Self {
        self.first_customer = number;
        self
    }

    /// The seed; 1 by default.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::simulate::PurchaseLogParams;
    /// let params = PurchaseLogParams::default().customers(20);
    /// assert_ne!(params.clone().seed(2).generate()?, params.seed(3).generate()?);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// The first day and over how many days customers are won.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::{data::date_of_day, simulate::PurchaseLogParams};
    /// let day = date_of_day(10_000).unwrap();
    /// let log = PurchaseLogParams::default().customers(20).acquired_from(day, 1).generate()?;
    /// assert_eq!(log.transactions.days().iter().min(), Some(&10_000));
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn acquired_from(mut self, first_day: NaiveDate, days: u32) -> Self {
        self.first_day = first_day;
        self.acquisition_days = days;
        self
    }

    /// The last day observed.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::{data::date_of_day, simulate::PurchaseLogParams};
    /// let day = date_of_day(10_000).unwrap();
    /// let log = PurchaseLogParams::default().customers(200).until(day).generate()?;
    /// assert!(log.transactions.days().iter().all(|&day| day <= 10_000));
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn until(mut self, last_day: NaiveDate) -> Self {
        self.until = last_day;
        self
    }

    /// When customers buy and leave; BG/NBD at the CDNOW estimates by default.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::simulate::{PurchaseLogParams, PurchaseTiming};
    /// let broken = PurchaseTiming::Nbd { r: -1.0, alpha: 4.0 };
    /// let error = PurchaseLogParams::default().timing(broken).generate().unwrap_err();
    /// assert!(error.to_string().starts_with("r is -1"));
    /// ```
    pub fn timing(mut self, timing: PurchaseTiming) -> Self {
        self.timing = timing;
        self
    }

    /// The gamma-gamma parameters p, q and γ, in units of currency.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::simulate::PurchaseLogParams;
    /// let log = PurchaseLogParams::default().customers(5).spend(50.0, 40.0, 400.0).generate()?;
    /// assert!(log.truth.mean_spend.iter().all(|&mean| mean > 100.0));
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn spend(mut self, p: f64, q: f64, gamma: f64) -> Self {
        self.spend = [p, q, gamma];
        self
    }

    /// The currency of the amounts; US dollars by default.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::{data::Currency, simulate::PurchaseLogParams};
    /// let log = PurchaseLogParams::default().currency(Currency::EUR).generate()?;
    /// assert_eq!(log.transactions.currency(), Currency::EUR);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn currency(mut self, currency: Currency) -> Self {
        self.currency = currency;
        self
    }

    /// The order of the rows.
    ///
    /// # Example
    ///
    /// See [`RowOrder`].
    pub fn row_order(mut self, order: RowOrder) -> Self {
        self.row_order = order;
        self
    }

    /// Makes the log and its truth.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`] for a model parameter that is not positive
    /// and finite, no acquisition days, or a last day before the first;
    /// [`Error::Overflow`] if customers are numbered past `i64`.
    ///
    /// # Example
    ///
    /// See [`PurchaseLogParams`].
    pub fn generate(&self) -> Result<PurchaseLog> {
        self.generate_observed(&mut ())
    }

    /// [`generate`](Self::generate) under an [`Observer`].
    ///
    /// # Errors
    ///
    /// As [`generate`](Self::generate), and [`Error::Cancelled`].
    ///
    /// # Example
    ///
    /// See [`Observer`].
    pub fn generate_observed(&self, observer: &mut dyn Observer) -> Result<PurchaseLog> {
        self.check()?;
        let keys = self.keys()?;
        let chunks = map_chunks_observed(
            0..self.customers as usize,
            CHUNK,
            Stage {
                name: "simulating customers",
                total: self.customers as usize,
            },
            observer,
            |range| {
                let mut chunk = Chunk::default();
                for at in range {
                    self.simulate(at, &mut chunk)?;
                }
                Ok(chunk)
            },
        )?;
        let mut all = Chunk::default();
        for chunk in chunks {
            all.append(chunk);
        }
        if self.row_order == RowOrder::Shuffled {
            all.shuffle(self.seed);
        }
        let (customers, _) = Customers::from_ints(&keys)?;
        let transactions = Transactions::builder(self.currency)
            .numbered(customers, all.customer)
            .days(all.day)
            .amounts(all.amount)
            .build()?;
        Ok(PurchaseLog {
            transactions,
            truth: all.truth,
        })
    }

    fn check(&self) -> Result<()> {
        let spend = ["p", "q", "gamma"].into_iter().zip(self.spend);
        for (name, value) in self.timing.parameters().into_iter().chain(spend) {
            // Written so that NaN fails as well.
            if !(value > 0.0 && value.is_finite()) {
                return Err(Error::parameter(name, value, "a finite number above 0"));
            }
        }
        if self.acquisition_days == 0 {
            return Err(Error::parameter("acquisition_days", 0, "at least 1 day"));
        }
        if self.until < self.first_day {
            let expected = format!("a day that is not before {}, the first", self.first_day);
            return Err(Error::parameter("until", self.until, expected));
        }
        Ok(())
    }

    fn keys(&self) -> Result<Vec<i64>> {
        let first = i64::try_from(self.first_customer).ok();
        let end = first.and_then(|first| first.checked_add(i64::from(self.customers)));
        match (first, end) {
            (Some(first), Some(end)) => Ok((first..end).collect()),
            _ => Err(Error::Overflow {
                what: "customer numbers past 2^63; use a smaller first_customer".into(),
            }),
        }
    }

    /// Draws one customer and appends the purchases up to the last day.
    fn simulate(&self, at: usize, chunk: &mut Chunk) -> Result<()> {
        let (r, alpha) = self.timing.rates();
        let [p, q, gamma] = self.spend;
        let mut draw = Stream::new(self.seed, CUSTOMER, self.first_customer + at as u64);
        let rate = draw.gamma(r) / alpha;
        let dropout = self.timing.draw_dropout(&mut draw);
        let scale = draw.gamma(q) / gamma;
        let first_day = day_of_date(self.first_day);
        let end = f64::from(day_of_date(self.until) - first_day) + 1.0;

        // In days from the first day on. Customers won after the last day are
        // in the population but not in the log.
        let mut time = draw.uniform() * f64::from(self.acquisition_days);
        let mut active = true;
        let leaves = match self.timing {
            PurchaseTiming::ParetoNbd { .. } => time + draw.exponential() / dropout * DAYS_PER_WEEK,
            _ => f64::INFINITY,
        };
        let mut can_be_last = matches!(self.timing, PurchaseTiming::MbgNbd { .. });
        while active && time < end {
            #[expect(clippy::cast_possible_truncation, reason = "a day before the last one")]
            chunk.day.push(first_day + time.floor() as i32);
            let amount = self.currency.from_f64(draw.gamma(p) / scale)?;
            chunk.amount.push(amount.0.max(1));
            #[expect(
                clippy::cast_possible_truncation,
                reason = "customers are counted in u32"
            )]
            chunk.customer.push(CustomerIx(at as u32));
            if leaves.is_infinite() {
                active = !can_be_last || draw.uniform() >= dropout;
                can_be_last = true;
            }
            // A rate that underflowed to 0 gives an infinite gap: no more purchases.
            time += draw.exponential() / rate * DAYS_PER_WEEK;
            active &= time < leaves;
        }
        chunk.truth.rate_per_week.push(rate);
        chunk.truth.dropout.push(dropout);
        chunk.truth.mean_spend.push(p / scale);
        // Who leaves at a time of their own is active until then, silent or not.
        let active = match self.timing {
            PurchaseTiming::ParetoNbd { .. } => leaves >= end,
            _ => active,
        };
        chunk.truth.active.push(active);
        Ok(())
    }
}

/// Rows and truth of some customers.
#[derive(Default)]
struct Chunk {
    customer: Vec<CustomerIx>,
    day: Vec<i32>,
    amount: Vec<i64>,
    truth: PurchaseTruth,
}

impl Chunk {
    fn append(&mut self, mut next: Self) {
        self.customer.append(&mut next.customer);
        self.day.append(&mut next.day);
        self.amount.append(&mut next.amount);
        let (truth, more) = (&mut self.truth, &mut next.truth);
        truth.rate_per_week.append(&mut more.rate_per_week);
        truth.dropout.append(&mut more.dropout);
        truth.mean_spend.append(&mut more.mean_spend);
        truth.active.append(&mut more.active);
    }

    /// Orders the rows by a random number each; equal ones by row.
    fn shuffle(&mut self, seed: u64) {
        let mut order: Vec<(u64, usize)> = (0..self.day.len())
            .into_par_iter()
            .map(|row| (Stream::new(seed, ROW_ORDER, row as u64).next_u64(), row))
            .collect();
        order.par_sort_unstable();
        self.customer = order.iter().map(|&(_, row)| self.customer[row]).collect();
        self.day = order.iter().map(|&(_, row)| self.day[row]).collect();
        self.amount = order.iter().map(|&(_, row)| self.amount[row]).collect();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// With the truth known, the means of the mixing laws must come back.
    #[test]
    fn truth_has_the_moments_of_the_parameters() {
        let params = PurchaseLogParams::default().customers(50_000);
        let truth = params.generate().unwrap().truth;
        let check = |values: &[f64], mean: f64, variance: f64| {
            let n = values.len() as f64;
            let got = values.iter().sum::<f64>() / n;
            let se = (variance / n).sqrt();
            assert!((got - mean).abs() < 5.0 * se, "mean {got}, truth {mean}");
        };
        let PurchaseTiming::BgNbd { r, alpha, a, b } = params.timing else {
            unreachable!("the default");
        };
        check(&truth.rate_per_week, r / alpha, r / alpha.powi(2));
        let n = a + b;
        check(&truth.dropout, a / n, a * b / (n * n * (n + 1.0)));
        // p / ν with ν ~ Gamma(q, γ): mean pγ / (q - 1), variance by q > 2.
        let [p, q, gamma] = params.spend;
        let mean = p * gamma / (q - 1.0);
        check(&truth.mean_spend, mean, mean * mean / (q - 2.0));
    }

    /// The expected number of purchases in a year of a new customer, by
    /// simulation of the definition, against the closed form of Fader, Hardie
    /// and Lee 2005: E[X(52)] = 1.444 at the CDNOW estimates (value computed by
    /// BTYD 2.4.3 at nearby parameters).
    #[test]
    fn purchases_come_at_the_published_rate() {
        let first = date_of_day(0).unwrap();
        let params = PurchaseLogParams::default()
            .customers(200_000)
            .acquired_from(first, 1)
            .until(date_of_day(52 * 7).unwrap());
        let log = params.generate().unwrap().transactions;
        let repeats = (log.len() - log.customers().len()) as f64 / 200_000.0;
        // Between 364 and 365 days are observed: 52.07 weeks on average.
        assert!((repeats - 1.445).abs() < 0.03, "{repeats}");
    }

    #[test]
    fn impossible_populations_are_refused_by_name() {
        let fault = |params: PurchaseLogParams| params.generate().unwrap_err().to_string();
        let params = PurchaseLogParams::default;
        assert!(fault(params().spend(6.0, f64::NAN, 15.0)).starts_with("q is NaN"));
        assert!(fault(params().acquired_from(params().until, 0)).starts_with("acquisition_days"));
        assert!(fault(params().until(date_of_day(0).unwrap())).starts_with("until is 1970-01-01"));
        assert!(fault(params().first_customer(u64::MAX)).contains("2^63"));
    }
}
