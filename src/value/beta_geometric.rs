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

use serde::{Deserialize, Serialize};

use super::{
    FitReport, PurchaseHistories, PurchaseHistory,
    fit::{LogLikelihood, maximise},
    purchase_model::Process,
};
use crate::{
    Error, Result,
    data::{Days, Estimate, TimeUnit},
    numeric::{
        map_chunks,
        quadrature::integrate_from_zero,
        special::{digamma, hyp2f1, ln_hyp2f1, ln_rising, trigamma},
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
    fn chances(self, frequency: u32) -> f64 {
        match self {
            Self::AfterRepeat => f64::from(frequency),
            Self::AfterAny => f64::from(frequency) + 1.0,
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

const NAMES: [&str; 4] = ["r", "alpha", "a", "b"];

/// Cells of the likelihood added up together; a constant.
const CHUNK: usize = 1 << 12;

/// What the likelihood needs of one frequency: functions of x alone, shared by
/// all cells that have it.
struct OfFrequency {
    x: f64,
    n: f64,
    /// ln Γ(r+x)/Γ(r) and its derivatives by r.
    rate: [f64; 3],
    /// ln Γ(b+n)/Γ(b) and its derivatives by b.
    stay: [f64; 3],
    /// ln Γ(a+b+n)/Γ(a+b) and its derivatives by a, or by b.
    all: [f64; 3],
}

/// ln Γ(p+n)/Γ(p) and its first two derivatives by p.
fn rising(p: f64, n: f64) -> [f64; 3] {
    [
        ln_rising(p, n),
        digamma(p + n) - digamma(p),
        trigamma(p + n) - trigamma(p),
    ]
}

/// Sums over cells: the value, 4 slopes, and 10 curvatures by row of the lower
/// triangle.
#[derive(Clone, Copy, Default)]
struct Sums {
    value: f64,
    slope: [f64; 4],
    curvature: [[f64; 4]; 4],
}

impl BetaGeometric {
    fn of_frequency(&self, frequency: u32) -> OfFrequency {
        let x = f64::from(frequency);
        let n = self.dropout.chances(frequency);
        OfFrequency {
            x,
            n,
            rate: rising(self.r, x),
            stay: rising(self.b, n),
            all: rising(self.a + self.b, n),
        }
    }

    /// ln of the two terms in braces times α^r: still active, and dropped out.
    /// α^r is drawn in because for large r, in data of like customers, it and the
    /// rest are huge and cancel.
    fn terms(&self, x: f64, n: f64, recency: f64, age: f64) -> (f64, f64) {
        let silent =
            |time: f64| -self.r * (time / self.alpha).ln_1p() - x * (self.alpha + time).ln();
        let left = if n > 0.0 {
            (self.a / (self.b + n - 1.0)).ln() + silent(recency)
        } else {
            f64::NEG_INFINITY
        };
        (silent(age), left)
    }

    /// Adds one cell to the sums.
    fn add(&self, known: &OfFrequency, recency: f64, age: f64, weight: f64, sums: &mut Sums) {
        let Self { r, alpha, a, b, .. } = *self;
        let OfFrequency { x, n, .. } = *known;
        let (active, left) = self.terms(x, n, recency, age);
        let alive = 1.0 / (1.0 + (left - active).exp());
        let gone = 1.0 - alive;
        let larger = active.max(left);
        let braces = larger + ((active - larger).exp() + (left - larger).exp()).ln();
        sums.value += weight * (known.rate[0] + known.stay[0] - known.all[0] + braces);

        // Slopes of the two terms by r and α, and of the second by a and b; then
        // their curvatures by r and α, and by α twice.
        let by_r = |time: f64| -(time / alpha).ln_1p();
        let share = |time: f64| time / (alpha * (alpha + time));
        let by_alpha = |time: f64| r * share(time) - x / (alpha + time);
        let by_alpha_twice = |time: f64| {
            -r * share(time) * (1.0 / alpha + 1.0 / (alpha + time)) + x * (alpha + time).powi(-2)
        };
        let active_slope = [by_r(age), by_alpha(age), 0.0, 0.0];
        let left_slope = [
            by_r(recency),
            by_alpha(recency),
            1.0 / a,
            -1.0 / (b + n - 1.0),
        ];
        let own = [
            known.rate[1],
            0.0,
            -known.all[1],
            known.stay[1] - known.all[1],
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
            [known.rate[2], 0.0, 0.0, 0.0],
            [
                mixed(share(age), share(recency)),
                mixed(by_alpha_twice(age), by_alpha_twice(recency)),
                0.0,
                0.0,
            ],
            [0.0, 0.0, -known.all[2] + mixed(0.0, -1.0 / (a * a)), 0.0],
            [
                0.0,
                0.0,
                -known.all[2],
                known.stay[2] - known.all[2] + mixed(0.0, (b + n - 1.0).powi(-2)),
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

    /// The log-likelihood of many cells, ascending by frequency.
    fn log_likelihood(&self, cells: &[PurchaseHistory], weights: &[f64]) -> LogLikelihood {
        let partial = map_chunks(cells.len(), CHUNK, |range| {
            let mut sums = Sums::default();
            let mut at = range.start;
            for run in cells[range].chunk_by(|p, q| p.frequency() == q.frequency()) {
                let known = self.of_frequency(run[0].frequency());
                for cell in run {
                    let recency = self.unit.count(cell.recency());
                    let age = self.unit.count(cell.age());
                    self.add(&known, recency, age, weights[at], &mut sums);
                    at += 1;
                }
            }
            sums
        });
        let mut total = Sums::default();
        for sums in partial {
            total.value += sums.value;
            for row in 0..4 {
                total.slope[row] += sums.slope[row];
                for column in 0..=row {
                    total.curvature[row][column] += sums.curvature[row][column];
                }
            }
        }
        let symmetric = |at: usize| {
            let (row, column) = (at / 4, at % 4);
            total.curvature[row.max(column)][row.min(column)]
        };
        LogLikelihood {
            value: total.value,
            gradient: total.slope.to_vec(),
            hessian: (0..16).map(symmetric).collect(),
        }
    }

    /// Fits the four parameters.
    pub(super) fn fit(
        model: &'static str,
        dropout: Dropout,
        unit: TimeUnit,
        histories: &PurchaseHistories,
    ) -> Result<(Self, FitReport)> {
        let (cells, weights) = histories.weighted();
        let customers: f64 = weights.iter().sum();
        check(cells, weights, customers)?;
        // In the scale of the data α is about as large as an age.
        let longest = cells.iter().map(|cell| cell.age().0).fold(0.0, f64::max);
        let scale = unit.count(Days(longest));
        let starts = [
            [0.5, 0.2 * scale, 1.0, 2.0],
            [2.0, scale, 0.5, 5.0],
            [1.0, 0.05 * scale, 0.2, 0.4],
        ];
        let at = |[r, alpha, a, b]: [f64; 4]| Self {
            dropout,
            unit,
            r,
            alpha,
            a,
            b,
        };
        let scale = [1.0, scale, 1.0, 1.0];
        let fitted = maximise(model, NAMES, scale, &starts, customers, |p| {
            at(*p).log_likelihood(cells, weights)
        })?;
        Ok((at(fitted.parameters), fitted.report))
    }

    /// Refuses parameters that define no model.
    pub(super) fn checked(self) -> Result<Self> {
        for (name, value) in NAMES.into_iter().zip([self.r, self.alpha, self.a, self.b]) {
            // Written so that NaN fails as well.
            if !(value > 0.0 && value.is_finite()) {
                return Err(Error::parameter(name, value, "a finite number above 0"));
            }
        }
        Ok(self)
    }

    /// The four parameters with standard errors and intervals.
    pub(super) fn estimates(
        &self,
        report: Option<&FitReport>,
        level: f64,
    ) -> Result<Option<[Estimate; 4]>> {
        let Some(report) = report else {
            return Ok(None);
        };
        let mut all = Vec::with_capacity(4);
        for (at, value) in [self.r, self.alpha, self.a, self.b].into_iter().enumerate() {
            all.extend(report.estimate(at, value, level)?);
        }
        Ok(all.try_into().ok())
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
    fn expected_if_active(&self, x: f64, n: f64, age: f64, t: f64) -> f64 {
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
            return c / epsilon * (1.0 - (epsilon * l).exp() * f);
        }
        let growth = if epsilon.abs() < 1e-300 {
            l
        } else {
            (epsilon * l).exp_m1() / epsilon
        };
        -c * growth - (epsilon * l).exp() * series(first, self.a, c, z)
    }

    /// The same as an integral over time of the rate of purchases of the customers
    /// who are then still active,
    ///
    /// ```text
    /// E[λ e^(-λpu)] = ρ/A (1-z)^(ρ+1) F(ρ+1, b+n; a+b+n; z),   z = u/(A+u)
    /// ```
    ///
    /// with ρ = r+x and A = α+T: all terms are positive.
    fn expected_by_rate(&self, x: f64, n: f64, age: f64, t: f64) -> f64 {
        let (shape, scale) = (self.r + x, self.alpha + age);
        let (stay, all) = (self.b + n, self.a + self.b + n);
        // Until about 4/ρ of A has passed the rate falls like an exponential.
        let first_panel = scale * (4.0 / (shape + 1.0)).min(2.0);
        integrate_from_zero(t, first_panel, f64::INFINITY, |u| {
            let z = u / (scale + u);
            let kept = (shape + 1.0) * (u / scale).ln_1p();
            shape / scale * (ln_hyp2f1(shape + 1.0, stay, all, z) - kept).exp()
        })
    }
}

impl Process for BetaGeometric {
    fn unit(&self) -> TimeUnit {
        self.unit
    }

    fn p_alive(&self, history: &PurchaseHistory) -> f64 {
        let n = self.dropout.chances(history.frequency());
        let recency = self.unit.count(history.recency());
        let age = self.unit.count(history.age());
        let (active, left) = self.terms(f64::from(history.frequency()), n, recency, age);
        1.0 / (1.0 + (left - active).exp())
    }

    fn expected(&self, history: &PurchaseHistory, horizon: Days) -> f64 {
        let x = f64::from(history.frequency());
        let n = self.dropout.chances(history.frequency());
        let (age, t) = (self.unit.count(history.age()), self.unit.count(horizon));
        self.p_alive(history) * self.expected_if_active(x, n, age, t)
    }

    fn expected_of_new(&self, horizon: Days) -> f64 {
        let t = self.unit.count(horizon);
        // A new customer of MBG/NBD has made the purchase after which dropout is
        // possible, and may be gone.
        match self.dropout {
            Dropout::AfterRepeat => self.expected_if_active(0.0, 0.0, 0.0, t),
            Dropout::AfterAny => {
                let stayed = self.b / (self.a + self.b);
                stayed * self.expected_if_active(0.0, 1.0, 0.0, t)
            }
        }
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

/// Refuses data from which no purchase model can be told.
pub(super) fn check(cells: &[PurchaseHistory], weights: &[f64], customers: f64) -> Result<()> {
    let weighed = || {
        cells
            .iter()
            .zip(weights)
            .filter(|&(_, &weight)| weight > 0.0)
    };
    if customers < 5.0 {
        return Err(Error::NotEnoughData {
            what: "customers with a purchase, to tell four parameters".into(),
            needed: 5,
            found: weighed().count(),
        });
    }
    if !weighed().any(|(cell, _)| cell.age().0 > 0.0) {
        return Err(Error::Degenerate {
            what: "every customer came on the last day; observe them for longer".into(),
        });
    }
    if !weighed().any(|(cell, _)| cell.frequency() > 0) {
        return Err(Error::Degenerate {
            what: "no customer has a repeat purchase, so there is no rate to tell; observe for \
                   longer"
                .into(),
        });
    }
    Ok(())
}

/// How a model is saved.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct BetaGeometricFields {
    unit: TimeUnit,
    r: f64,
    alpha: f64,
    a: f64,
    b: f64,
    report: Option<FitReport>,
}

impl BetaGeometricFields {
    pub(super) fn new(core: BetaGeometric, report: Option<FitReport>) -> Self {
        Self {
            unit: core.unit,
            r: core.r,
            alpha: core.alpha,
            a: core.a,
            b: core.b,
            report,
        }
    }

    pub(super) fn checked(self, dropout: Dropout) -> Result<(BetaGeometric, Option<FitReport>)> {
        if let Some(report) = &self.report {
            report.check(NAMES.len())?;
        }
        let core = BetaGeometric {
            dropout,
            unit: self.unit,
            r: self.r,
            alpha: self.alpha,
            a: self.a,
            b: self.b,
        };
        Ok((core.checked()?, self.report))
    }
}

/// Gives BG/NBD or MBG/NBD its parameters and its saved form.
macro_rules! beta_geometric_model {
    ($model:ident, $dropout:expr, $format:literal) => {
        impl $model {
            /// A model by its parameters; α in units of time.
            ///
            /// # Errors
            ///
            /// [`Error::InvalidParameter`]($crate::Error::InvalidParameter) unless
            /// all are finite and above 0.
            ///
            /// # Example
            ///
            /// See the type.
            pub fn new(
                unit: $crate::data::TimeUnit,
                r: f64,
                alpha: f64,
                a: f64,
                b: f64,
            ) -> $crate::Result<Self> {
                let core = BetaGeometric {
                    dropout: $dropout,
                    unit,
                    r,
                    alpha,
                    a,
                    b,
                };
                Ok(Self {
                    core: core.checked()?,
                    report: None,
                })
            }

            /// The shape of the gamma law of purchase rates.
            ///
            /// # Example
            ///
            /// See the parameters of the fit.
            pub fn r(&self) -> f64 {
                self.core.r
            }

            /// The rate of the gamma law of purchase rates, in units of time.
            ///
            /// # Example
            ///
            /// See the parameters of the fit.
            pub fn alpha(&self) -> f64 {
                self.core.alpha
            }

            /// The first parameter of the beta law of dropout.
            ///
            /// # Example
            ///
            /// See the parameters of the fit.
            pub fn a(&self) -> f64 {
                self.core.a
            }

            /// The second parameter of the beta law of dropout.
            ///
            /// # Example
            ///
            /// See the parameters of the fit.
            pub fn b(&self) -> f64 {
                self.core.b
            }

            /// r, α, a and b with standard errors and intervals that are normal in
            /// their logarithms. `None` if there are no standard errors: parameters
            /// were given, or lie on the boundary.
            ///
            /// # Errors
            ///
            /// [`Error::InvalidParameter`]($crate::Error::InvalidParameter) unless
            /// the level is between 0 and 1.
            ///
            /// # Example
            ///
            /// See the parameters of the fit.
            pub fn estimates(
                &self,
                level: f64,
            ) -> $crate::Result<Option<[$crate::data::Estimate; 4]>> {
                self.core.estimates(self.report.as_ref(), level)
            }
        }

        impl $crate::persist::sealed::Sealed for $model {}
        impl $crate::persist::Persist for $model {
            const FORMAT: &'static str = $format;
            const VERSION: u32 = 1;
        }

        impl From<$model> for BetaGeometricFields {
            fn from(model: $model) -> Self {
                Self::new(model.core, model.report)
            }
        }

        impl TryFrom<BetaGeometricFields> for $model {
            type Error = $crate::Error;
            fn try_from(fields: BetaGeometricFields) -> $crate::Result<Self> {
                let (core, report) = fields.checked($dropout)?;
                Ok(Self { core, report })
            }
        }
    };
}
pub(super) use beta_geometric_model;
