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
    FitReport,
    beta_geometric::{BetaGeometric, Dropout},
    purchase_model::purchase_model,
};
use crate::data::TimeUnit;

/// How to fit BG/NBD.
///
/// # Example
///
/// ```
/// use custometry::{data::date_of_day, simulate::PurchaseLogParams,
///                  value::{BgNbdParams, PurchaseHistories, PurchaseModel, SummaryState}};
///
/// // Simulated from r 0.243, alpha 4.414, a 0.793, b 2.426.
/// let log = PurchaseLogParams::default().customers(20_000).generate()?.transactions;
/// let summary = SummaryState::new(&log)?.summary(date_of_day(10_407).unwrap())?;
/// let model = BgNbdParams::default().fit(&PurchaseHistories::new(&summary)?)?;
/// let estimates = model.estimates(0.999)?;
/// for (truth, estimate) in [0.243, 4.414, 0.793, 2.426].into_iter().zip(estimates) {
///     assert!(estimate.lo < truth && truth < estimate.hi);
/// }
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BgNbdParams {
    unit: TimeUnit,
}

/// A BG/NBD model: fitted, or given by published parameters.
///
/// # Example
///
/// ```
/// use custometry::{data::{Days, TimeUnit}, value::{BgNbd, PurchaseHistory, PurchaseModel}};
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
    BgNbd, BgNbdParams, BgNbdFields, "custometry/bg-nbd",
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
