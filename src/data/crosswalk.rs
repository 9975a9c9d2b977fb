//! From the keys of many sources to resolved customers.

use std::{collections::BTreeMap, fmt};

use serde::{Deserialize, Serialize};

use super::{CustomerIx, CustomerKey, Customers};
use crate::{Error, Result, persist};

/// Which resolved customer each key of each source belongs to.
///
/// A source is a system with keys of its own: the same key in two sources is of two
/// customers unless the crosswalk says otherwise. Two crosswalks of the same entries are
/// equal, in whatever order the entries came.
///
/// `Debug` prints counts, never keys.
///
/// # Example
///
/// ```
/// use custometry::data::{Crosswalk, CustomerIx};
///
/// // Resolution found that the shop's "a-1" and number 17 of the web are person 0.
/// let crosswalk = Crosswalk::of_persons([
///     ("shop", "a-1".into(), 0),
///     ("shop", "a-2".into(), 1),
///     ("web", 17.into(), 0),
/// ])?;
/// assert_eq!(crosswalk.find("web", 17.into()), Some(CustomerIx(0)));
/// assert_eq!(crosswalk.find("shop", 17.into()), None);
/// assert_eq!((crosswalk.len(), crosswalk.customers().len()), (3, 2));
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Fields", into = "Fields")]
pub struct Crosswalk {
    customers: Customers,
    /// In the order of the alphabet.
    sources: Vec<SourceKeys>,
}

/// The keys of a source, in order, and whose each is.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SourceKeys {
    source: String,
    pub(super) keys: Customers,
    customer: Vec<CustomerIx>,
}

/// How a crosswalk is saved.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Fields {
    customers: Customers,
    sources: Vec<SourceKeys>,
}

impl From<Crosswalk> for Fields {
    fn from(crosswalk: Crosswalk) -> Self {
        Self {
            customers: crosswalk.customers,
            sources: crosswalk.sources,
        }
    }
}

impl TryFrom<Fields> for Crosswalk {
    type Error = Error;
    fn try_from(fields: Fields) -> Result<Self> {
        for of_source in &fields.sources {
            Error::check_length("customer", of_source.keys.len(), of_source.customer.len())?;
        }
        let entries = fields.sources.iter().flat_map(SourceKeys::entries);
        Self::new(fields.customers, entries)
    }
}

impl persist::sealed::Sealed for Crosswalk {}
impl persist::Persist for Crosswalk {
    const FORMAT: &'static str = "custometry/crosswalk";
    const VERSION: u32 = 1;
}

impl fmt::Debug for Crosswalk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Crosswalk")
            .field("sources", &self.sources.len())
            .field("keys", &self.len())
            .field("customers", &self.customers.len())
            .finish()
    }
}

impl SourceKeys {
    fn entries(&self) -> impl Iterator<Item = (&str, CustomerKey<'_>, CustomerIx)> {
        let keys = self.keys.keys().zip(&self.customer);
        keys.map(|(key, &customer)| (self.source.as_str(), key, customer))
    }

    pub(super) fn find(&self, key: CustomerKey<'_>) -> Option<CustomerIx> {
        self.keys.find(key).map(|at| self.customer[at.at()])
    }
}

impl Crosswalk {
    /// A crosswalk to customers who have keys already. Each entry is a source, a key of
    /// it, and whose it is. Customers without an entry are kept.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidValue`] for a blank key, a key of another kind than the first of
    /// its source, and a customer who does not exist; [`Error::DuplicateKey`] for a key
    /// that occurs twice in its source. Rows are those of the entries.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::data::{Crosswalk, CustomerIx, Customers};
    /// let (customers, _) = Customers::from_texts(&["ann", "bob"])?;
    /// let crosswalk = Crosswalk::new(customers, [("web", 17.into(), CustomerIx(1))])?;
    /// let found = crosswalk.find("web", 17.into()).and_then(|ix| crosswalk.customers().key(ix));
    /// assert_eq!(found, Some("bob".into()));
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn new<'k>(
        customers: Customers,
        entries: impl IntoIterator<Item = (&'k str, CustomerKey<'k>, CustomerIx)>,
    ) -> Result<Self> {
        let mut by_source: BTreeMap<&str, Vec<(usize, CustomerKey<'_>)>> = BTreeMap::new();
        let mut customer = Vec::new();
        for (row, (source, key, ix)) in entries.into_iter().enumerate() {
            by_source.entry(source).or_default().push((row, key));
            customer.push(ix);
        }
        customers.check_rows(&customer)?;
        let sources = by_source
            .into_iter()
            .map(|(source, rows)| SourceKeys::new(source, &rows, &customer));
        Ok(Self {
            sources: sources.collect::<Result<_>>()?,
            customers,
        })
    }

    /// A crosswalk to persons by number, as resolution gives them. Each entry is a source,
    /// a key of it, and the number of the person. Persons become customers in the order of
    /// their numbers, with the number as integer key.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new).
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::data::{Crosswalk, CustomerIx};
    /// let crosswalk = Crosswalk::of_persons([("", 1.into(), 40), ("", 2.into(), 30)])?;
    /// assert_eq!(crosswalk.customers().find(30.into()), Some(CustomerIx(0)));
    /// assert_eq!(crosswalk.find("", 1.into()), Some(CustomerIx(1)));
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn of_persons<'k>(
        entries: impl IntoIterator<Item = (&'k str, CustomerKey<'k>, u32)>,
    ) -> Result<Self> {
        let entries: Vec<(&str, CustomerKey<'_>, u32)> = entries.into_iter().collect();
        let mut persons: Vec<i64> = entries.iter().map(|entry| entry.2.into()).collect();
        persons.sort_unstable();
        persons.dedup();
        let (customers, _) = Customers::from_ints(&persons)?;
        let numbers = entries.iter().map(|entry| i64::from(entry.2));
        let numbers: Vec<CustomerIx> = numbers
            .filter_map(|person| customers.find(person.into()))
            .collect();
        let numbered = entries.iter().zip(numbers);
        let entries = numbered.map(|(&(source, key, _), customer)| (source, key, customer));
        Self::new(customers, entries)
    }

    /// The resolved customers.
    ///
    /// # Example
    ///
    /// See [`Crosswalk::new`].
    pub fn customers(&self) -> &Customers {
        &self.customers
    }

    /// Whose a key of a source is; `None` where the crosswalk does not say.
    ///
    /// # Example
    ///
    /// See [`Crosswalk`].
    pub fn find(&self, source: &str, key: CustomerKey<'_>) -> Option<CustomerIx> {
        self.of_source(source)?.find(key)
    }

    /// The keys of a source.
    pub(super) fn of_source(&self, source: &str) -> Option<&SourceKeys> {
        let at = self
            .sources
            .binary_search_by(|other| other.source.as_str().cmp(source));
        at.ok().map(|at| &self.sources[at])
    }

    /// The sources, in the order of the alphabet.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::data::Crosswalk;
    /// let crosswalk = Crosswalk::of_persons([("web", 1.into(), 0), ("shop", 1.into(), 0)])?;
    /// assert_eq!(crosswalk.sources().collect::<Vec<_>>(), ["shop", "web"]);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn sources(&self) -> impl ExactSizeIterator<Item = &str> {
        self.sources.iter().map(|keys| keys.source.as_str())
    }

    /// All entries: by source, then by key.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::data::{Crosswalk, CustomerIx};
    /// let crosswalk = Crosswalk::of_persons([("web", 7.into(), 0), ("web", 5.into(), 1)])?;
    /// assert_eq!(crosswalk.entries().next(), Some(("web", 5.into(), CustomerIx(1))));
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn entries(&self) -> impl Iterator<Item = (&str, CustomerKey<'_>, CustomerIx)> {
        self.sources.iter().flat_map(SourceKeys::entries)
    }

    /// The number of entries: keys of all sources.
    ///
    /// # Example
    ///
    /// See [`Crosswalk`].
    pub fn len(&self) -> usize {
        self.sources.iter().map(|keys| keys.customer.len()).sum()
    }

    /// Whether there are no entries.
    ///
    /// # Example
    ///
    /// ```
    /// assert!(custometry::data::Crosswalk::default().is_empty());
    /// ```
    pub fn is_empty(&self) -> bool {
        self.sources.is_empty()
    }
}

impl SourceKeys {
    /// From the rows of a source with their keys, and the customer of each row of all.
    fn new(
        source: &str,
        rows: &[(usize, CustomerKey<'_>)],
        customer: &[CustomerIx],
    ) -> Result<Self> {
        let texts = matches!(rows.first(), Some((_, CustomerKey::Text(_))));
        let (keys, at) = if texts {
            let texts = rows.iter().map(|&(row, key)| match key {
                CustomerKey::Text(key) if key.trim().is_empty() => {
                    Err(Error::value("key", row, "the key is blank"))
                }
                CustomerKey::Text(key) => Ok(key),
                CustomerKey::Int(_) => Err(other_kind(row, "an integer", "texts")),
            });
            Customers::from_texts(&texts.collect::<Result<Vec<_>>>()?)?
        } else {
            let ints = rows.iter().map(|&(row, key)| match key {
                CustomerKey::Int(key) => Ok(key),
                CustomerKey::Text(_) => Err(other_kind(row, "a text", "integers")),
            });
            Customers::from_ints(&ints.collect::<Result<Vec<_>>>()?)?
        };
        let repeated = at
            .iter()
            .enumerate()
            .find(|(place, first)| first.at() != *place);
        if let Some((place, first)) = repeated {
            return Err(Error::DuplicateKey {
                key: rows[place].1.to_string().into(),
                first_row: rows[first.at()].0,
                row: rows[place].0,
            });
        }
        let (keys, old) = keys.in_key_order();
        Ok(Self {
            source: source.to_owned(),
            keys,
            customer: old.iter().map(|at| customer[rows[at.at()].0]).collect(),
        })
    }
}

fn other_kind(row: usize, found: &str, others: &str) -> Error {
    let reason = format!("the key is {found}, the others of its source are {others}");
    Error::value("key", row, reason)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{ErrorKind, persist};

    /// A source, a key that may be of either kind, and a person.
    type Entry = (usize, i64, u32);

    /// Source 0 has texts for keys, the others integers.
    fn key(source: usize, key: i64, texts: &[String]) -> CustomerKey<'_> {
        let at = usize::try_from(key).unwrap();
        if source == 0 {
            CustomerKey::Text(&texts[at])
        } else {
            CustomerKey::Int(key)
        }
    }

    const SOURCES: [&str; 3] = ["web", "", "crm"];

    fn of(entries: &[Entry], texts: &[String]) -> Result<Crosswalk> {
        let named = entries
            .iter()
            .map(|&(source, number, person)| (SOURCES[source], key(source, number, texts), person));
        Crosswalk::of_persons(named)
    }

    proptest! {
        #[test]
        fn every_entry_is_found_in_whatever_order_they_came(
            entries in prop::collection::btree_map((0usize..3, 0i64..12), 0u32..9, 0..25),
        ) {
            let texts: Vec<String> = (0..12).map(|at| format!("k{at}")).collect();
            let mut list: Vec<Entry> = entries.iter().map(|(at, &person)| (at.0, at.1, person)).collect();
            let crosswalk = of(&list, &texts).unwrap();
            list.reverse();
            prop_assert_eq!(&of(&list, &texts).unwrap(), &crosswalk);
            prop_assert_eq!(crosswalk.len(), list.len());
            prop_assert_eq!(crosswalk.is_empty(), list.is_empty());
            prop_assert_eq!(crosswalk.entries().count(), list.len());
            for (source, name) in SOURCES.iter().enumerate() {
                for number in 0..12 {
                    let found = crosswalk.find(name, key(source, number, &texts));
                    let person = found.and_then(|ix| crosswalk.customers().key(ix));
                    let expected = entries.get(&(source, number));
                    let expected = expected.map(|&person| CustomerKey::Int(person.into()));
                    prop_assert_eq!(person, expected);
                }
            }
            let text = persist::to_json(&crosswalk).unwrap();
            prop_assert_eq!(persist::from_json::<Crosswalk>(&text).unwrap(), crosswalk);
        }
    }

    #[test]
    fn bad_entries_are_named() {
        let twice = Crosswalk::of_persons([
            ("web", 1.into(), 0),
            ("crm", 1.into(), 0),
            ("web", 1.into(), 0),
        ]);
        let message = "key 1 occurs in row 0 and again in row 2 (counted from 0)";
        assert_eq!(twice.unwrap_err().to_string(), message);
        for (keys, message) in [
            (
                [1.into(), "1".into()],
                "row 1 (counted from 0): the key is a text",
            ),
            (
                ["1".into(), 1.into()],
                "row 1 (counted from 0): the key is an integer",
            ),
            (
                ["1".into(), " ".into()],
                "row 1 (counted from 0): the key is blank",
            ),
        ] {
            let entries = keys.map(|key| ("web", key, 0));
            let error = Crosswalk::of_persons(entries).unwrap_err().to_string();
            assert!(error.contains(message), "{error}");
        }
        let (customers, _) = Customers::from_texts(&["ann"]).unwrap();
        let error = Crosswalk::new(customers, [("web", 1.into(), CustomerIx(1))]).unwrap_err();
        assert!(
            error.to_string().contains("number 1 of 1 customers"),
            "{error}"
        );
    }

    #[test]
    fn saved_crosswalks_are_checked_and_shown_without_keys() {
        let crosswalk = Crosswalk::of_persons([("web", "ann".into(), 3)]).unwrap();
        let text = persist::to_json(&crosswalk).unwrap();
        assert_eq!(
            text,
            r#"{"format":"custometry/crosswalk","version":1,"model":{"customers":{"ints":[3]},"sources":[{"source":"web","keys":{"texts":["ann"]},"customer":[0]}]}}"#
        );
        for (from, to, message) in [
            (r#""customer":[0]"#, r#""customer":[1]"#, "number 1 of 1"),
            (
                r#""customer":[0]"#,
                r#""customer":[]"#,
                "length 0, expected 1",
            ),
            (
                r#""customer":[0]"#,
                r#""customer":[0],"x":1"#,
                "unknown field",
            ),
            (r#"["ann"]"#, r#"["ann","ann"]"#, "key ann occurs"),
        ] {
            let error = persist::from_json::<Crosswalk>(&text.replace(from, to)).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::ModelFormat);
            assert!(error.to_string().contains(message), "{error}");
        }
        let shown = format!("{crosswalk:?}");
        assert_eq!(shown, "Crosswalk { sources: 1, keys: 1, customers: 1 }");
    }
}
