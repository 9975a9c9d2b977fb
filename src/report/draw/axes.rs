//! The frame of a figure: its room, its axes and its legend.

use super::{
    canvas::{Anchor, Canvas, LINE, Spot, fitted, ticks, width_of},
    ink::{BLACK, FAINT, GREY, Ink},
    numbers::Unit,
};

/// An axis: what it tells, in what, and from where to where.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::report) struct Axis {
    pub(in crate::report) label: String,
    pub(in crate::report) unit: Unit,
    pub(in crate::report) from: f64,
    pub(in crate::report) to: f64,
}

impl Axis {
    /// Over all values and 0.
    pub(in crate::report) fn over(
        label: &str,
        unit: Unit,
        values: impl Iterator<Item = f64>,
    ) -> Self {
        let (mut from, mut to) = (0.0_f64, 0.0_f64);
        for value in values.filter(|value| value.is_finite()) {
            from = from.min(value);
            to = to.max(value);
        }
        if to - from <= 0.0 {
            to = 1.0;
        }
        Self {
            label: label.to_owned(),
            unit,
            from,
            to,
        }
    }
}

/// The room within a frame, in pixels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Room {
    pub(super) left: f64,
    pub(super) top: f64,
    pub(super) right: f64,
    pub(super) bottom: f64,
}

impl Room {
    pub(super) fn width(&self) -> f64 {
        self.right - self.left
    }

    pub(super) fn height(&self) -> f64 {
        self.bottom - self.top
    }
}

/// A room with two axes.
pub(super) struct Frame<'a> {
    pub(super) room: Room,
    pub(super) x: &'a Axis,
    pub(super) y: &'a Axis,
}

impl Frame<'_> {
    pub(super) fn spot(&self, x: f64, y: f64) -> Spot {
        let along = (x - self.x.from) / (self.x.to - self.x.from);
        let up = (y - self.y.from) / (self.y.to - self.y.from);
        let (along, up) = (along.clamp(0.0, 1.0), up.clamp(0.0, 1.0));
        (
            self.room.left + along * self.room.width(),
            self.room.bottom - up * self.room.height(),
        )
    }
}

/// Lines of the grid and numbers below.
pub(super) fn below(canvas: &Canvas<'_>, room: &Room, axis: &Axis) {
    let marks = ticks(axis.from, axis.to, room.width() / 80.0);
    for (mark, text) in marks.iter().zip(axis.unit.ticks(&marks)) {
        let x = room.left + (mark - axis.from) / (axis.to - axis.from) * room.width();
        canvas.line(&[(x, room.top), (x, room.bottom)], 1.0, FAINT);
        canvas.text(&text, (x, room.bottom + LINE * 0.7), Anchor::Middle, GREY);
    }
    title_below(canvas, room, &axis.label);
}

/// What the axis below a room tells; of the whole sheet where it is wider than the room.
pub(super) fn title_below(canvas: &Canvas<'_>, room: &Room, label: &str) {
    let sheet = room.right + 4.0;
    let half = width_of(label).min(sheet) / 2.0;
    let middle = f64::midpoint(room.left, room.right).min(sheet - half);
    let text = fitted(label, sheet);
    canvas.text(
        &text,
        (middle, room.bottom + LINE * 1.8),
        Anchor::Middle,
        BLACK,
    );
}

/// Lines of the grid and numbers to the left.
pub(super) fn beside(canvas: &Canvas<'_>, room: &Room, axis: &Axis) {
    let marks = ticks(axis.from, axis.to, room.height() / 45.0);
    for (mark, text) in marks.iter().zip(axis.unit.ticks(&marks)) {
        let y = room.bottom - (mark - axis.from) / (axis.to - axis.from) * room.height();
        canvas.line(&[(room.left, y), (room.right, y)], 1.0, FAINT);
        canvas.text(&text, (room.left - 6.0, y), Anchor::End, GREY);
    }
    let middle = f64::midpoint(room.top, room.bottom);
    canvas.upwards(&axis.label, (9.0, middle), BLACK);
}

/// How much room the numbers of an axis and its label take on the left.
pub(super) fn margin(axis: &Axis, height: f64) -> f64 {
    let marks = ticks(axis.from, axis.to, height / 45.0);
    let widest = axis
        .unit
        .ticks(&marks)
        .iter()
        .map(|text| width_of(text))
        .fold(0.0, f64::max);
    widest + 8.0 + LINE
}

/// The names of colours, in as many lines as they take; the height of all of them. Without a sheet
/// they are only measured.
pub(super) fn legend(canvas: Option<&Canvas<'_>>, names: &[(&str, Ink)], width: f64) -> f64 {
    const SWATCH: f64 = 16.0;
    let (mut x, mut y) = (4.0, LINE / 2.0 + 2.0);
    for (name, ink) in names {
        let wide = SWATCH + width_of(name) + 16.0;
        if x + wide > width && x > 4.0 {
            (x, y) = (4.0, y + LINE);
        }
        if let Some(canvas) = canvas {
            canvas.rect((x, y - 5.0), (x + 11.0, y + 5.0), *ink);
            canvas.text(name, (x + SWATCH, y), Anchor::Start, BLACK);
        }
        x += wide;
    }
    if names.is_empty() {
        4.0
    } else {
        y + LINE / 2.0 + 4.0
    }
}
