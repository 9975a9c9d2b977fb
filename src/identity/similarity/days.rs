//! Dates that differ in a way that comes from typing.
//!
//! Dates are civil days: days since 1970-01-01.

use chrono::Datelike;

use crate::data::date_of_day;

/// Whether one date is the other with day and month exchanged.
pub(crate) fn day_and_month_exchanged(a: i32, b: i32) -> bool {
    let (Some(a), Some(b)) = (date_of_day(a), date_of_day(b)) else {
        return false;
    };
    a != b && a.year() == b.year() && a.month() == b.day() && a.day() == b.month()
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
}
