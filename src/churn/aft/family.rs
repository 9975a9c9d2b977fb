//! The distributions of log time around the regression.

use std::f64::consts::PI;

use serde::{Deserialize, Serialize};

use crate::numeric::special::{normal_cdf, normal_quantile};

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
    pub(super) fn log_density(self, z: f64) -> Curve {
        match self {
            Self::Weibull | Self::Exponential => Curve {
                value: z - z.exp(),
                slope: 1.0 - z.exp(),
                bend: -z.exp(),
            },
            Self::LogNormal => Curve {
                value: -0.5 * z * z - 0.5 * (2.0 * PI).ln(),
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
    pub(super) fn log_survival(self, z: f64) -> Curve {
        match self {
            Self::Weibull | Self::Exponential => {
                let hazard = z.exp();
                Curve {
                    value: -hazard,
                    slope: -hazard,
                    bend: -hazard,
                }
            }
            Self::LogNormal => normal_survival(z),
            Self::LogLogistic => {
                let small = (-z.abs()).exp();
                let share = if z > 0.0 { 1.0 } else { small } / (1.0 + small);
                Curve {
                    value: -(z.max(0.0) + small.ln_1p()),
                    slope: -share,
                    bend: -small / (1.0 + small).powi(2),
                }
            }
        }
    }

    /// The z that a share of all is below.
    pub(super) fn quantile(self, share: f64) -> f64 {
        match self {
            Self::Weibull | Self::Exponential => (-(-share).ln_1p()).ln(),
            Self::LogNormal => normal_quantile(share),
            Self::LogLogistic => share.ln() - (-share).ln_1p(),
        }
    }
}

/// log Φ(-z). In the tail by the inverse Mills ratio z + 1/(z + 2/(z + 3/(z + ...))) (DLMF 7.9.1).
fn normal_survival(z: f64) -> Curve {
    let half = 0.5 * (2.0 * PI).ln();
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
            value: -0.5 * z * z - half - hazard.ln(),
            slope: -hazard,
            bend: -hazard * excess,
        };
    }
    let value = if z < -1.5 {
        (-normal_cdf(z)).ln_1p()
    } else {
        normal_cdf(-z).ln()
    };
    let hazard = (-0.5 * z * z - half - value).exp();
    Curve {
        value,
        slope: -hazard,
        bend: -hazard * (hazard - z),
    }
}
