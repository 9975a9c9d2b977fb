use proptest::prelude::*;

use super::*;
use crate::{
    churn::Spell,
    data::{Currency, Customers, Transactions},
    value::SummaryState,
};

const YEAR: ChurnDefinition = ChurnDefinition::Inactivity { days: 365 };
const READINGS: [CohortReading; 3] = [
    CohortReading::OnDay,
    CohortReading::InBracket,
    CohortReading::OnOrAfter,
];

/// Starts and ends of the spells of each customer.
type Lives = Vec<Vec<(i32, Option<i32>)>>;

fn spells(lives: &Lives, known_until: i32) -> Spells {
    let keys: Vec<i64> = (0..).take(lives.len()).collect();
    let (customers, rows) = Customers::from_ints(&keys).unwrap();
    let mut all = Vec::new();
    for (customer, life) in rows.into_iter().zip(lives) {
        for &(start, end) in life {
            let cause = None;
            all.push((customer, Spell { start, end, cause }));
        }
    }
    Spells::new(YEAR, customers, known_until, &[""; 0], &all).unwrap()
}

fn dates(days: &[i32]) -> Vec<NaiveDate> {
    days.iter().map(|&day| date_of_day(day).unwrap()).collect()
}

fn by_edges(edges: &[i32], days: &[u32]) -> CohortCurveParams {
    CohortCurveParams::by_edges(&dates(edges)).days(days)
}

#[test]
fn who_returns_on_day_two_counts_for_all_days_before_if_unbounded() {
    // The case of Amplitude's page on retention: "A user who triggers the event on day two, for
    // example, will also be included in the data point for days one and zero".
    let lives = vec![vec![(0, Some(1)), (2, Some(3))], vec![(0, Some(1))]];
    let params = by_edges(&[0, 1], &[0, 1, 2, 3]);
    let curves = params.evaluate(&spells(&lives, 10)).unwrap();
    let row = |reading| [0, 1, 2, 3].map(|mark| curves.rows()[0].active(reading, mark).unwrap());
    assert_eq!(row(CohortReading::OnDay), [2, 0, 1, 0]);
    assert_eq!(row(CohortReading::OnOrAfter), [2, 1, 1, 0]);
}

#[test]
fn a_cohort_by_hand_and_its_curve_from_r() {
    // First spells of 15, 21, 8 and 5 days; four go on, watched to the ages of 34, 14, 29 and 30.
    let lives = vec![
        vec![(0, Some(15)), (40, None)],
        vec![(11, None)],
        vec![(31, None)],
        vec![(3, Some(24))],
        vec![(16, None)],
        vec![(20, Some(28)), (29, Some(45))],
        vec![(25, Some(30))],
        vec![(15, None)],
    ];
    let params = by_edges(&[0, 32], &[7, 14, 21, 30]);
    let curves = params.evaluate(&spells(&lives, 46)).unwrap();
    let cohort = &curves.rows()[0];
    let row = |reading| [0, 1, 2, 3].map(|mark| cohort.active(reading, mark));
    // The newest came on day 31: its age of 14 is the last known.
    assert_eq!(row(CohortReading::OnDay), [Some(7), Some(7), None, None]);
    assert_eq!(row(CohortReading::InBracket), [Some(7), None, None, None]);
    // The first customer is away at 15, but back by day 40.
    assert_eq!(
        row(CohortReading::OnOrAfter),
        [Some(7), Some(7), None, None]
    );

    // R 4.2.2, survival 3.5.3: summary(survfit(Surv(c(15, 34, 14, 21, 29, 8, 5, 30),
    // c(1, 0, 0, 1, 0, 1, 1, 0)) ~ 1, conf.type = "log-log"), times = c(7, 14, 21, 30))
    for (age, golden) in [
        (7, [0.875, 0.387000014032, 0.981392965879]),
        (14, [0.75, 0.314807113706, 0.930898317091]),
        (21, [0.45, 0.107578115238, 0.751273849926]),
        (30, [0.45, 0.107578115238, 0.751273849926]),
    ] {
        let found = cohort.survival_at(age, 0.95).unwrap().unwrap();
        for (found, golden) in [found.value, found.lo, found.hi].into_iter().zip(golden) {
            assert!((found - golden).abs() < 1e-12, "{age}: {found} {golden}");
        }
    }
    assert!(cohort.survival_at(34, 0.95).unwrap().is_some());
    assert_eq!(cohort.survival_at(35, 0.95).unwrap(), None);
    // R: prop.test(7, 8, correct = FALSE)
    let share = cohort
        .share(CohortReading::OnDay, 1, 0.95)
        .unwrap()
        .unwrap();
    for (found, golden) in [
        (share.value, 0.875),
        (share.lo, 0.529111817787),
        (share.hi, 0.977582508550),
    ] {
        assert!((found - golden).abs() < 1e-12, "{found} {golden}");
    }
}

#[test]
fn what_is_not_known_in_full_is_none() {
    let lives = vec![vec![(0, None)], vec![(9, None)], vec![(12, None)]];
    let params = by_edges(&[0, 10, 20, 30], &[0, 5, 10]);
    let cells = |known_until, cohort: usize| {
        let curves = params.evaluate(&spells(&lives, known_until)).unwrap();
        let row = curves.rows()[cohort].clone();
        READINGS.map(|reading| [0, 1, 2].map(|mark| row.active(reading, mark)))
    };
    // The newest came on day 9: the age of 5 is day 14, the bracket from 5 to 9 ends with day 18.
    let [on_day, in_bracket, on_or_after] = cells(14, 0);
    assert_eq!(on_day, [Some(2), None, None]);
    assert_eq!(in_bracket, [Some(2), None, None]);
    assert_eq!(on_or_after, on_day);
    assert_eq!(cells(15, 0)[0], [Some(2), Some(2), None]);
    assert_eq!(cells(18, 0)[1], [Some(2), None, None]);
    assert_eq!(cells(19, 0)[1], [Some(2), Some(2), None]);
    // The second cohort ends with day 19: until then customers may still come.
    assert_eq!(cells(19, 1), [[None; 3]; 3]);
    assert_eq!(cells(20, 1)[0], [Some(1), Some(1), None]);
    // Nobody came in the third.
    let curves = params.evaluate(&spells(&lives, 99)).unwrap();
    let nobody = &curves.rows()[2];
    assert_eq!(
        (nobody.customers(), nobody.active(CohortReading::OnDay, 0)),
        (0, None)
    );
    assert_eq!(
        (nobody.curve(), nobody.survival_at(1, 0.5).unwrap()),
        (None, None)
    );
    assert_eq!(nobody.active(CohortReading::OnDay, 3), None);
}

#[test]
fn periods_of_the_calendar_go_on_until_the_data_end() {
    let lives = vec![vec![(40, Some(50))], vec![(130, None)], vec![]];
    let params = CohortCurveParams::by_period(CohortPeriod::Month);
    let curves = params.evaluate(&spells(&lives, 151)).unwrap();
    let rows = curves.rows().iter();
    let rows: Vec<_> = rows
        .map(|row| (row.start().to_string(), row.customers()))
        .collect();
    let expected = ["02", "03", "04", "05"].map(|month| format!("1970-{month}-01"));
    assert_eq!(
        rows,
        expected.into_iter().zip([1, 0, 0, 1]).collect::<Vec<_>>()
    );
    // May is over with day 150, the last known.
    assert_eq!(curves.rows()[3].active(CohortReading::OnDay, 0), Some(1));
    assert_eq!(curves.outside(), 0);
}

#[test]
fn what_makes_no_sense_is_refused() {
    let some = spells(&vec![vec![(5, None)]], 90);
    let said = |params: CohortCurveParams, spells: &Spells| {
        params.evaluate(spells).unwrap_err().to_string()
    };
    let month = || CohortCurveParams::by_period(CohortPeriod::Month);
    for (params, word) in [
        (month().days(&[]), "marks"),
        (month().days(&[3, 3]), "days, row 1"),
        (by_edges(&[5], &[1]), "edges of cohorts"),
        (by_edges(&[5, 9, 9], &[1]), "edges, row 2"),
        (month().days(&(0..1_100_000).collect::<Vec<_>>()), "cells"),
    ] {
        let error = said(params, &some);
        assert!(error.contains(word), "{error}");
    }
    let nobody = spells(&vec![vec![]], 90);
    assert!(said(month(), &nobody).contains("customers with a spell"));
    let long = spells(&vec![vec![(-500_000, None)]], 90);
    assert!(said(month(), &long).contains("at most 1200"));
    let curves = month().evaluate(&some).unwrap();
    for level in [0.0, 1.0, f64::NAN] {
        assert!(
            curves.rows()[0]
                .share(CohortReading::OnDay, 9, level)
                .is_err()
        );
        assert!(curves.rows()[0].survival_at(9_999, level).is_err());
    }
}

#[test]
fn any_number_of_threads_gives_the_same() {
    let lives: Lives = (0..40_000)
        .map(|at: i32| {
            let start = at * 37 % 300;
            let end = start + 1 + at * 13 % 90;
            vec![(start, Some(end)), (end + 1 + at % 50, None)]
        })
        .collect();
    let spells = spells(&lives, 400);
    let params = CohortCurveParams::by_period(CohortPeriod::Month);
    let on = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
        pool.build()
            .unwrap()
            .install(|| params.evaluate(&spells).unwrap())
    };
    let one = on(1);
    let all: u64 = one.rows().iter().map(CohortCurve::customers).sum();
    assert_eq!((all, one.outside()), (40_000, 0));
    for threads in [2, 3, 8] {
        assert_eq!(on(threads), one);
    }
}

/// Spells that start on days 0 to 79, up to three a customer.
fn lives() -> impl Strategy<Value = Lives> {
    let life = prop::collection::vec((1i32..30, 1i32..40), 0..4);
    prop::collection::vec((0i32..30, life, any::<bool>()), 1..12).prop_map(|all| {
        let life = |(first, steps, open): (i32, Vec<(i32, i32)>, bool)| {
            let mut start = first;
            let mut spells = Vec::new();
            for (stay, away) in steps {
                spells.push((start, Some(start + stay)));
                start += stay + away;
            }
            if let Some(last) = spells.last_mut().filter(|_| open) {
                last.1 = None;
            }
            spells
        };
        all.into_iter().map(life).collect()
    })
}

proptest! {
    /// Every cell against what each day says of each customer.
    #[test]
    fn cells_are_what_each_day_says(
        lives in lives(),
        known_until in 30i32..120,
        steps in prop::collection::vec(1u32..15, 1..6),
        first_mark in 0u32..3,
    ) {
        let spells = spells(&lives, known_until);
        prop_assume!(!spells.is_empty());
        let mut marks = vec![first_mark];
        for step in steps {
            marks.push(marks[marks.len() - 1] + step);
        }
        let edges = [3, 12, 25];
        let curves = by_edges(&edges, &marks).evaluate(&spells).unwrap();
        let mut members = [vec![], vec![]];
        let mut outside = 0;
        for customer in spells.customers().numbers() {
            let Some(first) = spells.of(customer).next() else { continue };
            match edges.windows(2).position(|pair| (pair[0]..pair[1]).contains(&first.start)) {
                Some(cohort) => members[cohort].push((customer, first.start)),
                None => outside += 1,
            }
        }
        prop_assert_eq!(curves.outside(), outside);
        for (cohort, members) in members.iter().enumerate() {
            let row = &curves.rows()[cohort];
            prop_assert_eq!(row.customers(), members.len() as u64);
            let ended = edges[cohort + 1] <= known_until;
            for mark in 0..marks.len() {
                let age = marks[mark].cast_signed();
                let next = marks.get(mark + 1).map(|next| next.cast_signed());
                let days = |reading, start: i32| match reading {
                    CohortReading::OnDay => Some((start + age..start + age + 1, true)),
                    CohortReading::InBracket => Some((start + age..start + next?, true)),
                    CohortReading::OnOrAfter => {
                        // As far as is known, once the first day is.
                        Some((start + age..known_until, start + age < known_until))
                    }
                };
                for reading in READINGS {
                    let mut count = Some(0).filter(|_| ended && !members.is_empty());
                    for &(customer, start) in members {
                        let of = days(reading, start).filter(|(days, begun)| {
                            *begun && days.clone().all(|day| day < known_until)
                        });
                        count = count.zip(of).map(|(count, (mut days, _))| {
                            count + u64::from(days.any(|day| spells.active_on(customer, day)))
                        });
                    }
                    prop_assert_eq!(row.active(reading, mark), count, "{:?} {}", reading, mark);
                }
            }
        }
    }

    /// Where all is known and nobody returns, the curve is the share; with returns it is below.
    #[test]
    fn the_curve_agrees_with_shares_that_are_known(lives in lives(), age in 0u32..60) {
        let spells = spells(&lives, 1_000);
        prop_assume!(!spells.is_empty());
        let row = &by_edges(&[0, 500], &[age]).evaluate(&spells).unwrap().rows()[0].clone();
        let curve = row.survival_at(age, 0.9).unwrap().unwrap().value;
        let share = row.share(CohortReading::OnDay, 0, 0.9).unwrap().unwrap().value;
        prop_assert!(curve <= share + 1e-12, "{} {}", curve, share);
        if lives.iter().all(|life| life.len() <= 1) {
            prop_assert!((curve - share).abs() < 1e-12, "{} {}", curve, share);
        }
    }

    /// Newer data leave final cells as they are, and raise the others at most. Spells are made again of
    /// the purchases that were known by either day.
    #[test]
    fn newer_data_change_no_final_cell(
        bought in prop::collection::vec((0i64..8, 0i32..150), 1..60),
        days in 1u32..25, known in 30i32..100, more in 1i32..50,
    ) {
        let marks = [0, 4, 9, 20];
        let definition = ChurnDefinition::Inactivity { days };
        let spells = [known, known + more].map(|as_of| of_purchases(&bought, as_of, definition));
        prop_assume!(!spells[0].is_empty());
        let params = by_edges(&[0, 15, 29], &marks);
        let [old, new] = spells.map(|spells| params.evaluate(&spells).unwrap());
        for (old, new) in old.rows().iter().zip(new.rows()) {
            for reading in READINGS {
                for mark in 0..marks.len() {
                    if let Some(count) = old.active(reading, mark) {
                        let later = new.active(reading, mark).unwrap();
                        prop_assert!(later >= count);
                        prop_assert!(later == count || !reading.is_final());
                    }
                }
            }
        }
    }
}

fn of_purchases(bought: &[(i64, i32)], as_of: i32, definition: ChurnDefinition) -> Spells {
    let log = Transactions::builder(Currency::EUR)
        .int_keys(&bought.iter().map(|row| row.0).collect::<Vec<_>>())
        .days(bought.iter().map(|row| row.1).collect())
        .amounts(vec![100; bought.len()])
        .build()
        .unwrap();
    let state = SummaryState::new(&log).unwrap();
    Spells::of_purchases(&state, date_of_day(as_of).unwrap(), definition).unwrap()
}

#[test]
fn a_rhythm_learned_later_moves_cells_of_the_past() {
    let bought = [
        (1, 0),
        (1, 10),
        (2, 0),
        (2, 10),
        (1, 70),
        (1, 130),
        (1, 190),
    ];
    let (quantile, ratio, prior_gaps) = (0.5, 2.0, 1.0);
    for (definition, later) in [
        (ChurnDefinition::Inactivity { days: 20 }, 0),
        (
            ChurnDefinition::OwnRhythm {
                quantile,
                prior_gaps,
            },
            2,
        ),
        (ChurnDefinition::Overdue { ratio, prior_gaps }, 2),
    ] {
        let at_35 = |as_of| {
            let spells = of_purchases(&bought, as_of, definition);
            let curves = by_edges(&[0, 1], &[35]).evaluate(&spells).unwrap();
            curves.rows()[0].active(CohortReading::OnDay, 0)
        };
        // Gaps of 10 days alone, and later three of 60 days of the first customer. Half of the gaps of
        // all are then 60 or less, their mean is 40; the second customer, with one gap of 10, is
        // allowed (10 + 60) / 2 days, or 2 (10 + 40) / 2, from day 10 on, and the first more.
        assert_eq!(
            (at_35(60), at_35(200)),
            (Some(0), Some(later)),
            "{definition:?}"
        );
    }
}
