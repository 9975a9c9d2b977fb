//! The fitted prototypes.

use ndarray::ArrayView2;
use serde::{Deserialize, Serialize};

use super::{
    check_gamma,
    fit::{Prototypes, Run, nearest},
    rows::{LANES, Levels, Rows},
};
use crate::{
    Error, Result,
    data::Features,
    numeric::first_where,
    persist,
    segmentation::placed::{NOWHERE, Placed},
};

/// Fitted prototypes of k-prototypes: the means and modes that new rows are placed by.
///
/// # Example
///
/// ```
/// use custometry::{data::{Categories, Features, MissingValues}, persist,
///                  segmentation::{KPrototypes, KPrototypesParams}};
///
/// let columns: &[(&str, &[f64])] = &[("visits", &[1.0, 2.0, 9.0, 10.0])];
/// let features = Features::from_columns(columns, MissingValues::Refuse)?
///     .with_categories("region", Categories::new(&["north", "north", "south", ""])?)?;
/// let model = KPrototypesParams::new(2).fit(&features)?;
/// assert_eq!(model.sizes(), [2.0, 2.0]);
///
/// let read = persist::from_json::<KPrototypes>(&persist::to_json(&model)?)?;
/// assert_eq!(read.assign(&features)?, model.assign(&features)?);
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Fields", into = "Fields")]
pub struct KPrototypes {
    levels: Levels,
    prototypes: Prototypes,
    sizes: Vec<f64>,
    cost: f64,
    iterations: usize,
    converged: bool,
}

impl KPrototypes {
    pub(super) fn new(levels: Levels, run: Run) -> Self {
        Self {
            levels,
            prototypes: run.prototypes,
            sizes: run.sizes,
            cost: run.cost,
            iterations: run.iterations,
            converged: run.converged,
        }
    }

    /// The number of clusters.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::{data::{Categories, Features, MissingValues}, segmentation::KPrototypesParams};
    /// # let columns: &[(&str, &[f64])] = &[("visits", &[1.0, 2.0, 9.0, 10.0])];
    /// # let features = Features::from_columns(columns, MissingValues::Refuse)?
    /// #     .with_categories("region", Categories::new(&["north", "north", "south", ""])?)?;
    /// let model = KPrototypesParams::new(2).fit(&features)?;
    /// assert_eq!(model.clusters(), 2);
    /// assert_eq!(model.columns().collect::<Vec<_>>(), ["visits", "region"]);
    /// assert_eq!(model.centres().shape(), [2, 1]);
    /// let first = model.assign(&features)?[0];
    /// assert_eq!(model.centres()[(first as usize, 0)], 1.5);
    /// assert_eq!(model.modes(first), Some(vec![Some("north")]));
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn clusters(&self) -> usize {
        self.prototypes.clusters
    }

    /// The names of the columns, numeric ones first, in the order of the fit.
    ///
    /// # Example
    ///
    /// See [`clusters`](Self::clusters).
    pub fn columns(&self) -> impl Iterator<Item = &str> {
        self.levels.names()
    }

    /// The means, clusters by numeric columns.
    ///
    /// # Example
    ///
    /// See [`clusters`](Self::clusters).
    pub fn centres(&self) -> ArrayView2<'_, f64> {
        let shape = (self.prototypes.clusters, self.prototypes.numeric);
        // The lengths were checked when the prototypes were made.
        ArrayView2::from_shape(shape, &self.prototypes.centres)
            .unwrap_or_else(|_| ArrayView2::from(&[[]]))
    }

    /// The modes of a cluster, one for each column of categories; `None` within for "no label".
    /// `None` if there is no such cluster.
    ///
    /// # Example
    ///
    /// See [`clusters`](Self::clusters).
    pub fn modes(&self, cluster: u32) -> Option<Vec<Option<&str>>> {
        let cluster = cluster as usize;
        let modes = (cluster < self.clusters()).then(|| self.prototypes.mode(cluster))?;
        let label = |(column, &code): (usize, &u32)| self.levels.label(column, code);
        Some(modes.iter().enumerate().map(label).collect())
    }

    /// The weight of the rows of each cluster at the fit: their number, if rows have no weights.
    ///
    /// # Example
    ///
    /// See [`KPrototypes`].
    pub fn sizes(&self) -> &[f64] {
        &self.sizes
    }

    /// What a label that is not the mode costs; see [`MismatchWeight`](super::MismatchWeight).
    ///
    /// # Example
    ///
    /// See [`MismatchWeight`](super::MismatchWeight).
    pub fn gamma(&self) -> f64 {
        self.prototypes.gamma
    }

    /// The cost of the fit: squared distances to the means and γ for each label that is not the
    /// mode, over all rows by weight.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::{data::{Features, MissingValues}, segmentation::KPrototypesParams};
    /// # let two = Features::from_columns(&[("a", &[0.0, 4.0])], MissingValues::Refuse)?;
    /// assert_eq!(KPrototypesParams::new(1).fit(&two)?.cost(), 8.0);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn cost(&self) -> f64 {
        self.cost
    }

    /// The iterations of the run that was kept.
    ///
    /// # Example
    ///
    /// See [`KPrototypesParams::max_iterations`](super::KPrototypesParams::max_iterations).
    pub fn iterations(&self) -> usize {
        self.iterations
    }

    /// Whether that run ended because its cost could fall no further, and not because it met the
    /// most iterations.
    ///
    /// # Example
    ///
    /// See [`KPrototypesParams::max_iterations`](super::KPrototypesParams::max_iterations).
    pub fn converged(&self) -> bool {
        self.converged
    }

    /// The cluster of each row: the nearest prototype, the first among equals.
    ///
    /// # Errors
    ///
    /// [`Error::VersionMismatch`] unless the features have the columns of the fit, in its order;
    /// [`Error::InvalidValue`] for a missing number, and for one so large that the row's distance
    /// to every prototype is beyond the numbers there are.
    ///
    /// # Example
    ///
    /// See [`KPrototypes`].
    pub fn assign(&self, features: &Features) -> Result<Vec<u32>> {
        let rows = Rows::all(features, &self.levels)?;
        let found = nearest(&rows, &self.prototypes);
        self.check_costs(features, &found.cost)?;
        Ok(found.cluster)
    }

    /// What each column adds to the dissimilarity of a row to a cluster, in the order of
    /// [`columns`](Self::columns): squared differences of numbers, and γ or 0 for labels. Added up
    /// in this order they are the dissimilarity that rows are placed by, bit for bit.
    ///
    /// # Errors
    ///
    /// As [`assign`](Self::assign), and [`Error::InvalidParameter`] for a row or a cluster that
    /// does not exist.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::{data::{Categories, Features, MissingValues}, segmentation::*};
    /// # let columns: &[(&str, &[f64])] = &[("visits", &[1.0, 2.0, 9.0, 10.0])];
    /// # let features = Features::from_columns(columns, MissingValues::Refuse)?
    /// #     .with_categories("region", Categories::new(&["north", "north", "south", ""])?)?;
    /// let model = KPrototypesParams::new(2).gamma(MismatchWeight::Value(3.0)).fit(&features)?;
    /// let mine = model.assign(&features)?[0];
    /// assert_eq!(model.contributions(&features, 0, mine)?, [0.25, 0.0]);
    /// assert_eq!(model.contributions(&features, 0, 1 - mine)?, [72.25, 3.0]);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn contributions(&self, features: &Features, row: usize, cluster: u32) -> Result<Vec<f64>> {
        if row >= features.len() {
            let expected = format!("a row below {}", features.len());
            return Err(Error::parameter("row", row, expected));
        }
        if cluster as usize >= self.clusters() {
            let expected = format!("a cluster below {}", self.clusters());
            return Err(Error::parameter("cluster", cluster, expected));
        }
        let rows = Rows::one(features, &self.levels, row)?;
        let terms = rows.terms(0, &self.prototypes, cluster as usize);
        self.check_cost(features, row, terms.iter().sum())?;
        Ok(terms)
    }

    /// Where rows go, what that costs, and the next best.
    pub(in crate::segmentation) fn place(&self, features: &Features) -> Result<Placed> {
        let rows = Rows::all(features, &self.levels)?;
        let parts = rows.map_tiles(
            #[inline(always)]
            |tiles| {
                let mut found = Vec::with_capacity(tiles.len());
                for tile in tiles {
                    let mut best = [(f64::INFINITY, NOWHERE); LANES];
                    let mut second = best;
                    for (number, at) in (0u32..).zip(0..self.prototypes.clusters) {
                        let cost = rows.dissimilarity(tile, &self.prototypes, at);
                        for lane in 0..LANES {
                            let this = (cost[lane], number);
                            if this.0 < best[lane].0 {
                                second[lane] = best[lane];
                                best[lane] = this;
                            } else if this.0 < second[lane].0 {
                                second[lane] = this;
                            }
                        }
                    }
                    found.push((best, second));
                }
                found
            },
        );
        let mut placed = Placed::default();
        let lanes = parts.into_iter().flatten();
        for (best, second) in lanes.flat_map(|(best, second)| best.into_iter().zip(second)) {
            placed.cost.push(best.0);
            placed.cluster.push(best.1);
            placed.runner_up_cost.push(second.0);
            placed.runner_up.push(second.1);
        }
        placed.cost.truncate(rows.len());
        placed.cluster.truncate(rows.len());
        placed.runner_up_cost.truncate(rows.len());
        placed.runner_up.truncate(rows.len());
        self.check_costs(features, &placed.cost)?;
        Ok(placed)
    }

    fn check_costs(&self, features: &Features, costs: &[f64]) -> Result<()> {
        match first_where(costs, |cost| cost.is_infinite()) {
            Some(row) => self.check_cost(features, row, costs[row]),
            None => Ok(()),
        }
    }

    /// `Ok` if a row has a finite cost; else its largest number is to blame.
    fn check_cost(&self, features: &Features, row: usize, cost: f64) -> Result<()> {
        if cost.is_finite() {
            return Ok(());
        }
        let line = features.view();
        let mut largest = 0;
        for at in 1..self.levels.numeric.len() {
            if line[(row, at)].abs() > line[(row, largest)].abs() {
                largest = at;
            }
        }
        let reason = format!(
            "{} is too far from every prototype for a distance; mend or leave out the row",
            line[(row, largest)]
        );
        Err(Error::value(&self.levels.numeric[largest], row, reason))
    }
}

/// How prototypes are saved.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Fields {
    numeric: Vec<String>,
    categories: Vec<(String, Vec<String>)>,
    centres: Vec<f64>,
    modes: Vec<u32>,
    gamma: f64,
    sizes: Vec<f64>,
    cost: f64,
    iterations: usize,
    converged: bool,
}

impl From<KPrototypes> for Fields {
    fn from(model: KPrototypes) -> Self {
        Self {
            numeric: model.levels.numeric,
            categories: model.levels.categories,
            centres: model.prototypes.centres,
            modes: model.prototypes.modes,
            gamma: model.prototypes.gamma,
            sizes: model.sizes,
            cost: model.cost,
            iterations: model.iterations,
            converged: model.converged,
        }
    }
}

impl TryFrom<Fields> for KPrototypes {
    type Error = Error;
    fn try_from(fields: Fields) -> Result<Self> {
        let levels = Levels {
            numeric: fields.numeric,
            categories: fields.categories,
        };
        let (clusters, numeric, categorical) = (
            fields.sizes.len(),
            levels.numeric.len(),
            levels.categories.len(),
        );
        if clusters == 0 || u32::try_from(clusters).is_err() || numeric + categorical == 0 {
            let what = "clusters and columns".into();
            let found = clusters.min(numeric + categorical);
            return Err(Error::NotEnoughData {
                what,
                needed: 1,
                found,
            });
        }
        Error::check_length("centres", clusters * numeric, fields.centres.len())?;
        Error::check_length("modes", clusters * categorical, fields.modes.len())?;
        check_gamma(fields.gamma)?;
        let ascending = |labels: &[String]| labels.windows(2).all(|pair| pair[0] < pair[1]);
        for (name, labels) in &levels.categories {
            if !ascending(labels) {
                return Err(Error::value(
                    name,
                    0,
                    "labels are not in order of their bytes",
                ));
            }
        }
        for (at, &code) in fields.modes.iter().enumerate() {
            let (_, labels) = &levels.categories[at % categorical];
            if code as usize > labels.len() {
                return Err(Error::value("modes", at, format!("{code} is not a label")));
            }
        }
        let finite = |name, values: &[f64]| match values.iter().position(|x| !x.is_finite()) {
            Some(at) => Err(Error::value(
                name,
                at,
                format!("{} is not finite", values[at]),
            )),
            None => Ok(()),
        };
        finite("centres", &fields.centres)?;
        finite("sizes", &fields.sizes)?;
        if let Some(at) = fields.sizes.iter().position(|&size| size <= 0.0) {
            return Err(Error::value("sizes", at, "a cluster has rows"));
        }
        // Written so that NaN fails as well.
        if !(fields.cost >= 0.0 && fields.cost.is_finite()) {
            return Err(Error::parameter(
                "cost",
                fields.cost,
                "a finite number of 0 or more",
            ));
        }
        Ok(Self {
            levels,
            prototypes: Prototypes {
                clusters,
                numeric,
                categorical,
                centres: fields.centres,
                modes: fields.modes,
                gamma: fields.gamma,
            },
            sizes: fields.sizes,
            cost: fields.cost,
            iterations: fields.iterations,
            converged: fields.converged,
        })
    }
}

impl persist::sealed::Sealed for KPrototypes {}
impl persist::Persist for KPrototypes {
    const FORMAT: &'static str = "custometry/k-prototypes";
    const VERSION: u32 = 1;
}
