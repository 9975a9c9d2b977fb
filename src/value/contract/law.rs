//! What a model of renewals is to the code around it, and how it is fitted.

use super::{
    super::{
        FitReport,
        fit::{LogLikelihood, Parametric, maximise},
    },
    ContractHistories,
};
use crate::{Error, Result, numeric::quadrature::integrate_from_zero};

/// ln of the chance to make a renewal, for one who comes to it, with its slopes and
/// curvatures by the parameters.
pub(super) struct LnRetention<const N: usize> {
    pub(super) value: f64,
    pub(super) slope: [f64; N],
    pub(super) curvature: [[f64; N]; N],
}

/// A law of the number of renewals.
///
/// Methods that take renewals as `f64` are smooth in them: sums of many are done by
/// integrals.
pub(super) trait Law: Parametric {
    /// Where fits start.
    fn starts(&self) -> Vec<Vec<f64>>;
    /// The log-likelihood of all that was seen.
    fn log_likelihood(&self, histories: &ContractHistories) -> LogLikelihood;
    /// ln of the chance to make `more` renewals after `made`.
    fn ln_survival(&self, made: f64, more: f64) -> f64;
    /// How fast survival falls in the end: like the renewals to the power of minus
    /// this.
    fn tail_power(&self) -> f64;

    /// The renewals to come after `made`, each worth `factor` less the later it comes;
    /// the next one in full. Infinite if they are and nothing makes them worth less.
    fn residual(&self, made: f64, factor: f64) -> f64 {
        sum_to_come(factor, self.tail_power(), |more| {
            self.ln_survival(made, more)
        })
    }
}

/// The log-likelihood of a law by its retention: whoever comes to a renewal makes it
/// or not.
pub(super) fn by_renewal<const N: usize>(
    histories: &ContractHistories,
    ln_retention: impl Fn(f64) -> LnRetention<N>,
) -> LogLikelihood {
    let mut value = 0.0;
    let mut gradient = vec![0.0; N];
    let mut hessian = vec![0.0; N * N];
    let counts = histories.renewed().iter().zip(histories.lost());
    for (renewal, (&renewed, &lost)) in (1u32..).zip(counts) {
        if renewed + lost == 0 {
            continue;
        }
        let (renewed, lost) = (renewed as f64, lost as f64);
        let renews = ln_retention(f64::from(renewal));
        // ln(1 - r) by ln r: with q = r/(1-r) the slope is -q, the curvature -q(1+q).
        let odds = 1.0 / (-renews.value).exp_m1();
        value += renewed * renews.value;
        if lost > 0.0 {
            value += lost * (-renews.value.exp_m1()).ln();
        }
        let slope = renewed - lost * odds;
        let curvature = -lost * odds * (1.0 + odds);
        for row in 0..N {
            gradient[row] += slope * renews.slope[row];
            for column in 0..N {
                let both = renews.slope[row] * renews.slope[column];
                hessian[row * N + column] +=
                    slope * renews.curvature[row][column] + curvature * both;
            }
        }
    }
    LogLikelihood {
        value,
        gradient,
        hessian,
    }
}

/// Fits a law by maximum likelihood.
pub(super) fn fit<L: Law>(shape: &L, histories: &ContractHistories) -> Result<(L, FitReport)> {
    let parameters = L::NAMES.len();
    let came = histories.renewed().iter().zip(histories.lost());
    let found = came
        .filter(|(renewed, lost)| **renewed + **lost > 0)
        .count();
    if found < parameters {
        return Err(Error::NotEnoughData {
            what: format!("renewals that customers came to, to tell {parameters} parameters")
                .into(),
            needed: parameters,
            found,
        });
    }
    let nobody = |counts: &[u64]| counts.iter().all(|&count| count == 0);
    let degenerate = |what: &'static str| Error::Degenerate { what: what.into() };
    if nobody(histories.lost()) {
        return Err(degenerate(
            "no customer was lost, so there is no rate of leaving to tell; observe for longer",
        ));
    }
    if nobody(histories.renewed()) {
        return Err(degenerate(
            "no customer renewed, so there is nothing to tell of later renewals",
        ));
    }
    let fitted = maximise(
        shape.model(),
        L::NAMES,
        &vec![1.0; parameters],
        &shape.starts(),
        histories.customers() as f64,
        |p| shape.with_parameters(p).log_likelihood(histories),
    )?;
    Ok((shape.with_parameters(&fitted.parameters), fitted.report))
}

/// Terms that are added one by one before the rest is integrated.
const SUMMED: u32 = 1 << 10;

/// The sum over n from 1 on of
///
/// ```text
/// factor^(n-1) e^(ln_survival(n))
/// ```
///
/// where survival falls like n to the power of minus `tail_power` in the end. The
/// first terms are added; the others are an integral and Euler and Maclaurin's
/// correction (DLMF 2.10.1), whose error is below rounding by then.
fn sum_to_come(factor: f64, tail_power: f64, ln_survival: impl Fn(f64) -> f64) -> f64 {
    let ln_factor = factor.ln();
    let term = |n: f64| ((n - 1.0) * ln_factor + ln_survival(n)).exp();
    let mut sum = 0.0;
    for n in 1..SUMMED {
        let next = term(f64::from(n));
        sum += next;
        if next <= f64::EPSILON / 64.0 * sum {
            // Whatever comes falls at least as fast as the sum of a power, or the
            // discount cuts it off.
            let ratio = next / term(f64::from(n - 1));
            if ratio < 0.9 || next <= f64::MIN_POSITIVE {
                return sum;
            }
        }
    }
    let start = f64::from(SUMMED);
    // Minus the slope of the term over 12, by a central difference.
    let slope = term(start + 0.5) - term(start - 0.5);
    sum += 0.5 * term(start) - slope / 12.0;
    if ln_factor < 0.0 {
        let longest = -8.0 / ln_factor;
        return sum + integrate_from_zero(f64::INFINITY, start, longest, |u| term(start + u));
    }
    if tail_power <= 1.0 {
        return f64::INFINITY;
    }
    // Beyond, survival is a power to rounding.
    let far = 1e18;
    let near = integrate_from_zero(far - start, start, f64::INFINITY, |u| term(start + u));
    sum + near + term(far) * far / (tail_power - 1.0)
}
