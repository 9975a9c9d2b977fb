//! The whole road at 10^4 and 10^5 customers: from transactions to an overview, and to actions. For a
//! million and more see `scale`.

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use custometry::{
    data::{ContactStatus, ContactStatuses, date_of_day},
    overview::{ActionParams, OverviewInputs, OverviewParams, OverviewState},
    simulate::PurchaseLogParams,
};

/// The day on which the simulated logs end.
const LAST_DAY: i32 = 10_407;

fn overview(c: &mut Criterion) {
    let mut group = c.benchmark_group("overview");
    group.sample_size(10);
    let as_of = date_of_day(LAST_DAY).expect("a day of the calendar");
    for count in [10_000, 100_000] {
        let params = PurchaseLogParams::default().customers(count);
        let log = params.generate().expect("sound parameters").transactions;
        let said = log.customers().numbers();
        let said = said.map(|customer| (customer, ContactStatus::Allowed));
        let contact = ContactStatuses::new(log.customers(), said).expect("known customers");
        let inputs = OverviewInputs::new().transactions(&log).contact(&contact);
        group.throughput(Throughput::Elements(u64::from(count)));
        group.bench_function(BenchmarkId::new("state", count), |b| {
            b.iter(|| black_box(OverviewState::new(&log, as_of)));
        });
        group.bench_function(BenchmarkId::new("fit", count), |b| {
            b.iter(|| black_box(OverviewParams::default().fit(&inputs, as_of)));
        });
        let overview = OverviewParams::default().fit(&inputs, as_of);
        let overview = overview.expect("sound parameters");
        group.bench_function(BenchmarkId::new("actions", count), |b| {
            b.iter(|| black_box(overview.actions(&ActionParams::default().count(1_000))));
        });
        group.bench_function(BenchmarkId::new("customers", count), |b| {
            b.iter(|| black_box(overview.customers()));
        });
    }
    group.finish();
}

criterion_group!(benches, overview);
criterion_main!(benches);
