//! Maximum likelihood for models of a few positive parameters, and what a fit
//! tells besides them.

use serde::{Deserialize, Serialize};

use crate::{
    Error, Result,
    numeric::{
        cholesky::Cholesky,
        newton::{Ending, Minimum, Newton, Point, Rest},
        special::{ln_gamma, ln_upper_gamma},
    },
};

/// How a fit ended.
///
/// # Example
///
/// ```
/// use custometry::value::{BgNbdParams, FitVerdict, PurchaseHistories, PurchaseModel};
/// // Nobody ever drops out in these histories: the best dropout rate is 0.
/// let x = [3, 4, 5, 6, 7, 8, 9];
/// let last = [290., 280., 299., 295., 298., 300., 300.];
/// let histories = PurchaseHistories::from_columns(&x, &last, &[300.; 7], None)?;
/// let model = BgNbdParams::default().fit(&histories)?;
/// let report = model.fit_report().unwrap();
/// assert!(matches!(report.verdict, FitVerdict::OnBoundary { .. }));
/// assert!(report.verdict.statement().contains("goes to"));
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum FitVerdict {
    /// At a maximum of the likelihood inside the range of the parameters.
    Converged,
    /// The likelihood rises for ever towards a limit: the model has more
    /// parameters than these data can tell apart. The parameters are finite and
    /// predict as the limit does; standard errors do not exist.
    OnBoundary {
        /// The parameters that run off, and whether to 0 or to infinity.
        parameters: Vec<(String, Limit)>,
    },
}

/// Where a parameter runs off to.
///
/// # Example
///
/// ```
/// use custometry::value::Limit;
/// assert_ne!(Limit::Zero, Limit::Infinity);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Limit {
    /// To 0.
    Zero,
    /// Past all bounds.
    Infinity,
}

impl FitVerdict {
    /// The verdict in words.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::value::FitVerdict;
    /// assert_eq!(FitVerdict::Converged.statement(), "converged at an inner maximum");
    /// ```
    pub fn statement(&self) -> String {
        let Self::OnBoundary { parameters } = self else {
            return "converged at an inner maximum".to_owned();
        };
        let goes = |(name, limit): &(String, Limit)| match limit {
            Limit::Zero => format!("{name} goes to 0"),
            Limit::Infinity => format!("{name} goes to infinity"),
        };
        let all: Vec<String> = parameters.iter().map(goes).collect();
        format!(
            "the likelihood keeps rising as {}; these data do not tell it from a simpler model",
            all.join(" and ")
        )
    }
}

/// What a fit tells besides the parameters.
///
/// # Example
///
/// ```
/// use custometry::{data::date_of_day, simulate::PurchaseLogParams,
///                  value::{BgNbdParams, PurchaseHistories, PurchaseModel, SummaryState}};
///
/// let log = PurchaseLogParams::default().customers(5_000).generate()?.transactions;
/// let summary = SummaryState::new(&log)?.summary(date_of_day(10_407).unwrap())?;
/// let model = BgNbdParams::default().fit(&PurchaseHistories::new(&summary)?)?;
/// let report = model.fit_report().unwrap();
/// assert!(report.aic() < report.bic());
/// assert_eq!(report.standard_errors().unwrap().len(), 4);
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct FitReport {
    /// How the fit ended.
    pub verdict: FitVerdict,
    /// The log-likelihood at the parameters.
    pub log_likelihood: f64,
    /// The customers, or the sum of their weights.
    pub customers: f64,
    /// The number of parameters.
    pub parameters: usize,
    /// Newton steps taken.
    pub iterations: usize,
    /// The covariance of the parameters, row by row: the inverse of the observed
    /// information. `None` on the boundary, where it does not exist.
    pub covariance: Option<Vec<f64>>,
}

impl FitReport {
    /// The standard errors, in the order of the parameters.
    ///
    /// # Example
    ///
    /// See [`FitReport`].
    pub fn standard_errors(&self) -> Option<Vec<f64>> {
        let n = self.parameters;
        let covariance = self.covariance.as_ref()?;
        Some((0..n).map(|at| covariance[at * n + at].sqrt()).collect())
    }

    /// Akaike's information criterion, 2k - 2 ln L; smaller is better.
    ///
    /// # Example
    ///
    /// See [`FitReport`].
    pub fn aic(&self) -> f64 {
        2.0 * self.parameters as f64 - 2.0 * self.log_likelihood
    }

    /// The Bayesian information criterion, k ln n - 2 ln L; smaller is better.
    ///
    /// # Example
    ///
    /// See [`FitReport`].
    pub fn bic(&self) -> f64 {
        self.parameters as f64 * self.customers.ln() - 2.0 * self.log_likelihood
    }

    /// The covariance of a fit, or why there is none.
    pub(super) fn covariance_of(report: Option<&Self>) -> Result<&[f64]> {
        let missing = |why: String| {
            let remedy = "bootstrap the model for intervals";
            Error::Degenerate {
                what: format!("no standard errors: {why}; {remedy}").into(),
            }
        };
        let Some(report) = report else {
            return Err(missing("the parameters were given, not fitted".to_owned()));
        };
        let covariance = report.covariance.as_deref();
        covariance.ok_or_else(|| missing(report.verdict.statement()))
    }

    /// Whether a fit of so many parameters could have given this report.
    pub(super) fn check(&self, parameters: usize) -> Result<()> {
        Error::check_length("parameters", parameters, self.parameters)?;
        let Some(covariance) = &self.covariance else {
            return Ok(());
        };
        Error::check_length("covariance", parameters * parameters, covariance.len())?;
        let variances = (0..parameters).map(|at| covariance[at * parameters + at]);
        match variances.into_iter().find(|variance| *variance <= 0.0) {
            None => Ok(()),
            Some(variance) => Err(Error::parameter("variance", variance, "a number above 0")),
        }
    }
}

/// Two models of the same data, one of which is a special case of the other: does
/// the larger fit better than chance would have it?
///
/// # Example
///
/// ```
/// use custometry::{data::date_of_day, simulate::PurchaseLogParams, value::*};
///
/// let log = PurchaseLogParams::default().customers(2_000).generate()?.transactions;
/// let summary = SummaryState::new(&log)?.summary(date_of_day(10_407).unwrap())?;
/// let histories = PurchaseHistories::new(&summary)?;
/// let nobody_leaves = NbdParams::default().fit(&histories)?;
/// let some_leave = ParetoNbdParams::default().fit(&histories)?;
/// let test = LikelihoodRatio::new(
///     nobody_leaves.fit_report().unwrap(),
///     some_leave.fit_report().unwrap(),
/// )?;
/// assert_eq!(test.degrees_of_freedom, 2);
/// assert!(test.p_value < 1e-6);
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct LikelihoodRatio {
    /// Twice the difference of the log-likelihoods, not below 0.
    pub statistic: f64,
    /// The parameters that the larger model has more.
    pub degrees_of_freedom: usize,
    /// The chance of so large a statistic if the smaller model is true, by the
    /// chi-square law (Wilks 1938, doi:10.1214/aoms/1177732360). Where the smaller
    /// model lies on the boundary of the larger, as NBD does of the others, the
    /// truth is smaller: the test errs on the side of the smaller model.
    pub p_value: f64,
}

impl LikelihoodRatio {
    /// Tests the smaller of two nested models against the larger.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`] if the larger has no more parameters than the
    /// smaller; [`Error::VersionMismatch`] if they were not fitted to as many
    /// customers.
    ///
    /// # Example
    ///
    /// See [`LikelihoodRatio`].
    pub fn new(smaller: &FitReport, larger: &FitReport) -> Result<Self> {
        let degrees_of_freedom = larger.parameters.saturating_sub(smaller.parameters);
        if degrees_of_freedom == 0 {
            let expected = format!("more than {}, those of the smaller", smaller.parameters);
            let name = "number of parameters of the larger model";
            return Err(Error::parameter(name, larger.parameters, expected));
        }
        if (smaller.customers - larger.customers).abs() > 1e-9 * larger.customers {
            return Err(Error::VersionMismatch {
                what: "number of customers fitted to",
                expected: smaller.customers.to_string().into(),
                found: larger.customers.to_string().into(),
            });
        }
        let gain = larger.log_likelihood - smaller.log_likelihood;
        let statistic = (2.0 * gain).max(0.0);
        Ok(Self {
            statistic,
            degrees_of_freedom,
            p_value: chi_square_tail(statistic, degrees_of_freedom),
        })
    }
}

impl LikelihoodRatio {
    /// Tests one model of all customers against models of its parts, such as cohorts:
    /// are the parts alike?
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`] for fewer than two parts;
    /// [`Error::VersionMismatch`] unless the parts have as many customers together as
    /// all, and each has the parameters of all.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::value::{ContractHistories, ContractModel, LikelihoodRatio, SbgParams};
    /// // Fader and Hardie 2007: regular and high-end customers do not renew alike.
    /// let rows = [vec![1000, 631, 468, 382, 326], vec![1000, 869, 743, 653, 593]];
    /// let fit = |rows: &[Vec<u64>]| {
    ///     SbgParams::default().fit(&ContractHistories::from_survivors(rows)?)
    /// };
    /// let (all, regular, high_end) = (fit(&rows)?, fit(&rows[..1])?, fit(&rows[1..])?);
    /// let parts = [regular.fit_report().unwrap(), high_end.fit_report().unwrap()];
    /// let test = LikelihoodRatio::of_parts(all.fit_report().unwrap(), &parts)?;
    /// assert_eq!(test.degrees_of_freedom, 2);
    /// assert!(test.p_value < 1e-30);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn of_parts(all: &FitReport, parts: &[&FitReport]) -> Result<Self> {
        if parts.len() < 2 {
            return Err(Error::parameter("parts", parts.len(), "at least 2"));
        }
        if let Some(part) = parts.iter().find(|part| part.parameters != all.parameters) {
            return Err(Error::VersionMismatch {
                what: "number of parameters of a part",
                expected: all.parameters.to_string().into(),
                found: part.parameters.to_string().into(),
            });
        }
        let together = FitReport {
            log_likelihood: parts.iter().map(|part| part.log_likelihood).sum(),
            customers: parts.iter().map(|part| part.customers).sum(),
            parameters: parts.iter().map(|part| part.parameters).sum(),
            ..all.clone()
        };
        Self::new(all, &together)
    }
}

/// The chance that a chi-square variate exceeds this.
pub(super) fn chi_square_tail(statistic: f64, degrees_of_freedom: usize) -> f64 {
    if statistic <= 0.0 {
        return 1.0;
    }
    let half = 0.5 * degrees_of_freedom as f64;
    (ln_upper_gamma(half, 0.5 * statistic) - ln_gamma(half))
        .exp()
        .min(1.0)
}

/// The core of a model: a few positive parameters by name.
pub(super) trait Parametric: Clone + Sync + Send {
    /// The parameters, in order.
    const NAMES: &'static [&'static str];

    /// As the model is called in messages.
    fn model(&self) -> &'static str;
    fn parameters(&self) -> Vec<f64>;
    /// The same model with other parameters.
    fn with_parameters(&self, parameters: &[f64]) -> Self;
}

/// Refuses parameters that define no model.
pub(super) fn checked<P: Parametric>(core: P) -> Result<P> {
    for (name, value) in P::NAMES.iter().zip(core.parameters()) {
        // Written so that NaN fails as well.
        if !(value > 0.0 && value.is_finite()) {
            return Err(Error::parameter(name, value, "a finite number above 0"));
        }
    }
    Ok(core)
}

/// A fit by maximum likelihood.
pub(super) struct Fitted {
    pub(super) parameters: Vec<f64>,
    pub(super) report: FitReport,
}

/// A log-likelihood with its derivatives, in the parameters themselves.
pub(super) type LogLikelihood = Point;

/// How far a parameter may go from 1 either way, as a logarithm, in the scale
/// of the data. Where it would go further the likelihood is flat to rounding.
const REACH: f64 = 12.0;

/// The fall in log-likelihood that is not worth another step: parameters are
/// then within 2e-6 of a standard error of the maximum.
const TOLERANCE: f64 = 1e-12;

/// Maximises a log-likelihood over positive parameters, from as many starts as it
/// takes to find an inner maximum. `scale` is the size that each parameter has by
/// its unit.
pub(super) fn maximise(
    model: &'static str,
    names: &[&'static str],
    scale: &[f64],
    starts: &[Vec<f64>],
    customers: f64,
    log_likelihood: impl Fn(&[f64]) -> LogLikelihood,
) -> Result<Fitted> {
    let n = names.len();
    // In logarithms of the parameters over their scale, downhill.
    let natural = |logs: &[f64]| -> Vec<f64> {
        let scaled = logs.iter().zip(scale);
        scaled.map(|(log, scale)| log.exp() * scale).collect()
    };
    let logs = |start: &[f64]| -> Vec<f64> {
        let scaled = start.iter().zip(scale);
        scaled.map(|(p, scale)| (p / scale).ln()).collect()
    };
    let downhill = |logs: &[f64]| -> Option<Point> {
        let p = natural(logs);
        let up = log_likelihood(&p);
        let mut hessian = vec![0.0; n * n];
        for row in 0..n {
            for column in 0..n {
                hessian[row * n + column] = -p[row] * p[column] * up.hessian[row * n + column];
            }
            hessian[row * n + row] -= p[row] * up.gradient[row];
        }
        Some(Point {
            value: -up.value,
            gradient: (0..n).map(|at| -p[at] * up.gradient[at]).collect(),
            hessian,
        })
    };
    let newton = Newton {
        bounds: vec![(-REACH, REACH); n],
        tolerance: TOLERANCE,
        max_iterations: 500,
    };
    // One inner maximum is the answer. Where a start leads to a bound or nowhere,
    // the others may know better.
    let mut best: Option<Minimum> = None;
    for start in starts {
        let found = newton.minimise(&logs(start), downhill);
        let Some(found) = found else { continue };
        let inner = found.ending == Ending::Converged;
        let better = |best: &Minimum| found.point.value < best.point.value;
        if inner || best.as_ref().is_none_or(better) {
            best = Some(found);
        }
        if inner {
            break;
        }
    }
    let best = best.ok_or(Error::Degenerate {
        what: "the likelihood is not finite anywhere near; check the histories".into(),
    })?;
    let parameters = natural(&best.at);
    let verdict = match best.ending {
        Ending::Converged => FitVerdict::Converged,
        Ending::OnBoundary => FitVerdict::OnBoundary {
            parameters: (names.iter().zip(&best.rests))
                .filter_map(|(name, rest)| match rest {
                    Rest::Inside => None,
                    Rest::AtLower => Some(((*name).to_owned(), Limit::Zero)),
                    Rest::AtUpper => Some(((*name).to_owned(), Limit::Infinity)),
                })
                .collect(),
        },
        Ending::Unfinished => {
            return Err(Error::NotConverged {
                model,
                iterations: best.iterations,
                last_change: best.decrement,
                tolerance: TOLERANCE,
            });
        }
    };
    // Back from logarithms to the parameters themselves.
    let information = |at: usize| {
        let (row, column) = (at / n, at % n);
        let own = if row == column {
            best.point.gradient[row]
        } else {
            0.0
        };
        (best.point.hessian[at] - own) / (parameters[row] * parameters[column])
    };
    let covariance = (verdict == FitVerdict::Converged)
        .then(|| (0..n * n).map(information).collect::<Vec<f64>>())
        .and_then(|information| Some(Cholesky::new(n, &information)?.inverse()));
    Ok(Fitted {
        parameters,
        report: FitReport {
            verdict,
            log_likelihood: -best.point.value,
            customers,
            parameters: n,
            iterations: best.iterations,
            covariance,
        },
    })
}
