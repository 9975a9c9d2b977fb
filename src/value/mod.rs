//! What customers are worth: their purchase history, and the segments that
//! marketers draw from it.
//!
//! *Who are my best customers? Who used to be, and has gone quiet? Whom do I
//! look at first?*
//!
//! - [`SummaryState`] folds a log into money by customer and day, in shards if
//!   need be; [`Summary`] is one line a customer as of a day.
//! - [`RfmParams`] score recency, frequency and money; [`Rfm`] keeps the edges,
//!   so that next month is measured by the same yardstick.
//! - [`SegmentMap`] names every code exactly once and yields
//!   [`Assignments`](crate::data::Assignments).
//! - [`BgNbd`], [`MbgNbd`], [`ParetoNbd`] and [`Nbd`] tell who is still a customer and
//!   how much each will buy; they are fitted to [`PurchaseHistories`] and answer as any
//!   [`PurchaseModel`] does. [`BgBb`] does so for purchases at given opportunities.
//! - [`GammaGamma`] tells what a purchase is worth, [`ClvParams`] what a customer is,
//!   [`SilenceDates`] when to worry, [`Holdout`] whether any of it would have come true.
//! - [`Sbg`] and [`Bdw`] tell how many customers under contract renew, and for how long;
//!   they are fitted to [`ContractHistories`].
//! - [`BridgeParams`] tell what lies between the money of one period and of another.
//! - [`CohortParams`] tell what became of the customers who came in each period.
//! - [`ProfitParams`] tell what each customer leaves after costs, from a [`ProfitState`].
//!
//! # Definitions
//!
//! The unit is the purchase *day*: all that a customer buys on one civil day
//! counts once, so that a basket split into five rows is not five visits.
//!
//! ```text
//! purchase day    a day with at least one row of amount >= 0
//! frequency       x    purchase days after the first one (repeat purchase days)
//! recency         t_x  days from the first purchase day to the last
//! age             T    days from the first purchase day to as_of
//! first money          net of all rows on the first purchase day
//! repeat money         net of all rows on the later purchase days
//! refund money         net of the days that have only refunds
//! ```
//!
//! where x, `t_x` and T are the symbols of the purchase models (Fader, Hardie and
//! Lee 2005, doi:10.1287/mksc.1040.0098). `as_of` includes its day; later days are
//! left out and counted.
//!
//! # How to read it
//!
//! Recency in a [`Summary`] is the *age at the last purchase*: large is good.
//! The days since the last purchase, which marketers also call recency and which
//! RFM scores, are `age - recency` ([`Summary::days_since_last`]).
//!
//! A day of refunds only changes money; it is neither a purchase nor a sign of
//! life. A customer without a purchase up to `as_of` keeps a row: frequency,
//! recency and age 0, no first day, and whatever money the refunds make. RFM
//! gives it the score 0 and a segment of its own.
//!
//! # Limits
//!
//! Scores compare customers with each other; they say nothing of the future.
//! Quantile scores say who is in the best fifth, not whether the best fifth is
//! any good.
//!
//! # Complexity
//!
//! A state is built in O(rows) for rows in any order, in parallel, and takes 12
//! bytes a customer and day; a summary takes 40 bytes a customer; RFM sorts
//! each measure once.
//!
//! # Example
//!
//! ```
//! use custometry::{data::date_of_day, simulate::PurchaseLogParams,
//!                  value::{RfmParams, SegmentMap, SummaryState}};
//!
//! let log = PurchaseLogParams::default().customers(500).generate()?.transactions;
//! let summary = SummaryState::new(&log)?.summary(date_of_day(10_407).unwrap())?;
//! let scores = RfmParams::default().fit(&summary)?.score(&summary)?;
//! let segments = scores.assign(&SegmentMap::standard([5, 5, 5])?)?;
//! let champions = segments.iter().filter(|segment| segment.is_some_and(|id| id.0 == 1)).count();
//! assert!(champions > 0);
//! # Ok::<(), custometry::Error>(())
//! ```
//!
//! The purchase models, on histories that two customers share:
//!
//! ```
//! use custometry::{data::Days, simulate::PurchaseLogParams, data::date_of_day,
//!                  value::{BgNbdParams, PurchaseHistories, PurchaseModel, SummaryState}};
//!
//! let log = PurchaseLogParams::default().customers(3_000).generate()?.transactions;
//! let summary = SummaryState::new(&log)?.summary(date_of_day(10_220).unwrap())?;
//! let histories = PurchaseHistories::new(&summary)?;
//! let model = BgNbdParams::default().fit(&histories)?;
//! let half_year: f64 = model.expected_purchases(&histories, Days(187.0))?.iter().sum();
//!
//! // What came to pass: repeat purchase days in the 187 days after.
//! let later = SummaryState::new(&log)?.summary(date_of_day(10_407).unwrap())?;
//! let days = |summary: &custometry::value::Summary| -> u32 { summary.frequency().iter().sum() };
//! let came = f64::from(days(&later) - days(&summary));
//! assert!((half_year / came - 1.0).abs() < 0.15);
//! # Ok::<(), custometry::Error>(())
//! ```
//!
//! # References
//!
//! - Fader, P. S., Hardie, B. G. S. and Lee, K. L. (2005). "Counting your
//!   customers" the easy way. *Marketing Science* 24(2). doi:10.1287/mksc.1040.0098
//! - Hughes, A. M. (1994). *Strategic Database Marketing*. Probus.

mod day_table;
mod labelled;
mod summary;
mod summary_features;
mod summary_state;

mod rfm;

mod bridge;

mod beta_geometric;
mod bg_bb;
mod bg_nbd;
mod bootstrap;
mod clv;
mod cohorts;
mod contract;
mod fit;
mod gamma_gamma;
mod gamma_rates;
mod histories;
mod holdout;
mod mbg_nbd;
mod nbd;
mod negative_binomial;
mod pareto_nbd;
mod prediction;
mod process;
mod profit;
mod purchase_model;
mod silence;
mod spends;

pub use self::bg_bb::{BgBb, BgBbParams, OpportunityHistories, OpportunityPrediction};
pub use self::bg_nbd::{BgNbd, BgNbdParams};
pub use self::bootstrap::{Bootstrap, BootstrapParams};
pub use self::bridge::{
    Bridge, BridgeCounts, BridgeGroup, BridgeLine, BridgeParams, Change, Movement,
};
pub use self::clv::{Clv, ClvGroup, ClvParams};
pub use self::cohorts::{Cohort, CohortAge, CohortCell, CohortParams, CohortPeriod, Cohorts};
pub use self::contract::{
    Bdw, BdwParams, ContractHistories, ContractModel, ContractPrediction, Sbg, SbgParams,
};
pub use self::fit::{FitReport, FitVerdict, LikelihoodRatio, Limit};
pub use self::gamma_gamma::{GammaGamma, GammaGammaParams, SpendEligibility, SpendVerdict};
pub use self::histories::{PurchaseHistories, PurchaseHistory};
pub use self::holdout::{
    ByDecile, ByFrequency, FrequencyFit, Holdout, HoldoutReport, TrackingLine,
};
pub use self::labelled::LabelledState;
pub use self::mbg_nbd::{MbgNbd, MbgNbdParams};
pub use self::nbd::{Nbd, NbdParams};
pub use self::pareto_nbd::{ParetoNbd, ParetoNbdParams};
pub use self::prediction::Prediction;
pub use self::profit::{
    AbcParams, Acquisition, AcquisitionLine, AcquisitionParams, Activity, Allocation,
    Concentration, CustomerProfit, Payback, ProfitBasis, ProfitDecile, ProfitGroup, ProfitLadder,
    ProfitParams, ProfitState, Profitability, RetentionOffer, WhaleCurve,
};
pub use self::purchase_model::PurchaseModel;
pub use self::rfm::{
    Binning, Nesting, Rfm, RfmBins, RfmMoney, RfmParams, RfmScores, SegmentMap, SegmentRule, Ties,
};
pub use self::silence::SilenceDates;
pub use self::spends::SpendHistories;
pub use self::summary::Summary;
pub use self::summary_state::{CustomerDay, Measure, SummaryState};
