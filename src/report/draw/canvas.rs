//! The sheet that a figure is drawn on: the only file that knows the drawing library.

use plotters::{
    coord::{
        Shift,
        ranged1d::{BoldPoints, Ranged},
        types::RangedCoordf64,
    },
    element::{PathElement, Polygon, Rectangle},
    prelude::{DrawingArea, IntoDrawingArea, SVGBackend},
    style::{
        Color, FontTransform, RGBColor, ShapeStyle, TextStyle,
        text_anchor::{HPos, Pos, VPos},
    },
};

use super::ink::Ink;

/// A point of the sheet, in pixels from the upper left.
pub(super) type Spot = (f64, f64);

/// Where a text stands beside its point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

/// The height of letters, in pixels.
const TEXT: f64 = 12.5;

/// The distance of lines of text, in pixels.
pub(super) const LINE: f64 = 17.0;

/// The width of a letter over its height: a little more than the mean of the faces of browsers.
const LETTER: f64 = 0.56;

/// The drawing library asks for this many times the height that it writes into the file.
const FACE: f64 = 1.24;

/// The drawing library knows whole units alone: curves are drawn in tenths of a pixel.
const FINE: f64 = 10.0;

/// About how wide a text is, in pixels.
pub(super) fn width_of(text: &str) -> f64 {
    text.chars().count() as f64 * TEXT * LETTER
}

/// As much of a text as has room, with an ellipsis where that is not all.
pub(super) fn fitted(text: &str, width: f64) -> String {
    // Room that was measured by the text itself is enough, whatever the rounding.
    if width_of(text) <= width + 0.5 {
        return text.to_owned();
    }
    let mut short = String::new();
    for letter in text.chars() {
        short.push(letter);
        if width_of(&short) + width_of("…") > width {
            short.pop();
            break;
        }
    }
    format!("{}…", short.trim_end())
}

/// Round numbers from `from` to `to`, as many as there is room for.
pub(super) fn ticks(from: f64, to: f64, room: f64) -> Vec<f64> {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a small number"
    )]
    let most = room.clamp(2.0, 100.0) as usize;
    RangedCoordf64::from(from..to).key_points(BoldPoints(most))
}

pub(super) struct Canvas<'a> {
    area: DrawingArea<SVGBackend<'a>, Shift>,
}

fn colour(ink: Ink) -> RGBColor {
    RGBColor(ink.0, ink.1, ink.2)
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "a sheet has some thousand units"
)]
fn units(length: f64) -> i32 {
    (length * FINE).round() as i32
}

fn unit((x, y): Spot) -> (i32, i32) {
    (units(x), units(y))
}

fn filled(ink: Ink, opacity: f64) -> ShapeStyle {
    ShapeStyle {
        color: colour(ink).mix(opacity),
        filled: true,
        stroke_width: 0,
    }
}

/// A drawing of so many pixels, as SVG. Writing to a string cannot fail, so that the results of the
/// drawing library tell nothing.
pub(super) fn draw(width: f64, height: f64, figure: impl FnOnce(&Canvas<'_>)) -> String {
    let mut svg = String::new();
    let size = (units(width).unsigned_abs(), units(height).unsigned_abs());
    {
        let area = SVGBackend::with_string(&mut svg, size).into_drawing_area();
        figure(&Canvas { area });
    }
    let fine = format!("width=\"{}\" height=\"{}\"", size.0, size.1);
    svg.replacen(
        &fine,
        &format!("width=\"{width:.0}\" height=\"{height:.0}\""),
        1,
    )
}

impl Canvas<'_> {
    fn write(&self, text: &str, at: Spot, anchor: Anchor, ink: Ink, turn: FontTransform) {
        let along = match anchor {
            Anchor::Start => HPos::Left,
            Anchor::Middle => HPos::Center,
            Anchor::End => HPos::Right,
        };
        let ink = colour(ink);
        let style = TextStyle::from(("sans-serif", TEXT * FACE * FINE))
            .color(&ink)
            .pos(Pos::new(along, VPos::Center))
            .transform(turn);
        let _ = self.area.draw_text(text, &style, unit(at));
    }

    pub(super) fn text(&self, text: &str, at: Spot, anchor: Anchor, ink: Ink) {
        self.write(text, at, anchor, ink, FontTransform::None);
    }

    /// A text that is read from below.
    pub(super) fn upwards(&self, text: &str, at: Spot, ink: Ink) {
        self.write(text, at, Anchor::Middle, ink, FontTransform::Rotate270);
    }

    pub(super) fn rect(&self, from: Spot, to: Spot, ink: Ink) {
        let shape = Rectangle::new([unit(from), unit(to)], filled(ink, 1.0));
        let _ = self.area.draw(&shape);
    }

    pub(super) fn line(&self, spots: &[Spot], width: f64, ink: Ink) {
        let style = ShapeStyle {
            color: colour(ink).mix(1.0),
            filled: false,
            stroke_width: units(width).unsigned_abs(),
        };
        let spots: Vec<_> = spots.iter().copied().map(unit).collect();
        let _ = self.area.draw(&PathElement::new(spots, style));
    }

    pub(super) fn shape(&self, spots: &[Spot], ink: Ink, opacity: f64) {
        let spots: Vec<_> = spots.iter().copied().map(unit).collect();
        let _ = self.area.draw(&Polygon::new(spots, filled(ink, opacity)));
    }
}
