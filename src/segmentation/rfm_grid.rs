//! The RFM grid: recency, frequency and money scored by frozen bins, and codes with names.
//!
//! # Question
//!
//! Which of the known kinds of customers is this one: a champion, at risk, hibernating?
//!
//! # Model
//!
//! ```text
//! segment(x) = map(R(recency), F(frequency | R), M(monetary | R, F))
//! ```
//!
//! where R, F and M are the scores of an [`Rfm`], whose bins were frozen when it was fitted (F and
//! M depend on the scores before them only where bins are nested), and the map is a
//! [`SegmentMap`], which has a segment for each code.
//!
//! # How to read it
//!
//! The segments are those of the map. They are numbered by their places in it, and their ids stay.
//! Over time a customer moves only by what they do, never because others did.
//!
//! # Limits
//!
//! Scores compare customers with those of the fit and say nothing of the future. A customer
//! without a purchase has no recency; any of the three that is missing leads to the map's segment
//! for customers without a purchase.
//!
//! # Complexity
//!
//! One pass over three columns, in parallel.
//!
//! # Example
//!
//! See [`RfmGrid`].
//!
//! # References
//!
//! - Hughes, A. M. (1994). *Strategic Database Marketing*. Probus.

use serde::{Deserialize, Serialize};

use super::placed::Placed;
use crate::{
    Error, Result,
    data::{Features, Segment},
    numeric::map_chunks,
    persist,
    value::{Rfm, SegmentMap},
};

/// RFM bins and a map of their codes, as a model of features.
///
/// # Example
///
/// ```
/// use custometry::{data::date_of_day, segmentation::RfmGrid, simulate::PurchaseLogParams,
///                  value::{RfmParams, SegmentMap, SummaryState}};
///
/// let log = PurchaseLogParams::default().generate()?.transactions;
/// let summary = SummaryState::new(&log)?.summary(date_of_day(10_407).unwrap())?;
/// let rfm = RfmParams::default().fit(&summary)?;
/// let map = SegmentMap::standard(rfm.bins())?;
///
/// // The columns of the summary are the ones that a grid looks for.
/// let grid = RfmGrid::new(rfm.clone(), map.clone())?;
/// let segments = grid.assign(&summary.features()?)?;
///
/// // It says what the scores say.
/// let by_scores = rfm.score(&summary)?.assign(&map)?;
/// let first = &grid.segments()[segments[0] as usize];
/// assert_eq!(Some(first.name.as_str()), by_scores.name_of(0));
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Fields", into = "Fields")]
pub struct RfmGrid {
    rfm: Rfm,
    map: SegmentMap,
    columns: [String; 3],
}

/// Rows scored together; a constant.
const CHUNK: usize = 1 << 12;

impl RfmGrid {
    /// A grid of fitted bins and a map for as many.
    ///
    /// # Errors
    ///
    /// [`Error::VersionMismatch`] if the map is for other numbers of bins.
    ///
    /// # Example
    ///
    /// See [`RfmGrid`].
    pub fn new(rfm: Rfm, map: SegmentMap) -> Result<Self> {
        if map.bins() != rfm.bins() {
            return Err(Error::VersionMismatch {
                what: "the segment map's bins of recency, frequency and money",
                expected: format!("{:?}", rfm.bins()).into(),
                found: format!("{:?}", map.bins()).into(),
            });
        }
        Ok(Self {
            rfm,
            map,
            columns: ["recency", "frequency", "monetary"].map(str::to_owned),
        })
    }

    /// Other columns to look at, in this order: days since the last purchase, purchase days, and
    /// money in units of currency, in all or the mean of a purchase day as the bins were fitted.
    /// Summaries have them as "recency", "frequency" and "monetary" or "`mean_spend`"; the first
    /// three are the default.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::{data::date_of_day, segmentation::RfmGrid, simulate::PurchaseLogParams,
    ///                  value::{RfmMoney, RfmParams, SegmentMap, SummaryState}};
    ///
    /// let log = PurchaseLogParams::default().generate()?.transactions;
    /// let summary = SummaryState::new(&log)?.summary(date_of_day(10_407).unwrap())?;
    /// let rfm = RfmParams::default().money(RfmMoney::MeanPerPurchaseDay).fit(&summary)?;
    /// let map = SegmentMap::standard(rfm.bins())?;
    /// let grid = RfmGrid::new(rfm, map)?.columns(["recency", "frequency", "mean_spend"]);
    /// assert_eq!(grid.assign(&summary.features()?)?.len(), 1_000);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn columns(mut self, columns: [&str; 3]) -> Self {
        self.columns = columns.map(str::to_owned);
        self
    }

    /// The segments of the map, in its order; the last is that of customers without a purchase.
    ///
    /// # Example
    ///
    /// See [`RfmGrid`].
    pub fn segments(&self) -> &[Segment] {
        self.map.segments()
    }

    /// For each row the place of its segment among [`segments`](Self::segments). A row in which
    /// any of the three is missing is a customer without a purchase.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`] for a column that is not there.
    ///
    /// # Example
    ///
    /// See [`RfmGrid`].
    pub fn assign(&self, features: &Features) -> Result<Vec<u32>> {
        self.by_scores(features, |scores| self.map.place(scores))
    }

    /// Recency, frequency and money of each row; 0 for a customer without a purchase.
    pub(in crate::segmentation) fn scores(&self, features: &Features) -> Result<Vec<[u8; 3]>> {
        self.by_scores(features, |scores| scores)
    }

    fn by_scores<T: Send + Clone>(
        &self,
        features: &Features,
        of: impl Fn([u8; 3]) -> T + Sync,
    ) -> Result<Vec<T>> {
        let column = |name: &String| {
            features.column(name).ok_or_else(|| {
                let known = features.names().join(", ");
                let expected = format!("a column of numbers of the features: {known}");
                Error::parameter("feature", name, expected)
            })
        };
        let [recency, frequency, monetary] = &self.columns;
        let columns = [column(recency)?, column(frequency)?, column(monetary)?];
        let place = |row: usize| {
            let values = columns.map(|column| column[row]);
            let scores = if values.iter().any(|value| value.is_nan()) {
                [0; 3]
            } else {
                self.rfm.scores_of(values)
            };
            of(scores)
        };
        let chunk = |rows: std::ops::Range<usize>| rows.map(place).collect::<Vec<T>>();
        Ok(map_chunks(features.len(), CHUNK, chunk).concat())
    }

    /// Where the rows go, in the shape of all models: there is no next best, and a cell of the
    /// grid costs nothing.
    pub(in crate::segmentation) fn place(&self, features: &Features) -> Result<Placed> {
        self.assign(features).map(Placed::decided)
    }
}

impl persist::sealed::Sealed for RfmGrid {}
impl persist::Persist for RfmGrid {
    const FORMAT: &'static str = "custometry/rfm-grid";
    const VERSION: u32 = 1;
}

/// How a grid is saved.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Fields {
    rfm: Rfm,
    map: SegmentMap,
    columns: [String; 3],
}

impl From<RfmGrid> for Fields {
    fn from(grid: RfmGrid) -> Self {
        Self {
            rfm: grid.rfm,
            map: grid.map,
            columns: grid.columns,
        }
    }
}

impl TryFrom<Fields> for RfmGrid {
    type Error = Error;
    fn try_from(fields: Fields) -> Result<Self> {
        let [recency, frequency, monetary] = &fields.columns;
        Ok(Self::new(fields.rfm, fields.map)?.columns([recency, frequency, monetary]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::segmentation::placed::NOWHERE;
    use crate::{
        data::{Currency, MissingValues, Transactions, date_of_day},
        simulate::PurchaseLogParams,
        value::{Nesting, RfmMoney, RfmParams, Summary, SummaryState},
    };

    /// A thousand simulated customers and one with a refund only.
    fn summary() -> Summary {
        let log = PurchaseLogParams::default()
            .generate()
            .unwrap()
            .transactions;
        let refund = Transactions::builder(Currency::USD)
            .int_keys(&[-1, -1])
            .days(vec![10_010, 10_020])
            .amounts(vec![-500, -100])
            .build()
            .unwrap();
        let states = [&log, &refund].map(|log| SummaryState::new(log).unwrap());
        let state = crate::data::merge_all(states).unwrap().unwrap();
        state.summary(date_of_day(10_200).unwrap()).unwrap()
    }

    #[test]
    fn a_grid_says_what_scores_say_of_every_customer() {
        let summary = summary();
        let features = summary.features().unwrap();
        for nesting in [Nesting::Independent, Nesting::Nested] {
            for (money, column) in [
                (RfmMoney::Total, "monetary"),
                (RfmMoney::MeanPerPurchaseDay, "mean_spend"),
            ] {
                let params = RfmParams::default().money(money).nesting(nesting);
                let rfm = params.bins(5, 4, 3).fit(&summary).unwrap();
                let map = SegmentMap::standard([5, 4, 3]).unwrap();
                let expected = rfm.score(&summary).unwrap().assign(&map).unwrap();
                let grid = RfmGrid::new(rfm, map).unwrap();
                let grid = grid.columns(["recency", "frequency", column]);
                let places = grid.assign(&features).unwrap();
                let ids: Vec<_> = places
                    .iter()
                    .map(|&place| Some(grid.segments()[place as usize].id))
                    .collect();
                assert_eq!(ids, expected.iter().collect::<Vec<_>>());
                assert!(
                    places.contains(&10),
                    "the refunded one is in the last segment"
                );

                let text = persist::to_json(&grid).unwrap();
                assert_eq!(persist::from_json::<RfmGrid>(&text).unwrap(), grid);
                let placed = grid.place(&features).unwrap();
                assert_eq!(placed.cluster, places);
                assert!(placed.runner_up.iter().all(|&other| other == NOWHERE));
            }
        }
    }

    #[test]
    fn other_bins_and_columns_are_refused() {
        let summary = summary();
        let rfm = RfmParams::default().fit(&summary).unwrap();
        let other = SegmentMap::standard([3, 3, 3]).unwrap();
        let error = RfmGrid::new(rfm.clone(), other).unwrap_err().to_string();
        assert!(error.contains("[3, 3, 3], expected [5, 5, 5]"), "{error}");

        let grid = RfmGrid::new(rfm, SegmentMap::standard([5, 5, 5]).unwrap()).unwrap();
        let two: &[(&str, &[f64])] = &[("recency", &[1.0]), ("monetary", &[1.0])];
        let features = Features::from_columns(two, MissingValues::Refuse).unwrap();
        let error = grid.assign(&features).unwrap_err().to_string();
        assert_eq!(
            error,
            "feature is frequency, expected a column of numbers of the features: recency, monetary"
        );
    }
}
