//! Short and sibling forms of given names.

use std::sync::LazyLock;

use super::nickname_table::SETS;

/// Every name of the table with the numbers of its sets, by name. Built once;
/// the table is grouped as a person reads it, and looked up the other way round.
static SETS_BY_NAME: LazyLock<Vec<(&str, Vec<u16>)>> = LazyLock::new(|| {
    let mut pairs: Vec<(&str, u16)> = (0..)
        .zip(SETS)
        .flat_map(|(set, (formal, forms))| {
            let names = std::iter::once(*formal).chain(forms.split(' '));
            names.map(move |name| (name, set))
        })
        .collect();
    pairs.sort_unstable();
    let groups = pairs.chunk_by(|a, b| a.0 == b.0);
    groups
        .map(|group| (group[0].0, group.iter().map(|(_, set)| *set).collect()))
        .collect()
});

/// The numbers of the sets of forms that a given name belongs to, rising; empty
/// if it is not in the table. The name is one word in the form of
/// [`normalise_given_name`](super::normalise_given_name).
///
/// A set holds a formal name and its short and sibling forms: one for Robert,
/// Rob and Bob. A short form may be in several: Alex is in that of Alexander and
/// in that of Alexandra. The table is mainly English, with some German, Spanish,
/// French and Italian. Numbers may change from version to version: do not store
/// them.
///
/// # Example
///
/// ```
/// use custometry::identity::nickname_sets;
/// let alex = nickname_sets("alex");
/// assert!(alex.contains(&nickname_sets("alexandra")[0]));
/// assert!(alex.contains(&nickname_sets("alexander")[0]));
/// assert!(nickname_sets("zzyzx").is_empty());
/// ```
pub fn nickname_sets(name: &str) -> &'static [u16] {
    let table: &'static [(&str, Vec<u16>)] = &SETS_BY_NAME;
    table
        .binary_search_by(|(known, _)| (*known).cmp(name))
        .map_or(&[], |at| &table[at].1)
}

/// Whether two normalised given names differ but are forms of one name.
///
/// Two names are forms of one if one set holds both. That is not passed on: Ed is
/// Edward and Ed is Edwin, but Edward is not Edwin.
///
/// # Example
///
/// ```
/// use custometry::identity::are_nicknames;
/// assert!(are_nicknames("bob", "robert"));
/// assert!(are_nicknames("bob", "rob"));
/// assert!(!are_nicknames("bob", "bob"));
/// assert!(!are_nicknames("edward", "edwin"));
/// ```
pub fn are_nicknames(a: &str, b: &str) -> bool {
    let theirs = nickname_sets(b);
    a != b && nickname_sets(a).iter().any(|set| theirs.contains(set))
}

#[cfg(test)]
mod tests {
    use super::super::text::normalise_text;
    use super::*;

    #[test]
    fn the_table_is_well_formed() {
        assert!(SETS.len() >= 250 && SETS.len() < 65_535, "{}", SETS.len());
        let mut formal: Vec<&str> = SETS.iter().map(|(formal, _)| *formal).collect();
        formal.sort_unstable();
        assert!(formal.windows(2).all(|pair| pair[0] != pair[1]));
        for (formal, forms) in SETS {
            let mut names: Vec<&str> = forms.split(' ').chain([*formal]).collect();
            let count = names.len();
            for name in &names {
                assert_eq!(normalise_text(name), **name);
                assert!(!name.is_empty(), "{formal}");
            }
            names.sort_unstable();
            names.dedup();
            assert_eq!(names.len(), count, "a name twice: {formal}");
        }
    }

    #[test]
    fn every_name_is_found_in_its_sets() {
        for (set, (formal, forms)) in (0_u16..).zip(SETS) {
            assert!(nickname_sets(formal).contains(&set));
            for form in forms.split(' ') {
                assert!(nickname_sets(form).contains(&set));
                assert!(are_nicknames(formal, form) && are_nicknames(form, formal));
            }
            assert!(nickname_sets(formal).is_sorted());
        }
    }

    #[test]
    fn known_pairs() {
        for (a, b) in [
            ("william", "bill"),
            ("margaret", "peggy"),
            ("elizabeth", "bess"),
            ("catherine", "kathryn"),
            ("jack", "john"),
            ("ted", "edward"),
            ("ted", "theodore"),
            ("francisco", "paco"),
            ("jose", "pepe"),
            ("johannes", "hans"),
            ("giuseppe", "beppe"),
        ] {
            assert!(are_nicknames(a, b), "{a} {b}");
        }
        for (a, b) in [
            ("", ""),
            ("", "bob"),
            ("Bob", "Robert"),
            ("john", "jane"),
            ("patrick", "patricia"),
            ("samuel", "samantha"),
            ("edward", "theodore"),
            ("daniel", "danielle"),
            ("bob", "bobo"),
        ] {
            assert!(!are_nicknames(a, b), "{a} {b}");
        }
    }
}
