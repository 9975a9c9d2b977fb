//! BdW, the beta-discrete-Weibull model: renewals where loyalty itself may change.
//!
//! # Question
//!
//! As for [sBG](super::Sbg), where customers do not all leave with one chance for
//! life: some grow more faithful with every renewal, or more weary.
//!
//! # Model
//!
//! A customer makes n renewals with probability (1-θ)^(n^c), with a θ of their own
//! that is beta distributed over customers, and one c for all.
//!
//! ```text
//! S(n) = B(γ, δ+n^c)/B(γ, δ)                   still there after n renewals
//! r(n) = S(n)/S(n-1)                           make the n-th of those who come to it
//! L    = Π r(n)^renewed(n) (1-r(n))^lost(n)    over n
//! ```
//!
//! # How to read it
//!
//! With c = 1 it is sBG. With c above 1 the chance of a customer to leave rises from
//! renewal to renewal, with c below 1 it falls; how the retention of the base moves is
//! the sum of that and of the fickle leaving first. Whether the data ask for c, the
//! [likelihood ratio](crate::value::LikelihoodRatio) of the two tells.
//!
//! The mean lifetime is infinite where cγ is 1 or less.
//!
//! # Limits
//!
//! Three parameters from a handful of renewals: the standard errors are wide, and
//! projections beyond a few times what was seen are a matter of faith.
//!
//! # Complexity
//!
//! A fit takes about ten passes over the renewals, whatever the number of customers.
//!
//! # References
//!
//! - Fader, P. S., Hardie, B. G. S., Liu, Y., Davin, J. and Steenburgh, T. (2018).
//!   "How to project customer retention" revisited: the role of duration dependence.
//!   *Journal of Interactive Marketing* 43, 1-16. doi:10.1016/j.intmar.2018.01.002

use serde::{Deserialize, Serialize};

use super::{
    super::{
        FitReport,
        fit::{LogLikelihood, Parametric},
    },
    ContractHistories,
    law::{Law, LnRetention, by_renewal},
    model::contract_model,
};
use crate::numeric::special::{digamma, ln_rising, trigamma};

/// How to fit BdW.
///
/// # Example
///
/// ```
/// use custometry::value::{BdwParams, ContractHistories};
///
/// // Fader and Hardie 2007, the high-end segment after seven renewals.
/// let seen = [1000, 869, 743, 653, 593, 551, 517, 491];
/// let histories = ContractHistories::from_survivors(&[seen])?;
/// let model = BdwParams::default().fit(&histories)?;
/// assert!((model.gamma() - 0.21425333928).abs() < 1e-6);
/// assert!((model.delta() - 1.42657487490).abs() < 1e-6);
/// assert!((model.c() - 1.72356484870).abs() < 1e-6);
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct BdwParams {}

/// A BdW model: fitted, or given by published parameters.
///
/// # Example
///
/// ```
/// use custometry::value::{Bdw, ContractModel, Sbg};
/// // With c = 1 it is sBG.
/// let (bdw, sbg) = (Bdw::new(0.704, 1.182, 1.0)?, Sbg::new(0.704, 1.182)?);
/// for (one, other) in bdw.survival_curve(12).iter().zip(sbg.survival_curve(12)) {
///     assert!((one - other).abs() < 1e-14);
/// }
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "BdwFields", into = "BdwFields")]
pub struct Bdw {
    law: DiscreteWeibullLaw,
    report: Option<FitReport>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct DiscreteWeibullLaw {
    gamma: f64,
    delta: f64,
    c: f64,
}

contract_model! {
    Bdw, BdwParams, BdwFields, "custometry/bdw", "Bdw::new(0.456, 0.779, 1.283)",
    DiscreteWeibullLaw,
    /// The first parameter of the beta law of leaving.
    gamma,
    /// The second parameter of the beta law of leaving.
    delta,
    /// How the chance to leave changes with the renewals made: above 1 it rises.
    c
}

/// The part of ln S(n) that moves with n,
///
/// ```text
/// -ln Γ(γ+δ+u)/Γ(δ+u)        u = n^c
/// ```
///
/// with its slopes and curvatures by γ, δ and c.
struct Moving {
    value: f64,
    slope: [f64; 3],
    curvature: [[f64; 3]; 3],
}

impl DiscreteWeibullLaw {
    fn new(gamma: f64, delta: f64, c: f64) -> Self {
        Self { gamma, delta, c }
    }

    fn ln_moving(&self, renewals: f64) -> f64 {
        let stays = self.delta + renewals.powf(self.c);
        // So many that nobody is left: the sum would be one of infinities.
        if stays.is_infinite() {
            return f64::NEG_INFINITY;
        }
        -ln_rising(stays, self.gamma)
    }

    fn moving(&self, renewals: f64) -> Moving {
        let u = renewals.powf(self.c);
        let (stays, all) = (self.delta + u, self.gamma + self.delta + u);
        let by_gamma = -digamma(all);
        let by_u = digamma(stays) - digamma(all);
        let gamma_u = -trigamma(all);
        let u_u = trigamma(stays) - trigamma(all);
        // u by c, once and twice; at n = 0 it is 0 whatever c is.
        let (once, twice) = if renewals > 0.0 {
            (u * renewals.ln(), u * renewals.ln().powi(2))
        } else {
            (0.0, 0.0)
        };
        Moving {
            value: self.ln_moving(renewals),
            slope: [by_gamma, by_u, by_u * once],
            curvature: [
                [gamma_u, gamma_u, gamma_u * once],
                [gamma_u, u_u, u_u * once],
                [gamma_u * once, u_u * once, u_u * once * once + by_u * twice],
            ],
        }
    }

    fn ln_retention(&self, renewal: f64) -> LnRetention<3> {
        let (before, after) = (self.moving(renewal - 1.0), self.moving(renewal));
        LnRetention {
            value: after.value - before.value,
            slope: std::array::from_fn(|at| after.slope[at] - before.slope[at]),
            curvature: std::array::from_fn(|row| {
                std::array::from_fn(|at| after.curvature[row][at] - before.curvature[row][at])
            }),
        }
    }
}

impl Parametric for DiscreteWeibullLaw {
    const NAMES: &'static [&'static str] = &["gamma", "delta", "c"];

    fn model(&self) -> &'static str {
        "BdW"
    }

    fn parameters(&self) -> Vec<f64> {
        vec![self.gamma, self.delta, self.c]
    }

    fn with_parameters(&self, parameters: &[f64]) -> Self {
        Self::new(parameters[0], parameters[1], parameters[2])
    }
}

impl Law for DiscreteWeibullLaw {
    fn starts(&self) -> Vec<Vec<f64>> {
        vec![
            vec![1.0, 2.0, 1.0],
            vec![0.3, 0.5, 1.5],
            vec![5.0, 20.0, 0.7],
        ]
    }

    fn log_likelihood(&self, histories: &ContractHistories) -> LogLikelihood {
        by_renewal(histories, |renewal| self.ln_retention(renewal))
    }

    fn ln_survival(&self, made: f64, more: f64) -> f64 {
        let now = self.ln_moving(made);
        if now == f64::NEG_INFINITY {
            return now;
        }
        self.ln_moving(made + more) - now
    }

    fn tail_power(&self) -> f64 {
        self.gamma * self.c
    }
}
