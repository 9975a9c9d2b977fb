use proptest::prelude::*;

use super::{SnapshotKeys::*, *};
use crate::{
    ErrorKind,
    data::{Assignments, date_of_day},
    migration::FlowState,
};

fn rows(rows: &[(i64, &str, &str)]) -> SegmentPanelBuilder {
    let keys: Vec<i64> = rows.iter().map(|row| row.0).collect();
    let periods: Vec<&str> = rows.iter().map(|row| row.1).collect();
    let segments: Vec<&str> = rows.iter().map(|row| row.2).collect();
    SegmentPanel::builder()
        .int_keys(&keys)
        .periods(&periods)
        .segments(&segments)
}

fn row_of(panel: &SegmentPanel, customer: u32) -> Vec<Presence> {
    let periods = 0..panel.periods().len();
    let at = |period| panel.presence(period, CustomerIx(customer)).unwrap();
    periods.map(at).collect()
}

#[test]
fn labels_stand_as_numbers_dates_or_texts() {
    let sorted = |labels: &[&str]| -> Vec<String> {
        let labels: Vec<String> = labels.iter().map(|&it| it.to_owned()).collect();
        let order = order::sorted(&labels).unwrap().into_iter();
        order.map(|at| labels[at].clone()).collect()
    };
    assert_eq!(sorted(&["10", "9", "-1"]), ["-1", "9", "10"]);
    assert_eq!(
        sorted(&["9007199254740993", "9007199254740992"]),
        ["9007199254740992", "9007199254740993"]
    );
    assert_eq!(
        sorted(&["10", "9.5", "1e2", "0"]),
        ["0", "9.5", "10", "1e2"]
    );
    assert_eq!(
        sorted(&["2024-10-01", "2024-09-30", "999-01-01"]),
        ["999-01-01", "2024-09-30", "2024-10-01"]
    );
    assert_eq!(sorted(&["2024-Q2", "2024-Q1"]), ["2024-Q1", "2024-Q2"]);
    // One that is no number makes texts of all.
    assert_eq!(sorted(&["10", "9", "x"]), ["10", "9", "x"]);
    assert_eq!(sorted(&["10", "9", "NaN"]), ["10", "9", "NaN"]);
}

#[test]
fn labels_of_equal_value_need_an_order() {
    let fault = |one: &str, other: &str, more: &str| {
        let periods = rows(&[(1, one, "a"), (2, more, "a"), (3, other, "a")]).build();
        let states = rows(&[(1, "1", one), (2, "1", more), (3, "1", other)]).build();
        let [periods, states] = [periods, states].map(|built| built.unwrap_err().to_string());
        assert_eq!(periods.replace("column period", "column segment"), states);
        periods
    };
    assert_eq!(
        fault("1", "01", "2"),
        "column period, row 2 (counted from 0): \"1\" and \"01\" have the same value; write them \
         alike, or give an order of all labels if they are two"
    );
    for [one, other, more] in [
        ["1.0", "1", "2"],
        ["1e1", "10", "0.5"],
        ["-0", "0.0", "1"],
        ["1 ", "1", "2"],
        ["2024-01-05", "2024-1-5", "2024-01-04"],
    ] {
        let names = format!("row 2 (counted from 0): {one:?} and {other:?} have");
        assert!(fault(one, other, more).contains(&names), "{one}");
    }
    // As texts they differ; and who gives an order means two.
    assert!(
        rows(&[(1, "1", "1"), (2, "01", "01"), (3, "x", "x")])
            .build()
            .is_ok()
    );
    let given = rows(&[(1, "1", "a"), (2, "01", "a")]).period_order(&["01", "1"]);
    assert_eq!(given.build().unwrap().periods(), ["01", "1"]);
    let given = rows(&[(1, "1", "1"), (2, "1", "1.0")]).order(&["1.0", "1"]);
    assert_eq!(given.build().unwrap().states().len(), 2);
}

#[test]
fn panels_too_large_are_refused_before_they_are_made() {
    // A timestamp as period: a period for each row.
    let keys: Vec<i64> = (0..70_000).map(|row| row % 40_000).collect();
    let stamps: Vec<String> = (0..70_000).map(|row| row.to_string()).collect();
    let builder = SegmentPanel::builder().int_keys(&keys).periods(&stamps);
    let error = builder.segments(&vec!["a"; 70_000]).build().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidParameter);
    let text = error.to_string();
    assert!(text.contains("40000 customers in 70000 periods"), "{text}");
    assert!(text.contains("timestamp"), "{text}");
    // The bound itself.
    assert!(check_cells(1 << 30, 2).is_ok());
    assert!(check_cells((1 << 30) + 1, 2).is_err());
    assert!(check_cells(0, usize::MAX).is_ok() && check_cells(usize::MAX, 0).is_ok());
    assert!(check_cells(usize::MAX, usize::MAX).is_err());
}

#[test]
fn nobody_is_left_out() {
    use Presence::{Churned, In, Inactive, NotYet};
    let (numbered, _) = Customers::from_ints(&[5, 6, 7]).unwrap();
    let ix = |at| CustomerIx(at);
    let panel = SegmentPanel::builder()
        .numbered(numbered, vec![ix(0), ix(1), ix(1), ix(0)])
        .periods(&["2", "1", "3", "4"])
        .segments(&["a", "a", "b", "b"])
        .build()
        .unwrap();
    let (a, b) = (In(SegmentId(0)), In(SegmentId(1)));
    assert_eq!(row_of(&panel, 0), [NotYet, a, Inactive, b]);
    assert_eq!(row_of(&panel, 1), [a, Inactive, b, Churned]);
    assert_eq!(row_of(&panel, 2), [NotYet; 4]);
    assert_eq!(panel.presence(4, ix(0)), None);
    assert_eq!(panel.presence(0, ix(3)), None);
}

#[test]
fn bad_rows_are_named() {
    let fault = |builder: SegmentPanelBuilder| builder.build().unwrap_err().to_string();
    let good = [(1, "1", "a"), (2, "1", "b")];
    assert_eq!(
        fault(rows(&[(1, "1", "a"), (2, "1", " ")])),
        "column segment, row 1 (counted from 0): the segment is blank; leave out the row, or give \
         it a segment"
    );
    assert!(fault(rows(&[(1, "", "a")])).contains("the period is blank"));
    assert_eq!(
        fault(rows(&good).order(&["a", "c"])),
        "column segment, row 1 (counted from 0): \"b\" is not one of a, c; add it to the order, or \
         mend the row"
    );
    assert!(fault(rows(&good).period_order(&["2"])).contains("column period, row 0"));
    assert_eq!(
        fault(rows(&good).order(&["a", "b", "a"])),
        "key segment a occurs in row 0 and again in row 2 (counted from 0)"
    );
    let twice = [(1, "1", "a"), (2, "1", "b"), (1, "2", "b"), (2, "1", "b")];
    assert_eq!(
        fault(rows(&twice)),
        "key customer 2 in period 1 occurs in row 1 and again in row 3 (counted from 0)"
    );
    assert!(fault(rows(&good).values(Currency::EUR, vec![1])).contains("column value"));
    assert!(fault(rows(&good).periods(&["1"])).contains("column period has length 1"));
    assert!(fault(rows(&good).text_keys(&["ann", ""])).contains("row 1"));
    assert!(fault(rows(&[])).contains("at least 1 states"));
    assert!(fault(SegmentPanel::builder()).contains("columns of customers"));
    let many: Vec<String> = (0..=2_000).map(|at| at.to_string()).collect();
    let error = rows(&[(1, "1", "7")]).order(&many).build().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidParameter);
    let (two, _) = Customers::from_ints(&[1, 2]).unwrap();
    let beyond = rows(&good).numbered(two, vec![CustomerIx(0), CustomerIx(2)]);
    assert!(fault(beyond).contains("row 1"));
}

fn snapshot(scheme: &str, day: i32, rows: &[u32]) -> Assignments {
    let segment = |id| Segment {
        id: SegmentId(id),
        name: format!("s{id}"),
    };
    let rows = rows.iter().map(|&id| (id > 0).then_some(SegmentId(id)));
    let day = date_of_day(day).unwrap();
    Assignments::new(scheme, day, vec![segment(1), segment(2)], rows.collect()).unwrap()
}

#[test]
fn snapshots_must_be_comparable() {
    let (one, other) = (snapshot("v1", 0, &[1, 2]), snapshot("v2", 9, &[1, 2]));
    let error = SegmentPanel::of_assignments(&[&one, &other]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the scheme of the assignments is v2, expected v1"
    );
    let same_day = SegmentPanel::of_assignments(&[&one, &one]).unwrap_err();
    assert!(same_day.to_string().contains("a day after 1970-01-01"));
    let longer = snapshot("v1", 9, &[1, 2, 1]);
    let error = SegmentPanel::of_assignments(&[&one, &longer]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::LengthMismatch);
    assert!(SegmentPanel::of_assignments(&[]).is_err());

    let keys: [&[i64]; 2] = [&[1, 2], &[5, 1, 5]];
    let error =
        SegmentPanel::of_snapshots(&[(Ints(keys[0]), &one), (Ints(keys[1]), &longer)]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "key customer 5 in period 1970-01-10 occurs in row 0 and again in row 2 (counted from 0)"
    );
    let parts = FlowState::of_snapshots(&[(Ints(keys[0]), &one), (Ints(keys[1]), &longer)]);
    assert_eq!(parts.unwrap_err(), error);
    let texts = ["a", " ", "c"];
    let mixed = SegmentPanel::of_snapshots(&[(Ints(keys[0]), &one), (Texts(&texts), &longer)]);
    assert_eq!(mixed.unwrap_err().kind(), ErrorKind::VersionMismatch);
    let blank = SegmentPanel::of_snapshots(&[(Texts(&texts), &longer)]).unwrap_err();
    assert!(blank.to_string().contains("column key, row 1"));
}

#[test]
fn many_snapshots_are_joined_in_parts_as_few_are() {
    // Past the number of rows from which they are cut; half of the customers are in both.
    let keys = |from: i64| {
        (0..60_000i64)
            .map(|row| (from + row) * 7_919)
            .collect::<Vec<_>>()
    };
    let rows = |mix: u32| {
        (0..60_000u32)
            .map(|row| row * mix % 31 % 3)
            .collect::<Vec<_>>()
    };
    let (one, other) = (snapshot("v1", 0, &rows(5)), snapshot("v1", 9, &rows(7)));
    let old = keys(0);
    let mut new: Vec<i64> = keys(30_000).into_iter().rev().collect();
    let panel = SegmentPanel::of_snapshots(&[(Ints(&old), &one), (Ints(&new), &other)]).unwrap();
    let expected = FlowState::new(&panel).unwrap();
    assert!(expected.flows().unwrap().pooled().unwrap().total() > 10_000);
    let run = |new: &[i64]| FlowState::of_snapshots(&[(Ints(&old), &one), (Ints(new), &other)]);
    for threads in [1, 3] {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap();
        assert_eq!(pool.install(|| run(&new)).unwrap(), expected);
    }
    new[50_000] = new[7];
    let error = run(&new).unwrap_err();
    assert!(
        error.to_string().contains("row 7 and again in row 50000"),
        "{error}"
    );
}

proptest! {
    #[test]
    fn panels_of_rows_snapshots_and_assignments_are_the_same(
        cells in prop::collection::vec(prop::collection::vec(0u32..3, 3), 1..20),
        turn in 0usize..20,
    ) {
        let column = |period: usize| cells.iter().map(|row| row[period]).collect::<Vec<_>>();
        let all: Vec<Assignments> = (0..3i32).zip(0..3)
            .map(|(day, period)| snapshot("v1", day, &column(period)))
            .collect();
        let aligned = SegmentPanel::of_assignments(&all.iter().collect::<Vec<_>>()).unwrap();

        // The same with rows that are missing, and turned: joined by key.
        let kept = |period: usize| {
            let mut rows: Vec<(i64, u32)> = (10..).zip(column(period)).filter(|row| row.1 > 0).collect();
            let at = turn % rows.len().max(1);
            rows.rotate_left(at);
            rows
        };
        let kept: Vec<Vec<(i64, u32)>> = (0..3).map(kept).collect();
        let keys: Vec<Vec<i64>> = kept.iter().map(|it| it.iter().map(|row| row.0).collect()).collect();
        let parts: Vec<Assignments> = (0..3i32).zip(&kept)
            .map(|(day, it)| snapshot("v1", day, &it.iter().map(|row| row.1).collect::<Vec<_>>()))
            .collect();
        let joined: Vec<_> = keys.iter().zip(&parts).map(|(keys, part)| (Ints(keys), part)).collect();
        let flows = FlowState::of_snapshots(&joined).unwrap();
        let joined = SegmentPanel::of_snapshots(&joined).unwrap();
        prop_assert_eq!(&flows, &FlowState::new(&joined).unwrap());

        let long: Vec<(i64, String, String)> = kept.iter().zip(&parts)
            .flat_map(|(rows, part)| rows.iter().map(|&(key, id)| (key, part.as_of().to_string(), format!("s{id}"))))
            .collect();
        let long: Vec<(i64, &str, &str)> = long.iter().map(|row| (row.0, &row.1[..], &row.2[..])).collect();
        let periods: Vec<String> = parts.iter().map(|part| part.as_of().to_string()).collect();
        let built = rows(&long).order(&["s1", "s2"]).period_order(&periods).build().unwrap();

        let name = |panel: &SegmentPanel, presence: Presence| presence.name(panel.states()).to_owned();
        for (row, key) in (0..).zip(10i64..).take(cells.len()) {
            let expected: Vec<String> = row_of(&aligned, row).into_iter().map(|it| name(&aligned, it)).collect();
            for panel in [&joined, &built] {
                match panel.customers().unwrap().find(key.into()) {
                    Some(at) => {
                        let found: Vec<String> = row_of(panel, at.0).into_iter().map(|it| name(panel, it)).collect();
                        prop_assert_eq!(&found, &expected);
                    }
                    None => prop_assert!(expected.iter().all(|it| it == "not yet")),
                }
            }
            // Places outside by their definition.
            let seen: Vec<usize> = (0..3).filter(|&at| cells[row as usize][at] > 0).collect();
            for (at, name) in expected.iter().enumerate() {
                let right = match (seen.first(), seen.last()) {
                    _ if seen.contains(&at) => format!("s{}", cells[row as usize][at]),
                    (Some(&first), _) if at > first => {
                        if at < *seen.last().unwrap() { "inactive".into() } else { "churned".into() }
                    }
                    _ => "not yet".to_owned(),
                };
                prop_assert_eq!(name, &right);
            }
        }
    }
}
