//! How far apart two dates are, and in which of the ways that come from typing.
//!
//! Dates are civil days: days since 1970-01-01.

use chrono::Datelike;

use crate::data::date_of_day;

/// Days between two dates.
pub(crate) fn days_apart(a: i32, b: i32) -> u32 {
    a.abs_diff(b)
}

/// Whether one date is the other with day and month exchanged.
pub(crate) fn day_and_month_exchanged(a: i32, b: i32) -> bool {
    let (Some(a), Some(b)) = (date_of_day(a), date_of_day(b)) else {
        return false;
    };
    a != b && a.year() == b.year() && a.month() == b.day() && a.day() == b.month()
}

/// How many digits of two dates differ, written as YYYYMMDD; longer years have
/// more digits. `None` if a day is outside of the calendar or before the year 0.
pub(crate) fn differing_digits(a: i32, b: i32) -> Option<u32> {
    let (mut a, mut b) = (digits(a)?, digits(b)?);
    let mut differing = 0;
    while a != b {
        differing += u32::from(a % 10 != b % 10);
        a /= 10;
        b /= 10;
    }
    Some(differing)
}

/// A date as the number YYYYMMDD.
fn digits(day: i32) -> Option<u32> {
    let date = date_of_day(day)?;
    let year = u32::try_from(date.year()).ok()?;
    Some((year * 100 + date.month()) * 100 + date.day())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::day_of_date;
    use chrono::NaiveDate;

    fn day(year: i32, month: u32, day: u32) -> i32 {
        day_of_date(NaiveDate::from_ymd_opt(year, month, day).unwrap())
    }

    #[test]
    fn days_between() {
        assert_eq!(days_apart(day(2000, 3, 1), day(2000, 2, 28)), 2);
        assert_eq!(days_apart(i32::MIN, i32::MAX), u32::MAX);
    }

    #[test]
    fn exchanged_days_and_months() {
        let cases = [
            (day(1980, 3, 4), day(1980, 4, 3), true),
            (day(1980, 4, 3), day(1980, 3, 4), true),
            (day(1980, 3, 4), day(1981, 4, 3), false),
            (day(1980, 3, 3), day(1980, 3, 3), false),
            (day(1980, 3, 14), day(1980, 4, 3), false),
            (i32::MAX, i32::MAX, false),
        ];
        for (a, b, exchanged) in cases {
            assert_eq!(day_and_month_exchanged(a, b), exchanged);
        }
    }

    #[test]
    fn digits_that_differ() {
        let one = day(1980, 3, 4);
        for (other, digits) in [
            (one, Some(0)),
            (day(1980, 3, 5), Some(1)),
            (day(1890, 3, 4), Some(2)),
            (day(1980, 12, 31), Some(4)),
            (day(800, 3, 4), Some(3)),
            (day(11980, 3, 4), Some(1)),
            (day(-1, 3, 4), None),
            (i32::MIN, None),
        ] {
            assert_eq!(differing_digits(one, other), digits);
            assert_eq!(differing_digits(other, one), digits);
        }
    }
}
