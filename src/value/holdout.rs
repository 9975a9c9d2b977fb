//! Whether a purchase model would have foretold what came.
//!
//! # Method
//!
//! Fit on the purchases up to a day, predict those after it, compare: by customer, by
//! the number of purchases before, by the chance to be active, and over time
//! (Fader, Hardie and Lee 2005, doi:10.1287/mksc.1040.0098).
//!
//! # How to read it
//!
//! A bias of the total says whether the model leaves too early or too late. Expected
//! and actual purchases by frequency should run along each other. P(alive) itself is
//! never seen: of customers in one decile of it, compare the share expected to buy
//! with the share that bought.

use std::{collections::BTreeMap, fmt};

use chrono::NaiveDate;
use serde::Serialize;

use super::{
    Prediction, PurchaseHistories, PurchaseModel, Summary, SummaryState, fit::chi_square_tail,
};
use crate::{
    Error, Result,
    data::{Days, date_of_day, day_of_date},
};

/// Purchases before and after a day: what to fit a model on, and what to judge it by.
///
/// # Example
///
/// ```
/// use custometry::{data::date_of_day, simulate::PurchaseLogParams, value::*};
///
/// let log = PurchaseLogParams::default().customers(5_000).generate()?.transactions;
/// let state = SummaryState::new(&log)?;
/// let day = |number| date_of_day(number).unwrap();
/// let holdout = Holdout::new(&state, day(10_200), day(10_407))?;
/// let model = BgNbdParams::default().fit(holdout.histories())?;
/// let report = holdout.evaluate(&model)?;
/// assert!((report.expected / report.actual - 1.0).abs() < 0.15);
/// assert!(report.mae < report.rmse);
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Clone, PartialEq)]
pub struct Holdout {
    summary: Summary,
    histories: PurchaseHistories,
    until: NaiveDate,
    actual: Vec<u32>,
    /// First purchase days and how many customers came on each.
    came: BTreeMap<i32, u32>,
    /// Repeat purchase days of these customers, before and after, with how many.
    repeats: BTreeMap<i32, u32>,
}

/// Expected and actual purchases in the holdout of customers of one frequency.
///
/// # Example
///
/// See [`HoldoutReport`].
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ByFrequency {
    /// Repeat purchases before.
    pub frequency: u32,
    /// Whether customers with more are counted here too.
    pub or_more: bool,
    /// How many customers.
    pub customers: usize,
    /// Purchases expected of one of them.
    pub expected: f64,
    /// Purchases that one of them made, on average.
    pub actual: f64,
}

/// A tenth of the customers by P(alive).
///
/// # Example
///
/// See [`HoldoutReport`].
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ByDecile {
    /// How many customers.
    pub customers: usize,
    /// The mean of P(alive).
    pub p_alive: f64,
    /// The share expected to buy in the holdout.
    pub expected_share: f64,
    /// The share that bought.
    pub actual_share: f64,
}

/// How a model did in the holdout.
///
/// # Example
///
/// ```
/// # use custometry::{data::date_of_day, simulate::PurchaseLogParams, value::*};
/// # let log = PurchaseLogParams::default().customers(5_000).generate()?.transactions;
/// # let state = SummaryState::new(&log)?;
/// # let holdout = Holdout::new(&state, date_of_day(10_200).unwrap(), date_of_day(10_407).unwrap())?;
/// let model = MbgNbdParams::default().fit(holdout.histories())?;
/// let report = holdout.evaluate(&model)?;
/// let likeliest = report.deciles[0];
/// assert!((likeliest.expected_share - likeliest.actual_share).abs() < 0.1);
/// let most = report.by_frequency.last().unwrap();
/// assert!(most.or_more && most.frequency == 7);
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct HoldoutReport {
    /// Customers who came before the holdout.
    pub customers: usize,
    /// Purchases that they made in it.
    pub actual: f64,
    /// Purchases that were expected of them.
    pub expected: f64,
    /// The mean absolute error of a customer, in purchases.
    pub mae: f64,
    /// The root of the mean squared error of a customer.
    pub rmse: f64,
    /// The mean error of a customer: expected less actual.
    pub bias: f64,
    /// By frequency before: 0 to 6, and 7 or more.
    pub by_frequency: Vec<ByFrequency>,
    /// By falling P(alive); ties in the order of the customers.
    pub deciles: Vec<ByDecile>,
}

/// Purchases of one period, and up to its end.
///
/// # Example
///
/// See [`Holdout::track`].
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[non_exhaustive]
pub struct TrackingLine {
    /// The last day of the period.
    pub end: NaiveDate,
    /// Repeat purchases made in the period.
    pub actual: u64,
    /// Repeat purchases expected in it.
    pub expected: f64,
    /// Repeat purchases made up to its end.
    pub cumulative_actual: u64,
    /// Repeat purchases expected up to its end.
    pub cumulative_expected: f64,
}

/// Customers by frequency, as they are and as a model has them.
///
/// # Example
///
/// ```
/// use custometry::{data::date_of_day, simulate::PurchaseLogParams, value::*};
/// # let log = PurchaseLogParams::default().customers(5_000).generate()?.transactions;
/// # let summary = SummaryState::new(&log)?.summary(date_of_day(10_407).unwrap())?;
/// let histories = PurchaseHistories::new(&summary)?;
/// let fit = |model: &dyn PurchaseModel| FrequencyFit::new(model, &histories, 7);
/// let right = fit(&BgNbdParams::default().fit(&histories)?)?;
/// let wrong = fit(&NbdParams::default().fit(&histories)?)?;
/// assert_eq!(right.degrees_of_freedom, 3);
/// assert!(right.chi_square < wrong.chi_square);
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct FrequencyFit {
    /// Customers with 0, 1, ... repeat purchases; the last also counts those with more.
    pub actual: Vec<f64>,
    /// The same as the model has them.
    pub expected: Vec<f64>,
    /// Pearson's chi-square.
    pub chi_square: f64,
    /// Bins, less 1, less the parameters that were fitted.
    pub degrees_of_freedom: usize,
    /// The chance of so large a chi-square if the model is true; NaN without degrees
    /// of freedom.
    pub p_value: f64,
}

/// Frequencies told apart; the last bin takes the rest.
const MOST_FREQUENT: u32 = 7;

impl fmt::Debug for Holdout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Holdout")
            .field("summary", &self.summary)
            .field("until", &self.until)
            .finish_non_exhaustive()
    }
}

impl Holdout {
    /// Parts the purchases at a day: customers and their histories up to it, and what
    /// they bought after it until another.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`] unless the second day is after the first;
    /// [`Error::NotEnoughData`] if nobody came up to the first.
    ///
    /// # Example
    ///
    /// See [`Holdout`].
    pub fn new(state: &SummaryState, calibrate_until: NaiveDate, until: NaiveDate) -> Result<Self> {
        if until <= calibrate_until {
            let expected = format!("a day after {calibrate_until}, the last of the calibration");
            return Err(Error::parameter("until", until, expected));
        }
        let summary = state.summary(calibrate_until)?;
        let later = state.summary(until)?;
        if summary.buyers() == 0 {
            return Err(Error::NotEnoughData {
                what: "customers who came up to the last day of the calibration".into(),
                needed: 1,
                found: 0,
            });
        }
        let (mut came, mut repeats) = (BTreeMap::new(), BTreeMap::new());
        let mut actual = vec![0; summary.len()];
        for customer in summary.customers().numbers() {
            let Some(first) = summary.first_purchase(customer) else {
                continue;
            };
            let at = customer.at();
            actual[at] = later.frequency()[at] - summary.frequency()[at];
            *came.entry(day_of_date(first)).or_default() += 1;
            let days = state.days_of(customer).filter(|day| day.purchase);
            for day in days.filter(|day| first < day.date && day.date <= until) {
                *repeats.entry(day_of_date(day.date)).or_default() += 1;
            }
        }
        Ok(Self {
            histories: PurchaseHistories::new(&summary)?,
            summary,
            until,
            actual,
            came,
            repeats,
        })
    }

    /// The customers as of the last day of the calibration.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::{data::date_of_day, simulate::PurchaseLogParams, value::*};
    /// # let log = PurchaseLogParams::default().customers(500).generate()?.transactions;
    /// # let state = SummaryState::new(&log)?;
    /// # let day = |number| date_of_day(number).unwrap();
    /// let holdout = Holdout::new(&state, day(10_200), day(10_407))?;
    /// assert_eq!(holdout.summary(), &state.summary(day(10_200))?);
    /// assert_eq!(holdout.histories().len(), holdout.actual().len());
    /// assert_eq!(holdout.horizon().0, 207.0);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn summary(&self) -> &Summary {
        &self.summary
    }

    /// Their histories: what to fit a model to.
    ///
    /// # Example
    ///
    /// See [`summary`](Self::summary).
    pub fn histories(&self) -> &PurchaseHistories {
        &self.histories
    }

    /// The purchase days of each customer in the holdout; 0 for one who came after
    /// the calibration.
    ///
    /// # Example
    ///
    /// See [`summary`](Self::summary).
    pub fn actual(&self) -> &[u32] {
        &self.actual
    }

    /// How long the holdout is.
    ///
    /// # Example
    ///
    /// See [`summary`](Self::summary).
    pub fn horizon(&self) -> Days {
        let days = day_of_date(self.until).abs_diff(day_of_date(self.summary.as_of()));
        Days(f64::from(days))
    }

    /// Judges a model that was fitted to [`histories`](Self::histories).
    ///
    /// # Errors
    ///
    /// None in practice.
    ///
    /// # Example
    ///
    /// See [`HoldoutReport`].
    pub fn evaluate(&self, model: &dyn PurchaseModel) -> Result<HoldoutReport> {
        let horizon = self.horizon();
        let expected = model.predict(&self.histories, Prediction::Expected(horizon))?;
        let alive = model.predict(&self.histories, Prediction::PAlive)?;
        let none = model.predict(&self.histories, Prediction::Exactly(0, horizon))?;
        let came: Vec<usize> = (0..expected.len())
            .filter(|&at| !expected[at].is_nan())
            .collect();
        let n = came.len() as f64;
        let mean = |of: &dyn Fn(usize) -> f64, of_whom: &[usize]| {
            of_whom.iter().map(|&at| of(at)).sum::<f64>() / of_whom.len() as f64
        };
        let actual = |at: usize| f64::from(self.actual[at]);
        let error = |at: usize| expected[at] - actual(at);

        let frequency = self.summary.frequency();
        let mut by_frequency = Vec::new();
        for bin in 0..=MOST_FREQUENT {
            let within = |at: &&usize| frequency[**at].min(MOST_FREQUENT) == bin;
            let members: Vec<usize> = came.iter().filter(within).copied().collect();
            if members.is_empty() {
                continue;
            }
            by_frequency.push(ByFrequency {
                frequency: bin,
                or_more: bin == MOST_FREQUENT,
                customers: members.len(),
                expected: mean(&|at| expected[at], &members),
                actual: mean(&actual, &members),
            });
        }

        let mut order = came.clone();
        order.sort_by(|&a, &b| alive[b].total_cmp(&alive[a]));
        let cut = |decile: usize| decile * order.len() / 10;
        let decile = |number: usize| {
            let members = &order[cut(number)..cut(number + 1)];
            (!members.is_empty()).then(|| ByDecile {
                customers: members.len(),
                p_alive: mean(&|at| alive[at], members),
                expected_share: mean(&|at| 1.0 - none[at], members),
                actual_share: mean(&|at| f64::from(self.actual[at].min(1)), members),
            })
        };
        Ok(HoldoutReport {
            customers: came.len(),
            actual: mean(&actual, &came) * n,
            expected: mean(&|at| expected[at], &came) * n,
            mae: mean(&|at| error(at).abs(), &came),
            rmse: mean(&|at| error(at).powi(2), &came).sqrt(),
            bias: mean(&error, &came),
            by_frequency,
            deciles: (0..10).filter_map(decile).collect(),
        })
    }

    /// Repeat purchases of these customers over time, from the first day that anyone
    /// came to the end of the holdout, in periods of so many days. The last period
    /// ends with the holdout and may be shorter. What is expected counts to the end
    /// of the last day of the period.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`] for periods of 0 days.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::{data::date_of_day, simulate::PurchaseLogParams, value::*};
    /// # let log = PurchaseLogParams::default().customers(5_000).generate()?.transactions;
    /// # let state = SummaryState::new(&log)?;
    /// # let holdout = Holdout::new(&state, date_of_day(10_200).unwrap(), date_of_day(10_407).unwrap())?;
    /// let model = BgNbdParams::default().fit(holdout.histories())?;
    /// let weeks = holdout.track(&model, 7)?;
    /// let last = weeks.last().unwrap();
    /// let ratio = last.cumulative_expected / last.cumulative_actual as f64;
    /// assert!((ratio - 1.0).abs() < 0.1);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn track(&self, model: &dyn PurchaseModel, days: u32) -> Result<Vec<TrackingLine>> {
        if days == 0 {
            return Err(Error::parameter("days", 0, "at least 1 day a period"));
        }
        let last = day_of_date(self.until);
        let first = self.came.keys().next().copied().unwrap_or(last);
        // What is expected of one customer depends on the days since they came.
        let longest = last.abs_diff(first) + 1;
        let expected: Vec<f64> = (0..=longest)
            .map(|age| model.expected_of_new_customer(Days(f64::from(age))))
            .collect::<Result<_>>()?;
        let mut lines: Vec<TrackingLine> = Vec::new();
        let (mut elapsed, mut before) = (0, (0, 0.0));
        while elapsed < longest {
            elapsed = elapsed.saturating_add(days).min(longest);
            let end = first.saturating_add_unsigned(elapsed - 1);
            let of_days = |(_, count): (&i32, &u32)| u64::from(*count);
            let actual: u64 = self.repeats.range(..=end).map(of_days).sum();
            let of_customers = |(day, count): (&i32, &u32)| {
                f64::from(*count) * expected[end.abs_diff(*day) as usize + 1]
            };
            let promised: f64 = self.came.range(..=end).map(of_customers).sum();
            lines.push(TrackingLine {
                end: date_of_day(end).unwrap_or(self.until),
                actual: actual - before.0,
                expected: promised - before.1,
                cumulative_actual: actual,
                cumulative_expected: promised,
            });
            before = (actual, promised);
        }
        Ok(lines)
    }
}

impl FrequencyFit {
    /// Compares customers by frequency, 0 to `most` or more, with a model fitted to
    /// them.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`] unless `most` is between 1 and 10,000.
    ///
    /// # Example
    ///
    /// See [`FrequencyFit`].
    pub fn new(
        model: &dyn PurchaseModel,
        histories: &PurchaseHistories,
        most: u32,
    ) -> Result<Self> {
        if most == 0 || most > 10_000 {
            let expected = "between 1 and 10000 bins";
            return Err(Error::parameter("most", most, expected));
        }
        let (cells, weights) = histories.weighted();
        let bins = most as usize + 1;
        let (mut actual, mut expected) = (vec![0.0; bins], vec![0.0; bins]);
        // Customers of one age are expected to do alike. Ages are not negative, so
        // their bits sort as they do.
        let mut by_age: BTreeMap<u64, f64> = BTreeMap::new();
        for (cell, weight) in cells.iter().zip(weights) {
            actual[cell.frequency().min(most) as usize] += weight;
            *by_age.entry(cell.age().0.to_bits()).or_default() += weight;
        }
        for (age, weight) in by_age {
            let age = Days(f64::from_bits(age));
            let mut rest = 1.0;
            for x in 0..most {
                let chance = model.predict_new(Prediction::Exactly(x, age))?;
                expected[x as usize] += weight * chance;
                rest -= chance;
            }
            expected[most as usize] += weight * rest.max(0.0);
        }
        let pairs = actual.iter().zip(&expected);
        let chi_square = pairs
            .filter(|(_, expected)| **expected > 0.0)
            .map(|(actual, expected)| (actual - expected).powi(2) / expected)
            .sum();
        let fitted = model.fit_report().map_or(0, |report| report.parameters);
        let degrees_of_freedom = (bins - 1).saturating_sub(fitted);
        let p_value = match degrees_of_freedom {
            0 => f64::NAN,
            freedom => chi_square_tail(chi_square, freedom),
        };
        Ok(Self {
            actual,
            expected,
            chi_square,
            degrees_of_freedom,
            p_value,
        })
    }
}
