//! Where a model puts rows: the one shape that all models answer in.

/// Marks a row that belongs to no cluster.
pub(super) const NOWHERE: u32 = u32::MAX;

/// For each row its cluster and the next best, and what each costs.
///
/// A cost is what the model makes small: the squared distance to a centre, the negative logarithm
/// of the joint density of row and component, the dissimilarity to a prototype. Clusters are
/// numbered from 0 within the model; the segmentation gives them stable numbers.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Placed {
    /// `NOWHERE` for a row that belongs to no cluster.
    pub(super) cluster: Vec<u32>,
    /// `NOWHERE` where there is no other cluster.
    pub(super) runner_up: Vec<u32>,
    /// Of the row in its cluster; NaN without a cluster.
    pub(super) cost: Vec<f64>,
    /// Of the row in the next best; infinite where there is none.
    pub(super) runner_up_cost: Vec<f64>,
}

impl Placed {
    /// Of a model that decides: there is no next best, and to be where one belongs costs nothing.
    pub(super) fn decided(cluster: Vec<u32>) -> Self {
        let rows = cluster.len();
        Self {
            cluster,
            runner_up: vec![NOWHERE; rows],
            cost: vec![0.0; rows],
            runner_up_cost: vec![f64::INFINITY; rows],
        }
    }
}
