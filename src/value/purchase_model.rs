//! What every purchase model can be asked, written once.
//!
//! A model keeps its parameters and its mathematics in a private core that
//! implements [`Process`]. The macro at the end gives the model what is different
//! for each, its constructor, parameters and saved form; the trait gives it what is
//! the same for all.

use std::fmt::Debug;

use super::{
    FitReport, PurchaseHistories, PurchaseHistory,
    fit::Parametric,
    prediction::{
        Intervals, Prediction, log_covariance, predict, predict_with_intervals, slopes_by_cell,
    },
    process::{Known, Process, refit},
};
use crate::{
    Result,
    data::{Days, Estimate, TimeUnit},
};

/// A model: its core, and what the fit told.
pub(super) trait Modelled: Sized {
    type Core: Process;
    fn core(&self) -> &Self::Core;
    fn report(&self) -> Option<&FitReport>;
    fn from_parts(core: Self::Core, report: Option<FitReport>) -> Self;
}

pub(super) mod sealed {
    use super::{
        Estimate, FitReport, Prediction, PurchaseHistories, PurchaseHistory, Result, TimeUnit,
    };

    /// What [`PurchaseModel`](super::PurchaseModel) asks of the core, whichever it is.
    pub trait Ask {
        fn model_name(&self) -> &'static str;
        fn model_unit(&self) -> TimeUnit;
        fn names(&self) -> &'static [&'static str];
        fn values(&self) -> Vec<f64>;
        fn told(&self) -> Option<&FitReport>;
        fn ask(&self, histories: &PurchaseHistories, what: Prediction) -> Result<Vec<f64>>;
        fn ask_one(&self, known: Option<&PurchaseHistory>, what: Prediction) -> Result<f64>;
        fn ask_intervals(
            &self,
            histories: &PurchaseHistories,
            what: Prediction,
            level: f64,
        ) -> Result<Vec<Option<Estimate>>>;
        fn ln_likelihood(&self, history: &PurchaseHistory) -> f64;
        /// Predictions by cell, and their slopes by the logarithms of the parameters.
        fn ask_slopes(
            &self,
            histories: &PurchaseHistories,
            what: Prediction,
        ) -> Vec<(f64, Vec<f64>)>;
        /// The model fitted to other weights of the cells of the histories.
        fn refitted(&self, histories: &PurchaseHistories, weights: &[f64]) -> Result<Self>
        where
            Self: Sized;
    }
}

impl<M: Modelled> sealed::Ask for M {
    fn model_name(&self) -> &'static str {
        self.core().model()
    }
    fn model_unit(&self) -> TimeUnit {
        self.core().unit()
    }
    fn names(&self) -> &'static [&'static str] {
        M::Core::NAMES
    }
    fn values(&self) -> Vec<f64> {
        self.core().parameters()
    }
    fn told(&self) -> Option<&FitReport> {
        self.report()
    }
    fn ask(&self, histories: &PurchaseHistories, what: Prediction) -> Result<Vec<f64>> {
        predict(self.core(), histories, what)
    }
    fn ask_one(&self, known: Option<&PurchaseHistory>, what: Prediction) -> Result<f64> {
        what.check()?;
        let known = known.map_or(Known::NEW, |known| Known::new(known, self.core().unit()));
        Ok(what.of(self.core(), &known))
    }
    fn ask_intervals(
        &self,
        histories: &PurchaseHistories,
        what: Prediction,
        level: f64,
    ) -> Result<Vec<Option<Estimate>>> {
        predict_with_intervals(self.core(), self.report(), histories, what, level)
    }
    fn ln_likelihood(&self, history: &PurchaseHistory) -> f64 {
        self.core().log_likelihood(&[*history], &[1.0]).value
    }
    fn ask_slopes(&self, histories: &PurchaseHistories, what: Prediction) -> Vec<(f64, Vec<f64>)> {
        slopes_by_cell(self.core(), histories, what)
    }
    fn refitted(&self, histories: &PurchaseHistories, weights: &[f64]) -> Result<Self> {
        let fitted = refit(self.core(), histories.weighted().0, weights)?;
        let core = self.core().with_parameters(&fitted.parameters);
        Ok(M::from_parts(core, Some(fitted.report)))
    }
}

/// A model of repeat purchases without a contract: [`Nbd`](super::Nbd),
/// [`BgNbd`](super::BgNbd), [`MbgNbd`](super::MbgNbd) or
/// [`ParetoNbd`](super::ParetoNbd). What is asked of one can be asked of all.
///
/// Implemented by this crate only.
///
/// # Example
///
/// ```
/// use custometry::{data::{Days, TimeUnit}, value::{BgNbd, ParetoNbd, PurchaseHistory, PurchaseModel}};
///
/// // The CDNOW estimates of Fader, Hardie and Lee 2005.
/// let models: [Box<dyn PurchaseModel>; 2] = [
///     Box::new(BgNbd::new(TimeUnit::Weeks, 0.243, 4.414, 0.793, 2.426)?),
///     Box::new(ParetoNbd::new(TimeUnit::Weeks, 0.553, 10.578, 0.606, 11.669)?),
/// ];
/// let known = PurchaseHistory::new(2, Days::from_weeks(30.43), Days::from_weeks(38.86))?;
/// for model in &models {
///     let next = model.expected_purchases_one(&known, Days::from_weeks(39.0))?;
///     assert!(next > 1.2 && next < 1.5, "{}: {next}", model.name());
/// }
/// # Ok::<(), custometry::Error>(())
/// ```
pub trait PurchaseModel: sealed::Ask + Debug + Send + Sync {
    /// What the model is called.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::{data::TimeUnit, value::{Nbd, PurchaseModel}};
    /// assert_eq!(Nbd::new(TimeUnit::Weeks, 0.385, 12.07)?.name(), "NBD");
    /// # Ok::<(), custometry::Error>(())
    /// ```
    fn name(&self) -> &'static str {
        self.model_name()
    }

    /// The unit of time of the rates.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::{data::TimeUnit, value::{Nbd, PurchaseModel}};
    /// assert_eq!(Nbd::new(TimeUnit::Days, 0.385, 84.5)?.unit(), TimeUnit::Days);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    fn unit(&self) -> TimeUnit {
        self.model_unit()
    }

    /// The parameters by name, in the order of the constructor.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::{data::TimeUnit, value::{Nbd, PurchaseModel}};
    /// let model = Nbd::new(TimeUnit::Weeks, 0.385, 12.07)?;
    /// assert_eq!(model.parameters(), [("r", 0.385), ("alpha", 12.07)]);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    fn parameters(&self) -> Vec<(&'static str, f64)> {
        let names = self.names().iter().copied();
        names.zip(self.values()).collect()
    }

    /// What the fit told besides the parameters; `None` if they were given.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::{data::TimeUnit, value::{Nbd, PurchaseModel}};
    /// assert!(Nbd::new(TimeUnit::Weeks, 0.385, 12.07)?.fit_report().is_none());
    /// # Ok::<(), custometry::Error>(())
    /// ```
    fn fit_report(&self) -> Option<&FitReport> {
        self.told()
    }

    /// The parameters, in the order of the constructor, with standard errors and
    /// intervals that are normal in their logarithms.
    ///
    /// # Errors
    ///
    /// [`Error::Degenerate`](crate::Error::Degenerate) if there are no standard
    /// errors: parameters were given, or lie on the boundary;
    /// [`Error::InvalidParameter`](crate::Error::InvalidParameter) unless the level
    /// is between 0 and 1.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::value::{NbdParams, PurchaseHistories, PurchaseModel};
    /// let (x, last) = ([0, 4, 1, 0, 9, 2], [0., 250., 90., 0., 290., 100.]);
    /// let histories = PurchaseHistories::from_columns(&x, &last, &[300.; 6], None)?;
    /// let model = NbdParams::default().fit(&histories)?;
    /// let r = model.estimates(0.95)?[0];
    /// assert!(r.lo < model.r() && model.r() < r.hi);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    fn estimates(&self, level: f64) -> Result<Vec<Estimate>> {
        let values = self.values();
        let covariance = log_covariance(&values, self.fit_report())?;
        Ok(Intervals::new(level)?.of_parameters(&values, &covariance))
    }

    /// The log-likelihood of one history.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::{data::{Days, TimeUnit}, value::{Nbd, PurchaseHistory, PurchaseModel}};
    /// let model = Nbd::new(TimeUnit::Days, 0.5, 40.0)?;
    /// let known = PurchaseHistory::new(0, Days(0.0), Days(60.0))?;
    /// // (α / (α + T))^r
    /// assert!((model.log_likelihood_one(&known) - 0.4f64.sqrt().ln()).abs() < 1e-15);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    fn log_likelihood_one(&self, history: &PurchaseHistory) -> f64 {
        self.ln_likelihood(history)
    }

    /// A prediction for each customer; NaN for one without a purchase.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`](crate::Error::InvalidParameter) unless horizons
    /// are finite and not negative, thresholds between 0 and 1, and the rate of
    /// [`Prediction::Residual`] above 0.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::{data::{Days, TimeUnit}, value::{BgNbd, Prediction, PurchaseHistories, PurchaseModel}};
    /// let model = BgNbd::new(TimeUnit::Weeks, 0.243, 4.414, 0.793, 2.426)?;
    /// let histories = PurchaseHistories::from_columns(&[2], &[213.0], &[272.0], None)?;
    /// let none = model.predict(&histories, Prediction::Exactly(0, Days(30.0)))?;
    /// assert!(none[0] > 0.5 && none[0] < 1.0);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    fn predict(&self, histories: &PurchaseHistories, prediction: Prediction) -> Result<Vec<f64>> {
        self.ask(histories, prediction)
    }

    /// A prediction for one history.
    ///
    /// # Errors
    ///
    /// As [`predict`](Self::predict).
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::{data::{Days, TimeUnit}, value::{BgNbd, Prediction, PurchaseHistory, PurchaseModel}};
    /// let model = BgNbd::new(TimeUnit::Weeks, 0.243, 4.414, 0.793, 2.426)?;
    /// let known = PurchaseHistory::new(2, Days(213.0), Days(272.0))?;
    /// let soon = model.predict_one(&known, Prediction::Expected(Days(30.0)))?;
    /// assert!(soon < model.predict_one(&known, Prediction::Expected(Days(60.0)))?);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    fn predict_one(&self, history: &PurchaseHistory, prediction: Prediction) -> Result<f64> {
        self.ask_one(Some(history), prediction)
    }

    /// A prediction for a new customer, from the moment of the first purchase,
    /// which is not counted.
    ///
    /// # Errors
    ///
    /// As [`predict`](Self::predict).
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::{data::{Days, TimeUnit}, value::{BgNbd, Prediction, PurchaseModel}};
    /// let model = BgNbd::new(TimeUnit::Weeks, 0.243, 4.414, 0.793, 2.426)?;
    /// let chance = |n| model.predict_new(Prediction::Exactly(n, Days(365.0)));
    /// let all: f64 = (0..2_000).map(chance).sum::<Result<f64, _>>()?;
    /// assert!((all - 1.0).abs() < 1e-3);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    fn predict_new(&self, prediction: Prediction) -> Result<f64> {
        self.ask_one(None, prediction)
    }

    /// A prediction for each customer with its standard error and interval, by the
    /// delta method: how far the prediction would move if the parameters were as
    /// wrong as their standard errors say. What customers will do scatters around
    /// it. `None` for a customer without a purchase, and where the prediction is
    /// not finite.
    ///
    /// # Errors
    ///
    /// As [`predict`](Self::predict) and [`estimates`](Self::estimates).
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::{data::Days, value::{NbdParams, Prediction, PurchaseHistories, PurchaseModel}};
    /// let (x, last) = ([0, 4, 1, 0, 9, 2], [0., 250., 90., 0., 290., 100.]);
    /// let histories = PurchaseHistories::from_columns(&x, &last, &[300.; 6], None)?;
    /// let model = NbdParams::default().fit(&histories)?;
    /// let year = Prediction::Expected(Days(365.0));
    /// let sure = model.predict_with_intervals(&histories, year, 0.9)?[4].unwrap();
    /// assert!(sure.lo < sure.value && sure.value < sure.hi);
    /// assert_eq!(sure.value, model.predict(&histories, year)?[4]);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    fn predict_with_intervals(
        &self,
        histories: &PurchaseHistories,
        prediction: Prediction,
        level: f64,
    ) -> Result<Vec<Option<Estimate>>> {
        self.ask_intervals(histories, prediction, level)
    }

    /// P(alive) of each customer: the chance of not having dropped out by the end
    /// of observation. NaN for a customer without a purchase.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::{data::TimeUnit, value::{BgNbd, PurchaseHistories, PurchaseModel}};
    /// let model = BgNbd::new(TimeUnit::Weeks, 0.243, 4.414, 0.793, 2.426)?;
    /// let histories = PurchaseHistories::from_columns(&[2], &[272.0], &[272.0], None)?;
    /// assert!(model.p_alive(&histories)[0] > 0.5);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    fn p_alive(&self, histories: &PurchaseHistories) -> Vec<f64> {
        // Nothing about it can be wrong.
        let alive = self.predict(histories, Prediction::PAlive);
        alive.unwrap_or_default()
    }

    /// P(alive) of one history.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::{data::{Days, TimeUnit}, value::{BgNbd, PurchaseHistory, PurchaseModel}};
    /// let model = BgNbd::new(TimeUnit::Weeks, 0.243, 4.414, 0.793, 2.426)?;
    /// let known = PurchaseHistory::new(2, Days(213.0), Days(272.0))?;
    /// assert!((model.p_alive_one(&known) - 0.726).abs() < 1e-3);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    fn p_alive_one(&self, history: &PurchaseHistory) -> f64 {
        let alive = self.predict_one(history, Prediction::PAlive);
        alive.unwrap_or(f64::NAN)
    }

    /// The purchases expected of each customer over `horizon` after the end of
    /// observation. NaN for a customer without a purchase.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`](crate::Error::InvalidParameter) unless the
    /// horizon is finite and not negative.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::{data::{Days, TimeUnit}, value::{BgNbd, PurchaseHistories, PurchaseModel}};
    /// let model = BgNbd::new(TimeUnit::Weeks, 0.243, 4.414, 0.793, 2.426)?;
    /// let histories = PurchaseHistories::from_columns(&[2], &[213.0], &[272.0], None)?;
    /// assert!(model.expected_purchases(&histories, Days(365.0))?[0] > 0.1);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    fn expected_purchases(&self, histories: &PurchaseHistories, horizon: Days) -> Result<Vec<f64>> {
        self.predict(histories, Prediction::Expected(horizon))
    }

    /// The purchases expected of one history over `horizon`.
    ///
    /// # Errors
    ///
    /// As [`expected_purchases`](Self::expected_purchases).
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::{data::{Days, TimeUnit}, value::{BgNbd, PurchaseHistory, PurchaseModel}};
    /// let model = BgNbd::new(TimeUnit::Weeks, 0.243, 4.414, 0.793, 2.426)?;
    /// let known = PurchaseHistory::new(2, Days(213.0), Days(272.0))?;
    /// assert!(model.expected_purchases_one(&known, Days(-1.0)).is_err());
    /// # Ok::<(), custometry::Error>(())
    /// ```
    fn expected_purchases_one(&self, history: &PurchaseHistory, horizon: Days) -> Result<f64> {
        self.predict_one(history, Prediction::Expected(horizon))
    }

    /// The purchases expected of a new customer over `horizon` after the first
    /// purchase, which is not counted.
    ///
    /// # Errors
    ///
    /// As [`expected_purchases`](Self::expected_purchases).
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::{data::{Days, TimeUnit}, value::{BgNbd, PurchaseModel}};
    /// let model = BgNbd::new(TimeUnit::Weeks, 0.243, 4.414, 0.793, 2.426)?;
    /// let year = model.expected_of_new_customer(Days(365.0))?;
    /// assert!(year > 1.0 && year < 2.0);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    fn expected_of_new_customer(&self, horizon: Days) -> Result<f64> {
        self.predict_new(Prediction::Expected(horizon))
    }
}

/// Gives a purchase model its parameters, its fit and its saved form.
///
/// `$given` is how examples make the model; `$make` takes the unit and the
/// parameters and gives the core.
macro_rules! purchase_model {
    (
        $model:ident, $params:ident, $fields:ident, $format:literal, $given:literal,
        $core:ty = $make:expr,
        $($(#[$doc:meta])* $name:ident),+
    ) => {
        impl $params {
            /// The unit of time of the rates; weeks by default.
            ///
            /// # Example
            ///
            /// ```
            /// # use custometry::{data::TimeUnit, value::*};
            /// # let (x, last) = ([0, 4, 1, 0, 9, 2], [0., 250., 90., 0., 290., 100.]);
            /// # let histories = PurchaseHistories::from_columns(&x, &last, &[300.; 6], None)?;
            #[doc = concat!("let by_week = ", stringify!($params), "::default().fit(&histories)?;")]
            #[doc = concat!("let params = ", stringify!($params), "::default().unit(TimeUnit::Days);")]
            /// let by_day = params.fit(&histories)?;
            /// assert!((by_day.alpha() / by_week.alpha() - 7.0).abs() < 1e-4);
            /// # Ok::<(), custometry::Error>(())
            /// ```
            pub fn unit(mut self, unit: $crate::data::TimeUnit) -> Self {
                self.unit = unit;
                self
            }

            /// Fits the model by maximum likelihood.
            ///
            /// # Errors
            ///
            /// [`NotEnoughData`](crate::Error::NotEnoughData) for fewer customers
            /// than parameters and one more,
            /// [`Degenerate`](crate::Error::Degenerate) if nobody has a repeat
            /// purchase or everybody came on the last day,
            /// [`NotConverged`](crate::Error::NotConverged) if no maximum was found.
            ///
            /// # Example
            ///
            #[doc = concat!("See [`", stringify!($params), "`].")]
            pub fn fit(
                &self,
                histories: &$crate::value::PurchaseHistories,
            ) -> $crate::Result<$model> {
                // The parameters of the shape are looked at by nobody.
                let shape = ($make)(self.unit, $({ let $name = 1.0; $name }),+);
                let (core, report) = $crate::value::process::fit(&shape, histories)?;
                Ok($model { core, report: Some(report) })
            }
        }

        impl $model {
            /// A model by its parameters; those that are times in units of time.
            ///
            /// # Errors
            ///
            /// [`Error::InvalidParameter`](crate::Error::InvalidParameter) unless
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
                    core: $crate::value::fit::checked(core)?,
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
        }

        impl $crate::value::PurchaseModel for $model {}

        impl $crate::value::purchase_model::Modelled for $model {
            type Core = $core;
            fn core(&self) -> &$core {
                &self.core
            }
            fn report(&self) -> Option<&$crate::value::FitReport> {
                self.report.as_ref()
            }
            fn from_parts(core: $core, report: Option<$crate::value::FitReport>) -> Self {
                Self { core, report }
            }
        }

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
                    unit: $crate::value::process::Process::unit(&model.core),
                    $($name: model.$name(),)+
                    report: model.report,
                }
            }
        }

        impl TryFrom<$fields> for $model {
            type Error = $crate::Error;
            fn try_from(fields: $fields) -> $crate::Result<Self> {
                let mut model = Self::new(fields.unit, $(fields.$name),+)?;
                if let Some(report) = &fields.report {
                    report.check([$(stringify!($name)),+].len())?;
                }
                model.report = fields.report;
                Ok(model)
            }
        }

        impl $crate::persist::sealed::Sealed for $model {}
        impl $crate::persist::Persist for $model {
            const FORMAT: &'static str = $format;
            const VERSION: u32 = 1;
        }
    };
}
pub(super) use purchase_model;
