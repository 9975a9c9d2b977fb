//! Customers and their features, read from a delimited file.

use std::path::{Path, PathBuf};

use csv::ByteRecord;
use custometry::data::{Categories, Features, MissingValues};

use crate::{
    Columns,
    common::{
        Result, progress,
        rows::Source,
        tables::{count, printable},
        wanted::{Header, Wanted, fault},
    },
};

/// What was read.
pub(crate) struct Customers {
    pub(crate) path: PathBuf,
    /// What the header calls each customer; none where they go by the number of their row.
    pub(crate) id: Option<String>,
    pub(crate) keys: Vec<String>,
    pub(crate) features: Features,
    pub(crate) weight: Option<String>,
    /// Missing values, and the line of the first, by column with any.
    pub(crate) missing: Vec<MissingOf>,
}

/// How much of a column is missing.
pub(crate) struct MissingOf {
    pub(crate) column: String,
    pub(crate) rows: usize,
    line: u64,
}

/// Texts that stand for no value.
fn is_missing(text: &str) -> bool {
    ["", "na", "n/a", "nan", "null"].contains(&text.to_lowercase().as_str())
}

/// The wanted columns as they are written.
struct Texts {
    /// What the header calls the features, and after them the further columns of labels.
    names: Vec<String>,
    features: usize,
    /// By column.
    columns: Vec<Vec<String>>,
    keys: Vec<String>,
    weights: Vec<f64>,
    lines: Vec<u64>,
}

impl Texts {
    fn read(source: &Source, wanted: &Columns) -> Result<(Self, Option<String>, Option<String>)> {
        let path = &source.path;
        let mut rows = source.rows();
        let header = Header::read(path, &mut rows)?;
        let find = |name: &String| header.find(name);
        let id = wanted.id.as_ref().map(find).transpose()?;
        let weight = wanted.weight.as_ref().map(find).transpose()?;
        let all = wanted.features.iter().chain(&wanted.categories);
        let all = all.map(find).collect::<Result<Vec<_>>>()?;
        header.differ(&all)?;

        let mut texts = Self {
            names: all.iter().map(|column| column.name.clone()).collect(),
            features: wanted.features.len(),
            columns: vec![Vec::new(); all.len()],
            keys: Vec::new(),
            weights: Vec::new(),
            lines: Vec::new(),
        };
        let mut row = ByteRecord::new();
        let bar = progress::bar("reading", source.len());
        while let Some(line) = rows.read(&mut row)? {
            header.fits(line, &row)?;
            for (column, texts) in all.iter().zip(&mut texts.columns) {
                texts.push(column.text(path, line, &row)?);
            }
            texts.lines.push(line);
            texts.keys.push(match &id {
                Some(column) => column.text(path, line, &row)?,
                None => texts.lines.len().to_string(),
            });
            if let Some(column) = &weight {
                let text = column.text(path, line, &row)?;
                let weight = text.parse::<f64>().ok();
                let weight = weight.filter(|weight| *weight >= 0.0 && weight.is_finite());
                texts.weights.push(weight.ok_or_else(|| {
                    let wanted = "a weight is a number of 0 or more";
                    column.fault(path, line, &text, wanted)
                })?);
            }
            if texts.lines.len().is_multiple_of(10_000) {
                bar.set_position(rows.position());
            }
        }
        bar.finish_and_clear();
        if texts.lines.is_empty() {
            return Err(header.fault("no rows below the header"));
        }
        let name = |column: Option<Wanted>| column.map(|column| column.name);
        Ok((texts, name(id), name(weight)))
    }

    /// Columns with missing values.
    fn missing(&self) -> Vec<MissingOf> {
        let of_column = |(name, texts): (&String, &Vec<String>)| {
            let absent = || (0..texts.len()).filter(|&row| is_missing(&texts[row]));
            Some(MissingOf {
                line: self.lines[absent().next()?],
                column: name.clone(),
                rows: absent().count(),
            })
        };
        self.names
            .iter()
            .zip(&self.columns)
            .filter_map(of_column)
            .collect()
    }

    /// Features that are not all numbers are categories where `mixed`, and else an error unless
    /// they are named as categories.
    fn features(&self, path: &Path, mixed: bool) -> Result<Features> {
        let (mut numbers, mut categories) = (Vec::new(), Vec::new());
        for (at, (name, texts)) in self.names.iter().zip(&self.columns).enumerate() {
            let values: Option<Vec<f64>> = texts.iter().map(|text| number(text)).collect();
            match values {
                Some(values) if at < self.features => numbers.push((name, values)),
                None if at < self.features && !mixed => {
                    let row = texts.iter().position(|text| number(text).is_none());
                    let row = row.unwrap_or_default();
                    let wanted = "it is no finite number; columns of labels are named with \
                                  --categories";
                    return Err(fault(path, self.lines[row], name, &texts[row], wanted));
                }
                _ => categories.push((name, texts)),
            }
        }
        let columns: Vec<(&str, &[f64])> = (numbers.iter())
            .map(|(name, values)| (name.as_str(), &values[..]))
            .collect();
        let mut features = Features::from_columns(&columns, MissingValues::Keep)?;
        for (name, texts) in categories {
            let labels: Vec<&str> = texts.iter().map(|text| label(text)).collect();
            features = features.with_categories(name, Categories::new(&labels)?)?;
        }
        if !self.weights.is_empty() {
            features = features.with_weights(&self.weights)?;
        }
        Ok(features)
    }
}

/// A label, blank where it is missing.
fn label(text: &str) -> &str {
    if is_missing(text) { "" } else { text }
}

/// A number, NaN where it is missing; none if the text is something else.
fn number(text: &str) -> Option<f64> {
    if is_missing(text) {
        return Some(f64::NAN);
    }
    text.parse::<f64>().ok().filter(|value| value.is_finite())
}

impl Customers {
    /// Reads the wanted columns.
    pub(crate) fn read(path: &Path, wanted: &Columns, mixed: bool) -> Result<Self> {
        let source = Source::open(path)?;
        let (texts, id, weight) = Texts::read(&source, wanted)?;
        let with_path = |error: Box<dyn std::error::Error>| {
            let message = error.to_string();
            let path = path.display().to_string();
            if message.starts_with(&path) {
                message
            } else {
                format!("{path}: {message}")
            }
        };
        Ok(Self {
            path: path.to_owned(),
            id,
            weight,
            missing: texts.missing(),
            features: texts.features(path, mixed).map_err(with_path)?,
            keys: texts.keys,
        })
    }

    /// Why missing values are no good, if there are any.
    pub(crate) fn refuse_missing(&self) -> Result<()> {
        let Some(first) = self.missing.first() else {
            return Ok(());
        };
        let all = count(self.keys.len());
        let columns: Vec<String> = (self.missing.iter())
            .map(|missing| {
                let column = printable(&missing.column);
                format!("{column} ({} of {all} rows)", count(missing.rows))
            })
            .collect();
        Err(format!(
            "{}, line {}: values are missing in {}; say what that means with --missing median, \
             mark or apart, or leave the column out",
            self.path.display(),
            first.line,
            columns.join(", ")
        )
        .into())
    }
}
