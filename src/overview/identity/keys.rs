//! From the keys of inputs to the customers of the base.

use std::fmt;

use rayon::prelude::*;

use crate::{
    Result,
    data::{ContactStatus, ContactStatuses, CustomerIx, CustomerKey, Customers},
    numeric::map_chunks,
};

/// Keys looked up together; a constant.
const CHUNK: usize = 1 << 14;

/// Whose the keys of inputs are: of a log, of records, of contact statuses.
///
/// Keys are compared as texts, so that the number 7 and the text "7" are one key.
#[derive(Clone, PartialEq)]
pub(crate) struct Keys {
    customers: Customers,
    /// Keys of the log, and of the records among which its keys are looked up.
    known: KeyTable,
    /// Keys of records of other sources.
    others: KeyTable,
}

/// Keys, and whose each is.
#[derive(Clone, Default, PartialEq)]
pub(super) struct KeyTable {
    keys: Customers,
    owner: Vec<Owner>,
    /// Customers and the keys that are theirs, or theirs among others', in this order.
    of_customer: Vec<(CustomerIx, CustomerIx)>,
    /// Keys that are those of several people, and of which customers, in this order.
    shared: Vec<(CustomerIx, CustomerIx)>,
}

/// Whose a key is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Owner {
    /// Of somebody who is no customer of the base.
    Nobody,
    Customer(CustomerIx),
    /// Of two people or more, in different sources.
    Several,
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keys")
            .field("customers", &self.customers.len())
            .field("known", &self.known.keys.len())
            .field("others", &self.others.keys.len())
            .finish()
    }
}

impl KeyTable {
    /// From keys, of which the first belong to the customers in `of_first`. Of the others
    /// it is known by `holders` which people have them, and by `customer_of` which customer
    /// each person is.
    pub(super) fn new(
        keys: Customers,
        of_first: &[CustomerIx],
        holders: &[(CustomerIx, u32)],
        customer_of: &[Option<CustomerIx>],
    ) -> Self {
        let mut owner: Vec<Owner> = of_first.iter().copied().map(Owner::Customer).collect();
        owner.resize(keys.len(), Owner::Nobody);
        let own = keys.numbers().zip(of_first);
        let mut of_customer: Vec<_> = own.map(|(key, &customer)| (customer, key)).collect();
        let mut person: Vec<Option<u32>> = vec![None; keys.len()];
        let others = || holders.iter().filter(|(key, _)| key.at() >= of_first.len());
        for &(key, of) in others() {
            let customer = customer_of[of as usize];
            of_customer.extend(customer.map(|customer| (customer, key)));
            let first = *person[key.at()].get_or_insert(of);
            owner[key.at()] = match customer {
                _ if first != of => Owner::Several,
                _ if owner[key.at()] == Owner::Several => Owner::Several,
                Some(customer) => Owner::Customer(customer),
                None => Owner::Nobody,
            };
        }
        of_customer.par_sort_unstable();
        of_customer.dedup();
        let several = |(_, key): &&(CustomerIx, CustomerIx)| owner[key.at()] == Owner::Several;
        let shared = of_customer.iter().filter(several);
        let mut shared: Vec<_> = shared.map(|&(customer, key)| (key, customer)).collect();
        shared.sort_unstable();
        Self {
            keys,
            owner,
            of_customer,
            shared,
        }
    }

    fn find(&self, key: CustomerKey<'_>) -> Option<(CustomerIx, Owner)> {
        find_text(&self.keys, key).map(|at| (at, self.owner[at.at()]))
    }

    /// All customers who have a key.
    fn customers_of(&self, key: CustomerIx) -> Vec<CustomerIx> {
        match self.owner[key.at()] {
            Owner::Nobody => Vec::new(),
            Owner::Customer(customer) => vec![customer],
            Owner::Several => {
                let all = range(&self.shared, key).iter();
                all.map(|&(_, customer)| customer).collect()
            }
        }
    }

    fn keys_of(&self, customer: CustomerIx) -> impl Iterator<Item = CustomerKey<'_>> {
        let own = range(&self.of_customer, customer);
        own.iter().filter_map(|&(_, key)| self.keys.key(key))
    }
}

/// The pairs whose first is the one given; pairs are in order.
fn range(pairs: &[(CustomerIx, CustomerIx)], first: CustomerIx) -> &[(CustomerIx, CustomerIx)] {
    let start = pairs.partition_point(|pair| pair.0 < first);
    let end = pairs.partition_point(|pair| pair.0 <= first);
    &pairs[start..end]
}

/// The number of a key, be it a whole number or a text.
fn find_text(keys: &Customers, key: CustomerKey<'_>) -> Option<CustomerIx> {
    if let Some(found) = keys.find(key) {
        return Some(found);
    }
    match (keys.key(CustomerIx(0))?, key) {
        (CustomerKey::Text(_), CustomerKey::Int(key)) => keys.find(key.to_string()[..].into()),
        (CustomerKey::Int(_), CustomerKey::Text(key)) => keys.find(as_int(key)?.into()),
        _ => None,
    }
}

/// The whole number that is written as this text, if one is.
fn as_int(text: &str) -> Option<i64> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let plain = digits.starts_with(|first| matches!(first, '1'..='9')) || text == "0";
    plain.then(|| text.parse().ok())?
}

impl Keys {
    /// Every key is a customer.
    pub(crate) fn as_they_are(customers: &Customers) -> Self {
        let numbers: Vec<CustomerIx> = customers.numbers().collect();
        let known = KeyTable::new(customers.clone(), &numbers, &[], &[]);
        Self::new(customers.clone(), known, KeyTable::default())
    }

    pub(super) fn new(customers: Customers, known: KeyTable, others: KeyTable) -> Self {
        Self {
            customers,
            known,
            others,
        }
    }

    /// The customers of the base.
    pub(crate) fn customers(&self) -> &Customers {
        &self.customers
    }

    /// The customer with a key of the log, of a record or of its own. Keys are looked up
    /// among those of the named source first, if one is named; one that is the key of
    /// several people is nobody's.
    pub(crate) fn find(&self, key: CustomerKey<'_>) -> Option<CustomerIx> {
        let owner = self.owner(key).or_else(|| Some(self.others.find(key)?.1));
        match owner? {
            Owner::Customer(customer) => Some(customer),
            Owner::Nobody | Owner::Several => None,
        }
    }

    /// Whose the keys of an input are that is keyed as the log: the keys of other sources
    /// than the one that is named are not looked at.
    pub(crate) fn numbers(&self, of: &Customers) -> Vec<Option<CustomerIx>> {
        let owners = self.owners(of).into_iter();
        let customer = |owner| match owner {
            Some(Owner::Customer(customer)) => Some(customer),
            _ => None,
        };
        owners.map(customer).collect()
    }

    /// The keys that are a customer's: first those of the log and of the records among
    /// which they are looked up, then those of other sources.
    pub(crate) fn keys_of(&self, customer: CustomerIx) -> Vec<String> {
        let owner = Owner::Customer(customer);
        let listed = |key: &CustomerKey<'_>| {
            let found = self.known.find(*key);
            found.is_some_and(|(_, of)| of == owner)
        };
        let others = self.others.keys_of(customer).filter(|key| !listed(key));
        let all = self.known.keys_of(customer).chain(others);
        all.map(|key| key.to_string()).collect()
    }

    /// The contact statuses of the customers of the base, each the strongest word of all
    /// keys that are the customer's, and how many keys are nobody's.
    ///
    /// A refusal holds for all who may be meant: where a key is that of several people, and
    /// where it is in another source than the one that is named. A permission does not.
    pub(crate) fn contact(&self, statuses: &ContactStatuses) -> Result<(ContactStatuses, usize)> {
        let owners = self.owners(statuses.customers());
        let keys = statuses.customers().keys();
        let mut said: Vec<(CustomerIx, ContactStatus)> = Vec::new();
        let mut nobody = 0;
        for ((key, owner), &status) in keys.zip(owners).zip(statuses.as_slice()) {
            if let Some(Owner::Customer(customer)) = owner {
                said.push((customer, status));
                continue;
            }
            let meant = match status {
                ContactStatus::Refused => self.perhaps(key),
                _ => Vec::new(),
            };
            nobody += usize::from(meant.is_empty());
            said.extend(meant.into_iter().map(|customer| (customer, status)));
        }
        Ok((ContactStatuses::new(&self.customers, said)?, nobody))
    }

    /// All customers who may be meant by a key.
    fn perhaps(&self, key: CustomerKey<'_>) -> Vec<CustomerIx> {
        let of = |table: &KeyTable| Some(table.customers_of(table.find(key)?.0));
        let found = of(&self.known).or_else(|| of(&self.others));
        found.unwrap_or_default()
    }

    fn owner(&self, key: CustomerKey<'_>) -> Option<Owner> {
        let known = self.known.find(key).map(|(_, owner)| owner);
        known.or_else(|| find_text(&self.customers, key).map(Owner::Customer))
    }

    fn owners(&self, of: &Customers) -> Vec<Option<Owner>> {
        let owners = map_chunks(of.len(), CHUNK, |range| {
            let keys = of.numbers_in(range).map(|at| self.owner(of.key(at)?));
            keys.collect::<Vec<_>>()
        });
        owners.concat()
    }
}
