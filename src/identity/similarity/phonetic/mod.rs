//! Phonetic codes: names that sound alike get the same code.
//!
//! Letters count, in either case; accents are taken off (`é` is E, `ß` is SS).
//! Text without Latin letters has an empty code: it says nothing, and must not
//! be taken for agreement.

mod cologne;
mod double_metaphone;
mod nysiis;
mod soundex;

pub use self::cologne::cologne;
pub use self::double_metaphone::double_metaphone;
pub use self::nysiis::nysiis;
pub use self::soundex::soundex;

/// The Latin letters of a text, upper case and without accents.
fn letters(text: &str) -> Vec<u8> {
    let folded = text.chars().flat_map(char::to_uppercase).map(plain);
    folded.flat_map(str::bytes).collect()
}

/// An upper-case letter without its accent; nothing for other characters.
fn plain(letter: char) -> &'static str {
    const ALPHABET: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    match letter {
        'A'..='Z' => {
            let at = letter as usize - 'A' as usize;
            &ALPHABET[at..=at]
        }
        'À'..='Å' | 'Ā' | 'Ă' | 'Ą' => "A",
        'Æ' => "AE",
        'Ç' | 'Ć' | 'Ĉ' | 'Ċ' | 'Č' => "C",
        'Ð' | 'Ď' | 'Đ' => "D",
        'È'..='Ë' | 'Ē' | 'Ĕ' | 'Ė' | 'Ę' | 'Ě' => "E",
        'Ĝ' | 'Ğ' | 'Ġ' | 'Ģ' => "G",
        'Ĥ' | 'Ħ' => "H",
        'Ì'..='Ï' | 'Ĩ' | 'Ī' | 'Ĭ' | 'Į' | 'İ' => "I",
        'Ĵ' => "J",
        'Ķ' => "K",
        'Ĺ' | 'Ļ' | 'Ľ' | 'Ŀ' | 'Ł' => "L",
        'Ñ' | 'Ń' | 'Ņ' | 'Ň' => "N",
        'Ò'..='Ö' | 'Ø' | 'Ō' | 'Ŏ' | 'Ő' | 'Ơ' => "O",
        'Œ' => "OE",
        'Ŕ' | 'Ŗ' | 'Ř' => "R",
        'Ś' | 'Ŝ' | 'Ş' | 'Š' | 'Ș' => "S",
        'Ţ' | 'Ť' | 'Ŧ' | 'Ț' => "T",
        'Þ' => "TH",
        'Ù'..='Ü' | 'Ũ' | 'Ū' | 'Ŭ' | 'Ů' | 'Ű' | 'Ų' | 'Ư' => "U",
        'Ŵ' => "W",
        'Ý' | 'Ŷ' | 'Ÿ' => "Y",
        'Ź' | 'Ż' | 'Ž' => "Z",
        _ => "",
    }
}
