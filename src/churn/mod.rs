//! Who leaves, when, and why.
//!
//! *What is our churn rate really? When do customers leave, for which reason, and what drives it?*
//!
//! - [`Spells`] say when each customer was a customer; they come from [`Subscriptions`] or from purchase
//!   days, and carry the [`ChurnDefinition`] they were made under.
//! - [`PurchaseGaps`] tell how long a silence must be, and how often one is wrong to call it churn.
//! - [`PeriodRates`] say what share of customers and of their money was lost from one day to another.
//! - [`CohortCurveParams`] follow the customers who came in the same period: who is active how long after.
//! - A [`SnapshotPlan`] says on which days to look at the customers; [`Snapshots`] are what was known of
//!   them before each of these days, and what became of them after it.
//! - [`Durations`] are what survival analysis works on: how long each customer was watched and how
//!   that ended. Customers who are still there are censored, not dropped.
//! - [`RiskTable`] counts who was there and who left at each time, in parts that merge.
//!   [`KaplanMeier`], [`NelsonAalen`] and [`AalenJohansen`] are read from it: who is still there,
//!   the hazard, and for which reason customers left. [`LogRankParams`] compares groups.
//! - [`CoxParams`] fit what drives when customers leave: [`Cox`] tells hazard ratios and how long
//!   customers who are there today will stay; [`Cox::proportionality`] tests what it rests on.
//! - [`AftParams`] fit by how much a feature stretches or shortens the time that customers stay.
//! - [`LogisticParams`] fit how likely customers are to leave within a period, and by how much features
//!   change the odds: [`Logistic`] gives each customer's chance, and what each feature adds to it.
//! - [`LogisticPathParams`] fit it with a penalty that chooses among many columns: [`LogisticPath`] has
//!   the coefficients for each penalty, and finds by folds which penalty predicts best.
//! - [`HazardParams`] fit the chance to leave in each period of a life: [`DiscreteHazard`] tells who will
//!   still be there after so many months.
//! - [`ConcordanceParams`] asks whether those predicted to leave first do leave first, and
//!   [`CensoringWeights`] whether the predicted chances are right.
//! - Where it is known who left, [`RankEvaluation`] judges the order of scores from any model: AUC,
//!   lift, gains, profit; [`ProbabilityEvaluation`] whether probabilities come true;
//!   [`PairedScores`] whether one model is better than another.
//! - [`ChurnModelParams`] fit the probability to leave within a horizon: a logistic regression and its
//!   [`Calibration`] as one object, [cross-validated](ChurnModelParams::cross_validate) by [`Folds`]
//!   that let nothing of a test row be known.
//! - [`Contributions`] say what each feature adds to the score of each customer, and the strongest
//!   [`Reason`]s. [`Scorer`] asks all these models, and those of purchases, the same question.
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
mod calibration;
mod cohorts;
mod cox;
mod definition;
mod design;
mod durations;
mod evaluation;
mod folds;
mod gaps;
#[cfg(test)]
mod golden;
mod hazard;
mod linear;
mod logistic;
mod logistic_path;
mod model;
mod rates;
mod scorer;
mod snapshot;
mod spells;
mod standard;
mod subscriptions;
mod survival;
mod survival_evaluation;
mod tiles;

pub use self::{
    aft::{Aft, AftFamily, AftParams, AftVerdict},
    calibration::{Calibration, CalibrationBlock, CalibrationMethod, CalibrationVerdict},
    cohorts::{CohortCurve, CohortCurveParams, CohortCurves, CohortReading},
    cox::{
        Cox, CoxCustomers, CoxData, CoxParams, CoxResiduals, CoxVerdict, ProportionalityTest,
        Reference, TermTest, Ties, TimeTransform,
    },
    definition::ChurnDefinition,
    design::MissingRows,
    durations::Durations,
    evaluation::{
        BrierScore, CalibrationBin, CalibrationSlope, GainsRow, Judgement, LogLoss, MaximumProfit,
        PairedDifference, PairedScores, PrecisionRecall, ProbabilityEvaluation, ProfitPoint,
        RankEvaluation, RankMeasure, RetentionEconomics, RocPoint,
    },
    folds::{Fold, Folds},
    gaps::{GapPoint, PurchaseGaps, ThresholdFaults},
    hazard::{DiscreteHazard, HazardBaseline, HazardParams, HazardVerdict},
    logistic::{Link, Logistic, LogisticData, LogisticParams, LogisticVerdict},
    logistic_path::{LogisticPath, LogisticPathParams, LogisticPathValidation},
    model::{ChurnModel, ChurnModelParams, CrossValidation, FoldReport},
    rates::{CompoundedRates, PeriodRates, RateScale, RevenueFlows},
    scorer::{
        Contributions, Direction, Reason, ReasonParams, ReasonPart, ReasonValue, Reasons, Scorer,
        ScorerInput,
    },
    snapshot::{
        Audit, Feature, FeatureSet, History, HostFeature, Leak, Outcome, OutcomeCounts,
        RenewalCycle, SnapshotData, SnapshotPlan, Snapshots, Split,
    },
    spells::{ChurnReturns, Spell, Spells},
    subscriptions::{Subscriptions, SubscriptionsBuilder},
    survival::{
        AalenJohansen, Band, CumulativeIncidence, Group, KaplanMeier, LogRank, LogRankParams,
        LogRankWeight, NelsonAalen, Quantile, RiskTable, RiskTables, TiedEvents,
    },
    survival_evaluation::{
        AucAt, BrierScores, CensoringWeights, Concordance, ConcordanceParams, ConcordanceWeight,
    },
};
