//! The names of a header, as they are compared and told.

use std::iter;

/// A name without case, blanks, underscores and the like.
pub(crate) fn bare(name: &str) -> impl Iterator<Item = char> {
    name.chars()
        .filter(|letter| letter.is_alphanumeric())
        .flat_map(char::to_lowercase)
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
