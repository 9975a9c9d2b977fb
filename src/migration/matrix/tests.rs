use proptest::prelude::*;

use super::*;
use crate::{
    data::Merge,
    migration::{ForecastParams, TripleCounts},
    persist,
};

fn states(count: u32) -> Vec<Segment> {
    (1..=count)
        .map(|id| Segment {
            id: SegmentId(id),
            name: format!("s{id}"),
        })
        .collect()
}

fn counts(rows: &[&[u64]]) -> TransitionCounts {
    TransitionCounts::new(states(u32::try_from(rows.len()).unwrap()), rows).unwrap()
}

fn given(rows: &[&[f64]]) -> TransitionMatrix {
    TransitionMatrix::given(states(u32::try_from(rows.len()).unwrap()), rows).unwrap()
}

fn s(id: u32) -> SegmentId {
    SegmentId(id)
}

fn diagonal_of(matrix: &TransitionMatrix) -> Vec<f64> {
    let own = |state: &Segment| matrix.probability(state.id, state.id).unwrap();
    matrix.states().iter().map(own).collect()
}

#[test]
fn wilson_intervals_of_the_published_shares() {
    let matrix =
        TransitionMatrix::of_counts(&counts(&[&[208, 22, 0, 2], &[0; 4], &[0; 4], &[0; 4]]));
    for (to, lo, hi) in [
        (1, 0.85069195, 0.92949318),
        (2, 0.06345788, 0.13939645),
        (3, 0.0, 0.01628831),
    ] {
        let found = matrix.interval(s(1), s(to), 0.95).unwrap().unwrap();
        assert!(
            (found.lo - lo).abs() < 5.1e-9 && (found.hi - hi).abs() < 5.1e-9,
            "{found:?}"
        );
    }
    assert_eq!(matrix.interval(s(2), s(1), 0.95), Ok(None));
    assert!(matrix.interval(s(2), s(1), 95.0).is_err());
    assert!(matrix.interval(s(2), s(9), 0.95).is_err());
    // The complement of 0 of 232 is 232 of 232.
    let all = TransitionMatrix::of_counts(&counts(&[&[232, 0], &[0, 1]]));
    let stays = all.interval(s(1), s(1), 0.95).unwrap().unwrap();
    let leaves = all.interval(s(1), s(2), 0.95).unwrap().unwrap();
    assert!((stays.lo - (1.0 - leaves.hi)).abs() < 1e-15);
    assert_eq!(
        (stays.hi.to_bits(), leaves.lo.to_bits()),
        (1f64.to_bits(), 0f64.to_bits())
    );
}

#[test]
fn rows_without_customers_stay_unknown() {
    let matrix = TransitionMatrix::of_counts(&counts(&[&[3, 1], &[0, 0]]));
    assert_eq!(matrix.row(s(2)), None);
    assert_eq!(matrix.probability(s(1), s(9)), None);
    for error in [
        matrix.steady_state().unwrap_err(),
        matrix.absorption().unwrap_err(),
        matrix.mobility().unwrap_err(),
        matrix.power(2.0).unwrap_err(),
        ForecastParams::new(2)
            .customers(&matrix, &[5, 0])
            .unwrap_err(),
    ] {
        let text = error.to_string();
        assert!(
            text.contains("\"s2\" (2)") && text.contains("absorbing"),
            "{text}"
        );
    }
    // One step does not need to know what comes after it, nor does a start that stays away.
    assert!(ForecastParams::new(1).customers(&matrix, &[5, 0]).is_ok());
    assert!(matrix.absorbing(s(2)).unwrap().steady_state().is_ok());
}

#[test]
fn impossible_steps_get_nothing_from_smoothing() {
    let counts = counts(&[&[0, 6], &[0, 4]]).impossible(s(2), s(1)).unwrap();
    let matrix = TransitionMatrix::smoothed(&counts, 1.0).unwrap();
    assert_eq!(matrix.row(s(2)), Some(&[0.0, 1.0][..]));
    assert_eq!(matrix.row(s(1)), Some(&[0.125, 0.875][..]));
    let sure = matrix.interval(s(2), s(1), 0.9).unwrap().unwrap();
    assert!(sure.hi.abs() < 1e-300);
    assert!(TransitionMatrix::smoothed(&counts, -1.0).is_err());
    assert!(TransitionMatrix::smoothed(&counts, f64::NAN).is_err());
}

#[test]
fn bad_counts_and_rows_are_refused_by_name() {
    let of = |rows: &[Vec<u64>]| {
        TransitionCounts::new(states(2), rows)
            .unwrap_err()
            .to_string()
    };
    assert!(of(&[vec![1, 2]]).contains("rows of counts"));
    assert!(of(&[vec![1, 2], vec![3]]).contains("row 1"));
    assert!(of(&[vec![u64::MAX, 1], vec![0, 0]]).contains("overflow"));
    let twice = [states(1), states(1)].concat();
    assert!(TransitionCounts::new(twice, &[[0, 0], [0, 0]]).is_err());
    let none: [[u64; 0]; 0] = [];
    assert!(TransitionCounts::new(Vec::new(), &none).is_err());
    let of = |rows: &[[f64; 2]]| {
        TransitionMatrix::given(states(2), rows)
            .unwrap_err()
            .to_string()
    };
    assert!(of(&[[0.5, 0.5], [0.5, 0.4]]).contains("\"s2\""));
    assert!(of(&[[1.5, -0.5], [0.5, 0.5]]).contains("1.5"));
    assert!(of(&[[f64::NAN, 0.5], [0.5, 0.5]]).contains("NaN"));
    // Beyond the tolerance, and within it.
    assert!(of(&[[0.5, 0.5 + 2e-9], [0.5, 0.5]]).contains("sums to"));
    assert!(TransitionMatrix::given(states(2), &[[0.5, 0.5 + 9e-10], [0.5, 0.5]]).is_ok());
}

#[test]
fn counts_of_other_states_do_not_merge() {
    let one = counts(&[&[1, 2], &[3, 4]]);
    let error = one.clone().merge(counts(&[&[1]])).unwrap_err();
    assert_eq!(error.kind(), crate::ErrorKind::VersionMismatch);
    let other = counts(&[&[1, 2], &[0, 4]]).impossible(s(2), s(1)).unwrap();
    let text = one.clone().merge(other).unwrap_err().to_string();
    assert!(text.contains("2-1"), "{text}");
    let many = counts(&[&[u64::MAX, 0], &[0, 0]]);
    assert!(many.clone().merge(one.clone()).is_err());
    assert!(many.merge(one.neutral()).is_ok());
}

#[test]
fn what_is_saved_comes_back_and_nothing_else_does() {
    let counts = counts(&[&[5, 1], &[0, 2]]).impossible(s(2), s(1)).unwrap();
    let text = persist::to_json(&counts).unwrap();
    assert_eq!(
        persist::from_json::<TransitionCounts>(&text).unwrap(),
        counts
    );
    let bad = text.replace("[0,2]", "[3,2]");
    assert!(persist::from_json::<TransitionCounts>(&bad).is_err());

    let matrix = TransitionMatrix::of_counts(&counts);
    let text = persist::to_json(&matrix).unwrap();
    assert_eq!(
        persist::from_json::<TransitionMatrix>(&text).unwrap(),
        matrix
    );
    for (from, to) in [
        ("[0.0,1.0]", "[0.5,0.5]"),
        ("[0.0,1.0]", "[0.0,0.9]"),
        ("2.0", "0.0"),
    ] {
        assert!(text.contains(from), "{text}");
        assert!(persist::from_json::<TransitionMatrix>(&text.replace(from, to)).is_err());
    }

    let generator = Generator::of_durations(&counts, &[8.0, 0.5]).unwrap();
    let text = persist::to_json(&generator).unwrap();
    assert_eq!(persist::from_json::<Generator>(&text).unwrap(), generator);
    assert!(persist::from_json::<Generator>(&text.replace("-0.125", "-0.25")).is_err());
    // Rates from no time, and a time without rates.
    for (from, to) in [("[8.0,0.5]", "[0.0,0.5]"), ("[[-0.125,0.125],", "[null,")] {
        assert!(text.contains(from), "{text}");
        let error = persist::from_json::<Generator>(&text.replace(from, to)).unwrap_err();
        assert!(
            error.to_string().contains("where time was spent"),
            "{error}"
        );
    }

    let triples = TripleCounts::new(states(2), &[(s(1), s(2), s(1), 4)]).unwrap();
    let text = persist::to_json(&triples).unwrap();
    assert_eq!(persist::from_json::<TripleCounts>(&text).unwrap(), triples);
    assert!(persist::from_json::<TripleCounts>(&text.replace("1,4]", "1,0]")).is_err());
}

/// Craig and Sendi 2002, the counts of table 2: monthly probabilities from those of six months.
#[test]
fn roots_of_craig_and_sendi() {
    let counts = counts(&[&[682, 33, 25], &[154, 64, 47], &[19, 19, 43]]);
    let matrix = TransitionMatrix::of_counts(&counts);
    let month = matrix.power(1.0 / 6.0).unwrap();
    for (found, want) in
        (diagonal_of(&month).iter()).zip([0.9819015926, 0.7517043897, 0.8830110654])
    {
        assert!((found - want).abs() < 5.1e-11, "{found} {want}");
    }
    let steady = matrix.steady_state().unwrap();
    for (found, want) in steady
        .shares
        .iter()
        .zip([0.8343668262, 0.0765921432, 0.0890410306])
    {
        assert!((found - want).abs() < 5.1e-11, "{found} {want}");
    }
    for (back, want) in diagonal_of(&month.power(6.0).unwrap())
        .iter()
        .zip(diagonal_of(&matrix))
    {
        assert!((back - want).abs() < 1e-13);
    }
}

#[test]
fn matrices_that_no_rates_are_behind() {
    use NoGenerator::*;
    let verdict = |rows: &[&[f64]]| given(rows).embeddability().unwrap().verdict;
    let none = EmbeddingVerdict::NotEmbeddable;
    assert_eq!(
        verdict(&[&[0.5, 0.5], &[0.5, 0.5]]),
        none(DeterminantNotPositive)
    );
    let cycle: &[&[f64]] = &[&[0.0, 1.0, 0.0], &[0.0, 0.0, 1.0], &[1.0, 0.0, 0.0]];
    assert_eq!(verdict(cycle), none(DeterminantAboveDiagonal));
    let line: &[&[f64]] = &[&[0.9, 0.1, 0.0], &[0.1, 0.8, 0.1], &[0.0, 0.1, 0.9]];
    assert_eq!(
        verdict(line),
        none(NotInOneStep {
            from: s(1),
            to: s(3)
        })
    );
    // With these eigenvectors the rates are (ln a - ln b - ln c) / 4 and the like.
    let of = |a: f64, b: f64, c: f64| {
        let cell = |x: f64, y: f64, z: f64| 0.25 * (1.0 + x * a + y * b + z * c);
        let [d, x, y, z] = [
            cell(1.0, 1.0, 1.0),
            cell(1.0, -1.0, -1.0),
            cell(-1.0, 1.0, -1.0),
            cell(-1.0, -1.0, 1.0),
        ];
        verdict(&[&[d, x, y, z], &[x, d, z, y], &[y, z, d, x], &[z, y, x, d]])
    };
    assert_eq!(of(0.4, 0.5, 0.6), EmbeddingVerdict::Embeddable); // all rates above 0
    assert_eq!(of(0.2, 0.5, 0.6), none(NegativeRates)); // ln .2 < ln .5 + ln .6
    assert_eq!(of(0.5, -0.01, -0.02), none(NegativeEigenvalue));
    // Complex eigenvalues have more than one logarithm.
    let round: &[&[f64]] = &[&[0.4, 0.4, 0.2], &[0.2, 0.4, 0.4], &[0.4, 0.2, 0.4]];
    assert_eq!(verdict(round), EmbeddingVerdict::Undecided);
    assert_eq!(
        verdict(&[&[1.0, 0.0], &[0.0, 1.0]]),
        EmbeddingVerdict::Embeddable
    );
    assert_eq!(verdict(&[&[1.0]]), EmbeddingVerdict::Embeddable);
    // After so long a time the start is forgotten to the last bit, and what was behind cannot be told.
    let rates = Square::from_fn(3, |from, to| if from == to { -2.0 } else { 1.0 });
    let late = Generator::of_rates(&states(3), &rates)
        .transition(20.0)
        .unwrap();
    let want = if two_rows_are_one(&late) {
        none(DeterminantNotPositive)
    } else {
        EmbeddingVerdict::Undecided
    };
    assert_eq!(late.embeddability().unwrap().verdict, want);
    // The last row is the mean of the others: a pivot of 0, but no row that comes twice.
    let mean: &[&[f64]] = &[
        &[0.5, 0.25, 0.25],
        &[0.25, 0.5, 0.25],
        &[0.375, 0.375, 0.25],
    ];
    assert_eq!(verdict(mean), EmbeddingVerdict::Undecided);
    // The determinant of many states is below the least number, and above 0 all the same.
    let many = Square::from_fn(60, |from, to| if from == to { -59.0 } else { 1.0 });
    let many = Generator::of_rates(&states(60), &many)
        .transition(0.22)
        .unwrap();
    let found = many.embeddability().unwrap();
    assert!(found.determinant.abs() < 1e-300, "{found:?}");
    assert_eq!(found.verdict, EmbeddingVerdict::Embeddable);
    let error = given(&[&[0.1, 0.9], &[0.8, 0.2]]).power(0.5).unwrap_err();
    assert!(error.to_string().contains("whole periods"), "{error}");
    assert!(given(line).power(0.25).is_err());
    assert!(given(line).power(-1.0).is_err());
}

#[test]
fn rows_sum_to_one_after_any_time() {
    let generator = |rows: &[&[f64]]| {
        let order = rows.len();
        let rates = Square::from_fn(order, |from, to| {
            let others = || (0..order).filter(|&at| at != from);
            if from == to {
                -others().map(|at| rows[from][at]).sum::<f64>()
            } else {
                rows[from][to]
            }
        });
        Generator::of_rates(&states(u32::try_from(order).unwrap()), &rates)
    };
    let two = generator(&[&[0.0, 0.1], &[0.3, 0.0]]);
    for time in [1e12, 1e20, 1e300] {
        let moved = two.transition(time).unwrap();
        for from in [1, 2] {
            let row = moved.row(s(from)).unwrap();
            assert!((row[0] - 0.75).abs() < 1e-12 && (row[1] - 0.25).abs() < 1e-12);
        }
    }
    // From 1 to one of two pairs that are never left, 3 in 10 to the first.
    let parts: &[&[f64]] = &[
        &[0.0, 0.01, 0.02, 0.06, 0.01],
        &[0.0, 0.0, 0.7, 0.0, 0.0],
        &[0.0, 0.4, 0.0, 0.0, 0.0],
        &[0.0, 0.0, 0.0, 0.0, 0.3],
        &[0.0, 0.0, 0.0, 2.0, 0.0],
    ];
    let parts = generator(parts);
    let check = |moved: &TransitionMatrix| {
        let row = moved.row(s(1)).unwrap();
        assert!((row[1] + row[2] - 0.3).abs() < 1e-9, "{row:?}");
        assert!((row[3] + row[4] - 0.7).abs() < 1e-9, "{row:?}");
        assert_eq!(moved.row(s(2)).unwrap()[3..], [0.0, 0.0]);
        assert_eq!(moved.row(s(5)).unwrap()[..3], [0.0; 3]);
    };
    for time in [1e3, 1e12, 1e15, 1e20] {
        check(&parts.transition(time).unwrap());
    }
    let month = parts.transition(1.0).unwrap();
    for periods in [1e3, 1e12, 9_007_199_254_740_992.0, 1e12 + 0.5] {
        check(&month.power(periods).unwrap());
    }
    assert!(two.transition(1.7e308).is_ok());
    let fast = generator(&[&[0.0, 10.0], &[1.0, 0.0]]).transition(1.7e308);
    assert_eq!(fast.unwrap_err().kind(), crate::ErrorKind::Overflow);
}

#[test]
fn computed_rows_that_are_noise_are_refused() {
    let of = |row: [f64; 2]| {
        let cells = Square::from_fn(2, |_, to| row[to]);
        TransitionMatrix::rounded(&states(2), &cells)
    };
    assert!(of([0.5 + 9e-7, 0.5]).is_ok() && of([1.0, -1e-16]).is_ok());
    for row in [[0.0, 0.0], [0.5, 0.5 + 2e-6], [f64::NAN, 1.0], [-1.0, 0.5]] {
        let error = of(row).unwrap_err();
        assert_eq!(error.kind(), crate::ErrorKind::Degenerate);
        assert!(error.to_string().contains("\"s1\" (1)"), "{error}");
    }
}

/// No verdict may deny rates to what they have made, however little of the start is left. Only where two
/// rows are the same to the last bit is the determinant 0 for sure.
#[test]
fn what_rates_have_made_is_never_denied_them() {
    let (mut judged, mut undecided) = (0u32, 0u32);
    let few = [2, 3, 5, 8, 10, 12].into_iter().cycle().zip(0..36);
    for (order, world) in few.chain([(20, 36), (30, 37)]) {
        for kind in 0..5u8 {
            let mut draw = crate::numeric::rng::Stream::new(31, 4, world);
            // Full, with zeros, with few steps, only forwards, only to neighbours.
            let off = Square::from_fn(order, |from, to| {
                let chance = draw.uniform();
                let open = match kind {
                    0 => true,
                    1 => chance >= 0.5,
                    2 => chance >= 0.8,
                    3 => to > from,
                    _ => to.abs_diff(from) == 1,
                };
                draw.uniform() * f64::from(u8::from(open))
            });
            let rates = Square::from_fn(order, |from, to| {
                let others = || (0..order).filter(|&at| at != from);
                if from == to {
                    -others().map(|at| off.at(from, at)).sum::<f64>()
                } else {
                    off.at(from, to)
                }
            });
            let generator = Generator::of_rates(&states(u32::try_from(order).unwrap()), &rates);
            for step in 0..24 {
                let time = 0.02 * 1.4f64.powi(step);
                let matrix = generator.transition(time).unwrap();
                let found = matrix.embeddability().unwrap();
                if two_rows_are_one(&matrix) {
                    let none = NoGenerator::DeterminantNotPositive;
                    assert_eq!(found.verdict, EmbeddingVerdict::NotEmbeddable(none));
                    continue;
                }
                let denied = matches!(found.verdict, EmbeddingVerdict::NotEmbeddable(_));
                assert!(!denied, "{order} {kind} {time} {found:?}");
                judged += 1;
                undecided += u32::from(found.verdict == EmbeddingVerdict::Undecided);
            }
        }
    }
    assert!(
        judged > 3_000 && undecided * 3 < judged,
        "{undecided} of {judged}"
    );
}

fn two_rows_are_one(matrix: &TransitionMatrix) -> bool {
    let rows: Vec<_> = matrix
        .states()
        .iter()
        .map(|state| matrix.row(state.id))
        .collect();
    (0..rows.len()).any(|at| rows[..at].contains(&rows[at]))
}

/// The adjustments by hand, from the logarithm that the matrix has.
#[test]
fn adjusted_rates_are_those_of_israel_rosenthal_and_wei() {
    let rows: &[&[f64]] = &[&[0.9, 0.1, 0.0], &[0.1, 0.8, 0.1], &[0.0, 0.1, 0.9]];
    let matrix = given(rows);
    let log = matrix.dense().unwrap().logarithm().unwrap();
    assert!(log.at(0, 2) < -0.001);
    let one = matrix.generator(RateAdjustment::Diagonal).unwrap();
    let rate = |fit: &GeneratorFit, from, to| fit.generator.rate(s(from), s(to)).unwrap();
    assert!((rate(&one, 1, 1) + log.at(0, 1)).abs() < 1e-13);
    assert!((rate(&one, 1, 2) - log.at(0, 1)).abs() < 1e-13);
    let two = matrix.generator(RateAdjustment::Weighted).unwrap();
    let good = log.at(0, 0).abs() + log.at(0, 1);
    let want = log.at(0, 1) + log.at(0, 2) * log.at(0, 1) / good;
    assert!((rate(&two, 1, 2) - want).abs() < 1e-13);
    assert!((rate(&two, 1, 1) + want).abs() < 1e-13);
    assert!(rate(&two, 1, 3).abs() < 1e-300 && two.adjusted);
    let moved = two.generator.transition(1.0).unwrap();
    let gap = (moved.probability(s(1), s(3)).unwrap() - 0.0).abs();
    assert!(two.distance >= gap && gap > 1e-4);
}

#[test]
fn rates_from_durations() {
    let moves = counts(&[&[99, 6, 0], &[2, 0, 8], &[0, 0, 0]]);
    let generator = Generator::of_durations(&moves, &[120.0, 40.0, 0.0]).unwrap();
    assert_eq!(generator.rate(s(1), s(2)), Some(0.05));
    assert_eq!(generator.rate(s(2), s(2)), Some(-0.25));
    assert_eq!(generator.rate(s(3), s(1)), None);
    let se = generator.standard_error(s(2), s(3)).unwrap();
    assert!((se - 8f64.sqrt() / 40.0).abs() < 1e-15);
    assert!(
        generator
            .transition(1.0)
            .unwrap_err()
            .to_string()
            .contains("\"s3\"")
    );
    assert!(Generator::of_durations(&moves, &[120.0, 0.0, 1.0]).is_err());
    assert!(Generator::of_durations(&moves, &[120.0, -1.0, 1.0]).is_err());
    assert!(Generator::of_durations(&moves, &[120.0, 1.0]).is_err());
}

/// Rates of three to five states, as cells.
fn rates() -> impl Strategy<Value = Square> {
    (2usize..6, prop::collection::vec(0.0f64..0.5, 25)).prop_map(|(order, cells)| {
        let off = |from: usize, to: usize| {
            if from == to {
                0.0
            } else {
                cells[from * 5 + to]
            }
        };
        Square::from_fn(order, |from, to| {
            if from == to {
                -(0..order).map(|to| off(from, to)).sum::<f64>()
            } else {
                off(from, to)
            }
        })
    })
}

proptest! {
    #[test]
    fn rates_behind_a_matrix_are_found_again(rates in rates()) {
        let order = u32::try_from(rates.order()).unwrap();
        let matrix = Generator::of_rates(&states(order), &rates).transition(1.0).unwrap();
        let fit = matrix.generator(RateAdjustment::Refuse).unwrap();
        prop_assert_eq!(fit.embeddability.verdict, EmbeddingVerdict::Embeddable);
        prop_assert!(fit.distance < 1e-13 && !fit.adjusted);
        for from in 0..rates.order() {
            for to in 0..rates.order() {
                let [a, b] = [from, to].map(|at| s(u32::try_from(at).unwrap() + 1));
                let found = fit.generator.rate(a, b).unwrap();
                prop_assert!((found - rates.at(from, to)).abs() < 1e-10);
            }
        }
        let third = matrix.power(1.0 / 3.0).unwrap();
        let back = third.power(3.0).unwrap().dense().unwrap();
        let gap = back.zip(&matrix.dense().unwrap(), |one, other| (one - other).abs());
        prop_assert!(gap.cells().iter().all(|gap| *gap < 1e-13));
    }

    #[test]
    fn adjusted_generators_are_generators(cells in prop::collection::vec(0.0f64..1.0, 16)) {
        // Mostly staying, so that there is a logarithm.
        let row = |from: usize| -> Vec<f64> {
            let weight = |to: usize| cells[from * 4 + to] + if from == to { 3.0 } else { 0.0 };
            let sum: f64 = (0..4).map(weight).sum();
            (0..4).map(|to| weight(to) / sum).collect()
        };
        let rows: Vec<Vec<f64>> = (0..4).map(row).collect();
        let matrix = TransitionMatrix::given(states(4), &rows).unwrap();
        for adjustment in [RateAdjustment::Diagonal, RateAdjustment::Weighted] {
            let fit = matrix.generator(adjustment).unwrap();
            let text = persist::to_json(&fit.generator).unwrap();
            prop_assert_eq!(&persist::from_json::<Generator>(&text).unwrap(), &fit.generator);
            prop_assert!(fit.adjusted || fit.distance < 1e-13);
            prop_assert!(fit.distance < 0.1);
        }
    }

    #[test]
    fn counts_obey_the_merge_law(
        paths in prop::collection::vec(
            prop::collection::vec(prop::option::of(1u32..4), 0..7), 0..12),
        cut in 0usize..12,
    ) {
        let paths: Vec<Vec<Option<SegmentId>>> = paths
            .into_iter()
            .map(|path| path.into_iter().map(|id| id.map(SegmentId)).collect())
            .collect();
        let cut = cut.min(paths.len());
        let of = |paths: &[Vec<Option<SegmentId>>]| {
            (
                TransitionCounts::of_paths(states(3), paths).unwrap(),
                TripleCounts::of_paths(states(3), paths).unwrap(),
            )
        };
        let (whole, (a, b)) = (of(&paths), (of(&paths[..cut]), of(&paths[cut..])));
        prop_assert_eq!(&a.0.clone().merge(b.0.clone()).unwrap(), &whole.0);
        prop_assert_eq!(&b.0.clone().merge(a.0.clone()).unwrap(), &whole.0);
        prop_assert_eq!(&whole.0.neutral().merge(whole.0.clone()).unwrap(), &whole.0);
        prop_assert_eq!(&a.1.clone().merge(b.1.clone()).unwrap(), &whole.1);
        prop_assert_eq!(&b.1.merge(a.1).unwrap(), &whole.1);
        prop_assert_eq!(&whole.1.neutral().merge(whole.1.clone()).unwrap(), &whole.1);
        // Pairs and triples by hand.
        let steps: usize = paths.iter().map(|path| {
            path.windows(2).filter(|step| step.iter().all(Option::is_some)).count()
        }).sum();
        prop_assert_eq!(whole.0.total(), steps as u64);
        let twos: usize = paths.iter().map(|path| {
            path.windows(3).filter(|step| step.iter().all(Option::is_some)).count()
        }).sum();
        prop_assert_eq!(whole.1.total(), twos as u64);
    }
}
