//! What hosts may rely on of every public type.

use custometry::{data, identity, simulate, value};

fn has_auto_traits<T: Send + Sync + Sized + Unpin + 'static>() {}
fn is_a_value<T: Clone + PartialEq + std::fmt::Debug>() {}

macro_rules! check {
    ($($type:ty),+ $(,)?) => {$(
        has_auto_traits::<$type>();
        is_a_value::<$type>();
    )+};
}

#[test]
fn public_types_can_be_sent_shared_cloned_compared_and_shown() {
    check!(
        custometry::Error,
        custometry::ErrorKind,
        custometry::Progress,
        identity::PreparedTexts,
        data::Assignments,
        data::Categories,
        data::ContactStatus,
        data::ContactStatuses,
        data::Crosswalk,
        data::Currency,
        data::CustomerIx,
        data::CustomerKey<'static>,
        data::Days,
        data::DiscountRate,
        data::Customers,
        data::DayBoundary,
        data::Estimate,
        data::Events,
        data::Features,
        data::MatchReport,
        data::MinorUnits,
        data::MissingValues,
        data::Segment,
        data::TimeUnit,
        data::SegmentId,
        data::Transaction<'static>,
        data::Transactions,
        data::UnknownCustomers,
        data::Window,
        simulate::OpportunityHistory,
        simulate::OpportunityParams,
        simulate::PeopleParams,
        simulate::PurchaseLog,
        simulate::PurchaseLogParams,
        simulate::PurchaseTiming,
        simulate::PurchaseTruth,
        simulate::RenewalHistory,
        simulate::RenewalParams,
        simulate::RowOrder,
        simulate::SimulatedPeople,
    );
}

#[test]
fn public_types_of_identity_are_values_too() {
    check!(
        identity::Address,
        identity::Agreement,
        identity::Alternatives,
        identity::AlternativesParams,
        identity::BlockingParams,
        identity::BlockingRule,
        identity::ClusterDiagnosis,
        identity::ClusterExplanation,
        identity::Clustering,
        identity::ColumnPart,
        identity::Comparison,
        identity::ComparisonModel,
        identity::ComparisonScore,
        identity::DateOrder,
        identity::DoubtfulMerge,
        identity::Edge,
        identity::EditDistance,
        identity::Expected,
        identity::Families,
        identity::FellegiSunter,
        identity::FellegiSunterParams,
        identity::FieldKind,
        identity::FieldReport,
        identity::Forbidden,
        identity::HotBlock,
        identity::HotBlocks,
        identity::Key,
        identity::Lambda,
        identity::Level,
        identity::LevelOrder,
        identity::MatchWeight,
        identity::MergeStep,
        identity::NormalEmail,
        identity::PairCounts,
        identity::PairExplanation,
        identity::PairKind,
        identity::PairVerdict,
        identity::Part,
        identity::PersonName,
        identity::PhoneRegion,
        identity::RecordIx,
        identity::Resolution,
        identity::ResolveParams,
        identity::RuleReport,
        identity::ScoredPairs,
        identity::Similarity,
        identity::SplinkModel,
        identity::TermFrequencies,
        identity::TermFrequency,
        identity::Test,
        identity::Threshold,
        identity::TrainingReport,
        identity::TrainingWarning,
        identity::Verdict,
    );
    has_auto_traits::<identity::Blocking<'static>>();
    has_auto_traits::<identity::Records>();
    has_auto_traits::<identity::Scorer<'static>>();
}

#[test]
fn public_types_of_value_are_values_too() {
    check!(
        value::AbcParams,
        value::Acquisition,
        value::AcquisitionLine,
        value::AcquisitionParams,
        value::Activity,
        value::Allocation,
        value::Bdw,
        value::BdwParams,
        value::BgBb,
        value::BgBbParams,
        value::BgNbd,
        value::BgNbdParams,
        value::Binning,
        value::Bootstrap<value::BgNbd>,
        value::BootstrapParams,
        value::Bridge,
        value::BridgeCounts,
        value::BridgeGroup<data::SegmentId>,
        value::BridgeLine,
        value::BridgeParams,
        value::ByDecile,
        value::ByFrequency,
        value::Change,
        value::ClvGroup<data::SegmentId>,
        value::ClvParams,
        value::Concentration,
        value::ContractHistories,
        value::ContractPrediction,
        value::Cohort,
        value::CohortAge,
        value::CohortCell,
        value::CohortParams,
        value::CohortPeriod,
        value::Cohorts,
        value::CustomerDay,
        value::FitReport,
        value::FitVerdict,
        value::FrequencyFit,
        value::GammaGamma,
        value::GammaGammaParams,
        value::Holdout,
        value::HoldoutReport,
        value::LabelledState,
        value::LikelihoodRatio,
        value::Limit,
        value::MbgNbd,
        value::MbgNbdParams,
        value::Measure,
        value::Movement,
        value::Nbd,
        value::NbdParams,
        value::Nesting,
        value::OpportunityHistories,
        value::OpportunityPrediction,
        value::ParetoNbd,
        value::ParetoNbdParams,
        value::Prediction,
        value::CustomerProfit,
        value::Payback,
        value::ProfitBasis,
        value::ProfitDecile,
        value::ProfitGroup<data::SegmentId>,
        value::ProfitLadder,
        value::ProfitParams,
        value::ProfitState,
        value::Profitability,
        value::RetentionOffer,
        value::WhaleCurve,
        value::PurchaseHistories,
        value::PurchaseHistory,
        value::SilenceDates,
        value::SpendEligibility,
        value::SpendHistories,
        value::SpendVerdict,
        value::TrackingLine,
        value::Rfm,
        value::RfmBins,
        value::RfmMoney,
        value::RfmParams,
        value::RfmScores,
        value::Sbg,
        value::SbgParams,
        value::SegmentMap,
        value::SegmentRule,
        value::Summary,
        value::SummaryState,
        value::Ties,
    );
    has_auto_traits::<data::TransactionsBuilder>();
    has_auto_traits::<data::EventsBuilder>();
}

/// `Debug` of what holds personal values tells counts.
#[test]
fn debug_names_nobody() {
    let log = simulate::PurchaseLogParams::default()
        .customers(3)
        .first_customer(987_654)
        .generate()
        .unwrap();
    let state = value::SummaryState::new(&log.transactions).unwrap();
    let summary = state.summary(data::date_of_day(10_407).unwrap()).unwrap();
    let scores = value::RfmParams::default()
        .fit(&summary)
        .unwrap()
        .score(&summary)
        .unwrap();
    let texts = [
        format!("{:?}", identity::PreparedTexts::new(["98765"]).unwrap()),
        format!("{:?}", log.transactions),
        format!("{:?}", log.transactions.customers()),
        format!("{state:?}"),
        format!("{summary:?}"),
        format!("{scores:?}"),
    ];
    for text in texts {
        assert!(!text.contains("98765") && text.len() < 200, "{text}");
    }
}
