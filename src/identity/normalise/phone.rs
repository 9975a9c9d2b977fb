//! One form for phone numbers.

use serde::{Deserialize, Serialize};

use crate::{Error, Result};

/// How a country writes its numbers.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Plan {
    /// ISO 3166 code.
    code: &'static str,
    calling: &'static str,
    /// What is dialled before a national number and is no part of it.
    trunks: &'static [&'static str],
    /// What is dialled before a calling code, longest first.
    exits: &'static [&'static str],
    /// The lengths of a national number, without the trunk prefix.
    shortest: usize,
    longest: usize,
}

impl Plan {
    const fn new(
        code: &'static str,
        calling: &'static str,
        trunks: &'static [&'static str],
        (shortest, longest): (usize, usize),
    ) -> Self {
        Self {
            code,
            calling,
            trunks,
            exits: &["00"],
            shortest,
            longest,
        }
    }

    const fn with_exits(mut self, exits: &'static [&'static str]) -> Self {
        self.exits = exits;
        self
    }
}

const NONE: &[&str] = &[];
const ZERO: &[&str] = &["0"];
const ONE: &[&str] = &["1"];

/// Lengths follow the national numbering plans. Where geographic numbers vary they
/// are wide: to keep a number matters more here than to prove it can be dialled.
static PLANS: [Plan; 37] = [
    // The first is the default, and stands for all of North America.
    Plan::new("US", "1", ONE, (10, 10)).with_exits(&["011", "00"]),
    Plan::new("CA", "1", ONE, (10, 10)).with_exits(&["011", "00"]),
    Plan::new("AR", "54", ZERO, (10, 11)),
    Plan::new("AT", "43", ZERO, (6, 13)),
    Plan::new("AU", "61", ZERO, (9, 9)).with_exits(&["0011", "00"]),
    Plan::new("BE", "32", ZERO, (8, 9)),
    Plan::new("BR", "55", ZERO, (10, 11)),
    Plan::new("CH", "41", ZERO, (9, 9)),
    Plan::new("CN", "86", ZERO, (9, 11)),
    Plan::new("CZ", "420", NONE, (9, 9)),
    Plan::new("DE", "49", ZERO, (6, 12)),
    Plan::new("DK", "45", NONE, (8, 8)),
    Plan::new("ES", "34", NONE, (9, 9)),
    Plan::new("FI", "358", ZERO, (6, 11)),
    Plan::new("FR", "33", ZERO, (9, 9)),
    Plan::new("GB", "44", ZERO, (9, 10)),
    Plan::new("GR", "30", NONE, (10, 10)),
    Plan::new("HK", "852", NONE, (8, 8)),
    Plan::new("HU", "36", &["06"], (8, 9)),
    Plan::new("IE", "353", ZERO, (7, 9)),
    Plan::new("IN", "91", ZERO, (10, 10)),
    Plan::new("IT", "39", NONE, (6, 11)),
    Plan::new("JP", "81", ZERO, (9, 10)).with_exits(&["010", "00"]),
    Plan::new("KR", "82", ZERO, (8, 10)),
    // Until 2019 mobile numbers had a 1 behind the calling code, and prefixes of
    // their own at home.
    Plan::new("MX", "52", &["01", "044", "045", "1"], (10, 10)),
    Plan::new("NL", "31", ZERO, (9, 9)),
    Plan::new("NO", "47", NONE, (8, 8)),
    Plan::new("NZ", "64", ZERO, (8, 10)),
    Plan::new("PL", "48", ZERO, (9, 9)),
    Plan::new("PT", "351", NONE, (9, 9)),
    Plan::new("RO", "40", ZERO, (9, 9)),
    Plan::new("RU", "7", &["8"], (10, 10)),
    Plan::new("SE", "46", ZERO, (7, 9)),
    Plan::new("SG", "65", NONE, (8, 8)),
    Plan::new("SK", "421", ZERO, (9, 9)),
    Plan::new("TR", "90", ZERO, (10, 10)),
    Plan::new("ZA", "27", ZERO, (9, 9)),
];

impl Plan {
    /// Italy writes the zero of its area codes from abroad as well.
    fn keeps_zero(&self) -> bool {
        self.code == "IT"
    }

    fn fits(&self, national: &str) -> bool {
        (self.shortest..=self.longest).contains(&national.len())
            && (self.keeps_zero() || !national.starts_with('0'))
    }

    /// The national number in these digits, without its trunk prefix.
    fn national<'a>(&self, digits: &'a str) -> Option<&'a str> {
        if self.fits(digits) {
            return Some(digits);
        }
        let mut rests = self.trunks.iter().filter_map(|t| digits.strip_prefix(t));
        rests.find(|rest| self.fits(rest))
    }

    fn written(&self, national: &str) -> String {
        format!("+{}{national}", self.calling)
    }
}

/// The country whose numbers are written without a calling code.
///
/// # Example
///
/// ```
/// use custometry::identity::PhoneRegion;
/// assert_eq!(PhoneRegion::default().code(), "US");
/// assert_eq!(PhoneRegion::new("de")?.code(), "DE");
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PhoneRegion {
    plan: &'static Plan,
}

impl PhoneRegion {
    /// The country of an ISO 3166 code of two letters, in any case. `UK` is taken
    /// for `GB`.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`] for a code that is not known here; the message
    /// lists those that are.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::identity::PhoneRegion;
    /// assert_eq!(PhoneRegion::new("gb")?.code(), "GB");
    /// assert!(PhoneRegion::new("XX").is_err());
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn new(code: &str) -> Result<Self> {
        let wanted = if code.trim().eq_ignore_ascii_case("uk") {
            "GB"
        } else {
            code.trim()
        };
        let plan = PLANS.iter().find(|p| p.code.eq_ignore_ascii_case(wanted));
        plan.map(|plan| Self { plan }).ok_or_else(|| {
            let known: Vec<&str> = PLANS.iter().map(|plan| plan.code).collect();
            let expected = format!("one of {}", known.join(", "));
            Error::parameter("phone region", code, expected)
        })
    }

    /// The ISO 3166 code.
    ///
    /// # Example
    ///
    /// ```
    /// assert_eq!(custometry::identity::PhoneRegion::default().code(), "US");
    /// ```
    pub fn code(&self) -> &'static str {
        self.plan.code
    }
}

impl Default for PhoneRegion {
    fn default() -> Self {
        Self { plan: &PLANS[0] }
    }
}

impl TryFrom<String> for PhoneRegion {
    type Error = Error;

    fn try_from(code: String) -> Result<Self> {
        Self::new(&code)
    }
}

impl From<PhoneRegion> for String {
    fn from(region: PhoneRegion) -> Self {
        region.code().to_owned()
    }
}

/// The one form of a phone number: E.164, such as `+12125552368`; `None` if the text
/// is no number or one that nobody has.
///
/// - Blanks, dots, dashes, brackets and slashes are dropped, and so are extensions
///   (`x12`, `ext. 12`, `#12`), a leading `tel:` and the `.0` of spreadsheets. Other
///   letters are refused.
/// - `+`, `00` or what `region` dials to go abroad announces a calling code. A trunk
///   prefix behind it, with brackets or not, is dropped: `+44 (0)20` is `+4420`. Italy
///   keeps its zero.
/// - Other numbers are of `region`: the trunk prefix goes, the calling code comes. A
///   number that fits without its trunk prefix is taken as well, since spreadsheets
///   lose leading zeros.
/// - In North America any ten digits that do not begin with 0 are a number, whatever the
///   area code: made data know no numbering plan.
///
/// Seven to fifteen digits that fit no plan are kept as they are written: with their `+`
/// if a calling code was announced, else as **bare digits**. Those can be compared with
/// each other and make no claim to be E.164.
///
/// Refused: fewer than 7 or more than 15 digits, one digit over and over, digits that
/// count up or down (`1234567`, `0987654321`).
///
/// # Example
///
/// ```
/// use custometry::identity::{PhoneRegion, normalise_phone};
/// let us = PhoneRegion::default();
/// let gb = PhoneRegion::new("GB")?;
/// assert_eq!(normalise_phone("(212) 555-2368 ext. 7", us).as_deref(), Some("+12125552368"));
/// assert_eq!(normalise_phone("020 7946 0958", gb).as_deref(), Some("+442079460958"));
/// // No number of the United States, but still comparable.
/// assert_eq!(normalise_phone("08 9123 4567", us).as_deref(), Some("0891234567"));
/// assert_eq!(normalise_phone("000-000-0000", us), None);
/// # Ok::<(), custometry::Error>(())
/// ```
pub fn normalise_phone(text: &str, region: PhoneRegion) -> Option<String> {
    let plan = region.plan;
    let Dialled {
        mut digits,
        plus,
        bracket_zero,
    } = dialled(text)?;
    let exit = plan.exits.iter().find(|exit| digits.starts_with(*exit));
    let skip = exit.map_or(0, |exit| exit.len());
    let abroad = plus || exit.is_some();
    if let Some(at) = bracket_zero.filter(|&at| abroad && at > skip)
        && plan_of(&digits[skip..]).is_none_or(|plan| !plan.keeps_zero())
    {
        digits.remove(at);
    }
    if digits.len() < 7 || is_made_up(&digits) {
        return None;
    }
    if abroad && let Some((number, national)) = from_abroad(&digits[skip..]) {
        return (!is_made_up(national)).then_some(number);
    }
    // A calling code without a sign counts only if the number is too long for home.
    let home = digits.strip_prefix(plan.calling);
    let national = plan.national(&digits).or_else(|| plan.national(home?));
    match national {
        Some(national) => (!is_made_up(national)).then(|| plan.written(national)),
        None if home.is_some_and(is_made_up) => None,
        None => (digits.len() <= 15).then_some(digits),
    }
}

/// What there is to dial in a text.
struct Dialled {
    digits: String,
    plus: bool,
    /// Where among the digits the first `(0)` stands.
    bracket_zero: Option<usize>,
}

/// One digit more than any number has, with all that may be dialled before it.
const TOO_MANY: usize = 24;

fn dialled(text: &str) -> Option<Dialled> {
    let text = without_label(text.trim());
    let mut found = Dialled {
        digits: String::new(),
        plus: false,
        bracket_zero: None,
    };
    // The last two signs that are no blanks, to know a (0).
    let mut before = ('\0', '\0');
    let mut dot = None;
    for (at, c) in text.char_indices() {
        // The full-width signs of East Asian keyboards.
        let c = match c {
            '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
            _ => c,
        };
        match c {
            '0'..='9' => found.digits.push(c),
            '+' if found.digits.is_empty() => found.plus = true,
            ')' if before == ('(', '0') && found.bracket_zero.is_none() => {
                found.bracket_zero = Some(found.digits.len() - 1);
            }
            '.' => dot = Some(found.digits.len()),
            // What follows is nobody's concern.
            _ if found.digits.len() >= 7 && is_extension(&text[at..]) => break,
            '(' | ')' | '[' | ']' | '-' | '/' | '\'' | '"' | '\u{2010}'..='\u{2015}' => {}
            _ if c.is_whitespace() || is_invisible(c) => continue,
            _ => return None,
        }
        if found.digits.len() >= TOO_MANY {
            return None;
        }
        before = (before.1, c);
    }
    // A number that went through a spreadsheet: 2125552368.0
    let whole = dot.filter(|&dot| dot >= 7 && text.ends_with(".0"));
    if whole.is_some_and(|dot| dot + 1 == found.digits.len()) {
        found.digits.pop();
    }
    Some(found)
}

/// Whether an extension begins here.
fn is_extension(rest: &str) -> bool {
    let word = |word: &str| {
        let (start, rest) = rest.split_at_checked(word.len())?;
        let ends = !rest.starts_with(char::is_alphabetic);
        Some(start.eq_ignore_ascii_case(word) && ends)
    };
    rest.starts_with(['#', ';'])
        || ["x", "ext", "extn", "extension"]
            .iter()
            .any(|w| word(w) == Some(true))
}

/// Marks of writing direction and joints that copying brings along.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}' | '\u{feff}')
}

fn without_label(text: &str) -> &str {
    let label = ["telephone", "phone", "mobile", "tel"]
        .iter()
        .find_map(|l| {
            let (start, rest) = text.split_at_checked(l.len())?;
            start.eq_ignore_ascii_case(l).then_some(rest)
        });
    label.map_or(text, |rest| rest.trim_start_matches(['.', ':', ' ']))
}

/// The plan whose calling code begins these digits. No calling code begins another.
fn plan_of(digits: &str) -> Option<&'static Plan> {
    PLANS.iter().find(|plan| digits.starts_with(plan.calling))
}

/// The E.164 form of digits that begin with a calling code, and its national part.
fn from_abroad(digits: &str) -> Option<(String, &str)> {
    let plan = plan_of(digits);
    let rest = plan.map_or(digits, |plan| &digits[plan.calling.len()..]);
    if let Some((plan, national)) = plan.and_then(|plan| Some((plan, plan.national(rest)?))) {
        return Some((plan.written(national), national));
    }
    let shape = (8..=15).contains(&digits.len()) && !digits.starts_with('0');
    shape.then(|| (format!("+{digits}"), rest))
}

/// One digit over and over, or seven and more that count up or down.
fn is_made_up(digits: &str) -> bool {
    let steps = |step: u8| {
        let mut pairs = digits.bytes().zip(digits.bytes().skip(1));
        pairs.all(|(a, b)| (a - b'0' + step) % 10 == b - b'0')
    };
    steps(0) || digits.len() >= 7 && (steps(1) || steps(9))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn phone(region: &str, text: &str) -> Option<String> {
        normalise_phone(text, PhoneRegion::new(region).unwrap())
    }

    #[test]
    fn numbers_have_one_form() {
        let cases = [
            ("US", "(212) 555-2368", "+12125552368"),
            ("US", "212.555.2368", "+12125552368"),
            ("US", "1-212-555-2368", "+12125552368"),
            ("US", "+1 212 555 2368", "+12125552368"),
            ("US", "Tel.: 212 555 2368", "+12125552368"),
            ("US", "212-555-2368 x12", "+12125552368"),
            ("US", "212-555-2368 ext. 12", "+12125552368"),
            ("US", "212-555-2368 #12", "+12125552368"),
            ("US", "2125552368;ext=12", "+12125552368"),
            ("US", "2125552368.0", "+12125552368"),
            ("US", "2125552368.00", "212555236800"),
            ("US", "２１２５５５２３６８", "+12125552368"),
            (
                "US",
                "\u{202a}+1\u{a0}212\u{2011}555\u{2011}2368\u{202c}",
                "+12125552368",
            ),
            ("US", "1125552368", "+11125552368"),
            ("US", "011 44 20 7946 0958", "+442079460958"),
            ("US", "0044 20 7946 0958", "+442079460958"),
            ("CA", "416 555 0134", "+14165550134"),
            ("GB", "020 7946 0958", "+442079460958"),
            ("GB", "(020) 7946-0958", "+442079460958"),
            ("GB", "+44 (0)20 7946 0958", "+442079460958"),
            ("GB", "+44 (0) 20 7946 0958", "+442079460958"),
            ("GB", "+44 020 7946 0958", "+442079460958"),
            ("GB", "(+44) 20 7946 0958", "+442079460958"),
            ("GB", "442079460958", "+442079460958"),
            ("GB", "7700 900123", "+447700900123"),
            ("IE", "01 679 5123", "+35316795123"),
            ("DE", "030/123456", "+4930123456"),
            ("DE", "0049 (0)30 123456", "+4930123456"),
            ("DE", "0171 - 123 45 67", "+491711234567"),
            ("AT", "01 58858-0", "+431588580"),
            ("CH", "044 668 18 00", "+41446681800"),
            ("FR", "06 12 34 56 78", "+33612345678"),
            ("FR", "+33 (0)6.12.34.56.78", "+33612345678"),
            ("ES", "612 34 56 78", "+34612345678"),
            ("IT", "06 698 12345", "+390669812345"),
            ("US", "+39 (0)6 698 12345", "+390669812345"),
            ("NL", "06-12345678", "+31612345678"),
            ("PL", "22 694 40 00", "+48226944000"),
            ("HU", "06 1 234 5679", "+3612345679"),
            ("RU", "8 (495) 123-45-67", "+74951234567"),
            ("RU", "+7 812 123-45-67", "+78121234567"),
            ("AU", "02 9374 4000", "+61293744000"),
            ("AU", "0011 44 20 7946 0958", "+442079460958"),
            ("NZ", "09 887 4000", "+6498874000"),
            ("IN", "098765 12340", "+919876512340"),
            ("JP", "03-1234-5679", "+81312345679"),
            ("JP", "010 1 212 555 2368", "+12125552368"),
            ("CN", "138 1234 5678", "+8613812345678"),
            ("KR", "010-1234-5679", "+821012345679"),
            ("BR", "(011) 91234-5678", "+5511912345678"),
            ("MX", "+52 1 55 1234 5678", "+525512345678"),
            ("MX", "01 55 1234 5678", "+525512345678"),
            ("SG", "6123 4568", "+6561234568"),
            ("DK", "32 12 34 56", "+4532123456"),
            // A calling code without a plan here, and a number that fits none.
            ("US", "+971 (0)4 366 8888", "+97143668888"),
            ("US", "+44 123 4568", "+441234568"),
            ("US", "+44 (0)123 4568", "+441234568"),
            // No number of the region, but worth comparing.
            ("US", "08 9123 4567", "0891234567"),
            ("US", "555-2368", "5552368"),
            ("AU", "9123 4567", "91234567"),
            ("GB", "794 6095", "7946095"),
        ];
        for (region, text, wanted) in cases {
            assert_eq!(
                phone(region, text).as_deref(),
                Some(wanted),
                "{region} {text:?}"
            );
        }
    }

    #[test]
    fn what_is_no_number_is_refused() {
        let cases = [
            "",
            "-",
            "n/a",
            "123456",
            "911",
            "1-800-FLOWERS",
            "call 212 555 2368",
            "0000000000",
            "1111111111",
            "999-999-9999",
            "+1 000 000 0000",
            "+44 (0)0000 000000",
            "1234567",
            "1234567890",
            "0123456789",
            "9876543210",
            "0987654321",
            "12345678",
            "+1 999 999 9999",
            "212+5552368",
            "212 555 2368 evening",
            "212 555 2368 / 212 555 2369",
            "1234567890123456",
            "x12",
        ];
        for text in cases {
            assert_eq!(phone("US", text), None, "{text:?}");
        }
        assert_eq!(phone("GB", "00000000000"), None);
        assert_eq!(phone("GB", "01111111111"), None);
    }

    #[test]
    fn regions_are_found_by_code() {
        for plan in &PLANS {
            let region = PhoneRegion::new(&plan.code.to_lowercase()).unwrap();
            assert_eq!(region.code(), plan.code);
            let json = serde_json::to_string(&region).unwrap();
            assert_eq!(json, format!("\"{}\"", plan.code));
            assert_eq!(serde_json::from_str::<PhoneRegion>(&json).unwrap(), region);
        }
        assert_eq!(PhoneRegion::new("UK").unwrap().code(), "GB");
        assert_eq!(PhoneRegion::default(), PhoneRegion::new("US").unwrap());
        let error = PhoneRegion::new("XX").unwrap_err().to_string();
        assert!(
            error.contains("XX") && error.contains("US, CA, AR"),
            "{error}"
        );
        assert!(serde_json::from_str::<PhoneRegion>("\"\"").is_err());
    }

    #[test]
    fn no_calling_code_begins_another() {
        for a in &PLANS {
            for b in &PLANS {
                let apart = !a.calling.starts_with(b.calling);
                assert!(apart || a.calling == b.calling, "{} {}", a.code, b.code);
            }
        }
    }

    #[test]
    fn a_long_text_takes_linear_time() {
        for piece in ["1", " ", "(0)", "+", ".", "x", "tel", "１", "2125552368 "] {
            assert_eq!(phone("US", &piece.repeat((1 << 20) / piece.len())), None);
        }
    }

    proptest! {
        #[test]
        fn a_number_in_its_form_stays(
            plan in 0..PLANS.len(),
            text in "(\\+|00|0011|011|010)?(1|7|39|44|49|52|61|0)?[ 0-9().x#+-]{0,16}|.{0,30}",
        ) {
            let region = PhoneRegion { plan: &PLANS[plan] };
            if let Some(number) = normalise_phone(&text, region) {
                prop_assert_eq!(normalise_phone(&number, region), Some(number.clone()));
                let digits = number.strip_prefix('+').unwrap_or(&number);
                prop_assert!((7..=15).contains(&digits.len()));
                prop_assert!(digits.bytes().all(|b| b.is_ascii_digit()));
            }
        }
    }
}
