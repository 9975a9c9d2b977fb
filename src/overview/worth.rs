//! What customers are worth.

use std::fmt;

use chrono::NaiveDate;
use serde::Serialize;

use crate::{
    Error, Observer, Result,
    data::{Assignments, Days, DiscountRate, Estimate, SegmentId, TimeUnit},
    observer::report,
    value::{
        BgNbd, BgNbdParams, Clv, ClvGroup, ClvParams, FitReport, GammaGamma, GammaGammaParams,
        MbgNbd, MbgNbdParams, Nbd, NbdParams, ParetoNbd, ParetoNbdParams, PurchaseHistories,
        PurchaseModel, SilenceDates, SpendHistories, Summary,
    },
};

/// A fitted purchase model of any kind.
///
/// # Example
///
/// ```
/// use custometry::{data::TimeUnit, overview::ValueModel, value::BgNbd};
/// let model = ValueModel::BgNbd(BgNbd::new(TimeUnit::Weeks, 0.243, 4.414, 0.793, 2.426)?);
/// assert_eq!((model.key(), model.as_model().name()), ("bg_nbd", "BG/NBD"));
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ValueModel {
    /// Customers who never leave.
    Nbd(Nbd),
    /// Customers who leave after a purchase.
    BgNbd(BgNbd),
    /// Customers who leave after a purchase, the first one too.
    MbgNbd(MbgNbd),
    /// Customers who leave at any time.
    ParetoNbd(ParetoNbd),
}

/// A model that was tried, and how well it fits.
///
/// # Example
///
/// See [`Overview::worth`](super::Overview::worth).
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ValueCandidate {
    /// The model, as a key.
    pub model: &'static str,
    /// The Bayesian information criterion: the lowest is taken. None where it could not be fitted.
    pub bic: Option<f64>,
    /// Why it could not be fitted.
    pub error: Option<String>,
}

/// What customers are worth over the time ahead. Columns are in the order of the customers; NaN marks
/// those without a purchase.
///
/// # Example
///
/// See [`Overview::worth`](super::Overview::worth).
#[derive(Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Worth {
    /// The purchase model of the lowest criterion, fitted to all customers; of those that tell a worth.
    pub model: ValueModel,
    /// The models that were tried, on a sample of the customers where there are many.
    pub candidates: Vec<ValueCandidate>,
    /// How many customers they were tried on.
    pub tried_on: usize,
    /// The model of spend.
    pub spend: GammaGamma,
    /// The margin, as a share of revenue.
    pub margin: f64,
    /// How far ahead.
    pub horizon: Days,
    /// What money loses in worth by coming later.
    pub discount: DiscountRate,
    /// The probability that each customer is still one.
    pub p_alive: Vec<f64>,
    /// Purchases expected within the horizon.
    pub expected_purchases: Vec<f64>,
    /// The same, discounted.
    pub discounted_purchases: Vec<f64>,
    /// The spend of a purchase to be expected, in units of currency.
    pub mean_spend: Vec<f64>,
    /// Margin expected within the horizon, discounted, in units of currency.
    pub clv: Vec<f64>,
    /// How sure that is: the lower end; NaN where the models have no errors.
    pub clv_lo: Vec<f64>,
    /// The upper end.
    pub clv_hi: Vec<f64>,
    /// The day from which a customer who stays silent counts as lost by this model, whatever limit of
    /// silence the churn chapter finds.
    pub silence_dates: Vec<Option<NaiveDate>>,
    /// P(alive) on that day.
    pub silence_threshold: f64,
    /// The worth of all.
    pub total: f64,
    /// How sure that is.
    pub total_interval: Option<Estimate>,
    /// By segment.
    pub by_segment: Vec<ClvGroup<SegmentId>>,
}

impl fmt::Debug for Worth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Worth")
            .field("model", &self.model)
            .field("customers", &self.clv.len())
            .field("total", &self.total)
            .field("total_interval", &self.total_interval)
            .finish_non_exhaustive()
    }
}

/// How worth is told.
#[derive(Debug, Clone, Copy)]
pub(super) struct WorthTerms {
    pub(super) unit: TimeUnit,
    pub(super) margin: f64,
    pub(super) discount: DiscountRate,
    pub(super) horizon: Days,
    pub(super) silence: f64,
    pub(super) level: f64,
}

impl ValueModel {
    /// The model as the questions that all models answer.
    ///
    /// # Example
    ///
    /// See [`ValueModel`].
    pub fn as_model(&self) -> &dyn PurchaseModel {
        match self {
            Self::Nbd(model) => model,
            Self::BgNbd(model) => model,
            Self::MbgNbd(model) => model,
            Self::ParetoNbd(model) => model,
        }
    }

    /// A short name for tables and files.
    ///
    /// # Example
    ///
    /// See [`ValueModel`].
    pub fn key(&self) -> &'static str {
        match self {
            Self::Nbd(_) => "nbd",
            Self::BgNbd(_) => "bg_nbd",
            Self::MbgNbd(_) => "mbg_nbd",
            Self::ParetoNbd(_) => "pareto_nbd",
        }
    }

    fn bic(&self) -> f64 {
        self.as_model()
            .fit_report()
            .map_or(f64::MAX, FitReport::bic)
    }

    fn fit(key: &str, histories: &PurchaseHistories, unit: TimeUnit) -> Result<Self> {
        Ok(match key {
            "nbd" => Self::Nbd(NbdParams::default().unit(unit).fit(histories)?),
            "bg_nbd" => Self::BgNbd(BgNbdParams::default().unit(unit).fit(histories)?),
            "mbg_nbd" => Self::MbgNbd(MbgNbdParams::default().unit(unit).fit(histories)?),
            _ => Self::ParetoNbd(ParetoNbdParams::default().unit(unit).fit(histories)?),
        })
    }
}

/// The models in the order in which they are tried; of equals the first is taken.
const MODELS: [&str; 4] = ["nbd", "bg_nbd", "mbg_nbd", "pareto_nbd"];

/// What goes on, in words.
const STAGE: &str = "working out worth";

/// The models that were tried, those that could be fitted by rising criterion.
struct Tried {
    candidates: Vec<ValueCandidate>,
    fitted: Vec<ValueModel>,
    first_error: Option<Error>,
}

impl Tried {
    fn new(
        histories: &PurchaseHistories,
        unit: TimeUnit,
        steps: usize,
        observer: &mut dyn Observer,
    ) -> Result<Self> {
        let mut all = Self {
            candidates: Vec::with_capacity(MODELS.len()),
            fitted: Vec::with_capacity(MODELS.len()),
            first_error: None,
        };
        for (step, key) in MODELS.into_iter().enumerate() {
            report(observer, STAGE, step, steps)?;
            let of = ValueModel::fit(key, histories, unit);
            all.candidates.push(ValueCandidate {
                model: key,
                bic: of.as_ref().ok().map(ValueModel::bic),
                error: of.as_ref().err().map(ToString::to_string),
            });
            match of {
                Ok(model) => all.fitted.push(model),
                Err(error) => drop(all.first_error.get_or_insert(error)),
            }
        }
        // Stable, so that of equals the first is taken.
        all.fitted
            .sort_by(|one, other| one.bic().total_cmp(&other.bic()));
        Ok(all)
    }
}

/// The intervals of customers; NaN where there are none, as without covariance.
fn ends(clv: &Clv<'_>, level: f64) -> (Vec<f64>, Vec<f64>) {
    let Ok(estimates) = clv.by_customer(level) else {
        let none = vec![f64::NAN; clv.values().len()];
        return (none.clone(), none);
    };
    let end = |pick: fn(&Estimate) -> f64| -> Vec<f64> {
        let of = |estimate: &Option<Estimate>| estimate.as_ref().map_or(f64::NAN, pick);
        estimates.iter().map(of).collect()
    };
    (end(|it| it.lo), end(|it| it.hi))
}

impl Worth {
    pub(super) fn new(
        summary: &Summary,
        sample: Option<&Summary>,
        segments: Option<&Assignments>,
        terms: &WorthTerms,
        observer: &mut dyn Observer,
    ) -> Result<Self> {
        let steps = MODELS.len() + 4;
        let tried = PurchaseHistories::new(sample.unwrap_or(summary))?;
        let Tried {
            candidates,
            fitted,
            mut first_error,
        } = Tried::new(&tried, terms.unit, steps, observer)?;
        let histories = match sample {
            Some(_) => PurchaseHistories::new(summary)?,
            None => tried,
        };
        report(observer, STAGE, MODELS.len() + 1, steps)?;
        let spends = SpendHistories::new(summary);
        let spend = GammaGammaParams::default().fit(&spends)?;
        let params = ClvParams::new(terms.margin, terms.discount).horizon(terms.horizon);
        let mut told = None;
        for model in fitted {
            let of_all = match sample {
                Some(_) => ValueModel::fit(model.key(), &histories, terms.unit),
                None => Ok(model),
            };
            let worth = of_all.and_then(|model| {
                let clv = params.predict(model.as_model(), &spend, &histories, &spends)?;
                // A model at the edge of its parameters may say nothing of anybody.
                if clv.values().iter().any(|value| value.is_finite()) {
                    return Ok(model);
                }
                Err(Error::Degenerate {
                    what: format!(
                        "{} tells no worth of these customers",
                        model.as_model().name()
                    )
                    .into(),
                })
            });
            match worth {
                Ok(model) => {
                    told = Some(model);
                    break;
                }
                Err(error) => drop(first_error.get_or_insert(error)),
            }
        }
        let no_model = || Error::Degenerate {
            what: "no purchase model".into(),
        };
        let model = told.ok_or_else(|| first_error.unwrap_or_else(no_model))?;
        let purchases = model.as_model();
        let clv = params.predict(purchases, &spend, &histories, &spends)?;
        report(observer, STAGE, MODELS.len() + 2, steps)?;
        let (clv_lo, clv_hi) = ends(&clv, terms.level);
        report(observer, STAGE, MODELS.len() + 3, steps)?;
        let silence =
            SilenceDates::new(purchases, summary, &histories, terms.silence, clv.values())?;
        let known = clv.values().iter().filter(|value| !value.is_nan());
        let by_segment = match segments {
            Some(segments) => clv.by_segment(segments, terms.level)?,
            None => Vec::new(),
        };
        Ok(Self {
            candidates,
            tried_on: sample.map_or(summary.len(), Summary::len),
            margin: terms.margin,
            horizon: terms.horizon,
            discount: terms.discount,
            p_alive: purchases.p_alive(&histories),
            expected_purchases: purchases.expected_purchases(&histories, terms.horizon)?,
            discounted_purchases: clv.transactions().to_vec(),
            mean_spend: clv.mean_spend().to_vec(),
            clv: clv.values().to_vec(),
            clv_lo,
            clv_hi,
            silence_dates: silence.dates().to_vec(),
            silence_threshold: terms.silence,
            // Of nobody it is 0, and not the -0 that an empty sum of floats is.
            total: known.fold(0.0, |sum, value| sum + value),
            total_interval: clv.total(terms.level).ok(),
            by_segment,
            spend,
            model,
        })
    }
}
