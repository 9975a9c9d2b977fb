use proptest::prelude::*;

use super::*;
use crate::{
    data::{Estimate, Segment, SegmentId},
    migration::{MarkovValueParams, TransitionCounts, TransitionMatrix},
    numeric::{binomial::multinomial, rng::Stream},
};

fn states(count: usize) -> Vec<Segment> {
    (1..=u32::try_from(count).unwrap())
        .map(|id| Segment {
            id: SegmentId(id),
            name: format!("s{id}"),
        })
        .collect()
}

fn given<const N: usize>(rows: [[f64; N]; N]) -> TransitionMatrix {
    TransitionMatrix::given(states(N), &rows).unwrap()
}

fn s(id: u32) -> SegmentId {
    SegmentId(id)
}

fn oz() -> TransitionMatrix {
    given([[0.5, 0.25, 0.25], [0.5, 0.0, 0.5], [0.25, 0.25, 0.5]])
}

#[test]
fn the_land_of_oz() {
    let oz = oz();
    for (found, want) in oz
        .steady_state()
        .unwrap()
        .shares
        .iter()
        .zip([0.4, 0.2, 0.4])
    {
        assert!((found - want).abs() < 1e-15);
    }
    let want = [
        [0.0, 4.0, 10.0 / 3.0],
        [8.0 / 3.0, 0.0, 8.0 / 3.0],
        [10.0 / 3.0, 4.0, 0.0],
    ];
    for (row, want) in oz.first_passages().unwrap().iter().zip(want) {
        for (found, want) in row.iter().zip(want) {
            assert!((found.unwrap() - want).abs() < 1e-13);
        }
    }
    for (found, want) in oz.return_times().unwrap().iter().zip([2.5, 5.0, 2.5]) {
        assert!((found.unwrap() - want).abs() < 1e-13);
    }
    let mobility = oz.mobility().unwrap();
    assert!((mobility.svd - 0.683012701892).abs() < 5.1e-13);
    // Eigenvalues 1, 1/4 and -1/4.
    assert!((mobility.second_eigenvalue - 0.25).abs() < 1e-14);
    assert!((mobility.half_life.unwrap() - 0.5).abs() < 1e-13);
    assert!((mobility.prais_shorrocks - 1.0).abs() < 1e-15);
}

#[test]
fn chains_that_go_round_have_averages() {
    let turns = given([[0.0, 1.0, 0.0], [0.25, 0.0, 0.75], [0.0, 1.0, 0.0]]);
    let steady = turns.steady_state().unwrap();
    assert_eq!(steady.period, 2);
    for (found, want) in steady.shares.iter().zip([0.125, 0.5, 0.375]) {
        assert!((found - want).abs() < 1e-15);
    }
    let mobility = turns.mobility().unwrap();
    assert_eq!(mobility.half_life, None);
    assert!((mobility.second_eigenvalue - 1.0).abs() < 1e-14);
    assert!(!turns.long_run().unwrap().converges());
    let six = |from: usize, to: usize| f64::from(u8::from(to == (from + 1) % 6));
    let rows: Vec<Vec<f64>> = (0..6)
        .map(|from| (0..6).map(|to| six(from, to)).collect())
        .collect();
    let cycle = TransitionMatrix::given(states(6), &rows).unwrap();
    assert_eq!(cycle.classes().unwrap()[0].period, Some(6));
}

#[test]
fn the_long_run_of_several_classes_depends_on_the_start() {
    // The gambler with a fair coin: absorption at both ends in proportion to the distance.
    let walk = given([
        [1.0, 0.0, 0.0, 0.0, 0.0],
        [0.5, 0.0, 0.5, 0.0, 0.0],
        [0.0, 0.5, 0.0, 0.5, 0.0],
        [0.0, 0.0, 0.5, 0.0, 0.5],
        [0.0, 0.0, 0.0, 0.0, 1.0],
    ]);
    let absorption = walk.absorption().unwrap();
    assert_eq!(absorption.transient, [s(2), s(3), s(4)]);
    assert_eq!(absorption.classes, [[s(1)], [s(5)]]);
    for (row, want) in absorption.probabilities.iter().zip([0.75, 0.5, 0.25]) {
        assert!((row[0] - want).abs() < 1e-15 && (row[1] - (1.0 - want)).abs() < 1e-15);
    }
    for (found, want) in absorption.steps.iter().zip([3.0, 4.0, 3.0]) {
        assert!((found - want).abs() < 1e-14);
    }
    let error = walk.steady_state().unwrap_err().to_string();
    assert!(
        error.contains("2 classes") && error.contains("long_run"),
        "{error}"
    );
    let end = walk.long_run().unwrap();
    let shares = end.from_start(&[0.0, 0.0, 0.0, 8.0, 0.0]).unwrap();
    assert!((shares[0] - 2.0).abs() < 1e-14 && (shares[4] - 6.0).abs() < 1e-14);
    assert!(end.from_start(&[1.0]).is_err());
    assert!(end.from_start(&[0.0, -1.0, 0.0, 0.0, 0.0]).is_err());
    // From nowhere is one end sure to be reached.
    let to_end = walk.first_passage(s(5)).unwrap();
    assert_eq!(to_end, [None, None, None, None, Some(0.0)]);
    let classes = walk.classes().unwrap();
    assert_eq!(classes.len(), 3);
    assert_eq!((classes[1].recurrent, classes[1].period), (false, Some(2)));
    let alone = given([[0.0, 1.0], [0.0, 1.0]]);
    assert_eq!(alone.classes().unwrap()[0].period, None);
    assert!(alone.absorption().unwrap().steps == [1.0]);
}

#[test]
fn rare_ways_out_keep_their_digits() {
    // Stays with probability 1 - 3e-12: time and shares to all digits, although 1 - p has lost them.
    let rare = 1e-12;
    let matrix = given([
        [1.0 - 3.0 * rare, rare, 2.0 * rare],
        [0.0, 1.0, 0.0],
        [0.0, 0.0, 1.0],
    ]);
    let absorption = matrix.absorption().unwrap();
    assert!((absorption.probabilities[0][0] - 1.0 / 3.0).abs() < 1e-14);
    assert!((absorption.steps[0] * 3.0 * rare - 1.0).abs() < 1e-14);
    assert!((matrix.sojourn(s(1)).unwrap().expected.unwrap() * 3.0 * rare - 1.0).abs() < 1e-14);
    let two = given([[1.0 - rare, rare], [3.0 * rare, 1.0 - 3.0 * rare]]);
    assert!((two.steady_state().unwrap().shares[0] - 0.75).abs() < 1e-14);
}

/// From a to b but for a chance of e to leave, and back for sure: `t_a = 1 + (1 - e) t_b` and
/// `t_b = 1 + t_a`, hence 2/e - 1 and 2/e steps.
#[test]
fn rare_ways_out_of_several_states_keep_their_digits() {
    for rare in [1e-6f64, 1e-12, 1e-15, 1e-200] {
        let matrix = given([
            [0.0, 1.0 - rare, 0.25 * rare, 0.75 * rare],
            [1.0, 0.0, 0.0, 0.0],
            [0.0, 0.0, 1.0, 0.0],
            [0.0, 0.0, 0.0, 1.0],
        ]);
        let absorption = matrix.absorption().unwrap();
        let (a, b) = (2.0 / rare - 1.0, 2.0 / rare);
        assert!((absorption.steps[0] / a - 1.0).abs() < 1e-12);
        assert!((absorption.steps[1] / b - 1.0).abs() < 1e-12);
        assert!((absorption.visits[1][0] * rare - 1.0).abs() < 1e-12);
        assert!((absorption.probabilities[1][0] - 0.25).abs() < 1e-12);
        assert!((absorption.probabilities[1][1] - 0.75).abs() < 1e-12);
        // The same as a first passage, and as the sum of rewards of 1.
        let matrix = given([[0.0, 1.0 - rare, rare], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]]);
        let passages = matrix.first_passage(s(3)).unwrap();
        assert!((passages[0].unwrap() / a - 1.0).abs() < 1e-12);
        assert!((passages[1].unwrap() / b - 1.0).abs() < 1e-12);
        let worth = MarkovValueParams::new(vec![1.0, 1.0, 0.0]);
        assert!((worth.value(&matrix).unwrap()[0] / a - 1.0).abs() < 1e-12);
    }
}

#[test]
fn half_of_a_cohort_is_gone_after_its_half_life() {
    let matrix = given([[0.5, 0.5], [1.0, 0.0]]);
    assert_eq!(matrix.sojourn(s(1)).unwrap().half_life, Some(1.0));
    assert_eq!(matrix.sojourn(s(1)).unwrap().expected, Some(2.0));
    let gone = matrix.sojourn(s(2)).unwrap();
    assert_eq!((gone.expected, gone.half_life), (Some(1.0), Some(0.0)));
    assert!(matrix.sojourn(s(7)).is_err());
}

/// A matrix with zeros, so that classes, periods and all that differ.
fn matrices() -> impl Strategy<Value = TransitionMatrix> {
    (2usize..7, prop::collection::vec(0u32..4, 49)).prop_map(|(order, cells)| {
        let row = |from: usize| -> Vec<f64> {
            let weight = |to: usize| f64::from(cells[from * 7 + to] / 2 * cells[from * 7 + to]);
            let sum: f64 = (0..order).map(weight).sum();
            let share = |to: usize| {
                if sum > 0.0 {
                    weight(to) / sum
                } else {
                    f64::from(u8::from(to == from))
                }
            };
            (0..order).map(share).collect()
        };
        let rows: Vec<Vec<f64>> = (0..order).map(row).collect();
        TransitionMatrix::given(states(order), &rows).unwrap()
    })
}

proptest! {
    #[test]
    fn the_long_run_is_stationary_and_the_average_of_powers(matrix in matrices()) {
        let p = matrix.dense().unwrap();
        let order = p.order();
        let end = matrix.long_run().unwrap();
        for shares in &end.shares {
            prop_assert!((shares.iter().sum::<f64>() - 1.0).abs() < 1e-13);
            for (one, other) in p.row_times(shares).iter().zip(shares) {
                prop_assert!((one - other).abs() < 1e-13);
            }
        }
        for arrival in &end.arrival {
            prop_assert!((arrival.iter().sum::<f64>() - 1.0).abs() < 1e-12);
        }
        // Brute force: the mean over 60 times, a multiple of all periods to 6, after 2^26 steps.
        let mut power = p.power(1 << 26);
        let mut sum = power.clone();
        for _ in 1..60 {
            power = power.times(&p);
            sum = sum.zip(&power, |sum, more| sum + more);
        }
        for from in 0..order {
            let start: Vec<f64> = (0..order).map(|at| f64::from(u8::from(at == from))).collect();
            for (found, want) in end.from_start(&start).unwrap().iter().zip(sum.row(from)) {
                // The power itself has lost what 26 squarings lose.
                prop_assert!((found - want / 60.0).abs() < 1e-6, "{found} {}", want / 60.0);
            }
        }
    }

    #[test]
    fn first_passages_solve_their_equations(matrix in matrices()) {
        let p = matrix.dense().unwrap();
        let passages = matrix.first_passages().unwrap();
        let order = p.order();
        (0..order).try_for_each(|to| {
            // Never sure: the chance to be there within many steps stays below 1.
            let mut stop = p.clone();
            stop.row_mut(to).iter_mut().for_each(|cell| *cell = 0.0);
            stop.row_mut(to)[to] = 1.0;
            let late = stop.power(1 << 26);
            for (from, passages_from) in passages.iter().enumerate() {
                match passages_from[to] {
                    Some(time) if from == to => prop_assert!(time.abs() < 1e-300),
                    Some(time) => {
                        let later: f64 = (0..order)
                            .filter(|&via| via != to && p.at(from, via) > 0.0)
                            .map(|via| p.at(from, via) * passages[via][to].unwrap())
                            .sum();
                        prop_assert!((time - 1.0 - later).abs() < 1e-9 * time);
                        prop_assert!(late.at(from, to) > 1.0 - 1e-7);
                    }
                    None => prop_assert!(late.at(from, to) < 1.0 - 1e-7),
                }
            }
            Ok(())
        })?;
    }

    #[test]
    fn forecasts_lose_nobody(matrix in matrices(), start in prop::collection::vec(0u64..500, 7)) {
        let start = &start[..matrix.order()];
        let params = ForecastParams::new(6).replicates(20).values(vec![1.0; start.len()]);
        let forecast = params.customers(&matrix, start).unwrap();
        let total: u64 = start.iter().sum();
        for step in 0..=6 {
            let sum: f64 = forecast.step(step).unwrap().iter().map(|cell| cell.value).sum();
            prop_assert!((sum - total as f64).abs() < 1e-9);
            let worth = forecast.worth(step).unwrap();
            prop_assert!((worth.lo - total as f64).abs() < 1e-9 && worth.se < 1e-9);
        }
    }
}

/// Matrices are estimated, and futures walked, from one truth. The intervals hold the futures as often
/// as they say.
#[test]
fn intervals_of_forecasts_hold_what_happens() {
    let truth = [[0.8, 0.15, 0.05], [0.2, 0.6, 0.2], [0.02, 0.08, 0.9]];
    let (worlds, steps, start) = (250u64, 3, [60u64, 40, 30]);
    let (mut held, mut counted, mut worth_held) = (0u32, 0u32, 0u32);
    for world in 0..worlds {
        let mut draw = Stream::new(11, 1, world);
        let mut seen = [[0u64; 3]; 3];
        for (row, p) in seen.iter_mut().zip(&truth) {
            multinomial(&mut draw, 50, p, row);
        }
        let counts = TransitionCounts::new(states(3), &seen).unwrap();
        let matrix = TransitionMatrix::of_counts(&counts);
        let mut now = start;
        for _ in 0..steps {
            let mut next = [0; 3];
            for (&n, p) in now.iter().zip(&truth) {
                multinomial(&mut draw, n, p, &mut next);
            }
            now = next;
        }
        let params = ForecastParams::new(steps)
            .replicates(150)
            .level(0.9)
            .seed(world);
        let params = params.values(vec![10.0, 3.0, 0.0]);
        let forecast = params.customers(&matrix, &start).unwrap();
        let inside = |cell: &Estimate, value: f64| u32::from(value >= cell.lo && value <= cell.hi);
        for (cell, &count) in forecast.step(steps).unwrap().iter().zip(&now) {
            held += inside(cell, count as f64);
            counted += 1;
        }
        let worth = 10.0 * now[0] as f64 + 3.0 * now[1] as f64;
        worth_held += inside(&forecast.worth(steps).unwrap(), worth);
    }
    let share = f64::from(held) / f64::from(counted);
    assert!((share - 0.9).abs() < 0.045, "{share}");
    let share = f64::from(worth_held) / worlds as f64;
    assert!((share - 0.9).abs() < 0.06, "{share}");
}

/// Shares leave out the chance of single customers: their intervals hold the expected share under the
/// truth.
#[test]
fn intervals_of_shares_hold_what_is_expected() {
    let truth = given([[0.7, 0.3], [0.1, 0.9]]);
    let want = truth.power(4.0).unwrap().probability(s(1), s(2)).unwrap();
    let mut held = 0u32;
    for world in 0..300 {
        let mut draw = Stream::new(12, 1, world);
        let mut seen = [[0u64; 2]; 2];
        multinomial(&mut draw, 80, &[0.7, 0.3], &mut seen[0]);
        multinomial(&mut draw, 80, &[0.1, 0.9], &mut seen[1]);
        let matrix = TransitionMatrix::of_counts(&TransitionCounts::new(states(2), &seen).unwrap());
        let params = ForecastParams::new(4)
            .replicates(150)
            .level(0.9)
            .seed(world);
        let cell = params
            .shares(&matrix, &[1.0, 0.0])
            .unwrap()
            .at(4, s(2))
            .unwrap();
        held += u32::from(want >= cell.lo && want <= cell.hi);
    }
    let share = f64::from(held) / 300.0;
    assert!((share - 0.9).abs() < 0.055, "{share}");
}

#[test]
fn forecasts_have_the_same_bits_on_any_thread_count() {
    let counts = TransitionCounts::new(states(3), &[[50, 7, 0], [3, 20, 9], [1, 0, 30]]).unwrap();
    let matrix = TransitionMatrix::of_counts(&counts);
    let on = |threads| {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap();
        pool.install(|| {
            let forecast = ForecastParams::new(5)
                .customers(&matrix, &[100, 50, 9])
                .unwrap();
            (
                serde_json::to_string(&forecast).unwrap(),
                oz().first_passages().unwrap(),
            )
        })
    };
    let one = on(1);
    assert!([2, 3, 8].into_iter().all(|threads| on(threads) == one));
}

/// Nobody was seen to leave, but draws let some leave: the expected number is at the edge.
#[test]
fn intervals_hold_the_number_they_belong_to() {
    let counts = TransitionCounts::new(states(2), &[[100, 0], [0, 100]]).unwrap();
    let matrix = TransitionMatrix::of_counts(&counts);
    let params = ForecastParams::new(6).values(vec![2.0, 1.0]);
    let forecast = params.shares(&matrix, &[1.0, 0.0]).unwrap();
    for step in 0..=6 {
        let cells = forecast.step(step).unwrap().iter().copied();
        for cell in cells.chain(forecast.worth(step)) {
            assert!(cell.lo <= cell.value && cell.value <= cell.hi, "{cell:?}");
        }
    }
    // And what was drawn is still in it.
    let stays = forecast.at(6, s(1)).unwrap();
    assert!(stays.lo < 0.97 && (stays.value - 1.0).abs() < 1e-15);
}

#[test]
fn what_does_not_fit_is_refused_with_what_would() {
    let matrix = oz();
    let refuse = |params: ForecastParams| {
        let error = params.customers(&matrix, &[1, 2, 3]).unwrap_err();
        assert_eq!(error.kind(), crate::ErrorKind::InvalidParameter);
        error.to_string()
    };
    // 2^28 numbers of 3 states and 1,000 replicates are 89,478 times, the start among them.
    let text = refuse(ForecastParams::new(89_478));
    assert!(
        text.contains("steps") && text.contains("at most 89477 "),
        "{text}"
    );
    let text = refuse(ForecastParams::new(0).replicates(89_478_486));
    assert!(
        text.contains("replicates") && text.contains("at most 89478485 "),
        "{text}"
    );
}

#[test]
fn forecasts_refuse_what_they_cannot_use() {
    let matrix = oz();
    let params = ForecastParams::new(2);
    assert!(params.customers(&matrix, &[1, 2]).is_err());
    for many in [u64::MAX, 1_000_000_000_000] {
        let error = params.customers(&matrix, &[many, 2, 0]).unwrap_err();
        assert_eq!(error.kind(), crate::ErrorKind::Overflow);
    }
    let most = [999_999_999_999, 1, 0];
    assert!(
        params
            .clone()
            .replicates(2)
            .customers(&matrix, &most)
            .is_ok()
    );
    assert!(params.shares(&matrix, &[1.0, f64::NAN, 0.0]).is_err());
    for params in [
        ForecastParams::new(2).replicates(1),
        ForecastParams::new(2).level(1.0),
        ForecastParams::new(2).level(f64::NAN),
        ForecastParams::new(usize::MAX),
        ForecastParams::new(2).values(vec![1.0]),
        ForecastParams::new(2).values(vec![1.0, f64::INFINITY, 0.0]),
    ] {
        assert!(params.customers(&matrix, &[1, 2, 3]).is_err(), "{params:?}");
    }
    let start = ForecastParams::new(0)
        .customers(&matrix, &[1, 2, 3])
        .unwrap();
    assert_eq!(start.steps(), 0);
    assert_eq!(
        start.at(0, s(3)).map(|cell| (cell.value, cell.se)),
        Some((3.0, 0.0))
    );
}
