//! Customers and their features, read from a delimited file.

use std::path::{Path, PathBuf};

use csv::ByteRecord;
use custometry::data::{Categories, Features, MissingValues};

use crate::{
    Columns,
    common::{
        Result,
        header::{bare, listed},
        progress,
        rows::Source,
        tables::{count, printable},
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

/// A column that is wanted.
struct Wanted {
    at: usize,
    name: String,
}

impl Wanted {
    /// The field as it is written, without blanks around.
    fn text(&self, path: &Path, line: u64, row: &ByteRecord) -> Result<String> {
        let bytes = row.get(self.at).unwrap_or_default();
        let text = std::str::from_utf8(bytes).map_err(|_| {
            let (path, name) = (path.display(), printable(&self.name));
            format!("{path}, line {line}, column {name}: not UTF-8; save the file as UTF-8")
        })?;
        Ok(text.trim().to_owned())
    }
}

/// A header with the names that are looked up in it.
struct Header<'a> {
    path: &'a Path,
    line: u64,
    names: Vec<String>,
}

impl Header<'_> {
    /// The column of a name: exactly, or else but for case, blanks and the like, or else by number.
    fn find(&self, wanted: &str) -> Result<Wanted> {
        let wanted = wanted.trim();
        let one = |fits: &dyn Fn(&str) -> bool| {
            let mut all = (0..self.names.len()).filter(|&at| fits(&self.names[at]));
            match (all.next(), all.next()) {
                (Some(at), None) => Ok(Some(at)),
                (Some(at), Some(other)) => Err(self.fault(&format!(
                    "columns {} and {} are both called {wanted:?}; say which by its number",
                    at + 1,
                    other + 1
                ))),
                _ => Ok(None),
            }
        };
        let found = match one(&|name| name == wanted)? {
            Some(at) => Some(at),
            None => one(&|name| bare(name).eq(bare(wanted)))?,
        };
        let number = || wanted.parse::<usize>().ok()?.checked_sub(1);
        let at = found.or_else(number).filter(|&at| at < self.names.len());
        let at = at.ok_or_else(|| {
            let all = listed(&self.names);
            self.fault(&format!("no column {wanted:?}; the columns are {all}"))
        })?;
        Ok(Wanted {
            at,
            name: self.names[at].clone(),
        })
    }

    fn fault(&self, what: &str) -> Box<dyn std::error::Error> {
        format!("{}, line {}: {what}", self.path.display(), self.line).into()
    }
}

/// Texts that stand for no value.
fn is_missing(text: &str) -> bool {
    ["", "na", "n/a", "nan", "null"].contains(&text.to_lowercase().as_str())
}

impl Customers {
    /// Reads the wanted columns. Features that are not all numbers are categories where
    /// `mixed`, and else an error unless they are named as categories.
    pub(crate) fn read(path: &Path, wanted: &Columns, mixed: bool) -> Result<Self> {
        let source = Source::open(path)?;
        let mut rows = source.rows();
        let mut row = ByteRecord::new();
        let Some(line) = rows.read(&mut row)? else {
            let path = path.display();
            return Err(format!("{path}, line 1: the file is empty; a header is needed").into());
        };
        let names = row
            .iter()
            .map(|name| String::from_utf8_lossy(name).trim().to_owned());
        let header = Header {
            path,
            line,
            names: names.collect(),
        };
        let find = |name: &String| header.find(name);
        let id = wanted.id.as_ref().map(find).transpose()?;
        let weight = wanted.weight.as_ref().map(find).transpose()?;
        let features = wanted
            .features
            .iter()
            .map(find)
            .collect::<Result<Vec<_>>>()?;
        let named = wanted
            .categories
            .iter()
            .map(find)
            .collect::<Result<Vec<_>>>()?;

        let width = row.len();
        let mut texts = vec![Vec::new(); features.len() + named.len()];
        let (mut keys, mut weights, mut lines) = (Vec::new(), Vec::new(), Vec::new());
        let bar = progress::bar("reading", source.len());
        while let Some(line) = rows.read(&mut row)? {
            if row.len() != width {
                let (path, found) = (path.display(), row.len());
                let message = format!("{path}, line {line}: {found} fields, not {width}");
                return Err(message.into());
            }
            for (column, texts) in features.iter().chain(&named).zip(&mut texts) {
                texts.push(column.text(path, line, &row)?);
            }
            lines.push(line);
            keys.push(match &id {
                Some(column) => column.text(path, line, &row)?,
                None => lines.len().to_string(),
            });
            if let Some(column) = &weight {
                let text = column.text(path, line, &row)?;
                let weight = text.parse::<f64>().ok();
                let weight = weight.filter(|weight| *weight >= 0.0 && weight.is_finite());
                weights.push(weight.ok_or_else(|| {
                    let wanted = "a weight is a number of 0 or more";
                    fault(path, line, &column.name, &text, wanted)
                })?);
            }
            if lines.len().is_multiple_of(10_000) {
                bar.set_position(rows.position());
            }
        }
        bar.finish_and_clear();
        if lines.is_empty() {
            return Err(header.fault("no rows below the header"));
        }

        let (mut numbers, mut categories) = (Vec::new(), Vec::new());
        let mut missing = Vec::new();
        for (at, (column, texts)) in features.iter().chain(&named).zip(&texts).enumerate() {
            let absent = || (0..texts.len()).filter(|&row| is_missing(&texts[row]));
            if let Some(first) = absent().next() {
                missing.push(MissingOf {
                    column: column.name.clone(),
                    rows: absent().count(),
                    line: lines[first],
                });
            }
            let is_number = |text: &String| match is_missing(text) {
                true => Some(f64::NAN),
                false => text.parse::<f64>().ok().filter(|value| value.is_finite()),
            };
            let values: Option<Vec<f64>> = texts.iter().map(is_number).collect();
            match values {
                Some(values) if at < features.len() => numbers.push((column, values)),
                None if at < features.len() && !mixed => {
                    let row = texts.iter().position(|text| is_number(text).is_none());
                    let row = row.unwrap_or_default();
                    let wanted = "it is no finite number; columns of labels are named with \
                                  --categories";
                    return Err(fault(path, lines[row], &column.name, &texts[row], wanted));
                }
                _ => categories.push((column, texts)),
            }
        }
        let columns: Vec<(&str, &[f64])> = (numbers.iter())
            .map(|(column, values)| (column.name.as_str(), &values[..]))
            .collect();
        let in_file = |error| format!("{}: {error}", path.display());
        let mut features =
            Features::from_columns(&columns, MissingValues::Keep).map_err(in_file)?;
        for (column, texts) in &categories {
            let texts: Vec<&str> = (texts.iter())
                .map(|text| if is_missing(text) { "" } else { text.as_str() })
                .collect();
            let labels = Categories::new(&texts).map_err(in_file)?;
            features = features
                .with_categories(&column.name, labels)
                .map_err(in_file)?;
        }
        if weight.is_some() {
            features = features.with_weights(&weights).map_err(in_file)?;
        }
        Ok(Self {
            path: path.to_owned(),
            id: id.map(|column| column.name),
            keys,
            features,
            weight: weight.map(|column| column.name),
            missing,
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

/// What is wrong with a field.
fn fault(path: &Path, line: u64, name: &str, text: &str, why: &str) -> Box<dyn std::error::Error> {
    let (path, name, text) = (path.display(), printable(name), printable(text));
    format!("{path}, line {line}, column {name} is {text:?}: {why}").into()
}
