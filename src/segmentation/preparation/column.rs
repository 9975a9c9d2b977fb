//! One numeric column, frozen: the way from a value to its prepared form and back.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{
    Missing, logarithm,
    power::{box_cox, box_cox_inverse, yeo_johnson, yeo_johnson_inverse},
};
use crate::{Error, Result};

/// Prepared values lie within ±this, so that their squares can be added up.
pub(super) const LARGEST: f64 = 1e150;

/// A numeric column of the fit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NumericColumn {
    pub(super) name: String,
    pub(super) missing: Missing,
    /// What stands in for a missing value.
    pub(super) fill: Option<f64>,
    /// The bounds of winsorising.
    pub(super) bounds: Option<(f64, f64)>,
    /// What stands in for a value that the curve is not made for.
    pub(super) floor: Option<f64>,
    pub(super) curve: Curve,
    pub(super) centre: f64,
    pub(super) scale: f64,
    /// The square root of the weight of the column.
    pub(super) root: f64,
}

/// A transform with what was learnt for it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum Curve {
    None,
    Ln,
    Log1p,
    BoxCox { lambda: f64 },
    YeoJohnson { lambda: f64 },
    QuantileRank(Ranks),
}

/// Different values, ascending, and the share of the fit below each, its own half counted.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Ranks {
    pub(super) values: Vec<f64>,
    pub(super) shares: Vec<f64>,
}

impl fmt::Debug for Ranks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ranks")
            .field("values", &self.values.len())
            .finish_non_exhaustive()
    }
}

fn each(values: &mut [f64], change: impl Fn(f64) -> f64) {
    for value in values {
        *value = change(*value);
    }
}

impl NumericColumn {
    /// Replaces values by their prepared form. One that has none becomes NaN or infinite.
    pub(super) fn prepare(&self, values: &mut [f64]) {
        self.enter(values);
        self.curve.follow(values);
        let (centre, scale, root) = (self.centre, self.scale, self.root);
        each(values, |x| (x - centre) / scale * root);
    }

    /// The steps before the curve. Missing values stay missing unless they are filled.
    pub(super) fn enter(&self, values: &mut [f64]) {
        if let Some(fill) = self.fill {
            each(values, |x| if x.is_nan() { fill } else { x });
        }
        if let Some((low, high)) = self.bounds {
            let clipped = |x| match x {
                x if x < low => low,
                x if x > high => high,
                x => x,
            };
            each(values, clipped);
        }
        if let (Some(floor), Some(lower)) = (self.floor, self.curve.lower()) {
            each(values, |x| if x <= lower { floor } else { x });
        }
    }

    /// What one value is when it comes to the curve.
    pub(super) fn entered(&self, value: f64) -> f64 {
        let mut one = [value];
        self.enter(&mut one);
        one[0]
    }

    /// The value of which this is the prepared form.
    pub(super) fn restore(&self, prepared: f64) -> f64 {
        self.curve
            .back(prepared / self.root * self.scale + self.centre)
    }

    /// Why a value has no prepared form.
    pub(super) fn refusal(&self, row: usize, value: f64) -> Error {
        let entered = self.entered(value);
        let mut prepared = [value];
        self.prepare(&mut prepared);
        let below = |lower| entered <= lower;
        let reason = if entered.is_nan() {
            "the value is missing; drop the row, or have missing values filled, marked or set apart"
                .to_owned()
        } else if self.curve.lower().is_some_and(below) {
            let (what, limit) = match self.curve {
                Curve::Log1p => ("log1p", -1),
                Curve::BoxCox { .. } => ("Box-Cox power", 0),
                _ => ("logarithm", 0),
            };
            format!(
                "{entered} has no {what}, which is for values above {limit}; clamp such values, \
                 or use Yeo-Johnson"
            )
        } else {
            format!(
                "{value} becomes {:e} when prepared, and beyond ±{LARGEST:e} distances overflow; \
                 mend the value, or winsorise the column",
                prepared[0]
            )
        };
        Error::value(&self.name, row, reason)
    }

    /// What a fit could not have given.
    pub(super) fn check(&self) -> Result<()> {
        let filled = !matches!(self.missing, Missing::Refuse | Missing::OwnSegment);
        let (low, high) = self.bounds.unwrap_or((0.0, 0.0));
        let numbers = [
            self.fill,
            self.floor,
            Some(self.centre),
            Some(low),
            Some(high),
        ];
        let sound = self.fill.is_some() == filled
            && numbers.iter().flatten().all(|x| x.is_finite())
            && low <= high
            && self.scale > 0.0
            && self.scale.is_finite()
            && self.root > 0.0
            && self.root.is_finite()
            && self.curve.is_sound();
        if sound {
            return Ok(());
        }
        Err(Error::parameter(
            "column",
            &self.name,
            "finite numbers, bounds and ranks that rise, and a scale above 0",
        ))
    }
}

impl Curve {
    /// Values at or below it are not what the curve is made for.
    pub(super) fn lower(&self) -> Option<f64> {
        match self {
            Self::Ln | Self::BoxCox { .. } => Some(0.0),
            Self::Log1p => Some(-1.0),
            Self::None | Self::YeoJohnson { .. } | Self::QuantileRank(_) => None,
        }
    }

    pub(super) fn lambda(&self) -> Option<f64> {
        match *self {
            Self::BoxCox { lambda } | Self::YeoJohnson { lambda } => Some(lambda),
            _ => None,
        }
    }

    /// Replaces values by where they are on the curve. Rises with the value.
    pub(super) fn follow(&self, values: &mut [f64]) {
        match self {
            Self::None => {}
            Self::Ln => logarithm::ln_all(values),
            Self::Log1p => logarithm::ln_1p_all(values),
            &Self::BoxCox { lambda } => each(values, |x| box_cox(x, lambda)),
            &Self::YeoJohnson { lambda } => each(values, |x| yeo_johnson(x, lambda)),
            Self::QuantileRank(ranks) => each(values, |x| ranks.share(x)),
        }
    }

    fn back(&self, y: f64) -> f64 {
        match self {
            Self::None => y,
            Self::Ln => libm::exp(y),
            Self::Log1p => libm::expm1(y),
            &Self::BoxCox { lambda } => box_cox_inverse(y, lambda),
            &Self::YeoJohnson { lambda } => yeo_johnson_inverse(y, lambda),
            Self::QuantileRank(ranks) => ranks.value(y),
        }
    }

    fn is_sound(&self) -> bool {
        match self {
            Self::None | Self::Ln | Self::Log1p => true,
            Self::BoxCox { lambda } | Self::YeoJohnson { lambda } => lambda.is_finite(),
            Self::QuantileRank(ranks) => {
                !ranks.values.is_empty()
                    && ranks.values.len() == ranks.shares.len()
                    && ranks.values.windows(2).all(|pair| pair[0] < pair[1])
                    && ranks.shares.windows(2).all(|pair| pair[0] <= pair[1])
                    && ranks.values.iter().all(|x| x.is_finite())
                    && ranks.shares.iter().all(|s| (0.0..=1.0).contains(s))
            }
        }
    }
}

impl Ranks {
    fn share(&self, x: f64) -> f64 {
        if x.is_nan() {
            return x;
        }
        between(&self.values, &self.shares, x)
    }

    fn value(&self, share: f64) -> f64 {
        between(&self.shares, &self.values, share)
    }
}

/// The height over x of the line through points, level beyond the first and the last.
fn between(xs: &[f64], ys: &[f64], x: f64) -> f64 {
    let after = xs.partition_point(|&known| known <= x);
    let at = |place: usize| Some((*xs.get(place)?, *ys.get(place)?));
    match (after.checked_sub(1).and_then(at), at(after)) {
        (Some((x0, y0)), Some((x1, y1))) => {
            // Halves, so that the difference of huge values does not overflow.
            let part = (0.5 * x - 0.5 * x0) / (0.5 * x1 - 0.5 * x0);
            y0 * (1.0 - part) + y1 * part
        }
        (Some((_, y)), None) | (None, Some((_, y))) => y,
        (None, None) => f64::NAN,
    }
}
