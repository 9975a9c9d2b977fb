//! The frozen preparation.

use ndarray::Array2;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::{
    Encoding, Missing, PreparationReport, Prepared,
    category::{CategoryColumn, NO_LEVEL},
    column::{LARGEST, NumericColumn},
};
use crate::{
    Error, Result,
    data::{Categories, Features},
    persist,
};

/// Marks a row that is not set apart.
pub(super) const TOGETHER: u32 = u32::MAX;

/// Rows prepared by one thread at a time; a constant.
const CHUNK: usize = 1 << 13;

/// Rows of which one column is taken out, prepared and put back at once: they stay in the cache.
const BLOCK: usize = 256;

/// A fitted preparation, frozen: the scale that customers live on, today and next month.
///
/// # Example
///
/// ```
/// use custometry::{data::{Features, MissingValues}, persist, segmentation::*};
///
/// let spring = &[("spend", &[1.0, 10.0, 100.0][..])];
/// let spring = Features::from_columns(spring, MissingValues::Refuse)?;
/// let logs = ColumnParams::default().transform(Transform::Ln);
/// let saved = persist::to_json(&PreparationParams::default().all(logs).fit(&spring)?)?;
///
/// // A season later, by the logarithms and the scale of spring.
/// let preparation = persist::from_json::<Preparation>(&saved)?;
/// let autumn = Features::from_columns(&[("spend", &[10.0])], MissingValues::Refuse)?;
/// assert!(preparation.apply(&autumn)?.features().view()[(0, 0)].abs() < 1e-12);
/// // What lies in the middle of logarithms is the geometric mean.
/// assert!((preparation.restore(&[0.0])?[0] - 10.0).abs() < 1e-12);
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Fields", into = "Fields")]
pub struct Preparation {
    columns: Vec<NumericColumn>,
    categories: Vec<CategoryColumn>,
    report: PreparationReport,
    /// Of the prepared columns, with the original column of each.
    names: Vec<String>,
    sources: Vec<String>,
    /// Where each numeric column, and after them each one-hot column, begins.
    slots: Vec<usize>,
    own_segments: Vec<String>,
}

impl Preparation {
    /// Of parts that were fitted or read.
    pub(super) fn assemble(
        columns: Vec<NumericColumn>,
        categories: Vec<CategoryColumn>,
        report: PreparationReport,
    ) -> Result<Self> {
        let (mut names, mut sources, mut slots) = (Vec::new(), Vec::new(), Vec::new());
        for column in &columns {
            column.check()?;
            slots.push(names.len());
            names.push(column.name.clone());
            if column.missing == Missing::IndicatorAndMedian {
                names.push(format!("{} missing", column.name));
            }
            sources.resize(names.len(), column.name.clone());
        }
        for column in &categories {
            column.check()?;
            slots.push(names.len());
            names.extend(column.names());
            sources.resize(names.len(), column.name.clone());
        }
        let natives = categories
            .iter()
            .filter(|column| column.encoding == Encoding::Native);
        let mut all: Vec<&str> = names.iter().map(String::as_str).collect();
        all.extend(natives.map(|column| column.name.as_str()));
        all.sort_unstable();
        if let Some(twice) = all.windows(2).find(|pair| pair[0] == pair[1]) {
            return Err(Error::parameter(
                "prepared column",
                twice[0],
                "a name that no other prepared column has; rename the column it comes from",
            ));
        }
        let own_segments = (columns.iter())
            .filter(|column| column.missing == Missing::OwnSegment)
            .map(|column| column.name.clone())
            .collect();
        Ok(Self {
            columns,
            categories,
            report,
            names,
            sources,
            slots,
            own_segments,
        })
    }

    /// The names of the prepared columns, in order: numeric columns in the order of the fit, each
    /// followed by its `<name> missing` if it has one; then the one-hot columns, `<name>=<level>`.
    ///
    /// # Example
    ///
    /// See [`CategoryParams`](super::CategoryParams).
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The original column that a prepared column came from; `None` beyond the last.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::{data::{Categories, Features, MissingValues}, segmentation::*};
    /// let features = Features::from_columns(&[("age", &[31.0, 64.0])], MissingValues::Refuse)?
    ///     .with_categories("channel", Categories::new(&["web", "shop"])?)?;
    /// let preparation = PreparationParams::default().fit(&features)?;
    /// assert_eq!(preparation.names(), ["age", "channel=shop", "channel=web"]);
    /// assert_eq!(preparation.source_of(2), Some("channel"));
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn source_of(&self, at: usize) -> Option<&str> {
        self.sources.get(at).map(String::as_str)
    }

    /// The columns whose missing values set a row apart, in order.
    ///
    /// # Example
    ///
    /// See [`Prepared::set_apart`].
    pub fn own_segment_columns(&self) -> &[String] {
        &self.own_segments
    }

    /// What the fit saw in the columns, and what one should look at.
    ///
    /// # Example
    ///
    /// See [`PreparationReport`].
    pub fn report(&self) -> &PreparationReport {
        &self.report
    }

    /// A prepared point, such as a centre, in the units of the original columns. One number for
    /// each prepared column: numeric columns go back through weight, scale and transform; for a
    /// column of 0 and 1 it is the share of customers.
    ///
    /// The middle of transformed values is not the mean of the values: what comes back from a mean
    /// of logarithms is the geometric mean, from a mean of ranks about the median. Of values that
    /// were winsorised or clamped the bound comes back. A point beyond what a transform can give
    /// comes back as the edge, which may be infinite.
    ///
    /// # Errors
    ///
    /// [`Error::LengthMismatch`] unless there is a number for each prepared column;
    /// [`Error::InvalidValue`] for one that is not finite.
    ///
    /// # Example
    ///
    /// See [`Preparation`].
    pub fn restore(&self, point: &[f64]) -> Result<Vec<f64>> {
        Error::check_length("point", self.names.len(), point.len())?;
        if let Some(at) = point.iter().position(|x| !x.is_finite()) {
            let reason = format!("{} is not a place; give a finite number", point[at]);
            return Err(Error::value(&self.names[at], 0, reason));
        }
        let mut restored = point.to_vec();
        let ends = self.slots.iter().skip(1).copied().chain([self.names.len()]);
        let pieces: Vec<(usize, usize)> = self.slots.iter().copied().zip(ends).collect();
        let (numeric, one_hot) = pieces.split_at(self.columns.len());
        for (column, &(start, end)) in self.columns.iter().zip(numeric) {
            for (at, value) in restored[start..end].iter_mut().enumerate() {
                *value = match at {
                    0 => column.restore(*value),
                    _ => *value / column.root,
                };
            }
        }
        for (column, &(start, end)) in self.categories.iter().zip(one_hot) {
            for value in &mut restored[start..end] {
                *value /= column.root;
            }
        }
        Ok(restored)
    }

    /// Prepares features by what was learnt at the fit; nothing is learnt again. Columns are
    /// found by name, in any order, and others are not looked at.
    ///
    /// # Errors
    ///
    /// [`Error::VersionMismatch`] naming a column of the fit that is not there;
    /// [`Error::InvalidValue`] for the first value that is missing or not what the transform is
    /// made for against the policy of its column, or whose prepared form is beyond ±1e150, where
    /// distances overflow; and for the first label that is missing or unknown against the policy.
    ///
    /// # Example
    ///
    /// See [`Preparation`].
    pub fn apply(&self, features: &Features) -> Result<Prepared> {
        let places = self.places(features)?;
        let labels = self.labels(features)?;
        let apart = self.apart(features, &places);
        let matrix = self.numbers(features, &places, apart.as_deref())?;
        let mut matrix = Array2::from_shape_vec((features.len(), self.names.len()), matrix)
            .map_err(|_| Error::Overflow {
                what: "rows times prepared columns; prepare fewer rows at once".into(),
            })?;
        let mut carried = Vec::new();
        let slots = self.slots.iter().skip(self.columns.len());
        for ((column, labels), &slot) in self.categories.iter().zip(labels).zip(slots) {
            let is_apart = |row: usize| apart.as_ref().is_some_and(|apart| apart[row] != TOGETHER);
            let levels = column.places(labels, is_apart)?;
            match column.encoding {
                Encoding::Native => carried.push((column.name.clone(), column.carried(labels)?)),
                Encoding::OneHot => {
                    for (mut line, level) in matrix.outer_iter_mut().zip(levels) {
                        if level != NO_LEVEL {
                            line[slot + level as usize] = column.root;
                        }
                    }
                }
            }
        }
        let weights = features.weights().map(<[f64]>::to_vec);
        let features = Features::from_parts(self.names.clone(), matrix, carried, weights);
        Ok(Prepared::new(features, apart))
    }

    /// Where each numeric column is in the features.
    fn places(&self, features: &Features) -> Result<Vec<usize>> {
        let place = |column: &NumericColumn| {
            let named = |name: &String| *name == column.name;
            let found = features.names().iter().position(named);
            found.ok_or_else(|| missing_column(&column.name, "numeric", features.names()))
        };
        self.columns.iter().map(place).collect()
    }

    fn labels<'a>(&self, features: &'a Features) -> Result<Vec<&'a Categories>> {
        let labels = |column: &CategoryColumn| {
            features.categories(&column.name).ok_or_else(|| {
                let known: Vec<&str> = features.category_names().collect();
                missing_column(&column.name, "category", &known)
            })
        };
        self.categories.iter().map(labels).collect()
    }

    /// For each row the first column that sets it apart; `None` if no column does so.
    fn apart(&self, features: &Features, places: &[usize]) -> Option<Vec<u32>> {
        let own_segment = |(column, _): &(&NumericColumn, _)| column.missing == Missing::OwnSegment;
        let mut apart: Option<Vec<u32>> = None;
        let own = self.columns.iter().zip(places).filter(own_segment);
        for (number, (_, &place)) in (0..).zip(own) {
            let apart = apart.get_or_insert_with(|| vec![TOGETHER; features.len()]);
            for (apart, value) in apart.iter_mut().zip(features.view().column(place)) {
                if value.is_nan() && *apart == TOGETHER {
                    *apart = number;
                }
            }
        }
        apart
    }

    /// The prepared matrix, row by row, the one-hot columns still 0.
    fn numbers(
        &self,
        features: &Features,
        places: &[usize],
        apart: Option<&[u32]>,
    ) -> Result<Vec<f64>> {
        let width = self.names.len();
        let mut out = vec![0.0; features.len() * width];
        if self.columns.is_empty() || features.is_empty() {
            return Ok(out);
        }
        let view = features.view();
        let input = view.to_slice().unwrap_or_default();
        let stride = features.names().len();
        let refused: Vec<Option<(usize, usize)>> = out
            .par_chunks_mut(CHUNK * width)
            .zip(input.par_chunks(CHUNK * stride))
            .enumerate()
            .map(|(chunk, (out, input))| {
                let blocks = out
                    .chunks_mut(BLOCK * width)
                    .zip(input.chunks(BLOCK * stride));
                for (block, (out, input)) in blocks.enumerate() {
                    let first = chunk * CHUNK + block * BLOCK;
                    let apart = apart.and_then(|apart| apart.get(first..));
                    let io = Block {
                        input,
                        stride,
                        apart,
                    };
                    if let Some((row, column)) = self.block(&io, places, out) {
                        return Some((first + row, column));
                    }
                }
                None
            })
            .collect();
        match refused.into_iter().flatten().next() {
            None => Ok(out),
            Some((row, at)) => Err(self.columns[at].refusal(row, view[(row, places[at])])),
        }
    }

    /// Prepares a block of rows, column by column; gives the first row with a value that has no
    /// prepared form, and its column.
    fn block(
        &self,
        block: &Block<'_>,
        places: &[usize],
        out: &mut [f64],
    ) -> Option<(usize, usize)> {
        let width = self.names.len();
        let mut buffer = [0.0; BLOCK];
        let mut first: Option<(usize, usize)> = None;
        let columns = self.columns.iter().zip(places).zip(&self.slots);
        for (at, ((column, &place), &slot)) in columns.enumerate() {
            let mut rows = 0;
            for (value, line) in buffer
                .iter_mut()
                .zip(block.input.chunks_exact(block.stride))
            {
                *value = line[place];
                rows += 1;
            }
            let values = &mut buffer[..rows];
            if column.missing == Missing::IndicatorAndMedian {
                for (value, line) in values.iter().zip(out.chunks_exact_mut(width)) {
                    line[slot + 1] = if value.is_nan() { column.root } else { 0.0 };
                }
            }
            column.prepare(values);
            for (value, &apart) in values.iter_mut().zip(block.apart.unwrap_or_default()) {
                if apart != TOGETHER {
                    *value = 0.0;
                }
            }
            let mut sound = true;
            for (value, line) in values.iter().zip(out.chunks_exact_mut(width)) {
                // Fails for NaN as well.
                sound &= value.abs() <= LARGEST;
                line[slot] = *value;
            }
            if !sound {
                let refused = |value: &f64| value.is_nan() || value.abs() > LARGEST;
                let row = values.iter().position(refused).unwrap_or_default();
                if first.is_none_or(|(earliest, _)| row < earliest) {
                    first = Some((row, at));
                }
            }
        }
        first
    }
}

/// Rows to prepare together.
struct Block<'a> {
    input: &'a [f64],
    stride: usize,
    /// From the first row of the block on.
    apart: Option<&'a [u32]>,
}

fn missing_column(name: &str, kind: &str, known: &[impl AsRef<str>]) -> Error {
    let known: Vec<&str> = known.iter().map(AsRef::as_ref).collect();
    Error::VersionMismatch {
        what: "list of columns",
        expected: format!("one with the {kind} column {name}, as at the fit").into(),
        found: format!("[{}]", known.join(", ")).into(),
    }
}

/// How a preparation is saved.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Fields {
    columns: Vec<NumericColumn>,
    categories: Vec<CategoryColumn>,
    report: PreparationReport,
}

impl From<Preparation> for Fields {
    fn from(preparation: Preparation) -> Self {
        Self {
            columns: preparation.columns,
            categories: preparation.categories,
            report: preparation.report,
        }
    }
}

impl TryFrom<Fields> for Preparation {
    type Error = Error;
    fn try_from(fields: Fields) -> Result<Self> {
        Self::assemble(fields.columns, fields.categories, fields.report)
    }
}

impl persist::sealed::Sealed for Preparation {}
impl persist::Persist for Preparation {
    const FORMAT: &'static str = "custometry/preparation";
    const VERSION: u32 = 1;
}
