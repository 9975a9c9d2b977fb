//! Against scikit-learn, linfa and plain loops, and what must hold for any data.

#![expect(clippy::float_cmp, reason = "counts, and zeros that are exact")]

use linfa::traits::Transformer;
use linfa_clustering::Dbscan as Linfa;
use ndarray::{Array2, ArrayView2, Axis};
use proptest::prelude::*;

use super::*;
use crate::{
    ErrorKind,
    data::MissingValues,
    numeric::rng::Stream,
    persist,
    segmentation::{
        placed::{NOWHERE, Placed},
        test_data::{features, iris_table as iris},
    },
};

/// Clouds of different spread, and rows between them.
fn clouds(rows: usize, columns: usize, seed: u64) -> Array2<f64> {
    let mut draw = Stream::new(seed, 1, 0);
    let centres = Array2::from_shape_fn((4, columns), |_| 4.0 * draw.normal());
    let of: Vec<usize> = (0..rows).map(|_| draw.index(4)).collect();
    Array2::from_shape_fn((rows, columns), |(row, column)| {
        centres[(of[row], column)] + (0.3 + of[row] as f64 / 3.0) * draw.normal()
    })
}

/// Two half circles that reach into each other.
fn moons(each: usize) -> Array2<f64> {
    let mut draw = Stream::new(7, 2, 0);
    Array2::from_shape_fn((2 * each, 2), |(row, column)| {
        let angle = std::f64::consts::PI * (row % each) as f64 / (each - 1) as f64;
        let (x, y) = if row < each {
            (angle.cos(), angle.sin())
        } else {
            (1.0 - angle.cos(), 0.5 - angle.sin())
        };
        [x, y][column] + 0.05 * draw.normal()
    })
}

fn square(a: &[f64], b: &[f64]) -> f64 {
    a.iter()
        .zip(b)
        .fold(0.0, |sum, (a, b)| sum + (a - b) * (a - b))
}

/// The definition, by plain loops: for each row its cluster, by the nearest core point, and
/// whether it is one.
fn naive(points: Points, radius: f64, min_points: usize) -> Vec<(u32, bool)> {
    let rows = 0..points.rows;
    let to = |a: usize, b: usize| square(points.row(a), points.row(b));
    let near = |a: usize, b: usize| to(a, b) <= radius * radius;
    let is_core = |row: usize| {
        let around = rows.clone().filter(|&other| near(row, other));
        points.weight(row) > 0.0
            && around.map(|row| points.weight(row)).sum::<f64>() >= min_points as f64
    };
    let core: Vec<bool> = rows.clone().map(is_core).collect();
    let mut clusters = vec![NOWHERE; points.rows];
    let mut count = 0;
    for first in rows.clone() {
        if !core[first] || clusters[first] != NOWHERE {
            continue;
        }
        let mut open = vec![first];
        clusters[first] = count;
        while let Some(row) = open.pop() {
            for other in rows.clone() {
                if core[other] && clusters[other] == NOWHERE && near(row, other) {
                    clusters[other] = count;
                    open.push(other);
                }
            }
        }
        count += 1;
    }
    let nearest = |row: usize| {
        let reached = rows.clone().filter(|&at| core[at] && near(row, at));
        let nearer = |&a: &usize, &b: &usize| {
            let by_distance = to(row, a).total_cmp(&to(row, b));
            by_distance.then(clusters[a].cmp(&clusters[b]))
        };
        reached.min_by(nearer).map_or(NOWHERE, |at| clusters[at])
    };
    rows.clone().map(|row| (nearest(row), core[row])).collect()
}

/// The rows whose points a model holds as core points, if rows are different.
fn core_rows(model: &Dbscan, data: ArrayView2<'_, f64>) -> Vec<usize> {
    let is_core = |row: &usize| {
        let core = model.core_points();
        core.rows().into_iter().any(|point| point == data.row(*row))
    };
    (0..data.nrows()).filter(is_core).collect()
}

/// What scikit-learn 1.9.1 finds in iris, by k-d tree, ball tree and plain search alike.
struct Golden {
    params: DbscanParams,
    /// Of 1 to 3, in turn.
    has_weights: bool,
    core_points: usize,
    sum_of_core_rows: usize,
    sizes: &'static [f64],
    noise: f64,
}

#[test]
fn iris_against_scikit_learn() {
    let of = |radius, min_points, has_weights, core, sizes, noise| {
        let (core_points, sum_of_core_rows) = core;
        Golden {
            params: DbscanParams::new(radius, min_points),
            has_weights,
            core_points,
            sum_of_core_rows,
            sizes,
            noise,
        }
    };
    // The radii lie between the distances that occur, where rounding decides nothing.
    let golden = [
        of(0.45, 5, false, (109, 7495), &[48.0, 78.0], 24.0),
        of(0.55, 5, false, (127, 9004), &[49.0, 90.0], 11.0),
        of(0.65, 10, false, (121, 8442), &[50.0, 90.0], 10.0),
        of(0.85, 1, false, (150, 11175), &[50.0, 100.0], 0.0),
        of(0.45, 10, true, (106, 7180), &[94.0, 157.0], 49.0),
        of(
            0.35,
            6,
            true,
            (89, 5667),
            &[87.0, 73.0, 19.0, 15.0, 14.0, 6.0],
            86.0,
        ),
    ];
    let weights: Vec<f64> = (0..150).map(|row| f64::from(1 + row % 3)).collect();
    let plain = features(iris().view());
    let weighted = plain.clone().with_weights(&weights).unwrap();
    for golden in golden {
        let params = golden.params;
        let data = if golden.has_weights {
            &weighted
        } else {
            &plain
        };
        let found = params.fit(data).unwrap();
        assert_eq!(found.sizes(), golden.sizes, "{params:?}");
        assert_eq!(found.noise(), golden.noise, "{params:?}");
        assert_eq!(found.core_points().nrows(), golden.core_points);
        let around = Neighbourhood::new(Points::of(data).unwrap());
        let rows = around.core_rows(params.radius, params.min_points);
        assert_eq!(rows.iter().sum::<usize>(), golden.sum_of_core_rows);
    }
    // With border rows between clusters those may differ; core points do not.
    let found = DbscanParams::new(0.35, 4).fit(&plain).unwrap();
    let mut core = vec![0; found.clusters()];
    for &cluster in found.core_clusters() {
        core[cluster as usize] += 1;
    }
    assert_eq!(core, [37, 7, 14, 4, 8, 2, 4]);
    assert_eq!(found.noise(), 49.0);
    // The distances to the fourth other row: the least, the 76th, the largest, and their sum.
    let around = Neighbourhood::new(Points::of(&plain).unwrap());
    let mut radii = around.least_radii(5);
    radii.sort_by(f64::total_cmp);
    for (found, expected) in [
        (radii[0], 0.14142136),
        (radii[75], 0.37416574),
        (radii[149], 1.00498756),
        (radii.iter().sum::<f64>(), 60.82964856),
    ] {
        assert!((found - expected).abs() <= 5e-9, "{found} {expected}");
    }
}

#[test]
fn linfa_finds_the_same_core_points_and_noise() {
    for seed in 0..6 {
        let data = clouds(800, 2, seed);
        let ours = DbscanParams::new(0.35, 6)
            .fit(&features(data.view()))
            .unwrap();
        let assigned = ours.assign(&features(data.view())).unwrap();
        let theirs = Linfa::params(6).tolerance(0.35).transform(&data).unwrap();
        for row in core_rows(&ours, data.view()) {
            assert_eq!(assigned[row].map(|cluster| cluster as usize), theirs[row]);
        }
        for (ours, theirs) in assigned.iter().zip(&theirs) {
            assert_eq!(ours.is_some(), theirs.is_some());
        }
        assert!(ours.clusters() > 1 && ours.noise() > 0.0);
    }
}

#[test]
fn moons_are_told_apart() {
    let data = moons(300);
    let data = features(data.view());
    let found = DbscanParams::new(0.2, 5).fit(&data).unwrap();
    assert_eq!(found.sizes(), [300.0, 300.0]);
    let cluster = found.assign(&data).unwrap();
    assert!(cluster[..300].iter().all(|&cluster| cluster == Some(0)));
    assert!(cluster[300..].iter().all(|&cluster| cluster == Some(1)));
}

#[test]
fn the_radius_is_part_and_the_row_counts() {
    let data = features(ndarray::array![[0.0], [1.0], [2.0], [4.0]].view());
    let fit = |radius, min_points| DbscanParams::new(radius, min_points).fit(&data);
    assert_eq!(fit(1.0, 2).unwrap().sizes(), [3.0]);
    assert_eq!(fit(1.0, 3).unwrap().core_points().nrows(), 1);
    assert_eq!(fit(1.0, 1).unwrap().sizes(), [3.0, 1.0]);
    assert_eq!(fit(2.0, 2).unwrap().sizes(), [4.0]);
    assert_eq!(fit(1.0, 4).unwrap_err().kind(), ErrorKind::NotEnoughData);
    assert_eq!(
        fit(1.0_f64.next_down(), 2).unwrap_err().kind(),
        ErrorKind::NotEnoughData
    );
}

#[test]
fn a_border_row_goes_to_the_nearest_core_point() {
    // The row at 3 reaches core points at 2 and, nearer, at 3.5, whose cluster has the higher
    // number; the one at 2.75 is as near to both.
    let x = [0.0, 1.0, 2.0, 3.5, 4.5, 5.5, 3.0, 2.75];
    let rows = Array2::from_shape_vec((8, 1), x.to_vec()).unwrap();
    let weights = [5.0, 10.0, 5.0, 5.0, 10.0, 5.0, 0.5, 0.5];
    let data = features(rows.view()).with_weights(&weights).unwrap();
    let found = DbscanParams::new(1.0, 14).fit(&data).unwrap();
    let cluster = found.assign(&data).unwrap();
    assert_eq!(cluster[2], Some(0));
    assert_eq!(cluster[3], Some(1));
    assert_eq!(cluster[6], Some(1));
    assert_eq!(cluster[7], Some(0));
    let placed = found.place(&data).unwrap();
    assert_eq!((placed.cost[6], placed.runner_up_cost[6]), (0.25, 1.0));
    assert_eq!((placed.cluster[7], placed.runner_up[7]), (0, 1));
}

#[test]
fn noise_has_a_runner_up_but_no_cost() {
    let data = features(ndarray::array![[0.0], [1.0], [9.0], [10.0]].view());
    let found = DbscanParams::new(1.0, 2).fit(&data).unwrap();
    let new = features(ndarray::array![[4.0], [8.5]].view());
    let placed = found.place(&new).unwrap();
    assert_eq!(placed.cluster, [NOWHERE, 1]);
    assert_eq!(placed.runner_up, [0, 0]);
    assert!(placed.cost[0].is_nan());
    assert_eq!(placed.cost[1], 0.25);
    assert_eq!(placed.runner_up_cost, [9.0, 56.25]);
    let one = DbscanParams::new(20.0, 2).fit(&data).unwrap();
    let placed = one.place(&data).unwrap();
    assert_eq!(placed.runner_up, [NOWHERE; 4]);
    assert_eq!(placed.runner_up_cost, [f64::INFINITY; 4]);
}

#[test]
fn many_rows_in_one_place() {
    let rows = Array2::from_shape_fn((20_000, 2), |(row, _)| (row % 3) as f64);
    let data = features(rows.view());
    let found = DbscanParams::new(0.5, 6_000).fit(&data).unwrap();
    assert_eq!(found.sizes(), [6_667.0, 6_667.0, 6_666.0]);
    assert_eq!(found.place(&data).unwrap().runner_up[..3], [1, 0, 1]);
    let same = DbscanParams::propose_radius(&data, 6_000).unwrap_err();
    assert_eq!(same.kind(), ErrorKind::Degenerate);
    let wider = DbscanParams::propose_radius(&data, 6_667).unwrap();
    assert_eq!(wider.radius, 2.0_f64.sqrt());
    assert_eq!((wider.curve[0], wider.curve[66]), (0.0, 0.0));
    assert_eq!((wider.curve[67], wider.core_share), (2.0_f64.sqrt(), 1.0));
}

#[test]
fn the_knee_is_where_the_curve_is_farthest_below_its_diagonal() {
    // x - x² is largest at 1/2, and x - (e^4x - 1) / (e^4 - 1) where the slope is 1.
    let of = |curve: &dyn Fn(f64) -> f64| {
        let x = (1..=2_000).map(|at| f64::from(at) / 2_000.0);
        radius::propose(x.map(|x| (curve(x), 1.0)).collect()).unwrap()
    };
    let parabola = of(&|x| 3.0 + x * x);
    assert!((parabola.radius - 3.25).abs() < 2e-3, "{parabola:?}");
    assert!((parabola.core_share - 0.5).abs() < 1e-3);
    assert!((parabola.curve[30] - 3.09).abs() < 1e-12);
    assert_eq!(parabola.curve.len(), 101);
    let steep = of(&|x| (4.0 * x).exp());
    let at = ((4.0_f64.exp() - 1.0) / 4.0).ln() / 4.0;
    assert!((steep.core_share - at).abs() < 1e-3, "{steep:?}");
    // A flat curve has its knee anywhere.
    assert_eq!(of(&|_| 2.0).radius, 2.0);
}

#[test]
fn a_proposed_radius_finds_the_moons() {
    let data = moons(500);
    let proposal = DbscanParams::propose_radius(&features(data.view()), 5).unwrap();
    assert!(proposal.core_share > 0.8, "{proposal:?}");
    let found = DbscanParams::new(proposal.radius, 5)
        .fit(&features(data.view()))
        .unwrap();
    let mut sizes = found.sizes().to_vec();
    sizes.sort_by(f64::total_cmp);
    assert!(sizes[sizes.len() - 2] > 400.0, "{sizes:?}");
}

#[test]
fn what_cannot_be_answered_is_refused() {
    let data = features(ndarray::array![[0.0], [5.0]].view());
    for radius in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        let error = DbscanParams::new(radius, 1).fit(&data).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidParameter);
        assert!(error.to_string().contains("radius"));
    }
    let none = DbscanParams::new(1.0, 0).fit(&data).unwrap_err();
    assert_eq!(none.kind(), ErrorKind::InvalidParameter);
    let none = DbscanParams::propose_radius(&data, 0).unwrap_err();
    assert_eq!(none.kind(), ErrorKind::InvalidParameter);
    let few = DbscanParams::propose_radius(&data, 3).unwrap_err();
    assert_eq!(few.to_string().split(',').next_back(), Some(" found 2"));
    let apart = DbscanParams::new(1.0, 2).fit(&data).unwrap_err();
    assert!(apart.to_string().contains("larger radius"), "{apart}");

    let found = DbscanParams::new(1.0, 1).fit(&data).unwrap();
    for value in [1e300, -1e141] {
        let huge = features(ndarray::array![[0.0], [value]].view());
        let fit = DbscanParams::new(1.0, 1).fit(&huge).unwrap_err();
        assert!(fit.to_string().contains("row 1"), "{fit}");
        assert_eq!(found.assign(&huge).unwrap_err(), fit);
    }
    let columns: &[(&str, &[f64])] = &[("x0", &[0.0, f64::NAN])];
    let gap = Features::from_columns(columns, MissingValues::Keep).unwrap();
    let fit = DbscanParams::new(1.0, 1).fit(&gap).unwrap_err();
    assert!(fit.to_string().contains("missing"), "{fit}");
    assert_eq!(found.place(&gap).unwrap_err(), fit);
    let other = Features::from_columns(&[("y", &[0.0])], MissingValues::Refuse).unwrap();
    let error = found.assign(&other).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::VersionMismatch);
    // The largest and the smallest radius there are.
    for (radius, clusters) in [(f64::MAX, 1), (f64::MIN_POSITIVE, 2)] {
        let found = DbscanParams::new(radius, 1).fit(&data).unwrap();
        assert_eq!(found.clusters(), clusters);
    }
}

#[test]
fn any_number_of_threads_gives_the_same_bits() {
    let rows = clouds(6_000, 3, 5);
    let weights: Vec<f64> = (0..6_000).map(|row| f64::from(row % 7) / 3.0).collect();
    let data = features(rows.view()).with_weights(&weights).unwrap();
    let on = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
        pool.build().unwrap().install(|| {
            let found = DbscanParams::new(0.6, 8).fit(&data).unwrap();
            let Placed {
                cluster,
                runner_up,
                cost,
                runner_up_cost,
            } = found.place(&data).unwrap();
            let bits = |costs: Vec<f64>| costs.into_iter().map(f64::to_bits).collect::<Vec<_>>();
            let proposal = DbscanParams::propose_radius(&data, 8).unwrap();
            (
                persist::to_json(&found).unwrap(),
                (cluster, runner_up, bits(cost), bits(runner_up_cost)),
                proposal,
            )
        })
    };
    let one = on(1);
    for threads in [2, 3, 8] {
        assert_eq!(on(threads), one);
    }
}

#[test]
fn what_is_saved_comes_back_and_nothing_else() {
    let data = features(clouds(400, 2, 3).view());
    let found = DbscanParams::new(0.5, 5).fit(&data).unwrap();
    let text = persist::to_json(&found).unwrap();
    let read: Dbscan = persist::from_json(&text).unwrap();
    assert_eq!(read, found);
    assert_eq!(
        read.place(&data).unwrap().cluster,
        found.place(&data).unwrap().cluster
    );
    let points = text.find("\"core_points\"").unwrap();
    let first = text[points..].split_once(',').unwrap().0;
    for (from, to) in [
        ("\"radius\":0.5", "\"radius\":-0.5"),
        ("\"radius\":0.5", "\"radius\":1e3"),
        ("\"min_points\":5", "\"min_points\":0"),
        ("\"sizes\":[", "\"sizes\":[3.0,"),
        ("\"sizes\":[", "\"sizes\":[-"),
        ("\"noise\":", "\"noise\":-1"),
        ("\"core_points\":[", "\"core_points\":[1.0,"),
        (first, "\"core_points\":[1e200"),
        ("\"columns\":[\"x0\",\"x1\"]", "\"columns\":[]"),
        ("\"noise\":", "\"more\":1,\"noise\":"),
    ] {
        assert!(text.contains(from), "{from}");
        let cut = text.replacen(from, to, 1);
        assert!(persist::from_json::<Dbscan>(&cut).is_err(), "{to}");
    }
}

proptest! {
    #[test]
    fn the_definition_holds(
        seed in 0u64..10_000,
        columns in 1usize..4,
        radius in 0.1f64..2.0,
        min_points in 1usize..9,
        grid in prop::bool::ANY,
        zero in prop::bool::ANY,
    ) {
        // On a grid there are rows in one place, and distances that equal the radius.
        let mut rows = clouds(160, columns, seed);
        let mut radius = radius;
        if grid {
            rows.mapv_inplace(|x| (2.0 * x).round() / 2.0);
            radius = (2.0 * radius).ceil() / 2.0;
        }
        let least = u32::from(!zero);
        let weights: Vec<f64> = (0..160).map(|row| f64::from(least + row % 3) / 2.0).collect();
        let data = features(rows.view()).with_weights(&weights).unwrap();
        let points = Points::of(&data).unwrap();
        let expected = naive(points, radius, min_points);
        let core: Vec<usize> = (0..160).filter(|&row| expected[row].1).collect();
        prop_assert_eq!(&Neighbourhood::new(points).core_rows(radius, min_points), &core);
        let Ok(found) = DbscanParams::new(radius, min_points).fit(&data) else {
            prop_assert!(core.is_empty());
            return Ok(());
        };
        let clusters: Vec<u32> = expected.iter().map(|(cluster, _)| *cluster).collect();
        let placed = found.place(&data).unwrap();
        prop_assert_eq!(&placed.cluster, &clusters);
        let assigned = found.assign(&data).unwrap();
        for (row, &cluster) in clusters.iter().enumerate() {
            prop_assert_eq!(assigned[row], (cluster != NOWHERE).then_some(cluster));
            // The next best by plain loops.
            let others = core.iter().filter(|&&at| clusters[at] != cluster);
            let next = others
                .map(|&at| (square(points.row(row), points.row(at)), clusters[at]))
                .min_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
            let (cost, runner_up) = next.unwrap_or((f64::INFINITY, NOWHERE));
            prop_assert_eq!((placed.runner_up[row], placed.runner_up_cost[row]), (runner_up, cost));
        }
        let total: f64 = weights.iter().sum();
        prop_assert_eq!(found.sizes().iter().sum::<f64>() + found.noise(), total);
        prop_assert_eq!(&persist::from_json::<Dbscan>(&persist::to_json(&found).unwrap()).unwrap(), &found);
    }

    #[test]
    fn the_least_radius_makes_a_core_point(seed in 0u64..10_000, min_points in 1usize..12) {
        let rows = clouds(120, 2, seed);
        let weights: Vec<f64> = (0..120).map(|row| f64::from(1 + row % 4) / 10.0).collect();
        let data = features(rows.view()).with_weights(&weights).unwrap();
        let points = Points::of(&data).unwrap();
        let around = Neighbourhood::new(points);
        for (place, radius) in around.least_radii(min_points).into_iter().enumerate() {
            let row = around.rows[place];
            let mut others: Vec<(f64, f64)> = (0..120)
                .map(|other| (square(points.row(row), points.row(other)), weights[other]))
                .collect();
            others.sort_by(|a, b| a.0.total_cmp(&b.0));
            let mut sum = 0.0;
            let reached = others.iter().find(|(_, weight)| {
                sum += weight;
                sum > min_points as f64 - 1e-9
            });
            let square = reached.unwrap().0;
            let root = square.sqrt();
            prop_assert_eq!(radius, if root * root < square { root.next_up() } else { root });
            prop_assert!(around.core_rows(radius, min_points).contains(&row));
        }
    }

    #[test]
    fn a_weight_is_so_many_copies_and_order_means_nothing(seed in 0u64..10_000) {
        let rows = clouds(80, 2, seed);
        let times: Vec<usize> = (0..80).map(|row| row % 4).collect();
        let copies: Vec<usize> = (0..80).flat_map(|row| std::iter::repeat_n(row, times[row])).collect();
        let copied = features(rows.select(Axis(0), &copies).view());
        let weights: Vec<f64> = times.iter().map(|&times| times as f64).collect();
        let weighted = features(rows.view()).with_weights(&weights).unwrap();
        let back: Vec<usize> = (0..80).rev().collect();
        let turned = features(rows.select(Axis(0), &back).view())
            .with_weights(&back.iter().map(|&row| weights[row]).collect::<Vec<_>>())
            .unwrap();
        let params = DbscanParams::new(0.6, 6);
        let (Ok(a), Ok(b)) = (params.fit(&copied), params.fit(&weighted)) else {
            prop_assert!(params.fit(&copied).is_err() && params.fit(&weighted).is_err());
            return Ok(());
        };
        prop_assert_eq!((a.sizes(), a.noise()), (b.sizes(), b.noise()));
        let plain = features(rows.view());
        prop_assert_eq!(a.assign(&plain).unwrap(), b.assign(&plain).unwrap());
        let mut c = params.fit(&turned).unwrap().assign(&plain).unwrap();
        // The clusters of the turned rows have other numbers.
        let mut numbers = vec![None; a.clusters()];
        for (found, expected) in c.iter_mut().zip(a.assign(&plain).unwrap()) {
            prop_assert_eq!(found.is_some(), expected.is_some());
            if let (Some(found), Some(expected)) = (found, expected) {
                let number = numbers[*found as usize].get_or_insert(expected);
                prop_assert_eq!(*number, expected);
            }
        }
        let proposed = |data| DbscanParams::propose_radius(data, 6).unwrap();
        let (x, y) = (proposed(&copied), proposed(&weighted));
        prop_assert_eq!(x.radius, y.radius);
        prop_assert_eq!(x.curve, y.curve);
    }
}
