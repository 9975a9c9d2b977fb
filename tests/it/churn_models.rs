//! What the room `churn` fits: the same bytes on any number of threads, parts that merge to the whole,
//! and saved files that every later version reads.

use custometry::{
    churn::{
        Aft, AftFamily, AftParams, Band, CensoringWeights, ChurnDefinition, CohortCurveParams,
        CohortReading, ConcordanceParams, Cox, CoxCustomers, CoxData, CoxParams, Durations,
        PeriodRates, PurchaseGaps, Reference, RiskTable, SnapshotData, SnapshotPlan, Spell, Spells,
        Subscriptions, Ties, TimeTransform,
    },
    data::{
        Categories, Currency, CustomerIx, Customers, Features, MissingValues, Transactions,
        date_of_day,
    },
    persist,
    simulate::{CauseHazard, ChurnParams, PurchaseLogParams, RowOrder, TimeGrain},
    value::{CohortPeriod, SummaryState},
};
use proptest::prelude::*;

use crate::{
    merge_law::check_laws,
    persistence::check,
    same_bits::{bits, bytes, same_bytes},
};

/// Customers with three features that drive leaving, some of whom came before the records begin.
fn history(customers: u32, grain: TimeGrain) -> (Durations, Features) {
    let made = ChurnParams::default()
        .customers(customers)
        .hazards(&[CauseHazard::new(1.3, 400.0, &[0.5, -0.3, 0.1])])
        .came_before(200.0)
        .grain(grain)
        .generate()
        .unwrap();
    let weights: Vec<f64> = made.leaves.iter().map(|day| 1.0 + day % 1.0).collect();
    let durations = Durations::new(&made.exit, &made.cause)
        .and_then(|durations| durations.with_entries(&made.entry))
        .and_then(|durations| durations.with_weights(&weights))
        .unwrap();
    (durations, made.features)
}

#[test]
fn regressions_have_the_same_bytes_on_any_threads() {
    for grain in [TimeGrain::Days, TimeGrain::Exact] {
        let (durations, features) = history(50_000, grain);
        let groups: Vec<String> = (0..durations.len())
            .map(|row| (row % 3).to_string())
            .collect();
        let groups = Categories::new(&groups).unwrap();
        let ages: Vec<f64> = (0..durations.len()).map(|row| (row % 90) as f64).collect();
        same_bytes("Cox regression", || {
            let data = CoxData::new(&durations, &features).strata(&groups);
            let cox = CoxParams::default().fit(&data).unwrap();
            let mut all = persist::to_json(&cox).unwrap().into_bytes();
            let residuals = cox.residuals(&data).unwrap();
            all.extend(bits(residuals.martingale()));
            all.extend(bits(residuals.score().as_slice().unwrap()));
            all.extend(bits(&residuals.robust_errors()));
            all.extend(bits(residuals.dfbeta().as_slice().unwrap()));
            let test = cox
                .proportionality(&data, TimeTransform::KaplanMeier)
                .unwrap();
            all.extend(bytes(&test));
            let customers = CoxCustomers::new(&features)
                .strata(&groups)
                .alive_for(&ages);
            let alive = cox.survival(&customers, &[30.0, 90.0]).unwrap();
            all.extend(bits(alive.as_slice().unwrap()));
            let with_errors = cox
                .survival_estimates(&customers, &[90.0], Band::Log, 0.9)
                .unwrap();
            all.extend(bits(
                &with_errors.iter().map(|e| e.lo).collect::<Vec<f64>>(),
            ));
            all.extend(bits(
                &cox.linear_predictor(&customers, Reference::Mean).unwrap(),
            ));
            all
        });
        same_bytes("accelerated failure times", || {
            let aft = AftParams::new(AftFamily::Weibull).fit(&durations, &features);
            persist::to_json(&aft.unwrap()).unwrap().into_bytes()
        });
    }
}

#[test]
fn judgements_have_the_same_bytes_on_any_threads() {
    let made = ChurnParams::default().customers(50_000).generate().unwrap();
    let durations = Durations::new(&made.exit, &made.cause).unwrap();
    let durations = durations.of_cause(1).unwrap();
    let risk: Vec<f64> = (0..durations.len())
        .map(|row| (row * 7_919 % 1_009) as f64)
        .collect();
    let alive = ndarray::Array2::from_shape_fn((risk.len(), 2), |(row, at)| {
        (1.0 - risk[row] / 1_010.0) * if at == 0 { 1.0 } else { 0.8 }
    });
    same_bytes("judgements", || {
        let judged = ConcordanceParams::new().fit(&durations, &risk).unwrap();
        let mut all = format!("{judged:?}").into_bytes();
        let weights = CensoringWeights::new(&durations).unwrap();
        let brier = weights
            .brier(&durations, &[50.0, 100.0], alive.view(), 0.95)
            .unwrap();
        all.extend(bytes(&brier.scores));
        let auc = weights
            .auc(&durations, &[50.0, 100.0], &risk, 0.95)
            .unwrap();
        for at in auc {
            all.extend(bytes(&at.auc));
        }
        all
    });
}

fn log(customers: u32) -> Transactions {
    let params = PurchaseLogParams::default().customers(customers).seed(3);
    params
        .row_order(RowOrder::Shuffled)
        .generate()
        .unwrap()
        .transactions
}

#[test]
fn definitions_rates_and_snapshots_have_the_same_bytes_on_any_threads() {
    let log = log(20_000);
    let state = SummaryState::new(&log).unwrap();
    let last = log.days().iter().max().unwrap();
    let day = |back: i32| date_of_day(last - back).unwrap();
    same_bytes("spells, rates, cohorts and snapshots", || {
        let gaps = PurchaseGaps::new(&state, day(0)).unwrap();
        let mut all = format!("{:?}", gaps.curve()).into_bytes();
        let definition = ChurnDefinition::Overdue {
            ratio: 2.0,
            prior_gaps: 3.0,
        };
        let spells = Spells::of_purchases(&state, day(0), definition).unwrap();
        all.extend(persist::to_json(&spells).unwrap().into_bytes());
        let rates = PeriodRates::of_spells(&spells, day(120), day(90)).unwrap();
        all.extend(persist::to_json(&rates).unwrap().into_bytes());
        let cohorts = CohortCurveParams::by_period(CohortPeriod::Month);
        let curves = cohorts.days(&[30, 60, 90]).evaluate(&spells).unwrap();
        for row in curves.rows() {
            all.extend(format!("{:?}", row.active(CohortReading::InBracket, 1)).into_bytes());
        }
        let plan = SnapshotPlan::every(30, day(150), 3).horizon(30);
        let built = plan
            .build(&SnapshotData::new(&spells).transactions(&log))
            .unwrap();
        all.extend(bits(built.features().view().as_slice().unwrap()));
        all.extend(format!("{:?}", built.outcomes()).into_bytes());
        all
    });
}

type Contract = (u8, u16, Option<u16>, u8);

/// Contracts of customers who keep their numbers, so that parts are of different customers.
fn contracts(rows: &[Contract]) -> Subscriptions {
    let keys: Vec<i64> = rows.iter().map(|row| i64::from(row.0)).collect();
    Subscriptions::builder(Currency::EUR)
        .int_keys(&keys)
        .starts(rows.iter().map(|row| i32::from(row.1)).collect())
        .ends(
            rows.iter()
                .map(|row| row.2.map(|long| i32::from(row.1 + 1 + long)))
                .collect(),
        )
        .monthly_money(rows.iter().map(|row| i64::from(row.3)).collect())
        .known_until(date_of_day(900).unwrap())
        .build()
        .unwrap()
}

proptest! {
    #[test]
    fn rates_of_parts_of_the_customers_are_those_of_all(
        rows in prop::collection::vec(
            (0u8..12, 0u16..200, prop::option::of(0u16..200), 0u8..90),
            1..60,
        ),
        cut in 1u8..5,
    ) {
        let (from, to) = (date_of_day(60).unwrap(), date_of_day(90).unwrap());
        let rates = |rows: &[Contract]| PeriodRates::of_subscriptions(&contracts(rows), 10, from, to);
        let part = |at: u8| rows.iter().copied().filter(|row| row.0 % cut == at).collect::<Vec<_>>();
        let parts: Vec<Vec<Contract>> = (0..cut).map(part).filter(|part| !part.is_empty()).collect();
        let parts: Vec<PeriodRates> = parts.iter().map(|part| rates(part).unwrap()).collect();
        check_laws(&parts, &rates(&rows).unwrap(), Clone::clone)?;
    }
}

#[test]
fn files_of_version_1_load() {
    let durations = Durations::new(&[0.1 + 0.2, 5.0, 7.25, 9.0, 10.0, 4.0], &[1, 0, 1, 1, 0, 1])
        .and_then(|durations| durations.with_entries(&[0.0, 0.1, 2.0, 0.0, 0.0, 0.0]))
        .and_then(|durations| durations.with_weights(&[1.0, 2.5, 0.1, 3.0, 1.0, 1.0]))
        .unwrap();
    let causes = Durations::new(&[0.1 + 0.2, 5.0, 7.25, 9.0], &[1, 0, 2, 1])
        .and_then(|durations| durations.with_entries(&[0.0, 0.1, 2.0, 0.0]))
        .and_then(|durations| durations.with_weights(&[1.0, 2.5, 0.1, 3.0]))
        .unwrap();
    check::<RiskTable>("risk-table.json", &RiskTable::new(&causes));

    let columns: [(&str, &[f64]); 2] = [
        ("calls", &[1.5, 0.0, 2.0, 1.0, 0.3, 0.2]),
        ("none", &[4.0; 6]),
    ];
    let features = Features::from_columns(&columns, MissingValues::Refuse)
        .and_then(|features| {
            let plans = Categories::new(&["b", "a", "b", "a", "b", "a"])?;
            features.with_categories("plan", plans)
        })
        .unwrap();
    let land = Categories::new(&["at", "at", "de", "at", "de", "de"]).unwrap();
    let data = CoxData::new(&durations, &features).strata(&land);
    let cox = CoxParams::default().ties(Ties::Breslow).ridge(0.1 + 0.2);
    check::<Cox>("cox.json", &cox.fit(&data).unwrap());
    let aft = AftParams::new(AftFamily::LogNormal);
    check::<Aft>("aft.json", &aft.fit(&durations, &features).unwrap());

    let (customers, rows) = Customers::from_texts(&["ann", "bob"]).unwrap();
    let spell = |row: CustomerIx, start, end, cause| (row, Spell { start, end, cause });
    let known = [
        spell(rows[0], 3, Some(40), Some(0)),
        spell(rows[0], 70, None, None),
        spell(rows[1], 10, Some(90), None),
    ];
    let definition = ChurnDefinition::Contractual {
        allowed_gap_days: 14,
    };
    let spells = Spells::new(definition, customers, 100, &["price"], &known).unwrap();
    check::<Spells>("churn-spells.json", &spells);
    let (from, to) = (date_of_day(30).unwrap(), date_of_day(60).unwrap());
    let book = contracts(&[(0, 3, Some(37), 50), (1, 10, None, 80), (0, 70, None, 45)]);
    let rates = PeriodRates::of_subscriptions(&book, 14, from, to).unwrap();
    check::<PeriodRates>("churn-period-rates.json", &rates);
    let plan = SnapshotPlan::every(30, from, 3).gap(7).horizon(28);
    check::<SnapshotPlan>("snapshot-plan.json", &plan);
}
