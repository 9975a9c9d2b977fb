//! Time: civil days, the boundary between them, and windows of days.
//!
//! A purchase belongs to a civil day, held as an `i32` that counts days from
//! 1970-01-01. Which day an instant falls on depends on where the business
//! draws its line, so it is said, never guessed.

use chrono::{DateTime, Datelike, FixedOffset, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use crate::{Error, Result};

/// 1970-01-01 in chrono's count of days from the common era.
const EPOCH_FROM_CE: i32 = 719_163;
/// The first and the last day of chrono's calendar.
const FIRST_DAY: i32 = -96_465_292;
const LAST_DAY: i32 = 95_026_236;

/// The number of a civil day, counted from 1970-01-01 (day 0).
///
/// # Example
///
/// ```
/// use chrono::NaiveDate;
/// use custometry::data::day_of_date;
/// assert_eq!(day_of_date(NaiveDate::from_ymd_opt(1997, 1, 1).unwrap()), 9862);
/// ```
pub fn day_of_date(date: NaiveDate) -> i32 {
    date.num_days_from_ce() - EPOCH_FROM_CE
}

/// The civil date of a day number; `None` outside chrono's calendar (about
/// 262,000 years on either side).
///
/// # Example
///
/// ```
/// use custometry::data::date_of_day;
/// assert_eq!(date_of_day(9862).unwrap().to_string(), "1997-01-01");
/// assert_eq!(date_of_day(i32::MAX), None);
/// ```
pub fn date_of_day(day: i32) -> Option<NaiveDate> {
    NaiveDate::from_num_days_from_ce_opt(day.checked_add(EPOCH_FROM_CE)?)
}

/// Whether a day number has a date: a comparison, for columns of them.
pub(super) fn is_day(day: i32) -> bool {
    (FIRST_DAY..=LAST_DAY).contains(&day)
}

/// Where one civil day ends and the next begins.
///
/// Zones with summer time are converted by the host; a library without a clock
/// and a zone database cannot know them.
///
/// # Example
///
/// ```
/// use chrono::{FixedOffset, TimeZone, Utc};
/// use custometry::data::DayBoundary;
/// let late = Utc.with_ymd_and_hms(2024, 5, 31, 23, 30, 0).unwrap();
/// assert_eq!(DayBoundary::Utc.date(late).to_string(), "2024-05-31");
/// let tokyo = DayBoundary::FixedOffset(FixedOffset::east_opt(9 * 3600).unwrap());
/// assert_eq!(tokyo.date(late).to_string(), "2024-06-01");
/// ```
///
/// It is written as `UTC` or as an offset such as `+09:00`:
///
/// ```
/// # use custometry::data::DayBoundary;
/// let tokyo: DayBoundary = serde_json::from_str("\"+09:00\"").unwrap();
/// assert_eq!(serde_json::to_string(&tokyo).unwrap(), "\"+09:00\"");
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
#[non_exhaustive]
pub enum DayBoundary {
    /// Midnight in UTC.
    #[default]
    Utc,
    /// Midnight at a fixed offset from UTC.
    FixedOffset(FixedOffset),
}

impl TryFrom<String> for DayBoundary {
    type Error = Error;
    fn try_from(text: String) -> Result<Self> {
        if text.eq_ignore_ascii_case("utc") {
            return Ok(Self::Utc);
        }
        text.parse().map(Self::FixedOffset).map_err(|_| {
            let expected = "UTC, or an offset such as +09:00";
            Error::parameter("day boundary", &text, expected)
        })
    }
}

impl From<DayBoundary> for String {
    fn from(boundary: DayBoundary) -> Self {
        match boundary {
            DayBoundary::Utc => "UTC".to_owned(),
            DayBoundary::FixedOffset(offset) => offset.to_string(),
        }
    }
}

impl DayBoundary {
    /// The civil date on which an instant falls.
    ///
    /// # Example
    ///
    /// ```
    /// use chrono::{TimeZone, Utc};
    /// use custometry::data::DayBoundary;
    /// let instant = Utc.with_ymd_and_hms(2024, 1, 1, 0, 0, 0).unwrap();
    /// assert_eq!(DayBoundary::default().date(instant).to_string(), "2024-01-01");
    /// ```
    pub fn date(self, instant: DateTime<Utc>) -> NaiveDate {
        let utc = instant.naive_utc();
        let local = match self {
            Self::Utc => utc,
            // At the two ends of the calendar the shift would leave it: stay there.
            Self::FixedOffset(offset) => utc.checked_add_offset(offset).unwrap_or(utc),
        };
        local.date()
    }
}

/// A length of time in days, whole or not. A newtype, so that weeks are never
/// taken for days.
///
/// # Example
///
/// ```
/// use custometry::data::Days;
/// assert_eq!(Days::from_weeks(52.0), Days(364.0));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Days(pub f64);

impl Days {
    /// So many weeks.
    ///
    /// # Example
    ///
    /// ```
    /// assert_eq!(custometry::data::Days::from_weeks(0.5).0, 3.5);
    /// ```
    pub fn from_weeks(weeks: f64) -> Self {
        Self(weeks * 7.0)
    }
}

/// The unit in which a model counts time. It belongs to the model: its rates are
/// per unit, its results do not depend on it.
///
/// # Example
///
/// ```
/// use custometry::data::{Days, TimeUnit};
/// assert_eq!(TimeUnit::Weeks.count(Days(35.0)), 5.0);
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum TimeUnit {
    /// Days.
    Days,
    /// Weeks of seven days; the default, and that of most published estimates.
    #[default]
    Weeks,
}

impl TimeUnit {
    /// How many units a length of time has.
    ///
    /// # Example
    ///
    /// See [`TimeUnit`].
    pub fn count(self, time: Days) -> f64 {
        match self {
            Self::Days => time.0,
            Self::Weeks => time.0 / 7.0,
        }
    }
}

/// What a payment loses in worth by coming later. Kept as a continuous rate per
/// day, so that a yearly rate is never applied by the month.
///
/// # Example
///
/// ```
/// use custometry::data::{Days, DiscountRate};
/// let rate = DiscountRate::annual(0.15)?;
/// assert!((rate.factor(Days(365.0)) - 1.0 / 1.15).abs() < 1e-15);
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "f64", into = "f64")]
pub struct DiscountRate {
    per_day: f64,
}

impl DiscountRate {
    /// An effective rate a year of 365 days: 0.15 makes 1.15 of next year worth
    /// 1 of today.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`] unless the rate is finite and not negative.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::data::DiscountRate;
    /// assert!(DiscountRate::annual(15.0).is_ok()); // 1500 %; for 15 % say 0.15
    /// assert!(DiscountRate::annual(-0.1).is_err());
    /// ```
    pub fn annual(rate: f64) -> Result<Self> {
        Self::effective(rate, Days(365.0))
    }

    /// An effective rate over a period of another length.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`] unless the rate is finite and not negative and
    /// the period finite and above 0.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::data::{Days, DiscountRate};
    /// let rate = DiscountRate::effective(0.15, Days::from_weeks(52.0))?;
    /// assert!((rate.per_day() * 7.0 - 0.0026877297).abs() < 1e-10);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn effective(rate: f64, period: Days) -> Result<Self> {
        // Written so that NaN fails as well.
        if !(period.0 > 0.0 && period.0.is_finite()) {
            return Err(Error::parameter(
                "period",
                period.0,
                "a finite time above 0",
            ));
        }
        Self::continuous(rate.ln_1p() / period.0)
            .map_err(|_| Error::parameter("discount rate", rate, "a finite rate of 0 or more"))
    }

    /// A continuous rate per day: a payment after t days is worth e^(-rate t).
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`] unless the rate is finite and not negative.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::data::DiscountRate;
    /// assert_eq!(DiscountRate::continuous(0.0027 / 7.0)?.per_day(), 0.0027 / 7.0);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn continuous(per_day: f64) -> Result<Self> {
        // Written so that NaN fails as well.
        if !(per_day >= 0.0 && per_day.is_finite()) {
            let expected = "a finite rate of 0 or more";
            return Err(Error::parameter("discount rate", per_day, expected));
        }
        Ok(Self { per_day })
    }

    /// The continuous rate per day.
    ///
    /// # Example
    ///
    /// See [`DiscountRate::continuous`].
    pub fn per_day(self) -> f64 {
        self.per_day
    }

    /// What 1 is worth today that comes after so much time.
    ///
    /// # Example
    ///
    /// See [`DiscountRate`].
    pub fn factor(self, after: Days) -> f64 {
        (-self.per_day * after.0).exp()
    }
}

impl TryFrom<f64> for DiscountRate {
    type Error = Error;
    fn try_from(per_day: f64) -> Result<Self> {
        Self::continuous(per_day)
    }
}

impl From<DiscountRate> for f64 {
    fn from(rate: DiscountRate) -> Self {
        rate.per_day
    }
}

/// A span of civil days, both ends included.
///
/// # Example
///
/// ```
/// use chrono::NaiveDate;
/// use custometry::data::Window;
/// let day = |d| NaiveDate::from_ymd_opt(2024, 2, d).unwrap();
/// let window = Window::new(day(1), day(29))?;
/// assert_eq!(window.days(), 29);
/// assert!(window.contains(day(29)));
/// assert!(Window::new(day(2), day(1)).is_err());
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "(NaiveDate, NaiveDate)", into = "(NaiveDate, NaiveDate)")]
pub struct Window {
    first: NaiveDate,
    last: NaiveDate,
}

impl Window {
    /// The days from `first` to `last`, both included.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`] if `last` is before `first`.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::data::{Window, date_of_day};
    /// let day = |d| date_of_day(d).unwrap();
    /// assert_eq!(Window::new(day(5), day(5))?.days(), 1);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn new(first: NaiveDate, last: NaiveDate) -> Result<Self> {
        if first <= last {
            return Ok(Self { first, last });
        }
        Err(Error::parameter(
            "window",
            format!("{first} to {last}"),
            "a last day that is not before the first",
        ))
    }

    /// The first day.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::data::{Window, date_of_day};
    /// let day = |d| date_of_day(d).unwrap();
    /// assert_eq!(Window::new(day(1), day(3))?.first(), day(1));
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn first(&self) -> NaiveDate {
        self.first
    }

    /// The last day, which belongs to the window.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::data::{Window, date_of_day};
    /// let day = |d| date_of_day(d).unwrap();
    /// assert_eq!(Window::new(day(1), day(3))?.last(), day(3));
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn last(&self) -> NaiveDate {
        self.last
    }

    /// How many days it has; at least 1.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::data::{Window, date_of_day};
    /// let day = |d| date_of_day(d).unwrap();
    /// assert_eq!(Window::new(day(-1), day(1))?.days(), 3);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn days(&self) -> u32 {
        day_of_date(self.last).abs_diff(day_of_date(self.first)) + 1
    }

    /// Whether a day belongs to it.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::data::{Window, date_of_day};
    /// let day = |d| date_of_day(d).unwrap();
    /// let window = Window::new(day(1), day(3))?;
    /// assert!(window.contains(day(3)) && !window.contains(day(4)));
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn contains(&self, date: NaiveDate) -> bool {
        self.first <= date && date <= self.last
    }
}

impl TryFrom<(NaiveDate, NaiveDate)> for Window {
    type Error = Error;
    fn try_from((first, last): (NaiveDate, NaiveDate)) -> Result<Self> {
        Self::new(first, last)
    }
}

impl From<Window> for (NaiveDate, NaiveDate) {
    fn from(window: Window) -> Self {
        (window.first, window.last)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn day_numbers_cover_the_whole_calendar() {
        for date in [NaiveDate::MIN, NaiveDate::MAX, NaiveDate::default()] {
            assert_eq!(date_of_day(day_of_date(date)), Some(date));
        }
        assert_eq!(day_of_date(NaiveDate::default()), 0);
        assert_eq!(date_of_day(day_of_date(NaiveDate::MAX) + 1), None);
        assert_eq!(date_of_day(i32::MIN), None);
        assert_eq!(day_of_date(NaiveDate::MIN), FIRST_DAY);
        assert_eq!(day_of_date(NaiveDate::MAX), LAST_DAY);
        let (first, last) = (FIRST_DAY, LAST_DAY);
        for day in [first - 1, first, 0, last, last + 1] {
            assert_eq!(is_day(day), date_of_day(day).is_some(), "{day}");
        }
    }

    #[test]
    fn a_fixed_offset_moves_the_line_not_the_instant() {
        let west = DayBoundary::FixedOffset(FixedOffset::west_opt(6 * 3600).unwrap());
        let instant = DateTime::<Utc>::UNIX_EPOCH;
        assert_eq!(day_of_date(west.date(instant)), -1);
        assert_eq!(day_of_date(DayBoundary::Utc.date(instant)), 0);
        assert_eq!(west.date(DateTime::<Utc>::MIN_UTC), NaiveDate::MIN);
    }

    #[test]
    fn saved_values_are_checked() {
        let day = |d| date_of_day(d).unwrap();
        let window = Window::new(day(0), day(9)).unwrap();
        let text = serde_json::to_string(&window).unwrap();
        assert_eq!(text, r#"["1970-01-01","1970-01-10"]"#);
        assert_eq!(serde_json::from_str::<Window>(&text).unwrap(), window);
        assert!(serde_json::from_str::<Window>(r#"["1970-01-10","1970-01-01"]"#).is_err());
    }
}
