//! What every model of renewals can be asked, written once.
//!
//! A model keeps its parameters in a private [`Law`]. The macro at the end gives it
//! what is different for each, its constructor, parameters and saved form; the trait
//! gives it what is the same for all.

use std::fmt::Debug;

use super::{
    super::{
        FitReport,
        fit::Parametric,
        prediction::{Intervals, log_covariance},
    },
    ContractHistories, ContractPrediction,
    law::Law,
    prediction::{predict, predict_with_intervals},
};
use crate::{Result, data::Estimate};

/// A model: its law, and what the fit told.
pub(super) trait Modelled {
    type Law: Law;
    fn law(&self) -> &Self::Law;
    fn report(&self) -> Option<&FitReport>;
}

pub(super) mod sealed {
    use super::{ContractHistories, ContractPrediction, Estimate, FitReport, Result};

    /// What [`ContractModel`](super::ContractModel) asks of the law, whichever it is.
    pub trait Ask {
        fn model_name(&self) -> &'static str;
        fn named(&self) -> Vec<(&'static str, f64)>;
        fn told(&self) -> Option<&FitReport>;
        fn ln_likelihood(&self, histories: &ContractHistories) -> f64;
        fn ask(&self, renewals: &[u32], what: ContractPrediction) -> Result<Vec<f64>>;
        fn ask_intervals(
            &self,
            renewals: &[u32],
            what: ContractPrediction,
            level: f64,
        ) -> Result<Vec<Option<Estimate>>>;
    }
}

impl<M: Modelled> sealed::Ask for M {
    fn model_name(&self) -> &'static str {
        self.law().model()
    }
    fn named(&self) -> Vec<(&'static str, f64)> {
        let names = M::Law::NAMES.iter().copied();
        names.zip(self.law().parameters()).collect()
    }
    fn told(&self) -> Option<&FitReport> {
        self.report()
    }
    fn ln_likelihood(&self, histories: &ContractHistories) -> f64 {
        self.law().log_likelihood(histories).value
    }
    fn ask(&self, renewals: &[u32], what: ContractPrediction) -> Result<Vec<f64>> {
        predict(self.law(), renewals, what)
    }
    fn ask_intervals(
        &self,
        renewals: &[u32],
        what: ContractPrediction,
        level: f64,
    ) -> Result<Vec<Option<Estimate>>> {
        predict_with_intervals(self.law(), self.report(), renewals, what, level)
    }
}

/// A model of renewals under contract: [`Sbg`](super::Sbg) or [`Bdw`](super::Bdw).
///
/// Implemented by this crate only.
///
/// # Example
///
/// ```
/// use custometry::value::{BdwParams, ContractHistories, ContractModel, ContractPrediction,
///                         LikelihoodRatio, SbgParams};
///
/// // Fader and Hardie 2007, the high-end segment after four renewals.
/// let histories = ContractHistories::from_survivors(&[[1000, 869, 743, 653, 593]])?;
/// let sbg = SbgParams::default().fit(&histories)?;
/// let bdw = BdwParams::default().fit(&histories)?;
/// // Of 1,000 there were 394 after twelve renewals. The shape parameter is worth it.
/// let misses = |model: &dyn ContractModel| -> custometry::Result<f64> {
///     let twelve = model.predict_new(ContractPrediction::Survival(12))?;
///     Ok((twelve - 0.394).abs())
/// };
/// assert!(misses(&bdw)? < 0.5 * misses(&sbg)?);
/// let test = LikelihoodRatio::new(sbg.fit_report().unwrap(), bdw.fit_report().unwrap())?;
/// assert!((test.p_value - 0.029).abs() < 5e-4);
/// # Ok::<(), custometry::Error>(())
/// ```
pub trait ContractModel: sealed::Ask + Debug + Send + Sync {
    /// What the model is called.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::value::{ContractModel, Sbg};
    /// assert_eq!(Sbg::new(1.0, 2.0)?.name(), "sBG");
    /// # Ok::<(), custometry::Error>(())
    /// ```
    fn name(&self) -> &'static str {
        self.model_name()
    }

    /// The parameters by name, in the order of the constructor.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::value::{Bdw, ContractModel};
    /// let model = Bdw::new(1.0, 2.0, 1.5)?;
    /// assert_eq!(model.parameters(), [("gamma", 1.0), ("delta", 2.0), ("c", 1.5)]);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    fn parameters(&self) -> Vec<(&'static str, f64)> {
        self.named()
    }

    /// What the fit told besides the parameters; `None` if they were given.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::value::{ContractModel, Sbg};
    /// assert!(Sbg::new(1.0, 2.0)?.fit_report().is_none());
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
    /// use custometry::value::{ContractHistories, ContractModel, SbgParams};
    /// let histories = ContractHistories::from_survivors(&[[1000, 631, 468, 382, 326]])?;
    /// let model = SbgParams::default().fit(&histories)?;
    /// let alpha = model.estimates(0.95)?[0];
    /// assert!(alpha.lo < model.alpha() && model.alpha() < alpha.hi);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    fn estimates(&self, level: f64) -> Result<Vec<Estimate>> {
        let values: Vec<f64> = self.named().into_iter().map(|(_, value)| value).collect();
        let covariance = log_covariance(&values, self.fit_report())?;
        Ok(Intervals::new(level)?.of_parameters(&values, &covariance))
    }

    /// The log-likelihood of histories, be they those of the fit or others.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::value::{ContractHistories, ContractModel, Sbg};
    /// let model = Sbg::new(1.0, 1.0)?;
    /// let one_stays = ContractHistories::from_survivors(&[[1, 1]])?;
    /// assert!((model.log_likelihood(&one_stays) - 0.5f64.ln()).abs() < 1e-15);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    fn log_likelihood(&self, histories: &ContractHistories) -> f64 {
        self.ln_likelihood(histories)
    }

    /// A prediction for each customer, by the renewals made so far. All are customers
    /// still, and just before the next renewal.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`](crate::Error::InvalidParameter) for discount rates
    /// that are negative or not finite, and for more than a million renewals ahead.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::value::{ContractModel, ContractPrediction, Sbg};
    /// let model = Sbg::new(0.704, 1.182)?;
    /// // Who has renewed three times is likelier to renew again.
    /// let next = model.predict(&[0, 3], ContractPrediction::Survival(1))?;
    /// assert!(next[1] > next[0]);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    fn predict(&self, renewals: &[u32], prediction: ContractPrediction) -> Result<Vec<f64>> {
        self.ask(renewals, prediction)
    }

    /// A prediction for one customer, by the renewals made so far.
    ///
    /// # Errors
    ///
    /// As [`predict`](Self::predict).
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::value::{ContractModel, ContractPrediction, Sbg};
    /// // Fader and Hardie 2010: a customer of the high-end segment, seven renewals made.
    /// let model = Sbg::new(0.66808835, 3.8060949641)?;
    /// let residual = model.predict_one(7, ContractPrediction::Residual(0.1))?;
    /// assert!((residual - 7.5296).abs() < 5e-5);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    fn predict_one(&self, renewals: u32, prediction: ContractPrediction) -> Result<f64> {
        // As many values as customers: one.
        self.ask(&[renewals], prediction).map(|values| values[0])
    }

    /// A prediction for a new customer, who has just paid for the first period.
    ///
    /// # Errors
    ///
    /// As [`predict`](Self::predict).
    ///
    /// # Example
    ///
    /// See [`ContractPrediction`].
    fn predict_new(&self, prediction: ContractPrediction) -> Result<f64> {
        self.predict_one(0, prediction)
    }

    /// A prediction for each customer with its standard error and interval, by the
    /// delta method. `None` where the prediction is not finite.
    ///
    /// # Errors
    ///
    /// As [`predict`](Self::predict) and [`estimates`](Self::estimates).
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::value::{ContractHistories, ContractModel, ContractPrediction, SbgParams};
    /// let histories = ContractHistories::from_survivors(&[[1000, 631, 468, 382, 326]])?;
    /// let model = SbgParams::default().fit(&histories)?;
    /// // The retention curve of the next renewals, and how sure it is.
    /// let made: Vec<u32> = (0..8).collect();
    /// let curve = model.predict_with_intervals(&made, ContractPrediction::Survival(1), 0.95)?;
    /// let width = |at: usize| curve[at].unwrap().hi - curve[at].unwrap().lo;
    /// assert!(width(7) > 0.01 && width(7) < 0.1);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    fn predict_with_intervals(
        &self,
        renewals: &[u32],
        prediction: ContractPrediction,
        level: f64,
    ) -> Result<Vec<Option<Estimate>>> {
        self.ask_intervals(renewals, prediction, level)
    }

    /// The retention rate at each renewal from the first on, of those who come to it.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::value::{ContractModel, Sbg};
    /// // (β + n - 1) / (α + β + n - 1)
    /// let curve = Sbg::new(1.0, 1.0)?.retention_curve(3);
    /// for (rate, exact) in curve.iter().zip([1.0 / 2.0, 2.0 / 3.0, 3.0 / 4.0]) {
    ///     assert!((rate - exact).abs() < 1e-15);
    /// }
    /// # Ok::<(), custometry::Error>(())
    /// ```
    fn retention_curve(&self, renewals: u32) -> Vec<f64> {
        let made: Vec<u32> = (0..renewals).collect();
        // Nothing about it can be wrong.
        let curve = self.ask(&made, ContractPrediction::Survival(1));
        curve.unwrap_or_default()
    }

    /// The share of new customers still there after 0, 1, 2 ... renewals: one number
    /// more than renewals.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::value::{ContractModel, Sbg};
    /// // Fader and Hardie 2007: 1,000, 631, 468 were seen.
    /// let curve = Sbg::new(0.70407729847, 1.1820430262)?.survival_curve(2);
    /// assert_eq!(curve[0], 1.0);
    /// assert!((curve[1] - 0.631).abs() < 1e-2 && (curve[2] - 0.468).abs() < 1e-2);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    fn survival_curve(&self, renewals: u32) -> Vec<f64> {
        let mut there = 1.0;
        let after = self.retention_curve(renewals).into_iter().map(|rate| {
            there *= rate;
            there
        });
        [1.0].into_iter().chain(after).collect()
    }
}

/// Gives a model its fit, constructor, parameters and saved form. `$given` is how
/// examples make the model.
macro_rules! contract_model {
    (
        $model:ident, $params:ident, $fields:ident, $format:literal, $given:literal, $law:ty,
        $($(#[$doc:meta])* $name:ident),+
    ) => {
        impl $params {
            /// Fits the model by maximum likelihood.
            ///
            /// # Errors
            ///
            /// [`NotEnoughData`](crate::Error::NotEnoughData) if customers came to
            /// fewer renewals than there are parameters,
            /// [`Degenerate`](crate::Error::Degenerate) if nobody renewed or nobody
            /// was lost, [`NotConverged`](crate::Error::NotConverged) if no maximum
            /// was found.
            ///
            /// # Example
            ///
            #[doc = concat!("See [`", stringify!($params), "`].")]
            pub fn fit(
                &self,
                histories: &$crate::value::ContractHistories,
            ) -> $crate::Result<$model> {
                // The parameters of the shape are looked at by nobody.
                let shape = <$law>::new($({ let $name = 1.0; $name }),+);
                let (law, report) = $crate::value::contract::law::fit(&shape, histories)?;
                Ok($model { law, report: Some(report) })
            }
        }

        impl $model {
            /// A model by its parameters.
            ///
            /// # Errors
            ///
            /// [`Error::InvalidParameter`](crate::Error::InvalidParameter) unless
            /// all are finite and above 0.
            ///
            /// # Example
            ///
            #[doc = concat!("See [`", stringify!($model), "`].")]
            pub fn new($($name: f64),+) -> $crate::Result<Self> {
                Ok(Self {
                    law: $crate::value::fit::checked(<$law>::new($($name),+))?,
                    report: None,
                })
            }

            $(
                $(#[$doc])*
                ///
                /// # Example
                ///
                /// ```
                /// use custometry::value::*;
                #[doc = concat!("let model = ", $given, "?;")]
                #[doc = concat!("assert!(model.", stringify!($name), "() > 0.0);")]
                /// # Ok::<(), custometry::Error>(())
                /// ```
                pub fn $name(&self) -> f64 {
                    self.law.$name
                }
            )+
        }

        impl $crate::value::ContractModel for $model {}

        impl $crate::value::contract::model::Modelled for $model {
            type Law = $law;
            fn law(&self) -> &$law {
                &self.law
            }
            fn report(&self) -> Option<&$crate::value::FitReport> {
                self.report.as_ref()
            }
        }

        /// How a model is saved.
        #[derive(Serialize, Deserialize)]
        #[serde(deny_unknown_fields)]
        struct $fields {
            $($name: f64,)+
            report: Option<$crate::value::FitReport>,
        }

        impl From<$model> for $fields {
            fn from(model: $model) -> Self {
                Self {
                    $($name: model.$name(),)+
                    report: model.report,
                }
            }
        }

        impl TryFrom<$fields> for $model {
            type Error = $crate::Error;
            fn try_from(fields: $fields) -> $crate::Result<Self> {
                let mut model = Self::new($(fields.$name),+)?;
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
pub(super) use contract_model;
