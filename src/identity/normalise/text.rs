//! One spelling for names and free text.

use unicode_normalization::char::is_combining_mark;
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

/// Brings a name or free text into the one form in which spellings are
/// compared: lower case, without accents, punctuation and superfluous blanks.
///
/// - Compatibility forms are resolved: `ﬁ` is `fi`, full-width letters are plain.
/// - Accents of Latin, Greek and Cyrillic letters go. Signs that carry meaning,
///   such as vowels of Indic scripts and the points of Arabic, stay.
/// - Letters are folded: `ß` is `ss`, a final sigma is a sigma, `İ` and `ı` are `i`.
/// - Latin letters that Unicode does not decompose get their usual base: `ø` is
///   `o`, `ł` is `l`, `æ` is `ae`, `þ` is `th`.
/// - Apostrophes of all kinds go, so that `O'Brien` is `OBrien`. Dashes and all
///   other punctuation and symbols become a blank.
/// - White space becomes one blank; there is none at the ends.
///
/// Letters and digits of all scripts are kept. A form that was normalised stays
/// as it is. Rules of one language are not applied: `Müller` becomes `muller`,
/// and `Mueller` stays `mueller`. Time is linear in the length.
///
/// # Example
///
/// ```
/// use custometry::identity::normalise_text;
/// assert_eq!(normalise_text("  O’Brien-SMITH, Jr. "), "obrien smith jr");
/// assert_eq!(normalise_text("Łukasz Weiß"), "lukasz weiss");
/// assert_eq!(normalise_text("김철수"), "김철수");
/// assert_eq!(normalise_text("--"), "");
/// ```
pub fn normalise_text(text: &str) -> String {
    let mut spaced = Spaced::with_capacity(text.len());
    if text.is_ascii() {
        for byte in text.bytes() {
            spaced.push_ascii(byte);
        }
        return spaced.out;
    }
    // The acute accent is typed for an apostrophe, and decomposes to a blank.
    let typed = text.chars().filter(|c| !matches!(c, '\u{b4}' | '\u{1ffd}'));
    for c in typed.nfkd() {
        match u8::try_from(c) {
            Ok(byte) if byte.is_ascii() => spaced.push_ascii(byte),
            _ => spaced.push_other(c),
        }
    }
    // Hangul and kana were taken apart as well. The quick check spares Latin
    // text a second pass.
    match is_nfc_quick(spaced.out.chars()) {
        IsNormalized::Yes => spaced.out,
        IsNormalized::No | IsNormalized::Maybe => spaced.out.nfc().collect(),
    }
}

/// Text under construction, with at most one blank between words.
struct Spaced {
    out: String,
    blank: bool,
}

impl Spaced {
    fn with_capacity(bytes: usize) -> Self {
        Self {
            out: String::with_capacity(bytes),
            blank: false,
        }
    }

    fn push(&mut self, c: char) {
        if self.blank && !self.out.is_empty() {
            self.out.push(' ');
        }
        self.blank = false;
        self.out.push(c);
    }

    fn push_ascii(&mut self, byte: u8) {
        match byte {
            b'a'..=b'z' | b'0'..=b'9' => self.push(char::from(byte)),
            b'A'..=b'Z' => self.push(char::from(byte.to_ascii_lowercase())),
            b'\'' | b'`' => {}
            _ => self.blank = true,
        }
    }

    fn push_other(&mut self, c: char) {
        if is_dropped(c) {
            return;
        }
        // The Catalan dot of "Gal·la" joins two letters; elsewhere it parts words.
        if c == '\u{b7}' && !self.blank && self.out.ends_with('l') {
            return;
        }
        if !c.is_alphanumeric() && !is_combining_mark(c) {
            self.blank = true;
            return;
        }
        // Down, up and down again is full case folding: only the capital of the
        // sharp s is "SS", and only its small form has that capital.
        let upper = c.to_lowercase().flat_map(char::to_uppercase);
        for c in upper.flat_map(char::to_lowercase) {
            match latin_base(c) {
                Some(base) => base.chars().for_each(|c| self.push(c)),
                None => self.push(c),
            }
        }
    }
}

/// Characters that leave no trace, not even a blank.
fn is_dropped(c: char) -> bool {
    matches!(c,
        // Accents of Latin, Greek and Cyrillic, and their extensions.
        '\u{300}'..='\u{36f}'
        | '\u{483}'..='\u{489}'
        | '\u{1ab0}'..='\u{1aff}'
        | '\u{1dc0}'..='\u{1dff}'
        | '\u{20d0}'..='\u{20ff}'
        | '\u{2de0}'..='\u{2dff}'
        | '\u{a66f}'..='\u{a67d}'
        | '\u{fe20}'..='\u{fe2f}'
        // Apostrophes, the letters that stand for one in transcriptions, and
        // the marks of Armenian and Hebrew that are used so.
        | '\u{2b9}'..='\u{2bf}'
        | '\u{2c8}'
        | '\u{2ee}'
        | '\u{55a}'
        | '\u{5f3}'
        | '\u{2018}' | '\u{2019}' | '\u{201b}'
        | '\u{2032}' | '\u{2035}'
        | '\u{a78b}' | '\u{a78c}'
        // Invisible: hyphenation, joining, direction, variants, fillers; and the
        // bar that only stretches an Arabic word.
        | '\u{ad}'
        | '\u{61c}'
        | '\u{640}'
        | '\u{115f}' | '\u{1160}'
        | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}'
        | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{fe00}'..='\u{fe0f}'
        | '\u{feff}'
        | '\u{e0000}'..='\u{e0fff}'
    )
}

/// The base of a folded Latin letter that Unicode does not decompose. As in
/// machine-readable passports, so far as these know the letter, but for `ø`: it
/// is more often written `o` than `oe`.
fn latin_base(c: char) -> Option<&'static str> {
    Some(match c {
        'æ' => "ae",
        'œ' => "oe",
        'þ' => "th",
        'ø' | 'ɔ' | 'ɵ' => "o",
        'ł' | 'ƚ' | 'ɫ' => "l",
        'đ' | 'ð' | 'ɖ' | 'ɗ' => "d",
        'ħ' => "h",
        'ŋ' | 'ɲ' | 'ƞ' => "n",
        'ŧ' | 'ƭ' | 'ʈ' => "t",
        'ĸ' => "q",
        'ə' | 'ǝ' | 'ɛ' => "e",
        'ɓ' | 'ƀ' => "b",
        'ƈ' | 'ȼ' => "c",
        'ƒ' => "f",
        'ɠ' | 'ǥ' => "g",
        'ɨ' | 'ɩ' => "i",
        'ɉ' => "j",
        'ƙ' => "k",
        'ƥ' => "p",
        'ɍ' => "r",
        'ʉ' => "u",
        'ʋ' => "v",
        'ƴ' | 'ɏ' => "y",
        'ƶ' | 'ȥ' => "z",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn spellings_become_one() {
        for (text, normal) in [
            ("", ""),
            (" \t\u{a0}\u{3000}\n", ""),
            ("O'Brien", "obrien"),
            ("O’Brien", "obrien"),
            ("O`Brien", "obrien"),
            ("O´Brien", "obrien"),
            ("OʻBrien", "obrien"),
            ("OBrien", "obrien"),
            ("Smith-Jones", "smith jones"),
            ("Smith–Jones", "smith jones"),
            ("Smith , Jones", "smith jones"),
            ("ann@b.example", "ann b example"),
            ("Björk Guðmundsdóttir", "bjork gudmundsdottir"),
            ("Müller", "muller"),
            ("Mu\u{308}ller", "muller"),
            ("Nguyễn Đức", "nguyen duc"),
            ("İSTANBUL", "istanbul"),
            ("ısparta", "isparta"),
            ("ﬁnn", "finn"),
            ("Weiß WEISS WEIẞ", "weiss weiss weiss"),
            ("Søren Ærø", "soren aero"),
            ("Þór", "thor"),
            ("Œuvre", "oeuvre"),
            ("Ħal Ŋ", "hal n"),
            ("Əliyev", "eliyev"),
            ("Gal·la", "galla"),
            ("卡尔·马克思", "卡尔 马克思"),
            ("ΟΔΥΣΣΕΎΣ", "οδυσσευσ"),
            ("Οδυσσεύς", "οδυσσευσ"),
            ("Фёдор Йо", "федор ио"),
            ("王小明", "王小明"),
            ("김철수", "김철수"),
            ("\u{1100}\u{1175}\u{11b7}", "김"),
            ("ｶﾞ ＡＢ１", "ガ ab1"),
            ("हिन्दी", "हिन्दी"),
            ("สมชาย ใจดี", "สมชาย ใจดี"),
            ("أحمد", "أحمد"),
            ("محمـــد", "محمد"),
            ("שָׁלוֹם", "שָׁלוֹם"),
            ("٣٤", "٣٤"),
            ("so\u{ad}ft\u{200b}ly", "softly"),
            ("№ 5 €", "no 5"),
        ] {
            // Hebrew points are put into canonical order.
            let normal: String = normal.nfc().collect();
            assert_eq!(normalise_text(text), normal, "{text:?}");
        }
    }

    #[test]
    fn every_character_alone_and_between_letters_is_stable() {
        for c in '\0'..=char::MAX {
            for text in [c.to_string(), format!("a{c}B")] {
                let once = normalise_text(&text);
                assert_eq!(normalise_text(&once), once, "{c:?}");
            }
        }
    }

    #[test]
    fn a_million_characters_take_linear_time() {
        for unit in [
            "a ",
            "é",
            "\u{301}",
            "\u{93c}",
            "\u{94d}\u{93c}",
            "ﷺ",
            "김",
            "-",
        ] {
            let text = unit.repeat(1_000_000 / unit.len());
            assert!(normalise_text(&text).len() <= 20 * text.len());
        }
    }

    proptest! {
        #[test]
        fn normal_text_is_stable_and_single_spaced(text in "(?s).{0,40}") {
            let once = normalise_text(&text);
            prop_assert_eq!(&normalise_text(&once), &once);
            prop_assert!(!once.contains("  "));
            prop_assert_eq!(once.trim(), &once);
        }

        #[test]
        fn case_does_not_matter(text in "[a-zA-Z éÉßøØàÀ]{0,20}") {
            prop_assert_eq!(normalise_text(&text.to_uppercase()), normalise_text(&text));
        }
    }
}
