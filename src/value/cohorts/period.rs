//! Periods of the calendar.

use chrono::{Datelike, Months, NaiveDate};
use serde::{Deserialize, Serialize};

/// The periods by which customers are told apart by their first purchase.
///
/// # Example
///
/// See [`ClvGroup`](crate::value::ClvGroup).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum CohortPeriod {
    /// Calendar months.
    #[default]
    Month,
    /// Calendar quarters.
    Quarter,
    /// Calendar years.
    Year,
}

impl CohortPeriod {
    /// The first day of the period that holds a day.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::{data::date_of_day, value::CohortPeriod};
    /// let day = date_of_day(10_407).unwrap(); // 1998-06-30
    /// assert_eq!(CohortPeriod::Quarter.start(day).to_string(), "1998-04-01");
    /// ```
    pub fn start(self, day: NaiveDate) -> NaiveDate {
        let month = (day.month() - 1) / self.months() * self.months() + 1;
        // The first of a month of the calendar of `day`.
        NaiveDate::from_ymd_opt(day.year(), month, 1).unwrap_or(day)
    }

    /// The first day of the period after the one that holds a day.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::{data::date_of_day, value::CohortPeriod};
    /// let day = date_of_day(10_407).unwrap(); // 1998-06-30
    /// assert_eq!(CohortPeriod::Month.next(day).to_string(), "1998-07-01");
    /// ```
    pub fn next(self, day: NaiveDate) -> NaiveDate {
        let start = self.start(day);
        let after = start.checked_add_months(Months::new(self.months()));
        after.unwrap_or(start)
    }

    fn months(self) -> u32 {
        match self {
            Self::Month => 1,
            Self::Quarter => 3,
            Self::Year => 12,
        }
    }
}
