//! Rows that cannot be read.

use std::{fmt::Display, path::Path};

use csv::{ByteRecord, QuoteStyle, Writer, WriterBuilder};

use super::{Result, files::Staged, rows::Source, tables};

/// How many bad rows are shown; the others are only counted.
const SHOWN: usize = 10;

/// The bad rows of a file: the first ones described, all of them counted and, if
/// they are to be set aside, kept.
pub(crate) struct Rejects {
    count: u64,
    shown: Vec<String>,
    aside: Option<Writer<Vec<u8>>>,
}

/// What is wrong with a row: where, if it is one field, and why.
pub(crate) struct BadRow {
    pub(crate) place: Option<String>,
    pub(crate) reason: String,
}

impl Rejects {
    /// Ready to take rows, and to set them aside if a file is given for them.
    pub(crate) fn new(source: &Source, header: &ByteRecord, aside: bool) -> Result<Self> {
        let mut rejects = Self {
            count: 0,
            shown: Vec::new(),
            aside: None,
        };
        if aside {
            // With the delimiter of the file, so that what opens one opens both.
            let mut writer = WriterBuilder::new()
                .delimiter(source.delimiter)
                .quote_style(QuoteStyle::Necessary)
                .flexible(true)
                .from_writer(Vec::new());
            let ours = [b"line".as_slice(), b"reason"];
            writer.write_record(ours.into_iter().chain(header))?;
            rejects.aside = Some(writer);
        }
        Ok(rejects)
    }

    pub(crate) fn count(&self) -> u64 {
        self.count
    }

    pub(crate) fn push(
        &mut self,
        path: &Path,
        line: u64,
        row: &ByteRecord,
        bad: &BadRow,
    ) -> Result<()> {
        self.count += 1;
        let BadRow { place, reason } = bad;
        if self.shown.len() < SHOWN {
            let place = place.as_ref().map_or(String::new(), |at| format!(", {at}"));
            let path = path.display();
            self.shown
                .push(format!("{path}, line {line}{place}: {reason}"));
        }
        if let Some(writer) = &mut self.aside {
            let place = place.as_ref().map_or(String::new(), |at| format!("{at}: "));
            let ours = [line.to_string(), format!("{place}{reason}")];
            writer.write_record(ours.iter().map(String::as_bytes).chain(row))?;
        }
        Ok(())
    }

    /// The message for a run that cannot go on: what to do about rows that are bad, and
    /// which columns were guessed, if any were.
    pub(crate) fn refusal(
        &self,
        path: &Path,
        rows: u64,
        remedy: &str,
        guessed: Option<&dyn Display>,
    ) -> String {
        let (path, bad, all) = (
            path.display(),
            tables::count(self.count),
            tables::count(rows),
        );
        let remedy = if self.count == rows {
            "nothing is left to analyse"
        } else {
            remedy
        };
        let mut lines = vec![format!(
            "{path}: {bad} of {all} rows cannot be read; {remedy}"
        )];
        lines.extend(guessed.map(|columns| format!("read as: {columns}")));
        lines.extend_from_slice(&self.shown);
        if self.count > SHOWN as u64 {
            lines.push("...".to_owned());
        }
        lines.join("\n")
    }

    /// The file of the rows set aside, if there is to be one.
    pub(crate) fn stage(self, target: Option<&Path>) -> Result<Option<Staged>> {
        let (Some(target), Some(writer)) = (target, self.aside) else {
            return Ok(None);
        };
        let bytes = writer.into_inner().map_err(|error| error.to_string())?;
        Ok(Some(Staged::write(target, bytes)?))
    }
}
