//! Who will leave, at 10^4, 10^5 and 10^6: regressions, calibration, and the judgement of scores.

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use custometry::{
    churn::{
        Calibration, CalibrationMethod, Durations, HazardParams, LogisticData, LogisticParams,
        LogisticPathParams, ProbabilityEvaluation, RankEvaluation, RetentionEconomics,
    },
    data::Features,
    simulate::{CauseHazard, ChurnParams},
};

const COLUMNS: usize = 20;

/// Customers with a known hazard, who of them left within 200 days, and their months.
fn customers(count: u32) -> (Features, Vec<bool>, Durations) {
    let effects: Vec<f64> = (0..COLUMNS).map(|at| 0.05 * (at as f64 - 9.5)).collect();
    let history = ChurnParams::default()
        .customers(count)
        .hazards(&[CauseHazard::new(1.2, 500.0, &effects)])
        .watched(730.0)
        .generate()
        .expect("sound parameters");
    let exits = history.exit.iter().zip(&history.cause);
    let left = exits.map(|(&exit, &cause)| cause > 0 && exit <= 200.0);
    let months: Vec<f64> = (history.exit.iter())
        .map(|days| (days / 30.0).ceil().max(1.0))
        .collect();
    let durations = Durations::new(&months, &history.cause).expect("sound times");
    (history.features, left.collect(), durations)
}

fn models(c: &mut Criterion) {
    let mut group = c.benchmark_group("risk");
    group.sample_size(10);
    for count in [10_000, 100_000, 1_000_000] {
        let (features, left, durations) = customers(count);
        let data = LogisticData::new(&features, &left);
        group.throughput(Throughput::Elements(u64::from(count)));
        group.bench_function(BenchmarkId::new("logistic", count), |b| {
            b.iter(|| black_box(LogisticParams::default().fit(&data)));
        });
        group.bench_function(BenchmarkId::new("hazard", count), |b| {
            b.iter(|| black_box(HazardParams::new().fit(&durations, &features)));
        });
        if count < 1_000_000 {
            group.bench_function(BenchmarkId::new("path", count), |b| {
                b.iter(|| black_box(LogisticPathParams::new().fit(&data)));
            });
        }
        let model = LogisticParams::default().fit(&data).expect("both classes");
        group.bench_function(BenchmarkId::new("predict", count), |b| {
            b.iter(|| black_box(model.predict(&features, None)));
        });
        let scores = model.predict(&features, None).expect("the same columns");
        group.bench_function(BenchmarkId::new("isotonic", count), |b| {
            let method = CalibrationMethod::Isotonic;
            b.iter(|| black_box(Calibration::fit(method, &scores, &left, None)));
        });
        group.bench_function(BenchmarkId::new("ranks", count), |b| {
            b.iter(|| {
                let ranks = RankEvaluation::new(&scores, &left)?;
                let earned = ranks.expected_maximum_profit(&RetentionEconomics::new())?;
                let order = (
                    ranks.auc(0.95)?,
                    ranks.average_precision(),
                    ranks.lift_at(0.1)?,
                );
                Ok::<_, custometry::Error>(black_box((order, earned)))
            });
        });
        group.bench_function(BenchmarkId::new("probabilities", count), |b| {
            b.iter(|| {
                let judged = ProbabilityEvaluation::new(&scores, &left)?;
                let slope = judged.calibration_slope(0.95)?;
                Ok::<_, custometry::Error>(black_box((judged.brier(), judged.log_loss(), slope)))
            });
        });
    }
    group.finish();
}

criterion_group!(benches, models);
criterion_main!(benches);
