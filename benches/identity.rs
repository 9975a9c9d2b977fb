//! Similarity of names, in time a pair, beside rapidfuzz (its comparator that
//! prepares one side) and strsim; then the way from columns to weighed pairs.

use std::hint::black_box;

use criterion::measurement::WallTime;
use criterion::{
    BenchmarkGroup, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main,
};
use custometry::identity::{
    BlockingParams, BlockingRule, FellegiSunterParams, MatchWeight, PreparedTexts, Records,
    jaro_winkler, levenshtein,
};
use custometry::simulate::PeopleParams;
use rapidfuzz::distance as rapid;

/// Every name is compared with every name.
const NAMES: u32 = 1_000;

const SYLLABLES: [&str; 60] = [
    "al", "an", "ar", "bar", "ber", "bo", "cas", "chen", "da", "den", "der", "do", "el", "en",
    "er", "es", "fa", "fer", "gar", "gon", "ha", "hol", "in", "is", "jo", "ka", "kin", "la", "le",
    "lin", "lo", "ma", "man", "mar", "mi", "mor", "na", "ne", "o", "os", "per", "ra", "ri", "ro",
    "sa", "sen", "ski", "son", "ta", "ton", "tt", "va", "ver", "vi", "wa", "we", "wil", "wor", "z",
    "th",
];

/// Surnames of three to five syllables: of mean length 9.5.
fn surnames() -> Vec<String> {
    let mut state = 1u64;
    let mut below = |limit: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state % limit as u64).unwrap_or(0)
    };
    let mut name = || {
        let syllables = 3 + below(3);
        (0..syllables)
            .map(|_| SYLLABLES[below(SYLLABLES.len())])
            .collect()
    };
    (0..NAMES).map(|_| name()).collect()
}

/// Times all pairs. `row` prepares the left side, what it returns compares.
fn all_pairs<F: FnMut(u32) -> f64>(
    group: &mut BenchmarkGroup<'_, WallTime>,
    name: &str,
    row: impl Fn(u32) -> F,
) {
    group.bench_function(name, |b| {
        b.iter(|| {
            let rows = (0..NAMES).map(|a| (0..NAMES).map(row(a)).sum::<f64>());
            black_box(rows.sum::<f64>())
        });
    });
}

fn similarity(c: &mut Criterion) {
    let names = surnames();
    let column = PreparedTexts::new(&names).unwrap_or_default();
    let name = |id: u32| names[id as usize].as_str();
    let mut group = c.benchmark_group("jaro_winkler");
    group.sample_size(20);
    group.throughput(Throughput::Elements(u64::from(NAMES * NAMES)));
    all_pairs(&mut group, "prepared", |a| {
        let column = &column;
        move |b| column.jaro_winkler(a, b)
    });
    all_pairs(&mut group, "prepared, at least 0.88", |a| {
        let column = &column;
        move |b| column.jaro_winkler_at_least(a, b, 0.88).unwrap_or(0.0)
    });
    all_pairs(&mut group, "function", |a| {
        move |b| jaro_winkler(name(a), name(b))
    });
    all_pairs(&mut group, "rapidfuzz, one side prepared", |a| {
        let left = rapid::jaro_winkler::BatchComparator::new(name(a).bytes());
        move |b| left.similarity(name(b).bytes())
    });
    all_pairs(&mut group, "rapidfuzz, function", |a| {
        move |b| rapid::jaro_winkler::similarity(name(a).chars(), name(b).chars())
    });
    all_pairs(&mut group, "strsim", |a| {
        move |b| strsim::jaro_winkler(name(a), name(b))
    });
    group.finish();
}

fn distance(c: &mut Criterion) {
    let names = surnames();
    let column = PreparedTexts::new(&names).unwrap_or_default();
    let name = |id: u32| names[id as usize].as_str();
    let mut group = c.benchmark_group("levenshtein");
    group.sample_size(20);
    group.throughput(Throughput::Elements(u64::from(NAMES * NAMES)));
    let found = |distance: Option<u32>| f64::from(distance.unwrap_or(9));
    for (label, max) in [("prepared, at most 2", 2), ("prepared, any", u32::MAX)] {
        all_pairs(&mut group, label, |a| {
            let column = &column;
            move |b| found(column.levenshtein_within(a, b, max))
        });
    }
    all_pairs(&mut group, "prepared, osa at most 2", |a| {
        let column = &column;
        move |b| found(column.osa_within(a, b, 2))
    });
    all_pairs(&mut group, "prepared, damerau at most 2", |a| {
        let column = &column;
        move |b| found(column.damerau_within(a, b, 2))
    });
    all_pairs(&mut group, "function", |a| {
        move |b| levenshtein(name(a), name(b)) as f64
    });
    all_pairs(&mut group, "rapidfuzz, one side prepared", |a| {
        let left = rapid::levenshtein::BatchComparator::new(name(a).bytes());
        move |b| left.distance(name(b).bytes()) as f64
    });
    all_pairs(&mut group, "rapidfuzz, one side prepared, at most 2", |a| {
        let left = rapid::levenshtein::BatchComparator::new(name(a).bytes());
        let args = rapid::levenshtein::Args::default().score_cutoff(2);
        move |b| left.distance_with_args(name(b).bytes(), &args).unwrap_or(9) as f64
    });
    all_pairs(&mut group, "strsim", |a| {
        move |b| strsim::levenshtein(name(a), name(b)) as f64
    });
    group.finish();
}

/// Ten thousand names are made ready.
fn preparation(c: &mut Criterion) {
    let names = surnames();
    let many: Vec<String> = (0..10)
        .flat_map(|copy| names.iter().map(move |name| format!("{name}{copy}")))
        .collect();
    let mut group = c.benchmark_group("prepared texts");
    group.throughput(Throughput::Elements(many.len() as u64));
    group.bench_function("new", |b| {
        b.iter(|| black_box(PreparedTexts::new(&many).unwrap_or_default()));
    });
    group.finish();
}

/// From columns to weighed pairs, at 10^4, 10^5 and 10^6 records of simulated people.
fn pairs(c: &mut Criterion) {
    let mut group = c.benchmark_group("identity");
    group.sample_size(10);
    for count in [10_000, 100_000, 1_000_000] {
        let people = PeopleParams::default().records(count).generate();
        let people = people.expect("the parameters are sound");
        let records = || {
            Records::builder()
                .int_keys(&people.record)
                .given_name(&people.given_name)
                .surname(&people.surname)
                .birth_dates(&people.birth_date)
                .postcode(&people.postcode)
                .email(&people.email)
                .phone(&people.phone)
                .build()
                .expect("sound columns")
        };
        group.throughput(Throughput::Elements(count.into()));
        group.bench_function(BenchmarkId::new("records", count), |b| {
            b.iter(|| black_box(records()));
        });
        let records = records();
        let rules = [
            ["birth_date", "postcode"],
            ["birth_date", "surname"],
            ["birth_date", "given_name"],
            ["given_name", "surname"],
        ];
        let rules = rules.into_iter().map(BlockingRule::on);
        let alone = ["email", "phone"].map(|column| BlockingRule::on([column]));
        let params = BlockingParams::new(rules.chain(alone).collect());
        group.bench_function(BenchmarkId::new("blocking", count), |b| {
            b.iter(|| black_box(params.block(&records)));
        });
        let blocking = params.block(&records).expect("sound rules");
        group.bench_function(BenchmarkId::new("training", count), |b| {
            b.iter(|| black_box(FellegiSunterParams::default().fit(&blocking)));
        });
        let model = FellegiSunterParams::default().fit(&blocking);
        let model = model.expect("enough pairs");
        let scorer = model.scorer(&records).expect("the columns of the model");
        group.throughput(Throughput::Elements(blocking.count().total));
        group.bench_function(BenchmarkId::new("scoring, by pair", count), |b| {
            b.iter(|| black_box(scorer.score(&blocking, MatchWeight(0))));
        });
    }
    group.finish();
}

criterion_group!(benches, similarity, distance, preparation, pairs);
criterion_main!(benches);
