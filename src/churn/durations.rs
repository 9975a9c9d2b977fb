//! How long each customer was watched, and how that ended.

use std::{
    fmt,
    sync::atomic::{AtomicBool, Ordering},
};

use rayon::prelude::*;

use crate::{
    Error, Result,
    numeric::{first_where, map_chunks},
};

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
/// they are within 1.5e-8 of each other, or within 1.5e-8 of the mean of all different times. Times
/// at which curves are looked up, and horizons, are the time that they are as near to.
///
/// `Debug` prints counts, never values.
///
/// # Complexity
///
/// Whole numbers (days) below 4 million and 16 times the number of entries and exits are numbered by
/// counting, O(n); others are sorted, O(n log n), in 16 bytes for each entry and exit. 6 bytes a row are kept, 4 more with entries, 8 with weights, and 8
/// for each different time.
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
    /// What two times may differ by and still be one.
    near: f64,
    /// The place in `times` where each row ends.
    exit: Vec<u32>,
    /// The place in `times` where each row begins to be watched.
    entry: Option<Vec<u32>>,
    cause: Vec<u16>,
    weight: Option<Vec<f64>>,
}

/// Whole times below this are numbered by counting, where they are also below so many times the
/// number of times: to count is to walk up to the highest.
const COUNTED: usize = 1 << 22;
const COUNTED_PER_TIME: usize = 16;
/// Rows that one thread looks through.
const CHUNK: usize = 1 << 14;
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
        let mut numbering = Numbering::new(&[exit]);
        Ok(Self {
            exit: numbering.places.pop().unwrap_or_default(),
            times: numbering.times,
            near: numbering.near,
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
        let mut numbering = Numbering::new(&[&exit, entry]);
        let entries = numbering.places.pop().unwrap_or_default();
        let exits = numbering.places.pop().unwrap_or_default();
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
            near: numbering.near,
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

    /// Some of the rows, in the order given, with the times of these.
    pub(crate) fn of_rows(&self, rows: &[u32]) -> Self {
        let pick =
            |column: &[u32]| -> Vec<u32> { rows.iter().map(|&row| column[row as usize]).collect() };
        let mut exit = pick(&self.exit);
        let mut entry = self.entry.as_deref().map(pick);
        let mut used: Vec<u32> = exit.iter().chain(entry.iter().flatten()).copied().collect();
        used.par_sort_unstable();
        used.dedup();
        for place in exit.iter_mut().chain(entry.iter_mut().flatten()) {
            *place = number(used.partition_point(|known| known < place));
        }
        Self {
            times: used
                .iter()
                .map(|&place| self.times[place as usize])
                .collect(),
            near: self.near,
            exit,
            entry,
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

    /// How many of the [`times`](Self::times) are at or before another time, near-ties merged.
    pub(crate) fn places_upto(&self, time: f64) -> usize {
        count_upto(&self.times, self.near, time)
    }

    /// How many of the [`times`](Self::times) are before another time, near-ties merged.
    pub(crate) fn places_before(&self, time: f64) -> usize {
        count_before(&self.times, self.near, time)
    }

    pub(crate) fn weight_of(&self, row: usize) -> f64 {
        self.weight.as_ref().map_or(1.0, |weight| weight[row])
    }

    fn exit_of(&self, row: usize) -> f64 {
        self.times[self.exit[row] as usize]
    }
}

/// That each is a duration: finite and not negative.
pub(crate) fn check_times(column: &str, times: &[f64]) -> Result<()> {
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

/// How near two times must be to be one, among these different times (ascending or not).
pub(crate) fn near_tie(times: &[f64]) -> f64 {
    let mean = times
        .iter()
        .map(|time| time / times.len() as f64)
        .sum::<f64>();
    NEAR_TIE * mean.max(1.0)
}

/// How many of some ascending times are at or before another. One that is near to one of them (see
/// [`near_tie`]) is that one: 0.1 + 0.2 is at 0.3. This is not all that durations merge: of a chain,
/// in which each is near to the one before, all are the first, and here only what is near to that.
pub(crate) fn count_upto(times: &[f64], near: f64, time: f64) -> usize {
    times.partition_point(|&known| known <= time + near)
}

/// How many of some ascending times are before another, near ones being the same.
pub(crate) fn count_before(times: &[f64], near: f64, time: f64) -> usize {
    times.partition_point(|&known| known < time - near)
}

/// The different times, and the place of each time of each column among them.
struct Numbering {
    times: Vec<f64>,
    near: f64,
    places: Vec<Vec<u32>>,
}

impl Numbering {
    fn new(columns: &[&[f64]]) -> Self {
        match Self::highest_to_count(columns) {
            Some(highest) => Self::counted(columns, highest),
            None => Self::sorted(columns),
        }
    }

    /// The highest time, if counting up to it is no more work than sorting.
    fn highest_to_count(columns: &[&[f64]]) -> Option<usize> {
        let count: usize = columns.iter().map(|column| column.len()).sum();
        let highest = columns.iter().map(|column| highest_whole(column));
        let highest = highest.collect::<Option<Vec<usize>>>()?.into_iter().max()?;
        (highest < count.saturating_mul(COUNTED_PER_TIME)).then_some(highest)
    }

    fn counted(columns: &[&[f64]], highest: usize) -> Self {
        let seen: Vec<AtomicBool> = (0..=highest).map(|_| AtomicBool::new(false)).collect();
        for column in columns {
            column.par_iter().for_each(|&time| {
                // Whoever comes first, what is written is the same.
                let seen = &seen[whole(time) as usize];
                if !seen.load(Ordering::Relaxed) {
                    seen.store(true, Ordering::Relaxed);
                }
            });
        }
        let mut times = Vec::new();
        let mut of_whole = vec![0u32; highest + 1];
        for ((time, seen), place) in (0u32..).zip(seen).zip(&mut of_whole) {
            *place = number(times.len());
            if seen.into_inner() {
                times.push(f64::from(time));
            }
        }
        let place = |&time: &f64| of_whole[whole(time) as usize];
        let places = columns
            .iter()
            .map(|column| column.par_iter().map(place).collect());
        Self {
            near: near_tie(&times),
            places: places.collect(),
            times,
        }
    }

    fn sorted(columns: &[&[f64]]) -> Self {
        // Times of 0 or more are in the order of their bits. + 0.0 makes -0 a 0.
        let all = columns.iter().flat_map(|column| column.iter());
        let mut all: Vec<(u64, u32)> = all.map(|time| (time + 0.0).to_bits()).zip(0..).collect();
        all.par_sort_unstable();
        let mut times: Vec<f64> = Vec::with_capacity(all.len());
        let mut last = None;
        for &(bits, _) in &all {
            if last != Some(bits) {
                last = Some(bits);
                times.push(f64::from_bits(bits));
            }
        }
        let near = near_tie(&times);
        times.clear();
        let mut of_entry = vec![0u32; all.len()];
        let mut last = f64::NEG_INFINITY;
        for &(bits, entry) in &all {
            let time = f64::from_bits(bits);
            if time - last > near {
                times.push(time);
            }
            last = time;
            of_entry[entry as usize] = number(times.len() - 1);
        }
        times.shrink_to_fit();
        let mut places = Vec::with_capacity(columns.len());
        for column in columns {
            let rest = of_entry.split_off(column.len());
            places.push(of_entry);
            of_entry = rest;
        }
        Self {
            times,
            near,
            places,
        }
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "there are no more times than entries and exits, which fit 32 bits"
)]
fn number(place: usize) -> u32 {
    place as u32
}

/// The highest time of a column, if all are whole and low enough to be counted.
fn highest_whole(times: &[f64]) -> Option<usize> {
    let of_chunk = map_chunks(times.len(), CHUNK, |rows| {
        let mut highest = 0;
        let mut all_whole = true;
        for &time in &times[rows] {
            let of_time = whole(time);
            highest = highest.max(of_time);
            // + 0.0 makes -0 a 0. Beyond 32 bits no time is that of its whole number.
            all_whole &= f64::from(of_time).to_bits() == (time + 0.0).to_bits();
        }
        all_whole.then_some(highest as usize)
    });
    let highest = of_chunk.into_iter().collect::<Option<Vec<usize>>>()?;
    highest
        .into_iter()
        .max()
        .filter(|&highest| highest < COUNTED)
}

/// The whole part of a time of 0 or more, at most the highest number of 32 bits.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "numbers out of range become the nearest within"
)]
fn whole(time: f64) -> u32 {
    time as u32
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
            assert!(said(one.clone().with_weights(&[1.0, bad])).contains("row 1"));
            assert!(said(one.with_weights(&[1.0, 0.0])).contains("row 1"));
        }
        let one = Durations::new(&[1.0], &[0]).unwrap();
        assert!(said(one.with_entries(&[1.0 - 1e-9])).contains("no time at all"));
    }

    #[test]
    fn times_that_can_be_counted_are_told() {
        assert_eq!(highest_whole(&[3.0, -0.0, 7.0]), Some(7));
        assert_eq!(highest_whole(&[4_194_303.0]), Some(4_194_303));
        for other in [0.5, 4_194_304.0, 4e9, 5e9, 1e300] {
            assert_eq!(highest_whole(&[3.0, other]), None);
        }
    }

    #[test]
    fn few_rows_are_not_counted_to_a_high_time() {
        assert_eq!(Numbering::highest_to_count(&[&[31.0, 2.0]]), Some(31));
        assert_eq!(Numbering::highest_to_count(&[&[32.0, 2.0]]), None);
        assert_eq!(
            Numbering::highest_to_count(&[&[32.0, 2.0], &[0.0, 0.0]]),
            Some(32)
        );
        assert_eq!(
            Numbering::highest_to_count(&[&[31.0, 2.0], &[0.0, 0.5]]),
            None
        );
        let many = vec![4_194_304.0; 300_000];
        assert_eq!(Numbering::highest_to_count(&[&many]), None);
    }

    #[test]
    fn the_end_of_a_chain_is_looked_up_after_its_time() {
        let durations = Durations::new(&[0.3, 0.3 + 1e-8, 0.3 + 2e-8, 1.0], &[1; 4]).unwrap();
        assert_eq!(durations.exit(2), Some(0.3));
        assert_eq!(durations.places_before(0.3 + 1e-8), 0);
        assert_eq!(durations.places_before(0.3 + 2e-8), 1);
    }

    #[test]
    fn looked_up_times_are_the_near_ones() {
        let durations = Durations::new(&[0.3, 1.0, 2.0], &[1; 3]).unwrap();
        for near in [0.1 + 0.2, 0.3, 0.3 - 1e-9] {
            assert_eq!(
                (durations.places_before(near), durations.places_upto(near)),
                (0, 1)
            );
        }
        assert_eq!(
            (
                durations.places_before(0.3 - 2e-8),
                durations.places_upto(0.3 - 2e-8)
            ),
            (0, 0)
        );
        assert_eq!(
            (
                durations.places_before(0.3 + 2e-8),
                durations.places_upto(0.3 + 2e-8)
            ),
            (1, 1)
        );
        // As with the times themselves, nearness is by their mean.
        let long = Durations::new(&[3e6, 3e6 + 1.0], &[1; 2]).unwrap();
        assert_eq!(
            (long.places_before(3e6 + 1.01), long.places_upto(3e6 + 0.99)),
            (1, 2)
        );
    }

    #[test]
    fn some_rows_have_their_own_times() {
        let all = Durations::new(&[5.0, 2.0, 9.0, 4.0], &[1, 0, 1, 1]).unwrap();
        let all = all.with_entries(&[1.0, 0.0, 5.0, 2.0]).unwrap();
        let some = all.of_rows(&[2, 0]);
        assert_eq!(some.times(), [1.0, 5.0, 9.0]);
        assert_eq!((some.exit(0), some.exit(1)), (Some(9.0), Some(5.0)));
        assert_eq!((some.entry(0), some.entry(1)), (Some(5.0), Some(1.0)));
        assert_eq!(some.cause(), [1, 1]);
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
            let entries: Vec<f64> = exits.iter().map(|exit| exit / 2.0 - exit % 2.0 / 2.0).collect();
            let highest = highest_whole(&exits).unwrap();
            let counted = Numbering::counted(&[&exits, &entries], highest);
            let sorted = Numbering::sorted(&[&exits, &entries]);
            prop_assert_eq!(&counted.times, &sorted.times);
            prop_assert_eq!(&counted.places, &sorted.places);
            prop_assert_eq!(counted.near.to_bits(), sorted.near.to_bits());
        }
    }
}
