//! Published examples, other implementations, the definitions, and properties.

use proptest::prelude::*;

use super::edits::{Edits, within};
use super::sets::common_numbers;
use super::*;

fn close(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-15
}

#[test]
fn jaro_of_the_literature() {
    // Winkler (1990), table of examples.
    let cases = [
        ("MARTHA", "MARHTA", "0.9444", "0.9611"),
        ("DIXON", "DICKSONX", "0.7667", "0.8133"),
        ("DWAYNE", "DUANE", "0.8222", "0.8400"),
        ("JONES", "JOHNSON", "0.7905", "0.8324"),
        ("ABROMS", "ABRAMS", "0.8889", "0.9222"),
        ("SHACKLEFORD", "SHACKELFORD", "0.9697", "0.9818"),
        ("CRATE", "TRACE", "0.7333", "0.7333"),
    ];
    for (a, b, plain, boosted) in cases {
        assert_eq!(format!("{:.4}", jaro(a, b)), plain, "{a} {b}");
        assert_eq!(format!("{:.4}", jaro_winkler(a, b)), boosted, "{a} {b}");
    }
}

#[test]
fn ends_of_the_scale() {
    for similarity in [
        jaro,
        jaro_winkler,
        jaccard_tokens,
        cosine_tokens,
        jaccard_chars,
    ] {
        assert_eq!(similarity("", "").to_bits(), 1f64.to_bits());
        assert_eq!(similarity("a", "").to_bits(), 0f64.to_bits());
        assert_eq!(similarity("a", "b").to_bits(), 0f64.to_bits());
        assert_eq!(similarity("ab é", "ab é").to_bits(), 1f64.to_bits());
    }
    for distance in [levenshtein, osa, damerau_levenshtein] {
        assert_eq!(distance("", ""), 0);
        assert_eq!(distance("", "äöü"), 3);
        assert_eq!(distance("a", "b"), 1);
    }
    assert_eq!(jaccard_qgrams("abc", "abc", 0).to_bits(), 1f64.to_bits());
    assert_eq!(
        jaccard_qgrams("abc", "abd", usize::MAX).to_bits(),
        0f64.to_bits()
    );
}

#[test]
fn distances_of_the_literature() {
    let cases = [
        ("CA", "ABC", 3, 3, 2),
        ("kitten", "sitting", 3, 3, 3),
        ("specter", "spectre", 2, 1, 1),
        ("a cat", "an abct", 4, 4, 3),
        ("ab", "ba", 2, 1, 1),
    ];
    for (a, b, plain, aligned, damerau) in cases {
        assert_eq!(levenshtein(a, b), plain, "{a} {b}");
        assert_eq!(osa(a, b), aligned, "{a} {b}");
        assert_eq!(damerau_levenshtein(a, b), damerau, "{a} {b}");
    }
}

#[test]
fn a_megabyte_is_refused_at_once() {
    let long: String = "abcdefghij".repeat(100_000);
    let other: String = "jihgfedcba".repeat(100_000);
    let column = PreparedTexts::new([long.as_str(), other.as_str(), "abc"]).unwrap();
    assert_eq!(column.levenshtein_within(0, 1, 2), None);
    assert_eq!(column.osa_within(0, 1, 2), None);
    assert_eq!(column.damerau_within(0, 1, 2), None);
    assert_eq!(column.levenshtein_within(0, 2, 2), None);
    assert_eq!(column.jaro_winkler_at_least(0, 2, 0.9), None);
    // Linear, so it may be asked for.
    let similarity = column.jaro_winkler(0, 1);
    assert!(similarity > 0.3 && similarity < 1.0);

    let nearly = format!("x{}", &long[..long.len() - 1]);
    for (edits, distance) in [
        (Edits::Levenshtein, 2),
        (Edits::Osa, 2),
        (Edits::Damerau, 2),
    ] {
        assert_eq!(within(edits, &long, &nearly, 2), Some(distance));
        assert_eq!(within(edits, &long, &nearly, 1), None);
    }
}

#[test]
fn ids_outside_of_the_column_are_like_nothing() {
    let column = PreparedTexts::new(["anna", &"long".repeat(30)]).unwrap();
    for (a, b) in [(0, 2), (2, 0), (1, 2), (2, 2), (u32::MAX, 0)] {
        assert_eq!(column.jaro_winkler(a, b).to_bits(), 0f64.to_bits());
        assert_eq!(column.jaro_winkler_at_least(a, b, -1.0), None);
        assert_eq!(column.levenshtein_within(a, b, u32::MAX), None);
        assert_eq!(column.osa_within(a, b, u32::MAX), None);
        assert_eq!(column.damerau_within(a, b, u32::MAX), None);
    }
    assert_eq!(column.get(2), None);
    assert_eq!(format!("{column:?}"), "PreparedTexts { texts: 2, .. }");
}

#[test]
fn sets_by_hand() {
    assert!(close(jaccard_tokens("a b b c", "b c d"), 0.5));
    assert!(close(cosine_tokens("a a b", "a b b"), 0.8));
    assert!(close(jaccard_qgrams("abcd", "bcde", 2), 0.5));
    assert_eq!(common_numbers(&[1, 4, 7, 9], &[0, 4, 9, 12]), 2);
    assert_eq!(common_numbers(&[], &[3]), 0);
}

#[test]
fn distances_on_the_globe() {
    let quarter = std::f64::consts::FRAC_PI_2 * 6371.0088;
    for (a, b, km) in [
        ((0.0, 0.0), (0.0, 90.0), quarter),
        ((90.0, 0.0), (-90.0, 0.0), 2.0 * quarter),
        ((90.0, 12.0), (90.0, -170.0), 0.0),
        ((0.0, 180.0), (0.0, -180.0), 0.0),
        // Nashville and Los Angeles: 2886.4 km on a sphere of 6371 km.
        ((36.12, -86.67), (33.94, -118.40), 2886.448),
    ] {
        assert!((haversine_km(a, b) - km).abs() < 1e-3, "{a:?} {b:?}");
        assert_eq!(haversine_km(a, b).to_bits(), haversine_km(b, a).to_bits());
    }
    assert!(haversine_km((f64::NAN, 0.0), (0.0, 0.0)).is_nan());
    assert!(haversine_km((0.0, f64::INFINITY), (0.0, 0.0)).is_nan());
}

#[test]
fn soundex_of_the_national_archives() {
    for (name, code) in [
        ("Robert", "R163"),
        ("Rupert", "R163"),
        ("Rubin", "R150"),
        ("Ashcraft", "A261"),
        ("Ashcroft", "A261"),
        ("Tymczak", "T522"),
        ("Pfister", "P236"),
        ("Honeyman", "H555"),
        ("Washington", "W252"),
        ("Lee", "L000"),
        ("Gutierrez", "G362"),
        ("Jackson", "J250"),
        ("VanDeusen", "V532"),
        ("O'Brien", "O165"),
    ] {
        assert_eq!(soundex(name), code, "{name}");
    }
}

#[test]
fn cologne_of_the_literature() {
    for (name, code) in [
        ("Müller-Lüdenscheidt", "65752682"),
        ("Wikipedia", "3412"),
        ("Breschnew", "17863"),
        ("Schmidt", "862"),
        ("Hoffmann", "0366"),
        ("Becker", "147"),
        ("Großmann", "47866"),
        ("Xaver", "4837"),
        ("Philipp", "351"),
    ] {
        assert_eq!(cologne(name), code, "{name}");
    }
}

#[test]
fn codes_as_rphonetic_has_them() {
    // Names with the codes of rphonetic 4.0.0, a port of Apache Commons Codec.
    let golden = include_str!("../../../tests/golden/identity/phonetic_rphonetic_4_0_0.csv");
    let mut names = 0;
    for line in golden.lines().filter(|line| !line.starts_with('#')) {
        let fields: Vec<&str> = line.split(',').collect();
        let [name, sound, state, primary, alternate, german] = fields[..] else {
            panic!("{line}");
        };
        let alternate = (alternate != primary).then(|| alternate.to_string());
        assert_eq!(soundex(name), sound, "{name}");
        assert_eq!(nysiis(name), state, "{name}");
        assert_eq!(
            double_metaphone(name),
            (primary.to_string(), alternate),
            "{name}"
        );
        assert_eq!(cologne(name), german, "{name}");
        names += 1;
    }
    assert!(names > 300);
}

#[test]
fn only_latin_letters_sound() {
    for name in ["", " ", "Иван", "李", "123", "-", "\u{301}"] {
        assert_eq!(soundex(name), "");
        assert_eq!(nysiis(name), "");
        assert_eq!(cologne(name), "");
        assert_eq!(double_metaphone(name), (String::new(), None));
    }
    assert_eq!(soundex("e\u{301}tienne"), soundex("Étienne"));
    assert_eq!(double_metaphone("Façade").0, "FST");
    assert_eq!(double_metaphone("Peña").0, "PN");
}

/// Two texts that are near one another: the second comes from the first by a
/// few insertions, deletions, replacements and exchanges.
fn near(text: impl Strategy<Value = String>) -> impl Strategy<Value = (String, String)> {
    let edit = (0usize..4, any::<prop::sample::Index>(), "[a-eé]");
    (text, prop::collection::vec(edit, 0..5)).prop_map(|(text, edits)| {
        let mut chars: Vec<char> = text.chars().collect();
        for (kind, at, with) in edits {
            let with = with.chars().next().unwrap();
            let at = at.index(chars.len() + 1);
            match kind {
                0 => chars.insert(at, with),
                1 if at < chars.len() => drop(chars.remove(at)),
                2 if at < chars.len() => chars[at] = with,
                3 if at + 1 < chars.len() => chars.swap(at, at + 1),
                _ => {}
            }
        }
        (text, chars.into_iter().collect())
    })
}

/// Pairs of texts of every kind that takes a way of its own.
fn pairs() -> impl Strategy<Value = (String, String)> {
    prop_oneof![
        4 => ("[a-d]{0,15}", "[a-d]{0,15}"),
        4 => ("[a-z]{0,12}", "[a-z]{0,18}"),
        2 => ("[a-cà-çж]{0,14}", "[a-cà-çж]{0,70}"),
        2 => ("[ab]{40,90}", "[ab]{50,80}"),
        1 => ("[a-z]{60,160}", "[a-z]{0,160}"),
        1 => ("\\PC{0,20}", "\\PC{0,20}"),
        4 => near("[a-z]{3,15}"),
        2 => near("[a-eé]{10,64}"),
        3 => near("[a-eé]{60,140}"),
    ]
}

fn check_similarity(a: &str, b: &str) {
    let (plain, boosted) = (jaro(a, b), jaro_winkler(a, b));
    assert_eq!(plain.to_bits(), naive::jaro(a, b).to_bits());
    assert_eq!(boosted.to_bits(), naive::jaro_winkler(a, b).to_bits());
    assert_eq!(plain.to_bits(), jaro(b, a).to_bits());
    assert_eq!(boosted.to_bits(), jaro_winkler(b, a).to_bits());
    // rapidfuzz scans its second text.
    let (first, second) = if (a.chars().count(), a) < (b.chars().count(), b) {
        (b, a)
    } else {
        (a, b)
    };
    let theirs = rapidfuzz::distance::jaro::similarity(first.chars(), second.chars());
    assert!(close(plain, theirs), "{plain} {theirs}");
    let theirs = rapidfuzz::distance::jaro_winkler::similarity(first.chars(), second.chars());
    assert!(close(boosted, theirs), "{boosted} {theirs}");
}

fn check_distances(a: &str, b: &str) {
    let (plain, aligned, damerau) = (levenshtein(a, b), osa(a, b), damerau_levenshtein(a, b));
    assert_eq!(plain, naive::alignment(a, b, false));
    assert_eq!(aligned, naive::alignment(a, b, true));
    assert_eq!(damerau, naive::damerau(a, b));
    assert_eq!(plain, strsim::levenshtein(a, b));
    assert_eq!(aligned, strsim::osa_distance(a, b));
    assert_eq!(damerau, strsim::damerau_levenshtein(a, b));
    assert_eq!(plain, levenshtein(b, a));
    assert_eq!(aligned, osa(b, a));
    assert_eq!(damerau, damerau_levenshtein(b, a));
    for max in [0, 1, 2, 3, 8, 40] {
        let cut = |distance| (distance <= max).then_some(distance);
        assert_eq!(within(Edits::Levenshtein, a, b, max), cut(plain), "{max}");
        assert_eq!(within(Edits::Osa, a, b, max), cut(aligned), "{max}");
        assert_eq!(within(Edits::Damerau, a, b, max), cut(damerau), "{max}");
    }
}

fn check_column(column: &PreparedTexts, a: u32, b: u32) {
    let (text_a, text_b) = (column.get(a).unwrap(), column.get(b).unwrap());
    let similarity = jaro_winkler(text_a, text_b);
    assert_eq!(column.jaro_winkler(a, b).to_bits(), similarity.to_bits());
    for cut in [0.0, 0.5, 0.7, 0.88, 0.92, 1.0, similarity, f64::NAN] {
        let found = column.jaro_winkler_at_least(a, b, cut);
        assert_eq!(found, (similarity >= cut).then_some(similarity), "{cut}");
    }
    for max in [0, 1, 2, 5, u32::MAX] {
        let check = |found: Option<u32>, distance: usize| {
            let expected = u32::try_from(distance)
                .ok()
                .filter(|&distance| distance <= max);
            assert_eq!(found, expected, "{text_a:?} {text_b:?} {max}");
        };
        check(
            column.levenshtein_within(a, b, max),
            levenshtein(text_a, text_b),
        );
        check(column.osa_within(a, b, max), osa(text_a, text_b));
        let damerau = damerau_levenshtein(text_a, text_b);
        check(column.damerau_within(a, b, max), damerau);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn similarities_are_those_of_others((a, b) in pairs()) {
        check_similarity(&a, &b);
    }

    #[test]
    fn distances_are_those_of_others((a, b) in pairs()) {
        check_distances(&a, &b);
    }

    #[test]
    fn prepared_texts_give_what_the_functions_give(
        pairs in prop::collection::vec(pairs(), 1..12),
        short in prop::collection::vec("[a-z0-9 '-]{0,15}", 0..30),
        mixed in prop::collection::vec("[A-Za-z0-9à-ÿа-я]{0,15}", 0..30),
    ) {
        let pairs = pairs.into_iter().flat_map(|(a, b)| [a, b]);
        let texts: Vec<String> = pairs.chain(short).chain(mixed).collect();
        let column = PreparedTexts::new(&texts).unwrap();
        let ids = 0..u32::try_from(texts.len()).unwrap();
        for a in ids.clone() {
            assert_eq!(column.get(a).unwrap(), texts[a as usize]);
            for b in [a ^ 1, (a * 7 + 3) % ids.end] {
                if b < ids.end {
                    check_column(&column, a, b);
                }
            }
        }
    }

    #[test]
    fn sets_are_symmetric(a in "[a-d ]{0,20}", b in "[a-dé ]{0,20}", q in 0usize..4) {
        for similarity in [jaccard_tokens, cosine_tokens, jaccard_chars] {
            let found = similarity(&a, &b);
            assert!((0.0..=1.0).contains(&found));
            assert_eq!(found.to_bits(), similarity(&b, &a).to_bits());
        }
        let found = jaccard_qgrams(&a, &b, q);
        assert_eq!(found.to_bits(), jaccard_qgrams(&b, &a, q).to_bits());
    }

    #[test]
    fn every_text_has_codes(text in any::<String>(), word in "[A-Za-zÀ-ž' .-]{0,20}") {
        for name in [text, word] {
            assert!(matches!(soundex(&name).len(), 0 | 4));
            assert!(nysiis(&name).len() <= 6);
            assert!(cologne(&name).len() <= 4 * name.len());
            let (primary, alternate) = double_metaphone(&name);
            assert!(primary.len() <= 4);
            assert_ne!(alternate, Some(primary));
        }
    }
}
