//! Training and scoring against simulated people, whose truth is known, and against the
//! obvious way.

use custometry::{
    Error,
    identity::{
        BlockingParams, BlockingRule, Comparison, ComparisonModel, EditDistance, Families,
        FellegiSunter, FellegiSunterParams, FieldKind, HotBlocks, Lambda, Level, MatchWeight,
        PairKind, RecordIx, Records, Similarity, TermFrequencies, Test, TrainingWarning,
    },
    simulate::{PeopleParams, SimulatedPeople},
};
use proptest::prelude::*;

use crate::people::records;

fn people(records: u32, households: f64) -> SimulatedPeople {
    let params = PeopleParams::default()
        .records(records)
        .households(households)
        .seed(5);
    params.generate().unwrap()
}

fn rules() -> BlockingParams {
    BlockingParams::new(vec![
        BlockingRule::on(["email"]),
        BlockingRule::on(["phone"]),
        BlockingRule::on(["given_name", "surname"]),
        BlockingRule::on(["birth_date", "postcode"]),
        BlockingRule::on(["birth_date", "surname"]),
        BlockingRule::on(["birth_date", "given_name"]),
    ])
}

/// The level of two texts in a comparison by edits, the obvious way.
fn level(a: &str, b: &str, cuts: &[u32]) -> Option<usize> {
    if a.is_empty() || b.is_empty() {
        return None;
    }
    let distance = u32::try_from(EditDistance::Osa.of(a, b)).unwrap();
    if distance == 0 {
        return Some(0);
    }
    let reached = cuts.iter().position(|&cut| distance <= cut);
    Some(1 + reached.unwrap_or(cuts.len()))
}

proptest! {
    /// u is what all pairs of records come to, but for the half pair that is added to
    /// each level and the pairs of one person that are taken out.
    #[test]
    fn u_is_counted_over_all_pairs(
        values in prop::collection::vec("[ab]{0,3}", 12..30),
        source in prop::collection::vec(0u8..3, 30),
    ) {
        let keys: Vec<i64> = (0..).take(values.len()).collect();
        let sources: Vec<String> = source[..values.len()].iter().map(u8::to_string).collect();
        let same: Vec<&str> = vec!["x"; values.len()];
        let records = Records::builder()
            .int_keys(&keys)
            .sources(&sources)
            .column("v", FieldKind::Verbatim, &values)
            .column("block", FieldKind::Verbatim, &same)
            .build()
            .unwrap();
        for kind in [PairKind::All, PairKind::AcrossSources, PairKind::WithinSources] {
            let mut counts = [0.0f64; 3];
            let mut pairs = 0.0;
            for a in 0..values.len() {
                for b in a + 1..values.len() {
                    let fits = match kind {
                        PairKind::AcrossSources => sources[a] != sources[b],
                        PairKind::WithinSources => sources[a] == sources[b],
                        _ => true,
                    };
                    if fits {
                        pairs += 1.0;
                        if let Some(level) = level(&values[a], &values[b], &[1]) {
                            counts[level] += 1.0;
                        }
                    }
                }
            }
            let known: f64 = counts.iter().sum();
            prop_assume!(known > 0.0);
            let blocking = BlockingParams::new(vec![BlockingRule::on(["block"])]).pairs(kind);
            let blocking = blocking.block(&records).unwrap();
            let of_v = Comparison::edits("v", EditDistance::Osa, &[1]);
            // Nearly nothing is taken out with so small a λ.
            let params = FellegiSunterParams::new(vec![of_v]).lambda(Lambda::Given(1e-12));
            let model = params.fit(&blocking).unwrap();
            for (level, &u) in model.comparisons()[0].u.iter().enumerate() {
                let share = (counts[level] / known * pairs + 0.5) / (pairs + 1.5);
                prop_assert!((u - share).abs() < 1e-9, "{kind:?} {level}: {u} {share}");
            }
            prop_assert!(model.report().unwrap().u_errors[0].iter().all(|&error| error == 0.0));
        }
    }
}

/// m and u of each level against all true pairs and a large sample of false ones.
#[test]
fn training_finds_the_truth_of_simulated_people() {
    let people = people(60_000, 0.15);
    let records = records(&people);
    let blocking = rules().block(&records).unwrap();
    let model = FellegiSunterParams::default().fit(&blocking).unwrap();

    let mut of_person = std::collections::BTreeMap::<u32, Vec<u32>>::new();
    for (record, &person) in (0u32..).zip(&people.person) {
        of_person.entry(person).or_default().push(record);
    }
    let mut matches = Vec::new();
    for members in of_person.values() {
        for (at, &a) in members.iter().enumerate() {
            matches.extend(
                members[at + 1..]
                    .iter()
                    .map(|&b| (RecordIx(a), RecordIx(b))),
            );
        }
    }
    let n = records.len() as f64;
    let truth = matches.len() as f64 / (n * (n - 1.0) / 2.0);
    assert!(
        (model.lambda() / truth - 1.0).abs() < 0.1,
        "{} {truth}",
        model.lambda()
    );

    // m: levels of the pairs of one person that each rule makes, but for the rules that
    // look at the column. Pairs that share a key were corrupted less often than others,
    // so that m is a little higher than among all pairs.
    let scorer = model.scorer(&records).unwrap();
    let rules: Vec<BlockingRule> = rules().rules().to_vec();
    let alone: Vec<BlockingParams> = rules
        .iter()
        .map(|rule| BlockingParams::new(vec![rule.clone()]))
        .collect();
    let alone: Vec<_> = alone
        .iter()
        .map(|params| params.block(&records).unwrap())
        .collect();
    let mut made = vec![std::collections::BTreeMap::<String, f64>::new(); 6];
    let mut all = made.clone();
    for &(a, b) in &matches {
        for (at, one) in scorer.explain(a, b).unwrap().comparisons.iter().enumerate() {
            let Some(level) = &one.level else { continue };
            *all[at].entry(level.clone()).or_default() += 1.0;
            for (rule, blocking) in rules.iter().zip(&alone) {
                let apart = !rule
                    .to_string()
                    .split(", ")
                    .any(|column| column == one.comparison);
                if apart && blocking.first_rule(a, b).is_some() {
                    *made[at].entry(level.clone()).or_default() += 1.0;
                }
            }
        }
    }
    for (at, one) in model.comparisons().iter().enumerate() {
        for (level, &m) in one.comparison.levels().iter().zip(&one.m) {
            let share = |levels: &std::collections::BTreeMap<String, f64>| {
                let total: f64 = levels.values().sum();
                levels.get(&level.name).copied().unwrap_or_default() / total
            };
            let (of_made, of_all) = (share(&made[at]), share(&all[at]));
            let what = format!("m of {}, {}", one.comparison.name(), level.name);
            assert!((m - of_made).abs() < 0.01, "{what}: {m} {of_made}");
            assert!((m - of_all).abs() < 0.1, "{what}: {m} {of_all}");
        }
    }

    // u of equality: counts of values of different people.
    for (at, column) in [
        (0, &people.given_name),
        (1, &people.surname),
        (2, &people.birth_date),
    ] {
        let mut counts = std::collections::BTreeMap::<&str, f64>::new();
        let mut known = 0.0;
        for value in column.iter().filter(|value| !value.is_empty()) {
            *counts.entry(value).or_default() += 1.0;
            known += 1.0;
        }
        let equal: f64 = counts.values().map(|n| n * (n - 1.0) / 2.0).sum();
        let same = |&&(a, b): &&(RecordIx, RecordIx)| {
            !column[a.at()].is_empty() && column[a.at()] == column[b.at()]
        };
        let of_one = matches.iter().filter(same).count() as f64;
        let truth = (equal - of_one) / (known * (known - 1.0) / 2.0);
        let u = model.comparisons()[at].u[0];
        // Families agree on the surname, and are taken out of u as well.
        let tolerance = if at == 1 { 0.1 } else { 0.05 };
        assert!(
            (u / truth - 1.0).abs() < tolerance,
            "u of {at}: {u} {truth}"
        );
    }
}

/// The household trap: people of one family share three of six columns.
#[test]
fn families_are_not_taken_for_people() {
    let people = people(40_000, 0.15);
    let records = records(&people);
    let blocking = rules().block(&records).unwrap();
    let wrong = |families| {
        let model = FellegiSunterParams::default()
            .families(families)
            .fit(&blocking)
            .unwrap();
        let scorer = model.scorer(&records).unwrap();
        let floor = MatchWeight::from_probability(0.95).unwrap();
        let edges = scorer.score(&blocking, floor).unwrap();
        let edges = edges.edges();
        let wrong = edges
            .iter()
            .filter(|edge| people.person[edge.a.at()] != people.person[edge.b.at()]);
        let right = edges.len() - wrong.clone().count();
        (wrong.count() as f64 / edges.len() as f64, right)
    };
    let (modelled, right) = wrong(Families::Modelled);
    let (ignored, right_ignored) = wrong(Families::Ignored);
    assert!(modelled < 0.05, "{modelled}");
    assert!(ignored > 3.0 * modelled, "{ignored} {modelled}");
    assert!(
        right as f64 > 0.9 * right_ignored as f64,
        "{right} {right_ignored}"
    );
}

#[test]
fn nothing_depends_on_the_order_of_the_rows() {
    let people = people(3_000, 0.15);
    let shuffled = {
        let mut order: Vec<usize> = (0..people.record.len()).collect();
        order.sort_by_key(|&at| {
            people.record[at].wrapping_mul(0x9E37_79B9_7F4A_7C15_u64.cast_signed())
        });
        let mut turned = people.clone();
        let texts = |column: &[String]| order.iter().map(|&at| column[at].clone()).collect();
        turned.record = order.iter().map(|&at| people.record[at]).collect();
        turned.given_name = texts(&people.given_name);
        turned.surname = texts(&people.surname);
        turned.birth_date = texts(&people.birth_date);
        turned.postcode = texts(&people.postcode);
        turned.email = texts(&people.email);
        turned.phone = texts(&people.phone);
        turned
    };
    let run = |people: &SimulatedPeople| {
        let records = records(people);
        let suited = BlockingParams::suited_to(&records, PairKind::All, 300_000).unwrap();
        let blocking = suited.block(&records).unwrap();
        // A sample of pairs for u and for m, so that they are drawn by key too.
        let params = FellegiSunterParams::default()
            .random_pairs(20_000)
            .training_pairs(500);
        let model = params.fit(&blocking).unwrap();
        let scored = model
            .scorer(&records)
            .unwrap()
            .score(&blocking, MatchWeight(0))
            .unwrap();
        let key = |record: RecordIx| people.record[record.at()];
        let edges: Vec<(i64, i64, i32)> = scored
            .edges()
            .iter()
            .map(|edge| (key(edge.a), key(edge.b), edge.weight.0))
            .collect();
        (custometry::persist::to_json(&model).unwrap(), edges)
    };
    let (model, edges) = run(&people);
    assert!(edges.len() > 500);
    let (turned, turned_edges) = run(&shuffled);
    assert_eq!(model, turned);
    assert_eq!(edges, turned_edges);
}

/// Weights are sums of whole numbers, and what explains them adds up to them.
#[test]
fn a_score_and_its_explanation_are_one() {
    let people = people(2_000, 0.3);
    let records = records(&people);
    let blocking = rules().block(&records).unwrap();
    let model = FellegiSunterParams::default().fit(&blocking).unwrap();
    let scorer = model.scorer(&records).unwrap();
    let scored = scorer
        .score(&blocking, MatchWeight::from_bits(-30.0).unwrap())
        .unwrap();
    assert!(scored.edges().len() > 100);
    for edge in scored.edges() {
        let why = scorer.explain(edge.a, edge.b).unwrap();
        assert_eq!(why.weight, edge.weight);
        let parts: i32 = why
            .comparisons
            .iter()
            .map(|one| one.weight.0 + one.term_frequency.0)
            .sum();
        assert_eq!(why.prior.0 + parts, why.against_random.0);
        assert!(why.weight <= why.against_random);
        assert!(why.weight <= why.against_family.unwrap());
        assert_eq!(scorer.score_one(edge.b, edge.a).unwrap(), edge.weight);
    }
}

/// A threshold takes levels as the formulas do, worked out from the texts.
#[test]
fn levels_are_those_of_the_formulas() {
    let names = [
        "martha", "marhta", "dwayne", "duane", "", "dixon", "dicksonx", "ann", "anna",
    ];
    let keys: Vec<i64> = (0..9).collect();
    let records = Records::builder()
        .int_keys(&keys)
        .column("name", FieldKind::Verbatim, &names)
        .build()
        .unwrap();
    let cuts = [0.92, 0.85, 0.8];
    let m = [0.6, 0.2, 0.1, 0.05, 0.05];
    let u = [0.01, 0.01, 0.03, 0.05, 0.9];
    let of_name = Comparison::jaro_winkler("name", &cuts);
    let plain = Comparison::new(
        "name",
        of_name.missing().clone(),
        of_name
            .levels()
            .iter()
            .map(|level| custometry::identity::Level::new(&level.name, level.test.clone()))
            .collect(),
    );
    let model = FellegiSunter::new(
        0.5,
        vec![ComparisonModel::new(plain, m.to_vec(), u.to_vec())],
    );
    let scorer = model.unwrap();
    let scorer = scorer.scorer(&records).unwrap();
    for (a, one) in (0u32..).zip(&names) {
        for (b, other) in (0u32..).zip(&names) {
            let alike = Similarity::JaroWinkler.of(one, other);
            let level = if one == other {
                0
            } else {
                1 + cuts
                    .iter()
                    .position(|&cut| alike >= cut)
                    .unwrap_or(cuts.len())
            };
            let expected = if one.is_empty() || other.is_empty() {
                0.0
            } else {
                f64::log2(m[level] / u[level])
            };
            let weight = scorer.score_one(RecordIx(a), RecordIx(b)).unwrap();
            assert!((weight.bits() - expected).abs() < 1e-4, "{one} {other}");
        }
    }
}

#[test]
fn what_cannot_be_trained_or_scored_is_said() {
    let builder = || {
        Records::builder()
            .int_keys(&[1, 2, 3])
            .surname(&["Lee", "Ma", "Li"])
    };
    let lone = builder().build().unwrap();
    let rule = || BlockingParams::new(vec![BlockingRule::on(["surname"])]);
    let blocking = rule().block(&lone).unwrap();
    let error = FellegiSunterParams::default().fit(&blocking).unwrap_err();
    assert!(
        error
            .to_string()
            .contains("pairs that share a key under a rule"),
        "{error}"
    );

    // Nothing but missing values.
    let blank = Records::builder()
        .int_keys(&[1, 2, 3])
        .surname(&["", " ", "unknown"])
        .city(&["Bonn", "Bonn", "Ulm"])
        .build()
        .unwrap();
    let by_city = BlockingParams::new(vec![BlockingRule::on(["city"])])
        .block(&blank)
        .unwrap();
    let model = FellegiSunterParams::default().fit(&by_city).unwrap();
    let nothing =
        |warning: &TrainingWarning| matches!(warning, TrainingWarning::NothingToCompare { .. });
    assert!(model.report().unwrap().warnings.iter().any(nothing));

    let of_city = |m: Vec<f64>, u: Vec<f64>| {
        let one = ComparisonModel::new(Comparison::exact("city"), m, u);
        FellegiSunter::new(0.1, vec![one])
    };
    assert!(matches!(
        of_city(vec![0.9], vec![0.1, 0.9]),
        Err(Error::LengthMismatch { .. })
    ));
    assert!(matches!(
        of_city(vec![0.9, f64::NAN], vec![0.1, 0.9]),
        Err(Error::InvalidValue { row: 1, .. })
    ));
    assert!(FellegiSunter::new(0.1, Vec::new()).is_err());
    for lambda in [0.0, 1.0, f64::NAN] {
        assert!(
            FellegiSunter::new(
                lambda,
                of_city(vec![0.9, 0.1], vec![0.1, 0.9])
                    .unwrap()
                    .comparisons()
                    .to_vec()
            )
            .is_err()
        );
    }
    let model = of_city(vec![0.9, 0.1], vec![0.1, 0.9]).unwrap();
    let message = model.scorer(&lone).unwrap_err().to_string();
    assert_eq!(message, "column is city, expected one of surname");
    // Zeros are neither infinite nor NaN. Two of three are in Bonn: that share stands for
    // the u of the level.
    let hard = of_city(vec![1.0, 0.0], vec![0.0, 1.0]).unwrap();
    let weights = hard.scorer(&blank).unwrap();
    let same = weights.score_one(RecordIx(0), RecordIx(1)).unwrap().bits();
    let prior = (0.1f64 / 0.9).log2();
    assert!((same - prior - 1.5f64.log2()).abs() < 1e-4, "{same}");
    assert!(weights.score_one(RecordIx(0), RecordIx(2)).unwrap().bits() < -900.0);
    // The blocking of other records.
    let scorer = model.scorer(&blank).unwrap();
    let others = Records::builder()
        .int_keys(&[1, 2])
        .city(&["Ulm", "Ulm"])
        .build()
        .unwrap();
    let of_others = BlockingParams::new(vec![BlockingRule::on(["city"])])
        .block(&others)
        .unwrap();
    assert!(scorer.score(&of_others, MatchWeight(0)).is_err());
}

/// Known pairs tell m; what families share is found from all pairs all the same.
#[test]
fn families_are_found_with_labels_as_without() {
    let people = people(20_000, 0.5);
    let records = records(&people);
    let blocking = rules().block(&records).unwrap();
    let mut of_person = std::collections::BTreeMap::<u32, Vec<u32>>::new();
    for (record, &person) in (0u32..).zip(&people.person) {
        of_person.entry(person).or_default().push(record);
    }
    let known: Vec<(RecordIx, RecordIx)> = of_person
        .values()
        .filter_map(|members| match members[..] {
            [a, b, ..] => Some((RecordIx(a), RecordIx(b))),
            _ => None,
        })
        .collect();
    let params = FellegiSunterParams::default();
    let without = params.fit(&blocking).unwrap();
    let with = params.fit_labelled(&blocking, &known).unwrap();
    let eta = with.families().unwrap() / without.families().unwrap();
    assert!((0.8..1.25).contains(&eta), "{eta}");
    for (one, other) in with.comparisons().iter().zip(without.comparisons()) {
        assert_eq!(one.family.is_some(), other.family.is_some());
        let both = one
            .family
            .iter()
            .flatten()
            .zip(other.family.iter().flatten());
        for (with, without) in both {
            let name = one.comparison.name();
            assert!((with - without).abs() < 0.1, "{name}: {with} {without}");
        }
    }
}

/// λ that is given leaves room for η, however large it is.
#[test]
fn any_chance_is_taken_for_lambda() {
    let people = people(2_000, 0.5);
    let records = records(&people);
    let blocking = rules().block(&records).unwrap();
    let fit = |lambda| FellegiSunterParams::default().lambda(lambda).fit(&blocking);
    for lambda in [f64::MIN_POSITIVE, 1e-9, 0.5, 0.9, 1.0 - f64::EPSILON] {
        let model = fit(Lambda::Given(lambda)).unwrap();
        assert_eq!(model.lambda().to_bits(), lambda.to_bits());
    }
    for (lambda, said) in [
        (Lambda::Given(f64::NAN), "lambda is NaN"),
        (
            Lambda::Rules {
                rules: 0,
                recall: 0.9,
            },
            "rules for lambda is 0",
        ),
        (
            Lambda::Rules {
                rules: 7,
                recall: 0.9,
            },
            "expected 1 to 6",
        ),
        (
            Lambda::Rules {
                rules: 1,
                recall: f64::NAN,
            },
            "recall of the rules is NaN",
        ),
    ] {
        let message = fit(lambda).unwrap_err().to_string();
        assert!(message.contains(said), "{message}");
    }
    for params in [
        FellegiSunterParams::default().random_pairs(0),
        FellegiSunterParams::default().training_pairs(0),
    ] {
        let message = params.fit(&blocking).unwrap_err().to_string();
        assert!(
            message.contains("pairs is 0, expected at least 1"),
            "{message}"
        );
    }
}

/// A comparison that takes no value for a value is trained on the pairs it scores.
#[test]
fn no_value_may_be_a_level() {
    let values = ["a", "a", "b", "", "", "", "", ""];
    let keys: Vec<i64> = (0..8).collect();
    let records = Records::builder()
        .int_keys(&keys)
        .column("v", FieldKind::Verbatim, &values)
        .column("block", FieldKind::Verbatim, &["x"; 8])
        .build()
        .unwrap();
    let never = Test::Not(Box::new(Test::Otherwise));
    let same = Level::new("same", Test::exact("v"));
    let of_v = || Comparison::new("v", never.clone(), vec![same.clone()]);
    let blocking = BlockingParams::new(vec![BlockingRule::on(["block"])]);
    let blocking = blocking.block(&records).unwrap();
    let params = FellegiSunterParams::new(vec![of_v()]).lambda(Lambda::Given(1e-12));
    let u = params.fit(&blocking).unwrap().comparisons()[0].u.clone();
    // One pair of 28 has the same value.
    assert!((u[0] - 1.5 / 29.0).abs() < 1e-9, "{u:?}");
}

/// A sample is of the kind of pairs that are asked for, however rare they are among all.
#[test]
fn rare_kinds_of_pairs_are_sampled_as_well() {
    let count = 8_000;
    let keys: Vec<i64> = (0..count).collect();
    // Half of the pairs within a source are one change apart, none is the same.
    let value = |at: i64| match at % 4 {
        1 => format!("{}x", at - 1),
        _ => at.to_string(),
    };
    let values: Vec<String> = keys.iter().map(|&at| value(at)).collect();
    let in_twos: Vec<String> = keys.iter().map(|at| (at / 2).to_string()).collect();
    let all_but_one: Vec<String> = keys.iter().map(|at| (*at == 0).to_string()).collect();
    for (sources, kind) in [
        (in_twos, PairKind::WithinSources),
        (all_but_one, PairKind::AcrossSources),
    ] {
        let records = Records::builder()
            .int_keys(&keys)
            .sources(&sources)
            .column("v", FieldKind::Verbatim, &values)
            .column("block", FieldKind::Verbatim, &vec!["x"; values.len()])
            .build()
            .unwrap();
        let level_of = |a: usize, b: usize| {
            let texts = (&values[a], &values[b]);
            usize::from(EditDistance::Osa.of(texts.0, texts.1) > 1)
        };
        let pairs: Vec<(usize, usize)> = match kind {
            PairKind::WithinSources => (0..values.len() / 2)
                .map(|at| (2 * at, 2 * at + 1))
                .collect(),
            _ => (1..values.len()).map(|other| (0, other)).collect(),
        };
        let near = pairs.iter().filter(|(a, b)| level_of(*a, *b) == 0).count();
        let expected = near as f64 / pairs.len() as f64;
        let rule = BlockingRule::on(["block"]).hot_blocks(100, HotBlocks::Window(20_000));
        let blocking = BlockingParams::new(vec![rule]).pairs(kind);
        let blocking = blocking.block(&records).unwrap();
        let of_v = Comparison::edits("v", EditDistance::Osa, &[1]);
        let params = FellegiSunterParams::new(vec![of_v]).random_pairs(20_000);
        let model = params.lambda(Lambda::Given(1e-12)).fit(&blocking).unwrap();
        let u = model.comparisons()[0].u[1];
        assert!((u - expected).abs() < 0.02, "{kind:?}: {u} {expected}");
    }
}

/// Each record of a source of its own, and a value of its own.
#[test]
fn as_many_sources_as_values_take_no_more_memory_than_records() {
    let count = 60_000;
    let keys: Vec<i64> = (0..count).collect();
    let names: Vec<String> = keys.iter().map(i64::to_string).collect();
    let records = Records::builder()
        .int_keys(&keys)
        .sources(&names)
        .column("v", FieldKind::Verbatim, &names)
        .column("block", FieldKind::Verbatim, &vec!["x"; names.len()])
        .build()
        .unwrap();
    let rule = BlockingRule::on(["block"]).hot_blocks(100, HotBlocks::Window(3));
    let blocking = BlockingParams::new(vec![rule]).pairs(PairKind::AcrossSources);
    let blocking = blocking.block(&records).unwrap();
    let params = FellegiSunterParams::new(vec![Comparison::exact("v")]).random_pairs(10_000);
    let model = params.lambda(Lambda::Given(1e-6)).fit(&blocking).unwrap();
    assert!(model.comparisons()[0].u[0] < 1e-8);
}

/// Weights of many impossible levels end at the smallest number, for families too.
#[test]
fn impossible_pairs_stay_impossible() {
    let names: Vec<String> = (0..40).map(|at| format!("c{at}")).collect();
    let builder = Records::builder().int_keys(&[1, 2]);
    let records = names.iter().fold(builder, |builder, name| {
        builder.column(name, FieldKind::Verbatim, &["a", "b"])
    });
    let records = records.build().unwrap();
    let one = |name: &String| {
        let mut one = ComparisonModel::new(Comparison::exact(name), vec![1.0, 0.0], vec![0.5, 0.5]);
        one.family = Some(vec![0.5, 0.5]);
        one
    };
    let model = FellegiSunter::new(0.1, names.iter().map(one).collect()).unwrap();
    let model = model.with_families(0.1).unwrap();
    let scorer = model.scorer(&records).unwrap();
    let weight = scorer.score_one(RecordIx(0), RecordIx(1)).unwrap();
    assert_eq!(weight.0, i32::MIN);
    assert!(weight.probability() < 1e-300);
    let why = scorer.explain(RecordIx(0), RecordIx(1)).unwrap();
    assert_eq!(why.weight, weight);
}

#[test]
fn saved_term_frequencies_are_checked() {
    let table = TermFrequencies::default().table("v", [("a", 0.5)]).unwrap();
    let json = serde_json::to_string(&table).unwrap();
    let read = |json: &str| serde_json::from_str::<TermFrequencies>(json);
    assert_eq!(read(&json).unwrap(), table);
    for share in ["0.0", "-1.0", "1.5", "null"] {
        assert!(read(&json.replace("0.5", share)).is_err(), "{share}");
    }
}

/// A record of a megabyte is compared like any other.
#[test]
fn very_long_texts_end() {
    let long = "ab c".repeat(250_000);
    let other = format!("{long}d");
    let values = [long.as_str(), other.as_str(), "short", long.as_str()];
    let records = Records::builder()
        .int_keys(&[1, 2, 3, 4])
        .full_name(&values)
        .address(&values)
        .email(&values)
        .phone(&values)
        .birth_dates(&values)
        .postcode(&values)
        .column("note", FieldKind::Text, &values)
        .build()
        .unwrap();
    let rules = BlockingParams::new(vec![
        BlockingRule::on(["address"]),
        BlockingRule::on([custometry::identity::Key::deletions("surname")]),
    ]);
    let blocking = rules.block(&records).unwrap();
    let model = FellegiSunterParams::default().fit(&blocking).unwrap();
    let scorer = model.scorer(&records).unwrap();
    assert!(
        scorer.score_one(RecordIx(0), RecordIx(3)).unwrap()
            > scorer.score_one(RecordIx(0), RecordIx(2)).unwrap()
    );
    assert_eq!(records.report("birth_date").unwrap().unreadable, 4);
}

/// The standard error of a sampled u is how far samples are from each other.
#[test]
fn sampled_chances_are_as_sure_as_they_say() {
    const SEEDS: u64 = 40;
    let people = PeopleParams::default().records(20_000).generate().unwrap();
    let records = records(&people);
    let rules = BlockingParams::new(vec![BlockingRule::on(["email"])]);
    let blocking = rules.block(&records).unwrap();
    let fit = |seed| {
        let names = vec![
            Comparison::given_name("given_name"),
            Comparison::surname("surname"),
        ];
        let params = FellegiSunterParams::new(names)
            .random_pairs(100_000)
            .seed(seed);
        let model = params.families(Families::Ignored).fit(&blocking).unwrap();
        let errors = model.report().unwrap().u_errors.clone();
        let u = model.comparisons().iter().map(|one| one.u.clone());
        (u.collect::<Vec<_>>(), errors)
    };
    let fits: Vec<_> = (0..SEEDS).map(fit).collect();
    let mut looked_at = 0;
    for comparison in 0..2 {
        for level in 0..fits[0].0[comparison].len() {
            let of = |(u, _): &(Vec<Vec<f64>>, _)| u[comparison][level];
            let mean = fits.iter().map(of).sum::<f64>() / SEEDS as f64;
            let squares: f64 = fits.iter().map(|fit| (of(fit) - mean).powi(2)).sum();
            let spread = (squares / (SEEDS as f64 - 1.0)).sqrt();
            let said = fits
                .iter()
                .map(|(_, errors)| errors[comparison][level])
                .sum::<f64>();
            let said = said / SEEDS as f64;
            // Seldom levels have errors of few pairs; counted ones have none.
            if mean * 100_000.0 > 20.0 && said > 0.0 {
                looked_at += 1;
                assert!(
                    (0.6..1.6).contains(&(said / spread)),
                    "{said} {spread} {mean}"
                );
            }
        }
    }
    assert!(looked_at >= 4, "{looked_at}");
}
