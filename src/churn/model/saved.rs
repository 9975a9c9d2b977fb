//! The saved form of a churn model, and what is checked when it is read.

use serde::Deserialize;

use super::{ChurnModel, fitted::Trained};
use crate::{
    Error, Result,
    churn::{Calibration, Logistic},
    persist,
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ChurnModelFields {
    logistic: Logistic,
    calibration: Calibration,
    horizon: Option<f64>,
    trained: Option<Trained>,
}

impl TryFrom<ChurnModelFields> for ChurnModel {
    type Error = Error;

    fn try_from(fields: ChurnModelFields) -> Result<Self> {
        let (logistic, calibration) = (&fields.logistic, &fields.calibration);
        let is_horizon = |days: &f64| days.is_finite() && *days > 0.0;
        let found =
            if calibration.rows() != logistic.rows() || calibration.left() != logistic.left() {
                "a calibration of other rows"
            } else if !fields.horizon.iter().all(is_horizon) {
                "a horizon that is none"
            } else if fields.trained.as_ref().is_some_and(|trained| {
                let (_, days) = trained.plan.window();
                fields
                    .horizon
                    .is_none_or(|own| (own - f64::from(days)).abs() > 0.0)
            }) {
                "a horizon that is not that of the plan"
            } else {
                if let Some(trained) = &fields.trained {
                    trained.definition.check()?;
                }
                return Ok(Self {
                    logistic: fields.logistic,
                    calibration: fields.calibration,
                    horizon: fields.horizon,
                    trained: fields.trained,
                });
            };
        Err(Error::ModelFormat {
            expected: "a regression, calibration and plan that fit together".into(),
            found: found.into(),
        })
    }
}

impl persist::sealed::Sealed for ChurnModel {}
impl persist::Persist for ChurnModel {
    const FORMAT: &'static str = "custometry/churn-model";
    const VERSION: u32 = 1;
}
