//! What a Cox regression says of customers: who leaves sooner, why, and when.

use ndarray::Array2;

use super::{
    Cox,
    baseline::{Baseline, UpTo},
};
use crate::{
    Error, Result,
    churn::{Band, design::MissingRows, survival::deviate},
    data::{Categories, Estimate, Features},
    numeric::{fill_rows, first_where, map_chunks},
};

/// Customers that are worked on together.
const ROWS: usize = 4_096;

/// Whom a linear predictor or a baseline is relative to.
///
/// # Example
///
/// See [`Cox::linear_predictor`].
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum Reference<'a> {
    /// A customer with 0 in every column, which may be far from any there is.
    Zero,
    /// A customer with the weighted means of the rows of the fit, never of those predicted.
    Mean,
    /// A customer with these values, one for each of [`Cox::names`].
    Row(&'a [f64]),
}

/// Customers to predict, borrowed.
///
/// # Example
///
/// See [`Cox::survival`].
#[derive(Debug, Clone, Copy)]
pub struct CoxCustomers<'a> {
    features: &'a Features,
    strata: Option<&'a Categories>,
    offset: Option<&'a [f64]>,
    ages: Option<&'a [f64]>,
}

impl<'a> CoxCustomers<'a> {
    /// Customers by their features.
    ///
    /// # Example
    ///
    /// See [`Cox::survival`].
    pub fn new(features: &'a Features) -> Self {
        Self {
            features,
            strata: None,
            offset: None,
            ages: None,
        }
    }

    /// The stratum of each customer; needed if the fit had strata.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::{
    ///     churn::{CoxCustomers, CoxData, CoxParams, Durations},
    ///     data::{Categories, Features, MissingValues},
    /// };
    /// let durations = Durations::new(&[1.0, 2.0, 3.0, 1.0, 2.0, 3.0], &[1, 1, 0, 1, 1, 1])?;
    /// let x = [1.0, 0.0, 1.0, 0.0, 1.0, 0.0];
    /// let features = Features::from_columns(&[("x", &x)], MissingValues::Refuse)?;
    /// let country = Categories::new(&["at", "at", "at", "de", "de", "de"])?;
    /// let cox = CoxParams::default().fit(&CoxData::new(&durations, &features).strata(&country))?;
    /// let customers = CoxCustomers::new(&features);
    /// assert!(cox.survival(&customers, &[3.0]).is_err());
    /// let alive = cox.survival(&customers.strata(&country), &[3.0])?;
    /// assert!(alive[[0, 0]] > alive[[4, 0]]); // all of de had left by then
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn strata(mut self, strata: &'a Categories) -> Self {
        self.strata = Some(strata);
        self
    }

    /// The known part of each linear predictor, as in the fit.
    ///
    /// # Example
    ///
    /// See [`Cox::linear_predictor`].
    pub fn offset(mut self, offset: &'a [f64]) -> Self {
        self.offset = Some(offset);
        self
    }

    /// How long each customer has been there already: survival is then conditional on that, and
    /// times are counted from now on.
    ///
    /// # Example
    ///
    /// See [`Cox::survival`].
    pub fn alive_for(mut self, ages: &'a [f64]) -> Self {
        self.ages = Some(ages);
        self
    }
}

impl Cox {
    /// What each column adds to each linear predictor: `beta_j (x_j - reference_j)`, a row each, in
    /// the order of [`names`](Self::names). They explain a prediction: they sum to it.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`] for features without a column of the model, or a reference row of
    /// another length or not finite; [`Error::InvalidValue`] for a missing value or unknown level.
    ///
    /// # Example
    ///
    /// See [`linear_predictor`](Self::linear_predictor).
    pub fn terms(&self, features: &Features, reference: Reference<'_>) -> Result<Array2<f64>> {
        let reference = self.reference(reference)?;
        let bound = self.design.bind(features)?;
        bound.usable_rows(MissingRows::Refuse)?;
        let mut terms = Array2::zeros((features.len(), self.kept.len()));
        fill_rows(&mut terms, ROWS, |rows, cells| {
            let mut x = vec![0.0; self.design.width()];
            for (row, terms) in rows.zip(cells.chunks_exact_mut(self.kept.len())) {
                bound.write(row, &mut x);
                for (place, term) in terms.iter_mut().enumerate() {
                    *term = self.coefficients[place] * (x[self.kept[place]] - reference[place]);
                }
            }
        });
        Ok(terms)
    }

    /// The log of each customer's hazard relative to the reference: the sum of its
    /// [`terms`](Self::terms), and its offset.
    ///
    /// # Errors
    ///
    /// As [`terms`](Self::terms), and for offsets of another length or not finite.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::{
    ///     churn::{CoxCustomers, CoxData, CoxParams, Durations, Reference},
    ///     data::{Features, MissingValues},
    /// };
    /// let durations = Durations::new(&[1.0, 2.0, 3.0, 4.0], &[1, 1, 1, 1])?;
    /// let x = Features::from_columns(&[("x", &[1.0, 0.0, 1.0, 0.0])], MissingValues::Refuse)?;
    /// let cox = CoxParams::default().fit(&CoxData::new(&durations, &x))?;
    /// let customers = CoxCustomers::new(&x);
    /// let beta = cox.coefficients()[0];
    /// assert_eq!(cox.linear_predictor(&customers, Reference::Zero)?[0], beta);
    /// assert_eq!(cox.linear_predictor(&customers, Reference::Mean)?[0], 0.5 * beta);
    /// assert_eq!(cox.linear_predictor(&customers, Reference::Row(&[3.0]))?[0], -2.0 * beta);
    /// assert_eq!(cox.terms(&x, Reference::Mean)?[[1, 0]], -0.5 * beta);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn linear_predictor(
        &self,
        customers: &CoxCustomers<'_>,
        reference: Reference<'_>,
    ) -> Result<Vec<f64>> {
        let rows = customers.features.len();
        if let Some(offset) = customers.offset {
            Error::check_length("offset", rows, offset.len())?;
            if let Some(row) = first_where(offset, |offset| !offset.is_finite()) {
                return Err(Error::value("offset", row, "give a finite number"));
            }
        }
        let reference = self.reference(reference)?;
        let bound = self.design.bind(customers.features)?;
        bound.usable_rows(MissingRows::Refuse)?;
        let parts = map_chunks(rows, ROWS, |range| {
            let mut x = vec![0.0; self.design.width()];
            let of_row = |row: usize| {
                bound.write(row, &mut x);
                let mut sum = 0.0;
                for (place, &column) in self.kept.iter().enumerate() {
                    sum += self.coefficients[place] * (x[column] - reference[place]);
                }
                sum + customers.offset.map_or(0.0, |offset| offset[row])
            };
            range.map(of_row).collect::<Vec<f64>>()
        });
        Ok(parts.concat())
    }

    /// The event times of a stratum and the cumulative hazard of a reference customer with offset 0
    /// at each. Without strata there is stratum 0; with strata they are in the order of
    /// [`strata`](Self::strata).
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`] for a stratum that is not there, a bad reference row, or a reference
    /// so far from the customers of the fit that its hazard is out of the range of numbers.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::{
    ///     churn::{CoxData, CoxParams, Durations, Reference},
    ///     data::{Features, MissingValues},
    /// };
    /// let durations = Durations::new(&[1.0, 2.0, 3.0, 4.0], &[1, 1, 1, 1])?;
    /// let x = Features::from_columns(&[("x", &[1.0, 0.0, 1.0, 0.0])], MissingValues::Refuse)?;
    /// let cox = CoxParams::default().fit(&CoxData::new(&durations, &x))?;
    /// let (times, hazard) = cox.baseline(0, Reference::Zero)?;
    /// assert_eq!(times, [1.0, 2.0, 3.0, 4.0]);
    /// let r = cox.coefficients()[0].exp();
    /// assert!((hazard[0] - 1.0 / (2.0 * r + 2.0)).abs() < 1e-12);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn baseline(&self, stratum: usize, reference: Reference<'_>) -> Result<(&[f64], Vec<f64>)> {
        let baseline = self.baselines.get(stratum).ok_or_else(|| {
            let expected = format!("one of {} strata, from 0", self.baselines.len());
            Error::parameter("stratum", stratum, expected)
        })?;
        let reference = self.reference(reference)?;
        let mut factor = 0.0;
        for (place, reference) in reference.iter().enumerate() {
            factor += self.coefficients[place] * (reference - self.centre[place]);
        }
        let hazard = baseline.hazard.iter();
        let hazard: Vec<f64> = hazard.map(|&hazard| hazard_of(hazard, factor)).collect();
        let is_number = |hazard: &f64| hazard.is_finite() && *hazard > 0.0;
        if !hazard.iter().all(is_number) {
            let expected = "one nearer to the customers of the fit, such as their mean: the hazard \
                            is out of the range of numbers";
            return Err(Error::parameter(
                "reference",
                format!("{reference:?}"),
                expected,
            ));
        }
        Ok((&baseline.times, hazard))
    }

    /// The probability that each customer (row) is still there at each time (column).
    ///
    /// Of customers whose age is given ([`CoxCustomers::alive_for`]) it is the probability to be
    /// there so much longer, `S(age + time) / S(age)`: a customer of 30 months is not at time 0.
    /// Curves are flat from the last event time on.
    ///
    /// # Errors
    ///
    /// As [`linear_predictor`](Self::linear_predictor); [`Error::InvalidValue`] for a time or an age
    /// that is negative or not finite, a stratum that the fit did not have, or in which nobody
    /// left; [`Error::InvalidParameter`] if strata are lacking or too many.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::{
    ///     churn::{CoxCustomers, CoxData, CoxParams, Durations},
    ///     data::{Features, MissingValues},
    /// };
    /// let durations = Durations::new(&[1.0, 2.0, 3.0, 4.0], &[1, 1, 1, 1])?;
    /// let x = Features::from_columns(&[("x", &[1.0, 0.0, 1.0, 0.0])], MissingValues::Refuse)?;
    /// let cox = CoxParams::default().fit(&CoxData::new(&durations, &x))?;
    /// let customers = CoxCustomers::new(&x);
    /// let alive = cox.survival(&customers, &[0.0, 1.0, 3.0])?;
    /// assert_eq!(alive[[0, 0]], 1.0);
    /// let later = cox.survival(&customers.alive_for(&[1.0; 4]), &[2.0])?;
    /// assert!((later[[0, 0]] - alive[[0, 2]] / alive[[0, 1]]).abs() < 1e-12);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn survival(&self, customers: &CoxCustomers<'_>, times: &[f64]) -> Result<Array2<f64>> {
        let hazards = self.hazards(customers, times)?;
        Ok(hazards.mapv_into(|hazard| libm::exp(-hazard)))
    }

    /// The cumulative hazard of each customer (row) from today to each time ahead (column).
    pub(in crate::churn) fn hazards(
        &self,
        customers: &CoxCustomers<'_>,
        times: &[f64],
    ) -> Result<Array2<f64>> {
        let rows = customers.features.len();
        check_times("times", times)?;
        if let Some(ages) = customers.ages {
            Error::check_length("ages", rows, ages.len())?;
            check_times("ages", ages)?;
        }
        let strata = self.strata_of(customers)?;
        let near: Vec<f64> = self.baselines.iter().map(Baseline::near).collect();
        let predictor = self.linear_predictor(customers, Reference::Row(&self.centre))?;
        let mut out = Array2::zeros((rows, times.len()));
        fill_rows(&mut out, ROWS, |rows, cells| {
            for (row, line) in rows.zip(cells.chunks_exact_mut(times.len())) {
                let (baseline, near) = (&self.baselines[strata[row]], near[strata[row]]);
                let age = customers.ages.map_or(0.0, |ages| ages[row]);
                let before = baseline.up_to(near, age).hazard;
                for (ahead, time) in line.iter_mut().zip(times) {
                    let hazard = baseline.up_to(near, age + time).hazard - before;
                    *ahead = hazard_of(hazard, predictor[row]);
                }
            }
        });
        Ok(out)
    }

    /// The [`survival`](Self::survival) of each customer at each time with its interval. The error is
    /// that of the hazard and of the coefficients, by the delta method (Tsiatis 1981,
    /// doi:10.1214/aos/1176345335), taken on the scale of the band.
    ///
    /// # Errors
    ///
    /// As [`survival`](Self::survival), and [`Error::InvalidParameter`] for a level that is not between
    /// 0 and 1.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::{
    ///     churn::{Band, CoxCustomers, CoxData, CoxParams, Durations},
    ///     data::{Features, MissingValues},
    /// };
    /// let durations = Durations::new(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0], &[1; 6])?;
    /// let x = [1.0, 0.0, 1.0, 0.0, 0.0, 1.0];
    /// let x = Features::from_columns(&[("x", &x)], MissingValues::Refuse)?;
    /// let cox = CoxParams::default().fit(&CoxData::new(&durations, &x))?;
    /// let customers = CoxCustomers::new(&x);
    /// let alive = cox.survival(&customers, &[2.0])?;
    /// let with_errors = cox.survival_estimates(&customers, &[2.0], Band::LogLog, 0.95)?;
    /// let first = with_errors[[0, 0]];
    /// assert_eq!(first.value, alive[[0, 0]]);
    /// assert!(first.lo < first.value && first.value < first.hi && first.hi < 1.0);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn survival_estimates(
        &self,
        customers: &CoxCustomers<'_>,
        times: &[f64],
        band: Band,
        level: f64,
    ) -> Result<Array2<Estimate>> {
        let z = deviate(level)?;
        let alive = self.survival(customers, times)?;
        let strata = self.strata_of(customers)?;
        let near: Vec<f64> = self.baselines.iter().map(Baseline::near).collect();
        let predictor = self.linear_predictor(customers, Reference::Row(&self.centre))?;
        let bound = self.design.bind(customers.features)?;
        let rows = map_chunks(alive.nrows(), ROWS, |range| {
            let mut cells = vec![0.0; self.design.width()];
            let mut out = Vec::with_capacity(range.len() * times.len());
            for row in range {
                bound.write(row, &mut cells);
                let gaps: Vec<f64> = self
                    .kept
                    .iter()
                    .zip(&self.centre)
                    .map(|(&column, centre)| cells[column] - centre)
                    .collect();
                let (baseline, near) = (&self.baselines[strata[row]], near[strata[row]]);
                let age = customers.ages.map_or(0.0, |ages| ages[row]);
                let from = baseline.up_to(near, age);
                for (time, &value) in times.iter().zip(alive.row(row)) {
                    let variance =
                        self.hazard_variance(&from, &baseline.up_to(near, age + time), &gaps);
                    let se = if value > 0.0 {
                        value * hazard_of(variance.sqrt(), predictor[row])
                    } else {
                        0.0
                    };
                    let (lo, hi) = if value > 0.0 && value < 1.0 {
                        band.ends(value, z * se)
                    } else {
                        (value, value)
                    };
                    out.push(Estimate::with_interval(value, se, lo, hi, level)?);
                }
            }
            Ok(out)
        });
        let rows: Vec<Vec<Estimate>> = rows.into_iter().collect::<Result<_>>()?;
        let all = rows.concat();
        let shape = alive.dim();
        Ok(Array2::from_shape_fn(shape, |(row, at)| {
            all[row * shape.1 + at]
        }))
    }

    /// The variance of the hazard between two times of one who is so far from the centre, as a share of
    /// the square of its hazard ratio.
    fn hazard_variance(&self, from: &UpTo<'_>, to: &UpTo<'_>, gaps: &[f64]) -> f64 {
        let count = gaps.len();
        let hazard = to.hazard - from.hazard;
        let sum = |of: Option<&[f64]>, at: usize| of.map_or(0.0, |sums| sums[at]);
        let slopes: Vec<f64> = (0..count)
            .map(|at| sum(to.means, at) - sum(from.means, at) - gaps[at] * hazard)
            .collect();
        let mut variance = to.variance - from.variance;
        for (row, a) in slopes.iter().enumerate() {
            let of_row = &self.covariance[row * count..(row + 1) * count];
            let product: f64 = of_row.iter().zip(&slopes).map(|(c, b)| c * b).sum();
            variance += a * product;
        }
        variance.max(0.0)
    }

    fn reference(&self, reference: Reference<'_>) -> Result<Vec<f64>> {
        match reference {
            Reference::Zero => Ok(vec![0.0; self.kept.len()]),
            Reference::Mean => Ok(self.means.clone()),
            Reference::Row(row) => {
                Error::check_length("reference", self.kept.len(), row.len())?;
                match row.iter().position(|cell| !cell.is_finite()) {
                    None => Ok(row.to_vec()),
                    Some(at) => Err(Error::value("reference", at, "give a finite number")),
                }
            }
        }
    }

    fn strata_of(&self, customers: &CoxCustomers<'_>) -> Result<Vec<usize>> {
        let rows = customers.features.len();
        match (customers.strata, self.is_stratified) {
            (None, false) => Ok(vec![0; rows]),
            (Some(strata), true) => {
                Error::check_length("strata", rows, strata.len())?;
                let place_of_label: Vec<Option<usize>> = strata
                    .labels()
                    .map(|label| self.strata().iter().position(|known| known == label))
                    .collect();
                let of = |row| {
                    let code = strata.code(row);
                    let known = code.and_then(|code| place_of_label[code as usize]);
                    known.ok_or_else(|| {
                        let reason = "nobody left in this stratum in the fit, so that nothing is \
                                      known of it; name another, or leave the row out";
                        Error::value("strata", row, reason)
                    })
                };
                (0..rows).map(of).collect()
            }
            (None, true) => Err(Error::parameter(
                "strata",
                "not given",
                "those of the customers",
            )),
            (Some(_), false) => Err(Error::parameter("strata", "given", "none, as in the fit")),
        }
    }
}

/// A hazard times exp of a linear predictor; none stays none, however large the factor.
pub(in crate::churn) fn hazard_of(hazard: f64, predictor: f64) -> f64 {
    if hazard <= 0.0 {
        0.0
    } else if predictor.abs() < 700.0 {
        hazard * libm::exp(predictor)
    } else {
        libm::exp(predictor + libm::log(hazard))
    }
}

fn check_times(column: &str, times: &[f64]) -> Result<()> {
    match first_where(times, |time| !(time.is_finite() && *time >= 0.0)) {
        None => Ok(()),
        Some(row) => {
            let reason = format!(
                "{} is not a time; give a finite number of 0 or more",
                times[row]
            );
            Err(Error::value(column, row, reason))
        }
    }
}
