//! BG/NBD: purchases that may end after a repeat purchase.
//!
//! # Question
//!
//! Of customers with no contract, who is still a customer, and how much will
//! each buy?
//!
//! # Model
//!
//! While active, a customer buys at random with a rate λ of their own; after any
//! repeat purchase they drop out for ever with a probability p of their own. Rates
//! are gamma distributed over customers, probabilities beta distributed, and the
//! two have nothing to do with each other.
//!
//! ```text
//! L(r, α, a, b | x, t_x, T) =
//!     Γ(r+x)/Γ(r) α^r  B(a, b+x)/B(a, b)
//!     { (α+T)^-(r+x)  +  [x > 0] a/(b+x-1) (α+t_x)^-(r+x) }
//! ```
//!
//! where x is the frequency, `t_x` the recency and T the age of a customer, r and α
//! the shape and the rate of the gamma law, a and b the parameters of the beta law.
//!
//! # How to read it
//!
//! r/α is the mean rate of purchases per unit of time, a/(a+b) the mean chance to
//! drop out after a repeat purchase. A small r says that customers differ a lot.
//!
//! # Limits
//!
//! A customer who bought once cannot have dropped out: P(alive) is 1 however long
//! the silence. Where that matters, MBG/NBD is the model to take. Purchases are at
//! random: for customers who buy like clockwork, P(alive) falls too slowly.
//!
//! # Complexity
//!
//! A fit takes about ten passes over the different histories, in parallel.
//!
//! # References
//!
//! - Fader, P. S., Hardie, B. G. S. and Lee, K. L. (2005). "Counting your
//!   customers" the easy way: an alternative to the Pareto/NBD model. *Marketing
//!   Science* 24(2), 275-284. doi:10.1287/mksc.1040.0098

use serde::{Deserialize, Serialize};

use super::{
    FitReport, PurchaseHistories,
    beta_geometric::{BetaGeometric, Dropout},
    purchase_model::{fit, purchase_model},
};
use crate::{Result, data::TimeUnit};

/// How to fit BG/NBD.
///
/// # Example
///
/// ```
/// use custometry::{data::date_of_day, simulate::PurchaseLogParams,
///                  value::{BgNbdParams, PurchaseHistories, SummaryState}};
///
/// // Simulated from r 0.243, alpha 4.414, a 0.793, b 2.426.
/// let log = PurchaseLogParams::default().customers(20_000).generate()?.transactions;
/// let summary = SummaryState::new(&log)?.summary(date_of_day(10_407).unwrap())?;
/// let model = BgNbdParams::default().fit(&PurchaseHistories::new(&summary)?)?;
/// let [r, alpha, a, b] = model.estimates(0.999)?.unwrap();
/// for (truth, estimate) in [(0.243, r), (4.414, alpha), (0.793, a), (2.426, b)] {
///     assert!(estimate.lo < truth && truth < estimate.hi);
/// }
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BgNbdParams {
    unit: TimeUnit,
}

impl BgNbdParams {
    /// The unit of time of the rates; weeks by default.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::{data::{TimeUnit, date_of_day}, simulate::PurchaseLogParams,
    /// #                  value::{BgNbdParams, PurchaseHistories, SummaryState}};
    /// # let log = PurchaseLogParams::default().customers(2_000).generate()?.transactions;
    /// # let summary = SummaryState::new(&log)?.summary(date_of_day(10_407).unwrap())?;
    /// # let histories = PurchaseHistories::new(&summary)?;
    /// let by_week = BgNbdParams::default().fit(&histories)?;
    /// let by_day = BgNbdParams::default().unit(TimeUnit::Days).fit(&histories)?;
    /// assert!((by_day.alpha() / by_week.alpha() - 7.0).abs() < 1e-6);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn unit(mut self, unit: TimeUnit) -> Self {
        self.unit = unit;
        self
    }

    /// Fits the model by maximum likelihood.
    ///
    /// # Errors
    ///
    /// [`NotEnoughData`](crate::Error::NotEnoughData) for fewer than five customers,
    /// [`Degenerate`](crate::Error::Degenerate) if nobody has a repeat purchase or everybody came on
    /// the last day, [`NotConverged`](crate::Error::NotConverged) if no maximum was found.
    ///
    /// # Example
    ///
    /// See [`BgNbdParams`].
    pub fn fit(&self, histories: &PurchaseHistories) -> Result<BgNbd> {
        let shape = core(self.unit, 1.0, 1.0, 1.0, 1.0);
        let (core, report) = fit(&shape, histories)?;
        Ok(BgNbd {
            core,
            report: Some(report),
        })
    }
}

/// A BG/NBD model: fitted, or given by published parameters.
///
/// # Example
///
/// ```
/// use custometry::{data::{Days, TimeUnit}, value::{BgNbd, PurchaseHistory}};
///
/// // Fader, Hardie and Lee 2005: two repeat purchases, the last after 30.43 weeks.
/// let model = BgNbd::new(TimeUnit::Weeks, 0.2425945, 4.4136019, 0.7929199, 2.4258881)?;
/// let known = PurchaseHistory::new(2, Days::from_weeks(30.43), Days::from_weeks(38.86))?;
/// let next = model.expected_purchases_one(&known, Days::from_weeks(39.0))?;
/// assert!((next - 1.226).abs() < 5e-4);
/// // BTYD 2.4.3 prints 1.444004 for a new customer's first year.
/// let model = BgNbd::new(TimeUnit::Weeks, 0.2425967, 4.413659, 0.7929869, 2.426164)?;
/// let year = model.expected_of_new_customer(Days::from_weeks(52.0))?;
/// assert!((year - 1.444004).abs() < 5e-7);
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "BgNbdFields", into = "BgNbdFields")]
pub struct BgNbd {
    core: BetaGeometric,
    report: Option<FitReport>,
}

fn core(unit: TimeUnit, r: f64, alpha: f64, a: f64, b: f64) -> BetaGeometric {
    BetaGeometric {
        dropout: Dropout::AfterRepeat,
        unit,
        r,
        alpha,
        a,
        b,
    }
}

purchase_model! {
    BgNbd, BgNbdFields, "custometry/bg-nbd",
    "BgNbd::new(TimeUnit::Weeks, 0.243, 4.414, 0.793, 2.426)",
    BetaGeometric = core,
    /// The shape of the gamma law of purchase rates.
    r,
    /// The rate of the gamma law of purchase rates, in units of time.
    alpha,
    /// The first parameter of the beta law of dropout.
    a,
    /// The second parameter of the beta law of dropout.
    b
}
