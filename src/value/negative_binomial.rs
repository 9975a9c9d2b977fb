//! The number of purchases in a time, of customers whose rates are gamma
//! distributed and who never leave.

use crate::numeric::special::{ln_hyp2f1, ln_rising};

/// Purchases over `time` at rates that are gamma distributed with this shape and,
/// as a time, this scale parameter.
///
/// ```text
/// P(m) = Γ(R+m)/(Γ(R) m!) (A/(A+t))^R (t/(A+t))^m
/// ```
pub(super) struct NegativeBinomial {
    pub(super) shape: f64,
    pub(super) scale: f64,
    pub(super) time: f64,
}

impl NegativeBinomial {
    fn ln_exactly(&self, m: f64) -> f64 {
        let Self { shape, scale, time } = *self;
        let none = -shape * (time / scale).ln_1p();
        if m <= 0.0 {
            return none;
        }
        let each = (time / (scale + time)).ln();
        ln_rising(shape, m) - ln_rising(1.0, m) + none + m * each
    }

    pub(super) fn exactly(&self, m: u32) -> f64 {
        self.ln_exactly(f64::from(m)).exp()
    }

    /// P(M >= m), from whichever side is the smaller: with q = t/(A+t)
    ///
    /// ```text
    /// P(M >= m) = P(m) F(R+m, 1; m+1; q)
    /// P(M < m)  = P(m) m/R F(R+m, 1; R+1; 1-q)
    /// ```
    pub(super) fn at_least(&self, m: u32) -> f64 {
        let Self { shape, scale, time } = *self;
        let n = f64::from(m);
        if m == 0 {
            return 1.0;
        }
        if time <= 0.0 {
            return 0.0;
        }
        let q = time / (scale + time);
        if n > shape * time / scale {
            let ln_sum = ln_hyp2f1(shape + n, 1.0, n + 1.0, q);
            return (self.ln_exactly(n) + ln_sum).exp().min(1.0);
        }
        let ln_sum = ln_hyp2f1(shape + n, 1.0, shape + 1.0, scale / (scale + time));
        let below = (self.ln_exactly(n) + (n / shape).ln() + ln_sum).exp();
        (1.0 - below).clamp(0.0, 1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tails_are_sums() {
        for (shape, scale, time) in [(0.3, 4.0, 9.0), (7.5, 2.0, 3.0), (40.0, 1.0, 20.0)] {
            let nbd = NegativeBinomial { shape, scale, time };
            let all: Vec<f64> = (0..6_000).map(|m| nbd.exactly(m)).collect();
            for m in [0, 1, 2, 7, 30, 200] {
                let above: f64 = all[m as usize..].iter().rev().sum();
                let got = nbd.at_least(m);
                assert!(
                    (got - above).abs() < 1e-12 + 1e-11 * above,
                    "{m}: {got} {above}"
                );
            }
        }
    }
}
