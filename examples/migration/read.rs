//! A panel, read from a delimited file.

use std::path::Path;

use csv::ByteRecord;
use custometry::{Error, data::Currency, migration::SegmentPanel};

use crate::{
    Args,
    common::{
        Result, progress,
        rows::Source,
        tables::printable,
        wanted::{Header, Wanted},
    },
};

/// What was read.
pub(crate) struct Panel {
    pub(crate) panel: SegmentPanel,
    /// Values that had more decimals than the currency.
    pub(crate) rounded: u64,
}

/// The columns as they are written.
#[derive(Default)]
struct Texts {
    keys: Vec<String>,
    periods: Vec<String>,
    segments: Vec<String>,
    values: Vec<i64>,
    rounded: u64,
    lines: Vec<u64>,
}

/// Reads the panel.
pub(crate) fn panel(args: &Args) -> Result<Panel> {
    let wanted = &args.columns;
    let currency = Currency::new(&wanted.currency, wanted.decimals)?;
    let source = Source::open(&args.file)?;
    let path = source.path.as_path();
    let mut rows = source.rows();
    let header = Header::read(path, &mut rows)?;
    let [id, period, segment] = [&wanted.id, &wanted.period, &wanted.segment];
    let [id, period, segment] = [
        header.find(id)?,
        header.find(period)?,
        header.find(segment)?,
    ];
    let value = wanted.value.as_ref();
    let value = value.map(|name| header.find(name)).transpose()?;
    header.differ([&id, &period, &segment].into_iter().chain(&value))?;

    let mut texts = Texts::default();
    let mut row = ByteRecord::new();
    let bar = progress::bar("reading", source.len());
    while let Some(line) = rows.read(&mut row)? {
        header.fits(line, &row)?;
        let needed = |column: &Wanted| {
            let text = column.text(path, line, &row)?;
            if text.is_empty() {
                let why = "it is needed; leave out the row of a customer who was outside";
                return Err(column.fault(path, line, &text, why));
            }
            Ok(text)
        };
        texts.keys.push(needed(&id)?);
        texts.periods.push(needed(&period)?);
        texts.segments.push(needed(&segment)?);
        if let Some(column) = &value {
            let text = needed(column)?;
            let read = currency.parse_rounded(&text);
            let (money, exact) =
                read.map_err(|error| column.fault(path, line, &text, &error.to_string()))?;
            texts.values.push(money.0);
            texts.rounded += u64::from(!exact);
        }
        texts.lines.push(line);
        if texts.lines.len().is_multiple_of(10_000) {
            bar.set_position(rows.position());
        }
    }
    bar.finish_and_clear();
    if texts.lines.is_empty() {
        return Err(header.fault("no rows below the header"));
    }

    let mut builder = SegmentPanel::builder()
        .text_keys(&texts.keys)
        .periods(&texts.periods)
        .segments(&texts.segments);
    if value.is_some() {
        builder = builder.values(currency, texts.values);
    }
    if !args.order.is_empty() {
        builder = builder.order(&order(&args.order)?);
    }
    let panel = builder
        .build()
        .map_err(|error| in_the_file(path, &texts.lines, [&id, &period, &segment], error))?;
    Ok(Panel {
        panel,
        rounded: texts.rounded,
    })
}

/// The segments in their order, each named once.
fn order(named: &[String]) -> Result<Vec<&str>> {
    let order: Vec<&str> = named.iter().map(|name| name.trim()).collect();
    for (at, name) in order.iter().enumerate() {
        if name.is_empty() || order[..at].contains(name) {
            let (number, name) = (at + 1, printable(name));
            return Err(format!(
                "--order: name {number} is {name:?}, which is blank or given before"
            )
            .into());
        }
    }
    Ok(order)
}

/// A fault of a row, with the line that the row stands on.
fn in_the_file(
    path: &Path,
    lines: &[u64],
    columns: [&Wanted; 3],
    error: Error,
) -> Box<dyn std::error::Error> {
    let path = path.display();
    let line = |row: usize| lines.get(row).copied().unwrap_or_default();
    match error {
        Error::DuplicateKey {
            key,
            first_row,
            row,
        } if row < lines.len() => {
            let (first, second) = (line(first_row), line(row));
            format!("{path}, line {second}: {key} stands on line {first} already").into()
        }
        Error::InvalidValue {
            column,
            row,
            reason,
        } => {
            // By the name that the column has in the file.
            let ours = ["customer", "period", "segment"];
            let at = ours.iter().position(|name| **name == *column);
            let name = at.map_or(&*column, |at| &columns[at].name);
            let name = printable(name);
            format!("{path}, line {}, column {name}: {reason}", line(row)).into()
        }
        other => format!("{path}: {other}").into(),
    }
}
