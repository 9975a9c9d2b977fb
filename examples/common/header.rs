//! The names of a header, as they are compared and told.

use std::iter;

/// A name without case, blanks, underscores and the like.
pub(crate) fn bare(name: &str) -> impl Iterator<Item = char> {
    name.chars()
        .filter(|letter| letter.is_alphanumeric())
        .flat_map(char::to_lowercase)
}

/// The columns that a name can mean.
#[derive(Clone, Copy)]
pub(crate) enum Named {
    Nowhere,
    At(usize),
    /// The first two of several.
    Both(usize, usize),
}

/// The columns of a name: exactly, or else but for case, blanks and the like, or else by number.
pub(crate) fn named(names: &[String], wanted: &str) -> Named {
    let wanted = wanted.trim();
    let alike = |name: &str| bare(wanted).next().is_some() && bare(name).eq(bare(wanted));
    let number = || wanted.parse::<usize>().ok()?.checked_sub(1);
    match fitting(names, |_, name| name == wanted) {
        Named::Nowhere => match fitting(names, |_, name| alike(name)) {
            Named::Nowhere => number()
                .filter(|&at| at < names.len())
                .map_or(Named::Nowhere, Named::At),
            found => found,
        },
        found => found,
    }
}

/// The columns whose number and name fit.
pub(crate) fn fitting(names: &[String], fits: impl Fn(usize, &str) -> bool) -> Named {
    let mut all = (0..names.len()).filter(|&at| fits(at, &names[at]));
    match (all.next(), all.next()) {
        (None, _) => Named::Nowhere,
        (Some(at), None) => Named::At(at),
        (Some(at), Some(other)) => Named::Both(at, other),
    }
}

/// The names with their numbers; of very many, the first ones.
pub(crate) fn listed(names: &[String]) -> String {
    const MOST: usize = 30;
    let more = names.len().saturating_sub(MOST);
    (names.iter().zip(1..).take(MOST))
        .map(|(name, number)| format!("{number} {name:?}"))
        .chain(iter::once(format!("and {more} more")).filter(|_| more > 0))
        .collect::<Vec<_>>()
        .join(", ")
}
