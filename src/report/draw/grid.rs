//! A table of colours with a number in each field.

use super::{
    axes::{Room, title_below},
    canvas::{Anchor, Canvas, LINE, draw, fitted, width_of},
    ink::{self, BLACK, FAINT, GREY},
};

/// How a number becomes a colour.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::report) enum Shade {
    /// The darker the more, up to this.
    More(f64),
    /// One colour below 0 and one above, as far as this.
    Either(f64),
}

/// A number to shade by, and how it is written.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::report) struct Field {
    pub(in crate::report) value: f64,
    pub(in crate::report) text: String,
}

/// Fields in rows, the first one uppermost.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::report) struct Grid {
    pub(in crate::report) across: String,
    pub(in crate::report) columns: Vec<String>,
    pub(in crate::report) up: String,
    pub(in crate::report) rows: Vec<String>,
    /// The fields of each row; none where there is nothing to tell.
    pub(in crate::report) fields: Vec<Vec<Option<Field>>>,
    pub(in crate::report) shade: Shade,
    /// What the numbers are.
    pub(in crate::report) told: String,
}

impl Grid {
    pub(super) fn table(&self) -> (Vec<&str>, Vec<Vec<String>>) {
        let mut rows = Vec::new();
        for (row, fields) in self.rows.iter().zip(&self.fields) {
            for (column, field) in self.columns.iter().zip(fields) {
                let value = field
                    .as_ref()
                    .map_or(String::new(), |field| field.value.to_string());
                rows.push(vec![row.clone(), column.clone(), value]);
            }
        }
        (
            vec![self.up.as_str(), self.across.as_str(), self.told.as_str()],
            rows,
        )
    }

    pub(super) fn svg(&self, width: f64) -> String {
        let pitch = 34.0;
        let height = self.rows.len() as f64 * pitch + LINE * 2.8 + 4.0;
        draw(width, height, |canvas| self.draw(canvas, width, pitch))
    }

    fn draw(&self, canvas: &Canvas<'_>, width: f64, pitch: f64) {
        let names = self.rows.iter().map(|row| width_of(row));
        let margin = if self.up.is_empty() { 4.0 } else { LINE + 4.0 };
        let left = names.fold(10.0, f64::max).min(width * 0.36) + margin + 6.0;
        let step = (width - left - 4.0) / self.columns.len() as f64;
        let bottom = 2.0 + self.rows.len() as f64 * pitch;
        for (at, (name, fields)) in self.rows.iter().zip(&self.fields).enumerate() {
            let top = 2.0 + at as f64 * pitch;
            let middle = top + pitch / 2.0;
            canvas.text(
                &fitted(name, left - margin - 6.0),
                (left - 6.0, middle),
                Anchor::End,
                BLACK,
            );
            for (at, field) in fields.iter().enumerate() {
                let (from, to) = (left + at as f64 * step, left + (at + 1) as f64 * step);
                let ground = match (field, self.shade) {
                    (None, _) => FAINT,
                    (Some(field), Shade::More(most)) => ink::more(field.value / most),
                    (Some(field), Shade::Either(most)) => ink::either(field.value / most),
                };
                canvas.rect(
                    (from + 0.5, top + 0.5),
                    (to - 0.5, top + pitch - 0.5),
                    ground,
                );
                if let Some(field) = field {
                    let text = fitted(&field.text, step);
                    canvas.text(
                        &text,
                        (f64::midpoint(from, to), middle),
                        Anchor::Middle,
                        ink::on(ground),
                    );
                }
            }
        }
        for (at, name) in self.columns.iter().enumerate() {
            let x = left + (at as f64 + 0.5) * step;
            canvas.text(
                &fitted(name, step),
                (x, bottom + LINE * 0.7),
                Anchor::Middle,
                GREY,
            );
        }
        let room = Room {
            left,
            top: 2.0,
            right: width - 4.0,
            bottom,
        };
        title_below(canvas, &room, &self.across);
        if !self.up.is_empty() {
            canvas.upwards(&self.up, (9.0, bottom / 2.0), BLACK);
        }
    }
}
