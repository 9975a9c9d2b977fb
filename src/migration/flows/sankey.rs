//! Nodes and links of a Sankey diagram.

use serde::Serialize;

use super::{Flows, Presence};
use crate::data::MinorUnits;

/// Where everybody was and went, as a graph to draw: a node for each period and place, a link for each
/// step between two of them. What flows into a node is what flows out of it, in customers and in money.
///
/// # Example
///
/// See [`Flows::sankey`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Sankey {
    /// The nodes, by period and place.
    pub nodes: Vec<SankeyNode>,
    /// The links, by source and target.
    pub links: Vec<SankeyLink>,
}

/// The customers of one place in one period.
///
/// # Example
///
/// See [`Flows::sankey`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct SankeyNode {
    /// The period, counted from 0.
    pub period: usize,
    /// Its label.
    pub label: String,
    /// The place: a state or outside.
    pub place: Presence,
    /// The name of the place.
    pub name: String,
    /// How many customers are there.
    pub customers: u64,
    /// Their money; `None` without values.
    pub money: Option<MinorUnits>,
}

/// The customers who went from one node to another.
///
/// # Example
///
/// See [`Flows::sankey`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct SankeyLink {
    /// The place of the node in `nodes` that they come from.
    pub source: usize,
    /// The place of the node in `nodes` that they go to.
    pub target: usize,
    /// How many they are.
    pub customers: u64,
    /// The money they had in the source; `None` without values.
    pub before: Option<MinorUnits>,
    /// The money they have in the target; `None` without values.
    pub after: Option<MinorUnits>,
}

impl Flows {
    /// The graph of all steps, outside included; places where nobody is are left out.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::migration::SegmentPanel;
    ///
    /// let panel = SegmentPanel::builder()
    ///     .int_keys(&[1, 2, 2])
    ///     .periods(&["1", "1", "2"])
    ///     .segments(&["a", "a", "b"])
    ///     .build()?;
    /// let graph = panel.flows()?.sankey();
    /// let name = |at: usize| graph.nodes[at].name.as_str();
    /// let links: Vec<_> = graph.links.iter().map(|it| (name(it.source), name(it.target))).collect();
    /// assert_eq!(links, [("a", "b"), ("a", "churned")]);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn sankey(&self) -> Sankey {
        let mut nodes = Vec::new();
        let mut node_of: Vec<Vec<usize>> = Vec::with_capacity(self.stocks.len());
        for (period, stocks) in self.stocks.iter().enumerate() {
            let mut of_period = Vec::with_capacity(stocks.len());
            for (code, stock) in stocks.iter().enumerate() {
                of_period.push(nodes.len());
                if stock.customers == 0 {
                    continue;
                }
                let place = Presence::of_code(self.states(), code);
                nodes.push(SankeyNode {
                    period,
                    label: self.periods()[period].clone(),
                    place,
                    name: place.name(self.states()).to_owned(),
                    customers: stock.customers,
                    money: self.money(stock.before),
                });
            }
            node_of.push(of_period);
        }
        let links = self
            .state
            .steps
            .iter()
            .enumerate()
            .flat_map(|(step, cells)| {
                let (sources, targets) = (&node_of[step], &node_of[step + 1]);
                cells.iter().map(move |cell| SankeyLink {
                    source: sources[cell.from],
                    target: targets[cell.to],
                    customers: cell.sums.customers,
                    before: self.money(cell.sums.before),
                    after: self.money(cell.sums.after),
                })
            });
        let links = links.collect();
        Sankey { nodes, links }
    }
}
