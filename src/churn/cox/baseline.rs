//! The hazard that all customers of a stratum share, by time.

use serde::{Deserialize, Serialize};

use super::{
    CoxData, Ties,
    risk::{Risk, Step},
    rows::{Rows, Stratum},
};
use crate::{
    Error, Result,
    churn::durations::{count_upto, near_tie},
};

/// The cumulative hazard of one stratum at the centre of the columns, and what its error is made of.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Baseline {
    pub(super) times: Vec<f64>,
    pub(super) hazard: Vec<f64>,
    /// The variance of the hazard if the coefficients were known.
    variance: Vec<f64>,
    /// By time a number for each coefficient: the mean at risk less the centre, summed over the hazard.
    means: Vec<f64>,
}

/// A cumulative hazard up to some time, and the parts of its variance.
#[derive(Debug, Clone, Copy)]
pub(super) struct UpTo<'a> {
    pub(super) hazard: f64,
    pub(super) variance: f64,
    /// `None` before the first event.
    pub(super) means: Option<&'a [f64]>,
}

impl Baseline {
    /// The baselines of all strata at these coefficients of the scaled columns.
    pub(super) fn of_strata(
        data: &CoxData<'_>,
        rows: &Rows,
        beta: &[f64],
        kept: &[usize],
        ties: Ties,
    ) -> Result<Vec<Self>> {
        let risk = Risk::new(rows, beta, ties);
        let steps = risk.steps(rows, ties);
        let of = |(stratum, &shift): (&Stratum, &f64)| {
            Self::new(data, rows, stratum, shift, &steps, (&risk, kept))
        };
        let baselines: Vec<Self> = rows.strata.iter().zip(&risk.shift).map(of).collect();
        if baselines.iter().all(Self::is_sound) {
            Ok(baselines)
        } else {
            Err(out_of_range())
        }
    }

    fn new(
        data: &CoxData<'_>,
        rows: &Rows,
        stratum: &Stratum,
        shift: f64,
        steps: &[Step],
        (risk, kept): (&Risk, &[usize]),
    ) -> Self {
        let factor = libm::exp(-shift);
        let times = data.durations.times();
        let mut out = Self {
            times: Vec::with_capacity(stratum.groups.len()),
            hazard: Vec::with_capacity(stratum.groups.len()),
            variance: Vec::with_capacity(stratum.groups.len()),
            means: Vec::with_capacity(stratum.groups.len() * kept.len()),
        };
        let (mut hazard, mut variance) = (0.0, 0.0);
        let mut sums = vec![0.0; kept.len()];
        for group in stratum.groups.clone() {
            let step = &steps[group];
            hazard += step.hazard;
            variance += step.a;
            for (sum, &column) in sums.iter_mut().zip(kept) {
                *sum += step.mean(risk, group * rows.columns + column) * rows.scale[column];
            }
            out.times.push(times[rows.groups[group].place as usize]);
            out.hazard.push(hazard * factor);
            out.variance.push(variance * factor * factor);
            out.means.extend(sums.iter().map(|sum| sum * factor));
        }
        out
    }

    /// Whether the numbers can be worked with.
    pub(super) fn is_sound(&self) -> bool {
        let mut others = self.variance.iter().chain(&self.means);
        self.hazard.iter().all(|h| h.is_finite() && *h > 0.0) && others.all(|n| n.is_finite())
    }

    /// Whether the numbers read are as many as they should be, and in order.
    pub(super) fn fits(&self, coefficients: usize) -> bool {
        let times = self.times.len();
        let rising = |numbers: &[f64]| numbers.windows(2).all(|pair| pair[0] <= pair[1]);
        times > 0
            && self.hazard.len() == times
            && self.variance.len() == times
            && self.means.len() == times * coefficients
            && self
                .times
                .iter()
                .all(|time| time.is_finite() && *time >= 0.0)
            && self.times.windows(2).all(|pair| pair[0] < pair[1])
            && rising(&self.hazard)
            && rising(&self.variance)
            && self.variance[0] >= 0.0
            && self.is_sound()
    }

    /// How near a time must be to one of an event to be the same.
    pub(super) fn near(&self) -> f64 {
        near_tie(&self.times)
    }

    /// What is known up to and with a time.
    pub(super) fn up_to(&self, near: f64, time: f64) -> UpTo<'_> {
        let count = count_upto(&self.times, near, time);
        let Some(place) = count.checked_sub(1) else {
            return UpTo {
                hazard: 0.0,
                variance: 0.0,
                means: None,
            };
        };
        let width = self.means.len() / self.times.len();
        UpTo {
            hazard: self.hazard[place],
            variance: self.variance[place],
            means: Some(&self.means[place * width..(place + 1) * width]),
        }
    }
}

fn out_of_range() -> Error {
    Error::Degenerate {
        what: "the baseline hazard is out of the range of numbers; shift the offsets towards 0"
            .into(),
    }
}
