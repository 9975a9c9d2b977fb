//! Records of people, read from delimited files.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    str,
};

use csv::ByteRecord;
use custometry::{
    Error,
    identity::{FieldKind, Records, parse_full_name},
};
use regex::Regex;

use crate::{
    columns::{Column, ColumnNames, Header, Plan},
    common::{Result, progress, rows::Source, tables},
};

/// All rows of all files, one file after the other.
pub(crate) struct People {
    pub(crate) files: Vec<ReadFile>,
    pub(crate) columns: Vec<Column>,
    pub(crate) guessed: bool,
    pub(crate) keys: Vec<String>,
    /// The file of each row, and the line it starts on.
    pub(crate) places: Vec<(usize, u64)>,
    /// By column.
    values: Vec<Vec<String>>,
    /// The true entity of each row.
    pub(crate) truth: Option<Vec<u32>>,
}

/// A file that was read.
pub(crate) struct ReadFile {
    pub(crate) path: PathBuf,
    /// What its records are said to come from.
    pub(crate) source: String,
    pub(crate) delimiter: u8,
    pub(crate) rows: usize,
}

/// How the true entity is taken out of its column, and the number of each.
struct Truth {
    pattern: Option<Regex>,
    numbers: HashMap<String, u32>,
    of_rows: Vec<u32>,
}

impl Truth {
    fn new(pattern: Option<&str>) -> Result<Self> {
        let pattern = pattern.map(|text| -> Result<Regex> {
            let refuse = |why: &str| format!("--truth-pattern {text:?}: {why}");
            let pattern = Regex::new(text).map_err(|error| {
                // The last line says what is wrong, those before it show where.
                let error = error.to_string();
                let last = error.lines().last().unwrap_or_default();
                refuse(last.trim_start_matches("error: "))
            })?;
            if pattern.captures_len() < 2 {
                return Err(refuse("it has no group in parentheses that is the entity").into());
            }
            Ok(pattern)
        });
        Ok(Self {
            pattern: pattern.transpose()?,
            numbers: HashMap::new(),
            of_rows: Vec::new(),
        })
    }

    fn push(&mut self, text: &str) -> std::result::Result<(), &'static str> {
        let entity = match &self.pattern {
            None => text,
            Some(pattern) => (pattern.captures(text))
                .and_then(|found| found.get(1))
                .ok_or("the true entity does not match --truth-pattern")?
                .as_str(),
        };
        if entity.is_empty() {
            return Err("the true entity is blank");
        }
        let number = if let Some(&number) = self.numbers.get(entity) {
            number
        } else {
            let number = u32::try_from(self.numbers.len()).map_err(|_| "too many entities")?;
            self.numbers.insert(entity.to_owned(), number);
            number
        };
        self.of_rows.push(number);
        Ok(())
    }
}

impl People {
    pub(crate) fn read(
        paths: &[PathBuf],
        wanted: &ColumnNames,
        pattern: Option<&str>,
    ) -> Result<Self> {
        let mut truth = Truth::new(pattern)?;
        let names = source_names(paths)?;
        let sources = paths.iter().map(|path| Source::open(path));
        let sources = sources.collect::<Result<Vec<_>>>()?;
        let headers = sources.iter().map(header_of).collect::<Result<Vec<_>>>()?;
        let plan = Plan::new(&headers, wanted)?;
        let mut people = Self {
            files: Vec::new(),
            values: vec![Vec::new(); plan.columns.len()],
            guessed: plan.guessed,
            keys: Vec::new(),
            places: Vec::new(),
            columns: Vec::new(),
            truth: None,
        };
        for ((file, source), name) in sources.iter().enumerate().zip(names) {
            let rows = people.read_file(file, source, &headers[file], &plan, &mut truth)?;
            people.files.push(ReadFile {
                path: source.path.clone(),
                source: name,
                delimiter: source.delimiter,
                rows,
            });
        }
        people.columns = plan.columns;
        people.truth = plan.truth.map(|_| truth.of_rows);
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
        truth: &mut Truth,
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
            if let Some(at) = &plan.truth {
                let (at, name) = (at[file], &header.names[at[file]]);
                (truth.push(text(at)?))
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

    /// The records of the columns whose `used` is set.
    pub(crate) fn records(&self, used: &[bool]) -> Result<Records> {
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
