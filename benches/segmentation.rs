//! Segments found and given at 10^4 and 10^5 customers of 8 features: preparation, k-means, a
//! mixture, silhouettes, stability, and frozen assignment at 10^6.

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use custometry::{
    data::{Features, MissingValues, date_of_day},
    segmentation::{
        ColumnParams, GaussianMixtureParams, KMeansParams, PreparationParams, SegmentationParams,
        SilhouetteParams, StabilityParams, Transform,
    },
};
use ndarray::Array2;

/// Twelve kinds of customers, amounts above 0.
fn customers(rows: usize) -> Features {
    let mix = |at: u64| at.wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(23);
    let uniform = |at: u64| (mix(mix(at)) >> 11) as f64 / (1u64 << 53) as f64;
    let values = Array2::from_shape_fn((rows, 8), |(row, column)| {
        let (row, column) = (row as u64, column as u64);
        let middle = 6.0 * uniform((mix(row) % 12) * 8 + column);
        let noise: f64 = (0..4).map(|at| uniform(row * 40 + column * 4 + at)).sum();
        (middle + noise).exp()
    });
    let names: Vec<String> = (0..8).map(|at| format!("x{at}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    Features::from_view(&names, values.view(), MissingValues::Refuse).expect("finite values")
}

fn segmentation(c: &mut Criterion) {
    let day = date_of_day(20_000).expect("a day");
    let logs = PreparationParams::default().all(ColumnParams::default().transform(Transform::Ln));
    let mut group = c.benchmark_group("segmentation");
    group.sample_size(10);
    for rows in [10_000, 100_000] {
        let features = customers(rows);
        group.throughput(Throughput::Elements(rows as u64));
        group.bench_with_input(BenchmarkId::new("prepare", rows), &features, |b, known| {
            b.iter(|| black_box(logs.fit(known)?.apply(known)));
        });
        let prepared = (logs
            .fit(&features)
            .and_then(|fitted| fitted.apply(&features)))
        .expect("amounts above 0")
        .into_features();
        group.bench_with_input(BenchmarkId::new("k-means", rows), &prepared, |b, known| {
            b.iter(|| black_box(KMeansParams::new(8).restarts(3).fit(known)));
        });
        group.bench_with_input(BenchmarkId::new("mixture", rows), &prepared, |b, known| {
            let params = GaussianMixtureParams::new(8).restarts(1).max_iterations(10);
            b.iter(|| black_box(params.fit(known)));
        });
        let found = KMeansParams::new(8)
            .restarts(1)
            .fit(&prepared)
            .expect("8 clusters");
        let labels = found.assign(&prepared).expect("the same columns");
        group.bench_with_input(
            BenchmarkId::new("silhouette", rows),
            &prepared,
            |b, known| {
                b.iter(|| black_box(SilhouetteParams::default().evaluate(known, &labels)));
            },
        );
    }
    let prepared = customers(1_000);
    group.throughput(Throughput::Elements(1_000));
    group.bench_function("stability/1000", |b| {
        let params = StabilityParams::default();
        b.iter(|| black_box(params.evaluate(&prepared, KMeansParams::new(4))));
    });
    let features = customers(1_000_000);
    group.throughput(Throughput::Elements(1_000_000));
    let model = KMeansParams::new(8).restarts(1).max_iterations(5);
    for (name, params) in [
        (
            "assign/plain",
            SegmentationParams::new("plain", model.clone()).unprepared(),
        ),
        (
            "assign/prepared",
            SegmentationParams::new("logs", model.clone()).preparation(logs),
        ),
    ] {
        let fitted = params.fit(&features, day).expect("8 clusters");
        group.bench_function(name, |b| {
            b.iter(|| black_box(fitted.assign(&features, day)))
        });
    }
    group.finish();
}

criterion_group!(benches, segmentation);
criterion_main!(benches);
