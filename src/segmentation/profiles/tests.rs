//! Profiles against R, pandas and scipy, and the laws they keep.

use proptest::prelude::*;

use super::*;
use crate::data::{
    Assignments, Categories, Features, MissingValues, Segment, SegmentId, date_of_day,
};

const NAMES: [&str; 4] = ["sepal_length", "sepal_width", "petal_length", "petal_width"];

/// Iris: the four columns and the species.
fn iris() -> (Vec<Vec<f64>>, Vec<String>) {
    let text = include_str!("../../../tests/golden/segmentation/iris.csv");
    let lines: Vec<Vec<&str>> = (text.lines().skip(1))
        .map(|line| line.split(',').collect())
        .collect();
    let column = |at: usize| lines.iter().map(|line| line[at].parse().unwrap()).collect();
    let species = lines.iter().map(|line| line[4].to_owned()).collect();
    ((0..4).map(column).collect(), species)
}

fn table(columns: &[Vec<f64>]) -> Features {
    let named: Vec<(&str, &[f64])> = (NAMES.iter().zip(columns))
        .map(|(name, column)| (*name, column.as_slice()))
        .collect();
    Features::from_columns(&named, MissingValues::Keep).unwrap()
}

fn assign(places: &[Option<u32>], segments: u32) -> Assignments {
    let segment = |id| Segment {
        id: SegmentId(id),
        name: format!("s{id}"),
    };
    let rows = places.iter().map(|place| place.map(SegmentId)).collect();
    let day = date_of_day(0).unwrap();
    Assignments::new("test v1", day, (0..segments).map(segment).collect(), rows).unwrap()
}

fn by_species(species: &[String]) -> Vec<Option<u32>> {
    let all = Categories::new(species).unwrap();
    (0..all.len()).map(|row| all.code(row)).collect()
}

/// Lloyd's k-means from rows 0, 50 and 100, the naive way.
fn lloyd(columns: &[Vec<f64>]) -> Vec<Option<u32>> {
    let row = |at: usize| -> Vec<f64> { columns.iter().map(|column| column[at]).collect() };
    let mut centres = [row(0), row(50), row(100)];
    let mut places = Vec::new();
    for _ in 0..20 {
        let nearest = |at: usize| {
            let distance = |centre: &Vec<f64>| -> f64 {
                let gaps = centre.iter().zip(row(at));
                gaps.map(|(c, x)| (x - c).powi(2)).sum()
            };
            let order =
                |a: &usize, b: &usize| distance(&centres[*a]).total_cmp(&distance(&centres[*b]));
            (0..3).min_by(order).unwrap()
        };
        places = (0..150).map(nearest).collect::<Vec<_>>();
        for (place, centre) in centres.iter_mut().enumerate() {
            let own: Vec<usize> = (0..150).filter(|&at| places[at] == place).collect();
            for (mean, column) in centre.iter_mut().zip(columns) {
                *mean = own.iter().map(|&at| column[at]).sum::<f64>() / own.len() as f64;
            }
        }
    }
    places
        .iter()
        .map(|&place| u32::try_from(place).ok())
        .collect()
}

fn profile(features: &Features, assignments: &Assignments) -> Profiles {
    ProfileParams::default()
        .profile(features, assignments)
        .unwrap()
}

fn close(got: f64, want: f64, tolerance: f64) {
    assert!(
        (got - want).abs() <= tolerance * want.abs(),
        "{got} against {want}"
    );
}

#[test]
fn analysis_of_variance_on_iris_matches_scipy() {
    let (columns, species) = iris();
    // scipy 1.17.1, f_oneway by species; F as published (12 digits) and p as scipy prints it.
    let want = [
        (119.264502185, 1.6696691907693648e-31),
        (49.1600400896, 4.492017133309084e-17),
        (1180.16118225, 2.856776610962404e-91),
        (960.007146802, 4.169445839443833e-85),
    ];
    let profiles = profile(&table(&columns), &assign(&by_species(&species), 3));
    for (test, (f, p)) in profiles.variance.iter().zip(want) {
        close(test.f.unwrap(), f, 1e-11);
        close(test.p_value.unwrap(), p, 1e-9);
        assert_eq!((test.between_degrees, test.within_degrees), (2.0, 147.0));
    }
}

#[test]
fn eta_squared_of_k_means_on_iris_matches_the_publication() {
    let (columns, _) = iris();
    // R and scikit-learn agree on these 12 digits (k = 3, sizes 50, 62, 38).
    let want = [
        (190.979352731, 0.722095508625, 1.3375932864727927e-41),
        (60.6489638654, 0.452101619855, 6.229471583513302e-20),
        (1233.6898176, 0.943772511834, 1.321990055973277e-92),
        (646.183903558, 0.897871830068, 1.4866129235720786e-73),
    ];
    let profiles = profile(&table(&columns), &assign(&lloyd(&columns), 3));
    let sizes: Vec<usize> = profiles.segments.iter().map(|s| s.customers).collect();
    assert_eq!(sizes, [50, 62, 38]);
    for (test, (f, eta, p)) in profiles.variance.iter().zip(want) {
        close(test.f.unwrap(), f, 1e-11);
        close(test.eta_squared.unwrap(), eta, 2e-12);
        close(test.p_value.unwrap(), p, 1e-9);
    }
}

#[test]
fn summaries_of_virginica_match_pandas() {
    let (columns, species) = iris();
    let profiles = profile(&table(&columns), &assign(&by_species(&species), 3));
    let virginica = &profiles.segments[2];
    // pandas 3.1.1: describe(percentiles=[.05, .25, .5, .75, .95]), std with ddof 1; index is
    // 100 mean / mean of all, z is (mean - mean of all) / std of all.
    #[rustfmt::skip]
    let want: [[f64; 11]; 4] = [
        [6.588, 0.6358795932744322, 4.9, 5.745, 6.225, 6.5, 6.9, 7.7, 7.9, 112.74386765544777, 0.8992840565585506],
        [2.974, 0.32249663817263746, 2.2, 2.5, 2.8, 3.0, 3.175, 3.51, 3.8, 97.27431312690797, -0.19119013379398261],
        [5.552, 0.5518946956639834, 4.5, 4.845, 5.1, 5.55, 5.875, 6.655, 6.9, 147.73815859499732, 1.0162588769420215],
        [2.026, 0.2746500556366674, 1.4, 1.545, 1.8, 2.0, 2.3, 2.455, 2.5, 168.92718176764868, 1.0845261266006416],
    ];
    for (profile, want) in virginica.numeric.iter().zip(want) {
        let summary = &profile.summary;
        let mut got = vec![
            summary.mean.unwrap(),
            summary.sd.unwrap(),
            summary.min.unwrap(),
        ];
        got.extend(
            summary
                .quantiles
                .iter()
                .map(|quantile| quantile.value.unwrap()),
        );
        got.push(summary.max.unwrap());
        got.extend([
            profile.index.unwrap(),
            profile.standardised_difference.unwrap(),
        ]);
        for (got, want) in got.into_iter().zip(want) {
            close(got, want, 1e-13);
        }
        assert_eq!((summary.count, summary.missing), (50, 0));
        assert_eq!(summary.median, summary.quantiles[2].value);
    }
    let strongest: Vec<&str> = virginica
        .distinguishing
        .iter()
        .map(Distinction::feature)
        .collect();
    assert_eq!(strongest, ["petal_width", "petal_length", "sepal_length"]);
}

#[test]
fn association_matches_scipy() {
    let (columns, species) = iris();
    let species = Categories::new(&species).unwrap();
    let features = table(&columns).with_categories("species", species).unwrap();
    let profiles = profile(&features, &assign(&lloyd(&columns), 3));
    // scipy 1.17.1: chi2_contingency(correction=False), contingency.association("cramer").
    let found = &profiles.associations[0];
    close(found.chi_square.unwrap(), 223.59932088285228, 1e-13);
    close(found.p_value.unwrap(), 3.1501568904282254e-47, 1e-11);
    close(found.cramers_v.unwrap(), 0.8633255872551836, 1e-13);
    close(found.smallest_expected.unwrap(), 12.666666666666666, 1e-13);
    close(found.degrees_of_freedom, 4.0, 0.0);
    let second = profiles.segments[1].category("species").unwrap();
    close(second.levels[1].lift.unwrap(), 48.0 / 62.0 * 3.0, 1e-14);
    close(second.levels[2].share.unwrap(), 14.0 / 62.0, 1e-14);
    assert_eq!(second.levels[0].share, Some(0.0));
    // As a column of 0 and 1 it would have the same standardised difference.
    let ones: Vec<f64> = (0..150)
        .map(|row| f64::from(u8::from((50..100).contains(&row))))
        .collect();
    let dummy = profile(&table(&[ones]), &assign(&lloyd(&columns), 3));
    let numeric = dummy.segments[1].numeric[0]
        .standardised_difference
        .unwrap();
    close(
        second.levels[1].standardised_difference.unwrap(),
        numeric,
        1e-13,
    );
}

#[test]
fn a_table_of_two_by_three_matches_scipy() {
    // scipy 1.17.1 on [[10, 20, 5], [7, 3, 15]].
    let cells = [("a", 10, 7), ("b", 20, 3), ("c", 5, 15)];
    let (mut labels, mut places) = (Vec::new(), Vec::new());
    for (label, first, second) in cells {
        for (times, place) in [(first, 0), (second, 1)] {
            labels.extend(std::iter::repeat_n(label, times));
            places.extend(std::iter::repeat_n(Some(place), times));
        }
    }
    let features = table(&[])
        .with_categories("c", Categories::new(&labels).unwrap())
        .unwrap();
    let profiles = profile(&features, &assign(&places, 2));
    let found = &profiles.associations[0];
    close(found.chi_square.unwrap(), 16.89733284618195, 1e-13);
    close(found.p_value.unwrap(), 0.00021418585831018178, 1e-12);
    close(found.cramers_v.unwrap(), 0.5306808966818313, 1e-13);
}

#[test]
fn an_offset_costs_nothing() {
    let (columns, species) = iris();
    let places = by_species(&species);
    // In steps of 1/1024, so that the offset does not round the data.
    let rounded: Vec<Vec<f64>> = (columns.iter())
        .map(|column| {
            column
                .iter()
                .map(|x| (x * 1024.0).round() / 1024.0)
                .collect()
        })
        .collect();
    let moved: Vec<Vec<f64>> = (rounded.iter())
        .map(|column| column.iter().map(|x| x + 1e8).collect())
        .collect();
    let near = profile(&table(&rounded), &assign(&places, 3));
    let far = profile(&table(&moved), &assign(&places, 3));
    for (near, far) in near.variance.iter().zip(&far.variance) {
        close(far.f.unwrap(), near.f.unwrap(), 1e-12);
    }
    for (near, far) in near.segments.iter().zip(&far.segments) {
        for (near, far) in near.numeric.iter().zip(&far.numeric) {
            close(far.summary.sd.unwrap(), near.summary.sd.unwrap(), 1e-12);
            let (near, far) = (near.standardised_difference, far.standardised_difference);
            close(far.unwrap(), near.unwrap(), 1e-12);
        }
        assert_eq!(near.exemplars[0].row, far.exemplars[0].row);
    }
}

#[test]
fn huge_and_tiny_values_are_numbers() {
    for scale in [1e300, 1e-300, 5e-324] {
        let column: Vec<f64> = [1.0, -1.0, 0.5, 1.0].iter().map(|x| x * scale).collect();
        let places = [Some(0), Some(0), Some(1), Some(1)];
        let profiles = profile(&table(&[column]), &assign(&places, 2));
        let text = serde_json::to_string(&profiles.segments).unwrap();
        assert!(
            profiles.segments[0].numeric[0]
                .summary
                .sd
                .unwrap()
                .is_finite(),
            "{text}"
        );
        assert!(profiles.variance[0].f.unwrap_or(0.0).is_finite());
    }
    let large = table(&[vec![1.0, 1e301]]);
    let error = ProfileParams::default()
        .profile(&large, &assign(&[None, None], 0))
        .unwrap_err();
    assert!(
        error.to_string().starts_with("column sepal_length, row 1"),
        "{error}"
    );
}

#[test]
fn what_is_missing_is_left_out_and_told() {
    let nan = f64::NAN;
    let columns = [
        vec![1.0, nan, 3.0, nan, 8.0],
        vec![nan; 5],
        vec![-1.0, -2.0, -3.0, -1.0, -1.0],
    ];
    let channel = Categories::new(&["web", "", "web", "shop", ""]).unwrap();
    let features = table(&columns).with_categories("channel", channel).unwrap();
    let places = [Some(0), Some(0), Some(0), Some(1), None];
    let profiles = profile(&features, &assign(&places, 3));
    assert_eq!((profiles.unassigned, profiles.population.customers), (1, 5));
    let [first, second, nobody] = profiles.segments.as_slice() else {
        panic!()
    };
    let length = &first.numeric[0];
    assert_eq!((length.summary.count, length.summary.missing), (2, 1));
    assert_eq!((length.summary.mean, length.index), (Some(2.0), Some(50.0)));
    assert_eq!(second.numeric[0].summary.mean, None);
    assert_eq!(
        (first.numeric[1].summary.mean, first.numeric[1].index),
        (None, None)
    );
    assert_eq!(first.numeric[2].index, None, "a negative mean has no index");
    let web = first.category("channel").unwrap();
    assert_eq!(
        (web.count, web.missing, web.levels[0].lift),
        (2, 1, Some(1.5))
    );
    assert_eq!(
        (nobody.customers, nobody.share, nobody.numeric[0].summary.sd),
        (0, 0.0, None)
    );
    assert!(nobody.distinguishing.is_empty() && nobody.exemplars.is_empty());
    assert_eq!(nobody.numeric[0].summary.quantiles[0].value, None);
    assert_eq!(nobody.categories[0].levels[0].share, None);
    // One inhabited segment has a value: nothing to compare.
    assert_eq!(
        (profiles.variance[0].f, profiles.variance[0].eta_squared),
        (None, Some(0.0))
    );
    assert_eq!(profiles.variance[1].eta_squared, None);
}

#[test]
fn segments_of_one_value_each_have_no_f_but_all_of_eta() {
    let profiles = profile(
        &table(&[vec![0.1, 0.1, 0.7, 0.7]]),
        &assign(&[Some(0), Some(0), Some(1), Some(1)], 2),
    );
    let test = &profiles.variance[0];
    assert_eq!(
        (test.f, test.p_value, test.eta_squared),
        (None, None, Some(1.0))
    );
    assert_eq!(profiles.segments[1].numeric[0].summary.sd, Some(0.0));
    assert_eq!(profiles.segments[1].numeric[0].summary.mean, Some(0.7));
}

#[test]
fn exemplars_are_in_the_middle_and_complete() {
    let nan = f64::NAN;
    let columns = [
        vec![1.0, 2.0, 3.0, 4.0, 50.0, 3.0],
        vec![1.0, 2.1, 3.0, 4.0, 5.0, nan],
    ];
    let places = [Some(0); 6];
    let profiles = profile(&table(&columns), &assign(&places, 1));
    let rows: Vec<usize> = profiles.segments[0]
        .exemplars
        .iter()
        .map(|found| found.row)
        .collect();
    assert_eq!(rows, [2, 1, 3]);
    let all = ProfileParams::default().exemplars(99);
    let found = all.profile(&table(&columns), &assign(&places, 1)).unwrap();
    let last = found.segments[0].exemplars[5];
    assert_eq!((last.row, last.missing, last.distance), (5, 1, 0.0));
}

#[test]
fn bad_questions_are_refused() {
    let features = table(&[vec![1.0, 2.0]]);
    let all = assign(&[Some(0), Some(0)], 1);
    let refused = |params: ProfileParams, inputs: ProfileInputs<'_>| {
        params
            .profile_with(&features, &all, inputs)
            .unwrap_err()
            .to_string()
    };
    let (params, none) = (ProfileParams::default, ProfileInputs::default());
    assert!(refused(params().quantiles(&[1.5]), none).starts_with("quantile is 1.5"));
    assert!(refused(params().quantiles(&[f64::NAN]), none).starts_with("quantile is NaN"));
    assert!(refused(params().money("x"), none).starts_with("money is x"));
    let twice = refused(params().money(NAMES[0]), none.revenue(&[1.0, 1.0]));
    assert!(twice.contains("not both"));
    assert!(refused(params(), none.revenue(&[1.0])).contains("length 1"));
    assert!(refused(params(), none.revenue(&[1.0, f64::NAN])).contains("row 1"));
    assert!(refused(params(), none.revenue(&[1e308, 1e308])).starts_with("overflow"));
    assert!(refused(params(), none.exemplars_in(&table(&[vec![1.0]]))).contains("length 1"));
    let short = params()
        .profile(&features, &assign(&[None], 0))
        .unwrap_err();
    assert!(
        short
            .to_string()
            .starts_with("column assignments has length 1")
    );
    let nobody = params()
        .profile(&table(&[vec![]]), &assign(&[], 0))
        .unwrap_err();
    assert_eq!(nobody.to_string(), "needs at least 1 customers, found 0");
    let heavy = features.clone().with_weights(&[1e300, 1e300]).unwrap();
    assert!(
        params()
            .profile(&heavy, &all)
            .unwrap_err()
            .to_string()
            .starts_with("overflow")
    );
}

/// A number or none, in coarse steps, so that ties occur.
fn values() -> impl Strategy<Value = f64> {
    prop_oneof![1 => Just(f64::NAN), 6 => (-20i32..20).prop_map(|x| f64::from(x) / 4.0 + 3.0)]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_weight_is_so_many_copies(
        rows in proptest::collection::vec((values(), values(), 0u32..4, 0u8..4, 0usize..3), 1..40)
    ) {
        prop_assume!(rows.iter().any(|row| row.4 > 0));
        let build = |rows: &[(f64, f64, u32, u8, usize)], weights: Option<Vec<f64>>| {
            let column = |of: fn(&(f64, f64, u32, u8, usize)) -> f64| rows.iter().map(of).collect();
            let labels = ["web", "shop", "", "post"];
            let channel: Vec<&str> = rows.iter().map(|row| labels[usize::from(row.3)]).collect();
            let features = table(&[column(|row| row.0), column(|row| row.1)])
                .with_categories("channel", Categories::new(&channel).unwrap())
                .unwrap();
            let features = match weights {
                Some(weights) => features.with_weights(&weights).unwrap(),
                None => features,
            };
            let places: Vec<Option<u32>> =
                rows.iter().map(|row| (row.2 < 3).then_some(row.2)).collect();
            ProfileParams::default()
                .money(NAMES[0])
                .exemplars(0)
                .profile(&features, &assign(&places, 3))
                .unwrap()
        };
        let weights = rows.iter().map(|row| row.4 as f64).collect();
        let weighted = build(&rows, Some(weights));
        let copies: Vec<_> = rows.iter()
            .flat_map(|row| std::iter::repeat_n(*row, row.4))
            .collect();
        // Labels keep their order of first appearance only if the first copies do; compare by name.
        let copied = build(&copies, None);
        let near = |a: Option<f64>, b: Option<f64>| match (a, b) {
            (Some(a), Some(b)) => (a - b).abs() <= 1e-9 * a.abs().max(1.0),
            (a, b) => a.is_none() && b.is_none(),
        };
        for (a, b) in weighted.segments.iter().zip(&copied.segments) {
            prop_assert!(near(Some(a.weight), Some(b.customers as f64)));
            prop_assert!(near(Some(a.share), Some(b.share)));
            prop_assert!(near(a.revenue_share, b.revenue_share));
            for (a, b) in a.numeric.iter().zip(&b.numeric) {
                prop_assert!(near(a.standardised_difference, b.standardised_difference));
                prop_assert!(near(a.index, b.index));
                prop_assert!(near(a.summary.mean, b.summary.mean));
                prop_assert!(near(a.summary.sd, b.summary.sd));
                prop_assert!(near(a.summary.median, b.summary.median));
                prop_assert!(near(a.summary.max, b.summary.max));
                for (a, b) in a.summary.quantiles.iter().zip(&b.summary.quantiles) {
                    prop_assert!(near(a.value, b.value));
                }
            }
            for level in &b.categories[0].levels {
                let same = a.categories[0].levels.iter().find(|known| known.level == level.level);
                let same = same.unwrap();
                prop_assert!(near(same.share, level.share) && near(same.lift, level.lift));
            }
        }
        for (a, b) in weighted.variance.iter().zip(&copied.variance) {
            prop_assert!(near(a.f, b.f) && near(a.p_value, b.p_value));
            prop_assert!(near(a.eta_squared, b.eta_squared));
        }
        for (a, b) in weighted.associations.iter().zip(&copied.associations) {
            prop_assert!(near(a.chi_square, b.chi_square) && near(a.p_value, b.p_value));
            prop_assert!(near(a.cramers_v, b.cramers_v));
        }
    }
}

#[test]
fn the_same_bits_on_any_number_of_threads() {
    let (columns, species) = iris();
    let long: Vec<Vec<f64>> = columns.iter().map(|column| column.repeat(500)).collect();
    let places = by_species(&species).repeat(500);
    let weights: Vec<f64> = (0..75_000).map(|row| 0.1 + f64::from(row % 7)).collect();
    let features = table(&long).with_weights(&weights).unwrap();
    let assignments = assign(&places, 3);
    let run = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap();
        let profiles = pool.install(|| profile(&features, &assignments));
        serde_json::to_string(&profiles).unwrap()
    };
    let one = run(1);
    for threads in [2, 3, 8] {
        assert_eq!(run(threads), one);
    }
}
