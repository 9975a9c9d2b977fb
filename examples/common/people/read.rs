//! Records of people, read from delimited files.

use std::{
    fmt,
    path::{Path, PathBuf},
    str,
};

use csv::ByteRecord;
use custometry::{
    Error,
    identity::{FieldKind, FieldReport, Records, parse_full_name},
};
use serde::Serialize;

use super::{
    columns::{Column, PersonColumns, Plan},
    header::Header,
};
use crate::common::{
    Result, progress,
    rows::Source,
    tables::{self, count, printable},
};

/// All rows of all files, one file after the other.
pub(crate) struct People {
    pub(crate) files: Vec<ReadFile>,
    columns: Vec<Column>,
    pub(crate) guessed: bool,
    id_guessed: bool,
    pub(crate) keys: Vec<String>,
    /// The file of each row, and the line it starts on.
    pub(crate) places: Vec<(usize, u64)>,
    /// By column.
    values: Vec<Vec<String>>,
}

/// A file that was read.
pub(crate) struct ReadFile {
    pub(crate) path: PathBuf,
    /// What its records are said to come from.
    pub(crate) source: String,
    pub(crate) rows: usize,
    delimiter: u8,
    /// What its header calls the keys of records.
    id: String,
}

/// Takes the true entity of a row as it is written, or says what is wrong with it.
pub(crate) type TakeTruth<'a> =
    &'a mut (dyn FnMut(&str) -> std::result::Result<(), &'static str> + 'a);

/// A column of the records, without the values in it.
#[derive(Serialize)]
pub(crate) struct ReadColumn {
    pub(crate) name: String,
    pub(crate) kind: FieldKind,
    /// What the headers call it.
    pub(crate) from: String,
    pub(crate) known: u64,
    pub(crate) distinct: u64,
    pub(crate) blank: u64,
    pub(crate) generic: u64,
    pub(crate) unreadable: u64,
    /// Columns without a known value are left out.
    pub(crate) used: bool,
}

impl People {
    /// Reads all files. Unless a column is named for the keys, one called as `like` is
    /// the first guess. The true entity is in the column of that name.
    pub(crate) fn read(
        paths: &[PathBuf],
        wanted: &PersonColumns,
        like: Option<&str>,
        mut truth: Option<(&str, TakeTruth<'_>)>,
    ) -> Result<Self> {
        let names = source_names(paths)?;
        let sources = paths.iter().map(|path| Source::open(path));
        let sources = sources.collect::<Result<Vec<_>>>()?;
        let headers = sources.iter().map(header_of).collect::<Result<Vec<_>>>()?;
        let of_truth = truth.as_ref().map(|(name, _)| *name);
        let plan = Plan::new(&headers, wanted, like, of_truth)?;
        let mut people = Self {
            files: Vec::new(),
            values: vec![Vec::new(); plan.columns.len()],
            guessed: plan.guessed,
            id_guessed: plan.id_guessed,
            keys: Vec::new(),
            places: Vec::new(),
            columns: Vec::new(),
        };
        for ((file, source), name) in sources.iter().enumerate().zip(names) {
            let header = &headers[file];
            let take: Option<TakeTruth<'_>> = match &mut truth {
                Some((_, take)) => Some(&mut **take),
                None => None,
            };
            let rows = people.read_file(file, source, header, &plan, take)?;
            people.files.push(ReadFile {
                path: source.path.clone(),
                source: name,
                rows,
                delimiter: source.delimiter,
                id: header.names[plan.id[file]].clone(),
            });
        }
        people.columns = plan.columns;
        people.split_names();
        Ok(people)
    }

    /// Reads the rows of a file and gives how many there are.
    fn read_file(
        &mut self,
        file: usize,
        source: &Source,
        header: &Header,
        plan: &Plan,
        mut truth: Option<TakeTruth<'_>>,
    ) -> Result<usize> {
        let path = source.path.display();
        let mut rows = source.rows();
        let mut row = ByteRecord::new();
        rows.read(&mut row)?;
        let before = self.keys.len();
        let bar = progress::bar("reading", source.len());
        while let Some(line) = rows.read(&mut row)? {
            let (found, width) = (row.len(), header.names.len());
            if found != width {
                let what = format!("{found} fields, but the header has {width}");
                return Err(format!("{path}, line {line}: {what}").into());
            }
            let text = |at: usize| -> Result<&str> {
                let text = str::from_utf8(&row[at]).map_err(|_| {
                    let column = at + 1;
                    format!("{path}, line {line}, column {column}: the text is not UTF-8")
                })?;
                Ok(text.trim())
            };
            let id = text(plan.id[file])?;
            if id.is_empty() {
                let what = "the id is blank; each record needs one";
                return Err(format!("{path}, line {line}: {what}").into());
            }
            self.keys.push(id.to_owned());
            for (column, values) in plan.columns.iter().zip(&mut self.values) {
                let parts = column.places[file].iter().map(|&at| text(at));
                let mut parts = parts.collect::<Result<Vec<_>>>()?;
                parts.retain(|part| !part.is_empty());
                values.push(parts.join(" "));
            }
            if let (Some(at), Some(take)) = (&plan.truth, &mut truth) {
                let (at, name) = (at[file], &header.names[at[file]]);
                take(text(at)?)
                    .map_err(|why| format!("{path}, line {line}, column {name:?}: {why}"))?;
            }
            self.places.push((file, line));
            if self.keys.len().is_multiple_of(10_000) {
                bar.set_position(rows.position());
            }
        }
        bar.finish_and_clear();
        if self.keys.len() == before {
            let line = header.line;
            return Err(format!("{path}, line {line}: no rows below the header").into());
        }
        Ok(self.keys.len() - before)
    }

    /// Where some files have names in parts and others in one text, the text is taken
    /// apart, so that names can be compared across files.
    fn split_names(&mut self) {
        let of_kind = |kind| self.columns.iter().position(|column| column.kind == kind);
        let full = of_kind(FieldKind::FullName);
        let given = of_kind(FieldKind::GivenName);
        let surname = of_kind(FieldKind::Surname);
        let (Some(full), Some(given), Some(surname)) = (full, given, surname) else {
            return;
        };
        let has = |column: usize, file: usize| !self.columns[column].places[file].is_empty();
        let both = |file: &usize| has(full, *file) && (has(given, *file) || has(surname, *file));
        if (0..self.files.len()).any(|file| both(&file)) {
            return;
        }
        for (row, &(file, _)) in self.places.iter().enumerate() {
            if has(full, file) {
                let name = parse_full_name(&self.values[full][row]);
                self.values[given][row] = name.given;
                self.values[surname][row] = name.surname;
            }
        }
        let from = self.columns.remove(full).from;
        self.values.remove(full);
        for column in &mut self.columns {
            if [FieldKind::GivenName, FieldKind::Surname].contains(&column.kind) {
                column.from = format!("{}, {from}", column.from);
            }
        }
    }

    /// The records, and what became of each column. Columns without any known value are
    /// left out.
    pub(crate) fn prepare(&self) -> Result<(Records, Vec<ReadColumn>)> {
        let mut used = vec![true; self.columns.len()];
        let all = self.records(&used)?;
        let read = self.columns.iter();
        let mut columns: Vec<ReadColumn> = read
            .filter_map(|column| {
                let report = all.report(&column.name)?;
                Some(ReadColumn::new(
                    &column.name,
                    column.kind,
                    &column.from,
                    report,
                ))
            })
            .collect();
        for (used, column) in used.iter_mut().zip(&columns) {
            *used = column.used;
        }
        let records = if used.contains(&false) {
            self.records(&used)?
        } else {
            all
        };
        // The parts of full names.
        let full = columns
            .iter()
            .find(|column| column.kind == FieldKind::FullName);
        let from = full.map_or_else(String::new, |full| full.from.clone());
        for (name, kind) in records.fields() {
            if let (true, Some(report)) = (
                columns.iter().all(|column| column.name != name),
                records.report(name),
            ) {
                let part = ReadColumn::new(name, kind, &from, report);
                columns.push(ReadColumn { used: true, ..part });
            }
        }
        Ok((records, columns))
    }

    /// The records of the columns whose `used` is set.
    fn records(&self, used: &[bool]) -> Result<Records> {
        let sources = self
            .places
            .iter()
            .map(|&(file, _)| &self.files[file].source[..]);
        let sources: Vec<&str> = sources.collect();
        let mut builder = Records::builder().text_keys(&self.keys).sources(&sources);
        for (at, column) in self.columns.iter().enumerate().filter(|(at, _)| used[*at]) {
            builder = builder.column(&column.name, column.kind, &self.values[at]);
        }
        builder.build().map_err(|error| self.in_file(error).into())
    }

    /// An error of the library about a row, in lines of files.
    fn in_file(&self, error: Error) -> String {
        let place = |row: usize| {
            let (file, line) = self.places[row];
            format!("{}, line {line}", self.files[file].path.display())
        };
        match error {
            Error::DuplicateKey {
                key,
                first_row,
                row,
            } => format!(
                "{}: id {} is that of line {} too; ids must be unique within a file",
                place(row),
                tables::printable(&key),
                self.places[first_row].1
            ),
            Error::InvalidValue {
                column,
                row,
                reason,
            } => format!("{}, {column}: {reason}", place(row)),
            Error::InvalidParameter {
                name: "column",
                value,
                ..
            } => format!("column {value} is named twice in one option"),
            other => other.to_string(),
        }
    }
}

impl ReadColumn {
    fn new(name: &str, kind: FieldKind, from: &str, report: &FieldReport) -> Self {
        Self {
            name: name.to_owned(),
            kind,
            from: from.to_owned(),
            known: report.known,
            distinct: report.distinct,
            blank: report.blank,
            generic: report.generic,
            unreadable: report.unreadable,
            used: report.known > 0,
        }
    }
}

impl fmt::Display for People {
    /// How the files were read, and how to say otherwise.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for file in &self.files {
            let delimiter = match file.delimiter {
                b';' => "semicolons",
                b'\t' => "tabs",
                b'|' => "bars",
                _ => "commas",
            };
            let (path, rows) = (file.path.display(), count(file.rows));
            writeln!(f, "{path}: divided by {delimiter}, rows: {rows}.")?;
            if self.id_guessed {
                let id = printable(&file.id);
                writeln!(
                    f,
                    "Key of a record, guessed from the header: {id}. To say otherwise: --id."
                )?;
            }
        }
        if self.guessed {
            let read = self.columns.iter();
            let read = read.map(|column| format!("{} = {}", column.name, column.from));
            let read = printable(&read.collect::<Vec<_>>().join(", "));
            writeln!(f, "Guessed from the headers: {read}.")?;
            writeln!(
                f,
                "To say otherwise: --given-name, --surname and so on, each with the name of a \
                 column or its number."
            )?;
        }
        Ok(())
    }
}

/// The header of a file.
fn header_of(source: &Source) -> Result<Header> {
    let mut row = ByteRecord::new();
    let Some(line) = source.rows().read(&mut row)? else {
        let path = source.path.display();
        return Err(format!("{path}, line 1: the file is empty; a header is needed").into());
    };
    Ok(Header::new(&source.path, line, &row))
}

/// What the files are called as sources: by their names without ending if those differ,
/// else by their paths.
fn source_names(paths: &[PathBuf]) -> Result<Vec<String>> {
    for (at, path) in paths.iter().enumerate() {
        if paths[..at].contains(path) {
            return Err(format!("{} is given twice", path.display()).into());
        }
    }
    let stem = |path: &Path| {
        path.file_stem()
            .map(|stem| stem.to_string_lossy().into_owned())
    };
    let stems: Vec<String> = paths.iter().filter_map(|path| stem(path)).collect();
    let differ = (1..stems.len()).all(|at| !stems[..at].contains(&stems[at]));
    if differ && stems.len() == paths.len() {
        return Ok(stems);
    }
    Ok(paths
        .iter()
        .map(|path| path.display().to_string())
        .collect())
}
