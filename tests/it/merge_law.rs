//! The laws that every mergeable state obeys, as one harness for all rooms, and
//! the states of the rooms put through it.

use std::fmt::Debug;

use custometry::{
    Result,
    churn::{Durations, RiskTable},
    data::{
        Assignments, ContactStatus, ContactStatuses, Currency, CustomerIx, Customers, Merge,
        Segment, SegmentId, Transactions, date_of_day, merge_all,
    },
    migration::{DriftCounts, DriftParams, FlowState, OverlapCounts, SegmentPanel, TripleCounts},
    overview::OverviewState,
    segmentation::Contingency,
    value::{ContractHistories, LabelledState, ProfitState, SummaryState},
};
use proptest::prelude::*;

use crate::bridge::days;

/// Checks identity, associativity, commutativity and splitting.
///
/// `parts` are states of disjoint parts of the rows, `whole` the state of all
/// rows; `canonical` brings a state into an order that does not depend on the
/// order of its rows.
pub(crate) fn check_laws<S>(
    parts: &[S],
    whole: &S,
    canonical: impl Fn(&S) -> S,
) -> std::result::Result<(), TestCaseError>
where
    S: Merge + Clone + PartialEq + Debug,
{
    let same = |left: &S, right: &S| -> std::result::Result<(), TestCaseError> {
        prop_assert!(
            canonical(left) == canonical(right),
            "{left:?} is not {right:?}"
        );
        Ok(())
    };
    let merge = |left: &S, right: &S| left.clone().merge(right.clone()).unwrap();
    for part in parts {
        same(&merge(part, &part.neutral()), part)?;
        same(&merge(&part.neutral(), part), part)?;
    }
    for pair in parts.windows(2) {
        same(&merge(&pair[0], &pair[1]), &merge(&pair[1], &pair[0]))?;
    }
    for three in parts.windows(3) {
        let left = merge(&merge(&three[0], &three[1]), &three[2]);
        let right = merge(&three[0], &merge(&three[1], &three[2]));
        same(&left, &right)?;
    }
    let one_by_one = parts
        .iter()
        .fold(whole.neutral(), |all, part| merge(&all, part));
    same(&one_by_one, whole)?;
    let by_pairs = merge_all(parts.to_vec()).unwrap();
    same(&by_pairs.unwrap_or_else(|| whole.neutral()), whole)
}

/// A row of a log: customer, day, amount.
type Row = (i64, i32, i64);

fn state(rows: &[Row]) -> Result<SummaryState> {
    let log = Transactions::builder(Currency::USD)
        .int_keys(&rows.iter().map(|row| row.0).collect::<Vec<_>>())
        .days(rows.iter().map(|row| row.1).collect())
        .amounts(rows.iter().map(|row| row.2).collect())
        .build()?;
    SummaryState::new(&log)
}

/// Few customers and few days, so that shards share both.
fn rows() -> impl Strategy<Value = Vec<Row>> {
    prop::collection::vec((0i64..6, -3i32..9, -300i64..900), 0..60)
}

/// Splits rows by what `part_of` says of each.
fn split(rows: &[Row], parts: usize, part_of: impl Fn(usize, &Row) -> usize) -> Vec<SummaryState> {
    let mut split = vec![Vec::new(); parts];
    for (at, row) in rows.iter().enumerate() {
        split[part_of(at, row) % parts].push(*row);
    }
    split.iter().map(|rows| state(rows).unwrap()).collect()
}

proptest! {
    #[test]
    fn summary_states_merged_from_any_split_are_the_single_pass(
        rows in rows(),
        parts in 1usize..6,
        salt in any::<u64>(),
    ) {
        let whole = state(&rows).unwrap();
        let sorted = |state: &SummaryState| state.in_key_order().unwrap();
        let mixed = |at: usize| (at as u64 ^ salt).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40;
        let by_row = split(&rows, parts, |at, _| usize::try_from(mixed(at)).unwrap());
        let by_customer = split(&rows, parts, |_, row| usize::try_from(row.0).unwrap());
        let by_day = split(&rows, parts, |_, row| usize::try_from(row.1 + 3).unwrap());
        for states in [by_row, by_customer, by_day] {
            check_laws(&states, &whole, sorted)?;
        }
        let mut shuffled = rows.clone();
        shuffled.sort_by_key(|row| (row.2.wrapping_mul(0x2545_f491_4f6c_dd1d), row.1));
        let shuffled = state(&shuffled).unwrap();
        check_laws(&[shuffled], &whole, sorted)?;
    }

    #[test]
    fn contingencies_obey_the_laws(
        rows in prop::collection::vec((0u32..4, prop::option::of(0u32..3)), 0..60),
        parts in 1usize..6,
    ) {
        let of = |rows: &[(u32, Option<u32>)]| {
            let first: Vec<u32> = rows.iter().map(|row| row.0).collect();
            let second: Vec<u32> = rows.iter().map(|row| row.1.unwrap_or(u32::MAX)).collect();
            Contingency::of_labels(&first, &second).unwrap()
        };
        let shards: Vec<_> = rows.chunks(rows.len() / parts + 1).map(of).collect();
        check_laws(&shards, &of(&rows), Contingency::clone)?;
    }

    #[test]
    fn labelled_states_obey_the_laws(
        rows in prop::collection::vec((0i64..6, -3i32..9, -300i64..900, 0usize..4), 0..60),
        parts in 1usize..6,
    ) {
        let of = |rows: &[(i64, i32, i64, usize)]| {
            let labels = ["web", "", "shop", "mail"];
            let log = Transactions::builder(Currency::USD)
                .int_keys(&rows.iter().map(|row| row.0).collect::<Vec<_>>())
                .days(rows.iter().map(|row| row.1).collect())
                .amounts(rows.iter().map(|row| row.2).collect())
                .channels(&rows.iter().map(|row| labels[row.3]).collect::<Vec<_>>())
                .build()
                .unwrap();
            LabelledState::new(&log, log.channels().unwrap()).unwrap()
        };
        let shards: Vec<_> = rows.chunks(rows.len() / parts + 1).map(of).collect();
        check_laws(&shards, &of(&rows), |state| state.in_key_order().unwrap())?;
    }

    #[test]
    fn profit_states_obey_the_laws(
        rows in prop::collection::vec((0i64..6, 0i32..9, -300i64..900, -50i64..400), 0..60),
        parts in 1usize..6,
    ) {
        let of = |rows: &[(i64, i32, i64, i64)]| {
            let log = Transactions::builder(Currency::USD)
                .int_keys(&rows.iter().map(|row| row.0).collect::<Vec<_>>())
                .days(rows.iter().map(|row| row.1).collect())
                .amounts(rows.iter().map(|row| row.2).collect())
                .costs(rows.iter().map(|row| row.3).collect())
                .build()
                .unwrap();
            ProfitState::within(&log, days(0, 6)).unwrap()
        };
        let shards: Vec<_> = rows.chunks(rows.len() / parts + 1).map(of).collect();
        check_laws(&shards, &of(&rows), ProfitState::in_key_order)?;
    }

    #[test]
    fn overview_states_obey_the_laws(
        rows in prop::collection::vec((0i64..6, 0i32..9, -300i64..900, 0usize..3), 0..60),
        parts in 1usize..6,
    ) {
        let said = [ContactStatus::Unknown, ContactStatus::Allowed, ContactStatus::Refused];
        let of = |rows: &[(i64, i32, i64, usize)]| {
            let log = Transactions::builder(Currency::USD)
                .int_keys(&rows.iter().map(|row| row.0).collect::<Vec<_>>())
                .days(rows.iter().map(|row| row.1).collect())
                .amounts(rows.iter().map(|row| row.2).collect())
                .build()
                .unwrap();
            let said = log.customer().iter().zip(rows).map(|(who, row)| (*who, said[row.3]));
            let contact = ContactStatuses::new(log.customers(), said).unwrap();
            let state = OverviewState::new(&log, date_of_day(6).unwrap()).unwrap();
            state.with_contact(contact)
        };
        let shards: Vec<_> = rows.chunks(rows.len() / parts + 1).map(of).collect();
        let whole = of(&rows);
        check_laws(&shards, &whole, |state| state.in_key_order().unwrap())?;
        let later = OverviewState::new(
            &Transactions::builder(Currency::USD).int_keys(&[]).days(vec![]).amounts(vec![]).build().unwrap(),
            date_of_day(7).unwrap(),
        );
        prop_assert!(whole.merge(later.unwrap()).is_err(), "of another day");
    }

    #[test]
    fn contract_histories_obey_the_laws(
        customers in prop::collection::vec((0u32..6, any::<bool>()), 0..40),
        parts in 1usize..6,
    ) {
        let of = |rows: &[(u32, bool)]| {
            let (renewals, lost): (Vec<u32>, Vec<bool>) = rows.iter().copied().unzip();
            ContractHistories::from_columns(&renewals, &lost, None).unwrap()
        };
        let shards: Vec<_> = customers.chunks(customers.len() / parts + 1).map(of).collect();
        check_laws(&shards, &of(&customers), ContractHistories::clone)?;
    }

    #[test]
    fn contact_statuses_obey_the_laws(
        records in prop::collection::vec((0u32..5, 0u8..3), 0..30),
        cut in 0usize..30,
    ) {
        let (customers, _) = Customers::from_ints(&[50, 40, 30, 20, 10]).unwrap();
        let status = |code| match code {
            0 => ContactStatus::Unknown,
            1 => ContactStatus::Allowed,
            _ => ContactStatus::Refused,
        };
        let of = |records: &[(u32, u8)]| {
            let records = records.iter().map(|&(at, code)| (CustomerIx(at), status(code)));
            ContactStatuses::new(&customers, records).unwrap()
        };
        let (left, right) = records.split_at(cut.min(records.len()));
        check_laws(&[of(left), of(right)], &of(&records), ContactStatuses::in_key_order)?;
    }
}

/// A customer with the segment of each of four periods, 0 where there is none, and its money.
type Path = ([u8; 4], i64);

/// A segment in each of two schemes, 0 where there is none, and a value.
type Judged = (u32, u32, f64);

/// Customers keep their places, so that parts are of different customers.
fn panel(paths: &[(usize, Path)]) -> SegmentPanel {
    let (mut keys, mut periods, mut segments, mut values) = (vec![], vec![], vec![], vec![]);
    for (customer, (path, money)) in paths {
        for (period, segment) in path.iter().enumerate().filter(|(_, segment)| **segment > 0) {
            keys.push(i64::try_from(*customer).unwrap());
            periods.push(period.to_string());
            segments.push(segment.to_string());
            values.push(*money * i64::from(*segment));
        }
    }
    (SegmentPanel::builder()
        .int_keys(&keys)
        .periods(&periods)
        .segments(&segments))
    .values(Currency::EUR, values)
    .period_order(&["0", "1", "2", "3"])
    .order(&["1", "2", "3"])
    .build()
    .unwrap()
}

proptest! {
    #[test]
    fn moves_of_parts_of_the_customers_are_those_of_all(
        paths in prop::collection::vec(([0u8..4, 0u8..4, 0u8..4, 0u8..4], -9i64..90), 1..60),
        cut in 1usize..5,
    ) {
        let all: Vec<(usize, Path)> = paths.into_iter().enumerate().collect();
        let whole = panel(&all);
        let parts: Vec<SegmentPanel> =
            all.chunks(all.len().div_ceil(cut)).map(panel).collect();
        let flows = |panel: &SegmentPanel| FlowState::new(panel).unwrap();
        check_laws(&parts.iter().map(flows).collect::<Vec<_>>(), &flows(&whole), Clone::clone)?;
        let triples = |panel: &SegmentPanel| panel.triples().unwrap();
        let of_parts: Vec<TripleCounts> = parts.iter().map(triples).collect();
        check_laws(&of_parts, &triples(&whole), Clone::clone)?;
    }

    #[test]
    fn risk_tables_of_parts_of_the_customers_are_that_of_all(
        rows in prop::collection::vec((0u8..9, 1u8..30, 0u16..3), 1..80),
        cut in 1usize..5,
    ) {
        let table = |rows: &[(u8, u8, u16)]| {
            let entries: Vec<f64> = rows.iter().map(|row| f64::from(row.0)).collect();
            let exits: Vec<f64> = rows.iter().map(|row| f64::from(row.0 + row.1)).collect();
            let causes: Vec<u16> = rows.iter().map(|row| row.2).collect();
            let durations = Durations::new(&exits, &causes).unwrap();
            RiskTable::new(&durations.with_entries(&entries).unwrap())
        };
        let parts: Vec<RiskTable> = rows.chunks(rows.len().div_ceil(cut)).map(table).collect();
        check_laws(&parts, &table(&rows), Clone::clone)?;
    }

    #[test]
    fn drift_and_overlap_of_parts_are_those_of_all(
        rows in prop::collection::vec((0u32..5, 0u32..4, -3.0f64..3.0), 4..80),
        cut in 1usize..5,
    ) {
        let reference = DriftParams::default()
            .bins(4)
            .numbers("x", &[-2.0, -1.0, 0.0, 1.0, 2.0, 3.0], None)
            .unwrap();
        let drift = |rows: &[Judged]| -> DriftCounts {
            let values: Vec<f64> = rows.iter().map(|row| row.2).collect();
            reference.numbers(&values, None).unwrap()
        };
        let assigned = |scheme: &str, ids: Vec<u32>| {
            let segment = |id| Segment { id: SegmentId(id), name: format!("s{id}") };
            let rows = ids.into_iter().map(|id| (id > 0).then_some(SegmentId(id)));
            let segments = (1..5).map(segment).collect();
            Assignments::new(scheme, date_of_day(0).unwrap(), segments, rows.collect()).unwrap()
        };
        let overlap = |rows: &[Judged]| -> OverlapCounts {
            let old = assigned("old", rows.iter().map(|row| row.0).collect());
            let new = assigned("new", rows.iter().map(|row| row.1).collect());
            OverlapCounts::of_assignments(&old, &new).unwrap()
        };
        let parts: Vec<&[Judged]> = rows.chunks(rows.len().div_ceil(cut)).collect();
        let drifts: Vec<DriftCounts> = parts.iter().map(|rows| drift(rows)).collect();
        check_laws(&drifts, &drift(&rows), Clone::clone)?;
        let overlaps: Vec<OverlapCounts> = parts.iter().map(|rows| overlap(rows)).collect();
        check_laws(&overlaps, &overlap(&rows), Clone::clone)?;
    }
}

#[test]
fn states_of_two_definitions_do_not_merge() {
    let log = Transactions::builder(Currency::USD)
        .int_keys(&[1])
        .days(vec![0])
        .amounts(vec![5])
        .costs(vec![2])
        .build()
        .unwrap();
    let (revenue, contribution) = (SummaryState::new(&log), SummaryState::contribution(&log));
    let error = revenue.unwrap().merge(contribution.unwrap()).unwrap_err();
    let message = "measure of the money is Contribution, expected Revenue";
    assert_eq!(error.to_string(), message);
    let (all, some) = (
        ProfitState::new(&log),
        ProfitState::within(&log, days(0, 6)),
    );
    let error = all.unwrap().merge(some.unwrap()).unwrap_err();
    let message = "definition of the state is USD with 2 decimals, days from 1970-01-01 to \
                   1970-01-07, costs, expected USD with 2 decimals, all days, costs";
    assert_eq!(error.to_string(), message);
}

#[test]
fn states_of_two_currencies_do_not_merge() {
    let of = |currency| SummaryState::new(&Transactions::from_rows(currency, []).unwrap()).unwrap();
    let error = of(Currency::USD).merge(of(Currency::EUR)).unwrap_err();
    let message = "currency is EUR with 2 decimals, expected USD with 2 decimals";
    assert_eq!(error.to_string(), message);
}

/// Blocks of customers are built apart: more customers than one block, with
/// some in both shards and one key order for all.
#[test]
fn states_of_many_blocks_merge_exactly() {
    let row = |at: i64| {
        (
            (at * 7_919) % 9_001,
            i32::try_from(at % 50).unwrap(),
            at % 700 - 100,
        )
    };
    let rows: Vec<Row> = (0..40_000).map(row).collect();
    let whole = state(&rows).unwrap();
    let parts = split(&rows, 5, |at, _| at / 8_000);
    let merged = merge_all(parts).unwrap().unwrap();
    assert_eq!(
        merged.in_key_order().unwrap(),
        whole.in_key_order().unwrap()
    );
    assert_eq!(
        merged, whole,
        "shards in the order of the log meet customers in its order"
    );
}
