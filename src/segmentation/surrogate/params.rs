//! How to grow a surrogate tree.

use serde::{Deserialize, Serialize};

use super::{grow::grow, model::Surrogate, split::Weighing};
use crate::{
    Error, Result,
    data::{Assignments, Features},
};

/// How to fit a surrogate tree.
///
/// # Example
///
/// ```
/// use custometry::data::{Assignments, Features, MissingValues, Segment, SegmentId, date_of_day};
/// use custometry::segmentation::SurrogateParams;
///
/// let columns: &[(&str, &[f64])] = &[
///     ("recency", &[5.0, 300.0, 9.0, 310.0, 20.0, 280.0]),
///     ("spend", &[900.0, 950.0, 800.0, 20.0, 30.0, 10.0]),
/// ];
/// let features = Features::from_columns(columns, MissingValues::Refuse)?;
/// let names = ["regulars", "lost whales", "small"];
/// let segment = |(id, name): (u32, &str)| Segment { id: SegmentId(id), name: name.into() };
/// let segments = (1..).zip(names).map(segment).collect();
/// let rows = [1, 2, 1, 3, 3, 3].map(|id| Some(SegmentId(id))).to_vec();
/// let assignments = Assignments::new("v1", date_of_day(0).unwrap(), segments, rows)?;
///
/// let tree = SurrogateParams::default().fit(&features, &assignments)?;
/// assert_eq!(tree.fidelity(), 1.0);
/// let leaves: Vec<String> = tree.leaves().iter().map(ToString::to_string).collect();
/// assert_eq!(leaves[0], "small: spend below 415");
/// assert_eq!(leaves[1], "regulars: spend at least 415 and recency below 154.5");
/// assert_eq!(tree.assign(&features)?[1], Some(SegmentId(2)));
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SurrogateParams {
    max_leaves: Option<usize>,
    min_leaf: f64,
}

impl Default for SurrogateParams {
    /// Twice as many leaves as there are segments with somebody in them, each with at least 1 % of
    /// the customers.
    fn default() -> Self {
        Self {
            max_leaves: None,
            min_leaf: 0.01,
        }
    }
}

/// Whole numbers of customers up to here are told apart, with a share taken of them.
const SLACK: f64 = 1.0 - 1e-12;

impl SurrogateParams {
    /// The most leaves, 1 or more.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::segmentation::SurrogateParams;
    /// assert_ne!(SurrogateParams::default().max_leaves(3), SurrogateParams::default());
    /// ```
    pub fn max_leaves(mut self, most: usize) -> Self {
        self.max_leaves = Some(most);
        self
    }

    /// The least share of the customers in a leaf, from 0 to below 1.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::segmentation::SurrogateParams;
    /// assert_eq!(SurrogateParams::default().min_leaf(0.01), SurrogateParams::default());
    /// ```
    pub fn min_leaf(mut self, share: f64) -> Self {
        self.min_leaf = share;
        self
    }

    /// Grows a tree on features in their own units; they may have missing values, categories and
    /// weights. Customers without a segment or with weight 0 take no part.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`] for no leaf or a share outside its range and for features
    /// without a column; [`Error::LengthMismatch`] unless there is an assignment for each row;
    /// [`Error::NotEnoughData`] if nobody has a segment; [`Error::Overflow`] for more than
    /// 2^32 - 1 rows and for weights that add up to more than 1.8e308.
    ///
    /// # Example
    ///
    /// See [`SurrogateParams`].
    pub fn fit(&self, features: &Features, assignments: &Assignments) -> Result<Surrogate> {
        if self.max_leaves == Some(0) {
            return Err(Error::parameter("max_leaves", 0, "1 or more"));
        }
        if !(0.0..1.0).contains(&self.min_leaf) {
            let expected = "a share from 0 to below 1";
            return Err(Error::parameter("min_leaf", self.min_leaf, expected));
        }
        Error::check_length("assignments", features.len(), assignments.len())?;
        if features.names().is_empty() && features.category_names().len() == 0 {
            return Err(Error::parameter("features", "empty", "at least one column"));
        }
        let many = |what: &'static str| Error::Overflow { what: what.into() };
        if u32::try_from(features.len()).is_err() {
            return Err(many("more than 2^32 - 1 rows; take a sample"));
        }

        let counts = |row: usize| features.weights().is_none_or(|all| all[row] > 0.0);
        // Every place fits, since Assignments hold it in 32 bits.
        let class = |row: usize| {
            let place = assignments.place(row).filter(|_| counts(row))?;
            u32::try_from(place).ok()
        };
        let classes: Vec<Option<u32>> = (0..features.len()).map(class).collect();
        let weight = |row: usize| features.weights().map_or(1.0, |all| all[row]);
        let known = |row: &usize| classes[*row].is_some();
        let total: f64 = (0..features.len()).filter(known).map(weight).sum();
        if !total.is_finite() {
            return Err(many(
                "weights add up to more than 1.8e308; make them smaller",
            ));
        }
        if classes.iter().all(Option::is_none) {
            return Err(Error::NotEnoughData {
                what: "customers with a segment".into(),
                needed: 1,
                found: 0,
            });
        }
        let mut inhabited = vec![false; assignments.segments().len()];
        for class in classes.iter().flatten() {
            inhabited[*class as usize] = true;
        }
        let segments = inhabited.iter().filter(|&&is| is).count();

        // A power of two, so that whole weights stay as exact as they are.
        let unit = f64::from_bits(total.to_bits() & (0x7ff << 52)).max(f64::MIN_POSITIVE);
        let scaled: Option<Vec<f64>> = features
            .weights()
            .map(|all| all.iter().map(|weight| weight / unit).collect());
        let unit = if scaled.is_some() { unit } else { 1.0 };
        let total = total / unit;
        let weighing = Weighing {
            weights: scaled.as_deref(),
            classes: inhabited.len(),
            least: self.min_leaf * total * SLACK,
            total,
        };
        let most = self.max_leaves.unwrap_or(2 * segments);
        let grown = grow(features, &classes, &weighing, most);
        Ok(Surrogate::of(
            features,
            assignments.segments(),
            &grown,
            unit,
        ))
    }
}
