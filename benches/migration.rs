//! Moves between ten segments: counts of customers side by side, flows of a panel of a year, tests
//! and forecasts.

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use custometry::{
    data::{Assignments, Segment, SegmentId, date_of_day},
    migration::{
        ChainTestParams, ForecastParams, SegmentPanel, TransitionCounts, TransitionMatrix,
    },
};

const SEGMENTS: u32 = 10;
const PERIODS: i32 = 12;

fn states() -> Vec<Segment> {
    let state = |at| Segment {
        id: SegmentId(at),
        name: format!("s{at}"),
    };
    (0..SEGMENTS).map(state).collect()
}

/// Where customers are in a period: most stay where they were.
fn codes(customers: usize, period: i32) -> Vec<u16> {
    let mix = |at: u64| at.wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(23);
    let code = |customer: u64| {
        let moved = (0..=period as u64).rfind(|at| mix(mix(customer * 16 + at)) % 4 == 0);
        (mix(customer * 31 + moved.unwrap_or(0)) % u64::from(SEGMENTS)) as u16
    };
    (0..customers as u64).map(code).collect()
}

fn panel(customers: usize) -> SegmentPanel {
    let snapshot = |period: i32| {
        let rows = codes(customers, period);
        let rows = rows.iter().map(|&code| Some(SegmentId(u32::from(code))));
        let day = date_of_day(20_000 + 30 * period).expect("a day");
        Assignments::new("bench", day, states(), rows.collect()).expect("known segments")
    };
    let snapshots: Vec<Assignments> = (0..PERIODS).map(snapshot).collect();
    let snapshots: Vec<&Assignments> = snapshots.iter().collect();
    SegmentPanel::of_assignments(&snapshots).expect("one scheme")
}

fn migration(c: &mut Criterion) {
    let mut group = c.benchmark_group("migration");
    group.sample_size(10);
    for customers in [10_000, 1_000_000] {
        group.throughput(Throughput::Elements(customers as u64));
        let (from, to) = (codes(customers, 0), codes(customers, 1));
        group.bench_function(BenchmarkId::new("pairs", customers), |b| {
            b.iter(|| black_box(TransitionCounts::of_codes(states(), &from, &to)));
        });
        let panel = panel(customers);
        group.bench_function(BenchmarkId::new("flows", customers), |b| {
            b.iter(|| black_box(panel.flows()));
        });
        group.bench_function(BenchmarkId::new("sequences", customers), |b| {
            b.iter(|| black_box(panel.sequences()));
        });
    }
    let flows = panel(100_000).flows().expect("twelve periods");
    let steps = flows.by_step().expect("few customers");
    let matrix = TransitionMatrix::of_counts(&flows.pooled().expect("few customers"));
    group.bench_function("stationarity", |b| {
        b.iter(|| black_box(ChainTestParams::default().stationarity(&steps)));
    });
    group.bench_function("forecast", |b| {
        let start = [10_000; SEGMENTS as usize];
        b.iter(|| black_box(ForecastParams::new(12).customers(&matrix, &start)));
    });
    group.finish();
}

criterion_group!(benches, migration);
criterion_main!(benches);
