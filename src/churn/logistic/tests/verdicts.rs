//! Data that have no answer, or none that is finite.

use super::*;
use crate::{churn::MissingRows, numeric::rng::Stream};

fn fit(columns: &[(&str, &[f64])], left: &[bool]) -> Result<Logistic> {
    LogisticParams::default().fit(&LogisticData::new(&features(columns), left))
}

#[track_caller]
fn separated(model: &Logistic, names: &[&str]) {
    let columns = names.iter().map(|&name| name.to_owned()).collect();
    assert_eq!(*model.verdict(), LogisticVerdict::Separated { columns });
    let mut numbers = model.coefficients().iter().chain(model.covariance());
    assert!(numbers.all(|number| number.is_finite()));
}

/// 200 rows with a share that falls by x and noise.
fn overlapping(rows: usize) -> (Vec<f64>, Vec<bool>) {
    let mut draw = Stream::new(7, 0, 0);
    let x: Vec<f64> = (0..rows).map(|_| draw.normal()).collect();
    let left = x.iter().map(|x| draw.normal() > *x).collect();
    (x, left)
}

#[test]
fn complete_separation_is_named_and_finite() {
    let x: Vec<f64> = (0..60).map(f64::from).collect();
    let left: Vec<bool> = (0..60).map(|row| row >= 30).collect();
    let noise: Vec<f64> = (0..60).map(|row| f64::from(row * 7 % 11)).collect();
    for link in [Link::Logit, Link::ComplementaryLogLog] {
        let features = features(&[("x", &x), ("noise", &noise)]);
        let data = LogisticData::new(&features, &left);
        let model = LogisticParams::default().link(link).fit(&data).unwrap();
        let LogisticVerdict::Separated { columns } = model.verdict() else {
            panic!("{link:?} {:?}", model.verdict());
        };
        assert!(columns.contains(&"x".to_owned()), "{columns:?}");
        assert!(model.deviance() < 1e-4, "{link:?} {}", model.deviance());
        let chances = model.predict(&features, None).unwrap();
        for (chance, left) in chances.iter().zip(&left) {
            assert!((chance - f64::from(u8::from(*left))).abs() < 1e-5);
        }
        // A ridge gives an answer.
        let model = LogisticParams::default()
            .link(link)
            .ridge(0.1)
            .fit(&data)
            .unwrap();
        assert_eq!(*model.verdict(), LogisticVerdict::Converged);
    }
}

#[test]
fn quasi_complete_separation_leaves_the_others_as_they_are() {
    for link in [Link::Logit, Link::ComplementaryLogLog] {
        for all_left in [false, true] {
            let (mut x, mut left) = overlapping(2_000);
            let params = LogisticParams::default().link(link);
            let alone = features(&[("x", &x)]);
            let alone = params.fit(&LogisticData::new(&alone, &left)).unwrap();
            // 50 more on a plan of their own, of whom all did the same.
            let mut plan = vec![0.0; 2_000];
            for row in 0..50 {
                x.push(f64::from(row) / 25.0 - 1.0);
                left.push(all_left);
                plan.push(1.0);
            }
            let both = features(&[("x", &x), ("plan", &plan)]);
            let both = params.fit(&LogisticData::new(&both, &left)).unwrap();
            separated(&both, &["plan"]);
            near(&both.coefficients()[..2], alone.coefficients(), 1e-5);
            near(&both.standard_errors()[..2], &alone.standard_errors(), 1e-5);
            near(&[both.log_likelihood()], &[alone.log_likelihood()], 1e-8);
        }
    }
}

#[test]
fn where_all_of_the_first_level_stayed_all_others_are_named() {
    let level = |row: usize| ["a", "b", "c"][row % 3];
    let left: Vec<bool> = (0..600).map(|row| row % 3 > 0 && row % 4 == 0).collect();
    let levels: Vec<&str> = (0..600).map(level).collect();
    let (x, _) = overlapping(600);
    let features = features(&[("x", &x)])
        .with_categories("plan", Categories::new(&levels).unwrap())
        .unwrap();
    let model = LogisticParams::default()
        .fit(&LogisticData::new(&features, &left))
        .unwrap();
    separated(&model, &["plan=b", "plan=c"]);
}

#[test]
fn large_coefficients_that_are_finite_are_not_called_infinite() {
    let converged = |model: &Logistic| assert_eq!(*model.verdict(), LogisticVerdict::Converged);
    // Perfect but for one row.
    for rows in [20_u32, 2_000, 200_000] {
        let x: Vec<f64> = (0..rows).map(f64::from).collect();
        let left: Vec<bool> = (0..rows)
            .map(|row| row >= rows / 2 || row == rows / 4)
            .collect();
        converged(&fit(&[("x", &x)], &left).unwrap());
    }
    // Two neighbours of many in the wrong order, and in the right one.
    let x: Vec<f64> = (0..100_000).map(f64::from).collect();
    let mut left: Vec<bool> = (0..100_000).map(|row| row >= 50_000).collect();
    separated(&fit(&[("x", &x)], &left).unwrap(), &["x"]);
    left.swap(49_999, 50_000);
    converged(&fit(&[("x", &x)], &left).unwrap());
    // Two rows in the wrong order, in units that make coefficients large and small.
    for unit in [1e-8, 1.0, 1e8] {
        let x: Vec<f64> = (0..1_000).map(|row| f64::from(row) * unit).collect();
        let left: Vec<bool> = (0..1_000).map(|row| row >= 501 || row == 499).collect();
        let model = fit(&[("x", &x)], &left).unwrap();
        converged(&model);
        assert!(model.coefficients()[1] * unit > 0.5);
    }
    // Who left is rare: 5 of 200,000, one of them on a plan of 100,000.
    let plan: Vec<f64> = (0..200_000).map(|row| f64::from(row % 2)).collect();
    let left: Vec<bool> = (0..200_000)
        .map(|row| [0, 2_000, 4_000, 4_002, 77].contains(&row))
        .collect();
    let model = fit(&[("plan", &plan)], &left).unwrap();
    converged(&model);
    let odds = [(4.0, 99_996.0), (1.0, 99_999.0)].map(|(left, stayed): (f64, f64)| left / stayed);
    near(
        model.coefficients(),
        &[odds[0].ln(), (odds[1] / odds[0]).ln()],
        1e-10,
    );
    // One of a million on a plan, and one whose weight is small.
    let weight: Vec<f64> = (0..200_000)
        .map(|row| if row == 77 { 1e-3 } else { 1.0 })
        .collect();
    let features = features(&[("plan", &plan)]).with_weights(&weight).unwrap();
    let model = LogisticParams::default()
        .fit(&LogisticData::new(&features, &left))
        .unwrap();
    converged(&model);
    near(
        &[model.coefficients().iter().sum()],
        &[(1e-3_f64 / 99_999.0).ln()],
        1e-10,
    );
}

#[test]
fn large_offsets_are_taken_up() {
    let (x, left) = overlapping(1_000);
    let free = fit(&[("x", &x)], &left).unwrap();
    // The offset says 40 a unit of x too much.
    let offset: Vec<f64> = x.iter().map(|x| 40.0 * x).collect();
    let features = features(&[("x", &x)]);
    let data = LogisticData::new(&features, &left).offset(&offset);
    let model = LogisticParams::default().fit(&data).unwrap();
    assert_eq!(*model.verdict(), LogisticVerdict::Converged);
    let [intercept, slope] = [model.coefficients()[0], model.coefficients()[1] + 40.0];
    near(&[intercept, slope], free.coefficients(), 1e-10);
    near(&[model.log_likelihood()], &[free.log_likelihood()], 1e-12);
    assert!(model.null_log_likelihood() < free.null_log_likelihood() - 1_000.0);
}

#[test]
fn one_class_is_refused_with_what_is_lacking() {
    let x = [1.0, 2.0, 3.0];
    let error = |left| fit(&[("x", &x)], left).unwrap_err().to_string();
    assert!(error(&[true; 3]).contains("who stayed"));
    assert!(error(&[false; 3]).contains("who left"));
    let error = fit(&[("x", &[])], &[]).unwrap_err();
    assert!(matches!(error, Error::NotEnoughData { .. }));
    // Rows of weight 0 count for nothing.
    let features = features(&[("x", &x)])
        .with_weights(&[1.0, 1.0, 0.0])
        .unwrap();
    let data = LogisticData::new(&features, &[false, false, true]);
    let error = LogisticParams::default().fit(&data).unwrap_err();
    assert!(error.to_string().contains("who left"));
}

#[test]
fn too_many_categories_are_refused() {
    let levels: Vec<String> = (0..100_000).map(|at| at.to_string()).collect();
    let features = features(&[])
        .with_categories("customer", Categories::new(&levels).unwrap())
        .unwrap();
    let left: Vec<bool> = (0..100_000).map(|row| row % 7 == 0).collect();
    let error = LogisticParams::default()
        .fit(&LogisticData::new(&features, &left))
        .unwrap_err();
    assert!(
        error.to_string().contains("rare levels of customer"),
        "{error}"
    );
}

#[test]
fn missing_values_follow_the_policy() {
    let gaps = [f64::NAN; 4];
    let left = [true, false, true, false];
    let features = features(&[("x", &gaps)]);
    let data = LogisticData::new(&features, &left);
    let error = LogisticParams::default().fit(&data).unwrap_err();
    assert!(error.to_string().starts_with("column x, row 0"));
    let leave_out = LogisticParams::default().missing(MissingRows::LeaveOut);
    let error = leave_out.fit(&data).unwrap_err();
    assert!(matches!(error, Error::NotEnoughData { .. }), "{error}");
}

#[test]
fn bad_input_is_refused() {
    let features = features(&[("x", &[1.0, 2.0, 3.0, 4.0])]);
    let left = [true, false, true, false];
    let data = LogisticData::new(&features, &left);
    let params = LogisticParams::default();
    let error = |params: &LogisticParams, data: &LogisticData<'_>| {
        params.fit(data).unwrap_err().to_string()
    };
    assert!(error(&params, &LogisticData::new(&features, &left[..3])).starts_with("column left"));
    assert!(error(&params, &data.offset(&[0.0; 3])).starts_with("column offset"));
    let offset = [0.0, 0.0, f64::NAN, 0.0];
    assert!(error(&params, &data.offset(&offset)).starts_with("column offset, row 2"));
    assert!(error(&params, &data.clusters(&[0; 5])).starts_with("column clusters"));
    assert!(error(&params.clone().ridge(-1.0), &data).starts_with("ridge is -1"));
    assert!(error(&params.clone().ridge(f64::NAN), &data).starts_with("ridge is NaN"));
    assert!(error(&params.clone().max_iterations(0), &data).starts_with("max_iterations"));
    let offset = [0.0, 0.0, 0.0, 1e300];
    let hazards = params.clone().link(Link::ComplementaryLogLog);
    assert!(error(&hazards, &data.offset(&offset)).contains("smaller offsets"));
    let short = params.clone().max_iterations(1);
    assert!(error(&short, &data).contains("did not converge"));
    let model = params.fit(&data).unwrap();
    let others = [false, true, true, true];
    let error = model
        .robust_covariance(&LogisticData::new(&features, &others))
        .unwrap_err();
    assert!(error.to_string().starts_with("data is others"));
}

#[test]
fn robust_errors_are_those_of_the_data_of_the_fit() {
    let (plain, left) = rossi();
    let of = |by: f64| -> Vec<f64> {
        (0..432)
            .map(|row| by * (1.0 + f64::from(row % 3)))
            .collect()
    };
    let weighted = |by: f64| plain.clone().with_weights(&of(by)).unwrap();
    let (features, offset) = (weighted(1.0), of(0.1));
    let data = LogisticData::new(&features, &left).offset(&offset);
    for link in [Link::Logit, Link::ComplementaryLogLog] {
        for ridge in [0.0, 2.0] {
            let params = LogisticParams::default().link(link).ridge(ridge);
            let model = params.fit(&data).unwrap();
            model.robust_covariance(&data).unwrap();
            let back: Logistic =
                serde_json::from_str(&serde_json::to_string(&model).unwrap()).unwrap();
            back.robust_covariance(&data).unwrap();
            let refused = |data: &LogisticData<'_>| {
                let error = model.robust_covariance(data).unwrap_err().to_string();
                assert!(error.starts_with("data is others"), "{error}");
            };
            refused(&LogisticData::new(&features, &left));
            refused(&data.offset(&of(0.2)));
            let turned: Vec<bool> = left.iter().rev().copied().collect();
            refused(&LogisticData::new(&features, &turned).offset(&offset));
            refused(&LogisticData::new(&weighted(2.0), &left).offset(&offset));
        }
    }
    // Nor do those of customers who are told apart without error.
    let x = self::features(&[("x", &[1.0, 2.0, 3.0, 4.0])]);
    let left = [false, false, true, true];
    let data = LogisticData::new(&x, &left);
    let model = LogisticParams::default().fit(&data).unwrap();
    assert_ne!(*model.verdict(), LogisticVerdict::Converged);
    assert!(model.robust_covariance(&data).is_ok());
}

#[test]
fn columns_out_of_range_are_refused_or_fitted() {
    let left = [true, false, true, false, false];
    for size in [1e-300, 1e-160, 1e160, 1e300] {
        let x = [1.0, 2.0, 3.0, 4.0, 5.0].map(|x| x * size);
        match fit(&[("x", &x)], &left) {
            Ok(model) => {
                let one = fit(&[("x", &[1.0, 2.0, 3.0, 4.0, 5.0])], &left).unwrap();
                near(
                    &[model.coefficients()[1] * size],
                    &one.coefficients()[1..],
                    1e-9,
                );
            }
            Err(error) => assert!(error.to_string().contains("unit"), "{error}"),
        }
    }
}

/// The directions, of a constant and two columns, along which the likelihood of these rows rises for
/// ever: extreme rays of the cone of all b with `sign (b0 + b1 x + b2 y) >= 0`. Each is a line through
/// two different points.
fn endless(points: &[[i32; 2]], left: &[bool]) -> Vec<[i32; 2]> {
    let mut found = Vec::new();
    for (at, p) in points.iter().enumerate() {
        for q in &points[..at] {
            for side in [-1, 1] {
                let normal = [side * (p[1] - q[1]), side * (q[0] - p[0])];
                let above = |z: &[i32; 2]| normal[0] * (z[0] - p[0]) + normal[1] * (z[1] - p[1]);
                let signed = points.iter().zip(left);
                let mut signed = signed.map(|(z, &left)| if left { above(z) } else { -above(z) });
                if p != q && signed.all(|height| height >= 0) {
                    found.push(normal);
                }
            }
        }
    }
    found
}

#[test]
fn separation_is_found_where_there_is_a_line() {
    let mut draw = Stream::new(3, 0, 0);
    let mut below = |end: u64| i32::try_from(draw.next_u64() % end).unwrap();
    let mut seen = [0; 2];
    for case in 0..1_500 {
        let rows = 6 + case % 20;
        let points: Vec<[i32; 2]> = (0..rows).map(|_| [below(5), below(4)]).collect();
        let tilt = below(3);
        let mut leaves = |z: &[i32; 2]| tilt * (z[0] - 2) + z[1] + below(4) > 3;
        let left: Vec<bool> = points.iter().map(&mut leaves).collect();
        let [x, y] = [(0, 1e-3), (1, 1e3)].map(|(at, unit)| -> Vec<f64> {
            points.iter().map(|z| unit * f64::from(z[at])).collect()
        });
        let features = features(&[("x", &x), ("y", &y)]);
        for link in [Link::Logit, Link::ComplementaryLogLog] {
            let params = LogisticParams::default().link(link);
            let model = match params.fit(&LogisticData::new(&features, &left)) {
                Err(Error::NotEnoughData { .. }) => continue,
                Err(error) => panic!(
                    "{error} {link:?} {points:?} {left:?} {:?}",
                    endless(&points, &left)
                ),
                Ok(model) => model,
            };
            if !model.aliased().is_empty() {
                continue;
            }
            let rays = endless(&points, &left);
            seen[usize::from(rays.is_empty())] += 1;
            let named = match model.verdict() {
                LogisticVerdict::Separated { columns } => columns.as_slice(),
                LogisticVerdict::Converged => &[],
            };
            assert_eq!(
                named.is_empty(),
                rays.is_empty(),
                "{link:?} {points:?} {left:?} {rays:?}"
            );
            for (at, name) in ["x", "y"].iter().enumerate() {
                if rays.iter().all(|ray| ray[at] == 0) {
                    assert!(
                        !named.contains(&(*name).to_owned()),
                        "{link:?} {points:?} {left:?}"
                    );
                }
            }
        }
    }
    assert!(seen[0] > 300 && seen[1] > 300, "{seen:?}");
}
