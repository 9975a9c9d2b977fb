//! Interning: keys to dense numbers, at 10^4, 10^5 and 10^6 rows, beside a
//! standard hash map that does the same.

use std::{collections::HashMap, hint::black_box};

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use custometry::data::Customers;

/// About five rows a key, in no order.
fn keys(rows: usize) -> Vec<i64> {
    let distinct = (rows as u64 / 5).max(1);
    let mix = |row: u64| row.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 11;
    (0..rows as u64)
        .map(|row| (mix(row) % distinct).cast_signed())
        .collect()
}

fn naive(keys: &[i64]) -> (Vec<i64>, Vec<u32>) {
    let (mut seen, mut numbers) = (Vec::new(), HashMap::new());
    let rows = keys.iter().map(|&key| {
        *numbers.entry(key).or_insert_with(|| {
            seen.push(key);
            u32::try_from(seen.len() - 1).unwrap_or(u32::MAX)
        })
    });
    let rows = rows.collect();
    (seen, rows)
}

fn intern(c: &mut Criterion) {
    let mut group = c.benchmark_group("customers");
    group.sample_size(20);
    for rows in [10_000, 100_000, 1_000_000] {
        let keys = keys(rows);
        group.throughput(Throughput::Elements(rows as u64));
        group.bench_with_input(BenchmarkId::new("from_ints", rows), &keys, |b, keys| {
            b.iter(|| black_box(Customers::from_ints(keys)));
        });
        group.bench_with_input(BenchmarkId::new("hash map", rows), &keys, |b, keys| {
            b.iter(|| black_box(naive(keys)));
        });
    }
    group.finish();
}

criterion_group!(benches, intern);
criterion_main!(benches);
