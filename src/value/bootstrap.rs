//! How sure a purchase model is, by fitting it again to reweighted customers.
//!
//! # Method
//!
//! Each replicate gives every customer a random weight, exponential with mean 1
//! (Rubin 1981), and fits the model again from where it was. As like customers share
//! a cell, a cell of n draws one gamma variate of shape n. Nothing is resampled, so a
//! replicate costs a few Newton steps.
//!
//! Unlike the delta method it assumes no normal law, and it works on the boundary.
//!
//! # References
//!
//! - Rubin, D. B. (1981). The Bayesian bootstrap. *Annals of Statistics* 9(1),
//!   130-134. doi:10.1214/aos/1176345338

use serde::{Deserialize, Serialize};

use super::{Prediction, PurchaseHistories, PurchaseModel, prediction::Intervals};
use crate::{
    Error, Observer, Result,
    data::Estimate,
    numeric::{Stage, map_chunks, map_chunks_observed, rng::Stream},
};

/// How to bootstrap a purchase model.
///
/// # Example
///
/// ```
/// use custometry::{data::{Days, date_of_day}, simulate::PurchaseLogParams, value::*};
///
/// let log = PurchaseLogParams::default().customers(2_000).generate()?.transactions;
/// let summary = SummaryState::new(&log)?.summary(date_of_day(10_407).unwrap())?;
/// let histories = PurchaseHistories::new(&summary)?;
/// let model = BgNbdParams::default().fit(&histories)?;
///
/// let bootstrap = BootstrapParams::default().replicates(50).fit(&model, &histories)?;
/// assert_eq!(bootstrap.models().len(), 50);
/// let year = bootstrap.predict(&histories, Prediction::Expected(Days(365.0)), 0.9)?;
/// let first = year[0].unwrap();
/// assert!(first.lo < first.value && first.value < first.hi);
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BootstrapParams {
    replicates: usize,
    seed: u64,
}

impl Default for BootstrapParams {
    fn default() -> Self {
        Self {
            replicates: 200,
            seed: 1,
        }
    }
}

/// A model and its replicates.
///
/// # Example
///
/// See [`BootstrapParams`].
#[derive(Debug, Clone, PartialEq)]
pub struct Bootstrap<M> {
    model: M,
    replicates: Vec<M>,
    failed: usize,
}

/// What the random streams of one seed are for.
const REPLICATE: u32 = 0x426f_6f74;

impl BootstrapParams {
    /// How many replicates; 200 by default.
    ///
    /// # Example
    ///
    /// See [`BootstrapParams`].
    pub fn replicates(mut self, replicates: usize) -> Self {
        self.replicates = replicates;
        self
    }

    /// The seed of the weights; 1 by default.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::value::BootstrapParams;
    /// assert_ne!(BootstrapParams::default().seed(2), BootstrapParams::default());
    /// ```
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Fits the replicates to the histories that the model was fitted to.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`] for fewer than two replicates;
    /// [`Error::Degenerate`] if more than a tenth of them found no maximum.
    ///
    /// # Example
    ///
    /// See [`BootstrapParams`].
    pub fn fit<M: PurchaseModel + Clone>(
        &self,
        model: &M,
        histories: &PurchaseHistories,
    ) -> Result<Bootstrap<M>> {
        self.fit_observed(model, histories, &mut ())
    }

    /// [`fit`](Self::fit) under an [`Observer`].
    ///
    /// # Errors
    ///
    /// As [`fit`](Self::fit), and [`Error::Cancelled`].
    ///
    /// # Example
    ///
    /// See [`Observer`].
    pub fn fit_observed<M: PurchaseModel + Clone>(
        &self,
        model: &M,
        histories: &PurchaseHistories,
        observer: &mut dyn Observer,
    ) -> Result<Bootstrap<M>> {
        if self.replicates < 2 {
            let expected = "at least 2, and 200 or more for intervals";
            return Err(Error::parameter("replicates", self.replicates, expected));
        }
        let (_, weights) = histories.weighted();
        let stage = Stage {
            name: "bootstrapping",
            total: self.replicates,
        };
        let replicate = |number: usize| {
            let mut draw = Stream::new(self.seed, REPLICATE, number as u64);
            let drawn: Vec<f64> = weights.iter().map(|&weight| draw.gamma(weight)).collect();
            model.refitted(histories, &drawn).ok()
        };
        let fitted = map_chunks_observed(0..self.replicates, 1, stage, observer, |range| {
            Ok(replicate(range.start))
        })?;
        let replicates: Vec<M> = fitted.into_iter().flatten().collect();
        let failed = self.replicates - replicates.len();
        if failed * 10 > self.replicates {
            let what = format!(
                "{failed} of {} replicates found no maximum; there are too few customers for \
                 this model",
                self.replicates
            );
            return Err(Error::Degenerate { what: what.into() });
        }
        Ok(Bootstrap {
            model: model.clone(),
            replicates,
            failed,
        })
    }
}

/// Cells predicted together; a constant.
const CHUNK: usize = 1 << 6;

impl<M: PurchaseModel> Bootstrap<M> {
    /// The replicates.
    ///
    /// # Example
    ///
    /// See [`BootstrapParams`].
    pub fn models(&self) -> &[M] {
        &self.replicates
    }

    /// Replicates that found no maximum and are left out.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::{data::date_of_day, simulate::PurchaseLogParams, value::*};
    /// # let log = PurchaseLogParams::default().customers(2_000).generate()?.transactions;
    /// # let summary = SummaryState::new(&log)?.summary(date_of_day(10_407).unwrap())?;
    /// # let histories = PurchaseHistories::new(&summary)?;
    /// let model = NbdParams::default().fit(&histories)?;
    /// let bootstrap = BootstrapParams::default().fit(&model, &histories)?;
    /// assert_eq!(bootstrap.failed(), 0);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn failed(&self) -> usize {
        self.failed
    }

    /// The parameters, in the order of the constructor, with the standard deviation
    /// and the percentiles of the replicates.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`] unless the level is between 0 and 1.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::{data::date_of_day, simulate::PurchaseLogParams, value::*};
    /// # let log = PurchaseLogParams::default().customers(2_000).generate()?.transactions;
    /// # let summary = SummaryState::new(&log)?.summary(date_of_day(10_407).unwrap())?;
    /// # let histories = PurchaseHistories::new(&summary)?;
    /// let model = NbdParams::default().fit(&histories)?;
    /// let bootstrap = BootstrapParams::default().fit(&model, &histories)?;
    /// let (by_weights, by_curvature) = (bootstrap.estimates(0.95)?, model.estimates(0.95)?);
    /// assert!((by_weights[0].se / by_curvature[0].se - 1.0).abs() < 0.3);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn estimates(&self, level: f64) -> Result<Vec<Estimate>> {
        Intervals::new(level)?;
        let of = |model: &M| -> Vec<f64> {
            let named = model.parameters();
            named.into_iter().map(|(_, value)| value).collect()
        };
        let drawn: Vec<Vec<f64>> = self.replicates.iter().map(of).collect();
        let estimate = |(at, value): (usize, f64)| {
            let mut drawn: Vec<f64> = drawn.iter().map(|parameters| parameters[at]).collect();
            Estimate::of_draws(value, &mut drawn, level).ok()
        };
        Ok(of(&self.model)
            .into_iter()
            .enumerate()
            .filter_map(estimate)
            .collect())
    }

    /// A prediction for each customer with the standard deviation and the
    /// percentiles of the replicates: how sure the expectation is. What customers
    /// will do scatters around it. `None` for a customer without a purchase, and
    /// where a prediction is not finite.
    ///
    /// # Errors
    ///
    /// As [`PurchaseModel::predict`], and [`Error::InvalidParameter`] unless the
    /// level is between 0 and 1.
    ///
    /// # Example
    ///
    /// See [`BootstrapParams`].
    pub fn predict(
        &self,
        histories: &PurchaseHistories,
        prediction: Prediction,
        level: f64,
    ) -> Result<Vec<Option<Estimate>>> {
        prediction.check()?;
        Intervals::new(level)?;
        let (cells, _) = histories.weighted();
        let chunks = map_chunks(cells.len(), CHUNK, |range| {
            let estimate = |cell| {
                let value = self.model.predict_one(cell, prediction).ok()?;
                let all = self.replicates.iter();
                let drawn = all.map(|model| model.predict_one(cell, prediction));
                let mut drawn = drawn.collect::<Result<Vec<f64>>>().ok()?;
                Estimate::of_draws(value, &mut drawn, level).ok()
            };
            cells[range].iter().map(estimate).collect::<Vec<_>>()
        });
        let by_cell: Vec<_> = chunks.into_iter().flatten().collect();
        Ok(histories.by_customer(&by_cell, None))
    }
}
