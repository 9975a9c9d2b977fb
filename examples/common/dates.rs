//! Days, from the many ways in which files write them.

use std::str::FromStr;

use chrono::{
    DateTime, FixedOffset, NaiveDate, NaiveTime, Utc,
    format::{Item, Parsed, StrftimeItems, parse},
};
use custometry::data::DayBoundary;

/// A day as far as its text tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Day {
    Known(NaiveDate),
    /// Written as in 2/1/2010: only the rest of the column can tell whether the
    /// day or the month comes first. At least one of the two is a date, and they
    /// are not the same.
    Either {
        day_first: Option<NaiveDate>,
        month_first: Option<NaiveDate>,
    },
}

/// How the dates of a file are read.
#[derive(Debug, Clone)]
pub(crate) struct DateReader {
    /// Takes the place of the forms known here.
    pub(crate) format: Option<DateFormat>,
    /// Where the days of timestamps with a zone end.
    pub(crate) boundary: DayBoundary,
}

impl DateReader {
    /// The day of a text, and whether a zone stood in it; `None` if it is none.
    pub(crate) fn read(&self, text: &str) -> Option<(Day, bool)> {
        let text = text.trim();
        if let Some(format) = &self.format {
            let (date, zoned) = format.read(text, self.boundary)?;
            return Some((Day::Known(date), zoned));
        }
        let (date, time) = match text.find(['T', 't', ' ']) {
            Some(end) => (&text[..end], Some(text[end + 1..].trim())),
            None => (text, None),
        };
        let (time, zone) = time.map_or(Some((NaiveTime::MIN, None)), time_and_zone)?;
        let day = |date: NaiveDate| match zone {
            // Without a zone the day is the one that is written.
            None => Some(date),
            Some(zone) => {
                let instant = date.and_time(time).and_local_timezone(zone).single()?;
                Some(self.boundary.date(instant.to_utc()))
            }
        };
        let day = match written(date)? {
            Day::Known(date) => Day::Known(day(date)?),
            Day::Either {
                day_first,
                month_first,
            } => Day::Either {
                day_first: day_first.and_then(day),
                month_first: month_first.and_then(day),
            },
        };
        Some((day, zone.is_some()))
    }
}

/// The date in 2010-12-01, 20101201, 1.12.2010, 12/1/2010 or 1/12/10.
fn written(text: &str) -> Option<Day> {
    let Some(separator) = text.find(['-', '/', '.']) else {
        let (year, rest) = (text.len() == 8).then(|| text.split_at_checked(4))??;
        let (month, day) = rest.split_at_checked(2)?;
        return Some(Day::Known(date(year, month, day)?));
    };
    let separator = char::from(text.as_bytes()[separator]);
    let mut parts = text.split(separator);
    let (first, second, third) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() {
        return None;
    }
    if first.len() == 4 {
        return Some(Day::Known(date(first, second, third)?));
    }
    // With dashes, 10-12-01 could have its year at either end.
    let year = match third.len() {
        4 => third.to_owned(),
        2 if separator != '-' => {
            // The convention of POSIX: 69 to 99 are of the last century.
            let century = if third < "69" { "20" } else { "19" };
            format!("{century}{third}")
        }
        _ => return None,
    };
    let (day_first, month_first) = (date(&year, second, first), date(&year, first, second));
    match (day_first, month_first) {
        _ if separator == '.' => day_first.map(Day::Known),
        (None, None) => None,
        (Some(date), Some(same)) if date == same => Some(Day::Known(date)),
        _ => Some(Day::Either {
            day_first,
            month_first,
        }),
    }
}

fn date(year: &str, month: &str, day: &str) -> Option<NaiveDate> {
    let year = i32::try_from(number(year, 4)?).ok()?;
    NaiveDate::from_ymd_opt(year, number(month, 2)?, number(day, 2)?)
}

/// A number of 1 to `most` digits and nothing else: `parse` alone would take a
/// sign.
fn number(text: &str, most: usize) -> Option<u32> {
    let digits = (1..=most).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    digits.then(|| text.parse().ok())?
}

/// The time and the zone in 8:26, 08:26:00.5, 8:26 PM, 08:26:00Z, 08:26+01:00.
fn time_and_zone(text: &str) -> Option<(NaiveTime, Option<FixedOffset>)> {
    let utc = FixedOffset::east_opt(0);
    let upper = text.to_ascii_uppercase();
    let (clock, zone) = if let Some(clock) = strip_end(&upper, &["Z", "UTC", "GMT"]) {
        (clock, utc)
    } else if let Some(start) = upper.find(['+', '-']) {
        (upper[..start].trim_end(), Some(offset(&upper[start..])?))
    } else {
        (upper.as_str(), None)
    };
    let morning = strip_end(clock, &["AM"]);
    let evening = strip_end(clock, &["PM"]);
    let mut parts = morning.or(evening).unwrap_or(clock).split(':');
    let (mut hour, minute) = (number(parts.next()?, 2)?, number(parts.next()?, 2)?);
    if morning.is_some() || evening.is_some() {
        (1..=12).contains(&hour).then_some(())?;
        hour = hour % 12 + if evening.is_some() { 12 } else { 0 };
    }
    let second = match parts.next() {
        None => 0,
        Some(second) => {
            let (whole, fraction) = second.split_once(['.', ',']).unwrap_or((second, "0"));
            fraction
                .bytes()
                .all(|byte| byte.is_ascii_digit())
                .then_some(())?;
            // A leap second is of the same day as the one before it.
            number(whole, 2).filter(|&second| second <= 60)?.min(59)
        }
    };
    let end = parts.next().is_none();
    let time = NaiveTime::from_hms_opt(hour, minute, second).filter(|_| end)?;
    Some((time, zone))
}

fn strip_end<'a>(text: &'a str, ends: &[&str]) -> Option<&'a str> {
    let end = ends.iter().find_map(|end| text.strip_suffix(end));
    end.map(str::trim_end)
}

/// The offset in +01:00, +0100 or +01.
fn offset(text: &str) -> Option<FixedOffset> {
    let whole_hours = text.len() == 3;
    let text = if whole_hours {
        format!("{text}:00")
    } else {
        text.to_owned()
    };
    FixedOffset::from_str(&text).ok()
}

/// A date format in the letters of strftime, checked when it is given.
#[derive(Debug, Clone)]
pub(crate) struct DateFormat {
    items: Vec<Item<'static>>,
}

impl FromStr for DateFormat {
    type Err = String;

    fn from_str(format: &str) -> Result<Self, String> {
        let items = StrftimeItems::new(format).parse_to_owned();
        let items = items.map_err(|_| "not a strftime format such as %d/%m/%Y".to_owned())?;
        Ok(Self { items })
    }
}

impl DateFormat {
    fn read(&self, text: &str, boundary: DayBoundary) -> Option<(NaiveDate, bool)> {
        let mut parsed = Parsed::new();
        parse(&mut parsed, text, self.items.iter()).ok()?;
        let instant: Option<DateTime<Utc>> = if parsed.timestamp().is_some() {
            Some(parsed.to_datetime_with_timezone(&Utc).ok()?)
        } else if parsed.offset().is_some() {
            Some(parsed.to_datetime().ok()?.to_utc())
        } else {
            None
        };
        match instant {
            Some(instant) => Some((boundary.date(instant), true)),
            None => Some((parsed.to_naive_date().ok()?, false)),
        }
    }
}
