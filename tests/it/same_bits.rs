//! Every public computation gives the same bytes on 1, 2, 3 and 8 threads.

use custometry::{
    data::{
        Assignments, ContactStatus, ContactStatuses, Customers, Days, DiscountRate, Merge,
        MinorUnits, Transactions, Window, date_of_day,
    },
    identity::{
        AlternativesParams, BlockingParams, FellegiSunterParams, MatchWeight, PairKind, RecordIx,
        ResolveParams,
    },
    persist,
    simulate::{
        OpportunityParams, PeopleParams, PurchaseLog, PurchaseLogParams, RenewalParams, RowOrder,
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

fn bytes(value: &impl serde::Serialize) -> Vec<u8> {
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

fn bits(column: &[f64]) -> Vec<u8> {
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
