//! What a discrete-time hazard says of customers: when they leave.

use ndarray::Array2;

use super::{
    DiscreteHazard, HazardBaseline,
    curve::{Curve, Level},
    pass::Slopes,
};
use crate::{Error, Result, churn::logistic::Information, data::Features, numeric::fill_rows};

/// Customers that are worked on together.
const ROWS: usize = 1_024;
/// Periods beyond this are not predicted.
const MAX_PERIOD: u64 = 100_000;

impl DiscreteHazard {
    /// What each feature adds to the linear predictors of each row, in all periods alike: a row for each row,
    /// a column for each feature, numbers first and then categories, whose levels are taken together.
    /// They are relative to a customer with the means of the fit, rows counting by their weights and
    /// periods at risk; added from the first to the last they are the
    /// [`linear_predictor`](Self::linear_predictor) to the last bit.
    ///
    /// # Errors
    ///
    /// As [`linear_predictor`](Self::linear_predictor).
    ///
    /// # Example
    ///
    /// See [`linear_predictor`](Self::linear_predictor).
    pub fn contributions(&self, features: &Features) -> Result<Array2<f64>> {
        self.linear.contributions(features)
    }

    /// The features of the fit in the order of [`contributions`](Self::contributions): numbers, then
    /// categories.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::{churn::{Durations, HazardParams}, data::{Features, MissingValues}};
    /// let durations = Durations::new(&[1.0; 4], &[1, 0, 1, 0])?;
    /// let columns: &[(&str, &[f64])] = &[("b", &[1.0, 1.0, 0.0, 0.0]), ("a", &[1.0, 2.0, 3.0, 4.0])];
    /// let features = Features::from_columns(columns, MissingValues::Refuse)?;
    /// assert_eq!(HazardParams::new().fit(&durations, &features)?.feature_names(), ["b", "a"]);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn feature_names(&self) -> Vec<String> {
        self.linear.features().map(str::to_owned).collect()
    }

    /// By how much the linear predictor of each row, in any period, is above that of a customer with the
    /// means of the fit.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`] for features without a column of the model; [`Error::InvalidValue`] for
    /// a missing value or an unknown level.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::{churn::{Durations, HazardParams}, data::{Features, MissingValues}};
    /// let durations = Durations::new(&[1.0; 8], &[1, 1, 1, 0, 1, 0, 0, 0])?;
    /// let x = [1.0, 1.0, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0];
    /// let features = Features::from_columns(&[("x", &x)], MissingValues::Refuse)?;
    /// let model = HazardParams::new().fit(&durations, &features)?;
    /// let above = model.linear_predictor(&features)?[0];
    /// assert!((above - 3.0_f64.ln()).abs() < 1e-12); // half of ln 9, as half have x = 1
    /// assert_eq!(model.contributions(&features)?[[0, 0]], above);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn linear_predictor(&self, features: &Features) -> Result<Vec<f64>> {
        self.linear.predictor(features, None)
    }

    /// The chance of each row to leave in each of some periods of its life, if it is there at its
    /// beginning: a row for each row, a column for each period.
    ///
    /// # Errors
    ///
    /// As [`linear_predictor`](Self::linear_predictor); [`Error::InvalidParameter`] for a period of which
    /// nothing is known: 0, one in which nobody was watched, or with [`HazardBaseline::EachPeriod`]
    /// one beyond the last; and beyond 100,000.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::{churn::{Durations, HazardParams}, data::{Features, MissingValues}};
    /// let durations = Durations::new(&[1.0; 8], &[1, 1, 1, 0, 1, 0, 0, 0])?;
    /// let x = [1.0, 1.0, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0];
    /// let features = Features::from_columns(&[("x", &x)], MissingValues::Refuse)?;
    /// let model = HazardParams::new().fit(&durations, &features)?;
    /// assert!((model.hazard(&features, &[1])?[[0, 0]] - 0.75).abs() < 1e-12);
    /// assert!(model.hazard(&features, &[2]).is_err());
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn hazard(&self, features: &Features, periods: &[u32]) -> Result<Array2<f64>> {
        let levels: Vec<Level> = periods
            .iter()
            .map(|&period| known(&self.curve, period.into()))
            .collect::<Result<_>>()?;
        let predictors = self.linear_predictor(features)?;
        let mut table = Array2::zeros((features.len(), periods.len()));
        fill_rows(&mut table, ROWS, |rows, cells| {
            for (row, line) in rows.zip(cells.chunks_exact_mut(periods.len())) {
                for (hazard, level) in line.iter_mut().zip(&levels) {
                    *hazard = match level {
                        Level::Between(level) => self.link.chance(level + predictors[row]),
                        Level::Always => 1.0,
                        Level::Never | Level::Nothing => 0.0,
                    };
                }
            }
        });
        Ok(table)
    }

    /// The chance of each row to be still there after each number of periods from the beginning of its
    /// life: a row for each row, a column for each number.
    ///
    /// # Errors
    ///
    /// As [`hazard`](Self::hazard), for each period up to the last; after 0 periods all are there.
    ///
    /// # Example
    ///
    /// See [`conditional_survival`](Self::conditional_survival).
    pub fn survival(&self, features: &Features, periods: &[u32]) -> Result<Array2<f64>> {
        let ages = vec![0; features.len()];
        self.conditional_survival(features, &ages, periods)
    }

    /// The chance of customers who have been there for some periods to be there so many more: a row for
    /// each row, a column for each number of periods ahead.
    ///
    /// # Errors
    ///
    /// As [`hazard`](Self::hazard), for each period from the age on up to the last ahead;
    /// [`Error::LengthMismatch`].
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::{
    ///     churn::{Durations, HazardBaseline, HazardParams},
    ///     data::{Features, MissingValues},
    /// };
    /// let durations = Durations::new(&[1.0, 2.0, 2.0, 3.0, 1.0, 3.0], &[1, 1, 0, 1, 0, 0])?;
    /// let calls = [3.0, 1.0, 0.0, 2.0, 1.0, 0.0];
    /// let features = Features::from_columns(&[("calls", &calls)], MissingValues::Refuse)?;
    /// let params = HazardParams::new().baseline(HazardBaseline::Linear);
    /// let model = params.fit(&durations, &features)?;
    /// let (hazard, alive) = (model.hazard(&features, &[1, 2])?, model.survival(&features, &[1, 2])?);
    /// let both = (1.0 - hazard[[0, 0]]) * (1.0 - hazard[[0, 1]]);
    /// assert!((alive[[0, 1]] - both).abs() < 1e-12);
    /// let after_one = model.conditional_survival(&features, &[1; 6], &[1])?;
    /// assert!((after_one[[0, 0]] - alive[[0, 1]] / alive[[0, 0]]).abs() < 1e-12);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn conditional_survival(
        &self,
        features: &Features,
        already: &[u32],
        ahead: &[u32],
    ) -> Result<Array2<f64>> {
        Error::check_length("already", features.len(), already.len())?;
        let furthest = ahead.iter().copied().max().unwrap_or(0);
        let predictors = self.linear_predictor(features)?;
        // The first period that is asked for of any row, and the last.
        let ages = already.iter().map(|&age| u64::from(age));
        let first = ages.clone().min().unwrap_or(0) + 1;
        let last = if furthest == 0 {
            0
        } else {
            ages.max().map_or(0, |oldest| oldest + u64::from(furthest))
        };
        if last > MAX_PERIOD {
            return Err(too_far(last));
        }
        let place = |age: u32| usize::try_from(u64::from(age) + 1 - first).unwrap_or_default();
        let levels = self.levels(first, last, already.iter().map(|&age| place(age)), furthest)?;
        let numbers: Vec<f64> = levels
            .iter()
            .map(|level| match level {
                Level::Between(level) => *level,
                _ => 0.0,
            })
            .collect();
        let mut table = Array2::zeros((features.len(), ahead.len()));
        fill_rows(&mut table, ROWS, |rows, cells| {
            let mut slopes = Slopes::new(furthest as usize);
            let mut log_alive = vec![0.0; furthest as usize + 1];
            for (row, line) in rows.zip(cells.chunks_exact_mut(ahead.len())) {
                let from = place(already[row]).min(levels.len());
                let to = from + furthest as usize;
                let (numbers, shift) = (&numbers[from..to], predictors[row]);
                slopes.fill(self.link, Information::Observed, numbers, shift, -1.0);
                survive(&levels[from..to], &slopes.value, &mut log_alive);
                for (alive, &ahead) in line.iter_mut().zip(ahead) {
                    *alive = libm::exp(log_alive[ahead as usize]);
                }
            }
        });
        Ok(table)
    }

    /// What is known of the periods from the first to the last; an error if one of them is asked for, being
    /// one of `furthest` from one of these places on, and nothing is known of it.
    fn levels(
        &self,
        first: u64,
        last: u64,
        places: impl Iterator<Item = usize>,
        furthest: u32,
    ) -> Result<Vec<Level>> {
        let count = usize::try_from((last + 1).saturating_sub(first)).unwrap_or_default();
        let mut begins = vec![0u64; count + 1];
        let mut ends = vec![0u64; count + 1];
        for place in places.filter(|_| count > 0) {
            begins[place] += 1;
            ends[place + furthest as usize] += 1;
        }
        let mut asking = 0;
        let mut levels = Vec::with_capacity(count);
        for (at, period) in (first..=last).enumerate() {
            asking = asking + begins[at] - ends[at];
            levels.push(match known(&self.curve, period) {
                Err(_) if asking == 0 => Level::Nothing,
                level => level?,
            });
        }
        Ok(levels)
    }
}

fn too_far(period: u64) -> Error {
    Error::parameter("period", period, format!("a period from 1 to {MAX_PERIOD}"))
}

/// What is known of a period; an error if nothing is.
fn known(curve: &Curve, period: u64) -> Result<Level> {
    let refused = |expected: String| Err(Error::parameter("period", period, expected));
    if period == 0 || period > MAX_PERIOD {
        return Err(too_far(period));
    }
    match curve.level(period) {
        Level::Nothing if curve.baseline == HazardBaseline::EachPeriod => refused(format!(
            "one of the {} periods of the fit, in which somebody was watched; HazardBaseline::Linear \
             tells of others",
            curve.periods.len()
        )),
        Level::Between(level) if !level.is_finite() => refused(
            "one nearer to those of the fit: its hazard is out of the range of numbers".into(),
        ),
        level => Ok(level),
    }
}

/// The logarithm of the chance to be there after each number of periods, from 0 on, by what is known of
/// the periods and the logarithm of the chance to stay in each.
fn survive(levels: &[Level], stay: &[f64], log_alive: &mut [f64]) {
    let mut sum = 0.0;
    for (at, level) in levels.iter().enumerate() {
        sum += match level {
            Level::Between(_) => stay[at],
            Level::Always => f64::NEG_INFINITY,
            Level::Never | Level::Nothing => 0.0,
        };
        log_alive[at + 1] = sum;
    }
}
