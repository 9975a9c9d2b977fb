//! Core points, the clusters that they make up, and which of them is nearest.

use super::{
    join,
    tree::{Tree, Visit},
};
use crate::{Error, Result, segmentation::placed::NOWHERE};

/// Core points by place in a tree.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Core {
    pub(super) tree: Tree,
    /// The cluster of the point at each place.
    pub(super) clusters: Vec<u32>,
    pub(super) count: usize,
    /// The lowest and the highest cluster in each box.
    ranges: Vec<(u32, u32)>,
}

impl Core {
    /// Of points one after the other. Clusters are numbered as they come up among them.
    ///
    /// # Errors
    ///
    /// [`Error::Overflow`] for more clusters than there are numbers.
    pub(super) fn new(columns: usize, values: &[f64], radius: f64) -> Result<Self> {
        let tree = Tree::new(columns, values);
        let roots = join::components(&tree, radius);
        let mut places = vec![0; roots.len()];
        for (place, &number) in tree.order.iter().enumerate() {
            places[number] = place;
        }
        let mut of_root = vec![NOWHERE; roots.len()];
        let mut clusters = vec![NOWHERE; roots.len()];
        let mut count = 0u32;
        for place in places {
            let cluster = &mut of_root[roots[place]];
            if *cluster == NOWHERE {
                if count == NOWHERE {
                    return Err(Error::Overflow {
                        what: "the number of clusters; take a larger radius".into(),
                    });
                }
                *cluster = count;
                count += 1;
            }
            clusters[place] = *cluster;
        }
        let range = |node: &super::tree::Node| {
            let clusters = &clusters[node.places()];
            let least = clusters.iter().min().copied().unwrap_or(NOWHERE);
            (least, clusters.iter().max().copied().unwrap_or(NOWHERE))
        };
        Ok(Self {
            ranges: tree.nodes.iter().map(range).collect(),
            count: count as usize,
            tree,
            clusters,
        })
    }

    /// The points in the order in which they came.
    pub(super) fn values(&self) -> Vec<f64> {
        let columns = self.tree.columns;
        let mut values = vec![0.0; self.tree.values.len()];
        for (place, &number) in self.tree.order.iter().enumerate() {
            values[number * columns..(number + 1) * columns]
                .copy_from_slice(self.tree.point(place));
        }
        values
    }

    /// The squared distance to the nearest point that is within a squared distance and not of the
    /// cluster `except`, and its cluster; of equally near ones the lowest. If there is none,
    /// `within` and `NOWHERE`.
    pub(super) fn nearest(&self, point: &[f64], within: f64, except: u32) -> (f64, u32) {
        let mut nearest = Nearest {
            core: self,
            except,
            best: (within, NOWHERE),
        };
        self.tree.search(point, &mut nearest);
        nearest.best
    }
}

struct Nearest<'a> {
    core: &'a Core,
    except: u32,
    best: (f64, u32),
}

impl Nearest<'_> {
    fn is_better(&self, distance: f64, cluster: u32) -> bool {
        let (best, of_cluster) = self.best;
        distance < best || (distance <= best && cluster < of_cluster)
    }

    fn take(&mut self, distance: f64, cluster: u32) {
        if cluster != self.except && self.is_better(distance, cluster) {
            self.best = (distance, cluster);
        }
    }
}

impl Visit for Nearest<'_> {
    fn enters(&mut self, node: usize, least: f64) -> bool {
        let (lowest, highest) = self.core.ranges[node];
        let is_left_out = lowest == self.except && highest == self.except;
        if self.core.tree.nodes[node].is_place {
            // Points in one place are of one cluster.
            self.take(least, lowest);
            return false;
        }
        !is_left_out && self.is_better(least, lowest)
    }

    fn sees(&mut self, place: usize, distance: f64) {
        self.take(distance, self.core.clusters[place]);
    }
}
