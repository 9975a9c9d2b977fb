use proptest::prelude::*;

use super::*;
use crate::{
    data::{Currency, Days, TimeUnit, Transactions},
    persist,
    value::{BgNbd, MbgNbd, Nbd, ParetoNbd, PurchaseHistory, PurchaseModel, SummaryState},
};

const YEAR: ChurnDefinition = ChurnDefinition::Inactivity { days: 365 };

fn customers(len: i64) -> Customers {
    Customers::from_ints(&(0..len).collect::<Vec<_>>())
        .unwrap()
        .0
}

fn spell(start: i32, end: Option<i32>) -> Spell {
    let cause = None;
    Spell { start, end, cause }
}

#[test]
fn bad_spells_are_named() {
    let good = (CustomerIx(0), spell(0, Some(10)));
    let with = |cause, end| Spell {
        start: 20,
        end,
        cause,
    };
    for (bad, word) in [
        ((CustomerIx(2), spell(0, None)), "no such customer"),
        ((CustomerIx(0), spell(10, Some(12))), "touches"),
        ((CustomerIx(0), spell(9, None)), "overlaps"),
        ((CustomerIx(0), spell(20, Some(20))), "not after"),
        ((CustomerIx(0), spell(i32::MIN, None)), "calendar"),
        ((CustomerIx(0), with(Some(1), Some(30))), "no such cause"),
        ((CustomerIx(0), with(Some(0), None)), "needs an end"),
    ] {
        let made = Spells::new(YEAR, customers(2), 100, &["price"], &[good, bad]);
        let error = made.unwrap_err().to_string();
        assert!(error.contains("row 1") && error.contains(word), "{error}");
    }
    let twice = Spells::new(YEAR, customers(1), 100, &["a", "b", "a"], &[]).unwrap_err();
    assert!(
        twice.to_string().contains("row 0 and again in row 2"),
        "{twice}"
    );
    assert!(Spells::new(YEAR, customers(1), i32::MAX, &["a"], &[]).is_err());
}

#[test]
fn what_is_not_known_yet_is_open_or_left_out() {
    let rows = [
        (
            CustomerIx(0),
            Spell {
                start: 0,
                end: Some(100),
                cause: Some(0),
            },
        ),
        (CustomerIx(0), spell(101, None)),
        (CustomerIx(1), spell(100, None)),
    ];
    let spells = Spells::new(YEAR, customers(2), 100, &["price"], &rows).unwrap();
    assert_eq!(
        spells.of(CustomerIx(0)).collect::<Vec<_>>(),
        [spell(0, None)]
    );
    assert_eq!(spells.of(CustomerIx(1)).count(), 0);
    assert_eq!(spells.of(CustomerIx(u32::MAX)).count(), 0);
    assert!(spells.active_on(CustomerIx(0), 99) && !spells.active_on(CustomerIx(0), 100));
}

#[test]
fn saved_spells_come_back_and_broken_ones_do_not() {
    let rows = [
        (CustomerIx(1), spell(3, Some(9))),
        (
            CustomerIx(1),
            Spell {
                start: 12,
                end: Some(20),
                cause: Some(0),
            },
        ),
    ];
    let spells = Spells::new(YEAR, customers(2), 100, &["price"], &rows).unwrap();
    let text = persist::to_json(&spells).unwrap();
    assert_eq!(persist::from_json::<Spells>(&text).unwrap(), spells);
    for (part, broken) in [
        ("\"offsets\":[0,0,2]", "\"offsets\":[0,3,2]"),
        ("\"offsets\":[0,0,2]", "\"offsets\":[1,1,2]"),
        ("\"offsets\":[0,0,2]", "\"offsets\":[0,2]"),
        ("\"starts\":[3,12]", "\"starts\":[3,9]"),
        ("\"ends\":[9,20]", "\"ends\":[9]"),
        ("\"days\":365", "\"days\":0"),
        // Beyond what is known, out of order, with the cause of an end that is not known.
        ("\"known_until\":100", "\"known_until\":20"),
        ("\"known_until\":100", "\"known_until\":12"),
        (
            "\"starts\":[3,12],\"ends\":[9,20]",
            "\"starts\":[12,3],\"ends\":[20,9]",
        ),
        ("\"ends\":[9,20]", "\"ends\":[9,2147483647]"),
        (
            "\"end_causes\":[4294967295,0]",
            "\"end_causes\":[4294967295,1]",
        ),
        ("\"causes\":[\"price\"]", "\"causes\":[\"price\",\"price\"]"),
        ("\"starts\":[3,12]", "\"starts\":[-2147483648,12]"),
        ("\"definition\"", "\"definitions\""),
    ] {
        assert!(text.contains(part), "{text}");
        let broken = text.replace(part, broken);
        assert!(persist::from_json::<Spells>(&broken).is_err(), "{broken}");
    }
}

fn purchases(rows: &[(i64, i32)]) -> SummaryState {
    let log = Transactions::builder(Currency::EUR)
        .int_keys(&rows.iter().map(|row| row.0).collect::<Vec<_>>())
        .days(rows.iter().map(|row| row.1).collect())
        .amounts(vec![100; rows.len()]);
    SummaryState::new(&log.build().unwrap()).unwrap()
}

#[test]
fn a_definition_that_purchases_do_not_settle_is_refused() {
    let contract = ChurnDefinition::Contractual {
        allowed_gap_days: 3,
    };
    let state = purchases(&[(1, 0)]);
    let error = Spells::of_purchases(&state, date_of_day(9).unwrap(), contract).unwrap_err();
    assert!(error.to_string().contains("Contractual"), "{error}");
    let unlikely = ChurnDefinition::ProbabilityAlive { below: 0.5 };
    let error = Spells::of_purchases(&state, date_of_day(9).unwrap(), unlikely).unwrap_err();
    assert!(error.to_string().contains("of_purchase_model"), "{error}");
}

#[test]
fn each_customer_may_be_silent_by_a_rhythm_of_their_own() {
    // Customer 0 buys every 10 days, customer 1 every 100; customer 2 bought once.
    let mut rows: Vec<(i64, i32)> = (0..=10).map(|at| (0, 10 * at)).collect();
    rows.extend((0..=10).map(|at| (1, 100 * at)));
    rows.push((2, 500));
    let state = purchases(&rows);
    let ends = |definition| {
        let spells = Spells::of_purchases(&state, date_of_day(5000).unwrap(), definition).unwrap();
        [0, 1, 2].map(|customer| spells.of(CustomerIx(customer)).last().unwrap().end.unwrap())
    };
    // Of 23 gaps 20 ended, half of them by day 10; the curve is 13/23 at 10 days, below a tenth
    // nowhere, and 3/23 at 100. At the quantile .8 all have 100 days: (10 · 10 + 5 · 100) / 15 = 40.
    let own = ChurnDefinition::OwnRhythm {
        quantile: 0.8,
        prior_gaps: 5.0,
    };
    assert_eq!(ends(own), [100 + 40, 1000 + 100, 500 + 100]);
    // The mean gap of all is 55: 2 · (10 · 10 + 10 · 55) / 20 = 65, 2 · (1000 + 550) / 20 = 155, 110.
    let overdue = ChurnDefinition::Overdue {
        ratio: 2.0,
        prior_gaps: 10.0,
    };
    assert_eq!(ends(overdue), [100 + 65, 1000 + 155, 500 + 110]);

    let as_of = date_of_day(5000).unwrap();
    let rare = ChurnDefinition::OwnRhythm {
        quantile: 0.9,
        prior_gaps: 5.0,
    };
    assert!(matches!(
        Spells::of_purchases(&state, as_of, rare),
        Err(Error::Degenerate { .. })
    ));
    let once = purchases(&[(1, 0)]);
    assert!(matches!(
        Spells::of_purchases(&once, as_of, overdue),
        Err(Error::NotEnoughData { .. })
    ));
}

/// Models with rates by week and by day; the last one holds that nobody leaves.
fn models() -> [Box<dyn PurchaseModel>; 4] {
    // BG/NBD and Pareto/NBD of the CDNOW data, Fader, Hardie and Lee 2005.
    [
        Box::new(BgNbd::new(TimeUnit::Weeks, 0.243, 4.414, 0.793, 2.426).unwrap()),
        Box::new(ParetoNbd::new(TimeUnit::Weeks, 0.553, 10.578, 0.606, 11.669).unwrap()),
        Box::new(MbgNbd::new(TimeUnit::Days, 0.5, 40.0, 0.9, 1.5).unwrap()),
        Box::new(Nbd::new(TimeUnit::Days, 0.385, 84.5).unwrap()),
    ]
}

#[test]
fn golden_ends_by_the_formula_of_bg_nbd() {
    // R: d[d > tx & 1 / (1 + a / (b + x - 1) * ((al + d / 7) / (al + tx / 7))^(r + x)) < limit][1]
    // with r = .243, al = 4.414, a = .793, b = 2.426 (equation of P(alive) in Fader, Hardie and Lee
    // 2005), for (x, tx) = (2, 213), (1, 10), (7, 250).
    let histories: [&[i32]; 3] = [&[0, 100, 213], &[0, 10], &[0, 5, 9, 20, 100, 180, 240, 250]];
    let mut rows = Vec::new();
    for (customer, days) in (0..).zip(histories) {
        rows.extend(days.iter().map(|&day| (customer, day)));
    }
    let (state, as_of) = (purchases(&rows), date_of_day(20_000).unwrap());
    for (below, golden) in [(0.5, [438, 70, 359]), (0.2, [838, 276, 441])] {
        let spells = Spells::of_purchase_model(&state, as_of, &*models()[0], below).unwrap();
        let end = |customer| spells.of(CustomerIx(customer)).last().unwrap().end.unwrap();
        assert_eq!([0, 1, 2].map(end), golden);
        let definition = ChurnDefinition::ProbabilityAlive { below };
        assert_eq!(spells.definition(), &definition);
        assert_eq!(spells.known_until(), 20_001);
    }
}

#[test]
fn a_limit_that_is_met_on_a_whole_day_is_not_passed_on_it() {
    let state = purchases(&[(1, 0), (1, 30), (1, 50)]);
    let as_of = date_of_day(5_000).unwrap();
    for model in &models()[..3] {
        for day in 51..400 {
            let on_day = PurchaseHistory::new(2, Days(50.0), Days(f64::from(day))).unwrap();
            let below = model.p_alive_one(&on_day);
            let spells = Spells::of_purchase_model(&state, as_of, &**model, below).unwrap();
            let end = spells.of(CustomerIx(0)).last().unwrap().end;
            assert_eq!(end, Some(day + 1), "{} {below}", model.name());
        }
    }
}

#[test]
fn a_model_that_never_doubts_ends_no_spell() {
    let state = purchases(&[(1, 0), (1, 400), (2, 9)]);
    let as_of = date_of_day(9_000).unwrap();
    let spells = Spells::of_purchase_model(&state, as_of, &*models()[3], 0.999).unwrap();
    for (customer, start) in [(0, 0), (1, 9)] {
        let all: Vec<Spell> = spells.of(CustomerIx(customer)).collect();
        assert_eq!(all, [spell(start, None)]);
    }
    let none = Spells::of_purchase_model(&purchases(&[]), as_of, &*models()[0], 0.5).unwrap();
    assert!(none.is_empty());
    for below in [0.0, 1.0, -0.5, f64::NAN] {
        let error = Spells::of_purchase_model(&state, as_of, &*models()[0], below).unwrap_err();
        assert!(error.to_string().starts_with("below"), "{error}");
    }
    let last = chrono::NaiveDate::MAX;
    assert!(Spells::of_purchase_model(&state, last, &*models()[0], 0.5).is_err());
}

#[test]
fn any_number_of_threads_gives_the_same_spells() {
    // More customers than are judged together.
    let rows: Vec<(i64, i32)> = (0..60_000)
        .map(|at: i32| (i64::from(at % 20_000), at * 31 % 700))
        .collect();
    let (state, as_of) = (purchases(&rows), date_of_day(800).unwrap());
    let made = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
        pool.build().unwrap().install(|| {
            let own = ChurnDefinition::OwnRhythm {
                quantile: 0.5,
                prior_gaps: 2.0,
            };
            (
                Spells::of_purchases(&state, as_of, own).unwrap(),
                Spells::of_purchase_model(&state, as_of, &*models()[0], 0.6).unwrap(),
            )
        })
    };
    let one = made(1);
    assert!(one.0.len() > 20_000 && one.1.len() > 20_000);
    for threads in [2, 3, 8] {
        assert_eq!(made(threads), one);
    }
}

/// Spells with their customers, causes and end of what is known.
fn any_spells() -> impl Strategy<Value = Spells> {
    let life = prop::collection::vec((1i32..30, 1i32..20, 0u32..4), 0..4);
    let lives = prop::collection::vec((-40i32..40, life), 0..8);
    (lives, 0i32..90).prop_map(|(lives, known_until)| {
        let customers = customers(i64::try_from(lives.len()).unwrap());
        let mut rows = Vec::new();
        for (customer, (mut start, steps)) in customers.numbers().zip(lives) {
            for (stay, away, cause) in steps {
                let cause = Some(cause).filter(|&cause| cause < 2);
                let end = Some(start + stay);
                rows.push((customer, Spell { start, end, cause }));
                start += stay + away;
            }
        }
        Spells::new(YEAR, customers, known_until, &["price", "moved"], &rows).unwrap()
    })
}

proptest! {
    /// What is saved loads equal, and with one number changed it is refused or sound.
    #[test]
    fn saved_spells_load_equal(spells in any_spells(), place in 0usize..64, moved in -3i32..4) {
        let text = persist::to_json(&spells).unwrap();
        prop_assert_eq!(&persist::from_json::<Spells>(&text).unwrap(), &spells);
        if spells.is_empty() || moved == 0 {
            return Ok(());
        }
        let mut damaged = spells.clone();
        let place = place % (2 * damaged.len());
        let day = match place.checked_sub(damaged.len()) {
            None => &mut damaged.starts[place],
            Some(place) => &mut damaged.ends[place],
        };
        *day = day.saturating_add(moved);
        let text = serde_json::to_string(&damaged).unwrap();
        if let Ok(loaded) = serde_json::from_str::<Spells>(&text) {
            prop_assert_eq!(&loaded, &damaged);
            let mut before = None;
            for customer in loaded.customers().numbers() {
                for spell in loaded.of(customer) {
                    prop_assert!(spell.start < loaded.known_until());
                    let end = spell.end.unwrap_or(loaded.known_until());
                    prop_assert!(spell.start < end && end <= loaded.known_until());
                    if let Some((_, last)) = before.filter(|&(of, _)| of == customer) {
                        prop_assert!(last < spell.start);
                    }
                    before = Some((customer, end));
                }
            }
        }
    }

    /// The model is asked on every day: alive enough, or a purchase on it.
    #[test]
    fn ends_by_a_model_are_what_it_says_each_day(
        days in prop::collection::vec(0i32..300, 1..10),
        model in 0usize..4,
        below in 0.02f64..0.98,
    ) {
        let rows: Vec<(i64, i32)> = days.iter().map(|&day| (7, day)).collect();
        let model = &*models()[model];
        let (state, as_of) = (purchases(&rows), date_of_day(700).unwrap());
        let spells = Spells::of_purchase_model(&state, as_of, model, below).unwrap();
        let mut days = days;
        days.sort_unstable();
        days.dedup();
        for day in 0..=700 {
            let bought: Vec<i32> = days.iter().copied().filter(|&it| it <= day).collect();
            let active = bought.last().is_some_and(|&last| {
                let [recency, age] = [last, day].map(|it| Days(f64::from(it - bought[0])));
                let x = u32::try_from(bought.len() - 1).unwrap();
                let history = PurchaseHistory::new(x, recency, age).unwrap();
                last == day || model.p_alive_one(&history) >= below
            });
            prop_assert_eq!(spells.active_on(CustomerIx(0), day), active, "day {}", day);
        }
    }

    /// A customer on a day is one who bought on it or on one of the days - 1 before.
    #[test]
    fn inactivity_is_what_each_day_says(
        days in prop::collection::vec(0i32..120, 1..12),
        allowed in 1i32..40,
        as_of in 0i32..130,
    ) {
        let rows: Vec<(i64, i32)> = days.iter().map(|&day| (7, day)).collect();
        let definition = ChurnDefinition::Inactivity { days: allowed.unsigned_abs() };
        let as_of_date = date_of_day(as_of).unwrap();
        let spells = Spells::of_purchases(&purchases(&rows), as_of_date, definition).unwrap();
        for day in 0..=as_of {
            let bought = days.iter().any(|&it| it <= day && day - it < allowed);
            prop_assert_eq!(spells.active_on(CustomerIx(0), day), bought, "day {}", day);
        }
        let rebuilt: Vec<_> = spells.of(CustomerIx(0)).map(|it| (CustomerIx(0), it)).collect();
        let again =
            Spells::new(definition, spells.customers().clone(), as_of + 1, &[""; 0], &rebuilt);
        prop_assert_eq!(again.unwrap(), spells);
    }
}
