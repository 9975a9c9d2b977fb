//! Who leaves, when, and why.
//!
//! *What is our churn rate really? When do customers leave, for which reason, and what drives it?*
//!
//! - [`Durations`] are what survival analysis works on: how long each customer was watched and how
//!   that ended. Customers who are still there are censored, not dropped.
//! - [`RiskTable`] counts who was there and who left at each time, in parts that merge.
//!   [`KaplanMeier`], [`NelsonAalen`] and [`AalenJohansen`] are read from it: who is still there,
//!   the hazard, and for which reason customers left. [`LogRankParams`] compares groups.
//! - [`AftParams`] fits how much longer some customers stay than others.
//! - [`ConcordanceParams`] asks whether those predicted to leave first do leave first, and
//!   [`CensoringWeights`] whether the predicted chances are right.
//!
//! # Example
//!
//! ```
//! use custometry::churn::{Durations, KaplanMeier, RiskTable};
//!
//! // Months as a customer, and whether the customer left (1) or is still there (0).
//! let durations = Durations::new(&[2.0, 5.0, 5.0, 8.0, 11.0], &[1, 0, 1, 0, 1])?;
//! let curve = KaplanMeier::new(&RiskTable::new(&durations))?;
//! assert!((curve.survival_at(6.0) - 0.6).abs() < 1e-15);
//! # Ok::<(), custometry::Error>(())
//! ```

mod aft;
mod design;
mod durations;
mod survival;
mod survival_evaluation;

pub use self::{
    aft::{Aft, AftFamily, AftParams},
    design::MissingRows,
    durations::Durations,
    survival::{
        AalenJohansen, Band, CumulativeIncidence, Group, KaplanMeier, LogRank, LogRankParams,
        LogRankWeight, NelsonAalen, Quantile, RiskTable, RiskTables, TiedEvents,
    },
    survival_evaluation::{
        AucAt, BrierScores, CensoringWeights, Concordance, ConcordanceParams, ConcordanceWeight,
    },
};
