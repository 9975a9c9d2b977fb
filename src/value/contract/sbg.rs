//! sBG, the shifted beta-geometric model: renewals until a customer leaves.
//!
//! # Question
//!
//! Of customers who renew a contract or let it lapse, how many will be there after
//! each renewal, and what are the payments to come worth?
//!
//! # Model
//!
//! At each renewal a customer leaves with a probability θ of their own, which stays
//! the same for life and is beta distributed over customers.
//!
//! ```text
//! S(n) = B(α, β+n)/B(α, β)                     still there after n renewals
//! r(n) = (β+n-1)/(α+β+n-1)                     make the n-th of those who come to it
//! L    = Π r(n)^renewed(n) (1-r(n))^lost(n)    over n
//! ```
//!
//! where `renewed(n)` and `lost(n)` count those who made the n-th renewal and those
//! who did not.
//!
//! # How to read it
//!
//! α/(α+β) is the mean chance to leave at the first renewal. Retention rises from one
//! renewal to the next although nobody grows more faithful: the fickle leave first. To
//! take it for a constant undervalues those who stay (Fader and Hardie 2010).
//! With α of 1 or less the mean lifetime is infinite, the discounted one is not.
//!
//! # Limits
//!
//! Retention can only rise. Where it falls at first, or all customers are alike, the
//! fit runs off to the geometric law and says so.
//!
//! # Complexity
//!
//! A fit takes about ten passes over the renewals, whatever the number of customers.
//!
//! # References
//!
//! - Fader, P. S. and Hardie, B. G. S. (2007). How to project customer retention.
//!   *Journal of Interactive Marketing* 21(1), 76-90. doi:10.1002/dir.20074
//! - Fader, P. S. and Hardie, B. G. S. (2010). Customer-base valuation in a
//!   contractual setting: the perils of ignoring heterogeneity. *Marketing Science*
//!   29(1), 85-93. doi:10.1287/mksc.1080.0482

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
use crate::numeric::special::ln_rising;

/// How to fit sBG.
///
/// # Example
///
/// ```
/// use custometry::value::{ContractHistories, FitVerdict, ContractModel, SbgParams};
///
/// // Fader and Hardie 2007, the regular segment: α .704, β 1.182.
/// let seen = [1000, 631, 468, 382, 326, 289, 262, 241];
/// let histories = ContractHistories::from_survivors(&[seen])?;
/// let model = SbgParams::default().fit(&histories)?;
/// assert!((model.alpha() - 0.70407729847).abs() < 1e-7);
/// assert!((model.beta() - 1.1820430262).abs() < 1e-7);
/// assert_eq!(model.fit_report().unwrap().verdict, FitVerdict::Converged);
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct SbgParams {}

/// An sBG model: fitted, or given by published parameters.
///
/// # Example
///
/// ```
/// use custometry::value::{ContractModel, ContractPrediction, Sbg};
/// // Fader and Hardie 2007, the high-end segment: 37.8 % are left after twelve renewals.
/// let model = Sbg::new(0.66808835, 3.8060949641)?;
/// let left = model.predict_new(ContractPrediction::Survival(12))?;
/// assert!((left - 0.3780).abs() < 5e-5);
/// // So many stay so long that the mean lifetime does not exist.
/// assert_eq!(model.predict_new(ContractPrediction::Lifetime)?, f64::INFINITY);
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "SbgFields", into = "SbgFields")]
pub struct Sbg {
    law: BetaGeometricLaw,
    report: Option<FitReport>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct BetaGeometricLaw {
    alpha: f64,
    beta: f64,
}

contract_model! {
    Sbg, SbgParams, SbgFields, "custometry/sbg", "Sbg::new(0.704, 1.182)", BetaGeometricLaw,
    /// The first parameter of the beta law of leaving.
    alpha,
    /// The second parameter of the beta law of leaving.
    beta
}

impl BetaGeometricLaw {
    fn new(alpha: f64, beta: f64) -> Self {
        Self { alpha, beta }
    }

    /// ln r(n) = -ln(1 + α/(β+n-1)).
    fn ln_retention(&self, renewal: f64) -> LnRetention<2> {
        let stays = self.beta + renewal - 1.0;
        let all = self.alpha + stays;
        let (by_stays, by_all) = (1.0 / stays, 1.0 / all);
        let squares = by_all * by_all;
        LnRetention {
            value: -(self.alpha / stays).ln_1p(),
            slope: [-by_all, self.alpha * by_stays * by_all],
            curvature: [[squares, squares], [squares, squares - by_stays * by_stays]],
        }
    }
}

impl Parametric for BetaGeometricLaw {
    const NAMES: &'static [&'static str] = &["alpha", "beta"];

    fn model(&self) -> &'static str {
        "sBG"
    }

    fn parameters(&self) -> Vec<f64> {
        vec![self.alpha, self.beta]
    }

    fn with_parameters(&self, parameters: &[f64]) -> Self {
        Self::new(parameters[0], parameters[1])
    }
}

/// Renewals up to which the ratio of survivals is a product of retention; beyond, it
/// is a difference of logarithms that have become large.
const FEW: f64 = 1024.0;

impl Law for BetaGeometricLaw {
    fn starts(&self) -> Vec<Vec<f64>> {
        vec![vec![1.0, 2.0], vec![0.3, 0.3], vec![5.0, 20.0]]
    }

    fn log_likelihood(&self, histories: &ContractHistories) -> LogLikelihood {
        by_renewal(histories, |renewal| self.ln_retention(renewal))
    }

    fn ln_survival(&self, made: f64, more: f64) -> f64 {
        let stays = self.beta + made;
        if more <= FEW {
            return ln_rising(stays, more) - ln_rising(self.alpha + stays, more);
        }
        ln_rising(stays, self.alpha) - ln_rising(stays + more, self.alpha)
    }

    fn tail_power(&self) -> f64 {
        self.alpha
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::numeric::special::hyp2f1;

    /// The sum to come has a closed form (Fader and Hardie 2010, equation 6),
    ///
    /// ```text
    /// (β+n)/(α+β+n) F(1, β+n+1; α+β+n+1; factor)        after n renewals
    /// ```
    ///
    /// and without a discount it is (β+n)/(α-1).
    #[test]
    fn the_residual_is_gauss_function() {
        for (alpha, beta) in [
            (0.668, 3.806),
            (0.02, 0.01),
            (1.5, 2.6),
            (30.0, 4.0),
            (9.0, 400.0),
        ] {
            let law = BetaGeometricLaw::new(alpha, beta);
            for made in [0.0, 1.0, 7.0, 300.0] {
                let stays = beta + made;
                for rate in [1e-4, 0.01, 0.1, 3.0] {
                    let factor = 1.0 / (1.0 + rate);
                    let gauss = hyp2f1(1.0, stays + 1.0, alpha + stays + 1.0, factor);
                    let exact = stays / (alpha + stays) * gauss;
                    let got = law.residual(made, factor);
                    assert!(
                        (got / exact - 1.0).abs() < 1e-11,
                        "{alpha} {beta} {made} {rate}: {got}, {exact}"
                    );
                }
                let got = law.residual(made, 1.0);
                if alpha > 1.0 {
                    let exact = stays / (alpha - 1.0);
                    assert!((got / exact - 1.0).abs() < 1e-11, "{got}, {exact}");
                } else {
                    assert!(got.is_infinite());
                }
            }
        }
    }
}
