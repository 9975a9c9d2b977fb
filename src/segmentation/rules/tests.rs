//! Rules against a naive reading of them, and geometry against counting.

use proptest::prelude::*;

use super::*;
use crate::{
    data::{Categories, Features, MissingValues, SegmentId},
    persist,
};

const NAN: f64 = f64::NAN;
/// A value in each atom that thresholds 0, 1 and 2 can make.
const GRID: [f64; 8] = [-1.0, 0.0, 0.5, 1.0, 1.5, 2.0, 3.0, NAN];
/// The labels that rules name, one that they do not, and a blank.
const LABELS: [&str; 4] = ["a", "b", "z", ""];

type Point = (f64, f64, &'static str);

/// All points of two numbers and a label.
fn points() -> Vec<Point> {
    let labels = |x, y| LABELS.map(|label| (x, y, label));
    let all = GRID.iter().flat_map(|&x| GRID.map(|y| labels(x, y)));
    all.flatten().collect()
}

fn features(points: &[Point]) -> Features {
    let (x, y): (Vec<f64>, Vec<f64>) = points.iter().map(|point| (point.0, point.1)).unzip();
    let labels: Vec<&str> = points.iter().map(|point| point.2).collect();
    Features::from_columns(&[("x", &x), ("y", &y)], MissingValues::Keep)
        .unwrap()
        .with_categories("c", Categories::new(&labels).unwrap())
        .unwrap()
}

/// What the page says, word by word.
fn naive(condition: &Condition, point: Point) -> bool {
    let number = |feature: &str| match feature {
        "x" => point.0,
        "y" => point.1,
        _ => NAN,
    };
    match condition {
        Condition::AtLeast { feature, value } => number(feature) >= *value,
        Condition::Above { feature, value } => number(feature) > *value,
        Condition::AtMost { feature, value } => number(feature) <= *value,
        Condition::Below { feature, value } => number(feature) < *value,
        Condition::Between { feature, low, high } => {
            number(feature) >= *low && number(feature) <= *high
        }
        Condition::Missing { feature } if feature == "c" => point.2.is_empty(),
        Condition::Missing { feature } => number(feature).is_nan(),
        Condition::OneOf { labels, .. } => labels.iter().any(|label| label == point.2),
        Condition::All(parts) => parts.iter().all(|part| naive(part, point)),
        Condition::Any(parts) => parts.iter().any(|part| naive(part, point)),
        Condition::Not(inner) => !naive(inner, point),
        other => panic!("quantiles are numbers by now: {other}"),
    }
}

fn first_match(conditions: &[Condition], point: Point) -> Option<u32> {
    let first = conditions.iter().position(|rule| naive(rule, point))?;
    u32::try_from(first).ok()
}

/// The point of an example: columns that rules do not look at are missing.
fn point_of(example: &[FeatureValue]) -> Point {
    let mut point = (NAN, NAN, "");
    for named in example {
        match (named.feature.as_str(), &named.value) {
            ("x", RuleValue::Number(value)) => point.0 = *value,
            ("y", RuleValue::Number(value)) => point.1 = *value,
            ("c", RuleValue::OtherLabel) => point.2 = "z",
            ("c", RuleValue::Label(label)) => {
                point.2 = LABELS.into_iter().find(|known| known == label).unwrap();
            }
            (_, RuleValue::Missing) => {}
            other => panic!("{other:?}"),
        }
    }
    point
}

fn condition() -> impl Strategy<Value = Condition> {
    let feature = || prop::sample::select(vec!["x", "y"]);
    let value = || prop::sample::select(vec![0.0, 1.0, 2.0, -0.0]);
    let comparison =
        (feature(), 0..5, value(), value()).prop_map(|(feature, kind, a, b)| match kind {
            0 => Condition::at_least(feature, a),
            1 => Condition::above(feature, a),
            2 => Condition::at_most(feature, a),
            3 => Condition::below(feature, a),
            _ => Condition::between(feature, a.min(b), a.max(b)),
        });
    let missing = prop::sample::select(vec!["x", "y", "c"]).prop_map(Condition::missing);
    let label = prop::sample::subsequence(vec!["a", "b"], 1..=2)
        .prop_map(|labels| Condition::one_of("c", &labels));
    let leaf = prop_oneof![4 => comparison, 1 => missing, 1 => label];
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Condition::all),
            prop::collection::vec(inner.clone(), 0..4).prop_map(Condition::any),
            inner.prop_map(|inner| !inner),
        ]
    })
}

fn fit(conditions: &[Condition], features: &Features) -> Rules {
    let rule = |(id, when): (u32, &Condition)| Rule::new(SegmentId(id), "some", when.clone());
    RulesParams::new((1..).zip(conditions).map(rule).collect())
        .fit(features)
        .unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn every_verdict_is_what_counting_says(conditions in prop::collection::vec(condition(), 1..6)) {
        let points = points();
        let features = features(&points);
        let rules = fit(&conditions, &features);

        // Assignment and explanation.
        let expected: Vec<Option<u32>> =
            points.iter().map(|&point| first_match(&conditions, point)).collect();
        prop_assert_eq!(rules.rule_of(&features).unwrap(), expected.clone());
        for row in [0, 77, 200, 255] {
            let why = rules.explain(&features, row).unwrap();
            prop_assert_eq!(why.rule, expected[row]);
            for finding in why.passed_over.iter().flat_map(|passed| &passed.reasons) {
                prop_assert_eq!(naive(&finding.condition, points[row]), finding.holds);
            }
        }

        // Reach.
        let report = rules.validate();
        let meets = |at: usize, point: Point| naive(&conditions[at], point);
        for (at, verdict) in report.rules.iter().enumerate() {
            let number = u32::try_from(at).unwrap();
            let taken = expected.contains(&Some(number));
            match &verdict.reach {
                RuleReach::Reachable { example } => {
                    prop_assert!(taken);
                    prop_assert_eq!(first_match(&conditions, point_of(example)), Some(number));
                }
                RuleReach::Contradiction => {
                    prop_assert!(!points.iter().any(|&point| meets(at, point)));
                }
                RuleReach::Covered { by } => {
                    prop_assert!(!taken);
                    let covered = |without: Option<u32>| {
                        let by = || by.iter().filter(|&&by| Some(by) != without);
                        points
                            .iter()
                            .filter(|&&point| meets(at, point))
                            .all(|&point| by().any(|&by| meets(by as usize, point)))
                    };
                    prop_assert!(covered(None));
                    for &one in by {
                        prop_assert!(one < number && !covered(Some(one)));
                    }
                }
                RuleReach::TooComplex => prop_assert!(false, "three columns"),
            }
        }

        // Overlaps.
        prop_assert_eq!((report.pairs_undecided, report.overlaps_left_off), (0, 0));
        let mut overlaps = report.overlaps.iter().peekable();
        for second in 0..conditions.len() {
            for first in 0..second {
                let both = |point: Point| meets(first, point) && meets(second, point);
                let pair = (u32::try_from(first).unwrap(), u32::try_from(second).unwrap());
                let listed = overlaps.next_if(|overlap| (overlap.first, overlap.second) == pair);
                prop_assert_eq!(listed.is_some(), points.iter().any(|&point| both(point)));
                if let Some(overlap) = listed {
                    prop_assert!(both(point_of(&overlap.region.example)));
                    let region = &overlap.region.condition;
                    let inside = |point: &&Point| naive(region, **point);
                    prop_assert!(points.iter().filter(inside).all(|&point| both(point)));
                }
            }
        }
        prop_assert!(overlaps.next().is_none());

        // Gaps.
        let gaps = match &report.coverage {
            RuleCoverage::Everything => &[][..],
            RuleCoverage::Gaps { regions, more } => {
                prop_assert!(!more && !regions.is_empty());
                regions
            }
            RuleCoverage::TooComplex => return Err(TestCaseError::fail("three columns")),
        };
        for (&point, rule) in points.iter().zip(&expected) {
            let in_gaps = gaps.iter().filter(|gap| naive(&gap.condition, point)).count();
            prop_assert_eq!(in_gaps, usize::from(rule.is_none()), "{:?}", point);
        }
        for gap in gaps {
            let example = point_of(&gap.example);
            prop_assert!(naive(&gap.condition, example));
            prop_assert_eq!(first_match(&conditions, example), None);
        }

        // Saved rules are the same rules, and so are those that say what is frozen.
        let text = persist::to_json(&rules).unwrap();
        prop_assert_eq!(&persist::from_json::<Rules>(&text).unwrap(), &rules);
        prop_assert_eq!(rules.frozen(), conditions);
    }
}

fn numbers(name: &str, values: &[f64]) -> Features {
    Features::from_columns(&[(name, values)], MissingValues::Keep).unwrap()
}

#[test]
fn neighbours_that_meet_neither_overlap_nor_leave_a_gap() {
    let five = 5.0f64;
    let features = numbers("x", &[NAN]);
    for (low, high) in [
        (Condition::below("x", five), Condition::at_least("x", five)),
        (Condition::at_most("x", five), Condition::above("x", five)),
        // No float lies between these two.
        (
            Condition::at_most("x", five),
            Condition::at_least("x", five.next_up()),
        ),
        (Condition::below("x", 0.0), Condition::at_least("x", -0.0)),
        (
            Condition::at_most("x", f64::MAX),
            Condition::below("x", f64::MIN),
        ),
    ] {
        let report = fit(&[low, high], &features).validate();
        assert!(report.overlaps.is_empty(), "{report}");
        let RuleCoverage::Gaps {
            regions,
            more: false,
        } = &report.coverage
        else {
            panic!("{report}");
        };
        let words: Vec<String> = regions.iter().map(RuleRegion::to_string).collect();
        assert_eq!(words, ["x missing"], "{report}");
    }
    // One float in between, and one at the end of all.
    let (low, high) = (Condition::below("x", five), Condition::above("x", five));
    let report = fit(&[low, high, Condition::missing("x")], &features).validate();
    assert!(
        report
            .to_string()
            .contains("only the default takes x equal to 5"),
        "{report}"
    );
    let nothing = Condition::above("x", f64::MAX);
    let between = Condition::above("x", five).and(Condition::below("x", five.next_up()));
    for never in [nothing, between, Condition::any(vec![])] {
        let report = fit(&[never], &features).validate();
        assert_eq!(report.rules[0].reach, RuleReach::Contradiction);
    }
}

#[test]
fn what_cannot_be_decided_is_said() {
    let names: Vec<String> = (0..24).map(|at| format!("f{at}")).collect();
    let columns: Vec<(&str, &[f64])> = names
        .iter()
        .map(|name| (name.as_str(), &[1.0][..]))
        .collect();
    let features = Features::from_columns(&columns, MissingValues::Refuse).unwrap();
    // Three to the power of eight boxes that none contains another.
    let one_of_three =
        |at: &[String]| Condition::any(at.iter().map(|name| Condition::above(name, 0.0)).collect());
    let many = Condition::all(names.chunks(3).map(one_of_three).collect());
    let report = fit(&[Condition::below("f0", 0.0), many.clone()], &features).validate();
    assert_eq!(report.rules[1].reach, RuleReach::TooComplex);
    assert_eq!((report.pairs_undecided, report.overlaps.len()), (1, 0));
    assert_eq!(report.coverage, RuleCoverage::TooComplex);
    assert!(
        report.to_string().contains("rule 1 (some) is too complex"),
        "{report}"
    );

    // Its opposite is simple; after rules without boxes a point is proof of reach all the same.
    let simple = fit(&[!many.clone(), Condition::below("f0", 0.0)], &features).validate();
    assert!(matches!(simple.rules[1].reach, RuleReach::Reachable { .. }));
    let after = fit(&[many, Condition::all(vec![])], &features).validate();
    assert!(
        matches!(after.rules[1].reach, RuleReach::Reachable { .. }),
        "{after}"
    );
}

#[test]
fn rules_that_make_no_sense_are_refused_by_name() {
    let features = numbers("spend", &[1.0, 2.0, NAN]);
    let labels = Categories::new(&["web", "shop", ""]).unwrap();
    let features = features.with_categories("channel", labels).unwrap();
    let deep = (0..40).fold(Condition::missing("spend"), |inner, _| !inner);
    let error = |when| {
        let rule = Rule::new(SegmentId(7), "Big", when);
        RulesParams::new(vec![rule])
            .fit(&features)
            .unwrap_err()
            .to_string()
    };
    for (when, message) in [
        (
            Condition::at_least("Spnd", 1.0),
            "feature is Spnd in rule 0 (counted from 0; Big), expected a column of the features; \
             did you mean spend?",
        ),
        (
            Condition::missing("revenue"),
            "feature is revenue in rule 0 (counted from 0; Big), expected a column of the \
             features: spend, channel",
        ),
        (
            Condition::at_least("spend", f64::INFINITY),
            "condition is on spend, inf in rule 0 (counted from 0; Big), expected a finite",
        ),
        (
            Condition::between("spend", 3.0, 2.0),
            "condition is on spend, from 3 to 2",
        ),
        (
            Condition::between("spend", NAN, 2.0),
            "condition is on spend, from NaN to 2",
        ),
        (
            Condition::below("channel", 3.0),
            "condition is on channel, a column of categories",
        ),
        (
            Condition::quantile_below("channel", 0.5),
            "condition is on channel, a column of categories",
        ),
        (
            Condition::one_of("spend", &["1"]),
            "condition is on spend, a column of numbers",
        ),
        (
            Condition::one_of("channel", &[]),
            "condition is on channel, one of no labels",
        ),
        (
            Condition::one_of("channel", &[" "]),
            "condition is on channel, one of \" \"",
        ),
        (
            Condition::quantile_at_least("spend", 80.0),
            "threshold is quantile 80 of spend in rule 0",
        ),
        (deep, "condition is nested more than 32 deep"),
    ] {
        let error = error(when);
        assert!(error.starts_with(message), "{error}");
    }

    let rule = |id, name| Rule::new(SegmentId(id), name, Condition::missing("spend"));
    let fit = |rules| RulesParams::new(rules).fit(&features);
    assert!(
        fit(vec![])
            .unwrap_err()
            .to_string()
            .contains("at least one rule")
    );
    let two_names = fit(vec![rule(1, "A"), rule(1, "B")])
        .unwrap_err()
        .to_string();
    assert!(
        two_names.contains("segment is 1 named A and then B"),
        "{two_names}"
    );
    assert!(fit(vec![rule(0, "A")]).is_err(), "0 is the default's");
    assert!(fit(vec![rule(1, " ")]).is_err());
    let shared = fit(vec![rule(1, "A"), rule(0, "Other"), rule(1, "A")]).unwrap();
    assert_eq!(shared.segments().len(), 2);
    assert_eq!(shared.assign(&features).unwrap(), [1, 1, 0]);
    assert!(shared.explain(&features, 3).is_err());
    assert!(shared.assign(&numbers("other", &[1.0])).is_err());
}

#[test]
fn a_column_that_changed_its_kind_is_refused() {
    let rules = fit(&[Condition::missing("spend")], &numbers("spend", &[NAN]));
    let labels = Categories::new(&["", "x"]).unwrap();
    let other = Features::from_columns(&[], MissingValues::Refuse)
        .unwrap()
        .with_categories("spend", labels)
        .unwrap();
    let error = rules.assign(&other).unwrap_err().to_string();
    assert!(
        error.contains("expected a column of numbers, as at the fit"),
        "{error}"
    );
}

#[test]
fn saved_rules_are_checked() {
    let when = Condition::quantile_at_least("spend", 0.5).and(Condition::below("age", 30.0));
    let columns: &[(&str, &[f64])] = &[("spend", &[1.0, 2.0]), ("age", &[20.0, 40.0])];
    let features = Features::from_columns(columns, MissingValues::Refuse).unwrap();
    let rules = fit(&[when], &features);
    let text = persist::to_json(&rules).unwrap();
    assert_eq!(persist::from_json::<Rules>(&text).unwrap(), rules);
    for (from, to, message) in [
        ("[1.5]", "[]", "without a number for spend"),
        (
            "[1.5]",
            "[1.5,2.5]",
            "quantiles or columns that they do not use",
        ),
        (
            r#""age","kind""#,
            r#""aged","kind""#,
            "a column that the file lists",
        ),
        (r#""share":0.5"#, r#""share":5"#, "a share from 0 to 1"),
        (r#""quantiles""#, r#""quantile""#, "unknown field"),
    ] {
        let broken = text.replacen(from, to, 1);
        assert_ne!(broken, text, "{from}");
        let error = persist::from_json::<Rules>(&broken)
            .unwrap_err()
            .to_string();
        assert!(error.contains(message), "{error}");
    }
}

#[test]
fn params_by_hand_are_read() {
    let text = r#"{"rules": [{"segment": {"id": 1, "name": "Big"},
                              "when": {"at_least": {"feature": "spend", "value": 100}}}]}"#;
    let params: RulesParams = serde_json::from_str(text).unwrap();
    let big = Rule::new(SegmentId(1), "Big", Condition::at_least("spend", 100.0));
    assert_eq!(params, RulesParams::new(vec![big]));
    let slip = text.replace("rules", "rule");
    assert!(serde_json::from_str::<RulesParams>(&slip).is_err());
}

#[test]
fn weights_count_for_thresholds_and_counts() {
    let features = numbers("spend", &[1.0, 2.0, 3.0])
        .with_weights(&[8.0, 1.0, 0.0])
        .unwrap();
    let rules = fit(
        &[
            Condition::quantile_at_least("spend", 1.0).and(Condition::above("spend", 2.5)),
            Condition::quantile_below("spend", 1.0),
        ],
        &features,
    );
    assert_eq!(
        rules.frozen()[1],
        Condition::below("spend", 2.0),
        "3 counts for nothing"
    );
    let report = rules.validate_on(&features).unwrap();
    let counts = report.counts.as_ref().unwrap();
    assert_eq!((counts.by_rule[0].rows, counts.by_rule[0].weight), (1, 0.0));
    assert_eq!((counts.by_rule[1].rows, counts.by_rule[1].weight), (1, 8.0));
    assert_eq!(counts.empty_segments.len(), 1);
    assert!(
        report.to_string().contains("nobody is in some (segment 1)"),
        "{report}"
    );
    let placed = rules.place(&features).unwrap();
    assert_eq!((placed.cluster, placed.cost), (vec![1, 2, 0], vec![0.0; 3]));
}

#[test]
fn any_number_of_threads_gives_the_same_rows() {
    let x: Vec<f64> = (0..5_000).map(|at| f64::from(at * 37 % 1_000)).collect();
    let features = numbers("x", &x);
    let rules = fit(
        &[
            Condition::above("x", 900.0),
            Condition::between("x", 100.0, 200.0),
        ],
        &features,
    );
    let alone = rules.rule_of(&features).unwrap();
    for (row, rule) in alone.iter().enumerate() {
        let expected = if x[row] > 900.0 {
            Some(0)
        } else {
            (100.0..=200.0).contains(&x[row]).then_some(1)
        };
        assert_eq!(*rule, expected);
    }
    for threads in [1, 2, 3, 8] {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap();
        assert_eq!(pool.install(|| rules.rule_of(&features).unwrap()), alone);
    }
}
