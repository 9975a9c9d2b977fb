//! Revenue bridges against a plain account of each customer.

use std::collections::BTreeMap;

use custometry::{
    ErrorKind,
    data::{
        Assignments, Currency, CustomerIx, MinorUnits, Segment, SegmentId, Transactions, Window,
        date_of_day,
    },
    simulate::PurchaseLogParams,
    value::{BridgeLine, BridgeParams, LabelledState, Measure, Movement, SummaryState},
};
use proptest::prelude::*;

/// A row of a log: customer, day, amount, channel.
type Row = (i64, i32, i64, u8);

const CHANNELS: [&str; 4] = ["web", "shop", "mail", ""];

pub(crate) fn days(first: i32, last: i32) -> Window {
    Window::new(date_of_day(first).unwrap(), date_of_day(last).unwrap()).unwrap()
}

fn log(rows: &[Row]) -> Transactions {
    let channels: Vec<&str> = rows
        .iter()
        .map(|row| CHANNELS[usize::from(row.3)])
        .collect();
    Transactions::builder(Currency::EUR)
        .int_keys(&rows.iter().map(|row| row.0).collect::<Vec<_>>())
        .days(rows.iter().map(|row| row.1).collect())
        .amounts(rows.iter().map(|row| row.2).collect())
        .channels(&channels)
        .build()
        .unwrap()
}

/// Opening from day 10 to 21, closing from day 25 to 36; a gap between them.
const OPENING: std::ops::RangeInclusive<i32> = 10..=21;
const CLOSING: std::ops::RangeInclusive<i32> = 25..=36;

fn params() -> BridgeParams {
    let of = |range: std::ops::RangeInclusive<i32>| days(*range.start(), *range.end());
    BridgeParams::new(of(OPENING), of(CLOSING)).parts(4)
}

fn rows() -> impl Strategy<Value = Vec<Row>> {
    prop::collection::vec((0i64..9, 0i32..45, -300i64..900, 0u8..4), 1..80)
}

/// What a customer did, from the rows one by one.
fn plain_movement(rows: &[Row], customer: i64) -> Option<(i64, i64, Movement)> {
    let of = |range: &dyn Fn(i32) -> bool| -> Vec<i64> {
        let mine = rows.iter().filter(|row| row.0 == customer && range(row.1));
        mine.map(|row| row.2).collect()
    };
    let (opening, closing) = (
        of(&|day| OPENING.contains(&day)),
        of(&|day| CLOSING.contains(&day)),
    );
    let earlier = of(&|day| day < *CLOSING.start() && !OPENING.contains(&day));
    let bought = |amounts: &[i64]| amounts.iter().any(|&amount| amount >= 0);
    if opening.is_empty() && closing.is_empty() {
        return None;
    }
    let (before, after): (i64, i64) = (opening.iter().sum(), closing.iter().sum());
    let movement = match (bought(&opening), bought(&closing)) {
        (false, true) if bought(&earlier) => Movement::Reactivated,
        (false, true) => Movement::New,
        (true, false) => Movement::Lost,
        _ if after > before => Movement::Expansion,
        _ if after < before => Movement::Contraction,
        _ => Movement::Unchanged,
    };
    Some((before, after, movement))
}

fn balance(line: &BridgeLine) -> i64 {
    let gains = line.new.0 + line.reactivated.0 + line.expansion.0;
    line.opening.0 + gains + line.contraction.0 + line.lost.0 - line.closing.0
}

/// The money of a line, in a list that can be added up.
fn columns(line: &BridgeLine) -> [i64; 7] {
    [
        line.opening,
        line.new,
        line.reactivated,
        line.expansion,
        line.contraction,
        line.lost,
        line.closing,
    ]
    .map(|money| money.0)
}

fn sum<'a>(lines: impl Iterator<Item = &'a BridgeLine>) -> [i64; 7] {
    lines.map(columns).fold([0; 7], |mut sum, line| {
        for (sum, money) in sum.iter_mut().zip(line) {
            *sum += money;
        }
        sum
    })
}

proptest! {
    #[test]
    fn bridges_balance_and_agree_with_a_plain_account(rows in rows(), segments in any::<u64>()) {
        let log = log(&rows);
        let state = SummaryState::new(&log).unwrap();
        let in_periods = rows.iter().any(|row| OPENING.contains(&row.1) || CLOSING.contains(&row.1));
        let bridge = match params().evaluate(&state) {
            Ok(bridge) => bridge,
            Err(error) => {
                prop_assert_eq!(error.kind(), ErrorKind::NotEnoughData);
                prop_assert!(!in_periods);
                return Ok(());
            }
        };
        // Customer by customer, and then all.
        let mut expected: BTreeMap<Option<Movement>, i64> = BTreeMap::new();
        for customer in log.customers().numbers() {
            let key: i64 = log.customers().key(customer).unwrap().to_string().parse().unwrap();
            let plain = plain_movement(&rows, key);
            prop_assert_eq!(bridge.movements()[customer.at()], plain.map(|plain| plain.2));
            let change = bridge.change(customer);
            prop_assert_eq!(
                change.map(|change| (change.opening.0, change.closing.0, change.movement)),
                plain
            );
            if let Some((before, after, movement)) = plain {
                *expected.entry(Some(movement)).or_default() += after - before;
            }
        }
        let total = bridge.total().unwrap();
        prop_assert_eq!(balance(&total), 0);
        for (movement, money) in [
            (Movement::New, total.new),
            (Movement::Reactivated, total.reactivated),
            (Movement::Expansion, total.expansion),
            (Movement::Contraction, total.contraction),
            (Movement::Lost, total.lost),
        ] {
            prop_assert_eq!(expected.get(&Some(movement)).copied().unwrap_or(0), money.0);
        }
        let in_period = |range: std::ops::RangeInclusive<i32>| -> i64 {
            rows.iter().filter(|row| range.contains(&row.1)).map(|row| row.2).sum()
        };
        prop_assert_eq!((total.opening.0, total.closing.0), (in_period(OPENING), in_period(CLOSING)));

        // By segment, with customers of none.
        let named = |id: u32| Segment { id: SegmentId(id), name: format!("s{id}") };
        let of = |at: u32| match segments >> (2 * at % 64) & 3 {
            3 => None,
            id => Some(SegmentId(u32::try_from(id).unwrap())),
        };
        let assigned = log.customers().numbers().map(|customer| of(customer.0)).collect();
        let day = date_of_day(21).unwrap();
        let assigned = Assignments::new("any v1", day, vec![named(0), named(1), named(2)], assigned).unwrap();
        let groups = bridge.by_segment(&assigned).unwrap();
        for group in &groups {
            prop_assert_eq!(balance(&group.line), 0);
        }
        prop_assert_eq!(sum(groups.iter().map(|group| &group.line)), columns(&total));

        // By channel: new, reactivated and lost are what they are for all.
        let by_channel = LabelledState::new(&log, log.channels().unwrap()).unwrap();
        let channels = params().evaluate_labels(&by_channel).unwrap();
        for channel in &channels {
            prop_assert_eq!(balance(&channel.line), 0);
            let name = channel.group.clone().unwrap_or_default();
            let opening: i64 = rows.iter()
                .filter(|row| OPENING.contains(&row.1) && CHANNELS[usize::from(row.3)] == name)
                .map(|row| row.2)
                .sum();
            prop_assert_eq!(channel.line.opening.0, opening);
        }
        let together = sum(channels.iter().map(|channel| &channel.line));
        let all = columns(&total);
        prop_assert_eq!(together[..3].to_vec(), all[..3].to_vec());
        prop_assert_eq!(together[3] + together[4], all[3] + all[4]);
        prop_assert_eq!(together[5..].to_vec(), all[5..].to_vec());
    }

    #[test]
    fn ranks_are_those_of_a_sort(rows in rows(), count in 0usize..12) {
        let state = SummaryState::new(&log(&rows)).unwrap();
        let Ok(bridge) = params().evaluate(&state) else { return Ok(()) };
        let all: Vec<_> = state.customers().numbers().filter_map(|at| bridge.change(at)).collect();
        let mut gaining: Vec<_> = all.iter().filter(|change| change.change.0 > 0).copied().collect();
        gaining.sort_by_key(|change| (-change.change.0, change.who));
        gaining.truncate(count);
        prop_assert_eq!(bridge.gaining(count), gaining);
        let mut declining: Vec<_> = all.iter().filter(|change| change.change.0 < 0).copied().collect();
        declining.sort_by_key(|change| (change.change.0, change.who));
        declining.truncate(count);
        prop_assert_eq!(bridge.declining(count), declining);
        for change in all {
            prop_assert!((0.0..=1.0).contains(&change.persistence));
        }
    }
}

/// Twelve days in four parts of three: the share of the sixteen pairs by hand.
#[test]
fn persistence_counts_pairs_of_parts() {
    // Opening parts 100, 0, 50, 0; closing parts 60, 60, 0, 200.
    let rows: Vec<Row> = [(10, 100), (16, 50), (25, 60), (28, 60), (36, 200)]
        .map(|(day, amount)| (1, day, amount, 0))
        .to_vec();
    let bridge = params()
        .evaluate(&SummaryState::new(&log(&rows)).unwrap())
        .unwrap();
    let change = bridge.change(CustomerIx(0)).unwrap();
    assert_eq!(change.change, MinorUnits(170));
    // Pairs won by 60, 60, 0 and 200: 3, 3, 0 and 4, and two ties of 0 with 0.
    let exact = (3.0 + 3.0 + 4.0 + 0.5 * 2.0) / 16.0;
    assert!((change.persistence - exact).abs() < 1e-15);
}

#[test]
fn a_bridge_of_contribution_is_that_of_amounts_less_costs() {
    let rows: Vec<Row> = vec![
        (1, 11, 900, 0),
        (1, 30, 800, 1),
        (2, 30, 500, 1),
        (3, 12, 700, 0),
    ];
    let costs = vec![400, 100, 600, 300];
    let with_costs = Transactions::builder(Currency::EUR)
        .int_keys(&[1, 1, 2, 3])
        .days(rows.iter().map(|row| row.1).collect())
        .amounts(rows.iter().map(|row| row.2).collect())
        .costs(costs)
        .channels(&["web", "shop", "shop", "web"])
        .build()
        .unwrap();
    let state = SummaryState::contribution(&with_costs).unwrap();
    let bridge = params().evaluate(&state).unwrap();
    assert_eq!(bridge.measure(), Measure::Contribution);
    let line = bridge.total().unwrap();
    // 500 and 400 before, 700 and -100 after: a sale below cost is a purchase still.
    assert_eq!(columns(&line), [900, -100, 0, 200, 0, -400, 600]);
    assert_eq!(line.customers.new, 1);
    let cells = LabelledState::contribution(&with_costs, with_costs.channels().unwrap()).unwrap();
    let channels = params().evaluate_labels(&cells).unwrap();
    assert_eq!(columns(&channels[1].line), [0, -100, 0, 700, 0, 0, 600]);
}

#[test]
fn what_cannot_be_compared_is_said() {
    let rows: Vec<Row> = vec![(1, 11, 900, 0)];
    let state = SummaryState::new(&log(&rows)).unwrap();
    for (params, words) in [
        (
            BridgeParams::new(days(0, 9), days(9, 19)),
            "periods is until 1970-01-10",
        ),
        (
            BridgeParams::new(days(0, 9), days(10, 11)),
            "parts is 3, expected 1 to 2",
        ),
        (
            BridgeParams::new(days(0, 90), days(100, 190)).parts(13),
            "parts is 13, expected 1 to 12",
        ),
        (
            BridgeParams::new(days(0, 9), days(20, 29)).parts(0),
            "parts is 0",
        ),
        (
            BridgeParams::new(days(0, 4), days(5, 9)),
            "needs at least 1 days with money from 1970-01-01 to 1970-01-05",
        ),
    ] {
        let error = params.evaluate(&state).unwrap_err();
        assert!(error.to_string().starts_with(words), "{error}");
    }
    // All in the one period or the other: all new, or all lost.
    let all_new = BridgeParams::new(days(0, 9), days(10, 19))
        .evaluate(&state)
        .unwrap();
    let line = all_new.total().unwrap();
    assert_eq!(columns(&line), [0, 900, 0, 0, 0, 0, 900]);
    assert_eq!((line.net_retention(), line.gross_retention()), (None, None));
    let all_lost = BridgeParams::new(days(10, 19), days(20, 29))
        .evaluate(&state)
        .unwrap();
    assert_eq!(all_lost.total().unwrap().net_retention(), Some(0.0));
    let day = date_of_day(9).unwrap();
    let others = Assignments::new("v1", day, vec![], vec![None, None]).unwrap();
    assert_eq!(
        all_new.by_segment(&others).unwrap_err().kind(),
        ErrorKind::LengthMismatch
    );
    // Money beyond any number is told, not wrapped.
    let rich: Vec<Row> = vec![(1, 11, i64::MAX, 0), (2, 12, i64::MAX, 0)];
    let state = SummaryState::new(&log(&rich)).unwrap();
    let bridge = BridgeParams::new(days(10, 19), days(20, 29))
        .evaluate(&state)
        .unwrap();
    assert_eq!(bridge.total().unwrap_err().kind(), ErrorKind::Overflow);
    let one: Vec<Row> = vec![(1, 11, i64::MAX, 0), (1, 12, i64::MAX, 0)];
    let state = SummaryState::new(&log(&one)).unwrap();
    let error = BridgeParams::new(days(10, 19), days(20, 29))
        .evaluate(&state)
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Overflow);
}

/// More customers than one chunk or block of any step.
#[test]
fn a_bridge_of_many_blocks_balances() {
    let log = PurchaseLogParams::default()
        .customers(40_000)
        .seed(5)
        .generate()
        .unwrap();
    let state = SummaryState::new(&log.transactions).unwrap();
    let bridge = BridgeParams::new(days(9_900, 10_100), days(10_101, 10_301))
        .evaluate(&state)
        .unwrap();
    let total = bridge.total().unwrap();
    assert_eq!(balance(&total), 0);
    let rows = log
        .transactions
        .days()
        .iter()
        .zip(log.transactions.amounts());
    let closing: i64 = rows
        .filter(|(day, _)| (10_101..=10_301).contains(*day))
        .map(|(_, money)| money)
        .sum();
    assert_eq!(total.closing.0, closing);
}
