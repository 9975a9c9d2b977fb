//! What every purchase model can be asked, and how it is fitted, written once.
//!
//! Each model has a private core that implements [`Process`]; the macro gives the
//! model its public methods, inherent and documented, on top of it. A model is a
//! struct with the fields `core` and `report`.

use super::{
    FitReport, PurchaseHistories, PurchaseHistory,
    fit::{Fitted, LogLikelihood, maximise},
};
use crate::{
    Error, Result,
    data::{Days, DiscountRate, TimeUnit},
    numeric::map_chunks,
};

/// A history in the unit of a model.
#[derive(Debug, Clone, Copy)]
pub(super) struct Known {
    /// Repeat purchases.
    pub(super) x: f64,
    /// From the first purchase to the last.
    pub(super) recency: f64,
    /// From the first purchase to the end of observation.
    pub(super) age: f64,
}

impl Known {
    pub(super) fn new(history: &PurchaseHistory, unit: TimeUnit) -> Self {
        Self {
            x: f64::from(history.frequency()),
            recency: unit.count(history.recency()),
            age: unit.count(history.age()),
        }
    }

    /// A customer who has just come.
    pub(super) const NEW: Self = Self {
        x: 0.0,
        recency: 0.0,
        age: 0.0,
    };
}

/// The core of a model: its parameters, their likelihood, and what it expects. All
/// times are in its unit.
pub(super) trait Process: Clone + Sync + Send {
    /// The parameters, in order.
    const NAMES: &'static [&'static str];
    /// Which of them are times, and scale with the unit.
    const TIMES: &'static [bool];

    /// As it is called in messages.
    fn model(&self) -> &'static str;
    fn unit(&self) -> TimeUnit;
    fn parameters(&self) -> Vec<f64>;
    /// The same model with other parameters.
    fn with_parameters(&self, parameters: &[f64]) -> Self;
    /// Where fits start, with times as shares of the longest age.
    fn starts(&self) -> Vec<Vec<f64>>;
    /// The log-likelihood of many cells, ascending by frequency.
    fn log_likelihood(&self, cells: &[PurchaseHistory], weights: &[f64]) -> LogLikelihood;

    /// The chance to be active at the end of observation.
    fn p_alive(&self, known: &Known) -> f64;
    /// The chance that a customer active now is so after t.
    fn p_stays(&self, known: &Known, t: f64) -> f64;
    /// Purchases expected over t of a customer who is active.
    fn expected_if_active(&self, known: &Known, t: f64) -> f64;
    /// The chance of exactly n purchases in t of a customer who is active.
    fn exactly_if_active(&self, known: &Known, n: u32, t: f64) -> f64;
    /// Purchases expected ever of a customer who is active, each discounted at the
    /// continuous rate.
    fn residual_if_active(&self, known: &Known, rate: f64) -> f64;
    /// The age at which P(alive) falls to the threshold if no purchase comes.
    /// `None` if it never does.
    fn silence(&self, x: f64, recency: f64, threshold: f64) -> Option<f64>;
}

/// What to predict of each customer.
///
/// # Example
///
/// ```
/// use custometry::{data::{Days, TimeUnit}, value::{BgNbd, Prediction, PurchaseHistories}};
///
/// let model = BgNbd::new(TimeUnit::Weeks, 0.243, 4.414, 0.793, 2.426)?;
/// let histories = PurchaseHistories::from_columns(&[2], &[213.0], &[272.0], None)?;
/// let year = Days(365.0);
/// let expected = model.predict(&histories, Prediction::Expected(year))?;
/// assert_eq!(expected, model.expected_purchases(&histories, year)?);
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum Prediction {
    /// The chance to be active at the end of observation.
    PAlive,
    /// The chance to be active so long after the end of observation.
    PAliveIn(Days),
    /// Purchases expected over a horizon after the end of observation.
    Expected(Days),
    /// The chance of exactly so many purchases over a horizon.
    Exactly(u32, Days),
    /// Discounted expected residual transactions (DERT): all purchases to come,
    /// each worth less the later it comes.
    Residual(DiscountRate),
}

impl Prediction {
    pub(super) fn check(self) -> Result<()> {
        match self {
            Self::PAlive => Ok(()),
            Self::PAliveIn(horizon) | Self::Expected(horizon) | Self::Exactly(_, horizon) => {
                check_horizon(horizon)
            }
            Self::Residual(rate) if rate.per_day() > 0.0 => Ok(()),
            Self::Residual(rate) => Err(Error::parameter(
                "discount rate",
                rate.per_day(),
                "a rate above 0: purchases for ever have no finite sum without one",
            )),
        }
    }

    pub(super) fn is_probability(self) -> bool {
        matches!(self, Self::PAlive | Self::PAliveIn(_) | Self::Exactly(..))
    }

    /// The prediction for one history.
    pub(super) fn of<P: Process>(self, core: &P, known: &Known) -> f64 {
        let alive = core.p_alive(known);
        match self {
            Self::PAlive => alive,
            Self::PAliveIn(horizon) => alive * core.p_stays(known, core.unit().count(horizon)),
            Self::Expected(horizon) => {
                alive * core.expected_if_active(known, core.unit().count(horizon))
            }
            Self::Exactly(n, horizon) => {
                let active = core.exactly_if_active(known, n, core.unit().count(horizon));
                let gone = if n == 0 { 1.0 - alive } else { 0.0 };
                (alive * active + gone).clamp(0.0, 1.0)
            }
            Self::Residual(rate) => {
                // Per unit of time: the days in a unit over one day.
                let days = 1.0 / core.unit().count(Days(1.0));
                alive * core.residual_if_active(known, rate.per_day() * days)
            }
        }
    }
}

/// Histories predicted together; a constant.
const CHUNK: usize = 1 << 8;

/// One value a cell.
pub(super) fn by_cell<T: Send>(
    cells: &[PurchaseHistory],
    unit: TimeUnit,
    one: impl Fn(&Known) -> T + Sync,
) -> Vec<T> {
    let chunks = map_chunks(cells.len(), CHUNK, |range| {
        let known = cells[range].iter().map(|cell| Known::new(cell, unit));
        known.map(|known| one(&known)).collect::<Vec<T>>()
    });
    chunks.into_iter().flatten().collect()
}

/// One prediction a cell, handed to every customer in it.
pub(super) fn predict<P: Process>(
    core: &P,
    histories: &PurchaseHistories,
    prediction: Prediction,
) -> Result<Vec<f64>> {
    prediction.check()?;
    let (cells, _) = histories.weighted();
    let values = by_cell(cells, core.unit(), |known| prediction.of(core, known));
    Ok(histories.by_customer(&values))
}

pub(super) fn predict_one<P: Process>(
    core: &P,
    history: &PurchaseHistory,
    prediction: Prediction,
) -> Result<f64> {
    prediction.check()?;
    Ok(prediction.of(core, &Known::new(history, core.unit())))
}

fn check_horizon(horizon: Days) -> Result<()> {
    // Written so that NaN fails as well.
    if horizon.0 >= 0.0 && horizon.0.is_finite() {
        return Ok(());
    }
    Err(Error::parameter(
        "horizon",
        horizon.0,
        "a finite number of days, not negative",
    ))
}

/// Ages above this many units are as good as never.
const FOR_EVER: f64 = 1e9;

/// The age at which each customer's P(alive) falls to a threshold, in days.
pub(super) fn silence<P: Process>(
    core: &P,
    histories: &PurchaseHistories,
    threshold: f64,
) -> Result<Vec<Option<Days>>> {
    // Written so that NaN fails as well.
    if !(threshold > 0.0 && threshold < 1.0) {
        let expected = "a share between 0 and 1, such as 0.5";
        return Err(Error::parameter("threshold", threshold, expected));
    }
    let unit = core.unit();
    let days = 1.0 / unit.count(Days(1.0));
    let (cells, _) = histories.weighted();
    let ages = by_cell(cells, unit, |known| {
        let age = core.silence(known.x, known.recency, threshold);
        let soon = age.filter(|age| *age < FOR_EVER);
        soon.map(|age| age.max(known.recency) * days)
    });
    let numbers: Vec<f64> = ages.iter().map(|age| age.unwrap_or(f64::NAN)).collect();
    let by_customer = histories.by_customer(&numbers).into_iter();
    Ok(by_customer
        .map(|age| (!age.is_nan()).then_some(Days(age)))
        .collect())
}

/// Refuses parameters that define no model.
pub(super) fn checked<P: Process>(core: P) -> Result<P> {
    for (name, value) in P::NAMES.iter().zip(core.parameters()) {
        // Written so that NaN fails as well.
        if !(value > 0.0 && value.is_finite()) {
            return Err(Error::parameter(name, value, "a finite number above 0"));
        }
    }
    Ok(core)
}

/// Fits a model by maximum likelihood, in the unit of `shape`.
pub(super) fn fit<P: Process>(shape: &P, histories: &PurchaseHistories) -> Result<(P, FitReport)> {
    let (cells, weights) = histories.weighted();
    let customers: f64 = weights.iter().sum();
    check_histories(cells, weights, customers, P::NAMES.len())?;
    // In the scale of the data the parameters that are times are about as large as
    // an age.
    let longest = cells.iter().map(|cell| cell.age().0).fold(0.0, f64::max);
    let scale = scale::<P>(shape.unit().count(Days(longest)));
    let of_scale = |start: Vec<f64>| {
        start
            .iter()
            .zip(&scale)
            .map(|(p, scale)| p * scale)
            .collect()
    };
    let starts: Vec<Vec<f64>> = shape.starts().into_iter().map(of_scale).collect();
    let fitted = fit_from(shape, cells, weights, &scale, &starts)?;
    Ok((shape.with_parameters(&fitted.parameters), fitted.report))
}

/// Fits other weights of the same cells, from the parameters of a model.
pub(super) fn refit<P: Process>(
    core: &P,
    cells: &[PurchaseHistory],
    weights: &[f64],
) -> Result<Fitted> {
    let longest = cells.iter().map(|cell| cell.age().0).fold(0.0, f64::max);
    let scale = scale::<P>(core.unit().count(Days(longest)));
    fit_from(core, cells, weights, &scale, &[core.parameters()])
}

fn scale<P: Process>(longest: f64) -> Vec<f64> {
    let scale = |&is_time: &bool| if is_time { longest } else { 1.0 };
    P::TIMES.iter().map(scale).collect()
}

fn fit_from<P: Process>(
    shape: &P,
    cells: &[PurchaseHistory],
    weights: &[f64],
    scale: &[f64],
    starts: &[Vec<f64>],
) -> Result<Fitted> {
    let customers = weights.iter().sum();
    maximise(shape.model(), P::NAMES, scale, starts, customers, |p| {
        shape.with_parameters(p).log_likelihood(cells, weights)
    })
}

/// Refuses data from which no purchase model can be told.
fn check_histories(
    cells: &[PurchaseHistory],
    weights: &[f64],
    customers: f64,
    parameters: usize,
) -> Result<()> {
    let weighed = || {
        let with_weights = cells.iter().zip(weights);
        with_weights.filter(|&(_, &weight)| weight > 0.0)
    };
    let needed = u32::try_from(parameters).unwrap_or(u32::MAX) + 1;
    if customers < f64::from(needed) {
        // Below five, so that it fits.
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        let found = customers as usize;
        return Err(Error::NotEnoughData {
            what: format!("customers with a purchase, to tell {parameters} parameters").into(),
            needed: needed as usize,
            found,
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

/// Sums over cells: the value, the slopes, and the lower triangle of the
/// curvatures.
#[derive(Clone, Copy)]
pub(super) struct Sums<const N: usize> {
    pub(super) value: f64,
    pub(super) slope: [f64; N],
    pub(super) curvature: [[f64; N]; N],
}

/// Cells of a likelihood added up together; a constant.
const LIKELIHOOD_CHUNK: usize = 1 << 12;

/// Adds up a likelihood over the cells, in parallel and in a fixed order. `run`
/// prepares what the cells of one frequency share, `add` adds one of them.
pub(super) fn sum_by_frequency<const N: usize, R>(
    cells: &[PurchaseHistory],
    weights: &[f64],
    unit: TimeUnit,
    run: impl Fn(f64) -> R + Sync,
    add: impl Fn(&R, &Known, f64, &mut Sums<N>) + Sync,
) -> LogLikelihood {
    let zero = Sums {
        value: 0.0,
        slope: [0.0; N],
        curvature: [[0.0; N]; N],
    };
    let partial = map_chunks(cells.len(), LIKELIHOOD_CHUNK, |range| {
        let mut sums = zero;
        let mut at = range.start;
        for same in cells[range].chunk_by(|p, q| p.frequency() == q.frequency()) {
            let shared = run(f64::from(same[0].frequency()));
            for cell in same {
                add(&shared, &Known::new(cell, unit), weights[at], &mut sums);
                at += 1;
            }
        }
        sums
    });
    let mut total = zero;
    for sums in partial {
        total.value += sums.value;
        for row in 0..N {
            total.slope[row] += sums.slope[row];
            for column in 0..=row {
                total.curvature[row][column] += sums.curvature[row][column];
            }
        }
    }
    let symmetric = |at: usize| {
        let (row, column) = (at / N, at % N);
        total.curvature[row.max(column)][row.min(column)]
    };
    LogLikelihood {
        value: total.value,
        gradient: total.slope.to_vec(),
        hessian: (0..N * N).map(symmetric).collect(),
    }
}

/// Gives a purchase model its parameters, its saved form and its questions.
///
/// `$given` is how examples make the model; `$make` takes the unit and the
/// parameters and gives the core.
macro_rules! purchase_model {
    (
        $model:ident, $fields:ident, $format:literal, $given:literal,
        $core:ty = $make:expr,
        $($(#[$doc:meta])* $name:ident),+
    ) => {
        /// How a model is saved.
        #[derive(Serialize, Deserialize)]
        #[serde(deny_unknown_fields)]
        struct $fields {
            unit: $crate::data::TimeUnit,
            $($name: f64,)+
            report: Option<$crate::value::FitReport>,
        }

        impl From<$model> for $fields {
            fn from(model: $model) -> Self {
                Self {
                    unit: model.unit(),
                    $($name: model.$name(),)+
                    report: model.report,
                }
            }
        }

        impl TryFrom<$fields> for $model {
            type Error = $crate::Error;
            fn try_from(fields: $fields) -> $crate::Result<Self> {
                use $crate::value::purchase_model::Process;
                if let Some(report) = &fields.report {
                    report.check(<$core>::NAMES.len())?;
                }
                let mut model = Self::new(fields.unit, $(fields.$name),+)?;
                model.report = fields.report;
                Ok(model)
            }
        }

        impl $crate::persist::sealed::Sealed for $model {}
        impl $crate::persist::Persist for $model {
            const FORMAT: &'static str = $format;
            const VERSION: u32 = 1;
        }

        impl $model {
            /// A model by its parameters; those that are times in units of time.
            ///
            /// # Errors
            ///
            /// [`Error::InvalidParameter`]($crate::Error::InvalidParameter) unless
            /// all are finite and above 0.
            ///
            /// # Example
            ///
            /// ```
            /// use custometry::{data::TimeUnit, value::*};
            #[doc = concat!("let model = ", $given, "?;")]
            /// assert_eq!(model.unit(), TimeUnit::Weeks);
            /// assert!(model.fit_report().is_none());
            /// # Ok::<(), custometry::Error>(())
            /// ```
            pub fn new(unit: $crate::data::TimeUnit, $($name: f64),+) -> $crate::Result<Self> {
                let core = ($make)(unit, $($name),+);
                Ok(Self {
                    core: $crate::value::purchase_model::checked(core)?,
                    report: None,
                })
            }

            $(
                $(#[$doc])*
                ///
                /// # Example
                ///
                /// ```
                /// use custometry::{data::TimeUnit, value::*};
                #[doc = concat!("let model = ", $given, "?;")]
                #[doc = concat!("assert!(model.", stringify!($name), "() > 0.0);")]
                /// # Ok::<(), custometry::Error>(())
                /// ```
                pub fn $name(&self) -> f64 {
                    self.core.$name
                }
            )+

            /// The unit of time of the rates.
            ///
            /// # Example
            ///
            /// ```
            /// use custometry::{data::TimeUnit, value::*};
            #[doc = concat!("assert_eq!(", $given, "?.unit(), TimeUnit::Weeks);")]
            /// # Ok::<(), custometry::Error>(())
            /// ```
            pub fn unit(&self) -> $crate::data::TimeUnit {
                $crate::value::purchase_model::Process::unit(&self.core)
            }

            /// What the fit told besides the parameters; `None` if they were given.
            ///
            /// # Example
            ///
            /// ```
            /// use custometry::{data::TimeUnit, value::*};
            #[doc = concat!("assert!(", $given, "?.fit_report().is_none());")]
            /// # Ok::<(), custometry::Error>(())
            /// ```
            pub fn fit_report(&self) -> Option<&$crate::value::FitReport> {
                self.report.as_ref()
            }

            /// The parameters, in the order of [`Self::new`], with standard errors and
            /// intervals that are normal in their logarithms. `None` if there are no
            /// standard errors: parameters were given, or lie on the boundary.
            ///
            /// # Errors
            ///
            /// [`Error::InvalidParameter`]($crate::Error::InvalidParameter) unless
            /// the level is between 0 and 1.
            ///
            /// # Example
            ///
            /// ```
            /// use custometry::{data::TimeUnit, value::*};
            #[doc = concat!("assert!(", $given, "?.estimates(0.95)?.is_none());")]
            /// # Ok::<(), custometry::Error>(())
            /// ```
            pub fn estimates(
                &self,
                level: f64,
            ) -> $crate::Result<Option<[$crate::data::Estimate; [$(stringify!($name)),+].len()]>>
            {
                use $crate::value::purchase_model::Process;
                let Some(report) = &self.report else {
                    return Ok(None);
                };
                let mut all = Vec::new();
                for (at, value) in self.core.parameters().into_iter().enumerate() {
                    all.extend(report.estimate(at, value, level)?);
                }
                Ok(all.try_into().ok())
            }

            /// A prediction for each customer; NaN for one without a purchase.
            ///
            /// # Errors
            ///
            /// [`Error::InvalidParameter`]($crate::Error::InvalidParameter) unless
            /// horizons are finite and not negative and discount rates above 0.
            ///
            /// # Example
            ///
            /// ```
            /// use custometry::{data::{Days, TimeUnit}, value::*};
            #[doc = concat!("let model = ", $given, "?;")]
            /// let histories = PurchaseHistories::from_columns(&[2], &[213.0], &[272.0], None)?;
            /// let none = model.predict(&histories, Prediction::Exactly(0, Days(30.0)))?;
            /// assert!(none[0] > 0.5 && none[0] < 1.0);
            /// # Ok::<(), custometry::Error>(())
            /// ```
            pub fn predict(
                &self,
                histories: &$crate::value::PurchaseHistories,
                prediction: $crate::value::Prediction,
            ) -> $crate::Result<Vec<f64>> {
                $crate::value::purchase_model::predict(&self.core, histories, prediction)
            }

            /// A prediction for one history.
            ///
            /// # Errors
            ///
            /// As [`Self::predict`].
            ///
            /// # Example
            ///
            /// ```
            /// use custometry::{data::{Days, TimeUnit}, value::*};
            #[doc = concat!("let model = ", $given, "?;")]
            /// let known = PurchaseHistory::new(2, Days(213.0), Days(272.0))?;
            /// let soon = model.predict_one(&known, Prediction::Expected(Days(30.0)))?;
            /// assert!(soon < model.predict_one(&known, Prediction::Expected(Days(60.0)))?);
            /// # Ok::<(), custometry::Error>(())
            /// ```
            pub fn predict_one(
                &self,
                history: &$crate::value::PurchaseHistory,
                prediction: $crate::value::Prediction,
            ) -> $crate::Result<f64> {
                $crate::value::purchase_model::predict_one(&self.core, history, prediction)
            }

            /// P(alive) of each customer: the chance of not having dropped out by
            /// the end of observation. NaN for a customer without a purchase.
            ///
            /// # Example
            ///
            /// ```
            /// use custometry::{data::TimeUnit, value::*};
            #[doc = concat!("let model = ", $given, "?;")]
            /// let histories = PurchaseHistories::from_columns(&[2], &[272.0], &[272.0], None)?;
            /// assert!(model.p_alive(&histories)[0] > 0.5);
            /// # Ok::<(), custometry::Error>(())
            /// ```
            pub fn p_alive(&self, histories: &$crate::value::PurchaseHistories) -> Vec<f64> {
                // Nothing about it can be wrong.
                self.predict(histories, $crate::value::Prediction::PAlive)
                    .unwrap_or_default()
            }

            /// P(alive) of one history.
            ///
            /// # Example
            ///
            /// ```
            /// use custometry::{data::{Days, TimeUnit}, value::*};
            #[doc = concat!("let model = ", $given, "?;")]
            /// let known = PurchaseHistory::new(2, Days(213.0), Days(272.0))?;
            /// assert!((0.0..=1.0).contains(&model.p_alive_one(&known)));
            /// # Ok::<(), custometry::Error>(())
            /// ```
            pub fn p_alive_one(&self, history: &$crate::value::PurchaseHistory) -> f64 {
                self.predict_one(history, $crate::value::Prediction::PAlive)
                    .unwrap_or(f64::NAN)
            }

            /// The purchases expected of each customer over `horizon` after the end
            /// of observation. NaN for a customer without a purchase.
            ///
            /// # Errors
            ///
            /// [`Error::InvalidParameter`]($crate::Error::InvalidParameter) unless
            /// the horizon is finite and not negative.
            ///
            /// # Example
            ///
            /// ```
            /// use custometry::{data::{Days, TimeUnit}, value::*};
            #[doc = concat!("let model = ", $given, "?;")]
            /// let histories = PurchaseHistories::from_columns(&[2], &[213.0], &[272.0], None)?;
            /// assert!(model.expected_purchases(&histories, Days(365.0))?[0] > 0.1);
            /// # Ok::<(), custometry::Error>(())
            /// ```
            pub fn expected_purchases(
                &self,
                histories: &$crate::value::PurchaseHistories,
                horizon: $crate::data::Days,
            ) -> $crate::Result<Vec<f64>> {
                self.predict(histories, $crate::value::Prediction::Expected(horizon))
            }

            /// The purchases expected of one history over `horizon`.
            ///
            /// # Errors
            ///
            /// As [`Self::expected_purchases`].
            ///
            /// # Example
            ///
            /// ```
            /// use custometry::{data::{Days, TimeUnit}, value::*};
            #[doc = concat!("let model = ", $given, "?;")]
            /// let known = PurchaseHistory::new(2, Days(213.0), Days(272.0))?;
            /// assert!(model.expected_purchases_one(&known, Days(-1.0)).is_err());
            /// # Ok::<(), custometry::Error>(())
            /// ```
            pub fn expected_purchases_one(
                &self,
                history: &$crate::value::PurchaseHistory,
                horizon: $crate::data::Days,
            ) -> $crate::Result<f64> {
                self.predict_one(history, $crate::value::Prediction::Expected(horizon))
            }

            /// A prediction for a new customer, from the moment of the first
            /// purchase, which is not counted.
            ///
            /// # Errors
            ///
            /// As [`Self::predict`].
            ///
            /// # Example
            ///
            /// ```
            /// use custometry::{data::{Days, TimeUnit}, value::*};
            #[doc = concat!("let model = ", $given, "?;")]
            /// let chance = |n| model.predict_new(Prediction::Exactly(n, Days(365.0)));
            /// let all: f64 = (0..2_000).map(chance).sum::<Result<f64, _>>()?;
            /// assert!((all - 1.0).abs() < 1e-3);
            /// # Ok::<(), custometry::Error>(())
            /// ```
            pub fn predict_new(&self, prediction: $crate::value::Prediction) -> $crate::Result<f64> {
                prediction.check()?;
                let new = $crate::value::purchase_model::Known::NEW;
                Ok(prediction.of(&self.core, &new))
            }

            /// The purchases expected of a new customer over `horizon` after the
            /// first purchase, which is not counted.
            ///
            /// # Errors
            ///
            /// As [`Self::expected_purchases`].
            ///
            /// # Example
            ///
            /// ```
            /// use custometry::{data::{Days, TimeUnit}, value::*};
            #[doc = concat!("let model = ", $given, "?;")]
            /// let year = model.expected_of_new_customer(Days(365.0))?;
            /// assert!(year > 1.0 && year < 2.0);
            /// # Ok::<(), custometry::Error>(())
            /// ```
            pub fn expected_of_new_customer(
                &self,
                horizon: $crate::data::Days,
            ) -> $crate::Result<f64> {
                self.predict_new($crate::value::Prediction::Expected(horizon))
            }

            /// The age, in days after the first purchase, at which each customer's
            /// P(alive) falls to `threshold` if no further purchase comes: not
            /// before the last purchase. `None` if it never falls so far, or not
            /// within a billion units of time, and for a customer without a purchase.
            ///
            /// # Errors
            ///
            /// [`Error::InvalidParameter`]($crate::Error::InvalidParameter) unless
            /// the threshold is between 0 and 1.
            ///
            /// # Example
            ///
            /// ```
            /// use custometry::{data::TimeUnit, value::*};
            #[doc = concat!("let model = ", $given, "?;")]
            /// let histories = PurchaseHistories::from_columns(&[2], &[213.0], &[272.0], None)?;
            /// let half = model.silence_ages(&histories, 0.5)?[0];
            /// assert!(half.is_none_or(|age| age.0 >= 213.0));
            /// # Ok::<(), custometry::Error>(())
            /// ```
            pub fn silence_ages(
                &self,
                histories: &$crate::value::PurchaseHistories,
                threshold: f64,
            ) -> $crate::Result<Vec<Option<$crate::data::Days>>> {
                $crate::value::purchase_model::silence(&self.core, histories, threshold)
            }
        }
    };
}
pub(super) use purchase_model;
