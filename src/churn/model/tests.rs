use proptest::prelude::*;

use super::*;
use crate::{
    churn::{
        CalibrationVerdict, ChurnDefinition, Feature, FeatureSet, HostFeature, Link,
        LogisticVerdict, MissingRows, SnapshotData, SnapshotPlan, Spell, Spells,
    },
    data::{Categories, CustomerIx, Customers, Days, MissingValues, date_of_day},
    persist,
};

/// 120 customers by formulas that R has, too; `clusters` are five.
struct Table {
    features: Features,
    left: Vec<bool>,
    clusters: Vec<u32>,
}

impl Table {
    fn new() -> Self {
        let rows = 0..120_u32;
        let calls: Vec<f64> = rows.clone().map(|row| f64::from(row % 4)).collect();
        let plan = |row: u32| ["basic", "plus", "pro"][(row / 2 % 3) as usize];
        let plans: Vec<&str> = rows.clone().map(plan).collect();
        let left =
            |row: u32| (row * row * 3 + row * 4) % 13 < 1 + 2 * (row % 4) + 2 * (row / 2 % 3);
        Self {
            features: Features::from_columns(&[("calls", &calls)], MissingValues::Refuse)
                .unwrap()
                .with_categories("plan", Categories::new(&plans).unwrap())
                .unwrap(),
            left: rows.clone().map(left).collect(),
            clusters: rows.map(|row| row % 5).collect(),
        }
    }

    fn data(&self) -> LogisticData<'_> {
        LogisticData::new(&self.features, &self.left)
    }
}

const METHODS: [CalibrationMethod; 4] = [
    CalibrationMethod::None,
    CalibrationMethod::Platt,
    CalibrationMethod::Isotonic,
    CalibrationMethod::Beta,
];

fn assert_near(found: &[f64], wanted: &[f64]) {
    for (found, wanted) in found.iter().zip(wanted) {
        assert!((found - wanted).abs() < 1e-11, "{found} is not {wanted}");
    }
}

/// R 4.2.2, epsilon 1e-15: `glm(left ~ calls + plan, binomial)` without each of five clusters, its
/// linear predictors of that cluster, and on these `glm(t ~ s, quasibinomial)` with the targets of
/// Platt, or `glm(left ~ log(p) + I(-log(1 - p)), quasibinomial)`; then both after the `glm` of all.
#[test]
fn regression_and_calibration_agree_with_r() {
    let table = Table::new();
    let data = table.data().clusters(&table.clusters);
    let params = ChurnModelParams::default().folds(5);
    let platt = params.fit(&data).unwrap();
    let wanted = [0.873873606258827, 0.029828409707788];
    let found: Vec<f64> = platt
        .calibration()
        .parameters()
        .iter()
        .map(|p| p.1)
        .collect();
    assert_near(&found, &wanted);
    let wanted = [
        0.17239584524604,
        0.31116045810785,
        0.70148020933792,
        0.83595013491642,
    ];
    assert_near(&platt.predict(&table.features, None).unwrap(), &wanted);
    let beta = params
        .calibration(CalibrationMethod::Beta)
        .fit(&data)
        .unwrap();
    let wanted = [1.06446161836522, 0.80139185065822, 0.23149726699472];
    let found: Vec<f64> = beta
        .calibration()
        .parameters()
        .iter()
        .map(|p| p.1)
        .collect();
    assert_near(&found, &wanted);
    let wanted = [
        0.14743295226681,
        0.29747627507280,
        0.71118545680060,
        0.84001137820417,
    ];
    assert_near(&beta.predict(&table.features, None).unwrap(), &wanted);
}

/// The same in R within the four clusters that are left when one is tested.
#[test]
fn cross_validation_agrees_with_r() {
    let table = Table::new();
    let data = table.data().clusters(&table.clusters);
    let folds = Folds::grouped(&table.clusters, 5, 3).unwrap();
    let params = ChurnModelParams::default().folds(4);
    let tested = params.cross_validate(&data, &folds).unwrap();
    let wanted = [
        0.20398220858866,
        0.32948785134870,
        0.68020234949878,
        0.84939163509083,
        0.48706277086795,
        0.68549540764901,
    ];
    assert_near(tested.probabilities(), &wanted);
    let params = params.calibration(CalibrationMethod::Beta);
    let tested = params.cross_validate(&data, &folds).unwrap();
    let wanted = [
        0.16898689881232,
        0.32183805096867,
        0.68777678191768,
        0.84492094964440,
        0.50151496247541,
        0.69831280820663,
    ];
    assert_near(tested.probabilities(), &wanted);
    for report in tested.folds() {
        assert_eq!((report.train, report.test), (96, 24));
        assert_eq!(report.verdict, LogisticVerdict::Converged);
        assert_eq!(report.calibration, CalibrationVerdict::Sound);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn nothing_of_test_rows_reaches_a_prediction(
        seed in any::<u64>(),
        flips in proptest::collection::vec(any::<bool>(), 120),
        shift in 1.0..1e6_f64,
        fold in 0u32..3,
        method in 0usize..4,
        is_clustered in any::<bool>(),
    ) {
        let table = Table::new();
        let params = ChurnModelParams::default().folds(3).seed(seed).calibration(METHODS[method]);
        let folds = Folds::stratified(&table.left, 3, seed).unwrap();
        let run = |table: &Table| {
            let data = table.data();
            let data = if is_clustered { data.clusters(&table.clusters) } else { data };
            params.cross_validate(&data, &folds).unwrap()
        };
        let before = run(&table);
        // All test rows but the first do and are something else.
        let test = &folds.as_slice()[fold as usize].test;
        let mut calls = table.features.column("calls").unwrap().to_vec();
        let mut other = Table::new();
        for &row in &test[1..] {
            other.left[row] = flips[row];
            calls[row] += shift;
        }
        let plan = table.features.categories("plan").unwrap().clone();
        other.features = Features::from_columns(&[("calls", &calls)], MissingValues::Refuse)
            .unwrap().with_categories("plan", plan).unwrap();
        let after = run(&other);
        let bits = |tested: &CrossValidation| tested.probabilities()[test[0]].to_bits();
        prop_assert_eq!(bits(&before), bits(&after));
        // And what they did themselves is not asked, of any of them.
        let mut other = Table::new();
        for &row in test {
            other.left[row] = flips[row];
        }
        let after = run(&other);
        for &row in test {
            prop_assert_eq!(before.probabilities()[row].to_bits(), after.probabilities()[row].to_bits());
        }
        prop_assert_eq!(before.rows_not_tested(), 0);
    }

    #[test]
    fn a_fold_is_a_model_of_its_training_rows(seed in any::<u64>(), method in 0usize..4) {
        let table = Table::new();
        let params = ChurnModelParams::default().folds(4).seed(seed).calibration(METHODS[method]);
        let folds = Folds::stratified(&table.left, 3, seed).unwrap();
        let tested = params.cross_validate(&table.data(), &folds).unwrap();
        for (number, fold) in folds.as_slice().iter().enumerate() {
            let left: Vec<bool> = fold.train.iter().map(|&row| table.left[row]).collect();
            let features = table.features.of_rows(&fold.train);
            let within = params.clone().seed(table::seed_within(seed, number));
            let model = within.fit(&LogisticData::new(&features, &left)).unwrap();
            let made = model.predict(&table.features.of_rows(&fold.test), None).unwrap();
            for (&row, made) in fold.test.iter().zip(made) {
                prop_assert!((tested.probabilities()[row] - made).abs() < 1e-9);
                prop_assert_eq!(tested.fold_of_row()[row], u32::try_from(number).ok());
            }
        }
    }
}

#[test]
fn offsets_and_weights_take_part() {
    let table = Table::new();
    let offset: Vec<f64> = (0..120).map(|row| f64::from(row % 7) / 3.0).collect();
    let weights: Vec<f64> = (0..120).map(|row| f64::from(row % 3)).collect();
    let weighted = table.features.clone().with_weights(&weights).unwrap();
    let data = LogisticData::new(&weighted, &table.left).offset(&offset);
    let params = ChurnModelParams::default().folds(4).seed(5);
    let model = params.fit(&data).unwrap();
    assert_eq!(
        (model.calibration().rows(), model.logistic().rows()),
        (80, 80)
    );
    // As if the rows without weight were not there.
    let kept: Vec<usize> = (0..120).filter(|row| row % 3 > 0).collect();
    let features = weighted.of_rows(&kept);
    let left: Vec<bool> = kept.iter().map(|&row| table.left[row]).collect();
    let some: Vec<f64> = kept.iter().map(|&row| offset[row]).collect();
    let same = params
        .fit(&LogisticData::new(&features, &left).offset(&some))
        .unwrap();
    assert_eq!(model, same);
    // They are predicted all the same.
    let folds = Folds::stratified(&table.left, 4, 1).unwrap();
    let tested = params.cross_validate(&data, &folds).unwrap();
    assert_eq!(tested.rows_not_tested(), 0);
    let more = model.predict(&table.features, Some(&offset)).unwrap();
    assert!(more[6] > model.predict(&table.features, None).unwrap()[6]);
}

#[test]
fn rows_without_a_value_are_left_out_where_told() {
    let table = Table::new();
    let mut calls = table.features.column("calls").unwrap().to_vec();
    calls[7] = f64::NAN;
    let features = Features::from_columns(&[("calls", &calls)], MissingValues::Keep).unwrap();
    let data = LogisticData::new(&features, &table.left).clusters(&table.clusters);
    let folds = Folds::grouped(&table.clusters, 5, 1).unwrap();
    let params = ChurnModelParams::default().folds(3);
    let error = params.cross_validate(&data, &folds).unwrap_err();
    assert!(error.to_string().starts_with("column calls, row 7"));
    assert!(params.fit(&data).is_err());
    let params = params.logistic(LogisticParams::default().missing(MissingRows::LeaveOut));
    let tested = params.cross_validate(&data, &folds).unwrap();
    assert_eq!(tested.rows_not_tested(), 1);
    assert!(tested.probabilities()[7].is_nan() && tested.fold_of_row()[7].is_none());
    let model = params.fit(&data).unwrap();
    assert_eq!(model.logistic().rows_left_out(), 1);
    assert_eq!(model.calibration().rows(), 119);
}

#[test]
fn missing_numbers_are_filled_by_means_of_training_rows() {
    let table = Table::new();
    let mut calls = table.features.column("calls").unwrap().to_vec();
    let fee: Vec<f64> = (0..120).map(|row| f64::from(row * 7 % 13)).collect();
    for row in [3, 17, 40, 41, 66, 90, 103] {
        calls[row] = f64::NAN;
    }
    let columns = |calls: &[f64]| {
        Features::from_columns(&[("calls", calls), ("fee", &fee)], MissingValues::Keep).unwrap()
    };
    // With a ridge what a missing number is taken for matters.
    let logistic = LogisticParams::default()
        .missing(MissingRows::Indicate)
        .ridge(2.0);
    let params = ChurnModelParams::default().folds(3).logistic(logistic);
    let folds = Folds::grouped(&table.clusters, 5, 1).unwrap();
    let run = |features: &Features| {
        let data = LogisticData::new(features, &table.left);
        params.cross_validate(&data, &folds).unwrap()
    };
    let features = columns(&calls);
    let before = run(&features);
    assert_eq!(before.rows_not_tested(), 0);
    for (number, fold) in folds.as_slice().iter().enumerate() {
        let gap = fold.test.iter().find(|&&row| calls[row].is_nan());
        let Some(&gap) = gap else { continue };
        // Other numbers in the other test rows.
        let mut other = calls.clone();
        for &row in fold.test.iter().filter(|&&row| !calls[row].is_nan()) {
            other[row] += 1e3;
        }
        let after = run(&columns(&other));
        assert_eq!(
            before.probabilities()[gap].to_bits(),
            after.probabilities()[gap].to_bits()
        );
        // The oracle: a model of the training rows alone.
        let left: Vec<bool> = fold.train.iter().map(|&row| table.left[row]).collect();
        let within = params.clone().seed(table::seed_within(0, number));
        let train = features.of_rows(&fold.train);
        let model = within.fit(&LogisticData::new(&train, &left)).unwrap();
        let made = model.predict(&features.of_rows(&[gap]), None).unwrap();
        assert!((made[0] - before.probabilities()[gap]).abs() < 1e-12);
    }
    // Known in test rows only: it has no coefficient where they are tested.
    let of_first = |row: u32| if row.is_multiple_of(5) { 1.0 } else { f64::NAN };
    let calls: Vec<f64> = (0..120).map(of_first).collect();
    let tested = run(&columns(&calls));
    let fold = tested.fold_of_row()[0].unwrap() as usize;
    assert!(tested.folds()[fold].aliased.contains(&"calls".to_owned()));
}

#[test]
fn what_cannot_be_is_named() {
    let table = Table::new();
    let params = ChurnModelParams::default();
    let error = |params: &ChurnModelParams, data: &LogisticData<'_>| {
        params.fit(data).unwrap_err().to_string()
    };
    let one_kind = [true; 120];
    let data = LogisticData::new(&table.features, &one_kind);
    assert!(error(&params, &data).contains("who stayed"));
    let few = params.clone().folds(1);
    assert!(error(&few, &table.data()).starts_with("folds is 1"));
    let many = params.clone().folds(6);
    let clustered = table.data().clusters(&table.clusters);
    assert!(error(&many, &clustered).starts_with("folds is 6"));
    let days = params.clone().horizon(Days(0.0));
    assert!(error(&days, &table.data()).starts_with("horizon is 0"));
    let short = LogisticData::new(&table.features, &table.left[..3]);
    assert!(error(&params, &short).starts_with("column left has length 3"));
    // All who left are in one cluster.
    let of_one: Vec<bool> = (0..120).map(|row| row % 5 == 2 && row % 3 > 0).collect();
    let data = LogisticData::new(&table.features, &of_one).clusters(&table.clusters);
    let grouped = params.clone().folds(5);
    let text = error(&grouped, &data);
    assert!(
        text.contains("customers who left among the training rows of fold"),
        "{text}"
    );
    let folds = Folds::grouped(&table.clusters, 5, 1).unwrap();
    let text = grouped
        .cross_validate(&data, &folds)
        .unwrap_err()
        .to_string();
    assert!(text.contains("customers who left among"), "{text}");
    let folds = Folds::stratified(&table.left[..50], 5, 1).unwrap();
    let text = params
        .cross_validate(&table.data(), &folds)
        .unwrap_err()
        .to_string();
    assert!(
        text.starts_with("column folds has length 50, expected 120"),
        "{text}"
    );
    // Too many folds within a fold.
    let folds = Folds::grouped(&table.clusters, 5, 1).unwrap();
    let text = grouped
        .cross_validate(&clustered, &folds)
        .unwrap_err()
        .to_string();
    assert!(text.contains("clusters, which are 4"), "{text}");
}

#[test]
fn separation_is_told_and_calibrated() {
    let table = Table::new();
    let gone: Vec<bool> = (0..120).map(|row| row % 4 > 1).collect();
    let data = LogisticData::new(&table.features, &gone);
    let params = ChurnModelParams::default().folds(4);
    let model = params.fit(&data).unwrap();
    assert!(matches!(
        model.logistic().verdict(),
        LogisticVerdict::Separated { .. }
    ));
    let made = model.predict(&table.features, None).unwrap();
    let plain = model.logistic().predict(&table.features, None).unwrap();
    assert!(made[0] > plain[0] && made[3] < plain[3], "{made:?}");
    assert!(made[0] < 0.05 && made[3] > 0.95);
    let tested = params
        .cross_validate(&data, &Folds::stratified(&gone, 3, 1).unwrap())
        .unwrap();
    let separated =
        |report: &FoldReport| matches!(report.verdict, LogisticVerdict::Separated { .. });
    assert!(tested.folds().iter().all(separated));
    let beta = params
        .calibration(CalibrationMethod::Beta)
        .fit(&data)
        .unwrap_err();
    assert!(beta.to_string().contains("calibrate by Platt"));
}

#[test]
fn scores_of_both_links_are_log_odds() {
    for link in [Link::Logit, Link::ComplementaryLogLog] {
        for eta in [-60.0, -41.0, -39.0, -5.0, -0.3, 0.0, 0.7, 2.0, 3.0] {
            let odds = fitted::score(link, CalibrationMethod::Platt, eta);
            let p = link.chance(eta);
            let wanted = if p < 1.0 { (p / (1.0 - p)).ln() } else { odds };
            assert!(
                (odds - wanted).abs() < 1e-6 * (1.0 + wanted.abs()),
                "{link:?} {eta} {odds} {wanted}"
            );
            assert_eq!(
                fitted::score(link, CalibrationMethod::Beta, eta).to_bits(),
                p.to_bits()
            );
        }
        assert!(fitted::score(link, CalibrationMethod::Platt, 1e300).is_finite());
        assert!(fitted::score(link, CalibrationMethod::Platt, -1e300).is_finite());
    }
    let table = Table::new();
    let logistic = LogisticParams::default().link(Link::ComplementaryLogLog);
    let model = ChurnModelParams::default()
        .logistic(logistic)
        .fit(&table.data())
        .unwrap();
    let made = model.predict(&table.features, None).unwrap();
    let plain = model.logistic().predict(&table.features, None).unwrap();
    assert!(made.iter().zip(plain).all(|(p, q)| (p - q).abs() < 0.1));
}

#[test]
fn a_saved_model_is_whole() {
    let table = Table::new();
    let params = ChurnModelParams::default().folds(5).horizon(Days(30.0));
    let model = params.fit(&table.data()).unwrap();
    let text = persist::to_json(&model).unwrap();
    assert_eq!(persist::from_json::<ChurnModel>(&text).unwrap(), model);
    for (from, to) in [
        (r#""horizon":30.0"#, r#""horizon":-30.0"#),
        (
            r#""rows":120,"left":69},"horizon""#,
            r#""rows":119,"left":69},"horizon""#,
        ),
        (r#"{"logistic""#, r#"{"more":1,"logistic""#),
    ] {
        let broken = text.replacen(from, to, 1);
        assert_ne!(broken, text, "{from}");
        assert!(persist::from_json::<ChurnModel>(&broken).is_err(), "{to}");
    }
    let text = serde_json::to_string(&params).unwrap();
    assert_eq!(
        serde_json::from_str::<ChurnModelParams>(&text).unwrap(),
        params
    );
}

#[test]
fn threads_do_not_matter() {
    let table = Table::new();
    let folds = Folds::grouped(&table.clusters, 3, 9).unwrap();
    let run = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap();
        pool.install(|| {
            let params = ChurnModelParams::default().folds(3).seed(2);
            let data = table.data().clusters(&table.clusters);
            (
                params.fit(&data).unwrap(),
                params.cross_validate(&data, &folds).unwrap(),
            )
        })
    };
    let one = run(1);
    for threads in [2, 3, 8] {
        assert_eq!(run(threads), one);
    }
}

/// 90 customers who came one after another, looked at on six days; some left, a few in a gap.
fn of_plan(plan: &SnapshotPlan, hosts: &[HostFeature<'_>]) -> Snapshots {
    let keys: Vec<i64> = (0..90).collect();
    let (customers, rows) = Customers::from_ints(&keys).unwrap();
    let spell = |(&who, i): (&CustomerIx, i32)| {
        let end = (i * 7 % 5 < 3).then_some(70 + i * 11 % 97);
        let start = i / 2;
        (
            who,
            Spell {
                start,
                end,
                cause: None,
            },
        )
    };
    let spells: Vec<_> = rows.iter().zip(0..90).map(spell).collect();
    let definition = ChurnDefinition::Inactivity { days: 60 };
    let spells = Spells::new(definition, customers, 200, &["price"], &spells).unwrap();
    let data = SnapshotData::new(&spells);
    plan.build_observed(&data, hosts, &mut ()).unwrap()
}

fn snapshots() -> Snapshots {
    let plan = SnapshotPlan::every(25, date_of_day(61).unwrap(), 6)
        .gap(5)
        .horizon(30)
        .features(FeatureSet::new(vec![Feature::Tenure]).unwrap());
    of_plan(&plan, &[])
}

#[test]
fn rows_of_no_known_outcome_teach_nothing() {
    let snapshots = snapshots();
    let params = ChurnModelParams::default().folds(5).seed(3);
    let model = params.fit_snapshots(&snapshots).unwrap();
    let is_known =
        |outcome: &Outcome| matches!(outcome, Outcome::Retained | Outcome::Churned { .. });
    let known: Vec<usize> = (0..snapshots.len())
        .filter(|&row| is_known(&snapshots.outcomes()[row]))
        .collect();
    assert!(model.rows_lost_in_gap() > 0 && model.rows_unknown() > 0);
    assert_eq!(
        known.len() + model.rows_lost_in_gap() + model.rows_unknown(),
        snapshots.len()
    );
    assert_eq!(model.logistic().rows(), known.len());
    let gone = |&&row: &&usize| matches!(snapshots.outcomes()[row], Outcome::Churned { .. });
    assert_eq!(model.logistic().left(), known.iter().filter(gone).count());
    assert_eq!(model.horizon(), Some(Days(30.0)));
    let plan = model.plan_on(&[date_of_day(199).unwrap()]).unwrap();
    assert_eq!(plan.days(), [199]);
    assert_eq!(plan.window(), (5, 30));
    let text = persist::to_json(&model).unwrap();
    assert_eq!(persist::from_json::<ChurnModel>(&text).unwrap(), model);
    let broken = text.replacen(r#""horizon":30.0"#, r#""horizon":31.0"#, 1);
    assert!(persist::from_json::<ChurnModel>(&broken).is_err());
    // Rows of no known outcome are nowhere, even where a fold has them.
    let customers: Vec<u32> = snapshots.clusters().iter().map(|who| who.0).collect();
    let folds = Folds::grouped(&customers, 3, 1).unwrap();
    let tested = params.cross_validate_snapshots(&snapshots, &folds).unwrap();
    for (row, probability) in tested.probabilities().iter().enumerate() {
        assert_eq!(
            probability.is_nan(),
            !is_known(&snapshots.outcomes()[row]),
            "{row}"
        );
    }
    let trained: usize = tested.folds().iter().map(|report| report.train).sum();
    assert_eq!(trained, 2 * known.len());
    let forward = Folds::forward(&snapshots, 0).unwrap();
    let params = params.folds(3);
    let tested = params
        .cross_validate_snapshots(&snapshots, &forward)
        .unwrap();
    let test: usize = forward.as_slice().iter().map(|fold| fold.test.len()).sum();
    assert_eq!(tested.rows_not_tested(), snapshots.len() - test);
    assert!(test > 0);
    // A missing value is named by its row of the snapshots.
    let plan = model.plan_on(&[66, 96, 126].map(|day| date_of_day(day).unwrap()));
    let gap = HostFeature::new("gap", &|_| f64::NAN);
    let gaps = of_plan(&plan.unwrap(), &[gap]);
    let first = gaps.outcomes().iter().position(is_known).unwrap();
    assert!(first > 0);
    let error = params.fit_snapshots(&gaps).unwrap_err().to_string();
    assert!(
        error.starts_with(&format!("column gap, row {first} ")),
        "{error}"
    );
    let folds = Folds::forward(&gaps, 0).unwrap();
    let error = params
        .cross_validate_snapshots(&gaps, &folds)
        .unwrap_err()
        .to_string();
    assert!(
        error.starts_with(&format!("column gap, row {first} ")),
        "{error}"
    );
    let short = Folds::stratified(&[true, false, true], 2, 1).unwrap();
    assert!(params.cross_validate_snapshots(&snapshots, &short).is_err());
}
