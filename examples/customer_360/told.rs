//! From the chapters of the library to what is told, or why it cannot be.

use custometry::overview::Chapter;

use crate::common::{Result, told::Told};

/// What is made of a chapter, or why there is none.
pub(crate) fn told<'a, T, U>(
    chapter: &'a Chapter<T>,
    make: impl FnOnce(&'a T) -> Result<U>,
) -> Told<U> {
    match chapter {
        Chapter::Told(chapter) => make(chapter).into(),
        Chapter::Absent(absence) => Told::unknown(absence),
    }
}
