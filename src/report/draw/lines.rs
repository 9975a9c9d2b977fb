//! Curves, with how sure they are, and points.

use super::{
    axes::{Axis, Frame, Room, below, beside, legend, margin},
    canvas::{Canvas, LINE, Spot, draw},
    ink::{BLACK, Ink},
    numbers::ends,
};

/// A curve, or points.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::report) struct Curve {
    /// Its name in the legend; none for what speaks for itself.
    pub(in crate::report) name: String,
    pub(in crate::report) ink: Ink,
    pub(in crate::report) form: Form,
    pub(in crate::report) points: Vec<(f64, f64)>,
    /// How sure each point is, if known.
    pub(in crate::report) band: Vec<(f64, f64)>,
}

/// How points are joined.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::report) enum Form {
    Line,
    /// What holds until the next point.
    Steps,
    /// A line to compare with.
    Dashes,
    /// Points with bars of how sure they are.
    Points,
}

#[derive(Debug, Clone, PartialEq)]
pub(in crate::report) struct Lines {
    pub(in crate::report) x: Axis,
    pub(in crate::report) y: Axis,
    pub(in crate::report) curves: Vec<Curve>,
}

impl Lines {
    pub(super) fn table(&self) -> (Vec<&str>, Vec<Vec<String>>) {
        let mut rows = Vec::new();
        for curve in &self.curves {
            for (at, (x, y)) in curve.points.iter().enumerate() {
                let [lo, hi] = ends(curve.band.get(at).copied());
                rows.push(vec![
                    curve.name.clone(),
                    x.to_string(),
                    y.to_string(),
                    lo,
                    hi,
                ]);
            }
        }
        let columns = vec![
            "curve",
            self.x.label.as_str(),
            self.y.label.as_str(),
            "lo",
            "hi",
        ];
        (columns, rows)
    }

    pub(super) fn svg(&self, width: f64) -> String {
        let named: Vec<(&str, Ink)> = (self.curves.iter())
            .filter(|curve| !curve.name.is_empty())
            .map(|curve| (curve.name.as_str(), curve.ink))
            .collect();
        let top = legend(None, &named, width) + 6.0;
        let plot = if width > 500.0 { 300.0 } else { 240.0 };
        let height = top + plot + LINE * 2.6;
        draw(width, height, |canvas| {
            legend(Some(canvas), &named, width);
            let room = Room {
                left: margin(&self.y, plot),
                top,
                right: width - 20.0,
                bottom: top + plot,
            };
            beside(canvas, &room, &self.y);
            below(canvas, &room, &self.x);
            let frame = Frame {
                room,
                x: &self.x,
                y: &self.y,
            };
            for curve in &self.curves {
                curve.draw_band(canvas, &frame);
            }
            for curve in &self.curves {
                curve.draw(canvas, &frame);
            }
            let (left, bottom) = (room.left, room.bottom);
            canvas.line(
                &[(left, room.top), (left, bottom), (room.right, bottom)],
                1.0,
                BLACK,
            );
        })
    }
}

impl Curve {
    /// The points with the corners of steps.
    fn path(&self, frame: &Frame<'_>, height: impl Fn(usize) -> f64) -> Vec<Spot> {
        let mut path = Vec::new();
        for (at, &(x, _)) in self.points.iter().enumerate() {
            if at > 0 && self.form == Form::Steps {
                path.push(frame.spot(x, height(at - 1)));
            }
            path.push(frame.spot(x, height(at)));
        }
        path
    }

    fn draw_band(&self, canvas: &Canvas<'_>, frame: &Frame<'_>) {
        if self.form == Form::Points || self.band.len() != self.points.len() {
            return;
        }
        let mut around = self.path(frame, |at| self.band[at].0);
        around.extend(self.path(frame, |at| self.band[at].1).into_iter().rev());
        if around.len() > 2 {
            canvas.shape(&around, self.ink, 0.15);
        }
    }

    fn draw(&self, canvas: &Canvas<'_>, frame: &Frame<'_>) {
        let path = self.path(frame, |at| self.points[at].1);
        match self.form {
            Form::Line | Form::Steps => canvas.line(&path, 2.0, self.ink),
            Form::Dashes => dashes(canvas, &path, self.ink),
            Form::Points => {
                for (at, &(x, y)) in path.iter().enumerate() {
                    if let Some(&(lo, hi)) = self.band.get(at) {
                        let (_, lo) = frame.spot(self.points[at].0, lo);
                        let (_, hi) = frame.spot(self.points[at].0, hi);
                        canvas.line(&[(x, lo), (x, hi)], 1.5, self.ink);
                    }
                    canvas.rect((x - 3.5, y - 3.5), (x + 3.5, y + 3.5), self.ink);
                }
            }
        }
    }
}

/// A path in pieces.
fn dashes(canvas: &Canvas<'_>, path: &[Spot], ink: Ink) {
    const DASH: f64 = 6.0;
    for pair in path.windows(2) {
        let (from, to) = (pair[0], pair[1]);
        let length = (to.0 - from.0).hypot(to.1 - from.1);
        let on = |part: f64| {
            let share = (part / length).min(1.0);
            (
                from.0 + (to.0 - from.0) * share,
                from.1 + (to.1 - from.1) * share,
            )
        };
        let mut part = 0.0;
        while part < length {
            canvas.line(&[on(part), on(part + DASH)], 1.5, ink);
            part += 2.0 * DASH;
        }
    }
}
