//! Pareto/NBD: purchases until a lifetime ends.
//!
//! # Question
//!
//! Of customers with no contract, who is still a customer, and how much will
//! each buy, when they can leave at any time?
//!
//! # Model
//!
//! While active, a customer buys at random with a rate λ of their own; the lifetime
//! is exponential with a rate μ of their own. Both rates are gamma distributed over
//! customers and have nothing to do with each other.
//!
//! ```text
//! L(r, α, s, β | x, t_x, T) = Γ(r+x)/Γ(r) α^r β^s
//!     { (α+T)^-(r+x) (β+T)^-s  +  s ∫ (α+u)^-(r+x) (β+u)^-(s+1) du }
//!                                       over u from t_x to T
//! ```
//!
//! where x is the frequency, `t_x` the recency and T the age of a customer, r and α
//! the shape and the rate of the gamma law of λ, s and β those of μ. The first term
//! belongs to customers who are still active, the integral to those who left at u.
//!
//! The literature writes the integral as a difference of two hypergeometric
//! functions, which loses all digits where `t_x` is close to T. As a sum of positive
//! terms it loses none, nothing is special about α = β, and the derivatives are sums
//! over the same points.
//!
//! # How to read it
//!
//! r/α is the mean rate of purchases per unit of time, s/β the mean rate of leaving.
//! A small r or s says that customers differ a lot in it. s and β are often poorly
//! told apart: look at their standard errors.
//!
//! # Limits
//!
//! Purchases are at random: for customers who buy like clockwork, P(alive) falls
//! too slowly.
//!
//! # Complexity
//!
//! A fit takes about ten passes over the different histories, in parallel, with some
//! 40 points each.
//!
//! # References
//!
//! - Schmittlein, D. C., Morrison, D. G. and Colombo, R. (1987). Counting your
//!   customers: who are they and what will they do next? *Management Science* 33(1),
//!   1-24. doi:10.1287/mnsc.33.1.1
//! - Fader, P. S. and Hardie, B. G. S. (2005). A note on deriving the Pareto/NBD
//!   model and related expressions. brucehardie.com/notes/009
//! - Fader, P. S., Hardie, B. G. S. and Lee, K. L. (2005). RFM and CLV: using
//!   iso-value curves for customer base analysis. *Journal of Marketing Research*
//!   42(4), 415-430. doi:10.1509/jmkr.2005.42.4.415

use serde::{Deserialize, Serialize};

use super::{
    FitReport, PurchaseHistory,
    fit::{LogLikelihood, Parametric},
    gamma_rates::{GammaRates, Silence, rising},
    negative_binomial::NegativeBinomial,
    process::{Known, Process, Sums, sum_by_frequency},
    purchase_model::purchase_model,
};
use crate::{
    data::TimeUnit,
    numeric::{
        quadrature::{integrate_adaptively, panel},
        special::ln_upper_gamma,
    },
};

/// How to fit Pareto/NBD.
///
/// # Example
///
/// ```
/// use custometry::{data::date_of_day, simulate::PurchaseLogParams, value::*};
///
/// let log = PurchaseLogParams::default().customers(2_000).generate()?.transactions;
/// let summary = SummaryState::new(&log)?.summary(date_of_day(10_407).unwrap())?;
/// let histories = PurchaseHistories::new(&summary)?;
/// let model = ParetoNbdParams::default().fit(&histories)?;
/// assert_eq!(model.fit_report().unwrap().verdict, FitVerdict::Converged);
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ParetoNbdParams {
    unit: TimeUnit,
}

/// A Pareto/NBD model: fitted, or given by published parameters.
///
/// # Example
///
/// ```
/// use custometry::{data::{Days, TimeUnit}, value::{ParetoNbd, PurchaseHistory, PurchaseModel}};
///
/// // BTYD 2.4.3, customer 1516 of CDNOW.
/// let model = ParetoNbd::new(TimeUnit::Weeks, 0.553, 10.578, 0.606, 11.669)?;
/// let known = PurchaseHistory::new(26, Days(216.0), Days(217.0))?;
/// assert!((model.p_alive_one(&known) - 0.9979).abs() < 5e-5);
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "ParetoNbdFields", into = "ParetoNbdFields")]
pub struct ParetoNbd {
    core: Core,
    report: Option<FitReport>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Core {
    unit: TimeUnit,
    r: f64,
    alpha: f64,
    s: f64,
    beta: f64,
}

fn core(unit: TimeUnit, r: f64, alpha: f64, s: f64, beta: f64) -> Core {
    Core {
        unit,
        r,
        alpha,
        s,
        beta,
    }
}

purchase_model! {
    ParetoNbd, ParetoNbdParams, ParetoNbdFields, "custometry/pareto-nbd",
    "ParetoNbd::new(TimeUnit::Weeks, 0.553, 10.578, 0.606, 11.669)",
    Core = core,
    /// The shape of the gamma law of purchase rates.
    r,
    /// The rate of the gamma law of purchase rates, in units of time.
    alpha,
    /// The shape of the gamma law of the rates of leaving.
    s,
    /// The rate of the gamma law of the rates of leaving, in units of time.
    beta
}

/// The laws of buying and leaving, and ln s.
struct Laws {
    buying: GammaRates,
    leaving: GammaRates,
    ln_s: f64,
}

/// A point of the integral: its weight there, and the two factors of the integrand.
struct Part {
    weight: f64,
    buying: Silence,
    leaving: Silence,
}

impl Laws {
    /// ln of the first term: silent and active until the end.
    fn ln_active(&self, x: f64, age: f64) -> f64 {
        self.buying.ln_silence(x, age) + self.leaving.ln_silence(0.0, age)
    }

    /// ln of the integrand: silent until u, and left then.
    fn ln_left_at(&self, x: f64, u: f64) -> f64 {
        self.buying.ln_silence(x, u) + self.leaving.ln_silence(1.0, u) + self.ln_s
    }

    /// ln of the integrand at a point.
    fn ln_left(&self, part: &Part) -> f64 {
        part.buying.value + part.leaving.value + self.ln_s
    }
}

impl Core {
    fn laws(&self) -> Laws {
        Laws {
            buying: GammaRates::new(self.r, self.alpha),
            leaving: GammaRates::new(self.s, self.beta),
            ln_s: self.s.ln(),
        }
    }

    /// Hands out the points of the integral from the last purchase to the end.
    ///
    /// Panels are at most twice as long as their distance from the singularities
    /// at -α and -β, and no longer than the integrand takes to fall by e^-8; what
    /// cannot add to the sum any more is left out.
    fn for_each_left(&self, laws: &Laws, known: &Known, mut give: impl FnMut(&Part)) {
        const NEGLIGIBLE: f64 = 1e-18;
        let Known { x, recency, age } = *known;
        let nearest = self.alpha.min(self.beta);
        let ln_first = laws.ln_left_at(x, recency);
        let (mut at, mut sum) = (recency, 0.0);
        while at < age {
            let slope = (self.r + x) / (self.alpha + at) + (self.s + 1.0) / (self.beta + at);
            let width = (2.0 * (nearest + at)).min(8.0 / slope);
            let to = (at + width).min(age);
            // Where the step is lost in rounding there is nothing left to add.
            if to <= at {
                break;
            }
            for (time, weight) in panel(at, to) {
                let part = Part {
                    weight,
                    buying: laws.buying.silence(x, time),
                    leaving: laws.leaving.silence(1.0, time),
                };
                sum += weight * (laws.ln_left(&part) - ln_first).exp();
                give(&part);
            }
            let at_most = (laws.ln_left_at(x, to) - ln_first).exp() * (age - to);
            if at_most <= NEGLIGIBLE * sum {
                break;
            }
            at = to;
        }
    }

    /// The odds of having left by the age, to being active.
    fn odds_left(&self, laws: &Laws, known: &Known) -> f64 {
        let active = laws.ln_active(known.x, known.age);
        let mut odds = 0.0;
        self.for_each_left(laws, known, |part| {
            odds += part.weight * (laws.ln_left(part) - active).exp();
        });
        odds
    }

    /// Adds one cell to the sums. The braces are a sum of parts, each e to
    /// something, so their logarithm has the mean slope of the parts for its slope,
    /// and their mean curvature and the spread of their slopes for its curvature.
    fn add(&self, laws: &Laws, own: &[f64; 3], known: &Known, weight: f64, sums: &mut Sums<4>) {
        let Known { x, recency, age } = *known;
        let first = (
            laws.buying.silence(x, recency),
            laws.leaving.silence(1.0, recency),
        );
        let active = (laws.buying.silence(x, age), laws.leaving.silence(0.0, age));
        let ln_active = active.0.value + active.1.value;
        let ln_largest = ln_active.max(first.0.value + first.1.value + laws.ln_s);
        let mut parts = Parts {
            // Spreads are taken around a point in the midst of the parts, so that
            // nothing is lost when they are close together.
            centre: slope(&first.0, &first.1),
            total: 0.0,
            slope: [0.0; 4],
            curvature: [[0.0; 4]; 4],
        };
        parts.add(
            (ln_active - ln_largest).exp(),
            &active.0,
            &active.1,
            [0.0; 2],
        );
        let by_s = [1.0 / self.s, -1.0 / (self.s * self.s)];
        self.for_each_left(laws, known, |part| {
            let share = part.weight * (laws.ln_left(part) - ln_largest).exp();
            parts.add(share, &part.buying, &part.leaving, by_s);
        });
        let Parts {
            centre,
            total,
            slope,
            curvature,
        } = parts;
        sums.value += weight * (own[0] + total.ln() + ln_largest);
        for row in 0..4 {
            let mean = slope[row] / total;
            sums.slope[row] += weight * (centre[row] + mean);
            for column in 0..=row {
                let spread = curvature[row][column] / total - mean * slope[column] / total;
                sums.curvature[row][column] += weight * spread;
            }
        }
        sums.slope[0] += weight * own[1];
        sums.curvature[0][0] += weight * own[2];
    }
}

/// The slopes of a part by r, α, s and β, but for ln s.
fn slope(buying: &Silence, leaving: &Silence) -> [f64; 4] {
    let ([by_r, by_alpha], [by_s, by_beta]) = (buying.slope, leaving.slope);
    [by_r, by_alpha, by_s, by_beta]
}

/// Sums over parts by their shares: of slopes less the centre, and of curvatures
/// plus products of such slopes.
struct Parts {
    centre: [f64; 4],
    total: f64,
    slope: [f64; 4],
    curvature: [[f64; 4]; 4],
}

impl Parts {
    /// `by_s` are the first two derivatives of ln s, if it is in the part.
    fn add(&mut self, share: f64, buying: &Silence, leaving: &Silence, by_s: [f64; 2]) {
        let mut slope = slope(buying, leaving);
        slope[2] += by_s[0];
        let curvature = [
            [0.0; 4],
            [buying.mixed, buying.by_rate_twice, 0.0, 0.0],
            [0.0, 0.0, by_s[1], 0.0],
            [0.0, 0.0, leaving.mixed, leaving.by_rate_twice],
        ];
        self.total += share;
        for row in 0..4 {
            slope[row] -= self.centre[row];
            self.slope[row] += share * slope[row];
            for column in 0..=row {
                let together = curvature[row][column] + slope[row] * slope[column];
                self.curvature[row][column] += share * together;
            }
        }
    }
}

impl Parametric for Core {
    const NAMES: &'static [&'static str] = &["r", "alpha", "s", "beta"];

    fn model(&self) -> &'static str {
        "Pareto/NBD"
    }

    fn parameters(&self) -> Vec<f64> {
        vec![self.r, self.alpha, self.s, self.beta]
    }

    fn with_parameters(&self, parameters: &[f64]) -> Self {
        let [r, alpha, s, beta] = [0, 1, 2, 3].map(|at| parameters[at]);
        core(self.unit, r, alpha, s, beta)
    }
}

impl Process for Core {
    const TIMES: &'static [bool] = &[false, true, false, true];

    fn unit(&self) -> TimeUnit {
        self.unit
    }

    fn starts(&self) -> Vec<Vec<f64>> {
        vec![
            vec![0.5, 0.3, 0.5, 0.3],
            vec![2.0, 1.0, 1.0, 2.0],
            vec![1.0, 0.1, 0.2, 0.05],
        ]
    }

    fn log_likelihood(&self, cells: &[PurchaseHistory], weights: &[f64]) -> LogLikelihood {
        let laws = self.laws();
        sum_by_frequency(
            cells,
            weights,
            self.unit,
            |x| rising(self.r, x),
            |own, known, weight, sums| self.add(&laws, own, known, weight, sums),
        )
    }

    fn p_alive(&self, known: &Known) -> f64 {
        1.0 / (1.0 + self.odds_left(&self.laws(), known))
    }

    /// (B/(B+t))^s with B = β+T.
    fn p_stays(&self, known: &Known, t: f64) -> f64 {
        self.leaving_later(known).ln_silence(0.0, t).exp()
    }

    /// With B = β+T,
    ///
    /// ```text
    /// (r+x)/(α+T) B (1 - (B/(B+t))^(s-1)) / (s-1)
    /// ```
    fn expected_if_active(&self, known: &Known, t: f64) -> f64 {
        let scale = self.beta + known.age;
        let (power, l) = (self.s - 1.0, -(t / scale).ln_1p());
        let active_time = if power.abs() < 1e-300 {
            -scale * l
        } else {
            -scale * (power * l).exp_m1() / power
        };
        self.rate(known) * active_time
    }

    /// Active all the time with n purchases, or until w with n purchases.
    fn exactly_if_active(&self, known: &Known, n: u32, t: f64) -> f64 {
        let purchases = |time: f64| {
            let nbd = NegativeBinomial {
                shape: self.r + known.x,
                scale: self.alpha + known.age,
                time,
            };
            nbd.exactly(n)
        };
        let leaving = self.leaving_later(known);
        // The density of lifetimes: s B^s (B+w)^-(s+1).
        let density = |w: f64| self.s * leaving.ln_silence(1.0, w).exp();
        // Where n purchases are likeliest, and where the integrand changes.
        let likeliest = f64::from(n) / self.rate(known);
        let scale = (self.alpha + known.age).min(self.beta + known.age);
        let left = integrate_adaptively(t, scale, likeliest, |w| purchases(w) * density(w));
        purchases(t) * self.p_stays(known, t) + left
    }

    /// With B = β+T and z = δB,
    ///
    /// ```text
    /// (r+x)/(α+T) B e^z z^(s-1) Γ(1-s, z)
    /// ```
    fn residuals_if_active(&self, same: &[Known], rate: f64) -> Vec<f64> {
        let residual = |known: &Known| {
            let scale = self.beta + known.age;
            let z = rate * scale;
            let ln_time = z + (self.s - 1.0) * z.ln() + ln_upper_gamma(1.0 - self.s, z);
            self.rate(known) * scale * ln_time.exp()
        };
        same.iter().map(residual).collect()
    }

    fn time_scale(&self, known: &Known) -> f64 {
        (self.beta + known.age) * (4.0 / (self.s + 1.0)).min(2.0)
    }

    /// The odds of having left grow by s/(β+T) + odds ((r+x)/(α+T) + s/(β+T)), so
    /// Newton's method finds where they reach the threshold.
    fn silence(&self, x: f64, recency: f64, threshold: f64) -> Option<f64> {
        const MAX_STEPS: usize = 200;
        let laws = self.laws();
        let wanted = (1.0 - threshold) / threshold;
        let (mut low, mut high) = (recency, f64::INFINITY);
        let mut age = recency + (self.beta + recency) / self.s * wanted.min(1.0);
        for _ in 0..MAX_STEPS {
            let odds = self.odds_left(&laws, &Known { x, recency, age });
            if odds < wanted {
                low = age;
            } else {
                high = age;
            }
            let leave = self.s / (self.beta + age);
            let growth = leave + odds * ((self.r + x) / (self.alpha + age) + leave);
            // In ln(1 + odds), which is straighter than the odds.
            let gap = (wanted.ln_1p() - odds.ln_1p()) * (1.0 + odds) / growth;
            let next = age + gap;
            if (next - age).abs() <= 1e-14 * age {
                return Some(next);
            }
            age = if next > low && next < high {
                next
            } else if high.is_finite() {
                f64::midpoint(low, high)
            } else {
                2.0 * age + 1.0
            };
            let closed = high.is_finite() && high - low <= 1e-15 * high;
            if closed || !age.is_finite() {
                break;
            }
        }
        age.is_finite().then_some(age)
    }
}

impl Core {
    /// The mean rate of purchases of a customer with this history.
    fn rate(&self, known: &Known) -> f64 {
        (self.r + known.x) / (self.alpha + known.age)
    }

    /// The law of the rates of leaving of those who are active at the end.
    fn leaving_later(&self, known: &Known) -> GammaRates {
        GammaRates::new(self.s, self.beta + known.age)
    }
}
