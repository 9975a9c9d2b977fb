//! Against all assignments, an LP solver and k-means-constrained, and what must hold for any data.

#![expect(
    clippy::float_cmp,
    reason = "sums of the same numbers in the same order"
)]

use ndarray::Array2;
use proptest::prelude::*;

use super::*;
use crate::{
    ErrorKind,
    numeric::rng::Stream,
    persist,
    segmentation::{
        KMeansAlgorithm, KMeansParams, KMeansStart, KMeansVerdict,
        k_means::lloyd::Run,
        test_data::{features, iris_table as iris},
    },
};

/// Clusters with these centres, that no fit has moved.
fn around(data: &Features, centres: &[f64]) -> KMeans {
    let clusters = centres.len() / data.names().len();
    let run = Run {
        centres: centres.to_vec(),
        labels: Vec::new(),
        within: vec![0.0; clusters],
        weights: vec![0.0; clusters],
        iterations: 1,
        converged: true,
    };
    KMeans::of(data.names(), run, None)
}

/// Three clouds, of two thirds, a quarter and the rest of the rows.
fn clouds(rows: usize, columns: usize, seed: u64) -> Array2<f64> {
    let mut draw = Stream::new(seed, 1, 0);
    let centres = Array2::from_shape_fn((3, columns), |_| 2.0 * draw.normal());
    Array2::from_shape_fn((rows, columns), |(row, column)| {
        let cloud = usize::from(row * 3 > rows * 2) + usize::from(row * 12 > rows * 11);
        centres[(cloud, column)] + draw.normal()
    })
}

fn near(found: f64, expected: f64, share: f64) {
    assert!(
        (found - expected).abs() <= share * expected.abs(),
        "found {found}, expected {expected}"
    );
}

fn between(least: usize, most: usize) -> SizeLimits {
    SizeLimits::default().at_least(least).at_most(most)
}

#[test]
fn assignments_of_iris_against_linear_programs() {
    // scipy 1.17.1, linprog by HiGHS, around rows of the data.
    let iris = iris();
    let data = features(iris.view());
    let rows = |rows: &[usize]| iris.select(ndarray::Axis(0), rows).into_iter().collect();
    let three: Vec<f64> = rows(&[0, 50, 100]);
    let eight: Vec<f64> = rows(&[0, 20, 40, 60, 80, 100, 120, 140]);
    let golden = [
        (&three, between(0, 50), 195.71),
        (&three, between(50, 50), 195.71),
        (&three, between(45, 60), 185.38),
        (&three, between(0, 60), 182.48),
        (&eight, between(15, 25), 112.97),
        (&eight, between(0, 20), 120.35),
        (&eight, between(18, 19), 144.66),
        (&eight, between(5, 24), 111.93),
    ];
    for (centres, limits, cost) in golden {
        let found = around(&data, centres)
            .assign_within(&data, &limits)
            .unwrap();
        near(found.cost, cost, 1e-12);
        let unlimited = if centres.len() == 12 { 182.48 } else { 101.69 };
        near(found.unlimited_cost, unlimited, 1e-12);
        let sizes = limits.at_least.unwrap()..=limits.at_most.unwrap();
        assert!(found.sizes.iter().all(|size| sizes.contains(size)));
    }
    let weights: Vec<f64> = (0..150u8)
        .map(|row| 1.0 + f64::from(row % 3) / 2.0)
        .collect();
    let data = data.with_weights(&weights).unwrap();
    let found = around(&data, &eight)
        .assign_within(&data, &between(18, 19))
        .unwrap();
    near(found.cost, 214.2, 1e-12);
    near(found.unlimited_cost, 154.85, 1e-12);
}

#[test]
fn fits_of_iris_are_as_good_as_the_best_of_k_means_constrained() {
    // k-means-constrained 0.9.1 (BSD), the best of 40 seeds.
    let data = features(iris().view());
    let golden = [
        (3, between(50, 50), 81.2778),
        (3, between(45, 55), 79.9958484848485),
        (4, between(30, 40), 102.227),
        (5, between(25, 35), 51.23097142857142),
        (8, between(15, 20), 37.40104605263158),
    ];
    for (clusters, limits, cost) in golden {
        let params = KMeansParams::new(clusters).size_limits(limits);
        let found = params.fit(&data).unwrap();
        assert!(
            found.inertia() <= cost * (1.0 + 1e-12),
            "{clusters}: {}",
            found.inertia()
        );
        assert_eq!(found.verdict(), KMeansVerdict::Converged);
    }
    // From the flowers 0, 50 and 100 it comes to the same end.
    let iris = iris();
    let start = [0, 50, 100].map(|row| iris.row(row).to_vec()).to_vec();
    for (limits, cost) in [
        (between(50, 50), 81.2778),
        (between(45, 55), 79.9958484848485),
    ] {
        let params = KMeansParams::new(3).start(KMeansStart::Centres(start.clone()));
        let found = params.size_limits(limits).fit(&data).unwrap();
        near(found.inertia(), cost, 1e-12);
    }
}

#[test]
fn limits_that_do_not_bind_change_nothing() {
    let data = features(clouds(400, 3, 8).view());
    let plain = KMeansParams::new(4);
    let none = plain.clone().size_limits(SizeLimits::default());
    assert_eq!(none, plain);
    let plain = plain.fit(&data).unwrap();
    assert_eq!(none.fit(&data).unwrap(), plain);
    assert_eq!(plain.limits(), None);
    let wide = KMeansParams::new(4).size_limits(between(1, 400));
    let wide = wide.fit(&data).unwrap();
    assert_eq!(wide.centres(), plain.centres());
    assert_eq!(wide.within(), plain.within());
    assert_eq!(wide.sizes(), plain.sizes());
    let fitted = wide.limits().unwrap();
    assert_eq!(
        (fitted.cost(), fitted.cost_increase()),
        (plain.inertia(), 0.0)
    );
    let found = wide.assign_within(&data, &SizeLimits::default()).unwrap();
    assert_eq!(found.cluster, plain.assign(&data).unwrap());
    assert_eq!((found.moved, found.cost), (0, found.unlimited_cost));
}

#[test]
fn balanced_clusters_and_as_many_as_rows() {
    let data = clouds(60, 2, 3);
    let halves = SizeLimits::default().at_least_share(0.1).at_most_share(0.1);
    let found = KMeansParams::new(10)
        .size_limits(halves)
        .fit(&features(data.view()))
        .unwrap();
    assert_eq!(found.limits().unwrap().rows(), [6; 10]);
    assert!(found.limits().unwrap().cost_increase() > 0.0);
    let each = KMeansParams::new(60)
        .size_limits(between(1, 1))
        .fit(&features(data.view()))
        .unwrap();
    assert_eq!(
        (each.inertia(), each.limits().unwrap().cost_increase()),
        (0.0, 0.0)
    );
    // Nine copies of one row and three others: copies are split where they must be.
    let rows = Array2::from_shape_fn((12, 1), |(row, _)| {
        [0.0, 1.0, 5.0, 9.0][row.saturating_sub(8)]
    });
    let found = KMeansParams::new(3)
        .size_limits(between(4, 4))
        .fit(&features(rows.view()))
        .unwrap();
    assert_eq!(found.sizes(), [4.0; 3]);
    // 0 0 0 0, 0 0 0 0 and 0 1 5 9.
    near(found.inertia(), 0.0 + 107.0 - 225.0 / 4.0, 1e-12);
    near(found.limits().unwrap().unlimited_inertia(), 0.9, 1e-12);
    let infinite = KMeansParams::new(4)
        .size_limits(between(3, 3))
        .fit(&features(rows.view()))
        .unwrap();
    assert_eq!(infinite.limits().unwrap().cost_increase(), f64::INFINITY);
    let one = KMeansParams::new(1)
        .size_limits(between(12, 12))
        .fit(&features(rows.view()))
        .unwrap();
    assert_eq!(one.limits().unwrap().cost_increase(), 0.0);
}

#[test]
fn rows_of_no_weight_are_not_counted() {
    let x = Array2::from_shape_fn((7, 1), |(row, _)| {
        [0.0, 1.0, 2.0, 3.0, 10.0, 11.0, 12.0][row]
    });
    let weights = [1.0, 1.0, 1.0, 5.0, 1.0, 0.0, 0.0];
    let data = features(x.view()).with_weights(&weights).unwrap();
    let found = around(&data, &[1.0, 11.0])
        .assign_within(&data, &between(2, 3))
        .unwrap();
    // The row of weight 5 is too dear to move, although it is the nearest to 11.
    assert_eq!(found.cluster, [0, 0, 1, 0, 1, 1, 1]);
    assert_eq!((found.sizes, found.moved), (vec![3, 2], 1));
    assert_eq!((found.cost, found.unlimited_cost), (103.0, 23.0));
    let fit = KMeansParams::new(2)
        .size_limits(between(2, 3))
        .fit(&data)
        .unwrap();
    let less = features(x.select(ndarray::Axis(0), &[0, 1, 2, 3, 4]).view());
    let less = less.with_weights(&weights[..5]).unwrap();
    let without = KMeansParams::new(2)
        .size_limits(between(2, 3))
        .fit(&less)
        .unwrap();
    near(fit.inertia(), without.inertia(), 1e-12);
    let mut rows = fit.limits().unwrap().rows().to_vec();
    rows.sort_unstable();
    assert_eq!(rows, [2, 3]);
}

#[test]
fn what_cannot_be_kept_is_said() {
    let data = features(clouds(20, 2, 1).view());
    let told = |limits: SizeLimits| {
        let error = KMeansParams::new(3)
            .size_limits(limits)
            .fit(&data)
            .unwrap_err();
        let fit = KMeansParams::new(3).fit(&data).unwrap();
        assert_eq!(fit.assign_within(&data, &limits).unwrap_err(), error);
        assert_eq!(error.kind(), ErrorKind::InvalidParameter);
        error.to_string()
    };
    let none = SizeLimits::default();
    assert_eq!(
        told(none.at_least(7)),
        "at_least is 7 rows a cluster, expected at most 6, for 20 rows in 3 clusters; lower it, or \
         have fewer clusters"
    );
    assert_eq!(
        told(none.at_most(6)),
        "at_most is 6 rows a cluster, expected at least 7, for 20 rows in 3 clusters; raise it, or \
         have more clusters"
    );
    assert!(told(none.at_least_share(0.31)).starts_with("at_least_share is 7 rows"));
    assert!(told(none.at_most_share(0.34)).starts_with("at_most_share is 6 rows"));
    assert!(told(between(8, 3)).starts_with("at_least is 8 rows"));
    assert!(told(between(8, 3).at_least_share(0.9)).starts_with("at_least_share is 18 rows"));
    for share in [-0.1, 1.1, f64::NAN, f64::INFINITY] {
        assert!(told(none.at_least_share(share)).contains("expected a share from 0 to 1"));
        assert!(told(none.at_most_share(share)).starts_with("at_most_share is"));
    }
    // A share that is a whole number of rows but for rounding is that number: 0.07 of 100.
    let bounds = none
        .at_least_share(0.07)
        .at_most_share(0.57)
        .bounds(100, 2)
        .unwrap();
    assert_eq!(bounds, Bounds { least: 7, most: 57 });
    let heavy = data.clone().with_weights(&[1e305; 20]).unwrap();
    let fit = KMeansParams::new(3).fit(&data).unwrap();
    let far = features(Array2::from_elem((20, 2), 1e6).view())
        .with_weights(&[1e305; 20])
        .unwrap();
    assert_eq!(
        fit.assign_within(&far, &none).unwrap_err().kind(),
        ErrorKind::Overflow
    );
    assert!(fit.assign_within(&heavy, &none).is_err());
    let stop = &mut |told: crate::Progress| match told.stage {
        "keeping the limits of sizes" => std::ops::ControlFlow::Break(()),
        _ => std::ops::ControlFlow::Continue(()),
    };
    let params = KMeansParams::new(3).size_limits(between(6, 7));
    assert_eq!(
        params.fit_observed(&data, stop).unwrap_err().kind(),
        ErrorKind::Cancelled
    );
}

#[test]
fn prices_prove_that_large_assignments_are_the_cheapest() {
    // At prices under which each row is where it is cheapest, and a cluster costs more or less
    // than the others only if it is full or at its least, no assignment within the limits is
    // cheaper: the sum of costs less prices is least, and so is the sum of prices times sizes.
    for (seed, (least, most)) in [(1, (0, 1_800)), (2, (1_500, 20_000)), (3, (1_700, 1_780))] {
        let rows = 10_000;
        let mut draw = Stream::new(seed, 3, 0);
        let weights: Vec<f64> = (0..rows).map(|_| draw.index(8) as f64 / 2.0).collect();
        let data = features(clouds(rows, 2, seed).view())
            .with_weights(&weights)
            .unwrap();
        let points = Points::of(&data).unwrap();
        let counted = counted(points).unwrap();
        let bounds = between(least, most).bounds(counted, 5).unwrap();
        let centres: Vec<f64> = (0..5)
            .flat_map(|at| points.row(at * 2_000))
            .copied()
            .collect();
        let distances = Distances::of(Arch::new(), points, &centres);
        let mut prices = flow::potentials(points, &distances, bounds);
        let labels = flow::assign(points, &distances, bounds, &mut prices);
        let sums = Sums::of(points, &distances, &labels);
        assert!(sums.moved > 500, "{}", sums.moved);
        assert_eq!(sums.rows.iter().sum::<usize>(), counted);
        for (cluster, &rows) in sums.rows.iter().enumerate() {
            assert!(bounds.hold(rows));
            assert!(prices[cluster] <= 0.0 || rows == bounds.least);
            assert!(prices[cluster] >= 0.0 || rows == bounds.most);
        }
        for (row, &label) in labels.iter().enumerate() {
            let all = distances.row(row);
            let at = |cluster: usize| points.weight(row) * all[cluster] - prices[cluster];
            let (own, weight) = (label as usize, points.weight(row));
            assert!(weight == 0.0 || (0..5).all(|other| at(own) <= at(other) + 1e-9));
            assert!(weight > 0.0 || own == distances.nearest(row));
        }
        // From no prices it comes to the same cost.
        let labels = flow::assign(points, &distances, bounds, &mut [0.0; 5]);
        near(
            Sums::of(points, &distances, &labels).cost(),
            sums.cost(),
            1e-12,
        );
    }
}

#[test]
fn any_number_of_threads_gives_the_same_bits() {
    let large = features(clouds(70_000, 2, 5).view());
    let small = features(clouds(900, 3, 6).view());
    let on = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
        pool.build().unwrap().install(|| {
            let limits = SizeLimits::default()
                .at_least_share(0.15)
                .at_most_share(0.3);
            let of = |features, iterations| {
                let params = KMeansParams::new(5).restarts(2).max_iterations(iterations);
                let fit = params.size_limits(limits).fit(features).unwrap();
                let within = fit.assign_within(features, &limits).unwrap();
                (fit, within)
            };
            (of(&large, 2), of(&small, 300))
        })
    };
    let one = on(1);
    assert_eq!(one.0.0.verdict(), KMeansVerdict::IterationLimit);
    for threads in [2, 3, 8] {
        assert_eq!(on(threads), one);
    }
}

#[test]
fn fits_under_limits_are_saved_and_checked() {
    let data = features(clouds(90, 2, 11).view());
    let params = KMeansParams::new(3).size_limits(between(25, 35));
    let text = serde_json::to_string(&params).unwrap();
    assert_eq!(serde_json::from_str::<KMeansParams>(&text).unwrap(), params);
    assert!(serde_json::from_str::<SizeLimits>(r#"{"at_last":3}"#).is_err());
    let plain = KMeansParams::new(3);
    assert!(!serde_json::to_string(&plain).unwrap().contains("limits"));
    let unlimited = persist::to_json(&plain.fit(&data).unwrap()).unwrap();
    assert!(!unlimited.contains("limits"));

    let fit = params.fit(&data).unwrap();
    let text = persist::to_json(&fit).unwrap();
    assert_eq!(persist::from_json::<KMeans>(&text).unwrap(), fit);
    let fitted = fit.limits().unwrap();
    let told = |from: String, to: String| {
        let other = text.replacen(&from, &to, 1);
        assert_ne!(other, text, "{from} is not there");
        persist::from_json::<KMeans>(&other)
            .unwrap_err()
            .to_string()
    };
    let rows = format!("\"rows\":[{},", fitted.rows()[0]);
    assert!(told(rows.clone(), "\"rows\":[".into()).contains("rows of the limits has length 2"));
    assert!(told(rows.clone(), "\"rows\":[36,".into()).contains("from 25 to 35, the limits"));
    let huge = format!("\"rows\":[{},", usize::MAX);
    assert!(told(rows, huge).contains("fewer than 2^53"));
    let at_least = "\"at_least\":25".to_owned();
    assert!(told(at_least, "\"at_least\":31".into()).contains("at_least is 31 rows"));
    let value = |name: &str, value: f64| format!("\"{name}\":{value:?}");
    let change = |name: &str, from: f64, to: f64| told(value(name, from), value(name, to));
    assert!(change("cost", fitted.cost(), 1.0).contains("cost is 1"));
    let nearest = change("nearest_cost", fitted.nearest_cost(), 1e9);
    assert!(nearest.contains("cost is"), "{nearest}");
    let inertia = change("unlimited_inertia", fitted.unlimited_inertia(), 1e9);
    assert!(inertia.contains("nearest_cost is"), "{inertia}");
    let negative = change("unlimited_inertia", fitted.unlimited_inertia(), -1.0);
    assert!(negative.contains("unlimited_inertia is -1"), "{negative}");
}

/// The least cost over all assignments, by trying them.
fn least_cost(points: Points, centres: &[f64], bounds: Bounds) -> f64 {
    let clusters = centres.len() / points.columns;
    let mut least = f64::INFINITY;
    for number in 0..clusters.pow(u32::try_from(points.rows).unwrap()) {
        let (mut rest, mut cost, mut sizes) = (number, 0.0, vec![0; clusters]);
        for row in 0..points.rows {
            let cluster = rest % clusters;
            rest /= clusters;
            let centre = &centres[cluster * points.columns..(cluster + 1) * points.columns];
            let pairs = centre.iter().zip(points.row(row));
            cost += points.weight(row) * pairs.map(|(c, x)| (c - x) * (c - x)).sum::<f64>();
            sizes[cluster] += usize::from(points.weight(row) > 0.0);
        }
        if sizes.iter().all(|&size| bounds.hold(size)) && cost < least {
            least = cost;
        }
    }
    least
}

/// Rows, centres and weights by a seed; small whole numbers, so that many costs are equal, or not.
fn tiny(rows: usize, clusters: usize, seed: u64, whole: bool) -> (Features, Vec<f64>) {
    let mut draw = Stream::new(seed, 2, 0);
    let mut number = || {
        if whole {
            draw.index(4) as f64
        } else {
            draw.normal()
        }
    };
    let values = Array2::from_shape_fn((rows, 2), |_| number());
    let centres = (0..2 * clusters).map(|_| number()).collect();
    let weights: Vec<f64> = (0..rows).map(|_| number().abs() + 0.5).collect();
    (
        features(values.view()).with_weights(&weights).unwrap(),
        centres,
    )
}

proptest! {
    #[test]
    fn no_assignment_is_cheaper(
        rows in 1usize..9,
        clusters in 1usize..4,
        seed in 0u64..100_000,
        whole: bool,
        (least, most) in (0usize..4, 0usize..8),
        earlier in prop::collection::vec(-3.0f64..3.0, 3),
    ) {
        let (data, centres) = tiny(rows, clusters, seed, whole);
        let points = Points::of(&data).unwrap();
        let bounds = Bounds {
            least: least.min(rows / clusters),
            most: most.max(rows.div_ceil(clusters)),
        };
        let least = least_cost(points, &centres, bounds);
        let limits = between(bounds.least, bounds.most);
        let found = around(&data, &centres).assign_within(&data, &limits).unwrap();
        prop_assert!((found.cost - least).abs() <= 1e-12 * (1.0 + least), "{found:?} {least}");
        prop_assert!(found.sizes.iter().all(|&size| bounds.hold(size)));
        prop_assert!(found.cost >= found.unlimited_cost);
        prop_assert_eq!(found.sizes.iter().sum::<usize>(), rows);
        // Whatever the potentials from which it starts, and from where they came to.
        let distances = Distances::of(Arch::Scalar, points, &centres);
        let mut potentials = earlier[..clusters].to_vec();
        for _ in 0..2 {
            let labels = flow::assign(points, &distances, bounds, &mut potentials);
            let cost = Sums::of(points, &distances, &labels).cost();
            prop_assert!((cost - least).abs() <= 1e-12 * (1.0 + least));
        }
    }

    #[test]
    fn fits_keep_their_limits_and_rest(seed in 0u64..1_000, clusters in 2usize..6, slack in 0usize..8) {
        let data = features(clouds(120, 2, seed).view());
        let (least, most) = (120 / clusters - slack, 120usize.div_ceil(clusters) + slack);
        let params = KMeansParams::new(clusters).restarts(4).algorithm(KMeansAlgorithm::Lloyd);
        let plain = params.fit(&data).unwrap();
        let limits = between(least, most);
        let fit = params.size_limits(limits).fit(&data).unwrap();
        let fitted = fit.limits().unwrap();
        prop_assert!(fitted.rows().iter().all(|rows| (least..=most).contains(rows)));
        prop_assert_eq!(fitted.rows().iter().sum::<usize>(), 120);
        prop_assert!(fit.inertia() >= fitted.nearest_cost());
        prop_assert!(fitted.nearest_cost() >= fitted.unlimited_inertia());
        prop_assert!(fitted.unlimited_inertia() <= plain.inertia());
        // The rows of the fit, assigned anew, cost the same, and centres are their means.
        let again = fit.assign_within(&data, &limits).unwrap();
        near(again.cost, fit.inertia(), 1e-9);
        for (cluster, centre) in fit.centres().rows().into_iter().enumerate() {
            let mine = || (0..120).filter(|&row| again.cluster[row] as usize == cluster);
            for (column, value) in centre.iter().enumerate() {
                let sum: f64 = mine().map(|row| data.view()[(row, column)]).sum();
                prop_assert!((sum / mine().count() as f64 - value).abs() < 1e-9);
            }
        }
    }
}
