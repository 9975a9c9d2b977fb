//! How long each customer was watched, and how that ended.

use std::fmt;

use rayon::prelude::*;

use crate::{Error, Result, numeric::first_where};

/// How long each customer was watched and what ended it: the data of survival analysis.
///
/// A row is a customer, or one spell of a customer. It holds
///
/// ```text
/// exit    when watching ended, counted from the start of the customer (days, months: any unit)
/// cause   0: still a customer then (censored); 1, 2, ...: left, for this reason
/// entry   when watching began, if later than the start (delayed entry, left truncation)
/// weight  how much the row counts, 1 unless given
/// ```
///
/// Who is still there is *censored*: known to have stayed at least this long. Leaving such rows
/// out, or counting them as gone, are the two usual ways to a wrong churn rate. A customer who had
/// been there for 30 months when the records begin has entry 30: such a customer says nothing of
/// the first 30 months.
///
/// # Ties
///
/// Times that differ by rounding only are one time. As in R's `survival` (Therneau, vignette
/// "Roundoff error and tied times"), neighbouring times are merged into the smallest of them where
/// they are within 1.5e-8 of each other, or within 1.5e-8 of the mean of all different times.
///
/// `Debug` prints counts, never values.
///
/// # Complexity
///
/// Whole numbers below 4 million (days) are numbered by counting, O(n); others are sorted. 6 bytes
/// a row, 4 more with entries, 8 with weights, and 8 for each different time.
///
/// # Example
///
/// ```
/// use custometry::churn::Durations;
///
/// let durations = Durations::new(&[30.0, 12.0, 30.0], &[0, 1, 2])?
///     .with_entries(&[0.0, 3.0, 24.0])?;
/// assert_eq!((durations.len(), durations.causes(), durations.events()), (3, 2, 2));
/// assert_eq!(durations.times(), [0.0, 3.0, 12.0, 24.0, 30.0]);
/// assert!(Durations::new(&[-1.0], &[1]).is_err());
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Clone, PartialEq)]
pub struct Durations {
    /// The different times, ascending: of exits, and of entries where there are any.
    times: Vec<f64>,
    /// The place in `times` where each row ends.
    exit: Vec<u32>,
    /// The place in `times` where each row begins to be watched.
    entry: Option<Vec<u32>>,
    cause: Vec<u16>,
    weight: Option<Vec<f64>>,
}

/// Whole times below this are numbered by counting.
const COUNTED: usize = 1 << 22;
/// Entries and exits together are numbered in 32 bits.
const MAX_ROWS: usize = u32::MAX as usize / 2;
/// What two times may differ by and still be one, in absolute terms and of the mean time.
const NEAR_TIE: f64 = 1.490_116_119_384_765_6e-8; // the square root of the rounding unit

impl fmt::Debug for Durations {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Durations")
            .field("rows", &self.len())
            .field("events", &self.events())
            .finish_non_exhaustive()
    }
}

impl Durations {
    /// Durations from when each row ends and the cause of its end, 0 for still there.
    ///
    /// # Errors
    ///
    /// [`Error::LengthMismatch`]; [`Error::NotEnoughData`] without a row; [`Error::InvalidValue`]
    /// for a time that is negative or not finite.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::churn::Durations;
    /// let error = Durations::new(&[4.0, f64::NAN], &[1, 0]).unwrap_err();
    /// assert!(error.to_string().starts_with("column exit, row 1"));
    /// // A tenth and two tenths are three tenths, whatever the rounding.
    /// assert_eq!(Durations::new(&[0.1 + 0.2, 0.3], &[1, 1])?.times(), [0.3]);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn new(exit: &[f64], cause: &[u16]) -> Result<Self> {
        Error::check_length("cause", exit.len(), cause.len())?;
        check_times("exit", exit)?;
        if exit.is_empty() {
            return Err(Error::NotEnoughData {
                what: "rows of durations".into(),
                needed: 1,
                found: 0,
            });
        }
        if exit.len() > MAX_ROWS {
            return Err(Error::Overflow {
                what: format!("more than {MAX_ROWS} rows of durations; split them").into(),
            });
        }
        let numbering = Numbering::new(&[exit]);
        Ok(Self {
            exit: numbering.places(exit),
            times: numbering.times,
            entry: None,
            cause: cause.to_vec(),
            weight: None,
        })
    }

    /// The same rows, watched only from an entry on. A row counts at times after its entry, up to
    /// and with its exit.
    ///
    /// # Errors
    ///
    /// [`Error::LengthMismatch`]; [`Error::InvalidValue`] for an entry that is negative, not
    /// finite, or not before the exit (near-ties merged).
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::churn::Durations;
    /// let durations = Durations::new(&[5.0, 9.0], &[1, 0])?;
    /// let error = durations.with_entries(&[0.0, 9.0]).unwrap_err();
    /// assert!(error.to_string().starts_with("column entry, row 1"));
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn with_entries(self, entry: &[f64]) -> Result<Self> {
        Error::check_length("entry", self.len(), entry.len())?;
        check_times("entry", entry)?;
        let exit: Vec<f64> = (0..self.len()).map(|row| self.exit_of(row)).collect();
        let numbering = Numbering::new(&[&exit, entry]);
        let (exits, entries) = (numbering.places(&exit), numbering.places(entry));
        if let Some(row) = (0..exits.len()).find(|&row| entries[row] >= exits[row]) {
            let reason = format!(
                "watched from {} to {}, which is no time at all; give an entry before the exit, \
                 or leave the row out",
                entry[row], exit[row]
            );
            return Err(Error::value("entry", row, reason));
        }
        Ok(Self {
            exit: exits,
            times: numbering.times,
            entry: Some(entries),
            ..self
        })
    }

    /// The same rows with a weight each: how many customers a row stands for.
    ///
    /// # Errors
    ///
    /// [`Error::LengthMismatch`]; [`Error::InvalidValue`] for a weight that is not above 0 or not
    /// finite: a row that counts nothing is left out by the host.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::churn::{Durations, KaplanMeier, RiskTable};
    /// let thrice = Durations::new(&[1.0, 2.0], &[1, 0])?.with_weights(&[3.0, 1.0])?;
    /// let curve = KaplanMeier::new(&RiskTable::new(&thrice))?;
    /// assert_eq!(curve.survival_at(1.5), 0.25);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn with_weights(mut self, weights: &[f64]) -> Result<Self> {
        Error::check_length("weight", self.len(), weights.len())?;
        let refused = |weight: &f64| !(weight.is_finite() && *weight > 0.0);
        if let Some(row) = first_where(weights, refused) {
            let reason = format!(
                "{} is not a weight; give a finite number above 0, or leave the row out",
                weights[row]
            );
            return Err(Error::value("weight", row, reason));
        }
        self.weight = Some(weights.to_vec());
        Ok(self)
    }

    /// The number of rows.
    ///
    /// # Example
    ///
    /// See [`Durations`].
    pub fn len(&self) -> usize {
        self.exit.len()
    }

    /// Whether there are no rows; there always are.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::churn::Durations;
    /// assert!(!Durations::new(&[1.0], &[0])?.is_empty());
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn is_empty(&self) -> bool {
        self.exit.is_empty()
    }

    /// The different times at which rows end, and where given begin, ascending, near-ties merged.
    ///
    /// # Example
    ///
    /// See [`Durations`].
    pub fn times(&self) -> &[f64] {
        &self.times
    }

    /// When a row ends, near-ties merged; `None` past the last row.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::churn::Durations;
    /// let durations = Durations::new(&[7.0, 5.0], &[0, 1])?;
    /// assert_eq!((durations.exit(0), durations.exit(2)), (Some(7.0), None));
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn exit(&self, row: usize) -> Option<f64> {
        (row < self.len()).then(|| self.exit_of(row))
    }

    /// When a row began to be watched; `None` without entries or past the last row.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::churn::Durations;
    /// let durations = Durations::new(&[7.0], &[0])?.with_entries(&[2.0])?;
    /// assert_eq!(durations.entry(0), Some(2.0));
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn entry(&self, row: usize) -> Option<f64> {
        let place = *self.entry.as_ref()?.get(row)?;
        self.times.get(place as usize).copied()
    }

    /// The cause of the end of each row; 0 for still there.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::churn::Durations;
    /// assert_eq!(Durations::new(&[7.0, 5.0], &[0, 1])?.cause(), [0, 1]);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn cause(&self) -> &[u16] {
        &self.cause
    }

    /// The highest cause; 0 if everyone is still there.
    ///
    /// # Example
    ///
    /// See [`Durations`].
    pub fn causes(&self) -> usize {
        self.cause.iter().copied().max().map_or(0, usize::from)
    }

    /// The number of rows that ended by leaving, for whatever cause, weights aside.
    ///
    /// # Example
    ///
    /// See [`Durations`].
    pub fn events(&self) -> usize {
        self.cause.iter().filter(|&&cause| cause > 0).count()
    }

    /// The weights, if given.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::churn::Durations;
    /// assert_eq!(Durations::new(&[1.0], &[0])?.weights(), None);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn weights(&self) -> Option<&[f64]> {
        self.weight.as_deref()
    }

    /// The same rows with every cause but one as censored: what survival to *one* cause is
    /// modelled on (the cause-specific hazard). The cause becomes 1.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`] for a cause that is 0 or that no row has.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::churn::Durations;
    /// let durations = Durations::new(&[3.0, 4.0, 5.0], &[1, 2, 0])?;
    /// assert_eq!(durations.of_cause(2)?.cause(), [0, 1, 0]);
    /// assert!(durations.of_cause(3).is_err());
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn of_cause(&self, cause: u16) -> Result<Self> {
        if cause == 0 || !self.cause.contains(&cause) {
            return Err(Error::parameter("cause", cause, "a cause that a row has"));
        }
        let one = |&of: &u16| u16::from(of == cause);
        Ok(Self {
            cause: self.cause.iter().map(one).collect(),
            ..self.clone()
        })
    }

    /// Some of the rows, in the order given.
    pub(crate) fn of_rows(&self, rows: &[u32]) -> Self {
        let pick = |column: &[u32]| rows.iter().map(|&row| column[row as usize]).collect();
        Self {
            times: self.times.clone(),
            exit: pick(&self.exit),
            entry: self.entry.as_deref().map(pick),
            cause: rows.iter().map(|&row| self.cause[row as usize]).collect(),
            weight: self
                .weight
                .as_ref()
                .map(|weight| rows.iter().map(|&row| weight[row as usize]).collect()),
        }
    }

    /// The place in [`times`](Self::times) where each row ends.
    pub(crate) fn exit_places(&self) -> &[u32] {
        &self.exit
    }

    /// The place in [`times`](Self::times) where each row begins. The row is at risk at the places
    /// after it, up to and with that of its exit.
    pub(crate) fn entry_places(&self) -> Option<&[u32]> {
        self.entry.as_deref()
    }

    pub(crate) fn weight_of(&self, row: usize) -> f64 {
        self.weight.as_ref().map_or(1.0, |weight| weight[row])
    }

    fn exit_of(&self, row: usize) -> f64 {
        self.times[self.exit[row] as usize]
    }
}

fn check_times(column: &str, times: &[f64]) -> Result<()> {
    let refused = |time: &f64| !(time.is_finite() && *time >= 0.0);
    match first_where(times, refused) {
        None => Ok(()),
        Some(row) => {
            let reason = format!(
                "{} is not a duration; give a finite number of 0 or more, or leave the row out",
                times[row]
            );
            Err(Error::value(column, row, reason))
        }
    }
}

/// The different times and how to find the place of one.
struct Numbering {
    times: Vec<f64>,
    /// By whole time its place; empty where times were sorted.
    of_whole: Vec<u32>,
    /// The highest original time of each place, where times were sorted.
    upto: Vec<f64>,
}

impl Numbering {
    fn new(columns: &[&[f64]]) -> Self {
        let highest = columns.iter().map(|column| highest_whole(column));
        match highest.collect::<Option<Vec<usize>>>() {
            Some(highest) => Self::counted(columns, highest.into_iter().max().unwrap_or(0)),
            None => Self::sorted(columns),
        }
    }

    fn counted(columns: &[&[f64]], highest: usize) -> Self {
        let mut of_whole = vec![0u32; highest + 1];
        for column in columns {
            for &time in *column {
                of_whole[whole(time)] = 1;
            }
        }
        let mut times = Vec::new();
        let mut place = 0;
        for (time, seen) in of_whole.iter_mut().enumerate() {
            if *seen > 0 {
                *seen = place;
                place += 1;
                times.push(time as f64);
            }
        }
        Self {
            times,
            of_whole,
            upto: Vec::new(),
        }
    }

    fn sorted(columns: &[&[f64]]) -> Self {
        // + 0.0 makes -0 a 0.
        let mut all: Vec<f64> = columns
            .iter()
            .flat_map(|column| column.iter().map(|time| time + 0.0))
            .collect();
        all.par_sort_unstable_by(f64::total_cmp);
        all.dedup_by(|later, earlier| later.to_bits() == earlier.to_bits());
        let mean = all.iter().map(|time| time / all.len() as f64).sum::<f64>();
        let near = NEAR_TIE * mean.max(1.0);
        let mut times: Vec<f64> = Vec::new();
        let mut upto: Vec<f64> = Vec::new();
        for &time in &all {
            match upto.last_mut() {
                Some(last) if time - *last <= near => *last = time,
                _ => {
                    times.push(time);
                    upto.push(time);
                }
            }
        }
        Self {
            times,
            of_whole: Vec::new(),
            upto,
        }
    }

    #[expect(
        clippy::cast_possible_truncation,
        reason = "there are no more times than entries and exits, which fit 32 bits"
    )]
    fn places(&self, column: &[f64]) -> Vec<u32> {
        let searched = |&time: &f64| self.upto.partition_point(|&last| last < time) as u32;
        if self.of_whole.is_empty() {
            return column.par_iter().map(searched).collect();
        }
        let known = |&time: &f64| self.of_whole[whole(time)];
        column.par_iter().map(known).collect()
    }
}

/// The highest time of a column, if all are whole and low enough to be counted.
fn highest_whole(times: &[f64]) -> Option<usize> {
    let limit = COUNTED as f64;
    let is_other = |&time: &f64| time >= limit || time.fract() != 0.0;
    match first_where(times, is_other) {
        Some(_) => None,
        None => Some(whole(times.iter().copied().fold(0.0, f64::max))),
    }
}

/// A whole time as a place in a table.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "checked to be whole and between 0 and the limit"
)]
fn whole(time: f64) -> usize {
    time as usize
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn bad_columns_are_refused_by_row() {
        let said = |made: Result<Durations>| made.unwrap_err().to_string();
        assert_eq!(
            said(Durations::new(&[], &[])),
            "needs at least 1 rows of durations, found 0"
        );
        assert_eq!(
            said(Durations::new(&[1.0], &[])),
            "column cause has length 0, expected 1, the length of the others"
        );
        for bad in [-1.0, f64::NAN, f64::INFINITY] {
            assert!(said(Durations::new(&[1.0, bad], &[0, 1])).contains("row 1"));
            let one = Durations::new(&[1.0, 2.0], &[0, 1]).unwrap();
            assert!(said(one.clone().with_entries(&[0.0, bad])).contains("row 1"));
            assert!(said(one.with_weights(&[1.0, bad])).contains("row 1"));
        }
        let one = Durations::new(&[1.0], &[0]).unwrap();
        assert!(said(one.with_entries(&[1.0 - 1e-9])).contains("no time at all"));
    }

    #[test]
    fn near_ties_are_merged_as_r_does() {
        // R 4.2.2, survival 3.5.3: aeqSurv(Surv(c(.1 + .2, .3, .3 + 1e-8, .3 + 2e-8, 1), rep(1, 5)))
        // is .3 four times, then 1: each is near its neighbour.
        let durations = Durations::new(&[0.1 + 0.2, 0.3, 0.3 + 1e-8, 0.3 + 2e-8, 1.0], &[1; 5]);
        assert_eq!(durations.unwrap().times(), [0.3, 1.0]);
        let apart = Durations::new(&[0.3, 0.3 + 2e-8], &[1; 2]).unwrap();
        assert_eq!(apart.times().len(), 2);
    }

    proptest! {
        #[test]
        fn every_row_keeps_its_time(
            exits in prop::collection::vec(prop_oneof![0.0..50.0f64, (0u32..50).prop_map(f64::from)], 1..60),
        ) {
            let durations = Durations::new(&exits, &vec![1; exits.len()]).unwrap();
            prop_assert!(durations.times().windows(2).all(|pair| pair[0] < pair[1]));
            for (row, &exit) in exits.iter().enumerate() {
                prop_assert!((durations.exit(row).unwrap() - exit).abs() < 1e-6);
            }
        }

        #[test]
        fn counted_and_sorted_numberings_agree(
            exits in prop::collection::vec(0u32..80, 1..60),
        ) {
            let exits: Vec<f64> = exits.into_iter().map(f64::from).collect();
            let counted = Numbering::new(&[&exits]);
            let sorted = Numbering::sorted(&[&exits]);
            prop_assert!(!counted.of_whole.is_empty());
            prop_assert_eq!(&counted.times, &sorted.times);
            prop_assert_eq!(counted.places(&exits), sorted.places(&exits));
        }
    }
}
