//! The fitted tree.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{
    condition::SurrogateCondition,
    grow::Grown,
    saved::Fields,
    tree::{Node, Walk, heaviest, kept},
};
use crate::{
    Error, Result,
    data::{Features, Segment, SegmentId},
    numeric::map_chunks,
};

/// Rows that one piece of work assigns.
const CHUNK: usize = 1 << 14;

/// Segments as a few conditions on the features, and how faithful that is.
///
/// # Example
///
/// See [`SurrogateParams`](super::SurrogateParams).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Fields", into = "Fields")]
pub struct Surrogate {
    pub(super) segments: Vec<Segment>,
    pub(super) nodes: Vec<Node>,
}

/// A leaf: who is meant, and by which conditions.
///
/// # Example
///
/// See [`SurrogateParams`](super::SurrogateParams).
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct SurrogateLeaf {
    /// The segment that the leaf stands for.
    pub segment: Segment,
    /// Customers of the fit in it.
    pub customers: usize,
    /// Their weight.
    pub weight: f64,
    /// As a share of the weight of all who took part.
    pub share: f64,
    /// The share of its weight that is of its segment.
    pub purity: f64,
    /// One condition for each feature it asks about, in the order they are asked; all must hold.
    pub conditions: Vec<SurrogateCondition>,
}

impl fmt::Display for SurrogateLeaf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.segment.name)?;
        for (at, condition) in self.conditions.iter().enumerate() {
            let before = if at == 0 { "" } else { " and " };
            write!(f, "{before}{condition}")?;
        }
        if self.conditions.is_empty() {
            f.write_str("everybody")?;
        }
        Ok(())
    }
}

/// How well the tree knows a segment.
///
/// # Example
///
/// See [`Surrogate::by_segment`].
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct SegmentFidelity {
    /// The segment.
    pub id: SegmentId,
    /// Its weight.
    pub weight: f64,
    /// Of those whom the tree puts into it, the share that is of it; `None` for nobody.
    pub precision: Option<f64>,
    /// Of those who are of it, the share that the tree puts into it; `None` for nobody.
    pub recall: Option<f64>,
}

/// Why the tree puts a customer where it does.
///
/// # Example
///
/// See [`Surrogate::explain_one`].
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct SurrogateExplanation {
    /// The number of the leaf among [`Surrogate::leaves`].
    pub number: usize,
    /// The leaf, with the conditions that the customer meets.
    pub leaf: SurrogateLeaf,
}

impl Surrogate {
    pub(super) fn of(
        features: &Features,
        segments: &[Segment],
        grown: &[Grown],
        unit: f64,
    ) -> Self {
        Self {
            segments: segments.to_vec(),
            nodes: kept(features, grown, unit),
        }
    }

    /// The weights of the segments in each leaf.
    fn leaf_weights(&self) -> impl Iterator<Item = &[f64]> {
        self.nodes.iter().filter_map(|node| match node {
            Node::Leaf { weights, .. } => Some(weights.as_slice()),
            Node::Split { .. } => None,
        })
    }

    fn total(&self) -> f64 {
        self.leaf_weights().flatten().sum()
    }

    /// The share of the customers of the fit, by weight, whom the tree puts into their segment.
    ///
    /// # Example
    ///
    /// See [`SurrogateParams`](super::SurrogateParams).
    pub fn fidelity(&self) -> f64 {
        let right = |weights: &[f64]| weights[heaviest(weights)];
        self.leaf_weights().map(right).sum::<f64>() / self.total()
    }

    /// How well the tree knows each segment, in their order.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::data::{Assignments, Features, MissingValues, Segment, SegmentId, date_of_day};
    /// # use custometry::segmentation::SurrogateParams;
    /// let features = Features::from_columns(&[("x", &[1.0, 2.0, 2.0, 3.0])], MissingValues::Refuse)?;
    /// let segments = [1, 2].map(|id| Segment { id: SegmentId(id), name: format!("s{id}") }).to_vec();
    /// let rows = [1, 1, 2, 2].map(|id| Some(SegmentId(id))).to_vec();
    /// let assignments = Assignments::new("v1", date_of_day(0).unwrap(), segments, rows)?;
    /// let tree = SurrogateParams::default().max_leaves(2).fit(&features, &assignments)?;
    /// let known = tree.by_segment();
    /// assert_eq!((known[0].precision, known[0].recall), (Some(1.0), Some(0.5)));
    /// assert_eq!((known[1].precision, known[1].recall), (Some(2.0 / 3.0), Some(1.0)));
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn by_segment(&self) -> Vec<SegmentFidelity> {
        let fidelity = |(place, segment): (usize, &Segment)| {
            let (mut own, mut put, mut right) = (0.0, 0.0, 0.0);
            for weights in self.leaf_weights() {
                own += weights[place];
                if heaviest(weights) == place {
                    put += weights.iter().sum::<f64>();
                    right += weights[place];
                }
            }
            SegmentFidelity {
                id: segment.id,
                weight: own,
                precision: (put > 0.0).then(|| right / put),
                recall: (own > 0.0).then(|| right / own),
            }
        };
        self.segments.iter().enumerate().map(fidelity).collect()
    }

    /// The leaves, those that meet the first condition of the tree first.
    ///
    /// # Example
    ///
    /// See [`SurrogateParams`](super::SurrogateParams).
    pub fn leaves(&self) -> Vec<SurrogateLeaf> {
        let found = self.numbered_leaves();
        found.into_iter().map(|(_, leaf)| leaf).collect()
    }

    /// The leaves with the numbers of their nodes.
    fn numbered_leaves(&self) -> Vec<(usize, SurrogateLeaf)> {
        let total = self.total();
        let mut leaves = Vec::new();
        let mut ahead: Vec<(usize, Vec<SurrogateCondition>)> = vec![(0, Vec::new())];
        while let Some((at, path)) = ahead.pop() {
            match &self.nodes[at] {
                Node::Split {
                    question,
                    left,
                    right,
                } => {
                    let [yes, no] = question.conditions();
                    for (child, condition) in [(*right, no), (*left, yes)] {
                        let mut longer = path.clone();
                        SurrogateCondition::join(&mut longer, condition);
                        ahead.push((child, longer));
                    }
                }
                Node::Leaf { customers, weights } => {
                    let (place, weight) = (heaviest(weights), weights.iter().sum::<f64>());
                    let leaf = SurrogateLeaf {
                        segment: self.segments[place].clone(),
                        customers: *customers,
                        weight,
                        share: weight / total,
                        purity: weights[place] / weight,
                        conditions: path,
                    };
                    leaves.push((at, leaf));
                }
            }
        }
        leaves
    }

    /// The segment of each row by the tree, never `None`, in the shape that
    /// [`Assignments::new`](crate::data::Assignments::new) takes. Only the columns that the tree
    /// asks about are needed, in any order.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`] if one of them is not there.
    ///
    /// # Example
    ///
    /// See [`SurrogateParams`](super::SurrogateParams).
    pub fn assign(&self, features: &Features) -> Result<Vec<Option<SegmentId>>> {
        let walk = Walk::new(&self.nodes, features)?;
        let ids: Vec<Option<SegmentId>> = (self.nodes.iter())
            .map(|node| match node {
                Node::Leaf { weights, .. } => Some(self.segments[heaviest(weights)].id),
                Node::Split { .. } => None,
            })
            .collect();
        let parts = map_chunks(features.len(), CHUNK, |rows| {
            rows.map(|row| ids[walk.leaf(row)]).collect::<Vec<_>>()
        });
        Ok(parts.concat())
    }

    /// Why the tree puts a row where it does.
    ///
    /// # Errors
    ///
    /// As [`assign`](Self::assign); [`Error::InvalidParameter`] if there is no such row.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::data::{Assignments, Features, MissingValues, Segment, SegmentId, date_of_day};
    /// # use custometry::segmentation::SurrogateParams;
    /// let features = Features::from_columns(&[("x", &[1.0, 2.0, 2.5, 3.0])], MissingValues::Refuse)?;
    /// let segments = [1, 2].map(|id| Segment { id: SegmentId(id), name: format!("s{id}") }).to_vec();
    /// let rows = [1, 1, 2, 2].map(|id| Some(SegmentId(id))).to_vec();
    /// let assignments = Assignments::new("v1", date_of_day(0).unwrap(), segments, rows)?;
    /// let tree = SurrogateParams::default().fit(&features, &assignments)?;
    /// let why = tree.explain_one(&features, 2)?;
    /// assert_eq!(why.leaf.to_string(), "s2: x at least 2.25");
    /// assert_eq!((why.number, why.leaf.purity), (1, 1.0));
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn explain_one(&self, features: &Features, row: usize) -> Result<SurrogateExplanation> {
        let no_row = || Error::parameter("row", row, format!("below {}", features.len()));
        if row >= features.len() {
            return Err(no_row());
        }
        let node = Walk::new(&self.nodes, features)?.leaf(row);
        let leaves = self.numbered_leaves().into_iter().enumerate();
        let mut own = leaves.filter(|(_, (at, _))| *at == node);
        let found = own
            .next()
            .map(|(number, (_, leaf))| SurrogateExplanation { number, leaf });
        found.ok_or_else(no_row)
    }
}
