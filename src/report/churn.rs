//! Who stays, and how true what is foretold has been.

use super::{
    draw::{Axis, BLUE, Curve, Figure, Form, GREY, Lines, Unit, kind},
    picture::{Picture, nothing},
};
use crate::{
    Result,
    churn::{Band, CalibrationBin, KaplanMeier},
};

/// A share is drawn from 0 to 1.
fn shares(label: &str) -> Axis {
    Axis {
        label: label.to_owned(),
        unit: Unit::Share,
        from: 0.0,
        to: 1.0,
    }
}

impl Picture {
    /// Who is still there after so many days, by group, with pointwise intervals (log-log) at a level.
    ///
    /// # Errors
    ///
    /// [`Error::NotEnoughData`](crate::Error::NotEnoughData) without a curve of more than no time;
    /// [`Error::InvalidParameter`](crate::Error::InvalidParameter) for a level that is not between 0 and 1.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::{churn::{Band, Durations, KaplanMeier, RiskTable}, report::Picture};
    /// let curve = KaplanMeier::new(&RiskTable::new(&Durations::new(&[1.0, 2.0, 2.0, 5.0], &[1, 1, 0, 0])?))?;
    /// let picture = Picture::survival_curves(&[("yearly", &curve)], 0.95)?;
    /// let (_, rows) = picture.table();
    /// assert_eq!(rows[1][..3], ["yearly", "1", "0.75"]);
    /// let of_room = curve.estimate(1.0, Band::LogLog, 0.95)?;
    /// assert_eq!(rows[1][3..], [of_room.lo.to_string(), of_room.hi.to_string()]);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn survival_curves(groups: &[(&str, &KaplanMeier)], level: f64) -> Result<Self> {
        let mut curves = Vec::with_capacity(groups.len());
        for (at, (name, curve)) in groups.iter().enumerate() {
            let (lo, hi) = curve.intervals(Band::LogLog, level)?;
            // All are there at first.
            let (mut points, mut band) = (vec![(0.0, 1.0)], vec![(1.0, 1.0)]);
            points.extend(
                curve
                    .times()
                    .iter()
                    .copied()
                    .zip(curve.survival().iter().copied()),
            );
            band.extend(lo.into_iter().zip(hi));
            curves.push(Curve {
                name: (*name).to_owned(),
                ink: kind(at),
                form: Form::Steps,
                points,
                band,
            });
        }
        let times = curves
            .iter()
            .flat_map(|curve| curve.points.iter().map(|point| point.0));
        let longest = times.fold(0.0, f64::max);
        if longest <= 0.0 {
            return Err(nothing("customers who were watched for some time"));
        }
        let lines = Lines {
            x: Axis::over("days", Unit::Count, [longest].into_iter()),
            y: shares("still there"),
            curves,
        };
        Ok(Self::new(
            "survival_curves",
            "How long customers stay",
            format!(
                "The share of the customers who are still there after so many days (Kaplan-Meier). Around each \
                 curve, how sure it is: {:.0}% intervals.",
                level * 100.0
            ),
            Figure::Lines(lines),
        ))
    }

    /// Foretold chances beside the shares that came true.
    ///
    /// # Errors
    ///
    /// [`Error::NotEnoughData`](crate::Error::NotEnoughData) without bins.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::{churn::ProbabilityEvaluation, report::Picture};
    /// let judged = ProbabilityEvaluation::new(&[0.1, 0.2, 0.7, 0.8], &[false, false, true, false])?;
    /// let picture = Picture::calibration(&judged.calibration_curve(2, 0.95)?)?;
    /// let (columns, rows) = picture.table();
    /// assert_eq!(columns, ["curve", "foretold chance", "share that left", "lo", "hi"]);
    /// assert_eq!(rows[3][1..3], ["0.75", "0.5"]);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn calibration(bins: &[CalibrationBin]) -> Result<Self> {
        let Some(first) = bins.first() else {
            return Err(nothing("chances whose outcome is known"));
        };
        let lines = Lines {
            x: shares("foretold chance"),
            y: shares("share that left"),
            curves: vec![
                Curve {
                    name: "just as foretold".to_owned(),
                    ink: GREY,
                    form: Form::Dashes,
                    points: vec![(0.0, 0.0), (1.0, 1.0)],
                    band: Vec::new(),
                },
                Curve {
                    name: format!(
                        "groups of customers, {:.0}% intervals",
                        first.rate.level * 100.0
                    ),
                    ink: BLUE,
                    form: Form::Points,
                    points: bins
                        .iter()
                        .map(|bin| (bin.mean_probability, bin.rate.value))
                        .collect(),
                    band: bins.iter().map(|bin| (bin.rate.lo, bin.rate.hi)).collect(),
                },
            ],
        };
        Ok(Self::new(
            "calibration",
            "How true foretold chances have been",
            "Customers of earlier days by their foretold chance to go quiet, in groups of about one size. On \
             the dashed line as many left as were foretold; above it more, below it fewer."
                .to_owned(),
            Figure::Lines(lines),
        ))
    }
}
