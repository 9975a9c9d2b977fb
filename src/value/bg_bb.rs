//! BG/BB: purchases at given opportunities, until a customer leaves.
//!
//! # Question
//!
//! Of customers who can buy once at each of a row of occasions - a yearly appeal, a
//! weekly market - who is still a customer, and how often will each buy?
//!
//! # Model
//!
//! While active, a customer buys at an opportunity with a probability p of their own;
//! before each opportunity they leave for ever with a probability θ of their own.
//! Both are beta distributed over customers and have nothing to do with each other.
//!
//! ```text
//! L(α, β, γ, δ | x, t_x, n) =
//!     B(α+x, β+n-x)/B(α, β)  B(γ, δ+n)/B(γ, δ)
//!     + Σ  B(α+x, β+t_x-x+i)/B(α, β)  B(γ+1, δ+t_x+i)/B(γ, δ)      i from 0 to n-t_x-1
//! ```
//!
//! where x is the number of opportunities used of n, the last of them the `t_x`-th,
//! α and β the parameters of the beta law of p, γ and δ those of θ. The first term
//! belongs to customers who are still active at the n-th, the others to those who
//! left before.
//!
//! # How to read it
//!
//! α/(α+β) is the mean chance to buy at an opportunity, γ/(γ+δ) the mean chance to
//! leave before one. P(alive) is the chance to be active at the *next* opportunity,
//! as the paper has it.
//!
//! # Complexity
//!
//! A fit takes about ten passes over the different histories, with one term for each
//! opportunity since the last purchase.
//!
//! # References
//!
//! - Fader, P. S., Hardie, B. G. S. and Shang, J. (2010). Customer-base analysis in a
//!   discrete-time noncontractual setting. *Marketing Science* 29(6), 1086-1108.
//!   doi:10.1287/mksc.1100.0580

use std::fmt;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::{
    FitReport, Prediction, PurchaseHistories, PurchaseHistory, SummaryState,
    fit::{LogLikelihood, Parametric, checked},
    gamma_rates::rising,
    prediction::{Intervals, log_covariance, predict, predict_with_intervals},
    process::{Known, Process, Sums, fit, sum_by_frequency},
};
use crate::{
    Error, Result,
    data::{Days, DiscountRate, Estimate, TimeUnit},
    numeric::{
        first_where,
        special::{hyp2f1, ln_rising},
    },
    persist,
};

/// The most opportunities of a customer, before or ahead: there is one step for each.
const MOST_OPPORTUNITIES: u32 = 1_000_000;

/// How often each customer used the opportunities there were.
///
/// # Example
///
/// ```
/// use custometry::value::OpportunityHistories;
/// // Bought at 4 of 6 occasions, last at the 5th; never again after the first.
/// let histories = OpportunityHistories::from_columns(&[4, 0], &[5, 0], &[6, 6], None)?;
/// assert_eq!(histories.len(), 2);
/// assert!(OpportunityHistories::from_columns(&[4], &[3], &[6], None).is_err());
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Clone, PartialEq)]
pub struct OpportunityHistories {
    /// With opportunities in the place of days.
    counts: PurchaseHistories,
}

impl fmt::Debug for OpportunityHistories {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OpportunityHistories")
            .field("customers", &self.len())
            .field("cells", &self.counts.cells())
            .finish_non_exhaustive()
    }
}

impl OpportunityHistories {
    /// Histories from columns, with sample weights if there are any: the
    /// opportunities used, the last one used (0 if none), and how many there were
    /// since the customer came.
    ///
    /// # Errors
    ///
    /// [`Error::LengthMismatch`]; [`Error::InvalidValue`] for a last one that is
    /// before the number used or after the end, more than a million opportunities, or
    /// a weight that is negative or not finite.
    ///
    /// # Example
    ///
    /// See [`OpportunityHistories`].
    pub fn from_columns(
        frequency: &[u32],
        last: &[u32],
        opportunities: &[u32],
        weights: Option<&[f64]>,
    ) -> Result<Self> {
        Error::check_length("last", frequency.len(), last.len())?;
        let pairs: Vec<(u32, u32)> = frequency
            .iter()
            .copied()
            .zip(last.iter().copied())
            .collect();
        if let Some(row) = first_where(&pairs, |(x, last)| last < x) {
            let (x, last) = pairs[row];
            let reason = format!("{x} opportunities used but the last is number {last}");
            return Err(Error::value("last", row, reason));
        }
        if let Some(row) = first_where(opportunities, |&n| n > MOST_OPPORTUNITIES) {
            let n = opportunities[row];
            let reason = format!("{n} opportunities; use at most {MOST_OPPORTUNITIES}");
            return Err(Error::value("opportunities", row, reason));
        }
        let count = |column: &[u32]| -> Vec<f64> { column.iter().map(|&n| f64::from(n)).collect() };
        let (last, all) = (count(last), count(opportunities));
        let counts = PurchaseHistories::from_columns(frequency, &last, &all, weights)?;
        Ok(Self { counts })
    }

    /// Histories of a log, in periods that begin on the given days: the last
    /// boundary ends the last period and belongs to none. A period with a purchase
    /// day is an opportunity used. A customer comes with the period of the first
    /// purchase; opportunities are the periods after it. Customers who came before
    /// the first period count from it on; those who came after the last, or never,
    /// stay in the order but tell nothing.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`] unless there are at least three boundaries,
    /// ascending.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::{data::{Currency, Transactions, date_of_day}, value::{OpportunityHistories, SummaryState}};
    /// let log = Transactions::builder(Currency::EUR)
    ///     .text_keys(&["ann", "ann", "bob", "ann"])
    ///     .days(vec![3, 14, 15, 38])
    ///     .amounts(vec![500, 500, 500, 500])
    ///     .build()?;
    /// let quarters = [0, 10, 20, 30, 40].map(|day| date_of_day(day).unwrap());
    /// let histories = OpportunityHistories::from_state(&SummaryState::new(&log)?, &quarters)?;
    /// // Ann came in the first period and used the next and the last of three.
    /// let same = OpportunityHistories::from_columns(&[2, 0], &[3, 0], &[3, 2], None)?;
    /// assert_eq!(histories, same);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn from_state(state: &SummaryState, boundaries: &[NaiveDate]) -> Result<Self> {
        if boundaries.len() < 3 || !boundaries.is_sorted_by(|a, b| a < b) {
            return Err(Error::parameter(
                "boundaries",
                boundaries.len(),
                "at least 3 days, each after the one before",
            ));
        }
        let periods = boundaries.len() - 1;
        let history = |customer| -> Option<PurchaseHistory> {
            let days = state.days_of(customer).filter(|day| day.purchase);
            // 0 is before the first period, `periods` the last one.
            let at = days.map(|day| boundaries.partition_point(|start| *start <= day.date));
            let mut used: Vec<usize> = at.filter(|&at| at <= periods).collect();
            used.dedup();
            let came = (*used.first()?).max(1);
            let repeats = || used.iter().filter(|&&at| at > came);
            let count = |n: usize| Days(n as f64);
            let last = repeats().max().map_or(0, |last| last - came);
            let frequency = u32::try_from(repeats().count()).ok()?;
            PurchaseHistory::new(frequency, count(last), count(periods - came)).ok()
        };
        let rows: Vec<_> = state.customers().numbers().map(history).collect();
        Ok(Self {
            counts: PurchaseHistories::compress(&rows, None)?,
        })
    }

    /// The number of customers.
    ///
    /// # Example
    ///
    /// See [`OpportunityHistories`].
    pub fn len(&self) -> usize {
        self.counts.len()
    }

    /// Whether there are no customers.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::value::OpportunityHistories;
    /// assert!(OpportunityHistories::from_columns(&[], &[], &[], None)?.is_empty());
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn is_empty(&self) -> bool {
        self.counts.is_empty()
    }
}

/// What to predict of each customer; times are counted in opportunities.
///
/// # Example
///
/// ```
/// use custometry::value::{BgBb, OpportunityPrediction};
/// // Fader, Hardie and Shang 2010: 3.18 gifts in ten years of a new donor.
/// let model = BgBb::new(1.204, 0.750, 0.657, 2.783)?;
/// let ten = model.predict_new(OpportunityPrediction::Expected(10))?;
/// assert!((ten - 3.18).abs() < 2e-3);
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum OpportunityPrediction {
    /// The chance to be active at the next opportunity.
    PAlive,
    /// The chance to be active so many opportunities after the next one.
    PAliveIn(u32),
    /// Purchases expected at the next so many opportunities.
    Expected(u32),
    /// The chance of exactly so many purchases at the next so many opportunities.
    Exactly(u32, u32),
    /// Purchases expected at the next so many opportunities, discounted by an
    /// effective rate an opportunity; the next one is discounted once.
    Discounted(u32, f64),
    /// Discounted expected residual transactions (DERT): all purchases to come, at
    /// an effective rate an opportunity; the next one is discounted once.
    Residual(f64),
    /// The opportunities after the first purchase until P(alive) is at most a
    /// threshold, if no more is used. Infinite if it takes more than a million.
    SilentAfter(f64),
}

impl OpportunityPrediction {
    /// The same with opportunities in the place of days.
    fn in_days(self) -> Result<Prediction> {
        let count = |n: u32| {
            if n <= MOST_OPPORTUNITIES {
                return Ok(Days(f64::from(n)));
            }
            Err(Error::parameter("opportunities", n, "at most a million"))
        };
        let rate = |rate: f64| DiscountRate::effective(rate, Days(1.0));
        Ok(match self {
            Self::PAlive => Prediction::PAlive,
            Self::PAliveIn(n) => Prediction::PAliveIn(count(n)?),
            Self::Expected(n) => Prediction::Expected(count(n)?),
            Self::Exactly(m, n) => Prediction::Exactly(m, count(n)?),
            Self::Discounted(n, effective) => Prediction::Discounted(count(n)?, rate(effective)?),
            Self::Residual(effective) => Prediction::Residual(rate(effective)?),
            Self::SilentAfter(threshold) => Prediction::SilenceAge(threshold),
        })
    }
}

/// How to fit BG/BB.
///
/// # Example
///
/// ```
/// use custometry::{simulate::OpportunityParams, value::{BgBbParams, FitVerdict, OpportunityHistories}};
///
/// // Simulated from 1.204, 0.750, 0.657, 2.783.
/// let made = OpportunityParams::default().customers(20_000).generate()?;
/// let histories =
///     OpportunityHistories::from_columns(&made.frequency, &made.last, &made.opportunities, None)?;
/// let model = BgBbParams::default().fit(&histories)?;
/// assert_eq!(model.fit_report().unwrap().verdict, FitVerdict::Converged);
/// assert!((model.alpha() / 1.204 - 1.0).abs() < 0.15);
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct BgBbParams {}

impl BgBbParams {
    /// Fits the model by maximum likelihood.
    ///
    /// # Errors
    ///
    /// [`Error::NotEnoughData`] for fewer than five customers,
    /// [`Error::Degenerate`] if nobody has had an opportunity or used one,
    /// [`Error::NotConverged`] if no maximum was found.
    ///
    /// # Example
    ///
    /// See [`BgBbParams`].
    pub fn fit(&self, histories: &OpportunityHistories) -> Result<BgBb> {
        let (core, report) = fit(&Core::new(&[1.0; 4]), &histories.counts)?;
        Ok(BgBb {
            core,
            report: Some(report),
        })
    }
}

/// A BG/BB model: fitted, or given by published parameters.
///
/// # Example
///
/// ```
/// use custometry::value::{BgBb, OpportunityHistories, OpportunityPrediction};
///
/// // Fader, Hardie and Shang 2010: gave in 4 of 6 years, last in the fifth.
/// let model = BgBb::new(1.204, 0.750, 0.657, 2.783)?;
/// let histories = OpportunityHistories::from_columns(&[4], &[5], &[6], None)?;
/// let next_five = model.predict(&histories, OpportunityPrediction::Expected(5))?;
/// assert!((next_five[0] - 2.03).abs() < 1e-2);
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Fields", into = "Fields")]
pub struct BgBb {
    core: Core,
    report: Option<FitReport>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct Core {
    alpha: f64,
    beta: f64,
    gamma: f64,
    delta: f64,
}

impl BgBb {
    /// A model by its parameters.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`] unless all are finite and above 0.
    ///
    /// # Example
    ///
    /// See [`BgBb`].
    pub fn new(alpha: f64, beta: f64, gamma: f64, delta: f64) -> Result<Self> {
        Ok(Self {
            core: checked(Core::new(&[alpha, beta, gamma, delta]))?,
            report: None,
        })
    }

    /// The first parameter of the beta law of buying.
    ///
    /// # Example
    ///
    /// ```
    /// let model = custometry::value::BgBb::new(1.204, 0.750, 0.657, 2.783)?;
    /// assert_eq!((model.alpha(), model.beta()), (1.204, 0.750));
    /// assert_eq!((model.gamma(), model.delta()), (0.657, 2.783));
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn alpha(&self) -> f64 {
        self.core.alpha
    }

    /// The second parameter of the beta law of buying.
    ///
    /// # Example
    ///
    /// See [`alpha`](Self::alpha).
    pub fn beta(&self) -> f64 {
        self.core.beta
    }

    /// The first parameter of the beta law of leaving.
    ///
    /// # Example
    ///
    /// See [`alpha`](Self::alpha).
    pub fn gamma(&self) -> f64 {
        self.core.gamma
    }

    /// The second parameter of the beta law of leaving.
    ///
    /// # Example
    ///
    /// See [`alpha`](Self::alpha).
    pub fn delta(&self) -> f64 {
        self.core.delta
    }

    /// What the fit told besides the parameters; `None` if they were given.
    ///
    /// # Example
    ///
    /// ```
    /// let model = custometry::value::BgBb::new(1.204, 0.750, 0.657, 2.783)?;
    /// assert!(model.fit_report().is_none());
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn fit_report(&self) -> Option<&FitReport> {
        self.report.as_ref()
    }

    /// The parameters with standard errors and intervals that are normal in their
    /// logarithms.
    ///
    /// # Errors
    ///
    /// As [`PurchaseModel::estimates`](super::PurchaseModel::estimates).
    ///
    /// # Example
    ///
    /// ```
    /// let given = custometry::value::BgBb::new(1.204, 0.750, 0.657, 2.783)?;
    /// assert!(given.estimates(0.95).is_err());
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn estimates(&self, level: f64) -> Result<Vec<Estimate>> {
        let covariance = log_covariance(&self.core.parameters(), self.report.as_ref())?;
        Ok(Intervals::new(level)?.of_parameters(&self.core.parameters(), &covariance))
    }

    /// A prediction for each customer; NaN for one of whom nothing is known.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`] unless opportunities are at most a million,
    /// discount rates finite and not negative, above 0 for [`OpportunityPrediction::Residual`], and thresholds
    /// between 0 and 1.
    ///
    /// # Example
    ///
    /// See [`BgBb`].
    pub fn predict(
        &self,
        histories: &OpportunityHistories,
        prediction: OpportunityPrediction,
    ) -> Result<Vec<f64>> {
        predict(&self.core, &histories.counts, prediction.in_days()?)
    }

    /// A prediction for each customer with its standard error and interval, by the
    /// delta method. `None` for a customer of whom nothing is known, and where the
    /// prediction is not finite.
    ///
    /// # Errors
    ///
    /// As [`predict`](Self::predict) and [`estimates`](Self::estimates).
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::{simulate::OpportunityParams, value::*};
    /// # let made = OpportunityParams::default().customers(2_000).generate()?;
    /// # let (x, last, all) = (&made.frequency, &made.last, &made.opportunities);
    /// let histories = OpportunityHistories::from_columns(x, last, all, None)?;
    /// let model = BgBbParams::default().fit(&histories)?;
    /// let alive = model.predict_with_intervals(&histories, OpportunityPrediction::PAlive, 0.9)?;
    /// assert!(alive.iter().flatten().all(|p| 0.0 <= p.lo && p.hi <= 1.0));
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn predict_with_intervals(
        &self,
        histories: &OpportunityHistories,
        prediction: OpportunityPrediction,
        level: f64,
    ) -> Result<Vec<Option<Estimate>>> {
        let (report, counts) = (self.report.as_ref(), &histories.counts);
        predict_with_intervals(&self.core, report, counts, prediction.in_days()?, level)
    }

    /// A prediction for a new customer, after the first purchase, which is not
    /// counted.
    ///
    /// # Errors
    ///
    /// As [`predict`](Self::predict).
    ///
    /// # Example
    ///
    /// See [`OpportunityPrediction`].
    pub fn predict_new(&self, prediction: OpportunityPrediction) -> Result<f64> {
        let prediction = prediction.in_days()?;
        prediction.check()?;
        Ok(prediction.of(&self.core, &Known::NEW))
    }
}

/// [`rising`] for n from 0 on.
struct Rising(Vec<[f64; 3]>);

impl Rising {
    fn new(p: f64, most: usize) -> Self {
        Self((0..=most).map(|n| rising(p, n as f64)).collect())
    }
}

/// What the terms of the likelihood are made of, for all counts that occur.
struct Tables {
    buys: Rising,
    passes: Rising,
    chances: Rising,
    stays: Rising,
    periods: Rising,
}

impl Core {
    fn new(parameters: &[f64]) -> Self {
        let [alpha, beta, gamma, delta] = [0, 1, 2, 3].map(|at| parameters[at]);
        Self {
            alpha,
            beta,
            gamma,
            delta,
        }
    }

    fn tables(&self, most: usize) -> Tables {
        Tables {
            buys: Rising::new(self.alpha, most),
            passes: Rising::new(self.beta, most),
            chances: Rising::new(self.alpha + self.beta, most),
            stays: Rising::new(self.delta, most),
            periods: Rising::new(self.gamma + self.delta, most),
        }
    }

    /// ln of B(γ, δ+n)/B(γ, δ): active at n opportunities.
    fn ln_stayed(&self, n: f64) -> f64 {
        ln_rising(self.delta, n) - ln_rising(self.gamma + self.delta, n)
    }

    /// The chance to stay for one more, after staying for n.
    fn stays_one(&self, n: f64) -> f64 {
        (self.delta + n) / (self.gamma + self.delta + n)
    }

    /// The odds of having left before the n-th opportunity, to being active at it:
    /// the terms after the last purchase over the first one, by their ratios.
    fn odds_left(&self, known: &Known) -> f64 {
        let Known { x, recency, age } = *known;
        let mut odds = 0.0;
        let mut k = recency;
        while k < age {
            odds = self.next_odds(odds, x, k);
            k += 1.0;
        }
        odds
    }

    /// The odds after one more silent opportunity, the k+1st: those who had left
    /// before, and who leave now, to those who stay and pass.
    fn next_odds(&self, odds: f64, x: f64, k: f64) -> f64 {
        let passes = (self.beta + k - x) / (self.alpha + self.beta + k);
        let stays = self.stays_one(k);
        (odds + (1.0 - stays)) / (stays * passes)
    }

    /// Adds one cell to the sums.
    fn add(&self, tables: &Tables, known: &Known, weight: f64, sums: &mut Sums<4>) {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "counts of opportunities"
        )]
        let [x, last, n] = [known.x, known.recency, known.age].map(|count| count as usize);
        let term = |k: usize, left: bool| Term::new(tables, self.gamma, [x, k], left);
        let whole = term(n, false);
        let terms = || (last..n).map(|k| term(k, true)).chain([whole]);
        let largest = terms().map(|term| term.value).fold(f64::MIN, f64::max);
        // Sums by shares of slopes less those of the last term, and of curvatures
        // plus products of such slopes.
        let (mut total, mut mean, mut spread) = (0.0, [0.0; 4], [[0.0; 4]; 4]);
        for term in terms() {
            let share = (term.value - largest).exp();
            total += share;
            let slope: [f64; 4] = std::array::from_fn(|at| term.slope[at] - whole.slope[at]);
            for row in 0..4 {
                mean[row] += share * slope[row];
                for column in 0..=row {
                    let both = slope[row] * slope[column];
                    spread[row][column] += share * (term.curvature[row][column] + both);
                }
            }
        }
        let mean = mean.map(|sum| sum / total);
        let slope = std::array::from_fn(|at| whole.slope[at] + mean[at]);
        let curvature = std::array::from_fn(|row| {
            std::array::from_fn(|column| spread[row][column] / total - mean[row] * mean[column])
        });
        sums.add(weight, total.ln() + largest, &slope, &curvature);
    }
}

/// ln of a term of the likelihood, with its derivatives by α, β, γ and δ.
#[derive(Clone, Copy)]
struct Term {
    value: f64,
    slope: [f64; 4],
    curvature: [[f64; 4]; 4],
}

impl Term {
    /// x bought of k opportunities; then the end, or left.
    fn new(tables: &Tables, gamma: f64, [x, k]: [usize; 2], left: bool) -> Self {
        let buys = tables.buys.0[x];
        let passes = tables.passes.0[k - x];
        let chances = tables.chances.0[k];
        let stays = tables.stays.0[k];
        let periods = tables.periods.0[if left { k + 1 } else { k }];
        // ln Γ(γ+1)/Γ(γ) = ln γ for those who left.
        let leaves = if left {
            [gamma.ln(), 1.0 / gamma, -1.0 / (gamma * gamma)]
        } else {
            [0.0; 3]
        };
        let sum =
            |at: usize| buys[at] + passes[at] - chances[at] + leaves[at] + stays[at] - periods[at];
        Self {
            value: sum(0),
            slope: [
                buys[1] - chances[1],
                passes[1] - chances[1],
                leaves[1] - periods[1],
                stays[1] - periods[1],
            ],
            curvature: [
                [buys[2] - chances[2], 0.0, 0.0, 0.0],
                [-chances[2], passes[2] - chances[2], 0.0, 0.0],
                [0.0, 0.0, leaves[2] - periods[2], 0.0],
                [0.0, 0.0, -periods[2], stays[2] - periods[2]],
            ],
        }
    }
}

/// The opportunities 0, 1, ... below a count.
fn each(count: f64) -> impl Iterator<Item = f64> {
    (0..MOST_OPPORTUNITIES)
        .map(f64::from)
        .take_while(move |k| *k < count)
}

impl Parametric for Core {
    const NAMES: &'static [&'static str] = &["alpha", "beta", "gamma", "delta"];

    fn model(&self) -> &'static str {
        "BG/BB"
    }

    fn parameters(&self) -> Vec<f64> {
        vec![self.alpha, self.beta, self.gamma, self.delta]
    }

    fn with_parameters(&self, parameters: &[f64]) -> Self {
        Self::new(parameters)
    }
}

impl Process for Core {
    const TIMES: &'static [bool] = &[false; 4];

    /// Opportunities take the place of days.
    fn unit(&self) -> TimeUnit {
        TimeUnit::Days
    }

    fn starts(&self) -> Vec<Vec<f64>> {
        vec![
            vec![1.0, 1.0, 0.5, 2.0],
            vec![1.0, 3.0, 1.0, 5.0],
            vec![3.0, 3.0, 1.0, 1.0],
        ]
    }

    fn log_likelihood(&self, cells: &[PurchaseHistory], weights: &[f64]) -> LogLikelihood {
        let most = cells.iter().map(|cell| cell.age().0).fold(0.0, f64::max);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a count of opportunities"
        )]
        let tables = self.tables(most as usize + 1);
        sum_by_frequency(
            cells,
            weights,
            self.unit(),
            |_| (),
            |(), known, weight, sums| self.add(&tables, known, weight, sums),
        )
    }

    /// At the next opportunity, as the paper has it.
    fn p_alive(&self, known: &Known) -> f64 {
        self.stays_one(known.age) / (1.0 + self.odds_left(known))
    }

    fn p_stays(&self, known: &Known, t: f64) -> f64 {
        let next = known.age + 1.0;
        (self.ln_stayed(next + t) - self.ln_stayed(next)).exp()
    }

    fn expected_if_active(&self, known: &Known, t: f64) -> f64 {
        self.discounted_if_active(known, t, 0.0)
    }

    /// Over the numbers of opportunities, from 1 to t, at which the customer is
    /// active.
    fn exactly_if_active(&self, known: &Known, n: u32, t: f64) -> f64 {
        if t < 1.0 {
            return if n == 0 { 1.0 } else { 0.0 };
        }
        let (alpha, beta) = (self.alpha + known.x, self.beta + known.age - known.x);
        let m = f64::from(n);
        // The chance of m purchases at j opportunities, active at all of them.
        let buys = |j: f64| {
            let ways = ln_rising(j - m + 1.0, m) - ln_rising(1.0, m);
            let ln_chance =
                ln_rising(alpha, m) + ln_rising(beta, j - m) - ln_rising(alpha + beta, j);
            (ways + ln_chance).exp()
        };
        let mut chance = 0.0;
        let mut stays = 1.0;
        for k in each(t) {
            let j = k + 1.0;
            let one_more = if j < t {
                self.stays_one(known.age + j)
            } else {
                0.0
            };
            if j >= m {
                chance += stays * (1.0 - one_more) * buys(j);
            }
            stays *= one_more;
        }
        chance
    }

    /// With c = δ+n+1,
    ///
    /// ```text
    /// (α+x)/(α+β+n) F(1, c; γ+c; 1/(1+d)) / (1+d)
    /// ```
    fn residuals_if_active(&self, same: &[Known], rate: f64) -> Vec<f64> {
        let factor = (-rate).exp();
        let residual = |known: &Known| {
            let c = self.delta + known.age + 1.0;
            self.buys(known) * factor * hyp2f1(1.0, c, self.gamma + c, factor)
        };
        same.iter().map(residual).collect()
    }

    fn time_scale(&self, _: &Known) -> f64 {
        1.0
    }

    fn discounted_if_active(&self, known: &Known, t: f64, rate: f64) -> f64 {
        let (mut sum, mut stays) = (0.0, (-rate).exp());
        for k in each(t) {
            sum += stays;
            stays *= self.stays_one(known.age + 1.0 + k) * (-rate).exp();
        }
        self.buys(known) * sum
    }

    fn silence(&self, x: f64, recency: f64, threshold: f64) -> Option<f64> {
        let mut odds = 0.0;
        for k in each(f64::INFINITY) {
            let n = recency + k;
            if self.stays_one(n) / (1.0 + odds) <= threshold {
                return Some(n);
            }
            odds = self.next_odds(odds, x, n);
        }
        None
    }
}

impl Core {
    /// The chance to buy at an opportunity of a customer with this history.
    fn buys(&self, known: &Known) -> f64 {
        (self.alpha + known.x) / (self.alpha + self.beta + known.age)
    }
}

/// How a model is saved.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Fields {
    alpha: f64,
    beta: f64,
    gamma: f64,
    delta: f64,
    report: Option<FitReport>,
}

impl From<BgBb> for Fields {
    fn from(model: BgBb) -> Self {
        let Core {
            alpha,
            beta,
            gamma,
            delta,
        } = model.core;
        Self {
            alpha,
            beta,
            gamma,
            delta,
            report: model.report,
        }
    }
}

impl TryFrom<Fields> for BgBb {
    type Error = Error;
    fn try_from(fields: Fields) -> Result<Self> {
        if let Some(report) = &fields.report {
            report.check(Core::NAMES.len())?;
        }
        Ok(Self {
            report: fields.report,
            ..Self::new(fields.alpha, fields.beta, fields.gamma, fields.delta)?
        })
    }
}

impl persist::sealed::Sealed for BgBb {}
impl persist::Persist for BgBb {
    const FORMAT: &'static str = "custometry/bg-bb";
    const VERSION: u32 = 1;
}
