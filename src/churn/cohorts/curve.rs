//! One cohort: its cells, its shares, its product-limit curve.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::{
    Result,
    churn::{Band, KaplanMeier, definition::share},
    data::{Estimate, date_of_day},
};

/// Which customers count at a mark.
///
/// # Example
///
/// ```
/// use custometry::churn::CohortReading;
/// assert!(CohortReading::OnDay.is_final() && !CohortReading::OnOrAfter.is_final());
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum CohortReading {
    /// Those active on the day of the mark (N-day retention).
    #[default]
    OnDay,
    /// Those active on any day from the mark until the next mark, which is not in (bracket retention).
    InBracket,
    /// Those active on the day of the mark or on any later day that is known (unbounded or rolling
    /// retention). Censored where the data end: who is silent then may come back.
    OnOrAfter,
}

impl CohortReading {
    /// Whether newer data leave a cell as it is, if they leave the spells of the past as they are.
    ///
    /// They may not where the silence that is allowed is learned from all purchases:
    /// [`ChurnDefinition::OwnRhythm`](crate::churn::ChurnDefinition::OwnRhythm),
    /// [`ChurnDefinition::Overdue`](crate::churn::ChurnDefinition::Overdue) and purchase models that are
    /// fitted anew can move earlier ends. Then no cell is final.
    ///
    /// # Example
    ///
    /// See [`CohortReading`].
    pub fn is_final(self) -> bool {
        match self {
            Self::OnDay | Self::InBracket => true,
            Self::OnOrAfter => false,
        }
    }
}

/// Who was active at a mark, by reading.
#[derive(Clone, Copy, Default)]
pub(super) struct Counts {
    pub(super) on_day: u64,
    pub(super) in_bracket: u64,
    pub(super) on_or_after: u64,
}

impl Counts {
    /// A cell, as far as the day and the bracket are known for all customers of the cohort.
    pub(super) fn known(&self, day: bool, bracket: bool) -> Cell {
        Cell {
            on_day: day.then_some(self.on_day),
            in_bracket: bracket.then_some(self.in_bracket),
            on_or_after: day.then_some(self.on_or_after),
        }
    }
}

/// What is known of a cohort at a mark.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Cell {
    on_day: Option<u64>,
    in_bracket: Option<u64>,
    on_or_after: Option<u64>,
}

/// The customers who came in one period, and who of them was active at each mark.
///
/// # Example
///
/// See [`CohortCurveParams`](super::CohortCurveParams).
#[derive(Debug, Clone, PartialEq)]
pub struct CohortCurve {
    pub(super) start: i32,
    pub(super) end: i32,
    pub(super) customers: u64,
    pub(super) active: Vec<Cell>,
    pub(super) curve: Option<KaplanMeier>,
}

impl CohortCurve {
    /// The first day of the period.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::{churn::*, data::{CustomerIx, Customers}, value::CohortPeriod};
    /// # let definition = ChurnDefinition::Inactivity { days: 30 };
    /// # let (customers, _) = Customers::from_ints(&[1, 2, 3])?;
    /// # let row = |customer, start, end| (CustomerIx(customer), Spell { start, end, cause: None });
    /// # let rows = [row(0, 5, Some(20)), row(1, 25, None), row(2, 25, None)];
    /// # let spells = Spells::new(definition, customers, 40, &[""; 0], &rows)?;
    /// let params = CohortCurveParams::by_period(CohortPeriod::Month).days(&[10, 20]);
    /// let curves = params.evaluate(&spells)?;
    /// let january = &curves.rows()[0];
    /// assert_eq!(january.start().to_string(), "1970-01-01");
    /// assert_eq!(january.end().to_string(), "1970-02-01");
    /// assert_eq!(january.customers(), 3);
    /// // On day 45 of two of them nothing is known yet.
    /// assert_eq!(january.active(CohortReading::OnDay, 0), Some(2 + 1));
    /// assert_eq!(january.active(CohortReading::OnDay, 1), None);
    /// assert_eq!(january.share(CohortReading::OnDay, 1, 0.95)?, None);
    /// // One was watched for 15 days, and had left by then.
    /// assert_eq!(january.survival_at(15, 0.95)?.unwrap().value, 0.0);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn start(&self) -> NaiveDate {
        date_of_day(self.start).unwrap_or_default()
    }

    /// The first day after the period.
    ///
    /// # Example
    ///
    /// See [`start`](Self::start).
    pub fn end(&self) -> NaiveDate {
        date_of_day(self.end).unwrap_or_default()
    }

    /// How many came, as far as is known.
    ///
    /// # Example
    ///
    /// See [`start`](Self::start).
    pub fn customers(&self) -> u64 {
        self.customers
    }

    /// How many of them were active at a mark, by its place. `None` if that is not known in full, for
    /// a cohort without customers, and past the last mark.
    ///
    /// # Example
    ///
    /// See [`CohortCurveParams`](super::CohortCurveParams).
    pub fn active(&self, reading: CohortReading, mark: usize) -> Option<u64> {
        let cell = self.active.get(mark)?;
        match reading {
            CohortReading::OnDay => cell.on_day,
            CohortReading::InBracket => cell.in_bracket,
            CohortReading::OnOrAfter => cell.on_or_after,
        }
    }

    /// The share of all who came that was active at a mark, with the interval of Wilson. `None` as for
    /// [`active`](Self::active).
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`](crate::Error::InvalidParameter) for a level that is not between 0
    /// and 1.
    ///
    /// # Example
    ///
    /// See [`CohortCurveParams`](super::CohortCurveParams).
    pub fn share(
        &self,
        reading: CohortReading,
        mark: usize,
        level: f64,
    ) -> Result<Option<Estimate>> {
        share("level", level)?;
        let all = self.customers as f64;
        let active = self.active(reading, mark);
        let estimate = active.map(|active| Estimate::wilson(active as f64 / all, all, level));
        estimate.transpose()
    }

    /// The product-limit curve of first spells: the share that has not left by an age, returns aside.
    /// It is there as soon as one customer is. Who has not left was still there at the age reached on
    /// the last day known, and is censored then.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::{churn::*, data::{CustomerIx, Customers}, value::CohortPeriod};
    /// # let definition = ChurnDefinition::Inactivity { days: 30 };
    /// # let (customers, _) = Customers::from_ints(&[1, 2, 3])?;
    /// # let row = |customer, start, end| (CustomerIx(customer), Spell { start, end, cause: None });
    /// let rows = [row(0, 5, Some(20)), row(1, 5, None), row(2, 25, None)];
    /// let spells = Spells::new(definition, customers, 40, &[""; 0], &rows)?;
    /// let curves = CohortCurveParams::by_period(CohortPeriod::Month).evaluate(&spells)?;
    /// let curve = curves.rows()[0].curve().unwrap();
    /// // The third was there at the age of 14 days, the last known, and is not at risk at 15.
    /// assert_eq!((curve.survival_at(14.0), curve.survival_at(15.0)), (1.0, 0.5));
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn curve(&self) -> Option<&KaplanMeier> {
        self.curve.as_ref()
    }

    /// The share that has not left by an age, from the [`curve`](Self::curve), with an interval on the
    /// scale of [`Band::LogLog`]. `None` for an age that no customer of the cohort has reached yet,
    /// unless all had left before.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`](crate::Error::InvalidParameter) for a level that is not between 0
    /// and 1.
    ///
    /// # Example
    ///
    /// See [`start`](Self::start).
    pub fn survival_at(&self, age_days: u32, level: f64) -> Result<Option<Estimate>> {
        share("level", level)?;
        let age = f64::from(age_days);
        let curve = self.curve.as_ref().filter(|curve| {
            let last = curve.times().last();
            let left = curve.survival().last();
            last.is_some_and(|&last| age <= last) || left.is_some_and(|&left| left <= 0.0)
        });
        let estimate = curve.map(|curve| curve.estimate(age, Band::LogLog, level));
        estimate.transpose()
    }
}
