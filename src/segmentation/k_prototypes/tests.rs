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

const STARTS: [Start; 4] = [Start::Spread, Start::Cao, Start::Huang, Start::Random];

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
    for start in [Start::Cao, Start::Spread] {
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
