//! Customers: any key outside, a dense number inside.

use std::{fmt, hash::BuildHasher, ops::Range, sync::Arc};

use foldhash::fast::FixedState;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::intern::{KeyColumn, KeyIndex, intern};
use crate::{
    Error, Result,
    numeric::{
        first_where,
        hash::{fnv1a, mix},
    },
};

/// The number of a customer within a [`Customers`]: dense, from 0, in order of
/// first appearance. Results that belong to customers are columns in this order.
///
/// # Example
///
/// ```
/// use custometry::data::{CustomerIx, Customers};
/// let (customers, rows) = Customers::from_texts(&["ann", "bob", "ann"])?;
/// assert_eq!(rows, [CustomerIx(0), CustomerIx(1), CustomerIx(0)]);
/// assert_eq!(customers.len(), 2);
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CustomerIx(pub u32);

impl CustomerIx {
    /// The number as a position in a column.
    ///
    /// # Example
    ///
    /// ```
    /// assert_eq!(custometry::data::CustomerIx(7).at(), 7);
    /// ```
    pub fn at(self) -> usize {
        self.0 as usize
    }
}

/// The key by which the outside world knows a customer.
///
/// # Example
///
/// ```
/// use custometry::data::CustomerKey;
/// assert_eq!(CustomerKey::Int(42).to_string(), "42");
/// assert!(CustomerKey::Int(42) < CustomerKey::Text("4"));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CustomerKey<'a> {
    /// A whole number.
    Int(i64),
    /// A text, compared byte by byte.
    Text(&'a str),
}

impl fmt::Display for CustomerKey<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Int(key) => key.fmt(f),
            Self::Text(key) => key.fmt(f),
        }
    }
}

impl CustomerKey<'_> {
    /// A number that is the same for the same key on every machine and in every version.
    pub(crate) fn stable_hash(self) -> u64 {
        match self {
            Self::Int(key) => mix(key.cast_unsigned()),
            Self::Text(key) => mix(fnv1a(key.bytes())),
        }
    }
}

impl From<i64> for CustomerKey<'_> {
    fn from(key: i64) -> Self {
        Self::Int(key)
    }
}

impl<'a> From<&'a str> for CustomerKey<'a> {
    fn from(key: &'a str) -> Self {
        Self::Text(key)
    }
}

/// The set of known customers: keys of one kind (whole numbers or texts), each
/// once, numbered in order of first appearance.
///
/// Cloning is cheap: clones share the keys. `Debug` prints how many there are,
/// never who they are.
///
/// # Example
///
/// ```
/// use custometry::data::{CustomerIx, CustomerKey, Customers};
///
/// let (customers, _) = Customers::from_ints(&[70, 50, 70])?;
/// assert_eq!(customers.find(50.into()), Some(CustomerIx(1)));
/// assert_eq!(customers.key(CustomerIx(0)), Some(CustomerKey::Int(70)));
/// assert_eq!(format!("{customers:?}"), "Customers { count: 2 }");
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(try_from = "Keys", into = "Keys")]
pub struct Customers {
    table: Arc<KeyTable>,
}

#[derive(Clone, Default)]
struct KeyTable {
    keys: Keys,
    index: KeyIndex,
}

/// The keys, in order. This is also how customers are saved.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Keys {
    Ints(Vec<i64>),
    Texts(Texts),
}

impl Default for Keys {
    fn default() -> Self {
        Self::Ints(Vec::new())
    }
}

impl PartialEq for Customers {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.table, &other.table)
            || self.table.keys == other.table.keys
            || (self.is_empty() && other.is_empty())
    }
}

impl Eq for Customers {}

impl fmt::Debug for Customers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Customers")
            .field("count", &self.len())
            .finish()
    }
}

impl Customers {
    /// Numbers a column of integer keys. Gives the customers and, for each row,
    /// the number of its customer.
    ///
    /// # Errors
    ///
    /// [`Error::Overflow`] at more than 2^32 - 1 different keys.
    ///
    /// # Complexity
    ///
    /// O(rows), in parallel.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::data::{CustomerIx, Customers};
    /// let (customers, rows) = Customers::from_ints(&[9, 3, 9])?;
    /// assert_eq!((customers.len(), rows[2]), (2, CustomerIx(0)));
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn from_ints(keys: &[i64]) -> Result<(Self, Vec<CustomerIx>)> {
        let column = IntColumn(keys);
        let interned = intern(&column)?;
        let keys = interned.first_rows.iter().map(|&row| keys[row]).collect();
        let customers = Self::new(Keys::Ints(keys), interned.index);
        Ok((customers, into_rows(interned.codes)))
    }

    /// Numbers a column of text keys. Gives the customers and, for each row, the
    /// number of its customer. Keys are taken as they are: not trimmed, not
    /// folded.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidValue`] for a blank key; [`Error::Overflow`] at more than
    /// 2^32 - 1 different keys.
    ///
    /// # Complexity
    ///
    /// O(rows), in parallel.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::data::Customers;
    /// let error = Customers::from_texts(&["ann", " "]).unwrap_err();
    /// assert!(error.to_string().contains("row 1"));
    /// ```
    pub fn from_texts<S: AsRef<str> + Sync>(keys: &[S]) -> Result<(Self, Vec<CustomerIx>)> {
        let blank = |key: &S| key.as_ref().trim().is_empty();
        if let Some(row) = first_where(keys, blank) {
            return Err(Error::value(
                "customer",
                row,
                "the key is blank; leave out rows of unknown customers, or give them a key",
            ));
        }
        let (texts, interned) = Texts::intern(keys)?;
        let customers = Self::new(Keys::Texts(texts), interned.1);
        Ok((customers, into_rows(interned.0)))
    }

    fn new(keys: Keys, index: KeyIndex) -> Self {
        Self {
            table: Arc::new(KeyTable { keys, index }),
        }
    }

    /// How many customers there are.
    ///
    /// # Example
    ///
    /// ```
    /// assert_eq!(custometry::data::Customers::default().len(), 0);
    /// ```
    pub fn len(&self) -> usize {
        self.table.keys.len()
    }

    /// Whether there are none.
    ///
    /// # Example
    ///
    /// ```
    /// assert!(custometry::data::Customers::default().is_empty());
    /// ```
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The key of a customer; `None` for a number that is not in use.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::data::{CustomerIx, Customers};
    /// let (customers, _) = Customers::from_texts(&["ann"])?;
    /// assert_eq!(customers.key(CustomerIx(0)), Some("ann".into()));
    /// assert_eq!(customers.key(CustomerIx(1)), None);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn key(&self, customer: CustomerIx) -> Option<CustomerKey<'_>> {
        self.table.keys.get(customer.at())
    }

    /// All keys, in order.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::data::{CustomerKey, Customers};
    /// let (customers, _) = Customers::from_ints(&[4, 2, 4])?;
    /// let keys: Vec<_> = customers.keys().collect();
    /// assert_eq!(keys, [CustomerKey::Int(4), CustomerKey::Int(2)]);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn keys(&self) -> impl ExactSizeIterator<Item = CustomerKey<'_>> {
        (0..self.len()).map(|at| self.table.keys.at(at))
    }

    /// All numbers, in order.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::data::{CustomerIx, Customers};
    /// let (customers, _) = Customers::from_ints(&[4, 2])?;
    /// assert_eq!(customers.numbers().collect::<Vec<_>>(), [CustomerIx(0), CustomerIx(1)]);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn numbers(&self) -> impl ExactSizeIterator<Item = CustomerIx> + use<> {
        (0..self.count()).map(CustomerIx)
    }

    /// The numbers of a range of places, as far as there are customers.
    pub(crate) fn numbers_in(
        &self,
        range: Range<usize>,
    ) -> impl ExactSizeIterator<Item = CustomerIx> + use<> {
        let count = self.count();
        let number = |at: usize| u32::try_from(at).map_or(count, |at| at.min(count));
        (number(range.start)..number(range.end)).map(CustomerIx)
    }

    /// The customer who has a key; `None` if there is none.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::data::{CustomerIx, Customers};
    /// let (customers, _) = Customers::from_texts(&["ann", "bob"])?;
    /// assert_eq!(customers.find("bob".into()), Some(CustomerIx(1)));
    /// assert_eq!(customers.find(7.into()), None);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn find(&self, key: CustomerKey<'_>) -> Option<CustomerIx> {
        self.table.find(key).map(CustomerIx)
    }

    /// All customers of both: first these, with their numbers, then those of
    /// `other` that are new. The second value gives the new number of each
    /// customer of `other`.
    ///
    /// # Errors
    ///
    /// [`Error::VersionMismatch`] if one has integer keys and the other texts;
    /// [`Error::Overflow`] at more than 2^32 - 1 customers.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::data::{CustomerIx, Customers};
    /// let (left, _) = Customers::from_texts(&["ann", "bob"])?;
    /// let (right, _) = Customers::from_texts(&["cid", "ann"])?;
    /// let (both, renumbered) = left.union(&right)?;
    /// assert_eq!(both.len(), 3);
    /// assert_eq!(renumbered, [CustomerIx(2), CustomerIx(0)]);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn union(&self, other: &Self) -> Result<(Self, Vec<CustomerIx>)> {
        if self.is_empty() {
            return Ok((other.clone(), into_rows((0..other.count()).collect())));
        }
        let kind = self.table.keys.kind();
        if !other.is_empty() && other.table.keys.kind() != kind {
            return Err(Error::VersionMismatch {
                what: "kind of customer key",
                expected: kind.into(),
                found: other.table.keys.kind().into(),
            });
        }
        let mut table = KeyTable::clone(&self.table);
        let mut numbers = Vec::with_capacity(other.len());
        for key in other.keys() {
            numbers.push(CustomerIx(table.find_or_insert(key)?));
        }
        let both = Self {
            table: Arc::new(table),
        };
        Ok((both, numbers))
    }

    /// The customers in order of their keys: integers by value, texts by bytes.
    /// The second value gives, for each place in the new order, the old number.
    ///
    /// Logs that hold the same customers in another order agree after this.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::data::{CustomerIx, Customers};
    /// let (customers, _) = Customers::from_ints(&[30, 10, 20])?;
    /// let (sorted, old) = customers.in_key_order();
    /// assert_eq!(sorted.find(10.into()), Some(CustomerIx(0)));
    /// assert_eq!(old, [CustomerIx(1), CustomerIx(2), CustomerIx(0)]);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn in_key_order(&self) -> (Self, Vec<CustomerIx>) {
        let old = self.key_order();
        (self.only(&old), old)
    }

    /// Some of the customers, each at most once, in the order given.
    pub(crate) fn only(&self, customers: &[CustomerIx]) -> Self {
        let mut table = KeyTable {
            keys: self.table.keys.same_kind(),
            index: KeyIndex::default(),
        };
        for customer in customers {
            table.insert(self.table.keys.at(customer.at()));
        }
        Self {
            table: Arc::new(table),
        }
    }

    /// The customers in the order of their keys.
    pub(crate) fn key_order(&self) -> Vec<CustomerIx> {
        let mut old: Vec<CustomerIx> = into_rows((0..self.count()).collect());
        old.par_sort_unstable_by_key(|customer| self.table.keys.at(customer.at()));
        old
    }

    /// `Ok` when every row names a customer who exists.
    pub(crate) fn check_rows(&self, rows: &[CustomerIx]) -> Result<()> {
        let count = self.count();
        match first_where(rows, |row| row.0 >= count) {
            None => Ok(()),
            Some(row) => Err(Error::value(
                "customer",
                row,
                format!(
                    "number {} of {count} customers (counted from 0)",
                    rows[row].0
                ),
            )),
        }
    }

    /// `len` as the number that the next customer would get.
    fn count(&self) -> u32 {
        // Interning and inserting admit no more than u32::MAX keys.
        u32::try_from(self.len()).unwrap_or(u32::MAX)
    }
}

/// Codes are the numbers of customers; the vector is reused.
fn into_rows(codes: Vec<u32>) -> Vec<CustomerIx> {
    codes.into_iter().map(CustomerIx).collect()
}

impl KeyTable {
    fn find(&self, key: CustomerKey<'_>) -> Option<u32> {
        let hash = hash_key(key);
        self.index
            .find(hash, |number| self.keys.at(number as usize) == key)
    }

    fn find_or_insert(&mut self, key: CustomerKey<'_>) -> Result<u32> {
        if let Some(number) = self.find(key) {
            return Ok(number);
        }
        if self.keys.len() >= u32::MAX as usize {
            return Err(Error::Overflow {
                what: "more than 4294967295 customers; split the data".into(),
            });
        }
        Ok(self.insert(key))
    }

    /// Adds a key of the right kind that is not in the table.
    fn insert(&mut self, key: CustomerKey<'_>) -> u32 {
        let keys = &self.keys;
        #[expect(
            clippy::cast_possible_truncation,
            reason = "the callers check the count"
        )]
        let number = keys.len() as u32;
        let hash_of = |other: u32| hash_key(keys.at(other as usize));
        self.index.insert(hash_key(key), number, hash_of);
        self.keys.push(key);
        number
    }
}

impl Keys {
    fn len(&self) -> usize {
        match self {
            Self::Ints(keys) => keys.len(),
            Self::Texts(keys) => keys.len(),
        }
    }

    fn kind(&self) -> &'static str {
        match self {
            Self::Ints(_) => "integer",
            Self::Texts(_) => "text",
        }
    }

    /// No keys yet, of the same kind.
    fn same_kind(&self) -> Self {
        match self {
            Self::Ints(_) => Self::Ints(Vec::new()),
            Self::Texts(_) => Self::Texts(Texts::default()),
        }
    }

    fn at(&self, at: usize) -> CustomerKey<'_> {
        match self {
            Self::Ints(keys) => CustomerKey::Int(keys[at]),
            Self::Texts(keys) => CustomerKey::Text(keys.at(at)),
        }
    }

    fn get(&self, at: usize) -> Option<CustomerKey<'_>> {
        (at < self.len()).then(|| self.at(at))
    }

    /// Adds a key of the same kind; the callers see to the kind.
    fn push(&mut self, key: CustomerKey<'_>) {
        match (self, key) {
            (Self::Ints(keys), CustomerKey::Int(key)) => keys.push(key),
            (Self::Texts(keys), CustomerKey::Text(key)) => keys.push(key),
            _ => debug_assert!(false, "keys of one kind only"),
        }
    }
}

impl From<Customers> for Keys {
    fn from(customers: Customers) -> Self {
        customers.table.keys.clone()
    }
}

impl TryFrom<Keys> for Customers {
    type Error = Error;

    /// Customers as they were saved. A key that occurs twice is refused.
    fn try_from(keys: Keys) -> Result<Self> {
        let (customers, rows) = match &keys {
            Keys::Ints(keys) => Self::from_ints(keys)?,
            Keys::Texts(keys) => Self::from_texts(&keys.iter().collect::<Vec<_>>())?,
        };
        let repeated = rows.iter().enumerate().find(|(at, row)| row.at() != *at);
        match repeated {
            None => Ok(customers),
            Some((row, first)) => Err(Error::DuplicateKey {
                key: keys.at(row).to_string().into(),
                first_row: first.at(),
                row,
            }),
        }
    }
}

/// Texts end to end in one allocation. Saved as a list.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Vec<String>", into = "Vec<String>")]
pub(crate) struct Texts {
    text: String,
    ends: Vec<usize>,
}

impl Texts {
    /// The different texts of a column, the number of each row's text, and the
    /// index to find them by.
    fn intern<S: AsRef<str> + Sync>(rows: &[S]) -> Result<(Self, (Vec<u32>, KeyIndex))> {
        let interned = intern(&TextColumn(rows))?;
        let mut texts = Self::default();
        for &row in &interned.first_rows {
            texts.push(rows[row].as_ref());
        }
        Ok((texts, (interned.codes, interned.index)))
    }

    /// The different texts of a column and the number of each row's text.
    pub(crate) fn number<S: AsRef<str> + Sync>(rows: &[S]) -> Result<(Self, Vec<u32>)> {
        Self::intern(rows).map(|(texts, (codes, _))| (texts, codes))
    }

    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    pub(crate) fn at(&self, at: usize) -> &str {
        let start = if at == 0 { 0 } else { self.ends[at - 1] };
        &self.text[start..self.ends[at]]
    }

    pub(crate) fn iter(&self) -> impl ExactSizeIterator<Item = &str> {
        (0..self.len()).map(|at| self.at(at))
    }

    pub(crate) fn push(&mut self, text: &str) {
        self.text.push_str(text);
        self.ends.push(self.text.len());
    }
}

impl From<Vec<String>> for Texts {
    fn from(list: Vec<String>) -> Self {
        let mut texts = Self::default();
        for text in &list {
            texts.push(text);
        }
        texts
    }
}

impl From<Texts> for Vec<String> {
    fn from(texts: Texts) -> Self {
        texts.iter().map(str::to_owned).collect()
    }
}

struct IntColumn<'c>(&'c [i64]);

impl KeyColumn for IntColumn<'_> {
    type Key<'a>
        = i64
    where
        Self: 'a;

    fn len(&self) -> usize {
        self.0.len()
    }
    fn key(&self, row: usize) -> i64 {
        self.0[row]
    }
    #[inline]
    fn hash(key: i64) -> u64 {
        hash_key(CustomerKey::Int(key))
    }
}

struct TextColumn<'c, S>(&'c [S]);

/// A text and its first bytes: most texts are compared without fetching them once more.
#[derive(Clone, Copy)]
struct TextKey<'a> {
    text: &'a str,
    head: u128,
}

impl PartialEq for TextKey<'_> {
    fn eq(&self, other: &Self) -> bool {
        let same_head = self.head == other.head && self.text.len() == other.text.len();
        same_head && (self.text.len() <= HEAD || self.text == other.text)
    }
}

impl Eq for TextKey<'_> {}

impl<S: AsRef<str> + Sync> KeyColumn for TextColumn<'_, S> {
    type Key<'a>
        = TextKey<'a>
    where
        Self: 'a;

    fn len(&self) -> usize {
        self.0.len()
    }
    fn key(&self, row: usize) -> TextKey<'_> {
        let text = self.0[row].as_ref();
        TextKey {
            text,
            head: head(text),
        }
    }
    #[inline]
    fn hash(key: TextKey<'_>) -> u64 {
        hash_key(CustomerKey::Text(key.text))
    }
}

/// How many bytes a head has.
const HEAD: usize = 16;

/// The first bytes of a text as a number: heads that differ are in the order of the
/// texts.
pub(crate) fn head(text: &str) -> u128 {
    let mut bytes = [0; HEAD];
    let len = text.len().min(HEAD);
    bytes[..len].copy_from_slice(&text.as_bytes()[..len]);
    u128::from_be_bytes(bytes)
}

/// The seed is fixed: nothing that is handed out depends on hashes, and runs
/// should not differ even in time.
#[inline]
fn hash_key(key: CustomerKey<'_>) -> u64 {
    let state = FixedState::with_seed(0x00C0_57EE);
    match key {
        CustomerKey::Int(key) => state.hash_one(key),
        CustomerKey::Text(key) => state.hash_one(key),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The obvious way, for comparison: a list searched from the front.
    fn naive(keys: &[i64]) -> (Vec<i64>, Vec<CustomerIx>) {
        let (mut seen, mut rows) = (Vec::new(), Vec::new());
        let mut numbers = std::collections::HashMap::new();
        for &key in keys {
            let number = *numbers.entry(key).or_insert_with(|| {
                seen.push(key);
                u32::try_from(seen.len() - 1).unwrap()
            });
            rows.push(CustomerIx(number));
        }
        (seen, rows)
    }

    fn agree_with_naive(keys: &[i64]) {
        let (seen, rows) = naive(keys);
        let (customers, got) = Customers::from_ints(keys).unwrap();
        assert_eq!(got, rows);
        let expected: Vec<_> = seen.iter().map(|&key| CustomerKey::Int(key)).collect();
        assert_eq!(customers.keys().collect::<Vec<_>>(), expected);
        for (at, &key) in (0..).zip(&seen) {
            assert_eq!(customers.find(key.into()), Some(CustomerIx(at)));
        }
        let texts: Vec<String> = keys.iter().map(i64::to_string).collect();
        let (customers, got) = Customers::from_texts(&texts).unwrap();
        assert_eq!(got, rows);
        for (at, key) in (0..).zip(&seen) {
            let found = customers.find(key.to_string().as_str().into());
            assert_eq!(found, Some(CustomerIx(at)));
        }
    }

    #[test]
    fn long_columns_are_cut_and_numbered_as_short_ones() {
        // Past one chunk the column is cut into parts. Few and many keys, and
        // lengths on both sides of a boundary.
        for rows in [65_535usize, 65_536, 65_537, 200_003] {
            for spread in [1u64, 7, 50_000, u64::MAX] {
                let mix = |row: usize| (row as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) % spread;
                let keys: Vec<i64> = (0..rows).map(|row| mix(row).cast_signed()).collect();
                agree_with_naive(&keys);
            }
        }
    }

    proptest! {
        #[test]
        fn short_columns_agree_with_the_naive_way(keys in prop::collection::vec(-9i64..9, 0..60)) {
            agree_with_naive(&keys);
        }

        #[test]
        fn union_keeps_the_left_and_finds_the_right(
            left in prop::collection::vec(-9i64..9, 0..20),
            right in prop::collection::vec(-9i64..9, 0..20),
        ) {
            let (left, _) = Customers::from_ints(&left).unwrap();
            let (right, _) = Customers::from_ints(&right).unwrap();
            let (both, numbers) = left.union(&right).unwrap();
            for (at, key) in left.keys().enumerate() {
                prop_assert_eq!(both.keys().nth(at), Some(key));
            }
            for (key, number) in right.keys().zip(numbers) {
                prop_assert_eq!(both.find(key), Some(number));
            }
            let keys: std::collections::BTreeSet<_> = left.keys().chain(right.keys()).collect();
            prop_assert_eq!(both.len(), keys.len());

            let (sorted, old) = both.in_key_order();
            prop_assert!(sorted.keys().eq(keys.iter().copied()));
            prop_assert!(sorted.keys().eq(old.iter().filter_map(|&at| both.key(at))));
        }
    }

    #[test]
    fn numbers_in_a_range_are_those_of_customers() {
        let (customers, _) = Customers::from_ints(&[5, 6, 7]).unwrap();
        let numbers = |range| customers.numbers_in(range).collect::<Vec<_>>();
        assert_eq!(numbers(1..3), [CustomerIx(1), CustomerIx(2)]);
        assert_eq!(numbers(2..usize::MAX), [CustomerIx(2)]);
        assert_eq!(numbers(usize::MAX..usize::MAX), []);
    }

    #[test]
    fn integer_and_text_keys_do_not_mix() {
        let (ints, _) = Customers::from_ints(&[1]).unwrap();
        let (texts, _) = Customers::from_texts(&["1"]).unwrap();
        let error = ints.union(&texts).unwrap_err();
        assert_eq!(
            error.to_string(),
            "kind of customer key is text, expected integer"
        );
        assert_eq!(Customers::default().union(&texts).unwrap().0, texts);
        assert_eq!(texts.union(&Customers::default()).unwrap().0, texts);
    }

    #[test]
    fn saved_customers_are_checked() {
        let (customers, _) = Customers::from_texts(&["ann", "böb"]).unwrap();
        let text = serde_json::to_string(&customers).unwrap();
        assert_eq!(text, r#"{"texts":["ann","böb"]}"#);
        let read: Customers = serde_json::from_str(&text).unwrap();
        assert_eq!(read, customers);
        assert_eq!(read.find("böb".into()), Some(CustomerIx(1)));
        let twice = serde_json::from_str::<Customers>(r#"{"ints":[5,6,5]}"#).unwrap_err();
        assert!(
            twice
                .to_string()
                .contains("key 5 occurs in row 0 and again in row 2")
        );
    }
}
