//! What must be true of any fit.

use ndarray::array;
use proptest::prelude::*;

use super::*;
use crate::{churn::Reference, numeric::rng::Stream};

/// Rows of a model that holds: coefficients -1, 0.8, -0.5, and 0.6 for plan b, -0.4 for plan c.
const TRUE: [f64; 5] = [-1.0, 0.8, -0.5, 0.6, -0.4];

fn simulated(rows: usize, seed: u64, link: Link) -> (Features, Vec<bool>) {
    let mut draw = Stream::new(seed, 1, 0);
    let (mut x, mut y, mut plan, mut left) = (vec![], vec![], vec![], vec![]);
    for _ in 0..rows {
        x.push(draw.normal());
        y.push(10.0 + 0.5 * x[x.len() - 1] + draw.normal());
        let level = draw.index(3);
        plan.push(["a", "b", "c"][level]);
        let eta = TRUE[0] + TRUE[1] * x[x.len() - 1] + TRUE[2] * (y[y.len() - 1] - 10.0);
        let eta = eta + [0.0, TRUE[3], TRUE[4]][level];
        left.push(draw.uniform() < link.chance(eta));
    }
    let features = features(&[("x", &x), ("y", &y)])
        .with_categories("plan", Categories::new(&plan).unwrap())
        .unwrap();
    (features, left)
}

fn fit(features: &Features, left: &[bool]) -> Logistic {
    LogisticParams::default()
        .fit(&LogisticData::new(features, left))
        .unwrap()
}

#[test]
fn simulated_coefficients_are_covered_as_often_as_said() {
    for link in [Link::Logit, Link::ComplementaryLogLog] {
        let mut covered = [0_i32; 5];
        for seed in 0..200 {
            let (features, left) = simulated(800, seed, link);
            let params = LogisticParams::default().link(link);
            let model = params.fit(&LogisticData::new(&features, &left)).unwrap();
            // The intercept is that of y = 0.
            let want = [TRUE[0] - 10.0 * TRUE[2], TRUE[1], TRUE[2], TRUE[3], TRUE[4]];
            for (at, estimate) in model.estimates(0.95).unwrap().iter().enumerate() {
                covered[at] += i32::from((estimate.lo..=estimate.hi).contains(&want[at]));
            }
        }
        // 190 of 200 are expected, with a deviation of 3.1.
        assert!(
            covered.iter().all(|&times| (178..=199).contains(&times)),
            "{link:?} {covered:?}"
        );
    }
}

#[test]
fn covariance_is_the_inverse_of_the_curvature() {
    let (features, left) = simulated(300, 4, Link::Logit);
    let model = fit(&features, &left);
    let count = model.coefficients().len();
    let columns = |row: usize| {
        let plan = features.categories("plan").unwrap().label(row).unwrap();
        let level = |name| f64::from(u8::from(plan == name));
        let numbers = features.view();
        [
            1.0,
            numbers[[row, 0]],
            numbers[[row, 1]],
            level("b"),
            level("c"),
        ]
    };
    let likelihood = |b: &[f64]| -> f64 {
        let of_row = |(row, &left): (usize, &bool)| {
            let eta: f64 = columns(row).iter().zip(b).map(|(x, b)| x * b).sum();
            -(if left { -eta } else { eta }).exp().ln_1p()
        };
        left.iter().enumerate().map(of_row).sum()
    };
    near(
        &[model.log_likelihood()],
        &[likelihood(model.coefficients())],
        1e-12,
    );
    let h = 1e-4;
    let at = |a: usize, by: f64, b: usize, other: f64| {
        let mut to = model.coefficients().to_vec();
        to[a] += by;
        to[b] += other;
        likelihood(&to)
    };
    for row in 0..count {
        for column in 0..count {
            let product: f64 = (0..count)
                .map(|k| {
                    let four = at(row, h, k, h) - at(row, h, k, -h) - at(row, -h, k, h)
                        + at(row, -h, k, -h);
                    -four / (4.0 * h * h) * model.covariance()[k * count + column]
                })
                .sum();
            let want = f64::from(u8::from(row == column));
            assert!((product - want).abs() < 2e-4, "{row} {column} {product}");
        }
    }
}

#[test]
fn contributions_add_up_and_are_relative_to_the_means() {
    let (features, left) = simulated(500, 9, Link::Logit);
    let model = fit(&features, &left);
    let offset: Vec<f64> = (0..500).map(|row| f64::from(row) / 300.0).collect();
    let contributions = model.contributions(&features).unwrap();
    assert_eq!(contributions.dim(), (500, 3));
    let predictors = model.linear_predictor(&features, Some(&offset)).unwrap();
    let terms = model.terms(&features, Reference::Mean).unwrap();
    for (row, of_row) in contributions.rows().into_iter().enumerate() {
        let sum = of_row.iter().fold(model.base(), |sum, term| sum + term);
        assert_eq!((sum + offset[row]).to_bits(), predictors[row].to_bits());
        near(&[of_row[2]], &[terms[[row, 2]] + terms[[row, 3]]], 1e-12);
    }
    for column in contributions.columns() {
        assert!(column.sum().abs() < 1e-10);
    }
    let free = model.linear_predictor(&features, None).unwrap();
    let raw = model.terms(&features, Reference::Zero).unwrap();
    for (row, eta) in raw.rows().into_iter().zip(&free) {
        assert!((row.sum() + model.coefficients()[0] - eta).abs() < 1e-12);
    }
    let from = model
        .terms(&features, Reference::Row(&[1.0, 2.0, 0.0, 1.0]))
        .unwrap();
    let gap = &raw
        - &from
        - array![1.0, 2.0, 0.0, 1.0]
            * &array![
                model.coefficients()[1],
                model.coefficients()[2],
                model.coefficients()[3],
                model.coefficients()[4]
            ];
    assert!(gap.iter().all(|gap| gap.abs() < 1e-12));
    assert!(model.terms(&features, Reference::Row(&[1.0])).is_err());
    assert!(
        model
            .terms(&features, Reference::Row(&[f64::NAN; 4]))
            .is_err()
    );
}

#[test]
fn other_features_are_bound_by_name() {
    let (features, left) = simulated(200, 2, Link::Logit);
    let model = fit(&features, &left);
    let numbers = features.view();
    let [x, y] = [0, 1].map(|at| numbers.column(at).to_vec());
    let plans: Vec<&str> = (0..200)
        .map(|row| features.categories("plan").unwrap().label(row).unwrap())
        .collect();
    let other = super::features(&[("y", &y), ("more", &vec![f64::NAN; 200]), ("x", &x)])
        .with_categories("region", Categories::new(&plans).unwrap())
        .unwrap()
        .with_categories("plan", Categories::new(&plans).unwrap())
        .unwrap();
    assert_eq!(
        model.predict(&other, None).unwrap(),
        model.predict(&features, None).unwrap()
    );
    assert_eq!(
        model.contributions(&other).unwrap(),
        model.contributions(&features).unwrap()
    );
    let of = |x: &[f64], plan: &[&str]| {
        let features = super::features(&[("x", x), ("y", &[1.0, 2.0])])
            .with_categories("plan", Categories::new(plan).unwrap())
            .unwrap();
        [
            model.predict(&features, None).err(),
            model.contributions(&features).err(),
            model.terms(&features, Reference::Mean).err(),
        ]
    };
    let starts = |errors: [Option<Error>; 3], want: &str| {
        for error in errors {
            let text = error.unwrap().to_string();
            assert!(text.starts_with(want), "{text}");
        }
    };
    starts(of(&[1.0, f64::NAN], &["a", "b"]), "column x, row 1");
    starts(of(&[1.0, 2.0], &["a", "z"]), "column plan, row 1");
    starts(of(&[1.0, 2.0], &["", "b"]), "column plan, row 0");
    let lacking = super::features(&[("x", &[1.0])]);
    assert!(
        model
            .predict(&lacking, None)
            .unwrap_err()
            .to_string()
            .contains("with y")
    );
    let error = model
        .predict(&features, Some(&[f64::INFINITY; 200]))
        .unwrap_err();
    assert!(error.to_string().starts_with("column offset, row 0"));
    assert!(model.linear_predictor(&features, Some(&[0.0])).is_err());
}

#[test]
fn predictors_out_of_the_range_of_numbers_are_refused() {
    let x = [0.0, 1e-3, 0.0, 1e-3, 0.0, 1e-3];
    let model = fit(
        &features(&[("x", &x)]),
        &[false, true, false, true, true, false],
    );
    let far = features(&[("x", &[1.0, 1e308])]);
    let errors = [
        model.predict(&far, None).err(),
        model.contributions(&far).err(),
        model.terms(&far, Reference::Mean).err(),
    ];
    for error in errors {
        let text = error.unwrap().to_string();
        assert!(text.starts_with("column features, row 1"), "{text}");
    }
}

#[test]
fn aliased_columns_are_the_later_ones() {
    let (features, left) = simulated(300, 5, Link::Logit);
    let numbers = features.view();
    let [x, y] = [0, 1].map(|at| numbers.column(at).to_vec());
    let sum: Vec<f64> = x.iter().zip(&y).map(|(x, y)| 3.0 * x - y + 2.0).collect();
    let large: Vec<f64> = y.iter().map(|y| 1e6 + y * 1e-3).collect();
    let plans: Vec<&str> = (0..300)
        .map(|row| features.categories("plan").unwrap().label(row).unwrap())
        .collect();
    let is_b: Vec<f64> = plans
        .iter()
        .map(|&plan| f64::from(u8::from(plan == "b")))
        .collect();
    let one = ["all"; 300];
    let columns: [(&str, &[f64]); 6] = [
        ("x", &x),
        ("one", &[0.1; 300]),
        ("y", &y),
        ("sum", &sum),
        ("is_b", &is_b),
        ("large", &large),
    ];
    let all = super::features(&columns)
        .with_categories("country", Categories::new(&one).unwrap())
        .unwrap()
        .with_categories("plan", Categories::new(&plans).unwrap())
        .unwrap();
    let model = fit(&all, &left);
    assert_eq!(model.names(), ["(Intercept)", "x", "y", "is_b", "plan=c"]);
    assert_eq!(
        model.aliased(),
        ["one", "sum", "large", "plan=b", "country"]
    );
    let plain = fit(&features, &left);
    near(model.coefficients(), plain.coefficients(), 1e-9);
    near(&model.standard_errors(), &plain.standard_errors(), 1e-9);
    near(
        &model.predict(&all, None).unwrap(),
        &plain.predict(&features, None).unwrap(),
        1e-9,
    );
    let contributions = model.contributions(&all).unwrap();
    assert_eq!(
        model.feature_names(),
        ["x", "one", "y", "sum", "is_b", "large", "country", "plan"]
    );
    assert!(
        [1, 3, 5, 6]
            .iter()
            .all(|&at| contributions.column(at).iter().all(|term| *term == 0.0))
    );
    // A ridge shares a coefficient among them.
    let ridge = LogisticParams::default().ridge(1.0);
    let model = ridge.fit(&LogisticData::new(&all, &left)).unwrap();
    assert_eq!(model.aliased(), ["one", "country"]);
    let [of_is_b, of_plan] = ["is_b", "plan=b"].map(|name| model.coefficient(name).unwrap());
    near(&[of_is_b], &[of_plan], 1e-9);
}

#[test]
fn an_intercept_alone_is_the_share() {
    let features = features(&[("one", &[1.0; 5])]);
    let left = [true, false, false, true, false];
    let model = fit(&features, &left);
    near(model.coefficients(), &[(2.0_f64 / 3.0).ln()], 1e-14);
    near(
        &model.standard_errors(),
        &[(1.0_f64 / 2.0 + 1.0 / 3.0).sqrt()],
        1e-14,
    );
    near(
        &[model.log_likelihood()],
        &[model.null_log_likelihood()],
        1e-14,
    );
    near(&model.predict(&features, None).unwrap(), &[0.4; 5], 1e-14);
}

#[test]
fn a_ridge_is_where_the_slopes_are_those_of_its_cost() {
    let (features, left) = simulated(400, 8, Link::Logit);
    for ridge in [0.01, 1.0, 100.0, 1e6] {
        let params = LogisticParams::default().ridge(ridge);
        let model = params.fit(&LogisticData::new(&features, &left)).unwrap();
        let chances = model.predict(&features, None).unwrap();
        let residual = |row: usize| f64::from(u8::from(left[row])) - chances[row];
        let total: f64 = (0..400).map(residual).sum();
        assert!(total.abs() < 1e-9, "the intercept is free: {total}");
        let x = features.column("x").unwrap();
        let slope: f64 = (0..400).map(|row| residual(row) * x[row]).sum();
        assert!(
            (slope - ridge * model.coefficient("x").unwrap()).abs() < 1e-8 * (1.0 + slope.abs())
        );
    }
}

#[test]
fn any_number_of_threads_gives_the_same_bits() {
    let (features, left) = simulated(30_000, 6, Link::Logit);
    let clusters: Vec<u32> = (0..30_000).map(|row| row % 7_000).collect();
    let all = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap();
        pool.install(|| {
            let data = LogisticData::new(&features, &left).clusters(&clusters);
            let model = LogisticParams::default().fit(&data).unwrap();
            let mut numbers = model.coefficients().to_vec();
            numbers.extend(model.covariance());
            numbers.extend(model.robust_covariance(&data).unwrap());
            numbers.extend(model.predict(&features, None).unwrap());
            numbers
                .iter()
                .map(|number| number.to_bits())
                .collect::<Vec<u64>>()
        })
    };
    let one = all(1);
    assert!([2, 3, 8].iter().all(|&threads| all(threads) == one));
}

/// Two numbers, how often the row is repeated, whether the customer left, and an offset.
type Case = (f64, f64, u32, bool, f64);

fn cases() -> impl Strategy<Value = Vec<Case>> {
    let row = (-3.0..3.0, 0.0..10.0, 0_u32..4, any::<bool>(), -1.0..1.0);
    prop::collection::vec(row, 30..80)
}

fn of_cases(rows: &[Case]) -> (Features, Vec<bool>, Vec<f64>) {
    let column = |f: fn(&Case) -> f64| rows.iter().map(f).collect::<Vec<f64>>();
    let (x, y) = (column(|row| row.0), column(|row| row.1));
    let left = rows.iter().map(|row| row.3).collect();
    (features(&[("x", &x), ("y", &y)]), left, column(|row| row.4))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    /// A weight is a number of rows, 0 is none; residuals are orthogonal to the columns.
    #[test]
    fn weights_are_repetitions(rows in cases()) {
        let (features, left, offset) = of_cases(&rows);
        let weight: Vec<f64> = rows.iter().map(|row| f64::from(row.2)).collect();
        let counted = features.with_weights(&weight);
        prop_assume!(counted.is_ok());
        let counted = counted.unwrap();
        let repeated: Vec<_> = rows
            .iter()
            .flat_map(|row| std::iter::repeat_n(*row, row.2 as usize))
            .collect();
        let (again, left_again, offset_again) = of_cases(&repeated);
        for link in [Link::Logit, Link::ComplementaryLogLog] {
            let params = LogisticParams::default().link(link);
            let model = params.fit(&LogisticData::new(&counted, &left).offset(&offset));
            let want = params.fit(&LogisticData::new(&again, &left_again).offset(&offset_again));
            let (Ok(model), Ok(want)) = (model, want) else { continue };
            prop_assert_eq!(model.verdict(), want.verdict());
            if *model.verdict() != LogisticVerdict::Converged {
                continue;
            }
            for (found, want) in model.coefficients().iter().zip(want.coefficients()) {
                prop_assert!((found - want).abs() < 1e-9 * (1.0 + want.abs()));
            }
            for (found, want) in model.covariance().iter().zip(want.covariance()) {
                prop_assert!((found - want).abs() < 1e-8 * (1.0 + want.abs()));
            }
            prop_assert!((model.deviance() - want.deviance()).abs() < 1e-9);
            prop_assert!((model.null_deviance() - want.null_deviance()).abs() < 1e-9);
            prop_assert_eq!(model.rows(), weight.iter().filter(|weight| **weight > 0.0).count());
            if link == Link::Logit {
                let chances = model.predict(&counted, Some(&offset)).unwrap();
                let residual = |row: usize| weight[row] * (f64::from(u8::from(left[row])) - chances[row]);
                for column in ["x", "y"] {
                    let column = counted.column(column).unwrap();
                    let sum: f64 = (0..rows.len()).map(|row| residual(row) * column[row]).sum();
                    prop_assert!(sum.abs() < 1e-8, "{}", sum);
                }
            }
        }
    }

    /// The order of rows and columns and the units of columns do not matter.
    #[test]
    fn order_and_units_do_not_matter(rows in cases(), unit in -8..8_i32, shift in -100.0..100.0) {
        let (features, left, offset) = of_cases(&rows);
        let unit = 10.0_f64.powi(unit);
        let reversed: Vec<_> = rows.iter().rev().copied().collect();
        let (other, left_other, offset_other) = of_cases(&reversed);
        let [x, y] = ["x", "y"].map(|name| other.column(name).unwrap().to_vec());
        let x: Vec<f64> = x.iter().map(|x| (x + shift) * unit).collect();
        let other = super::features(&[("y", &y), ("x", &x)]);
        for link in [Link::Logit, Link::ComplementaryLogLog] {
            let params = LogisticParams::default().link(link);
            let model = params.fit(&LogisticData::new(&features, &left).offset(&offset));
            let same = params.fit(&LogisticData::new(&other, &left_other).offset(&offset_other));
            let (Ok(model), Ok(same)) = (model, same) else { continue };
            if *model.verdict() != LogisticVerdict::Converged {
                prop_assert_ne!(same.verdict(), &LogisticVerdict::Converged);
                continue;
            }
            for (name, by) in [("x", unit), ("y", 1.0)] {
                let [found, want] = [&same, &model].map(|model| model.coefficient(name).unwrap());
                prop_assert!((found * by - want).abs() < 1e-8 * (1.0 + want.abs()), "{} {} {}", name, found, want);
            }
            let (found, want) = (same.standard_errors()[2] * unit, model.standard_errors()[1]);
            prop_assert!((found / want - 1.0).abs() < 1e-8);
            prop_assert!((model.deviance() - same.deviance()).abs() < 1e-9);
        }
    }
}
