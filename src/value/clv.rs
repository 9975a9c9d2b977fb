//! Customer lifetime value: what the purchases to come are worth today.
//!
//! # Question
//!
//! What is each customer worth, and each segment, and the whole base; and how sure
//! is that?
//!
//! # Model
//!
//! ```text
//! CLV = margin × E[amount of a purchase] × discounted expected purchases
//! ```
//!
//! The amount comes from [`GammaGamma`], the purchases from any [`PurchaseModel`];
//! the two are taken to have nothing to do with each other, which the eligibility
//! gate of the spend model checks. Money follows purchases, each discounted at its
//! own moment: there are no months of 30 days. It is the residual value, of purchases
//! from the end of observation on; what a customer has brought so far, and what it
//! cost to win them, is not in it.
//!
//! # How to read it
//!
//! Values are in units of currency. An interval says how sure the expectation is, by
//! the delta method over the parameters of both models, taken to be estimated
//! independently. A single customer will scatter far more around it; over a thousand
//! that evens out, but the error of the parameters does not: it is shared by all.
//!
//! # Complexity
//!
//! A prediction of purchases is made for each different history, not for each
//! customer. Intervals are worked out when first asked for and cost about nine times
//! as much.
//!
//! # References
//!
//! - Fader, P. S., Hardie, B. G. S. and Lee, K. L. (2005). RFM and CLV: using
//!   iso-value curves for customer base analysis. *Journal of Marketing Research*
//!   42(4), 415-430. doi:10.1509/jmkr.2005.42.4.415

use std::{collections::BTreeMap, fmt, sync::OnceLock};

use chrono::NaiveDate;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::{
    CohortPeriod, GammaGamma, Prediction, PurchaseHistories, PurchaseModel, SpendHistories,
    Summary,
    prediction::{Intervals, log_covariance, variance},
};
use crate::{
    Error, Result,
    data::{Assignments, CustomerIx, Days, DiscountRate, Estimate, SegmentId},
};

/// How to value customers.
///
/// # Example
///
/// ```
/// use custometry::{data::{DiscountRate, Days, date_of_day}, simulate::PurchaseLogParams, value::*};
///
/// let log = PurchaseLogParams::default().customers(5_000).generate()?.transactions;
/// let summary = SummaryState::new(&log)?.summary(date_of_day(10_407).unwrap())?;
/// let histories = PurchaseHistories::new(&summary)?;
/// let spends = SpendHistories::new(&summary);
/// let purchases = BgNbdParams::default().fit(&histories)?;
/// let spend = GammaGammaParams::default().fit(&spends)?;
///
/// // 30 % of revenue is margin; money next year is worth 15 % less.
/// let params = ClvParams::new(0.30, DiscountRate::annual(0.15)?).horizon(Days(365.0));
/// let clv = params.predict(&purchases, &spend, &histories, &spends)?;
/// let total = clv.total(0.95)?;
/// assert!(total.lo < total.value && total.value < total.hi);
/// assert!((clv.values().iter().sum::<f64>() / total.value - 1.0).abs() < 1e-12);
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClvParams {
    margin: f64,
    discount: DiscountRate,
    /// `None` for all purchases to come.
    #[serde(default = "a_year")]
    horizon: Option<Days>,
}

#[expect(clippy::unnecessary_wraps, reason = "the type of the field")]
fn a_year() -> Option<Days> {
    Some(Days(365.0))
}

/// The value of each customer.
///
/// # Example
///
/// See [`ClvParams`].
pub struct Clv<'a> {
    purchases: &'a dyn PurchaseModel,
    spend: &'a GammaGamma,
    histories: &'a PurchaseHistories,
    spends: &'a SpendHistories,
    margin: f64,
    prediction: Prediction,
    transactions: Vec<f64>,
    mean_spend: Vec<f64>,
    values: Vec<f64>,
    slopes: OnceLock<Result<Slopes>>,
}

/// How values move with the logarithms of the parameters.
struct Slopes {
    /// Of the discounted purchases, by cell.
    purchases: Vec<(f64, Vec<f64>)>,
    /// The cell of each customer; past the end for one without a purchase.
    cell: Vec<usize>,
    /// Of the spend, by customer.
    spend: Vec<[f64; 3]>,
    purchase_covariance: Vec<f64>,
    spend_covariance: Vec<f64>,
}

/// The value of a group of customers.
///
/// # Example
///
/// ```
/// use custometry::{data::{DiscountRate, date_of_day}, simulate::PurchaseLogParams, value::*};
/// # let log = PurchaseLogParams::default().customers(3_000).generate()?.transactions;
/// # let summary = SummaryState::new(&log)?.summary(date_of_day(10_407).unwrap())?;
/// # let (histories, spends) = (PurchaseHistories::new(&summary)?, SpendHistories::new(&summary));
/// # let purchases = BgNbdParams::default().fit(&histories)?;
/// # let spend = GammaGammaParams::default().fit(&spends)?;
/// let params = ClvParams::new(0.30, DiscountRate::annual(0.15)?);
/// let clv = params.predict(&purchases, &spend, &histories, &spends)?;
/// let cohorts = clv.by_cohort(&summary, CohortPeriod::Month, 0.95)?;
/// // Customers came over twelve weeks.
/// assert_eq!(cohorts.len(), 3);
/// let all: f64 = cohorts.iter().map(|cohort| cohort.total).sum();
/// assert!((all / clv.total(0.95)?.value - 1.0).abs() < 1e-12);
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ClvGroup<K> {
    /// Which group.
    pub group: K,
    /// Its customers with a value.
    pub customers: usize,
    /// Their value, in units of currency.
    pub total: f64,
    /// The total with its interval; `None` if a model has no standard errors.
    pub estimate: Option<Estimate>,
}

impl ClvParams {
    /// A margin as a share of revenue, and a discount rate; over the next 365 days
    /// unless another horizon is set.
    ///
    /// # Example
    ///
    /// See [`ClvParams`].
    pub fn new(margin: f64, discount: DiscountRate) -> Self {
        Self {
            margin,
            discount,
            horizon: a_year(),
        }
    }

    /// How far to look ahead.
    ///
    /// # Example
    ///
    /// See [`ClvParams`].
    pub fn horizon(mut self, horizon: Days) -> Self {
        self.horizon = Some(horizon);
        self
    }

    /// Values all purchases to come; the discount rate must be above 0.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::{data::{Days, DiscountRate}, value::ClvParams};
    /// let params = ClvParams::new(0.3, DiscountRate::annual(0.15)?);
    /// assert_ne!(params.clone().for_ever(), params.horizon(Days(36_500.0)));
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn for_ever(mut self) -> Self {
        self.horizon = None;
        self
    }

    /// Values each customer. Both histories are of the same customers, in the same
    /// order.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`] unless the margin is above 0 and at most 1, the
    /// horizon finite and not negative, and the rate above 0 without a horizon;
    /// [`Error::LengthMismatch`]; [`Error::Degenerate`] if the expected spend of some
    /// customer does not exist, see [`GammaGamma::expected_spend`].
    ///
    /// # Example
    ///
    /// See [`ClvParams`].
    pub fn predict<'a>(
        &self,
        purchases: &'a dyn PurchaseModel,
        spend: &'a GammaGamma,
        histories: &'a PurchaseHistories,
        spends: &'a SpendHistories,
    ) -> Result<Clv<'a>> {
        // Written so that NaN fails as well.
        if !(self.margin > 0.0 && self.margin <= 1.0) {
            let expected = "a share of revenue above 0 and at most 1, such as 0.3";
            return Err(Error::parameter("margin", self.margin, expected));
        }
        Error::check_length("spend", histories.len(), spends.len())?;
        let prediction = match self.horizon {
            Some(horizon) => Prediction::Discounted(horizon, self.discount),
            None => Prediction::Residual(self.discount),
        };
        let transactions = purchases.predict(histories, prediction)?;
        let mean_spend = spend.expected_spend(spends)?;
        let both = transactions.par_iter().zip(&mean_spend);
        let values = both.map(|(n, amount)| self.margin * amount * n).collect();
        Ok(Clv {
            purchases,
            spend,
            histories,
            spends,
            margin: self.margin,
            prediction,
            transactions,
            mean_spend,
            values,
            slopes: OnceLock::new(),
        })
    }
}

impl fmt::Debug for Clv<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Clv")
            .field("customers", &self.values.len())
            .field("prediction", &self.prediction)
            .field("margin", &self.margin)
            .finish_non_exhaustive()
    }
}

impl Clv<'_> {
    /// The value of each customer, in units of currency; NaN for one without a
    /// purchase.
    ///
    /// # Example
    ///
    /// See [`ClvParams`].
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// The discounted purchases expected of each customer.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::{data::{DiscountRate, date_of_day}, simulate::PurchaseLogParams, value::*};
    /// # let log = PurchaseLogParams::default().customers(3_000).generate()?.transactions;
    /// # let summary = SummaryState::new(&log)?.summary(date_of_day(10_407).unwrap())?;
    /// # let (histories, spends) = (PurchaseHistories::new(&summary)?, SpendHistories::new(&summary));
    /// # let purchases = BgNbdParams::default().fit(&histories)?;
    /// # let spend = GammaGammaParams::default().fit(&spends)?;
    /// let params = ClvParams::new(0.30, DiscountRate::annual(0.15)?);
    /// let clv = params.predict(&purchases, &spend, &histories, &spends)?;
    /// let product = 0.30 * clv.transactions()[7] * clv.mean_spend()[7];
    /// assert!((clv.values()[7] / product - 1.0).abs() < 1e-12);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn transactions(&self) -> &[f64] {
        &self.transactions
    }

    /// The expected amount of a purchase of each customer.
    ///
    /// # Example
    ///
    /// See [`transactions`](Self::transactions).
    pub fn mean_spend(&self) -> &[f64] {
        &self.mean_spend
    }

    fn slopes(&self) -> Result<&Slopes> {
        let made = self.slopes.get_or_init(|| {
            let report = self.purchases.fit_report();
            let named = self.purchases.parameters();
            let parameters: Vec<f64> = named.into_iter().map(|(_, value)| value).collect();
            let purchase_covariance = log_covariance(&parameters, report)?;
            let spend_covariance = self.spend.log_covariance()?;
            let by_cell = self.purchases.ask_slopes(self.histories, self.prediction);
            let cells: Vec<usize> = (0..by_cell.len()).collect();
            Ok(Slopes {
                purchases: by_cell,
                cell: self.histories.by_customer(&cells, usize::MAX),
                spend: self.spend.slopes(self.spends),
                purchase_covariance,
                spend_covariance,
            })
        });
        made.as_ref().map_err(Clone::clone)
    }

    /// The value of each customer with its standard error and interval. `None` for a
    /// customer without a purchase.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`] unless the level is between 0 and 1;
    /// [`Error::Degenerate`] if a model has no standard errors.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::{data::{DiscountRate, date_of_day}, simulate::PurchaseLogParams, value::*};
    /// # let log = PurchaseLogParams::default().customers(3_000).generate()?.transactions;
    /// # let summary = SummaryState::new(&log)?.summary(date_of_day(10_407).unwrap())?;
    /// # let (histories, spends) = (PurchaseHistories::new(&summary)?, SpendHistories::new(&summary));
    /// # let purchases = BgNbdParams::default().fit(&histories)?;
    /// # let spend = GammaGammaParams::default().fit(&spends)?;
    /// let params = ClvParams::new(0.30, DiscountRate::annual(0.15)?);
    /// let clv = params.predict(&purchases, &spend, &histories, &spends)?;
    /// let first = clv.by_customer(0.95)?[0].unwrap();
    /// assert!(first.lo < clv.values()[0] && clv.values()[0] < first.hi);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn by_customer(&self, level: f64) -> Result<Vec<Option<Estimate>>> {
        let intervals = Intervals::new(level)?;
        self.slopes()?;
        let estimate = |(at, value): (usize, &f64)| {
            let group = self.sum([at]);
            intervals.of_positive(*value, group.se?)
        };
        Ok(self.values.par_iter().enumerate().map(estimate).collect())
    }

    /// The value of all customers with its interval.
    ///
    /// # Errors
    ///
    /// As [`by_customer`](Self::by_customer).
    ///
    /// # Example
    ///
    /// See [`ClvParams`].
    pub fn total(&self, level: f64) -> Result<Estimate> {
        let intervals = Intervals::new(level)?;
        self.slopes()?;
        let all = self.sum(0..self.values.len());
        let estimate = intervals.of_positive(all.total, all.se.unwrap_or_default());
        estimate.ok_or(Error::Overflow {
            what: "the value of all customers; check the model".into(),
        })
    }

    /// The value of each segment with its interval, in the order of their ids.
    /// Customers without a segment are in none.
    ///
    /// # Errors
    ///
    /// [`Error::LengthMismatch`] unless the assignments are of the same customers;
    /// [`Error::InvalidParameter`] unless the level is between 0 and 1.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::{data::{DiscountRate, date_of_day}, simulate::PurchaseLogParams, value::*};
    /// # let log = PurchaseLogParams::default().customers(3_000).generate()?.transactions;
    /// # let summary = SummaryState::new(&log)?.summary(date_of_day(10_407).unwrap())?;
    /// # let (histories, spends) = (PurchaseHistories::new(&summary)?, SpendHistories::new(&summary));
    /// # let purchases = BgNbdParams::default().fit(&histories)?;
    /// # let spend = GammaGammaParams::default().fit(&spends)?;
    /// # let params = ClvParams::new(0.30, DiscountRate::annual(0.15)?);
    /// let clv = params.predict(&purchases, &spend, &histories, &spends)?;
    /// let scores = RfmParams::default().fit(&summary)?.score(&summary)?;
    /// let segments = scores.assign(&SegmentMap::standard([5, 5, 5])?)?;
    /// let by_segment = clv.by_segment(&segments, 0.95)?;
    /// assert_eq!(by_segment.iter().map(|segment| segment.customers).sum::<usize>(), 3_000);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn by_segment(
        &self,
        segments: &Assignments,
        level: f64,
    ) -> Result<Vec<ClvGroup<SegmentId>>> {
        let of_customer: Vec<Option<SegmentId>> = segments.iter().collect();
        self.by_group(&of_customer, level)
    }

    /// The value of the customers who came in each period, with its interval, by the
    /// first day of the period.
    ///
    /// # Errors
    ///
    /// [`Error::LengthMismatch`] unless the summary is of the same customers;
    /// [`Error::InvalidParameter`] unless the level is between 0 and 1.
    ///
    /// # Example
    ///
    /// See [`ClvGroup`].
    pub fn by_cohort(
        &self,
        summary: &Summary,
        period: CohortPeriod,
        level: f64,
    ) -> Result<Vec<ClvGroup<NaiveDate>>> {
        let first = |customer: CustomerIx| summary.first_purchase(customer);
        let numbers = summary.customers().numbers();
        let of_customer: Vec<Option<NaiveDate>> = numbers
            .map(|customer| first(customer).map(|day| period.start(day)))
            .collect();
        self.by_group(&of_customer, level)
    }

    fn by_group<K: Copy + Ord>(&self, group: &[Option<K>], level: f64) -> Result<Vec<ClvGroup<K>>> {
        let intervals = Intervals::new(level)?;
        Error::check_length("group", self.values.len(), group.len())?;
        let mut members: BTreeMap<K, Vec<usize>> = BTreeMap::new();
        for (at, key) in group.iter().enumerate() {
            if let Some(key) = key {
                members.entry(*key).or_default().push(at);
            }
        }
        let group = |(group, members): (K, Vec<usize>)| {
            let Sum {
                customers,
                total,
                se,
            } = self.sum(members);
            ClvGroup {
                group,
                customers,
                total,
                estimate: se.and_then(|se| intervals.of_positive(total, se)),
            }
        };
        Ok(members.into_iter().map(group).collect())
    }

    /// The value of some customers. The slopes of a sum are the sums of slopes.
    fn sum(&self, customers: impl IntoIterator<Item = usize>) -> Sum {
        let slopes = self.slopes().ok();
        let mut sum = Sum {
            customers: 0,
            total: 0.0,
            se: None,
        };
        let mut by_purchases = vec![0.0; self.purchases.parameters().len()];
        let mut by_spend = [0.0; 3];
        for at in customers {
            if self.values[at].is_nan() {
                continue;
            }
            sum.customers += 1;
            sum.total += self.values[at];
            let Some(slopes) = slopes else { continue };
            let (_, of_cell) = &slopes.purchases[slopes.cell[at]];
            for (sum, slope) in by_purchases.iter_mut().zip(of_cell) {
                *sum += self.margin * self.mean_spend[at] * slope;
            }
            for (sum, slope) in by_spend.iter_mut().zip(&slopes.spend[at]) {
                *sum += self.margin * self.transactions[at] * slope;
            }
        }
        sum.se = slopes.map(|slopes| {
            let purchases = variance(&by_purchases, &slopes.purchase_covariance);
            (purchases + variance(&by_spend, &slopes.spend_covariance)).sqrt()
        });
        sum
    }
}

struct Sum {
    customers: usize,
    total: f64,
    /// `None` if a model has no standard errors.
    se: Option<f64>,
}
