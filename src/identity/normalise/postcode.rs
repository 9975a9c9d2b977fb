//! One form for postcodes.

/// More signs than any postcode has.
const LONGEST: usize = 12;

/// The one form of a postcode, in upper case without blanks; `None` if the text is none.
///
/// - Blanks and punctuation are dropped; leading zeros are kept.
/// - An American ZIP+4 is cut to its five digits, and the `.0` of spreadsheets is dropped.
/// - The letters of a country before a dash and digits go: `D-10115` is `10115`.
/// - Refused: no digit at all (no country has such postcodes), nothing but zeros, more than
///   12 signs.
///
/// # Example
///
/// ```
/// use custometry::identity::normalise_postcode;
/// assert_eq!(normalise_postcode("sw1a 1aa").as_deref(), Some("SW1A1AA"));
/// assert_eq!(normalise_postcode("02134-1000").as_deref(), Some("02134"));
/// assert_eq!(normalise_postcode("00000"), None);
/// ```
pub fn normalise_postcode(text: &str) -> Option<String> {
    let text = text.trim();
    let text = text
        .strip_suffix(".0")
        .filter(|whole| is_digits(whole))
        .or_else(|| without_country(text))
        .unwrap_or(text);
    let mut code = String::new();
    for c in text.chars() {
        let c = match c {
            '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
            _ => c,
        };
        // Upper case may part a letter from its accent, so look behind it.
        code.extend(c.to_uppercase().filter(|c| c.is_alphanumeric()));
        if code.len() > LONGEST {
            return None;
        }
    }
    // No other country has nine digits.
    if code.len() == 9 && is_digits(&code) {
        code.truncate(5);
    }
    let digit = code.contains(|c: char| c.is_ascii_digit());
    (digit && code.contains(|c| c != '0')).then_some(code)
}

/// The first half of a British postcode, that of the town or the part of it; `None` if the
/// layout is not British.
///
/// # Example
///
/// ```
/// use custometry::identity::postcode_outward;
/// assert_eq!(postcode_outward("SW1A1AA"), Some("SW1A"));
/// assert_eq!(postcode_outward("M1 1AE"), Some("M1"));
/// assert_eq!(postcode_outward("02134"), None);
/// ```
pub fn postcode_outward(postcode: &str) -> Option<&str> {
    let postcode = postcode.trim();
    let (outward, inward) = postcode.split_at_checked(postcode.len().checked_sub(3)?)?;
    let outward = outward.trim_end();
    // The one that fits no layout: Girobank.
    let girobank = outward.eq_ignore_ascii_case("gir");
    let layouts = ["A9", "A99", "A9A", "AA9", "AA99", "AA9A"];
    let british = girobank || layouts.iter().any(|layout| has_layout(outward, layout));
    (british && has_layout(inward, "9AA")).then_some(outward)
}

/// Whether a text has a letter for every A and a digit for every 9.
fn has_layout(text: &str, layout: &str) -> bool {
    let fits = |(sign, wanted): (u8, u8)| match wanted {
        b'9' => sign.is_ascii_digit(),
        _ => sign.is_ascii_alphabetic(),
    };
    text.len() == layout.len() && text.bytes().zip(layout.bytes()).all(fits)
}

/// What follows the letters of a country, if it is a number.
fn without_country(text: &str) -> Option<&str> {
    let (country, number) = text.split_once('-')?;
    let country = country.trim_end();
    let letters =
        (1..=3).contains(&country.len()) && country.bytes().all(|b| b.is_ascii_alphabetic());
    let digits = |c: char| c.is_ascii_digit() || c.is_whitespace() || c == '-';
    (letters && number.chars().all(digits)).then_some(number)
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn postcodes_have_one_form() {
        let cases = [
            ("SW1A 1AA", Some("SW1A1AA")),
            (" sw1a1aa ", Some("SW1A1AA")),
            ("ｓｗ１ａ １ａａ", Some("SW1A1AA")),
            ("12345", Some("12345")),
            ("12345-6789", Some("12345")),
            ("12345 6789", Some("12345")),
            ("123456789", Some("12345")),
            ("02134", Some("02134")),
            ("2134.0", Some("2134")),
            ("2134", Some("2134")),
            ("0800", Some("0800")),
            ("K1A 0B1", Some("K1A0B1")),
            ("1012 AB", Some("1012AB")),
            ("D-10115", Some("10115")),
            ("LV-1010", Some("1010")),
            ("00-950", Some("00950")),
            ("150-0002", Some("1500002")),
            ("01310-100", Some("01310100")),
            ("D02 X285", Some("D02X285")),
            ("110 001", Some("110001")),
            ("", None),
            ("-", None),
            ("0", None),
            ("00000", None),
            ("00000-0000", None),
            ("n/a", None),
            ("unknown", None),
            ("12345678901234", None),
        ];
        for (text, code) in cases {
            assert_eq!(normalise_postcode(text).as_deref(), code, "{text:?}");
        }
    }

    #[test]
    fn british_layouts_have_an_outward_half() {
        let cases = [
            ("M11AE", Some("M1")),
            ("M1 1AE", Some("M1")),
            ("B338TH", Some("B33")),
            ("W1A0AX", Some("W1A")),
            ("CR26XH", Some("CR2")),
            ("DN551PT", Some("DN55")),
            ("EC1A1BB", Some("EC1A")),
            ("ec1a 1bb", Some("ec1a")),
            ("GIR0AA", Some("GIR")),
            ("10115", None),
            ("K1A0B1", None),
            ("1012AB", None),
            ("", None),
            ("AA", None),
            ("äöü", None),
            ("M1é", None),
        ];
        for (postcode, outward) in cases {
            assert_eq!(postcode_outward(postcode), outward, "{postcode:?}");
        }
    }

    proptest! {
        #[test]
        fn a_postcode_in_its_form_stays(text in "[A-Za-z0-9 .-]{0,14}|.{0,20}") {
            if let Some(code) = normalise_postcode(&text) {
                prop_assert_eq!(normalise_postcode(&code), Some(code.clone()));
                postcode_outward(&code);
            }
            postcode_outward(&text);
        }
    }
}
