use proptest::prelude::*;

use super::*;
use crate::{
    ErrorKind,
    data::{Assignments, Merge, Segment, SegmentId, date_of_day},
    numeric::rng::Stream,
    persist,
};

fn segments(ids: &[u32]) -> Vec<Segment> {
    let segment = |&id: &u32| Segment {
        id: SegmentId(id),
        name: format!("segment {id}"),
    };
    ids.iter().map(segment).collect()
}

/// Customers in order; 0 is no segment.
fn assigned(scheme: &str, ids: &[u32], rows: impl IntoIterator<Item = u32>) -> Assignments {
    let rows = rows
        .into_iter()
        .map(|id| (id > 0).then_some(SegmentId(id)))
        .collect();
    Assignments::new(scheme, date_of_day(0).unwrap(), segments(ids), rows).unwrap()
}

/// Old segments 1, 2, .. and new ones 11, 12, .. with so many customers in each pair.
fn overlap(table: &[&[u64]]) -> OverlapCounts {
    let (mut old, mut new) = (Vec::new(), Vec::new());
    for (from, row) in (1u32..).zip(table) {
        for (to, &count) in (11u32..).zip(*row) {
            old.extend((0..count).map(|_| from));
            new.extend((0..count).map(|_| to));
        }
    }
    let from: Vec<u32> = (1u32..).take(table.len()).collect();
    let to: Vec<u32> = (11u32..).take(table[0].len()).collect();
    let (old, new) = (assigned("v1", &from, old), assigned("v2", &to, new));
    OverlapCounts::of_assignments(&old, &new).unwrap()
}

fn paired(alignment: &Alignment) -> Vec<(u32, u32)> {
    let ids = |pair: &AlignedPair| (pair.old.0, pair.new.0);
    alignment.pairs().iter().map(ids).collect()
}

#[test]
fn pairs_are_best_together_and_not_one_by_one() {
    // Greedy takes the 50 of 1 and 11 and leaves 2 with nobody; 40 and 45 are more.
    let overlap = overlap(&[&[50, 40], &[45, 0]]);
    let align = |measure| {
        let params = AlignmentParams::default().threshold(0.0).measure(measure);
        params.align(&overlap).unwrap()
    };
    assert_eq!(
        paired(&align(OverlapMeasure::Customers)),
        [(1, 12), (2, 11)]
    );
    assert_eq!(paired(&align(OverlapMeasure::Jaccard)), [(1, 12), (2, 11)]);
    let pair = align(OverlapMeasure::Customers).pairs()[0];
    assert_eq!(
        (pair.customers, pair.old_customers, pair.new_customers),
        (40, 90, 40)
    );
    assert!((pair.jaccard - 40.0 / 90.0).abs() < 1e-15);
    assert!((pair.margin - (40.0 / 90.0 - 50.0 / 135.0)).abs() < 1e-15);
    assert!(
        AlignmentParams::default()
            .align(&overlap)
            .unwrap()
            .pairs()
            .is_empty()
    ); // below half
}

#[test]
fn the_measures_differ_where_one_segment_is_large() {
    // 100 customers against 90 and 5; but 100/195 against 90/190 and 5/105.
    let overlap = overlap(&[&[100, 90], &[5, 0]]);
    let align = |measure| {
        let params = AlignmentParams::default().threshold(0.0).measure(measure);
        paired(&params.align(&overlap).unwrap())
    };
    assert_eq!(align(OverlapMeasure::Customers), [(1, 11)]);
    assert_eq!(align(OverlapMeasure::Jaccard), [(1, 12), (2, 11)]);
}

#[test]
fn relabelled_segments_come_back_whole() {
    let rows: Vec<u32> = (0..300).map(|at| at % 3 + 1).collect();
    let old = assigned("v1", &[1, 2, 3], rows.clone());
    let new = assigned("v2", &[3, 1, 2], rows.iter().map(|id| id % 3 + 1));
    let counts = OverlapCounts::of_assignments(&old, &new).unwrap();
    let alignment = AlignmentParams::default().align(&counts).unwrap();
    assert!(
        alignment
            .pairs()
            .iter()
            .all(|pair| pair.jaccard >= 1.0 && pair.margin >= 1.0)
    );
    assert_eq!(alignment.apply(&new).unwrap(), old);
    assert_eq!(alignment.apply(&old).unwrap(), old);
    let other = assigned("v3", &[1], [1]);
    assert_eq!(
        alignment.apply(&other).unwrap_err().kind(),
        ErrorKind::VersionMismatch
    );
    let changed = assigned("v2", &[3, 1], [1]);
    assert!(alignment.apply(&changed).is_err());
}

#[test]
fn more_new_segments_than_old_ones_and_fewer() {
    let more = AlignmentParams::default()
        .align(&overlap(&[&[1, 9, 2], &[8, 0, 1]]))
        .unwrap();
    assert_eq!(paired(&more), [(1, 12), (2, 11)]);
    let fresh: Vec<_> = more
        .unmatched_new()
        .map(|(new, fresh)| (new.id.0, fresh.id.0))
        .collect();
    assert_eq!(fresh, [(13, 3)]);
    assert_eq!(more.segments().last().unwrap().name, "segment 13");
    let fewer = AlignmentParams::default()
        .align(&overlap(&[&[9], &[1], &[0]]))
        .unwrap();
    assert_eq!(paired(&fewer), [(1, 11)]);
    assert_eq!(fewer.unmatched_old().count(), 2);
    // Nobody in common: no pair, whatever the threshold.
    let none = AlignmentParams::default()
        .threshold(0.0)
        .align(&overlap(&[&[5, 0], &[5, 0]]))
        .unwrap();
    assert_eq!(paired(&none), [(1, 11)]);
}

#[test]
fn a_fresh_segment_takes_no_name_that_is_taken() {
    let old = assigned("v1", &[1, 2], [1, 1, 2, 2]);
    let new = assigned("v2", &[2, 7], [2, 2, 2, 7]);
    let counts = OverlapCounts::of_assignments(&old, &new).unwrap();
    let none = AlignmentParams::default()
        .threshold(0.9)
        .align(&counts)
        .unwrap();
    let names: Vec<String> = none
        .segments()
        .into_iter()
        .map(|segment| segment.name)
        .collect();
    assert_eq!(
        names,
        ["segment 1", "segment 2", "segment 2 (2)", "segment 7"]
    );
    assert_eq!(none.becomes(SegmentId(2)), Some(SegmentId(3)));
}

#[test]
fn events_tell_what_became_of_segments() {
    let events = |table: &[&[u64]]| {
        ClusterEventParams::default()
            .events(&overlap(table))
            .unwrap()
    };
    let id = SegmentId;
    let all = events(&[
        &[90, 10, 0, 0, 0],
        &[0, 60, 0, 0, 40],
        &[0, 80, 0, 10, 10],
        &[0, 0, 45, 40, 15],
        &[24, 24, 2, 24, 26],
    ]);
    let fates: Vec<&ClusterFate> = all.old.iter().map(|of| &of.fate).collect();
    let absorbed = |with| ClusterFate::Absorbed {
        into: id(12),
        with: vec![id(with)],
    };
    assert_eq!(fates[0], &ClusterFate::Survived { to: id(11) });
    assert_eq!((fates[1], fates[2]), (&absorbed(3), &absorbed(2)));
    assert_eq!(
        fates[3],
        &ClusterFate::Split {
            into: vec![id(13), id(14)]
        }
    );
    assert_eq!(fates[4], &ClusterFate::Vanished); // in four parts, of which one is a quarter
    let origins: Vec<&ClusterOrigin> = all.new.iter().map(|of| &of.origin).collect();
    assert_eq!(origins[0], &ClusterOrigin::Survives { from: id(1) });
    assert_eq!(
        origins[1],
        &ClusterOrigin::Merged {
            from: vec![id(2), id(3)]
        }
    );
    assert_eq!(origins[2], &ClusterOrigin::Part { of: vec![id(4)] });
    assert_eq!(origins[3], &ClusterOrigin::Part { of: vec![id(4)] });
    assert_eq!(origins[4], &ClusterOrigin::Emerged);
    assert_eq!(all.old[4].parts[0].segment, id(15));
    assert_eq!((all.new[2].stayed, all.new[2].parts[0].customers), (47, 45));
    assert!((all.old[3].parts.iter().map(|part| part.share).sum::<f64>() - 1.0).abs() < 1e-15);
}

#[test]
fn customers_who_came_or_went_are_no_evidence() {
    // Nine of ten customers of 1 went; the one who stayed is all that counts.
    let old = assigned("v1", &[1, 2], [1, 1, 1, 1, 2, 2, 0]);
    let new = assigned("v2", &[11, 12], [0, 0, 0, 11, 0, 0, 12]);
    let counts = OverlapCounts::of_assignments(&old, &new).unwrap();
    let events = ClusterEventParams::default().events(&counts).unwrap();
    assert_eq!(
        events.old[0].fate,
        ClusterFate::Survived { to: SegmentId(11) }
    );
    assert_eq!((events.old[0].stayed, events.old[0].went), (1, 3));
    assert_eq!(
        (&events.old[1].fate, events.old[1].went),
        (&ClusterFate::Vanished, 2)
    );
    assert_eq!(
        (&events.new[1].origin, events.new[1].came),
        (&ClusterOrigin::Emerged, 1)
    );
}

#[test]
fn thresholds_decide() {
    let table: &[&[u64]] = &[&[60, 40]];
    let fate = |survival, split| {
        let params = ClusterEventParams::default()
            .survival(survival)
            .split(split);
        params
            .events(&overlap(table))
            .map(|events| events.old[0].fate.clone())
    };
    let id = SegmentId;
    assert_eq!(
        fate(0.6, 0.4).unwrap(),
        ClusterFate::Survived { to: id(11) }
    );
    assert_eq!(
        fate(0.7, 0.4).unwrap(),
        ClusterFate::Split {
            into: vec![id(11), id(12)]
        }
    );
    assert_eq!(fate(0.7, 0.5).unwrap(), ClusterFate::Vanished);
    for (survival, split) in [
        (0.0, 0.0),
        (1.1, 0.2),
        (0.5, 0.6),
        (f64::NAN, 0.1),
        (0.5, f64::NAN),
    ] {
        assert_eq!(
            fate(survival, split).unwrap_err().kind(),
            ErrorKind::InvalidParameter
        );
    }
}

#[test]
fn bad_input_is_refused() {
    let old = assigned("v1", &[1], [1, 1]);
    let short = assigned("v2", &[1], [1]);
    assert!(OverlapCounts::of_assignments(&old, &short).is_err());
    let empty = assigned("v2", &[], [0, 0]);
    assert!(OverlapCounts::of_assignments(&old, &empty).is_err());
    let again = OverlapCounts::of_assignments(&old, &old).unwrap();
    let error = AlignmentParams::default()
        .align(&again)
        .unwrap_err()
        .to_string();
    assert!(error.contains("need no alignment"), "{error}");
    let gone = assigned("v2", &[1], [0, 0]);
    let gone = OverlapCounts::of_assignments(&old, &gone).unwrap();
    assert_eq!(
        AlignmentParams::default().align(&gone).unwrap_err().kind(),
        ErrorKind::NotEnoughData
    );
    for threshold in [-0.1, 1.1, f64::NAN] {
        let params = AlignmentParams::default().threshold(threshold);
        assert!(params.align(&overlap(&[&[1]])).is_err());
    }
    assert!(again.clone().merge(gone).is_err());
}

#[test]
fn saved_alignments_come_back_and_are_checked() {
    let counts = overlap(&[&[9, 1, 3], &[1, 8, 4]]);
    let made = AlignmentParams::default().align(&counts).unwrap();
    let text = persist::to_json(&made).unwrap();
    assert_eq!(persist::from_json::<Alignment>(&text).unwrap(), made);
    for (from, to) in [
        ("\"old\":1,", "\"old\":7,"),
        ("\"old\":2,", "\"old\":1,"),
        ("\"customers\":9", "\"customers\":99"),
        ("\"customers\":9", "\"customers\":8"),
        ("\"old_customers\":13", "\"old_customers\":14"),
        (
            "\"new_customers\":10",
            "\"new_customers\":18446744073709551615",
        ),
        ("\"fresh\":[{\"id\":3", "\"fresh\":[{\"id\":2"),
        ("\"new_scheme\":\"v2\"", "\"new_scheme\":\"v1\""),
    ] {
        let broken = text.replacen(from, to, 1);
        assert_ne!(broken, text, "{text}");
        assert!(
            persist::from_json::<Alignment>(&broken).is_err(),
            "{from} {to}"
        );
    }
    // Numbers and the order of pairs, one by one.
    let start = text.find("\"pairs\":[").unwrap() + "\"pairs\":[".len();
    let end = start + text[start..].find(']').unwrap();
    let with = |pairs: &[AlignedPair]| {
        let pairs: Vec<String> = (pairs.iter())
            .map(|pair| serde_json::to_string(pair).unwrap())
            .collect();
        let text = format!("{}{}{}", &text[..start], pairs.join(","), &text[end..]);
        persist::from_json::<Alignment>(&text)
    };
    let [one, other] = [made.pairs()[0], made.pairs()[1]];
    assert_eq!(with(&[one, other]).unwrap(), made);
    let error = with(&[other, one]).unwrap_err().to_string();
    assert!(error.contains("order of the old segments"), "{error}");
    let jaccard = one.jaccard;
    for margin in [-0.3, 0.0, jaccard] {
        assert!(
            with(&[AlignedPair { margin, ..one }, other]).is_ok(),
            "{margin}"
        );
    }
    for broken in [
        AlignedPair { margin: 1.5, ..one },
        AlignedPair {
            margin: -1.5,
            ..one
        },
        AlignedPair {
            margin: jaccard + 1e-9,
            ..one
        },
        AlignedPair {
            margin: jaccard - 1.0 - 1e-9,
            ..one
        },
        AlignedPair {
            jaccard: jaccard + 1e-9,
            ..one
        },
        AlignedPair {
            customers: 0,
            jaccard: 0.0,
            margin: 0.0,
            ..one
        },
    ] {
        let error = with(&[broken, other]).unwrap_err().to_string();
        assert!(error.contains("contradicts itself"), "{broken:?}: {error}");
    }
    let text = persist::to_json(&counts).unwrap();
    assert_eq!(persist::from_json::<OverlapCounts>(&text).unwrap(), counts);
    for (from, to) in [
        ("[9,1,3]", "[9,1]"),
        ("\"went\":[0,", "\"went\":["),
        ("9,1,3", "9,1,-3"),
    ] {
        let broken = text.replacen(from, to, 1);
        assert_ne!(broken, text, "{text}");
        assert!(
            persist::from_json::<OverlapCounts>(&broken).is_err(),
            "{from} {to}"
        );
    }
}

#[test]
fn the_same_counts_for_any_number_of_threads_and_any_split() {
    let mut draw = Stream::new(5, 1, 0);
    let mut rows = || {
        (0..200_000)
            .map(|_| u32::try_from(draw.below(4)).unwrap())
            .collect::<Vec<_>>()
    };
    let (old, new) = (rows(), rows());
    let count = |range: std::ops::Range<usize>| {
        let old = assigned("v1", &[1, 2, 3], old[range.clone()].iter().copied());
        let new = assigned("v2", &[1, 2, 3], new[range].iter().copied());
        OverlapCounts::of_assignments(&old, &new).unwrap()
    };
    let whole = count(0..200_000);
    for threads in [1, 2, 3, 8] {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap();
        assert_eq!(pool.install(|| count(0..200_000)), whole);
    }
    let parts = [count(0..7), count(7..150_000), count(150_000..200_000)];
    let [a, b, c] = parts;
    assert_eq!(c.merge(a).unwrap().merge(b).unwrap(), whole);
    assert_eq!(whole.neutral().merge(whole.clone()).unwrap(), whole);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn every_customer_keeps_a_segment(rows in prop::collection::vec((0u32..5, 0u32..4), 1..60)) {
        let old = assigned("v1", &[1, 2, 3, 4], rows.iter().map(|row| row.0));
        let new = assigned("v2", &[1, 2, 3], rows.iter().map(|row| row.1));
        let counts = OverlapCounts::of_assignments(&old, &new).unwrap();
        let sum = counts.both().sum() + counts.nowhere()
            + counts.went().iter().sum::<u64>() + counts.came().iter().sum::<u64>();
        prop_assert_eq!(sum, rows.len() as u64);
        prop_assume!(counts.both().sum() > 0);
        let alignment = AlignmentParams::default().align(&counts).unwrap();
        let aligned = alignment.apply(&new).unwrap();
        // One to one: those who shared a new segment still do, and no others.
        for one in 0..rows.len() {
            for other in 0..one {
                let same = |of: &Assignments| of.get(one) == of.get(other);
                prop_assert_eq!(same(&aligned), same(&new));
            }
        }
        let events = ClusterEventParams::default().events(&counts).unwrap();
        for cluster in &events.old {
            let parts: u64 = cluster.parts.iter().map(|part| part.customers).sum();
            prop_assert_eq!(parts, cluster.stayed);
        }
    }
}
