//! Gamma-Gamma: what a purchase is worth.
//!
//! # Question
//!
//! How much will each customer spend on a purchase day, when most have shown it only
//! a few times?
//!
//! # Model
//!
//! The amounts of a customer are gamma distributed with shape p around a mean of
//! their own; the rates of these laws are gamma distributed over customers with
//! shape q and rate γ. How much a customer spends has nothing to do with how often.
//!
//! ```text
//! L(p, q, γ | x, z) = Γ(px+q)/(Γ(px) Γ(q)) γ^q z^(px-1) x^(px) / (γ + x z)^(px+q)
//! E[M | x, z]       = p (γ + x z) / (px + q - 1)
//! ```
//!
//! where x is the number of repeat purchase days of a customer and z the mean amount
//! of one.
//!
//! # How to read it
//!
//! pγ/(q-1) is the mean over customers. The expectation of one customer lies between
//! it and their own mean, the closer to their own the more purchases are known: one
//! lucky first basket does not make a big spender.
//!
//! # Limits
//!
//! If q is not above 1 the mean over customers does not exist: a few huge amounts
//! rule the data. If amounts rise or fall with frequency the model is biased. A fit
//! tells both, see [`SpendEligibility`]. Amounts must be positive.
//!
//! # Complexity
//!
//! A fit takes about ten passes over the customers with repeat purchases, in
//! parallel.
//!
//! # References
//!
//! - Colombo, R. and Jiang, W. (1999). A stochastic RFM model. *Journal of
//!   Interactive Marketing* 13(3), 2-12.
//! - Fader, P. S. and Hardie, B. G. S. (2013). The Gamma-Gamma model of monetary
//!   value. brucehardie.com/notes/025

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::{
    FitReport, SpendHistories,
    fit::{LogLikelihood, maximise},
    gamma_rates::rising,
    prediction::{Intervals, log_covariance, variance},
    process::Sums,
    spends::Spend,
};
use crate::{
    Error, Result,
    data::Estimate,
    numeric::{
        map_chunks,
        special::{ln_beta, trigamma},
    },
    persist,
};

/// How to fit Gamma-Gamma.
///
/// # Example
///
/// ```
/// use custometry::{data::date_of_day, simulate::PurchaseLogParams, value::*};
///
/// // Simulated from p 6.25, q 3.74, gamma 15.44.
/// let log = PurchaseLogParams::default().customers(20_000).generate()?.transactions;
/// let summary = SummaryState::new(&log)?.summary(date_of_day(10_407).unwrap())?;
/// let model = GammaGammaParams::default().fit(&SpendHistories::new(&summary))?;
/// let mean = model.expected_of_new_customer()?;
/// assert!((mean / (6.25 * 15.44 / 2.74) - 1.0).abs() < 0.03);
/// assert_eq!(model.eligibility().unwrap().verdict(), SpendVerdict::Eligible);
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct GammaGammaParams {}

/// Whether the data suit a Gamma-Gamma model, told by a fit.
///
/// # Example
///
/// ```
/// use custometry::value::{GammaGammaParams, SpendHistories};
/// let x = [1, 2, 3, 4, 5, 6];
/// let mean = [10.0, 35.0, 18.0, 22.0, 55.0, 27.0];
/// let model = GammaGammaParams::default().fit(&SpendHistories::from_columns(&x, &mean, None)?)?;
/// let told = model.eligibility().unwrap();
/// assert_eq!((told.customers, told.not_positive), (6, 0));
/// assert!((told.correlation.unwrap().value - 0.5060).abs() < 1e-4);
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SpendEligibility {
    /// Customers that the fit learnt from.
    pub customers: usize,
    /// Customers with repeat purchases whose mean is not above 0, left out.
    pub not_positive: usize,
    /// The correlation of frequency and mean amount over the customers used, with a
    /// 95 % interval by Fisher's transformation. `None` for fewer than four
    /// customers, or if all have one frequency or one mean.
    pub correlation: Option<Estimate>,
    /// Whether the mean over customers exists: q is above 1.
    pub has_mean: bool,
}

/// What [`SpendEligibility`] comes to.
///
/// # Example
///
/// ```
/// use custometry::value::SpendVerdict;
/// assert!(SpendVerdict::NoMean.statement().contains("q is not above 1"));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum SpendVerdict {
    /// Nothing speaks against the model.
    Eligible,
    /// Amounts rise or fall with frequency.
    Correlated,
    /// q is not above 1: the mean over customers does not exist.
    NoMean,
}

/// The correlation that Cohen (1988) calls medium; below it the bias is small
/// beside the spread of amounts.
const NOTABLE: f64 = 0.3;

impl SpendEligibility {
    /// The verdict: no mean before correlated before eligible. Correlated means an
    /// estimate beyond ±0.3 with an interval that leaves out 0.
    ///
    /// # Example
    ///
    /// See [`GammaGammaParams`].
    pub fn verdict(&self) -> SpendVerdict {
        let notable = |r: &Estimate| r.value.abs() >= NOTABLE && r.lo * r.hi > 0.0;
        if !self.has_mean {
            SpendVerdict::NoMean
        } else if self.correlation.as_ref().is_some_and(notable) {
            SpendVerdict::Correlated
        } else {
            SpendVerdict::Eligible
        }
    }
}

impl SpendVerdict {
    /// The verdict in words.
    ///
    /// # Example
    ///
    /// See [`SpendVerdict`].
    pub fn statement(self) -> &'static str {
        match self {
            Self::Eligible => "nothing speaks against the spend model",
            Self::Correlated => {
                "amounts go with frequency, which the model says they do not; fit groups of like \
                 frequency apart"
            }
            Self::NoMean => {
                "q is not above 1, so the mean over customers does not exist; look for a few huge \
                 amounts and fit them apart"
            }
        }
    }
}

/// A Gamma-Gamma model: fitted, or given by published parameters.
///
/// # Example
///
/// ```
/// use custometry::value::GammaGamma;
///
/// // Fader and Hardie 2013; the first customer bought twice for 22.35 on average.
/// let model = GammaGamma::new(6.25, 3.74, 15.44)?;
/// assert!((model.expected_spend_one(2, 22.35)? - 24.66).abs() < 5e-3);
/// assert!((model.expected_of_new_customer()? - 35.22).abs() < 5e-3);
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Fields", into = "Fields")]
pub struct GammaGamma {
    core: Core,
    report: Option<FitReport>,
    eligibility: Option<SpendEligibility>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct Core {
    p: f64,
    q: f64,
    gamma: f64,
}

const NAMES: [&str; 3] = ["p", "q", "gamma"];

/// Customers added up together; a constant.
const CHUNK: usize = 1 << 12;

impl GammaGammaParams {
    /// Fits the model by maximum likelihood to the customers with a repeat purchase
    /// and a mean above 0.
    ///
    /// # Errors
    ///
    /// [`Error::NotEnoughData`] for fewer than four such customers,
    /// [`Error::Degenerate`] if all have one mean, [`Error::NotConverged`] if no
    /// maximum was found.
    ///
    /// # Example
    ///
    /// See [`GammaGammaParams`].
    pub fn fit(&self, spends: &SpendHistories) -> Result<GammaGamma> {
        let rows = spends.sorted();
        let weighed: Vec<Spend> = rows.into_iter().filter(|row| row.weight > 0.0).collect();
        if weighed.len() <= NAMES.len() {
            return Err(Error::NotEnoughData {
                what: "customers with a repeat purchase and a mean amount above 0".into(),
                needed: NAMES.len() + 1,
                found: weighed.len(),
            });
        }
        let means = || weighed.iter().map(|row| row.total / row.x);
        let (least, most) = (
            means().fold(f64::INFINITY, f64::min),
            means().fold(0.0, f64::max),
        );
        if most <= least * (1.0 + 1e-12) {
            return Err(Error::Degenerate {
                what: format!(
                    "all customers spend {least} on average, so there is nothing to model; take \
                     it as the spend of everybody"
                )
                .into(),
            });
        }
        let customers = weighed.iter().map(|row| row.weight).sum();
        let typical = (0.5 * (least.ln() + most.ln())).exp();
        let starts = [
            vec![5.0, 3.0, 0.5 * typical],
            vec![1.0, 2.0, typical],
            vec![30.0, 10.0, 0.3 * typical],
        ];
        let fitted = maximise(
            "Gamma-Gamma",
            &NAMES,
            &[1.0, 1.0, typical],
            &starts,
            customers,
            |p| Core::new(p).log_likelihood(&weighed),
        )?;
        let core = Core::new(&fitted.parameters);
        Ok(GammaGamma {
            core,
            report: Some(fitted.report),
            eligibility: Some(SpendEligibility {
                customers: weighed.len(),
                not_positive: spends.not_positive(),
                correlation: correlation(&weighed),
                has_mean: core.q > 1.0,
            }),
        })
    }
}

/// Pearson's correlation of frequency and mean amount, with Fisher's interval.
fn correlation(rows: &[Spend]) -> Option<Estimate> {
    let total: f64 = rows.iter().map(|row| row.weight).sum();
    let mean =
        |of: fn(&Spend) -> f64| rows.iter().map(|row| row.weight * of(row)).sum::<f64>() / total;
    let (x, z) = (mean(|row| row.x), mean(|row| row.total / row.x));
    let (mut xx, mut zz, mut xz) = (0.0, 0.0, 0.0);
    for row in rows {
        let (dx, dz) = (row.x - x, row.total / row.x - z);
        xx += row.weight * dx * dx;
        zz += row.weight * dz * dz;
        xz += row.weight * dx * dz;
    }
    if total <= 3.0 || xx <= 0.0 || zz <= 0.0 {
        return None;
    }
    let r = (xz / (xx.sqrt() * zz.sqrt())).clamp(-1.0, 1.0);
    let se = (1.0 - r * r) / (total - 1.0).sqrt();
    let fisher = Estimate::normal(r.atanh(), 1.0 / (total - 3.0).sqrt(), 0.95).ok()?;
    Estimate::with_interval(r, se, fisher.lo.tanh(), fisher.hi.tanh(), 0.95).ok()
}

impl Core {
    fn new(parameters: &[f64]) -> Self {
        let [p, q, gamma] = [0, 1, 2].map(|at| parameters[at]);
        Self { p, q, gamma }
    }

    fn parameters(&self) -> [f64; 3] {
        [self.p, self.q, self.gamma]
    }

    /// In the form
    ///
    /// ```text
    /// -ln B(px, q) - q ln(1 + S/γ) + px ln(S/(γ+S)) - ln z,   S = x z
    /// ```
    ///
    /// in which nothing huge cancels.
    fn log_likelihood(&self, rows: &[Spend]) -> LogLikelihood {
        let Self { p, q, gamma } = *self;
        let partial = map_chunks(rows.len(), CHUNK, |range| {
            let mut sums = Sums::<3>::ZERO;
            for same in rows[range].chunk_by(|a, b| a.x.total_cmp(&b.x).is_eq()) {
                let x = same[0].x;
                let a = p * x;
                // ln Γ(a+q)/Γ(a), ln Γ(a+q)/Γ(q) and ln B(a, q), by their derivatives.
                let by_a = rising(a, q);
                let by_q = rising(q, a);
                let (ln_beta, trigamma_all) = (ln_beta(a, q), trigamma(a + q));
                for row in same {
                    let Spend { total, weight, .. } = *row;
                    let whole = gamma + total;
                    let kept = (total / whole).ln();
                    let spread = (total / gamma).ln_1p();
                    let value = a * kept - ln_beta - q * spread - (total / x).ln();
                    let slope = [
                        x * (by_a[1] + kept),
                        by_q[1] - spread,
                        // q/γ - (a+q)/(γ+S)
                        (q * total / gamma - a) / whole,
                    ];
                    let curvature = [
                        [x * x * by_a[2], 0.0, 0.0],
                        [x * trigamma_all, by_q[2], 0.0],
                        [
                            -x / whole,
                            total / (gamma * whole),
                            (a + q) / (whole * whole) - q / (gamma * gamma),
                        ],
                    ];
                    sums.add(weight, value, &slope, &curvature);
                }
            }
            sums
        });
        Sums::total(partial)
    }

    /// The expected amount of a customer with x purchases that come to a total.
    /// Infinite if it does not exist.
    fn expected(&self, x: f64, total: f64) -> f64 {
        let left = self.p * x + self.q - 1.0;
        if left > 0.0 {
            self.p * (self.gamma + total) / left
        } else {
            f64::INFINITY
        }
    }

    /// The slopes of [`expected`](Self::expected) by the logarithms of the parameters.
    fn slopes(&self, x: f64, total: f64) -> [f64; 3] {
        let left = self.p * x + self.q - 1.0;
        let expected = self.expected(x, total);
        [
            expected * (self.q - 1.0) / left,
            -expected * self.q / left,
            self.p * self.gamma / left,
        ]
    }
}

impl GammaGamma {
    /// A model by its parameters; γ in units of currency.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`] unless all are finite and above 0.
    ///
    /// # Example
    ///
    /// See [`GammaGamma`].
    pub fn new(p: f64, q: f64, gamma: f64) -> Result<Self> {
        for (name, value) in NAMES.into_iter().zip([p, q, gamma]) {
            // Written so that NaN fails as well.
            if !(value > 0.0 && value.is_finite()) {
                return Err(Error::parameter(name, value, "a finite number above 0"));
            }
        }
        Ok(Self {
            core: Core { p, q, gamma },
            report: None,
            eligibility: None,
        })
    }

    /// The shape of the amounts of one customer.
    ///
    /// # Example
    ///
    /// ```
    /// let model = custometry::value::GammaGamma::new(6.25, 3.74, 15.44)?;
    /// assert_eq!((model.p(), model.q(), model.gamma()), (6.25, 3.74, 15.44));
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn p(&self) -> f64 {
        self.core.p
    }

    /// The shape of the law of rates over customers.
    ///
    /// # Example
    ///
    /// See [`p`](Self::p).
    pub fn q(&self) -> f64 {
        self.core.q
    }

    /// The rate of the law of rates over customers, in units of currency.
    ///
    /// # Example
    ///
    /// See [`p`](Self::p).
    pub fn gamma(&self) -> f64 {
        self.core.gamma
    }

    /// What the fit told besides the parameters; `None` if they were given.
    ///
    /// # Example
    ///
    /// ```
    /// let model = custometry::value::GammaGamma::new(6.25, 3.74, 15.44)?;
    /// assert!(model.fit_report().is_none() && model.eligibility().is_none());
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn fit_report(&self) -> Option<&FitReport> {
        self.report.as_ref()
    }

    /// Whether the data suit the model; `None` if parameters were given.
    ///
    /// # Example
    ///
    /// See [`SpendEligibility`].
    pub fn eligibility(&self) -> Option<&SpendEligibility> {
        self.eligibility.as_ref()
    }

    /// p, q and γ with standard errors and intervals that are normal in their
    /// logarithms.
    ///
    /// # Errors
    ///
    /// [`Error::Degenerate`] if there are no standard errors: parameters were given,
    /// or lie on the boundary; [`Error::InvalidParameter`] unless the level is
    /// between 0 and 1.
    ///
    /// # Example
    ///
    /// ```
    /// let given = custometry::value::GammaGamma::new(6.25, 3.74, 15.44)?;
    /// assert!(given.estimates(0.95).is_err());
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn estimates(&self, level: f64) -> Result<Vec<Estimate>> {
        let covariance = self.log_covariance()?;
        Ok(Intervals::new(level)?.of_parameters(&self.core.parameters(), &covariance))
    }

    pub(super) fn log_covariance(&self) -> Result<Vec<f64>> {
        log_covariance(&self.core.parameters(), self.report.as_ref())
    }

    /// The expected amount of a purchase day of each customer, in units of currency.
    /// A customer without a repeat purchase gets the mean over customers; one whose
    /// repeat purchases come to less than nothing is taken to have spent nothing.
    ///
    /// # Errors
    ///
    /// [`Error::Degenerate`] if q is not above 1 and the mean of some customer does
    /// not exist; it names the row.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::value::{GammaGamma, SpendHistories};
    /// let model = GammaGamma::new(6.25, 3.74, 15.44)?;
    /// let spends = SpendHistories::from_columns(&[0, 7], &[0.0, 73.74], None)?;
    /// let expected = model.expected_spend(&spends)?;
    /// assert!((expected[0] - 35.22).abs() < 5e-3 && (expected[1] - 71.48).abs() < 0.02);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn expected_spend(&self, spends: &SpendHistories) -> Result<Vec<f64>> {
        let expected: Vec<f64> = (spends.known())
            .map(|(x, total)| self.core.expected(x, total))
            .collect();
        match crate::numeric::first_where(&expected, |value| value.is_infinite()) {
            None => Ok(expected),
            Some(row) => Err(self.no_mean(&format!("of the customer in row {row}"))),
        }
    }

    /// The expected amount of a customer with so many repeat purchase days of this
    /// mean.
    ///
    /// # Errors
    ///
    /// [`Error::Degenerate`] if it does not exist, [`Error::InvalidParameter`] if
    /// the mean is not finite.
    ///
    /// # Example
    ///
    /// See [`GammaGamma`].
    pub fn expected_spend_one(&self, frequency: u32, mean: f64) -> Result<f64> {
        if frequency > 0 && !mean.is_finite() {
            return Err(Error::parameter("mean", mean, "a finite amount of money"));
        }
        let x = f64::from(frequency);
        let total = if frequency > 0 {
            x * mean.max(0.0)
        } else {
            0.0
        };
        let expected = self.core.expected(x, total);
        if expected.is_infinite() {
            return Err(self.no_mean("of this customer"));
        }
        Ok(expected)
    }

    /// The mean over customers: what to expect of one without repeat purchases.
    ///
    /// # Errors
    ///
    /// [`Error::Degenerate`] if q is not above 1.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::value::GammaGamma;
    /// let error = GammaGamma::new(6.25, 0.9, 15.44)?.expected_of_new_customer().unwrap_err();
    /// assert!(error.to_string().contains("q is 0.9"));
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn expected_of_new_customer(&self) -> Result<f64> {
        self.expected_spend_one(0, 0.0)
    }

    fn no_mean(&self, whose: &str) -> Error {
        let q = self.core.q;
        Error::Degenerate {
            what: format!(
                "the expected spend {whose} does not exist, since q is {q} and must be above 1; \
                 look for a few huge amounts and fit them apart"
            )
            .into(),
        }
    }

    /// The expected amount of each customer with its standard error and interval,
    /// by the delta method: how far it would move if the parameters were as wrong
    /// as their standard errors say.
    ///
    /// # Errors
    ///
    /// As [`expected_spend`](Self::expected_spend) and
    /// [`estimates`](Self::estimates).
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::{data::date_of_day, simulate::PurchaseLogParams, value::*};
    /// # let log = PurchaseLogParams::default().customers(2_000).generate()?.transactions;
    /// # let summary = SummaryState::new(&log)?.summary(date_of_day(10_407).unwrap())?;
    /// let spends = SpendHistories::new(&summary);
    /// let model = GammaGammaParams::default().fit(&spends)?;
    /// let first = &model.expected_spend_with_intervals(&spends, 0.95)?[0];
    /// assert!(first.lo < first.value && first.value < first.hi);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn expected_spend_with_intervals(
        &self,
        spends: &SpendHistories,
        level: f64,
    ) -> Result<Vec<Estimate>> {
        let intervals = Intervals::new(level)?;
        let covariance = self.log_covariance()?;
        let expected = self.expected_spend(spends)?;
        let slopes = self.slopes(spends);
        let estimate = |(value, slopes): (&f64, &[f64; 3])| {
            intervals.of_positive(*value, variance(slopes, &covariance).sqrt())
        };
        Ok(expected.iter().zip(&slopes).filter_map(estimate).collect())
    }

    /// The slopes of the expected amounts by the logarithms of the parameters.
    pub(super) fn slopes(&self, spends: &SpendHistories) -> Vec<[f64; 3]> {
        let slopes = |(x, total)| self.core.slopes(x, total);
        spends.known().map(slopes).collect()
    }
}

/// How a model is saved.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Fields {
    p: f64,
    q: f64,
    gamma: f64,
    report: Option<FitReport>,
    eligibility: Option<SpendEligibility>,
}

impl From<GammaGamma> for Fields {
    fn from(model: GammaGamma) -> Self {
        let Core { p, q, gamma } = model.core;
        Self {
            p,
            q,
            gamma,
            report: model.report,
            eligibility: model.eligibility,
        }
    }
}

impl TryFrom<Fields> for GammaGamma {
    type Error = Error;
    fn try_from(fields: Fields) -> Result<Self> {
        if let Some(report) = &fields.report {
            report.check(NAMES.len())?;
        }
        Ok(Self {
            report: fields.report,
            eligibility: fields.eligibility,
            ..Self::new(fields.p, fields.q, fields.gamma)?
        })
    }
}

impl persist::sealed::Sealed for GammaGamma {}
impl persist::Persist for GammaGamma {
    const FORMAT: &'static str = "custometry/gamma-gamma";
    const VERSION: u32 = 1;
}
