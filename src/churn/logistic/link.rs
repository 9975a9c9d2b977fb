//! Links from linear predictors to chances, with the slopes that a fit needs.

#![expect(
    clippy::inline_always,
    reason = "what is not inlined into the dispatched closure is not compiled for its instructions"
)]

use serde::{Deserialize, Serialize};

use crate::numeric::exp_of_negative;

/// How a linear predictor becomes the chance to leave.
///
/// # Example
///
/// ```
/// use custometry::churn::Link;
/// assert_eq!(Link::default(), Link::Logit);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Link {
    /// p = 1 / (1 + exp(-eta)): coefficients are logarithms of odds ratios.
    #[default]
    Logit,
    /// p = 1 - exp(-exp(eta)): coefficients are logarithms of hazard ratios, if leaving is the end of
    /// a period in which the hazard was constant or proportional (Prentice and Gloeckler 1978).
    ComplementaryLogLog,
}

/// Which second derivative of the likelihood to take; the same for [`Link::Logit`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Information {
    /// That of the rows as they are.
    Observed,
    /// Its expectation (Fisher's).
    Expected,
}

/// What some rows add to the log-likelihood, by their linear predictors.
pub(super) struct Slopes<'a> {
    /// The log-likelihood of a row of weight 1.
    pub(super) value: &'a mut [f64],
    /// Its derivative.
    pub(super) score: &'a mut [f64],
    /// Minus the second derivative.
    pub(super) bend: &'a mut [f64],
}

impl Link {
    /// Whether the information observed is that expected.
    pub(super) fn is_canonical(self) -> bool {
        self == Self::Logit
    }

    /// The chance to leave.
    pub(in crate::churn) fn chance(self, eta: f64) -> f64 {
        match self {
            Self::Logit => {
                let small = exp_of_negative(-eta.abs());
                let share = if eta > 0.0 { 1.0 } else { small };
                share / (1.0 + small)
            }
            Self::ComplementaryLogLog => -libm::expm1(-libm::exp(eta)),
        }
    }

    /// Writes value and slopes of rows with these linear predictors; a sign is 1 for who left and -1
    /// for who stayed.
    #[inline(always)]
    pub(super) fn slopes(self, of: Information, eta: &[f64], sign: &[f64], out: Slopes<'_>) {
        let len = eta.len();
        let Slopes { value, score, bend } = out;
        let (value, score, bend) = (&mut value[..len], &mut score[..len], &mut bend[..len]);
        let sign = &sign[..len];
        match self {
            Self::Logit => {
                for at in 0..len {
                    let margin = sign[at] * eta[at];
                    let small = exp_of_negative(-margin.abs());
                    let share = 1.0 / (1.0 + small);
                    let wrong = if margin > 0.0 { small } else { 1.0 };
                    value[at] = margin.min(0.0) - ln_1p(small);
                    score[at] = sign[at] * (wrong * share);
                    bend[at] = small * share * share;
                }
            }
            Self::ComplementaryLogLog => {
                for at in 0..len {
                    (value[at], score[at], bend[at]) = by_hazard(of, eta[at], sign[at] > 0.0);
                }
            }
        }
    }
}

/// Value, score and bend of one row of the complementary log-log link.
fn by_hazard(of: Information, eta: f64, has_left: bool) -> (f64, f64, f64) {
    /// Beyond, e^hazard is above all numbers.
    const MOST: f64 = 700.0;
    let hazard = libm::exp(eta);
    // The derivative of the chance by the predictor, over the chance: hazard / (e^hazard - 1).
    let ratio = if hazard > MOST {
        0.0
    } else if hazard > 0.0 {
        hazard / libm::expm1(hazard)
    } else {
        1.0
    };
    // Nobody stays where the hazard is infinite: the value is, and the fit turns round.
    let expected = if ratio > 0.0 { hazard * ratio } else { 0.0 };
    if !has_left {
        let bend = if of == Information::Expected {
            expected
        } else {
            hazard
        };
        return (-hazard, -hazard, bend);
    }
    let value = if eta < -36.0 {
        eta
    } else if hazard < std::f64::consts::LN_2 {
        libm::log(-libm::expm1(-hazard))
    } else {
        libm::log1p(-libm::exp(-hazard))
    };
    let bend = match of {
        Information::Expected => expected,
        Information::Observed if ratio <= 0.0 => 0.0,
        Information::Observed if hazard < 1e-3 => ratio * hazard * (0.5 + hazard / 12.0),
        Information::Observed => ratio * (hazard / -libm::expm1(-hazard) - 1.0),
    };
    (value, ratio, bend)
}

/// log(1 + x) for x between 0 and 1, by 2 artanh(x / (2 + x)).
///
/// Plain arithmetic, so that a loop over rows is done several at a time, with the same bits on every
/// machine. Accuracy: 5e-16 relative.
#[inline(always)]
fn ln_1p(x: f64) -> f64 {
    /// 1 / (2 k + 1), from the last term on that matters.
    const SERIES: [f64; 16] = [
        1.0 / 31.0,
        1.0 / 29.0,
        1.0 / 27.0,
        1.0 / 25.0,
        1.0 / 23.0,
        1.0 / 21.0,
        1.0 / 19.0,
        1.0 / 17.0,
        1.0 / 15.0,
        1.0 / 13.0,
        1.0 / 11.0,
        1.0 / 9.0,
        1.0 / 7.0,
        1.0 / 5.0,
        1.0 / 3.0,
        1.0,
    ];
    let z = x / (2.0 + x);
    let square = z * z;
    let mut sum = 1.0 / 33.0;
    for term in SERIES {
        sum = sum * square + term;
    }
    2.0 * z * sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_logarithm_agrees_with_that_of_the_standard_library() {
        for step in 1..=200_000 {
            let x = f64::from(step) / 200_000.0;
            for x in [x, x * 1e-9, x * 1e-300] {
                let (ours, theirs) = (ln_1p(x), x.ln_1p());
                assert!((ours / theirs - 1.0).abs() < 5e-16, "{x}: {ours} {theirs}");
            }
        }
        assert_eq!(ln_1p(0.0).to_bits(), 0f64.to_bits());
    }

    fn slopes(link: Link, of: Information, eta: f64, sign: f64) -> [f64; 3] {
        let [mut value, mut score, mut bend] = [[0.0]; 3];
        let out = Slopes {
            value: &mut value,
            score: &mut score,
            bend: &mut bend,
        };
        link.slopes(of, &[eta], &[sign], out);
        [value[0], score[0], bend[0]]
    }

    #[test]
    fn slopes_are_those_of_the_value() {
        for link in [Link::Logit, Link::ComplementaryLogLog] {
            for sign in [-1.0, 1.0] {
                for step in -140..60 {
                    let eta = f64::from(step) / 20.0;
                    let h = 1e-4;
                    let at = |eta| slopes(link, Information::Observed, eta, sign);
                    let ([below, ..], here, [above, ..]) = (at(eta - h), at(eta), at(eta + h));
                    let score = (above - below) / (2.0 * h);
                    let size = here[1].abs() + here[2].abs() + 1e-3;
                    assert!(
                        (score - here[1]).abs() < 1e-6 * size,
                        "{link:?} {sign} {eta}"
                    );
                    let bend = (at(eta - h)[1] - at(eta + h)[1]) / (2.0 * h);
                    assert!(
                        (bend - here[2]).abs() < 1e-6 * size,
                        "{link:?} {sign} {eta}"
                    );
                }
            }
        }
    }

    #[test]
    fn expected_information_is_the_mean_of_that_observed() {
        for link in [Link::Logit, Link::ComplementaryLogLog] {
            for step in -300..30 {
                let eta = f64::from(step) / 10.0;
                let p = link.chance(eta);
                let [stayed, left] = [-1.0, 1.0].map(|sign| {
                    let [_, score, bend] = slopes(link, Information::Observed, eta, sign);
                    (score, bend)
                });
                let mean = p * left.1 + (1.0 - p) * stayed.1;
                let expected = slopes(link, Information::Expected, eta, 1.0)[2];
                assert!((mean - expected).abs() <= 1e-9 * expected, "{link:?} {eta}");
                let score = p * left.0 + (1.0 - p) * stayed.0;
                assert!(score.abs() < 1e-14 * (1.0 + eta.exp()));
            }
        }
    }

    #[test]
    fn far_out_nothing_is_lost() {
        for link in [Link::Logit, Link::ComplementaryLogLog] {
            for eta in [-1e300, -745.0, -50.0, -1.0, 0.5] {
                let [value, score, bend] = slopes(link, Information::Observed, eta, 1.0);
                assert!(value.is_finite() && (0.0..=1.0).contains(&score) && bend >= 0.0);
                assert!(
                    value <= 0.0 && value >= 1.01 * eta - 1.0,
                    "{link:?} {eta} {value}"
                );
            }
            for eta in [7.0, 50.0, 800.0, 1e300] {
                let [value, score, bend] = slopes(link, Information::Observed, eta, 1.0);
                assert!(value.abs() < 1e-3 && score < 1e-3 && (0.0..1e-3).contains(&bend));
            }
        }
        let [value, ..] = slopes(Link::ComplementaryLogLog, Information::Observed, -40.0, 1.0);
        assert!((value + 40.0).abs() < 1e-14);
    }
}
