//! What BG/NBD and MBG/NBD share: the likelihood and the predictions of a
//! purchase process that may end after a purchase.
//!
//! The two differ in one thing only, whether the first purchase can be the last.
//! With n the number of purchases after which a customer could have dropped out
//! and has shown not to,
//!
//! ```text
//! BG/NBD     n = x          dropout after a repeat purchase
//! MBG/NBD    n = x + 1      dropout after any purchase
//!
//! L = Γ(r+x)/Γ(r) α^r  Γ(a+b) Γ(b+n) / (Γ(b) Γ(a+b+n))
//!     { (α+T)^-(r+x)  +  [n > 0] a/(b+n-1) (α+t_x)^-(r+x) }
//! ```
//!
//! where the first term in braces belongs to customers who are still active and
//! the second to those who left right after the last purchase. Their shares are
//! P(alive) and 1 - P(alive).

use super::{
    PurchaseHistory,
    fit::{LogLikelihood, Parametric},
    gamma_rates::{GammaRates, ln_one_plus, rising},
    negative_binomial::NegativeBinomial,
    process::{Known, Process, Sums, sum_by_frequency},
};
use crate::{
    data::TimeUnit,
    numeric::{
        quadrature::{integrate_from_zero, panel},
        special::{hyp2f1, ln_hyp2f1, ln_rising},
    },
};

/// After which purchases a customer can drop out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dropout {
    /// Only repeat purchases: BG/NBD.
    AfterRepeat,
    /// Any purchase, the first included: MBG/NBD.
    AfterAny,
}

impl Dropout {
    /// n: the purchases after which dropout was possible.
    fn chances(self, x: f64) -> f64 {
        match self {
            Self::AfterRepeat => x,
            Self::AfterAny => x + 1.0,
        }
    }
}

/// r, α, a and b, with α in units of time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct BetaGeometric {
    pub(super) dropout: Dropout,
    pub(super) unit: TimeUnit,
    pub(super) r: f64,
    pub(super) alpha: f64,
    pub(super) a: f64,
    pub(super) b: f64,
}

/// What the likelihood needs of one frequency: functions of x alone, shared by
/// all cells that have it.
struct OfFrequency {
    x: f64,
    n: f64,
    rates: GammaRates,
    ln_left: f64,
    /// ln Γ(r+x)/Γ(r) and its derivatives by r.
    rate: [f64; 3],
    /// ln Γ(b+n)/Γ(b) and its derivatives by b.
    stay: [f64; 3],
    /// ln Γ(a+b+n)/Γ(a+b) and its derivatives by a, or by b.
    all: [f64; 3],
}

impl BetaGeometric {
    fn of_frequency(&self, x: f64) -> OfFrequency {
        let n = self.dropout.chances(x);
        OfFrequency {
            x,
            n,
            rates: GammaRates::new(self.r, self.alpha),
            ln_left: self.left(n).ln(),
            rate: rising(self.r, x),
            stay: rising(self.b, n),
            all: rising(self.a + self.b, n),
        }
    }

    /// Those who dropped out after the last purchase, to those active then. Nobody
    /// can have where there was no chance to.
    fn left(&self, n: f64) -> f64 {
        if n > 0.0 {
            self.a / (self.b + n - 1.0)
        } else {
            0.0
        }
    }

    /// Adds one cell to the sums.
    fn add(&self, shared: &OfFrequency, known: &Known, weight: f64, sums: &mut Sums<4>) {
        let Self { a, b, .. } = *self;
        let OfFrequency { x, n, .. } = *shared;
        let still = shared.rates.silence(x, known.age);
        let last = shared.rates.silence(x, known.recency);
        let (active, left) = (still.value, last.value + shared.ln_left);
        let smaller = (-(left - active).abs()).exp();
        let braces = active.max(left) + (1.0 + smaller).ln();
        let less_likely = smaller / (1.0 + smaller);
        let (alive, gone) = if left < active {
            (1.0 - less_likely, less_likely)
        } else {
            (less_likely, 1.0 - less_likely)
        };
        sums.value += weight * (shared.rate[0] + shared.stay[0] - shared.all[0] + braces);

        // Slopes of the two terms by r, α, a and b.
        let active_slope = [still.slope[0], still.slope[1], 0.0, 0.0];
        let left_slope = [last.slope[0], last.slope[1], 1.0 / a, -1.0 / (b + n - 1.0)];
        let own = [
            shared.rate[1],
            0.0,
            -shared.all[1],
            shared.stay[1] - shared.all[1],
        ];
        let mixed = |active: f64, left: f64| {
            // Where nobody can have left, `left` is not a number to be weighed.
            if gone > 0.0 {
                alive * active + gone * left
            } else {
                active
            }
        };
        for at in 0..4 {
            sums.slope[at] += weight * (own[at] + mixed(active_slope[at], left_slope[at]));
        }
        let own = [
            [shared.rate[2], 0.0, 0.0, 0.0],
            [
                mixed(still.mixed, last.mixed),
                mixed(still.by_rate_twice, last.by_rate_twice),
                0.0,
                0.0,
            ],
            [0.0, 0.0, -shared.all[2] + mixed(0.0, -1.0 / (a * a)), 0.0],
            [
                0.0,
                0.0,
                -shared.all[2],
                shared.stay[2] - shared.all[2] + mixed(0.0, (b + n - 1.0).powi(-2)),
            ],
        ];
        for row in 0..4 {
            for column in 0..=row {
                let spread = if gone > 0.0 {
                    let by_row = active_slope[row] - left_slope[row];
                    let by_column = active_slope[column] - left_slope[column];
                    alive * gone * by_row * by_column
                } else {
                    0.0
                };
                sums.curvature[row][column] += weight * (own[row][column] + spread);
            }
        }
    }

    /// Purchases expected over t of a customer who is active at age T.
    ///
    /// ```text
    /// E = c/(a-1) [1 - (1-z)^(r+x) F(r+x, b+n; c; z)],   c = a+b+n-1, z = t/(α+T+t)
    ///   = c/(a-1) [1 - (1-z)^(a-1) F(c-r-x, a-1; c; z)]
    ///   = -c (e^(ε l) - 1)/ε - e^(ε l) G,                ε = a-1, l = ln(1-z)
    /// ```
    ///
    /// with G = c (F - 1)/ε. The first form overflows in F, the second divides
    /// by 0 at a = 1; in the third nothing is special about a = 1 or c = 0. Its
    /// series is short and without cancellation unless z is close to 1, where the
    /// general F is asked, or c - r - x far below 0, where the rate of purchases is
    /// integrated over time.
    fn expected(&self, x: f64, n: f64, age: f64, t: f64) -> f64 {
        if t <= 0.0 {
            return 0.0;
        }
        let c = self.a + self.b + n - 1.0;
        let z = t / (self.alpha + age + t);
        let first = c - self.r - x;
        let epsilon = self.a - 1.0;
        // ln(1 - z), also where z is next to 1.
        let l = ((self.alpha + age) / (self.alpha + age + t)).ln();
        if first < -1.0 && -first * z > 0.5 {
            return self.expected_by_rate(x, n, age, t);
        }
        if z > 0.9 {
            // The general function needs a c above 0 and some ε to divide by.
            if c < 1e-2 || epsilon.abs() < 1e-2 {
                return self.expected_by_rate(x, n, age, t);
            }
            let f = hyp2f1(first, epsilon, c, z);
            let expected = c / epsilon * (1.0 - (epsilon * l).exp() * f);
            // For large a the power underflows and F overflows.
            if expected.is_finite() {
                return expected;
            }
            return self.expected_by_rate(x, n, age, t);
        }
        let growth = if epsilon.abs() < 1e-300 {
            l
        } else {
            (epsilon * l).exp_m1() / epsilon
        };
        -c * growth - (epsilon * l).exp() * series(first, self.a, c, z)
    }

    /// The same as an integral over time of the rate of purchases.
    fn expected_by_rate(&self, x: f64, n: f64, age: f64, t: f64) -> f64 {
        let scale = self.rate_scale(x, age);
        integrate_from_zero(t, scale, f64::INFINITY, |u| self.rate(x, n, age, u))
    }

    /// The rate of purchases after u of customers active now, those who will have
    /// left included,
    ///
    /// ```text
    /// E[λ e^(-λpu)] = ρ/A (1-z)^(ρ+1) F(ρ+1, b+n; a+b+n; z),   z = u/(A+u)
    /// ```
    ///
    /// with ρ = r+x and A = α+T: all terms are positive.
    fn rate(&self, x: f64, n: f64, age: f64, u: f64) -> f64 {
        let (shape, scale) = (self.r + x, self.alpha + age);
        let (stay, all) = (self.b + n, self.a + self.b + n);
        let kept = (shape + 1.0) * (u / scale).ln_1p();
        shape / scale * (ln_hyp2f1(shape + 1.0, stay, all, u / (scale + u)) - kept).exp()
    }

    /// The time in which the rate falls off: until about 4/ρ of A has passed it
    /// does so like an exponential, later more slowly.
    fn rate_scale(&self, x: f64, age: f64) -> f64 {
        (self.alpha + age) * (4.0 / (self.r + x + 1.0)).min(2.0)
    }
}

impl Parametric for BetaGeometric {
    const NAMES: &'static [&'static str] = &["r", "alpha", "a", "b"];

    fn model(&self) -> &'static str {
        match self.dropout {
            Dropout::AfterRepeat => "BG/NBD",
            Dropout::AfterAny => "MBG/NBD",
        }
    }

    fn parameters(&self) -> Vec<f64> {
        vec![self.r, self.alpha, self.a, self.b]
    }

    fn with_parameters(&self, parameters: &[f64]) -> Self {
        Self {
            r: parameters[0],
            alpha: parameters[1],
            a: parameters[2],
            b: parameters[3],
            ..*self
        }
    }
}

impl Process for BetaGeometric {
    const TIMES: &'static [bool] = &[false, true, false, false];

    fn unit(&self) -> TimeUnit {
        self.unit
    }

    fn starts(&self) -> Vec<Vec<f64>> {
        vec![
            vec![0.5, 0.2, 1.0, 2.0],
            vec![2.0, 1.0, 0.5, 5.0],
            vec![1.0, 0.05, 0.2, 0.4],
        ]
    }

    fn log_likelihood(&self, cells: &[PurchaseHistory], weights: &[f64]) -> LogLikelihood {
        sum_by_frequency(
            cells,
            weights,
            self.unit,
            |x| self.of_frequency(x),
            |shared, known, weight, sums| self.add(shared, known, weight, sums),
        )
    }

    fn p_alive(&self, known: &Known) -> f64 {
        let left = self.left(self.dropout.chances(known.x));
        if left <= 0.0 {
            return 1.0;
        }
        let silent = (known.age - known.recency) / (self.alpha + known.recency);
        1.0 / (1.0 + left * ((self.r + known.x) * ln_one_plus(silent)).exp())
    }

    /// E[e^(-λpt)] over the customers who are active, with ρ = r+x and A = α+T:
    ///
    /// ```text
    /// (1-z)^ρ F(ρ, b+n; a+b+n; z),   z = t/(A+t)
    /// ```
    fn p_stays(&self, known: &Known, t: f64) -> f64 {
        let (shape, scale) = (self.r + known.x, self.alpha + known.age);
        let stay = self.b + self.dropout.chances(known.x);
        let kept = shape * (t / scale).ln_1p();
        (ln_hyp2f1(shape, stay, self.a + stay, t / (scale + t)) - kept)
            .exp()
            .min(1.0)
    }

    fn expected_if_active(&self, known: &Known, t: f64) -> f64 {
        self.expected(known.x, self.dropout.chances(known.x), known.age, t)
    }

    /// With p beta(a, b+n) and the number of purchases of a customer who would
    /// never leave negative binomial,
    ///
    /// ```text
    /// P(m) = E[(1-p)^m] P(NBD = m) + [m > 0] E[p (1-p)^(m-1)] P(NBD >= m)
    /// ```
    fn exactly_if_active(&self, known: &Known, n: u32, t: f64) -> f64 {
        let stay = self.b + self.dropout.chances(known.x);
        let nbd = NegativeBinomial {
            shape: self.r + known.x,
            scale: self.alpha + known.age,
            time: t,
        };
        let m = f64::from(n);
        let stays_all = (ln_rising(stay, m) - ln_rising(self.a + stay, m)).exp();
        let stays = stays_all * nbd.exactly(n);
        if n == 0 {
            return stays;
        }
        let leaves_last = stays_all * self.a / (stay + m - 1.0);
        stays + leaves_last * nbd.at_least(n)
    }

    fn time_scale(&self, known: &Known) -> f64 {
        self.rate_scale(known.x, known.age)
    }

    /// With A = α+T and v = u/A, the rate of purchases after u is ρ/A F(-v), where F
    /// depends on the frequency alone:
    ///
    /// ```text
    /// ρ ∫ e^(-δAv) F(ρ+1, a; a+b+n; -v) dv      over all v above 0
    /// ```
    ///
    /// so that customers of one frequency share the points and what F is there. From
    /// one panel to the next v doubles, which follows e^(-δAv) for every A.
    fn residuals_if_active(&self, same: &[Known], rate: f64) -> Vec<f64> {
        // e^-45 is less than rounding.
        const FALLEN: f64 = 45.0;
        const MAX_PANELS: usize = 2_000;
        let decays = || same.iter().map(|known| rate * (self.alpha + known.age));
        let (slowest, Some(first)) = (decays().fold(f64::INFINITY, f64::min), same.first()) else {
            return Vec::new();
        };
        // In units of A: the rate of a customer with A = 1.
        let shape = self.r + first.x;
        let stay = self.b + self.dropout.chances(first.x);
        let mut points = Vec::new();
        let (mut at, mut to) = (0.0, self.time_scale(first) / (self.alpha + first.age));
        for _ in 0..MAX_PANELS {
            if at * slowest > FALLEN {
                break;
            }
            points.extend(panel(at, to).map(|(v, weight)| {
                let ln_f = ln_hyp2f1(shape + 1.0, stay, self.a + stay, v / (1.0 + v));
                (v, weight * (ln_f - (shape + 1.0) * v.ln_1p()).exp())
            }));
            (at, to) = (to, 2.0 * to);
        }
        let residual = |decay: f64| {
            let reached = points.iter().filter(|(v, _)| v * decay <= FALLEN);
            shape
                * reached
                    .map(|(v, weight)| weight * (-v * decay).exp())
                    .sum::<f64>()
        };
        decays().map(residual).collect()
    }

    /// From
    ///
    /// ```text
    /// a/(b+n-1) ((α+T)/(α+t_x))^(r+x) = 1/threshold - 1
    /// ```
    fn silence(&self, x: f64, recency: f64, threshold: f64) -> Option<f64> {
        let n = self.dropout.chances(x);
        if n <= 0.0 {
            return None;
        }
        let odds = (1.0 - threshold) / threshold * (self.b + n - 1.0) / self.a;
        let longer = odds.powf(1.0 / (self.r + x));
        Some((self.alpha + recency) * longer - self.alpha)
    }
}

/// c (F(p, a-1; c; z) - 1) / (a-1) by its series,
///
/// ```text
/// p z  Σ  (p+1)_m (a)_m / ((c+1)_m (m+1)!) z^m
/// ```
fn series(p: f64, a: f64, c: f64, z: f64) -> f64 {
    const MAX_TERMS: u32 = 2_000;
    let mut term = p * z;
    let mut sum = term;
    for m in 0..MAX_TERMS {
        let m = f64::from(m);
        let next = term * (p + 1.0 + m) * (a + m) * z / ((c + 1.0 + m) * (m + 2.0));
        sum += next;
        // Past the largest term, and as small as rounding.
        if next.abs() <= f64::EPSILON / 8.0 * sum.abs() && next.abs() <= term.abs() {
            break;
        }
        term = next;
    }
    sum
}
