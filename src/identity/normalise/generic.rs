//! Texts that say "not known".

/// Texts that are practically never a name. They are listed as they are once punctuation
/// has become blanks.
const GENERIC: [&str; 67] = [
    "abc",
    "abcd",
    "anon",
    "anonymous",
    "asd",
    "asdf",
    "asdfgh",
    "asdfghjkl",
    "customer",
    "declined",
    "default",
    "deleted",
    "do not use",
    "dummy",
    "duplicate",
    "empty",
    "example",
    "fake",
    "first name",
    "firstname",
    "foobar",
    "gdpr",
    "guest user",
    "inconnu",
    "invalid",
    "keine angabe",
    "last name",
    "lastname",
    "missing",
    "n a",
    "name",
    "no address",
    "no data",
    "no email",
    "no first name",
    "no last name",
    "no name",
    "no phone",
    "no surname",
    "noname",
    "none",
    "not applicable",
    "not available",
    "not given",
    "not known",
    "not provided",
    "not specified",
    "null null",
    "placeholder",
    "qwerty",
    "qwertz",
    "redacted",
    "removed",
    "surname",
    "tba",
    "tbc",
    "tbd",
    "test",
    "test test",
    "test user",
    "testing",
    "to be confirmed",
    "unbekannt",
    "undefined",
    "unknown",
    "unknown unknown",
    "unspecified",
];

/// Whether a text says nothing of whom it describes: `unknown`, `n/a`, `test`, `xxx`, or
/// nothing but punctuation.
///
/// Only words that are practically never names count, in any case; the text is compared
/// as a whole. Words that are both were decided one by one:
///
/// - **Kept as names**: `na` (a Korean surname), `nil` (a given name), `nan` (a Chinese
///   surname, a short form of Nancy), `null` (a surname with thousands of bearers in
///   Germany and the United States), `no` (a Korean surname), `foo`, `blank`, `guest`,
///   `sample` and `tester` (surnames). Where they come from an export rather than a
///   person, the host should make them missing first.
/// - **Generic**: `none` and `test`. As surnames both are very rare, and far rarer than
///   as what is typed into a required field.
/// - `n a` is generic: it is what `n/a` becomes.
///
/// Also generic: one letter three times or more (`xxx`), and zeros.
///
/// # Example
///
/// ```
/// use custometry::identity::is_generic_text;
/// assert!(is_generic_text("N/A"));
/// assert!(is_generic_text("unknown"));
/// assert!(is_generic_text("-"));
/// assert!(!is_generic_text("null"));
/// assert!(!is_generic_text("testa"));
/// ```
pub fn is_generic_text(text: &str) -> bool {
    let mut plain = String::new();
    for word in text.split(|c: char| !c.is_alphanumeric()) {
        // Longer than anything listed; one letter over and over is still to be told.
        if plain.len() > 64 {
            break;
        }
        if !word.is_empty() {
            let blank = if plain.is_empty() { "" } else { " " };
            plain.push_str(blank);
            plain.extend(word.chars().take(64).flat_map(char::to_lowercase));
        }
    }
    let letters = plain.chars().count();
    let mut all = plain.chars();
    let repeated = all
        .next()
        .is_none_or(|first| (letters >= 3 || first == '0') && all.all(|c| c == first));
    repeated || GENERIC.binary_search(&plain.as_str()).is_ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn texts_that_say_nothing_are_told_from_names() {
        assert!(GENERIC.is_sorted(), "the list is searched by halves");
        let nothing = [
            "",
            " ",
            "-",
            "?",
            "...",
            "unknown",
            "UNKNOWN",
            " Unknown ",
            "n/a",
            "N.A.",
            "n a",
            "none",
            "Test",
            "testing",
            "xxx",
            "XXXXXX",
            "aaaa",
            "0",
            "000",
            "tbd",
            "Not provided",
            "not-available",
            "No Name",
            "Anonymous",
            "missing",
            "dummy",
            "asdf",
            "qwerty",
            "zzz",
            "Keine Angabe",
            "Test Test",
        ];
        for text in nothing {
            assert!(is_generic_text(text), "{text:?}");
        }
        let names = [
            "na",
            "Na",
            "nil",
            "nan",
            "null",
            "no",
            "Blank",
            "Guest",
            "Tester",
            "Foo",
            "Sample",
            "A",
            "Jo",
            "Oo",
            "ii",
            "Testa",
            "Unknown Soldier",
            "123",
            "Jane",
            "李",
            "Nonesuch",
            "1",
        ];
        for text in names {
            assert!(!is_generic_text(text), "{text:?}");
        }
    }

    #[test]
    fn long_texts_are_cut_and_still_judged() {
        assert!(is_generic_text(&"x".repeat(1 << 20)));
        assert!(!is_generic_text(&"ab".repeat(1 << 19)));
        assert!(!is_generic_text(&format!(
            "unknown{}a",
            " ".repeat(1 << 20)
        )));
        assert!(is_generic_text(&"-".repeat(1 << 20)));
    }

    proptest! {
        #[test]
        fn punctuation_around_a_text_changes_nothing(text in ".{0,80}") {
            prop_assert_eq!(is_generic_text(&text), is_generic_text(&format!("({text}) ")));
        }
    }
}
