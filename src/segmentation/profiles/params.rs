//! What to profile and how.

use serde::{Deserialize, Serialize};

use super::{
    build::Work,
    categories::tables,
    groups::{Groups, check_size},
    moments::moments,
    quantiles::quantiles,
    report::Profiles,
};
use crate::{
    Error, Result,
    data::{Assignments, Features},
};

/// What a profile says of each segment.
///
/// # Example
///
/// ```
/// use custometry::data::{
///     Assignments, Categories, Features, MissingValues, Segment, SegmentId, date_of_day,
/// };
/// use custometry::segmentation::ProfileParams;
///
/// let columns: &[(&str, &[f64])] = &[
///     ("recency", &[30.0, 60.0, 40.0, 35.0, f64::NAN, 50.0]),
///     ("spend", &[500.0, 700.0, 20.0, 30.0, 50.0, 20.0]),
/// ];
/// let channel = Categories::new(&["web", "shop", "web", "web", "web", "shop"])?;
/// let features =
///     Features::from_columns(columns, MissingValues::Keep)?.with_categories("channel", channel)?;
/// let segments = ["big", "small", "nobody"].iter().zip(1..);
/// let segments = segments.map(|(name, id)| Segment { id: SegmentId(id), name: (*name).into() });
/// let rows = [1, 1, 2, 2, 2, 2].map(|id| Some(SegmentId(id))).to_vec();
/// let day = date_of_day(0).unwrap();
/// let assignments = Assignments::new("size v1", day, segments.collect(), rows)?;
///
/// let profiles = ProfileParams::default().money("spend").profile(&features, &assignments)?;
/// let big = profiles.segment(SegmentId(1)).unwrap();
/// assert_eq!((big.customers, big.name.as_str()), (2, "big"));
/// let spend = big.numeric("spend").unwrap();
/// assert_eq!(spend.summary.mean, Some(600.0));
/// assert!((spend.index.unwrap() - 272.727).abs() < 1e-3);
/// assert!((big.revenue_share.unwrap() - 1200.0 / 1320.0).abs() < 1e-15);
/// assert_eq!(big.distinguishing[0].feature(), "spend");
/// assert!(big.distinguishing[0].standardised_difference() > 1.2);
/// assert_eq!(big.category("channel").unwrap().levels[1].lift, Some(1.5));
///
/// // The row with a missing recency is not the typical one.
/// let small = profiles.segment(SegmentId(2)).unwrap();
/// assert_eq!(small.numeric("recency").unwrap().summary.missing, 1);
/// assert_eq!(small.exemplars[0].row, 2);
/// assert_eq!(profiles.segment(SegmentId(3)).unwrap().numeric[0].summary.mean, None);
/// assert!(profiles.variance[1].eta_squared.unwrap() > 0.9);
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ProfileParams {
    quantiles: Vec<f64>,
    pub(super) distinguishing: usize,
    pub(super) exemplars: usize,
    money: Option<String>,
}

impl Default for ProfileParams {
    /// Quantiles at .05, .25, .5, .75 and .95, three distinguishing features, three exemplars.
    fn default() -> Self {
        Self {
            quantiles: vec![0.05, 0.25, 0.5, 0.75, 0.95],
            distinguishing: 3,
            exemplars: 3,
            money: None,
        }
    }
}

/// What a profile may use beside the features.
///
/// # Example
///
/// ```
/// use custometry::data::{Assignments, Features, MissingValues, Segment, SegmentId, date_of_day};
/// use custometry::segmentation::{ProfileInputs, ProfileParams};
///
/// let features = Features::from_columns(&[("age", &[20.0, 30.0, 70.0])], MissingValues::Refuse)?;
/// let prepared = Features::from_columns(&[("z", &[-1.0, 0.0, 0.1])], MissingValues::Refuse)?;
/// let all = vec![Segment { id: SegmentId(1), name: "all".into() }];
/// let rows = vec![Some(SegmentId(1)); 3];
/// let assignments = Assignments::new("v1", date_of_day(0).unwrap(), all, rows)?;
///
/// let inputs = ProfileInputs::default().revenue(&[5.0, 1.0, 2.0]).exemplars_in(&prepared);
/// let profiles = ProfileParams::default().profile_with(&features, &assignments, inputs)?;
/// assert_eq!(profiles.population.revenue, Some(8.0));
/// assert_eq!(profiles.segments[0].exemplars[1].row, 2);
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Debug, Clone, Copy, Default)]
pub struct ProfileInputs<'a> {
    revenue: Option<&'a [f64]>,
    space: Option<&'a Features>,
}

impl<'a> ProfileInputs<'a> {
    /// The revenue of each customer, in the order of the rows, for shares of revenue.
    ///
    /// # Example
    ///
    /// See [`ProfileInputs`].
    pub fn revenue(mut self, of_rows: &'a [f64]) -> Self {
        self.revenue = Some(of_rows);
        self
    }

    /// Features of the same rows in which exemplars are looked for, as they are: the prepared
    /// ones that segments were found in. Their weights are not used.
    ///
    /// # Example
    ///
    /// See [`ProfileInputs`].
    pub fn exemplars_in(mut self, features: &'a Features) -> Self {
        self.space = Some(features);
        self
    }
}

impl ProfileParams {
    /// The shares at which quantiles are taken, each from 0 to 1.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::segmentation::ProfileParams;
    /// assert_ne!(ProfileParams::default().quantiles(&[0.1, 0.9]), ProfileParams::default());
    /// ```
    pub fn quantiles(mut self, shares: &[f64]) -> Self {
        self.quantiles = shares.to_vec();
        self
    }

    /// How many distinguishing features are told of each segment.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::segmentation::ProfileParams;
    /// assert_eq!(ProfileParams::default().distinguishing(3), ProfileParams::default());
    /// ```
    pub fn distinguishing(mut self, most: usize) -> Self {
        self.distinguishing = most;
        self
    }

    /// How many exemplars are told of each segment.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::segmentation::ProfileParams;
    /// assert_eq!(ProfileParams::default().exemplars(3), ProfileParams::default());
    /// ```
    pub fn exemplars(mut self, most: usize) -> Self {
        self.exemplars = most;
        self
    }

    /// The numeric feature that is revenue, for shares of revenue; a missing value counts as 0.
    ///
    /// # Example
    ///
    /// See [`ProfileParams`].
    pub fn money(mut self, column: &str) -> Self {
        self.money = Some(column.to_owned());
        self
    }

    /// Profiles segments on features in their own units; they may have missing values, categories
    /// and weights.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`] for a quantile outside 0 to 1 and for a money column that is
    /// not there; [`Error::LengthMismatch`] unless there is an assignment for each row;
    /// [`Error::InvalidValue`] for a value beyond 1e300; [`Error::NotEnoughData`] without a row;
    /// [`Error::Overflow`] if weights or revenue add up to more than there are numbers.
    ///
    /// # Example
    ///
    /// See [`ProfileParams`].
    pub fn profile(&self, features: &Features, assignments: &Assignments) -> Result<Profiles> {
        self.profile_with(features, assignments, ProfileInputs::default())
    }

    /// As [`profile`](Self::profile), with what is not among the features.
    ///
    /// # Errors
    ///
    /// As there, also for the inputs; [`Error::InvalidParameter`] if revenue is given twice.
    ///
    /// # Example
    ///
    /// See [`ProfileInputs`].
    pub fn profile_with(
        &self,
        features: &Features,
        assignments: &Assignments,
        inputs: ProfileInputs<'_>,
    ) -> Result<Profiles> {
        for &share in &self.quantiles {
            if !(0.0..=1.0).contains(&share) {
                return Err(Error::parameter("quantile", share, "a share from 0 to 1"));
            }
        }
        let groups = Groups::new(features, assignments)?;
        check_size(features)?;
        let revenue = self.revenue_by_group(features, &groups, inputs.revenue)?;
        if let Some(space) = inputs.space {
            Error::check_length("exemplars_in", features.len(), space.len())?;
            check_size(space)?;
        }

        let mut shares = self.quantiles.clone();
        shares.extend([0.5, 0.25, 0.75]);
        let work = Work {
            asked: &self.quantiles,
            columns: moments(features, &groups),
            quantiles: quantiles(features, &groups, &shares),
            tables: tables(features, &groups),
            groups,
            features,
            revenue,
        };
        Ok(work.profiles(assignments, self, inputs.space))
    }

    /// The revenue of each group, if the profile was told of any.
    fn revenue_by_group(
        &self,
        features: &Features,
        groups: &Groups<'_>,
        given: Option<&[f64]>,
    ) -> Result<Option<Vec<f64>>> {
        let values: Vec<f64> = match (given, &self.money) {
            (None, None) => return Ok(None),
            (Some(_), Some(column)) => {
                let expected = "revenue from a column or as an input, not both";
                return Err(Error::parameter("money", column, expected));
            }
            (Some(given), None) => {
                Error::check_length("revenue", features.len(), given.len())?;
                if let Some(row) = given.iter().position(|value| !value.is_finite()) {
                    let reason = format!("{} is not an amount of money", given[row]);
                    return Err(Error::value("revenue", row, reason));
                }
                given.to_vec()
            }
            (None, Some(column)) => {
                let Some(values) = features.column(column) else {
                    let expected = "the name of a numeric feature";
                    return Err(Error::parameter("money", column, expected));
                };
                let known = |&value: &f64| if value.is_nan() { 0.0 } else { value };
                values.iter().map(known).collect()
            }
        };
        let mut sums = vec![0.0; groups.count];
        for (row, value) in values.into_iter().enumerate() {
            if let Some(group) = groups.of(row) {
                sums[group] += value * groups.weight(row);
            }
        }
        if !sums.iter().sum::<f64>().is_finite() {
            let what = "revenue adds up to more than 1.8e308; use a larger unit".into();
            return Err(Error::Overflow { what });
        }
        Ok(Some(sums))
    }
}
