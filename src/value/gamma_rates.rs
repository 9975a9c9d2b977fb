//! Rates that are gamma distributed over customers, seen through the times at
//! which something happened.

use crate::numeric::special::{digamma, ln_rising, trigamma};

/// ln Γ(p+n)/Γ(p) and its first two derivatives by p.
pub(super) fn rising(p: f64, n: f64) -> [f64; 3] {
    [
        ln_rising(p, n),
        digamma(p + n) - digamma(p),
        trigamma(p + n) - trigamma(p),
    ]
}

/// ln(1 + share). The plain logarithm takes a third of the time, and is as good where
/// it is not close to 0.
pub(super) fn ln_one_plus(share: f64) -> f64 {
    if share > 0.25 {
        (1.0 + share).ln()
    } else {
        share.ln_1p()
    }
}

/// A gamma law of rates: its shape and, in units of time, its rate.
#[derive(Debug, Clone, Copy)]
pub(super) struct GammaRates {
    shape: f64,
    rate: f64,
    ln_rate: f64,
}

/// ln of E[λ^x e^(-λt)], over customers and without the part that depends on
/// the shape and x alone,
///
/// ```text
/// ln { α^r (α+t)^-(r+x) } = -r ln(1 + t/α) - x ln(α+t)
/// ```
///
/// with its derivatives. α^r is drawn in because for large r, in data of like
/// customers, it and the rest are huge and cancel.
#[derive(Debug, Clone, Copy)]
pub(super) struct Silence {
    pub(super) value: f64,
    /// By the shape and by the rate.
    pub(super) slope: [f64; 2],
    /// By shape and rate, and by the rate twice; by the shape twice it is 0.
    pub(super) mixed: f64,
    pub(super) by_rate_twice: f64,
}

impl GammaRates {
    pub(super) fn new(shape: f64, rate: f64) -> Self {
        Self {
            shape,
            rate,
            ln_rate: rate.ln(),
        }
    }

    pub(super) fn ln_silence(&self, x: f64, t: f64) -> f64 {
        -(self.shape + x) * ln_one_plus(t / self.rate) - x * self.ln_rate
    }

    pub(super) fn silence(&self, x: f64, t: f64) -> Silence {
        let Self { shape, rate, .. } = *self;
        let logarithm = ln_one_plus(t / self.rate);
        let one_over = 1.0 / (rate + t);
        let share = t / rate * one_over;
        Silence {
            value: -(shape + x) * logarithm - x * self.ln_rate,
            slope: [-logarithm, shape * share - x * one_over],
            mixed: share,
            by_rate_twice: x * one_over * one_over - shape * share * (1.0 / rate + one_over),
        }
    }
}
