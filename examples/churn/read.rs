//! Customers with how long they were there, read from a delimited file.

use std::{error, path::Path};

use csv::ByteRecord;
use custometry::{
    Error,
    churn::Durations,
    data::{Categories, Features},
};

use crate::{
    SurvivalArgs,
    common::{
        Result, progress,
        rows::Source,
        tables::printable,
        wanted::{Header, Wanted},
    },
    fields::{self, Field, is_missing, is_value, no_number, number},
};

/// What was read.
pub(crate) struct Customers {
    pub(crate) durations: Durations,
    pub(crate) strata: Option<Categories>,
    /// Rows without a duration, an event, an entry or a group.
    pub(crate) left_out: usize,
    pub(crate) regression: Option<Regression>,
}

/// The rows that have all features.
pub(crate) struct Regression {
    pub(crate) durations: Durations,
    pub(crate) strata: Option<Categories>,
    pub(crate) features: Features,
    /// Rows without one of the features.
    pub(crate) left_out: usize,
}

/// The columns, row by row.
#[derive(Default)]
struct Table {
    lines: Vec<u64>,
    exits: Vec<f64>,
    causes: Vec<u16>,
    entries: Vec<f64>,
    strata: Vec<String>,
    /// By feature.
    features: Vec<Vec<String>>,
    left_out: usize,
}

/// Reads the customers.
pub(crate) fn customers(args: &SurvivalArgs) -> Result<Customers> {
    let source = Source::open(&args.file)?;
    let path = source.path.as_path();
    let mut rows = source.rows();
    let header = Header::read(path, &mut rows)?;
    let duration = header.find(&args.duration)?;
    let event = header.find(&args.event)?;
    let find = |name: &Option<String>| name.as_ref().map(|name| header.find(name)).transpose();
    let (entry, strata) = (find(&args.entry)?, find(&args.strata)?);
    let features: Vec<Wanted> = args
        .features
        .iter()
        .map(|name| header.find(name))
        .collect::<Result<_>>()?;
    let optional = entry.iter().chain(&strata).chain(&features);
    header.differ([&duration, &event].into_iter().chain(optional))?;

    let mut table = Table {
        features: vec![Vec::new(); features.len()],
        ..Table::default()
    };
    let mut row = ByteRecord::new();
    let bar = progress::bar("reading", source.len());
    while let Some(line) = rows.read(&mut row)? {
        header.fits(line, &row)?;
        let text = |column: &Wanted| column.text(path, line, &row);
        let read = |column: &Wanted, text: &str| {
            number(text).ok_or_else(|| column.fault(path, line, text, no_number(text)))
        };
        let needed: Vec<String> = [
            Some(&duration),
            Some(&event),
            entry.as_ref(),
            strata.as_ref(),
        ]
        .into_iter()
        .flatten()
        .map(text)
        .collect::<Result<_>>()?;
        if needed.iter().any(|text| is_missing(text)) {
            table.left_out += 1;
            continue;
        }
        table.exits.push(read(&duration, &needed[0])?);
        let left = left(&needed[1], args.event_value.as_deref());
        let left = left.map_err(|why| event.fault(path, line, &needed[1], why))?;
        table.causes.push(u16::from(left));
        if let Some(entry) = &entry {
            table.entries.push(read(entry, &needed[2])?);
        }
        if strata.is_some() {
            table.strata.extend(needed.into_iter().next_back());
        }
        for (column, wanted) in table.features.iter_mut().zip(&features) {
            column.push(text(wanted)?);
        }
        table.lines.push(line);
        if table.lines.len().is_multiple_of(10_000) {
            bar.set_position(rows.position());
        }
    }
    bar.finish_and_clear();
    if table.lines.is_empty() {
        let why = "no rows below the header with a duration and an event";
        return Err(header.fault(why));
    }
    if let (Some(value), false) = (&args.event_value, table.causes.contains(&1)) {
        let why = format!("no row has {value:?} in column {}", printable(&event.name));
        return Err(header.fault(&why));
    }

    let all: Vec<usize> = (0..table.lines.len()).collect();
    let in_the_file = |error| in_the_file(path, &table.lines, &duration, entry.as_ref(), error);
    let durations = table.durations(&all).map_err(in_the_file)?;
    let regression = (!features.is_empty())
        .then(|| table.regression(&features, path))
        .transpose()?;
    Ok(Customers {
        durations,
        strata: table.strata(&all)?,
        left_out: table.left_out,
        regression,
    })
}

/// Whether a field says that the customer left.
fn left(text: &str, value: Option<&str>) -> std::result::Result<bool, &'static str> {
    if let Some(value) = value {
        return Ok(is_value(text, value));
    }
    let is = |words: [&str; 2]| words.iter().any(|word| text.eq_ignore_ascii_case(word));
    if number(text) == Some(1.0) || is(["true", "yes"]) {
        Ok(true)
    } else if number(text) == Some(0.0) || is(["false", "no"]) {
        Ok(false)
    } else {
        Err("0 or 1 is needed; say by --event-value what stands where a customer left")
    }
}

impl Table {
    fn durations(&self, rows: &[usize]) -> custometry::Result<Durations> {
        let exits: Vec<f64> = rows.iter().map(|&row| self.exits[row]).collect();
        let causes: Vec<u16> = rows.iter().map(|&row| self.causes[row]).collect();
        let durations = Durations::new(&exits, &causes)?;
        if self.entries.is_empty() {
            return Ok(durations);
        }
        let entries: Vec<f64> = rows.iter().map(|&row| self.entries[row]).collect();
        durations.with_entries(&entries)
    }

    fn strata(&self, rows: &[usize]) -> custometry::Result<Option<Categories>> {
        if self.strata.is_empty() {
            return Ok(None);
        }
        let labels: Vec<&str> = rows.iter().map(|&row| self.strata[row].as_str()).collect();
        Categories::new(&labels).map(Some)
    }

    /// The rows with all features.
    fn regression(&self, wanted: &[Wanted], path: &Path) -> Result<Regression> {
        let has_all = |&row: &usize| self.features.iter().all(|column| !is_missing(&column[row]));
        let rows: Vec<usize> = (0..self.lines.len()).filter(has_all).collect();
        if rows.is_empty() {
            return Err(format!("{}: no row has all of the features", path.display()).into());
        }
        let columns = wanted.iter().zip(&self.features);
        let columns: Vec<Field> = columns
            .map(|(wanted, texts)| Field { wanted, texts })
            .collect();
        let features = fields::features(path, &self.lines, &columns, &rows)?;
        fields::refuse_useless(path, &features)?;
        Ok(Regression {
            durations: self.durations(&rows)?,
            strata: self.strata(&rows)?,
            features,
            left_out: self.lines.len() - rows.len(),
        })
    }
}

/// A fault of a row, with the line that the row stands on and the column as the file names it.
fn in_the_file(
    path: &Path,
    lines: &[u64],
    duration: &Wanted,
    entry: Option<&Wanted>,
    error: Error,
) -> Box<dyn error::Error> {
    let path = path.display();
    match error {
        Error::InvalidValue {
            column,
            row,
            reason,
        } => {
            let line = lines.get(row).copied().unwrap_or_default();
            let column = match (&*column, entry) {
                ("entry", Some(entry)) => &entry.name,
                _ => &duration.name,
            };
            format!(
                "{path}, line {line}, column {}: {reason}",
                printable(column)
            )
            .into()
        }
        other => format!("{path}: {other}").into(),
    }
}
