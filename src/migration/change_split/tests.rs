use proptest::prelude::*;

use super::*;
use crate::{
    ErrorKind,
    data::{Assignments, Crosswalk, Customers, Segment, SegmentId, date_of_day},
    migration::{AlignmentParams, OverlapCounts},
};

fn on(day: i32, scheme: &str, ids: &[u32], rows: impl IntoIterator<Item = u32>) -> Assignments {
    let segments = ids.iter().map(|&id| Segment {
        id: SegmentId(id),
        name: format!("segment {id}"),
    });
    let rows = rows
        .into_iter()
        .map(|id| (id > 0).then_some(SegmentId(id)))
        .collect();
    Assignments::new(scheme, date_of_day(day).unwrap(), segments.collect(), rows).unwrap()
}

#[test]
fn a_new_definition_is_told_from_behaviour() {
    let before = on(0, "v1", &[1, 2], [1, 1, 1, 2, 2, 2]);
    let between = on(9, "v1", &[1, 2], [1, 1, 2, 2, 2, 1]);
    // The new fit numbers its clusters 5 and 6, and has moved the bound for the second customer.
    let after = on(9, "v2", &[5, 6], [6, 5, 5, 5, 5, 6]);
    let overlap = OverlapCounts::of_assignments(&between, &after).unwrap();
    let alignment = AlignmentParams::default().align(&overlap).unwrap();
    let params = ChangeSplitParams::default().alignment(&alignment);
    let split = params.split(&before, &between, &after).unwrap();
    assert_eq!(
        (
            split.behaviour.moved(),
            split.definition.moved(),
            split.total.moved()
        ),
        (2, 1, 3)
    );
    assert_eq!(split.definition.counts().cells().row(0).to_vec(), [2, 1]);
    assert_eq!(split.definition.counts().cells().row(1).to_vec(), [0, 3]);
    assert_eq!(split.causes[1], ChangeCause::Definition);
    let segment = &split.segments[1];
    assert_eq!(
        (
            segment.before,
            segment.behaviour,
            segment.definition,
            segment.after
        ),
        (3, 0, 1, 4)
    );
}

#[test]
fn bad_input_is_refused() {
    let rows = |scheme: &str, day| on(day, scheme, &[1, 2], [1, 2]);
    let params = ChangeSplitParams::default;
    let kind = |result: crate::Result<ChangeSplit>| result.unwrap_err().kind();
    let (v1, v2) = (rows("v1", 0), rows("v2", 0));
    assert_eq!(
        kind(params().split(&v1, &v1, &v2)),
        ErrorKind::VersionMismatch
    );
    assert_eq!(
        kind(params().split(&v1, &v1, &rows("v1", 1))),
        ErrorKind::InvalidParameter
    );
    // The second assignments must be of the old definition, with an alignment too, and not earlier.
    let overlap = OverlapCounts::of_assignments(&v1, &v2).unwrap();
    let alignment = AlignmentParams::default().align(&overlap).unwrap();
    let aligned = params().alignment(&alignment);
    assert!(aligned.split(&v1, &v1, &v2).is_ok());
    for params in [params(), aligned] {
        let error = params.split(&v1, &v2, &v2).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::VersionMismatch);
        assert!(error.to_string().contains("definition of the first day"));
        let error = params.split(&rows("v1", 1), &v1, &v1).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidParameter);
        assert!(error.to_string().contains("1970-01-02 or later"), "{error}");
    }
    let short = on(0, "v1", &[1, 2], [1]);
    assert_eq!(
        kind(params().split(&v1, &short, &v1)),
        ErrorKind::LengthMismatch
    );
    assert_eq!(
        kind(params().split(&v1, &v1, &short)),
        ErrorKind::LengthMismatch
    );
    assert_eq!(
        kind(params().rematched(&[true]).split(&v1, &v1, &v1)),
        ErrorKind::LengthMismatch
    );
    let none = on(0, "v1", &[], [0, 0]);
    assert_eq!(
        kind(params().split(&none, &none, &none)),
        ErrorKind::NotEnoughData
    );
    let split = params().split(&v1, &v1, &v1).unwrap();
    assert_eq!(
        split.total.net(SegmentId(9)).unwrap_err().kind(),
        ErrorKind::InvalidParameter
    );
}

#[test]
fn customers_who_were_split_or_merged_are_rematched() {
    let before = Crosswalk::of_persons([
        ("web", 1.into(), 10),
        ("web", 2.into(), 10),
        ("web", 3.into(), 11),
        ("web", 4.into(), 12),
        ("web", 9.into(), 13),
    ]);
    let after = Crosswalk::of_persons([
        ("web", 1.into(), 10),
        ("web", 2.into(), 14),
        ("web", 3.into(), 11),
        ("web", 5.into(), 11),
        ("web", 4.into(), 12),
    ]);
    let (customers, _) = Customers::from_ints(&[10, 11, 12, 13, 14, 99]).unwrap();
    let found = rematched_customers(&before.unwrap(), &after.unwrap(), &customers);
    assert_eq!(found, [true, false, false, false, true, false]);
}

#[test]
fn the_same_for_any_number_of_threads() {
    let rows = |by: u32| (0..200_000u32).map(move |at| at.wrapping_mul(by) % 7 % 4);
    let made = [3, 5, 11].map(|by| on(0, "v1", &[1, 2, 3], rows(by)));
    let of = |threads| {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap();
        let [a, b, c] = &made;
        pool.install(|| ChangeSplitParams::default().split(a, b, c).unwrap())
    };
    let one = of(1);
    for threads in [2, 3, 8] {
        assert_eq!(of(threads), one);
    }
}

#[test]
fn many_segments_are_counted_as_few_are() {
    // More customers than are counted together, even for the tables of a hundred segments.
    let ids: Vec<u32> = (1..=100).collect();
    let rows = |by: u32| -> Vec<u32> {
        (0..200_000u32)
            .map(|at| at.wrapping_mul(by) % 1_009 % 101)
            .collect()
    };
    let (old, middle, new) = (rows(3), rows(5), rows(11));
    let [before, between, after] =
        [&old, &middle, &new].map(|rows| on(0, "v1", &ids, rows.iter().copied()));
    let split = ChangeSplitParams::default().split(&before, &between, &after);
    let split = split.unwrap();
    let overlap = OverlapCounts::of_assignments(&before, &after).unwrap();
    let count = |from: &[u32], to: &[u32]| {
        let mut cells = vec![0u64; 101 * 101];
        for (&from, &to) in from.iter().zip(to) {
            cells[from as usize * 101 + to as usize] += 1;
        }
        cells
    };
    let (total, definition) = (count(&old, &new), count(&middle, &new));
    for from in 1..=100 {
        for to in 1..=100 {
            let at = from as usize * 101 + to as usize;
            let pair = (SegmentId(from), SegmentId(to));
            assert_eq!(split.total.counts().count(pair.0, pair.1), Some(total[at]));
            let counted = split.definition.counts().count(pair.0, pair.1);
            assert_eq!(counted, Some(definition[at]));
            assert_eq!(
                overlap.both()[[from as usize - 1, to as usize - 1]],
                total[at]
            );
        }
    }
    assert_eq!(
        (split.total.outside(), overlap.nowhere()),
        (total[0], total[0])
    );
    assert_eq!(
        (split.total.left(), split.total.entered()),
        (overlap.went(), overlap.came())
    );
    assert_eq!(overlap.came(), &total[1..101]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(80))]

    #[test]
    fn everything_adds_up(
        rows in prop::collection::vec((0u32..4, 0u32..4, 0u32..4, any::<bool>()), 0..80),
    ) {
        let ids = [1, 2, 3];
        let before = on(0, "v1", &ids, rows.iter().map(|row| row.0));
        let between = on(1, "v1", &ids, rows.iter().map(|row| row.1));
        let after = on(1, "v1", &ids, rows.iter().map(|row| row.2));
        let mask: Vec<bool> = rows.iter().map(|row| row.3).collect();
        let params = ChangeSplitParams::default().rematched(&mask);
        let split = params.split(&before, &between, &after).unwrap();
        let n = rows.len() as u64;
        let c = split.counts;
        prop_assert_eq!(
            c.unchanged + c.behaviour + c.definition + c.both + c.cancelled + c.rematched, n
        );
        prop_assert_eq!(split.total.customers(), n);
        prop_assert_eq!(split.behaviour.customers(), split.definition.customers());
        prop_assert_eq!(split.behaviour.customers() + split.rematching.customers(), n);
        prop_assert_eq!(split.total.moved(), c.behaviour + c.definition + c.both + c.rematched_moved);
        prop_assert_eq!(split.behaviour.moved(), c.behaviour + c.both + c.cancelled);
        prop_assert_eq!(split.definition.moved(), c.definition + c.both + c.cancelled);
        for segment in &split.segments {
            let change = segment.behaviour + segment.definition + segment.rematching;
            prop_assert_eq!(segment.before.checked_add_signed(change), Some(segment.after));
        }
        // By hand, customer by customer.
        for (from, id) in (1u32..).zip(ids).take(3) {
            for to in ids {
                let is = |row: &&(u32, u32, u32, bool)| !row.3 && row.0 == id && row.1 == to;
                let want = rows.iter().filter(is).count() as u64;
                prop_assert_eq!(split.behaviour.counts().count(SegmentId(from), SegmentId(to)), Some(want));
            }
        }
        // A frozen definition moves nobody.
        let frozen = params.split(&before, &between, &between).unwrap();
        let cells = frozen.definition.counts().cells();
        prop_assert_eq!(cells.sum(), cells.diag().sum());
        prop_assert_eq!(frozen.definition.moved(), 0);
        prop_assert_eq!(frozen.counts.definition + frozen.counts.both + frozen.counts.cancelled, 0);
    }
}
