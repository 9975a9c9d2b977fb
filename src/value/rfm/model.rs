//! The frozen edges, and scores by them.

use std::fmt;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::{
    Nesting, RfmBins, RfmMoney, RfmParams, SegmentMap,
    edges::{Better, Edges},
};
use crate::{
    Error, Result,
    data::{Assignments, Currency, CustomerIx, MinorUnits},
    persist,
    value::Summary,
};

/// Fitted RFM bins: edges frozen at the fit, so that customers are scored by
/// the same yardstick next month and do not move because others did.
///
/// # Example
///
/// ```
/// use custometry::{data::date_of_day, persist, simulate::PurchaseLogParams,
///                  value::{Rfm, RfmParams, SummaryState}};
///
/// let state = SummaryState::new(&PurchaseLogParams::default().generate()?.transactions)?;
/// let spring = state.summary(date_of_day(10_000).unwrap())?;
/// let rfm = RfmParams::default().fit(&spring)?;
/// let saved = persist::to_json(&rfm)?;
///
/// // A season later, by the edges of spring.
/// let autumn = state.summary(date_of_day(10_180).unwrap())?;
/// let scores = persist::from_json::<Rfm>(&saved)?.score(&autumn)?;
/// assert_eq!(scores.len(), 1_000);
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "RfmFields", into = "RfmFields")]
pub struct Rfm {
    currency: Currency,
    money: RfmMoney,
    weights: [f64; 3],
    recency: Edges,
    frequency: Nest,
    monetary: Nest,
    /// Customers of the fit in each bin of recency, frequency and money.
    sizes: [Vec<u64>; 3],
}

/// Edges of a measure over all customers, and within the bins of the measures
/// before it where bins are nested. A cell that was empty at the fit has none of
/// its own: whoever falls into it later is scored by the edges over all.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Nest {
    all: Edges,
    cells: Vec<Option<Edges>>,
}

impl Nest {
    fn of(&self, cell: usize) -> &Edges {
        let own = self.cells.get(cell).and_then(Option::as_ref);
        own.unwrap_or(&self.all)
    }
}

/// What is scored of one customer.
#[derive(Clone, Copy)]
struct Measures {
    recency: f64,
    frequency: f64,
    money: f64,
}

/// The measures of each customer; `None` without a purchase.
fn measure(summary: &Summary, money: RfmMoney) -> Vec<Option<Measures>> {
    let unit = summary.currency().unit();
    let measures = |customer: CustomerIx| {
        let recency = f64::from(summary.days_since_last(customer)?);
        let frequency = f64::from(summary.frequency()[customer.at()]) + 1.0;
        let MinorUnits(total) = summary.total_money(customer)?;
        // One division, so that equal ratios give equal floats and a limit of
        // 12.50 is met by amounts of exactly 12.50.
        let money = match money {
            RfmMoney::Total => total as f64 / unit,
            RfmMoney::MeanPerPurchaseDay => total as f64 / (unit * frequency),
        };
        Some(Measures {
            recency,
            frequency,
            money,
        })
    };
    summary.customers().numbers().map(measures).collect()
}

impl Rfm {
    /// Freezes the edges; the caller has checked parameters and data.
    pub(super) fn fit(params: &RfmParams, summary: &Summary) -> Self {
        let all: Vec<Measures> = measure(summary, params.money)
            .into_iter()
            .flatten()
            .collect();
        let column = |of: fn(&Measures) -> f64| all.iter().map(of).collect::<Vec<f64>>();
        let (days, times, money) = (
            column(|m| m.recency),
            column(|m| m.frequency),
            column(|m| m.money),
        );
        let edges =
            |binning, values: &[f64], better| Edges::fit(binning, params.ties, values, better);
        let recency = edges(&params.recency, &days, Better::Lower);
        let mut model = Self {
            currency: summary.currency(),
            money: params.money,
            weights: params.weights,
            frequency: Nest {
                all: edges(&params.frequency, &times, Better::Higher),
                cells: Vec::new(),
            },
            monetary: Nest {
                all: edges(&params.monetary, &money, Better::Higher),
                cells: Vec::new(),
            },
            recency,
            sizes: [const { Vec::new() }; 3],
        };
        if params.nesting == Nesting::Nested {
            let r_bins = model.recency.bins();
            let rf_bins = r_bins * model.frequency.all.bins();
            model.frequency.cells = within(
                r_bins,
                &all,
                |m| model.score_one(m).r_cell(),
                |cell| {
                    let values: Vec<f64> = cell.iter().map(|m| m.frequency).collect();
                    edges(&params.frequency, &values, Better::Higher)
                },
            );
            model.monetary.cells = within(
                rf_bins,
                &all,
                |m| model.rf_cell(&model.score_one(m)),
                |cell| {
                    let values: Vec<f64> = cell.iter().map(|m| m.money).collect();
                    edges(&params.monetary, &values, Better::Higher)
                },
            );
        }
        let [r, f, m] = model.bins();
        model.sizes = [vec![0; r], vec![0; f], vec![0; m]];
        for measures in &all {
            let score = model.score_one(measures);
            for (sizes, score) in model.sizes.iter_mut().zip([score.r, score.f, score.m]) {
                sizes[usize::from(score) - 1] += 1;
            }
        }
        model
    }

    fn score_one(&self, measures: &Measures) -> Score {
        let mut score = Score { r: 1, f: 1, m: 1 };
        score.r = self.recency.score(measures.recency, Better::Lower);
        let frequency = self.frequency.of(score.r_cell());
        score.f = frequency.score(measures.frequency, Better::Higher);
        let monetary = self.monetary.of(self.rf_cell(&score));
        score.m = monetary.score(measures.money, Better::Higher);
        score
    }

    /// The scores of days since the last purchase, purchase days and money in units of currency,
    /// none of them missing.
    pub(crate) fn scores_of(&self, [recency, frequency, money]: [f64; 3]) -> [u8; 3] {
        let Score { r, f, m } = self.score_one(&Measures {
            recency,
            frequency,
            money,
        });
        [r, f, m]
    }

    /// The cell of recency and frequency within which money is cut.
    fn rf_cell(&self, score: &Score) -> usize {
        score.r_cell() * self.frequency.all.bins() + usize::from(score.f) - 1
    }

    /// The numbers of bins of recency, frequency and money.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::{data::date_of_day, simulate::PurchaseLogParams, value::{RfmParams, SummaryState}};
    /// # let log = PurchaseLogParams::default().generate()?.transactions;
    /// # let summary = SummaryState::new(&log)?.summary(date_of_day(10_407).unwrap())?;
    /// assert_eq!(RfmParams::default().bins(3, 4, 5).fit(&summary)?.bins(), [3, 4, 5]);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn bins(&self) -> [usize; 3] {
        [
            self.recency.bins(),
            self.frequency.all.bins(),
            self.monetary.all.bins(),
        ]
    }

    /// The recency bins: edges in days since the last purchase, worst first, so
    /// they fall.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::{data::date_of_day, simulate::PurchaseLogParams, value::{RfmParams, SummaryState}};
    /// # let log = PurchaseLogParams::default().generate()?.transactions;
    /// # let summary = SummaryState::new(&log)?.summary(date_of_day(10_407).unwrap())?;
    /// let bins = RfmParams::default().fit(&summary)?.recency_bins();
    /// assert!(bins.edges[0] > bins.edges[3]);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn recency_bins(&self) -> RfmBins {
        self.report(&self.recency, 0)
    }

    /// The frequency bins: edges in purchase days.
    ///
    /// # Example
    ///
    /// See [`RfmBins`].
    pub fn frequency_bins(&self) -> RfmBins {
        self.report(&self.frequency.all, 1)
    }

    /// The money bins: edges in units of currency.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::{data::date_of_day, simulate::PurchaseLogParams, value::{RfmParams, SummaryState}};
    /// # let log = PurchaseLogParams::default().generate()?.transactions;
    /// # let summary = SummaryState::new(&log)?.summary(date_of_day(10_407).unwrap())?;
    /// let bins = RfmParams::default().fit(&summary)?.monetary_bins();
    /// assert_eq!(bins.empty(), 0);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn monetary_bins(&self) -> RfmBins {
        self.report(&self.monetary.all, 2)
    }

    fn report(&self, edges: &Edges, measure: usize) -> RfmBins {
        RfmBins {
            edges: edges.as_slice().to_vec(),
            sizes: self.sizes[measure].clone(),
        }
    }

    /// Scores every customer of a summary by the frozen edges.
    ///
    /// # Errors
    ///
    /// [`Error::VersionMismatch`] if the summary is in another currency.
    ///
    /// # Example
    ///
    /// See [`Rfm`].
    pub fn score(&self, summary: &Summary) -> Result<RfmScores> {
        if summary.currency() != self.currency {
            return Err(Error::VersionMismatch {
                what: "currency",
                expected: self.currency.to_string().into(),
                found: summary.currency().to_string().into(),
            });
        }
        let mut scores = RfmScores {
            model: persist::fingerprint(self)?,
            as_of: summary.as_of(),
            bins: self.bins(),
            recency: Vec::with_capacity(summary.len()),
            frequency: Vec::with_capacity(summary.len()),
            monetary: Vec::with_capacity(summary.len()),
            combined: Vec::with_capacity(summary.len()),
        };
        let [w_r, w_f, w_m] = self.weights;
        for measures in measure(summary, self.money) {
            let score = measures.map(|measures| self.score_one(&measures));
            let Score { r, f, m } = score.unwrap_or(Score { r: 0, f: 0, m: 0 });
            scores.recency.push(r);
            scores.frequency.push(f);
            scores.monetary.push(m);
            let combined = w_r * f64::from(r) + w_f * f64::from(f) + w_m * f64::from(m);
            scores.combined.push(combined);
        }
        Ok(scores)
    }
}

/// Edges within each cell; `None` for a cell without customers.
fn within(
    cells: usize,
    all: &[Measures],
    cell_of: impl Fn(&Measures) -> usize,
    edges: impl Fn(&[Measures]) -> Edges,
) -> Vec<Option<Edges>> {
    let mut members: Vec<Vec<Measures>> = vec![Vec::new(); cells];
    for measures in all {
        members[cell_of(measures)].push(*measures);
    }
    let edges_of = |cell: &Vec<Measures>| (!cell.is_empty()).then(|| edges(cell));
    members.iter().map(edges_of).collect()
}

/// The three scores of a customer, each from 1.
struct Score {
    r: u8,
    f: u8,
    m: u8,
}

impl Score {
    fn r_cell(&self) -> usize {
        usize::from(self.r) - 1
    }
}

impl persist::sealed::Sealed for Rfm {}
impl persist::Persist for Rfm {
    const FORMAT: &'static str = "custometry/rfm";
    const VERSION: u32 = 1;
}

/// How bins are saved.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RfmFields {
    currency: Currency,
    money: RfmMoney,
    weights: [f64; 3],
    recency: Edges,
    frequency: Nest,
    monetary: Nest,
    sizes: [Vec<u64>; 3],
}

impl From<Rfm> for RfmFields {
    fn from(rfm: Rfm) -> Self {
        Self {
            currency: rfm.currency,
            money: rfm.money,
            weights: rfm.weights,
            recency: rfm.recency,
            frequency: rfm.frequency,
            monetary: rfm.monetary,
            sizes: rfm.sizes,
        }
    }
}

impl TryFrom<RfmFields> for Rfm {
    type Error = Error;
    fn try_from(fields: RfmFields) -> Result<Self> {
        let rfm = Self {
            currency: fields.currency,
            money: fields.money,
            weights: fields.weights,
            recency: fields.recency,
            frequency: fields.frequency,
            monetary: fields.monetary,
            sizes: fields.sizes,
        };
        let weights = RfmParams::default().weights(rfm.weights[0], rfm.weights[1], rfm.weights[2]);
        weights.check()?;
        rfm.recency.check(Better::Lower)?;
        for nest in [&rfm.frequency, &rfm.monetary] {
            for edges in nest.cells.iter().flatten().chain([&nest.all]) {
                edges.check(Better::Higher)?;
                Error::check_length("edges", nest.all.bins(), edges.bins())?;
            }
        }
        for (sizes, bins) in rfm.sizes.iter().zip(rfm.bins()) {
            Error::check_length("sizes", bins, sizes.len())?;
        }
        Ok(rfm)
    }
}

/// Scores of every customer as of a day; columns in the order of the customers.
///
/// # Example
///
/// ```
/// use custometry::{data::date_of_day, simulate::PurchaseLogParams,
///                  value::{RfmParams, SegmentMap, SummaryState}};
///
/// let state = SummaryState::new(&PurchaseLogParams::default().generate()?.transactions)?;
/// let summary = state.summary(date_of_day(10_407).unwrap())?;
/// let scores = RfmParams::default().fit(&summary)?.score(&summary)?;
/// let segments = scores.assign(&SegmentMap::standard([5, 5, 5])?)?;
/// assert_eq!(segments.counts().iter().sum::<usize>(), 1_000);
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Clone, PartialEq, Serialize)]
pub struct RfmScores {
    /// The fingerprint of the bins.
    model: u64,
    as_of: NaiveDate,
    bins: [usize; 3],
    recency: Vec<u8>,
    frequency: Vec<u8>,
    monetary: Vec<u8>,
    combined: Vec<f64>,
}

impl fmt::Debug for RfmScores {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RfmScores")
            .field("customers", &self.len())
            .field("as_of", &self.as_of)
            .field("bins", &self.bins)
            .finish_non_exhaustive()
    }
}

impl RfmScores {
    /// The number of customers.
    ///
    /// # Example
    ///
    /// See [`Rfm`].
    pub fn len(&self) -> usize {
        self.recency.len()
    }

    /// Whether there are no customers.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::{data::{Currency, Transactions, date_of_day}, value::{RfmParams, SummaryState}};
    /// # let log = Transactions::builder(Currency::USD).int_keys(&[1]).days(vec![0]).amounts(vec![1]).build()?;
    /// # let summary = SummaryState::new(&log)?.summary(date_of_day(0).unwrap())?;
    /// assert!(!RfmParams::default().fit(&summary)?.score(&summary)?.is_empty());
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn is_empty(&self) -> bool {
        self.recency.is_empty()
    }

    /// Recency scores, 1 the worst; 0 without a purchase.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::{data::{Currency, Transactions, date_of_day}, value::{RfmParams, SummaryState}};
    /// # let log = Transactions::builder(Currency::USD).int_keys(&[1, 2]).days(vec![0, 9]).amounts(vec![1, 1]).build()?;
    /// # let summary = SummaryState::new(&log)?.summary(date_of_day(9).unwrap())?;
    /// assert_eq!(RfmParams::default().bins(2, 2, 2).fit(&summary)?.score(&summary)?.recency(), [1, 2]);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn recency(&self) -> &[u8] {
        &self.recency
    }

    /// Frequency scores, 1 the worst; 0 without a purchase.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::{data::{Currency, Transactions, date_of_day}, value::{RfmParams, SummaryState}};
    /// # let log = Transactions::builder(Currency::USD).int_keys(&[1, 2]).days(vec![0, 9]).amounts(vec![1, -1]).build()?;
    /// # let summary = SummaryState::new(&log)?.summary(date_of_day(9).unwrap())?;
    /// assert_eq!(RfmParams::default().fit(&summary)?.score(&summary)?.frequency(), [5, 0]);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn frequency(&self) -> &[u8] {
        &self.frequency
    }

    /// Money scores, 1 the worst; 0 without a purchase.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::{data::{Currency, Transactions, date_of_day}, value::{RfmParams, SummaryState}};
    /// # let log = Transactions::builder(Currency::USD).int_keys(&[1, 2]).days(vec![0, 0]).amounts(vec![9, 1]).build()?;
    /// # let summary = SummaryState::new(&log)?.summary(date_of_day(9).unwrap())?;
    /// assert_eq!(RfmParams::default().bins(2, 2, 2).fit(&summary)?.score(&summary)?.monetary(), [2, 1]);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn monetary(&self) -> &[u8] {
        &self.monetary
    }

    /// The weighted sum of the three scores; 0 without a purchase.
    ///
    /// # Example
    ///
    /// See [`RfmParams::weights`].
    pub fn combined(&self) -> &[f64] {
        &self.combined
    }

    /// The code of a customer, 100 R + 10 F + M; `None` without a purchase.
    ///
    /// # Example
    ///
    /// See [`RfmParams`].
    pub fn code(&self, row: usize) -> Option<u16> {
        let r = self.recency.get(row).copied().filter(|&r| r > 0)?;
        let (f, m) = (self.frequency[row], self.monetary[row]);
        Some(100 * u16::from(r) + 10 * u16::from(f) + u16::from(m))
    }

    /// Names the segment of each customer. The scheme of the result tells the
    /// map and the bins: assignments by other edges are not comparable.
    ///
    /// # Errors
    ///
    /// [`Error::VersionMismatch`] if the map is for other numbers of bins.
    ///
    /// # Example
    ///
    /// See [`RfmScores`].
    pub fn assign(&self, map: &SegmentMap) -> Result<Assignments> {
        if map.bins() != self.bins {
            return Err(Error::VersionMismatch {
                what: "the segment map's bins of recency, frequency and money",
                expected: format!("{:?}", self.bins).into(),
                found: format!("{:?}", map.bins()).into(),
            });
        }
        let row = |((&r, &f), &m): ((&u8, &u8), &u8)| Some(map.segment([r, f, m]));
        let columns = self.recency.iter().zip(&self.frequency).zip(&self.monetary);
        let rows = columns.map(row).collect();
        let scheme = format!("{}, bins {:016x}", map.scheme(), self.model);
        Assignments::new(&scheme, self.as_of, map.segments().to_vec(), rows)
    }
}
