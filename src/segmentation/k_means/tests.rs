//! Against scikit-learn, R and linfa, and what must hold for any data.

#![expect(clippy::float_cmp, reason = "counts, and zeros that are exact")]

use linfa::{DatasetBase, traits::Fit};
use linfa_clustering::{KMeans as Linfa, KMeansInit};
use ndarray::Array2;
use proptest::prelude::*;

use super::*;
use crate::{
    ErrorKind,
    data::MissingValues,
    numeric::rng::Stream,
    persist,
    segmentation::test_data::{features, iris_table as iris, wholesale_in_logs},
};

/// Overlapping clouds.
fn clouds(rows: usize, columns: usize, seed: u64) -> Array2<f64> {
    let mut draw = Stream::new(seed, 1, 0);
    let centres = Array2::from_shape_fn((5, columns), |_| 2.0 * draw.normal());
    let mut of = (0..rows).map(|_| draw.index(5)).collect::<Vec<_>>();
    of.sort_unstable();
    Array2::from_shape_fn((rows, columns), |(row, column)| {
        centres[(of[row], column)] + draw.normal()
    })
}

fn near(found: f64, expected: f64, share: f64) {
    assert!(
        (found - expected).abs() <= share * expected.abs(),
        "found {found}, expected {expected}"
    );
}

#[test]
fn iris_against_scikit_learn_and_r() {
    // scikit-learn 1.9.1 and R 4.2.2, the best of 200 restarts.
    let golden = [
        152.3479517604,
        78.8514414261,
        57.2284732143,
        46.4461820513,
        39.0399872461,
        34.2982296651,
        29.9889439508,
    ];
    let iris = features(iris().view());
    for (at, inertia) in golden.into_iter().enumerate() {
        let found = KMeansParams::new(at + 2).fit(&iris).unwrap();
        near(found.inertia(), inertia, 1e-12 + 5e-11 / inertia);
        assert_eq!(found.verdict(), KMeansVerdict::Converged);
    }
    let three = KMeansParams::new(3).fit(&iris).unwrap();
    let mut sizes: Vec<f64> = three.sizes().to_vec();
    sizes.sort_by(f64::total_cmp);
    assert_eq!(sizes, [38.0, 50.0, 62.0]);
    let of = |size: f64| three.sizes().iter().position(|&found| found == size);
    let expected = [
        (50.0, [5.006, 3.428, 1.462, 0.246]),
        (
            62.0,
            [5.9016129032, 2.7483870968, 4.3935483871, 1.4338709677],
        ),
        (38.0, [6.85, 3.0736842105, 5.7421052632, 2.0710526316]),
    ];
    for (size, centre) in expected {
        let found = three.centres();
        let found = found.row(of(size).unwrap());
        for (found, expected) in found.iter().zip(centre) {
            near(*found, expected, 1e-10);
        }
    }
}

#[test]
fn the_iterations_from_three_flowers_against_scikit_learn() {
    let iris = iris();
    let start = [0, 50, 100].map(|row| iris.row(row).to_vec()).to_vec();
    let lloyd = |iterations| {
        KMeansParams::new(3)
            .algorithm(KMeansAlgorithm::Lloyd)
            .start(KMeansStart::Centres(start.clone()))
            .max_iterations(iterations)
            .fit(&features(iris.view()))
            .unwrap()
    };
    // The sum of squares after the rows are assigned to the moved centres once more.
    for (at, inertia) in [82.591317678837, 78.942697792869, 78.851441426146]
        .into_iter()
        .enumerate()
    {
        let found = lloyd(at + 1);
        near(found.inertia(), inertia, 1e-13);
        assert_eq!(found.verdict(), KMeansVerdict::IterationLimit);
    }
    assert_eq!(lloyd(100).iterations(), 4);
    assert_eq!(lloyd(100).verdict(), KMeansVerdict::Converged);
}

#[test]
fn wholesale_is_at_least_as_good_as_the_best_of_scikit_learn() {
    let Some(wholesale) = wholesale_in_logs() else {
        return;
    };
    // scikit-learn 1.9.1, Lloyd, the best of 300. With 3, 4 and 5 clusters moves of single rows
    // go lower (1558.0359, 1391.7553, 1271.2374); scikit-learn itself comes to 1391.755317 with
    // other seeds, and stays where it is when it is started from our centres.
    let golden = [
        (2, 1847.97970821),
        (3, 1558.04699736),
        (4, 1391.80839522),
        (5, 1271.27855293),
    ];
    for (clusters, inertia) in golden {
        let ten = KMeansParams::new(clusters).restarts(10);
        let found = ten.fit(&wholesale).unwrap().inertia();
        assert!(found <= inertia * (1.0 + 1e-7), "{clusters}: {found}");
    }
    let two = KMeansParams::new(2).fit(&wholesale).unwrap();
    near(two.inertia(), 1847.97970821, 5e-12);
}

#[test]
fn from_the_same_start_linfa_comes_to_the_same_end() {
    for seed in 0..5 {
        let data = clouds(2_000, 3, seed);
        let start = data.select(ndarray::Axis(0), &[0, 500, 900, 1_300, 1_900]);
        let rows = start.rows().into_iter().map(|row| row.to_vec()).collect();
        let ours = KMeansParams::new(5)
            .algorithm(KMeansAlgorithm::Lloyd)
            .start(KMeansStart::Centres(rows))
            .fit(&features(data.view()))
            .unwrap();
        let theirs = Linfa::params(5)
            .init_method(KMeansInit::Precomputed(start))
            .n_runs(1)
            .max_n_iterations(10_000)
            .tolerance(1e-13)
            .fit(&DatasetBase::from(data.clone()))
            .unwrap();
        // Its inertia is a mean, and its centres lean to where they came from.
        near(ours.inertia() / 2_000.0, theirs.inertia(), 1e-9);
    }
}

#[test]
fn what_is_wrong_in_linfa_is_not_here() {
    // The sizes belong to the centres that were kept, not to those of the last run.
    let data = features(clouds(3_000, 2, 4).view());
    for seed in 0..20 {
        let found = KMeansParams::new(6)
            .restarts(5)
            .seed(seed)
            .fit(&data)
            .unwrap();
        let mut counts = vec![0.0; 6];
        for cluster in found.assign(&data).unwrap() {
            counts[cluster as usize] += 1.0;
        }
        assert_eq!(counts, found.sizes());
    }
    // One seed, one result.
    let twice = || KMeansParams::new(6).seed(3).fit(&data).unwrap();
    assert_eq!(twice(), twice());
    // A missing value is an error, not cluster 0.
    let gaps = ndarray::array![[1.0, f64::NAN]];
    let gaps = Features::from_view(&["x0", "x1"], gaps.view(), MissingValues::Keep).unwrap();
    let error = twice().assign(&gaps).unwrap_err();
    assert!(error.to_string().starts_with("column x1, row 0"), "{error}");
}

#[test]
fn what_cannot_be_fitted_is_said() {
    let four = features(ndarray::array![[1.0], [1.0], [2.0], [3.0]].view());
    let told = |params: KMeansParams| params.fit(&four).unwrap_err().to_string();
    assert!(told(KMeansParams::new(0)).starts_with("clusters is 0"));
    assert!(told(KMeansParams::new(2).restarts(0)).starts_with("restarts is 0"));
    assert!(told(KMeansParams::new(2).tolerance(f64::NAN)).starts_with("tolerance is NaN"));
    assert!(told(KMeansParams::new(5)).starts_with("needs at least 5 rows"));
    assert!(told(KMeansParams::new(4)).starts_with("needs at least 4 different rows"));
    assert_eq!(KMeansParams::new(3).fit(&four).unwrap().inertia(), 0.0);
    let start = KMeansStart::Centres(vec![vec![0.0, 1.0], vec![1.0]]);
    assert!(told(KMeansParams::new(2).start(start)).contains("a centre of the start"));
    let huge = features(ndarray::array![[1e300], [1.0]].view());
    let error = KMeansParams::new(1).fit(&huge).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidValue);
    assert!(error.to_string().contains("too large"), "{error}");
    let constant = features(Array2::ones((9, 2)).view());
    assert_eq!(KMeansParams::new(1).fit(&constant).unwrap().inertia(), 0.0);
    assert!(KMeansParams::new(2).fit(&constant).is_err());
}

#[test]
fn a_start_that_leaves_clusters_empty_fills_them() {
    let data = features(clouds(500, 2, 9).view());
    let start = KMeansStart::Centres(vec![vec![0.0; 2]; 6]);
    let found = KMeansParams::new(6).start(start).fit(&data).unwrap();
    assert!(found.sizes().iter().all(|&size| size > 0.0));
}

#[test]
fn any_number_of_threads_gives_the_same_bits_and_they_can_be_saved() {
    let large = features(clouds(70_000, 3, 5).view());
    let small = features(clouds(600, 3, 6).view());
    let on = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
        pool.build().unwrap().install(|| {
            let of = |features| KMeansParams::new(5).restarts(3).fit(features).unwrap();
            (of(&large), of(&small))
        })
    };
    let one = on(1);
    let text = persist::to_json(&one.0).unwrap();
    assert_eq!(persist::from_json::<KMeans>(&text).unwrap(), one.0);
    let cut = text.replace("\"sizes\":[", "\"sizes\":[1.0,");
    assert!(persist::from_json::<KMeans>(&cut).is_err());
    for threads in [2, 3, 8] {
        let other = on(threads);
        assert_eq!(persist::to_json(&other.0).unwrap(), text);
        assert_eq!(other, one);
    }
}

/// Lloyd's iterations by plain loops.
fn naive(points: Points, mut centres: Vec<f64>) -> f64 {
    let (d, k) = (points.columns, centres.len() / points.columns);
    let nearest = |centres: &[f64], row: usize| {
        let squares = centres.chunks_exact(d).map(|centre| {
            let pairs = centre.iter().zip(points.row(row));
            pairs.map(|(c, x)| (x - c) * (x - c)).sum::<f64>()
        });
        let by_square = |a: &(usize, f64), b: &(usize, f64)| a.1.total_cmp(&b.1);
        squares.enumerate().min_by(by_square).unwrap()
    };
    loop {
        let (mut sums, mut weights) = (vec![0.0; k * d], vec![0.0; k]);
        for row in 0..points.rows {
            let (centre, _) = nearest(&centres, row);
            weights[centre] += points.weight(row);
            for (at, value) in points.row(row).iter().enumerate() {
                sums[centre * d + at] += points.weight(row) * value;
            }
        }
        let mut next = centres.clone();
        for (at, mean) in next.iter_mut().enumerate() {
            if weights[at / d] > 0.0 {
                *mean = sums[at] / weights[at / d];
            }
        }
        let still = next
            .iter()
            .zip(&centres)
            .all(|(a, b)| (a - b).abs() < 1e-12);
        centres = next;
        if still {
            let all = 0..points.rows;
            return all
                .map(|row| points.weight(row) * nearest(&centres, row).1)
                .sum();
        }
    }
}

proptest! {
    #[test]
    fn bounds_and_moved_sums_change_nothing(seed in 0u64..1_000, k in 1usize..7) {
        let data = features(clouds(300, 3, seed).view());
        let weights: Vec<f64> = (0..300).map(|row| f64::from(row % 4) / 2.0).collect();
        let data = data.with_weights(&weights).unwrap();
        let points = Points::of(&data).unwrap();
        let centres: Vec<f64> = (0..k).flat_map(|at| points.row(1 + 40 * at)).copied().collect();
        let start = centres.chunks_exact(3).map(<[f64]>::to_vec).collect();
        let params = KMeansParams::new(k).start(KMeansStart::Centres(start));
        let lloyd = params.clone().algorithm(KMeansAlgorithm::Lloyd).fit(&data).unwrap();
        near(lloyd.inertia(), naive(points, centres), 1e-9);
        let both = params.fit(&data).unwrap();
        prop_assert!(both.inertia() <= lloyd.inertia() * (1.0 + 1e-12));
    }

    #[test]
    fn a_weight_is_so_many_copies(seed in 0u64..1_000) {
        let rows = clouds(60, 2, seed);
        let times: Vec<usize> = (0..60).map(|row| row % 4).collect();
        let copies: Vec<usize> = (0..60).flat_map(|row| std::iter::repeat_n(row, times[row])).collect();
        let copied = features(rows.select(ndarray::Axis(0), &copies).view());
        let weights: Vec<f64> = times.iter().map(|&times| times as f64).collect();
        let weighted = features(rows.view()).with_weights(&weights).unwrap();
        let start = [1, 22, 43].map(|row| rows.row(row).to_vec()).to_vec();
        let params = KMeansParams::new(3).start(KMeansStart::Centres(start)).algorithm(KMeansAlgorithm::Lloyd);
        let (a, b) = (params.fit(&copied).unwrap(), params.fit(&weighted).unwrap());
        near(a.inertia(), b.inertia(), 1e-9);
        prop_assert_eq!(a.sizes(), b.sizes());
    }
}
