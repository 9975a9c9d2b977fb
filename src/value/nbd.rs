//! NBD: purchases at random, by customers who never leave.
//!
//! # Question
//!
//! How much will each customer buy if nobody leaves? The yardstick of the other
//! purchase models: what they fit better than this is the evidence that customers
//! drop out.
//!
//! # Model
//!
//! A customer buys at random with a rate λ of their own; rates are gamma
//! distributed over customers.
//!
//! ```text
//! L(r, α | x, T) = Γ(r+x)/Γ(r) α^r (α+T)^-(r+x)
//! ```
//!
//! where x is the frequency and T the age of a customer, r and α the shape and the
//! rate of the gamma law.
//!
//! # How to read it
//!
//! r/α is the mean rate of purchases per unit of time. A small r says that customers
//! differ a lot.
//!
//! # Limits
//!
//! P(alive) is 1 for everybody. Over horizons in which customers leave it promises
//! too much.
//!
//! # Complexity
//!
//! A fit takes about ten passes over the different histories, in parallel.
//!
//! # References
//!
//! - Ehrenberg, A. S. C. (1959). The pattern of consumer purchases. *Applied
//!   Statistics* 8(1), 26-41. doi:10.2307/2985810

use serde::{Deserialize, Serialize};

use super::{
    FitReport, PurchaseHistory,
    fit::{LogLikelihood, Parametric},
    gamma_rates::{GammaRates, rising},
    negative_binomial::NegativeBinomial,
    process::{Known, Process, sum_by_frequency},
    purchase_model::purchase_model,
};
use crate::data::TimeUnit;

/// How to fit NBD.
///
/// # Example
///
/// ```
/// use custometry::{data::date_of_day, simulate::PurchaseLogParams, value::*};
///
/// let log = PurchaseLogParams::default().customers(2_000).generate()?.transactions;
/// let summary = SummaryState::new(&log)?.summary(date_of_day(10_407).unwrap())?;
/// let histories = PurchaseHistories::new(&summary)?;
/// let nbd = NbdParams::default().fit(&histories)?;
/// let bg_nbd = BgNbdParams::default().fit(&histories)?;
/// // These customers do leave, and the data show it.
/// assert!(bg_nbd.fit_report().unwrap().bic() < nbd.fit_report().unwrap().bic());
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NbdParams {
    unit: TimeUnit,
}

/// An NBD model: fitted, or given by published parameters.
///
/// # Example
///
/// ```
/// use custometry::{data::{Days, TimeUnit}, value::{Nbd, PurchaseHistory, PurchaseModel}};
///
/// let model = Nbd::new(TimeUnit::Weeks, 0.385, 12.07)?;
/// let known = PurchaseHistory::new(2, Days::from_weeks(30.43), Days::from_weeks(38.86))?;
/// assert_eq!(model.p_alive_one(&known), 1.0);
/// // (r + x) / (α + T) purchases a week.
/// let next = model.expected_purchases_one(&known, Days::from_weeks(39.0))?;
/// assert!((next - 39.0 * 2.385 / 50.93).abs() < 1e-9);
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "NbdFields", into = "NbdFields")]
pub struct Nbd {
    core: Core,
    report: Option<FitReport>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Core {
    unit: TimeUnit,
    r: f64,
    alpha: f64,
}

fn core(unit: TimeUnit, r: f64, alpha: f64) -> Core {
    Core { unit, r, alpha }
}

purchase_model! {
    Nbd, NbdParams, NbdFields, "custometry/nbd",
    "Nbd::new(TimeUnit::Weeks, 0.385, 12.07)",
    Core = core,
    /// The shape of the gamma law of purchase rates.
    r,
    /// The rate of the gamma law of purchase rates, in units of time.
    alpha
}

impl Core {
    /// The mean rate of a customer with this history.
    fn rate(&self, known: &Known) -> f64 {
        (self.r + known.x) / (self.alpha + known.age)
    }
}

impl Parametric for Core {
    const NAMES: &'static [&'static str] = &["r", "alpha"];

    fn model(&self) -> &'static str {
        "NBD"
    }

    fn parameters(&self) -> Vec<f64> {
        vec![self.r, self.alpha]
    }

    fn with_parameters(&self, parameters: &[f64]) -> Self {
        core(self.unit, parameters[0], parameters[1])
    }
}

impl Process for Core {
    const TIMES: &'static [bool] = &[false, true];

    fn unit(&self) -> TimeUnit {
        self.unit
    }

    fn starts(&self) -> Vec<Vec<f64>> {
        vec![vec![0.5, 0.5], vec![5.0, 5.0]]
    }

    fn log_likelihood(&self, cells: &[PurchaseHistory], weights: &[f64]) -> LogLikelihood {
        let rates = GammaRates::new(self.r, self.alpha);
        sum_by_frequency::<2, _>(
            cells,
            weights,
            self.unit,
            |x| rising(self.r, x),
            |own, known, weight, sums| {
                let silence = rates.silence(known.x, known.age);
                let [by_r, by_alpha] = silence.slope;
                let curvature = [[own[2], 0.0], [silence.mixed, silence.by_rate_twice]];
                sums.add(
                    weight,
                    own[0] + silence.value,
                    &[own[1] + by_r, by_alpha],
                    &curvature,
                );
            },
        )
    }

    fn p_alive(&self, _: &Known) -> f64 {
        1.0
    }

    fn p_stays(&self, _: &Known, _: f64) -> f64 {
        1.0
    }

    fn expected_if_active(&self, known: &Known, t: f64) -> f64 {
        self.rate(known) * t
    }

    fn exactly_if_active(&self, known: &Known, n: u32, t: f64) -> f64 {
        let nbd = NegativeBinomial {
            shape: self.r + known.x,
            scale: self.alpha + known.age,
            time: t,
        };
        nbd.exactly(n)
    }

    fn residuals_if_active(&self, same: &[Known], rate: f64) -> Vec<f64> {
        same.iter().map(|known| self.rate(known) / rate).collect()
    }

    fn time_scale(&self, _: &Known) -> f64 {
        // The rate never falls off.
        f64::INFINITY
    }

    fn silence(&self, _: f64, _: f64, _: f64) -> Option<f64> {
        None
    }
}
