//! Output files that are written whole or not at all.

use std::{
    fs::{self, File},
    io::Write,
    path::{Path, PathBuf},
};

use super::Result;

/// A file written under another name beside its place, to be moved there once
/// everything else has gone well. Dropped before that, it leaves no trace.
pub(crate) struct Staged {
    target: PathBuf,
    content: Content,
}

enum Content {
    /// Waits in the file of this name.
    Beside(PathBuf),
    /// Waits in memory: pipes and devices cannot be replaced by a file.
    Memory(Vec<u8>),
    Moved,
}

/// Refuses to write to a file that is read.
pub(crate) fn spare_inputs<'a>(
    targets: impl IntoIterator<Item = &'a PathBuf>,
    inputs: &[PathBuf],
) -> Result<()> {
    for target in targets {
        // One that is not there yet cannot be read.
        let Ok(place) = fs::canonicalize(target) else {
            continue;
        };
        let is_place = |input: &PathBuf| fs::canonicalize(input).is_ok_and(|input| input == place);
        if inputs.iter().any(is_place) {
            let target = target.display();
            return Err(format!("cannot write {target}: it is a file that is read").into());
        }
    }
    Ok(())
}

impl Staged {
    /// Writes what is to become `target`.
    pub(crate) fn write(target: &Path, bytes: Vec<u8>) -> Result<Self> {
        let refuse = |why: &str| format!("cannot write {}: {why}", target.display());
        // A link is followed, so that what it points to is replaced, not the link.
        let place = fs::canonicalize(target).unwrap_or_else(|_| target.to_owned());
        let content = match fs::metadata(&place) {
            Ok(found) if found.is_dir() => return Err(refuse("it is a directory").into()),
            Ok(found) if !found.is_file() => Content::Memory(bytes),
            _ => {
                let Some(name) = place.file_name() else {
                    return Err(refuse("it has no file name").into());
                };
                let mut hidden = std::ffi::OsString::from(".");
                hidden.push(name);
                hidden.push(format!(".{}.tmp", std::process::id()));
                let beside = place.with_file_name(hidden);
                let mut file =
                    File::create_new(&beside).map_err(|error| refuse(&error.to_string()))?;
                // From here on, dropping takes the file away.
                let staged = Self {
                    target: place,
                    content: Content::Beside(beside),
                };
                file.write_all(&bytes)
                    .map_err(|error| refuse(&error.to_string()))?;
                return Ok(staged);
            }
        };
        Ok(Self {
            target: place,
            content,
        })
    }

    /// Puts the file in its place.
    pub(crate) fn commit(mut self) -> Result<()> {
        let moved = match &self.content {
            Content::Beside(beside) => fs::rename(beside, &self.target),
            Content::Memory(bytes) => File::options()
                .write(true)
                .open(&self.target)
                .and_then(|mut file| file.write_all(bytes)),
            Content::Moved => Ok(()),
        };
        moved.map_err(|error| format!("cannot write {}: {error}", self.target.display()))?;
        self.content = Content::Moved;
        Ok(())
    }
}

impl Drop for Staged {
    fn drop(&mut self) {
        if let Content::Beside(beside) = &self.content {
            // Nothing can be done about a temporary file that will not go.
            let _ = fs::remove_file(beside);
        }
    }
}
