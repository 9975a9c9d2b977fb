//! MBG/NBD: purchases that may end after any purchase, the first included.
//!
//! # Question
//!
//! Of customers with no contract, who is still a customer, and how much will
//! each buy, when many buy once and never come back?
//!
//! # Model
//!
//! As BG/NBD, but a customer may drop out after the first purchase as well.
//!
//! ```text
//! L(r, α, a, b | x, t_x, T) =
//!     Γ(r+x)/Γ(r) α^r  B(a, b+x+1)/B(a, b)
//!     { (α+T)^-(r+x)  +  a/(b+x) (α+t_x)^-(r+x) }
//! ```
//!
//! where the symbols are those of BG/NBD.
//!
//! # How to read it
//!
//! As BG/NBD; a/(a+b) is the mean chance to drop out after any purchase, so a new
//! customer is active with probability b/(a+b) only.
//!
//! # Limits
//!
//! Purchases are at random: for customers who buy like clockwork, P(alive) falls
//! too slowly.
//!
//! # Complexity
//!
//! A fit takes about ten passes over the different histories, in parallel.
//!
//! # References
//!
//! - Batislam, E. P., Denizel, M. and Filiztekin, A. (2007). Empirical validation
//!   and comparison of models for customer base analysis. *International Journal
//!   of Research in Marketing* 24(3), 201-209. doi:10.1016/j.ijresmar.2006.12.005
//! - Wagner, U. and Hoppe, D. (2008). Erratum on the MBG/NBD model. *International
//!   Journal of Research in Marketing* 25(3), 225-226.
//!   doi:10.1016/j.ijresmar.2008.03.003

use serde::{Deserialize, Serialize};

use super::{
    FitReport,
    beta_geometric::{BetaGeometric, Dropout},
    purchase_model::purchase_model,
};
use crate::data::TimeUnit;

/// How to fit MBG/NBD.
///
/// # Example
///
/// ```
/// use custometry::{data::date_of_day, simulate::PurchaseLogParams,
///                  value::{MbgNbdParams, PurchaseHistories, PurchaseModel, SummaryState}};
///
/// let log = PurchaseLogParams::default().customers(2_000).generate()?.transactions;
/// let summary = SummaryState::new(&log)?.summary(date_of_day(10_407).unwrap())?;
/// let histories = PurchaseHistories::new(&summary)?;
/// let model = MbgNbdParams::default().fit(&histories)?;
/// // Whoever bought once long ago may well be gone: BG/NBD cannot say so.
/// let once = summary.frequency().iter().position(|&x| x == 0).unwrap();
/// assert!(model.p_alive(&histories)[once] < 0.9);
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MbgNbdParams {
    unit: TimeUnit,
}

/// An MBG/NBD model: fitted, or given by published parameters.
///
/// # Example
///
/// ```
/// use custometry::{data::{Days, TimeUnit}, value::{MbgNbd, PurchaseHistory, PurchaseModel}};
///
/// // The published estimates for the CDNOW customers.
/// let model = MbgNbd::new(TimeUnit::Weeks, 0.525, 6.183, 0.891, 1.614)?;
/// let once = PurchaseHistory::new(0, Days(0.0), Days::from_weeks(39.0))?;
/// assert!(model.p_alive_one(&once) < 0.6);
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "MbgNbdFields", into = "MbgNbdFields")]
pub struct MbgNbd {
    core: BetaGeometric,
    report: Option<FitReport>,
}

fn core(unit: TimeUnit, r: f64, alpha: f64, a: f64, b: f64) -> BetaGeometric {
    BetaGeometric {
        dropout: Dropout::AfterAny,
        unit,
        r,
        alpha,
        a,
        b,
    }
}

purchase_model! {
    MbgNbd, MbgNbdParams, MbgNbdFields, "custometry/mbg-nbd",
    "MbgNbd::new(TimeUnit::Weeks, 0.525, 6.183, 0.891, 1.614)",
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
