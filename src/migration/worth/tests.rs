use super::*;
use crate::data::Segment;

fn matrix(again: &[f64]) -> TransitionMatrix {
    let order = again.len() + 1;
    let states = (1..=u32::try_from(order).unwrap()).map(|id| Segment {
        id: SegmentId(id),
        name: format!("recency {id}"),
    });
    let mut rows = vec![vec![0.0; order]; order];
    for (at, p) in again.iter().enumerate() {
        rows[at][0] = *p;
        rows[at][at + 1] = 1.0 - p;
    }
    rows[order - 1][order - 1] = 1.0;
    TransitionMatrix::given(states.collect(), &rows).unwrap()
}

fn same(found: &[f64], want: &[f64], tolerance: f64) {
    assert_eq!(found.len(), want.len());
    for (found, want) in found.iter().zip(want) {
        assert!((found - want).abs() <= tolerance, "{found} is not {want}");
    }
}

/// Pfeifer and Carraway 2000, their example; figures from the public replication of its inputs.
#[test]
fn the_example_of_pfeifer_and_carraway() {
    let matrix = matrix(&[0.3, 0.2, 0.15, 0.05]);
    let params = MarkovValueParams::new(vec![36.0, -4.0, -4.0, -4.0, 0.0]).discount(0.2);
    let stop = |states: &[u32]| {
        let states = states.iter().map(|&id| SegmentId(id)).collect();
        params.clone().stop_in(states).value(&matrix).unwrap()
    };
    let four = params.clone().horizon(4).value(&matrix).unwrap();
    same(
        &four,
        &[50.11496914, 4.21990741, 0.59211034, -1.98013117, 0.0],
        5.1e-9,
    );
    let ever = [52.31960944, 5.55378356, 1.25077299, -1.82001627, 0.0];
    same(&stop(&[]), &ever, 5.1e-9);
    same(
        &stop(&[4]),
        &[53.149425, 6.620690, 2.643678, 0.0, 0.0],
        5.1e-7,
    );
    same(
        &stop(&[3, 4]),
        &[51.574468, 4.595745, 0.0, 0.0, 0.0],
        5.1e-7,
    );
    same(&stop(&[2, 3, 4]), &[48.0, 0.0, 0.0, 0.0, 0.0], 1e-13);

    let best = params.optimal_stopping(&matrix).unwrap();
    assert_eq!(best.stop_in, [SegmentId(4)]);
    same(&best.values, &stop(&[4]), 1e-12);
    assert!(params.clone().horizon(4).optimal_stopping(&matrix).is_err());

    let count = |rewards: [f64; 5]| {
        MarkovValueParams::new(rewards.to_vec())
            .value(&matrix)
            .unwrap()
    };
    let mailings = count([1.0, 1.0, 1.0, 1.0, 0.0]);
    same(
        &mailings[..4],
        &[6.05042, 4.621849, 3.014706, 1.302521],
        5.1e-7,
    );
    let purchases = count([1.0, 0.0, 0.0, 0.0, 0.0]);
    same(
        &purchases[..4],
        &[2.211411, 0.782839, 0.425697, 0.110571],
        5.1e-7,
    );

    let later = matrix.power(4.0).unwrap();
    let row = later.row(SegmentId(1)).unwrap();
    same(row, &[0.1397, 0.1365, 0.1288, 0.1428, 0.4522], 5.1e-5);
}

/// phpOMS, tests/Business/Marketing/MetricsTest.php.
#[test]
fn the_second_published_example() {
    let params = MarkovValueParams::new(vec![100.0, 0.0, 0.0, 0.0]).discount(0.1);
    let values = params.value(&matrix(&[0.5, 0.2, 0.1])).unwrap();
    same(&values, &[231.0764, 57.2917, 21.0069, 0.0], 5.1e-5);
    let later = matrix(&[0.3, 0.2, 0.05]).power(4.0).unwrap();
    let row = |id| later.row(SegmentId(id)).unwrap();
    same(row(1), &[0.0823, 0.0973, 0.1288, 0.6916], 5.1e-5);
    same(row(2), &[0.037, 0.0406, 0.056, 0.8664], 5.1e-5);
    same(row(3), &[0.00695, 0.00805, 0.00840, 0.97660], 5.1e-6);
}

/// Policy iteration against all policies there are.
#[test]
fn no_other_set_of_states_to_stop_in_is_better() {
    for (at, rewards) in [
        [36.0, -4.0, -4.0, -4.0, 0.0],
        [36.0, -12.0, -6.0, -1.0, 0.0],
        [1.0, -9.0, 2.0, -9.0, 0.0],
        [-1.0, -1.0, -1.0, -1.0, 0.0],
        [5.0, 5.0, 5.0, 5.0, -1.0],
    ]
    .iter()
    .enumerate()
    {
        let matrix = matrix(&[0.3, 0.2, 0.15, 0.05]);
        let params = MarkovValueParams::new(rewards.to_vec()).discount(0.1 + 0.1 * at as f64);
        let best = params.optimal_stopping(&matrix).unwrap();
        for policy in 0u32..32 {
            let states = (0..5)
                .filter(|at| policy >> at & 1 == 1)
                .map(|at| SegmentId(at + 1));
            let other = params
                .clone()
                .stop_in(states.collect())
                .value(&matrix)
                .unwrap();
            for (best, other) in best.values.iter().zip(&other) {
                assert!(best - other > -1e-9, "{rewards:?} {policy}: {best} {other}");
            }
        }
    }
}

#[test]
fn rewards_without_an_end_are_refused() {
    let matrix = matrix(&[0.3, 0.2]);
    let error = MarkovValueParams::new(vec![1.0, 1.0, 0.5])
        .value(&matrix)
        .unwrap_err();
    assert!(error.to_string().contains("recency 3"), "{error}");
    let params = MarkovValueParams::new(vec![1.0, 1.0, 0.5]);
    assert!(params.clone().horizon(9).value(&matrix).is_ok());
    assert!(params.clone().discount(0.1).value(&matrix).is_ok());
    assert!(params.clone().discount(-0.1).value(&matrix).is_err());
    assert!(params.clone().discount(f64::NAN).value(&matrix).is_err());
    assert!(params.stop_in(vec![SegmentId(9)]).value(&matrix).is_err());
    assert!(MarkovValueParams::new(vec![1.0]).value(&matrix).is_err());
    assert!(
        MarkovValueParams::new(vec![1.0, f64::NAN, 0.0])
            .value(&matrix)
            .is_err()
    );
}
