//! The distributions of log time around the regression.

use serde::{Deserialize, Serialize};

use crate::numeric::{
    exp_of_negative,
    special::{normal_cdf, normal_quantile},
};

/// The distribution of the time until leaving.
///
/// # Example
///
/// ```
/// use custometry::churn::AftFamily;
/// assert_ne!(AftFamily::Weibull, AftFamily::LogNormal);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum AftFamily {
    /// S(t) = exp(-exp(z)): the hazard rises with time for a scale below 1, and falls above.
    Weibull,
    /// Weibull with scale 1: the hazard does not change with time.
    Exponential,
    /// S(t) = 1 - Φ(z): the hazard rises, then falls.
    LogNormal,
    /// S(t) = 1 / (1 + exp(z)): as log-normal with a heavier tail for a scale below 1, and falling
    /// throughout above.
    LogLogistic,
}

/// log(2 pi) / 2.
const HALF_LN_2_PI: f64 = 0.918_938_533_204_672_8;

/// e^z with the same bits on every machine; infinite above 707.
#[inline]
fn exp(z: f64) -> f64 {
    let small = exp_of_negative(-z.abs());
    if z > 0.0 { 1.0 / small } else { small }
}

/// A function of z with its first and second derivative.
#[derive(Debug, Clone, Copy)]
pub(super) struct Curve {
    pub(super) value: f64,
    pub(super) slope: f64,
    pub(super) bend: f64,
}

impl AftFamily {
    pub(super) fn has_scale(self) -> bool {
        self != Self::Exponential
    }

    /// The logarithm of the density of z.
    #[inline]
    pub(super) fn log_density(self, z: f64) -> Curve {
        match self {
            Self::Weibull | Self::Exponential => {
                let hazard = exp(z);
                Curve {
                    value: z - hazard,
                    slope: 1.0 - hazard,
                    bend: -hazard,
                }
            }
            Self::LogNormal => Curve {
                value: -0.5 * z * z - HALF_LN_2_PI,
                slope: -z,
                bend: -1.0,
            },
            Self::LogLogistic => {
                let upper = self.log_survival(z);
                Curve {
                    value: z + 2.0 * upper.value,
                    slope: 1.0 + 2.0 * upper.slope,
                    bend: 2.0 * upper.bend,
                }
            }
        }
    }

    /// The logarithm of the chance to be above z.
    #[inline]
    pub(super) fn log_survival(self, z: f64) -> Curve {
        match self {
            Self::Weibull | Self::Exponential => {
                let hazard = exp(z);
                Curve {
                    value: -hazard,
                    slope: -hazard,
                    bend: -hazard,
                }
            }
            Self::LogNormal => normal_survival(z),
            Self::LogLogistic => {
                let small = exp_of_negative(-z.abs());
                let share = if z > 0.0 { 1.0 } else { small } / (1.0 + small);
                Curve {
                    value: -(z.max(0.0) + libm::log1p(small)),
                    slope: -share,
                    bend: -small / (1.0 + small).powi(2),
                }
            }
        }
    }

    /// The z that a share of all is below.
    pub(super) fn quantile(self, share: f64) -> f64 {
        match self {
            Self::Weibull | Self::Exponential => libm::log(-libm::log1p(-share)),
            Self::LogNormal => normal_quantile(share),
            Self::LogLogistic => libm::log(share) - libm::log1p(-share),
        }
    }
}

/// log Φ(-z). In the tail by the inverse Mills ratio z + 1/(z + 2/(z + 3/(z + ...))) (DLMF 7.9.1).
fn normal_survival(z: f64) -> Curve {
    if z > 1.5 {
        let mut k = (10.0 + 420.0 / (z * z)).ceil();
        let mut fraction = z;
        while k > 1.0 {
            fraction = z + k / fraction;
            k -= 1.0;
        }
        let excess = 1.0 / fraction;
        let hazard = z + excess;
        return Curve {
            value: -0.5 * z * z - HALF_LN_2_PI - libm::log(hazard),
            slope: -hazard,
            bend: -hazard * excess,
        };
    }
    let value = if z < -1.5 {
        libm::log1p(-normal_cdf(z))
    } else {
        libm::log(normal_cdf(-z))
    };
    let hazard = exp(-0.5 * z * z - HALF_LN_2_PI - value);
    Curve {
        value,
        slope: -hazard,
        bend: -hazard * (hazard - z),
    }
}
