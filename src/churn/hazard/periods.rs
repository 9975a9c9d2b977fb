//! The periods at risk, and where rows begin and end among them.

use super::HazardBaseline;
use crate::{Error, Result, churn::Durations};

/// Periods beyond this are refused: sums are kept by period.
const MAX_PERIODS: usize = 10_000;
/// What a whole number may be off by: less than half of what makes two times one.
const NEAR: f64 = 5e-9;
/// The highest degree of a polynomial: beyond, its coefficients by powers of the period lose their digits.
const MAX_DEGREE: usize = 8;

/// What is known of a period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Known {
    /// Its hazard is between 0 and 1.
    Between,
    /// Nobody left, so that it is 0; or all did, so that it is 1.
    Never,
    Always,
    /// Nobody was watched.
    Nothing,
}

/// A row by the places of its periods among those that are fitted.
#[derive(Debug, Clone, Copy)]
pub(super) struct Life {
    /// The row of the data.
    pub(super) row: u32,
    /// The first place at risk, and the place after the last.
    pub(super) from: u32,
    pub(super) to: u32,
    /// 1 for who left in the last of those, -1 for others.
    pub(super) sign: f64,
    pub(super) weight: f64,
}

/// The lives of the rows, in the periods that are fitted.
#[derive(Debug)]
pub(super) struct Periods {
    pub(super) baseline: HazardBaseline,
    /// From period 1 on.
    pub(super) known: Vec<Known>,
    /// The periods that are fitted, ascending.
    pub(super) fitted: Vec<usize>,
    /// The weight of who left in each of those, and of who was at risk.
    pub(super) left: Vec<f64>,
    pub(super) at_risk: Vec<f64>,
    /// Rows that were at risk in a period that is fitted.
    pub(super) lives: Vec<Life>,
    /// How many rows were used, and how many of those left.
    pub(super) rows: usize,
    pub(super) events: usize,
    /// How many periods of customers there are in all.
    pub(super) at_risk_in_all: u64,
}

impl Periods {
    pub(super) fn new(
        durations: &Durations,
        usable: Option<Vec<u32>>,
        baseline: HazardBaseline,
    ) -> Result<Self> {
        let whole = whole_periods(durations)?;
        let all = || {
            let rows = u32::try_from(durations.len()).map_err(|_| Error::Overflow {
                what: "more than 4294967295 rows; split them".into(),
            })?;
            Ok((0..rows).collect())
        };
        let usable: Vec<u32> = usable.map_or_else(all, Ok)?;
        let exits = durations.exit_places();
        let entries = durations.entry_places();
        let has_left = |row: u32| durations.cause()[row as usize] > 0;
        // Periods lived when watching began, and when it ended.
        let ends = |row: u32| {
            let row = row as usize;
            let entry = entries.map_or(0, |entries| whole[entries[row] as usize]);
            (entry, whole[exits[row] as usize])
        };
        let events = usable.iter().filter(|&&row| has_left(row)).count();
        if events == 0 {
            return Err(Error::NotEnoughData {
                what: "rows that left".into(),
                needed: 1,
                found: 0,
            });
        }
        let last = usable.iter().map(|&row| ends(row).1).max().unwrap_or(0);
        let mut at_risk = vec![0.0; last];
        let mut left = vec![0.0; last];
        let mut counts = vec![[0u64; 2]; last + 1];
        let mut at_risk_in_all = 0;
        for &row in &usable {
            let (entry, exit) = ends(row);
            counts[entry][0] += 1;
            counts[exit][1] += 1;
            at_risk_in_all += (exit - entry) as u64;
        }
        // By adding up weights, not by taking them off again, which would leave rounding behind.
        for &row in &usable {
            let (entry, exit) = ends(row);
            let weight = durations.weight_of(row as usize);
            for sum in &mut at_risk[entry..exit] {
                *sum += weight;
            }
            if has_left(row) {
                left[exit - 1] += weight;
            }
        }
        let mut leavers = vec![0u64; last];
        for &row in usable.iter().filter(|&&row| has_left(row)) {
            leavers[ends(row).1 - 1] += 1;
        }
        let mut there = 0;
        let mut known = Vec::with_capacity(last);
        for period in 0..last {
            there += counts[period][0];
            known.push(match leavers[period] {
                _ if there == 0 => Known::Nothing,
                _ if baseline != HazardBaseline::EachPeriod => Known::Between,
                0 => Known::Never,
                all if all == there => Known::Always,
                _ => Known::Between,
            });
            there -= counts[period + 1][1];
        }
        let is_fitted = |&at: &usize| known[at] == Known::Between;
        let fitted: Vec<usize> = (0..last).filter(is_fitted).collect();
        // How many fitted periods are before each.
        let mut before = vec![0u32; last + 1];
        for period in 0..last {
            before[period + 1] = before[period] + u32::from(is_fitted(&period));
        }
        let life = |row: u32| {
            let (entry, exit) = ends(row);
            let has_left = has_left(row) && is_fitted(&(exit - 1));
            Life {
                row,
                from: before[entry],
                to: before[exit],
                sign: if has_left { 1.0 } else { -1.0 },
                weight: durations.weight_of(row as usize),
            }
        };
        let lives = usable.iter().map(|&row| life(row));
        let pick = |of: &[f64]| fitted.iter().map(|&at| of[at]).collect();
        let all = Self {
            baseline,
            left: pick(&left),
            at_risk: pick(&at_risk),
            lives: lives.filter(|life| life.from < life.to).collect(),
            known,
            rows: usable.len(),
            events,
            at_risk_in_all,
            fitted: fitted.iter().map(|at| at + 1).collect(),
        };
        all.check()?;
        Ok(all)
    }

    fn check(&self) -> Result<()> {
        let degree = self.degree().unwrap_or(0);
        if degree > MAX_DEGREE {
            let expected = format!("at most {MAX_DEGREE}; or HazardBaseline::EachPeriod");
            return Err(Error::parameter("degree", degree, expected));
        }
        if self.fitted.is_empty() {
            return Err(Error::Degenerate {
                what:
                    "in each period nobody left or all did, so that the hazards are 0 and 1; take \
                       longer periods, or HazardBaseline::Linear"
                        .into(),
            });
        }
        if self.fitted.len() <= degree {
            return Err(Error::NotEnoughData {
                what: format!("periods with somebody at risk, for a polynomial of degree {degree}")
                    .into(),
                needed: degree + 1,
                found: self.fitted.len(),
            });
        }
        Ok(())
    }

    /// The degree of a polynomial; `None` for a coefficient a period.
    fn degree(&self) -> Option<usize> {
        match self.baseline {
            HazardBaseline::EachPeriod => None,
            HazardBaseline::Linear => Some(1),
            HazardBaseline::Polynomial(degree) => Some(degree),
        }
    }

    /// The powers, from 0 on, of the fitted periods in units from -1 to 1: one column after the other. `None`
    /// for a coefficient a period.
    pub(super) fn powers(&self) -> Option<Vec<Vec<f64>>> {
        let (centre, half) = self.unit();
        let units: Vec<f64> = self
            .fitted
            .iter()
            .map(|&period| (period as f64 - centre) / half)
            .collect();
        let mut column = vec![1.0; units.len()];
        let mut all = Vec::new();
        for _ in 0..=self.degree()? {
            let next = column.iter().zip(&units).map(|(a, b)| a * b).collect();
            all.push(std::mem::replace(&mut column, next));
        }
        Some(all)
    }

    /// The middle of the fitted periods, and half of their range, or 1.
    pub(super) fn unit(&self) -> (f64, f64) {
        let ends = (self.fitted.first(), self.fitted.last());
        let (first, last) = match ends {
            (Some(&first), Some(&last)) => (first as f64, last as f64),
            _ => (1.0, 1.0),
        };
        (0.5 * (first + last), (0.5 * (last - first)).max(1.0))
    }
}

/// The different times as whole numbers.
fn whole_periods(durations: &Durations) -> Result<Vec<usize>> {
    let most = MAX_PERIODS as f64;
    let is_whole = |time: f64| (time - time.round()).abs() <= NEAR && time <= most;
    let times = durations.times();
    let refused = |time: Option<f64>| time.filter(|&time| !is_whole(time));
    if !times.iter().all(|&time| is_whole(time)) {
        for row in 0..durations.len() {
            let cases = [
                ("exit", durations.exit(row)),
                ("entry", durations.entry(row)),
            ];
            for (column, time) in cases {
                if let Some(time) = refused(time) {
                    let reason = format!(
                        "{time} is not a number of periods; give a whole number up to \
                         {MAX_PERIODS}: count days in months, begun ones as whole"
                    );
                    return Err(Error::value(column, row, reason));
                }
            }
        }
    }
    let at_zero = |&row: &usize| durations.exit(row).is_some_and(|exit| exit.round() < 1.0);
    if let Some(row) = (0..durations.len()).find(at_zero) {
        let reason = "is 0, so that the row was at risk in no period; leave it out, or count a begun \
                      period as whole";
        return Err(Error::value("exit", row, reason));
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "whole numbers from 0 to 10,000"
    )]
    let whole = |&time: &f64| time.round() as usize;
    Ok(times.iter().map(whole).collect())
}
