//! Against fits of everything, Lloyd's iterations, and running means by plain loops.

#![expect(clippy::float_cmp, reason = "counts, and bits that must be the same")]

use ndarray::{Array2, ArrayView2, Axis};
use proptest::prelude::*;

use super::*;
use crate::{
    ErrorKind,
    data::{Features, MissingValues},
    numeric::rng::Stream,
    persist,
    segmentation::{KMeansAlgorithm, KMeansVerdict},
};

fn features(values: ArrayView2<'_, f64>) -> Features {
    let names: Vec<String> = (0..values.ncols()).map(|at| format!("x{at}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    Features::from_view(&names, values, MissingValues::Refuse).unwrap()
}

/// Overlapping clouds, rows in no order.
fn clouds(rows: usize, columns: usize, seed: u64) -> Array2<f64> {
    let mut draw = Stream::new(seed, 1, 0);
    let centres = Array2::from_shape_fn((5, columns), |_| 2.0 * draw.normal());
    let of: Vec<usize> = (0..rows).map(|_| draw.index(5)).collect();
    Array2::from_shape_fn((rows, columns), |(row, column)| {
        centres[(of[row], column)] + draw.normal()
    })
}

fn batches(rows: &Array2<f64>, size: usize) -> Vec<Features> {
    rows.axis_chunks_iter(Axis(0), size).map(features).collect()
}

fn given(centres: &[&[f64]]) -> KMeansStart {
    KMeansStart::Centres(centres.iter().map(|centre| centre.to_vec()).collect())
}

/// The sum of squares of rows to the nearest centre of a model.
fn inertia(model: &crate::segmentation::KMeans, data: &Features) -> f64 {
    model.place(data).unwrap().cost.iter().sum()
}

#[test]
fn on_clouds_it_comes_near_the_fit_of_everything() {
    for seed in 0..4 {
        let rows = clouds(20_000, 3, seed);
        let all = features(rows.view());
        let mut stream = KMeansStreamParams::new(5).open(all.names()).unwrap();
        for batch in batches(&rows, 500) {
            stream.update(&batch).unwrap();
        }
        let found = stream.model().unwrap();
        let best = KMeansParams::new(5).fit(&all).unwrap().inertia();
        let now = inertia(&found, &all);
        assert!(now <= 1.02 * best, "{seed}: {now} {best}");
        // What was summed up on the way is above what it comes to now, but not by much.
        assert!(found.inertia() > now && found.inertia() < 1.05 * now);
        let recent = stream.recent_inertia().unwrap() * 20_000.0;
        assert!((0.9..1.1).contains(&(recent / now)), "{recent} {now}");
        assert_eq!(found.sizes().iter().sum::<f64>(), 20_000.0);
        assert_eq!(found.verdict(), KMeansVerdict::Streamed);
        assert_eq!((stream.rows(), found.iterations()), (20_000, 40));
    }
}

#[test]
fn one_batch_of_everything_is_one_of_lloyds_iterations() {
    let data = clouds(40_000, 3, 8);
    let weights: Vec<f64> = (0..40_000).map(|row| f64::from(row % 5) / 3.0).collect();
    let all = features(data.view()).with_weights(&weights).unwrap();
    let start = [1, 700, 9_000, 20_000].map(|row| data.row(row).to_vec());
    let start = KMeansStart::Centres(start.to_vec());
    let lloyd = KMeansParams::new(4)
        .start(start.clone())
        .algorithm(KMeansAlgorithm::Lloyd)
        .max_iterations(1)
        .fit(&all)
        .unwrap();
    let params = KMeansStreamParams::new(4).start(start);
    let mut stream = params.open(all.names()).unwrap();
    stream.update(&all).unwrap();
    assert_eq!(stream.model().unwrap().centres(), lloyd.centres());
}

#[test]
fn what_is_resumed_is_as_if_it_had_never_stopped() {
    let rows = clouds(6_000, 2, 3);
    let params = KMeansStreamParams::new(4)
        .buffer(900)
        .half_life(1_500.0)
        .reassignment_ratio(0.4);
    let all = batches(&rows, 250);
    let mut whole = params.open(all[0].names()).unwrap();
    let mut stopped = whole.clone();
    let mut gathered = 0;
    for batch in &all {
        whole.update(batch).unwrap();
        let text = persist::to_json(&stopped).unwrap();
        gathered += usize::from(text.contains("gathering"));
        stopped = persist::from_json(&text).unwrap();
        stopped.update(batch).unwrap();
        assert_eq!(stopped, whole);
    }
    assert_eq!(gathered, 4);
    let saved = persist::to_json(&whole.model().unwrap()).unwrap();
    assert_eq!(persist::to_json(&stopped.model().unwrap()).unwrap(), saved);
}

#[test]
fn any_number_of_threads_gives_the_same_bits() {
    let all = batches(&clouds(60_000, 3, 4), 20_000);
    let on = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
        pool.build().unwrap().install(|| {
            let params = KMeansStreamParams::new(6).reassignment_ratio(0.5);
            let mut stream = params.open(all[0].names()).unwrap();
            for batch in &all {
                stream.update(batch).unwrap();
            }
            persist::to_json(&stream).unwrap()
        })
    };
    let one = on(1);
    for threads in [2, 3, 8] {
        assert_eq!(on(threads), one);
    }
}

#[test]
fn what_is_refused_leaves_the_state_as_it_was() {
    let params = KMeansStreamParams::new(2).start(given(&[&[0.0], &[9.0]]));
    let mut stream = params.open(&["x0"]).unwrap();
    let none = stream.model().unwrap_err();
    assert_eq!(none.kind(), ErrorKind::NotEnoughData);
    stream
        .update(&features(ndarray::array![[1.0], [8.0]].view()))
        .unwrap();
    let before = stream.clone();
    let refused = |stream: &mut KMeansStream, batch: &Features, kind| {
        assert_eq!(stream.update(batch).unwrap_err().kind(), kind);
        assert_eq!(*stream, before);
    };
    let gap: &[(&str, &[f64])] = &[("x0", &[2.0, f64::NAN])];
    let gap = Features::from_columns(gap, MissingValues::Keep).unwrap();
    refused(&mut stream, &gap, ErrorKind::InvalidValue);
    let huge = features(ndarray::array![[2.0], [1e300]].view());
    refused(&mut stream, &huge, ErrorKind::InvalidValue);
    let other = Features::from_columns(&[("y", &[2.0])], MissingValues::Refuse).unwrap();
    refused(&mut stream, &other, ErrorKind::VersionMismatch);
    let heavy = features(ndarray::array![[1.0], [1.0]].view());
    let heavy = heavy.with_weights(&[1e308, 1e308]).unwrap();
    refused(&mut stream, &heavy, ErrorKind::Overflow);
    // A day without customers is a day.
    let empty = Features::from_columns(&[("x0", &[])], MissingValues::Refuse).unwrap();
    stream.update(&empty).unwrap();
    assert_eq!(stream, before);

    let new = KMeansStreamParams::new;
    let kinds = [
        (new(0), ErrorKind::InvalidParameter),
        (new(2).buffer(0), ErrorKind::InvalidParameter),
        (new(2).half_life(0.0), ErrorKind::InvalidParameter),
        (new(2).half_life(f64::NAN), ErrorKind::InvalidParameter),
        (new(2).reassignment_ratio(1.0), ErrorKind::InvalidParameter),
        (new(2).reassignment_ratio(-0.1), ErrorKind::InvalidParameter),
        (new(2).start(given(&[&[0.0]])), ErrorKind::LengthMismatch),
        (
            new(1).start(given(&[&[0.0, 1.0]])),
            ErrorKind::LengthMismatch,
        ),
        (new(1).start(given(&[&[1e200]])), ErrorKind::InvalidValue),
    ];
    for (params, kind) in kinds {
        assert_eq!(params.open(&["a"]).unwrap_err().kind(), kind, "{params:?}");
    }
    let none: [&str; 0] = [];
    assert_eq!(
        new(2).open(&none).unwrap_err().kind(),
        ErrorKind::NotEnoughData
    );
}

#[test]
fn until_enough_different_rows_have_come_it_gathers() {
    let params = KMeansStreamParams::new(3).buffer(4);
    let mut stream = params.open(&["x0"]).unwrap();
    let same = features(Array2::ones((5, 1)).view());
    stream.update(&same).unwrap();
    assert_eq!(stream.recent_inertia(), None);
    assert_eq!(stream.model().unwrap_err().kind(), ErrorKind::NotEnoughData);
    let others = features(ndarray::array![[2.0], [2.0], [7.0]].view());
    stream.update(&others).unwrap();
    // Ten are wanted now, but a model can be had.
    assert_eq!(stream.recent_inertia(), None);
    let model = stream.model().unwrap();
    let mut sizes = model.sizes().to_vec();
    sizes.sort_by(f64::total_cmp);
    assert_eq!(sizes, [1.0, 2.0, 5.0]);
    assert_eq!(stream.recent_inertia(), None);
    stream.update(&others).unwrap();
    assert_eq!(stream.recent_inertia(), Some(0.0));
    assert_eq!(stream.rows(), 11);
}

#[test]
fn a_starved_centre_begins_anew() {
    let rows = clouds(12_000, 2, 6);
    let all = features(rows.view());
    let mut start: Vec<Vec<f64>> = KMeansParams::new(5)
        .fit(&all)
        .unwrap()
        .centres()
        .rows()
        .into_iter()
        .map(|centre| centre.to_vec())
        .collect();
    let best = KMeansParams::new(5).fit(&all).unwrap().inertia();
    start[2] = vec![1e3, -1e3];
    let run = |ratio| {
        let params = KMeansStreamParams::new(5)
            .start(KMeansStart::Centres(start.clone()))
            .reassignment_ratio(ratio);
        let mut stream = params.open(all.names()).unwrap();
        for batch in batches(&rows, 400) {
            stream.update(&batch).unwrap();
        }
        stream.model().unwrap()
    };
    let left = run(0.0);
    assert_eq!(left.centres().row(2).to_vec(), start[2]);
    assert_eq!(left.sizes()[2], 0.0);
    // A look comes after 5,000 rows.
    let anew = run(0.01);
    assert!(anew.sizes()[2] > 100.0 && anew.sizes()[2] < 7_000.0);
    assert!(inertia(&anew, &all) < 1.05 * best);
    assert!(inertia(&left, &all) > 1.2 * best);
}

#[test]
fn a_half_life_follows_what_drifts() {
    let mut draw = Stream::new(3, 1, 0);
    let mut day = |mean: f64| {
        let rows = Array2::from_shape_fn((200, 1), |(row, _)| {
            mean + 20.0 * (row % 2) as f64 + draw.normal()
        });
        features(rows.view())
    };
    let params = KMeansStreamParams::new(2).start(given(&[&[0.0], &[20.0]]));
    let mut keeps = params.open(&["x0"]).unwrap();
    let mut forgets = params.half_life(400.0).open(&["x0"]).unwrap();
    for at in 0..60 {
        let batch = day(f64::from(at) / 10.0);
        keeps.update(&batch).unwrap();
        forgets.update(&batch).unwrap();
    }
    let off = |stream: &KMeansStream| (stream.model().unwrap().centres()[(0, 0)] - 5.9).abs();
    assert!(off(&keeps) > 2.5, "{}", off(&keeps));
    assert!(off(&forgets) < 0.5, "{}", off(&forgets));
    // Of each batch half of 2^-1/2 is kept: 100 / (1 - 2^-1/2) in the end.
    let size = forgets.model().unwrap().sizes()[0];
    assert!((size - 341.4213562).abs() < 1e-3, "{size}");
}

#[test]
fn a_state_that_cannot_be_is_not_read() {
    let rows = clouds(100, 2, 1);
    let params = KMeansStreamParams::new(2).buffer(150);
    let mut stream = params.open(&["x0", "x1"]).unwrap();
    stream.update(&features(rows.view())).unwrap();
    let gathering = persist::to_json(&stream).unwrap();
    stream.update(&features(rows.view())).unwrap();
    let following = persist::to_json(&stream).unwrap();
    for (text, from, to) in [
        (&gathering, "\"clusters\":2", "\"clusters\":0"),
        (&gathering, "\"rows\":100", "\"rows\":99"),
        (&gathering, "\"enough\":150", "\"enough\":100"),
        (&gathering, "\"enough\":150", "\"enough\":149"),
        (&gathering, "\"values\":[", "\"values\":[1.0,"),
        (&gathering, "\"weights\":[1.0", "\"weights\":[0.0"),
        (
            &gathering,
            "\"plus_plus\"",
            "{\"centres\":[[1.0,2.0],[2.0,3.0]]}",
        ),
        (&following, "\"centres\":[", "\"centres\":[1e200,"),
        (&following, "\"weights\":[", "\"weights\":[-"),
        (&following, "\"within\":[", "\"within\":[1.0,"),
        (&following, "\"got\":[", "\"got\":[1.0,"),
        (&following, "\"rows_since\":200", "\"rows_since\":201"),
        (&following, "\"batches\":2", "\"batches\":0"),
        (&following, "\"batches\":2", "\"batches\":201"),
        (
            &following,
            "\"recent\":{\"within\":",
            "\"recent\":{\"within\":-",
        ),
        (
            &following,
            "\"columns\":[\"x0\",\"x1\"]",
            "\"columns\":[\"x0\"]",
        ),
    ] {
        assert!(text.contains(from), "{from} {text}");
        let cut = text.replacen(from, to, 1);
        assert!(persist::from_json::<KMeansStream>(&cut).is_err(), "{to}");
    }
}

proptest! {
    #[test]
    fn a_centre_is_the_mean_of_all_that_came_to_it(seed in 0u64..1_000, size in 1usize..60) {
        let rows = clouds(240, 2, seed);
        let weights: Vec<f64> = (0..240).map(|row| f64::from(row % 4) / 2.0).collect();
        let start = [1, 81, 161].map(|row| rows.row(row).to_vec()).to_vec();
        let params = KMeansStreamParams::new(3).start(KMeansStart::Centres(start.clone()));
        let mut stream = params.open(&["x0", "x1"]).unwrap();
        let mut centres = start;
        let mut sums = vec![[0.0; 4]; 3];
        let mut came = 0;
        for (at, batch) in batches(&rows, size).into_iter().enumerate() {
            let weights = &weights[at * size..at * size + batch.len()];
            let Ok(batch) = batch.clone().with_weights(weights) else {
                continue; // weights that are all 0 are none
            };
            stream.update(&batch).unwrap();
            for (row, weight) in batch.view().rows().into_iter().zip(weights) {
                let square = |centre: &Vec<f64>| {
                    (row[0] - centre[0]).powi(2) + (row[1] - centre[1]).powi(2)
                };
                let nearest = (0..3)
                    .min_by(|&a, &b| square(&centres[a]).total_cmp(&square(&centres[b])))
                    .unwrap();
                let sum = &mut sums[nearest];
                sum[0] += weight * row[0];
                sum[1] += weight * row[1];
                sum[2] += weight;
                sum[3] += weight * square(&centres[nearest]);
                came += u64::from(*weight > 0.0);
            }
            for (centre, sum) in centres.iter_mut().zip(&sums) {
                if sum[2] > 0.0 {
                    *centre = vec![sum[0] / sum[2], sum[1] / sum[2]];
                }
            }
        }
        let model = stream.model().unwrap();
        prop_assert_eq!(stream.rows(), came);
        for at in 0..3 {
            for (found, expected) in model.centres().row(at).iter().zip(&centres[at]) {
                prop_assert!((found - expected).abs() < 1e-9);
            }
            prop_assert!((model.sizes()[at] - sums[at][2]).abs() < 1e-9);
            prop_assert!((model.within()[at] - sums[at][3]).abs() < 1e-7);
        }
    }
}
