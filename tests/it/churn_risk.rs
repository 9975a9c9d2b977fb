//! Chances to leave and their judgement: the same bytes on any number of threads, and saved files that
//! every later version reads.

use custometry::{
    churn::{
        Calibration, CalibrationMethod, ChurnModel, ChurnModelParams, Cox, CoxData, CoxParams,
        DiscreteHazard, Durations, Folds, HazardBaseline, HazardParams, Link, Logistic,
        LogisticData, LogisticParams, LogisticPath, LogisticPathParams, MissingRows, PairedScores,
        ProbabilityEvaluation, RankEvaluation, RankMeasure, RetentionEconomics, Scorer,
        ScorerInput,
    },
    data::{Categories, Days, Features, MissingValues},
    persist,
    simulate::{CauseHazard, ChurnParams},
};

use crate::{
    persistence::check,
    same_bits::{bits, bytes, same_bytes},
};

/// Customers with three numbers, one of them with gaps, and a plan.
fn table(customers: u32) -> (Features, Vec<bool>, Durations) {
    let made = ChurnParams::default()
        .customers(customers)
        .hazards(&[CauseHazard::new(1.3, 400.0, &[0.5, -0.3, 0.1])])
        .generate()
        .unwrap();
    let columns: Vec<Vec<f64>> = (made.features.view().columns().into_iter())
        .enumerate()
        .map(|(at, column)| {
            let gap = |row: usize| at == 1 && row.is_multiple_of(17);
            let cells = column.iter().enumerate();
            cells
                .map(|(row, &x)| if gap(row) { f64::NAN } else { x })
                .collect()
        })
        .collect();
    let named: [(&str, &[f64]); 3] = [
        ("calls", &columns[0]),
        ("spend", &columns[1]),
        ("age", &columns[2]),
    ];
    let plans: Vec<&str> = (0..columns[0].len())
        .map(|row| ["a", "b", "c"][row / 3 % 3])
        .collect();
    let weights: Vec<f64> = (0..columns[0].len())
        .map(|row| 1.0 + (row % 4) as f64 / 3.0)
        .collect();
    let features = Features::from_columns(&named, MissingValues::Keep)
        .and_then(|features| features.with_categories("plan", Categories::new(&plans)?))
        .unwrap();
    let left = made.exit.iter().zip(&made.cause);
    let left = left
        .map(|(&exit, &cause)| cause > 0 && exit <= 200.0)
        .collect();
    let months: Vec<f64> = made
        .exit
        .iter()
        .map(|days| (days / 30.0).ceil().max(1.0))
        .collect();
    let durations = Durations::new(&months, &made.cause)
        .and_then(|durations| durations.with_weights(&weights))
        .unwrap();
    (features, left, durations)
}

fn params() -> LogisticParams {
    LogisticParams::default().missing(MissingRows::Indicate)
}

#[test]
fn models_have_the_same_bytes_on_any_threads() {
    let (features, left, durations) = table(30_000);
    let clusters: Vec<u32> = (0..30_000).map(|row| row / 3).collect();
    let data = LogisticData::new(&features, &left).clusters(&clusters);
    same_bytes("logistic regression", || {
        let model = params().link(Link::ComplementaryLogLog).fit(&data).unwrap();
        let mut all = persist::to_json(&model).unwrap().into_bytes();
        all.extend(bits(&model.robust_errors(&data).unwrap()));
        all.extend(bits(&model.predict(&features, None).unwrap()));
        all
    });
    same_bytes("a path", || {
        let path = LogisticPathParams::new()
            .count(20)
            .missing(MissingRows::Indicate);
        persist::to_json(&path.fit(&data).unwrap())
            .unwrap()
            .into_bytes()
    });
    same_bytes("a discrete hazard", || {
        let hazard = HazardParams::new().baseline(HazardBaseline::EachPeriod);
        let hazard = hazard.missing(MissingRows::Indicate);
        let hazard = hazard.fit(&durations, &features).unwrap();
        let mut all = persist::to_json(&hazard).unwrap().into_bytes();
        let ahead = hazard.survival(&features, &[3, 6]).unwrap();
        all.extend(bits(ahead.as_slice().unwrap()));
        all
    });
    same_bytes("a churn model", || {
        let params = ChurnModelParams::default()
            .logistic(params())
            .folds(4)
            .horizon(Days(200.0));
        let model = params.fit(&data).unwrap();
        let mut all = persist::to_json(&model).unwrap().into_bytes();
        let folds = Folds::grouped(&clusters, 3, 5).unwrap();
        let tested = params.cross_validate(&data, &folds).unwrap();
        all.extend(bits(tested.probabilities()));
        let input = ScorerInput::new().features(&features);
        let said = model.contributions(&features, None).unwrap();
        all.extend(bits(said.values().as_slice().unwrap()));
        all.extend(format!("{:?}", said.strongest(7, 3)).into_bytes());
        all.extend(bits(&model.churn_probability(&input, Days(200.0)).unwrap()));
        all
    });
}

#[test]
fn judgements_have_the_same_bytes_on_any_threads() {
    let (_, left, _) = table(30_000);
    let scores = |by: usize| -> Vec<f64> {
        let rows = 0..left.len();
        rows.map(|row| (1 + row * by % 997) as f64 / 999.0)
            .collect()
    };
    let (one, other) = (scores(7_919), scores(104_729));
    let weights: Vec<f64> = (0..left.len()).map(|row| 0.5 + (row % 3) as f64).collect();
    same_bytes("judgements", || {
        let ranks = RankEvaluation::weighted(&one, &left, &weights).unwrap();
        let judged = ProbabilityEvaluation::weighted(&one, &left, &weights).unwrap();
        let mut all = bytes(&ranks.auc(0.95).unwrap());
        all.extend(bits(&[
            ranks.average_precision(),
            ranks.lift_at(0.1).unwrap(),
        ]));
        all.extend(bytes(&ranks.gains(10).unwrap()));
        let economics = RetentionEconomics::new();
        all.extend(bytes(&ranks.expected_maximum_profit(&economics).unwrap()));
        all.extend(bytes(&(judged.brier(), judged.log_loss())));
        all.extend(bytes(&judged.calibration_curve(10, 0.9).unwrap()));
        all.extend(bytes(&judged.calibration_slope(0.95).unwrap()));
        let pair = PairedScores::new(&one, &other, &left).weights(&weights);
        all.extend(bytes(&[pair.auc().unwrap(), pair.log_loss().unwrap()]));
        all.extend(bytes(
            &pair.bootstrap(&RankMeasure::LiftAt(0.1), 20, 3).unwrap(),
        ));
        for method in [
            CalibrationMethod::Platt,
            CalibrationMethod::Isotonic,
            CalibrationMethod::Beta,
        ] {
            let curve = Calibration::fit(method, &one, &left, Some(&weights)).unwrap();
            all.extend(persist::to_json(&curve).unwrap().into_bytes());
        }
        all
    });
}

/// A host may hold any of them behind one shape.
#[test]
fn models_can_be_swapped() {
    let (features, left, durations) = table(2_000);
    let logistic = ChurnModelParams::default()
        .logistic(params())
        .folds(5)
        .horizon(Days(180.0));
    let logistic = logistic.fit(&LogisticData::new(&features, &left)).unwrap();
    let cox = CoxParams::default().missing(MissingRows::Indicate);
    let cox: Cox = cox.fit(&CoxData::new(&durations, &features)).unwrap();
    let ages = vec![2.0; features.len()];
    let input = ScorerInput::new()
        .features(&features)
        .ages(&ages)
        .days_per_unit(30.0);
    let models: [Box<dyn Scorer>; 2] = [Box::new(logistic), Box::new(cox)];
    let risks: Vec<Vec<f64>> = (models.iter())
        .map(|model| model.churn_probability(&input, Days(180.0)).unwrap())
        .collect();
    for risks in &risks {
        assert!(risks.iter().all(|risk| (0.0..=1.0).contains(risk)));
    }
    // Both learned the same customers, and put them in about the same order.
    let ranks = RankEvaluation::new(&risks[1], &left).unwrap();
    let other = RankEvaluation::new(&risks[0], &left).unwrap();
    let [one, other] = [ranks, other].map(|ranks| ranks.auc(0.95).unwrap().value);
    assert!(one > 0.6 && (one - other).abs() < 0.05, "{one} and {other}");
}

#[test]
fn files_of_version_1_load() {
    let columns: [(&str, &[f64]); 2] = [
        ("calls", &[1.5, 0.0, 2.0, f64::NAN, 0.3, 0.2, 1.0, 0.1]),
        ("none", &[4.0; 8]),
    ];
    let plans = Categories::new(&["b", "a", "b", "a", "b", "a", "b", "a"]).unwrap();
    let features = Features::from_columns(&columns, MissingValues::Keep)
        .and_then(|features| features.with_categories("plan", plans))
        .and_then(|features| features.with_weights(&[1.0, 2.5, 0.1, 3.0, 1.0, 1.0, 0.7, 1.0]))
        .unwrap();
    let left = [true, false, true, true, false, true, false, false];
    let data = LogisticData::new(&features, &left);
    check::<Logistic>(
        "logistic.json",
        &params().ridge(0.1 + 0.2).fit(&data).unwrap(),
    );
    let path = LogisticPathParams::new()
        .l1_share(0.7)
        .count(3)
        .missing(MissingRows::Indicate);
    check::<LogisticPath>("logistic-path.json", &path.fit(&data).unwrap());
    let model = ChurnModelParams::default()
        .logistic(params().ridge(0.5))
        .folds(2)
        .horizon(Days(30.0));
    check::<ChurnModel>("churn-model.json", &model.fit(&data).unwrap());
    let scores = [0.1, 0.7, 0.3, 0.9, 0.1 + 0.2, 0.8, 0.2, 0.5];
    let curve = Calibration::fit(CalibrationMethod::Isotonic, &scores, &left, None);
    check::<Calibration>("calibration.json", &curve.unwrap());
    let durations = Durations::new(
        &[1.0, 3.0, 2.0, 2.0, 3.0, 1.0, 2.0, 3.0],
        &[1, 0, 1, 1, 0, 1, 0, 1],
    )
    .unwrap();
    let unweighted = Features::from_columns(&columns, MissingValues::Keep).unwrap();
    let hazard = HazardParams::new()
        .baseline(HazardBaseline::EachPeriod)
        .missing(MissingRows::Indicate);
    check::<DiscreteHazard>(
        "discrete-hazard.json",
        &hazard.fit(&durations, &unweighted).unwrap(),
    );
}
