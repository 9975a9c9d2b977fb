//! What is asked of an RFM scoring.

use serde::{Deserialize, Serialize};

use super::{Binning, Rfm, Ties};
use crate::{Error, Result, value::Summary};

/// Whether each measure is cut on its own, or within the bins of the one before.
///
/// # Example
///
/// ```
/// use custometry::value::{Nesting, RfmParams};
/// assert_ne!(RfmParams::default().nesting(Nesting::Nested), RfmParams::default());
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Nesting {
    /// Each on its own: a score means the same for every customer. The default.
    #[default]
    Independent,
    /// Recency first, frequency within each recency bin, money within each of
    /// those (Hughes 1994, *Strategic Database Marketing*). Cells are of more
    /// even size, but a frequency score means another frequency in each recency
    /// bin.
    Nested,
}

/// Which money is scored.
///
/// # Example
///
/// ```
/// use custometry::value::{RfmMoney, RfmParams};
/// assert_ne!(RfmParams::default().money(RfmMoney::MeanPerPurchaseDay), RfmParams::default());
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum RfmMoney {
    /// All money up to `as_of`, net of refunds; the default.
    #[default]
    Total,
    /// The same divided by the purchase days: less entangled with frequency.
    MeanPerPurchaseDay,
}

/// How to score recency, frequency and money.
///
/// Recency is the days since the last purchase (few are good), frequency the
/// number of purchase days, money as [`RfmMoney`] says. The default is five
/// quantile bins each, on their own.
///
/// # Example
///
/// ```
/// use custometry::{data::{Currency, Transactions, date_of_day}, value::{RfmParams, SummaryState}};
///
/// let log = Transactions::builder(Currency::USD)
///     .text_keys(&["ann", "ann", "bob", "cid"])
///     .days(vec![80, 95, 60, 10])
///     .amounts(vec![2000, 3000, 4000, 500])
///     .build()?;
/// let summary = SummaryState::new(&log)?.summary(date_of_day(100).unwrap())?;
/// let rfm = RfmParams::default().bins(3, 2, 3).fit(&summary)?;
/// let scores = rfm.score(&summary)?;
/// assert_eq!(scores.code(0), Some(323)); // ann: recent, frequent, most money
/// assert_eq!(scores.code(2), Some(111)); // cid
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RfmParams {
    pub(super) recency: Binning,
    pub(super) frequency: Binning,
    pub(super) monetary: Binning,
    pub(super) ties: Ties,
    pub(super) nesting: Nesting,
    pub(super) money: RfmMoney,
    pub(super) weights: [f64; 3],
}

impl Default for RfmParams {
    fn default() -> Self {
        let five = Binning::Quantile { bins: 5 };
        Self {
            recency: five.clone(),
            frequency: five.clone(),
            monetary: five,
            ties: Ties::default(),
            nesting: Nesting::default(),
            money: RfmMoney::default(),
            weights: [1.0; 3],
        }
    }
}

impl RfmParams {
    /// Quantile bins for the three measures, 1 to 9 each.
    ///
    /// # Example
    ///
    /// See [`RfmParams`].
    pub fn bins(self, recency: u8, frequency: u8, monetary: u8) -> Self {
        self.recency(Binning::Quantile { bins: recency })
            .frequency(Binning::Quantile { bins: frequency })
            .monetary(Binning::Quantile { bins: monetary })
    }

    /// How recency is cut; edges are days since the last purchase.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::{data::date_of_day, simulate::PurchaseLogParams, value::{Binning, RfmParams, SummaryState}};
    /// # let log = PurchaseLogParams::default().generate()?.transactions;
    /// # let summary = SummaryState::new(&log)?.summary(date_of_day(10_407).unwrap())?;
    /// let by_rule = RfmParams::default().recency(Binning::Fixed { edges: vec![30.0, 365.0] });
    /// assert_eq!(by_rule.fit(&summary)?.recency_bins().sizes.len(), 3);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn recency(mut self, binning: Binning) -> Self {
        self.recency = binning;
        self
    }

    /// How frequency is cut; edges are numbers of purchase days.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::{data::date_of_day, simulate::PurchaseLogParams, value::{Binning, RfmParams, SummaryState}};
    /// # let log = PurchaseLogParams::default().generate()?.transactions;
    /// # let summary = SummaryState::new(&log)?.summary(date_of_day(10_407).unwrap())?;
    /// let once_or_more = RfmParams::default().frequency(Binning::Fixed { edges: vec![1.0] });
    /// let bins = once_or_more.fit(&summary)?.frequency_bins();
    /// assert_eq!(bins.sizes[0] as usize, summary.frequency().iter().filter(|&&x| x == 0).count());
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn frequency(mut self, binning: Binning) -> Self {
        self.frequency = binning;
        self
    }

    /// How money is cut; edges are units of currency.
    ///
    /// # Example
    ///
    /// See [`Binning`].
    pub fn monetary(mut self, binning: Binning) -> Self {
        self.monetary = binning;
        self
    }

    /// What becomes of equal values.
    ///
    /// # Example
    ///
    /// See [`Ties`].
    pub fn ties(mut self, ties: Ties) -> Self {
        self.ties = ties;
        self
    }

    /// Independent or nested bins.
    ///
    /// # Example
    ///
    /// See [`Nesting`].
    pub fn nesting(mut self, nesting: Nesting) -> Self {
        self.nesting = nesting;
        self
    }

    /// Which money is scored.
    ///
    /// # Example
    ///
    /// See [`RfmMoney`].
    pub fn money(mut self, money: RfmMoney) -> Self {
        self.money = money;
        self
    }

    /// The weights of the combined score `w_R R + w_F F + w_M M`; 1 each by
    /// default.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::{data::{Currency, Transactions, date_of_day}, value::{RfmParams, SummaryState}};
    /// # let log = Transactions::builder(Currency::USD).int_keys(&[1]).days(vec![0]).amounts(vec![1]).build()?;
    /// # let summary = SummaryState::new(&log)?.summary(date_of_day(0).unwrap())?;
    /// let rfm = RfmParams::default().weights(0.5, 0.3, 0.2).fit(&summary)?;
    /// assert_eq!(rfm.score(&summary)?.combined(), [5.0]);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn weights(mut self, recency: f64, frequency: f64, monetary: f64) -> Self {
        self.weights = [recency, frequency, monetary];
        self
    }

    /// Finds the edges in a summary and freezes them.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`] for bins outside 1 to 9, edges that do not
    /// rise, or weights that are negative, not finite, or all 0;
    /// [`Error::NotEnoughData`] if no customer has a purchase up to `as_of`.
    ///
    /// # Complexity
    ///
    /// O(n log n) in the customers, in parallel.
    ///
    /// # Example
    ///
    /// See [`RfmParams`].
    pub fn fit(&self, summary: &Summary) -> Result<Rfm> {
        self.check()?;
        if summary.buyers() == 0 {
            return Err(Error::NotEnoughData {
                what: format!("customers with a purchase up to {}", summary.as_of()).into(),
                needed: 1,
                found: 0,
            });
        }
        Ok(Rfm::fit(self, summary))
    }

    pub(crate) fn check(&self) -> Result<()> {
        self.recency.check("recency")?;
        self.frequency.check("frequency")?;
        self.monetary.check("monetary")?;
        // Written so that NaN fails as well.
        let sound = self.weights.iter().all(|&w| w >= 0.0 && w.is_finite());
        if sound && self.weights.iter().any(|&w| w > 0.0) {
            return Ok(());
        }
        Err(Error::parameter(
            "weights",
            format!("{:?}", self.weights),
            "finite numbers of at least 0, not all of them 0",
        ))
    }
}
