//! The tree that is kept: questions and leaves.

use serde::{Deserialize, Serialize};

use super::{
    condition::{MissingValue, SurrogateCondition},
    grow::Grown,
    split::{Side, Test},
};
use crate::{
    Error, Result,
    data::{Categories, Features},
};

/// A node; the first is the root, children come behind their parents.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum Node {
    Split {
        question: Question,
        left: usize,
        right: usize,
    },
    Leaf {
        customers: usize,
        /// The weight of each segment in it.
        weights: Vec<f64>,
    },
}

/// What is asked of a row; yes goes left.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum Question {
    Below {
        feature: String,
        threshold: f64,
        /// Whether a missing value is a yes.
        missing: MissingGoes,
        /// Whether the feature had missing values at the fit.
        seen: MissingSeen,
    },
    Present {
        feature: String,
    },
    Label {
        feature: String,
        label: Option<String>,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum MissingGoes {
    Left,
    Right,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum MissingSeen {
    AtFit,
    Never,
}

/// The first place of the greatest weight.
pub(super) fn heaviest(weights: &[f64]) -> usize {
    let mut best = 0;
    for (at, weight) in weights.iter().enumerate() {
        if *weight > weights[best] {
            best = at;
        }
    }
    best
}

impl Question {
    fn new(split_test: Test, column: usize, features: &Features) -> Self {
        let numeric = features.names();
        match split_test {
            Test::Below { threshold, missing } => {
                let seen = features.view().column(column).iter().any(|x| x.is_nan());
                Self::Below {
                    feature: numeric[column].clone(),
                    threshold,
                    missing: match missing {
                        Side::Left => MissingGoes::Left,
                        Side::Right => MissingGoes::Right,
                    },
                    seen: if seen {
                        MissingSeen::AtFit
                    } else {
                        MissingSeen::Never
                    },
                }
            }
            Test::Present => Self::Present {
                feature: numeric[column].clone(),
            },
            Test::Label(code) => {
                let name = features.category_names().nth(column - numeric.len());
                let feature = name.unwrap_or_default().to_owned();
                let labels = features.categories(&feature);
                let label = labels.zip(code).and_then(|(column, code)| {
                    let label = column.labels().nth(code as usize)?;
                    Some(label.to_owned())
                });
                Self::Label { feature, label }
            }
        }
    }

    /// The conditions of the left side and of the right one.
    pub(super) fn conditions(&self) -> [SurrogateCondition; 2] {
        match self.clone() {
            Self::Below {
                feature,
                threshold,
                missing,
                seen,
            } => {
                let meets = |side| match (seen, missing == side) {
                    (MissingSeen::Never, _) => MissingValue::NeverSeen,
                    (MissingSeen::AtFit, true) => MissingValue::Meets,
                    (MissingSeen::AtFit, false) => MissingValue::Fails,
                };
                [
                    SurrogateCondition::Range {
                        feature: feature.clone(),
                        from: None,
                        below: Some(threshold),
                        missing: meets(MissingGoes::Left),
                    },
                    SurrogateCondition::Range {
                        feature,
                        from: Some(threshold),
                        below: None,
                        missing: meets(MissingGoes::Right),
                    },
                ]
            }
            Self::Present { feature } => [
                SurrogateCondition::Range {
                    feature: feature.clone(),
                    from: None,
                    below: None,
                    missing: MissingValue::Fails,
                },
                SurrogateCondition::Missing { feature },
            ],
            Self::Label { feature, label } => [
                SurrogateCondition::Is {
                    feature: feature.clone(),
                    label: label.clone(),
                },
                SurrogateCondition::NoneOf {
                    feature,
                    labels: vec![label],
                },
            ],
        }
    }

    /// The question with its column found.
    fn bind<'a>(&self, features: &'a Features) -> Result<Bound<'a>> {
        let absent = |feature: &str, expected: &'static str| {
            Error::parameter("features", format!("without {feature}"), expected)
        };
        let numeric = |feature: &String| {
            let found = features.names().iter().position(|name| name == feature);
            found.ok_or_else(|| absent(feature, "the numeric columns that the tree asks about"))
        };
        Ok(match self {
            Self::Below {
                feature,
                threshold,
                missing,
                ..
            } => Bound::Below {
                column: numeric(feature)?,
                threshold: *threshold,
                missing: *missing,
            },
            Self::Present { feature } => Bound::Present {
                column: numeric(feature)?,
            },
            Self::Label { feature, label } => {
                let expected = "the category columns that the tree asks about";
                let found = features.categories(feature);
                let column = found.ok_or_else(|| absent(feature, expected))?;
                let wanted = label.as_deref();
                let code = |wanted| column.labels().position(|label| label == wanted);
                let place = wanted.and_then(code).and_then(|at| u32::try_from(at).ok());
                match (wanted, place) {
                    // A label that these rows do not have.
                    (Some(_), None) => Bound::Never,
                    (_, code) => Bound::Label { column, code },
                }
            }
        })
    }
}

/// A question about the rows of one table.
enum Bound<'a> {
    Below {
        column: usize,
        threshold: f64,
        missing: MissingGoes,
    },
    Present {
        column: usize,
    },
    Label {
        column: &'a Categories,
        code: Option<u32>,
    },
    Never,
}

/// A tree over one table.
pub(super) struct Walk<'a> {
    nodes: &'a [Node],
    bound: Vec<Option<Bound<'a>>>,
    features: &'a Features,
}

impl<'a> Walk<'a> {
    pub(super) fn new(nodes: &'a [Node], features: &'a Features) -> Result<Self> {
        let bind = |node: &Node| match node {
            Node::Split { question, .. } => question.bind(features).map(Some),
            Node::Leaf { .. } => Ok(None),
        };
        Ok(Self {
            bound: nodes.iter().map(bind).collect::<Result<_>>()?,
            nodes,
            features,
        })
    }

    /// The node of the leaf of a row.
    pub(super) fn leaf(&self, row: usize) -> usize {
        let values = self.features.view();
        let mut at = 0;
        while let (Node::Split { left, right, .. }, Some(bound)) =
            (&self.nodes[at], &self.bound[at])
        {
            let yes = match bound {
                Bound::Below {
                    column,
                    threshold,
                    missing,
                } => {
                    let value = values[(row, *column)];
                    value < *threshold || (value.is_nan() && *missing == MissingGoes::Left)
                }
                Bound::Present { column } => !values[(row, *column)].is_nan(),
                Bound::Label { column, code } => column.code(row) == *code,
                Bound::Never => false,
            };
            at = if yes { *left } else { *right };
        }
        at
    }
}

/// The nodes to keep of a grown tree: where all leaves below a node have one segment, it is a
/// leaf itself. `unit` is what the weights were divided by.
pub(super) fn kept(features: &Features, grown: &[Grown], unit: f64) -> Vec<Node> {
    // Children come behind their parents, so from the back they are known first.
    let mut segment: Vec<Option<usize>> = vec![None; grown.len()];
    for (at, node) in grown.iter().enumerate().rev() {
        segment[at] = match node.split {
            None => Some(heaviest(&node.classes)),
            Some((_, [left, right])) if segment[left] == segment[right] => segment[left],
            Some(_) => None,
        };
    }
    let mut nodes: Vec<Node> = Vec::new();
    // What is still to be kept, and whose child it is.
    let mut ahead: Vec<(usize, Option<(usize, Side)>)> = vec![(0, None)];
    while let Some((at, parent)) = ahead.pop() {
        let place = nodes.len();
        if let Some((parent, side)) = parent
            && let Node::Split { left, right, .. } = &mut nodes[parent]
        {
            match side {
                Side::Left => *left = place,
                Side::Right => *right = place,
            }
        }
        let node = &grown[at];
        match node.split.filter(|_| segment[at].is_none()) {
            Some((split, [left, right])) => {
                nodes.push(Node::Split {
                    question: Question::new(split.test, split.column, features),
                    left: 0,
                    right: 0,
                });
                ahead.push((right, Some((place, Side::Right))));
                ahead.push((left, Some((place, Side::Left))));
            }
            None => nodes.push(Node::Leaf {
                customers: node.customers,
                weights: node.classes.iter().map(|weight| weight * unit).collect(),
            }),
        }
    }
    nodes
}
