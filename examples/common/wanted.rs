//! Columns of a delimited file that are wanted by name, and what stands in them.

use std::{error::Error, path::Path};

use csv::ByteRecord;

use super::{
    Result,
    header::{Named, listed, named},
    rows::Rows,
    tables::printable,
};

/// A column that is wanted.
pub(crate) struct Wanted {
    at: usize,
    pub(crate) name: String,
}

impl Wanted {
    /// The field as it is written, without blanks around.
    pub(crate) fn text(&self, path: &Path, line: u64, row: &ByteRecord) -> Result<String> {
        let bytes = row.get(self.at).unwrap_or_default();
        let text = std::str::from_utf8(bytes).map_err(|_| {
            let (path, name) = (path.display(), printable(&self.name));
            format!("{path}, line {line}, column {name}: not UTF-8; save the file as UTF-8")
        })?;
        Ok(text.trim().to_owned())
    }

    /// What is wrong with a field.
    pub(crate) fn fault(&self, path: &Path, line: u64, text: &str, why: &str) -> Box<dyn Error> {
        fault(path, line, &self.name, text, why)
    }
}

/// A header with the names that are looked up in it.
pub(crate) struct Header<'a> {
    path: &'a Path,
    line: u64,
    names: Vec<String>,
}

impl<'a> Header<'a> {
    /// Reads the first row.
    pub(crate) fn read(path: &'a Path, rows: &mut Rows<'_>) -> Result<Self> {
        let mut row = ByteRecord::new();
        let Some(line) = rows.read(&mut row)? else {
            let path = path.display();
            return Err(format!("{path}, line 1: the file is empty; a header is needed").into());
        };
        let names = row.iter();
        let names = names.map(|name| String::from_utf8_lossy(name).trim().to_owned());
        Ok(Self {
            path,
            line,
            names: names.collect(),
        })
    }

    /// The column of a name, or of a number.
    pub(crate) fn find(&self, wanted: &str) -> Result<Wanted> {
        let at = match named(&self.names, wanted) {
            Named::At(at) => at,
            Named::Both(at, other) => {
                let (wanted, at, other) = (wanted.trim(), at + 1, other + 1);
                return Err(self.fault(&format!(
                    "columns {at} and {other} are both called {wanted:?}; say which by its number"
                )));
            }
            Named::Nowhere => {
                let (wanted, all) = (wanted.trim(), listed(&self.names));
                return Err(self.fault(&format!("no column {wanted:?}; the columns are {all}")));
            }
        };
        Ok(Wanted {
            at,
            name: self.names[at].clone(),
        })
    }

    /// All columns but some. One without a name is called by its number.
    pub(crate) fn others<'b>(
        &self,
        but: impl IntoIterator<Item = &'b Wanted>,
    ) -> Result<Vec<Wanted>> {
        let but: Vec<usize> = but.into_iter().map(|column| column.at).collect();
        let others = (0..self.names.len()).filter(|at| !but.contains(at));
        let column = |at: usize| Wanted {
            at,
            name: match self.names[at].as_str() {
                "" => format!("column {}", at + 1),
                name => name.to_owned(),
            },
        };
        let others: Vec<Wanted> = others.map(column).collect();
        for (place, column) in others.iter().enumerate() {
            let mut before = others[..place].iter();
            if let Some(first) = before.find(|first| first.name == column.name) {
                let (one, other, name) = (first.at + 1, column.at + 1, &column.name);
                return Err(self.fault(&format!(
                    "columns {one} and {other} are both called {name:?}; rename one, or drop one by \
                     its number"
                )));
            }
        }
        Ok(others)
    }

    /// `Ok` if no column is wanted for two things.
    pub(crate) fn differ<'b>(&self, wanted: impl IntoIterator<Item = &'b Wanted>) -> Result<()> {
        let mut seen = vec![false; self.names.len()];
        for column in wanted {
            if std::mem::replace(&mut seen[column.at], true) {
                let (number, name) = (column.at + 1, &column.name);
                return Err(self.fault(&format!("column {number} {name:?} is asked for twice")));
            }
        }
        Ok(())
    }

    /// `Ok` if a row has as many fields as the header.
    pub(crate) fn fits(&self, line: u64, row: &ByteRecord) -> Result<()> {
        let (width, found) = (self.names.len(), row.len());
        if found == width {
            return Ok(());
        }
        let path = self.path.display();
        Err(format!("{path}, line {line}: {found} fields, not {width}").into())
    }

    pub(crate) fn fault(&self, what: &str) -> Box<dyn Error> {
        format!("{}, line {}: {what}", self.path.display(), self.line).into()
    }
}

/// What is wrong with a field of a column.
pub(crate) fn fault(path: &Path, line: u64, name: &str, text: &str, why: &str) -> Box<dyn Error> {
    let (path, name, text) = (path.display(), printable(name), printable(text));
    format!("{path}, line {line}, column {name} is {text:?}: {why}").into()
}
