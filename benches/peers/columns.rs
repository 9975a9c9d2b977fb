//! Columns as the scripts write them.

use std::{fs, path::Path};

use super::timing::Answer;

/// The numbers of a file, each of `W` bytes.
pub(crate) fn column<T, const W: usize>(path: &Path, of: fn([u8; W]) -> T) -> Answer<Vec<T>> {
    let bytes = fs::read(path)?;
    let (words, _) = bytes.as_chunks::<W>();
    Ok(words.iter().map(|word| of(*word)).collect())
}
