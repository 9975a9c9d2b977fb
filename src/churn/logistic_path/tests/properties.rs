//! What holds for any data.

use proptest::prelude::*;

use super::*;

/// Rows that count, with standardised columns: made anew, without any of the code of the fit.
struct Plain {
    x: Vec<Vec<f64>>,
    deviation: Vec<f64>,
    share: Vec<f64>,
    left: Vec<bool>,
    offset: Vec<f64>,
    raw: Vec<Vec<f64>>,
}

impl Plain {
    fn new(raw: &[Vec<f64>], weights: &[f64], left: &[bool], offset: &[f64]) -> Self {
        let total: f64 = weights.iter().sum();
        let share: Vec<f64> = weights.iter().map(|weight| weight / total).collect();
        let (mut x, mut deviation) = (Vec::new(), Vec::new());
        for column in raw {
            let mean: f64 = column.iter().zip(&share).map(|(x, share)| x * share).sum();
            let squares = column.iter().zip(&share);
            let sd = squares
                .map(|(x, share)| share * (x - mean).powi(2))
                .sum::<f64>()
                .sqrt();
            x.push(column.iter().map(|x| (x - mean) / sd).collect());
            deviation.push(sd);
        }
        Self {
            x,
            deviation,
            share,
            left: left.to_vec(),
            offset: offset.to_vec(),
            raw: raw.to_vec(),
        }
    }

    /// By how much coefficients (in the units of the columns) miss the conditions of the optimum: the
    /// slope of the loss is 0 for the intercept, the penalty's for coefficients that are not 0, and
    /// within the lasso for those that are.
    fn missed(&self, penalty: f64, alpha: f64, coefficients: &[f64]) -> f64 {
        let rows = self.left.len();
        let residual: Vec<f64> = (0..rows)
            .map(|row| {
                let terms = self.raw.iter().zip(&coefficients[1..]);
                let eta = coefficients[0]
                    + self.offset[row]
                    + terms.map(|(column, b)| column[row] * b).sum::<f64>();
                let chance = 1.0 / (1.0 + (-eta).exp());
                self.share[row] * (f64::from(u8::from(self.left[row])) - chance)
            })
            .collect();
        let mut most = residual.iter().sum::<f64>().abs();
        for ((column, sd), b) in self.x.iter().zip(&self.deviation).zip(&coefficients[1..]) {
            let slope: f64 = column.iter().zip(&residual).map(|(x, r)| x * r).sum();
            let b = b * sd;
            most = most.max(if b == 0.0 {
                slope.abs() - penalty * alpha
            } else {
                (slope - penalty * (alpha * b.signum() + (1.0 - alpha) * b)).abs()
            });
        }
        most
    }
}

fn features(raw: &[Vec<f64>]) -> Features {
    let names: Vec<String> = (0..raw.len()).map(|at| format!("x{at}")).collect();
    let columns: Vec<(&str, &[f64])> = names
        .iter()
        .map(String::as_str)
        .zip(raw.iter().map(Vec::as_slice))
        .collect();
    Features::from_columns(&columns, MissingValues::Refuse).unwrap()
}

/// Columns that lean on each other, and who left by some of them.
fn simulated(rows: usize, columns: usize, seed: u64) -> (Vec<Vec<f64>>, Vec<bool>) {
    let mut stream = Stream::new(seed, 0, 0);
    let mut raw: Vec<Vec<f64>> = Vec::new();
    for _ in 0..columns {
        let last = raw.last().cloned();
        let column = (0..rows).map(|row| {
            let fresh = stream.uniform() * 2.0 - 1.0;
            last.as_ref().map_or(fresh, |last| 0.7 * last[row] + fresh)
        });
        raw.push(column.collect());
    }
    let left = (0..rows)
        .map(|row| {
            let strength = |at: usize| [0.9, -0.6, 0.0, 0.3][at % 4] / (1.0 + at as f64 / 4.0);
            let eta: f64 = (0..columns).map(|at| strength(at) * raw[at][row]).sum();
            stream.uniform() < 1.0 / (1.0 + (0.5 - eta).exp())
        })
        .collect();
    (raw, left)
}

#[test]
fn every_penalty_of_a_path_is_at_its_optimum() {
    for case in [Case::Plain, Case::Both] {
        let rossi = Rossi::new(case);
        let raw: Vec<Vec<f64>> = NAMES
            .iter()
            .map(|name| golden::numbers(golden::ROSSI, name))
            .collect();
        let ones = vec![1.0; 432];
        let zeros = vec![0.0; 432];
        let offset = if case == Both { &rossi.offset } else { &zeros };
        let plain = Plain::new(
            &raw,
            rossi.features.weights().unwrap_or(&ones),
            &rossi.left,
            offset,
        );
        for alpha in [1.0, 0.95, 0.5, 0.01, 0.0] {
            let params = LogisticPathParams::new().l1_share(alpha);
            let path = params.fit(&rossi.data(case)).unwrap();
            for (at, &penalty) in path.penalties().iter().enumerate() {
                let missed = plain.missed(penalty, alpha, path.coefficients(at).unwrap());
                assert!(missed < 1e-13, "{case:?} {alpha} {penalty} {missed:e}");
            }
        }
    }
}

#[test]
fn many_columns_that_lean_on_each_other_are_at_their_optimum() {
    // More rows than a tile, and more columns than rows.
    for (rows, columns) in [(700, 40), (40, 60)] {
        let (raw, left) = simulated(rows, columns, 5);
        let plain = Plain::new(&raw, &vec![1.0; rows], &left, &vec![0.0; rows]);
        let features = features(&raw);
        for alpha in [1.0, 0.5] {
            let params = LogisticPathParams::new().l1_share(alpha);
            let path = params.fit(&LogisticData::new(&features, &left)).unwrap();
            let share = path.penalties()[99] / path.penalties()[0];
            let usual = if rows < columns { 1e-2 } else { 1e-4 };
            assert!((share / usual - 1.0).abs() < 1e-12);
            for (at, &penalty) in path.penalties().iter().enumerate() {
                let missed = plain.missed(penalty, alpha, path.coefficients(at).unwrap());
                assert!(missed < 1e-12, "{rows} {alpha} {penalty} {missed:e}");
            }
        }
    }
}

#[test]
fn a_path_has_no_jumps_and_does_not_depend_on_where_it_began() {
    let rossi = Rossi::new(Both);
    let data = rossi.data(Both);
    let steps = |count: usize| {
        let path = LogisticPathParams::new().count(count).fit(&data).unwrap();
        let step = |at: usize| {
            let pairs = path.coefficients(at).unwrap().iter();
            let pairs = pairs.zip(path.coefficients(at + 1).unwrap());
            pairs.map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
        };
        (0..count - 1).map(step).fold(0.0, f64::max)
    };
    let (coarse, fine) = (steps(50), steps(500));
    assert!(fine < 0.15 * coarse, "{coarse} {fine}");
    let path = LogisticPathParams::new().fit(&data).unwrap();
    for at in [20, 50, 99] {
        let penalties = [path.penalties()[at]];
        let alone = LogisticPathParams::new()
            .penalties(&penalties)
            .fit(&data)
            .unwrap();
        near(
            alone.coefficients(0).unwrap(),
            path.coefficients(at).unwrap(),
            1e-10,
        );
    }
}

#[test]
fn threads_do_not_matter() {
    let (raw, left) = simulated(9_000, 6, 2);
    let features = features(&raw);
    let fit = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
        pool.unwrap().install(|| {
            let params = LogisticPathParams::new().count(20);
            params.fit(&LogisticData::new(&features, &left)).unwrap()
        })
    };
    let one = fit(1);
    for threads in [2, 3, 8] {
        assert_eq!(fit(threads), one);
    }
}

fn cases() -> impl Strategy<Value = (Vec<Vec<f64>>, Vec<f64>, Vec<bool>, Vec<f64>)> {
    (12usize..50, 1usize..6).prop_flat_map(|(rows, columns)| {
        let column = prop::collection::vec(-3.0..3.0f64, rows);
        (
            prop::collection::vec(column, columns),
            prop::collection::vec(0.1..3.0f64, rows),
            prop::collection::vec(any::<bool>(), rows),
            prop::collection::vec(-1.0..1.0f64, rows),
        )
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn the_optimum_is_found((raw, weights, left, offset) in cases(), alpha in 0.0..=1.0f64) {
        prop_assume!(left.contains(&true) && left.contains(&false));
        let features = features(&raw).with_weights(&weights).unwrap();
        let data = LogisticData::new(&features, &left).offset(&offset);
        let path = LogisticPathParams::new().l1_share(alpha).count(12).fit(&data).unwrap();
        let plain = Plain::new(&raw, &weights, &left, &offset);
        for (at, &penalty) in path.penalties().iter().enumerate() {
            let missed = plain.missed(penalty, alpha, path.coefficients(at).unwrap());
            prop_assert!(missed < 1e-12, "{} {:e}", penalty, missed);
        }
    }

    #[test]
    fn weights_are_repetitions_and_order_does_not_matter(
        (raw, weights, left, _) in cases(),
        alpha in 0.0..=1.0f64,
    ) {
        prop_assume!(left.contains(&true) && left.contains(&false));
        let times: Vec<u8> = weights.iter().map(|&weight| 1 + u8::from(weight > 1.0)).collect();
        let whole: Vec<f64> = times.iter().map(|&times| f64::from(times)).collect();
        let repeated: Vec<usize> = (0..left.len())
            .rev()
            .flat_map(|row| std::iter::repeat_n(row, times[row].into()))
            .collect();
        let pick = |column: &Vec<f64>| repeated.iter().map(|&row| column[row]).collect();
        let params = LogisticPathParams::new().l1_share(alpha).penalties(&[0.1, 0.03, 0.01]);
        let weighted = features(&raw).with_weights(&whole).unwrap();
        let weighted = params.fit(&LogisticData::new(&weighted, &left)).unwrap();
        let many = features(&raw.iter().map(pick).collect::<Vec<_>>());
        let left: Vec<bool> = repeated.iter().map(|&row| left[row]).collect();
        let many = params.fit(&LogisticData::new(&many, &left)).unwrap();
        for at in 0..3 {
            let pairs = weighted.coefficients(at).unwrap().iter();
            for (a, b) in pairs.zip(many.coefficients(at).unwrap()) {
                prop_assert!((a - b).abs() < 1e-9, "{} {}", a, b);
            }
        }
    }
}
