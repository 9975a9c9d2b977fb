//! The baseline of a fitted model.

use serde::{Deserialize, Serialize};

use super::{
    HazardBaseline,
    periods::{Known, Periods},
};

/// The baseline of a customer with the means of the fit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Curve {
    pub(super) baseline: HazardBaseline,
    /// With a coefficient a period: what is known of each, from 1 on. Of a polynomial empty.
    pub(super) periods: Vec<Level>,
    /// Of a polynomial: by powers of (t - centre) / half. With a coefficient a period empty.
    pub(super) powers: Vec<f64>,
    pub(super) centre: f64,
    pub(super) half: f64,
}

/// What is known of a period.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Level {
    /// The linear predictor.
    Between(f64),
    /// Nobody left; all did; nobody was watched.
    Never,
    Always,
    Nothing,
}

impl Curve {
    pub(super) fn new(periods: &Periods, alpha: &[f64]) -> Self {
        let (centre, half) = periods.unit();
        let mut curve = Self {
            baseline: periods.baseline,
            periods: Vec::new(),
            powers: Vec::new(),
            centre,
            half,
        };
        if periods.baseline != HazardBaseline::EachPeriod {
            curve.powers = alpha.to_vec();
            return curve;
        }
        let mut alpha = alpha.iter();
        let level = |known: &Known| match known {
            Known::Between => Level::Between(alpha.next().copied().unwrap_or_default()),
            Known::Never => Level::Never,
            Known::Always => Level::Always,
            Known::Nothing => Level::Nothing,
        };
        curve.periods = periods.known.iter().map(level).collect();
        curve
    }

    /// The linear predictor of a period, if it is known: of a polynomial that of any.
    pub(super) fn level(&self, period: u64) -> Level {
        if self.baseline == HazardBaseline::EachPeriod {
            let at = usize::try_from(period)
                .ok()
                .and_then(|at| at.checked_sub(1));
            let level = at.and_then(|at| self.periods.get(at).copied());
            return level.unwrap_or(Level::Nothing);
        }
        let unit = (period as f64 - self.centre) / self.half;
        let powers = self.powers.iter().rev();
        Level::Between(powers.fold(0.0, |sum, power| sum * unit + power))
    }

    /// The names of its coefficients.
    pub(super) fn names(&self) -> Vec<String> {
        if self.baseline == HazardBaseline::EachPeriod {
            return self.names_of(|level| matches!(level, Level::Between(_)));
        }
        let power = |at: usize| match at {
            0 => "(Intercept)".to_owned(),
            1 => "t".to_owned(),
            _ => format!("t^{at}"),
        };
        (0..self.powers.len()).map(power).collect()
    }

    /// The names of the periods of a kind.
    pub(super) fn names_of(&self, is: impl Fn(&Level) -> bool) -> Vec<String> {
        let periods = self.periods.iter().zip(1..);
        let periods = periods.filter(|(level, _)| is(level));
        periods
            .map(|(_, period)| format!("period={period}"))
            .collect()
    }

    /// Its coefficients, with powers as of [`in_powers`](Self::in_powers).
    pub(super) fn coefficients(&self) -> Vec<f64> {
        if self.baseline == HazardBaseline::EachPeriod {
            let level = |level: &Level| match level {
                Level::Between(level) => Some(*level),
                _ => None,
            };
            return self.periods.iter().filter_map(level).collect();
        }
        let mut powers = self.powers.clone();
        self.in_powers(&mut powers);
        powers
    }

    /// Makes coefficients of powers of (t - centre) / half those of powers of t.
    pub(super) fn in_powers(&self, powers: &mut [f64]) {
        let count = powers.len();
        for power in 1..count {
            // Division by half, once for each power, and then Horner's shift by the centre.
            for coefficient in &mut powers[power..] {
                *coefficient /= self.half;
            }
        }
        for from in 0..count {
            for at in (from..count.saturating_sub(1)).rev() {
                powers[at] -= self.centre * powers[at + 1];
            }
        }
    }
}
