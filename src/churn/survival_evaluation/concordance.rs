//! How often those with the higher risk leave first.

use serde::{Deserialize, Serialize};

use super::{
    censoring::Censoring,
    counts::Counts,
    pairs::{Pairs, Sums, ranks},
};
use crate::{
    Error, Result,
    churn::Durations,
    data::{Categories, Estimate},
    numeric::{first_where, map_chunks},
};

/// Rows whose squares are added up by one thread.
const CHUNK: usize = 1 << 12;

/// What a pair counts.
///
/// # Example
///
/// ```
/// use custometry::churn::ConcordanceWeight;
/// assert_eq!(ConcordanceWeight::default(), ConcordanceWeight::Harrell);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ConcordanceWeight {
    /// One (Harrell and others 1982, doi:10.1001/jama.1982.03320430047030).
    #[default]
    Harrell,
    /// 1/G(t-)², where t is when the first of the two left and G the chance of not being censored
    /// (Uno and others 2011, doi:10.1002/sim.4154). The result no longer depends on how long
    /// customers were watched. The error of G itself is not part of the standard error.
    Uno,
}

/// How to count pairs.
///
/// A pair counts if it is known who left first: one left at time t while the other was watched and
/// stayed longer, or was censored at t. As in R's `concordance(..., reverse = TRUE)`.
///
/// # Example
///
/// ```
/// use custometry::churn::{ConcordanceParams, Durations};
///
/// let durations = Durations::new(&[2.0, 4.0, 5.0, 7.0], &[1, 1, 0, 1])?;
/// let found = ConcordanceParams::new().fit(&durations, &[0.9, 0.3, 0.4, 0.1])?;
/// assert_eq!((found.concordant, found.discordant), (4.0, 1.0));
/// assert_eq!(found.value, 0.8);
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConcordanceParams {
    #[serde(default)]
    weight: ConcordanceWeight,
    #[serde(default)]
    tie_tolerance: f64,
    #[serde(default)]
    horizon: Option<f64>,
    #[serde(default = "default_level")]
    level: f64,
}

fn default_level() -> f64 {
    0.95
}

impl Default for ConcordanceParams {
    fn default() -> Self {
        Self::new()
    }
}

/// Pairs by how they came out, and the share that was in the right order.
///
/// # Example
///
/// See [`ConcordanceParams`].
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Concordance {
    /// Pairs in which the one with the higher risk left first. Counts are sums of the products of
    /// the two weights; without weights they are whole numbers, exact up to 2^53 (9e15 pairs).
    pub concordant: f64,
    /// Pairs in which the one with the lower risk left first.
    pub discordant: f64,
    /// Pairs with the same risk.
    pub tied_risk: f64,
    /// Pairs that left at the same time, with different risks; not in the share.
    pub tied_time: f64,
    /// Pairs that left at the same time with the same risk; not in the share.
    pub tied_both: f64,
    /// (concordant + tied risk / 2) / (concordant + discordant + tied risk).
    pub value: f64,
    /// The value with its infinitesimal jackknife standard error; `None` from
    /// [`count`](ConcordanceParams::count), which does not look for it.
    pub estimate: Option<Estimate>,
}

impl ConcordanceParams {
    /// Harrell's concordance over all times, equal risks being those that are equal to the bit.
    ///
    /// # Example
    ///
    /// See [`ConcordanceParams`].
    pub fn new() -> Self {
        Self {
            weight: ConcordanceWeight::Harrell,
            tie_tolerance: 0.0,
            horizon: None,
            level: default_level(),
        }
    }

    /// What a pair counts.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::churn::{ConcordanceParams, ConcordanceWeight, Durations};
    /// let durations = Durations::new(&[1.0, 2.0, 3.0, 4.0], &[1, 0, 1, 1])?;
    /// let uno = ConcordanceParams::new().weight(ConcordanceWeight::Uno);
    /// // The one pair after the censoring counts (3/2)².
    /// let found = uno.fit(&durations, &[4.0, 3.0, 1.0, 2.0])?;
    /// assert!((found.discordant - 2.25).abs() < 1e-12);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn weight(mut self, weight: ConcordanceWeight) -> Self {
        self.weight = weight;
        self
    }

    /// Risks that differ by no more than this from the next in order are equal. 0 unless told;
    /// risks that were added up in different orders need some.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::churn::{ConcordanceParams, Durations};
    /// let durations = Durations::new(&[1.0, 2.0], &[1, 1])?;
    /// let near = ConcordanceParams::new().tie_tolerance(1e-9);
    /// assert_eq!(near.fit(&durations, &[0.1 + 0.2, 0.3])?.tied_risk, 1.0);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn tie_tolerance(mut self, tolerance: f64) -> Self {
        self.tie_tolerance = tolerance;
        self
    }

    /// Only pairs whose first end is at or before this time count.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::churn::{ConcordanceParams, Durations};
    /// let durations = Durations::new(&[1.0, 2.0, 3.0], &[1, 1, 1])?;
    /// let found = ConcordanceParams::new().horizon(1.0).fit(&durations, &[3.0, 2.0, 1.0])?;
    /// assert_eq!(found.concordant, 2.0);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn horizon(mut self, time: f64) -> Self {
        self.horizon = Some(time);
        self
    }

    /// The level of the interval, 0.95 unless told.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::churn::ConcordanceParams;
    /// assert_ne!(ConcordanceParams::new().level(0.9), ConcordanceParams::new());
    /// ```
    pub fn level(mut self, level: f64) -> Self {
        self.level = level;
        self
    }

    /// Counts the pairs and finds the standard error.
    ///
    /// # Errors
    ///
    /// [`Error::LengthMismatch`]; [`Error::InvalidValue`] for a risk that is not finite;
    /// [`Error::InvalidParameter`] for a tolerance, horizon or level out of range, more than one
    /// cause, or Uno's weights with entries; [`Error::Degenerate`] if of no pair it is known who left first.
    ///
    /// # Example
    ///
    /// See [`ConcordanceParams`].
    pub fn fit(&self, durations: &Durations, risk: &[f64]) -> Result<Concordance> {
        self.check(durations, risk)?;
        let mut influence = Vec::new();
        let sums = self.part(durations, risk, Some(&mut influence));
        self.result(durations, &sums, Some(&influence))
    }

    /// As [`fit`](Self::fit), without the standard error: in half the time.
    ///
    /// # Errors
    ///
    /// As `fit`.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::churn::{ConcordanceParams, Durations};
    /// let durations = Durations::new(&[1.0, 2.0, 3.0], &[1, 0, 1])?;
    /// let found = ConcordanceParams::new().count(&durations, &[0.5, 0.7, 0.1])?;
    /// assert_eq!((found.concordant, found.discordant, found.estimate), (1.0, 1.0, None));
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn count(&self, durations: &Durations, risk: &[f64]) -> Result<Concordance> {
        self.check(durations, risk)?;
        let sums = self.part(durations, risk, None);
        self.result(durations, &sums, None)
    }

    /// As [`fit`](Self::fit), with pairs within strata only. Uno's weights are those of the
    /// stratum.
    ///
    /// # Errors
    ///
    /// As `fit`, and [`Error::InvalidValue`] for a row without a stratum.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::{churn::{ConcordanceParams, Durations}, data::Categories};
    /// let durations = Durations::new(&[1.0, 2.0, 3.0, 4.0], &[1, 1, 1, 1])?;
    /// let plan = Categories::new(&["a", "a", "b", "b"])?;
    /// let found = ConcordanceParams::new().fit_within(&durations, &[2.0, 1.0, 9.0, 8.0], &plan)?;
    /// assert_eq!((found.concordant, found.value), (2.0, 1.0));
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn fit_within(
        &self,
        durations: &Durations,
        risk: &[f64],
        strata: &Categories,
    ) -> Result<Concordance> {
        self.check(durations, risk)?;
        Error::check_length("strata", durations.len(), strata.len())?;
        let mut rows: Vec<Vec<u32>> = vec![Vec::new(); strata.labels().len()];
        for (row, number) in (0..durations.len()).zip(0u32..) {
            let Some(code) = strata.code(row) else {
                let reason = "has no stratum; give it one, or leave the row out";
                return Err(Error::value("strata", row, reason));
            };
            rows[code as usize].push(number);
        }
        let mut sums = Sums::default();
        let mut influence = Vec::new();
        for rows in rows.iter().filter(|rows| !rows.is_empty()) {
            let risk: Vec<f64> = rows.iter().map(|&row| risk[row as usize]).collect();
            let part = self.part(&durations.of_rows(rows), &risk, Some(&mut influence));
            sums.add(&part);
        }
        self.result(durations, &sums, Some(&influence))
    }

    fn check(&self, durations: &Durations, risk: &[f64]) -> Result<()> {
        let tolerable = self.tie_tolerance.is_finite() && self.tie_tolerance >= 0.0;
        if !tolerable {
            let expected = "a finite number of 0 or more";
            return Err(Error::parameter(
                "tie_tolerance",
                self.tie_tolerance,
                expected,
            ));
        }
        if let Some(horizon) = self.horizon.filter(|horizon| horizon.is_nan()) {
            return Err(Error::parameter("horizon", horizon, "a time"));
        }
        if self.weight == ConcordanceWeight::Uno && durations.entry_places().is_some() {
            let expected = "Harrell where customers are watched from an entry on";
            return Err(Error::parameter("weight", "Uno", expected));
        }
        // A level out of range is told before any work.
        Estimate::normal(0.0, 0.0, self.level)?;
        check_scored(durations, risk)
    }

    /// Sums of pairs; what each row adds to the share's numerator and denominator goes to
    /// `influence`, in no order that means anything.
    fn part(
        &self,
        durations: &Durations,
        risk: &[f64],
        influence: Option<&mut Vec<[f64; 2]>>,
    ) -> Sums {
        let upto = self.horizon.map_or(durations.times().len(), |horizon| {
            durations.places_upto(horizon)
        });
        let alike = durations.weights().is_none() && durations.entry_places().is_none();
        if alike && self.weight == ConcordanceWeight::Harrell {
            let counts = Counts::new(durations, risk, self.tie_tolerance, upto);
            let Some(influence) = influence else {
                return counts.sums();
            };
            let (sums, parts) = counts.sums_with_influence();
            influence.extend(parts);
            return sums;
        }
        let factor = match self.weight {
            ConcordanceWeight::Harrell => None,
            ConcordanceWeight::Uno => {
                let before = Censoring::new(durations);
                // Where nobody could be watched any longer there are no pairs either.
                let factor = |&g: &f64| if g > 0.0 { 1.0 / (g * g) } else { 0.0 };
                Some(before.before().iter().map(factor).collect())
            }
        };
        let pairs = Pairs::new(durations, ranks(risk, self.tie_tolerance), factor, upto);
        let Some(influence) = influence else {
            return pairs.sums(|_, _| ());
        };
        let mut parts = vec![[0.0; 2]; durations.len()];
        let mut note = |row: u32, sums: Sums| {
            let weight = durations.weight_of(row as usize);
            let part = &mut parts[row as usize];
            part[0] += weight * (sums.concordant + sums.tied_risk / 2.0);
            part[1] += weight * sums.comparable();
        };
        let sums = pairs.sums(&mut note);
        pairs.as_the_later(&mut note);
        influence.extend(parts);
        sums
    }

    fn result(
        &self,
        durations: &Durations,
        sums: &Sums,
        influence: Option<&[[f64; 2]]>,
    ) -> Result<Concordance> {
        let comparable = sums.comparable();
        let weights = durations.weights().unwrap_or(&[1.0]);
        let largest = weights.iter().copied().fold(0.0, f64::max);
        // Less than any pair weighs is what rounding left of weights that came and went.
        if comparable.is_nan() || comparable <= 1e-12 * largest * largest {
            return Err(Error::Degenerate {
                what: "of no pair of customers is it known who left first; watch them for longer"
                    .into(),
            });
        }
        let value = (sums.concordant + sums.tied_risk / 2.0) / comparable;
        let estimate = influence.map(|parts| {
            let square = |part: &[f64; 2]| (part[0] - value * part[1]).powi(2);
            let squares = map_chunks(parts.len(), CHUNK, |rows| {
                parts[rows].iter().map(square).sum::<f64>()
            });
            let se = squares.iter().sum::<f64>().sqrt() / comparable;
            Estimate::normal(value, se, self.level)
        });
        Ok(Concordance {
            concordant: sums.concordant,
            discordant: sums.discordant,
            tied_risk: sums.tied_risk,
            tied_time: sums.tied_time,
            tied_both: sums.tied_both,
            value,
            estimate: estimate.transpose()?,
        })
    }
}

/// `Ok` if the risks are those of the rows, and there is one cause.
pub(super) fn check_scored(durations: &Durations, risk: &[f64]) -> Result<()> {
    Error::check_length("risk", durations.len(), risk.len())?;
    if durations.causes() > 1 {
        let expected = "1; choose one by Durations::of_cause";
        return Err(Error::parameter("causes", durations.causes(), expected));
    }
    match first_where(risk, |risk| !risk.is_finite()) {
        None => Ok(()),
        Some(row) => {
            let reason = format!("{} is not a risk; give a finite number", risk[row]);
            Err(Error::value("risk", row, reason))
        }
    }
}
