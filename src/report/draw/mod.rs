//! Figures as data, and their drawing at any width.

mod axes;
mod bars;
mod canvas;
mod grid;
mod ink;
mod lines;
mod numbers;
mod streams;

pub(super) use self::{
    axes::Axis,
    bars::{Bar, Bars},
    grid::{Field, Grid, Shade},
    ink::{BLUE, GREY, ORANGE, VERMILION, kind},
    lines::{Curve, Form, Lines},
    numbers::{Unit, grouped, short},
    streams::{Link, Node, Streams},
};

/// What is drawn.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Figure {
    Bars(Bars),
    Lines(Lines),
    Grid(Grid),
    Streams(Streams),
}

impl Figure {
    pub(super) fn svg(&self, width: f64) -> String {
        match self {
            Self::Bars(figure) => figure.svg(width),
            Self::Lines(figure) => figure.svg(width),
            Self::Grid(figure) => figure.svg(width),
            Self::Streams(figure) => figure.svg(width),
        }
    }

    /// The numbers that are drawn: the names of the columns, and a row for each mark.
    pub(super) fn table(&self) -> (Vec<&str>, Vec<Vec<String>>) {
        match self {
            Self::Bars(figure) => figure.table(),
            Self::Lines(figure) => figure.table(),
            Self::Grid(figure) => figure.table(),
            Self::Streams(figure) => figure.table(),
        }
    }
}
