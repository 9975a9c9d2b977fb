use proptest::prelude::*;

use super::*;
use crate::{
    data::{Categories, MissingValues},
    persist,
    segmentation::placed::NOWHERE,
};

/// `STOCKS` of the tests of the package kmodes (MIT).
const STOCKS: [(f64, &str, &str); 12] = [
    (738.5, "tech", "USA"),
    (369.5, "nrg", "USA"),
    (368.2, "tech", "USA"),
    (346.7, "tech", "USA"),
    (343.5, "fin", "USA"),
    (282.4, "fin", "USA"),
    (282.1, "tel", "CN"),
    (279.7, "cons", "USA"),
    (257.2, "cons", "USA"),
    (205.2, "tel", "USA"),
    (192.1, "tech", "USA"),
    (195.7, "nrg", "NL"),
];

/// `STOCKS2` of the same tests.
const NEW_STOCKS: [(f64, &str, &str); 4] = [
    (134.1, "fin", "USA"),
    (190.2, "cons", "USA"),
    (389.1, "nrg", "CA"),
    (150.4, "mat", "USA"),
];

fn stocks(rows: &[(f64, &str, &str)]) -> Features {
    let price: Vec<f64> = rows.iter().map(|row| row.0).collect();
    let sector: Vec<&str> = rows.iter().map(|row| row.1).collect();
    let country: Vec<&str> = rows.iter().map(|row| row.2).collect();
    Features::from_columns(&[("price", &price)], MissingValues::Refuse)
        .unwrap()
        .with_categories("sector", Categories::new(&sector).unwrap())
        .unwrap()
        .with_categories("country", Categories::new(&country).unwrap())
        .unwrap()
}

/// The 35 categories, and the disease of each plant.
fn soybean() -> (Features, Vec<&'static str>) {
    let text = include_str!("../../../tests/golden/segmentation/soybean.csv");
    let lines: Vec<Vec<&str>> = text.lines().map(|line| line.split(',').collect()).collect();
    let mut features = Features::from_columns(&[], MissingValues::Refuse).unwrap();
    for at in 0..35 {
        let column: Vec<&str> = lines.iter().map(|line| line[at]).collect();
        let column = Categories::new(&column).unwrap();
        features = features.with_categories(&format!("c{at}"), column).unwrap();
    }
    (features, lines.iter().map(|line| line[35]).collect())
}

/// Numbers of clusters in order of first appearance.
fn in_order(clusters: &[u32]) -> Vec<usize> {
    let mut seen = Vec::new();
    let number = |cluster: &u32| {
        seen.iter()
            .position(|known| known == cluster)
            .unwrap_or_else(|| {
                seen.push(*cluster);
                seen.len() - 1
            })
    };
    clusters.iter().map(number).collect()
}

const STARTS: [PrototypeStart; 4] = [
    PrototypeStart::Spread,
    PrototypeStart::Cao,
    PrototypeStart::Huang,
    PrototypeStart::Random,
];

#[test]
fn stocks_as_kmodes_0_12_2_has_them() {
    // KPrototypes(4, init='Cao', random_state=42).fit(STOCKS, categorical=[1, 2])
    for start in STARTS {
        let features = stocks(&STOCKS);
        let model = KPrototypesParams::new(4)
            .start(start)
            .fit(&features)
            .unwrap();
        assert!(
            (model.cost() - 1664.4708549505).abs() < 1e-9,
            "{start:?}: {}",
            model.cost()
        );
        assert!(
            (model.gamma() - 69.9033360355).abs() < 1e-9,
            "{}",
            model.gamma()
        );
        let clusters = model.assign(&features).unwrap();
        assert_eq!(in_order(&clusters), [0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3]);
        for (row, expected) in [(0, 738.5), (1, 356.975), (5, 275.35), (9, 197.6666667)] {
            let centre = model.centres()[(clusters[row] as usize, 0)];
            assert!((centre - expected).abs() < 1e-7, "{centre}");
        }
        let new = model.assign(&stocks(&NEW_STOCKS)).unwrap();
        assert_eq!(new, [9, 9, 1, 9].map(|row| clusters[row]));
    }
}

#[test]
fn soybean_as_kmodes_0_12_2_has_it() {
    // KModes(4, init='Cao'): cost 199, clusters of 17, 10, 10 and 10 that are the diseases.
    let (features, disease) = soybean();
    for start in [PrototypeStart::Cao, PrototypeStart::Spread] {
        let model = KPrototypesParams::new(4)
            .start(start)
            .fit(&features)
            .unwrap();
        assert!(
            (model.cost() - 199.0).abs() < 1e-12,
            "{start:?}: {}",
            model.cost()
        );
        let mut sizes = model.sizes().to_vec();
        sizes.sort_by(f64::total_cmp);
        assert_eq!(sizes, [10.0, 10.0, 10.0, 17.0]);
        let clusters = in_order(&model.assign(&features).unwrap());
        let expected = disease
            .iter()
            .map(|name| name[1..].parse::<usize>().unwrap() - 1);
        assert_eq!(clusters, expected.collect::<Vec<_>>());
    }
}

/// Two numbers and two categories from a seed; few different values, so that there are ties,
/// equal rows and rows without a label.
fn small(rows: usize, seed: u64) -> (Vec<[f64; 2]>, Vec<[&'static str; 2]>) {
    let mut draw = crate::numeric::rng::Stream::new(seed, 0, 0);
    let labels = ["", "b", "a", "c"];
    (0..rows)
        .map(|_| {
            let numbers = [draw.index(5) as f64, draw.index(9) as f64 * 0.5];
            (numbers, [labels[draw.index(4)], labels[draw.index(3)]])
        })
        .unzip()
}

fn features(numbers: &[[f64; 2]], labels: &[[&str; 2]]) -> Features {
    let number = |at: usize| numbers.iter().map(|row| row[at]).collect::<Vec<f64>>();
    let label = |at: usize| {
        let column: Vec<&str> = labels.iter().map(|row| row[at]).collect();
        Categories::new(&column).unwrap()
    };
    let (a, b) = (number(0), number(1));
    Features::from_columns(&[("a", &a), ("b", &b)], MissingValues::Refuse)
        .unwrap()
        .with_categories("c", label(0))
        .unwrap()
        .with_categories("d", label(1))
        .unwrap()
}

/// The cost of a grouping, from the definition.
fn cost_of(numbers: &[[f64; 2]], labels: &[[&str; 2]], groups: &[usize], gamma: f64) -> f64 {
    let mut cost = 0.0;
    for group in 0..=groups.iter().copied().max().unwrap() {
        let of = |row: &usize| groups[*row] == group;
        let rows: Vec<usize> = (0..groups.len()).filter(of).collect();
        for column in 0..2 {
            let mean =
                rows.iter().map(|&row| numbers[row][column]).sum::<f64>() / rows.len() as f64;
            cost += rows
                .iter()
                .map(|&row| (numbers[row][column] - mean).powi(2))
                .sum::<f64>();
            let agree = |&row: &usize| {
                let same = |&&other: &&usize| labels[other][column] == labels[row][column];
                rows.iter().filter(same).count()
            };
            let most = rows.iter().map(agree).max().unwrap_or(0);
            cost += gamma * (rows.len() - most) as f64;
        }
    }
    cost
}

#[test]
fn the_best_of_all_groupings_is_found() {
    for seed in 0..30 {
        let (numbers, labels) = small(9, seed);
        let gamma = 1.5;
        let mut least = f64::INFINITY;
        for code in 0..3usize.pow(9) {
            let groups: Vec<usize> = (0..9u32).map(|row| code / 3usize.pow(row) % 3).collect();
            if (0..3).all(|group| groups.contains(&group)) {
                least = least.min(cost_of(&numbers, &labels, &groups, gamma));
            }
        }
        let features = features(&numbers, &labels);
        let params = KPrototypesParams::new(3)
            .gamma(MismatchWeight::Value(gamma))
            .restarts(50);
        let model = params.fit(&features).unwrap();
        let groups: Vec<usize> = in_order(&model.assign(&features).unwrap());
        let cost = cost_of(&numbers, &labels, &groups, gamma);
        assert!(
            cost <= model.cost() + 1e-9,
            "prototypes are the middles of their rows"
        );
        assert!(
            (model.cost() - least).abs() < 1e-9,
            "seed {seed}: {} {least}",
            model.cost()
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn order_copies_and_threads_do_not_matter(
        rows in 4..60usize,
        clusters in 1..4usize,
        seed in 0..1_000u64,
        start in 0..4usize,
    ) {
        let (numbers, labels) = small(rows, seed);
        let params = KPrototypesParams::new(clusters).start(STARTS[start]).restarts(3).seed(seed);
        let all = features(&numbers, &labels);
        let Ok(model) = params.fit(&all) else {
            // Fewer different rows than clusters, or constant numbers.
            return Ok(());
        };
        // Backwards: rows and labels come in another order.
        let back = |row: usize| rows - 1 - row;
        let turned: Vec<[f64; 2]> = (0..rows).map(|row| numbers[back(row)]).collect();
        let turned_labels: Vec<[&str; 2]> = (0..rows).map(|row| labels[back(row)]).collect();
        let backwards = params.fit(&features(&turned, &turned_labels)).unwrap();
        prop_assert_eq!(&backwards, &model);
        // A weight is so many copies; a weight of 0 none.
        let weights: Vec<f64> = (0..rows).map(|row| [1.0, 3.0, 2.0][row % 3]).collect();
        let copied: Vec<usize> = (0..rows)
            .flat_map(|row| std::iter::repeat_n(row, [1, 3, 2][row % 3]))
            .collect();
        let copies = features(
            &copied.iter().map(|&row| numbers[row]).collect::<Vec<_>>(),
            &copied.iter().map(|&row| labels[row]).collect::<Vec<_>>(),
        );
        let mut with_ghost = (numbers.clone(), labels.clone(), weights);
        with_ghost.0.push([99.0, 99.0]);
        with_ghost.1.push(["0", "0"]);
        with_ghost.2.push(0.0);
        let weighted = features(&with_ghost.0, &with_ghost.1).with_weights(&with_ghost.2).unwrap();
        prop_assert_eq!(params.fit(&weighted).ok(), params.fit(&copies).ok());
        // Threads.
        for threads in [1, 3] {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            prop_assert_eq!(&pool.install(|| params.fit(&all)).unwrap(), &model);
        }
        // Placing, its costs and their terms are of one piece, and survive saving.
        let placed = model.place(&all).unwrap();
        prop_assert_eq!(&placed.cluster, &model.assign(&all).unwrap());
        prop_assert!((placed.cost.iter().sum::<f64>() - model.cost()).abs() < 1e-9);
        for row in 0..rows {
            let terms = |cluster| model.contributions(&all, row, cluster).unwrap().iter().sum::<f64>();
            prop_assert_eq!(terms(placed.cluster[row]).to_bits(), placed.cost[row].to_bits());
            if clusters == 1 {
                prop_assert_eq!(placed.runner_up[row], NOWHERE);
                prop_assert!(placed.runner_up_cost[row].is_infinite());
            } else {
                prop_assert!(placed.runner_up_cost[row] >= placed.cost[row]);
                let next = terms(placed.runner_up[row]);
                prop_assert_eq!(next.to_bits(), placed.runner_up_cost[row].to_bits());
            }
        }
        let read: KPrototypes = persist::from_json(&persist::to_json(&model).unwrap()).unwrap();
        prop_assert_eq!(&read, &model);
        prop_assert_eq!(model.sizes().iter().sum::<f64>().to_bits(), (rows as f64).to_bits());
    }
}

#[test]
fn many_rows_give_the_same_bits_for_any_number_of_threads() {
    let (mut numbers, labels) = small(20_000, 5);
    let mut draw = crate::numeric::rng::Stream::new(5, 1, 0);
    for row in &mut numbers {
        row[0] += draw.normal();
    }
    let features = features(&numbers, &labels);
    let params = KPrototypesParams::new(5).restarts(2);
    let on = |threads| {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap();
        let model = pool.install(|| params.fit(&features)).unwrap();
        persist::to_json(&model).unwrap()
    };
    let one = on(1);
    assert!([2, 3, 8].into_iter().all(|threads| on(threads) == one));
}

#[test]
fn as_many_clusters_as_different_rows_cost_nothing() {
    let (numbers, labels) = small(12, 8);
    let mut different: Vec<String> = numbers
        .iter()
        .zip(&labels)
        .map(|row| format!("{row:?}"))
        .collect();
    different.sort();
    different.dedup();
    for start in STARTS {
        let params = KPrototypesParams::new(different.len())
            .start(start)
            .gamma(MismatchWeight::Value(1.0));
        let model = params.fit(&features(&numbers, &labels)).unwrap();
        assert!(model.cost().abs() < 1e-20, "{start:?}: {}", model.cost());
    }
}

#[test]
fn labels_the_fit_has_not_seen_differ_from_every_mode() {
    let numbers = [[0.0, 0.0], [1.0, 0.0], [9.0, 1.0]];
    let fitted = features(&numbers, &[["", "x"], ["", "x"], ["a", "y"]]);
    let model = KPrototypesParams::new(2)
        .gamma(MismatchWeight::Value(2.0))
        .fit(&fitted)
        .unwrap();
    let new = features(&[[0.5, 0.0]; 2], &[["new", "x"], ["", "new"]]);
    let cluster = model.assign(&fitted).unwrap()[0];
    assert_eq!(model.modes(cluster), Some(vec![None, Some("x")]));
    assert_eq!(model.modes(2), None);
    for row in 0..2 {
        let terms = model.contributions(&new, row, cluster).unwrap();
        assert_eq!(terms.iter().sum::<f64>().to_bits(), 2.0f64.to_bits());
    }
}

#[test]
fn what_cannot_be_fitted_or_placed_is_said() {
    let (numbers, labels) = small(20, 1);
    let all = features(&numbers, &labels);
    let message = |params: KPrototypesParams, features: &Features| {
        params.fit(features).unwrap_err().to_string()
    };
    let two = KPrototypesParams::new(2);
    for (params, start) in [
        (KPrototypesParams::new(0), "clusters is 0"),
        (two.clone().restarts(0), "restarts is 0"),
        (two.clone().max_iterations(0), "max_iterations is 0"),
        (
            two.clone().gamma(MismatchWeight::Value(f64::NAN)),
            "gamma is NaN",
        ),
        (two.clone().gamma(MismatchWeight::Value(0.0)), "gamma is 0"),
        (
            KPrototypesParams::new(21),
            "needs at least 21 different rows",
        ),
    ] {
        assert!(message(params, &all).starts_with(start));
    }
    let number = |values: &[f64], missing| Features::from_columns(&[("a", values)], missing);
    let gap = number(&[1.0, f64::NAN], MissingValues::Keep).unwrap();
    assert!(message(two.clone(), &gap).starts_with("column a, row 1 (counted from 0): NaN"));
    let huge = number(&[1.0, 1e300], MissingValues::Refuse).unwrap();
    assert!(message(two.clone(), &huge).contains("row 1 (counted from 0): 1e300"));
    let none = Features::from_columns(&[], MissingValues::Refuse).unwrap();
    assert!(message(two.clone(), &none).contains("columns of numbers or categories"));
    let empty = number(&[], MissingValues::Refuse).unwrap();
    assert!(message(two.clone(), &empty).contains("rows with a weight above 0"));
    let near = number(&[1e-200, 2e-200], MissingValues::Refuse).unwrap();
    assert!(message(two.clone(), &near).contains("cannot be told apart"));
    let flat = number(&[1.0, 1.0], MissingValues::Refuse).unwrap();
    let flat = flat
        .with_categories("c", Categories::new(&["x", "y"]).unwrap())
        .unwrap();
    assert!(message(two.clone(), &flat).contains("give gamma"));
    assert!(
        two.clone()
            .gamma(MismatchWeight::Value(1.0))
            .fit(&flat)
            .is_ok()
    );

    let model = two.fit(&all).unwrap();
    assert!(
        model
            .assign(&flat)
            .unwrap_err()
            .to_string()
            .starts_with("the list of columns is")
    );
    let mut far = numbers.clone();
    far[7][1] = -1e300;
    let error = model
        .assign(&features(&far, &labels))
        .unwrap_err()
        .to_string();
    assert!(
        error.starts_with("column b, row 7") && error.contains("too far"),
        "{error}"
    );
    assert!(model.contributions(&all, 20, 0).is_err());
    assert!(model.contributions(&all, 0, 2).is_err());
}

#[test]
fn a_file_that_no_fit_could_have_written_is_refused() {
    let (numbers, labels) = small(20, 1);
    let model = KPrototypesParams::new(2)
        .fit(&features(&numbers, &labels))
        .unwrap();
    let text = persist::to_json(&model).unwrap();
    for (from, to) in [
        ("\"modes\":[", "\"modes\":[9,"),
        ("\"modes\":[", "\"modes\":[0,0,0,0,9,0,0,"),
        ("\"centres\":[", "\"centres\":[0.5,"),
        ("[\"c\",[\"a\",\"b\"", "[\"c\",[\"b\",\"a\""),
        ("\"gamma\":", "\"gamma\":-"),
        ("\"cost\":", "\"cost\":-"),
    ] {
        let broken = text.replacen(from, to, 1);
        assert_ne!(broken, text, "{text}");
        assert!(
            persist::from_json::<KPrototypes>(&broken).is_err(),
            "{from}"
        );
    }
}
