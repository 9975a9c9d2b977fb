//! Every public computation gives the same bytes on 1, 2, 3 and 8 threads.

use custometry::{
    churn::{
        AalenJohansen, Durations, KaplanMeier, LogRankParams, NelsonAalen, RiskTable, RiskTables,
        TiedEvents,
    },
    data::{
        Assignments, Categories, ContactStatus, ContactStatuses, Currency, Customers, Days,
        DiscountRate, Features, Merge, MinorUnits, MissingValues, Segment, SegmentId, Transactions,
        Window, date_of_day,
    },
    identity::{
        AlternativesParams, BlockingParams, FellegiSunterParams, MatchWeight, PairKind, RecordIx,
        ResolveParams,
    },
    migration::{
        AlignmentParams, ChainTestParams, ChangeSplitParams, ClusterEventParams, DriftParams,
        DriverParams, FlowState, ForecastParams, OverlapCounts, SegmentPanel, SnapshotKeys,
        TransitionMatrix,
    },
    persist,
    segmentation::{
        ColumnParams, Covariance, DbscanParams, Dispersion, GaussianMixtureParams, KMeansParams,
        KMeansStreamParams, KPrototypesParams, MismatchWeight, PanelParams, PreparationParams,
        ProfileParams, RfmGrid, SegmentModelParams, SegmentationParams, SilhouetteParams,
        SizeLimits, StabilityParams, SurrogateParams, Transform,
    },
    simulate::{
        ChurnParams, OpportunityParams, PeopleParams, PurchaseLog, PurchaseLogParams,
        RenewalParams, RowOrder, TimeGrain,
    },
    value::{
        AbcParams, AcquisitionParams, BdwParams, BgBbParams, BgNbdParams, BootstrapParams,
        BridgeParams, ClvParams, CohortParams, CohortPeriod, ContractHistories, ContractModel,
        ContractPrediction, FrequencyFit, GammaGammaParams, Holdout, LabelledState, MbgNbdParams,
        NbdParams, Nesting, OpportunityHistories, OpportunityPrediction, ParetoNbdParams,
        Prediction, ProfitParams, ProfitState, PurchaseHistories, PurchaseModel, RetentionOffer,
        RfmParams, SegmentMap, SilenceDates, SpendHistories, SummaryState,
    },
};

use crate::people::records;

/// Runs `compute` under pools of several sizes and compares what it gives.
pub(crate) fn same_bytes(name: &str, compute: impl Fn() -> Vec<u8> + Sync) {
    let run = |threads| {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap();
        pool.install(&compute)
    };
    let alone = run(1);
    assert!(!alone.is_empty(), "{name} gave nothing to compare");
    for threads in [2, 3, 8] {
        assert!(
            run(threads) == alone,
            "{name} differs between 1 and {threads} threads"
        );
    }
}

pub(crate) fn bytes(value: &impl serde::Serialize) -> Vec<u8> {
    serde_json::to_vec(value).unwrap()
}

/// More rows and customers than one chunk of any step.
fn population() -> PurchaseLog {
    people(40_000)
}

fn people(customers: u32) -> PurchaseLog {
    let params = PurchaseLogParams::default().customers(customers).seed(3);
    params.row_order(RowOrder::Shuffled).generate().unwrap()
}

fn columns(log: &Transactions) -> Vec<u8> {
    let keys: Vec<String> = log.customers().keys().map(|key| key.to_string()).collect();
    bytes(&(keys, log.customer(), log.days(), log.amounts()))
}

#[test]
fn simulated_populations() {
    same_bytes("simulate", || {
        let made = population();
        let truth = &made.truth;
        let mut all = columns(&made.transactions);
        for column in [&truth.rate_per_week, &truth.dropout, &truth.mean_spend] {
            all.extend(column.iter().flat_map(|x| x.to_bits().to_le_bytes()));
        }
        all.extend(truth.active.iter().map(|&active| u8::from(active)));
        all
    });
}

#[test]
fn simulated_people() {
    same_bytes("people", || {
        let made = PeopleParams::default().records(20_000).generate().unwrap();
        bytes(&(
            made.record,
            made.given_name,
            made.surname,
            made.birth_date,
            made.postcode,
            made.email,
            made.phone,
            made.person,
            made.household,
        ))
    });
}

#[test]
fn customers_and_contact() {
    let log = population().transactions;
    let ints: Vec<i64> = log
        .customer()
        .iter()
        .map(|at| i64::from(at.0) * 17 % 30_011)
        .collect();
    let texts: Vec<String> = ints.iter().map(|key| format!("c{key}")).collect();
    same_bytes("customers", || {
        let (by_int, rows) = Customers::from_ints(&ints).unwrap();
        let (by_text, text_rows) = Customers::from_texts(&texts).unwrap();
        let both = by_int.union(&by_int.in_key_order().0).unwrap();
        let said = rows.iter().map(|&row| (row, ContactStatus::Allowed));
        let contact = ContactStatuses::new(&by_int, said).unwrap();
        bytes(&(by_int, rows, by_text, text_rows, both, contact))
    });
}

#[test]
fn summaries_scores_and_segments() {
    let log = population().transactions;
    let as_of = date_of_day(10_300).unwrap();
    same_bytes("value", || {
        let state = SummaryState::new(&log).unwrap();
        let twice = state.clone().merge(state.in_key_order().unwrap()).unwrap();
        let summary = state.summary(as_of).unwrap();
        let mut all = bytes(&(&state, &twice, &summary));
        for nesting in [Nesting::Independent, Nesting::Nested] {
            let rfm = RfmParams::default().nesting(nesting).fit(&summary).unwrap();
            let scores = rfm.score(&summary).unwrap();
            let map = SegmentMap::standard([5, 5, 5]).unwrap();
            let segments: Assignments = scores.assign(&map).unwrap();
            all.extend(persist::to_json(&rfm).unwrap().bytes());
            all.extend(bytes(&(scores, segments)));
        }
        all
    });
}

pub(crate) fn bits(column: &[f64]) -> Vec<u8> {
    let bits = column.iter().map(|x| x.to_bits().to_le_bytes());
    bits.flatten().collect()
}

#[test]
fn purchase_models() {
    let log = people(8_000).transactions;
    let state = SummaryState::new(&log).unwrap();
    let summary = state.summary(date_of_day(10_300).unwrap()).unwrap();
    let rate = DiscountRate::annual(0.15).unwrap();
    let (year, quarter) = (Days(365.0), Days(91.0));
    same_bytes("purchase models", || {
        let histories = PurchaseHistories::new(&summary).unwrap();
        let nbd = NbdParams::default().fit(&histories).unwrap();
        let bg = BgNbdParams::default().fit(&histories).unwrap();
        let mbg = MbgNbdParams::default().fit(&histories).unwrap();
        let pareto = ParetoNbdParams::default().fit(&histories).unwrap();
        let saved = [
            persist::to_json(&nbd).unwrap(),
            persist::to_json(&bg).unwrap(),
            persist::to_json(&mbg).unwrap(),
            persist::to_json(&pareto).unwrap(),
        ];
        let mut all: Vec<u8> = saved.concat().into_bytes();
        let models: [&dyn PurchaseModel; 4] = [&nbd, &bg, &mbg, &pareto];
        for model in models {
            for prediction in [
                Prediction::PAlive,
                Prediction::PAliveIn(quarter),
                Prediction::Expected(year),
                Prediction::Exactly(2, quarter),
                Prediction::Discounted(year, rate),
                Prediction::Residual(rate),
                Prediction::SilenceAge(0.5),
            ] {
                all.extend(bits(&model.predict(&histories, prediction).unwrap()));
            }
        }
        let sure = bg.predict_with_intervals(&histories, Prediction::Expected(year), 0.9);
        let boot = BootstrapParams::default()
            .replicates(8)
            .fit(&bg, &histories);
        let drawn = boot.unwrap().predict(&histories, Prediction::PAlive, 0.9);
        all.extend(bytes(&(sure.unwrap(), drawn.unwrap())));
        all
    });
}

#[test]
fn spend_value_and_validation() {
    let log = people(8_000).transactions;
    let state = SummaryState::new(&log).unwrap();
    let day = |number| date_of_day(number).unwrap();
    same_bytes("value", || {
        let holdout = Holdout::new(&state, day(10_200), day(10_407)).unwrap();
        let (summary, histories) = (holdout.summary(), holdout.histories());
        let spends = SpendHistories::new(summary);
        let spend = GammaGammaParams::default().fit(&spends).unwrap();
        let model = BgNbdParams::default().fit(histories).unwrap();
        let params = ClvParams::new(0.3, DiscountRate::annual(0.15).unwrap());
        let clv = params.predict(&model, &spend, histories, &spends).unwrap();
        let silent = SilenceDates::new(&model, summary, histories, 0.5, clv.values()).unwrap();
        let mut all = persist::to_json(&spend).unwrap().into_bytes();
        all.extend(bits(clv.values()));
        all.extend(bytes(&(
            clv.by_customer(0.9).unwrap(),
            clv.total(0.9).unwrap(),
            clv.by_cohort(summary, CohortPeriod::Month, 0.9).unwrap(),
            silent.dates(),
            holdout.evaluate(&model).unwrap(),
            holdout.track(&model, 7).unwrap(),
            FrequencyFit::new(&model, histories, 7).unwrap(),
        )));
        all
    });
}

#[test]
fn opportunities() {
    same_bytes("BG/BB", || {
        let made = OpportunityParams::default()
            .customers(20_000)
            .generate()
            .unwrap();
        let (x, last, all) = (&made.frequency, &made.last, &made.opportunities);
        let histories = OpportunityHistories::from_columns(x, last, all, None).unwrap();
        let model = BgBbParams::default().fit(&histories).unwrap();
        let next = model
            .predict(&histories, OpportunityPrediction::Expected(5))
            .unwrap();
        let mut all = persist::to_json(&model).unwrap().into_bytes();
        for column in [&made.buys, &made.leaves, &next] {
            all.extend(bits(column));
        }
        all
    });
}

#[test]
fn contracts() {
    same_bytes("BdW", || {
        let made = RenewalParams::default()
            .customers(20_000)
            .generate()
            .unwrap();
        let histories = ContractHistories::from_columns(&made.renewals, &made.lost, None).unwrap();
        let model = BdwParams::default().fit(&histories).unwrap();
        let residual = ContractPrediction::Residual(0.1);
        let worth = model.predict(&made.renewals, residual).unwrap();
        let mut all = persist::to_json(&model).unwrap().into_bytes();
        for column in [&made.leaves, &worth] {
            all.extend(bits(column));
        }
        all
    });
}

/// A log with costs, channels and refunds.
fn with_costs() -> Transactions {
    let log = population().transactions;
    let channels = ["web", "shop", "", "mail"];
    let at = |row: usize| row.wrapping_mul(0x9e37_79b9) >> 3;
    let rows = 0..log.len();
    let amount = |row: usize| {
        let refund = at(row) % 9 == 0;
        log.amounts()[row] * if refund { -1 } else { 1 }
    };
    Transactions::builder(log.currency())
        .numbered(log.customers().clone(), log.customer().to_vec())
        .days(log.days().to_vec())
        .amounts(rows.clone().map(amount).collect())
        .costs(
            rows.clone()
                .map(|row| log.amounts()[row] * 3 / 5 + 70)
                .collect(),
        )
        .channels(&rows.map(|row| channels[at(row) % 4]).collect::<Vec<_>>())
        .build()
        .unwrap()
}

#[test]
fn bridges() {
    let log = with_costs();
    let date = |day| date_of_day(day).unwrap();
    same_bytes("bridge", || {
        let state = SummaryState::contribution(&log).unwrap();
        let days = |first, last| Window::new(date(first), date(last)).unwrap();
        let params = BridgeParams::new(days(9_900, 10_100), days(10_101, 10_301));
        let bridge = params.evaluate(&state).unwrap();
        let labelled = LabelledState::new(&log, log.channels().unwrap()).unwrap();
        let sorted = labelled.in_key_order().unwrap();
        bytes(&(
            bridge.total().unwrap(),
            bridge.movements(),
            bridge.gaining(500),
            bridge.declining(500),
            params.evaluate_labels(&labelled).unwrap(),
            labelled.first_labels("channel", date(10_301)).unwrap(),
            labelled.clone().merge(sorted).unwrap(),
        ))
    });
}

#[test]
fn cohorts() {
    let log = with_costs();
    let as_of = date_of_day(10_301).unwrap();
    same_bytes("cohorts", || {
        let state = SummaryState::new(&log).unwrap();
        let labelled = LabelledState::new(&log, log.channels().unwrap()).unwrap();
        let channels = labelled.first_labels("channel", as_of).unwrap();
        let params = CohortParams::new(CohortPeriod::Month, as_of);
        let cohorts = params.evaluate(&state).unwrap();
        let by_channel = params.evaluate_segments(&state, &channels).unwrap();
        bytes(&(&cohorts, cohorts.by_age().unwrap(), by_channel))
    });
}

#[test]
fn profits() {
    let log = with_costs();
    let as_of = date_of_day(10_301).unwrap();
    same_bytes("profit", || {
        let state = ProfitState::new(&log).unwrap();
        let sorted = state.in_key_order();
        let to_serve = (0..40_000).map(|at| at * 7_919 % 300).collect();
        let params = ProfitParams::default().cost_to_serve("calls", to_serve);
        let profits = params.evaluate(&state).unwrap();
        let whale = profits.whale_curve().unwrap();
        let classes = AbcParams::default().assign(&profits, as_of).unwrap();
        let labelled = LabelledState::new(&log, log.channels().unwrap()).unwrap();
        let sources = labelled.first_labels("channel", as_of).unwrap();
        let acquisition = AcquisitionParams::new(as_of).spend("web", MinorUnits(10_000_000));
        let contribution = SummaryState::contribution(&log).unwrap();
        let values: Vec<f64> = profits
            .profit()
            .iter()
            .map(|&profit| profit as f64)
            .collect();
        let leaves: Vec<f64> = (0..40_000).map(|at| f64::from(at % 101) / 100.0).collect();
        let spend = RetentionOffer::new(0.2)
            .incentive(3.0)
            .break_even(&values, &leaves);
        let mut all = bytes(&(
            state.clone().merge(sorted).unwrap(),
            (profits.ladder().unwrap(), profits.deciles().unwrap()),
            (whale.order(), whale.cumulative()),
            profits.concentration().unwrap().gini().unwrap().to_bits(),
            profits.by_segment(&classes).unwrap(),
            profits.unprofitable(300),
            acquisition.evaluate(&contribution, &sources).unwrap(),
        ));
        all.extend(bits(&spend.unwrap()));
        all
    });
}

#[test]
fn who_is_who() {
    let people = PeopleParams::default().records(20_000).generate().unwrap();
    same_bytes("identity", || {
        let records = records(&people);
        let suited = BlockingParams::suited_to(&records, PairKind::All, 2_000_000).unwrap();
        let blocking = suited.block(&records).unwrap();
        let params = FellegiSunterParams::default().random_pairs(200_000);
        let model = params.training_pairs(50_000).fit(&blocking).unwrap();
        let scorer = model.scorer(&records).unwrap();
        let floor = MatchWeight::from_bits(-10.0).unwrap();
        let scored = scorer.score(&blocking, floor).unwrap();
        let resolution = ResolveParams::default()
            .resolve(&scorer, &blocking, &scored)
            .unwrap();
        let alternatives = AlternativesParams::default().draws(5);
        let alternatives = alternatives.draw(&resolution, &scorer, &scored).unwrap();
        let edges: Vec<(u32, u32, i32)> = scored
            .edges()
            .iter()
            .map(|edge| (edge.a.0, edge.b.0, edge.weight.0))
            .collect();
        let histogram: Vec<u64> = scored.histogram().map(|(_, pairs)| pairs).collect();
        assert!(edges.len() > 1_000);
        let pairs: Vec<_> = edges
            .iter()
            .map(|&(a, b, _)| (RecordIx(a), RecordIx(b)))
            .collect();
        bytes(&(
            records.report("email"),
            (suited, blocking.rules(), blocking.count()),
            persist::to_json(&model).unwrap(),
            (edges, histogram),
            scorer.score_pairs(&pairs).unwrap(),
            scorer.explain(pairs[0].0, pairs[0].1).unwrap(),
            (
                resolution.cluster(),
                resolution.threshold(),
                resolution.expected(),
                resolution.diagnose(&scorer, &scored).unwrap(),
            ),
            (
                alternatives.doubtful(),
                alternatives.cluster(4),
                alternatives.customers(0.9).unwrap(),
            ),
        ))
    });
}

/// Customers of six kinds, more than one chunk of any step.
fn features(rows: usize) -> Features {
    let mix = |at: usize| {
        (at as u64)
            .wrapping_mul(0x9e37_79b9_7f4a_7c15)
            .rotate_left(29)
    };
    let uniform = |at: usize| (mix(at) >> 11) as f64 / (1u64 << 53) as f64;
    let column = |number: usize| -> Vec<f64> {
        let middle = |row: usize| 4.0 * uniform(number * 6 + row % 6);
        let noise = |row: usize| {
            (0..4)
                .map(|at| uniform((row * 3 + number) * 4 + at + 99))
                .sum::<f64>()
        };
        (0..rows)
            .map(|row| (middle(row) + noise(row)).exp())
            .collect()
    };
    let columns = [column(0), column(1), column(2)];
    let names = ["visits", "spend", "age"];
    let columns: Vec<(&str, &[f64])> = names
        .iter()
        .zip(&columns)
        .map(|(name, values)| (*name, &values[..]))
        .collect();
    let features = Features::from_columns(&columns, MissingValues::Refuse).unwrap();
    let weights: Vec<f64> = (0..rows).map(|row| 0.5 + uniform(row + 7)).collect();
    features.with_weights(&weights).unwrap()
}

fn labelled(features: &Features) -> Features {
    let channel = |row: usize| ["web", "shop", "phone"][(row % 6) / 2];
    let channel: Vec<&str> = (0..features.len()).map(channel).collect();
    features
        .clone()
        .with_categories("channel", Categories::new(&channel).unwrap())
        .unwrap()
}

fn in_logs() -> PreparationParams {
    PreparationParams::default().all(ColumnParams::default().transform(Transform::Ln))
}

#[test]
fn segmentations() {
    let features = features(20_000);
    let day = date_of_day(20_000).unwrap();
    let full = GaussianMixtureParams::new(3).restarts(2);
    let limits = SizeLimits::default().at_most_share(0.3);
    let models: [(&str, SegmentModelParams); 5] = [
        ("k-means", KMeansParams::new(6).restarts(2).into()),
        (
            "limited k-means",
            KMeansParams::new(4).restarts(2).size_limits(limits).into(),
        ),
        ("full mixture", full.clone().into()),
        (
            "diagonal mixture",
            full.covariance(Covariance::Diagonal).into(),
        ),
        ("dbscan", DbscanParams::new(0.25, 20).into()),
    ];
    for (name, model) in models {
        same_bytes(name, || {
            let params = SegmentationParams::new(name, model.clone()).preparation(in_logs());
            let fitted = params.fit(&features, day).unwrap();
            let placements = fitted.assign(&features, day).unwrap();
            let mut all = persist::to_json(&fitted).unwrap().into_bytes();
            all.extend(bytes(placements.assignments()));
            all.extend(bits(placements.costs()));
            all.extend(bits(placements.margins()));
            all.extend(bytes(&placements.novel()));
            if let Some(membership) = fitted.membership(&features).unwrap() {
                all.extend(bits(membership.as_slice().unwrap()));
            }
            all
        });
    }
    let mixed = labelled(&features);
    same_bytes("k-prototypes", || {
        let params = KPrototypesParams::new(3)
            .gamma(MismatchWeight::Value(0.5))
            .restarts(2);
        let fitted = SegmentationParams::new("mixed", params)
            .fit(&mixed, day)
            .unwrap();
        let placements = fitted.assign(&mixed, day).unwrap();
        let mut all = persist::to_json(&fitted).unwrap().into_bytes();
        all.extend(bits(placements.costs()));
        let profiles = ProfileParams::default();
        all.extend(bytes(
            &profiles.profile(&mixed, placements.assignments()).unwrap(),
        ));
        let surrogate = SurrogateParams::default()
            .fit(&mixed, placements.assignments())
            .unwrap();
        all.extend(persist::to_json(&surrogate).unwrap().into_bytes());
        all
    });
    same_bytes("a stream", || {
        let names = ["visits", "spend", "age"];
        let mut stream = KMeansStreamParams::new(5).open(&names).unwrap();
        let prepared = in_logs().fit(&features).unwrap().apply(&features).unwrap();
        stream.update(prepared.features()).unwrap();
        stream.update(prepared.features()).unwrap();
        persist::to_json(&stream).unwrap().into_bytes()
    });
}

#[test]
fn judgements_of_segments() {
    let features = features(3_000);
    let prepared = in_logs().fit(&features).unwrap().apply(&features).unwrap();
    let prepared = prepared.features();
    same_bytes("panel", || {
        let params = PanelParams::new(1..=4).resamples(4).splits(3).references(4);
        bytes(&params.evaluate(prepared).unwrap())
    });
    let full = GaussianMixtureParams::new(3)
        .restarts(2)
        .covariance(Covariance::Diagonal);
    let models: [SegmentModelParams; 2] = [KMeansParams::new(4).into(), full.into()];
    for model in models {
        same_bytes("stability", || {
            let params = StabilityParams::default().resamples(5);
            bytes(&params.evaluate(prepared, model.clone()).unwrap())
        });
    }
    let labels: Vec<u32> = (0..6).cycle().take(features.len()).collect();
    same_bytes("indices", || {
        let mut all = bytes(&Dispersion::of_labels(prepared, &labels).unwrap());
        for params in [
            SilhouetteParams::default(),
            SilhouetteParams::default().sample(500),
        ] {
            all.extend(bytes(&params.evaluate(prepared, &labels).unwrap()));
        }
        all
    });
    let summary = SummaryState::new(&population().transactions).unwrap();
    let summary = summary.summary(date_of_day(10_407).unwrap()).unwrap();
    same_bytes("rfm grid", || {
        let rfm = RfmParams::default().fit(&summary).unwrap();
        let grid = RfmGrid::new(rfm.clone(), SegmentMap::standard(rfm.bins()).unwrap()).unwrap();
        let grid = SegmentationParams::new("rfm", grid);
        let features = summary.features().unwrap();
        let fitted = grid.fit(&features, summary.as_of()).unwrap();
        bytes(
            fitted
                .assign(&features, summary.as_of())
                .unwrap()
                .assignments(),
        )
    });
}

/// Where customers are in six quarters, by chance; a few are outside.
fn quarters(scheme: &str, customers: u32) -> Vec<Assignments> {
    let states = || {
        (0..6).map(|at| Segment {
            id: SegmentId(at),
            name: format!("s{at}"),
        })
    };
    let mix = |at: u32| {
        at.wrapping_mul(0x9e37_79b9)
            .rotate_left(13)
            .wrapping_mul(0x85eb_ca6b)
            >> 8
    };
    let place = |customer: u32, quarter: u32| {
        let lasts = mix(customer * 7 + quarter) % 3 > 0;
        let code = mix(customer * 64 + if lasts { 1 } else { quarter }) % 7;
        (code < 6).then_some(SegmentId(code))
    };
    let quarter = |quarter: u32| {
        let day = date_of_day(20_000 + 91 * i32::try_from(quarter).unwrap()).unwrap();
        let rows = (0..customers).map(|customer| place(customer, quarter));
        Assignments::new(scheme, day, states().collect(), rows.collect()).unwrap()
    };
    (0..6).map(quarter).collect()
}

#[test]
fn survival() {
    let params = ChurnParams::default().customers(60_000).came_before(300.0);
    for grain in [TimeGrain::Days, TimeGrain::Exact] {
        let made = params.clone().grain(grain).generate().unwrap();
        let groups: Vec<String> = made
            .exit
            .iter()
            .map(|exit| format!("{}", exit % 7.0))
            .collect();
        let groups: Vec<&str> = groups.iter().map(|group| &group[..1]).collect();
        let groups = Categories::new(&groups).unwrap();
        let weights: Vec<f64> = made
            .leaves
            .iter()
            .map(|leaves| 1.0 + leaves % 1.0)
            .collect();
        same_bytes("survival curves", || {
            let again = params.clone().grain(grain).generate().unwrap();
            let durations = Durations::new(&again.exit, &again.cause)
                .and_then(|durations| durations.with_entries(&again.entry))
                .and_then(|durations| durations.with_weights(&weights))
                .unwrap();
            let table = RiskTable::new(&durations);
            let tables = RiskTables::new(&durations, &groups).unwrap();
            let curve = KaplanMeier::new(&table).unwrap();
            let causes = AalenJohansen::new(&table).unwrap();
            let hazard = NelsonAalen::new(&table, TiedEvents::InTurn).unwrap();
            let mut all = persist::to_json(&table).unwrap().into_bytes();
            all.extend(bytes(&LogRankParams::default().test(&tables).unwrap()));
            for column in [
                curve.survival(),
                curve.se(),
                causes.of_cause(2).unwrap().share(),
                causes.of_cause(1).unwrap().se(),
                hazard.hazard(),
            ] {
                all.extend(bits(column));
            }
            all
        });
    }
}

#[test]
fn migrations() {
    let quarters = quarters("old", 60_000);
    let anew = self::quarters("new", 60_000);
    let borrowed: Vec<&Assignments> = quarters.iter().collect();
    let keys: Vec<i64> = (0..60_000).map(|key| key * 31 % 60_000).collect();
    let values: Vec<Vec<i64>> = (quarters.iter().zip(1i64..))
        .map(|(quarter, number)| {
            let value = |row: usize| {
                let part = |number: usize| i64::try_from(number % 900).unwrap();
                (quarter.place(row)).map_or(0, |at| number * part(row) + part(at))
            };
            (0..60_000).map(value).collect()
        })
        .collect();
    same_bytes("panels, flows and sequences", || {
        let panel = SegmentPanel::of_assignments(&borrowed).unwrap();
        let panel = panel.with_values(Currency::EUR, &values).unwrap();
        let flows = panel.flows().unwrap();
        let scale: Vec<SegmentId> = flows.states().iter().map(|state| state.id).collect();
        let mut all = persist::to_json(flows.state()).unwrap().into_bytes();
        all.extend(bytes(&flows.balance()));
        all.extend(bytes(&flows.growth()));
        all.extend(bytes(&flows.ladder(&scale).unwrap()));
        all.extend(bytes(&flows.at_risk(Some(&scale), 0.9).unwrap()));
        all.extend(bytes(&flows.mix(0, 5).unwrap()));
        all.extend(bytes(&flows.sankey()));
        all.extend(
            persist::to_json(&panel.triples().unwrap())
                .unwrap()
                .into_bytes(),
        );
        let sequences = panel.sequences();
        all.extend(bytes(&sequences.means()));
        all.extend(bytes(&sequences.stays()));
        all.extend(bytes(&sequences.paths(50)));
        all
    });
    same_bytes("snapshots by key", || {
        let snapshots = [1, 2, 4].map(|at: usize| (SnapshotKeys::Ints(&keys), &quarters[at]));
        let state = FlowState::of_snapshots(&snapshots).unwrap();
        persist::to_json(&state).unwrap().into_bytes()
    });
    let flows = SegmentPanel::of_assignments(&borrowed)
        .unwrap()
        .flows()
        .unwrap();
    let matrix = TransitionMatrix::of_counts(&flows.pooled().unwrap());
    same_bytes("forecasts and tests", || {
        let forecast = ForecastParams::new(4).replicates(200);
        let mut all = bytes(
            &forecast
                .customers(&matrix, &[900, 10, 0, 4, 70, 33])
                .unwrap(),
        );
        let tests = ChainTestParams::default().replicates(99);
        all.extend(bytes(
            &tests.stationarity(&flows.by_step().unwrap()).unwrap(),
        ));
        all
    });
    let before = features(60_000);
    let later = |name: &str| -> Vec<f64> {
        let column = before.column(name).unwrap();
        let grown = |(row, value): (usize, &f64)| value * (1.0 + 0.1 * (row % 7) as f64);
        column.iter().enumerate().map(grown).collect()
    };
    let columns = ["visits", "spend", "age"].map(|name| (name, later(name)));
    let columns = columns
        .each_ref()
        .map(|(name, values)| (*name, &values[..]));
    let after = Features::from_columns(&columns, MissingValues::Refuse).unwrap();
    same_bytes("drift, alignment, change and drivers", || {
        let mut all = bytes(&DriftParams::default().features(&before, &after).unwrap());
        let overlap = OverlapCounts::of_assignments(&quarters[0], &anew[1]).unwrap();
        all.extend(
            persist::to_json(&AlignmentParams::default().align(&overlap).unwrap())
                .unwrap()
                .bytes(),
        );
        all.extend(bytes(
            &ClusterEventParams::default().events(&overlap).unwrap(),
        ));
        let split = ChangeSplitParams::default();
        let split = split
            .split(&quarters[0], &quarters[1], &quarters[1])
            .unwrap();
        all.extend(bytes(&split));
        let drivers = DriverParams::default();
        all.extend(bytes(
            &drivers
                .drivers(&before, &after, &quarters[0], &quarters[1])
                .unwrap(),
        ));
        all
    });
}
