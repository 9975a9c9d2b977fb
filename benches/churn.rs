//! When customers leave, at 10^4, 10^5 and 10^6: curves, regressions, concordance; and snapshots of a log of
//! purchases.

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use custometry::{
    churn::{
        AftFamily, AftParams, ChurnDefinition, ConcordanceParams, CoxData, CoxParams, Durations,
        KaplanMeier, RiskTable, SnapshotData, SnapshotPlan, Spells,
    },
    data::{Currency, Features, Transactions, date_of_day},
    simulate::{CauseHazard, ChurnParams},
    value::SummaryState,
};

const COLUMNS: usize = 10;

/// Customers with a known Weibull hazard, watched for two years at most.
fn customers(count: u32) -> (Durations, Features) {
    let effects: Vec<f64> = (0..COLUMNS).map(|at| 0.1 * (at as f64 - 4.5)).collect();
    let hazard = CauseHazard::new(1.2, 500.0, &effects);
    let history = ChurnParams::default()
        .customers(count)
        .hazards(&[hazard])
        .watched(730.0)
        .generate()
        .expect("sound parameters");
    let durations = Durations::new(&history.exit, &history.cause).expect("sound times");
    (durations, history.features)
}

fn survival(c: &mut Criterion) {
    let mut group = c.benchmark_group("churn");
    group.sample_size(10);
    for count in [10_000, 100_000, 1_000_000] {
        let (durations, features) = customers(count);
        let data = CoxData::new(&durations, &features);
        let times: Vec<f64> = (0..durations.len())
            .filter_map(|row| durations.exit(row))
            .collect();
        let left = durations.cause().to_vec();
        group.throughput(Throughput::Elements(u64::from(count)));
        group.bench_function(BenchmarkId::new("kaplan-meier", count), |b| {
            b.iter(|| {
                let durations = Durations::new(&times, &left)?;
                black_box(KaplanMeier::new(&RiskTable::new(&durations)))
            });
        });
        group.bench_function(BenchmarkId::new("cox", count), |b| {
            b.iter(|| black_box(CoxParams::default().fit(&data)));
        });
        let cox = CoxParams::default().fit(&data).expect("customers who left");
        group.bench_function(BenchmarkId::new("cox residuals", count), |b| {
            b.iter(|| black_box(cox.residuals(&data)));
        });
        group.bench_function(BenchmarkId::new("weibull", count), |b| {
            let params = AftParams::new(AftFamily::Weibull);
            b.iter(|| black_box(params.fit(&durations, &features)));
        });
        let risk: Vec<f64> = features.view().column(0).to_vec();
        group.bench_function(BenchmarkId::new("concordance", count), |b| {
            b.iter(|| black_box(ConcordanceParams::new().fit(&durations, &risk)));
        });
    }
    group.finish();
}

/// About ten purchases a customer in three years, in order of days.
fn purchases(rows: usize) -> Transactions {
    let mix = |at: u64| at.wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(23);
    let keys = (0..rows as u64).map(|row| (mix(row) % (rows as u64 / 10)).cast_signed());
    let days = (0..rows).map(|row| i32::try_from(row * 1_095 / rows).expect("three years"));
    Transactions::builder(Currency::EUR)
        .int_keys(&keys.collect::<Vec<i64>>())
        .days(days.collect())
        .amounts((0..rows as i64).map(|row| 100 + row % 20_000).collect())
        .build()
        .expect("sound rows")
}

fn snapshots(c: &mut Criterion) {
    let day = |day| date_of_day(day).expect("a day");
    let mut group = c.benchmark_group("snapshots");
    group.sample_size(10);
    for rows in [10_000, 100_000, 1_000_000] {
        let log = purchases(rows);
        let state = SummaryState::new(&log).expect("sound rows");
        let definition = ChurnDefinition::Inactivity { days: 90 };
        group.throughput(Throughput::Elements(rows as u64));
        group.bench_function(BenchmarkId::new("spells", rows), |b| {
            b.iter(|| black_box(Spells::of_purchases(&state, day(1_095), definition)));
        });
        let spells = Spells::of_purchases(&state, day(1_095), definition).expect("purchases");
        let plan = SnapshotPlan::every(30, day(600), 12).horizon(90);
        group.bench_function(BenchmarkId::new("build", rows), |b| {
            b.iter(|| black_box(plan.build(&SnapshotData::new(&spells).transactions(&log))));
        });
    }
    group.finish();
}

criterion_group!(benches, survival, snapshots);
criterion_main!(benches);
