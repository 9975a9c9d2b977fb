//! A Sankey diagram: how many stand where, and how many went where.

use super::{
    canvas::{Anchor, Canvas, LINE, Spot, draw, fitted, width_of},
    ink::{BLACK, Ink},
    numbers::grouped,
};

/// Those of one place on one day.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::report) struct Node {
    /// The day, counted from 0.
    pub(in crate::report) stage: usize,
    pub(in crate::report) name: String,
    pub(in crate::report) size: f64,
    pub(in crate::report) ink: Ink,
}

/// Those who went from one node to another.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::report) struct Link {
    pub(in crate::report) source: usize,
    pub(in crate::report) target: usize,
    pub(in crate::report) size: f64,
}

#[derive(Debug, Clone, PartialEq)]
pub(in crate::report) struct Streams {
    pub(in crate::report) stages: Vec<String>,
    /// The nodes by stage, from above to below within each.
    pub(in crate::report) nodes: Vec<Node>,
    /// The links, by source and then by target.
    pub(in crate::report) links: Vec<Link>,
}

/// The width of a node.
const BAR: f64 = 12.0;
/// The least distance of two nodes, so that their names have room.
const GAP: f64 = 13.0;

impl Streams {
    pub(super) fn table(&self) -> (Vec<&str>, Vec<Vec<String>>) {
        let row = |link: &Link| {
            let (source, target) = (&self.nodes[link.source], &self.nodes[link.target]);
            vec![
                self.stages[source.stage].clone(),
                source.name.clone(),
                self.stages[target.stage].clone(),
                target.name.clone(),
                link.size.to_string(),
            ]
        };
        let columns = vec!["from_period", "from", "to_period", "to", "customers"];
        (columns, self.links.iter().map(row).collect())
    }

    /// A phone has room for the last two stages.
    pub(super) fn svg(&self, width: f64) -> String {
        let spare = self.stages.len().saturating_sub(2);
        if width < 500.0 && spare > 0 {
            return self.without_first(spare).svg(width);
        }
        let most = (0..self.stages.len())
            .map(|stage| self.of(stage).count())
            .max()
            .unwrap_or(0);
        let height = LINE * 1.5 + (most as f64 * 34.0).clamp(220.0, 460.0);
        draw(width, height, |canvas| self.draw(canvas, width, height))
    }

    /// Without the first stages.
    pub(in crate::report) fn without_first(&self, stages: usize) -> Self {
        let left_out = self.nodes.iter().filter(|node| node.stage < stages).count();
        let links = self.links.iter().filter(|link| link.source >= left_out);
        Self {
            stages: self.stages[stages..].to_vec(),
            nodes: (self.nodes[left_out..].iter())
                .map(|node| Node {
                    stage: node.stage - stages,
                    ..node.clone()
                })
                .collect(),
            links: links
                .map(|link| Link {
                    source: link.source - left_out,
                    target: link.target - left_out,
                    ..*link
                })
                .collect(),
        }
    }

    fn of(&self, stage: usize) -> impl Iterator<Item = usize> {
        (0..self.nodes.len()).filter(move |&node| self.nodes[node].stage == stage)
    }

    fn draw(&self, canvas: &Canvas<'_>, width: f64, height: f64) {
        let last = self.stages.len().saturating_sub(1);
        let label = |node: &Node| format!("{} {}", node.name, grouped(node.size, 0));
        let room_for = |stage: usize| {
            let widest = self
                .of(stage)
                .map(|node| width_of(&label(&self.nodes[node])))
                .fold(0.0, f64::max);
            widest.min(width * 0.27) + 8.0
        };
        let (left, right) = (room_for(0), width - room_for(last) - BAR);
        let x = |stage: usize| left + (right - left) * stage as f64 / last.max(1) as f64;
        let top = LINE * 1.5;
        for (stage, name) in self.stages.iter().enumerate() {
            canvas.text(
                name,
                (x(stage) + BAR / 2.0, LINE / 2.0),
                Anchor::Middle,
                BLACK,
            );
        }
        // One scale for all stages.
        let per_unit = (0..self.stages.len())
            .map(|stage| {
                let gaps = GAP * self.of(stage).count().saturating_sub(1) as f64;
                let size: f64 = self.of(stage).map(|node| self.nodes[node].size).sum();
                (height - top - gaps) / size
            })
            .fold(f64::INFINITY, f64::min);
        let mut above = vec![0.0; self.nodes.len()];
        for stage in 0..self.stages.len() {
            let mut y = top;
            for node in self.of(stage) {
                above[node] = y;
                y += self.nodes[node].size * per_unit + GAP;
            }
        }
        let (mut out, mut into) = (above.clone(), above.clone());
        for link in &self.links {
            let (source, target) = (&self.nodes[link.source], &self.nodes[link.target]);
            let thick = link.size * per_unit;
            let from = (x(source.stage) + BAR, out[link.source]);
            let to = (x(target.stage), into[link.target]);
            out[link.source] += thick;
            into[link.target] += thick;
            canvas.shape(&ribbon(from, to, thick), source.ink, 0.4);
        }
        for (node, &y) in self.nodes.iter().zip(&above) {
            let (from, thick) = (x(node.stage), (node.size * per_unit).max(1.0));
            canvas.rect((from, y), (from + BAR, y + thick), node.ink);
            let middle = y + thick / 2.0;
            if node.stage == 0 {
                canvas.text(
                    &fitted(&label(node), left - 6.0),
                    (from - 5.0, middle),
                    Anchor::End,
                    BLACK,
                );
            } else if node.stage == last {
                let room = width - from - BAR - 6.0;
                canvas.text(
                    &fitted(&label(node), room),
                    (from + BAR + 5.0, middle),
                    Anchor::Start,
                    BLACK,
                );
            }
        }
    }
}

/// The outline of a link, from its upper left corner.
fn ribbon(from: Spot, to: Spot, thick: f64) -> Vec<Spot> {
    const PARTS: usize = 24;
    let edge = |down: f64| {
        (0..=PARTS).map(move |part| {
            let share = part as f64 / PARTS as f64;
            let bend = share * share * (3.0 - 2.0 * share);
            (
                from.0 + (to.0 - from.0) * share,
                from.1 + (to.1 - from.1) * bend + down,
            )
        })
    };
    let below: Vec<Spot> = edge(thick).collect();
    edge(0.0).chain(below.into_iter().rev()).collect()
}
