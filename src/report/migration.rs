//! Who went where.

use super::{
    draw::{Figure, GREY, Link, Node, Streams, kind},
    picture::{Picture, nothing},
};
use crate::{
    Result,
    migration::{Flows, Presence, SankeyNode},
};

/// The most periods that are drawn; of more the last ones.
const PERIODS: usize = 4;

impl Picture {
    /// How many customers each segment had in each of the last periods, and where they went.
    ///
    /// # Errors
    ///
    /// [`Error::NotEnoughData`](crate::Error::NotEnoughData) for fewer than two periods.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::{migration::SegmentPanel, report::Picture};
    /// let panel = SegmentPanel::builder()
    ///     .int_keys(&[1, 2, 2])
    ///     .periods(&["1", "1", "2"])
    ///     .segments(&["a", "a", "b"])
    ///     .build()?;
    /// let picture = Picture::flows(&panel.flows()?)?;
    /// let (columns, rows) = picture.table();
    /// assert_eq!(columns, ["from_period", "from", "to_period", "to", "customers"]);
    /// assert_eq!(rows[0], ["1", "a", "2", "b", "1"]);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn flows(flows: &Flows) -> Result<Self> {
        let graph = flows.sankey();
        if graph.links.is_empty() {
            return Err(nothing("moves from one period to the next"));
        }
        let ink = |node: &SankeyNode| match node.place {
            Presence::In(id) => {
                let place = flows.states().iter().position(|state| state.id == id);
                kind(place.unwrap_or_default())
            }
            _ => GREY,
        };
        let nodes = graph.nodes.iter().map(|node| Node {
            stage: node.period,
            name: node.name.clone(),
            size: node.customers as f64,
            ink: ink(node),
        });
        let links = graph.links.iter().map(|link| Link {
            source: link.source,
            target: link.target,
            size: link.customers as f64,
        });
        let streams = Streams {
            stages: flows.periods().to_vec(),
            nodes: nodes.collect(),
            links: links.collect(),
        };
        let streams = streams.without_first(flows.periods().len().saturating_sub(PERIODS));
        Ok(Self::new(
            "flows",
            "How customers move",
            "Each bar is a segment on a day, as high as it has customers; each band is the customers who \
             went from one segment to another, in the colour of the one they left. Grey: not yet, or no \
             longer, customers."
                .to_owned(),
            Figure::Streams(streams),
        ))
    }
}
