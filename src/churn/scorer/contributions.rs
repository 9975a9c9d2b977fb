//! What each feature adds to the score of a customer.

use std::fmt;

use ndarray::{Array2, ArrayView1};

use super::reasons::{Reason, ReasonParams, Reasons};
use crate::{
    Result,
    churn::{
        Calibration, ChurnModel, Cox, CoxCustomers, Link, Reference, cox::hazard_of,
        model::probability,
    },
    data::Features,
};

/// What each feature adds to the score of each customer, on the scale on which the model is linear:
/// `beta (x - mean)`, with the means of the fit, never of those who are explained. Levels of a category
/// are taken together.
///
/// Of a [`ChurnModel`] the score is the linear predictor, the log odds to leave before calibration; the
/// base is that of a customer with the means of the fit. Of a [`Cox`] regression it is the log of the
/// hazard relative to such a customer, and the base is 0. Either way a positive contribution makes
/// leaving likelier.
///
/// # Example
///
/// ```
/// use custometry::{
///     churn::{ChurnModelParams, Direction, LogisticData, ReasonValue},
///     data::{Categories, Features, MissingValues},
/// };
/// let calls: Vec<f64> = (0..60).map(|row| f64::from(row % 4)).collect();
/// let plans: Vec<&str> = (0..60).map(|row| ["basic", "plus", "pro"][row / 2 % 3]).collect();
/// let left: Vec<bool> = (0..60).map(|row| row * 7 % 11 < 1 + 3 * (row % 4)).collect();
/// let features = Features::from_columns(&[("calls", &calls)], MissingValues::Refuse)?
///     .with_categories("plan", Categories::new(&plans)?)?;
/// let model = ChurnModelParams::default().folds(5).fit(&LogisticData::new(&features, &left))?;
///
/// let contributions = model.contributions(&features, None)?;
/// assert_eq!(contributions.features(), ["calls", "plan"]);
/// // They add up to the score, to the last bit.
/// let scores = model.logistic().linear_predictor(&features, None)?;
/// let of_row = contributions.row(3).unwrap();
/// assert_eq!(contributions.base() + of_row[0] + of_row[1], scores[3]);
/// assert_eq!(contributions.score(3), Some(scores[3]));
/// assert_eq!(contributions.probability(3), Some(model.predict(&features, None)?[3]));
///
/// let strongest = &contributions.strongest(3, 1)[0];
/// assert_eq!((strongest.name.as_str(), strongest.direction), ("calls", Direction::Raises));
/// assert_eq!(strongest.parts[0].value, ReasonValue::Number(3.0));
/// // With as many calls as the mean the customer would be likelier to stay.
/// assert!(strongest.probability_change < 0.0);
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Clone, PartialEq)]
pub struct Contributions<'a> {
    pub(super) customers: &'a Features,
    pub(super) features: Vec<String>,
    base: f64,
    values: Array2<f64>,
    offset: Option<&'a [f64]>,
    chance: Chance,
}

/// How scores become probabilities.
#[derive(Clone, PartialEq)]
enum Chance {
    Calibrated(Link, Calibration),
    /// By the cumulative hazard of each customer over the horizon.
    Hazard(Vec<f64>),
}

impl fmt::Debug for Contributions<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Contributions")
            .field("rows", &self.rows())
            .field("features", &self.features)
            .finish_non_exhaustive()
    }
}

impl<'a> Contributions<'a> {
    pub(in crate::churn) fn of_model(
        model: &ChurnModel,
        customers: &'a Features,
        offset: Option<&'a [f64]>,
    ) -> Result<Self> {
        let logistic = model.logistic();
        // It checks the offset, and that all sums are numbers.
        logistic.linear_predictor(customers, offset)?;
        Ok(Self {
            customers,
            features: logistic.feature_names(),
            base: logistic.base(),
            values: logistic.contributions(customers)?,
            offset,
            chance: Chance::Calibrated(logistic.link(), model.calibration().clone()),
        })
    }

    /// Of a Cox regression, and the cumulative hazards of the customers over the horizon.
    pub(super) fn of_cox(
        cox: &Cox,
        customers: &'a Features,
        offset: Option<&'a [f64]>,
        hazards: Vec<f64>,
    ) -> Result<Self> {
        let mut rows = CoxCustomers::new(customers);
        if let Some(offset) = offset {
            rows = rows.offset(offset);
        }
        cox.linear_predictor(&rows, Reference::Mean)?;
        let terms = cox.terms(customers, Reference::Mean)?;
        let (design, kept) = cox.columns();
        let sources = design.sources();
        let features: Vec<String> = design.source_names().map(str::to_owned).collect();
        let mut values = Array2::zeros((customers.len(), features.len()));
        for (terms, mut out) in terms.outer_iter().zip(values.outer_iter_mut()) {
            for (&column, term) in kept.iter().zip(terms) {
                out[sources[column]] += term;
            }
        }
        Ok(Self {
            customers,
            features,
            base: 0.0,
            values,
            offset,
            chance: Chance::Hazard(hazards),
        })
    }

    /// The number of customers.
    ///
    /// # Example
    ///
    /// See [`Contributions`].
    pub fn rows(&self) -> usize {
        self.values.nrows()
    }

    /// The features in the order of their contributions: numbers, then categories.
    ///
    /// # Example
    ///
    /// See [`Contributions`].
    pub fn features(&self) -> &[String] {
        &self.features
    }

    /// The score of a customer with the means of the fit.
    ///
    /// # Example
    ///
    /// See [`Contributions`].
    pub fn base(&self) -> f64 {
        self.base
    }

    /// The contributions: a row for each customer, a column for each feature.
    ///
    /// # Example
    ///
    /// See [`row`](Self::row).
    pub fn values(&self) -> &Array2<f64> {
        &self.values
    }

    /// The contributions of one customer; `None` if there is no such row.
    ///
    /// # Example
    ///
    /// See [`Contributions`].
    pub fn row(&self, row: usize) -> Option<ArrayView1<'_, f64>> {
        (row < self.rows()).then(|| self.values.row(row))
    }

    /// The score of one customer: the base, the contributions in their order, and the offset if there
    /// is one, added up in that order; `None` if there is no such row.
    ///
    /// Of a [`ChurnModel`] it is the linear predictor to the last bit; of a [`Cox`] regression, which
    /// adds up levels one by one, but for rounding.
    ///
    /// # Example
    ///
    /// See [`Contributions`].
    pub fn score(&self, row: usize) -> Option<f64> {
        let sum = self
            .row(row)?
            .iter()
            .fold(self.base, |sum, term| sum + term);
        Some(sum + self.offset.map_or(0.0, |offset| offset[row]))
    }

    /// The probability of one customer to leave within the horizon; `None` if there is no such row.
    ///
    /// # Example
    ///
    /// See [`Contributions`].
    pub fn probability(&self, row: usize) -> Option<f64> {
        self.probability_without(row, 0.0)
    }

    /// What the probability would be with a part of the score taken off.
    pub(super) fn probability_without(&self, row: usize, part: f64) -> Option<f64> {
        let score = self.score(row)?;
        Some(match &self.chance {
            Chance::Calibrated(link, calibration) => probability(*link, calibration, score - part),
            Chance::Hazard(hazards) => -libm::expm1(-hazard_of(hazards[row], -part)),
        })
    }

    /// The features that add or take off most of one customer, by falling size and then in the order
    /// of the features; those that add nothing are none. Empty if there is no such row.
    ///
    /// # Example
    ///
    /// See [`Contributions`].
    pub fn strongest(&self, row: usize, count: usize) -> Vec<Reason> {
        Reasons::of_each(self).strongest(row, count)
    }

    /// Reasons by declared families of features; see [`ReasonParams`].
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`](crate::Error::InvalidParameter) for a feature that is not there or in
    /// two families, and for a family declared twice, without a name, or with that of a feature
    /// outside of it.
    ///
    /// # Example
    ///
    /// See [`ReasonParams`].
    pub fn reasons(&self, params: &ReasonParams) -> Result<Reasons<'_>> {
        Reasons::new(self, params)
    }
}
