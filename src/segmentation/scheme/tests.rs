//! A segmentation says what its parts say, and stays as it was.

#![expect(
    clippy::float_cmp,
    reason = "figures that must come back with the same bits"
)]

use chrono::NaiveDate;
use proptest::prelude::*;

use super::*;
use crate::{
    ErrorKind,
    data::{Categories, Features, MissingValues, SegmentId, date_of_day},
    numeric::rng::Stream,
    persist,
    segmentation::{
        ColumnParams, Condition, Covariance, DbscanParams, GaussianMixtureParams, KMeansParams,
        KPrototypesParams, MismatchWeight, Missing, PreparationParams, RfmGrid, Rule, RuleValue,
        RulesParams, SizeLimits, Transform,
    },
    simulate::PurchaseLogParams,
    value::{RfmParams, SegmentMap, SummaryState},
};

fn day() -> NaiveDate {
    date_of_day(20_000).unwrap()
}

/// Three clouds of different size, log-normal, and a category that goes with them.
fn customers(rows: usize, seed: u64) -> Features {
    let mut draw = Stream::new(seed, 9, 0);
    let (mut visits, mut spend, mut channel) = (Vec::new(), Vec::new(), Vec::new());
    for row in 0..rows {
        let kind = [0, 0, 0, 1, 1, 2][row % 6];
        let [v, s] = [[1.0, 3.0], [3.0, 3.5], [2.0, 6.0]][kind];
        visits.push((v + 0.3 * draw.normal()).exp());
        spend.push((s + 0.4 * draw.normal()).exp());
        channel.push(["web", "shop", "phone"][if draw.uniform() < 0.8 { kind } else { 0 }]);
    }
    let columns: &[(&str, &[f64])] = &[("visits", &visits), ("spend", &spend)];
    let features = Features::from_columns(columns, MissingValues::Refuse).unwrap();
    let channel = Categories::new(&channel).unwrap();
    features.with_categories("channel", channel).unwrap()
}

fn in_logs() -> PreparationParams {
    PreparationParams::default().all(ColumnParams::default().transform(Transform::Ln))
}

fn of_models() -> Vec<SegmentationParams> {
    let diagonal = GaussianMixtureParams::new(3).covariance(Covariance::Diagonal);
    let mixed = KPrototypesParams::new(3).gamma(MismatchWeight::Value(0.7));
    vec![
        SegmentationParams::new("means", KMeansParams::new(3)).preparation(in_logs()),
        SegmentationParams::new("full", GaussianMixtureParams::new(3)).preparation(in_logs()),
        SegmentationParams::new("diagonal", diagonal).preparation(in_logs()),
        SegmentationParams::new("mixed", mixed),
    ]
}

#[test]
fn segments_are_numbered_by_size_and_frozen() {
    let features = customers(600, 1);
    for params in of_models() {
        let segmentation = params.fit(&features, day()).unwrap();
        let ids: Vec<u32> = segmentation.segments().iter().map(|s| s.id.0).collect();
        assert_eq!(ids, [1, 2, 3]);
        let sizes: Vec<usize> = segmentation.sizes().iter().map(|size| size.rows).collect();
        assert!(sizes.is_sorted_by(|a, b| a >= b), "{sizes:?}");
        assert_eq!(sizes.iter().sum::<usize>(), 600);

        let placements = segmentation.assign(&features, day()).unwrap();
        assert_eq!(placements.assignments().counts(), sizes);
        assert_eq!(placements.assignments().scheme(), segmentation.scheme());
        assert!(placements.margins().iter().all(|&margin| margin >= 0.0));
        // About one in a hundred of each segment is farther than the quantile at 0.99.
        let novel = placements.novel().iter().filter(|&&novel| novel).count();
        assert!((3..=9).contains(&novel), "{novel}");

        // A customer alone is where they are among all.
        for row in [0, 17, 599] {
            let alone = segmentation
                .assign(&features.of_rows(&[row]), day())
                .unwrap();
            assert_eq!(
                alone.assignments().get(0),
                placements.assignments().get(row)
            );
            assert_eq!(alone.margin(0), placements.margin(row));
            assert_eq!(alone.distance(0), placements.distance(row));
            assert_eq!(alone.runner_up(0), placements.runner_up(row));
        }
    }
}

#[test]
fn what_was_saved_says_the_same() {
    let features = customers(300, 2);
    for params in of_models() {
        let segmentation = params.fit(&features, day()).unwrap();
        let text = persist::to_json(&segmentation).unwrap();
        let kept: Segmentation = persist::from_json(&text).unwrap();
        assert_eq!(kept, segmentation);
        assert_eq!(kept.scheme(), segmentation.scheme());
        let before = segmentation.assign(&features, day()).unwrap();
        let after = kept.assign(&features, day()).unwrap();
        assert_eq!(before, after);

        let asked = serde_json::to_string(&params).unwrap();
        assert_eq!(
            serde_json::from_str::<SegmentationParams>(&asked).unwrap(),
            params
        );
    }
}

#[test]
fn what_does_not_belong_together_is_not_read() {
    let segmentation = of_models()[0].fit(&customers(60, 3), day()).unwrap();
    let text = persist::to_json(&segmentation).unwrap();
    for (sound, broken, why) in [
        (
            r#""bounds":["#,
            r#""bounds":[1.0,"#,
            "column bounds has length 4",
        ),
        (
            r#"{"id":2,"#,
            r#"{"id":1,"#,
            "segment is 1, expected a number that no other",
        ),
        (r#""novelty":0.99"#, r#""novelty":1.5"#, "novelty is 1.5"),
        (r#""name":"means""#, r#""name":" ""#, "name is"),
    ] {
        assert!(text.contains(sound), "{sound}");
        let error = persist::from_json::<Segmentation>(&text.replacen(sound, broken, 1));
        let error = error.unwrap_err().to_string();
        assert!(error.contains(why), "{error}");
    }
    let at = text.find(r#""places":["#).unwrap() + 10;
    let mut broken = text.clone();
    broken.replace_range(at..=at, "7");
    let error = persist::from_json::<Segmentation>(&broken).unwrap_err();
    assert!(
        error
            .to_string()
            .contains("each place of the segments once"),
        "{error}"
    );
}

#[test]
fn the_version_is_of_the_definition_and_the_fingerprint_of_the_data() {
    let features = customers(300, 4);
    let params = &of_models()[0];
    let first = params.fit(&features, day()).unwrap();
    let mut again = params.fit(&features, date_of_day(20_100).unwrap()).unwrap();
    again.rename(SegmentId(3), "big spenders").unwrap();
    assert_eq!(first.scheme(), again.scheme());
    assert_eq!(first.fitted_on(), again.fitted_on());

    let other = SegmentationParams::new("means", KMeansParams::new(4)).preparation(in_logs());
    assert_ne!(
        other.fit(&features, day()).unwrap().version(),
        first.version()
    );
    let moved = params.fit(&customers(300, 5), day()).unwrap();
    assert_ne!(moved.version(), first.version());
    assert_ne!(moved.fitted_on().fingerprint, first.fitted_on().fingerprint);
    let weighted = features.clone().with_weights(&[1.0; 300]).unwrap();
    assert_ne!(weighted.fingerprint(), features.fingerprint());
    let rows: Vec<usize> = (0..300).rev().collect();
    assert_ne!(
        features.of_rows(&rows).fingerprint(),
        features.fingerprint()
    );
}

#[test]
fn contributions_add_up_to_the_margin_and_flips_flip() {
    let features = customers(300, 6);
    for params in of_models() {
        let segmentation = params.fit(&features, day()).unwrap();
        let placements = segmentation.assign(&features, day()).unwrap();
        let mut flipped = 0;
        for row in 0..60 {
            let why = segmentation.explain(&features, row).unwrap();
            assert_eq!(
                why.segment.as_ref().map(|s| s.id),
                placements.assignments().get(row)
            );
            let SegmentReasons::Features(why) = why.reasons else {
                panic!("the model measures");
            };
            assert_eq!(Some(&why.against), placements.runner_up(row));
            let margin = placements.margin(row).unwrap();
            let sum = why.base
                + why
                    .contributions
                    .iter()
                    .map(|c| c.contribution)
                    .sum::<f64>();
            let size: f64 = why.contributions.iter().map(|c| c.contribution.abs()).sum();
            assert!((sum - margin).abs() <= 1e-12 * (size + why.base.abs()) + 1e-12);
            assert!((why.margin - margin).abs() <= 1e-12 * (size + why.base.abs()) + 1e-12);

            let strongest = why.contributions.iter().map(|c| c.contribution.abs());
            assert!(strongest.collect::<Vec<_>>().is_sorted_by(|a, b| a >= b));
            for flip in &why.flips {
                flipped += 1;
                let visits = features.column("visits").unwrap()[row];
                let spend = features.column("spend").unwrap()[row];
                let with = |share: f64| {
                    // Amounts on the way are amounts.
                    let value = match (flip.from > 0.0, flip.to > 0.0) {
                        (true, true) => flip.to * (flip.to / flip.from).powf(share - 1.0),
                        _ => flip.from + share * (flip.to - flip.from),
                    };
                    let values = match flip.feature.as_str() {
                        "visits" => [value, spend],
                        "spend" => [visits, value],
                        other => panic!("{other}"),
                    };
                    let columns: &[(&str, &[f64])] =
                        &[("visits", &values[..1]), ("spend", &values[1..])];
                    let one = Features::from_columns(columns, MissingValues::Refuse).unwrap();
                    let label = features.categories("channel").unwrap().label(row).unwrap();
                    let label = Categories::new(&[label]).unwrap();
                    let one = one.with_categories("channel", label).unwrap();
                    let placed = segmentation.assign(&one, day()).unwrap();
                    placed.assignments().get(0)
                };
                assert_eq!(with(1.0 + 1e-4), Some(flip.becomes.id));
                if flip.becomes == why.against {
                    assert_eq!(with(1.0 - 1e-4), placements.assignments().get(row));
                }
            }
            if let Some(shortest) = &why.shortest {
                let least = why.flips.iter().map(|flip| flip.effort);
                let least = least.fold(f64::INFINITY, f64::min);
                // A mixture's way is at the other middle, which need not be the shortest.
                let mixture = matches!(segmentation.model(), SegmentModel::GaussianMixture(_));
                assert!(mixture || shortest.effort <= least * (1.0 + 1e-9));
            }
        }
        assert!(flipped > 30, "{flipped}");
    }
}

#[test]
fn the_border_of_two_centres_is_halfway() {
    // Centres 0 and 10 in x, 0 and 0 in y: the customer at (2, 7) flips at x = 5 and never by y.
    let x = [-1.0, 1.0, 9.0, 11.0, 2.0];
    let y = [0.0, 0.0, 0.0, 0.0, 7.0];
    let columns: &[(&str, &[f64])] = &[("x", &x), ("y", &y)];
    let features = Features::from_columns(columns, MissingValues::Refuse).unwrap();
    let four = features.of_rows(&[0, 1, 2, 3]);
    let params = SegmentationParams::new("halves", KMeansParams::new(2)).unprepared();
    let segmentation = params.fit(&four, day()).unwrap();
    let SegmentReasons::Features(why) = segmentation.explain(&features, 4).unwrap().reasons else {
        panic!("k-means measures");
    };
    assert_eq!(why.margin, 60.0);
    assert_eq!(why.flips.len(), 1);
    assert_eq!(
        (why.flips[0].from, why.flips[0].to, why.flips[0].effort),
        (2.0, 5.0, 3.0)
    );
    let shortest = why.shortest.unwrap();
    assert_eq!(shortest.effort, 3.0);
    assert_eq!(shortest.changes[0], ("x".to_owned(), 2.0, 5.0));
    assert_eq!(shortest.changes[1], ("y".to_owned(), 7.0, 7.0));
}

#[test]
fn rows_that_are_set_apart_have_their_segment_and_no_say() {
    let spend: Vec<f64> = vec![1.0, 2.0, f64::NAN, 3.0, 20.0, 21.0, f64::NAN];
    let features = Features::from_columns(&[("spend", &spend)], MissingValues::Keep).unwrap();
    let own = ColumnParams::default().missing(Missing::OwnSegment);
    let params = SegmentationParams::new("spend", KMeansParams::new(2));
    let params = params.preparation(PreparationParams::default().all(own));
    let segmentation = params.fit(&features, day()).unwrap();
    let names: Vec<&str> = segmentation
        .segments()
        .iter()
        .map(|s| s.name.as_str())
        .collect();
    assert_eq!(names, ["Segment 1", "Segment 2", "spend missing"]);
    let sizes: Vec<usize> = segmentation.sizes().iter().map(|size| size.rows).collect();
    assert_eq!(sizes, [3, 2, 2]);

    // Without them the fit is the same.
    let known = features.of_rows(&[0, 1, 3, 4, 5]);
    let without = params.fit(&known, day()).unwrap();
    assert_eq!(without.model(), segmentation.model());

    let placements = segmentation.assign(&features, day()).unwrap();
    assert_eq!(placements.assignments().name_of(2), Some("spend missing"));
    assert_eq!((placements.distance(2), placements.margin(2)), (None, None));
    assert!(!placements.is_novel(2));
    let why = segmentation.explain(&features, 6).unwrap();
    assert_eq!(why.segment.unwrap().id, SegmentId(3));
    let feature = "spend".to_owned();
    assert_eq!(why.reasons, SegmentReasons::Missing { feature });
    let error = segmentation
        .explain_against(&features, 0, SegmentId(3))
        .unwrap_err();
    assert!(error.to_string().contains("another segment"), "{error}");

    let text = persist::to_json(&segmentation).unwrap();
    assert_eq!(
        persist::from_json::<Segmentation>(&text).unwrap(),
        segmentation
    );

    let mixture = SegmentationParams::new("soft", GaussianMixtureParams::new(2));
    let mixture = mixture.preparation(PreparationParams::default().all(own));
    let membership = mixture.fit(&features, day()).unwrap().membership(&features);
    let membership = membership.unwrap().unwrap();
    assert_eq!(membership.row(2).to_vec(), [0.0, 0.0, 1.0]);
    assert_eq!(membership[(0, 2)], 0.0);
}

#[test]
fn novelty_is_a_quantile_of_the_fit() {
    // 0 to 100 around 50: distances 0, 1, 1, 2, 2 and so on. The quantile at 0.9 of the squares
    // lies on 45² = 2025, the 90th of the 101 in ascending order from 0.
    let spend: Vec<f64> = (0..=100).map(f64::from).collect();
    let features = Features::from_columns(&[("spend", &spend)], MissingValues::Refuse).unwrap();
    let params = SegmentationParams::new("one", KMeansParams::new(1)).unprepared();
    let segmentation = params.novelty(0.9).fit(&features, day()).unwrap();
    let new = [95.0, 95.01, 4.99, 5.0];
    let new = Features::from_columns(&[("spend", &new)], MissingValues::Refuse).unwrap();
    let placements = segmentation.assign(&new, day()).unwrap();
    assert_eq!(placements.novel(), [false, true, true, false]);
    assert_eq!(placements.runner_up(0), None);
    assert_eq!(placements.margin(0), None);
    let why = segmentation.explain(&new, 0).unwrap();
    assert_eq!(why.reasons, SegmentReasons::Alone);
}

#[test]
fn rules_grids_and_products_bring_their_segments() {
    let log = PurchaseLogParams::default()
        .generate()
        .unwrap()
        .transactions;
    let summary = SummaryState::new(&log)
        .unwrap()
        .summary(date_of_day(10_407).unwrap())
        .unwrap();
    let features = summary.features().unwrap();
    let rfm = RfmParams::default().fit(&summary).unwrap();
    let grid = RfmGrid::new(rfm.clone(), SegmentMap::standard(rfm.bins()).unwrap()).unwrap();
    let grid = SegmentationParams::new("rfm", grid)
        .fit(&features, day())
        .unwrap();
    assert_eq!(grid.segments().len(), 11);
    let by_scores = rfm.score(&summary).unwrap();
    let by_map = by_scores
        .assign(&SegmentMap::standard(rfm.bins()).unwrap())
        .unwrap();
    let placements = grid.assign(&features, day()).unwrap();
    assert!(placements.assignments().iter().eq(by_map.iter()));
    let why = grid.explain(&features, 3).unwrap();
    assert!(matches!(why.reasons, SegmentReasons::Scores { scores } if scores[0] >= 1));

    let many = Rule::new(
        SegmentId(40),
        "many",
        Condition::quantile_at_least("frequency", 0.8),
    );
    let rules = RulesParams::new(vec![many]).otherwise(SegmentId(7), "few");
    let rules = SegmentationParams::new("often", rules)
        .fit(&features, day())
        .unwrap();
    let ids: Vec<u32> = rules.segments().iter().map(|s| s.id.0).collect();
    assert_eq!(ids, [40, 7]);
    let why = rules.explain(&features, 0).unwrap();
    assert!(matches!(why.reasons, SegmentReasons::Rule(_)));
    assert!(rules.explain_against(&features, 0, SegmentId(7)).is_err());

    let product = SegmentProduct::new(rules.clone(), grid.clone()).unwrap();
    let both = SegmentationParams::new("both", product)
        .fit(&features, day())
        .unwrap();
    assert_eq!(both.segments().len(), 22);
    let (one, other) = (
        rules.assign(&features, day()),
        grid.assign(&features, day()),
    );
    let (one, other) = (one.unwrap(), other.unwrap());
    let pairs = both.assign(&features, day()).unwrap();
    for row in 0..features.len() {
        let name_of = |placements: &Placements| {
            placements
                .assignments()
                .name_of(row)
                .unwrap_or_default()
                .to_owned()
        };
        assert_eq!(
            name_of(&pairs),
            format!("{}, {}", name_of(&one), name_of(&other))
        );
    }
    let why = both.explain(&features, 0).unwrap();
    assert!(matches!(why.reasons, SegmentReasons::Both(parts)
        if matches!(parts[0].reasons, SegmentReasons::Rule(_))));
    let text = persist::to_json(&both).unwrap();
    assert_eq!(persist::from_json::<Segmentation>(&text).unwrap(), both);

    let prepared = SegmentationParams::new("rfm", RulesParams::new(vec![]));
    let error = prepared
        .preparation(in_logs())
        .fit(&features, day())
        .unwrap_err();
    assert!(
        error.to_string().contains("read the columns as they are"),
        "{error}"
    );
}

#[test]
fn crowds_leave_some_alone() {
    let x = [0.0, 0.1, 0.2, 0.3, 5.0, 5.1, 5.2, 50.0];
    let features = Features::from_columns(&[("x", &x)], MissingValues::Refuse).unwrap();
    let params = SegmentationParams::new("crowds", DbscanParams::new(0.5, 2)).unprepared();
    let segmentation = params.fit(&features, day()).unwrap();
    let sizes: Vec<usize> = segmentation.sizes().iter().map(|size| size.rows).collect();
    assert_eq!(sizes, [4, 3]);
    let new = Features::from_columns(&[("x", &[0.6, 2.0, 5.4])], MissingValues::Refuse).unwrap();
    let placements = segmentation.assign(&new, day()).unwrap();
    let ids: Vec<Option<SegmentId>> = placements.assignments().iter().collect();
    assert_eq!(ids, [Some(SegmentId(1)), None, Some(SegmentId(2))]);
    assert!((placements.distance(0).unwrap() - 0.3).abs() < 1e-15);
    assert_eq!((placements.distance(1), placements.margin(1)), (None, None));
    assert!(placements.is_novel(1));
    assert_eq!(placements.runner_up(1).unwrap().id, SegmentId(1));
    let why = segmentation.explain(&new, 1).unwrap();
    assert_eq!((why.segment, why.reasons), (None, SegmentReasons::Nowhere));
    // Against the core point at 5.0: (0.6 - 5)² - (0.6 - 0.3)².
    let SegmentReasons::Features(why) = segmentation.explain(&new, 0).unwrap().reasons else {
        panic!("distances are measured");
    };
    assert!((why.margin - (4.4 * 4.4 - 0.09)).abs() < 1e-12);
    assert_eq!(why.contributions[0].other, RuleValue::Number(5.0));
    // Halfway there is nobody.
    assert!(why.flips.is_empty());
    let text = persist::to_json(&segmentation).unwrap();
    assert_eq!(
        persist::from_json::<Segmentation>(&text).unwrap(),
        segmentation
    );
}

#[test]
fn a_model_that_is_fitted_already_is_taken_as_it_is() {
    let features = customers(300, 8);
    let params = SegmentationParams::new("means", KMeansParams::new(3)).preparation(in_logs());
    let first = params.fit(&features, day()).unwrap();
    let again = SegmentationParams::new("means", first.model().clone())
        .prepared_by(first.preparation().unwrap().clone())
        .fit(&features, day())
        .unwrap();
    assert_eq!(again, first);
    let bare = SegmentationParams::new("means", first.model().clone());
    let error = bare.fit(&features, day()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::VersionMismatch);
}

#[test]
fn limits_keep_sizes_in_the_fit_and_in_a_batch() {
    let features = customers(600, 9);
    let limits = SizeLimits::default().at_least_share(0.3).at_most_share(0.4);
    let model = KMeansParams::new(3).restarts(3).size_limits(limits);
    let params = SegmentationParams::new("even", model).preparation(in_logs());
    let segmentation = params.fit(&features, day()).unwrap();
    let within = |count: usize, all: usize| 10 * count >= 3 * all && 10 * count <= 4 * all;
    assert!(
        segmentation
            .sizes()
            .iter()
            .all(|size| within(size.rows, 600))
    );
    let nearest = segmentation
        .assign(&features, day())
        .unwrap()
        .into_assignments();
    assert!(!nearest.counts().iter().all(|&count| within(count, 600)));
    let batch = features.of_rows(&(0..200).collect::<Vec<_>>());
    let kept = segmentation.assign_within(&batch, day(), &limits).unwrap();
    assert!(kept.counts().iter().all(|&count| within(count, 200)));
    assert_eq!(kept.scheme(), nearest.scheme());

    // Who is set apart is not counted.
    let spend = [1.0, 2.0, 3.0, f64::NAN, 9.0, f64::NAN];
    let gaps = Features::from_columns(&[("spend", &spend)], MissingValues::Keep).unwrap();
    let own = ColumnParams::default().missing(Missing::OwnSegment);
    let params = SegmentationParams::new("spend", KMeansParams::new(2));
    let params = params.preparation(PreparationParams::default().all(own));
    let segmentation = params.fit(&gaps, day()).unwrap();
    let even = SizeLimits::default().at_most_share(0.5);
    let kept = segmentation.assign_within(&gaps, day(), &even).unwrap();
    assert_eq!(kept.counts(), [2, 2, 2]);

    let mixture = SegmentationParams::new("soft", GaussianMixtureParams::new(2));
    let mixture = mixture.fit(&gaps.of_rows(&[0, 1, 2, 4]), day()).unwrap();
    assert!(mixture.assign_within(&gaps, day(), &even).is_err());
}

#[test]
fn what_cannot_be_is_refused() {
    let features = customers(60, 7);
    let means = || SegmentationParams::new("means", KMeansParams::new(2));
    for params in [
        SegmentationParams::new(" ", KMeansParams::new(2)),
        means().novelty(0.0),
        means().novelty(1.1),
        means().novelty(f64::NAN),
    ] {
        let error = params.fit(&features, day()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidParameter);
    }
    let mut segmentation = means().fit(&features, day()).unwrap();
    assert!(
        segmentation
            .rename(SegmentId(9), "x")
            .unwrap_err()
            .to_string()
            .contains("one of 1, 2")
    );
    assert!(segmentation.rename(SegmentId(1), "  ").is_err());
    let other = Features::from_columns(&[("visits", &[1.0])], MissingValues::Refuse).unwrap();
    let error = segmentation.assign(&other, day()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::VersionMismatch);
    assert!(segmentation.explain(&features, 60).is_err());
    assert!(
        segmentation
            .explain_against(&features, 0, SegmentId(3))
            .is_err()
    );

    let gaps: &[(&str, &[f64])] = &[("visits", &[1.0, f64::NAN]), ("spend", &[1.0, 2.0])];
    let gaps = Features::from_columns(gaps, MissingValues::Keep).unwrap();
    let gaps = gaps
        .with_categories("channel", Categories::new(&["web", "web"]).unwrap())
        .unwrap();
    for error in [
        segmentation.assign(&gaps, day()).unwrap_err(),
        segmentation.explain(&gaps, 1).unwrap_err(),
    ] {
        assert!(
            error.to_string().contains("column visits, row 1"),
            "{error}"
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    /// Whatever the data, a segmentation counts everybody and comes back from a file.
    #[test]
    fn any_data(values in prop::collection::vec(-1e3..1e3f64, 6..40), k in 1usize..4) {
        let features = Features::from_columns(&[("x", &values)], MissingValues::Refuse).unwrap();
        let params = SegmentationParams::new("any", KMeansParams::new(k));
        let segmentation = params.fit(&features, day()).unwrap();
        let placements = segmentation.assign(&features, day()).unwrap();
        let counts = placements.assignments().counts();
        prop_assert_eq!(counts.iter().sum::<usize>(), values.len());
        let text = persist::to_json(&segmentation).unwrap();
        prop_assert_eq!(persist::from_json::<Segmentation>(&text).unwrap(), segmentation);
    }
}
