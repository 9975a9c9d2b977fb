//! Dates of birth, from the many ways in which people write them.

use chrono::{Datelike, NaiveDate};
use serde::{Deserialize, Serialize};

/// How 2/1/1970 is read.
///
/// # Example
///
/// ```
/// use custometry::identity::{DateOrder, parse_birth_date};
/// let read = |order| parse_birth_date("2/1/1970", order).unwrap().to_string();
/// assert_eq!(read(DateOrder::DayFirst), "1970-01-02");
/// assert_eq!(read(DateOrder::MonthFirst), "1970-02-01");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DateOrder {
    /// Day, month, year: nearly everywhere.
    DayFirst,
    /// Month, day, year: the United States.
    MonthFirst,
}

/// The date of birth in a text; `None` if there is none.
///
/// - Year first: `1970-01-31`, `1970/1/31`, `19700131`.
/// - Year last: `31.01.1970`, `31/1/1970`, `31-1-70`, `31011970`. With dots the day comes
///   first, whatever `order` says.
/// - The month in words, in English, German, French or Spanish: `31 Jan 1970`,
///   `January 31st, 1970`, `31. Januar 1970`, `1er février 1970`, `31 de enero de 1970`.
/// - Two digits of the year: 00 to 29 are of this century, the rest of the last.
/// - A time of day behind the date is ignored.
///
/// `order` decides where both readings are dates. Where only one is, that is taken:
/// 1/31/1970 is in January in any order.
///
/// # Example
///
/// ```
/// use custometry::identity::{DateOrder, parse_birth_date};
/// let read = |text| parse_birth_date(text, DateOrder::DayFirst).map(|date| date.to_string());
/// assert_eq!(read("1970-01-31T00:00:00Z").as_deref(), Some("1970-01-31"));
/// assert_eq!(read("31-Jan-70").as_deref(), Some("1970-01-31"));
/// assert_eq!(read("1/31/1970").as_deref(), Some("1970-01-31"));
/// assert_eq!(read("31.02.1970"), None);
/// ```
pub fn parse_birth_date(text: &str, order: DateOrder) -> Option<NaiveDate> {
    match written(text)? {
        Written::Known(date) => Some(date),
        Written::Either {
            day_first,
            month_first,
        } => match order {
            DateOrder::DayFirst => day_first.or(month_first),
            DateOrder::MonthFirst => month_first.or(day_first),
        },
    }
}

/// The order that a column was written in, told by those texts that are a date in one
/// order only; `None` if there are none or they contradict each other.
///
/// # Example
///
/// ```
/// use custometry::identity::{DateOrder, date_order_of};
/// assert_eq!(date_order_of(["2/1/1970", "31/1/1970"]), Some(DateOrder::DayFirst));
/// assert_eq!(date_order_of(["2/1/1970", "1970-01-31"]), None);
/// assert_eq!(date_order_of(["1/31/1970", "31/1/1970"]), None);
/// ```
pub fn date_order_of<'a>(texts: impl IntoIterator<Item = &'a str>) -> Option<DateOrder> {
    let mut told = None;
    for text in texts {
        let Some(Written::Either {
            day_first,
            month_first,
        }) = written(text)
        else {
            continue;
        };
        let tells = match (day_first, month_first) {
            (Some(_), None) => DateOrder::DayFirst,
            (None, Some(_)) => DateOrder::MonthFirst,
            _ => continue,
        };
        if *told.get_or_insert(tells) != tells {
            return None;
        }
    }
    told
}

/// Whether a date stands for "not known": the first day of a system's calendar, its last,
/// a row of ones, or a year in which nobody alive was born (before 1870, after 2100).
///
/// 1970-01-01 is among them. A few people are born on it, but it is far more often the
/// zero of a clock.
///
/// # Example
///
/// ```
/// use chrono::NaiveDate;
/// use custometry::identity::is_placeholder_date;
/// let date = |year, month, day| NaiveDate::from_ymd_opt(year, month, day).unwrap();
/// assert!(is_placeholder_date(date(1900, 1, 1)));
/// assert!(!is_placeholder_date(date(1970, 1, 31)));
/// ```
pub fn is_placeholder_date(date: NaiveDate) -> bool {
    let (year, month, day) = (date.year(), date.month(), date.day());
    // The years before 1870 hold the first day of SQL Server (1753-01-01) and
    // 1111-11-11, the years after 2100 hold 9999-12-31.
    !(1870..=2100).contains(&year) || matches!((year, month, day), (1900 | 1901 | 1970, 1, 1))
}

/// A date as far as its text tells.
enum Written {
    Known(NaiveDate),
    /// Day and month, or month and day. At least one of the two is a date.
    Either {
        day_first: Option<NaiveDate>,
        month_first: Option<NaiveDate>,
    },
}

/// A piece of a text.
#[derive(Clone, Copy)]
enum Piece<'a> {
    Digits(&'a str),
    Month(u32),
}

fn written(text: &str) -> Option<Written> {
    match *pieces(text)?.as_slice() {
        // Behind the day a spreadsheet may leave a .0
        [Piece::Digits(run)] | [Piece::Digits(run), Piece::Digits("0")] => packed(run),
        [Piece::Digits(a), Piece::Digits(b), Piece::Digits(c)] => numbers(a, b, c, text),
        [Piece::Digits(a), Piece::Month(month), Piece::Digits(b)]
        | [Piece::Month(month), Piece::Digits(a), Piece::Digits(b)] => {
            let (day, year) = if year_first(a, b) { (b, a) } else { (a, b) };
            Some(Written::Known(date(year, month, number(day)?)?))
        }
        _ => None,
    }
}

/// The numbers and months up to the time of day; `None` if there are too many, or a word
/// that has no place in a date.
fn pieces(text: &str) -> Option<Vec<Piece<'_>>> {
    let mut pieces = Vec::with_capacity(3);
    let mut rest = text.trim();
    while let Some(first) = rest.chars().next() {
        if first.is_ascii_digit() {
            let end = rest.find(|c: char| !c.is_ascii_digit());
            let (digits, after) = rest.split_at(end.unwrap_or(rest.len()));
            // The hour: the date is over.
            if after.starts_with(':') {
                break;
            }
            pieces.push(Piece::Digits(digits));
            rest = after;
        } else if first.is_alphabetic() {
            let end = rest.find(|c: char| !c.is_alphabetic());
            let (word, after) = rest.split_at(end.unwrap_or(rest.len()));
            if let Some(month) = month_of(word) {
                pieces.push(Piece::Month(month));
            } else if !is_filler(word) {
                return None;
            }
            rest = after;
        } else if first.is_whitespace() || "-/.,_'\"‐‑–º°".contains(first) {
            rest = &rest[first.len_utf8()..];
        } else {
            return None;
        }
        if pieces.len() > 3 {
            return None;
        }
    }
    Some(pieces)
}

/// Words around the numbers: 31st, 1er, the, of, de, and the T before a time.
fn is_filler(word: &str) -> bool {
    let fillers = [
        "st", "nd", "rd", "th", "er", "the", "of", "de", "del", "den", "der", "le", "t",
    ];
    fillers
        .iter()
        .any(|filler| word.eq_ignore_ascii_case(filler))
}

/// 19700131, or 31011970 and 01311970. With a time of day: 19700131083000.
fn packed(run: &str) -> Option<Written> {
    let run = match run.len() {
        8 => run,
        12 | 14 => &run[..8],
        _ => return None,
    };
    let year_first = date(&run[..4], number(&run[4..6])?, number(&run[6..])?);
    // A day and a month would be a year before 1000 only from 0101 to 0931.
    match year_first.filter(|date| date.year() >= 1000) {
        Some(date) => Some(Written::Known(date)),
        None => either(&run[..2], &run[2..4], &run[4..]),
    }
}

/// Three numbers, in any order that has the year at an end.
fn numbers(a: &str, b: &str, c: &str, text: &str) -> Option<Written> {
    if year_first(a, c) {
        let known = date(a, number(b)?, number(c)?);
        return known
            .or_else(|| date(a, number(c)?, number(b)?))
            .map(Written::Known);
    }
    let read = either(a, b, c)?;
    let dots = text.trim()[a.len()..].starts_with('.');
    match read {
        Written::Either {
            day_first: Some(date),
            ..
        } if dots => Some(Written::Known(date)),
        read => Some(read),
    }
}

fn either(a: &str, b: &str, year: &str) -> Option<Written> {
    let (day_first, month_first) = (
        date(year, number(b)?, number(a)?),
        date(year, number(a)?, number(b)?),
    );
    match (day_first, month_first) {
        (None, None) => None,
        (Some(date), Some(same)) if date == same => Some(Written::Known(date)),
        _ => Some(Written::Either {
            day_first,
            month_first,
        }),
    }
}

/// Whether the year is the first of two numbers: it has four digits, or no day is so late.
fn year_first(first: &str, last: &str) -> bool {
    match (first.len(), last.len()) {
        (4, _) => true,
        (2, 2) => number(first).is_some_and(|first| first > 31),
        _ => false,
    }
}

/// The date of a year of two or four digits.
fn date(year: &str, month: u32, day: u32) -> Option<NaiveDate> {
    let of_century = i32::try_from(number_of(year, 4)?).ok()?;
    let year = match (year.len(), of_century) {
        (4, year) => year,
        (2, year @ 0..=29) => 2000 + year,
        (2, year) => 1900 + year,
        _ => return None,
    };
    NaiveDate::from_ymd_opt(year, month, day)
}

/// A day or a month.
fn number(digits: &str) -> Option<u32> {
    number_of(digits, 2)
}

fn number_of(digits: &str, most: usize) -> Option<u32> {
    (digits.len() <= most).then(|| digits.parse().ok())?
}

/// The months as English, German, French and Spanish write them, and shorten them.
const MONTHS: [&[&str]; 12] = [
    &[
        "january", "jan", "januar", "jänner", "jaenner", "janvier", "janv", "enero", "ene",
    ],
    &[
        "february", "feb", "februar", "feber", "février", "fevrier", "févr", "fevr", "fév",
        "febrero",
    ],
    &[
        "march", "mar", "märz", "maerz", "marz", "mär", "mrz", "mars", "marzo",
    ],
    &["april", "apr", "avril", "avr", "abril", "abr"],
    &["may", "mai", "mayo"],
    &["june", "jun", "juni", "juin", "junio"],
    &["july", "jul", "juli", "juillet", "juil", "julio"],
    &["august", "aug", "août", "aout", "agosto", "ago"],
    &[
        "september",
        "sep",
        "sept",
        "septembre",
        "septiembre",
        "setiembre",
    ],
    &["october", "oct", "oktober", "okt", "octobre", "octubre"],
    &["november", "nov", "novembre", "noviembre"],
    &[
        "december",
        "dec",
        "dezember",
        "dez",
        "décembre",
        "decembre",
        "déc",
        "diciembre",
        "dic",
    ],
];

fn month_of(word: &str) -> Option<u32> {
    // Longer than any of them, in bytes: no copy of a book.
    if word.len() > 20 {
        return None;
    }
    let word = word.to_lowercase();
    let months = (1..).zip(MONTHS);
    let mut hits = months.filter(|(_, names)| names.contains(&word.as_str()));
    hits.next().map(|(month, _)| month)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(text: &str, order: DateOrder) -> Option<String> {
        parse_birth_date(text, order).map(|date| date.to_string())
    }

    #[test]
    fn dates_are_read_in_many_forms() {
        let cases = [
            "1970-01-31",
            "1970/01/31",
            "1970.1.31",
            "19700131",
            "19700131.0",
            "1970-1-31",
            "1970-31-01",
            "31.01.1970",
            "31.1.70",
            "31/1/70",
            "1/31/70",
            "31/01/1970",
            "01/31/1970",
            "31-01-1970",
            "31011970",
            "01311970",
            "70-01-31",
            "31 Jan 1970",
            "31-Jan-70",
            "31Jan1970",
            "JAN 31 1970",
            "January 31, 1970",
            "January 31st, 1970",
            "31st of January 1970",
            "31. Januar 1970",
            "31. Jänner 1970",
            "31 janvier 1970",
            "31 de enero de 1970",
            "31 ENE 1970",
            "1970 Jan 31",
            "1970-Jan-31",
            "1970-01-31T08:30:00Z",
            "1970-01-31 08:30:00.000+01:00",
            "1970-01-31 00:00:00 UTC",
            "31/01/1970 8:30 PM",
            "19700131083000",
            " '1970-01-31' ",
            "31 / 01 / 1970",
            "1970-01-31 T 00:00",
        ];
        for text in cases {
            for order in [DateOrder::DayFirst, DateOrder::MonthFirst] {
                assert_eq!(
                    read(text, order).as_deref(),
                    Some("1970-01-31"),
                    "{text:?} {order:?}"
                );
            }
        }
    }

    #[test]
    fn months_have_names_in_four_languages() {
        for (month, names) in (1..).zip(MONTHS) {
            for name in names {
                let text = format!("2 {} 1970", name.to_uppercase());
                let wanted = NaiveDate::from_ymd_opt(1970, month, 2);
                assert_eq!(
                    parse_birth_date(&text, DateOrder::MonthFirst),
                    wanted,
                    "{text}"
                );
            }
        }
    }

    #[test]
    fn the_order_decides_what_is_open() {
        let cases = [
            ("2/1/1970", "1970-01-02", "1970-02-01"),
            ("02-01-70", "1970-01-02", "1970-02-01"),
            ("02011970", "1970-01-02", "1970-02-01"),
            ("2.1.1970", "1970-01-02", "1970-01-02"),
            ("1970-01-02", "1970-01-02", "1970-01-02"),
            ("1/1/29", "2029-01-01", "2029-01-01"),
            ("1/1/30", "1930-01-01", "1930-01-01"),
            ("1/1/00", "2000-01-01", "2000-01-01"),
            ("29/2/2000", "2000-02-29", "2000-02-29"),
        ];
        for (text, day_first, month_first) in cases {
            assert_eq!(
                read(text, DateOrder::DayFirst).as_deref(),
                Some(day_first),
                "{text}"
            );
            assert_eq!(
                read(text, DateOrder::MonthFirst).as_deref(),
                Some(month_first),
                "{text}"
            );
        }
    }

    #[test]
    fn what_is_no_date_is_refused() {
        let cases = [
            "",
            "-",
            "unknown",
            "1970",
            "Jan 1970",
            "1970-01",
            "31.02.1970",
            "0000-00-00",
            "1/1/1",
            "1970-13-13",
            "29/2/1900",
            "700131",
            "1311970",
            "45/45/1970",
            "31 Foo 1970",
            "1970-01-31 1970-02-01",
            "1-2-3-4",
            "12:30",
            "197001310",
            "١٩٧٠-٠١-٣١",
            "1970-01-31 (?)",
        ];
        for text in cases {
            assert_eq!(read(text, DateOrder::DayFirst), None, "{text:?}");
        }
    }

    #[test]
    fn a_column_tells_its_order() {
        use DateOrder::{DayFirst, MonthFirst};
        assert_eq!(date_order_of(["1/2/1970", "13/2/1970"]), Some(DayFirst));
        assert_eq!(
            date_order_of(["1/2/1970", "2/13/1970", "x"]),
            Some(MonthFirst)
        );
        assert_eq!(date_order_of(["31011970"]), Some(DayFirst));
        assert_eq!(date_order_of(["1/2/1970", "3/3/1970", "31.1.1970"]), None);
        assert_eq!(date_order_of(["13/2/1970", "2/13/1970"]), None);
        assert_eq!(date_order_of([]), None);
    }

    #[test]
    fn placeholders_are_told_from_dates() {
        let date = |text| parse_birth_date(text, DateOrder::DayFirst).unwrap();
        let placeholders = [
            "1900-01-01",
            "1901-01-01",
            "1970-01-01",
            "1753-01-01",
            "1111-11-11",
            "9999-12-31",
            "1869-12-31",
            "2101-01-01",
            "11111111",
            "99991231",
        ];
        for text in placeholders {
            assert!(is_placeholder_date(date(text)), "{text}");
        }
        for text in [
            "1900-01-02",
            "1870-01-01",
            "2100-12-31",
            "1971-01-01",
            "2000-01-01",
        ] {
            assert!(!is_placeholder_date(date(text)), "{text}");
        }
    }

    #[test]
    fn a_long_text_takes_linear_time() {
        for piece in ["1", " ", "1 ", "a", "a ", "jan ", "de ", "é", "-"] {
            let long = piece.repeat((1 << 20) / piece.len());
            assert_eq!(read(&long, DateOrder::DayFirst), None);
            assert_eq!(date_order_of([long.as_str()]), None);
        }
    }

    proptest! {
        #[test]
        fn any_date_is_read_back(days in 0..70_000i32, day_first: bool) {
            let start = NaiveDate::from_ymd_opt(1870, 1, 1).unwrap();
            let date = start + chrono::Days::new(u64::try_from(days).unwrap());
            let (order, format) = if day_first {
                (DateOrder::DayFirst, "%d/%m/%Y")
            } else {
                (DateOrder::MonthFirst, "%m/%d/%Y")
            };
            for format in ["%Y-%m-%d", "%Y%m%d", "%d.%m.%Y", "%e %B %Y", "%b %d, %Y", format] {
                let text = date.format(format).to_string();
                prop_assert_eq!(parse_birth_date(&text, order), Some(date), "{}", text);
            }
        }

        #[test]
        fn any_text_has_an_answer(text in "[0-9 /.:a-zé-]{0,20}|.{0,40}") {
            for order in [DateOrder::DayFirst, DateOrder::MonthFirst] {
                if let Some(date) = parse_birth_date(&text, order) {
                    prop_assert_eq!(parse_birth_date(&date.to_string(), order), Some(date));
                    is_placeholder_date(date);
                }
            }
        }
    }
}
