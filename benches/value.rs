//! From a log in memory to summary, RFM scores, purchase models, spend and money over time, at
//! 10^4, 10^5 and 10^6 customers of the CDNOW kind, rows shuffled; renewals of as many customers
//! under contract.

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use custometry::{
    data::{Days, DiscountRate, Transactions, Window, date_of_day},
    simulate::{PurchaseLogParams, RenewalParams, RowOrder},
    value::{
        BgNbdParams, BridgeParams, CohortParams, CohortPeriod, ContractHistories, GammaGammaParams,
        ParetoNbdParams, Prediction, ProfitParams, ProfitState, PurchaseHistories, PurchaseModel,
        RfmParams, SbgParams, SpendHistories, SummaryState,
    },
};

fn log(customers: u32) -> Transactions {
    let params = PurchaseLogParams::default().customers(customers);
    let made = params.row_order(RowOrder::Shuffled).generate();
    made.expect("the parameters are sound").transactions
}

fn value(c: &mut Criterion) {
    let as_of = date_of_day(10_407).expect("1998-06-30");
    let mut group = c.benchmark_group("value");
    group.sample_size(10);
    for customers in [10_000, 100_000, 1_000_000] {
        let log = log(customers);
        group.throughput(Throughput::Elements(customers.into()));
        group.bench_with_input(BenchmarkId::new("state", customers), &log, |b, log| {
            b.iter(|| black_box(SummaryState::new(log)));
        });
        let state = SummaryState::new(&log).expect("a sound log");
        group.bench_with_input(
            BenchmarkId::new("summary", customers),
            &state,
            |b, state| {
                b.iter(|| black_box(state.summary(as_of)));
            },
        );
        let summary = state.summary(as_of).expect("a sound state");
        group.bench_with_input(
            BenchmarkId::new("rfm", customers),
            &summary,
            |b, summary| {
                b.iter(|| black_box(RfmParams::default().fit(summary)?.score(summary)));
            },
        );
        group.bench_with_input(
            BenchmarkId::new("bg/nbd fit", customers),
            &summary,
            |b, summary| {
                b.iter(|| black_box(BgNbdParams::default().fit(&PurchaseHistories::new(summary)?)));
            },
        );
        let histories = PurchaseHistories::new(&summary).expect("a sound summary");
        let model = BgNbdParams::default().fit(&histories).expect("enough data");
        group.bench_with_input(
            BenchmarkId::new("p(alive)", customers),
            &histories,
            |b, known| {
                b.iter(|| black_box(model.p_alive(known)));
            },
        );
        let year = Prediction::Discounted(
            Days(365.0),
            DiscountRate::annual(0.15).expect("a sound rate"),
        );
        group.bench_with_input(
            BenchmarkId::new("discounted", customers),
            &histories,
            |b, known| {
                b.iter(|| black_box(model.predict(known, year)));
            },
        );
        let spends = SpendHistories::new(&summary);
        group.bench_with_input(
            BenchmarkId::new("gamma-gamma fit", customers),
            &spends,
            |b, spends| {
                b.iter(|| black_box(GammaGammaParams::default().fit(spends)));
            },
        );
        if customers <= 100_000 {
            group.bench_with_input(
                BenchmarkId::new("pareto/nbd fit", customers),
                &histories,
                |b, known| {
                    b.iter(|| black_box(ParetoNbdParams::default().fit(known)));
                },
            );
        }
        group.bench_with_input(
            BenchmarkId::new("expected", customers),
            &histories,
            |b, known| {
                b.iter(|| black_box(model.expected_purchases(known, Days(364.0))));
            },
        );
    }
    group.finish();
}

/// Each from the log to the answer, but for contracts: those are from columns of customers.
fn money(c: &mut Criterion) {
    let date = |day| date_of_day(day).expect("a day of 1997 or 1998");
    let days = |first, last| Window::new(date(first), date(last)).expect("in order");
    let bridge = BridgeParams::new(days(9_862, 10_134), days(10_135, 10_407));
    let cohorts = CohortParams::new(CohortPeriod::Month, date(10_407));
    let mut group = c.benchmark_group("money");
    group.sample_size(10);
    for customers in [10_000, 100_000, 1_000_000] {
        let log = log(customers);
        group.throughput(Throughput::Elements(customers.into()));
        group.bench_with_input(BenchmarkId::new("bridge", customers), &log, |b, log| {
            b.iter(|| black_box(bridge.evaluate(&SummaryState::new(log)?)?.total()));
        });
        group.bench_with_input(BenchmarkId::new("cohorts", customers), &log, |b, log| {
            b.iter(|| black_box(cohorts.evaluate(&SummaryState::new(log)?)));
        });
        group.bench_with_input(BenchmarkId::new("profit", customers), &log, |b, log| {
            b.iter(|| {
                let profits = ProfitParams::default().evaluate(&ProfitState::new(log)?)?;
                black_box(profits.whale_curve())
            });
        });
        let renewals = RenewalParams::default().customers(customers).generate();
        let renewals = renewals.expect("the parameters are sound");
        group.bench_with_input(
            BenchmarkId::new("sbg fit", customers),
            &renewals,
            |b, made| {
                b.iter(|| {
                    let known = ContractHistories::from_columns(&made.renewals, &made.lost, None)?;
                    black_box(SbgParams::default().fit(&known))
                });
            },
        );
    }
    group.finish();
}

criterion_group!(benches, value, money);
criterion_main!(benches);
