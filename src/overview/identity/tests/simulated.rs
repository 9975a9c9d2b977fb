//! Simulated people: the log of a base whose customers are known is taken apart, and put
//! together again.

use super::*;
use crate::{
    data::UnknownCustomers,
    identity::{AlternativesParams, FellegiSunterParams, PairKind},
    simulate::{PeopleParams, PurchaseLogParams, SimulatedPeople},
};

/// A log whose customers have a key for each of their records.
struct Made {
    people: SimulatedPeople,
    records: Records,
    log: Transactions,
    /// The same with the true people.
    truth: Transactions,
}

fn made(records: u32, copies: f64) -> Made {
    let people = PeopleParams::default().records(records).copies(copies);
    let people = people.generate().unwrap();
    let table = Records::builder()
        .int_keys(&people.record)
        .given_name(&people.given_name)
        .surname(&people.surname)
        .birth_dates(&people.birth_date)
        .postcode(&people.postcode)
        .email(&people.email)
        .phone(&people.phone)
        .build()
        .unwrap();
    let persons = people.person.iter().max().unwrap() + 1;
    let mut of_person: Vec<Vec<i64>> = vec![Vec::new(); persons as usize];
    for (&record, &person) in people.record.iter().zip(&people.person) {
        of_person[person as usize].push(record);
    }
    let bought = PurchaseLogParams::default()
        .customers(persons)
        .generate()
        .unwrap();
    let bought = bought.transactions;
    let person = bought.customer().iter().map(|customer| customer.at());
    // The purchases of a person go to its records in turn.
    let mut turn = vec![0usize; of_person.len()];
    let key = person.clone().map(|person| {
        turn[person] += 1;
        of_person[person][turn[person] % of_person[person].len()]
    });
    let keys: Vec<i64> = key.collect();
    let of_keys = |keys: &[i64]| {
        Transactions::builder(bought.currency())
            .int_keys(keys)
            .days(bought.days().to_vec())
            .amounts(bought.amounts().to_vec())
            .build()
            .unwrap()
    };
    Made {
        log: of_keys(&keys),
        truth: of_keys(
            &person
                .map(|person| i64::try_from(person).unwrap())
                .collect::<Vec<_>>(),
        ),
        people,
        records: table,
    }
}

/// The chapter of the log, as of its last day.
fn told(made: &Made, params: &IdentityParams) -> Resolved {
    let as_of = last_day(&made.log);
    let log = Some(&made.log);
    resolve(&made.records, None, log, as_of, params, LEVEL, &mut ()).unwrap()
}

fn last_day(log: &Transactions) -> NaiveDate {
    day(*log.days().iter().max().unwrap())
}

#[test]
fn resolved_figures_are_close_to_the_truth() {
    let made = made(4_000, 0.3);
    let as_of = last_day(&made.log);
    let of = told(&made, &IdentityParams::default());
    let summary = SummaryState::new(&made.truth)
        .unwrap()
        .summary(as_of)
        .unwrap();
    let truth = BaseFigures::new(&summary).unwrap();
    let (before, after) = (of.chapter.fragmented.unwrap(), of.chapter.resolved.unwrap());
    let off = |of: &BaseFigures| of.customers.abs_diff(truth.customers);
    assert!(off(&before) > truth.customers / 10, "{before:?} {truth:?}");
    assert!(
        off(&after) * 50 < off(&before),
        "{before:?} {after:?} {truth:?}"
    );
    let rate = |of: &BaseFigures| (of.repeat_rate.unwrap() - truth.repeat_rate.unwrap()).abs();
    assert!(
        rate(&after) * 50.0 < rate(&before),
        "{before:?} {after:?} {truth:?}"
    );
    assert_eq!(before.revenue, truth.revenue);
    assert_eq!(after.revenue, truth.revenue);
    let persons = made.people.person.iter().max().unwrap() + 1;
    assert!(
        of.chapter.people.abs_diff(persons) * 100 < persons,
        "{} {persons}",
        of.chapter.people
    );
    let doubts = of.chapter.doubts.unwrap();
    assert!((doubts.customers.value - after.customers as f64).abs() < 0.5);
    assert!((doubts.repeat_rate.value - after.repeat_rate.unwrap()).abs() < 1e-12);
    assert!(doubts.customers.lo < doubts.customers.hi);
    assert!(of.chapter.doubtful_merges > 0 && of.chapter.expected.unwrap().precision > 0.95);
}

/// The room itself, step by step: the same people, the same figures, the same intervals.
#[test]
fn the_chapter_says_what_the_room_says() {
    let made = made(1_500, 0.3);
    let (records, log) = (&made.records, &made.log);
    let as_of = last_day(log);
    let draws = AlternativesParams::default().draws(40).seed(3);
    let params = IdentityParams::default().alternatives(draws.clone());
    let of = resolve(records, None, Some(log), as_of, &params, 0.9, &mut ()).unwrap();

    let rules = BlockingParams::suited_to(records, PairKind::All, 2_000_000).unwrap();
    let blocking = rules.block(records).unwrap();
    let model = FellegiSunterParams::default().fit(&blocking).unwrap();
    let scorer = model.scorer(records).unwrap();
    let floor = MatchWeight::from_bits(-10.0).unwrap();
    let scored = scorer.score(&blocking, floor).unwrap();
    let resolution = ResolveParams::default()
        .resolve(&scorer, &blocking, &scored)
        .unwrap();
    let alternatives = draws.draw(&resolution, &scorer, &scored).unwrap();
    let chapter = &of.chapter;
    assert_eq!(chapter.cluster(), resolution.cluster());
    assert_eq!(chapter.people, resolution.clusters());
    assert_eq!(chapter.pairs_compared, scored.pairs());
    assert_eq!(chapter.threshold, Some(resolution.threshold().bits()));
    assert_eq!(chapter.expected, Some(resolution.expected()));
    assert_eq!(chapter.warnings, model.report().unwrap().warnings);
    assert_eq!(chapter.doubtful_merges, alternatives.doubtful().len());
    assert_eq!(
        chapter.people_interval,
        Some(alternatives.customers(0.9).unwrap())
    );
    let diagnoses = resolution.diagnose(&scorer, &scored).unwrap();
    let conflicts = diagnoses.iter().filter(|of| of.conflicts > 0).count();
    assert_eq!(chapter.with_conflicts, conflicts);

    let figures = |crosswalk: &crate::data::Crosswalk| {
        let (log, _) = log.rekey("", crosswalk, UnknownCustomers::Keep)?;
        let summary = SummaryState::new(&log)?.summary(as_of)?;
        let figures = BaseFigures::new(&summary)?;
        let once = figures.one_time as f64 / figures.customers as f64;
        Ok([figures.customers as f64, once, 1.0 - once])
    };
    let [customers, one_time_share, repeat_rate] =
        alternatives.estimate(records, 0.9, figures).unwrap();
    let doubts = chapter.doubts.unwrap();
    assert_eq!(doubts.customers, customers);
    assert_eq!(doubts.one_time_share, one_time_share);
    assert_eq!(doubts.repeat_rate, repeat_rate);
    assert!(customers.lo < customers.hi);

    let (rekeyed, report) = {
        let crosswalk = resolution.crosswalk(records).unwrap();
        log.rekey("", &crosswalk, UnknownCustomers::Keep).unwrap()
    };
    assert_eq!(chapter.matched, Some(report));
    let summary = SummaryState::new(&rekeyed).unwrap().summary(as_of).unwrap();
    assert_eq!(chapter.resolved, Some(BaseFigures::new(&summary).unwrap()));
    let whole: i64 = log.amounts().iter().sum();
    assert_eq!(chapter.resolved.unwrap().revenue, MinorUnits(whole));
}

#[test]
fn figures_by_draw_are_left_out_where_they_take_long() {
    let made = made(1_000, 0.2);
    let of = |draws| {
        let alternatives = AlternativesParams::default().draws(draws);
        let params = IdentityParams::default().alternatives(alternatives);
        told(&made, &params)
    };
    let most = 10_000_000 / (made.log.len() + 1_000);
    assert!(of(most).chapter.doubts.is_some());
    let more = of(most + 1).chapter;
    assert!(more.doubts.is_none() && more.people_interval.is_some());
}

#[test]
fn the_same_bits_for_any_number_of_threads() {
    let made = made(2_000, 0.3);
    let of = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
        pool.build().unwrap().install(|| {
            let of = told(&made, &IdentityParams::default());
            (serde_json::to_string(&of.chapter).unwrap(), of)
        })
    };
    let one = of(1);
    assert!(one.1.chapter.doubts.is_some());
    for threads in [2, 3, 8] {
        assert!(of(threads) == one, "{threads} threads");
    }
}

#[test]
fn the_order_of_the_records_does_not_matter() {
    let keys = ["1", "2", "1", "3"];
    let sources = ["web", "web", "shop", "shop"];
    let log = log_of(&["1", "3"], &[0, 1], &[1, 1]);
    let of = |order: [usize; 4]| {
        let records = records_of(&order.map(|at| sources[at]), &order.map(|at| keys[at]));
        let place = |record: usize| {
            u32::try_from(order.iter().position(|&at| at == record).unwrap()).unwrap()
        };
        let params = known(&[(place(0), place(2)), (place(0), place(1))]);
        let of = resolve(&records, None, Some(&log), day(9), &params, LEVEL, &mut ()).unwrap();
        (
            texts(of.keys.customers()),
            of.chapter.resolved,
            of.keys.keys_of(CustomerIx(0)).len(),
        )
    };
    let first = of([0, 1, 2, 3]);
    assert_eq!(first.0, ["1", "3"]);
    assert_eq!(first.2, 2);
    for order in [[3, 2, 1, 0], [2, 0, 3, 1], [1, 3, 0, 2]] {
        assert_eq!(of(order), first);
    }
}
