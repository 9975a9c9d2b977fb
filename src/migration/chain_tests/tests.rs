use proptest::prelude::*;

use super::*;
use crate::{
    data::{Segment, SegmentId},
    numeric::binomial::multinomial,
};

fn states(count: usize) -> Vec<Segment> {
    (1..=u32::try_from(count).unwrap())
        .map(|id| Segment {
            id: SegmentId(id),
            name: format!("s{id}"),
        })
        .collect()
}

fn counts(rows: &[Vec<u64>]) -> TransitionCounts {
    TransitionCounts::new(states(rows.len()), rows).unwrap()
}

fn s(id: u32) -> SegmentId {
    SegmentId(id)
}

fn params() -> ChainTestParams {
    ChainTestParams::default()
}

#[track_caller]
fn near(found: f64, want: f64, tolerance: f64) {
    assert!((found - want).abs() <= tolerance, "{found} is not {want}");
}

/// Kullback, Kupperman and Ku 1962. Their printed G of 6.551795 has column totals where rows belong.
#[test]
fn counts_against_a_matrix() {
    let counts = counts(&[vec![51, 11, 8], vec![12, 31, 9], vec![6, 11, 10]]);
    let rows = [
        [0.625, 0.25, 0.125],
        [0.25, 0.5, 0.25],
        [0.25, 0.375, 0.375],
    ];
    let matrix = TransitionMatrix::given(states(3), &rows).unwrap();
    let test = params()
        .replicates(4_000)
        .against(&counts, &matrix)
        .unwrap();
    near(test.g, 6.518384096198, 5.1e-13);
    near(test.p_g, 0.367687683, 5.1e-10);
    near(test.pearson, 6.109724596391, 5.1e-13);
    near(test.p_pearson, 0.411011679, 5.1e-10);
    assert_eq!((test.df, test.cells), (6, 9));
    near(test.smallest_expected, 6.75, 1e-12);
    let simulated = test.simulated.unwrap();
    near(simulated.g, test.p_g, 0.04);
    near(simulated.pearson, test.p_pearson, 0.04);
}

/// The sequence of the package markovchain: a b a a a a b a b a b a a b b b a.
#[test]
fn the_chain_of_seventeen_letters() {
    let letter = |letter| Some(s(if letter == 'a' { 1 } else { 2 }));
    let path: Vec<_> = "abaaaabababaabbba".chars().map(letter).collect();
    let counts = TransitionCounts::of_paths(states(2), &[&path]).unwrap();
    let cells: Vec<u64> = counts.cells().iter().copied().collect();
    assert_eq!(cells, [4, 5, 5, 2]);
    let triples = TripleCounts::of_paths(states(2), &[&path]).unwrap();
    let test = params().first_order(&triples).unwrap();
    near(test.pearson, 0.63, 0.0051);
    near(test.g, 0.599161283, 5.1e-10);
    near(test.p_pearson, 0.7297889, 5.1e-8);
    assert_eq!(test.df, 2);
    assert_eq!(test.verdict, ChainTestVerdict::FewExpected);
}

#[test]
fn the_table_of_burkett_and_others() {
    let test = params()
        .table(&[[127, 59], [11, 7], [36, 20], [9, 4]])
        .unwrap();
    near(test.pearson, 0.636110621, 5.1e-10);
    near(test.p_pearson, 0.888118162, 5.1e-10);
    assert_eq!(test.df, 3);
}

#[test]
fn what_has_no_counts_takes_no_freedom() {
    // State 3 is entered by one group only and left by nobody; state 2 reaches two states.
    let one = counts(&[vec![9, 4, 2], vec![3, 5, 0], vec![0, 0, 0]]);
    let other = counts(&[vec![7, 6, 0], vec![1, 8, 0], vec![0, 0, 0]]);
    let test = params().homogeneity(&[one.clone(), other.clone()]).unwrap();
    assert_eq!((test.df, test.cells), (3, 10));
    // A third group without counts changes nothing.
    let none = counts(&vec![vec![0; 3]; 3]);
    let more = params().stationarity(&[one, none.clone(), other]).unwrap();
    assert_eq!(more, test);
    let error = params()
        .homogeneity(&[none.clone(), none.clone()])
        .unwrap_err();
    assert!(error.to_string().contains("nothing to compare"), "{error}");
    assert!(params().homogeneity(&[none]).is_err());
}

/// Quasi-independence: the diagonal is impossible. With margins of a table that was made from `a_i b_j`
/// the fit is exact, and the freedom is cells - rows - columns + 1.
#[test]
fn scattered_impossible_cells_are_left_out() {
    let (a, b) = ([1u64, 2, 3, 4], [5u64, 7, 10, 20]);
    let cell = |from: usize, to: usize| if from == to { 0 } else { a[from] * b[to] };
    let rows: Vec<Vec<u64>> = (0..4)
        .map(|from| (0..4).map(|to| cell(from, to)).collect())
        .collect();
    let mut movers = counts(&rows);
    assert!(params().independence(&movers).unwrap().g > 10.0);
    for id in 1..=4 {
        movers = movers.impossible(s(id), s(id)).unwrap();
    }
    let test = params().replicates(50).independence(&movers).unwrap();
    near(test.g, 0.0, 1e-8);
    assert_eq!((test.df, test.cells), (12 - 4 - 4 + 1, 12));
    assert!(test.simulated.unwrap().g > 0.9);
    // Two parts that share no cell: each has a freedom of its own.
    let mut blocks = counts(&[
        vec![4, 2, 0, 0],
        vec![3, 6, 0, 0],
        vec![0, 0, 5, 5],
        vec![0, 0, 2, 7],
    ]);
    for (from, to) in [
        (1, 3),
        (1, 4),
        (2, 3),
        (2, 4),
        (3, 1),
        (3, 2),
        (4, 1),
        (4, 2),
    ] {
        blocks = blocks.impossible(s(from), s(to)).unwrap();
    }
    let both = params().independence(&blocks).unwrap();
    let first = params().table(&[[4, 2], [3, 6]]).unwrap();
    let second = params().table(&[[5, 5], [2, 7]]).unwrap();
    assert_eq!(both.df, 2);
    near(both.g, first.g + second.g, 1e-9);
    near(both.pearson, first.pearson + second.pearson, 1e-9);
}

#[test]
fn what_cannot_happen_refutes_a_matrix() {
    let counts = counts(&[vec![9, 1], vec![0, 5]]);
    let rows = [[1.0, 0.0], [0.5, 0.5]];
    let matrix = TransitionMatrix::given(states(2), &rows).unwrap();
    let test = params().replicates(99).against(&counts, &matrix).unwrap();
    assert_eq!(test.verdict, ChainTestVerdict::Refuted);
    assert!(test.g.is_infinite() && test.p_g.abs() < 1e-300);
    near(test.simulated.unwrap().g, 0.01, 1e-15);
    let other = TransitionMatrix::given(states(1), &[[1.0]]).unwrap();
    assert!(params().against(&counts, &other).is_err());
    let unknown = TransitionMatrix::of_counts(&self::counts(&[vec![1, 1], vec![0, 0]]));
    assert!(
        params()
            .against(&counts, &unknown)
            .unwrap_err()
            .to_string()
            .contains("\"s2\"")
    );
    assert!(params().table(&[vec![1, 2], vec![3]]).is_err());
    assert!(params().table(&[[u64::MAX, 1], [1, 1]]).is_err());
}

#[test]
fn a_matrix_without_a_choice_is_refuted_all_the_same() {
    let counts = counts(&[vec![9, 1], vec![0, 5]]);
    let rows = [[1.0, 0.0], [0.0, 1.0]];
    let matrix = TransitionMatrix::given(states(2), &rows).unwrap();
    let test = params().replicates(99).against(&counts, &matrix).unwrap();
    assert_eq!((test.verdict, test.df), (ChainTestVerdict::Refuted, 0));
    assert!(test.g.is_infinite() && test.pearson.is_infinite());
    assert!(test.p_g.abs() < 1e-300 && test.p_pearson.abs() < 1e-300);
    near(test.simulated.unwrap().g, 0.01, 1e-15);
    // Expected are 10 and 5.
    assert_eq!((test.cells, test.cells_below_five), (2, 0));
    near(test.smallest_expected, 5.0, 1e-15);
    let stays = self::counts(&[vec![9, 0], vec![0, 5]]);
    let error = params().against(&stays, &matrix).unwrap_err();
    assert!(error.to_string().contains("nothing to compare"), "{error}");
}

#[test]
fn too_many_replicates_are_refused() {
    let error = params()
        .replicates(10_000_001)
        .table(&[[3, 0], [1, 4]])
        .unwrap_err();
    assert_eq!(error.kind(), crate::ErrorKind::InvalidParameter);
    assert!(error.to_string().contains("10000000"), "{error}");
    let many = [[1_000_000_000_000, 1], [5, 5]];
    let error = params().replicates(1).table(&many).unwrap_err();
    assert_eq!(error.kind(), crate::ErrorKind::Overflow);
    assert!(params().table(&many).is_ok());
}

/// Two of many states are in the middle; each has columns of its own.
#[test]
fn the_order_of_many_states_needs_only_those_that_occur() {
    let of = |cells: &[(u32, u32, u32, u64)], order: usize| {
        let cells: Vec<_> = (cells.iter())
            .map(|&(from, via, to, n)| (s(from), s(via), s(to), n))
            .collect();
        let triples = TripleCounts::new(states(order), &cells).unwrap();
        params().first_order(&triples).unwrap()
    };
    let cells = [
        (1, 2, 1, 9),
        (1, 2, 1_900, 4),
        (700, 2, 1, 3),
        (700, 2, 30, 6),
        (5, 8, 9, 7),
        (5, 8, 1_999, 2),
        (6, 8, 1_999, 5),
    ];
    let test = of(&cells, 2_000);
    let one = params().table(&[[9, 0, 4], [3, 6, 0]]).unwrap();
    let other = params().table(&[[7, 2], [0, 5]]).unwrap();
    near(test.g, one.g + other.g, 1e-12);
    near(test.pearson, one.pearson + other.pearson, 1e-12);
    assert_eq!((test.df, test.cells), (3, 10));
}

/// Fisher's exact test of the table by enumeration has p .2; with fixed row totals only, the exact
/// probability of a Pearson as large under the pooled share 4/8 follows by enumeration too.
#[test]
fn simulated_probabilities_are_those_of_enumeration() {
    let (rows, pooled) = ([[3u64, 1], [1, 3]], 0.5f64);
    let statistic = |a: u64, b: u64| {
        params()
            .table(&[[a, 4 - a], [b, 4 - b]])
            .map_or(0.0, |test| test.pearson)
    };
    let seen = statistic(rows[0][0], rows[1][0]);
    let choose = [1.0, 4.0, 6.0, 4.0, 1.0];
    let mut exact = 0.0;
    for a in 0..=4u8 {
        for b in 0..=4u8 {
            if statistic(a.into(), b.into()) >= seen - 1e-9 {
                exact += choose[usize::from(a)] * choose[usize::from(b)] * pooled.powi(8);
            }
        }
    }
    let drawn = params()
        .replicates(20_000)
        .table(&rows)
        .unwrap()
        .simulated
        .unwrap();
    near(
        drawn.pearson,
        exact,
        5.0 * (exact * (1.0 - exact) / 20_000.0).sqrt(),
    );
}

/// The largest distance of a sample from the uniform law, times the square root of its size.
fn distance_from_uniform(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let n = values.len() as f64;
    let gap = |(at, value): (usize, &f64)| {
        let (below, above) = (at as f64 / n, (at as f64 + 1.0) / n);
        (value - below).max(above - value)
    };
    values.iter().enumerate().map(gap).fold(0.0, f64::max) * n.sqrt()
}

/// Customers of two groups walk by one matrix for several periods; all tests that should find nothing
/// find nothing as often as they say. 1.63 is the 1 % point of Kolmogorov's law.
#[test]
fn under_the_simpler_model_probabilities_are_uniform() {
    let truth = [[0.6, 0.3, 0.1], [0.2, 0.5, 0.3], [0.1, 0.3, 0.6]];
    let matrix = TransitionMatrix::given(states(3), &truth).unwrap();
    let step = |draw: &mut Stream, from: usize| {
        let mut to = [0; 3];
        multinomial(draw, 1, &truth[from], &mut to);
        to.iter().position(|&n| n == 1).unwrap()
    };
    let mut found: [Vec<f64>; 5] = Default::default();
    for world in 0..400 {
        let mut draw = Stream::new(21, 3, world);
        let paths: Vec<Vec<Option<SegmentId>>> = (0..150usize)
            .map(|customer| {
                let mut at = customer % 3;
                let mut path = vec![at];
                for _ in 0..4 {
                    at = step(&mut draw, at);
                    path.push(at);
                }
                path.iter().map(|&at| Some(states(3)[at].id)).collect()
            })
            .collect();
        let of = |paths: &[Vec<_>]| TransitionCounts::of_paths(states(3), paths).unwrap();
        let period = |at: usize| -> TransitionCounts {
            let steps: Vec<Vec<_>> = paths.iter().map(|path| path[at..at + 2].to_vec()).collect();
            of(&steps)
        };
        let periods: Vec<_> = (0..4).map(period).collect();
        let triples = TripleCounts::of_paths(states(3), &paths).unwrap();
        let of_group = |group: usize| -> Vec<Vec<_>> {
            paths.iter().skip(group).step_by(2).cloned().collect()
        };
        let groups = [of(&of_group(0)), of(&of_group(1))];
        let simulated = params().replicates(99).seed(world);
        let simulated = simulated.homogeneity(&groups).unwrap().simulated.unwrap();
        // On its grid of 1/100 the p-value is uniform; it is moved to the middle of its step.
        let jitter = draw.uniform() / 100.0;
        for (list, p) in found.iter_mut().zip([
            params().against(&of(&paths), &matrix).unwrap().p_pearson,
            params().homogeneity(&groups).unwrap().p_pearson,
            params().stationarity(&periods).unwrap().p_pearson,
            params().first_order(&triples).unwrap().p_pearson,
            simulated.pearson - jitter,
        ]) {
            list.push(p);
        }
    }
    for (test, list) in found.into_iter().enumerate() {
        let distance = distance_from_uniform(list);
        assert!(distance < 1.63, "test {test}: {distance}");
    }
}

/// And independence, where the next state is drawn whatever the last one was.
#[test]
fn independent_tables_have_uniform_probabilities() {
    let list = (0..600).map(|world| {
        let mut draw = Stream::new(22, 3, world);
        let mut rows = vec![vec![0; 4]; 3];
        for row in &mut rows {
            multinomial(&mut draw, 80, &[0.4, 0.3, 0.2, 0.1], row);
        }
        params().table(&rows).unwrap().p_g
    });
    let distance = distance_from_uniform(list.collect());
    assert!(distance < 1.63, "{distance}");
}

#[test]
fn simulations_have_the_same_bits_on_any_thread_count() {
    let counts = counts(&[vec![5, 1, 0], vec![2, 3, 2], vec![0, 4, 4]]);
    let on = |threads| {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap();
        pool.install(|| params().replicates(500).independence(&counts).unwrap())
    };
    assert!([2, 3, 8].into_iter().all(|threads| on(threads) == on(1)));
}

proptest! {
    #[test]
    fn names_and_order_of_states_do_not_matter(
        cells in prop::collection::vec(0u64..30, 32),
        shift in 1usize..4,
    ) {
        let table = |at: usize| -> Vec<Vec<u64>> {
            cells[at * 16..(at + 1) * 16].chunks(4).map(<[u64]>::to_vec).collect()
        };
        let moved = |rows: &[Vec<u64>]| -> Vec<Vec<u64>> {
            let place = |at: usize| (at * (2 * (shift % 2) + 1) + shift) % 4;
            (0..4)
                .map(|from| (0..4).map(|to| rows[place(from)][place(to)]).collect())
                .collect()
        };
        let [one, other] = [table(0), table(1)];
        let groups = [counts(&one), counts(&other)];
        let again = [counts(&moved(&one)), counts(&moved(&other))];
        if let Ok(test) = params().homogeneity(&groups) {
            let moved = params().homogeneity(&again).unwrap();
            prop_assert!((test.g - moved.g).abs() < 1e-9);
            prop_assert!((test.pearson - moved.pearson).abs() < 1e-9);
            prop_assert_eq!((test.df, test.cells_below_five), (moved.df, moved.cells_below_five));
        }
        if let Ok(test) = params().independence(&groups[0]) {
            let moved = params().independence(&again[0]).unwrap();
            prop_assert!((test.g - moved.g).abs() < 1e-9);
            prop_assert_eq!((test.df, test.verdict), (moved.df, moved.verdict));
        }
    }
}
