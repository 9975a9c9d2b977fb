//! Blocking against the obvious way: all pairs of records, one by one.

use std::collections::{BTreeMap, BTreeSet};

use custometry::identity::{
    Blocking, BlockingParams, BlockingRule, ColumnPart, FieldKind, HotBlocks, Key, PairKind, Part,
    RecordIx, Records, are_nicknames, osa,
};
use proptest::prelude::*;

/// Key, source, given name, surname, day of birth, tags.
type Row = (u32, u8, String, String, String, Vec<String>);

fn rows() -> impl Strategy<Value = Vec<Row>> {
    let given = prop::sample::select(vec!["", "ann", "anna", "bob", "robert", "liz"]);
    let surname = prop::sample::select(vec!["", "lee", "leem", "lie", "smith", "smyth", "li"]);
    let born = prop::sample::select(vec!["", "1970-05-17", "1970-05-18", "1971-05-17"]);
    let tag = prop::sample::select(vec!["x", "y", "z"]);
    let owned = |text: &str| text.to_owned();
    let row = (
        0u8..3,
        given.prop_map(owned),
        surname.prop_map(owned),
        born.prop_map(owned),
        prop::collection::vec(tag.prop_map(owned), 0..3),
    );
    prop::collection::vec(row, 1..40).prop_map(|rows| {
        let numbered = (0u32..).zip(rows);
        numbered
            .map(|(key, (source, given, surname, born, tags))| {
                (key, source, given, surname, born, tags)
            })
            .collect()
    })
}

fn records(rows: &[Row]) -> Records {
    let column = |of: fn(&Row) -> &String| rows.iter().map(of).cloned().collect::<Vec<String>>();
    let keys: Vec<i64> = rows.iter().map(|row| row.0.into()).collect();
    let sources: Vec<String> = rows.iter().map(|row| format!("s{}", row.1)).collect();
    let tags: Vec<Vec<String>> = rows.iter().map(|row| row.5.clone()).collect();
    Records::builder()
        .int_keys(&keys)
        .sources(&sources)
        .column("given", FieldKind::Verbatim, &column(|row| &row.2))
        .column("surname", FieldKind::Verbatim, &column(|row| &row.3))
        .column("born", FieldKind::Verbatim, &column(|row| &row.4))
        .set("tags", &tags)
        .build()
        .unwrap()
}

/// Whether two records share a component of a key.
fn shares(key: &Key, a: &Row, b: &Row) -> bool {
    fn text<'r>(column: &str, row: &'r Row) -> &'r str {
        match column {
            "given" => &row.2,
            "surname" => &row.3,
            _ => &row.4,
        }
    }
    let both = |of: &ColumnPart| -> Option<(String, String)> {
        let part = |row| {
            let value = text(&of.column, row);
            (!value.is_empty()).then(|| of.of(value).map(std::borrow::Cow::into_owned))?
        };
        Some((part(a)?, part(b)?))
    };
    match key {
        Key::Part(of) => both(of).is_some_and(|(a, b)| a == b),
        Key::Deletions(of) => both(of).is_some_and(|(a, b)| {
            let shorter = |text: &str| -> BTreeSet<String> {
                let letters: Vec<char> = text.chars().collect();
                let without = |at: usize| {
                    let kept = (0..letters.len()).filter(|place| *place != at);
                    kept.map(|place| letters[place]).collect::<String>()
                };
                (0..=letters.len()).map(without).collect()
            };
            !shorter(&a).is_disjoint(&shorter(&b))
        }),
        Key::Nicknames(of) => both(of).is_some_and(|(a, b)| a == b || are_nicknames(&a, &b)),
        Key::Elements(_) => a.5.iter().any(|tag| b.5.contains(tag)),
        _ => unreachable!("not in these tests"),
    }
}

fn rules() -> Vec<BlockingRule> {
    let year = ColumnPart::new("born", Part::Year);
    vec![
        BlockingRule::on(["surname", "born"]),
        BlockingRule::on([Key::deletions("surname"), Key::from(year.clone())]),
        BlockingRule::on([Key::Elements("tags".to_owned())]).and("given"),
        BlockingRule::on([Key::Nicknames("given".into())]).and(year),
        BlockingRule::on([ColumnPart::new("given", Part::Prefix(1))])
            .and("surname")
            .and("born"),
    ]
}

fn fits(kind: PairKind, a: &Row, b: &Row) -> bool {
    match kind {
        PairKind::AcrossSources => a.1 != b.1,
        PairKind::WithinSources => a.1 == b.1,
        _ => true,
    }
}

/// The first rule that makes each pair, by keys of records.
fn plain(rows: &[Row], rules: &[BlockingRule], kind: PairKind) -> BTreeMap<(u32, u32), usize> {
    let mut pairs = BTreeMap::new();
    for a in rows {
        for b in rows.iter().filter(|b| a.0 < b.0 && fits(kind, a, b)) {
            let makes = |rule: &BlockingRule| rule.keys().iter().all(|key| shares(key, a, b));
            if let Some(first) = rules.iter().position(makes) {
                pairs.insert((a.0, b.0), first);
            }
        }
    }
    pairs
}

/// The pairs of a blocking by keys of records, each once.
fn made(blocking: &Blocking<'_>, rows: &[Row]) -> BTreeSet<(u32, u32)> {
    let all = blocking.all();
    let key = |record: RecordIx| rows[record.at()].0;
    let pairs: BTreeSet<(u32, u32)> = all
        .iter()
        .map(|&(a, b)| (key(a).min(key(b)), key(a).max(key(b))))
        .collect();
    assert_eq!(pairs.len(), all.len(), "a pair is made twice");
    pairs
}

const KINDS: [PairKind; 3] = [
    PairKind::All,
    PairKind::AcrossSources,
    PairKind::WithinSources,
];

proptest! {
    #[test]
    fn no_pair_is_lost_and_none_is_made_twice(rows in rows()) {
        let (records, rules) = (records(&rows), rules());
        for kind in KINDS {
            let blocking = BlockingParams::new(rules.clone()).pairs(kind).block(&records).unwrap();
            let plain = plain(&rows, &rules, kind);
            let pairs = made(&blocking, &rows);
            prop_assert_eq!(&pairs, &plain.keys().copied().collect::<BTreeSet<_>>());
            // What is counted before is what is made.
            let counts = blocking.count();
            for (at, &new) in counts.new.iter().enumerate() {
                let of_rule = plain.values().filter(|&&first| first == at).count();
                prop_assert_eq!(new, of_rule as u64);
            }
            prop_assert_eq!(counts.total, pairs.len() as u64);
            for (at, a) in (0u32..).zip(&rows) {
                for (other, b) in (0u32..).zip(&rows).filter(|(_, b)| a.0 < b.0) {
                    let first = blocking.first_rule(RecordIx(at), RecordIx(other));
                    prop_assert_eq!(first, plain.get(&(a.0, b.0)).copied());
                }
            }
        }
    }

    /// Rules of one key a record are counted exactly in closed form.
    #[test]
    fn plain_rules_are_counted_before_any_pair_is_made(rows in rows()) {
        let records = records(&rows);
        for kind in KINDS {
            for rule in [BlockingRule::on(["surname"]), BlockingRule::on(["given", "born"])] {
                let params = BlockingParams::new(vec![rule]).pairs(kind);
                let blocking = params.block(&records).unwrap();
                prop_assert_eq!(blocking.rules()[0].pairs, blocking.count().total);
            }
        }
    }

    #[test]
    fn the_order_of_the_rows_does_not_matter(rows in rows(), turn in 1usize..39) {
        let mut turned = rows.clone();
        turned.rotate_left(turn % rows.len());
        turned.reverse();
        let hot = |rule: BlockingRule| rule.hot_blocks(4, HotBlocks::Window(3));
        let mut rules: Vec<BlockingRule> = rules().into_iter().map(hot).collect();
        rules.push(BlockingRule::neighbourhood(["surname", "given"], 3));
        let of = |rows: &[Row]| -> Vec<(u32, u32)> {
            let records = records(rows);
            let blocking = BlockingParams::new(rules.clone()).block(&records).unwrap();
            let key = |record: RecordIx| rows[record.at()].0;
            blocking.all().iter().map(|&(a, b)| (key(a), key(b))).collect()
        };
        prop_assert_eq!(of(&rows), of(&turned));
    }

    /// A block that is skipped by one rule is left to the others; one that is cut or
    /// windowed makes some of its pairs, and the account is full.
    #[test]
    fn hot_blocks_are_accounted_for(rows in rows(), most in 1u32..6) {
        let records = records(&rows);
        let plain = plain(&rows, &[BlockingRule::on(["born"])], PairKind::All);
        for policy in [
            HotBlocks::Skip,
            HotBlocks::SubBlock(vec!["surname".into()]),
            HotBlocks::Window(3),
        ] {
            let rule = BlockingRule::on(["born"]).hot_blocks(most, policy);
            let blocking = BlockingParams::new(vec![rule.clone()]).block(&records).unwrap();
            let report = &blocking.rules()[0];
            let pairs = made(&blocking, &rows);
            prop_assert!(pairs.iter().all(|pair| plain.contains_key(pair)));
            prop_assert_eq!(report.pairs, pairs.len() as u64);
            prop_assert_eq!(report.pairs + report.skipped_pairs, plain.len() as u64);
            let named: u64 = report.hot_blocks.iter().map(|block| block.skipped_pairs).sum();
            prop_assert_eq!(named, report.skipped_pairs);
            // With another rule behind it that makes them all, nothing is lost.
            let all = BlockingRule::on(["born"]).hot_blocks(1_000, HotBlocks::Fail);
            let both = BlockingParams::new(vec![rule, all]).block(&records).unwrap();
            prop_assert_eq!(made(&both, &rows), plain.keys().copied().collect::<BTreeSet<_>>());
        }
    }

    #[test]
    fn neighbours_are_those_in_the_order_of_the_keys(rows in rows(), window in 2u32..6) {
        let records = records(&rows);
        let rule = BlockingRule::neighbourhood(["surname", "given"], window);
        let blocking = BlockingParams::new(vec![rule]).block(&records).unwrap();
        let mut order: Vec<&Row> =
            rows.iter().filter(|row| !row.2.is_empty() && !row.3.is_empty()).collect();
        order.sort_by_key(|row| (&row.3, &row.2, row.1, row.0));
        let mut expected = BTreeSet::new();
        for (at, a) in order.iter().enumerate() {
            for b in order.iter().skip(at + 1).take(window as usize - 1) {
                expected.insert((a.0.min(b.0), a.0.max(b.0)));
            }
        }
        prop_assert_eq!(made(&blocking, &rows), expected);
        prop_assert_eq!(blocking.rules()[0].pairs, blocking.count().total);
    }

    /// Texts one change apart, a swap included, always share a key.
    #[test]
    fn one_slip_never_escapes(text in "[a-cé]{2,7}", at in 0usize..7, letter in "[a-d]", kind in 0..4) {
        let mut letters: Vec<char> = text.chars().collect();
        let at = at % (letters.len() - 1);
        let letter = letter.chars().next().unwrap();
        match kind {
            0 => letters.insert(at, letter),
            1 => drop(letters.remove(at)),
            2 => letters[at] = letter,
            _ => letters.swap(at, at + 1),
        }
        let slipped: String = letters.into_iter().collect();
        prop_assert!(osa(&text, &slipped) <= 1);
        let records = Records::builder()
            .int_keys(&[1, 2])
            .column("name", FieldKind::Verbatim, &[text, slipped])
            .build()
            .unwrap();
        let rule = BlockingRule::on([Key::deletions("name")]);
        let blocking = BlockingParams::new(vec![rule]).block(&records).unwrap();
        prop_assert_eq!(blocking.count().total, 1);
    }
}

/// No window is too wide to be counted, whichever records may be paired.
#[test]
fn the_widest_windows_pair_all() {
    let row = |key: u32, source: u8, given: &str| -> Row {
        let text = str::to_owned;
        (
            key,
            source,
            text(given),
            text("lee"),
            text("1970-05-17"),
            vec![],
        )
    };
    // The order of the values is not that of the sources.
    let rows = [
        row(0, 0, "bob"),
        row(1, 1, "ann"),
        row(2, 0, "ann"),
        row(3, 1, "bob"),
    ];
    let records = records(&rows);
    for window in [4, u32::MAX - 1, u32::MAX] {
        let hot = BlockingRule::on(["surname"]).hot_blocks(2, HotBlocks::Window(window));
        let neighbours = BlockingRule::neighbourhood(["surname", "given"], window);
        for rule in [hot, neighbours] {
            for (kind, pairs) in KINDS.into_iter().zip([6, 4, 2]) {
                let params = BlockingParams::new(vec![rule.clone()]).pairs(kind);
                let blocking = params.block(&records).unwrap();
                let report = &blocking.rules()[0];
                assert_eq!(
                    (report.pairs, report.skipped_pairs),
                    (pairs, 0),
                    "{rule} {kind:?}"
                );
                assert_eq!(blocking.count().total, pairs);
            }
        }
    }
}

/// Sets of thousands of elements in two components have millions of keys a record: that
/// is said before memory is taken for them.
#[test]
fn keys_beyond_number_are_refused() {
    let elements: Vec<String> = (0..60_000).map(|at| at.to_string()).collect();
    let records = Records::builder()
        .int_keys(&[1, 2])
        .set("one", &[elements.clone(), elements.clone()])
        .set("other", &[elements.clone(), elements])
        .build()
        .unwrap();
    let of = |column: &str| Key::Elements(column.to_owned());
    let params = BlockingParams::new(vec![BlockingRule::on([of("one"), of("other")])]);
    let message = params.block(&records).unwrap_err().to_string();
    assert!(
        message.contains("keys under an element of one, an element of other"),
        "{message}"
    );
}

/// Hot blocks are named to whoever asks for them, not in a log.
#[test]
fn reports_show_no_values() {
    let records = Records::builder()
        .int_keys(&[1, 2, 3])
        .surname(&["Featherstone"; 3])
        .build()
        .unwrap();
    let rule = BlockingRule::on(["surname"]).hot_blocks(2, HotBlocks::Skip);
    let blocking = BlockingParams::new(vec![rule]).block(&records).unwrap();
    let report = &blocking.rules()[0];
    assert_eq!(report.hot_blocks[0].key, "featherstone");
    assert!(!format!("{report:?}").contains("feather"), "{report:?}");
}

/// A block of 50,000 equal keys takes memory for its records only, and time by its
/// policy.
#[test]
fn a_block_of_fifty_thousand_is_bounded() {
    let count = 50_000u32;
    let keys: Vec<i64> = (0..count.into()).collect();
    let records = Records::builder()
        .int_keys(&keys)
        .city(&vec!["Bonn"; count as usize])
        .build()
        .unwrap();
    let all = u64::from(count) * u64::from(count - 1) / 2;
    let block = |policy| {
        let rule = BlockingRule::on(["city"]).hot_blocks(1_000, policy);
        BlockingParams::new(vec![rule]).block(&records)
    };
    let skipped = block(HotBlocks::Skip).unwrap();
    let report = &skipped.rules()[0];
    assert_eq!(
        (report.pairs, report.skipped_pairs, report.hot),
        (0, all, 1)
    );
    assert_eq!(report.hot_blocks[0].key, "bonn");
    assert_eq!(report.hot_blocks[0].records, u64::from(count));
    let windowed = block(HotBlocks::Window(10)).unwrap();
    assert_eq!(windowed.count().total, windowed.rules()[0].pairs);
    assert_eq!(windowed.rules()[0].pairs, 9 * u64::from(count) - 45);
    let message = block(HotBlocks::Fail).unwrap_err().to_string();
    assert!(
        message.contains("50000 records share the key bonn"),
        "{message}"
    );
    // Even with no policy the number is told before a pair is made.
    let rule = BlockingRule::on(["city"]).hot_blocks(count, HotBlocks::Fail);
    let error = BlockingParams::new(vec![rule])
        .max_pairs(all - 1)
        .block(&records)
        .unwrap_err();
    assert!(
        error.to_string().contains(&format!("city: {all}")),
        "{error}"
    );
}

#[test]
fn rules_that_cannot_be_are_refused() {
    let records = records(&[(1, 0, "ann".into(), "lee".into(), String::new(), vec![])]);
    let refusal = |rule: BlockingRule| {
        let params = BlockingParams::new(vec![rule]);
        params.block(&records).unwrap_err().to_string()
    };
    let bands = |q, bands, rows| Key::Bands {
        of: "surname".into(),
        q,
        bands,
        rows,
    };
    for (rule, said) in [
        (
            BlockingRule::on(["street"]),
            "column is street, expected one of given, surname, born, tags",
        ),
        (
            BlockingRule::on(Vec::<Key>::new()),
            "components of a key is 0",
        ),
        (BlockingRule::neighbourhood(["surname"], 1), "window is 1"),
        (
            BlockingRule::neighbourhood(["surname"], 0).hot_blocks(2, HotBlocks::Window(5)),
            "window is 0",
        ),
        (
            BlockingRule::neighbourhood(["surname"], 3).and(Key::deletions("given")),
            "component of a neighbourhood is given with a letter left out",
        ),
        (
            BlockingRule::on(["surname"]).hot_blocks(2, HotBlocks::SubBlock(vec![])),
            "components of a sub-block is 0",
        ),
        (
            BlockingRule::on(["surname"]).hot_blocks(2, HotBlocks::SubBlock(vec!["street".into()])),
            "column is street",
        ),
        (BlockingRule::on([bands(0, 1, 1)]), "letters in a run is 0"),
        (BlockingRule::on([bands(3, 65, 1)]), "bands is 65"),
        (
            BlockingRule::on([Key::Elements("surname".into())]),
            "expected a column of sets",
        ),
        (
            BlockingRule::on([Key::Words("tags".into())]),
            "expected a column of texts",
        ),
    ] {
        let message = refusal(rule);
        assert!(message.contains(said), "{message}");
    }
    assert!(BlockingParams::new(Vec::new()).block(&records).is_err());
    // One record makes no pair.
    let one = BlockingParams::new(vec![BlockingRule::on(["surname"])])
        .block(&records)
        .unwrap();
    assert_eq!(one.count().total, 0);
}

/// Bands find most of what is alike and little of what is not.
#[test]
fn bands_find_texts_that_are_alike() {
    let company = |at: usize| {
        let words = [
            "north", "harbour", "glass", "trading", "milling", "copper", "orchard", "lamp",
        ];
        let word = |place: usize| words[(at / 8usize.pow(u32::try_from(place).unwrap())) % 8];
        format!("{} {} {} {at}", word(0), word(1), word(2))
    };
    let originals: Vec<String> = (0..300).map(company).collect();
    let copies: Vec<String> = originals.iter().map(|name| format!("{name} ltd")).collect();
    let names: Vec<&String> = originals.iter().chain(&copies).collect();
    let keys: Vec<i64> = (0..600).collect();
    let records = Records::builder()
        .int_keys(&keys)
        .column("name", FieldKind::Text, &names)
        .build();
    let records = records.unwrap();
    let bands = Key::Bands {
        of: "name".into(),
        q: 3,
        bands: 10,
        rows: 4,
    };
    let blocking = BlockingParams::new(vec![BlockingRule::on([bands])])
        .block(&records)
        .unwrap();
    let found = (0u32..300)
        .filter(|&at| {
            blocking
                .first_rule(RecordIx(at), RecordIx(at + 300))
                .is_some()
        })
        .count();
    assert!(found > 270, "{found} of 300");
    assert!(blocking.count().total < 600 * 599 / 2 / 3);
}
