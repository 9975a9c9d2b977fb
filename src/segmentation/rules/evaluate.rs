//! Rules over many rows: column by column, a few rows at a time.

use std::{collections::BTreeSet, ops::Range};

use ndarray::{ArrayView1, Axis, Slice};

use super::{
    RuleValue,
    frozen::{Column, Frozen, Kind, Test},
    model::Compiled,
    params::kind_of,
};
use crate::{
    Error, Result,
    data::{Categories, Features},
    numeric::map_chunks,
};

/// Rows judged together; a constant. Their columns and masks stay in the first cache.
const CHUNK: usize = 1 << 10;

/// Rules that have found their columns.
pub(super) struct Bound<'a> {
    rows: usize,
    columns: Vec<Source<'a>>,
    rules: Vec<Node<'a>>,
}

enum Source<'a> {
    Numbers(ArrayView1<'a, f64>),
    Categories(&'a Categories),
}

enum Node<'a> {
    Numbers { column: usize, test: &'a Test },
    Labels { column: usize, codes: Codes },
    All(Vec<Node<'a>>),
    Any(Vec<Node<'a>>),
    Not(Box<Node<'a>>),
}

/// Which codes of a column of categories pass, and whether a blank does.
struct Codes {
    passes: Vec<bool>,
    blank: bool,
}

impl<'a> Bound<'a> {
    pub(super) fn new(compiled: &'a Compiled, features: &'a Features) -> Result<Self> {
        let columns = sources(&compiled.columns, features)?;
        let rules = compiled.frozen.iter();
        let rules = rules.map(|frozen| bind(frozen, &columns)).collect();
        Ok(Self {
            rows: features.len(),
            columns,
            rules,
        })
    }

    /// For each row the first rule that matches, or the number of rules.
    pub(super) fn first_matches(&self) -> Vec<u32> {
        map_chunks(self.rows, CHUNK, |rows| self.first_in(rows)).concat()
    }

    fn first_in(&self, rows: Range<usize>) -> Vec<u32> {
        let none = u32::try_from(self.rules.len()).unwrap_or(u32::MAX);
        let mut first = vec![none; rows.len()];
        let mut open = rows.len();
        let mut mask = vec![false; rows.len()];
        let chunk = self.chunk(rows);
        for (number, rule) in (0..none).zip(&self.rules) {
            rule.mask(&chunk, &mut mask);
            for (first, &matches) in first.iter_mut().zip(&mask) {
                if matches && *first == none {
                    *first = number;
                    open -= 1;
                }
            }
            if open == 0 {
                break;
            }
        }
        first
    }

    fn chunk(&self, rows: Range<usize>) -> Chunk<'_> {
        let gather = |source: &Source<'a>| match source {
            Source::Categories(categories) => Part::Categories(categories),
            Source::Numbers(column) => {
                let rows = Slice::from(rows.clone());
                Part::Numbers(column.slice_axis(Axis(0), rows).to_vec())
            }
        };
        Chunk {
            columns: self.columns.iter().map(gather).collect(),
            rows,
        }
    }
}

/// Some rows, each column of numbers in one piece.
struct Chunk<'a> {
    columns: Vec<Part<'a>>,
    rows: Range<usize>,
}

enum Part<'a> {
    Numbers(Vec<f64>),
    Categories(&'a Categories),
}

impl Node<'_> {
    fn mask(&self, chunk: &Chunk<'_>, out: &mut [bool]) {
        match self {
            Self::Numbers { column, test } => {
                if let Part::Numbers(values) = &chunk.columns[*column] {
                    test.numbers(values, out);
                }
            }
            Self::Labels { column, codes } => {
                if let Part::Categories(categories) = &chunk.columns[*column] {
                    for (out, row) in out.iter_mut().zip(chunk.rows.clone()) {
                        *out = match categories.code(row) {
                            None => codes.blank,
                            Some(code) => codes.passes[code as usize],
                        };
                    }
                }
            }
            Self::All(parts) => {
                out.fill(true);
                Self::combine(parts, chunk, out, |out, part| out & part);
            }
            Self::Any(parts) => {
                out.fill(false);
                Self::combine(parts, chunk, out, |out, part| out | part);
            }
            Self::Not(inner) => {
                inner.mask(chunk, out);
                for out in out {
                    *out = !*out;
                }
            }
        }
    }

    fn combine(
        parts: &[Self],
        chunk: &Chunk<'_>,
        out: &mut [bool],
        with: impl Fn(bool, bool) -> bool,
    ) {
        let mut mask = vec![false; out.len()];
        for part in parts {
            part.mask(chunk, &mut mask);
            for (out, &part) in out.iter_mut().zip(&mask) {
                *out = with(*out, part);
            }
        }
    }
}

fn sources<'a>(columns: &[Column], features: &'a Features) -> Result<Vec<Source<'a>>> {
    let source = |column: &Column| {
        let found = kind_of(features, &column.name)?;
        if found != column.kind {
            let words = |kind| match kind {
                Kind::Numbers => "numbers",
                Kind::Categories => "categories",
            };
            let found = format!("a column of {}: {}", words(found), column.name);
            let expected = format!("a column of {}, as at the fit", words(column.kind));
            return Err(Error::parameter("feature", found, expected));
        }
        let numbers = features.column(&column.name).map(Source::Numbers);
        let categories = || features.categories(&column.name).map(Source::Categories);
        // One of them is there: its kind was found.
        numbers
            .or_else(categories)
            .ok_or_else(|| Error::parameter("feature", &column.name, "a column of the features"))
    };
    columns.iter().map(source).collect()
}

fn bind<'a>(frozen: &'a Frozen, columns: &[Source<'_>]) -> Node<'a> {
    let each = |parts: &'a [Frozen]| parts.iter().map(|part| bind(part, columns)).collect();
    match frozen {
        Frozen::All(parts) => Node::All(each(parts)),
        Frozen::Any(parts) => Node::Any(each(parts)),
        Frozen::Not(inner) => Node::Not(Box::new(bind(inner, columns))),
        &Frozen::Leaf { column, ref test } => match columns[column] {
            Source::Numbers(_) => Node::Numbers { column, test },
            Source::Categories(categories) => Node::Labels {
                column,
                codes: codes(test, categories),
            },
        },
    }
}

fn codes(test: &Test, categories: &Categories) -> Codes {
    let named: BTreeSet<&str> = match test {
        Test::OneOf(labels) => labels.iter().map(String::as_str).collect(),
        _ => BTreeSet::new(),
    };
    Codes {
        passes: categories
            .labels()
            .map(|label| named.contains(label))
            .collect(),
        blank: *test == Test::Missing,
    }
}

/// The values of one row, in the order of the columns.
pub(super) fn row_values(
    columns: &[Column],
    features: &Features,
    row: usize,
) -> Result<Vec<RuleValue>> {
    let sources = sources(columns, features)?;
    if row >= features.len() {
        return Err(Error::parameter(
            "row",
            row,
            format!("one of the {} rows, counted from 0", features.len()),
        ));
    }
    let value = |source: &Source<'_>| match source {
        Source::Numbers(column) if column[row].is_nan() => RuleValue::Missing,
        Source::Numbers(column) => RuleValue::Number(column[row]),
        Source::Categories(categories) => match categories.label(row) {
            None => RuleValue::Missing,
            Some(label) => RuleValue::Label(label.to_owned()),
        },
    };
    Ok(sources.iter().map(value).collect())
}
