use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::{data::SegmentId, migration::TransitionMatrix};

/// A panel of paths: a state from 1 on for each period, 0 for none.
fn panel(paths: &[Vec<usize>], names: &[&str]) -> SegmentPanel {
    let (mut keys, mut periods, mut segments) = (Vec::new(), Vec::new(), Vec::new());
    for (key, path) in (0i64..).zip(paths) {
        for (period, &state) in path.iter().enumerate() {
            if state > 0 {
                keys.push(key);
                periods.push(period.to_string());
                segments.push(names[state - 1]);
            }
        }
    }
    let all: Vec<String> = (0..paths.first().map_or(1, Vec::len))
        .map(|period| period.to_string())
        .collect();
    SegmentPanel::builder()
        .int_keys(&keys)
        .periods(&periods)
        .segments(&segments)
        .order(names)
        .period_order(&all)
        .build()
        .unwrap()
}

#[test]
fn shapes_are_those_of_their_formulas() {
    let names = ["a", "b", "c", "d"];
    let paths = [
        vec![1, 1, 2, 2], // one move of three, two states evenly: ln 2 of ln 4
        vec![1, 2, 3, 4], // all there is
        vec![3, 3, 3, 3],
        vec![0, 1, 0, 2], // a gap is left out, and counted
        vec![0, 0, 0, 4],
    ];
    let sequences = panel(&paths, &names).sequences();
    let shape = |at| *sequences.of(CustomerIx(at)).unwrap();
    let close = |found: f64, expected: f64| assert!((found - expected).abs() < 1e-14, "{found}");
    close(shape(0).entropy, 2f64.ln());
    close(shape(0).complexity, (1.0 / 3.0 * 0.5f64).sqrt());
    close(shape(1).entropy, 4f64.ln());
    close(shape(1).complexity, 1.0);
    assert_eq!((shape(2).entropy, shape(2).complexity), (0.0, 0.0));
    assert_eq!((shape(3).periods, shape(3).gaps, shape(3).moves), (2, 1, 1));
    close(shape(3).complexity, 0.5f64.sqrt());
    assert_eq!((shape(4).periods, shape(4).complexity), (1, 0.0));
    assert_eq!(sequences.of(CustomerIx(5)), None);
}

#[test]
fn one_state_and_nobody_are_answered() {
    let one = panel(&[vec![1, 1], vec![1, 0]], &["a"]).sequences();
    assert!(one.means().unwrap().complexity.abs() < 1e-15);
    assert_eq!(one.stays()[0].expected, Some(2.0)); // two steps out of a, one left
    let none = panel(&[], &["a"]).sequences();
    assert_eq!(none.means(), None);
    assert_eq!(none.paths(9), []);
    assert_eq!(none.stays()[0].mean_completed, None);
    assert_eq!(none.stays()[0].expected, None);
}

proptest! {
    #[test]
    fn sequences_agree_with_reading_them_one_by_one(
        paths in prop::collection::vec(prop::collection::vec(0usize..4, 6), 0..30),
    ) {
        let names = ["a", "b", "c"];
        let paths: Vec<Vec<usize>> = paths.into_iter().filter(|path| path.iter().any(|&it| it > 0)).collect();
        let panel = panel(&paths, &names);
        let sequences = panel.sequences();

        let mut common: BTreeMap<Vec<&str>, u64> = BTreeMap::new();
        // State, length, whether cut off.
        let mut stays: BTreeMap<(usize, usize, bool), u64> = BTreeMap::new();
        for (at, path) in (0..).zip(&paths) {
            let inside: Vec<usize> = path.iter().copied().filter(|&it| it > 0).collect();
            let shape = sequences.of(CustomerIx(at)).unwrap();
            prop_assert_eq!(shape.periods as usize, inside.len());
            let moves = inside.windows(2).filter(|pair| pair[0] != pair[1]).count();
            prop_assert_eq!(shape.moves as usize, moves);
            let first = path.iter().position(|&it| it > 0).unwrap();
            let last = path.iter().rposition(|&it| it > 0).unwrap();
            prop_assert_eq!(shape.gaps as usize, last - first + 1 - inside.len());
            let share = |state: usize| inside.iter().filter(|&&it| it == state).count() as f64 / inside.len() as f64;
            let h: f64 = (1..=3).map(share).filter(|&s| s > 0.0).map(|s| -s * s.ln()).sum();
            prop_assert!((shape.entropy - h).abs() < 1e-12);
            let q = moves as f64 / (inside.len() as f64 - 1.0).max(1.0);
            prop_assert!((shape.complexity - (q * h / 3f64.ln()).sqrt()).abs() < 1e-7);

            let mut walk: Vec<&str> = Vec::new();
            for (period, &state) in path.iter().enumerate().skip(first) {
                let name = match state {
                    0 if period > last => "churned",
                    0 => "inactive",
                    state => names[state - 1],
                };
                if walk.last() != Some(&name) {
                    walk.push(name);
                }
            }
            *common.entry(walk).or_default() += 1;

            let mut start = 0;
            while start < 6 {
                let mut end = start;
                while end < 6 && path[end] == path[start] { end += 1; }
                if path[start] > 0 {
                    *stays.entry((path[start], end - start, start == 0 || end == 6)).or_default() += 1;
                }
                start = end;
            }
        }
        let found = sequences.paths(usize::MAX);
        prop_assert_eq!(found.len(), common.len());
        prop_assert_eq!(sequences.path_count(), common.len());
        prop_assert!(found.windows(2).all(|pair| pair[0].customers >= pair[1].customers));
        for path in found {
            let walk: Vec<&str> = path.names.iter().map(String::as_str).collect();
            prop_assert_eq!(path.customers, common[&walk]);
        }

        let flows = panel.flows().unwrap();
        let paths_out = flows.at_risk(None, 0.9).unwrap();
        for (place, of_state) in (1..).zip(sequences.stays()) {
            let count = |cut: bool| -> u64 {
                stays.iter().filter(|(key, _)| key.0 == place && key.2 == cut).map(|(_, n)| n).sum()
            };
            prop_assert_eq!((of_state.completed, of_state.censored), (count(false), count(true)));
            for length in &of_state.lengths {
                let of = |cut| stays.get(&(place, length.periods, cut)).copied().unwrap_or(0);
                prop_assert_eq!((length.completed, length.censored), (of(false), of(true)));
            }
            // One over the chance to leave, from the flows.
            let id = of_state.state.id;
            let left: u64 = paths_out.iter().filter(|path| path.from == id).map(|path| path.customers).sum();
            let exposed = paths_out.iter().find(|path| path.from == id).map(|path| path.exposed);
            match (of_state.expected, exposed) {
                (Some(expected), Some(n)) => {
                    prop_assert!((expected - n as f64 / left as f64).abs() < 1e-12);
                }
                (expected, exposed) => prop_assert_eq!(expected.map(|_| ()), exposed.map(|_| ())),
            }
        }
    }
}

#[test]
fn the_expected_stay_is_that_of_the_chain() {
    let paths = [
        vec![1, 1, 1, 2, 1, 1],
        vec![2, 1, 1, 2, 2, 2],
        vec![1, 2, 2, 1, 1, 1],
    ];
    let panel = panel(&paths, &["a", "b"]);
    let matrix = TransitionMatrix::of_counts(&panel.flows().unwrap().pooled().unwrap());
    for stays in panel.sequences().stays() {
        let stay = matrix.probability(stays.state.id, stays.state.id).unwrap();
        assert!((stays.expected.unwrap() - 1.0 / (1.0 - stay)).abs() < 1e-12);
    }
    assert_eq!(panel.state("a"), Some(SegmentId(0)));
}

#[test]
fn the_same_bits_for_any_number_of_threads() {
    // Past one chunk of customers.
    let paths: Vec<Vec<usize>> = (0..70_000usize)
        .map(|row| (0..4).map(|period| row * (period + 3) % 97 % 4).collect())
        .collect();
    let panel = panel(&paths, &["a", "b", "c"]);
    let expected = panel.sequences();
    for threads in [1, 2, 3, 8] {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap();
        let found = pool.install(|| panel.sequences());
        assert!(found == expected);
        assert_eq!(found.means(), expected.means());
    }
}
