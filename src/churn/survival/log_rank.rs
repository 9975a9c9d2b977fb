//! Whether groups of customers stay equally long.

use serde::{Deserialize, Serialize};

use super::{kaplan_meier::step, risk_table::RiskTable, risk_tables::RiskTables};
use crate::{
    Error, Result,
    data::merge_all,
    numeric::{cholesky::Cholesky, special::chi_square_upper_tail},
};

/// How much the difference at a time counts.
///
/// ```text
/// n at risk of all groups, S the Kaplan-Meier curve of all just before the time,
/// P = prod of (1 - d / (n + 1)) up to and with the time
/// ```
///
/// # Example
///
/// ```
/// use custometry::churn::LogRankWeight;
/// assert_eq!(LogRankWeight::default(), LogRankWeight::LogRank);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum LogRankWeight {
    /// 1: the log-rank test, best where one hazard is a multiple of the other.
    #[default]
    LogRank,
    /// S^rho (1 - S)^gamma: rho = 1 looks at early, gamma = 1 at late differences.
    FlemingHarrington {
        /// The power of S, 0 or more.
        rho: f64,
        /// The power of 1 - S, 0 or more.
        gamma: f64,
    },
    /// n: the generalised Wilcoxon test of Gehan and Breslow.
    Wilcoxon,
    /// The root of n.
    TaroneWare,
    /// P: Peto and Peto, which censoring sways less than n.
    Peto,
}

/// The log-rank test of groups of customers, and its weighted kin.
///
/// # Model
///
/// ```text
/// at each time  d left of n at risk, d_g of n_g in group g
/// U_g = sum of w (d_g - d n_g / n)
/// V_gh = sum of w^2 d (n - d) / (n - 1) (n_g / n) (1[g = h] - n_h / n)
/// statistic = U' V^-1 U over all groups but one, chi-square of (groups - 1) degrees
/// ```
///
/// Within strata the sums are over times and strata.
///
/// # How to read it
///
/// A small p says that the groups do not stay equally long; the ratio of observed to expected says
/// which leave faster. Curves that cross can hide a difference from the plain test. Groups that
/// were formed by what customers did *later* (those who bought again) always differ: form them by
/// what was known at the start.
///
/// # Limits
///
/// Unweighted durations, or weights that are numbers of customers; at most 1,000 groups.
///
/// # Example
///
/// ```
/// use custometry::{churn::{Durations, LogRankParams, RiskTables}, data::Categories};
///
/// let durations = Durations::new(&[10.0, 20.0, 30.0, 10.0, 20.0, 50.0], &[1; 6])?;
/// let groups = Categories::new(&["a", "a", "a", "b", "b", "b"])?;
/// let test = LogRankParams::default().test(&RiskTables::new(&durations, &groups)?)?;
/// assert_eq!(test.degrees, 1);
/// assert!((test.p - 0.614107).abs() < 1e-6);
/// # Ok::<(), custometry::Error>(())
/// ```
///
/// # References
///
/// Mantel 1966; Peto and Peto 1972, doi:10.2307/2344317; Harrington and Fleming 1982,
/// doi:10.1093/biomet/69.3.553; Tarone and Ware 1977, doi:10.1093/biomet/64.1.156.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LogRankParams {
    weight: LogRankWeight,
}

/// What a log-rank test says.
///
/// # Example
///
/// See [`LogRankParams`].
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct LogRank {
    /// The chi-square statistic.
    pub statistic: f64,
    /// Its degrees of freedom: the groups that could have lost somebody, less one.
    pub degrees: usize,
    /// The probability of such a statistic or a larger one if the groups do not differ.
    pub p: f64,
    /// By group, who left, by the weight of the test.
    pub observed: Vec<f64>,
    /// By group, how many would have if the groups did not differ.
    pub expected: Vec<f64>,
    /// The covariance of observed less expected, groups by groups, row by row.
    pub covariance: Vec<f64>,
}

const MAX_GROUPS: usize = 1_000;

impl LogRankParams {
    /// What counts how much.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::churn::{LogRankParams, LogRankWeight};
    /// let early = LogRankParams::default()
    ///     .weight(LogRankWeight::FlemingHarrington { rho: 1.0, gamma: 0.0 });
    /// assert_ne!(early, LogRankParams::default());
    /// ```
    pub fn weight(mut self, weight: LogRankWeight) -> Self {
        self.weight = weight;
        self
    }

    /// Tests whether the groups differ.
    ///
    /// # Errors
    ///
    /// [`Error::NotEnoughData`] for less than two groups; [`Error::InvalidParameter`] for more than
    /// 1,000, or powers that are negative or not finite; [`Error::Degenerate`] where nobody left
    /// while at least two groups were at risk.
    ///
    /// # Example
    ///
    /// See [`LogRankParams`].
    pub fn test(&self, tables: &RiskTables) -> Result<LogRank> {
        let groups = tables.groups().len();
        if groups < 2 {
            return Err(Error::NotEnoughData {
                what: "groups to compare".into(),
                needed: 2,
                found: groups,
            });
        }
        if groups > MAX_GROUPS {
            let most = format!("at most {MAX_GROUPS}; join the small ones");
            return Err(Error::parameter("groups", groups, most));
        }
        if let LogRankWeight::FlemingHarrington { rho, gamma } = self.weight {
            for (name, power) in [("rho", rho), ("gamma", gamma)] {
                if !(power.is_finite() && power >= 0.0) {
                    return Err(Error::parameter(
                        name,
                        power,
                        "a finite number of 0 or more",
                    ));
                }
            }
        }
        let mut sums = Sums::new(groups);
        for of_groups in tables.strata() {
            sums.add(of_groups, self.weight)?;
        }
        sums.test()
    }
}

struct Sums {
    groups: usize,
    observed: Vec<f64>,
    expected: Vec<f64>,
    covariance: Vec<f64>,
}

impl Sums {
    fn new(groups: usize) -> Self {
        Self {
            groups,
            observed: vec![0.0; groups],
            expected: vec![0.0; groups],
            covariance: vec![0.0; groups * groups],
        }
    }

    /// Adds the times of a stratum.
    fn add(&mut self, tables: &[RiskTable], weight: LogRankWeight) -> Result<()> {
        let Some(all) = merge_all(tables.iter().cloned())? else {
            return Ok(());
        };
        let groups: Vec<(&[f64], Vec<f64>, Vec<f64>)> = tables
            .iter()
            .map(|table| (table.times(), table.at_risk(), table.events()))
            .collect();
        // By group the place of the first time that is not passed.
        let mut places = vec![0; self.groups];
        let mut share = vec![0.0; self.groups];
        let (mut survival, mut peto) = (1.0, 1.0);
        let (at_risk, events) = (all.at_risk(), all.events());
        for (place, &time) in all.times().iter().enumerate() {
            let (n, d) = (at_risk[place], events[place]);
            if d <= 0.0 {
                continue;
            }
            peto *= 1.0 - d / (n + 1.0);
            let w = match weight {
                LogRankWeight::LogRank => 1.0,
                LogRankWeight::FlemingHarrington { rho, gamma } => {
                    power(survival, rho) * power(1.0 - survival, gamma)
                }
                LogRankWeight::Wilcoxon => n,
                LogRankWeight::TaroneWare => n.sqrt(),
                LogRankWeight::Peto => peto,
            };
            (survival, _) = step(survival, 0.0, n, d);
            for (group, (times, at_risk, events)) in groups.iter().enumerate() {
                while times
                    .get(places[group])
                    .is_some_and(|&passed| passed < time)
                {
                    places[group] += 1;
                }
                let here = places[group];
                // Between two times of its own a group has whom it has at the later one.
                let of_group = at_risk.get(here).copied().unwrap_or(0.0);
                share[group] = of_group / n;
                if times.get(here).is_some_and(|&own| own <= time) {
                    self.observed[group] += w * events[here];
                }
                self.expected[group] += w * d * share[group];
            }
            if n > 1.0 {
                let factor = w * w * d * (n - d) / (n - 1.0);
                for row in 0..self.groups {
                    for column in 0..=row {
                        let same = f64::from(u8::from(row == column));
                        self.covariance[row * self.groups + column] +=
                            factor * share[row] * (same - share[column]);
                    }
                }
            }
        }
        Ok(())
    }

    fn test(mut self) -> Result<LogRank> {
        let groups = self.groups;
        for row in 0..groups {
            for column in 0..row {
                self.covariance[column * groups + row] = self.covariance[row * groups + column];
            }
        }
        // A group without anybody at risk when somebody left has nothing to say.
        let mut telling: Vec<usize> = (0..groups)
            .filter(|&group| self.expected[group] > 0.0)
            .collect();
        let degrees = telling.len().saturating_sub(1);
        telling.truncate(degrees);
        let degenerate = || Error::Degenerate {
            what: "nobody left while two groups were at risk; watch longer, or join groups".into(),
        };
        if degrees == 0 {
            return Err(degenerate());
        }
        let cells = telling.iter().flat_map(|&row| {
            let covariance = &self.covariance;
            telling
                .iter()
                .map(move |&column| covariance[row * groups + column])
        });
        let factor = Cholesky::new(degrees, &cells.collect::<Vec<_>>()).ok_or_else(degenerate)?;
        let gaps: Vec<f64> = telling
            .iter()
            .map(|&group| self.observed[group] - self.expected[group])
            .collect();
        let solved = factor.solve(&gaps);
        let statistic = gaps.iter().zip(&solved).map(|(a, b)| a * b).sum();
        Ok(LogRank {
            statistic,
            degrees,
            p: chi_square_upper_tail(statistic, degrees as f64),
            observed: self.observed,
            expected: self.expected,
            covariance: self.covariance,
        })
    }
}

/// A power of which 0^0 is 1.
fn power(base: f64, exponent: f64) -> f64 {
    match exponent {
        0.0 => 1.0,
        1.0 => base,
        _ => base.powf(exponent),
    }
}
