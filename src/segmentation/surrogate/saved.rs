//! How a tree is saved, and what is checked when it is read.

use serde::{Deserialize, Serialize};

use super::{
    model::Surrogate,
    tree::{Node, Question},
};
use crate::{Error, Result, data::Segment, persist};

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Fields {
    segments: Vec<Segment>,
    nodes: Vec<Node>,
}

impl From<Surrogate> for Fields {
    fn from(tree: Surrogate) -> Self {
        Self {
            segments: tree.segments,
            nodes: tree.nodes,
        }
    }
}

impl TryFrom<Fields> for Surrogate {
    type Error = Error;
    fn try_from(fields: Fields) -> Result<Self> {
        let Fields { segments, nodes } = fields;
        for (at, segment) in segments.iter().enumerate() {
            if let Some(first) = segments[..at]
                .iter()
                .position(|known| known.id == segment.id)
            {
                return Err(Error::DuplicateKey {
                    key: format!("segment {}", segment.id.0).into(),
                    first_row: first,
                    row: at,
                });
            }
        }
        // Each node but the root is the child of one node before it.
        let mut parents = vec![0usize; nodes.len()];
        let mut total = 0.0;
        for (at, node) in nodes.iter().enumerate() {
            let refused = |reason: &str| Err(Error::value("nodes", at, reason));
            match node {
                Node::Split {
                    question,
                    left,
                    right,
                } => {
                    for child in [*left, *right] {
                        if child <= at || child >= nodes.len() {
                            return refused("a child is not one of the nodes behind it");
                        }
                        parents[child] += 1;
                    }
                    if let Question::Below { threshold, .. } = question
                        && !threshold.is_finite()
                    {
                        return refused("the threshold is not a finite number");
                    }
                }
                Node::Leaf { weights, .. } => {
                    let good = |weight: &f64| *weight >= 0.0 && weight.is_finite();
                    let weight: f64 = weights.iter().sum();
                    if weights.len() != segments.len() || !weights.iter().all(good) || weight <= 0.0
                    {
                        return refused("a leaf has a weight for each segment, one above 0");
                    }
                    total += weight;
                }
            }
        }
        if !(total > 0.0 && f64::is_finite(total)) {
            return Err(Error::value(
                "nodes",
                0,
                "the weights have no finite sum above 0",
            ));
        }
        let wrong = (parents.iter().enumerate()).find(|&(at, &times)| times != usize::from(at > 0));
        if let Some((at, _)) = wrong {
            return Err(Error::value(
                "nodes",
                at,
                "not the child of exactly one node",
            ));
        }
        Ok(Self { segments, nodes })
    }
}

impl persist::sealed::Sealed for Surrogate {}
impl persist::Persist for Surrogate {
    const FORMAT: &'static str = "custometry/surrogate";
    const VERSION: u32 = 1;
}
