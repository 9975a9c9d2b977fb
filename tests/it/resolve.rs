//! From pairs to customers: twins, chains, constraints, order, and what is expected.

use std::collections::{BTreeMap, BTreeSet};

use custometry::{
    Error,
    identity::{
        BlockingParams, BlockingRule, Clustering, ComparisonModel, FellegiSunter,
        FellegiSunterParams, FieldKind, HotBlocks, LinkQuality, MatchWeight, PairKind, RecordIx,
        Records, Resolution, ResolveParams, Threshold, TrainingWarning, pairwise,
    },
    simulate::{PeopleParams, SimulatedPeople},
};

use crate::{
    hand_made::{self, at, plain},
    people::records,
};

fn people(records: u32) -> SimulatedPeople {
    PeopleParams::default()
        .records(records)
        .seed(11)
        .generate()
        .unwrap()
}

fn rules() -> BlockingParams {
    let pairs = [
        ["given_name", "surname"],
        ["birth_date", "postcode"],
        ["birth_date", "surname"],
        ["birth_date", "given_name"],
    ];
    let alone = ["email", "phone"].map(|column| BlockingRule::on([column]));
    BlockingParams::new(
        pairs
            .into_iter()
            .map(BlockingRule::on)
            .chain(alone)
            .collect(),
    )
}

fn floor() -> MatchWeight {
    MatchWeight::from_bits(-10.0).unwrap()
}

fn resolved(records: &Records, params: &ResolveParams) -> Resolution {
    let blocking = rules().block(records).unwrap();
    let model = FellegiSunterParams::default().fit(&blocking).unwrap();
    let scorer = model.scorer(records).unwrap();
    let scored = scorer.score(&blocking, floor()).unwrap();
    params.resolve(&scorer, &blocking, &scored).unwrap()
}

/// Clusters as sets of keys.
fn sets(people: &SimulatedPeople, resolution: &Resolution) -> BTreeSet<Vec<i64>> {
    let mut members = BTreeMap::<u32, Vec<i64>>::new();
    for (&cluster, &key) in resolution.cluster().iter().zip(&people.record) {
        members.entry(cluster).or_default().push(key);
    }
    members
        .into_values()
        .map(|mut keys| {
            keys.sort_unstable();
            keys
        })
        .collect()
}

#[test]
fn simulated_people_are_found_and_the_errors_foreseen() {
    let people = people(50_000);
    let records = records(&people);
    let resolution = resolved(&records, &ResolveParams::default());
    let found = pairwise(resolution.cluster(), &people.person).unwrap();
    assert!(found.f1 > 0.97, "{found:?}");
    let expected = resolution.expected();
    assert!(
        (expected.precision - found.precision).abs() < 0.02,
        "{expected:?} {found:?}"
    );
    assert!(
        (expected.recall - found.recall).abs() < 0.03,
        "{expected:?} {found:?}"
    );
    // Clusters are numbered by their first records, without gaps.
    let mut next = 0;
    let mut order: Vec<usize> = (0..records.len()).collect();
    order.sort_by_key(|&at| people.record[at]);
    for at in order {
        assert!(resolution.cluster()[at] <= next);
        next = next.max(resolution.cluster()[at] + 1);
    }
    assert_eq!(next, resolution.clusters());
    // Fewer wrong links for fewer links.
    let careful = ResolveParams::default().threshold(Threshold::FalseDiscovery(0.001));
    let careful = pairwise(resolved(&records, &careful).cluster(), &people.person).unwrap();
    assert!(careful.precision > found.precision && careful.recall < found.recall);
}

#[test]
fn clusters_do_not_depend_on_the_order_of_the_rows() {
    let people = people(4_000);
    let mut order: Vec<usize> = (0..people.record.len()).collect();
    order.sort_by_key(|&at| people.record[at].wrapping_mul(2_654_435_761) % 4_001);
    let texts = |column: &[String]| order.iter().map(|&at| column[at].clone()).collect();
    let mut turned = people.clone();
    turned.record = order.iter().map(|&at| people.record[at]).collect();
    turned.given_name = texts(&people.given_name);
    turned.surname = texts(&people.surname);
    turned.birth_date = texts(&people.birth_date);
    turned.postcode = texts(&people.postcode);
    turned.email = texts(&people.email);
    turned.phone = texts(&people.phone);
    for clustering in [
        Clustering::Correlation,
        Clustering::BestLink,
        Clustering::Connected,
    ] {
        let params = ResolveParams::default().clustering(clustering);
        let one = sets(&people, &resolved(&records(&people), &params));
        let other = sets(&turned, &resolved(&records(&turned), &params));
        assert_eq!(one, other);
    }
}

/// The clusters of records by three values each, paired if they share one.
fn by_hand(rows: &[[&str; 3]], params: &ResolveParams) -> Result<Vec<u32>, Error> {
    let resolution = hand_made::records(rows, PairKind::All).resolve(params, |made, _| made);
    Ok(resolution?.cluster().to_vec())
}

#[test]
fn what_is_known_is_stronger_than_any_weight() {
    let pair = |a: u32, b: u32| (RecordIx(a), RecordIx(b));
    let rows = [
        ["x", "y", "z"],
        ["x", "y", "z"],
        ["x", "q", "r"],
        ["p", "s", "t"],
    ];
    assert_eq!(by_hand(&rows, &at(0.0)).unwrap(), [0, 0, 1, 2]);
    let apart = at(0.0).cannot_link(&[pair(1, 0)]);
    assert_eq!(by_hand(&rows, &apart).unwrap(), [0, 1, 2, 3]);
    let together = at(0.0).must_link(&[pair(3, 0)]);
    assert_eq!(by_hand(&rows, &together).unwrap(), [0, 0, 1, 0]);
    // Values of one person only.
    let rows = [["x", "y", "1"], ["x", "y", "2"], ["x", "y", ""]];
    let exclusive = by_hand(&rows, &at(-20.0).exclusive("c")).unwrap();
    assert_ne!(exclusive[0], exclusive[1]);

    let both = at(0.0).must_link(&[pair(0, 1)]).cannot_link(&[pair(1, 0)]);
    let message = by_hand(&rows, &both).unwrap_err().to_string();
    assert!(
        message.contains("records 0 and 1 must be one person and must not"),
        "{message}"
    );
    let message = by_hand(&rows, &at(0.0).must_link(&[pair(0, 9)]))
        .unwrap_err()
        .to_string();
    assert!(message.contains("must-link pair, row 0"), "{message}");
    assert!(by_hand(&rows, &at(0.0).exclusive("d")).is_err());
    let rate = ResolveParams::default().threshold(Threshold::FalseDiscovery(f64::NAN));
    assert!(by_hand(&rows, &rate).is_err());
}

/// A must-link by way of a third record, against a cannot-link.
#[test]
fn contradictions_over_several_records_are_found() {
    let pair = |a: u32, b: u32| (RecordIx(a), RecordIx(b));
    let rows = [["x", "y", "z"], ["x", "y", "z"], ["x", "y", "z"]];
    let params = at(0.0)
        .must_link(&[pair(0, 1), pair(1, 2)])
        .cannot_link(&[pair(0, 2)]);
    let error = by_hand(&rows, &params).unwrap_err();
    assert!(matches!(error, Error::Degenerate { .. }), "{error}");
}

/// Large sets, of which not all pairs are weighed, keep to the same rules as small ones.
#[test]
fn what_is_known_binds_large_sets_too() {
    let passports: Vec<String> = (0..600).map(|at| (at % 5).to_string()).collect();
    let row = |passport: &'static str| ["x", "y", passport];
    let values: Vec<&'static str> = passports.into_iter().map(|text| &*text.leak()).collect();
    let rows: Vec<[&str; 3]> = values.iter().map(|value| row(value)).collect();
    let clusters = by_hand(&rows, &at(-20.0).exclusive("c")).unwrap();
    let mut passport = BTreeMap::new();
    for (cluster, value) in clusters.iter().zip(&values) {
        assert_eq!(passport.entry(cluster).or_insert(value), &value);
    }
    assert_eq!(passport.len(), 5);

    // Records of three sources that are all alike: nobody is in a source twice.
    for clustering in [Clustering::Correlation, Clustering::Connected] {
        let made = hand_made::records(&vec![["x", "y", "z"]; 600], PairKind::AcrossSources);
        let params = at(0.0).clustering(clustering);
        let resolution = made.resolve(&params, |made, _| made).unwrap();
        let mut seen = BTreeSet::new();
        for (cluster, source) in resolution.cluster().iter().zip(0..) {
            // Of three sources in turn.
            assert!(
                seen.insert((cluster, source % 3)),
                "a source has a person twice"
            );
        }
        assert!(resolution.clusters() < 600);
    }

    // Whoever is known to be somebody else stays apart, whoever is known to be the same
    // stays together, in a hundred thousand known pairs as well.
    let pair = |a: u32, b: u32| (RecordIx(a), RecordIx(b));
    let apart: Vec<_> = (0..50_000u32)
        .map(|at| pair(at % 500, 500 + at / 500))
        .collect();
    let together: Vec<_> = (0..499).map(|at| pair(at, at + 1)).collect();
    let params = at(-20.0).cannot_link(&apart).must_link(&together);
    let clusters = by_hand(&vec![["x", "y", "z"]; 600], &params).unwrap();
    assert!(clusters[..500].iter().all(|cluster| *cluster == 0));
    assert!(clusters[500..].iter().all(|cluster| *cluster == 1));
}

/// One hundred thousand records that hang together, all alike or in a long chain, end in
/// bounded time.
#[test]
fn giant_components_end() {
    let count = 100_000usize;
    let keys: Vec<i64> = (0..).take(count).collect();
    let alike = vec!["x"; count];
    // Each record shares a value with the next one.
    let chain: Vec<String> = (0..count).map(|at| (at / 2).to_string()).collect();
    let other: Vec<String> = (0..count).map(|at| (at.div_ceil(2)).to_string()).collect();
    for (a, b) in [
        (alike.iter().map(ToString::to_string).collect(), None),
        (chain, Some(other)),
    ] {
        let b: Vec<String> = b.unwrap_or_else(|| a.clone());
        let records = Records::builder()
            .int_keys(&keys)
            .column("a", FieldKind::Verbatim, &a)
            .column("b", FieldKind::Verbatim, &b)
            .column("c", FieldKind::Verbatim, &vec![""; count])
            .build()
            .unwrap();
        let hot = |name| {
            let window = HotBlocks::Window(10);
            BlockingRule::on([name]).hot_blocks(1_000, window)
        };
        let blocking = BlockingParams::new(vec![hot("a"), hot("b")])
            .block(&records)
            .unwrap();
        let of =
            |column: &str| ComparisonModel::new(plain(column), vec![0.9, 0.1], vec![0.001, 0.999]);
        let model = FellegiSunter::new(0.01, vec![of("a"), of("b")]).unwrap();
        let scorer = model.scorer(&records).unwrap();
        let scored = scorer.score(&blocking, floor()).unwrap();
        let resolution = at(-5.0).resolve(&scorer, &blocking, &scored).unwrap();
        let same = a == b;
        // All alike are one; a chain is cut into what is next to each other.
        assert_eq!(
            resolution.clusters() == 1,
            same,
            "{}",
            resolution.clusters()
        );
        if !same {
            let largest = resolution.cluster().chunk_by(|one, other| one == other);
            assert!(largest.map(<[u32]>::len).max().unwrap() < 10);
        }
    }
}

/// Records of people who share nothing with the others change no cluster, where the model
/// is the same.
#[test]
fn unrelated_records_change_nothing() {
    let people = people(3_000);
    let mut more = people.clone();
    for at in 0..500i64 {
        more.record.push(1_000_000 + at);
        more.person.push(1_000_000);
        more.given_name.push(format!("qq{at}xyz"));
        more.surname.push(format!("zz{at}qrs"));
        more.birth_date
            .push(format!("19{:02}-0{}-1{}", 10 + at % 80, 1 + at % 9, at % 9));
        more.postcode.push(format!("99{at:04}"));
        more.email.push(String::new());
        more.phone.push(String::new());
    }
    let first = records(&people);
    let trained = rules().block(&first).unwrap();
    let model = FellegiSunterParams::default().fit(&trained).unwrap();
    let frequencies = |records: &Records| {
        let mut tables = custometry::identity::TermFrequencies::default();
        for (column, _) in records.fields() {
            let mut counts = BTreeMap::<String, f64>::new();
            for at in 0..people.record.len() {
                if let Some(value) = records.value(at, column) {
                    *counts.entry(value).or_default() += 1.0;
                }
            }
            let total: f64 = counts.values().sum();
            let shares = counts
                .into_iter()
                .map(|(value, count)| (value, count / total));
            tables = tables.table(column, shares).unwrap();
        }
        tables
    };
    let run = |records: &Records| {
        let blocking = rules().block(records).unwrap();
        let scorer = model.scorer_with(records, &frequencies(&first)).unwrap();
        let scored = scorer.score(&blocking, floor()).unwrap();
        at(0.0)
            .resolve(&scorer, &blocking, &scored)
            .unwrap()
            .cluster()
            .to_vec()
    };
    let before = run(&first);
    let after = run(&records(&more));
    assert_eq!(before, after[..before.len()]);
}

#[test]
fn links_of_two_sources_are_one_to_one() {
    let people = people(6_000);
    // Originals on one side, one copy of each at most on the other.
    let mut seen = BTreeSet::new();
    let source: Vec<&str> = people
        .person
        .iter()
        .map(|person| {
            if seen.insert(*person) {
                "left"
            } else {
                "right"
            }
        })
        .collect();
    let records = Records::builder()
        .int_keys(&people.record)
        .sources(&source)
        .given_name(&people.given_name)
        .surname(&people.surname)
        .birth_dates(&people.birth_date)
        .postcode(&people.postcode)
        .email(&people.email)
        .build()
        .unwrap();
    let blocking = BlockingParams::suited_to(&records, PairKind::AcrossSources, 300_000);
    let blocking = blocking.unwrap().block(&records).unwrap();
    let model = FellegiSunterParams::default().fit(&blocking).unwrap();
    let scorer = model.scorer(&records).unwrap();
    let scored = scorer.score(&blocking, floor()).unwrap();
    let resolution = ResolveParams::default()
        .resolve(&scorer, &blocking, &scored)
        .unwrap();
    let mut taken = BTreeSet::new();
    for &(a, b) in resolution.links() {
        assert_ne!(source[a.at()], source[b.at()]);
        assert!(
            taken.insert(a) && taken.insert(b),
            "a record has two partners"
        );
    }
    let right = |&&(a, b): &&(RecordIx, RecordIx)| people.person[a.at()] == people.person[b.at()];
    let right = resolution.links().iter().filter(right).count();
    assert!(right as f64 > 0.98 * resolution.links().len() as f64);
    // More than two sources: none has a person twice either.
    let third: Vec<String> = people
        .record
        .iter()
        .map(|key| (key % 3).to_string())
        .collect();
    let records = Records::builder()
        .int_keys(&people.record)
        .sources(&third)
        .given_name(&people.given_name)
        .surname(&people.surname)
        .birth_dates(&people.birth_date)
        .build()
        .unwrap();
    let rules = BlockingParams::new(vec![
        BlockingRule::on(["given_name", "surname"]),
        BlockingRule::on(["birth_date"]),
    ]);
    let blocking = rules
        .pairs(PairKind::AcrossSources)
        .block(&records)
        .unwrap();
    let model = FellegiSunterParams::default().fit(&blocking).unwrap();
    let scorer = model.scorer(&records).unwrap();
    let scored = scorer.score(&blocking, floor()).unwrap();
    let resolution = ResolveParams::default()
        .resolve(&scorer, &blocking, &scored)
        .unwrap();
    let mut seen = BTreeSet::new();
    for (cluster, source) in resolution.cluster().iter().zip(&third) {
        assert!(
            seen.insert((cluster, source)),
            "a source has a person twice"
        );
    }
}

#[test]
fn what_is_expected_of_links_follows_the_weights() {
    let people = people(20_000);
    let records = records(&people);
    let blocking = rules().block(&records).unwrap();
    let model = FellegiSunterParams::default().fit(&blocking).unwrap();
    let scored = model
        .scorer(&records)
        .unwrap()
        .score(&blocking, floor())
        .unwrap();
    let quality = LinkQuality::new(&blocking, &scored);
    let total = people.person.len();
    let mut truth = BTreeMap::<u32, u64>::new();
    for person in &people.person {
        *truth.entry(*person).or_default() += 1;
    }
    let all: u64 = truth.values().map(|n| n * (n - 1) / 2).sum();
    for bits in [-5.0, 0.0, 5.0, 10.0] {
        let threshold = MatchWeight::from_bits(bits).unwrap();
        let found: Vec<_> = scored
            .edges()
            .iter()
            .filter(|edge| edge.weight >= threshold)
            .collect();
        let right = found
            .iter()
            .filter(|edge| people.person[edge.a.at()] == people.person[edge.b.at()])
            .count() as f64;
        let expected = quality.at(threshold);
        let (precision, recall) = (right / found.len() as f64, right / all as f64);
        assert!(
            (expected.precision - precision).abs() < 0.03,
            "{bits}: {expected:?} {precision}"
        );
        assert!(
            (expected.recall - recall).abs() < 0.03,
            "{bits}: {expected:?} {recall}"
        );
    }
    let made = custometry::identity::blocking_recall(&blocking, &people.person).unwrap();
    assert!(
        (quality.blocking_recall() - made).abs() < 0.02,
        "{made} of {total}"
    );
}

/// A few records with little in them: what agrees in all is one person, and sharing a city
/// is not enough to be one.
#[test]
fn few_records_are_joined_only_with_good_reason() {
    let names = ["Ann", "Ann", "Bob", "Carl", "Dora"];
    let surnames = ["Lee", "Lee", "Marsh", "Jones", "Smith"];
    let emails = [
        "a@lee.org",
        "a@lee.org",
        "b@marsh.net",
        "cj@gmail.com",
        "d@smith.com",
    ];
    let resolved = |records: &Records| {
        let blocking = BlockingParams::suited_to(records, PairKind::All, 1_000).unwrap();
        let blocking = blocking.block(records).unwrap();
        let model = FellegiSunterParams::default().fit(&blocking).unwrap();
        let scorer = model.scorer(records).unwrap();
        let scored = scorer.score(&blocking, floor()).unwrap();
        let params = ResolveParams::default();
        params.resolve(&scorer, &blocking, &scored).unwrap()
    };
    let keys = || Records::builder().int_keys(&[1, 2, 3, 4, 5]);
    let columns = keys().given_name(&names).surname(&surnames).email(&emails);
    let resolution = resolved(&columns.build().unwrap());
    assert_eq!(resolution.cluster(), [0, 0, 1, 2, 3]);
    let cities = ["Ulm", "Ulm", "Bonn", "Kiel", "Jena"];
    let resolution = resolved(&keys().city(&cities).build().unwrap());
    assert_eq!(resolution.clusters(), 5);
    assert_eq!(resolution.threshold(), MatchWeight(0));
}

/// Twins who live together share all but their given names and what is theirs alone.
#[test]
fn twins_at_home_stay_two() {
    let simulated = PeopleParams::default()
        .records(1_500)
        .copies(0.0)
        .households(0.0);
    let mut people = simulated.seed(4).generate().unwrap();
    let born = people.person.len();
    let mut home: Vec<usize> = (0..born).collect();
    // A slip in the name and in the e-mail of one in five, and a twin of one in 25.
    for at in 0..born {
        let (twin, copy) = (at % 25 == 0, at % 5 == 1);
        if !twin && !copy {
            continue;
        }
        let other = (at + born / 2) % born;
        let new = i64::try_from(people.record.len()).unwrap();
        people.record.push(new);
        people
            .person
            .push(people.person[at] + if twin { 1_000_000 } else { 0 });
        let (given, email) = (&people.given_name, &people.email);
        let (given, email) = if twin {
            (given[other].clone(), email[other].replace('@', "1@"))
        } else {
            (format!("{}x", given[at]), email[at].replace('@', "x@"))
        };
        people.given_name.push(given);
        people.email.push(email);
        for column in [
            &mut people.surname,
            &mut people.birth_date,
            &mut people.postcode,
        ] {
            let same = column[at].clone();
            column.push(same);
        }
        let phone = people.phone[if twin { other } else { at }].clone();
        people.phone.push(phone);
        home.push(at);
    }
    let streets = [
        "Mill Road",
        "High Street",
        "Park Lane",
        "Station Road",
        "Church Walk",
    ];
    let address: Vec<String> = home
        .iter()
        .map(|at| format!("{} {}", 1 + at / 5, streets[at % 5]))
        .collect();
    let records = Records::builder()
        .int_keys(&people.record)
        .given_name(&people.given_name)
        .surname(&people.surname)
        .birth_dates(&people.birth_date)
        .postcode(&people.postcode)
        .address(&address)
        .email(&people.email)
        .phone(&people.phone)
        .build()
        .unwrap();
    let resolution = resolved(&records, &ResolveParams::default());
    let found = pairwise(resolution.cluster(), &people.person).unwrap();
    assert!(found.precision > 0.99 && found.recall > 0.99, "{found:?}");
}

/// Nothing tells records apart that are all the same, and that is said.
#[test]
fn records_that_are_all_alike_are_told() {
    let keys: Vec<i64> = (0..10).collect();
    let records = Records::builder()
        .int_keys(&keys)
        .given_name(&["Ann"; 10])
        .surname(&["Lee"; 10])
        .build()
        .unwrap();
    let rules = BlockingParams::new(vec![BlockingRule::on(["surname"])]);
    let blocking = rules.block(&records).unwrap();
    let model = FellegiSunterParams::default().fit(&blocking).unwrap();
    let warnings = &model.report().unwrap().warnings;
    assert!(
        warnings.contains(&TrainingWarning::AllAlike),
        "{warnings:?}"
    );
}
