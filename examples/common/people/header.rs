//! The header of a file of people, and how columns are found in it.

use std::{
    error::Error,
    path::{Path, PathBuf},
};

use csv::ByteRecord;

use super::roles::{Role, USUAL_IDS};
use crate::common::{
    Result,
    header::{Named, bare, fitting, listed, named},
};

/// The header of a file.
pub(super) struct Header {
    pub(super) path: PathBuf,
    pub(super) line: u64,
    pub(super) names: Vec<String>,
}

impl Header {
    pub(super) fn new(path: &Path, line: u64, header: &ByteRecord) -> Self {
        let name = |field: &[u8]| String::from_utf8_lossy(field).trim().to_owned();
        Self {
            path: path.to_owned(),
            line,
            names: header.iter().map(name).collect(),
        }
    }

    /// The column of a name, or of a number.
    pub(super) fn find(&self, option: &str, wanted: &str) -> Result<Option<usize>> {
        self.only(option, named(&self.names, wanted))
    }

    /// The column of a name, which must be there.
    pub(super) fn need(&self, option: &str, wanted: &str) -> Result<usize> {
        self.find(option, wanted)?.ok_or_else(|| {
            self.fault(&format!(
                "no column {wanted:?} for {option}; the columns are {}",
                listed(&self.names)
            ))
        })
    }

    /// The column of keys by its name: that of `like`, or else a usual one.
    pub(super) fn guess_id(&self, like: Option<&str>) -> Result<usize> {
        let like: Option<String> = like.map(|name| bare(name).collect());
        let like = like.as_deref().filter(|name| !name.is_empty());
        let names = like.into_iter().chain(USUAL_IDS.split(' '));
        self.surest("--id", &[], names)?.ok_or_else(|| {
            self.fault(&format!(
                "no column looks like the key of a record; name it with --id, the columns are {}",
                listed(&self.names)
            ))
        })
    }

    /// The columns of the parts of a role, each by the surest of its usual names; none
    /// unless the last part is there.
    pub(super) fn guess(&self, role: &Role, taken: &[usize]) -> Result<Vec<usize>> {
        let parts = (role.usual.iter())
            .map(|usual| self.surest(role.option, taken, usual.split(' ')))
            .collect::<Result<Vec<_>>>()?;
        if parts.last().is_none_or(Option::is_none) {
            return Ok(Vec::new());
        }
        Ok(parts.into_iter().flatten().collect())
    }

    /// The column that goes by the first of the names that there is.
    fn surest<'a>(
        &self,
        option: &str,
        taken: &[usize],
        names: impl Iterator<Item = &'a str>,
    ) -> Result<Option<usize>> {
        for usual in names {
            let fits = |at, name: &str| !taken.contains(&at) && bare(name).eq(usual.chars());
            let at = self.only(option, fitting(&self.names, fits))?;
            if at.is_some() {
                return Ok(at);
            }
        }
        Ok(None)
    }

    /// The only column. Of two the program does not choose.
    fn only(&self, option: &str, found: Named) -> Result<Option<usize>> {
        match found {
            Named::Nowhere => Ok(None),
            Named::At(at) => Ok(Some(at)),
            Named::Both(at, other) => {
                let (name, other_name) = (&self.names[at], &self.names[other]);
                let (at, other) = (at + 1, other + 1);
                Err(self.fault(&format!(
                    "columns {at} {name:?} and {other} {other_name:?} could both be meant; say \
                     which with {option} {at} or {option} {other}"
                )))
            }
        }
    }

    pub(super) fn fault(&self, what: &str) -> Box<dyn Error> {
        format!("{}, line {}: {what}", self.path.display(), self.line).into()
    }
}
