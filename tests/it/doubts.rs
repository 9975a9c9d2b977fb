//! Explanations, diagnoses and alternatives of a resolution.

use std::collections::{BTreeMap, BTreeSet};

use custometry::{
    Error,
    data::{Currency, Transactions, UnknownCustomers, date_of_day},
    identity::{
        AlternativesParams, BlockingParams, Clustering, FellegiSunterParams, Forbidden,
        MatchWeight, PairKind, RecordIx, Records, Resolution, ResolveParams, Verdict,
    },
    simulate::{PeopleParams, SimulatedPeople},
    value::SummaryState,
};

use crate::{
    hand_made::{self, at},
    people::records,
};

const ONE: RecordIx = RecordIx(0);
const TWO: RecordIx = RecordIx(1);
const THREE: RecordIx = RecordIx(2);
const FOUR: RecordIx = RecordIx(3);

#[test]
fn a_verdict_says_why_two_records_are_apart_or_together() {
    let rows = [
        ["x", "y", "z"],
        ["x", "y", "z"],
        ["x", "q", "r"],
        ["p", "s", "t"],
    ];
    let made = hand_made::records(&rows, PairKind::All);
    let verdict = |params: &ResolveParams, a, b| {
        let found = made.resolve(params, |resolution, made| {
            resolution.explain_pair(made.scorer, made.blocking, made.scored, a, b)
        });
        found.unwrap().unwrap()
    };
    let linked = verdict(&at(0.0), ONE, TWO);
    assert_eq!((linked.together, linked.verdict), (true, Verdict::Linked));
    assert_eq!(linked.path.len(), 1);
    assert_eq!(
        (linked.path[0].a, linked.path[0].b, linked.rule),
        (ONE, TWO, Some(0))
    );
    assert!(linked.missing < MatchWeight(0));

    let weak = verdict(&at(0.0), TWO, THREE);
    assert_eq!((weak.together, weak.verdict), (false, Verdict::TooWeak));
    assert_eq!(weak.missing.0, -weak.pair.weight.0);
    assert!(weak.path.is_empty() && weak.nearest.unwrap().b == THREE);
    assert_eq!(verdict(&at(0.0), ONE, FOUR).verdict, Verdict::NotCompared);
    assert_eq!(verdict(&at(0.0), ONE, FOUR).rule, None);

    let known = at(0.0)
        .must_link(&[(FOUR, ONE)])
        .cannot_link(&[(THREE, TWO)]);
    assert_eq!(verdict(&known, ONE, FOUR).verdict, Verdict::Required);
    // By way of the first.
    let chained = verdict(&known, FOUR, TWO);
    assert_eq!(
        (chained.together, chained.verdict),
        (true, Verdict::Chained)
    );
    let way: Vec<_> = chained
        .path
        .iter()
        .map(|step| (step.a, step.b, step.required))
        .collect();
    assert_eq!(way, [(ONE, FOUR, true), (ONE, TWO, false)]);
    let why = Forbidden::CannotLink;
    let forbidden = |a, b, why| Verdict::Forbidden { a, b, why };
    assert_eq!(
        verdict(&known, TWO, THREE).verdict,
        forbidden(TWO, THREE, why.clone())
    );
    // Another record of the cluster forbids it.
    assert_eq!(
        verdict(&known, ONE, THREE).verdict,
        forbidden(TWO, THREE, why)
    );
    let exclusive = verdict(&at(-20.0).exclusive("c"), ONE, THREE);
    assert_eq!(
        exclusive.verdict,
        forbidden(ONE, THREE, Forbidden::Exclusive("c".into()))
    );

    let error = made.resolve(&at(0.0), |resolution, made| {
        resolution.explain_pair(made.scorer, made.blocking, made.scored, ONE, RecordIx(9))
    });
    let error = error.unwrap().unwrap_err().to_string();
    assert!(error.contains("record, row 1"), "{error}");
}

#[test]
fn a_pair_can_be_outvoted() {
    // The third record is two thirds of the way to both twins before it and after it,
    // and these have little in common.
    let rows = [
        ["x", "y", "z"],
        ["x", "y", "z"],
        ["x", "y", "w"],
        ["v", "y", "w"],
        ["v", "y", "w"],
    ];
    let made = hand_made::records(&rows, PairKind::All);
    made.resolve(&at(0.0), |resolution, made| {
        let cluster = resolution.cluster();
        assert_eq!((cluster[0], cluster[3]), (cluster[1], cluster[4]));
        assert_ne!(cluster[0], cluster[3]);
        let other = if cluster[2] == cluster[0] { FOUR } else { ONE };
        let found = resolution.explain_pair(made.scorer, made.blocking, made.scored, THREE, other);
        let found = found.unwrap();
        assert_eq!((found.together, found.verdict), (false, Verdict::Outvoted));
        assert!(found.missing < MatchWeight(0));
    })
    .unwrap();
}

#[test]
fn a_cluster_is_explained_from_its_strongest_pair_to_its_weakest() {
    let rows = [
        ["x", "y", "z"],
        ["x", "y", "z"],
        ["x", "y", "w"],
        ["v", "y", "w"],
        ["x", "", ""],
    ];
    let made = hand_made::records(&rows, PairKind::All);
    let params = at(-9.0).clustering(Clustering::Connected);
    made.resolve(&params, |resolution, made| {
        let (scorer, blocking, scored) = (made.scorer, made.blocking, made.scored);
        assert_eq!(resolution.clusters(), 1);
        let weight = |a, b| scorer.score_one(a, b).unwrap();
        let how = resolution
            .explain_cluster(scorer, blocking, scored, THREE)
            .unwrap();
        assert_eq!(how.records.len(), 5);
        let weights: Vec<_> = how.steps.iter().map(|step| step.weight).collect();
        assert!(weights.is_sorted_by(|one, other| one >= other));
        for step in &how.steps {
            assert_eq!(step.weight, weight(step.a, step.b));
        }
        assert_eq!(
            (how.steps[0].a, how.steps[0].b, how.steps[0].records),
            (ONE, TWO, 2)
        );
        assert_eq!(how.steps.last().unwrap().records, 5);
        assert_eq!(how.nearest, None);
        let [diagnosis] = resolution.diagnose(scorer, scored).unwrap()[..] else {
            panic!("one cluster");
        };
        assert_eq!(how.diagnosis, Some(diagnosis));
        assert_eq!(diagnosis.weakest, weights.last().copied());
        // All pairs by hand.
        let pairs = (0..5u32).flat_map(|b| (0..b).map(move |a| (RecordIx(a), RecordIx(b))));
        let weights: Vec<_> = pairs.map(|(a, b)| weight(a, b)).collect();
        let links = weights
            .iter()
            .filter(|weight| **weight >= resolution.threshold())
            .count();
        assert_eq!(diagnosis.links, links as u64);
        assert!((diagnosis.density - links as f64 / 10.0).abs() < 1e-12);
        let mean = weights
            .iter()
            .map(|weight| weight.probability())
            .sum::<f64>()
            / 10.0;
        assert!((diagnosis.probability - mean).abs() < 1e-12);
    })
    .unwrap();
}

struct Simulated {
    people: SimulatedPeople,
    records: Records,
}

impl Simulated {
    fn new(count: u32, seed: u64) -> Self {
        let people = PeopleParams::default()
            .records(count)
            .seed(seed)
            .generate()
            .unwrap();
        let records = records(&people);
        Self { people, records }
    }

    fn look<T>(
        &self,
        params: &ResolveParams,
        look: impl FnOnce(Resolution, hand_made::Made<'_>) -> T,
    ) -> T {
        let records = &self.records;
        let blocking = BlockingParams::suited_to(records, PairKind::All, 2_000_000).unwrap();
        let blocking = blocking.block(records).unwrap();
        let model = FellegiSunterParams::default().fit(&blocking).unwrap();
        let scorer = model.scorer(records).unwrap();
        let scored = scorer
            .score(&blocking, MatchWeight::from_bits(-10.0).unwrap())
            .unwrap();
        let resolution = params.resolve(&scorer, &blocking, &scored).unwrap();
        let made = hand_made::Made {
            scorer: &scorer,
            blocking: &blocking,
            scored: &scored,
        };
        look(resolution, made)
    }
}

/// Of merges that are said to be right with some probability, about that share is.
#[test]
fn doubtful_merges_are_as_probable_as_they_say() {
    let (mut expected, mut found, mut made) = ([0.0; 4], [0.0; 4], [0.0; 4]);
    for seed in 1..=3 {
        let simulated = Simulated::new(40_000, seed);
        let person = &simulated.people.person;
        simulated.look(&ResolveParams::default(), |resolution, made_of| {
            let params = AlternativesParams::default();
            let alternatives = params
                .draw(&resolution, made_of.scorer, made_of.scored)
                .unwrap();
            for merge in alternatives.doubtful() {
                let cluster = resolution.cluster();
                assert_eq!(merge.made, cluster[merge.a.at()] == cluster[merge.b.at()]);
                let bin = [0.1, 0.5, 0.9].partition_point(|edge| *edge < merge.probability);
                made[bin] += 1.0;
                expected[bin] += merge.probability;
                found[bin] += f64::from(u8::from(person[merge.a.at()] == person[merge.b.at()]));
            }
            let truth = f64::from(person.iter().max().unwrap() + 1);
            let customers = alternatives.customers(0.95).unwrap();
            assert!(customers.lo < customers.hi && customers.se > 0.0);
            assert!(
                (customers.value / truth - 1.0).abs() < 0.005,
                "{customers:?}"
            );
        });
    }
    let shares: Vec<(f64, f64)> = (0..4)
        .map(|bin| (expected[bin] / made[bin], found[bin] / made[bin]))
        .collect();
    // Those that are nearly sure are as many as they say; in between, what is more
    // probable is right more often.
    for (said, true_share) in [shares[0], shares[3]] {
        assert!((said - true_share).abs() < 0.05, "{shares:?}");
    }
    assert!(
        shares.windows(2).all(|pair| pair[0].1 < pair[1].1),
        "{shares:?}"
    );
    // All doubtful merges together.
    let (said, right) = (expected.iter().sum::<f64>(), found.iter().sum::<f64>());
    assert!((said / right - 1.0).abs() < 0.02, "{said} {right}");
}

#[test]
fn draws_have_as_many_customers_as_the_probabilities_say() {
    let simulated = Simulated::new(10_000, 5);
    simulated.look(&ResolveParams::default(), |resolution, made| {
        let params = AlternativesParams::default().draws(400);
        let alternatives = params.draw(&resolution, made.scorer, made.scored).unwrap();
        let counts = (0..400).map(|draw| {
            let cluster = alternatives.cluster(draw).unwrap();
            // Numbered as clusters are.
            let mut next = 0;
            for &cluster in &cluster {
                next = next.max(cluster + 1);
            }
            let different: BTreeSet<u32> = cluster.iter().copied().collect();
            assert_eq!(different.len(), next as usize);
            f64::from(next)
        });
        let mean = counts.sum::<f64>() / 400.0;
        // Merges that were made count as lost when they are not drawn, the others as won.
        let change: f64 = (alternatives.doubtful().iter())
            .map(|merge| {
                if merge.made {
                    1.0 - merge.probability
                } else {
                    -merge.probability
                }
            })
            .sum();
        let customers = alternatives.customers(0.9).unwrap();
        let standard_error = customers.se / 20.0;
        let expected = f64::from(resolution.clusters()) + change;
        assert!(
            (mean - expected).abs() < 4.0 * standard_error + 0.5,
            "{mean} {expected}"
        );
        assert!(customers.lo < mean && mean < customers.hi);
        assert_eq!(alternatives.cluster(400), None);
        // Another seed draws others, the same one the same.
        let other = params
            .clone()
            .seed(2)
            .draw(&resolution, made.scorer, made.scored)
            .unwrap();
        assert_ne!(other.cluster(0), alternatives.cluster(0));
        let again = params.draw(&resolution, made.scorer, made.scored).unwrap();
        assert_eq!(again.cluster(7), alternatives.cluster(7));
    });
}

/// What is known to be two people is so in every draw, what is known to be one as well.
#[test]
fn draws_keep_to_what_is_known() {
    let rows = [
        ["x", "y", "1"],
        ["x", "y", "2"],
        ["x", "y", ""],
        ["x", "", "1"],
        ["x", "", "3"],
        ["p", "y", "3"],
        ["x", "", ""],
    ];
    let made = hand_made::records(&rows, PairKind::All);
    let params = at(0.0)
        .exclusive("c")
        .cannot_link(&[(RecordIx(2), FOUR)])
        .must_link(&[(RecordIx(4), RecordIx(5))]);
    made.resolve(&params, |resolution, made| {
        let draws = AlternativesParams::default().draws(500);
        let alternatives = draws.draw(&resolution, made.scorer, made.scored).unwrap();
        let mut different = BTreeSet::new();
        for draw in 0..500 {
            let cluster = alternatives.cluster(draw).unwrap();
            assert_ne!(cluster[2], cluster[3]);
            assert_eq!(cluster[4], cluster[5]);
            let mut value = BTreeMap::new();
            for (row, cluster) in rows
                .iter()
                .zip(&cluster)
                .filter(|(row, _)| !row[2].is_empty())
            {
                assert_eq!(value.entry(*cluster).or_insert(row[2]), &row[2]);
            }
            different.insert(cluster);
        }
        assert!(different.len() > 2, "{different:?}");
    })
    .unwrap();
}

#[test]
fn statistics_of_customers_carry_the_doubt() {
    let simulated = Simulated::new(5_000, 8);
    let people = &simulated.people;
    let days: Vec<i32> = (0..5_000).map(|row| row % 300).collect();
    let log = Transactions::builder(Currency::EUR)
        .int_keys(&people.record)
        .days(days)
        .amounts(vec![500; 5_000])
        .build()
        .unwrap();
    simulated.look(&ResolveParams::default(), |resolution, made| {
        let alternatives = AlternativesParams::default().draws(40);
        let alternatives = alternatives
            .draw(&resolution, made.scorer, made.scored)
            .unwrap();
        let of = |crosswalk: &custometry::data::Crosswalk| {
            let (log, _) = log.rekey("", crosswalk, UnknownCustomers::Refuse)?;
            let summary = SummaryState::new(&log)?.summary(date_of_day(400).unwrap())?;
            let once = summary
                .frequency()
                .iter()
                .filter(|again| **again == 0)
                .count();
            Ok([summary.len() as f64, once as f64 / summary.len() as f64])
        };
        let [customers, once] = alternatives.estimate(&simulated.records, 0.9, of).unwrap();
        assert_eq!(customers, alternatives.customers(0.9).unwrap());
        assert!(once.lo < once.hi && (once.value - once.lo).abs() < 0.02);
        // What the host's own statistic refuses comes back.
        let refused = alternatives.estimate(&simulated.records, 0.9, |_| {
            Err::<[f64; 1], _>(Error::Degenerate {
                what: "nothing".into(),
            })
        });
        assert!(matches!(refused, Err(Error::Degenerate { .. })));
        let not_finite = alternatives.estimate(&simulated.records, 0.9, |_| Ok([f64::NAN]));
        assert!(not_finite.is_err());
        assert!(alternatives.customers(1.0).is_err());
        let other = Simulated::new(100, 1);
        assert!(
            alternatives
                .estimate(&other.records, 0.9, |_| Ok([1.0]))
                .is_err()
        );
    });
}

#[test]
fn alternatives_of_links_stay_one_to_one() {
    let people = PeopleParams::default()
        .records(4_000)
        .seed(3)
        .generate()
        .unwrap();
    let mut seen = BTreeSet::new();
    let side = |person: &u32| {
        if seen.insert(*person) {
            "left"
        } else {
            "right"
        }
    };
    let source: Vec<&str> = people.person.iter().map(side).collect();
    let records = Records::builder()
        .int_keys(&people.record)
        .sources(&source)
        .given_name(&people.given_name)
        .surname(&people.surname)
        .birth_dates(&people.birth_date)
        .build()
        .unwrap();
    let blocking = BlockingParams::suited_to(&records, PairKind::AcrossSources, 400_000);
    let blocking = blocking.unwrap().block(&records).unwrap();
    let model = FellegiSunterParams::default().fit(&blocking).unwrap();
    let scorer = model.scorer(&records).unwrap();
    let scored = scorer
        .score(&blocking, MatchWeight::from_bits(-10.0).unwrap())
        .unwrap();
    let resolution = ResolveParams::default()
        .resolve(&scorer, &blocking, &scored)
        .unwrap();
    let alternatives = AlternativesParams::default().draws(50);
    let alternatives = alternatives.draw(&resolution, &scorer, &scored).unwrap();
    assert!(!alternatives.doubtful().is_empty());
    for draw in 0..50 {
        let mut taken = BTreeSet::new();
        for (cluster, source) in alternatives.cluster(draw).unwrap().iter().zip(&source) {
            assert!(
                taken.insert((*cluster, *source)),
                "a record has two partners"
            );
        }
    }
    let customers = alternatives.customers(0.95).unwrap();
    assert!(
        (customers.value - customers.lo).abs() < 0.02 * customers.value,
        "{customers:?}"
    );
    let rival = resolution.links()[0];
    let other = RecordIx(u32::from(rival.0 == ONE));
    let verdict = resolution
        .explain_pair(&scorer, &blocking, &scored, other, rival.1)
        .unwrap();
    assert!(!verdict.together && verdict.verdict != Verdict::Linked);
}
