//! Bars, one below the other: names have room, and a phone is higher than wide.

use super::{
    axes::{Axis, Room, below},
    canvas::{Anchor, Canvas, LINE, draw, fitted, width_of},
    ink::{BLACK, Ink},
    numbers::ends,
};

/// A bar.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::report) struct Bar {
    pub(in crate::report) name: String,
    pub(in crate::report) value: f64,
    /// How sure that is.
    pub(in crate::report) interval: Option<(f64, f64)>,
    pub(in crate::report) ink: Ink,
}

/// Bars of one scale.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::report) struct Bars {
    pub(in crate::report) bars: Vec<Bar>,
    pub(in crate::report) axis: Axis,
}

/// The distance from bar to bar.
const PITCH: f64 = 30.0;

impl Bars {
    pub(super) fn table(&self) -> (Vec<&str>, Vec<Vec<String>>) {
        let row = |bar: &Bar| {
            let [lo, hi] = ends(bar.interval);
            vec![bar.name.clone(), bar.value.to_string(), lo, hi]
        };
        let columns = vec!["name", self.axis.label.as_str(), "lo", "hi"];
        (columns, self.bars.iter().map(row).collect())
    }

    pub(super) fn svg(&self, width: f64) -> String {
        let height = self.bars.len() as f64 * PITCH + LINE * 2.6 + 6.0;
        draw(width, height, |canvas| self.draw(canvas, width, height))
    }

    fn draw(&self, canvas: &Canvas<'_>, width: f64, height: f64) {
        let names = self.bars.iter().map(|bar| width_of(&bar.name));
        let left = names.fold(20.0, f64::max).min(width * 0.42) + 8.0;
        let numbers: Vec<String> = self
            .bars
            .iter()
            .map(|bar| self.axis.unit.write(bar.value))
            .collect();
        let widest = numbers
            .iter()
            .map(|text| width_of(text))
            .fold(0.0, f64::max);
        let room = Room {
            left,
            top: 4.0,
            right: width - widest - 12.0,
            bottom: height - LINE * 2.6,
        };
        below(canvas, &room, &self.axis);
        let at = |value: f64| {
            let share = (value - self.axis.from) / (self.axis.to - self.axis.from);
            room.left + share.clamp(0.0, 1.0) * room.width()
        };
        let zero = at(0.0);
        for (place, (bar, number)) in self.bars.iter().zip(&numbers).enumerate() {
            let y = room.top + (place as f64 + 0.5) * PITCH;
            canvas.text(
                &fitted(&bar.name, left - 8.0),
                (left - 6.0, y),
                Anchor::End,
                BLACK,
            );
            let end = at(bar.value);
            canvas.rect((zero.min(end), y - 9.0), (zero.max(end), y + 9.0), bar.ink);
            let mut reach = end.max(zero);
            if let Some((lo, hi)) = bar.interval {
                let (lo, hi) = (at(lo), at(hi));
                canvas.line(&[(lo, y), (hi, y)], 1.5, BLACK);
                canvas.line(&[(lo, y - 4.0), (lo, y + 4.0)], 1.5, BLACK);
                canvas.line(&[(hi, y - 4.0), (hi, y + 4.0)], 1.5, BLACK);
                reach = reach.max(hi);
            }
            canvas.text(number, (reach + 6.0, y), Anchor::Start, BLACK);
        }
        canvas.line(&[(zero, room.top), (zero, room.bottom)], 1.0, BLACK);
    }
}
